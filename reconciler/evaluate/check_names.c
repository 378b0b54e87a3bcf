/*
 * Names across files: each that is used exists, and a key belongs to one
 * identity. (That no name is given twice is seen when the files are decoded.)
 */
#include "evaluate/checking.h"

#include <stdlib.h>

#include "evaluate/planning.h"

/* A field that names others. */
struct reference {
	struct position position;
	const char *field; /* "spec.owner" */
	const char *kind;  /* "Person" */
	const struct texts *known;
};

static void
check_name(struct checking *checking, const struct reference *reference, struct text name)
{
	struct arena *arena = checking->arena;
	struct text nearest;

	if (texts_contain(reference->known, name))
		return;
	nearest = text_nearest(name, reference->known);
	reason_add(arena, checking->reasons, reference->position, "UnknownName",
	    "%s: there is no %s \"%s\"%s%s%s", reference->field, reference->kind,
	    shown(arena, name), text_present(nearest) ? "; did you mean \"" : "",
	    text_present(nearest) ? shown(arena, nearest) : "", text_present(nearest) ? "\"?" : "");
}

static void
check_list(struct checking *checking, struct reference reference, const struct texts *names)
{
	for (size_t i = 0; i < names->count; i++)
		check_name(checking, &reference, names->at[i]);
}

static void
check_identities(struct checking *checking)
{
	const struct configuration *configuration = checking->configuration;
	const struct repository *repository = &configuration->repository;

	check_list(checking,
	    (struct reference){ repository->position, "spec.administrators.members", "Person",
		&checking->people },
	    &repository->administrators);
	for (size_t i = 0; i < configuration->identities.count; i++) {
		const struct identity *identity = &configuration->identities.at[i];

		if (identity->kind == IDENTITY_MACHINE)
			check_name(checking,
			    &(struct reference){ identity->position, "spec.owner", "Person",
				&checking->people },
			    identity->owner);
	}
	for (size_t i = 0; i < configuration->groups.count; i++)
		check_list(checking,
		    (struct reference){ configuration->groups.at[i].position, "spec.members",
			"Person", &checking->people },
		    &configuration->groups.at[i].members);
}

static void
check_profile_names(struct checking *checking)
{
	const struct configuration *configuration = checking->configuration;
	struct texts authorities = { 0 }, policies = { 0 };

	for (size_t i = 0; i < configuration->authorities.count; i++)
		texts_add(checking->arena, &authorities, configuration->authorities.at[i].name);
	for (size_t i = 0; i < configuration->certificate_policies.count; i++)
		texts_add(checking->arena, &policies,
		    configuration->certificate_policies.at[i].name);
	for (size_t i = 0; i < configuration->profiles.count; i++) {
		const struct certificate_profile *profile = &configuration->profiles.at[i];
		const struct principals *requesters = &profile->requesters;
		struct position at = profile->position;

		check_name(checking,
		    &(struct reference){ at, "spec.authority", "CertificateAuthority",
			&authorities },
		    profile->authority);
		check_name(checking,
		    &(struct reference){ at, "spec.certificatePolicy", "CertificatePolicy",
			&policies },
		    profile->certificate_policy);
		check_list(checking,
		    (struct reference){ at, "spec.requesters.people", "Person", &checking->people },
		    &requesters->people);
		check_list(checking,
		    (struct reference){ at, "spec.requesters.groups", "Group", &checking->groups },
		    &requesters->groups);
		check_list(checking,
		    (struct reference){ at, "spec.requesters.machines", "Machine",
			&checking->machines },
		    &requesters->machines);
	}
}

static void
check_policy_names(struct checking *checking)
{
	const struct configuration *configuration = checking->configuration;
	struct texts profiles = { 0 };

	for (size_t i = 0; i < configuration->profiles.count; i++)
		texts_add(checking->arena, &profiles, configuration->profiles.at[i].name);
	for (size_t i = 0; i < configuration->approval_policies.count; i++) {
		const struct approval_policy *policy = &configuration->approval_policies.at[i];

		check_list(checking,
		    (struct reference){ policy->position, "spec.profiles", "CertificateProfile",
			&profiles },
		    &policy->profiles);
		for (size_t j = 0; j < policy->steps.count; j++) {
			const struct approval_step *step = &policy->steps.at[j];

			check_list(checking,
			    (struct reference){ step->position, "approvers.people", "Person",
				&checking->people },
			    &step->approvers.people);
			check_list(checking,
			    (struct reference){ step->position, "approvers.groups", "Group",
				&checking->groups },
			    &step->approvers.groups);
		}
	}
	for (size_t i = 0; i < configuration->notifiers.count; i++)
		check_list(checking,
		    (struct reference){ configuration->notifiers.at[i].position, "spec.profiles",
			"CertificateProfile", &profiles },
		    &configuration->notifiers.at[i].profiles);
}

void
check_names(struct checking *checking)
{
	check_identities(checking);
	check_profile_names(checking);
	check_policy_names(checking);
}

/* A key, and who holds it. */
struct holding {
	struct text key; /* SHA-256 of its SubjectPublicKeyInfo, hex */
	struct text holder;
	struct position position;
};

ARRAY(holdings, struct holding);

static int
compare_holdings(const void *left, const void *right)
{
	const struct holding *a = left, *b = right;
	int order = text_compare(a->key, b->key);

	return order != 0 ? order : text_compare(a->holder, b->holder);
}

void
check_keys(struct checking *checking)
{
	const struct configuration *configuration = checking->configuration;
	struct holdings keys = { 0 };

	for (size_t i = 0; i < configuration->identities.count; i++) {
		const struct identity *identity = &configuration->identities.at[i];

		for (size_t j = 0; j < identity->keys.count; j++)
			if (!text_empty(identity->keys.at[j].public_key_sha256))
				*ARRAY_ADD(checking->arena, &keys) =
				    (struct holding){ .key = identity->keys.at[j].public_key_sha256,
					    .holder = identity->name,
					    .position = identity->keys.at[j].position };
	}
	if (keys.count > 1)
		qsort(keys.at, keys.count, sizeof(keys.at[0]), compare_holdings);
	for (size_t i = 1; i < keys.count; i++)
		if (text_equal(keys.at[i].key, keys.at[i - 1].key) &&
		    !text_equal(keys.at[i].holder, keys.at[i - 1].holder))
			reason_add(checking->arena, checking->reasons, keys.at[i].position,
			    "KeyInTwoIdentities",
			    "this key belongs to \"%s\" already (%s): who signs "
			    "with it could not be told",
			    shown(checking->arena, keys.at[i - 1].holder),
			    shown(checking->arena, keys.at[i - 1].position.path));
}
