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
 * AES-256-GCM by libgcrypt, which uses the vector forms of the AES and
 * carry-less multiplication instructions with AVX2 already, and costs less
 * for each message: a handle for each key, only the nonce set for a message.
 * Its ChaCha20-Poly1305 gains nothing.
 *
 * All that libgcrypt allocates lies in the caller's region and is wiped when
 * it is freed.  At its start it looks for two files of the administrator's
 * below /etc/gcrypt; afterwards it makes no system call.  Its random numbers
 * are not used.
 */

#include <errno.h>
#include <gcrypt.h>

#include "noise/aead_local.h"

#define VERSION_MIN	"1.8.0"

/* libgcrypt's ciphers are numbers. */
static const struct cipher {
	int	 algorithm;
	int	 mode;
} aes256gcm = { GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_GCM };

static void *
on_malloc(size_t len)
{
	void	*p = aead_memory_get(len);

	if (p == NULL)
		errno = ENOMEM;
	return p;
}

static void *
on_realloc(void *p, size_t len)
{
	if ((p = aead_memory_resize(p, len)) == NULL && len > 0)
		errno = ENOMEM;
	return p;
}

static int
on_is_secure(const void *p)
{
	(void)p;
	return 0;
}

static int
gcrypt_start(const void *out[AEAD_CIPHERS])
{
	gcry_set_allocation_handler(on_malloc, on_malloc, on_is_secure,
	    on_realloc, aead_memory_put);
	if (gcry_check_version(VERSION_MIN) == NULL)
		return -1;
	/* The region is locked by its owner. */
	if (gcry_control(GCRYCTL_DISABLE_SECMEM, 0) != 0 ||
	    gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0) != 0)
		return -1;
	/* That mode refuses nonces from outside. */
	if (gcry_fips_mode_active())
		return -1;
	out[AEAD_AES256GCM] = &aes256gcm;
	return 0;
}

static void *
gcrypt_key(const void *cipher, enum aead_direction direction,
    const uint8_t *key)
{
	const struct cipher	*c = cipher;
	gcry_cipher_hd_t	 h;

	(void)direction;
	if (gcry_cipher_open(&h, c->algorithm, c->mode, 0) != 0)
		return NULL;
	if (gcry_cipher_setkey(h, key, AEAD_KEY_LEN) != 0) {
		gcry_cipher_close(h);
		return NULL;
	}
	return h;
}

static void
gcrypt_free(void *context)
{
	gcry_cipher_close(context);
}

/* What precedes the text. */
static int
begin(gcry_cipher_hd_t h, const uint8_t *nonce, const uint8_t *ad,
    size_t adlen)
{
	if (gcry_cipher_setiv(h, nonce, AEAD_NONCE_LEN) != 0)
		return -1;
	if (adlen > 0 && gcry_cipher_authenticate(h, ad, adlen) != 0)
		return -1;
	return 0;
}

static int
gcrypt_seal(void *context, uint8_t *buf, size_t len, const uint8_t *nonce,
    const uint8_t *ad, size_t adlen)
{
	gcry_cipher_hd_t	 h = context;

	if (begin(h, nonce, ad, adlen) == -1)
		return -1;
	if (len > 0 && gcry_cipher_encrypt(h, buf, len, NULL, 0) != 0)
		return -1;
	return gcry_cipher_gettag(h, buf + len, AEAD_TAG_LEN) == 0 ? 0 : -1;
}

static int
gcrypt_open(void *context, uint8_t *buf, size_t len, const uint8_t *nonce,
    const uint8_t *ad, size_t adlen)
{
	gcry_cipher_hd_t	 h = context;

	if (begin(h, nonce, ad, adlen) == -1)
		return -1;
	if (len > 0 && gcry_cipher_decrypt(h, buf, len, NULL, 0) != 0)
		return -1;
	return gcry_cipher_checktag(h, buf + len, AEAD_TAG_LEN) == 0 ?
	    0 : -1;
}

const struct aead_library	 aead_gcrypt = {
	.start = gcrypt_start,
	.key = gcrypt_key,
	.free = gcrypt_free,
	.seal = gcrypt_seal,
	.open = gcrypt_open,
};
