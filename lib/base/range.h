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
 * A range of addresses: one address, a prefix, or everything between two.
 * Pure functions.
 */

#ifndef BASE_RANGE_H
#define BASE_RANGE_H

#include "base/endpoint.h"

#define RANGE_STRLEN	96	/* "first-last" with its NUL */

struct range {
	uint8_t		family;		/* 4 or 6 */
	uint8_t		low[16];	/* network order, as an endpoint's */
	uint8_t		high[16];	/* the last that belongs to it */
};

/*
 * "192.0.2.1", "192.0.2.0/24", "192.0.2.1-192.0.2.9" and the same in IPv6.
 * NULL, or why it is none, as a static string; then the range is zero.
 */
const char	*range_parse(struct range *, const char *);

/* The shortest of the three forms; returns buf. */
const char	*range_print(const struct range *, char buf[RANGE_STRLEN]);

/* A family, and a low end that is not above the high one. */
int		 range_valid(const struct range *);

/* Whether the address lies in it, whatever its port. */
int		 range_contains(const struct range *,
		    const struct endpoint *);

#endif /* BASE_RANGE_H */
