#include "lib/ssh_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "base/encoding.h"
#include "base/file.h"
#include "trust/wire.h"

#define AUTHENTICATOR "/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so"

enum { FILE_BYTES = 4 * 1024 * 1024, LINE_BYTES = 70 };

const struct ssh_test_key ssh_test_keys[SSH_TEST_KEYS] = {
	{ "ed25519", "ssh-ed25519", "-t ed25519" },
	{ "p256", "ecdsa-sha2-nistp256", "-t ecdsa -b 256" },
	{ "p384", "ecdsa-sha2-nistp384", "-t ecdsa -b 384" },
	{ "p521", "ecdsa-sha2-nistp521", "-t ecdsa -b 521" },
	{ "rsa2048", "ssh-rsa", "-t rsa -b 2048" },
	{ "rsa3072", "ssh-rsa", "-t rsa -b 3072" },
	{ "sk-ed25519", "sk-ssh-ed25519@openssh.com", "-t ed25519-sk -w " AUTHENTICATOR },
	{ "sk-p256", "sk-ecdsa-sha2-nistp256@openssh.com", "-t ecdsa-sk -w " AUTHENTICATOR },
};

bool
ssh_fixture_key(struct git_fixture *fixture, const struct ssh_test_key *key)
{
	struct text output;

	return git_fixture_try(fixture, arena_printf(fixture->arena,
	    "[ -e ../%s ] || ssh-keygen -q -N '' -C 'a key for tests' %s -f ../%s", key->name,
	    key->arguments, key->name), &output);
}

void
ssh_fixture_ed25519(struct git_fixture *fixture, const char *name)
{
	struct ssh_test_key key = { name, "ssh-ed25519", "-t ed25519" };

	assert_true(ssh_fixture_key(fixture, &key));
}

struct text
ssh_fixture_file(struct git_fixture *fixture, const char *name)
{
	struct text content;

	if (!file_read(fixture->arena, arena_printf(fixture->arena, "%s/%s", fixture->folder, name),
	    FILE_BYTES, &content))
		fail_msg("%s/%s cannot be read", fixture->folder, name);
	return content;
}

void
ssh_fixture_write(struct git_fixture *fixture, const char *name, struct text content)
{
	FILE *file = fopen(arena_printf(fixture->arena, "%s/%s", fixture->folder, name), "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(content.at, 1, content.length, file), content.length);
	assert_int_equal(fclose(file), 0);
}

struct text
ssh_fixture_public(struct git_fixture *fixture, const char *name)
{
	return text_trim(ssh_fixture_file(fixture, arena_printf(fixture->arena, "%s.pub", name)));
}

struct text
ssh_fixture_sign(struct git_fixture *fixture, const char *name, const char *name_space,
    struct text message)
{
	ssh_fixture_write(fixture, "message", message);
	git_fixture_run(fixture, "rm -f ../message.sig; export SSH_SK_PROVIDER=" AUTHENTICATOR "\n"
	    "ssh-keygen -q -Y sign -n %s -f ../%s ../message 2>/dev/null", name_space, name);
	return ssh_fixture_file(fixture, "message.sig");
}

struct text
git_fixture_object(struct git_fixture *fixture, const char *type, const char *revision)
{
	git_fixture_run(fixture, "git cat-file %s %s >../object", type, revision);
	return ssh_fixture_file(fixture, "object");
}

struct text
ssh_fixture_commit(struct git_fixture *fixture, const char *name, struct text message)
{
	ssh_fixture_write(fixture, "message", message);
	git_fixture_run(fixture, "export SSH_SK_PROVIDER=" AUTHENTICATOR "\n"
	    "git cat-file commit $(git -c gpg.format=ssh -c user.signingKey=../%s commit-tree -S "
	    "-F ../message $(tree_of </dev/null)) >../object", name);
	return ssh_fixture_file(fixture, "object");
}

struct text
crafted_blob(struct arena *arena, struct text armour)
{
	struct buffer base64 = { .arena = arena };
	struct text line, blob;

	while (text_next_line(&armour, &line))
		if (!text_starts_with(line, "-----"))
			buffer_add(&base64, line);
	assert_true(base64_decode(arena, buffer_text(&base64), &blob));
	return blob;
}

struct text
crafted_wrap(struct arena *arena, struct text blob, const char *name)
{
	struct buffer out = { .arena = arena };
	struct text base64 = base64_encode(arena, blob);

	buffer_printf(&out, "-----BEGIN %s-----\n", name);
	for (; base64.length > 0; base64 = text_skip(base64, LINE_BYTES))
		buffer_printf(&out, "%.*s\n", TEXT_ARGUMENTS(text_first(base64, LINE_BYTES)));
	buffer_printf(&out, "-----END %s-----\n", name);
	return buffer_text(&out);
}

struct crafted
crafted_from(struct arena *arena, struct text armour)
{
	struct wire wire = { .rest = text_skip(crafted_blob(arena, armour), 6) };
	struct crafted crafted = { .magic = "SSHSIG" };

	crafted.version = wire_number(&wire);
	crafted.public_key = wire_string(&wire);
	crafted.name_space = wire_string(&wire);
	crafted.reserved = wire_string(&wire);
	crafted.hash = wire_string(&wire);
	crafted.signature = wire_string(&wire);
	assert_true(wire_done(&wire));
	return crafted;
}

struct text
crafted_armour(struct arena *arena, const struct crafted *crafted)
{
	struct buffer blob = { .arena = arena };

	buffer_add(&blob, text_of(crafted->magic));
	wire_add_number(&blob, crafted->version);
	wire_add_string(&blob, crafted->public_key);
	wire_add_string(&blob, crafted->name_space);
	wire_add_string(&blob, crafted->reserved);
	wire_add_string(&blob, crafted->hash);
	wire_add_string(&blob, crafted->signature);
	buffer_add(&blob, crafted->behind);
	return crafted_wrap(arena, buffer_text(&blob), "SSH SIGNATURE");
}

struct text
crafted_signed_data(struct arena *arena, const char *name_space, const char *hash,
    struct text message)
{
	struct buffer out = { .arena = arena };
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	assert_int_equal(EVP_Digest(message.at, message.length, digest, &length,
	    EVP_get_digestbyname(hash), NULL), 1);
	buffer_add(&out, TEXT("SSHSIG"));
	wire_add_string(&out, text_of(name_space));
	wire_add_string(&out, TEXT(""));
	wire_add_string(&out, text_of(hash));
	wire_add_string(&out, (struct text){ (const char *)digest, length });
	return buffer_text(&out);
}
