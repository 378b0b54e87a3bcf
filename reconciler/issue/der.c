#include "issue/der.h"

#include <openssl/crypto.h>
#include <string.h>

/* The length octets at the front of `rest` (X.690 section 10.1: definite, as short as can be). */
static bool
take_length(struct text *rest, size_t *length)
{
	size_t octets;

	if (rest->length == 0)
		return false;
	*length = (unsigned char)rest->at[0];
	*rest = text_skip(*rest, 1);
	if (*length < 0x80)
		return true;
	octets = *length & 0x7f;
	if (octets < 1 || octets > 3 || rest->length < octets || rest->at[0] == 0)
		return false;
	*length = 0;
	for (size_t i = 0; i < octets; i++)
		*length = *length << 8 | (unsigned char)rest->at[i];
	*rest = text_skip(*rest, octets);
	return *length >= 0x80;
}

bool
der_next(struct text *rest, struct der_element *out)
{
	struct text left = *rest;
	size_t length;

	if (left.length == 0)
		return false;
	out->tag = (unsigned char)left.at[0];
	if ((out->tag & 0x1f) == 0x1f)
		return false;
	left = text_skip(left, 1);
	if (!take_length(&left, &length) || length > left.length)
		return false;
	out->content = text_first(left, length);
	left = text_skip(left, length);
	out->whole = text_first(*rest, rest->length - left.length);
	*rest = left;
	return true;
}

bool
der_take(struct text *rest, unsigned tag, struct der_element *out)
{
	struct text left = *rest;

	if (!der_next(&left, out) || out->tag != tag)
		return false;
	*rest = left;
	return true;
}

bool
der_single(struct text whole, unsigned tag, struct text *content)
{
	struct der_element element;

	if (!der_take(&whole, tag, &element) || whole.length != 0)
		return false;
	*content = element.content;
	return true;
}

/* Unused bits of the last octet are zero (X.690 section 11.2.1). */
static bool
bits_are_canonical(struct text content)
{
	unsigned unused = content.length == 0 ? 8 : (unsigned char)content.at[0];
	unsigned last = content.length == 0 ? 0 : (unsigned char)content.at[content.length - 1];

	if (content.length <= 1)
		return unused == 0;
	return unused < 8 && (last & ((1u << unused) - 1)) == 0;
}

/* The content of a primitive element, where its type allows several encodings of one value. */
static bool
primitive_is_canonical(const struct der_element *element)
{
	struct text content = element->content;
	const unsigned char *octets = (const unsigned char *)content.at;

	switch (element->tag) {
	case DER_BOOLEAN:
		return content.length == 1 && (octets[0] == 0 || octets[0] == 0xff);
	case DER_INTEGER:
		return content.length == 1 ||
		       (content.length > 1 && !(octets[0] == 0 && octets[1] < 0x80) &&
			   !(octets[0] == 0xff && octets[1] >= 0x80));
	case DER_BIT_STRING:
		return bits_are_canonical(content);
	case DER_NULL:
		return content.length == 0;
	default:
		return true;
	}
}

/* Among universal types SEQUENCE and SET are constructed in DER, and nothing else is. */
static bool
form_fits_type(unsigned tag)
{
	enum { CLASS = 0xc0, CONSTRUCTED = 0x20 };
	unsigned number = tag & 0x1f;

	return (tag & CLASS) != 0 ||
	       ((tag & CONSTRUCTED) != 0) ==
		   (number == (DER_SEQUENCE & 0x1f) || number == (DER_SET & 0x1f));
}

static bool
well_formed_below(struct text whole, unsigned depth)
{
	enum { CONSTRUCTED = 0x20 };
	struct der_element element;

	while (whole.length > 0) {
		if (!der_next(&whole, &element) || !form_fits_type(element.tag))
			return false;
		if ((element.tag & CONSTRUCTED) == 0) {
			if (!primitive_is_canonical(&element))
				return false;
		} else if (depth == 0 || !well_formed_below(element.content, depth - 1)) {
			return false;
		}
	}
	return true;
}

bool
der_well_formed(struct text whole)
{
	enum { DEPTH_MOST = 32 };

	return whole.length > 0 && well_formed_below(whole, DEPTH_MOST);
}

bool
der_positive(struct text content, struct text *magnitude)
{
	const unsigned char *octets = (const unsigned char *)content.at;

	if (content.length == 0 || octets[0] >= 0x80)
		return false;
	if (octets[0] == 0) {
		/* A zero octet only keeps the sign bit clear. */
		if (content.length == 1 || octets[1] < 0x80)
			return false;
		content = text_skip(content, 1);
	}
	*magnitude = content;
	return true;
}

bool
der_bits(struct text content, struct text *octets)
{
	if (content.length == 0 || content.at[0] != 0)
		return false;
	*octets = text_skip(content, 1);
	return true;
}

bool
der_identifier_valid(struct text content)
{
	bool first = true;

	if (content.length == 0 || content.length > 64 ||
	    (unsigned char)content.at[content.length - 1] >= 0x80)
		return false;
	for (size_t i = 0; i < content.length; i++) {
		unsigned char octet = (unsigned char)content.at[i];

		if (first && octet == 0x80)
			return false;
		first = octet < 0x80;
	}
	return true;
}

/* The next number of an OBJECT IDENTIFIER; false when it has more than 63 bits. */
static bool
take_arc(struct text *rest, uint64_t *arc)
{
	*arc = 0;
	while (rest->length > 0) {
		unsigned char octet = (unsigned char)rest->at[0];

		if (*arc >> 56 != 0)
			return false;
		*arc = *arc << 7 | (octet & 0x7fu);
		*rest = text_skip(*rest, 1);
		if (octet < 0x80)
			return true;
	}
	return false;
}

struct text
der_identifier_format(struct arena *arena, struct text content)
{
	struct buffer dotted = { .arena = arena };
	struct text rest = content;
	uint64_t arc, top;

	while (rest.length > 0) {
		if (!take_arc(&rest, &arc))
			return TEXT("an object identifier with a very large number");
		if (dotted.length > 0) {
			buffer_printf(&dotted, ".%llu", (unsigned long long)arc);
			continue;
		}
		top = arc < 80 ? arc / 40 : 2;
		buffer_printf(&dotted, "%llu.%llu", (unsigned long long)top,
		    (unsigned long long)(arc - top * 40));
	}
	return buffer_text(&dotted);
}

/* A decimal number without leading zeros, at most 2^56. */
static bool
parse_arc(struct text digits, uint64_t *arc)
{
	*arc = 0;
	if (digits.length == 0 || digits.length > 16 || (digits.length > 1 && digits.at[0] == '0'))
		return false;
	for (size_t i = 0; i < digits.length; i++) {
		if (digits.at[i] < '0' || digits.at[i] > '9')
			return false;
		*arc = *arc * 10 + (uint64_t)(digits.at[i] - '0');
	}
	return true;
}

static void
add_arc(struct buffer *buffer, uint64_t arc)
{
	unsigned shift = 0;

	while (arc >> shift >= 0x80)
		shift += 7;
	for (; shift > 0; shift -= 7)
		buffer_add_byte(buffer, (char)(0x80u | (arc >> shift & 0x7fu)));
	buffer_add_byte(buffer, (char)(arc & 0x7fu));
}

bool
der_identifier_parse(struct arena *arena, struct text dotted, struct text *content)
{
	struct buffer buffer = { .arena = arena };
	struct text rest = dotted, digits;
	uint64_t top, arc;

	if (!text_split(&rest, '.', &digits) || !parse_arc(digits, &top) || top > 2 ||
	    !text_split(&rest, '.', &digits) || !parse_arc(digits, &arc) || (top < 2 && arc >= 40))
		return false;
	add_arc(&buffer, top * 40 + arc);
	while (text_split(&rest, '.', &digits)) {
		if (!parse_arc(digits, &arc))
			return false;
		add_arc(&buffer, arc);
	}
	*content = buffer_text(&buffer);
	return der_identifier_valid(*content);
}

struct text
der_taken_over(struct arena *arena, unsigned char *der, int length)
{
	struct text taken = { NULL, 0 };

	if (length > 0)
		taken = (struct text){ arena_copy(arena, der, (size_t)length), (size_t)length };
	OPENSSL_free(der);
	return taken;
}

size_t
der_open(struct buffer *buffer, unsigned tag)
{
	buffer_add_byte(buffer, (char)tag);
	buffer_add_byte(buffer, 0);
	return buffer->length;
}

void
der_close(struct buffer *buffer, size_t opened)
{
	static const char room[3];
	size_t length = buffer->length - opened;
	size_t octets = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;

	if (octets == 0) {
		buffer->at[opened - 1] = (char)length;
		return;
	}
	buffer_add(buffer, (struct text){ room, octets });
	memmove(buffer->at + opened + octets, buffer->at + opened, length);
	buffer->at[opened - 1] = (char)(0x80u | octets);
	for (size_t i = 0; i < octets; i++)
		buffer->at[opened + i] = (char)(length >> (8 * (octets - 1 - i)) & 0xff);
}

void
der_add(struct buffer *buffer, unsigned tag, struct text content)
{
	size_t opened = der_open(buffer, tag);

	buffer_add(buffer, content);
	der_close(buffer, opened);
}

void
der_add_positive(struct buffer *buffer, struct text magnitude)
{
	size_t opened = der_open(buffer, DER_INTEGER);

	while (magnitude.length > 1 && magnitude.at[0] == 0)
		magnitude = text_skip(magnitude, 1);
	if (magnitude.length == 0 || (unsigned char)magnitude.at[0] >= 0x80)
		buffer_add_byte(buffer, 0);
	buffer_add(buffer, magnitude);
	der_close(buffer, opened);
}

void
der_add_bits(struct buffer *buffer, struct text octets)
{
	size_t opened = der_open(buffer, DER_BIT_STRING);

	buffer_add_byte(buffer, 0);
	buffer_add(buffer, octets);
	der_close(buffer, opened);
}

void
der_add_true(struct buffer *buffer)
{
	der_add(buffer, DER_BOOLEAN, TEXT("\xff"));
}
