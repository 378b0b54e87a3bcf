#include "trust/private_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/encoding.h"
#include "base/file.h"
#include "trust/armour.h"
#include "trust/wire.h"

enum {
	SEED_BYTES = 32,
	PUBLIC_BYTES = 32,
	SIGNATURE_BYTES = 64,
	FILE_BYTES = 16 * 1024,
	BLOCK_BYTES = 8,                /* to which the unencrypted private part is padded */
	COMMENT_BYTES = 1024
};

static const char armour_name[] = "OPENSSH PRIVATE KEY";
static const char magic[] = "openssh-key-v1";   /* with its NUL */
static const char key_type[] = "ssh-ed25519";

struct ssh_private_key {
	EVP_PKEY *handle;
	char public_half[PUBLIC_BYTES];
};

static bool
refuse(struct text *why, struct text reason)
{
	*why = reason;
	return false;
}

/* What fails only when memory or the random generator does. */
static void
must(bool worked)
{
	if (!worked) {
		fputs("countersign: a key cannot be handled: no memory, or no randomness\n", stderr);
		abort();
	}
}

static struct text
public_blob(struct arena *arena, const char public_half[PUBLIC_BYTES])
{
	struct buffer blob = { .arena = arena };

	wire_add_string(&blob, text_of(key_type));
	wire_add_string(&blob, (struct text){ public_half, PUBLIC_BYTES });
	return buffer_text(&blob);
}

/* --- reading ------------------------------------------------------------------- */

/* As OpenSSH: nobody else reads a file of ours; one that was handed to us may be readable for our group. */
static bool
is_private(const struct stat *status)
{
	mode_t others = status->st_uid == geteuid() ? 0077 : 0007;

	return (status->st_mode & others) == 0;
}

static bool
read_descriptor(struct arena *secrets, int descriptor, struct text *content)
{
	char *bytes = arena_allocate(secrets, FILE_BYTES);
	size_t length = 0;
	ssize_t got;

	while (length < FILE_BYTES) {
		got = read(descriptor, bytes + length, FILE_BYTES - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		if (got == 0)
			break;
		length += (size_t)got;
	}
	*content = (struct text){ bytes, length };
	return true;
}

static bool
read_private_file(struct arena *secrets, const char *path, struct text *content,
    struct text *why)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;
	bool done = false;

	if (descriptor < 0 || fstat(descriptor, &status) != 0)
		*why = text_of(strerror(errno));
	else if (!S_ISREG(status.st_mode))
		*why = TEXT("it is not a regular file");
	else if (!is_private(&status))
		*why = text_printf(secrets, "others can read it (mode %04o); chmod 600 it",
		    (unsigned)(status.st_mode & 07777));
	else if (status.st_size > FILE_BYTES)
		*why = TEXT("it is too large for a key");
	else if (!(done = read_descriptor(secrets, descriptor, content)))
		*why = text_of(strerror(errno));
	if (descriptor >= 0)
		close(descriptor);
	return done;
}

static bool
padding_is_right(struct text padding)
{
	for (size_t i = 0; i < padding.length; i++)
		if (padding.at[i] != (char)(i + 1))
			return false;
	return padding.length < BLOCK_BYTES;
}

/* Seed and public half from the unencrypted private part, which must name the same public half. */
static bool
private_part(struct text part, struct text public_half, struct text *halves, struct text *why)
{
	struct wire wire = { .rest = part };
	uint32_t check = wire_number(&wire), check_again = wire_number(&wire);
	struct text type = wire_string(&wire), again = wire_string(&wire);

	*halves = wire_string(&wire);
	wire_string(&wire);     /* the comment */
	if (check != check_again || wire.bad || !text_is(type, key_type) || !text_equal(again, public_half) ||
	    halves->length != SEED_BYTES + PUBLIC_BYTES || part.length % BLOCK_BYTES != 0 ||
	    !text_equal(text_skip(*halves, SEED_BYTES), public_half) ||
	    !padding_is_right(wire.rest))
		return refuse(why, TEXT("its private part is damaged"));
	return true;
}

static bool
public_part(struct text blob, struct text *public_half, struct text *why)
{
	struct wire wire = { .rest = blob };

	if (!text_is(wire_string(&wire), key_type))
		return refuse(why, TEXT("it is not an ssh-ed25519 key; make one with ssh-keygen -t "
		    "ed25519 -N ''"));
	*public_half = wire_string(&wire);
	if (!wire_done(&wire) || public_half->length != PUBLIC_BYTES)
		return refuse(why, TEXT("its public part is damaged"));
	return true;
}

/* PROTOCOL.key, one key, no cipher. */
static bool
decode(struct arena *secrets, struct text content, struct text *halves, struct text *why)
{
	struct text blob, cipher, derivation, options, public_key, part, public_half;
	struct wire wire;
	uint32_t keys;

	if (!armour_decode(secrets, content, armour_name, &blob, why))
		return false;
	if (blob.length < sizeof(magic) || memcmp(blob.at, magic, sizeof(magic)) != 0)
		return refuse(why, TEXT("it does not hold an OpenSSH private key"));
	wire = (struct wire){ .rest = text_skip(blob, sizeof(magic)) };
	cipher = wire_string(&wire);
	derivation = wire_string(&wire);
	options = wire_string(&wire);
	keys = wire_number(&wire);
	public_key = wire_string(&wire);
	part = wire_string(&wire);
	if (!wire_done(&wire) || keys != 1)
		return refuse(why, TEXT("it is damaged, or holds more than one key"));
	if (!text_is(cipher, "none") || !text_is(derivation, "none") || options.length != 0)
		return refuse(why, TEXT("it is encrypted; take its passphrase away with ssh-keygen "
		    "-p -N ''"));
	return public_part(public_key, &public_half, why) &&
	    private_part(part, public_half, halves, why);
}

static struct ssh_private_key *
key_from_seed(struct text seed)
{
	struct ssh_private_key *key = calloc(1, sizeof(*key));
	size_t length = PUBLIC_BYTES;

	must(key != NULL);
	key->handle = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
	    (const unsigned char *)seed.at, seed.length);
	must(key->handle != NULL && EVP_PKEY_get_raw_public_key(key->handle,
	    (unsigned char *)key->public_half, &length) == 1);
	return key;
}

bool
ssh_private_key_read(const char *path, struct ssh_private_key **out, struct arena *arena,
    struct text *why)
{
	struct arena *secrets = arena_new();
	struct text content, halves, reason = { NULL, 0 };
	struct ssh_private_key *key = NULL;

	*out = NULL;
	if (read_private_file(secrets, path, &content, &reason) &&
	    decode(secrets, content, &halves, &reason)) {
		key = key_from_seed(text_first(halves, SEED_BYTES));
		if (memcmp(key->public_half, halves.at + SEED_BYTES, PUBLIC_BYTES) != 0) {
			reason = TEXT("its public half does not belong to its private half");
			ssh_private_key_free(key);
			key = NULL;
		}
	}
	if (key == NULL)
		*why = text_printf(arena, "%s cannot be used as a signing key: %.*s", path,
		    TEXT_ARGUMENTS(reason));
	arena_free_wiped(secrets);
	*out = key;
	return key != NULL;
}

void
ssh_private_key_free(struct ssh_private_key *key)
{
	if (key == NULL)
		return;
	/* OpenSSL wipes the private half */
	EVP_PKEY_free(key->handle);
	OPENSSL_cleanse(key, sizeof(*key));
	free(key);
}

/* --- using ---------------------------------------------------------------------- */

struct text
ssh_private_key_public_blob(struct arena *arena, const struct ssh_private_key *key)
{
	return public_blob(arena, key->public_half);
}

struct text
ssh_private_key_public_line(struct arena *arena, const struct ssh_private_key *key)
{
	struct text base64 = base64_encode(arena, public_blob(arena, key->public_half));

	return text_printf(arena, "%s %.*s", key_type, TEXT_ARGUMENTS(base64));
}

struct text
ssh_private_key_sign(struct arena *arena, const struct ssh_private_key *key, struct text data)
{
	unsigned char signature[SIGNATURE_BYTES];
	size_t length = sizeof(signature);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	struct buffer blob = { .arena = arena };

	must(context != NULL &&
	    EVP_DigestSignInit(context, NULL, NULL, NULL, key->handle) == 1 &&
	    EVP_DigestSign(context, signature, &length, (const unsigned char *)data.at,
	    data.length) == 1);
	EVP_MD_CTX_free(context);
	wire_add_string(&blob, text_of(key_type));
	wire_add_string(&blob, (struct text){ (const char *)signature, length });
	return buffer_text(&blob);
}

/* --- making --------------------------------------------------------------------- */

static struct text
private_file(struct arena *secrets, struct text seed, const char public_half[PUBLIC_BYTES],
    const char *comment)
{
	struct buffer both = { .arena = secrets }, part = { .arena = secrets },
	    whole = { .arena = secrets };
	uint32_t check;

	must(RAND_bytes((unsigned char *)&check, sizeof(check)) == 1);
	buffer_add(&both, seed);
	buffer_add(&both, (struct text){ public_half, PUBLIC_BYTES });
	wire_add_number(&part, check);
	wire_add_number(&part, check);
	wire_add_string(&part, text_of(key_type));
	wire_add_string(&part, (struct text){ public_half, PUBLIC_BYTES });
	wire_add_string(&part, buffer_text(&both));
	wire_add_string(&part, text_of(comment));
	for (char pad = 1; part.length % BLOCK_BYTES != 0; pad++)
		buffer_add_byte(&part, pad);
	buffer_add(&whole, (struct text){ magic, sizeof(magic) });
	wire_add_string(&whole, TEXT("none"));
	wire_add_string(&whole, TEXT("none"));
	wire_add_string(&whole, TEXT(""));
	wire_add_number(&whole, 1);
	wire_add_string(&whole, public_blob(secrets, public_half));
	wire_add_string(&whole, buffer_text(&part));
	return armour_encode(secrets, buffer_text(&whole), armour_name);
}

static bool
comment_is_plain(const char *comment)
{
	for (const char *c = comment; *c != '\0'; c++)
		if (*c < ' ' || *c > '~' || c - comment >= COMMENT_BYTES)
			return false;
	return true;
}

/* Makes a key; its seed goes to the arena of secrets. */
static struct ssh_private_key *
generate(struct arena *secrets, struct text *seed)
{
	char *bytes = arena_allocate(secrets, SEED_BYTES);

	/* RFC 8032 section 5.1.5: any 32 octets are a private key */
	must(RAND_priv_bytes((unsigned char *)bytes, SEED_BYTES) == 1);
	*seed = (struct text){ bytes, SEED_BYTES };
	return key_from_seed(*seed);
}

bool
ssh_private_key_create(const char *path, const char *comment)
{
	struct arena *secrets = arena_new();
	struct ssh_private_key *key = NULL;
	struct text seed, line;
	bool created = false;

	if (!comment_is_plain(comment)) {
		errno = EINVAL;
		goto out;
	}
	key = generate(secrets, &seed);
	line = text_printf(secrets, "%.*s%s%s\n",
	    TEXT_ARGUMENTS(ssh_private_key_public_line(secrets, key)),
	    *comment == '\0' ? "" : " ", comment);
	if (!file_write_new(path, private_file(secrets, seed, key->public_half, comment), 0600))
		goto out;
	created = file_write_new(arena_printf(secrets, "%s.pub", path), line, 0644);
	if (!created) {
		int error = errno;

		unlink(path);
		errno = error;
	}
out:
	ssh_private_key_free(key);
	arena_free_wiped(secrets);
	return created;
}
