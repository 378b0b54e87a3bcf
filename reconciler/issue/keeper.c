#include "issue/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "issue/keeper_private.h"

enum {
	STATE_FOLDER_MODE = 0700,
	KEY_MEMORY_BYTES = 512 * 1024,
	KEY_MEMORY_LEAST_BYTES = 32
};

static struct texts
copy_texts(struct arena *arena, const struct texts *texts)
{
	struct texts copy = { 0 };

	for (size_t i = 0; i < texts->count; i++)
		texts_add(arena, &copy, text_copy(arena, texts->at[i]));
	return copy;
}

static struct local_limits
copy_limits(struct arena *arena, const struct local_limits *limits)
{
	struct local_limits copy = *limits;

	copy.names = copy_texts(arena, &limits->names);
	copy.addresses = copy_texts(arena, &limits->addresses);
	copy.extended_key_usages = copy_texts(arena, &limits->extended_key_usages);
	return copy;
}

bool
keeper_set_memory_aside(void)
{
	return CRYPTO_secure_malloc_init(KEY_MEMORY_BYTES, KEY_MEMORY_LEAST_BYTES) == 1;
}

static bool
read_token_place(struct keeper *keeper, struct arena *arena, struct text written, struct text *why)
{
	struct token_order *order = ARRAY_ADD(keeper->own, &keeper->token_orders);
	struct text problem;

	order->authority = keeper->authorities.count - 1;
	if (!pkcs11_uri_read(keeper->own, text_copy(keeper->own, written), &order->uri, why))
		return false;
	if (!text_present(order->uri.pin_source) ||
	    private_file_read(text_string(arena, order->uri.pin_source), &order->pin, &problem))
		return true;
	*why = text_printf(arena, "the file of the PIN, %.*s: %.*s",
	    TEXT_ARGUMENTS(order->uri.pin_source), TEXT_ARGUMENTS(problem));
	return false;
}

static bool
load_keys(struct keeper *keeper, const struct local_configuration *local, struct arena *arena,
    struct text *why)
{
	for (size_t i = 0; i < local->authorities.count; i++) {
		const struct local_authority *from = &local->authorities.at[i];
		struct signing_authority *to = ARRAY_ADD(keeper->own, &keeper->authorities);
		struct text problem;

		to->memory = arena_new();
		if (text_present(from->pkcs11)
			? !read_token_place(keeper, arena, from->pkcs11, &problem)
			: !signing_key_load(keeper->own, text_string(arena, from->file), &to->key,
			      &problem)) {
			*why = text_printf(arena, "authority %.*s: %.*s",
			    TEXT_ARGUMENTS(from->name), TEXT_ARGUMENTS(problem));
			return false;
		}
		to->key.name = text_copy(keeper->own, from->name);
	}
	return true;
}

/* The file that remembers which PINs were refused: opened before rights are given up. */
static bool
open_tried_pins(struct keeper *keeper, struct arena *arena, const char *folder, struct text *why)
{
	const char *path = arena_printf(arena, "%s/refused-pins", folder);

	if (keeper->token_orders.count == 0)
		return true;
	keeper->tried_pins = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (keeper->tried_pins < 0)
		*why = text_printf(arena, "%s: %s", path, strerror(errno));
	return keeper->tried_pins >= 0;
}

struct keeper_clock
keeper_clock_read(void)
{
	/* in this order: what goes by between them must not lead beyond the system's clock */
	int64_t now = microseconds_since_epoch();

	return (struct keeper_clock){ now, microseconds_since_boot() };
}

moment
keeper_time(const struct keeper *keeper, const struct keeper_clock *clock)
{
	return (keeper->began + clock->running) / MICROSECONDS_IN_SECOND;
}

static void
begin_time(struct keeper *keeper, const struct keeper_clock *clock)
{
	int64_t newest = ledger_begun(keeper->ledger, 0) * MICROSECONDS_IN_SECOND;

	keeper->began = (clock->now > newest ? clock->now : newest) - clock->running;
}

bool
keeper_open(const struct local_configuration *local, const struct keeper_clock *clock,
    struct arena *arena, struct keeper **out, struct text *why)
{
	struct arena *own = arena_new();
	struct keeper *keeper = ARENA_NEW(own, struct keeper);
	const char *folder = text_string(arena, local->state_directory);

	keeper->own = own;
	keeper->tried_pins = -1;
	keeper->limits = copy_limits(own, &local->limits);
	if (!load_keys(keeper, local, arena, why))
		goto failed;
	if (!file_make_folders(folder, STATE_FOLDER_MODE)) {
		*why = text_printf(arena, "%s: %s", folder, strerror(errno));
		goto failed;
	}
	if (!ledger_open(arena_printf(arena, "%s/ledger", folder), arena, &keeper->ledger, why) ||
	    !open_tried_pins(keeper, arena, folder, why))
		goto failed;
	begin_time(keeper, clock);
	*out = keeper;
	return true;
failed:
	keeper_close(keeper);
	return false;
}

static bool
open_token(struct keeper *keeper, struct arena *arena, struct token_order *order, struct text *why)
{
	struct signing_authority *authority = &keeper->authorities.at[order->authority];
	struct token_place place = { order->uri,
		{ text_trim(order->pin.content), order->pin.version } };
	struct text name = authority->key.name, problem;
	char *end;
	bool found;

	/* In its own memory: libp11 wants a NUL behind it. */
	if (text_present(place.pin.digits)) {
		end = (char *)(uintptr_t)place.pin.digits.at + place.pin.digits.length;
		*end = '\0';
	}
	found = signing_key_open_token(keeper->own, keeper->tokens, &place, &authority->key,
	    &problem);
	private_file_forget(&order->pin);
	authority->key.name = name;
	if (!found)
		*why = text_printf(arena, "authority %.*s: %.*s", TEXT_ARGUMENTS(name),
		    TEXT_ARGUMENTS(problem));
	return found;
}

bool
keeper_open_tokens(struct keeper *keeper, struct arena *arena, struct text *why)
{
	if (keeper->token_orders.count > 0)
		keeper->tokens = tokens_new(keeper->tried_pins);
	for (size_t i = 0; i < keeper->token_orders.count; i++)
		if (!open_token(keeper, arena, &keeper->token_orders.at[i], why))
			return false;
	return true;
}

bool
keeper_has_tokens(const struct keeper *keeper)
{
	return keeper->token_orders.count > 0;
}

void
keeper_close(struct keeper *keeper)
{
	if (keeper == NULL)
		return;
	ledger_close(keeper->ledger);
	for (size_t i = 0; i < keeper->authorities.count; i++) {
		struct signing_authority *authority = &keeper->authorities.at[i];

		signing_key_free(&authority->key);
		for (struct known_certificate *known = authority->known; known != NULL;
		     known = known->next)
			EVP_PKEY_free(known->handle);
		arena_free(authority->memory);
	}
	tokens_free(keeper->tokens);
	for (size_t i = 0; i < keeper->token_orders.count; i++)
		private_file_forget(&keeper->token_orders.at[i].pin);
	if (keeper->tried_pins >= 0)
		close(keeper->tried_pins);
	arena_free_wiped(keeper->own);
}
