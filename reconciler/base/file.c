#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
read_exactly(int descriptor, char *to, size_t bytes)
{
	while (bytes > 0) {
		ssize_t got = read(descriptor, to, bytes);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			errno = got == 0 ? EIO : errno;
			return false;
		}
		to += got;
		bytes -= (size_t)got;
	}
	return true;
}

bool
file_read(struct arena *arena, const char *path, size_t most_bytes, struct text *out)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat about;
	char *content;
	bool done = false;

	if (descriptor < 0)
		return false;
	if (fstat(descriptor, &about) != 0)
		goto out;
	if (!S_ISREG(about.st_mode)) {
		errno = S_ISDIR(about.st_mode) ? EISDIR : EINVAL;
		goto out;
	}
	if ((size_t)about.st_size > most_bytes) {
		errno = EFBIG;
		goto out;
	}
	content = arena_allocate(arena, (size_t)about.st_size + 1);
	if (!read_exactly(descriptor, content, (size_t)about.st_size))
		goto out;
	*out = (struct text){ content, (size_t)about.st_size };
	done = true;
out:
	close(descriptor);
	return done;
}

bool
file_write_all(int descriptor, struct text content)
{
	while (content.length > 0) {
		ssize_t put = write(descriptor, content.at, content.length);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		content = text_skip(content, (size_t)put);
	}
	return true;
}

bool
file_sync_folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? strdup(".") :
	    slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
	int descriptor;
	bool synced;

	if (folder == NULL)
		abort();
	descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (descriptor < 0)
		return false;
	synced = fsync(descriptor) == 0;
	close(descriptor);
	return synced;
}

bool
file_write_durable(const char *path, struct text content, mode_t mode)
{
	char *beside = NULL;
	int descriptor, saved;

	if (asprintf(&beside, "%s.XXXXXX", path) < 0)
		abort();
	descriptor = mkostemp(beside, O_CLOEXEC);
	if (descriptor < 0)
		goto failed;
	if (fchmod(descriptor, mode) != 0 || !file_write_all(descriptor, content) ||
	    fsync(descriptor) != 0) {
		saved = errno;
		close(descriptor);
		unlink(beside);
		errno = saved;
		goto failed;
	}
	if (close(descriptor) != 0 || rename(beside, path) != 0) {
		saved = errno;
		unlink(beside);
		errno = saved;
		goto failed;
	}
	free(beside);
	return file_sync_folder_of(path);
failed:
	saved = errno;
	free(beside);
	errno = saved;
	return false;
}

bool
file_write_new(const char *path, struct text content, mode_t mode)
{
	int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	int error = 0;

	if (descriptor < 0)
		return false;
	if (!file_write_all(descriptor, content) || fsync(descriptor) != 0)
		error = errno;
	if ((close(descriptor) != 0 || (error == 0 && !file_sync_folder_of(path))) && error == 0)
		error = errno;
	if (error == 0)
		return true;
	unlink(path);
	errno = error;
	return false;
}

/* A folder that is new is durable from here on, where the one above it may be read. */
static bool
make_folder(const char *path, mode_t mode)
{
	if (mkdir(path, mode) != 0)
		return errno == EEXIST;
	return file_sync_folder_of(path) || errno == EACCES;
}

bool
file_make_folders(const char *path, mode_t mode)
{
	char *copy = strdup(path);
	bool made = true;

	if (copy == NULL)
		abort();
	for (char *at = copy + 1; made && *at != '\0'; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		made = make_folder(copy, mode);
		*at = '/';
	}
	if (made)
		made = make_folder(copy, mode);
	free(copy);
	return made;
}
