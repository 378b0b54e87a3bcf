#include "trust/key_type.h"

#define BYTES(literal) { literal, sizeof(literal) - 1 }

/* SEC 2 sections 2.4.2, 2.5.1 and 2.6.1: the order n of the base point. */
#define ORDER_P256 \
	BYTES("\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff" \
	      "\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51")
#define ORDER_P384 \
	BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" \
	      "\xff\xff\xff\xff\xff\xff\xff\xff\xc7\x63\x4d\x81\xf4\x37\x2d\xdf" \
	      "\x58\x1a\x0d\xb2\x48\xb0\xa7\x7a\xec\xec\x19\x6a\xcc\xc5\x29\x73")
#define ORDER_P521 \
	BYTES("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" \
	      "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfa" \
	      "\x51\x86\x87\x83\xbf\x2f\x96\x6b\x7f\xcc\x01\x48\xf7\x09\xa5\xd0" \
	      "\x3b\xb5\xc9\xb8\x89\x9c\x47\xae\xbb\x6f\xb7\x1e\x91\x38\x64\x09")

/* RFC 8410 section 4 and RFC 5480 section 2 in DER, up to the BIT STRING's octets. */
#define SPKI_ED25519 BYTES("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00")
#define SPKI_P256 \
	BYTES("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01" \
	      "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00")
#define SPKI_P384 \
	BYTES("\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01" \
	      "\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00")
#define SPKI_P521 \
	BYTES("\x30\x81\x9b\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01" \
	      "\x06\x05\x2b\x81\x04\x00\x23\x03\x81\x86\x00")

#define CURVE_P256 .family = KEY_ECDSA, .curve = "nistp256", .group = "P-256", \
	.digest = "SHA256", .order = ORDER_P256, .public_bytes = 65, .spki_prefix = SPKI_P256
#define CURVE_P384 .family = KEY_ECDSA, .curve = "nistp384", .group = "P-384", \
	.digest = "SHA384", .order = ORDER_P384, .public_bytes = 97, .spki_prefix = SPKI_P384
#define CURVE_P521 .family = KEY_ECDSA, .curve = "nistp521", .group = "P-521", \
	.digest = "SHA512", .order = ORDER_P521, .public_bytes = 133, .spki_prefix = SPKI_P521
#define ED25519 .family = KEY_ED25519, .public_bytes = 32, .spki_prefix = SPKI_ED25519

static const struct key_type types[] = {
	{ .name = "ssh-ed25519", ED25519 },
	{ .name = "ecdsa-sha2-nistp256", CURVE_P256 },
	{ .name = "ecdsa-sha2-nistp384", CURVE_P384 },
	{ .name = "ecdsa-sha2-nistp521", CURVE_P521 },
	{ .name = "ssh-rsa", .family = KEY_RSA },
	{ .name = "sk-ssh-ed25519@openssh.com", .security_key = true, ED25519 },
	{ .name = "sk-ecdsa-sha2-nistp256@openssh.com", .security_key = true, CURVE_P256 },
};

const struct key_type *
key_type_named(struct text name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (text_is(name, types[i].name))
			return &types[i];
	return NULL;
}
