#include "model/names.h"

#include <arpa/inet.h>
#include <string.h>

enum { DNS_NAME_MOST_BYTES = 253, DNS_LABEL_MOST_BYTES = 63 };

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool
wildcard_matches(struct text value, struct text pattern, bool fold)
{
	size_t at = 0, in = 0, star = pattern.length, resume = 0;

	while (at < value.length) {
		if (in < pattern.length && pattern.at[in] == '*') {
			star = in++;
			resume = at;
		} else if (in < pattern.length && (pattern.at[in] == value.at[at] ||
		    (fold && lower(pattern.at[in]) == lower(value.at[at])))) {
			in++;
			at++;
		} else if (star < pattern.length) {
			in = star + 1;
			at = ++resume;
		} else {
			return false;
		}
	}
	while (in < pattern.length && pattern.at[in] == '*')
		in++;
	return in == pattern.length;
}

static size_t
count_labels(struct text name)
{
	size_t count = 1;

	for (size_t i = 0; i < name.length; i++)
		count += name.at[i] == '.';
	return count;
}

/* How the label "*" of a name is read: all that it stands for must match, or any of it. */
enum wildcard_reading { ALL_OF_IT, ANY_OF_IT };

/* Both have the same number of labels. */
static bool
labels_match(struct text name, struct text pattern, enum wildcard_reading reading)
{
	struct text label, part;

	while (text_split(&name, '.', &label)) {
		if (!text_split(&pattern, '.', &part) || text_empty(label))
			return false;
		if (!text_is(label, "*")) {
			if (!wildcard_matches(label, part, true))
				return false;
		} else if (reading == ALL_OF_IT && !text_is(part, "*")) {
			return false;
		}
	}
	return true;
}

static bool
name_matches(struct text name, struct text pattern, enum wildcard_reading reading)
{
	size_t labels = count_labels(name), wanted;

	if (!dns_pattern_valid(pattern))
		return false;
	if (text_starts_with(pattern, "**.")) {
		pattern = text_skip(pattern, 3);
		wanted = count_labels(pattern);
		if (labels <= wanted)
			return false;
		for (; labels > wanted; labels--)
			name = text_skip(name, text_find(name, '.') + 1);
		/* The labels cut off, a wildcard among them, are covered by `**`. */
		return labels_match(name, pattern, reading);
	}
	return labels == count_labels(pattern) && labels_match(name, pattern, reading);
}

bool
dns_name_matches(struct text name, struct text pattern)
{
	return name_matches(name, pattern, ALL_OF_IT);
}

bool
dns_name_touches(struct text name, struct text pattern)
{
	return name_matches(name, pattern, ANY_OF_IT);
}

bool
dns_pattern_valid(struct text pattern)
{
	struct text label;

	if (text_starts_with(pattern, "**."))
		pattern = text_skip(pattern, 3);
	if (text_empty(pattern))
		return false;
	while (text_split(&pattern, '.', &label)) {
		if (text_empty(label))
			return false;
		for (size_t i = 1; i < label.length; i++)
			if (label.at[i] == '*' && label.at[i - 1] == '*')
				return false;
	}
	return true;
}

static bool
label_is_valid(struct text label)
{
	if (text_empty(label) || label.length > DNS_LABEL_MOST_BYTES || label.at[0] == '-' ||
	    label.at[label.length - 1] == '-')
		return false;
	for (size_t i = 0; i < label.length; i++)
		if (!is_letter_or_digit(label.at[i]) && label.at[i] != '-')
			return false;
	return true;
}

static bool
is_all_digits(struct text label)
{
	for (size_t i = 0; i < label.length; i++)
		if (label.at[i] < '0' || label.at[i] > '9')
			return false;
	return true;
}

bool
dns_name_canonical(struct arena *arena, struct text name, struct text *out)
{
	struct text lowered, rest, label = TEXT("");

	if (text_empty(name) || name.length > DNS_NAME_MOST_BYTES)
		return false;
	lowered = text_lower(arena, name);
	rest = text_starts_with(lowered, "*.") ? text_skip(lowered, 2) : lowered;
	while (text_split(&rest, '.', &label))
		if (!label_is_valid(label))
			return false;
	/* A last label of digits would read as an address. */
	if (is_all_digits(label))
		return false;
	*out = lowered;
	return true;
}

size_t
address_octets(struct text address, uint8_t out[16])
{
	char string[INET6_ADDRSTRLEN];

	if (address.length >= sizeof(string) || text_find(address, '\0') != address.length)
		return 0;
	memcpy(string, address.length == 0 ? "" : address.at, address.length);
	string[address.length] = '\0';
	if (inet_pton(AF_INET, string, out) == 1)
		return 4;
	return inet_pton(AF_INET6, string, out) == 1 ? 16 : 0;
}

/* The first longest run of at least two zero groups (RFC 5952 section 4.2); its length, 0 for none. */
static size_t
longest_zeros(const unsigned groups[8], size_t *from)
{
	size_t longest = 0;

	for (size_t i = 0; i < 8; i++) {
		size_t length = 0;

		while (i + length < 8 && groups[i + length] == 0)
			length++;
		if (length > longest && length > 1) {
			longest = length;
			*from = i;
		}
	}
	return longest;
}

static struct text
format_ipv6(struct arena *arena, const uint8_t octets[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct buffer buffer = { .arena = arena };
	unsigned groups[8];
	size_t zeros_at = 8, zeros;

	if (memcmp(octets, mapped, sizeof(mapped)) == 0)
		return text_printf(arena, "::ffff:%u.%u.%u.%u", octets[12], octets[13], octets[14],
		    octets[15]);
	for (size_t i = 0; i < 8; i++)
		groups[i] = (unsigned)octets[2 * i] << 8 | octets[2 * i + 1];
	zeros = longest_zeros(groups, &zeros_at);
	for (size_t i = 0; i < 8; i++) {
		if (zeros > 0 && i == zeros_at) {
			buffer_add(&buffer, TEXT("::"));
			i += zeros - 1;
			continue;
		}
		if (i > 0 && (zeros == 0 || i != zeros_at + zeros))
			buffer_add_byte(&buffer, ':');
		buffer_printf(&buffer, "%x", groups[i]);
	}
	return buffer_text(&buffer);
}

struct text
address_format(struct arena *arena, const uint8_t *octets, size_t count)
{
	if (count == 4)
		return text_printf(arena, "%u.%u.%u.%u", octets[0], octets[1], octets[2],
		    octets[3]);
	return format_ipv6(arena, octets);
}

bool
address_canonical(struct arena *arena, struct text address, struct text *out)
{
	uint8_t octets[16];
	size_t count = address_octets(address, octets);

	if (count == 0)
		return false;
	*out = address_format(arena, octets, count);
	return true;
}

/* Whether the first `bits` bits are the same. */
static bool
same_prefix(const uint8_t *a, const uint8_t *b, size_t bits)
{
	uint8_t mask = (uint8_t)(0xff00u >> (bits % 8));

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return bits % 8 == 0 || ((a[bits / 8] ^ b[bits / 8]) & mask) == 0;
}

/* The octets of the block and its prefix length in bits; 0 octets for a malformed one. */
static size_t
parse_block(struct text block, uint8_t octets[16], size_t *bits)
{
	struct text rest = block, address, digits;
	size_t count;

	if (!text_split(&rest, '/', &address))
		return 0;
	count = address_octets(address, octets);
	*bits = count * 8;
	if (count == 0 || !text_present(rest))
		return count;
	digits = rest;
	if (text_empty(digits) || digits.length > 3 || !is_all_digits(digits) ||
	    (digits.length > 1 && digits.at[0] == '0'))
		return 0;
	*bits = 0;
	for (size_t i = 0; i < digits.length; i++)
		*bits = *bits * 10 + (size_t)(digits.at[i] - '0');
	if (*bits > count * 8)
		return 0;
	/* Bits behind the prefix are a slip of the pen: 10.1.2.3/8 may have meant /24. */
	for (size_t bit = *bits; bit < count * 8; bit++)
		if ((octets[bit / 8] & (0x80u >> (bit % 8))) != 0)
			return 0;
	return count;
}

bool
address_in_block(struct text address, struct text block)
{
	uint8_t octets[16], network[16];
	size_t count = address_octets(address, octets), bits = 0;

	return count != 0 && count == parse_block(block, network, &bits) &&
	       same_prefix(octets, network, bits);
}

bool
address_block_valid(struct text block)
{
	uint8_t octets[16];
	size_t bits;

	return parse_block(block, octets, &bits) != 0;
}
