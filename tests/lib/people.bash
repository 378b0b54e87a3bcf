# People at work in clones of their own, beside tests/lib/pki.bash: each signs with a key of hers.
#
#   people_clone NAME     a clone in $PKI/clones/NAME, set up for NAME, and goes there
#   people_at NAME        goes to a clone that is there, everything fetched
#   people_yes ID         the --yes option for the request's current plan

people_clone() {    # NAME [KEY]
    git clone -q "$PKI/pki.git" "$PKI/clones/$1"
    cd "$PKI/clones/$1" || return
    git config user.name "$1"
    git config user.email "$1@example.com"
    git config gpg.format ssh
    git config user.signingKey "${2:-$PKI/keys/$1.pub}"
}

people_at() {       # NAME
    [ -d "$PKI/clones/$1" ] || people_clone "$1" || return
    cd "$PKI/clones/$1" && git fetch -q && git reset -q --hard origin/main
}

people_yes() { pki_digest "$1" | sed 's/^/--yes=/'; }

# Several requests by stock tools in one push: people_requests PROFILE REQUESTER ID… (the name is ID.example.com)
people_requests() {
    local profile=$1 requester=$2 id trailers=()
    shift 2
    cd "$WORK" || return
    git pull -q --ff-only origin main
    for id in "$@"; do
        pki_request_file "$id" "$profile" "$requester" "${id##*/}.example.com"
        trailers+=(--trailer "Countersign-Request: $id sha256:$(sha256sum <"requests/$id.yaml" | cut -d' ' -f1)")
    done
    pki_as "$requester"
    git add requests
    git commit -q -S -m Requests "${trailers[@]}"
    git push -q origin main
}
