#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/child.h"
#include "base/file.h"
#include "issue/authority.h"
#include "issue/keys.h"
#include "issue/signing_key.h"

enum { BEGIN = 1767225600, YEAR = 365 * 86400 };

static struct arena *arena;
static char *folder;

static int
set_up(void **state)
{
	const char *temporary = getenv("TMPDIR");

	(void)state;
	arena = arena_new();
	folder = arena_printf(arena, "%s/authority.XXXXXX", temporary == NULL ? "/tmp" : temporary);
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

/* A CA made by ca_certificate_new(), and its key. */
struct made {
	struct text key;
	struct text pem;
};

static struct made
make(const char *algorithm, const char *name, const struct made *issuer, int64_t path_length)
{
	struct made made = { 0 };
	struct text why = TEXT("");
	struct ca_order order = { .common_name = text_of(name),
		.organization = TEXT("Example Inc"),
		.not_before = BEGIN,
		.not_after = BEGIN + 20 * (moment)YEAR,
		.path_length = path_length };

	assert_true(private_key_new(arena, text_of(algorithm), &made.key, &why));
	order.key = made.key;
	if (issuer != NULL) {
		order.issuer_key = issuer->key;
		order.issuer_certificate = issuer->pem;
	}
	if (!ca_certificate_new(arena, &order, &made.pem, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	return made;
}

static struct text
joined(struct text first, struct text second)
{
	return text_printf(arena, "%.*s%.*s", TEXT_ARGUMENTS(first), TEXT_ARGUMENTS(second));
}

static struct authority_facts
facts_of(struct certificate_authority *authority)
{
	struct reasons reasons = { 0 };

	authority->type = TEXT("internal");
	authority_read(arena, authority, &reasons);
	if (!authority->facts.good)
		fail_msg("%.*s", TEXT_ARGUMENTS(reasons.at[0].message));
	assert_int_equal(reasons.count, 0);
	return authority->facts;
}

static void
refused(struct certificate_authority authority, const char *reason)
{
	struct reasons reasons = { 0 };
	struct text why;

	authority.type = TEXT("internal");
	authority.position.line = 9;
	authority_read(arena, &authority, &reasons);
	if (authority.facts.good || reasons.count != 1)
		fail_msg("not refused: %s", reason);
	why = reasons.at[0].message;
	if (memmem(why.at, why.length, reason, strlen(reason)) == NULL)
		fail_msg("%s: %.*s", reason, TEXT_ARGUMENTS(why));
	assert_int_equal(reasons.at[0].position.line, 9);
	assert_false(text_present(authority.facts.sha256));
}

static void
ladders(void **state)
{
	struct made root = make("ECDSA-P384", "Root", NULL, 2);
	struct made middle = make("RSA-2048", "Middle", &root, 1);
	struct made issuing = make("Ed25519", "Issuing", &middle, 0);
	struct certificate_authority authority = { .certificate = issuing.pem,
		.chain = middle.pem,
		.root = root.pem };
	struct authority_facts facts = facts_of(&authority);

	(void)state;
	assert_true(text_is(facts.subject, "CN=Issuing,O=Example Inc"));
	assert_true(text_is(facts.key_algorithm, "Ed25519"));
	assert_int_equal(facts.not_before, BEGIN);
	assert_int_equal(facts.not_after, BEGIN + 20 * (moment)YEAR);
	assert_int_equal(facts.path_length, 0);
	assert_int_equal(facts.sha256.length, 64);
	/* less of the ladder is fine, as long as what is there holds */
	authority.root = (struct text){ 0 };
	(void)facts_of(&authority);
	authority.chain = (struct text){ 0 };
	(void)facts_of(&authority);
	authority.chain = TEXT("\n");
	(void)facts_of(&authority);
	/* a root that issues itself, with or without being named as the root */
	authority = (struct certificate_authority){ .certificate = root.pem };
	assert_int_equal(facts_of(&authority).path_length, 2);
	authority.root = root.pem;
	(void)facts_of(&authority);
	/* other kinds of authority have no facts, and no error */
	authority.type = TEXT("acme");
	authority_read(arena, &authority, &(struct reasons){ 0 });
	assert_false(authority.facts.good);
}

static void
broken_ladders(void **state)
{
	struct made root = make("ECDSA-P256", "Root", NULL, 1),
		    other = make("ECDSA-P256", "Root", NULL, 2);
	struct made middle = make("ECDSA-P256", "Middle", &root, 0);
	struct made stranger = make("ECDSA-P256", "Stranger", &other, 1);
	struct certificate_authority authority = { .certificate = middle.pem, .root = root.pem };
	char *flipped;

	(void)state;
	(void)facts_of(&authority);
	authority.root = other.pem;
	refused(authority, "issuer certificate");
	authority.root = middle.pem;
	refused(authority, "not self-issued");
	authority.root = joined(root.pem, other.pem);
	refused(authority, "more than one");
	authority.root = root.pem;
	authority.chain = root.pem;
	refused(authority, "root stands in spec.root");
	authority.chain = stranger.pem;
	refused(authority, "must have issued the one before it");
	authority.chain = joined(stranger.pem, middle.pem);
	refused(authority, "must have issued the one before it");
	authority.chain = TEXT("nothing");
	refused(authority, "expected -----BEGIN");
	authority.chain = (struct text){ 0 };
	authority.certificate = joined(middle.pem, root.pem);
	refused(authority, "something after");
	authority.certificate = TEXT("");
	refused(authority, "expected -----BEGIN");
	authority.certificate = (struct text){ 0 };
	refused(authority, "expected -----BEGIN");
	flipped = text_string(arena, middle.pem);
	flipped[middle.pem.length - 60] = flipped[middle.pem.length - 60] == 'A' ? 'B' : 'A';
	authority.certificate = (struct text){ flipped, middle.pem.length };
	refused(authority, "spec.certificate");
}

/* openssl signs a CA below one that leaves no room for it. */
static void
no_room_in_the_path(void **state)
{
	struct made root = make("ECDSA-P256", "Root", NULL, 0);
	struct text pem,
	    extensions = TEXT(
		"basicConstraints=critical,CA:TRUE\n"
		"keyUsage=keyCertSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n");

	(void)state;
	assert_true(file_write_durable(arena_printf(arena, "%s/root.key", folder), root.key, 0600));
	assert_true(file_write_durable(arena_printf(arena, "%s/root.pem", folder), root.pem, 0600));
	assert_true(file_write_durable(arena_printf(arena, "%s/ext", folder), extensions, 0600));
	pem = shell("openssl req -new -newkey ed25519 -noenc -keyout key -subj /CN=Below -out csr "
		    "2>/dev/null\nopenssl x509 -req -in csr -CA root.pem -CAkey root.key -days 30 "
		    "-extfile ext 2>/dev/null");
	refused((struct certificate_authority){ .certificate = pem, .root = root.pem },
	    "leaves no room");
	(void)facts_of(&(struct certificate_authority){ .certificate = pem });
}

/* openssl makes what ca_certificate_new() would not. */
static void
unfit_certificates(void **state)
{
	static const struct {
		const char *arguments;
		const char *why;
	} cases[] = {
		{ "-addext basicConstraints=critical,CA:FALSE -addext keyUsage=keyCertSign",
		    "not the certificate of a CA" },
		{ "-addext keyUsage=keyCertSign", "not the certificate of a CA" },
		{ "-addext basicConstraints=CA:TRUE -addext keyUsage=keyCertSign", "not critical" },
		{ "-addext basicConstraints=critical,CA:TRUE", "keyCertSign" },
		{ "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=digitalSignature",
		    "keyCertSign" },
		{ "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign "
		  "-addext subjectKeyIdentifier=none",
		    "no subjectKeyIdentifier" },
		{ "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign "
		  "-addext 1.2.3.4=critical,DER:0500",
		    "not understood" },
		{ "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign "
		  "-newkey ec -pkeyopt ec_paramgen_curve:P-521",
		    "not P-256 or P-384" },
		{ "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign "
		  "-newkey rsa:1024",
		    "has 1024 bits" },
		{ "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign -subj /",
		    "no subject" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *key = strstr(cases[i].arguments, "-newkey") != NULL
				      ? ""
				      : "-newkey ec -pkeyopt ec_paramgen_curve:P-256";
		struct text pem = shell(arena_printf(arena,
		    "printf '[req]\\ndistinguished_name=d\\n[d]\\n' >conf\n"
		    "openssl req -x509 -config conf -noenc -keyout key -days 30 -subj /CN=Odd %s %s "
		    "-out out 2>/dev/null\ncat out",
		    key, cases[i].arguments));

		refused((struct certificate_authority){ .certificate = pem }, cases[i].why);
	}
}

/* Extended key usages of a CA, as a plan may write them; the one that means any is no limit. */
static void
usages_of_an_authority(void **state)
{
	static const struct {
		const char *usages, *spellings;
	} cases[] = {
		{ "serverAuth", "1.3.6.1.5.5.7.3.1 serverAuth " },
		{ "critical,clientAuth,1.3.6.1.4.1.55555.1",
		    "1.3.6.1.5.5.7.3.2 clientAuth 1.3.6.1.4.1.55555.1 " },
		{ "serverAuth,anyExtendedKeyUsage", "" },
		{ NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct certificate_authority authority = { .certificate = shell(arena_printf(arena,
		    "printf '[req]\ndistinguished_name=d\n[d]\n' >conf\n"
		    "openssl req -x509 -config conf -noenc -newkey ed25519 -keyout key -days 30 "
		    "-subj /CN=Some -addext basicConstraints=critical,CA:TRUE "
		    "-addext keyUsage=keyCertSign %s%s -out out 2>/dev/null\ncat out",
		    cases[i].usages == NULL ? "" : "-addext extendedKeyUsage=",
		    cases[i].usages == NULL ? "" : cases[i].usages)) };
		struct authority_facts facts = facts_of(&authority);
		char *found = arena_printf(arena, "%s", "");

		for (size_t j = 0; j < facts.extended_key_usages.count; j++)
			found = arena_printf(arena, "%s%.*s ", found,
			    TEXT_ARGUMENTS(facts.extended_key_usages.at[j]));
		assert_string_equal(found, cases[i].spellings);
	}
}

/* A root, a CA below it, and the name constraints of either; "" for none. */
static struct certificate_authority
constrained_authority(const char *root, const char *issuing)
{
	struct text both = shell(arena_printf(arena,
	    "printf '[req]\ndistinguished_name=d\n[d]\n[n]\nO=Example Inc\n[c]\nbasicConstraints=critical,CA:TRUE\n"
	    "keyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n' >conf\n"
	    "cp conf root.conf; printf '%%s\n' '%s' >>root.conf; cp conf issuing.conf; printf '%%s\n' '%s' >>issuing.conf\n"
	    "openssl req -x509 -config root.conf -extensions c -noenc -newkey ed25519 -keyout root.key -days 30 "
	    "-subj /CN=Root -out root.pem\n"
	    "openssl req -new -config conf -noenc -newkey ed25519 -keyout key -subj /CN=Issuing -out csr\n"
	    "openssl x509 -req -in csr -CA root.pem -CAkey root.key -set_serial 7 -days 20 -extfile issuing.conf "
	    "-extensions c -out issuing.pem\n"
	    "cat issuing.pem root.pem", root, issuing));
	size_t end = (size_t)(strstr(both.at, "-----END") - both.at);

	end += text_find(text_skip(both, end), '\n') + 1;
	return (struct certificate_authority){ .certificate = text_first(both, end),
		.root = text_skip(both, end) };
}

#define DNS ALT_NAME_DNS, SUBJECT_ATTRIBUTES
#define IP ALT_NAME_IP, SUBJECT_ATTRIBUTES
#define EMAIL ALT_NAME_EMAIL, SUBJECT_ATTRIBUTES
#define URI ALT_NAME_URI, SUBJECT_ATTRIBUTES
#define CN ALT_NAME_TYPES, SUBJECT_COMMON_NAME
#define O ALT_NAME_TYPES, SUBJECT_ORGANIZATION

static const struct constrained {
	const char *root, *issuing;
	enum alt_name_type type;
	enum subject_attribute attribute;
	const char *name;
	bool permitted;
} constrained[] = {
	{ "", "nameConstraints=critical,permitted;DNS:example.com", DNS, "www.example.com", true },
	{ "", "nameConstraints=critical,permitted;DNS:example.com", DNS, "www.example.org", false },
	{ "", "nameConstraints=critical,permitted;DNS:example.com", DNS, "notexample.com", false },
	{ "", "nameConstraints=critical,permitted;DNS:example.com", CN, "www.example.com", true },
	{ "", "nameConstraints=critical,permitted;DNS:example.com", CN, "www.example.org", false },
	{ "", "nameConstraints=critical,permitted;DNS:example.com", CN, "A person", true },
	{ "", "nameConstraints=critical,permitted;DNS:example.com", IP, "10.0.0.1", true },
	{ "", "nameConstraints=permitted;IP:10.0.0.0/255.0.0.0", IP, "10.0.0.1", true },
	{ "", "nameConstraints=permitted;IP:10.0.0.0/255.0.0.0", IP, "11.0.0.1", false },
	{ "", "nameConstraints=permitted;IP:10.0.0.0/255.0.0.0", IP, "2001:db8::1", false },
	{ "", "nameConstraints=excluded;DNS:secret.example.com", DNS, "www.example.com", true },
	{ "", "nameConstraints=excluded;DNS:secret.example.com", DNS, "a.secret.example.com", false },
	{ "", "nameConstraints=permitted;email:example.com", EMAIL, "x@example.com", true },
	{ "", "nameConstraints=permitted;email:example.com", EMAIL, "x@example.org", false },
	{ "", "nameConstraints=permitted;URI:.example.com", URI, "https://www.example.com/x", true },
	{ "", "nameConstraints=permitted;URI:.example.com", URI, "https://example.org/", false },
	/* a URI without a host cannot be judged, and a constraint with a port neither */
	{ "", "nameConstraints=permitted;URI:.example.com", URI, "urn:x", false },
	{ "", "nameConstraints=permitted;dirName:n", O, "Example Inc", true },
	{ "", "nameConstraints=permitted;dirName:n", O, "Example Ltd", false },
	/* a verifier heeds what stands above, too */
	{ "nameConstraints=critical,permitted;DNS:example.com", "", DNS, "www.example.com", true },
	{ "nameConstraints=critical,permitted;DNS:example.com", "", DNS, "www.example.org", false },
	{ "nameConstraints=critical,permitted;DNS:example.com", "nameConstraints=excluded;DNS:www.example.com",
	    DNS, "www.example.com", false },
	{ "nameConstraints=critical,permitted;DNS:example.com", "nameConstraints=excluded;DNS:www.example.com",
	    DNS, "x.example.com", true },
};

static void
names_that_an_authority_permits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(constrained) / sizeof(constrained[0]); i++) {
		const struct constrained *given = &constrained[i];
		struct certificate_authority authority = constrained_authority(given->root,
		    given->issuing);
		struct authority_facts facts = facts_of(&authority);
		struct subject_names subject = { 0 };
		struct alt_names alt_names = { 0 };
		struct text why = TEXT("");
		bool permitted;

		texts_add(arena, given->type < ALT_NAME_TYPES ? &alt_names.values[given->type]
		    : &subject.values[given->attribute], text_of(given->name));
		assert_non_null(facts.permits_names);
		assert_int_equal(facts.constraining.count, (given->root[0] != '\0') + (given->issuing[0] != '\0'));
		permitted = facts.permits_names(arena, &facts.constraining, &subject, &alt_names, &why);
		if (permitted != given->permitted)
			fail_msg("%s %s: %s: %.*s", given->root, given->issuing, given->name,
			    TEXT_ARGUMENTS(why));
		assert_int_equal(text_empty(why), permitted);
	}
	assert_null(facts_of(&(struct certificate_authority){
	    .certificate = make("ECDSA-P256", "Root", NULL, 1).pem }).permits_names);
}

/* What a CA's certificate is made from, and what is refused. */
static void
new_authorities(void **state)
{
	struct made root = make("ECDSA-P256", "Root", NULL, 1), issuing;
	struct ca_order order = { .common_name = TEXT("New"),
		.key = root.key,
		.not_before = BEGIN,
		.not_after = BEGIN + YEAR,
		.path_length = -1 };
	struct ca_order good;
	struct text pem, why = TEXT("");

	(void)state;
	assert_true(ca_certificate_new(arena, &order, &pem, &why));
	good = order;
	order.issuer_key = root.key;
	assert_false(ca_certificate_new(arena, &order, &pem, &why));
	assert_true(text_starts_with(why, "an issuer is a key and a certificate"));
	order.issuer_certificate = root.pem;
	assert_false(ca_certificate_new(arena, &order, &pem, &why));
	assert_true(text_starts_with(why, "the issuer's path length"));
	order.path_length = 1;
	assert_false(ca_certificate_new(arena, &order, &pem, &why));
	order.path_length = 0;
	assert_true(ca_certificate_new(arena, &order, &pem, &why));
	issuing.pem = pem;
	order.issuer_certificate = issuing.pem;
	assert_false(ca_certificate_new(arena, &order, &pem, &why));
	order.issuer_certificate = root.pem;
	order.not_after = BEGIN + 21 * (moment)YEAR;
	assert_false(ca_certificate_new(arena, &order, &pem, &why));
	assert_true(text_starts_with(why, "the validity is not within"));
	order.not_after = BEGIN + YEAR;
	assert_true(private_key_new(arena, TEXT("Ed25519"), &order.issuer_key, &why));
	assert_false(ca_certificate_new(arena, &order, &pem, &why));
	assert_true(text_starts_with(why, "the issuer's key is not the one"));
	order = good;
	order.not_after = BEGIN - 1;
	assert_false(ca_certificate_new(arena, &order, &pem, &why));
	order = good;
	order.not_after = 253402300800;
	assert_false(ca_certificate_new(arena, &order, &pem, &why));
	order = good;
	order.path_length = 256;
	assert_false(ca_certificate_new(arena, &order, &pem, &why));
	order = good;
	order.common_name = TEXT("");
	assert_false(ca_certificate_new(arena, &order, &pem, &why));
	order = good;
	order.key = TEXT("no key");
	assert_false(ca_certificate_new(arena, &order, &pem, &why));
	assert_false(private_key_new(arena, TEXT("RSA-1024"), &pem, &why));
	assert_false(private_key_new(arena, TEXT(""), &pem, &why));
	assert_true(memmem(why.at, why.length, "Ed25519", 7) != NULL);
}

/* Every form that a private key's file has, and what is no such file. */
static void
key_files(void **state)
{
	static const char *const good[] = {
		"openssl genpkey -algorithm ed25519",
		"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
		"openssl ecparam -name secp384r1 -genkey -noout",
		"openssl ecparam -name prime256v1 -genkey",
		"openssl genrsa -traditional 2048 2>/dev/null",
		"openssl genrsa 2048 2>/dev/null",
	};
	static const struct {
		const char *script;
		const char *why;
	} bad[] = {
		{ "openssl genpkey -algorithm ed25519 -aes256 -pass pass:x", "is encrypted" },
		{ "openssl genrsa -traditional -aes256 -passout pass:x 2048 2>/dev/null",
		    "is encrypted" },
		{ "ssh-keygen -q -t ed25519 -N '' -f ssh; cat ssh", "OpenSSH key" },
		{ "openssl genpkey -algorithm ed25519 | openssl pkey -pubout",
		    "no PEM private key" },
		{ "openssl genpkey -algorithm ed25519 -outform DER", "no PEM private key" },
		{ "openssl genpkey -algorithm ed25519 | head -n 2", "no PEM private key" },
		{ "echo nothing", "no PEM private key" },
		{ "true", "is empty" },
		{ "head -c 70000 /dev/zero", "too large" },
		{ "openssl genpkey -algorithm ed448", "Ed448" },
		{ "openssl genrsa 1024 2>/dev/null", "1024 bits" },
		{ "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521", "not P-256" },
	};
	const char *path = arena_printf(arena, "%s/file", folder);
	struct signing_key key;
	struct text why;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		(void)shell(arena_printf(arena, "rm -f file; umask 077; { %s; } >file", good[i]));
		if (!signing_key_load(arena, path, &key, &why))
			fail_msg("%s: %.*s", good[i], TEXT_ARGUMENTS(why));
		assert_true(text_present(signing_key_stand_in(arena, &key,
		    key_default_signature(key.public_key.algorithm))));
		signing_key_free(&key);
		assert_null(key.handle);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)shell(
		    arena_printf(arena, "rm -f file; umask 077; { %s; } >file", bad[i].script));
		if (signing_key_load(arena, path, &key, &why))
			fail_msg("%s", bad[i].script);
		if (memmem(why.at, why.length, bad[i].why, strlen(bad[i].why)) == NULL)
			fail_msg("%s: %.*s", bad[i].script, TEXT_ARGUMENTS(why));
	}
	/* a good one, which others may use in one way or another */
	(void)shell("rm -f file; openssl genpkey -algorithm ed25519 -out file");
	for (mode_t others = 0; others <= (S_IRWXG | S_IRWXO); others++) {
		assert_int_equal(chmod(path, S_IRUSR | S_IWUSR | others), 0);
		assert_int_equal(signing_key_load(arena, path, &key, &why), others == 0);
		if (others == 0)
			signing_key_free(&key);
		else
			assert_true(text_ends_with(why, "group or others may use it: chmod go= it"));
	}
	(void)shell("rm -f file; mkfifo file; chmod 600 file");
	assert_false(signing_key_load(arena, path, &key, &why));
	assert_true(text_ends_with(why, "it is not a regular file"));
	assert_false(signing_key_load(arena, folder, &key, &why));
	assert_false(signing_key_load(arena, "/dev/null", &key, &why));
	(void)shell("rm -f file");
	assert_false(signing_key_load(arena, path, &key, &why));
	assert_true(text_ends_with(why, "No such file or directory"));
	if (geteuid() == 0) {
		(void)shell("openssl genpkey -algorithm ed25519 -out file; chmod 600 file; "
			    "chown 65534 file");
		assert_false(signing_key_load(arena, path, &key, &why));
		assert_true(text_ends_with(why, "it belongs to another user"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ladders, set_up, tear_down),
		cmocka_unit_test_setup_teardown(broken_ladders, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_room_in_the_path, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unfit_certificates, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names_that_an_authority_permits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(usages_of_an_authority, set_up, tear_down),
		cmocka_unit_test_setup_teardown(new_authorities, set_up, tear_down),
		cmocka_unit_test_setup_teardown(key_files, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
