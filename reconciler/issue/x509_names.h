#ifndef COUNTERSIGN_ISSUE_X509_NAMES_H
#define COUNTERSIGN_ISSUE_X509_NAMES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/policy.h"

/* What a certification request names. */
struct x509_names {
	struct subject_names subject;
	struct alt_names alt_names;
	struct texts unknown; /* names that plans cannot say, safe to show */
};

/*
 * Reads a Name (RFC 5280 section 4.1.2.4) into names->subject; every string
 * type becomes UTF-8. Attributes of other types and sets of more than one
 * go to names->unknown. False with `why`: malformed, empty values, control
 * characters, NUL.
 */
bool x509_subject_read(struct arena *arena, struct text name, struct x509_names *names,
    struct text *why);

/* The same for the value of a subjectAltName extension (RFC 5280 section 4.2.1.6). */
bool x509_alt_names_read(struct arena *arena, struct text general_names, struct x509_names *names,
    struct text *why);

/*
 * Writes a Name: one attribute in each set, in the order of enum
 * subject_attribute; countries as PrintableString, domain components as
 * IA5String, all else as UTF8String (RFC 5280 appendix A).
 */
void x509_subject_write(struct buffer *buffer, const struct subject_names *subject);

/*
 * Whether a certificate may carry these names (RFC 5280 section 4.2.1.6 and the
 * upper bounds of appendix A): at least one; lengths in characters; a country of two
 * letters; DNS names and addresses in canonical form; mail addresses and URIs of
 * printable ASCII, with "@" and with a scheme. False with `why`.
 */
bool x509_names_check(struct arena *arena, const struct subject_names *subject,
    const struct alt_names *alt_names, struct text *why);
bool x509_uri_check(struct arena *arena, struct text uri, struct text *why);

/* Writes GeneralNames. False when an address is none. */
bool x509_alt_names_write(struct buffer *buffer, const struct alt_names *names);

bool subject_names_empty(const struct subject_names *subject);
bool alt_names_empty(const struct alt_names *names);

#endif
