#include "issue/usages.h"

#include "issue/der.h"

static const char *const usage_names[KEY_USAGES] = {
	"digitalSignature",
	"contentCommitment",
	"keyEncipherment",
	"dataEncipherment",
	"keyAgreement",
	"keyCertSign",
	"cRLSign",
	"encipherOnly",
	"decipherOnly",
};

/* id-kp is 1.3.6.1.5.5.7.3 (RFC 5280 section 4.2.1.12; ipsecIKE: RFC 4945 section 5.1.3.12). */
#define ID_KP "\x2b\x06\x01\x05\x05\x07\x03"

static const struct {
	const char *name;
	struct text identifier;
} extended[] = {
	{ "serverAuth", { ID_KP "\x01", 8 } },
	{ "clientAuth", { ID_KP "\x02", 8 } },
	{ "codeSigning", { ID_KP "\x03", 8 } },
	{ "emailProtection", { ID_KP "\x04", 8 } },
	{ "timeStamping", { ID_KP "\x08", 8 } },
	{ "OCSPSigning", { ID_KP "\x09", 8 } },
	{ "ipsecIKE", { ID_KP "\x11", 8 } },
};

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

const char *
key_usage_name(unsigned bit)
{
	return bit < KEY_USAGES ? usage_names[bit] : "";
}

unsigned
key_usages_unfit(enum key_algorithm algorithm)
{
	unsigned agreement = USAGE_KEY_AGREEMENT | USAGE_ENCIPHER_ONLY | USAGE_DECIPHER_ONLY;
	unsigned encipherment = USAGE_KEY_ENCIPHERMENT | USAGE_DATA_ENCIPHERMENT;

	switch (algorithm) {
	case KEY_ECDSA_P256:
	case KEY_ECDSA_P384:
		return encipherment;
	case KEY_ED25519:
		return encipherment | agreement;
	case KEY_RSA_2048:
	case KEY_RSA_3072:
	case KEY_RSA_4096:
		return agreement;
	case KEY_NONE:
		break;
	}
	return ~0u;
}

bool
extended_key_usage_identifier(struct arena *arena, struct text name, struct text *out)
{
	for (size_t i = 0; i < sizeof(extended) / sizeof(extended[0]); i++) {
		if (text_is(name, extended[i].name)) {
			*out = extended[i].identifier;
			return true;
		}
	}
	return der_identifier_parse(arena, name, out);
}
