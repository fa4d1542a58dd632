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
 * The rules for values that come from outside.  Pure functions.
 */

#include <string.h>

#include "db_private.h"

int
db_string_ends(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

int
db_bytes_zero(const uint8_t *p, size_t len)
{
	uint8_t	 acc = 0;
	size_t	 i;

	for (i = 0; i < len; i++)
		acc |= p[i];
	return acc == 0;
}

static int
is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* ([a-z0-9]+[-.])*[a-z0-9]+ */
int
db_tag_name_valid(const char *name)
{
	size_t	 i, len = strnlen(name, DB_TAG_NAME_MAX + 1);

	if (len == 0 || len > DB_TAG_NAME_MAX)
		return 0;
	for (i = 0; i < len; i++) {
		if (is_lower_alnum(name[i]))
			continue;
		if (name[i] != '-' && name[i] != '.')
			return 0;
		if (i == 0 || i == len - 1 || !is_lower_alnum(name[i - 1]))
			return 0;
	}
	return 1;
}

int
db_org_name_valid(const char *name)
{
	size_t	 i, len = strnlen(name, DB_ORG_NAME_MAX + 1);

	if (len == 0 || len > DB_ORG_NAME_MAX)
		return 0;
	for (i = 0; i < len; i++)
		if (!is_lower_alnum(name[i]) && name[i] != '-' &&
		    name[i] != '.')
			return 0;
	return 1;
}

/*
 * Length of the UTF-8 sequence at p (RFC 3629 section 4), 0 when it is none:
 * no overlong forms, surrogates, or values above U+10FFFF.
 */
static size_t
utf8_len(const uint8_t *p, size_t left)
{
	size_t	 i, n;
	uint8_t	 lo = 0x80, hi = 0xbf;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n > left)
		return 0;
	if (p[0] == 0xe0)
		lo = 0xa0;
	else if (p[0] == 0xed)
		hi = 0x9f;
	else if (p[0] == 0xf0)
		lo = 0x90;
	else if (p[0] == 0xf4)
		hi = 0x8f;
	if (p[1] < lo || p[1] > hi)
		return 0;
	for (i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return n;
}

/* UTF-8 that ends within size and has no C0 or C1 control character. */
int
db_text_valid(const char *text, size_t size)
{
	const uint8_t	*p = (const uint8_t *)text;
	size_t		 i, len, n;

	len = strnlen(text, size);
	if (len == size)
		return 0;
	for (i = 0; i < len; i += n) {
		if ((n = utf8_len(p + i, len - i)) == 0)
			return 0;
		if (p[i] < 0x20 || p[i] == 0x7f ||
		    (p[i] == 0xc2 && p[i + 1] < 0xa0))
			return 0;
	}
	return 1;
}
