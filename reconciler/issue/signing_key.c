#include "issue/signing_key.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "issue/key_checks.h"
#include "issue/private_file.h"

/* Never asks: an encrypted key is refused. */
static int
no_passphrase(char *buffer, int size, int writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

static bool
text_contains(struct text text, const char *what)
{
	return text.length > 0 && memmem(text.at, text.length, what, strlen(what)) != NULL;
}

EVP_PKEY *
private_key_read(struct text pem, struct text *why)
{
	EVP_PKEY *key = NULL;
	BIO *memory;

	if (text_contains(pem, "ENCRYPTED")) {
		*why = TEXT("the key is encrypted: a passphrase cannot be asked for here; keep it "
			    "unencrypted, in a file that only this user reads");
		return NULL;
	}
	if (text_contains(pem, "BEGIN OPENSSH PRIVATE KEY")) {
		*why = TEXT("this is an OpenSSH key: a CA key is PKCS#8, SEC 1 or PKCS#1 in PEM");
		return NULL;
	}
	memory = BIO_new_mem_buf(pem.at, (int)pem.length);
	if (memory != NULL)
		key = PEM_read_bio_PrivateKey(memory, NULL, no_passphrase, NULL);
	BIO_free(memory);
	ERR_clear_error();
	if (key == NULL)
		*why = TEXT("there is no PEM private key (PKCS#8, SEC 1 or PKCS#1) in it");
	return key;
}

static bool
take_public_half(struct arena *arena, struct signing_key *key, struct text *why)
{
	struct objection objection;

	if (public_key_read(arena, public_key_of(arena, key->handle), &key->public_key,
		&objection) &&
	    key_check(&key->public_key, &objection))
		return true;
	*why = objection.why;
	return false;
}

bool
signing_key_load(struct arena *arena, const char *path, struct signing_key *out, struct text *why)
{
	struct private_file file;
	struct text problem = { NULL, 0 };

	*out = (struct signing_key){ .handle = NULL };
	if (private_file_read(path, &file, &problem))
		out->handle = private_key_read(file.content, &problem);
	private_file_forget(&file);
	if (out->handle != NULL && take_public_half(arena, out, &problem))
		return true;
	*why = text_printf(arena, "the key file %s: %.*s", path, TEXT_ARGUMENTS(problem));
	signing_key_free(out);
	return false;
}

bool
signing_key_open_token(struct arena *arena, struct tokens *tokens, const struct token_place *place,
    struct signing_key *out, struct text *why)
{
	struct text problem = { NULL, 0 };

	*out = (struct signing_key){ .in_token = true };
	out->handle = tokens_key(tokens, arena, &place->uri, &place->pin, &problem);
	if (out->handle != NULL && take_public_half(arena, out, &problem))
		return true;
	*why = text_printf(arena, "the key in the token \"%.*s\": %.*s",
	    TEXT_ARGUMENTS(text_visible(arena, place->uri.token, 64)), TEXT_ARGUMENTS(problem));
	signing_key_free(out);
	return false;
}

void
signing_key_free(struct signing_key *key)
{
	/* OpenSSL overwrites private numbers as it frees them. */
	signing_key_rest(key);
	EVP_PKEY_free(key->handle);
	key->handle = NULL;
}

struct text
signing_key_sign(struct arena *arena, struct signing_key *key,
    enum signature_algorithm algorithm, struct text message)
{
	if (key->in_token || EVP_PKEY_is_a(key->handle, "RSA") != 1)
		return signature_algorithm_make(arena, key->handle, algorithm, message);
	if (key->copy == NULL)
		key->copy = EVP_PKEY_dup(key->handle);
	return key->copy == NULL ? (struct text){ NULL, 0 } :
	    signature_algorithm_make(arena, key->copy, algorithm, message);
}

void
signing_key_rest(struct signing_key *key)
{
	EVP_PKEY_free(key->copy);
	key->copy = NULL;
}

EVP_PKEY *
private_key_generate(enum key_algorithm algorithm)
{
	switch (algorithm) {
	case KEY_ECDSA_P256:
		return EVP_EC_gen("P-256");
	case KEY_ECDSA_P384:
		return EVP_EC_gen("P-384");
	case KEY_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case KEY_RSA_2048:
		return EVP_RSA_gen(2048);
	case KEY_RSA_3072:
		return EVP_RSA_gen(3072);
	case KEY_RSA_4096:
		return EVP_RSA_gen(4096);
	case KEY_NONE:
		break;
	}
	return NULL;
}

struct text
signing_key_stand_in(struct arena *arena, struct signing_key *key,
    enum signature_algorithm algorithm)
{
	EVP_PKEY *throw_away;

	if (text_present(key->stand_in))
		return key->stand_in;
	throw_away = private_key_generate(key->public_key.algorithm);
	if (throw_away != NULL)
		key->stand_in = signature_algorithm_make(arena, throw_away, algorithm,
		    TEXT("not a certificate"));
	EVP_PKEY_free(throw_away);
	return key->stand_in;
}
