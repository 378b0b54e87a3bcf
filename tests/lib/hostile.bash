# What an attacker with push access, and bad luck, can do to a repository: beside tests/lib/pki.bash.
#
#   hostile_file        in setup_file: a PKI that each test of the file gets a fresh copy of
#   hostile_test        in setup: the copy, and goes to alice's clone
#   pass                one run of the daemon; its log is kept in $LOG
#   many_requests …     many requests in one commit, quickly
#   payload, …          commits of any shape, straight into the bare repository, as no git would make them

hostile_file() {
    export HOME=$BATS_FILE_TMPDIR LC_ALL=C.UTF-8
    PKI_SETUP=$BATS_FILE_TMPDIR/pristine
    cd "$BATS_FILE_TMPDIR" || return
    pki_new "$BATS_FILE_TMPDIR/pki"
    BARE=$PKI/pki.git
    git -C "$BARE" config user.name Nobody
    git -C "$BARE" config user.email nobody@example.com
    export PKI_SETUP BARE
}

# What was made so far is what each test starts from.
hostile_keep() {
    cp -a "$PKI" "$PKI_SETUP"
    cd "$BATS_FILE_TMPDIR" || return
}

teardown() { pki_end; }

hostile_test() {
    export HOME=$BATS_TEST_TMPDIR
    LOG=$BATS_TEST_TMPDIR/log
    rm -rf "$PKI"
    cp -a "$PKI_SETUP" "$PKI"
    : >"$LOG"
    cd "$WORK" || return
}

# Each file names what it logged only when a test fails: bats shows what a failing test has printed.
pass() {    # [options of run]
    local status=0
    pki_run_once "$@" >"$LOG.new" 2>&1 || status=$?
    cat "$LOG.new"
    cat "$LOG.new" >>"$LOG"
    return "$status"
}

logged() { grep -Eq -- "$1" "$LOG" || { echo "not in the log: $1"; return 1; }; }
# (What this machine's kernel cannot do is no matter of the repository.)
not_logged() {
    ! grep -Ev '"event":"(sandbox-incomplete|keys-not-locked)"' "$LOG" | grep -Eq -- "$1" || { echo "in the log: $1"; return 1; }
}
alarmed() { grep '"level":"alarm"' "$LOG" | grep -Eq -- "$1" || { echo "no alarm: $1"; return 1; }; }

status_of() { pki_output "status/requests/$1.yaml"; }

state_is() {    # ID STATE
    local found
    found=$(pki_state "$1")
    [ "$found" = "$2" ] || { echo "$1 is ${found:-nothing}, expected $2"; status_of "$1"; return 1; }
}

has_certificate() { pki_output "certificates/$1.pem" >/dev/null 2>&1; }
no_certificate() { ! has_certificate "$1" || { echo "there is a certificate for $1"; return 1; }; }
no_status() { ! status_of "$1" >/dev/null 2>&1 || { echo "there is a status of $1"; return 1; }; }

ignored_of() { status_of "$1" | sed -n '/^  ignored:/,/^  [a-z]/p'; }
ignored_says() {    # ID REGEX
    ignored_of "$1" | tr '\n' ' ' | tr -s ' ' | grep -Eq -- "$2" ||
        { echo "ignored of $1 does not say: $2"; ignored_of "$1"; return 1; }
}
reason_says() {     # ID REGEX, anywhere in the status
    status_of "$1" | tr '\n' ' ' | tr -s ' ' | grep -Eq -- "$2" ||
        { echo "status of $1 does not say: $2"; status_of "$1"; return 1; }
}
approvals_of() { status_of "$1" | grep -c '^ *- name: \|evidence:' || true; }

# Still open, nothing counted, nothing issued.
untouched() {       # ID
    state_is "$1" PendingApproval && no_certificate "$1"
}

# The good request beside the bad ones: issued in the same pass whatever they do.
good_request() { pki_request good automatic alice good.example.com; }
good_commit() {     # the same without the push
    pki_request_file good automatic alice good.example.com
    pki_as alice
    git add requests/good.yaml
    git commit -q -S -m "Request good" \
        --trailer "Countersign-Request: good sha256:$(sha256sum <requests/good.yaml | cut -d' ' -f1)"
}
good_is_issued() { state_is good Issued && pki_verify good >/dev/null; }

file_sha256() { sha256sum <"$1" | cut -d' ' -f1; }
input_branches() { git -C "$BARE" for-each-ref --format='%(refname:short)' refs/heads/countersign/inbox; }
output_tip() { git -C "$BARE" rev-parse refs/heads/countersign/output; }

# Many requests for the same names with one key in one signed commit: many_requests PROFILE REQUESTER ID…
many_requests() {
    many_request_files "$@"
    pki_as "$2"
    git commit -q -S -F "$BATS_TEST_TMPDIR/many" 2>/dev/null || git commit -q -S -F "$BATS_FILE_TMPDIR/many"
    git push -q origin main
}

many_request_files() {
    local profile=$1 requester=$2 first=$3 id message=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}/many
    shift 2
    [ -d "${message%/*}" ] || message=$BATS_FILE_TMPDIR/many
    pki_request_file "$first" "$profile" "$requester" www.example.com
    printf 'Many requests\n\n' >"$message"
    for id in "$@"; do
        if [ "$id" != "$first" ]; then
            mkdir -p "requests/$(dirname "$id")"
            sed "s/^metadata: .*/metadata: {name: ${id##*\/}}/" "requests/$first.yaml" >"requests/$id.yaml"
        fi
        printf 'Countersign-Request: %s sha256:%s\n' "$id" "$(file_sha256 "requests/$id.yaml")" >>"$message"
    done
    git add requests
}

# --- an audit's report -------------------------------------------------------------------------------------------------

# What a file of evidence tells as the repository does: all but who named the introduction, and how far the branches are.
same_story() { grep -vE '^it begins with the introduction |^as of |that input$|is not shown by a file of evidence$' "$1"; }

# --- another configuration --------------------------------------------------------------------------------------------

# What was changed in the clone is signed by two of them, and trusted: adopt NUMBER
adopt() {
    git add -A && git commit -q -m "Rules $1" && git push -q origin main
    pki_sign_configuration "$(pki_configuration_digest "$1" "$(pki_output status/configuration.yaml |
        sed -n '/trusted:/,/commit/s/.*digest: "\{0,1\}\(sha256:[0-9a-f]*\).*/\1/p' | head -1)")"
    pass
    pki_output status/configuration.yaml | grep -q "number: $1"
}

# Another reconciler's key is listed, and the one that there is no more, by the next configuration: replace_key NUMBER
replace_key() {
    [ -e "$PKI/keys/reconciler-new" ] || pki_key reconciler-new
    git pull -q --rebase origin main
    sed -i "s|reconciler: {keys: .*|reconciler: {keys: [\"$(cut -d' ' -f1,2 "$PKI/keys/reconciler-new.pub")\"]}|" countersign.yaml
    git add -A && git commit -q -m 'Another key' && git push -q origin main
    pki_sign_configuration "$(pki_configuration_digest "$1" "$(pki_introduction_digest)")"
}
use_new_key() { sed -i "s|signingKey: .*|signingKey: \"$PKI/keys/reconciler-new\"|" "$PKI/local/countersign.yaml"; }

# --- commits of any shape ---------------------------------------------------------------------------------------------

# The headers and message of a commit: payload MESSAGE PARENT [TREE]; $AUTHOR and $COMMITTER replace those lines.
payload() {
    printf 'tree %s\n' "${3:-$(git -C "$BARE" rev-parse "$2^{tree}")}"
    printf 'parent %s\n' "$2"
    printf 'author %s\n' "${AUTHOR:-Dave <dave@example.com> 1700000000 +0000}"
    printf 'committer %s\n\n%s\n' "${COMMITTER:-Dave <dave@example.com> 1700000000 +0000}" "$1"
}

# stdin signed by NAME's key, as armour: armour NAME [NAMESPACE]
armour() {
    local work status=0
    work=$(mktemp -d "$HOME/armour.XXXXXX")
    cat >"$work/what"
    ssh-keygen -q -Y sign -n "${2:-git}" -f "$PKI/keys/$1" "$work/what" 2>/dev/null || status=$?
    cat "$work/what.sig"
    rm -rf "$work"
    return "$status"
}

# The file PAYLOAD with the armour on stdin as its gpgsig header, last of the headers: with_armour PAYLOAD [HEADER]
with_armour() {
    local header=${2:-gpgsig}
    sed '/^$/,$d' "$1"
    sed "1s/^/$header /; 2,\$s/^/ /"
    sed -n '/^$/,$p' "$1"
}

# PAYLOAD signed by NAME: signed_by NAME PAYLOAD [NAMESPACE]; it may be a pipe, which can be read once only
signed_by() {
    local copy status=0
    copy=$(mktemp "$HOME/payload.XXXXXX")
    cat "$2" >"$copy"
    armour "$1" "${3:-git}" <"$copy" | with_armour "$copy" || status=$?
    rm -f "$copy"
    return "$status"
}

# stdin as an object, whatever it is: store [TYPE] → id
store() { git -C "$BARE" hash-object -t "${1:-commit}" -w --stdin --literally; }

# A tree of raw entries from stdin, lines "MODE NAME ID", in the order and with the names given (\\ooo escapes): store_tree
store_tree() {
    local mode name id
    while read -r mode name id; do
        printf '%s %b\0' "$mode" "$name"
        printf '%b' "$(sed 's/../\\x&/g' <<<"$id")"
    done | store tree
}

main_tip() { git -C "$BARE" rev-parse refs/heads/main; }
main_is() { git -C "$BARE" update-ref refs/heads/main "$1"; }
inbox_is() { git -C "$BARE" update-ref "refs/heads/countersign/inbox/$1" "$2"; }

# --- the inbox --------------------------------------------------------------------------------------------------------

# A commit of PERSON on PARENT with the lines given as trailers: envelope_commit PERSON PARENT LINE… → id (not pushed)
envelope_commit() {
    local person=$1 parent=$2
    shift 2
    git -c user.signingKey="$PKI/keys/$person" -c user.name="$person" -c user.email="$person@example.com" \
        commit-tree -S -p "$parent" -m "A decision" -m "$(printf '%s\n' "$@")" "$parent^{tree}"
}

post() { git push -q origin "$2:refs/heads/countersign/inbox/$1"; }      # NAME COMMIT

trailer() { printf 'Countersign-%s: %s %s' "$1" "$2" "${3:-$(pki_digest "$2")}"; }     # WHAT ID [DIGEST]

# --- the plan of a request, from its description alone, so that the digest owes nothing to the program ----------------

plan_digest() { plan_text "$@" | sha256sum | sed 's/ .*//; s/^/sha256:/'; }

plan_text() {   # ID PROFILE REQUESTER DNS [GENERATION]
    printf '%s\n' countersign-plan-v1 "repository: $PKI_ID" "request: $1" "generation: ${5:-1}" "action: issue" \
        "requester: $3" "profile: $2" "authority: issuing-ca" \
        "authority-certificate: sha256:$(openssl x509 -in "$PKI/local/issuing-ca.pem" -outform der | sha256sum | cut -d' ' -f1)" \
        "public-key: sha256:$(openssl pkey -in "$PKI/keys/${1//\//_}.key" -pubout -outform der 2>/dev/null | sha256sum | cut -d' ' -f1)" \
        "subject: CN=$4" "alt-name: DNS:$4" "key-usage: digitalSignature" "extended-key-usage: serverAuth" \
        "basic-constraints: CA:FALSE" "signature-algorithm: ECDSA-SHA256" "lifetime: 2592000" "not-before: at-issuance"
}

# --- a shim: another clock, and something that happens just then ------------------------------------------------------

# A sanitizer wants to be the first library, so that what is preloaded goes with the plain build.
shim_environment() {    # NAME=VALUE…
    local plain=${COUNTERSIGN_BUILD:-$BATS_TEST_DIRNAME/../../build}/countersign
    [ ! -x "$plain" ] || export COUNTERSIGN=$plain
    # what is preloaded runs commands and opens files: the daemon's processes could not
    pki_no_sandbox
    export SHIM=$BATS_FILE_TMPDIR/shim.so
    [ -e "$SHIM" ] || cc -shared -fPIC -o "$SHIM" "$BATS_TEST_DIRNAME/../faults/shim.c" -ldl || return
    [ $# = 0 ] || export "$@"
}
with_shim() {   # NAME=VALUE… COMMAND…
    local variables=()
    while [[ $1 == *=* ]]; do variables+=("$1"); shift; done
    (shim_environment "${variables[@]}" && "$@")
}

# The daemon in the background, ready when this returns: daemon_start [NAME=VALUE… for the shim]
daemon_start() {
    ( (($# == 0)) || shim_environment "$@"; daemon_exec) &
    DAEMON=$!
    eventually 120 grep -q '"started"' "$LOG" || { cat "$LOG"; return 1; }
}
daemon_exec() {
    [ -z "${SHIM:-}" ] || export LD_PRELOAD=$SHIM
    exec "$COUNTERSIGN" run --config "$PKI/local/countersign.yaml" --log json >>"$LOG" 2>&1
}

# Ends it: it must end cleanly.
daemon_stop() { kill -TERM "$DAEMON" && wait "$DAEMON"; }

# The shim's clock: clock_is FILE SECONDS, in one step, for the daemon may look at any time.
clock_is() { echo "$2" >"$1.new" && mv "$1.new" "$1"; }
