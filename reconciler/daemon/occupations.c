/*
 * Lists of system calls, from what each process does. A number that this
 * architecture or C library does not know is left out by its #ifdef: the
 * newer calls have the same number everywhere, but not every header has them.
 */
#include "daemon/occupations.h"

#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __LP64__
/* Memory, time, waiting, ending: every process; and reading and writing what is open. */
static const int basic_calls[] = {
	SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_lseek, SYS_close,
	SYS_fstat, SYS_ppoll, SYS_munmap, SYS_mremap, SYS_brk, SYS_madvise, SYS_futex,
	SYS_getrandom, SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep,
	SYS_gettimeofday, SYS_getpid, SYS_gettid, SYS_getppid, SYS_getuid, SYS_geteuid, SYS_getgid,
	SYS_getegid, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack,
	SYS_restart_syscall, SYS_sched_yield, SYS_sched_getaffinity, SYS_sysinfo, SYS_exit,
	SYS_exit_group, SYS_fsync, SYS_fdatasync, SYS_ftruncate, SYS_mlock, SYS_munlock,
	SYS_set_robust_list, SYS_membarrier,
#ifdef SYS_newfstatat
	SYS_newfstatat,
#endif
#ifdef SYS_poll
	SYS_poll,
#endif
#ifdef SYS_time
	SYS_time,
#endif
#ifdef SYS_rseq
	SYS_rseq,
#endif
#ifdef SYS_futex_time64
	SYS_futex_time64,
#endif
};

/* Files by name, locks, folders. */
static const int file_calls[] = {
	SYS_openat, SYS_unlinkat, SYS_mkdirat, SYS_linkat, SYS_fchmod, SYS_fchmodat, SYS_utimensat,
	SYS_getdents64, SYS_readlinkat, SYS_faccessat, SYS_statx, SYS_statfs, SYS_fstatfs, SYS_fcntl,
	SYS_flock, SYS_fallocate, SYS_fadvise64, SYS_msync, SYS_getcwd, SYS_umask,
	SYS_dup, SYS_dup3, SYS_pipe2, SYS_eventfd2, SYS_uname, SYS_copy_file_range,
	SYS_renameat2, SYS_symlinkat,
#ifdef SYS_renameat
	SYS_renameat,
#endif
#ifdef SYS_sync_file_range
	SYS_sync_file_range,
#endif
#ifdef SYS_faccessat2
	SYS_faccessat2,
#endif
#ifdef SYS_close_range
	SYS_close_range,
#endif
#ifdef SYS_open
	SYS_open, SYS_creat, SYS_unlink, SYS_rmdir, SYS_mkdir, SYS_link, SYS_rename, SYS_chmod,
	SYS_readlink, SYS_access, SYS_stat, SYS_lstat, SYS_dup2, SYS_pipe, SYS_getdents, SYS_symlink,
	SYS_utime, SYS_utimes, SYS_getrlimit,
#endif
};

/* The reconciler's waiting for changes and signals. */
static const int watch_calls[] = {
	SYS_inotify_init1, SYS_inotify_add_watch, SYS_inotify_rm_watch, SYS_signalfd4,
};

/* A PKCS#11 module talks to a daemon of its own, or to a module across a network. */
static const int socket_calls[] = {
	SYS_socket, SYS_connect, SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg,
	SYS_recvmmsg, SYS_getsockopt, SYS_setsockopt, SYS_getsockname, SYS_getpeername, SYS_shutdown,
	SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_pselect6,
#ifdef SYS_epoll_wait
	SYS_epoll_wait,
#endif
#ifdef SYS_select
	SYS_select,
#endif
};

/* Children of the reconciler's own, and how long they may take. */
static const int child_calls[] = {
	SYS_wait4, SYS_waitid, SYS_setitimer, SYS_set_tid_address,
#ifdef SYS_alarm
	SYS_alarm,
#endif
};

/* git, ssh and what they start. */
static const int program_calls[] = {
	SYS_execve, SYS_kill, SYS_tgkill, SYS_setpgid, SYS_getpgid, SYS_setsid,
	SYS_getsid, SYS_mmap, SYS_mprotect, SYS_prctl, SYS_getrusage, SYS_times,
	SYS_getitimer, SYS_chdir, SYS_fchdir, SYS_sendfile, SYS_splice,
	SYS_memfd_create, SYS_getgroups, SYS_getresuid, SYS_getresgid, SYS_setuid, SYS_setgid,
	SYS_setresuid, SYS_setresgid, SYS_bind, SYS_listen, SYS_accept4, SYS_accept, SYS_socketpair,
	SYS_rt_sigsuspend, SYS_rt_sigtimedwait, SYS_rt_sigpending, SYS_sched_getparam,
	SYS_sched_getscheduler, SYS_sched_setaffinity, SYS_getpriority, SYS_capget, SYS_truncate,
	SYS_fchown, SYS_fchownat, SYS_preadv, SYS_pwritev, SYS_mincore, SYS_readahead,
	SYS_timerfd_create, SYS_timerfd_settime, SYS_getcpu, SYS_fgetxattr, SYS_getxattr,
#ifdef SYS_setrlimit
	SYS_setrlimit,
#endif
#ifdef SYS_arch_prctl
	SYS_arch_prctl,
#endif
#ifdef SYS_fork
	SYS_fork, SYS_vfork, SYS_getpgrp, SYS_pause, SYS_chown, SYS_lchown,
#endif
};

/* What libraries try first, and do without. */
static const int unknown_calls[] = {
#ifdef SYS_clone3
	SYS_clone3, /* its flags are out of a filter's reach: clone(2) follows */
#endif
#ifdef SYS_openat2
	SYS_openat2,
#endif
#ifdef SYS_io_uring_setup
	SYS_io_uring_setup,
#endif
#ifdef SYS_pidfd_open
	SYS_pidfd_open,
#endif
#ifdef SYS_futex_waitv
	SYS_futex_waitv,
#endif
};

#ifdef SANITIZED
/* Reports, their files and symbols, shadow memory, the search for leaks. */
static const int sanitizer_calls[] = {
	SYS_openat, SYS_readlinkat, SYS_mmap, SYS_mprotect, SYS_getcwd, SYS_clone, SYS_wait4, SYS_prctl,
	SYS_ptrace, SYS_getdents64, SYS_sched_getparam, SYS_uname, SYS_dup, SYS_fcntl,
#ifdef SYS_open
	SYS_open, SYS_readlink, SYS_stat, SYS_lstat, SYS_access, SYS_getrlimit,
#endif
#ifdef SYS_arch_prctl
	SYS_arch_prctl,
#endif
};
#endif

#define ADD(arena, rules, list) \
	add_calls((arena), (rules), (list), sizeof(list) / sizeof((list)[0]), CALL_ALLOWED)

static void
add_calls(struct arena *arena, struct call_rules *rules, const int *numbers, size_t count,
    enum call_verdict verdict)
{
	for (size_t i = 0; i < count; i++)
		call_add(arena, rules, numbers[i], verdict);
}

/* New code never: memory that can be executed only comes from what was mapped before. */
static void
add_plain_memory(struct arena *arena, struct call_rules *rules)
{
	call_add_where(arena, rules, &(struct call_rule){ SYS_mmap, CALL_ALLOWED, 2, PROT_EXEC, 0 });
	call_add_where(arena, rules,
	    &(struct call_rule){ SYS_mprotect, CALL_ALLOWED, 2, PROT_EXEC, 0 });
}

/* abort(3) sends its signal to itself. */
static void
add_own_end(struct arena *arena, struct call_rules *rules)
{
	call_add_where(arena, rules, &(struct call_rule){ SYS_tgkill, CALL_ALLOWED, 0, UINT32_MAX,
	    (uint32_t)getpid() });
}

/* Of another process of the same user's nothing: without room for its files the keeper signs nothing more. */
static void
add_own_limits(struct arena *arena, struct call_rules *rules)
{
	call_add_where(arena, rules, &(struct call_rule){ SYS_prlimit64, CALL_ALLOWED, 0, UINT32_MAX, 0 });
}

static void
add_threads(struct arena *arena, struct call_rules *rules)
{
	call_add_where(arena, rules,
	    &(struct call_rule){ SYS_clone, CALL_ALLOWED, 0, CLONE_THREAD, CLONE_THREAD });
}

/* Whether a descriptor is a terminal is asked by libraries; a terminal is never fed. */
static void
add_terminal_questions(struct arena *arena, struct call_rules *rules)
{
	call_add_where(arena, rules,
	    &(struct call_rule){ SYS_ioctl, CALL_ALLOWED, 1, UINT32_MAX, TCGETS });
	call_add(arena, rules, SYS_ioctl, CALL_DENIED);
}

/* A child that takes the memory for something large; it has the same rules. */
static void
add_children(struct arena *arena, struct call_rules *rules)
{
	const uint32_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
	    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

	ADD(arena, rules, child_calls);
	call_add_where(arena, rules, &(struct call_rule){ SYS_prctl, CALL_ALLOWED, 0, UINT32_MAX,
	    PR_SET_PDEATHSIG });
	call_add_where(arena, rules,
	    &(struct call_rule){ SYS_clone, CALL_ALLOWED, 0, namespaces, 0 });
}

static void
add_sockets(struct arena *arena, struct call_rules *rules)
{
	ADD(arena, rules, socket_calls);
	call_add_where(arena, rules,
	    &(struct call_rule){ SYS_ioctl, CALL_DENIED, 1, UINT32_MAX, TIOCSTI });
	call_add(arena, rules, SYS_ioctl, CALL_ALLOWED);
}

struct call_rules
occupation_calls(struct arena *arena, enum occupation occupation)
{
	struct call_rules rules = { 0 };

	ADD(arena, &rules, basic_calls);
	add_calls(arena, &rules, unknown_calls, sizeof(unknown_calls) / sizeof(unknown_calls[0]),
	    CALL_UNKNOWN);
	if (occupation != OCCUPATION_KEEPER) {
		ADD(arena, &rules, file_calls);
		add_own_limits(arena, &rules);
	}
	switch (occupation) {
	case OCCUPATION_KEEPER:
		break;
	case OCCUPATION_KEEPER_WITH_TOKEN:
		add_threads(arena, &rules);
		add_sockets(arena, &rules);
		break;
	case OCCUPATION_CHECKER:
		break;
	case OCCUPATION_RECONCILER:
		ADD(arena, &rules, watch_calls);
		add_children(arena, &rules);
		/* a library that looks up a user's home asks nscd first */
		call_add_where(arena, &rules, &(struct call_rule){ SYS_socket, CALL_DENIED, 0,
		    UINT32_MAX, AF_UNIX });
		break;
	case OCCUPATION_RECONCILER_REMOTE:
		ADD(arena, &rules, watch_calls);
		add_sockets(arena, &rules);
		add_children(arena, &rules);
		ADD(arena, &rules, program_calls);
		break;
	}
	add_plain_memory(arena, &rules);
	add_own_end(arena, &rules);
	add_terminal_questions(arena, &rules);
#ifdef SANITIZED
	ADD(arena, &rules, sanitizer_calls);
	add_own_limits(arena, &rules);
#endif
	return rules;
}
#else
/* 32 bits have other calls, and call_filter_enter() no filter for them. */
struct call_rules
occupation_calls(struct arena *arena, enum occupation occupation)
{
	(void)arena;
	(void)occupation;
	return (struct call_rules){ 0 };
}
#endif
