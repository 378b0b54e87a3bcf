#include "lib/manifest_sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/overview.h"

uint64_t
sample_number(struct sample *sample, uint64_t below)
{
	/* xorshift64* */
	sample->state ^= sample->state >> 12;
	sample->state ^= sample->state << 25;
	sample->state ^= sample->state >> 27;
	return (sample->state * 0x2545f4914f6cdd1dULL >> 16) % below;
}

/* Every piece means something to some reader of YAML, somewhere. */
static const char *const pieces[] = {
	"a",
	"Z",
	"word",
	"two words",
	"1",
	"0",
	"9e9",
	"0x1F",
	"0o17",
	"0b1",
	"12:30",
	"1_000",
	".5",
	"-1",
	"+",
	"-",
	"--- ",
	"...",
	"~",
	"null",
	"Null",
	"yes",
	"No",
	"on",
	"OFF",
	"y",
	"true",
	"False",
	"<<",
	"=",
	":",
	": ",
	" :",
	"::",
	"#",
	" #",
	"# ",
	"&a",
	"*a",
	"!t",
	"|",
	">",
	"%",
	"@",
	"`",
	"'",
	"\"",
	"\\",
	"{",
	"}",
	"[",
	"]",
	",",
	"?",
	"? ",
	"- ",
	" ",
	"  ",
	"\t",
	"\n",
	"\n\n",
	"\n ",
	" \n",
	"\r",
	"\r\n",
	"\x01",
	"\x1b[31m",
	"\x7f",
	"\xc2\x85",
	"\xc2\xa0",
	"\xc3\xbc",
	"\xe2\x80\xa8",
	"\xe2\x80\xae",
	"\xef\xbb\xbf",
	"\xef\xbf\xbe",
	"\xf0\x9f\x98\x80",
	"\xe4\xb8\xad",
	"\xf3\xa0\x80\x81",
	"2026-01-01",
	"2026-01-01T00:00:00Z",
	".inf",
	".NaN",
	"1e3",
	"0755",
	"1.0",
	"sha256:00",
	"http://example.com/a?b=c#d",
	"-----BEGIN X-----\nabc\n",
};

struct text
sample_text(struct sample *sample)
{
	struct buffer buffer = { .arena = sample->arena };
	uint64_t count = sample_number(sample, 6);

	for (uint64_t i = 0; i < count; i++) {
		buffer_add(&buffer, text_of(pieces[sample_number(sample, COUNT(pieces))]));
		if (sample_number(sample, 40) == 0)
			buffer_add_byte(&buffer, '\0');
	}
	return buffer_text(&buffer);
}

static struct text
from_bytes(struct sample *sample, const char *bytes, uint64_t least, uint64_t most)
{
	uint64_t length = least + sample_number(sample, most - least + 1);
	char *at = arena_allocate(sample->arena, length + 1);

	for (uint64_t i = 0; i < length; i++)
		at[i] = bytes[sample_number(sample, strlen(bytes))];
	return (struct text){ at, length };
}

static struct text
hex(struct sample *sample, uint64_t digits)
{
	return from_bytes(sample, "0123456789abcdef", digits, digits);
}

static struct text
joined(struct sample *sample, struct text a, const char *between, struct text b)
{
	return text_printf(sample->arena, "%.*s%s%.*s", TEXT_ARGUMENTS(a), between,
	    TEXT_ARGUMENTS(b));
}

static struct text
armoured(struct sample *sample, const char *label)
{
	struct text body = from_bytes(sample, "ABCDEFabcdef0123456789+/", 4, 64);

	return text_printf(sample->arena, "-----BEGIN %s-----\n%.*s\n-----END %s-----%s", label,
	    TEXT_ARGUMENTS(body), label, sample_number(sample, 2) == 0 ? "\n" : "");
}

/* A text for people: what sample_text() gives, without what a format refuses. */
static struct text
readable(struct sample *sample, const struct text_format *format)
{
	struct text text;
	uint32_t c = 0;

	for (;;) {
		bool good = true;

		text = sample_text(sample);
		for (struct text rest = text; rest.length > 0;) {
			size_t length = text_code_point(rest, &c);

			good &= c >= ' ' || (format->lines && (c == '\t' || c == '\n'));
			good &= !(c >= 0x7f && c <= 0x9f) && !(c >= 0x2028 && c <= 0x202e) &&
				!(c >= 0x2066 && c <= 0x2069) && c != 0xfeff && c < 0xfffe;
			rest = text_skip(rest, length);
		}
		if (good && text_characters(text) >= format->least &&
		    (format->most == 0 || text_characters(text) <= format->most))
			return text;
	}
}

struct text
sample_formatted(struct sample *sample, const struct text_format *format)
{
	static const struct {
		const struct text_format *format;
		const char *texts[4];
	} fixed[] = {
		{ &format_email,
		    { "alice@example.com", "a.b+c@x-y.example", "o'neil@example.org", "_@1" } },
		{ &format_uri, { "spiffe://example.com/a", "urn:x:1", "https://a/#b", "a:b" } },
		{ &format_http_uri,
		    { "http://a/", "https://b.example/c?d=e", "http://c:1", "https://#" } },
		{ &format_git_uri,
		    { "ssh://git@h/p.git", "file:///srv/x", "https://a/b", "http://x" } },
		{ &format_pkcs11_uri,
		    { "pkcs11:token=a;object=b", "pkcs11:x", "pkcs11:;", "pkcs11:a?b" } },
		{ &format_upn, { "a@b", "alice@corp.example.com", "x!y@z", "1@2" } },
		{ &format_path, { "/", "/etc/x y", "/a: b", "/\xc3\xbc" } },
		{ &format_branch, { "main", "a/b", "1", "release-1.0" } },
		{ &format_user, { "countersign", "_x", "a.b-1", "keeper" } },
		{ &format_dns_name, { "www.example.com", "*.a.b", "X--Y.1", "localhost" } },
		{ &format_dns_pattern, { "*.example.com", "**.example.com", "a*b.c", "*" } },
		{ &format_address, { "10.0.0.1", "::1", "2001:db8::5", "1.2.3.4" } },
		{ &format_address_block, { "10.0.0.0/8", "::/0", "192.168.1.1", "2001:db8::/32" } },
		{ &format_country, { "CH", "NO", "DE", "US" } },
		{ &format_country_pattern, { "CH", "NO", "*", "US" } },
		{ &format_domain_component, { "example", "com", "x-1", "ORG" } },
		{ &format_time, { "2026-01-01T00:00:00Z", "1999-12-31T23:59:59Z",
				    "2028-02-29T12:30:00Z", "9999-12-31T23:59:59Z" } },
		{ &format_duration, { "90d", "1s", "15min", "100y" } },
		{ &format_label_key, { "a", "example.com/b", "A.b-c_d", "x-y.z/0" } },
		{ &format_label, { "", "a", "A.b-c_d", "0" } },
		{ &format_oid, { "1.3.6.1.5.5.7.3.1", "2.5.29.37.0", "0.9.2342", "1.2.3" } },
	};

	for (size_t i = 0; i < COUNT(fixed); i++)
		if (fixed[i].format == format)
			return text_of(fixed[i].texts[sample_number(sample, 4)]);
	if (format == &format_any)
		return sample_text(sample);
	if (format == &format_name)
		return joined(sample, from_bytes(sample, "abcxyz019_-", 1, 1), "",
		    from_bytes(sample, "abcxyze019._-", 0, 12));
	if (format == &format_request_id)
		return joined(sample, from_bytes(sample, "abc019_-", 1, 5), "/",
		    from_bytes(sample, "abc019_-", 1, 9));
	if (format == &format_repository_id)
		return hex(sample, 32);
	if (format == &format_digest)
		return joined(sample, TEXT("sha256"), ":", hex(sample, 64));
	if (format == &format_object_id)
		return hex(sample, sample_number(sample, 2) == 0 ? 40 : 64);
	if (format == &format_serial_number)
		return hex(sample, 2 * (1 + sample_number(sample, 20)));
	if (format == &format_ssh_key)
		return joined(sample, TEXT("ssh-ed25519"), " AAAA",
		    joined(sample, from_bytes(sample, "ABCabc019+/", 4, 40), "= a comment: #",
			hex(sample, 2)));
	if (format == &format_openpgp_key)
		return armoured(sample, "PGP PUBLIC KEY BLOCK");
	if (format == &format_certificate || format == &format_certificates)
		return armoured(sample, "CERTIFICATE");
	if (format == &format_certificate_request)
		return armoured(sample, "CERTIFICATE REQUEST");
	return readable(sample, format);
}

/* --- objects --- */

static void fill(struct sample *sample, const struct table *table, void *object);

static struct text
sample_item(struct sample *sample, const struct field *field)
{
	uint64_t count = 0;

	while (field->choices != NULL && field->choices[count].name != NULL)
		count++;
	if (count > 0 && (field->format == NULL || sample_number(sample, 2) == 0))
		return text_of(field->choices[sample_number(sample, count)].name);
	return sample_formatted(sample, field->format);
}

static void
fill_texts(struct sample *sample, const struct field *field, struct texts *texts)
{
	uint64_t most = field->type == FIELD_TEXT_IN_LIST ? 2 : 4;
	uint64_t count = (uint64_t)field->least + sample_number(sample, most);

	*texts = (struct texts){ 0 };
	for (uint64_t i = 0; i < count; i++) {
		struct text text = sample_item(sample, field);

		if ((field->flags & FIELD_REPEATS) != 0 || !texts_contain(texts, text))
			texts_add(sample->arena, texts, text);
	}
}

static void
fill_structs(struct sample *sample, const struct field *field, void *array)
{
	struct array_any any = { 0 };
	uint64_t count = (uint64_t)field->least + sample_number(sample, 3);

	for (uint64_t i = 0; i < count; i++) {
		void *element;

		array_grow(sample->arena, &any, field->size);
		element = (char *)any.at + any.count++ * field->size;
		table_defaults(sample->arena, field->table, element);
		fill(sample, field->table, element);
		if (field->type == FIELD_STRUCTS_BY_NAME)
			*(struct text *)element = text_printf(sample->arena, "n%zu", (size_t)i);
	}
	memcpy(array, &any, sizeof(any));
}

static void
fill_choice(struct sample *sample, const struct field *field, void *at)
{
	uint64_t count = 0;

	while (field->choices[count].name != NULL)
		count++;
	memcpy(at, &field->choices[sample_number(sample, count)].value, sizeof(int));
}

static void
fill_counts(struct sample *sample, struct counts *counts)
{
	uint64_t count = sample_number(sample, 4);

	for (uint64_t i = 0; i < count; i++)
		*ARRAY_ADD(sample->arena, counts) =
		    (struct count){ .name =
					joined(sample, text_printf(sample->arena, "%zu", (size_t)i),
					    "", readable(sample, &format_line)),
			    .count = (int64_t)sample_number(sample, 1000000) };
}

/* Small as often as not: some must not be larger than a list. */
static int64_t
sample_integer(struct sample *sample, const struct field *field)
{
	uint64_t range = field->most == 0 ? 1000000 : (uint64_t)(field->most - field->least + 1);

	if (sample_number(sample, 2) == 0)
		range = 2;
	return field->least + (int64_t)sample_number(sample, range);
}

static void
fill_field(struct sample *sample, const struct field *field, void *object)
{
	void *at = (char *)object + field->offset;

	if (field->present != 0)
		*((bool *)((char *)object + field->present - 1)) = true;
	switch (field->type) {
	case FIELD_TEXT:
		*(struct text *)at = sample_item(sample, field);
		break;
	case FIELD_CODE:
		/* a C string: nothing behind a NUL */
		*(const char **)at = text_string(sample->arena, readable(sample, &format_line));
		break;
	case FIELD_INTEGER:
		*(int64_t *)at = sample_integer(sample, field);
		break;
	case FIELD_UNSIGNED:
		*(unsigned *)at = 1 + (unsigned)sample_number(sample, 1000);
		break;
	case FIELD_BOOLEAN:
		*(bool *)at = sample_number(sample, 2) == 0;
		break;
	case FIELD_CHOICE:
		fill_choice(sample, field, at);
		break;
	case FIELD_TIME:
		*(moment *)at = 1 + (moment)sample_number(sample, 250000000000ULL);
		break;
	case FIELD_DURATION:
		*(duration *)at = 1 + (duration)sample_number(sample, 3000000000ULL);
		break;
	case FIELD_STRUCT:
		fill(sample, field->table, at);
		break;
	case FIELD_STRUCTS:
	case FIELD_STRUCTS_BY_NAME:
		fill_structs(sample, field, at);
		break;
	case FIELD_COUNTS:
		fill_counts(sample, at);
		break;
	case FIELD_LABELS:
		break;
	default:
		fill_texts(sample, field, at);
		break;
	}
}

static const struct field *
field_named(const struct table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->fields[i].name, name) == 0)
			return &table->fields[i];
	return NULL;
}

/* Of texts that exclude one another one stays: chance alone would keep a rule among five too seldom. */
static void
keep_one(struct sample *sample, const struct table *table, const struct rule *rule, void *object)
{
	uint64_t count = 0, kept;

	while (count < COUNT(rule->keys) && rule->keys[count] != NULL)
		count++;
	kept = sample_number(sample, count);
	for (uint64_t i = 0; i < count; i++) {
		const struct field *field = field_named(table, rule->keys[i]);

		if (field->type != FIELD_TEXT)
			return;
		*(struct text *)(void *)((char *)object + field->offset) =
		    i == kept ? sample_item(sample, field) : (struct text){ NULL, 0 };
	}
}

static void
fill(struct sample *sample, const struct table *table, void *object)
{
	for (size_t i = 0; i < table->count; i++)
		if ((table->fields[i].flags & FIELD_REQUIRED) != 0 || sample_number(sample, 3) != 0)
			fill_field(sample, &table->fields[i], object);
	for (const struct rule *rule = table->rules; rule != NULL && rule->type != RULE_END; rule++)
		if (rule->type == RULE_EXACTLY_ONE && sample_number(sample, 4) != 0)
			keep_one(sample, table, rule, object);
}

void *
sample_object(struct sample *sample, const struct kind_row *row)
{
	void *object = arena_allocate(sample->arena, row->size);

	table_defaults(sample->arena, row->table, object);
	if (row->complete != NULL)
		row->complete(sample->arena, TEXT(""), object);
	fill(sample, row->table, object);
	if (row->name_of == NULL && row->fixed_name == NULL)
		*(struct text *)(void *)((char *)object + row->name_at) =
		    sample_formatted(sample, &format_name);
	return object;
}

/* --- comparison, by the tables and not by what is written --- */

static bool
same_texts(const struct texts *a, const struct texts *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!text_equal(a->at[i], b->at[i]))
			return false;
	return true;
}

static bool
same_structs(const struct field *field, const struct array_any *a, const struct array_any *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const void *x = (const char *)a->at + i * field->size;
		const void *y = (const char *)b->at + i * field->size;

		if (field->type == FIELD_STRUCTS_BY_NAME &&
		    !text_equal(*(const struct text *)x, *(const struct text *)y))
			return false;
		if (sample_difference(field->table, x, y) != NULL)
			return false;
	}
	return true;
}

static bool
same_counts(const struct counts *a, const struct counts *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!text_equal(a->at[i].name, b->at[i].name) || a->at[i].count != b->at[i].count)
			return false;
	return true;
}

static bool
same_field(const struct field *field, const void *a, const void *b)
{
	switch (field->type) {
	case FIELD_TEXT:
		return text_equal(*(const struct text *)a, *(const struct text *)b);
	case FIELD_CODE: {
		const char *x = *(const char *const *)a, *y = *(const char *const *)b;

		return text_equal(text_of(x), text_of(y));
	}
	case FIELD_INTEGER:
	case FIELD_TIME:
	case FIELD_DURATION:
		return *(const int64_t *)a == *(const int64_t *)b;
	case FIELD_UNSIGNED:
		return *(const unsigned *)a == *(const unsigned *)b;
	case FIELD_BOOLEAN:
		return *(const bool *)a == *(const bool *)b;
	case FIELD_CHOICE:
		return memcmp(a, b, sizeof(int)) == 0;
	case FIELD_STRUCT:
		return sample_difference(field->table, a, b) == NULL;
	case FIELD_STRUCTS:
	case FIELD_STRUCTS_BY_NAME:
		return same_structs(field, a, b);
	case FIELD_COUNTS:
		return same_counts(a, b);
	case FIELD_LABELS:
		return true;
	default:
		return same_texts(a, b);
	}
}

const char *
sample_difference(const struct table *table, const void *a, const void *b)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct field *field = &table->fields[i];

		if (field->present != 0 && *((const bool *)a + field->present - 1) !=
					       *((const bool *)b + field->present - 1))
			return field->name;
		if (!same_field(field, (const char *)a + field->offset,
			(const char *)b + field->offset))
			return field->name;
	}
	return NULL;
}
