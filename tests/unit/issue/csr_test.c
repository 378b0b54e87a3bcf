#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/file.h"
#include "issue/csr.h"
#include "issue/keys.h"
#include "issue/x509_names.h"

#define HOSTILE "tests/hostile/csr"
#define VECTORS "/usr/lib/python3/dist-packages/cryptography_vectors/x509"

static struct arena *arena;
static char *folder;

static int
set_up(void **state)
{
	const char *temporary = getenv("TMPDIR");

	(void)state;
	arena = arena_new();
	folder = arena_printf(arena, "%s/csr.XXXXXX", temporary == NULL ? "/tmp" : temporary);
	assert_non_null(mkdtemp(folder));
	return 0;
}

static int
tear_down(void **state)
{
	const char *const arguments[] = { "rm", "-rf", folder, NULL };
	struct child_result result;
	struct text why;

	(void)state;
	assert_true(
	    child_run(arena, &(struct child_order){ .arguments = arguments }, &result, &why));
	arena_free(arena);
	return 0;
}

/* Runs a script in the folder; what it prints. */
static struct text
shell(const char *script)
{
	const char *const arguments[] = { "bash", "-euc",
		arena_printf(arena, "cd %s\n%s", folder, script), NULL };
	struct child_order order = { .arguments = arguments, .errors = CHILD_ERRORS_KEPT };
	struct child_result result;
	struct text why;

	assert_true(child_run(arena, &order, &result, &why));
	if (result.status != 0)
		fail_msg("%s\n%.*s", script, TEXT_ARGUMENTS(result.errors));
	return result.output;
}

static bool
contains(struct text text, struct text what)
{
	return what.length == 0 || memmem(text.at, text.length, what.at, what.length) != NULL;
}

static struct csr_facts
accepted(struct text pem)
{
	struct reasons reasons = { 0 };
	struct csr_facts facts;

	if (!csr_read(arena, pem, (struct position){ 0 }, &facts, &reasons))
		fail_msg("%.*s\n%.*s", TEXT_ARGUMENTS(reasons.at[0].message), TEXT_ARGUMENTS(pem));
	assert_int_equal(reasons.count, 0);
	assert_true(facts.good);
	return facts;
}

static bool
is_one(const struct texts *values, const char *value)
{
	return values->count == 1 && text_is(values->at[0], value);
}

/* Each file below tests/hostile/csr is refused, for the reason that `expected` names. */
static void
hostile_requests(void **state)
{
	struct text expected, line;
	DIR *entries = opendir(HOSTILE);
	size_t listed = 0, files = 0;

	(void)state;
	assert_true(file_read(arena, HOSTILE "/expected", 1 << 20, &expected));
	while (text_next_line(&expected, &line)) {
		struct position position = { .path = TEXT("requests/a.yaml"),
			.line = 7,
			.column = 3 };
		struct reasons reasons = { 0 };
		struct csr_facts facts;
		struct text name, code, pem;

		assert_true(text_split(&line, ' ', &name));
		assert_true(text_split(&line, ' ', &code));
		assert_true(file_read(arena,
		    arena_printf(arena, HOSTILE "/%.*s.pem", TEXT_ARGUMENTS(name)), 1 << 20, &pem));
		if (csr_read(arena, pem, position, &facts, &reasons))
			fail_msg("%.*s is accepted", TEXT_ARGUMENTS(name));
		assert_false(facts.good);
		assert_false(text_present(facts.public_key));
		assert_int_equal(reasons.count, 1);
		assert_int_equal(reasons.at[0].position.line, 7);
		if (!text_is(code, reasons.at[0].code) || !contains(reasons.at[0].message, line))
			fail_msg("%.*s: %s: %.*s", TEXT_ARGUMENTS(name), reasons.at[0].code,
			    TEXT_ARGUMENTS(reasons.at[0].message));
		listed++;
	}
	assert_non_null(entries);
	for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
		files += text_ends_with(text_of(entry->d_name), ".pem");
	closedir(entries);
	assert_int_equal(listed, files);
	assert_true(listed > 150);
}

/* One good request with any bit of its DER turned, and with any part of its PEM cut off. */
static void
every_bit_counts(void **state)
{
	struct text pem =
	    shell("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
		  "-noenc -keyout key -subj /CN=a -addext subjectAltName=DNS:a.example -out csr\n"
		  "openssl req -in csr -outform DER -out der; cat csr");
	struct text der;
	struct reasons reasons = { 0 };
	struct csr_facts facts;

	(void)state;
	(void)accepted(pem);
	for (size_t i = 0; i + 1 < pem.length; i++)
		assert_false(
		    csr_read(arena, text_first(pem, i), (struct position){ 0 }, &facts, &reasons));
	assert_true(file_read(arena, arena_printf(arena, "%s/der", folder), 1 << 20, &der));
	for (size_t bit = 0; bit < der.length * 8; bit++) {
		struct arena *own = arena, *scratch = arena_new();
		char *copy = arena_copy(scratch, der.at, der.length);

		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
		arena = scratch;
		pem = text_printf(arena,
		    "-----BEGIN CERTIFICATE REQUEST-----\n%.*s\n"
		    "-----END CERTIFICATE REQUEST-----\n",
		    TEXT_ARGUMENTS(base64_encode(arena, (struct text){ copy, der.length })));
		reasons = (struct reasons){ 0 };
		if (csr_read(arena, pem, (struct position){ 0 }, &facts, &reasons))
			fail_msg("bit %zu does not matter", bit);
		arena = own;
		arena_free(scratch);
	}
}

struct shape {
	const char *key; /* arguments of `openssl req` */
	const char *algorithm;
};

static const struct shape key_shapes[] = {
	{ "-newkey rsa:2048", "RSA-2048" },
	{ "-newkey rsa:2048 -sha384", "RSA-2048" },
	{ "-newkey rsa:2048 -sha512", "RSA-2048" },
	{ "-newkey rsa:3072", "RSA-3072" },
	{ "-newkey rsa:4096", "RSA-4096" },
	{ "-newkey rsa:2048 -pkeyopt rsa_keygen_pubexp:65539", "RSA-2048" },
	{ "-newkey rsa:2048 -pkeyopt rsa_keygen_pubexp:4294967297", "RSA-2048" },
	{ "-newkey ec -pkeyopt ec_paramgen_curve:P-256", "ECDSA-P256" },
	{ "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -sha384", "ECDSA-P256" },
	{ "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -sha512", "ECDSA-P256" },
	{ "-newkey ec -pkeyopt ec_paramgen_curve:P-384 -sha256", "ECDSA-P384" },
	{ "-newkey ec -pkeyopt ec_paramgen_curve:P-384 -sha384", "ECDSA-P384" },
	{ "-newkey ed25519", "Ed25519" },
};

/* What stock openssl makes, for every kind of key; the public key is the one openssl sees. */
static void
keys_of_stock_openssl(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(key_shapes) / sizeof(key_shapes[0]); i++) {
		struct text output = shell(arena_printf(arena,
		    "openssl req -new %s -noenc -keyout key -subj /CN=www.example.com -out csr\n"
		    "openssl req -in csr -noout -pubkey | openssl pkey -pubin -outform DER | "
		    "sha256sum | cut -d' ' -f1\ncat csr",
		    key_shapes[i].key));
		struct text sha256;
		struct csr_facts facts;

		assert_true(text_next_line(&output, &sha256));
		facts = accepted(output);
		assert_true(text_equal(facts.public_key_sha256, sha256));
		assert_true(text_equal(digest_sha256_hex(arena, facts.public_key), sha256));
		assert_true(text_is(facts.key_algorithm, key_shapes[i].algorithm));
		assert_true(is_one(&facts.subject.values[SUBJECT_COMMON_NAME], "www.example.com"));
		assert_false(facts.has_unknown_names);
	}
}

static struct csr_facts
request_with(const char *arguments)
{
	return accepted(shell(arena_printf(arena,
	    "openssl req -new -newkey ed25519 -noenc "
	    "-keyout key %s -out csr 2>/dev/null; cat csr",
	    arguments)));
}

static void
all_names(void **state)
{
	struct csr_facts facts = request_with(
	    "-utf8 -multivalue-rdn -subj "
	    "'/DC=com/DC=example/C=CH/ST=Z\xc3\xbcrich/L=Uster/O=Example, \"Inc\"/OU=#1/OU= b /CN=a=b' "
	    "-addext 'subjectAltName=DNS:A.Example.com,DNS:*.b.example,IP:10.0.0.1,IP:2001:DB8::1,"
	    "email:a@b.example,URI:spiffe://x/y,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:alice@b'");
	const struct texts *subject = facts.subject.values, *names = facts.alt_names.values;

	(void)state;
	assert_false(facts.has_unknown_names);
	assert_int_equal(subject[SUBJECT_DOMAIN_COMPONENT].count, 2);
	assert_true(text_is(subject[SUBJECT_DOMAIN_COMPONENT].at[0], "com"));
	assert_true(text_is(subject[SUBJECT_DOMAIN_COMPONENT].at[1], "example"));
	assert_true(is_one(&subject[SUBJECT_COUNTRY], "CH"));
	assert_true(is_one(&subject[SUBJECT_STATE], "Z\xc3\xbcrich"));
	assert_true(is_one(&subject[SUBJECT_LOCALITY], "Uster"));
	assert_true(is_one(&subject[SUBJECT_ORGANIZATION], "Example, \"Inc\""));
	assert_int_equal(subject[SUBJECT_ORGANIZATIONAL_UNIT].count, 2);
	assert_true(text_is(subject[SUBJECT_ORGANIZATIONAL_UNIT].at[0], "#1"));
	assert_true(text_is(subject[SUBJECT_ORGANIZATIONAL_UNIT].at[1], " b "));
	assert_true(is_one(&subject[SUBJECT_COMMON_NAME], "a=b"));
	assert_int_equal(names[ALT_NAME_DNS].count, 2);
	assert_true(text_is(names[ALT_NAME_DNS].at[0], "A.Example.com"));
	assert_true(text_is(names[ALT_NAME_DNS].at[1], "*.b.example"));
	assert_int_equal(names[ALT_NAME_IP].count, 2);
	assert_true(text_is(names[ALT_NAME_IP].at[0], "10.0.0.1"));
	assert_true(text_is(names[ALT_NAME_IP].at[1], "2001:db8::1"));
	assert_true(is_one(&names[ALT_NAME_EMAIL], "a@b.example"));
	assert_true(is_one(&names[ALT_NAME_URI], "spiffe://x/y"));
	assert_true(is_one(&names[ALT_NAME_UPN], "alice@b"));
}

/* Every string type that openssl writes comes out as the same UTF-8. */
static void
string_types(void **state)
{
	static const struct {
		const char *type;
		const char *value;
	} strings[] = { { "FORMAT:UTF8,UTF8", "M\xc3\xbcnze \xe2\x82\xac" },
		{ "PRINTABLESTRING", "a-b" }, { "IA5STRING", "a@b" }, { "T61STRING", "ab" },
		{ "FORMAT:UTF8,BMPSTRING", "M\xc3\xbcnze \xe2\x82\xac" },
		{ "FORMAT:UTF8,UNIVERSALSTRING", "\xf0\x9f\x98\x80 \xc3\xbc \xe2\x82\xac" } };

	(void)state;
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		/* openssl req cannot choose the type: the subject is put together and signed by hand */
		struct text pem = shell(arena_printf(arena,
		    "printf 'asn1=SEQUENCE:info\\n[info]\\nv=INTEGER:0\\nn=SEQUENCE:name\\n"
		    "k=SEQUENCE:spki\\na=IMPLICIT:0,SEQUENCE:none\\n[none]\\n[name]\\ns=SET:set\\n[set]\\n"
		    "a=SEQUENCE:attribute\\n[attribute]\\nt=OID:2.5.4.3\\nv=%s:%s\\n[spki]\\n"
		    "a=SEQUENCE:algorithm\\nk=FORMAT:HEX,BITSTRING:%%s\\n[algorithm]\\no=OID:1.3.101.112\\n' "
		    "$(openssl genpkey -algorithm ed25519 -out key; "
		    "openssl pkey -in key -pubout -outform DER | tail -c 32 | od -An -tx1 | tr -d ' \\n') >info.conf\n"
		    "openssl asn1parse -genconf info.conf -noout -out info\n"
		    "openssl pkeyutl -sign -rawin -inkey key -in info -out signature\n"
		    "{ printf '\\x30\\x05\\x06\\x03\\x2b\\x65\\x70\\x03\\x41\\0'; cat signature; } >tail\n"
		    "length=$(($(stat -c %%s info) + $(stat -c %%s tail)))\n"
		    "{ printf \"\\\\x30\\\\x81\\\\x$(printf %%02x $length)\"; cat info tail; } | "
		    "openssl req -inform DER -verify 2>/dev/null",
		    strings[i].type, strings[i].value));
		struct csr_facts facts = accepted(pem);

		assert_true(is_one(&facts.subject.values[SUBJECT_COMMON_NAME], strings[i].value));
	}
}

/* What a plan cannot say is reported, and not dropped. */
static void
unknown_names(void **state)
{
	static const struct {
		const char *arguments;
		const char *unknown;
	} cases[] = {
		{ "-subj /CN=a/emailAddress=a@b.example", "1.2.840.113549.1.9.1" },
		{ "-subj /CN=a/serialNumber=1", "2.5.4.5" },
		{ "-subj /CN=a/title=b", "2.5.4.12" },
		{ "-multivalue-rdn -subj /CN=a+O=b", "one set" },
		{ "-subj /CN=a -addext subjectAltName=RID:1.2.3", "registeredID" },
		{ "-subj /CN=a -addext 'subjectAltName=otherName:1.2.3;UTF8:x'",
		    "otherName 1.2.3" },
		{ "-subj /CN=a -addext 'subjectAltName=dirName:d' -config <(printf '[req]\\n"
		  "distinguished_name=d\\n[d]\\nCN=x\\n')",
		    "directoryName" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct csr_facts facts = request_with(cases[i].arguments);

		if (!facts.has_unknown_names ||
		    !contains(facts.unknown_names, text_of(cases[i].unknown)))
			fail_msg("%s: %.*s", cases[i].arguments,
			    TEXT_ARGUMENTS(facts.unknown_names));
	}
}

/* Types of name that openssl does not write from a configuration. */
static void
rare_types_of_name(void **state)
{
	static const char der[] = "\x30\x0a\xa3\x00\xa5\x02\x05\x00\x82\x02\x61\x62";
	struct x509_names names = { 0 };
	struct text why;

	(void)state;
	assert_true(
	    x509_alt_names_read(arena, (struct text){ der, sizeof(der) - 1 }, &names, &why));
	assert_int_equal(names.unknown.count, 2);
	assert_true(text_is(names.unknown.at[0], "x400Address"));
	assert_true(text_is(names.unknown.at[1], "ediPartyName"));
	assert_true(is_one(&names.alt_names.values[ALT_NAME_DNS], "ab"));
}

/* Forms of the text, and what else a request may hold. */
static void
other_forms(void **state)
{
	static const char *const forms[] = {
		"openssl req -new -key key -subj /CN=a",
		"openssl req -new -key key -subj /CN=a -newhdr",
		"openssl req -new -key key -subj /CN=a | sed 's/$/\\r/'",
		"printf '\\n \\t\\n'; openssl req -new -key key -subj /CN=a; printf '\\n\\n'",
		"openssl req -new -key key -subj /CN=a | head -c -1",
		"echo -----BEGIN CERTIFICATE REQUEST-----; openssl req -new -key key -subj /CN=a "
		"-outform DER | base64 -w 0; echo; echo -----END CERTIFICATE REQUEST-----",
		"openssl req -new -key key -subj /CN=a -addext keyUsage=critical,keyCertSign "
		"-addext basicConstraints=critical,CA:TRUE -addext 1.2.3.4=DER:0500",
		"openssl req -new -key key -subj /CN=a -config <(printf '[req]\\nattributes=a\\n"
		"distinguished_name=d\\n[d]\\n[a]\\nchallengePassword=x\\nchallengePassword_default=secret\\n"
		"unstructuredName=y\\nunstructuredName_default=other\\n') -batch",
	};

	(void)state;
	shell("openssl genpkey -algorithm ed25519 -out key");
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct csr_facts facts = accepted(shell(forms[i]));

		assert_true(is_one(&facts.subject.values[SUBJECT_COMMON_NAME], "a"));
		assert_false(facts.has_unknown_names);
	}
	/* no names at all */
	assert_int_equal(request_with("-subj /").subject.values[SUBJECT_COMMON_NAME].count, 0);
}

/* Requests of our own come back as they were made, and openssl verifies them. */
static void
requests_of_our_own(void **state)
{
	static const char *const algorithms[] = { "ECDSA-P256", "ECDSA-P384", "Ed25519", "RSA-2048",
		"RSA-3072" };

	(void)state;
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		struct subject_names subject = { 0 };
		struct alt_names names = { 0 };
		struct text key, pem, why;
		struct csr_facts facts;

		assert_true(private_key_new(arena, text_of(algorithms[i]), &key, &why));
		texts_add(arena, &subject.values[SUBJECT_COUNTRY], TEXT("CH"));
		texts_add(arena, &subject.values[SUBJECT_COMMON_NAME], TEXT("a, \"b\" #+\\"));
		texts_add(arena, &names.values[ALT_NAME_DNS], TEXT("a.example"));
		texts_add(arena, &names.values[ALT_NAME_IP], TEXT("2001:db8::1"));
		texts_add(arena, &names.values[ALT_NAME_UPN], TEXT("alice@example"));
		assert_true(csr_new(arena, key, &subject, &names, &pem));
		facts = accepted(pem);
		assert_true(text_is(facts.key_algorithm, algorithms[i]));
		assert_true(is_one(&facts.subject.values[SUBJECT_COMMON_NAME], "a, \"b\" #+\\"));
		assert_true(is_one(&facts.alt_names.values[ALT_NAME_IP], "2001:db8::1"));
		assert_true(is_one(&facts.alt_names.values[ALT_NAME_UPN], "alice@example"));
		assert_true(file_write_durable(arena_printf(arena, "%s/own", folder), pem, 0600));
		pem = shell("openssl req -in own -noout -verify -text -nameopt RFC2253 2>&1");
		assert_true(contains(pem, TEXT("self-signature verify OK")));
		assert_true(contains(pem, TEXT("Subject: CN=a\\, \\\"b\\\" #\\+\\\\,C=CH")));
		assert_true(contains(pem, TEXT("DNS:a.example, IP Address:2001:DB8:0:0:0:0:0:1")));
		names.values[ALT_NAME_IP].at[0] = TEXT("no address");
		assert_false(csr_new(arena, key, &subject, &names, &pem));
	}
}

/* Odd requests and certificates of another project's tests, where they are installed: none may do harm. */
static void
vectors_of_others(void **state)
{
	static const char *const folders[] = { VECTORS "/requests", VECTORS "/custom", VECTORS };
	size_t good = 0, bad = 0;

	(void)state;
	if (access(VECTORS "/requests", R_OK) != 0)
		skip();
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		DIR *entries = opendir(folders[i]);

		assert_non_null(entries);
		for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
			struct reasons reasons = { 0 };
			struct csr_facts facts;
			struct text pem;

			if (!text_ends_with(text_of(entry->d_name), ".pem") ||
			    !file_read(arena,
				arena_printf(arena, "%s/%s", folders[i], entry->d_name), 1 << 20,
				&pem))
				continue;
			if (csr_read(arena, pem, (struct position){ 0 }, &facts, &reasons))
				good++;
			else
				bad++;
			assert_int_equal(facts.good, reasons.count == 0);
		}
		closedir(entries);
	}
	assert_true(good > 3 && bad > 60);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hostile_requests, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_bit_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keys_of_stock_openssl, set_up, tear_down),
		cmocka_unit_test_setup_teardown(all_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(string_types, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unknown_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rare_types_of_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(other_forms, set_up, tear_down),
		cmocka_unit_test_setup_teardown(requests_of_our_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(vectors_of_others, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
