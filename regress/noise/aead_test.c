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
 * Bulk AEAD: all providers against published vectors and against each
 * other, refusal of what was changed, and what is left behind.
 */

#include <atf-c.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "noise/aead_local.h"

#include "hex.h"

#define LEN_MAX	2048
#define KEYS	8

struct vector {
	enum aead_cipher	 cipher;
	const char		*key, *nonce, *ad, *text, *sealed;
};

#define ZERO16	"00000000000000000000000000000000"
#define GCM_KEY	"feffe9928665731c6d6a8f9467308308" \
		"feffe9928665731c6d6a8f9467308308"
#define GCM_TEXT60 \
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" \
	"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define GCM_SEALED60 \
	"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" \
	"8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"

/* RFC 8439, section 2.8.2; McGrew and Viega, cases 13 to 16. */
static const struct vector vectors[] = {
	{ AEAD_CHACHA20POLY1305,
	  "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
	  "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
	  "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
	  "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
	  "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
	  "637265656e20776f756c642062652069742e",
	  "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
	  "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
	  "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
	  "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd060"
	  "0691" },
	{ AEAD_AES256GCM, ZERO16 ZERO16, "000000000000000000000000", "", "",
	  "530f8afbc74536b9a963b4f1c4cb738b" },
	{ AEAD_AES256GCM, ZERO16 ZERO16, "000000000000000000000000", "",
	  ZERO16, "cea7403d4d606b6e074ec5d3baf39d18"
	  "d0d1c8a799996bf0265b98b5d48ab919" },
	{ AEAD_AES256GCM, GCM_KEY, "cafebabefacedbaddecaf888", "",
	  GCM_TEXT60 "1aafd255",
	  GCM_SEALED60 "898015adb094dac5d93471bdec1a502270e3cc6c" },
	{ AEAD_AES256GCM, GCM_KEY, "cafebabefacedbaddecaf888",
	  "feedfacedeadbeeffeedfacedeadbeefabaddad2", GCM_TEXT60,
	  GCM_SEALED60 "76fc6ece0f4e1768cddf8853bb2d551b" },
};

static _Alignas(16) uint8_t	 memory[AEAD_REGION_BASE +
				     KEYS * AEAD_REGION_KEY];
static struct aead		 aead;

static void
start(void)
{
	ATF_REQUIRE(sodium_init() != -1);
	aead_init(&aead);
	if (aead_start(&aead, memory, sizeof(memory)) == -1)
		atf_tc_skip("this system has no library but libsodium");
}

/* A key of this provider; 0 when the processor cannot. */
static int
make(struct aead_key *k, int cipher, int direction, const uint8_t *key,
    int provider)
{
	memset(k, 0, sizeof(*k));
	if (!aead_usable(&aead, (enum aead_cipher)cipher,
	    (enum aead_provider)provider))
		return 0;
	ATF_REQUIRE_EQ(aead_key_init(k, &aead, (enum aead_cipher)cipher,
	    (enum aead_direction)direction, key,
	    (enum aead_provider)provider), 0);
	return 1;
}

static void
check_vector(const struct vector *v, int provider)
{
	struct aead_key	 seal, open;
	uint8_t		 key[32], nonce[12], ad[64], buf[256];
	size_t		 adlen, len;

	unhex(key, sizeof(key), v->key);
	unhex(nonce, sizeof(nonce), v->nonce);
	adlen = unhex(ad, sizeof(ad), v->ad);
	len = unhex(buf, sizeof(buf), v->text);
	if (!make(&seal, v->cipher, AEAD_SEAL, key, provider))
		return;
	make(&open, v->cipher, AEAD_OPEN, key, provider);
	ATF_REQUIRE_EQ(aead_key_seal_nonce(&seal, buf, len, nonce, ad,
	    adlen), 0);
	check_hex(buf, len + AEAD_TAG_LEN, v->sealed);
	ATF_REQUIRE_EQ(aead_key_open_nonce(&open, buf, len + AEAD_TAG_LEN,
	    nonce, ad, adlen), 0);
	check_hex(buf, len, v->text);
	if (adlen > 0) {
		unhex(buf, sizeof(buf), v->sealed);
		ad[0] ^= 1;
		ATF_REQUIRE_EQ(aead_key_open_nonce(&open, buf,
		    len + AEAD_TAG_LEN, nonce, ad, adlen), -1);
	}
	aead_key_wipe(&seal);
	aead_key_wipe(&open);
}

ATF_TC_WITHOUT_HEAD(all_providers_follow_the_published_vectors);
ATF_TC_BODY(all_providers_follow_the_published_vectors, tc)
{
	size_t	 i;
	int	 provider;

	start();
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		for (provider = 0; provider < AEAD_PROVIDERS; provider++)
			check_vector(&vectors[i], provider);
}

ATF_TC_WITHOUT_HEAD(a_counter_becomes_a_nonce_in_the_order_of_its_cipher);
ATF_TC_BODY(a_counter_becomes_a_nonce_in_the_order_of_its_cipher, tc)
{
	uint8_t	 nonce[AEAD_NONCE_LEN];

	aead_nonce(nonce, AEAD_CHACHA20POLY1305, UINT64_C(0x0102030405060708));
	check_hex(nonce, sizeof(nonce), "000000000807060504030201");
	aead_nonce(nonce, AEAD_AES256GCM, UINT64_C(0x0102030405060708));
	check_hex(nonce, sizeof(nonce), "000000000102030405060708");
}

struct party {
	struct aead_key	 seal, open;
	uint8_t		*buf;
};

/* Those of this system and processor, with one key. */
static int
make_parties(struct party *p, int cipher)
{
	uint8_t	 key[32];
	int	 provider, n = 0;

	randombytes_buf(key, sizeof(key));
	for (provider = 0; provider < AEAD_PROVIDERS; provider++) {
		if (!make(&p[n].seal, cipher, AEAD_SEAL, key, provider))
			continue;
		make(&p[n++].open, cipher, AEAD_OPEN, key, provider);
	}
	if (n < 2)
		atf_tc_skip("this processor has one provider only");
	return n;
}

/* Sealed by one, opened by the next, in blocks of their exact size. */
static void
check_agree_at(struct party *p, int n, size_t len)
{
	uint8_t		 text[LEN_MAX];
	uint64_t	 counter;
	int		 i;

	randombytes_buf(text, len);
	randombytes_buf(&counter, sizeof(counter));
	for (i = 0; i < n; i++) {
		p[i].buf = malloc(len + AEAD_TAG_LEN);
		ATF_REQUIRE(p[i].buf != NULL);
		memcpy(p[i].buf, text, len);
		ATF_REQUIRE_EQ(aead_key_seal(&p[i].seal, p[i].buf, len,
		    counter), 0);
		ATF_REQUIRE_EQ_MSG(memcmp(p[0].buf, p[i].buf,
		    len + AEAD_TAG_LEN), 0, "%zu bytes", len);
	}
	ATF_REQUIRE(len < 16 || memcmp(p[0].buf, text, len) != 0);
	for (i = 0; i < n; i++) {
		ATF_REQUIRE_EQ(aead_key_open(&p[(i + 1) % n].open, p[i].buf,
		    len + AEAD_TAG_LEN, counter), 0);
		ATF_REQUIRE_EQ(memcmp(p[i].buf, text, len), 0);
		free(p[i].buf);
	}
}

static void
check_agree(int cipher)
{
	struct party	 p[AEAD_PROVIDERS];
	size_t		 len;
	int		 i, n;

	n = make_parties(p, cipher);
	for (len = 0; len <= LEN_MAX; len++)
		check_agree_at(p, n, len);
	for (i = 0; i < n; i++) {
		aead_key_wipe(&p[i].seal);
		aead_key_wipe(&p[i].open);
	}
}

ATF_TC_WITHOUT_HEAD(all_providers_agree_at_every_length);
ATF_TC_BODY(all_providers_agree_at_every_length, tc)
{
	start();
	check_agree(AEAD_CHACHA20POLY1305);
	check_agree(AEAD_AES256GCM);
}

static void
check_refused(struct aead_key *open, const uint8_t *sealed, size_t len,
    uint64_t counter)
{
	uint8_t	 buf[LEN_MAX + AEAD_TAG_LEN];
	size_t	 i;

	memcpy(buf, sealed, len);
	ATF_REQUIRE_EQ(aead_key_open(open, buf, len, counter), -1);
	for (i = 0; i + AEAD_TAG_LEN < len; i++)
		ATF_REQUIRE_EQ(buf[i], 0);
}

static void
check_tampering(int cipher, int provider, size_t len)
{
	struct aead_key	 seal, open;
	uint8_t		 key[32], sealed[LEN_MAX + AEAD_TAG_LEN];
	size_t		 i;

	randombytes_buf(key, sizeof(key));
	if (!make(&seal, cipher, AEAD_SEAL, key, provider))
		return;
	make(&open, cipher, AEAD_OPEN, key, provider);
	memset(sealed, 0x5a, sizeof(sealed));
	ATF_REQUIRE_EQ(aead_key_seal(&seal, sealed, len, 9), 0);
	for (i = 0; i < len + AEAD_TAG_LEN; i++) {
		sealed[i] ^= (uint8_t)(1 << i % 8);
		check_refused(&open, sealed, len + AEAD_TAG_LEN, 9);
		sealed[i] ^= (uint8_t)(1 << i % 8);
	}
	check_refused(&open, sealed, len + AEAD_TAG_LEN, 10);
	check_refused(&open, sealed, len + AEAD_TAG_LEN - 1, 9);
	for (i = 0; i < AEAD_TAG_LEN; i++)
		check_refused(&open, sealed, i, 9);
	/* A refusal leaves the key as good as before. */
	ATF_REQUIRE_EQ(aead_key_open(&open, sealed, len + AEAD_TAG_LEN, 9),
	    0);
	for (i = 0; i < len; i++)
		ATF_REQUIRE_EQ(sealed[i], 0x5a);
	aead_key_wipe(&seal);
	aead_key_wipe(&open);
}

ATF_TC_WITHOUT_HEAD(a_changed_bit_is_refused_and_leaves_zeros);
ATF_TC_BODY(a_changed_bit_is_refused_and_leaves_zeros, tc)
{
	static const size_t	 lens[] = { 0, 1, 16, 100, 700, 1420 };
	size_t			 i;
	int			 c, p;

	start();
	for (c = 0; c < AEAD_CIPHERS; c++)
		for (p = 0; p < AEAD_PROVIDERS; p++)
			for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
				check_tampering(c, p, lens[i]);
}

static int
memory_has(const void *where, size_t size, const uint8_t *what, size_t len)
{
	const uint8_t	*m = where;
	size_t		 i;

	for (i = 0; i + len <= size; i++)
		if (m[i] == what[0] && memcmp(m + i, what, len) == 0)
			return 1;
	return 0;
}

static void
check_wiped(int cipher, int direction, int provider)
{
	static const struct aead_key	 none;
	struct aead_key			 k;
	uint8_t				 key[32], buf[100];

	randombytes_buf(key, sizeof(key));
	if (!make(&k, cipher, direction, key, provider))
		return;
	/* ChaCha20 of libsodium has nothing there. */
	ATF_REQUIRE_EQ(memory_has(memory, sizeof(memory), key, 16),
	    provider != AEAD_SODIUM || cipher == AEAD_AES256GCM);
	aead_key_wipe(&k);
	ATF_REQUIRE(!memory_has(memory, sizeof(memory), key, 16));
	ATF_REQUIRE(memcmp(&k, &none, sizeof(k)) == 0);
	ATF_REQUIRE_EQ(aead_key_seal(&k, buf, 20, 0), -1);
	ATF_REQUIRE_EQ(aead_key_open(&k, buf, 40, 0), -1);
}

ATF_TC_WITHOUT_HEAD(a_wiped_key_is_gone_from_all_memory);
ATF_TC_BODY(a_wiped_key_is_gone_from_all_memory, tc)
{
	size_t	 i;
	int	 c, d, p;

	start();
	for (c = 0; c < AEAD_CIPHERS; c++)
		for (d = 0; d < AEAD_DIRECTIONS; d++)
			for (p = 0; p < AEAD_PROVIDERS; p++)
				check_wiped(c, d, p);
	aead_end(&aead);
	for (i = 0; i < sizeof(memory); i++)
		ATF_REQUIRE_EQ(memory[i], 0);
	for (p = AEAD_SODIUM + 1; p < AEAD_PROVIDERS; p++)
		ATF_REQUIRE(!aead_usable(&aead, AEAD_AES256GCM,
		    (enum aead_provider)p));
}

ATF_TC_WITHOUT_HEAD(a_key_serves_one_direction);
ATF_TC_BODY(a_key_serves_one_direction, tc)
{
	struct aead_key	 seal, open;
	uint8_t		 key[32] = { 1 }, buf[64] = { 0 };
	int		 p, c;

	start();
	for (p = 0; p < AEAD_PROVIDERS; p++) {
		c = p == AEAD_GCRYPT ? AEAD_AES256GCM : AEAD_CHACHA20POLY1305;
		if (!make(&seal, c, AEAD_SEAL, key, p))
			continue;
		make(&open, c, AEAD_OPEN, key, p);
		ATF_REQUIRE_EQ(aead_key_seal(&open, buf, 20, 0), -1);
		ATF_REQUIRE_EQ(aead_key_seal(&seal, buf, 20, 0), 0);
		ATF_REQUIRE_EQ(aead_key_open(&seal, buf, 36, 0), -1);
		ATF_REQUIRE_EQ(aead_key_open(&open, buf, 36, 0), 0);
		aead_key_wipe(&seal);
		aead_key_wipe(&open);
	}
}

static int
has_context(const struct aead_key *k)
{
	int	 p;

	for (p = 0; p < AEAD_PROVIDERS; p++)
		if (k->context[p] != NULL)
			return 1;
	return 0;
}

/* Until there is no room any more; some of the last keys have a part. */
static size_t
fill(struct aead_key *k, size_t max, int cipher, const uint8_t *key)
{
	size_t	 n, i;

	for (n = 0; n < max; n++) {
		ATF_REQUIRE_EQ(aead_key_init(&k[n], &aead,
		    (enum aead_cipher)cipher, AEAD_SEAL, key, AEAD_CHOSEN),
		    0);
		if (!has_context(&k[n]) && k[n].expanded == NULL)
			break;
	}
	ATF_REQUIRE(n >= KEYS);
	ATF_REQUIRE(n < max);
	for (i = 0; i < KEYS; i++)
		ATF_REQUIRE(memcmp(k[i].provider, aead.fast[cipher][AEAD_SEAL],
		    sizeof(k[i].provider)) == 0);
	return n;
}

static void
check_full(int cipher)
{
	static const size_t	 lens[] = { 64, 704, 1420 };
	static struct aead_key	 k[sizeof(memory) / 256];
	uint8_t			 key[32] = { 7 }, a[1436] = { 0 };
	uint8_t			 b[1436] = { 0 };
	size_t			 n, i, left;

	n = fill(k, sizeof(k) / sizeof(k[0]), cipher, key);
	ATF_REQUIRE(has_context(&k[0]) && !has_context(&k[n]));
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		ATF_REQUIRE_EQ(aead_key_seal(&k[n], a, lens[i], 3), 0);
		ATF_REQUIRE_EQ(aead_key_seal(&k[0], b, lens[i], 3), 0);
		ATF_REQUIRE(memcmp(a, b, sizeof(a)) == 0);
	}
	ATF_REQUIRE_EQ(aead_key_init(&k[n], &aead, (enum aead_cipher)cipher,
	    AEAD_SEAL, key, (enum aead_provider)k[0].provider[AEAD_LARGE]),
	    -1);
	left = aead_memory_left();
	for (i = 0; i < 1000; i++)
		ATF_REQUIRE_EQ(aead_key_init(&k[i % KEYS], &aead,
		    (enum aead_cipher)cipher, AEAD_SEAL, key, AEAD_CHOSEN),
		    0);
	ATF_REQUIRE(has_context(&k[0]));
	ATF_REQUIRE_EQ(aead_memory_left(), left);
	for (i = 0; i < n; i++)
		aead_key_wipe(&k[i]);
}

/* Each size to another provider needs the most room. */
ATF_TC_WITHOUT_HEAD(without_room_in_the_region_libsodium_takes_over);
ATF_TC_BODY(without_room_in_the_region_libsodium_takes_over, tc)
{
	int	 c, d, p;

	start();
	for (p = 0; p < AEAD_PROVIDERS; p++)
		for (c = 0; c < AEAD_CIPHERS; c++)
			for (d = 0; d < AEAD_DIRECTIONS; d++)
				if (aead_usable(&aead, (enum aead_cipher)c,
				    (enum aead_provider)p))
					memset(&aead.fast[c][d][p], p,
					    (size_t)(AEAD_SIZES - p));
	if (aead_usable(&aead, AEAD_AES256GCM, AEAD_SODIUM))
		check_full(AEAD_AES256GCM);
	check_full(AEAD_CHACHA20POLY1305);
}

ATF_TC_WITHOUT_HEAD(memory_is_aligned_in_bounds_and_wiped);
ATF_TC_BODY(memory_is_aligned_in_bounds_and_wiped, tc)
{
	uint8_t	*p, *q;
	size_t	 len;

	ATF_REQUIRE(sodium_init() != -1);
	ATF_REQUIRE_EQ(aead_memory_start(memory + 1, 1000), -1);
	ATF_REQUIRE_EQ(aead_memory_start(memory, sizeof(memory)), 0);
	ATF_REQUIRE_EQ(aead_memory_start(memory, sizeof(memory)), -1);
	for (len = 0; len < 5000; len += 7) {
		ATF_REQUIRE((p = aead_memory_get(len)) != NULL);
		ATF_REQUIRE((uintptr_t)p % 16 == 0);
		memset(p, 0xaa, len);
		q = aead_memory_resize(p, len * 2 + 1);
		ATF_REQUIRE(q != NULL && q + len * 2 + 1 <=
		    memory + sizeof(memory));
		ATF_REQUIRE(len == 0 || (q[0] == 0xaa && q[len - 1] == 0xaa));
		memset(q, 0xaa, len * 2 + 1);
		aead_memory_put(q);
	}
	/* Nothing of what was written is left. */
	for (len = 0; len < sizeof(memory); len++)
		ATF_REQUIRE(memory[len] != 0xaa);
	ATF_REQUIRE_EQ(aead_memory_get(SIZE_MAX), NULL);
	ATF_REQUIRE_EQ(aead_memory_get(64 * 1024), NULL);
	while (aead_memory_get(4000) != NULL)
		;
	ATF_REQUIRE(aead_memory_left() < 4096);
}

/* Each trial asks twice; the providers of a cipher take turns. */
static int	 turns[AEAD_PROVIDERS];
static int	 nturns, trial;
static int	 quick;

static void
set_turns(int cipher)
{
	int	 p;

	nturns = trial = 0;
	for (p = 0; p < AEAD_PROVIDERS; p++)
		if (aead_usable(&aead, (enum aead_cipher)cipher,
		    (enum aead_provider)p))
			turns[nturns++] = p;
}

static uint64_t
fake_clock(void)
{
	static uint64_t	 now;

	if (trial++ % 2 == 1)
		now += turns[(trial / 2 - 1) % nturns] == quick ? 200000 :
		    400000;
	return now;
}

static void
check_chosen(int cipher)
{
	struct aead	 all = aead;
	int		 d, s, i;

	/* Of the other one, nobody but libsodium is measured. */
	for (i = 0; i < AEAD_PROVIDERS; i++)
		aead.cipher[i][!cipher] = NULL;
	set_turns(cipher);
	for (i = 0; i < nturns; i++) {
		quick = turns[i];
		trial = 0;
		aead_choose(&aead, fake_clock);
		for (d = 0; d < AEAD_DIRECTIONS; d++)
			for (s = 0; s < AEAD_SIZES; s++)
				ATF_REQUIRE_EQ(aead.fast[cipher][d][s],
				    quick);
	}
	aead = all;
}

ATF_TC_WITHOUT_HEAD(the_fastest_provider_is_chosen);
ATF_TC_BODY(the_fastest_provider_is_chosen, tc)
{
	uint8_t	*fast = &aead.fast[0][0][0];
	size_t	 i;
	int	 c;

	start();
	for (c = 0; c < AEAD_CIPHERS; c++)
		check_chosen(c);
	ATF_REQUIRE_EQ(aead_force(&aead, AEAD_SODIUM), 0);
	for (i = 0; i < sizeof(aead.fast); i++)
		ATF_REQUIRE_EQ(fast[i], AEAD_SODIUM);
	ATF_REQUIRE_EQ(aead_force(&aead, AEAD_CHOSEN), -1);
}

ATF_TC_WITHOUT_HEAD(what_a_forced_provider_cannot_libsodium_does);
ATF_TC_BODY(what_a_forced_provider_cannot_libsodium_does, tc)
{
	struct aead_key	 k;
	uint8_t		 key[32] = { 3 };

	start();
	if (aead_force(&aead, AEAD_GCRYPT) == -1)
		atf_tc_skip("this system has no libgcrypt");
	ATF_REQUIRE_EQ(aead.fast[AEAD_AES256GCM][AEAD_SEAL][AEAD_LARGE],
	    AEAD_GCRYPT);
	ATF_REQUIRE_EQ(aead.fast[AEAD_CHACHA20POLY1305][AEAD_SEAL][AEAD_LARGE],
	    AEAD_SODIUM);
	memset(&k, 0, sizeof(k));
	ATF_REQUIRE_EQ(aead_key_init(&k, &aead, AEAD_CHACHA20POLY1305,
	    AEAD_SEAL, key, AEAD_GCRYPT), -1);
	ATF_REQUIRE_EQ(aead_key_init(&k, &aead, AEAD_AES256GCM, AEAD_SEAL,
	    key, AEAD_CHOSEN), 0);
	ATF_REQUIRE(k.context[AEAD_GCRYPT] != NULL);
	ATF_REQUIRE(k.context[AEAD_CRYPTO] == NULL && k.expanded == NULL);
	aead_key_wipe(&k);
}

ATF_TC_WITHOUT_HEAD(libraries_are_started_once_and_not_too_small);
ATF_TC_BODY(libraries_are_started_once_and_not_too_small, tc)
{
	struct aead_key	 k;
	uint8_t		 key[32] = { 0 };

	ATF_REQUIRE(sodium_init() != -1);
	aead_init(&aead);
	ATF_REQUIRE_EQ(aead_start(&aead, memory, 1000), -1);
	ATF_REQUIRE(!aead_usable(&aead, AEAD_CHACHA20POLY1305, AEAD_CRYPTO));
	ATF_REQUIRE_EQ(aead_force(&aead, AEAD_CRYPTO), -1);
	memset(&k, 0, sizeof(k));
	ATF_REQUIRE_EQ(aead_key_init(&k, &aead, AEAD_CHACHA20POLY1305,
	    AEAD_SEAL, key, AEAD_CRYPTO), -1);
	ATF_REQUIRE_EQ(aead_key_init(&k, &aead, AEAD_CHACHA20POLY1305,
	    AEAD_SEAL, key, AEAD_CHOSEN), 0);
	start();
	ATF_REQUIRE_EQ(aead_start(&aead, memory, sizeof(memory)), -1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, all_providers_follow_the_published_vectors);
	ATF_TP_ADD_TC(tp, a_counter_becomes_a_nonce_in_the_order_of_its_cipher);
	ATF_TP_ADD_TC(tp, all_providers_agree_at_every_length);
	ATF_TP_ADD_TC(tp, a_changed_bit_is_refused_and_leaves_zeros);
	ATF_TP_ADD_TC(tp, a_wiped_key_is_gone_from_all_memory);
	ATF_TP_ADD_TC(tp, a_key_serves_one_direction);
	ATF_TP_ADD_TC(tp, without_room_in_the_region_libsodium_takes_over);
	ATF_TP_ADD_TC(tp, memory_is_aligned_in_bounds_and_wiped);
	ATF_TP_ADD_TC(tp, the_fastest_provider_is_chosen);
	ATF_TP_ADD_TC(tp, what_a_forced_provider_cannot_libsodium_does);
	ATF_TP_ADD_TC(tp, libraries_are_started_once_and_not_too_small);
	return atf_no_error();
}
