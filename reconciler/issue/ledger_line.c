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

bool
ledger_line_writable(const struct ledger_line *line)
{
	return digest_is_named(line->digest) && hex_is_lower(line->tbs_sha256, HASH_DIGITS) &&
	       hex_is_lower(line->serial_number, SERIAL_DIGITS);
}

bool
ledger_line_read(struct arena *arena, struct text line, struct ledger_line *out)
{
	struct text rest = line, part, hashed;

	*out = (struct ledger_line){ 0 };
	if (!text_split(&rest, ' ', &part) || !read_number(part, &out->number) ||
	    !text_split(&rest, ' ', &out->previous) || !hex_is_lower(out->previous, HASH_DIGITS) ||
	    !text_split(&rest, ' ', &part))
		return false;
	if (!text_is(part, "intent") && !text_is(part, "certificate"))
		return false;
	if (!text_split(&rest, ' ', &out->digest) || !digest_is_named(out->digest) ||
	    !text_split(&rest, ' ', &out->tbs_sha256) ||
	    !hex_is_lower(out->tbs_sha256, HASH_DIGITS) ||
	    !text_split(&rest, ' ', &out->serial_number) ||
	    !hex_is_lower(out->serial_number, SERIAL_DIGITS))
		return false;
	if (text_is(part, "certificate") &&
	    (!text_split(&rest, ' ', &out->certificate) || text_empty(out->certificate)))
		return false;
	out->hash = rest;
	if (!hex_is_lower(out->hash, HASH_DIGITS))
		return false;
	hashed = text_first(line, line.length - HASH_DIGITS - 1);
	return text_equal(digest_sha256_hex(arena, hashed), out->hash);
}

struct text
ledger_line_write(struct arena *arena, struct ledger_line *line)
{
	struct buffer buffer = { .arena = arena };
	bool intent = !text_present(line->certificate);

	buffer_reserve(&buffer, line->certificate.length + BESIDES_CERTIFICATE_BYTES);
	buffer_printf(&buffer, "%lld ", (long long)line->number);
	buffer_add(&buffer, line->previous);
	buffer_add(&buffer, intent ? TEXT(" intent ") : TEXT(" certificate "));
	buffer_add(&buffer, line->digest);
	buffer_add_byte(&buffer, ' ');
	buffer_add(&buffer, line->tbs_sha256);
	buffer_add_byte(&buffer, ' ');
	buffer_add(&buffer, line->serial_number);
	if (!intent) {
		buffer_add_byte(&buffer, ' ');
		buffer_add(&buffer, line->certificate);
	}
	line->hash = digest_sha256_hex(arena, buffer_text(&buffer));
	buffer_add_byte(&buffer, ' ');
	buffer_add(&buffer, line->hash);
	buffer_add_byte(&buffer, '\n');
	return buffer_text(&buffer);
}
