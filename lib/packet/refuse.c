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
 * Refusals.  The struct came from packet_parse over the same raw bytes;
 * lengths are checked against each other again all the same.  An answer is
 * never longer than it must be and never answers an answer.
 */

#include <string.h>

#include "packet/refuse.h"

#define IP4_HEADER	20
#define IP6_HEADER	40
#define IP6_MTU_MIN	1280		/* RFC 8200 5 */
#define TCP_HEADER	20
#define ICMP_HEADER	8
#define IP4_ANSWER_MAX	576	/* RFC 1812 4.3.2.3 */
#define HOPS		64
#define TCP_OPENING	(PACKET_TCP_FIN | PACKET_TCP_SYN | \
			    PACKET_TCP_RST | PACKET_TCP_ACK)

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

/* RFC 1122 3.2.2 and 4443 2.4 (e): one host, and not this one. */
static int
is_single_host(int version, const uint8_t *addr)
{
	static const uint8_t	 zero[15];

	if (version == 4)
		return (addr[0] != 0 && addr[0] != 127 && addr[0] < 224);
	if (addr[0] == 0xff)
		return (0);
	return (memcmp(addr, zero, 15) != 0 || addr[15] > 1);
}

static size_t
header_length(const struct packet *pkt)
{
	return (pkt->version == 4 ? IP4_HEADER : IP6_HEADER);
}

/* IP header of an answer, from its destination back to its source. */
static void
build_header(const struct packet *pkt, uint8_t *p, size_t total,
    uint8_t proto)
{
	if (pkt->version == 4) {
		memset(p, 0, IP4_HEADER);
		p[0] = 0x45;
		put16(p + 2, (uint16_t)total);
		p[6] = 0x40;		/* don't fragment: needs no id */
		p[8] = HOPS;
		p[9] = proto;
		memcpy(p + 12, pkt->dst, 4);
		memcpy(p + 16, pkt->src, 4);
		put16(p + 10, packet_checksum(p, IP4_HEADER));
		return;
	}
	memset(p, 0, IP6_HEADER);
	p[0] = 0x60;
	put16(p + 4, (uint16_t)(total - IP6_HEADER));
	p[6] = proto;
	p[7] = HOPS;
	memcpy(p + 8, pkt->dst, 16);
	memcpy(p + 24, pkt->src, 16);
}

static size_t
build_reset(const struct packet *pkt, uint8_t *out, size_t cap)
{
	size_t		 header;
	uint8_t		*tcp;

	header = header_length(pkt);
	if (cap < header + TCP_HEADER)
		return (0);
	build_header(pkt, out, header + TCP_HEADER, PACKET_PROTO_TCP);
	tcp = out + header;
	memset(tcp, 0, TCP_HEADER);
	put16(tcp, pkt->dport);
	put16(tcp + 2, pkt->sport);
	/* The SYN counts for one, and so does each byte that came with it. */
	put32(tcp + 8, pkt->tcp_seq + 1 + (pkt->length - pkt->payload));
	tcp[12] = TCP_HEADER / 4 << 4;
	tcp[13] = PACKET_TCP_RST | PACKET_TCP_ACK;
	put16(tcp + 16, packet_checksum_transport(pkt->version, pkt->dst,
	    pkt->src, PACKET_PROTO_TCP, tcp, TCP_HEADER));
	return (header + TCP_HEADER);
}

/* An ICMP error with this type, code and second word. */
static size_t
build_error(const struct packet *pkt, const void *raw, unsigned int type,
    unsigned int code, uint32_t word, uint8_t *out, size_t cap)
{
	size_t		 header, quote, limit, len;
	uint8_t		*icmp;
	uint16_t	 sum;

	header = header_length(pkt);
	limit = pkt->version == 4 ? IP4_ANSWER_MAX : REFUSE_MAX;
	limit -= header + ICMP_HEADER;
	quote = pkt->length < limit ? pkt->length : limit;
	len = ICMP_HEADER + quote;
	if (cap < header + len)
		return (0);
	build_header(pkt, out, header + len, pkt->version == 4 ?
	    PACKET_PROTO_ICMP4 : PACKET_PROTO_ICMP6);
	icmp = out + header;
	icmp[0] = (uint8_t)type;
	icmp[1] = (uint8_t)code;
	icmp[2] = icmp[3] = 0;
	put32(icmp + 4, word);
	memcpy(icmp + ICMP_HEADER, raw, quote);
	if (pkt->version == 4)
		sum = packet_checksum(icmp, len);
	else
		sum = packet_checksum_transport(6, pkt->dst, pkt->src,
		    PACKET_PROTO_ICMP6, icmp, len);
	put16(icmp + 2, sum);
	return (header + len);
}

static size_t
build_prohibited(const struct packet *pkt, const void *raw, uint8_t *out,
    size_t cap)
{
	return (pkt->version == 4 ? build_error(pkt, raw, 3, 13, 0, out, cap) :
	    build_error(pkt, raw, 1, 1, 0, out, cap));
}

size_t
refuse_too_big(const struct packet *pkt, const void *raw, size_t len,
    size_t size, uint16_t mtu, void *out, size_t cap)
{
	const uint8_t	*ip = raw;

	if (pkt->length > len || pkt->icmp == PACKET_ICMP_ERROR ||
	    pkt->frag_later || !is_single_host(pkt->version, pkt->src) ||
	    !is_single_host(pkt->version, pkt->dst))
		return (0);
	if (pkt->version == 4) {
		if ((ip[6] & 0x40) == 0)
			return (0);
		return (build_error(pkt, raw, 3, 4, mtu, out, cap));
	}
	if (size <= IP6_MTU_MIN)
		return (0);
	if (mtu < IP6_MTU_MIN)
		mtu = IP6_MTU_MIN;
	return (build_error(pkt, raw, 2, 0, mtu, out, cap));
}

size_t
refuse_build(const struct packet *pkt, const void *raw, size_t len,
    void *out, size_t cap)
{
	if (pkt->length > len || pkt->payload > pkt->length)
		return (0);
	if (pkt->frag_first || pkt->frag_later)
		return (0);
	if (!is_single_host(pkt->version, pkt->src) ||
	    !is_single_host(pkt->version, pkt->dst))
		return (0);
	if (pkt->proto == PACKET_PROTO_TCP &&
	    (pkt->tcp_flags & TCP_OPENING) == PACKET_TCP_SYN)
		return (build_reset(pkt, out, cap));
	if (pkt->proto == PACKET_PROTO_UDP)
		return (build_prohibited(pkt, raw, out, cap));
	return (0);
}
