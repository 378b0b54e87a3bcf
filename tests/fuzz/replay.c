/*
 * Gives a fuzz target every file below the paths on the command line, without
 * a fuzzer: old findings and hostile fixtures stay part of the ordinary tests.
 */
#include <errno.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Optional in a fuzz target, as with libFuzzer. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

enum { OPEN_DIRECTORIES = 16 };

static size_t replayed;

/* The copy is exactly as long as the file, so that a sanitizer sees any read beyond it. */
static uint8_t *
read_exactly(const char *path, size_t size)
{
	uint8_t *data = malloc(size > 0 ? size : 1);
	FILE *file = fopen(path, "rb");

	if (data == NULL || file == NULL || fread(data, 1, size, file) != size) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(EXIT_FAILURE);
	}
	fclose(file);
	return data;
}

static int
replay_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
	uint8_t *data;
	size_t size;

	(void)where;
	if (type == FTW_D)
		return 0;
	if (type != FTW_F) {
		/* Fixtures hold symbolic links on purpose; they are no input. */
		return type == FTW_SL ? 0 : -1;
	}
	printf("%s\n", path);
	fflush(stdout); /* whatever happens next, this input is named */
	size = (size_t)status->st_size;
	data = read_exactly(path, size);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	replayed++;
	return 0;
}

int
main(int argc, char **argv)
{
	static const uint8_t nothing[1];

	if (LLVMFuzzerInitialize != NULL)
		LLVMFuzzerInitialize(&argc, &argv);
	LLVMFuzzerTestOneInput(nothing, 0);
	for (int i = 1; i < argc; i++) {
		if (nftw(argv[i], replay_entry, OPEN_DIRECTORIES, FTW_PHYS) != 0) {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(errno));
			return EXIT_FAILURE;
		}
	}
	printf("%zu inputs\n", replayed);
	return replayed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
