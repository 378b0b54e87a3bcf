#include "trust/trailer.h"

#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "trust/trailer_form.h"

enum {
	TRAILERS_MOST = 1024,
	DOUBTFUL_LINES_MOST = 4096,     /* looked at for near misses: it costs more than the strict look */
	REQUEST_ID_BYTES = 241,         /* a path of 255 bytes without "requests/" and ".yaml" */
	REQUEST_ID_PARTS = 8,           /* eight folders, "requests" the first of them, and the file */
	SHOWN_BYTES = 120
};

/* Lines of a message, and which of them are its last paragraph. */
struct message {
	struct arena *arena;
	struct texts lines;
	size_t paragraph;               /* first line of the last paragraph */
	size_t end;                     /* the line behind it */
	struct text prose;              /* a line of it that is no trailer; absent when all are */
	size_t doubtful;                /* lines looked at for near misses */
};

/* --- cheap looks ------------------------------------------------------------------ */

static bool
starts_without_case(struct text text, const char *word)
{
	size_t length = strlen(word);

	return text.length >= length && strncasecmp(text.at, word, length) == 0;
}

/* "C" and "c" of the full-width forms (U+FF23, U+FF43). */
static bool
starts_full_width(struct text text)
{
	return text_starts_with(text, "\xef\xbc\xa3") || text_starts_with(text, "\xef\xbd\x83");
}

bool
trailers_hinted(struct text message)
{
	for (; message.length > 0; message = text_skip(message, 1)) {
		switch (message.at[0]) {
		case 'c': case 'C':
			if (starts_without_case(message, "countersign"))
				return true;
			break;
		case 's': case 'S':
			if (starts_without_case(message, "sha256"))
				return true;
			break;
		case '\xef':
			if (starts_full_width(message))
				return true;
			break;
		default:
			break;
		}
	}
	return false;
}

static bool
folder_name_valid(struct text name)
{
	return !text_ends_with(name, ".yaml") && !text_ends_with(name, ".pem") &&
	    !text_ends_with(name, ".crl") && !text_ends_with(name, ".sig");
}

static bool
part_valid(struct text part)
{
	if (part.length == 0 || part.at[0] == '.')
		return false;
	for (size_t i = 0; i < part.length; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789._-", part.at[i]) == NULL ||
		    part.at[i] == '\0')
			return false;
	return true;
}

bool
request_id_valid(struct text id)
{
	struct text part;
	size_t parts = 0;

	if (id.length == 0 || id.length > REQUEST_ID_BYTES)
		return false;
	while (text_split(&id, '/', &part))
		if (!part_valid(part) || ++parts > REQUEST_ID_PARTS ||
		    (text_present(id) && !folder_name_valid(part)))
			return false;
	return true;
}

/* --- one line ---------------------------------------------------------------------- */

static const struct trailer_form forms[] = {
	{ "Countersign-Approve", TRAILER_DECISION, DECISION_APPROVE },
	{ "Countersign-Reject", TRAILER_DECISION, DECISION_REJECT },
	{ "Countersign-Withdraw", TRAILER_DECISION, DECISION_WITHDRAW },
	{ "Countersign-Cancel", TRAILER_DECISION, DECISION_CANCEL },
	{ "Countersign-Request", TRAILER_REQUEST, DECISION_NONE },
	{ "Countersign-Configuration", TRAILER_CONFIGURATION, DECISION_NONE },
	{ "Countersign-Configuration-Withdraw", TRAILER_CONFIGURATION_WITHDRAW, DECISION_NONE },
};

const struct trailer_form *
trailer_form_at(size_t i)
{
	return i < sizeof(forms) / sizeof(forms[0]) ? &forms[i] : NULL;
}

bool
trailer_form_names_request(const struct trailer_form *form)
{
	return form->kind == TRAILER_DECISION || form->kind == TRAILER_REQUEST;
}

/* The grammar itself: KEY ": " [ID " "] "sha256:" 64 digits, and nothing else. */
static bool
line_is_trailer(struct text line, struct trailer *out)
{
	const struct trailer_form *form;
	struct text rest;

	for (size_t i = 0; (form = trailer_form_at(i)) != NULL; i++) {
		if (!text_starts_with(line, form->key))
			continue;
		rest = text_skip(line, strlen(form->key));
		if (!text_starts_with(rest, ": "))
			continue;
		rest = text_skip(rest, 2);
		*out = (struct trailer){ .kind = form->kind, .meant = form->kind,
			.decision = form->decision, .line = line };
		if (trailer_form_names_request(form) && (!text_split(&rest, ' ', &out->request) ||
		    !request_id_valid(out->request)))
			return false;
		out->digest = rest;
		return digest_is_named(rest);
	}
	return false;
}

/* --- paragraphs --------------------------------------------------------------------- */

static bool
is_blank(struct text line)
{
	return text_trim(line).length == 0;
}

static bool
is_continuation(struct text line)
{
	return !is_blank(line) && (line.at[0] == ' ' || line.at[0] == '\t');
}

/* Whether git takes the line for a trailer of any kind. */
static bool
is_some_trailer(struct text line)
{
	size_t i = 0;

	if (text_starts_with(line, "(cherry picked from commit "))
		return true;
	while (i < line.length && line.at[i] != '\0' &&
	    strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-",
	    line.at[i]) != NULL)
		i++;
	if (i == 0)
		return false;
	while (i < line.length && (line.at[i] == ' ' || line.at[i] == '\t'))
		i++;
	return i < line.length && line.at[i] == ':';
}

static void
find_last_paragraph(struct message *message)
{
	const struct texts *lines = &message->lines;

	message->end = lines->count;
	while (message->end > 0 && is_blank(lines->at[message->end - 1]))
		message->end--;
	message->paragraph = message->end;
	while (message->paragraph > 0 && !is_blank(lines->at[message->paragraph - 1]))
		message->paragraph--;
	for (size_t i = message->paragraph; i < message->end; i++)
		if (!is_some_trailer(lines->at[i]) &&
		    (i == message->paragraph || !is_continuation(lines->at[i]))) {
			message->prose = lines->at[i];
			return;
		}
}

/* Why a well-formed trailer does not count where it stands; absent when it does. */
static struct text
misplaced(const struct message *message, size_t i)
{
	if (i < message->paragraph)
		return TEXT("it does not stand in the last paragraph of the message; move it behind "
		    "the last empty line");
	if (i + 1 < message->end && is_continuation(message->lines.at[i + 1]))
		return TEXT("the next line continues it (it begins with a blank); a trailer stands on "
		    "one line");
	if (text_present(message->prose))
		return text_printf(message->arena, "the last paragraph also holds a line that is no "
		    "trailer (\"%.*s\"); put an empty line above the trailers",
		    TEXT_ARGUMENTS(text_visible(message->arena, message->prose, SHOWN_BYTES)));
	return (struct text){ NULL, 0 };
}

/* --- the whole ----------------------------------------------------------------------- */

/* Judges one line: true when it is ours, rightly or nearly. */
static bool
judge(struct message *message, size_t i, struct trailer *out)
{
	struct text line = message->lines.at[i];

	*out = (struct trailer){ 0 };
	if (!trailers_hinted(line))
		return false;
	if (!line_is_trailer(line, out))
		return message->doubtful++ < DOUBTFUL_LINES_MOST &&
		    trailer_near_miss(message->arena, line, out);
	out->why = misplaced(message, i);
	if (text_present(out->why))
		out->kind = TRAILER_NEAR_MISS;
	return true;
}

static void
add_trailer(struct arena *arena, struct trailers *out, const struct trailer *trailer)
{
	if (out->count < TRAILERS_MOST) {
		*ARRAY_ADD(arena, out) = *trailer;
		return;
	}
	if (out->count == TRAILERS_MOST)
		*ARRAY_ADD(arena, out) = (struct trailer){ .line = trailer->line,
			.why = text_printf(arena, "the message has more than %d trailers; this one "
			    "and those behind it are not read", TRAILERS_MOST) };
}

void
trailers_parse(struct arena *arena, struct text message_text, struct trailers *out,
    struct text *comment)
{
	struct message message = { .arena = arena };
	struct buffer words = { .arena = arena };
	struct trailer trailer;
	struct text line;
	bool ours = false;

	while (text_next_line(&message_text, &line))
		texts_add(arena, &message.lines, line);
	find_last_paragraph(&message);
	for (size_t i = 0; i < message.lines.count; i++) {
		line = message.lines.at[i];
		if (judge(&message, i, &trailer)) {
			add_trailer(arena, out, &trailer);
			ours = true;
			continue;
		}
		/* what continues one of our lines belongs to it and not to the comment */
		ours = ours && is_continuation(line);
		if (!ours)
			buffer_printf(&words, "%.*s\n", TEXT_ARGUMENTS(line));
	}
	*comment = text_trim(buffer_text(&words));
}
