#!/usr/bin/env bats
# The processes of the daemon: who holds the keys, what each may do, and what happens when one dies.
bats_require_minimum_version 1.5.0

load ../lib/pki
load ../lib/hostile

setup_file() {
    hostile_file
    pki_request r/one web-staging alice www.example.com
    pki_run_once 2>/dev/null
    hostile_keep
    cc -o "$BATS_FILE_TMPDIR/no_sandbox" "$BATS_TEST_DIRNAME/../faults/no_sandbox.c"
}

setup() {
    hostile_test
    DAEMON='' local_file=$PKI/local/countersign.yaml
    # sanitizers need what a build without them is kept from
    plain=${COUNTERSIGN_BUILD:-$BATS_TEST_DIRNAME/../../build}/countersign
    [ -x "$plain" ] || plain=$COUNTERSIGN
}

teardown() {
    pki_end
    [ -z "${TOKENS:-}" ] || rm -rf "$TOKENS"
    [ -z "${PASSABLE:-}" ] || rm -rf "$PASSABLE"
}

# The child of the daemon that has this name: process keeper|checker|reconciler
process() { ps -o pid=,comm= --ppid "$DAEMON" | awk -v name="$1" '$2 == name { print $1 }'; }
ended_with() { # STATUS: so the daemon ends
    local status=0
    wait "$DAEMON" || status=$?
    [ "$status" = "$1" ] || { echo "status $status"; cat "$LOG"; return 1; }
}
needs_root() { [ "$(id -u)" = 0 ] || skip "only root may look into the memory of these processes"; }
# Whether the kernel can do all that the sandbox wants, asked of it and not of the program, which may have forgotten to.
kernel_confines() {
    /usr/bin/python3 - <<'PYTHON'
import ctypes, os, sys
create_ruleset, ask_version = 444, 1
able = ctypes.CDLL(None).syscall(create_ruleset, None, 0, ask_version) >= 6
try:
    able = able and "kill_process" in open("/proc/sys/kernel/seccomp/actions_avail").read()
except OSError:
    able = False
sys.exit(0 if able and os.uname().machine in ("x86_64", "aarch64", "riscv64", "ppc64le", "s390x") else 1)
PYTHON
}
has_landlock() {
    "$COUNTERSIGN" run --config "$local_file" --once >"$HOME/landlock" 2>&1
    grep -q 'sandbox-incomplete' "$HOME/landlock" || return 0
    ! grep -q 'a build that counts what it runs' "$HOME/landlock" || skip "a build with counters is never confined"
    ! kernel_confines || { cat "$HOME/landlock"; return 1; }
    skip "this kernel, or container, confines nothing: $(grep -m1 sandbox-incomplete "$HOME/landlock")"
}

# Where the bytes (hex) are in the memory of a process: in_memory PID HEX [unlocked] → how often, in memory that may be
# swapped out only
in_memory() {
    /usr/bin/python3 - "$@" <<'PYTHON'
import re, sys
wanted, found, unlocked_only = bytes.fromhex(sys.argv[2]), 0, len(sys.argv) > 3
mapping = r"^([0-9a-f]+)-([0-9a-f]+) (\S+).*\n(?:[A-Z].*\n)*?VmFlags: (.*)$"
with open(f"/proc/{sys.argv[1]}/smaps") as maps, open(f"/proc/{sys.argv[1]}/mem", "rb", 0) as memory:
    for start, end, mode, flags in re.findall(mapping, maps.read(), re.MULTILINE):
        if mode[0] != "r" or unlocked_only and "lo" in flags.split():
            continue
        # shadow memory of a sanitizer is endless, and holds no byte of the program
        if int(end, 16) - int(start, 16) > 1 << 30:
            continue
        try:
            memory.seek(int(start, 16))
            found += memory.read(int(end, 16) - int(start, 16)).count(wanted)
        except (OSError, ValueError, OverflowError):
            pass
print(found)
PYTHON
}

# The bytes (hex) are nowhere in the keeper's memory that may be swapped out.
locked_only() {
    grep -q keys-not-locked "$LOG" || [ "$(in_memory "$(process keeper)" "$1" unlocked)" = 0 ]
}

@test "S10: the keeper has the CA's key in its memory, and no other process has" {
    needs_root
    local secret reversed pid name
    daemon_start
    pki_decide dave Approve r/one
    eventually 120 state_is r/one Issued
    secret=$(openssl ec -in "$PKI/local/issuing-ca.key" -noout -text 2>/dev/null | sed -n '/priv:/,/pub:/p' | sed '1d;$d' | tr -d ' :\n')
    secret=${secret: -64}
    # as OpenSSL has it in its numbers, too: words of eight octets, the lowest first
    reversed=$(fold -w2 <<<"$secret" | tac | tr -d '\n')
    [ ${#secret} = 64 ]
    [ ${#reversed} = 64 ]
    [ $(($(in_memory "$(process keeper)" "$secret") + $(in_memory "$(process keeper)" "$reversed"))) -gt 0 ]
    locked_only "$secret"
    locked_only "$reversed"
    locked_only "$(sed -n 2p "$PKI/local/issuing-ca.key" | cut -c20-60 | tr -d '\n' | od -An -v -tx1 | tr -d ' \n')"
    for pid in "$DAEMON" "$(process checker)" "$(process reconciler)"; do
        name=$(cat "/proc/$pid/comm")
        [ "$(in_memory "$pid" "$secret")" = 0 ] || { echo "$name has the key"; false; }
        [ "$(in_memory "$pid" "$reversed")" = 0 ] || { echo "$name has the key"; false; }
        [ "$(in_memory "$pid" "$(sed -n 2p "$PKI/local/issuing-ca.key" | cut -c20-60 | tr -d '\n' | od -An -v -tx1 | tr -d ' \n')")" = 0 ]
        # what is looked for in this way is found in this way
        [ "$(in_memory "$pid" "$(printf %s "$PKI/state" | od -An -v -tx1 | tr -d ' \n')")" -gt 0 ]
    done
    daemon_stop
}

@test "S10: nothing of an RSA key, either, is where it may be swapped out, and it has signed" {
    needs_root
    local name number
    PKI_CA_KEY='-algorithm RSA -pkeyopt rsa_keygen_bits:2048' pki_new "$HOME/rsa"
    local_file=$PKI/local/countersign.yaml
    daemon_start
    pki_request r/rsa automatic alice www.example.com
    eventually 120 state_is r/rsa Issued
    for name in privateExponent prime1 prime2; do
        # words of eight octets, the lowest first
        number=$(openssl rsa -in "$PKI/local/issuing-ca.key" -noout -text 2>/dev/null |
            sed -n "/^$name:/,/^[a-z0-9]*:\$/{/^ /p}" | tr -d ' :\n' | sed 's/^00//' | fold -w2 | tac | tr -d '\n')
        [ ${#number} -ge 256 ]
        [ "$(in_memory "$(process keeper)" "$number")" -gt 0 ]
        locked_only "$number"
    done
    daemon_stop
}

@test "both processes are filtered, without new privileges, core dumps and tracers" {
    has_landlock
    local name pid
    ulimit -c unlimited || true
    daemon_start
    for name in keeper checker reconciler; do
        pid=$(process $name)
        [ "$(awk '$1 == "Seccomp:" { print $2 }' "/proc/$pid/status")" = 2 ]
        [ "$(awk '$1 == "NoNewPrivs:" { print $2 }' "/proc/$pid/status")" = 1 ]
        [ "$(awk '$1 == "CapEff:" { print $2 }' "/proc/$pid/status")" != "$(awk '$1 == "CapEff:" { print $2 }' /proc/self/status)" ] || [ "$(id -u)" != 0 ]
        grep -q '^Max core file size *0 *0 ' "/proc/$pid/limits"
    done
    # the keeper has its end of the stream, its ledger and what it was given, and no way to more
    [ "$(id -u)" != 0 ] || [ "$(find "/proc/$(process keeper)/fd" -lname '*/ledger' | wc -l)" = 1 ]
    [ "$(id -u)" != 0 ] || [ "$(find "/proc/$(process reconciler)/fd" -lname '*/ledger' -o -lname '*.key' | wc -l)" = 0 ]
    daemon_stop
}

@test "the self-test: nothing that a process may not do can be done; without the sandbox it can" {
    has_landlock
    run -0 "$plain" run --config "$local_file" --self-test
    echo "$output"
    [ "$(grep -cE '^keeper .* killed$' <<<"$output")" -ge 15 ]
    grep -qE "^reconciler +read a CA's key +denied$" <<<"$output"
    grep -qE "^checker +read a CA's key +denied$" <<<"$output"
    grep -qE '^checker +start a program +killed$' <<<"$output"
    grep -qE '^reconciler +make a file beside the ledger +denied$' <<<"$output"
    grep -qE '^reconciler +start a program +killed$' <<<"$output"
    grep -qE '^reconciler +open a socket to the network +killed$' <<<"$output"
    ! grep -qE 'DONE|could not' <<<"$output" || false
    pki_no_sandbox
    run -1 "$plain" run --config "$local_file" --self-test
    for what in "read a CA's key" "open the ledger anew" "make a file beside the ledger" "write a file elsewhere" "start a program" \
        "open a socket to the network" "run new code" "signal another process"; do
        [ "$(grep -cE "^(keeper|reconciler) +$what +DONE$" <<<"$output")" = 2 ] || { echo "$what"; echo "$output"; false; }
    done
}

@test "the self-test with half of a sandbox: exactly what the missing half would deny is found" {
    has_landlock
    local without=$BATS_FILE_TMPDIR/no_sandbox what who namespace=("make a namespace")
    "$without" filter /bin/true || skip "there is a filter already"
    mkdir -m 700 "$HOME/.ssh"
    # where the root folder is not the system's own the kernel makes none for anybody
    unshare --user true 2>/dev/null || namespace=()
    # without filters: what has no path
    run -1 "$without" filter "$plain" run --config "$local_file" --self-test
    echo "$output"
    for what in "start a process" "run new code" "${namespace[@]}" "limit another process"; do
        grep -qE "^keeper +$what +DONE$" <<<"$output"
    done
    for who in checker reconciler; do
        for what in "open a socket to the network" "open a socket on this machine" "run new code" "${namespace[@]}" \
            "limit another process"; do
            grep -qE "^$who +$what +DONE$" <<<"$output"
        done
    done
    run ! grep -E '^[a-z]+ +(read|write|make a file|open the ledger|leave a core).* (DONE|nothing there)$' <<<"$output"
    # without Landlock: files, for those who may open any
    run -1 "$without" landlock "$plain" run --config "$local_file" --self-test
    echo "$output"
    for what in "read a CA's key" "open the ledger anew" "make a file beside the ledger" "write a file elsewhere"; do
        [ "$(grep -cE "^(checker|reconciler) +$what +DONE$" <<<"$output")" = 2 ] || { echo "$what"; false; }
    done
    run ! grep -E '^keeper .* DONE$|^[a-z]+ +(start|open a|trace|signal|limit|run|become|make a namespace|leave).* DONE$' <<<"$output"
}

@test "the self-test says where there is no key and no ledger to try it with" {
    rm "$PKI/state/ledger" "$PKI/local/issuing-ca.key"
    run "$plain" run --config "$local_file" --self-test
    echo "$output"
    [ "$(grep -cE "^[a-z]+ +(read a CA's key|open the ledger anew) +nothing there$" <<<"$output")" = 6 ]
}

@test "no process leaves a core dump, whatever ends it, where others do" {
    local name core=$HOME/cores
    mkdir "$core" && cd "$core"
    ulimit -c unlimited || skip "core dumps are forbidden to all here"
    # what is looked for in this way is found in this way
    bash -c 'kill -ABRT $$' || true
    [ -n "$(ls "$core")" ] || skip "core dumps do not lie where a program ran: $(cat /proc/sys/kernel/core_pattern)"
    rm "$core"/*
    # not by what the sandbox does besides
    pki_no_sandbox
    for name in keeper checker reconciler; do
        : >"$LOG"
        daemon_start
        [ "$(awk '$1 == "NoNewPrivs:" { print $2 }' "/proc/$(process $name)/status")" = 1 ]
        kill -ABRT "$(process $name)"
        ended_with 3
        logged "\"$name-ended\",\"why\":\"killed by signal 6"
    done
    : >"$LOG"
    daemon_start
    kill -ABRT "$DAEMON"
    wait "$DAEMON" || true
    DAEMON=
    [ -z "$(ls "$core")" ]
}

@test "an ordinary user starts it: its processes cannot be traced or dumped by that user either, with no sandbox" {
    local pid
    command -v setpriv >/dev/null || skip "setpriv is not installed"
    with_users "sandbox: off"
    chown -R nobody "$PKI"
    printf '#!/bin/sh\nexec setpriv --reuid=nobody --clear-groups "%s" "$@"\n' "$plain" >"$HOME/as-nobody"
    chmod +x "$HOME/as-nobody"
    COUNTERSIGN=$HOME/as-nobody daemon_start
    for pid in "$DAEMON" "$(process keeper)" "$(process checker)" "$(process reconciler)"; do
        [ "$(ps -o user= -p "$pid")" = nobody ]
        # what may be dumped belongs to its user, what may not to root (proc(5))
        [ "$(stat -c %U "/proc/$pid/maps")" = root ] || { cat "/proc/$pid/comm"; false; }
        [ -z "$(as_user nobody "$pid" | grep -v signal)" ]
    done
    daemon_stop
}

@test "the self-test of an ordinary user without a sandbox: to trace can be done, and is found" {
    local who
    command -v setpriv >/dev/null || skip "setpriv is not installed"
    [ "$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)" = 0 ] || skip "nobody traces here"
    with_users "sandbox: off"
    chown -R nobody "$PKI"
    run -1 timeout 60 setpriv --reuid=nobody --clear-groups "$plain" run --config "$local_file" --self-test
    echo "$output"
    for who in keeper checker reconciler; do
        grep -qE "^$who +trace another process +DONE$" <<<"$output"
    done
}

@test "what OpenSSL frees is overwritten, where no sanitizer keeps what is freed" {
    local program=${plain%/*}/tests/unit/base/wipe_test
    [ -x "$program" ] || skip "it is not built without sanitizers"
    run -0 "$program"
    echo "$output"
    [[ $output == *"PASSED  ] 3 test(s)"* && $output != *SKIPPED* ]]
}

@test "the keeper and the first process have no byte of the repository; the reconciler has" {
    needs_root
    local word name
    # no plan says it
    word=$(openssl rand -hex 12)
    sed -i "s/displayName: Dave Example/displayName: Dave $word/" "$WORK/identities/dave.yaml"
    cd "$WORK" && git commit -q -am "$word" && git push -q origin main
    daemon_start
    pki_decide dave Approve r/one
    eventually 120 state_is r/one Issued
    word=$(printf %s "$word" | od -An -v -tx1 | tr -d ' \n')
    for name in "$(process keeper)" "$DAEMON"; do
        [ "$(in_memory "$name" "$word")" = 0 ] || { cat "/proc/$name/comm"; false; }
    done
    [ "$(in_memory "$(process reconciler)" "$word")" -gt 0 ]
    daemon_stop
}

@test "where git runs, for a repository elsewhere, the reconciler still reads no key and no other file" {
    has_landlock
    sed -i "s#repository: .*#repository: {url: \"file://$PKI/pki.git\", branch: main}#" "$local_file"
    mkdir -p "$HOME/.ssh"
    run -0 "$plain" run --config "$local_file" --self-test
    grep -qE "^reconciler +read a CA's key +denied$" <<<"$output"
    grep -qE '^reconciler +limit another process +(killed|denied)$' <<<"$output"
    # what others who are this user would start by, or be entered by
    grep -qE "^reconciler +write a file in ~/.ssh +denied$" <<<"$output"
    grep -qE "^checker +read a CA's key +denied$" <<<"$output"
    grep -qE '^checker +start a program +killed$' <<<"$output"
    grep -qE '^reconciler +trace another process +killed$' <<<"$output"
    pki_decide dave Approve r/one
    pass
    state_is r/one Issued
    ! grep -q sandbox-incomplete "$LOG" || false
}

@test "ssh writes down the hosts that it knows, and nothing else of its user's" {
    has_landlock
    mkdir -m 700 "$HOME/.ssh"
    sed -i "s#repository: .*#repository: {url: \"ssh://host/pki.git\", branch: main}#" "$local_file"
    # in ssh's place, and in its sandbox
    export GIT_SSH_COMMAND='sh -c "for name in known_hosts config authorized_keys; do echo host >>~/.ssh/\$name; done; exit 1" ssh'
    run pass
    [ "$(sort -u "$HOME/.ssh/known_hosts")" = host ] || { ls -l "$HOME/.ssh"; cat "$LOG"; false; }
    [ "$(ls "$HOME/.ssh")" = known_hosts ]
}

@test "a CA's key, or the ledger, where the reconciler must be let in: said by name, refused where the sandbox is required" {
    has_landlock
    cp -p "$PKI/local/issuing-ca.key" "$BARE/issuing-ca.key"
    sed -i "s#key: {file: .*issuing-ca.key\"}#key: {file: \"$BARE/issuing-ca.key\"}#" "$local_file"
    pass
    [ "$(grep -c '"event":"sandbox-incomplete","process":"reconciler".*it can read .*/pki.git/issuing-ca.key' "$LOG")" = 1 ]
    [ "$(grep -c sandbox-incomplete "$LOG")" = 1 ]
    sed -i 's/^  signingKey:/  sandbox: required\n&/' "$local_file"
    run -3 pass
    [[ $output == *'is required, and not whole: it can read '*'/pki.git/issuing-ca.key,'* ]]
    mv "$PKI/state" "$BARE/state"
    sed -i "s#key: {file: .*issuing-ca.key\"}#key: {file: \"$PKI/local/issuing-ca.key\"}#; s#stateDirectory: .*#stateDirectory: \"$BARE/state\"#" "$local_file"
    run -3 pass
    [[ $output == *'is required, and not whole: it can read '*'/pki.git/state,'* ]]
}

@test "without Landlock and filters the daemon says so and goes on, unless they are required" {
    local without=("$BATS_FILE_TMPDIR/no_sandbox")
    # where not even this can be had, it is so already
    "${without[@]}" /bin/true 2>/dev/null || without=()
    run -0 "${without[@]}" "$COUNTERSIGN" run --config "$local_file" --once --log json
    [ "$(grep -c '"event":"sandbox-incomplete"' <<<"$output")" = 3 ]
    # of a kernel it knows nothing
    [[ $output != *'a build that counts what it runs'* ]] || skip "a build with counters is never confined"
    [[ $output == *'no Landlock'*'seccomp'* ]]
    sed -i 's/^  signingKey:/  sandbox: required\n&/' "$local_file"
    pki_decide dave Approve r/one
    run -3 "${without[@]}" "$COUNTERSIGN" run --config "$local_file" --once
    [[ $output == *'is required, and not whole'* ]]
    state_is r/one PendingApproval
}

@test "where everything can be had, a sandbox that is required holds nothing up" {
    has_landlock
    sed -i 's/^  signingKey:/  sandbox: required\n&/' "$local_file"
    pki_decide dave Approve r/one
    pass
    state_is r/one Issued
}

@test "the keeper dies: the daemon says so, issues nothing and ends with 3; the next one goes on" {
    local digest
    digest=$(pki_digest r/one)
    daemon_start
    kill -KILL "$(process keeper)"
    ended_with 3
    logged '"keeper-ended","why":"killed by signal 9'
    ! pgrep -P "$DAEMON" || false
    pki_decide dave Approve r/one
    untouched r/one
    pass
    state_is r/one Issued
    [ "$(grep -c "certificate $digest" "$PKI/state/ledger")" = 1 ]
}

@test "L1: the ledger cannot grow, and then it can again: the same daemon issues" {
    daemon_start
    prlimit --pid "$(process keeper)" --fsize="$(stat -c %s "$PKI/state/ledger")":unlimited
    pki_decide dave Approve r/one
    eventually 120 logged '"not-issued".*ledger'
    no_certificate r/one
    prlimit --pid "$(process keeper)" --fsize=unlimited:unlimited
    # r/one is tried again in half a minute
    good_request
    eventually 120 has_certificate good
    daemon_stop
    state_is r/one Failed
    pki_verify good
}

@test "a keeper that does not answer is not waited for when the daemon is to end" {
    daemon_start
    kill -STOP "$(process keeper)"
    kill -TERM "$DAEMON"
    eventually 120 test ! -e "/proc/$DAEMON/fd"
    wait "$DAEMON" || true
    logged '"keeper-ended"'
}

@test "a reconciler that does not end is not waited for: new limits hold, and the next one goes on" {
    local before
    daemon_start
    before=$(process reconciler)
    kill -STOP "$before"
    sed -i 's/maxValidity: 398d/maxValidity: 1d/' "$local_file"
    kill -HUP "$DAEMON"
    eventually 120 logged '"reloaded"'
    logged '"reconciler-ended","why":"not in time, and killed by signal 9'
    [ ! -e "/proc/$before" ]
    pki_decide dave Approve r/one
    eventually 120 state_is r/one Failed
    reason_says r/one 'local limits allow no lifetime over 1d'
    kill -TERM "$DAEMON"
    ended_with 0
}

@test "the reconciler dies: the keeper ends with it, status 3" {
    daemon_start
    local keeper
    keeper=$(process keeper)
    kill -KILL "$(process reconciler)"
    ended_with 3
    logged '"reconciler-ended","why":"killed by signal 9'
    [ ! -e "/proc/$keeper" ]
}

@test "what the reconciler has started does not outlive it" {
    local left seconds=3141.$$
    sed -i "s#repository: .*#repository: {url: \"ssh://host/pki.git\", branch: main}#" "$local_file"
    # one of a session of its own, with nobody above it, too
    GIT_SSH_COMMAND="sh -c 'setsid sleep $seconds & sleep $seconds' ssh" daemon_exec &
    DAEMON=$!
    eventually 120 pgrep -fx "sleep $seconds"
    left=$(pgrep -fx "sleep $seconds" | tr '\n' ' ')
    kill -KILL "$(process reconciler)"
    ended_with 3
    for left in $left; do
        [ ! -e "/proc/$left/fd" ] || { ps -ef; pkill -fx "sleep $seconds"; false; }
    done
}

@test "a reconciler that ends although nobody has asked it to: the daemon does not say that all is well" {
    daemon_start
    kill -TERM "$(process reconciler)"
    ended_with 3
    logged '"event":"reconciler-ended".*it was not asked to'
    pki_decide dave Approve r/one
    pass
    state_is r/one Issued
}

@test "the first process is killed: the others do not outlive it" {
    daemon_start
    set -- "/proc/$(process keeper)" "/proc/$(process checker)" "/proc/$(process reconciler)"
    kill -KILL "$DAEMON"
    wait "$DAEMON" || true
    eventually 120 test ! -e "$1" -a ! -e "$2" -a ! -e "$3"
    pki_decide dave Approve r/one
    pass
    state_is r/one Issued
}

has_another_keeper() { [ -n "$(process keeper)" ] && [ "$(process keeper)" != "$1" ]; }     # THAN

@test "SIGHUP: a new keeper has the new key; one whose key cannot be read ends the daemon" {
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$PKI/local/other.key" 2>/dev/null
    chmod 600 "$PKI/local/other.key"
    sed -i 's/issuing-ca.key/other.key/' "$local_file"
    daemon_start
    pki_decide dave Approve r/one
    eventually 120 state_is r/one Failed
    reason_says r/one 'not the one of the authority'
    sed -i 's/other.key/issuing-ca.key/' "$local_file"
    local before
    before=$(process keeper)
    kill -HUP "$DAEMON"
    eventually 120 logged '"reloaded"'
    eventually 120 has_another_keeper "$before"
    pki_request r/two automatic alice two.example.com
    eventually 120 state_is r/two Issued
    chmod 640 "$PKI/local/issuing-ca.key"
    kill -HUP "$DAEMON"
    ended_with 3
    logged 'group or others may use it: chmod go= it'
}

# The PKI where other users reach it, each with what is theirs, and these lines in the local configuration.
with_users() { # LINE…
    [ "$(id -u)" = 0 ] || skip "only root can become somebody else"
    PASSABLE=$(mktemp -d /tmp/countersign-users.XXXXXX)
    chmod 711 "$PASSABLE"
    cp -a "$PKI" "$PASSABLE/pki"
    sed -i "s#$PKI#$PASSABLE/pki#g" "$PASSABLE/pki/local/countersign.yaml"
    PKI=$PASSABLE/pki BARE=$PASSABLE/pki/pki.git local_file=$PASSABLE/pki/local/countersign.yaml
    printf '  %s\n' "$@" >>"$local_file"
    chmod 711 "$PKI" "$PKI/local" "$PKI/keys"
    chown -R nobody "$BARE" "$PKI/keys/reconciler" "$PKI/state"
    # people push as somebody else than the daemon: its objects must find a place beside theirs
    git config --file "$BARE/config" core.sharedRepository 0666
    chown -R bin "$PKI/state/checker"
    chown root "$PKI/state/ledger"
    git -C "$WORK" remote set-url origin "$BARE"
    git config --global safe.directory '*'
}
three_users=("user: nobody" "keeperUser: daemon" "checkerUser: bin")
user_of() { case $1 in keeper) echo daemon ;; checker) echo bin ;; reconciler) echo nobody ;; esac; }

@test "the local configuration says whom the processes become" {
    local pid name
    with_users "${three_users[@]}"
    has_landlock
    daemon_start
    for name in keeper checker reconciler; do
        pid=$(process $name)
        [ "$(awk '$1 == "Uid:" { print $2 $3 $4 $5 }' "/proc/$pid/status")" = "$(printf "$(id -u "$(user_of $name)")%.0s" 1 2 3 4)" ]
        ! grep -E '^Cap(Prm|Eff|Bnd|Inh):' "/proc/$pid/status" | grep -v '0000000000000000$' || false
        [ "$(awk '$1 == "Seccomp:" { print $2 }' "/proc/$pid/status")" = 2 ]
    done
    [ "$(stat -c '%U %a' "$PKI/state")" = "root 711" ]
    [ "$(stat -c '%U %a' "$PKI/state/ledger")" = "root 600" ]
    [ "$(stat -c '%U %a' "$PKI/state/checker")" = "bin 700" ]
    pki_decide dave Approve r/one
    eventually 120 state_is r/one Issued
    # they end with the first process, as whomever
    set -- "/proc/$(process keeper)" "/proc/$(process checker)" "/proc/$(process reconciler)"
    kill -KILL "$DAEMON"
    wait "$DAEMON" || true
    eventually 120 test ! -e "$1" -a ! -e "$2" -a ! -e "$3"
    DAEMON=
}

# What that user can do to a process and with files: as_user USER PID PATH… → a line for each thing
as_user() {
    /usr/bin/python3 - "$@" <<'PYTHON'
import ctypes, os, pwd, sys
user, pid, paths = pwd.getpwnam(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
libc = ctypes.CDLL(None, use_errno=True)
os.setgroups([]); os.setresgid(*[user.pw_gid] * 3); os.setresuid(*[user.pw_uid] * 3)
def tried(what, act):
    try:
        act()
        print(what)
    except PermissionError:
        pass
def trace():
    if libc.ptrace(16, pid, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")
tried("signal", lambda: os.kill(pid, 0))
tried("trace", trace)
tried("memory", lambda: open(f"/proc/{pid}/mem", "rb"))
for path in paths:
    tried(path, lambda: os.open(path, os.O_RDONLY))
PYTHON
}

@test "three users keep the processes apart without any sandbox: none signals, traces or reads another" {
    local one other
    with_users "${three_users[@]}" "sandbox: off"
    daemon_start
    pki_decide dave Approve r/one
    eventually 120 state_is r/one Issued
    for one in keeper checker reconciler; do
        for other in keeper checker reconciler; do
            case $other in
                keeper) set -- "$PKI/state/ledger" "$PKI/local/issuing-ca.key" ;;
                checker) set -- "$PKI/state/checker" "$PKI/state/checker/accepted" ;;
                reconciler) set -- "$PKI/state/reconciler" "$PKI/keys/reconciler" ;;
            esac
            [ "$one" != "$other" ] || continue
            [ -e "$1" ] && [ -e "$2" ] || { echo "there is no $1, or $2"; ls "$PKI/state"; false; }
            run -0 as_user "$(user_of $one)" "$(process $other)" "$@"
            [ -z "$output" ] || { echo "$one can do to $other: $output"; false; }
        done
    done
    # what is looked for in this way is found in this way
    [ "$(as_user bin "$(process checker)" "$PKI/state/checker/accepted")" = "$(printf '%s\n' signal "$PKI/state/checker/accepted")" ]
    daemon_stop
}

@test "the self-test of three users: what their users alone keep them from; what they do not is found" {
    with_users "${three_users[@]}" "sandbox: off"
    run -1 "$COUNTERSIGN" run --config "$local_file" --self-test
    echo "$output"
    [ "$(grep -cE '^(keeper|checker|reconciler) +by its user: .* denied$' <<<"$output")" = 24 ]
    [ "$(grep -c 'by its user:' <<<"$output")" = 24 ]
    chmod 644 "$PKI/keys/reconciler"
    run -1 "$COUNTERSIGN" run --config "$local_file" --self-test
    [ "$(grep -cE '^(keeper|checker) +by its user: read the files of the reconciler +DONE$' <<<"$output")" = 2 ]
    chmod 600 "$PKI/keys/reconciler"
    # who has no user of its own is kept from the other by the sandbox alone, and nothing else is said
    sed -i '/^  checkerUser:/d' "$local_file"
    chown -R nobody "$PKI/state/checker"
    run -1 "$COUNTERSIGN" run --config "$local_file" --self-test
    [ "$(grep -c 'by its user:' <<<"$output")" = 16 ]
    ! grep -E '^(checker +by its user: .* reconciler|reconciler +by its user: .* checker) ' <<<"$output" || false
    # two names for one user are one user
    sed -i 's/^  keeperUser: .*/  keeperUser: nobody/' "$local_file"
    run -1 "$COUNTERSIGN" run --config "$local_file" --self-test
    ! grep -q 'by its user:' <<<"$output" || false
}

@test "root needs no more rights than the example unit leaves it to be three users" {
    local name rights unit=$BATS_TEST_DIRNAME/../../examples/deployment/three-users.conf
    command -v setpriv >/dev/null || skip "setpriv is not installed"
    with_users "${three_users[@]}"
    rights=$(sed -n 's/^CapabilityBoundingSet=//p' "$unit" | tr 'A-Z' 'a-z' | sed 's/ *cap_/,+/g')
    [ -n "$rights" ]
    # as the unit says; the daemon does it where it may do all
    chown root "$PKI/state"
    printf '#!/bin/sh\nexec setpriv --bounding-set=%s "%s" "$@"\n' "-all$rights" "$COUNTERSIGN" >"$HOME/bounded"
    chmod +x "$HOME/bounded"
    COUNTERSIGN=$HOME/bounded daemon_start
    pki_decide dave Approve r/one
    eventually 120 state_is r/one Issued
    for name in keeper checker reconciler; do
        [ "$(awk '$1 == "Uid:" { print $2 }' "/proc/$(process $name)/status")" = "$(id -u "$(user_of $name)")" ]
    done
    kill -HUP "$DAEMON"
    eventually 120 logged '"reloaded"'
    daemon_stop
}

# --- tokens -----------------------------------------------------------------------------------------------------------

# A token of SoftHSM's with the issuing CA's key in it, and a configuration that names it: with_token [URI attributes]
with_token() {
    local module
    command -v softhsm2-util >/dev/null || skip "softhsm2-util is not installed"
    for module in /usr/lib/softhsm/libsofthsm2.so /usr/lib64/pkcs11/libsofthsm2.so /usr/lib64/libsofthsm2.so /usr/lib/libsofthsm2.so ''; do
        [ ! -r "$module" ] || break
    done
    [ -n "$module" ] || skip "SoftHSM's module is nowhere"
    TOKENS=$(mktemp -d)
    mkdir "$TOKENS/tokens"
    printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n' "$TOKENS" >"$TOKENS/softhsm2.conf"
    export SOFTHSM2_CONF=$TOKENS/softhsm2.conf
    printf '%s\n' "${PIN:-1234}" >"$TOKENS/pin"
    chmod 600 "$TOKENS/pin"
    softhsm2-util --init-token --free --label ca --pin "${TRUE_PIN:-1234}" --so-pin 5678 >/dev/null
    softhsm2-util --import "$PKI/local/${KEY:-issuing-ca.key}" --token ca --label issuing --id 01 --pin "${TRUE_PIN:-1234}" >/dev/null
    sed -i "s#key: {.*}}}#key: {pkcs11: \"pkcs11:token=ca;object=issuing?module-path=$module\&pin-source=file:$TOKENS/pin\"}}}#" "$local_file"
    grep -q pkcs11: "$local_file"
}

@test "a P-256 key in a token signs, and the key's file is not needed" {
    with_token
    rm "$PKI/local/issuing-ca.key"
    pki_decide dave Approve r/one
    pass
    state_is r/one Issued
    pki_verify r/one
    [ ! -s "$PKI/state/refused-pins" ]
}

@test "with a token, too, the keeper starts no program, traces nobody and runs no new code" {
    has_landlock
    with_token
    run -0 "$plain" run --config "$local_file" --self-test
    for what in 'start a program' 'start a process' 'trace another process' 'run new code' 'become root again'; do
        grep -qE "^keeper +$what +killed$" <<<"$output" || { echo "$what"; echo "$output"; false; }
    done
}

@test "an RSA key in a token signs" {
    PKI_CA_KEY='-algorithm RSA -pkeyopt rsa_keygen_bits:3072' pki_new "$HOME/rsa"
    local_file=$PKI/local/countersign.yaml
    with_token
    rm "$PKI/local/issuing-ca.key"
    pki_request r/rsa automatic alice www.example.com
    pass
    state_is r/rsa Issued
    pki_verify r/rsa
    openssl x509 -in "$PKI/cert.pem" -noout -text | grep -q 'Signature Algorithm: sha256WithRSAEncryption'
}

@test "a wrong PIN is tried once, whatever restarts the daemon, until its file is changed" {
    local i
    PIN=said-nowhere with_token
    pki_decide dave Approve r/one
    run -3 pass
    [[ $output == *'authority issuing-ca: the key in the token "ca": the token refuses the PIN'* ]]
    for i in 1 2 3 4 5; do
        run -3 pass
        [[ $output == *'has refused this PIN before: it is not tried again until its file is changed'* ]]
    done
    ! grep -r said-nowhere "$PKI/state" "$LOG" || false
    untouched r/one
    sleep 0.05
    echo 1234 >"$TOKENS/pin"
    pass
    state_is r/one Issued
}

@test "a token's key that is not the certificate's signs nothing" {
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$PKI/local/other.key" 2>/dev/null
    KEY=other.key with_token
    pki_decide dave Approve r/one
    pass
    state_is r/one Failed
    reason_says r/one 'the key here is not the one of the authority'
    no_certificate r/one
}

@test "the PIN of a token is in no memory once it was used, and signs on" {
    local TRUE_PIN=57391846205517 PIN=57391846205517 name
    needs_root
    with_token
    daemon_start
    pki_decide dave Approve r/one
    eventually 120 state_is r/one Issued
    for name in keeper checker reconciler; do
        [ "$(in_memory "$(process $name)" "$(printf %s "$PIN" | od -An -v -tx1 | tr -d ' \n')")" = 0 ] || { echo "$name"; false; }
    done
    good_request
    eventually 120 has_certificate good
    daemon_stop
}
