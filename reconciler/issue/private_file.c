#include "issue/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BYTES = 64 * 1024 };

static const char *
objection_to(const struct stat *about)
{
	if (!S_ISREG(about->st_mode))
		return "it is not a regular file";
	if (about->st_uid != geteuid() && about->st_uid != 0)
		return "it belongs to another user";
	if ((about->st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return "group or others may use it: chmod go= it";
	if (about->st_size <= 0 || about->st_size > MOST_BYTES)
		return "it is empty, or too large for a key";
	return NULL;
}

/* The content goes straight into its place: no buffer keeps a copy. */
static bool
read_content(int descriptor, size_t bytes, struct private_file *out)
{
	char *content = OPENSSL_secure_zalloc(bytes + 1);
	size_t have = 0;
	ssize_t got = 1;

	if (content == NULL)
		return false;
	out->content = (struct text){ content, bytes };
	while (have < bytes && got > 0) {
		got = read(descriptor, content + have, bytes - have);
		have += got > 0 ? (size_t)got : 0;
	}
	return have == bytes;
}

bool
private_file_read(const char *path, struct private_file *out, struct text *why)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	const char *objection;
	struct stat about;

	/* Through the descriptor whose owner and mode were checked, and no other. */
	*out = (struct private_file){ .content = { NULL, 0 } };
	if (descriptor < 0 || fstat(descriptor, &about) != 0)
		objection = strerror(errno);
	else
		objection = objection_to(&about);
	if (objection == NULL && !read_content(descriptor, (size_t)about.st_size, out))
		objection = "it cannot be read to its end";
	if (descriptor >= 0)
		close(descriptor);
	if (objection != NULL) {
		*why = text_of(objection);
		return false;
	}
	(void)snprintf(out->version_text, sizeof(out->version_text), "%ju %ju %jd.%09ld",
	    (uintmax_t)about.st_ino, (uintmax_t)about.st_size, (intmax_t)about.st_ctim.tv_sec,
	    about.st_ctim.tv_nsec);
	out->version = text_of(out->version_text);
	return true;
}

void
private_file_forget(struct private_file *file)
{
	OPENSSL_secure_clear_free((char *)(uintptr_t)file->content.at,
	    file->content.at == NULL ? 0 : file->content.length + 1);
	file->content = (struct text){ NULL, 0 };
}
