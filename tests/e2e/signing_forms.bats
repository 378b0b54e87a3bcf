#!/usr/bin/env bats
# Every way to sign, by its stock tool: OpenPGP, X.509 (pinned, and issued by a named CA), security keys; in commits, the
# inbox, approval files, request files and for configurations. And what looks like one and counts for nothing.
#
#   bob, dave   OpenPGP (dave: a primary key that only certifies, and two subkeys that sign)
#   carol, erin X.509, pinned: carol's by gpgsm, erin's by openssl; erin an OpenPGP key besides
#   frank       X.509, issued by a company's CA to his address
#   grace       an SSH key and a certificate
#   dora        (group team-leads) an OpenPGP key and a certificate that have expired, and a pair that is not valid yet
#   heidi       a security key whose user must be verified, where OpenSSH's dummy authenticator is there

bats_require_minimum_version 1.5.0

load ../lib/pki
load ../lib/people
load ../lib/hostile

AUTHENTICATOR=/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so

# When dora's keys were, and will be, valid.
PAST=1590000000 NEXT=3800000000

# The newest subkey signs: FAKED makes one older.
gpg_key() {     # NAME ALGORITHM USAGE: of NAME@example.com
    gpg --batch -q ${FAKED:+--faked-system-time "$FAKED"} --passphrase '' --quick-generate-key "$1 <$1@example.com>" "$2" "$3" never
}
gpg_subkey() {  # NAME ALGORITHM USAGE [EXPIRY]
    gpg --batch -q ${FAKED:+--faked-system-time "$FAKED"} --passphrase '' --quick-add-key "$(gpg_fingerprint "$1")" "$2" "$3" "${4:-never}"
}
gpg_fingerprint() { gpg --batch --with-colons --list-keys "$1@example.com" | awk -F: '/^fpr/ {print $10; exit}'; }
gpg_subkeys() { gpg --batch --with-colons --list-keys "$1@example.com" | awk -F: '/^sub/ {s=1} /^fpr/ && s {print $10}'; }

certificate() { # NAME [options of openssl req]
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -keyout "$PKI/keys/$1.x509.key" \
        -subj "/CN=$1" -days 300 -out "$PKI/keys/$1.x509.pem" "${@:2}" 2>/dev/null
}

company_certificate() {     # NAME ADDRESS
    certificate "$1"
    openssl req -new -key "$PKI/keys/$1.x509.key" -subj "/CN=$1" 2>/dev/null |
        openssl x509 -req -CA "$PKI/keys/company.x509.pem" -CAkey "$PKI/keys/company.x509.key" -days 300 \
            -set_serial "0x$(openssl rand -hex 8)" -out "$PKI/keys/$1.x509.pem" -extfile <(printf '%s\n' \
            "subjectAltName=email:$2" keyUsage=digitalSignature authorityKeyIdentifier=keyid subjectKeyIdentifier=hash) 2>/dev/null
}

# Of its own making, valid between two moments (YYYYMMDDHHMMSSZ): dated_certificate NAME BEGIN END
dated_certificate() {
    local folder=$PKI/keys/$1.ca
    mkdir "$folder" && : >"$folder/index"
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -keyout "$PKI/keys/$1.x509.key" -subj "/CN=$1" \
        -out "$folder/csr" 2>/dev/null
    printf '%s\n' '[ca]' 'default_ca = own' '[own]' "database = $folder/index" "new_certs_dir = $folder" 'default_md = sha256' \
        'policy = any' 'rand_serial = yes' '[any]' 'commonName = supplied' >"$folder/config"
    openssl ca -batch -notext -selfsign -config "$folder/config" -keyfile "$PKI/keys/$1.x509.key" -in "$folder/csr" \
        -startdate "$2" -enddate "$3" -out "$PKI/keys/$1.x509.pem" 2>/dev/null
}

gpgsm_key() {   # NAME: a certificate that gpgsm made and believes in
    printf '%s\n' 'Key-Type: RSA' 'Key-Length: 2048' 'Key-Usage: sign' 'Serial: random' "Name-DN: CN=$1" \
        "Name-Email: $1@example.com" >"$PKI/keys/parameters"
    local sm="gpgsm --batch --quiet --disable-crl-checks --pinentry-mode loopback --passphrase-fd 0"
    $sm --generate-key --output "$PKI/keys/$1.der" "$PKI/keys/parameters" </dev/null 2>/dev/null
    $sm --import "$PKI/keys/$1.der" 2>/dev/null
    openssl x509 -inform der -in "$PKI/keys/$1.der" -out "$PKI/keys/$1.x509.pem"
    echo "$(openssl x509 -in "$PKI/keys/$1.x509.pem" -noout -fingerprint | sed 's/.*=//') S relax" >>"$GNUPGHOME/trustlist.txt"
    # the lists of this machine's own are not asked for
    echo disable-crl-checks >"$GNUPGHOME/gpgsm.conf"
    gpgconf --kill gpg-agent
}

# What each of them lists, instead of an SSH key: the one change to the documents of tests/lib/pki.bash.
entry() { sed "s/^/        /" | { printf '    - %s: |\n' "$1"; cat; }; }
pki_identity() {
    cat >"identities/$1.yaml" <<YAML
apiVersion: countersign/v1
kind: $2
metadata: {name: $1}
spec:
${3:+  $3
}  keys:
$(keys_of "$1")
YAML
}
keys_of() {
    local key
    case $1 in
        bob | dave) gpg --armor --export "$1@example.com" | entry openpgp ;;
        carol) entry x509 <"$PKI/keys/carol.x509.pem" ;;
        erin) entry x509 <"$PKI/keys/erin.x509.pem"; gpg --armor --export erin@example.com | entry openpgp ;;
        frank) entry x509ca <"$PKI/keys/company.x509.pem"; echo '      email: frank@example.com' ;;
        dora)
            for key in dora-past dora-next; do
                gpg --armor --export $key@example.com | entry openpgp
                entry x509 <"$PKI/keys/$key.x509.pem"
            done
            ;;
        grace) ssh_entry grace; entry x509 <"$PKI/keys/grace.x509.pem" ;;
        heidi)
            verified_entry heidi
            [ ! -e "$AUTHENTICATOR" ] || { verified_entry touch; ssh_entry plain; ssh_entry untouched; }
            ;;
        *) ssh_entry "$1" ;;
    esac
}
verified_entry() { ssh_entry "$1"; [ ! -e "$AUTHENTICATOR" ] || echo '      userVerification: required'; }
ssh_entry() { printf '    - ssh: "%s"\n' "$(cut -d' ' -f1,2 "$PKI/keys/$1.pub")"; }

eval "$(declare -f pki_key | sed '1s/pki_key/plain_key/')"
pki_key() {
    if [ "$1" = heidi ] && [ -e "$AUTHENTICATOR" ]; then
        SSH_ASKPASS=/bin/true SSH_ASKPASS_REQUIRE=force ssh-keygen -q -t ed25519-sk -w "$AUTHENTICATOR" -O verify-required \
            -N '' -C heidi -f "$PKI/keys/heidi"
        ssh-keygen -q -t ed25519-sk -w "$AUTHENTICATOR" -N '' -C touch -f "$PKI/keys/touch"
        # two that no entry asks for more than touch: one that signs without
        ssh-keygen -q -t ecdsa-sk -w "$AUTHENTICATOR" -N '' -C plain -f "$PKI/keys/plain"
        ssh-keygen -q -t ecdsa-sk -w "$AUTHENTICATOR" -O no-touch-required -N '' -C untouched -f "$PKI/keys/untouched"
    else
        plain_key "$1"
    fi
}

setup_file() {
    export GNUPGHOME=$BATS_FILE_TMPDIR/gnupg
    mkdir -m 700 "$GNUPGHOME"
    PKI=$BATS_FILE_TMPDIR/pki
    mkdir -p "$PKI/keys"
    gpg_key bob rsa2048 sign
    FAKED=$(($(date +%s) - 86400)) gpg_key dave ed25519 cert
    FAKED=$(($(date +%s) - 86400)) gpg_subkey dave ed25519 sign
    gpg_subkey dave rsa2048 sign
    gpg_subkey dave cv25519 encr
    gpg_key erin ed25519 sign
    gpg_key stranger ed25519 sign
    gpgsm_key carol
    certificate erin
    certificate grace
    certificate stranger
    certificate company -addext keyUsage=critical,keyCertSign
    company_certificate frank frank@EXAMPLE.com
    company_certificate other other@example.com
    gpg --batch -q --faked-system-time "$PAST" --passphrase '' --quick-generate-key 'dora-past <dora-past@example.com>' ed25519 sign 1y
    FAKED=$NEXT gpg_key dora-next ed25519 sign
    dated_certificate dora-past 20200101000000Z 20210101000000Z
    dated_certificate dora-next 20900101000000Z 20910101000000Z
    PKI_PEOPLE="$PKI_PEOPLE dora"
    hostile_file
    sed -i 's/members: \[dave, erin\]/members: [dave, erin, dora]/' identities/team-leads.yaml
    git commit -q -am 'A team lead' && git push -q
    pki_local "$(git rev-parse HEAD)" "$(pki_configuration_digest 0 "$PKI_ZERO")"
    mkdir "$PKI/clones"
    many_requests web-production alice r/one r/two r/three
    pki_run_once
    hostile_keep
}

teardown_file() { gpgconf --kill all; }

setup() { hostile_test; }

teardown() { pki_end; }

# --- signing ----------------------------------------------------------------------------------------------------------

# git in $WORK signs with OpenPGP or X.509 from here on: as_openpgp USER, as_x509 USER
as_openpgp() { git config gpg.format openpgp; git config user.signingKey "$1"; }
as_x509() { git config gpg.format x509; git config user.signingKey "$1"; }

decision() {    # ID [WHAT]: an empty signed commit
    git commit -q -S --allow-empty -m 'A decision' --trailer "Countersign-${2:-Approve}: $1 $(pki_digest "$1")"
    git push -q origin main
}

approval_file() {   # NAME ID [WHAT]: the file that is to be signed
    cat >"approvals/$1.yaml" <<YAML
apiVersion: countersign/v1
kind: Approval
metadata: {name: $1}
spec:
  repository: $PKI_ID
  decisions:
    - {request: $2, digest: "$(pki_digest "$2")", decision: ${3:-approve}}
YAML
}
by_ssh_file() {     # KEY ID
    approval_file "$1" "$2"
    ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/$1" "approvals/$1.yaml"
}
by_ssh_commit() {   # KEY WHAT ID
    git -c user.signingKey="$PKI/keys/$1" commit -q -S --allow-empty -m 'A decision' --trailer "$(trailer "$2" "$3")"
}
by_gpg() { gpg --batch -q --armor --detach-sign -u "$1" -o "$2.sig" "${@:3}" "$2"; }     # USER FILE [OPTIONS]
by_openssl() {      # NAME FILE [OPTIONS]
    openssl cms -sign -binary -outform PEM -signer "$PKI/keys/$1.x509.pem" -inkey "$PKI/keys/$1.x509.key" -in "$2" \
        -out "$2.sig" "${@:3}"
}
# A program for gpg.x509.program that signs with $SIGNER's certificate as gitsign does it, and asks neither for the time
# nor whether anybody trusts it.
x509_program() {
    cat <<'SH'
#!/bin/sh
openssl cms -sign -binary -outform PEM -signer "$PKI/keys/$SIGNER.x509.pem" -inkey "$PKI/keys/$SIGNER.x509.key" |
    sed 's/ CMS-/ SIGNED MESSAGE-/'
echo '[GNUPG:] SIG_CREATED ' >&2
SH
}
push_files() { git add -A approvals requests && git -c commit.gpgSign=false commit -q -m Files && git push -q origin main; }

candidate() { "$COUNTERSIGN" configuration diff | sed -n 's/^candidate .*\(sha256:[0-9a-f]*\)$/\1/p'; }
approvers_of() { status_of "$1" | sed -n '/approvedBy:/,/waitingFor:/s/^ *- name: //p' | paste -sd' '; }
approved_by() {     # ID NAMES
    local found
    found=$(approvers_of "$1")
    [ "$found" = "$2" ] || { echo "approved by: $found"; ignored_of "$1"; return 1; }
}
nobody() { untouched "$1" && approved_by "$1" ''; }

# --- what counts ------------------------------------------------------------------------------------------------------

@test "a quorum of three forms: OpenPGP in a commit, two certificates and a file each" {
    as_openpgp dave@example.com
    decision r/one
    git verify-commit HEAD
    approval_file frank r/one
    by_openssl frank approvals/frank.yaml
    approval_file grace r/one
    by_openssl grace approvals/grace.yaml
    push_files
    pass
    approved_by r/one 'dave frank grace'
    state_is r/one Issued
    pki_verify r/one
    # the newest subkey that signs, by its whole fingerprint
    git -C "$BARE" log -p countersign/output -- pending | grep -q "key: \"\{0,1\}openpgp:$(gpg_subkeys dave | sed -n 2p)"
    git -C "$BARE" log -p countersign/output -- pending | grep -q 'key: "\{0,1\}x509:SHA256:.*,x509ca:SHA256:.*,email=frank@example.com'
    # what convinces an auditor convinces him with all of them
    git fetch -q
    "$COUNTERSIGN" audit --config "$PKI/local/countersign.yaml"
    run -0 "$COUNTERSIGN" audit r/one --config "$PKI/local/countersign.yaml"
    [[ $output == *"openpgp:$(gpg_subkeys dave | sed -n 2p)"* ]]
    [[ $output == *"x509:SHA256:"*",x509ca:SHA256:"*",email=frank@example.com"* ]]
    "$COUNTERSIGN" evidence r/one --config "$PKI/local/countersign.yaml" >"$HOME/one.evidence"
    (cd / && "$COUNTERSIGN" verify-evidence "$HOME/one.evidence" --config "$PKI/local/countersign.yaml")
}

@test "each subkey that signs is dave; two of them are one person" {
    local subkeys
    mapfile -t subkeys < <(gpg_subkeys dave)
    for n in 0 1; do
        approval_file "dave-$n" r/one
        by_gpg "${subkeys[$n]}!" "approvals/dave-$n.yaml"
    done
    push_files
    pass
    approved_by r/one dave
    [ "$(pki_output pending/r/one.yaml | grep -c 'key: "\{0,1\}openpgp:')" = 2 ]
    # nor is a person two with an SSH key and a certificate: two of security are needed
    pki_decide grace Approve r/one
    approval_file grace r/one
    by_openssl grace approvals/grace.yaml
    push_files
    pass
    approved_by r/one 'dave grace'
    untouched r/one
}

@test "gpgsm in a commit, gpg through the inbox, and a certificate of a named CA in a commit" {
    git config gpg.format x509
    git -c user.signingKey=carol@example.com commit -q -S --allow-empty -m 'A decision' \
        --trailer "Countersign-Approve: r/two $(pki_digest r/two)"
    git push -q origin main
    as_openpgp dave@example.com
    commit=$(git commit-tree -S -m "$(trailer Approve r/two)" 'HEAD^{tree}')
    post dave "$commit"
    # with a certificate that a company's CA issued
    x509_program >"$HOME/sign" && chmod +x "$HOME/sign"
    as_x509 frank@example.com
    SIGNER=frank git -c gpg.x509.program="$HOME/sign" commit -q -S --allow-empty -m 'A decision' --trailer "$(trailer Approve r/two)"
    SIGNER=other git -c gpg.x509.program="$HOME/sign" commit -q -S --allow-empty -m 'A decision' --trailer "$(trailer Approve r/three)"
    git push -q origin main
    pass
    approved_by r/two 'dave frank'
    # of the same CA, for an address that nobody has
    nobody r/three
    ignored_says r/three 'x509:SHA256:[^ ]* belongs to nobody'
    # carol is known by her certificate; no step asks for her
    ignored_says r/two 'who: carol.*is not an approver of any step'
}

@test "request files: .sig by gpg, gpgsm and openssl" {
    pki_request_file p/gpg automatic bob gpg.example.com
    by_gpg bob@example.com requests/p/gpg.yaml
    pki_request_file p/openssl automatic erin openssl.example.com
    by_openssl erin requests/p/openssl.yaml
    pki_request_file p/gpgsm automatic carol gpgsm.example.com
    gpgsm --batch -q --armor --detach-sign -u carol@example.com -o requests/p/gpgsm.yaml.sig requests/p/gpgsm.yaml
    # somebody else's signature, of each form
    pki_request_file p/not-gpg automatic bob gpg.example.com
    by_gpg dave@example.com requests/p/not-gpg.yaml
    pki_request_file p/not-openssl automatic erin openssl.example.com
    by_openssl grace requests/p/not-openssl.yaml
    push_files
    pass
    for id in p/gpg p/openssl p/gpgsm; do state_is "$id" Issued; done
    for id in p/not-gpg p/not-openssl; do no_certificate "$id"; done
}

@test "a configuration signed with OpenPGP and X.509 becomes trusted; with one of them it waits" {
    sed -i 's/maxRequestTtl: 7d/maxRequestTtl: 6d/' policies/one-step.yaml
    as_openpgp bob@example.com
    git commit -q -a -m 'Shorter'
    digest=$(pki_configuration_digest 1 "$(pki_introduction_digest)")
    git commit -q -S --allow-empty -m Yes --trailer "Countersign-Configuration: $digest"
    git push -q origin main
    pass
    pki_output status/configuration.yaml | grep -q 'number: 0'
    as_x509 carol@example.com
    git commit -q -S --allow-empty -m Yes --trailer "Countersign-Configuration: $digest"
    git push -q origin main
    pass
    pki_output status/configuration.yaml | grep -q 'number: 1'
}

@test "a security key counts where its user was verified, and not by touch alone" {
    [ -e "$AUTHENTICATOR" ] || skip "OpenSSH's dummy authenticator is not there"
    export SSH_SK_PROVIDER=$AUTHENTICATOR SSH_ASKPASS=/bin/true SSH_ASKPASS_REQUIRE=force
    as_openpgp dave@example.com
    decision r/one
    decision r/two
    by_ssh_file heidi r/one
    by_ssh_file touch r/two
    push_files
    git config gpg.format ssh
    by_ssh_commit touch Approve r/three
    by_ssh_commit heidi Reject r/three
    git push -q origin main
    pass
    approved_by r/one 'dave heidi'
    approved_by r/two dave
    ignored_says r/two 'who: heidi.*without verifying the user'
    state_is r/three Rejected
    ignored_says r/three 'without verifying the user'
}

@test "a security key that nobody touched counts for nothing, in a commit and for a file" {
    [ -e "$AUTHENTICATOR" ] || skip "OpenSSH's dummy authenticator is not there"
    export SSH_SK_PROVIDER=$AUTHENTICATOR SSH_ASKPASS=/bin/true SSH_ASKPASS_REQUIRE=force
    as_openpgp dave@example.com
    for id in r/one r/two r/three; do decision $id; done
    by_ssh_file untouched r/one
    push_files
    git config gpg.format ssh
    by_ssh_commit untouched Approve r/two
    by_ssh_commit plain Approve r/three
    git push -q origin main
    pass
    approved_by r/one dave
    ignored_says r/one 'who: heidi.*presence'
    approved_by r/two dave
    ignored_says r/two 'who: heidi.*presence'
    approved_by r/three 'dave heidi'
}

# --- the commands -----------------------------------------------------------------------------------------------------

@test "approve signs with git's gpg.format openpgp: commit, inbox and file" {
    people_at dave
    as_openpgp dave@example.com
    run -0 "$COUNTERSIGN" approve r/one "$(people_yes r/one)"
    [[ $output == *"effect: the request would then wait for 2 more in Security Review"* ]]
    git verify-commit HEAD
    git push -q
    run -0 "$COUNTERSIGN" approve --push r/two "$(people_yes r/two)"
    [[ $output == *"Sent, signed, as countersign/inbox/dave-"* ]]
    run -0 "$COUNTERSIGN" approve --file r/three "$(people_yes r/three)"
    gpg --batch -q --verify approvals/*.sig approvals/*.yaml
    git push -q
    pass
    for id in r/one r/two r/three; do approved_by "$id" dave; done
}

@test "approve signs with git's gpg.format x509: commit, file and configuration" {
    people_at carol
    as_x509 carol@example.com
    run -0 "$COUNTERSIGN" list --for me
    run -0 "$COUNTERSIGN" reject --file --force r/one "$(people_yes r/one)" -m 'Not this way'
    gpgsm --batch -q --verify approvals/*.sig approvals/*.yaml
    sed -i 's/maxRequestTtl: 7d/maxRequestTtl: 6d/' policies/one-step.yaml
    git commit -q -a -m 'Shorter'
    git push -q
    run -0 "$COUNTERSIGN" configuration approve --yes "$(candidate)"
    [[ $output == *"Signed by carol in commit"* ]]
    git push -q
    pass
    pki_output status/configuration.yaml | grep -q 'by: carol'
}

@test "request signs with git's gpg.format openpgp, by trailer and by file" {
    people_at bob
    as_openpgp bob@example.com
    run -0 "$COUNTERSIGN" request c/trailer --profile automatic --new-key "$HOME/t.key" --dns t.example.com -m Test
    run -0 "$COUNTERSIGN" request c/file --sig --profile automatic --new-key "$HOME/f.key" --dns f.example.com -m Test
    gpg --batch -q --verify requests/c/file.yaml.sig requests/c/file.yaml
    git push -q
    pass
    state_is c/trailer Issued
    state_is c/file Issued
}

@test "a key that nobody lists, or none: what to do is said, and nothing is signed" {
    people_at dave
    as_openpgp stranger@example.com
    head=$(git rev-parse HEAD)
    run "$COUNTERSIGN" approve r/one </dev/null
    [ "$status" -ne 0 ]
    [[ $output == *"openpgp:$(gpg_fingerprint stranger) belongs to nobody"* ]]
    as_openpgp nobody@example.com
    run -3 "$COUNTERSIGN" approve r/one </dev/null
    [[ $output == *'git signs with OpenPGP here'*'gpg knows no secret key for "nobody@example.com"'*"gpg.format ssh"* ]]
    as_x509 nobody@example.com
    run -3 "$COUNTERSIGN" approve r/one </dev/null
    [[ $output == *'git signs with X.509 certificates here'*'gpgsm knows no secret key'* ]]
    [ "$(git rev-parse HEAD)" = "$head" ]
}

@test "init takes git's OpenPGP key or certificate, and files of either, as administrators' keys" {
    cd "$HOME"
    git config --global user.name Bob
    git config --global user.email bob@example.com
    run -0 "$COUNTERSIGN" init one --solo
    grep -q 'openpgp: |' one/checkout/identities/people/bob.yaml
    "$COUNTERSIGN" check one/checkout
    git config --global gpg.format x509
    git config --global user.signingKey carol@example.com
    run -0 "$COUNTERSIGN" init two --solo
    grep -q 'x509: |' two/checkout/identities/people/bob.yaml
    gpg --armor --export bob@example.com >bob.asc
    run -0 "$COUNTERSIGN" init three --administrator bob=bob.asc --administrator "grace=$PKI/keys/grace.x509.pem"
    (cd three/checkout && "$COUNTERSIGN" check)
    gpg --export-ssh-key "$(gpg_fingerprint bob)!" >bob.pub
    run -2 "$COUNTERSIGN" init four --administrator bob=bob.asc --administrator alice=bob.pub
    [[ $output == *"have the same key"* ]]
    run -2 "$COUNTERSIGN" init four --administrator bob=bob.asc --administrator "alice=$PKI/keys/grace.x509.key"
    [[ $output == *"grace.x509.key holds a private key"* ]]
    # the rules of such a repository are changed by its keys
    cd one/checkout
    git config gpg.format openpgp
    git config user.signingKey bob@example.com
    sed -i 's/maxRequestTtl: .*/maxRequestTtl: 3d/' policies/*.yaml
    git commit -q -a -m Shorter
    "$COUNTERSIGN" run --config ../local/countersign.yaml --once 2>"$LOG"
    git fetch -q
    run -0 "$COUNTERSIGN" configuration approve --yes "$(candidate)"
    git push -q
    "$COUNTERSIGN" run --config ../local/countersign.yaml --once 2>"$LOG"
    git fetch -q
    git show origin/countersign/output:status/configuration.yaml | grep -q 'number: 1'
}

# --- what does not count ----------------------------------------------------------------------------------------------

@test "OpenPGP files that count for nothing, each with its reason" {
    local name
    for name in stranger inline clear text sha1 two dearmoured behind other encryption crlf; do
        approval_file "$name" r/one
    done
    cd approvals
    by_gpg stranger@example.com stranger.yaml
    gpg --batch -q --armor --sign -u dave@example.com -o inline.yaml.sig inline.yaml
    gpg --batch -q --clearsign -u dave@example.com -o clear.yaml.sig clear.yaml
    by_gpg dave@example.com text.yaml --textmode
    by_gpg dave@example.com sha1.yaml --digest-algo SHA1
    by_gpg dave@example.com two.yaml -u erin@example.com
    gpg --batch -q --detach-sign -u dave@example.com -o dearmoured.yaml.sig dearmoured.yaml
    by_gpg dave@example.com behind.yaml
    by_gpg dave@example.com other.yaml
    cp other.yaml.sig encryption.yaml.sig
    sed 's/$/\r/' crlf.yaml >lines && by_gpg dave@example.com lines && mv lines.sig crlf.yaml.sig && rm lines
    cat other.yaml.sig >>behind.yaml.sig
    echo '# changed' >>other.yaml
    cd ..
    push_files
    pass
    nobody r/one
    ignored_says r/one "openpgp:$(gpg_fingerprint stranger) belongs to nobody"
    ignored_says r/one 'detached signature is needed'
    ignored_says r/one 'without --textmode'
    ignored_says r/one 'SHA-1, which can be forged'
    ignored_says r/one 'more than one OpenPGP signature'
    ignored_says r/one 'first line is not'
    ignored_says r/one 'behind the armour'
    ignored_says r/one 'does not match'
    ignored_says r/one 'git has converted them'
}

@test "X.509 files that count for nothing, each with its reason" {
    local name
    for name in stranger other noattr opaque sha1 two bare der text; do approval_file "x-$name" r/one; done
    cd approvals
    by_openssl stranger x-stranger.yaml
    by_openssl other x-other.yaml
    by_openssl frank x-noattr.yaml -noattr
    by_openssl frank x-opaque.yaml -nodetach
    by_openssl frank x-sha1.yaml -md sha1
    by_openssl frank x-two.yaml -signer "$PKI/keys/grace.x509.pem" -inkey "$PKI/keys/grace.x509.key"
    by_openssl frank x-bare.yaml -nocerts
    by_openssl frank x-der.yaml -outform DER
    openssl cms -sign -outform PEM -signer "$PKI/keys/frank.x509.pem" -inkey "$PKI/keys/frank.x509.key" -in x-text.yaml -out x-text.yaml.sig
    cd ..
    push_files
    pass
    nobody r/one
    ignored_says r/one 'x509:SHA256:[^ ]* belongs to nobody'
    ignored_says r/one 'no signed attributes'
    ignored_says r/one 'brings its own content'
    ignored_says r/one 'none of SHA-256, SHA-384 and SHA-512'
    ignored_says r/one 'exactly one signer'
    ignored_says r/one 'does not bring its certificate'
    ignored_says r/one 'first line is not'
    ignored_says r/one 'openssl writes them without -binary'
}

@test "keys and certificates that have expired or are not valid yet, in commits and files that say they are of then" {
    local when key
    # git's own programs, at a time of ours
    printf '#!/bin/sh\nexec gpg --faked-system-time "$WHEN" "$@"\n' >"$HOME/gpg-then"
    x509_program >"$HOME/openssl-then"
    chmod +x "$HOME"/*-then
    for key in dora-past dora-next; do
        export WHEN=$((PAST + 1000)) SIGNER=$key
        [ $key = dora-past ] || WHEN=$((NEXT + 1000))
        export GIT_AUTHOR_DATE="@$WHEN +0000" GIT_COMMITTER_DATE="@$WHEN +0000"
        as_openpgp "$key@example.com"
        git -c gpg.program="$HOME/gpg-then" commit -q -S --allow-empty -m "$key" --trailer "$(trailer Approve r/one)"
        as_x509 "$key@example.com"
        git -c gpg.x509.program="$HOME/openssl-then" commit -q -S --allow-empty -m "$key" --trailer "$(trailer Approve r/one)"
        unset GIT_AUTHOR_DATE GIT_COMMITTER_DATE
        approval_file "$key-1" r/two
        by_gpg "$key@example.com" "approvals/$key-1.yaml" --faked-system-time "$WHEN"
        approval_file "$key-2" r/two
        by_openssl "$key" "approvals/$key-2.yaml"
    done
    push_files
    pass
    for id in r/one r/two; do
        nobody "$id"
        [ "$(ignored_of "$id" | grep -c 'who: dora')" = 4 ]
        ignored_says "$id" 'this key of dora is valid only before 2021-05-20T18:40:00Z'
        ignored_says "$id" 'this key of dora is valid only before 2021-01-01T00:00:01Z'
        ignored_says "$id" 'this key of dora is valid from 2090-06-01T11:33:20Z'
        ignored_says "$id" 'this key of dora is valid from 2090-01-01T00:00:00Z'
    done
}

# What may be done to the armour, and to the commit that it signs, of a signature that is good: a script for `sed -zE` in each line.
armour_variants() {
    cat <<'SED'

s/\n/\nVersion: 1\n/
s/\n/\nComment: x: y\n/
s/\n/\nHash: SHA256\n/
s/\n/\nX-Y: z\n/
s/\n/\nno header\n/
s/\n\n/\n/
s/\n/\n\n/
s/\n/\n \n/
s/\n/\n\t\n/
s/\n/ \n/
s/\n/\r\n/g
s/\n([^-\n])/ \n\1/g
s/\n=[^\n]{4}\n/\n/
s/\n=([^\n]{3})[^\n]/\n=\1A/
s/\n=/\n\n=/
s/\n-----END/\n\n-----END/
s/^/\n/
s/^/x\n/
s/$/x\n/
s/$/\n/
s/\n$//
s/^(.*)$/\1\1/
s/BEGIN/begin/
s/SIGNATURE|SIGNED MESSAGE/MESSAGE/g
s/END/ENDE/
s/-----END[^\n]*//
s/-----BEGIN/ -----BEGIN/
s/-----BEGIN/- -----BEGIN/
s/([A-Za-z0-9+\/]{60})\n/\1/g
s/([A-Za-z0-9+\/]{20})/\1\n/g
s/([A-Za-z0-9+\/])([A-Za-z0-9+\/]{40})\n/A\2\n/
s/([A-Za-z0-9+\/]{30})/\1=/
s/([A-Za-z0-9+\/]{30})/\1\x00/
s/([A-Za-z0-9+\/]{30})/\1 /
s/([A-Za-z0-9+\/]{30})/\1%/
s/.*//
SED
}

# The commit on stdin, signed by the program of git's own form, its armour changed by a script: signed_then SCRIPT
signed_then() {
    local form=gpg
    [ "$(git config gpg.format)" = openpgp ] || form=gpgsm
    cat >"$HOME/then"
    $form --batch -q --armor --detach-sign -u "$(git config user.signingKey)" -o - <"$HOME/then" | sed -zE "$1" >"$HOME/then.sig"
    with_armour "$HOME/then" <"$HOME/then.sig"
}

@test "of OpenPGP and X.509, too: whatever was done to a signature, what counts here is good for git" {
    local variant number=0 form id counted=0 refused=0 found ids=()
    for number in $(seq $(($(armour_variants | wc -l) * 2))); do ids+=("v/n$number"); done
    many_requests web-production alice "${ids[@]}"
    pass
    number=0
    for form in openpgp x509; do
        if [ $form = openpgp ]; then as_openpgp dave@example.com; else as_x509 carol@example.com; fi
        while IFS= read -r variant; do
            id=v/n$((number += 1))
            payload "Fine

$(trailer Approve $id)" "$(main_tip)" | signed_then "$variant" | store >"$HOME/id.$number"
            inbox_is "n$number" "$(cat "$HOME/id.$number")"
        done < <(armour_variants)
    done
    # sixteen of one person in a pass
    for _ in $(seq 8); do [ -z "$(input_branches)" ] || pass >/dev/null; done
    [ -z "$(input_branches)" ]
    git fetch -q origin 'refs/heads/*:refs/remotes/origin/*'
    for number in $(seq ${#ids[@]}); do
        id=v/n$number
        found=no
        [ "$(approvers_of $id)" != dave ] && ! ignored_of $id | grep -q 'carol.*not an approver\|is not an approver of any step' || found=yes
        if ! git -C "$BARE" verify-commit "$(cat "$HOME/id.$number")" 2>/dev/null; then
            refused=$((refused + 1))
            [ $found = no ] || { echo "counts here, and not for git: $number"; git -C "$BARE" cat-file commit "$(cat "$HOME/id.$number")"; false; }
        fi
        [ $found = no ] || counted=$((counted + 1))
    done
    echo "$number commits, $counted count, git refuses $refused"
    [ "$counted" -ge 6 ]
    [ "$refused" -ge 20 ]
}

@test "a commit changed behind its OpenPGP signature, and one with a signature of another commit" {
    as_openpgp dave@example.com
    git commit -q -S --allow-empty -m 'A decision' --trailer "Countersign-Approve: r/one $(pki_digest r/one)"
    git cat-file commit HEAD | sed 's/^A decision/Another decision/' | store >"$HOME/changed"
    git cat-file commit HEAD | sed "s/^committer .*/committer Dave <dave@example.com> 1700000001 +0000/" | store >"$HOME/moved"
    git reset -q --hard origin/main
    inbox_is changed-1 "$(cat "$HOME/changed")"
    inbox_is changed-2 "$(cat "$HOME/moved")"
    pass
    nobody r/one
    ignored_says r/one 'does not match'
}

@test "a subkey that is revoked in a later configuration signs nothing" {
    local home=$GNUPGHOME
    cp -a "$home" "$HOME/gnupg"
    export GNUPGHOME=$HOME/gnupg
    old=$(gpg_subkeys dave | sed -n 2p)
    # dave lists his key again, the newer subkey revoked; two administrators agree
    printf 'key %s\nrevkey\ny\n0\n\ny\nsave\n' "$old" |
        gpg --command-fd 0 --no-tty -q --pinentry-mode loopback --passphrase '' --edit-key dave@example.com 2>/dev/null
    pki_identity dave Person 'displayName: Dave Example'
    git add identities
    pki_as alice
    git config gpg.format ssh
    git commit -q -m 'A subkey less'
    digest=$(pki_configuration_digest 1 "$(pki_introduction_digest)")
    git commit -q -S --allow-empty -m Yes --trailer "Countersign-Configuration: $digest"
    as_openpgp bob@example.com
    git commit -q -S --allow-empty -m Yes --trailer "Countersign-Configuration: $digest"
    git push -q origin main
    pass
    pki_output status/configuration.yaml | grep -q 'number: 1'
    # a thief signs with the old keyring
    export GNUPGHOME=$home
    approval_file late r/one
    by_gpg "$old!" approvals/late.yaml
    push_files
    pass
    nobody r/one
    ignored_says r/one "key openpgp:$old of dave may not sign: it is revoked"
    gpgconf --homedir "$HOME/gnupg" --kill all
}

@test "one key in two identities is an error of the configuration, whatever wraps it" {
    gpg --export-ssh-key "$(gpg_fingerprint bob)!" >"$PKI/keys/mallory.pub"
    pki_identity mallory Person 'displayName: Mallory'
    run -1 "$COUNTERSIGN" check
    [ "$(grep -c 'error:' <<<"$output")" = 1 ]
    [[ $output == *"identities/mallory.yaml:"*"this key belongs to \"bob\" already (identities/bob.yaml)"* ]]
    openssl pkey -in "$PKI/keys/grace.x509.key" -pubout | ssh-keygen -i -m PKCS8 -f /dev/stdin >"$PKI/keys/mallory.pub"
    pki_identity mallory Person 'displayName: Mallory'
    run -1 "$COUNTERSIGN" check
    [[ $output == *"identities/mallory.yaml:"*"this key belongs to \"grace\" already (identities/grace.yaml)"* ]]
    eval "$(declare -f keys_of | sed '1s/keys_of/true_keys_of/')"
    keys_of() { true_keys_of frank; }
    pki_identity mallory Person 'displayName: Mallory'
    run -1 "$COUNTERSIGN" check
    [[ $output == *"identities/mallory.yaml:"*"this key belongs to \"frank\" already (identities/frank.yaml)"* ]]
}

@test "keys that can speak for nobody are errors with their place" {
    local name
    keys_of() { cat "$HOME/key"; }
    printf '    - openpgp: |\n%s\n' "$(gpg --armor --export-secret-keys --batch --pinentry-mode loopback --passphrase '' bob@example.com |
        sed 's/PRIVATE/PUBLIC/; s/^/        /')" >"$HOME/key"
    pki_identity mallory Person
    run -1 "$COUNTERSIGN" check
    [[ $output == *"identities/mallory.yaml:6:"*"SECRET key"* ]]
    gpg --armor --export bob@example.com erin@example.com | entry openpgp >"$HOME/key"
    pki_identity mallory Person
    run -1 "$COUNTERSIGN" check
    [[ $output == *"more than one primary key"* ]]
    entry x509ca <"$PKI/keys/grace.x509.pem" >"$HOME/key"
    echo '      email: mallory@example.com' >>"$HOME/key"
    pki_identity mallory Person
    run -1 "$COUNTERSIGN" check
    [[ $output == *"not one of a CA"* ]]
    { ssh_entry grace; echo '      userVerification: required'; } >"$HOME/key"
    pki_identity mallory Person
    run -1 "$COUNTERSIGN" check
    [[ $output == *"is for security keys"* ]]
}
