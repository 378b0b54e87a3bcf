# The schemas and the decoder judge alike, whatever rule a schema can express; and what is written reads the same
# everywhere.

bats_require_minimum_version 1.5.0

setup_file() {
    for folder in "$(dirname "${COUNTERSIGN:-build/countersign}")" "${COUNTERSIGN_BUILD:-build}"; do
        if [ -x "$folder/tests/unit/manifest/corpus_test" ]; then export TESTS=$folder/tests/unit/manifest; fi
    done
    [ -n "$TESTS" ]
    export PYTHONDONTWRITEBYTECODE=1
    export NODE_PATH=${COUNTERSIGN_BUILD:-build}/tools/node_modules
}

python_or_skip() {
    /usr/bin/python3 -c "import $1" 2>/dev/null || skip "python3 has no $1"
}

ajv_or_skip() {
    python_or_skip yaml
    command -v node >/dev/null || skip "node is not installed"
    node -e 'require("ajv/dist/2020")' 2>/dev/null || skip "node finds no ajv"
}

decoder() { xargs -0 "$TESTS/corpus_test" verdict; }
jsonschema() { xargs -0 /usr/bin/python3 tests/schema/documents.py judge schema; }
ajv() { xargs -0 /usr/bin/python3 tests/schema/documents.py json | node tests/schema/judge.js schema; }

# Lines "FILE decoder's verdict, judge's verdict, decoder's reason" where the two differ: differences JUDGE FOLDER…
differences() {
    local judge=$1
    shift
    find "$@" -name '*.yaml' -print0 | sort -z >"$BATS_TEST_TMPDIR/files"
    decoder <"$BATS_TEST_TMPDIR/files" | awk -F'\t' -v OFS='\t' '{ print $2, $1, $3 }' | sort >"$BATS_TEST_TMPDIR/decoder"
    "$judge" <"$BATS_TEST_TMPDIR/files" | awk -F'\t' -v OFS='\t' '{ print $2, $1 }' | sort >"$BATS_TEST_TMPDIR/judge"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/decoder")" = "$(tr -cd '\0' <"$BATS_TEST_TMPDIR/files" | wc -c)" ] || return 2
    [ "$(wc -l <"$BATS_TEST_TMPDIR/judge")" = "$(tr -cd '\0' <"$BATS_TEST_TMPDIR/files" | wc -c)" ] || return 2
    join -t $'\t' -o 1.1,1.2,2.2,1.3 "$BATS_TEST_TMPDIR/decoder" "$BATS_TEST_TMPDIR/judge" |
        awk -F'\t' '$2 != $3'
}

# The corpus: only files that say so may differ, and those must.
same_on_the_corpus() {
    differences "$1" tests/manifest >"$BATS_TEST_TMPDIR/differences"
    cut -f1 "$BATS_TEST_TMPDIR/differences" | sort >"$BATS_TEST_TMPDIR/found"
    grep -l '^# schema cannot say it: ' tests/manifest/bad/*.yaml | sort >"$BATS_TEST_TMPDIR/said"
    diff "$BATS_TEST_TMPDIR/said" "$BATS_TEST_TMPDIR/found"
    [ "$(cut -f2 "$BATS_TEST_TMPDIR/differences" | sort -u)" = bad ]
}

# Documents with slips in them: only what needs arithmetic may differ, and only the decoder may be stricter.
same_on_changed_documents() {
    mkdir "$BATS_TEST_TMPDIR/changed"
    /usr/bin/python3 tests/schema/documents.py mutate 20261122 25 "$BATS_TEST_TMPDIR/changed" tests/manifest/good/*.yaml
    differences "$1" "$BATS_TEST_TMPDIR/changed" >"$BATS_TEST_TMPDIR/differences"
    run grep -vP '\tbad\tgood\t.*(IPv4|block of addresses|a time in UTC|a duration|can never be reached|never valid|no lifetime is both|metadata\.name is)' \
        "$BATS_TEST_TMPDIR/differences"
    echo "$output"
    [ "$status" -eq 1 ]
    # both verdicts were met
    [ "$(cut -f2 "$BATS_TEST_TMPDIR/decoder" | sort -u | tr '\n' ' ')" = "bad good " ]
}

@test "python3-jsonschema judges the corpus as the decoder does" {
    python_or_skip yaml
    python_or_skip jsonschema
    same_on_the_corpus jsonschema
}

@test "python3-jsonschema judges changed documents as the decoder does" {
    python_or_skip yaml
    python_or_skip jsonschema
    same_on_changed_documents jsonschema
}

@test "ajv judges the corpus as the decoder does" {
    ajv_or_skip
    same_on_the_corpus ajv
}

@test "ajv judges changed documents as the decoder does" {
    ajv_or_skip
    same_on_changed_documents ajv
}

@test "what is written reads the same in YAML 1.1, in YAML 1.2 and as JSON" {
    python_or_skip yaml
    mkdir "$BATS_TEST_TMPDIR/written"
    "$TESTS/round_trip_test" emit "$BATS_TEST_TMPDIR/written" 40
    run -0 /usr/bin/python3 tests/schema/documents.py readers "$BATS_TEST_TMPDIR/written"
    [ "$output" -eq "$((18 * 40))" ]
}

@test "the schemas take what the decoder takes of made-up objects" {
    python_or_skip yaml
    python_or_skip jsonschema
    mkdir "$BATS_TEST_TMPDIR/written"
    "$TESTS/round_trip_test" emit "$BATS_TEST_TMPDIR/written" 20
    differences jsonschema "$BATS_TEST_TMPDIR/written" >"$BATS_TEST_TMPDIR/differences"
    run grep -vP '\tbad\tgood\t.*(can never be reached|never valid|no lifetime is both|metadata\.name is)' "$BATS_TEST_TMPDIR/differences"
    echo "$output"
    [ "$status" -eq 1 ]
}
