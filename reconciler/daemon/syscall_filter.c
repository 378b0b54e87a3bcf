#include "daemon/syscall_filter.h"

#include <endian.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A jump reaches 255 instructions, and a rule takes at most five. */
enum { RULES_MOST = 500 };

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
/* The calls of x32 have this bit, and the architecture of the others. */
#define FIRST_FOREIGN_NUMBER 0x40000000u
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define OWN_ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER == __LITTLE_ENDIAN
#define OWN_ARCHITECTURE AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define OWN_ARCHITECTURE AUDIT_ARCH_S390X
#endif
#ifndef FIRST_FOREIGN_NUMBER
#define FIRST_FOREIGN_NUMBER 0x80000000u
#endif

void
call_add(struct arena *arena, struct call_rules *rules, int number, enum call_verdict verdict)
{
	*ARRAY_ADD(arena, rules) = (struct call_rule){ .number = number, .verdict = verdict,
		.argument = -1 };
}

void
call_add_where(struct arena *arena, struct call_rules *rules, const struct call_rule *rule)
{
	*ARRAY_ADD(arena, rules) = *rule;
}

#ifdef OWN_ARCHITECTURE
struct program {
	struct sock_filter *at;
	unsigned short count;
};

static void
add(struct program *program, struct sock_filter instruction)
{
	program->at[program->count++] = instruction;
}

static void
load(struct program *program, size_t offset)
{
	add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static uint32_t
answer_of(enum call_verdict verdict)
{
	switch (verdict) {
	case CALL_ALLOWED:
		return SECCOMP_RET_ALLOW;
	case CALL_UNKNOWN:
		return SECCOMP_RET_ERRNO | ENOSYS;
	case CALL_DENIED:
		return SECCOMP_RET_ERRNO | EPERM;
	}
	return SECCOMP_RET_KILL_PROCESS;
}

static size_t
lower_half_of(int argument)
{
	size_t at = offsetof(struct seccomp_data, args) + (size_t)argument * sizeof(uint64_t);

	return __BYTE_ORDER == __LITTLE_ENDIAN ? at : at + sizeof(uint32_t);
}

/* The number of the call is in the accumulator before and after. */
static void
add_rule(struct program *program, const struct call_rule *rule)
{
	uint32_t answer = answer_of(rule->verdict);

	if (rule->argument < 0) {
		add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		    (uint32_t)rule->number, 0, 1));
		add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
		return;
	}
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
	    (uint32_t)rule->number, 0, 5));
	load(program, lower_half_of(rule->argument));
	add(program, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, rule->mask));
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rule->value, 0, 1));
	add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
	load(program, offsetof(struct seccomp_data, nr));
}

static void
build(struct program *program, const struct call_rules *rules)
{
	load(program, offsetof(struct seccomp_data, arch));
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCHITECTURE, 1, 0));
	add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
	load(program, offsetof(struct seccomp_data, nr));
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K,
	    FIRST_FOREIGN_NUMBER, 0, 1));
	add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
	for (size_t i = 0; i < rules->count; i++)
		add_rule(program, &rules->at[i]);
	add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
}

bool
call_filter_enter(const struct call_rules *rules, struct arena *arena, struct text *why)
{
	struct program program = { arena_allocate(arena,
	    (rules->count * 6 + 8) * sizeof(*program.at)), 0 };
	struct sock_fprog filter;

	if (rules->count > RULES_MOST) {
		*why = TEXT("there are too many rules for system calls");
		return false;
	}
	build(&program, rules);
	filter = (struct sock_fprog){ .len = program.count, .filter = program.at };
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0)
		return true;
	*why = text_printf(arena, "the kernel takes no filter for system calls (seccomp): %s",
	    strerror(errno));
	return false;
}
#else
bool
call_filter_enter(const struct call_rules *rules, struct arena *arena, struct text *why)
{
	(void)rules;
	(void)arena;
	*why = TEXT("system calls cannot be filtered on this architecture");
	return false;
}
#endif
