/*
 * Certification requests: what is accepted, OpenSSL accepts as well, and says
 * the same of its key. The first octet chooses what the rest is given to.
 */
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "issue/csr.h"
#include "issue/der.h"
#include "issue/key_checks.h"
#include "issue/pem.h"
#include "issue/x509_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
compare_with_openssl(struct text der, const struct csr_facts *facts)
{
	const unsigned char *at = (const unsigned char *)der.at;
	X509_REQ *request = d2i_X509_REQ(NULL, &at, (long)der.length);
	unsigned char *key = NULL;
	int length;

	must(request != NULL && at == (const unsigned char *)der.at + der.length);
	must(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)) == 1);
	length = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request), &key);
	must(length > 0 &&
	     text_equal(facts->public_key, (struct text){ (const char *)key, (size_t)length }));
	OPENSSL_free(key);
	X509_REQ_free(request);
}

static void
read_request(struct arena *arena, struct text pem)
{
	struct reasons reasons = { 0 };
	struct csr_facts facts;
	struct text der, why;

	if (!csr_read(arena, pem, (struct position){ 0 }, &facts, &reasons)) {
		must(!facts.good && reasons.count == 1 && reasons.at[0].code != NULL);
		must(text_is_utf8(reasons.at[0].message));
		return;
	}
	must(facts.good && reasons.count == 0);
	must(pem_single(arena, pem, "CERTIFICATE REQUEST", &der, &why) ||
	     pem_single(arena, pem, "NEW CERTIFICATE REQUEST", &der, &why));
	compare_with_openssl(der, &facts);
}

static void
read_der_request(struct arena *arena, struct text der)
{
	read_request(arena, text_printf(arena,
				"-----BEGIN CERTIFICATE REQUEST-----\n%.*s\n"
				"-----END CERTIFICATE REQUEST-----\n",
				TEXT_ARGUMENTS(base64_encode(arena, der))));
}

/* Names that are read are text without control characters, and are written and read back the same. */
static void
read_subject(struct arena *arena, struct text der)
{
	struct x509_names names = { 0 }, again = { 0 };
	struct buffer buffer = { .arena = arena };
	struct text why;

	if (!x509_subject_read(arena, der, &names, &why))
		return;
	for (size_t type = 0; type < SUBJECT_ATTRIBUTES; type++)
		for (size_t i = 0; i < names.subject.values[type].count; i++) {
			struct text value = names.subject.values[type].at[i];

			must(value.length > 0 && text_is_utf8(value));
			must(text_find(value, '\0') == value.length);
			must(text_find(value, '\n') == value.length);
		}
	if (!x509_names_check(arena, &names.subject, &(struct alt_names){ 0 }, &why))
		return;
	x509_subject_write(&buffer, &names.subject);
	must(der_well_formed(buffer_text(&buffer)));
	must(x509_subject_read(arena, buffer_text(&buffer), &again, &why));
	for (size_t type = 0; type < SUBJECT_ATTRIBUTES; type++)
		must(again.subject.values[type].count == names.subject.values[type].count);
}

static void
read_alt_names(struct arena *arena, struct text der)
{
	struct x509_names names = { 0 }, again = { 0 };
	struct buffer buffer = { .arena = arena };
	struct text why;

	if (!x509_alt_names_read(arena, der, &names, &why) || alt_names_empty(&names.alt_names))
		return;
	must(x509_alt_names_write(&buffer, &names.alt_names));
	must(der_well_formed(buffer_text(&buffer)));
	must(x509_alt_names_read(arena, buffer_text(&buffer), &again, &why));
	for (size_t type = 0; type < ALT_NAME_TYPES; type++) {
		must(again.alt_names.values[type].count == names.alt_names.values[type].count);
		for (size_t i = 0; i < again.alt_names.values[type].count; i++)
			must(text_equal(again.alt_names.values[type].at[i],
			    names.alt_names.values[type].at[i]));
	}
}

/* A key that passes is one for OpenSSL, too. */
static void
read_key(struct arena *arena, struct text der)
{
	struct objection objection = { 0 };
	struct public_key key;
	EVP_PKEY *handle, *decoded;
	const unsigned char *at = (const unsigned char *)der.at;

	if (!public_key_read(arena, der, &key, &objection) || !key_check(&key, &objection)) {
		must(objection.code != NULL && text_present(objection.why));
		return;
	}
	handle = public_key_handle(&key);
	decoded = d2i_PUBKEY(NULL, &at, (long)der.length);
	must((handle != NULL) == (decoded != NULL));
	if (handle != NULL)
		must(EVP_PKEY_eq(handle, decoded) == 1);
	EVP_PKEY_free(handle);
	EVP_PKEY_free(decoded);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct text rest = { (const char *)data + 1, size - 1 };

	if (size > 0) {
		switch (data[0] % 5) {
		case 0:
			read_request(arena, rest);
			break;
		case 1:
			read_der_request(arena, rest);
			break;
		case 2:
			read_subject(arena, rest);
			break;
		case 3:
			read_alt_names(arena, rest);
			break;
		default:
			read_key(arena, rest);
			break;
		}
	}
	ERR_clear_error();
	arena_free(arena);
	return 0;
}
