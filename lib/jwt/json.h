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
 * JSON of an identity provider, within limits that jansson does not set by
 * itself: bytes, depth, number of values.
 */

#ifndef JWT_JSON_H
#define JWT_JSON_H

#include <sys/types.h>

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define JWT_JSON_MAX		262144	/* bytes */
#define JWT_JSON_DEPTH		16
#define JWT_JSON_VALUES		16384

/* One object, and nothing behind it.  NULL with *errstr. */
json_t		*jwt_json_object(const uint8_t *, size_t len,
		    const char **errstr);

/* A member that is a string of 1 to max bytes, or NULL. */
const char	*jwt_json_string(const json_t *, const char *name, size_t max);

/*
 * A member that is a number of seconds, 0 to 2^53, a fraction being cut off.
 * 1, or 0 when it is missing, or -1 when it is something else.
 */
int		 jwt_json_seconds(const json_t *, const char *name,
		    uint64_t *);

/* Seeds the hash tables and wipes what is freed; see jwt_init. */
void		 jwt_json_init(size_t seed);

#endif /* JWT_JSON_H */
