#ifndef COUNTERSIGN_REPOSITORY_REMOTE_H
#define COUNTERSIGN_REPOSITORY_REMOTE_H

#include "repository/store.h"

/*
 * A repository elsewhere, reached by stock git as a child that can be killed:
 * libgit2's transports have no time limits, and report a refused ref as moved.
 * What came of it is judged by the object ids that are there afterwards, not
 * by an exit status.
 *
 * Its branches that matter here (the input branch, the inbox, the output
 * branch) are kept in a mirror, a bare repository of this process alone, under
 * the names that they have there: so what reads a repository reads the mirror.
 */
struct remote {
	const char *mirror;             /* path of the mirror; made when it is not there */
	const char *url;                /* https, ssh (also as host:path) or file */
	const char *branch;             /* the input branch: "main" */
	unsigned seconds;               /* the longest that one conversation may take */
};

/* The largest pack that is taken from, or made for, the other side. */
#define REMOTE_PACK_BYTES (UINT64_C(4) * 1024 * 1024 * 1024)

/*
 * Opens the mirror as it is, made when it is not there. The other side is not
 * asked. False with `why`, also for a URL that would never be spoken to. Freed
 * with store_close().
 */
bool remote_open_mirror(const struct remote *remote, struct arena *arena, struct store **out,
	struct text *why);

/*
 * Brings the mirror's branches to what they are at the URL; those that are gone
 * there go here. True when the input and the output branch are as they were at
 * the URL, even where a branch of the inbox could not be had. False with `why`.
 */
bool remote_fetch(const struct remote *remote, struct arena *arena, struct text *why);

/*
 * Compare-and-swap at the URL, as store_ref_move(): `id` and what it needs is in
 * the mirror. REF_MOVED when the URL shows the new id afterwards, REF_LOST when
 * it shows another than both, REF_FAILED with `why` when nothing changed or
 * nobody can tell. The mirror's own ref is not touched.
 */
enum ref_result remote_push(const struct remote *remote, const char *ref, struct text expected,
	struct text id, struct text *why, struct arena *arena);

#endif
