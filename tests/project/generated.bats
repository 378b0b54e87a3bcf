# What is made from the program and kept in the tree is what the program makes.

setup() {
    [ -n "${COUNTERSIGN:-}" ] || skip "no program to ask: run it by make check"
}

@test "schema/ holds the schema of every kind, as the program prints it, and nothing else (make schema)" {
    "$COUNTERSIGN" schema >"$BATS_TEST_TMPDIR/kinds"
    [ -s "$BATS_TEST_TMPDIR/kinds" ]
    while read -r kind; do
        "$COUNTERSIGN" schema "$kind" >"$BATS_TEST_TMPDIR/$kind.json"
        diff -u "schema/$kind.json" "$BATS_TEST_TMPDIR/$kind.json"
    done <"$BATS_TEST_TMPDIR/kinds"
    diff <(sed 's/$/.json/' "$BATS_TEST_TMPDIR/kinds" | LC_ALL=C sort) <(ls schema | LC_ALL=C sort)
}

@test "the manual pages are free of markup errors" {
    pages=(reconciler/man/*.[1-8])
    [ -f "${pages[0]}" ]
    command -v mandoc >/dev/null || skip "mandoc is not installed"
    run mandoc -T lint -W warning "${pages[@]}"
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "every command and option of the program is in its manual, and no other" {
    local command option page=reconciler/man/countersign.1
    "$COUNTERSIGN" help | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p' >"$BATS_TEST_TMPDIR/commands"
    grep -qx verify-evidence "$BATS_TEST_TMPDIR/commands"
    while read -r command; do
        grep -qE "^\.It Cm $command( |\$)" "$page" || { echo "$page lacks $command"; false; }
        "$COUNTERSIGN" "$command" --help >>"$BATS_TEST_TMPDIR/usages"
    done <"$BATS_TEST_TMPDIR/commands"
    grep -oE -- '--[a-z]+(-[a-z]+)*' "$BATS_TEST_TMPDIR/usages" | LC_ALL=C sort -u >"$BATS_TEST_TMPDIR/options"
    grep -qx -- --accept-ledger-loss "$BATS_TEST_TMPDIR/options"
    sed -n '/^\.Sh DESCRIPTION/,/^\.Sh PROCESSES/p' "$page" | grep -oE 'Fl Fl [a-z]+(-[a-z]+)*' | sed 's/Fl Fl /--/' |
        LC_ALL=C sort -u >"$BATS_TEST_TMPDIR/described"
    diff "$BATS_TEST_TMPDIR/options" "$BATS_TEST_TMPDIR/described"
}

@test "each promise of countersign-security(7) names tests that are there" {
    local page=reconciler/man/countersign-security.7 file title wrong=0 count=0
    while IFS= read -r line; do
        file=${line%%: *} title=${line#*: }
        count=$((count + 1))
        grep -qxF "@test \"$title\" {" tests/e2e/"$file".bats tests/faults/"$file".bats 2>/dev/null ||
            { echo "no such test: $line"; wrong=1; }
    done < <(sed -n '/^\.Bd -literal/,/^\.Ed/{/^\./d;p}' "$page")
    [ "$count" -ge 40 ] && [ "$wrong" = 0 ]
}
