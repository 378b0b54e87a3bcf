#include "issue/algorithms.h"

#include <pthread.h>

#include "issue/der.h"

static const char *const key_names[] = {
	[KEY_NONE] = "",
	[KEY_ECDSA_P256] = "ECDSA-P256",
	[KEY_ECDSA_P384] = "ECDSA-P384",
	[KEY_ED25519] = "Ed25519",
	[KEY_RSA_2048] = "RSA-2048",
	[KEY_RSA_3072] = "RSA-3072",
	[KEY_RSA_4096] = "RSA-4096",
};

enum { KEY_ALGORITHMS = sizeof(key_names) / sizeof(key_names[0]) };

/* Whole AlgorithmIdentifiers: ECDSA and Ed25519 have no parameters, RSA has NULL. */
#define ECDSA_WITH(last)                                                                           \
	{                                                                                          \
		"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03" last, 12                            \
	}
#define RSA_WITH(last)                                                                             \
	{                                                                                          \
		"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01" last "\x05\x00", 15             \
	}

static const struct {
	const char *name;
	struct text identifier;
	const char *digest; /* OpenSSL's name of it; NULL: the algorithm has its own */
} signatures[SIGNATURE_ALGORITHMS] = {
	[SIGNATURE_NONE] = { "", { NULL, 0 }, NULL },
	[SIGNATURE_ECDSA_SHA256] = { "ECDSA-SHA256", ECDSA_WITH("\x02"), "SHA256" },
	[SIGNATURE_ECDSA_SHA384] = { "ECDSA-SHA384", ECDSA_WITH("\x03"), "SHA384" },
	[SIGNATURE_ECDSA_SHA512] = { "ECDSA-SHA512", ECDSA_WITH("\x04"), "SHA512" },
	[SIGNATURE_ED25519] = { "Ed25519", { "\x30\x05\x06\x03\x2b\x65\x70", 7 }, NULL },
	[SIGNATURE_RSA_SHA256] = { "RSA-SHA256", RSA_WITH("\x0b"), "SHA256" },
	[SIGNATURE_RSA_SHA384] = { "RSA-SHA384", RSA_WITH("\x0c"), "SHA384" },
	[SIGNATURE_RSA_SHA512] = { "RSA-SHA512", RSA_WITH("\x0d"), "SHA512" },
};

struct text
key_algorithm_name(enum key_algorithm algorithm)
{
	return text_of(key_names[algorithm]);
}

enum key_algorithm
key_algorithm_parse(struct text name)
{
	for (unsigned i = KEY_NONE + 1; i < KEY_ALGORITHMS; i++)
		if (text_is(name, key_names[i]))
			return (enum key_algorithm)i;
	return KEY_NONE;
}

const char *
signature_algorithm_name(enum signature_algorithm algorithm)
{
	return signatures[algorithm].name;
}

enum signature_algorithm
signature_algorithm_parse(struct text name)
{
	for (unsigned i = SIGNATURE_NONE + 1; i < SIGNATURE_ALGORITHMS; i++)
		if (text_is(name, signatures[i].name))
			return (enum signature_algorithm)i;
	return SIGNATURE_NONE;
}

struct text
signature_algorithm_identifier(enum signature_algorithm algorithm)
{
	return signatures[algorithm].identifier;
}

enum signature_algorithm
signature_algorithm_read(struct text identifier)
{
	for (unsigned i = SIGNATURE_NONE + 1; i < SIGNATURE_ALGORITHMS; i++)
		if (text_equal(identifier, signatures[i].identifier))
			return (enum signature_algorithm)i;
	return SIGNATURE_NONE;
}

struct text
signature_algorithm_objection(struct arena *arena, struct text identifier)
{
	static const struct {
		const char *dotted;
		const char *objection;
	} known[] = {
		{ "1.2.840.113549.1.1.4",
		    "it is signed with MD5, which is broken: sign with SHA-256" },
		{ "1.2.840.113549.1.1.5",
		    "it is signed with SHA-1, which is broken: sign with SHA-256" },
		{ "1.2.840.10045.4.1",
		    "it is signed with SHA-1, which is broken: sign with SHA-256" },
		{ "1.2.840.113549.1.1.10", "it is signed with RSASSA-PSS: sign with PKCS #1 v1.5" },
	};
	struct der_element type;
	struct text content, dotted;

	if (!der_single(identifier, DER_SEQUENCE, &content) ||
	    !der_take(&content, DER_OBJECT_IDENTIFIER, &type) ||
	    !der_identifier_valid(type.content))
		return TEXT("its signature algorithm is malformed");
	dotted = der_identifier_format(arena, type.content);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (text_is(dotted, known[i].dotted))
			return text_of(known[i].objection);
	return text_printf(arena,
	    "its signature algorithm %.*s, or the form of its parameters, is "
	    "not accepted",
	    TEXT_ARGUMENTS(dotted));
}

bool
key_signs_with(enum key_algorithm key, enum signature_algorithm signature)
{
	switch (signature) {
	case SIGNATURE_ECDSA_SHA256:
	case SIGNATURE_ECDSA_SHA384:
	case SIGNATURE_ECDSA_SHA512:
		return key == KEY_ECDSA_P256 || key == KEY_ECDSA_P384;
	case SIGNATURE_ED25519:
		return key == KEY_ED25519;
	case SIGNATURE_RSA_SHA256:
	case SIGNATURE_RSA_SHA384:
	case SIGNATURE_RSA_SHA512:
		return key == KEY_RSA_2048 || key == KEY_RSA_3072 || key == KEY_RSA_4096;
	case SIGNATURE_NONE:
	case SIGNATURE_ALGORITHMS:
		break;
	}
	return false;
}

enum signature_algorithm
key_default_signature(enum key_algorithm key)
{
	switch (key) {
	case KEY_ECDSA_P256:
		return SIGNATURE_ECDSA_SHA256;
	case KEY_ECDSA_P384:
		return SIGNATURE_ECDSA_SHA384;
	case KEY_ED25519:
		return SIGNATURE_ED25519;
	case KEY_RSA_2048:
	case KEY_RSA_3072:
	case KEY_RSA_4096:
		return SIGNATURE_RSA_SHA256;
	case KEY_NONE:
		break;
	}
	return SIGNATURE_NONE;
}

/* Looking a digest up by name costs as much as a short digest: done once. */
static EVP_MD *fetched[SIGNATURE_ALGORITHMS];
static pthread_once_t fetched_once = PTHREAD_ONCE_INIT;

static void
fetch_digests(void)
{
	for (unsigned i = 0; i < SIGNATURE_ALGORITHMS; i++)
		if (signatures[i].digest != NULL)
			fetched[i] = EVP_MD_fetch(NULL, signatures[i].digest, NULL);
}

/*
 * False when the algorithm cannot be used here. NULL is right only for one with
 * a digest of its own: for others OpenSSL would take a default.
 */
static bool
find_digest(enum signature_algorithm algorithm, const EVP_MD **digest)
{
	(void)pthread_once(&fetched_once, fetch_digests);
	*digest = fetched[algorithm];
	return algorithm != SIGNATURE_NONE &&
	       (*digest == NULL) == (signatures[algorithm].digest == NULL);
}

/* ECDSA signs a digest and nothing of the algorithm with it: the shorter way to OpenSSL's code is open. */
static bool
is_ecdsa(enum signature_algorithm algorithm)
{
	return algorithm == SIGNATURE_ECDSA_SHA256 || algorithm == SIGNATURE_ECDSA_SHA384 ||
	       algorithm == SIGNATURE_ECDSA_SHA512;
}

/* A message's digest, and the context of a key that is about to sign or verify it. */
struct digested {
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length;
	EVP_PKEY_CTX *context; /* the caller frees it */
};

static bool
digest_for(EVP_PKEY *key, const EVP_MD *digest, struct text message, struct digested *out)
{
	out->context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	return out->context != NULL && EVP_PKEY_is_a(key, "EC") &&
	       EVP_Digest(message.at, message.length, out->digest, &out->length, digest, NULL) == 1;
}

static bool
ecdsa_verify(EVP_PKEY *key, const EVP_MD *digest, struct text message, struct text signature)
{
	struct digested digested = { .context = NULL };
	bool good;

	good = digest_for(key, digest, message, &digested) &&
	       EVP_PKEY_verify_init(digested.context) == 1 &&
	       EVP_PKEY_verify(digested.context, (const unsigned char *)signature.at,
		   signature.length, digested.digest, digested.length) == 1;
	EVP_PKEY_CTX_free(digested.context);
	return good;
}

bool
signature_algorithm_verify(EVP_PKEY *key, enum signature_algorithm algorithm, struct text message,
    struct text signature)
{
	EVP_MD_CTX *context;
	const EVP_MD *digest;
	bool good;

	if (!find_digest(algorithm, &digest))
		return false;
	if (is_ecdsa(algorithm))
		return ecdsa_verify(key, digest, message, signature);
	context = EVP_MD_CTX_new();
	good = context != NULL && EVP_DigestVerifyInit(context, NULL, digest, NULL, key) == 1 &&
	       EVP_DigestVerify(context, (const unsigned char *)signature.at, signature.length,
		   (const unsigned char *)message.at, message.length) == 1;
	EVP_MD_CTX_free(context);
	return good;
}

/* `length` is the room for the signature, then its length. */
static bool
ecdsa_sign(EVP_PKEY *key, const EVP_MD *digest, struct text message, unsigned char *signature,
    size_t *length)
{
	struct digested digested = { .context = NULL };
	bool made;

	made = digest_for(key, digest, message, &digested) &&
	       EVP_PKEY_sign_init(digested.context) == 1 &&
	       EVP_PKEY_sign(digested.context, signature, length, digested.digest,
		   digested.length) == 1;
	EVP_PKEY_CTX_free(digested.context);
	return made;
}

struct text
signature_algorithm_make(struct arena *arena, EVP_PKEY *key, enum signature_algorithm algorithm,
    struct text message)
{
	size_t length = (size_t)EVP_PKEY_get_size(key);
	unsigned char *signature = arena_allocate(arena, length + 1);
	EVP_MD_CTX *context = NULL;
	const EVP_MD *digest;
	bool made = false;

	if (!find_digest(algorithm, &digest)) {
		made = false;
	} else if (is_ecdsa(algorithm)) {
		made = ecdsa_sign(key, digest, message, signature, &length);
	} else {
		context = EVP_MD_CTX_new();
		made = context != NULL &&
		       EVP_DigestSignInit(context, NULL, digest, NULL, key) == 1 &&
		       EVP_DigestSign(context, signature, &length,
			   (const unsigned char *)message.at, message.length) == 1;
		EVP_MD_CTX_free(context);
	}
	return made ? (struct text){ (const char *)signature, length } : (struct text){ NULL, 0 };
}
