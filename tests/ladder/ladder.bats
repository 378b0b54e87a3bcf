# The order of the modules, and a proof that the check of it can fail.

setup() {
    top=$BATS_TEST_TMPDIR/tree
    mkdir -p "$top"/reconciler/{base,model,manifest,trust,evaluate,issue,repository,notify,daemon,audit,checker,commands}
    for header in base/text model/plan manifest/decode trust/sshsig evaluate/evaluate issue/sign repository/store \
        notify/outbox daemon/watch daemon/checker_process audit/audit checker/checker commands/list reconcile; do
        echo "struct nothing;" >"$top/reconciler/$header.h"
    done
}

# file PATH LINE…: a source file of the tree
file() {
    local path=$top/reconciler/$1
    shift
    printf '%s\n' "$@" >"$path"
}

accepts() {
    run tests/ladder/ladder "$top"
    echo "$output"
    [ "$status" -eq 0 ] && [ -z "$output" ]
}

# refuses PLACE WORDS: exactly one complaint, there and with these words
refuses() {
    run tests/ladder/ladder "$top"
    echo "$output"
    [ "$status" -eq 1 ] && [ "${#lines[@]}" -eq 1 ] && [[ $output == "reconciler/$1: "*"$2"* ]]
}

@test "the source keeps to the ladder" {
    run tests/ladder/ladder
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "a tree that keeps to it is accepted" {
    file base/text.c '#include "base/text.h"' '#include <string.h>'
    file base/digest.c '#include <openssl/evp.h>'
    file model/plan.c '#include "base/text.h"' '#  include  "model/plan.h" /* its own */'
    file trust/sshsig.c '#include <openssl/evp.h>' '#include "trust/sshsig.h"' '#include "model/plan.h"'
    file repository/store.c '#include <git2.h>' '#include <git2/sys/odb_backend.h>' '#include <sys/stat.h>'
    file manifest/decode.c '#include <yaml.h>'
    file daemon/watch.c '#include <sys/inotify.h>' '#include "reconcile.h"'
    file reconcile.c '#include "reconcile.h"' '#include "repository/store.h"' '#include "trust/sshsig.h"'
    file commands/list.c '#include "reconcile.h"' '#include "evaluate/evaluate.h"'
    file main.c '#include "commands/list.h"' '#include "daemon/watch.h"'
    accepts
}

@test "nothing to read is an error, not a pass" {
    rm -r "$top/reconciler"/*
    run tests/ladder/ladder "$top"
    [ "$status" -eq 2 ]
}

@test "base may not include model" {
    file base/text.c '#include <string.h>' '#include "model/plan.h"'
    refuses base/text.c:2 "base stands below model"
}

@test "model may not include trust" {
    file model/plan.h '#include "trust/sshsig.h"'
    refuses model/plan.h:1 "model stands below trust"
}

@test "siblings may not include each other" {
    file evaluate/evaluate.c '#include "trust/sshsig.h"'
    refuses evaluate/evaluate.c:1 "siblings"
}

@test "the daemon knows no command: the command that runs it knows the daemon" {
    file commands/run.c '#include "daemon/watch.h"'
    accepts
    file daemon/watch.c '#include "commands/list.h"'
    refuses daemon/watch.c:1 "daemon stands below commands"
}

@test "the audit stands below the checker and the daemon: it decides again, and neither watches nor is a command" {
    file audit/replay.c '#include "reconcile.h"'
    file commands/audit.c '#include "audit/audit.h"'
    file checker/follow.c '#include "audit/audit.h"'
    file daemon/checker_process.c '#include "checker/checker.h"'
    accepts
    file audit/replay.c '#include "daemon/watch.h"'
    refuses audit/replay.c:1 "audit stands below daemon"
    file audit/replay.c '#include "checker/checker.h"'
    refuses audit/replay.c:1 "audit stands below checker"
    file audit/replay.c '#include "commands/list.h"'
    refuses audit/replay.c:1 "audit stands below commands"
    file audit/replay.c '#include "reconcile.h"'
    file reconcile.c '#include "audit/audit.h"'
    refuses reconcile.c:1 "reconcile stands below audit"
}

@test "the checker knows nothing of the daemon, and has no git" {
    file checker/follow.c '#include "daemon/watch.h"'
    refuses checker/follow.c:1 "checker stands below daemon"
    file checker/follow.c '#include <git2.h>'
    refuses checker/follow.c:1 "belongs to repository/"
}

@test "a module may not include the flow" {
    file repository/store.c '#include "reconcile.h"'
    refuses repository/store.c:1 "repository stands below reconcile"
}

@test "the flow may not include a command" {
    file reconcile.c '#include "commands/list.h"'
    refuses reconcile.c:1 "reconcile stands below commands"
}

@test "git2.h outside repository/" {
    file commands/list.c '#include <git2.h>'
    refuses commands/list.c:1 "<git2.h> belongs to repository/"
}

@test "a header below git2/ outside repository/" {
    file reconcile.c '#include <git2/oid.h>'
    refuses reconcile.c:1 "<git2/oid.h> belongs to repository/"
}

@test "zlib.h outside repository/" {
    file base/text.c '#include <zlib.h>'
    refuses base/text.c:1 "<zlib.h> belongs to repository/"
}

@test "yaml.h outside manifest/" {
    file commands/list.c '#include <yaml.h>'
    refuses commands/list.c:1 "<yaml.h> belongs to manifest/"
}

@test "sys/inotify.h outside daemon/" {
    file repository/store.c '#include <sys/inotify.h>'
    refuses repository/store.c:1 "<sys/inotify.h> belongs to daemon/"
}

@test "OpenSSL in evaluate/" {
    file evaluate/evaluate.c '#include <openssl/sha.h>'
    refuses evaluate/evaluate.c:1 "<openssl/sha.h> belongs to"
}

@test "OpenSSL in base/, but not in its digest file" {
    file base/text.c '#include <openssl/evp.h>'
    refuses base/text.c:1 "<openssl/evp.h> belongs to"
}

@test "a folder whose name only begins like a home" {
    mkdir "$top/reconciler/base/digest"
    file base/digest/other.c '#include <openssl/evp.h>'
    refuses base/digest/other.c:1 "<openssl/evp.h> belongs to"
}

@test "a foreign header that nobody has given a home" {
    file notify/outbox.c '#include <curl/curl.h>'
    refuses notify/outbox.c:1 "has no home"
}

@test "a folder that is not on the ladder" {
    mkdir "$top/reconciler/helpers"
    file helpers/misc.c '#include <string.h>'
    refuses helpers/misc.c:1 "helpers is not on the ladder"
}

@test "a file at the top that is not on the ladder" {
    file misc.c 'int misc;'
    refuses misc.c:1 "misc is not on the ladder"
}

@test "a header that does not exist" {
    file base/text.c '#include "base/txet.h"'
    refuses base/text.c:1 "there is no reconciler/base/txet.h"
}

@test "an inclusion relative to the file" {
    file base/text.c '#include "text.h"'
    refuses base/text.c:1 "there is no reconciler/text.h"
}

@test "an inclusion that climbs" {
    file base/text.c '#include "base/../model/plan.h"'
    refuses base/text.c:1 "relative to reconciler/"
}

@test "a foreign header in quotes" {
    file commands/list.c '#include "git2.h"'
    refuses commands/list.c:1 "there is no reconciler/git2.h"
}

@test "an own header in angle brackets" {
    file base/text.c '#include <model/plan.h>'
    refuses base/text.c:1 "has no home"
}

@test "an inclusion through a macro" {
    file base/text.c '#define HEADER "model/plan.h"' '#include HEADER'
    refuses base/text.c:2 "plainly"
}

@test "an inclusion behind a comment" {
    file base/text.c '/* */ #include "model/plan.h"'
    refuses base/text.c:1 "plainly"
}

@test "an inclusion by digraph" {
    file base/text.c '%:include "model/plan.h"'
    refuses base/text.c:1 "plainly"
}

@test "an inclusion over two lines" {
    file base/text.c '#\' 'include "model/plan.h"'
    refuses base/text.c:1 "plainly"
}

@test "an inclusion by include_next" {
    file base/text.c '#include_next <git2.h>'
    refuses base/text.c:1 "plainly"
}
