#include "model/key_usage.h"

enum { SHOWN_BYTES = 128 };

static const char *const usage_names[KEY_USAGES] = { "digitalSignature", "contentCommitment",
	"keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign",
	"encipherOnly", "decipherOnly" };

bool
key_usages_parse(const struct texts *names, unsigned *out, struct text *unknown)
{
	*out = 0;
	for (size_t i = 0; i < names->count; i++) {
		unsigned bit = 0;

		while (bit < KEY_USAGES && !text_is(names->at[i], usage_names[bit]))
			bit++;
		if (bit == KEY_USAGES) {
			*unknown = names->at[i];
			return false;
		}
		*out |= 1u << bit;
	}
	return true;
}

/* The usages that a key of this kind cannot serve; all of them for an unknown kind. */
static unsigned
unfit_for(struct text key_algorithm)
{
	unsigned encipherment = USAGE_KEY_ENCIPHERMENT | USAGE_DATA_ENCIPHERMENT;
	unsigned agreement = USAGE_KEY_AGREEMENT | USAGE_ENCIPHER_ONLY | USAGE_DECIPHER_ONLY;

	if (text_starts_with(key_algorithm, "ECDSA-"))
		return encipherment;
	if (text_starts_with(key_algorithm, "RSA-"))
		return agreement;
	return text_is(key_algorithm, "Ed25519") ? encipherment | agreement : ~0u;
}

static bool
refuse(struct text *why, struct text what)
{
	*why = what;
	return false;
}

bool
key_usages_check(struct arena *arena, const struct plan *plan, struct text key_algorithm,
    struct text *why)
{
	const unsigned only_with_agreement = USAGE_ENCIPHER_ONLY | USAGE_DECIPHER_ONLY;
	struct text unknown;
	unsigned usages, unfit;

	if (!key_usages_parse(&plan->key_usages, &usages, &unknown))
		return refuse(why, text_printf(arena, "there is no key usage \"%.*s\"",
				       TEXT_ARGUMENTS(text_visible(arena, unknown, SHOWN_BYTES))));
	unfit = usages & unfit_for(key_algorithm);
	for (unsigned bit = 0; bit < KEY_USAGES; bit++)
		if ((unfit & 1u << bit) != 0)
			return refuse(why, text_printf(arena,
					       "a key of the kind %.*s cannot have "
					       "the key usage %s",
					       TEXT_ARGUMENTS(key_algorithm), usage_names[bit]));
	if (plan->ca != ((usages & USAGE_KEY_CERT_SIGN) != 0))
		return refuse(why, TEXT("the key usage keyCertSign and basicConstraints CA:TRUE go "
					"together (RFC 5280 sections 4.2.1.3 and 4.2.1.9)"));
	if ((usages & only_with_agreement) != 0 && (usages & USAGE_KEY_AGREEMENT) == 0)
		return refuse(why, TEXT("encipherOnly and decipherOnly have a meaning only with "
					"keyAgreement (RFC 5280 section 4.2.1.3)"));
	return true;
}
