#include <string.h>

#include "trust/key_entry.h"
#include "trust/sshkey.h"

enum { SHOWN_BYTES = 128 };

static struct text
shown(struct arena *arena, struct text name)
{
	return text_visible(arena, name, SHOWN_BYTES);
}

static void
resolve_key(struct arena *arena, struct configuration *configuration, struct identity *identity,
    size_t index)
{
	struct text why;

	if (!key_entry_resolve(arena, &identity->keys, index, &why))
		reason_add(arena, &configuration->reasons, identity->keys.at[index].position,
		    "UnusableKey", "a key of %.*s cannot be used: %.*s",
		    TEXT_ARGUMENTS(shown(arena, identity->name)), TEXT_ARGUMENTS(why));
}

/* What an earlier resolving added is made anew. */
static void
drop_subkeys(struct identity_keys *keys)
{
	while (keys->count > 0 && keys->at[keys->count - 1].is_subkey)
		keys->count--;
}

/* One person may hold one key as an SSH key and in a certificate; people are counted, not keys. */
static void
report_twice(struct arena *arena, struct configuration *configuration,
    const struct identity *identity)
{
	const struct identity_key *keys = identity->keys.at;

	for (size_t i = 0; i < identity->keys.count; i++)
		for (size_t j = 0; j < i && text_present(keys[i].public_key_sha256); j++) {
			if (!text_equal(keys[j].fingerprint, keys[i].fingerprint))
				continue;
			reason_add(arena, &configuration->reasons, keys[i].position, "KeyTwice",
			    "%.*s lists the same key twice (%.*s)",
			    TEXT_ARGUMENTS(shown(arena, identity->name)),
			    TEXT_ARGUMENTS(keys[i].fingerprint));
			break;
		}
}

static void
resolve_identity(struct arena *arena, struct configuration *configuration,
    struct identity *identity)
{
	size_t listed;

	drop_subkeys(&identity->keys);
	listed = identity->keys.count;
	for (size_t i = 0; i < listed; i++)
		resolve_key(arena, configuration, identity, i);
	report_twice(arena, configuration, identity);
}

static void
warn_of_reconciler_key(struct arena *arena, struct configuration *configuration,
    const struct ssh_public_key *key)
{
	for (size_t i = 0; i < configuration->identities.count; i++) {
		const struct identity *identity = &configuration->identities.at[i];

		for (size_t j = 0; j < identity->keys.count; j++)
			if (text_equal(identity->keys.at[j].public_key_sha256, key->public_key_sha256))
				warning_add(arena, &configuration->reasons, identity->keys.at[j].position,
				    "ReconcilerKeyShared", "a key of %.*s is the reconciler's too: "
				    "whoever runs the reconciler can decide in that name",
				    TEXT_ARGUMENTS(shown(arena, identity->name)));
	}
}

static void
resolve_reconciler_keys(struct arena *arena, struct configuration *configuration)
{
	const struct repository *repository = &configuration->repository;
	struct ssh_public_key key;
	struct text why;

	for (size_t i = 0; i < repository->reconciler_keys.count; i++) {
		if (ssh_public_key_parse(arena, repository->reconciler_keys.at[i], &key, &why))
			warn_of_reconciler_key(arena, configuration, &key);
		else
			reason_add(arena, &configuration->reasons, repository->position,
			    "UnusableKey", "key %zu of spec.reconciler cannot be used: %.*s", i + 1,
			    TEXT_ARGUMENTS(why));
	}
}

static bool
holds(struct text certificates, struct text certificate)
{
	certificates = text_trim(certificates);
	certificate = text_trim(certificate);
	return certificates.length > 0 && certificate.length > 0 &&
	    memmem(certificates.at, certificates.length, certificate.at, certificate.length) != NULL;
}

/* The CA itself or one above it: what it issues counts below each of them. */
static bool
is_at_or_above(struct text certificate, const struct certificate_authority *authority)
{
	return holds(authority->certificate, certificate) || holds(authority->chain, certificate) ||
	    holds(authority->root, certificate);
}

/* A CA that issues by the rules of this repository must not be the one that says who may change them. */
static void
warn_of_own_authorities(struct arena *arena, struct configuration *configuration,
    const struct identity *identity, const struct identity_key *key)
{
	for (size_t i = 0; i < configuration->authorities.count; i++)
		if (is_at_or_above(key->x509ca, &configuration->authorities.at[i]))
			warning_add(arena, &configuration->reasons, key->position,
			    "IdentityOfOwnAuthority", "%.*s is whoever gets a certificate with that "
			    "name from the authority \"%.*s\", which issues here: a profile that "
			    "allows the name hands the identity out",
			    TEXT_ARGUMENTS(shown(arena, identity->name)),
			    TEXT_ARGUMENTS(shown(arena, configuration->authorities.at[i].name)));
}

void
identity_keys_resolve(struct arena *arena, struct configuration *configuration)
{
	for (size_t i = 0; i < configuration->identities.count; i++) {
		struct identity *identity = &configuration->identities.at[i];

		resolve_identity(arena, configuration, identity);
		for (size_t j = 0; j < identity->keys.count; j++)
			if (text_present(identity->keys.at[j].public_key_sha256))
				warn_of_own_authorities(arena, configuration, identity,
				    &identity->keys.at[j]);
	}
	resolve_reconciler_keys(arena, configuration);
}
