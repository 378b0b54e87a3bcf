# `countersign init`: what it makes can be run at once, and it leaves nothing behind that it should not.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    export HOME=$BATS_TEST_TMPDIR/home
    mkdir -p "$HOME" keys
    for name in alice bob; do ssh-keygen -q -t ed25519 -N '' -C "$name@example.com" -f "keys/$name"; done
}

git_signs_as() {    # NAME
    git config --global user.name "${1^} Example"
    git config --global user.email "$1@example.com"
    git config --global gpg.format ssh
    git config --global user.signingKey "$PWD/keys/$1.pub"
}

refused() {     # STATUS WORDS COMMAND…
    local expected=$1 words=$2
    shift 2
    run "$COUNTERSIGN" init "$@"
    echo "$output"
    [ "$status" -eq "$expected" ]
    grep -qF -- "$words" <<<"$output"
}

digest_of_files() { # NUMBER PREVIOUS, in a checkout: as the format's definition says it
    {
        printf 'countersign-configuration-v1\nrepository %s\nnumber %s\nprevious %s\n' \
            "$(sed -n 's/^  id: "\(.*\)"$/\1/p' countersign.yaml)" "$1" "$2"
        git ls-files countersign.yaml identities authorities policies profiles | LC_ALL=C sort |
            while IFS= read -r file; do printf '%s %s\n' "$file" "$(sha256sum <"$file" | cut -d' ' -f1)"; done
    } | sha256sum | cut -d' ' -f1
}

@test "alone: repository, CA, keys and local configuration, free of errors" {
    git_signs_as alice
    "$COUNTERSIGN" init pki --solo
    "$COUNTERSIGN" check pki/checkout
    "$COUNTERSIGN" -C pki/checkout check HEAD
    [ -z "$(git -C pki/checkout status --porcelain)" ]
    [ "$(git -C pki/checkout rev-parse HEAD)" = "$(git -C pki/pki.git rev-parse main)" ]
    grep -qx '  selfApproval: allow' pki/checkout/policies/one-step.yaml
    grep -qx '    members: \[alice\]' pki/checkout/countersign.yaml
    grep -q "^\* -text" pki/checkout/.gitattributes
}

@test "the introduction is the first commit and the digest of its configuration, as FORMAT computes it" {
    git_signs_as alice
    "$COUNTERSIGN" init pki --solo >shown
    cd pki/checkout
    grep -q "$(git rev-parse HEAD)" ../local/countersign.yaml
    zeros=$(printf '0%.0s' {1..64})
    grep -q "sha256:$(digest_of_files 0 "sha256:$zeros")" ../local/countersign.yaml
    # the checkout can be audited as it is, and another clone with what was shown
    "$COUNTERSIGN" run --config ../local/countersign.yaml --once
    "$COUNTERSIGN" audit --fetch | grep 'nothing found'
    git clone -q ../pki.git ../clone
    run -2 "$COUNTERSIGN" -C ../clone audit
    sed -n '/git config countersign.introduction/,/audit/p' ../../shown >../told
    cd ../clone
    PATH=$(dirname "$COUNTERSIGN"):$PATH bash -e ../told | grep 'nothing found'
}

@test "root and issuing CA are what openssl accepts, and the root key is their key" {
    git_signs_as alice
    "$COUNTERSIGN" init pki --solo --organization "Müller & Söhne: PKI"
    awk '/^  certificate: \|/{on=1; next} /^  [a-z]/{on=0} on{sub(/^ +/, ""); print}' \
        pki/checkout/authorities/issuing-ca.yaml >issuing.pem
    openssl verify -x509_strict -CAfile pki/root-ca.pem issuing.pem
    [ "$(openssl x509 -in pki/root-ca.pem -noout -pubkey)" = "$(openssl pkey -in pki/local/offline/root-ca.key -pubout)" ]
    [ "$(openssl x509 -in issuing.pem -noout -pubkey)" = "$(openssl pkey -in pki/local/issuing-ca.key -pubout)" ]
    openssl x509 -in issuing.pem -noout -ext basicConstraints | grep -q 'CA:TRUE, pathlen:0'
    openssl x509 -in pki/root-ca.pem -noout -subject -nameopt utf8 | grep -qF 'Müller & Söhne: PKI'
    "$COUNTERSIGN" check pki/checkout
}

@test "keys and state are for their owner only, and nothing secret is in the repository" {
    git_signs_as alice
    umask 022
    "$COUNTERSIGN" init pki --solo
    for key in pki/local/issuing-ca.key pki/local/offline/root-ca.key pki/local/reconciler_ed25519 pki/local/countersign.yaml; do
        [ "$(stat -c %a "$key")" = 600 ]
    done
    for folder in pki/local pki/local/state pki/local/offline; do [ "$(stat -c %a "$folder")" = 700 ]; done
    ! grep -rl 'PRIVATE KEY' pki/checkout || false
    ! git -C pki/pki.git cat-file --batch-all-objects --batch | grep -a 'PRIVATE KEY'
}

@test "the daemon starts from it, and trusts it as number 0" {
    git_signs_as alice
    "$COUNTERSIGN" init pki --solo
    "$COUNTERSIGN" run --config pki/local/countersign.yaml --once
    cd pki/checkout
    "$COUNTERSIGN" configuration show --fetch | grep -q 'number 0, '
}

@test "two administrators: both must sign, nobody approves himself; --state puts the secrets elsewhere" {
    run -0 "$COUNTERSIGN" init pki --administrator alice=keys/alice.pub --administrator bob=keys/bob.pub --state secrets
    [[ $output == *"another administrator approves it"* && $output != *"add people"* ]]
    "$COUNTERSIGN" check pki/checkout
    grep -qx '    required: 2' pki/checkout/countersign.yaml
    grep -qx '  selfApproval: forbid' pki/checkout/policies/one-step.yaml
    [ -f secrets/issuing-ca.key ] && [ ! -e pki/local ] || false
    grep -q "$PWD/secrets/state" secrets/countersign.yaml
}

@test "domains go into policy and limits" {
    git_signs_as alice
    "$COUNTERSIGN" init pki --solo --domain example.org --domain Example.NET
    grep -q '"\*\*.example.net"' pki/checkout/policies/tls-server.yaml
    for domain in example.org example.net; do grep -q "$domain" pki/local/countersign.yaml; done
    ! grep -q example.com pki/local/countersign.yaml
}

@test "what it writes is what the library has" {
    git_signs_as alice
    "$COUNTERSIGN" init pki --solo
    for pair in certificate/tls-server:policies/tls-server profiles/web-production:profiles/web-production; do
        diff "$BATS_TEST_DIRNAME/../../policies/${pair%:*}.yaml" "pki/checkout/${pair#*:}.yaml"
    done
}

@test "git's signing key in each of its forms" {
    git_signs_as alice
    for form in "$PWD/keys/alice" "key::$(cat keys/alice.pub)" "$(cat keys/alice.pub)" "~/key.pub"; do
        cp keys/alice.pub "$HOME/key.pub"
        git config --global user.signingKey "$form"
        rm -rf pki
        "$COUNTERSIGN" init pki --solo
        grep -qF "$(cut -d' ' -f2 keys/alice.pub)" pki/checkout/identities/people/alice.yaml
    done
}

@test "works from inside a git hook, and without a user in git's settings" {
    GIT_DIR=/nonexistent GIT_WORK_TREE=/nonexistent "$COUNTERSIGN" init pki --administrator alice=keys/alice.pub
    "$COUNTERSIGN" check pki/checkout
}

@test "refused before anything is made: no key, wrong keys, wrong names, a folder in use" {
    refused 2 'gpg.format' pki --solo
    git_signs_as alice
    git config --global --unset user.signingKey
    refused 2 'user.signingKey is not set' pki --solo
    git_signs_as alice
    git config --global user.signingKey "$PWD/keys/nobody.pub"
    refused 3 'nobody.pub' pki --solo
    git_signs_as alice
    refused 2 'NAME=FILE' pki --administrator alice
    refused 2 'NAME=FILE' pki --administrator ../x=keys/alice.pub
    refused 2 'NAME=FILE' pki --administrator Alice=keys/alice.pub
    refused 3 'missing.pub' pki --administrator alice=keys/missing.pub
    refused 2 'keys/alice holds a private key' pki --administrator alice=keys/alice
    echo nonsense >keys/nonsense
    refused 2 'cannot be used' pki --administrator alice=keys/nonsense
    refused 2 'given twice' pki --administrator alice=keys/alice.pub --administrator alice=keys/bob.pub
    refused 2 'same key' pki --administrator alice=keys/alice.pub --administrator bob=keys/alice.pub
    refused 2 'only 1' pki --administrator alice=keys/alice.pub --required 2
    refused 2 'for one person' pki --solo --administrator alice=keys/alice.pub --administrator bob=keys/bob.pub
    refused 2 'no DNS name' pki --solo --domain 'exa mple.com'
    refused 2 'no DNS name' pki --solo --domain '*.example.com'
    refused 2 '64' pki --solo --organization "$(printf 'x%.0s' {1..65})"
    [ ! -e pki ]
    mkdir pki && touch pki/mine
    refused 2 'not an empty folder' pki --solo
    [ "$(ls -A pki)" = mine ]
}

@test "alone, and nobody may approve his own request: it says that people are missing" {
    run -0 "$COUNTERSIGN" init pki --administrator alice=keys/alice.pub
    [[ $output == *"add people under identities/ before you ask, or start with --solo"* ]]
}

@test "the repository's id is quoted: one of digits alone would be a number" {
    git_signs_as alice
    "$COUNTERSIGN" init pki --solo
    grep -qxE '  id: "[0-9a-f]{32}"' pki/checkout/countersign.yaml
    for id in 12345678901234567890123456789012 12e34567890123456789012345678901; do
        sed -i "s/^  id: .*/  id: \"$id\"/" pki/checkout/countersign.yaml
        "$COUNTERSIGN" check pki/checkout
    done
}

@test "an organization that YAML could take for something else stays what it is" {
    git_signs_as alice
    for name in 'null' '"quoted" \ name' "it's: {a} #1" 'yes' ' Ltd'; do
        rm -rf pki
        "$COUNTERSIGN" init pki --solo --organization "$name"
        "$COUNTERSIGN" check pki/checkout
    done
}
