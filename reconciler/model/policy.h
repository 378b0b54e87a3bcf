#ifndef COUNTERSIGN_MODEL_POLICY_H
#define COUNTERSIGN_MODEL_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/moment.h"
#include "base/reason.h"
#include "base/text.h"

/* Who may do something, by name. Empty lists mean nobody. */
struct principals {
	bool present;               /* false: the document does not say */
	struct texts people;
	struct texts groups;
	struct texts machines;      /* used in `requesters` only */
};

/* What values an attribute may have. Not present: none at all. Denied wins. */
struct attribute_rule {
	bool present;
	struct texts allowed;       /* patterns, see FORMAT: name patterns */
	struct texts required;
	struct texts denied;
};

enum subject_attribute {        /* in DER order of the issued subject */
	SUBJECT_DOMAIN_COMPONENT, SUBJECT_COUNTRY, SUBJECT_STATE, SUBJECT_LOCALITY,
	SUBJECT_ORGANIZATION, SUBJECT_ORGANIZATIONAL_UNIT, SUBJECT_COMMON_NAME,
	SUBJECT_ATTRIBUTES
};

enum alt_name_type {
	ALT_NAME_DNS, ALT_NAME_IP, ALT_NAME_EMAIL, ALT_NAME_URI, ALT_NAME_UPN,
	ALT_NAME_TYPES
};

enum permission { PERMISSION_DENIED, PERMISSION_ALLOWED, PERMISSION_REQUIRED };

/* What may be issued. */
struct certificate_policy {
	struct text name;
	struct attribute_rule subject[SUBJECT_ATTRIBUTES];
	struct attribute_rule alt_names[ALT_NAME_TYPES];
	struct attribute_rule key_usages;
	struct attribute_rule extended_key_usages;
	struct texts key_algorithms;        /* "ECDSA-P256", …; empty: none is allowed */
	struct texts signature_algorithms;  /* "ECDSA-SHA256", …; empty: none is allowed */
	duration validity_max;              /* required */
	duration validity_min;              /* 0: no least length */
	enum permission ca;
	int64_t max_path_length;            /* -1: not given */
	struct position position;
};

ARRAY(certificate_policies, struct certificate_policy);

/* Names and usages, as a request gives them and a profile's defaults do. */
struct subject_names {
	struct texts values[SUBJECT_ATTRIBUTES];    /* commonName has at most one */
};

struct alt_names {
	struct texts values[ALT_NAME_TYPES];
};

enum profile_approval { PROFILE_APPROVAL_REQUIRED, PROFILE_APPROVAL_NONE };
enum renewal_approval { RENEWAL_APPROVAL_IF_CHANGED, RENEWAL_APPROVAL_ALWAYS };

/* What a request names: an authority, what may be issued, who may ask. */
struct certificate_profile {
	struct text name;
	struct text authority;
	struct text certificate_policy;
	enum profile_approval approval;
	struct principals requesters;       /* not present: any identity of the configuration */
	struct texts enrollment;            /* "git" (default), "api", "acme", "est" */
	duration default_ttl;               /* 0: the request must give one */
	struct subject_names default_subject;
	struct texts default_key_usages;
	struct texts default_extended_key_usages;
	duration renewal_before;            /* 0: none */
	enum renewal_approval renewal_approval;
	struct position position;
};

ARRAY(certificate_profiles, struct certificate_profile);

struct approval_step {
	struct text name;                   /* absent allowed */
	struct principals approvers;        /* people and groups */
	int64_t required_approvals;         /* default 1 */
	bool notify_approvers;              /* default true */
	struct position position;
};

ARRAY(approval_steps, struct approval_step);

enum self_approval { SELF_APPROVAL_ALLOW, SELF_APPROVAL_FORBID };
enum early_approvals { EARLY_APPROVALS_WAIT, EARLY_APPROVALS_REFUSE };

struct approval_policy {
	struct text name;
	struct texts profiles;
	struct texts actions;               /* "issue", "renew", "revoke"; default issue, renew */
	duration max_request_ttl;           /* 0: no limit */
	bool bypass_for_machine_identities;
	enum self_approval self_approval;
	bool distinct_approvers;
	enum early_approvals early_approvals;
	struct approval_steps steps;
	struct position position;
};

ARRAY(approval_policies, struct approval_policy);

#endif
