#ifndef COUNTERSIGN_ISSUE_DER_H
#define COUNTERSIGN_ISSUE_DER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

/*
 * As much of the distinguished encoding rules (X.690 section 10) as
 * certificates need: certification requests are read and certificates are
 * written without a general decoder, which costs more than the signature.
 */
enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OBJECT_IDENTIFIER = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_PRINTABLE_STRING = 0x13,
	DER_T61_STRING = 0x14,
	DER_IA5_STRING = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_UNIVERSAL_STRING = 0x1c,
	DER_BMP_STRING = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31
};

/* Context-specific tags: [n] over something constructed, [n] IMPLICIT over something primitive. */
#define DER_CONTEXT(n) (0xa0 | (n))
#define DER_CONTEXT_PRIMITIVE(n) (0x80 | (n))

struct der_element {
	unsigned tag; /* the identifier octet */
	struct text content;
	struct text whole; /* with identifier and length */
};

/*
 * Takes the next element off the front of `rest`. False at the end and for
 * what is not DER: tag numbers above 30, indefinite lengths, lengths in more
 * octets than needed, more content than there is.
 */
bool der_next(struct text *rest, struct der_element *out);

/* The same, and the element must have this tag. */
bool der_take(struct text *rest, unsigned tag, struct der_element *out);

/* `whole` must be one element with this tag and nothing after it; gives its content. */
bool der_single(struct text whole, unsigned tag, struct text *content);

/*
 * Whether all of `whole` is DER down to its primitive elements, at most 32
 * deep: lengths, BOOLEANs (0x00, 0xff), INTEGERs and BIT STRINGs in their one form. What stands
 * inside an OCTET STRING is not looked at.
 */
bool der_well_formed(struct text whole);

/* The magnitude of a positive INTEGER's content, without its leading zero octet; false for others. */
bool der_positive(struct text content, struct text *magnitude);

/* The octets of a BIT STRING's content; false when its last octet is not used in full. */
bool der_bits(struct text content, struct text *octets);

/* Whether an OBJECT IDENTIFIER's content is well-formed. */
bool der_identifier_valid(struct text content);

/* An OBJECT IDENTIFIER's content as "1.2.840…"; and back, false for what is none. */
struct text der_identifier_format(struct arena *arena, struct text content);
bool der_identifier_parse(struct arena *arena, struct text dotted, struct text *content);

/*
 * What OpenSSL has encoded (i2d_…), as text of the arena; `der` is freed. Absent where `length`
 * says that there is nothing.
 */
struct text der_taken_over(struct arena *arena, unsigned char *der, int length);

/*
 * Writing: der_open() begins an element, what is added to the buffer then is
 * its content, der_close() with the value of der_open() ends it.
 */
size_t der_open(struct buffer *buffer, unsigned tag);
void der_close(struct buffer *buffer, size_t opened);

/* A whole element. */
void der_add(struct buffer *buffer, unsigned tag, struct text content);

/* A positive INTEGER from its magnitude (big-endian; leading zeros are dropped). */
void der_add_positive(struct buffer *buffer, struct text magnitude);

/* A BIT STRING of whole octets. */
void der_add_bits(struct buffer *buffer, struct text octets);

/* BOOLEAN TRUE; FALSE is always a default here and never written. */
void der_add_true(struct buffer *buffer);

#endif
