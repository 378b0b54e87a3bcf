#ifndef COUNTERSIGN_RECONCILE_LOAD_H
#define COUNTERSIGN_RECONCILE_LOAD_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/reason.h"
#include "manifest/manifest.h"
#include "model/approval.h"
#include "model/configuration.h"
#include "model/overview.h"
#include "model/request.h"
#include "model/status.h"
#include "repository/snapshot.h"
#include "repository/store.h"

/*
 * From git objects to the structures that evaluation takes: the one place
 * where reading, decoding, keys and X.509 meet. The daemon and the commands
 * both read through it, so they cannot judge differently.
 */

/* The folders (and the one file) of the input branch that are the configuration; ends with NULL. */
extern const char *const configuration_folders[];

/* Where a configuration stands in the succession of trusted ones. */
struct configuration_place {
	struct text commit;
	int64_t number;
	struct text previous;               /* "sha256:…"; 64 zeros behind "sha256:" for number 0 */
};

/*
 * Reads, decodes and checks the configuration at a commit: keys resolved,
 * authority facts filled, cross-file rules applied (with `local_authorities`
 * also the one about local keys), digest computed. Everything wrong with it is
 * in out->reasons. False only when the repository cannot be read, with `why`.
 */
bool configuration_load(struct store *store, struct arena *arena,
	const struct configuration_place *place, const struct texts *local_authorities,
	struct configuration *out, struct text *why);

/*
 * The same from files that were read elsewhere, a work tree's for instance:
 * all of the configuration's, contents filled. `place->commit` may be absent.
 */
void configuration_from_files(struct arena *arena, const struct source_files *files,
	const struct configuration_place *place, const struct texts *local_authorities,
	struct configuration *out);

/* "sha256:" and 64 zeros: what the introduction names as previous. */
extern const struct text configuration_none;

/*
 * Reads the daemon's local configuration; NULL with `why`, all that is wrong
 * with it in a sentence.
 */
struct local_configuration *local_configuration_read(struct arena *arena, const char *path,
	struct text *why);

/* Names of the authorities that local configuration gives a key. */
struct local_configuration;
struct texts local_authority_names(struct arena *arena, const struct local_configuration *local);

/*
 * Decodes a request's file and reads its CSR. False with errors in `reasons`,
 * or with no error but a warning for a document of another apiVersion, which
 * is left alone; `out->id` is set in any case.
 */
bool request_decode(struct arena *arena, struct text id, struct text content,
	struct request *out, struct reasons *reasons);

/* "requests/ID.yaml" and back; false for a path that is none. */
struct text request_path(struct arena *arena, struct text id);
bool request_id_of_path(struct text path, struct text *id);

/* An approval's document and the .sig beside it, in a commit's tree; the first two are the caller's. */
struct approval_file {
	struct text commit;
	struct text path;                   /* of the document */
	struct source_file document;
	struct source_file signature;       /* absent content: there is none */
	const struct approval *approval;    /* what the document decodes to */
};

/*
 * Reads and decodes it. False with reasons when it says nothing, and without
 * any when there is no such file.
 */
bool approval_load(struct store *store, struct arena *arena, struct approval_file *file,
	struct reasons *reasons);

/* The documents that changed paths below approvals/ belong to, sorted, each once. */
struct texts approval_documents(struct arena *arena, const struct changes *changes);

/* What is new below approvals/, and what of it is not read. */
struct changed_approvals {
	struct texts documents;             /* paths, sorted */
	struct reasons reasons;
	struct sightings *known;            /* while they are looked for */
};

/*
 * The documents that stand in a commit's tree and are new since another one
 * (absent: all), or whose signature is. What stands there under several paths, the
 * same bytes with the same signature beside them, says nothing more: of these only
 * the first is given, and the first that has the name which the document gives itself,
 * so that the cost is that of what was pushed, and not of how often a tree names it.
 * False when a tree cannot be read.
 */
bool approvals_changed(struct store *store, struct arena *arena, struct text from,
	struct text to, struct changed_approvals *out);

/*
 * The object that one of the reconciler's own files holds at an output commit
 * (absent: there is none yet), decoded; NULL when it is not there or not whole.
 */
void *output_read(struct store *store, struct arena *arena, struct text output_commit,
	struct text path, enum kind kind);

/*
 * What the output branch says of a request at an output commit (absent: there
 * is none yet): pending/ID.yaml if it is open, else status/requests/ID.yaml.
 * False when it says nothing that can be read; see record_stands().
 */
bool record_load(struct store *store, struct arena *arena, struct text output_commit,
	struct text id, struct request_record *out);

/*
 * Whether a record of the request stands there, be it readable or not. Where
 * record_load() gives none all the same, nothing may be decided: what was
 * rejected, withdrawn or issued would be forgotten.
 */
bool record_stands(struct store *store, struct arena *arena, struct text output_commit,
	struct text id);

/* All open requests of an output commit, in the order of their paths (which is not that of ids). */
bool records_open(struct store *store, struct arena *arena, struct text output_commit,
	struct request_records *out, struct text *why);

/* All requests that have a status, open ones included, in the same order: cost grows with the repository. */
bool records_all(struct store *store, struct arena *arena, struct text output_commit,
	struct request_records *out, struct text *why);

/* status/configuration.yaml of an output commit; false when there is none. */
bool configuration_status_load(struct store *store, struct arena *arena,
	struct text output_commit, struct configuration_status *out);

/*
 * The trusted configuration that an output commit names: read at its commit,
 * with its number, and its digest compared. False with `why`.
 */
bool configuration_trusted_load(struct store *store, struct arena *arena,
	struct text output_commit, const struct texts *local_authorities,
	struct configuration *out, struct text *why);

#endif
