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
 * Refusals: the answer to a packet the rules denied, so that the peer
 * fails at once instead of waiting.  Pure; the caller decides how often.
 */

#ifndef PACKET_REFUSE_H
#define PACKET_REFUSE_H

#include <stddef.h>
#include <stdint.h>

#include "packet/packet.h"

#define REFUSE_MAX	1280	/* bytes of the longest answer */

/*
 * Write the answer to a denied packet into out, which does not overlap raw:
 * RST and ACK to an opening TCP SYN (RFC 9293 3.5.2), destination
 * unreachable, administratively prohibited, to UDP (RFC 1812 5.2.7.1 code
 * 13, RFC 4443 3.1 code 1).  Returns its length, or 0 for none: ICMP and
 * other protocols, fragments, any other segment of TCP, addresses of more
 * or less than one system, or when cap is too small.
 */
size_t	 refuse_build(const struct packet *, const void *raw, size_t len,
	    void *out, size_t cap);

/*
 * The same for a packet that is longer than the path carries: its sender is
 * told the size that it may have (RFC 792 and 1191 4; RFC 4443 3.2, which is
 * never told less than 1280).  0 also when the sender cannot do anything
 * about it: an IPv4 packet that may be fragmented, an IPv6 packet of no more
 * than 1280 bytes, an ICMP error, a later fragment.
 */
size_t	 refuse_too_big(const struct packet *, const void *raw, size_t len,
	    size_t size, uint16_t mtu, void *out, size_t cap);

#endif /* PACKET_REFUSE_H */
