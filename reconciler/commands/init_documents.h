#ifndef COUNTERSIGN_COMMANDS_INIT_DOCUMENTS_H
#define COUNTERSIGN_COMMANDS_INIT_DOCUMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/text.h"

/* One of the first administrators. */
struct first_administrator {
	struct text name;               /* of the Person: [a-z0-9._-] */
	struct text display_name;       /* absent allowed */
	struct text email;              /* absent allowed */
	const char *form;               /* "ssh", "openpgp", "x509": the field of the key */
	struct text key;                /* authorized_keys form without its comment, or a whole armour */
	struct text public_key_sha256;  /* hex, of the SubjectPublicKeyInfo */
};

ARRAY(first_administrators, struct first_administrator);

/* What a new PKI repository is made from. */
struct new_repository {
	struct text id;                 /* 32 hex digits */
	struct first_administrators administrators;
	int64_t required;               /* signatures for a change of the configuration */
	bool solo;                      /* one person does everything */
	struct texts domains;           /* canonical DNS names, at least one */
	struct text organization;
	struct text reconciler_key;     /* authorized_keys form */
	struct text issuing_certificate;/* PEM */
	struct text root_certificate;   /* PEM */
};

/* A file of the first commit. */
struct new_file {
	struct text path;
	struct text content;
};

ARRAY(new_files, struct new_file);

/*
 * The files of a new repository's first commit: a configuration that is free
 * of errors, README.md and .gitattributes. In the arena.
 */
struct new_files new_repository_files(struct arena *arena, const struct new_repository *order);

#endif
