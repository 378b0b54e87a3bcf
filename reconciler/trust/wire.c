#include "trust/wire.h"

struct text
wire_bytes(struct wire *wire, size_t bytes)
{
	struct text taken;

	if (wire->bad || wire->rest.length < bytes) {
		wire->bad = true;
		return (struct text){ NULL, 0 };
	}
	taken = text_first(wire->rest, bytes);
	wire->rest = text_skip(wire->rest, bytes);
	return taken;
}

uint8_t
wire_byte(struct wire *wire)
{
	struct text byte = wire_bytes(wire, 1);

	return text_present(byte) ? (uint8_t)byte.at[0] : 0;
}

uint32_t
wire_number(struct wire *wire)
{
	uint32_t number = 0;

	for (int i = 0; i < 4; i++)
		number = number << 8 | wire_byte(wire);
	return number;
}

uint16_t
wire_short_number(struct wire *wire)
{
	unsigned high = wire_byte(wire);

	return (uint16_t)(high << 8 | wire_byte(wire));
}

struct text
wire_string(struct wire *wire)
{
	uint32_t bytes = wire_number(wire);

	return wire_bytes(wire, bytes);
}

struct text
wire_positive(struct wire *wire)
{
	struct text value = wire_string(wire);
	bool negative, padded;

	if (wire->bad || value.length == 0) {
		wire->bad = true;
		return (struct text){ NULL, 0 };
	}
	negative = (value.at[0] & 0x80) != 0;
	padded = value.at[0] == 0;
	/* a leading zero octet is there to keep the sign, and for nothing else */
	if (negative || (padded && (value.length == 1 || (value.at[1] & 0x80) == 0))) {
		wire->bad = true;
		return (struct text){ NULL, 0 };
	}
	return text_skip(value, padded ? 1 : 0);
}

bool
wire_done(const struct wire *wire)
{
	return !wire->bad && wire->rest.length == 0;
}

void
wire_add_number(struct buffer *buffer, uint32_t number)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buffer_add_byte(buffer, (char)(number >> shift & 0xff));
}

void
wire_add_string(struct buffer *buffer, struct text bytes)
{
	wire_add_number(buffer, (uint32_t)bytes.length);
	buffer_add(buffer, bytes);
}

void
wire_add_positive(struct buffer *buffer, struct text magnitude)
{
	bool high = magnitude.length > 0 && (magnitude.at[0] & 0x80) != 0;

	wire_add_number(buffer, (uint32_t)(magnitude.length + high));
	if (high)
		buffer_add_byte(buffer, '\0');
	buffer_add(buffer, magnitude);
}
