# The daemon as a process: its local configuration, read at the start and on SIGHUP; its log; timers; how it ends.
bats_require_minimum_version 1.5.0

load ../lib/pki

setup() {
    export HOME=$BATS_TEST_TMPDIR
    pki_new "$BATS_TEST_TMPDIR/pki"
    local_file=$PKI/local/countersign.yaml
    log=$BATS_TEST_TMPDIR/daemon.log
}

teardown() { pki_end; }

start() { "$COUNTERSIGN" run --config "$local_file" --log json "$@" 2>"$log" & daemon=$!; logged '"event":"started"'; }
logged() { eventually 120 grep -qF -- "$1" "$log"; }
in_state() { [ "$(pki_state "$1" 2>/dev/null)" = "$2" ]; }

@test "SIGHUP: new limits hold from then on" {
    start
    sed -i 's/^  limits: .*//' "$local_file"
    printf '  limits: {maxValidity: 1d}\n' >>"$local_file"
    kill -HUP "$daemon"
    logged '"event":"reloaded"'
    pki_request web/www automatic alice www.example.com
    eventually 120 in_state web/www Failed
    run pki_output certificates/web/www.pem
    [ "$status" -ne 0 ]
    kill -TERM "$daemon"
    wait "$daemon"
}

@test "SIGHUP: a file with errors is refused, and the old one stays in force" {
    start
    sed -i 's/stateDirectory/statedirectory/' "$local_file"
    kill -HUP "$daemon"
    logged '"event":"reload-refused"'
    grep -F reload-refused "$log" | grep -F 'it is spelt stateDirectory'
    pki_request web/www automatic alice www.example.com
    eventually 120 in_state web/www Issued
    kill -INT "$daemon"
    wait "$daemon"
}

# The daemon has written what it had to, and its reconciler waits for somebody to read it.
stuck() { ps -o stat=,comm= --ppid "$1" | grep -q '^S.* reconciler$' && sleep 0.1; }
stuck_for_good() { stuck "$1" && stuck "$1" && stuck "$1"; }

@test "a signal that comes while the daemon says that it has started is heard: SIGHUP does not end it" {
    mkfifo fifo
    exec 4<>fifo
    head -c 65536 /dev/zero >&4     # no room for one line more
    "$COUNTERSIGN" run --config "$local_file" --log json 2>fifo 3>&- 4>&- &
    daemon=$!
    eventually 120 stuck_for_good "$daemon"
    kill -HUP "$daemon"
    cat <&4 >"$log" 3>&- &
    logged '"event":"reloaded"'
    kill -TERM "$daemon"
    wait "$daemon"
    logged '"event":"ended"'
}

@test "a running daemon lets a request expire by itself, while nothing happens in the repository" {
    sed -i 's/maxRequestTtl: .*/maxRequestTtl: 2s/' policies/one-step.yaml
    git commit -q -a -m 'Short-lived requests' && git push -q
    pki_local "$(git rev-parse HEAD)" "$(pki_configuration_digest 0 "$PKI_ZERO")"
    start
    pki_request web/www web-staging alice www.example.com
    eventually 120 in_state web/www Expired
    git -C "$PKI/pki.git" log -p -m --first-parent --format= countersign/output -- status/requests/web/www.yaml | grep -qx '+  state: PendingApproval'
}

@test "all that is wrong with the local configuration is said at once, status 3" {
    sed -i 's/stateDirectory/statedirectory/; s/^  signingKey/  signing_key/' "$local_file"
    run -3 "$COUNTERSIGN" run --config "$local_file" --once
    [[ $output == *'unknown key "statedirectory"; it is spelt stateDirectory'* ]]
    [[ $output == *'unknown key "signing_key"; it is spelt signingKey'* ]]
    printf 'apiVersion: countersign/v1\nkind: Group\nmetadata: {name: local}\nspec: {members: [a]}\n' >"$local_file"
    run -3 "$COUNTERSIGN" run --config "$local_file" --once
    [[ $output == *'expected apiVersion: countersign/v1, kind: ReconcilerConfiguration'* ]]
    run -3 "$COUNTERSIGN" run --config "$PKI/none.yaml" --once
    [[ $output == *'none.yaml: No such file or directory'* ]]
}

@test "an introduction that is not what was pinned: named with the remedy, nothing else blamed, nothing written" {
    cp "$local_file" right
    pki_run_once
    before=$(git -C "$PKI/pki.git" for-each-ref)
    for lost in state output; do
        rm -rf "$PKI/state"
        [ "$lost" = state ] || git -C "$PKI/pki.git" update-ref -d refs/heads/countersign/output
        sed 's/configuration: "sha256:......../configuration: "sha256:00000000/' right >"$local_file"
        run -3 pki_run_once
        [ "$(grep -c '"event":"configuration-untrusted"' <<<"$output")" = 1 ]
        [[ $output == *'at the introduction '*' has the digest sha256:'*' but spec.trust.introduction of the local configuration pins sha256:00000000'*'Correct it there'* ]]
        [[ $output != *output-drift* ]]
        sed 's/introduction: {commit: ......../introduction: {commit: 00000000/' right >"$local_file"
        run -3 pki_run_once
        [[ $output == *'the introduction, which spec.trust.introduction of the local configuration names, cannot be read: '*'Give the id of a commit'* ]]
        [[ $output != *output-drift* ]]
        [ "$lost" = output ] || [ "$(git -C "$PKI/pki.git" for-each-ref)" = "$before" ]
    done
    cp right "$local_file"
    pki_run_once
}

# The running daemon, which hears of nothing that happens in the folders of a pattern
start_blind() {
    COUNTERSIGN=$COUNTERSIGN_BUILD/countersign      # the shim goes with the plain build
    cc -shared -fPIC -o shim.so "$BATS_TEST_DIRNAME/../faults/shim.c" -ldl
    SHIM_BLIND=$1 LD_PRELOAD=$PWD/shim.so "$COUNTERSIGN" run --config "$local_file" --log json 2>"$log" & daemon=$!
    eventually 120 git -C "$PKI/pki.git" rev-parse -q --verify refs/heads/countersign/output
    sleep 2     # until it waits
}

@test "a push that no event tells of is found by the timer" {
    start_blind '*'
    pki_request web/www automatic alice www.example.com
    eventually 120 in_state web/www Issued
    kill -TERM "$daemon"
    wait "$daemon"
}

@test "a push that no event tells of is found by the timer, whatever events there are that say nothing" {
    start_blind '*/refs/*'
    while :; do : >"$PKI/pki.git/noise.lock"; sleep 0.5; done 3>&- & noise=$!
    pki_request web/www automatic alice www.example.com
    eventually 120 in_state web/www Issued
    kill "$noise"
    kill -TERM "$daemon"
    wait "$daemon"
}

@test "an interval of years is waited for, and not looked at without end" {
    local reconciler
    sed -i "s#repository: .*#repository: {url: \"file://$PKI/pki.git\", interval: 2y}#" "$local_file"
    start
    eventually 120 git -C "$PKI/pki.git" rev-parse -q --verify refs/heads/countersign/output
    reconciler=$(ps -o pid=,comm= --ppid "$daemon" | awk '$2 == "reconciler" { print $1 }')
    # it may still be at its first pass
    eventually 120 at_rest "$reconciler"
    kill -TERM "$daemon"
    wait "$daemon"
}
# How often a process has waited for anything; and whether it does nothing for two seconds
waits() { awk '$1 == "voluntary_ctxt_switches:" { print $2 }' "/proc/$1/status"; }
at_rest() {
    local before
    before=$(waits "$1") && sleep 2 && [ $(($(waits "$1") - before)) -lt 3 ]
}

@test "the log: JSON lines into a file, text on a terminal, either on demand" {
    pki_request web/www automatic alice www.example.com
    "$COUNTERSIGN" run --config "$local_file" --once 2>"$log"
    /usr/bin/python3 - "$log" <<'PYTHON'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
assert any(line["event"] == "request-state" and line["state"] == "Issued" for line in lines)
assert all(line["time"].endswith("Z") and line["level"] in ("info", "warning") for line in lines)
PYTHON
    pki_request web/two automatic alice two.example.com
    run -0 script -qec "'$COUNTERSIGN' run --config '$local_file' --once" /dev/null
    [[ $output == *'request-state request=web/two state=Issued'* ]]
    pki_request web/three automatic alice three.example.com
    run -0 "$COUNTERSIGN" run --config "$local_file" --once --log text --log-level info
    [[ $output == *'request-state request=web/three state=Issued'* ]]
    pki_request web/four automatic alice four.example.com
    run -0 "$COUNTERSIGN" run --config "$local_file" --once --log-level error
    [ -z "$output" ]
}
