/*
 * What other people's programs say of the certificates: openssl, GnuTLS and
 * node accept them for every kind of key, and openssl prints what was planned.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/file.h"
#include "issue/keeper.h"
#include "lib/ca_fixture.h"

static const char *const ca_algorithms[] = { "ECDSA-P256", "ECDSA-P384", "Ed25519", "RSA-2048",
	"RSA-3072" };
static const char *const key_algorithms[] = { "ECDSA-P256", "ECDSA-P384", "Ed25519", "RSA-2048",
	"RSA-3072", "RSA-4096" };

enum {
	CA_ALGORITHMS = sizeof(ca_algorithms) / sizeof(ca_algorithms[0]),
	KEY_ALGORITHMS = sizeof(key_algorithms) / sizeof(key_algorithms[0])
};

struct verifying {
	struct ca_fixture cas[CA_ALGORITHMS];
	struct csr_facts csrs[KEY_ALGORITHMS];
};

static void
keep(struct ca_fixture *ca, const char *name, struct text content)
{
	assert_true(
	    file_write_durable(arena_printf(ca->arena, "%s/%s", ca->folder, name), content, 0600));
}

/* Runs a script in the CA's folder: its output and errors; the test fails when it does. */
static struct text
shell(struct ca_fixture *ca, const char *script)
{
	const char *const arguments[] = { "bash", "-euc",
		arena_printf(ca->arena, "exec 2>&1\ncd %s\n%s", ca->folder, script), NULL };
	struct child_result result;
	struct text why;

	assert_true(
	    child_run(ca->arena, &(struct child_order){ .arguments = arguments }, &result, &why));
	if (result.status != 0)
		fail_msg("%s\n%.*s", script, TEXT_ARGUMENTS(result.output));
	return result.output;
}

static bool
is_installed(struct ca_fixture *ca, const char *program)
{
	return text_starts_with(
	    shell(ca, arena_printf(ca->arena, "command -v %s || true", program)), "/");
}

static struct text
certify(struct ca_fixture *ca, struct plan *plan, const struct csr_facts *csr)
{
	struct signing_order order = ca_fixture_order(ca, plan, csr);
	struct signed_certificate certificate;
	struct text why;

	if (ca_fixture_issue(ca->arena, ca->keeper, &order, &certificate, &why) != SIGNING_DONE)
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	return certificate.pem;
}

static int
set_up(void **state)
{
	static struct verifying verifying;

	for (size_t i = 0; i < CA_ALGORITHMS; i++) {
		struct ca_fixture *ca = &verifying.cas[i];

		ca_fixture_open(ca, ca_algorithms[i]);
		keep(ca, "root.pem", ca->root);
		keep(ca, "ca.pem", ca->certificate);
		for (size_t j = 0; j < KEY_ALGORITHMS; j++) {
			struct plan plan;

			if (i == 0)
				verifying.csrs[j] = ca_fixture_csr(ca, key_algorithms[j]);
			plan = ca_fixture_plan(ca, &verifying.csrs[j]);
			/* certtool has no option for the time, so they must be valid now */
			plan.lifetime = 29 * 365 * 86400l;
			keep(ca, arena_printf(ca->arena, "%s.pem", key_algorithms[j]),
			    certify(ca, &plan, &verifying.csrs[j]));
		}
	}
	*state = &verifying;
	return 0;
}

static int
tear_down(void **state)
{
	struct verifying *verifying = *state;

	for (size_t i = CA_ALGORITHMS; i-- > 0;)
		ca_fixture_close(&verifying->cas[i]);
	return 0;
}

static size_t
count(struct text text, const char *what)
{
	size_t found = 0;

	for (; text.length > 0; text = text_skip(text, 1))
		found += text_starts_with(text, what);
	return found;
}

static void
openssl_accepts(void **state)
{
	struct verifying *verifying = *state;

	for (size_t i = 0; i < CA_ALGORITHMS; i++) {
		struct text output = shell(&verifying->cas[i],
		    "openssl verify -x509_strict -CAfile root.pem -untrusted ca.pem -attime 1769904000 "
		    "-purpose sslserver -verify_hostname www.example.com *-*.pem Ed25519.pem\n"
		    "! openssl verify -CAfile root.pem -untrusted ca.pem -attime 1767225599 "
		    "Ed25519.pem\n"
		    "! openssl verify -CAfile root.pem -untrusted ca.pem -attime 2700000000 "
		    "Ed25519.pem\n"
		    "! openssl verify -CAfile root.pem -untrusted ca.pem -attime 1769904000 "
		    "-verify_hostname www.example.org Ed25519.pem\n"
		    "openssl verify -x509_strict -CAfile root.pem -attime 1769904000 ca.pem root.pem");

		assert_int_equal(count(output, ".pem: OK\n"), KEY_ALGORITHMS + 2);
	}
}

static void
gnutls_accepts(void **state)
{
	struct verifying *verifying = *state;

	if (!is_installed(&verifying->cas[0], "certtool"))
		skip();
	for (size_t i = 0; i < CA_ALGORITHMS; i++) {
		struct text output = shell(&verifying->cas[i],
		    "for one in *-*.pem Ed25519.pem; do certtool --verify "
		    "--load-ca-certificate root.pem --verify-profile medium "
		    "--verify-hostname www.example.com --infile $one; done");

		assert_int_equal(count(output,
				     "Chain verification output: Verified. The certificate "
				     "is trusted."),
		    KEY_ALGORITHMS);
	}
}

static void
node_accepts(void **state)
{
	struct verifying *verifying = *state;

	if (!is_installed(&verifying->cas[0], "node"))
		skip();
	for (size_t i = 0; i < CA_ALGORITHMS; i++) {
		struct text output = shell(&verifying->cas[i],
		    "node -e '\n"
		    "const {X509Certificate} = require(\"crypto\"), fs = require(\"fs\");\n"
		    "const read = name => new X509Certificate(fs.readFileSync(name));\n"
		    "const ca = read(\"ca.pem\"), root = read(\"root.pem\");\n"
		    "const good = (c, by) => c.verify(by.publicKey) && c.checkIssued(by);\n"
		    "if (!good(ca, root) || !good(root, root) || !ca.ca || good(ca, ca)) throw ca;\n"
		    "for (const name of process.argv.slice(1)) {\n"
		    "    const c = read(name);\n"
		    "    if (!good(c, ca) || good(c, root) || c.ca) throw name;\n"
		    "    if (c.checkHost(\"www.example.com\") !== \"www.example.com\") throw name;\n"
		    "    if (c.checkHost(\"example.com\") !== undefined) throw name;\n"
		    "    if (c.subjectAltName !== \"DNS:www.example.com\") throw c.subjectAltName;\n"
		    "    if (c.keyUsage.join() !== \"1.3.6.1.5.5.7.3.1\") throw c.keyUsage;\n"
		    "    console.log(\"good\");\n"
		    "}' *-*.pem Ed25519.pem");

		assert_int_equal(count(output, "good\n"), KEY_ALGORITHMS);
	}
}

static void
add(struct ca_fixture *ca, struct texts *texts, const char *value)
{
	texts_add(ca->arena, texts, text_of(value));
}

static void
assert_prints(struct text output, const char *line)
{
	if (memmem(output.at, output.length, line, strlen(line)) == NULL)
		fail_msg("openssl does not print: %s\n%.*s", line, TEXT_ARGUMENTS(output));
}

static const char print[] = "openssl x509 -in full.pem -noout -text -nameopt "
			    "RFC2253,utf8,-esc_msb -certopt ext_parse";

/* Everything that a plan can say, with values that would break a certificate made from strings. */
static void
every_field(void **state)
{
	static const char *const lines[] = {
		"Version: 3 (0x2)",
		"Signature Algorithm: ecdsa-with-SHA256",
		"Issuer: CN=Test Issuing CA,O=Example Inc\n",
		"Not Before: Jun 15 12:00:00 2026 GMT",
		"Not After : Jun 15 11:59:59 2051 GMT",
		"Subject: CN=a\\,DNS:evil.example,OU=\\#1,OU=\\ \\\"x\\\"\\+\\;\\<\\>\\\\\\ ,"
		"O=M\xc3\xbcnze \xe2\x82\xac,L=\\,S,ST=Z\xc3\xbcrich,C=CH,DC=example,DC=com\n",
		"Public Key Algorithm: ED25519",
		"X509v3 Basic Constraints: critical\n                CA:FALSE\n",
		"X509v3 Key Usage: critical\n                Digital Signature, Non Repudiation\n",
		"X509v3 Extended Key Usage: \n                1.2.3.4, TLS Web Client Authentication, "
		"TLS Web Server Authentication\n",
		"X509v3 Subject Key Identifier: \n",
		"X509v3 Authority Key Identifier: \n",
		"X509v3 Subject Alternative Name: \n                DNS:*.b.example, DNS:a.example, "
		"IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1, email:a+b@c.example, "
		"URI:http://a.example/?q=1,2, URI:spiffe://x/y, othername: UPN::alice@b\n",
		"X509v3 CRL Distribution Points: \n                Full Name:\n"
		"                  URI:http://pki.example.com/a,b.crl\n",
	};
	struct verifying *verifying = *state;
	struct ca_fixture *ca = &verifying->cas[0];
	struct plan plan = ca_fixture_plan(ca, &verifying->csrs[2]);
	struct texts *subject = plan.subject.values, *names = plan.alt_names.values;
	struct text output;

	plan.subject = (struct subject_names){ 0 };
	plan.alt_names = (struct alt_names){ 0 };
	add(ca, &subject[SUBJECT_DOMAIN_COMPONENT], "com");
	add(ca, &subject[SUBJECT_DOMAIN_COMPONENT], "example");
	add(ca, &subject[SUBJECT_COUNTRY], "CH");
	add(ca, &subject[SUBJECT_STATE], "Z\xc3\xbcrich");
	add(ca, &subject[SUBJECT_LOCALITY], ",S");
	add(ca, &subject[SUBJECT_ORGANIZATION], "M\xc3\xbcnze \xe2\x82\xac");
	add(ca, &subject[SUBJECT_ORGANIZATIONAL_UNIT], " \"x\"+;<>\\ ");
	add(ca, &subject[SUBJECT_ORGANIZATIONAL_UNIT], "#1");
	add(ca, &subject[SUBJECT_COMMON_NAME], "a,DNS:evil.example");
	add(ca, &names[ALT_NAME_DNS], "a.example");
	add(ca, &names[ALT_NAME_DNS], "*.b.example");
	add(ca, &names[ALT_NAME_IP], "10.0.0.1");
	add(ca, &names[ALT_NAME_IP], "2001:db8::1");
	add(ca, &names[ALT_NAME_EMAIL], "a+b@c.example");
	add(ca, &names[ALT_NAME_URI], "spiffe://x/y");
	add(ca, &names[ALT_NAME_URI], "http://a.example/?q=1,2");
	add(ca, &names[ALT_NAME_UPN], "alice@b");
	add(ca, &plan.key_usages, "contentCommitment");
	add(ca, &plan.extended_key_usages, "clientAuth");
	add(ca, &plan.extended_key_usages, "1.2.3.4");
	plan.crl_distribution_point = TEXT("http://pki.example.com/a,b.crl");
	plan.not_before = 1781524800;
	plan.lifetime = 788918400;
	keep(ca, "full.pem", certify(ca, &plan, &verifying->csrs[2]));
	output = shell(ca, print);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_prints(output, lines[i]);
	(void)shell(ca, "openssl verify -x509_strict -CAfile root.pem -untrusted ca.pem -attime "
			"1800000000 full.pem");
}

/* Without a subject the alternative names are critical; a CA has its path length; time stamping is critical. */
static void
other_certificates(void **state)
{
	struct verifying *verifying = *state;
	struct ca_fixture *ca = &verifying->cas[1];
	struct plan plan = ca_fixture_plan(ca, &verifying->csrs[0]);
	struct text output;

	ca->local.limits.ca = PERMISSION_ALLOWED;
	ca_fixture_restart(ca);
	plan.subject = (struct subject_names){ 0 };
	keep(ca, "full.pem", certify(ca, &plan, &verifying->csrs[0]));
	output = shell(ca, print);
	assert_prints(output, "Subject: \n");
	assert_prints(output, "X509v3 Subject Alternative Name: critical\n");
	assert_prints(output, "Signature Algorithm: ecdsa-with-SHA384");
	(void)shell(ca, "openssl verify -x509_strict -CAfile root.pem -untrusted ca.pem -attime "
			"1769904000 full.pem");

	plan = ca_fixture_plan(ca, &verifying->csrs[0]);
	plan.ca = true;
	plan.path_length = 3;
	plan.key_usages = plan.extended_key_usages = (struct texts){ 0 };
	add(ca, &plan.key_usages, "keyCertSign");
	add(ca, &plan.key_usages, "cRLSign");
	keep(ca, "full.pem", certify(ca, &plan, &verifying->csrs[0]));
	output = shell(ca, print);
	assert_prints(output, "CA:TRUE, pathlen:3\n");
	assert_prints(output, "Key Usage: critical\n                Certificate Sign, CRL Sign\n");

	plan = ca_fixture_plan(ca, &verifying->csrs[1]);
	plan.extended_key_usages = (struct texts){ 0 };
	add(ca, &plan.extended_key_usages, "timeStamping");
	keep(ca, "full.pem", certify(ca, &plan, &verifying->csrs[1]));
	assert_prints(shell(ca, print), "X509v3 Extended Key Usage: critical\n");

	/* beyond 2049, and all usages that a key can have */
	plan = ca_fixture_plan(ca, &verifying->csrs[3]);
	plan.not_before = 2524608000;
	plan.key_usages = (struct texts){ 0 };
	add(ca, &plan.key_usages, "digitalSignature");
	add(ca, &plan.key_usages, "contentCommitment");
	add(ca, &plan.key_usages, "keyEncipherment");
	add(ca, &plan.key_usages, "dataEncipherment");
	add(ca, &plan.key_usages, "cRLSign");
	keep(ca, "full.pem", certify(ca, &plan, &verifying->csrs[3]));
	output = shell(ca, print);
	assert_prints(output, "Not Before: Jan  1 00:00:00 2050 GMT");
	assert_prints(output, "Digital Signature, Non Repudiation, Key Encipherment, Data "
			      "Encipherment, CRL Sign\n");
	plan = ca_fixture_plan(ca, &verifying->csrs[0]);
	plan.key_usages = (struct texts){ 0 };
	add(ca, &plan.key_usages, "keyAgreement");
	add(ca, &plan.key_usages, "decipherOnly");
	keep(ca, "full.pem", certify(ca, &plan, &verifying->csrs[0]));
	assert_prints(shell(ca, print), "Key Agreement, Decipher Only\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(openssl_accepts),
		cmocka_unit_test(gnutls_accepts),
		cmocka_unit_test(node_accepts),
		cmocka_unit_test(every_field),
		cmocka_unit_test(other_certificates),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
