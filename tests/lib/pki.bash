# A PKI repository for whole-program tests, made by stock git, ssh-keygen and openssl only, so that it owes nothing to
# the program under test (the configuration digest is computed here as FORMAT says it).
#
#   pki_new DIR          DIR/pki.git (bare), DIR/work (alice's clone), DIR/keys, DIR/local/countersign.yaml
#   pki_as PERSON        git in $WORK signs as PERSON from here on
#   pki_run_once         one run of the daemon
#   …                    see each function
#
# People: alice and bob and carol (administrators, 2 of 3), dave and erin (group team-leads), frank, grace, heidi (group
# security), mallory (an identity without any right); deploy-bot is a Machine owned by alice; stranger has a key only.

PKI_PEOPLE="alice bob carol dave erin frank grace heidi mallory"

pki_key() {     # NAME: an SSH key pair of that name
    ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$PKI/keys/$1"
}

pki_ca() {      # NAME [openssl key options]: a root and an issuing CA under it
    local name=$1; shift
    (
        cd "$PKI/local" || exit
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out root.key 2>/dev/null
        openssl genpkey "$@" -out "$name.key" 2>/dev/null || exit
        chmod 600 root.key "$name.key"
        openssl req -new -x509 -key root.key -subj "/O=Example Inc/CN=Test Root" -days 3650 -out root.pem \
            -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
        openssl req -new -key "$name.key" -subj "/O=Example Inc/CN=Test $name" -out "$name.csr"
        printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign,digitalSignature\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n%s\n' "${PKI_CA_EXTENSION:-}" >ext
        openssl x509 -req -in "$name.csr" -CA root.pem -CAkey root.key -days 3000 -extfile ext -out "$name.pem" \
            -set_serial "0x$(openssl rand -hex 8)" 2>/dev/null
        rm -f "$name.csr" ext
    )
}

indent() { sed "s/^/$(printf '%*s' "$1" '')/"; }

pki_identity() {    # NAME KIND [extra yaml lines of spec]
    cat >"identities/$1.yaml" <<YAML
apiVersion: countersign/v1
kind: $2
metadata: {name: $1}
spec:
${3:+  $3
}  keys:
    - {ssh: "$(cut -d' ' -f1,2 "$PKI/keys/$1.pub")"}
YAML
}

pki_documents() {
    local person
    mkdir -p identities authorities policies profiles requests approvals
    cat >countersign.yaml <<YAML
apiVersion: countersign/v1
kind: Repository
metadata: {name: countersign}
spec:
  id: $PKI_ID
  administrators: {members: [alice, bob, carol], required: 2}
  reconciler: {keys: ["$(cut -d' ' -f1,2 "$PKI/keys/reconciler.pub")"]}
YAML
    for person in $PKI_PEOPLE; do
        pki_identity "$person" Person "displayName: ${person^} Example
  email: $person@example.com"
    done
    pki_identity deploy-bot Machine "owner: alice"
    pki_group team-leads dave, erin
    pki_group security frank, grace, heidi
    pki_group developers alice, bob, mallory
    cat >authorities/issuing-ca.yaml <<YAML
apiVersion: countersign/v1
kind: CertificateAuthority
metadata: {name: issuing-ca}
spec:
  type: internal
  certificate: |
$(indent 4 <"$PKI/local/issuing-ca.pem")
  root: |
$(indent 4 <"$PKI/local/root.pem")
YAML
    cat >policies/tls-server.yaml <<YAML
apiVersion: countersign/v1
kind: CertificatePolicy
metadata: {name: tls-server}
spec:
  subject:
    commonName: {allowed: ["**.example.com"]}
    organization: {allowed: [Example Inc]}
  altNames:
    dns: {allowed: ["**.example.com"], denied: ["*.internal.example.com"]}
    ip: {allowed: [10.0.0.0/8]}
  keyUsages: {allowed: [digitalSignature, keyEncipherment], required: [digitalSignature]}
  extendedKeyUsages: {allowed: [serverAuth, clientAuth]}
  keyAlgorithms: [ECDSA-P256, ECDSA-P384, Ed25519, RSA-2048, RSA-3072]
  signatureAlgorithms: [ECDSA-SHA256, ECDSA-SHA384, Ed25519, RSA-SHA256]
  validity: {max: 90d}
YAML
    pki_profile web-production
    pki_profile web-staging
    pki_profile automatic "approval: none"
    pki_profile service "requesters: {groups: [developers], machines: [deploy-bot]}"
    pki_policy two-step web-production 7d "- {name: Team Lead Review, approvers: {groups: [team-leads]}, requiredApprovals: 1}
    - {name: Security Review, approvers: {groups: [security]}, requiredApprovals: 2}"
    pki_policy one-step web-staging 7d "- {approvers: {people: [alice], groups: [team-leads]}}"
    pki_policy machines service 7d "- {approvers: {groups: [team-leads]}}" "bypassForMachineIdentities: true"
}

pki_group() {   # NAME MEMBERS…
    local name=$1; shift
    printf 'apiVersion: countersign/v1\nkind: Group\nmetadata: {name: %s}\nspec: {members: [%s]}\n' "$name" "$*" \
        >"identities/$name.yaml"
}

pki_profile() { # NAME [a line of spec]
    cat >"profiles/$1.yaml" <<YAML
apiVersion: countersign/v1
kind: CertificateProfile
metadata: {name: $1}
spec:
  authority: issuing-ca
  certificatePolicy: tls-server
${2:+  $2
}  defaults: {ttl: 30d, keyUsages: [digitalSignature], extendedKeyUsages: [serverAuth]}
YAML
}

pki_policy() {  # NAME PROFILE TTL STEPS [a line of spec]
    cat >"policies/$1.yaml" <<YAML
apiVersion: countersign/v1
kind: ApprovalPolicy
metadata: {name: $1}
spec:
  profiles: [$2]
  maxRequestTtl: $3
${5:+  $5
}  steps:
    $4
YAML
}

# The digest of the configuration in a folder: pki_configuration_digest NUMBER PREVIOUS
pki_configuration_digest() {
    {
        printf 'countersign-configuration-v1\nrepository %s\nnumber %s\nprevious %s\n' "$PKI_ID" "$1" "$2"
        find countersign.yaml identities authorities policies profiles notifiers -type f -name '*.yaml' 2>/dev/null |
            LC_ALL=C sort | while IFS= read -r file; do
                printf '%s %s\n' "$file" "$(sha256sum <"$file" | cut -d' ' -f1)"
            done
    } | sha256sum | sed 's/^\([0-9a-f]*\).*/sha256:\1/'
}

PKI_ZERO=sha256:0000000000000000000000000000000000000000000000000000000000000000

pki_introduction_digest() { sed -n 's/.*configuration: "\(.*\)"}.*/\1/p' "$PKI/local/countersign.yaml"; }

# Administrators sign a configuration on main: pki_sign_configuration DIGEST [ADMINISTRATOR…]
pki_sign_configuration() {
    local digest=$1 name administrators=("${@:2}")
    ((${#administrators[@]})) || administrators=(alice bob)
    for name in "${administrators[@]}"; do
        pki_as "$name"
        git commit -q -S --allow-empty -m yes --trailer "Countersign-Configuration: $digest"
    done
    git push -q origin main
}

pki_local() {   # COMMIT DIGEST
    cat >"$PKI/local/countersign.yaml" <<YAML
apiVersion: countersign/v1
kind: ReconcilerConfiguration
metadata: {name: local}
spec:
  repository: {path: "$PKI/pki.git", branch: main}
  stateDirectory: "$PKI/state"
  trust: {introduction: {commit: $1, configuration: "$2"}}
  signingKey: "$PKI/keys/reconciler"
  authorities: {issuing-ca: {key: {file: "$PKI/local/issuing-ca.key"}}}
  limits: {maxValidity: 398d, ca: denied, names: ["**.example.com"], addresses: ["10.0.0.0/8"]}
YAML
}

pki_no_sandbox() {
    sed -i '/^  sandbox:/d; s/^  signingKey:/  sandbox: off\n&/' "$PKI/local/countersign.yaml"
}

# A repository's id, which no reader of YAML takes for a number.
pki_id() { printf 'c0%s' "$(openssl rand -hex 15)"; }

pki_new() {     # DIR
    local name
    PKI=$1 WORK=$1/work PKI_ID=$(pki_id)
    export PKI WORK PKI_ID
    mkdir -p "$PKI/keys" "$PKI/local"
    for name in $PKI_PEOPLE deploy-bot reconciler stranger; do pki_key "$name"; done
    pki_ca issuing-ca ${PKI_CA_KEY:--algorithm EC -pkeyopt ec_paramgen_curve:P-256}
    git init -q --bare -b main "$PKI/pki.git"
    git init -q -b main "$WORK"
    cd "$WORK" || return
    git remote add origin "$PKI/pki.git"
    git config gpg.format ssh
    pki_as alice
    pki_documents
    git add -A
    git commit -q -m 'A new PKI'
    git push -q -u origin main
    pki_local "$(git rev-parse HEAD)" "$(pki_configuration_digest 0 "$PKI_ZERO")"
}

pki_as() {      # PERSON
    git -C "$WORK" config user.name "$1"
    git -C "$WORK" config user.email "$1@example.com"
    git -C "$WORK" config user.signingKey "$PKI/keys/$1"
}

# $SHIM, where set, is preloaded into the daemon.
pki_run() { ${SHIM:+env LD_PRELOAD="$SHIM"} "$COUNTERSIGN" run --config "$PKI/local/countersign.yaml" --log json "$@"; }
pki_run_once() { pki_run --once "$@"; }

# The operator's word, on the daemon's machine, that a rewritten history is right.
pki_accept_history() { "$COUNTERSIGN" accept-history --config "$PKI/local/countersign.yaml" --yes "$1"; }

# A request's file: pki_request_file ID PROFILE REQUESTER DNS [extra spec lines]; makes key and CSR in $PKI/keys.
pki_request_file() {
    local id=$1 flat=${1//\//_}
    mkdir -p "$(dirname "requests/$id")"
    [ -e "$PKI/keys/$flat.key" ] ||
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$PKI/keys/$flat.key" 2>/dev/null
    openssl req -new -key "$PKI/keys/$flat.key" -subj "/CN=$4" -out "$PKI/keys/$flat.csr"
    cat >"requests/$id.yaml" <<YAML
apiVersion: countersign/v1
kind: CertificateRequest
metadata: {name: ${id##*/}}
spec:
  repository: $PKI_ID
  profile: $2
  requester: $3
  justification: A test
  csr: |
$(indent 4 <"$PKI/keys/$flat.csr")
  subject: {commonName: $4}
  altNames: {dns: [$4]}
${5:+  $5
}
YAML
    sed -i '/^$/d' "requests/$id.yaml"
}

# A request signed by its requester in a commit's trailer, pushed.
pki_request() { # ID PROFILE REQUESTER DNS [extra spec lines]
    pki_request_file "$@"
    pki_as "$3"
    git add requests
    git commit -q -S -m "Request $1" \
        --trailer "Countersign-Request: $1 sha256:$(sha256sum <"requests/$1.yaml" | cut -d' ' -f1)"
    git push -q origin main
}

# What the output branch holds: pki_output PATH
pki_output() { git -C "$PKI/pki.git" show "countersign/output:$1"; }
pki_state() { pki_output "status/requests/$1.yaml" | sed -n 's/^  state: //p'; }
pki_digest() { pki_output "status/requests/$1.yaml" | sed -n 's/^  digest: "\{0,1\}\(sha256:[0-9a-f]*\).*/\1/p'; }

# Waits until a command succeeds: eventually SECONDS COMMAND… (a bound for a machine that does much else, too)
eventually() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || { echo "not in time: $*"; return 1; }
        sleep 0.05
    done
}

# In teardown: ends what a failed test has left running; bats would wait for it.
pki_end() {
    local left
    left=$(jobs -p)
    # shellcheck disable=SC2086 # a list of processes
    [ -z "$left" ] || kill -KILL $left 2>/dev/null || true
    wait
}

# A decision by trailer: pki_decide PERSON Approve|Reject|Withdraw|Cancel ID [DIGEST] — on main.
pki_decide() {
    pki_as "$1"
    git commit -q -S --allow-empty -m "${5:-A decision}" \
        --trailer "Countersign-$2: $3 ${4:-$(pki_digest "$3")}"
    git push -q origin main
}

# The same through the inbox, from a commit that is on no branch.
pki_decide_inbox() {
    local commit
    pki_as "$1"
    commit=$(git commit-tree -S -p HEAD -m "A decision" -m "Countersign-$2: $3 ${4:-$(pki_digest "$3")}" 'HEAD^{tree}')
    git push -q origin "$commit:refs/heads/countersign/inbox/$1-$RANDOM$RANDOM"
}

# The same by a signed file.
pki_decide_file() {
    local file=approvals/$1-$RANDOM$RANDOM$RANDOM.yaml
    cat >"$file" <<YAML
apiVersion: countersign/v1
kind: Approval
metadata: {name: $(basename "$file" .yaml)}
spec:
  repository: $PKI_ID
  decisions:
    - {request: $3, digest: "${4:-$(pki_digest "$3")}", decision: ${2,,}, comment: by file}
YAML
    ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/$1" "$file" 2>/dev/null
    git add approvals
    git commit -q -m "Decision of $1"
    git push -q origin main
}

# openssl accepts the certificate of a request, with the root as the only trust anchor.
pki_verify() {  # ID
    pki_output "certificates/$1.pem" >"$PKI/cert.pem"
    openssl verify -x509_strict -CAfile "$PKI/local/root.pem" -untrusted "$PKI/local/issuing-ca.pem" "$PKI/cert.pem"
}
