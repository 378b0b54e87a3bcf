#ifndef COUNTERSIGN_DAEMON_WATCH_H
#define COUNTERSIGN_DAEMON_WATCH_H

#include <stdbool.h>

/*
 * Watches the refs of a git directory. An event is a hint and says only "look
 * again": the truth is what the refs hold, and a timer looks anyway.
 */
struct watch;

/* Starts to watch `git_directory`; NULL with errno when the system gives no watch. */
struct watch *watch_open(const char *git_directory);
void watch_close(struct watch *watch);

/* To be polled for reading; -1 without a watch. */
int watch_descriptor(const struct watch *watch);

/*
 * Takes all waiting events; true when one of them may mean that a ref moved
 * (lock files are passed over). New ref folders are watched from then on.
 */
bool watch_take(struct watch *watch);

#endif
