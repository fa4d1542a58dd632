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
 * One way through the text, each part with its own alphabet.
 */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "fetch/url.h"

#define SCHEME	"https://"

static int
host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

/* The host and what follows it, or NULL. */
static const char *
take_host(struct url *u, const char *s)
{
	const char	*end = s;
	size_t		 i, len;

	if (*s == '[') {
		end = ++s;
		while (isxdigit((unsigned char)*end) || *end == ':' ||
		    *end == '.')
			end++;
		if (*end != ']')
			return NULL;
		u->ipv6 = 1;
	} else {
		while (host_char(*end))
			end++;
	}
	len = (size_t)(end - s);
	if (len == 0 || len > FETCH_HOST_MAX)
		return NULL;
	for (i = 0; i < len; i++)
		u->host[i] = (char)tolower((unsigned char)s[i]);
	u->host[len] = '\0';
	return u->ipv6 ? end + 1 : end;
}

static const char *
take_port(struct url *u, const char *s)
{
	unsigned int	 port = 0;
	int		 digits = 0;

	u->port = 443;
	if (*s != ':')
		return s;
	for (s++; *s >= '0' && *s <= '9' && digits < 6; s++, digits++)
		port = port * 10 + (unsigned int)(*s - '0');
	if (digits == 0 || port == 0 || port > UINT16_MAX)
		return NULL;
	u->port = (uint16_t)port;
	return s;
}

/* Visible, and none that RFC 3986 wants escaped. */
static int
path_ok(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s >= 0x7f || strchr("\"<>\\^`{|}#", *s) !=
		    NULL)
			return 0;
	return 1;
}

const char *
url_parse(struct url *u, const char *s)
{
	memset(u, 0, sizeof(*u));
	if (strlen(s) > FETCH_URL_MAX - 1)
		return "the address is too long";
	if (strncmp(s, SCHEME, strlen(SCHEME)) != 0)
		return "the address does not begin with https://";
	if ((s = take_host(u, s + strlen(SCHEME))) == NULL)
		return "the address has no host";
	if ((s = take_port(u, s)) == NULL)
		return "the address has a bad port";
	if (*s != '\0' && *s != '/' && *s != '?')
		return "the address has a bad character in its host";
	if (!path_ok(s))
		return "the address has a bad character in its path";
	snprintf(u->path, sizeof(u->path), "%s%s", *s == '/' ? "" : "/", s);
	return NULL;
}

int
url_same_origin(const struct url *a, const struct url *b)
{
	return a->port == b->port && strcmp(a->host, b->host) == 0;
}

static int
form_escape(char *out, size_t size, size_t at, const char *s)
{
	static const char	 hex[] = "0123456789ABCDEF";
	unsigned char		 c;

	for (; (c = (unsigned char)*s) != '\0'; s++) {
		if (size - at < 4)
			return -1;
		if (isalnum(c) || strchr("-._~", c) != NULL) {
			out[at++] = (char)c;
			continue;
		}
		out[at++] = '%';
		out[at++] = hex[c >> 4];
		out[at++] = hex[c & 15];
	}
	out[at] = '\0';
	return (int)at;
}

int
form_add(char *form, size_t size, const char *name, const char *value)
{
	size_t	 start = strlen(form);
	int	 at = (int)start;

	if (size < 8 || start > size - 8)
		return -1;
	if (start != 0)
		form[at++] = '&';
	if ((at = form_escape(form, size, (size_t)at, name)) == -1 ||
	    size - (size_t)at < 4) {
		form[start] = '\0';
		return -1;
	}
	form[at++] = '=';
	if (form_escape(form, size, (size_t)at, value) == -1) {
		explicit_bzero(form + start, size - start);
		return -1;
	}
	return 0;
}
