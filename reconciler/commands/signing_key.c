#include "commands/signing_key.h"

#include <stdio.h>
#include <string.h>

#include "base/child.h"
#include "base/file.h"
#include "commands/clone.h"
#include "commands/git.h"
#include "commands/output.h"
#include "commands/signing_gnupg.h"
#include "trust/key_holder.h"
#include "trust/sshkey.h"

enum { KEY_FILE_BYTES = 64 * 1024 };

static const char remedy[] =
    "git config gpg.format ssh && git config user.signingKey ~/.ssh/id_ed25519.pub";

/* Whether a setting is a key itself, not a file: git's own rule (git-config(1), user.signingKey). */
static bool
is_literal(struct text *setting)
{
	if (text_starts_with(*setting, "key::")) {
		*setting = text_skip(*setting, strlen("key::"));
		return true;
	}
	return text_starts_with(*setting, "ssh-") || text_starts_with(*setting, "ecdsa-sha2-") ||
	    text_starts_with(*setting, "sk-ssh-") || text_starts_with(*setting, "sk-ecdsa-");
}

static bool
first_line(struct arena *arena, const char *path, struct text *line)
{
	struct text content;

	return file_read(arena, path, KEY_FILE_BYTES, &content) && text_next_line(&content, line);
}

/* The public half of a key file: the file itself, the one beside it, or what ssh-keygen gets from it. */
static bool
public_line(struct arena *arena, struct text file, struct text *line, struct text *why)
{
	const char *path = text_string(arena, file);
	const char *beside = arena_printf(arena, "%s.pub", path);
	const char *const arguments[] = { "ssh-keygen", "-y", "-P", "", "-f", path, NULL };
	const struct child_order order = { .arguments = arguments, .errors = CHILD_ERRORS_KEPT };
	struct ssh_public_key key;
	struct child_result result;
	struct text ignored;

	if (first_line(arena, path, line) && ssh_public_key_parse(arena, *line, &key, &ignored))
		return true;
	if (first_line(arena, beside, line) && ssh_public_key_parse(arena, *line, &key, &ignored))
		return true;
	if (child_run(arena, &order, &result, &ignored) && result.status == 0 &&
	    text_next_line(&result.output, line))
		return true;
	*why = text_printf(arena, "git's user.signingKey names %s, and neither it nor %s is an SSH "
	    "public key that can be read; mend it with: %s", path, beside, remedy);
	return false;
}

/* The first key that a command of the user's prints, as git takes it. */
static bool
key_of_command(struct arena *arena, struct text command, struct text *line)
{
	const char *const arguments[] = { "sh", "-c", text_string(arena, command), NULL };
	const struct child_order order = { .arguments = arguments };
	struct child_result result;
	struct text why;

	(void)fflush(NULL);
	if (!child_run(arena, &order, &result, &why) || result.status != 0)
		return false;
	while (text_next_line(&result.output, line))
		if (is_literal(line))
			return true;
	return false;
}

static bool
find_line(struct arena *arena, struct signing_key *out, struct text *line, struct text *why)
{
	struct text setting, command;

	if (git_setting(arena, "user.signingKey", NULL, &setting) && !text_empty(setting)) {
		if (is_literal(&setting)) {
			*line = setting;
			return true;
		}
		/* as a path, so that git itself resolves "~/" */
		(void)git_setting(arena, "user.signingKey", "path", &setting);
		out->file = setting;
		return public_line(arena, setting, line, why);
	}
	if (git_setting(arena, "gpg.ssh.defaultKeyCommand", NULL, &command)) {
		if (key_of_command(arena, command, line))
			return true;
		*why = text_printf(arena, "gpg.ssh.defaultKeyCommand of git prints no SSH key; mend it, or: %s",
		    remedy);
		return false;
	}
	*why = text_printf(arena, "git has no signing key here (user.signingKey); set it up with: %s",
	    remedy);
	return false;
}

static bool
find_ssh(struct arena *arena, struct signing_key *out, struct text *why)
{
	struct ssh_public_key key;
	struct text line, cause;

	if (!find_line(arena, out, &line, why))
		return false;
	if (!ssh_public_key_parse(arena, text_trim(line), &key, &cause)) {
		*why = text_printf(arena, "git's signing key cannot be used: %.*s",
		    TEXT_ARGUMENTS(output_visible(arena, cause)));
		return false;
	}
	line = text_trim(line);
	line = text_first(line,
	    key.type.length + 1 + text_find(text_skip(line, key.type.length + 1), ' '));
	out->line = text_copy(arena, line);
	out->fingerprint = key.fingerprint;
	return true;
}

bool
signing_key_find(struct arena *arena, struct signing_key *out, struct text *why)
{
	struct text format;

	*out = (struct signing_key){ .form = SIGNING_OPENPGP };
	if (!git_setting(arena, "gpg.format", NULL, &format) || text_is(format, "openpgp"))
		return signing_gnupg_find(arena, out, why);
	out->form = text_is(format, "x509") ? SIGNING_X509 : SIGNING_SSH;
	return out->form == SIGNING_X509 ? signing_gnupg_find(arena, out, why)
	                                 : find_ssh(arena, out, why);
}

static bool
holds(const struct identity *identity, struct text fingerprint)
{
	for (size_t i = 0; i < identity->keys.count; i++)
		if (text_equal(identity->keys.at[i].fingerprint, fingerprint))
			return true;
	return false;
}

void
signing_key_match(struct arena *arena, struct signing_key *key,
    const struct configuration *configuration, moment at)
{
	key->identity = NULL;
	key->valid_now = false;
	if (text_present(key->certificate))
		key->fingerprint =
		    key_holder_entry_of(arena, configuration, key->certificate);
	for (size_t i = 0; i < configuration->identities.count; i++) {
		const struct identity *identity = &configuration->identities.at[i];

		if (!holds(identity, key->fingerprint))
			continue;
		key->identity = identity;
		key->valid_now =
		    identity_holds_key(configuration, identity->name, key->fingerprint, at);
		return;
	}
}

int
signing_key_person(struct clone *clone, struct text given, struct text *out)
{
	struct signing_key key;
	struct text why;

	if (!text_is(given, "me")) {
		*out = given;
		if (configuration_identity(&clone->configuration, given) != NULL)
			return OPTIONS_GO_ON;
		return complain(EXIT_USAGE, "there is no identity \"%.*s\" in this configuration",
		    TEXT_ARGUMENTS(output_visible(clone->arena, given)));
	}
	if (!signing_key_find(clone->arena, &key, &why))
		return complain(EXIT_TROUBLE, "who you are is told by your signing key: %.*s",
		    TEXT_ARGUMENTS(why));
	signing_key_match(clone->arena, &key, &clone->configuration, clone->now);
	if (key.identity == NULL)
		return complain(EXIT_TROUBLE,
		    "your signing key %.*s belongs to nobody in this configuration",
		    TEXT_ARGUMENTS(key.fingerprint));
	*out = key.identity->name;
	return OPTIONS_GO_ON;
}
