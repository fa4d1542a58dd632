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
 * Text that people read comes from other people's machines: what could
 * steer a terminal or reorder a line is replaced before it goes on.  Pure.
 */

#include <string.h>

#include "frame/frame_local.h"

/*
 * Length of the UTF-8 character at s and its code point; 0 when it is none
 * (RFC 3629: no overlong form, no surrogate, nothing above 10FFFF).
 */
static size_t
utf8_next(const char *s, uint32_t *cp)
{
	static const uint32_t	 least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char		 c = (unsigned char)s[0];
	size_t			 i, n;

	if (c < 0x80) {
		*cp = c;
		return 1;
	}
	if (c >= 0xc2 && c <= 0xdf)
		n = 2;
	else if (c >= 0xe0 && c <= 0xef)
		n = 3;
	else if (c >= 0xf0 && c <= 0xf4)
		n = 4;
	else
		return 0;
	*cp = c & (0xffU >> (n + 1));
	for (i = 1; i < n; i++) {
		c = (unsigned char)s[i];
		if ((c & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (c & 0x3f);
	}
	if (*cp < least[n] || *cp > 0x10ffff ||
	    (*cp >= 0xd800 && *cp <= 0xdfff))
		return 0;
	return n;
}

/* C0, DEL, C1, line separators, and what changes the direction of text. */
static int
is_control(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) ||
	    cp == 0x61c || cp == 0x200e || cp == 0x200f ||
	    (cp >= 0x2028 && cp <= 0x202e) ||
	    (cp >= 0x2066 && cp <= 0x2069);
}

void
frame_text_copy(char *dst, size_t cap, const char *src)
{
	uint32_t	 cp;
	size_t		 n, out = 0;

	while (*src != '\0') {
		n = utf8_next(src, &cp);
		if (n == 0 || is_control(cp)) {
			if (cap - out < 2)
				break;
			dst[out++] = '?';
			src += n == 0 ? 1 : n;
			continue;
		}
		if (cap - out < n + 1)
			break;
		memcpy(dst + out, src, n);
		out += n;
		src += n;
	}
	dst[out] = '\0';
}

int
frame_text_ice(const char *s, size_t min, size_t max)
{
	size_t	 i, len = strnlen(s, max + 1);

	if (len < min || len > max)
		return 0;
	for (i = 0; i < len; i++) {
		if (!((s[i] >= 'A' && s[i] <= 'Z') ||
		    (s[i] >= 'a' && s[i] <= 'z') ||
		    (s[i] >= '0' && s[i] <= '9') ||
		    s[i] == '+' || s[i] == '/'))
			return 0;
	}
	return 1;
}

int
frame_text_key(const char *s, size_t max)
{
	size_t	 i, len = strnlen(s, max + 1);

	if (len < 1 || len > max)
		return 0;
	for (i = 0; i < len; i++)
		if (s[i] <= 0x20 || s[i] >= 0x7f)
			return 0;
	return 1;
}
