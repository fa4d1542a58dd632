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
 * Sentences that say why: why a path is in use, why there is none, why one
 * pair was chosen from many.  Pure: no clock, no state, nothing is sent.
 */

#ifndef CTLPROC_REASON_H
#define CTLPROC_REASON_H

#include <sys/types.h>

#include <stdint.h>

#include "msg/msg.h"

#define REASON_MAX	256	/* of a sentence with its NUL */

/* What is known of a peer without a path. */
struct reason_facts {
	int		 link_up;	/* to discovery */
	int		 introduced;
	int		 candidates;	/* the other side's, how many */
	int		 relay;		/* one was named for the two */
	uint64_t	 looking_s;	/* since the last path, or the first */
};

/* Why a path of this kind (enum ice_type, ice_transport) is in use. */
const char	*reason_path(int type, int transport);

/* Why there is none; buf has REASON_MAX bytes. */
void		 reason_no_path(const struct reason_facts *,
		    char buf[REASON_MAX]);

/* The chosen pair first, then the best; in place. */
void		 reason_sort(struct msg_path_row *, size_t n);

/* Why this pair of sorted ones was chosen, or why none was. */
void		 reason_choice(const struct msg_path_row *, size_t n,
		    char buf[REASON_MAX]);

#endif /* CTLPROC_REASON_H */
