#include "manifest/armour.h"

#include <string.h>

static bool
is_base64(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '/';
}

/* A line of an armour's body, its LF included. */
static bool
skip_body_line(struct text *rest)
{
	size_t length = 0;

	while (length < rest->length && (is_base64(rest->at[length]) || rest->at[length] == '='))
		length++;
	if (length == 0 || length >= rest->length || rest->at[length] != '\n')
		return false;
	*rest = text_skip(*rest, length + 1);
	return true;
}

static bool
skip_words(struct text *rest, const char *words)
{
	if (!text_starts_with(*rest, words))
		return false;
	*rest = text_skip(*rest, strlen(words));
	return true;
}

static bool
skip_body(struct text *rest)
{
	size_t lines = 0;

	while (skip_body_line(rest))
		lines++;
	return lines > 0;
}

static bool
skip_certificate(struct text *rest)
{
	return skip_words(rest, "-----BEGIN CERTIFICATE-----\n") && skip_body(rest) &&
	       skip_words(rest, "-----END CERTIFICATE-----");
}

static bool
is_end(struct text rest)
{
	return rest.length == 0 || text_is(rest, "\n");
}

bool
armour_is_certificate(struct text text)
{
	return skip_certificate(&text) && is_end(text);
}

bool
armour_is_certificates(struct text text)
{
	if (!skip_certificate(&text))
		return false;
	while (!is_end(text))
		if (!skip_words(&text, "\n") || !skip_certificate(&text))
			return false;
	return true;
}

bool
armour_is_certificate_request(struct text text)
{
	if (!skip_words(&text, "-----BEGIN "))
		return false;
	(void)skip_words(&text, "NEW ");
	if (!skip_words(&text, "CERTIFICATE REQUEST-----\n") || !skip_body(&text) ||
	    !skip_words(&text, "-----END "))
		return false;
	(void)skip_words(&text, "NEW ");
	return skip_words(&text, "CERTIFICATE REQUEST-----") && is_end(text);
}

bool
armour_is_openpgp_key(struct text text)
{
	static const char begin[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n";
	static const char end[] = "-----END PGP PUBLIC KEY BLOCK-----";

	if (!text_starts_with(text, begin))
		return false;
	if (text_ends_with(text, "\n"))
		text.length--;
	if (text.length < strlen(begin) + strlen(end) || !text_ends_with(text, end))
		return false;
	text = text_skip(text_first(text, text.length - strlen(end)), strlen(begin));
	for (size_t i = 0; i < text.length; i++)
		if (text.at[i] != '\n' && (text.at[i] < ' ' || text.at[i] > '~'))
			return false;
	/* one block: a second one would hide behind the first */
	while (text_next_line(&text, &(struct text){ NULL, 0 }))
		if (text_starts_with(text, "-----"))
			return false;
	return true;
}

bool
armour_is_ssh_key(struct text text)
{
	static const char *const types[] = { "ssh-ed25519 ", "ssh-rsa ", "ecdsa-sha2-nistp256 ",
		"ecdsa-sha2-nistp384 ", "ecdsa-sha2-nistp521 ", "sk-ssh-ed25519@openssh.com ",
		"sk-ecdsa-sha2-nistp256@openssh.com ", NULL };
	const char *const *type = types;
	size_t length = 0, padding = 0;

	while (*type != NULL && !text_starts_with(text, *type))
		type++;
	if (*type == NULL)
		return false;
	text = text_skip(text, strlen(*type));
	while (length < text.length && is_base64(text.at[length]))
		length++;
	text = text_skip(text, length);
	while (padding < text.length && text.at[padding] == '=')
		padding++;
	text = text_skip(text, padding);
	return length > 0 && padding <= 2 && (text.length == 0 || text.at[0] == ' ');
}
