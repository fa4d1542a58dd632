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
 * Inner IP packets as tunproc sees them: one pass over the headers of a
 * packet that a peer or the local host sent, giving the few facts that
 * the access rules need.  Every byte is hostile.  Pure: no allocation, no
 * system call, no clock; the packet is never written to.
 */

#ifndef PACKET_PACKET_H
#define PACKET_PACKET_H

#include <stddef.h>
#include <stdint.h>

#define PACKET_EXT_MAX		8	/* IPv6 extension headers walked */
#define PACKET_LENGTH_MAX	65575	/* IPv6 header and its payload */

#define PACKET_PROTO_ICMP4	1
#define PACKET_PROTO_TCP	6
#define PACKET_PROTO_UDP	17
#define PACKET_PROTO_ICMP6	58

#define PACKET_TCP_FIN		0x01
#define PACKET_TCP_SYN		0x02
#define PACKET_TCP_RST		0x04
#define PACKET_TCP_ACK		0x10

enum packet_result {
	PACKET_OK,
	PACKET_SHORT,		/* the buffer ends before the packet does */
	PACKET_BAD_VERSION,	/* neither 4 nor 6 */
	PACKET_BAD_LENGTH,	/* lengths contradict each other */
	PACKET_BAD_HEADER,	/* a field has a value it must not have */
	PACKET_BAD_CHAIN,	/* too many or misplaced extension headers */
	PACKET_BAD_FRAGMENT,	/* tiny, overlong or overlapping fragment */
	PACKET_SOURCE_ROUTE,	/* asks to be routed on by the receiver */
	PACKET_RESULT_MAX
};

/* What an ICMP or ICMPv6 message is, as far as the rules care. */
enum packet_icmp {
	PACKET_ICMP_NONE,	/* not ICMP at all */
	PACKET_ICMP_QUERY,	/* echo or timestamp request */
	PACKET_ICMP_REPLY,	/* the answer to one */
	PACKET_ICMP_ERROR,	/* quotes the packet it complains about */
	PACKET_ICMP_CONTROL,	/* redirects, routers, neighbours, groups */
	PACKET_ICMP_OTHER
};

/* The packet quoted by an ICMP error; same IP version as the error. */
struct packet_inner {
	uint8_t			src[16];
	uint8_t			dst[16];
	enum packet_icmp	icmp;
	uint16_t		sport;		/* host order */
	uint16_t		dport;
	uint8_t			proto;
};

struct packet {
	uint32_t		length;		/* bytes, padding cut off */
	uint32_t		transport;	/* offset of the upper header */
	uint32_t		payload;	/* offset of its data */
	uint32_t		frag_ident;
	uint32_t		frag_offset;	/* bytes */
	uint32_t		frag_length;	/* bytes carried here */
	uint32_t		tcp_seq;	/* host order */
	enum packet_icmp	icmp;
	uint16_t		sport;		/* host order; ICMP echo: id */
	uint16_t		dport;
	uint8_t			version;	/* 4 or 6 */
	uint8_t			src[16];	/* IPv4: first 4, rest zero */
	uint8_t			dst[16];
	uint8_t			proto;		/* upper protocol */
	uint8_t			frag_first;	/* offset 0, more to come */
	uint8_t			frag_later;	/* offset not 0: no ports */
	uint8_t			tcp_flags;
	uint8_t			icmp_type;
	uint8_t			icmp_code;
	uint8_t			embedded;	/* inner is filled in */
	struct packet_inner	inner;
};

/*
 * Parse one packet that begins at buf.  Bytes after the length it states
 * are padding and ignored.  The struct is written in every case, and means
 * something only with PACKET_OK.  Fragments are not reassembled: a later
 * one has no ports, and proto is what its header says (for IPv6 possibly
 * an extension header).  RFC 791, 8200, 4443, 792; fragments after RFC
 * 1858, 3128 and 7112; routing after RFC 5095 and 7126.
 */
enum packet_result	 packet_parse(struct packet *, const void *buf,
			    size_t len);

/* Name of a result, for logs and counters; never NULL. */
const char		*packet_result_name(enum packet_result);

/* What an ICMP message of this type is; IP version 4 or 6. */
enum packet_icmp	 packet_icmp_kind(int version, uint8_t type);

/* Length in bytes of an address of this version: 4 or 16. */
size_t			 packet_address_length(int version);

/*
 * Internet checksum, RFC 1071.  Sums are added up with packet_sum, each
 * piece but the last of even length, and finished with packet_sum_finish,
 * whose result is in host order (store it big-endian).
 */
uint64_t		 packet_sum(uint64_t, const void *, size_t);
uint64_t		 packet_sum_pseudo(int version, const uint8_t *src,
			    const uint8_t *dst, uint8_t proto,
			    uint32_t len);
uint16_t		 packet_sum_finish(uint64_t);

/* Checksum over one buffer; 0 when a right checksum is within. */
uint16_t		 packet_checksum(const void *, size_t);

/* As above with the pseudo header of TCP, UDP and ICMPv6 in front. */
uint16_t		 packet_checksum_transport(int version,
			    const uint8_t *src, const uint8_t *dst,
			    uint8_t proto, const void *, size_t);

#endif /* PACKET_PACKET_H */
