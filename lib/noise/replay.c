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
 * The replay window (RFC 6479).  One word more than the window holds, so
 * that the word being filled never shares bits with the oldest one.  Trusts
 * nothing in the counter; no state but the caller's.
 */

#include <string.h>

#include "noise/replay.h"

void
replay_init(struct replay *r)
{
	memset(r, 0, sizeof(*r));
}

int
replay_check(const struct replay *r, uint64_t counter)
{
	uint64_t	 word;

	if (counter >= REPLAY_LIMIT)
		return -1;
	if (counter >= r->next)
		return 0;
	if (r->next - counter > REPLAY_WINDOW)
		return -1;
	word = r->bits[counter / 64 % REPLAY_WORDS];
	return (word >> (counter % 64)) & 1 ? -1 : 0;
}

int
replay_accept(struct replay *r, uint64_t counter)
{
	uint64_t	 top, steps, i;

	if (replay_check(r, counter) == -1)
		return -1;
	if (counter >= r->next) {
		top = r->next == 0 ? 0 : (r->next - 1) / 64;
		steps = counter / 64 - top;
		if (steps > REPLAY_WORDS)
			steps = REPLAY_WORDS;
		for (i = 1; i <= steps; i++)
			r->bits[(top + i) % REPLAY_WORDS] = 0;
		r->next = counter + 1;
	}
	r->bits[counter / 64 % REPLAY_WORDS] |= UINT64_C(1) << (counter % 64);
	return 0;
}
