#include "issue/certificate.h"

#include "issue/der.h"
#include "issue/pem.h"
#include "issue/x509_names.h"
#include "model/key_usage.h"

enum { USUAL_BYTES = 1000 };

/* Contents of the extensions' OBJECT IDENTIFIERs, id-ce is 2.5.29. */
static const struct text subject_key_identifier = { "\x55\x1d\x0e", 3 };
static const struct text key_usage = { "\x55\x1d\x0f", 3 };
static const struct text subject_alt_name = { "\x55\x1d\x11", 3 };
static const struct text basic_constraints = { "\x55\x1d\x13", 3 };
static const struct text crl_distribution_points = { "\x55\x1d\x1f", 3 };
static const struct text authority_key_identifier = { "\x55\x1d\x23", 3 };
static const struct text extended_key_usage = { "\x55\x1d\x25", 3 };

/* id-kp-timeStamping */
static const struct text time_stamping = { "\x2b\x06\x01\x05\x05\x07\x03\x08", 8 };

void
time_write(struct buffer *buffer, moment at)
{
	/* "2026-01-01T00:00:00Z" without its punctuation */
	struct text given = moment_format(buffer->arena, at);
	bool two_digits = text_compare(given, TEXT("2050")) < 0;
	size_t time = der_open(buffer, two_digits ? DER_UTC_TIME : DER_GENERALIZED_TIME);

	for (size_t i = two_digits ? 2 : 0; i < given.length; i++)
		if (given.at[i] == 'Z' || (given.at[i] >= '0' && given.at[i] <= '9'))
			buffer_add_byte(buffer, given.at[i]);
	der_close(buffer, time);
}

/* An extension begun; its value goes between open_extension() and close_extension(). */
struct opened_extension {
	size_t extension;
	size_t value;
};

static struct opened_extension
open_extension(struct buffer *buffer, struct text identifier, bool critical)
{
	struct opened_extension opened;

	opened.extension = der_open(buffer, DER_SEQUENCE);
	der_add(buffer, DER_OBJECT_IDENTIFIER, identifier);
	if (critical)
		der_add_true(buffer);
	opened.value = der_open(buffer, DER_OCTET_STRING);
	return opened;
}

static void
close_extension(struct buffer *buffer, struct opened_extension opened)
{
	der_close(buffer, opened.value);
	der_close(buffer, opened.extension);
}

static void
write_basic_constraints(struct buffer *buffer, const struct certificate_content *content)
{
	struct opened_extension opened = open_extension(buffer, basic_constraints, true);
	size_t sequence = der_open(buffer, DER_SEQUENCE);

	if (content->ca) {
		der_add_true(buffer);
		if (content->path_length >= 0) {
			char octets[8];

			for (size_t i = 0; i < sizeof(octets); i++)
				octets[i] = (char)(content->path_length >> (56 - 8 * i) & 0xff);
			der_add_positive(buffer, (struct text){ octets, sizeof(octets) });
		}
	}
	der_close(buffer, sequence);
	close_extension(buffer, opened);
}

/* A named bit list: trailing zero bits are left out (X.690 section 11.2.2). */
static void
write_key_usage(struct buffer *buffer, unsigned usages)
{
	struct opened_extension opened = open_extension(buffer, key_usage, true);
	size_t bits = der_open(buffer, DER_BIT_STRING);
	unsigned char octets[2] = { 0 };
	unsigned last = 0;

	for (unsigned bit = 0; bit < KEY_USAGES; bit++) {
		if ((usages & 1u << bit) == 0)
			continue;
		octets[bit / 8] |= (unsigned char)(0x80u >> (bit % 8));
		last = bit;
	}
	buffer_add_byte(buffer, (char)(7 - last % 8));
	buffer_add(buffer, (struct text){ (const char *)octets, last / 8 + 1 });
	der_close(buffer, bits);
	close_extension(buffer, opened);
}

static void
write_extended_key_usage(struct buffer *buffer, const struct texts *usages)
{
	bool critical = usages->count == 1 && text_equal(usages->at[0], time_stamping);
	struct opened_extension opened = open_extension(buffer, extended_key_usage, critical);
	size_t sequence = der_open(buffer, DER_SEQUENCE);

	for (size_t i = 0; i < usages->count; i++)
		der_add(buffer, DER_OBJECT_IDENTIFIER, usages->at[i]);
	der_close(buffer, sequence);
	close_extension(buffer, opened);
}

static void
write_key_identifiers(struct buffer *buffer, const struct certificate_content *content)
{
	struct opened_extension opened = open_extension(buffer, subject_key_identifier, false);
	size_t sequence;

	der_add(buffer, DER_OCTET_STRING, content->subject_key_identifier);
	close_extension(buffer, opened);
	if (!text_present(content->authority_key_identifier))
		return;
	opened = open_extension(buffer, authority_key_identifier, false);
	sequence = der_open(buffer, DER_SEQUENCE);
	der_add(buffer, DER_CONTEXT_PRIMITIVE(0), content->authority_key_identifier);
	der_close(buffer, sequence);
	close_extension(buffer, opened);
}

static void
write_crl_distribution_point(struct buffer *buffer, struct text uri)
{
	struct opened_extension opened = open_extension(buffer, crl_distribution_points, false);
	size_t points = der_open(buffer, DER_SEQUENCE);
	size_t point = der_open(buffer, DER_SEQUENCE);
	size_t point_name = der_open(buffer, DER_CONTEXT(0));
	size_t full_name = der_open(buffer, DER_CONTEXT(0));

	der_add(buffer, DER_CONTEXT_PRIMITIVE(6), uri);
	der_close(buffer, full_name);
	der_close(buffer, point_name);
	der_close(buffer, point);
	der_close(buffer, points);
	close_extension(buffer, opened);
}

static bool
write_alt_names(struct buffer *buffer, const struct certificate_content *content)
{
	struct opened_extension opened =
	    open_extension(buffer, subject_alt_name, subject_names_empty(content->subject));
	bool written = x509_alt_names_write(buffer, content->alt_names);

	if (written)
		close_extension(buffer, opened);
	return written;
}

static bool
write_extensions(struct buffer *buffer, const struct certificate_content *content)
{
	size_t tagged = der_open(buffer, DER_CONTEXT(3));
	size_t sequence = der_open(buffer, DER_SEQUENCE);

	write_basic_constraints(buffer, content);
	if (content->key_usages != 0)
		write_key_usage(buffer, content->key_usages);
	if (content->extended_key_usages.count > 0)
		write_extended_key_usage(buffer, &content->extended_key_usages);
	write_key_identifiers(buffer, content);
	if (!alt_names_empty(content->alt_names) && !write_alt_names(buffer, content))
		return false;
	if (text_present(content->crl_distribution_point))
		write_crl_distribution_point(buffer, content->crl_distribution_point);
	der_close(buffer, sequence);
	der_close(buffer, tagged);
	return true;
}

struct text
tbs_certificate_write(struct arena *arena, const struct certificate_content *content)
{
	struct buffer buffer = { .arena = arena };
	size_t tbs, version, validity;

	buffer_reserve(&buffer, USUAL_BYTES);
	tbs = der_open(&buffer, DER_SEQUENCE);
	version = der_open(&buffer, DER_CONTEXT(0));
	der_add_positive(&buffer, TEXT("\x02"));
	der_close(&buffer, version);
	der_add_positive(&buffer, content->serial_number);
	buffer_add(&buffer, signature_algorithm_identifier(content->algorithm));
	buffer_add(&buffer, content->issuer);
	validity = der_open(&buffer, DER_SEQUENCE);
	time_write(&buffer, content->not_before);
	time_write(&buffer, content->not_after);
	der_close(&buffer, validity);
	x509_subject_write(&buffer, content->subject);
	buffer_add(&buffer, content->public_key);
	if (!write_extensions(&buffer, content))
		return (struct text){ NULL, 0 };
	der_close(&buffer, tbs);
	return buffer_text(&buffer);
}

struct text
certificate_assemble(struct arena *arena, struct text tbs, enum signature_algorithm algorithm,
    struct text signature)
{
	struct buffer buffer = { .arena = arena };
	size_t certificate;

	buffer_reserve(&buffer, tbs.length + signature.length + 32);
	certificate = der_open(&buffer, DER_SEQUENCE);
	buffer_add(&buffer, tbs);
	buffer_add(&buffer, signature_algorithm_identifier(algorithm));
	der_add_bits(&buffer, signature);
	der_close(&buffer, certificate);
	return buffer_text(&buffer);
}

struct text
certificate_with_chain(struct arena *arena, struct text der, struct text authority,
    struct text chain)
{
	struct buffer pem = { .arena = arena };

	chain = text_trim(chain);
	buffer_reserve(&pem, 2 * der.length + authority.length + chain.length);
	buffer_add(&pem, pem_encode(arena, "CERTIFICATE", der));
	buffer_add(&pem, authority);
	if (!text_empty(chain)) {
		buffer_add(&pem, chain);
		buffer_add_byte(&pem, '\n');
	}
	return buffer_text(&pem);
}
