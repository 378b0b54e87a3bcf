/* Many files become one configuration. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/digest.h"
#include "manifest/configuration_decode.h"
#include "manifest/field.h"

static struct arena *arena;

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

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB0cHJl"
#define HEAD(kind, name)                                                                           \
	"apiVersion: countersign/v1\nkind: " kind "\nmetadata: {name: " name "}\nspec: "

static const char repository[] = HEAD("Repository",
    "countersign") "{id: 0f1e2d3c4b5a69788796a5b4c3d2e1f0, administrators: {members: [alice], required: 1}, "
		   "reconciler: {keys: [" KEY "]}}\n";
static const char alice[] = HEAD("Person", "alice") "{keys: [{ssh: " KEY "}]}\n";

static void
add(struct source_files *files, const char *path, const char *content)
{
	*ARRAY_ADD(arena, files) = (struct source_file){ .path = text_of(path),
		.content = text_of(content),
		.size_bytes = content == NULL ? 0 : strlen(content) };
}

static struct configuration
decoded(const struct source_files *files)
{
	struct configuration configuration = { 0 };

	configuration_decode(arena, files, &configuration);
	return configuration;
}

static void
assert_only_reason(const struct configuration *configuration, const char *path, const char *code)
{
	assert_int_equal(configuration->reasons.count, 1);
	assert_string_equal(configuration->reasons.at[0].code, code);
	assert_true(text_is(configuration->reasons.at[0].position.path, path));
}

/* Files that are known to have the same bytes: the same outcome as if nobody knew. */
static void
the_same_bytes_are_decoded_once(void **state)
{
	static const char foreign[] = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: "
				      "Kustomization\n";
	static const struct {
		const char *first, *second, *content;
		bool bad;
	} cases[] = {
		{ "identities/a/alice.yaml", "identities/b/alice.yaml", alice, true },
		{ "identities/alice.yaml", "identities/other.yaml", alice, true },
		{ "identities/alice.yaml", "policies/alice.yaml", alice, true },
		{ "identities/a/x.yaml", "identities/b/x.yaml", "{", true },
		{ "identities/kustomization.yaml", "policies/kustomization.yaml", foreign, false },
		{ "README.md", "identities/alice.yaml", alice, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct source_files files = { 0 };
		struct configuration apart, known;

		add(&files, "countersign.yaml", repository);
		add(&files, cases[i].first, cases[i].content);
		add(&files, cases[i].second, cases[i].content);
		apart = decoded(&files);
		files.at[2].same_as = &files.at[1];
		known = decoded(&files);
		assert_int_equal(known.files.count, apart.files.count);
		for (size_t j = 0; j < known.files.count; j++) {
			assert_true(text_equal(known.files.at[j].path, apart.files.at[j].path));
			assert_true(text_equal(known.files.at[j].sha256, apart.files.at[j].sha256));
		}
		assert_int_equal(reasons_errors(&apart.reasons) > 0, cases[i].bad);
		assert_int_equal(reasons_errors(&known.reasons) > 0, cases[i].bad);
		assert_true(known.reasons.count <= apart.reasons.count);
	}
}

static void
every_kind_finds_its_list(void **state)
{
	struct source_files files = { 0 };
	struct configuration configuration;

	(void)state;
	add(&files, "countersign.yaml", repository);
	add(&files, "identities/people/alice.yaml", alice);
	add(&files, "identities/bot.yaml",
	    HEAD("Machine", "bot") "{owner: alice, keys: [{ssh: " KEY "}]}\n");
	add(&files, "identities/leads.yaml", HEAD("Group", "leads") "{members: [alice]}\n");
	add(&files, "authorities/ca.yaml", HEAD("CertificateAuthority", "ca") "{type: acme}\n");
	add(&files, "policies/tls.yaml",
	    HEAD("CertificatePolicy",
		"tls") "{keyAlgorithms: [], signatureAlgorithms: [], validity: {max: 1d}}\n");
	add(&files, "policies/one.yaml",
	    HEAD("ApprovalPolicy",
		"one") "{profiles: [web], steps: [{approvers: {people: [alice]}}]}\n");
	add(&files, "profiles/web.yaml",
	    HEAD("CertificateProfile", "web") "{authority: ca, certificatePolicy: tls}\n");
	add(&files, "notifiers/mail.yaml", HEAD("Notifier", "mail") "{type: email}\n");
	configuration = decoded(&files);
	assert_int_equal(configuration.reasons.count, 0);
	assert_true(text_is(configuration.repository.id, "0f1e2d3c4b5a69788796a5b4c3d2e1f0"));
	assert_int_equal(configuration.repository.administrators_required, 1);
	assert_int_equal(configuration.repository.unsigned_requests, UNSIGNED_REQUESTS_REFUSE);
	assert_int_equal(configuration.identities.count, 2);
	assert_int_equal(configuration.identities.at[0].kind, IDENTITY_PERSON);
	assert_int_equal(configuration.identities.at[1].kind, IDENTITY_MACHINE);
	assert_true(text_is(configuration.identities.at[1].owner, "alice"));
	assert_int_equal(configuration.groups.count, 1);
	assert_int_equal(configuration.authorities.count, 1);
	assert_int_equal(configuration.authorities.at[0].crl_validity, 7 * 86400);
	assert_int_equal(configuration.certificate_policies.count, 1);
	assert_int_equal(configuration.certificate_policies.at[0].ca, PERMISSION_DENIED);
	assert_int_equal(configuration.certificate_policies.at[0].max_path_length, -1);
	assert_false(configuration.certificate_policies.at[0].key_usages.present);
	assert_int_equal(configuration.profiles.count, 1);
	assert_int_equal(configuration.profiles.at[0].approval, PROFILE_APPROVAL_REQUIRED);
	assert_false(configuration.profiles.at[0].requesters.present);
	assert_true(text_is(configuration.profiles.at[0].enrollment.at[0], "git"));
	assert_int_equal(configuration.approval_policies.count, 1);
	assert_int_equal(configuration.approval_policies.at[0].actions.count, 2);
	assert_int_equal(configuration.approval_policies.at[0].steps.at[0].required_approvals, 1);
	assert_true(configuration.approval_policies.at[0].steps.at[0].notify_approvers);
	assert_int_equal(configuration.notifiers.count, 1);
	assert_int_equal(configuration.files.count, 9);
	assert_true(text_equal(configuration.files.at[0].sha256,
	    digest_sha256_hex(arena, text_of(repository))));
}

static void
other_files_are_none_of_it(void **state)
{
	static const char *const others[] = { "requests/a.yaml", "approvals/a.yaml",
		"revocations/a.yaml", "README.md", "identities/a.yml", "identities/.yaml",
		"identities", "x/countersign.yaml", "status/summary.yaml", "pending/a.yaml",
		"Identities/a.yaml", "" };
	struct source_files files = { 0 };
	struct configuration configuration;

	(void)state;
	add(&files, "countersign.yaml", repository);
	for (size_t i = 0; i < COUNT(others); i++) {
		assert_false(path_is_configuration(text_of(others[i])));
		add(&files, others[i], "not even YAML: [");
	}
	configuration = decoded(&files);
	assert_int_equal(configuration.reasons.count, 0);
	assert_int_equal(configuration.files.count, 1);
}

static void
a_bad_file_becomes_a_reason(void **state)
{
	struct source_files files = { 0 };
	struct configuration configuration;

	(void)state;
	add(&files, "countersign.yaml", repository);
	add(&files, "identities/bob.yaml", HEAD("Person", "bob") "{}\n");
	add(&files, "identities/alice.yaml", alice);
	configuration = decoded(&files);
	assert_only_reason(&configuration, "identities/bob.yaml", "MissingKey");
	assert_int_equal(configuration.reasons.at[0].position.line, 4);
	assert_int_equal(configuration.identities.count, 1);
	assert_int_equal(configuration.files.count, 3);
}

static void
a_foreign_file_counts_and_says_nothing(void **state)
{
	struct source_files files = { 0 };
	struct configuration configuration;

	(void)state;
	add(&files, "countersign.yaml", repository);
	add(&files, "profiles/x.yaml", "apiVersion: v1\nkind: List\n");
	configuration = decoded(&files);
	assert_only_reason(&configuration, "profiles/x.yaml", "ForeignDocument");
	assert_int_equal(reasons_errors(&configuration.reasons), 0);
	assert_int_equal(configuration.files.count, 2);
}

static void
a_name_is_taken_once(void **state)
{
	struct source_files files = { 0 };
	struct configuration configuration;

	(void)state;
	add(&files, "countersign.yaml", repository);
	add(&files, "identities/alice.yaml", alice);
	add(&files, "identities/people/alice.yaml", alice);
	configuration = decoded(&files);
	assert_only_reason(&configuration, "identities/people/alice.yaml", "NameTaken");
	assert_non_null(strstr(configuration.reasons.at[0].message.at, "identities/alice.yaml"));
}

static void
a_machine_never_has_a_persons_name(void **state)
{
	struct source_files files = { 0 };
	struct configuration configuration;

	(void)state;
	add(&files, "countersign.yaml", repository);
	add(&files, "identities/machines/alice.yaml",
	    HEAD("Machine", "alice") "{owner: bob, keys: [{ssh: " KEY "}]}\n");
	add(&files, "identities/people/alice.yaml", alice);
	configuration = decoded(&files);
	assert_only_reason(&configuration, "identities/people/alice.yaml", "NameTaken");
}

static void
kinds_do_not_share_names(void **state)
{
	struct source_files files = { 0 };

	(void)state;
	add(&files, "countersign.yaml", repository);
	add(&files, "identities/alice.yaml", alice);
	add(&files, "identities/groups/alice.yaml", HEAD("Group", "alice") "{members: []}\n");
	add(&files, "authorities/alice.yaml",
	    HEAD("CertificateAuthority", "alice") "{type: est}\n");
	add(&files, "profiles/alice.yaml",
	    HEAD("CertificateProfile", "alice") "{authority: a, certificatePolicy: b}\n");
	assert_int_equal(decoded(&files).reasons.count, 0);
}

static void
without_a_repository_there_is_no_configuration(void **state)
{
	struct source_files none = { 0 }, foreign = { 0 }, unread = { 0 }, broken = { 0 };
	struct configuration configuration = decoded(&none);

	(void)state;
	assert_only_reason(&configuration, "countersign.yaml", "MissingRepository");

	add(&foreign, "countersign.yaml", "apiVersion: countersign/v2\nkind: Repository\n");
	configuration = decoded(&foreign);
	assert_int_equal(reasons_errors(&configuration.reasons), 1);

	add(&unread, "countersign.yaml", NULL);
	configuration = decoded(&unread);
	assert_int_equal(configuration.reasons.count, 2);
	assert_string_equal(configuration.reasons.at[0].code, "TooLarge");

	add(&broken, "countersign.yaml", alice);
	configuration = decoded(&broken);
	assert_string_equal(configuration.reasons.at[0].code, "KindNotHere");
	assert_true(text_empty(configuration.repository.id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_finds_its_list),
		cmocka_unit_test(other_files_are_none_of_it),
		cmocka_unit_test(a_bad_file_becomes_a_reason),
		cmocka_unit_test(a_foreign_file_counts_and_says_nothing),
		cmocka_unit_test(a_name_is_taken_once),
		cmocka_unit_test(the_same_bytes_are_decoded_once),
		cmocka_unit_test(a_machine_never_has_a_persons_name),
		cmocka_unit_test(kinds_do_not_share_names),
		cmocka_unit_test(without_a_repository_there_is_no_configuration),
	};

	return cmocka_run_group_tests_name("configuration", tests, setup, teardown);
}
