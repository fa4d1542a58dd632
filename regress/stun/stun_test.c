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
 * The STUN library against the published vectors (RFC 5769, RFC 4231) and
 * against damaged messages.  Messages lie in memory of exactly their size, so
 * that the address sanitizer sees any read outside.
 */

#include <sys/types.h>

#include <atf-c.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stun/stun.h"

#define PASSWORD	"VOkJxbRl1RmTxUk/WvJxBt"

static const uint8_t	request[] = {
	0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01,
	0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10,
	0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73, 0x74, 0x20, 0x63, 0x6c,
	0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff,
	0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36,
	0x00, 0x06, 0x00, 0x09, 0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76,
	0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14, 0x9a, 0xea, 0xa7, 0x0c,
	0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49,
	0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf
};
static const uint8_t	response4[] = {
	0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01,
	0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b,
	0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63, 0x74, 0x6f, 0x72, 0x20,
	0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43,
	0x00, 0x08, 0x00, 0x14, 0x2b, 0x91, 0xf5, 0x99, 0xfd, 0x9e, 0x90, 0xc3,
	0x8c, 0x74, 0x89, 0xf9, 0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b, 0xe7, 0xd7,
	0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96
};
static const uint8_t	response6[] = {
	0x01, 0x01, 0x00, 0x48, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01,
	0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b,
	0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63, 0x74, 0x6f, 0x72, 0x20,
	0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa,
	0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9,
	0x00, 0x08, 0x00, 0x14, 0xa3, 0x82, 0x95, 0x4e, 0x4b, 0xe6, 0x7b, 0xf1,
	0x17, 0x84, 0xc9, 0x7c, 0x82, 0x92, 0xc2, 0x75, 0xbf, 0xe3, 0xed, 0x41,
	0x80, 0x28, 0x00, 0x04, 0xc8, 0xfb, 0x0b, 0x4c
};
static const uint8_t	id[STUN_ID_LEN] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
};
static const uint8_t	key[] = PASSWORD;
#define KEYLEN	(sizeof(key) - 1)

/* Parse a copy in memory of exactly that size. */
static enum stun_result
parse_exact(const uint8_t *buf, size_t len)
{
	enum stun_result	 res;
	struct stun_msg		 m;
	uint8_t			*copy;

	copy = malloc(len + (len == 0));
	ATF_REQUIRE(copy != NULL);
	memcpy(copy, buf, len);
	res = stun_parse(&m, copy, len);
	if (res == STUN_OK) {
		(void)stun_check_integrity_sha256(&m, key, KEYLEN);
		(void)stun_check_integrity_sha1(&m, key, KEYLEN);
	}
	free(copy);
	return res;
}

/* A message with every attribute we can build. */
static size_t
build_full(uint8_t *buf, size_t cap)
{
	struct stun_builder	 b;
	struct endpoint		 e4, e6;
	uint16_t		 unknown[3] = { 0x14, 0x15, 0x7fff };
	ssize_t			 len;

	ATF_REQUIRE(endpoint_parse(&e4, "192.0.2.7", 4711) == 0);
	ATF_REQUIRE(endpoint_parse(&e6, "2001:db8::7", 4712) == 0);
	stun_build_start(&b, buf, cap, STUN_REQUEST, STUN_BINDING, id);
	stun_build_bytes(&b, STUN_ATTR_USERNAME, "peer:self", 9);
	stun_build_u32(&b, STUN_ATTR_PRIORITY, 0x01020304);
	stun_build_u64(&b, STUN_ATTR_ICE_CONTROLLING, 0x1122334455667788ULL);
	stun_build_flag(&b, STUN_ATTR_USE_CANDIDATE);
	stun_build_address(&b, STUN_ATTR_XOR_MAPPED_ADDRESS, &e6);
	stun_build_address(&b, STUN_ATTR_MAPPED_ADDRESS, &e4);
	stun_build_address(&b, STUN_ATTR_RESPONSE_ORIGIN, &e4);
	stun_build_address(&b, STUN_ATTR_OTHER_ADDRESS, &e6);
	stun_build_error(&b, STUN_ERROR_ROLE_CONFLICT);
	stun_build_unknown(&b, unknown, 3);
	stun_build_integrity_sha256(&b, key, KEYLEN);
	stun_build_fingerprint(&b);
	len = stun_build_finish(&b);
	ATF_REQUIRE(len > 0);
	return (size_t)len;
}

ATF_TC_WITHOUT_HEAD(hmac_and_crc_agree_with_published_values);
ATF_TC_BODY(hmac_and_crc_agree_with_published_values, tc)
{
	static const uint8_t	 two[] = {
		0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04,
		0x24, 0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08,
		0x9d, 0x27, 0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec,
		0x38, 0x43
	};
	static const uint8_t	 six[] = {
		0x60, 0xe4, 0x31, 0x59, 0x1e, 0xe0, 0xb6, 0x7f, 0x0d, 0x8a,
		0x26, 0xaa, 0xcb, 0xf5, 0xb7, 0x7f, 0x8e, 0x0b, 0xc6, 0x21,
		0x37, 0x28, 0xc5, 0x14, 0x05, 0x46, 0x04, 0x0f, 0x0e, 0xe3,
		0x7f, 0x54
	};
	static const uint8_t	 jefe[] = "Jefe";
	static const uint8_t	 what[] = "what do ya want for nothing?";
	static const uint8_t	 large[] = "Test Using Larger Than Block-Size "
				    "Key - Hash Key First";
	static const uint8_t	 digits[] = "123456789";
	uint8_t			 out[STUN_SHA256_LEN], longkey[131];

	stun_hmac_sha256(jefe, 4, what, sizeof(what) - 1, out);
	ATF_CHECK(memcmp(out, two, sizeof(two)) == 0);
	memset(longkey, 0xaa, sizeof(longkey));
	stun_hmac_sha256(longkey, sizeof(longkey), large, sizeof(large) - 1,
	    out);
	ATF_CHECK(memcmp(out, six, sizeof(six)) == 0);
	ATF_CHECK_EQ(stun_crc32(digits, 9), 0xcbf43926U);
}

ATF_TC_WITHOUT_HEAD(rfc5769_request_is_parsed_and_authentic);
ATF_TC_BODY(rfc5769_request_is_parsed_and_authentic, tc)
{
	struct stun_msg	 m;
	uint8_t		 wrong[] = "VOkJxbRl1RmTxUk/WvJxBu";

	ATF_REQUIRE_EQ(stun_parse(&m, request, sizeof(request)), STUN_OK);
	ATF_CHECK_EQ(m.class, STUN_REQUEST);
	ATF_CHECK_EQ(m.method, STUN_BINDING);
	ATF_CHECK(memcmp(m.id, request + 8, STUN_ID_LEN) == 0);
	ATF_CHECK(stun_username_is(&m, "evtj:h6vY"));
	ATF_CHECK(!stun_username_is(&m, "evtj:h6v"));
	ATF_CHECK_EQ(m.priority, 0x6e0001ffU);
	ATF_CHECK_EQ(m.tie_breaker, 0x932ff9b151263b36ULL);
	ATF_CHECK_EQ(m.software_len, 16);
	ATF_CHECK(m.have & STUN_HAVE_CONTROLLED);
	ATF_CHECK(m.have & STUN_HAVE_FINGERPRINT);
	ATF_CHECK_EQ(m.nunknown, 0);
	ATF_CHECK_EQ(stun_check_integrity_sha1(&m, key, KEYLEN), 0);
	ATF_CHECK_EQ(stun_check_integrity_sha1(&m, wrong, KEYLEN), -1);
	ATF_CHECK_EQ(stun_check_integrity_sha256(&m, key, KEYLEN), -1);
}

static void
check_response(const uint8_t *buf, size_t len, const char *addr)
{
	struct endpoint	 want;
	struct stun_msg	 m;

	ATF_REQUIRE_EQ(stun_parse(&m, buf, len), STUN_OK);
	ATF_REQUIRE(endpoint_parse(&want, addr, 32853) == 0);
	ATF_CHECK_EQ(m.class, STUN_SUCCESS);
	ATF_CHECK(m.have & STUN_HAVE_XOR_MAPPED);
	ATF_CHECK(m.have & STUN_HAVE_FINGERPRINT);
	ATF_CHECK_EQ(endpoint_cmp(&m.mapped, &want), 0);
	ATF_CHECK_EQ(stun_check_integrity_sha1(&m, key, KEYLEN), 0);
}

ATF_TC_WITHOUT_HEAD(rfc5769_responses_are_parsed_and_authentic);
ATF_TC_BODY(rfc5769_responses_are_parsed_and_authentic, tc)
{
	check_response(response4, sizeof(response4), "192.0.2.1");
	check_response(response6, sizeof(response6),
	    "2001:db8:1234:5678:11:2233:4455:6677");
}

ATF_TC_WITHOUT_HEAD(what_is_built_is_parsed_back);
ATF_TC_BODY(what_is_built_is_parsed_back, tc)
{
	struct endpoint	 e4, e6;
	struct stun_msg	 m;
	uint8_t		 buf[STUN_MESSAGE_MAX];
	size_t		 len = build_full(buf, sizeof(buf));

	ATF_REQUIRE_EQ(stun_parse(&m, buf, len), STUN_OK);
	ATF_REQUIRE(endpoint_parse(&e4, "192.0.2.7", 4711) == 0);
	ATF_REQUIRE(endpoint_parse(&e6, "2001:db8::7", 4712) == 0);
	ATF_CHECK(memcmp(m.id, id, sizeof(id)) == 0);
	ATF_CHECK(stun_username_is(&m, "peer:self"));
	ATF_CHECK_EQ(m.priority, 0x01020304U);
	ATF_CHECK_EQ(m.tie_breaker, 0x1122334455667788ULL);
	ATF_CHECK(m.have & STUN_HAVE_USE_CANDIDATE);
	ATF_CHECK(m.have & STUN_HAVE_CONTROLLING);
	ATF_CHECK_EQ(endpoint_cmp(&m.mapped, &e6), 0);
	ATF_CHECK_EQ(endpoint_cmp(&m.origin, &e4), 0);
	ATF_CHECK_EQ(endpoint_cmp(&m.other, &e6), 0);
	ATF_CHECK_EQ(m.error_code, 487);
	ATF_CHECK_EQ(m.nlisted, 3);
	ATF_CHECK_EQ(m.listed[2], 0x7fff);
	ATF_CHECK_EQ(stun_check_integrity_sha256(&m, key, KEYLEN), 0);
}

ATF_TC_WITHOUT_HEAD(class_and_method_survive_their_odd_encoding);
ATF_TC_BODY(class_and_method_survive_their_odd_encoding, tc)
{
	struct stun_builder	 b;
	struct stun_msg		 m;
	uint8_t			 buf[64];
	unsigned int		 class, method;

	for (class = 0; class < 4; class++)
		for (method = 0; method < 0x1000; method++) {
			stun_build_start(&b, buf, sizeof(buf),
			    (enum stun_class)class, (uint16_t)method, id);
			stun_build_fingerprint(&b);
			ATF_REQUIRE_EQ(stun_build_finish(&b), 28);
			ATF_REQUIRE_EQ(stun_parse(&m, buf, 28), STUN_OK);
			ATF_REQUIRE_EQ((unsigned int)m.class, class);
			ATF_REQUIRE_EQ(m.method, method);
		}
}

ATF_TC_WITHOUT_HEAD(any_changed_bit_is_noticed);
ATF_TC_BODY(any_changed_bit_is_noticed, tc)
{
	struct stun_msg	 m;
	uint8_t		 buf[STUN_MESSAGE_MAX], bad[STUN_MESSAGE_MAX];
	size_t		 i, len = build_full(buf, sizeof(buf));

	/* First with the fingerprint ... */
	for (i = 0; i < len * 8; i++) {
		memcpy(bad, buf, len);
		bad[i / 8] ^= (uint8_t)(1 << i % 8);
		ATF_CHECK_MSG(stun_parse(&m, bad, len) != STUN_OK ||
		    !(m.have & STUN_HAVE_FINGERPRINT), "bit %zu", i);
	}
	/* ... then without it, by the integrity alone. */
	len -= 8;
	buf[2] = (uint8_t)((len - STUN_HEADER_LEN) >> 8);
	buf[3] = (uint8_t)(len - STUN_HEADER_LEN);
	ATF_REQUIRE_EQ(stun_parse(&m, buf, len), STUN_OK);
	ATF_REQUIRE_EQ(stun_check_integrity_sha256(&m, key, KEYLEN), 0);
	for (i = 0; i < len * 8; i++) {
		memcpy(bad, buf, len);
		bad[i / 8] ^= (uint8_t)(1 << i % 8);
		ATF_CHECK_MSG(stun_parse(&m, bad, len) != STUN_OK ||
		    stun_check_integrity_sha256(&m, key, KEYLEN) == -1,
		    "bit %zu", i);
	}
}

ATF_TC_WITHOUT_HEAD(a_shortened_integrity_is_refused);
ATF_TC_BODY(a_shortened_integrity_is_refused, tc)
{
	struct stun_builder	 b;
	uint8_t			 buf[128], mac[28] = { 0 };
	size_t			 n;

	for (n = 0; n <= sizeof(mac); n += 4) {
		stun_build_start(&b, buf, sizeof(buf), STUN_REQUEST,
		    STUN_BINDING, id);
		stun_build_bytes(&b, STUN_ATTR_INTEGRITY_SHA256, mac, n);
		ATF_CHECK_EQ(parse_exact(buf, (size_t)stun_build_finish(&b)),
		    STUN_BAD_ATTRIBUTE);
	}
}

ATF_TC_WITHOUT_HEAD(every_truncation_is_refused);
ATF_TC_BODY(every_truncation_is_refused, tc)
{
	uint8_t	 buf[STUN_MESSAGE_MAX], cut[STUN_MESSAGE_MAX];
	size_t	 n, len = build_full(buf, sizeof(buf));

	ATF_CHECK_EQ(parse_exact(buf, len), STUN_OK);
	for (n = 0; n < len; n++) {
		ATF_CHECK_MSG(parse_exact(buf, n) != STUN_OK, "at %zu", n);
		if (n < STUN_HEADER_LEN)
			continue;
		/* With a header that fits, only the reading must be safe. */
		memcpy(cut, buf, n);
		cut[2] = (uint8_t)((n - STUN_HEADER_LEN) >> 8);
		cut[3] = (uint8_t)(n - STUN_HEADER_LEN);
		if (n % 4 != 0)
			ATF_CHECK_EQ(parse_exact(cut, n), STUN_BAD_LENGTH);
		else
			(void)parse_exact(cut, n);
	}
}

ATF_TC_WITHOUT_HEAD(attribute_lengths_past_the_end_are_refused);
ATF_TC_BODY(attribute_lengths_past_the_end_are_refused, tc)
{
	static const uint16_t	 types[] = {
		0x0001, 0x0006, 0x0008, 0x0009, 0x000a, 0x001c, 0x0020,
		0x0024, 0x0025, 0x8022, 0x8028, 0x8029, 0x7abc, 0xfabc
	};
	struct stun_builder	 b;
	uint8_t			 buf[64], zero[8] = { 0 };
	size_t			 i, n;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		for (n = 9; n <= UINT16_MAX; n += n < 40 ? 1 : 4099) {
			stun_build_start(&b, buf, sizeof(buf), STUN_REQUEST,
			    STUN_BINDING, id);
			stun_build_bytes(&b, types[i], zero, sizeof(zero));
			ATF_REQUIRE_EQ(stun_build_finish(&b), 32);
			buf[22] = (uint8_t)(n >> 8);
			buf[23] = (uint8_t)n;
			ATF_CHECK_EQ(parse_exact(buf, 32), STUN_BAD_OVERRUN);
		}
}

ATF_TC_WITHOUT_HEAD(impossible_attributes_are_refused);
ATF_TC_BODY(impossible_attributes_are_refused, tc)
{
	static const struct {
		uint16_t		 type;
		uint8_t			 data[8];
		uint8_t			 len;
		enum stun_result	 res;
	} bad[] = {
		{ 0x0020, { 0, 3, 1, 1, 1, 1, 1, 1 }, 8, STUN_BAD_FAMILY },
		{ 0x0020, { 0, 2, 1, 1, 1, 1, 1, 1 }, 8, STUN_BAD_ATTRIBUTE },
		{ 0x0020, { 0, 1, 1, 1, 1, 1, 1, 1 }, 7, STUN_BAD_ATTRIBUTE },
		{ 0x0024, { 0 }, 8, STUN_BAD_ATTRIBUTE },
		{ 0x0025, { 0 }, 4, STUN_BAD_ATTRIBUTE },
		{ 0x8029, { 0 }, 4, STUN_BAD_ATTRIBUTE },
		{ 0x0009, { 0, 0, 2, 0 }, 4, STUN_BAD_ATTRIBUTE },
		{ 0x0009, { 0, 0, 4, 100 }, 4, STUN_BAD_ATTRIBUTE },
		{ 0x000a, { 0 }, 3, STUN_BAD_ATTRIBUTE },
		{ 0x0008, { 0 }, 8, STUN_BAD_ATTRIBUTE },
	};
	struct stun_builder	 b;
	uint8_t			 buf[64];
	size_t			 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		stun_build_start(&b, buf, sizeof(buf), STUN_REQUEST,
		    STUN_BINDING, id);
		stun_build_bytes(&b, bad[i].type, bad[i].data, bad[i].len);
		ATF_CHECK_EQ_MSG(parse_exact(buf,
		    (size_t)stun_build_finish(&b)), bad[i].res, "row %zu", i);
	}
}

ATF_TC_WITHOUT_HEAD(what_follows_the_integrity_does_not_count);
ATF_TC_BODY(what_follows_the_integrity_does_not_count, tc)
{
	struct stun_builder	 b;
	struct stun_msg		 m;
	uint8_t			 buf[256];

	stun_build_start(&b, buf, sizeof(buf), STUN_REQUEST, STUN_BINDING, id);
	stun_build_u32(&b, STUN_ATTR_PRIORITY, 1);
	stun_build_integrity_sha256(&b, key, KEYLEN);
	stun_build_u32(&b, STUN_ATTR_PRIORITY, 2);
	stun_build_flag(&b, STUN_ATTR_USE_CANDIDATE);
	stun_build_u32(&b, 0x7123, 2);
	stun_build_fingerprint(&b);
	ATF_REQUIRE_EQ(stun_parse(&m, buf, (size_t)stun_build_finish(&b)),
	    STUN_OK);
	ATF_CHECK_EQ(m.priority, 1);
	ATF_CHECK(!(m.have & STUN_HAVE_USE_CANDIDATE));
	ATF_CHECK_EQ(m.nunknown, 0);
	ATF_CHECK_EQ(stun_check_integrity_sha256(&m, key, KEYLEN), 0);
	/* After the fingerprint there is nothing at all. */
	stun_build_u32(&b, 0x8abc, 2);
	ATF_CHECK_EQ(stun_parse(&m, buf, (size_t)stun_build_finish(&b)),
	    STUN_BAD_ORDER);
}

ATF_TC_WITHOUT_HEAD(only_the_first_of_equal_attributes_counts);
ATF_TC_BODY(only_the_first_of_equal_attributes_counts, tc)
{
	struct stun_builder	 b;
	struct stun_msg		 m;
	uint8_t			 buf[256];

	stun_build_start(&b, buf, sizeof(buf), STUN_REQUEST, STUN_BINDING, id);
	stun_build_u32(&b, STUN_ATTR_PRIORITY, 1);
	stun_build_u32(&b, STUN_ATTR_PRIORITY, 2);
	ATF_REQUIRE_EQ(stun_parse(&m, buf, (size_t)stun_build_finish(&b)),
	    STUN_OK);
	ATF_CHECK_EQ(m.priority, 1);
}

ATF_TC_WITHOUT_HEAD(unknown_required_attributes_are_recorded);
ATF_TC_BODY(unknown_required_attributes_are_recorded, tc)
{
	struct stun_builder	 b;
	struct stun_msg		 m;
	uint8_t			 buf[256];
	unsigned int		 i;

	stun_build_start(&b, buf, sizeof(buf), STUN_REQUEST, STUN_BINDING, id);
	stun_build_u32(&b, 0x8fff, 0);
	for (i = 0; i < STUN_UNKNOWN_MAX + 3; i++)
		stun_build_u32(&b, (uint16_t)(0x7000 + i), i);
	ATF_REQUIRE_EQ(stun_parse(&m, buf, (size_t)stun_build_finish(&b)),
	    STUN_OK);
	ATF_CHECK_EQ(m.nunknown, STUN_UNKNOWN_MAX);
	ATF_CHECK_EQ(m.unknown[0], 0x7000);
	ATF_CHECK_EQ(m.unknown[7], 0x7007);
}

ATF_TC_WITHOUT_HEAD(wireguard_datagrams_are_never_claimed);
ATF_TC_BODY(wireguard_datagrams_are_never_claimed, tc)
{
	static const size_t	 sizes[] = { 20, 32, 64, 92, 148, 1420 };
	uint8_t			 buf[1420];
	size_t			 i;
	int			 type;

	for (type = 1; type <= 4; type++)
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			memset(buf, 0, sizeof(buf));
			buf[0] = (uint8_t)type;
			/* Even when the index happens to be the cookie. */
			memcpy(buf + 4, request + 4, 4);
			ATF_CHECK(!stun_is_message(buf, sizes[i]));
			ATF_CHECK_EQ(parse_exact(buf, sizes[i]),
			    STUN_NOT_STUN);
		}
	ATF_CHECK(stun_is_message(request, sizeof(request)));
	ATF_CHECK(stun_is_message(response4, sizeof(response4)));
	ATF_CHECK(!stun_is_message(request, 19));
}

ATF_TC_WITHOUT_HEAD(a_full_buffer_fails_and_is_not_overrun);
ATF_TC_BODY(a_full_buffer_fails_and_is_not_overrun, tc)
{
	struct stun_builder	 b;
	uint8_t			*buf;
	size_t			 cap;

	for (cap = 0; cap < 28 + 36; cap++) {
		buf = malloc(cap + 1);
		ATF_REQUIRE(buf != NULL);
		buf[cap] = 0xa5;
		stun_build_start(&b, buf, cap, STUN_REQUEST, STUN_BINDING, id);
		stun_build_u32(&b, STUN_ATTR_PRIORITY, 1);
		stun_build_integrity_sha256(&b, key, KEYLEN);
		ATF_CHECK_EQ(stun_build_finish(&b), -1);
		ATF_CHECK_EQ(buf[cap], 0xa5);
		free(buf);
	}
}

ATF_TC_WITHOUT_HEAD(the_server_answers_binding_requests_only);
ATF_TC_BODY(the_server_answers_binding_requests_only, tc)
{
	struct stun_builder	 b;
	struct endpoint		 from;
	struct stun_msg		 m;
	uint8_t			 buf[128], out[128];
	size_t			 len;

	ATF_REQUIRE(endpoint_parse(&from, "198.51.100.9", 1234) == 0);
	stun_build_start(&b, buf, sizeof(buf), STUN_REQUEST, STUN_BINDING, id);
	len = (size_t)stun_build_finish(&b);
	ATF_CHECK_EQ(stun_server_answer(buf, len, &from, out, sizeof(out)),
	    40);
	ATF_REQUIRE_EQ(stun_parse(&m, out, 40), STUN_OK);
	ATF_CHECK_EQ(m.class, STUN_SUCCESS);
	ATF_CHECK(memcmp(m.id, id, sizeof(id)) == 0);
	ATF_CHECK_EQ(endpoint_cmp(&m.mapped, &from), 0);
	ATF_CHECK_EQ((int)m.have,
	    STUN_HAVE_XOR_MAPPED | STUN_HAVE_FINGERPRINT);
	ATF_CHECK_EQ(stun_server_answer(buf, len, &from, out, 39), -1);
	/* Its own answer, an indication, another method, half a message. */
	ATF_CHECK_EQ(stun_server_answer(out, 40, &from, buf, sizeof(buf)), -1);
	stun_build_start(&b, buf, sizeof(buf), STUN_INDICATION, STUN_BINDING,
	    id);
	ATF_CHECK_EQ(stun_server_answer(buf, len, &from, out, sizeof(out)),
	    -1);
	stun_build_start(&b, buf, sizeof(buf), STUN_REQUEST, 3, id);
	ATF_CHECK_EQ(stun_server_answer(buf, len, &from, out, sizeof(out)),
	    -1);
	ATF_CHECK_EQ(stun_server_answer(request, 60, &from, out, sizeof(out)),
	    -1);
}

ATF_TC_WITHOUT_HEAD(the_server_names_what_it_does_not_understand);
ATF_TC_BODY(the_server_names_what_it_does_not_understand, tc)
{
	struct stun_builder	 b;
	struct endpoint		 from;
	struct stun_msg		 m;
	uint8_t			 buf[128], out[128];
	ssize_t			 len;

	ATF_REQUIRE(endpoint_parse(&from, "2001:db8::9", 1234) == 0);
	stun_build_start(&b, buf, sizeof(buf), STUN_REQUEST, STUN_BINDING, id);
	stun_build_u32(&b, 0x0003, 6);
	len = stun_server_answer(buf, (size_t)stun_build_finish(&b), &from,
	    out, sizeof(out));
	ATF_REQUIRE(len > 0);
	ATF_REQUIRE_EQ(stun_parse(&m, out, (size_t)len), STUN_OK);
	ATF_CHECK_EQ(m.class, STUN_ERROR);
	ATF_CHECK_EQ(m.error_code, 420);
	ATF_CHECK_EQ(m.nlisted, 1);
	ATF_CHECK_EQ(m.listed[0], 0x0003);
	ATF_CHECK(!(m.have & STUN_HAVE_XOR_MAPPED));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, hmac_and_crc_agree_with_published_values);
	ATF_TP_ADD_TC(tp, rfc5769_request_is_parsed_and_authentic);
	ATF_TP_ADD_TC(tp, rfc5769_responses_are_parsed_and_authentic);
	ATF_TP_ADD_TC(tp, what_is_built_is_parsed_back);
	ATF_TP_ADD_TC(tp, class_and_method_survive_their_odd_encoding);
	ATF_TP_ADD_TC(tp, any_changed_bit_is_noticed);
	ATF_TP_ADD_TC(tp, a_shortened_integrity_is_refused);
	ATF_TP_ADD_TC(tp, every_truncation_is_refused);
	ATF_TP_ADD_TC(tp, attribute_lengths_past_the_end_are_refused);
	ATF_TP_ADD_TC(tp, impossible_attributes_are_refused);
	ATF_TP_ADD_TC(tp, what_follows_the_integrity_does_not_count);
	ATF_TP_ADD_TC(tp, only_the_first_of_equal_attributes_counts);
	ATF_TP_ADD_TC(tp, unknown_required_attributes_are_recorded);
	ATF_TP_ADD_TC(tp, wireguard_datagrams_are_never_claimed);
	ATF_TP_ADD_TC(tp, a_full_buffer_fails_and_is_not_overrun);
	ATF_TP_ADD_TC(tp, the_server_answers_binding_requests_only);
	ATF_TP_ADD_TC(tp, the_server_names_what_it_does_not_understand);
	return atf_no_error();
}
