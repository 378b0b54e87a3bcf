/* From raw commits and signed files to decisions: who decided is who holds the key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "lib/authenticator.h"
#include "lib/ssh_fixture.h"
#include "trust/armour.h"
#include "trust/commit.h"
#include "trust/evidence.h"
#include "trust/evidence_parts.h"
#include "trust/sshkey.h"
#include "trust/wire.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define D "sha256:" HEX
#define REPOSITORY "00112233445566778899aabbccddeeff"
#define START "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n" \
	"author A U Thor <author@example.com> 1700000000 +0100\n" \
	"committer A U Thor <author@example.com> 1700000000 +0100\n"
#define APPROVE "Countersign-Approve: web/x " D "\n"

enum { NOW = 1800000000, PEOPLE = 5 };

/* alice and bob: Persons; bot: a Machine; mallory: known to nobody; twin: listed for two. */
static const char *const names[PEOPLE] = { "alice", "bob", "bot", "mallory", "twin" };

static struct arena *arena;
static EVP_PKEY *pairs[PEOPLE];
static struct configuration configuration;
static struct sighting sighting;

static struct identity *
add_identity(const char *name, EVP_PKEY *pair)
{
	struct identity *identity = ARRAY_ADD(arena, &configuration.identities);
	struct identity_key *key = ARRAY_ADD(arena, &identity->keys);

	identity->name = text_of(name);
	key->ssh = text_printf(arena, "ssh-ed25519 %.*s",
	    TEXT_ARGUMENTS(base64_encode(arena, test_key_blob(arena, pair, NULL))));
	return identity;
}

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new();
	configuration = (struct configuration){ .repository.id = TEXT(REPOSITORY) };
	for (int i = 0; i < PEOPLE; i++) {
		pairs[i] = test_key_new("ED25519");
		if (i < 3)
			add_identity(names[i], pairs[i]);
	}
	configuration.identities.at[2].kind = IDENTITY_MACHINE;
	add_identity("twin-one", pairs[4]);
	add_identity("twin-two", pairs[4]);
	identity_keys_resolve(arena, &configuration);
	sighting = (struct sighting){ &configuration, NOW, SOURCE_INBOX, TEXT("c0ffee") };
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < PEOPLE; i++)
		EVP_PKEY_free(pairs[i]);
	arena_free(arena);
	return 0;
}

static EVP_PKEY *
pair_of(const char *name)
{
	for (int i = 0; i < PEOPLE; i++)
		if (strcmp(names[i], name) == 0)
			return pairs[i];
	fail_msg("nobody is called %s", name);
	return NULL;
}

/* --- signing in the test's name ------------------------------------------------------- */

static struct text
signed_by(const char *name, const char *name_space, struct text message)
{
	struct crafted crafted = { .magic = "SSHSIG", .version = 1, .hash = TEXT("sha512"),
		.name_space = text_of(name_space) };
	EVP_PKEY *pair = pair_of(name);

	crafted.public_key = test_key_blob(arena, pair, NULL);
	crafted.signature = test_key_sign(arena, pair,
	    crafted_signed_data(arena, name_space, "sha512", message));
	return crafted_armour(arena, &crafted);
}

static struct text
commit_by(const char *name, const char *message)
{
	struct text raw = text_printf(arena, START "\n%s", message);

	return raw_commit_with_signature(arena, raw, signed_by(name, "git", raw));
}

static struct evidence
judged(struct text raw)
{
	struct evidence evidence = { 0 };

	evidence_from_commit(arena, &sighting, raw, &evidence);
	return evidence;
}

static void
assert_counts(const struct evidence *evidence, size_t decisions, size_t ignored)
{
	if (evidence->decisions.count + evidence->configuration_signatures.count +
	    evidence->request_signatures.count != decisions ||
	    evidence->ignored.count != ignored)
		fail_msg("%zu decisions, %zu on configurations, %zu on requests, %zu ignored (%.*s)",
		    evidence->decisions.count, evidence->configuration_signatures.count,
		    evidence->request_signatures.count, evidence->ignored.count,
		    TEXT_ARGUMENTS(evidence->ignored.count ? evidence->ignored.at[0].why : TEXT("")));
}

static void
assert_ignored(const struct evidence *evidence, const char *who, const char *words, bool alarm)
{
	const struct ignored *ignored;

	assert_counts(evidence, 0, 1);
	ignored = &evidence->ignored.at[0];
	if (!text_is(ignored->who, who))
		fail_msg("\"%.*s\" and not \"%s\"", TEXT_ARGUMENTS(ignored->who), who);
	if (strstr(text_string(arena, ignored->why), words) == NULL)
		fail_msg("expected \"%s\" in \"%.*s\"", words, TEXT_ARGUMENTS(ignored->why));
	assert_int_equal(ignored->alarm, alarm);
	assert_true(text_is(ignored->commit, "c0ffee"));
	assert_int_equal(ignored->observed_at, NOW);
	assert_true(text_is_utf8(ignored->why) && text_is_utf8(ignored->what));
	assert_null(memchr(ignored->what.at, '\033', ignored->what.length));
}

/* --- commits: what counts --------------------------------------------------------------- */

static void
signed_commits_decide(void **state)
{
	struct text raw = commit_by("alice", "LGTM\n\nwell done\n\n" APPROVE
	    "Countersign-Reject: b " D "\nSigned-off-by: x\n");
	struct evidence evidence = judged(raw);
	const struct verified_decision *decision;
	struct raw_commit commit;
	struct text why;

	(void)state;
	assert_counts(&evidence, 2, 0);
	decision = &evidence.decisions.at[0];
	assert_true(text_is(decision->by, "alice"));
	assert_true(text_equal(decision->key,
	    configuration.identities.at[0].keys.at[0].fingerprint));
	assert_int_equal(decision->decision, DECISION_APPROVE);
	assert_true(text_is(decision->request, "web/x"));
	assert_true(text_is(decision->digest, D));
	assert_true(text_is(decision->comment, "LGTM\n\nwell done\n\nSigned-off-by: x"));
	assert_int_equal(decision->observed_at, NOW);
	assert_int_equal(decision->source, SOURCE_INBOX);
	assert_true(text_is(decision->where, "c0ffee"));
	assert_true(raw_commit_parse(arena, raw, &commit, &why));
	assert_true(text_equal(decision->evidence, digest_sha256_hex(arena, commit.signed_bytes)));
	assert_int_equal(evidence.decisions.at[1].decision, DECISION_REJECT);
	assert_true(text_equal(evidence.decisions.at[1].evidence, decision->evidence));
}

static void
every_kind_of_statement_is_taken(void **state)
{
	struct evidence evidence = judged(commit_by("bob", APPROVE
	    "Countersign-Reject: b " D "\nCountersign-Withdraw: b " D "\nCountersign-Cancel: b " D
	    "\nCountersign-Request: b " D "\nCountersign-Configuration: " D
	    "\nCountersign-Configuration-Withdraw: " D "\n"));

	(void)state;
	assert_counts(&evidence, 7, 0);
	assert_int_equal(evidence.decisions.count, 4);
	assert_int_equal(evidence.decisions.at[2].decision, DECISION_WITHDRAW);
	assert_int_equal(evidence.decisions.at[3].decision, DECISION_CANCEL);
	assert_false(text_present(evidence.decisions.at[0].comment));
	assert_int_equal(evidence.request_signatures.count, 1);
	assert_true(text_is(evidence.request_signatures.at[0].sha256, HEX));
	assert_true(text_is(evidence.request_signatures.at[0].request, "b"));
	assert_true(text_is(evidence.request_signatures.at[0].by, "bob"));
	assert_true(text_equal(evidence.request_signatures.at[0].evidence,
	    evidence.decisions.at[0].evidence));
	assert_int_equal(evidence.configuration_signatures.count, 2);
	assert_false(evidence.configuration_signatures.at[0].withdraw);
	assert_true(evidence.configuration_signatures.at[1].withdraw);
	assert_true(text_is(evidence.configuration_signatures.at[0].digest, D));
	assert_true(text_is(evidence.configuration_signatures.at[0].by, "bob"));
	assert_int_equal(evidence.configuration_signatures.at[0].observed_at, NOW);
}

static void
the_same_line_counts_once(void **state)
{
	struct evidence evidence = judged(commit_by("alice", APPROVE APPROVE APPROVE));

	(void)state;
	assert_counts(&evidence, 1, 0);
	/* nor behind another */
	evidence = judged(commit_by("alice", APPROVE "Countersign-Reject: a " D "\n" APPROVE
	    "Countersign-Reject: a " D "\n"));
	assert_counts(&evidence, 2, 0);
}

static void
commits_without_trailers_say_nothing(void **state)
{
	static const char *const messages[] = { "", "Title\n", "countersign is good\n",
		"Digest: " D "\n", "Countersign-Input: x\n" };
	struct evidence evidence;

	(void)state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		evidence = judged(commit_by("alice", messages[i]));
		assert_counts(&evidence, 0, 0);
		evidence = judged(text_printf(arena, START "\n%s", messages[i]));
		assert_counts(&evidence, 0, 0);
	}
	evidence = judged(TEXT(""));
	assert_counts(&evidence, 0, 0);
	evidence = judged((struct text){ NULL, 0 });
	assert_counts(&evidence, 0, 0);
	evidence = judged(TEXT("countersign-approve: x"));
	assert_counts(&evidence, 0, 0);
	/* headers are no message */
	evidence = judged(TEXT(START "x " APPROVE "\nTitle\n"));
	assert_counts(&evidence, 0, 0);
}

static void
names_in_commits_mean_nothing(void **state)
{
	struct text raw = TEXT("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
	    "author bob <bob@example.com> 1 +0000\ncommitter bob <bob@example.com> 1 +0000\n\n" APPROVE);
	struct evidence evidence = judged(raw_commit_with_signature(arena, raw,
	    signed_by("alice", "git", raw)));

	(void)state;
	assert_counts(&evidence, 1, 0);
	assert_true(text_is(evidence.decisions.at[0].by, "alice"));
}

static void
comments_are_safe_to_show(void **state)
{
	struct evidence evidence = judged(commit_by("alice",
	    "\033[2Jhi\xff\xe2\x80\xae\r\nsecond\tline\n\n" APPROVE));
	struct buffer long_message = { .arena = arena };
	struct text comment;

	(void)state;
	assert_counts(&evidence, 1, 0);
	comment = evidence.decisions.at[0].comment;
	if (!text_is(comment, "\\x1b[2Jhi\\xff\\u{202e}\nsecond\\x09line"))
		fail_msg("%.*s", TEXT_ARGUMENTS(comment));
	for (int i = 0; i < 1000; i++)
		buffer_add(&long_message, TEXT("a line of some length\n"));
	buffer_add(&long_message, TEXT("\n" APPROVE));
	evidence = judged(commit_by("alice", text_string(arena, buffer_text(&long_message))));
	assert_counts(&evidence, 1, 0);
	assert_true(evidence.decisions.at[0].comment.length < 4200);
}

/* To the byte, whether it is one line or many. */
static void
comments_have_their_length(void **state)
{
	static const char *const formats[] = { "%04096d", "%04096d\nmore", "%04095d\nmore", "%04097d" };
	static const char *const kept[] = { "%04096d", "%04096d", "%04095d\n…", "%04096d…" };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct text comment = comment_kept(arena, text_printf(arena, formats[i], 0));

		if (!text_equal(comment, text_printf(arena, kept[i], 0)))
			fail_msg("%d: %zu bytes", i, comment.length);
	}
	assert_false(text_present(comment_kept(arena, TEXT(""))));
}

/* --- commits: what does not ---------------------------------------------------------------- */

static void
unsigned_commits_are_shown_with_their_likely_cause(void **state)
{
	static const struct {
		const char *headers, *message, *words;
	} cases[] = {
		{ START, APPROVE, "the commit is not signed; sign the decision again" },
		{ START, "Approve www (#12)\n\n" APPROVE, "squash by a forge" },
		{ START, "Approve www (!12)\n\n" APPROVE, "squash by a forge" },
		{ START, "Approve www (and more)\n\n" APPROVE, "the commit is not signed; sign" },
		{ START, "Merge branch x into y\n\nSee merge request a/b!3\n\n" APPROVE,
		  "squash by a forge" },
		{ START, "Squashed commit of the following:\n\n" APPROVE, "squash by a forge" },
		{ START, "T\n\nReviewed-on: https://x/pulls/3\n" APPROVE, "squash by a forge" },
		{ START, "T\n\n* one\n\n* two\n\n" APPROVE, "squash by a forge" },
		{ "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@x> 1 +0000\n"
		  "committer GitHub <noreply@github.com> 1 +0000\n", APPROVE, "rebase" },
		{ "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
		  "parent 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@x> 1 +0000\n"
		  "committer A <a@x> 1 +0000\n", APPROVE, "the commit is not signed; sign the decision" },
		{ "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
		  "parent 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
		  "parent 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@x> 1 +0000\n"
		  "committer A <a@x> 1 +0000\n", APPROVE, "merge commit is not signed" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct evidence evidence = judged(text_printf(arena, "%s\n%s", cases[i].headers,
		    cases[i].message));

		assert_ignored(&evidence, "somebody unknown", cases[i].words, false);
		assert_non_null(strstr(text_string(arena, evidence.ignored.at[0].why),
		    "survives squash and rebase"));
		assert_true(text_is(evidence.ignored.at[0].what, "approve sha256:0123456789ab\xe2\x80\xa6"));
		assert_true(text_is(evidence.ignored.at[0].request, "web/x"));
	}
}

/* Anybody may push such a commit: what it costs must not be for him to say. */
static void
of_many_unsigned_trailers_some_are_shown(void **state)
{
	static const char *const last[] = { "Approve", "Reject", "Configuration-Withdraw" };

	(void)state;
	for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
		struct buffer raw = { .arena = arena };
		struct evidence evidence;

		buffer_printf(&raw, "%s\nT\n\n", START);
		for (int j = 0; j < 200; j++)
			buffer_printf(&raw, "Countersign-Approve: a%d %s\n", j, D);
		buffer_printf(&raw, "Countersign-%s: %s%s\n", last[i], i == 2 ? "" : "z ", D);
		evidence = judged(buffer_text(&raw));
		assert_counts(&evidence, 0, 65);
		assert_true(text_is(evidence.ignored.at[63].request, "a63"));
		assert_true(text_is(evidence.ignored.at[64].what, "137 more trailers"));
		assert_true(text_starts_with(evidence.ignored.at[64].why, "the commit is not signed"));
		assert_int_equal(evidence.ignored.at[64].alarm, i > 0);
	}
}

static void
lost_protests_raise_an_alarm(void **state)
{
	static const struct {
		const char *line, *what, *remedy;
		bool alarm;
	} cases[] = {
		{ "Countersign-Approve: a " D, "approve sha256:0123456789ab\xe2\x80\xa6", "--push", false },
		{ "Countersign-Reject: a " D, "reject sha256:0123456789ab\xe2\x80\xa6", "--file", true },
		{ "Countersign-Withdraw: a " D, "withdraw sha256:0123456789ab\xe2\x80\xa6", "--push", true },
		{ "Countersign-Cancel: a " D, "cancel sha256:0123456789ab\xe2\x80\xa6", "--push", true },
		{ "Countersign-Request: a " D, "sign sha256:0123456789ab\xe2\x80\xa6", "--resign", false },
		{ "Countersign-Configuration: " D,
		  "approve configuration sha256:0123456789ab\xe2\x80\xa6", "configuration approve", false },
		{ "Countersign-Configuration-Withdraw: " D,
		  "withdraw configuration sha256:0123456789ab\xe2\x80\xa6", "configuration withdraw", true },
		/* near misses of the same */
		{ "countersign-reject: a " D, "countersign-reject: a " D, "Countersign-Reject", true },
		{ "Countersign-Cancelled: a " D, "Countersign-Cancelled: a " D, "Countersign-Cancel",
		  true },
		{ "Countersign-Approved: a " D, "Countersign-Approved: a " D, "Countersign-Approve",
		  false },
		{ "Countersign-Configuration-Withdrawn: " D, "Countersign-Configuration-Withdrawn: " D,
		  "configuration withdraw", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct evidence evidence = judged(text_printf(arena, START "\nT\n\n%s\n", cases[i].line));

		assert_ignored(&evidence, "somebody unknown", cases[i].remedy, cases[i].alarm);
		if (!text_is(evidence.ignored.at[0].what, cases[i].what))
			fail_msg("\"%.*s\"", TEXT_ARGUMENTS(evidence.ignored.at[0].what));
	}
}

static void
near_misses_in_signed_commits_name_the_signer(void **state)
{
	struct evidence evidence = judged(commit_by("alice", "T\n\ncountersign-reject: web/x " D "\n"));

	(void)state;
	assert_ignored(&evidence, "alice", "must be \"Countersign-Reject\"", true);
	assert_true(text_is(evidence.ignored.at[0].request, "web/x"));
	evidence = judged(commit_by("alice", APPROVE "\nSigned-off-by: x\n"));
	assert_ignored(&evidence, "alice", "last paragraph", false);
	assert_null(strstr(text_string(arena, evidence.ignored.at[0].why), "not signed"));
	evidence = judged(commit_by("alice", "T\n\ncountersign-approve: \033x " D "\n"));
	assert_ignored(&evidence, "alice", "capitals", false);
	assert_false(text_present(evidence.ignored.at[0].request));
	/* so much of it is shown */
	evidence = judged(commit_by("alice", arena_printf(arena, "T\n\nCountersign-Approve: %0139d\n", 0)));
	assert_true(text_equal(evidence.ignored.at[0].what,
	    text_printf(arena, "Countersign-Approve: %0139d", 0)));
	evidence = judged(commit_by("alice", arena_printf(arena, "T\n\nCountersign-Approve: %0140d\n", 0)));
	assert_true(text_equal(evidence.ignored.at[0].what,
	    text_printf(arena, "Countersign-Approve: %0139d…", 0)));
	/* the rest of the commit counts */
	evidence = judged(commit_by("alice", "T\n\n" APPROVE "Countersign-Approved: b " D "\n"));
	assert_counts(&evidence, 1, 1);
}

static void
malformed_commits_are_shown(void **state)
{
	struct evidence evidence = judged(TEXT("tree x\n\n" APPROVE));

	(void)state;
	assert_ignored(&evidence, "somebody unknown", "malformed: its first header", false);
	evidence = judged(TEXT("\n\n" APPROVE));
	assert_ignored(&evidence, "somebody unknown", "malformed", false);
	evidence = judged(TEXT(START "gpgsig A\ngpgsig B\n\nCountersign-Cancel: a " D "\n"));
	assert_ignored(&evidence, "somebody unknown", "two signatures", true);
	evidence = judged(TEXT(START "\nCountersign-Reject: a " D "\n\0"));
	assert_int_equal(evidence.ignored.count, 1);
	assert_true(evidence.ignored.at[0].alarm);
}

static void
bad_signatures_are_shown(void **state)
{
	struct text raw = TEXT(START "\n" APPROVE), other = TEXT(START "\nother\n" APPROVE);
	struct evidence evidence;

#define WITH(armour) raw_commit_with_signature(arena, raw, armour)
	(void)state;
	evidence = judged(WITH(signed_by("alice", "git", other)));
	assert_ignored(&evidence, "alice", "does not match", false);
	evidence = judged(WITH(signed_by("alice", "countersign", raw)));
	assert_ignored(&evidence, "somebody unknown", "namespace \"countersign\"", false);
	evidence = judged(WITH(signed_by("alice", "file", raw)));
	assert_ignored(&evidence, "somebody unknown", "only \"git\" counts", false);
	evidence = judged(WITH(signed_by("mallory", "git", raw)));
	assert_int_equal(evidence.ignored.count, 1);
	assert_true(text_starts_with(evidence.ignored.at[0].who, "the holder of SHA256:"));
	assert_non_null(strstr(text_string(arena, evidence.ignored.at[0].why), "belongs to nobody"));
	evidence = judged(WITH(signed_by("twin", "git", raw)));
	assert_non_null(strstr(text_string(arena, evidence.ignored.at[0].why),
	    "more than one identity"));
	evidence = judged(WITH(TEXT("-----BEGIN SSH SIGNATURE-----\nAAAA\n"
	    "-----END SSH SIGNATURE-----\n")));
	assert_ignored(&evidence, "somebody unknown", "does not hold an SSH signature", false);
	evidence = judged(WITH(text_printf(arena, "%.*s\nmore",
	    TEXT_ARGUMENTS(signed_by("alice", "git", raw)))));
	assert_ignored(&evidence, "somebody unknown", "behind the armour", false);
	evidence = judged(WITH(TEXT("-----BEGIN PGP SIGNATURE-----\n\niQ==\n"
	    "-----END PGP SIGNATURE-----\n")));
	assert_ignored(&evidence, "somebody unknown", "OpenPGP packet is cut short", false);
	evidence = judged(WITH(TEXT("-----BEGIN SIGNED MESSAGE-----\nAA==\n"
	    "-----END SIGNED MESSAGE-----\n")));
	assert_ignored(&evidence, "somebody unknown", "does not hold a CMS message", false);
	evidence = judged(WITH(TEXT("-----BEGIN CMS-----\nAA==\n-----END CMS-----\n")));
	assert_ignored(&evidence, "somebody unknown", "does not hold a CMS message", false);
	evidence = judged(WITH(TEXT("-----BEGIN PKCS7-----\nAA==\n-----END PKCS7-----\n")));
	assert_ignored(&evidence, "somebody unknown", "does not hold a CMS message", false);
	evidence = judged(WITH(TEXT("garbage")));
	assert_ignored(&evidence, "somebody unknown", "first line", false);
	evidence = judged(TEXT(START "gpgsig \n\n" APPROVE));
	assert_ignored(&evidence, "somebody unknown", "first line", false);
#undef WITH
}

/* A security key in an identity whose entry wants to know who touches it. */
static void
users_are_verified_where_the_entry_says_so(void **state)
{
	struct crafted crafted = { .magic = "SSHSIG", .version = 1, .hash = TEXT("sha512"),
		.name_space = TEXT("git") };
	struct authenticator device = { .key = pair_of("mallory"), .application = "ssh:",
		.flags = 1, .counter = 1 };
	struct identity *dora = ARRAY_ADD(arena, &configuration.identities);
	struct identity_key *key = ARRAY_ADD(arena, &dora->keys);
	struct text raw = TEXT(START "\nTitle\n\n" APPROVE);
	struct evidence evidence;

	(void)state;
	dora->name = TEXT("dora");
	crafted.public_key = test_key_blob(arena, device.key, "ssh:");
	key->ssh = text_printf(arena, "sk-ssh-ed25519@openssh.com %.*s",
	    TEXT_ARGUMENTS(base64_encode(arena, crafted.public_key)));
	for (int required = 0; required < 2; required++)
		for (device.flags = 1; device.flags <= 5; device.flags = (uint8_t)(device.flags + 4)) {
			key->user_verification = required ? USER_VERIFICATION_REQUIRED :
			    USER_VERIFICATION_OPTIONAL;
			identity_keys_resolve(arena, &configuration);
			crafted.signature = authenticator_sign(arena, &device,
			    crafted_signed_data(arena, "git", "sha512", raw));
			evidence = judged(raw_commit_with_signature(arena, raw,
			    crafted_armour(arena, &crafted)));
			if (required && device.flags == 1)
				assert_ignored(&evidence, "dora", "without verifying the user", false);
			else
				assert_counts(&evidence, 1, 0);
		}
	/* and only where a key can do that */
	configuration.reasons.count = 0;
	configuration.identities.at[0].keys.at[0].user_verification = USER_VERIFICATION_REQUIRED;
	identity_keys_resolve(arena, &configuration);
	assert_string_equal(configuration.reasons.at[0].code, "UnusableKey");
}

/* The armour in the message is no signature, and a decision added to a signed message is none. */
static void
messages_cannot_be_extended(void **state)
{
	struct text raw = TEXT(START "\nTitle\n\n"), armour = signed_by("alice", "git", raw);
	struct evidence evidence;

	(void)state;
	evidence = judged(text_printf(arena, "%.*s" APPROVE,
	    TEXT_ARGUMENTS(raw_commit_with_signature(arena, raw, armour))));
	assert_ignored(&evidence, "alice", "does not match", false);
	evidence = judged(text_printf(arena, START "\nTitle\n\n%.*s\n" APPROVE, TEXT_ARGUMENTS(armour)));
	assert_ignored(&evidence, "somebody unknown", "not signed", false);
	/* a header below the signature is signed, too */
	evidence = judged(text_printf(arena, START "gpgsig x\n\n\ngpgsig %.*s\n\n" APPROVE,
	    TEXT_ARGUMENTS(armour)));
	assert_ignored(&evidence, "somebody unknown", "first line", false);
}

static void
every_byte_of_a_signed_commit_matters(void **state)
{
	struct text raw = commit_by("alice", "T\n\n" APPROVE);

	(void)state;
	for (size_t i = 0; i < raw.length; i++) {
		struct evidence evidence = { 0 };
		struct arena *pass = arena_new();
		char *damaged = text_string(pass, raw);

		damaged[i] = (char)(damaged[i] ^ 1);
		evidence_from_commit(pass, &sighting, (struct text){ damaged, raw.length }, &evidence);
		if (evidence.decisions.count != 0)
			fail_msg("byte %zu does not matter", i);
		arena_free(pass);
	}
}

/* --- keys and time ---------------------------------------------------------------------------- */

static void
keys_are_judged_when_observed(void **state)
{
	static const struct {
		moment after, before;
		const char *words;      /* NULL: counts */
	} cases[] = {
		{ 0, 0, NULL }, { NOW, 0, NULL }, { 0, NOW + 1, NULL }, { NOW, NOW + 1, NULL },
		{ NOW + 1, 0, "valid from 2027-01-15T08:00:01Z" },
		{ 0, NOW, "valid only before 2027-01-15T08:00:00Z" },
		{ 1, NOW - 1, "valid only before" }, { NOW, NOW, "valid only before" }, { NOW + 1, NOW + 2, "valid from" },
	};
	struct text raw = commit_by("alice", APPROVE);
	struct identity_key *key = &configuration.identities.at[0].keys.at[0];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct evidence evidence;

		key->valid_after = cases[i].after;
		key->valid_before = cases[i].before;
		evidence = judged(raw);
		if (cases[i].words == NULL)
			assert_counts(&evidence, 1, 0);
		else
			assert_ignored(&evidence, "alice", cases[i].words, false);
	}
	/* the same key twice, once valid: that it is listed twice is another reason's business */
	{
		struct identity_key *again = ARRAY_ADD(arena, &configuration.identities.at[0].keys);
		struct evidence evidence;

		key = &configuration.identities.at[0].keys.at[0];
		again->fingerprint = key->fingerprint;
		key->valid_after = 0;
		key->valid_before = 1;
		evidence = judged(raw);
		assert_counts(&evidence, 1, 0);
		again->valid_after = NOW + 5;
		evidence = judged(raw);
		assert_ignored(&evidence, "alice", "valid only before", false);
	}
}

/* So much of a name is shown. */
static void
long_names_are_cut(void **state)
{
	struct text raw = commit_by("alice", APPROVE);
	struct evidence evidence;

	(void)state;
	configuration.identities.at[0].keys.at[0].valid_before = 1;
	for (int more = 0; more < 2; more++) {
		const char *shown = arena_printf(arena, "%0128d%s", 0, more == 0 ? "" : "…");

		configuration.identities.at[0].name = text_printf(arena, "%0*d", 128 + more, 0);
		evidence = judged(raw);
		assert_ignored(&evidence, shown, arena_printf(arena, "this key of %s is valid", shown),
		    false);
	}
}

/* Two keys of which nothing is known, but for the name of one, are not the same. */
static void
keys_without_material_are_not_shared(void **state)
{
	struct evidence evidence;

	(void)state;
	for (int i = 0; i < 2; i++)
		configuration.identities.at[i].keys.at[0].public_key_sha256 = (struct text){ NULL, 0 };
	evidence = judged(commit_by("alice", APPROVE));
	assert_counts(&evidence, 1, 0);
}

static void
a_key_without_fingerprint_matches_nothing(void **state)
{
	struct evidence evidence;

	(void)state;
	configuration.identities.at[0].keys.at[0].fingerprint = (struct text){ NULL, 0 };
	evidence = judged(commit_by("alice", APPROVE));
	assert_int_equal(evidence.decisions.count, 0);
	assert_int_equal(evidence.ignored.count, 1);
}

/* --- machines ------------------------------------------------------------------------------------ */

static void
machines_never_decide(void **state)
{
	static const char *const lines[] = { APPROVE, "Countersign-Reject: a " D "\n",
		"Countersign-Withdraw: a " D "\n", "Countersign-Configuration: " D "\n",
		"Countersign-Configuration-Withdraw: " D "\n" };
	struct evidence evidence;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		evidence = judged(commit_by("bot", lines[i]));
		assert_ignored(&evidence, "bot", "Person must sign", i == 1 || i == 2 || i == 4);
	}
	evidence = judged(commit_by("bot", "Countersign-Request: a " D "\nCountersign-Cancel: a " D "\n"));
	assert_counts(&evidence, 2, 0);
	assert_true(text_is(evidence.request_signatures.at[0].by, "bot"));
	assert_int_equal(evidence.decisions.at[0].decision, DECISION_CANCEL);
}

/* --- files ------------------------------------------------------------------------------------------ */

static const struct text content = { "apiVersion: countersign/v1\nkind: Approval\n", 42 };

static struct approval
approval_of(const char *repository)
{
	struct approval approval = { .name = TEXT("x"), .repository = text_of(repository) };
	struct approval_entry *entry = ARRAY_ADD(arena, &approval.entries);

	entry->request = TEXT("web/x");
	entry->digest = TEXT(D);
	entry->decision = DECISION_APPROVE;
	entry->comment = TEXT("LGTM");
	return approval;
}

static struct evidence
judged_file(struct text bytes, const struct approval *approval, struct text signature)
{
	struct evidence evidence = { 0 };

	evidence_from_approval(arena, &sighting, bytes, approval, signature, &evidence);
	return evidence;
}

static void
approval_files_decide(void **state)
{
	struct approval approval = approval_of(REPOSITORY);
	struct approval_entry *entry = ARRAY_ADD(arena, &approval.entries);
	struct evidence evidence;

	(void)state;
	entry->configuration = TEXT(D);
	entry->decision = DECISION_WITHDRAW;
	sighting.source = SOURCE_FILE;
	evidence = judged_file(content, &approval, signed_by("alice", "countersign", content));
	assert_counts(&evidence, 2, 0);
	assert_true(text_is(evidence.decisions.at[0].by, "alice"));
	assert_true(text_is(evidence.decisions.at[0].comment, "LGTM"));
	assert_int_equal(evidence.decisions.at[0].source, SOURCE_FILE);
	assert_true(text_equal(evidence.decisions.at[0].evidence, digest_sha256_hex(arena, content)));
	assert_true(evidence.configuration_signatures.at[0].withdraw);
	evidence = judged_file(content, &approval, signed_by("bot", "countersign", content));
	assert_counts(&evidence, 0, 2);
	approval.entries.at[0].decision = DECISION_CANCEL;
	evidence = judged_file(content, &approval, signed_by("bot", "countersign", content));
	assert_counts(&evidence, 1, 1);
}

static void
approval_files_of_another_repository_count_nowhere(void **state)
{
	struct approval approval = approval_of("ffffffffffffffffffffffffffffffff");
	struct text signature = signed_by("alice", "countersign", content);
	struct evidence evidence = judged_file(content, &approval, signature);

	(void)state;
	assert_ignored(&evidence, "alice", "for the repository \"ffffffffffffffffffffffffffffffff\"",
	    false);
	approval.repository = TEXT("");
	evidence = judged_file(content, &approval, signature);
	assert_ignored(&evidence, "alice", "for the repository \"\"", false);
	/* not even when the configuration has no id */
	approval.repository = (struct text){ NULL, 0 };
	configuration.repository.id = (struct text){ NULL, 0 };
	evidence = judged_file(content, &approval, signature);
	assert_ignored(&evidence, "alice", "for the repository", false);
	approval.repository = TEXT("\033");
	evidence = judged_file(content, &approval, signature);
	assert_ignored(&evidence, "alice", "\\x1b", false);
	/* so much of it is shown */
	approval.repository = text_printf(arena, "%064d", 0);
	evidence = judged_file(content, &approval, signature);
	assert_ignored(&evidence, "alice", arena_printf(arena, "\"%064d\"", 0), false);
	approval.repository = text_printf(arena, "%065d", 0);
	evidence = judged_file(content, &approval, signature);
	assert_ignored(&evidence, "alice", arena_printf(arena, "\"%064d…\"", 0), false);
}

static void
entries_are_checked(void **state)
{
	static const struct text absent = { NULL, 0 };
	struct text signature = signed_by("alice", "countersign", content);
	struct approval approval;
	struct evidence evidence;

#define REFUSED(words, alarm, ...) \
	do { \
		approval = approval_of(REPOSITORY); \
		{ \
			struct approval_entry *e = &approval.entries.at[0]; \
			__VA_ARGS__; \
		} \
		evidence = judged_file(content, &approval, signature); \
		assert_ignored(&evidence, "alice", words, alarm); \
	} while (0)

	(void)state;
	REFUSED("does not hash", false, e->plan = TEXT("another plan"));
	REFUSED("does not hash", false, e->plan = TEXT(""));
	REFUSED("no request's id", false, e->request = TEXT("../x"));
	assert_false(text_present(evidence.ignored.at[0].request));
	REFUSED("not \"sha256:\"", false, e->digest = TEXT("sha256:12"));
	REFUSED("not \"sha256:\"", false, e->digest = TEXT("sha256:\033[2J"));
	REFUSED("not \"sha256:\"", false, e->digest = absent);
	REFUSED("not \"sha256:\"", true, e->digest = TEXT(HEX), e->decision = DECISION_REJECT);
	REFUSED("either a request or a configuration", false, e->configuration = TEXT(D));
	REFUSED("either a request or a configuration", false, e->request = absent);
	REFUSED("says no decision", false, e->decision = DECISION_NONE);
	REFUSED("says no decision", false, e->request = absent, e->configuration = TEXT(D),
	    e->decision = DECISION_NONE);
	REFUSED("approved and withdrawn, nothing else", true, e->request = absent,
	    e->configuration = TEXT(D), e->decision = DECISION_REJECT);
	REFUSED("approved and withdrawn, nothing else", true, e->request = absent,
	    e->configuration = TEXT(D), e->decision = DECISION_CANCEL);
#undef REFUSED
	approval = approval_of(REPOSITORY);
	approval.entries.at[0].plan = TEXT("the plan");
	approval.entries.at[0].digest = digest_named(arena, TEXT("the plan"));
	evidence = judged_file(content, &approval, signature);
	assert_counts(&evidence, 1, 0);
}

static void
file_signatures_are_explained(void **state)
{
	struct approval approval = approval_of(REPOSITORY);
	struct evidence evidence;
	struct text good = signed_by("alice", "countersign", content);

	(void)state;
	approval.entries.at[0].decision = DECISION_REJECT;
	evidence = judged_file(content, &approval, (struct text){ NULL, 0 });
	assert_ignored(&evidence, "somebody unknown", "no .sig beside it; `ssh-keygen -Y sign -n "
	    "countersign -f KEY FILE`", true);
	evidence = judged_file(content, &approval, TEXT(""));
	assert_ignored(&evidence, "somebody unknown", "delete the .sig first: `ssh-keygen -Y", true);
	evidence = judged_file(content, &approval, TEXT("-----BEGIN PGP SIGNATURE-----\n"));
	assert_ignored(&evidence, "somebody unknown", "delete the .sig first: `gpg --armor "
	    "--detach-sign -o FILE.sig FILE`", true);
	evidence = judged_file(content, &approval, TEXT("-----BEGIN CMS-----\n"));
	assert_ignored(&evidence, "somebody unknown", "delete the .sig first: `openssl cms -sign "
	    "-binary -outform PEM", true);
	evidence = judged_file(content, &approval, signed_by("alice", "git", content));
	assert_ignored(&evidence, "somebody unknown", "namespace \"git\"", true);
	evidence = judged_file(content, &approval, signed_by("alice", "file", content));
	assert_ignored(&evidence, "somebody unknown", "only \"countersign\" counts", true);
	evidence = judged_file(content, &approval, signed_by("mallory", "countersign", content));
	assert_non_null(strstr(text_string(arena, evidence.ignored.at[0].why), "nobody"));
	evidence = judged_file(TEXT("other bytes\n"), &approval, good);
	assert_ignored(&evidence, "alice", "does not match", true);
	evidence = judged_file(text_printf(arena, "%.*s\n", TEXT_ARGUMENTS(content)), &approval, good);
	assert_ignored(&evidence, "alice", "does not match", true);
}

static void
converted_line_ends_are_explained(void **state)
{
	static const char unexplained[] = "does not match: what was signed has other bytes, or another "
	    "key signed; to sign again, delete the .sig first";
	const struct {
		const char *is, *was, *words;
	} cases[] = {
		{ "a\nb\n", "a\r\nb\r\n", "with CR LF line ends" },
		{ "a\r\nb\r\n", "a\nb\n", "with LF line ends" },
		{ "a\r\nb\n", "a\nb\n", "with LF line ends" },
		{ "\r\nb\r\n", "\nb\n", "with LF line ends" },
		{ "a\r\rb\r\n", "a\r\rb\n", "with LF line ends" },
		{ "a\rb", "a\nb", unexplained },
		{ "ab", "a\nb", unexplained },
		{ "a\n", "a\r\nb\r\n", unexplained },
		{ "a\nb\r", "c", unexplained },
		{ "", "\r\n", unexplained },
	};
	struct approval approval = approval_of(REPOSITORY);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct evidence evidence = judged_file(text_of(cases[i].is), &approval,
		    signed_by("alice", "countersign", text_of(cases[i].was)));

		assert_ignored(&evidence, "alice", cases[i].words, false);
	}
	/* the .sig itself with CR LF */
	{
		struct text armour = signed_by("alice", "countersign", content);
		struct buffer out = { .arena = arena };
		struct evidence evidence;
		struct text line;

		while (text_next_line(&armour, &line))
			buffer_printf(&out, "%.*s\r\n", TEXT_ARGUMENTS(line));
		evidence = judged_file(content, &approval, buffer_text(&out));
		assert_ignored(&evidence, "somebody unknown", "CR LF", false);
	}
}

static void
request_signatures_are_judged(void **state)
{
	struct verified_request_signature signature;
	struct text why = { NULL, 0 };

	(void)state;
	assert_true(evidence_from_request_signature(arena, &sighting, TEXT("web/x"), content,
	    signed_by("bot", "countersign", content), &signature, &why));
	assert_true(text_is(signature.request, "web/x"));
	assert_true(text_is(signature.by, "bot"));
	assert_true(text_equal(signature.sha256, digest_sha256_hex(arena, content)));
	assert_true(text_equal(signature.evidence, signature.sha256));
	assert_true(text_equal(signature.key, configuration.identities.at[2].keys.at[0].fingerprint));
	assert_int_equal(signature.observed_at, NOW);

	assert_false(evidence_from_request_signature(arena, &sighting, TEXT("web/x"), content,
	    signed_by("bot", "git", content), &signature, &why));
	assert_false(text_present(signature.by));
	assert_non_null(strstr(text_string(arena, why), "namespace"));
	assert_false(evidence_from_request_signature(arena, &sighting, TEXT("web/x"), content,
	    (struct text){ NULL, 0 }, &signature, &why));
	assert_non_null(strstr(text_string(arena, why), "no .sig beside it"));
}

/* --- every type of key, by stock tools ------------------------------------------------------------- */

static void
stock_tools_decide_with_every_key(void **state)
{
	struct git_fixture *fixture = *state;
	size_t people = 0;

	arena = fixture->arena;
	configuration = (struct configuration){ .repository.id = TEXT(REPOSITORY) };
	sighting = (struct sighting){ &configuration, NOW, SOURCE_COMMIT, TEXT("c0ffee") };
	for (int i = 0; i < SSH_TEST_KEYS; i++) {
		struct identity *identity;

		if (!ssh_fixture_key(fixture, &ssh_test_keys[i]))
			continue;
		identity = ARRAY_ADD(arena, &configuration.identities);
		identity->name = text_of(ssh_test_keys[i].name);
		ARRAY_ADD(arena, &identity->keys)->ssh = ssh_fixture_public(fixture,
		    ssh_test_keys[i].name);
		people++;
	}
	assert_true(people >= 6);
	identity_keys_resolve(arena, &configuration);
	assert_int_equal(configuration.reasons.count, 0);
	for (size_t i = 0; i < people; i++) {
		const char *name = text_string(arena, configuration.identities.at[i].name);
		struct approval approval = approval_of(REPOSITORY);
		struct evidence evidence = judged(ssh_fixture_commit(fixture, name,
		    TEXT("LGTM\n\n" APPROVE)));

		assert_counts(&evidence, 1, 0);
		assert_true(text_is(evidence.decisions.at[0].by, name));
		evidence = judged_file(content, &approval, ssh_fixture_sign(fixture, name, "countersign",
		    content));
		assert_counts(&evidence, 1, 0);
		assert_true(text_is(evidence.decisions.at[0].by, name));
	}
}

/* What comes out of a pass does not hang on what was needed to judge it. */
static void
results_outlive_the_commit(void **state)
{
	struct evidence evidence = { 0 };
	struct text raw = commit_by("alice", "T\n\n" APPROVE "countersign-reject: b " D "\n");
	char *once = strndup(raw.at, raw.length);

	(void)state;
	evidence_from_commit(arena, &sighting, (struct text){ once, raw.length }, &evidence);
	memset(once, 'x', raw.length);
	free(once);
	assert_counts(&evidence, 1, 1);
	assert_true(text_is(evidence.decisions.at[0].request, "web/x"));
	assert_true(text_is(evidence.decisions.at[0].digest, D));
	assert_true(text_is(evidence.decisions.at[0].comment, "T"));
	assert_true(text_is(evidence.ignored.at[0].request, "b"));
	assert_true(text_starts_with(evidence.ignored.at[0].what, "countersign-reject"));
	assert_true(text_starts_with(evidence.ignored.at[0].why, "capitals"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(signed_commits_decide),
		TEST(every_kind_of_statement_is_taken),
		TEST(the_same_line_counts_once),
		TEST(commits_without_trailers_say_nothing),
		TEST(names_in_commits_mean_nothing),
		TEST(comments_are_safe_to_show),
		TEST(comments_have_their_length),
		TEST(unsigned_commits_are_shown_with_their_likely_cause),
		TEST(of_many_unsigned_trailers_some_are_shown),
		TEST(lost_protests_raise_an_alarm),
		TEST(near_misses_in_signed_commits_name_the_signer),
		TEST(malformed_commits_are_shown),
		TEST(bad_signatures_are_shown),
		TEST(users_are_verified_where_the_entry_says_so),
		TEST(messages_cannot_be_extended),
		TEST(every_byte_of_a_signed_commit_matters),
		TEST(keys_are_judged_when_observed),
		TEST(long_names_are_cut),
		TEST(keys_without_material_are_not_shared),
		TEST(a_key_without_fingerprint_matches_nothing),
		TEST(machines_never_decide),
		TEST(approval_files_decide),
		TEST(approval_files_of_another_repository_count_nowhere),
		TEST(entries_are_checked),
		TEST(file_signatures_are_explained),
		TEST(converted_line_ends_are_explained),
		TEST(request_signatures_are_judged),
		TEST(results_outlive_the_commit),
		cmocka_unit_test_setup_teardown(stock_tools_decide_with_every_key, git_fixture_setup,
		    git_fixture_teardown),
	};

	return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
