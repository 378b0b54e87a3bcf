#include "repository/ref_delete.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "repository/descriptor.h"
#include "repository/stale_lock.h"

enum {
	LOCK_TRIES = 100,
	LOCK_PAUSE_MILLISECONDS = 10,
	ID_DIGITS = 40,
	PACKED_REFS_BYTES = 256 * 1024 * 1024,
	LOOSE_REF_BYTES = 4096
};

/* One deletion: all paths, and the two locks while they are held. */
struct deletion {
	struct arena *arena;
	const char *ref;
	const char *loose;
	const char *loose_lock;
	const char *packed;
	const char *packed_lock;
	int packed_descriptor;
	bool loose_locked;
	bool packed_locked;
};

bool
ref_sync_folders(const char *path, const char *ref)
{
	char *folder, *slash;
	bool synced = true;

	if (asprintf(&folder, "%s%s", path, ref) < 0)
		abort();
	while (synced && (slash = strrchr(folder, '/')) != NULL &&
	    (size_t)(slash - folder) >= strlen(path) + strlen("refs")) {
		*slash = '\0';
		synced = descriptor_sync_folder(folder);
	}
	free(folder);
	return synced;
}

/* A lock file as git makes it; waits for another process, then gives up. */
static int
lock_file(const char *path)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_MILLISECONDS * 1000000L };
	int descriptor = -1;

	for (int i = 0; i < LOCK_TRIES; i++) {
		descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (descriptor >= 0 || errno != EEXIST)
			return descriptor;
		if (!stale_lock_remove(path))
			(void)nanosleep(&pause, NULL);
	}
	return descriptor;
}

static bool
take_locks(struct deletion *deletion, struct text *why)
{
	char *folder = arena_printf(deletion->arena, "%s", deletion->loose);
	const char *failed = deletion->loose_lock;
	int descriptor;

	/* a ref that is only in packed-refs may have no folder */
	*strrchr(folder, '/') = '\0';
	(void)file_make_folders(folder, 0777);
	descriptor = lock_file(deletion->loose_lock);
	if (descriptor >= 0) {
		close(descriptor);
		deletion->loose_locked = true;
		failed = deletion->packed_lock;
		deletion->packed_descriptor = lock_file(deletion->packed_lock);
		deletion->packed_locked = deletion->packed_descriptor >= 0;
	}
	if (deletion->packed_locked)
		return true;
	*why = errno == EEXIST ?
	    text_printf(deletion->arena, "%s stays locked: if no git process runs, remove %s",
	    deletion->ref, failed) :
	    text_printf(deletion->arena, "cannot lock %s: %s", failed, strerror(errno));
	return false;
}

static void
release_locks(struct deletion *deletion)
{
	if (deletion->packed_descriptor >= 0)
		close(deletion->packed_descriptor);
	if (deletion->packed_locked)
		(void)unlink(deletion->packed_lock);
	if (deletion->loose_locked)
		(void)unlink(deletion->loose_lock);
}

/* Where the ref's entry stands in packed-refs, with the "^…" line that may follow; an empty text if nowhere. */
static struct text
find_packed(struct text packed, const char *ref)
{
	struct text rest = packed, line, entry = { NULL, 0 };

	while (text_next_line(&rest, &line)) {
		if (line.length <= ID_DIGITS || line.at[ID_DIGITS] != ' ' ||
		    !text_is(text_skip(line, ID_DIGITS + 1), ref))
			continue;
		entry = (struct text){ line.at, (size_t)(rest.at - line.at) };
		if (text_starts_with(rest, "^") && text_next_line(&rest, &line))
			entry.length = (size_t)(rest.at - entry.at);
		break;
	}
	return entry;
}

/* What the ref holds now: absent when there is none; false when it cannot be told. */
static bool
current_value(struct deletion *deletion, struct text packed_entry, struct text *value,
    struct text *why)
{
	struct text content;

	*value = (struct text){ NULL, 0 };
	if (file_read(deletion->arena, deletion->loose, LOOSE_REF_BYTES, &content))
		*value = text_trim(content);
	else if (errno != ENOENT && errno != EISDIR) {
		*why = text_printf(deletion->arena, "cannot read %s: %s", deletion->loose,
		    strerror(errno));
		return false;
	} else if (packed_entry.length > 0)
		*value = text_first(packed_entry, ID_DIGITS);
	return true;
}

/* Replaces packed-refs by itself without the entry; its lock file becomes the new file. */
static bool
rewrite_packed(struct deletion *deletion, struct text packed, struct text entry)
{
	const char *behind = entry.at + entry.length;
	struct text before = { packed.at, (size_t)(entry.at - packed.at) };
	struct text after = { behind, (size_t)(packed.at + packed.length - behind) };
	int descriptor = deletion->packed_descriptor;
	struct stat about;

	if (stat(deletion->packed, &about) != 0 || fchmod(descriptor, about.st_mode & 0777) != 0 ||
	    !file_write_all(descriptor, before) || !file_write_all(descriptor, after) ||
	    fsync(descriptor) != 0 || rename(deletion->packed_lock, deletion->packed) != 0)
		return false;
	deletion->packed_locked = false;
	return true;
}

/*
 * First the packed entry, then the file: at no time does a reader see an older
 * value than the one that is deleted.
 */
static bool
remove_everywhere(struct deletion *deletion, const char *path, struct text packed,
    struct text entry)
{
	const char *reflog = arena_printf(deletion->arena, "%slogs/%s", path, deletion->ref);

	if (entry.length > 0 &&
	    (!rewrite_packed(deletion, packed, entry) || !descriptor_sync_folder(path)))
		return false;
	if (unlink(deletion->loose) != 0 && errno != ENOENT && errno != EISDIR)
		return false;
	(void)unlink(reflog);
	return ref_sync_folders(path, deletion->ref);
}

static enum ref_result
delete_locked(struct deletion *deletion, const char *path, struct text expected, struct text *why)
{
	struct text packed = { "", 0 }, entry, value;

	if (!file_read(deletion->arena, deletion->packed, PACKED_REFS_BYTES, &packed) &&
	    errno != ENOENT) {
		*why = text_printf(deletion->arena, "cannot read %s: %s", deletion->packed,
		    strerror(errno));
		return REF_FAILED;
	}
	entry = find_packed(packed, deletion->ref);
	if (!current_value(deletion, entry, &value, why))
		return REF_FAILED;
	if (!text_equal(value, expected)) {
		*why = text_printf(deletion->arena, "%s was moved by somebody else", deletion->ref);
		return REF_LOST;
	}
	if (!remove_everywhere(deletion, path, packed, entry)) {
		*why = text_printf(deletion->arena, "cannot delete %s: %s", deletion->ref,
		    strerror(errno));
		return REF_FAILED;
	}
	return REF_MOVED;
}

enum ref_result
ref_delete(const char *path, const char *ref, struct text expected, struct text *why,
    struct arena *arena)
{
	struct deletion deletion = {
		.arena = arena,
		.ref = ref,
		.loose = arena_printf(arena, "%s%s", path, ref),
		.loose_lock = arena_printf(arena, "%s%s.lock", path, ref),
		.packed = arena_printf(arena, "%spacked-refs", path),
		.packed_lock = arena_printf(arena, "%spacked-refs.lock", path),
		.packed_descriptor = -1,
	};
	enum ref_result result = REF_FAILED;

	if (take_locks(&deletion, why))
		result = delete_locked(&deletion, path, expected, why);
	release_locks(&deletion);
	return result;
}
