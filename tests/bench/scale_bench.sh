#!/usr/bin/env bash
# What a large repository costs: FILES (default 100,000) requests that were issued long ago beside OPEN (default 1,000)
# that wait for approval, against a repository of these alone; both sides in turn, medians of ROUNDS (default 7).
# On each runs a daemon, of whose processes the kernel knows the processor time and the most memory that they ever had;
# that it has taken a commit up says the file of its accepted tips.
: "${FILES:=100000}" "${OPEN:=1000}" "${ROUNDS:=7}"
. "$(dirname "$0")/measure.bash"

in_repository() { git -C "$PKI/pki.git" -c user.name=T -c user.email=t@example.com "$@"; }

# What the processes that a daemon has started have used together.
processes() { grep -l "^PPid:[^0-9]*$1\$" /proc/[0-9]*/status 2>/dev/null | cut -d/ -f3; }
processor_microseconds() {  # DAEMON
    local process file time rest sum=0
    for process in $(processes "$1"); do
        for file in "/proc/$process"/task/*/schedstat; do
            read -r time rest <"$file" && sum=$((sum + time))
        done
    done
    echo $((sum / 1000))
}
most_kilobytes() {          # DAEMON
    local process sum=0
    for process in $(processes "$1"); do
        sum=$((sum + $(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$process/status")))
    done
    echo "$sum"
}

quiet() {                   # DAEMON: it does nothing for a while
    local before
    before=$(processor_microseconds "$1")
    pause 0.1
    [ "$(processor_microseconds "$1")" -eq "$before" ]
}

# A commit on main that says nothing; and one that brings a request.
nothing() { in_repository commit-tree -p main -m Nothing 'main^{tree}'; }
request() {                 # NAME
    local digest
    sed "s/name: seed/name: $1/" "$PKI/seed.yaml" >"$work/request"
    digest=$(sha256sum <"$work/request" | cut -d' ' -f1)
    {
        printf 'commit refs/heads/scratch\ncommitter T <t@example.com> 1700000000 +0000\ndata 1\nm\nfrom refs/heads/main^0\n'
        printf 'M 100644 inline requests/open/%s.yaml\ndata %d\n' "$1" "$(wc -c <"$work/request")"
        cat "$work/request"
    } | in_repository fast-import --quiet --force
    in_repository -c gpg.format=ssh -c user.signingKey="$PKI/keys/alice" commit-tree -S -p main -m Request \
        -m "Countersign-Request: open/$1 sha256:$digest" 'scratch^{tree}'
    in_repository update-ref -d refs/heads/scratch
}

# Times how a daemon takes a commit up: take_up SIDE WHAT COMMIT
take_up() {
    local start processor
    processor=$(processor_microseconds "${daemon[$1]}")
    start=$(microseconds)
    in_repository update-ref refs/heads/main "$3"
    wait_for file_says "$PKI/state/reconciler/accepted-tips" "input $3"
    echo $(($(microseconds) - start)) >>"$work/$1.$2"
    wait_for quiet "${daemon[$1]}"
    echo $(($(processor_microseconds "${daemon[$1]}") - processor)) >>"$work/$1.$2.processor"
}

pki_new "$work/few"
open_requests open web-production "$OPEN"
cp -a "$work/few" "$work/many"
sed -i "s#$work/few/#$work/many/#" "$work/many/local/countersign.yaml"
on() { PKI=$work/$1; }
on many
issued_before "$FILES"
for side in few many; do
    on $side
    in_repository repack -q -a -d
done
for ((round = 1; round <= ROUNDS; round++)); do
    for side in few many; do
        on $side
        start=$(microseconds)
        pki_run_once 2>/dev/null
        echo $(($(microseconds) - start)) >>"$work/$side.start"
    done
done
for side in few many; do
    on $side
    : >"$work/$side.log"
    "$COUNTERSIGN" run --config "$PKI/local/countersign.yaml" --log json 2>"$work/$side.log" &
    daemon[$side]=$!
    wait_for grep -q '"started"' "$work/$side.log"
    wait_for quiet "${daemon[$side]}"
done
for ((round = 1; round <= ROUNDS; round++)); do
    for side in few many; do
        on $side
        take_up $side nothing "$(nothing)"
        before=$(in_repository rev-parse main)
        take_up $side request "$(request "new$round")"
        start=$(microseconds)
        in_repository diff-tree -r "$before" main >/dev/null
        echo $(($(microseconds) - start)) >>"$work/$side.diff"
    done
done
for side in few many; do
    on $side
    [ "$(in_repository ls-tree -r --name-only countersign/output pending/ | wc -l)" -eq $((OPEN + ROUNDS)) ]
    most_kilobytes "${daemon[$side]}" >"$work/$side.memory"
done

compared() {    # WORDS UNIT FILE GOAL
    report "\"%-58s %9.1f %s, alone %9.1f: ratio %.2f (goal: at most $4)\\n\", w, m / k, u, f / k, m / f" \
        w="$1" u="$2" k=$([ "$2" = kB ] && echo 1 || echo 1000) m="$work/many.$3" f="$work/few.$3"
}
echo "$FILES issued requests beside $OPEN open ones, medians of $ROUNDS"
compared "run --once, nothing to do: a cold start" ms start 2
compared "a commit that says nothing, taken up" ms nothing 1.2
compared "  processor time of all processes" ms nothing.processor 1.2
compared "one new request, taken up" ms request 2
compared "  processor time of all processes" ms request.processor 2
compared "most memory of all processes, after these passes" kB memory 2
report '"git diff-tree -r of that request: %.1f ms, alone %.1f\n", m / 1000, f / 1000' \
    m="$work/many.diff" f="$work/few.diff"
