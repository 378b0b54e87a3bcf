/*
 * Whose version of a request's file is in force, and what comes next by itself.
 */
#include "evaluate/evaluate.h"

#include "evaluate/planning.h"

/* Whether the id belongs to its requester: it is open, or there is a certificate. */
static bool
is_claimed(const struct request_record *record)
{
	return record->claimed &&
	       (!request_state_ended(record->state) || record->certificate.present);
}

static struct text
check_requester(struct arena *arena, const struct request_offer *offer)
{
	const struct request *request = offer->request;
	const struct certificate_profile *profile =
	    configuration_profile(offer->configuration, request->profile);

	if (configuration_identity(offer->configuration, request->requester) == NULL)
		return text_printf(arena,
		    "spec.requester \"%s\" is neither a Person nor a Machine of "
		    "this repository: an administrator adds it under identities/",
		    shown(arena, request->requester));
	/* an unknown profile makes the request Invalid, which its requester then sees */
	if (profile != NULL && profile->requesters.present &&
	    !principals_include(offer->configuration, &profile->requesters, request->requester))
		return text_printf(arena,
		    "spec.requester \"%s\" is not among the requesters of "
		    "CertificateProfile \"%s\": use another profile, or ask an administrator",
		    shown(arena, request->requester), shown(arena, profile->name));
	return (struct text){ NULL, 0 };
}

/* What the signature must say, once more, although trust/ has verified it. */
static struct text
check_signature(struct arena *arena, const struct request_offer *offer)
{
	const struct verified_request_signature *signature = offer->signature;
	const struct request *request = offer->request;

	if (!text_equal(signature->request, request->id) ||
	    !text_equal(signature->sha256, offer->sha256))
		return TEXT(
		    "the signature is over another file or for another request: sign this one");
	if (!text_equal(signature->by, request->requester))
		return text_printf(arena,
		    "it is signed by %s, but spec.requester is \"%s\": only the "
		    "requester signs a request",
		    shown(arena, signature->by), shown(arena, request->requester));
	if (!identity_holds_key(offer->configuration, signature->by, signature->key,
		signature->observed_at))
		return text_printf(arena,
		    "the key %s of %s is not listed, or was not valid when the "
		    "signature was seen: sign with a key that is",
		    shown(arena, signature->key), shown(arena, signature->by));
	if (!text_present(request->repository))
		return TEXT(
		    "spec.repository is missing: a signed request names the repository it is "
		    "for (`countersign request` fills it in)");
	return (struct text){ NULL, 0 };
}

static struct text
check_unsigned(struct arena *arena, const struct request_offer *offer)
{
	const struct request_record *before = offer->before;

	if (offer->configuration->repository.unsigned_requests != UNSIGNED_REQUESTS_ACCEPT)
		return text_printf(arena,
		    "it is not signed by its requester, %s, and this repository "
		    "refuses unsigned requests: commit it with a Countersign-Request trailer and "
		    "`git commit -S`, or add the .sig (`countersign request` does either)",
		    shown(arena, offer->request->requester));
	if (before->version.proof != REQUEST_UNSIGNED)
		return TEXT(
		    "the version in force is signed, and an unsigned one never replaces it: "
		    "the requester must sign this one");
	if (request_state_ended(before->state) && !before->certificate.present)
		return text_printf(arena,
		    "the request has ended (%s), and only a signed version opens "
		    "it again",
		    request_state_name(before->state));
	return (struct text){ NULL, 0 };
}

static struct text
check_history(struct arena *arena, const struct request_offer *offer)
{
	const struct request_record *before = offer->before;
	bool in_force = text_equal(before->version.sha256, offer->sha256);
	/* the requester may sign later what was taken up unsigned */
	bool proves_more = offer->signature != NULL && before->version.proof == REQUEST_UNSIGNED;

	if (is_claimed(before) && !text_equal(before->requester.name, offer->request->requester))
		return text_printf(arena,
		    "the id is %s's, and spec.requester never changes while it "
		    "is: use another id",
		    shown(arena, before->requester.name));
	if (before->intent.present && !request_state_ended(before->state) &&
	    !record_cancellable(before))
		return TEXT("a certificate is being issued from the version before: this one is "
			    "judged when that is done");
	if ((in_force && !proves_more) || texts_contain(&before->version.previous, offer->sha256))
		return TEXT(
		    "this very file was accepted before for this id: to ask again, change it "
		    "(`countersign request --again` stamps it)");
	return (struct text){ NULL, 0 };
}

bool
request_accept(struct arena *arena, const struct request_offer *offer, struct text *why)
{
	struct text id = offer->configuration->repository.id;

	*why = (struct text){ NULL, 0 };
	if (text_present(offer->request->repository) && !text_equal(offer->request->repository, id))
		*why = text_printf(arena,
		    "spec.repository \"%s\" is not the id of this repository, "
		    "\"%s\": the request was written for another one",
		    shown(arena, offer->request->repository), shown(arena, id));
	if (!text_present(*why))
		*why = check_requester(arena, offer);
	if (!text_present(*why))
		*why = offer->signature != NULL ? check_signature(arena, offer)
						: check_unsigned(arena, offer);
	if (!text_present(*why))
		*why = check_history(arena, offer);
	return !text_present(*why);
}

/* The notBefore of a plan's text, 0 for at issuance. */
static moment
planned_start(struct text plan)
{
	struct text line, key;
	moment start = 0;

	while (text_next_line(&plan, &line))
		if (text_starts_with(line, "not-before: ")) {
			(void)text_split(&line, ' ', &key);
			(void)moment_parse(line, &start);
		}
	return start;
}

static moment
earlier(moment a, moment b)
{
	if (a == 0 || b == 0)
		return a + b;
	return a < b ? a : b;
}

moment
request_next_due(const struct request_record *record)
{
	moment due = 0, start;

	if (request_state_ended(record->state))
		return 0;
	if (record->intent.present)
		return record->next_attempt;
	if (record->deadline != 0)
		due = record->deadline + 1;
	start = record->state == STATE_INVALID ? 0 : planned_start(record->plan);
	return earlier(earlier(due, start == 0 ? 0 : start + 1), record->next_attempt);
}

struct texts
request_waiting_for(struct arena *arena, const struct request_record *record)
{
	struct texts names = { 0 };

	for (size_t i = 0; i < record->steps.count; i++) {
		const struct step_status *step = &record->steps.at[i];

		if (record->state != STATE_PENDING_APPROVAL || step->state != STEP_OPEN)
			continue;
		for (size_t j = 0; j < step->waiting_for.count; j++)
			texts_add(arena, &names, step->waiting_for.at[j]);
	}
	texts_sort_unique(&names);
	return names;
}
