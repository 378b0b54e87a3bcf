# .ci/install-dependencies, with package managers that only write down what they are asked.
bats_require_minimum_version 1.5.0

setup() {
    fake=$BATS_TEST_TMPDIR/bin
    asked=$BATS_TEST_TMPDIR/asked
    mkdir "$fake"
    for tool in bash sh env grep sed mktemp rm cat tr dirname printf; do
        ln -s "$(command -v "$tool")" "$fake/$tool"
    done
    : >"$asked"
}

# manager NAME [LINE…]: a package manager; LINE is what else it does
manager() {
    local name=$1
    shift
    printf '%s\n' '#!/bin/sh' "echo $name \"\$@\" >>'$asked'" "$@" >"$fake/$name"
    chmod +x "$fake/$name"
}

# tool NAME…: commands that are there and succeed
tool() {
    local name
    for name in "$@"; do
        printf '%s\n' '#!/bin/sh' 'exit 0' >"$fake/$name"
        chmod +x "$fake/$name"
    done
}

install_for() {
    run env PATH="$fake" bash .ci/install-dependencies "$@" </dev/null
    echo "$output"
    cat "$asked"
}

@test "when everything is there no package manager is called" {
    tool gcc ar make pkg-config
    manager apt-get
    install_for build
    [ "$status" -eq 0 ] && [ -z "$output" ] && [ ! -s "$asked" ]
}

@test "only what is missing is asked for, once, after the lists are renewed" {
    tool gcc ar make pkg-config git openssl
    manager apt-get "touch '$fake/ssh-keygen'; chmod +x '$fake/ssh-keygen'"
    rm -f "$fake/ssh-keygen"
    tool chmod touch
    ln -sf "$(command -v touch)" "$fake/touch"
    ln -sf "$(command -v chmod)" "$fake/chmod"
    tool sudo
    printf '%s\n' '#!/bin/sh' 'exec "$@"' >"$fake/sudo"
    install_for demo
    [ "$status" -eq 0 ]
    [ "$(grep -c update "$asked")" -eq 1 ]
    [ "$(grep -c install "$asked")" -eq 1 ]
    [[ $(grep install "$asked") == *" openssh-client" ]]
    [[ $(grep install "$asked") == *" -y "* ]]
}

@test "a need that stays missing is an error that names the package" {
    tool gcc ar make pkg-config git openssl
    manager apt-get
    printf '%s\n' '#!/bin/sh' 'exec "$@"' >"$fake/sudo"
    chmod +x "$fake/sudo"
    install_for demo
    [ "$status" -eq 1 ]
    [[ $output == *"still missing: ssh-keygen"* ]]
    [[ $output == *"openssh-client"* ]]
}

@test "without a known package manager it says what to install" {
    tool gcc ar make pkg-config openssl ssh-keygen
    install_for demo
    [ "$status" -eq 1 ]
    [[ $output == *"apt-get, dnf, apk, pacman"* ]]
    [[ $output == *": git"* ]]
}

@test "dnf, apk and pacman are asked in their own words" {
    tool gcc ar make pkg-config git openssl
    printf '%s\n' '#!/bin/sh' 'exec "$@"' >"$fake/sudo"
    chmod +x "$fake/sudo"
    for expected in "dnf install -y --setopt=install_weak_deps=False openssh" "apk add --no-progress openssh-keygen" \
        "pacman -S --needed --noconfirm openssh"; do
        manager "${expected%% *}"
        install_for demo
        grep -qxF "$expected" "$asked"
        rm "$fake/${expected%% *}"
    done
}

@test "a wish that cannot be had is named and is no error" {
    tool gcc ar make pkg-config gpg gpgsm
    manager apt-get
    printf '%s\n' '#!/bin/sh' 'exec "$@"' >"$fake/sudo"
    chmod +x "$fake/sudo"
    install_for valgrind
    [ "$status" -eq 0 ]
    [[ $output == *"the tests that use it are skipped: valgrind"* ]]
}

@test "what comes through npm goes into the build directory, and is asked for where npm is there only" {
    tool gcc ar make pkg-config git ssh-keygen openssl gpg gpgsm clang bats flock cmp pgrep jq python3
    printf '%s\n' '#!/bin/sh' "[ -e '$BATS_TEST_TMPDIR/b/tools/node_modules/ajv' ]" >"$fake/node"
    chmod +x "$fake/node"
    B=$BATS_TEST_TMPDIR/b install_for check
    [ "$status" -eq 0 ]
    [[ $output == *"the tests that use it are skipped: "*ajv* ]]
    [[ -d /usr/lib/openssh/regress/unittests || $output == *"skipped: "*"openssh's vectors"* ]]
    printf '%s\n' '#!/bin/sh' "echo npm \"\$@\" >>'$asked'" "mkdir -p '$BATS_TEST_TMPDIR/b/tools/node_modules/ajv'" >"$fake/npm"
    chmod +x "$fake/npm"
    ln -sf "$(command -v mkdir)" "$fake/mkdir"
    B=$BATS_TEST_TMPDIR/b install_for check
    [[ $output != *ajv*skipped* && $output != *"skipped: "*ajv* ]]
    grep -q "^npm install --prefix $BATS_TEST_TMPDIR/b/tools .*ajv@8$" "$asked"
}

@test "an unknown purpose or none is refused" {
    run bash .ci/install-dependencies
    [ "$status" -eq 2 ]
    run bash .ci/install-dependencies chekc
    [ "$status" -eq 2 ]
}

@test "the tests use none of the tools that are on a developer's machine and on no bare one" {
    # what they use instead: od; jq; git, openssl and bash
    run -1 grep -rnwE 'xxd|hexdump|yq|perl|ruby|curl|wget|strace' tests/e2e tests/faults tests/golden \
        tests/schema tests/lib tests/run tests/demo tests/bench --include=*.bats --include=*.bash --include=*.sh
}
