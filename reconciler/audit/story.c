/*
 * What happened to one request, told for an auditor from what was audited:
 * who signed what, with which key, where the signed bytes are, and when the
 * reconciler says to have seen it.
 */
#include "audit/auditing.h"

static const struct text nobody = { NULL, 0 };

static const char *const decision_words[] = {
	[DECISION_NONE] = "decides nothing on", [DECISION_APPROVE] = "approves",
	[DECISION_WITHDRAW] = "withdraws from", [DECISION_REJECT] = "rejects",
	[DECISION_CANCEL] = "cancels",
};

static const char *const source_words[] = {
	[SOURCE_NONE] = "", [SOURCE_COMMIT] = "by a signed commit on the branch",
	[SOURCE_INBOX] = "by a signed commit in the inbox", [SOURCE_FILE] = "by a signed file",
};

static void
event_add(struct step *step, struct audit_event event)
{
	struct arena *arena = step->auditing->arena;

	*ARRAY_ADD(arena, &step->auditing->report->story.events) = (struct audit_event){
		.kind = event.kind, .at = event.at,
		.who = text_copy(arena, event.who), .what = text_copy(arena, event.what),
		.key = text_copy(arena, event.key), .evidence = text_copy(arena, event.evidence),
		.where = text_copy(arena, event.where), .digest = text_copy(arena, event.digest),
		.commit = text_copy(arena, step->commit),
	};
}

static void
tell_version(struct step *step, const struct request_record *before,
    const struct request_record *recorded)
{
	const struct request_version *version = &recorded->version;
	const char *proof = version->proof == REQUEST_SIGNED_FILE ? "by a .sig beside the file" :
	    version->proof == REQUEST_SIGNED_TRAILER ? "by a signed commit" : "and has not signed it";

	if (!text_present(version->sha256) ||
	    (text_equal(version->sha256, before->version.sha256) &&
		text_equal(version->evidence, before->version.evidence)))
		return;
	event_add(step, (struct audit_event){ .kind = EVENT_ASKED, .at = version->accepted_at,
	    .who = recorded->requester.name, .key = version->key, .evidence = version->evidence,
	    .where = version->commit, .what = text_printf(step->arena,
		"asks for it %s (request file sha256 %.*s)", proof,
		TEXT_ARGUMENTS(version->sha256)) });
}

static void
tell_plan(struct step *step, const struct request_record *before,
    const struct request_record *recorded)
{
	if (!text_present(recorded->digest) || text_equal(recorded->digest, before->digest))
		return;
	event_add(step, (struct audit_event){ .kind = EVENT_PLANNED, .at = step->time,
	    .digest = recorded->digest, .what = text_printf(step->arena,
		"the plan of generation %lld, under the policy %.*s", (long long)recorded->generation,
		TEXT_ARGUMENTS(text_present(recorded->policy) ? recorded->policy :
		    TEXT("(none)"))) });
}

static bool
told(const struct verified_decisions *before, const struct verified_decision *decision)
{
	for (size_t i = 0; i < before->count; i++)
		if (text_equal(before->at[i].evidence, decision->evidence) &&
		    text_equal(before->at[i].by, decision->by) &&
		    text_equal(before->at[i].digest, decision->digest))
			return true;
	return false;
}

/* As they were verified now: the records of ended requests do not hold them. */
static void
tell_decisions(struct step *step, const struct request_record *before,
    const struct request_record *decided)
{
	for (size_t i = 0; i < decided->decisions.count; i++) {
		const struct verified_decision *decision = &decided->decisions.at[i];

		if (told(&before->decisions, decision))
			continue;
		event_add(step, (struct audit_event){ .kind = EVENT_SIGNED,
		    .at = decision->observed_at, .who = decision->by, .key = decision->key,
		    .evidence = decision->evidence, .where = decision->where,
		    .digest = decision->digest, .what = text_printf(step->arena, "%s the plan %s%s%.*s",
			decision_words[decision->decision], source_words[decision->source],
			text_present(decision->comment) ? ": " : "",
			TEXT_ARGUMENTS(decision->comment)) });
	}
}

/* As it was decided again: names and times in a record are words that nobody has compared. */
static void
tell_counted(struct step *step, const struct request_record *decided, size_t number)
{
	const struct step_status *status = &decided->steps.at[number];
	struct text what = text_printf(step->arena, "is counted in step %zu, \"%.*s\" (%lld needed)",
	    number + 1, TEXT_ARGUMENTS(status->name), (long long)status->required);

	for (size_t i = 0; i < status->approved_by.count; i++)
		event_add(step, (struct audit_event){ .kind = EVENT_COUNTED,
		    .at = status->approved_by.at[i].at, .who = status->approved_by.at[i].name,
		    .evidence = status->approved_by.at[i].evidence, .digest = decided->digest,
		    .what = what });
}

/* Another decision on the same plan takes its place: the signer has carried that out before. */
static void
tell_replaced(struct step *step, const struct request_record *recorded)
{
	const struct intent *intent = &recorded->intent;

	event_add(step, (struct audit_event){ .kind = EVENT_DECIDED, .at = step->time,
	    .digest = intent->digest, .what = text_printf(step->arena, "the signer's ledger has the "
		"certificate by an earlier decision, which was discarded and takes its place again: "
		"serial number %.*s, valid from %.*s to %.*s", TEXT_ARGUMENTS(intent->serial_number),
		TEXT_ARGUMENTS(moment_format(step->arena, intent->not_before)),
		TEXT_ARGUMENTS(moment_format(step->arena, intent->not_after))) });
}

static void
tell_intent(struct step *step, const struct request_record *before,
    const struct request_record *recorded, const struct request_record *decided)
{
	const struct intent *intent = &recorded->intent;

	if (!intent->present || text_equal(intent->serial_number, before->intent.serial_number))
		return;
	if (before->intent.present && text_equal(intent->digest, before->intent.digest)) {
		tell_replaced(step, recorded);
		return;
	}
	for (size_t i = 0; i < decided->steps.count; i++)
		tell_counted(step, decided, i);
	event_add(step, (struct audit_event){ .kind = EVENT_DECIDED, .at = intent->decided_at,
	    .digest = intent->digest, .what = text_printf(step->arena, "the certificate is decided: "
		"serial number %.*s, valid from %.*s to %.*s%s%.*s",
		TEXT_ARGUMENTS(intent->serial_number),
		TEXT_ARGUMENTS(moment_format(step->arena, intent->not_before)),
		TEXT_ARGUMENTS(moment_format(step->arena, intent->not_after)),
		text_present(decided->approved_because) ? "; " : "",
		TEXT_ARGUMENTS(decided->approved_because)) });
}

/* Why, as it was decided again; of what only the signer knows, with whose word it is. */
static struct text
why_state(struct step *step, const struct request_record *recorded,
    const struct request_record *decided)
{
	bool same = recorded->state == decided->state;
	const struct reasons *reasons = same ? &decided->reasons : &recorded->reasons;

	if (reasons->count == 0 || (!same && recorded->state != STATE_FAILED))
		return nobody;
	return text_printf(step->arena, "%s: %.*s", same ? "" : ", and the reconciler says why",
	    TEXT_ARGUMENTS(reasons->at[0].message));
}

static void
tell_state(struct step *step, const struct request_record *before,
    const struct request_record *recorded, const struct request_record *decided)
{
	struct audit_story *story = &step->auditing->report->story;
	struct arena *arena = step->auditing->arena;

	if (recorded->state == before->state)
		return;
	if (recorded->state == STATE_ISSUED) {
		story->ledger = text_copy(arena, ledger_said(step->raw));
		event_add(step, (struct audit_event){ .kind = EVENT_ISSUED,
		    .at = recorded->decided_at, .digest = recorded->digest,
		    .what = text_printf(step->arena, "the certificate is published: sha256 %.*s; the "
			"ledger is at entry %.*s", TEXT_ARGUMENTS(recorded->certificate.sha256),
			TEXT_ARGUMENTS(story->ledger)) });
		return;
	}
	event_add(step, (struct audit_event){ .kind = EVENT_STATE, .at = step->time,
	    .who = recorded->decided_by, .digest = recorded->digest,
	    .evidence = recorded->decided_evidence, .what = text_printf(step->arena, "it is %s%.*s",
		request_state_name(recorded->state),
		TEXT_ARGUMENTS(why_state(step, recorded, decided))) });
}

void
story_tell(struct step *step, const struct request_record *before,
    const struct request_record *recorded, const struct request_record *decided)
{
	struct audit_story *story = &step->auditing->report->story;
	struct arena *arena = step->auditing->arena;
	struct source_file file = { 0 };

	story->known = true;
	tell_version(step, before, recorded);
	tell_plan(step, before, recorded);
	tell_decisions(step, before, decided);
	tell_intent(step, before, recorded, decided);
	tell_state(step, before, recorded, decided);
	story->plan = text_copy(arena, recorded->plan);
	story->digest = text_copy(arena, recorded->digest);
	if (recorded->certificate.present && snapshot_file(step->auditing->order->store, step->arena,
	    step->commit, recorded->certificate.path, &file))
		story->certificate = text_copy(arena, file.content);
}

void
story_tell_configuration(struct step *step)
{
	const struct configuration_signatures *signatures = &step->configuration.signatures;
	struct texts names = { 0 };

	for (size_t i = 0; i < signatures->count; i++)
		if (text_equal(signatures->at[i].digest, step->configuration.trusted_digest))
			texts_add(step->arena, &names, signatures->at[i].by);
	texts_sort_unique(&names);
	event_add(step, (struct audit_event){ .kind = EVENT_CONFIGURATION, .at = step->time,
	    .digest = step->configuration.trusted_digest,
	    .where = step->configuration.trusted_commit,
	    .what = text_printf(step->arena, "configuration number %lld is trusted, signed by %.*s",
		(long long)step->configuration.trusted_number,
		TEXT_ARGUMENTS(texts_join(step->arena, &names, ", "))) });
}
