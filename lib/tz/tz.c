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
 * Data of a zone, RFC 9636.  The layout is checked once; what is read later
 * is in range.
 */

#include <sys/types.h>

#include <string.h>

#include "tz/tz.h"

#define HEADER		44
#define TYPE_SIZE	6
#define OFFSET_MAX	(26 * 3600)	/* RFC 9636 section 3.2 */

struct counts {
	uint32_t	 isut, isstd, leap, time, type, chars;
};

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static int64_t
time_at(const struct tz *tz, size_t i)
{
	const uint8_t	*p = tz->times + i * tz->width;

	if (tz->width == 4)
		return (int32_t)get32(p);
	return (int64_t)((uint64_t)get32(p) << 32 | get32(p + 4));
}

static int32_t
type_offset(const struct tz *tz, size_t i)
{
	return (int32_t)get32(tz->types + i * TYPE_SIZE);
}

/* Section 3.1. */
static int
header_read(const uint8_t *p, size_t len, struct counts *c)
{
	if (len < HEADER || memcmp(p, "TZif", 4) != 0 ||
	    (p[4] != 0 && p[4] < '2'))
		return -1;
	c->isut = get32(p + 20);
	c->isstd = get32(p + 24);
	c->leap = get32(p + 28);
	c->time = get32(p + 32);
	c->type = get32(p + 36);
	c->chars = get32(p + 40);
	/* So that no sum of sizes can wrap. */
	if (c->isut > TZ_DATA_MAX || c->isstd > TZ_DATA_MAX ||
	    c->leap > TZ_DATA_MAX || c->time > TZ_DATA_MAX ||
	    c->type > 256 || c->chars > TZ_DATA_MAX)
		return -1;
	return 0;
}

/* Section 3.2: bytes of the data block. */
static size_t
block_size(const struct counts *c, size_t width)
{
	return c->time * width + c->time + (size_t)c->type * TYPE_SIZE +
	    c->chars + c->leap * (width + 4) + c->isstd + c->isut;
}

/* NULL, or what is wrong with the table. */
static const char *
table_check(const struct tz *tz)
{
	int32_t	 off;
	size_t	 i;

	if (tz->ntypes == 0)
		return "it has no type of local time";
	for (i = 0; i < tz->ntypes; i++) {
		off = type_offset(tz, i);
		if (off <= -OFFSET_MAX || off >= OFFSET_MAX)
			return "an offset is out of range";
	}
	for (i = 0; i < tz->ntimes; i++) {
		if (tz->indices[i] >= tz->ntypes)
			return "a type of local time is out of range";
		if (i > 0 && time_at(tz, i) <= time_at(tz, i - 1))
			return "its times are not in order";
	}
	return NULL;
}

static const char *
table_set(struct tz *tz, const uint8_t *p, const struct counts *c,
    size_t width)
{
	if (c->leap != 0)
		return "it counts leap seconds";
	tz->width = width;
	tz->ntimes = c->time;
	tz->ntypes = c->type;
	tz->times = p;
	tz->indices = p + c->time * width;
	tz->types = tz->indices + c->time;
	return table_check(tz);
}

/* Section 3.3: a rule between two newlines, or nothing between them. */
static const char *
footer_set(struct tz *tz, const uint8_t *p, size_t len)
{
	const uint8_t	*end;

	if (len < 2 || p[0] != '\n' ||
	    (end = memchr(p + 1, '\n', len - 1)) == NULL)
		return "its footer is missing";
	if (end == p + 1)
		return NULL;
	if (tz_rule_parse(&tz->rule, (const char *)p + 1,
	    (size_t)(end - p) - 1) == -1)
		return "its footer is not a rule";
	tz->have_rule = 1;
	return NULL;
}

static const char *
data_read(struct tz *tz, const uint8_t *p, size_t len)
{
	struct counts	 c;
	const char	*why;
	size_t		 size;
	int		 version;

	if (len > TZ_DATA_MAX)
		return "it is too long";
	if (header_read(p, len, &c) == -1)
		return "its header is not one of time zone data";
	version = p[4];
	size = block_size(&c, 4);
	if (size > len - HEADER)
		return "it is cut short";
	if (version == 0)
		return table_set(tz, p + HEADER, &c, 4);
	/* The first block is for readers that know of no other. */
	p += HEADER + size;
	len -= HEADER + size;
	if (header_read(p, len, &c) == -1)
		return "its second header is not one of time zone data";
	size = block_size(&c, 8);
	if (size > len - HEADER)
		return "it is cut short";
	if ((why = table_set(tz, p + HEADER, &c, 8)) != NULL)
		return why;
	return footer_set(tz, p + HEADER + size, len - HEADER - size);
}

int
tz_parse(struct tz *tz, const uint8_t *data, size_t len, const char **errstr)
{
	memset(tz, 0, sizeof(*tz));
	*errstr = data_read(tz, data, len);
	if (*errstr == NULL)
		return 0;
	memset(tz, 0, sizeof(*tz));
	return -1;
}

void
tz_utc(struct tz *tz)
{
	memset(tz, 0, sizeof(*tz));
	tz->have_rule = 1;
}

/* How many of the table's times are not after t. */
static size_t
times_until(const struct tz *tz, int64_t t)
{
	size_t	 low = 0, high = tz->ntimes, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (time_at(tz, mid) <= t)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

int32_t
tz_offset(const struct tz *tz, int64_t t)
{
	size_t	 n = times_until(tz, t);

	/* Section 3.2: before the first time it is type 0. */
	if (n == tz->ntimes && tz->have_rule)
		return tz_rule_offset(&tz->rule, t);
	return type_offset(tz, n == 0 ? 0 : tz->indices[n - 1]);
}

int64_t
tz_next(const struct tz *tz, int64_t t)
{
	size_t	 n = times_until(tz, t);

	if (n < tz->ntimes)
		return time_at(tz, n);
	return tz->have_rule ? tz_rule_next(&tz->rule, t) : TZ_NEVER;
}
