#ifndef COUNTERSIGN_COMMANDS_INTRODUCTION_H
#define COUNTERSIGN_COMMANDS_INTRODUCTION_H

#include "base/arena.h"
#include "base/text.h"

/* Where trust begins: a commit, and the digest of the configuration there. */
struct introduction {
	struct text commit;
	struct text digest;             /* "sha256:…" */
	struct text source;             /* who named it, for people: the option, or git's setting */
	struct text branch;             /* the input branch that the local configuration names; absent: none was read */
};

/* How the commands that begin there are told. */
struct introduction_options {
	struct text given;              /* --introduction COMMIT@sha256:… */
	struct text config;             /* --config FILE: the daemon's local configuration */
};

#define INTRODUCTION_OPTION_ROWS(type) \
	{ "introduction", 0, OPTION_TEXT, offsetof(type, introduction.given), NULL }, \
	{ "config", 0, OPTION_TEXT, offsetof(type, introduction.config), NULL }

#define INTRODUCTION_OPTIONS_USAGE \
	"  --introduction COMMIT@sha256:DIGEST\n" \
	"                      where trust begins, as `countersign init` has shown it (default:\n" \
	"                      git config countersign.introduction)\n" \
	"  --config FILE       take it from a local configuration (countersign.yaml(5))\n"

/*
 * The introduction, from the options or git's settings. Gives OPTIONS_GO_ON, or an
 * exit status after a complaint.
 */
int introduction_find(struct arena *arena, const struct introduction_options *options,
	struct introduction *out);

#endif
