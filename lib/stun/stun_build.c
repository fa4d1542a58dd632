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
 * The STUN builder, into memory of the caller.  The header's length field is
 * right after every call; padding is zero.
 */

#include <sys/types.h>

#include <stdint.h>
#include <string.h>

#include "stun/stun.h"
#include "stun/stun_internal.h"

void
stun_build_start(struct stun_builder *b, uint8_t *buf, size_t cap,
    enum stun_class class, uint16_t method, const uint8_t id[STUN_ID_LEN])
{
	unsigned int	 type;

	memset(b, 0, sizeof(*b));
	b->buf = buf;
	b->cap = cap;
	if (cap < STUN_HEADER_LEN) {
		b->failed = 1;
		return;
	}
	type = (method & 0xfU) | (method & 0x70U) << 1 |
	    (method & 0xf80U) << 2 | ((unsigned int)class & 1) << 4 |
	    ((unsigned int)class & 2) << 7;
	stun_put16(buf, (uint16_t)type);
	stun_put16(buf + 2, 0);
	stun_put32(buf + 4, STUN_COOKIE);
	memcpy(buf + 8, id, STUN_ID_LEN);
	b->len = STUN_HEADER_LEN;
}

/* Room for one attribute, header written, padding cleared; NULL if full. */
static uint8_t *
build_reserve(struct stun_builder *b, uint16_t type, size_t len)
{
	uint8_t	*p;
	size_t	 padded;

	if (b->failed || len > UINT16_MAX - 3) {
		b->failed = 1;
		return NULL;
	}
	padded = (len + 3) & ~(size_t)3;
	if (b->cap - b->len < STUN_ATTR_HEADER_LEN ||
	    b->cap - b->len - STUN_ATTR_HEADER_LEN < padded ||
	    UINT16_MAX - (b->len - STUN_HEADER_LEN) <
	    STUN_ATTR_HEADER_LEN + padded) {
		b->failed = 1;
		return NULL;
	}
	p = b->buf + b->len;
	stun_put16(p, type);
	stun_put16(p + 2, (uint16_t)len);
	p += STUN_ATTR_HEADER_LEN;
	memset(p + len, 0, padded - len);
	b->len += STUN_ATTR_HEADER_LEN + padded;
	stun_put16(b->buf + 2, (uint16_t)(b->len - STUN_HEADER_LEN));
	return p;
}

void
stun_build_bytes(struct stun_builder *b, uint16_t type, const void *data,
    size_t len)
{
	uint8_t	*p;

	if ((p = build_reserve(b, type, len)) != NULL && len > 0)
		memcpy(p, data, len);
}

void
stun_build_flag(struct stun_builder *b, uint16_t type)
{
	(void)build_reserve(b, type, 0);
}

void
stun_build_u32(struct stun_builder *b, uint16_t type, uint32_t v)
{
	uint8_t	*p;

	if ((p = build_reserve(b, type, 4)) != NULL)
		stun_put32(p, v);
}

void
stun_build_u64(struct stun_builder *b, uint16_t type, uint64_t v)
{
	uint8_t	*p;

	if ((p = build_reserve(b, type, 8)) == NULL)
		return;
	stun_put32(p, (uint32_t)(v >> 32));
	stun_put32(p + 4, (uint32_t)v);
}

void
stun_build_address(struct stun_builder *b, uint16_t type,
    const struct endpoint *ep)
{
	struct endpoint	 e = *ep;
	uint8_t		*p;
	size_t		 alen;

	if (b->failed || (e.family != 4 && e.family != 6)) {
		b->failed = 1;
		return;
	}
	alen = e.family == 4 ? 4 : 16;
	if (type == STUN_ATTR_XOR_MAPPED_ADDRESS)
		stun_endpoint_xor(&e, b->buf + 8);
	if ((p = build_reserve(b, type, 4 + alen)) == NULL)
		return;
	p[0] = 0;
	p[1] = e.family == 4 ? STUN_FAMILY_IPV4 : STUN_FAMILY_IPV6;
	stun_put16(p + 2, e.port);
	memcpy(p + 4, e.addr, alen);
}

/* Without a reason phrase: answers are to stay small. */
void
stun_build_error(struct stun_builder *b, uint16_t code)
{
	uint8_t	*p;

	if ((p = build_reserve(b, STUN_ATTR_ERROR_CODE, 4)) == NULL)
		return;
	p[0] = p[1] = 0;
	p[2] = (uint8_t)(code / 100 & 7);
	p[3] = (uint8_t)(code % 100);
}

void
stun_build_unknown(struct stun_builder *b, const uint16_t *types, size_t n)
{
	uint8_t	*p;
	size_t	 i;

	if (n > STUN_UNKNOWN_MAX) {
		b->failed = 1;
		return;
	}
	p = build_reserve(b, STUN_ATTR_UNKNOWN_ATTRIBUTES, n * 2);
	if (p == NULL)
		return;
	for (i = 0; i < n; i++)
		stun_put16(p + i * 2, types[i]);
}

void
stun_build_integrity_sha256(struct stun_builder *b, const uint8_t *key,
    size_t keylen)
{
	size_t	 off = b->len;
	uint8_t	*p;

	p = build_reserve(b, STUN_ATTR_INTEGRITY_SHA256, STUN_SHA256_LEN);
	if (p != NULL)
		stun_integrity_sha256(b->buf, off, key, keylen, p);
}

void
stun_build_fingerprint(struct stun_builder *b)
{
	size_t	 off = b->len;
	uint8_t	*p;

	if ((p = build_reserve(b, STUN_ATTR_FINGERPRINT, 4)) != NULL)
		stun_put32(p, stun_crc32(b->buf, off) ^ STUN_CRC_XOR);
}

ssize_t
stun_build_finish(const struct stun_builder *b)
{
	return b->failed ? -1 : (ssize_t)b->len;
}
