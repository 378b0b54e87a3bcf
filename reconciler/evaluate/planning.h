#ifndef COUNTERSIGN_EVALUATE_PLANNING_H
#define COUNTERSIGN_EVALUATE_PLANNING_H

#include "base/arena.h"
#include "base/reason.h"
#include "evaluate/plan.h"
#include "model/configuration.h"
#include "model/plan.h"
#include "model/request.h"

/* A plan in the making: shared by the files that plan_make() is made of. */
struct planning {
	struct arena *arena;
	const struct plan_input *input;
	const struct request *request;
	const struct certificate_profile *profile;
	const struct certificate_policy *policy;
	const struct certificate_authority *authority;
	struct plan *plan;
	bool names_from_csr;            /* the YAML gives none */
	struct reasons *reasons;
};

enum { PLAN_SUBJECT_VALUES_MOST = 32, PLAN_ALT_NAMES_MOST = 100 };

/* "subject.commonName", "altNames.dns": as the YAML spells the fields. */
const char *subject_field(enum subject_attribute attribute);
const char *alt_name_field(enum alt_name_type type);

/* plan_names.c: subject and alternative names, from YAML, profile and CSR. */
void planning_take_names(struct planning *planning);

/* plan_constraints.c: the certificate policy's rules on what the plan says. */
void planning_check_names(struct planning *planning);
void planning_check_usages(struct planning *planning);
void planning_check_basic_constraints(struct planning *planning);
void planning_check_algorithms(struct planning *planning);
void planning_check_validity(struct planning *planning);

/* The first error among reasons; NULL when there is none. */
const struct reason *first_error(const struct reasons *reasons);

/* A C string, safe to show, for messages. */
const char *shown(struct arena *arena, struct text text);

/* "a, b", safe to show, cut after some; "nothing" for an empty list. */
const char *shown_list(struct arena *arena, const struct texts *texts);

#endif
