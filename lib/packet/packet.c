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
 * Parsing of inner IP packets in tunproc.  Trusts nothing in the buffer and
 * reads no byte beyond the given length; never writes to it, never follows
 * an offset it has not compared with what is left.
 */

#include <string.h>

#include "packet/packet.h"

#define IP4_HEADER		20
#define IP4_MORE		0x2000
#define IP4_OFFSET		0x1fff
#define IP4_OPT_END		0
#define IP4_OPT_NOP		1
#define IP4_OPT_LSRR		131
#define IP4_OPT_SSRR		137
#define IP6_HEADER		40
#define IP6_HOPOPTS		0
#define IP6_ROUTING		43
#define IP6_FRAGMENT		44
#define IP6_DSTOPTS		60
#define TCP_HEADER		20
#define UDP_HEADER		8
#define ICMP_HEADER		8
#define IP_LENGTH_MAX		65535

/* Where the headers of one packet ended, outer or quoted. */
struct headers {
	size_t		 upper;		/* offset of the upper header */
	size_t		 frag_start;	/* where the fragment's data begins */
	uint32_t	 ident;
	uint32_t	 offset;
	uint8_t		 proto;
	uint8_t		 fragment;	/* has a fragment header */
	uint8_t		 more;
};

static uint16_t			 get16(const uint8_t *);
static uint32_t			 get32(const uint8_t *);
static enum packet_result	 ip4_options(const uint8_t *, size_t);
static enum packet_result	 ip4_headers(const uint8_t *, size_t,
				    struct headers *);
static size_t			 ip6_extension(const uint8_t *, size_t,
				    struct headers *);
static enum packet_result	 ip6_check_order(uint8_t, unsigned int,
				    unsigned int *);
static enum packet_result	 ip6_headers(const uint8_t *, size_t,
				    struct headers *);
static enum packet_result	 parse_ip4(struct packet *, const uint8_t *,
				    size_t, struct headers *);
static enum packet_result	 parse_ip6(struct packet *, const uint8_t *,
				    size_t, struct headers *);
static enum packet_result	 parse_fragment(struct packet *,
				    const struct headers *);
static enum packet_result	 parse_tcp(struct packet *, const uint8_t *,
				    size_t);
static enum packet_result	 parse_udp(struct packet *, const uint8_t *,
				    size_t);
static enum packet_result	 parse_icmp(struct packet *, const uint8_t *,
				    size_t);
static enum packet_result	 parse_upper(struct packet *,
				    const uint8_t *);
static int			 inner_headers(struct packet *,
				    const uint8_t *, size_t,
				    struct headers *);
static void			 parse_inner(struct packet *,
				    const uint8_t *, size_t);

static const char *const result_names[PACKET_RESULT_MAX] = {
	[PACKET_OK]		= "ok",
	[PACKET_SHORT]		= "short",
	[PACKET_BAD_VERSION]	= "bad version",
	[PACKET_BAD_LENGTH]	= "bad length",
	[PACKET_BAD_HEADER]	= "bad header",
	[PACKET_BAD_CHAIN]	= "bad header chain",
	[PACKET_BAD_FRAGMENT]	= "bad fragment",
	[PACKET_SOURCE_ROUTE]	= "source route"
};

static uint16_t
get16(const uint8_t *p)
{
	return ((uint16_t)(p[0] << 8 | p[1]));
}

static uint32_t
get32(const uint8_t *p)
{
	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

const char *
packet_result_name(enum packet_result result)
{
	if ((unsigned int)result >= PACKET_RESULT_MAX)
		return ("unknown");
	return (result_names[result]);
}

size_t
packet_address_length(int version)
{
	return (version == 4 ? 4 : 16);
}

static enum packet_icmp
icmp4_kind(uint8_t type)
{
	switch (type) {
	case 8:
	case 13:
		return (PACKET_ICMP_QUERY);
	case 0:
	case 14:
		return (PACKET_ICMP_REPLY);
	case 3:
	case 4:
	case 11:
	case 12:
		return (PACKET_ICMP_ERROR);
	case 5:
	case 9:
	case 10:
		return (PACKET_ICMP_CONTROL);
	default:
		return (PACKET_ICMP_OTHER);
	}
}

enum packet_icmp
packet_icmp_kind(int version, uint8_t type)
{
	if (version == 4)
		return (icmp4_kind(type));
	if (type < 128)
		return (PACKET_ICMP_ERROR);
	if (type == 128)
		return (PACKET_ICMP_QUERY);
	if (type == 129)
		return (PACKET_ICMP_REPLY);
	if ((type >= 130 && type <= 138) || (type >= 141 && type <= 143) ||
	    (type >= 148 && type <= 153))
		return (PACKET_ICMP_CONTROL);
	return (PACKET_ICMP_OTHER);
}

/* RFC 791 3.1; source routes are refused as RFC 7126 4.3 and 4.4 advise. */
static enum packet_result
ip4_options(const uint8_t *p, size_t len)
{
	size_t	 size;

	while (len > 0 && p[0] != IP4_OPT_END) {
		if (p[0] == IP4_OPT_NOP) {
			p++;
			len--;
			continue;
		}
		if (len < 2)
			return (PACKET_BAD_HEADER);
		size = p[1];
		if (size < 2 || size > len)
			return (PACKET_BAD_HEADER);
		if (p[0] == IP4_OPT_LSRR || p[0] == IP4_OPT_SSRR)
			return (PACKET_SOURCE_ROUTE);
		p += size;
		len -= size;
	}
	return (PACKET_OK);
}

static enum packet_result
ip4_headers(const uint8_t *p, size_t len, struct headers *h)
{
	uint16_t	 field;
	size_t		 size;

	memset(h, 0, sizeof(*h));
	size = (size_t)(p[0] & 0x0f) * 4;
	if (size < IP4_HEADER)
		return (PACKET_BAD_HEADER);
	if (size > len)
		return (PACKET_BAD_LENGTH);
	field = get16(p + 6);
	h->upper = size;
	h->frag_start = size;
	h->ident = get16(p + 4);
	h->offset = (uint32_t)(field & IP4_OFFSET) * 8;
	h->more = (field & IP4_MORE) != 0;
	h->fragment = h->more || h->offset != 0;
	h->proto = p[9];
	return (ip4_options(p + IP4_HEADER, size - IP4_HEADER));
}

/* Length of the extension header at p, and what it says; 0 when cut off. */
static size_t
ip6_extension(const uint8_t *p, size_t len, struct headers *h)
{
	uint16_t	 field;
	size_t		 size;

	if (len < 8)
		return (0);
	if (h->proto != IP6_FRAGMENT) {
		size = ((size_t)p[1] + 1) * 8;
		return (size > len ? 0 : size);
	}
	field = get16(p + 2);
	h->offset = field & 0xfff8;
	h->more = field & 1;
	h->ident = get32(p + 4);
	h->fragment = h->more || h->offset != 0;
	return (8);
}

/*
 * RFC 8200 4.1: hop-by-hop comes first or not at all; each header once,
 * destination options twice.  This also ends any loop.
 */
static enum packet_result
ip6_check_order(uint8_t proto, unsigned int n, unsigned int *seen)
{
	unsigned int	 bit;

	if (n >= PACKET_EXT_MAX)
		return (PACKET_BAD_CHAIN);
	switch (proto) {
	case IP6_HOPOPTS:
		return (n == 0 ? PACKET_OK : PACKET_BAD_CHAIN);
	case IP6_ROUTING:
		bit = 1;
		break;
	case IP6_FRAGMENT:
		bit = 2;
		break;
	default:
		bit = (*seen & 4) ? 8 : 4;
		break;
	}
	if (*seen & bit)
		return (PACKET_BAD_CHAIN);
	*seen |= bit;
	return (PACKET_OK);
}

/* Walk the extension headers up to the upper one or a later fragment. */
static enum packet_result
ip6_headers(const uint8_t *p, size_t len, struct headers *h)
{
	enum packet_result	 result;
	unsigned int		 n, seen;
	size_t			 size;

	memset(h, 0, sizeof(*h));
	h->proto = p[6];
	h->upper = IP6_HEADER;
	seen = 0;
	for (n = 0; h->proto == IP6_HOPOPTS || h->proto == IP6_ROUTING ||
	    h->proto == IP6_FRAGMENT || h->proto == IP6_DSTOPTS; n++) {
		result = ip6_check_order(h->proto, n, &seen);
		if (result != PACKET_OK)
			return (result);
		size = ip6_extension(p + h->upper, len - h->upper, h);
		if (size == 0)
			return (PACKET_BAD_LENGTH);
		/* RFC 5095 and 8200 4.4: with none left it is inert. */
		if (h->proto == IP6_ROUTING && p[h->upper + 3] != 0)
			return (PACKET_SOURCE_ROUTE);
		if (h->proto == IP6_FRAGMENT)
			h->frag_start = h->upper + size;
		h->proto = p[h->upper];
		h->upper += size;
		if (h->offset != 0)
			break;
	}
	return (PACKET_OK);
}

static enum packet_result
parse_ip4(struct packet *pkt, const uint8_t *p, size_t len,
    struct headers *h)
{
	if (len < IP4_HEADER)
		return (PACKET_SHORT);
	pkt->length = get16(p + 2);
	if (pkt->length < IP4_HEADER)
		return (PACKET_BAD_LENGTH);
	if (pkt->length > len)
		return (PACKET_SHORT);
	memcpy(pkt->src, p + 12, 4);
	memcpy(pkt->dst, p + 16, 4);
	return (ip4_headers(p, pkt->length, h));
}

static enum packet_result
parse_ip6(struct packet *pkt, const uint8_t *p, size_t len,
    struct headers *h)
{
	if (len < IP6_HEADER)
		return (PACKET_SHORT);
	if (get16(p + 4) > len - IP6_HEADER)
		return (PACKET_SHORT);
	pkt->length = IP6_HEADER + (uint32_t)get16(p + 4);
	memcpy(pkt->src, p + 8, 16);
	memcpy(pkt->dst, p + 24, 16);
	return (ip6_headers(p, pkt->length, h));
}

/* RFC 791 3.2, RFC 8200 4.5: shape of a fragment. */
static enum packet_result
parse_fragment(struct packet *pkt, const struct headers *h)
{
	uint32_t	 limit;

	if (!h->fragment)
		return (PACKET_OK);
	pkt->frag_ident = h->ident;
	pkt->frag_offset = h->offset;
	pkt->frag_length = pkt->length - (uint32_t)h->frag_start;
	pkt->frag_first = h->offset == 0;
	pkt->frag_later = h->offset != 0;
	limit = IP_LENGTH_MAX;
	if (pkt->version == 4)
		limit -= (uint32_t)h->frag_start;
	if (pkt->frag_length == 0 || h->offset > limit ||
	    pkt->frag_length > limit - h->offset)
		return (PACKET_BAD_FRAGMENT);
	if (h->more && pkt->frag_length % 8 != 0)
		return (PACKET_BAD_FRAGMENT);
	/* RFC 3128: must not reach back into the TCP header. */
	if (pkt->frag_later && pkt->proto == PACKET_PROTO_TCP &&
	    h->offset < TCP_HEADER)
		return (PACKET_BAD_FRAGMENT);
	return (PACKET_OK);
}

static enum packet_result
parse_tcp(struct packet *pkt, const uint8_t *p, size_t len)
{
	size_t	 size;

	if (len < TCP_HEADER)
		return (pkt->frag_first ? PACKET_BAD_FRAGMENT :
		    PACKET_BAD_LENGTH);
	size = (size_t)(p[12] >> 4) * 4;
	if (size < TCP_HEADER)
		return (PACKET_BAD_HEADER);
	if (size > len)
		return (pkt->frag_first ? PACKET_BAD_FRAGMENT :
		    PACKET_BAD_LENGTH);
	pkt->sport = get16(p);
	pkt->dport = get16(p + 2);
	pkt->tcp_seq = get32(p + 4);
	pkt->tcp_flags = p[13];
	pkt->payload = pkt->transport + (uint32_t)size;
	return (PACKET_OK);
}

static enum packet_result
parse_udp(struct packet *pkt, const uint8_t *p, size_t len)
{
	size_t	 size;

	if (len < UDP_HEADER)
		return (pkt->frag_first ? PACKET_BAD_FRAGMENT :
		    PACKET_BAD_LENGTH);
	size = get16(p + 4);
	if (size < UDP_HEADER || (size > len && !pkt->frag_first))
		return (PACKET_BAD_LENGTH);
	pkt->sport = get16(p);
	pkt->dport = get16(p + 2);
	pkt->payload = pkt->transport + UDP_HEADER;
	return (PACKET_OK);
}

static enum packet_result
parse_icmp(struct packet *pkt, const uint8_t *p, size_t len)
{
	if (len < ICMP_HEADER)
		return (pkt->frag_first ? PACKET_BAD_FRAGMENT :
		    PACKET_BAD_LENGTH);
	pkt->icmp_type = p[0];
	pkt->icmp_code = p[1];
	pkt->icmp = packet_icmp_kind(pkt->version, p[0]);
	pkt->payload = pkt->transport + ICMP_HEADER;
	if (pkt->icmp == PACKET_ICMP_QUERY || pkt->icmp == PACKET_ICMP_REPLY)
		pkt->sport = pkt->dport = get16(p + 4);
	if (pkt->icmp == PACKET_ICMP_ERROR && !pkt->frag_first)
		parse_inner(pkt, p + ICMP_HEADER, len - ICMP_HEADER);
	return (PACKET_OK);
}

static enum packet_result
parse_upper(struct packet *pkt, const uint8_t *p)
{
	size_t	 len;

	len = pkt->length - pkt->transport;
	p += pkt->transport;
	pkt->payload = pkt->transport;
	if (pkt->frag_later)
		return (PACKET_OK);
	if (pkt->proto == PACKET_PROTO_TCP)
		return (parse_tcp(pkt, p, len));
	if (pkt->proto == PACKET_PROTO_UDP)
		return (parse_udp(pkt, p, len));
	if (pkt->proto == (pkt->version == 4 ? PACKET_PROTO_ICMP4 :
	    PACKET_PROTO_ICMP6))
		return (parse_icmp(pkt, p, len));
	return (PACKET_OK);
}

/* Addresses and headers of a quoted packet, which may be cut anywhere. */
static int
inner_headers(struct packet *pkt, const uint8_t *p, size_t len,
    struct headers *h)
{
	struct packet_inner	*inner = &pkt->inner;
	size_t			 fixed;

	fixed = pkt->version == 4 ? IP4_HEADER : IP6_HEADER;
	if (len < fixed || p[0] >> 4 != pkt->version)
		return (-1);
	if (pkt->version == 4) {
		if (ip4_headers(p, len, h) != PACKET_OK)
			return (-1);
		memcpy(inner->src, p + 12, 4);
		memcpy(inner->dst, p + 16, 4);
	} else {
		if (ip6_headers(p, len, h) != PACKET_OK)
			return (-1);
		memcpy(inner->src, p + 8, 16);
		memcpy(inner->dst, p + 24, 16);
	}
	/* A later fragment names no port, so it belongs to no flow. */
	return (h->offset == 0 ? 0 : -1);
}

/* RFC 792 quotes eight bytes of the upper header, enough for ports or id. */
static void
parse_inner(struct packet *pkt, const uint8_t *p, size_t len)
{
	struct packet_inner	*inner = &pkt->inner;
	struct headers		 h;

	if (inner_headers(pkt, p, len, &h) == -1)
		return;
	p += h.upper;
	len -= h.upper;
	inner->proto = h.proto;
	inner->icmp = PACKET_ICMP_NONE;
	if (h.proto == PACKET_PROTO_TCP || h.proto == PACKET_PROTO_UDP) {
		if (len < 8)
			return;
		inner->sport = get16(p);
		inner->dport = get16(p + 2);
	} else if (h.proto == (pkt->version == 4 ? PACKET_PROTO_ICMP4 :
	    PACKET_PROTO_ICMP6)) {
		if (len < ICMP_HEADER)
			return;
		inner->icmp = packet_icmp_kind(pkt->version, p[0]);
		/* No error is ever sent about anything else of ICMP's. */
		if (inner->icmp != PACKET_ICMP_QUERY &&
		    inner->icmp != PACKET_ICMP_REPLY)
			return;
		inner->sport = inner->dport = get16(p + 4);
	}
	pkt->embedded = 1;
}

enum packet_result
packet_parse(struct packet *pkt, const void *buf, size_t len)
{
	enum packet_result	 result;
	struct headers		 h;
	const uint8_t		*p = buf;

	memset(pkt, 0, sizeof(*pkt));
	if (len == 0)
		return (PACKET_SHORT);
	pkt->version = p[0] >> 4;
	if (pkt->version == 4)
		result = parse_ip4(pkt, p, len, &h);
	else if (pkt->version == 6)
		result = parse_ip6(pkt, p, len, &h);
	else
		return (PACKET_BAD_VERSION);
	if (result != PACKET_OK)
		return (result);
	pkt->proto = h.proto;
	pkt->transport = (uint32_t)h.upper;
	result = parse_fragment(pkt, &h);
	if (result != PACKET_OK)
		return (result);
	return (parse_upper(pkt, p));
}
