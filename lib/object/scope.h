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
 * What a token of the API may do: an area and whether to read or to change
 * it, as a bit of a 32-bit set; roles are names for sets.  Pure functions.
 */

#ifndef OBJECT_SCOPE_H
#define OBJECT_SCOPE_H

#include <stddef.h>
#include <stdint.h>

enum scope_area {
	AREA_SYSTEMS, AREA_KEYS, AREA_POLICIES, AREA_TAGS, AREA_REQUIREMENTS,
	AREA_DNS, AREA_LOGS, AREA_ORG, AREA_TOKENS, AREA_METRICS, AREA_MAX
};

#define SCOPE_READ(area)	(1U << (2 * (area)))
#define SCOPE_WRITE(area)	(2U << (2 * (area)))
#define SCOPE_WRITE_ANY		(((1U << (2 * AREA_MAX)) - 1) / 3 * 2)
#define SCOPE_TEXT_MAX		512

/* "systems:read", or a role's name; 0 when there is none such. */
uint32_t	 scope_parse(const char *);

/* The name of the bit with this number, NULL for none. */
const char	*scope_name(unsigned int bit);

/* All of them, with commas between; returns buf. */
const char	*scope_print(uint32_t, char buf[SCOPE_TEXT_MAX]);

#endif /* OBJECT_SCOPE_H */
