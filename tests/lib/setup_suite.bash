# A home of their own for the bats files of a folder (which has this file under this name), and no settings of whoever
# runs one by hand, so that no test reads or writes what is theirs.

setup_suite() {
    local name
    for name in $(compgen -e); do
        case $name in GIT_*|SSH_*|GPG_*|GNUPGHOME|XDG_*|LANG*|LC_*|NO_COLOR|COLUMNS) unset "$name" ;; esac
    done
    mkdir "$BATS_SUITE_TMPDIR/home"
    export HOME=$BATS_SUITE_TMPDIR/home GIT_CONFIG_NOSYSTEM=1 LC_ALL=C.UTF-8 TZ=UTC TERM=dumb
    umask 022
    # by hand, what `make` has built
    : "${COUNTERSIGN:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/countersign}"
    if [ -x "$COUNTERSIGN" ]; then export COUNTERSIGN; else unset COUNTERSIGN; fi
}

teardown_suite() {
    local written
    written=$(ls -A "$HOME")
    [ -z "$written" ] || { echo "a test wrote into the home folder: $written"; return 1; }
}
