#include "lib/ca_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "issue/authority.h"
#include "issue/csr.h"
#include "issue/keys.h"
#include "model/plan_text.h"

static void
require(bool good, const char *what, struct text why)
{
	if (good)
		return;
	fprintf(stderr, "ca_fixture: %s: %.*s\n", what, TEXT_ARGUMENTS(why));
	abort();
}

static struct text
signature_algorithm(const char *key_algorithm)
{
	struct text key = text_of(key_algorithm);

	return text_is(key, "ECDSA-P256")   ? TEXT("ECDSA-SHA256")
	       : text_is(key, "ECDSA-P384") ? TEXT("ECDSA-SHA384")
	       : text_is(key, "Ed25519")    ? TEXT("Ed25519")
					    : TEXT("RSA-SHA256");
}

static void
make_authority(struct ca_fixture *fixture, const char *algorithm)
{
	struct arena *arena = fixture->arena;
	struct text root_key, why = TEXT("");
	struct ca_order root = { .common_name = TEXT("Test Root"),
		.organization = TEXT("Example Inc"),
		.not_before = CA_FIXTURE_BEGIN,
		.not_after = CA_FIXTURE_END,
		.path_length = -1 };
	struct ca_order issuing = root;

	require(private_key_new(arena, TEXT("ECDSA-P256"), &root_key, &why), "root key", why);
	require(private_key_new(arena, text_of(algorithm), &fixture->key, &why), "CA key", why);
	root.key = root_key;
	require(ca_certificate_new(arena, &root, &fixture->root, &why), "root", why);
	issuing.common_name = TEXT("Test Issuing CA");
	issuing.key = fixture->key;
	issuing.issuer_key = root_key;
	issuing.issuer_certificate = fixture->root;
	require(ca_certificate_new(arena, &issuing, &fixture->certificate, &why), "CA", why);
}

void
ca_fixture_open(struct ca_fixture *fixture, const char *algorithm)
{
	struct arena *arena = arena_new();
	char *folder = arena_printf(arena, "%s/countersign-ca.XXXXXX",
	    getenv("TMPDIR") == NULL ? "/tmp" : getenv("TMPDIR"));
	struct certificate_authority authority = { .type = TEXT("internal") };
	struct reasons reasons = { 0 };
	struct local_authority *key;
	struct text why = TEXT("");

	*fixture = (struct ca_fixture){ .arena = arena,
		.signature_algorithm = signature_algorithm(algorithm) };
	require(mkdtemp(folder) != NULL, "folder", text_of(folder));
	fixture->clock = (struct keeper_clock){ .now = CA_FIXTURE_BEGIN * MICROSECONDS_IN_SECOND };
	fixture->folder = folder;
	make_authority(fixture, algorithm);
	authority.certificate = fixture->certificate;
	authority.root = fixture->root;
	authority_read(arena, &authority, &reasons);
	require(authority.facts.good, "authority",
	    reasons.count > 0 ? reasons.at[0].message : TEXT("no reason"));
	fixture->certificate_sha256 = authority.facts.sha256;
	fixture->local.state_directory = text_of(arena_printf(arena, "%s/state", folder));
	key = ARRAY_ADD(arena, &fixture->local.authorities);
	key->name = TEXT("issuing-ca");
	key->file = text_of(arena_printf(arena, "%s/ca.key", folder));
	require(file_write_durable(key->file.at, fixture->key, 0600), "key file", key->file);
	require(keeper_open(&fixture->local, &fixture->clock, arena, &fixture->keeper, &why), "keeper", why);
}

void
ca_fixture_restart(struct ca_fixture *fixture)
{
	struct text why = TEXT("");

	keeper_close(fixture->keeper);
	require(keeper_open(&fixture->local, &fixture->clock, fixture->arena, &fixture->keeper,
	    &why), "keeper", why);
}

static void
remove_folder(const char *folder)
{
	DIR *entries = opendir(folder);
	char path[4096];

	for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_type == DT_DIR)
			remove_folder(path);
		else
			unlink(path);
	}
	if (entries != NULL)
		closedir(entries);
	rmdir(folder);
}

void
ca_fixture_close(struct ca_fixture *fixture)
{
	keeper_close(fixture->keeper);
	remove_folder(fixture->folder);
	arena_free(fixture->arena);
}

struct csr_facts
ca_fixture_csr(struct ca_fixture *fixture, const char *key_algorithm)
{
	struct arena *arena = fixture->arena;
	struct subject_names subject = { 0 };
	struct alt_names alt_names = { 0 };
	struct reasons reasons = { 0 };
	struct text key, pem, why = TEXT("");
	struct csr_facts facts;

	texts_add(arena, &subject.values[SUBJECT_COMMON_NAME], TEXT("www.example.com"));
	texts_add(arena, &alt_names.values[ALT_NAME_DNS], TEXT("www.example.com"));
	require(private_key_new(arena, text_of(key_algorithm), &key, &why), "key", why);
	require(csr_new(arena, key, &subject, &alt_names, &pem), "csr", TEXT("csr_new"));
	require(csr_read(arena, pem, (struct position){ 0 }, &facts, &reasons), "csr",
	    reasons.count > 0 ? reasons.at[0].message : TEXT("no reason"));
	return facts;
}

struct plan
ca_fixture_plan(struct ca_fixture *fixture, const struct csr_facts *csr)
{
	struct arena *arena = fixture->arena;
	struct plan plan = {
		.repository = TEXT("00112233445566778899aabbccddeeff"),
		.request = TEXT("web/www-example-com"),
		.generation = 1,
		.action = TEXT("issue"),
		.requester = TEXT("alice"),
		.profile = TEXT("web-production"),
		.authority = TEXT("issuing-ca"),
		.authority_certificate_sha256 = fixture->certificate_sha256,
		.public_key_sha256 = csr->public_key_sha256,
		.path_length = -1,
		.signature_algorithm = fixture->signature_algorithm,
		.lifetime = 90 * 86400,
	};

	texts_add(arena, &plan.subject.values[SUBJECT_COMMON_NAME], TEXT("www.example.com"));
	texts_add(arena, &plan.subject.values[SUBJECT_ORGANIZATION], TEXT("Example Inc"));
	texts_add(arena, &plan.alt_names.values[ALT_NAME_DNS], TEXT("www.example.com"));
	texts_add(arena, &plan.key_usages, TEXT("digitalSignature"));
	texts_add(arena, &plan.extended_key_usages, TEXT("serverAuth"));
	return plan;
}

struct signing_order
ca_fixture_order(struct ca_fixture *fixture, struct plan *plan, const struct csr_facts *csr)
{
	moment from = plan->not_before != 0 ? plan->not_before : CA_FIXTURE_BEGIN;

	plan_write(fixture->arena, plan);
	require(text_present(plan->text), "plan", plan->request);
	return (struct signing_order){
		.plan = plan->text,
		.intent = {
			.present = true,
			.digest = plan->digest,
			.serial_number = serial_number_draw(fixture->arena),
			.not_before = from,
			.not_after = from + plan->lifetime - 1,
			.decided_at = CA_FIXTURE_BEGIN,
		},
		.public_key = csr->public_key,
		.authority_certificate = fixture->certificate,
	};
}

void
ca_fixture_issue_all(struct arena *arena, struct keeper *keeper,
    const struct signing_orders *orders, struct signing_outcome *outcomes)
{
	const struct keeper_clock clock = { .now = CA_FIXTURE_END * MICROSECONDS_IN_SECOND };

	keeper_issue_all(arena, keeper, orders, &clock, outcomes);
	for (size_t i = 0; i < orders->count; i++) {
		struct signed_certificate *certificate = &outcomes[i].certificate;
		struct text chain = text_trim(orders->at[i].chain);

		if (outcomes[i].result == SIGNING_DONE && certificate->below_chain &&
		    !text_empty(chain))
			certificate->pem = text_printf(arena, "%.*s%.*s\n",
			    TEXT_ARGUMENTS(certificate->pem), TEXT_ARGUMENTS(chain));
	}
}

enum signing_result
ca_fixture_issue(struct arena *arena, struct keeper *keeper, const struct signing_order *order,
    struct signed_certificate *out, struct text *why)
{
	struct signing_orders orders = { 0 };
	struct signing_outcome outcome;

	*ARRAY_ADD(arena, &orders) = *order;
	ca_fixture_issue_all(arena, keeper, &orders, &outcome);
	*out = outcome.certificate;
	*why = outcome.why;
	return outcome.result;
}
