/* SSH signatures and keys: whatever is read can be written back to the same bytes. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "trust/armour.h"
#include "trust/signature.h"
#include "trust/sshsig.h"
#include "trust/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define FOLDER "tests/hostile/sshsig/"

enum { FILE_BYTES = 65536, KEYS = 7 };

/* A key of every type: those of the good fixtures, two of them also as security keys. */
static struct arena *whole_run;
static struct ssh_public_key keys[KEYS];

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static struct ssh_public_key
key_of_fixture(const char *path)
{
	struct sshsig sshsig;
	struct text armour, why;

	if (!file_read(whole_run, path, FILE_BYTES, &armour)) {
		fprintf(stderr, "%s cannot be read; run at the top of the tree\n", path);
		exit(EXIT_FAILURE);
	}
	must(sshsig_read(whole_run, armour, "git", &sshsig, &why));
	return sshsig.key;
}

static struct ssh_public_key
as_security_key(const struct ssh_public_key *key, const char *type)
{
	struct buffer blob = { .arena = whole_run };
	struct ssh_public_key out;
	struct text why;

	wire_add_string(&blob, text_of(type));
	if (key->facts->curve != NULL)
		wire_add_string(&blob, text_of(key->facts->curve));
	wire_add_string(&blob, key->public_value);
	wire_add_string(&blob, TEXT("ssh:"));
	must(ssh_public_key_decode(whole_run, buffer_text(&blob), &out, &why));
	return out;
}

static void
end_run(void)
{
	arena_free(whole_run);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	whole_run = arena_new();
	must(atexit(end_run) == 0);
	keys[0] = key_of_fixture(FOLDER "good-ed25519");
	keys[1] = key_of_fixture(FOLDER "good-ecdsa-256");
	keys[2] = key_of_fixture(FOLDER "good-ecdsa-384");
	keys[3] = key_of_fixture(FOLDER "good-ecdsa-521");
	keys[4] = key_of_fixture(FOLDER "good-rsa-2048");
	keys[5] = as_security_key(&keys[0], "sk-ssh-ed25519@openssh.com");
	keys[6] = as_security_key(&keys[1], "sk-ecdsa-sha2-nistp256@openssh.com");
	return 0;
}

static void
check_key(struct arena *arena, const struct ssh_public_key *key)
{
	struct buffer blob = { .arena = arena };

	must(key->fingerprint.length == 7 + 43 && key->public_key_sha256.length == 64);
	wire_add_string(&blob, key->type);
	if (key->facts->family == KEY_RSA)
		return;
	if (key->facts->curve != NULL)
		wire_add_string(&blob, text_of(key->facts->curve));
	wire_add_string(&blob, key->public_value);
	if (key->facts->security_key)
		wire_add_string(&blob, key->application);
	must(text_equal(buffer_text(&blob), key->blob));
}

static void
try_signature(struct arena *arena, struct text armour)
{
	struct text why = { NULL, 0 }, bytes;
	struct ssh_public_key signer;
	struct sshsig sshsig;
	struct buffer blob = { .arena = arena };

	/* a good signature of the fixtures verifies; no input may crash the check */
	(void)sshsig_verify(arena, armour, "git", TEXT("test material\n"), &signer, &why);
	must(text_present(why) != text_present(signer.blob));
	must(text_is_utf8(why));
	if (!sshsig_read(arena, armour, "git", &sshsig, &why))
		return;
	check_key(arena, &sshsig.key);
	buffer_add(&blob, TEXT("SSHSIG\0\0\0\1"));
	wire_add_string(&blob, sshsig.key.blob);
	wire_add_string(&blob, TEXT("git"));
	wire_add_string(&blob, TEXT(""));
	wire_add_string(&blob, sshsig.hash);
	wire_add_string(&blob, sshsig.signature);
	must(armour_decode(arena, armour, "SSH SIGNATURE", &bytes, &why));
	must(text_equal(buffer_text(&blob), bytes));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct text input = { (const char *)data, size }, why = { NULL, 0 };
	struct ssh_public_key key;

	/* as an armour, as what is in one, as a signature blob, as a key's line, and as what is in that */
	for (int i = 0; i < KEYS; i++)
		must(!signature_verify(arena, &keys[i], input, TEXT("nobody signed this"), &why) &&
		    text_is_utf8(why));
	try_signature(arena, input);
	try_signature(arena, armour_encode(arena, input, "SSH SIGNATURE"));
	if (ssh_public_key_parse(arena, input, &key, &why))
		check_key(arena, &key);
	else
		must(text_is_utf8(why));
	if (ssh_public_key_decode(arena, input, &key, &why))
		check_key(arena, &key);
	arena_free(arena);
	return 0;
}
