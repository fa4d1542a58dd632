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
 * LibreSSL has neither fetched ciphers nor parameters: libsodium alone.
 */

#include "noise/aead_local.h"

int
aead_crypto_start(struct aead *a, void *mem, size_t len)
{
	(void)a;
	(void)aead_memory_start(mem, len);
	return -1;
}

void
aead_crypto_end(struct aead *a)
{
	(void)a;
	aead_memory_end();
}

void *
aead_crypto_key(void *cipher, enum aead_direction direction,
    const uint8_t *key)
{
	(void)cipher;
	(void)direction;
	(void)key;
	return NULL;
}

void
aead_crypto_free(void *context)
{
	(void)context;
}

int
aead_crypto_seal(void *context, uint8_t *buf, size_t len,
    const uint8_t *nonce, const uint8_t *ad, size_t adlen)
{
	(void)context;
	(void)buf;
	(void)len;
	(void)nonce;
	(void)ad;
	(void)adlen;
	return -1;
}

int
aead_crypto_open(void *context, uint8_t *buf, size_t len,
    const uint8_t *nonce, const uint8_t *ad, size_t adlen)
{
	(void)context;
	(void)buf;
	(void)len;
	(void)nonce;
	(void)ad;
	(void)adlen;
	return -1;
}
