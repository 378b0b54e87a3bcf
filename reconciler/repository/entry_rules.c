#include "repository/entry_rules.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define INPUT SNAPSHOT_DEPTH, SNAPSHOT_PATH_BYTES
#define OUTPUT OUTPUT_DEPTH, OUTPUT_PATH_BYTES

static const struct place places[] = {
	{ "countersign.yaml", true, INPUT, { NULL, NULL } },
	{ "identities", false, INPUT, { ".yaml", NULL } },
	/* the output branch has the certificates in a folder of the same name */
	{ "authorities", false, INPUT, { ".yaml", ".pem" } },
	{ "policies", false, INPUT, { ".yaml", NULL } },
	{ "profiles", false, INPUT, { ".yaml", NULL } },
	{ "notifiers", false, INPUT, { ".yaml", NULL } },
	{ "requests", false, INPUT, { ".yaml", ".yaml.sig" } },
	{ "approvals", false, INPUT, { ".yaml", ".yaml.sig" } },
	{ "revocations", false, INPUT, { ".yaml", ".yaml.sig" } },
	{ "status", false, OUTPUT, { ".yaml", NULL } },
	{ "pending", false, OUTPUT, { ".yaml", NULL } },
	{ "due", false, OUTPUT, { NULL, NULL } },
	{ "evidence", false, OUTPUT, { NULL, NULL } },
	{ "certificates", false, OUTPUT, { ".pem", NULL } },
	{ "crl", false, OUTPUT, { ".crl", NULL } },
	{ "README.md", true, OUTPUT, { NULL, NULL } },
};

const struct place place_elsewhere = { "", false, INPUT, { NULL, NULL } };

static const char *const folder_endings[] = { ".yaml", ".pem", ".crl", ".sig" };

const struct place *
place_find(struct text name)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (text_is(name, places[i].name))
			return &places[i];
	return NULL;
}

/* An entry that is left out, and why. */
struct refusal {
	const char *code;
	const char *message;
	bool harmless;                  /* a warning: nobody would take it for a document */
};

static enum verdict
refuse(struct walk *walk, const struct tree_entry *entry, bool report, struct refusal refusal)
{
	struct position position = { .line = 0 };

	if (!report || ++walk->reported > SNAPSHOT_REASONS)
		return VERDICT_LEAVE;
	position.path = text_visible(walk->arena, walk_path(walk, entry->name), 400);
	if (refusal.harmless)
		warning_add(walk->arena, walk->reasons, position, refusal.code, "%s",
		    refusal.message);
	else
		reason_add(walk->arena, walk->reasons, position, refusal.code, "%s",
		    refusal.message);
	return VERDICT_LEAVE;
}

static const char *
mode_fault(const struct tree_entry *entry)
{
	if (tree_entry_is_file(entry) || tree_entry_is_folder(entry))
		return NULL;
	if (S_ISLNK(entry->bits))
		return "is a symbolic link, which is not followed: put the file itself here";
	if (entry->bits == 0160000)
		return "is a submodule, which is not read: put the files themselves here";
	if (entry->bits == 0100755)
		return "is executable, and only plain files are read: run git update-index"
		    " --chmod=-x on it and commit";
	return "has a mode that git itself does not write: remove it, commit, add it again";
}

static bool
name_is_plain(struct text name)
{
	for (size_t i = 0; i < name.length; i++) {
		char c = name.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
		    c == '-'))
			return false;
	}
	return true;
}

static bool
ends_in_any_case(struct text name, const char *ending)
{
	size_t length = strlen(ending);

	return name.length >= length &&
	    strncasecmp(name.at + name.length - length, ending, length) == 0;
}

/* Whether somebody may have meant it to be read. */
static bool
looks_like_document(const struct tree_entry *entry)
{
	static const char *const endings[] = { ".yaml", ".yml", ".sig", ".pem", ".crl" };

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (ends_in_any_case(entry->name, endings[i]))
			return true;
	return S_ISDIR(entry->bits);
}

static bool
has_ending(const struct place *place, struct text name)
{
	if (place->endings[0] == NULL)
		return true;
	for (size_t i = 0; i < 2 && place->endings[i] != NULL; i++)
		if (text_ends_with(name, place->endings[i]) &&
		    name.length > strlen(place->endings[i]))
			return true;
	return false;
}

static enum verdict
judge_ending(struct walk *walk, const struct place *place, const struct tree_entry *entry,
    bool report)
{
	const char *both = place->endings[1] == NULL ? "" : " or ";
	const char *second = place->endings[1] == NULL ? "" : place->endings[1];

	if (has_ending(place, entry->name))
		return VERDICT_FILE;
	return refuse(walk, entry, report, (struct refusal){
		.code = "UnknownFileType",
		.message = arena_printf(walk->arena, "is not read: names of files in %s/ end in %s%s%s",
		    place->name, place->endings[0], both, second),
		.harmless = !looks_like_document(entry) });
}

static enum verdict
judge_folder_name(struct walk *walk, const struct tree_entry *entry, bool report)
{
	for (size_t i = 0; i < sizeof(folder_endings) / sizeof(folder_endings[0]); i++)
		if (text_ends_with(entry->name, folder_endings[i]))
			return refuse(walk, entry, report, (struct refusal){
				.code = "OddName",
				.message = arena_printf(walk->arena, "is a folder, and a folder's name"
				    " must not end in %s: rename it", folder_endings[i]) });
	return VERDICT_FOLDER;
}

/* An entry of the whole tree's top: what the formats do not name is nobody's business here. */
static enum verdict
judge_top(struct walk *walk, const struct tree_entry *entry, bool report)
{
	const struct place *place = place_find(entry->name);
	const char *fault = mode_fault(entry);

	if (place == NULL)
		return VERDICT_LEAVE;
	if (fault != NULL)
		return refuse(walk, entry, report, (struct refusal){ "OddMode", fault, false });
	if (place->is_file != tree_entry_is_file(entry))
		return refuse(walk, entry, report, (struct refusal){ "OddMode", place->is_file ?
			"is a folder, and should be a file" : "is a file, and should be a folder",
			false });
	return place->is_file ? VERDICT_FILE : VERDICT_FOLDER;
}

static enum verdict
judge_size(struct walk *walk, const struct place *place, const struct tree_entry *entry,
    bool report)
{
	bool folder = tree_entry_is_folder(entry);

	if (walk->path_length + entry->name.length + folder > place->path_bytes)
		return refuse(walk, entry, report, (struct refusal){
			.code = "PathTooLong",
			.message = arena_printf(walk->arena, "has a path of more than %zu bytes:"
			    " shorten it", place->path_bytes) });
	if (folder && walk->depth + 1 > place->depth)
		return refuse(walk, entry, report, (struct refusal){
			.code = "PathTooDeep",
			.message = arena_printf(walk->arena, "lies more than %u folders deep: move it"
			    " up", place->depth) });
	return folder ? judge_folder_name(walk, entry, report) :
	    judge_ending(walk, place, entry, report);
}

enum verdict
entry_judge(struct walk *walk, const struct tree *tree, const struct tree_entry *entry, bool report)
{
	const char *fault;

	if (walk->place == NULL && place_find(entry->name) == NULL)
		return VERDICT_LEAVE;
	if (tree_name_is_doubled(tree, entry->name))
		return refuse(walk, entry, report, (struct refusal){ "DoubledName",
			"stands twice in its folder, so that nobody can say which is meant: remove"
			" both, commit, add the right one", false });
	if (walk->place == NULL)
		return judge_top(walk, entry, report);
	if (entry->name.at[0] == '.')
		return refuse(walk, entry, report, (struct refusal){ "OddName",
			"is not read: its name begins with a dot", !looks_like_document(entry) });
	if (!name_is_plain(entry->name))
		return refuse(walk, entry, report, (struct refusal){ "OddName",
			"has a name with other characters than a-z, 0-9, '.', '_' and '-': rename it",
			!looks_like_document(entry) });
	fault = mode_fault(entry);
	if (fault != NULL)
		return refuse(walk, entry, report, (struct refusal){ "OddMode", fault, false });
	return judge_size(walk, walk->place, entry, report);
}

bool
entry_report_flaw(struct walk *walk, const struct tree *tree)
{
	static const struct refusal refusals[] = {
		[TREE_MALFORMED] = { "BrokenFolder", "is a folder that git cannot have written, and is"
			" not read: restore it from an earlier commit", false },
		[TREE_UNSORTED] = { "UnsortedFolder", "is a folder whose entries are not in git's order,"
			" and is not read: remove it, commit, add it again", false },
		[TREE_DOUBLED] = { "DoubledName", "is a folder in which many names stand twice, and is"
			" not read: remove it, commit, add it again", false },
	};
	struct tree_entry folder = { .name = { "", 0 } };

	if (tree_flaw(tree) == TREE_SOUND)
		return false;
	refuse(walk, &folder, true, refusals[tree_flaw(tree)]);
	return true;
}
