#include "issue/token.h"

#include <errno.h>
#include <libp11.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/wipe.h"

/* p11-kit's module that stands for all that are registered on this machine. */
static const char proxy_module[] = "p11-kit-proxy.so";

enum { SHOWN_BYTES = 128, MARK_BYTES = 64 };

struct module {
	struct module *next;
	char *path;
	PKCS11_CTX *context;
	PKCS11_SLOT *slots;
	unsigned slot_count;
};

struct tokens {
	struct module *modules;
	int tried;
};

struct tokens *
tokens_new(int tried)
{
	struct tokens *tokens = calloc(1, sizeof(*tokens));

	if (tokens == NULL)
		abort();
	tokens->tried = tried;
	return tokens;
}

static void
module_free(struct module *module)
{
	if (module->slots != NULL)
		PKCS11_release_all_slots(module->context, module->slots, module->slot_count);
	if (module->slot_count > 0 || module->slots != NULL)
		PKCS11_CTX_unload(module->context);
	PKCS11_CTX_free(module->context);
	free(module->path);
	free(module);
}

void
tokens_free(struct tokens *tokens)
{
	struct module *module, *next;

	if (tokens == NULL)
		return;
	for (module = tokens->modules; module != NULL; module = next) {
		next = module->next;
		module_free(module);
	}
	free(tokens);
}

static bool
refuse(struct text *why, struct text what)
{
	*why = what;
	ERR_clear_error();
	return false;
}

static struct text
newest_error(struct arena *arena)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	struct text text = text_copy(arena, text_of(reason == NULL ? "no reason is given" : reason));

	ERR_clear_error();
	return text;
}

/* The module, loaded once however many keys are behind it. */
static struct module *
module_for(struct tokens *tokens, struct arena *arena, const char *path, struct text *why)
{
	struct module *module = tokens->modules;

	while (module != NULL && strcmp(module->path, path) != 0)
		module = module->next;
	if (module != NULL)
		return module;
	module = calloc(1, sizeof(*module));
	if (module == NULL || (module->path = strdup(path)) == NULL ||
	    (module->context = PKCS11_CTX_new()) == NULL)
		abort();
	if (PKCS11_CTX_load(module->context, path) != 0 ||
	    PKCS11_enumerate_slots(module->context, &module->slots, &module->slot_count) != 0) {
		*why = text_printf(arena, "the PKCS#11 module %s cannot be used: %.*s", path,
		    TEXT_ARGUMENTS(newest_error(arena)));
		module_free(module);
		return NULL;
	}
	module->next = tokens->modules;
	tokens->modules = module;
	return module;
}

static bool
is_wanted(struct text wanted, const char *found)
{
	return !text_present(wanted) || (found != NULL && text_is(wanted, found));
}

static PKCS11_SLOT *
slot_for(struct module *module, const struct pkcs11_uri *uri, struct text *why)
{
	PKCS11_SLOT *slot = NULL;

	for (unsigned i = 0; i < module->slot_count; i++) {
		const PKCS11_TOKEN *token = module->slots[i].token;

		if (token == NULL || !token->initialized || !is_wanted(uri->token, token->label) ||
		    !is_wanted(uri->manufacturer, token->manufacturer) ||
		    !is_wanted(uri->model, token->model) || !is_wanted(uri->serial, token->serialnr))
			continue;
		if (slot != NULL) {
			*why = TEXT("several tokens are called that: add its serial to the URI");
			return NULL;
		}
		slot = &module->slots[i];
	}
	if (slot == NULL)
		*why = TEXT("there is no such token");
	return slot;
}

/* What stands in the file of refused PINs for this one: the PIN itself does not. */
static struct text
mark_of(struct arena *arena, const PKCS11_TOKEN *token, const struct pin *pin)
{
	return digest_sha256_hex(arena, text_printf(arena, "%s\n%s\n%.*s\n", token->label,
	    token->serialnr == NULL ? "" : token->serialnr, TEXT_ARGUMENTS(pin->version)));
}

static bool
was_refused(const struct tokens *tokens, struct text mark)
{
	char line[MARK_BYTES + 1];

	for (off_t at = 0; pread(tokens->tried, line, sizeof(line), at) == (ssize_t)sizeof(line);
	     at += (off_t)sizeof(line))
		if (memcmp(line, mark.at, MARK_BYTES) == 0)
			return true;
	return false;
}

/* Written before the PIN is tried, for a token that ends this process must not see it again either. */
static bool
remember(const struct tokens *tokens, struct text mark, off_t *at)
{
	off_t end = lseek(tokens->tried, 0, SEEK_END);

	/* a note that was not finished gives way: was_refused() looks for whole ones only */
	*at = end - end % (MARK_BYTES + 1);
	return end >= 0 && pwrite(tokens->tried, mark.at, MARK_BYTES, *at) == MARK_BYTES &&
	    pwrite(tokens->tried, "\n", 1, *at + MARK_BYTES) == 1 && fsync(tokens->tried) == 0;
}

static bool
may_log_in(const PKCS11_TOKEN *token, const struct pin *pin, struct text *why)
{
	if (!text_present(pin->digits))
		return refuse(why, TEXT("the token wants a PIN: pin-source in the URI names its file"));
	if (token->userPinLocked)
		return refuse(why, TEXT("the token has locked itself: too many wrong PINs were tried"));
	if (token->userPinFinalTry)
		return refuse(why, TEXT("the token allows one try more: it is not taken from here; log in "
		    "once with the token's own tool"));
	return true;
}

static bool
log_in(struct tokens *tokens, struct arena *arena, PKCS11_SLOT *slot, const struct pin *pin,
    struct text *why)
{
	struct text mark;
	int logged_in = 0;
	off_t at;
	bool good;

	if (PKCS11_is_logged_in(slot, 0, &logged_in) == 0 && logged_in)
		return true;
	if (!may_log_in(slot->token, pin, why))
		return false;
	mark = mark_of(arena, slot->token, pin);
	if (was_refused(tokens, mark))
		return refuse(why, TEXT("the token has refused this PIN before: it is not tried again "
		    "until its file is changed"));
	if (!remember(tokens, mark, &at))
		return refuse(why, text_printf(arena, "that the PIN is tried cannot be noted: %s",
		    strerror(errno)));
	good = PKCS11_login(slot, 0, pin->digits.at) == 0;
	if (!good)
		return refuse(why, text_printf(arena, "the token refuses the PIN: %.*s",
		    TEXT_ARGUMENTS(newest_error(arena))));
	/* libp11 keeps the PIN to log in once more behind a fork, of which there is none here */
	(void)wipe_newest_copy(pin->digits);
	/* synced, too: after a power failure it would stand against a PIN that is right */
	return (ftruncate(tokens->tried, at) == 0 && fsync(tokens->tried) == 0) ||
	    refuse(why, TEXT("the note that the PIN was tried cannot be taken back"));
}

static bool
is_the_key(const PKCS11_KEY *key, const struct pkcs11_uri *uri)
{
	struct text id = { (const char *)key->id, key->id_len };

	return key->isPrivate && is_wanted(uri->object, key->label) &&
	    (!text_present(uri->id) || text_equal(uri->id, id));
}

static EVP_PKEY *
find_key(PKCS11_SLOT *slot, const struct pkcs11_uri *uri, struct text *why)
{
	PKCS11_KEY *keys = NULL, *found = NULL;
	unsigned count = 0;
	EVP_PKEY *handle;

	*why = TEXT("its keys cannot be listed: libp11 may stumble over one that is neither RSA nor "
	    "ECDSA, which belongs in a token of its own");
	if (PKCS11_enumerate_keys(slot->token, &keys, &count) != 0)
		return NULL;
	*why = TEXT("there is no such private key in the token");
	for (unsigned i = 0; i < count; i++) {
		if (!is_the_key(&keys[i], uri))
			continue;
		if (found != NULL) {
			*why = TEXT("several private keys in the token are called that: add the id to the "
			    "URI");
			return NULL;
		}
		found = &keys[i];
	}
	if (found == NULL)
		return NULL;
	handle = PKCS11_get_private_key(found);
	*why = TEXT("it is not of a kind that can be used through PKCS#11, RSA or ECDSA, or its public "
	    "half is not in the token");
	return handle;
}

EVP_PKEY *
tokens_key(struct tokens *tokens, struct arena *arena, const struct pkcs11_uri *uri,
    const struct pin *pin, struct text *why)
{
	const char *path = text_present(uri->module_path) ? text_string(arena, uri->module_path)
	    : proxy_module;
	struct module *module = module_for(tokens, arena, path, why);
	PKCS11_SLOT *slot = module == NULL ? NULL : slot_for(module, uri, why);
	EVP_PKEY *key;

	if (slot == NULL)
		return NULL;
	if (PKCS11_open_session(slot, 0) != 0) {
		*why = text_printf(arena, "no session with the token can be opened: %.*s",
		    TEXT_ARGUMENTS(newest_error(arena)));
		return NULL;
	}
	if (slot->token->loginRequired && !log_in(tokens, arena, slot, pin, why))
		return NULL;
	key = find_key(slot, uri, why);
	ERR_clear_error();
	return key;
}
