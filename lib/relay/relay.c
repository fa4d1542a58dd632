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
 * The codec of the relay's preface.  Every byte of it is hostile; a code is
 * a secret until it is used and leaves no copy here.
 */

#include <sys/types.h>

#include <sha2.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "relay/relay.h"

#define OFF_VERSION	4
#define OFF_SIDE	5
#define OFF_RESERVED	6
#define OFF_CODE	8

static const uint8_t	 magic[4] = { 'E', 'n', 'R', 'l' };

const char *
relay_strerror(enum relay_error error)
{
	switch (error) {
	case RELAY_OK:
		return "ok";
	case RELAY_BAD_MAGIC:
		return "not the protocol of the relay";
	case RELAY_BAD_VERSION:
		return "another version";
	case RELAY_BAD_SIDE:
		return "no such side";
	case RELAY_BAD_RESERVED:
		return "reserved bytes are not 0";
	}
	return "unknown error";
}

int
relay_preface_encode(const struct relay_preface *p,
    uint8_t out[RELAY_PREFACE_LEN])
{
	if (p->side >= RELAY_SIDES)
		return -1;
	memset(out, 0, RELAY_PREFACE_LEN);
	memcpy(out, magic, sizeof(magic));
	out[OFF_VERSION] = RELAY_VERSION;
	out[OFF_SIDE] = p->side;
	memcpy(out + OFF_CODE, p->code, RELAY_CODE_LEN);
	return 0;
}

enum relay_error
relay_preface_decode(const uint8_t in[RELAY_PREFACE_LEN],
    struct relay_preface *p)
{
	explicit_bzero(p, sizeof(*p));
	if (memcmp(in, magic, sizeof(magic)) != 0)
		return RELAY_BAD_MAGIC;
	if (in[OFF_VERSION] != RELAY_VERSION)
		return RELAY_BAD_VERSION;
	if (in[OFF_SIDE] >= RELAY_SIDES)
		return RELAY_BAD_SIDE;
	if (in[OFF_RESERVED] != 0 || in[OFF_RESERVED + 1] != 0)
		return RELAY_BAD_RESERVED;
	p->side = in[OFF_SIDE];
	memcpy(p->code, in + OFF_CODE, RELAY_CODE_LEN);
	return RELAY_OK;
}

void
relay_status_encode(uint8_t out[RELAY_STATUS_LEN])
{
	memcpy(out, magic, RELAY_STATUS_LEN - 1);
	out[RELAY_STATUS_LEN - 1] = 0;
}

int
relay_status_joined(const uint8_t in[RELAY_STATUS_LEN])
{
	return memcmp(in, magic, RELAY_STATUS_LEN - 1) == 0 &&
	    in[RELAY_STATUS_LEN - 1] == 0;
}

void
relay_hash(const uint8_t code[RELAY_CODE_LEN], uint8_t out[RELAY_HASH_LEN])
{
	SHA2_CTX	 ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, code, RELAY_CODE_LEN);
	SHA256Final(out, &ctx);
	explicit_bzero(&ctx, sizeof(ctx));
}

int
relay_hash_equal(const uint8_t a[RELAY_HASH_LEN],
    const uint8_t b[RELAY_HASH_LEN])
{
	volatile uint8_t	 differs = 0;
	size_t			 i;

	for (i = 0; i < RELAY_HASH_LEN; i++)
		differs = (uint8_t)(differs | (a[i] ^ b[i]));
	return differs == 0;
}
