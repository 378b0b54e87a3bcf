# What the measurements in shell share, on top of tests/lib/pki.bash: sourced behind their own figures, it gives them the
# program, a folder in $work that is gone when they end, and ends whatever ${daemon[…]} they have started.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
: "${COUNTERSIGN:=${COUNTERSIGN_BUILD:-$top/build}/countersign}"
export COUNTERSIGN
. "$top/tests/lib/pki.bash"
work=$(mktemp -d)
export HOME=$work
declare -A daemon=()
finish() { [ ${#daemon[@]} -eq 0 ] || kill "${daemon[@]}" 2>/dev/null || true; wait; rm -rf "$work"; }
trap finish EXIT

microseconds() { local now=${EPOCHREALTIME/[.,]/}; printf '%s' "$now"; }
median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
timed() { local start; start=$(microseconds); "${@:2}" >/dev/null; echo $(($(microseconds) - start)) >>"$work/$1"; }

# The figures of a report: NAME=FILE is the median of what stands in FILE, NAME=NUMBER that number.
report() {  # AWK-PRINTF… NAME=VALUE…
    local value arguments=()
    for value in "${@:2}"; do
        [ ! -f "${value#*=}" ] || value=${value%%=*}=$(median <"${value#*=}")
        arguments+=(-v "$value")
    done
    awk "${arguments[@]}" "BEGIN { printf $1 }"
}

# Whoever waits takes no process and next to no time from those that are measured.
exec {never}<> <(:)
pause() { read -r -t "$1" -u "$never" || true; }
wait_for() {    # COMMAND…
    local end=$((SECONDS + 120))
    until "$@"; do
        ((SECONDS < end)) || { echo "waited in vain for: $*" >&2; exit 1; }
        pause 0.0005
    done
}

# Whether a file holds this by now.
file_says() {   # FILE WORDS
    local content=
    { read -r -d '' content <"$1"; } 2>/dev/null || true
    [[ $content == *"$2"* ]]
}

# One signed commit for each thousand trailers of the input, by whom git in $WORK signs as.
commit_trailers() { # SUBJECT
    local trailers
    while mapfile -t -n 1000 trailers && [ ${#trailers[@]} -gt 0 ]; do
        git commit -q -S --allow-empty -F - <<<"$1"$'\n\n'"$(printf '%s\n' "${trailers[@]}")"
    done
}

# Requests of alice that wait for approval, FOLDER/r1 and so on.
open_requests() {   # FOLDER PROFILE COUNT
    pki_request_file "$1/seed" "$2" alice seed.example.com
    mv "requests/$1/seed.yaml" "$PKI/seed.yaml"
    awk -v folder="requests/$1" -v count="$3" '{ lines[NR] = $0 } END {
        for (i = 1; i <= count; i++) {
            file = folder "/r" i ".yaml"
            for (n = 1; n <= NR; n++) {
                line = lines[n]
                sub("name: seed", "name: r" i, line)
                print line >file
            }
            close(file)
        } }' "$PKI/seed.yaml"
    git add requests
    find "requests/$1" -type f -print0 | xargs -0 sha256sum |
        sed 's#^\([0-9a-f]*\) *requests/\(.*\)\.yaml$#Countersign-Request: \2 sha256:\1#' | commit_trailers "Many requests"
    git push -q origin main
    pki_run_once 2>"$PKI/log" || { grep -v request-state "$PKI/log" >&2; return 1; }
}

# Beside what is there, COUNT requests that have long been issued: request, status and certificate, in folders of 256.
# The output commits are signed by the reconciler's key, and the checker is told to begin behind them; the newest has
# nothing new, as certificates of the newest one are looked at when a daemon starts.
issued_before() {   # COUNT
    (
        cd "$PKI/pki.git"
        export GIT_AUTHOR_NAME=T GIT_AUTHOR_EMAIL=t@example.com GIT_COMMITTER_NAME=T GIT_COMMITTER_EMAIL=t@example.com
        before=$(git rev-parse countersign/output)
        for branch in main countersign/output; do
            awk -v count="$1" -v branch="$branch" 'BEGIN {
                printf "commit refs/heads/grown/%s\ncommitter T <t@example.com> 1700000000 +0000\ndata 1\nm\nfrom refs/heads/%s^0\n", branch, branch
                for (i = 0; i < count; i++) {
                    id = sprintf("old/%02x/%02x/%d", i % 256, int(i / 256) % 256, i)
                    text = sprintf("%900s %s", "", id)
                    if (branch == "main") {
                        printf "M 100644 inline requests/%s.yaml\ndata %d\n%s\n", id, length(text), text
                        continue
                    }
                    printf "M 100644 inline status/requests/%s.yaml\ndata %d\n%s\n", id, length(text), text
                    printf "M 100644 inline certificates/%s.pem\ndata %d\n%s\n", id, length(text), text
                } }' | git fast-import --quiet
        done
        input=$(git rev-parse grown/main)
        git cat-file commit "$before" | sed '1,/^$/d' | sed "s/^Countersign-Input: .*/Countersign-Input: $input/" >"$PKI/message"
        sign=(git -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" commit-tree -S -F "$PKI/message")
        output=$("${sign[@]}" -p "$before" -p "$input" 'grown/countersign/output^{tree}')
        output=$("${sign[@]}" -p "$output" "$output^{tree}")
        git update-ref refs/heads/main "$input"
        git update-ref refs/heads/countersign/output "$output"
        git update-ref -d refs/heads/grown/main
        git update-ref -d refs/heads/grown/countersign/output
        pki_run_once --check-from "$output" 2>/dev/null
    )
}
