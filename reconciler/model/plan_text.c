#include "model/plan_text.h"

#include <string.h>

#include "base/digest.h"
#include "base/encoding.h"

enum { USUAL_BYTES = 1000 };

static const char first_line[] = "countersign-plan-v1";

static const char *const attribute_keywords[SUBJECT_ATTRIBUTES] = {
	[SUBJECT_DOMAIN_COMPONENT] = "DC",
	[SUBJECT_COUNTRY] = "C",
	[SUBJECT_STATE] = "ST",
	[SUBJECT_LOCALITY] = "L",
	[SUBJECT_ORGANIZATION] = "O",
	[SUBJECT_ORGANIZATIONAL_UNIT] = "OU",
	[SUBJECT_COMMON_NAME] = "CN",
};

static const char *const alt_name_keywords[ALT_NAME_TYPES] = {
	[ALT_NAME_DNS] = "DNS",
	[ALT_NAME_IP] = "IP",
	[ALT_NAME_EMAIL] = "email",
	[ALT_NAME_URI] = "URI",
	[ALT_NAME_UPN] = "UPN",
};

const char *
subject_attribute_keyword(enum subject_attribute attribute)
{
	return attribute_keywords[attribute];
}

const char *
alt_name_keyword(enum alt_name_type type)
{
	return alt_name_keywords[type];
}

/* The characters that RFC 4514 section 2.4 wants escaped, wherever they stand. */
static bool
is_special(char c)
{
	return c != '\0' && strchr("\"+,;<>\\", c) != NULL;
}

static void
add_escaped(struct buffer *buffer, struct text value)
{
	for (size_t i = 0; i < value.length; i++) {
		char c = value.at[i];

		if (is_special(c) || (i == 0 && (c == ' ' || c == '#')) ||
		    (i == value.length - 1 && c == ' '))
			buffer_add_byte(buffer, '\\');
		buffer_add_byte(buffer, c);
	}
}

struct text
subject_format(struct arena *arena, const struct subject_names *subject)
{
	struct buffer buffer = { .arena = arena };

	for (size_t type = SUBJECT_ATTRIBUTES; type-- > 0;) {
		const struct texts *values = &subject->values[type];

		for (size_t i = values->count; i-- > 0;) {
			if (buffer.length > 0)
				buffer_add_byte(&buffer, ',');
			buffer_add(&buffer, text_of(attribute_keywords[type]));
			buffer_add_byte(&buffer, '=');
			add_escaped(&buffer, values->at[i]);
		}
	}
	return buffer_text(&buffer);
}

/* Adds "keyword: value" and an LF. */
static void
add_line(struct buffer *buffer, const char *keyword, struct text value)
{
	buffer_add(buffer, text_of(keyword));
	buffer_add(buffer, TEXT(": "));
	buffer_add(buffer, value);
	buffer_add_byte(buffer, '\n');
}

static void
add_lines(struct buffer *buffer, const char *keyword, const struct texts *values)
{
	struct texts sorted = { 0 };

	for (size_t i = 0; i < values->count; i++)
		texts_add(buffer->arena, &sorted, values->at[i]);
	texts_sort_unique(&sorted);
	for (size_t i = 0; i < sorted.count; i++)
		add_line(buffer, keyword, sorted.at[i]);
}

static void
add_alt_names(struct buffer *buffer, const struct alt_names *names)
{
	struct texts all = { 0 };

	for (size_t type = 0; type < ALT_NAME_TYPES; type++)
		for (size_t i = 0; i < names->values[type].count; i++)
			texts_add(buffer->arena, &all,
			    text_printf(buffer->arena, "%s:%.*s", alt_name_keywords[type],
				TEXT_ARGUMENTS(names->values[type].at[i])));
	add_lines(buffer, "alt-name", &all);
}

static struct text
basic_constraints(struct arena *arena, const struct plan *plan)
{
	if (!plan->ca)
		return TEXT("CA:FALSE");
	if (plan->path_length < 0)
		return TEXT("CA:TRUE");
	return text_printf(arena, "CA:TRUE,pathlen:%lld", (long long)plan->path_length);
}

static struct text
write_text(struct arena *arena, const struct plan *plan)
{
	struct buffer buffer = { .arena = arena };
	struct text subject = subject_format(arena, &plan->subject);

	buffer_reserve(&buffer, USUAL_BYTES);
	buffer_printf(&buffer, "%s\n", first_line);
	add_line(&buffer, "repository", plan->repository);
	add_line(&buffer, "request", plan->request);
	buffer_printf(&buffer, "generation: %lld\n", (long long)plan->generation);
	add_line(&buffer, "action", plan->action);
	add_line(&buffer, "requester", plan->requester);
	add_line(&buffer, "profile", plan->profile);
	add_line(&buffer, "authority", plan->authority);
	buffer_printf(&buffer, "authority-certificate: sha256:%.*s\n",
	    TEXT_ARGUMENTS(plan->authority_certificate_sha256));
	buffer_printf(&buffer, "public-key: sha256:%.*s\n",
	    TEXT_ARGUMENTS(plan->public_key_sha256));
	add_line(&buffer, "subject", text_empty(subject) ? TEXT("none") : subject);
	add_alt_names(&buffer, &plan->alt_names);
	add_lines(&buffer, "key-usage", &plan->key_usages);
	add_lines(&buffer, "extended-key-usage", &plan->extended_key_usages);
	add_line(&buffer, "basic-constraints", basic_constraints(arena, plan));
	if (text_present(plan->crl_distribution_point))
		add_line(&buffer, "crl-distribution-point", plan->crl_distribution_point);
	add_line(&buffer, "signature-algorithm", plan->signature_algorithm);
	buffer_printf(&buffer, "lifetime: %lld\n", (long long)plan->lifetime);
	add_line(&buffer, "not-before",
	    plan->not_before == 0 ? TEXT("at-issuance") : moment_format(arena, plan->not_before));
	return buffer_text(&buffer);
}

/* What is left of the text while it is read, and what was wrong with it. */
struct reader {
	struct arena *arena;
	struct text rest;
	unsigned line;
	struct text why; /* absent: nothing so far */
};

static void
refuse(struct reader *reader, const char *what)
{
	if (!text_present(reader->why))
		reader->why =
		    text_printf(reader->arena, "line %u of the plan: %s", reader->line, what);
}

/*
 * Takes the next line when it has this keyword; false when it has another, or
 * when there is none.
 */
static bool
next_value(struct reader *reader, const char *keyword, struct text *value)
{
	size_t length = strlen(keyword);
	struct text rest = reader->rest, line;

	if (!text_next_line(&rest, &line) || !text_starts_with(line, keyword) ||
	    !text_starts_with(text_skip(line, length), ": "))
		return false;
	*value = text_skip(line, length + 2);
	reader->rest = rest;
	reader->line++;
	if (text_empty(*value))
		refuse(reader, "an empty value");
	return true;
}

static struct text
needed_value(struct reader *reader, const char *keyword)
{
	struct text value = TEXT("");

	if (!next_value(reader, keyword, &value)) {
		reader->line++;
		refuse(reader,
		    text_string(reader->arena,
			text_printf(reader->arena, "\"%s: \" is expected here", keyword)));
	}
	return value;
}

static void
read_values(struct reader *reader, const char *keyword, struct texts *values)
{
	struct text value;

	while (next_value(reader, keyword, &value))
		texts_add(reader->arena, values, value);
}

/* A whole number from `least`, of at most 18 digits. */
static int64_t
read_number(struct reader *reader, struct text digits, int64_t least)
{
	int64_t number = 0;

	if (text_empty(digits) || digits.length > 18)
		refuse(reader, "a whole number is expected");
	for (size_t i = 0; i < digits.length && i < 18; i++) {
		if (digits.at[i] < '0' || digits.at[i] > '9') {
			refuse(reader, "a whole number is expected");
			return least;
		}
		number = number * 10 + (digits.at[i] - '0');
	}
	if (number < least)
		refuse(reader, "the number is too small");
	return number;
}

static struct text
read_sha256(struct reader *reader, const char *keyword)
{
	struct text value = needed_value(reader, keyword);

	if (!digest_is_named(value)) {
		refuse(reader, "\"sha256:\" and 64 lower-case hex digits are expected");
		return TEXT("");
	}
	return text_skip(value, strlen("sha256:"));
}

/* Takes one value off the front of a distinguished name, up to a bare ',' or the end. */
static struct text
next_unescaped(struct reader *reader, struct text *rest)
{
	struct buffer value = { .arena = reader->arena };

	while (rest->length > 0 && rest->at[0] != ',') {
		if (rest->at[0] == '\\' && rest->length > 1)
			*rest = text_skip(*rest, 1);
		buffer_add_byte(&value, rest->at[0]);
		*rest = text_skip(*rest, 1);
	}
	return buffer_text(&value);
}

static bool
attribute_of(struct text keyword, size_t *type)
{
	for (*type = 0; *type < SUBJECT_ATTRIBUTES; (*type)++)
		if (text_is(keyword, attribute_keywords[*type]))
			return true;
	return false;
}

static void
reverse(struct texts *values)
{
	for (size_t i = 0; i < values->count / 2; i++) {
		struct text kept = values->at[i];

		values->at[i] = values->at[values->count - 1 - i];
		values->at[values->count - 1 - i] = kept;
	}
}

static void
read_subject(struct reader *reader, struct subject_names *subject)
{
	struct text rest = needed_value(reader, "subject"), value;
	size_t type;

	if (text_is(rest, "none"))
		return;
	for (;;) {
		size_t equals = text_find(rest, '=');

		if (!attribute_of(text_first(rest, equals), &type) || equals == rest.length) {
			refuse(reader, "an unknown subject attribute");
			return;
		}
		rest = text_skip(rest, equals + 1);
		value = next_unescaped(reader, &rest);
		if (text_empty(value))
			refuse(reader, "an empty subject attribute");
		texts_add(reader->arena, &subject->values[type], value);
		if (rest.length == 0)
			break;
		rest = text_skip(rest, 1);
	}
	for (type = 0; type < SUBJECT_ATTRIBUTES; type++)
		reverse(&subject->values[type]);
}

static void
read_alt_names(struct reader *reader, struct alt_names *names)
{
	struct text line, keyword;

	while (next_value(reader, "alt-name", &line)) {
		struct text value = line;
		size_t type = 0;

		if (!text_split(&value, ':', &keyword) || text_empty(value)) {
			refuse(reader, "a type, \":\" and a name are expected");
			return;
		}
		while (type < ALT_NAME_TYPES && !text_is(keyword, alt_name_keywords[type]))
			type++;
		if (type == ALT_NAME_TYPES) {
			refuse(reader, "an unknown type of alternative name");
			return;
		}
		texts_add(reader->arena, &names->values[type], value);
	}
}

static void
read_basic_constraints(struct reader *reader, struct plan *plan)
{
	static const char with_length[] = "CA:TRUE,pathlen:";
	struct text value = needed_value(reader, "basic-constraints");

	plan->path_length = -1;
	plan->ca = text_starts_with(value, "CA:TRUE");
	if (text_starts_with(value, with_length))
		plan->path_length = read_number(reader, text_skip(value, strlen(with_length)), 0);
}

static void
read_fields(struct reader *reader, struct plan *plan)
{
	struct text value;

	plan->repository = needed_value(reader, "repository");
	if (!hex_is_lower(plan->repository, 32))
		refuse(reader, "32 lower-case hex digits are expected");
	plan->request = needed_value(reader, "request");
	plan->generation = read_number(reader, needed_value(reader, "generation"), 1);
	plan->action = needed_value(reader, "action");
	plan->requester = needed_value(reader, "requester");
	plan->profile = needed_value(reader, "profile");
	plan->authority = needed_value(reader, "authority");
	plan->authority_certificate_sha256 = read_sha256(reader, "authority-certificate");
	plan->public_key_sha256 = read_sha256(reader, "public-key");
	read_subject(reader, &plan->subject);
	read_alt_names(reader, &plan->alt_names);
	read_values(reader, "key-usage", &plan->key_usages);
	read_values(reader, "extended-key-usage", &plan->extended_key_usages);
	read_basic_constraints(reader, plan);
	(void)next_value(reader, "crl-distribution-point", &plan->crl_distribution_point);
	plan->signature_algorithm = needed_value(reader, "signature-algorithm");
	plan->lifetime = read_number(reader, needed_value(reader, "lifetime"), 1);
	value = needed_value(reader, "not-before");
	if (!text_is(value, "at-issuance") && !moment_parse(value, &plan->not_before))
		refuse(reader, "\"at-issuance\" or a time is expected");
}

/* Text with LF line ends and no other control character, so that a value is one line. */
static bool
is_plain(struct text text)
{
	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if ((c < 0x20 && c != '\n') || c == 0x7f)
			return false;
	}
	return text_is_utf8(text);
}

bool
plan_parse(struct arena *arena, struct text text, struct plan *out, struct text *why)
{
	struct reader reader = { .arena = arena, .rest = text };
	struct text line = TEXT("");

	*out = (struct plan){ .path_length = -1 };
	*why = TEXT("the plan is longer than 256 KiB");
	if (text.length > PLAN_TEXT_MOST_BYTES)
		return false;
	*why = TEXT("the plan holds a control character or is not UTF-8");
	if (!is_plain(text))
		return false;
	*why = text_printf(arena, "the plan does not begin with %s", first_line);
	if (!text_next_line(&reader.rest, &line) || !text_is(line, first_line))
		return false;
	reader.line = 1;
	read_fields(&reader, out);
	*why = reader.why;
	if (text_present(reader.why))
		return false;
	/* What is not this plan's one canonical text differs here: order, repetition, escapes, a rest. */
	*why = TEXT("the plan is not in canonical form");
	if (!text_equal(write_text(arena, out), text))
		return false;
	out->text = text;
	out->digest = digest_named(arena, text);
	*why = (struct text){ NULL, 0 };
	return true;
}

static bool
texts_are_lines(const struct texts *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		if (text_find(texts->at[i], '\n') != texts->at[i].length)
			return false;
	return true;
}

/* A value with an LF could pass for two lines; any other fault shows when the text is parsed. */
static bool
values_are_lines(struct arena *arena, const struct plan *plan)
{
	struct texts single = { 0 };

	for (size_t type = 0; type < SUBJECT_ATTRIBUTES; type++)
		if (!texts_are_lines(&plan->subject.values[type]))
			return false;
	for (size_t type = 0; type < ALT_NAME_TYPES; type++)
		if (!texts_are_lines(&plan->alt_names.values[type]))
			return false;
	texts_add(arena, &single, plan->request);
	texts_add(arena, &single, plan->action);
	texts_add(arena, &single, plan->requester);
	texts_add(arena, &single, plan->profile);
	texts_add(arena, &single, plan->authority);
	texts_add(arena, &single, plan->crl_distribution_point);
	texts_add(arena, &single, plan->signature_algorithm);
	return texts_are_lines(&single) && texts_are_lines(&plan->key_usages) &&
	       texts_are_lines(&plan->extended_key_usages);
}

void
plan_write(struct arena *arena, struct plan *plan)
{
	struct plan again;
	struct text text, why;

	plan->text = plan->digest = (struct text){ NULL, 0 };
	if (!values_are_lines(arena, plan))
		return;
	text = write_text(arena, plan);
	if (!plan_parse(arena, text, &again, &why))
		return;
	plan->text = text;
	plan->digest = again.digest;
}
