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
 * See text.h.  Runs in the command-line tools, on strings that a daemon,
 * another administrator or another system chose.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/text.h"

#define TIME_END	253402300800ULL	/* 10000-01-01T00:00:00Z */

static size_t	 utf8_decode(const unsigned char *, uint32_t *);
static int	 is_printable(uint32_t);

/*
 * The character at p and its length, 0 when it is none (RFC 3629 section 4).
 * Reads no further than the NUL, which is no continuation.
 */
static size_t
utf8_decode(const unsigned char *p, uint32_t *out)
{
	uint32_t	 c, low;
	size_t		 i, n;

	if (p[0] < 0x80) {
		*out = p[0];
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] < 0xe0) {
		n = 2;
		low = 0x80;
		c = p[0] & 0x1f;
	} else if (p[0] >= 0xe0 && p[0] < 0xf0) {
		n = 3;
		low = 0x800;
		c = p[0] & 0x0f;
	} else if (p[0] >= 0xf0 && p[0] < 0xf5) {
		n = 4;
		low = 0x10000;
		c = p[0] & 0x07;
	} else
		return 0;
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < low || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*out = c;
	return n;
}

/* No control, separator, direction mark, joiner, tag or private character. */
static int
is_printable(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c)
		return 0;
	if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f))
		return 0;
	return c != 0xfeff && !(c >= 0xe000 && c < 0xf900) &&
	    !(c >= 0xfff0 && c < 0x10000) && c < 0xe0000;
}

const char *
text_clean(char *dst, size_t size, const char *src)
{
	const unsigned char	*p = (const unsigned char *)src;
	uint32_t		 c;
	size_t			 at = 0, n;

	while (*p != '\0' && size > 0) {
		n = utf8_decode(p, &c);
		if (n == 0 || !is_printable(c)) {
			if (at + 1 >= size)
				break;
			dst[at++] = '?';
			p += n == 0 ? 1 : n;
			continue;
		}
		if (n >= size - at)
			break;
		memcpy(dst + at, p, n);
		at += n;
		p += n;
	}
	if (size > 0)
		dst[at] = '\0';
	return dst;
}

int
text_is_clean(const char *s, size_t max)
{
	char	 buf[TEXT_MAX];
	size_t	 len = strnlen(s, TEXT_MAX);

	if (len > max || len >= sizeof(buf))
		return 0;
	return strcmp(text_clean(buf, sizeof(buf), s), s) == 0;
}

size_t
text_width(const char *s)
{
	size_t	 n = 0;

	for (; *s != '\0'; s++)
		if (((unsigned char)*s & 0xc0) != 0x80)
			n++;
	return n;
}

const char *
text_time(char buf[TEXT_TIME_MAX], uint64_t sec)
{
	struct tm	 tm;
	time_t		 t = (time_t)sec;

	if (sec == 0 || sec >= TIME_END || gmtime_r(&t, &tm) == NULL ||
	    strftime(buf, TEXT_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0) {
		buf[0] = '-';
		buf[1] = '\0';
	}
	return buf;
}

const char *
text_bytes(char buf[TEXT_SHORT_MAX], uint64_t n)
{
	static const char *const units[] = {
		"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"
	};
	double	 v = (double)n / 1024;
	size_t	 i = 0;

	if (n < 1024) {
		snprintf(buf, TEXT_SHORT_MAX, "%u B", (unsigned)n);
		return buf;
	}
	/* What would be printed as 1024.0 belongs to the next unit. */
	for (; v >= 1023.95 && i + 1 < sizeof(units) / sizeof(units[0]); i++)
		v /= 1024;
	snprintf(buf, TEXT_SHORT_MAX, "%.1f %s", v, units[i]);
	return buf;
}

const char *
text_age(char buf[TEXT_SHORT_MAX], uint64_t sec)
{
	unsigned long long	 v = sec;

	if (sec < 120)
		snprintf(buf, TEXT_SHORT_MAX, "%llus", v);
	else if (sec < 2 * 3600)
		snprintf(buf, TEXT_SHORT_MAX, "%llum", v / 60);
	else if (sec < 2 * 86400)
		snprintf(buf, TEXT_SHORT_MAX, "%lluh", v / 3600);
	else
		snprintf(buf, TEXT_SHORT_MAX, "%llud", v / 86400);
	return buf;
}
