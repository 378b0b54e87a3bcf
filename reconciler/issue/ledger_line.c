#include "issue/ledger_line.h"

#include "base/digest.h"
#include "base/encoding.h"

enum {
	HASH_DIGITS = 64,
	SERIAL_DIGITS = 38,
	NUMBER_DIGITS_MOST = 18,
	BESIDES_CERTIFICATE_BYTES = 400
};

static bool
read_number(struct text digits, int64_t *number)
{
	*number = 0;
	if (text_empty(digits) || digits.length > NUMBER_DIGITS_MOST || digits.at[0] == '0')
		return false;
	for (size_t i = 0; i < digits.length; i++) {
		if (digits.at[i] < '0' || digits.at[i] > '9')
			return false;
		*number = *number * 10 + (digits.at[i] - '0');
	}
	return true;
}

static const char *const kind_words[] = {
	[LEDGER_INTENT] = "intent",
	[LEDGER_CERTIFICATE] = "certificate",
	[LEDGER_RELEASED] = "released",
	[LEDGER_LOST] = "lost",
};

bool
ledger_line_writable(const struct ledger_line *line)
{
	if (line->kind == LEDGER_LOST)
		return line->lost_number > 0 && hex_is_lower(line->lost_hash, HASH_DIGITS);
	if (!digest_is_named(line->digest))
		return false;
	return line->kind == LEDGER_RELEASED || (hex_is_lower(line->tbs_sha256, HASH_DIGITS) &&
						    hex_is_lower(line->serial_number, SERIAL_DIGITS) &&
						    line->begun >= 0 && line->begun <= MOMENT_LAST);
}

static bool
read_kind(struct text word, enum ledger_line_kind *kind)
{
	for (size_t i = 0; i < sizeof(kind_words) / sizeof(kind_words[0]); i++) {
		*kind = (enum ledger_line_kind)i;
		if (text_is(word, kind_words[i]))
			return true;
	}
	return false;
}

/* Before its hash, unless that follows at once. */
static bool
read_begun(struct text *rest, moment *begun)
{
	struct text part;

	return text_find(*rest, ' ') == rest->length ||
	       (text_split(rest, ' ', &part) && moment_parse(part, begun) && *begun > 0);
}

/* What stands between the kind and the hash. */
static bool
read_content(struct text *rest, struct ledger_line *out)
{
	struct text part;

	if (out->kind == LEDGER_LOST)
		return text_split(rest, ' ', &part) && read_number(part, &out->lost_number) &&
		       text_split(rest, ' ', &out->lost_hash);
	if (!text_split(rest, ' ', &out->digest))
		return false;
	if (out->kind == LEDGER_RELEASED)
		return true;
	if (!text_split(rest, ' ', &out->tbs_sha256) || !text_split(rest, ' ', &out->serial_number))
		return false;
	if (out->kind == LEDGER_INTENT)
		return read_begun(rest, &out->begun);
	return text_split(rest, ' ', &out->certificate) && !text_empty(out->certificate);
}

bool
ledger_line_read(struct arena *arena, struct text line, struct ledger_line *out)
{
	struct text rest = line, part, hashed;

	*out = (struct ledger_line){ 0 };
	if (!text_split(&rest, ' ', &part) || !read_number(part, &out->number) ||
	    !text_split(&rest, ' ', &out->previous) || !hex_is_lower(out->previous, HASH_DIGITS) ||
	    !text_split(&rest, ' ', &part) || !read_kind(part, &out->kind) ||
	    !read_content(&rest, out) || !ledger_line_writable(out))
		return false;
	out->hash = rest;
	if (!hex_is_lower(out->hash, HASH_DIGITS))
		return false;
	hashed = text_first(line, line.length - HASH_DIGITS - 1);
	return text_equal(digest_sha256_hex(arena, hashed), out->hash);
}

static void
add_word(struct buffer *buffer, struct text word)
{
	buffer_add_byte(buffer, ' ');
	buffer_add(buffer, word);
}

struct text
ledger_line_write(struct arena *arena, struct ledger_line *line)
{
	struct buffer buffer = { .arena = arena };

	buffer_reserve(&buffer, line->certificate.length + BESIDES_CERTIFICATE_BYTES);
	buffer_printf(&buffer, "%lld ", (long long)line->number);
	buffer_add(&buffer, line->previous);
	add_word(&buffer, text_of(kind_words[line->kind]));
	if (line->kind == LEDGER_LOST) {
		buffer_printf(&buffer, " %lld", (long long)line->lost_number);
		add_word(&buffer, line->lost_hash);
	} else {
		add_word(&buffer, line->digest);
	}
	if (line->kind == LEDGER_INTENT || line->kind == LEDGER_CERTIFICATE) {
		add_word(&buffer, line->tbs_sha256);
		add_word(&buffer, line->serial_number);
	}
	if (line->kind == LEDGER_INTENT && line->begun != 0)
		add_word(&buffer, moment_format(arena, line->begun));
	if (line->kind == LEDGER_CERTIFICATE)
		add_word(&buffer, line->certificate);
	line->hash = digest_sha256_hex(arena, buffer_text(&buffer));
	add_word(&buffer, line->hash);
	buffer_add_byte(&buffer, '\n');
	return buffer_text(&buffer);
}
