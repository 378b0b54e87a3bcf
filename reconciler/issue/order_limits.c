/*
 * The machine's own ceilings. They are read narrowly: a name of which it is
 * not certain what host it is for lies outside.
 */
#include <string.h>

#include "issue/extended_key_usage.h"
#include "issue/order.h"
#include "model/names.h"
#include "model/plan_text.h"

enum { SHOWN_BYTES = 128 };

static bool
refuse(struct text *why, struct text what)
{
	*why = what;
	return false;
}

static bool
contains(struct text text, char c)
{
	return text_find(text, c) < text.length;
}

/* An IPv4 address in the clothes of IPv6 would pass by a list of IPv4 blocks. */
static bool
is_mapped(const uint8_t octets[16], size_t count)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return count == 16 && memcmp(octets, mapped, sizeof(mapped)) == 0;
}

/* Without a list of addresses, a list of names allows none. */
static bool
address_is_within(const struct local_limits *limits, struct text address)
{
	uint8_t octets[16];
	size_t count = address_octets(address, octets);

	if (!limits->addresses_present)
		return !limits->names_present;
	if (count == 0 || is_mapped(octets, count))
		return false;
	for (size_t i = 0; i < limits->addresses.count; i++)
		if (address_in_block(address, limits->addresses.at[i]))
			return true;
	return false;
}

static bool
dns_name_is_within(const struct local_limits *limits, struct text name)
{
	if (!limits->names_present)
		return true;
	for (size_t i = 0; i < limits->names.count; i++)
		if (dns_name_matches(name, limits->names.at[i]))
			return true;
	return false;
}

/* A host that is part of another name: without wildcard, and written as hosts are. */
static bool
host_is_within(struct arena *arena, const struct local_limits *limits, struct text host)
{
	struct text canonical;

	return dns_name_canonical(arena, host, &canonical) && !contains(host, '*') &&
	       dns_name_is_within(limits, canonical);
}

/* One "@", with something before it. */
static bool
mail_is_within(struct arena *arena, const struct local_limits *limits, struct text mail)
{
	size_t at = text_find(mail, '@');

	if (!limits->names_present)
		return true;
	return at > 0 && at < mail.length && host_is_within(arena, limits, text_skip(mail, at + 1));
}

/* What stands between "//" and the path; absent where there is none (RFC 3986 section 3.2). */
static struct text
uri_authority(struct text uri)
{
	struct text rest = text_skip(uri, text_find(uri, ':'));
	size_t end = 0;

	if (!text_starts_with(rest, "://"))
		return (struct text){ NULL, 0 };
	rest = text_skip(rest, strlen("://"));
	while (end < rest.length && rest.at[end] != '/' && rest.at[end] != '?' &&
	       rest.at[end] != '#')
		end++;
	return text_first(rest, end);
}

/* Nothing, or ":" and digits. */
static bool
is_port(struct text text)
{
	if (text_empty(text))
		return true;
	if (text.at[0] != ':' || text.length == 1)
		return false;
	for (size_t i = 1; i < text.length; i++)
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
	return true;
}

static bool
uri_is_within(struct arena *arena, const struct local_limits *limits, struct text uri)
{
	struct text authority = uri_authority(uri), host;
	uint8_t octets[16];
	size_t end;

	if (!text_present(authority))
		return !limits->names_present;
	if (text_starts_with(authority, "[")) {
		end = text_find(authority, ']');
		host = text_skip(text_first(authority, end), 1);
		return end < authority.length && contains(host, ':') &&
		       is_port(text_skip(authority, end + 1)) && address_is_within(limits, host);
	}
	end = text_find(authority, ':');
	host = text_first(authority, end);
	if (!is_port(text_skip(authority, end)))
		return !limits->names_present && !limits->addresses_present;
	if (address_octets(host, octets) > 0)
		return address_is_within(limits, host);
	/* Where blocks alone are given, any host is within; but behind user information, or digits, may be an address. */
	return (!limits->names_present && !limits->addresses_present) ||
	       host_is_within(arena, limits, host);
}

/* It may be a host's, an address, somebody's mail address, or free text. */
static bool
common_name_is_within(struct arena *arena, const struct local_limits *limits, struct text name)
{
	struct text canonical;
	uint8_t octets[16];

	if (address_octets(name, octets) > 0)
		return address_is_within(limits, name);
	if (contains(name, '@'))
		return mail_is_within(arena, limits, name);
	if (dns_name_canonical(arena, name, &canonical))
		return dns_name_is_within(limits, canonical);
	/* "x/y.example.com" is no host below example.com */
	return !limits->names_present || (!contains(name, '.') && dns_name_is_within(limits, name));
}

static bool
alt_name_is_within(struct arena *arena, const struct local_limits *limits, enum alt_name_type type,
    struct text name)
{
	switch (type) {
	case ALT_NAME_DNS:
		return dns_name_is_within(limits, name);
	case ALT_NAME_IP:
		return address_is_within(limits, name);
	case ALT_NAME_EMAIL:
	case ALT_NAME_UPN:
		return mail_is_within(arena, limits, name);
	case ALT_NAME_URI:
		return uri_is_within(arena, limits, name);
	case ALT_NAME_TYPES:
		break;
	}
	return false;
}

static bool
refuse_name(struct arena *arena, const char *what, struct text name, struct text *why)
{
	*why = text_printf(arena, "the local limits allow no certificate for the %s \"%.*s\"", what,
	    TEXT_ARGUMENTS(text_visible(arena, name, SHOWN_BYTES)));
	return false;
}

static bool
names_are_within(struct arena *arena, const struct plan *plan, const struct local_limits *limits,
    struct text *why)
{
	const struct texts *common = &plan->subject.values[SUBJECT_COMMON_NAME];

	for (size_t i = 0; i < common->count; i++)
		if (!common_name_is_within(arena, limits, common->at[i]))
			return refuse_name(arena, "common name", common->at[i], why);
	for (size_t type = 0; type < ALT_NAME_TYPES; type++) {
		const struct texts *names = &plan->alt_names.values[type];

		for (size_t i = 0; i < names->count; i++)
			if (!alt_name_is_within(arena, limits, (enum alt_name_type)type,
				names->at[i]))
				return refuse_name(arena,
				    alt_name_keyword((enum alt_name_type)type), names->at[i], why);
	}
	return true;
}

/* Written by name or by number, it is the same. */
static bool
usage_is_among(struct arena *arena, struct text usage, const struct texts *usages)
{
	struct text identifier, one;

	if (!extended_key_usage_identifier(arena, usage, &identifier))
		return false;
	for (size_t i = 0; i < usages->count; i++)
		if (extended_key_usage_identifier(arena, usages->at[i], &one) &&
		    text_equal(identifier, one))
			return true;
	return false;
}

/* A certificate without extended key usages is good for all of them (RFC 5280 section 4.2.1.12). */
static bool
usages_are_within(struct arena *arena, const struct plan *plan, const struct local_limits *limits,
    struct text *why)
{
	const struct texts *usages = &plan->extended_key_usages;

	if (!limits->usages_present)
		return true;
	if (usages->count == 0 && !plan->ca)
		return refuse(why, TEXT("the local limits allow no certificate without extended key "
		    "usages"));
	for (size_t i = 0; i < usages->count; i++)
		if (!usage_is_among(arena, usages->at[i], &limits->extended_key_usages))
			return refuse(why, text_printf(arena, "the local limits allow no certificate "
			    "for the extended key usage \"%.*s\"",
			    TEXT_ARGUMENTS(text_visible(arena, usages->at[i], SHOWN_BYTES))));
	return true;
}

bool
order_check_limits(struct arena *arena, const struct plan *plan, const struct local_limits *limits,
    struct text *why)
{
	if (limits->max_validity > 0 && plan->lifetime > limits->max_validity)
		return refuse(why, text_printf(arena,
				       "the local limits allow no lifetime over %s; "
				       "this is %s",
				       duration_format(arena, limits->max_validity).at,
				       duration_format(arena, plan->lifetime).at));
	if (plan->ca && limits->ca != PERMISSION_ALLOWED)
		return refuse(why, TEXT("the local limits allow no CA certificate"));
	return usages_are_within(arena, plan, limits, why) &&
	    names_are_within(arena, plan, limits, why);
}
