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
 * WireGuard's defence against floods: mac1 (the sender knows our public
 * key), cookies and mac2 (the sender receives at its address), and a token
 * bucket for each source that has proved its address.  Every message given
 * to these functions is hostile.  Source keys are made by the caller.
 */

#ifndef NOISE_COOKIE_H
#define NOISE_COOKIE_H

#include <stddef.h>
#include <stdint.h>

#define COOKIE_LEN		16
#define COOKIE_MAC_LEN		16
#define COOKIE_NONCE_LEN	24
#define COOKIE_KEY_LEN		32
#define COOKIE_SEALED_LEN	(COOKIE_LEN + 16)
#define COOKIE_LIFETIME_MS	120000	/* of a secret and of a cookie */
#define COOKIE_SOURCE_MAX	32	/* bytes of a source key */

/* The side that answers handshakes. */
struct cookie_checker {
	uint8_t		mac1_key[COOKIE_KEY_LEN];
	uint8_t		cookie_key[COOKIE_KEY_LEN];
	uint8_t		secret[COOKIE_KEY_LEN];
	uint64_t	secret_ms;
	uint8_t		have_secret;
};

/* The side that sends them; one for each peer. */
struct cookie_maker {
	uint8_t		mac1_key[COOKIE_KEY_LEN];
	uint8_t		cookie_key[COOKIE_KEY_LEN];
	uint8_t		cookie[COOKIE_LEN];
	uint64_t	cookie_ms;
	uint8_t		last_mac1[COOKIE_MAC_LEN];
	uint8_t		have_cookie;
	uint8_t		have_mac1;	/* a message was sent, not answered */
};

/* Keys derived from the public key of the one who checks. */
void	 cookie_checker_init(struct cookie_checker *, const uint8_t pub[32]);
void	 cookie_maker_init(struct cookie_maker *, const uint8_t pub[32]);

/*
 * msg is a whole handshake message of len bytes; its last 32 are the macs.
 * sign fills both (mac2 is zero without a fresh cookie).
 */
void	 cookie_maker_sign(struct cookie_maker *, uint8_t *msg, size_t len,
	    uint64_t now_ms);

/* 0 when right, -1 when not; in constant time. */
int	 cookie_checker_mac1(const struct cookie_checker *,
	    const uint8_t *msg, size_t len);
int	 cookie_checker_mac2(const struct cookie_checker *,
	    const uint8_t *msg, size_t len, const uint8_t *source,
	    size_t source_len, uint64_t now_ms);

/* Seal the cookie of this source, bound to the mac1 of msg. */
void	 cookie_checker_reply(struct cookie_checker *, const uint8_t *msg,
	    size_t len, const uint8_t *source, size_t source_len,
	    const uint8_t nonce[COOKIE_NONCE_LEN],
	    uint8_t sealed[COOKIE_SEALED_LEN], uint64_t now_ms);

/* Take the cookie out of a reply to our last message; 0 or -1. */
int	 cookie_maker_consume(struct cookie_maker *,
	    const uint8_t nonce[COOKIE_NONCE_LEN],
	    const uint8_t sealed[COOKIE_SEALED_LEN], uint64_t now_ms);

/* Handshakes allowed for one source: a burst, then an even rate. */
#define RATELIMIT_PER_SEC	20
#define RATELIMIT_BURST		5
#define RATELIMIT_SETS		256
#define RATELIMIT_WAYS		4

struct ratelimit_bucket {
	uint64_t	tag;		/* keyed hash of the source, 0 free */
	uint64_t	last_ms;
	uint32_t	credit_ms;
};

struct ratelimit {
	uint8_t			key[16];
	struct ratelimit_bucket	bucket[RATELIMIT_SETS][RATELIMIT_WAYS];
};

void	 ratelimit_init(struct ratelimit *);

/*
 * 0 when this source may be served now, -1 when not.  A full set gives up
 * only a bucket that is full again, so no one is forgotten too early.
 */
int	 ratelimit_take(struct ratelimit *, const uint8_t *source,
	    size_t len, uint64_t now_ms);

#endif /* NOISE_COOKIE_H */
