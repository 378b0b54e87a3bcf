#include <stdlib.h>
#include <string.h>

#include "trust/key_entry.h"
#include "trust/sshkey.h"

enum { SHOWN_BYTES = 128 };

/* A resolved key and where it stands, for finding one that an identity lists twice. */
struct held_key {
	const struct identity *identity;
	const struct identity_key *key;
	size_t number;                  /* in the order of the documents */
};

ARRAY(held_keys, struct held_key);

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

static int
compare_keys(const void *a, const void *b)
{
	const struct held_key *left = a, *right = b;
	int order = text_compare(left->key->public_key_sha256, right->key->public_key_sha256);

	if (order == 0)
		order = (left->identity > right->identity) - (left->identity < right->identity);
	if (order == 0)
		order = text_compare(left->key->fingerprint, right->key->fingerprint);
	if (order != 0)
		return order;
	return left->number < right->number ? -1 : left->number > right->number;
}

/* One person may hold one key as an SSH key and in a certificate; people are counted, not keys. */
static bool
same_entry(const struct held_key *first, const struct held_key *second)
{
	return first->identity == second->identity &&
	    text_equal(first->key->public_key_sha256, second->key->public_key_sha256) &&
	    text_equal(first->key->fingerprint, second->key->fingerprint);
}

static void
resolve_reconciler_keys(struct arena *arena, struct configuration *configuration,
    const struct held_keys *held)
{
	const struct repository *repository = &configuration->repository;
	struct ssh_public_key key;
	struct text why;

	for (size_t i = 0; i < repository->reconciler_keys.count; i++) {
		if (!ssh_public_key_parse(arena, repository->reconciler_keys.at[i], &key, &why)) {
			reason_add(arena, &configuration->reasons, repository->position,
			    "UnusableKey", "key %zu of spec.reconciler cannot be used: %.*s", i + 1,
			    TEXT_ARGUMENTS(why));
			continue;
		}
		for (size_t j = 0; j < held->count; j++)
			if (text_equal(held->at[j].key->public_key_sha256, key.public_key_sha256))
				warning_add(arena, &configuration->reasons, held->at[j].key->position,
				    "ReconcilerKeyShared", "a key of %.*s is the reconciler's too: "
				    "whoever runs the reconciler can decide in that name",
				    TEXT_ARGUMENTS(shown(arena, held->at[j].identity->name)));
	}
}

static void
resolve_identity(struct arena *arena, struct configuration *configuration,
    struct identity *identity, struct held_keys *held)
{
	size_t listed;

	drop_subkeys(&identity->keys);
	listed = identity->keys.count;
	for (size_t i = 0; i < listed; i++)
		resolve_key(arena, configuration, identity, i);
	for (size_t i = 0; i < identity->keys.count; i++)
		if (text_present(identity->keys.at[i].public_key_sha256)) {
			struct held_key found = { identity, &identity->keys.at[i], held->count };

			*ARRAY_ADD(arena, held) = found;
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
	struct held_keys held = { 0 };

	for (size_t i = 0; i < configuration->identities.count; i++)
		resolve_identity(arena, configuration, &configuration->identities.at[i], &held);
	if (held.count > 1)
		qsort(held.at, held.count, sizeof(held.at[0]), compare_keys);
	for (size_t i = 0; i < held.count; i++) {
		warn_of_own_authorities(arena, configuration, held.at[i].identity,
		    held.at[i].key);
		if (i > 0 && same_entry(&held.at[i - 1], &held.at[i]))
			reason_add(arena, &configuration->reasons, held.at[i].key->position, "KeyTwice",
			    "%.*s lists the same key twice (%.*s)",
			    TEXT_ARGUMENTS(shown(arena, held.at[i].identity->name)),
			    TEXT_ARGUMENTS(held.at[i].key->fingerprint));
	}
	resolve_reconciler_keys(arena, configuration, &held);
}
