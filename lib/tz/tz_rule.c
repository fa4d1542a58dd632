/*
 * Copyright (c) 2026 The Enclave authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * The rule of a footer: a POSIX TZ string with the extension of RFC 9636
 * section 3.3.1, hours from -167 to 167.
 */

#include <sys/types.h>

#include <string.h>

#include "tz/tz.h"

#define DAY		86400
#define HOURS_MAX	167		/* of a change */
#define OFFSET_HOURS	24		/* of a zone */
#define YEARS		400		/* the calendar repeats itself */
/* Beyond these years nothing is asked; the sums stay far from wrapping. */
#define TIME_LIMIT	(INT64_C(1) << 42)

struct text {
	const char	*p;
	const char	*end;
};

static int
peek(const struct text *t)
{
	return t->p < t->end ? (unsigned char)*t->p : -1;
}

static int
take(struct text *t, int c)
{
	if (peek(t) != c)
		return 0;
	t->p++;
	return 1;
}

static int
is_letter(int c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static int
is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* Three letters or more, or anything like it in <>. */
static int
name_skip(struct text *t)
{
	int	 n = 0, quoted = take(t, '<'), c;

	for (; (c = peek(t)) != -1; t->p++, n++)
		if (!is_letter(c) && !(quoted && (is_digit(c) || c == '+' ||
		    c == '-')))
			break;
	if (quoted && !take(t, '>'))
		return -1;
	return n >= 3 ? 0 : -1;
}

static int
number(struct text *t, int low, int high, int *v)
{
	int	 n = 0, digits = 0;

	for (; is_digit(peek(t)) && digits < 4; digits++)
		n = n * 10 + (*t->p++ - '0');
	if (digits == 0 || is_digit(peek(t)) || n < low || n > high)
		return -1;
	*v = n;
	return 0;
}

/* [+-]hh[:mm[:ss]] */
static int
clock_read(struct text *t, int hours_max, int32_t *sec)
{
	int	 minus = take(t, '-'), h, m = 0, s = 0;

	if (!minus)
		take(t, '+');
	if (number(t, 0, hours_max, &h) == -1)
		return -1;
	if (take(t, ':')) {
		if (number(t, 0, 59, &m) == -1)
			return -1;
		if (take(t, ':') && number(t, 0, 59, &s) == -1)
			return -1;
	}
	*sec = h * 3600 + m * 60 + s;
	if (minus)
		*sec = -*sec;
	return 0;
}

/* Mm.w.d, Jn or n, and /time. */
static int
change_read(struct text *t, struct tz_change *c)
{
	c->time = 2 * 3600;
	if (take(t, 'M')) {
		c->form = TZ_MONTH;
		if (number(t, 1, 12, &c->month) == -1 || !take(t, '.') ||
		    number(t, 1, 5, &c->week) == -1 || !take(t, '.') ||
		    number(t, 0, 6, &c->day) == -1)
			return -1;
	} else if (take(t, 'J')) {
		c->form = TZ_JULIAN;
		if (number(t, 1, 365, &c->day) == -1)
			return -1;
	} else {
		c->form = TZ_DAY;
		if (number(t, 0, 365, &c->day) == -1)
			return -1;
	}
	return take(t, '/') ? clock_read(t, HOURS_MAX, &c->time) : 0;
}

static int
rule_read(struct tz_rule *r, struct text *t)
{
	if (name_skip(t) == -1 || clock_read(t, OFFSET_HOURS, &r->std) == -1)
		return -1;
	/* POSIX counts what is to be added to reach UTC. */
	r->std = -r->std;
	if (peek(t) == -1)
		return 0;
	if (name_skip(t) == -1)
		return -1;
	r->dst = r->std + 3600;
	if (peek(t) != ',') {
		if (clock_read(t, OFFSET_HOURS, &r->dst) == -1)
			return -1;
		r->dst = -r->dst;
	}
	r->have_dst = 1;
	if (!take(t, ',') || change_read(t, &r->start) == -1 ||
	    !take(t, ',') || change_read(t, &r->end) == -1)
		return -1;
	return peek(t) == -1 ? 0 : -1;
}

int
tz_rule_parse(struct tz_rule *r, const char *s, size_t len)
{
	struct text	 t = { s, s + len };

	memset(r, 0, sizeof(*r));
	if (rule_read(r, &t) == 0)
		return 0;
	memset(r, 0, sizeof(*r));
	return -1;
}

static int
is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from the epoch to the first of January. */
static int64_t
year_begins(int64_t year)
{
	int64_t	 y = year - 1;

	/* Counted from years that are never negative here. */
	y += 10 * YEARS * 100000;
	return y * 365 + y / 4 - y / 100 + y / 400 - 719162 -
	    INT64_C(146097) * 10 * 100000;
}

static int64_t
year_of(int64_t day)
{
	int64_t	 year = 1970 + day / 366;

	if (day < 0)
		year = 1970 + day / 365 - 1;
	while (year_begins(year + 1) <= day)
		year++;
	return year;
}

/* The day of the year, from 0, of a change by week of month. */
static int64_t
month_day(const struct tz_change *c, int64_t year)
{
	static const int	 begins[] = { 0, 31, 59, 90, 120, 151, 181, 212,
				    243, 273, 304, 334, 365 };
	int64_t			 first, last, day, weekday;

	first = begins[c->month - 1] + (c->month > 2 && is_leap(year));
	last = begins[c->month] + (c->month > 1 && is_leap(year));
	/* The first of January 1970 was a Thursday. */
	weekday = ((year_begins(year) + first + 4) % 7 + 7) % 7;
	day = first + (c->day - weekday + 7) % 7 + (c->week - 1) * 7;
	return day < last ? day : day - 7;
}

/* When the change is, in seconds since the epoch; before it offset counts. */
static int64_t
change_at(const struct tz_change *c, int64_t year, int32_t offset)
{
	int64_t	 day;

	if (c->form == TZ_MONTH)
		day = month_day(c, year);
	else if (c->form == TZ_DAY)
		day = c->day;
	else
		day = c->day - 1 + (is_leap(year) && c->day >= 60);
	return (year_begins(year) + day) * DAY + c->time - offset;
}

static int64_t
year_at(const struct tz_rule *r, int64_t t)
{
	int64_t	 local = t + r->std;

	return year_of(local / DAY - (local % DAY < 0));
}

/* The last change of a kind that is not after t. */
static int64_t
change_before(const struct tz_change *c, int64_t year, int32_t offset,
    int64_t t)
{
	int64_t	 at;

	/* With hours beyond a day it may lie in the year after. */
	for (year++; (at = change_at(c, year, offset)) > t; year--)
		continue;
	return at;
}

static int64_t
change_after(const struct tz_change *c, int64_t year, int32_t offset,
    int64_t t)
{
	int64_t	 at;

	for (year--; (at = change_at(c, year, offset)) <= t; year++)
		continue;
	return at;
}

/* RFC 9636 section 3.3.1: starts before January and ends after December. */
static int
dst_always(const struct tz_rule *r, int64_t year)
{
	return change_at(&r->end, year, r->dst) ==
	    change_at(&r->start, year + 1, r->std);
}

int32_t
tz_rule_offset(const struct tz_rule *r, int64_t t)
{
	int64_t	 year, start, end;

	if (!r->have_dst || t > TIME_LIMIT || t < -TIME_LIMIT)
		return r->std;
	year = year_at(r, t);
	if (dst_always(r, year))
		return r->dst;
	start = change_before(&r->start, year, r->std, t);
	end = change_before(&r->end, year, r->dst, t);
	return start > end ? r->dst : r->std;
}

int64_t
tz_rule_next(const struct tz_rule *r, int64_t t)
{
	int64_t	 year, start, end;

	if (!r->have_dst || t > TIME_LIMIT || t < -TIME_LIMIT)
		return TZ_NEVER;
	year = year_at(r, t);
	if (dst_always(r, year))
		return TZ_NEVER;
	start = change_after(&r->start, year, r->std, t);
	end = change_after(&r->end, year, r->dst, t);
	return start < end ? start : end;
}
