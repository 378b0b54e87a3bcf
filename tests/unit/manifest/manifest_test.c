/* What a document becomes: values, defaults, presence, and the words of messages. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "manifest/field.h"
#include "manifest/manifest.h"
#include "model/approval.h"
#include "model/local.h"
#include "model/request.h"
#include "model/status.h"

static struct arena *arena;
static struct reasons reasons;
static struct manifest manifest;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static const void *
decode_at(const char *path, const char *kind, const char *name, const char *spec)
{
	reasons = (struct reasons){ 0 };
	(void)manifest_decode(arena, text_of(path),
	    text_printf(arena,
		"apiVersion: countersign/v1\nkind: %s\nmetadata: {name: %s}\nspec:\n%s", kind, name,
		spec),
	    &manifest, &reasons);
	return manifest.object;
}

#define CSR                                                                                        \
	"  csr: |\n"                                                                               \
	"    -----BEGIN CERTIFICATE REQUEST-----\n"                                                \
	"    AAAA\n"                                                                               \
	"    -----END CERTIFICATE REQUEST-----\n"

static void
a_request_says_what_stands_in_it(void **state)
{
	const struct request *request =
	    decode_at("requests/web/shop.yaml", "CertificateRequest", "shop",
		"  profile: web\n  requester: alice\n" CSR
		"  subject: {commonName: a.example, organization: [A, B], country: CH}\n"
		"  altNames: {}\n"
		"  extendedKeyUsages: []\n"
		"  basicConstraints: {ca: true, pathLength: 0}\n"
		"  ttl: 2h\n  notBefore: 2026-12-01T00:00:00Z\n");

	(void)state;
	assert_non_null(request);
	assert_int_equal(manifest.kind, KIND_CERTIFICATE_REQUEST);
	assert_true(text_is(manifest.name, "shop"));
	assert_true(text_is(request->id, "web/shop"));
	assert_true(text_is(request->name, "shop"));
	assert_false(text_present(request->repository));
	assert_true(request->subject_present);
	assert_true(request->alt_names_present);
	assert_false(request->key_usages_present);
	assert_true(request->extended_key_usages_present);
	assert_int_equal(request->extended_key_usages.count, 0);
	assert_int_equal(request->subject.values[SUBJECT_COMMON_NAME].count, 1);
	assert_int_equal(request->subject.values[SUBJECT_ORGANIZATION].count, 2);
	assert_true(text_is(request->subject.values[SUBJECT_COUNTRY].at[0], "CH"));
	assert_true(request->ca);
	assert_int_equal(request->path_length, 0);
	assert_int_equal(request->ttl, 7200);
	assert_int_equal(request->not_before, 1796083200);
	assert_int_equal(request->position.line, 5);
	assert_int_equal(request->csr_position.line, 7);
	assert_int_equal(request->csr_position.column, 8);
	assert_true(text_is(request->position.path, "requests/web/shop.yaml"));
}

static void
a_request_has_defaults(void **state)
{
	const struct request *request =
	    decode_at("", "CertificateRequest", "shop", "  profile: web\n  requester: alice\n" CSR);

	(void)state;
	assert_non_null(request);
	assert_true(text_is(request->id, "shop"));
	assert_false(request->subject_present || request->alt_names_present || request->ca);
	assert_int_equal(request->path_length, -1);
	assert_int_equal(request->ttl, 0);
	assert_int_equal(request->not_before, 0);
}

static void
local_configuration_has_authorities_by_name(void **state)
{
	const struct local_configuration *local = decode_at("/etc/countersign/countersign.yaml",
	    "ReconcilerConfiguration", "local",
	    "  repository: {url: \"ssh://git@host/pki.git\"}\n"
	    "  stateDirectory: /var/lib/countersign\n"
	    "  trust: {introduction: {commit: 0123456789abcdef0123456789abcdef01234567, configuration: "
	    "\"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}}\n"
	    "  signingKey: /k\n"
	    "  authorities: {a: {key: {file: /a.key}}, b: {key: {pkcs11: \"pkcs11:token=t\"}}}\n"
	    "  limits: {names: []}\n");

	(void)state;
	assert_non_null(local);
	assert_true(text_is(local->name, "local"));
	assert_int_equal(local->interval, 30);
	assert_true(text_is(local->branch, "main"));
	assert_int_equal(local->authorities.count, 2);
	assert_true(text_is(local->authorities.at[0].name, "a"));
	assert_true(text_is(local->authorities.at[0].file, "/a.key"));
	assert_true(text_is(local->authorities.at[1].pkcs11, "pkcs11:token=t"));
	assert_true(local->limits.names_present);
	assert_int_equal(local->limits.names.count, 0);
	assert_int_equal(local->limits.ca, PERMISSION_DENIED);
}

static void
decisions_keep_their_places(void **state)
{
	const struct approval *approval = decode_at("approvals/a.yaml", "Approval", "a",
	    "  repository: 0f1e2d3c4b5a69788796a5b4c3d2e1f0\n"
	    "  decisions:\n"
	    "    - request: x\n"
	    "      digest: sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
	    "      decision: reject\n"
	    "    - {configuration: "
	    "\"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\", "
	    "decision: withdraw}\n");

	(void)state;
	assert_non_null(approval);
	assert_int_equal(approval->entries.count, 2);
	assert_int_equal(approval->entries.at[0].decision, DECISION_REJECT);
	assert_int_equal(approval->entries.at[0].position.line, 7);
	assert_int_equal(approval->entries.at[1].decision, DECISION_WITHDRAW);
	assert_int_equal(approval->entries.at[1].position.line, 10);
	assert_false(text_present(approval->entries.at[1].request));
}

/* A reason's code is a C string for programs; it outlives the text it was read from. */
static void
a_records_reasons_come_back(void **state)
{
	struct request_record record = { .id = TEXT("web/a"), .state = STATE_FAILED };
	const struct request_record *again;
	struct text written;

	(void)state;
	reason_add(arena, &record.reasons, (struct position){ TEXT("requests/web/a.yaml"), 3, 7 },
	    "NoAuthority", "there is no authority \"%s\"", "x");
	warning_add(arena, &record.reasons, (struct position){ TEXT(""), 0, 0 }, "Late", "late");
	written = manifest_write(arena, KIND_PENDING_REQUEST, &record);
	reasons = (struct reasons){ 0 };
	assert_true(
	    manifest_decode(arena, TEXT("pending/web/a.yaml"), written, &manifest, &reasons));
	again = manifest.object;
	assert_int_equal(again->reasons.count, 2);
	assert_string_equal(again->reasons.at[0].code, "NoAuthority");
	assert_int_equal(again->reasons.at[0].position.line, 3);
	assert_int_equal(again->reasons.at[1].severity, SEVERITY_WARNING);
	assert_int_equal(again->reasons.at[1].position.line, 0);
	assert_int_equal(again->state, STATE_FAILED);
}

/* FORMAT section 2: what pipelines read of a status, by these names, directly under `status`. */
static void
a_status_has_its_public_layout(void **state)
{
	static const char *const lines[] = { "kind: CertificateRequestStatus\n",
		"\n  state: Issued\n", "\n  generation: 2\n", "\n  digest: ", "\n  plan: |\n",
		"\n  policy: two-step\n", "\n  requester:\n    name: alice\n",
		"\n    verified: true\n", "\n  steps: []\n",
		"\n  openedAt: \"2026-11-22T10:00:00Z\"\n", "\n  deadline: ", "\n  ignored: []\n",
		"\n  intent:\n", "\n    serialNumber: ", "\n    notBefore: ", "\n    notAfter: ",
		"\n  certificate:\n    path: certificates/a.pem\n", "\n  conditions: []\n" };
	struct request_record record = { .id = TEXT("a"),
		.state = STATE_ISSUED,
		.generation = 2,
		.digest = TEXT("sha256:x"),
		.plan = TEXT("countersign-plan-v1\n"),
		.policy = TEXT("two-step"),
		.requester = { .name = TEXT("alice"), .verified = true },
		.opened_at = 1795341600,
		.deadline = 1795341601,
		.intent = { .present = true,
		    .serial_number = TEXT("0a"),
		    .not_before = 1,
		    .not_after = 2 },
		.certificate = { .present = true, .path = TEXT("certificates/a.pem") } };
	struct text written;

	(void)state;
	written = manifest_write(arena, KIND_CERTIFICATE_REQUEST_STATUS, &record);
	for (size_t i = 0; i < COUNT(lines); i++)
		if (strstr(written.at, lines[i]) == NULL)
			fail_msg("no \"%s\" in\n%s", lines[i], written.at);
	/* what only an open request has does not stand there */
	assert_null(strstr(written.at, "attempts"));
	assert_null(strstr(written.at, "decisions"));
}

static void
json_is_the_same_document(void **state)
{
	struct request request = { .name = TEXT("a"),
		.profile = TEXT("say \"hi\""),
		.requester = TEXT("\xe2\x80\xae"),
		.ca = true,
		.path_length = 3,
		.ttl = 3600 };

	(void)state;
	assert_string_equal(manifest_write_json(arena, KIND_CERTIFICATE_REQUEST, &request).at,
	    "{\n"
	    "  \"apiVersion\": \"countersign/v1\",\n"
	    "  \"kind\": \"CertificateRequest\",\n"
	    "  \"metadata\": {\n"
	    "    \"name\": \"a\"\n"
	    "  },\n"
	    "  \"spec\": {\n"
	    "    \"profile\": \"say \\\"hi\\\"\",\n"
	    "    \"requester\": \"\\u202e\",\n"
	    "    \"basicConstraints\": {\n"
	    "      \"ca\": true,\n"
	    "      \"pathLength\": 3\n"
	    "    },\n"
	    "    \"ttl\": \"1h\"\n"
	    "  }\n"
	    "}\n");
}

static void
each_folder_has_its_kinds(void **state)
{
	static const struct {
		const char *path;
		enum kind kinds[3];
	} places[] = {
		{ "countersign.yaml", { KIND_REPOSITORY } },
		{ "identities/a.yaml", { KIND_PERSON, KIND_MACHINE, KIND_GROUP } },
		{ "identities/a/b/c.yaml", { KIND_PERSON, KIND_MACHINE, KIND_GROUP } },
		{ "authorities/a.yaml", { KIND_CERTIFICATE_AUTHORITY } },
		{ "policies/a.yaml", { KIND_APPROVAL_POLICY, KIND_CERTIFICATE_POLICY } },
		{ "profiles/a.yaml", { KIND_CERTIFICATE_PROFILE } },
		{ "notifiers/a.yaml", { KIND_NOTIFIER } },
		{ "requests/a/b.yaml", { KIND_CERTIFICATE_REQUEST } },
		{ "approvals/a.yaml", { KIND_APPROVAL } },
		{ "revocations/a.yaml", { KIND_REVOCATION } },
	};
	static const char *const nowhere[] = { "", "a.yaml", "requests", "requests/",
		"requests/.yaml", "requests/a.yml", "requests/a.yaml.sig", "requestsa.yaml",
		"/requests/a.yaml", "x/requests/a.yaml", "countersign.yaml/a.yaml",
		"pending/a.yaml", "status/requests/a.yaml" };
	enum kind kinds[5];

	(void)state;
	for (size_t i = 0; i < COUNT(places); i++) {
		assert_true(kinds_of_path(text_of(places[i].path), kinds));
		for (size_t k = 0; k < 3; k++)
			assert_int_equal(kinds[k], places[i].kinds[k]);
		assert_int_equal(kinds[3], KIND_NONE);
	}
	for (size_t i = 0; i < COUNT(nowhere); i++) {
		assert_false(kinds_of_path(text_of(nowhere[i]), kinds));
		assert_int_equal(kinds[0], KIND_NONE);
	}
}

static void
kinds_have_names(void **state)
{
	(void)state;
	for (int kind = KIND_NONE + 1; kind < KINDS; kind++)
		assert_int_equal(kind_parse(text_of(kind_name((enum kind)kind))), kind);
	assert_int_equal(kind_parse(TEXT("")), KIND_NONE);
	assert_int_equal(kind_parse(TEXT("person")), KIND_NONE);
	assert_string_equal(kind_name(KIND_NONE), "");
	assert_string_equal(kind_name(KINDS), "");
}

static void
messages_say_what_to_do(void **state)
{
	static const struct {
		const char *spec;
		const char *message;
	} cases[] = {
		{ "  dnsNames: [a]\n", "unknown key \"dnsNames\"; here it is altNames.dns" },
		{ "  duration: 90d\n", "unknown key \"duration\"; here it is ttl" },
		{ "  usages: [a]\n",
		    "unknown key \"usages\"; here it is keyUsages (and extendedKeyUsages)" },
		{ "  isCA: true\n", "unknown key \"isCA\"; here it is basicConstraints.ca" },
		{ "  commonName: a\n",
		    "unknown key \"commonName\"; it belongs under subject.commonName" },
		{ "  alt_names: {}\n", "unknown key \"alt_names\"; it is spelt altNames" },
		{ "  justificaton: x\n",
		    "unknown key \"justificaton\"; did you mean justification?" },
		{ "  apiVersion: x\n",
		    "unknown key \"apiVersion\"; expected repository, profile, requester, "
		    "onBehalfOf, justification, csr, subject, altNames, keyUsages, extendedKeyUsages, "
		    "basicConstraints, ttl, notBefore" },
		{ "  ttl: 3m\n",
		    "ttl: 3m: expected a duration: a whole number and one of s, min, h, d, w, y, "
		    "as in 90d; m reads as minutes to some and months to others: write min for minutes, and "
		    "days (30d) for months" },
		{ "  keyUsages: [nonRepudiation]\n",
		    "keyUsages: nonRepudiation is not known; did you mean "
		    "contentCommitment? Expected digitalSignature, contentCommitment, keyEncipherment, "
		    "dataEncipherment, keyAgreement, keyCertSign, cRLSign, encipherOnly or decipherOnly" },
		{ "  basicConstraints: {ca: yes}\n",
		    "ca: yes is not a boolean here (some readers of YAML "
		    "take it for one, others do not); write true" },
		{ "  basicConstraints: {ca: \"true\"}\n",
		    "ca: \"true\" in quotes is a text; write true "
		    "without them" },
		{ "  onBehalfOf: 12\n",
		    "onBehalfOf: 12 without quotes is a number to other readers of YAML; "
		    "write \"12\"" },
		{ "  onBehalfOf:\n",
		    "onBehalfOf has no value: expected a name: lower-case letters, digits, "
		    "'.', '_' and '-', no '.' in front" },
		{ "  \"\\e]0;x\\a\": 1\n",
		    "unknown key \"\\x1b]0;x\\x07\"; expected repository, profile, "
		    "requester, onBehalfOf, justification, csr, subject, altNames, keyUsages, "
		    "extendedKeyUsages, basicConstraints, ttl, notBefore" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *spec = arena_printf(arena, "%s  profile: web\n  requester: alice\n" CSR,
		    cases[i].spec);

		assert_null(decode_at("", "CertificateRequest", "a", spec));
		assert_int_equal(reasons.count, 1);
		assert_string_equal(reasons.at[0].message.at, cases[i].message);
	}
}

static void
a_foreign_document_is_left_alone(void **state)
{
	(void)state;
	reasons = (struct reasons){ 0 };
	assert_true(manifest_decode(arena, TEXT("policies/x.yaml"),
	    TEXT("apiVersion: countersign/v2\nkind: ApprovalPolicy\nmetadata: {name: y}\n"),
	    &manifest, &reasons));
	assert_true(manifest.foreign);
	assert_null(manifest.object);
	assert_int_equal(manifest.kind, KIND_NONE);
	assert_int_equal(reasons.count, 1);
	assert_int_equal(reasons.at[0].severity, SEVERITY_WARNING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_says_what_stands_in_it),
		cmocka_unit_test(a_request_has_defaults),
		cmocka_unit_test(local_configuration_has_authorities_by_name),
		cmocka_unit_test(decisions_keep_their_places),
		cmocka_unit_test(a_records_reasons_come_back),
		cmocka_unit_test(a_status_has_its_public_layout),
		cmocka_unit_test(json_is_the_same_document),
		cmocka_unit_test(each_folder_has_its_kinds),
		cmocka_unit_test(kinds_have_names),
		cmocka_unit_test(messages_say_what_to_do),
		cmocka_unit_test(a_foreign_document_is_left_alone),
	};

	return cmocka_run_group_tests_name("manifest", tests, setup, teardown);
}
