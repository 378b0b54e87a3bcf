#!/usr/bin/env bats
# Whoever may push to the branch decides how large its commits are and how many: what others said there is heard all the
# same, in bounded memory.

load ../lib/pki

setup() {
    cd "$BATS_TEST_TMPDIR"
    export HOME=$BATS_TEST_TMPDIR
    pki_new "$BATS_TEST_TMPDIR/pki"
}

teardown() { pki_end; }

in_state() { [ "$(pki_state "$1")" = "$2" ]; }

# stdin as a commit of main, whatever it is.
put_on_main() {
    git -C "$PKI/pki.git" update-ref refs/heads/main "$(git -C "$PKI/pki.git" hash-object -t commit -w --stdin --literally)"
    git pull -q --rebase
}

padded() { head -c "$1" /dev/zero | tr '\0' x | fold -w 100; }

judged() { pki_output README.md >/dev/null; git -C "$PKI/pki.git" log -1 --format=%B countersign/output | sed -n 's/^Countersign-Input: //p'; }

@test "a commit that is larger than anything ends nobody's history: at the tip, in the middle, packed" {
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    pki_decide dave Approve web/www
    { printf 'tree %s\nparent %s\n' "$(git rev-parse 'HEAD^{tree}')" "$(git rev-parse HEAD)"
      printf 'author A <a@b> 1600000000 +0000\ncommitter A <a@b> 1600000000 +0000\n\nCountersign-Reject: web/www %s\n' \
        "$(pki_digest web/www)"
      padded 17000000; } | put_on_main
    run pki_run_once
    [ "$status" = 0 ]
    [[ "$output" == *commit-not-read*"larger than 1 MiB"* ]]
    [ "$(pki_state web/www)" = Issued ]
    # it is passed once, not in each pass
    [ "$(judged)" = "$(git -C "$PKI/pki.git" rev-parse main)" ]
    run pki_run_once
    [[ "$output" != *commit-not-read* ]]
    # in the middle, and in a pack: what the daemon has forgotten is found anew
    git -C "$PKI/pki.git" gc -q
    pki_request web/two web-staging alice two.example.com
    find "$PKI/state" -type f ! -name 'ledger*' -delete
    pki_run_once
    pki_decide dave Approve web/two
    pki_run_once
    [ "$(pki_state web/two)" = Issued ]
    pki_verify web/two >/dev/null
    run "$COUNTERSIGN" plan HEAD~3..HEAD
    [ "$status" = 0 ]
}

@test "what is said among many large commits is heard, in bounded memory" {
    local most_kilobytes=65536 peak
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    pki_decide dave Approve web/www     # the oldest of them: the walk meets it last
    for i in {1..100}; do
        git commit -q --allow-empty -F - <<<"Large $i

$(padded 1000000)

Countersign-Approve: web/www sha256:$(printf '%064d' "$i")"
    done
    git push -q
    "$COUNTERSIGN" run --config "$PKI/local/countersign.yaml" 2>/dev/null 3>&- &
    daemon=$!
    eventually 300 in_state web/www Issued
    peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$daemon/status")
    kill -TERM "$daemon"
    wait "$daemon"
    [ "$(pki_state web/www)" = Issued ]
    # sanitizers have their own ideas about memory
    [[ $COUNTERSIGN == *address* ]] || [ "$peak" -lt "$most_kilobytes" ] || { echo "$peak KiB"; false; }
}

@test "a configuration is found behind a hundred commits that change none" {
    local digest person
    pki_run_once
    pki_profile extra "approval: none"
    git add -A && git commit -q -m 'A profile without approval'
    digest=$(pki_configuration_digest 1 "$(sed -n 's/.*configuration: "\(.*\)"}.*/\1/p' "$PKI/local/countersign.yaml")")
    # what follows cannot become trusted, and is the tip's
    echo broken >profiles/broken.yaml
    git add -A && git commit -q -m 'A mistake'
    for _ in {1..100}; do git commit -q --allow-empty -m 'Something else'; done
    for person in alice bob; do
        pki_as "$person"
        git commit -q -S --allow-empty -m yes --trailer "Countersign-Configuration: $digest"
    done
    git push -q
    pki_run_once
    [ "$(pki_output status/configuration.yaml | sed -n '/trusted:/,/digest/s/.*digest: "\{0,1\}\(sha256:[0-9a-f]*\).*/\1/p')" = "$digest" ]
    pki_request auto/x extra alice x.example.com
    pki_run_once
    [ "$(pki_state auto/x)" = Issued ]
}
