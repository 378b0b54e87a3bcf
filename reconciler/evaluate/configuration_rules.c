#include "evaluate/configuration_rules.h"

#include "evaluate/checking.h"

static void
list_names(struct checking *checking)
{
	const struct configuration *configuration = checking->configuration;

	for (size_t i = 0; i < configuration->identities.count; i++) {
		const struct identity *identity = &configuration->identities.at[i];

		texts_add(checking->arena,
		    identity->kind == IDENTITY_PERSON ? &checking->people : &checking->machines,
		    identity->name);
	}
	for (size_t i = 0; i < configuration->groups.count; i++)
		texts_add(checking->arena, &checking->groups, configuration->groups.at[i].name);
	texts_sort_unique(&checking->people);
	texts_sort_unique(&checking->machines);
	texts_sort_unique(&checking->groups);
}

void
configuration_check(struct arena *arena, struct configuration *configuration,
    const struct texts *local_authorities)
{
	struct checking checking = { .arena = arena,
		.configuration = configuration,
		.reasons = &configuration->reasons,
		.local_authorities = local_authorities };

	list_names(&checking);
	check_names(&checking);
	check_keys(&checking);
	check_administrators(&checking);
	check_authorities(&checking);
	check_certificate_policies(&checking);
	check_profiles(&checking);
	check_approval_policies(&checking);
	check_folders(&checking);
	check_unused(&checking);
}
