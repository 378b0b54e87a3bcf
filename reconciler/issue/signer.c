#include "issue/signer.h"

#include <errno.h>
#include <openssl/rand.h>
#include <string.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/file.h"
#include "issue/authority_certificate.h"
#include "issue/certificate.h"
#include "issue/key_checks.h"
#include "issue/ledger.h"
#include "issue/lint.h"
#include "issue/order.h"
#include "issue/pem.h"
#include "issue/signing_key.h"
#include "model/plan_text.h"

enum { SERIAL_BYTES = 19, STATE_FOLDER_MODE = 0700 };

/* A key and the certificate that it was last used with, which seldom changes. */
struct signing_authority {
	struct signing_key key;
	struct arena *memory;           /* of what follows */
	struct text certificate_pem;    /* absent: none yet */
	struct authority_certificate certificate;
	EVP_PKEY *public_handle;        /* to verify with what was signed */
};

ARRAY(signing_authorities, struct signing_authority);

struct signer {
	struct arena *own;
	struct signing_authorities authorities;
	struct local_limits limits;
	struct ledger *ledger;
};

/* One order on its way through the signer. */
struct signing {
	struct arena *arena;
	struct signer *signer;
	const struct signing_order *order;
	struct signing_authority *authority;
	struct plan plan;
	struct public_key key;
	struct certificate_content content;
	struct text tbs;
	struct text tbs_sha256;
	struct text why;
};

static struct local_limits
copy_limits(struct arena *arena, const struct local_limits *limits)
{
	struct local_limits copy = *limits;

	copy.names = (struct texts){ 0 };
	for (size_t i = 0; i < limits->names.count; i++)
		texts_add(arena, &copy.names, text_copy(arena, limits->names.at[i]));
	return copy;
}

static bool
load_keys(struct signer *signer, const struct local_configuration *local, struct arena *arena,
    struct text *why)
{
	for (size_t i = 0; i < local->authorities.count; i++) {
		const struct local_authority *from = &local->authorities.at[i];
		struct signing_authority *to = ARRAY_ADD(signer->own, &signer->authorities);
		struct text problem = TEXT("keys in PKCS#11 tokens are not in this version");

		if (text_present(from->pkcs11) || !signing_key_load(signer->own,
		    text_string(arena, from->file), &to->key, &problem)) {
			*why = text_printf(arena, "authority %.*s: %.*s", TEXT_ARGUMENTS(from->name),
			    TEXT_ARGUMENTS(problem));
			return false;
		}
		to->key.name = text_copy(signer->own, from->name);
		to->memory = arena_new();
	}
	return true;
}

bool
signer_open(const struct local_configuration *local, struct arena *arena, struct signer **out,
    struct text *why)
{
	struct arena *own = arena_new();
	struct signer *signer = ARENA_NEW(own, struct signer);
	const char *folder = text_string(arena, local->state_directory);

	signer->own = own;
	signer->limits = copy_limits(own, &local->limits);
	if (!load_keys(signer, local, arena, why))
		goto failed;
	if (!file_make_folders(folder, STATE_FOLDER_MODE)) {
		*why = text_printf(arena, "%s: %s", folder, strerror(errno));
		goto failed;
	}
	if (!ledger_open(arena_printf(arena, "%s/ledger", folder), arena, &signer->ledger, why))
		goto failed;
	*out = signer;
	return true;
failed:
	signer_close(signer);
	return false;
}

void
signer_close(struct signer *signer)
{
	if (signer == NULL)
		return;
	ledger_close(signer->ledger);
	for (size_t i = 0; i < signer->authorities.count; i++) {
		struct signing_authority *authority = &signer->authorities.at[i];

		signing_key_free(&authority->key);
		EVP_PKEY_free(authority->public_handle);
		arena_free(authority->memory);
	}
	arena_free_wiped(signer->own);
}

static bool
refuse(struct signing *signing, struct text why)
{
	signing->why = why;
	return false;
}

static bool
find_authority(struct signing *signing)
{
	struct signing_authorities *authorities = &signing->signer->authorities;

	for (size_t i = 0; i < authorities->count; i++) {
		if (text_equal(authorities->at[i].key.name, signing->plan.authority)) {
			signing->authority = &authorities->at[i];
			return true;
		}
	}
	return refuse(signing, text_printf(signing->arena, "there is no key for the authority %.*s "
	    "here", TEXT_ARGUMENTS(signing->plan.authority)));
}

/* Reads the authority's certificate, unless it is the one of last time. */
static bool
read_authority_certificate(struct signing *signing)
{
	struct signing_authority *authority = signing->authority;
	struct text pem = signing->order->authority_certificate, why;

	if (text_present(authority->certificate_pem) &&
	    text_equal(authority->certificate_pem, pem))
		return true;
	EVP_PKEY_free(authority->public_handle);
	arena_free(authority->memory);
	authority->memory = arena_new();
	authority->public_handle = NULL;
	authority->certificate_pem = (struct text){ NULL, 0 };
	if (!authority_certificate_read(authority->memory, pem, &authority->certificate, &why))
		return refuse(signing, text_printf(signing->arena, "the authority's certificate: %.*s",
		    TEXT_ARGUMENTS(why)));
	if (!text_equal(authority->certificate.key.whole, authority->key.public_key.whole))
		return refuse(signing, TEXT("the key here is not the one of the authority's "
		    "certificate"));
	authority->public_handle = public_key_handle(&authority->certificate.key);
	if (authority->public_handle == NULL)
		return refuse(signing, TEXT("the key of the authority's certificate is not a good one"));
	authority->certificate_pem = text_copy(authority->memory, pem);
	return true;
}

static bool
read_order(struct signing *signing)
{
	const struct signing_order *order = signing->order;
	struct arena *arena = signing->arena;
	struct objection objection;

	if (!plan_parse(arena, order->plan, &signing->plan, &signing->why) ||
	    !find_authority(signing) || !read_authority_certificate(signing))
		return false;
	if (!text_equal(signing->authority->certificate.sha256,
	    signing->plan.authority_certificate_sha256))
		return refuse(signing, TEXT("the authority's certificate is not the one that the plan "
		    "names"));
	if (!text_equal(digest_sha256_hex(arena, order->public_key),
	    signing->plan.public_key_sha256))
		return refuse(signing, TEXT("the public key is not the one that the plan names"));
	if (!public_key_read(arena, order->public_key, &signing->key, &objection) ||
	    !key_check(&signing->key, &objection))
		return refuse(signing, objection.why);
	return true;
}

static bool
check_order(struct signing *signing)
{
	const struct authority_certificate *certificate = &signing->authority->certificate;
	const struct intent *intent = &signing->order->intent;
	struct arena *arena = signing->arena;

	return order_check_intent(arena, &signing->plan, intent, certificate, &signing->why) &&
	    order_check_limits(arena, &signing->plan, &signing->signer->limits, &signing->why) &&
	    order_check_plan(arena, &signing->plan, &signing->key, certificate, &signing->why) &&
	    order_content(arena, &signing->plan, intent, &signing->key, &signing->content,
		&signing->why);
}

static bool
build(struct signing *signing)
{
	const struct authority_certificate *certificate = &signing->authority->certificate;

	signing->content.issuer = certificate->subject;
	signing->content.authority_key_identifier = certificate->key_identifier;
	signing->tbs = tbs_certificate_write(signing->arena, &signing->content);
	if (!text_present(signing->tbs))
		return refuse(signing, TEXT("an alternative name cannot be written"));
	signing->tbs_sha256 = digest_sha256_hex(signing->arena, signing->tbs);
	return true;
}

/* The whole certificate is judged before the CA's key touches it. */
static bool
lint(struct signing *signing)
{
	struct text stand_in = signing_key_stand_in(signing->signer->own, &signing->authority->key,
	    signing->content.algorithm);
	struct lint_expectation expected = { &signing->plan, &signing->order->intent, &signing->key,
		&signing->authority->certificate };
	struct text problem;

	if (!text_present(stand_in))
		return refuse(signing, TEXT("a throw-away key cannot be made"));
	if (!certificate_lint(signing->arena, certificate_assemble(signing->arena, signing->tbs,
	    signing->content.algorithm, stand_in), &expected, &problem))
		return refuse(signing, text_printf(signing->arena, "the certificate as it was built "
		    "fails its lint: %.*s", TEXT_ARGUMENTS(problem)));
	return true;
}

static struct text
sign(struct signing *signing)
{
	enum signature_algorithm algorithm = signing->content.algorithm;
	struct text signature = signature_algorithm_make(signing->arena, signing->authority->key.handle,
	    algorithm, signing->tbs);

	if (!text_present(signature) ||
	    !signature_algorithm_verify(signing->authority->public_handle, algorithm, signing->tbs, signature)) {
		signing->why = TEXT("the signature does not verify with the CA's public key");
		return (struct text){ NULL, 0 };
	}
	return certificate_assemble(signing->arena, signing->tbs, algorithm, signature);
}

static void
fill(const struct signing *signing, const struct ledger_entry *entry,
    struct signed_certificate *out)
{
	const struct signing_authority *authority = signing->authority;
	struct buffer pem = { .arena = signing->arena };

	buffer_add(&pem, pem_encode(signing->arena, "CERTIFICATE", entry->certificate));
	if (!authority->certificate.self_issued)
		buffer_add(&pem, pem_encode(signing->arena, "CERTIFICATE",
		    authority->certificate.der));
	if (!text_empty(text_trim(signing->order->chain))) {
		buffer_add(&pem, text_trim(signing->order->chain));
		buffer_add_byte(&pem, '\n');
	}
	*out = (struct signed_certificate){
		.pem = buffer_text(&pem),
		.sha256 = digest_sha256_hex(signing->arena, entry->certificate),
		.issuer = text_copy(signing->arena, authority->certificate.subject_text),
		.ledger_number = entry->number,
		.ledger_hash = entry->hash,
	};
}

static enum signing_result
failed(struct signing *signing, const char *what)
{
	signing->why = text_printf(signing->arena, "%s: %s", what, strerror(errno));
	return SIGNING_FAILED;
}

/* Enters the intent, signs, enters the certificate. */
static enum signing_result
sign_new(struct signing *signing, bool intended, struct ledger_entry *entry)
{
	struct ledger *ledger = signing->signer->ledger;
	struct text serial_number = signing->order->intent.serial_number;

	*entry = (struct ledger_entry){ .digest = signing->plan.digest,
		.tbs_sha256 = signing->tbs_sha256 };
	if (!intended && ledger_has_serial(ledger, serial_number)) {
		signing->why = TEXT("the serial number was used before");
		return SIGNING_REFUSED;
	}
	if (!intended && !ledger_append(ledger, signing->arena, entry, serial_number))
		return failed(signing, "the intent cannot be entered in the ledger");
	entry->certificate = sign(signing);
	if (!text_present(entry->certificate))
		return SIGNING_FAILED;
	if (!ledger_append(ledger, signing->arena, entry, serial_number))
		return failed(signing, "the certificate cannot be entered in the ledger");
	return SIGNING_DONE;
}

static enum signing_result
issue(struct signing *signing, struct ledger_entry *entry)
{
	bool known;

	if (!read_order(signing) || !check_order(signing) || !build(signing) || !lint(signing))
		return SIGNING_REFUSED;
	known = ledger_find(signing->signer->ledger, signing->arena, signing->plan.digest, entry);
	if (known && entry->number == 0) {
		signing->why = TEXT("the ledger cannot be read any more");
		return SIGNING_FAILED;
	}
	if (known && !text_equal(entry->tbs_sha256, signing->tbs_sha256)) {
		signing->why = TEXT("another certificate was signed, or was to be signed, for this plan "
		    "before: a plan gives one certificate only");
		return SIGNING_REFUSED;
	}
	if (known && text_present(entry->certificate))
		return SIGNING_DONE;
	return sign_new(signing, known, entry);
}

enum signing_result
signer_issue(struct arena *arena, struct signer *signer, const struct signing_order *order,
    struct signed_certificate *out, struct text *why)
{
	struct signing signing = { .arena = arena, .signer = signer, .order = order };
	struct ledger_entry entry = { 0 };
	enum signing_result result = issue(&signing, &entry);

	*out = (struct signed_certificate){ 0 };
	*why = signing.why;
	if (result == SIGNING_DONE)
		fill(&signing, &entry, out);
	return result;
}

struct text
serial_number_draw(struct arena *arena)
{
	unsigned char octets[SERIAL_BYTES];

	/* Without randomness nothing may be issued. */
	do {
		if (RAND_bytes(octets, sizeof(octets)) != 1)
			abort();
		octets[0] &= 0x7f;
	} while (octets[0] == 0);
	return hex_encode(arena, (struct text){ (const char *)octets, sizeof(octets) });
}
