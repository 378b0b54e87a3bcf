#include "repository/commit_header.h"

#include <string.h>

enum { TREE_LINE_BYTES = 5 + OBJECT_ID_DIGITS + 1, PARENT_LINE_BYTES = 7 + OBJECT_ID_DIGITS + 1 };

/* Seconds behind the last ">" of the committer's line; more digits than fit count as none. */
static int64_t
committer_seconds(struct text line)
{
	enum { MOST_DIGITS = 17 };
	int64_t seconds = 0;
	size_t at = line.length;

	while (at > 0 && line.at[at - 1] != '>')
		at--;
	if (at == 0 || at >= line.length || line.at[at] != ' ')
		return 0;
	line = text_skip(line, at + 1);
	for (size_t i = 0; i < line.length && line.at[i] >= '0' && line.at[i] <= '9'; i++) {
		if (i == MOST_DIGITS)
			return 0;
		seconds = seconds * 10 + (line.at[i] - '0');
	}
	return seconds;
}

bool
commit_header_next_parent(struct text *parents, git_oid *out)
{
	if (!text_starts_with(*parents, "parent ") || parents->length < PARENT_LINE_BYTES ||
	    parents->at[PARENT_LINE_BYTES - 1] != '\n' ||
	    !object_id_parse(text_first(text_skip(*parents, 7), OBJECT_ID_DIGITS), out))
		return false;
	*parents = text_skip(*parents, PARENT_LINE_BYTES);
	return true;
}

/* Whole lines of what is read of a commit. */
static struct text
beginning_of(struct text raw)
{
	if (raw.length < COMMIT_HEADER_BYTES)
		return raw;
	raw = text_first(raw, COMMIT_HEADER_BYTES);
	while (raw.length > 0 && raw.at[raw.length - 1] != '\n')
		raw.length--;
	return raw;
}

bool
commit_header_parse(struct text raw, struct commit_header *out)
{
	struct text rest, line;
	git_oid parent;

	raw = beginning_of(raw);
	if (!text_starts_with(raw, "tree ") || raw.length < TREE_LINE_BYTES ||
	    raw.at[TREE_LINE_BYTES - 1] != '\n' ||
	    !object_id_parse(text_first(text_skip(raw, 5), OBJECT_ID_DIGITS), &out->tree))
		return false;
	rest = text_skip(raw, TREE_LINE_BYTES);
	out->parents = rest;
	while (commit_header_next_parent(&rest, &parent))
		;
	out->parents.length -= rest.length;
	out->committed_at = 0;
	while (text_next_line(&rest, &line) && line.length > 0) {
		if (text_starts_with(line, "committer ")) {
			out->committed_at = committer_seconds(line);
			break;
		}
	}
	return true;
}
