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
 * Large packets and their segments for the tests of offloads, made by hand
 * and apart from the code under test.  Input and output are heap memory of
 * exact size, so that AddressSanitizer sees a byte too far.
 */

#ifndef REGRESS_PACKET_BURST_H
#define REGRESS_PACKET_BURST_H

#include <atf-c.h>
#include <errno.h>
#include <stdlib.h>

#include "packet/offload.h"
#include "regress/packet/build.h"

#define NMAX	256		/* segments a test looks at */
#define PSH	0x08
#define URG	0x20
#define ECE	0x40
#define CWR	0x80
#define DF	0x40

struct piece {
	uint8_t	*data;
	size_t	 len;
};

/* What packets are made of; 0 for what a case does not care about. */
struct shape {
	size_t		 options;	/* bytes of TCP options */
	size_t		 payload;
	uint32_t	 seq;
	unsigned int	 ident;
	int		 version;
	uint8_t		 proto;
	uint8_t		 flags;
	uint8_t		 df;
};

static uint64_t	 state = 88172645463325252ULL;

static inline size_t
pick(size_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return ((size_t)(state >> 11) % n);
}

static inline void *
exact(const void *p, size_t len)
{
	void	*copy;

	ATF_REQUIRE((copy = malloc(len == 0 ? 1 : len)) != NULL);
	if (len > 0)
		memcpy(copy, p, len);
	return (copy);
}

static inline struct packet
parsed(const uint8_t *p, size_t len)
{
	struct packet	 pkt;

	ATF_REQUIRE_EQ(packet_parse(&pkt, p, len), PACKET_OK);
	return (pkt);
}

static inline size_t
check_at(const struct packet *pkt)
{
	return (pkt->transport + (pkt->proto == 6 ? 16 : 6));
}

/* Bring both checksums in order, as a host without offloads would. */
static inline void
fix(uint8_t *p, size_t len)
{
	struct packet	 pkt = parsed(p, len);
	unsigned int	 sum;

	if (pkt.version == 4) {
		build_put16(p + 10, 0);
		build_put16(p + 10, packet_checksum(p, pkt.transport));
	}
	if ((pkt.proto != 6 && pkt.proto != 17) || pkt.frag_later ||
	    pkt.frag_first)
		return;
	build_put16(p + check_at(&pkt), 0);
	sum = packet_checksum_transport(pkt.version, pkt.src, pkt.dst,
	    pkt.proto, p + pkt.transport, len - pkt.transport);
	if (sum == 0 && pkt.proto == 17)
		sum = 0xffff;
	build_put16(p + check_at(&pkt), sum);
}

/* Are all its checksums right? */
static inline int
is_right(const uint8_t *p, size_t len)
{
	struct packet	 pkt = parsed(p, len);

	if (pkt.length != len)
		return (0);
	if (pkt.version == 4 && packet_checksum(p, pkt.transport) != 0)
		return (0);
	return (packet_checksum_transport(pkt.version, pkt.src, pkt.dst,
	    pkt.proto, p + pkt.transport, len - pkt.transport) == 0);
}

static inline struct piece
make(const struct shape *s)
{
	struct piece	 out;
	uint8_t		 header[40], *p;
	size_t		 i, at, upper;

	upper = s->proto == 6 ? 20 + s->options : 8;
	out.len = (s->version == 4 ? 20 : 40) + upper + s->payload;
	ATF_REQUIRE((p = out.data = malloc(out.len)) != NULL);
	at = build_header(header, s->version, IN, s->proto,
	    upper + s->payload);
	memcpy(p, header, at);
	if (s->version == 4) {
		build_put16(p + 4, s->ident);
		p[6] = s->df;
	}
	for (i = at; i < out.len; i++)
		p[i] = (uint8_t)pick(256);
	build_put16(p + at, 4000);
	build_put16(p + at + 2, 80);
	if (s->proto == 6) {
		build_put16(p + at + 4, s->seq >> 16);
		build_put16(p + at + 6, s->seq & 0xffff);
		p[at + 12] = (uint8_t)((20 + s->options) << 2);
		p[at + 13] = s->flags;
		build_put16(p + at + 18, 0);
	} else
		build_put16(p + at + 4, (unsigned int)(8 + s->payload));
	fix(p, out.len);
	return (out);
}

static inline struct shape
random_shape(void)
{
	struct shape	 s;

	memset(&s, 0, sizeof(s));
	s.version = pick(2) ? 4 : 6;
	s.proto = pick(3) ? 6 : 17;
	s.options = pick(2) ? 12 : pick(11) * 4;
	s.payload = 1 + (pick(8) ? pick(6000) : pick(65000));
	s.seq = pick(4) ? (uint32_t)pick(1UL << 32) : 0xffffff00U;
	s.ident = pick(4) ? (unsigned int)pick(65536) : 0xfffe;
	s.df = pick(2) ? DF : 0;
	s.flags = ACK | (pick(2) ? PSH : 0) | (pick(4) ? 0 : ECE);
	return (s);
}

/* The virtio header the kernel gives with a packet that is to be cut. */
static inline struct vnet_hdr
vnet(const struct piece *p, size_t size)
{
	struct packet	 pkt = parsed(p->data, p->len);
	struct vnet_hdr	 v;

	memset(&v, 0, sizeof(v));
	v.flags = VNET_F_NEEDS_CSUM;
	v.gso_type = pkt.proto == 17 ? VNET_GSO_UDP_L4 : pkt.version == 4 ?
	    VNET_GSO_TCPV4 : VNET_GSO_TCPV6;
	v.hdr_len = (uint16_t)pkt.payload;
	v.gso_size = (uint16_t)size;
	v.csum_start = (uint16_t)pkt.transport;
	v.csum_offset = pkt.proto == 6 ? 16 : 6;
	return (v);
}

static inline void
drop(struct piece *p, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		free(p[i].data);
}

/* Cut into at most NMAX packets, each in memory of its own. */
static inline size_t
cut(const struct piece *p, const struct vnet_hdr *v, int partial,
    struct piece *out)
{
	struct segmenter	 seg;
	ssize_t			 len;
	size_t			 n, total = 0, size;

	ATF_REQUIRE_EQ(segment_begin(&seg, v, p->data, p->len, 65575),
	    SEGMENT_OK);
	if (partial)
		ATF_REQUIRE_EQ(segment_leave_partial(&seg), 1);
	ATF_REQUIRE(segment_count(&seg) <= NMAX);
	for (n = 0; n < segment_count(&seg); n++) {
		size = segment_size(&seg);
		if (n + 1 == segment_count(&seg))
			size = segment_total(&seg) - total;
		ATF_REQUIRE((out[n].data = malloc(size)) != NULL);
		ATF_REQUIRE_EQ(segment_next(&seg, out[n].data, size - 1), -1);
		ATF_REQUIRE_EQ(errno, ENOBUFS);
		len = segment_next(&seg, out[n].data, size);
		ATF_REQUIRE_EQ((size_t)len, size);
		out[n].len = size;
		total += size;
	}
	ATF_REQUIRE_EQ(total, segment_total(&seg));
	ATF_REQUIRE_EQ(segment_next(&seg, NULL, 0), 0);
	return (n);
}

#endif /* REGRESS_PACKET_BURST_H */
