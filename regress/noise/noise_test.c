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
 * Known answers for the hashes (RFC 7693 and an independent HMAC), and the
 * handshake against the vector that the cacophony and snow projects publish
 * for Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s and its AESGCM sister.
 */

#include <atf-c.h>
#include <sodium.h>
#include <string.h>

#include "noise/noise.h"

#include "hex.h"

#define PROLOGUE	"4a6f686e2047616c74"
#define PSK		"54686973206973206d7920417573747269616e20706572737065" \
			"637469766521"
#define INIT_STATIC	"e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8d" \
			"f7ed542214d1"
#define INIT_EPHEMERAL	"893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b05" \
			"69da977c464a"
#define RESP_PUBLIC	"31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4" \
			"834f701b8f62"
#define RESP_STATIC	"4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea" \
			"9114246e4893"
#define RESP_EPHEMERAL	"bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d" \
			"5e63da6b375b"
#define PAYLOAD1	"4c756477696720766f6e204d69736573"
#define PAYLOAD2	"4d757272617920526f746862617264"

static const char *const payloads[] = {
	"462e20412e20486179656b",
	"4361726c204d656e676572",
	"4a65616e2d426170746973746520536179",
	"457567656e2042f6686d20766f6e2042617765726b",
};

#define TRANSPORTS	(sizeof(payloads) / sizeof(payloads[0]))

/* What differs by suite. */
static const struct answer {
	enum noise_suite_id	 suite;
	const char		*hash, *message1, *message2;
	const char		*transport[TRANSPORTS];
} answers[] = {
	{ NOISE_SUITE_CHACHAPOLY,
	  "f5191b875290abcd41347ac3622d9679688a7e980229cb937ef748336cfde0e5",
	  "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
	  "001e21de9f98ddd8e2ad57527207feb56253c9c94a9e496782ecfcb2a75fbcaf"
	  "1b52948cc48daefe660c62119ab5000980c84831215f2441eba616548e832985"
	  "464cf17e51ee93109008399a21f7e13f",
	  "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
	  "cb765f2caef0751b8f007572dab0322217755c0632f365717edbf34d33e87a",
	  { "8153ca9833bc3c1b91a7e66e5f4d4f5b59bf9e64c2f20d15f0bba7",
	    "07af0c9c86e1b4e80f36b04ff7688d51141af3debd0332f0a705ef",
	    "6ab1467c0448cc78394494abaaf23afce0e234315d6e2624dcbfa8a21c1c4d07"
	    "3d",
	    "dfc346c0d2296ae6cf1acf6f12b8456a1dba228cf8d8b774aacf1c47fc53aa80"
	    "ebc7a4c292" } },
	{ NOISE_SUITE_AESGCM,
	  "60f2139120264f109f2bd525a8d94877d7896d64394c34a7abedbc114154a6d5",
	  "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
	  "f70d65fedfd7ad294f4c8f5c1324c7c90e54cd8af05652112a27b261e11ce99d"
	  "9d517c4a1e0753038edb26066b4087b4c230aafa22b0552550b723eb69374a67"
	  "4d306a84e1852e30af2e2dbefeb4fd2f",
	  "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
	  "4190dae84b6887641a5f81e03d83f7be91fa1134c18dde966e18fc404b97a8",
	  { "061b631b380a639a0801920ddf205e2dbf6606c3328683c6af50fc",
	    "c4b5ecd181f80279f2cc41217d490ed56459e3e3fb5e758e522d0d",
	    "43897c593df3b427776e11c3632bb935fd7e31e50a4069c8b559188a04af961e"
	    "12",
	    "b7f9229e7ba4b89161baca67cef00381ce7b613bdcb8dcf233573476f6164dde"
	    "9a8b1b9200" } },
};

struct vector {
	uint8_t	prologue[16], psk[32], is[32], ie[32], rs_pub[32], rs[32];
	uint8_t	re[32], is_pub[32], ss[32], payload1[64], payload2[64];
	size_t	prologue_len, len1, len2;
};

static void
vector_load(struct vector *v)
{
	memset(v, 0, sizeof(*v));
	v->prologue_len = unhex(v->prologue, sizeof(v->prologue), PROLOGUE);
	unhex(v->psk, 32, PSK);
	unhex(v->is, 32, INIT_STATIC);
	unhex(v->ie, 32, INIT_EPHEMERAL);
	unhex(v->rs_pub, 32, RESP_PUBLIC);
	unhex(v->rs, 32, RESP_STATIC);
	unhex(v->re, 32, RESP_EPHEMERAL);
	noise_public(v->is_pub, v->is);
	ATF_REQUIRE_EQ(noise_dh(v->ss, v->is, v->rs_pub), 0);
	v->len1 = unhex(v->payload1, sizeof(v->payload1), PAYLOAD1);
	v->len2 = unhex(v->payload2, sizeof(v->payload2), PAYLOAD2);
}

static void
begin(struct noise_handshake *hs, const struct vector *v,
    enum noise_suite_id suite)
{
	noise_begin(hs, noise_suite_get(suite), v->prologue, v->prologue_len,
	    v->rs_pub);
}

/* The responder's first step. */
static int
read_static(struct noise_handshake *hs, const struct vector *v,
    const uint8_t *msg)
{
	uint8_t	 es[32];

	if (noise_dh(es, v->rs, msg) == -1)
		return -1;
	return noise_init_read_static(hs, es, msg);
}

/* Suite 1 needs a processor that has it. */
static int
have(enum noise_suite_id suite)
{
	return noise_suite_get(suite) != NULL;
}

ATF_TC_WITHOUT_HEAD(blake2s_gives_the_published_digests);
ATF_TC_BODY(blake2s_gives_the_published_digests, tc)
{
	uint8_t	 out[32], key[32], in[255];
	size_t	 i;

	noise_hash(out, (const uint8_t *)"abc", 3, NULL, 0);
	check_hex(out, 32, "508c5e8c327c14e2e1a72ba34eeb452f"
	    "37458b209ed63a294d999b4c86675982");
	noise_hash(out, (const uint8_t *)"a", 1, (const uint8_t *)"bc", 2);
	check_hex(out, 32, "508c5e8c327c14e2e1a72ba34eeb452f"
	    "37458b209ed63a294d999b4c86675982");
	noise_hash(out, NULL, 0, NULL, 0);
	check_hex(out, 32, "69217a3079908094e11121d042354a7c"
	    "1f55b6482ca1a51e1b250dfd1ed0eef9");
	for (i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)i;
	noise_mac(out, 32, key, 32, NULL, 0);
	check_hex(out, 32, "48a8997da407876b3d79c0d92325ad3b"
	    "89cbb754d86ab71aee047ad345fd2c49");
	noise_mac(out, 32, key, 32, in, 255);
	check_hex(out, 32, "3fb735061abc519dfe979e54c1ee5bfa"
	    "d0a9d858b3315bad34bde999efd724dd");
	noise_mac(out, 16, key, 32, in, 100);
	check_hex(out, 16, "0b67d33f8b859c3157fbabd9e6e47ed0");
}

ATF_TC_WITHOUT_HEAD(hmac_gives_the_known_answers);
ATF_TC_BODY(hmac_gives_the_known_answers, tc)
{
	const uint8_t	*text = (const uint8_t *)"what do ya want";
	uint8_t		 out[32], key[100];
	size_t		 i;

	for (i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	noise_hmac(out, key, 32, text, 15, NULL, 0);
	check_hex(out, 32, "03f696e1a129dbfe9f72848f273d71d5"
	    "21751d1f393bc725d86fff089db07894");
	noise_hmac(out, key, 100, text, 4, text + 4, 11);
	check_hex(out, 32, "d905222633d00139f08894af3be4c003"
	    "e18c872b471661b423acde2033c47719");
}

ATF_TC_WITHOUT_HEAD(kdf_gives_the_known_answers);
ATF_TC_BODY(kdf_gives_the_known_answers, tc)
{
	uint8_t	 key[64], a[32], b[32], c[32];
	size_t	 i;

	for (i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	noise_kdf(key, key + 32, 32, a, b, c);
	check_hex(a, 32, "6a96444e20e8d4c1cee974416acae1c1"
	    "0b3c92886010e54ed94dafb2c3b80ea0");
	check_hex(b, 32, "57af120b0de7acbe7907ec149c5ae870"
	    "a2dbb74232b65777ba4123f1f7f888f5");
	check_hex(c, 32, "0926c7caabb6e8d73beda759e6f4f0d3"
	    "24ce5b5000bcf8cd784b26db3049faa9");
	noise_kdf(key, NULL, 0, key, b, NULL);
	check_hex(key, 32, "7a38c34bf2b8738d7374ca77c44ecb30"
	    "9a11d2b2528304fa86052c365e722624");
	check_hex(b, 32, "1a17621f346abdc520746a9fb64d8eb0"
	    "3231d674fc15687537b0780fd9c060fd");
}

static void
check_transport(const struct answer *a, uint8_t to_responder[2][32],
    uint8_t to_initiator[2][32])
{
	const struct noise_suite	*suite = noise_suite_get(a->suite);
	struct aead_key			 seal, open;
	struct aead			 aead;
	uint8_t				 out[256], *key;
	size_t				 n, len;

	aead_init(&aead);
	memset(&seal, 0, sizeof(seal));
	memset(&open, 0, sizeof(open));
	for (n = 0; n < TRANSPORTS; n++) {
		key = n % 2 == 0 ? to_responder[0] : to_initiator[0];
		ATF_REQUIRE_EQ(aead_key_init(&seal, &aead, suite->cipher,
		    AEAD_SEAL, key, AEAD_CHOSEN), 0);
		key = n % 2 == 0 ? to_responder[1] : to_initiator[1];
		ATF_REQUIRE_EQ(aead_key_init(&open, &aead, suite->cipher,
		    AEAD_OPEN, key, AEAD_CHOSEN), 0);
		len = unhex(out, sizeof(out), payloads[n]);
		ATF_REQUIRE_EQ(aead_key_seal(&seal, out, len, n / 2), 0);
		check_hex(out, len + NOISE_TAG_LEN, a->transport[n]);
		ATF_REQUIRE_EQ(aead_key_open(&open, out, len + NOISE_TAG_LEN,
		    n / 2), 0);
		check_hex(out, len, payloads[n]);
	}
}

static void
check_vector(const struct answer *a)
{
	struct noise_handshake	 i, r;
	struct vector		 v;
	uint8_t			 m1[256], m2[256], out[256];
	uint8_t			 to_responder[2][32], to_initiator[2][32];

	vector_load(&v);
	begin(&i, &v, a->suite);
	begin(&r, &v, a->suite);
	ATF_REQUIRE_EQ(noise_init_write(&i, v.ie, v.is_pub, v.rs_pub, v.ss,
	    v.payload1, v.len1, m1), 0);
	check_hex(m1, NOISE_INIT_OVERHEAD + v.len1, a->message1);
	ATF_REQUIRE_EQ(read_static(&r, &v, m1), 0);
	ATF_REQUIRE(memcmp(r.rs, v.is_pub, 32) == 0);
	ATF_REQUIRE_EQ(noise_init_read_payload(&r, v.ss, m1, out, v.len1), 0);
	check_hex(out, v.len1, PAYLOAD1);
	ATF_REQUIRE_EQ(noise_resp_write(&r, v.re, v.psk, v.payload2, v.len2,
	    m2), 0);
	check_hex(m2, NOISE_RESP_OVERHEAD + v.len2, a->message2);
	ATF_REQUIRE_EQ(noise_resp_read(&i, v.is, v.psk, m2, out, v.len2), 0);
	check_hex(out, v.len2, PAYLOAD2);
	check_hex(i.hash, 32, a->hash);
	check_hex(r.hash, 32, a->hash);
	noise_split(&i, to_responder[0], to_initiator[1]);
	noise_split(&r, to_responder[1], to_initiator[0]);
	check_transport(a, to_responder, to_initiator);
}

ATF_TC_WITHOUT_HEAD(handshake_follows_the_published_vector);
ATF_TC_BODY(handshake_follows_the_published_vector, tc)
{
	check_vector(&answers[NOISE_SUITE_CHACHAPOLY]);
}

ATF_TC_WITHOUT_HEAD(handshake_with_aes_follows_the_published_vector);
ATF_TC_BODY(handshake_with_aes_follows_the_published_vector, tc)
{
	if (!have(NOISE_SUITE_AESGCM))
		atf_tc_skip("this processor has no AES");
	check_vector(&answers[NOISE_SUITE_AESGCM]);
}

ATF_TC_WITHOUT_HEAD(wireguard_construction_gives_its_known_start);
ATF_TC_BODY(wireguard_construction_gives_its_known_start, tc)
{
	const char	*name, *id = "WireGuard v1 zx2c4 Jason@zx2c4.com";
	uint8_t		 out[32];

	name = noise_suite_get(NOISE_SUITE_CHACHAPOLY)->name;
	noise_hash(out, (const uint8_t *)name, strlen(name), NULL, 0);
	check_hex(out, 32, "60e26daef327efc02ec335e2a025d2d0"
	    "16eb4206f87277f52d38d1988b78cd36");
	noise_hash(out, out, 32, (const uint8_t *)id, strlen(id));
	check_hex(out, 32, "2211b361081ac566691243db458ad532"
	    "2d9c6c662293e8b70ee19c65ba079ef3");
}

static void
check_changed_bytes(enum noise_suite_id suite)
{
	struct noise_handshake	 i, r, t;
	struct vector		 v;
	uint8_t			 m1[256], m2[256], out[256];
	size_t			 n;
	int			 rc;

	vector_load(&v);
	begin(&i, &v, suite);
	noise_init_write(&i, v.ie, v.is_pub, v.rs_pub, v.ss, v.payload1,
	    v.len1, m1);
	for (n = 0; n < NOISE_INIT_OVERHEAD + v.len1; n++) {
		m1[n] ^= 1;
		begin(&r, &v, suite);
		rc = read_static(&r, &v, m1);
		if (rc == 0)
			rc = noise_init_read_payload(&r, v.ss, m1, out,
			    v.len1);
		ATF_REQUIRE_EQ_MSG(rc, -1, "byte %zu", n);
		m1[n] ^= 1;
	}
	begin(&r, &v, suite);
	ATF_REQUIRE_EQ(read_static(&r, &v, m1), 0);
	ATF_REQUIRE_EQ(noise_init_read_payload(&r, v.ss, m1, out, v.len1), 0);
	noise_resp_write(&r, v.re, v.psk, v.payload2, v.len2, m2);
	for (n = 0; n < NOISE_RESP_OVERHEAD + v.len2; n++) {
		m2[n] ^= 1;
		t = i;
		ATF_REQUIRE_EQ(noise_resp_read(&t, v.is, v.psk, m2, out,
		    v.len2), -1);
		m2[n] ^= 1;
	}
	v.psk[0] ^= 1;
	t = i;
	ATF_REQUIRE_EQ(noise_resp_read(&t, v.is, v.psk, m2, out, v.len2), -1);
}

ATF_TC_WITHOUT_HEAD(every_changed_byte_of_a_message_is_refused);
ATF_TC_BODY(every_changed_byte_of_a_message_is_refused, tc)
{
	int	 suite;

	for (suite = 0; suite < NOISE_SUITE_MAX; suite++)
		if (have((enum noise_suite_id)suite))
			check_changed_bytes((enum noise_suite_id)suite);
}

ATF_TC_WITHOUT_HEAD(a_message_of_one_suite_is_nothing_in_another);
ATF_TC_BODY(a_message_of_one_suite_is_nothing_in_another, tc)
{
	struct noise_handshake	 r;
	struct vector		 v;
	uint8_t			 m1[256];
	int			 n, suite;

	if (!have(NOISE_SUITE_AESGCM))
		atf_tc_skip("this processor has no AES");
	vector_load(&v);
	for (n = 0; n < NOISE_SUITE_MAX; n++) {
		unhex(m1, sizeof(m1), answers[n].message1);
		for (suite = 0; suite < NOISE_SUITE_MAX; suite++) {
			begin(&r, &v, (enum noise_suite_id)suite);
			ATF_REQUIRE_EQ(read_static(&r, &v, m1),
			    suite == n ? 0 : -1);
		}
	}
}

ATF_TC_WITHOUT_HEAD(points_of_small_order_are_refused);
ATF_TC_BODY(points_of_small_order_are_refused, tc)
{
	uint8_t	 zero[32] = { 0 }, one[32] = { 1 }, out[32], key[32];

	memset(key, 7, sizeof(key));
	ATF_REQUIRE_EQ(noise_dh(out, key, zero), -1);
	ATF_REQUIRE_EQ(noise_dh(out, key, one), -1);
	ATF_REQUIRE_EQ(noise_suite_get(NOISE_SUITE_MAX), NULL);
}

ATF_TP_ADD_TCS(tp)
{
	if (sodium_init() == -1)
		return atf_no_error();
	ATF_TP_ADD_TC(tp, blake2s_gives_the_published_digests);
	ATF_TP_ADD_TC(tp, hmac_gives_the_known_answers);
	ATF_TP_ADD_TC(tp, kdf_gives_the_known_answers);
	ATF_TP_ADD_TC(tp, handshake_follows_the_published_vector);
	ATF_TP_ADD_TC(tp, handshake_with_aes_follows_the_published_vector);
	ATF_TP_ADD_TC(tp, wireguard_construction_gives_its_known_start);
	ATF_TP_ADD_TC(tp, every_changed_byte_of_a_message_is_refused);
	ATF_TP_ADD_TC(tp, a_message_of_one_suite_is_nothing_in_another);
	ATF_TP_ADD_TC(tp, points_of_small_order_are_refused);
	return atf_no_error();
}
