/*
 * A small file of lines, in the order of struct accepted:
 *
 *   countersign-checker-v1
 *   output <id>
 *   input <id>
 *   configuration <number> <digest>
 *   decided <serial number> <digest> <request>
 *   signed <serial number> <digest> <request>
 *   refused <serial number> <digest> <request> <why>
 *   late <evidence> <RFC 3339> <request> <who> <key>
 */
#include "checker/accepted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/encoding.h"
#include "base/file.h"
#include "trust/trailer.h"

enum { FILE_BYTES = 256 * 1024 * 1024, ID_DIGITS = 40, SERIAL_DIGITS = 38, NUMBER_DIGITS = 18,
	WHY_BYTES = 400 };

static const char title[] = "countersign-checker-v1";

static bool
take_id(struct text line, const char *name, struct text *id)
{
	if (!text_starts_with(line, name))
		return false;
	*id = text_skip(line, strlen(name));
	return hex_is_lower(*id, ID_DIGITS);
}

static bool
take_configuration(struct text line, struct accepted *out)
{
	struct text number;

	if (!text_starts_with(line, "configuration ") || text_present(out->configuration_digest))
		return false;
	line = text_skip(line, strlen("configuration "));
	if (!text_split(&line, ' ', &number) || text_empty(number) || number.length > NUMBER_DIGITS)
		return false;
	for (size_t i = 0; i < number.length; i++) {
		if (number.at[i] < '0' || number.at[i] > '9')
			return false;
		out->configuration_number = out->configuration_number * 10 + (number.at[i] - '0');
	}
	out->configuration_digest = line;
	return text_starts_with(line, "sha256:");
}

static bool
take_decision(struct text line, struct accepted *out)
{
	struct seen_decision *decision = ARRAY_ADD(out->arena, &out->decisions);
	struct text kind;
	bool refused;

	if (!text_split(&line, ' ', &kind) || !text_split(&line, ' ', &decision->serial_number) ||
	    !text_split(&line, ' ', &decision->digest) ||
	    !text_split(&line, ' ', &decision->request))
		return false;
	refused = text_is(kind, "refused");
	decision->signed_before = text_is(kind, "signed");
	if (refused)
		decision->refused = line;
	return (refused || decision->signed_before || text_is(kind, "decided")) &&
	    hex_is_lower(decision->serial_number, SERIAL_DIGITS) &&
	    text_starts_with(decision->digest, "sha256:") && request_id_valid(decision->request) &&
	    (refused ? !text_empty(line) : text_empty(line));
}

static bool
take_late(struct text line, struct accepted *out)
{
	struct text kind, at;
	struct late_sight *late;

	if (!text_split(&line, ' ', &kind) || !text_is(kind, "late"))
		return false;
	late = ARRAY_ADD(out->arena, &out->late);
	late->request = TEXT("");
	if (!text_split(&line, ' ', &late->evidence) || !text_split(&line, ' ', &at) ||
	    !text_split(&line, ' ', &late->request))
		return false;
	(void)text_split(&line, ' ', &late->by);
	late->key = line;
	return hex_is_lower(late->evidence, 64) && moment_parse(at, &late->seen_at) &&
	    request_id_valid(late->request);
}

static bool
parse(struct text content, struct accepted *out)
{
	struct text line;

	if (!text_next_line(&content, &line) || !text_is(line, title))
		return false;
	while (text_next_line(&content, &line))
		if (!(take_id(line, "output ", &out->output) || take_id(line, "input ", &out->input) ||
		    take_configuration(line, out) || take_late(line, out) ||
		    take_decision(line, out)))
			return false;
	return text_present(out->output) && text_present(out->input) &&
	    text_present(out->configuration_digest);
}

static int
compare_decisions(const void *a, const void *b)
{
	return text_compare(((const struct seen_decision *)a)->serial_number,
	    ((const struct seen_decision *)b)->serial_number);
}

static int
compare_late(const void *a, const void *b)
{
	const struct late_sight *left = a, *right = b;
	int order = text_compare(left->request, right->request);

	if (order == 0)
		order = text_compare(left->evidence, right->evidence);
	if (order == 0)
		order = text_compare(left->by, right->by);
	return order != 0 ? order : text_compare(left->key, right->key);
}

/* Both are looked up by what they are sorted by. */
static void
sort(struct accepted *accepted)
{
	if (accepted->decisions.count > 1)
		qsort(accepted->decisions.at, accepted->decisions.count,
		    sizeof(accepted->decisions.at[0]), compare_decisions);
	if (accepted->late.count > 1)
		qsort(accepted->late.at, accepted->late.count, sizeof(accepted->late.at[0]),
		    compare_late);
}

bool
accepted_read(const char *path, struct accepted *out, struct text *why)
{
	struct text content;

	*out = (struct accepted){ .arena = arena_new() };
	if (!file_read(out->arena, path, FILE_BYTES, &content)) {
		if (errno == ENOENT)
			return true;
		*why = text_printf(out->arena, "%s: %s", path, strerror(errno));
		return false;
	}
	if (!parse(content, out)) {
		*why = text_printf(out->arena, "%s is damaged: restore it, or remove it to have the "
		    "whole output branch judged anew", path);
		return false;
	}
	sort(out);
	return true;
}

bool
accepted_write(const char *path, const struct accepted *accepted)
{
	struct arena *arena = arena_new();
	struct buffer content = { .arena = arena };
	bool written;

	buffer_printf(&content, "%s\noutput %.*s\ninput %.*s\nconfiguration %lld %.*s\n", title,
	    TEXT_ARGUMENTS(accepted->output), TEXT_ARGUMENTS(accepted->input),
	    (long long)accepted->configuration_number,
	    TEXT_ARGUMENTS(accepted->configuration_digest));
	for (size_t i = 0; i < accepted->decisions.count; i++) {
		const struct seen_decision *decision = &accepted->decisions.at[i];

		buffer_printf(&content, "%s %.*s %.*s %.*s%s%.*s\n",
		    text_present(decision->refused) ? "refused" :
		    decision->signed_before ? "signed" : "decided",
		    TEXT_ARGUMENTS(decision->serial_number), TEXT_ARGUMENTS(decision->digest),
		    TEXT_ARGUMENTS(decision->request), text_present(decision->refused) ? " " : "",
		    TEXT_ARGUMENTS(text_visible(arena, decision->refused, WHY_BYTES)));
	}
	for (size_t i = 0; i < accepted->late.count; i++)
		buffer_printf(&content, "late %.*s %.*s %.*s %.*s %.*s\n",
		    TEXT_ARGUMENTS(accepted->late.at[i].evidence),
		    TEXT_ARGUMENTS(moment_format(arena, accepted->late.at[i].seen_at)),
		    TEXT_ARGUMENTS(accepted->late.at[i].request),
		    TEXT_ARGUMENTS(accepted->late.at[i].by),
		    TEXT_ARGUMENTS(accepted->late.at[i].key));
	written = file_write_durable(path, buffer_text(&content), 0600);
	arena_free(arena);
	return written;
}

void
accepted_free(struct accepted *accepted)
{
	arena_free(accepted->arena);
	*accepted = (struct accepted){ .arena = NULL };
}

struct seen_decision *
accepted_decision(struct accepted *accepted, struct text serial_number)
{
	const struct seen_decision wanted = { .serial_number = serial_number };

	return accepted->decisions.count == 0 || !text_present(serial_number) ? NULL :
	    bsearch(&wanted, accepted->decisions.at, accepted->decisions.count, sizeof(wanted),
		compare_decisions);
}

const struct late_sight *
accepted_late(const struct accepted *accepted, struct text request,
    const struct verified_decision *decision)
{
	const struct late_sight wanted = { .request = request, .evidence = decision->evidence,
		.by = decision->by, .key = decision->key };

	return accepted->late.count == 0 ? NULL :
	    bsearch(&wanted, accepted->late.at, accepted->late.count, sizeof(wanted), compare_late);
}

void
accepted_add_late(struct accepted *accepted, const struct late_sights *found)
{
	for (size_t i = 0; i < found->count; i++)
		*ARRAY_ADD(accepted->arena, &accepted->late) = found->at[i];
	sort(accepted);
}

static void
copy_decisions(struct arena *arena, const struct seen_decisions *from, struct seen_decisions *to)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct seen_decision *decision = &from->at[i];

		if (text_present(decision->serial_number))
			*ARRAY_ADD(arena, to) = (struct seen_decision){
				.request = text_copy(arena, decision->request),
				.digest = text_copy(arena, decision->digest),
				.serial_number = text_copy(arena, decision->serial_number),
				.signed_before = decision->signed_before,
				.refused = text_copy(arena, decision->refused) };
	}
}

void
accepted_copy(const struct accepted *accepted, struct accepted *out)
{
	struct arena *arena = arena_new();

	*out = (struct accepted){ .arena = arena,
		.output = text_copy(arena, accepted->output),
		.input = text_copy(arena, accepted->input),
		.configuration_number = accepted->configuration_number,
		.configuration_digest = text_copy(arena, accepted->configuration_digest) };
	copy_decisions(arena, &accepted->decisions, &out->decisions);
	for (size_t i = 0; i < accepted->late.count; i++)
		*ARRAY_ADD(arena, &out->late) = (struct late_sight){
			.request = text_copy(arena, accepted->late.at[i].request),
			.evidence = text_copy(arena, accepted->late.at[i].evidence),
			.by = text_copy(arena, accepted->late.at[i].by),
			.key = text_copy(arena, accepted->late.at[i].key),
			.seen_at = accepted->late.at[i].seen_at };
	sort(out);
}

void
accepted_tidy(struct accepted *accepted)
{
	struct accepted tidy;

	accepted_copy(accepted, &tidy);
	accepted_free(accepted);
	*accepted = tidy;
}
