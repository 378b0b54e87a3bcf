/* Signatures of stock tools, and every way to damage one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/file.h"
#include "lib/ssh_fixture.h"
#include "trust/armour.h"
#include "trust/evp_key.h"
#include "trust/sshsig.h"
#include "trust/wire.h"

#define VECTORS "/usr/lib/openssh/regress/unittests/sshsig/testdata/"

enum { PLAIN_KEYS = 6 };        /* of ssh_test_keys; behind them stand the security keys */

static const struct text message = { "what is to be signed\n", 21 };

static bool
verifies(struct arena *arena, struct text armour, const char *name_space, struct text signed_text)
{
	struct ssh_public_key signer;
	struct text why = { NULL, 0 };
	bool verified = sshsig_verify(arena, armour, name_space, signed_text, &signer, &why);

	assert_true(verified == text_present(signer.blob));
	assert_true(verified != text_present(why));
	return verified;
}

static void
assert_refused(struct arena *arena, struct text armour, const char *words)
{
	struct ssh_public_key signer;
	struct text why = { NULL, 0 };

	assert_false(sshsig_verify(arena, armour, "file", message, &signer, &why));
	if (strstr(text_string(arena, why), words) == NULL)
		fail_msg("expected \"%s\" in \"%.*s\"", words, TEXT_ARGUMENTS(why));
}

/* --- oracles --------------------------------------------------------------------- */

static struct text
spki_by_openssl(struct arena *arena, const struct ssh_public_key *key)
{
	EVP_PKEY *handle = evp_key_new(key);
	unsigned char *der = NULL;
	int length = i2d_PUBKEY(handle, &der);
	struct text hash;

	assert_true(length > 0);
	hash = digest_sha256_hex(arena, (struct text){ (const char *)der, (size_t)length });
	OPENSSL_free(der);
	EVP_PKEY_free(handle);
	return hash;
}

/* Its signature under two namespaces, its fingerprint and its SubjectPublicKeyInfo. */
static void
check_type(struct git_fixture *fixture, const struct ssh_test_key *key)
{
	struct arena *arena = fixture->arena;
	struct ssh_public_key public_key, signer;
	struct text armour, why, fingerprint;

	armour = ssh_fixture_sign(fixture, key->name, "countersign", message);
	assert_true(sshsig_verify(arena, armour, "countersign", message, &signer, &why));
	assert_true(ssh_public_key_parse(arena, ssh_fixture_public(fixture, key->name), &public_key,
	    &why));
	assert_true(text_equal(signer.blob, public_key.blob));
	assert_true(text_is(signer.type, key->type));

	fingerprint = git_fixture_run(fixture, "ssh-keygen -lf ../%s.pub | cut -d' ' -f2", key->name);
	assert_true(text_equal(fingerprint, public_key.fingerprint));
	assert_true(text_equal(fingerprint, signer.fingerprint));
	assert_true(text_equal(public_key.public_key_sha256, spki_by_openssl(arena, &public_key)));

	assert_false(verifies(arena, armour, "git", message));
	assert_false(verifies(arena, armour, "countersig", message));
	assert_false(verifies(arena, armour, "countersign2", message));
	assert_false(verifies(arena, armour, "countersign", TEXT("what is to be signed")));
	assert_false(verifies(arena, armour, "countersign", TEXT("")));
	assert_true(verifies(arena, ssh_fixture_sign(fixture, key->name, "git", TEXT("")), "git",
	    TEXT("")));
}

static void
signatures_of_ssh_keygen_verify(void **state)
{
	for (size_t i = 0; i < PLAIN_KEYS; i++) {
		assert_true(ssh_fixture_key(*state, &ssh_test_keys[i]));
		check_type(*state, &ssh_test_keys[i]);
	}
}

/* With the dummy authenticator of openssh-tests, where it is. */
static void
signatures_of_security_keys_verify(void **state)
{
	for (size_t i = PLAIN_KEYS; i < SSH_TEST_KEYS; i++) {
		if (!ssh_fixture_key(*state, &ssh_test_keys[i]))
			skip();
		check_type(*state, &ssh_test_keys[i]);
	}
}

static void
signatures_with_sha256_verify(void **state)
{
	struct git_fixture *fixture = *state;

	for (size_t i = 0; i < PLAIN_KEYS; i++) {
		assert_true(ssh_fixture_key(fixture, &ssh_test_keys[i]));
		ssh_fixture_write(fixture, "message", message);
		git_fixture_run(fixture, "rm -f ../message.sig; ssh-keygen -q -Y sign -n file "
		    "-O hashalg=sha256 -f ../%s ../message 2>/dev/null", ssh_test_keys[i].name);
		assert_true(verifies(fixture->arena, ssh_fixture_file(fixture, "message.sig"), "file",
		    message));
	}
}

static void
ssh_keygen_verifies_ours(void **state)
{
	struct git_fixture *fixture = *state;
	struct ssh_private_key *key;
	struct text why, armour;
	char *path = arena_printf(fixture->arena, "%s/ours", fixture->folder);

	assert_true(ssh_private_key_create(path, "reconciler"));
	assert_true(ssh_private_key_read(path, &key, fixture->arena, &why));
	armour = sshsig_sign(fixture->arena, key, "git", message);
	assert_true(verifies(fixture->arena, armour, "git", message));
	ssh_fixture_write(fixture, "ours.sig", armour);
	ssh_fixture_write(fixture, "allowed", text_printf(fixture->arena,
	    "reconciler@example.com namespaces=\"git\" %.*s\n",
	    TEXT_ARGUMENTS(ssh_private_key_public_line(fixture->arena, key))));
	ssh_private_key_free(key);
	ssh_fixture_write(fixture, "message", message);
	git_fixture_run(fixture, "ssh-keygen -q -Y verify -n git -s ../ours.sig -f ../allowed "
	    "-I reconciler@example.com <../message");
	/* byte for byte what ssh-keygen makes: Ed25519 is deterministic */
	assert_true(text_equal(armour, ssh_fixture_sign(fixture, "ours", "git", message)));
}

static void
openssh_vectors_verify(void **state)
{
	static const char *const names[] = { "rsa", "ecdsa", "ed25519", "ecdsa_sk", "ed25519_sk",
		"ecdsa_sk_webauthn" };
	struct git_fixture *fixture = *state;
	struct arena *arena = fixture->arena;
	struct text data, armour, line, why;
	struct ssh_public_key signer, public_key;

	if (!file_read(arena, VECTORS "signed-data", 4096, &data))
		skip();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_true(file_read(arena, arena_printf(arena, VECTORS "%s.sig", names[i]), 65536,
		    &armour));
		assert_true(file_read(arena, arena_printf(arena, VECTORS "%s.pub", names[i]), 65536,
		    &line));
		assert_true(ssh_public_key_parse(arena, line, &public_key, &why));
		assert_true(sshsig_verify(arena, armour, "unittest", data, &signer, &why));
		assert_true(text_equal(signer.blob, public_key.blob));
		assert_false(verifies(arena, armour, "unittes", data));
		assert_false(verifies(arena, armour, "unittest", text_skip(data, 1)));
	}
	/* DSA verifies for OpenSSH and not here */
	assert_true(file_read(arena, VECTORS "dsa.sig", 65536, &armour));
	assert_false(verifies(arena, armour, "unittest", data));
	assert_true(file_read(arena, VECTORS "dsa.pub", 65536, &line));
	assert_false(ssh_public_key_parse(arena, line, &public_key, &why));
}

/* --- damage ------------------------------------------------------------------------ */

static void
flip_every_byte(struct arena *pass, struct text armour, const char *name_space,
    struct text signed_text)
{
	struct text blob = crafted_blob(pass, armour);

	assert_true(verifies(pass, armour, name_space, signed_text));
	for (size_t i = 0; i < armour.length - 1; i++) {
		struct arena *arena = arena_new();
		char *damaged = text_string(arena, armour);

		damaged[i] = (char)(damaged[i] ^ 1);
		if (verifies(arena, (struct text){ damaged, armour.length }, name_space, signed_text))
			fail_msg("character %zu of the armour does not matter", i);
		arena_free(arena);
	}
	for (size_t i = 0; i < blob.length; i++) {
		struct arena *arena = arena_new();
		char *damaged = text_string(arena, blob);

		damaged[i] = (char)(damaged[i] ^ (1 << i % 8));
		if (verifies(arena, crafted_wrap(arena, (struct text){ damaged, blob.length },
		    "SSH SIGNATURE"), name_space, signed_text))
			fail_msg("byte %zu of the signature does not matter", i);
		arena_free(arena);
	}
}

static void
every_byte_matters(void **state)
{
	struct git_fixture *fixture = *state;

	for (size_t i = 0; i < SSH_TEST_KEYS; i++)
		/* one RSA key is enough: they differ in length alone */
		if (!text_is(text_of(ssh_test_keys[i].name), "rsa3072") &&
		    ssh_fixture_key(fixture, &ssh_test_keys[i]))
			flip_every_byte(fixture->arena,
			    ssh_fixture_sign(fixture, ssh_test_keys[i].name, "git", message), "git",
			    message);
}

static void
every_byte_of_the_browser_form_matters(void **state)
{
	struct git_fixture *fixture = *state;
	struct text data, armour = { NULL, 0 };

	if (!file_read(fixture->arena, VECTORS "signed-data", 4096, &data) ||
	    !file_read(fixture->arena, VECTORS "ecdsa_sk_webauthn.sig", 65536, &armour))
		skip();
	flip_every_byte(fixture->arena, armour, "unittest", data);
}

static void
cut_short_or_longer_is_refused(void **state)
{
	struct git_fixture *fixture = *state;
	struct arena *arena = fixture->arena;
	struct text armour, blob;

	assert_true(ssh_fixture_key(fixture, &ssh_test_keys[1]));
	armour = ssh_fixture_sign(fixture, "p256", "file", message);
	blob = crafted_blob(arena, armour);
	for (size_t i = 0; i < armour.length - 1; i++)
		assert_false(verifies(arena, text_first(armour, i), "file", message));
	for (size_t i = 0; i < blob.length; i++)
		assert_false(verifies(arena, crafted_wrap(arena, text_first(blob, i),
		    "SSH SIGNATURE"), "file", message));
	/* the one thing that may be missing: the LF of the last line */
	assert_true(verifies(arena, text_first(armour, armour.length - 1), "file", message));
}

/* --- fields -------------------------------------------------------------------------- */

struct fields {
	struct git_fixture *fixture;
	struct arena *arena;
	struct crafted good;
	struct text armour;
};

static struct fields
good_fields(struct git_fixture *fixture)
{
	struct fields fields = { .fixture = fixture, .arena = fixture->arena };

	ssh_fixture_ed25519(fixture, "ed25519");
	fields.armour = ssh_fixture_sign(fixture, "ed25519", "file", message);
	fields.good = crafted_from(fields.arena, fields.armour);
	assert_true(verifies(fields.arena, crafted_armour(fields.arena, &fields.good), "file",
	    message));
	return fields;
}

static void
wrong_fields_are_refused(void **state)
{
	struct fields f = good_fields(*state);
	struct crafted c;

#define REFUSED(field, value, words) \
	do { \
		c = f.good; \
		c.field = (value); \
		assert_refused(f.arena, crafted_armour(f.arena, &c), words); \
	} while (0)

	REFUSED(magic, "SSHSIX", "does not hold an SSH signature");
	REFUSED(magic, "SSHSI", "does not hold an SSH signature");
	REFUSED(version, 0, "version is 0");
	REFUSED(version, 2, "version is 2");
	REFUSED(version, 0x01000000, "version is 16777216");
	REFUSED(name_space, TEXT("git"), "namespace \"git\"");
	/* so much of it is shown */
	REFUSED(name_space, text_printf(f.arena, "%080d", 0), arena_printf(f.arena, "\"%080d\"", 0));
	REFUSED(name_space, text_printf(f.arena, "%081d", 0), arena_printf(f.arena, "\"%080d…\"", 0));
	REFUSED(name_space, TEXT(""), "namespace \"\"");
	REFUSED(name_space, TEXT("file\0"), "namespace \"file\\x00\"");
	REFUSED(name_space, TEXT("FILE"), "namespace \"FILE\"");
	REFUSED(name_space, TEXT("\033[2J"), "namespace \"\\x1b[2J\"");
	REFUSED(reserved, TEXT("x"), "reserved field");
	REFUSED(hash, TEXT("sha256"), "does not match");
	REFUSED(hash, TEXT("sha1"), "hash \"sha1\"");
	REFUSED(hash, TEXT("md5"), "hash \"md5\"");
	REFUSED(hash, TEXT("SHA512"), "hash \"SHA512\"");
	REFUSED(hash, TEXT("sha512\0"), "hash");
	REFUSED(hash, TEXT(""), "hash \"\"");
	REFUSED(signature, TEXT(""), "cut short");
	REFUSED(behind, TEXT("\0"), "behind it");
	REFUSED(public_key, TEXT(""), "key is cut short");
	REFUSED(public_key, TEXT("\0\0\0\x0bssh-ed25519"), "not a well-formed");
#undef REFUSED
}

static struct text
signature_blob(struct arena *arena, const char *algorithm, struct text value, struct text behind)
{
	struct buffer out = { .arena = arena };

	wire_add_string(&out, text_of(algorithm));
	wire_add_string(&out, value);
	buffer_add(&out, behind);
	return buffer_text(&out);
}

static void
wrong_signature_blobs_are_refused(void **state)
{
	struct fields f = good_fields(*state);
	struct wire wire = { .rest = f.good.signature };
	struct text value;
	struct crafted c = f.good;

	wire_string(&wire);
	value = wire_string(&wire);
#define REFUSED(algorithm, bytes, more, words) \
	do { \
		c.signature = signature_blob(f.arena, algorithm, bytes, more); \
		assert_refused(f.arena, crafted_armour(f.arena, &c), words); \
	} while (0)

	REFUSED("ssh-ed25519", value, TEXT("\0"), "something stands behind it");
	REFUSED("ssh-ed25519", text_first(value, 63), TEXT(""), "not in the form");
	REFUSED("ssh-ed25519", text_printf(f.arena, "%.*sx", 64, "0123456789012345678901234567890123456789012345678901234567890123"),
	    TEXT(""), "not in the form");
	REFUSED("ssh-rsa", value, TEXT(""), "does not belong");
	REFUSED("rsa-sha2-512", value, TEXT(""), "does not belong");
	REFUSED("ecdsa-sha2-nistp256", value, TEXT(""), "does not belong");
	REFUSED("sk-ssh-ed25519@openssh.com", value, TEXT("\1\0\0\0\0"), "does not belong");
	REFUSED("webauthn-sk-ecdsa-sha2-nistp256@openssh.com", value, TEXT(""), "does not belong");
	REFUSED("", value, TEXT(""), "does not belong");
	REFUSED("SSH-ED25519", value, TEXT(""), "does not belong");
#undef REFUSED
	/* a multiple of the group's order added to S: a second spelling of the same signature */
	{
		static const unsigned char order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12,
			0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10 };
		char *again = text_string(f.arena, value);
		unsigned carry = 0;

		for (int i = 0; i < 32; i++) {
			carry += (unsigned char)again[32 + i] + (unsigned)order[i];
			again[32 + i] = (char)(carry & 0xff);
			carry >>= 8;
		}
		c.signature = signature_blob(f.arena, "ssh-ed25519", (struct text){ again, 64 },
		    TEXT(""));
		assert_refused(f.arena, crafted_armour(f.arena, &c), "does not match");
	}
}

/* --- armour --------------------------------------------------------------------------- */

/* What stands behind the first line, with its beginning replaced. */
static struct text
beginning_replaced(struct arena *arena, struct text armour, const char *from, const char *to)
{
	char *found = strstr(text_string(arena, armour), from);

	assert_non_null(found);
	return text_printf(arena, "%s%s", to, found + strlen(from));
}

static void
armour_is_strict(void **state)
{
	struct fields f = good_fields(*state);
	struct arena *arena = f.arena;
	struct text good = f.armour, body, base64, blob;
	char *carriage = arena_allocate(arena, good.length * 2);
	size_t length = 0;

	blob = crafted_blob(arena, good);
	base64 = base64_encode(arena, blob);
	body = text_skip(good, strlen("-----BEGIN SSH SIGNATURE-----\n"));
#define REFUSED(text, words) assert_refused(arena, text, words)
#define FORMAT(...) text_printf(arena, __VA_ARGS__)
	REFUSED(TEXT(""), "first line");
	REFUSED(((struct text){ NULL, 0 }), "first line");
	REFUSED(TEXT("\n"), "first line");
	REFUSED(FORMAT("\n%.*s", TEXT_ARGUMENTS(good)), "first line");
	REFUSED(FORMAT("hello\n%.*s", TEXT_ARGUMENTS(good)), "first line");
	REFUSED(FORMAT("----BEGIN SSH SIGNATURE-----\n%.*s", TEXT_ARGUMENTS(body)), "first line");
	REFUSED(FORMAT("-----BEGIN SSH SIGNATURE----\n%.*s", TEXT_ARGUMENTS(body)), "first line");
	REFUSED(FORMAT("-----BEGIN ssh signature-----\n%.*s", TEXT_ARGUMENTS(body)), "first line");
	REFUSED(FORMAT("-----BEGIN SSH SIGNATURE----- \n%.*s", TEXT_ARGUMENTS(body)), "CR LF");
	REFUSED(FORMAT(" -----BEGIN SSH SIGNATURE-----\n%.*s", TEXT_ARGUMENTS(body)), "CR LF");
	REFUSED(FORMAT("%.*s\n", TEXT_ARGUMENTS(good)), "behind the armour");
	REFUSED(FORMAT("%.*s ", TEXT_ARGUMENTS(good)), "behind the armour");
	REFUSED(FORMAT("%.*s%.*s", TEXT_ARGUMENTS(good), TEXT_ARGUMENTS(good)),
	    "behind the armour");
	REFUSED(FORMAT("-----BEGIN SSH SIGNATURE-----\n\n%.*s", TEXT_ARGUMENTS(body)),
	    "line that is empty");
	REFUSED(FORMAT("-----BEGIN SSH SIGNATURE-----\nComment: x\n%.*s", TEXT_ARGUMENTS(body)),
	    "base64");
	REFUSED(FORMAT("-----BEGIN SSH SIGNATURE-----\n%.*s\n-----END SSH SIGNATURE-----\n",
	    TEXT_ARGUMENTS(base64)), "longer than 76");
	REFUSED(TEXT("-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n"),
	    "does not hold an SSH signature");
	REFUSED(TEXT("-----BEGIN SSH SIGNATURE-----\n"), "no line \"-----END");
	REFUSED(TEXT("-----BEGIN SSH SIGNATURE-----\nAAAA"), "no line \"-----END");
	REFUSED(FORMAT("-----BEGIN SSH SIGNATURE-----\n%.*s",
	    TEXT_ARGUMENTS(crafted_wrap(arena, blob, "SSH SIGNATUR"))), "no line \"-----END");
	REFUSED(FORMAT("-----BEGIN PGP SIGNATURE-----\n%.*s", TEXT_ARGUMENTS(body)), "first line");
	REFUSED(FORMAT("-----BEGIN SSH SIGNATURE-----\n=%.*s", TEXT_ARGUMENTS(body)), "base64");
	REFUSED(FORMAT("-----BEGIN SSH SIGNATURE-----\n%.*s", TEXT_ARGUMENTS(
	    beginning_replaced(arena, good, "U1NIU0lH", "U1NIU0l-"))), "base64");
	REFUSED(FORMAT("-----BEGIN SSH SIGNATURE-----\n%.*s", TEXT_ARGUMENTS(
	    beginning_replaced(arena, good, "U1NIU0lH", "U1N IU0lH"))), "base64");
	for (size_t i = 0; i < good.length; i++) {
		if (good.at[i] == '\n')
			carriage[length++] = '\r';
		carriage[length++] = good.at[i];
	}
	REFUSED(((struct text){ carriage, length }), "CR LF");
	{
		char *large = arena_allocate(arena, ARMOUR_BYTES + 1);

		memset(large, 'A', ARMOUR_BYTES + 1);
		REFUSED(((struct text){ large, ARMOUR_BYTES }), "first line");
		REFUSED(((struct text){ large, ARMOUR_BYTES + 1 }), "larger than 64 KiB");
	}
#undef REFUSED
#undef FORMAT
}

static void
lines_of_76_are_accepted(void **state)
{
	struct fields f = good_fields(*state);
	struct buffer out = { .arena = f.arena };
	struct text base64 = base64_encode(f.arena, crafted_blob(f.arena, f.armour));

	buffer_add(&out, TEXT("-----BEGIN SSH SIGNATURE-----\n"));
	for (; base64.length > 0; base64 = text_skip(base64, 76))
		buffer_printf(&out, "%.*s\n", TEXT_ARGUMENTS(text_first(base64, 76)));
	buffer_add(&out, TEXT("-----END SSH SIGNATURE-----"));
	assert_true(verifies(f.arena, buffer_text(&out), "file", message));
}

/* --- certificates ------------------------------------------------------------------------ */

static void
certificates_are_refused(void **state)
{
	struct git_fixture *fixture = *state;
	struct text armour, why;
	struct ssh_public_key key;

	ssh_fixture_ed25519(fixture, "ca");
	ssh_fixture_ed25519(fixture, "person");
	git_fixture_run(fixture, "cp ../person ../certified; cp ../person.pub ../certified.pub\n"
	    "ssh-keygen -q -s ../ca -I alice -n alice ../certified.pub");
	ssh_fixture_write(fixture, "message", message);
	git_fixture_run(fixture, "rm -f ../message.sig; mv ../certified-cert.pub ../certified.pub\n"
	    "ssh-keygen -q -Y sign -n file -f ../certified.pub ../message 2>/dev/null");
	armour = ssh_fixture_file(fixture, "message.sig");
	assert_refused(fixture->arena, armour, "certificates are not accepted");
	assert_false(ssh_public_key_parse(fixture->arena, ssh_fixture_public(fixture, "certified"),
	    &key, &why));
	assert_non_null(strstr(text_string(fixture->arena, why), "certificates are not accepted"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures_of_ssh_keygen_verify),
		cmocka_unit_test(signatures_of_security_keys_verify),
		cmocka_unit_test(signatures_with_sha256_verify),
		cmocka_unit_test(ssh_keygen_verifies_ours),
		cmocka_unit_test(openssh_vectors_verify),
		cmocka_unit_test(every_byte_matters),
		cmocka_unit_test(every_byte_of_the_browser_form_matters),
		cmocka_unit_test(cut_short_or_longer_is_refused),
		cmocka_unit_test(wrong_fields_are_refused),
		cmocka_unit_test(wrong_signature_blobs_are_refused),
		cmocka_unit_test(armour_is_strict),
		cmocka_unit_test(lines_of_76_are_accepted),
		cmocka_unit_test(certificates_are_refused),
	};

	return cmocka_run_group_tests_name("sshsig", tests, git_fixture_setup, git_fixture_teardown);
}
