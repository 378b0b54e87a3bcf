# What the tree promises about itself.

# The project's files: those that git tracks, or all of a tree without git (a release's archive).
files() {
    git -c safe.directory='*' ls-files 2>/dev/null || find . -type f -not -path './build/*' | sed 's|^\./||'
}

@test "the top level holds the project's seven names and dot files only" {
    run bash -c "$(declare -f files); files | cut -d/ -f1 | sort -u |
        grep -vxE '\..*|reconciler|schema|examples|policies|tests|Makefile|README\.md|LICENSE'"
    echo "does not belong there: $output"
    [ -z "$output" ]
}

@test "no file holds the path of somebody's home or of this checkout" {
    files | while read -r file; do [ ! -f "$file" ] || printf '%s\0' "$file"; done >"$BATS_TEST_TMPDIR/files"
    run xargs -0 grep -nIE '(^|[^A-Za-z0-9._-])/([h]ome/[a-z]|[r]oot/|[U]sers/[A-Za-z])' <"$BATS_TEST_TMPDIR/files"
    echo "$output"
    [ -z "$output" ]
    # A checkout at the top of the file system, as in a container, has a path that may be an ordinary word.
    case $PWD in /*/*) run xargs -0 grep -nIF "$PWD" <"$BATS_TEST_TMPDIR/files"; echo "$output"; [ -z "$output" ] ;; esac
}

@test "no private key is kept, apart from keys marked as made for tests" {
    run bash -c "$(declare -f files); files | tr '\n' '\0' |
        xargs -0 grep -lIE '^-----BEGIN ([A-Z]+ )?PRIVATE KEY-----' 2>/dev/null | grep -vE '^tests/.*test[-_]?key'"
    echo "$output"
    [ -z "$output" ]
}

@test "no product of a build is kept" {
    run bash -c "$(declare -f files); files | grep -E '\.(o|a|so|d|gcda|gcno)\$|^build/'"
    echo "$output"
    [ -z "$output" ]
}

@test "every unit test is where make check looks for it" {
    run bash -c "find tests/unit -name '*.c' | grep -vE '^tests/unit/[a-z]+/[a-z0-9_]+_test\.c\$'"
    echo "not run by anything: $output"
    [ -z "$output" ]
    for folder in tests/unit/*/; do
        [ -d "$folder" ] || continue
        [ -d "reconciler/$(basename "$folder")" ] || { echo "$folder mirrors no module"; false; }
    done
}

@test "every bats file is where make check looks for it" {
    run bash -c "find tests -name '*.bats' | grep -vE '^tests/[a-z0-9-]+/[^/]+\.bats\$'"
    echo "not run by anything: $output"
    [ -z "$output" ]
}

@test "every folder of bats files gives its tests a home of their own, also by hand" {
    for folder in $(printf '%s\n' tests/*/*.bats | xargs dirname | sort -u); do
        cmp tests/lib/setup_suite.bash "$folder/setup_suite.bash"
    done
}

@test "no line of a test says not, or and, in a way that bats does not hear" {
    # `! a` and the first of `a && b` fail without ending a test, unless they are its last line: `|| false` does
    run awk '
        FNR == 1 || /^}/ { inside = 0; line = "" }
        /^@test / { inside = 1 }
        inside && line != "" && /[^ \t]/ { print line; line = "" }
        inside && (/^[ \t]+! / || /^[ \t]+\[\[? .* \]\]? && \[/) && !/\|\| / { line = FILENAME ":" FNR ":" $0 }
        ' tests/*/*.bats
    echo "$output"
    [ "$status" -eq 0 ] && [ -z "$output" ]
}

@test "every fuzz target has a corpus, and every corpus a target" {
    for target in tests/fuzz/*_fuzz.c; do
        [ -e "$target" ] || continue
        name=$(basename "$target" _fuzz.c)
        [ -n "$(ls -A "tests/fuzz/corpus/$name" 2>/dev/null)" ] || { echo "$name has no corpus"; false; }
    done
    for corpus in tests/fuzz/corpus/*/; do
        [ -e "$corpus" ] || continue
        [ -f "tests/fuzz/$(basename "$corpus")_fuzz.c" ] || { echo "$corpus has no target"; false; }
    done
}

@test "every shell script is free of syntax errors" {
    for file in .ci/* tests/run tests/*/run tests/*/*.sh tests/lib/*.bash tests/coverage tests/fresh tests/ladder/ladder; do
        [ -f "$file" ] || continue
        bash -n "$file" || { echo "$file"; false; }
    done
}

@test "continuous integration runs make check and nothing else" {
    grep -q '^make check' .ci/run
    run grep -nE '(apt-get|dnf|apk|pacman|tests/run|bats) ' .ci/run
    echo "$output"
    [ -z "$output" ]
}
