#!/usr/bin/env bash
# From the start of the last approver's push until the certificate is committed, against the push itself, in a
# repository of REQUESTS open requests (default 1,000). One daemon, ROUNDS rounds (default 15), medians.
: "${REQUESTS:=1000}" "${ROUNDS:=15}"
. "$(dirname "$0")/measure.bash"

output=refs/heads/countersign/output
certificate_there() { git -C "$PKI/pki.git" cat-file -e "$output:certificates/$1.pem" 2>/dev/null; }
state_known() { [ "$(pki_state "$1" 2>/dev/null)" = PendingApproval ]; }
moved() { ! file_says "$PKI/pki.git/$output" "$tip"; }

pki_new "$work/pki"
open_requests seed web-production "$REQUESTS"
open=$(git -C "$PKI/pki.git" ls-tree -r --name-only countersign/output pending/ | wc -l)
"$COUNTERSIGN" run --config "$PKI/local/countersign.yaml" --log json 2>"$work/log" &
daemon[run]=$!
for ((round = 1; round <= ROUNDS; round++)); do
    pki_request "www/w$round" web-staging alice "www$round.example.com"
    wait_for state_known "www/w$round"
    pki_as dave
    git commit -q -S --allow-empty -m yes \
        --trailer "Countersign-Approve: www/w$round $(pki_digest "www/w$round")"
    read -r tip <"$PKI/pki.git/$output"
    start=$(microseconds)
    git push -q origin main
    pushed=$(microseconds)
    # timed is each move of the branch, looked at afterwards
    until certificate_there "www/w$round" && ! moved; do
        wait_for moved
        there=$(microseconds)
        read -r tip <"$PKI/pki.git/$output"
    done
    echo $((pushed - start)) >>"$work/push"
    echo $((there - start)) >>"$work/whole"
done
report '"push to certificate, %d open requests, median of %d: push %.1f ms, certificate committed after %.1f ms: ratio %.2f (goal: at most 2)\n", n, r, p / 1000, w / 1000, w / p' \
    n="$open" r="$ROUNDS" p="$work/push" w="$work/whole"
