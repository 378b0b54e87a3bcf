#!/usr/bin/env bash
# `countersign audit` against `git log --show-signature` over the same history, which verifies the signatures of commits
# and nothing else: PASSES passes (default 50) of the daemon, in each REQUESTS requests (default 4) that are asked for,
# approved by two steps of three people, and issued. Medians of ROUNDS rounds (default 5), in turn.
: "${PASSES:=50}" "${REQUESTS:=4}" "${ROUNDS:=5}"
. "$(dirname "$0")/measure.bash"

pki_new "$work/pki"
pki_request_file seed web-production alice www.example.com
mv requests/seed.yaml "$work/seed.yaml"
for ((pass = 1; pass <= PASSES; pass++)); do
    requests=() ids=()
    mkdir -p "requests/p$pass"
    for ((i = 1; i <= REQUESTS; i++)); do
        sed "s/name: seed/name: r$i/" "$work/seed.yaml" >"requests/p$pass/r$i.yaml"
        ids+=("p$pass/r$i")
        requests+=(--trailer "Countersign-Request: p$pass/r$i sha256:$(sha256sum <"requests/p$pass/r$i.yaml" | cut -d' ' -f1)")
    done
    pki_as alice
    git add requests
    git commit -q -S -m Requests "${requests[@]}"
    git push -q origin main
    pki_run_once 2>/dev/null
    approvals=()
    for id in "${ids[@]}"; do approvals+=(--trailer "Countersign-Approve: $id $(pki_digest "$id")"); done
    for person in dave frank grace; do
        pki_as "$person"
        git commit -q -S --allow-empty -m yes "${approvals[@]}"
    done
    git push -q origin main
    pki_run_once 2>/dev/null
done

cd "$PKI/pki.git"
git repack -q -a -d
for person in $PKI_PEOPLE deploy-bot reconciler; do
    printf '%s %s\n' "$person" "$(cut -d' ' -f1,2 "$PKI/keys/$person.pub")"
done >"$work/allowed"
git config gpg.ssh.allowedSignersFile "$work/allowed"
commits=$(git rev-list --count countersign/output) outputs=$(git rev-list --count --first-parent countersign/output)
certificates=$(git ls-tree -r --name-only countersign/output certificates/ | wc -l)
[ "$certificates" -eq $((PASSES * REQUESTS)) ]
for ((round = 1; round <= ROUNDS; round++)); do
    timed git git log --show-signature --format=%H countersign/output
    timed audit "$COUNTERSIGN" audit --config "$PKI/local/countersign.yaml" --ledger "$PKI/state/ledger"
    timed one "$COUNTERSIGN" audit "p$((PASSES / 2 + 1))/r1" --config "$PKI/local/countersign.yaml"
done
report '"%d commits, %d of them outputs, %d certificates, medians of %d\n", n, out, c, r
    printf "git log --show-signature: %.0f ms, %.0f commits/s\n", g / 1000, n / g * 1e6
    printf "countersign audit: %.0f ms, %.0f commits/s, %.0f certificates/s: %.1f times as fast\n", a / 1000, n / a * 1e6, c / a * 1e6, g / a
    printf "countersign audit of one request: %.0f ms\n", o / 1000' \
    n="$commits" out="$outputs" c="$certificates" r="$ROUNDS" g="$work/git" a="$work/audit" o="$work/one"
