#include "issue/signing_key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "issue/key_checks.h"

enum { KEY_FILE_MOST_BYTES = 64 * 1024 };

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

/* Reads the file through the descriptor whose owner and mode were checked. */
static bool
read_private_file(struct arena *secrets, const char *path, struct text *out, const char **why)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat about;
	char *content;
	size_t have = 0;
	ssize_t got = 1;

	if (descriptor < 0 || fstat(descriptor, &about) != 0)
		*why = strerror(errno);
	else if (!S_ISREG(about.st_mode))
		*why = "it is not a regular file";
	else if (about.st_uid != geteuid() && about.st_uid != 0)
		*why = "it belongs to another user";
	else if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		*why = "group or others may use it: chmod go= it";
	else if (about.st_size <= 0 || about.st_size > KEY_FILE_MOST_BYTES)
		*why = "it is empty, or too large for a key";
	else
		*why = NULL;
	if (*why == NULL) {
		content = arena_allocate(secrets, (size_t)about.st_size + 1);
		while (have < (size_t)about.st_size && got > 0) {
			got = read(descriptor, content + have, (size_t)about.st_size - have);
			have += got > 0 ? (size_t)got : 0;
		}
		*out = (struct text){ content, have };
		if (have < (size_t)about.st_size)
			*why = "it cannot be read to its end";
	}
	if (descriptor >= 0)
		close(descriptor);
	return *why == NULL;
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
	struct arena *secrets = arena_new();
	struct text pem = { NULL, 0 }, problem = { NULL, 0 };
	const char *file_problem = NULL;

	*out = (struct signing_key){ .handle = NULL };
	if (!read_private_file(secrets, path, &pem, &file_problem))
		problem = text_of(file_problem);
	else
		out->handle = private_key_read(pem, &problem);
	arena_free_wiped(secrets);
	if (out->handle != NULL && take_public_half(arena, out, &problem))
		return true;
	*why = text_printf(arena, "the key file %s: %.*s", path, TEXT_ARGUMENTS(problem));
	signing_key_free(out);
	return false;
}

void
signing_key_free(struct signing_key *key)
{
	/* OpenSSL overwrites private numbers as it frees them. */
	EVP_PKEY_free(key->handle);
	key->handle = NULL;
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
