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
 * Bulk AEAD: keys, nonces, and which provider takes a message.  The caller
 * is trusted in its pointers; text and tags are hostile.  Reads no clock of
 * its own and allocates nothing.
 */

#include <string.h>

#include <sodium.h>

#include "noise/aead_local.h"

#define SMALL_MAX	255	/* bytes of text */
#define MIDDLE_MAX	1023

#define ROUNDS		5	/* the best of them counts */
#define TRIAL_MAX	1420

/* Bytes measured for a class of size, and how often in a round. */
static const struct {
	size_t		 len;
	unsigned int	 times;
} trials[AEAD_SIZES] = {
	[AEAD_SMALL] = { 64, 24 },
	[AEAD_MIDDLE] = { 640, 12 },
	[AEAD_LARGE] = { TRIAL_MAX, 8 },
};

static enum aead_size
size_class(size_t len)
{
	if (len <= SMALL_MAX)
		return AEAD_SMALL;
	return len <= MIDDLE_MAX ? AEAD_MIDDLE : AEAD_LARGE;
}

void
aead_init(struct aead *a)
{
	memset(a, 0, sizeof(*a));
}

int
aead_start(struct aead *a, void *mem, size_t len)
{
	int	 p, rc = -1;

	if (len < AEAD_REGION_BASE || aead_memory_start(mem, len) == -1)
		return -1;
	for (p = 0; p < AEAD_PROVIDERS; p++)
		if (aead_libraries[p] != NULL &&
		    aead_libraries[p]->start(a->cipher[p]) == 0)
			rc = 0;
	return rc;
}

void
aead_end(struct aead *a)
{
	memset(a->cipher, 0, sizeof(a->cipher));
	memset(a->fast, AEAD_SODIUM, sizeof(a->fast));
	aead_memory_end();
}

const char *
aead_provider_name(enum aead_provider provider)
{
	static const char *const	 names[AEAD_PROVIDERS] = {
		[AEAD_SODIUM] = "libsodium",
		[AEAD_CRYPTO] = "libcrypto",
		[AEAD_GCRYPT] = "libgcrypt",
	};

	return (unsigned int)provider < AEAD_PROVIDERS ? names[provider] :
	    "unknown";
}

int
aead_usable(const struct aead *a, enum aead_cipher cipher,
    enum aead_provider provider)
{
	if ((unsigned int)cipher >= AEAD_CIPHERS ||
	    (unsigned int)provider >= AEAD_PROVIDERS)
		return 0;
	if (provider == AEAD_SODIUM)
		return aead_sodium_usable(cipher);
	return a->cipher[provider][cipher] != NULL;
}

int
aead_force(struct aead *a, enum aead_provider provider)
{
	int	 c, can, any = 0;

	for (c = 0; c < AEAD_CIPHERS; c++)
		any |= aead_usable(a, (enum aead_cipher)c, provider);
	if (!any)
		return -1;
	for (c = 0; c < AEAD_CIPHERS; c++) {
		can = aead_usable(a, (enum aead_cipher)c, provider);
		memset(a->fast[c], can ? provider : AEAD_SODIUM,
		    sizeof(a->fast[c]));
	}
	return 0;
}

/* Another that does this cipher in place of libsodium, or libsodium. */
static uint8_t
key_other(const struct aead_key *k)
{
	int	 p;

	for (p = 0; p < AEAD_PROVIDERS; p++)
		if (k->context[p] != NULL)
			return (uint8_t)p;
	return AEAD_SODIUM;
}

/* The contexts that are wanted; sizes that get none are libsodium's. */
static void
key_contexts(struct aead_key *k, const struct aead *a, const uint8_t *key)
{
	uint8_t	 p;
	int	 i;

	for (i = 0; i < AEAD_SIZES; i++) {
		p = k->provider[i];
		if (p == AEAD_SODIUM || k->context[p] != NULL)
			continue;
		if (a->cipher[p][k->cipher] != NULL)
			k->context[p] = aead_libraries[p]->key(
			    a->cipher[p][k->cipher],
			    (enum aead_direction)k->direction, key);
		if (k->context[p] == NULL)
			k->provider[i] = AEAD_SODIUM;
	}
}

/* Who takes which size; -1 when nobody can. */
static int
key_providers(struct aead_key *k, const struct aead *a, const uint8_t *key,
    enum aead_provider provider)
{
	int	 i, sodium = aead_sodium_usable((enum aead_cipher)k->cipher);

	for (i = 0; i < AEAD_SIZES; i++)
		k->provider[i] = provider == AEAD_CHOSEN ?
		    a->fast[k->cipher][k->direction][i] : (uint8_t)provider;
	key_contexts(k, a, key);
	for (i = 0; i < AEAD_SIZES; i++) {
		if (k->provider[i] != AEAD_SODIUM)
			continue;
		if (provider != AEAD_CHOSEN && provider != AEAD_SODIUM)
			return -1;
		if (!sodium && (k->provider[i] = key_other(k)) == AEAD_SODIUM)
			return -1;
	}
	return 0;
}

int
aead_key_init(struct aead_key *k, const struct aead *a,
    enum aead_cipher cipher, enum aead_direction direction,
    const uint8_t key[AEAD_KEY_LEN], enum aead_provider provider)
{
	aead_key_wipe(k);
	if (provider != AEAD_CHOSEN && !aead_usable(a, cipher, provider))
		return -1;
	k->cipher = (uint8_t)cipher;
	k->direction = (uint8_t)direction;
	if (key_providers(k, a, key, provider) == -1) {
		aead_key_wipe(k);
		return -1;
	}
	memcpy(k->key, key, sizeof(k->key));
	if (memchr(k->provider, AEAD_SODIUM, sizeof(k->provider)) != NULL)
		aead_sodium_key(k);
	k->live = 1;
	return 0;
}

void
aead_key_wipe(struct aead_key *k)
{
	int	 p;

	for (p = 0; p < AEAD_PROVIDERS; p++)
		if (k->context[p] != NULL)
			aead_libraries[p]->free(k->context[p]);
	aead_memory_put(k->expanded);
	sodium_memzero(k, sizeof(*k));
}

void
aead_nonce(uint8_t out[AEAD_NONCE_LEN], enum aead_cipher cipher,
    uint64_t counter)
{
	int	 i;

	memset(out, 0, 4);
	for (i = 0; i < 8; i++)
		out[4 + i] = (uint8_t)(counter >>
		    (cipher == AEAD_AES256GCM ? 56 - 8 * i : 8 * i));
}

int
aead_key_seal_nonce(struct aead_key *k, uint8_t *buf, size_t len,
    const uint8_t nonce[AEAD_NONCE_LEN], const uint8_t *ad, size_t adlen)
{
	uint8_t	 p;

	if (!k->live || k->direction != AEAD_SEAL || len > AEAD_LEN_MAX ||
	    adlen > AEAD_LEN_MAX)
		return -1;
	if ((p = k->provider[size_class(len)]) == AEAD_SODIUM) {
		aead_sodium_seal(k, buf, len, nonce, ad, adlen);
		return 0;
	}
	if (aead_libraries[p]->seal(k->context[p], buf, len, nonce, ad,
	    adlen) == 0)
		return 0;
	sodium_memzero(buf, len);
	return -1;
}

int
aead_key_open_nonce(struct aead_key *k, uint8_t *buf, size_t len,
    const uint8_t nonce[AEAD_NONCE_LEN], const uint8_t *ad, size_t adlen)
{
	uint8_t	 p;
	int	 rc;

	if (!k->live || k->direction != AEAD_OPEN || len < AEAD_TAG_LEN ||
	    len - AEAD_TAG_LEN > AEAD_LEN_MAX || adlen > AEAD_LEN_MAX)
		return -1;
	len -= AEAD_TAG_LEN;
	if ((p = k->provider[size_class(len)]) == AEAD_SODIUM)
		rc = aead_sodium_open(k, buf, len, nonce, ad, adlen);
	else
		rc = aead_libraries[p]->open(k->context[p], buf, len, nonce,
		    ad, adlen);
	/* The others have decrypted before they know. */
	if (rc == -1)
		sodium_memzero(buf, len);
	return rc;
}

int
aead_key_seal(struct aead_key *k, uint8_t *buf, size_t len, uint64_t counter)
{
	uint8_t	 nonce[AEAD_NONCE_LEN];

	aead_nonce(nonce, (enum aead_cipher)k->cipher, counter);
	return aead_key_seal_nonce(k, buf, len, nonce, NULL, 0);
}

int
aead_key_open(struct aead_key *k, uint8_t *buf, size_t len, uint64_t counter)
{
	uint8_t	 nonce[AEAD_NONCE_LEN];

	aead_nonce(nonce, (enum aead_cipher)k->cipher, counter);
	return aead_key_open_nonce(k, buf, len, nonce, NULL, 0);
}

/* Nanoseconds a message of this class in one round; 0 when it fails. */
static uint32_t
trial(struct aead_key *k, enum aead_size size, const uint8_t *sealed,
    uint64_t (*clock_ns)(void))
{
	uint8_t		 buf[TRIAL_MAX + AEAD_TAG_LEN];
	size_t		 len = trials[size].len;
	uint64_t	 begin = clock_ns(), took;
	unsigned int	 i;
	int		 bad = 0;

	for (i = 0; i < trials[size].times; i++) {
		/* Both directions copy, so that neither looks cheaper. */
		memcpy(buf, sealed, len + AEAD_TAG_LEN);
		if (k->direction == AEAD_SEAL)
			bad |= aead_key_seal(k, buf, len, 1);
		else
			bad |= aead_key_open(k, buf, len + AEAD_TAG_LEN, 1);
	}
	took = (clock_ns() - begin) / trials[size].times;
	if (bad || took > UINT32_MAX)
		return 0;
	return took == 0 ? 1 : (uint32_t)took;
}

/* The best round of each provider, taken in turns. */
static void
measure(struct aead *a, enum aead_cipher c, enum aead_direction d,
    enum aead_size size, uint64_t (*clock_ns)(void))
{
	static const uint8_t	 key[AEAD_KEY_LEN];
	struct aead_key		 k[AEAD_PROVIDERS], sealer;
	uint8_t			 sealed[TRIAL_MAX + AEAD_TAG_LEN];
	uint32_t		 ns, *best;
	int			 round, p;

	memset(k, 0, sizeof(k));
	memset(&sealer, 0, sizeof(sealer));
	memset(sealed, 0, sizeof(sealed));
	aead_key_init(&sealer, a, c, AEAD_SEAL, key, AEAD_CHOSEN);
	aead_key_seal(&sealer, sealed, trials[size].len, 1);
	aead_key_wipe(&sealer);
	for (p = 0; p < AEAD_PROVIDERS; p++)
		aead_key_init(&k[p], a, c, d, key, (enum aead_provider)p);
	for (round = 0; round < ROUNDS; round++)
		for (p = 0; p < AEAD_PROVIDERS; p++) {
			if (!k[p].live)
				continue;
			best = &a->ns[c][p][d][size];
			ns = trial(&k[p], size, sealed, clock_ns);
			if (ns != 0 && (*best == 0 || ns < *best))
				*best = ns;
		}
	for (p = 0; p < AEAD_PROVIDERS; p++)
		aead_key_wipe(&k[p]);
}

/* The one with the least time; libsodium when none could be measured. */
static uint8_t
fastest(const struct aead *a, int c, int d, int s)
{
	uint32_t	 ns, best = 0;
	int		 p, found = AEAD_SODIUM;

	for (p = 0; p < AEAD_PROVIDERS; p++) {
		ns = a->ns[c][p][d][s];
		if (ns != 0 && (best == 0 || ns < best)) {
			best = ns;
			found = p;
		}
	}
	return (uint8_t)found;
}

void
aead_choose(struct aead *a, uint64_t (*clock_ns)(void))
{
	int	 c, d, s;

	memset(a->ns, 0, sizeof(a->ns));
	for (c = 0; c < AEAD_CIPHERS; c++)
		for (d = 0; d < AEAD_DIRECTIONS; d++)
			for (s = 0; s < AEAD_SIZES; s++) {
				measure(a, (enum aead_cipher)c,
				    (enum aead_direction)d,
				    (enum aead_size)s, clock_ns);
				a->fast[c][d][s] = fastest(a, c, d, s);
			}
}
