#include "base/encoding.h"

#include <stdint.h>

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

/*
 * The value of each digit plus one, 0 for bytes that are none. Tables, because
 * the digits of digests cannot be predicted, and a wrong guess of the
 * processor costs more than a digit.
 */
/* clang-format off */
static const unsigned char hex_values[256] = {
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8,
	['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15,
	['f'] = 16,
};

static const unsigned char base64_values[256] = {
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8,
	['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15,
	['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22,
	['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29,
	['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,
	['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43,
	['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50,
	['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, ['4'] = 57,
	['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};
/* clang-format on */

static int
hex_value(char digit)
{
	return hex_values[(unsigned char)digit] - 1;
}

static int
base64_value(char digit)
{
	return base64_values[(unsigned char)digit] - 1;
}

bool
hex_is_lower(struct text text, size_t digits)
{
	if (text.length != digits)
		return false;
	for (size_t i = 0; i < text.length; i++)
		if (hex_value(text.at[i]) < 0)
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
		bytes[i] = (char)(hex_value(hex.at[2 * i]) << 4 | hex_value(hex.at[2 * i + 1]));
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
		int value = i >= length - padding ? 0 : base64_value(base64.at[i]);

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
