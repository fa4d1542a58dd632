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
 * Bulk AEAD by libsodium: AES keys are expanded once when the region has
 * room for that, else for each message.  AES-256-GCM only where the
 * processor has it, so that no table lookup depends on a key.
 */

#include <sodium.h>

#include "noise/aead_local.h"

int
aead_sodium_usable(enum aead_cipher cipher)
{
	return cipher != AEAD_AES256GCM ||
	    crypto_aead_aes256gcm_is_available();
}

void
aead_sodium_key(struct aead_key *k)
{
	if (k->cipher != AEAD_AES256GCM)
		return;
	k->expanded = aead_memory_get(sizeof(crypto_aead_aes256gcm_state));
	if (k->expanded != NULL)
		crypto_aead_aes256gcm_beforenm(k->expanded, k->key);
}

/* The expanded key: the one kept, or a new one in st. */
static const crypto_aead_aes256gcm_state *
aes_begin(const struct aead_key *k, crypto_aead_aes256gcm_state *st)
{
	if (k->expanded != NULL)
		return k->expanded;
	crypto_aead_aes256gcm_beforenm(st, k->key);
	return st;
}

static void
aes_end(const struct aead_key *k, crypto_aead_aes256gcm_state *st)
{
	if (k->expanded == NULL)
		sodium_memzero(st, sizeof(*st));
}

void
aead_sodium_seal(const struct aead_key *k, uint8_t *buf, size_t len,
    const uint8_t *nonce, const uint8_t *ad, size_t adlen)
{
	crypto_aead_aes256gcm_state	 st;

	if (k->cipher == AEAD_AES256GCM) {
		crypto_aead_aes256gcm_encrypt_afternm(buf, NULL, buf, len, ad,
		    adlen, NULL, nonce, aes_begin(k, &st));
		aes_end(k, &st);
	} else
		crypto_aead_chacha20poly1305_ietf_encrypt(buf, NULL, buf, len,
		    ad, adlen, NULL, nonce, k->key);
}

int
aead_sodium_open(const struct aead_key *k, uint8_t *buf, size_t len,
    const uint8_t *nonce, const uint8_t *ad, size_t adlen)
{
	crypto_aead_aes256gcm_state	 st;
	int				 rc;

	len += AEAD_TAG_LEN;
	if (k->cipher == AEAD_AES256GCM) {
		rc = crypto_aead_aes256gcm_decrypt_afternm(buf, NULL, NULL,
		    buf, len, ad, adlen, nonce, aes_begin(k, &st));
		aes_end(k, &st);
	} else
		rc = crypto_aead_chacha20poly1305_ietf_decrypt(buf, NULL,
		    NULL, buf, len, ad, adlen, nonce, k->key);
	return rc == 0 ? 0 : -1;
}
