# examples/: the repository is a good one as it stands, its signatures are what stock tools accept, and the files for
# deployment are what their readers expect.

setup() {
    top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    export HOME=$BATS_TEST_TMPDIR
    cd "$BATS_TEST_TMPDIR" || return
}

# The example as the branch main of a repository, its requests and approvals on a branch.
as_repository() {
    cp -R "$top/examples/pki" repository
    cd repository || return
    git init -q -b main .
    git config user.name example
    git config user.email example@example.com
    git add countersign.yaml identities authorities policies profiles .gitattributes README.md
    git commit -q -m 'The rules'
    git checkout -q -b requests
    git add -A
    git commit -q -m 'Requests, and an approval'
}

@test "check passes the example, as files and as a commit, without a warning" {
    run "$COUNTERSIGN" check "$top/examples/pki"
    echo "$output"
    [ "$output" = "0 errors, 0 warnings" ]
    as_repository
    run "$COUNTERSIGN" check HEAD
    echo "$output"
    [ "$output" = "0 errors, 0 warnings" ]
}

@test "its plan: the machine is approved at once, the web server waits for security, dave has approved" {
    as_repository
    "$COUNTERSIGN" plan main..HEAD >plan.md
    cat plan.md
    awk '/^### /{ name = $2 } /^- state: /{ print name, $3 }' plan.md >states
    grep -qF '`mesh/orders` `Approved`,' states
    grep -qF '`web/www-example-com` `PendingApproval`,' states
    grep -qF 'Team Lead Review`: 1 needed, approved by `dave`' plan.md
    ! grep -q 'would not count' plan.md
}

@test "stock ssh-keygen accepts its signatures, for the people who are said to have made them" {
    cd "$top/examples/pki"
    for file in identities/people/*.yaml identities/machines/*.yaml; do
        printf '%s %s\n' "$(basename "$file" .yaml)" "$(sed -n 's/.*ssh: "\(.*\)"/\1/p' "$file")"
    done >"$BATS_TEST_TMPDIR/allowed"
    verify() { ssh-keygen -Y verify -q -f "$BATS_TEST_TMPDIR/allowed" -I "$1" -n countersign -s "$2.sig" <"$2"; }
    verify alice requests/web/www-example-com.yaml
    verify deploy-bot requests/mesh/orders.yaml
    verify dave approvals/2026/www-example-com-dave.yaml
    ! verify bob requests/web/www-example-com.yaml || false
    [ "$(find . -name '*.sig' | wc -l)" -eq 3 ]
}

@test "the policies in it are the library" {
    cd "$top"
    diff <(cd policies && cat certificate/*.yaml approval/*.yaml | sort) <(cat examples/pki/policies/*.yaml | sort)
    diff -r policies/profiles examples/pki/profiles
}

@test "no private key is in it, and it says so" {
    ! grep -rl 'PRIVATE KEY' "$top/examples" || false
    grep -q 'thrown away' "$top/examples/pki/README.md"
}

@test "what its README shows is what happens" {
    cd "$top"
    command=$(sed -n '/^```sh$/,/^```$/p' examples/pki/README.md | grep '^countersign ')
    [ "$("$COUNTERSIGN" ${command#countersign })" = "0 errors, 0 warnings" ]
    grep -qF 'says `0 errors, 0 warnings`' examples/pki/README.md
}

@test "make-pki makes another one, as good, and keeps no key" {
    mkdir -p tree/examples
    cp -R "$top/examples/pki" "$top/examples/make-pki" tree/examples/
    TMPDIR=$BATS_TEST_TMPDIR tree/examples/make-pki
    run "$COUNTERSIGN" check tree/examples/pki
    [ "$output" = "0 errors, 0 warnings" ]
    ! diff -q "$top/examples/pki/countersign.yaml" tree/examples/pki/countersign.yaml || false
    ! grep -rl 'PRIVATE KEY' tree || false
    ! ls -d make-pki.*
}

@test "the local configuration for deployment is read whole: only the repository is missing" {
    sed "s#/srv/pki/pki.git#$BATS_TEST_TMPDIR/nowhere.git#; s#/var/lib/countersign#$BATS_TEST_TMPDIR/state#" \
        "$top/examples/deployment/countersign.yaml" >local.yaml
    run "$COUNTERSIGN" run --config local.yaml --once --log text
    echo "$output"
    [ "$status" -eq 3 ]
    ! grep -q 'local.yaml:[0-9]' <<<"$output" || false
    sed -i 's/stateDirectory/stateFolder/' local.yaml
    run "$COUNTERSIGN" run --config local.yaml --once --log text
    echo "$output"
    [ "$status" -ne 0 ]
    grep -q 'local.yaml:[0-9]*:[0-9]*: error: state' <<<"$output"
}

@test "systemd finds nothing wrong with the unit, and not much that it could take away" {
    command -v systemd-analyze >/dev/null || skip "systemd-analyze is not installed"
    sed 's#/usr/local/bin/countersign#/bin/true#; /^Documentation=/d' "$top/examples/deployment/countersign.service" >countersign.service
    run systemd-analyze verify --man=no ./countersign.service
    echo "$output"
    [ "$status" -eq 0 ]
    ! grep -q 'countersign.service' <<<"$output" || false
    systemd-analyze security --offline=true --threshold=15 ./countersign.service >report || { cat report; false; }
    # with what makes its processes three users, root starts it
    mkdir countersign.service.d
    cp "$top/examples/deployment/three-users.conf" countersign.service.d/
    run systemd-analyze verify --man=no ./countersign.service
    echo "$output"
    [ "$status" -eq 0 ]
    ! grep -q 'three-users' <<<"$output" || false
    systemd-analyze security --offline=true --threshold=20 ./countersign.service >report || { cat report; false; }
    grep -q 'User=.*runs as root' report
}

@test "the pull-request jobs call commands and options that exist" {
    for file in github-pull-request.yml gitlab-ci.yml; do
        grep -oE 'countersign (check|plan|configuration)[^|>]*' "$top/examples/deployment/$file" >commands
        [ -s commands ]
        while read -r _ command rest; do
            for word in $rest; do
                case $word in --*) "$COUNTERSIGN" "$command" --help | grep -q -- "$word" ;; esac
            done
        done <commands
    done
}
