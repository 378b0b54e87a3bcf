#include "base/encoding.h"

#include <stdint.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct text
hex_encode(struct arena *arena, struct text bytes)
{
	char *hex = arena_allocate(arena, bytes.length * 2 + 1);

	for (size_t i = 0; i < bytes.length; i++) {
		hex[2 * i] = hex_digits[(unsigned char)bytes.at[i] >> 4];
		hex[2 * i + 1] = hex_digits[(unsigned char)bytes.at[i] & 15];
	}
	return (struct text){ hex, bytes.length * 2 };
}

static int
value_of(const char *alphabet, char digit)
{
	const char *found = digit == '\0' ? NULL : strchr(alphabet, digit);

	return found == NULL ? -1 : (int)(found - alphabet);
}

bool
hex_is_lower(struct text text, size_t digits)
{
	if (text.length != digits)
		return false;
	for (size_t i = 0; i < text.length; i++)
		if (value_of(hex_digits, text.at[i]) < 0)
			return false;
	return true;
}

bool
hex_decode(struct arena *arena, struct text hex, struct text *out)
{
	char *bytes;

	if (hex.length % 2 != 0 || !hex_is_lower(hex, hex.length))
		return false;
	bytes = arena_allocate(arena, hex.length / 2 + 1);
	for (size_t i = 0; i < hex.length / 2; i++)
		bytes[i] = (char)(value_of(hex_digits, hex.at[2 * i]) << 4 |
		    value_of(hex_digits, hex.at[2 * i + 1]));
	*out = (struct text){ bytes, hex.length / 2 };
	return true;
}

struct text
base64_encode(struct arena *arena, struct text bytes)
{
	size_t length = (bytes.length + 2) / 3 * 4;
	char *base64 = arena_allocate(arena, length + 1), *to = base64;

	for (size_t i = 0; i < bytes.length; i += 3) {
		size_t left = bytes.length - i;
		uint32_t group = (uint32_t)(unsigned char)bytes.at[i] << 16;

		if (left > 1)
			group |= (uint32_t)(unsigned char)bytes.at[i + 1] << 8;
		if (left > 2)
			group |= (unsigned char)bytes.at[i + 2];
		*to++ = base64_digits[group >> 18];
		*to++ = base64_digits[group >> 12 & 63];
		*to++ = left > 1 ? base64_digits[group >> 6 & 63] : '=';
		*to++ = left > 2 ? base64_digits[group & 63] : '=';
	}
	return (struct text){ base64, length };
}

bool
base64_decode(struct arena *arena, struct text base64, struct text *out)
{
	size_t padding = 0, length = base64.length;
	uint32_t group = 0;
	char *bytes, *to;

	if (length % 4 != 0)
		return false;
	while (padding < 2 && padding < length && base64.at[length - 1 - padding] == '=')
		padding++;
	bytes = to = arena_allocate(arena, length / 4 * 3 + 1);
	for (size_t i = 0; i < length; i++) {
		int value = i >= length - padding ? 0 : value_of(base64_digits, base64.at[i]);

		if (value < 0)
			return false;
		group = group << 6 | (uint32_t)value;
		if (i % 4 == 3) {
			*to++ = (char)(group >> 16 & 255);
			*to++ = (char)(group >> 8 & 255);
			*to++ = (char)(group & 255);
			/* one encoding for each value: unused bits are zero */
			if (i == length - 1 && ((padding == 1 && (group & 255) != 0) ||
			    (padding == 2 && (group & 0xffff) != 0)))
				return false;
			group = 0;
		}
	}
	*out = (struct text){ bytes, length / 4 * 3 - padding };
	return true;
}
