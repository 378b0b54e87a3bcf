#ifndef COUNTERSIGN_ISSUE_SIGNER_H
#define COUNTERSIGN_ISSUE_SIGNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/moment.h"
#include "base/text.h"
#include "issue/ledger_position.h"
#include "model/authority.h"
#include "model/local.h"
#include "model/plan.h"

/*
 * How the reconciler gets certificates: it asks the keeper, a process of its
 * own that alone has the CA keys, by way of the checker, which sees the evidence first, over a
 * socket. Texts in, texts out.
 */
struct signer;

/*
 * Takes over the descriptor, a stream to a keeper, and waits for the keeper to
 * say that it has its keys and its ledger. False with `why`, which is the keeper's own where it
 * has one. The caller frees with signer_close().
 */
bool signer_open(int descriptor, struct arena *arena, struct signer **out, struct text *why);
void signer_close(struct signer *signer);

/*
 * Whether the keeper has gone, or has not answered in time: then nothing that it was asked
 * came to anything known, all answers are failures, and only a new process helps.
 */
bool signer_lost(const struct signer *signer);

/* What a certificate is signed for: an object of the repository. */
struct evidence_object {
	const char *type;       /* "commit", "tree", "blob" */
	struct text content;
	uint64_t large_bytes;   /* in place of content, how many there are: evidence_source.read_pieces gives them */
};

ARRAY(evidence_objects, struct evidence_object);

/*
 * Where the objects that the checker asks for are had from: `read` gives that
 * of an id and, if it likes, others that will be asked for next, at most
 * EVIDENCE_ALONG_BYTES of them and EVIDENCE_ALONG_MOST with it; none when it is not to be had.
 */
struct evidence_source {
	void (*read)(void *context, struct arena *arena, struct text id,
	    struct evidence_objects *out);
	/* Gives all bytes of an object, in order; ends, false as well, when `take` gives false. */
	bool (*read_pieces)(void *context, struct text id,
	    bool (*take)(void *to, struct text piece), void *to);
	void *context;
};
enum { EVIDENCE_ALONG_BYTES = 1024 * 1024, EVIDENCE_ALONG_MOST = 1024 };

void signer_use_evidence(struct signer *signer, const struct evidence_source *source);

enum show_result {
	SHOW_FAILED,    /* it could not be followed, for now; the zero value */
	SHOW_REFUSED,   /* something is not as it must be: nothing more is vouched for */
	SHOW_FOLLOWED
};

/*
 * Shows an output commit to the checker, which follows the branch to it, deciding all of it again
 * from the objects themselves. Orders are vouched for on the ground of the commit
 * followed last. `remark` is what there is to say: why not, or what an operator should know; "" for nothing.
 */
enum show_result signer_show(struct arena *arena, struct signer *signer, struct text output,
    struct text *remark);

/*
 * The same in two halves: whoever shows can do something else while the commit is judged, only
 * ask nothing. `along` are objects that will be wanted, at most EVIDENCE_ALONG_BYTES and
 * EVIDENCE_ALONG_MOST of them. Each beginning has its end.
 */
void signer_show_begin(struct arena *arena, struct signer *signer, struct text output,
    const struct evidence_objects *along);
enum show_result signer_show_end(struct arena *arena, struct signer *signer, struct text *remark);

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
	bool below_chain;        /* whether the order's chain leads to it, and stands there */
	struct text sha256;      /* hex, of the DER */
	struct text issuer;      /* RFC 4514 */
	int64_t ledger_number;   /* of the entry that holds the certificate */
	struct text ledger_hash; /* hex */
};

/*
 * Signs exactly what plan and intent say: TBSCertificate built as structures,
 * linted under a throw-away key before, verified with the CA's public key
 * after, entered in the ledger and synced before it is returned. The same
 * digest and intent give the same bytes for ever, even when a limit or another
 * certificate of the authority would refuse them now (then the chain is left
 * out where it does not lead to them); another TBSCertificate for the digest
 * is refused. `why` is set unless SIGNING_DONE.
 */
enum signing_result signer_issue(struct arena *arena, struct signer *signer,
    const struct signing_order *order, struct signed_certificate *out, struct text *why);

/* Many orders at once: the ledger is synced twice for all of them and not for each. */
ARRAY(signing_orders, struct signing_order);

struct signing_outcome {
	enum signing_result result;
	bool releasable; /* with SIGNING_REFUSED: signer_release() would give the plan up */
	/*
	 * With SIGNING_REFUSED, where it is present: by this decision the ledger has a certificate of
	 * the plan; asked by it, the signer gives that out. Digest, serial number and validity.
	 */
	struct intent signed_by;
	struct signed_certificate certificate; /* with SIGNING_DONE */
	struct text why;                       /* otherwise */
};

/* The same as signer_issue() for each order; fills orders->count outcomes, in the same order. */
void signer_issue_all(struct arena *arena, struct signer *signer,
    const struct signing_orders *orders, struct signing_outcome *outcomes);

enum release_result {
	RELEASE_FAILED,  /* may be tried again; the zero value */
	RELEASE_REFUSED, /* the ledger has its certificate, or there is no key for its authority */
	RELEASE_DONE
};

/*
 * Gives a plan up for ever: after RELEASE_DONE, which is durable, nothing is
 * ever signed for its digest, whoever asks with whatever intent. `plan` is the
 * canonical text. Only the signer that could have signed it can say so. `why`
 * is set unless RELEASE_DONE.
 */
enum release_result signer_release(struct arena *arena, struct signer *signer, struct text plan,
    struct text *why);

/* What the ledger is, compared with what others know of it. */
struct ledger_view {
	struct ledger_position newest; /* number 0: the ledger is empty */
	bool *has; /* for each position asked about: whether the ledger has it, or has entered its loss */
};

/* Fills out->has with asked->count answers. False with `why`. */
bool signer_ledger_view(struct arena *arena, struct signer *signer,
    const struct ledger_positions *asked, struct ledger_view *out, struct text *why);

/*
 * An operator's word that the ledger which had this entry is gone. `plans` are
 * the digests ("sha256:…") of all intents that may stand in it: what it held of
 * them nobody can know, so they are given up, where this ledger has no certificate
 * of them. Durable when true; false with `why`.
 */
bool signer_accept_loss(struct arena *arena, struct signer *signer,
    const struct ledger_position *lost, const struct texts *plans, struct text *why);

/* A random serial number of 19 octets, first one 0x01 to 0x7f, as 38 hex digits. */
struct text serial_number_draw(struct arena *arena);

#endif
