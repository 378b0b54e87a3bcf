#include "trust/signer.h"

#include "trust/certificate.h"
#include "trust/cms.h"
#include "trust/key_holder.h"
#include "trust/openpgp_signature.h"
#include "trust/sshsig.h"

enum { SHOWN_BYTES = 128 };

static struct text
name_of(struct arena *arena, const struct identity *identity)
{
	return text_visible(arena, identity->name, SHOWN_BYTES);
}

static struct text
outside_validity(struct arena *arena, const struct sighting *sighting, const struct key_holder *holder)
{
	struct text name = name_of(arena, holder->identity);
	struct text seen = moment_format(arena, sighting->observed_at);
	bool early = sighting->observed_at < holder->entry->valid_after;
	struct text bound = moment_format(arena,
	    early ? holder->entry->valid_after : holder->entry->valid_before);

	return text_printf(arena, "this key of %.*s is valid %s %.*s, and the signature was first seen "
	    "at %.*s; sign with a key that is valid now", TEXT_ARGUMENTS(name),
	    early ? "from" : "only before", TEXT_ARGUMENTS(bound), TEXT_ARGUMENTS(seen));
}

/* Whether the key's holder may speak with it, and into `signer` who that is; false with signer->why. */
static bool
identify(struct arena *arena, const struct sighting *sighting, const struct key_holder *holder,
    struct signer *signer)
{
	if (holder->identity == NULL) {
		signer->why = text_printf(arena, "the key %.*s belongs to nobody in the trusted "
		    "configuration%s%.*s; sign with a key that identities/ lists, or have this one "
		    "added there%s", TEXT_ARGUMENTS(signer->key),
		    text_present(holder->why) ? ": " : "", TEXT_ARGUMENTS(holder->why),
		    text_starts_with(signer->key, "openpgp:") ?
			" (a forge signs its own merges so, and they count for nobody)" : "");
		return false;
	}
	if (holder->shared) {
		signer->why = text_printf(arena, "the key %.*s is listed for more than one identity, "
		    "so it says nothing about who signed", TEXT_ARGUMENTS(signer->key));
		return false;
	}
	signer->who = name_of(arena, holder->identity);
	if (text_present(holder->entry->refusal)) {
		signer->why = text_printf(arena, "the key %.*s of %.*s may not sign: %.*s",
		    TEXT_ARGUMENTS(signer->key), TEXT_ARGUMENTS(signer->who),
		    TEXT_ARGUMENTS(holder->entry->refusal));
		return false;
	}
	if (!holder->valid) {
		signer->why = outside_validity(arena, sighting, holder);
		return false;
	}
	return true;
}

static void
signed_with(struct arena *arena, struct signer *signer, struct text key)
{
	signer->key = key;
	signer->who = text_printf(arena, "the holder of %.*s", TEXT_ARGUMENTS(key));
}

/* --- the forms ------------------------------------------------------------------------------- */

static void
judge_ssh(struct arena *arena, const struct sighting *sighting,
    const struct signed_text *signed_text, struct signer *signer)
{
	struct key_holder holder;
	struct sshsig sshsig;

	if (!sshsig_read(arena, signed_text->armour, signed_text->name_space, &sshsig,
	    &signer->why))
		return;
	signed_with(arena, signer, sshsig.key.fingerprint);
	holder = key_holder_find(sighting, signer->key);
	if (!identify(arena, sighting, &holder, signer))
		return;
	sshsig.key.user_verification =
	    holder.entry->user_verification == USER_VERIFICATION_REQUIRED;
	signer->mismatch = !sshsig_check(arena, &sshsig, signed_text->name_space,
	    signed_text->message, &signer->why);
	if (!signer->mismatch)
		signer->identity = holder.identity;
}

/* What the signature says of its own time, which only ever takes away. */
static bool
stands_at(struct arena *arena, const struct openpgp_signature *signature,
    const struct identity_key *key, moment at, struct text *why)
{
	moment end = signature->created + signature->lifetime;

	if (signature->created < key->created) {
		*why = TEXT("the signature says that it was made before its key was");
		return false;
	}
	if (signature->lifetime != 0 && end <= at) {
		*why = text_printf(arena, "the signature says that it expires at %.*s, and it was first "
		    "seen at %.*s", TEXT_ARGUMENTS(moment_format(arena, end)),
		    TEXT_ARGUMENTS(moment_format(arena, at)));
		return false;
	}
	return true;
}

/*
 * Neither OpenPGP nor CMS has namespaces. What is signed tells them apart: a commit
 * object is no document of a repository, and a document is no commit.
 */
static void
judge_openpgp(struct arena *arena, const struct sighting *sighting,
    const struct signed_text *signed_text, struct signer *signer)
{
	struct openpgp_signature signature;
	struct ssh_public_key key;
	struct key_holder holder;

	if (!openpgp_detached_read(arena, signed_text->armour, &signature, &signer->why))
		return;
	signed_with(arena, signer, openpgp_fingerprint_text(arena, signature.issuer));
	holder = key_holder_find(sighting, signer->key);
	if (!identify(arena, sighting, &holder, signer) ||
	    !ssh_public_key_decode(arena, holder.entry->blob, &key, &signer->why))
		return;
	signer->mismatch = !openpgp_signature_check(arena, &signature, &key, signed_text->message,
	    &signer->why);
	if (!signer->mismatch && stands_at(arena, &signature, holder.entry, sighting->observed_at,
	    &signer->why))
		signer->identity = holder.identity;
}

/* Who is behind the certificate that came with the signature. */
static bool
identify_certificate(struct arena *arena, const struct sighting *sighting, const struct cms *cms,
    struct key_holder *holder, struct signer *signer)
{
	signed_with(arena, signer, text_printf(arena, "x509:%.*s",
	    TEXT_ARGUMENTS(certificate_fingerprint(arena, cms->certificate))));
	*holder = key_holder_find(sighting, signer->key);
	if (holder->identity == NULL)
		*holder = key_holder_find_issued(arena, sighting, cms);
	if (!identify(arena, sighting, holder, signer))
		return false;
	/* so that who reads the record knows by which entry the certificate counted */
	if (text_present(holder->entry->x509ca))
		signer->key = text_printf(arena, "%.*s,%.*s", TEXT_ARGUMENTS(signer->key),
		    TEXT_ARGUMENTS(holder->entry->fingerprint));
	return true;
}

static bool
identify_pinned(struct arena *arena, const struct sighting *sighting, const struct cms *cms,
    struct key_holder *holder, struct signer *signer)
{
	*holder = key_holder_find_pinned(sighting, cms->signer_id);
	if (holder->identity == NULL) {
		signer->why = TEXT("the signature does not bring its certificate, and no identity in "
		    "the trusted configuration lists one with that issuer and serial number");
		return false;
	}
	signed_with(arena, signer, holder->entry->fingerprint);
	return identify(arena, sighting, holder, signer);
}

static void
judge_cms(struct arena *arena, const struct sighting *sighting,
    const struct signed_text *signed_text, struct signer *signer)
{
	struct key_holder holder;
	X509 *pinned = NULL;
	struct cms cms;

	if (!cms_read(arena, signed_text->armour, &cms, &signer->why))
		goto out;
	if (cms.certificate == NULL) {
		if (!identify_pinned(arena, sighting, &cms, &holder, signer) ||
		    (pinned = certificate_read(arena, holder.entry->x509, &signer->why)) == NULL)
			goto out;
	} else if (!identify_certificate(arena, sighting, &cms, &holder, signer)) {
		goto out;
	}
	signer->mismatch = !cms_check(&cms, pinned != NULL ? pinned : cms.certificate,
	    signed_text->message, &signer->why);
	if (!signer->mismatch)
		signer->identity = holder.identity;
out:
	X509_free(pinned);
	cms_free(&cms);
}

struct signer
signer_judge(struct arena *arena, const struct sighting *sighting,
    const struct signed_text *signed_text)
{
	struct signer signer = { .who = TEXT("somebody unknown") };

	if (text_starts_with(signed_text->armour, "-----BEGIN PGP "))
		judge_openpgp(arena, sighting, signed_text, &signer);
	else if (cms_is_armour(signed_text->armour))
		judge_cms(arena, sighting, signed_text, &signer);
	else
		judge_ssh(arena, sighting, signed_text, &signer);
	return signer;
}
