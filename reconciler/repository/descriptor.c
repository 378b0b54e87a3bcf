#include "repository/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

bool
descriptor_write(int descriptor, struct text text)
{
	while (text.length > 0) {
		ssize_t put = write(descriptor, text.at, text.length);

		if (put < 0 && errno != EINTR)
			return false;
		if (put > 0)
			text = text_skip(text, (size_t)put);
	}
	return true;
}

bool
descriptor_sync_folder(const char *path)
{
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool synced;

	if (folder < 0)
		return errno == ENOENT;
	synced = fsync(folder) == 0;
	close(folder);
	return synced;
}
