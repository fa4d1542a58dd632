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
 * One packet from a tun device with offloads, cut into the packets that go
 * through the tunnel.  Trusts neither the virtio header nor the packet:
 * everything is checked once in segment_begin against the bytes there are.
 * Never reads what it wrote, never writes beyond cap.
 */

#include <errno.h>
#include <string.h>

#include "packet/offload.h"

#define IP4_HEADER	20
#define IP6_HEADER	40
#define TCP_PUSH	0x08
#define TCP_URGENT	0x20
#define TCP_CWR		0x80
#define TCP_CHECK	16	/* offset of the field in its header */
#define UDP_CHECK	6

static const char *const result_names[SEGMENT_RESULT_MAX] = {
	[SEGMENT_OK]		= "ok",
	[SEGMENT_BAD_PACKET]	= "bad packet",
	[SEGMENT_BAD_FLAGS]	= "bad virtio flags",
	[SEGMENT_BAD_TYPE]	= "bad segment type",
	[SEGMENT_BAD_HEADER]	= "bad header length",
	[SEGMENT_BAD_CHECKSUM]	= "bad checksum offset",
	[SEGMENT_BAD_SIZE]	= "bad segment size",
	[SEGMENT_BAD_TCP]	= "bad tcp flags",
	[SEGMENT_FRAGMENT]	= "fragment",
	[SEGMENT_TOO_BIG]	= "too big"
};

const char *
segment_result_name(enum segment_result result)
{
	if ((unsigned int)result >= SEGMENT_RESULT_MAX)
		return ("unknown");
	return (result_names[result]);
}

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

/* What the field holds while the checksum is still due. */
static void
put_partial(uint8_t *p, uint64_t sum)
{
	put16(p, (uint16_t)~packet_sum_finish(sum));
}

/* RFC 768: a UDP sum of 0 is sent as all ones, 0 means that there is none. */
static void
put_check(uint8_t *p, uint8_t proto, uint64_t sum)
{
	uint16_t	 check = packet_sum_finish(sum);

	if (check == 0 && proto == PACKET_PROTO_UDP)
		check = 0xffff;
	put16(p, check);
}

/*
 * Is the field of the virtio header the one of the packet's own protocol,
 * and so plain that a coalescer knows it too?
 */
static int
is_normal(const struct vnet_hdr *v, const struct packet *pkt,
    const uint8_t *upper)
{
	if (v->csum_start != pkt->transport)
		return (0);
	if (pkt->version == 6 && pkt->transport != IP6_HEADER)
		return (0);
	if (pkt->proto == PACKET_PROTO_TCP)
		return (v->csum_offset == TCP_CHECK);
	return (pkt->proto == PACKET_PROTO_UDP &&
	    v->csum_offset == UDP_CHECK &&
	    get16(upper + 4) == pkt->length - pkt->transport);
}

/*
 * The field may also be that of a packet within this one, but it lies
 * behind the IP header that the rules have seen.
 */
static enum segment_result
begin_check(struct segmenter *seg, const struct vnet_hdr *v,
    const struct packet *pkt, const uint8_t *upper)
{
	size_t	 left;

	if ((v->flags & VNET_F_NEEDS_CSUM) == 0)
		return (SEGMENT_OK);
	if (pkt->frag_first || pkt->frag_later)
		return (SEGMENT_FRAGMENT);
	if (v->csum_start < pkt->transport || v->csum_start > pkt->length)
		return (SEGMENT_BAD_CHECKSUM);
	left = pkt->length - v->csum_start;
	if (left < 2 || v->csum_offset > left - 2 || v->csum_offset % 2 != 0)
		return (SEGMENT_BAD_CHECKSUM);
	seg->csum_start = v->csum_start;
	seg->csum_at = (size_t)v->csum_start + v->csum_offset;
	seg->normal = (uint8_t)is_normal(v, pkt, upper);
	return (SEGMENT_OK);
}

/* The type must be that of the packet, and its headers fit to be copied. */
static enum segment_result
check_type(const struct vnet_hdr *v, const struct packet *pkt,
    const uint8_t *upper)
{
	int	 tcp;

	switch (v->gso_type) {
	case VNET_GSO_TCPV4:
	case VNET_GSO_TCPV4 | VNET_GSO_ECN:
		tcp = 4;
		break;
	case VNET_GSO_TCPV6:
	case VNET_GSO_TCPV6 | VNET_GSO_ECN:
		tcp = 6;
		break;
	case VNET_GSO_UDP_L4:
		tcp = 0;
		break;
	default:
		return (SEGMENT_BAD_TYPE);
	}
	if (pkt->frag_first || pkt->frag_later)
		return (SEGMENT_FRAGMENT);
	if (tcp == 0) {
		if (pkt->proto != PACKET_PROTO_UDP)
			return (SEGMENT_BAD_TYPE);
		if (get16(upper + 4) != pkt->length - pkt->transport)
			return (SEGMENT_BAD_HEADER);
		return (SEGMENT_OK);
	}
	if (pkt->proto != PACKET_PROTO_TCP || pkt->version != tcp)
		return (SEGMENT_BAD_TYPE);
	if (pkt->tcp_flags & (PACKET_TCP_SYN | PACKET_TCP_RST))
		return (SEGMENT_BAD_TCP);
	return (SEGMENT_OK);
}

static enum segment_result
check_gso(const struct vnet_hdr *v, const struct packet *pkt,
    const uint8_t *upper, size_t len, size_t mtu)
{
	enum segment_result	 result;
	size_t			 payload;

	if ((result = check_type(v, pkt, upper)) != SEGMENT_OK)
		return (result);
	if (v->hdr_len > len)
		return (SEGMENT_BAD_HEADER);
	/* Every sum is made anew, so someone must vouch for the bytes. */
	if ((v->flags & (VNET_F_NEEDS_CSUM | VNET_F_DATA_VALID)) == 0)
		return (SEGMENT_BAD_CHECKSUM);
	if ((v->flags & VNET_F_NEEDS_CSUM) &&
	    (v->csum_start != pkt->transport || v->csum_offset !=
	    (pkt->proto == PACKET_PROTO_TCP ? TCP_CHECK : UDP_CHECK)))
		return (SEGMENT_BAD_CHECKSUM);
	payload = pkt->length - pkt->payload;
	if (v->gso_size == 0 || payload == 0 ||
	    (payload - 1) / v->gso_size >= SEGMENT_MAX)
		return (SEGMENT_BAD_SIZE);
	if (payload > v->gso_size)
		payload = v->gso_size;
	if (pkt->payload > mtu || payload > mtu - pkt->payload)
		return (SEGMENT_TOO_BIG);
	return (SEGMENT_OK);
}

/* Sums of all that is the same in every segment. */
static void
begin_sums(struct segmenter *seg, const struct packet *pkt)
{
	const uint8_t	*p = seg->data + seg->transport;
	uint64_t	 sum;

	if (seg->version == 4) {
		/* All but length, identification and checksum. */
		seg->ip_sum = offload_sum(0, seg->data, 2);
		seg->ip_sum = offload_sum(seg->ip_sum, seg->data + 6, 4);
		seg->ip_sum = offload_sum(seg->ip_sum, seg->data + 12,
		    seg->transport - 12);
		seg->ident = get16(seg->data + 4);
	}
	seg->pseudo_sum = packet_sum_pseudo(seg->version, pkt->src, pkt->dst,
	    pkt->proto, 0);
	sum = offload_sum(seg->pseudo_sum, p, 4);
	if (seg->proto == PACKET_PROTO_TCP) {
		/* All but sequence number, flags, checksum, urgent. */
		sum = offload_sum(sum, p + 8, 4);
		sum = offload_sum(sum, p + 14, 2);
		sum = offload_sum(sum, p + 20,
		    seg->header - seg->transport - 20);
	}
	seg->upper_sum = sum;
}

static void
begin_gso(struct segmenter *seg, const struct vnet_hdr *v,
    const struct packet *pkt)
{
	const uint8_t	*p = seg->data + pkt->transport;

	seg->header = pkt->payload;
	seg->transport = pkt->transport;
	seg->payload = pkt->length - pkt->payload;
	seg->each = v->gso_size;
	seg->count = (seg->payload - 1) / seg->each + 1;
	seg->proto = pkt->proto;
	seg->csum_at = pkt->transport + (pkt->proto == PACKET_PROTO_TCP ?
	    TCP_CHECK : UDP_CHECK);
	if (pkt->proto == PACKET_PROTO_TCP) {
		seg->seq = pkt->tcp_seq;
		seg->offset_byte = p[12];
		seg->flags = pkt->tcp_flags;
		seg->urgent = get16(p + 18);
	}
	begin_sums(seg, pkt);
}

enum segment_result
segment_begin(struct segmenter *seg, const struct vnet_hdr *v,
    const uint8_t *data, size_t len, size_t mtu)
{
	enum segment_result	 result;
	struct packet		 pkt;

	memset(seg, 0, sizeof(*seg));
	if (packet_parse(&pkt, data, len) != PACKET_OK)
		return (SEGMENT_BAD_PACKET);
	if (v->flags & ~(VNET_F_NEEDS_CSUM | VNET_F_DATA_VALID))
		return (SEGMENT_BAD_FLAGS);
	if (v->gso_type != VNET_GSO_NONE) {
		result = check_gso(v, &pkt, data + pkt.transport, len, mtu);
		if (result != SEGMENT_OK)
			return (result);
	} else if (pkt.length > mtu)
		return (SEGMENT_TOO_BIG);
	result = begin_check(seg, v, &pkt, data + pkt.transport);
	if (result != SEGMENT_OK)
		return (result);
	seg->data = data;
	seg->version = pkt.version;
	if (v->gso_type != VNET_GSO_NONE) {
		begin_gso(seg, v, &pkt);
		return (SEGMENT_OK);
	}
	seg->payload = pkt.length;
	seg->each = pkt.length;
	seg->count = 1;
	return (SEGMENT_OK);
}

int
segment_leave_partial(struct segmenter *seg)
{
	if (seg->done == 0 && seg->normal)
		seg->partial = 1;
	return (seg->partial);
}

size_t
segment_count(const struct segmenter *seg)
{
	return (seg->count);
}

size_t
segment_size(const struct segmenter *seg)
{
	if (seg->count > 1)
		return (seg->header + seg->each);
	return (seg->header + seg->payload);
}

size_t
segment_total(const struct segmenter *seg)
{
	return (seg->count * seg->header + seg->payload);
}

/* A packet that is not cut; csum_start is 0 when its checksum is complete. */
static void
next_plain(const struct segmenter *seg, uint8_t *out)
{
	uint64_t	 sum;
	size_t		 start = seg->csum_start;

	if (start == 0 || seg->partial) {
		memcpy(out, seg->data, seg->payload);
		return;
	}
	/* The field already holds the sum of the pseudo header. */
	memcpy(out, seg->data, start);
	sum = offload_sum_copy(0, out + start, seg->data + start,
	    seg->payload - start);
	/* All ones stand for zero in any protocol, and mean it in UDP. */
	put_check(out + seg->csum_at, PACKET_PROTO_UDP, sum);
}

static void
next_ip(const struct segmenter *seg, uint8_t *out, size_t len)
{
	uint16_t	 ident;

	memcpy(out, seg->data, seg->header);
	if (seg->version == 6) {
		put16(out + 4, len - IP6_HEADER);
		return;
	}
	ident = (uint16_t)(seg->ident + seg->done);
	put16(out + 2, len);
	put16(out + 4, ident);
	put16(out + 10, packet_sum_finish(seg->ip_sum + len + ident));
}

/* Fields of the TCP header that differ; returns the sum of them. */
static uint64_t
next_tcp(const struct segmenter *seg, uint8_t *p, size_t off)
{
	uint16_t	 urgent = seg->urgent;
	uint32_t	 seq;
	uint8_t		 flags = seg->flags;

	seq = seg->seq + (uint32_t)off;
	if (seg->done != 0)
		flags &= (uint8_t)~TCP_CWR;
	if (seg->done + 1 < seg->count)
		flags &= (uint8_t)~(PACKET_TCP_FIN | TCP_PUSH);
	/* RFC 9293 3.8.5: it counts from this segment's own number. */
	if (flags & TCP_URGENT) {
		if (seg->done != 0 && urgent <= off) {
			flags &= (uint8_t)~TCP_URGENT;
			urgent = 0;
		} else
			urgent = (uint16_t)(urgent - off);
	}
	put16(p + 4, seq >> 16);
	put16(p + 6, seq & 0xffff);
	p[13] = flags;
	put16(p + 18, urgent);
	return ((uint64_t)(seq >> 16) + (seq & 0xffff) +
	    ((uint64_t)seg->offset_byte << 8 | flags) + urgent);
}

/* The upper header and the payload behind it; len bytes of payload. */
static void
next_upper(const struct segmenter *seg, uint8_t *out, size_t off, size_t len)
{
	const uint8_t	*data = seg->data + seg->header + off;
	uint64_t	 own;
	size_t		 upper;

	upper = seg->header - seg->transport + len;
	if (seg->proto == PACKET_PROTO_TCP)
		own = next_tcp(seg, out + seg->transport, off);
	else {
		put16(out + seg->transport + 4, upper);
		own = upper;
	}
	if (seg->partial) {
		memcpy(out + seg->header, data, len);
		put_partial(out + seg->csum_at, seg->pseudo_sum + upper);
		return;
	}
	own = offload_sum_copy(seg->upper_sum + upper + own,
	    out + seg->header, data, len);
	put_check(out + seg->csum_at, seg->proto, own);
}

ssize_t
segment_next(struct segmenter *seg, uint8_t *out, size_t cap)
{
	size_t	 len, off;

	if (seg->done == seg->count)
		return (0);
	off = seg->done * seg->each;
	len = seg->payload - off;
	if (len > seg->each)
		len = seg->each;
	if (cap < seg->header || cap - seg->header < len) {
		errno = ENOBUFS;
		return (-1);
	}
	if (seg->proto == 0)
		next_plain(seg, out);
	else {
		next_ip(seg, out, seg->header + len);
		next_upper(seg, out, off, len);
	}
	seg->done++;
	return ((ssize_t)(seg->header + len));
}
