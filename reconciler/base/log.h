#ifndef COUNTERSIGN_BASE_LOG_H
#define COUNTERSIGN_BASE_LOG_H

#include <stdbool.h>

#include "base/text.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_ALARM,
	LOG_NOTHING     /* as `least`: silence */ };

/* A name and a value; values are made safe to show by the log itself. */
struct log_field {
	const char *name;
	struct text value;
};

/*
 * Text lines when standard error is a terminal, JSON lines (RFC 8259) when not;
 * `json` 0 or 1 overrides, -1 chooses. Messages below `least` are dropped.
 */
void log_configure(enum log_level least, int json);

/*
 * One event, one line, written with one write(2): `event` is a stable word in
 * lower-case-with-dashes, `fields` ends with a NULL name (or is NULL).
 */
void log_event(enum log_level level, const char *event, const struct log_field *fields);

/* log_event(LOG_INFO, "issued", LOG_FIELDS({"request", id}, {"serial", serial})) */
#define LOG_FIELDS(...) (const struct log_field[]){ __VA_ARGS__, { NULL, { NULL, 0 } } }

#endif
