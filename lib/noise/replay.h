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
 * Sliding window against replayed packets, after RFC 6479: a ring of bit
 * words where moving forward clears whole words.  Counters come from the
 * network; replay_check may be asked before a packet is authenticated,
 * replay_accept only after.
 */

#ifndef NOISE_REPLAY_H
#define NOISE_REPLAY_H

#include <stdint.h>

#define REPLAY_WINDOW	8192	/* counters behind the highest one seen */
#define REPLAY_WORDS	(REPLAY_WINDOW / 64 + 1)

/* First counter that may not be used any more: 2^64 - 2^13 - 1. */
#define REPLAY_LIMIT	(UINT64_MAX - UINT64_C(8192))

struct replay {
	uint64_t	next;		/* highest counter accepted, plus 1 */
	uint64_t	bits[REPLAY_WORDS];
};

void	 replay_init(struct replay *);

/* 0 when the counter would be accepted, -1 when not.  Changes nothing. */
int	 replay_check(const struct replay *, uint64_t counter);

/* As replay_check, and remembers the counter. */
int	 replay_accept(struct replay *, uint64_t counter);

#endif /* NOISE_REPLAY_H */
