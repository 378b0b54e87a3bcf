# What the output branch holds beside statuses and certificates: the page, the counts, the newest certificates, the CA.
bats_require_minimum_version 1.5.0

load ../lib/pki

setup() {
    export HOME=$BATS_TEST_TMPDIR
    pki_new "$BATS_TEST_TMPDIR/pki"
    pki_request web/www web-production alice www.example.com
    pki_request web/auto automatic alice auto.example.com
    pki_request web/bad automatic alice bad.example.org
    pki_run_once
}

count() { pki_output status/summary.yaml | sed -n "s/^    $1: //p"; }
certificate_sha256() { openssl x509 -in <(pki_output "certificates/$1.pem") -outform DER | sha256sum | cut -d' ' -f1; }

@test "the page: what is open, who is waited for, until when; nothing of it when it is over" {
    pki_output README.md >page
    row=$(grep 'web/www' page)
    [[ $row == *web-production* && $row == *dave* && $row == *erin* ]]
    [[ $row =~ 20[0-9][0-9]-[0-9][0-9]-[0-9][0-9] ]]
    ! grep 'web/auto' page || false
    pki_decide dave Reject web/www
    pki_run_once
    pki_output README.md >page
    ! grep 'web/www' page
}

@test "the summary counts by state and by profile" {
    [ "$(count PendingApproval) $(count Issued) $(count Invalid)" = '1 1 1' ]
    pki_decide dave Reject web/www
    pki_request web/more automatic alice more.example.com
    pki_run_once
    [ "$(count PendingApproval) $(count Rejected) $(count Issued) $(count Invalid)" = '0 1 2 1' ]
}

@test "latest: the certificates of a profile, the newest first, as openssl reads them" {
    pki_output status/latest/automatic.yaml | tr -d '"' | grep -qx "      sha256: $(certificate_sha256 web/auto)"
    sleep 1.1
    pki_request web/more automatic alice more.example.com
    pki_run_once
    [ "$(pki_output status/latest/automatic.yaml | sed -n 's/.*- request: //p' | tr '\n' ' ')" = 'web/more web/auto ' ]
    run pki_output status/latest/web-production.yaml
    [ "$status" -ne 0 ]
}

@test "certificates come with their intermediates, never with the root or a key; the CA's certificate stands beside" {
    pki_output certificates/web/auto.pem >chain
    [ "$(grep -c 'BEGIN CERTIFICATE' chain)" -eq 2 ]
    root=$(openssl x509 -in "$PKI/local/root.pem" -noout -fingerprint)
    csplit -s -z -f part chain '/BEGIN CERTIFICATE/' '{*}'
    for part in part*; do [ "$(openssl x509 -in "$part" -noout -fingerprint)" != "$root" ]; done
    pki_output authorities/issuing-ca.pem | openssl x509 -outform DER | cmp - <(openssl x509 -in "$PKI/local/issuing-ca.pem" -outform DER)
    ! git -C "$PKI/pki.git" grep -q 'PRIVATE KEY' countersign/output
}
