#include "issue/extended_key_usage.h"

#include "issue/der.h"

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

void
extended_key_usage_spellings(struct arena *arena, struct text identifier, struct texts *out)
{
	texts_add(arena, out, der_identifier_format(arena, identifier));
	for (size_t i = 0; i < sizeof(extended) / sizeof(extended[0]); i++)
		if (text_equal(identifier, extended[i].identifier))
			texts_add(arena, out, text_of(extended[i].name));
}
