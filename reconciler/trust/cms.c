#include "trust/cms.h"

#include <string.h>

#include <openssl/err.h>

#include "trust/armour.h"
#include "trust/certificate.h"

static const char *const armour_names[] = { "SIGNED MESSAGE", "CMS", "PKCS7" };

static bool
refuse(struct text *why, struct text reason)
{
	*why = reason;
	return false;
}

/* --- the outer form ---------------------------------------------------------------------- */

static const char *
armour_name(struct text armour)
{
	struct text line = { NULL, 0 };

	if (!text_next_line(&armour, &line) || !text_starts_with(line, "-----BEGIN "))
		return NULL;
	line = text_trim(text_skip(line, sizeof("-----BEGIN ") - 1));
	for (size_t i = 0; i < sizeof(armour_names) / sizeof(armour_names[0]); i++)
		if (text_ends_with(line, "-----") &&
		    text_is(text_first(line, line.length - 5), armour_names[i]))
			return armour_names[i];
	return NULL;
}

bool
cms_is_armour(struct text armour)
{
	return armour_name(armour) != NULL;
}

static bool
decode(struct arena *arena, struct text armour, struct cms *out, struct text *why)
{
	const char *name = armour_name(armour);
	const unsigned char *at;
	struct text bytes;

	if (name == NULL)
		return refuse(why, TEXT("it is no CMS signature in PEM"));
	if (!armour_decode(arena, armour, name, &bytes, why))
		return false;
	at = (const unsigned char *)bytes.at;
	out->message = d2i_CMS_ContentInfo(NULL, &at, (long)bytes.length);
	if (out->message == NULL || at != (const unsigned char *)bytes.at + bytes.length)
		return refuse(why, TEXT("the armour does not hold a CMS message, or something stands "
		    "behind it"));
	return true;
}

static bool
envelope_is_plain(const struct cms *cms, struct text *why)
{
	if (OBJ_obj2nid(CMS_get0_type(cms->message)) != NID_pkcs7_signed)
		return refuse(why, TEXT("the CMS message is not signed data"));
	if (CMS_is_detached(cms->message) != 1 ||
	    OBJ_obj2nid(CMS_get0_eContentType(cms->message)) != NID_pkcs7_data)
		return refuse(why, TEXT("the CMS message brings its own content, and a detached "
		    "signature is needed (without -nodetach)"));
	return true;
}

/* --- the signer --------------------------------------------------------------------------- */

static bool
take_certificates(struct cms *cms, struct text *why)
{
	STACK_OF(X509_CRL) *revocations = CMS_get1_crls(cms->message);
	bool revocations_seen = sk_X509_CRL_num(revocations) > 0;        /* -1: there is no list */
	int count;

	sk_X509_CRL_pop_free(revocations, X509_CRL_free);
	if (revocations_seen)
		return refuse(why, TEXT("the signature brings revocation lists, which nothing here "
		    "would believe"));
	cms->certificates = CMS_get1_certs(cms->message);
	count = cms->certificates == NULL ? 0 : sk_X509_num(cms->certificates);
	if (count > CMS_CERTIFICATES_MOST)
		return refuse(why, TEXT("the signature brings more than 8 certificates"));
	for (int i = 0; i < count; i++) {
		X509 *certificate = sk_X509_value(cms->certificates, i);

		if (CMS_SignerInfo_cert_cmp(cms->signer, certificate) != 0)
			continue;
		if (cms->certificate != NULL)
			return refuse(why, TEXT("the signature brings two certificates that could be "
			    "the signer's"));
		cms->certificate = certificate;
	}
	return true;
}

static bool
is_accepted_digest(int digest)
{
	return digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512;
}

/* Whether the signature's algorithm is one of ours and hashes with the digest that the signer names. */
static bool
algorithms_agree(int algorithm, int digest)
{
	int its_digest = NID_undef, its_key = NID_undef;

	/* older signers name the key's algorithm alone */
	if (algorithm == NID_rsaEncryption || algorithm == NID_ED25519)
		return true;
	if (OBJ_find_sigid_algs(algorithm, &its_digest, &its_key) != 1)
		return false;
	return (its_key == NID_rsaEncryption || its_key == NID_X9_62_id_ecPublicKey) &&
	    its_digest == digest;
}

static bool
algorithms_are_good(const struct cms *cms, struct text *why)
{
	X509_ALGOR *digest = NULL, *signature = NULL;
	const ASN1_OBJECT *digest_name, *signature_name;

	CMS_SignerInfo_get0_algs(cms->signer, NULL, NULL, &digest, &signature);
	X509_ALGOR_get0(&digest_name, NULL, NULL, digest);
	X509_ALGOR_get0(&signature_name, NULL, NULL, signature);
	if (!is_accepted_digest(OBJ_obj2nid(digest_name)))
		return refuse(why, TEXT("the signature's digest is none of SHA-256, SHA-384 and SHA-512; "
		    "others can be forged, or are not known here"));
	if (!algorithms_agree(OBJ_obj2nid(signature_name), OBJ_obj2nid(digest_name)))
		return refuse(why, TEXT("the signature's algorithm is not accepted (ECDSA, Ed25519 and "
		    "RSA as of PKCS #1 v1.5 are), or contradicts its digest"));
	return true;
}

/*
 * Without signed attributes the bytes of somebody's attributes could be passed off as a
 * message that he signed; with unsigned ones the signature says what nobody signed.
 */
static bool
attributes_are_good(struct cms *cms, struct text *why)
{
	/* -3: one attribute of this kind, with one value */
	const ASN1_OBJECT *type = CMS_signed_get0_data_by_OBJ(cms->signer,
	    OBJ_nid2obj(NID_pkcs9_contentType), -3, V_ASN1_OBJECT);

	cms->digest = CMS_signed_get0_data_by_OBJ(cms->signer,
	    OBJ_nid2obj(NID_pkcs9_messageDigest), -3, V_ASN1_OCTET_STRING);
	if (CMS_signed_get_attr_count(cms->signer) <= 0)
		return refuse(why, TEXT("the signature has no signed attributes (sign without -noattr)"));
	if (OBJ_obj2nid(type) != NID_pkcs7_data || cms->digest == NULL)
		return refuse(why, TEXT("the signed attributes do not have exactly one content type "
		    "(data) and one digest"));
	if (CMS_unsigned_get_attr_count(cms->signer) > 0)
		return refuse(why, TEXT("the signature has unsigned attributes, for which nobody "
		    "vouches"));
	return true;
}

static struct text
signer_id(struct arena *arena, CMS_SignerInfo *signer)
{
	X509_NAME *issuer = NULL;
	ASN1_INTEGER *serial = NULL;

	/* both, or neither where the signer is named by his key */
	if (CMS_SignerInfo_get0_signer_id(signer, NULL, &issuer, &serial) != 1 || issuer == NULL)
		return (struct text){ NULL, 0 };
	return certificate_id(arena, issuer, serial);
}

static bool
read_signer(struct arena *arena, struct cms *cms, struct text *why)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms->message);

	if (sk_CMS_SignerInfo_num(signers) != 1)
		return refuse(why, TEXT("the CMS message does not have exactly one signer; one signature "
		    "is one statement"));
	cms->signer = sk_CMS_SignerInfo_value(signers, 0);
	cms->signer_id = signer_id(arena, cms->signer);
	return algorithms_are_good(cms, why) && attributes_are_good(cms, why) &&
	    take_certificates(cms, why);
}

bool
cms_read(struct arena *arena, struct text armour, struct cms *out, struct text *why)
{
	bool read;

	*out = (struct cms){ 0 };
	read = decode(arena, armour, out, why) && envelope_is_plain(out, why) &&
	    read_signer(arena, out, why);
	ERR_clear_error();
	return read;
}

void
cms_free(struct cms *cms)
{
	sk_X509_pop_free(cms->certificates, X509_free);
	CMS_ContentInfo_free(cms->message);
	*cms = (struct cms){ 0 };
}

/* Whether the signed attributes carry the digest of the message. */
static bool
digest_is_of(const struct cms *cms, struct text message)
{
	X509_ALGOR *algorithm = NULL;
	const ASN1_OBJECT *name;
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t length = 0;

	CMS_SignerInfo_get0_algs(cms->signer, NULL, NULL, &algorithm, NULL);
	X509_ALGOR_get0(&name, NULL, NULL, algorithm);
	return EVP_Q_digest(NULL, OBJ_nid2sn(OBJ_obj2nid(name)), NULL, message.at, message.length,
	    digest, &length) == 1 && (size_t)ASN1_STRING_length(cms->digest) == length &&
	    memcmp(ASN1_STRING_get0_data(cms->digest), digest, length) == 0;
}

bool
cms_check(const struct cms *cms, X509 *certificate, struct text message, struct text *why)
{
	bool good;

	/* not by CMS_verify(), which hashes the message once for each digest that the envelope names */
	CMS_SignerInfo_set1_signer_cert(cms->signer, certificate);
	good = digest_is_of(cms, message) && CMS_SignerInfo_verify(cms->signer) == 1;
	ERR_clear_error();
	if (!good)
		*why = TEXT("the signature does not match: what was signed has other bytes (`openssl cms "
		    "-sign` needs -binary), or another key signed");
	return good;
}
