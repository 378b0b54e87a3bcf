#include "base/moment.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LONGEST_DURATION_YEARS = 100 };

static const struct {
	const char *unit;
	duration seconds;
} units[] = {
	{ "y", 365 * 86400 }, { "w", 7 * 86400 }, { "d", 86400 },
	{ "h", 3600 }, { "min", 60 }, { "s", 1 },
};

enum { UNITS = sizeof(units) / sizeof(units[0]) };

static bool
digits(const char *at, int count, int *out)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		if (at[i] < '0' || at[i] > '9')
			return false;
		value = value * 10 + (at[i] - '0');
	}
	*out = value;
	return true;
}

static bool
days_fit_month(int year, int month, int day)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month >= 1 && month <= 12 && day >= 1 &&
	    day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* Days from 1970-01-01 to a date of the proleptic Gregorian calendar. */
static int64_t
days_from_epoch(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400, of_era = y % 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

bool
moment_parse(struct text text, moment *out)
{
	static const char shape[] = "0000-00-00T00:00:00Z";
	int year, month, day, hour, minute, second;

	*out = 0;
	if (text.length != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < text.length; i++)
		if (shape[i] != '0' && text.at[i] != shape[i])
			return false;
	if (!digits(text.at, 4, &year) || !digits(text.at + 5, 2, &month) ||
	    !digits(text.at + 8, 2, &day) || !digits(text.at + 11, 2, &hour) ||
	    !digits(text.at + 14, 2, &minute) || !digits(text.at + 17, 2, &second))
		return false;
	if (year < 1970 || !days_fit_month(year, month, day) || hour > 23 || minute > 59 ||
	    second > 59)
		return false;
	*out = days_from_epoch(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
	return true;
}

struct text
moment_format(struct arena *arena, moment at)
{
	struct tm parts;
	time_t seconds = (time_t)at;

	if (at == 0 || gmtime_r(&seconds, &parts) == NULL)
		return TEXT("");
	return text_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900,
	    parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

bool
duration_parse(struct text text, duration *out)
{
	duration longest = (duration)LONGEST_DURATION_YEARS * 365 * 86400, value = 0;
	size_t used = 0;

	*out = 0;
	while (used < text.length && text.at[used] >= '0' && text.at[used] <= '9') {
		value = value * 10 + (text.at[used++] - '0');
		if (value > longest)
			return false;
	}
	/* one spelling for each length: no leading zero, no zero */
	if (used == 0 || text.at[0] == '0')
		return false;
	for (int i = 0; i < UNITS; i++) {
		if (!text_is(text_skip(text, used), units[i].unit))
			continue;
		if (value > longest / units[i].seconds)
			return false;
		*out = value * units[i].seconds;
		return true;
	}
	return false;
}

struct text
duration_format(struct arena *arena, duration seconds)
{
	for (int i = 0; i < UNITS; i++)
		/* weeks and years only where days would be unreadable: 90d, not 12w6d */
		if (units[i].unit[0] != 'w' && seconds >= units[i].seconds &&
		    seconds % units[i].seconds == 0)
			return text_printf(arena, "%lld%s", (long long)(seconds / units[i].seconds),
			    units[i].unit);
	return text_printf(arena, "%llds", (long long)seconds);
}

struct text
duration_describe(struct arena *arena, duration seconds)
{
	struct buffer described = { .arena = arena };
	int shown = 0;

	if (seconds <= 0)
		return TEXT("0 s");
	for (int i = 0; i < UNITS && shown < 2; i++) {
		duration count = seconds / units[i].seconds;

		if (units[i].unit[0] == 'w')
			continue;
		if (count > 0) {
			buffer_printf(&described, "%s%lld %s", shown > 0 ? " " : "",
			    (long long)count, units[i].unit);
			seconds -= count * units[i].seconds;
			shown++;
		} else if (shown > 0) {
			break;
		}
	}
	return buffer_text(&described);
}

static int64_t
microseconds_of(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * MICROSECONDS_IN_SECOND + now.tv_nsec / 1000;
}

int64_t
microseconds_since_epoch(void)
{
	return microseconds_of(CLOCK_REALTIME);
}

int64_t
microseconds_since_boot(void)
{
	return microseconds_of(CLOCK_BOOTTIME);
}

moment
moment_now(void)
{
	return microseconds_since_epoch() / MICROSECONDS_IN_SECOND;
}

int64_t
milliseconds_running(void)
{
	return microseconds_of(CLOCK_MONOTONIC) / 1000;
}
