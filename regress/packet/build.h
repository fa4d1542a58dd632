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
 * Packets for the tests, made by hand and apart from the parser.  PEER and
 * US are the two ends of a tunnel; out tells which way a packet goes.
 */

#ifndef REGRESS_PACKET_BUILD_H
#define REGRESS_PACKET_BUILD_H

#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>

#include <stdint.h>
#include <string.h>

#include "packet/packet.h"

#define US4	"100.64.0.1"
#define PEER4	"100.64.0.2"
#define US6	"fd00::1"
#define PEER6	"fd00::2"
#define IN	0
#define OUT	1
#define BUILD_MAX	2048

#define SYN	PACKET_TCP_SYN
#define ACK	PACKET_TCP_ACK
#define FIN	PACKET_TCP_FIN
#define RST	PACKET_TCP_RST

static inline void
build_put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline size_t
build_header(uint8_t *p, int version, int out, uint8_t proto, size_t upper)
{
	const char	*src, *dst;

	memset(p, 0, 40);
	if (version == 4) {
		src = out ? US4 : PEER4;
		dst = out ? PEER4 : US4;
		p[0] = 0x45;
		build_put16(p + 2, (unsigned int)(20 + upper));
		p[8] = 64;
		p[9] = proto;
		(void)inet_pton(AF_INET, src, p + 12);
		(void)inet_pton(AF_INET, dst, p + 16);
		build_put16(p + 10, packet_checksum(p, 20));
		return (20);
	}
	src = out ? US6 : PEER6;
	dst = out ? PEER6 : US6;
	p[0] = 0x60;
	build_put16(p + 4, (unsigned int)upper);
	p[6] = proto;
	p[7] = 64;
	(void)inet_pton(AF_INET6, src, p + 8);
	(void)inet_pton(AF_INET6, dst, p + 24);
	return (40);
}

static inline size_t
build_tcp(uint8_t *p, int version, int out, unsigned int sport,
    unsigned int dport, uint8_t flags, size_t data)
{
	size_t	 n;

	n = build_header(p, version, out, 6, 20 + data);
	memset(p + n, 0x5a, 20 + data);
	build_put16(p + n, sport);
	build_put16(p + n + 2, dport);
	build_put16(p + n + 4, 0x0102);
	build_put16(p + n + 6, 0x0304);
	p[n + 12] = 0x50;
	p[n + 13] = flags;
	return (n + 20 + data);
}

static inline size_t
build_udp(uint8_t *p, int version, int out, unsigned int sport,
    unsigned int dport, size_t data)
{
	size_t	 n;

	n = build_header(p, version, out, 17, 8 + data);
	memset(p + n, 0xa5, 8 + data);
	build_put16(p + n, sport);
	build_put16(p + n + 2, dport);
	build_put16(p + n + 4, (unsigned int)(8 + data));
	return (n + 8 + data);
}

static inline size_t
build_icmp(uint8_t *p, int version, int out, unsigned int type,
    unsigned int code, unsigned int id)
{
	size_t	 n;

	n = build_header(p, version, out, version == 4 ? 1 : 58, 16);
	memset(p + n, 0, 16);
	p[n] = (uint8_t)type;
	p[n + 1] = (uint8_t)code;
	build_put16(p + n + 4, id);
	return (n + 16);
}

/* An unreachable message that quotes up to limit bytes of a packet. */
static inline size_t
build_error(uint8_t *p, int version, int out, const uint8_t *quoted,
    size_t len)
{
	size_t	 n;

	n = build_header(p, version, out, version == 4 ? 1 : 58, 8 + len);
	memset(p + n, 0, 8);
	p[n] = version == 4 ? 3 : 1;
	p[n + 1] = version == 4 ? 3 : 4;
	memcpy(p + n + 8, quoted, len);
	return (n + 8 + len);
}

/*
 * One fragment of the datagram UDP sport to dport; a later one when offset
 * is not 0.
 */
static inline size_t
build_fragment(uint8_t *p, int version, int out, unsigned int ident,
    unsigned int offset, int more, unsigned int dport, size_t data)
{
	size_t	 n;

	if (version == 4) {
		n = build_header(p, 4, out, 17, data);
		build_put16(p + 4, ident);
		build_put16(p + 6, (more ? 0x2000 : 0) | offset / 8);
	} else {
		n = build_header(p, 6, out, 44, 8 + data);
		memset(p + n, 0, 8);
		p[n] = 17;
		build_put16(p + n + 2, offset | (more ? 1 : 0));
		build_put16(p + n + 6, ident);
		n += 8;
	}
	memset(p + n, 0x33, data);
	if (offset == 0) {
		build_put16(p + n, 4000);
		build_put16(p + n + 2, dport);
		build_put16(p + n + 4, 3000);
	}
	return (n + data);
}

#endif /* REGRESS_PACKET_BUILD_H */
