# The measurements of `make bench` run, with sizes that say nothing of speed.
bats_require_minimum_version 1.5.0

setup_file() {
    unset MAKEFLAGS MFLAGS MAKELEVEL
    # make knows no directory with a space in its name, and the checkout may stand in one
    ln -s "$COUNTERSIGN_BUILD" "$BATS_FILE_TMPDIR/build"
    make --no-print-directory -s CC=gcc B="$BATS_FILE_TMPDIR/build" benches
}

# The lines that a measurement prints, one a quantity; numbers stand for themselves.
measures() {    # COUNT COMMAND…
    local wanted=$1
    shift
    run -0 --separate-stderr "$@"
    [ -z "$stderr" ] || { echo "$stderr"; return 1; }
    [ "$(grep -c '[0-9]' <<<"$output")" -eq "$wanted" ] || { echo "$output"; return 1; }
}

@test "each program under tests/bench is run here" {
    local file
    for file in tests/bench/*_bench.c tests/bench/*.sh; do
        file=$(basename "$file" .c)
        grep -qF "tests/bench/$file" tests/project/bench.bats || { echo "$file"; return 1; }
    done
}

@test "signatures" {
    COMMITS=2 ROUNDS=1 measures 3 "$COUNTERSIGN_BUILD/tests/bench/sshsig_bench"
}

@test "certificates" {
    measures 2 "$COUNTERSIGN_BUILD/tests/bench/issue_bench" ECDSA-P256 ECDSA-P256
}

@test "the repository" {
    FILES=100 ROUNDS=1 measures 5 "$COUNTERSIGN_BUILD/tests/bench/repository_bench"
}

@test "from push to certificate" {
    COUNTERSIGN=$COUNTERSIGN_BUILD/countersign REQUESTS=2 ROUNDS=1 run -0 bash tests/bench/push_to_certificate.sh
    grep -q '[0-9]' <<<"$output"
}

@test "many certificates" {
    COUNTERSIGN=$COUNTERSIGN_BUILD/countersign REQUESTS=3 ROUNDS=1 measures 1 bash tests/bench/many_certificates.sh
}

@test "a large repository" {
    COUNTERSIGN=$COUNTERSIGN_BUILD/countersign FILES=300 OPEN=2 ROUNDS=1 measures 8 bash tests/bench/scale_bench.sh
}

@test "an audit" {
    COUNTERSIGN=$COUNTERSIGN_BUILD/countersign PASSES=1 REQUESTS=1 ROUNDS=1 run -0 bash tests/bench/audit_bench.sh
    grep -q 'countersign audit: .* certificates/s' <<<"$output"
}
