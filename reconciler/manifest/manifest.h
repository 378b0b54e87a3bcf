#ifndef COUNTERSIGN_MANIFEST_MANIFEST_H
#define COUNTERSIGN_MANIFEST_MANIFEST_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/reason.h"
#include "base/text.h"

/* The kinds of document (FORMAT section 2), and what the reconciler writes. */
enum kind {
	KIND_NONE,
	/* written by people: the configuration */
	KIND_REPOSITORY,            /* struct repository */
	KIND_PERSON,                /* struct identity */
	KIND_MACHINE,               /* struct identity */
	KIND_GROUP,                 /* struct group */
	KIND_CERTIFICATE_AUTHORITY, /* struct certificate_authority */
	KIND_CERTIFICATE_POLICY,    /* struct certificate_policy */
	KIND_CERTIFICATE_PROFILE,   /* struct certificate_profile */
	KIND_APPROVAL_POLICY,       /* struct approval_policy */
	KIND_NOTIFIER,              /* struct notifier */
	/* written by people: the work */
	KIND_CERTIFICATE_REQUEST, /* struct request */
	KIND_APPROVAL,            /* struct approval */
	KIND_REVOCATION,          /* struct revocation */
	/* local */
	KIND_RECONCILER_CONFIGURATION, /* struct local_configuration */
	/* written by the reconciler */
	KIND_CERTIFICATE_REQUEST_STATUS, /* struct request_record: status/requests/ID.yaml */
	KIND_PENDING_REQUEST,            /* struct request_record: pending/ID.yaml */
	KIND_CONFIGURATION_STATUS,       /* struct configuration_status */
	KIND_SUMMARY,                    /* struct summary_status */
	KIND_LATEST_CERTIFICATES,        /* struct latest_certificates */
	KINDS
};

/* "CertificateRequest"; KIND_NONE for an unknown name. */
const char *kind_name(enum kind kind);
enum kind kind_parse(struct text name);

/*
 * Which kinds a path of the input branch may hold (FORMAT section 1): sets
 * `kinds` (ends with KIND_NONE, at most 4) and gives true when the path lies in
 * one of the folders and ends in .yaml; false for everything else.
 */
bool kinds_of_path(struct text path, enum kind kinds[5]);

/* A decoded document: exactly one object, by kind, in the arena. */
struct manifest {
	enum kind kind;
	bool foreign;     /* another apiVersion: left alone, with a warning */
	struct text name; /* metadata.name */
	void *object;     /* the struct named beside the kind; NULL when errors were found */
};

/* The largest document that is read: of people; of the reconciler, at its own paths. */
enum { MANIFEST_BYTES = 256 * 1024, MANIFEST_WRITTEN_BYTES = 16 * 1024 * 1024 };

/*
 * Decodes one document of at most MANIFEST_BYTES. `path` is for messages, for the
 * rule that metadata.name is the file's base name, and for ids. Gives true when
 * there was no error; all problems found are added to `reasons`, with
 * positions. Never fails on anything but content.
 */
bool manifest_decode(struct arena *arena, struct text path, struct text content,
    struct manifest *out, struct reasons *reasons);

/*
 * The canonical text of an object of a kind: stable order, LF, quoted where
 * needed; decodes back to the same object.
 */
struct text manifest_write(struct arena *arena, enum kind kind, const void *object);

/* The same object as JSON (for -o json), one canonical form, LF at the end. */
struct text manifest_write_json(struct arena *arena, enum kind kind, const void *object);

/* The JSON Schema (2020-12) of a kind, from the same field table. */
struct text manifest_schema(struct arena *arena, enum kind kind);

/* The reference of a kind in mdoc, from the same field table, for countersign-repository(5). */
struct text manifest_reference(struct arena *arena, enum kind kind);

#endif
