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
 * When to ask again.  Systems of one site are told of a change at the same
 * moment, and a server answers one address so often only: without chance they
 * would ask together, be refused together, and do so for ever.
 */

#include <stdint.h>

#include "stun/stun.h"

uint32_t
stun_retry_ms(uint32_t rto_ms, unsigned int tries, uint32_t random)
{
	uint32_t	 full;

	if (tries == 0)
		tries = 1;
	if (tries > STUN_RETRY_MAX)
		tries = STUN_RETRY_MAX;
	full = rto_ms << (tries - 1);
	return full / 2 + random % (full + 1);
}

uint32_t
stun_refresh_ms(uint32_t most_ms, uint32_t spread_ms, uint32_t random)
{
	if (spread_ms >= most_ms)
		return most_ms;
	return most_ms - random % (spread_ms + 1);
}
