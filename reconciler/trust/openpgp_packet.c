#include "trust/openpgp_packet.h"

#include "base/encoding.h"

enum { LINE_BYTES = 76, CHECKSUM_LINE_BYTES = 5, NEW_FORMAT = 0x40, IS_PACKET = 0x80 };

static bool
refuse(struct text *why, struct text reason)
{
	*why = reason;
	return false;
}

/* --- armour ------------------------------------------------------------------- */

static bool
is_armour_header(struct text line)
{
	if (!text_starts_with(line, "Comment: ") && !text_starts_with(line, "Version: "))
		return false;
	for (size_t i = 0; i < line.length; i++)
		if (line.at[i] < ' ' || line.at[i] > '~')
			return false;
	return true;
}

/* Passes over the armour headers and the empty line behind them. */
static bool
skip_headers(struct arena *arena, struct text *rest, struct text *why)
{
	struct text line;

	for (int headers = 0; text_next_line(rest, &line); headers++) {
		if (line.length == 0)
			return true;
		if (headers == OPENPGP_ARMOUR_HEADERS || !is_armour_header(line))
			return refuse(why, text_printf(arena, "the armour has something else than at most "
			    "%d lines \"Comment: …\" or \"Version: …\" before its empty line",
			    OPENPGP_ARMOUR_HEADERS));
	}
	return refuse(why, TEXT("the armour has no empty line before its data"));
}

/* RFC 9580 section 6.1.1. */
static uint32_t
checksum(struct text bytes)
{
	uint32_t crc = 0xb704ce;

	for (size_t i = 0; i < bytes.length; i++) {
		crc ^= (uint32_t)(unsigned char)bytes.at[i] << 16;
		for (int bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ ((crc & 0x800000) != 0 ? 0x1864cfbU : 0);
	}
	return crc & 0xffffff;
}

static bool
checksum_is(struct arena *arena, struct text line, struct text bytes)
{
	uint32_t sum = checksum(bytes);
	struct text octets;

	return base64_decode(arena, text_skip(line, 1), &octets) && octets.length == 3 &&
	    (unsigned char)octets.at[0] == sum >> 16 &&
	    (unsigned char)octets.at[1] == (sum >> 8 & 0xff) &&
	    (unsigned char)octets.at[2] == (sum & 0xff);
}

static bool
is_checksum(struct text line)
{
	return line.length == CHECKSUM_LINE_BYTES && line.at[0] == '=';
}

/* The lines of base64, joined, up to the checksum or the end. */
static bool
join_lines(struct arena *arena, struct text *rest, struct text end, struct text *base64,
    struct text *last)
{
	struct buffer joined = { .arena = arena };

	while (text_next_line(rest, last)) {
		if (text_equal(*last, end) || is_checksum(*last)) {
			*base64 = buffer_text(&joined);
			return true;
		}
		if (last->length == 0 || last->length > LINE_BYTES)
			return false;
		buffer_add(&joined, *last);
	}
	return false;
}

bool
openpgp_armour_decode(struct arena *arena, struct text armour, const char *name,
    struct text *out, struct text *why)
{
	struct text begin = text_printf(arena, "-----BEGIN PGP %s-----", name);
	struct text end = text_printf(arena, "-----END PGP %s-----", name);
	struct text line = { NULL, 0 }, base64;

	if (armour.length > OPENPGP_ARMOUR_BYTES)
		return refuse(why, text_printf(arena, "the armour is larger than %d KiB",
		    OPENPGP_ARMOUR_BYTES / 1024));
	if (!text_next_line(&armour, &line) || !text_equal(line, begin))
		return refuse(why, text_printf(arena, "the first line is not \"%.*s\"",
		    TEXT_ARGUMENTS(begin)));
	if (!skip_headers(arena, &armour, why))
		return false;
	if (!join_lines(arena, &armour, end, &base64, &line) || !base64_decode(arena, base64, out))
		return refuse(why, text_printf(arena, "the armour does not hold base64, and only "
		    "base64, in lines of at most %d characters", LINE_BYTES));
	if (is_checksum(line) && (!checksum_is(arena, line, *out) ||
	    !text_next_line(&armour, &line)))
		return refuse(why, TEXT("the armour's checksum is wrong, or nothing stands behind it"));
	if (!text_equal(line, end))
		return refuse(why, text_printf(arena, "the armour has no line \"%.*s\"",
		    TEXT_ARGUMENTS(end)));
	if (armour.length > 0)
		return refuse(why, TEXT("something stands behind the armour"));
	return true;
}

/* --- packets -------------------------------------------------------------------- */

/* RFC 9580 section 4.2.2, the length of the older format. */
static size_t
older_length(struct wire *wire, unsigned type)
{
	if (type == 0)
		return wire_byte(wire);
	if (type == 1)
		return wire_short_number(wire);
	if (type == 2)
		return wire_number(wire);
	wire->bad = true;
	return 0;
}

/* Section 4.2.1. */
static size_t
newer_length(struct wire *wire)
{
	unsigned first = wire_byte(wire);

	if (first < 192)
		return first;
	if (first < 224)
		return ((first - 192) << 8) + wire_byte(wire) + 192;
	if (first == 255)
		return wire_number(wire);
	wire->bad = true;
	return 0;
}

bool
openpgp_packet_next(struct text *rest, struct openpgp_packet *out, struct text *why)
{
	struct wire wire = { .rest = *rest };
	unsigned header = wire_byte(&wire);
	size_t length;

	*out = (struct openpgp_packet){ 0 };
	if ((header & IS_PACKET) == 0)
		return refuse(why, TEXT("there is something that is no OpenPGP packet"));
	if ((header & NEW_FORMAT) != 0) {
		out->tag = header & 0x3f;
		length = newer_length(&wire);
	} else {
		out->tag = header >> 2 & 0x0f;
		length = older_length(&wire, header & 3);
	}
	out->body = wire_bytes(&wire, length);
	if (wire.bad)
		return refuse(why, TEXT("an OpenPGP packet is cut short, or its length is not told at "
		    "its beginning"));
	*rest = wire.rest;
	return true;
}

struct text
openpgp_integer(struct wire *wire)
{
	unsigned bits = wire_short_number(wire);
	struct text magnitude = wire_bytes(wire, (bits + 7) / 8);

	if (wire->bad || bits == 0 || (unsigned char)magnitude.at[0] >> (bits - 1) % 8 != 1) {
		wire->bad = true;
		return (struct text){ NULL, 0 };
	}
	return magnitude;
}
