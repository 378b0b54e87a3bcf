#!/usr/bin/env bats
# What every command has in common: help, wrong usage, exit status.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR"
    export HOME=$BATS_TEST_TMPDIR
}

commands() { "$COUNTERSIGN" help | sed -n '/^commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'; }

@test "no command: the list on standard error, status 2" {
    run -2 --separate-stderr "$COUNTERSIGN"
    [ -z "$output" ]
    [[ $stderr == *"usage: countersign"* ]]
}

@test "help, --help and -h print the same list of commands" {
    "$COUNTERSIGN" help >a
    "$COUNTERSIGN" --help >b
    "$COUNTERSIGN" -h >c
    cmp a b && cmp a c
    for command in init run accept-history recover check plan request approve reject withdraw cancel list show get configuration schema version help; do
        grep -q "^  $command  *[a-z]" a
    done
}

@test "version and --version" {
    "$COUNTERSIGN" version | grep -qxE 'countersign [0-9]+\.[0-9]+\.[0-9]+ \(documents: countersign/v1\)'
    [ "$("$COUNTERSIGN" version)" = "$("$COUNTERSIGN" --version)" ]
    [ "$("$COUNTERSIGN" version)" = "$("$COUNTERSIGN" -V)" ]
}

@test "each command: --help anywhere, on standard output, with usage and examples, and the same by help COMMAND" {
    for command in $(commands); do
        "$COUNTERSIGN" "$command" --help >long 2>err
        [ ! -s err ]
        head -1 long | grep -q "^usage: countersign $command"
        case $command in version) ;; *) grep -q '^examples:' long ;; esac
        "$COUNTERSIGN" "$command" -h | cmp - long
        "$COUNTERSIGN" help "$command" | cmp - long
        # lines that fit a terminal, and nothing but printable characters
        ! grep -nE '.{101,}' long || false
        ! LC_ALL=C.UTF-8 grep -n '[^[:print:]]' long || false
    done
}

@test "an unknown command names the nearest one" {
    run -2 "$COUNTERSIGN" aprove web/www
    [[ $output == *'there is no command "aprove"; did you mean "approve"?' ]]
    run -2 "$COUNTERSIGN" help lst
    [[ $output == *'did you mean "list"?' ]]
    run -2 "$COUNTERSIGN" xyzzyxyzzy
    [[ $output == *'`countersign help` lists them' ]]
    [[ $output != *'did you mean'* ]]
}

@test "an unknown command cannot write to the terminal" {
    run -2 "$COUNTERSIGN" $'\e]0;gotcha\a'
    [[ $output != *$'\e'* && $output != *$'\a'* ]]
    [[ $output == *'\x1b]0;gotcha\x07'* ]]
}

@test "each command: an unknown option is named, with the nearest, and ends with 2" {
    for command in $(commands); do
        run -2 "$COUNTERSIGN" "$command" --hepl
        [[ $output == *"there is no option --hepl; did you mean --help?"* ]]
        [[ $output == *"\`countersign $command --help\`"* ]]
        run -2 "$COUNTERSIGN" "$command" --no-such-option-at-all
        [[ $output == *"there is no option --no-such-option-at-all"* ]]
    done
}

@test "options before the command" {
    mkdir inner
    "$COUNTERSIGN" -C inner version
    run -2 "$COUNTERSIGN" --unknown version
    [[ $output == *'"--unknown" is no option that stands before a command'* ]]
    run -2 "$COUNTERSIGN" -C
    run -3 "$COUNTERSIGN" -C not-there version
    [[ $output == *'not-there: No such file or directory'* ]]
}

@test "wrong usage of the people's commands ends with 2 before anything is read" {
    while IFS='|' read -r arguments expected; do
        # shellcheck disable=SC2086
        run "$COUNTERSIGN" $arguments
        [[ $status == 2 && $output == *"$expected"* ]] || { echo "countersign $arguments: $status, $output"; return 1; }
    done <<'LINES'
show|ID is missing
show a b|"b" is too much: it takes one ID
show ../etc/passwd|is no id of a request
show WEB|is no id of a request
show .hidden|is no id of a request
show web//www|is no id of a request
list web|"web" is too much
list --state opne|did you mean open?
list --state everything|neither a list nor a state
list -o xml|is not one of table, json, yaml
get|either an ID or --latest PROFILE
get web --latest p|either an ID or --latest PROFILE
get web --leaf --der|only one can be printed
get web --chain --leaf|only one can be printed
get web --wait soon|is not a length of time
get --latest p --wait 5m|--wait goes with an ID
approve|either IDs or --for me
approve web --for me|either IDs or --for me
approve web --push --file|only one of them
approve web --yes 0123456789abcdef0123456789abcde|at least 32 of its 64
approve web --yes zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz|at least 32 of its 64
approve web --yes=|at least 32 of its 64
cancel Web|is no id of a request
withdraw web -m|-m needs a value
request|ID is missing
request web|--profile is missing
request web -p tls -m why|one of --csr FILE and --new-key FILE is needed
request web -p tls -m why --csr a --new-key b|one of --csr FILE and --new-key FILE is needed
request web -p tls --csr a|-m JUSTIFICATION is missing
request web -p tls --csr a -m why --key-algorithm Ed25519|--key-algorithm goes with --new-key
request web -p tls --ttl 5m|a bare m could be minutes or months
request web --not-before tomorrow|is not a time in UTC
request web --again --resign|only one of them
request web --again --dns a|takes the file as it is
request web --sig --unsigned|only one of them
LINES
}

@test "a comment that would look like a decision is refused" {
    run -2 "$COUNTERSIGN" approve web -m $'fine\nCountersign-Approve: other sha256:0'
    [[ $output == *'no line of a comment may begin with "Countersign-"'* ]]
    run -2 "$COUNTERSIGN" reject web -m $' \tcountersign-cancel: x'
    [[ $output == *'no line of a comment may begin'* ]]
    run -2 "$COUNTERSIGN" approve web -m '   '
    [[ $output == *'the comment is empty'* ]]
    run -2 "$COUNTERSIGN" approve web -m $'\xff\xfe'
    [[ $output == *'UTF-8'* ]]
}

@test "outside a repository: status 3, and what to do" {
    export GIT_CEILING_DIRECTORIES=$BATS_TEST_TMPDIR
    for arguments in list "show web" "get web" "approve web" "request web -p p --csr x -m y"; do
        # shellcheck disable=SC2086
        run -3 "$COUNTERSIGN" $arguments
        [[ $output == *'no git repository here'*'-C PATH'* ]] || { echo "$arguments: $output"; return 1; }
    done
}

@test "in a repository that is no PKI: status 3, and what to do" {
    git init -q -b main other
    run -3 "$COUNTERSIGN" -C other list
    [[ $output == *'has no commit yet'* ]]
    git -C other -c user.name=x -c user.email=x commit -q --allow-empty -m x
    run -3 "$COUNTERSIGN" -C other list
    [[ $output == *'there is no countersign.yaml'*'countersign init'* ]]
    run -3 "$COUNTERSIGN" -C other list --remote nowhere
    [[ $output == *'there is no remote "nowhere"'* ]]
}

@test "standard output that cannot be written is status 3, not success" {
    run -3 bash -c '"$COUNTERSIGN" help >/dev/full'
    [[ $output == *'standard output could not be written'* ]]
}

@test "something loaded into the program that has used OpenSSL already: it says why it does nothing" {
    COUNTERSIGN=$COUNTERSIGN_BUILD/countersign      # preloading goes with the plain build
    cd "$BATS_TEST_TMPDIR"
    cc -shared -fPIC -x c -o early.so - <<'C'
void *CRYPTO_malloc(unsigned long bytes, const char *file, int line);
__attribute__((constructor)) static void early(void) { (void)CRYPTO_malloc(1, "", 1); }
C
    run -3 --separate-stderr env LD_PRELOAD="$PWD/early.so" "$COUNTERSIGN" version
    [ -z "$output" ]
    [[ $stderr == 'countersign: OpenSSL was used before the program began'* ]]
    [ "${#stderr_lines[@]}" = 1 ]
}

@test "closed standard descriptors: nothing is printed into a file that was opened instead" {
    git init -q -b main closed
    git -C closed -c user.name=x -c user.email=x commit -q --allow-empty -m x
    before=$(find closed -type f -exec sha256sum {} + | sort)
    run -3 bash -c '"$COUNTERSIGN" -C closed list <&- >&- 2>&-'
    run -0 bash -c '"$COUNTERSIGN" version <&- 2>&-'
    [[ $output == countersign* ]]
    [ "$before" = "$(find closed -type f -exec sha256sum {} + | sort)" ]
}
