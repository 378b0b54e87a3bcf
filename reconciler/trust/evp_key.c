#include "trust/evp_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

static EVP_PKEY *
key_from(const char *algorithm, OSSL_PARAM *parameters)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
	EVP_PKEY *key = NULL;

	if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	if (key == NULL)
		ERR_clear_error();
	return key;
}

static EVP_PKEY *
ecdsa_key(const struct ssh_public_key *key)
{
	/* OpenSSL's parameters are not const; it does not write to these */
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
		    (char *)key->facts->group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
		    (void *)key->public_value.at, key->public_value.length),
		OSSL_PARAM_construct_end(),
	};

	return key_from("EC", parameters);
}

static BIGNUM *
number(struct text magnitude)
{
	return BN_bin2bn((const unsigned char *)magnitude.at, (int)magnitude.length, NULL);
}

static EVP_PKEY *
rsa_key(const struct ssh_public_key *key)
{
	BIGNUM *modulus = number(key->modulus), *exponent = number(key->exponent);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	OSSL_PARAM *parameters = NULL;
	EVP_PKEY *made = NULL;

	if (modulus != NULL && exponent != NULL && builder != NULL &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1 &&
	    (parameters = OSSL_PARAM_BLD_to_param(builder)) != NULL)
		made = key_from("RSA", parameters);
	OSSL_PARAM_free(parameters);
	OSSL_PARAM_BLD_free(builder);
	BN_free(exponent);
	BN_free(modulus);
	return made;
}

EVP_PKEY *
evp_key_new(const struct ssh_public_key *key)
{
	if (key->facts->family == KEY_RSA)
		return rsa_key(key);
	if (key->facts->family == KEY_ECDSA)
		return ecdsa_key(key);
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
	    (const unsigned char *)key->public_value.at, key->public_value.length);
}
