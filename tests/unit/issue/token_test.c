#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/child.h"
#include "base/file.h"
#include "issue/keys.h"
#include "issue/pkcs11_uri.h"
#include "issue/private_file.h"
#include "issue/signing_key.h"

/* A token of SoftHSM's in a folder of its own. */
struct token_test {
	struct arena *arena;
	char *folder;
	const char *module; /* NULL: SoftHSM is not here */
	int tried;
	struct tokens *tokens;
};

static const char *
path_in(struct token_test *test, const char *name)
{
	return arena_printf(test->arena, "%s/%s", test->folder, name);
}

static void
write_file(struct token_test *test, const char *name, struct text content)
{
	assert_true(file_write_durable(path_in(test, name), content, 0600));
}

static void
run(struct token_test *test, const char *const *arguments)
{
	struct child_order order = { .arguments = arguments, .errors = CHILD_ERRORS_KEPT };
	struct child_result result;
	struct text why;

	if (!child_run(test->arena, &order, &result, &why) || result.status != 0)
		fail_msg("%s: %.*s", arguments[0], TEXT_ARGUMENTS(result.errors));
}

#define RUN(test, ...) run((test), (const char *const[]){ __VA_ARGS__, NULL })

static const char *
softhsm_module(void)
{
	static const char *const places[] = { "/usr/lib/softhsm/libsofthsm2.so",
		"/usr/lib64/pkcs11/libsofthsm2.so", "/usr/lib64/libsofthsm2.so",
		"/usr/lib/libsofthsm2.so" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], R_OK) == 0)
			return places[i];
	return NULL;
}

static void
import(struct token_test *test, const char *token, const char *algorithm, const char *label,
    const char *id)
{
	struct text pem, why;

	assert_true(private_key_new(test->arena, text_of(algorithm), &pem, &why));
	write_file(test, label, pem);
	RUN(test, "softhsm2-util", "--import", path_in(test, label), "--token", token, "--label", label,
	    "--id", id, "--pin", "1234");
}

static int
set_up(void **state)
{
	static struct token_test test;
	const char *parent = getenv("TMPDIR") == NULL ? "/tmp" : getenv("TMPDIR");

	test = (struct token_test){ .arena = arena_new(), .module = softhsm_module(), .tried = -1 };
	*state = &test;
	if (test.module == NULL)
		return 0;
	test.folder = arena_printf(test.arena, "%s/countersign-token.XXXXXX", parent);
	if (mkdtemp(test.folder) == NULL || mkdir(path_in(&test, "tokens"), 0700) != 0)
		return -1;
	write_file(&test, "softhsm2.conf", text_printf(test.arena,
	    "directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n",
	    test.folder));
	setenv("SOFTHSM2_CONF", path_in(&test, "softhsm2.conf"), 1);
	RUN(&test, "softhsm2-util", "--init-token", "--free", "--label", "ca", "--pin", "1234",
	    "--so-pin", "5678");
	RUN(&test, "softhsm2-util", "--init-token", "--free", "--label", "odd", "--pin", "1234",
	    "--so-pin", "5678");
	import(&test, "ca", "ECDSA-P256", "ec", "01");
	import(&test, "ca", "RSA-2048", "rsa", "02");
	import(&test, "odd", "Ed25519", "ed", "03");
	import(&test, "ca", "ECDSA-P256", "twice", "04");
	import(&test, "ca", "ECDSA-P256", "twice", "05");
	test.tried = open(path_in(&test, "tried"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	test.tokens = tokens_new(test.tried);
	return test.tried < 0 ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct token_test *test = *state;

	tokens_free(test->tokens);
	if (test->tried >= 0)
		close(test->tried);
	if (test->folder != NULL)
		RUN(test, "rm", "-rf", test->folder);
	arena_free(test->arena);
	return 0;
}

static bool
open_key(struct token_test *test, const char *uri, const char *pin, struct signing_key *key,
    struct text *why)
{
	struct token_place place = { .pin = { text_of(pin), TEXT("1 4 5.0") } };

	assert_true(pkcs11_uri_read(test->arena, text_printf(test->arena, "%s?module-path=%s", uri,
	    test->module), &place.uri, why));
	return signing_key_open_token(test->arena, test->tokens, &place, key, why);
}

static void
signs(struct token_test *test, const char *uri, const char *file, enum signature_algorithm algorithm)
{
	struct signing_key key, from_file;
	struct text why, message = TEXT("what is signed"), signature;

	if (!open_key(test, uri, "1234", &key, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	assert_true(signing_key_load(test->arena, path_in(test, file), &from_file, &why));
	assert_true(text_equal(key.public_key.whole, from_file.public_key.whole));
	signature = signature_algorithm_make(test->arena, key.handle, algorithm, message);
	assert_true(text_present(signature));
	assert_true(signature_algorithm_verify(from_file.handle, algorithm, message, signature));
	assert_false(signature_algorithm_verify(from_file.handle, algorithm, TEXT("else"), signature));
	signing_key_free(&key);
	signing_key_free(&from_file);
}

static void
refused(struct token_test *test, const char *uri, const char *pin, const char *reason)
{
	struct signing_key key;
	struct text why = TEXT("");

	assert_false(open_key(test, uri, pin, &key, &why));
	if (memmem(why.at, why.length, reason, strlen(reason)) == NULL)
		fail_msg("%s: %.*s", reason, TEXT_ARGUMENTS(why));
}

/* First of all: afterwards the session is one that is logged in. */
static void
a_wrong_pin_is_tried_once(void **state)
{
	struct token_test *test = *state;

	if (test->module == NULL)
		skip();
	refused(test, "pkcs11:token=ca;object=ec", NULL, "wants a PIN");
	refused(test, "pkcs11:token=ca;object=ec", "9999", "the token refuses the PIN");
	refused(test, "pkcs11:token=ca;object=ec", "9999", "not tried again");
	/* nor by a process that is started anew, until the PIN's file has changed */
	tokens_free(test->tokens);
	test->tokens = tokens_new(test->tried);
	refused(test, "pkcs11:token=ca;object=ec", "1234", "not tried again");
	assert_int_equal(ftruncate(test->tried, 0), 0);
}

/* What a process that was killed, or a full disk, has left of a note does not hide those behind it. */
static void
half_a_note_hides_none(void **state)
{
	struct token_test *test = *state;

	if (test->module == NULL)
		skip();
	for (size_t length = 1; length <= 64; length += 63) {
		assert_int_equal(pwrite(test->tried,
		    "0123456789012345678901234567890123456789012345678901234567890123", length, 0),
		    length);
		refused(test, "pkcs11:token=ca;object=ec", "9999", "the token refuses the PIN");
		tokens_free(test->tokens);
		test->tokens = tokens_new(test->tried);
		refused(test, "pkcs11:token=ca;object=ec", "9999", "not tried again");
		assert_int_equal(ftruncate(test->tried, 0), 0);
	}
}

static void
keys_in_a_token_sign(void **state)
{
	struct token_test *test = *state;

	if (test->module == NULL)
		skip();
	signs(test, "pkcs11:token=ca;object=ec", "ec", SIGNATURE_ECDSA_SHA256);
	signs(test, "pkcs11:token=ca;object=ec;type=private", "ec", SIGNATURE_ECDSA_SHA384);
	signs(test, "pkcs11:token=ca;id=%02", "rsa", SIGNATURE_RSA_SHA256);
	signs(test, "pkcs11:token=c%61;object=rsa;manufacturer=SoftHSM%20project", "rsa",
	    SIGNATURE_RSA_SHA512);
	assert_int_equal(lseek(test->tried, 0, SEEK_END), 0);
}

static void
what_is_not_there_is_not_found(void **state)
{
	struct token_test *test = *state;
	struct signing_key key;
	struct token_place place = { .pin = { TEXT("1234"), TEXT("1") } };
	struct text why;

	if (test->module == NULL)
		skip();
	refused(test, "pkcs11:token=none;object=ec", "1234", "no such token");
	refused(test, "pkcs11:token=ca;serial=0;object=ec", "1234", "no such token");
	refused(test, "pkcs11:token=ca;object=none", "1234", "no such private key");
	refused(test, "pkcs11:token=ca;object=ec;id=%02", "1234", "no such private key");
	refused(test, "pkcs11:token=ca;object=twice", "1234", "several private keys");
	refused(test, "pkcs11:token=odd;object=ed", "1234", "neither RSA nor ECDSA");
	assert_true(pkcs11_uri_read(test->arena,
	    TEXT("pkcs11:token=ca;object=ec?module-path=/dev/null"), &place.uri, &why));
	assert_false(signing_key_open_token(test->arena, test->tokens, &place, &key, &why));
	assert_non_null(memmem(why.at, why.length, "cannot be used", 14));
}

static void
uris_are_read_strictly(void **state)
{
	static const struct {
		const char *uri, *reason;
	} cases[] = {
		{ "pkcs12:token=a;object=b", "begins with pkcs11:" },
		{ "pkcs11:", "is nothing that a key is found by" },
		{ "pkcs11:token=a", "names a token and an object" },
		{ "pkcs11:object=a", "names a token and an object" },
		{ "pkcs11:token=a;token=b;object=c", "token stands there twice" },
		{ "pkcs11:token=;object=c", "the value of token" },
		{ "pkcs11:token=%;object=c", "the value of token" },
		{ "pkcs11:token=%4;object=c", "the value of token" },
		{ "pkcs11:token=%4g;object=c", "the value of token" },
		{ "pkcs11:token=a;object=b;slot-id=1", "\"slot-id\" is nothing" },
		{ "pkcs11:token=a;object=b;type=cert", "type private" },
		{ "pkcs11:token=a;object=b;pin-source=/x", "\"pin-source\" is nothing" },
		{ "pkcs11:token=a;object=b?pin-value=1234", "a PIN does not stand" },
		{ "pkcs11:token=a;object=b?pin-source=pin", "absolute path" },
		{ "pkcs11:token=a;object=b?pin-source=file://host/pin", "absolute path" },
		{ "pkcs11:token=a;object=b?pin-source=/a%00b", "absolute path" },
		{ "pkcs11:token=a;object=b?module-path=x.so", "absolute path" },
		{ "pkcs11:token=a;object=b?token=c", "\"token\" is nothing" },
	};
	struct token_test *test = *state;
	struct pkcs11_uri uri;
	struct text why;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_false(pkcs11_uri_read(test->arena, text_of(cases[i].uri), &uri, &why));
		if (memmem(why.at, why.length, cases[i].reason, strlen(cases[i].reason)) == NULL)
			fail_msg("%s: %.*s", cases[i].uri, TEXT_ARGUMENTS(why));
		assert_null(memmem(why.at, why.length, "1234", 4));
	}
	assert_true(pkcs11_uri_read(test->arena, TEXT("pkcs11:token=a%20b;id=%00%ff?pin-source=file:///p"
	    "&module-path=/m.so"), &uri, &why));
	assert_true(text_is(uri.token, "a b"));
	assert_true(uri.id.length == 2 && memcmp(uri.id.at, "\0\xff", 2) == 0);
	assert_true(text_is(uri.pin_source, "/p"));
	assert_true(text_is(uri.module_path, "/m.so"));
	assert_false(text_present(uri.object));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uris_are_read_strictly),
		cmocka_unit_test(a_wrong_pin_is_tried_once),
		cmocka_unit_test(half_a_note_hides_none),
		cmocka_unit_test(keys_in_a_token_sign),
		cmocka_unit_test(what_is_not_there_is_not_found),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
