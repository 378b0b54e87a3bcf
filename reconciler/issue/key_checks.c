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
		uint64_t word =
		    (uint64_t)at[0] << 24 | (uint64_t)at[1] << 16 | (uint64_t)at[2] << 8 | at[3];

		remainder = (remainder << 32 | word) % divisor;
	}
	return (uint32_t)remainder;
}

/* The odd primes below 1000, and 0 behind them. */
static const uint16_t small_primes[] = { 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53,
	59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151,
	157, 163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223, 227, 229, 233, 239, 241, 251,
	257, 263, 269, 271, 277, 281, 283, 293, 307, 311, 313, 317, 331, 337, 347, 349, 353, 359,
	367, 373, 379, 383, 389, 397, 401, 409, 419, 421, 431, 433, 439, 443, 449, 457, 461, 463,
	467, 479, 487, 491, 499, 503, 509, 521, 523, 541, 547, 557, 563, 569, 571, 577, 587, 593,
	599, 601, 607, 613, 617, 619, 631, 641, 643, 647, 653, 659, 661, 673, 677, 683, 691, 701,
	709, 719, 727, 733, 739, 743, 751, 757, 761, 769, 773, 787, 797, 809, 811, 821, 823, 827,
	829, 839, 853, 857, 859, 863, 877, 881, 883, 887, 907, 911, 919, 929, 937, 941, 947, 953,
	967, 971, 977, 983, 991, 997, 0 };

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
	const uint16_t *prime = small_primes, *last;
	bool marked = true;

	if (((unsigned char)modulus.at[modulus.length - 1] & 1) == 0)
		return object(objection, "the RSA modulus is even");
	while (*prime != 0) {
		uint32_t product = 1, remainder;

		/* One long division serves as many primes as fit in 32 bits. */
		for (last = prime; *last != 0 && (uint64_t)product * *last <= UINT32_MAX; last++)
			product *= *last;
		remainder = remainder_of(modulus, product);
		for (; prime < last; prime++) {
			if (remainder % *prime == 0)
				return object(objection, "the RSA modulus has a small factor");
			if (*prime <= LAST_MARKED && marked)
				marked = is_power_of_65537(remainder % *prime, *prime);
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
	BN_ULONG remainder;
	unsigned low = 0;

	for (int bit = 0; bit < 4; bit++)
		low |= BN_is_bit_set(number, bit) != 0 ? 1u << bit : 0;
	if (low != 0 && low != 1 && low != 4 && low != 9)
		return false;
	remainder = BN_mod_word(number, 63ul * 65 * 11 * 17 * 19 * 23);
	for (size_t i = 0; i < sizeof(moduli) / sizeof(moduli[0]); i++) {
		uint32_t wanted = (uint32_t)(remainder % moduli[i]), root = 0;

		while (root < moduli[i] && root * root % moduli[i] != wanted)
			root++;
		if (root == moduli[i])
			return false;
	}
	return true;
}

/* Whether a number is a square. False in `known` when out of memory. */
static bool
is_square(const BIGNUM *number, BN_CTX *context, bool *known)
{
	BIGNUM *root, *square;
	bool is = false;

	BN_CTX_start(context);
	root = BN_CTX_get(context);
	square = BN_CTX_get(context);
	*known = square != NULL && square_root(root, number, context) &&
		 BN_sqr(square, root, context) == 1;
	if (*known)
		is = BN_cmp(square, number) == 0;
	BN_CTX_end(context);
	return is;
}

/*
 * Fermat: N = a^2 - b^2 = (a - b)(a + b), with a from the square root of N
 * upwards. Whether a b is found within FERMAT_ROUNDS; `known` as above.
 */
static bool
fermat_finds(const BIGNUM *n, BN_CTX *context, bool *known)
{
	BIGNUM *a, *b_squared, *step;
	bool found = false;

	BN_CTX_start(context);
	a = BN_CTX_get(context);
	b_squared = BN_CTX_get(context);
	step = BN_CTX_get(context);
	*known = step != NULL && square_root(a, n, context) && BN_sqr(b_squared, a, context) == 1;
	found = *known && BN_cmp(b_squared, n) == 0;
	/* step = 2a + 1: from a^2 to (a + 1)^2 */
	*known = *known && BN_lshift1(step, a) == 1 && BN_add_word(step, 1) == 1 &&
		 BN_sub(b_squared, b_squared, n) == 1;
	for (int round = 0; round < FERMAT_ROUNDS && *known && !found; round++) {
		*known = BN_add(b_squared, b_squared, step) == 1 && BN_add_word(step, 2) == 1;
		if (*known && may_be_square(b_squared))
			found = is_square(b_squared, context, known);
	}
	BN_CTX_end(context);
	return found;
}

static bool
check_close_primes(struct text modulus, struct objection *objection)
{
	BN_CTX *context = BN_CTX_new();
	BIGNUM *n = BN_bin2bn((const unsigned char *)modulus.at, (int)modulus.length, NULL);
	bool known = false, found = false;

	if (context != NULL && n != NULL)
		found = fermat_finds(n, context, &known);
	BN_free(n);
	BN_CTX_free(context);
	if (!known)
		return object(objection, "the RSA modulus could not be checked");
	return !found || object(objection,
			     "the RSA modulus is the product of two primes close to each other: "
			     "it can be factored");
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
			return object(objection,
			    "the Ed25519 key is a point of small order: anybody "
			    "can sign for it");
	return true;
}

bool
key_check(const struct public_key *key, struct objection *objection)
{
	switch (key->algorithm) {
	case KEY_ECDSA_P256:
	case KEY_ECDSA_P384:
		return true; /* of prime order; that the point is on the curve, public_key_handle() sees */
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
