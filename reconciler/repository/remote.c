#include "repository/remote.h"

#include <string.h>
#include <time.h>

#include "base/encoding.h"
#include "repository/remote_git.h"

/* The names of FORMAT section 1. */
#define OUTPUT_REF "refs/heads/countersign/output"
#define INBOX_REF "refs/heads/countersign/inbox"

/* Fetched one by one, when they cannot be had together: a few each time. */
enum { INBOX_ONE_BY_ONE = 32, ID_DIGITS = 40 };

/* One look at the URL, and the mirror as it is. */
struct fetch {
	const struct remote *remote;
	struct arena *arena;
	struct store *mirror;
	const char *input_ref;
	struct store_refs there;
};

/* ---- what refs there are at the URL ---- */

static bool
parse_listing(struct arena *arena, struct text listing, struct store_refs *out)
{
	struct text line;

	while (text_next_line(&listing, &line)) {
		struct store_ref_entry *entry;

		if (line.length <= ID_DIGITS + 1 || line.at[ID_DIGITS] != '\t' ||
		    !hex_is_lower(text_first(line, ID_DIGITS), ID_DIGITS))
			return false;
		entry = ARRAY_ADD(arena, out);
		entry->id = text_first(line, ID_DIGITS);
		entry->name = text_skip(line, ID_DIGITS + 1);
	}
	return true;
}

static bool
list_refs(const struct remote *remote, struct arena *arena, const char *const *names,
    struct store_refs *out, struct text *why)
{
	const char *arguments[16] = { "ls-remote", "--quiet", "--refs", "--", remote->url };
	struct text listing;
	size_t count = 5;

	for (size_t i = 0; names[i] != NULL; i++)
		arguments[count++] = names[i];
	if (!remote_git(remote, arena, arguments, &listing, why))
		return false;
	if (parse_listing(arena, listing, out))
		return true;
	*why = TEXT("the list of refs at the url cannot be read");
	return false;
}

/* What a listing says of a ref; absent when it is not in it. */
static struct text
listed(const struct store_refs *refs, const char *name)
{
	for (size_t i = 0; i < refs->count; i++)
		if (text_is(refs->at[i].name, name))
			return refs->at[i].id;
	return (struct text){ NULL, 0 };
}

/* A hostile inbox may have more branches than can be listed; the others are wanted all the same. */
static bool
list_all(struct fetch *fetch, struct text *why)
{
	const char *const all[] = { fetch->input_ref, OUTPUT_REF, INBOX_REF, INBOX_REF "/*", NULL };
	const char *const few[] = { fetch->input_ref, OUTPUT_REF, NULL };

	if (list_refs(fetch->remote, fetch->arena, all, &fetch->there, why))
		return true;
	fetch->there.count = 0;
	return list_refs(fetch->remote, fetch->arena, few, &fetch->there, why);
}

/* ---- fetching ---- */

/* The mirror's value of a ref; absent when there is none. */
static struct text
mirrored(struct fetch *fetch, const char *ref)
{
	struct text id = { NULL, 0 };

	(void)store_ref(fetch->mirror, fetch->arena, ref, &id);
	return id;
}

static bool
same(struct text a, struct text b)
{
	return text_present(a) == text_present(b) && text_equal(a, b);
}

static bool
fetch_refspecs(struct fetch *fetch, const char *const *refspecs, struct text *why)
{
	const char *arguments[16] = { "fetch", "--quiet", "--no-tags", "--no-write-fetch-head",
		"--no-auto-maintenance", "--", fetch->remote->url };
	size_t count = 7;

	for (size_t i = 0; refspecs[i] != NULL; i++)
		arguments[count++] = refspecs[i];
	return remote_git(fetch->remote, fetch->arena, arguments, NULL, why);
}

static const char *
refspec(struct fetch *fetch, const char *ref)
{
	return arena_printf(fetch->arena, "+%s:%s", ref, ref);
}

/* A ref that is gone at the URL goes here as well. */
static void
drop(struct fetch *fetch, const char *ref)
{
	struct text unheard;

	(void)store_ref_move(fetch->mirror, ref, mirrored(fetch, ref), (struct text){ NULL, 0 },
	    &unheard, fetch->arena);
}

/* Brings one branch that is needed; an exit status of 0 counts where the branch moved on since it was listed. */
static bool
fetch_branch(struct fetch *fetch, const char *ref, struct text *why)
{
	struct text there = listed(&fetch->there, ref), here = mirrored(fetch, ref);
	const char *const refspecs[] = { refspec(fetch, ref), NULL };

	if (same(there, here))
		return true;
	if (!text_present(there)) {
		drop(fetch, ref);
		return true;
	}
	return fetch_refspecs(fetch, refspecs, why) || same(there, mirrored(fetch, ref));
}

static bool
in_inbox(struct text name)
{
	return text_is(name, INBOX_REF) || text_starts_with(name, INBOX_REF "/");
}

/* Inbox branches that are gone at the URL, also because their names would block others. */
static void
drop_gone(struct fetch *fetch)
{
	struct store_refs here = { .count = 0 };
	struct text unheard;

	if (!store_refs(fetch->mirror, fetch->arena, INBOX_REF, &here, &unheard))
		return;
	for (size_t i = 0; i < here.count; i++) {
		const char *name = text_string(fetch->arena, here.at[i].name);

		if (in_inbox(here.at[i].name) && !text_present(listed(&fetch->there, name)))
			drop(fetch, name);
	}
}

/* The changed ones, each for itself, from another one on each time: none can hide behind bad ones for ever. */
static void
fetch_one_by_one(struct fetch *fetch)
{
	size_t count = fetch->there.count, first = (size_t)time(NULL) % count;
	struct text unheard;
	unsigned fetched = 0;

	for (size_t i = 0; i < count && fetched < INBOX_ONE_BY_ONE; i++) {
		const struct store_ref_entry *entry = &fetch->there.at[(first + i) % count];
		const char *name = text_string(fetch->arena, entry->name);

		if (!in_inbox(entry->name) || same(entry->id, mirrored(fetch, name)))
			continue;
		(void)fetch_branch(fetch, name, &unheard);
		fetched++;
	}
}

static bool
inbox_differs(struct fetch *fetch)
{
	for (size_t i = 0; i < fetch->there.count; i++)
		if (in_inbox(fetch->there.at[i].name) && !same(fetch->there.at[i].id,
		    mirrored(fetch, text_string(fetch->arena, fetch->there.at[i].name))))
			return true;
	return false;
}

static void
fetch_inbox(struct fetch *fetch)
{
	const char *const refspecs[] = { "+" INBOX_REF "/*:" INBOX_REF "/*", NULL };
	struct text unheard;

	drop_gone(fetch);
	if (inbox_differs(fetch) && !fetch_refspecs(fetch, refspecs, &unheard))
		fetch_one_by_one(fetch);
	/* not among those below it: a branch of this name stands in the way of all others */
	(void)fetch_branch(fetch, INBOX_REF, &unheard);
}

bool
remote_open_mirror(const struct remote *remote, struct arena *arena, struct store **out,
    struct text *why)
{
	return remote_url_is_usable(arena, remote->url, why) &&
	    remote_git_init(remote, arena, why) && store_open(remote->mirror, arena, out, why);
}

bool
remote_fetch(const struct remote *remote, struct arena *arena, struct text *why)
{
	struct fetch fetch = { .remote = remote, .arena = arena,
		.input_ref = arena_printf(arena, "refs/heads/%s", remote->branch) };
	const char *const housekeeping[] = { "-c", "gc.auto=6700", "gc", "--auto", "--quiet", NULL };
	struct text unheard;
	bool fetched;

	if (!remote_open_mirror(remote, arena, &fetch.mirror, why))
		return false;
	fetched = list_all(&fetch, why) && fetch_branch(&fetch, fetch.input_ref, why) &&
	    fetch_branch(&fetch, OUTPUT_REF, why);
	if (fetched) {
		fetch_inbox(&fetch);
		/* goes on by itself when there is something to do */
		(void)remote_git(remote, arena, housekeeping, NULL, &unheard);
	}
	store_close(fetch.mirror);
	return fetched;
}

/* ---- pushing ---- */

/* What became of a push, by what the URL shows now. */
static enum ref_result
judge_push(const struct remote *remote, const char *ref, struct text expected, struct text id,
    struct text *why, struct arena *arena)
{
	const char *const names[] = { ref, NULL };
	struct store_refs refs = { .count = 0 };
	struct text unheard, now;

	if (!list_refs(remote, arena, names, &refs, &unheard)) {
		*why = text_printf(arena, "nobody can tell whether %s was moved at the url: %.*s", ref,
		    TEXT_ARGUMENTS(unheard));
		return REF_FAILED;
	}
	now = listed(&refs, ref);
	if (same(now, id))
		return REF_MOVED;
	if (!same(now, expected)) {
		*why = text_printf(arena, "%s was moved by somebody else", ref);
		return REF_LOST;
	}
	return REF_FAILED;
}

/* The line of git push --porcelain that says why a ref was refused. */
static struct text
rejection(struct arena *arena, struct text output)
{
	struct text line;

	while (text_next_line(&output, &line))
		if (text_starts_with(line, "!"))
			return text_printf(arena, " (%.*s)", TEXT_ARGUMENTS(text_visible(arena,
			    text_skip(line, 1 + text_find(text_skip(line, 2), '\t') + 2), 200)));
	return TEXT("");
}

enum ref_result
remote_push(const struct remote *remote, const char *ref, struct text expected, struct text id,
    struct text *why, struct arena *arena)
{
	const char *const arguments[] = { "push", "--porcelain", "--no-verify",
		arena_printf(arena, "--force-with-lease=%s:%.*s", ref, TEXT_ARGUMENTS(expected)), "--",
		remote->url, arena_printf(arena, "%.*s:%s", TEXT_ARGUMENTS(id), ref), NULL };
	struct text output = { NULL, 0 };

	if (!remote_url_is_usable(arena, remote->url, why))
		return REF_FAILED;
	*why = TEXT("the other side took the push and did nothing");
	if (!remote_git(remote, arena, arguments, &output, why))
		*why = text_printf(arena, "%.*s%.*s", TEXT_ARGUMENTS(*why),
		    TEXT_ARGUMENTS(rejection(arena, output)));
	return judge_push(remote, ref, expected, id, why, arena);
}
