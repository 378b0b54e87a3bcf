#include "trust/key_entry.h"

#include "base/digest.h"
#include "trust/certificate.h"
#include "trust/openpgp_key.h"
#include "trust/sshkey.h"

enum { SHOWN_BYTES = 1024 };

static bool
refuse(struct text *why, struct text reason)
{
	*why = reason;
	return false;
}

static void
take_material(struct arena *arena, struct identity_key *key, const struct ssh_public_key *material)
{
	key->public_key_sha256 = text_copy(arena, material->public_key_sha256);
	key->blob = text_copy(arena, material->blob);
}

static void
narrow(struct identity_key *key, moment from, moment until)
{
	if (from > key->valid_after)
		key->valid_after = from;
	if (until != 0 && (key->valid_before == 0 || until < key->valid_before))
		key->valid_before = until;
}

/* --- SSH ------------------------------------------------------------------------------ */

static bool
resolve_ssh(struct arena *arena, struct arena *scratch, struct identity_key *key, struct text *why)
{
	struct ssh_public_key ssh;

	if (!ssh_public_key_parse(scratch, key->ssh, &ssh, why))
		return false;
	if (key->user_verification == USER_VERIFICATION_REQUIRED && !ssh.facts->security_key)
		return refuse(why, TEXT("userVerification: required is for security keys (sk-…); a key "
		    "in a file cannot ask who uses it"));
	take_material(arena, key, &ssh);
	key->fingerprint = text_copy(arena, ssh.fingerprint);
	return true;
}

/* --- OpenPGP ----------------------------------------------------------------------------- */

static void
take_openpgp(struct arena *arena, struct identity_key *key, const struct openpgp_key *found)
{
	key->fingerprint = text_copy(arena, found->fingerprint);
	key->refusal = text_present(found->refusal) ? text_copy(arena, found->refusal)
	                                            : (struct text){ NULL, 0 };
	key->created = found->created;
	if (found->material.facts != NULL)
		take_material(arena, key, &found->material);
	narrow(key, found->created, found->expires);
}

static bool
resolve_openpgp(struct arena *arena, struct arena *scratch, struct identity_keys *keys,
    size_t index, struct text *why)
{
	struct openpgp_keys found;
	struct identity_key entry = keys->at[index];
	size_t usable = 0;

	if (!openpgp_key_block_read(scratch, entry.openpgp, &found, why))
		return false;
	for (size_t i = 0; i < found.count; i++)
		usable += !text_present(found.at[i].refusal);
	if (usable == 0)
		return refuse(why, text_printf(scratch, "no key of the block may sign; of the primary "
		    "key %.*s: %.*s", TEXT_ARGUMENTS(found.at[0].fingerprint),
		    TEXT_ARGUMENTS(found.at[0].refusal)));
	take_openpgp(arena, &keys->at[index], &found.at[0]);
	for (size_t i = 1; i < found.count; i++) {
		struct identity_key *subkey = ARRAY_ADD(arena, keys);

		*subkey = entry;
		subkey->is_subkey = true;
		take_openpgp(arena, subkey, &found.at[i]);
	}
	return true;
}

/* --- X.509 --------------------------------------------------------------------------------- */

static bool
resolve_certificate(struct arena *arena, struct arena *scratch, struct identity_key *key,
    struct text *why)
{
	X509 *certificate = certificate_read(scratch, key->x509, why);
	struct ssh_public_key material;
	moment from, until;
	bool good = false;

	if (certificate == NULL || !certificate_public_key(scratch, certificate, &material, why) ||
	    !certificate_may_sign(certificate, why))
		goto out;
	good = certificate_validity(certificate, &from, &until);
	if (!good) {
		*why = TEXT("the certificate's dates make no sense");
		goto out;
	}
	take_material(arena, key, &material);
	narrow(key, from, until);
	key->certificate_id = certificate_id(arena, X509_get_issuer_name(certificate),
	    X509_get0_serialNumber(certificate));
	key->fingerprint = text_printf(arena, "x509:%.*s",
	    TEXT_ARGUMENTS(certificate_fingerprint(scratch, certificate)));
out:
	X509_free(certificate);
	return good;
}

/* Who the holder of the CA's certificates is, as the entry's fingerprint has it. */
static struct text
holder_name(struct arena *arena, const struct identity_key *key)
{
	if (text_present(key->email))
		return text_printf(arena, "email=%.*s",
		    TEXT_ARGUMENTS(certificate_email_form(arena, key->email)));
	return text_printf(arena, "subject=%.*s", TEXT_ARGUMENTS(key->subject));
}

static bool
resolve_authority(struct arena *arena, struct arena *scratch, struct identity_key *key,
    struct text *why)
{
	X509 *certificate = certificate_read(scratch, key->x509ca, why);
	struct text name = holder_name(scratch, key);
	struct ssh_public_key material;
	bool good = false;

	if (certificate == NULL || !certificate_public_key(scratch, certificate, &material, why))
		goto out;
	good = certificate_may_issue(certificate);
	if (!good) {
		*why = TEXT("the certificate under x509ca is not one of a CA (basicConstraints, "
		    "keyCertSign); a person's own certificate stands under x509");
		goto out;
	}
	key->fingerprint = text_printf(arena, "x509ca:%.*s,%.*s",
	    TEXT_ARGUMENTS(certificate_fingerprint(scratch, certificate)), TEXT_ARGUMENTS(name));
	/* by the CA's key, so that two certificates of it cannot give one name to two people */
	key->public_key_sha256 = digest_sha256_hex(arena, text_printf(scratch, "%.*s,%.*s",
	    TEXT_ARGUMENTS(material.public_key_sha256), TEXT_ARGUMENTS(name)));
out:
	X509_free(certificate);
	return good;
}

/* --- any ------------------------------------------------------------------------------------ */

bool
key_entry_resolve(struct arena *arena, struct identity_keys *keys, size_t index, struct text *why)
{
	struct arena *scratch = arena_new();
	struct identity_key *key = &keys->at[index];
	struct text cause = TEXT("there is none");
	bool good = false;

	key->fingerprint = key->public_key_sha256 = key->blob = key->refusal =
	    key->certificate_id = (struct text){ NULL, 0 };
	if (text_present(key->ssh))
		good = resolve_ssh(arena, scratch, key, &cause);
	else if (text_present(key->openpgp))
		good = resolve_openpgp(arena, scratch, keys, index, &cause);
	else if (text_present(key->x509))
		good = resolve_certificate(arena, scratch, key, &cause);
	else if (text_present(key->x509ca))
		good = resolve_authority(arena, scratch, key, &cause);
	if (!good)
		*why = text_copy(arena, text_visible(scratch, cause, SHOWN_BYTES));
	arena_free(scratch);
	return good;
}
