/*
 * What the audit begins with and nothing proves: an auditor compares it with what he was told by
 * another way. The digest covers all of it; the keys are those that say who may change the rules,
 * and whose word the times are.
 */
#include "audit/auditing.h"

#include "trust/sshkey.h"

static void
add_administrator(struct arena *arena, struct audit_introduction *out,
    const struct configuration *configuration, struct text name)
{
	const struct identity *identity = configuration_identity(configuration, name);
	struct audit_administrator *administrator = ARRAY_ADD(arena, &out->administrators);

	*administrator = (struct audit_administrator){ .name = text_copy(arena, name) };
	for (size_t i = 0; identity != NULL && i < identity->keys.count; i++)
		if (text_present(identity->keys.at[i].fingerprint))
			texts_add(arena, &administrator->keys,
			    text_copy(arena, identity->keys.at[i].fingerprint));
}

void
introduction_tell(struct auditing *auditing, const struct configuration *configuration)
{
	const struct repository *repository = &configuration->repository;
	struct audit_introduction *out = &auditing->report->introduction;
	struct ssh_public_key key;
	struct text why;

	for (size_t i = 0; i < repository->reconciler_keys.count; i++)
		if (ssh_public_key_parse(auditing->arena, repository->reconciler_keys.at[i], &key,
		    &why))
			texts_add(auditing->arena, &out->reconciler_keys,
			    text_copy(auditing->arena, key.fingerprint));
	out->required = repository->administrators_required;
	for (size_t i = 0; i < repository->administrators.count; i++)
		add_administrator(auditing->arena, out, configuration,
		    repository->administrators.at[i]);
}
