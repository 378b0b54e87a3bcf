#ifndef COUNTERSIGN_TESTS_WORLD_H
#define COUNTERSIGN_TESTS_WORLD_H

#include "base/arena.h"
#include "evaluate/evaluate.h"
#include "evaluate/plan.h"
#include "model/configuration.h"
#include "model/decision.h"
#include "model/request.h"
#include "model/status.h"

/*
 * A small repository made of structures, for tests of what is pure: a
 * configuration without errors, a request that it allows, and facts. Tests
 * change what they are about. Nothing here is signed: `evaluate/` believes that
 * its input was verified.
 *
 *   people     alice (asks), dave and erin (team-leads), frank, grace and erin
 *              (security), mallory (nothing); bob and carol (administrators)
 *   machine    deploy-bot, of alice
 *   profile    web: approval required, everybody may ask
 *   policy     two-step: 1 of team-leads, then 2 of security
 *
 * Each identity NAME holds the key "SHA256:NAME".
 */
struct world {
	struct arena *arena;
	struct configuration configuration;
	struct request request;
	struct request_record before;
	struct verified_decisions facts;
	struct evaluation evaluation;
	moment now;
	unsigned evidence; /* how many pieces were made */
};

#define WORLD_START 1780000000 /* 2026-05-28T20:26:40Z */
#define WORLD_REPOSITORY "0123456789abcdef0123456789abcdef"

/* A new world; freed with world_free(). */
struct world *world_new(void);
void world_free(struct world *world);

/* A list of names, ending with NULL. */
struct texts world_list(struct world *world, const char *first, ...) __attribute__((sentinel));

/* Adds identities; a Machine's owner is alice. */
struct identity *world_person(struct world *world, const char *name);
struct identity *world_machine(struct world *world, const char *name);
struct identity *world_identity(struct world *world, const char *name);
struct identity_key *world_key(struct world *world, struct identity *identity,
    const char *fingerprint);

/* The parts that tests change. */
struct approval_policy *world_policy(struct world *world);
struct certificate_policy *world_rules(struct world *world);
struct certificate_profile *world_profile(struct world *world);
struct certificate_authority *world_authority(struct world *world);

/* A one-step, two-step, … policy: steps are replaced. */
void world_steps_clear(struct world *world);
struct approval_step *world_step(struct world *world, const char *name, int64_t required,
    struct texts people);

/* Adds a decision of `by` on a digest, observed at world->now, with evidence of its own. */
struct verified_decision *world_decide(struct world *world, const char *by, enum decision_kind kind,
    struct text digest);

/* The same on the digest that the record before has. */
struct verified_decision *world_approve(struct world *world, const char *by);

/* Evaluates at world->now; the result becomes world->before. */
const struct request_record *world_evaluate(struct world *world);

/* The same for a new version of the file, signed by its requester. */
const struct request_record *world_offer(struct world *world);

/* Advances the clock. */
void world_wait(struct world *world, duration seconds);

/* Everything in a record, in words: two records are the same when this is. */
struct text record_describe(struct arena *arena, const struct request_record *record);

/* Whether the list of ignored has an entry of `who` whose reason contains `why`. */
bool record_ignores(const struct request_record *record, const char *who, const char *why);

/* Whether some reason has this code and a message that contains `part`. */
bool reasons_say(const struct reasons *reasons, const char *code, const char *part);

/* "True: reason: message" of a condition. */
struct text record_condition(struct arena *arena, const struct request_record *record,
    const char *type);

/* Whether `text` contains `part`. */
bool text_contains(struct text text, const char *part);

#endif
