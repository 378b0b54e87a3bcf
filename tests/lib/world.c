#include "lib/world.h"

#include <stdarg.h>
#include <string.h>

#define HEX16 "0123456789abcdef"
#define HEX64 HEX16 HEX16 HEX16 HEX16

struct texts
world_list(struct world *world, const char *first, ...)
{
	struct texts list = { 0 };
	va_list names;

	va_start(names, first);
	for (const char *name = first; name != NULL; name = va_arg(names, const char *))
		texts_add(world->arena, &list, text_of(name));
	va_end(names);
	return list;
}

static struct position
place(struct world *world, const char *folder, const char *name)
{
	return (struct position){ text_printf(world->arena, "%s/%s.yaml", folder, name), 1, 1 };
}

struct identity_key *
world_key(struct world *world, struct identity *identity, const char *fingerprint)
{
	struct identity_key *key = ARRAY_ADD(world->arena, &identity->keys);

	key->ssh = text_printf(world->arena, "ssh-ed25519 %s", fingerprint);
	key->fingerprint = text_copy(world->arena, text_of(fingerprint));
	key->public_key_sha256 = text_printf(world->arena, "spki of %s", fingerprint);
	key->position = identity->position;
	return key;
}

static struct identity *
add_identity(struct world *world, const char *name, enum identity_kind kind)
{
	struct identity *identity = ARRAY_ADD(world->arena, &world->configuration.identities);
	struct configuration_file *file = ARRAY_ADD(world->arena, &world->configuration.files);

	identity->kind = kind;
	identity->name = text_of(name);
	identity->position = place(world, "identities", name);
	world_key(world, identity, text_printf(world->arena, "SHA256:%s", name).at);
	file->path = identity->position.path;
	file->sha256 = text_printf(world->arena, "file of %s", name);
	return identity;
}

struct identity *
world_person(struct world *world, const char *name)
{
	struct identity *person = add_identity(world, name, IDENTITY_PERSON);

	person->display_name = text_printf(world->arena, "%s Example", name);
	person->email = text_printf(world->arena, "%s@example.com", name);
	return person;
}

struct identity *
world_machine(struct world *world, const char *name)
{
	struct identity *machine = add_identity(world, name, IDENTITY_MACHINE);

	machine->owner = TEXT("alice");
	return machine;
}

struct identity *
world_identity(struct world *world, const char *name)
{
	for (size_t i = 0; i < world->configuration.identities.count; i++)
		if (text_is(world->configuration.identities.at[i].name, name))
			return &world->configuration.identities.at[i];
	return NULL;
}

static void
add_group(struct world *world, const char *name, struct texts members)
{
	struct group *group = ARRAY_ADD(world->arena, &world->configuration.groups);

	group->name = text_of(name);
	group->members = members;
	group->position = place(world, "identities", name);
}

static void
add_authority(struct world *world)
{
	struct certificate_authority *authority =
	    ARRAY_ADD(world->arena, &world->configuration.authorities);

	*authority = (struct certificate_authority){
		.name = TEXT("issuing-ca"),
		.type = TEXT("internal"),
		.crl_distribution_point = TEXT("http://pki.example.com/crl/issuing-ca.crl"),
		.facts = { .good = true,
		    .sha256 = TEXT(HEX64),
		    .subject = TEXT("CN=Issuing CA"),
		    .key_algorithm = TEXT("ECDSA-P256"),
		    .not_before = WORLD_START - 86400,
		    .not_after = WORLD_START + 5 * 365 * 86400,
		    .path_length = -1 },
		.position = place(world, "authorities", "issuing-ca"),
	};
}

static struct attribute_rule
allow(struct texts allowed)
{
	return (struct attribute_rule){ .present = true, .allowed = allowed };
}

static void
add_rules(struct world *world)
{
	struct certificate_policy *rules =
	    ARRAY_ADD(world->arena, &world->configuration.certificate_policies);

	rules->name = TEXT("tls-server");
	rules->position = place(world, "policies", "tls-server");
	rules->subject[SUBJECT_COMMON_NAME] = allow(world_list(world, "*.example.com", NULL));
	rules->subject[SUBJECT_ORGANIZATION] = allow(world_list(world, "Example Inc", NULL));
	rules->alt_names[ALT_NAME_DNS] = allow(world_list(world, "*.example.com", NULL));
	rules->alt_names[ALT_NAME_DNS].denied = world_list(world, "*.internal.example.com", NULL);
	rules->alt_names[ALT_NAME_IP] = allow(world_list(world, "10.0.0.0/8", NULL));
	rules->key_usages = allow(world_list(world, "digitalSignature", "keyEncipherment", NULL));
	rules->key_usages.required = world_list(world, "digitalSignature", NULL);
	rules->extended_key_usages = allow(world_list(world, "serverAuth", "clientAuth", NULL));
	rules->key_algorithms = world_list(world, "ECDSA-P256", "Ed25519", NULL);
	rules->signature_algorithms = world_list(world, "ECDSA-SHA256", NULL);
	rules->validity_max = 90 * 86400;
	rules->max_path_length = -1;
}

static void
add_profile(struct world *world)
{
	struct certificate_profile *profile =
	    ARRAY_ADD(world->arena, &world->configuration.profiles);

	profile->name = TEXT("web");
	profile->position = place(world, "profiles", "web");
	profile->authority = TEXT("issuing-ca");
	profile->certificate_policy = TEXT("tls-server");
	profile->default_ttl = 30 * 86400;
	profile->default_key_usages = world_list(world, "digitalSignature", NULL);
	profile->default_extended_key_usages = world_list(world, "serverAuth", NULL);
	profile->default_subject.values[SUBJECT_ORGANIZATION] =
	    world_list(world, "Example Inc", NULL);
}

void
world_steps_clear(struct world *world)
{
	world_policy(world)->steps = (struct approval_steps){ 0 };
}

struct approval_step *
world_step(struct world *world, const char *name, int64_t required, struct texts people)
{
	struct approval_step *step = ARRAY_ADD(world->arena, &world_policy(world)->steps);

	*step = (struct approval_step){ .name = text_of(name),
		.required_approvals = required,
		.approvers = { .present = true, .people = people },
		.notify_approvers = true,
		.position = { TEXT("policies/two-step.yaml"), 10, 5 } };
	return step;
}

static void
add_policy(struct world *world)
{
	struct approval_policy *policy =
	    ARRAY_ADD(world->arena, &world->configuration.approval_policies);

	policy->name = TEXT("two-step");
	policy->position = place(world, "policies", "two-step");
	policy->profiles = world_list(world, "web", NULL);
	policy->actions = world_list(world, "issue", "renew", NULL);
	world_step(world, "Team Lead Review", 1, (struct texts){ 0 })->approvers.groups =
	    world_list(world, "team-leads", NULL);
	world_step(world, "Security Review", 2, (struct texts){ 0 })->approvers.groups =
	    world_list(world, "security", NULL);
}

static void
add_request(struct world *world)
{
	struct request *request = &world->request;

	*request = (struct request){
		.id = TEXT("web/www-example-com"),
		.name = TEXT("www-example-com"),
		.repository = TEXT(WORLD_REPOSITORY),
		.profile = TEXT("web"),
		.requester = TEXT("alice"),
		.path_length = -1,
		.csr_facts = { .good = true,
		    .public_key_sha256 = TEXT(HEX64),
		    .key_algorithm = TEXT("ECDSA-P256") },
		.position = { TEXT("requests/web/www-example-com.yaml"), 1, 1 },
		.csr_position = { TEXT("requests/web/www-example-com.yaml"), 9, 3 },
	};
	request->subject_present = request->alt_names_present = true;
	request->subject.values[SUBJECT_COMMON_NAME] = world_list(world, "www.example.com", NULL);
	request->alt_names.values[ALT_NAME_DNS] = world_list(world, "www.example.com", NULL);
}

struct world *
world_new(void)
{
	static const char *const people[] = { "alice", "bob", "carol", "dave", "erin", "frank",
		"grace", "mallory" };
	struct arena *arena = arena_new();
	struct world *world = ARENA_NEW(arena, struct world);
	struct repository *repository = &world->configuration.repository;

	world->arena = arena;
	world->now = WORLD_START;
	for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++)
		world_person(world, people[i]);
	world_machine(world, "deploy-bot");
	add_group(world, "team-leads", world_list(world, "dave", "erin", NULL));
	add_group(world, "security", world_list(world, "erin", "frank", "grace", NULL));
	*repository = (struct repository){ .name = TEXT("pki"),
		.id = TEXT(WORLD_REPOSITORY),
		.administrators = world_list(world, "alice", "bob", "carol", NULL),
		.administrators_required = 2,
		.position = { TEXT("countersign.yaml"), 1, 1 } };
	add_authority(world);
	add_rules(world);
	add_profile(world);
	add_policy(world);
	add_request(world);
	return world;
}

void
world_free(struct world *world)
{
	arena_free(world->arena);
}

struct approval_policy *
world_policy(struct world *world)
{
	return &world->configuration.approval_policies.at[0];
}

struct certificate_policy *
world_rules(struct world *world)
{
	return &world->configuration.certificate_policies.at[0];
}

struct certificate_profile *
world_profile(struct world *world)
{
	return &world->configuration.profiles.at[0];
}

struct certificate_authority *
world_authority(struct world *world)
{
	return &world->configuration.authorities.at[0];
}

struct verified_decision *
world_decide(struct world *world, const char *by, enum decision_kind kind, struct text digest)
{
	struct verified_decision *decision = ARRAY_ADD(world->arena, &world->facts);

	world->evidence++;
	*decision = (struct verified_decision){
		.evidence = text_printf(world->arena, "%064x", world->evidence),
		.by = text_of(by),
		.key = text_printf(world->arena, "SHA256:%s", by),
		.decision = kind,
		.request = world->request.id,
		.digest = digest,
		.observed_at = world->now,
		.source = SOURCE_COMMIT,
		.where = text_printf(world->arena, "%040x", world->evidence),
	};
	return decision;
}

struct verified_decision *
world_approve(struct world *world, const char *by)
{
	return world_decide(world, by, DECISION_APPROVE, world->before.digest);
}

const struct request_record *
world_evaluate(struct world *world)
{
	struct request_record after;
	bool is_new = world->evaluation.version_is_new;
	struct evaluation evaluation = {
		.configuration = &world->configuration,
		.before = &world->before,
		.request = &world->request,
		.version = world->before.version,
		.version_is_new = is_new,
		.requester_verified = is_new || world->before.requester.verified,
		.decisions = &world->facts,
		.now = world->now,
		.expire = true,
	};

	if (is_new)
		evaluation.version = world->evaluation.version;
	evaluate_request(world->arena, &evaluation, &after);
	world->before = after;
	world->evaluation.version_is_new = false;
	return &world->before;
}

const struct request_record *
world_offer(struct world *world)
{
	world->evidence++;
	world->evaluation.version_is_new = true;
	world->evaluation.version = (struct request_version){
		.blob = text_printf(world->arena, "%040x", world->evidence),
		.sha256 = text_printf(world->arena, "%08x%056x", world->evidence, 0),
		.commit = text_printf(world->arena, "%040x", world->evidence),
		.proof = REQUEST_SIGNED_FILE,
		.key = text_printf(world->arena, "SHA256:%.*s",
		    TEXT_ARGUMENTS(world->request.requester)),
		.evidence = text_printf(world->arena, "%064x", world->evidence),
		.accepted_at = world->now,
	};
	return world_evaluate(world);
}

void
world_wait(struct world *world, duration seconds)
{
	world->now += seconds;
}

bool
text_contains(struct text text, const char *part)
{
	return text.length > 0 && memmem(text.at, text.length, part, strlen(part)) != NULL;
}

bool
record_ignores(const struct request_record *record, const char *who, const char *why)
{
	for (size_t i = 0; i < record->ignored.count; i++)
		if (text_is(record->ignored.at[i].who, who) &&
		    text_contains(record->ignored.at[i].why, why))
			return true;
	return false;
}

bool
reasons_say(const struct reasons *reasons, const char *code, const char *part)
{
	for (size_t i = 0; i < reasons->count; i++)
		if (strcmp(reasons->at[i].code, code) == 0 &&
		    text_contains(reasons->at[i].message, part))
			return true;
	return false;
}

struct text
record_condition(struct arena *arena, const struct request_record *record, const char *type)
{
	for (size_t i = 0; i < record->conditions.count; i++) {
		const struct condition *condition = &record->conditions.at[i];

		if (text_is(condition->type, type))
			return text_printf(arena, "%.*s: %.*s: %.*s",
			    TEXT_ARGUMENTS(condition->status), TEXT_ARGUMENTS(condition->reason),
			    TEXT_ARGUMENTS(condition->message));
	}
	return (struct text){ NULL, 0 };
}

#define SHOW(name, text) buffer_printf(out, "%s=%.*s|", name, TEXT_ARGUMENTS(text))
#define COUNT(name, number) buffer_printf(out, "%s=%lld|", name, (long long)(number))

static void
describe_list(struct buffer *out, const char *name, const struct texts *list)
{
	COUNT(name, list->count);
	for (size_t i = 0; i < list->count; i++)
		SHOW("", list->at[i]);
}

static void
describe_steps(struct buffer *out, const struct step_statuses *steps)
{
	for (size_t i = 0; i < steps->count; i++) {
		const struct step_status *step = &steps->at[i];

		SHOW("\nstep", step->name);
		COUNT("required", step->required);
		COUNT("state", step->state);
		for (size_t j = 0; j < step->approved_by.count; j++) {
			SHOW("by", step->approved_by.at[j].name);
			SHOW("evidence", step->approved_by.at[j].evidence);
			SHOW("comment", step->approved_by.at[j].comment);
			COUNT("at", step->approved_by.at[j].at);
		}
		describe_list(out, "waiting", &step->waiting_for);
	}
}

static void
describe_facts(struct buffer *out, const struct request_record *record)
{
	for (size_t i = 0; i < record->decisions.count; i++) {
		const struct verified_decision *decision = &record->decisions.at[i];

		SHOW("\ndecision of", decision->by);
		COUNT("kind", decision->decision);
		COUNT("at", decision->observed_at);
		COUNT("source", decision->source);
		SHOW("evidence", decision->evidence);
		SHOW("key", decision->key);
		SHOW("digest", decision->digest);
		SHOW("comment", decision->comment);
		SHOW("where", decision->where);
	}
	COUNT("\nignored", record->ignored_count);
	for (size_t i = 0; i < record->ignored.count; i++) {
		SHOW("\n who", record->ignored.at[i].who);
		SHOW("what", record->ignored.at[i].what);
		SHOW("why", record->ignored.at[i].why);
		SHOW("commit", record->ignored.at[i].commit);
		COUNT("at", record->ignored.at[i].observed_at);
		COUNT("alarm", record->ignored.at[i].alarm);
	}
}

static void
describe_version(struct buffer *out, const struct request_version *version)
{
	SHOW("\nversion", version->sha256);
	SHOW("blob", version->blob);
	SHOW("commit", version->commit);
	SHOW("key", version->key);
	SHOW("evidence", version->evidence);
	COUNT("proof", version->proof);
	COUNT("accepted", version->accepted_at);
	describe_list(out, "previous", &version->previous);
}

static void
describe_outcome(struct buffer *out, const struct request_record *record)
{
	for (size_t i = 0; i < record->conditions.count; i++) {
		SHOW("\ncondition", record->conditions.at[i].type);
		SHOW("status", record->conditions.at[i].status);
		SHOW("reason", record->conditions.at[i].reason);
		SHOW("message", record->conditions.at[i].message);
		COUNT("since", record->conditions.at[i].last_transition);
	}
	for (size_t i = 0; i < record->reasons.count; i++)
		SHOW("\nreason", record->reasons.at[i].message);
	SHOW("\nintent", record->intent.serial_number);
	COUNT("present", record->intent.present);
	SHOW("certificate", record->certificate.serial_number);
	COUNT("present", record->certificate.present);
	COUNT("attempts", record->attempts);
	COUNT("next", record->next_attempt);
	COUNT("decided", record->decided_at);
	SHOW("by", record->decided_by);
	SHOW("comment", record->comment);
}

struct text
record_describe(struct arena *arena, const struct request_record *record)
{
	struct buffer buffer = { .arena = arena }, *out = &buffer;

	SHOW("id", record->id);
	SHOW("state", text_of(request_state_name(record->state)));
	COUNT("generation", record->generation);
	SHOW("digest", record->digest);
	describe_list(out, "digests", &record->digests);
	SHOW("plan", record->plan);
	SHOW("profile", record->profile);
	SHOW("policy", record->policy);
	SHOW("requester", record->requester.name);
	SHOW("display", record->requester.display_name);
	SHOW("email", record->requester.email);
	COUNT("verified", record->requester.verified);
	SHOW("summary", record->summary);
	COUNT("claimed", record->claimed);
	COUNT("bypassed", record->bypassed);
	SHOW("because", record->approved_because);
	COUNT("opened", record->opened_at);
	COUNT("deadline", record->deadline);
	describe_version(out, &record->version);
	describe_steps(out, &record->steps);
	describe_facts(out, record);
	describe_outcome(out, record);
	return buffer_text(out);
}
