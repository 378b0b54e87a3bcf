#include "trust/commit.h"

#include <string.h>

#include "base/encoding.h"

enum { SHA1_DIGITS = 40, HEADERS_MOST = 128, PARENTS_MOST = 64, SHOWN_BYTES = 60 };

/* What is known of the headers read so far. */
struct headers {
	struct arena *arena;
	struct raw_commit *commit;
	struct buffer signed_bytes;
	struct text rest;
	size_t count;
	bool signature_seen;
};

static bool
refuse(struct text *why, struct text reason)
{
	*why = reason;
	return false;
}

/* Takes "NAME value" off the front, when the next line is that; false leaves all as it is. */
static bool
take_header(struct headers *headers, const char *name, struct text *value)
{
	struct text rest = headers->rest, line;

	if (!text_next_line(&rest, &line) || !text_starts_with(line, name) ||
	    line.length <= strlen(name) || line.at[strlen(name)] != ' ')
		return false;
	*value = text_skip(line, strlen(name) + 1);
	headers->rest = rest;
	headers->count++;
	return true;
}

/* Repositories with SHA-256 ids are not read (repository/store.h), and git reads no such id in others. */
static bool
is_object_id(struct text text)
{
	return hex_is_lower(text, SHA1_DIGITS);
}

static bool
digits_only(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
	return text.length > 0;
}

/* Seconds before the last day of the year 9999: in no zone what comes later is a time for git and ssh-keygen. */
static bool
is_date(struct text seconds)
{
	static const struct text latest = { "253402214399", 12 };

	return digits_only(seconds) && (seconds.at[0] != '0' || seconds.length == 1) &&
	    (seconds.length < latest.length || (seconds.length == latest.length &&
		text_compare(seconds, latest) <= 0));
}

/* "Name <mail> seconds +zone", as git fsck wants it; what it says means nothing here. */
static bool
is_identity(struct text line)
{
	struct text mail, seconds, zone;
	size_t opened = text_find(line, '<'), closed = text_find(line, '>');

	if (closed >= line.length || opened >= closed || opened == 0 || line.at[opened - 1] != ' ')
		return false;
	mail = text_first(text_skip(line, opened + 1), closed - opened - 1);
	line = text_skip(line, closed + 1);
	if (text_find(mail, '<') < mail.length || !text_starts_with(line, " "))
		return false;
	line = text_skip(line, 1);
	return text_split(&line, ' ', &seconds) && text_split(&line, ' ', &zone) &&
	    !text_present(line) && is_date(seconds) && zone.length == 5 &&
	    (zone.at[0] == '+' || zone.at[0] == '-') && digits_only(text_skip(zone, 1));
}

/* tree, parents, author, committer: exactly these, in this order. */
static bool
first_headers(struct headers *headers, struct text *why)
{
	struct raw_commit *commit = headers->commit;
	struct text parent;

	if (!take_header(headers, "tree", &commit->tree) || !is_object_id(commit->tree))
		return refuse(why, TEXT("its first header is not \"tree\" and an object id"));
	while (take_header(headers, "parent", &parent)) {
		if (!is_object_id(parent))
			return refuse(why, TEXT("it has a parent that is no object id"));
		texts_add(headers->arena, &commit->parents, parent);
		if (commit->parents.count > PARENTS_MOST)
			return refuse(why, text_printf(headers->arena, "it has more than %d parents",
			    PARENTS_MOST));
	}
	if (!take_header(headers, "author", &commit->author) || !is_identity(commit->author))
		return refuse(why, TEXT("the header \"author\" is missing, in another place, or not "
		    "\"Name <mail> seconds +zone\""));
	if (!take_header(headers, "committer", &commit->committer) ||
	    !is_identity(commit->committer))
		return refuse(why, TEXT("the header \"committer\" is missing, in another place, or "
		    "not \"Name <mail> seconds +zone\""));
	return true;
}

/* The value of a header with its continuation lines, each without the blank before it. */
static struct text
unfold(struct headers *headers, struct text first)
{
	struct buffer value = { .arena = headers->arena };
	struct text line;

	buffer_add(&value, first);
	while (text_starts_with(headers->rest, " ")) {
		(void)text_next_line(&headers->rest, &line);
		buffer_add_byte(&value, '\n');
		buffer_add(&value, text_skip(line, 1));
	}
	return buffer_text(&value);
}

static bool
is_header_name(struct text name)
{
	for (size_t i = 0; i < name.length; i++)
		if (name.at[i] <= ' ' || name.at[i] > '~')
			return false;
	return name.length > 0;
}

static bool
name_may_stand_here(struct headers *headers, struct text name, struct text *why)
{
	static const char *const once[] = { "tree", "parent", "author", "committer" };
	struct text lower = text_lower(headers->arena, name);
	struct text shown = text_visible(headers->arena, name, SHOWN_BYTES);

	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		if (text_is(lower, once[i]))
			return refuse(why, text_printf(headers->arena, "it has the header \"%.*s\" a "
			    "second time, or in another place", TEXT_ARGUMENTS(shown)));
	if (text_is(name, "gpgsig-sha256"))
		return refuse(why, TEXT("it has a signature for SHA-256 object ids "
		    "(gpgsig-sha256), which is not supported"));
	/* whatever looks like a signature and is none could be taken for one by another reader */
	if (!text_is(name, "gpgsig") && text_starts_with(lower, "gpgsig"))
		return refuse(why, text_printf(headers->arena, "it has the unknown header \"%.*s\"",
		    TEXT_ARGUMENTS(shown)));
	return true;
}

/* One header behind the committer, with its continuation lines; something is left to read. */
static bool
later_header(struct headers *headers, struct text *why)
{
	struct text whole = headers->rest, line, name, value;

	/* there is a line, and a line has a first word */
	(void)text_next_line(&headers->rest, &line);
	(void)text_split(&line, ' ', &name);
	if (!text_present(line) || !is_header_name(name))
		return refuse(why, TEXT("it has a line among its headers that is none"));
	if (++headers->count > HEADERS_MOST)
		return refuse(why, text_printf(headers->arena, "it has more than %d headers",
		    HEADERS_MOST));
	if (!name_may_stand_here(headers, name, why))
		return false;
	value = unfold(headers, line);
	if (!text_is(name, "gpgsig")) {
		buffer_add(&headers->signed_bytes,
		    text_first(whole, whole.length - headers->rest.length));
		return true;
	}
	if (headers->signature_seen)
		return refuse(why, TEXT("it has two signatures"));
	headers->signature_seen = true;
	headers->commit->signature = value;
	return true;
}

bool
raw_commit_parse(struct arena *arena, struct text raw, struct raw_commit *out, struct text *why)
{
	struct headers headers = { .arena = arena, .commit = out, .rest = raw,
		.signed_bytes = { .arena = arena } };

	*out = (struct raw_commit){ 0 };
	if (text_find(raw, '\0') < raw.length)
		return refuse(why, TEXT("it holds a NUL byte"));
	if (!first_headers(&headers, why))
		return false;
	buffer_add(&headers.signed_bytes, text_first(raw, raw.length - headers.rest.length));
	while (!text_starts_with(headers.rest, "\n")) {
		if (headers.rest.length == 0)
			return refuse(why, TEXT("no empty line stands behind its headers"));
		if (!later_header(&headers, why))
			return false;
	}
	buffer_add(&headers.signed_bytes, headers.rest);
	out->signed_bytes = buffer_text(&headers.signed_bytes);
	out->message = text_skip(headers.rest, 1);
	return true;
}

struct text
raw_commit_with_signature(struct arena *arena, struct text unsigned_commit, struct text armour)
{
	struct buffer out = { .arena = arena };
	struct text line, rest = unsigned_commit;
	const char *prefix = "gpgsig ";

	/* git puts it behind all other headers */
	while (text_next_line(&rest, &line) && line.length > 0)
		buffer_printf(&out, "%.*s\n", TEXT_ARGUMENTS(line));
	while (text_next_line(&armour, &line)) {
		buffer_printf(&out, "%s%.*s\n", prefix, TEXT_ARGUMENTS(line));
		prefix = " ";
	}
	buffer_add_byte(&out, '\n');
	buffer_add(&out, rest);
	return buffer_text(&out);
}
