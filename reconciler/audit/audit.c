/*
 * From the introduction to the tip: every output commit in order. What one
 * commit says is the ground on which the next is judged.
 */
#include "audit/auditing.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/load.h"

enum { COMMIT_BYTES = 1024 * 1024, MESSAGE_BYTES = 1000, COMMITS_UNTIL_DUE = 2 };

/* --- a set of texts ---------------------------------------------------------------------- */

static struct text *
slot_of(const struct text_set *set, struct text text)
{
	uint64_t hash = 14695981039346656037u;
	size_t at;

	for (size_t i = 0; i < text.length; i++)
		hash = (hash ^ (unsigned char)text.at[i]) * 1099511628211u;
	for (at = hash % set->room; text_present(set->slots[at]); at = (at + 1) % set->room)
		if (text_equal(set->slots[at], text))
			break;
	return &set->slots[at];
}

static void
grow(struct arena *arena, struct text_set *set)
{
	struct text_set larger = { .room = set->room == 0 ? 64 : set->room * 2,
		.count = set->count };

	larger.slots = arena_allocate(arena, larger.room * sizeof(struct text));
	for (size_t i = 0; i < set->room; i++)
		if (text_present(set->slots[i]))
			*slot_of(&larger, set->slots[i]) = set->slots[i];
	*set = larger;
}

bool
text_set_add(struct arena *arena, struct text_set *set, struct text text)
{
	struct text *slot;

	if (set->count * 2 >= set->room)
		grow(arena, set);
	slot = slot_of(set, text);
	if (text_present(*slot))
		return false;
	*slot = text;
	set->count++;
	return true;
}

bool
text_set_has(const struct text_set *set, struct text text)
{
	return set->room > 0 && text_present(*slot_of(set, text));
}

/* --- findings ---------------------------------------------------------------------------- */

void
finding_add(struct step *step, const char *code, struct text request, const char *format, ...)
{
	struct arena *arena = step->auditing->arena;
	char words[MESSAGE_BYTES * 2];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	*ARRAY_ADD(arena, &step->auditing->report->findings) = (struct audit_finding){
		.code = code,
		.commit = text_copy(arena, step->commit),
		.request = text_copy(arena, request),
		.message = text_copy(arena,
		    text_visible(step->arena, text_of(words), MESSAGE_BYTES)),
	};
}

void
finding_apart(struct step *step, const char *code, struct text message)
{
	struct audit_findings *findings = &step->auditing->report->findings;

	finding_add(step, code, (struct text){ NULL, 0 }, "%.*s", TEXT_ARGUMENTS(message));
	findings->at[findings->count - 1].apart = true;
}

/* --- the beginning ----------------------------------------------------------------------- */

static bool
load_introduction(struct auditing *auditing, struct configuration *out)
{
	const struct audit_order *order = auditing->order;
	struct configuration_place place = { .commit = order->introduction_commit,
		.previous = configuration_none };

	if (!configuration_load(order->store, auditing->trusted_arena, &place, NULL, out,
	    &auditing->why))
		return false;
	if (text_equal(out->digest, order->introduction_digest) &&
	    reasons_errors(&out->reasons) == 0)
		return true;
	auditing->why = text_printf(auditing->arena, text_equal(out->digest,
	    order->introduction_digest) ? "the configuration at the introduction %.*s has errors" :
	    "the configuration at %.*s has the digest %.*s, which is not the introduction's: this "
	    "is another repository, or the introduction is wrong", TEXT_ARGUMENTS(place.commit),
	    TEXT_ARGUMENTS(out->digest));
	return false;
}

/* What an operator trusts: the state of the branch at a commit, unseen. */
static bool
begin_since(struct auditing *auditing, struct configuration *out)
{
	struct text since = auditing->order->since, raw;
	struct request_records open = { 0 };
	struct store *store = auditing->order->store;

	if (!store_object(store, auditing->arena, since, "commit", COMMIT_BYTES, &raw) ||
	    !configuration_trusted_load(store, auditing->trusted_arena, since, NULL, out,
		&auditing->why) ||
	    !records_open(store, auditing->arena, since, &open, &auditing->why))
		return false;
	auditing->before = since;
	(void)moment_parse(own_trailer(raw, "Countersign-Time"), &auditing->time);
	auditing->reconciler.index = open_index_new(since, &open);
	for (size_t i = 0; i < open.count; i++)
		if (record_awaits_certificate(&open.at[i])) {
			auditing->intents++;
			*ARRAY_ADD(auditing->arena, &auditing->intents_open) = (struct open_intent){
				.request = open.at[i].id, .digest = open.at[i].intent.digest,
				.approved_because = open.at[i].approved_because,
				.serial_number = open.at[i].intent.serial_number,
				.commit = since };
		}
	auditing->report->tip_input = own_trailer(raw, "Countersign-Input");
	ledger_begin(auditing, raw);
	return true;
}

static bool
begin(struct auditing *auditing)
{
	const struct audit_order *order = auditing->order;
	struct configuration *trusted;
	struct request_records none = { 0 };

	auditing->trusted_arena = arena_new();
	trusted = ARENA_NEW(auditing->trusted_arena, struct configuration);
	auditing->trusted = trusted;
	auditing->local = (struct local_configuration){
		.introduction_commit = order->introduction_commit,
		.introduction_digest = order->introduction_digest };
	auditing->reconciler = (struct reconciler){ .local = &auditing->local,
		.arena = auditing->arena, .store = order->store, .lock = -1 };
	auditing->report->since = order->since;
	if (!load_introduction(auditing, trusted))
		return false;
	introduction_tell(auditing, trusted);
	if (text_present(order->since)) {
		*trusted = (struct configuration){ 0 };
		if (!begin_since(auditing, trusted))
			return false;
		authorities_remember(auditing);
		return true;
	}
	authorities_remember(auditing);
	ledger_begin(auditing, order->since);
	auditing->reconciler.index = open_index_new(order->since, &none);
	return true;
}

bool
auditing_begin(struct auditing *auditing)
{
	const struct store *store = auditing->order->store;
	size_t lacking = store_lacking(store);

	if (!begin(auditing))
		return false;
	if (store_lacking(store) == lacking)
		return true;
	auditing->why = text_printf(auditing->arena, "what it begins with cannot be read: object %s "
	    "is missing or damaged", store_lacking_id(store));
	return false;
}

/* --- the end ----------------------------------------------------------------------------- */

/*
 * A certificate follows its intent in the next commit but one at the latest,
 * unless its record says why it failed.
 */
static void
find_overdue(struct auditing *auditing, const struct history_commits *line)
{
	for (size_t i = 0; i < auditing->intents_open.count; i++) {
		const struct open_intent *open = &auditing->intents_open.at[i];
		struct step step = { .auditing = auditing, .commit = open->commit };
		struct request_record record;
		size_t behind = 0;

		if (open->closed)
			continue;
		while (behind < line->count && !text_equal(line->at[behind].id, open->commit))
			behind++;
		step.arena = arena_new();
		record = record_at(&step, auditing->done, open->request);
		if (behind >= COMMITS_UNTIL_DUE && record.state == STATE_APPROVED &&
		    text_equal(record.intent.serial_number, open->serial_number))
			finding_add(&step, "CertificateMissing", open->request,
			    "its certificate was decided here, and %zu later commits neither have it "
			    "nor say why not", behind);
		arena_free(step.arena);
	}
}

/* Whether anything was found that a certificate rests on. */
static bool
is_touched(const struct auditing *auditing, const struct audit_certificate *certificate)
{
	const struct audit_report *report = auditing->report;

	if (text_set_has(&auditing->shaken, certificate->request))
		return true;
	for (size_t i = 0; i < report->findings.count; i++) {
		const struct audit_finding *finding = &report->findings.at[i];

		if (finding->apart)
			continue;
		if (text_equal(finding->request, certificate->request) ||
		    (!text_present(finding->request) &&
			(text_equal(finding->commit, certificate->decided_in) ||
			    text_equal(finding->commit, certificate->issued_in))))
			return true;
	}
	return false;
}

static bool
conclude(struct auditing *auditing, const struct history_commits *line)
{
	struct audit_report *report = auditing->report;

	report->tip = auditing->done;
	if (!input_branch_compare(auditing, line))
		return false;

	if (!text_present(auditing->order->only)) {
		find_overdue(auditing, line);
		ledger_conclude(auditing);
		ledger_file_compare(auditing);
	}
	report->configuration_number = auditing->trusted->number;
	report->configuration_digest = text_copy(auditing->arena, auditing->trusted->digest);
	for (size_t i = 0; i < report->certificates.count; i++)
		report->certificates.at[i].good = report->certificates.at[i].good &&
		    !is_touched(auditing, &report->certificates.at[i]);
	return true;
}

/* The line of first parents, newest first. */
static bool
read_line(struct auditing *auditing, struct history_commits *line)
{
	const struct audit_order *order = auditing->order;
	struct history_range range = { .tip = order->tip, .known = order->since, .most_bytes = 1 };
	bool reached = false;

	if (!history_first_parents(order->store, auditing->arena, &range, line, &reached)) {
		auditing->why = text_printf(auditing->arena, "the output branch cannot be read: %s",
		    store_trouble(order->store));
		return false;
	}
	if (!reached) {
		auditing->why = text_printf(auditing->arena,
		    "the output branch does not descend from %.*s", TEXT_ARGUMENTS(order->since));
		return false;
	}
	return true;
}

/* One request: only what touches it. */
static bool
run_one(struct auditing *auditing)
{
	struct texts *steps = &auditing->report->story.steps;
	struct history_commits line = { 0 };

	if (auditing->order->steps != NULL)
		*steps = *auditing->order->steps;
	else if (!read_line(auditing, &line) || !one_find_steps(auditing, &line, steps))
		return false;
	if (!auditing_begin(auditing))
		return false;
	for (size_t i = 0; i < steps->count; i++)
		if (!step_audit(auditing, steps->at[i]))
			return false;
	return conclude(auditing, &line);
}

static bool
run(struct auditing *auditing)
{
	struct history_commits line = { 0 };

	if (text_present(auditing->order->only))
		return run_one(auditing);
	if (!read_line(auditing, &line) || !auditing_begin(auditing))
		return false;
	for (size_t i = line.count; i-- > 0;)
		if (!step_audit(auditing, line.at[i].id))
			return false;
	return conclude(auditing, &line);
}

void
auditing_end(struct auditing *auditing)
{
	open_index_free(auditing->reconciler.index);
	arena_free(auditing->known.arena);
	arena_free(auditing->trusted_arena);
}

bool
audit_run(struct arena *arena, const struct audit_order *order, struct audit_report *report,
    struct text *why)
{
	struct auditing auditing = { .arena = arena, .order = order, .report = report };
	bool done;

	*report = (struct audit_report){ .introduction = { .commit = order->introduction_commit,
		.digest = order->introduction_digest, .source = order->introduction_source } };
	done = report->complete = run(&auditing);
	if (!done) {
		*why = report->unfinished = text_copy(arena, auditing.why);
		for (size_t i = 0; i < report->certificates.count; i++)
			report->certificates.at[i].good = false;
	}
	auditing_end(&auditing);
	return done;
}
