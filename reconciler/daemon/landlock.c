#include "daemon/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The kernel's interface, by its documentation: headers are often older than the
 * kernel on which the program runs.
 */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

enum { ASK_VERSION = 1, RULE_PATH_BENEATH = 1 };

/* Version 1 lets nothing be renamed from one folder to another, as git does it. */
enum { LEAST_VERSION = 2 };

#define RIGHT(number) (UINT64_C(1) << (number))

enum {
	FS_EXECUTE,
	FS_WRITE_FILE,
	FS_READ_FILE,
	FS_READ_DIR,
	FS_REMOVE_DIR,
	FS_REMOVE_FILE,
	FS_MAKE_CHAR,
	FS_MAKE_DIR,
	FS_MAKE_REG,
	FS_MAKE_SOCK,
	FS_MAKE_FIFO,
	FS_MAKE_BLOCK,
	FS_MAKE_SYM,
	FS_REFER,     /* from version 2 on */
	FS_TRUNCATE,  /* 3 */
	FS_IOCTL_DEV, /* 5 */
};

enum { NETWORK_BIND_TCP, NETWORK_CONNECT_TCP };              /* 4 */
enum { SCOPE_ABSTRACT_UNIX_SOCKET, SCOPE_SIGNAL };           /* 6 */

struct ruleset {
	uint64_t files;
	uint64_t network;
	uint64_t scoped;
};

struct __attribute__((packed)) path_beneath {
	uint64_t allowed;
	int32_t parent;
};

void
place_add(struct arena *arena, struct places *places, const char *path, unsigned uses)
{
	*ARRAY_ADD(arena, places) = (struct place){ path, uses };
}

int
landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);

	return version < 0 ? 0 : (int)version;
}

/* All that this version can withhold. */
static struct ruleset
ruleset_of(int version, bool network)
{
	struct ruleset ruleset = { .files = RIGHT(FS_REFER) - 1 };

	if (version >= 2)
		ruleset.files |= RIGHT(FS_REFER);
	if (version >= 3)
		ruleset.files |= RIGHT(FS_TRUNCATE);
	if (version >= 4 && !network)
		ruleset.network = RIGHT(NETWORK_BIND_TCP) | RIGHT(NETWORK_CONNECT_TCP);
	if (version >= 5)
		ruleset.files |= RIGHT(FS_IOCTL_DEV);
	if (version >= 6)
		ruleset.scoped = RIGHT(SCOPE_ABSTRACT_UNIX_SOCKET) | RIGHT(SCOPE_SIGNAL);
	return ruleset;
}

/* The kernel takes shorter structures from older programs. */
static size_t
ruleset_bytes(int version)
{
	return version >= 6 ? sizeof(struct ruleset) : version >= 4 ? 2 * sizeof(uint64_t)
	    : sizeof(uint64_t);
}

static uint64_t
rights_of(unsigned uses, bool folder)
{
	uint64_t rights = 0, of_files = RIGHT(FS_EXECUTE) | RIGHT(FS_WRITE_FILE) |
	    RIGHT(FS_READ_FILE) | RIGHT(FS_TRUNCATE) | RIGHT(FS_IOCTL_DEV);

	if ((uses & PLACE_READ) != 0)
		rights |= RIGHT(FS_READ_FILE) | RIGHT(FS_READ_DIR);
	if ((uses & PLACE_EXECUTE) != 0)
		rights |= RIGHT(FS_EXECUTE);
	if ((uses & PLACE_WRITE) != 0)
		rights |= RIGHT(FS_WRITE_FILE) | RIGHT(FS_REMOVE_DIR) | RIGHT(FS_REMOVE_FILE) |
		    RIGHT(FS_MAKE_DIR) | RIGHT(FS_MAKE_REG) | RIGHT(FS_MAKE_SOCK) |
		    RIGHT(FS_MAKE_FIFO) | RIGHT(FS_MAKE_SYM) | RIGHT(FS_REFER) |
		    RIGHT(FS_TRUNCATE) | RIGHT(FS_IOCTL_DEV);
	return folder ? rights : rights & of_files;
}

static bool
add_place(int ruleset, const struct place *place, uint64_t handled)
{
	struct path_beneath rule = { .parent = open(place->path, O_PATH | O_CLOEXEC) };
	struct stat about;
	bool added;

	if (rule.parent < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES;
	added = fstat(rule.parent, &about) == 0;
	rule.allowed = rights_of(place->uses, S_ISDIR(about.st_mode)) & handled;
	added = added && (rule.allowed == 0 || syscall(SYS_landlock_add_rule, ruleset,
	    RULE_PATH_BENEATH, &rule, 0) == 0);
	(void)close(rule.parent);
	return added;
}

static void
name_missing(int version, bool network, struct arena *arena, struct texts *missing)
{
	if (version < 3)
		texts_add(arena, missing, TEXT("Landlock before version 3 (Linux 6.2) does not keep files "
		    "from being truncated"));
	if (version < 4 && !network)
		texts_add(arena, missing, TEXT("Landlock before version 4 (Linux 6.7) does not withhold "
		    "TCP"));
	if (version < 6)
		texts_add(arena, missing, TEXT("Landlock before version 6 (Linux 6.12) does not keep "
		    "signals in"));
}

bool
landlock_enter(const struct places *places, bool network, struct arena *arena,
    struct texts *missing, struct text *why)
{
	int version = landlock_version(), descriptor = -1;
	struct ruleset ruleset = ruleset_of(version, network);
	bool entered = false;

	if (version < LEAST_VERSION) {
		*why = TEXT("the kernel has no Landlock of version 2 (Linux 5.19), or it is switched off");
		return false;
	}
	descriptor = (int)syscall(SYS_landlock_create_ruleset, &ruleset, ruleset_bytes(version), 0);
	*why = text_printf(arena, "Landlock: %s", strerror(errno));
	if (descriptor < 0)
		return false;
	for (size_t i = 0; i < places->count; i++) {
		if (!add_place(descriptor, &places->at[i], ruleset.files)) {
			*why = text_printf(arena, "Landlock: %s: %s", places->at[i].path,
			    strerror(errno));
			goto out;
		}
	}
	entered = syscall(SYS_landlock_restrict_self, descriptor, 0) == 0;
	if (!entered)
		*why = text_printf(arena, "Landlock: %s", strerror(errno));
	else
		name_missing(version, network, arena, missing);
out:
	(void)close(descriptor);
	return entered;
}
