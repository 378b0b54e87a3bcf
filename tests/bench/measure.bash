# What the measurements in shell share, on top of tests/lib/pki.bash.

microseconds() { local now=${EPOCHREALTIME/[.,]/}; printf '%s' "$now"; }
median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

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

# Requests of alice that wait for approval, FOLDER/r1 and so on; one signed commit for each thousand of them.
open_requests() {   # FOLDER PROFILE COUNT
    local message= i
    pki_request_file "$1/seed" "$2" alice seed.example.com
    mv "requests/$1/seed.yaml" "$PKI/seed.yaml"
    for ((i = 1; i <= $3; i++)); do
        sed "s/name: seed/name: r$i/" "$PKI/seed.yaml" >"requests/$1/r$i.yaml"
        message+=$'\n'"Countersign-Request: $1/r$i sha256:$(sha256sum <"requests/$1/r$i.yaml" | cut -d' ' -f1)"
        ((i % 1000 == 0 || i == $3)) || continue
        git add requests
        git commit -q -S -F - <<<"Many requests"$'\n'"$message"
        message=
    done
    git push -q origin main
    pki_run_once 2>/dev/null
}

# Beside what is there, COUNT requests that have long been issued: request, status and certificate, in folders of 256.
# The output commit is signed by the reconciler's key, and the checker is told to begin behind it.
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
        output=$(git -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" commit-tree -S -F "$PKI/message" \
            -p "$before" -p "$input" 'grown/countersign/output^{tree}')
        git update-ref refs/heads/main "$input"
        git update-ref refs/heads/countersign/output "$output"
        git update-ref -d refs/heads/grown/main
        git update-ref -d refs/heads/grown/countersign/output
        pki_run_once --check-from "$output" 2>/dev/null
    )
}
