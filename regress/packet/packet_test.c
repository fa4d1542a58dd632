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
 * The parser of inner packets: what it accepts, what it says of it, and
 * that it reads nothing beyond the buffer (heap copies of exact size, so
 * that AddressSanitizer sees a read too far).
 */

#include <atf-c.h>
#include <stdlib.h>

#include "regress/packet/build.h"

/* Parse a heap copy of exactly len bytes. */
static enum packet_result
parse(struct packet *pkt, const uint8_t *buf, size_t len)
{
	enum packet_result	 result;
	uint8_t			*copy;

	copy = malloc(len == 0 ? 1 : len);
	ATF_REQUIRE(copy != NULL);
	memcpy(copy, buf, len);
	result = packet_parse(pkt, copy + (len == 0), len);
	free(copy);
	return (result);
}

/* An IPv6 packet with a chain of extension headers and UDP, or none. */
static size_t
build_chain(uint8_t *p, const uint8_t *chain, size_t n)
{
	size_t	 i, at;

	(void)build_header(p, 6, IN, n > 0 ? chain[0] : 17, n * 8 + 8);
	at = 40;
	for (i = 0; i < n; i++, at += 8) {
		memset(p + at, 0, 8);
		p[at] = i + 1 < n ? chain[i + 1] : 17;
	}
	memset(p + at, 0, 8);
	build_put16(p + at, 4000);
	build_put16(p + at + 2, 53);
	build_put16(p + at + 4, 8);
	return (at + 8);
}

ATF_TC_WITHOUT_HEAD(ports_and_addresses_are_read);
ATF_TC_BODY(ports_and_addresses_are_read, tc)
{
	uint8_t		 buf[BUILD_MAX], want[16];
	struct packet	 pkt;
	size_t		 n;
	int		 v;

	for (v = 4; v <= 6; v += 2) {
		n = build_tcp(buf, v, IN, 4000, 80, SYN, 5);
		ATF_REQUIRE_EQ(parse(&pkt, buf, n), PACKET_OK);
		ATF_CHECK_EQ(pkt.version, v);
		ATF_CHECK_EQ(pkt.proto, 6);
		ATF_CHECK_EQ(pkt.sport, 4000);
		ATF_CHECK_EQ(pkt.dport, 80);
		ATF_CHECK_EQ(pkt.tcp_flags, SYN);
		ATF_CHECK_EQ(pkt.tcp_seq, 0x01020304);
		ATF_CHECK_EQ(pkt.length, n);
		ATF_CHECK_EQ(pkt.payload, n - 5);
		ATF_CHECK_EQ(pkt.icmp, PACKET_ICMP_NONE);
		memset(want, 0, sizeof(want));
		(void)inet_pton(v == 4 ? AF_INET : AF_INET6,
		    v == 4 ? PEER4 : PEER6, want);
		ATF_CHECK_EQ(memcmp(pkt.src, want, 16), 0);
		n = build_udp(buf, v, OUT, 4001, 53, 9);
		ATF_REQUIRE_EQ(parse(&pkt, buf, n), PACKET_OK);
		ATF_CHECK_EQ(pkt.proto, 17);
		ATF_CHECK_EQ(pkt.dport, 53);
		ATF_CHECK_EQ(pkt.payload, n - 9);
		n = build_icmp(buf, v, IN, v == 4 ? 8 : 128, 0, 777);
		ATF_REQUIRE_EQ(parse(&pkt, buf, n), PACKET_OK);
		ATF_CHECK_EQ(pkt.icmp, PACKET_ICMP_QUERY);
		ATF_CHECK_EQ(pkt.sport, 777);
		ATF_CHECK_EQ(pkt.dport, 777);
	}
}

ATF_TC_WITHOUT_HEAD(trailing_padding_is_cut_off);
ATF_TC_BODY(trailing_padding_is_cut_off, tc)
{
	uint8_t		 buf[BUILD_MAX];
	struct packet	 pkt;
	size_t		 n;
	int		 v;

	for (v = 4; v <= 6; v += 2) {
		n = build_udp(buf, v, IN, 1, 2, 3);
		memset(buf + n, 0xff, 40);
		ATF_REQUIRE_EQ(parse(&pkt, buf, n + 40), PACKET_OK);
		ATF_CHECK_EQ(pkt.length, n);
	}
}

ATF_TC_WITHOUT_HEAD(every_truncation_is_refused);
ATF_TC_BODY(every_truncation_is_refused, tc)
{
	static const uint8_t	 chain[] = { 0, 60, 43, 44, 60 };
	uint8_t			 buf[BUILD_MAX], quoted[BUILD_MAX];
	struct packet		 pkt;
	size_t			 n, i, q;
	int			 v, kind;

	for (v = 4; v <= 6; v += 2) {
		for (kind = 0; kind < 6; kind++) {
			q = build_udp(quoted, v, OUT, 1, 2, 3);
			n = 0;
			if (kind == 0)
				n = build_tcp(buf, v, IN, 1, 2, SYN, 7);
			else if (kind == 1)
				n = build_udp(buf, v, IN, 1, 2, 7);
			else if (kind == 2)
				n = build_icmp(buf, v, IN, 0, 0, 1);
			else if (kind == 3)
				n = build_error(buf, v, IN, quoted, q);
			else if (kind == 4)
				n = build_fragment(buf, v, IN, 1, 0, 1, 2,
				    64);
			else if (v == 6)
				n = build_chain(buf, chain, 5);
			if (n == 0)
				continue;
			ATF_CHECK_EQ(parse(&pkt, buf, n), PACKET_OK);
			for (i = 0; i < n; i++)
				ATF_CHECK_EQ(parse(&pkt, buf, i),
				    PACKET_SHORT);
		}
	}
}

ATF_TC_WITHOUT_HEAD(every_truncation_of_the_stated_length_is_safe);
ATF_TC_BODY(every_truncation_of_the_stated_length_is_safe, tc)
{
	uint8_t		 buf[BUILD_MAX], quoted[BUILD_MAX];
	struct packet	 pkt;
	size_t		 n, i, q, head, upper;
	int		 v, kind;

	for (v = 4; v <= 6; v += 2) {
		head = v == 4 ? 20 : 40;
		for (kind = 0; kind < 3; kind++) {
			q = build_udp(quoted, v, OUT, 1, 2, 0);
			upper = kind == 0 ? 20 : 8;
			if (kind == 0)
				n = build_tcp(buf, v, IN, 1, 2, SYN, 0);
			else if (kind == 1)
				n = build_udp(buf, v, IN, 1, 2, 0);
			else
				n = build_error(buf, v, IN, quoted, q);
			for (i = head; i < n; i++) {
				if (v == 4)
					build_put16(buf + 2, (unsigned)i);
				else
					build_put16(buf + 4,
					    (unsigned)(i - 40));
				ATF_CHECK_EQ(parse(&pkt, buf, i) ==
				    PACKET_OK, i >= head + upper);
				/* A quotation cut short is none. */
				ATF_CHECK_EQ(pkt.embedded, 0);
			}
		}
	}
}

ATF_TC_WITHOUT_HEAD(malformed_fixed_headers_are_refused);
ATF_TC_BODY(malformed_fixed_headers_are_refused, tc)
{
	static const struct {
		int			 version;
		size_t			 at;
		uint8_t			 value;
		enum packet_result	 want;
	} cases[] = {
		{ 4, 0, 0x55, PACKET_BAD_VERSION },
		{ 4, 0, 0x05, PACKET_BAD_VERSION },
		{ 4, 0, 0x44, PACKET_BAD_HEADER },
		{ 4, 0, 0x40, PACKET_BAD_HEADER },
		{ 4, 0, 0x4f, PACKET_BAD_LENGTH },
		{ 4, 3, 19, PACKET_BAD_LENGTH },
		{ 4, 3, 0, PACKET_BAD_LENGTH },
		{ 4, 2, 0xff, PACKET_SHORT },
		{ 4, 3, 39, PACKET_BAD_LENGTH },
		{ 4, 32, 0x40, PACKET_BAD_HEADER },
		{ 4, 32, 0xf0, PACKET_BAD_LENGTH },
		{ 6, 0, 0xf0, PACKET_BAD_VERSION },
		{ 6, 4, 0xff, PACKET_SHORT },
		{ 6, 5, 0, PACKET_BAD_LENGTH },
		{ 6, 5, 19, PACKET_BAD_LENGTH },
		{ 6, 52, 0x00, PACKET_BAD_HEADER },
		{ 6, 52, 0x60, PACKET_BAD_LENGTH }
	};
	uint8_t		 buf[BUILD_MAX];
	struct packet	 pkt;
	size_t		 i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = build_tcp(buf, cases[i].version, IN, 1, 2, SYN, 0);
		buf[cases[i].at] = cases[i].value;
		ATF_CHECK_EQ_MSG(parse(&pkt, buf, n), cases[i].want,
		    "case %zu", i);
	}
}

ATF_TC_WITHOUT_HEAD(udp_length_must_fit_the_packet);
ATF_TC_BODY(udp_length_must_fit_the_packet, tc)
{
	uint8_t		 buf[BUILD_MAX];
	struct packet	 pkt;
	unsigned int	 len;
	size_t		 n;

	for (len = 0; len < 32; len++) {
		n = build_udp(buf, 4, IN, 1, 2, 8);
		build_put16(buf + 24, len);
		ATF_CHECK_EQ(parse(&pkt, buf, n), len >= 8 && len <= 16 ?
		    PACKET_OK : PACKET_BAD_LENGTH);
	}
}

ATF_TC_WITHOUT_HEAD(ipv4_options_are_walked);
ATF_TC_BODY(ipv4_options_are_walked, tc)
{
	static const struct {
		uint8_t			 option[4];
		enum packet_result	 want;
	} cases[] = {
		{ { 0, 0xff, 0xff, 0xff }, PACKET_OK },
		{ { 1, 1, 1, 1 }, PACKET_OK },
		{ { 148, 4, 0, 0 }, PACKET_OK },	/* router alert */
		{ { 148, 5, 0, 0 }, PACKET_BAD_HEADER },
		{ { 148, 1, 0, 0 }, PACKET_BAD_HEADER },
		{ { 148, 0, 0, 0 }, PACKET_BAD_HEADER },
		{ { 1, 1, 1, 148 }, PACKET_BAD_HEADER },
		{ { 131, 3, 4, 0 }, PACKET_SOURCE_ROUTE },
		{ { 1, 137, 3, 4 }, PACKET_SOURCE_ROUTE }
	};
	uint8_t		 buf[BUILD_MAX], udp[BUILD_MAX];
	struct packet	 pkt;
	size_t		 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)build_udp(udp, 4, IN, 7, 53, 0);
		(void)build_header(buf, 4, IN, 17, 12);
		buf[0] = 0x46;
		memcpy(buf + 20, cases[i].option, 4);
		memcpy(buf + 24, udp + 20, 8);
		ATF_CHECK_EQ_MSG(parse(&pkt, buf, 32), cases[i].want,
		    "case %zu", i);
		if (cases[i].want == PACKET_OK)
			ATF_CHECK_EQ(pkt.dport, 53);
	}
}

ATF_TC_WITHOUT_HEAD(ipv6_extension_headers_are_walked_and_bounded);
ATF_TC_BODY(ipv6_extension_headers_are_walked_and_bounded, tc)
{
	static const struct {
		size_t			 n;
		uint8_t			 chain[10];
		enum packet_result	 want;
	} cases[] = {
		{ 0, { 0 }, PACKET_OK },
		{ 1, { 0 }, PACKET_OK },
		{ 1, { 60 }, PACKET_OK },
		{ 1, { 43 }, PACKET_OK },
		{ 1, { 44 }, PACKET_OK },
		{ 5, { 0, 60, 43, 44, 60 }, PACKET_OK },
		{ 2, { 0, 0 }, PACKET_BAD_CHAIN },
		{ 2, { 60, 0 }, PACKET_BAD_CHAIN },
		{ 2, { 43, 43 }, PACKET_BAD_CHAIN },
		{ 2, { 44, 44 }, PACKET_BAD_CHAIN },
		{ 3, { 60, 60, 60 }, PACKET_BAD_CHAIN },
		{ 10, { 0, 60, 60, 60, 60, 60, 60, 60, 60, 60 },
		    PACKET_BAD_CHAIN }
	};
	uint8_t		 buf[BUILD_MAX];
	struct packet	 pkt;
	size_t		 i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = build_chain(buf, cases[i].chain, cases[i].n);
		ATF_CHECK_EQ_MSG(parse(&pkt, buf, n), cases[i].want,
		    "case %zu", i);
		if (cases[i].want != PACKET_OK)
			continue;
		ATF_CHECK_EQ(pkt.proto, 17);
		ATF_CHECK_EQ(pkt.dport, 53);
		ATF_CHECK_EQ(pkt.transport, n - 8);
		ATF_CHECK_EQ(pkt.frag_first, 0);
		ATF_CHECK_EQ(pkt.frag_later, 0);
	}
}

ATF_TC_WITHOUT_HEAD(overlong_extension_headers_are_refused);
ATF_TC_BODY(overlong_extension_headers_are_refused, tc)
{
	static const uint8_t	 chain[] = { 60 };
	uint8_t			 buf[BUILD_MAX];
	struct packet		 pkt;
	unsigned int		 len;
	size_t			 n;

	for (len = 1; len < 256; len++) {
		n = build_chain(buf, chain, 1);
		buf[41] = (uint8_t)len;
		ATF_CHECK_EQ(parse(&pkt, buf, n), PACKET_BAD_LENGTH);
	}
}

ATF_TC_WITHOUT_HEAD(ipv6_routing_with_segments_left_is_refused);
ATF_TC_BODY(ipv6_routing_with_segments_left_is_refused, tc)
{
	static const uint8_t	 chain[] = { 43 };
	uint8_t			 buf[BUILD_MAX];
	struct packet		 pkt;
	size_t			 n;

	n = build_chain(buf, chain, 1);
	buf[43] = 1;
	ATF_CHECK_EQ(parse(&pkt, buf, n), PACKET_SOURCE_ROUTE);
}

ATF_TC_WITHOUT_HEAD(fragments_are_recognised);
ATF_TC_BODY(fragments_are_recognised, tc)
{
	uint8_t		 buf[BUILD_MAX];
	struct packet	 pkt;
	size_t		 n;
	int		 v;

	for (v = 4; v <= 6; v += 2) {
		n = build_fragment(buf, v, IN, 99, 0, 1, 53, 64);
		ATF_REQUIRE_EQ(parse(&pkt, buf, n), PACKET_OK);
		ATF_CHECK_EQ(pkt.frag_first, 1);
		ATF_CHECK_EQ(pkt.frag_later, 0);
		ATF_CHECK_EQ(pkt.frag_ident, 99);
		ATF_CHECK_EQ(pkt.frag_length, 64);
		ATF_CHECK_EQ(pkt.dport, 53);
		n = build_fragment(buf, v, IN, 99, 64, 0, 53, 13);
		ATF_REQUIRE_EQ(parse(&pkt, buf, n), PACKET_OK);
		ATF_CHECK_EQ(pkt.frag_first, 0);
		ATF_CHECK_EQ(pkt.frag_later, 1);
		ATF_CHECK_EQ(pkt.frag_offset, 64);
		ATF_CHECK_EQ(pkt.frag_length, 13);
		ATF_CHECK_EQ(pkt.dport, 0);
	}
}

ATF_TC_WITHOUT_HEAD(tiny_overlong_and_uneven_fragments_are_refused);
ATF_TC_BODY(tiny_overlong_and_uneven_fragments_are_refused, tc)
{
	uint8_t		 buf[BUILD_MAX];
	struct packet	 pkt;
	size_t		 n;
	int		 v;

	for (v = 4; v <= 6; v += 2) {
		n = build_fragment(buf, v, IN, 1, 8, 1, 53, 15);
		ATF_CHECK_EQ(parse(&pkt, buf, n), PACKET_BAD_FRAGMENT);
		n = build_fragment(buf, v, IN, 1, 8, 0, 53, 0);
		ATF_CHECK_EQ(parse(&pkt, buf, n), PACKET_BAD_FRAGMENT);
		n = build_fragment(buf, v, IN, 1, 65528, 0, 53, 8);
		ATF_CHECK_EQ(parse(&pkt, buf, n), PACKET_BAD_FRAGMENT);
		n = build_fragment(buf, v, IN, 1, 65528 - 24, 0, 53, 4);
		ATF_CHECK_EQ(parse(&pkt, buf, n), PACKET_OK);
		/* TCP: flags must be in the first, and only there. */
		n = build_fragment(buf, v, IN, 1, 0, 1, 53, 16);
		buf[v == 4 ? 9 : 40] = 6;
		ATF_CHECK_EQ(parse(&pkt, buf, n), PACKET_BAD_FRAGMENT);
		n = build_fragment(buf, v, IN, 1, 8, 1, 53, 16);
		buf[v == 4 ? 9 : 40] = 6;
		ATF_CHECK_EQ(parse(&pkt, buf, n), PACKET_BAD_FRAGMENT);
	}
}

ATF_TC_WITHOUT_HEAD(icmp_errors_name_the_packet_they_quote);
ATF_TC_BODY(icmp_errors_name_the_packet_they_quote, tc)
{
	uint8_t		 buf[BUILD_MAX], quoted[BUILD_MAX];
	struct packet	 pkt;
	size_t		 n, head;
	int		 v;

	for (v = 4; v <= 6; v += 2) {
		head = v == 4 ? 20 : 40;
		(void)build_tcp(quoted, v, OUT, 5000, 80, SYN, 900);
		n = build_error(buf, v, IN, quoted, head + 8);
		ATF_REQUIRE_EQ(parse(&pkt, buf, n), PACKET_OK);
		ATF_CHECK_EQ(pkt.icmp, PACKET_ICMP_ERROR);
		ATF_REQUIRE_EQ(pkt.embedded, 1);
		ATF_CHECK_EQ(pkt.inner.proto, 6);
		ATF_CHECK_EQ(pkt.inner.sport, 5000);
		ATF_CHECK_EQ(pkt.inner.dport, 80);
		ATF_CHECK_EQ(memcmp(pkt.inner.src, pkt.dst, 16), 0);
		n = build_error(buf, v, IN, quoted, head + 7);
		ATF_REQUIRE_EQ(parse(&pkt, buf, n), PACKET_OK);
		ATF_CHECK_EQ(pkt.embedded, 0);
		/* Of the other version, a fragment, an error: none. */
		(void)build_tcp(quoted, 10 - v, OUT, 5000, 80, SYN, 90);
		n = build_error(buf, v, IN, quoted, 60);
		ATF_REQUIRE_EQ(parse(&pkt, buf, n), PACKET_OK);
		ATF_CHECK_EQ(pkt.embedded, 0);
		(void)build_fragment(quoted, v, OUT, 1, 64, 0, 53, 64);
		n = build_error(buf, v, IN, quoted, 80);
		ATF_REQUIRE_EQ(parse(&pkt, buf, n), PACKET_OK);
		ATF_CHECK_EQ(pkt.embedded, 0);
		(void)build_icmp(quoted, v, OUT, v == 4 ? 3 : 1, 0, 9);
		n = build_error(buf, v, IN, quoted, head + 16);
		ATF_REQUIRE_EQ(parse(&pkt, buf, n), PACKET_OK);
		ATF_CHECK_EQ(pkt.embedded, 0);
	}
}

ATF_TC_WITHOUT_HEAD(icmp_of_the_other_version_is_not_icmp);
ATF_TC_BODY(icmp_of_the_other_version_is_not_icmp, tc)
{
	uint8_t		 buf[BUILD_MAX];
	struct packet	 pkt;
	size_t		 n;

	n = build_icmp(buf, 4, IN, 8, 0, 9);
	buf[9] = 58;
	ATF_REQUIRE_EQ(parse(&pkt, buf, n), PACKET_OK);
	ATF_CHECK_EQ(pkt.icmp, PACKET_ICMP_NONE);
	ATF_CHECK_EQ(pkt.sport, 0);
}

ATF_TC_WITHOUT_HEAD(every_result_has_a_name);
ATF_TC_BODY(every_result_has_a_name, tc)
{
	int	 i;

	for (i = 0; i < PACKET_RESULT_MAX; i++)
		ATF_CHECK(packet_result_name((enum packet_result)i) != NULL &&
		    strcmp(packet_result_name((enum packet_result)i),
		    "unknown") != 0);
	ATF_CHECK_STREQ(packet_result_name(PACKET_RESULT_MAX), "unknown");
}

ATF_TC_WITHOUT_HEAD(checksum_matches_the_example_of_rfc_1071);
ATF_TC_BODY(checksum_matches_the_example_of_rfc_1071, tc)
{
	static const uint8_t	 data[] = {
		0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7
	};
	static const uint8_t	 odd[] = { 0x01, 0x02, 0x03 };

	ATF_CHECK_EQ(packet_checksum(data, sizeof(data)), 0xffff - 0xddf2);
	ATF_CHECK_EQ(packet_checksum(odd, sizeof(odd)), 0xffff - 0x0402);
	ATF_CHECK_EQ(packet_checksum(NULL, 0), 0xffff);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ports_and_addresses_are_read);
	ATF_TP_ADD_TC(tp, trailing_padding_is_cut_off);
	ATF_TP_ADD_TC(tp, every_truncation_is_refused);
	ATF_TP_ADD_TC(tp, every_truncation_of_the_stated_length_is_safe);
	ATF_TP_ADD_TC(tp, malformed_fixed_headers_are_refused);
	ATF_TP_ADD_TC(tp, udp_length_must_fit_the_packet);
	ATF_TP_ADD_TC(tp, ipv4_options_are_walked);
	ATF_TP_ADD_TC(tp, ipv6_extension_headers_are_walked_and_bounded);
	ATF_TP_ADD_TC(tp, overlong_extension_headers_are_refused);
	ATF_TP_ADD_TC(tp, ipv6_routing_with_segments_left_is_refused);
	ATF_TP_ADD_TC(tp, fragments_are_recognised);
	ATF_TP_ADD_TC(tp, tiny_overlong_and_uneven_fragments_are_refused);
	ATF_TP_ADD_TC(tp, icmp_errors_name_the_packet_they_quote);
	ATF_TP_ADD_TC(tp, icmp_of_the_other_version_is_not_icmp);
	ATF_TP_ADD_TC(tp, every_result_has_a_name);
	ATF_TP_ADD_TC(tp, checksum_matches_the_example_of_rfc_1071);
	return (atf_no_error());
}
