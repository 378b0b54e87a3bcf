#include "commands/signing_gnupg.h"

#include <stdio.h>
#include <string.h>

#include "base/child.h"
#include "commands/git.h"
#include "commands/output.h"

/* Fields of a line of --with-colons, counted from 0. */
enum { COLON_TYPE, COLON_VALIDITY, COLON_CREATED = 5, COLON_FINGERPRINT = 9,
	COLON_CAPABILITIES = 11, COLON_FIELDS };

enum { SHOWN_BYTES = 120 };

static const char to_ssh[] =
    "git config gpg.format ssh && git config user.signingKey ~/.ssh/id_ed25519.pub";

/* --- git's settings ------------------------------------------------------------------------- */

static const char *
program_of(struct arena *arena, enum signing_form form)
{
	struct text program;

	if (form == SIGNING_X509)
		return git_setting(arena, "gpg.x509.program", "path", &program)
		           ? text_string(arena, program) : "gpgsm";
	if (git_setting(arena, "gpg.openpgp.program", "path", &program) ||
	    git_setting(arena, "gpg.program", "path", &program))
		return text_string(arena, program);
	return "gpg";
}

/* user.signingKey, else "Name <address>" of the committer, which is git's own rule. */
static const char *
user_of(struct arena *arena)
{
	struct text user;

	if (git_setting(arena, "user.signingKey", NULL, &user) && !text_empty(user))
		return text_string(arena, user);
	if (!git_ask(arena, &user, GIT("var", "GIT_COMMITTER_IDENT")))
		return "";
	return text_string(arena, text_first(user, text_find(user, '>') + 1));
}

/* --- listings --------------------------------------------------------------------------------- */

static bool
run(struct arena *arena, const char *const *arguments, struct text *output)
{
	const struct child_order order = { .arguments = arguments, .errors = CHILD_ERRORS_KEPT };
	struct child_result result;
	struct text ignored;

	(void)fflush(NULL);
	if (!child_run(arena, &order, &result, &ignored) || result.status != 0)
		return false;
	*output = result.output;
	return true;
}

static void
split_fields(struct text line, struct text fields[COLON_FIELDS])
{
	for (size_t i = 0; i < COLON_FIELDS; i++)
		if (!text_split(&line, ':', &fields[i]))
			fields[i] = TEXT("");
}

/* A key that signs, by its own capabilities and as it stands today. */
static bool
can_sign(const struct text fields[COLON_FIELDS])
{
	return text_find(fields[COLON_CAPABILITIES], 's') < fields[COLON_CAPABILITIES].length &&
	    (text_empty(fields[COLON_VALIDITY]) ||
	    strchr("reid", fields[COLON_VALIDITY].at[0]) == NULL);
}

/* Seconds, or a date in ISO form: both sort as texts of one length. */
static bool
is_newer(struct text created, struct text than)
{
	return created.length != than.length ? created.length > than.length :
	    text_compare(created, than) > 0;
}

/* Whether a fingerprint is the one that "KEYID!" names. */
static bool
is_named(struct arena *arena, struct text fingerprint, struct text user)
{
	struct text wanted = text_lower(arena, text_first(user, user.length - 1));

	if (text_starts_with(wanted, "0x"))
		wanted = text_skip(wanted, 2);
	return text_ends_with(text_lower(arena, fingerprint), text_string(arena, wanted));
}

/*
 * The fingerprint of the key that the program takes of the first that is listed: the
 * newest that signs (of two the first), or with "!" behind the user exactly the one that is named.
 */
static struct text
listed(struct arena *arena, struct text listing, struct text user)
{
	struct text line, fields[COLON_FIELDS], created = TEXT(""), newest = TEXT("");
	struct text found = { NULL, 0 };
	bool exact = text_ends_with(user, "!"), signs = false;

	while (text_next_line(&listing, &line)) {
		split_fields(line, fields);
		if ((text_is(fields[COLON_TYPE], "sec") || text_is(fields[COLON_TYPE], "crs")) &&
		    text_present(found))
			break;
		if (text_is(fields[COLON_TYPE], "fpr") && signs &&
		    (exact ? is_named(arena, fields[COLON_FINGERPRINT], user) :
		    is_newer(created, newest))) {
			found = fields[COLON_FINGERPRINT];
			newest = created;
		}
		if (text_is(fields[COLON_TYPE], "sec") || text_is(fields[COLON_TYPE], "ssb") ||
		    text_is(fields[COLON_TYPE], "crs")) {
			signs = can_sign(fields);
			created = fields[COLON_CREATED];
		}
	}
	return found;
}

/* --- the two programs --------------------------------------------------------------------------- */

/* The PEM block in what gpgsm prints; it writes names above it. */
static struct text
pem_in(struct text output)
{
	const char *begin = output.length == 0 ? NULL :
	    memmem(output.at, output.length, "-----BEGIN CERTIFICATE-----", 27);
	const char *end = output.length == 0 ? NULL :
	    memmem(output.at, output.length, "-----END CERTIFICATE-----", 25);

	if (begin == NULL || end == NULL || end < begin)
		return (struct text){ NULL, 0 };
	return (struct text){ begin, (size_t)(end - begin) + 25 };
}

static bool
find_certificate(struct arena *arena, struct signing_key *out, struct text fingerprint)
{
	const char *const arguments[] = { out->program, "--batch", "--armor", "--export", "--",
		text_string(arena, fingerprint), NULL };
	struct text output;

	if (!run(arena, arguments, &output))
		return false;
	out->certificate = pem_in(output);
	return text_present(out->certificate);
}

bool
signing_gnupg_find(struct arena *arena, struct signing_key *out, struct text *why)
{
	bool x509 = out->form == SIGNING_X509;
	const char *const arguments[] = { program_of(arena, out->form), "--batch",
		"--with-colons", "--list-secret-keys", "--", user_of(arena), NULL };
	struct text listing, fingerprint = { NULL, 0 };

	out->program = arguments[0];
	out->user = arguments[5];
	if (run(arena, arguments, &listing))
		fingerprint = listed(arena, listing, text_of(out->user));
	if (text_present(fingerprint) && !x509)
		out->fingerprint = text_printf(arena, "openpgp:%.*s", TEXT_ARGUMENTS(fingerprint));
	if (text_present(fingerprint) && (!x509 || find_certificate(arena, out, fingerprint)))
		return true;
	*why = text_printf(arena, "git signs with %s here (gpg.format), and %s knows no secret key "
	    "for \"%.*s\" that signs; name one with user.signingKey, or sign with an SSH key: %s",
	    x509 ? "X.509 certificates" : "OpenPGP", out->program,
	    TEXT_ARGUMENTS(text_visible(arena, text_of(out->user), SHOWN_BYTES)), to_ssh);
	return false;
}

bool
signing_by_program(struct arena *arena, const char *const *arguments, struct text bytes,
    struct text *armour)
{
	const struct child_order order = { .arguments = arguments, .input = bytes };
	struct child_result result;
	struct text why;

	(void)fflush(NULL);
	if (!child_run(arena, &order, &result, &why)) {
		(void)complain(0, "%.*s", TEXT_ARGUMENTS(why));
		return false;
	}
	*armour = result.output;
	return result.status == 0;
}

bool
signing_gnupg_bytes(struct arena *arena, const struct signing_key *key, struct text bytes,
    struct text *armour)
{
	const char *const arguments[] = { key->program, "--armor", "--detach-sign", "-u", key->user,
		NULL };

	return signing_by_program(arena, arguments, bytes, armour);
}

bool
signing_gnupg_public(struct arena *arena, const struct signing_key *key, struct text *out)
{
	const char *const arguments[] = { key->program, "--batch", "--armor", "--export-options",
		"export-minimal", "--export", "--",
		text_string(arena, text_skip(key->fingerprint, strlen("openpgp:"))), NULL };

	*out = key->certificate;
	if (key->form == SIGNING_X509)
		return text_present(*out);
	return key->form == SIGNING_OPENPGP && run(arena, arguments, out) && out->length > 0;
}
