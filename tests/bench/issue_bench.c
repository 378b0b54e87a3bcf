/*
 * Issuing against what it cannot do without: one verification of the request's
 * signature and one signature by the CA. Issuing is csr_read() and
 * ca_fixture_issue_all(), whole: the plan is parsed, the certificate is built, linted, signed,
 * verified with the CA's public key and entered in the ledger. CPU time of one thread:
 * waiting for the disk, twice a batch, is left out.
 *
 * Three bounds: t_sign + t_verify(request), the same and t_verify(CA), because what was
 * signed is verified; each is measured in turn with issuing, and the ratios
 * are medians.
 */
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "issue/algorithms.h"
#include "issue/csr.h"
#include "issue/der.h"
#include "issue/keys.h"
#include "issue/pem.h"
#include "issue/public_key.h"
#include "issue/signing_key.h"
#include "lib/ca_fixture.h"
#include "model/plan_text.h"

enum { ROUNDS = 15, BATCH = 100 };

struct subject_request {
	struct text pem;
	struct csr_facts facts;
	struct text signed_part;
	struct text signature;
	EVP_PKEY *key;
};

static double
cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(double *values)
{
	qsort(values, ROUNDS, sizeof(values[0]), compare);
	return values[ROUNDS / 2];
}

static struct subject_request
make_request(struct ca_fixture *ca, const char *key_algorithm)
{
	struct subject_request request = { 0 };
	struct subject_names subject = { 0 };
	struct alt_names alt_names = { 0 };
	struct reasons reasons = { 0 };
	struct objection objection;
	struct public_key key;
	struct der_element element;
	struct text private_key, why, der, rest;

	texts_add(ca->arena, &subject.values[SUBJECT_COMMON_NAME], TEXT("www.example.com"));
	texts_add(ca->arena, &alt_names.values[ALT_NAME_DNS], TEXT("www.example.com"));
	if (!private_key_new(ca->arena, text_of(key_algorithm), &private_key, &why) ||
	    !csr_new(ca->arena, private_key, &subject, &alt_names, &request.pem) ||
	    !csr_read(ca->arena, request.pem, (struct position){ 0 }, &request.facts, &reasons) ||
	    !pem_single(ca->arena, request.pem, "CERTIFICATE REQUEST", &der, &why) ||
	    !der_single(der, DER_SEQUENCE, &rest) || !der_take(&rest, DER_SEQUENCE, &element))
		abort();
	request.signed_part = element.whole;
	if (!der_take(&rest, DER_SEQUENCE, &element) ||
	    !der_take(&rest, DER_BIT_STRING, &element) ||
	    !der_bits(element.content, &request.signature) ||
	    !public_key_read(ca->arena, request.facts.public_key, &key, &objection))
		abort();
	request.key = public_key_handle(&key);
	return request;
}

/* Microseconds a certificate, each. */
struct times {
	double sign[ROUNDS];
	double verify_request[ROUNDS];
	double verify_signed[ROUNDS];
	double issue[ROUNDS];
};

/* As anybody would call OpenSSL, with a digest that was looked up before. */
static void
sign_raw(EVP_PKEY *key, const EVP_MD *digest, struct text message, struct text *signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	signature->length = (size_t)EVP_PKEY_get_size(key);
	if (EVP_DigestSignInit(context, NULL, digest, NULL, key) != 1 ||
	    EVP_DigestSign(context, (unsigned char *)(uintptr_t)signature->at, &signature->length,
		(const unsigned char *)message.at, message.length) != 1)
		abort();
	EVP_MD_CTX_free(context);
}

static void
verify_raw(EVP_PKEY *key, const EVP_MD *digest, struct text message, struct text signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (EVP_DigestVerifyInit(context, NULL, digest, NULL, key) != 1 ||
	    EVP_DigestVerify(context, (const unsigned char *)signature.at, signature.length,
		(const unsigned char *)message.at, message.length) != 1)
		abort();
	EVP_MD_CTX_free(context);
}

static void
measure_raw(struct ca_fixture *ca, const struct subject_request *request, struct times *times,
    int round)
{
	char room[1024];
	struct text why, signature = { room, 0 };
	EVP_PKEY *key = private_key_read(ca->key, &why);
	EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	const EVP_MD *of_ca = EVP_PKEY_is_a(key, "ED25519") ? NULL : sha256;
	const EVP_MD *of_request = EVP_PKEY_is_a(request->key, "ED25519") ? NULL : sha256;
	double start = cpu_us();

	for (int i = 0; i < BATCH; i++)
		sign_raw(key, of_ca, request->signed_part, &signature);
	times->sign[round] = (cpu_us() - start) / BATCH;
	start = cpu_us();
	for (int i = 0; i < BATCH; i++)
		verify_raw(request->key, of_request, request->signed_part, request->signature);
	times->verify_request[round] = (cpu_us() - start) / BATCH;
	start = cpu_us();
	for (int i = 0; i < BATCH; i++)
		verify_raw(key, of_ca, request->signed_part, signature);
	times->verify_signed[round] = (cpu_us() - start) / BATCH;
	EVP_MD_free(sha256);
	EVP_PKEY_free(key);
}

static void
measure_issue(struct ca_fixture *ca, const struct subject_request *request, struct times *times,
    int round)
{
	struct arena *arena = arena_new(), *kept = ca->arena;
	struct signing_outcome *outcomes = arena_allocate(arena, BATCH * sizeof(*outcomes));
	struct signing_orders orders = { 0 };
	struct csr_facts facts;
	struct reasons reasons = { 0 };
	double start;

	ca->arena = arena;
	for (int i = 0; i < BATCH; i++) {
		struct plan plan = ca_fixture_plan(ca, &request->facts);

		plan.request = text_printf(arena, "bench/%d/%d", round, i);
		*ARRAY_ADD(arena, &orders) = ca_fixture_order(ca, &plan, &request->facts);
	}
	ca->arena = kept;
	start = cpu_us();
	for (int i = 0; i < BATCH; i++)
		if (!csr_read(arena, request->pem, (struct position){ 0 }, &facts, &reasons))
			abort();
	ca_fixture_issue_all(arena, ca->keeper, &orders, outcomes);
	times->issue[round] = (cpu_us() - start) / BATCH;
	for (int i = 0; i < BATCH; i++)
		if (outcomes[i].result != SIGNING_DONE)
			abort();
	arena_free(arena);
}

static void
report(const char *ca_algorithm, const char *key_algorithm)
{
	struct times times;
	double one[ROUNDS], both[ROUNDS];
	struct ca_fixture ca;
	struct subject_request request;

	ca_fixture_open(&ca, ca_algorithm);
	request = make_request(&ca, key_algorithm);
	for (int round = 0; round < ROUNDS; round++) {
		measure_raw(&ca, &request, &times, round);
		measure_issue(&ca, &request, &times, round);
		one[round] = (times.sign[round] + times.verify_request[round]) / times.issue[round];
		both[round] =
		    (times.sign[round] + times.verify_request[round] + times.verify_signed[round]) /
		    times.issue[round];
	}
	printf("%-11s %-11s %8.1f %8.1f %8.1f %8.1f   %5.2f   %5.2f\n", ca_algorithm, key_algorithm,
	    median(times.sign), median(times.verify_request), median(times.verify_signed),
	    median(times.issue), median(one), median(both));
	fflush(stdout);
	EVP_PKEY_free(request.key);
	ca_fixture_close(&ca);
}

/* Without arguments all pairs; with two, a CA's algorithm and a request's, these only. */
int
main(int argc, char **argv)
{
	static const char *const pairs[][2] = {
		{ "ECDSA-P256", "ECDSA-P256" },
		{ "Ed25519", "ECDSA-P256" },
		{ "RSA-2048", "ECDSA-P256" },
		{ "ECDSA-P256", "Ed25519" },
		{ "ECDSA-P256", "RSA-2048" },
		{ "Ed25519", "Ed25519" },
		{ "RSA-2048", "RSA-2048" },
	};

	printf("microseconds of CPU time a certificate, one thread, batches of %d, medians of %d "
	       "rounds; waiting for the ledger's two syncs a batch is left out\n",
	    BATCH, ROUNDS);
	printf("%-11s %-11s %8s %8s %8s %8s   %s\n", "CA", "request", "sign", "verify", "verify",
	    "issue", "ratio to sign + verify request, and to that + verify what was signed");
	if (argc == 3)
		report(argv[1], argv[2]);
	for (size_t i = 0; argc != 3 && i < sizeof(pairs) / sizeof(pairs[0]); i++)
		report(pairs[i][0], pairs[i][1]);
	return 0;
}
