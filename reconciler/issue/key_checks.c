#include "issue/key_checks.h"

#include <openssl/bn.h>
#include <string.h>

enum { FERMAT_ROUNDS = 100, LEAST_EXPONENT = 65537 };

static bool
object(struct objection *objection, const char *why)
{
	*objection = (struct objection){ "KeyWeak", text_of(why) };
	return false;
}

/* The remainder of a big-endian number, 32 bits at a time; its length is a multiple of 4. */
static uint32_t
remainder_of(struct text number, uint32_t divisor)
{
	uint64_t remainder = 0;

	for (size_t i = 0; i < number.length; i += 4) {
		const unsigned char *at = (const unsigned char *)number.at + i;
		uint64_t word = (uint64_t)at[0] << 24 | (uint64_t)at[1] << 16 |
		    (uint64_t)at[2] << 8 | at[3];

		remainder = (remainder << 32 | word) % divisor;
	}
	return (uint32_t)remainder;
}

/* The odd primes below 1000, one after another; 0 at the end. */
static uint32_t
next_prime(uint32_t after)
{
	for (uint32_t candidate = after + 2; candidate < 1000; candidate += 2) {
		uint32_t divisor = 3;

		while (divisor * divisor <= candidate && candidate % divisor != 0)
			divisor += 2;
		if (divisor * divisor > candidate)
			return candidate;
	}
	return 0;
}

/* Whether `remainder` is a power of 65537 modulo a prime. */
static bool
is_power_of_65537(uint32_t remainder, uint32_t prime)
{
	uint32_t generator = LEAST_EXPONENT % prime, power = 1;

	do {
		if (power == remainder)
			return true;
		power = power * generator % prime;
	} while (power != 1);
	return false;
}

/*
 * Small factors, and the mark of the Infineon library (Nemec and others, "The
 * Return of Coppersmith's Attack", section 3.4): its primes are k*M + 65537^a
 * mod M, M a product of the first primes, so that the modulus is a power of
 * 65537 modulo each of these. By chance one modulus in 2^27 is.
 */
static bool
check_residues(struct text modulus, struct objection *objection)
{
	enum { LAST_MARKED = 167 };
	uint32_t first = next_prime(1), prime = first;
	bool marked = true;

	if (((unsigned char)modulus.at[modulus.length - 1] & 1) == 0)
		return object(objection, "the RSA modulus is even");
	while (prime != 0) {
		uint32_t product = prime, last, remainder;

		/* One long division serves as many primes as fit in 32 bits. */
		for (last = next_prime(prime); last != 0 && (uint64_t)product * last <= UINT32_MAX;
		    last = next_prime(last))
			product *= last;
		remainder = remainder_of(modulus, product);
		for (; prime != last; prime = next_prime(prime)) {
			if (remainder % prime == 0)
				return object(objection, "the RSA modulus has a small factor");
			if (prime <= LAST_MARKED && marked)
				marked = is_power_of_65537(remainder % prime, prime);
		}
	}
	return !marked || object(objection, "the RSA key was made by the faulty library of "
	    "CVE-2017-15361 (ROCA): it can be factored");
}

/* The square root, rounded down, by Newton's method. False when out of memory. */
static bool
square_root(BIGNUM *root, const BIGNUM *of, BN_CTX *context)
{
	BIGNUM *next;
	bool done = false;

	BN_CTX_start(context);
	next = BN_CTX_get(context);
	if (next == NULL || BN_set_word(root, 0) != 1 ||
	    BN_set_bit(root, (BN_num_bits(of) + 1) / 2) != 1)
		goto out;
	for (;;) {
		if (BN_div(next, NULL, of, root, context) != 1 || BN_add(next, next, root) != 1 ||
		    BN_rshift1(next, next) != 1)
			goto out;
		if (BN_cmp(next, root) >= 0)
			break;
		if (BN_copy(root, next) == NULL)
			goto out;
	}
	done = true;
out:
	BN_CTX_end(context);
	return done;
}

/* Squares are rare among residues: most numbers are ruled out without a root. */
static bool
may_be_square(const BIGNUM *number)
{
	static const uint32_t moduli[] = { 63, 65, 11, 17, 19, 23 };
	BN_ULONG product = 63ul * 65 * 11 * 17 * 19 * 23, remainder;

	for (int bit = 0; bit < BN_num_bits(number); bit++) {
		if (!BN_is_bit_set(number, bit))
			continue;
		if (bit % 2 != 0)
			return false;
		break;
	}
	remainder = BN_mod_word(number, product);
	for (size_t i = 0; i < sizeof(moduli) / sizeof(moduli[0]); i++) {
		uint32_t wanted = (uint32_t)(remainder % moduli[i]), root = 0;

		while (root < moduli[i] && root * root % moduli[i] != wanted)
			root++;
		if (root == moduli[i])
			return false;
	}
	return true;
}

/* Whether N = (a - b)(a + b) with a within FERMAT_ROUNDS of the square root of N. */
static bool
fermat_finds(const BIGNUM *n, BN_CTX *context, bool *found)
{
	BIGNUM *a, *b_squared, *root, *square;
	bool done = false;

	*found = false;
	BN_CTX_start(context);
	a = BN_CTX_get(context);
	b_squared = BN_CTX_get(context);
	root = BN_CTX_get(context);
	square = BN_CTX_get(context);
	if (square == NULL || !square_root(a, n, context) || BN_add_word(a, 1) != 1)
		goto out;
	for (int round = 0; round < FERMAT_ROUNDS && !*found; round++) {
		if (BN_sqr(b_squared, a, context) != 1 || BN_sub(b_squared, b_squared, n) != 1)
			goto out;
		if (may_be_square(b_squared)) {
			if (!square_root(root, b_squared, context) ||
			    BN_sqr(square, root, context) != 1)
				goto out;
			*found = BN_cmp(square, b_squared) == 0;
		}
		if (BN_add_word(a, 1) != 1)
			goto out;
	}
	/* A square is its own case: the root above is one too large for it. */
	if (!*found) {
		if (!square_root(root, n, context) || BN_sqr(square, root, context) != 1)
			goto out;
		*found = BN_cmp(square, n) == 0;
	}
	done = true;
out:
	BN_CTX_end(context);
	return done;
}

static bool
check_close_primes(struct text modulus, struct objection *objection)
{
	BN_CTX *context = BN_CTX_new();
	BIGNUM *n = BN_bin2bn((const unsigned char *)modulus.at, (int)modulus.length, NULL);
	bool found = false;
	bool done = context != NULL && n != NULL && fermat_finds(n, context, &found);

	BN_free(n);
	BN_CTX_free(context);
	if (!done)
		return object(objection, "the RSA modulus could not be checked");
	return !found || object(objection, "the RSA modulus is the product of two primes close to "
	    "each other: it can be factored");
}

static bool
check_exponent(struct text exponent, struct objection *objection)
{
	uint32_t value = 0;

	if (((unsigned char)exponent.at[exponent.length - 1] & 1) == 0)
		return object(objection, "the RSA key's public exponent is even");
	if (exponent.length > 3)
		return true;
	for (size_t i = 0; i < exponent.length; i++)
		value = value << 8 | (unsigned char)exponent.at[i];
	return value >= LEAST_EXPONENT ||
	    object(objection, "the RSA key's public exponent is below 65537");
}

/* The y coordinates of the points of small order, with either sign of x (RFC 7748 section 6.1 warns). */
static bool
check_ed25519(struct text octets, struct objection *objection)
{
	static const char small_order[][65] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	static const char digits[] = "0123456789abcdef";
	char hex[65] = { 0 };

	for (size_t i = 0; i < octets.length && i < 32; i++) {
		unsigned octet = (unsigned char)octets.at[i] & (i == 31 ? 0x7fu : 0xffu);

		hex[2 * i] = digits[octet >> 4];
		hex[2 * i + 1] = digits[octet & 15];
	}
	for (size_t i = 0; i < sizeof(small_order) / sizeof(small_order[0]); i++)
		if (strcmp(hex, small_order[i]) == 0)
			return object(objection, "the Ed25519 key is a point of small order: anybody "
			    "can sign for it");
	return true;
}

bool
key_check(const struct public_key *key, struct objection *objection)
{
	switch (key->algorithm) {
	case KEY_ECDSA_P256:
	case KEY_ECDSA_P384:
		return true;    /* of prime order; that the point is on the curve, public_key_handle() sees */
	case KEY_ED25519:
		return check_ed25519(key->octets, objection);
	case KEY_RSA_2048:
	case KEY_RSA_3072:
	case KEY_RSA_4096:
		return check_exponent(key->exponent, objection) &&
		    check_residues(key->modulus, objection) &&
		    check_close_primes(key->modulus, objection);
	case KEY_NONE:
		break;
	}
	return object(objection, "the key is of no accepted kind");
}
