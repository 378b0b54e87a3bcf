#include "commands/init_administrators.h"

#include <errno.h>
#include <string.h>

#include "base/encoding.h"
#include "base/file.h"
#include "commands/command.h"
#include "commands/git.h"
#include "commands/output.h"
#include "commands/signing_gnupg.h"
#include "commands/signing_key.h"
#include "trust/key_entry.h"
#include "trust/trailer.h"

enum { PUBLIC_KEY_FILE_BYTES = 64 * 1024 };

struct taking {
	struct arena *arena;
	struct first_administrators *people;
};

/* One of git's settings; absent when it is not set. */
static struct text
setting(struct arena *arena, const char *name, const char *type)
{
	struct text value = { NULL, 0 };

	return git_setting(arena, name, type, &value) ? text_trim(value) : (struct text){ NULL, 0 };
}

/* The key in the field where it belongs; of an SSH key without the comment, which may be a person's address. */
static bool
read_key(struct arena *arena, struct text given, struct first_administrator *administrator,
    struct text *why)
{
	struct identity_keys keys = { 0 };
	struct identity_key *key = ARRAY_ADD(arena, &keys);
	struct text *field = text_starts_with(given, "-----BEGIN PGP ") ? &key->openpgp :
	    text_starts_with(given, "-----BEGIN CERTIFICATE-----") ? &key->x509 : &key->ssh;

	*field = given;
	administrator->form = field == &key->openpgp ? "openpgp" :
	    field == &key->x509 ? "x509" : "ssh";
	administrator->key = given;
	if (!key_entry_resolve(arena, &keys, 0, why))
		return false;
	key = &keys.at[0];
	administrator->public_key_sha256 = key->public_key_sha256;
	if (text_present(key->ssh))
		administrator->key = text_printf(arena, "%.*s %.*s",
		    (int)text_find(given, ' '), given.at,
		    TEXT_ARGUMENTS(base64_encode(arena, key->blob)));
	return true;
}

static const char private_key[] = "PRIVATE KEY";

static int
take_key(struct taking *taking, struct text given, struct first_administrator *administrator)
{
	struct text why = { 0 };

	if (!read_key(taking->arena, text_trim(given), administrator, &why))
		return complain(EXIT_USAGE, "the key of %.*s cannot be used: %.*s",
		    TEXT_ARGUMENTS(administrator->name), TEXT_ARGUMENTS(why));
	for (size_t i = 0; i < taking->people->count; i++)
		if (text_equal(taking->people->at[i].public_key_sha256,
		    administrator->public_key_sha256))
			return complain(EXIT_USAGE,
			    "%.*s and %.*s have the same key: signatures could not "
			    "tell them apart",
			    TEXT_ARGUMENTS(administrator->name),
			    TEXT_ARGUMENTS(taking->people->at[i].name));
	*ARRAY_ADD(taking->arena, taking->people) = *administrator;
	return EXIT_DONE;
}

static bool
person_name_valid(struct text name)
{
	return request_id_valid(name) && text_find(name, '/') == name.length;
}

static int
take_administrator(struct taking *taking, struct text given)
{
	size_t end = text_find(given, '=');
	struct first_administrator administrator = { .name = text_first(given, end) };
	struct text path = text_skip(given, end + 1), content;

	if (end >= given.length || !person_name_valid(administrator.name))
		return complain(EXIT_USAGE, "--administrator %.*s: expected NAME=FILE, the name of "
		    "a-z, 0-9, '.', '_' and '-'", TEXT_ARGUMENTS(given));
	for (size_t i = 0; i < taking->people->count; i++)
		if (text_equal(taking->people->at[i].name, administrator.name))
			return complain(EXIT_USAGE, "--administrator: %.*s is given twice",
			    TEXT_ARGUMENTS(administrator.name));
	if (!file_read(taking->arena, text_string(taking->arena, path), PUBLIC_KEY_FILE_BYTES,
	    &content))
		return complain(EXIT_TROUBLE, "%.*s: %s", TEXT_ARGUMENTS(path), strerror(errno));
	if (memmem(content.at, content.length, private_key, strlen(private_key)) != NULL)
		return complain(EXIT_USAGE, "%.*s holds a private key, which is nobody's business but "
		    "%.*s's: give the public one, %.*s.pub for an SSH key", TEXT_ARGUMENTS(path),
		    TEXT_ARGUMENTS(administrator.name), TEXT_ARGUMENTS(path));
	return take_key(taking, content, &administrator);
}

/* "alice" of alice@example.com, as far as a person's name may have its characters. */
static struct text
name_from_email(struct arena *arena, struct text email)
{
	struct text local = text_lower(arena, text_first(email, text_find(email, '@')));
	struct buffer name = { .arena = arena };

	for (size_t i = 0; i < local.length; i++)
		if (person_name_valid((struct text){ local.at + i, 1 }) ||
		    (name.length > 0 && strchr("._-", local.at[i]) != NULL))
			buffer_add_byte(&name, local.at[i]);
	return name.length > 0 ? buffer_text(&name) : TEXT("administrator");
}

static int
no_signing_key(const char *what)
{
	(void)complain(EXIT_USAGE, "%s", what);
	advise("Either set up signing, with an SSH key say:\n"
	    "  git config --global gpg.format ssh\n"
	    "  git config --global user.signingKey ~/.ssh/id_ed25519.pub\n"
	    "or name the administrators: countersign init PATH --administrator NAME=KEY.pub");
	return EXIT_USAGE;
}

/* The user's OpenPGP key or certificate, as gpg or gpgsm has it. */
static int
take_gnupg_user(struct taking *taking, struct first_administrator *administrator)
{
	struct signing_key key;
	struct text why, public_key;

	if (!signing_key_find(taking->arena, &key, &why) ||
	    !signing_gnupg_public(taking->arena, &key, &public_key))
		return no_signing_key("git's gpg.format is not ssh, and neither gpg nor gpgsm has a key "
		    "for you, so you have no key to administer with");
	return take_key(taking, public_key, administrator);
}

static int
take_git_user(struct taking *taking)
{
	struct text value = setting(taking->arena, "user.signingKey", "path");
	struct text format = setting(taking->arena, "gpg.format", NULL);
	struct first_administrator administrator = {
		.display_name = setting(taking->arena, "user.name", NULL),
		.email = setting(taking->arena, "user.email", NULL) };
	struct text content = { 0 };

	administrator.name = name_from_email(taking->arena, administrator.email);
	if (!text_is(format, "ssh"))
		return take_gnupg_user(taking, &administrator);
	if (text_empty(value))
		return no_signing_key(
		    "git's user.signingKey is not set, so you have no key to administer with");
	if (text_starts_with(value, "key::"))
		return take_key(taking, text_skip(value, 5), &administrator);
	if (text_starts_with(value, "ssh-") || text_starts_with(value, "sk-") ||
	    text_starts_with(value, "ecdsa-"))
		return take_key(taking, value, &administrator);
	/* the setting may name the private key; its public half then stands beside it */
	if (!text_ends_with(value, ".pub"))
		value = text_printf(taking->arena, "%.*s.pub", TEXT_ARGUMENTS(value));
	if (!file_read(taking->arena, text_string(taking->arena, value), PUBLIC_KEY_FILE_BYTES,
	    &content))
		return complain(EXIT_TROUBLE, "%.*s: %s (from git's user.signingKey)",
		    TEXT_ARGUMENTS(value), strerror(errno));
	return take_key(taking, content, &administrator);
}

int
first_administrators_take(struct arena *arena, const struct texts *given,
    struct first_administrators *out)
{
	struct taking taking = { arena, out };
	int status = EXIT_DONE;

	if (given->count == 0)
		return take_git_user(&taking);
	for (size_t i = 0; i < given->count && status == EXIT_DONE; i++)
		status = take_administrator(&taking, given->at[i]);
	return status;
}
