/*
 * Whether a configuration may follow the trusted one: the quorum of the
 * administrators trusted before, and of the new ones where they change.
 */
#include "evaluate/configuration_rules.h"

#include "evaluate/planning.h"

static bool
key_listed(const struct configuration *configuration,
    const struct configuration_signature *signature, moment at)
{
	return identity_holds_key(configuration, signature->by, signature->key, at);
}

/* Listed and valid when observed and now, by the configuration whose quorum it is for. */
static bool
counts(const struct configuration_succession *succession, const struct configuration *quorum_of,
    const struct configuration_signature *signature)
{
	return !signature->withdraw &&
	       succession->now - signature->observed_at <=
		   CONFIGURATION_SIGNATURE_LIFETIME_SECONDS &&
	       key_listed(quorum_of, signature, signature->observed_at) &&
	       key_listed(quorum_of, signature, succession->now);
}

/*
 * A withdrawal must be by a key that one of the two configurations knows as
 * that person's, or any candidate could give a stranger an administrator's name.
 */
static bool
withdraws(const struct configuration_succession *succession,
    const struct configuration_signature *signature)
{
	return signature->withdraw &&
	       (key_listed(succession->trusted, signature, signature->observed_at) ||
		   key_listed(succession->candidate, signature, signature->observed_at));
}

enum stance { STANCE_NONE, STANCE_SIGNED, STANCE_WITHDRAWN };

static enum stance
stance_of(const struct configuration_succession *succession, const struct configuration *quorum_of,
    struct text name)
{
	enum stance stance = STANCE_NONE;

	for (size_t i = 0; i < succession->signatures->count; i++) {
		const struct configuration_signature *signature = &succession->signatures->at[i];

		if (!text_equal(signature->digest, succession->candidate->digest) ||
		    !text_equal(signature->by, name))
			continue;
		if (withdraws(succession, signature))
			return STANCE_WITHDRAWN;
		if (counts(succession, quorum_of, signature))
			stance = STANCE_SIGNED;
	}
	return stance;
}

/* Counts the quorum of one configuration's administrators; the larger lack stands. */
static void
count_quorum(struct arena *arena, const struct configuration_succession *succession,
    const struct configuration *quorum_of, struct configuration_candidate *progress)
{
	struct texts names = { 0 }, waiting = { 0 };
	int64_t required = quorum_of->repository.administrators_required, missing;

	/* no configuration says so, and none may ever follow without a signature */
	if (required < 1)
		required = 1;
	missing = required;
	for (size_t i = 0; i < quorum_of->repository.administrators.count; i++)
		texts_add(arena, &names, quorum_of->repository.administrators.at[i]);
	texts_sort_unique(&names);
	for (size_t i = 0; i < names.count; i++) {
		enum stance stance = stance_of(succession, quorum_of, names.at[i]);

		if (stance == STANCE_SIGNED) {
			texts_add(arena, &progress->signed_by, names.at[i]);
			missing--;
		} else if (stance == STANCE_NONE) {
			texts_add(arena, &waiting, names.at[i]);
		}
	}
	for (size_t i = 0; i < waiting.count && missing > 0; i++)
		texts_add(arena, &progress->waiting_for, waiting.at[i]);
	if (required > progress->required)
		progress->required = required;
	if (missing > progress->missing)
		progress->missing = missing;
}

/* The SHA-256 of the file that an identity was read from; absent when it cannot be told. */
static struct text
document_of(const struct configuration *configuration, struct text name)
{
	const struct identity *identity = configuration_identity(configuration, name);

	for (size_t i = 0; identity != NULL && i < configuration->files.count; i++)
		if (text_equal(configuration->files.at[i].path, identity->position.path))
			return configuration->files.at[i].sha256;
	return (struct text){ NULL, 0 };
}

/* Administrators, how many are required, or the document of one of them. */
static bool
administrators_change(const struct configuration *a, const struct configuration *b)
{
	const struct texts *of_a = &a->repository.administrators;
	const struct texts *of_b = &b->repository.administrators;

	if (a->repository.administrators_required != b->repository.administrators_required)
		return true;
	for (size_t i = 0; i < of_b->count; i++)
		if (!texts_contain(of_a, of_b->at[i]))
			return true;
	for (size_t i = 0; i < of_a->count; i++) {
		struct text document = document_of(a, of_a->at[i]);

		if (!texts_contain(of_b, of_a->at[i]) || !text_present(document) ||
		    !text_equal(document, document_of(b, of_a->at[i])))
			return true;
	}
	return false;
}

/* That it names its place behind the trusted one, which its digest covers. */
static void
check_place(struct arena *arena, const struct configuration_succession *succession,
    struct reasons *reasons)
{
	const struct configuration *trusted = succession->trusted,
				   *candidate = succession->candidate;
	struct position position = candidate->repository.position;

	if (candidate->number != trusted->number + 1 ||
	    !text_equal(candidate->previous, trusted->digest))
		reason_add(arena, reasons, position, "NotNext",
		    "the configuration is number %lld behind %s, but the next one is number %lld behind "
		    "%s",
		    (long long)candidate->number, shown(arena, candidate->previous),
		    (long long)trusted->number + 1, shown(arena, trusted->digest));
	if (!text_equal(candidate->repository.id, trusted->repository.id))
		reason_add(arena, reasons, position, "OtherRepository",
		    "spec.id must stay \"%s\": everything that was signed is bound to it",
		    shown(arena, trusted->repository.id));
}

bool
configuration_may_follow(struct arena *arena, const struct configuration_succession *succession,
    struct configuration_candidate *progress)
{
	const struct configuration *candidate = succession->candidate;

	*progress = (struct configuration_candidate){ .commit = candidate->commit,
		.digest = candidate->digest,
		.observed_at = progress->observed_at };
	for (size_t i = 0; i < candidate->reasons.count; i++)
		*ARRAY_ADD(arena, &progress->reasons) = candidate->reasons.at[i];
	check_place(arena, succession, &progress->reasons);
	progress->valid = reasons_errors(&progress->reasons) == 0;
	count_quorum(arena, succession, succession->trusted, progress);
	if (administrators_change(succession->trusted, candidate))
		count_quorum(arena, succession, candidate, progress);
	texts_sort_unique(&progress->signed_by);
	texts_sort_unique(&progress->waiting_for);
	return progress->valid && progress->missing == 0;
}
