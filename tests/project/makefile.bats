# The Makefile, tried on a small program of its own in a folder whose name has spaces.

setup() {
    tree="$BATS_TEST_TMPDIR/a small tree"
    mkdir -p "$tree"/reconciler/{base,evaluate,man} "$tree"/tests/unit/{base,evaluate} "$tree"/{schema,policies,examples}
    cp Makefile "$tree"
    cd "$tree"
    unset MAKEFLAGS MAKELEVEL B CC SANITIZE PROFILE MODULES DESTDIR PREFIX CFLAGS
    echo 'int base_number(void);' >reconciler/base/base.h
    printf '%s\n' '#include "base/base.h"' 'int base_number(void) { return 3; }' >reconciler/base/base.c
    echo '#define ANSWER 4' >reconciler/evaluate/answer.h
    printf '%s\n' '#include "base/base.h"' '#include "evaluate/answer.h"' '#include <stdio.h>' \
        'int main(void) { char text[32]; snprintf(text, sizeof text, "%d %d", base_number(), ANSWER); puts(text); return 0; }' \
        >reconciler/main.c
    for module in base evaluate; do
        printf '%s\n' '#include "base/base.h"' 'int main(void) { return base_number() - 3; }' >tests/unit/$module/it_test.c
    done
}

quiet_make() { make -s "$@" >log 2>&1 || { cat log; return 1; }; }

@test "make builds the program into build/, and nothing the second time" {
    quiet_make
    [ "$(build/countersign)" = "3 4" ]
    touch -d '1 minute ago' stamp
    run make
    echo "$output"
    [[ $output != *CC* && $output != *LINK* ]]
}

@test "B chooses another directory, absolute or not" {
    quiet_make B=out/here
    [ -x out/here/countersign ] && [ ! -e build ] || false
    elsewhere=$(mktemp -d)
    quiet_make B="$elsewhere/b"
    [ -x "$elsewhere/b/countersign" ]
    rm -r "$elsewhere"
}

@test "a name with spaces for B is refused" {
    run make B="a b"
    [ "$status" -ne 0 ] && [[ $output == *"without spaces"* ]]
}

@test "a changed header rebuilds what includes it, and only that" {
    quiet_make
    sleep 0.01
    echo '#define ANSWER 5' >reconciler/evaluate/answer.h
    run make
    echo "$output"
    [[ $output == *main.o* && $output != *base.o* ]]
    [ "$(build/countersign)" = "3 5" ]
}

@test "a header that is gone breaks nothing that no longer needs it" {
    quiet_make
    rm reconciler/evaluate/answer.h
    sed -i '/answer.h/d; s/ANSWER/6/' reconciler/main.c
    quiet_make
    [ "$(build/countersign)" = "3 6" ]
}

@test "other flags rebuild, and so do the first ones again" {
    quiet_make
    run make CPPFLAGS=-DOTHER
    [[ $output == *main.o* ]]
    run make
    [[ $output == *main.o* ]]
}

@test "a source file that is gone is no longer linked" {
    echo 'int surplus_number(void); int surplus_number(void) { return 1; }' >reconciler/base/surplus.c
    quiet_make
    ar t build/libcountersign.a | grep -q surplus
    rm reconciler/base/surplus.c
    quiet_make
    [ "$(ar t build/libcountersign.a)" = base.o ]
}

@test "sanitizers and other compilers have directories of their own" {
    quiet_make
    before=$(stat -c %y build/countersign)
    quiet_make SANITIZE=undefined
    [ -x build/undefined/countersign ]
    quiet_make CC=gcc PROFILE=coverage
    [ -x build/coverage/countersign ]
    [ "$(stat -c %y build/countersign)" = "$before" ]
    if command -v clang >/dev/null; then
        quiet_make CC=clang
        [ -x build/clang/countersign ]
    fi
}

@test "a warning is an error" {
    echo 'int base_narrow(long n); int base_narrow(long n) { return n; }' >reconciler/base/narrow.c
    run make
    [ "$status" -ne 0 ] && [[ $output == *-Werror=conversion* ]]
}

@test "the program is hardened" {
    quiet_make
    readelf -hW build/countersign | grep -q 'Type: *DYN'
    readelf -lW build/countersign | grep -q GNU_RELRO
    readelf -lW build/countersign | grep GNU_STACK | grep -q 'RW '
    readelf -dW build/countersign | grep -qE 'BIND_NOW|NOW'
    # The flags of which only the program's own calls tell.
    nm -D build/countersign | grep -qE '__(v?snprintf|puts)_chk|__stack_chk_fail'
    grep -q -- '-D_FORTIFY_SOURCE=2' build/flags
    grep -q -- '-fstack-protector-strong' build/flags
}

@test "unit tests build for all modules or for some" {
    quiet_make unit-tests
    build/tests/unit/base/it_test && build/tests/unit/evaluate/it_test
    rm -r build
    quiet_make unit-tests MODULES=base
    [ -x build/tests/unit/base/it_test ] && [ ! -e build/tests/unit/evaluate/it_test ]
}

@test "install puts program, manuals, schemas, policies and examples under DESTDIR and PREFIX" {
    echo '.TH COUNTERSIGN 1' >reconciler/man/countersign.1
    echo '.TH COUNTERSIGN.YAML 5' >reconciler/man/countersign.yaml.5
    mkdir -p "examples/one repository/.github"
    echo '{}' >schema/Person.json
    echo 'kind: ApprovalPolicy' >policies/four-eyes.yaml
    echo 'jobs:' >"examples/one repository/.github/check.yml"
    printf '#!/bin/sh\n' >examples/run.sh
    chmod +x examples/run.sh
    quiet_make install DESTDIR="$PWD/a root" PREFIX=/usr
    root="$PWD/a root/usr"
    [ "$("$root/bin/countersign")" = "3 4" ]
    [ -f "$root/share/man/man1/countersign.1" ] && [ -f "$root/share/man/man5/countersign.yaml.5" ] || false
    [ -f "$root/share/countersign/schema/Person.json" ] && [ -f "$root/share/countersign/policies/four-eyes.yaml" ] || false
    [ -f "$root/share/countersign/examples/one repository/.github/check.yml" ]
    [ -x "$root/share/countersign/examples/run.sh" ] && [ ! -x "$root/share/countersign/schema/Person.json" ]
}

@test "clean takes away the build directory and nothing else" {
    quiet_make
    quiet_make clean
    [ ! -e build ] && [ -f reconciler/main.c ]
}

@test "make format changes the lines that differ from the last commit, and no others" {
    command -v git-clang-format >/dev/null || skip "git-clang-format is not installed"
    cp -r "$BATS_TEST_DIRNAME/../../.ci" "$BATS_TEST_DIRNAME/../../.clang-format" .
    git init -q . && git add . && git -c user.name=t -c user.email=t@localhost commit -q -m first
    echo 'int  twice( int a ){return a*2;}' >>reconciler/base/base.c
    quiet_make format
    git diff --no-color reconciler/base/base.c | grep -q '^+	return a \* 2;'
    grep -q '^int base_number(void) { return 3; }$' reconciler/base/base.c
    quiet_make format
    [ "$(git diff --name-only)" = reconciler/base/base.c ]
}
