# The demo: ends well, says what it should, and leaves nothing behind.

setup() {
    top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    mkdir "$BATS_TEST_TMPDIR/tmp"
}

@test "the whole story, and nothing is left of it" {
    started=$SECONDS
    TMPDIR=$BATS_TEST_TMPDIR/tmp run bash "$top/tests/demo/demo.sh"
    echo "$output"
    [ "$status" -eq 0 ]
    # under 30 seconds where nothing else runs meanwhile; here nobody knows what does
    [ $((SECONDS - started)) -lt 300 ]
    [ -z "$(ls -A "$BATS_TEST_TMPDIR/tmp")" ]
    ! pgrep -f "$BATS_TEST_TMPDIR/tmp/countersign-demo" || false
    # each chapter's end, in this order
    expected=('Two signatures, and the new rules hold' 'web/www  PendingApproval' 'can still approve: dave, erin'
        "Countersign-Approve: web/www sha256:" 'Sent, signed, as countersign/inbox/frank-' 'Signing file approvals/www-grace.yaml'
        'www.pem: OK' 'DNS:www.example.com' '- name: dave' '- name: frank' '- name: grace'
        'web/shop  Rejected' 'There is a shop already' 'web/test  Expired'
        'seen, and not counted' 'mallory is not an approver' 'web/cart is still PendingApproval' 'web/www   Issued')
    for words in "${expected[@]}"; do
        [[ $output == *"$words"* ]] || { echo "not there, or not in this place: $words"; false; }
        output=${output#*"$words"}
    done
    # no colours where there is no terminal
    ! grep -q $'\e' <<<"$output"
}

@test "it breaks off with what happened, and cleans up unless it is told to keep, when the program does not work" {
    TMPDIR=$BATS_TEST_TMPDIR/tmp COUNTERSIGN=/bin/false run bash "$top/tests/demo/demo.sh"
    [ "$status" -ne 0 ]
    grep -q 'broke off' <<<"$output"
    [ -z "$(ls -A "$BATS_TEST_TMPDIR/tmp")" ]
    TMPDIR=$BATS_TEST_TMPDIR/tmp COUNTERSIGN=/bin/false run bash "$top/tests/demo/demo.sh" --keep
    [ -d "$(sed -n 's/^Kept: //p' <<<"$output")/keys" ]
    run bash "$top/tests/demo/demo.sh" --nonsense
    [ "$status" -eq 2 ]
}
