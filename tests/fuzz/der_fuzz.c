/*
 * DER: what the strict reader takes, it could have written, and OpenSSL sees
 * the same element in it.
 */
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <stdint.h>
#include <stdlib.h>

#include "issue/der.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
compare_element(struct arena *arena, struct text given, const struct der_element *element)
{
	struct buffer written = { .arena = arena };
	const unsigned char *at = (const unsigned char *)given.at;
	long length;
	int tag, class;

	der_add(&written, element->tag, element->content);
	must(text_equal(buffer_text(&written), element->whole));
	must((ASN1_get_object(&at, &length, &tag, &class, (long)given.length) & 0x81) == 0);
	must(length == (long)element->content.length);
	must((const char *)at == element->content.at);
}

static void
compare_identifier(struct arena *arena, struct text content)
{
	struct text dotted, again;

	if (!der_identifier_valid(content))
		return;
	dotted = der_identifier_format(arena, content);
	if (der_identifier_parse(arena, dotted, &again))
		must(text_equal(again, content));
}

static void
compare_integer(struct arena *arena, struct text content)
{
	struct buffer written = { .arena = arena };
	struct text magnitude, back;

	if (!der_positive(content, &magnitude))
		return;
	must(magnitude.length > 0 && magnitude.at[0] != 0);
	der_add_positive(&written, magnitude);
	must(der_single(buffer_text(&written), DER_INTEGER, &back));
	must(text_equal(back, content));
}

static void
walk(struct arena *arena, struct text rest, unsigned depth)
{
	struct der_element element;
	struct text given = rest;

	while (der_next(&rest, &element)) {
		compare_element(arena, given, &element);
		compare_identifier(arena, element.content);
		compare_integer(arena, element.content);
		if (depth > 0)
			walk(arena, element.content, depth - 1);
		given = rest;
	}
	must(text_equal(given, rest));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct text whole = { (const char *)data, size }, rest = whole;
	struct der_element element;

	if (size <= 65536)
		walk(arena, whole, 8);
	/* What is well-formed can be taken apart to its end. */
	if (der_well_formed(whole)) {
		while (der_next(&rest, &element))
			continue;
		must(rest.length == 0);
	}
	ERR_clear_error();
	arena_free(arena);
	return 0;
}
