#include "model/configuration.h"

#include <stdlib.h>

#include "base/digest.h"

/* By linear search: lists are short, and an index would have to be kept in step. */
#define FIND_BY_NAME(list, wanted) \
	for (size_t i = 0; i < (list)->count; i++) \
		if (text_equal((list)->at[i].name, (wanted))) \
			return &(list)->at[i]; \
	return NULL

const struct identity *
configuration_identity(const struct configuration *configuration, struct text name)
{
	FIND_BY_NAME(&configuration->identities, name);
}

const struct group *
configuration_group(const struct configuration *configuration, struct text name)
{
	FIND_BY_NAME(&configuration->groups, name);
}

const struct certificate_authority *
configuration_authority(const struct configuration *configuration, struct text name)
{
	FIND_BY_NAME(&configuration->authorities, name);
}

const struct certificate_policy *
configuration_certificate_policy(const struct configuration *configuration, struct text name)
{
	FIND_BY_NAME(&configuration->certificate_policies, name);
}

const struct certificate_profile *
configuration_profile(const struct configuration *configuration, struct text name)
{
	FIND_BY_NAME(&configuration->profiles, name);
}

const struct approval_policy *
configuration_approval_policy(const struct configuration *configuration, struct text profile,
    struct text action)
{
	for (size_t i = 0; i < configuration->approval_policies.count; i++) {
		const struct approval_policy *policy = &configuration->approval_policies.at[i];

		if (texts_contain(&policy->profiles, profile) &&
		    texts_contain(&policy->actions, action))
			return policy;
	}
	return NULL;
}

bool
principals_include(const struct configuration *configuration,
    const struct principals *principals, struct text name)
{
	if (text_empty(name))
		return false;
	if (texts_contain(&principals->people, name) ||
	    texts_contain(&principals->machines, name))
		return true;
	for (size_t i = 0; i < principals->groups.count; i++) {
		const struct group *group =
		    configuration_group(configuration, principals->groups.at[i]);

		if (group != NULL && texts_contain(&group->members, name))
			return true;
	}
	return false;
}

struct texts
principals_people(struct arena *arena, const struct configuration *configuration,
    const struct principals *principals)
{
	struct texts people = { 0 };

	for (size_t i = 0; i < principals->people.count; i++)
		texts_add(arena, &people, principals->people.at[i]);
	for (size_t i = 0; i < principals->groups.count; i++) {
		const struct group *group =
		    configuration_group(configuration, principals->groups.at[i]);

		for (size_t j = 0; group != NULL && j < group->members.count; j++)
			texts_add(arena, &people, group->members.at[j]);
	}
	texts_sort_unique(&people);
	return people;
}

static int
compare_paths(const void *a, const void *b)
{
	return text_compare(((const struct configuration_file *)a)->path,
	    ((const struct configuration_file *)b)->path);
}

void
configuration_digest(struct arena *arena, struct configuration *configuration)
{
	struct buffer text = { .arena = arena };
	struct configuration_files *files = &configuration->files;

	if (files->count > 1)
		qsort(files->at, files->count, sizeof(files->at[0]), compare_paths);
	buffer_printf(&text,
	    "countersign-configuration-v1\nrepository %.*s\nnumber %lld\nprevious %.*s\n",
	    TEXT_ARGUMENTS(configuration->repository.id), (long long)configuration->number,
	    TEXT_ARGUMENTS(configuration->previous));
	for (size_t i = 0; i < files->count; i++)
		buffer_printf(&text, "%.*s %.*s\n", TEXT_ARGUMENTS(files->at[i].path),
		    TEXT_ARGUMENTS(files->at[i].sha256));
	configuration->digest = digest_named(arena, buffer_text(&text));
}

/* "x509:SHA256:", 43 characters of base64, ",": what stands before the name of the entry that a certificate falls under. */
enum { ISSUED_PREFIX_BYTES = 12 + 43 + 1 };

static bool
is_named(const struct identity_key *key, struct text name)
{
	if (text_starts_with(name, "x509:") && text_starts_with(key->fingerprint, "x509ca:"))
		name = text_skip(name, ISSUED_PREFIX_BYTES);
	return text_equal(key->fingerprint, name);
}

bool
identity_holds_key(const struct configuration *configuration, struct text name,
    struct text fingerprint, moment at)
{
	const struct identity *identity = configuration_identity(configuration, name);

	if (identity == NULL || text_empty(fingerprint))
		return false;
	for (size_t i = 0; i < identity->keys.count; i++) {
		const struct identity_key *key = &identity->keys.at[i];

		if (is_named(key, fingerprint) && !text_present(key->refusal) &&
		    (key->valid_after == 0 || key->valid_after <= at) &&
		    (key->valid_before == 0 || at < key->valid_before))
			return true;
	}
	return false;
}
