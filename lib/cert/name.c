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
 * The alphabet of system names and enrolment keys.  What a person typed is
 * not trusted; a key is never quoted in an error beyond the one byte that
 * cannot belong to any key.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cert/name.h"

#define BASE		21
#define GROUP		5
#define RANDOM_LIMIT	(256 / BASE * BASE)

static const char	 alphabet[] = "23456789DGHKLPQRVWXYZ";

static const char	*explain(const char *, ...)
			    __attribute__((__format__(printf, 1, 2)));

static const char *
explain(const char *fmt, ...)
{
	static char	 text[96];
	va_list		 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return text;
}

static int
symbol_value(unsigned char c)
{
	const char	*p;

	if (c == '\0' || (p = strchr(alphabet, c)) == NULL)
		return -1;
	return (int)(p - alphabet);
}

int
name_valid_bytes(const uint8_t *name)
{
	size_t	 i;

	for (i = 0; i < NAME_LEN; i++)
		if (symbol_value(name[i]) == -1)
			return 0;
	return 1;
}

int
name_valid(const char *name)
{
	return strnlen(name, NAME_STRLEN) == NAME_LEN &&
	    name_valid_bytes((const uint8_t *)name);
}

int
name_from_index(uint32_t idx, char out[NAME_STRLEN])
{
	int	 i;

	if (idx >= NAME_COUNT) {
		errno = EINVAL;
		return -1;
	}
	for (i = NAME_LEN - 1; i >= 0; i--) {
		out[i] = alphabet[idx % BASE];
		idx /= BASE;
	}
	out[NAME_LEN] = '\0';
	return 0;
}

int
name_to_index(const char *name, uint32_t *idx)
{
	uint32_t	 n = 0;
	int		 i;

	if (!name_valid(name)) {
		errno = EINVAL;
		return -1;
	}
	for (i = 0; i < NAME_LEN; i++)
		n = n * BASE + (uint32_t)symbol_value((unsigned char)name[i]);
	*idx = n;
	return 0;
}

/* Append symbol number n, and the hyphen that goes before it. */
static void
put_symbol(char out[ENROLKEY_STRLEN], size_t n, char symbol)
{
	size_t	 at = n + n / GROUP;

	if (n != 0 && n % GROUP == 0)
		out[at - 1] = '-';
	out[at] = symbol;
	out[at + 1] = '\0';
}

int
enrolkey_from_random(const uint8_t *rnd, size_t len, char out[ENROLKEY_STRLEN])
{
	size_t	 i, n = 0;

	for (i = 0; i < len && n < ENROLKEY_SYMBOLS; i++)
		if (rnd[i] < RANDOM_LIMIT)
			put_symbol(out, n++, alphabet[rnd[i] % BASE]);
	if (n == ENROLKEY_SYMBOLS)
		return 0;
	explicit_bzero(out, ENROLKEY_STRLEN);
	errno = EAGAIN;
	return -1;
}

static int
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *
explain_byte(unsigned char c, size_t pos)
{
	if (c == '-')
		return explain("misplaced hyphen at position %zu", pos);
	if (c > 0x20 && c < 0x7f)
		return explain("bad character '%c' at position %zu", c, pos);
	return explain("bad byte 0x%02x at position %zu", c, pos);
}

/* Fill out; NULL when the key is good, otherwise the reason. */
static const char *
normalise(const char *in, char out[ENROLKEY_STRLEN])
{
	unsigned char	 c;
	size_t		 i, n = 0;

	for (i = 0; in[i] != '\0' && !is_blank(in[i]); i++) {
		c = (unsigned char)in[i];
		if (c == '-' && n != 0 && n < ENROLKEY_SYMBOLS &&
		    n % GROUP == 0 && in[i - 1] != '-')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (unsigned char)(c - 'a' + 'A');
		if (symbol_value(c) == -1)
			return explain_byte((unsigned char)in[i], i + 1);
		if (n == ENROLKEY_SYMBOLS)
			return explain("more than %d symbols",
			    ENROLKEY_SYMBOLS);
		put_symbol(out, n++, (char)c);
	}
	/* A blank may only be followed by blanks. */
	if (in[i + strspn(in + i, " \t\r\n")] != '\0')
		return explain_byte((unsigned char)in[i], i + 1);
	if (n < ENROLKEY_SYMBOLS)
		return explain("only %zu of %d symbols", n, ENROLKEY_SYMBOLS);
	return NULL;
}

int
enrolkey_normalise(const char *in, char out[ENROLKEY_STRLEN],
    const char **errstr)
{
	const char	*why;

	while (is_blank(*in))
		in++;
	why = normalise(in, out);
	if (errstr != NULL)
		*errstr = why;
	if (why == NULL)
		return 0;
	explicit_bzero(out, ENROLKEY_STRLEN);
	errno = EINVAL;
	return -1;
}
