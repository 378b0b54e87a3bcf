#!/usr/bin/env bash
# REQUESTS (default 10,000) requests whose last approval has just come, until their certificates are committed, against
# `git fast-import` of the very objects that this makes: two commits, with the decisions and with the certificates.
# Medians of ROUNDS (default 5) rounds, in turn, each in a fresh copy of the repository.
: "${REQUESTS:=10000}" "${ROUNDS:=5}"
. "$(dirname "$0")/measure.bash"
branch=refs/heads/countersign/output

pki_new "$work/pki"
open_requests many web-staging "$REQUESTS"
pki_as dave
git -C "$PKI/pki.git" grep '^  digest: ' "$branch" -- pending/ |
    sed 's#^[^:]*:pending/\(.*\)\.yaml:  digest: "\{0,1\}\(sha256:[0-9a-f]*\).*#Countersign-Approve: \1 \2#' | commit_trailers Yes
git push -q origin main
git -C "$PKI/pki.git" repack -q -a -d
before=$(git -C "$PKI/pki.git" rev-parse "$branch")
mv "$PKI" "$work/fresh"
for ((round = 1; round <= ROUNDS; round++)); do
    cp -a "$work/fresh" "$PKI"
    sync
    start=$(microseconds)
    pki_run_once 2>"$work/log"
    # the branch moved for the last time when the certificates were committed; what the checker says of it comes later
    ended=$(stat -c %.6Y "$PKI/pki.git/$branch")
    echo $((${ended/[.,]/} - start)) >>"$work/ours"
    [ "$(git -C "$PKI/pki.git" ls-tree -r --name-only "$branch" certificates/ | wc -l)" -eq "$REQUESTS" ]
    [ -e "$work/stream" ] ||
        git -C "$PKI/pki.git" fast-export "$before..$branch" >"$work/stream"
    rm -rf "$PKI"
    cp -a "$work/fresh" "$PKI"
    sync
    start=$(microseconds)
    git -C "$PKI/pki.git" fast-import --quiet --force <"$work/stream"
    echo $(($(microseconds) - start)) >>"$work/theirs"
    rm -rf "$PKI"
done
report '"%d approved requests until their certificates are committed: %.0f ms; git fast-import of the same objects: %.0f ms; ratio %.2f (goal: at most 2)\n", n, o / 1000, t / 1000, o / t' \
    n="$REQUESTS" o="$work/ours" t="$work/theirs"
