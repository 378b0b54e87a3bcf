/* Signature blobs: numbers out of range, security keys without a user, browsers that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#include "base/encoding.h"
#include "lib/authenticator.h"
#include "lib/heap.h"
#include "lib/ssh_fixture.h"
#include "trust/signature.h"
#include "trust/sshsig.h"
#include "trust/wire.h"

static const struct text data = { "what is signed", 14 };

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

static struct ssh_public_key
public_key(EVP_PKEY *key, const char *application)
{
	struct ssh_public_key decoded;
	struct text why;

	if (!ssh_public_key_decode(arena, test_key_blob(arena, key, application), &decoded, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	return decoded;
}

static void
assert_refused(const struct ssh_public_key *key, struct text blob, const char *words)
{
	struct text why = { NULL, 0 };

	if (signature_verify(arena, key, blob, data, &why))
		fail_msg("accepted, and \"%s\" was expected", words);
	if (strstr(text_string(arena, why), words) == NULL)
		fail_msg("expected \"%s\" in \"%.*s\"", words, TEXT_ARGUMENTS(why));
	assert_int_equal(ERR_peek_error(), 0);
}

static bool
verifies(const struct ssh_public_key *key, struct text blob)
{
	struct text why;

	return signature_verify(arena, key, blob, data, &why);
}

/* --- ECDSA ------------------------------------------------------------------------- */

static struct text
joined(struct text a, struct text b)
{
	struct buffer out = { .arena = arena };

	buffer_add(&out, a);
	buffer_add(&out, b);
	return buffer_text(&out);
}

static struct text
mpint_of(struct text contents)
{
	struct buffer out = { .arena = arena };

	wire_add_string(&out, contents);
	return buffer_text(&out);
}

static void
check_curve(const char *curve, const char *algorithm, const char *hash)
{
	EVP_PKEY *pair = test_key_new(curve);
	struct ssh_public_key key = public_key(pair, NULL);
	struct text value = test_signature_value(arena, pair, hash, data);
	struct wire wire = { .rest = value };
	struct text r = wire_positive(&wire), s = wire_positive(&wire);
	struct text order = test_mpint(arena, key.facts->order), zero = TEXT("\0\0\0\0");
	struct text good_r = test_mpint(arena, r), good_s = test_mpint(arena, s);
	char *above = text_string(arena, key.facts->order);
	struct text huge = text_printf(arena, "%0200d", 1);

#define REFUSED(a, b, words) \
	assert_refused(&key, test_signature_blob(arena, algorithm, joined(a, b)), words)
	assert_true(verifies(&key, test_signature_blob(arena, algorithm, joined(good_r, good_s))));
	above[key.facts->order.length - 1]++;
	REFUSED(zero, good_s, "range");
	REFUSED(good_r, zero, "range");
	REFUSED(zero, zero, "range");
	REFUSED(order, good_s, "range");
	REFUSED(good_r, order, "range");
	REFUSED(test_mpint(arena, (struct text){ above, key.facts->order.length }), good_s, "range");
	REFUSED(good_r, test_mpint(arena, huge), "range");
	REFUSED(mpint_of(TEXT("\0")), good_s, "range");
	REFUSED(mpint_of(joined(TEXT("\0\0"), r)), good_s, "range");
	REFUSED(mpint_of(TEXT("\x80")), good_s, "range");
	REFUSED(mpint_of(TEXT("\0\x7f")), good_s, "range");
	REFUSED(good_r, joined(good_s, TEXT("\0")), "range");
	REFUSED(good_r, TEXT(""), "range");
	REFUSED(good_s, good_r, "does not match");
	REFUSED(mpint_of(TEXT("\1")), mpint_of(TEXT("\1")), "does not match");
	/* the order less one is in range, and no signature */
	above[key.facts->order.length - 1] = (char)(above[key.facts->order.length - 1] - 2);
	REFUSED(good_r, test_mpint(arena, (struct text){ above, key.facts->order.length }),
	    "does not match");
#undef REFUSED
	EVP_PKEY_free(pair);
}

static void
ecdsa_numbers_are_checked(void **state)
{
	(void)state;
	check_curve("P-256", "ecdsa-sha2-nistp256", "SHA256");
	check_curve("P-384", "ecdsa-sha2-nistp384", "SHA384");
	check_curve("P-521", "ecdsa-sha2-nistp521", "SHA512");
}

/* A key on P-521 under which r of a point and this s are a signature of the data: d = (s k - z) / r. */
static struct ssh_public_key
key_of_signature(const EC_GROUP *group, BIGNUM *k, BIGNUM *r, const BIGNUM *s)
{
	BN_CTX *context = BN_CTX_new();
	EC_POINT *point = EC_POINT_new(group);
	const BIGNUM *order = EC_GROUP_get0_order(group);
	unsigned char hash[64], octets[133];
	BIGNUM *d = BN_new(), *z;
	struct buffer blob = { .arena = arena };
	struct ssh_public_key key;
	struct text why;

	assert_int_equal(EVP_Q_digest(NULL, "SHA512", NULL, data.at, data.length, hash, NULL), 1);
	z = BN_bin2bn(hash, sizeof(hash), NULL);
	assert_int_equal(EC_POINT_mul(group, point, k, NULL, NULL, context), 1);
	assert_int_equal(EC_POINT_get_affine_coordinates(group, point, r, NULL, context), 1);
	assert_int_equal(BN_nnmod(r, r, order, context), 1);
	assert_int_equal(BN_mod_mul(d, s, k, order, context), 1);
	assert_int_equal(BN_mod_sub(d, d, z, order, context), 1);
	assert_non_null(BN_mod_inverse(z, r, order, context));
	assert_int_equal(BN_mod_mul(d, d, z, order, context), 1);
	assert_int_equal(EC_POINT_mul(group, point, d, NULL, NULL, context), 1);
	assert_int_equal(EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, octets,
	    sizeof(octets), context), sizeof(octets));
	wire_add_string(&blob, TEXT("ecdsa-sha2-nistp521"));
	wire_add_string(&blob, TEXT("nistp521"));
	wire_add_string(&blob, (struct text){ (const char *)octets, sizeof(octets) });
	assert_true(ssh_public_key_decode(arena, buffer_text(&blob), &key, &why));
	BN_free(z);
	BN_free(d);
	EC_POINT_free(point);
	BN_CTX_free(context);
	return key;
}

/* Around 128 octets of numbers, where DER begins to say its length in two. */
static void
ecdsa_numbers_of_any_length_are_read(void **state)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp521r1);

	(void)state;
	for (int bytes = 56; bytes <= 61; bytes++) {
		BIGNUM *k = BN_new(), *r = BN_new(), *s = BN_new();
		unsigned char octets[2][66];
		struct ssh_public_key key;

		/* the same octets each time, the first of them not negative */
		assert_int_equal(BN_set_word(k, 0x5eed), 1);
		assert_int_equal(BN_set_bit(s, 8 * bytes - 2), 1);
		key = key_of_signature(group, k, r, s);
		assert_true(verifies(&key, test_signature_blob(arena, "ecdsa-sha2-nistp521", joined(
		    test_mpint(arena, (struct text){ (const char *)octets[0],
		        (size_t)BN_bn2bin(r, octets[0]) }),
		    test_mpint(arena, (struct text){ (const char *)octets[1],
		        (size_t)BN_bn2bin(s, octets[1]) })))));
		BN_free(k);
		BN_free(r);
		BN_free(s);
	}
	EC_GROUP_free(group);
}

static void
orders_are_those_of_openssl(void **state)
{
	static const char *const names[] = { "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
		"ecdsa-sha2-nistp521" };

	(void)state;
	for (int i = 0; i < 3; i++) {
		const struct key_type *type = key_type_named(text_of(names[i]));
		EVP_PKEY *pair = EVP_EC_gen(type->group);
		BIGNUM *order = NULL, *ours = BN_bin2bn((const unsigned char *)type->order.at,
		    (int)type->order.length, NULL);

		assert_int_equal(EVP_PKEY_get_bn_param(pair, "order", &order), 1);
		assert_int_equal(BN_cmp(order, ours), 0);
		BN_free(order);
		BN_free(ours);
		EVP_PKEY_free(pair);
	}
}

static void
ecdsa_algorithms_do_not_mix(void **state)
{
	EVP_PKEY *pair = test_key_new("P-256");
	struct ssh_public_key key = public_key(pair, NULL);
	struct text value = test_signature_value(arena, pair, "SHA256", data);

	(void)state;
	assert_refused(&key, test_signature_blob(arena, "ecdsa-sha2-nistp384", value), "belong");
	assert_refused(&key, test_signature_blob(arena, "sk-ecdsa-sha2-nistp256@openssh.com",
	    value), "belong");
	assert_refused(&key, test_signature_blob(arena,
	    "webauthn-sk-ecdsa-sha2-nistp256@openssh.com", value), "belong");
	assert_refused(&key, test_signature_blob(arena, "ecdsa-sha2-nistp256",
	    test_signature_value(arena, pair, "SHA512", data)), "does not match");
	assert_refused(&key, TEXT(""), "cut short");
	assert_refused(&key, TEXT("\0\0\0\5abc"), "cut short");
	/* so much of it is shown */
	assert_refused(&key, test_signature_blob(arena, arena_printf(arena, "%081d", 0), value),
	    arena_printf(arena, "\"%080d…\"", 0));
	assert_refused(&key, test_signature_blob(arena, arena_printf(arena, "%080d", 0), value),
	    arena_printf(arena, "\"%080d\"", 0));
	EVP_PKEY_free(pair);
}

/* --- RSA ---------------------------------------------------------------------------- */

static void
rsa_is_with_sha2_only(void **state)
{
	EVP_PKEY *pair = test_key_new("RSA");
	struct ssh_public_key key = public_key(pair, NULL);
	struct text sha512 = test_signature_value(arena, pair, "SHA512", data);
	struct text sha256 = test_signature_value(arena, pair, "SHA256", data);
	struct text sha1 = test_signature_value(arena, pair, "SHA1", data);
	struct text sha384 = test_signature_value(arena, pair, "SHA384", data);

	(void)state;
	assert_true(verifies(&key, test_signature_blob(arena, "rsa-sha2-512", sha512)));
	assert_true(verifies(&key, test_signature_blob(arena, "rsa-sha2-256", sha256)));
	assert_refused(&key, test_signature_blob(arena, "ssh-rsa", sha1), "SHA-1");
	assert_refused(&key, test_signature_blob(arena, "rsa-sha2-384", sha384), "belong");
	assert_refused(&key, test_signature_blob(arena, "rsa-sha2-256", sha512), "does not match");
	assert_refused(&key, test_signature_blob(arena, "rsa-sha2-512", sha256), "does not match");
	assert_refused(&key, test_signature_blob(arena, "rsa-sha2-512", sha1), "does not match");
	assert_refused(&key, test_signature_blob(arena, "rsa-sha2-512",
	    joined(TEXT("\0"), sha512)), "not in the form");
	assert_refused(&key, test_signature_blob(arena, "rsa-sha2-512",
	    joined(TEXT("\1"), sha512)), "not in the form");
	assert_refused(&key, test_signature_blob(arena, "rsa-sha2-512",
	    joined(TEXT("\0"), text_first(sha512, 254))), "not in the form");
	assert_refused(&key, test_signature_blob(arena, "rsa-sha2-512",
	    joined(TEXT("\1"), text_first(sha512, 254))), "does not match");
	assert_refused(&key, test_signature_blob(arena, "rsa-sha2-512", TEXT("")),
	    "not in the form");
	assert_refused(&key, test_signature_blob(arena, "rsa-sha2-512", TEXT("\1")),
	    "does not match");
	EVP_PKEY_free(pair);
}

/* A signer that leaves out a leading zero, as some do (RFC 8332 section 3). */
static void
short_rsa_signatures_are_padded(void **state)
{
	EVP_PKEY *pair = test_key_new("RSA");
	struct ssh_public_key key = public_key(pair, NULL);
	struct text why;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct arena *pass = arena_new();
		struct text message = text_printf(pass, "%d", i);
		struct text value = test_signature_value(pass, pair, "SHA512", message);
		bool found = value.at[0] == 0;

		if (found) {
			struct text shorter = text_skip(value, 1);

			assert_true(signature_verify(pass, &key, test_signature_blob(pass,
			    "rsa-sha2-512", shorter), message, &why) == (shorter.at[0] != 0));
			assert_true(signature_verify(pass, &key, test_signature_blob(pass,
			    "rsa-sha2-512", value), message, &why));
			/* the zeros are left out whole, or not at all */
			if (shorter.at[0] == 0)
				assert_non_null(strstr(text_string(pass, why), "not in the form"));
		}
		arena_free(pass);
		if (found) {
			EVP_PKEY_free(pair);
			return;
		}
	}
	fail_msg("no signature began with zero");
}

/* What OpenSSL itself keeps, of its last errors for one, comes to an end. */
static void
nothing_is_kept_of_a_signature(void **state)
{
	static const struct { const char *kind, *algorithm, *hash; } kinds[] = {
		{ "ED25519", "ssh-ed25519", NULL }, { "P-256", "ecdsa-sha2-nistp256", "SHA256" },
		{ "RSA", "rsa-sha2-512", "SHA512" },
	};
	struct ssh_public_key keys[3];
	struct text blobs[3], why;
	int passes_without = 0;

	(void)state;
	for (int i = 0; i < 3; i++) {
		EVP_PKEY *pair = test_key_new(kinds[i].kind);

		keys[i] = public_key(pair, NULL);
		blobs[i] = test_signature_blob(arena, kinds[i].algorithm,
		    test_signature_value(arena, pair, kinds[i].hash, data));
		EVP_PKEY_free(pair);
	}
	for (int pass = 0; pass < 200 && passes_without < 3; pass++) {
		size_t before = heap_bytes();
		struct arena *scratch = arena_new();

		for (int i = 0; i < 3; i++) {
			assert_true(signature_verify(scratch, &keys[i], blobs[i], data, &why));
			assert_false(signature_verify(scratch, &keys[i], blobs[i], TEXT("other"), &why));
		}
		arena_free(scratch);
		passes_without = heap_bytes() > before ? 0 : passes_without + 1;
	}
	assert_int_equal(passes_without, 3);
}

/* --- security keys ---------------------------------------------------------------------- */

static void
users_must_be_present(void **state)
{
	static const char *const kinds[] = { "ED25519", "P-256" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		EVP_PKEY *pair = test_key_new(kinds[i]);
		struct authenticator device = { .key = pair, .application = "ssh:", .flags = 1,
			.counter = 7 };
		struct ssh_public_key key = public_key(pair, "ssh:"), other = public_key(pair, "ssh:x");

		assert_true(verifies(&key, authenticator_sign(arena, &device, data)));
		/* the application is part of what is signed */
		assert_refused(&other, authenticator_sign(arena, &device, data), "does not match");
		device.flags = 5;       /* verified, too */
		assert_true(verifies(&key, authenticator_sign(arena, &device, data)));
		device.flags = 0;
		assert_refused(&key, authenticator_sign(arena, &device, data), "presence");
		device.flags = 4;
		assert_refused(&key, authenticator_sign(arena, &device, data), "presence");
		device.flags = 0xfe;
		assert_refused(&key, authenticator_sign(arena, &device, data), "presence");
		/* where the entry in identities/ wants to know who it was */
		key.user_verification = true;
		device.flags = 1;
		assert_refused(&key, authenticator_sign(arena, &device, data),
		    "without verifying the user");
		device.flags = 0xfb;
		assert_refused(&key, authenticator_sign(arena, &device, data),
		    "without verifying the user");
		device.flags = 4;
		assert_refused(&key, authenticator_sign(arena, &device, data), "presence");
		device.flags = 5;
		assert_true(verifies(&key, authenticator_sign(arena, &device, data)));
		EVP_PKEY_free(pair);
	}
}

/* Neither the plain form under a security key's name, nor a flag that was not signed. */
static void
security_keys_cannot_be_faked(void **state)
{
	EVP_PKEY *pair = test_key_new("ED25519");
	struct authenticator device = { .key = pair, .application = "ssh:", .flags = 0,
		.counter = 7 };
	struct ssh_public_key key = public_key(pair, "ssh:"), plain = public_key(pair, NULL);
	struct text blob = authenticator_sign(arena, &device, data);
	char *changed = text_string(arena, blob);

	(void)state;
	changed[blob.length - 5] = 1;   /* the flags */
	assert_refused(&key, (struct text){ changed, blob.length }, "does not match");
	assert_refused(&key, test_key_sign(arena, pair, data), "belong");
	assert_refused(&plain, blob, "belong");
	assert_refused(&key, test_signature_blob(arena, "sk-ssh-ed25519@openssh.com",
	    test_signature_value(arena, pair, NULL, data)), "cut short");
	device.flags = 1;
	blob = authenticator_sign(arena, &device, data);
	assert_refused(&key, text_first(blob, blob.length - 1), "cut short");
	assert_refused(&key, joined(blob, TEXT("\0")), "behind it");
	EVP_PKEY_free(pair);
}

/* stock ssh-keygen agrees with the authenticator of these tests */
static void
ssh_keygen_agrees_about_security_keys(void **state)
{
	static const struct authenticator devices[] = {
		{ .application = "ssh:", .flags = 1, .counter = 0 },
		{ .application = "ssh:", .flags = 1, .counter = 0xffffffff },
		{ .application = "ssh:somewhere", .flags = 5, .counter = 1 },
		{ .application = "example.com", .flags = 1, .counter = 1, .browser = true,
		  .origin = { "https://example.com", 19 } },
		{ .application = "example.com", .flags = 0x85, .counter = 1, .browser = true,
		  .origin = { "https://example.com", 19 }, .extensions = { "\xa0", 1 } },
	};
	struct git_fixture *fixture = *state;

	arena = fixture->arena;
	ssh_fixture_write(fixture, "message", data);
	for (size_t i = 0; i < 2 * sizeof(devices) / sizeof(devices[0]); i++) {
		struct authenticator device = devices[i / 2];
		struct crafted crafted = { .magic = "SSHSIG", .version = 1, .hash = TEXT("sha512"),
			.name_space = TEXT("countersign") };
		struct ssh_public_key signer;
		struct text armour, why;

		if (device.browser && i % 2 == 0)
			continue;
		device.key = test_key_new(i % 2 == 0 ? "ED25519" : "P-256");
		crafted.public_key = test_key_blob(arena, device.key, device.application);
		crafted.signature = authenticator_sign(arena, &device,
		    crafted_signed_data(arena, "countersign", "sha512", data));
		armour = crafted_armour(arena, &crafted);
		assert_true(sshsig_verify(arena, armour, "countersign", data, &signer, &why));
		ssh_fixture_write(fixture, "message.sig", armour);
		git_fixture_run(fixture, "ssh-keygen -q -Y check-novalidate -n countersign -s "
		    "../message.sig <../message");
		EVP_PKEY_free(device.key);
	}
}

/* --- browsers ------------------------------------------------------------------------------ */

static struct authenticator
browser(EVP_PKEY *pair)
{
	return (struct authenticator){ .key = pair, .application = "example.com", .flags = 1,
		.counter = 3, .browser = true, .origin = TEXT("https://example.com") };
}

static void
browsers_are_checked(void **state)
{
	EVP_PKEY *pair = test_key_new("P-256");
	struct ssh_public_key key = public_key(pair, "example.com");
	struct authenticator device;
	/* base64 for URLs of "what is signed" */
	const char *challenge = "d2hhdCBpcyBzaWduZWQ";

	(void)state;
#define REFUSED(field, value, words) \
	do { \
		device = browser(pair); \
		device.field = (value); \
		assert_refused(&key, authenticator_sign(arena, &device, data), words); \
	} while (0)
#define CLIENT_DATA(format) text_printf(arena, format, challenge)

	device = browser(pair);
	assert_true(verifies(&key, authenticator_sign(arena, &device, data)));
	device.client_data = CLIENT_DATA("{\"type\":\"webauthn.get\",\"challenge\":\"%s\","
	    "\"origin\":\"https://example.com\"}");
	assert_true(verifies(&key, authenticator_sign(arena, &device, data)));
	device.client_data = CLIENT_DATA("{\"type\":\"webauthn.get\",\"challenge\":\"%s\","
	    "\"origin\":\"https://example.com\",\"crossOrigin\":false,\"other\":[1]}");
	assert_true(verifies(&key, authenticator_sign(arena, &device, data)));

	REFUSED(flags, 0, "presence");
	REFUSED(flags, 0x41, "contradict");
	REFUSED(flags, 0x81, "contradict");
	REFUSED(extensions, TEXT("\xa0"), "contradict");
	REFUSED(origin, TEXT("https://exa\"mple.com"), "client data");
	REFUSED(origin, TEXT("https://example.com\0"), "client data");
	device = browser(pair);
	device.origin = TEXT("https://example.com\0");
	device.client_data = joined(CLIENT_DATA("{\"type\":\"webauthn.get\",\"challenge\":\"%s\","
	    "\"origin\":\"https://example.com"), TEXT("\0\"}"));
	assert_refused(&key, authenticator_sign(arena, &device, data), "client data");
	REFUSED(application, "example.org", "does not match");
	REFUSED(client_data, TEXT(""), "client data");
	REFUSED(client_data, TEXT("{}"), "client data");
	REFUSED(client_data, CLIENT_DATA("{\"type\":\"webauthn.create\",\"challenge\":\"%s\","
	    "\"origin\":\"https://example.com\"}"), "client data");
	REFUSED(client_data, CLIENT_DATA("{\"challenge\":\"%s\",\"type\":\"webauthn.get\","
	    "\"origin\":\"https://example.com\"}"), "client data");
	REFUSED(client_data, CLIENT_DATA("{ \"type\":\"webauthn.get\",\"challenge\":\"%s\","
	    "\"origin\":\"https://example.com\"}"), "client data");
	REFUSED(client_data, CLIENT_DATA("{\"type\":\"webauthn.get\",\"challenge\":\"%s=\","
	    "\"origin\":\"https://example.com\"}"), "client data");
	REFUSED(client_data, CLIENT_DATA("{\"type\":\"webauthn.get\",\"challenge\":\"A%s\","
	    "\"origin\":\"https://example.com\"}"), "client data");
	REFUSED(client_data, CLIENT_DATA("{\"type\":\"webauthn.get\",\"challenge\":\"%s\","
	    "\"origin\":\"https://example.co.uk\"}"), "client data");
	REFUSED(client_data, CLIENT_DATA("{\"type\":\"webauthn.get\",\"challenge\":\"%s\","
	    "\"origin\":\"https://example.com"), "client data");
	REFUSED(client_data, CLIENT_DATA("{\"type\":\"webauthn.get\",\"challenge\":\"%s\"}"),
	    "client data");
#undef REFUSED
#undef CLIENT_DATA

	/* the browser's form is for ECDSA security keys alone */
	{
		EVP_PKEY *ed25519 = test_key_new("ED25519");
		struct ssh_public_key wrong = public_key(ed25519, "example.com");

		device = browser(ed25519);
		assert_refused(&wrong, authenticator_sign(arena, &device, data), "belong");
		EVP_PKEY_free(ed25519);
	}
	/* without its three fields, and with too much */
	device = browser(pair);
	{
		struct text blob = authenticator_sign(arena, &device, data);

		for (size_t i = 0; i < blob.length; i++)
			assert_false(verifies(&key, text_first(blob, i)));
		assert_refused(&key, joined(blob, TEXT("\0\0\0\0")), "behind it");
	}
	EVP_PKEY_free(pair);
}

/* Base64 for URLs has two digits of its own: challenges that need them. */
static void
challenges_use_all_digits(void **state)
{
	EVP_PKEY *pair = test_key_new("P-256");
	struct ssh_public_key key = public_key(pair, "example.com");
	struct authenticator device = browser(pair);
	struct text why;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct text bytes = (struct text){ "\xfb\xff\xfe\xff\xff", (size_t)(3 + i) };

		assert_true(signature_verify(arena, &key, authenticator_sign(arena, &device, bytes),
		    bytes, &why));
	}
	EVP_PKEY_free(pair);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ecdsa_numbers_are_checked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ecdsa_numbers_of_any_length_are_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(orders_are_those_of_openssl, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ecdsa_algorithms_do_not_mix, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rsa_is_with_sha2_only, set_up, tear_down),
		cmocka_unit_test_setup_teardown(short_rsa_signatures_are_padded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_is_kept_of_a_signature, set_up, tear_down),
		cmocka_unit_test_setup_teardown(users_must_be_present, set_up, tear_down),
		cmocka_unit_test_setup_teardown(security_keys_cannot_be_faked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ssh_keygen_agrees_about_security_keys,
		    git_fixture_setup, git_fixture_teardown),
		cmocka_unit_test_setup_teardown(browsers_are_checked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(challenges_use_all_digits, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("signature", tests, NULL, NULL);
}
