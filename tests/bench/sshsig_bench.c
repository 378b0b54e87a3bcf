/*
 * Signed approval commits: judged in process, signature to decision, against
 * one call of stock `git verify-commit` over the same commits. Interleaved
 * rounds, medians. COMMITS and ROUNDS in the environment change the counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "trust/evidence.h"
#include "trust/sshkey.h"

enum { COMMIT_BYTES = 65536, OTHER_PEOPLE = 200, ROUNDS_MOST = 100 };

static const struct {
	const char *name;
	const char *arguments;
} keys[] = {
	{ "Ed25519", "-t ed25519" },
	{ "ECDSA P-256", "-t ecdsa -b 256" },
	{ "RSA-3072", "-t rsa -b 3072" },
};

/* What is measured, and where it lies. */
struct bench {
	struct arena *arena;
	const char *folder;
	long commits;
	long rounds;
	struct configuration configuration;
	struct texts raw;
};

static void
must(bool worked, const char *what)
{
	if (!worked) {
		fprintf(stderr, "sshsig_bench: %s\n", what);
		exit(EXIT_FAILURE);
	}
}

static void
shell(const struct bench *bench, const char *script)
{
	const char *whole = arena_printf(bench->arena, "cd '%s' && set -e && "
	    "export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null\n%s", bench->folder, script);

	must(system(whole) == 0, script);
}

static long
count_from(const char *name, long usual)
{
	const char *value = getenv(name);
	long count = value == NULL ? usual : strtol(value, NULL, 10);

	must(count > 0, name);
	return count;
}

static double
seconds_now(void)
{
	struct timespec now;

	must(clock_gettime(CLOCK_MONOTONIC, &now) == 0, "clock");
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct text
read_file(const struct bench *bench, const char *name)
{
	struct text content;

	must(file_read(bench->arena, arena_printf(bench->arena, "%s/%s", bench->folder, name),
	    COMMIT_BYTES, &content), name);
	return content;
}

/* Commits of one key, made by stock git, and a configuration in which its holder is one of many. */
static void
make_commits(struct bench *bench, const char *arguments)
{
	struct identity *holder;

	shell(bench, arena_printf(bench->arena,
	    "rm -rf repository key* ids other* commit.*; git init -q --bare repository\n"
	    "ssh-keygen -q -N '' %s -f key; ssh-keygen -q -N '' -t ed25519 -f other\n"
	    "echo \"* namespaces=\\\"git\\\" $(cat key.pub)\" >allowed\n"
	    "cd repository; export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@x GIT_COMMITTER_NAME=A "
	    "GIT_COMMITTER_EMAIL=a@x\n"
	    "git config gpg.format ssh; git config user.signingKey ../key\n"
	    "git config gpg.ssh.allowedSignersFile ../allowed\n"
	    "tree=$(git mktree </dev/null); i=0\n"
	    "while [ $i -lt %ld ]; do\n"
	    "    id=$(printf 'LGTM\\n\\nCountersign-Approve: web/r%%d "
	    "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\\n' $i |\n"
	    "        git commit-tree -S $tree)\n"
	    "    echo $id >>../ids; git cat-file commit $id >../commit.$i; i=$((i + 1))\n"
	    "done", arguments, bench->commits));
	bench->configuration = (struct configuration){ 0 };
	for (int i = 0; i < OTHER_PEOPLE; i++) {
		struct identity *other = ARRAY_ADD(bench->arena, &bench->configuration.identities);

		other->name = text_printf(bench->arena, "p%d", i);
		ARRAY_ADD(bench->arena, &other->keys)->ssh = read_file(bench, "other.pub");
	}
	holder = ARRAY_ADD(bench->arena, &bench->configuration.identities);
	holder->name = TEXT("alice");
	ARRAY_ADD(bench->arena, &holder->keys)->ssh = read_file(bench, "key.pub");
	identity_keys_resolve(bench->arena, &bench->configuration);
	bench->raw = (struct texts){ 0 };
	for (long i = 0; i < bench->commits; i++)
		texts_add(bench->arena, &bench->raw,
		    read_file(bench, arena_printf(bench->arena, "commit.%ld", i)));
}

static double
judge_in_process(const struct bench *bench)
{
	struct sighting sighting = { &bench->configuration, 1800000000, SOURCE_COMMIT, TEXT("x") };
	struct arena *arena = arena_new();
	struct evidence evidence = { 0 };
	double started = seconds_now(), ended;

	for (size_t i = 0; i < bench->raw.count; i++)
		evidence_from_commit(arena, &sighting, bench->raw.at[i], &evidence);
	ended = seconds_now();
	must(evidence.decisions.count == bench->raw.count, "a decision is missing");
	arena_free(arena);
	return ended - started;
}

static double
verify_with_git(const struct bench *bench)
{
	double started = seconds_now();

	shell(bench, "exec git -C repository verify-commit $(cat ids) 2>said");
	return seconds_now() - started;
}

static int
compare_doubles(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static double
median(double *values, long count)
{
	qsort(values, (size_t)count, sizeof(values[0]), compare_doubles);
	return values[count / 2];
}

static void
measure(struct bench *bench, const char *name)
{
	double ours[ROUNDS_MOST], gits[ROUNDS_MOST], our_median, git_median;
	double commits = (double)bench->commits;

	for (long round = 0; round < bench->rounds; round++) {
		ours[round] = judge_in_process(bench);
		gits[round] = verify_with_git(bench);
	}
	our_median = median(ours, bench->rounds);
	git_median = median(gits, bench->rounds);
	printf("%s: %ld signed commits, median of %ld: %.0f/s in process, %.0f/s by one git "
	    "verify-commit: ratio %.0f (goal: at least 40)\n", name, bench->commits, bench->rounds,
	    commits / our_median, commits / git_median, git_median / our_median);
	fflush(stdout);
}

int
main(void)
{
	const char *base = getenv("TMPDIR") == NULL ? "/tmp" : getenv("TMPDIR");
	struct bench bench = { .arena = arena_new(), .commits = count_from("COMMITS", 100),
		.rounds = count_from("ROUNDS", 5) };
	char *folder = arena_printf(bench.arena, "%s/sshsig_bench.XXXXXX", base);

	must(bench.rounds <= ROUNDS_MOST, "at most 100 rounds");
	must(mkdtemp(folder) != NULL, folder);
	bench.folder = folder;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		make_commits(&bench, keys[i].arguments);
		measure(&bench, keys[i].name);
	}
	shell(&bench, "rm -rf -- \"$PWD\"");
	arena_free(bench.arena);
	return EXIT_SUCCESS;
}
