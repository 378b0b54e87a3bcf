#include "commands/clone.h"

#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "commands/git.h"
#include "commands/output.h"
#include "reconcile/load.h"
#include "reconcile/pass.h"
#include "repository/history.h"
#include "repository/snapshot.h"
#include "trust/commit.h"
#include "trust/evidence.h"
#include "trust/trailer.h"

enum { TELL_AGE_AFTER_SECONDS = 3600, SHORT_COMMIT_DIGITS = 12 };

/* 1.5 seconds of pauses in all: a fetch holds its locks much shorter than that. */
enum { FETCH_TRIES = 6, FETCH_PAUSE_NANOSECONDS = 50 * 1000 * 1000 };

static const char output_branch[] = "countersign/output";

/* The ids in the folder of `id` that have a status. */
static struct texts
ids_beside(struct clone *clone, struct text id)
{
	static const char top[] = "status/requests/", ending[] = ".yaml";
	struct texts ids = { 0 };
	struct source_files files = { 0 };
	struct reasons reasons = { 0 };
	struct text folder = text_printf(clone->arena, "%s%.*s", top, TEXT_ARGUMENTS(id));

	while (folder.length > 0 && folder.at[folder.length - 1] != '/')
		--folder.length;
	--folder.length;
	if (!text_present(clone->output) || !snapshot_list(clone->store, clone->arena,
	    clone->output, text_string(clone->arena, folder), &files, &reasons))
		return ids;
	for (size_t i = 0; i < files.count; i++) {
		struct text known = text_skip(files.at[i].path, strlen(top));

		if (text_ends_with(known, ending)) {
			known.length -= strlen(ending);
			texts_add(clone->arena, &ids, known);
		}
	}
	return ids;
}

int
request_unknown(struct clone *clone, struct text id)
{
	struct texts known = ids_beside(clone, id);
	struct text nearest = text_nearest(id, &known);
	const char *hint = text_present(clone->remote) ? " (--fetch looks for newer ones)" : "";

	id = output_visible(clone->arena, id);
	if (text_present(nearest))
		return complain(EXIT_NO, "there is no request %.*s here; did you mean %.*s?%s",
		    TEXT_ARGUMENTS(id), TEXT_ARGUMENTS(output_visible(clone->arena, nearest)), hint);
	return complain(EXIT_NO, "there is no request %.*s here; `countersign list --state all` "
	    "lists all that the output branch knows%s", TEXT_ARGUMENTS(id), hint);
}

struct text
commit_short(struct text id)
{
	return text_first(id, SHORT_COMMIT_DIGITS);
}

/* The hex digits of a digest, as the program or a person writes it. */
static struct text
digits(struct text digest)
{
	return text_starts_with(digest, "sha256:") ? text_skip(digest, strlen("sha256:")) : digest;
}

bool
digest_is_enough(struct text given)
{
	struct text hex = digits(given);

	return hex.length >= DIGEST_GIVEN_DIGITS && hex.length <= 2 * SHA256_BYTES &&
	    hex_is_lower(hex, hex.length);
}

bool
digest_is_given(struct text given, struct text digest)
{
	struct text hex = digits(given);

	return digest_is_enough(given) && text_equal(text_first(digits(digest), hex.length), hex);
}

int
request_id_given(struct arena *arena, struct text given, struct text *id)
{
	*id = given;
	if (text_starts_with(*id, "./"))
		*id = text_skip(*id, 2);
	if (text_starts_with(*id, "requests/") && text_ends_with(*id, ".yaml")) {
		*id = text_skip(*id, strlen("requests/"));
		id->length -= strlen(".yaml");
	}
	*id = text_copy(arena, *id);
	if (request_id_valid(*id))
		return OPTIONS_GO_ON;
	return complain(EXIT_USAGE,
	    "\"%.*s\" is no id of a request: letters a to z, digits, '.', '_' and "
	    "'-' in at most 8 folders, as in web/www-example-com",
	    TEXT_ARGUMENTS(output_visible(arena, given)));
}

/* Whether a remote of this name is set up. */
static bool
remote_exists(struct arena *arena, struct text name)
{
	struct text url;

	return git_setting(arena,
	    arena_printf(arena, "remote.%.*s.url", TEXT_ARGUMENTS(name)), NULL, &url);
}

/* The remote of the current branch, else origin, else the only one; absent when there is none. */
static struct text
default_remote(struct arena *arena)
{
	struct text branch, name, all;

	if (git_ask(arena, &branch, GIT("symbolic-ref", "--quiet", "--short", "HEAD")) &&
	    git_setting(arena, arena_printf(arena, "branch.%.*s.remote", TEXT_ARGUMENTS(branch)),
		NULL, &name) &&
	    !text_is(name, ".") && remote_exists(arena, name))
		return name;
	if (remote_exists(arena, TEXT("origin")))
		return TEXT("origin");
	if (git_ask(arena, &all, GIT("remote")) && !text_empty(all) &&
	    text_find(all, '\n') == all.length)
		return all;
	return (struct text){ NULL, 0 };
}

static bool
find_remote(struct clone *clone, const struct clone_options *options)
{
	if (!text_present(options->remote)) {
		clone->remote = default_remote(clone->arena);
		return true;
	}
	clone->remote = options->remote;
	if (remote_exists(clone->arena, options->remote))
		return true;
	(void)complain(0, "there is no remote \"%.*s\" here; `git remote` lists them",
	    TEXT_ARGUMENTS(output_visible(clone->arena, options->remote)));
	return false;
}

/*
 * Two fetches in one clone (somebody waits for two certificates, an editor
 * fetches by itself) may meet at one ref. git then gives up; a moment later it works.
 */
static bool
fetch(struct clone *clone)
{
	struct timespec pause = { .tv_nsec = FETCH_PAUSE_NANOSECONDS };
	struct text errors = { NULL, 0 };
	enum fetch_result result = text_present(clone->remote) ? FETCH_COLLIDED : FETCH_DONE;

	for (int tries = 0; result == FETCH_COLLIDED && tries < FETCH_TRIES; tries++) {
		if (tries > 0)
			(void)nanosleep(&pause, NULL);
		if (tries > 1)
			pause.tv_nsec *= 2;
		result = git_fetch(clone->arena, clone->remote, &errors);
	}
	if (!text_empty(errors))
		advise("%.*s", TEXT_ARGUMENTS(errors));
	if (result != FETCH_DONE)
		(void)complain(0, "`git fetch %.*s` failed; what it said stands above",
		    TEXT_ARGUMENTS(output_visible(clone->arena, clone->remote)));
	return result == FETCH_DONE;
}

/*
 * A branch of the shared repository: as it was fetched, or, where nothing was
 * fetched (the daemon's own repository), the branch itself.
 */
static bool
shared_branch(struct clone *clone, struct text name, struct text *ref, struct text *id)
{
	if (text_present(clone->remote)) {
		*ref = text_printf(clone->arena, "refs/remotes/%.*s/%.*s",
		    TEXT_ARGUMENTS(clone->remote), TEXT_ARGUMENTS(name));
		if (store_ref(clone->store, clone->arena, ref->at, id))
			return true;
	}
	*ref = text_printf(clone->arena, "refs/heads/%.*s", TEXT_ARGUMENTS(name));
	return store_ref(clone->store, clone->arena, ref->at, id);
}

/*
 * The daemon believes only output commits that a reconciler's key signed. A
 * clone cannot know which was accepted last, but it can see a forgery.
 */
static void
check_output_signature(struct clone *clone, struct text raw)
{
	struct text why;

	if (commit_signed_by_keys(clone->arena, raw,
		&clone->configuration.repository.reconciler_keys, &why))
		return;
	advise("warning: %.*s is not signed by a reconciler of this repository (%.*s): "
	    "do not believe what it says", TEXT_ARGUMENTS(clone->output_ref), TEXT_ARGUMENTS(why));
}

static bool
read_output(struct clone *clone)
{
	struct raw_commit commit = { 0 };
	struct text raw, why;

	if (!store_object(clone->store, clone->arena, clone->output, "commit", SIZE_MAX, &raw) ||
	    !raw_commit_parse(clone->arena, raw, &commit, &why)) {
		(void)complain(0, "%.*s cannot be read: run `git fsck`",
		    TEXT_ARGUMENTS(clone->output_ref));
		return false;
	}
	clone->judged = own_trailer(raw, "Countersign-Input");
	if (!hex_is_lower(clone->judged, 40) && !hex_is_lower(clone->judged, 64))
		clone->judged = (struct text){ NULL, 0 };
	if (!configuration_trusted_load(clone->store, clone->arena, clone->output, NULL,
	    &clone->configuration, &why)) {
		(void)complain(0, "the trusted configuration cannot be read from %.*s: %.*s",
		    TEXT_ARGUMENTS(clone->output_ref),
		    TEXT_ARGUMENTS(output_visible(clone->arena, why)));
		return false;
	}
	clone->trusted = true;
	check_output_signature(clone, raw);
	return true;
}

/* Nobody has judged anything yet: the configuration here stands in for a trusted one. */
static bool
read_untrusted(struct clone *clone)
{
	struct configuration_place place = { .previous = configuration_none };
	struct text why;

	place.commit = text_present(clone->input) ? clone->input : clone->head;
	if (!text_present(place.commit)) {
		(void)complain(0,
		    "this repository has no commit yet; `countersign init` makes a new one");
		return false;
	}
	if (!configuration_load(clone->store, clone->arena, &place, NULL, &clone->configuration,
		&why)) {
		(void)complain(0, "the configuration at %.*s cannot be read: %.*s",
		    TEXT_ARGUMENTS(commit_short(place.commit)),
		    TEXT_ARGUMENTS(output_visible(clone->arena, why)));
		return false;
	}
	if (!text_present(clone->configuration.repository.id)) {
		(void)complain(0, "there is no countersign.yaml at %.*s: this is no PKI repository "
		    "(`countersign init` makes one; -C PATH goes to one)",
		    TEXT_ARGUMENTS(commit_short(place.commit)));
		return false;
	}
	advise("note: there is no branch %s here yet, so the configuration of %.*s is shown, which "
	    "nobody has confirmed%s", output_branch, TEXT_ARGUMENTS(commit_short(place.commit)),
	    text_present(clone->remote) ? " (--fetch looks for it)" : "");
	return true;
}

void
clone_take_branch(struct clone *clone, struct text name)
{
	clone->branch = name;
	clone->input = (struct text){ NULL, 0 };
	(void)shared_branch(clone, name, &clone->input_ref, &clone->input);
}

bool
clone_refresh(struct clone *clone, bool with_fetch)
{
	struct clone before = *clone;
	bool good;

	if (with_fetch && !fetch(clone))
		return false;
	clone->output = clone->head = clone->judged = (struct text){ NULL, 0 };
	clone->configuration = (struct configuration){ 0 };
	clone->trusted = false;
	clone->past = NULL;
	clone->now = moment_now();
	clone_take_branch(clone, clone->branch);
	(void)store_resolve(clone->store, clone->arena, "HEAD", &clone->head);
	good = shared_branch(clone, text_of(output_branch), &clone->output_ref, &clone->output);
	if (clone->refs_only)
		good = true;
	else if (good)
		good = read_output(clone);
	else
		good = read_untrusted(clone);
	if (!good)
		*clone = before;
	return good;
}

static int
open_clone(struct arena *arena, const struct clone_options *options, struct clone *clone)
{
	struct text why, top;

	if (!store_open(".", arena, &clone->store, &why))
		return complain(EXIT_TROUBLE, "no git repository here: %.*s (-C PATH goes to one)",
		    TEXT_ARGUMENTS(output_visible(arena, why)));
	if (git_ask(arena, &top, GIT("rev-parse", "--show-toplevel")) && !text_empty(top))
		clone->top = top;
	if (!find_remote(clone, options))
		return EXIT_TROUBLE;
	clone->branch = options->branch;
	if (!text_present(clone->branch) &&
	    !git_setting(arena, "countersign.branch", NULL, &clone->branch))
		clone->branch = TEXT("main");
	if (options->fetch && !text_present(clone->remote))
		advise("note: --fetch: there is no remote here to fetch from (`git remote -v` lists them)");
	return clone_refresh(clone, options->fetch || options->follow) ? OPTIONS_GO_ON : EXIT_TROUBLE;
}

int
clone_open(struct arena *arena, const struct clone_options *options, struct clone *clone)
{
	*clone = (struct clone){ .arena = arena };
	return open_clone(arena, options, clone);
}

int
clone_open_refs(struct arena *arena, const struct clone_options *options, struct clone *clone)
{
	*clone = (struct clone){ .arena = arena, .refs_only = true };
	return open_clone(arena, options, clone);
}

void
clone_close(struct clone *clone)
{
	store_close(clone->store);
	clone->store = NULL;
}

static bool
is_hinted(void *context, const struct history_commit *commit)
{
	(void)context;
	return trailers_hinted(commit->raw);
}

static bool
judge_commit(struct clone *clone, const struct history_commit *commit, struct evidence *out)
{
	struct sighting sighting = { .configuration = &clone->configuration,
		.observed_at = clone->now, .source = SOURCE_COMMIT, .where = commit->id };
	struct arena *scratch = arena_new();
	struct text raw;
	bool read = history_commit_raw(clone->store, scratch, commit, &raw);

	if (read)
		evidence_from_commit(clone->arena, &sighting, raw, out);
	arena_free(scratch);
	return read;
}

bool
clone_evidence(struct clone *clone, struct text base, struct text head, struct evidence *out)
{
	const struct history_range range = { .tip = head, .known = base, .wanted = is_hinted };
	struct history_commits commits = { 0 };
	bool descends;

	if (!history_new(clone->store, clone->arena, &range, &commits, &descends))
		return false;
	for (size_t i = 0; i < commits.count; i++)
		if (commits.at[i].wanted && !judge_commit(clone, &commits.at[i], out))
			return false;
	return true;
}

/* When this clone last heard of its remote; 0 when that cannot be seen. */
static moment
last_fetch(struct clone *clone)
{
	static const char *const names[] = { "FETCH_HEAD", "packed-refs", NULL };
	moment newest = 0;
	struct stat found;
	struct text path;

	for (size_t i = 0; names[i] != NULL; i++)
		if (git_ask(clone->arena, &path, GIT("rev-parse", "--git-path", names[i])) &&
		    stat(text_string(clone->arena, path), &found) == 0 && found.st_mtime > newest)
			newest = found.st_mtime;
	return newest;
}

void
clone_tell_age(struct clone *clone)
{
	moment fetched;

	if (!text_present(clone->remote) || !text_starts_with(clone->output_ref, "refs/remotes/"))
		return;
	fetched = last_fetch(clone);
	if (fetched == 0 || clone->now - fetched <= TELL_AGE_AFTER_SECONDS)
		return;
	advise("note: last fetched %.*s ago; `git fetch`, or --fetch, shows what is new",
	    TEXT_ARGUMENTS(duration_describe(clone->arena, clone->now - fetched)));
}
