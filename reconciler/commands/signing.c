#include "commands/signing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "commands/git.h"
#include "commands/output.h"
#include "commands/signing_gnupg.h"
#include "repository/snapshot.h"
#include "trust/signer.h"

enum { RANDOM_BYTES = 4, PATHS_MOST = 16 };

static const struct text nothing = { NULL, 0 };

/* Whether the files of HEAD are those of the output branch. */
static bool
holds_output(struct clone *clone)
{
	struct source_file file = { 0 };

	return text_present(clone->head) &&
	       snapshot_file(clone->store, clone->arena, clone->head,
		   TEXT("status/configuration.yaml"), &file) &&
	       !snapshot_file(clone->store, clone->arena, clone->head, TEXT("countersign.yaml"),
		   &file);
}

bool
signing_branch(struct clone *clone, struct text *branch)
{
	if (!text_present(clone->top)) {
		(void)complain(0,
		    "there is no work tree here to commit in; --push sends the signed commit "
		    "to the inbox");
		return false;
	}
	if (!git_ask(clone->arena, branch, GIT("symbolic-ref", "--quiet", "--short", "HEAD"))) {
		(void)complain(0,
		    "HEAD is detached, and a commit made here would be lost: "
		    "`git switch %.*s` (or `git switch -c NAME`) first",
		    TEXT_ARGUMENTS(clone->branch));
		return false;
	}
	if (text_starts_with(*branch, "countersign/")) {
		(void)complain(0,
		    "branch %.*s is the reconciler's, nobody else commits there: "
		    "`git switch %.*s` first",
		    TEXT_ARGUMENTS(*branch), TEXT_ARGUMENTS(clone->branch));
		return false;
	}
	if (holds_output(clone)) {
		(void)complain(0,
		    "branch %.*s was made from the reconciler's (it holds its status, and no "
		    "countersign.yaml), and what is committed there never counts: "
		    "`git switch %.*s` first",
		    TEXT_ARGUMENTS(*branch), TEXT_ARGUMENTS(clone->branch));
		return false;
	}
	return true;
}

/* A path for git, whatever folder we are in. */
static const char *
from_top(struct arena *arena, struct text path)
{
	return text_string(arena, text_printf(arena, ":(top,literal)%.*s", TEXT_ARGUMENTS(path)));
}

static bool
add_paths(struct clone *clone, const struct texts *paths)
{
	const char *arguments[PATHS_MOST + 4] = { "git", "add", "--" };
	size_t count = 3;

	for (size_t i = 0; i < paths->count && i < PATHS_MOST; i++)
		arguments[count++] = from_top(clone->arena, paths->at[i]);
	return paths->count == 0 || git_do(clone->arena, nothing, NULL, arguments);
}

bool
signing_commit(struct clone *clone, const struct commit_order *order, struct text *id)
{
	const char *arguments[PATHS_MOST + 10] = { "git", "commit", "--quiet", "--only",
		"--cleanup=whitespace", "--file=-" };
	size_t count = 6;

	if (order->is_signed)
		arguments[count++] = "--gpg-sign";
	if (order->paths.count == 0)
		arguments[count++] = "--allow-empty";
	else
		arguments[count++] = "--";
	for (size_t i = 0; i < order->paths.count && i < PATHS_MOST; i++)
		arguments[count++] = from_top(clone->arena, order->paths.at[i]);
	if (!add_paths(clone, &order->paths) ||
	    !git_do(clone->arena, order->message, NULL, arguments)) {
		(void)complain(0,
		    "git could not make the %scommit, what it said stands above; nothing was "
		    "committed",
		    order->is_signed ? "signed " : "");
		for (size_t i = 0; i < order->paths.count; i++)
			advise("%.*s stays in the work tree", TEXT_ARGUMENTS(order->paths.at[i]));
		return false;
	}
	return git_ask(clone->arena, id, GIT("rev-parse", "HEAD"));
}

struct text
signing_random(struct arena *arena)
{
	char bytes[RANDOM_BYTES];

	while (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		continue;
	return hex_encode(arena, (struct text){ bytes, sizeof(bytes) });
}

static bool
push(struct clone *clone, struct text commit, struct text ref)
{
	struct text refspec = text_printf(clone->arena, "%.*s:%.*s", TEXT_ARGUMENTS(commit),
	    TEXT_ARGUMENTS(ref));

	if (git_do(clone->arena, nothing, NULL, GIT("push", "--quiet", "--",
	    text_string(clone->arena, clone->remote), text_string(clone->arena, refspec))))
		return true;
	(void)complain(0,
	    "the push failed, what git said stands above; the signed commit is here, and "
	    "this sends it: git push %.*s %.*s",
	    TEXT_ARGUMENTS(clone->remote), TEXT_ARGUMENTS(refspec));
	return false;
}

bool
signing_envelope(struct clone *clone, struct text message, struct text *id)
{
	struct text tree;

	if (git_do(clone->arena, TEXT(""), &tree, GIT("mktree")) &&
	    git_do(clone->arena, message, id,
		GIT("commit-tree", "--gpg-sign", "-F", "-", text_string(clone->arena, tree))))
		return true;
	(void)complain(0,
	    "git could not make the signed commit, what it said stands above; nothing was "
	    "sent");
	return false;
}

bool
signing_deliver(struct clone *clone, struct text id, struct text person, struct text *branch)
{
	struct text ref, why;

	*branch = text_printf(clone->arena, "countersign/inbox/%.*s-%.*s", TEXT_ARGUMENTS(person),
	    TEXT_ARGUMENTS(signing_random(clone->arena)));
	ref = text_printf(clone->arena, "refs/heads/%.*s", TEXT_ARGUMENTS(*branch));
	if (text_present(clone->remote))
		return push(clone, id, ref);
	if (store_ref_move(clone->store, ref.at, nothing, id, &why, clone->arena) == REF_MOVED)
		return true;
	(void)complain(0, "%.*s could not be made: %.*s", TEXT_ARGUMENTS(ref), TEXT_ARGUMENTS(why));
	return false;
}

bool
signing_send(struct clone *clone, struct text message, struct text person, struct text *branch)
{
	struct text id;

	return signing_envelope(clone, message, &id) && signing_deliver(clone, id, person, branch);
}

void
signing_read_back(struct clone *clone, struct text commit, struct evidence *out)
{
	struct sighting sighting = { .configuration = &clone->configuration,
		.observed_at = clone->now, .source = SOURCE_COMMIT, .where = commit };
	struct text raw;

	*out = (struct evidence){ 0 };
	if (store_object(clone->store, clone->arena, commit, "commit", SIZE_MAX, &raw))
		evidence_from_commit(clone->arena, &sighting, raw, out);
}

int
signing_spoilt(struct text commit, const struct evidence *evidence, const char *what)
{
	for (size_t i = 0; i < evidence->ignored.count; i++)
		advise("%.*s", TEXT_ARGUMENTS(evidence->ignored.at[i].why));
	return complain(EXIT_TROUBLE, "commit %.*s was made, but does not carry %s; does a hook change "
	    "messages here?", TEXT_ARGUMENTS(commit_short(commit)), what);
}

/* A public key for ssh-keygen -f, which then asks the agent for the private one. */
static bool
write_public_key(struct text line, char *path)
{
	int descriptor = mkstemp(path);
	bool good;

	if (descriptor < 0)
		return false;
	good = dprintf(descriptor, "%.*s\n", TEXT_ARGUMENTS(line)) > 0;
	return close(descriptor) == 0 && good;
}

static bool
run_ssh_keygen(struct arena *arena, const char *key_file, struct text bytes, struct text *armour)
{
	const char *const arguments[] = { "ssh-keygen", "-q", "-Y", "sign", "-n", "countersign",
		"-f", key_file, NULL };

	return signing_by_program(arena, arguments, bytes, armour);
}

static bool
sign_with_ssh(struct arena *arena, const struct signing_key *key, struct text bytes,
    struct text *armour)
{
	const char *folder = getenv("TMPDIR");
	char *path = arena_printf(arena, "%s/countersign-key-XXXXXX",
	    folder == NULL || folder[0] == '\0' ? "/tmp" : folder);
	bool good;

	if (text_present(key->file))
		return run_ssh_keygen(arena, text_string(arena, key->file), bytes, armour);
	good = write_public_key(key->line, path) && run_ssh_keygen(arena, path, bytes, armour);
	(void)unlink(path);
	return good;
}

/* Whether a signature will count; of a key that nobody holds now only that it may be one over the bytes. */
static bool
is_good(struct clone *clone, const struct signing_key *key, const struct signed_text *signed_text)
{
	struct sighting sighting = { .configuration = &clone->configuration,
		.observed_at = clone->now };
	struct signer signer = signer_judge(clone->arena, &sighting, signed_text);
	bool must_count = key->identity != NULL && key->valid_now;

	if (signer.identity != NULL ? key->identity == NULL ||
	    text_equal(signer.identity->name, key->identity->name) :
	    !must_count && text_present(signer.key) && !signer.mismatch)
		return true;
	advise("%.*s", TEXT_ARGUMENTS(signer.why));
	return false;
}

bool
signing_bytes(struct clone *clone, const struct signing_key *key, struct text bytes,
    struct text *armour)
{
	const char *program = key->form == SIGNING_SSH ? "ssh-keygen" : key->program;
	struct signed_text signed_text = { .message = bytes, .name_space = "countersign" };

	if (key->form == SIGNING_SSH ? !sign_with_ssh(clone->arena, key, bytes, armour) :
	    !signing_gnupg_bytes(clone->arena, key, bytes, armour)) {
		(void)complain(0,
		    "%s could not sign with %.*s, what it said stands above; nothing "
		    "was written",
		    program, TEXT_ARGUMENTS(key->fingerprint));
		return false;
	}
	signed_text.armour = *armour;
	if (is_good(clone, key, &signed_text))
		return true;
	(void)complain(0, "what %s signed does not count for %.*s; nothing was written", program,
	    TEXT_ARGUMENTS(key->fingerprint));
	return false;
}

/* A folder that a checked-out symbolic link leads elsewhere is not written to. */
static bool
is_inside(struct clone *clone, const char *folder)
{
	char *real = realpath(folder, NULL),
	     *top = realpath(text_string(clone->arena, clone->top), NULL);
	bool inside = real != NULL && top != NULL && strncmp(real, top, strlen(top)) == 0 &&
	    (real[strlen(top)] == '/' || real[strlen(top)] == '\0');

	free(real);
	free(top);
	return inside;
}

bool
signing_write(struct clone *clone, struct text path, struct text content, bool replace)
{
	struct text whole = text_printf(clone->arena, "%.*s/%.*s", TEXT_ARGUMENTS(clone->top),
	    TEXT_ARGUMENTS(path));
	char *file = text_string(clone->arena, whole), *folder = text_string(clone->arena, whole);
	struct stat found;

	*strrchr(folder, '/') = '\0';
	if (!replace && lstat(file, &found) == 0) {
		(void)complain(0, "%.*s exists already", TEXT_ARGUMENTS(path));
		return false;
	}
	if (file_make_folders(folder, 0777) && !is_inside(clone, folder)) {
		(void)complain(0,
		    "%.*s leads out of the work tree by a symbolic link; nothing was written",
		    TEXT_ARGUMENTS(path));
		return false;
	}
	if (file_write_durable(file, content, 0644))
		return true;
	(void)complain(0, "%.*s could not be written: %s", TEXT_ARGUMENTS(path), strerror(errno));
	return false;
}
