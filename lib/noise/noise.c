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
 * Noise IKpsk2: hashes, suites and the two handshake messages, token by
 * token.  Runs in cryptoproc.  Messages come from the internet and are
 * trusted in nothing; their lengths are fixed by the caller.  No clock, no
 * allocation, no state outside the caller's structures.
 */

#include <string.h>

#include <blake2.h>
#include <sodium.h>

#include "noise/noise.h"

#define NAME_MAX_LEN	64

static void	 chachapoly_seal(uint8_t *, const uint8_t *, size_t,
		    const uint8_t *, size_t, uint64_t, const uint8_t *);
static int	 chachapoly_open(uint8_t *, const uint8_t *, size_t,
		    const uint8_t *, size_t, uint64_t, const uint8_t *);
static void	 aesgcm_seal(uint8_t *, const uint8_t *, size_t,
		    const uint8_t *, size_t, uint64_t, const uint8_t *);
static int	 aesgcm_open(uint8_t *, const uint8_t *, size_t,
		    const uint8_t *, size_t, uint64_t, const uint8_t *);

static const struct noise_suite suites[NOISE_SUITE_MAX] = {
	[NOISE_SUITE_CHACHAPOLY] = {
		"Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s",
		AEAD_CHACHA20POLY1305, chachapoly_seal, chachapoly_open
	},
	[NOISE_SUITE_AESGCM] = {
		"Noise_IKpsk2_25519_AESGCM_BLAKE2s",
		AEAD_AES256GCM, aesgcm_seal, aesgcm_open
	},
};

const struct noise_suite *
noise_suite_get(enum noise_suite_id id)
{
	if ((unsigned int)id >= NOISE_SUITE_MAX)
		return NULL;
	if (suites[id].cipher == AEAD_AES256GCM &&
	    !crypto_aead_aes256gcm_is_available())
		return NULL;
	return &suites[id];
}

static void
chachapoly_seal(uint8_t *out, const uint8_t *in, size_t len,
    const uint8_t *ad, size_t adlen, uint64_t nonce, const uint8_t *key)
{
	uint8_t	 iv[AEAD_NONCE_LEN];

	aead_nonce(iv, AEAD_CHACHA20POLY1305, nonce);
	crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, in, len, ad,
	    adlen, NULL, iv, key);
}

static int
chachapoly_open(uint8_t *out, const uint8_t *in, size_t len,
    const uint8_t *ad, size_t adlen, uint64_t nonce, const uint8_t *key)
{
	uint8_t	 iv[AEAD_NONCE_LEN];

	aead_nonce(iv, AEAD_CHACHA20POLY1305, nonce);
	return crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, in,
	    len, ad, adlen, iv, key);
}

/* The one-shot functions of libsodium leave the round keys behind. */
static void
aesgcm_seal(uint8_t *out, const uint8_t *in, size_t len, const uint8_t *ad,
    size_t adlen, uint64_t nonce, const uint8_t *key)
{
	crypto_aead_aes256gcm_state	 st;
	uint8_t				 iv[AEAD_NONCE_LEN];

	aead_nonce(iv, AEAD_AES256GCM, nonce);
	crypto_aead_aes256gcm_beforenm(&st, key);
	crypto_aead_aes256gcm_encrypt_afternm(out, NULL, in, len, ad, adlen,
	    NULL, iv, &st);
	sodium_memzero(&st, sizeof(st));
}

static int
aesgcm_open(uint8_t *out, const uint8_t *in, size_t len, const uint8_t *ad,
    size_t adlen, uint64_t nonce, const uint8_t *key)
{
	crypto_aead_aes256gcm_state	 st;
	uint8_t				 iv[AEAD_NONCE_LEN];
	int				 rc;

	aead_nonce(iv, AEAD_AES256GCM, nonce);
	crypto_aead_aes256gcm_beforenm(&st, key);
	rc = crypto_aead_aes256gcm_decrypt_afternm(out, NULL, NULL, in, len,
	    ad, adlen, iv, &st);
	sodium_memzero(&st, sizeof(st));
	return rc;
}

void
noise_hash(uint8_t out[NOISE_HASH_LEN], const uint8_t *a, size_t alen,
    const uint8_t *b, size_t blen)
{
	blake2s_state	 st;

	blake2s_init(&st, NOISE_HASH_LEN);
	if (alen > 0)
		blake2s_update(&st, a, alen);
	if (blen > 0)
		blake2s_update(&st, b, blen);
	blake2s_final(&st, out, NOISE_HASH_LEN);
	sodium_memzero(&st, sizeof(st));
}

void
noise_mac(uint8_t *out, size_t outlen, const uint8_t *key, size_t keylen,
    const uint8_t *in, size_t len)
{
	blake2s_state	 st;

	blake2s_init_key(&st, outlen, key, keylen);
	if (len > 0)
		blake2s_update(&st, in, len);
	blake2s_final(&st, out, outlen);
	sodium_memzero(&st, sizeof(st));
}

void
noise_hmac(uint8_t out[NOISE_HASH_LEN], const uint8_t *key, size_t keylen,
    const uint8_t *a, size_t alen, const uint8_t *b, size_t blen)
{
	blake2s_state	 st;
	uint8_t		 pad[NOISE_BLOCK_LEN], inner[NOISE_HASH_LEN];
	size_t		 i;

	memset(pad, 0, sizeof(pad));
	if (keylen > sizeof(pad))
		noise_hash(pad, key, keylen, NULL, 0);
	else
		memcpy(pad, key, keylen);
	for (i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36;
	blake2s_init(&st, NOISE_HASH_LEN);
	blake2s_update(&st, pad, sizeof(pad));
	if (alen > 0)
		blake2s_update(&st, a, alen);
	if (blen > 0)
		blake2s_update(&st, b, blen);
	blake2s_final(&st, inner, sizeof(inner));
	for (i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36 ^ 0x5c;
	noise_hash(out, pad, sizeof(pad), inner, sizeof(inner));
	sodium_memzero(&st, sizeof(st));
	sodium_memzero(pad, sizeof(pad));
	sodium_memzero(inner, sizeof(inner));
}

void
noise_kdf(const uint8_t chain[NOISE_HASH_LEN], const uint8_t *in, size_t len,
    uint8_t *out1, uint8_t *out2, uint8_t *out3)
{
	static const uint8_t	 count[3] = { 1, 2, 3 };
	uint8_t			 temp[NOISE_HASH_LEN], t[NOISE_HASH_LEN];

	noise_hmac(temp, chain, NOISE_HASH_LEN, in, len, NULL, 0);
	noise_hmac(t, temp, sizeof(temp), NULL, 0, &count[0], 1);
	memcpy(out1, t, sizeof(t));
	if (out2 != NULL) {
		noise_hmac(t, temp, sizeof(temp), t, sizeof(t), &count[1], 1);
		memcpy(out2, t, sizeof(t));
	}
	if (out2 != NULL && out3 != NULL) {
		noise_hmac(t, temp, sizeof(temp), t, sizeof(t), &count[2], 1);
		memcpy(out3, t, sizeof(t));
	}
	sodium_memzero(temp, sizeof(temp));
	sodium_memzero(t, sizeof(t));
}

void
noise_public(uint8_t pub[NOISE_KEY_LEN], const uint8_t priv[NOISE_KEY_LEN])
{
	crypto_scalarmult_curve25519_base(pub, priv);
}

int
noise_dh(uint8_t out[NOISE_KEY_LEN], const uint8_t priv[NOISE_KEY_LEN],
    const uint8_t pub[NOISE_KEY_LEN])
{
	/* Points of small order are refused: the result would be known. */
	if (crypto_scalarmult_curve25519(out, priv, pub) == 0)
		return 0;
	sodium_memzero(out, NOISE_KEY_LEN);
	return -1;
}

/* MixHash */
static void
mix_hash(struct noise_handshake *hs, const uint8_t *data, size_t len)
{
	noise_hash(hs->hash, hs->hash, sizeof(hs->hash), data, len);
}

/* MixKey */
static void
mix_key(struct noise_handshake *hs, const uint8_t in[NOISE_KEY_LEN])
{
	noise_kdf(hs->chain, in, NOISE_KEY_LEN, hs->chain, hs->key, NULL);
}

static int
mix_dh(struct noise_handshake *hs, const uint8_t priv[NOISE_KEY_LEN],
    const uint8_t pub[NOISE_KEY_LEN])
{
	uint8_t	 dh[NOISE_KEY_LEN];

	if (noise_dh(dh, priv, pub) == -1)
		return -1;
	mix_key(hs, dh);
	sodium_memzero(dh, sizeof(dh));
	return 0;
}

/* MixKeyAndHash */
static void
mix_psk(struct noise_handshake *hs, const uint8_t psk[NOISE_KEY_LEN])
{
	uint8_t	 temp[NOISE_HASH_LEN];

	noise_kdf(hs->chain, psk, NOISE_KEY_LEN, hs->chain, temp, hs->key);
	mix_hash(hs, temp, sizeof(temp));
	sodium_memzero(temp, sizeof(temp));
}

/* EncryptAndHash; every key of this pattern seals once, with nonce 0. */
static void
seal_hash(struct noise_handshake *hs, const uint8_t *in, size_t len,
    uint8_t *out)
{
	hs->suite->seal(out, in, len, hs->hash, sizeof(hs->hash), 0, hs->key);
	mix_hash(hs, out, len + NOISE_TAG_LEN);
}

/* DecryptAndHash; len is that of the plaintext. */
static int
open_hash(struct noise_handshake *hs, const uint8_t *in, uint8_t *out,
    size_t len)
{
	if (hs->suite->open(out, in, len + NOISE_TAG_LEN, hs->hash,
	    sizeof(hs->hash), 0, hs->key) != 0)
		return -1;
	mix_hash(hs, in, len + NOISE_TAG_LEN);
	return 0;
}

/* A token "e", which in a pattern with a psk is also mixed into the key. */
static void
mix_ephemeral(struct noise_handshake *hs, const uint8_t pub[NOISE_KEY_LEN])
{
	mix_hash(hs, pub, NOISE_KEY_LEN);
	mix_key(hs, pub);
}

void
noise_begin(struct noise_handshake *hs, const struct noise_suite *suite,
    const uint8_t *prologue, size_t len,
    const uint8_t responder[NOISE_KEY_LEN])
{
	size_t	 n = strnlen(suite->name, NAME_MAX_LEN);

	memset(hs, 0, sizeof(*hs));
	hs->suite = suite;
	if (n <= sizeof(hs->hash))
		memcpy(hs->hash, suite->name, n);
	else
		noise_hash(hs->hash, (const uint8_t *)suite->name, n, NULL,
		    0);
	memcpy(hs->chain, hs->hash, sizeof(hs->chain));
	mix_hash(hs, prologue, len);
	/* <- s */
	mix_hash(hs, responder, NOISE_KEY_LEN);
}

int
noise_init_write(struct noise_handshake *hs, const uint8_t e[NOISE_KEY_LEN],
    const uint8_t s_pub[NOISE_KEY_LEN], const uint8_t rs[NOISE_KEY_LEN],
    const uint8_t ss[NOISE_KEY_LEN], const uint8_t *payload, size_t len,
    uint8_t *out)
{
	memcpy(hs->e, e, sizeof(hs->e));
	memcpy(hs->rs, rs, sizeof(hs->rs));

	/* e */
	noise_public(out, hs->e);
	mix_ephemeral(hs, out);
	out += NOISE_KEY_LEN;

	/* es */
	if (mix_dh(hs, hs->e, rs) == -1)
		return -1;

	/* s */
	seal_hash(hs, s_pub, NOISE_KEY_LEN, out);
	out += NOISE_KEY_LEN + NOISE_TAG_LEN;

	/* ss */
	mix_key(hs, ss);

	/* payload */
	seal_hash(hs, payload, len, out);
	return 0;
}

int
noise_init_read_static(struct noise_handshake *hs,
    const uint8_t es[NOISE_KEY_LEN], const uint8_t *msg)
{
	/* e */
	memcpy(hs->re, msg, sizeof(hs->re));
	mix_ephemeral(hs, hs->re);
	msg += NOISE_KEY_LEN;

	/* es */
	mix_key(hs, es);

	/* s */
	return open_hash(hs, msg, hs->rs, sizeof(hs->rs));
}

int
noise_init_read_payload(struct noise_handshake *hs,
    const uint8_t ss[NOISE_KEY_LEN], const uint8_t *msg, uint8_t *payload,
    size_t len)
{
	/* ss */
	mix_key(hs, ss);

	/* payload */
	return open_hash(hs, msg + 2 * NOISE_KEY_LEN + NOISE_TAG_LEN, payload,
	    len);
}

int
noise_resp_write(struct noise_handshake *hs, const uint8_t e[NOISE_KEY_LEN],
    const uint8_t psk[NOISE_KEY_LEN], const uint8_t *payload, size_t len,
    uint8_t *out)
{
	memcpy(hs->e, e, sizeof(hs->e));

	/* e */
	noise_public(out, hs->e);
	mix_ephemeral(hs, out);
	out += NOISE_KEY_LEN;

	/* ee */
	if (mix_dh(hs, hs->e, hs->re) == -1)
		return -1;

	/* se */
	if (mix_dh(hs, hs->e, hs->rs) == -1)
		return -1;

	/* psk */
	mix_psk(hs, psk);

	/* payload */
	seal_hash(hs, payload, len, out);
	return 0;
}

int
noise_resp_read(struct noise_handshake *hs, const uint8_t s[NOISE_KEY_LEN],
    const uint8_t psk[NOISE_KEY_LEN], const uint8_t *msg, uint8_t *payload,
    size_t len)
{
	/* e */
	memcpy(hs->re, msg, sizeof(hs->re));
	mix_ephemeral(hs, hs->re);
	msg += NOISE_KEY_LEN;

	/* ee */
	if (mix_dh(hs, hs->e, hs->re) == -1)
		return -1;

	/* se */
	if (mix_dh(hs, s, hs->re) == -1)
		return -1;

	/* psk */
	mix_psk(hs, psk);

	/* payload */
	return open_hash(hs, msg, payload, len);
}

void
noise_split(const struct noise_handshake *hs,
    uint8_t to_responder[NOISE_KEY_LEN], uint8_t to_initiator[NOISE_KEY_LEN])
{
	noise_kdf(hs->chain, NULL, 0, to_responder, to_initiator, NULL);
}

void
noise_wipe(struct noise_handshake *hs)
{
	sodium_memzero(hs, sizeof(*hs));
}
