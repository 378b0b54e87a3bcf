/*
 * What is allowed and hardly meant: crowded folders, things that nothing uses.
 */
#include "evaluate/checking.h"
#include "evaluate/planning.h"

enum { FOLDER_ENTRIES_MOST = 1000 };

static struct text
folder_of(struct text path)
{
	size_t slash = path.length;

	while (slash > 0 && path.at[slash - 1] != '/')
		slash--;
	return text_first(path, slash);
}

void
check_folders(struct checking *checking)
{
	const struct configuration_files *files = &checking->configuration->files;
	struct texts folders = { 0 };
	size_t same = 0;

	for (size_t i = 0; i < files->count; i++)
		texts_add(checking->arena, &folders, folder_of(files->at[i].path));
	texts_sort(&folders);
	for (size_t i = 0; i < folders.count; i++) {
		same = i > 0 && text_equal(folders.at[i], folders.at[i - 1]) ? same + 1 : 1;
		if (same == FOLDER_ENTRIES_MOST + 1)
			warning_add(checking->arena, checking->reasons,
			    (struct position){ .path = folders.at[i] }, "CrowdedFolder",
			    "over %d entries in one folder: git reads and writes it whole for each "
			    "change; use folders below it",
			    FOLDER_ENTRIES_MOST);
	}
}

static void
warn_unused(struct checking *checking, struct position position, const char *kind, struct text name)
{
	warning_add(checking->arena, checking->reasons, position, "Unused",
	    "nothing uses the %s \"%s\"", kind, shown(checking->arena, name));
}

static void
add_all(struct arena *arena, struct texts *to, const struct texts *from)
{
	for (size_t i = 0; i < from->count; i++)
		texts_add(arena, to, from->at[i]);
}

static void
check_unused_groups(struct checking *checking)
{
	const struct configuration *configuration = checking->configuration;
	struct texts used = { 0 };

	for (size_t i = 0; i < configuration->profiles.count; i++)
		add_all(checking->arena, &used, &configuration->profiles.at[i].requesters.groups);
	for (size_t i = 0; i < configuration->approval_policies.count; i++) {
		const struct approval_steps *steps = &configuration->approval_policies.at[i].steps;

		for (size_t j = 0; j < steps->count; j++)
			add_all(checking->arena, &used, &steps->at[j].approvers.groups);
	}
	for (size_t i = 0; i < configuration->groups.count; i++)
		if (!texts_contain(&used, configuration->groups.at[i].name))
			warn_unused(checking, configuration->groups.at[i].position, "Group",
			    configuration->groups.at[i].name);
}

void
check_unused(struct checking *checking)
{
	const struct configuration *configuration = checking->configuration;
	struct texts used = { 0 };

	check_unused_groups(checking);
	for (size_t i = 0; i < configuration->profiles.count; i++)
		texts_add(checking->arena, &used, configuration->profiles.at[i].authority);
	for (size_t i = 0; i < configuration->authorities.count; i++)
		if (!texts_contain(&used, configuration->authorities.at[i].name))
			warn_unused(checking, configuration->authorities.at[i].position,
			    "CertificateAuthority", configuration->authorities.at[i].name);
	used = (struct texts){ 0 };
	for (size_t i = 0; i < configuration->profiles.count; i++)
		texts_add(checking->arena, &used, configuration->profiles.at[i].certificate_policy);
	for (size_t i = 0; i < configuration->certificate_policies.count; i++)
		if (!texts_contain(&used, configuration->certificate_policies.at[i].name))
			warn_unused(checking, configuration->certificate_policies.at[i].position,
			    "CertificatePolicy", configuration->certificate_policies.at[i].name);
	for (size_t i = 0; i < configuration->approval_policies.count; i++)
		if (configuration->approval_policies.at[i].profiles.count == 0)
			warn_unused(checking, configuration->approval_policies.at[i].position,
			    "ApprovalPolicy", configuration->approval_policies.at[i].name);
}
