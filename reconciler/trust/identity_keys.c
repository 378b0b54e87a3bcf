#include <stdlib.h>

#include "trust/sshkey.h"

enum { SHOWN_BYTES = 128 };

/* A resolved key and where it stands, for finding the same key twice. */
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
resolve_ssh(struct arena *arena, struct reasons *reasons, struct text name,
    struct identity_key *key)
{
	struct arena *scratch = arena_new();
	struct ssh_public_key ssh;
	struct text why;

	if (ssh_public_key_parse(scratch, key->ssh, &ssh, &why)) {
		key->fingerprint = text_copy(arena, ssh.fingerprint);
		key->public_key_sha256 = text_copy(arena, ssh.public_key_sha256);
	} else {
		reason_add(arena, reasons, key->position, "UnusableKey",
		    "a key of %.*s cannot be used: %.*s", TEXT_ARGUMENTS(name),
		    TEXT_ARGUMENTS(why));
	}
	arena_free(scratch);
}

static void
resolve_key(struct arena *arena, struct configuration *configuration,
    const struct identity *identity, struct identity_key *key)
{
	struct text name = shown(arena, identity->name);

	key->fingerprint = key->public_key_sha256 = (struct text){ NULL, 0 };
	if (!text_present(key->ssh)) {
		warning_add(arena, &configuration->reasons, key->position, "KeyFormNotSupportedYet",
		    "%s key of %.*s: only SSH keys are supported yet; this key counts for nothing",
		    text_present(key->openpgp) ? "the OpenPGP" : "the X.509", TEXT_ARGUMENTS(name));
		return;
	}
	resolve_ssh(arena, &configuration->reasons, name, key);
}

static int
compare_keys(const void *a, const void *b)
{
	const struct held_key *left = a, *right = b;
	int order = text_compare(left->key->public_key_sha256, right->key->public_key_sha256);

	if (order != 0)
		return order;
	return left->number < right->number ? -1 : left->number > right->number;
}

static void
report_shared(struct arena *arena, struct reasons *reasons, const struct held_key *first,
    const struct held_key *second)
{
	struct text one = shown(arena, first->identity->name);
	struct text other = shown(arena, second->identity->name);

	if (first->identity == second->identity)
		reason_add(arena, reasons, second->key->position, "KeyTwice",
		    "%.*s lists the same key twice (%.*s)", TEXT_ARGUMENTS(one),
		    TEXT_ARGUMENTS(second->key->fingerprint));
	else
		reason_add(arena, reasons, second->key->position, "KeyShared",
		    "%.*s and %.*s hold the same key (%.*s): one key is one identity, or one "
		    "person could count as two", TEXT_ARGUMENTS(one), TEXT_ARGUMENTS(other),
		    TEXT_ARGUMENTS(second->key->fingerprint));
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

void
identity_keys_resolve(struct arena *arena, struct configuration *configuration)
{
	struct held_keys held = { 0 };

	for (size_t i = 0; i < configuration->identities.count; i++) {
		struct identity *identity = &configuration->identities.at[i];

		for (size_t j = 0; j < identity->keys.count; j++) {
			struct identity_key *key = &identity->keys.at[j];

			resolve_key(arena, configuration, identity, key);
			if (text_present(key->fingerprint)) {
				struct held_key found = { identity, key, held.count };

				*ARRAY_ADD(arena, &held) = found;
			}
		}
	}
	if (held.count > 1)
		qsort(held.at, held.count, sizeof(held.at[0]), compare_keys);
	for (size_t i = 1; i < held.count; i++)
		if (text_equal(held.at[i - 1].key->public_key_sha256,
		    held.at[i].key->public_key_sha256))
			report_shared(arena, &configuration->reasons, &held.at[i - 1], &held.at[i]);
	resolve_reconciler_keys(arena, configuration, &held);
}
