#include "issue/authority.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "issue/authority_certificate.h"
#include "issue/der.h"
#include "issue/extended_key_usage.h"
#include "issue/name_constraints.h"

/* The certificates of one authority, for OpenSSL. */
struct ladder {
	X509 *certificate;
	STACK_OF(X509) * chain;
	STACK_OF(X509) * roots;
};

static bool
is_self_issued(X509 *certificate)
{
	return X509_NAME_cmp(X509_get_subject_name(certificate),
		   X509_get_issuer_name(certificate)) == 0;
}

/*
 * What everything else must lead to: the root where it is given, else the
 * last of the chain, else a self-signed certificate itself; NULL when there is nothing to
 * verify against.
 */
static X509 *
anchor_of(const struct ladder *ladder)
{
	if (sk_X509_num(ladder->roots) > 0)
		return sk_X509_value(ladder->roots, 0);
	if (sk_X509_num(ladder->chain) > 0)
		return sk_X509_value(ladder->chain, sk_X509_num(ladder->chain) - 1);
	return is_self_issued(ladder->certificate) ? ladder->certificate : NULL;
}

/*
 * Below a CA with a path length there may be that many CAs, the one judged
 * among them (RFC 5280 section 4.2.1.9): X509_verify_cert() takes it for an end entity.
 */
static bool
path_lengths_suffice(STACK_OF(X509) * path)
{
	for (int i = 1; i < sk_X509_num(path); i++) {
		long most = X509_get_pathlen(sk_X509_value(path, i));

		if (most >= 0 && most < i)
			return false;
	}
	return true;
}

/* Time is left out: whether an authority is valid at a moment is judged when that moment is known. */
static bool
verify_to(struct arena *arena, const struct ladder *ladder, X509 *anchor, struct text *why)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	bool good = false;

	*why = TEXT("out of memory");
	if (store == NULL || context == NULL || X509_STORE_add_cert(store, anchor) != 1 ||
	    X509_STORE_CTX_init(context, store, ladder->certificate, ladder->chain) != 1)
		goto out;
	X509_STORE_CTX_set_flags(context, X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN |
					      X509_V_FLAG_X509_STRICT |
					      X509_V_FLAG_CHECK_SS_SIGNATURE);
	if (X509_verify_cert(context) != 1) {
		*why = text_printf(arena, "%s",
		    X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
		goto out;
	}
	*why = TEXT("a path length above it leaves no room for it");
	good = path_lengths_suffice(X509_STORE_CTX_get0_chain(context));
out:
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	return good;
}

/*
 * Each certificate of the chain issued the one before it, and no root is
 * among them: clients get them in this order.
 */
static bool
chain_in_order(const struct ladder *ladder)
{
	X509 *below = ladder->certificate;

	for (int i = 0; i < sk_X509_num(ladder->chain); i++) {
		X509 *above = sk_X509_value(ladder->chain, i);

		if (X509_check_issued(above, below) != X509_V_OK || is_self_issued(above))
			return false;
		below = above;
	}
	return true;
}

static void
add_constraining(struct arena *arena, X509 *certificate, struct texts *out)
{
	unsigned char *der = NULL;
	int length;

	if (!name_constraints_present(certificate))
		return;
	length = i2d_X509(certificate, &der);
	texts_add(arena, out, der_taken_over(arena, der, length));
}

/* Those with name constraints, from the authority's own up to its root: a verifier heeds each. */
static void
find_constraining(struct arena *arena, const struct ladder *ladder, struct texts *out)
{
	add_constraining(arena, ladder->certificate, out);
	for (int i = 0; i < sk_X509_num(ladder->chain); i++)
		add_constraining(arena, sk_X509_value(ladder->chain, i), out);
	if (sk_X509_num(ladder->roots) > 0 &&
	    X509_cmp(sk_X509_value(ladder->roots, 0), ladder->certificate) != 0)
		add_constraining(arena, sk_X509_value(ladder->roots, 0), out);
}

static bool
check_ladder(struct arena *arena, const struct certificate_authority *authority,
    struct texts *constraining, struct text *why)
{
	struct ladder ladder = { x509_read(arena, authority->certificate, why), sk_X509_new_null(),
		sk_X509_new_null() };
	X509 *anchor;
	bool good = false;

	if (ladder.certificate == NULL || ladder.chain == NULL || ladder.roots == NULL)
		goto out;
	if (!x509_read_all(arena, authority->chain, ladder.chain, why) ||
	    !x509_read_all(arena, authority->root, ladder.roots, why))
		goto out;
	*why = TEXT("spec.root holds more than one certificate, or one that is not self-issued");
	if (sk_X509_num(ladder.roots) > 1 ||
	    (sk_X509_num(ladder.roots) == 1 && !is_self_issued(sk_X509_value(ladder.roots, 0))))
		goto out;
	*why =
	    TEXT("in spec.chain each certificate must have issued the one before it, and the root "
		 "stands in spec.root");
	if (!chain_in_order(&ladder))
		goto out;
	anchor = anchor_of(&ladder);
	good = anchor == NULL || verify_to(arena, &ladder, anchor, why);
	find_constraining(arena, &ladder, constraining);
out:
	X509_free(ladder.certificate);
	sk_X509_pop_free(ladder.chain, X509_free);
	sk_X509_pop_free(ladder.roots, X509_free);
	return good;
}

void
authority_read(struct arena *arena, struct certificate_authority *authority,
    struct reasons *reasons)
{
	struct authority_certificate certificate;
	struct texts constraining = { 0 };
	struct text why = TEXT("");

	authority->facts = (struct authority_facts){ .path_length = -1 };
	if (!text_is(authority->type, "internal"))
		return;
	if (!authority_certificate_read(arena, authority->certificate, &certificate, &why)) {
		reason_add(arena, reasons, authority->position, "AuthorityCertificate",
		    "spec.certificate: %.*s", TEXT_ARGUMENTS(why));
		return;
	}
	if (!check_ladder(arena, authority, &constraining, &why)) {
		reason_add(arena, reasons, authority->position, "AuthorityChain",
		    "spec.certificate does not verify up to spec.chain and spec.root: %.*s",
		    TEXT_ARGUMENTS(why));
		return;
	}
	authority->facts = (struct authority_facts){
		.good = true,
		.sha256 = certificate.sha256,
		.subject = certificate.subject_text,
		.key_algorithm = key_algorithm_name(certificate.key.algorithm),
		.not_before = certificate.not_before,
		.not_after = certificate.not_after,
		.path_length = certificate.path_length,
		.constraining = constraining,
		.permits_names = constraining.count > 0 ? name_constraints_permit_names : NULL,
	};
	for (size_t i = 0; i < certificate.extended_key_usages.count; i++)
		extended_key_usage_spellings(arena, certificate.extended_key_usages.at[i],
		    &authority->facts.extended_key_usages);
}
