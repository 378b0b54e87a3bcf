#ifndef COUNTERSIGN_ISSUE_SIGNER_H
#define COUNTERSIGN_ISSUE_SIGNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/moment.h"
#include "base/text.h"
#include "model/authority.h"
#include "model/local.h"
#include "model/plan.h"

/*
 * The signer: the only code that holds CA keys. A narrow interface, so that it
 * can live in a process of its own: texts in, texts out.
 */
struct signer;

/*
 * Opens the keys and the ledger in `state_directory` (made when absent, its
 * chain verified from the start). False with `why`. The caller frees with
 * signer_close(), which wipes the keys.
 */
bool signer_open(const struct local_configuration *local, struct arena *arena, struct signer **out,
    struct text *why);
void signer_close(struct signer *signer);

/* What is asked for. */
struct signing_order {
	struct text plan;       /* canonical text */
	struct intent intent;   /* durable on the output branch */
	struct text public_key; /* DER SubjectPublicKeyInfo whose SHA-256 the plan names */
	struct text authority_certificate; /* PEM, whose SHA-256 the plan names */
	struct text chain; /* PEM of the intermediates above it, to be appended; absent allowed */
};

enum signing_result {
	SIGNING_FAILED,  /* may be tried again; the zero value */
	SIGNING_REFUSED, /* a local limit or a broken order: final until something changes */
	SIGNING_DONE
};

struct signed_certificate {
	struct text pem;         /* the certificate, then the intermediates */
	struct text sha256;      /* hex, of the DER */
	struct text issuer;      /* RFC 4514 */
	int64_t ledger_number;   /* of the entry that holds the certificate */
	struct text ledger_hash; /* hex */
};

/*
 * Signs exactly what plan and intent say: TBSCertificate built as structures,
 * linted under a throw-away key before, verified with the CA's public key
 * after, entered in the ledger and synced before it is returned. The same
 * digest gives the same bytes for ever; another TBSCertificate for it is
 * refused. `why` is set unless SIGNING_DONE.
 */
enum signing_result signer_issue(struct arena *arena, struct signer *signer,
    const struct signing_order *order, struct signed_certificate *out, struct text *why);

/* Many orders at once: the ledger is synced twice for all of them and not for each. */
ARRAY(signing_orders, struct signing_order);

struct signing_outcome {
	enum signing_result result;
	struct signed_certificate certificate; /* with SIGNING_DONE */
	struct text why;                       /* otherwise */
};

/* The same as signer_issue() for each order; fills orders->count outcomes, in the same order. */
void signer_issue_all(struct arena *arena, struct signer *signer,
    const struct signing_orders *orders, struct signing_outcome *outcomes);

/* A random serial number of 19 octets, first one 0x01 to 0x7f, as 38 hex digits. */
struct text serial_number_draw(struct arena *arena);

#endif
