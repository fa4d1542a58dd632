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
 * Writing the requests and reading the answers of both protocols.  Every byte
 * read is hostile: lengths are checked before anything is taken out.
 */

#include <sys/types.h>

#include <stdint.h>
#include <string.h>

#include "portmap/wire.h"

#define ANSWER_BIT	0x80
#define PMP_ANSWER_MIN	8		/* version to epoch */
#define PMP_ANSWER_ADDR	12
#define PMP_ANSWER_MAP	16

static const uint8_t	v4mapped[12] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
};

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v & 0xff;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* RFC 6887 5: IPv4 as an IPv4-mapped IPv6 address. */
static void
put_address(uint8_t *p, const struct endpoint *ep, uint8_t family)
{
	memset(p, 0, 16);
	if (ep->family == 6) {
		memcpy(p, ep->addr, 16);
		return;
	}
	if (family == 4)
		memcpy(p, v4mapped, sizeof(v4mapped));
	if (ep->family == 4)
		memcpy(p + 12, ep->addr, 4);
}

static void
get_address(struct endpoint *ep, const uint8_t *p)
{
	static const uint8_t	 zero[16];

	memset(ep, 0, sizeof(*ep));
	if (memcmp(p, v4mapped, sizeof(v4mapped)) == 0) {
		if (memcmp(p + 12, zero, 4) == 0)
			return;
		ep->family = 4;
		memcpy(ep->addr, p + 12, 4);
	} else if (memcmp(p, zero, 16) != 0) {
		ep->family = 6;
		memcpy(ep->addr, p, 16);
	}
}

size_t
portmap_build_pcp(uint8_t *buf, const struct portmap_question *q)
{
	struct endpoint	 any;

	memset(buf, 0, PORTMAP_PCP_MAP_LEN);
	memset(&any, 0, sizeof(any));
	buf[0] = PORTMAP_PCP_VERSION;
	buf[1] = PORTMAP_PCP_MAP;
	put32(buf + 4, q->lifetime);
	put_address(buf + 8, &q->own, q->own.family);
	memcpy(buf + 24, q->nonce, PORTMAP_NONCE_LEN);
	buf[36] = q->proto;
	put16(buf + 40, q->internal);
	/* RFC 6887 15.1: a deletion suggests nothing. */
	if (q->lifetime != 0)
		put16(buf + 42, q->suggested.port);
	put_address(buf + 44, q->lifetime != 0 ? &q->suggested : &any,
	    q->own.family);
	return PORTMAP_PCP_MAP_LEN;
}

size_t
portmap_build_pmp_map(uint8_t *buf, const struct portmap_question *q)
{
	memset(buf, 0, PORTMAP_PMP_MAP_LEN);
	buf[0] = PORTMAP_PMP_VERSION;
	buf[1] = q->proto == PORTMAP_UDP ? 1 : 2;
	put16(buf + 4, q->internal);
	/* RFC 6886 3.4: the outside port of a deletion is 0. */
	if (q->lifetime != 0)
		put16(buf + 6, q->suggested.port);
	put32(buf + 8, q->lifetime);
	return PORTMAP_PMP_MAP_LEN;
}

size_t
portmap_build_pmp_address(uint8_t *buf)
{
	buf[0] = PORTMAP_PMP_VERSION;
	buf[1] = 0;
	return PORTMAP_PMP_ADDR_LEN;
}

/* RFC 6887 8.3 and 11.4; options after the opcode are of no interest. */
static enum portmap_parse
parse_pcp(struct portmap_answer *a, const uint8_t *p, size_t len)
{
	if (len < PORTMAP_PCP_HEADER || len % 4 != 0)
		return PORTMAP_BAD_LENGTH;
	a->result = p[3];
	a->lifetime = get32(p + 4);
	a->epoch = get32(p + 8);
	if (a->result == PCP_UNSUPP_VERSION) {
		a->kind = PORTMAP_ANSWER_VERSION;
		return PORTMAP_OK;
	}
	if ((p[1] & ~ANSWER_BIT) != PORTMAP_PCP_MAP)
		return PORTMAP_BAD_OPCODE;
	if (len < PORTMAP_PCP_MAP_LEN)
		return PORTMAP_BAD_LENGTH;
	a->kind = PORTMAP_ANSWER_PCP_MAP;
	memcpy(a->nonce, p + 24, PORTMAP_NONCE_LEN);
	a->proto = p[36];
	a->internal = get16(p + 40);
	get_address(&a->external, p + 44);
	a->external.port = get16(p + 42);
	return PORTMAP_OK;
}

/* RFC 6886 3.2, 3.3 and 3.5. */
static enum portmap_parse
parse_pmp(struct portmap_answer *a, const uint8_t *p, size_t len)
{
	uint8_t	 op = p[1] & ~ANSWER_BIT;

	if (len < PMP_ANSWER_MIN)
		return PORTMAP_BAD_LENGTH;
	a->result = get16(p + 2);
	a->epoch = get32(p + 4);
	if (a->result == PMP_UNSUPP_VERSION) {
		a->kind = PORTMAP_ANSWER_VERSION;
		return PORTMAP_OK;
	}
	if (op > 2)
		return PORTMAP_BAD_OPCODE;
	if (op == 0) {
		a->kind = PORTMAP_ANSWER_PMP_ADDRESS;
		if (len >= PMP_ANSWER_ADDR && get32(p + 8) != 0) {
			a->external.family = 4;
			memcpy(a->external.addr, p + 8, 4);
		}
		return len < PMP_ANSWER_ADDR && a->result == 0 ?
		    PORTMAP_BAD_LENGTH : PORTMAP_OK;
	}
	a->kind = PORTMAP_ANSWER_PMP_MAP;
	a->proto = op == 1 ? PORTMAP_UDP : PORTMAP_TCP;
	if (len < PMP_ANSWER_MAP)
		return a->result == 0 ? PORTMAP_BAD_LENGTH : PORTMAP_OK;
	a->internal = get16(p + 8);
	a->external.port = get16(p + 10);
	a->lifetime = get32(p + 12);
	return PORTMAP_OK;
}

enum portmap_parse
portmap_parse(struct portmap_answer *a, const uint8_t *p, size_t len)
{
	memset(a, 0, sizeof(*a));
	if (len < 4 || len > PORTMAP_PACKET_MAX)
		return PORTMAP_BAD_LENGTH;
	if ((p[1] & ANSWER_BIT) == 0)
		return PORTMAP_NOT_ANSWER;
	a->version = p[0];
	if (p[0] == PORTMAP_PMP_VERSION)
		return parse_pmp(a, p, len);
	if (p[0] == PORTMAP_PCP_VERSION)
		return parse_pcp(a, p, len);
	/* RFC 6887 9: all that is fixed between versions. */
	if (len >= PORTMAP_PCP_HEADER && p[3] == PCP_UNSUPP_VERSION) {
		a->kind = PORTMAP_ANSWER_VERSION;
		a->result = PCP_UNSUPP_VERSION;
		return PORTMAP_OK;
	}
	return PORTMAP_BAD_VERSION;
}
