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
 * The country of an address, by a database that is in memory: MaxMind's DB
 * file format 2.0, whose search tree and data libmaxminddb reads.  The file
 * is trusted in nothing; what is not as it should be has no country.
 */

#ifndef GEO_GEO_H
#define GEO_GEO_H

#include <stddef.h>
#include <stdint.h>

#include "base/endpoint.h"

#define GEO_SIZE_MAX	(256U * 1024 * 1024)

struct geo;

/*
 * The data is borrowed until geo_close and must not change.  NULL with *why a
 * static text.
 */
struct geo	*geo_open(const void *data, size_t len, const char **why);
void		 geo_close(struct geo *);

/* When it was made: seconds since the epoch, 0 when it does not say. */
uint64_t	 geo_made(const struct geo *);

/*
 * ISO 3166-1: country.iso_code of the record of this address.  Nonzero and
 * two capital letters, or 0 and "" when the database does not know.
 */
int		 geo_country(const struct geo *, const struct endpoint *,
		    char out[3]);

#endif /* GEO_GEO_H */
