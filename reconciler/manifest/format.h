#ifndef COUNTERSIGN_MANIFEST_FORMAT_H
#define COUNTERSIGN_MANIFEST_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/*
 * The shapes that texts have. Each is told twice, to C and, as a pattern, to
 * other programs; the tests compare the two on made-up texts.
 */
struct text_format {
	const char *name;     /* for the reference: "name", "time" */
	const char *expected; /* for messages: what follows "expected " */
	/*
	 * A regular expression that ECMA 262, Python and POSIX (extended) read
	 * alike; NULL: none. What it refuses is refused.
	 */
	const char *pattern;
	bool (*good)(struct text text); /* whether the text has this shape; NULL: every text */
	size_t least;                   /* characters */
	size_t most;                    /* characters; 0: no limit */
	bool exact;                     /* the pattern says all that `good` says */
	bool lines;                     /* may have several lines */
	bool any; /* may have control characters: only what the reconciler wrote */
};

extern const struct text_format
    format_any,           /* whatever there is: only in what the reconciler writes */
    format_line,          /* one line for people, at most 256 characters */
    format_note,          /* several lines for people, at most 4,096 characters */
    format_plan,          /* a plan's canonical text, at most 65,536 characters */
    format_name,          /* what a document is called: a file's base name */
    format_request_id,    /* names with '/' between them */
    format_repository_id, /* 32 hex digits */
    format_digest,        /* "sha256:" and 64 hex digits */
    format_object_id,     /* a git object's name: 40 or 64 hex digits */
    format_serial_number, /* 1 to 20 octets in hex */
    format_email, format_uri, format_http_uri, format_git_uri, format_pkcs11_uri,
    format_upn,    /* user principal name */
    format_path,   /* an absolute path on this machine */
    format_branch, /* a git branch's name */
    format_user,   /* an account on this machine */
    format_ssh_key, format_openpgp_key, format_certificate, format_certificates,
    format_certificate_request, format_dns_name, format_dns_pattern, format_address,
    format_address_block, format_country, format_country_pattern, format_attribute_64,
    format_attribute_128, format_domain_component, format_oid, format_time, format_duration,
    format_label_key, format_label, format_annotation;

#endif
