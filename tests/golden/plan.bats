# The published vectors of the plan are what stock tools say they are.

vectors() {
    for folder in tests/golden/plan/*/plan.txt; do dirname "$folder"; done
}

value() {   # FILE KEY: the value of "KEY: VALUE"
    sed -n "s/^$2: //p" "$1"
}

@test "the digest of each vector is its SHA-256" {
    for vector in $(vectors); do
        [ "$(cat "$vector/digest")" = "sha256:$(sha256sum <"$vector/plan.txt" | cut -d' ' -f1)" ]
    done
}

@test "the key of each vector is that of its certification request" {
    for vector in $(vectors); do
        sed -n '/BEGIN/,/END/s/^    //p' "$vector/request.yaml" >"$BATS_TEST_TMPDIR/csr"
        openssl req -in "$BATS_TEST_TMPDIR/csr" -noout -pubkey | openssl pkey -pubin -outform DER >"$BATS_TEST_TMPDIR/key"
        [ "$(value "$vector/plan.txt" public-key)" = "sha256:$(sha256sum <"$BATS_TEST_TMPDIR/key" | cut -d' ' -f1)" ]
    done
}

@test "the authority of each vector is that of its configuration" {
    for vector in $(vectors); do
        authority=tests/golden/plan/configuration/authorities/$(value "$vector/plan.txt" authority).yaml
        sed -n '/BEGIN/,/END/s/^    //p' "$authority" | openssl x509 -outform DER >"$BATS_TEST_TMPDIR/ca"
        [ "$(value "$vector/plan.txt" authority-certificate)" = "sha256:$(sha256sum <"$BATS_TEST_TMPDIR/ca" | cut -d' ' -f1)" ]
    done
}

@test "the lines of each vector stand in order" {
    for vector in $(vectors); do
        for key in alt-name key-usage extended-key-usage; do
            LC_ALL=C sort -uc <(value "$vector/plan.txt" "$key")
        done
    done
}
