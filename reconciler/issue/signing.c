/*
 * How an order becomes a certificate: it is read, judged, built and linted, its
 * intent is entered in the ledger, it is signed, the certificate is entered.
 * The ledger is synced twice, however many orders there are.
 */
#include <errno.h>
#include <string.h>

#include "base/digest.h"
#include "issue/certificate.h"
#include "issue/issued_certificate.h"
#include "issue/keeper_private.h"
#include "issue/key_checks.h"
#include "issue/lint.h"
#include "issue/order.h"
#include "model/plan_text.h"

enum { CERTIFICATES_KEPT = 8, TBS_MOST_BYTES = 64 * 1024, HOUR_SECONDS = 3600 };

/* One order on its way through the keeper. */
struct signing {
	struct arena *arena;
	struct keeper *keeper;
	const struct keeper_clock *clock;
	const struct signing_order *order;
	struct signing_authority *authority;
	const struct known_certificate *issuer;
	struct plan plan;
	struct public_key key;
	struct certificate_content content;
	struct text tbs;
	struct text tbs_sha256;
	struct ledger_entry entry;
	enum signing_result result;
	struct text why;
	bool releasable;      /* refused, and the ledger has nothing of the plan */
	struct intent signed_by; /* refused, and by this intent the ledger has a certificate of it */
	struct text recalled; /* the issuer of a certificate that only the ledger knows; else absent */
	bool intended_before; /* the intent was in the ledger already */
	bool unfinished;      /* the intent is entered, the certificate not yet */
};

static bool
refuse(struct signing *signing, struct text why)
{
	signing->why = why;
	return false;
}

static bool
find_authority(struct signing *signing)
{
	struct signing_authorities *authorities = &signing->keeper->authorities;

	for (size_t i = 0; i < authorities->count; i++) {
		if (text_equal(authorities->at[i].key.name, signing->plan.authority)) {
			signing->authority = &authorities->at[i];
			return true;
		}
	}
	return refuse(signing, text_printf(signing->arena,
				   "there is no key for the authority %.*s "
				   "here",
				   TEXT_ARGUMENTS(signing->plan.authority)));
}

static void
fail(struct signing *signing, const char *what)
{
	signing->why = text_printf(signing->arena, "%s: %s", what, strerror(errno));
	signing->result = SIGNING_FAILED;
}

/* Before the first order is read, so that nothing that is in use goes away. */
static void
forget_certificates(struct keeper *keeper)
{
	for (size_t i = 0; i < keeper->authorities.count; i++) {
		struct signing_authority *authority = &keeper->authorities.at[i];

		if (authority->known_count < CERTIFICATES_KEPT)
			continue;
		for (struct known_certificate *known = authority->known; known != NULL;
		     known = known->next)
			EVP_PKEY_free(known->handle);
		arena_free(authority->memory);
		authority->memory = arena_new();
		authority->known = NULL;
		authority->known_count = 0;
	}
}

/* Reads a certificate that is not known yet; it must be for the key that is here. */
static bool
read_issuer(struct signing *signing, struct known_certificate *known)
{
	struct signing_authority *authority = signing->authority;
	struct arena *memory = authority->memory;
	struct text why;

	known->pem = text_copy(memory, signing->order->authority_certificate);
	if (!authority_certificate_read(memory, known->pem, &known->certificate, &why))
		return refuse(signing,
		    text_printf(signing->arena, "the authority's certificate: %.*s",
			TEXT_ARGUMENTS(why)));
	if (!text_equal(known->certificate.key.whole, authority->key.public_key.whole))
		return refuse(signing,
		    TEXT("the key here is not the one of the authority's certificate"));
	known->handle = public_key_handle(&known->certificate.key);
	if (known->handle == NULL)
		return refuse(signing,
		    TEXT("the key of the authority's certificate is not a good one"));
	known->canonical = authority_certificate_handed_out(memory, &known->certificate);
	return true;
}

static bool
find_issuer(struct signing *signing)
{
	struct signing_authority *authority = signing->authority;
	struct known_certificate *known = authority->known;

	while (known != NULL && !text_equal(known->pem, signing->order->authority_certificate))
		known = known->next;
	if (known == NULL) {
		/* Counted even when it is refused: it has taken memory. */
		authority->known_count++;
		known = ARENA_NEW(authority->memory, struct known_certificate);
		if (!read_issuer(signing, known))
			return false;
		known->next = authority->known;
		authority->known = known;
	}
	signing->issuer = known;
	return true;
}

static bool
read_order(struct signing *signing)
{
	const struct signing_order *order = signing->order;
	struct arena *arena = signing->arena;
	struct objection objection;

	if (!plan_parse(arena, order->plan, &signing->plan, &signing->why) ||
	    !find_authority(signing) || !find_issuer(signing))
		return false;
	if (!text_equal(signing->issuer->certificate.sha256,
		signing->plan.authority_certificate_sha256))
		return refuse(signing,
		    TEXT("the authority's certificate is not the one that the plan "
			 "names"));
	if (!text_equal(digest_sha256_hex(arena, order->public_key),
		signing->plan.public_key_sha256))
		return refuse(signing, TEXT("the public key is not the one that the plan names"));
	if (!public_key_read(arena, order->public_key, &signing->key, &objection) ||
	    !key_check(&signing->key, &objection))
		return refuse(signing, objection.why);
	return public_key_usable(&signing->key) ||
	       refuse(signing, TEXT("the public key is not a point on its curve"));
}

static bool
check_order(struct signing *signing)
{
	const struct authority_certificate *certificate = &signing->issuer->certificate;
	const struct intent *intent = &signing->order->intent;
	struct arena *arena = signing->arena;

	return order_check_intent(arena, &signing->plan, intent, certificate, &signing->why) &&
	       order_check_limits(arena, &signing->plan, &signing->keeper->limits, &signing->why) &&
	       order_check_plan(arena, &signing->plan, &signing->key, certificate, &signing->why) &&
	       order_content(arena, &signing->plan, intent, &signing->key, &signing->content,
		   &signing->why);
}

static bool
build(struct signing *signing)
{
	const struct authority_certificate *certificate = &signing->issuer->certificate;

	signing->content.issuer = certificate->subject;
	signing->content.authority_key_identifier = certificate->key_identifier;
	signing->tbs = tbs_certificate_write(signing->arena, &signing->content);
	if (!text_present(signing->tbs))
		return refuse(signing, TEXT("an alternative name cannot be written"));
	if (signing->tbs.length > TBS_MOST_BYTES)
		return refuse(signing, TEXT("the certificate would be longer than 64 KiB"));
	signing->tbs_sha256 = digest_sha256_hex(signing->arena, signing->tbs);
	return true;
}

/* The whole certificate is judged before the CA's key touches it. */
static bool
lint(struct signing *signing)
{
	const struct authority_certificate *issuer = &signing->issuer->certificate;
	struct lint_expectation expected = { &signing->plan, &signing->order->intent, &signing->key,
		issuer };
	struct text stand_in = signing_key_stand_in(signing->keeper->own, &signing->authority->key,
	    signing->content.algorithm);
	struct text whole, problem;

	if (!text_present(stand_in))
		return refuse(signing, TEXT("a throw-away key cannot be made"));
	whole = certificate_assemble(signing->arena, signing->tbs, signing->content.algorithm,
	    stand_in);
	if (!certificate_lint(signing->arena, whole, &expected, &problem))
		return refuse(signing, text_printf(signing->arena,
					   "the certificate as it was built fails its lint: %.*s",
					   TEXT_ARGUMENTS(problem)));
	return authority_permits_names(signing->arena, issuer, whole, &signing->why);
}

static struct text
sign(struct signing *signing)
{
	enum signature_algorithm algorithm = signing->content.algorithm;
	struct text signature = signing_key_sign(signing->arena, &signing->authority->key,
	    algorithm, signing->tbs);

	if (!text_present(signature) || !signature_algorithm_verify(signing->issuer->handle,
					    algorithm, signing->tbs, signature)) {
		signing->why = TEXT("the signature does not verify with the CA's public key");
		return (struct text){ NULL, 0 };
	}
	return certificate_assemble(signing->arena, signing->tbs, algorithm, signature);
}

/* The plan has a certificate, by another decision than the one that was sent. */
static void
name_intent(struct signing *signing)
{
	if (text_present(signing->entry.certificate) &&
	    issued_certificate_intent(signing->arena, signing->entry.certificate, &signing->signed_by))
		signing->signed_by.digest = signing->plan.digest;
}

/* Whether no certificate of the plan was ever given out: it is not in the ledger, which can be read. */
static bool
is_releasable(const struct ledger_entry *entry)
{
	return entry->number != 0 && !text_present(entry->certificate);
}

/*
 * An order that is refused: what the ledger says of its plan all the same. A
 * certificate that was signed is given out, whatever has become of limits and
 * authority since: there will never be another one for this plan.
 */
static void
recall(struct signing *signing)
{
	const struct intent *intent = &signing->order->intent;
	struct ledger_entry *entry = &signing->entry;
	struct text issuer;

	if (!text_present(signing->plan.digest) || signing->authority == NULL)
		return;
	if (!ledger_find(signing->keeper->ledger, signing->arena, signing->plan.digest, entry)) {
		signing->releasable = true;
		return;
	}
	signing->releasable = is_releasable(entry);
	if (!text_present(entry->certificate) || !intent->present ||
	    !text_equal(intent->digest, signing->plan.digest))
		return;
	if (!issued_certificate_matches(signing->arena, entry->certificate, intent, &issuer)) {
		name_intent(signing);
		return;
	}
	signing->recalled = issuer;
	signing->result = SIGNING_DONE;
}

/*
 * An intent that the ledger knows was judged when it was new, and may be
 * finished however long the machine was down. One that it does not know is as old as it says:
 * whoever makes up intents cannot reach back to approvals of long ago.
 */
static bool
check_first_sight(struct signing *signing)
{
	const struct local_limits *limits = &signing->keeper->limits;
	moment decided_at = signing->order->intent.decided_at;
	moment now = signing->clock->now / MICROSECONDS_IN_SECOND;

	if (decided_at - now > INTENT_AHEAD_SECONDS) {
		signing->result = SIGNING_FAILED;
		return refuse(signing,
		    TEXT("the decision is in the future by the signer's clock"));
	}
	if (limits->intent_age == 0 || now - decided_at <= limits->intent_age)
		return true;
	signing->releasable = true;
	return refuse(signing, text_printf(signing->arena,
	    "the decision is older than %s (limits.intentAge), and the signer has not seen it before",
	    duration_format(signing->arena, limits->intent_age).at));
}

/* By the ledger: neither a restart nor a clock that is turned makes an hour shorter. */
static bool
check_rate(struct signing *signing)
{
	int64_t per_hour = signing->keeper->limits.per_hour;
	moment begun = per_hour == 0 ? 0 : ledger_begun(signing->keeper->ledger, per_hour - 1);

	if (begun == 0 || keeper_time(signing->keeper, signing->clock) - begun >= HOUR_SECONDS)
		return true;
	signing->result = SIGNING_FAILED;
	return refuse(signing,
	    TEXT("the local limits allow no more certificates in this hour (limits.perHour)"));
}

/* Enters the intent, which is not synced yet. */
static void
enter_intent(struct signing *signing)
{
	struct ledger *ledger = signing->keeper->ledger;
	struct text serial_number = signing->order->intent.serial_number;

	if (ledger_has_serial(ledger, signing->arena, serial_number)) {
		signing->why = TEXT("the serial number was used before");
		signing->releasable = true;
		return;
	}
	if (!check_first_sight(signing) || !check_rate(signing))
		return;
	signing->entry = (struct ledger_entry){ .digest = signing->plan.digest,
		.tbs_sha256 = signing->tbs_sha256,
		.begun = keeper_time(signing->keeper, signing->clock) };
	if (!ledger_write(ledger, signing->arena, &signing->entry, serial_number)) {
		fail(signing, "the intent cannot be entered in the ledger");
		return;
	}
	signing->result = SIGNING_DONE;
	signing->unfinished = true;
}

/*
 * The first half: everything is judged, and the intent stands in the ledger,
 * not synced yet.
 */
static void
prepare(struct signing *signing)
{
	struct ledger_entry *entry = &signing->entry;

	signing->result = SIGNING_REFUSED;
	if (!read_order(signing) || !check_order(signing) || !build(signing) || !lint(signing)) {
		recall(signing);
		return;
	}
	signing->intended_before =
	    ledger_find(signing->keeper->ledger, signing->arena, signing->plan.digest, entry);
	if (!signing->intended_before) {
		enter_intent(signing);
		return;
	}
	if (entry->released) {
		signing->why = TEXT("this plan was given up: nothing is signed for it any more");
		signing->releasable = true;
		return;
	}
	if (entry->number != 0 && !text_equal(entry->tbs_sha256, signing->tbs_sha256)) {
		signing->releasable = is_releasable(entry);
		signing->why = signing->releasable ?
		    TEXT("by another decision a certificate was to be signed for this plan before, "
			 "and that decision is not on the output branch any more") :
		    TEXT("another certificate was signed for this plan before: a plan gives one "
			 "certificate only");
		name_intent(signing);
		return;
	}
	signing->result = SIGNING_DONE;
	signing->unfinished = !text_present(entry->certificate);
}

/* The second half, with the intent synced. */
static void
finish(struct signing *signing)
{
	struct ledger *ledger = signing->keeper->ledger;
	struct ledger_entry *entry = &signing->entry;

	/* The intent was there before: the same plan may stand in these orders twice. */
	if (signing->intended_before &&
	    (!ledger_find(ledger, signing->arena, signing->plan.digest, entry) ||
		text_present(entry->certificate)))
		return;
	entry->certificate = sign(signing);
	if (!text_present(entry->certificate))
		signing->result = SIGNING_FAILED;
	else if (!ledger_write(ledger, signing->arena, entry, signing->order->intent.serial_number))
		fail(signing, "the certificate cannot be entered in the ledger");
}

/* Whether the certificates above it are those of the order still. */
static bool
is_below_issuer(const struct signing *signing)
{
	return !text_present(signing->recalled) ||
	       (signing->issuer != NULL &&
		   issued_certificate_by(signing->entry.certificate, signing->issuer->handle));
}

static void
fill(const struct signing *signing, struct signed_certificate *out)
{
	const struct ledger_entry *entry = &signing->entry;
	bool below_issuer = is_below_issuer(signing);

	*out = (struct signed_certificate){
		.pem = certificate_with_chain(signing->arena, entry->certificate,
		    below_issuer ? signing->issuer->canonical : TEXT(""), (struct text){ NULL, 0 }),
		.below_chain = below_issuer,
		.sha256 = digest_sha256_hex(signing->arena, entry->certificate),
		.issuer = text_present(signing->recalled)
			      ? signing->recalled
			      : text_copy(signing->arena,
				    signing->issuer->certificate.subject_text),
		.ledger_number = entry->number,
		.ledger_hash = entry->hash,
	};
}

/* Nothing that was written counts before this; when it fails, nothing of these orders does. */
static void
sync(struct signing *signings, size_t count)
{
	if (count == 0 || ledger_sync(signings[0].keeper->ledger))
		return;
	for (size_t i = 0; i < count; i++)
		if (signings[i].result == SIGNING_DONE)
			fail(&signings[i], "the ledger cannot be synced");
}

void
keeper_issue_all(struct arena *arena, struct keeper *keeper, const struct signing_orders *orders,
    const struct keeper_clock *clock, struct signing_outcome *outcomes)
{
	size_t count = orders->count;
	struct signing *signings = arena_allocate(arena, count * sizeof(*signings));
	struct text why;

	/* What cannot be read says nothing of what was signed before. */
	if (!ledger_mend(keeper->ledger, arena, &why)) {
		for (size_t i = 0; i < count; i++)
			outcomes[i] = (struct signing_outcome){ .why = why };
		return;
	}
	forget_certificates(keeper);
	for (size_t i = 0; i < count; i++) {
		signings[i].arena = arena;
		signings[i].keeper = keeper;
		signings[i].clock = clock;
		signings[i].order = &orders->at[i];
		prepare(&signings[i]);
	}
	sync(signings, count);
	for (size_t i = 0; i < count; i++)
		if (signings[i].result == SIGNING_DONE && signings[i].unfinished)
			finish(&signings[i]);
	for (size_t i = 0; i < keeper->authorities.count; i++)
		signing_key_rest(&keeper->authorities.at[i].key);
	sync(signings, count);
	for (size_t i = 0; i < count; i++) {
		outcomes[i] = (struct signing_outcome){ .result = signings[i].result,
			.releasable = signings[i].releasable,
			.signed_by = signings[i].signed_by,
			.why = signings[i].result == SIGNING_DONE ? (struct text){ NULL, 0 }
								  : signings[i].why };
		if (signings[i].result == SIGNING_DONE)
			fill(&signings[i], &outcomes[i].certificate);
	}
}
