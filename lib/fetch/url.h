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
 * Addresses of web services: https alone, and of the forms of RFC 3986 the
 * few that a provider needs.  Pure.
 */

#ifndef FETCH_URL_H
#define FETCH_URL_H

#include <stddef.h>
#include <stdint.h>

#define FETCH_URL_MAX	511
#define FETCH_HOST_MAX	255

struct url {
	char		host[FETCH_HOST_MAX + 1]; /* no brackets, lower case */
	uint16_t	port;
	int		ipv6;			/* host is such an address */
	char		path[FETCH_URL_MAX + 1]; /* with the query */
};

/*
 * "https://host[:port][/path][?query]": no user, no fragment, no byte that
 * would have to be escaped.  NULL or the reason.
 */
const char	*url_parse(struct url *, const char *);

/* Same host and port? */
int		 url_same_origin(const struct url *, const struct url *);

/*
 * Append name=value to a form (application/x-www-form-urlencoded), with an
 * ampersand unless it is the first.  0, or -1 when it does not fit, with the
 * form as it was.
 */
int		 form_add(char *form, size_t size, const char *name,
		    const char *value);

#endif /* FETCH_URL_H */
