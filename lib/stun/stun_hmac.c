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
 * The digests of STUN: HMAC with SHA-256 for everything we send and accept,
 * HMAC with SHA-1 only to check the published test vectors, and the CRC of
 * the fingerprint.  Keys pass through and leave no copy behind.
 */

#include <sys/types.h>

#include <sha1.h>
#include <sha2.h>
#include <stdint.h>
#include <string.h>

#include "stun/stun.h"
#include "stun/stun_internal.h"

#define HMAC_BLOCK_LEN	64

static const uint32_t	crc_nibble[16] = {
	0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
	0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
	0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
	0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c
};

uint32_t
stun_crc32(const uint8_t *buf, size_t len)
{
	uint32_t	 crc = 0xffffffff;
	size_t		 i;

	for (i = 0; i < len; i++) {
		crc ^= buf[i];
		crc = crc >> 4 ^ crc_nibble[crc & 15];
		crc = crc >> 4 ^ crc_nibble[crc & 15];
	}
	return ~crc;
}

static void
pad_xor(uint8_t pad[HMAC_BLOCK_LEN], uint8_t with)
{
	size_t	 i;

	for (i = 0; i < HMAC_BLOCK_LEN; i++)
		pad[i] ^= with;
}

/* The digest of head followed by body; either may be empty. */
static void
hmac_sha256(const uint8_t *key, size_t keylen, const uint8_t *head,
    size_t headlen, const uint8_t *body, size_t bodylen,
    uint8_t out[STUN_SHA256_LEN])
{
	uint8_t		 pad[HMAC_BLOCK_LEN];
	SHA2_CTX	 ctx;

	memset(pad, 0, sizeof(pad));
	if (keylen > sizeof(pad)) {
		SHA256Init(&ctx);
		SHA256Update(&ctx, key, keylen);
		SHA256Final(pad, &ctx);
	} else if (keylen > 0)
		memcpy(pad, key, keylen);
	pad_xor(pad, 0x36);
	SHA256Init(&ctx);
	SHA256Update(&ctx, pad, sizeof(pad));
	if (headlen > 0)
		SHA256Update(&ctx, head, headlen);
	if (bodylen > 0)
		SHA256Update(&ctx, body, bodylen);
	SHA256Final(out, &ctx);
	pad_xor(pad, 0x36 ^ 0x5c);
	SHA256Init(&ctx);
	SHA256Update(&ctx, pad, sizeof(pad));
	SHA256Update(&ctx, out, STUN_SHA256_LEN);
	SHA256Final(out, &ctx);
	explicit_bzero(pad, sizeof(pad));
	explicit_bzero(&ctx, sizeof(ctx));
}

static void
hmac_sha1(const uint8_t *key, size_t keylen, const uint8_t *head,
    size_t headlen, const uint8_t *body, size_t bodylen,
    uint8_t out[STUN_SHA1_LEN])
{
	uint8_t		 pad[HMAC_BLOCK_LEN];
	SHA1_CTX	 ctx;

	memset(pad, 0, sizeof(pad));
	if (keylen > sizeof(pad)) {
		SHA1Init(&ctx);
		SHA1Update(&ctx, key, keylen);
		SHA1Final(pad, &ctx);
	} else if (keylen > 0)
		memcpy(pad, key, keylen);
	pad_xor(pad, 0x36);
	SHA1Init(&ctx);
	SHA1Update(&ctx, pad, sizeof(pad));
	SHA1Update(&ctx, head, headlen);
	SHA1Update(&ctx, body, bodylen);
	SHA1Final(out, &ctx);
	pad_xor(pad, 0x36 ^ 0x5c);
	SHA1Init(&ctx);
	SHA1Update(&ctx, pad, sizeof(pad));
	SHA1Update(&ctx, out, STUN_SHA1_LEN);
	SHA1Final(out, &ctx);
	explicit_bzero(pad, sizeof(pad));
	explicit_bzero(&ctx, sizeof(ctx));
}

void
stun_hmac_sha256(const uint8_t *key, size_t keylen, const uint8_t *buf,
    size_t len, uint8_t out[STUN_SHA256_LEN])
{
	hmac_sha256(key, keylen, NULL, 0, buf, len, out);
}

/* The first four bytes of the header with the length the digest wants. */
static void
integrity_head(uint8_t head[4], const uint8_t *buf, size_t off, size_t digest)
{
	memcpy(head, buf, 2);
	stun_put16(head + 2, (uint16_t)(off - STUN_HEADER_LEN +
	    STUN_ATTR_HEADER_LEN + digest));
}

void
stun_integrity_sha256(const uint8_t *buf, size_t off, const uint8_t *key,
    size_t keylen, uint8_t out[STUN_SHA256_LEN])
{
	uint8_t	 head[4];

	integrity_head(head, buf, off, STUN_SHA256_LEN);
	hmac_sha256(key, keylen, head, sizeof(head), buf + sizeof(head),
	    off - sizeof(head), out);
}

void
stun_integrity_sha1(const uint8_t *buf, size_t off, const uint8_t *key,
    size_t keylen, uint8_t out[STUN_SHA1_LEN])
{
	uint8_t	 head[4];

	integrity_head(head, buf, off, STUN_SHA1_LEN);
	hmac_sha1(key, keylen, head, sizeof(head), buf + sizeof(head),
	    off - sizeof(head), out);
}

/* 0 when equal; the time depends on len alone. */
static int
digest_cmp(const uint8_t *a, const uint8_t *b, size_t len)
{
	unsigned int	 diff = 0;
	size_t		 i;

	for (i = 0; i < len; i++)
		diff |= a[i] ^ b[i];
	return diff == 0 ? 0 : -1;
}

int
stun_check_integrity_sha256(const struct stun_msg *m, const uint8_t *key,
    size_t keylen)
{
	uint8_t	 want[STUN_SHA256_LEN];
	int	 rv;

	if (!(m->have & STUN_HAVE_SHA256))
		return -1;
	stun_integrity_sha256(m->raw, m->sha256_off, key, keylen, want);
	rv = digest_cmp(want, m->raw + m->sha256_off + STUN_ATTR_HEADER_LEN,
	    sizeof(want));
	explicit_bzero(want, sizeof(want));
	return rv;
}

int
stun_check_integrity_sha1(const struct stun_msg *m, const uint8_t *key,
    size_t keylen)
{
	uint8_t	 want[STUN_SHA1_LEN];
	int	 rv;

	if (!(m->have & STUN_HAVE_INTEGRITY))
		return -1;
	stun_integrity_sha1(m->raw, m->integrity_off, key, keylen, want);
	rv = digest_cmp(want, m->raw + m->integrity_off +
	    STUN_ATTR_HEADER_LEN, sizeof(want));
	explicit_bzero(want, sizeof(want));
	return rv;
}
