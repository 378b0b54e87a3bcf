#ifndef COUNTERSIGN_MODEL_CONFIGURATION_H
#define COUNTERSIGN_MODEL_CONFIGURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/moment.h"
#include "base/reason.h"
#include "base/text.h"
#include "model/authority.h"
#include "model/identity.h"
#include "model/policy.h"

enum unsigned_requests { UNSIGNED_REQUESTS_REFUSE, UNSIGNED_REQUESTS_ACCEPT };

/* countersign.yaml: the repository's identity and who may change its rules. */
struct repository {
	struct text name;
	struct text id;                         /* 32 lower-case hex digits */
	struct texts administrators;            /* names of Persons */
	int64_t administrators_required;
	struct texts reconciler_keys;           /* SSH public keys, authorized_keys form */
	enum unsigned_requests unsigned_requests;
	struct position position;
};

struct notifier {
	struct text name;
	struct text type;                       /* "webhook", "chat", "email" */
	struct text url;                        /* webhook and chat: where to post */
	struct texts to;                        /* email: addresses; empty: the people concerned */
	struct texts events;                    /* "opened", "stepOpened", "approved", "issued", "rejected", "cancelled", "expired", "failed", "alarm"; empty: all */
	struct texts profiles;                  /* empty: all */
	struct position position;
};

ARRAY(notifiers, struct notifier);

/* One file of the configuration, as the digest counts it. */
struct configuration_file {
	struct text path;
	struct text sha256;                     /* hex, of the file's bytes */
};

ARRAY(configuration_files, struct configuration_file);

/* All that stands outside requests, approvals and revocations, at one commit. */
struct configuration {
	struct text commit;                     /* object id, hex, where it was read */
	int64_t number;                         /* 0: the introduction */
	struct text previous;                   /* "sha256:…" of the one trusted before; 64 zeros at number 0 */
	struct text digest;                     /* "sha256:…" */
	struct repository repository;
	struct identities identities;
	struct groups groups;
	struct certificate_authorities authorities;
	struct certificate_policies certificate_policies;
	struct certificate_profiles profiles;
	struct approval_policies approval_policies;
	struct notifiers notifiers;
	struct configuration_files files;
	size_t bytes;                           /* that its files take, about; 0 when it was not read from a commit */
	struct reasons reasons;                 /* with any error it can never be trusted */
};

/* By name; NULL when there is none. Borrowed from the configuration. */
const struct identity *configuration_identity(const struct configuration *, struct text name);
const struct group *configuration_group(const struct configuration *, struct text name);
const struct certificate_authority *configuration_authority(const struct configuration *, struct text name);
const struct certificate_policy *configuration_certificate_policy(const struct configuration *, struct text name);
const struct certificate_profile *configuration_profile(const struct configuration *, struct text name);

/* The approval policy that covers a profile for an action ("issue", "renew", "revoke"), or NULL. */
const struct approval_policy *configuration_approval_policy(const struct configuration *,
	struct text profile, struct text action);

/* Whether a person is among `principals`, by name or through a group. Machines: by name. */
bool principals_include(const struct configuration *, const struct principals *, struct text name);

/* The names of all persons among `principals` (groups resolved), sorted, each once. */
struct texts principals_people(struct arena *, const struct configuration *, const struct principals *);

/*
 * Whether an identity holds the key with this fingerprint, it may sign, and it is
 * valid at `at` (resolved keys). A certificate that a listed CA issued is named
 * "x509:SHA256:…,", and behind it the entry's fingerprint.
 */
bool identity_holds_key(const struct configuration *, struct text name, struct text fingerprint,
	moment at);

/*
 * The digest of a configuration (FORMAT section 4): sets `digest` from the
 * repository's id, `number`, `previous` and `files`, which it sorts.
 */
void configuration_digest(struct arena *, struct configuration *);

#endif
