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
 * Time zones: the offset of local time at any moment, from the data of a zone
 * as RFC 9636 has it (versions 1 to 4, with the rule of its footer for times
 * beyond the table), and the windows in which something with active hours is
 * in force.  Pure: the data is the caller's memory, which is not trusted and
 * is borrowed; allocates nothing, reads no file, no clock, no environment.
 *
 * Times are seconds since the epoch, without leap seconds.
 */

#ifndef TZ_TZ_H
#define TZ_TZ_H

#include <stddef.h>
#include <stdint.h>

#include "packet/acl.h"

#define TZ_DATA_MAX	65536	/* bytes of one zone */
#define TZ_NAME_MAX	63
#define TZ_UTC		"UTC"
#define TZ_NEVER	INT64_MAX

/* When daylight saving time begins or ends in a year, POSIX TZ. */
enum tz_form { TZ_JULIAN, TZ_DAY, TZ_MONTH };

struct tz_change {
	enum tz_form	 form;
	int		 day;		/* of year; or of week, 0 Sunday */
	int		 week;		/* 1 to 5, 5 is the last */
	int		 month;
	int32_t		 time;		/* seconds after local midnight */
};

struct tz_rule {
	int32_t		 std;		/* seconds east of UTC */
	int32_t		 dst;
	int		 have_dst;
	struct tz_change start;
	struct tz_change end;
};

/* A zone; points into the data it was parsed from. */
struct tz {
	const uint8_t	*times;
	const uint8_t	*indices;
	const uint8_t	*types;
	size_t		 ntimes;
	size_t		 ntypes;
	size_t		 width;		/* bytes of a time: 4 or 8 */
	int		 have_rule;
	struct tz_rule	 rule;
};

/* The zone of which no data is needed. */
void	 tz_utc(struct tz *);

/*
 * Parse the content of a file.  0, or -1 with *errstr; data with a table of
 * leap seconds is refused.
 */
int	 tz_parse(struct tz *, const uint8_t *data, size_t len,
	    const char **errstr);

/* Seconds east of UTC at this time. */
int32_t	 tz_offset(const struct tz *, int64_t t);

/* The first moment after t at which the offset may change, or TZ_NEVER. */
int64_t	 tz_next(const struct tz *, int64_t t);

/* The rule of a footer, such as "CET-1CEST,M3.5.0,M10.5.0/3"; 0 or -1. */
int	 tz_rule_parse(struct tz_rule *, const char *, size_t len);
int32_t	 tz_rule_offset(const struct tz_rule *, int64_t t);
int64_t	 tz_rule_next(const struct tz_rule *, int64_t t);

/* tz_hours.c */

/*
 * Active hours: on these days (bit 0 is Monday), from the minute start to
 * before the minute end, in local time of the zone.  With end before start
 * they go on over midnight and belong to the day on which they begin; equal,
 * they are never.  days 0: there are none, it is always active.
 */
struct tz_hours {
	uint8_t		 days;
	uint16_t	 start;		/* 0 to 1439 */
	uint16_t	 end;		/* 0 to 1440 */
	char		 zone[TZ_NAME_MAX + 1];
};

#define TZ_DAYS_ALL	0x7f
#define TZ_MINUTES	1440
#define TZ_HOURS_STRLEN	104	/* of the text with its NUL */

/* Values in range, and a name that can be one of a zone. */
int	 tz_hours_valid(const struct tz_hours *);
int	 tz_name_valid(const char *);

/*
 * "mon-fri 08:00-18:00 Europe/Berlin", "sat,sun 22:00-06:00", "all
 * 00:00-24:00 UTC"; without a zone it is UTC.  NULL, or what is wrong.
 */
const char *tz_hours_parse(struct tz_hours *, const char *);

/* The text that tz_hours_parse reads; "" when there are none. */
const char *tz_hours_print(const struct tz_hours *, char *, size_t);

/*
 * The windows that hold now or begin within eight days, in order and apart,
 * n at most; returns how many.  Exact by definition: a second is in one when
 * its local time is within the hours.  So hours that a change of the clock
 * skips do not take place, and those it repeats do so twice.  A window of
 * more than a week is cut on both sides.
 */
size_t	 tz_hours_windows(const struct tz_hours *, const struct tz *,
	    uint64_t now, struct acl_window *, size_t n);

/* tz_pack.c: the data of all zones in one piece of memory. */

#define TZ_PACK_MAX	(8 * 1024 * 1024)
#define TZ_ZONES_MAX	2048

/* Returns the new length, or 0 when it is full; len 0 begins one. */
size_t	 tz_pack_add(uint8_t *pack, size_t cap, size_t len, const char *name,
	    const uint8_t *data, size_t n);

/*
 * The zone of this name, UTC even without a pack (NULL).  0, or -1 with
 * *errstr.
 */
int	 tz_pack_find(const uint8_t *pack, size_t len, const char *name,
	    struct tz *, const char **errstr);

#endif /* TZ_TZ_H */
