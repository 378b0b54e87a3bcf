#include "daemon/watch.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum {
	DEPTH_MOST = 8,                 /* refs/heads/countersign/inbox is 4 deep */
	FOLDERS_MOST = 512,
	EVENT_BYTES = 64 * 1024
};

static const uint32_t events_of_interest = IN_MOVED_TO | IN_DELETE | IN_CREATE | IN_CLOSE_WRITE |
    IN_ONLYDIR;

struct watch {
	int descriptor;
	char *git_directory;
	size_t folders;
};

/* Adding a folder twice is harmless: inotify knows it by its inode. */
static void
watch_tree(struct watch *watch, const char *folder, int depth)
{
	struct dirent *entry;
	char *below;
	DIR *open;

	if (depth > DEPTH_MOST || watch->folders >= FOLDERS_MOST ||
	    inotify_add_watch(watch->descriptor, folder, events_of_interest) < 0)
		return;
	watch->folders++;
	open = opendir(folder);
	if (open == NULL)
		return;
	while ((entry = readdir(open)) != NULL) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (asprintf(&below, "%s/%s", folder, entry->d_name) < 0)
			abort();
		watch_tree(watch, below, depth + 1);
		free(below);
	}
	closedir(open);
}

static void
watch_everything(struct watch *watch)
{
	char *heads;

	watch->folders = 0;
	/* the top for packed-refs, refs/heads for loose ones */
	(void)inotify_add_watch(watch->descriptor, watch->git_directory, events_of_interest);
	if (asprintf(&heads, "%s/refs/heads", watch->git_directory) < 0)
		abort();
	watch_tree(watch, heads, 0);
	free(heads);
}

struct watch *
watch_open(const char *git_directory)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		abort();
	watch->descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->descriptor < 0) {
		free(watch);
		return NULL;
	}
	watch->git_directory = strdup(git_directory);
	if (watch->git_directory == NULL)
		abort();
	watch_everything(watch);
	return watch;
}

void
watch_close(struct watch *watch)
{
	if (watch == NULL)
		return;
	close(watch->descriptor);
	free(watch->git_directory);
	free(watch);
}

int
watch_descriptor(const struct watch *watch)
{
	return watch == NULL ? -1 : watch->descriptor;
}

static bool
ends_with_lock(const char *name)
{
	size_t length = strlen(name);

	return length >= 5 && strcmp(name + length - 5, ".lock") == 0;
}

bool
watch_take(struct watch *watch)
{
	_Alignas(struct inotify_event) char buffer[EVENT_BYTES];
	bool look = false, folders_changed = false;
	ssize_t got;

	while ((got = read(watch->descriptor, buffer, sizeof(buffer))) > 0) {
		for (ssize_t at = 0; at < got;) {
			struct inotify_event event;

			memcpy(&event, buffer + at, sizeof(event));
			if ((event.mask & IN_Q_OVERFLOW) != 0 || (event.mask & IN_ISDIR) != 0)
				look = folders_changed = true;
			else if (event.len == 0 ||
			    !ends_with_lock(buffer + at + sizeof(event)))
				look = true;
			at += (ssize_t)(sizeof(event) + event.len);
		}
	}
	if (folders_changed)
		watch_everything(watch);
	return look;
}
