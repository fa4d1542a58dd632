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
 * Active hours: text, and windows.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "tz/tz.h"

#define DAY		86400
/* Windows begin until then: a week, and what changes of the clock move. */
#define HORIZON		(8 * DAY)
#define BEFORE		(8 * DAY)	/* looked at, longest window and more */
#define AFTER		(16 * DAY)

static const char *const day_names[] = {
	"mon", "tue", "wed", "thu", "fri", "sat", "sun"
};

int
tz_name_valid(const char *name)
{
	size_t	 i, n = strlen(name);
	int	 c;

	if (n == 0 || n > TZ_NAME_MAX || *name == '/' || name[n - 1] == '/' ||
	    strncmp(name, "posix/", 6) == 0 ||
	    strncmp(name, "right/", 6) == 0)
		return 0;
	for (i = 0; i < n; i++) {
		c = name[i];
		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
		    !(c >= '0' && c <= '9') && c != '/' && c != '_' &&
		    c != '-' && c != '+')
			return 0;
		if (c == '/' && name[i + 1] == '/')
			return 0;
	}
	return 1;
}

int
tz_hours_valid(const struct tz_hours *h)
{
	if (h->days == 0)
		return h->start == 0 && h->end == 0 && h->zone[0] == '\0';
	return h->days <= TZ_DAYS_ALL && h->start < TZ_MINUTES &&
	    h->end <= TZ_MINUTES && tz_name_valid(h->zone);
}

static int
day_read(const char **s)
{
	int	 i;

	for (i = 0; i < 7; i++)
		if (strncmp(*s, day_names[i], 3) == 0) {
			*s += 3;
			return i;
		}
	return -1;
}

/* "mon", "mon-fri", "sat-mon", joined by commas, or "all". */
static int
days_read(const char **s, uint8_t *days)
{
	int	 from, to;

	*days = 0;
	if (strncmp(*s, "all", 3) == 0) {
		*s += 3;
		*days = TZ_DAYS_ALL;
		return 0;
	}
	do {
		if ((from = to = day_read(s)) == -1)
			return -1;
		if (**s == '-') {
			(*s)++;
			if ((to = day_read(s)) == -1)
				return -1;
		}
		for (; from != to; from = (from + 1) % 7)
			*days |= (uint8_t)(1 << from);
		*days |= (uint8_t)(1 << to);
	} while (*(*s)++ == ',');
	(*s)--;
	return 0;
}

/* hh:mm */
static int
minute_read(const char **s, uint16_t *minute)
{
	const char	*p = *s;
	int		 i;

	for (i = 0; i < 5; i++)
		if (i == 2 ? p[i] != ':' : p[i] < '0' || p[i] > '9')
			return -1;
	if (p[3] > '5')
		return -1;
	*minute = (uint16_t)(((p[0] - '0') * 10 + p[1] - '0') * 60 +
	    (p[3] - '0') * 10 + p[4] - '0');
	*s += 5;
	return *minute <= TZ_MINUTES ? 0 : -1;
}

static void
blanks_skip(const char **s)
{
	while (**s == ' ')
		(*s)++;
}

static const char *
hours_read(struct tz_hours *h, const char *s)
{
	blanks_skip(&s);
	if (days_read(&s, &h->days) == -1 || *s != ' ')
		return "days are mon, tue, wed, thu, fri, sat, sun, ranges "
		    "such as mon-fri, joined by commas, or all";
	blanks_skip(&s);
	if (minute_read(&s, &h->start) == -1 || *s++ != '-' ||
	    minute_read(&s, &h->end) == -1 || (*s != ' ' && *s != '\0'))
		return "times are hh:mm-hh:mm, from 00:00 to 24:00";
	if (h->start == TZ_MINUTES)
		return "a day begins at 00:00";
	if (h->start == h->end)
		return "hours that end when they begin are never";
	blanks_skip(&s);
	if (strlcpy(h->zone, *s != '\0' ? s : TZ_UTC, sizeof(h->zone)) >=
	    sizeof(h->zone) || !tz_name_valid(h->zone))
		return "not the name of a time zone, such as Europe/Berlin";
	return NULL;
}

const char *
tz_hours_parse(struct tz_hours *h, const char *s)
{
	const char	*why;

	memset(h, 0, sizeof(*h));
	if ((why = hours_read(h, s)) != NULL)
		memset(h, 0, sizeof(*h));
	return why;
}

static void
days_print(uint8_t days, char *buf, size_t size)
{
	int	 i, last;

	buf[0] = '\0';
	if (days == TZ_DAYS_ALL)
		strlcat(buf, "all", size);
	for (i = 0; i < 7 && days != TZ_DAYS_ALL; i++) {
		if ((days & 1 << i) == 0)
			continue;
		for (last = i; last < 6 && (days & 1 << (last + 1)) != 0;)
			last++;
		if (buf[0] != '\0')
			strlcat(buf, ",", size);
		strlcat(buf, day_names[i], size);
		if (last > i) {
			strlcat(buf, "-", size);
			strlcat(buf, day_names[last], size);
		}
		i = last;
	}
}

const char *
tz_hours_print(const struct tz_hours *h, char *buf, size_t size)
{
	char	 days[32];

	if (h->days == 0) {
		(void)strlcpy(buf, "", size);
		return buf;
	}
	days_print(h->days, days, sizeof(days));
	(void)snprintf(buf, size, "%s %02d:%02d-%02d:%02d %s", days,
	    h->start / 60, h->start % 60, h->end / 60, h->end % 60, h->zone);
	return buf;
}

/* What is collected; windows that meet become one. */
struct windows {
	struct acl_window	*w;
	size_t			 n, max;
	uint64_t		 now;
	int64_t			 from, until;	/* of the one under way */
};

/* Keep the window under way if it counts. */
static void
window_end(struct windows *ws)
{
	if (ws->from < ws->until && ws->until > (int64_t)ws->now &&
	    ws->from <= (int64_t)ws->now + HORIZON && ws->n < ws->max) {
		ws->w[ws->n].from = ws->from > 0 ? (uint64_t)ws->from : 0;
		ws->w[ws->n++].until = (uint64_t)ws->until;
	}
	ws->from = ws->until = 0;
}

static void
window_add(struct windows *ws, int64_t from, int64_t until)
{
	if (from >= until)
		return;
	if (ws->from < ws->until && from <= ws->until) {
		if (until > ws->until)
			ws->until = until;
		return;
	}
	window_end(ws);
	ws->from = from;
	ws->until = until;
}

static int64_t
floor_day(int64_t local)
{
	return local / DAY - (local % DAY < 0);
}

/* Hours of each local day within a span of one offset, from <= t < until. */
static void
span_add(struct windows *ws, const struct tz_hours *h, int64_t from,
    int64_t until, int32_t offset)
{
	int64_t	 day, start, end;

	for (day = floor_day(from + offset) - 1;
	    day <= floor_day(until + offset); day++) {
		/* The first day of all was a Thursday. */
		if ((h->days & 1 << ((day % 7 + 7 + 3) % 7)) == 0)
			continue;
		start = day * DAY + h->start * 60 - offset;
		end = day * DAY + h->end * 60 - offset;
		if (h->end < h->start)
			end += DAY;
		window_add(ws, start > from ? start : from,
		    end < until ? end : until);
	}
}

size_t
tz_hours_windows(const struct tz_hours *h, const struct tz *tz, uint64_t now,
    struct acl_window *w, size_t n)
{
	struct windows	 ws = { w, 0, n, now, 0, 0 };
	int64_t		 t, next, end;

	if (now > (uint64_t)INT64_MAX / 2)
		return 0;
	t = (int64_t)now - BEFORE;
	end = (int64_t)now + AFTER;
	for (; t < end; t = next) {
		next = tz_next(tz, t);
		if (next > end)
			next = end;
		span_add(&ws, h, t, next, tz_offset(tz, t));
	}
	window_end(&ws);
	return ws.n;
}
