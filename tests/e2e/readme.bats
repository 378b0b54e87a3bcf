# What README.md and the manuals tell people to type is typed here, in the same order, and what README.md shows is what
# appears, digests and times apart.
bats_require_minimum_version 1.5.0

setup() {
    top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    cd "$BATS_TEST_TMPDIR" || return
    export HOME=$BATS_TEST_TMPDIR/home
    mkdir -p "$HOME/.ssh" bin
    ssh-keygen -q -t ed25519 -N '' -C alice -f "$HOME/.ssh/id_ed25519"
    git config --global user.name 'Alice Example'
    git config --global user.email alice@example.com
    # who types answers the question with yes, on a terminal
    program=$(command -v "$COUNTERSIGN")     # before this one hides it
    printf '#!/bin/bash\nCOUNTERSIGN=%q\n' "$program" >bin/countersign
    cat >>bin/countersign <<'END'
case "$1 ${2:-}" in
    approve*|'configuration approve') printf -v line '%q ' "$COUNTERSIGN" "$@"; printf 'y\nyes\n' | SHELL=/bin/bash script -qec "$line" /dev/null ;;
    *) exec "$COUNTERSIGN" "$@" ;;
esac
END
    chmod +x bin/countersign
    export PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# The blocks of README.md that follow a mark, each in a file of its own: run.1, output.1 is what must follow run.1, …
take_apart() {
    awk '
        /^<!-- run -->$/ { wanted = "run"; ++number; next }
        /^<!-- output(, the end)? -->$/ { wanted = /end/ ? "end" : "output"; next }
        /^```/ { if (inside) { inside = 0; wanted = "" } else inside = 1; next }
        inside && wanted { print > (wanted "." number) }' "$top/README.md"
    [ -s run.1 ]
}

# In what is typed: waits, as a person would, until the daemon has seen what was pushed and is done with it.
settled() {
    local git="git --git-dir=$HOME/../pki/pki.git" end=$((SECONDS + 300))
    [ -d "$HOME/../pki/pki.git" ] || return 0
    until [ "$($git log -1 --format='%(trailers:key=Countersign-Input,valueonly)' countersign/output | tr -d '\n')" = "$($git rev-parse main)" ] &&
        [ -z "$($git for-each-ref refs/heads/countersign/inbox)" ] &&
        ! $git grep -q '^  state: Approved' countersign/output -- status/requests; do
        ((SECONDS < end)) || { echo "the daemon did not settle" >&2; return 1; }
        sleep 0.1
    done 2>/dev/null
}

normal() { sed -E 's/[0-9a-f]{12,}/HEX/g; s/20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z/TIME/g; s/(7 d|6 d 23 h)$/LATER/'; }

@test "the tour, from nothing to certificates, and it shows what README.md says" {
    take_apart
    {
        echo 'set -euo pipefail'
        echo 'finish() { status=$?; kill %1 2>/dev/null || true; wait; exit $status; }; trap finish EXIT'
        declare -f settled
        for block in $(ls run.* | sort -t. -k2n); do
            printf 'settled; echo "--- %s" >&2\n{\n%s\n} >%q\n' "$block" "$(cat "$block")" "$PWD/said.${block#run.}"
        done
    } >typed
    run bash typed
    echo "$output"
    tail -n 5 daemon.log || true
    [ "$status" -eq 0 ]
    for shown in output.*; do
        diff -u <(normal <"$shown") <(normal <"said.${shown#output.}")
    done
    for shown in end.*; do
        diff -u <(normal <"$shown") <(tail -n "$(wc -l <"$shown")" "said.${shown#end.}" | normal)
    done
    [ "$(ls output.* end.* | wc -l)" -ge 3 ]
    openssl x509 -in "$HOME/shop.pem" -noout -checkhost shop.example.com | grep -q 'does match'
    [ -s pki/checkout/approvals/www.yaml.sig ]
}

@test "what the tour does not type is only what installs or builds; the set-up of a machine, in folders of our own" {
    awk '/^<!-- run -->$/ { run = 1; next } /^```sh$/ { inside = !run; run = 0; next } /^```/ { inside = 0 } inside' \
        "$top/README.md" >rest
    run ! grep -vxE 'make( demo| check)? *(#.*)?|export PATH=\$PWD/build:\$PATH|sudo .*|    --domain .*' rest
    cp "$HOME/.ssh/id_ed25519.pub" alice.pub
    ssh-keygen -q -t ed25519 -N '' -C bob -f bob
    {
        echo 'set -eu'
        # what would change the machine is only noted; the rest is done as it stands, but for the folders
        echo 'sudo() { case $1 in make|useradd|chown|systemctl|install) echo "$*" >>noted ;; *) "$@" ;; esac; }'
        grep -A 1 '^sudo' rest | sed "s#/srv/#$PWD/srv/#g; s#/var/#$PWD/var/#g; s#--system --add safe#--global --add safe#"
    } >typed
    bash typed
    [ "$(wc -l <noted)" -eq 5 ]
    [ -f var/lib/countersign/countersign.yaml ] && [ -d var/lib/countersign/state ] || false
    [ "$(stat -c %A srv/pki/pki.git/refs)" = drwxrwsr-x ]
    # the unit and the set-up speak of the same places
    unit=$top/examples/deployment/countersign.service
    for place in /var/lib/countersign/countersign.yaml /srv/pki/pki.git; do
        grep -q "$place" "$unit"
        [ -e ".$place" ]
    done
    grep -q '^User=countersign$' "$unit"
}

@test "the plan in README.md hashes to the digest above it; the libraries that it names are those that are linked" {
    local name
    [ "$(awk '/^  countersign-plan-v1/, /^```$/' "$top/README.md" | sed '/^```/d; s/^  //' | sha256sum | cut -d' ' -f1)" = \
        "$(sed -n 's/^plan  sha256:\([0-9a-f]*\)$/\1/p' "$top/README.md")" ]
    for name in $(sed -n 's/^LIBRARIES := //p' "$top/Makefile"); do
        case $name in yaml-0.1) name=libyaml ;; libcrypto) name=OpenSSL ;; esac
        sed -n '/^Both install/,/^$/p' "$top/README.md" | grep -qw "$name"
    done
}

@test "the files that README.md points to are there" {
    grep -oE '\]\([^)]*\)' "$top/README.md" | tr -d '])(' | while read -r link; do
        [ -e "$top/$link" ] || { echo "$link is not there"; exit 1; }
    done
}

# The literal blocks of the manual's section EXAMPLES.
examples() {
    awk '/^\.Sh EXAMPLES/ { on = 1 } /^\.Sh SEE/ { on = 0 }
        on && /^\.Bd -literal/ { inside = 1; ++number; next } /^\.Ed/ { inside = 0 }
        inside { gsub(/\\e/, "\\"); print > ("example." number) }' "$top/reconciler/man/countersign.1"
}

@test "the manual's examples" {
    examples
    git config --global gpg.format ssh
    git config --global user.signingKey "$HOME/.ssh/id_ed25519.pub"
    {
        echo 'set -euo pipefail'
        echo 'finish() { status=$?; kill %1 2>/dev/null || true; wait; exit $status; }; trap finish EXIT'
        declare -f settled
        sed 's/countersign run .*[^ &]/& --log text 2>daemon.log/; s/^cd /settled; &/; s/^countersign approve/settled; &/' example.1
        echo "countersign request web/two --profile web-production --new-key ~/two.key --dns two.example.com -m 'Two'"
        echo 'git push -q; settled'
        cat example.2
        echo 'countersign get web/two --wait 10m >two.pem'
        cat example.3
    } >typed
    cat typed
    run bash typed
    echo "$output"
    [ "$status" -eq 0 ]
    openssl x509 -in pki/checkout/www.pem -noout -checkhost www.example.com | grep -q 'does match'
    [ ! -e example.4 ]
}

@test "every option that --help shows is in the manual, and no other" {
    page=$top/reconciler/man/countersign.1
    for command in $("$COUNTERSIGN" help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p'); do
        "$COUNTERSIGN" "$command" --help | grep -oE -- '--[a-z][a-z-]+' || true
    done | sort -u | grep -vxE -- '--(help)' >shown
    grep -oE 'Fl Fl [a-z][a-z-]+' "$page" | sed 's/Fl Fl /--/' | sort -u | grep -vxE -- '--(help)' >described
    diff -u shown described
}

@test "the reference in countersign-repository(5) is what the program prints (make schema)" {
    COUNTERSIGN=$COUNTERSIGN bash "$top/reconciler/man/update-reference" --print | diff -u "$top/reconciler/man/countersign-repository.5" -
    for kind in $("$COUNTERSIGN" schema); do
        case $kind in ReconcilerConfiguration|PendingRequest|Summary|LatestCertificates) continue ;; esac
        grep -qx "\.Ss $kind" "$top/reconciler/man/countersign-repository.5"
    done
}

@test "the local configuration in countersign.yaml(5) is one that the daemon reads" {
    awk '/^\.Bd -literal/ { on = 1; next } /^\.Ed/ { exit } on { gsub(/\\&/, ""); print }' \
        "$top/reconciler/man/countersign.yaml.5" |
        sed "s#sha256:\.\.\.#sha256:$(printf '0%.0s' {1..64})#; s#/srv/git/pki.git#$PWD/nowhere.git#; s#/var/lib#$PWD#" >local.yaml
    run "$COUNTERSIGN" run --config local.yaml --once --log text
    echo "$output"
    [ "$status" -eq 3 ]
    grep -q 'nowhere.git' <<<"$output"
}

@test "the manual's table for people from cert-manager says what the error messages say" {
    cp -R "$top/examples/pki" pki
    good=$top/examples/pki/requests/web/www-example-com.yaml
    awk '/^\.Ss cert-manager/ { on = 1 } /^\.Ss Infisical/ { on = 0 } on && /^\.It Li spec\./' \
        "$top/reconciler/man/countersign-repository.5" >rows
    [ "$(wc -l <rows)" -ge 10 ]
    while read -r _ _ theirs _ _ ours _; do
        [ "$theirs" != spec.commonName ] || continue    # the same word, one level further up
        { cat "$good"; echo "  ${theirs#spec.}: x"; } >pki/requests/web/www-example-com.yaml
        run "$COUNTERSIGN" check pki
        ours=${ours#spec.}
        grep -F "unknown key \"${theirs#spec.}\"" <<<"$output" | grep -qF -- "${ours%,}" || { echo "$theirs: $output"; false; }
    done <rows
}
