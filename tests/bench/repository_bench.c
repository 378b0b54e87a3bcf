/*
 * The repository module against stock git, both sides in one run, interleaved,
 * medians. FILES (default 100000) files stand in the repository, ROUNDS (default
 * 7) rounds are run.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "repository/history.h"
#include "repository/snapshot.h"
#include "repository/writer.h"

enum { BATCH = 10000, MOST_ROUNDS = 99, CERTIFICATE_BYTES = 1700, STATUS_BYTES = 900, HISTORY = 20000, FEW_FILES = 1000 };

struct bench {
	struct arena *arena;
	const char *folder;
	const char *repository;
	unsigned files;
	unsigned rounds;
	uint64_t random;
};

static double
now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(double *values, unsigned count)
{
	qsort(values, count, sizeof(values[0]), compare_doubles);
	return values[count / 2];
}

static void
die(struct text why)
{
	fprintf(stderr, "repository_bench: %.*s\n", TEXT_ARGUMENTS(why));
	exit(1);
}

/* Runs a script in the repository; gives its output without the last line end. */
static struct text
shell(struct bench *bench, const char *script)
{
	const char *const arguments[] = { "bash", "-c", arena_printf(bench->arena,
	    "set -euo pipefail; export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null\n"
	    "cd '%s'\n%s", bench->repository, script), NULL };
	const struct child_order order = { .arguments = arguments, .most_bytes = 64 * 1024 * 1024 };
	struct child_result result;
	struct text why;

	if (!child_run(bench->arena, &order, &result, &why))
		die(why);
	if (result.status != 0)
		die(text_printf(bench->arena, "failed: %s", script));
	return text_trim(result.output);
}

static uint64_t
next_random(struct bench *bench)
{
	bench->random ^= bench->random << 13;
	bench->random ^= bench->random >> 7;
	bench->random ^= bench->random << 17;
	return bench->random;
}

/* Looks like base64 to a compressor, as certificates do. */
static struct text
base64_noise(struct bench *bench, struct arena *arena, size_t bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *noise = arena_allocate(arena, bytes);

	for (size_t i = 0; i < bytes; i++)
		noise[i] = i % 65 == 64 ? '\n' : digits[next_random(bench) >> 58];
	return (struct text){ noise, bytes };
}

static struct text
status(struct bench *bench, struct arena *arena, unsigned i)
{
	struct buffer text = { .arena = arena };

	buffer_printf(&text, "apiVersion: countersign/v1\nkind: CertificateRequestStatus\nmetadata: {name: web/%u}\n", i);
	while (text.length < STATUS_BYTES)
		buffer_printf(&text, "  - {name: step, digest: \"sha256:%016" PRIx64 "%016" PRIx64 "\", approvedBy: alice}\n",
		    next_random(bench), next_random(bench));
	return buffer_text(&text);
}

static void
make_repository(struct bench *bench)
{
	const char *const make = "git init -q --bare .\n"
	    "awk -v count=%u 'BEGIN { srand(1); print \"commit refs/heads/base\\ncommitter T <t@example.com> 1700000000 +0000\\ndata 1\\nm\"\n"
	    "  for (i = 0; i < count; i++) { text = \"state: Issued \" i; printf \"M 100644 inline requests/%%02x/%%02x/%%d.yaml\\n\", i %% 256, int(i / 256) %% 256, i\n"
	    "    printf \"data %%d\\n%%s\\n\", length(text), text } }' | git fast-import --quiet\n"
	    "if [ %u = 0 ]; then git update-ref refs/heads/base $(git commit-tree $(git hash-object -w -t tree /dev/null) -m empty); fi\n";

	(void)setenv("GIT_AUTHOR_NAME", "T", 1);
	(void)setenv("GIT_AUTHOR_EMAIL", "t@example.com", 1);
	(void)setenv("GIT_COMMITTER_NAME", "T", 1);
	(void)setenv("GIT_COMMITTER_EMAIL", "t@example.com", 1);
	(void)shell(bench, text_printf(bench->arena, make, bench->files, bench->files).at);
}

/* ---- one changed file ---- */

static double
compare_once(struct bench *bench, struct text from, struct text to)
{
	const struct comparison comparison = { .from = from, .to = to, .folder = "" };
	struct changes changes = { .count = 0 };
	struct reasons reasons = { .count = 0 };
	struct arena *arena = arena_new();
	struct store *store;
	struct text why;
	double start = now();

	if (!store_open(bench->repository, arena, &store, &why))
		die(why);
	if (!snapshot_compare(store, arena, &comparison, &changes, &reasons) || changes.count != 1)
		die(TEXT("one change was expected"));
	start = now() - start;
	store_close(store);
	arena_free(arena);
	return start;
}

static double
diff_tree_once(struct bench *bench, struct text from, struct text to)
{
	const char *const arguments[] = { "git", "-C", bench->repository, "diff-tree", "-r",
		text_string(bench->arena, from), text_string(bench->arena, to), NULL };
	const struct child_order order = { .arguments = arguments, .errors = CHILD_ERRORS_KEPT };
	struct child_result result;
	struct text why;
	double start = now();

	if (!child_run(bench->arena, &order, &result, &why))
		die(why);
	if (result.status != 0 || text_find(result.output, '\n') + 1 != result.output.length)
		die(TEXT("git diff-tree should find one change"));
	return now() - start;
}

static void
one_change(struct bench *bench)
{
	double ours[MOST_ROUNDS], theirs[MOST_ROUNDS], a, b;
	struct text from = shell(bench, "git rev-parse base"), to;

	to = shell(bench, "printf 'commit refs/heads/changed\\ncommitter T <t@example.com> 1700000001 +0000\\ndata 1\\nm\\n"
	    "from refs/heads/base\\nM 100644 inline requests/11/22/0.yaml\\ndata 1\\nx\\n' | git fast-import --quiet; git rev-parse changed");
	for (unsigned i = 0; i < bench->rounds; i++) {
		ours[i] = compare_once(bench, from, to);
		theirs[i] = diff_tree_once(bench, from, to);
	}
	a = median(ours, bench->rounds);
	b = median(theirs, bench->rounds);
	printf("one change found among %u files, store opened anew: %.2f ms; git diff-tree -r: %.2f ms; ratio %.2f (goal: at most 1)\n",
	    bench->files, a, b, a / b);
}

/* ---- many files in one commit ---- */

static struct output_files
make_batch(struct bench *bench, struct arena *arena)
{
	struct output_files files = { .count = 0 };

	for (unsigned i = 0; i < BATCH; i++) {
		struct output_file *certificate = ARRAY_ADD(arena, &files), *state;

		certificate->path = text_printf(arena, "certificates/%02x/%02x/%u.pem", i % 256, i / 256, i);
		certificate->content = base64_noise(bench, arena, CERTIFICATE_BYTES);
		state = ARRAY_ADD(arena, &files);
		state->path = text_printf(arena, "status/requests/%02x/%02x/%u.yaml", i % 256, i / 256, i);
		state->content = status(bench, arena, i);
	}
	return files;
}

static void
write_stream(struct bench *bench, const struct output_files *files, const char *path)
{
	FILE *stream = fopen(path, "w");

	(void)bench;
	if (stream == NULL)
		die(TEXT("cannot write the stream"));
	fprintf(stream, "commit refs/heads/theirs\ncommitter T <t@example.com> 1700000002 +0000\ndata 1\nm\nfrom refs/heads/base^0\n");
	for (size_t i = 0; i < files->count; i++)
		fprintf(stream, "M 100644 inline %.*s\ndata %zu\n%.*s\n", TEXT_ARGUMENTS(files->at[i].path),
		    files->at[i].content.length, TEXT_ARGUMENTS(files->at[i].content));
	fclose(stream);
}

static double
commit_once(struct bench *bench, struct text base, const struct output_files *files)
{
	struct output_order order = { .base = base, .files = files, .message = TEXT("m"),
		.identity = TEXT("T <t@example.com>"), .at = 1700000002 };
	struct arena *arena = arena_new();
	struct text id = { NULL, 0 }, why, none = { NULL, 0 };
	struct store *store;
	double start = now();

	texts_add(arena, &order.parents, base);
	if (!store_open(bench->repository, arena, &store, &why) ||
	    !writer_commit(store, arena, &order, &id, &why))
		die(why);
	(void)store_ref(store, arena, "refs/heads/ours", &none);
	if (store_ref_move(store, "refs/heads/ours", none, id, &why, arena) != REF_MOVED)
		die(why);
	start = now() - start;
	store_close(store);
	arena_free(arena);
	return start;
}

static double
fast_import_once(struct bench *bench, const char *stream)
{
	double start = now();

	(void)shell(bench, arena_printf(bench->arena, "git fast-import --quiet --force <'%s'", stream));
	return now() - start;
}

static void
many_files(struct bench *bench)
{
	const char *stream = arena_printf(bench->arena, "%s/stream", bench->folder);
	double ours[MOST_ROUNDS], theirs[MOST_ROUNDS], a, b;
	struct text base = shell(bench, "git rev-parse base");

	for (unsigned i = 0; i < bench->rounds; i++) {
		struct arena *arena = arena_new();
		/* other bytes for each side, of one kind: neither finds the other's objects */
		struct output_files files = make_batch(bench, arena), others = make_batch(bench, arena);

		write_stream(bench, &others, stream);
		ours[i] = commit_once(bench, base, &files);
		theirs[i] = fast_import_once(bench, stream);
		arena_free(arena);
	}
	(void)shell(bench, "git fsck --connectivity-only --no-dangling ours 2>/dev/null");
	a = median(ours, bench->rounds);
	b = median(theirs, bench->rounds);
	printf("%d certificates and as many statuses in one durable commit beside %u files: %.0f ms; git fast-import: %.0f ms;"
	    " ratio %.2f (goal: at most 0.6)\n", BATCH, bench->files, a, b, a / b);
}

/* ---- one certificate, durable ---- */

static double
commit_four(struct bench *bench, struct text base, unsigned round)
{
	struct arena *arena = arena_new();
	struct output_files files = { .count = 0 };
	double seconds;

	for (unsigned k = 0; k < 4; k++) {
		struct output_file *file = ARRAY_ADD(arena, &files);

		file->path = text_printf(arena, "requests/%02x/%02x/new%u.yaml", k, round % 256, round);
		file->content = base64_noise(bench, arena, CERTIFICATE_BYTES);
	}
	seconds = commit_once(bench, base, &files);
	arena_free(arena);
	return seconds;
}

static void
one_certificate(struct bench *bench)
{
	double ours[MOST_ROUNDS], theirs[MOST_ROUNDS], beside_few[MOST_ROUNDS], a, b;
	struct text base = shell(bench, "git rev-parse base"), small_base;
	struct bench small = *bench;

	small.files = FEW_FILES;
	small.repository = arena_printf(bench->arena, "%s/small.git", bench->folder);
	(void)shell(bench, "mkdir ../small.git");
	make_repository(&small);
	small_base = shell(&small, "git rev-parse base");
	for (unsigned i = 0; i < bench->rounds; i++) {
		ours[i] = commit_four(bench, base, i);
		beside_few[i] = commit_four(&small, small_base, i);
		theirs[i] = now();
		(void)shell(bench, arena_printf(bench->arena, "printf 'commit refs/heads/theirs\\ncommitter T <t@example.com> %u +0000\\n"
		    "data 1\\nm\\nfrom refs/heads/base^0\\nM 100644 inline requests/00/00/%u.yaml\\ndata 4\\nabcd\\n' | git fast-import --quiet --force", i, i));
		theirs[i] = now() - theirs[i];
	}
	a = median(ours, bench->rounds);
	b = median(beside_few, bench->rounds);
	printf("one commit of 4 files, durable, beside %u files: %.1f ms; beside %d: %.1f ms; ratio %.2f (goal: at most 2 at 1M)\n",
	    bench->files, a, FEW_FILES, b, a / b);
	b = median(theirs, bench->rounds);
	printf("one commit of 4 files beside %u files, durable: %.1f ms; git fast-import of one file: %.1f ms\n", bench->files, a, b);
}

/* ---- history ---- */

static void
scan_history(struct bench *bench)
{
	double ours[MOST_ROUNDS], theirs[MOST_ROUNDS], a, b;
	struct text tip;

	(void)shell(bench, text_printf(bench->arena, "for ((i = 0; i < %d; i++)); do printf 'commit refs/heads/long\\ncommitter T <t@example.com> %%d +0000\\n"
	    "data 60\\n%%060d\\n\\n' $((1700000000 + i)) $i; done | git fast-import --quiet", HISTORY).at);
	tip = shell(bench, "git rev-parse long");
	for (unsigned i = 0; i < bench->rounds; i++) {
		struct arena *arena = arena_new();
		struct history_commits commits = { .count = 0 };
		struct store *store;
		struct text why;
		bool descends;

		ours[i] = now();
		if (!store_open(bench->repository, arena, &store, &why) || !history_new(store, arena,
		    &(struct history_range){ .tip = tip }, &commits, &descends) || commits.count != HISTORY)
			die(TEXT("the whole history was expected"));
		ours[i] = now() - ours[i];
		store_close(store);
		theirs[i] = now();
		(void)shell(bench, "git log --format='%H%(trailers)' long | wc -l");
		theirs[i] = now() - theirs[i];
		arena_free(arena);
	}
	a = median(ours, bench->rounds);
	b = median(theirs, bench->rounds);
	printf("%d commits read: %.0f ms; git log with trailers: %.0f ms; ratio %.2f\n", HISTORY, a, b, a / b);
}

static unsigned
number(const char *name, unsigned otherwise)
{
	const char *given = getenv(name);

	return given == NULL ? otherwise : (unsigned)strtoul(given, NULL, 10);
}

int
main(void)
{
	char folder[] = "/tmp/repository_bench.XXXXXX";
	struct bench bench = { .arena = arena_new(), .random = 88172645463325252u,
		.files = number("FILES", 100000), .rounds = number("ROUNDS", 7) };

	if (mkdtemp(folder) == NULL || bench.rounds == 0 || bench.rounds > MOST_ROUNDS)
		return 1;
	bench.folder = folder;
	bench.repository = folder;
	(void)shell(&bench, "mkdir repository.git");
	bench.repository = arena_printf(bench.arena, "%s/repository.git", folder);
	make_repository(&bench);
	if (bench.files > 0)
		one_change(&bench);
	one_certificate(&bench);
	many_files(&bench);
	scan_history(&bench);
	bench.repository = folder;
	(void)shell(&bench, "rm -rf -- \"$PWD\"");
	arena_free(bench.arena);
	return 0;
}
