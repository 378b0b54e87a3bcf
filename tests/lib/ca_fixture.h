#ifndef COUNTERSIGN_TESTS_CA_FIXTURE_H
#define COUNTERSIGN_TESTS_CA_FIXTURE_H

#include <stdbool.h>

#include "base/arena.h"
#include "issue/keeper.h"
#include "model/plan.h"
#include "model/request.h"

/* A root, a CA below it, and a keeper for that CA in a folder of its own. */
struct ca_fixture {
	struct arena *arena;
	const char *folder; /* temporary; removed at the end */
	struct text root;   /* PEM certificates */
	struct text certificate;
	struct text certificate_sha256; /* hex, of the DER */
	struct text key;                /* PEM, of the CA */
	struct text signature_algorithm;
	struct local_configuration local;
	struct keeper_clock clock;      /* when the keeper is opened: CA_FIXTURE_BEGIN, and for no time yet */
	struct keeper *keeper;
};

/* When the fixture's CA began; certificates are issued from here on. */
#define CA_FIXTURE_BEGIN ((moment)1767225600) /* 2026-01-01T00:00:00Z */
#define CA_FIXTURE_END ((moment)2713910399)   /* 2055-12-31T23:59:59Z */

/* Aborts when anything goes wrong. `algorithm` is of the CA's key. */
void ca_fixture_open(struct ca_fixture *fixture, const char *algorithm);
void ca_fixture_close(struct ca_fixture *fixture);

/* Closes the keeper and opens it again, as after a restart. */
void ca_fixture_restart(struct ca_fixture *fixture);

/* Facts of a new request by a new key of this kind. */
struct csr_facts ca_fixture_csr(struct ca_fixture *fixture, const char *key_algorithm);

/* A plan for www.example.com that the fixture's CA can sign; to be changed, then written. */
struct plan ca_fixture_plan(struct ca_fixture *fixture, const struct csr_facts *csr);

/* Writes the plan and decides it at CA_FIXTURE_BEGIN, with a new serial number. */
struct signing_order ca_fixture_order(struct ca_fixture *fixture, struct plan *plan,
    const struct csr_facts *csr);

/*
 * What signer_issue() and signer_issue_all() give of a keeper that is in this
 * process, whose clock shows CA_FIXTURE_END and which takes intents of any age.
 */
enum signing_result ca_fixture_issue(struct arena *arena, struct keeper *keeper,
    const struct signing_order *order, struct signed_certificate *out, struct text *why);
void ca_fixture_issue_all(struct arena *arena, struct keeper *keeper,
    const struct signing_orders *orders, struct signing_outcome *outcomes);

#endif
