/* Trailers: the exact grammar counts, what is near to it is explained, and prose is left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "trust/trailer.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UPPER "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"
#define D "sha256:" HEX
#define GOOD "Countersign-Approve: web/x " D

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct trailers
read(struct text message)
{
	struct trailers trailers = { 0 };
	struct text comment;

	trailers_parse(arena, message, &trailers, &comment);
	return trailers;
}

static size_t
counting(const struct trailers *trailers)
{
	size_t count = 0;

	for (size_t i = 0; i < trailers->count; i++)
		count += trailers->at[i].kind != TRAILER_NEAR_MISS;
	return count;
}

/* --- what counts -------------------------------------------------------------------- */

static void
each_form_is_read(void **state)
{
	static const struct {
		const char *line;
		enum trailer_kind kind;
		enum decision_kind decision;
		const char *request;
	} forms[] = {
		{ GOOD, TRAILER_DECISION, DECISION_APPROVE, "web/x" },
		{ "Countersign-Reject: a " D, TRAILER_DECISION, DECISION_REJECT, "a" },
		{ "Countersign-Withdraw: a.b/c_d-e " D, TRAILER_DECISION, DECISION_WITHDRAW,
		  "a.b/c_d-e" },
		{ "Countersign-Cancel: 0 " D, TRAILER_DECISION, DECISION_CANCEL, "0" },
		{ "Countersign-Request: a " D, TRAILER_REQUEST, DECISION_NONE, "a" },
		{ "Countersign-Configuration: " D, TRAILER_CONFIGURATION, DECISION_NONE, NULL },
		{ "Countersign-Configuration-Withdraw: " D, TRAILER_CONFIGURATION_WITHDRAW,
		  DECISION_NONE, NULL },
	};
	static const char *const frames[] = { "%s", "%s\n", "\n%s\n", "Title\n\n%s", "T\n\n%s\n\n\n",
		"T\n \t\n%s\n  \n", "T\n\nbody\nbody\n\n%s\n", "T\n\nSigned-off-by: x <x@x>\n%s\n",
		"T\n\n%s\nReviewed-by: y\n folded: z\n", "T\n\nKey : v\n%s\n",
		"T\n\n(cherry picked from commit 12)\n%s\n", "https://example.com:\n%s", "\r\n%s\n\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		for (size_t j = 0; j < sizeof(frames) / sizeof(frames[0]); j++) {
			struct trailers found;
			struct buffer text = { .arena = arena };
			const char *hole = strstr(frames[j], "%s");

			buffer_printf(&text, "%.*s%s%s", (int)(hole - frames[j]), frames[j],
			    forms[i].line, hole + 2);
			found = read(buffer_text(&text));
			if (found.count != 1 || found.at[0].kind != forms[i].kind)
				fail_msg("\"%s\" in \"%s\": %.*s", forms[i].line, frames[j],
				    TEXT_ARGUMENTS(found.count ? found.at[0].why : TEXT("nothing")));
			assert_int_equal(found.at[0].decision, forms[i].decision);
			assert_int_equal(found.at[0].meant, forms[i].kind);
			assert_true(text_is(found.at[0].digest, D));
			assert_true(text_is(found.at[0].line, forms[i].line));
			assert_false(text_present(found.at[0].why));
			assert_true(forms[i].request == NULL ? !text_present(found.at[0].request) :
			    text_is(found.at[0].request, forms[i].request));
		}
	}
}

static void
one_message_carries_many(void **state)
{
	struct trailers found = read(TEXT("T\n\n" GOOD "\nCountersign-Reject: b " D
	    "\nSigned-off-by: x\nCountersign-Configuration: " D "\n" GOOD "\n"));

	(void)state;
	assert_int_equal(found.count, 4);
	assert_int_equal(counting(&found), 4);
	assert_int_equal(found.at[1].decision, DECISION_REJECT);
}

static void
comment_is_the_rest(void **state)
{
	static const struct {
		const char *message;
		const char *comment;
	} cases[] = {
		{ "LGTM\n\n" GOOD "\n", "LGTM" },
		{ GOOD, "" },
		{ "\n\n  Title  \n\nbody\n\n" GOOD "\n\n", "Title  \n\nbody" },
		{ "T\n\nSigned-off-by: x\n" GOOD "\n", "T\n\nSigned-off-by: x" },
		{ "T\n\n" GOOD "\n continued\n more\nSigned-off-by: x\n", "T\n\nSigned-off-by: x" },
		{ "T\n\ncountersign-approve: x " D "\n\nbody", "T\n\n\nbody" },
		{ "no trailers\n", "no trailers" },
		{ "", "" },
		{ "countersign is good\n", "countersign is good" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trailers trailers = { 0 };
		struct text comment;

		trailers_parse(arena, text_of(cases[i].message), &trailers, &comment);
		if (!text_is(comment, cases[i].comment))
			fail_msg("\"%s\" gave \"%.*s\"", cases[i].message, TEXT_ARGUMENTS(comment));
	}
}

/* --- near misses ---------------------------------------------------------------------- */

struct near_miss {
	const char *line;
	const char *why;                /* words that the explanation holds */
	enum decision_kind decision;    /* what is guessed */
	bool request;                   /* whether the id is guessed to be web/x */
	bool digest;
};

static const struct near_miss near_misses[] = {
	/* the key */
	{ "countersign-approve: web/x " D, "must be \"Countersign-Approve\"", DECISION_APPROVE, 1, 1 },
	{ "COUNTERSIGN-REJECT: web/x " D, "must be \"Countersign-Reject\"", DECISION_REJECT, 1, 1 },
	{ "Countersign-approve: web/x " D, "capitals and small", DECISION_APPROVE, 1, 1 },
	{ "Countersign-Approved: web/x " D, "\"Countersign-Approve\" is", DECISION_APPROVE, 1, 1 },
	{ "Countersign-Approves: web/x " D, "no trailer that is known", DECISION_APPROVE, 1, 1 },
	{ "Countersing-Approve: web/x " D, "\"Countersign-Approve\" is", DECISION_APPROVE, 1, 1 },
	{ "Countersign_Approve: web/x " D, "\"Countersign-Approve\" is", DECISION_APPROVE, 1, 1 },
	{ "CounterSign-Cancelled: web/x " D, "\"Countersign-Cancel\" is", DECISION_CANCEL, 1, 1 },
	{ "Countersign-Widthraw: web/x " D, "\"Countersign-Withdraw\" is", DECISION_WITHDRAW, 1, 1 },
	{ "Countersign-Configuraton: " D, "\"Countersign-Configuration\" is", DECISION_NONE, 0, 1 },
	{ "Countersign-Frobnicate-Everything: web/x " D, "no trailer that is known",
	  DECISION_NONE, 0, 1 },
	{ "Countersign-: web/x " D, "no trailer that is known", DECISION_NONE, 0, 1 },
	{ "Countersign: web/x " D, "no trailer that is known", DECISION_NONE, 0, 1 },
	{ "countersign approve web/x " D, "no trailer that is known", DECISION_NONE, 0, 1 },
	{ "\xd0\xa1ountersign-Approve: web/x " D, "\"Countersign-Approve\" is", DECISION_APPROVE, 1, 1 },
	/* what stands before it */
	{ " " GOOD, "first column", DECISION_APPROVE, 1, 1 },
	{ "\t" GOOD, "first column", DECISION_APPROVE, 1, 1 },
	{ "> " GOOD, "first column", DECISION_APPROVE, 1, 1 },
	{ "* " GOOD, "first column", DECISION_APPROVE, 1, 1 },
	{ "- Countersign-Reject: web/x " D, "first column", DECISION_REJECT, 1, 1 },
	{ "    Countersign-Cancel: web/x " D, "first column", DECISION_CANCEL, 1, 1 },
	{ "`" GOOD "`", "first column", DECISION_APPROVE, 1, 0 },
	/* look-alikes */
	{ "\xef\xbc\xa3ountersign-Approve: web/x " D, "plain ASCII", DECISION_APPROVE, 1, 1 },
	{ "\xef\xbd\x83\xef\xbd\x8f\xef\xbd\x95\xef\xbd\x8e\xef\xbd\x94\xef\xbd\x85\xef\xbd\x92"
	  "\xef\xbd\x93\xef\xbd\x89\xef\xbd\x87\xef\xbd\x8e\xef\xbc\x8d\xef\xbd\x81\xef\xbd\x90"
	  "\xef\xbd\x90\xef\xbd\x92\xef\xbd\x8f\xef\xbd\x96\xef\xbd\x85\xef\xbc\x9a web/x " D,
	  "plain ASCII", DECISION_APPROVE, 1, 1 },
	{ "Countersign\xe2\x80\x90" "Approve: web/x " D, "plain ASCII", DECISION_APPROVE, 1, 1 },
	{ "Countersign\xe2\x80\x91" "Approve: web/x " D, "plain ASCII", DECISION_APPROVE, 1, 1 },
	{ "Countersign\xe2\x88\x92" "Approve: web/x " D, "plain ASCII", DECISION_APPROVE, 1, 1 },
	{ "Countersign-Approve\xef\xbc\x9a web/x " D, "plain ASCII", DECISION_APPROVE, 1, 1 },
	{ "Countersign-Approve:\xc2\xa0web/x " D, "plain ASCII", DECISION_APPROVE, 1, 1 },
	{ "Countersign-Approve: web/x\xe3\x80\x80" D, "plain ASCII", DECISION_APPROVE, 1, 1 },
	{ "Countersign-App\xe2\x80\x8brove: web/x " D, "plain ASCII", DECISION_APPROVE, 1, 1 },
	{ "Countersign-Approve\xe2\x88\xb6 web/x " D, "plain ASCII", DECISION_APPROVE, 1, 1 },
	{ "Countersign-Approve\xea\x9e\x89 web/x " D, "plain ASCII", DECISION_APPROVE, 1, 1 },
	{ "Countersign\xe2\x80\x95" "Approve: web/x " D, "plain ASCII", DECISION_APPROVE, 1, 1 },
	{ "Countersign\xef\xb9\x98" "Approve: web/x " D, "plain ASCII", DECISION_APPROVE, 1, 1 },
	{ "Countersign\xef\xb9\xa3" "Approve: web/x " D, "plain ASCII", DECISION_APPROVE, 1, 1 },
	{ "Countersign-Approve:\xe2\x80\x89web/x " D, "plain ASCII", DECISION_APPROVE, 1, 1 },
	{ "Countersign-Approve:\xe2\x80\xafweb/x " D, "plain ASCII", DECISION_APPROVE, 1, 1 },
	{ "\xe2\x98\x83 Countersign-Approve: web/x " D, "first column",
	  DECISION_APPROVE, 1, 1 },
	{ "# " GOOD, "first column", DECISION_APPROVE, 1, 1 },
	{ "[ ] " GOOD, "first column", DECISION_APPROVE, 1, 1 },
	{ "\xe2\x98\x83 \xe2\x98\x83" GOOD, "first column", DECISION_APPROVE, 1, 1 },
	{ "\xff" GOOD, "\"Countersign-Approve\" is", DECISION_APPROVE, 1, 1 },
	{ "\xef\xbb\xbf" GOOD, "plain ASCII", DECISION_APPROVE, 1, 1 },
	{ "\xe2\x80\xae" GOOD, "plain ASCII", DECISION_APPROVE, 1, 1 },
	/* between the words */
	{ "Countersign-Approve : web/x " D, "before its colon", DECISION_APPROVE, 1, 1 },
	{ "Countersign-Approve:web/x " D, "colon is not followed by one space", DECISION_APPROVE, 1, 1 },
	{ "Countersign-Approve:\tweb/x " D, "colon is not followed", DECISION_APPROVE, 1, 1 },
	{ "Countersign-Approve web/x " D, "not followed by a colon", DECISION_APPROVE, 1, 1 },
	{ "Countersign-Approve:  web/x " D, "exactly one space", DECISION_APPROVE, 1, 1 },
	{ "Countersign-Approve: web/x  " D, "exactly one space", DECISION_APPROVE, 1, 1 },
	{ "Countersign-Approve: web/x\t" D, "exactly one space", DECISION_APPROVE, 1, 1 },
	{ "Countersign-Configuration:  " D, "exactly one space", DECISION_NONE, 0, 1 },
	{ GOOD " ", "blanks stand at its end", DECISION_APPROVE, 1, 1 },
	{ GOOD "\t", "exactly one space", DECISION_APPROVE, 1, 1 },
	{ GOOD "\r", "CR LF", DECISION_APPROVE, 1, 1 },
	{ "countersign-approve: web/x " D "\r", "CR LF", DECISION_APPROVE, 1, 1 },
	/* next to what looks alike */
	{ GOOD "\xef\xbc\x81", "plain ASCII", DECISION_APPROVE, 1, 0 },
	{ GOOD "\xef\xbc\x80", "no hex digit", DECISION_APPROVE, 1, 0 },
	{ GOOD "\xef\xbd\x9e", "plain ASCII", DECISION_APPROVE, 1, 0 },
	{ GOOD "\xef\xbd\x9f", "no hex digit", DECISION_APPROVE, 1, 0 },
	{ GOOD "\xe2\x80\x96", "no hex digit", DECISION_APPROVE, 1, 0 },
	{ GOOD "\xe2\x80\x80", "plain ASCII", DECISION_APPROVE, 1, 1 },
	{ GOOD "\xe1\xbf\xbe", "no hex digit", DECISION_APPROVE, 1, 0 },
	{ GOOD "\xe2\x80\x8a", "plain ASCII", DECISION_APPROVE, 1, 1 },
	/* the words */
	{ "Countersign-Approve: web/x", "digest is missing", DECISION_APPROVE, 1, 0 },
	{ "Countersign-Approve:", "colon is not followed", DECISION_APPROVE, 0, 0 },
	{ "Countersign-Approve: ", "blanks stand at its end", DECISION_APPROVE, 0, 0 },
	{ "Countersign-Approve: " D, "id is missing", DECISION_APPROVE, 0, 1 },
	{ "Countersign-Approve: " D " web/x", "no request's id", DECISION_APPROVE, 1, 1 },
	{ "Countersign-Configuration: web/x " D, "more stands in it", DECISION_NONE, 0, 1 },
	{ "Countersign-Configuration: x", "no digest", DECISION_NONE, 0, 0 },
	{ GOOD " please", "more stands in it", DECISION_APPROVE, 1, 1 },
	{ GOOD " " D, "more stands in it", DECISION_APPROVE, 1, 1 },
	{ "Countersign-Approve: web/X " D, "\"web/X\" is no request's id", DECISION_APPROVE, 0, 1 },
	{ "Countersign-Approve: ../x " D, "no request's id", DECISION_APPROVE, 0, 1 },
	{ "Countersign-Approve: /web/x " D, "no request's id", DECISION_APPROVE, 0, 1 },
	{ "Countersign-Approve: web//x " D, "no request's id", DECISION_APPROVE, 0, 1 },
	{ "Countersign-Approve: web/x/ " D, "no request's id", DECISION_APPROVE, 0, 1 },
	{ "Countersign-Approve: requests/web/x.yaml/y " D, "no request's id", DECISION_APPROVE, 0, 1 },
	{ "Countersign-Approve: w\x1b[2Jx " D, "\"w\\x1b[2Jx\" is no request's id",
	  DECISION_APPROVE, 0, 1 },
	{ "Countersign-Approve: web/x " HEX, "lacks \"sha256:\"", DECISION_APPROVE, 1, 0 },
	{ "Countersign-Approve: web/x SHA256:" HEX, "no digest: expected", DECISION_APPROVE, 1, 0 },
	{ "Countersign-Approve: web/x sha512:" HEX, "no digest: expected", DECISION_APPROVE, 1, 0 },
	{ "Countersign-Approve: web/x sha256:" UPPER, "capital letters", DECISION_APPROVE, 1, 0 },
	{ "Countersign-Approve: web/x sha256:0123456789ab", "12 hex digits and not 64: it is cut short",
	  DECISION_APPROVE, 1, 0 },
	{ "Countersign-Approve: web/x 0123456789ab", "is no digest: expected", DECISION_APPROVE, 1, 0 },
	{ "Countersign-Approve: web/x latest", "is no digest: expected", DECISION_APPROVE, 1, 0 },
	{ GOOD "0", "65 hex digits and not 64: it is too long", DECISION_APPROVE, 1, 0 },
	{ "Countersign-Approve: web/x sha256:", "0 hex digits", DECISION_APPROVE, 1, 0 },
	{ "Countersign-Approve: web/x sha256:0123\xe2\x80\xa6", "no hex digit", DECISION_APPROVE, 1, 0 },
	{ GOOD ".", "no hex digit", DECISION_APPROVE, 1, 0 },
	{ "Countersign-Approve: web/x sha256:g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	  "no hex digit", DECISION_APPROVE, 1, 0 },
	{ "Countersign-Approve: web/x LGTM", "\"LGTM\" is no digest", DECISION_APPROVE, 1, 0 },
	{ "Countersign-Withdraw: web/x " HEX, "lacks \"sha256:\"", DECISION_WITHDRAW, 1, 0 },
};

static void
near_misses_are_explained(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(near_misses) / sizeof(near_misses[0]); i++) {
		const struct near_miss *expected = &near_misses[i];
		struct trailers found = read(text_printf(arena, "Title\n\nBy: x\n%s\n", expected->line));
		struct trailer trailer;

		if (found.count != 1 || found.at[0].kind != TRAILER_NEAR_MISS)
			fail_msg("\"%s\": %zu found, expected one near miss", expected->line, found.count);
		trailer = found.at[0];
		if (strstr(text_string(arena, trailer.why), expected->why) == NULL)
			fail_msg("\"%s\": expected \"%s\" in \"%.*s\"", expected->line, expected->why,
			    TEXT_ARGUMENTS(trailer.why));
		if (trailer.decision != expected->decision ||
		    text_is(trailer.request, "web/x") != expected->request ||
		    text_is(trailer.digest, D) != expected->digest)
			fail_msg("\"%s\": decision %d, request %.*s, digest %.*s", expected->line,
			    trailer.decision, TEXT_ARGUMENTS(trailer.request),
			    TEXT_ARGUMENTS(trailer.digest));
		/* what it should have been */
		if (trailer.decision != DECISION_NONE)
			assert_non_null(strstr(text_string(arena, trailer.why),
			    "; expected: Countersign-"));
		assert_true(text_is(trailer.line, expected->line));
		/* safe to show whatever stood there */
		assert_true(text_is_utf8(trailer.why));
		assert_null(memchr(trailer.why.at, '\033', trailer.why.length));
		assert_true(trailers_hinted(text_of(expected->line)));
	}
}

static void
misplaced_trailers_are_explained(void **state)
{
	static const struct {
		const char *message;
		const char *why;
	} cases[] = {
		{ GOOD "\n\nSigned-off-by: x\n", "last paragraph of the message" },
		{ "T\n\n" GOOD "\n\nmore prose\n", "last paragraph of the message" },
		{ "T\n\n" GOOD "\n\n---\n", "last paragraph of the message" },
		{ "T\n\n" GOOD "\n\t\n* another commit\n", "last paragraph of the message" },
		{ "T\n\n" GOOD "\n folded\n", "next line continues it" },
		{ "T\n\n" GOOD "\n\tfolded\n", "next line continues it" },
		{ "T\n\n" GOOD "\n Signed-off-by: x\n", "next line continues it" },
		{ "T\n" GOOD "\n", "put an empty line above" },
		{ "T\n\nI approve\n" GOOD "\n", "\"I approve\"" },
		{ "T\n\n" GOOD "\nLGTM\n", "\"LGTM\"" },
		{ "T\n\n" GOOD "\n--\nsignature\n", "\"--\"" },
		{ "T\n\nx\033[2J\n" GOOD "\n", "\"x\\x1b[2J\"" },
		{ "T\n\n continued\n" GOOD "\n", "put an empty line above" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trailers found = read(text_of(cases[i].message));

		if (found.count != 1 || found.at[0].kind != TRAILER_NEAR_MISS ||
		    strstr(text_string(arena, found.at[0].why), cases[i].why) == NULL)
			fail_msg("\"%s\": %.*s", cases[i].message,
			    TEXT_ARGUMENTS(found.count ? found.at[0].why : TEXT("nothing")));
		assert_int_equal(found.at[0].meant, TRAILER_DECISION);
		assert_int_equal(found.at[0].decision, DECISION_APPROVE);
		assert_true(text_is(found.at[0].request, "web/x"));
		assert_true(text_is(found.at[0].digest, D));
	}
}

/* Lines of others, and prose, are neither trailers nor near misses. */
static void
others_are_left_alone(void **state)
{
	static const char *const lines[] = {
		"Approved-by: alice", "Approved-by: alice " D, "Reviewed-by: bob", "Signed-off-by: c",
		"Countersigned-by: dave", "countersign: fix a typo in the policy",
		"countersign is what decides here", "the trailer Countersign-Approve: is for approvals",
		"Countersign-Approve is a trailer", "Digest: " D, D, "sha256:", "image@" D,
		"Countersign-Input: 0123456789", "Countersign-Time: 2026-01-01T00:00:00Z",
		"Countersign-Configuration-Trusted: 3 " D, "Countersign-Ledger: 7 " HEX,
		"\xef\xbc\xa3", "\xef\xbd\x83\xef\xbd\x8f", "C", "count", "s", "sha25", "",
		"a " GOOD, "z " GOOD, "A " GOOD, "Z " GOOD, "0 " GOOD, "9 " GOOD,
		"A-key-that-is-very-long-and-goes-on-and-on-and-on-and-on-and-on-and-on-and-on: " D,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct trailers found = read(text_printf(arena, "Title\n\n%s\n", lines[i]));

		if (found.count != 0)
			fail_msg("\"%s\": %.*s", lines[i], TEXT_ARGUMENTS(found.at[0].why));
	}
}

static void
hint_is_cheap_and_wide(void **state)
{
	(void)state;
	assert_true(trailers_hinted(TEXT("x countersign-approve")));
	assert_true(trailers_hinted(TEXT("xCOUNTERSIGN")));
	assert_true(trailers_hinted(TEXT("Sha256")));
	assert_true(trailers_hinted(TEXT("\xef\xbc\xa3")));
	assert_true(trailers_hinted(TEXT("\xef\xbd\x83")));
	assert_false(trailers_hinted(TEXT("\xef\xbc\xa4")));
	assert_false(trailers_hinted(TEXT("countersig")));
	assert_false(trailers_hinted(TEXT("counter sign sha25 shared \xef")));
	assert_false(trailers_hinted(TEXT("")));
	assert_false(trailers_hinted((struct text){ NULL, 0 }));
}

/* --- request ids ------------------------------------------------------------------------ */

static void
request_ids_are_checked(void **state)
{
	static const char *const good[] = { "a", "0", "-", "_", "a.b", "a/b", "web/www-example-com",
		"a/b/c/d/e/f/g/h", "a.yaml", "x.sig", "a-", "a..b" };
	static const char *const bad[] = { "", "/", "a/", "/a", "a//b", ".", "..", "a/..", "../a",
		".a", "a/.b", "A", "a b", "a\tb", "a\nb", "a:b", "a\\b", "\xc3\xa4", "a%", "a+b", "a@b",
		"a.yaml/b", "a.pem/b", "a.crl/b", "a.sig/b", "a/b/c/d/e/f/g/h/i", "a/b.sig/c" };
	char *longest = arena_allocate(arena, 300);

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!request_id_valid(text_of(good[i])))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (request_id_valid(text_of(bad[i])))
			fail_msg("accepted: %s", bad[i]);
	assert_false(request_id_valid((struct text){ NULL, 0 }));
	assert_false(request_id_valid(TEXT("a\0b")));
	assert_false(request_id_valid(TEXT("\0")));
	memset(longest, 'a', 242);
	assert_false(request_id_valid(text_of(longest)));
	longest[241] = '\0';
	assert_true(request_id_valid(text_of(longest)));
}

/* --- bounds and fuzz by hand ---------------------------------------------------------------- */

static void
counts_are_bounded(void **state)
{
	struct buffer many = { .arena = arena };
	struct trailers found;

	(void)state;
	buffer_add(&many, TEXT("T\n\n"));
	for (int i = 0; i < 1024; i++)
		buffer_printf(&many, "Countersign-Approve: r%d " D "\n", i);
	found = read(buffer_text(&many));
	assert_int_equal(found.count, 1024);
	assert_int_equal(counting(&found), 1024);
	buffer_add(&many, TEXT(GOOD "\n" GOOD "\n"));
	found = read(buffer_text(&many));
	assert_int_equal(found.count, 1025);
	assert_int_equal(counting(&found), 1024);
	assert_non_null(strstr(text_string(arena, found.at[1024].why), "more than 1024 trailers"));
}

static void
many_doubtful_lines_cost_little(void **state)
{
	struct buffer many = { .arena = arena };
	struct trailers found;

	(void)state;
	buffer_add(&many, TEXT("T\n\n"));
	for (int i = 0; i < 60000; i++)
		buffer_add(&many, TEXT("sha256 sha256:\n"));
	buffer_add(&many, TEXT("countersign-approve: a " D "\n\n" GOOD "\n"));
	found = read(buffer_text(&many));
	/* the strict look is for every line; the search for near misses ends somewhere */
	assert_int_equal(found.count, 1);
	assert_int_equal(counting(&found), 1);
	for (int doubtful = 4095; doubtful <= 4096; doubtful++) {
		many.length = 0;
		for (int i = 0; i < doubtful; i++)
			buffer_add(&many, TEXT("sha256\n"));
		buffer_add(&many, TEXT("countersign-approve: a " D "\n"));
		found = read(buffer_text(&many));
		assert_int_equal(found.count, doubtful == 4095);
	}
}

/* Of what is quoted, and of a key, so much. */
static void
what_is_shown_is_bounded(void **state)
{
	static const struct { const char *format; int bytes; const char *shown; } cases[] = {
		{ "T\n\nx %0*d\n" GOOD, 118, "(\"x %0*d\")" },
		{ "T\n\nx %0*d\n" GOOD, 119, "(\"x %0118d…\")" },
		{ "T\n\nCountersign-Approve: X%0*d " D, 119, "\"X%0*d\" is no request's id" },
		{ "T\n\nCountersign-Approve: X%0*d " D, 120, "\"X%0119d…\" is no request's id" },
		{ "T\n\nCountersign-Approve: a X%0*d", 119, "\"X%0*d\" is no digest" },
		{ "T\n\nCountersign-Approve: a X%0*d", 120, "\"X%0119d…\" is no digest" },
		{ "T\n\nCountersign-%0*d: x", 52, "\"Countersign-%0*d\" is no trailer" },
		{ "T\n\nCountersign-%0*d: x", 53, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trailers found = read(text_printf(arena, cases[i].format, cases[i].bytes, 0));
		const char *expected = cases[i].shown;

		if (expected == NULL) {
			assert_int_equal(found.count, 0);
			continue;
		}
		assert_int_equal(found.count, 1);
		expected = strstr(expected, "*") != NULL ?
		    arena_printf(arena, expected, cases[i].bytes, 0) : arena_printf(arena, expected, 0);
		if (strstr(text_string(arena, found.at[0].why), expected) == NULL)
			fail_msg("%zu: expected %s in %.*s", i, expected, TEXT_ARGUMENTS(found.at[0].why));
	}
}

/* No change of one byte in the line is silently another trailer: it is none, a near miss, or another id. */
static void
every_byte_of_a_trailer_matters(void **state)
{
	static const char line[] = GOOD;

	(void)state;
	for (size_t i = 0; i < sizeof(line) - 1; i++) {
		for (int byte = 1; byte < 256; byte++) {
			char *changed = arena_copy(arena, line, sizeof(line) - 1);
			struct trailers found;

			if ((char)byte == line[i])
				continue;
			changed[i] = (char)byte;
			found = read(text_printf(arena, "T\n\n%s\n", changed));
			if (counting(&found) == 0)
				continue;
			assert_int_equal(found.count, 1);
			/* only the id or the digest can have become another well-formed one */
			assert_int_equal(found.at[0].decision, DECISION_APPROVE);
			assert_true(i >= strlen("Countersign-Approve: "));
			assert_false(text_is(found.at[0].request, "web/x") &&
			    text_is(found.at[0].digest, D));
		}
		if (i % 8 == 7) {
			arena_free(arena);
			arena = arena_new();
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_form_is_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_message_carries_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(comment_is_the_rest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(near_misses_are_explained, set_up, tear_down),
		cmocka_unit_test_setup_teardown(misplaced_trailers_are_explained, set_up, tear_down),
		cmocka_unit_test_setup_teardown(others_are_left_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(hint_is_cheap_and_wide, set_up, tear_down),
		cmocka_unit_test_setup_teardown(request_ids_are_checked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(counts_are_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many_doubtful_lines_cost_little, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_shown_is_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_byte_of_a_trailer_matters, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("trailer", tests, NULL, NULL);
}
