#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "audit/bundle.h"

static const char commit_id[] = "0123456789012345678901234567890123456789";
static const char digest[] =
	"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static struct stored_object
object(struct arena *arena, const char *type, struct text content)
{
	return (struct stored_object){ type, object_id_of(arena, type, content), content };
}

static struct text
sample(struct arena *arena)
{
	struct evidence_bundle bundle = { .request = TEXT("web/www"),
		.introduction_commit = text_of(commit_id), .introduction_digest = text_of(digest) };

	texts_add(arena, &bundle.steps, text_of(commit_id));
	*ARRAY_ADD(arena, &bundle.objects) = object(arena, "blob", TEXT("bytes \0 and more\n"));
	*ARRAY_ADD(arena, &bundle.objects) = object(arena, "blob", TEXT(""));
	*ARRAY_ADD(arena, &bundle.objects) = object(arena, "tree", TEXT(""));
	*ARRAY_ADD(arena, &bundle.objects) = object(arena, "commit", TEXT("tree x\n"));
	return bundle_write(arena, &bundle);
}

static bool
reads(struct arena *arena, struct text content)
{
	struct evidence_bundle bundle;
	struct text why = { NULL, 0 };
	bool good = bundle_read(arena, content, &bundle, &why);

	assert_true(good || text_present(why));
	return good;
}

static void
what_is_written_is_read(void **state)
{
	struct arena *arena = *state;
	struct evidence_bundle bundle;
	struct text why, text = sample(arena);

	assert_true(bundle_read(arena, text, &bundle, &why));
	assert_true(text_is(bundle.request, "web/www"));
	assert_true(text_is(bundle.introduction_commit, commit_id));
	assert_true(text_is(bundle.introduction_digest, digest));
	assert_int_equal(bundle.steps.count, 1);
	assert_int_equal(bundle.objects.count, 4);
	/* git's own well-known ids */
	assert_true(text_is(bundle.objects.at[1].id, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"));
	assert_true(text_is(bundle.objects.at[2].id, "4b825dc642cb6eb9a060e54bf8d69288fbee4904"));
	assert_true(text_equal(bundle.objects.at[0].content, TEXT("bytes \0 and more\n")));
	assert_true(text_equal(bundle_write(arena, &bundle), text));
}

static void
a_cut_or_longer_file_is_refused(void **state)
{
	struct arena *arena = *state;
	struct text text = sample(arena);

	for (size_t length = 0; length < text.length; length++)
		assert_false(reads(arena, text_first(text, length)));
	assert_false(reads(arena, text_printf(arena, "%.*s\n", TEXT_ARGUMENTS(text))));
	assert_false(reads(arena, text_printf(arena, "%.*send\n", TEXT_ARGUMENTS(text))));
}

/* Whatever byte changes: refused, or what another file says in so many words. */
static void
a_changed_byte_is_refused_or_said(void **state)
{
	struct arena *arena = *state;
	struct text text = sample(arena);
	char *copy = arena_copy(arena, text.at, text.length);

	for (size_t i = 0; i < text.length; i++) {
		struct evidence_bundle bundle;
		struct text changed = { copy, text.length }, why;

		copy[i] = (char)(copy[i] ^ 1);
		if (bundle_read(arena, changed, &bundle, &why))
			assert_true(text_equal(bundle_write(arena, &bundle), changed));
		copy[i] = (char)(copy[i] ^ 1);
	}
}

static void
lines_have_their_place_and_form(void **state)
{
	struct arena *arena = *state;
	static const char head[] = "countersign-evidence-v1\nrequest a\nintroduction "
	    "0123456789012345678901234567890123456789 sha256:"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n";
	static const char empty[] = "object blob e69de29bb2d1d6434b8b29ae775ad8c2e48c5391 \n";
	static const char *const wrong[] = {
		"", "end", "end\nend\n", "step\nend\n", "step 0123\nend\n", "object\nend\n",
		"object blob\nend\n", "object tag e69de29bb2d1d6434b8b29ae775ad8c2e48c5391 \nend\n",
		"object tree e69de29bb2d1d6434b8b29ae775ad8c2e48c5391 \nend\n",
		"object blob e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\nend\n",
		"object blob e69de29bb2d1d6434b8b29ae775ad8c2e48c5391 AA\nend\n",
		"object blob E69DE29BB2D1D6434B8B29AE775AD8C2E48C5391 \nend\n",
		"\nend\n", "# words\nend\n", " end\n", "end \n", "end\r\n",
	};

	assert_true(reads(arena, text_printf(arena, "%send\n", head)));
	assert_true(reads(arena, text_printf(arena, "%s%send\n", head, empty)));
	assert_true(reads(arena, text_printf(arena, "%sstep %s\n%send\n", head, commit_id, empty)));
	assert_false(reads(arena, text_printf(arena, "%s%sstep %s\nend\n", head, empty, commit_id)));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(reads(arena, text_printf(arena, "%s%s", head, wrong[i])));
	assert_false(reads(arena, text_printf(arena, "%s%send\n", "countersign-evidence-v1\n", head)));
	assert_false(reads(arena, TEXT("countersign-evidence-v1\nrequest ../x\nend\n")));
}

static int
set_up(void **state)
{
	*state = arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(a_cut_or_longer_file_is_refused),
		cmocka_unit_test(a_changed_byte_is_refused_or_said),
		cmocka_unit_test(lines_have_their_place_and_form),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
