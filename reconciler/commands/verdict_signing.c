#include "commands/verdict_signing.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "commands/signing.h"
#include "manifest/manifest.h"
#include "model/approval.h"
#include "repository/history.h"
#include "repository/snapshot.h"
#include "trust/evidence.h"

/* Headers and signature of a commit, more than they ever are. */
enum { COMMIT_OVERHEAD_BYTES = 6 * 1024 };

static struct text
subject(const struct verdict_desk *desk)
{
	if (desk->verdicts.count == 1)
		return text_printf(desk->clone->arena, "%s %.*s", desk->kind->title,
		    TEXT_ARGUMENTS(desk->verdicts.at[0].forecast.after.id));
	return text_printf(desk->clone->arena, "%s %zu requests", desk->kind->title,
	    desk->verdicts.count);
}

static struct text
message(const struct verdict_desk *desk, struct text comment)
{
	struct buffer text = { .arena = desk->clone->arena };

	buffer_add(&text, text_present(comment) ? text_trim(comment) : subject(desk));
	buffer_add(&text, TEXT("\n\n"));
	for (size_t i = 0; i < desk->verdicts.count; i++) {
		const struct request_record *record = &desk->verdicts.at[i].forecast.after;

		buffer_printf(&text, "%s: %.*s %.*s\n", desk->kind->trailer,
		    TEXT_ARGUMENTS(record->id), TEXT_ARGUMENTS(record->digest));
	}
	return buffer_text(&text);
}

static int
verify_commit(const struct verdict_desk *desk, struct text id)
{
	struct evidence evidence;

	if (desk->key.identity == NULL || !desk->key.valid_now)
		return EXIT_DONE;
	signing_read_back(desk->clone, id, &evidence);
	if (evidence.decisions.count == desk->verdicts.count)
		return EXIT_DONE;
	return signing_spoilt(id, &evidence, "what was to be signed");
}

int
verdicts_commit(const struct verdict_desk *desk, struct text comment)
{
	struct commit_order order = { .message = message(desk, comment), .is_signed = true };
	struct text branch, id;
	int status;

	if (!signing_branch(desk->clone, &branch) ||
	    !signing_commit(desk->clone, &order, &id))
		return EXIT_TROUBLE;
	status = verify_commit(desk, id);
	if (status != EXIT_DONE)
		return status;
	say("Signed in commit %.*s on branch %.*s.", TEXT_ARGUMENTS(commit_short(id)),
	    TEXT_ARGUMENTS(branch));
	if (!text_present(desk->clone->remote))
		say("It counts as soon as branch %.*s holds it.",
		    TEXT_ARGUMENTS(desk->clone->branch));
	else if (text_equal(branch, desk->clone->branch))
		say("Next: git push");
	else
		say("Next: push it; it counts when it is merged into %.*s (not squashed).",
		    TEXT_ARGUMENTS(desk->clone->branch));
	return EXIT_DONE;
}

static struct text
person_or_nobody(const struct verdict_desk *desk)
{
	return desk->key.identity == NULL ? TEXT("unknown") : desk->key.identity->name;
}

static int
too_many(const struct verdict_desk *desk)
{
	return complain(EXIT_USAGE,
	    "%s: %zu decisions are too many for one signature; give fewer ids "
	    "at a time. Nothing was signed",
	    desk->kind->command->name, desk->verdicts.count);
}

int
verdicts_push(const struct verdict_desk *desk, struct text comment)
{
	struct text branch, id, text = message(desk, comment);
	int status;

	if (text.length > ENVELOPE_COMMIT_BYTES - COMMIT_OVERHEAD_BYTES)
		return too_many(desk);
	if (!signing_envelope(desk->clone, text, &id))
		return EXIT_TROUBLE;
	status = verify_commit(desk, id);
	if (status != EXIT_DONE)
		return status;
	if (!signing_deliver(desk->clone, id, person_or_nobody(desk), &branch))
		return EXIT_TROUBLE;
	say("Sent, signed, as %.*s.", TEXT_ARGUMENTS(branch));
	say("Next: countersign show %.*s --fetch",
	    TEXT_ARGUMENTS(desk->verdicts.at[0].forecast.after.id));
	return EXIT_DONE;
}

/* "2026-11-22-alice-3fa9c2d1": sorts by day, says who, and does not collide. */
static struct text
file_name(const struct verdict_desk *desk)
{
	struct arena *arena = desk->clone->arena;

	return text_printf(arena, "%.*s-%.*s-%.*s",
	    TEXT_ARGUMENTS(
		text_first(moment_format(arena, desk->clone->now), strlen("2026-11-22"))),
	    TEXT_ARGUMENTS(person_or_nobody(desk)), TEXT_ARGUMENTS(signing_random(arena)));
}

/* The plans stand in it for people to read, as long as there is room. */
static struct text
document(const struct verdict_desk *desk, struct text name, struct text comment, bool with_plans)
{
	struct arena *arena = desk->clone->arena;
	struct approval approval = { .name = name,
		.repository = desk->clone->configuration.repository.id };

	for (size_t i = 0; i < desk->verdicts.count; i++) {
		const struct request_record *record = &desk->verdicts.at[i].forecast.after;

		*ARRAY_ADD(arena, &approval.entries) = (struct approval_entry){
			.request = record->id, .digest = record->digest,
			.plan = with_plans ? record->plan : (struct text){ NULL, 0 },
			.decision = desk->kind->decision,
			.comment = text_present(comment) ? text_trim(comment) : comment };
	}
	return manifest_write(arena, KIND_APPROVAL, &approval);
}

int
verdicts_file(const struct verdict_desk *desk, struct text comment)
{
	struct clone *clone = desk->clone;
	struct text name = file_name(desk), armour, branch, id;
	struct text path = text_printf(clone->arena, "approvals/%.*s.yaml", TEXT_ARGUMENTS(name));
	struct text sig = text_printf(clone->arena, "%.*s.sig", TEXT_ARGUMENTS(path));
	struct text content = document(desk, name, comment, true);
	struct commit_order order = { .message = text_printf(clone->arena, "%.*s\n\n%.*s\n",
	    TEXT_ARGUMENTS(subject(desk)), TEXT_ARGUMENTS(path)) };

	if (content.length > SNAPSHOT_FILE_BYTES)
		content = document(desk, name, comment, false);
	if (content.length > SNAPSHOT_FILE_BYTES)
		return too_many(desk);
	if (!signing_branch(clone, &branch) ||
	    !signing_bytes(clone, &desk->key, content, &armour) ||
	    !signing_write(clone, path, content, false) ||
	    !signing_write(clone, sig, armour, false))
		return EXIT_TROUBLE;
	texts_add(clone->arena, &order.paths, path);
	texts_add(clone->arena, &order.paths, sig);
	if (!signing_commit(clone, &order, &id))
		return EXIT_TROUBLE;
	say("Signed in %.*s, committed as %.*s on branch %.*s.", TEXT_ARGUMENTS(path),
	    TEXT_ARGUMENTS(commit_short(id)), TEXT_ARGUMENTS(branch));
	say(text_present(clone->remote) ? "Next: push it; it counts when it is on %.*s, "
	    "whoever merges it and however." : "It counts as soon as branch %.*s holds it.",
	    TEXT_ARGUMENTS(clone->branch));
	return EXIT_DONE;
}
