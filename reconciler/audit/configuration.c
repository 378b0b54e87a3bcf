/*
 * Which configuration is trusted: each one follows from the one before it, by
 * the quorum of its administrators over its digest.
 */
#include "audit/auditing.h"

#include "base/encoding.h"
#include "reconcile/load.h"

static const struct text nobody = { NULL, 0 };

static bool
has_signature(const struct configuration_signatures *signatures,
    const struct configuration_signature *wanted)
{
	for (size_t i = 0; i < signatures->count; i++) {
		const struct configuration_signature *signature = &signatures->at[i];

		if (text_equal(signature->digest, wanted->digest) &&
		    text_equal(signature->by, wanted->by) && text_equal(signature->key, wanted->key) &&
		    text_equal(signature->evidence, wanted->evidence) &&
		    signature->observed_at == wanted->observed_at &&
		    signature->withdraw == wanted->withdraw)
			return true;
	}
	return false;
}

static void
compare_signatures(struct step *step)
{
	const struct configuration_signatures *recorded = &step->configuration.signatures;
	const struct configuration_signatures *found = &step->pass.configuration_status.signatures;

	for (size_t i = 0; i < recorded->count; i++)
		if (!has_signature(found, &recorded->at[i]))
			finding_add(step, "ConfigurationSignatureUnproven", nobody, "a signature of "
			    "%.*s on configuration %.*s is recorded, and nothing that was signed "
			    "proves it", TEXT_ARGUMENTS(recorded->at[i].by),
			    TEXT_ARGUMENTS(recorded->at[i].digest));
	for (size_t i = 0; i < found->count; i++)
		if (!has_signature(recorded, &found->at[i]))
			finding_add(step, "ConfigurationSignatureWithheld", nobody, "the judged input "
			    "holds a signature of %.*s on configuration %.*s (%s), and it is not "
			    "recorded", TEXT_ARGUMENTS(found->at[i].by),
			    TEXT_ARGUMENTS(found->at[i].digest),
			    found->at[i].withdraw ? "a withdrawal" : "an approval");
}

/* Who signed the candidate that became trusted without a quorum. */
static struct text
progress_of(struct step *step)
{
	const struct configuration_candidates *candidates =
	    &step->pass.configuration_status.candidates;

	for (size_t i = 0; i < candidates->count; i++) {
		const struct configuration_candidate *candidate = &candidates->at[i];

		if (text_equal(candidate->digest, step->configuration.trusted_digest))
			return text_printf(step->arena, "%s; signed by %.*s; %lld of %lld missing",
			    candidate->valid ? "it is valid" : "it is not valid",
			    TEXT_ARGUMENTS(candidate->signed_by.count == 0 ? TEXT("nobody") :
				texts_join(step->arena, &candidate->signed_by, ", ")),
			    (long long)candidate->missing, (long long)candidate->required);
	}
	return TEXT("the judged input holds no such candidate");
}

/* Another configuration than before; whether it came to be trusted as it must. */
static bool
check_succession(struct step *step)
{
	const struct configuration_status *status = &step->configuration;
	const struct configuration *before = step->auditing->trusted, *found = step->pass.trusted;

	if (status->trusted_number <= before->number) {
		finding_add(step, "ConfigurationRolledBack", nobody, "configuration number %lld "
		    "(%.*s) takes the place of number %lld", (long long)status->trusted_number,
		    TEXT_ARGUMENTS(status->trusted_digest), (long long)before->number);
		return false;
	}
	if (found != NULL && text_equal(found->digest, status->trusted_digest) &&
	    found->number == status->trusted_number &&
	    text_equal(found->previous, status->trusted_previous) &&
	    text_equal(found->commit, status->trusted_commit))
		return true;
	finding_add(step, "ConfigurationUnproven", nobody, "configuration number %lld (%.*s) was not "
	    "approved by the administrators of the one before: %.*s",
	    (long long)status->trusted_number, TEXT_ARGUMENTS(status->trusted_digest),
	    TEXT_ARGUMENTS(progress_of(step)));
	return false;
}

static bool
has_candidate(const struct configuration_candidates *candidates,
    const struct configuration_candidate *wanted)
{
	for (size_t i = 0; i < candidates->count; i++)
		if (text_equal(candidates->at[i].digest, wanted->digest) &&
		    text_equal(candidates->at[i].commit, wanted->commit))
			return true;
	return false;
}

/*
 * Newer rules are trusted as soon as they may be: whoever has the reconciler's key would like some
 * others better. And what waits for signatures is not forgotten, or it would never be.
 */
static void
check_newer(struct step *step)
{
	const struct configuration_candidates *found = &step->pass.configuration_status.candidates;

	/* what is issued by the older ones is not good, until others are trusted */
	step->auditing->withheld = text_present(step->pass.passed_over) ||
	    (step->auditing->withheld && text_equal(step->configuration.trusted_digest,
		step->auditing->trusted->digest));
	if (text_present(step->pass.passed_over))
		finding_add(step, "ConfigurationPassedOver", nobody, "number %lld (%.*s) has the "
		    "signatures that it needs, and it is not trusted",
		    (long long)step->configuration.trusted_number + 1,
		    TEXT_ARGUMENTS(step->pass.passed_over));
	for (size_t i = 0; i < found->count; i++)
		if (!has_candidate(&step->configuration.candidates, &found->at[i]))
			finding_add(step, "ConfigurationPassedOver", nobody, "the judged input holds "
			    "%.*s, which waits for signatures, and it is not recorded",
			    TEXT_ARGUMENTS(found->at[i].digest));
}

/* The commit's own line says what its status says. */
static void
compare_trailer(struct step *step)
{
	const struct configuration_status *status = &step->configuration;
	struct text expected = text_printf(step->arena, "%lld %.*s",
	    (long long)status->trusted_number, TEXT_ARGUMENTS(status->trusted_digest));

	if (!text_equal(own_trailer(step->raw, "Countersign-Configuration-Trusted"), expected))
		finding_add(step, "ConfigurationDiffers", nobody, "the commit's "
		    "Countersign-Configuration-Trusted is not what status/configuration.yaml says");
}

static void
trust(struct step *step)
{
	struct auditing *auditing = step->auditing;
	struct arena *arena = arena_new();
	struct configuration *loaded = ARENA_NEW(arena, struct configuration);
	struct text why = { NULL, 0 };

	if (!configuration_trusted_load(auditing->order->store, arena, step->commit, NULL, loaded,
	    &why)) {
		finding_add(step, "ConfigurationUnreadable", nobody, "%.*s", TEXT_ARGUMENTS(why));
		auditing->doubtful = true;
		arena_free(arena);
		return;
	}
	arena_free(auditing->trusted_arena);
	auditing->trusted_arena = arena;
	auditing->trusted = loaded;
	authorities_remember(auditing);
}

static bool
is_remembered(const struct auditing *auditing, struct text sha256)
{
	for (size_t i = 0; i < auditing->authorities.count; i++)
		if (text_equal(auditing->authorities.at[i].sha256, sha256))
			return true;
	return false;
}

void
authorities_remember(struct auditing *auditing)
{
	const struct certificate_authorities *authorities = &auditing->trusted->authorities;
	struct text why;

	for (size_t i = 0; i < authorities->count; i++) {
		const struct certificate_authority *authority = &authorities->at[i];

		if (authority->facts.good && !is_remembered(auditing, authority->facts.sha256))
			*ARRAY_ADD(auditing->arena, &auditing->authorities) =
			    (struct known_authority){
				.sha256 = text_copy(auditing->arena, authority->facts.sha256),
				.certificate = certificate_check_authority(auditing->arena,
				    authority->certificate, &why) };
	}
}

/* authorities/NAME.pem is for those who look for the CA's certificates: it must be the trusted one. */
static void
compare_authorities(struct step *step)
{
	for (size_t i = 0; i < step->changes.count; i++) {
		struct text name = step->changes.at[i].path;
		const struct certificate_authority *authority;
		struct source_file file = { 0 };

		if (!text_starts_with(name, "authorities/") || !text_ends_with(name, ".pem"))
			continue;
		name = text_first(text_skip(name, 12), name.length - 12 - 4);
		authority = configuration_authority(step->auditing->trusted, name);
		if (authority == NULL || !snapshot_file(step->auditing->order->store, step->arena,
		    step->commit, step->changes.at[i].path, &file) ||
		    !text_equal(file.content, text_printf(step->arena, "%.*s%.*s",
			TEXT_ARGUMENTS(authority->certificate), TEXT_ARGUMENTS(authority->chain))))
			finding_add(step, "AuthorityDiffers", nobody, "%.*s is not what the trusted "
			    "configuration says", TEXT_ARGUMENTS(step->changes.at[i].path));
	}
}

void
configuration_audit(struct step *step)
{
	const struct configuration *before = step->auditing->trusted;

	if (!step->replayed)
		return;
	compare_trailer(step);
	compare_signatures(step);
	check_newer(step);
	if (!text_equal(step->configuration.trusted_digest, before->digest)) {
		if (!check_succession(step))
			step->auditing->doubtful = true;
		step->succeeded = true;
		if (text_present(step->auditing->order->only))
			story_tell_configuration(step);
	} else if (step->configuration.trusted_number != before->number ||
	    !text_equal(step->configuration.trusted_commit, before->commit) ||
	    !text_equal(step->configuration.trusted_previous, before->previous)) {
		finding_add(step, "ConfigurationDiffers", nobody, "number, commit or predecessor of the "
		    "trusted configuration changed, and its digest did not");
	}
}

void
configuration_follow(struct step *step)
{
	if (step->succeeded)
		trust(step);
	compare_authorities(step);
}
