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
 * How much to read from a descriptor in one turn.  Reading until there is
 * nothing left costs a call that finds nothing, and a single packet waits
 * for it: worth it only where packets follow closely.  Pure: the time is
 * the caller's, in nanoseconds, and the descriptor is level-triggered.
 */

#ifndef BASE_PACE_H
#define BASE_PACE_H

#include <stdint.h>

#define PACE_CLOSE_NS	20000	/* a turn so soon after another: load */

/* Zeroed at the beginning. */
struct pace {
	uint64_t	 last_ns;	/* end of the last turn */
};

/* Reads of the turn that begins now, at most burst. */
unsigned int	 pace_begin(const struct pace *, uint64_t now_ns,
		    unsigned int burst);
void		 pace_end(struct pace *, uint64_t now_ns);

#endif /* BASE_PACE_H */
