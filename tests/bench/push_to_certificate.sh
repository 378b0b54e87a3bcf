#!/usr/bin/env bash
# From the start of the last approver's push until the certificate is committed, against the push itself, in a
# repository of REQUESTS requests (default 1,000). One daemon, ROUNDS rounds (default 9), medians.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
: "${COUNTERSIGN:=${COUNTERSIGN_BUILD:-$top/build}/countersign}" "${REQUESTS:=1000}" "${ROUNDS:=9}"
export COUNTERSIGN
. "$top/tests/lib/pki.bash"
work=$(mktemp -d)
export HOME=$work
daemon=
finish() { [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true; wait; rm -rf "$work"; }
trap finish EXIT

microseconds() { local now=${EPOCHREALTIME/[.,]/}; printf '%s' "$now"; }
median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
certificate_there() { git -C "$PKI/pki.git" cat-file -e "countersign/output:certificates/$1.pem" 2>/dev/null; }
wait_for() { local tries=0; until "$@"; do ((++tries < 20000)) || { echo "waited in vain for: $*" >&2; exit 1; }; done; }
state_known() { [ "$(pki_state "$1" 2>/dev/null)" = PendingApproval ]; }

pki_new "$work/pki"
# many requests, one signed commit for each thousand of them
message='Many requests'$'\n'
pki_request_file seed/0 web-production alice seed.example.com
for ((i = 1; i <= REQUESTS; i++)); do
    sed "s/name: 0/name: r$i/" requests/seed/0.yaml >"requests/seed/r$i.yaml"
    message+=$'\n'"Countersign-Request: seed/r$i sha256:$(sha256sum <"requests/seed/r$i.yaml" | cut -d' ' -f1)"
done
rm requests/seed/0.yaml
git add requests
git commit -q -S -F - <<<"$message"
git push -q
pki_run_once 2>/dev/null
open=$(git -C "$PKI/pki.git" ls-tree -r --name-only countersign/output pending/ | wc -l)
"$COUNTERSIGN" run --config "$PKI/local/countersign.yaml" --log json 2>"$work/log" &
daemon=$!
for ((round = 1; round <= ROUNDS; round++)); do
    pki_request "www/w$round" web-staging alice "www$round.example.com"
    wait_for state_known "www/w$round"
    pki_as dave
    git commit -q -S --allow-empty -m yes \
        --trailer "Countersign-Approve: www/w$round $(pki_digest "www/w$round")"
    start=$(microseconds)
    git push -q origin main
    pushed=$(microseconds)
    wait_for certificate_there "www/w$round"
    there=$(microseconds)
    echo $((pushed - start)) >>"$work/push"
    echo $((there - start)) >>"$work/whole"
done
push=$(median <"$work/push") whole=$(median <"$work/whole")
awk -v p="$push" -v w="$whole" -v n="$open" -v r="$ROUNDS" 'BEGIN {
    printf "push to certificate, %d open requests, median of %d: push %.1f ms, certificate committed after %.1f ms: ratio %.2f (goal: at most 2)\n", n, r, p / 1000, w / 1000, w / p }'
