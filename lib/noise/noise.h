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
 * The Noise handshake IKpsk2 (Noise Protocol Framework, revision 34) with
 * X25519 and BLAKE2s, its hash functions, and the table of AEAD suites.
 * Prologue, payloads and ephemeral keys are parameters, so the same code
 * runs the tunnel and the published test vectors.  Messages read are
 * hostile; nothing here keeps state of its own, allocates, or does I/O.
 */

#ifndef NOISE_NOISE_H
#define NOISE_NOISE_H

#include <stddef.h>
#include <stdint.h>

#include "noise/aead.h"

#define NOISE_KEY_LEN		32
#define NOISE_HASH_LEN		32
#define NOISE_TAG_LEN		16
#define NOISE_BLOCK_LEN		64	/* of BLAKE2s */

/* Bytes a message needs beside its payload. */
#define NOISE_INIT_OVERHEAD	(32 + 48 + 16)
#define NOISE_RESP_OVERHEAD	(32 + 16)

/*
 * One AEAD with the protocol name that binds it into the handshake hash;
 * transport keys are made for cipher, seal and open serve the handshake.
 * seal writes len + NOISE_TAG_LEN bytes; open takes len with the tag and
 * writes len - NOISE_TAG_LEN, or returns -1.  out may be in.
 */
struct noise_suite {
	const char	*name;
	enum aead_cipher cipher;
	void		(*seal)(uint8_t *out, const uint8_t *in, size_t len,
			    const uint8_t *ad, size_t adlen, uint64_t nonce,
			    const uint8_t *key);
	int		(*open)(uint8_t *out, const uint8_t *in, size_t len,
			    const uint8_t *ad, size_t adlen, uint64_t nonce,
			    const uint8_t *key);
};

enum noise_suite_id {
	NOISE_SUITE_CHACHAPOLY,		/* WireGuard's */
	NOISE_SUITE_AESGCM,
	NOISE_SUITE_MAX
};

struct noise_handshake {
	const struct noise_suite	*suite;
	uint8_t		 hash[NOISE_HASH_LEN];	/* h */
	uint8_t		 chain[NOISE_HASH_LEN];	/* ck */
	uint8_t		 key[NOISE_KEY_LEN];	/* k, nonce always 0 */
	uint8_t		 e[NOISE_KEY_LEN];	/* own ephemeral, private */
	uint8_t		 re[NOISE_KEY_LEN];	/* remote ephemeral */
	uint8_t		 rs[NOISE_KEY_LEN];	/* remote static */
};

/* NULL when there is no such suite, or not on this processor. */
const struct noise_suite	*noise_suite_get(enum noise_suite_id);

/* BLAKE2s-256 of a then b (either may be empty). */
void	 noise_hash(uint8_t out[NOISE_HASH_LEN], const uint8_t *a,
	    size_t alen, const uint8_t *b, size_t blen);

/* Keyed BLAKE2s; outlen and keylen at most 32. */
void	 noise_mac(uint8_t *out, size_t outlen, const uint8_t *key,
	    size_t keylen, const uint8_t *in, size_t len);

/* HMAC (RFC 2104) over BLAKE2s of a then b. */
void	 noise_hmac(uint8_t out[NOISE_HASH_LEN], const uint8_t *key,
	    size_t keylen, const uint8_t *a, size_t alen, const uint8_t *b,
	    size_t blen);

/*
 * The framework's HKDF (section 4.3): one to three outputs of 32 bytes;
 * out2 and out3 may be NULL.  An output may be the chaining key itself.
 */
void	 noise_kdf(const uint8_t chain[NOISE_HASH_LEN], const uint8_t *in,
	    size_t len, uint8_t *out1, uint8_t *out2, uint8_t *out3);

/* X25519 public key; and shared secret, -1 when it would be all zero. */
void	 noise_public(uint8_t pub[NOISE_KEY_LEN],
	    const uint8_t priv[NOISE_KEY_LEN]);
int	 noise_dh(uint8_t out[NOISE_KEY_LEN],
	    const uint8_t priv[NOISE_KEY_LEN],
	    const uint8_t pub[NOISE_KEY_LEN]);

/* Start either role; responder is the responder's static public key. */
void	 noise_begin(struct noise_handshake *, const struct noise_suite *,
	    const uint8_t *prologue, size_t len,
	    const uint8_t responder[NOISE_KEY_LEN]);

/*
 * Initiator, message 1: out takes NOISE_INIT_OVERHEAD + len bytes.  s_pub is
 * our static public key, rs the responder's, ss their shared secret.
 */
int	 noise_init_write(struct noise_handshake *,
	    const uint8_t e[NOISE_KEY_LEN],
	    const uint8_t s_pub[NOISE_KEY_LEN],
	    const uint8_t rs[NOISE_KEY_LEN],
	    const uint8_t ss[NOISE_KEY_LEN], const uint8_t *payload,
	    size_t len, uint8_t *out);

/*
 * Responder, message 1 in two steps, because ss is only known once the
 * sender is: the first 80 bytes give hs->rs, the rest the payload (len is
 * that of the payload without its tag).  es is the shared secret of our
 * static key and the ephemeral one that msg begins with; it is the same in
 * every suite.  Both return 0 or -1.
 */
int	 noise_init_read_static(struct noise_handshake *,
	    const uint8_t es[NOISE_KEY_LEN], const uint8_t *msg);
int	 noise_init_read_payload(struct noise_handshake *,
	    const uint8_t ss[NOISE_KEY_LEN], const uint8_t *msg,
	    uint8_t *payload, size_t len);

/* Responder, message 2: out takes NOISE_RESP_OVERHEAD + len bytes. */
int	 noise_resp_write(struct noise_handshake *,
	    const uint8_t e[NOISE_KEY_LEN],
	    const uint8_t psk[NOISE_KEY_LEN], const uint8_t *payload,
	    size_t len, uint8_t *out);

/* Initiator, message 2; len is that of the payload without its tag. */
int	 noise_resp_read(struct noise_handshake *,
	    const uint8_t s[NOISE_KEY_LEN],
	    const uint8_t psk[NOISE_KEY_LEN], const uint8_t *msg,
	    uint8_t *payload, size_t len);

/* Transport keys: initiator to responder first.  The caller wipes hs. */
void	 noise_split(const struct noise_handshake *,
	    uint8_t to_responder[NOISE_KEY_LEN],
	    uint8_t to_initiator[NOISE_KEY_LEN]);

/* Forget everything in the handshake. */
void	 noise_wipe(struct noise_handshake *);

#endif /* NOISE_NOISE_H */
