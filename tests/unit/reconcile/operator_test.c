/*
 * The operator's words: written whole, read strictly, taken away once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "reconcile/operator.h"

static const struct text commit = { "1f0c3a7d2b5e48690b1c2d3e4f5a6b7c8d9e0f12", 40 };

static void
written_and_read(void **state)
{
	struct arena *arena = arena_new();
	char folder[] = "/tmp/operator-test.XXXXXX";
	struct text found, why;

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (enum operator_word word = 0; word < OPERATOR_WORDS; word++) {
		assert_true(operator_word_read(arena, folder, word, &found, &why));
		assert_false(text_present(found));
		assert_true(operator_word_write(arena, folder, word, commit, &why));
		assert_true(operator_word_read(arena, folder, word, &found, &why));
		assert_true(text_equal(found, commit));
	}
	/* one does not stand for the other */
	assert_true(operator_word_remove(arena, folder, OPERATOR_ACCEPTS_HISTORY));
	assert_true(operator_word_remove(arena, folder, OPERATOR_ACCEPTS_HISTORY));
	assert_true(operator_word_read(arena, folder, OPERATOR_ACCEPTS_HISTORY, &found, &why));
	assert_false(text_present(found));
	assert_true(operator_word_read(arena, folder, OPERATOR_RECOVERS_OUTPUT, &found, &why));
	assert_true(text_equal(found, commit));
	assert_true(operator_word_remove(arena, folder, OPERATOR_RECOVERS_OUTPUT));
	assert_int_equal(rmdir(folder), 0);
	/* what is gone, but not durably, is not gone */
	assert_false(operator_word_remove(arena, folder, OPERATOR_RECOVERS_OUTPUT));
	assert_false(operator_word_write(arena, folder, OPERATOR_ACCEPTS_HISTORY, commit, &why));
	assert_true(text_present(why));
	arena_free(arena);
}

static void
damaged(void **state)
{
	static const char *const contents[] = { "", "\n", "1f0c3a7d\n", "HEAD\n",
		"1F0C3A7D2B5E48690B1C2D3E4F5A6B7C8D9E0F12\n",
		"1f0c3a7d2b5e48690b1c2d3e4f5a6b7c8d9e0f12 \n",
		"1f0c3a7d2b5e48690b1c2d3e4f5a6b7c8d9e0f12\n1f0c3a7d2b5e48690b1c2d3e4f5a6b7c8d9e0f12\n" };
	struct arena *arena = arena_new();
	char folder[] = "/tmp/operator-test.XXXXXX";
	char *path;
	struct text found, why;

	(void)state;
	assert_non_null(mkdtemp(folder));
	path = arena_printf(arena, "%s/accept-history", folder);
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		assert_true(file_write_durable(path, text_of(contents[i]), 0600));
		assert_false(operator_word_read(arena, folder, OPERATOR_ACCEPTS_HISTORY, &found, &why));
		assert_false(text_present(found));
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_and_read),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
