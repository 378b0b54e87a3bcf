#ifndef COUNTERSIGN_MODEL_LOCAL_H
#define COUNTERSIGN_MODEL_LOCAL_H

#include <stdbool.h>

#include "base/array.h"
#include "base/moment.h"
#include "base/text.h"
#include "model/policy.h"

/* A CA key on this machine. Exactly one of file and pkcs11. */
struct local_authority {
	struct text name;                   /* of the CertificateAuthority */
	struct text file;                   /* PEM private key */
	struct text pkcs11;                 /* RFC 7512 URI */
};

ARRAY(local_authorities, struct local_authority);

/* Ceilings that hold whatever the repository says. */
struct local_limits {
	duration max_validity;              /* 0: none */
	enum permission ca;                 /* denied unless "allowed" */
	bool names_present;
	struct texts names;                 /* patterns for every host that a name names */
	bool addresses_present;             /* when not, a list of names allows no address */
	struct texts addresses;             /* CIDR blocks for every IP address */
	bool usages_present;                /* when, a certificate says what it is for, unless it is a CA's */
	struct texts extended_key_usages;   /* names or numbers */
	duration intent_age;                /* of a decision that was never seen before */
	int64_t per_hour;                   /* certificates; 0: any number */
};

/* Whether the daemon's processes may run where the kernel cannot confine them. */
enum sandbox_wish {
	SANDBOX_PREFERRED,                  /* what can be had; what is missing is logged */
	SANDBOX_REQUIRED,                   /* the whole of it, or the daemon does not start */
	SANDBOX_OFF                         /* for debuggers and the like */
};

/* The daemon's local configuration (FORMAT section 7); never read from a repository. */
struct local_configuration {
	struct text name;
	struct text repository_path;        /* or */
	struct text repository_url;
	duration interval;                  /* between looks at a url; default 30s */
	struct text branch;                 /* default "main" */
	struct text state_directory;
	struct text introduction_commit;
	struct text introduction_digest;    /* "sha256:…" */
	struct text signing_key;            /* path of an OpenSSH private key */
	struct local_authorities authorities;
	struct local_limits limits;
	struct text user;                   /* absent: as it was started */
	struct text keeper_user;            /* absent: the same as `user` */
	struct text checker_user;           /* the same */
	enum sandbox_wish sandbox;
};

#endif
