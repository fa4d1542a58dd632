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
 * Hexadecimal constants for the tests of the noise library.
 */

#ifndef REGRESS_NOISE_HEX_H
#define REGRESS_NOISE_HEX_H

#include <atf-c.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static inline size_t
unhex(uint8_t *out, size_t max, const char *text)
{
	size_t		 n = strlen(text) / 2, i;
	unsigned int	 v;

	ATF_REQUIRE(n <= max);
	for (i = 0; i < n; i++) {
		ATF_REQUIRE_EQ(sscanf(text + 2 * i, "%2x", &v), 1);
		out[i] = (uint8_t)v;
	}
	return n;
}

/* Fails the test unless the len bytes at p are those of text. */
static inline void
check_hex(const uint8_t *p, size_t len, const char *text)
{
	uint8_t	 want[512];

	ATF_REQUIRE_EQ(unhex(want, sizeof(want), text), len);
	ATF_REQUIRE(memcmp(p, want, len) == 0);
}

#endif /* REGRESS_NOISE_HEX_H */
