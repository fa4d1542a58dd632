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
 * The packets of PCP and NAT-PMP, byte by byte as the figures of RFC 6887 and
 * RFC 6886 have them, and damaged in every length.
 */

#include <sys/types.h>

#include <atf-c.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "portmap/wire.h"

/* RFC 6887 figures 2 and 9: 192.168.1.10, UDP 4500, outside 4501. */
static const uint8_t	pcp_request[60] = {
	2, 1, 0, 0, 0, 0, 0x1c, 0x20,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 168, 1, 10,
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
	17, 0, 0, 0, 0x11, 0x94, 0x11, 0x95,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0
};
/* RFC 6887 figures 3 and 10: 600 s, epoch 0x01020304, 203.0.113.5:5000. */
static const uint8_t	pcp_answer[60] = {
	2, 0x81, 0, 0, 0, 0, 2, 0x58, 1, 2, 3, 4,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
	17, 0, 0, 0, 0x11, 0x94, 0x13, 0x88,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 5
};
/* RFC 6886 3.2 and 3.3 */
static const uint8_t	pmp_address[12] = {
	0, 128, 0, 0, 0, 0, 1, 2, 203, 0, 113, 5
};
static const uint8_t	pmp_map[16] = {
	0, 130, 0, 0, 0, 0, 1, 2, 0x11, 0x94, 0x13, 0x88, 0, 0, 0x0e, 0x10
};
static const uint8_t	nonce[PORTMAP_NONCE_LEN] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
};

static struct portmap_question
question(const char *own, uint8_t proto)
{
	struct portmap_question	 q;

	memset(&q, 0, sizeof(q));
	q.proto = proto;
	q.internal = 4500;
	q.lifetime = 7200;
	q.nonce = nonce;
	q.suggested.port = 4501;
	ATF_REQUIRE_EQ(0, endpoint_parse(&q.own, own, 0));
	return q;
}

/* Read a copy in memory of exactly that size. */
static enum portmap_parse
parse_exact(struct portmap_answer *a, const uint8_t *buf, size_t len)
{
	enum portmap_parse	 res;
	uint8_t			*copy;

	copy = malloc(len + (len == 0));
	ATF_REQUIRE(copy != NULL);
	memcpy(copy, buf, len);
	res = portmap_parse(a, copy, len);
	free(copy);
	return res;
}

static int
endpoint_is(const struct endpoint *ep, const char *addr, uint16_t port)
{
	struct endpoint	 want;

	ATF_REQUIRE_EQ(0, endpoint_parse(&want, addr, port));
	return endpoint_cmp(ep, &want) == 0;
}

ATF_TC_WITHOUT_HEAD(a_pcp_request_has_the_layout_of_the_rfc);
ATF_TC_BODY(a_pcp_request_has_the_layout_of_the_rfc, tc)
{
	struct portmap_question	 q = question("192.168.1.10", PORTMAP_UDP);
	uint8_t			 buf[PORTMAP_REQUEST_MAX];

	memset(buf, 0xee, sizeof(buf));
	ATF_REQUIRE_EQ(60, portmap_build_pcp(buf, &q));
	ATF_CHECK(memcmp(buf, pcp_request, 60) == 0);
	ATF_REQUIRE_EQ(0, endpoint_parse(&q.suggested, "203.0.113.5", 9));
	ATF_REQUIRE_EQ(60, portmap_build_pcp(buf, &q));
	ATF_CHECK(memcmp(buf + 44, pcp_answer + 44, 16) == 0);
	ATF_CHECK_EQ(9, buf[43]);
}

ATF_TC_WITHOUT_HEAD(a_pcp_request_over_ipv6_carries_plain_addresses);
ATF_TC_BODY(a_pcp_request_over_ipv6_carries_plain_addresses, tc)
{
	static const uint8_t	 zero[16];
	struct portmap_question	 q = question("2001:db8::7", PORTMAP_TCP);
	uint8_t			 buf[PORTMAP_REQUEST_MAX];

	ATF_REQUIRE_EQ(60, portmap_build_pcp(buf, &q));
	ATF_CHECK(memcmp(buf + 8, q.own.addr, 16) == 0);
	ATF_CHECK(memcmp(buf + 44, zero, 16) == 0);
	ATF_CHECK_EQ(6, buf[36]);
}

ATF_TC_WITHOUT_HEAD(a_deletion_suggests_nothing);
ATF_TC_BODY(a_deletion_suggests_nothing, tc)
{
	static const uint8_t	 pmp[12] = { 0, 1, 0, 0, 0x11, 0x94 };
	struct portmap_question	 q = question("192.168.1.10", PORTMAP_UDP);
	uint8_t			 buf[PORTMAP_REQUEST_MAX];
	uint8_t			 want[60];

	memcpy(want, pcp_request, 60);
	memset(want + 4, 0, 4);
	memset(want + 42, 0, 2);
	q.lifetime = 0;
	ATF_REQUIRE_EQ(0, endpoint_parse(&q.suggested, "203.0.113.5", 9));
	ATF_REQUIRE_EQ(60, portmap_build_pcp(buf, &q));
	ATF_CHECK(memcmp(buf, want, 60) == 0);
	ATF_REQUIRE_EQ(12, portmap_build_pmp_map(buf, &q));
	ATF_CHECK(memcmp(buf, pmp, 12) == 0);
}

ATF_TC_WITHOUT_HEAD(natpmp_requests_have_the_layout_of_the_rfc);
ATF_TC_BODY(natpmp_requests_have_the_layout_of_the_rfc, tc)
{
	static const uint8_t	 want[12] = {
		0, 2, 0, 0, 0x11, 0x94, 0x11, 0x95, 0, 0, 0x1c, 0x20
	};
	struct portmap_question	 q = question("192.168.1.10", PORTMAP_TCP);
	uint8_t			 buf[PORTMAP_REQUEST_MAX];

	ATF_REQUIRE_EQ(12, portmap_build_pmp_map(buf, &q));
	ATF_CHECK(memcmp(buf, want, 12) == 0);
	q.proto = PORTMAP_UDP;
	ATF_REQUIRE_EQ(12, portmap_build_pmp_map(buf, &q));
	ATF_CHECK_EQ(1, buf[1]);
	memset(buf, 0xee, sizeof(buf));
	ATF_REQUIRE_EQ(2, portmap_build_pmp_address(buf));
	ATF_CHECK(buf[0] == 0 && buf[1] == 0 && buf[2] == 0xee);
}

ATF_TC_WITHOUT_HEAD(a_pcp_answer_is_read_field_by_field);
ATF_TC_BODY(a_pcp_answer_is_read_field_by_field, tc)
{
	struct portmap_answer	 a;
	uint8_t			 b[60];

	ATF_REQUIRE_EQ(PORTMAP_OK, parse_exact(&a, pcp_answer, 60));
	ATF_CHECK_EQ(PORTMAP_ANSWER_PCP_MAP, a.kind);
	ATF_CHECK_EQ(2, a.version);
	ATF_CHECK_EQ(0, a.result);
	ATF_CHECK_EQ(600, a.lifetime);
	ATF_CHECK_EQ(0x01020304, a.epoch);
	ATF_CHECK_EQ(17, a.proto);
	ATF_CHECK_EQ(4500, a.internal);
	ATF_CHECK(memcmp(a.nonce, nonce, sizeof(nonce)) == 0);
	ATF_CHECK(endpoint_is(&a.external, "203.0.113.5", 5000));
	memcpy(b, pcp_answer, 60);
	memset(b + 44, 0, 16);
	b[44] = 0x20;
	b[59] = 1;
	b[3] = 8;
	ATF_REQUIRE_EQ(PORTMAP_OK, parse_exact(&a, b, 60));
	ATF_CHECK(endpoint_is(&a.external, "2000::1", 5000));
	ATF_CHECK_EQ(8, a.result);
	memset(b + 44, 0, 16);
	b[54] = b[55] = 0xff;
	ATF_REQUIRE_EQ(PORTMAP_OK, parse_exact(&a, b, 60));
	ATF_CHECK_EQ(0, a.external.family);
}

ATF_TC_WITHOUT_HEAD(natpmp_answers_are_read_field_by_field);
ATF_TC_BODY(natpmp_answers_are_read_field_by_field, tc)
{
	struct portmap_answer	 a;

	ATF_REQUIRE_EQ(PORTMAP_OK, parse_exact(&a, pmp_address, 12));
	ATF_CHECK_EQ(PORTMAP_ANSWER_PMP_ADDRESS, a.kind);
	ATF_CHECK_EQ(0x0102, a.epoch);
	ATF_CHECK(endpoint_is(&a.external, "203.0.113.5", 0));
	ATF_REQUIRE_EQ(PORTMAP_OK, parse_exact(&a, pmp_map, 16));
	ATF_CHECK_EQ(PORTMAP_ANSWER_PMP_MAP, a.kind);
	ATF_CHECK_EQ(PORTMAP_TCP, a.proto);
	ATF_CHECK_EQ(4500, a.internal);
	ATF_CHECK_EQ(5000, a.external.port);
	ATF_CHECK_EQ(3600, a.lifetime);
}

ATF_TC_WITHOUT_HEAD(a_refusal_of_the_version_tells_which_is_spoken);
ATF_TC_BODY(a_refusal_of_the_version_tells_which_is_spoken, tc)
{
	static const uint8_t	 pmp[8] = { 0, 128, 0, 1, 0, 0, 0, 9 };
	struct portmap_answer	 a;
	uint8_t			 b[60];

	ATF_REQUIRE_EQ(PORTMAP_OK, parse_exact(&a, pmp, 8));
	ATF_CHECK_EQ(PORTMAP_ANSWER_VERSION, a.kind);
	ATF_CHECK_EQ(0, a.version);
	memcpy(b, pcp_answer, 60);
	b[3] = 1;
	ATF_REQUIRE_EQ(PORTMAP_OK, parse_exact(&a, b, 24));
	ATF_CHECK_EQ(PORTMAP_ANSWER_VERSION, a.kind);
	ATF_CHECK_EQ(2, a.version);
	b[0] = 1;
	ATF_REQUIRE_EQ(PORTMAP_OK, parse_exact(&a, b, 24));
	ATF_CHECK_EQ(1, a.version);
	b[3] = 0;
	ATF_CHECK_EQ(PORTMAP_BAD_VERSION, parse_exact(&a, b, 60));
}

ATF_TC_WITHOUT_HEAD(answers_of_a_wrong_length_are_refused);
ATF_TC_BODY(answers_of_a_wrong_length_are_refused, tc)
{
	struct portmap_answer	 a;
	uint8_t			 b[PORTMAP_PACKET_MAX + 4];
	size_t			 len;

	memset(b, 0, sizeof(b));
	memcpy(b, pcp_answer, 60);
	for (len = 0; len <= sizeof(b); len++)
		ATF_CHECK_EQ(len >= 60 && len % 4 == 0 && len <= 1100 ?
		    PORTMAP_OK : PORTMAP_BAD_LENGTH, parse_exact(&a, b, len));
	for (len = 0; len < 12; len++)
		ATF_CHECK_EQ(PORTMAP_BAD_LENGTH,
		    parse_exact(&a, pmp_address, len));
	for (len = 0; len < 16; len++)
		ATF_CHECK_EQ(PORTMAP_BAD_LENGTH,
		    parse_exact(&a, pmp_map, len));
	/* A refusal may be as short as its result and epoch. */
	memcpy(b, pmp_map, 16);
	b[3] = 2;
	ATF_CHECK_EQ(PORTMAP_BAD_LENGTH, parse_exact(&a, b, 7));
	ATF_CHECK_EQ(PORTMAP_OK, parse_exact(&a, b, 8));
}

ATF_TC_WITHOUT_HEAD(requests_and_other_opcodes_are_no_answers);
ATF_TC_BODY(requests_and_other_opcodes_are_no_answers, tc)
{
	struct portmap_answer	 a;
	uint8_t			 b[60];

	ATF_CHECK_EQ(PORTMAP_NOT_ANSWER, parse_exact(&a, pcp_request, 60));
	memcpy(b, pcp_answer, 60);
	b[1] = 0x80;
	ATF_CHECK_EQ(PORTMAP_BAD_OPCODE, parse_exact(&a, b, 60));
	b[1] = 0x82;
	ATF_CHECK_EQ(PORTMAP_BAD_OPCODE, parse_exact(&a, b, 60));
	memcpy(b, pmp_map, 16);
	b[1] = 131;
	ATF_CHECK_EQ(PORTMAP_BAD_OPCODE, parse_exact(&a, b, 16));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_pcp_request_has_the_layout_of_the_rfc);
	ATF_TP_ADD_TC(tp, a_pcp_request_over_ipv6_carries_plain_addresses);
	ATF_TP_ADD_TC(tp, a_deletion_suggests_nothing);
	ATF_TP_ADD_TC(tp, natpmp_requests_have_the_layout_of_the_rfc);
	ATF_TP_ADD_TC(tp, a_pcp_answer_is_read_field_by_field);
	ATF_TP_ADD_TC(tp, natpmp_answers_are_read_field_by_field);
	ATF_TP_ADD_TC(tp, a_refusal_of_the_version_tells_which_is_spoken);
	ATF_TP_ADD_TC(tp, answers_of_a_wrong_length_are_refused);
	ATF_TP_ADD_TC(tp, requests_and_other_opcodes_are_no_answers);
	return atf_no_error();
}
