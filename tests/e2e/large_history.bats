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
in_state_and_none_left() { in_state "$@" && [[ $(git -C "$PKI/pki.git" log -1 --format=%B countersign/output) != *Countersign-Requests-* ]]; }

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

# The daemon runs until a command succeeds, in so much memory at most: in_memory KILOBYTES COMMAND…
in_memory() {
    local most_kilobytes=$1 peak
    shift
    "$COUNTERSIGN" run --config "$PKI/local/countersign.yaml" --log json >"$HOME/log" 2>&1 3>&- &
    daemon=$!
    eventually 600 "$@"
    peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$daemon/status")
    kill -TERM "$daemon"
    wait "$daemon"
    # sanitizers have their own ideas about memory
    [[ $COUNTERSIGN == *address* ]] || [ "$peak" -lt "$most_kilobytes" ] || { echo "$peak KiB"; false; }
}

@test "what is said among many large commits is heard, in bounded memory" {
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    pki_decide dave Approve web/www     # the oldest of them: the walk meets it last
    for i in {1..100}; do
        git commit -q --allow-empty -F - <<<"Large $i

$(padded 1000000)

Countersign-Approve: web/www sha256:$(printf '%064d' "$i")"
    done
    git push -q
    in_memory 65536 in_state web/www Issued
}

@test "any number of trailers that nobody signed: some are shown, the others counted, in bounded memory" {
    local i said=$HOME/said zero=0000000000000000000000000000000000000000000000000000000000000000
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    printf 'Words\n\n' >"$said"
    for i in {1..30}; do echo "Countersign-Approve: no/n$i sha256:$zero"; done >>"$said"
    for i in {1..70}; do echo "Countersign-Reject: web/www sha256:$zero"; done >>"$said"
    for i in {1..300}; do
        printf 'commit refs/heads/main\ncommitter N <n@example.com> %s +0000\ndata %s\n' $((1700000000 + i)) "$(wc -c <"$said")"
        cat "$said"
        [ "$i" != 1 ] || echo 'from refs/heads/main^0'
    done | git -C "$PKI/pki.git" fast-import --quiet
    git pull -q --ff-only origin main
    pki_decide dave Approve web/www
    in_memory 65536 in_state web/www Issued
    [ "$(grep -c '"ignored"' "$HOME/log")" -le 4096 ]
    # lost rejections are among them
    grep '"ignored-more"' "$HOME/log" | grep '"level":"alarm"' | grep -Eq '"count":"[0-9]{4,}"'
    [ "$(pki_output status/requests/web/www.yaml | sed -n '/^  ignored:/,/^  [a-z]/p' | grep -c 'who:')" = 20 ]
}

@test "any number of files that are no good requests: twenty are shown, the others take no memory" {
    local blob tree i
    pki_run_once
    pki_request_file bad web-staging alice www.example.com
    for i in {1..2000}; do echo "unknown$i: x"; done >>requests/bad.yaml
    blob=$(git -C "$PKI/pki.git" hash-object -w "$PWD/requests/bad.yaml")
    rm requests/bad.yaml
    pki_request web/www automatic alice www.example.com
    tree=$(for i in {1..600}; do printf '100644 blob %s\tn%s.yaml\n' "$blob" "$i"; done | git -C "$PKI/pki.git" mktree)
    tree=$( (git -C "$PKI/pki.git" ls-tree main:requests; printf '040000 tree %s\tbad\n' "$tree") | git -C "$PKI/pki.git" mktree)
    tree=$( (git -C "$PKI/pki.git" ls-tree main | grep -v requests; printf '040000 tree %s\trequests\n' "$tree") | git -C "$PKI/pki.git" mktree)
    git -C "$PKI/pki.git" update-ref refs/heads/main "$(git -C "$PKI/pki.git" -c user.name=n -c user.email=n@example.com commit-tree -p main -m Bad "$tree")"
    in_memory 65536 in_state_and_none_left web/www Issued
    [ "$(git -C "$PKI/pki.git" ls-tree --name-only countersign/output status/requests/bad/ | wc -l)" = 20 ]
    # of each pass that has judged some of them twenty are named, the others counted
    [ "$(grep -c '"invalid-not-shown","request"' "$HOME/log")" -le "$((20 * $(git -C "$PKI/pki.git" rev-list --count --first-parent countersign/output)))" ]
    [ "$(awk -F'"more":"' '/"invalid-not-shown"/ { sum += NF > 1 ? $2 + 0 : 1 } END { print sum }' "$HOME/log")" = 580 ]
}

# A folder of the branch's tree gets a flood/ beside what it has, in which a file with the bytes of stdin stands under
# 39,304 names: flood FOLDER
flood() {
    local tree level
    tree=$(git -C "$PKI/pki.git" hash-object -w --stdin)
    tree=$(for i in {10..43}; do printf '100644 blob %s\tn%s.yaml\n' "$tree" "$i"; done | git -C "$PKI/pki.git" mktree)
    for level in 1 2; do
        tree=$(for i in {10..43}; do printf '040000 tree %s\td%s\n' "$tree" "$i"; done | git -C "$PKI/pki.git" mktree)
    done
    tree=$( (git -C "$PKI/pki.git" ls-tree "main:$1" | grep -v flood; printf '040000 tree %s\tflood\n' "$tree") | git -C "$PKI/pki.git" mktree)
    tree=$( (git -C "$PKI/pki.git" ls-tree main | grep -v "$1"; printf '040000 tree %s\t%s\n' "$tree" "$1") | git -C "$PKI/pki.git" mktree)
    git -C "$PKI/pki.git" update-ref refs/heads/main "$(git -C "$PKI/pki.git" -c user.name=n -c user.email=n@example.com commit-tree -p main -m Flood "$tree")"
}

@test "39,304 request files in three kilobytes: what was decided goes before them, in bounded memory" {
    local first
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    pki_decide dave Approve web/www
    flood requests <<<'no request'
    in_memory 65536 in_state_and_none_left web/www Issued
    first=$(git -C "$PKI/pki.git" log --first-parent --format=%H countersign/output -- certificates/web/www.pem)
    [[ $(git -C "$PKI/pki.git" log -1 --format=%B "$first") == *Countersign-Requests-Left*requests/flood/d* ]]
    run "$COUNTERSIGN" -C "$PKI/pki.git" audit --config "$PKI/local/countersign.yaml"
    [ "$status" = 0 ]
}

@test "39,304 approval files in three kilobytes: the same bytes are judged once" {
    mkdir -p approvals/other && echo x >approvals/other/x.yaml && git add approvals && git commit -q -m x && git push -q origin main
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    pki_decide dave Approve web/www
    flood approvals <<<'no approval'
    in_memory 65536 in_state web/www Issued
    [ "$(grep -c '"ignored".*approvals/flood' "$HOME/log")" = 1 ]
}

@test "39,304 policies in three kilobytes, forty times: no candidate, and nobody waits for them" {
    local i
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    pki_decide dave Approve web/www
    for i in {1..40}; do
        { printf 'apiVersion: countersign/v1\nkind: CertificatePolicy\nmetadata: {name: n%s}\nspec: {}\n' "$i"; head -c 250000 /dev/zero | tr '\0' '#'; } | flood policies
    done
    in_memory 300000 in_state web/www Issued
    pki_output status/configuration.yaml | grep -q TooManyFiles
    pki_output status/configuration.yaml | grep -q 'number: 0'
}

@test "a configuration is found behind a hundred commits that change none" {
    local digest
    pki_run_once
    pki_profile extra "approval: none"
    git add -A && git commit -q -m 'A profile without approval'
    digest=$(pki_configuration_digest 1 "$(pki_introduction_digest)")
    # what follows cannot become trusted, and is the tip's
    echo broken >profiles/broken.yaml
    git add -A && git commit -q -m 'A mistake'
    for _ in {1..100}; do git commit -q --allow-empty -m 'Something else'; done
    pki_sign_configuration "$digest"
    pki_run_once
    [ "$(pki_output status/configuration.yaml | sed -n '/trusted:/,/digest/s/.*digest: "\{0,1\}\(sha256:[0-9a-f]*\).*/\1/p')" = "$digest" ]
    pki_request auto/x extra alice x.example.com
    pki_run_once
    [ "$(pki_state auto/x)" = Issued ]
}
