#include "issue/name_constraints.h"

#include <openssl/x509v3.h>

#include "issue/authority_certificate.h"
#include "issue/certificate.h"

/* A Name without attributes, and the SubjectPublicKeyInfo of no Ed25519 key: nobody looks at them. */
static const struct text no_name = { "\x30\x00", 2 };
static const struct text no_key = { "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"
	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 44 };

bool
name_constraints_present(const X509 *certificate)
{
	return X509_get_ext_by_NID(certificate, NID_name_constraints, -1) >= 0;
}

static int
judge(const X509 *above, X509 *certificate)
{
	NAME_CONSTRAINTS *constraints = NULL;
	int problem = X509_V_ERR_UNSPECIFIED;

	/* Its extensions are not looked at before X509_check_purpose() has decoded them. */
	if (above != NULL && certificate != NULL && X509_check_purpose(certificate, -1, 0) == 1)
		constraints = X509_get_ext_d2i(above, NID_name_constraints, NULL, NULL);
	if (constraints != NULL)
		problem = NAME_CONSTRAINTS_check(certificate, constraints);
	if (problem == X509_V_OK)
		problem = NAME_CONSTRAINTS_check_CN(certificate, constraints);
	NAME_CONSTRAINTS_free(constraints);
	return problem;
}

bool
name_constraints_permit(struct arena *arena, struct text above, struct text certificate,
    struct text *why)
{
	X509 *constraining = x509_decode(above), *constrained = x509_decode(certificate);
	int problem = judge(constraining, constrained);

	if (problem != X509_V_OK)
		*why = text_printf(arena, "%s", X509_verify_cert_error_string(problem));
	X509_free(constrained);
	X509_free(constraining);
	return problem == X509_V_OK;
}

bool
name_constraints_permit_names(struct arena *arena, const struct texts *above,
    const struct subject_names *subject, const struct alt_names *alt_names, struct text *why)
{
	const struct certificate_content content = { .serial_number = TEXT("\x01"),
		.algorithm = SIGNATURE_ED25519,
		.issuer = no_name,
		.not_before = 1,
		.not_after = 2,
		.subject = subject,
		.public_key = no_key,
		.alt_names = alt_names,
		.path_length = -1,
		.subject_key_identifier = TEXT("\x01") };
	struct text tbs = tbs_certificate_write(arena, &content), certificate;

	if (!text_present(tbs)) {
		*why = TEXT("an alternative name cannot be written");
		return false;
	}
	certificate = certificate_assemble(arena, tbs, content.algorithm, TEXT("none"));
	for (size_t i = 0; i < above->count; i++)
		if (!name_constraints_permit(arena, above->at[i], certificate, why))
			return false;
	return true;
}
