#include "base/json.h"

#include <stdint.h>

static void
add_escaped(struct buffer *buffer, uint32_t code_point)
{
	if (code_point == '\n') {
		buffer_add(buffer, TEXT("\\n"));
	} else if (code_point == '\t') {
		buffer_add(buffer, TEXT("\\t"));
	} else if (code_point > 0xffff) {
		/* a surrogate pair: JSON's escapes are UTF-16 */
		code_point -= 0x10000;
		buffer_printf(buffer, "\\u%04x\\u%04x", (unsigned)(0xd800 + (code_point >> 10)),
		    (unsigned)(0xdc00 + (code_point & 0x3ff)));
	} else {
		buffer_printf(buffer, "\\u%04x", (unsigned)code_point);
	}
}

void
json_string(struct buffer *buffer, struct text text)
{
	uint32_t code_point = 0;
	size_t length;

	buffer_add_byte(buffer, '"');
	while (text.length > 0) {
		length = text_code_point(text, &code_point);
		if (length == 0)
			buffer_add(buffer, TEXT("\xef\xbf\xbd"));
		else if (code_point == '"' || code_point == '\\')
			buffer_printf(buffer, "\\%c", (char)code_point);
		else if (code_point_is_hidden(code_point))
			add_escaped(buffer, code_point);
		else
			buffer_add(buffer, text_first(text, length));
		text = text_skip(text, length == 0 ? 1 : length);
	}
	buffer_add_byte(buffer, '"');
}
