/*
 * What a request may ask for. Each case changes one thing in a small
 * repository and says what must come of it; there are more ways to be refused
 * than to be accepted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <string.h>

#include "evaluate/name_forms.h"
#include "lib/world.h"
#include "model/plan_text.h"

/* The cases change the world through this. */
struct change {
	struct world *world;
	struct request *request;
	struct csr_facts *csr;
	struct certificate_policy *rules;
	struct certificate_profile *profile;
	struct certificate_authority *authority;
};

static struct change
change_of(struct world *world)
{
	return (struct change){ world, &world->request, &world->request.csr_facts,
		world_rules(world), world_profile(world), world_authority(world) };
}

#define LIST(...) world_list(c->world, __VA_ARGS__, NULL)
#define SUBJECT(type, ...) c->request->subject.values[SUBJECT_##type] = LIST(__VA_ARGS__)
#define ALT(type, ...) c->request->alt_names.values[ALT_NAME_##type] = LIST(__VA_ARGS__)
#define ALLOW_SUBJECT(type, ...)                                                                   \
	c->rules->subject[SUBJECT_##type] = (struct attribute_rule)                                \
	{                                                                                          \
		.present = true, .allowed = LIST(__VA_ARGS__)                                      \
	}
#define ALLOW_ALT(type, ...)                                                                       \
	c->rules->alt_names[ALT_NAME_##type] = (struct attribute_rule)                             \
	{                                                                                          \
		.present = true, .allowed = LIST(__VA_ARGS__)                                      \
	}
#define NONE ((struct texts){ 0 })

static bool
make(struct world *world, struct plan *plan, struct reasons *reasons)
{
	struct plan_input input = { .configuration = &world->configuration,
		.request = &world->request,
		.generation = 1,
		.now = world->now };

	return plan_make(world->arena, &input, plan, reasons);
}

/* A case: what changes, and a line of the plan, or code and part of the reason. */
struct plan_case {
	const char *title;
	void (*change)(struct change *c);
	const char *line; /* accepted: the plan has this */
	const char *code; /* refused */
	const char *part;
};

#define CASE(name, ...)                                                                            \
	static void name(struct change *c)                                                         \
	{                                                                                          \
		__VA_ARGS__;                                                                       \
	}

/* --- accepted --- */
CASE(unchanged, (void)c)
CASE(defaults_given, c->request->key_usages_present = true;
     c->request->key_usages = LIST("keyEncipherment", "digitalSignature", "keyEncipherment");
     c->csr->key_algorithm = TEXT("RSA-2048"); c->rules->key_algorithms = LIST("RSA-2048"))
CASE(usages_not_served, c->request->key_usages_present = true;
     c->request->key_usages = LIST("digitalSignature", "keyEncipherment"))
CASE(no_extended_usage, c->request->extended_key_usages_present = true;
     c->request->extended_key_usages = NONE)
CASE(extended_of_authority,
     c->authority->facts.extended_key_usages = LIST("1.3.6.1.5.5.7.3.1", "serverAuth"))
CASE(no_extended_below_some, c->authority->facts.extended_key_usages = LIST("clientAuth");
     c->request->extended_key_usages_present = true; c->request->extended_key_usages = NONE)
CASE(upper_case_dns, ALT(DNS, "WWW.Example.COM"))
CASE(wildcard_dns, ALT(DNS, "*.example.com"))
CASE(a_label, ALT(DNS, "xn--bcher-kva.example.com"))
CASE(address, ALT(IP, "10.1.2.3"))
CASE(address_v6, ALLOW_ALT(IP, "2001:db8::/32"); ALT(IP, "2001:DB8:0:0:0:0:0:1"))
CASE(email, ALLOW_ALT(EMAIL, "*@example.com"); ALT(EMAIL, "First.Last@EXAMPLE.com"))
CASE(email_odd, ALLOW_ALT(EMAIL, "*@example.com"); ALT(EMAIL, "a{1}_B+x@example.com"))
CASE(uri_odd, ALLOW_ALT(URI, "h2+x.y-z:*"); ALT(URI, "h2+x.y-z:a~b"))
CASE(uri_percent, ALLOW_ALT(URI, "https://www.example.com/*");
     ALT(URI, "https://www.example.com/%2F%aB%AF%fa%20%0b"))
CASE(hyphens, ALT(DNS, "ab-c.example.com", "abc-d.example.com"))
CASE(organization_prefix, ALLOW_SUBJECT(ORGANIZATION, "Example Inc*"))
CASE(common_name_text_dots, ALLOW_SUBJECT(COMMON_NAME, "Example R1.*");
     SUBJECT(COMMON_NAME, "Example R1.5"))
CASE(denied_others, c->rules->subject[SUBJECT_COMMON_NAME].denied = LIST("other.example.com",
			"*.evil.example.com", "Evil *"))
CASE(upn, ALLOW_ALT(UPN, "*@*.example.com"); ALT(UPN, "alice@AD.example.com"))
CASE(uri, ALLOW_ALT(URI, "spiffe://example.com/*"); ALT(URI, "SPIFFE://Example.com/ns/prod/sa/x"))
CASE(uri_port, ALLOW_ALT(URI, "https://*.example.com:8443/a%2Fb");
     ALT(URI, "https://www.example.com:8443/a%2fb"))
CASE(uri_address, ALLOW_ALT(URI, "https://10.0.0.1/"); ALT(URI, "https://10.0.0.1/"))
CASE(uri_address_v6, ALLOW_ALT(URI, "https://[2001:db8::1]/x");
     ALT(URI, "https://[2001:DB8:0::1]/x"))
CASE(uri_without_authority, ALLOW_ALT(URI, "urn:uuid:*"); ALT(URI, "URN:uuid:f81d4fae-7dec"))
CASE(uri_query_dots, ALLOW_ALT(URI, "https://www.example.com/*");
     ALT(URI, "https://www.example.com/a?b=/../c"))
CASE(uri_query, ALLOW_ALT(URI, "https://www.example.com?*");
     ALT(URI, "https://www.example.com?a=b#c"))
CASE(names_sorted, ALT(DNS, "b.example.com", "a.example.com", "b.example.com"))
CASE(names_from_csr, SUBJECT(COMMON_NAME, NULL); ALT(DNS, NULL);
     c->csr->subject.values[SUBJECT_COMMON_NAME] = LIST("csr.example.com");
     c->csr->alt_names.values[ALT_NAME_DNS] = LIST("CSR.example.com"))
CASE(csr_agrees, c->csr->subject.values[SUBJECT_COMMON_NAME] = LIST("www.example.com");
     c->csr->subject.values[SUBJECT_ORGANIZATION] = LIST("Example Inc");
     c->csr->alt_names.values[ALT_NAME_DNS] = LIST("WWW.example.com"))
CASE(only_domain_components, SUBJECT(COMMON_NAME, NULL); ALT(DNS, NULL);
     ALLOW_SUBJECT(DOMAIN_COMPONENT, "*"); SUBJECT(DOMAIN_COMPONENT, "com", "example"))
CASE(only_alt_names, SUBJECT(COMMON_NAME, NULL);
     c->profile->default_subject.values[SUBJECT_ORGANIZATION] = NONE)
CASE(organization_any_case, SUBJECT(ORGANIZATION, "EXAMPLE INC"))
CASE(organization_pattern, ALLOW_SUBJECT(ORGANIZATION, "Example *");
     SUBJECT(ORGANIZATION, "Example Inc."))
CASE(special_characters, ALLOW_SUBJECT(ORGANIZATIONAL_UNIT, "*");
     SUBJECT(ORGANIZATIONAL_UNIT, "#1, \"A\"+B"))
CASE(whole_subject, ALLOW_SUBJECT(DOMAIN_COMPONENT, "*"); ALLOW_SUBJECT(COUNTRY, "CH");
     ALLOW_SUBJECT(STATE, "*"); ALLOW_SUBJECT(LOCALITY, "Z*");
     ALLOW_SUBJECT(ORGANIZATIONAL_UNIT, "*"); SUBJECT(DOMAIN_COMPONENT, "com", "example");
     SUBJECT(COUNTRY, "CH"); SUBJECT(STATE, "ZH"); SUBJECT(LOCALITY, "Z\303\274rich");
     SUBJECT(ORGANIZATIONAL_UNIT, "Web", "Ops"))
CASE(common_name_text, ALLOW_SUBJECT(COMMON_NAME, "Example Release *");
     SUBJECT(COMMON_NAME, "Example Release 7"))
CASE(common_name_exact, ALLOW_SUBJECT(COMMON_NAME, "Acme, Inc.");
     SUBJECT(COMMON_NAME, "Acme, Inc."))
CASE(common_name_any_case, ALLOW_SUBJECT(COMMON_NAME, "Acme, Inc.");
     SUBJECT(COMMON_NAME, "ACME, INC."))
CASE(star_for_nothing, ALLOW_SUBJECT(ORGANIZATION, "Example* Inc*"))
CASE(star_in_the_middle, ALLOW_SUBJECT(ORGANIZATION, "Example *x");
     SUBJECT(ORGANIZATION, "Example axbxx"))
CASE(uri_largest_port, ALLOW_ALT(URI, "https://www.example.com:65535/");
     ALT(URI, "https://www.example.com:65535/"))
CASE(longest_email, ALLOW_ALT(EMAIL, "*@**.com");
     c->request->alt_names.values[ALT_NAME_EMAIL] = LIST(
	 text_printf(c->world->arena, "%064d@%061d.%061d.%061d.com", 1, 1, 1, 1).at))
CASE(longest_common_name, ALLOW_SUBJECT(COMMON_NAME, "*"); SUBJECT(COMMON_NAME,
    "\303\274234567890123456789012345678901234567890123456789012345678901234"))
CASE(own_ttl, c->request->ttl = 90 * 86400)
CASE(later_start, c->request->not_before = WORLD_START + 3600)
CASE(start_now, c->request->not_before = WORLD_START)
CASE(until_authority_ends, c->authority->facts.not_after = WORLD_START + 30 * 86400 - 1)
CASE(no_crl, c->authority->crl_distribution_point = (struct text){ NULL, 0 })
CASE(no_repository, c->request->repository = (struct text){ NULL, 0 })
CASE(signed_with_p384, c->authority->facts.key_algorithm = TEXT("ECDSA-P384");
     c->rules->signature_algorithms = LIST("ECDSA-SHA384"))
CASE(signed_with_ed25519, c->authority->facts.key_algorithm = TEXT("Ed25519");
     c->rules->signature_algorithms = LIST("Ed25519"))
CASE(signed_with_rsa, c->authority->facts.key_algorithm = TEXT("RSA-4096");
     c->rules->signature_algorithms = LIST("RSA-SHA256"))
CASE(listed_requester,
    c->profile->requesters = (struct principals){ .present = true, .people = LIST("alice") })
CASE(on_behalf_of, c->request->requester = TEXT("deploy-bot");
     c->request->on_behalf_of = TEXT("dave"))

/* Names that are written down where the certificates with constraints would be are not permitted. */
static bool
permits_others(struct arena *arena, const struct texts *constraining,
    const struct subject_names *subject, const struct alt_names *alt_names, struct text *why)
{
	const struct texts *lists[] = { &subject->values[SUBJECT_COMMON_NAME],
		&alt_names->values[ALT_NAME_DNS], &alt_names->values[ALT_NAME_EMAIL] };

	(void)arena;
	*why = TEXT("not there");
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (size_t j = 0; j < lists[i]->count; j++)
			if (texts_contain(constraining, lists[i]->at[j]))
				return false;
	return true;
}

#define CONSTRAINED(...) \
	do { \
		c->authority->facts.permits_names = permits_others; \
		c->authority->facts.constraining = LIST(__VA_ARGS__); \
	} while (0)

CASE(within_constraints, CONSTRAINED("b.example.com"))

static void
make_ca(struct change *c)
{
	c->rules->ca = PERMISSION_ALLOWED;
	c->rules->key_usages.allowed = LIST("digitalSignature", "keyCertSign", "cRLSign");
	c->request->ca = true;
	c->request->key_usages_present = true;
	c->request->key_usages = LIST("digitalSignature", "keyCertSign");
}

CASE(ca_without_length, make_ca(c))
CASE(ca_with_length, make_ca(c); c->rules->ca = PERMISSION_REQUIRED; c->rules->max_path_length = 1;
     c->request->path_length = 1)
CASE(ca_below_limited, make_ca(c); c->authority->facts.path_length = 1; c->request->path_length = 0)

CASE(ca_shorter_than_allowed, make_ca(c); c->rules->max_path_length = 1;
     c->request->path_length = 0)
CASE(country_of_as, ALLOW_SUBJECT(COUNTRY, "*"); SUBJECT(COUNTRY, "AA"))
CASE(country_of_zs, ALLOW_SUBJECT(COUNTRY, "*"); SUBJECT(COUNTRY, "ZZ"))
CASE(shortest_ttl, c->rules->validity_min = 3600; c->request->ttl = 3600)
CASE(one_second, c->request->ttl = 1)
CASE(ascii_before_others, ALT(DNS, "www.example.com");
     c->request->alt_names.values[ALT_NAME_DNS].at[0] =
	 (struct text){ "www.example.com\303\274", 15 })
CASE(longest_uri, ALLOW_ALT(URI, "urn:*"); c->request->alt_names.values[ALT_NAME_URI] = LIST(
					       text_printf(c->world->arena, "urn:%02044d", 1).at))
CASE(required_by_any, c->rules->alt_names[ALT_NAME_DNS].required = LIST("a.*.com", "b.*.com");
     ALT(DNS, "www.example.com", "b.example.com", "a.example.com"))
CASE(most_names, for (int i = 0; i < 99; i++)
		     texts_add(c->world->arena, &c->request->alt_names.values[ALT_NAME_DNS],
			 text_printf(c->world->arena, "h%d.example.com", i));
     ALLOW_SUBJECT(ORGANIZATIONAL_UNIT, "*"); for (int i = 0; i < 31; i++)
	 texts_add(c->world->arena, &c->request->subject.values[SUBJECT_ORGANIZATIONAL_UNIT],
	     text_printf(c->world->arena, "u%d", i)))

static const struct plan_case accepted[] = {
	{ "as it is", unchanged,
	    "subject: CN=www.example.com,O=Example Inc\n"
	    "alt-name: DNS:www.example.com\nkey-usage: digitalSignature\n"
	    "extended-key-usage: serverAuth\nbasic-constraints: CA:FALSE\n"
	    "crl-distribution-point: http://pki.example.com/crl/issuing-ca.crl\n"
	    "signature-algorithm: ECDSA-SHA256\nlifetime: 2592000\nnot-before: at-issuance\n",
	    NULL, NULL },
	{ "usages given", defaults_given,
	    "key-usage: digitalSignature\nkey-usage: keyEncipherment\nextended", NULL, NULL },
	{ "no extended usage", no_extended_usage, "digitalSignature\nbasic-constraints", NULL,
	    NULL },
	{ "extended usage of the CA's own", extended_of_authority, "serverAuth\n", NULL, NULL },
	{ "no extended usage below a CA that has some", no_extended_below_some,
	    "digitalSignature\nbasic-constraints", NULL, NULL },
	{ "DNS in upper case", upper_case_dns, "alt-name: DNS:www.example.com\n", NULL, NULL },
	{ "DNS wildcard", wildcard_dns, "alt-name: DNS:*.example.com\n", NULL, NULL },
	{ "A-label", a_label, "alt-name: DNS:xn--bcher-kva.example.com\n", NULL, NULL },
	{ "address", address, "alt-name: IP:10.1.2.3\n", NULL, NULL },
	{ "IPv6 address", address_v6, "alt-name: IP:2001:db8::1\n", NULL, NULL },
	{ "e-mail", email, "alt-name: email:First.Last@example.com\n", NULL, NULL },
	{ "e-mail with odd characters", email_odd, "alt-name: email:a{1}_B+x@example.com\n", NULL,
	    NULL },
	{ "URI with an odd scheme", uri_odd, "alt-name: URI:h2+x.y-z:a~b\n", NULL, NULL },
	{ "URI with encoded characters", uri_percent, "URI:https://www.example.com/%2F%AB%AF%FA%20%0B\n", NULL,
	    NULL },
	{ "hyphens", hyphens, "DNS:ab-c.example.com\nalt-name: DNS:abc-d.example.com\n", NULL,
	    NULL },
	{ "organization by its beginning", organization_prefix, "O=Example Inc\n", NULL, NULL },
	{ "common name, text with dots", common_name_text_dots, "CN=Example R1.5,O", NULL, NULL },
	{ "others are denied", denied_others, "CN=www.example.com,O", NULL, NULL },
	{ "UPN", upn, "alt-name: UPN:alice@ad.example.com\n", NULL, NULL },
	{ "URI", uri, "alt-name: URI:spiffe://example.com/ns/prod/sa/x\n", NULL, NULL },
	{ "URI with port", uri_port, "alt-name: URI:https://www.example.com:8443/a%2Fb\n", NULL,
	    NULL },
	{ "URI with address", uri_address, "alt-name: URI:https://10.0.0.1/\n", NULL, NULL },
	{ "URI with IPv6", uri_address_v6, "alt-name: URI:https://[2001:db8::1]/x\n", NULL, NULL },
	{ "URN", uri_without_authority, "alt-name: URI:urn:uuid:f81d4fae-7dec\n", NULL, NULL },
	{ "URI with dots in its query", uri_query_dots, "URI:https://www.example.com/a?b=/../c\n",
	    NULL, NULL },
	{ "URI with query", uri_query, "alt-name: URI:https://www.example.com?a=b#c\n", NULL,
	    NULL },
	{ "sorted, each once", names_sorted,
	    "alt-name: DNS:a.example.com\nalt-name: DNS:b.example.com\nkey-usage", NULL, NULL },
	{ "names from the CSR", names_from_csr,
	    "subject: CN=csr.example.com,O=Example Inc\nalt-name: DNS:csr.example.com\n", NULL,
	    NULL },
	{ "CSR agrees", csr_agrees, "subject: CN=www.example.com,O=Example Inc\n", NULL, NULL },
	{ "only domain components", only_domain_components,
	    "subject: O=Example Inc,DC=example,DC=com\n", NULL, NULL },
	{ "no subject", only_alt_names, "subject: none\n", NULL, NULL },
	{ "organization in another case", organization_any_case, "O=EXAMPLE INC\n", NULL, NULL },
	{ "organization by pattern", organization_pattern, "O=Example Inc.\n", NULL, NULL },
	{ "special characters", special_characters, "OU=\\#1\\, \\\"A\\\"\\+B,O=", NULL, NULL },
	{ "all attributes", whole_subject,
	    "subject: CN=www.example.com,OU=Ops,OU=Web,O=Example Inc,"
	    "L=Z\303\274rich,ST=ZH,C=CH,DC=example,DC=com\n",
	    NULL, NULL },
	{ "common name that is text", common_name_text, "CN=Example Release 7,O", NULL, NULL },
	{ "common name, exactly", common_name_exact, "CN=Acme\\, Inc.,O", NULL, NULL },
	{ "common name in another case", common_name_any_case, "CN=ACME\\, INC.,O", NULL, NULL },
	{ "a star for nothing", star_for_nothing, "O=Example Inc\n", NULL, NULL },
	{ "a star in the middle", star_in_the_middle, "O=Example axbxx\n", NULL, NULL },
	{ "the largest port", uri_largest_port, "URI:https://www.example.com:65535/\n", NULL,
	    NULL },
	{ "the longest e-mail address", longest_email, "alt-name: email:0000", NULL, NULL },
	{ "common name of 64 characters", longest_common_name, "901234,O", NULL, NULL },
	{ "its own ttl", own_ttl, "lifetime: 7776000\n", NULL, NULL },
	{ "a later start", later_start, "not-before: 2026-05-28T21:26:40Z\n", NULL, NULL },
	{ "a start just now", start_now, "not-before: 2026-05-28T20:26:40Z\n", NULL, NULL },
	{ "to the authority's last second", until_authority_ends, "lifetime: 2592000\n", NULL,
	    NULL },
	{ "no CRL", no_crl, "CA:FALSE\nsignature-algorithm", NULL, NULL },
	{ "repository not named", no_repository, "repository: " WORLD_REPOSITORY "\n", NULL, NULL },
	{ "signed with P-384", signed_with_p384, "signature-algorithm: ECDSA-SHA384\n", NULL,
	    NULL },
	{ "signed with Ed25519", signed_with_ed25519, "signature-algorithm: Ed25519\n", NULL,
	    NULL },
	{ "signed with RSA", signed_with_rsa, "signature-algorithm: RSA-SHA256\n", NULL, NULL },
	{ "listed requester", listed_requester, "requester: alice\n", NULL, NULL },
	{ "on behalf of a person", on_behalf_of, "requester: deploy-bot\n", NULL, NULL },
	{ "within name constraints", within_constraints, "alt-name: DNS:www.example.com\n", NULL, NULL },
	{ "CA", ca_without_length, "basic-constraints: CA:TRUE\n", NULL, NULL },
	{ "CA with path length", ca_with_length, "basic-constraints: CA:TRUE,pathlen:1\n", NULL,
	    NULL },
	{ "CA shorter than allowed", ca_shorter_than_allowed, "CA:TRUE,pathlen:0\n", NULL, NULL },
	{ "country AA", country_of_as, ",C=AA\n", NULL, NULL },
	{ "country ZZ", country_of_zs, ",C=ZZ\n", NULL, NULL },
	{ "the shortest ttl", shortest_ttl, "lifetime: 3600\n", NULL, NULL },
	{ "one second", one_second, "lifetime: 1\n", NULL, NULL },
	{ "a value that ends before what is no ASCII", ascii_before_others, "DNS:www.example.com\n",
	    NULL, NULL },
	{ "the longest URI", longest_uri, "00001\n", NULL, NULL },
	{ "required by any value", required_by_any, "DNS:b.example.com\n", NULL, NULL },
	{ "as many names as may be", most_names, "DNS:h98.example.com\n", NULL, NULL },
	{ "CA below a limited one", ca_below_limited, "CA:TRUE,pathlen:0\n", NULL, NULL },
};

/* --- refused --- */
CASE(unknown_profile, c->request->profile = TEXT("webb"))
CASE(alien_profile, c->request->profile = TEXT("mailserver-production"))
CASE(alien_to_two_profiles,
    ARRAY_ADD(c->world->arena, &c->world->configuration.profiles)->name = TEXT("mail");
    c->request->profile = TEXT("nonsense-production"))
CASE(long_profile, c->request->profile = text_printf(c->world->arena, "%0129d", 0))
CASE(no_rules, c->profile->certificate_policy = TEXT("other"))
CASE(no_authority, c->profile->authority = TEXT("other"))
CASE(bad_authority, c->authority->facts.good = false)
CASE(odd_authority_key, c->authority->facts.key_algorithm = TEXT("DSA"))
CASE(no_such_requester, c->request->requester = TEXT("zoe"))
CASE(unlisted_requester, c->profile->requesters.present = true;
     c->profile->requesters.machines = LIST("deploy-bot"))
CASE(nobody_may_ask, c->profile->requesters.present = true)
CASE(on_behalf_of_nobody, c->request->on_behalf_of = TEXT("zoe"))
CASE(on_behalf_of_machine, c->request->on_behalf_of = TEXT("deploy-bot"))
CASE(other_repository, c->request->repository = TEXT("ffffffffffffffffffffffffffffffff"))
CASE(bad_csr, c->csr->good = false)
CASE(no_names, SUBJECT(COMMON_NAME, NULL); ALT(DNS, NULL))
CASE(csr_other_cn, c->csr->subject.values[SUBJECT_COMMON_NAME] = LIST("evil.example.com"))
CASE(csr_other_dc, c->csr->subject.values[SUBJECT_DOMAIN_COMPONENT] = LIST("evil"))
CASE(csr_second_unit, ALLOW_SUBJECT(ORGANIZATIONAL_UNIT, "*"); SUBJECT(ORGANIZATIONAL_UNIT, "Web");
     c->csr->subject.values[SUBJECT_ORGANIZATIONAL_UNIT] = LIST("Web", "Evil"))
CASE(csr_other_upn, c->csr->alt_names.values[ALT_NAME_UPN] = LIST("evil@example.com"))
CASE(csr_other_dns,
    c->csr->alt_names.values[ALT_NAME_DNS] = LIST("www.example.com", "evil.example.com"))
CASE(csr_other_ip, c->csr->alt_names.values[ALT_NAME_IP] = LIST("10.0.0.1"))
CASE(csr_broken_dns, c->csr->alt_names.values[ALT_NAME_DNS] = LIST("a b"))
CASE(csr_unknown_names, c->csr->has_unknown_names = true;
     c->csr->unknown_names = TEXT("otherName 1.2.3"))
CASE(csr_unknown_only, SUBJECT(COMMON_NAME, NULL); ALT(DNS, NULL);
     c->csr->alt_names.values[ALT_NAME_DNS] = LIST("www.example.com");
     c->csr->has_unknown_names = true; c->csr->unknown_names = TEXT("serialNumber"))
CASE(two_common_names, SUBJECT(COMMON_NAME, "a.example.com", "b.example.com"))
CASE(too_many_names, for (int i = 0; i < 101; i++)
			 texts_add(c->world->arena, &c->request->alt_names.values[ALT_NAME_DNS],
			     text_printf(c->world->arena, "h%d.example.com", i)))
CASE(too_many_units, ALLOW_SUBJECT(ORGANIZATIONAL_UNIT, "*"); for (int i = 0; i < 33; i++)
	 texts_add(c->world->arena, &c->request->subject.values[SUBJECT_ORGANIZATIONAL_UNIT],
	     text_printf(c->world->arena, "u%d", i)))
CASE(plan_too_long, ALLOW_ALT(URI, "*:*"); for (int i = 0; i < 99; i++)
	 texts_add(c->world->arena, &c->request->alt_names.values[ALT_NAME_URI],
	     text_printf(c->world->arena, "urn:%02d%02000d", i, 1));
     c->profile->name = text_printf(c->world->arena, "%0100000d", 0);
     c->request->profile = c->profile->name)
CASE(cn_not_allowed, SUBJECT(COMMON_NAME, "www.example.org"))
CASE(cn_two_labels, SUBJECT(COMMON_NAME, "a.b.example.com"))
CASE(cn_not_a_host, SUBJECT(COMMON_NAME, "evil host/x.example.com"))
CASE(cn_leading_dot, ALLOW_SUBJECT(COMMON_NAME, "**.example.com");
     SUBJECT(COMMON_NAME, ".example.com"))
CASE(cn_no_rule, c->rules->subject[SUBJECT_COMMON_NAME] = (struct attribute_rule){ 0 })
CASE(cn_empty_rule, c->rules->subject[SUBJECT_COMMON_NAME].allowed = NONE)
CASE(cn_denied, c->rules->subject[SUBJECT_COMMON_NAME].denied = LIST("WWW.*.com"))
CASE(cn_denied_exactly, c->rules->subject[SUBJECT_COMMON_NAME].denied = LIST("WWW.EXAMPLE.COM"))
CASE(cn_wildcard_denied, SUBJECT(COMMON_NAME, "*.example.com");
     c->rules->subject[SUBJECT_COMMON_NAME].denied = LIST("secret.example.com"))
CASE(cn_text_denied, ALLOW_SUBJECT(COMMON_NAME, "Evil Inc. of X");
     c->rules->subject[SUBJECT_COMMON_NAME].denied = LIST("evil *");
     SUBJECT(COMMON_NAME, "Evil Inc. of X"))
CASE(cn_required, c->rules->subject[SUBJECT_COMMON_NAME].required = LIST("api.example.com"))
CASE(second_required, c->rules->alt_names[ALT_NAME_DNS].required = LIST("www.*.com", "b.*.com"))
CASE(cn_required_absent, SUBJECT(COMMON_NAME, NULL);
     c->rules->subject[SUBJECT_COMMON_NAME].required = LIST("*.example.com"))
CASE(cn_text_with_dots, ALLOW_SUBJECT(COMMON_NAME, "Example Release *");
     SUBJECT(COMMON_NAME, "Example Release 7.1"))
CASE(cn_empty, SUBJECT(COMMON_NAME, ""))
CASE(cn_control, SUBJECT(COMMON_NAME, "www\n.example.com"))
CASE(cn_bidi, SUBJECT(COMMON_NAME, "www\342\200\256.example.com"))
CASE(cn_broken_utf8, SUBJECT(COMMON_NAME, "www\377.example.com"))
CASE(cn_space_front, SUBJECT(COMMON_NAME, " www.example.com"))
CASE(cn_space_end, SUBJECT(COMMON_NAME, "www.example.com "))
CASE(cn_too_long, ALLOW_SUBJECT(COMMON_NAME, "*");
     SUBJECT(COMMON_NAME, "12345678901234567890123456789012345678901234567890123456789012345"))
CASE(o_too_long, ALLOW_SUBJECT(ORGANIZATION, "*");
     SUBJECT(ORGANIZATION, "12345678901234567890123456789012345678901234567890123456789012345"))
CASE(o_not_allowed, SUBJECT(ORGANIZATION, "Example Ltd"))
CASE(o_default_not_allowed,
    c->profile->default_subject.values[SUBJECT_ORGANIZATION] = LIST("Other"))
CASE(o_star_in_the_middle, ALLOW_SUBJECT(ORGANIZATION, "Example *x");
     SUBJECT(ORGANIZATION, "Example axb"))
CASE(o_denied, c->rules->subject[SUBJECT_ORGANIZATION].denied = LIST("EXAMPLE*"))
CASE(country_lower, ALLOW_SUBJECT(COUNTRY, "*"); SUBJECT(COUNTRY, "ch"))
CASE(country_name, ALLOW_SUBJECT(COUNTRY, "*"); SUBJECT(COUNTRY, "Switzerland"))
CASE(country_one, ALLOW_SUBJECT(COUNTRY, "*"); SUBJECT(COUNTRY, "C"))
CASE(country_digit, ALLOW_SUBJECT(COUNTRY, "*"); SUBJECT(COUNTRY, "C1"))
CASE(country_digit_first, ALLOW_SUBJECT(COUNTRY, "*"); SUBJECT(COUNTRY, "1C"))
CASE(country_half, ALLOW_SUBJECT(COUNTRY, "*"); SUBJECT(COUNTRY, "Ch"))
CASE(country_half_lower, ALLOW_SUBJECT(COUNTRY, "*"); SUBJECT(COUNTRY, "cH"))
CASE(dc_no_rule, SUBJECT(DOMAIN_COMPONENT, "com"))
CASE(second_denied,
    c->rules->subject[SUBJECT_COMMON_NAME].denied = LIST("api.example.com", "www.example.com"))
CASE(dc_dotted, ALLOW_SUBJECT(DOMAIN_COMPONENT, "*"); SUBJECT(DOMAIN_COMPONENT, "example.com"))
CASE(dc_star, ALLOW_SUBJECT(DOMAIN_COMPONENT, "*"); SUBJECT(DOMAIN_COMPONENT, "*"))
CASE(dc_space, ALLOW_SUBJECT(DOMAIN_COMPONENT, "*"); SUBJECT(DOMAIN_COMPONENT, "a b"))
CASE(dc_long, ALLOW_SUBJECT(DOMAIN_COMPONENT, "*");
     SUBJECT(DOMAIN_COMPONENT, "1234567890123456789012345678901234567890123456789012345678901234"))
CASE(dns_not_allowed, ALT(DNS, "www.example.org"))
CASE(dns_denied, ALLOW_ALT(DNS, "**.example.com");
     c->rules->alt_names[ALT_NAME_DNS].denied = LIST("*.internal.example.com");
     ALT(DNS, "a.internal.example.com"))
CASE(dns_wildcard_denied, c->rules->alt_names[ALT_NAME_DNS].denied = LIST("secret.example.com");
     ALT(DNS, "*.example.com"))
CASE(dns_wildcard_too_wide, ALLOW_ALT(DNS, "w*.example.com"); ALT(DNS, "*.example.com"))
CASE(dns_unicode, ALT(DNS, "b\303\274cher.example.com"))
CASE(dns_delete, ALT(DNS, "a\177.example.com"))
CASE(dns_unicode_first, ALT(DNS, "\374.example.com"))
CASE(dns_reserved, ALT(DNS, "ab--cd.example.com"))
CASE(dns_dot, ALT(DNS, "www.example.com."))
CASE(dns_underscore, ALT(DNS, "a_b.example.com"))
CASE(dns_empty, ALT(DNS, ""))
CASE(dns_address, ALT(DNS, "10.0.0.1"))
CASE(dns_required, c->rules->alt_names[ALT_NAME_DNS].required = LIST("api.example.com"))
CASE(ip_not_allowed, ALT(IP, "192.0.2.1"))
CASE(ip_denied, c->rules->alt_names[ALT_NAME_IP].denied = LIST("10.1.0.0/16"); ALT(IP, "10.1.2.3"))
CASE(ip_mapped, ALLOW_ALT(IP, "::/0"); ALT(IP, "::ffff:10.1.2.3"))
CASE(ip_name, ALT(IP, "www.example.com"))
CASE(email_not_listed, ALT(EMAIL, "alice@example.com"))
CASE(email_other_domain, ALLOW_ALT(EMAIL, "*@example.com"); ALT(EMAIL, "alice@example.org"))
CASE(email_subdomain, ALLOW_ALT(EMAIL, "*@example.com"); ALT(EMAIL, "alice@a.example.com"))
CASE(email_pattern_bare, ALLOW_ALT(EMAIL, "example.com"); ALT(EMAIL, "alice@example.com"))
CASE(email_case, ALLOW_ALT(EMAIL, "alice@example.com"); ALT(EMAIL, "Alice@example.com"))
CASE(email_denied_case, ALLOW_ALT(EMAIL, "*@example.com");
     c->rules->alt_names[ALT_NAME_EMAIL].denied = LIST("root@example.com");
     ALT(EMAIL, "ROOT@example.com"))
CASE(email_no_at, ALLOW_ALT(EMAIL, "*@example.com"); ALT(EMAIL, "alice"))
CASE(email_no_local, ALLOW_ALT(EMAIL, "*@example.com"); ALT(EMAIL, "@example.com"))
CASE(email_dots, ALLOW_ALT(EMAIL, "*@example.com"); ALT(EMAIL, "a..b@example.com"))
CASE(email_quoted, ALLOW_ALT(EMAIL, "*@example.com"); ALT(EMAIL, "\"a b\"@example.com"))
CASE(email_two_at, ALLOW_ALT(EMAIL, "*@example.com"); ALT(EMAIL, "a@b@example.com"))
CASE(email_nul, ALLOW_ALT(EMAIL, "*@example.com"); ALT(EMAIL, "a");
     c->request->alt_names.values[ALT_NAME_EMAIL].at[0] = (struct text){ "a\0b@example.com", 15 })
CASE(email_wildcard, ALLOW_ALT(EMAIL, "*@*.example.com"); ALT(EMAIL, "a@*.example.com"))
CASE(email_unicode, ALLOW_ALT(EMAIL, "*@example.com"); ALT(EMAIL, "\303\274@example.com"))
CASE(email_long_local, ALLOW_ALT(EMAIL, "*@example.com");
     ALT(EMAIL, "12345678901234567890123456789012345678901234567890123456789012345@example.com"))
CASE(email_long, ALLOW_ALT(EMAIL, "*@example.com");
     c->request->alt_names.values[ALT_NAME_EMAIL] = LIST(
	 text_printf(c->world->arena, "a@%0250d.com", 1).at))
CASE(upn_domain, ALLOW_ALT(UPN, "*@example.com"); ALT(UPN, "alice@ex ample.com"))
CASE(uri_relative, ALLOW_ALT(URI, "*"); ALT(URI, "/path"))
CASE(uri_no_scheme, ALLOW_ALT(URI, "*"); ALT(URI, "://www.example.com"))
CASE(uri_odd_scheme, ALLOW_ALT(URI, "*"); ALT(URI, "ht_tp://www.example.com"))
CASE(uri_odd_second, ALLOW_ALT(URI, "*"); ALT(URI, "h_tp://www.example.com"))
CASE(uri_digit_scheme, ALLOW_ALT(URI, "*"); ALT(URI, "1http://www.example.com"))
CASE(uri_only_scheme, ALLOW_ALT(URI, "*"); ALT(URI, "urn:"))
CASE(uri_no_host, ALLOW_ALT(URI, "*"); ALT(URI, "https:///path"))
CASE(uri_user, ALLOW_ALT(URI, "*"); ALT(URI, "https://user@www.example.com/"))
CASE(uri_user_password, ALLOW_ALT(URI, "*"); ALT(URI, "https://www.example.com:x@evil.example/"))
CASE(uri_wildcard_host, ALLOW_ALT(URI, "https://*.example.com/");
     ALT(URI, "https://*.example.com/"))
CASE(uri_open_bracket, ALLOW_ALT(URI, "*"); ALT(URI, "https://[::1/"))
CASE(uri_bracket_v4, ALLOW_ALT(URI, "*"); ALT(URI, "https://[10.0.0.1]/"))
CASE(uri_bracket_mapped, ALLOW_ALT(URI, "*"); ALT(URI, "https://[::ffff:10.0.0.1]/"))
CASE(uri_port_empty, ALLOW_ALT(URI, "*"); ALT(URI, "https://www.example.com:/"))
CASE(uri_port_zero, ALLOW_ALT(URI, "*"); ALT(URI, "https://www.example.com:080/"))
CASE(uri_port_large, ALLOW_ALT(URI, "*"); ALT(URI, "https://www.example.com:65536/"))
CASE(uri_port_long, ALLOW_ALT(URI, "*"); ALT(URI, "https://www.example.com:100000/"))
CASE(uri_port_letter, ALLOW_ALT(URI, "*"); ALT(URI, "https://www.example.com:8a/"))
CASE(uri_percent_slash, ALLOW_ALT(URI, "*"); ALT(URI, "https://www.example.com/%/0"))
CASE(uri_percent_at, ALLOW_ALT(URI, "*"); ALT(URI, "https://www.example.com/%@0"))
CASE(uri_dots, ALLOW_ALT(URI, "https://www.example.com/a/*");
     ALT(URI, "https://www.example.com/a/../b"))
CASE(uri_dot, ALLOW_ALT(URI, "https://www.example.com/*"); ALT(URI, "https://www.example.com/./b"))
CASE(uri_space, ALLOW_ALT(URI, "https://www.example.com/*");
     ALT(URI, "https://www.example.com/a b"))
CASE(uri_unicode, ALLOW_ALT(URI, "https://www.example.com/*");
     ALT(URI, "https://www.example.com/\303\274"))
CASE(uri_percent_short, ALLOW_ALT(URI, "https://www.example.com/*");
     ALT(URI, "https://www.example.com/%4"))
CASE(uri_percent_end, ALLOW_ALT(URI, "https://www.example.com/*"); ALT(URI, "");
     c->request->alt_names.values[ALT_NAME_URI].at[0] =
	 text_first(TEXT("https://www.example.com/%2F"), 26))
CASE(uri_percent_high, ALLOW_ALT(URI, "https://www.example.com/*");
     ALT(URI, "https://www.example.com/%G0"))
CASE(uri_percent_before, ALLOW_ALT(URI, "https://www.example.com/*");
     ALT(URI, "https://www.example.com/%2@"))
CASE(uri_percent_between, ALLOW_ALT(URI, "https://www.example.com/*");
     ALT(URI, "https://www.example.com/%2`"))
CASE(uri_percent_low, ALLOW_ALT(URI, "https://www.example.com/*");
     ALT(URI, "https://www.example.com/%0g"))
CASE(uri_percent_letter, ALLOW_ALT(URI, "https://www.example.com/*");
     ALT(URI, "https://www.example.com/%41"))
CASE(uri_percent_digit, ALLOW_ALT(URI, "https://www.example.com/*");
     ALT(URI, "https://www.example.com/%30"))
CASE(uri_percent_dot, ALLOW_ALT(URI, "https://www.example.com/*");
     ALT(URI, "https://www.example.com/%2e%2E/b"))
CASE(uri_long, ALLOW_ALT(URI, "urn:*"); c->request->alt_names.values[ALT_NAME_URI] = LIST(
					    text_printf(c->world->arena, "urn:%02045d", 1).at))
CASE(uri_other_scheme, ALLOW_ALT(URI, "https://www.example.com/*");
     ALT(URI, "http://www.example.com/a"))
CASE(uri_other_host, ALLOW_ALT(URI, "https://*.example.com/"); ALT(URI, "https://www.example.org/"))
CASE(uri_other_port, ALLOW_ALT(URI, "https://www.example.com/");
     ALT(URI, "https://www.example.com:81/"))
CASE(uri_other_path, ALLOW_ALT(URI, "https://www.example.com/a");
     ALT(URI, "https://www.example.com/A"))
CASE(uri_authority_missing, ALLOW_ALT(URI, "urn:*"); ALT(URI, "urn://www.example.com/x"))
CASE(uri_host_missing, ALLOW_ALT(URI, "x://*/y"); ALT(URI, "x:/y"))
CASE(uri_pattern_text, ALLOW_ALT(URI, "www.example.com"); ALT(URI, "https://www.example.com/"))
CASE(uri_denied_case, ALLOW_ALT(URI, "https://www.example.com/*");
     c->rules->alt_names[ALT_NAME_URI].denied = LIST("https://www.example.com/admin*");
     ALT(URI, "https://www.example.com/ADMIN/x"))
CASE(dns_constrained, CONSTRAINED("b.example.com"); ALT(DNS, "www.example.com", "b.example.com"))
CASE(subject_constrained, CONSTRAINED("www.example.com"); SUBJECT(COMMON_NAME, "www.example.com");
     ALT(DNS, "a.example.com"))
CASE(usage_not_allowed, c->request->key_usages_present = true;
     c->request->key_usages = LIST("digitalSignature", "keyAgreement"))
CASE(usage_required, c->request->key_usages_present = true;
     c->request->key_usages = LIST("keyEncipherment"))
CASE(usage_none, c->request->key_usages_present = true; c->request->key_usages = NONE)
CASE(usage_denied, c->rules->key_usages.denied = LIST("digitalSignature"))
CASE(usage_pattern, c->rules->key_usages.allowed = LIST("*"))
CASE(usage_no_rule, c->rules->key_usages = (struct attribute_rule){ 0 })
CASE(extended_not_allowed, c->request->extended_key_usages_present = true;
     c->request->extended_key_usages = LIST("codeSigning"))
CASE(extended_not_of_authority,
     c->authority->facts.extended_key_usages = LIST("1.3.6.1.5.5.7.3.2", "clientAuth"))
CASE(extended_second_not_of_authority, c->request->extended_key_usages_present = true;
     c->request->extended_key_usages = LIST("clientAuth", "serverAuth");
     c->authority->facts.extended_key_usages = LIST("1.3.6.1.5.5.7.3.2", "clientAuth"))
CASE(extended_required, c->rules->extended_key_usages.required = LIST("clientAuth"))
CASE(key_not_allowed, c->csr->key_algorithm = TEXT("RSA-2048"))
CASE(no_key_allowed, c->rules->key_algorithms = NONE)
CASE(signature_not_allowed, c->rules->signature_algorithms = LIST("Ed25519"))
CASE(no_signature_allowed, c->rules->signature_algorithms = NONE)
CASE(ttl_long, c->request->ttl = 90 * 86400 + 1)
CASE(ttl_short, c->rules->validity_min = 3600; c->request->ttl = 3599)
CASE(ttl_absent, c->profile->default_ttl = 0)
CASE(default_ttl_long, c->profile->default_ttl = 91 * 86400)
CASE(start_past, c->request->not_before = WORLD_START - 1)
CASE(start_before_authority, c->authority->facts.not_before = WORLD_START + 1)
CASE(end_after_authority, c->authority->facts.not_after = WORLD_START + 30 * 86400 - 2)
CASE(later_end_after_authority,
    c->request->not_before = WORLD_START + 4 * 365 * 86400 + 340 * 86400)
CASE(ca_denied, make_ca(c); c->rules->ca = PERMISSION_DENIED)
CASE(ca_required, c->rules->ca = PERMISSION_REQUIRED)
CASE(ca_no_key_usage, make_ca(c); c->request->key_usages = LIST("digitalSignature"))
CASE(not_ca_key_usage, make_ca(c); c->request->ca = false)
CASE(path_length_not_ca, c->request->path_length = 0)
CASE(path_length_missing, make_ca(c); c->rules->max_path_length = 0)
CASE(path_length_long, make_ca(c); c->rules->max_path_length = 0; c->request->path_length = 1)
CASE(ca_under_zero, make_ca(c); c->authority->facts.path_length = 0; c->request->path_length = 0)
CASE(ca_under_one_missing, make_ca(c); c->authority->facts.path_length = 1)
CASE(ca_under_one_long, make_ca(c); c->authority->facts.path_length = 1;
     c->request->path_length = 1)

#define REFUSED(change, code, part)                                                                \
	{                                                                                          \
#change, change, NULL, code, part                                                  \
	}

static const struct plan_case refused[] = {
	REFUSED(unknown_profile, "UnknownProfile", "did you mean \"web\"?"),
	REFUSED(alien_profile, "UnknownProfile", "there are: web"),
	REFUSED(alien_to_two_profiles, "UnknownProfile", "there are: web, mail"),
	/* so much of a name is shown */
	REFUSED(long_profile, "UnknownProfile",
	    "\"0000000000000000000000000000000000000000000000000000000000000000"
	    "0000000000000000000000000000000000000000000000000000000000000000…\""),
	REFUSED(no_rules, "UnknownPolicy", "\"other\""),
	REFUSED(no_authority, "UnknownAuthority", "\"other\""),
	REFUSED(bad_authority, "AuthorityUnusable", "\"issuing-ca\""),
	REFUSED(odd_authority_key, "AuthorityUnusable", "\"DSA\""),
	REFUSED(no_such_requester, "UnknownRequester", "\"zoe\""),
	REFUSED(unlisted_requester, "RequesterNotAllowed", "machines deploy-bot"),
	REFUSED(nobody_may_ask, "RequesterNotAllowed", "people nothing"),
	REFUSED(on_behalf_of_nobody, "UnknownRequester", "onBehalfOf \"zoe\""),
	REFUSED(on_behalf_of_machine, "UnknownRequester", "onBehalfOf \"deploy-bot\""),
	REFUSED(other_repository, "OtherRepository", WORLD_REPOSITORY),
	REFUSED(bad_csr, "CsrUnusable", "spec.csr"),
	REFUSED(no_names, "NoNames", "neither"),
	REFUSED(csr_other_cn, "CsrNameNotRequested",
	    "\"evil.example.com\", which spec.subject.commonName"),
	REFUSED(csr_other_dc, "CsrNameNotRequested", "\"evil\", which spec.subject.domainComponent"),
	REFUSED(csr_second_unit, "CsrNameNotRequested", "\"Evil\", which"),
	REFUSED(csr_other_upn, "CsrNameNotRequested", "which spec.altNames.upn"),
	REFUSED(csr_other_dns, "CsrNameNotRequested",
	    "\"evil.example.com\", which spec.altNames.dns"),
	REFUSED(csr_other_ip, "CsrNameNotRequested", "spec.altNames.ip does not"),
	REFUSED(csr_broken_dns, "CsrNameNotRequested", "\"a b\""),
	REFUSED(csr_unknown_names, "CsrNameNotRequested", "otherName 1.2.3"),
	REFUSED(csr_unknown_only, "CsrNameNotRequested", "serialNumber"),
	REFUSED(two_common_names, "TooManyNames", "not 2"),
	REFUSED(too_many_names, "TooManyNames", "102 names; at most 100"),
	REFUSED(too_many_units, "TooManyNames", "34 values; at most 32"),
	REFUSED(plan_too_long, "PlanUnwritable", "longer than"),
	REFUSED(usages_not_served, "NotServed",
	    "a key of the kind ECDSA-P256 cannot have the key usage keyEncipherment"),
	REFUSED(cn_not_allowed, "NotAllowed",
	    "subject.commonName: \"www.example.org\" is not allowed by "
	    "CertificatePolicy \"tls-server\": allowed is *.example.com"),
	REFUSED(cn_two_labels, "NotAllowed", "a.b.example.com"),
	REFUSED(cn_not_a_host, "NotAllowed", "evil host"),
	REFUSED(cn_leading_dot, "NotAllowed", "\".example.com\""),
	REFUSED(cn_no_rule, "NotAllowed", "allowed is nothing"),
	REFUSED(cn_empty_rule, "NotAllowed", "allowed is nothing"),
	REFUSED(cn_denied, "Denied", "denied are WWW.*.com"),
	REFUSED(cn_denied_exactly, "Denied", "subject.commonName"),
	REFUSED(cn_wildcard_denied, "Denied", "secret.example.com"),
	REFUSED(cn_text_denied, "Denied", "evil *"),
	REFUSED(cn_required, "Required", "requires \"api.example.com\""),
	REFUSED(second_required, "Required", "requires \"b.*.com\""),
	REFUSED(cn_required_absent, "Required", "requires \"*.example.com\""),
	REFUSED(cn_text_with_dots, "NotAllowed", "7.1"),
	REFUSED(cn_empty, "NameMalformed", "is empty"),
	REFUSED(cn_control, "NameMalformed", "\\x0a"),
	REFUSED(cn_bidi, "NameMalformed", "\\u{202e}"),
	REFUSED(cn_broken_utf8, "NameMalformed", "broken UTF-8"),
	REFUSED(cn_space_front, "NameMalformed", "space at its beginning"),
	REFUSED(cn_space_end, "NameMalformed", "space at its beginning or end"),
	REFUSED(cn_too_long, "NameMalformed", "longer than 64"),
	REFUSED(o_too_long, "NameMalformed", "subject.organization"),
	REFUSED(o_not_allowed, "NotAllowed", "\"Example Ltd\""),
	REFUSED(o_default_not_allowed, "NotAllowed", "\"Other\""),
	REFUSED(o_star_in_the_middle, "NotAllowed", "axb"),
	REFUSED(o_denied, "Denied", "EXAMPLE*"),
	REFUSED(country_lower, "NameMalformed", "ISO 3166"),
	REFUSED(country_name, "NameMalformed", "ISO 3166"),
	REFUSED(country_one, "NameMalformed", "ISO 3166"),
	REFUSED(country_digit, "NameMalformed", "ISO 3166"),
	REFUSED(country_digit_first, "NameMalformed", "ISO 3166"),
	REFUSED(country_half, "NameMalformed", "ISO 3166"),
	REFUSED(country_half_lower, "NameMalformed", "ISO 3166"),
	REFUSED(dc_no_rule, "NotAllowed", "subject.domainComponent: \"com\""),
	REFUSED(second_denied, "Denied", "\"www.example.com\""),
	REFUSED(dc_dotted, "NameMalformed", "one domainComponent for each label"),
	REFUSED(dc_star, "NameMalformed", "one DNS label"),
	REFUSED(dc_space, "NameMalformed", "one DNS label"),
	REFUSED(dc_long, "NameMalformed", "longer than 63"),
	REFUSED(dns_not_allowed, "NotAllowed", "altNames.dns: \"www.example.org\""),
	REFUSED(dns_denied, "Denied", "*.internal.example.com"),
	REFUSED(dns_wildcard_denied, "Denied", "altNames.dns: \"*.example.com\""),
	REFUSED(dns_wildcard_too_wide, "NotAllowed", "altNames.dns: \"*.example.com\""),
	REFUSED(dns_unicode, "NameMalformed", "A-labels (xn--"),
	REFUSED(dns_delete, "NameMalformed", "is not a DNS name"),
	REFUSED(dns_unicode_first, "NameMalformed", "A-labels (xn--"),
	REFUSED(dns_reserved, "NameMalformed", "hyphens in third"),
	REFUSED(dns_dot, "NameMalformed", "ends with a dot"),
	REFUSED(dns_underscore, "NameMalformed", "is not a DNS name"),
	REFUSED(dns_empty, "NameMalformed", "is empty"),
	REFUSED(dns_address, "NameMalformed", "no address"),
	REFUSED(dns_required, "Required", "altNames.dns"),
	REFUSED(ip_not_allowed, "NotAllowed", "10.0.0.0/8"),
	REFUSED(ip_denied, "Denied", "10.1.0.0/16"),
	REFUSED(ip_mapped, "NameMalformed", "write the IPv4 address"),
	REFUSED(ip_name, "NameMalformed", "is not an IP address"),
	REFUSED(email_not_listed, "NotAllowed", "altNames.email"),
	REFUSED(email_other_domain, "NotAllowed", "altNames.email"),
	REFUSED(email_subdomain, "NotAllowed", "altNames.email"),
	REFUSED(email_pattern_bare, "NotAllowed", "altNames.email"),
	REFUSED(email_case, "NotAllowed", "altNames.email"),
	REFUSED(email_denied_case, "Denied", "root@example.com"),
	REFUSED(email_no_at, "NameMalformed", "no domain name"),
	REFUSED(email_no_local, "NameMalformed", "no local part"),
	REFUSED(email_dots, "NameMalformed", "no local part"),
	REFUSED(email_quoted, "NameMalformed", "no local part"),
	REFUSED(email_two_at, "NameMalformed", "no domain name"),
	REFUSED(email_nul, "NameMalformed", "a\\x00b"),
	REFUSED(email_wildcard, "NameMalformed", "no domain name"),
	REFUSED(email_unicode, "NameMalformed", "not ASCII"),
	REFUSED(email_long_local, "NameMalformed", "too long"),
	REFUSED(email_long, "NameMalformed", "too long"),
	REFUSED(upn_domain, "NameMalformed", "altNames.upn"),
	REFUSED(uri_relative, "NameMalformed", "is not absolute"),
	REFUSED(uri_no_scheme, "NameMalformed", "is not absolute"),
	REFUSED(uri_odd_scheme, "NameMalformed", "is not absolute"),
	REFUSED(uri_odd_second, "NameMalformed", "is not absolute"),
	REFUSED(uri_digit_scheme, "NameMalformed", "is not absolute"),
	REFUSED(uri_only_scheme, "NameMalformed", "nothing behind its scheme"),
	REFUSED(uri_no_host, "NameMalformed", "no host name"),
	REFUSED(uri_user, "NameMalformed", "user information"),
	REFUSED(uri_user_password, "NameMalformed", "port"),
	REFUSED(uri_wildcard_host, "NameMalformed", "no host name"),
	REFUSED(uri_open_bracket, "NameMalformed", "no host name"),
	REFUSED(uri_bracket_v4, "NameMalformed", "no host name"),
	REFUSED(uri_bracket_mapped, "NameMalformed", "no host name"),
	REFUSED(uri_port_empty, "NameMalformed", "port"),
	REFUSED(uri_port_zero, "NameMalformed", "port"),
	REFUSED(uri_port_large, "NameMalformed", "port"),
	REFUSED(uri_port_long, "NameMalformed", "port"),
	REFUSED(uri_port_letter, "NameMalformed", "port"),
	REFUSED(uri_percent_slash, "NameMalformed", "RFC 3986"),
	REFUSED(uri_percent_at, "NameMalformed", "RFC 3986"),
	REFUSED(uri_dots, "NameMalformed", ". or .."),
	REFUSED(uri_dot, "NameMalformed", ". or .."),
	REFUSED(uri_space, "NameMalformed", "RFC 3986"),
	REFUSED(uri_unicode, "NameMalformed", "RFC 3986"),
	REFUSED(uri_percent_short, "NameMalformed", "RFC 3986"),
	REFUSED(uri_percent_end, "NameMalformed", "RFC 3986"),
	REFUSED(uri_percent_high, "NameMalformed", "RFC 3986"),
	REFUSED(uri_percent_before, "NameMalformed", "RFC 3986"),
	REFUSED(uri_percent_between, "NameMalformed", "RFC 3986"),
	REFUSED(uri_percent_low, "NameMalformed", "RFC 3986"),
	REFUSED(uri_percent_letter, "NameMalformed", "needs no encoding"),
	REFUSED(uri_percent_digit, "NameMalformed", "needs no encoding"),
	REFUSED(uri_percent_dot, "NameMalformed", "needs no encoding"),
	REFUSED(uri_long, "NameMalformed", "2048"),
	REFUSED(uri_other_scheme, "NotAllowed", "altNames.uri"),
	REFUSED(uri_other_host, "NotAllowed", "altNames.uri"),
	REFUSED(uri_other_port, "NotAllowed", "altNames.uri"),
	REFUSED(uri_other_path, "NotAllowed", "altNames.uri"),
	REFUSED(uri_authority_missing, "NotAllowed", "altNames.uri"),
	REFUSED(uri_host_missing, "NotAllowed", "altNames.uri"),
	REFUSED(uri_pattern_text, "NotAllowed", "altNames.uri"),
	REFUSED(uri_denied_case, "Denied", "/admin*"),
	REFUSED(dns_constrained, "NotAllowed",
	    "altNames.dns: \"b.example.com\" is outside the name constraints of the certificate of "
	    "CertificateAuthority \"issuing-ca\", or of one above it: no chain over it would be good for "
	    "that (not there)"),
	REFUSED(subject_constrained, "NotAllowed",
	    "subject: \"CN=www.example.com,O=Example Inc\" is outside the name constraints"),
	REFUSED(usage_not_allowed, "NotAllowed", "keyUsages: \"keyAgreement\" is not allowed"),
	REFUSED(usage_required, "Required",
	    "keyUsages: CertificatePolicy \"tls-server\" requires \"digitalSignature\""),
	REFUSED(usage_none, "Required", "digitalSignature"),
	REFUSED(usage_denied, "Denied", "keyUsages"),
	REFUSED(usage_pattern, "NotAllowed", "allowed is *"),
	REFUSED(usage_no_rule, "NotAllowed", "allowed is nothing"),
	REFUSED(extended_not_allowed, "NotAllowed", "extendedKeyUsages: \"codeSigning\""),
	REFUSED(extended_not_of_authority, "NotAllowed",
	    "extendedKeyUsages: \"serverAuth\" is no usage of the certificate of"),
	REFUSED(extended_second_not_of_authority, "NotAllowed",
	    "extendedKeyUsages: \"serverAuth\" is no usage of the certificate of"),
	REFUSED(extended_required, "Required", "extendedKeyUsages"),
	REFUSED(key_not_allowed, "NotAllowed",
	    "RSA-2048 is not allowed by CertificatePolicy \"tls-server\": "
	    "allowed is ECDSA-P256, Ed25519"),
	REFUSED(no_key_allowed, "NotAllowed", "allowed is nothing"),
	REFUSED(signature_not_allowed, "NotAllowed", "signs with ECDSA-SHA256"),
	REFUSED(no_signature_allowed, "NotAllowed", "signs with ECDSA-SHA256"),
	REFUSED(ttl_long, "NotAllowed", "at most 90d"),
	REFUSED(ttl_short, "NotAllowed", "at least 1h"),
	REFUSED(ttl_absent, "Required", "ttl:"),
	REFUSED(default_ttl_long, "NotAllowed", "91d is longer"),
	REFUSED(start_past, "NotBeforePast", "2026-05-28T20:26:39Z is past"),
	REFUSED(start_before_authority, "BeyondAuthority", "before CertificateAuthority"),
	REFUSED(end_after_authority, "BeyondAuthority", "30d from"),
	REFUSED(later_end_after_authority, "BeyondAuthority", "30d from"),
	REFUSED(ca_denied, "NotAllowed", "basicConstraints.ca"),
	REFUSED(ca_required, "Required", "basicConstraints.ca"),
	REFUSED(ca_no_key_usage, "Required", "needs keyCertSign"),
	REFUSED(not_ca_key_usage, "NotAllowed", "CA certificates only"),
	REFUSED(path_length_not_ca, "NotAllowed", "only a CA certificate"),
	REFUSED(path_length_missing, "NotAllowed", "at most 0"),
	REFUSED(path_length_long, "NotAllowed", "at most 0"),
	REFUSED(ca_under_zero, "NotAllowed", "path length 0"),
	REFUSED(ca_under_one_missing, "NotAllowed", "at most 0 must be given"),
	REFUSED(ca_under_one_long, "NotAllowed", "at most 0 must be given"),
};

static void
check_accepted(const struct plan_case *test)
{
	struct world *world = world_new();
	struct change change = change_of(world);
	struct reasons reasons = { 0 };
	struct plan plan, again;
	struct text why;

	test->change(&change);
	if (!make(world, &plan, &reasons))
		fail_msg("%s: %s", test->title, reasons.at[0].message.at);
	if (!text_contains(plan.text, test->line))
		fail_msg("%s: not in the plan: %s\n%s", test->title, test->line,
		    text_string(world->arena, plan.text));
	if (!plan_parse(world->arena, plan.text, &again, &why))
		fail_msg("%s: does not parse: %.*s", test->title, TEXT_ARGUMENTS(why));
	assert_true(text_equal(again.digest, plan.digest));
	assert_true(plan_same_content(world->arena, &plan, &again));
	world_free(world);
}

/* Fields of a request, each a hundred lines long, of which the first items of a list have one each. */
static const char *const fields[] = { "profile", "requester", "onBehalfOf", "repository",
	"subject.commonName", "subject.organization", "subject.country", "subject.domainComponent",
	"altNames.dns", "altNames.ip", "altNames.email", "altNames.uri", "altNames.upn", "keyUsages",
	"extendedKeyUsages", "basicConstraints.ca", "basicConstraints.pathLength", "ttl", "notBefore" };

enum { FIELDS = sizeof(fields) / sizeof(fields[0]), FIELD_LINES = 100, CSR_LINE = 9999 };

static void
place_fields(struct world *world)
{
	struct text path = world->request.position.path;

	world->request.csr_position = (struct position){ path, CSR_LINE, 1 };
	for (unsigned i = 0; i < FIELDS; i++) {
		struct field_place *place = ARRAY_ADD(world->arena, &world->request.places);

		place->field = text_of(fields[i]);
		place->position = (struct position){ path, (i + 1) * FIELD_LINES, 1 };
		for (unsigned j = 1; j < FIELD_LINES; j++)
			*ARRAY_ADD(world->arena, &place->items) =
			    (struct position){ path, (i + 1) * FIELD_LINES + j, 1 };
	}
}

/* The field that a message begins with; FIELDS for none. */
static size_t
field_named_by(struct text message)
{
	size_t field = 0;

	if (text_starts_with(message, "spec."))
		message = text_skip(message, 5);
	while (field < FIELDS && !(text_starts_with(message, fields[field]) &&
	    memchr(": ", text_skip(message, strlen(fields[field])).at[0], 2) != NULL))
		field++;
	return field;
}

/* A reason stands at the field that it names, and at an item only if it is about one. */
static void
assert_in_place(const struct plan_case *test, const struct reason *reason)
{
	size_t line = reason->position.line, field = field_named_by(reason->message);
	bool of_value;

	assert_true(text_present(reason->position.path));
	if (line == CSR_LINE || line < FIELD_LINES || field == FIELDS)
		return;
	of_value = text_starts_with(text_skip(reason->message, strlen(fields[field])), ": \"");
	if (line / FIELD_LINES != field + 1 || (line % FIELD_LINES != 0 && !of_value))
		fail_msg("%s: line %zu is not the place of: %.*s", test->title, line,
		    TEXT_ARGUMENTS(reason->message));
}

static void
check_refused(const struct plan_case *test)
{
	struct world *world = world_new();
	struct change change = change_of(world);
	struct reasons reasons = { 0 };
	struct plan plan;

	place_fields(world);
	test->change(&change);
	if (make(world, &plan, &reasons))
		fail_msg("%s is accepted:\n%.*s", test->title, TEXT_ARGUMENTS(plan.text));
	if (!reasons_say(&reasons, test->code, test->part)) {
		for (size_t i = 0; i < reasons.count; i++)
			print_message("%s: %.*s\n", reasons.at[i].code,
			    TEXT_ARGUMENTS(reasons.at[i].message));
		fail_msg("%s: no reason %s: %s", test->title, test->code, test->part);
	}
	for (size_t i = 0; i < reasons.count; i++)
		assert_in_place(test, &reasons.at[i]);
	world_free(world);
}

static void
accepts_what_is_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
		check_accepted(&accepted[i]);
}

static void
refuses_with_a_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		check_refused(&refused[i]);
}

static size_t
line_of(const struct reasons *reasons, const char *part)
{
	for (size_t i = 0; i < reasons->count; i++)
		if (text_contains(reasons->at[i].message, part))
			return reasons->at[i].position.line;
	fail_msg("no reason says %s", part);
	return 0;
}

/* What is wrong with one of several values is shown where that value stands, however it is spelt there. */
static void
points_at_the_value(void **state)
{
	struct world *world = world_new();
	struct change change = change_of(world), *c = &change;
	struct reasons reasons = { 0 };
	struct plan plan;

	(void)state;
	place_fields(world);
	ALT(DNS, "WWW.Example.com", "a.example.com", "B.Example.ORG");
	ALT(IP, "10.0.0.1", "192.0.2.1", "nothing", "2001:DB8::0");
	SUBJECT(ORGANIZATION, "Example Inc", " Example", "Other");
	c->request->key_usages_present = true;
	c->request->key_usages = LIST("digitalSignature", "keyAgreement");
	assert_false(make(world, &plan, &reasons));
	assert_int_equal(line_of(&reasons, "\"b.example.org\""), 903);
	assert_int_equal(line_of(&reasons, "\"192.0.2.1\""), 1002);
	assert_int_equal(line_of(&reasons, "\"nothing\""), 1003);
	assert_int_equal(line_of(&reasons, "\"2001:db8::\""), 1004);
	assert_int_equal(line_of(&reasons, "\" Example\""), 602);
	assert_int_equal(line_of(&reasons, "\"Other\""), 603);
	assert_int_equal(line_of(&reasons, "\"keyAgreement\""), 1402);
	/* a value that the profile gives stands nowhere in the request */
	reasons.count = 0;
	SUBJECT(ORGANIZATION, NULL);
	c->profile->default_subject.values[SUBJECT_ORGANIZATION] = LIST("Example Ltd");
	assert_false(make(world, &plan, &reasons));
	assert_int_equal(line_of(&reasons, "\"Example Ltd\""), 600);
	reasons.count = 0;
	c->profile->default_subject.values[SUBJECT_ORGANIZATION] = LIST(" Example");
	assert_false(make(world, &plan, &reasons));
	assert_int_equal(line_of(&reasons, "\" Example\""), 600);
	world_free(world);
}

/* Once for each name, however often it is given. */
static void
says_once_what_is_given_twice(void **state)
{
	struct world *world = world_new();
	struct change change = change_of(world), *c = &change;
	struct reasons reasons = { 0 };
	struct plan plan;

	(void)state;
	ALT(DNS, "b.example.org", "a.example.org", "B.example.org");
	assert_false(make(world, &plan, &reasons));
	assert_int_equal(reasons.count, 2);
	assert_true(text_contains(reasons.at[0].message, "\"a.example.org\""));
	assert_true(text_contains(reasons.at[1].message, "\"b.example.org\""));
	world_free(world);
}

/* A file has room for tens of thousands of names: nothing is said of each. */
static void
too_many_names_are_not_looked_at(void **state)
{
	struct world *world = world_new();
	struct change change = change_of(world), *c = &change;
	struct reasons reasons = { 0 };
	struct plan plan;

	(void)state;
	for (int i = 0; i < 101; i++)
		texts_add(world->arena, &c->request->alt_names.values[ALT_NAME_DNS], TEXT("no name"));
	assert_false(make(world, &plan, &reasons));
	assert_int_equal(reasons.count, 1);
	assert_string_equal(reasons.at[0].code, "TooManyNames");
	world_free(world);
}

/* Each violation is a reason of its own. */
static void
names_every_violation(void **state)
{
	struct world *world = world_new();
	struct change change = change_of(world), *c = &change;
	struct reasons reasons = { 0 };
	struct plan plan;

	(void)state;
	ALT(DNS, "a.example.org", "b.example.org");
	ALT(IP, "192.0.2.1", "not an address");
	c->request->ttl = 400 * 86400;
	c->csr->key_algorithm = TEXT("RSA-2048");
	c->request->repository = TEXT("00000000000000000000000000000000");
	assert_false(make(world, &plan, &reasons));
	assert_int_equal(reasons_errors(&reasons), 7);
	world_free(world);
}

/* The request stands in line 5, its CSR in line 10, and this list from line 20 on, its items a line each. */
static void
place_lines(struct change *c, const char *field, const struct texts *values)
{
	struct field_place *place = ARRAY_ADD(c->world->arena, &c->request->places);

	c->request->position.line = 5;
	c->request->csr_position = c->request->position;
	c->request->csr_position.line = 10;
	*place = (struct field_place){ .field = text_of(field), .position = c->request->position };
	place->position.line = 20;
	for (size_t i = 0; i < values->count; i++) {
		struct position *item = ARRAY_ADD(c->world->arena, &place->items);

		*item = place->position;
		item->line += (unsigned)i + 1;
	}
}

static void
points_at(struct change *c, const char *code, const char *part, unsigned line)
{
	struct reasons reasons = { 0 };
	struct plan plan;
	size_t found = 0;

	assert_false(make(c->world, &plan, &reasons));
	while (found < reasons.count && (strcmp(reasons.at[found].code, code) != 0 ||
	    !text_contains(reasons.at[found].message, part)))
		found++;
	if (found == reasons.count)
		fail_msg("no reason %s: %s", code, part);
	if (reasons.at[found].position.line != line)
		fail_msg("%s: %s: line %u, not %u", code, part, reasons.at[found].position.line, line);
}

/* Whoever reads a reason is led to what gave the value, whichever way it came into the plan. */
static void
points_at_what_gave_the_value(void **state)
{
	struct world *world = world_new();
	struct change change = change_of(world), *c = &change;

	(void)state;
	ALT(DNS, "www.example.com", "WWW.Example.ORG", "other.example.org", "not a name");
	place_lines(c, "altNames.dns", &c->request->alt_names.values[ALT_NAME_DNS]);
	points_at(c, "NotAllowed", "\"www.example.org\"", 22);
	points_at(c, "NotAllowed", "\"other.example.org\"", 23);
	points_at(c, "NameMalformed", "\"not a name\"", 24);
	/* what a profile gives by default has no place in the request but the request itself */
	c->profile->default_subject.values[SUBJECT_LOCALITY] = LIST("a\tb");
	points_at(c, "NameMalformed", "subject.locality", 5);
	world_free(world);
}

static void
points_at_the_csr_where_that_gives_the_names(void **state)
{
	struct world *world = world_new();
	struct change change = change_of(world), *c = &change;

	(void)state;
	c->request->subject = (struct subject_names){ 0 };
	c->request->alt_names = (struct alt_names){ 0 };
	c->csr->alt_names.values[ALT_NAME_DNS] = LIST("evil.example.org", "not a name");
	place_lines(c, "altNames.dns", &c->request->alt_names.values[ALT_NAME_DNS]);
	points_at(c, "NotAllowed", "\"evil.example.org\"", 10);
	points_at(c, "NameMalformed", "\"not a name\"", 10);
	world_free(world);
}

/* One of each kind of name, and the subject beside them; what is no name at all goes first. */
static void
points_at_names_outside_the_constraints(void **state)
{
	struct world *world = world_new();
	struct change change = change_of(world), *c = &change;
	struct reasons reasons = { 0 };
	struct plan plan;

	(void)state;
	ALLOW_ALT(EMAIL, "*@example.com");
	ALT(DNS, "www.example.com", "B.example.com", "c.example.com");
	ALT(EMAIL, "x@example.com");
	SUBJECT(COMMON_NAME, "b.example.com");
	CONSTRAINED("b.example.com", "c.example.com", "x@example.com");
	place_lines(c, "altNames.dns", &c->request->alt_names.values[ALT_NAME_DNS]);
	points_at(c, "NotAllowed", "altNames.dns: \"b.example.com\"", 22);
	points_at(c, "NotAllowed", "altNames.email: \"x@example.com\"", 5);
	points_at(c, "NotAllowed", "subject: \"CN=b.example.com,O=Example Inc\"", 5);
	ALT(DNS, "www.example.com", "b.example.com", "not a name");
	assert_false(make(world, &plan, &reasons));
	for (size_t i = 0; i < reasons.count; i++)
		assert_false(text_contains(reasons.at[i].message, "constraints"));
	world_free(world);
}

/* Only so many items are compared with a value; beyond them the list is pointed at. */
static void
points_at_a_long_list_as_a_whole(void **state)
{
	struct world *world = world_new();
	struct change change = change_of(world), *c = &change;

	(void)state;
	c->request->extended_key_usages_present = true;
	for (int i = 0; i < 300; i++)
		texts_add(world->arena, &c->request->extended_key_usages,
		    text_printf(world->arena, "1.2.3.%d", 1000 + i));
	place_lines(c, "extendedKeyUsages", &c->request->extended_key_usages);
	points_at(c, "NotAllowed", "\"1.2.3.1000\"", 21);
	points_at(c, "NotAllowed", "\"1.2.3.1255\"", 276);
	points_at(c, "NotAllowed", "\"1.2.3.1256\"", 20);
	world_free(world);
}

/* RFC 5280 appendix A.1, in characters and not in bytes. */
static void
subject_values_have_their_bounds(void **state)
{
	static const struct {
		enum subject_attribute attribute;
		size_t most;
	} bounds[] = {
		{ SUBJECT_DOMAIN_COMPONENT, 63 }, { SUBJECT_STATE, 128 }, { SUBJECT_LOCALITY, 128 },
		{ SUBJECT_ORGANIZATION, 64 }, { SUBJECT_ORGANIZATIONAL_UNIT, 64 },
		{ SUBJECT_COMMON_NAME, 64 },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		const char *letter =
		    bounds[i].attribute == SUBJECT_DOMAIN_COMPONENT ? "x" : "\303\274";
		struct buffer value = { .arena = arena };

		for (size_t j = 0; j < bounds[i].most; j++)
			buffer_add(&value, text_of(letter));
		assert_null(subject_value_problem(arena, bounds[i].attribute, buffer_text(&value)));
		buffer_add(&value, text_of(letter));
		assert_non_null(
		    strstr(subject_value_problem(arena, bounds[i].attribute, buffer_text(&value)),
			arena_printf(arena, "longer than %zu characters", bounds[i].most)));
	}
	arena_free(arena);
}

/* Long lists are cut where people read them. */
static void
cuts_long_lists(void **state)
{
	struct world *world = world_new();
	struct change change = change_of(world), *c = &change;
	struct reasons reasons = { 0 };
	struct plan plan;

	(void)state;
	for (int i = 0; i < 20; i++)
		texts_add(world->arena, &c->rules->alt_names[ALT_NAME_DNS].allowed,
		    text_printf(world->arena, "a%02d.example.com", i));
	ALT(DNS, "www.example.org");
	assert_false(make(world, &plan, &reasons));
	assert_true(reasons_say(&reasons, "NotAllowed", "a10.example.com, and 9 more"));
	c->rules->alt_names[ALT_NAME_DNS].allowed.count = 12;
	assert_false(make(world, &plan, &reasons));
	assert_false(reasons_say(&reasons, "NotAllowed", "and 0 more"));
	world_free(world);
}

static void
knows_the_same_plan(void **state)
{
	struct world *world = world_new();
	struct reasons reasons = { 0 };
	struct plan plan, other;

	(void)state;
	assert_true(make(world, &plan, &reasons));
	other = plan;
	other.generation = 7;
	plan_write(world->arena, &other);
	assert_false(text_equal(plan.digest, other.digest));
	assert_true(plan_same_content(world->arena, &plan, &other));
	other.lifetime++;
	assert_false(plan_same_content(world->arena, &plan, &other));
	/* two plans that cannot be written are not the same plan */
	other = (struct plan){ .path_length = -1 };
	assert_false(plan_same_content(world->arena, &other, &other));
	world_free(world);
}

static void
sums_up_in_one_line(void **state)
{
	struct world *world = world_new();
	struct plan plan = { .path_length = -1 };

	(void)state;
	assert_true(text_is(plan_summary(world->arena, &plan), ""));
	plan.subject.values[SUBJECT_ORGANIZATION] = world_list(world, "Example Inc", NULL);
	assert_true(text_is(plan_summary(world->arena, &plan), "O=Example Inc"));
	plan.subject.values[SUBJECT_COMMON_NAME] = world_list(world, "www.example.com", NULL);
	plan.alt_names.values[ALT_NAME_DNS] = world_list(world, "www.example.com", NULL);
	assert_true(text_is(plan_summary(world->arena, &plan), "www.example.com"));
	plan.subject.values[SUBJECT_COMMON_NAME] =
	    world_list(world, "www.example.com", "api.example.com", NULL);
	assert_true(text_is(plan_summary(world->arena, &plan), "www.example.com and 1 more"));
	plan.subject.values[SUBJECT_COMMON_NAME].count = 1;
	plan.alt_names.values[ALT_NAME_IP] = world_list(world, "10.0.0.1", "10.0.0.2", NULL);
	assert_true(text_is(plan_summary(world->arena, &plan), "www.example.com and 2 more"));
	plan.subject.values[SUBJECT_COMMON_NAME] = world_list(world, "a\033[31m", NULL);
	assert_true(text_is(plan_summary(world->arena, &plan), "a\\x1b[31m and 3 more"));
	world_free(world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_what_is_allowed),
		cmocka_unit_test(refuses_with_a_reason),
		cmocka_unit_test(subject_values_have_their_bounds),
		cmocka_unit_test(points_at_the_value),
		cmocka_unit_test(says_once_what_is_given_twice),
		cmocka_unit_test(too_many_names_are_not_looked_at),
		cmocka_unit_test(names_every_violation),
		cmocka_unit_test(points_at_what_gave_the_value),
		cmocka_unit_test(points_at_the_csr_where_that_gives_the_names),
		cmocka_unit_test(points_at_names_outside_the_constraints),
		cmocka_unit_test(points_at_a_long_list_as_a_whole),
		cmocka_unit_test(cuts_long_lists),
		cmocka_unit_test(knows_the_same_plan),
		cmocka_unit_test(sums_up_in_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
