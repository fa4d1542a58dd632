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
 * Adjacent packets of one flow, put together for one write to a tun device
 * with offloads.  Only the same headers in exact sequence are merged, and
 * only packets whose checksums were found right or that the tag vouches
 * for; all else goes alone and as it came.  Never reorders, never waits,
 * keeps nothing beyond COALESCE_PIECES packets and COALESCE_LENGTH_MAX.
 */

#include <string.h>

#include "packet/offload.h"

#define IP4_HEADER	20
#define IP4_DF		0x4000
#define IP6_HEADER	40
#define TCP_PUSH	0x08
#define TCP_ECE		0x40
#define TCP_CHECK	16	/* offset of the field in its header */
#define UDP_CHECK	6

static uint16_t
get16(const uint8_t *p)
{
	return ((uint16_t)(p[0] << 8 | p[1]));
}

static void
put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static size_t
check_offset(const struct coalescer *c)
{
	return (c->proto == PACKET_PROTO_TCP ? TCP_CHECK : UDP_CHECK);
}

/* Sum of the pseudo header of a packet with len bytes behind its headers. */
static uint64_t
pseudo(const struct coalescer *c, const uint8_t *hdr, size_t len)
{
	const uint8_t	*src, *dst;

	src = hdr + (c->version == 4 ? 12 : 8);
	dst = src + packet_address_length(c->version);
	return (packet_sum_pseudo(c->version, src, dst, c->proto,
	    (uint32_t)(c->header_len - c->transport + len)));
}

/* Checksum state that NEEDS_CSUM wants: the sum, not its complement. */
static uint16_t
partial(const struct coalescer *c, const uint8_t *hdr, size_t len)
{
	return ((uint16_t)~packet_sum_finish(pseudo(c, hdr, len)));
}

void
coalesce_init(struct coalescer *c, unsigned int flags)
{
	c->count = 0;
	c->flags = (uint8_t)flags;
}

/* TCP or UDP right behind the IP header: a checksum that can be partial. */
static int
is_whole(const struct packet *pkt, const uint8_t *hdr)
{
	if (pkt->frag_first || pkt->frag_later)
		return (0);
	if (pkt->version == 6 && pkt->transport != IP6_HEADER)
		return (0);
	if (pkt->proto == PACKET_PROTO_TCP)
		return (1);
	return (pkt->proto == PACKET_PROTO_UDP &&
	    get16(hdr + pkt->transport + 4) == pkt->length - pkt->transport);
}

/* IPv4 without options, all flags but DF clear, and a right checksum. */
static int
ip4_may_merge(const uint8_t *hdr, size_t transport)
{
	if (transport != IP4_HEADER || (get16(hdr + 6) & ~IP4_DF) != 0)
		return (0);
	return (packet_sum_finish(offload_sum(0, hdr, IP4_HEADER)) == 0);
}

static int
may_merge(const struct coalescer *c, const struct packet *pkt,
    const uint8_t *hdr, size_t len)
{
	const uint8_t	*upper = hdr + pkt->transport;
	uint8_t		 rest;

	if (!is_whole(pkt, hdr) || len == 0 ||
	    pkt->length > COALESCE_LENGTH_MAX)
		return (0);
	if (pkt->version == 4 && !ip4_may_merge(hdr, pkt->transport))
		return (0);
	if (pkt->proto == PACKET_PROTO_UDP)
		return ((c->flags & COALESCE_UDP) &&
		    get16(upper + UDP_CHECK) != 0);
	/* Nothing but ACK, PSH and ECE; no reserved bit either. */
	rest = pkt->tcp_flags & (uint8_t)~(TCP_PUSH | TCP_ECE);
	return (rest == PACKET_TCP_ACK && (upper[12] & 0x0f) == 0);
}

static void
begin(struct coalescer *c, const struct packet *pkt, const uint8_t *hdr,
    const uint8_t *payload, size_t len)
{
	c->first = hdr;
	c->header_len = pkt->payload;
	c->transport = pkt->transport;
	c->version = pkt->version;
	c->proto = pkt->proto;
	c->whole = (uint8_t)is_whole(pkt, hdr);
	c->open = (uint8_t)may_merge(c, pkt, hdr, len);
	c->verified = (c->flags & COALESCE_TRUSTED) != 0;
	c->push = 0;
	c->pieces[0].data = payload;
	c->pieces[0].len = len;
	c->payload = len;
	c->count = 1;
	if (!c->open)
		return;
	if (c->version == 4)
		c->ident = get16(hdr + 4);
	if (c->proto == PACKET_PROTO_TCP) {
		c->seq = pkt->tcp_seq + (uint32_t)len;
		if (pkt->tcp_flags & TCP_PUSH)
			c->open = 0;
	}
}

/* All of the IP header but length, identification and checksum. */
static int
same_ip(const struct coalescer *c, const uint8_t *hdr)
{
	const uint8_t	*first = c->first;

	if (c->version == 6)
		return (memcmp(hdr, first, 4) == 0 &&
		    memcmp(hdr + 6, first + 6, IP6_HEADER - 6) == 0);
	if (memcmp(hdr, first, 2) != 0 || memcmp(hdr + 6, first + 6, 4) != 0 ||
	    memcmp(hdr + 12, first + 12, 8) != 0)
		return (0);
	/* RFC 6864: in an atomic datagram the identification says nothing. */
	return ((get16(hdr + 6) & IP4_DF) != 0 ||
	    get16(hdr + 4) == (uint16_t)(c->ident + c->count));
}

/* All of the upper header but sequence number, PSH, length and checksum. */
static int
same_upper(const struct coalescer *c, const struct packet *pkt,
    const uint8_t *hdr)
{
	const uint8_t	*first = c->first + c->transport;
	const uint8_t	*p = hdr + c->transport;

	if (memcmp(p, first, 4) != 0)
		return (0);
	if (c->proto == PACKET_PROTO_UDP)
		return (1);
	if (pkt->tcp_seq != c->seq || memcmp(p + 8, first + 8, 5) != 0 ||
	    ((p[13] ^ first[13]) & ~TCP_PUSH) != 0)
		return (0);
	return (memcmp(p + 14, first + 14, 2) == 0 &&
	    memcmp(p + 18, first + 18, c->header_len - c->transport - 18) ==
	    0);
}

/* Is the checksum of a packet like the first one right? */
static int
verify(const struct coalescer *c, const uint8_t *hdr, const uint8_t *payload,
    size_t len)
{
	uint64_t	 sum;

	sum = offload_sum(pseudo(c, hdr, len), hdr + c->transport,
	    c->header_len - c->transport);
	return (packet_sum_finish(offload_sum(sum, payload, len)) == 0);
}

static int
verify_both(struct coalescer *c, const uint8_t *hdr, const uint8_t *payload,
    size_t len)
{
	if (c->flags & COALESCE_TRUSTED)
		return (1);
	/* The first one is not summed before there is a second. */
	if (!c->verified) {
		if (!verify(c, c->first, c->pieces[0].data,
		    c->pieces[0].len)) {
			c->open = 0;
			return (0);
		}
		c->verified = 1;
	}
	return (verify(c, hdr, payload, len));
}

static int
fits(const struct coalescer *c, const struct packet *pkt, size_t len)
{
	if (!c->open || c->count == COALESCE_PIECES)
		return (0);
	if (pkt->version != c->version || pkt->proto != c->proto ||
	    pkt->transport != c->transport || pkt->payload != c->header_len)
		return (0);
	return (len <= c->pieces[0].len &&
	    len <= COALESCE_LENGTH_MAX - c->header_len - c->payload);
}

int
coalesce_add(struct coalescer *c, const struct packet *pkt,
    const uint8_t *hdr, const uint8_t *payload, size_t len)
{
	if (pkt->payload > pkt->length || len != pkt->length - pkt->payload)
		return (-1);
	if (c->count == 0) {
		begin(c, pkt, hdr, payload, len);
		return (1);
	}
	if (!fits(c, pkt, len) || !may_merge(c, pkt, hdr, len) ||
	    !same_ip(c, hdr) || !same_upper(c, pkt, hdr) ||
	    !verify_both(c, hdr, payload, len))
		return (0);
	c->pieces[c->count].data = payload;
	c->pieces[c->count].len = len;
	c->count++;
	c->payload += len;
	c->seq += (uint32_t)len;
	if (len < c->pieces[0].len)
		c->open = 0;
	if (c->proto == PACKET_PROTO_TCP && (pkt->tcp_flags & TCP_PUSH)) {
		c->push = 1;
		c->open = 0;
	}
	return (1);
}

/* writev has no const: the pieces are only read. */
static void
put_iov(struct iovec *iov, size_t *niov, const uint8_t *data, size_t len)
{
	if (len == 0)
		return;
	iov[*niov].iov_base = (void *)(uintptr_t)data;
	iov[*niov].iov_len = len;
	(*niov)++;
}

static void
ask_checksum(const struct coalescer *c, struct vnet_hdr *out)
{
	out->flags = VNET_F_NEEDS_CSUM;
	out->csum_start = (uint16_t)c->transport;
	out->csum_offset = (uint16_t)check_offset(c);
}

/*
 * As it came, and the kernel will look at its checksum; but where the
 * peer's agent left that open, the field is ours to fill in.  UDP over
 * IPv4 may have none.
 */
static void
flush_alone(struct coalescer *c, struct vnet_hdr *out, struct iovec *iov,
    size_t *niov)
{
	size_t	 at;

	at = c->transport + (c->whole ? check_offset(c) : 0);
	if ((c->flags & COALESCE_TRUSTED) == 0 || !c->whole ||
	    (c->proto == PACKET_PROTO_UDP && get16(c->first + at) == 0)) {
		put_iov(iov, niov, c->first, c->header_len);
		put_iov(iov, niov, c->pieces[0].data, c->pieces[0].len);
		return;
	}
	ask_checksum(c, out);
	put16(c->check, partial(c, c->first, c->payload));
	put_iov(iov, niov, c->first, at);
	put_iov(iov, niov, c->check, sizeof(c->check));
	put_iov(iov, niov, c->first + at + 2, c->header_len - at - 2);
	put_iov(iov, niov, c->pieces[0].data, c->pieces[0].len);
}

static void
rewrite_header(struct coalescer *c)
{
	uint8_t		*p = c->header + c->transport;
	size_t		 upper;

	memcpy(c->header, c->first, c->header_len);
	upper = c->header_len - c->transport + c->payload;
	if (c->version == 4) {
		put16(c->header + 2, upper + IP4_HEADER);
		put16(c->header + 10, 0);
		put16(c->header + 10, packet_checksum(c->header, IP4_HEADER));
	} else
		put16(c->header + 4, upper);
	if (c->proto == PACKET_PROTO_UDP)
		put16(p + 4, upper);
	else if (c->push)
		p[13] |= TCP_PUSH;
	put16(p + check_offset(c), partial(c, c->header, c->payload));
}

static void
flush_merged(struct coalescer *c, struct vnet_hdr *out, struct iovec *iov,
    size_t *niov)
{
	size_t	 i;

	rewrite_header(c);
	ask_checksum(c, out);
	if (c->proto == PACKET_PROTO_UDP)
		out->gso_type = VNET_GSO_UDP_L4;
	else
		out->gso_type = c->version == 4 ? VNET_GSO_TCPV4 :
		    VNET_GSO_TCPV6;
	out->hdr_len = (uint16_t)c->header_len;
	out->gso_size = (uint16_t)c->pieces[0].len;
	put_iov(iov, niov, c->header, c->header_len);
	for (i = 0; i < c->count; i++)
		put_iov(iov, niov, c->pieces[i].data, c->pieces[i].len);
}

size_t
coalesce_flush(struct coalescer *c, struct vnet_hdr *out, struct iovec *iov,
    size_t *niov)
{
	size_t	 n = c->count;

	memset(out, 0, sizeof(*out));
	*niov = 0;
	if (n == 1)
		flush_alone(c, out, iov, niov);
	else if (n > 1)
		flush_merged(c, out, iov, niov);
	c->count = 0;
	return (n);
}
