#include "trust/key_holder.h"

#include <stddef.h>

#include "trust/certificate.h"
#include "trust/cms.h"

static bool
valid_at(const struct identity_key *key, moment at)
{
	return key->valid_after <= at && (key->valid_before == 0 || at < key->valid_before);
}

/* Notes a claim; the first identity keeps it, and an entry that is valid goes before one that is not. */
static void
claim(struct key_holder *holder, const struct sighting *sighting, const struct identity *identity,
    const struct identity_key *entry)
{
	bool valid = valid_at(entry, sighting->observed_at);

	holder->shared |= holder->identity != NULL && holder->identity != identity;
	if (holder->identity != NULL && (holder->valid || !valid))
		return;
	holder->identity = identity;
	holder->entry = entry;
	holder->valid = valid;
}

/* Whether somebody else lists the same key in another wrapping. */
static bool
held_elsewhere(const struct sighting *sighting, const struct identity *holder,
    struct text public_key_sha256)
{
	const struct identities *identities = &sighting->configuration->identities;

	for (size_t i = 0; i < identities->count; i++)
		for (size_t j = 0; j < identities->at[i].keys.count; j++)
			if (&identities->at[i] != holder && text_present(public_key_sha256) &&
			    text_equal(identities->at[i].keys.at[j].public_key_sha256,
			    public_key_sha256))
				return true;
	return false;
}

/* `wanted` at `offset` of an entry names the key. */
static struct key_holder
find_by(const struct sighting *sighting, size_t offset, struct text wanted)
{
	const struct identities *identities = &sighting->configuration->identities;
	struct key_holder holder = { 0 };

	for (size_t i = 0; i < identities->count; i++)
		for (size_t j = 0; j < identities->at[i].keys.count; j++) {
			const struct identity_key *entry = &identities->at[i].keys.at[j];
			const char *at = (const char *)entry + offset;

			if (text_present(wanted) &&
			    text_equal(*(const struct text *)(const void *)at, wanted))
				claim(&holder, sighting, &identities->at[i], entry);
		}
	if (holder.identity != NULL)
		holder.shared |= held_elsewhere(sighting, holder.identity,
		    holder.entry->public_key_sha256);
	return holder;
}

struct key_holder
key_holder_find(const struct sighting *sighting, struct text fingerprint)
{
	return find_by(sighting, offsetof(struct identity_key, fingerprint), fingerprint);
}

struct key_holder
key_holder_find_pinned(const struct sighting *sighting, struct text certificate_id)
{
	return find_by(sighting, offsetof(struct identity_key, certificate_id), certificate_id);
}

/* --- certificates of a listed CA ----------------------------------------------------------- */

static bool
is_named(struct arena *arena, const struct certificate_names *names,
    const struct identity_key *entry)
{
	if (text_present(entry->email))
		return texts_contain(&names->emails, certificate_email_form(arena, entry->email));
	return text_present(entry->subject) && text_equal(entry->subject, names->subject);
}

static bool
is_issued(struct arena *arena, const struct sighting *sighting, const struct cms *cms,
    const struct identity_key *entry, struct text *why)
{
	X509 *authority = certificate_read(arena, entry->x509ca, why);
	bool issued = authority != NULL &&
	    certificate_issued_by(arena, cms->certificate, authority, cms->certificates,
	    sighting->observed_at, why);

	X509_free(authority);
	return issued;
}

struct key_holder
key_holder_find_issued(struct arena *arena, const struct sighting *sighting,
    const struct cms *cms)
{
	const struct identities *identities = &sighting->configuration->identities;
	struct certificate_names names = certificate_names(arena, cms->certificate);
	struct ssh_public_key material;
	struct key_holder holder = { 0 };

	if (!certificate_public_key(arena, cms->certificate, &material, &holder.why) ||
	    !certificate_may_sign(cms->certificate, &holder.why))
		return holder;
	for (size_t i = 0; i < identities->count; i++)
		for (size_t j = 0; j < identities->at[i].keys.count; j++) {
			const struct identity_key *entry = &identities->at[i].keys.at[j];

			if (text_present(entry->x509ca) && text_present(entry->fingerprint) &&
			    is_named(arena, &names, entry) &&
			    is_issued(arena, sighting, cms, entry, &holder.why))
				claim(&holder, sighting, &identities->at[i], entry);
		}
	if (holder.identity != NULL)
		holder.shared |= held_elsewhere(sighting, holder.identity,
		    material.public_key_sha256);
	return holder;
}

/* --- who somebody claims to be ----------------------------------------------------------------- */

static struct text
entry_named(struct arena *arena, const struct configuration *configuration, X509 *certificate,
    struct text fingerprint)
{
	struct sighting sighting = { .configuration = configuration };
	struct certificate_names names = certificate_names(arena, certificate);

	if (key_holder_find(&sighting, fingerprint).identity != NULL)
		return fingerprint;
	for (size_t i = 0; i < configuration->identities.count; i++)
		for (size_t j = 0; j < configuration->identities.at[i].keys.count; j++) {
			const struct identity_key *entry =
			    &configuration->identities.at[i].keys.at[j];

			if (text_present(entry->x509ca) && is_named(arena, &names, entry))
				return entry->fingerprint;
		}
	return fingerprint;
}

struct text
key_holder_entry_of(struct arena *arena, const struct configuration *configuration,
    struct text certificate)
{
	struct text why, fingerprint;
	X509 *read = certificate_read(arena, certificate, &why);

	if (read == NULL)
		return (struct text){ NULL, 0 };
	fingerprint = text_printf(arena, "x509:%.*s",
	    TEXT_ARGUMENTS(certificate_fingerprint(arena, read)));
	fingerprint = entry_named(arena, configuration, read, fingerprint);
	X509_free(read);
	return fingerprint;
}
