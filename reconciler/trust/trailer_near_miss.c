#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "trust/trailer_form.h"

enum { SHOWN_BYTES = 120, KEY_BYTES = 64, DIGEST_DIGITS = 64 };

/* A line that was perhaps meant as a trailer, read leniently. */
struct suspect {
	struct arena *arena;
	struct text line;               /* as it stands */
	bool look_alikes;               /* characters that only look like ASCII */
	bool carriage_return;
	bool indented;
	struct text key;                /* in ASCII, without what stands before it */
	struct text rest;               /* behind the key, without CR */
	const struct trailer_form *form;        /* the nearest */
};

static const char *
expected_words(const struct trailer_form *form)
{
	return trailer_form_names_request(form) ? "REQUEST-ID sha256:DIGEST" : "sha256:DIGEST";
}

static struct text
shown(const struct suspect *suspect, struct text text)
{
	return text_visible(suspect->arena, text, SHOWN_BYTES);
}

/* --- reading leniently ---------------------------------------------------------- */

static bool
is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* The ASCII character that a character looks like, or 0. */
static char
ascii_twin(uint32_t c)
{
	if (c >= 0xff01 && c <= 0xff5e)         /* full-width forms */
		return (char)(c - 0xff01 + '!');
	if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xfe58 || c == 0xfe63)
		return '-';
	if (c == 0xa0 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x3000)
		return ' ';
	if (c == 0x2236 || c == 0xa789)         /* ratio, modifier letter colon */
		return ':';
	return 0;
}

/* The line with look-alikes replaced and hidden characters left out. */
static struct text
to_ascii(struct suspect *suspect)
{
	struct buffer out = { .arena = suspect->arena };
	struct text rest = suspect->line;
	uint32_t c = 0;

	while (rest.length > 0) {
		size_t bytes = text_code_point(rest, &c);
		char twin = bytes > 1 ? ascii_twin(c) : 0;
		bool hidden = bytes > 1 && code_point_is_hidden(c);

		if (twin != 0)
			buffer_add_byte(&out, twin);
		else if (!hidden)
			buffer_add(&out, text_first(rest, bytes == 0 ? 1 : bytes));
		suspect->look_alikes |= twin != 0 || hidden;
		rest = text_skip(rest, bytes == 0 ? 1 : bytes);
	}
	return buffer_text(&out);
}

static bool
is_letter_or_digit(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	    (byte >= '0' && byte <= '9');
}

/*
 * How many bytes of indentation, quotation and list marks, pictures and the
 * like stand in front. What is not ASCII and touches a letter is part of a word.
 */
static size_t
decoration(struct text line)
{
	size_t skipped = 0, i = 0;

	while (i < line.length) {
		bool ascii = (line.at[i] & 0x80) == 0;

		if (ascii && is_letter_or_digit(line.at[i]))
			break;
		i++;
		if (ascii)
			skipped = i;
	}
	return skipped;
}

static void
read_leniently(struct suspect *suspect)
{
	struct text plain = to_ascii(suspect);
	size_t key = 0;

	suspect->carriage_return = text_ends_with(plain, "\r");
	if (suspect->carriage_return)
		plain.length--;
	suspect->indented = decoration(plain) > 0;
	plain = text_skip(plain, decoration(plain));
	while (key < plain.length && plain.at[key] != ':' && !is_blank(plain.at[key]))
		key++;
	suspect->key = text_first(plain, key);
	suspect->rest = text_skip(plain, key);
}

/* --- was it meant? --------------------------------------------------------------- */

static bool
contains_without_case(struct text text, const char *word)
{
	for (size_t length = strlen(word); text.length >= length; text = text_skip(text, 1))
		if (strncasecmp(text.at, word, length) == 0)
			return true;
	return false;
}

/* Trailers that the reconciler itself writes into output commits. */
static bool
is_reconcilers(struct text key)
{
	static const char *const keys[] = { "countersign-input", "countersign-time",
		"countersign-configuration-trusted", "countersign-ledger" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (text_is(key, keys[i]))
			return true;
	return false;
}

static const struct trailer_form *
nearest_form(struct arena *arena, struct text lower_key)
{
	struct texts known = { 0 };
	const struct trailer_form *form;
	struct text nearest;

	for (size_t i = 0; (form = trailer_form_at(i)) != NULL; i++)
		texts_add(arena, &known, text_lower(arena, text_of(form->key)));
	nearest = text_nearest(lower_key, &known);
	for (size_t i = 0; i < known.count; i++)
		if (text_present(nearest) && text_equal(known.at[i], nearest))
			return trailer_form_at(i);
	return NULL;
}

/*
 * Our prefix and a colon or a digest; or a key near to one of ours and a
 * digest. Prose that begins with the program's name is neither.
 */
static bool
was_meant(struct suspect *suspect)
{
	struct text lower = text_lower(suspect->arena, text_first(suspect->key, KEY_BYTES));
	bool digest = contains_without_case(suspect->rest, "sha256");
	bool colon = text_find(suspect->rest, ':') < suspect->rest.length;

	if (suspect->key.length > KEY_BYTES || is_reconcilers(lower) ||
	    !(digest || (colon && text_starts_with(lower, "countersign-"))))
		return false;
	suspect->form = nearest_form(suspect->arena, lower);
	return suspect->form != NULL || text_starts_with(lower, "countersign");
}

/* The next word behind blanks and the colon; false when there is none. */
static bool
next_word(struct text *rest, struct text *word)
{
	size_t length = 0;

	while (rest->length > 0 && (is_blank(rest->at[0]) || rest->at[0] == ':'))
		*rest = text_skip(*rest, 1);
	while (length < rest->length && !is_blank(rest->at[length]))
		length++;
	*word = text_first(*rest, length);
	*rest = text_skip(*rest, length);
	return length > 0;
}

/* What can be told of request and digest, for showing it. */
static void
guess(const struct suspect *suspect, struct trailer *out)
{
	struct text rest = suspect->rest, word;

	if (suspect->form != NULL) {
		out->meant = suspect->form->kind;
		out->decision = suspect->form->decision;
	}
	while (next_word(&rest, &word)) {
		if (!text_present(out->digest) && digest_is_named(word))
			out->digest = word;
		else if (!text_present(out->request) && suspect->form != NULL &&
		    trailer_form_names_request(suspect->form) && request_id_valid(word))
			out->request = word;
	}
}

/* --- why it does not count --------------------------------------------------------- */

static struct text
key_cause(const struct suspect *suspect)
{
	const struct trailer_form *form = suspect->form;
	struct text key = shown(suspect, suspect->key);
	struct text none = { NULL, 0 };

	if (form == NULL)
		return text_printf(suspect->arena, "\"%.*s\" is no trailer that is known here",
		    TEXT_ARGUMENTS(key));
	if (text_is(suspect->key, form->key))
		return none;
	if (strlen(form->key) == suspect->key.length &&
	    strncasecmp(form->key, suspect->key.at, suspect->key.length) == 0)
		return text_printf(suspect->arena, "capitals and small letters count: \"%.*s\" must "
		    "be \"%s\"", TEXT_ARGUMENTS(key), form->key);
	return text_printf(suspect->arena, "\"%.*s\" is no trailer that is known here; \"%s\" is",
	    TEXT_ARGUMENTS(key), form->key);
}

static struct text
separator_cause(const struct suspect *suspect)
{
	struct text rest = suspect->rest;

	if (text_starts_with(rest, " ") && text_starts_with(text_trim(rest), ":"))
		return TEXT("a blank stands before its colon");
	if (!text_starts_with(rest, ":"))
		return TEXT("its key is not followed by a colon");
	if (!text_starts_with(rest, ": "))
		return TEXT("its colon is not followed by one space");
	if (text_starts_with(rest, ":  ") || text_starts_with(rest, ": \t") ||
	    text_find(rest, '\t') < rest.length)
		return TEXT("its words are not separated by exactly one space");
	if (text_ends_with(rest, " "))
		return TEXT("blanks stand at its end");
	return (struct text){ NULL, 0 };
}

static bool
only_hex_digits(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.at[i] == '\0' || strchr("0123456789abcdefABCDEF", text.at[i]) == NULL)
			return false;
	return true;
}

/* Of a line in which everything else is right, so that the digest is wrong. */
static struct text
digest_cause(const struct suspect *suspect, struct text digest)
{
	struct text digits = text_starts_with(digest, "sha256:") ? text_skip(digest, 7) : digest;

	if (digits.length == digest.length && only_hex_digits(digest) &&
	    digest.length == DIGEST_DIGITS)
		return TEXT("its digest lacks \"sha256:\" in front");
	if (digits.length == digest.length)
		return text_printf(suspect->arena, "\"%.*s\" is no digest: expected \"sha256:\" and "
		    "%d hex digits", TEXT_ARGUMENTS(shown(suspect, digest)), DIGEST_DIGITS);
	if (!only_hex_digits(digits))
		return TEXT("its digest holds something that is no hex digit");
	if (digits.length != DIGEST_DIGITS)
		return text_printf(suspect->arena, "its digest has %zu hex digits and not %d: it is "
		    "%s", digits.length, DIGEST_DIGITS,
		    digits.length < DIGEST_DIGITS ? "cut short" : "too long");
	return TEXT("its digest has capital letters; small ones are expected");
}

static struct text
words_cause(const struct suspect *suspect)
{
	struct text rest = text_skip(suspect->rest, 2), word;
	size_t words = 0, wanted = trailer_form_names_request(suspect->form) ? 2 : 1;
	struct text all = rest;

	while (text_split(&all, ' ', &word)) {
		if (word.length == 0)
			return TEXT("its words are not separated by exactly one space");
		words++;
	}
	if (words > wanted)
		return text_printf(suspect->arena, "more stands in it than \"%s\"",
		    expected_words(suspect->form));
	if (words < wanted && digest_is_named(rest))
		return TEXT("the request's id is missing before the digest");
	if (words < wanted)
		return TEXT("the digest is missing; approve what you have seen: `countersign show ID` "
		    "prints it");
	if (wanted == 2) {
		text_split(&rest, ' ', &word);
		if (!request_id_valid(word))
			return text_printf(suspect->arena, "\"%.*s\" is no request's id (its path "
			    "without requests/ and .yaml)", TEXT_ARGUMENTS(shown(suspect, word)));
	}
	return digest_cause(suspect, rest);
}

static struct text
cause_of(const struct suspect *suspect)
{
	struct text cause;

	if (suspect->look_alikes)
		return TEXT("it holds characters that only look like the right ones, or cannot be "
		    "seen; type it in plain ASCII");
	if (suspect->carriage_return)
		return TEXT("its line ends with CR LF; only LF is accepted");
	if (suspect->indented)
		return TEXT("something stands before it on its line; it must begin in the first "
		    "column");
	cause = key_cause(suspect);
	if (!text_present(cause))
		cause = separator_cause(suspect);
	if (!text_present(cause))
		cause = words_cause(suspect);
	return cause;
}

bool
trailer_near_miss(struct arena *arena, struct text line, struct trailer *out)
{
	struct suspect suspect = { .arena = arena, .line = line };

	*out = (struct trailer){ .line = line };
	read_leniently(&suspect);
	if (!was_meant(&suspect))
		return false;
	guess(&suspect, out);
	out->why = cause_of(&suspect);
	if (suspect.form != NULL)
		out->why = text_printf(arena, "%.*s; expected: %s: %s", TEXT_ARGUMENTS(out->why),
		    suspect.form->key, expected_words(suspect.form));
	return true;
}
