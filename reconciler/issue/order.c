#include "issue/order.h"

#include "base/encoding.h"
#include "issue/extended_key_usage.h"
#include "issue/x509_names.h"
#include "model/key_usage.h"

enum { SERIAL_DIGITS = 38, SHOWN_BYTES = 128 };

static bool
refuse(struct text *why, struct text what)
{
	*why = what;
	return false;
}

bool
order_check_intent(struct arena *arena, const struct plan *plan, const struct intent *intent,
    const struct authority_certificate *authority, struct text *why)
{
	if (!intent->present)
		return refuse(why, TEXT("there is no intent to issue"));
	if (!text_equal(intent->digest, plan->digest))
		return refuse(why, TEXT("the intent is for another plan"));
	if (!hex_is_lower(intent->serial_number, SERIAL_DIGITS) ||
	    text_starts_with(intent->serial_number, "00") || intent->serial_number.at[0] > '7')
		return refuse(why, TEXT("the intent's serial number is not one of 19 octets, the "
					"first from 01 to 7f"));
	if (intent->decided_at <= 0 || intent->not_before < intent->decided_at)
		return refuse(why, TEXT("the intent's notBefore is before its decision"));
	if (intent->not_before != (plan->not_before != 0 ? plan->not_before : intent->decided_at))
		return refuse(why, TEXT("the intent's notBefore is not the plan's"));
	if (plan->lifetime > MOMENT_LAST || intent->not_before > MOMENT_LAST - plan->lifetime + 1)
		return refuse(why, TEXT("the certificate would end after the year 9999"));
	if (intent->not_after != intent->not_before + plan->lifetime - 1)
		return refuse(why, TEXT("the intent's notAfter is not notBefore + lifetime - 1"));
	if (intent->not_before < authority->not_before || intent->not_after > authority->not_after)
		return refuse(why, text_printf(arena,
				       "the certificate would be valid from %s to %s, "
				       "outside the authority's validity from %s to %s",
				       moment_format(arena, intent->not_before).at,
				       moment_format(arena, intent->not_after).at,
				       moment_format(arena, authority->not_before).at,
				       moment_format(arena, authority->not_after).at));
	return true;
}

static bool
check_constraints(const struct plan *plan, const struct authority_certificate *authority,
    struct text *why)
{
	if (!plan->ca)
		return plan->path_length < 0 ||
		       refuse(why, TEXT("only a CA certificate has a path length"));
	if (plan->path_length > 255)
		return refuse(why, TEXT("the path length is over 255"));
	if (authority->path_length == 0)
		return refuse(why,
		    TEXT("the authority's path length leaves no room for a CA below it"));
	if (authority->path_length > 0 &&
	    (plan->path_length < 0 || plan->path_length >= authority->path_length))
		return refuse(why, TEXT("the path length must be smaller than the authority's"));
	return true;
}

static bool
check_extended_usages(struct arena *arena, const struct plan *plan,
    const struct authority_certificate *authority, struct text *why)
{
	struct text identifier;

	for (size_t i = 0; i < plan->extended_key_usages.count &&
	     authority->extended_key_usages.count > 0; i++) {
		struct text usage = plan->extended_key_usages.at[i];

		if (!extended_key_usage_identifier(arena, usage, &identifier) ||
		    !texts_contain(&authority->extended_key_usages, identifier))
			return refuse(why, text_printf(arena,
			    "the authority's certificate is for other extended key usages than "
			    "\"%.*s\"", TEXT_ARGUMENTS(text_visible(arena, usage, SHOWN_BYTES))));
	}
	return true;
}

bool
order_check_plan(struct arena *arena, const struct plan *plan, const struct public_key *key,
    const struct authority_certificate *authority, struct text *why)
{
	enum signature_algorithm algorithm = signature_algorithm_parse(plan->signature_algorithm);

	if (!text_is(plan->action, "issue"))
		return refuse(why, TEXT("only plans with the action \"issue\" are signed"));
	if (!key_signs_with(authority->key.algorithm, algorithm))
		return refuse(why, text_printf(arena,
				       "the authority's %.*s key does not sign with "
				       "%.*s",
				       TEXT_ARGUMENTS(key_algorithm_name(authority->key.algorithm)),
				       TEXT_ARGUMENTS(text_visible(arena, plan->signature_algorithm,
					   SHOWN_BYTES))));
	if (text_equal(key->whole, authority->key.whole))
		return refuse(why, TEXT("the public key is the authority's own"));
	if (plan->ca && subject_names_empty(&plan->subject))
		return refuse(why,
		    TEXT("a CA certificate needs a subject (RFC 5280 section 4.1.2.6)"));
	return x509_names_check(arena, &plan->subject, &plan->alt_names, why) &&
	       key_usages_check(arena, plan, key_algorithm_name(key->algorithm), why) &&
	       check_constraints(plan, authority, why) &&
	       check_extended_usages(arena, plan, authority, why) &&
	       (!text_present(plan->crl_distribution_point) ||
		   x509_uri_check(arena, plan->crl_distribution_point, why));
}

bool
order_content(struct arena *arena, const struct plan *plan, const struct intent *intent,
    const struct public_key *key, struct certificate_content *out, struct text *why)
{
	struct text unknown, identifier, serial_number;

	if (!hex_decode(arena, intent->serial_number, &serial_number))
		return refuse(why, TEXT("the serial number is not hex"));
	*out = (struct certificate_content){
		.serial_number = serial_number,
		.algorithm = signature_algorithm_parse(plan->signature_algorithm),
		.not_before = intent->not_before,
		.not_after = intent->not_after,
		.subject = &plan->subject,
		.public_key = key->whole,
		.alt_names = &plan->alt_names,
		.ca = plan->ca,
		.path_length = plan->path_length,
		.subject_key_identifier = public_key_identifier(arena, key),
		.crl_distribution_point = plan->crl_distribution_point,
	};
	if (!key_usages_parse(&plan->key_usages, &out->key_usages, &unknown))
		return refuse(why, TEXT("there is an unknown key usage"));
	for (size_t i = 0; i < plan->extended_key_usages.count; i++) {
		if (!extended_key_usage_identifier(arena, plan->extended_key_usages.at[i],
			&identifier))
			return refuse(why, text_printf(arena,
					       "there is no extended key usage "
					       "\"%.*s\"",
					       TEXT_ARGUMENTS(text_visible(arena,
						   plan->extended_key_usages.at[i], SHOWN_BYTES))));
		if (texts_contain(&out->extended_key_usages, identifier))
			return refuse(why, TEXT("an extended key usage stands there twice, by name "
						"and by number"));
		texts_add(arena, &out->extended_key_usages, identifier);
	}
	return true;
}
