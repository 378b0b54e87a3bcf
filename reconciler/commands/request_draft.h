#ifndef COUNTERSIGN_COMMANDS_REQUEST_DRAFT_H
#define COUNTERSIGN_COMMANDS_REQUEST_DRAFT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/moment.h"
#include "base/text.h"
#include "commands/clone.h"

/* What a person says of a new request on the command line. */
struct request_draft {
	struct text profile;
	struct text requester;          /* --requester; then who it is */
	struct text justification;
	struct text csr_file;           /* "-": standard input */
	struct text new_key_file;
	struct text key_algorithm;
	struct texts subject;           /* "O=Example Inc" */
	struct text common_name;
	struct texts dns;
	struct texts ip;
	struct texts email;
	struct texts uri;
	struct texts upn;
	struct texts key_usages;
	struct texts extended_key_usages;
	bool ca;
	struct text path_length;
	duration ttl;
	moment not_before;
};

/*
 * The text of requests/ID.yaml for it; `new_key` is the PEM private key that
 * was made for --new-key, not written anywhere yet (absent otherwise). Gives
 * OPTIONS_GO_ON, or an exit status after a complaint.
 */
int request_draft_write(struct clone *clone, const struct request_draft *draft, struct text id,
	struct text *content, struct text *new_key);

/*
 * Whether a new private key may be written there: not inside the work tree or
 * the git folder, in a folder that exists, where nothing is yet. Gives
 * OPTIONS_GO_ON, or an exit status after a complaint.
 */
int request_key_check(struct clone *clone, struct text file);

/* Writes the private key, mode 0600, never over something. False after a complaint. */
bool request_key_write(struct clone *clone, struct text file, struct text key);

#endif
