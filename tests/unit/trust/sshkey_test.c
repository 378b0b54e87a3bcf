/* Public keys: lines and wire form, and every way to be none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/encoding.h"
#include "lib/authenticator.h"
#include "lib/ssh_fixture.h"
#include "trust/evp_key.h"
#include "trust/sshkey.h"
#include "trust/wire.h"

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void
assert_line_refused(struct text line, const char *words)
{
	struct ssh_public_key key;
	struct text why = { NULL, 0 };

	if (ssh_public_key_parse(arena, line, &key, &why))
		fail_msg("accepted: %.*s", TEXT_ARGUMENTS(line));
	if (strstr(text_string(arena, why), words) == NULL)
		fail_msg("expected \"%s\" in \"%.*s\" about %.*s", words, TEXT_ARGUMENTS(why),
		    TEXT_ARGUMENTS(line));
	assert_true(text_is_utf8(why));
	assert_null(memchr(why.at, '\033', why.length));
	assert_int_equal(ERR_peek_error(), 0);
}

static struct text
line_of(const char *type, struct text blob)
{
	return text_printf(arena, "%s %.*s", type, TEXT_ARGUMENTS(base64_encode(arena, blob)));
}

static void
assert_blob_refused(const char *type, struct text blob, const char *words)
{
	assert_line_refused(line_of(type, blob), words);
}

static struct text
fields(size_t count, const struct text *values)
{
	struct buffer out = { .arena = arena };

	for (size_t i = 0; i < count; i++)
		wire_add_string(&out, values[i]);
	return buffer_text(&out);
}

#define BLOB(...) \
	fields(sizeof((struct text[]){ __VA_ARGS__ }) / sizeof(struct text), \
	    (struct text[]){ __VA_ARGS__ })

/* --- lines --------------------------------------------------------------------------- */

static void
lines_are_read(void **state)
{
	EVP_PKEY *pair = test_key_new("ED25519");
	struct text line = line_of("ssh-ed25519", test_key_blob(arena, pair, NULL));
	struct ssh_public_key key;
	struct text why;

	(void)state;
	assert_true(ssh_public_key_parse(arena, line, &key, &why));
	assert_true(ssh_public_key_parse(arena, text_printf(arena, "%.*s alice@host a b c",
	    TEXT_ARGUMENTS(line)), &key, &why));
	assert_true(ssh_public_key_parse(arena, text_printf(arena, " %.*s\n", TEXT_ARGUMENTS(line)),
	    &key, &why));
	assert_true(text_is(key.type, "ssh-ed25519"));

	assert_line_refused(TEXT(""), "expected \"TYPE BASE64\"");
	assert_line_refused((struct text){ NULL, 0 }, "expected \"TYPE BASE64\"");
	assert_line_refused(TEXT("ssh-ed25519"), "expected \"TYPE BASE64\"");
	assert_line_refused(TEXT("ssh-ed25519 "), "expected \"TYPE BASE64\"");
	assert_line_refused(text_printf(arena, "ssh-ed25519  %.*s", (int)line.length - 12,
	    line.at + 12), "cut short");
	assert_line_refused(text_printf(arena, "ssh-ed25519\t%.*s", (int)line.length - 12,
	    line.at + 12), "expected \"TYPE BASE64\"");
	assert_line_refused(text_printf(arena, "%.*s\n%.*s", TEXT_ARGUMENTS(line),
	    TEXT_ARGUMENTS(line)), "one key is expected");
	assert_line_refused(text_printf(arena, "%.*s x\ry", TEXT_ARGUMENTS(line)),
	    "one key is expected");
	assert_line_refused(text_printf(arena, "cert-authority %.*s", TEXT_ARGUMENTS(line)),
	    "\"cert-authority\" is not accepted");
	assert_line_refused(text_printf(arena, "namespaces=\"git\" %.*s", TEXT_ARGUMENTS(line)),
	    "is not accepted");
	assert_line_refused(text_printf(arena, "alice %.*s", TEXT_ARGUMENTS(line)),
	    "\"alice\" is not accepted");
	assert_line_refused(text_printf(arena, "SSH-ED25519 %.*s", (int)line.length - 12,
	    line.at + 12), "is not accepted");
	assert_line_refused(text_printf(arena, "ssh-rsa %.*s", (int)line.length - 12, line.at + 12),
	    "says \"ssh-rsa\" but is a ssh-ed25519 key");
	assert_line_refused(TEXT("ssh-ed25519 AAAA!"), "not base64");
	assert_line_refused(TEXT("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"), "not base64");
	assert_line_refused(TEXT("\033[2J AAAA"), "\"\\x1b[2J\"");
	assert_line_refused(TEXT("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"), "one key");
	assert_line_refused(TEXT("-----BEGIN PUBLIC KEY----- AAAA"), ".pub file");
	assert_line_refused(TEXT("ssh-dss AAAAB3NzaC1kc3M="), "\"ssh-dss\" is not accepted");
	assert_line_refused(TEXT("ssh-ed448 AAAA"), "is not accepted");
	/* so much of it is shown */
	assert_line_refused(text_printf(arena, "%081d AAAA", 0), arena_printf(arena, "\"%080d…\"", 0));
	assert_line_refused(text_printf(arena, "%080d AAAA", 0), arena_printf(arena, "\"%080d\"", 0));
	assert_line_refused(TEXT("webauthn-sk-ecdsa-sha2-nistp256@openssh.com AAAA"),
	    "is not accepted");
	assert_line_refused(TEXT("ssh-ed25519-cert-v01@openssh.com AAAA"), "certificate");
	assert_line_refused(TEXT("sk-ecdsa-sha2-nistp256-cert-v01@openssh.com AAAA"), "certificate");
	{
		char *large = arena_allocate(arena, 9001);

		memset(large, 'A', 9000);
		assert_line_refused((struct text){ large, 9000 }, "longer than 8192");
	}
	EVP_PKEY_free(pair);
}

static void
every_byte_of_a_blob_is_judged(void **state)
{
	static const char *const kinds[] = { "ED25519", "P-256", "P-384", "P-521", "RSA" };
	struct ssh_public_key key, changed_key;
	struct text why;

	(void)state;
	for (int i = 0; i < 5; i++) {
		EVP_PKEY *pair = test_key_new(kinds[i]);
		struct text blob = test_key_blob(arena, pair, NULL);

		assert_true(ssh_public_key_decode(arena, blob, &key, &why));
		for (size_t j = 0; j < blob.length; j++) {
			char *changed = text_string(arena, blob);

			assert_false(ssh_public_key_decode(arena, text_first(blob, j), &changed_key,
			    &why));
			changed[j] = (char)(changed[j] ^ 1);
			/* another key, perhaps, and never the same */
			if (ssh_public_key_decode(arena, (struct text){ changed, blob.length },
			    &changed_key, &why)) {
				assert_false(text_equal(key.fingerprint, changed_key.fingerprint));
				assert_false(text_equal(key.public_key_sha256,
				    changed_key.public_key_sha256));
			}
		}
		assert_false(ssh_public_key_decode(arena, text_printf(arena, "%s", "x"),
		    &changed_key, &why));
		EVP_PKEY_free(pair);
	}
}

/* --- Ed25519 ---------------------------------------------------------------------------- */

static struct text
from_hex(const char *hex)
{
	struct text bytes;

	assert_true(hex_decode(arena, text_of(hex), &bytes));
	return bytes;
}

/* A signature with S = 0 and R the neutral point: OpenSSL takes it under a key of order 1, for any message. */
static bool
anybody_can_sign_under(struct text point)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
	    (const unsigned char *)point.at, point.length);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char forged[64] = { 1 };
	bool verified = false;

	for (int message = 0; message < 64 && !verified; message++) {
		unsigned char byte = (unsigned char)message;

		EVP_MD_CTX_reset(context);
		assert_int_equal(EVP_DigestVerifyInit(context, NULL, NULL, NULL, key), 1);
		verified = EVP_DigestVerify(context, forged, sizeof(forged), &byte, 1) == 1;
	}
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return verified;
}

static void
weak_ed25519_keys_are_refused(void **state)
{
	static const char *const weak[] = {
		"0100000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		/* y at or above the field's prime */
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	};
	size_t dangerous = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		assert_blob_refused("ssh-ed25519", BLOB(TEXT("ssh-ed25519"), from_hex(weak[i])),
		    "anybody can sign");
		assert_blob_refused("sk-ssh-ed25519@openssh.com",
		    BLOB(TEXT("sk-ssh-ed25519@openssh.com"), from_hex(weak[i]), TEXT("ssh:")),
		    "anybody can sign");
		dangerous += anybody_can_sign_under(from_hex(weak[i]));
	}
	/* next to the forbidden ones, in order */
	{
		struct ssh_public_key key;
		struct text why;

		assert_true(ssh_public_key_decode(arena, BLOB(TEXT("ssh-ed25519"), from_hex(
		    "ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")), &key,
		    &why));
		assert_true(ssh_public_key_decode(arena, BLOB(TEXT("ssh-ed25519"), from_hex(
		    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7e")), &key,
		    &why));
		assert_true(ssh_public_key_decode(arena, BLOB(TEXT("ssh-ed25519"), from_hex(
		    "edfffffffffffffffffffffffffffffffffffffffffffffffffffffffffeff7f")), &key,
		    &why));
	}
	/* the danger is real: the library below would not have refused them */
	assert_true(dangerous >= 5);
	assert_blob_refused("ssh-ed25519", BLOB(TEXT("ssh-ed25519"), TEXT("short")), "wrong length");
	assert_blob_refused("ssh-ed25519", BLOB(TEXT("ssh-ed25519"), TEXT("")), "wrong length");
	assert_blob_refused("ssh-ed25519", BLOB(TEXT("ssh-ed25519"),
	    TEXT("0123456789012345678901234567890x"), TEXT("")), "not a well-formed");
}

/* --- curves ------------------------------------------------------------------------------ */

static void
points_are_checked(void **state)
{
	EVP_PKEY *pair = test_key_new("P-256");
	struct wire wire = { .rest = test_key_blob(arena, pair, NULL) };
	struct text type = wire_string(&wire), curve = wire_string(&wire);
	struct text point = wire_string(&wire);
	char *off = text_string(arena, point), *compressed = text_string(arena, point);

	(void)state;
	off[64] = (char)(off[64] ^ 1);
	assert_blob_refused("ecdsa-sha2-nistp256", BLOB(type, curve, (struct text){ off, 65 }),
	    "not on the curve");
	compressed[0] = (char)(2 + (compressed[64] & 1));
	assert_blob_refused("ecdsa-sha2-nistp256", BLOB(type, curve,
	    (struct text){ compressed, 33 }), "wrong length");
	assert_blob_refused("ecdsa-sha2-nistp256", BLOB(type, curve,
	    (struct text){ compressed, 65 }), "uncompressed");
	compressed[0] = (char)(6 + (compressed[64] & 1));       /* hybrid form */
	assert_blob_refused("ecdsa-sha2-nistp256", BLOB(type, curve,
	    (struct text){ compressed, 65 }), "uncompressed");
	assert_blob_refused("ecdsa-sha2-nistp256", BLOB(type, curve, TEXT("\0")), "wrong length");
	memset(off + 1, 0, 64);
	assert_blob_refused("ecdsa-sha2-nistp256", BLOB(type, curve, (struct text){ off, 65 }),
	    "not on the curve");
	memset(off + 1, 0xff, 64);
	assert_blob_refused("ecdsa-sha2-nistp256", BLOB(type, curve, (struct text){ off, 65 }),
	    "not on the curve");
	assert_blob_refused("ecdsa-sha2-nistp256", BLOB(type, TEXT("nistp384"), point),
	    "not a well-formed");
	assert_blob_refused("ecdsa-sha2-nistp384", BLOB(TEXT("ecdsa-sha2-nistp384"), TEXT("nistp384"),
	    point), "wrong length");
	assert_blob_refused("ecdsa-sha2-nistp256", BLOB(type, curve, point, TEXT("")),
	    "something stands behind it");
	assert_blob_refused("sk-ecdsa-sha2-nistp256@openssh.com",
	    BLOB(TEXT("sk-ecdsa-sha2-nistp256@openssh.com"), curve, point), "not a well-formed");
	{
		char *long_name = arena_allocate(arena, 300);
		struct ssh_public_key key;
		struct text why;

		memset(long_name, 'a', 257);
		assert_blob_refused("sk-ecdsa-sha2-nistp256@openssh.com",
		    BLOB(TEXT("sk-ecdsa-sha2-nistp256@openssh.com"), curve, point,
		    text_of(long_name)), "application is longer");
		long_name[256] = '\0';
		assert_true(ssh_public_key_parse(arena, line_of("sk-ecdsa-sha2-nistp256@openssh.com",
		    BLOB(TEXT("sk-ecdsa-sha2-nistp256@openssh.com"), curve, point,
		    text_of(long_name))), &key, &why));
	}
	EVP_PKEY_free(pair);
}

/* --- RSA ---------------------------------------------------------------------------------- */

static struct text
rsa_blob(struct text exponent, struct text modulus)
{
	struct buffer out = { .arena = arena };

	wire_add_string(&out, TEXT("ssh-rsa"));
	buffer_add(&out, exponent);
	buffer_add(&out, modulus);
	return buffer_text(&out);
}

/* An odd number with this many bits. */
static struct text
odd_number(size_t bits)
{
	size_t bytes = (bits + 7) / 8;
	char *number = arena_allocate(arena, bytes);

	memset(number, 0x55, bytes);
	number[0] = (char)(1 << (bits - 1) % 8);
	return test_mpint(arena, (struct text){ number, bytes });
}

static void
rsa_numbers_are_checked(void **state)
{
	struct text e = test_mpint(arena, TEXT("\1\0\1")), n = odd_number(2048), even;
	struct ssh_public_key key;
	struct text why;

	(void)state;
	assert_true(ssh_public_key_parse(arena, line_of("ssh-rsa", rsa_blob(e, n)), &key, &why));
	assert_true(ssh_public_key_decode(arena, rsa_blob(e, odd_number(2049)), &key, &why));
	assert_true(ssh_public_key_decode(arena, rsa_blob(e, odd_number(16384)), &key, &why));
	assert_true(ssh_public_key_decode(arena, rsa_blob(test_mpint(arena, TEXT("\3")), n), &key,
	    &why));
	assert_true(ssh_public_key_decode(arena, rsa_blob(test_mpint(arena,
	    TEXT("\x7f\0\0\0\0\0\0\1")), n), &key, &why));

	assert_blob_refused("ssh-rsa", rsa_blob(e, odd_number(2047)), "has 2047 bits");
	assert_blob_refused("ssh-rsa", rsa_blob(e, odd_number(1024)), "has 1024 bits");
	assert_blob_refused("ssh-rsa", rsa_blob(e, odd_number(1)), "has 1 bits");
	assert_blob_refused("ssh-rsa", rsa_blob(e, odd_number(16385)), "has 16385 bits");
	even = odd_number(2048);
	((char *)even.at)[even.length - 1] = 2;
	assert_blob_refused("ssh-rsa", rsa_blob(e, even), "modulus is even");
	assert_blob_refused("ssh-rsa", rsa_blob(test_mpint(arena, TEXT("\1")), n), "exponent");
	assert_blob_refused("ssh-rsa", rsa_blob(test_mpint(arena, TEXT("\2")), n), "exponent");
	assert_blob_refused("ssh-rsa", rsa_blob(test_mpint(arena, TEXT("\1\0\0\0\0\0\0\0\1")), n),
	    "exponent");
	assert_blob_refused("ssh-rsa", rsa_blob(TEXT("\0\0\0\0"), n), "not a well-formed");
	assert_blob_refused("ssh-rsa", rsa_blob(e, TEXT("\0\0\0\0")), "not a well-formed");
	assert_blob_refused("ssh-rsa", rsa_blob(TEXT("\0\0\0\1\0"), n), "not a well-formed");
	assert_blob_refused("ssh-rsa", rsa_blob(TEXT("\0\0\0\2\0\3"), n), "not a well-formed");
	assert_blob_refused("ssh-rsa", rsa_blob(TEXT("\0\0\0\1\x81"), n), "not a well-formed");
	assert_blob_refused("ssh-rsa", rsa_blob(n, e), "bits");
	assert_blob_refused("ssh-rsa", BLOB(TEXT("ssh-rsa"), TEXT("\1\0\1")), "not a well-formed");
}

/* --- fingerprints and SubjectPublicKeyInfo ---------------------------------------------------- */

static void
openssl_and_ssh_keygen_agree(void **state)
{
	struct git_fixture *fixture = *state;

	for (int i = 1; i < 6; i++) {
		struct ssh_public_key key;
		struct text why, hash;

		assert_true(ssh_fixture_key(fixture, &ssh_test_keys[i]));
		assert_true(ssh_public_key_parse(fixture->arena,
		    ssh_fixture_public(fixture, ssh_test_keys[i].name), &key, &why));
		hash = git_fixture_run(fixture, "ssh-keygen -e -m PKCS8 -f ../%s.pub | "
		    "openssl pkey -pubin -outform DER | sha256sum | cut -c1-64",
		    ssh_test_keys[i].name);
		assert_true(text_equal(hash, key.public_key_sha256));
	}
}

/* --- identities ---------------------------------------------------------------------------------- */

static struct identity *
add_identity(struct configuration *configuration, const char *name)
{
	struct identity *identity = ARRAY_ADD(arena, &configuration->identities);

	identity->name = text_of(name);
	return identity;
}

static void
add_key(struct identity *identity, struct text ssh, unsigned line)
{
	struct identity_key *key = ARRAY_ADD(arena, &identity->keys);

	key->ssh = ssh;
	key->position = (struct position){ TEXT("identities/x.yaml"), line, 1 };
}

static struct text
fresh_line(const char *kind, const char *application, EVP_PKEY **pair)
{
	*pair = test_key_new(kind);
	return line_of(application == NULL ? strcmp(kind, "ED25519") == 0 ? "ssh-ed25519" :
	    "ecdsa-sha2-nistp256" : "sk-ssh-ed25519@openssh.com",
	    test_key_blob(arena, *pair, application));
}

static void
assert_reason(const struct configuration *configuration, size_t i, const char *code,
    const char *words)
{
	const struct reason *reason;

	assert_true(i < configuration->reasons.count);
	reason = &configuration->reasons.at[i];
	assert_string_equal(reason->code, code);
	if (strstr(text_string(arena, reason->message), words) == NULL)
		fail_msg("expected \"%s\" in \"%.*s\"", words, TEXT_ARGUMENTS(reason->message));
}

static void
keys_of_identities_are_resolved(void **state)
{
	struct configuration configuration = { 0 };
	struct identity *alice;
	EVP_PKEY *one, *two;
	struct text line = fresh_line("ED25519", NULL, &one);
	struct text other = fresh_line("P-256", NULL, &two);

	(void)state;
	alice = add_identity(&configuration, "alice");
	add_key(alice, line, 3);
	add_key(alice, other, 4);
	/* whatever the decoder left there is not believed */
	alice->keys.at[0].fingerprint = TEXT("SHA256:forged");
	texts_add(arena, &configuration.repository.reconciler_keys, line_of("ssh-ed25519",
	    test_key_blob(arena, one, NULL)));
	configuration.repository.reconciler_keys.count = 0;
	identity_keys_resolve(arena, &configuration);
	assert_int_equal(configuration.reasons.count, 0);
	assert_true(text_starts_with(alice->keys.at[0].fingerprint, "SHA256:"));
	assert_int_equal(alice->keys.at[0].fingerprint.length, 7 + 43);
	assert_int_equal(alice->keys.at[1].public_key_sha256.length, 64);
	assert_false(text_equal(alice->keys.at[0].fingerprint, alice->keys.at[1].fingerprint));

	/* the reconciler's key in an identity's document */
	configuration.repository.reconciler_keys.count = 1;
	identity_keys_resolve(arena, &configuration);
	assert_int_equal(configuration.reasons.count, 1);
	assert_reason(&configuration, 0, "ReconcilerKeyShared", "alice");
	assert_int_equal(reasons_errors(&configuration.reasons), 0);
	/* each of them */
	texts_add(arena, &configuration.repository.reconciler_keys, other);
	configuration.reasons.count = 0;
	identity_keys_resolve(arena, &configuration);
	assert_int_equal(configuration.reasons.count, 2);
	EVP_PKEY_free(one);
	EVP_PKEY_free(two);
}

static void
keys_that_do_not_count_say_so(void **state)
{
	struct configuration configuration = { 0 };
	struct identity *alice = add_identity(&configuration, "ali\033ce");

	(void)state;
	add_key(alice, TEXT("ssh-dss AAAA"), 3);
	ARRAY_ADD(arena, &alice->keys)->openpgp = TEXT("-----BEGIN PGP PUBLIC KEY BLOCK-----");
	ARRAY_ADD(arena, &alice->keys)->x509 = TEXT("-----BEGIN CERTIFICATE-----");
	alice->keys.at[1].fingerprint = alice->keys.at[2].fingerprint = TEXT("SHA256:forged");
	texts_add(arena, &configuration.repository.reconciler_keys, TEXT("nonsense"));
	identity_keys_resolve(arena, &configuration);
	assert_int_equal(configuration.reasons.count, 4);
	assert_int_equal(reasons_errors(&configuration.reasons), 4);
	assert_reason(&configuration, 0, "UnusableKey", "ali\\x1bce cannot be used: the key's type");
	assert_int_equal(configuration.reasons.at[0].position.line, 3);
	assert_reason(&configuration, 1, "UnusableKey", "the armour has no empty line");
	assert_reason(&configuration, 2, "UnusableKey", "no line \"-----END CERTIFICATE-----\"");
	assert_reason(&configuration, 3, "UnusableKey", "key 1 of spec.reconciler");
	for (int i = 0; i < 3; i++) {
		assert_false(text_present(alice->keys.at[i].fingerprint));
		assert_false(text_present(alice->keys.at[i].public_key_sha256));
	}
	/* two of them are not the same key */
	add_key(alice, TEXT("ssh-dss AAAA"), 9);
	configuration.reasons.count = 0;
	identity_keys_resolve(arena, &configuration);
	assert_int_equal(configuration.reasons.count, 5);
	assert_reason(&configuration, 3, "UnusableKey", "the key's type");
	/* so much of a name is shown */
	for (int more = 0; more < 2; more++) {
		configuration.reasons.count = 0;
		alice->name = text_printf(arena, "%0*d", 128 + more, 0);
		identity_keys_resolve(arena, &configuration);
		assert_reason(&configuration, 0, "UnusableKey", arena_printf(arena,
		    "a key of %0128d%s cannot be used", 0, more == 0 ? "" : "…"));
	}
}

static void
a_key_is_known_whatever_wraps_it(void **state)
{
	struct configuration configuration = { 0 };
	struct identity *alice, *bob, *carol;
	EVP_PKEY *one, *two, *three;
	struct text plain = fresh_line("ED25519", NULL, &one), unrelated;
	/* the same key as a security key's: another fingerprint, one SubjectPublicKeyInfo */
	struct text wrapped = line_of("sk-ssh-ed25519@openssh.com", test_key_blob(arena, one, "ssh:"));

	(void)state;
	unrelated = fresh_line("ED25519", NULL, &two);
	alice = add_identity(&configuration, "alice");
	bob = add_identity(&configuration, "bob");
	carol = add_identity(&configuration, "carol");
	alice = &configuration.identities.at[0];
	bob = &configuration.identities.at[1];
	carol = &configuration.identities.at[2];
	add_key(alice, plain, 1);
	add_key(bob, unrelated, 2);
	add_key(bob, wrapped, 3);
	add_key(carol, fresh_line("P-256", NULL, &three), 4);
	identity_keys_resolve(arena, &configuration);
	/* what two identities may not hold is known for the same by this alone */
	assert_int_equal(configuration.reasons.count, 0);
	assert_true(text_equal(alice->keys.at[0].public_key_sha256,
	    bob->keys.at[1].public_key_sha256));
	assert_false(text_equal(alice->keys.at[0].fingerprint, bob->keys.at[1].fingerprint));

	bob->keys.count = 1;
	add_key(bob, unrelated, 5);
	add_key(carol, unrelated, 6);
	identity_keys_resolve(arena, &configuration);
	assert_int_equal(reasons_errors(&configuration.reasons), 1);
	assert_reason(&configuration, 0, "KeyTwice", "bob lists the same key twice");
	assert_int_equal(configuration.reasons.at[0].position.line, 5);
	add_key(bob, unrelated, 7);
	configuration.reasons.count = 0;
	identity_keys_resolve(arena, &configuration);
	assert_int_equal(reasons_errors(&configuration.reasons), 2);
	assert_int_equal(configuration.reasons.at[1].position.line, 7);
	EVP_PKEY_free(one);
	EVP_PKEY_free(two);
	EVP_PKEY_free(three);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_are_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_byte_of_a_blob_is_judged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(weak_ed25519_keys_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(points_are_checked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rsa_numbers_are_checked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(openssl_and_ssh_keygen_agree, git_fixture_setup,
		    git_fixture_teardown),
		cmocka_unit_test_setup_teardown(keys_of_identities_are_resolved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keys_that_do_not_count_say_so, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_key_is_known_whatever_wraps_it, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("sshkey", tests, NULL, NULL);
}
