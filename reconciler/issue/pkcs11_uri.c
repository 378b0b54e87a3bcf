#include "issue/pkcs11_uri.h"

#include <stddef.h>
#include <string.h>

enum { SHOWN_BYTES = 128 };

/* What is read of a URI; attributes that would choose a key in another way are refused. */
static const struct attribute {
	const char *name;
	size_t at;
	bool of_query;
} attributes[] = {
	{ "token", offsetof(struct pkcs11_uri, token), false },
	{ "manufacturer", offsetof(struct pkcs11_uri, manufacturer), false },
	{ "model", offsetof(struct pkcs11_uri, model), false },
	{ "serial", offsetof(struct pkcs11_uri, serial), false },
	{ "object", offsetof(struct pkcs11_uri, object), false },
	{ "id", offsetof(struct pkcs11_uri, id), false },
	{ "module-path", offsetof(struct pkcs11_uri, module_path), true },
	{ "pin-source", offsetof(struct pkcs11_uri, pin_source), true },
};

static bool
refuse(struct text *why, struct text what)
{
	*why = what;
	return false;
}

static int
hex_value(char digit)
{
	return digit >= '0' && digit <= '9' ? digit - '0'
	    : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
	    : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

static bool
decode(struct arena *arena, struct text from, struct text *out)
{
	struct buffer buffer = { .arena = arena };

	for (size_t i = 0; i < from.length; i++) {
		int high, low;

		if (from.at[i] != '%') {
			buffer_add_byte(&buffer, from.at[i]);
			continue;
		}
		high = i + 2 < from.length ? hex_value(from.at[i + 1]) : -1;
		low = i + 2 < from.length ? hex_value(from.at[i + 2]) : -1;
		if (high < 0 || low < 0)
			return false;
		buffer_add_byte(&buffer, (char)(high << 4 | low));
		i += 2;
	}
	*out = buffer_text(&buffer);
	return buffer.length > 0;
}

static bool
take_attribute(struct arena *arena, struct text part, bool of_query, struct pkcs11_uri *out,
    struct text *why)
{
	struct text name = text_first(part, text_find(part, '='));
	struct text value = text_skip(part, name.length + 1), *into;
	const struct attribute *found = NULL;

	if (text_is(name, "pin-value"))
		return refuse(why, TEXT("a PIN does not stand in a configuration: pin-source names the "
		    "file that holds it"));
	if (text_is(name, "type") && !of_query)
		return text_is(value, "private") || refuse(why, TEXT("a CA's key has the type private"));
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (text_is(name, attributes[i].name) && attributes[i].of_query == of_query)
			found = &attributes[i];
	if (found == NULL)
		return refuse(why, text_printf(arena, "\"%.*s\" is nothing that a key is found by here: "
		    "token, manufacturer, model, serial, object, id, then ? and module-path, pin-source "
		    "after &", TEXT_ARGUMENTS(text_visible(arena, name, SHOWN_BYTES))));
	into = (struct text *)(void *)((char *)out + found->at);
	if (text_present(*into))
		return refuse(why, text_printf(arena, "%s stands there twice", found->name));
	return decode(arena, value, into) || refuse(why, text_printf(arena,
	    "the value of %s is empty, or its percent-encoding is none", found->name));
}

/* A path, or a file: URI without a host (RFC 8089). */
static bool
read_pin_source(struct pkcs11_uri *uri, struct text *why)
{
	struct text path = uri->pin_source;

	if (!text_present(path))
		return true;
	if (text_starts_with(path, "file:"))
		path = text_skip(path, strlen("file:"));
	if (text_starts_with(path, "//"))
		path = text_skip(path, 2);
	if (!text_starts_with(path, "/") || memchr(path.at, '\0', path.length) != NULL)
		return refuse(why, TEXT("pin-source is the absolute path of a file, as in "
		    "pin-source=/etc/countersign/pin"));
	uri->pin_source = path;
	return true;
}

bool
pkcs11_uri_read(struct arena *arena, struct text uri, struct pkcs11_uri *out, struct text *why)
{
	struct text path, query, part;
	size_t question;

	*out = (struct pkcs11_uri){ .token = { NULL, 0 } };
	if (!text_starts_with(uri, "pkcs11:"))
		return refuse(why, TEXT("a PKCS#11 URI begins with pkcs11:"));
	path = text_skip(uri, strlen("pkcs11:"));
	question = text_find(path, '?');
	query = text_skip(path, question + 1);
	path = text_first(path, question);
	while (text_split(&path, ';', &part))
		if (!take_attribute(arena, part, false, out, why))
			return false;
	while (query.length > 0 && text_split(&query, '&', &part))
		if (!take_attribute(arena, part, true, out, why))
			return false;
	if (!text_present(out->token) || (!text_present(out->object) && !text_present(out->id)))
		return refuse(why, TEXT("it names a token and an object, as in "
		    "pkcs11:token=ca;object=issuing-ca"));
	if (text_present(out->module_path) && (!text_starts_with(out->module_path, "/") ||
	    memchr(out->module_path.at, '\0', out->module_path.length) != NULL))
		return refuse(why, TEXT("module-path is the absolute path of a module"));
	return read_pin_source(out, why);
}
