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
 * The codec of the relay's preface.
 */

#include <atf-c.h>
#include <stdint.h>
#include <string.h>

#include "relay/relay.h"

static void
good(uint8_t out[RELAY_PREFACE_LEN])
{
	struct relay_preface	 p = { .side = 1 };
	uint8_t			 i;

	for (i = 0; i < RELAY_CODE_LEN; i++)
		p.code[i] = (uint8_t)(0xf0 + i);
	ATF_REQUIRE_EQ(relay_preface_encode(&p, out), 0);
}

ATF_TC_WITHOUT_HEAD(a_preface_has_its_fixed_form);
ATF_TC_BODY(a_preface_has_its_fixed_form, tc)
{
	static const uint8_t	 want[RELAY_PREFACE_LEN] = {
		'E', 'n', 'R', 'l', 1, 1, 0, 0,
		0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7,
		0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff
	};
	uint8_t			 got[RELAY_PREFACE_LEN];

	good(got);
	ATF_CHECK(memcmp(got, want, sizeof(want)) == 0);
}

ATF_TC_WITHOUT_HEAD(what_is_encoded_is_decoded);
ATF_TC_BODY(what_is_encoded_is_decoded, tc)
{
	struct relay_preface	 in, out;
	uint8_t			 buf[RELAY_PREFACE_LEN];

	memset(&in, 0x33, sizeof(in));
	for (in.side = 0; in.side < RELAY_SIDES; in.side++) {
		ATF_REQUIRE_EQ(relay_preface_encode(&in, buf), 0);
		ATF_REQUIRE_EQ(relay_preface_decode(buf, &out), RELAY_OK);
		ATF_CHECK_EQ(out.side, in.side);
		ATF_CHECK(memcmp(out.code, in.code, RELAY_CODE_LEN) == 0);
	}
	ATF_CHECK_EQ(relay_preface_encode(&in, buf), -1);
}

/* Each byte before the code has one value, the side has two. */
ATF_TC_WITHOUT_HEAD(every_other_value_before_the_code_is_refused);
ATF_TC_BODY(every_other_value_before_the_code_is_refused, tc)
{
	static const enum relay_error	 why[8] = {
		RELAY_BAD_MAGIC, RELAY_BAD_MAGIC, RELAY_BAD_MAGIC,
		RELAY_BAD_MAGIC, RELAY_BAD_VERSION, RELAY_BAD_SIDE,
		RELAY_BAD_RESERVED, RELAY_BAD_RESERVED
	};
	static const struct relay_preface zero;
	struct relay_preface		 out;
	uint8_t				 buf[RELAY_PREFACE_LEN], was;
	unsigned int			 i, v;

	good(buf);
	for (i = 0; i < 8; i++) {
		was = buf[i];
		for (v = 0; v < 256; v++) {
			if (v == was || (i == 5 && v < 2))
				continue;
			buf[i] = (uint8_t)v;
			memset(&out, 0xff, sizeof(out));
			ATF_CHECK_EQ(relay_preface_decode(buf, &out), why[i]);
			ATF_CHECK(memcmp(&out, &zero, sizeof(out)) == 0);
		}
		buf[i] = was;
	}
	ATF_CHECK_EQ(relay_preface_decode(buf, &out), RELAY_OK);
}

ATF_TC_WITHOUT_HEAD(the_answer_of_a_relay_has_its_fixed_form);
ATF_TC_BODY(the_answer_of_a_relay_has_its_fixed_form, tc)
{
	uint8_t		 buf[RELAY_STATUS_LEN];
	unsigned int	 i;

	relay_status_encode(buf);
	ATF_CHECK(memcmp(buf, "EnR", 4) == 0);
	ATF_CHECK(relay_status_joined(buf));
	for (i = 0; i < RELAY_STATUS_LEN; i++) {
		buf[i] ^= 1;
		ATF_CHECK(!relay_status_joined(buf));
		buf[i] ^= 1;
	}
}

/* SHA-256 of 16 zero bytes, as other tools compute it. */
ATF_TC_WITHOUT_HEAD(a_code_is_hashed_with_sha256);
ATF_TC_BODY(a_code_is_hashed_with_sha256, tc)
{
	static const uint8_t	 want[RELAY_HASH_LEN] = {
		0x37, 0x47, 0x08, 0xff, 0xf7, 0x71, 0x9d, 0xd5,
		0x97, 0x9e, 0xc8, 0x75, 0xd5, 0x6c, 0xd2, 0x28,
		0x6f, 0x6d, 0x3c, 0xf7, 0xec, 0x31, 0x7a, 0x3b,
		0x25, 0x63, 0x2a, 0xab, 0x28, 0xec, 0x37, 0xbb
	};
	uint8_t			 code[RELAY_CODE_LEN], got[RELAY_HASH_LEN];

	memset(code, 0, sizeof(code));
	relay_hash(code, got);
	ATF_CHECK(memcmp(got, want, sizeof(want)) == 0);
}

ATF_TC_WITHOUT_HEAD(hashes_are_equal_only_when_every_bit_is);
ATF_TC_BODY(hashes_are_equal_only_when_every_bit_is, tc)
{
	uint8_t		 a[RELAY_HASH_LEN], b[RELAY_HASH_LEN];
	unsigned int	 i;

	memset(a, 0x5a, sizeof(a));
	memset(b, 0x5a, sizeof(b));
	ATF_CHECK(relay_hash_equal(a, b));
	for (i = 0; i < 8 * RELAY_HASH_LEN; i++) {
		b[i / 8] ^= (uint8_t)(1U << i % 8);
		ATF_CHECK(!relay_hash_equal(a, b));
		b[i / 8] ^= (uint8_t)(1U << i % 8);
	}
}

ATF_TC_WITHOUT_HEAD(every_error_has_words_of_its_own);
ATF_TC_BODY(every_error_has_words_of_its_own, tc)
{
	int	 i, k;

	for (i = RELAY_OK; i <= RELAY_BAD_RESERVED; i++)
		for (k = RELAY_OK; k < i; k++)
			ATF_CHECK(strcmp(relay_strerror(
			    (enum relay_error)i), relay_strerror(
			    (enum relay_error)k)) != 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_preface_has_its_fixed_form);
	ATF_TP_ADD_TC(tp, what_is_encoded_is_decoded);
	ATF_TP_ADD_TC(tp, every_other_value_before_the_code_is_refused);
	ATF_TP_ADD_TC(tp, the_answer_of_a_relay_has_its_fixed_form);
	ATF_TP_ADD_TC(tp, a_code_is_hashed_with_sha256);
	ATF_TP_ADD_TC(tp, hashes_are_equal_only_when_every_bit_is);
	ATF_TP_ADD_TC(tp, every_error_has_words_of_its_own);
	return atf_no_error();
}
