#ifndef COUNTERSIGN_COMMANDS_CLONE_H
#define COUNTERSIGN_COMMANDS_CLONE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/moment.h"
#include "base/text.h"
#include "commands/options.h"
#include "model/configuration.h"
#include "repository/store.h"
#include "trust/evidence.h"

/* The options that all commands have which look into a clone. */
struct clone_options {
	bool fetch;             /* --fetch */
	bool follow;            /* fetch where there is a remote; without one nothing is said of it */
	struct text remote;     /* --remote NAME */
	struct text branch;     /* --branch NAME: the input branch */
};

/* Their rows, for a struct `type` that holds a struct clone_options `clone`. */
#define CLONE_OPTION_ROWS(type) \
	{ "fetch", 0, OPTION_FLAG, offsetof(type, clone.fetch), NULL }, \
	{ "remote", 0, OPTION_TEXT, offsetof(type, clone.remote), NULL }, \
	{ "branch", 0, OPTION_TEXT, offsetof(type, clone.branch), NULL }

/* And what --help says of them. */
#define CLONE_OPTIONS_USAGE \
	"  --fetch             run `git fetch` first\n" \
	"  --remote NAME       the remote to read and push to (default: the branch's, else origin)\n" \
	"  --branch NAME       the input branch (default: git config countersign.branch, else main)\n" \
	"  -C PATH             as if started in PATH\n"

/* The repository that a person stands in, and what is known there of the reconciler's work. */
struct clone {
	struct arena *arena;
	struct store *store;
	struct text top;                /* the work tree's folder; absent: there is none (bare) */
	struct text remote;             /* absent: this is the repository that the daemon watches */
	struct text branch;             /* of the input: "main" */
	struct text input_ref;          /* where it stands here */
	struct text input;              /* its tip, as far as it was fetched; absent: none */
	struct text head;               /* absent: no commit yet */
	struct text output_ref;         /* where the output branch stands here */
	struct text output;             /* its newest commit; absent: none yet */
	struct text judged;             /* the input commit that it judged; absent: none */
	bool refs_only;                 /* see clone_open_refs() */
	bool trusted;                   /* the configuration below is the trusted one */
	struct configuration configuration;
	moment now;
	struct look_back *past;         /* the input's past, once something was looked for in it; see commands/past.h */
};

/*
 * Finds the repository around the current folder, fetches if asked, finds
 * input, output and trusted configuration. Before a first output the
 * configuration of the input's tip stands in, and that is said on standard
 * error. Gives OPTIONS_GO_ON, or an exit status after a complaint.
 * clone_close() in any case.
 */
int clone_open(struct arena *arena, const struct clone_options *options, struct clone *clone);
void clone_close(struct clone *clone);

/*
 * The same for who judges the output himself: only the refs are read, nothing
 * of what stands there, and clone->configuration stays empty.
 */
int clone_open_refs(struct arena *arena, const struct clone_options *options, struct clone *clone);

/*
 * Fetches, and reads refs, output and configuration anew. False after a
 * complaint; the clone is then as it was.
 */
bool clone_refresh(struct clone *clone, bool fetch);

/* Takes another branch for the input, as far as it was fetched; clone->judged stays. */
void clone_take_branch(struct clone *clone, struct text name);

/*
 * What the signed commits between two commits say, judged as the reconciler
 * would that saw them now. False when the commits cannot be read.
 */
bool clone_evidence(struct clone *clone, struct text base, struct text head,
	struct evidence *out);

/* Says on standard error that what is shown was fetched a while ago, when it was. */
void clone_tell_age(struct clone *clone);

/*
 * A request's id as people give it: also as the path of its file, as shells
 * complete it. Gives OPTIONS_GO_ON with `id`, or an exit status after a
 * complaint about what is no id.
 */
int request_id_given(struct arena *arena, struct text given, struct text *id);

/*
 * Complains that a request is known nowhere here, with the nearest id that the
 * output branch has in the same folder. Gives EXIT_NO.
 */
int request_unknown(struct clone *clone, struct text id);

/*
 * Whether `given` is a digest, or enough of one, as people name what they looked at: with or without
 * "sha256:", DIGEST_GIVEN_DIGITS of its lower-case hex digits or more. Fewer name nothing: whoever
 * may choose what is signed finds two of which the first digits are the same.
 */
bool digest_is_enough(struct text given);

/* Whether `given` is enough, and of this digest. */
bool digest_is_given(struct text given, struct text digest);

enum { DIGEST_GIVEN_DIGITS = 32 };

/* A commit for people: its first 12 digits. */
struct text commit_short(struct text id);

#endif
