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
 * Bulk AEAD by the libcrypto of OpenSSL 3: ciphers fetched once, a context
 * for each key and direction, only the nonce set for a message.  No file is
 * read and nothing is left for the end of the process.
 *
 * All that libcrypto allocates lies in the caller's region and is wiped when
 * it is freed.  What cannot be promised: round keys and key streams that its
 * functions leave on the stack or in registers.
 */

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <string.h>

#include "noise/aead_local.h"

static const char *const names[AEAD_CIPHERS] = {
	[AEAD_CHACHA20POLY1305] = "ChaCha20-Poly1305",
	[AEAD_AES256GCM] = "AES-256-GCM",
};

static void *
on_malloc(size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return aead_memory_get(len);
}

static void *
on_realloc(void *p, size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return aead_memory_resize(p, len);
}

static void
on_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	aead_memory_put(p);
}

static int
crypto_start(const void *out[AEAD_CIPHERS])
{
	EVP_CIPHER	*cipher[AEAD_CIPHERS];
	int		 i;

	/* Refused when OpenSSL has allocated already. */
	if (CRYPTO_set_mem_functions(on_malloc, on_realloc, on_free) != 1)
		return -1;
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
	    OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ATEXIT,
	    NULL) != 1)
		return -1;
	for (i = 0; i < AEAD_CIPHERS; i++)
		if ((cipher[i] = EVP_CIPHER_fetch(NULL, names[i], NULL)) ==
		    NULL)
			return -1;
	for (i = 0; i < AEAD_CIPHERS; i++)
		out[i] = cipher[i];
	return 0;
}

static void *
crypto_key(const void *cipher, enum aead_direction direction,
    const uint8_t *key)
{
	EVP_CIPHER_CTX	*ctx = EVP_CIPHER_CTX_new();

	if (ctx == NULL)
		return NULL;
	if (EVP_CipherInit_ex2(ctx, cipher, key, NULL,
	    direction == AEAD_SEAL, NULL) != 1) {
		EVP_CIPHER_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

static void
crypto_free(void *context)
{
	EVP_CIPHER_CTX_free(context);
}

/* The parameter through which a tag is asked for or given. */
static void
tag_params(OSSL_PARAM params[2], uint8_t *tag)
{
	params[0] = OSSL_PARAM_construct_octet_string("tag", tag,
	    AEAD_TAG_LEN);
	params[1] = OSSL_PARAM_construct_end();
}

static int
crypto_seal(void *context, uint8_t *buf, size_t len,
    const uint8_t *nonce, const uint8_t *ad, size_t adlen)
{
	EVP_CIPHER_CTX	*ctx = context;
	OSSL_PARAM	 params[2];
	int		 n;

	if (EVP_EncryptInit_ex2(ctx, NULL, NULL, nonce, NULL) != 1)
		return -1;
	if (adlen > 0 &&
	    EVP_EncryptUpdate(ctx, NULL, &n, ad, (int)adlen) != 1)
		return -1;
	if (len > 0 && EVP_EncryptUpdate(ctx, buf, &n, buf, (int)len) != 1)
		return -1;
	if (EVP_EncryptFinal_ex(ctx, buf + len, &n) != 1)
		return -1;
	tag_params(params, buf + len);
	return EVP_CIPHER_CTX_get_params(ctx, params) == 1 ? 0 : -1;
}

static int
crypto_open(void *context, uint8_t *buf, size_t len,
    const uint8_t *nonce, const uint8_t *ad, size_t adlen)
{
	EVP_CIPHER_CTX	*ctx = context;
	OSSL_PARAM	 params[2];
	int		 n;

	if (EVP_DecryptInit_ex2(ctx, NULL, NULL, nonce, NULL) != 1)
		return -1;
	tag_params(params, buf + len);
	if (EVP_CIPHER_CTX_set_params(ctx, params) != 1)
		return -1;
	if (adlen > 0 &&
	    EVP_DecryptUpdate(ctx, NULL, &n, ad, (int)adlen) != 1)
		return -1;
	if (len > 0 && EVP_DecryptUpdate(ctx, buf, &n, buf, (int)len) != 1)
		return -1;
	return EVP_DecryptFinal_ex(ctx, buf + len, &n) == 1 ? 0 : -1;
}

const struct aead_library	 aead_crypto = {
	.start = crypto_start,
	.key = crypto_key,
	.free = crypto_free,
	.seal = crypto_seal,
	.open = crypto_open,
};
