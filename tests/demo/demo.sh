#!/usr/bin/env bash
# The whole workflow as a story, with real git, real SSH keys and a real daemon, in a temporary folder.
#
#   make demo                   tells it and cleans up
#   make demo ARGS=--keep       leaves the folder, to look around in
#
# COUNTERSIGN is the program. What a person types is shown behind "$"; every command is run as it is shown.
set -euo pipefail
: "${COUNTERSIGN:=countersign}"
case ${1:-} in
    --keep) keep=yes ;;
    '') keep= ;;
    *) echo "usage: demo.sh [--keep]" >&2; exit 2 ;;
esac

top=$(cd "$(dirname "$0")/../.." && pwd)
case $COUNTERSIGN in */*) COUNTERSIGN=$(cd "$(dirname "$COUNTERSIGN")" && pwd)/${COUNTERSIGN##*/} ;; esac
demo=$(mktemp -d "${TMPDIR:-/tmp}/countersign-demo.XXXXXX")
daemon=
finish() {
    local status=$?
    trap - EXIT
    if [ -n "$daemon" ]; then kill "$daemon" 2>/dev/null || true; wait "$daemon" 2>/dev/null || true; fi
    if [ "$status" -ne 0 ]; then
        echo "The story broke off (exit status $status). What the daemon said last:" >&2
        tail -n 20 "$demo/daemon.log" >&2 2>/dev/null || true
    fi
    if [ -n "$keep" ]; then echo "Kept: $demo"; else rm -rf "$demo"; fi
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

# Nobody's own settings, keys and agents have a part in this.
while IFS='=' read -r name _; do
    case $name in GIT_*|SSH_*|GPG_*|GNUPGHOME|XDG_*) unset "$name" ;; esac
done < <(env)
export HOME=$demo/home GIT_CONFIG_NOSYSTEM=1 LC_ALL=C.UTF-8
mkdir -p "$HOME" "$demo/bin"
ln -s "$COUNTERSIGN" "$demo/bin/countersign"
export PATH=$demo/bin:$PATH

# --- how it is told ---------------------------------------------------------------------------------------------------
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' dim=$'\e[2m' cyan=$'\e[36m' plain=$'\e[0m'
else bold='' dim='' cyan='' plain=''; fi
chapter() { printf '\n%s%s%s\n' "$bold" "── $* ──" "$plain"; }
say() { printf '%s\n' "$@"; }

who=
as() { who=$1; cd "$demo/$1"; }    # PERSON: in their clone, with their key
shown() {       # COMMAND…: as a person would type it
    local word line=''
    for word in "$@"; do
        if [[ $word =~ ^[A-Za-z0-9_./:=@%+,~-]+$ ]]; then line+=" $word"; else line+=" '$word'"; fi
    done
    line=${line//$demo\//}
    printf '%s%s$%s%s\n' "$cyan" "${who:+$who }" "$line" "$plain"
}
indented() { sed -e "s|$demo/||g" -e "s/^/    /"; }
try() { shown "$@"; "$@" 2>&1 | indented; }            # what it says is part of the story
quietly() { shown "$@"; "$@" >"$demo/out" 2>&1 || { cat "$demo/out" >&2; return 1; }; }
lines() { grep -E "$1" | cut -c1-150 | indented; }    # only some of what was said

# What the reconciler says of a request; read from the repository itself, as anybody can.
status_of() { git --git-dir="$demo/pki/pki.git" show "countersign/output:status/requests/$1.yaml" 2>/dev/null; }
# (grep reads to the end, or who writes would be ended by a closed pipe, and the pipeline fail)
says() { status_of "$1" | grep "$2" >/dev/null; }      # ID REGEX
says_number() {
    git --git-dir="$demo/pki/pki.git" show countersign/output:status/configuration.yaml 2>/dev/null | grep "^ *number: $1\$" >/dev/null
}
# Everything is there in less than a second; a machine that does much else may take its time.
in_time() {     # COMMAND…
    local end=$((SECONDS + 60))
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.05
    done
}
wait_for() {    # ID STATE
    in_time says "$1" "^  state: $2\$" || { echo "$1 is not $2:" >&2; status_of "$1" >&2; return 1; }
}
wait_for_rules() {  # NUMBER
    in_time says_number "$1" || { echo "configuration $1 was not trusted" >&2; return 1; }
}
digest_of() { "$COUNTERSIGN" show "$1" -o yaml 2>/dev/null | sed -n 's/^  digest: "\{0,1\}\(sha256:[0-9a-f]*\).*/\1/p'; }

short() { printf '%.32s' "${1#sha256:}"; }

person() {      # NAME: an SSH key and a clone in which git signs with it
    git clone -q "$demo/pki/pki.git" "$demo/$1"
    git -C "$demo/$1" config user.name "${1^} Example"
    git -C "$demo/$1" config user.email "$1@example.com"
    git -C "$demo/$1" config gpg.format ssh
    git -C "$demo/$1" config user.signingKey "$demo/keys/$1.pub"
}

SECONDS=0
# --- 1 ----------------------------------------------------------------------------------------------------------------
chapter "1. A new PKI"
say "Everybody has an SSH key. Alice and Bob will be the administrators: both must sign each change of the rules."
mkdir "$demo/keys"
for name in alice bob dave erin frank grace heidi mallory; do
    ssh-keygen -q -t ed25519 -N '' -C "$name@example.com" -f "$demo/keys/$name"
done
cd "$demo"
try countersign init pki --administrator alice=keys/alice.pub --administrator bob=keys/bob.pub --domain example.com
for name in alice bob dave erin frank grace heidi mallory; do person "$name"; done

# --- 2 ----------------------------------------------------------------------------------------------------------------
chapter "2. The daemon"
say "It watches the repository, counts signatures, issues, and writes what it did to the branch countersign/output."
who=
printf '%s$ countersign run --config pki/local/countersign.yaml &%s\n' "$cyan" "$plain"
"$COUNTERSIGN" run --config "$demo/pki/local/countersign.yaml" >"$demo/daemon.log" 2>&1 &
daemon=$!
wait_for_rules 0

# --- 3 ----------------------------------------------------------------------------------------------------------------
chapter "3. The rules"
say "Alice brings in the team leads (dave, erin) and the security team (frank, grace, heidi), and for the profile" \
    "web-production a policy of two steps: one team lead, then two of security. Nothing of it counts until both" \
    "administrators have signed it."
as alice
for name in dave erin frank grace heidi mallory; do
    printf 'apiVersion: countersign/v1\nkind: Person\nmetadata: {name: %s}\nspec:\n  displayName: %s Example\n  email: %s@example.com\n  keys:\n    - {ssh: "%s"}\n' \
        "$name" "${name^}" "$name" "$(cut -d' ' -f1,2 "$demo/keys/$name.pub")" >"identities/people/$name.yaml"
done
group() { printf 'apiVersion: countersign/v1\nkind: Group\nmetadata: {name: %s}\nspec: {members: [%s]}\n' "$1" "$2" >"identities/groups/$1.yaml"; }
group team-leads 'dave, erin'
group security 'frank, grace, heidi'
group developers 'alice, bob'
rm policies/one-step.yaml
cp "$top"/policies/approval/{one-step,two-step}.yaml policies/
sed -i 's/maxRequestTtl: .*/maxRequestTtl: 3s/' policies/one-step.yaml    # for chapter 8
cp "$top/policies/profiles/web-staging.yaml" profiles/
try countersign check
git add -A
quietly git commit -m 'Team leads, security, and two steps for production'
quietly git push
candidate=$(countersign configuration diff --fetch | sed -n 's/^candidate .*\(sha256:[0-9a-f]*\)$/\1/p')
shown countersign configuration approve --push --yes "$(short "$candidate")"
countersign configuration approve --push --yes "$(short "$candidate")" 2>&1 | lines '^(candidate|trusted|Signed)'
as bob
quietly git pull
shown countersign configuration approve --push --yes "$(short "$candidate")"
countersign configuration approve --push --yes "$(short "$candidate")" 2>&1 | lines '^Signed'
wait_for_rules 1
say "Two signatures, and the new rules hold."

# --- 4 ----------------------------------------------------------------------------------------------------------------
chapter "4. Alice asks for a certificate"
say "Names, usages and lifetime stand in YAML where people can read them. The key is made here and stays with Alice."
as alice
quietly git pull
shown countersign request web/www --profile web-production --new-key "$demo/keys/www.key" --dns www.example.com \
    --cn www.example.com -m 'The new storefront'
countersign request web/www --profile web-production --new-key "$demo/keys/www.key" --dns www.example.com \
    --cn www.example.com -m 'The new storefront' 2>&1 | lines 'private key|Committed'
quietly git push
wait_for web/www PendingApproval
say "" "What waits for Dave, and all that he should know before he signs:"
as dave
quietly git fetch
try countersign list --for me
try countersign show web/www

# --- 5 ----------------------------------------------------------------------------------------------------------------
chapter "5. Three approvals, made in three ways"
say "What each of them signs is the digest of the plan: the exact text of what will be issued."
digest=$(digest_of web/www)
say "" "Dave, a team lead, has nothing but git. A signed commit with a trailer, pushed to the inbox:"
quietly git commit -S --allow-empty -m 'Names are ours' --trailer "Countersign-Approve: web/www $digest"
quietly git push origin HEAD:refs/heads/countersign/inbox/dave-1
in_time says web/www 'name: dave$'

say "" "Frank, of security, uses the program, which computes the plan again, shows it, and signs:"
as frank
quietly git fetch
shown countersign approve web/www --push --yes "$(short "$digest")" -m 'Ticket 4711'
countersign approve web/www --push --yes "$(short "$digest")" -m 'Ticket 4711' 2>&1 | lines '^(plan|Sent)'

say "" "Grace signs a file, with ssh-keygen. It survives whatever a forge does to commits, and anybody may merge it:"
as grace
quietly git pull
mkdir -p approvals
cat >approvals/www-grace.yaml <<END
apiVersion: countersign/v1
kind: Approval
metadata: {name: www-grace}
spec:
  repository: $(sed -n 's/^  id: //p' countersign.yaml)
  decisions:
    - {request: web/www, digest: "$digest", decision: approve, comment: Looks right}
END
try ssh-keygen -Y sign -n countersign -f "$demo/keys/grace" approvals/www-grace.yaml
git add approvals
quietly git commit -m 'Approve web/www'
quietly git push
wait_for web/www Issued

# --- 6 ----------------------------------------------------------------------------------------------------------------
chapter "6. The certificate"
as alice
quietly git pull
printf '%salice $ countersign get web/www --fetch --wait 10s >www.pem%s\n' "$cyan" "$plain"
countersign get web/www --fetch --wait 10s >"$demo/www.pem"
try openssl verify -x509_strict -purpose sslserver -verify_hostname www.example.com -CAfile "$demo/pki/root-ca.pem" \
    -untrusted "$demo/www.pem" "$demo/www.pem"
try openssl x509 -in "$demo/www.pem" -noout -subject -issuer -enddate -ext subjectAltName
[ "$(openssl x509 -in "$demo/www.pem" -noout -pubkey)" = "$(openssl pkey -in "$demo/keys/www.key" -pubout)" ]
say "Who approved it, and when, stands in the repository for good:"
status_of web/www | sed -n '/^  steps:/,/^  [a-rt-z]/p' | sed '$d' | indented

# --- 7 ----------------------------------------------------------------------------------------------------------------
chapter "7. A rejection"
as bob
quietly git pull
quietly countersign request web/shop --profile web-production --new-key "$demo/keys/shop.key" --dns shop.example.com \
    -m 'A second shop'
quietly git push
wait_for web/shop PendingApproval
as heidi
quietly git pull
quietly countersign reject web/shop --push --yes "$(short "$(digest_of web/shop)")" -m 'There is a shop already: ask the storefront team'
wait_for web/shop Rejected
as bob
quietly git fetch
try countersign list --state rejected
shown countersign show web/shop
countersign show web/shop | lines '^web/shop|  (by|comment|decided) |^approvals|, ended$'

# --- 8 ----------------------------------------------------------------------------------------------------------------
chapter "8. Nobody has time"
say "For web-staging a request lives three seconds (maxRequestTtl: 3s; people would say 14d). Then it expires by itself."
quietly countersign request web/test --profile web-staging --new-key "$demo/keys/test.key" --dns test.example.com \
    -m 'For the test team'
quietly git push
wait_for web/test Expired
quietly git fetch
shown countersign show web/test
countersign show web/test | lines '^web/test|  (opened|decided) |^approvals|, ended$'

# --- 9 ----------------------------------------------------------------------------------------------------------------
chapter "9. Mallory"
say "Mallory may push, and her key is known, but no policy names her. She approves all the same:"
quietly countersign request web/cart --profile web-production --new-key "$demo/keys/cart.key" --dns cart.example.com \
    -m 'The shopping cart'
quietly git push
wait_for web/cart PendingApproval
as mallory
quietly git pull
quietly git commit -S --allow-empty -m 'Fine with me' --trailer "Countersign-Approve: web/cart $(digest_of web/cart)"
quietly git push
in_time says web/cart mallory
as bob
quietly git fetch
shown countersign show web/cart
countersign show web/cart | sed -n '1p; /^approvals/,/^plan/p' | sed '$d' | indented
state=$(status_of web/cart | sed -n 's/^  state: //p')
[ "$state" = PendingApproval ]
say "It is seen, shown, and does not count: web/cart is still $state."

# --- the end ----------------------------------------------------------------------------------------------------------
chapter "What anybody with a clone can see"
try countersign list --state all
printf '\n%sThat took %d seconds. Everything is in git: %s%s\n' "$dim" "$SECONDS" \
    "git log -p countersign/output" "$plain"
