/*
 * Runs a program where the kernel, or so it seems, has neither Landlock nor
 * filters for system calls: what a container often looks like. Or where it lacks
 * one of them only.
 *
 *   no_sandbox [landlock|filter] PROGRAM ARGUMENT…
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

#define FIRST_ARGUMENT (offsetof(struct seccomp_data, args) + (__BYTE_ORDER == __LITTLE_ENDIAN ? 0 : 4))

/* Where the answers to the two stand. */
enum { LANDLOCK = 2, FILTER = 6 };

int
main(int argc, char **argv)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIRST_ARGUMENT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };
	int which = argc < 2                           ? 0
		    : strcmp(argv[1], "filter") == 0   ? LANDLOCK
		    : strcmp(argv[1], "landlock") == 0 ? FILTER
						       : 0;

	/* what is not to be missing is let through */
	if (which != 0) {
		filter[which].k = SECCOMP_RET_ALLOW;
		argc--;
		argv++;
	}
	if (argc < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
		perror("no_sandbox");
		return 125;
	}
	execv(argv[1], argv + 1);
	perror(argv[1]);
	return 126;
}
