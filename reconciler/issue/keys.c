#include "issue/keys.h"

#include <openssl/pem.h>

#include "base/encoding.h"
#include "issue/authority_certificate.h"
#include "issue/certificate.h"
#include "issue/der.h"
#include "issue/key_checks.h"
#include "issue/pem.h"
#include "issue/signer.h"
#include "issue/signing_key.h"
#include "issue/x509_names.h"
#include "model/key_usage.h"

static bool
refuse(struct text *why, const char *what)
{
	*why = text_of(what);
	return false;
}

bool
private_key_new(struct arena *arena, struct text algorithm, struct text *pem, struct text *why)
{
	EVP_PKEY *key = private_key_generate(key_algorithm_parse(algorithm));
	BIO *memory = BIO_new(BIO_s_secmem());
	char *at = NULL;
	long length;
	bool made = false;

	if (key == NULL) {
		*why = text_printf(arena,
		    "no key of the kind \"%.*s\" can be made: ECDSA-P256, "
		    "ECDSA-P384, Ed25519, RSA-2048, RSA-3072 and RSA-4096 can",
		    TEXT_ARGUMENTS(text_visible(arena, algorithm, 64)));
	} else if (memory == NULL ||
		   PEM_write_bio_PKCS8PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) != 1) {
		*why = TEXT("the new key cannot be written");
	} else {
		length = BIO_get_mem_data(memory, &at);
		*pem = text_copy(arena, (struct text){ at, (size_t)length });
		made = true;
	}
	BIO_free(memory);
	EVP_PKEY_free(key);
	return made;
}

/* A private key and its public half. */
struct key_pair {
	EVP_PKEY *handle; /* the caller frees it */
	struct public_key public_key;
};

static bool
read_pair(struct arena *arena, struct text pem, struct key_pair *out, struct text *why)
{
	struct objection objection;

	out->handle = private_key_read(pem, why);
	if (out->handle == NULL)
		return false;
	if (public_key_read(arena, public_key_of(arena, out->handle), &out->public_key,
		&objection) &&
	    key_check(&out->public_key, &objection))
		return true;
	*why = objection.why;
	return false;
}

/* extensionRequest (RFC 2985 section 5.4.2) with the one extension subjectAltName. */
static bool
write_extension_request(struct buffer *buffer, const struct alt_names *alt_names, bool critical)
{
	size_t attribute = der_open(buffer, DER_SEQUENCE), set, extensions, extension, value;

	der_add(buffer, DER_OBJECT_IDENTIFIER,
	    (struct text){ "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e", 9 });
	set = der_open(buffer, DER_SET);
	extensions = der_open(buffer, DER_SEQUENCE);
	extension = der_open(buffer, DER_SEQUENCE);
	der_add(buffer, DER_OBJECT_IDENTIFIER, (struct text){ "\x55\x1d\x11", 3 });
	if (critical)
		der_add_true(buffer);
	value = der_open(buffer, DER_OCTET_STRING);
	if (!x509_alt_names_write(buffer, alt_names))
		return false;
	der_close(buffer, value);
	der_close(buffer, extension);
	der_close(buffer, extensions);
	der_close(buffer, set);
	der_close(buffer, attribute);
	return true;
}

/* The DER CertificationRequestInfo (RFC 2986 section 4.1); absent when an address is none. */
static struct text
request_info(struct arena *arena, const struct public_key *key, const struct subject_names *subject,
    const struct alt_names *alt_names)
{
	struct buffer buffer = { .arena = arena };
	size_t info = der_open(&buffer, DER_SEQUENCE), attributes;

	der_add(&buffer, DER_INTEGER, (struct text){ "\0", 1 });
	x509_subject_write(&buffer, subject);
	buffer_add(&buffer, key->whole);
	attributes = der_open(&buffer, DER_CONTEXT(0));
	if (!alt_names_empty(alt_names) &&
	    !write_extension_request(&buffer, alt_names, subject_names_empty(subject)))
		return (struct text){ NULL, 0 };
	der_close(&buffer, attributes);
	der_close(&buffer, info);
	return buffer_text(&buffer);
}

bool
csr_new(struct arena *arena, struct text key_pem, const struct subject_names *subject,
    const struct alt_names *alt_names, struct text *pem)
{
	struct key_pair pair = { .handle = NULL };
	struct text info = { NULL, 0 }, signature = { NULL, 0 }, why;
	enum signature_algorithm algorithm;

	if (!read_pair(arena, key_pem, &pair, &why))
		goto out;
	algorithm = key_default_signature(pair.public_key.algorithm);
	info = request_info(arena, &pair.public_key, subject, alt_names);
	if (text_present(info))
		signature = signature_algorithm_make(arena, pair.handle, algorithm, info);
	/* A request has the outer form of a certificate: what is signed, algorithm, signature. */
	if (text_present(signature))
		*pem = pem_encode(arena, "CERTIFICATE REQUEST",
		    certificate_assemble(arena, info, algorithm, signature));
out:
	EVP_PKEY_free(pair.handle);
	return text_present(signature);
}

/* Checks the order against the CA above, and fills in what comes from it. */
static bool
place_below(struct arena *arena, const struct ca_order *order, const struct key_pair *issuer,
    struct certificate_content *content, struct text *why)
{
	struct authority_certificate above;

	if (!authority_certificate_read(arena, order->issuer_certificate, &above, why))
		return false;
	if (!text_equal(above.key.whole, issuer->public_key.whole))
		return refuse(why, "the issuer's key is not the one of its certificate");
	if (order->not_before < above.not_before || order->not_after > above.not_after)
		return refuse(why, "the validity is not within that of the issuer");
	if (above.path_length >= 0 &&
	    (order->path_length < 0 || order->path_length >= above.path_length))
		return refuse(why, "the issuer's path length leaves no room for this CA");
	content->issuer = above.subject;
	content->authority_key_identifier = above.key_identifier;
	return true;
}

static bool
sign_authority(struct arena *arena, const struct ca_order *order, const struct key_pair *own,
    const struct key_pair *issuer, struct text *pem, struct text *why)
{
	struct subject_names subject = { 0 };
	struct alt_names alt_names = { 0 };
	struct buffer name = { .arena = arena };
	struct certificate_content content = {
		.algorithm = key_default_signature(issuer->public_key.algorithm),
		.not_before = order->not_before,
		.not_after = order->not_after,
		.subject = &subject,
		.public_key = own->public_key.whole,
		.alt_names = &alt_names,
		.ca = true,
		.path_length = order->path_length,
		.key_usages = USAGE_KEY_CERT_SIGN | USAGE_CRL_SIGN,
		.subject_key_identifier = public_key_identifier(arena, &own->public_key),
	};
	struct text tbs, signature;

	texts_add(arena, &subject.values[SUBJECT_COMMON_NAME], order->common_name);
	if (!text_empty(order->organization))
		texts_add(arena, &subject.values[SUBJECT_ORGANIZATION], order->organization);
	if (!x509_names_check(arena, &subject, &alt_names, why))
		return false;
	x509_subject_write(&name, &subject);
	content.issuer = buffer_text(&name);
	if (own != issuer && !place_below(arena, order, issuer, &content, why))
		return false;
	if (!hex_decode(arena, serial_number_draw(arena), &content.serial_number))
		return refuse(why, "no serial number can be drawn");
	tbs = tbs_certificate_write(arena, &content);
	signature = signature_algorithm_make(arena, issuer->handle, content.algorithm, tbs);
	if (!text_present(signature))
		return refuse(why, "the certificate cannot be signed");
	*pem = pem_encode(arena, "CERTIFICATE",
	    certificate_assemble(arena, tbs, content.algorithm, signature));
	return true;
}

bool
ca_certificate_new(struct arena *arena, const struct ca_order *order, struct text *pem,
    struct text *why)
{
	bool root = !text_present(order->issuer_key);
	struct key_pair own = { .handle = NULL }, issuer = { .handle = NULL };
	bool made = false;

	if (root != !text_present(order->issuer_certificate))
		return refuse(why, "an issuer is a key and a certificate, both or neither");
	if (order->not_before <= 0 || order->not_after < order->not_before ||
	    order->not_after > MOMENT_LAST)
		return refuse(why, "the validity ends before it begins, or is beyond what a "
				   "certificate can say");
	if (order->path_length > 255)
		return refuse(why, "the path length is over 255");
	if (read_pair(arena, order->key, &own, why) &&
	    (root || read_pair(arena, order->issuer_key, &issuer, why)))
		made = sign_authority(arena, order, &own, root ? &own : &issuer, pem, why);
	EVP_PKEY_free(own.handle);
	EVP_PKEY_free(issuer.handle);
	return made;
}
