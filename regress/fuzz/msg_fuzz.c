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
 * The first two bytes choose a message, the rest is its payload: what is
 * accepted has one form only, so encoding it again gives the same bytes.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "msg/msg.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static union msg_any	 any;
	static uint8_t		 again[MSG_MAX_SIZE];
	const struct msg_desc	*d;
	ssize_t			 n;

	if (size < 2)
		return 0;
	d = msg_lookup((uint32_t)(data[0] << 8 | data[1]));
	if (d == NULL)
		return 0;
	data += 2;
	size -= 2;
	if (msg_decode(d, data, size, &any) != MSG_OK)
		return 0;
	n = msg_encode(d, &any, again, sizeof(again));
	if (n == -1 || (size_t)n != size || memcmp(again, data, size) != 0)
		abort();
	return 0;
}
