#ifndef COUNTERSIGN_ISSUE_KEEPER_PRIVATE_H
#define COUNTERSIGN_ISSUE_KEEPER_PRIVATE_H

#include "issue/authority_certificate.h"
#include "issue/ledger.h"
#include "issue/private_file.h"
#include "issue/keeper.h"
#include "issue/signing_key.h"

/* What the files of the keeper share, and nobody else sees. */

/* A CA certificate as it was read from an order, and its key to verify with what was signed. */
struct known_certificate {
	struct known_certificate *next;
	struct text pem;       /* as it was given */
	struct text canonical; /* PEM as it is handed out; "" for a root */
	struct authority_certificate certificate;
	EVP_PKEY *handle;
};

/*
 * A key and the certificates that it was used with lately: they seldom change,
 * and reading one costs more than a signature.
 */
struct signing_authority {
	struct signing_key key;
	struct arena *memory; /* of the certificates */
	struct known_certificate *known;
	size_t known_count;
};

ARRAY(signing_authorities, struct signing_authority);

/* Where a token's key is, and its PIN while it is needed. */
struct token_order {
	size_t authority; /* its index */
	struct pkcs11_uri uri;
	struct private_file pin;
};

ARRAY(token_orders, struct token_order);

struct keeper {
	struct arena *own;
	struct signing_authorities authorities;
	struct token_orders token_orders;
	struct tokens *tokens;
	int tried_pins; /* -1: no token needs it */
	int64_t began;  /* its own time, in microseconds, when the machine was started, had it run then */
	struct local_limits limits;
	struct ledger *ledger;
};

/*
 * The keeper's own time: the system's when it was opened, or the newest that its ledger says
 * where that is later, and from then on what the machine has run.
 */
moment keeper_time(const struct keeper *keeper, const struct keeper_clock *clock);

#endif
