#ifndef COUNTERSIGN_EVALUATE_CHECKING_H
#define COUNTERSIGN_EVALUATE_CHECKING_H

#include "evaluate/configuration_rules.h"

/* A configuration under check: shared by the files that configuration_check() is made of. */
struct checking {
	struct arena *arena;
	struct configuration *configuration;
	struct reasons *reasons; /* of the configuration */
	const struct texts *local_authorities;
	struct texts people; /* all names, sorted */
	struct texts machines;
	struct texts groups;
};

/* check_names.c: what is named exists, and a key belongs to one identity. */
void check_names(struct checking *checking);
void check_keys(struct checking *checking);

/* check_policies.c: what policies, profiles and authorities say can be meant. */
void check_certificate_policies(struct checking *checking);
void check_profiles(struct checking *checking);
void check_authorities(struct checking *checking);

/* check_quorums.c: every quorum can be reached. */
void check_administrators(struct checking *checking);
void check_approval_policies(struct checking *checking);

/* check_unused.c: what is allowed and hardly meant. */
void check_folders(struct checking *checking);
void check_unused(struct checking *checking);

#endif
