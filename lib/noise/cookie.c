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
 * mac1, mac2, cookies and the rate limit by source.  Runs in cryptoproc on
 * messages from the internet, before any public-key operation; costs are
 * a few hashes.  Memory is bounded whatever arrives.
 */

#include <string.h>

#include <sodium.h>

#include "noise/cookie.h"
#include "noise/noise.h"

#define LABEL_MAC1	"mac1----"
#define LABEL_COOKIE	"cookie--"
#define LABEL_LEN	8

#define RATELIMIT_COST_MS	(1000 / RATELIMIT_PER_SEC)
#define RATELIMIT_FULL_MS	(RATELIMIT_COST_MS * RATELIMIT_BURST)

static uint64_t
elapsed(uint64_t now, uint64_t then)
{
	return now > then ? now - then : 0;
}

static void
derive_keys(uint8_t mac1_key[32], uint8_t cookie_key[32],
    const uint8_t pub[32])
{
	noise_hash(mac1_key, (const uint8_t *)LABEL_MAC1, LABEL_LEN, pub, 32);
	noise_hash(cookie_key, (const uint8_t *)LABEL_COOKIE, LABEL_LEN, pub,
	    32);
}

void
cookie_checker_init(struct cookie_checker *cc, const uint8_t pub[32])
{
	sodium_memzero(cc, sizeof(*cc));
	derive_keys(cc->mac1_key, cc->cookie_key, pub);
}

void
cookie_maker_init(struct cookie_maker *cm, const uint8_t pub[32])
{
	sodium_memzero(cm, sizeof(*cm));
	derive_keys(cm->mac1_key, cm->cookie_key, pub);
}

void
cookie_maker_sign(struct cookie_maker *cm, uint8_t *msg, size_t len,
    uint64_t now_ms)
{
	uint8_t	*mac1 = msg + len - 2 * COOKIE_MAC_LEN;
	uint8_t	*mac2 = msg + len - COOKIE_MAC_LEN;

	noise_mac(mac1, COOKIE_MAC_LEN, cm->mac1_key, sizeof(cm->mac1_key),
	    msg, len - 2 * COOKIE_MAC_LEN);
	memcpy(cm->last_mac1, mac1, COOKIE_MAC_LEN);
	cm->have_mac1 = 1;
	if (cm->have_cookie &&
	    elapsed(now_ms, cm->cookie_ms) >= COOKIE_LIFETIME_MS) {
		sodium_memzero(cm->cookie, sizeof(cm->cookie));
		cm->have_cookie = 0;
	}
	if (cm->have_cookie)
		noise_mac(mac2, COOKIE_MAC_LEN, cm->cookie,
		    sizeof(cm->cookie), msg, len - COOKIE_MAC_LEN);
	else
		memset(mac2, 0, COOKIE_MAC_LEN);
}

int
cookie_checker_mac1(const struct cookie_checker *cc, const uint8_t *msg,
    size_t len)
{
	uint8_t	 mac[COOKIE_MAC_LEN];

	if (len < 2 * COOKIE_MAC_LEN)
		return -1;
	noise_mac(mac, sizeof(mac), cc->mac1_key, sizeof(cc->mac1_key), msg,
	    len - 2 * COOKIE_MAC_LEN);
	return sodium_memcmp(mac, msg + len - 2 * COOKIE_MAC_LEN,
	    sizeof(mac)) == 0 ? 0 : -1;
}

int
cookie_checker_mac2(const struct cookie_checker *cc, const uint8_t *msg,
    size_t len, const uint8_t *source, size_t source_len, uint64_t now_ms)
{
	uint8_t	 cookie[COOKIE_LEN], mac[COOKIE_MAC_LEN];
	int	 differs;

	if (len < COOKIE_MAC_LEN || !cc->have_secret ||
	    elapsed(now_ms, cc->secret_ms) >= COOKIE_LIFETIME_MS)
		return -1;
	noise_mac(cookie, sizeof(cookie), cc->secret, sizeof(cc->secret),
	    source, source_len);
	noise_mac(mac, sizeof(mac), cookie, sizeof(cookie), msg,
	    len - COOKIE_MAC_LEN);
	differs = sodium_memcmp(mac, msg + len - COOKIE_MAC_LEN, sizeof(mac));
	sodium_memzero(cookie, sizeof(cookie));
	sodium_memzero(mac, sizeof(mac));
	return differs ? -1 : 0;
}

void
cookie_checker_reply(struct cookie_checker *cc, const uint8_t *msg,
    size_t len, const uint8_t *source, size_t source_len,
    const uint8_t nonce[COOKIE_NONCE_LEN],
    uint8_t sealed[COOKIE_SEALED_LEN], uint64_t now_ms)
{
	uint8_t	 cookie[COOKIE_LEN];

	if (!cc->have_secret ||
	    elapsed(now_ms, cc->secret_ms) >= COOKIE_LIFETIME_MS) {
		randombytes_buf(cc->secret, sizeof(cc->secret));
		cc->secret_ms = now_ms;
		cc->have_secret = 1;
	}
	noise_mac(cookie, sizeof(cookie), cc->secret, sizeof(cc->secret),
	    source, source_len);
	crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, NULL, cookie,
	    sizeof(cookie), msg + len - 2 * COOKIE_MAC_LEN, COOKIE_MAC_LEN,
	    NULL, nonce, cc->cookie_key);
	sodium_memzero(cookie, sizeof(cookie));
}

int
cookie_maker_consume(struct cookie_maker *cm,
    const uint8_t nonce[COOKIE_NONCE_LEN],
    const uint8_t sealed[COOKIE_SEALED_LEN], uint64_t now_ms)
{
	uint8_t	 cookie[COOKIE_LEN];

	if (!cm->have_mac1)
		return -1;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(cookie, NULL, NULL,
	    sealed, COOKIE_SEALED_LEN, cm->last_mac1, COOKIE_MAC_LEN, nonce,
	    cm->cookie_key) != 0)
		return -1;
	memcpy(cm->cookie, cookie, sizeof(cm->cookie));
	cm->cookie_ms = now_ms;
	cm->have_cookie = 1;
	cm->have_mac1 = 0;	/* one reply for one message */
	sodium_memzero(cookie, sizeof(cookie));
	return 0;
}

void
ratelimit_init(struct ratelimit *rl)
{
	memset(rl, 0, sizeof(*rl));
	randombytes_buf(rl->key, sizeof(rl->key));
}

/* Credit grows with time, in milliseconds, up to the burst. */
static void
bucket_refill(struct ratelimit_bucket *b, uint64_t now_ms)
{
	uint64_t	 gain = elapsed(now_ms, b->last_ms);

	if (gain >= RATELIMIT_FULL_MS - b->credit_ms)
		b->credit_ms = RATELIMIT_FULL_MS;
	else
		b->credit_ms += (uint32_t)gain;
	b->last_ms = now_ms;
}

static struct ratelimit_bucket *
bucket_find(struct ratelimit_bucket *set, uint64_t tag, uint64_t now_ms)
{
	struct ratelimit_bucket	*b, *spare = NULL;
	int			 i;

	for (i = 0; i < RATELIMIT_WAYS; i++) {
		b = &set[i];
		if (b->tag == tag)
			return b;
		if (b->tag != 0)
			bucket_refill(b, now_ms);
		if (b->tag == 0 || b->credit_ms == RATELIMIT_FULL_MS)
			spare = b;
	}
	if (spare == NULL)
		return NULL;
	spare->tag = tag;
	spare->last_ms = now_ms;
	spare->credit_ms = RATELIMIT_FULL_MS;
	return spare;
}

int
ratelimit_take(struct ratelimit *rl, const uint8_t *source, size_t len,
    uint64_t now_ms)
{
	struct ratelimit_bucket	*b;
	uint64_t		 tag;

	crypto_shorthash((uint8_t *)&tag, source, len, rl->key);
	if (tag == 0)
		tag = 1;
	b = bucket_find(rl->bucket[tag % RATELIMIT_SETS], tag, now_ms);
	if (b == NULL)
		return -1;
	bucket_refill(b, now_ms);
	if (b->credit_ms < RATELIMIT_COST_MS)
		return -1;
	b->credit_ms -= RATELIMIT_COST_MS;
	return 0;
}
