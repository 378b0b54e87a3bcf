/* X.509: signatures of stock openssl and gpgsm, certificates pinned and issued, and every way to be no good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/encoding.h"
#include "lib/heap.h"
#include "lib/ssh_fixture.h"
#include "trust/armour.h"
#include "trust/cms.h"
#include "trust/key_holder.h"
#include "trust/signer.h"
#include "trust/sshkey.h"

static const struct text message = { "what is to be signed\n", 21 };

/*
 * Certificates: alice, bob (RSA) and eve by themselves; root,
 * and intermediate below it; carol and others below that; far: an unrelated
 * root of the same name.
 */
static const char make[] =
    "cd ..; printf 'what is to be signed\\n' >message; printf 'line one\\nline two\\n' >lines\n"
    "key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; }\n"
    "own() { openssl req -x509 -new -key $1.key -subj /CN=$1 -days 300 -out $1.pem \"${@:2}\"; }\n"
    "cat >ca.ext <<'END'\n"
    "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
    "subjectKeyIdentifier=hash\n"
    "END\n"
    "issue() {\n"        /* NAME ISSUER SUBJECT EXTENSIONS… */
    "    openssl req -new -key $1.key -subj \"$3\" -out $1.csr\n"
    "    printf '%s\\n' authorityKeyIdentifier=keyid subjectKeyIdentifier=hash \"${@:4}\" >$1.ext\n"
    "    openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -days 300 -extfile $1.ext "
    "-set_serial 0x$(openssl rand -hex 8) -out $1.pem ${DIGEST:+-$DIGEST} 2>/dev/null\n"
    "}\n"
    "sign() { openssl cms -sign -binary -outform PEM -in message -signer $1.pem -inkey $1.key "
    "-out $2 \"${@:3}\"; }\n"
    "for name in alice eve root intermediate carol far web other; do key $name; done\n"
    "openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out bob.key\n"
    "openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out weak.key\n"
    "for name in alice bob eve weak; do own $name; done\n"
    "for name in root far; do\n"
    "    openssl req -x509 -new -key $name.key -subj /CN=Root -days 300 -out $name.pem "
    "-addext keyUsage=critical,keyCertSign,cRLSign\n"
    "done\n"
    "issue intermediate root /CN=Intermediate \"$(sed '$d' ca.ext)\"\n"
    "person='keyUsage=digitalSignature\nextendedKeyUsage=emailProtection'\n"
    "issue carol intermediate '/O=Example Inc/CN=Carol' subjectAltName=email:carol@example.com "
    "\"$person\"\n";

/* --- asking ------------------------------------------------------------------------------ */

static struct arena *arena;
static struct configuration configuration;
static moment now;

static struct text
file(struct git_fixture *fixture, const char *name)
{
	return ssh_fixture_file(fixture, name);
}

static struct identity_key *
lists(const char *person)
{
	struct identities *identities = &configuration.identities;

	for (size_t i = 0; i < identities->count; i++)
		if (text_is(identities->at[i].name, person))
			return ARRAY_ADD(arena, &identities->at[i].keys);
	ARRAY_ADD(arena, identities)->name = text_of(person);
	return ARRAY_ADD(arena, &identities->at[identities->count - 1].keys);
}

static struct signer
ask_at(struct text signature, struct text signed_message, moment at)
{
	struct sighting sighting = { .configuration = &configuration, .observed_at = at };
	struct signed_text signed_text = { signed_message, signature, "countersign" };
	struct signer signer;

	configuration.reasons.count = 0;
	identity_keys_resolve(arena, &configuration);
	signer = signer_judge(arena, &sighting, &signed_text);
	/* or the next one to look there would find it */
	assert_int_equal(ERR_peek_error(), 0);
	return signer;
}

static void
assert_counts(struct text signature, const char *person)
{
	struct signer signer = ask_at(signature, message, now);

	if (configuration.reasons.count > 0)
		fail_msg("%.*s", TEXT_ARGUMENTS(configuration.reasons.at[0].message));
	if (signer.identity == NULL)
		fail_msg("%.*s", TEXT_ARGUMENTS(signer.why));
	assert_true(text_is(signer.identity->name, person));
	assert_true(identity_holds_key(&configuration, signer.identity->name, signer.key, now));
	/* nothing else counts with the same signature */
	signer = ask_at(signature, TEXT("what is to be signed"), now);
	assert_null(signer.identity);
	assert_true(signer.mismatch);
}

static void
assert_refused(struct text signature, const char *words)
{
	struct signer signer = ask_at(signature, message, now);

	assert_null(signer.identity);
	if (strstr(text_string(arena, signer.why), words) == NULL)
		fail_msg("expected \"%s\", found \"%.*s\"", words, TEXT_ARGUMENTS(signer.why));
}

static void
assert_configuration_refused(const char *words)
{
	(void)ask_at(TEXT(""), message, now);
	if (reasons_errors(&configuration.reasons) == 0 ||
	    strstr(text_string(arena, configuration.reasons.at[0].message), words) == NULL)
		fail_msg("expected \"%s\", found \"%.*s\"", words,
		    TEXT_ARGUMENTS(configuration.reasons.count == 0 ? TEXT("nothing") :
		        configuration.reasons.at[0].message));
}

/* Runs a script behind the common one, which makes the keys once. */
#define SCRIPT(fixture, script) (void)git_fixture_run(fixture, "%s", arena_printf(arena, "%s%s", \
	functions(), script))

static const char *
functions(void)
{
	/* what `make` defines, without what it makes */
	const char *end = strstr(make, "for name in alice eve");

	return arena_printf(arena, "%.*sperson='keyUsage=digitalSignature\nextendedKeyUsage="
	    "emailProtection'\n", (int)(end - make), make);
}

static void *made;

static int
set_up(void **state)
{
	if (made == NULL) {
		if (git_fixture_setup(&made) != 0)
			return -1;
		(void)git_fixture_run(made, "%s", make);
	}
	*state = made;
	arena = ((struct git_fixture *)made)->arena;
	configuration = (struct configuration){ 0 };
	/* behind all certificates that a test makes, however slow the machine is */
	now = moment_now() + 3600;
	return 0;
}

static int
tear_down_all(void **state)
{
	(void)state;
	return git_fixture_teardown(&made);
}

/* --- pinned ----------------------------------------------------------------------------------- */

static void
pinned_certificates_sign(void **state)
{
	SCRIPT(*state, "sign alice a; sign bob b; sign bob b5 -md sha512; sign alice keyid -keyid\n"
	    "sign alice bare -nocerts; sign bob bare-keyid -nocerts -keyid; sed 's/CMS/PKCS7/' a >p7\n"
	    "sign eve e; sign alice more -certfile carol.pem\n");
	lists("alice")->x509 = file(*state, "alice.pem");
	lists("bob")->x509 = file(*state, "bob.pem");
	assert_counts(file(*state, "a"), "alice");
	assert_counts(file(*state, "p7"), "alice");
	assert_counts(file(*state, "keyid"), "alice");
	assert_counts(file(*state, "bare"), "alice");
	assert_counts(file(*state, "more"), "alice");
	assert_counts(file(*state, "b"), "bob");
	assert_counts(file(*state, "b5"), "bob");
	assert_refused(file(*state, "e"), "belongs to nobody in the trusted configuration");
	/* an entry without a certificate has no name for one either */
	lists("zoe")->ssh = TEXT("nonsense");
	assert_refused(file(*state, "bare-keyid"), "does not bring its certificate");
	configuration.identities.at[--configuration.identities.count] = (struct identity){ 0 };
	/* each curve */
	SCRIPT(*state, "for bits in 384 521; do\n"
	    "    openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-$bits -out p$bits.key\n"
	    "    own p$bits; sign p$bits p$bits.sig -md sha512\n"
	    "done");
	lists("dave")->x509 = file(*state, "p384.pem");
	lists("dora")->x509 = file(*state, "p521.pem");
	assert_counts(file(*state, "p384.sig"), "dave");
	assert_counts(file(*state, "p521.sig"), "dora");
	/* two certificates of one person, her own RSA key besides */
	lists("alice")->x509 = file(*state, "eve.pem");
	assert_counts(file(*state, "e"), "alice");
	assert_counts(file(*state, "a"), "alice");
}

static void
only_plain_signatures_are_read(void **state)
{
	static const struct { const char *name, *words; } trials[] = {
		{ "opaque", "brings its own content" },
		{ "noattr", "no signed attributes" },
		{ "sha1", "none of SHA-256" },
		{ "sha224", "none of SHA-256" },
		{ "md5", "none of SHA-256" },
		{ "pss", "PKCS #1 v1.5" },
		{ "dsa", "PKCS #1 v1.5" },
		{ "by-key-id-alone", "does not bring its certificate" },
		{ "two", "exactly one signer" },
		{ "none", "exactly one signer" },
		{ "enveloped", "not signed data" },
		{ "digested", "not signed data" },
		{ "behind", "behind the armour" },
		{ "before", "first line" },
		{ "twice", "behind the armour" },
		{ "crlf", "CR LF" },
		{ "der", "first line" },
		{ "smime", "first line" },
		{ "trailing", "something stands behind it" },
		{ "cut", "does not hold a CMS message" },
		{ "text", "-binary" },
		{ "certificate", "first line" },
	};

	SCRIPT(*state, "sign alice a; sign alice opaque -nodetach; sign alice noattr -noattr\n"
	    "sign alice sha1 -md sha1; sign bob md5 -md md5; sign bob sha224 -md sha224\n"
	    "sign bob pss -keyopt rsa_padding_mode:pss; sign alice two -signer bob.pem -inkey bob.key\n"
	    "openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out dsa.parameters\n"
	    "openssl genpkey -paramfile dsa.parameters -out dsa.key; own dsa; sign dsa dsa\n"
	    "sign alice by-key-id -keyid; sign alice by-key-id-alone -keyid -nocerts\n"
	    "for bits in 256 384 512; do sign alice alice-$bits -md sha$bits; done; sign bob bob -md sha512\n"
	    "openssl crl2pkcs7 -nocrl -certfile alice.pem | sed 's/PKCS7/CMS/' >none\n"
	    "openssl cms -encrypt -outform PEM -in message -out enveloped bob.pem\n"
	    "openssl cms -digest_create -outform PEM -in message -out digested\n"
	    "{ cat a; echo more; } >behind; { echo more; cat a; } >before; cat a a >twice\n"
	    "sed 's/$/\\r/' a >crlf; sign alice der -outform DER; sign alice smime -outform SMIME\n"
	    "pem() { echo '-----BEGIN CMS-----'; openssl base64 -in $1; echo '-----END CMS-----'; }\n"
	    "{ cat der; echo; } >longer; pem longer >trailing; head -c-1 der >short; pem short >cut\n"
	    "openssl cms -sign -outform PEM -in lines -signer alice.pem -inkey alice.key -out text\n"
	    "cp alice.pem certificate");
	lists("alice")->x509 = file(*state, "alice.pem");
	lists("bob")->x509 = file(*state, "bob.pem");
	assert_counts(file(*state, "a"), "alice");
	assert_counts(file(*state, "alice-256"), "alice");
	assert_counts(file(*state, "alice-384"), "alice");
	assert_counts(file(*state, "alice-512"), "alice");
	assert_counts(file(*state, "bob"), "bob");
	assert_counts(file(*state, "by-key-id"), "alice");
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++)
		assert_refused(file(*state, trials[i].name), trials[i].words);
}

/* Who names a signer by his key alone names no certificate. */
static void
signers_are_named_by_issuer_and_number(void **state)
{
	static const char *const names[] = { "by-number", "by-key" };
	struct cms cms;
	struct text why;

	SCRIPT(*state, "sign alice by-number; sign alice by-key -keyid");
	for (int i = 0; i < 2; i++) {
		assert_true(cms_read(arena, file(*state, names[i]), &cms, &why));
		assert_true(text_present(cms.signer_id) == (i == 0));
		cms_free(&cms);
		assert_null(cms.message);
	}
	assert_false(cms_read(arena, TEXT("nonsense"), &cms, &why));
	cms_free(&cms);
}

/* Puts something into a good signature that stock tools would not. */
static struct text
altered(struct git_fixture *fixture, const char *name, void (*alter)(CMS_ContentInfo *, X509 *))
{
	struct text pem = file(fixture, "alice.pem"), der, why;
	BIO *in = BIO_new_mem_buf(pem.at, (int)pem.length);
	X509 *certificate = PEM_read_bio_X509(in, NULL, NULL, NULL);
	const unsigned char *at;
	unsigned char *out = NULL;
	CMS_ContentInfo *cms;
	int length;

	assert_true(armour_decode(arena, file(fixture, name), "CMS", &der, &why));
	at = (const unsigned char *)der.at;
	cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.length);
	assert_non_null(cms);
	alter(cms, certificate);
	length = i2d_CMS_ContentInfo(cms, &out);
	assert_true(length > 0);
	der = text_copy(arena, (struct text){ (const char *)out, (size_t)length });
	OPENSSL_free(out);
	X509_free(certificate);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	return armour_encode(arena, der, "CMS");
}

static CMS_SignerInfo *
signer_of(CMS_ContentInfo *cms)
{
	return sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
}

static void
add_unsigned(CMS_ContentInfo *cms, X509 *certificate)
{
	(void)certificate;
	assert_int_equal(CMS_unsigned_add1_attr_by_NID(signer_of(cms), NID_pkcs9_unstructuredName,
	    MBSTRING_ASC, "by nobody", -1), 1);
}

static void
empty_unsigned(CMS_ContentInfo *cms, X509 *certificate)
{
	add_unsigned(cms, certificate);
	X509_ATTRIBUTE_free(CMS_unsigned_delete_attr(signer_of(cms), 0));
}

static void
drop_signed(CMS_ContentInfo *cms, X509 *certificate)
{
	(void)certificate;
	while (CMS_signed_get_attr_count(signer_of(cms)) > 0)
		X509_ATTRIBUTE_free(CMS_signed_delete_attr(signer_of(cms), 0));
}

static void
drop_all_but_one(CMS_ContentInfo *cms, X509 *certificate)
{
	(void)certificate;
	while (CMS_signed_get_attr_count(signer_of(cms)) > 1)
		X509_ATTRIBUTE_free(CMS_signed_delete_attr(signer_of(cms), 0));
}

static void
add_revocations(CMS_ContentInfo *cms, X509 *certificate)
{
	X509_CRL *crl = X509_CRL_new();
	EVP_PKEY *key = EVP_EC_gen("P-256");

	assert_int_equal(X509_CRL_set_issuer_name(crl, X509_get_subject_name(certificate)), 1);
	assert_int_equal(X509_CRL_set1_lastUpdate(crl, X509_get0_notBefore(certificate)), 1);
	assert_true(X509_CRL_sign(crl, key, EVP_sha256()) > 0);
	assert_int_equal(CMS_add1_crl(cms, crl), 1);
	EVP_PKEY_free(key);
	X509_CRL_free(crl);
}

static void
drop_content_type(CMS_ContentInfo *cms, X509 *certificate)
{
	CMS_SignerInfo *signer = signer_of(cms);

	(void)certificate;
	X509_ATTRIBUTE_free(CMS_signed_delete_attr(signer, CMS_signed_get_attr_by_NID(signer,
	    NID_pkcs9_contentType, -1)));
}

static void
change_content_type(CMS_ContentInfo *cms, X509 *certificate)
{
	drop_content_type(cms, certificate);
	assert_int_equal(CMS_signed_add1_attr_by_NID(signer_of(cms), NID_pkcs9_contentType,
	    V_ASN1_OBJECT, OBJ_nid2obj(NID_pkcs7_signed), -1), 1);
}

/* An attribute that has another value besides. */
static void
add_value(CMS_ContentInfo *cms, int kind, int type, const void *value, int bytes)
{
	CMS_SignerInfo *signer = signer_of(cms);
	X509_ATTRIBUTE *attribute = CMS_signed_get_attr(signer,
	    CMS_signed_get_attr_by_NID(signer, kind, -1));

	assert_non_null(attribute);
	assert_int_equal(X509_ATTRIBUTE_set1_data(attribute, type, value, bytes), 1);
}

static void
add_content_type(CMS_ContentInfo *cms, X509 *certificate)
{
	(void)certificate;
	add_value(cms, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_nid2obj(NID_pkcs7_data), -1);
}

static void
add_digest(CMS_ContentInfo *cms, X509 *certificate)
{
	(void)certificate;
	add_value(cms, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, "digest", 6);
}

static void
drop_digest(CMS_ContentInfo *cms, X509 *certificate)
{
	CMS_SignerInfo *signer = signer_of(cms);

	(void)certificate;
	X509_ATTRIBUTE_free(CMS_signed_delete_attr(signer, CMS_signed_get_attr_by_NID(signer,
	    NID_pkcs9_messageDigest, -1)));
}

static void
drop_time(CMS_ContentInfo *cms, X509 *certificate)
{
	CMS_SignerInfo *signer = signer_of(cms);

	(void)certificate;
	X509_ATTRIBUTE_free(CMS_signed_delete_attr(signer, CMS_signed_get_attr_by_NID(signer,
	    NID_pkcs9_signingTime, -1)));
}

static void
leave(CMS_ContentInfo *cms, X509 *certificate)
{
	(void)cms;
	(void)certificate;
}

static void
nothing_is_added_or_dropped(void **state)
{
	SCRIPT(*state, "sign alice a");
	lists("alice")->x509 = file(*state, "alice.pem");
	assert_counts(altered(*state, "a", leave), "alice");
	assert_refused(altered(*state, "a", add_unsigned), "unsigned attributes");
	assert_counts(altered(*state, "a", empty_unsigned), "alice");
	assert_refused(altered(*state, "a", drop_signed), "no signed attributes");
	assert_refused(altered(*state, "a", drop_all_but_one), "exactly one content type");
	assert_refused(altered(*state, "a", add_revocations), "revocation lists");
	assert_refused(altered(*state, "a", drop_content_type), "exactly one content type");
	assert_refused(altered(*state, "a", change_content_type), "exactly one content type");
	assert_refused(altered(*state, "a", add_content_type), "exactly one content type");
	assert_refused(altered(*state, "a", drop_digest), "exactly one content type");
	assert_refused(altered(*state, "a", add_digest), "exactly one content type");
	assert_refused(altered(*state, "a", drop_time), "does not match");
}

/* In a CMS message, behind three lengths of two octets, its type and its version. */
enum { DIGESTS_AT = 26 };

/* The message under so many names of digests more, in the form with lengths left open. */
static struct text
with_more_digests(struct text armour, size_t more)
{
	static const char sha256[] = "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";
	struct buffer out = { .arena = arena };
	struct text der, why, old;

	assert_true(armour_decode(arena, armour, "CMS", &der, &why));
	assert_int_equal(der.at[DIGESTS_AT], 0x31);
	old = text_first(text_skip(der, DIGESTS_AT + 2), (unsigned char)der.at[DIGESTS_AT + 1]);
	more *= sizeof(sha256) - 1;
	buffer_add(&out, (struct text){ "\x30\x80", 2 });
	buffer_add(&out, text_first(text_skip(der, 4), 11));
	buffer_add(&out, (struct text){ "\xa0\x80\x30\x80\x02\x01\x01\x31\x83", 9 });
	for (int shift = 16; shift >= 0; shift -= 8)
		buffer_add_byte(&out, (char)((more + old.length) >> shift & 0xff));
	buffer_add(&out, old);
	for (; more > 0; more -= sizeof(sha256) - 1)
		buffer_add(&out, (struct text){ sha256, sizeof(sha256) - 1 });
	buffer_add(&out, text_skip(der, DIGESTS_AT + 2 + old.length));
	buffer_add(&out, (struct text){ "\0\0\0\0\0\0", 6 });
	return armour_encode(arena, buffer_text(&out), "CMS");
}

/* OpenSSL hashes what was signed once for each digest that a message names, even a thousand times for one. */
static void
digests_that_nobody_uses_cost_nothing(void **state)
{
	char *long_message = arena_allocate(arena, 256 * 1024);
	struct timespec before, after;
	struct signer signer;
	double seconds;

	SCRIPT(*state, "sign alice a");
	lists("alice")->x509 = file(*state, "alice.pem");
	assert_counts(with_more_digests(file(*state, "a"), 0), "alice");
	assert_counts(with_more_digests(file(*state, "a"), 2), "alice");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	signer = ask_at(with_more_digests(file(*state, "a"), 3500),
	    (struct text){ long_message, 256 * 1024 }, now);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	assert_true(signer.mismatch);
	seconds = (double)(after.tv_sec - before.tv_sec) +
	    (double)(after.tv_nsec - before.tv_nsec) / 1e9;
	if (seconds > 0.1)
		fail_msg("%.3f s of processor time", seconds);
}

/* The certificate is alice's, or nobody's: issuer and serial number are anybody's to choose. */
static void
names_of_certificates_prove_nothing(void **state)
{
	SCRIPT(*state, "serial=$(openssl x509 -in alice.pem -noout -serial | sed s/.*=/0x/)\n"
	    "openssl req -x509 -new -key other.key -subj /CN=alice -days 300 -set_serial $serial "
	    "-out other.pem\n"
	    "sign other with; sign other without -nocerts\n"
	    "sign alice both -certfile other.pem");
	lists("alice")->x509 = file(*state, "alice.pem");
	assert_refused(file(*state, "with"), "belongs to nobody");
	assert_refused(file(*state, "without"), "does not match");
	assert_refused(file(*state, "both"), "two certificates that could be the signer's");
	/* listed for two, it is nobody's */
	lists("mallory")->x509 = file(*state, "other.pem");
	assert_refused(file(*state, "without"), "more than one identity");
}

static void
every_bit_counts(void **state)
{
	struct text armour, der, why;
	size_t taken = 0;

	SCRIPT(*state, "sign alice bare -nocerts");
	lists("alice")->x509 = file(*state, "alice.pem");
	armour = file(*state, "bare");
	assert_counts(armour, "alice");
	assert_true(armour_decode(arena, armour, "CMS", &der, &why));
	assert_int_equal(der.at[DIGESTS_AT], 0x31);
	for (size_t bit = 0; bit < der.length * 8; bit++) {
		struct text changed = text_copy(arena, der);
		struct signer signer;

		((char *)(uintptr_t)changed.at)[bit / 8] ^= (char)(1 << bit % 8);
		signer = ask_at(armour_encode(arena, changed, "CMS"), message, now);
		/* the list of digests is there for readers in a stream, and nobody signs it */
		taken += signer.identity != NULL && (bit / 8 < DIGESTS_AT ||
		    bit / 8 >= (size_t)DIGESTS_AT + 2 + (unsigned char)der.at[DIGESTS_AT + 1]);
	}
	/* the versions, of whose bits nobody signs one either */
	assert_true(taken < 24);
	for (size_t length = 0; length < der.length; length += 3)
		assert_null(ask_at(armour_encode(arena, text_first(der, length), "CMS"), message,
		    now).identity);
}

/* A certificate with another octet, so far behind the start of what is looked for. */
static struct text
with_byte(struct text pem, const char *wanted, size_t bytes, size_t offset, char byte)
{
	struct text der, why;
	char *changed, *at;

	assert_true(armour_decode(arena, pem, "CERTIFICATE", &der, &why));
	changed = arena_copy(arena, der.at, der.length);
	at = memmem(changed, der.length, wanted, bytes);
	assert_non_null(at);
	at[offset] = byte;
	return armour_encode(arena, (struct text){ changed, der.length }, "CERTIFICATE");
}

static void
certificates_must_be_fit_to_sign(void **state)
{
	struct text certificate;

	SCRIPT(*state, "sign alice a\n"
	    "key seal; own seal -addext keyUsage=critical,keyEncipherment,keyAgreement\n"
	    "openssl genpkey -quiet -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out pss.key\n"
	    "openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out koblitz.key\n"
	    "openssl genpkey -quiet -algorithm ED448 -out ed448.key\n"
	    "key odd; own odd -addext 1.2.3.4=critical,ASN1:NULL\n"
	    "key broken; own broken -addext 2.5.29.15=DER:0500\n"
	    "for name in pss koblitz ed448; do own $name; done; sign seal s\n"
	    "key large; own large -addext nsComment=$(head -c33000 /dev/zero | tr '\\0' x)\n"
	    "openssl genpkey -quiet -algorithm ED25519 -out most.key\n"
	    "commented() { own most -set_serial 1 -addext nsComment=$(head -c$1 /dev/zero | tr '\\0' x)\n"
	    "    openssl x509 -in most.pem -outform DER | wc -c; }\n"
	    "more=$((32768 - $(commented 32000))); commented $((32000 + more)); mv most.pem largest.pem\n"
	    "commented $((32001 + more)); mv most.pem too-large.pem\n"
	    "{ openssl x509 -in alice.pem -outform DER; echo; } | openssl base64 |\n"
	    "    sed '1i-----BEGIN CERTIFICATE-----\n' | sed '$a-----END CERTIFICATE-----' |\n"
	    "    sed /^$/d >longer.pem");
	lists("alice")->x509 = file(*state, "weak.pem");
	assert_configuration_refused("the RSA key has 1024 bits");
	configuration.identities.at[0].keys.at[0].x509 = file(*state, "seal.pem");
	assert_configuration_refused("neither digitalSignature nor nonRepudiation");
	assert_refused(file(*state, "s"), "belongs to nobody");
	configuration.identities.at[0].keys.at[0].x509 = file(*state, "pss.pem");
	assert_configuration_refused("not one that is verified here");
	configuration.identities.at[0].keys.at[0].x509 = file(*state, "koblitz.pem");
	assert_configuration_refused("not one that is verified here");
	configuration.identities.at[0].keys.at[0].x509 = file(*state, "ed448.pem");
	assert_configuration_refused("not one that is verified here");
	configuration.identities.at[0].keys.at[0].x509 = TEXT("-----BEGIN CERTIFICATE-----\nMAA=\n"
	    "-----END CERTIFICATE-----\n");
	assert_configuration_refused("it is no X.509 certificate");
	configuration.identities.at[0].keys.at[0].x509 = file(*state, "broken.pem");
	assert_configuration_refused("an extension that is malformed");
	configuration.identities.at[0].keys.at[0].x509 = file(*state, "odd.pem");
	assert_configuration_refused("critical extension");
	configuration.identities.at[0].keys.at[0].x509 = file(*state, "large.pem");
	assert_configuration_refused("no X.509 certificate");
	configuration.identities.at[0].keys.at[0].x509 = file(*state, "too-large.pem");
	assert_configuration_refused("no X.509 certificate");
	configuration.identities.at[0].keys.at[0].x509 = file(*state, "largest.pem");
	(void)ask_at(TEXT(""), message, now);
	assert_int_equal(configuration.reasons.count, 0);
	configuration.identities.at[0].keys.at[0].x509 = with_byte(file(*state, "alice.pem"),
	    "\x03\x42\x00\x04", 4, 3, 5);
	assert_configuration_refused("not one that is verified here");
	configuration.identities.at[0].keys.at[0].x509 = file(*state, "longer.pem");
	assert_configuration_refused("something stands behind it");
	configuration.identities.at[0].keys.at[0].x509 = file(*state, "alice.key");
	assert_configuration_refused("first line");
	/* the moment of the sighting, and the entry's own bounds */
	certificate = file(*state, "alice.pem");
	configuration.identities.at[0].keys.at[0] = (struct identity_key){ .x509 = certificate };
	assert_counts(file(*state, "a"), "alice");
	assert_true(ask_at(file(*state, "a"), message, now + 301 * 86400).identity == NULL);
	assert_true(ask_at(file(*state, "a"), message, now - 86400).identity == NULL);
	configuration.identities.at[0].keys.at[0] = (struct identity_key){ .x509 = certificate,
		.valid_before = now };
	assert_refused(file(*state, "a"), "valid only before");
}

/* A certificate with other dates, as UTCTime has them; who pins it believes no signature on it. */
static struct text
dated(struct text pem, const char *from, const char *until)
{
	struct text der, why;
	char *changed, *at;

	assert_true(armour_decode(arena, pem, "CERTIFICATE", &der, &why));
	changed = arena_copy(arena, der.at, der.length);
	at = memmem(changed, der.length, "\x17\x0d", 2);
	assert_non_null(at);
	memcpy(at + 2, from, 13);
	memcpy(at + 17, until, 13);
	return armour_encode(arena, (struct text){ changed, der.length }, "CERTIFICATE");
}

static void
certificates_have_sensible_dates(void **state)
{
	static const struct { const char *from, *until; } odd[] = {
		{ "269901000000Z", "300101000000Z" }, { "200101000000Z", "309901000000Z" },
		{ "200101000000Z", "200101000000X" }, { "700101000000Z", "300101000000Z" },
		{ "300101000001Z", "300101000000Z" }, { "300101000000Z", "200101000000Z" },
	};
	enum { FROM = 1577836800, UNTIL = 1893456000 };          /* the first of January of 2020 and 2030 */
	struct text alice = file(*state, "alice.pem"), signature;
	struct identity_key *key = lists("alice");

	SCRIPT(*state, "sign alice bare -nocerts");
	signature = file(*state, "bare");
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		*key = (struct identity_key){ .x509 = dated(alice, odd[i].from, odd[i].until) };
		assert_configuration_refused("dates make no sense");
		assert_refused(signature, "does not bring its certificate");
	}
	*key = (struct identity_key){ .x509 = dated(alice, "200101000000Z", "300101000000Z") };
	assert_null(ask_at(signature, message, FROM - 1).identity);
	assert_non_null(ask_at(signature, message, FROM).identity);
	assert_non_null(ask_at(signature, message, UNTIL).identity);
	assert_null(ask_at(signature, message, UNTIL + 1).identity);
	*key = (struct identity_key){ .x509 = dated(alice, "700101000001Z", "700101000001Z") };
	assert_non_null(ask_at(signature, message, 1).identity);
}

/* --- issued by a named CA --------------------------------------------------------------------- */

static struct identity_key *
lists_issued(struct git_fixture *fixture, const char *person, const char *authority,
    const char *email)
{
	struct identity_key *key = lists(person);

	key->x509ca = file(fixture, authority);
	key->email = text_of(email);
	return key;
}

/* A signature in NAME.sig, and the words that refuse it; NULL: it counts. */
struct trial {
	const char *name, *words;
};

/* All up to one without a name, where dora is whoever has a certificate of the root with her address. */
static void
dora_tries(struct git_fixture *fixture, const struct trial *trials)
{
	(void)lists_issued(fixture, "dora", "root.pem", "dora@example.com");
	for (; trials->name != NULL; trials++) {
		struct text signature = file(fixture, arena_printf(arena, "%s.sig", trials->name));

		if (trials->words == NULL)
			assert_counts(signature, "dora");
		else
			assert_refused(signature, trials->words);
	}
}

static void
certificates_of_a_named_authority_sign(void **state)
{
	struct signer signer;

	SCRIPT(*state, "sign carol c -certfile intermediate.pem; sign carol alone; "
	    "sign carol bare -nocerts; sign carol rooted -certfile <(cat intermediate.pem root.pem)\n"
	    "{ cat intermediate.pem; for i in 1 2 3 4 5 6 7; do own other; cat other.pem; done; } >9\n"
	    "sign carol many -certfile 9; { cat intermediate.pem; for i in 1 2 3 4 5 6; do own other\n"
	    "cat other.pem; done; } >7; sign carol most -certfile 7");
	(void)lists_issued(*state, "carol", "root.pem", "carol@EXAMPLE.com");
	assert_counts(file(*state, "c"), "carol");
	assert_counts(file(*state, "rooted"), "carol");
	signer = ask_at(file(*state, "c"), message, now);
	assert_true(text_starts_with(signer.key, "x509:SHA256:"));
	assert_non_null(strstr(text_string(arena, signer.key), ",x509ca:SHA256:"));
	assert_true(text_ends_with(signer.key, ",email=carol@example.com"));
	/* another entry of hers does not lend its name */
	configuration.identities.at[0].keys.at[0].email = TEXT("carol@example.org");
	identity_keys_resolve(arena, &configuration);
	assert_false(identity_holds_key(&configuration, TEXT("carol"), signer.key, now));
	assert_refused(file(*state, "c"), "belongs to nobody");
	configuration.identities.at[0].keys.at[0].email = TEXT("carol@example.com");
	/* however many stand between, there is an end */
	assert_refused(file(*state, "many"), "more than 8 certificates");
	assert_counts(file(*state, "most"), "carol");
	/* what has expired by then counts no more */
	assert_null(ask_at(file(*state, "c"), message, now + 301 * 86400).identity);
	assert_null(ask_at(file(*state, "c"), message, now - 86400).identity);
	assert_refused(file(*state, "alone"), "unable to get");
	assert_refused(file(*state, "bare"), "does not bring its certificate");
	/* the intermediate may be the one that is named */
	configuration.identities.at[0].keys.at[0].x509ca = file(*state, "intermediate.pem");
	assert_counts(file(*state, "alone"), "carol");
	configuration.identities.at[0].keys.at[0].x509ca = file(*state, "far.pem");
	assert_refused(file(*state, "c"), "belongs to nobody");
	/* by subject */
	configuration.identities.at[0].keys.at[0] = (struct identity_key){
		.x509ca = file(*state, "root.pem"), .subject = TEXT("CN=Carol,O=Example Inc") };
	assert_counts(file(*state, "c"), "carol");
	configuration.identities.at[0].keys.at[0].subject = TEXT("CN=Carol");
	assert_refused(file(*state, "c"), "belongs to nobody");
	/* pinned, no CA is asked */
	configuration.identities.at[0].keys.at[0] = (struct identity_key){
		.x509 = file(*state, "carol.pem") };
	assert_counts(file(*state, "alone"), "carol");
}

/* Each CA between must be as good as the certificate, and there are four of them at most. */
static void
chains_are_judged(void **state)
{
	static const struct trial trials[] = {
		{ "below-4", NULL },
		{ "below-5", "chain too long" },
		{ "below-2048", NULL },
		{ "below-1024", "CA certificate key too weak" },
		{ NULL, NULL },
	};

	SCRIPT(*state, "mail=subjectAltName=email:dora@example.com; ca=$(sed '$d' ca.ext)\n"
	    "above=root; : >above.pem\n"
	    "for i in 1 2 3 4 5; do\n"
	    "    key ca-$i; issue ca-$i $above /CN=$i \"$ca\"; above=ca-$i; cat ca-$i.pem >>above.pem\n"
	    "    ((i > 3)) || continue; key below-$i; issue below-$i ca-$i /CN=Dora $mail \"$person\"\n"
	    "    sign below-$i below-$i.sig -certfile above.pem\n"
	    "done; ln bob.key ca-2048.key; ln weak.key ca-1024.key\n"
	    "for bits in 1024 2048; do\n"
	    "    issue ca-$bits root /CN=$bits \"$ca\"; key below-$bits\n"
	    "    issue below-$bits ca-$bits /CN=Dora $mail \"$person\"\n"
	    "    sign below-$bits below-$bits.sig -certfile ca-$bits.pem\n"
	    "done");
	dora_tries(*state, trials);
}

/* Subjects are compared whole, and up to a length. */
static void
subjects_are_bounded(void **state)
{
	static const char *const names[] = { "longest", "longer", "nameless" };

	SCRIPT(*state, "names=$(for ((i = 0; i < 60; i++)); do printf /OU=%064d 0; done)\n"
	    "for name in longest longer nameless; do key $name; done\n"
	    "issue longest root $names/OU=$(printf %013d 0) \"$person\"\n"
	    "issue longer root $names/OU=$(printf %014d 0) \"$person\"\n"
	    "issue nameless root / \"$person\"\n"
	    "for name in longest longer nameless; do sign $name $name.sig; done");
	for (int i = 0; i < 3; i++) {
		struct buffer subject = { .arena = arena };

		if (i < 2)
			buffer_printf(&subject, "OU=%0*d", 13 + i, 0);
		for (int j = 0; i < 2 && j < 60; j++)
			buffer_printf(&subject, ",OU=%064d", 0);
		configuration.identities.count = 0;
		*lists("dora") = (struct identity_key){ .x509ca = file(*state, "root.pem"),
			.subject = i < 2 ? buffer_text(&subject) : (struct text){ NULL, 0 } };
		if (i == 0)
			assert_counts(file(*state, "longest.sig"), "dora");
		else
			assert_refused(file(*state, arena_printf(arena, "%s.sig", names[i])),
			    "belongs to nobody");
	}
}

/* An address is one where the CA has said that it is: no DNS name, and not behind a hundred others. */
static void
addresses_are_those_of_the_certificate(void **state)
{
	static const struct trial trials[] = {
		{ "among", NULL },
		{ "last", NULL },
		{ "beyond", "belongs to nobody" },
		{ "host", "belongs to nobody" },
		{ "longer", "belongs to nobody" },
		{ "shorter", "belongs to nobody" },
		{ "other-case", "belongs to nobody" },
		{ "bare", "belongs to nobody" },
		{ NULL, NULL },
	};

	SCRIPT(*state, "alt() { key $1; issue $1 root /CN=Dora ${2:+\"subjectAltName=$2\"} \"$person\"\n"
	    "    sign $1 $1.sig; }\n"
	    "dora=email:dora@example.com; names() { for ((i = 0; i < $1; i++)); do printf DNS:$i,; done; }\n"
	    "alt among DNS:www.example.com,URI:urn:x,email:other@example.com,$dora\n"
	    "alt last $(names 31)$dora; alt beyond $(names 32)$dora\n"
	    "alt host DNS:dora@example.com; alt longer email:dora@example.com.example.org\n"
	    "alt shorter email:dora@example; alt other-case email:Dora@example.com; alt bare");
	dora_tries(*state, trials);
}

/* However many names a certificate has, and however many people a CA names. */
static void
names_are_read_once(void **state)
{
	struct sighting sighting = { .configuration = &configuration, .observed_at = now };
	struct signed_text signed_text = { .message = message, .name_space = "countersign" };
	struct timespec before, after;
	struct signer signer;
	double seconds;

	SCRIPT(*state, "key many; names() { for ((i = 0; i < 1500; i++)); do printf ,DNS:x$i; done; }\n"
	    "issue many far /CN=Many subjectAltName=email:p500@example.com$(names) \"$person\"\n"
	    "sign many many.sig");
	for (int i = 0; i < 1000; i++)
		(void)lists_issued(*state, arena_printf(arena, "p%d", i), "root.pem",
		    arena_printf(arena, "p%d@example.com", i));
	identity_keys_resolve(arena, &configuration);
	assert_int_equal(configuration.reasons.count, 0);
	signed_text.armour = file(*state, "many.sig");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	signer = signer_judge(arena, &sighting, &signed_text);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	assert_null(signer.identity);
	seconds = (double)(after.tv_sec - before.tv_sec) +
	    (double)(after.tv_nsec - before.tv_nsec) / 1e9;
	if (seconds > 0.05)
		fail_msg("%.3f s of processor time", seconds);
}

/* What may be named as a CA says so of itself, whole. */
static void
only_a_ca_is_named(void **state)
{
	static const char *const trials[] = { "no-usage", "no-certificates", "no-ca", "nothing", "broken" };

	SCRIPT(*state, "ca() { key $1; issue $1 root /CN=$1 \"${@:2}\"; }\n"
	    "ca no-usage basicConstraints=critical,CA:TRUE\n"
	    "ca no-certificates basicConstraints=critical,CA:TRUE keyUsage=critical,digitalSignature,cRLSign\n"
	    "ca no-ca basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature\n"
	    "ca nothing; ca broken basicConstraints=critical,CA:TRUE 2.5.29.15=DER:0500");
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++) {
		configuration.identities.count = 0;
		(void)lists_issued(*state, "dora", arena_printf(arena, "%s.pem", trials[i]),
		    "dora@example.com");
		assert_configuration_refused("not one of a CA");
	}
}

/* Under which entry somebody would sign who is about to. */
static void
certificates_have_an_entry(void **state)
{
	const struct identity_key *entry;
	struct text own;

	configuration.identities.count = 0;
	(void)lists_issued(*state, "mallory", "root.pem", "mallory@example.com");
	entry = lists_issued(*state, "carol", "root.pem", "carol@example.com");
	identity_keys_resolve(arena, &configuration);
	assert_true(text_equal(key_holder_entry_of(arena, &configuration,
	    file(*state, "carol.pem")), entry->fingerprint));
	own = key_holder_entry_of(arena, &configuration, file(*state, "alice.pem"));
	assert_true(text_starts_with(own, "x509:SHA256:"));
	lists("carol")->x509 = file(*state, "carol.pem");
	lists("alice")->x509 = file(*state, "alice.pem");
	identity_keys_resolve(arena, &configuration);
	assert_true(text_equal(key_holder_entry_of(arena, &configuration,
	    file(*state, "carol.pem")), configuration.identities.at[1].keys.at[1].fingerprint));
	assert_true(text_equal(own, configuration.identities.at[2].keys.at[0].fingerprint));
	assert_false(text_present(key_holder_entry_of(arena, &configuration, TEXT("none"))));
	/* whoever comes first; and what cannot be read of a certificate leaves nothing behind */
	configuration.identities.count = 0;
	entry = lists_issued(*state, "carol", "root.pem", "carol@example.com");
	identity_keys_resolve(arena, &configuration);
	assert_true(text_equal(key_holder_entry_of(arena, &configuration,
	    file(*state, "carol.pem")), entry->fingerprint));
	SCRIPT(*state, "key misnamed; own misnamed -addext 2.5.29.17=DER:0500");
	own = key_holder_entry_of(arena, &configuration, file(*state, "misnamed.pem"));
	assert_true(text_starts_with(own, "x509:SHA256:"));
	assert_int_equal(ERR_peek_error(), 0);
}

static void
issued_certificates_are_judged(void **state)
{
	static const struct { const char *name, *words; } trials[] = {
		{ "web", "for neither emailProtection nor codeSigning" },
		{ "seal", "neither digitalSignature nor nonRepudiation" },
		{ "old", "certificate has expired" },
		{ "sha1", "digest algorithm too weak" },
		{ "weak", "has 1024 bits" },
		{ "below", "invalid CA certificate" },
		{ "behind-tls", "for neither emailProtection nor codeSigning" },
		{ "code-behind-mail", "for neither emailProtection nor codeSigning" },
		{ "mail-behind-code", "for neither emailProtection nor codeSigning" },
		{ "behind-any", "for neither emailProtection nor codeSigning" },
		{ "odd", "critical extension that is not known" },
		{ "stranger", "belongs to nobody" },
		{ "mail-in-the-name", "belongs to nobody" },
	};

	SCRIPT(*state, "mail=subjectAltName=email:dora@example.com\n"
	    "for name in dora seal old sha1 below stranger mail-in-the-name odd; do key $name; done\n"
	    "issue dora root /CN=Dora $mail \"$person\"; sign dora dora.sig\n"
	    "issue web root /CN=Dora $mail keyUsage=digitalSignature extendedKeyUsage=serverAuth\n"
	    "issue seal root /CN=Dora $mail keyUsage=keyEncipherment extendedKeyUsage=emailProtection\n"
	    "DIGEST=sha1 issue sha1 root /CN=Dora $mail \"$person\"\n"
	    "issue weak root /CN=Dora $mail \"$person\"\n"
	    "issue below dora /CN=Dora $mail \"$person\"\n"
	    "issue stranger far /CN=Dora $mail \"$person\"\n"
	    "issue mail-in-the-name root /emailAddress=dora@example.com/CN=Dora \"$person\"\n"
	    "issue old root /CN=Dora $mail \"$person\"\n"
	    "printf '[c]\\ndatabase=index\\nserial=serial\\nnew_certs_dir=.\\npolicy=p\\n"
	    "default_md=sha256\\nunique_subject=no\\n[p]\\ncommonName=supplied\\n' >conf; : >index\n"
	    "echo 4711 >serial; openssl ca -batch -notext -config conf -name c -cert root.pem "
	    "-keyfile root.key -in old.csr -extfile old.ext -startdate 20200101000000Z "
	    "-enddate 20210101000000Z -out old.pem 2>/dev/null\n"
	    "issue odd root /CN=Dora $mail \"$person\" 1.2.3.4=critical,ASN1:NULL\n"
	    "for name in web seal old sha1 weak stranger mail-in-the-name odd; do sign $name $name.sig; done\n"
	    "sign below below.sig -certfile dora.pem\n"
	    "behind() {\n"        /* NAME USAGES-OF-THE-CA USAGES: below a CA of its own */
	    "    key $1-ca; issue $1-ca root /CN=$1 \"$(sed '$d' ca.ext)\" extendedKeyUsage=$2\n"
	    "    issue $1 $1-ca /CN=Dora $mail keyUsage=digitalSignature extendedKeyUsage=$3\n"
	    "    sign $1 $1.sig -certfile $1-ca.pem\n"
	    "}\n"
	    "for name in behind-{tls,mail,any} {code-behind-mail,mail-behind-code}; do key $name; done\n"
	    "behind behind-tls serverAuth,clientAuth emailProtection\n"
	    "behind behind-mail serverAuth,emailProtection emailProtection\n"
	    "behind behind-any anyExtendedKeyUsage emailProtection\n"
	    "behind code-behind-mail emailProtection codeSigning\n"
	    "behind mail-behind-code codeSigning,timeStamping emailProtection\n"
	    "judge() { openssl cms -verify -binary -inform PEM -content message -CAfile root.pem "
	    "-in $1.sig -out verified; }\n"
	    "judge dora; judge behind-mail\n"
	    "for name in behind-{tls,any} {code-behind-mail,mail-behind-code}; do\n"
	    "    ! judge $name || exit 1\n"
	    "done");
	(void)lists_issued(*state, "dora", "root.pem", "dora@example.com");
	assert_counts(file(*state, "dora.sig"), "dora");
	assert_counts(file(*state, "behind-mail.sig"), "dora");
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++)
		assert_refused(file(*state, arena_printf(arena, "%s.sig", trials[i].name)),
		    trials[i].words);
	/* what names no CA */
	configuration.identities.at[0].keys.at[0].x509ca = file(*state, "dora.pem");
	assert_configuration_refused("not one of a CA");
	assert_refused(file(*state, "dora.sig"), "belongs to nobody");
	configuration.identities.at[0].keys.at[0].x509ca = file(*state, "alice.pem");
	assert_configuration_refused("not one of a CA");
}

/* --- one key, one identity ----------------------------------------------------------------------- */

/* The two identities hold one key, by what configuration_check() tells it by. */
static void
assert_one_key(void)
{
	const struct identities *identities = &configuration.identities;
	struct text key;

	(void)ask_at(TEXT(""), message, now);
	assert_int_equal(configuration.reasons.count, 0);
	assert_int_equal(identities->count, 2);
	key = identities->at[0].keys.at[0].public_key_sha256;
	assert_true(text_present(key));
	assert_true(text_equal(key, identities->at[1].keys.at[0].public_key_sha256));
}

static void
a_key_is_one_key_whatever_wraps_it(void **state)
{
	struct text line;

	SCRIPT(*state, "for name in bob alice carol; do\n"
	    "    openssl pkey -in $name.key -pubout | ssh-keygen -i -m PKCS8 -f /dev/stdin >$name.pub\n"
	    "done; sign carol c -certfile intermediate.pem\n"
	    "openssl req -x509 -new -key bob.key -subj /CN=again -days 300 -out again.pem\n"
	    "openssl genpkey -quiet -algorithm ED25519 -out edward.key; own edward\n"
	    "{ printf '\\0\\0\\0\\013ssh-ed25519\\0\\0\\0 '\n"
	    "  openssl pkey -in edward.key -pubout -outform DER | tail -c32; } | base64 -w0 |\n"
	    "    sed 's/^/ssh-ed25519 /' >edward.pub; ssh-keygen -l -f edward.pub");
	line = file(*state, "bob.pub");
	lists("bob")->x509 = file(*state, "bob.pem");
	lists("mallory")->ssh = text_trim(line);
	assert_one_key();
	/* one person may hold it twice, as a certificate and as a key, or in two certificates */
	configuration.identities.at[1].keys.count = 0;
	lists("bob")->ssh = text_trim(line);
	lists("bob")->x509 = file(*state, "again.pem");
	(void)ask_at(TEXT(""), message, now);
	assert_int_equal(configuration.reasons.count, 0);
	lists("bob")->x509 = file(*state, "again.pem");
	assert_configuration_refused("lists the same key twice");
	/* nor does another wrapping between them hide it */
	configuration.identities.at[0].keys.count = 1;
	lists("bob")->ssh = text_trim(line);
	lists("bob")->x509 = file(*state, "bob.pem");
	assert_configuration_refused("lists the same key twice");
	/* two certificates of one key, for two */
	configuration.identities = (struct identities){ 0 };
	lists("bob")->x509 = file(*state, "bob.pem");
	lists("mallory")->x509 = file(*state, "again.pem");
	assert_one_key();
	/* a name of one CA, for two */
	configuration.identities = (struct identities){ 0 };
	(void)lists_issued(*state, "carol", "root.pem", "carol@example.com");
	(void)lists_issued(*state, "mallory", "root.pem", "carol@EXAMPLE.COM");
	assert_one_key();
	/* Ed25519, which other tools sign with */
	configuration.identities = (struct identities){ 0 };
	lists("edward")->x509 = file(*state, "edward.pem");
	lists("mallory")->ssh = text_trim(file(*state, "edward.pub"));
	assert_one_key();
	/* what only shows when it is used: one by address, one by subject; a key listed elsewhere */
	configuration.identities = (struct identities){ 0 };
	(void)lists_issued(*state, "carol", "root.pem", "carol@example.com");
	*lists("mallory") = (struct identity_key){ .x509ca = file(*state, "root.pem"),
		.subject = TEXT("CN=Carol,O=Example Inc") };
	assert_refused(file(*state, "c"), "more than one identity");
	configuration.identities.at[1].keys.at[0] = (struct identity_key){
		.ssh = text_trim(file(*state, "carol.pub")) };
	assert_refused(file(*state, "c"), "more than one identity");
	/* whoever of the two comes first */
	configuration.identities = (struct identities){ 0 };
	lists("mallory")->ssh = text_trim(file(*state, "carol.pub"));
	(void)lists_issued(*state, "carol", "root.pem", "carol@example.com");
	assert_refused(file(*state, "c"), "more than one identity");
}

/* Whatever becomes of it: what OpenSSL itself keeps, of its last errors for one, comes to an end. */
static void
nothing_is_kept_of_a_signature(void **state)
{
	static const char *const names[] = { "pinned", "bare", "issued", "stranger", "forged", "cut", "odd" };
	enum { NAMES = sizeof(names) / sizeof(names[0]), SIGNATURES = NAMES + 1 };
	struct text signatures[SIGNATURES], certificate, longer, why;
	struct sighting sighting = { .configuration = &configuration, .observed_at = now };
	struct signed_text signed_text = { .message = message, .name_space = "countersign" };
	struct buffer more = { .arena = arena };
	int passes_without = 0;

	SCRIPT(*state, "sign alice pinned; sign alice bare -nocerts; sign eve stranger; sed 2d bare >cut\n"
	    "sign carol issued -certfile intermediate.pem; sign alice odd -noattr\n"
	    "sed -i s/be/BE/ message; sign alice forged; sed -i s/BE/be/ message");
	lists("alice")->x509 = file(*state, "alice.pem");
	assert_true(armour_decode(arena, file(*state, "eve.pem"), "CERTIFICATE", &longer, &why));
	buffer_add(&more, longer);
	buffer_add_byte(&more, '\n');
	lists("mallory")->x509 = armour_encode(arena, buffer_text(&more), "CERTIFICATE");
	(void)lists_issued(*state, "carol", "root.pem", "carol@example.com");
	(void)lists_issued(*state, "dora", "alice.pem", "dora@example.com");
	for (int i = 0; i < NAMES; i++)
		signatures[i] = file(*state, names[i]);
	signatures[NAMES] = altered(*state, "pinned", add_revocations);
	certificate = file(*state, "carol.pem");
	for (int pass = 0; pass < 200 && passes_without < 3; pass++) {
		size_t before = heap_bytes();
		struct arena *scratch = arena_new();

		configuration.reasons = (struct reasons){ 0 };
		identity_keys_resolve(scratch, &configuration);
		assert_int_equal(configuration.reasons.count, 2);
		for (int i = 0; i < SIGNATURES; i++) {
			signed_text.armour = signatures[i];
			assert_true((signer_judge(scratch, &sighting, &signed_text).identity != NULL) ==
			    (i < 3));
		}
		assert_true(text_present(key_holder_entry_of(scratch, &configuration, certificate)));
		configuration.reasons = (struct reasons){ 0 };
		arena_free(scratch);
		passes_without = heap_bytes() > before ? 0 : passes_without + 1;
	}
	assert_int_equal(passes_without, 3);
}

/* Whether resolving says that the CA which issues here is, or stands below, one that names a person. */
static bool
is_pointed_out(void)
{
	size_t warnings;

	(void)ask_at(TEXT(""), message, now);
	warnings = configuration.reasons.count;
	assert_int_equal(reasons_errors(&configuration.reasons), 0);
	assert_true(warnings <= 1);
	assert_true(warnings == 0 ||
	    strcmp(configuration.reasons.at[0].code, "IdentityOfOwnAuthority") == 0);
	return warnings == 1;
}

static void
the_repositorys_own_authority_is_pointed_out(void **state)
{
	struct certificate_authority *authority = ARRAY_ADD(arena, &configuration.authorities);
	struct text root = file(*state, "root.pem"), between = file(*state, "intermediate.pem");

	(void)lists_issued(*state, "carol", "root.pem", "carol@example.com");
	authority->name = TEXT("issuing-ca");
	assert_false(is_pointed_out());
	authority->certificate = root;
	assert_true(is_pointed_out());
	/* what an intermediate issues counts for the root, too */
	authority->certificate = file(*state, "carol.pem");
	authority->root = file(*state, "far.pem");
	assert_false(is_pointed_out());
	authority->root = root;
	assert_true(is_pointed_out());
	authority->root = (struct text){ NULL, 0 };
	authority->chain = text_printf(arena, "%.*s%.*s", TEXT_ARGUMENTS(between),
	    TEXT_ARGUMENTS(text_trim(root)));
	assert_true(is_pointed_out());
	authority->chain = between;
	assert_false(is_pointed_out());
	/* nor does what is no certificate at all stand above anything */
	configuration.identities.at[0].keys.at[0].x509ca = TEXT("CERTIFICATE");
	(void)ask_at(TEXT(""), message, now);
	assert_int_equal(configuration.reasons.count, 1);
	assert_string_equal(configuration.reasons.at[0].code, "UnusableKey");
	/* a key in another form is none of a CA */
	configuration.identities.at[0].keys.at[0] = (struct identity_key){ .x509 = between };
	(void)ask_at(TEXT(""), message, now);
	for (size_t i = 0; i < configuration.reasons.count; i++)
		assert_string_not_equal(configuration.reasons.at[i].code, "IdentityOfOwnAuthority");
}

/* --- gpgsm ------------------------------------------------------------------------------------------ */

static void
stock_gpgsm_is_understood(void **state)
{
	struct git_fixture *fixture = *state;
	struct sighting sighting = { &configuration, 0, SOURCE_INBOX, TEXT("c0ffee") };
	struct evidence evidence = { 0 };

	SCRIPT(fixture, "export GNUPGHOME=$PWD/gpgsm HOME=$PWD; mkdir -m700 gpgsm\n"
	    "printf '%s\\n' 'Key-Type: RSA' 'Key-Length: 2048' 'Key-Usage: sign' 'Serial: random' "
	    "'Name-DN: CN=Grace' 'Name-Email: grace@example.com' >parameters\n"
	    "sm='gpgsm --batch --quiet --disable-crl-checks --pinentry-mode loopback --passphrase-fd 0'\n"
	    "$sm --generate-key --output grace.der parameters </dev/null\n"
	    "$sm --import grace.der; openssl x509 -inform der -in grace.der -out grace.pem\n"
	    "printf '%s S relax\\n' $(openssl x509 -in grace.pem -noout -fingerprint | sed 's/.*=//') "
	    ">gpgsm/trustlist.txt; gpgconf --kill gpg-agent\n"
	    "$sm --armor --detach-sign -u grace@example.com -o g message </dev/null\n"
	    "$sm --armor --detach-sign --include-certs 1 -u grace@example.com -o g1 message </dev/null\n"
	    "printf '#!/bin/sh\\nexec gpgsm --disable-crl-checks \"$@\"\\n' >sm; chmod +x sm\n"
	    "sm=$PWD/sm; cd repository.git; tree=$(git mktree </dev/null)\n"
	    "printf 'Approve\\n\\nCountersign-Approve: web/x sha256:%064d\\n' 0 |\n"
	    "    git -c gpg.format=x509 -c gpg.x509.program=$sm -c user.signingKey=grace@example.com "
	    "commit-tree -S $tree >../commit\n"
	    "gpgconf --kill all");
	now = moment_now() + 1;
	sighting.observed_at = now;
	lists("grace")->x509 = file(fixture, "grace.pem");
	assert_counts(file(fixture, "g"), "grace");
	assert_counts(file(fixture, "g1"), "grace");
	evidence_from_commit(arena, &sighting,
	    git_fixture_object(fixture, "commit", "$(cat ../commit)"), &evidence);
	if (evidence.ignored.count > 0)
		fail_msg("%.*s", TEXT_ARGUMENTS(evidence.ignored.at[0].why));
	assert_int_equal(evidence.decisions.count, 1);
	assert_true(text_is(evidence.decisions.at[0].by, "grace"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(pinned_certificates_sign, set_up),
		cmocka_unit_test_setup(only_plain_signatures_are_read, set_up),
		cmocka_unit_test_setup(signers_are_named_by_issuer_and_number, set_up),
		cmocka_unit_test_setup(nothing_is_added_or_dropped, set_up),
		cmocka_unit_test_setup(digests_that_nobody_uses_cost_nothing, set_up),
		cmocka_unit_test_setup(names_of_certificates_prove_nothing, set_up),
		cmocka_unit_test_setup(every_bit_counts, set_up),
		cmocka_unit_test_setup(certificates_must_be_fit_to_sign, set_up),
		cmocka_unit_test_setup(certificates_have_sensible_dates, set_up),
		cmocka_unit_test_setup(certificates_of_a_named_authority_sign, set_up),
		cmocka_unit_test_setup(chains_are_judged, set_up),
		cmocka_unit_test_setup(subjects_are_bounded, set_up),
		cmocka_unit_test_setup(addresses_are_those_of_the_certificate, set_up),
		cmocka_unit_test_setup(names_are_read_once, set_up),
		cmocka_unit_test_setup(only_a_ca_is_named, set_up),
		cmocka_unit_test_setup(certificates_have_an_entry, set_up),
		cmocka_unit_test_setup(issued_certificates_are_judged, set_up),
		cmocka_unit_test_setup(a_key_is_one_key_whatever_wraps_it, set_up),
		cmocka_unit_test_setup(nothing_is_kept_of_a_signature, set_up),
		cmocka_unit_test_setup(the_repositorys_own_authority_is_pointed_out, set_up),
		cmocka_unit_test_setup(stock_gpgsm_is_understood, set_up),
	};

	return cmocka_run_group_tests_name("cms", tests, NULL, tear_down_all);
}
