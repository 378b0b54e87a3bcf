#include "repository/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { SYNC_THREADS = 8 };

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

/* What the threads share: who is next, and the first error. */
struct syncing {
	const int *descriptors;
	size_t count;
	atomic_size_t next;
	atomic_int error;
};

static void *
sync_some(void *argument)
{
	struct syncing *syncing = argument;
	size_t i;

	while ((i = atomic_fetch_add(&syncing->next, 1)) < syncing->count)
		if (fsync(syncing->descriptors[i]) != 0)
			atomic_store(&syncing->error, errno);
	return NULL;
}

bool
descriptor_sync_all(const int *descriptors, size_t count)
{
	struct syncing syncing = { .descriptors = descriptors, .count = count };
	pthread_t threads[SYNC_THREADS - 1];
	size_t started = 0;

	/* this thread is one of them, and the only one where no other can be had */
	while (started < SYNC_THREADS - 1 && started + 1 < count &&
	    pthread_create(&threads[started], NULL, sync_some, &syncing) == 0)
		started++;
	(void)sync_some(&syncing);
	for (size_t i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
	errno = atomic_load(&syncing.error);
	return errno == 0;
}
