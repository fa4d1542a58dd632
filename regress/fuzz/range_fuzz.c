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
 * Ranges of addresses as an administrator types them.  What is accepted must
 * print to text that is the same range, and hold both its ends.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/range.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct endpoint	 ep;
	struct range	 r, again;
	char		 text[256], buf[RANGE_STRLEN];

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (range_parse(&r, text) != NULL)
		return 0;
	if (!range_valid(&r) ||
	    range_parse(&again, range_print(&r, buf)) != NULL ||
	    memcmp(&r, &again, sizeof(r)) != 0)
		abort();
	memset(&ep, 0, sizeof(ep));
	ep.family = r.family;
	memcpy(ep.addr, r.low, sizeof(ep.addr));
	if (!range_contains(&r, &ep))
		abort();
	memcpy(ep.addr, r.high, sizeof(ep.addr));
	if (!range_contains(&r, &ep))
		abort();
	return 0;
}
