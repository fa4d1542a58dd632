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
 * Congestion marks across the tunnel, RFC 6040: the outer header of a packet
 * begins with the mark of the inner one, and what routers on the way made of
 * it goes into the inner header at the far end.  Nothing else of the inner
 * traffic class is told to the outside, and nothing but the mark is taken.
 */

#ifndef PACKET_ECN_H
#define PACKET_ECN_H

#include <stdint.h>

#include "packet/packet.h"

#define ECN_NOT_ECT	0
#define ECN_ECT1	1
#define ECN_ECT0	2
#define ECN_CE		3

/* The mark of a packet that packet_parse accepted. */
uint8_t	 ecn_get(const struct packet *, const uint8_t *raw);

/*
 * Decapsulation, RFC 6040 4.2: bring the outer mark into the packet, the
 * IPv4 header checksum with it.  0, or -1 when it must be dropped: marked as
 * congested on the way though its ends do not know of such marks.
 */
int	 ecn_apply(const struct packet *, uint8_t *raw, uint8_t outer);

#endif /* PACKET_ECN_H */
