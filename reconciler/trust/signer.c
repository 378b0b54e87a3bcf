#include "trust/signer.h"

#include "trust/sshsig.h"

enum { SHOWN_BYTES = 128 };

static struct text
name_of(struct arena *arena, const struct identity *identity)
{
	return text_visible(arena, identity->name, SHOWN_BYTES);
}

static bool
valid_at(const struct identity_key *key, moment at)
{
	return (key->valid_after == 0 || key->valid_after <= at) &&
	    (key->valid_before == 0 || at < key->valid_before);
}

/* What a key's fingerprint leads to. */
struct holder {
	const struct identity *identity;        /* the first that lists the key */
	const struct identity_key *entry;       /* where; one that is valid, if any is */
	bool valid;
	bool shared;                            /* another identity lists it, too */
};

static struct holder
find_holder(const struct sighting *sighting, struct text fingerprint)
{
	const struct identities *identities = &sighting->configuration->identities;
	struct holder holder = { 0 };

	for (size_t i = 0; i < identities->count; i++) {
		const struct identity *identity = &identities->at[i];

		for (size_t j = 0; j < identity->keys.count; j++) {
			const struct identity_key *key = &identity->keys.at[j];

			if (!text_equal(key->fingerprint, fingerprint))
				continue;
			holder.shared |= holder.identity != NULL && holder.identity != identity;
			if (holder.identity == NULL || (!holder.valid &&
			    valid_at(key, sighting->observed_at))) {
				holder.identity = identity;
				holder.entry = key;
				holder.valid = valid_at(key, sighting->observed_at);
			}
		}
	}
	return holder;
}

static struct text
outside_validity(struct arena *arena, const struct sighting *sighting, const struct holder *holder)
{
	struct text name = name_of(arena, holder->identity);
	struct text seen = moment_format(arena, sighting->observed_at);
	bool early = holder->entry->valid_after != 0 &&
	    sighting->observed_at < holder->entry->valid_after;
	struct text bound = moment_format(arena,
	    early ? holder->entry->valid_after : holder->entry->valid_before);

	return text_printf(arena, "this key of %.*s is valid %s %.*s, and the signature was first seen "
	    "at %.*s; sign with a key that is valid now", TEXT_ARGUMENTS(name),
	    early ? "from" : "only before", TEXT_ARGUMENTS(bound), TEXT_ARGUMENTS(seen));
}

/* The identity that the key speaks for, into `signer`; false with signer->why. */
static bool
identify(struct arena *arena, const struct sighting *sighting, struct signer *signer)
{
	struct holder holder = find_holder(sighting, signer->key);

	if (holder.identity == NULL) {
		signer->why = text_printf(arena, "the key %.*s belongs to nobody in the trusted "
		    "configuration; sign with a key that identities/ lists, or have this one added "
		    "there", TEXT_ARGUMENTS(signer->key));
		return false;
	}
	if (holder.shared) {
		signer->why = text_printf(arena, "the key %.*s is listed for more than one identity, "
		    "so it says nothing about who signed", TEXT_ARGUMENTS(signer->key));
		return false;
	}
	signer->who = name_of(arena, holder.identity);
	if (!holder.valid) {
		signer->why = outside_validity(arena, sighting, &holder);
		return false;
	}
	signer->identity = holder.identity;
	return true;
}

/* Signatures of other makes, so that people learn that they were seen. */
static bool
is_other_form(struct arena *arena, struct text armour, struct text *why)
{
	const char *form = text_starts_with(armour, "-----BEGIN PGP ") ? "an OpenPGP" :
	    text_starts_with(armour, "-----BEGIN SIGNED MESSAGE-----") ||
	    text_starts_with(armour, "-----BEGIN CMS-----") ||
	    text_starts_with(armour, "-----BEGIN PKCS7-----") ? "an X.509 (CMS)" : NULL;

	if (form == NULL)
		return false;
	*why = text_printf(arena, "it is %s signature, which is not supported yet and counts for "
	    "nothing (a forge signs its own merges so); sign with an SSH key (git config gpg.format "
	    "ssh)", form);
	return true;
}

struct signer
signer_judge(struct arena *arena, const struct sighting *sighting,
    const struct signed_text *signed_text)
{
	struct signer signer = { .who = TEXT("somebody unknown") };
	struct sshsig sshsig;
	const struct identity *identity;

	if (is_other_form(arena, signed_text->armour, &signer.why) ||
	    !sshsig_read(arena, signed_text->armour, signed_text->name_space, &sshsig, &signer.why))
		return signer;
	signer.key = sshsig.key.fingerprint;
	signer.who = text_printf(arena, "the holder of %.*s", TEXT_ARGUMENTS(signer.key));
	if (!identify(arena, sighting, &signer))
		return signer;
	identity = signer.identity;
	signer.identity = NULL;
	signer.mismatch = !sshsig_check(arena, &sshsig, signed_text->name_space,
	    signed_text->message, &signer.why);
	if (!signer.mismatch)
		signer.identity = identity;
	return signer;
}
