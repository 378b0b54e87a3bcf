#include "commands/documents.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "repository/snapshot.h"

/* One walk through a folder on disk. */
struct walk {
	const struct documents *documents;
	struct arena *arena;
	struct source_files *files;
	struct reasons *reasons;
};

static bool walk_folder(const struct walk *walk, struct text path, unsigned depth);

static struct text
on_disk(const struct walk *walk, struct text path)
{
	return text_printf(walk->arena, "%s/%.*s", walk->documents->folder, TEXT_ARGUMENTS(path));
}

static void
refuse(const struct walk *walk, struct text path, const char *what)
{
	struct text visible = text_visible(walk->arena, path, 1024);

	reason_add(walk->arena, walk->reasons, (struct position){ .path = visible }, "EntryNotRead",
	    "%s; it is not read", what);
}

static const char *
name_trouble(struct text name, bool folder)
{
	static const char *const endings[] = { ".yaml", ".pem", ".crl", ".sig" };

	if (text_starts_with(name, "."))
		return "a name here must not begin with a dot";
	for (size_t i = 0; i < name.length; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789._-", name.at[i]) == NULL)
			return "a name here has only a-z, 0-9, '.', '_' and '-'";
	if (!folder)
		return text_ends_with(name, ".yaml") || text_ends_with(name, ".sig") ? NULL
		    : "a file here ends in .yaml, or in .sig for a signature";
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (text_ends_with(name, endings[i]))
			return "a folder's name must not end in .yaml, .pem, .crl or .sig";
	return NULL;
}

static bool
walk_entry(const struct walk *walk, struct text path, struct text name, unsigned depth)
{
	struct stat status;
	const char *trouble;

	if (lstat(on_disk(walk, path).at, &status) != 0)
		return errno == ENOENT;
	trouble = name_trouble(name, S_ISDIR(status.st_mode));
	if (trouble == NULL && !S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode))
		trouble = "symbolic links and special files have no place here";
	if (trouble == NULL && S_ISREG(status.st_mode) && (status.st_mode & S_IXUSR) != 0)
		trouble = "an executable file has no place here (chmod a-x)";
	if (trouble == NULL && (depth > SNAPSHOT_DEPTH || path.length > SNAPSHOT_PATH_BYTES))
		trouble = "the path is longer than 255 bytes or deeper than 8 folders";
	if (trouble != NULL) {
		refuse(walk, path, trouble);
		return true;
	}
	if (S_ISDIR(status.st_mode))
		return walk_folder(walk, path, depth + 1);
	*ARRAY_ADD(walk->arena, walk->files) = (struct source_file){ .path = path,
		.size_bytes = (uint64_t)status.st_size };
	return true;
}

static bool
read_names(const struct walk *walk, struct text path, struct texts *names)
{
	DIR *stream = opendir(on_disk(walk, path).at);
	const struct dirent *entry;
	bool whole;

	if (stream == NULL)
		return errno == ENOENT;
	for (errno = 0; (entry = readdir(stream)) != NULL; errno = 0) {
		struct text name = text_of(entry->d_name);

		if (!text_is(name, ".") && !text_is(name, ".."))
			texts_add(walk->arena, names, text_copy(walk->arena, name));
	}
	whole = errno == 0;
	(void)closedir(stream);
	texts_sort(names);
	return whole;
}

static void
warn_of_large_folder(struct arena *arena, struct reasons *reasons, struct text path, size_t entries)
{
	warning_add(arena, reasons, (struct position){ .path = path }, "LargeFolder",
	    "the folder has %zu entries; with more than %d git becomes slow, so spread them over "
	    "subfolders", entries, SNAPSHOT_FOLDER_WARNING_ENTRIES);
}

/* `depth` counts the folders above the files of this one. */
static bool
walk_folder(const struct walk *walk, struct text path, unsigned depth)
{
	struct texts names = { 0 };

	if (!read_names(walk, path, &names))
		return false;
	if (names.count > SNAPSHOT_FOLDER_WARNING_ENTRIES)
		warn_of_large_folder(walk->arena, walk->reasons, path, names.count);
	for (size_t i = 0; i < names.count; i++) {
		struct text below = text_printf(walk->arena, "%.*s/%.*s", TEXT_ARGUMENTS(path),
		    TEXT_ARGUMENTS(names.at[i]));

		if (!walk_entry(walk, below, names.at[i], depth))
			return false;
	}
	return true;
}

static int
compare_files(const void *a, const void *b)
{
	return text_compare(((const struct source_file *)a)->path,
	    ((const struct source_file *)b)->path);
}

static bool
list_commit(const struct documents *documents, struct arena *arena, const char *folder,
    struct source_files *out, struct reasons *reasons)
{
	struct large_folders large = { 0 };

	if (!snapshot_list(documents->store, arena, documents->commit, folder, out, reasons) ||
	    !snapshot_large_folders(documents->store, arena, documents->commit, folder, &large))
		return false;
	for (size_t i = 0; i < large.count; i++)
		warn_of_large_folder(arena, reasons, large.at[i].path, large.at[i].entries);
	return true;
}

bool
documents_list(const struct documents *documents, struct arena *arena, const char *folder,
    struct source_files *out, struct reasons *reasons)
{
	struct walk walk = { documents, arena, out, reasons };
	bool good;

	if (documents->store != NULL)
		return list_commit(documents, arena, folder, out, reasons);
	good = walk_entry(&walk, text_of(folder), text_of(folder), 0);
	if (out->count > 1)
		qsort(out->at, out->count, sizeof(out->at[0]), compare_files);
	return good;
}

bool
documents_read(const struct documents *documents, struct arena *arena, struct source_file *file)
{
	struct walk walk = { .documents = documents, .arena = arena };

	if (documents->store != NULL)
		return snapshot_read(documents->store, arena, file);
	return file_read(arena, on_disk(&walk, file->path).at, SNAPSHOT_FILE_BYTES, &file->content);
}
