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
 * Shared inside lib/stun only: byte order, the integrity computation, and the
 * layout numbers that parser and builder must agree on.
 */

#ifndef STUN_STUN_INTERNAL_H
#define STUN_STUN_INTERNAL_H

#include <sys/types.h>

#include <stdint.h>

#include "stun/stun.h"

#define STUN_ATTR_HEADER_LEN	4
#define STUN_FAMILY_IPV4	1
#define STUN_FAMILY_IPV6	2
#define STUN_CRC_XOR		0x5354554eU	/* RFC 8489 14.7 */

/*
 * The digest over everything before the integrity attribute at off, with the
 * header length set as if the message ended with that attribute.
 */
void		 stun_integrity_sha256(const uint8_t *buf, size_t off,
		    const uint8_t *key, size_t keylen,
		    uint8_t out[STUN_SHA256_LEN]);
void		 stun_integrity_sha1(const uint8_t *buf, size_t off,
		    const uint8_t *key, size_t keylen,
		    uint8_t out[STUN_SHA1_LEN]);

/* XOR an address and port in place as XOR-MAPPED-ADDRESS asks (14.2). */
void		 stun_endpoint_xor(struct endpoint *,
		    const uint8_t id[STUN_ID_LEN]);

static inline uint16_t
stun_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
stun_get32(const uint8_t *p)
{
	return (uint32_t)stun_get16(p) << 16 | stun_get16(p + 2);
}

static inline void
stun_put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void
stun_put32(uint8_t *p, uint32_t v)
{
	stun_put16(p, (uint16_t)(v >> 16));
	stun_put16(p + 2, (uint16_t)v);
}

#endif /* STUN_STUN_INTERNAL_H */
