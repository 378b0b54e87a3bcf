#ifndef COUNTERSIGN_BASE_MOMENT_H
#define COUNTERSIGN_BASE_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

/* Seconds since 1970-01-01T00:00:00Z; 0 means absent. */
typedef int64_t moment;

/* 9999-12-31T23:59:59Z: the last moment that RFC 3339, and a certificate, can say. */
#define MOMENT_LAST ((moment)253402300799)

/* A length of time in seconds; 0 means absent. */
typedef int64_t duration;

/*
 * RFC 3339 in UTC, whole seconds, "2026-01-01T00:00:00Z" and no other form.
 * Years 1970 to 9999; false for anything else.
 */
bool moment_parse(struct text text, moment *out);

/* The same form, in the arena; "" for 0. */
struct text moment_format(struct arena *arena, moment at);

/*
 * A whole number and one of s, min, h, d, w, y (365 d): "90d". At most 100
 * years, at least one second. A bare "m" is refused: it reads as minutes to some and
 * months to others.
 */
bool duration_parse(struct text text, duration *out);

/* The largest unit that divides it: 7776000 is "90d". */
struct text duration_format(struct arena *arena, duration seconds);

/* For people: "2 d 3 h", "45 min", "12 s"; two units at most. */
struct text duration_describe(struct arena *arena, duration seconds);

/* The system's clock. Only the daemon and commands call it: elsewhere the clock is an argument. */
moment moment_now(void);

#define MICROSECONDS_IN_SECOND ((int64_t)1000000)

/* The system's clock in microseconds since 1970, to be set beside the one that follows. */
int64_t microseconds_since_epoch(void);

/* Microseconds since the machine was started, in suspend too: nobody turns this clock. */
int64_t microseconds_since_boot(void);

/* The clock that does not jump: for how long something takes, or is waited for. */
int64_t milliseconds_running(void);

#endif
