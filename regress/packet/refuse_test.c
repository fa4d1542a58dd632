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
 * Refusals: right numbers, right checksums (computed again here, on their
 * own), and silence where an answer would do harm.
 */

#include <atf-c.h>

#include "packet/refuse.h"
#include "regress/packet/build.h"

/* Ones' complement sum over the pseudo header and the upper part; a right
 * checksum makes it 0xffff. */
static unsigned int
verify(const uint8_t *p, size_t len)
{
	uint32_t	 sum;
	size_t		 i, head;
	uint8_t		 proto;

	head = p[0] >> 4 == 4 ? 20 : 40;
	proto = head == 20 ? p[9] : p[6];
	sum = 0;
	if (proto != 1) {
		for (i = head == 20 ? 12 : 8; i < head; i += 2)
			sum += (uint32_t)(p[i] << 8 | p[i + 1]);
		sum += proto + (uint32_t)(len - head);
	}
	for (i = head; i < len; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	return (sum);
}

static size_t
refuse(const uint8_t *buf, size_t n, uint8_t *out, size_t cap)
{
	struct packet	 pkt;

	ATF_REQUIRE_EQ(packet_parse(&pkt, buf, n), PACKET_OK);
	return (refuse_build(&pkt, buf, n, out, cap));
}

ATF_TC_WITHOUT_HEAD(a_denied_syn_is_reset);
ATF_TC_BODY(a_denied_syn_is_reset, tc)
{
	uint8_t		 buf[BUILD_MAX], out[REFUSE_MAX];
	struct packet	 pkt, answer;
	size_t		 n, len, data;
	uint8_t		*tcp;
	int		 v;

	for (v = 4; v <= 6; v += 2) {
		for (data = 0; data < 3; data++) {
			n = build_tcp(buf, v, IN, 4000, 80, SYN, data);
			ATF_REQUIRE_EQ(packet_parse(&pkt, buf, n), PACKET_OK);
			/* Padding is not part of the segment. */
			len = refuse_build(&pkt, buf, n + 9, out,
			    sizeof(out));
			ATF_REQUIRE_EQ(len, v == 4 ? 40 : 60);
			ATF_REQUIRE_EQ(packet_parse(&answer, out, len),
			    PACKET_OK);
			ATF_CHECK_EQ(answer.length, len);
			ATF_CHECK_EQ(answer.tcp_flags, RST | ACK);
			ATF_CHECK_EQ(answer.sport, 80);
			ATF_CHECK_EQ(answer.dport, 4000);
			ATF_CHECK_EQ(answer.tcp_seq, 0);
			tcp = out + answer.transport;
			ATF_CHECK_EQ(tcp[8], 1);
			ATF_CHECK_EQ(tcp[9], 2);
			ATF_CHECK_EQ(tcp[10], 3);
			ATF_CHECK_EQ(tcp[11], 5 + data);
			ATF_CHECK_EQ(memcmp(answer.src, pkt.dst, 16), 0);
			ATF_CHECK_EQ(memcmp(answer.dst, pkt.src, 16), 0);
			ATF_CHECK_EQ(verify(out, len), 0xffff);
			if (v == 4)
				ATF_CHECK_EQ(packet_checksum(out, 20), 0);
		}
	}
}

ATF_TC_WITHOUT_HEAD(a_denied_datagram_is_called_prohibited);
ATF_TC_BODY(a_denied_datagram_is_called_prohibited, tc)
{
	static const size_t	 sizes[] = { 0, 1, 2, 7, 400, 1300 };
	uint8_t			 buf[BUILD_MAX], out[REFUSE_MAX];
	struct packet		 answer;
	size_t			 n, len, i, head, max;
	int			 v;

	for (v = 4; v <= 6; v += 2) {
		head = v == 4 ? 20 : 40;
		max = v == 4 ? 576 : 1280;
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			n = build_udp(buf, v, IN, 4000, 53, sizes[i]);
			len = refuse(buf, n, out, sizeof(out));
			ATF_REQUIRE_EQ(len, head + 8 + n > max ? max :
			    head + 8 + n);
			ATF_REQUIRE_EQ(packet_parse(&answer, out, len),
			    PACKET_OK);
			ATF_CHECK_EQ(answer.length, len);
			ATF_CHECK_EQ(answer.icmp, PACKET_ICMP_ERROR);
			ATF_CHECK_EQ(answer.icmp_type, v == 4 ? 3 : 1);
			ATF_CHECK_EQ(answer.icmp_code, v == 4 ? 13 : 1);
			ATF_REQUIRE_EQ(answer.embedded, 1);
			ATF_CHECK_EQ(answer.inner.sport, 4000);
			ATF_CHECK_EQ(answer.inner.dport, 53);
			ATF_CHECK_EQ(memcmp(out + head + 8, buf,
			    len - head - 8), 0);
			ATF_CHECK_EQ(verify(out, len), 0xffff);
			if (v == 4)
				ATF_CHECK_EQ(packet_checksum(out, 20), 0);
		}
	}
}

ATF_TC_WITHOUT_HEAD(other_packets_are_denied_in_silence);
ATF_TC_BODY(other_packets_are_denied_in_silence, tc)
{
	static const uint8_t	 flags[] = {
		0, ACK, RST, FIN, SYN | ACK, SYN | RST, SYN | FIN, RST | ACK
	};
	uint8_t			 buf[BUILD_MAX], out[REFUSE_MAX];
	uint8_t			 quoted[BUILD_MAX];
	size_t			 n, i;
	int			 v;

	for (v = 4; v <= 6; v += 2) {
		for (i = 0; i < sizeof(flags); i++) {
			n = build_tcp(buf, v, IN, 1, 2, flags[i], 0);
			ATF_CHECK_EQ(refuse(buf, n, out, sizeof(out)), 0);
		}
		n = build_icmp(buf, v, IN, v == 4 ? 8 : 128, 0, 1);
		ATF_CHECK_EQ(refuse(buf, n, out, sizeof(out)), 0);
		n = build_udp(quoted, v, OUT, 1, 2, 0);
		n = build_error(buf, v, IN, quoted, n);
		ATF_CHECK_EQ(refuse(buf, n, out, sizeof(out)), 0);
		n = build_fragment(buf, v, IN, 1, 0, 1, 53, 64);
		ATF_CHECK_EQ(refuse(buf, n, out, sizeof(out)), 0);
		n = build_fragment(buf, v, IN, 1, 64, 0, 53, 64);
		ATF_CHECK_EQ(refuse(buf, n, out, sizeof(out)), 0);
	}
}

ATF_TC_WITHOUT_HEAD(groups_and_unusable_addresses_get_no_answer);
ATF_TC_BODY(groups_and_unusable_addresses_get_no_answer, tc)
{
	static const char *const	 bad4[] = {
		"224.0.0.1", "239.1.2.3", "255.255.255.255", "0.0.0.0",
		"127.0.0.1", "240.0.0.1"
	};
	static const char *const	 bad6[] = { "ff02::1", "::", "::1" };
	uint8_t				 buf[BUILD_MAX], out[REFUSE_MAX];
	size_t				 n, i;

	for (i = 0; i < 12; i++) {
		n = build_udp(buf, 4, IN, 1, 2, 0);
		(void)inet_pton(AF_INET, bad4[i / 2],
		    buf + (i % 2 ? 12 : 16));
		ATF_CHECK_EQ(refuse(buf, n, out, sizeof(out)), 0);
	}
	for (i = 0; i < 6; i++) {
		n = build_tcp(buf, 6, IN, 1, 2, SYN, 0);
		(void)inet_pton(AF_INET6, bad6[i / 2],
		    buf + (i % 2 ? 8 : 24));
		ATF_CHECK_EQ(refuse(buf, n, out, sizeof(out)), 0);
	}
}

ATF_TC_WITHOUT_HEAD(an_answer_that_does_not_fit_is_not_written);
ATF_TC_BODY(an_answer_that_does_not_fit_is_not_written, tc)
{
	uint8_t		 buf[BUILD_MAX], out[REFUSE_MAX];
	struct packet	 pkt;
	size_t		 n, full, cap;

	n = build_udp(buf, 6, IN, 1, 2, 60);
	full = refuse(buf, n, out, sizeof(out));
	ATF_REQUIRE(full > 0);
	for (cap = 0; cap < full; cap++) {
		memset(out, 0xee, sizeof(out));
		ATF_CHECK_EQ(refuse(buf, n, out, cap), 0);
		ATF_CHECK_EQ(out[cap], 0xee);
	}
	ATF_CHECK_EQ(refuse(buf, n, out, full), full);
	/* Nor one to less than was parsed. */
	ATF_REQUIRE_EQ(packet_parse(&pkt, buf, n), PACKET_OK);
	ATF_CHECK_EQ(refuse_build(&pkt, buf, n - 1, out, sizeof(out)), 0);
}

/* Length of the answer to an UDP packet of 1400 and more bytes. */
static size_t
too_big(int version, int dont_fragment, size_t data, uint16_t mtu,
    uint8_t *out)
{
	uint8_t		 buf[BUILD_MAX];
	struct packet	 pkt;
	size_t		 n = build_udp(buf, version, OUT, 1, 2, data);

	if (version == 4 && dont_fragment) {
		buf[6] = 0x40;
		buf[10] = buf[11] = 0;
		build_put16(buf + 10, packet_checksum(buf, 20));
	}
	ATF_REQUIRE_EQ(packet_parse(&pkt, buf, n), PACKET_OK);
	return (refuse_too_big(&pkt, buf, n, n, mtu, out, REFUSE_MAX));
}

ATF_TC_WITHOUT_HEAD(senders_of_what_is_too_big_are_told_the_size);
ATF_TC_BODY(senders_of_what_is_too_big_are_told_the_size, tc)
{
	uint8_t		 out[REFUSE_MAX];
	struct packet	 pkt;
	size_t		 n;

	n = too_big(4, 1, 1392, 1296, out);
	ATF_REQUIRE_EQ(packet_parse(&pkt, out, n), PACKET_OK);
	ATF_CHECK_EQ(verify(out, n), 0xffff);
	ATF_CHECK(n <= 576);
	ATF_CHECK_EQ(pkt.icmp_type, 3);
	ATF_CHECK_EQ(pkt.icmp_code, 4);
	ATF_CHECK_EQ(out[26] << 8 | out[27], 1296);
	ATF_CHECK_EQ(pkt.embedded, 1);
	n = too_big(6, 0, 1352, 1296, out);
	ATF_REQUIRE_EQ(packet_parse(&pkt, out, n), PACKET_OK);
	ATF_CHECK_EQ(verify(out, n), 0xffff);
	ATF_CHECK_EQ(pkt.icmp_type, 2);
	ATF_CHECK_EQ(out[46] << 8 | out[47], 1296);
	/* RFC 8200 5: no link of IPv6 has less. */
	n = too_big(6, 0, 1352, 1008, out);
	ATF_REQUIRE(n > 0);
	ATF_CHECK_EQ(out[46] << 8 | out[47], 1280);
}

ATF_TC_WITHOUT_HEAD(senders_that_cannot_do_smaller_are_not_told);
ATF_TC_BODY(senders_that_cannot_do_smaller_are_not_told, tc)
{
	uint8_t		 out[REFUSE_MAX], buf[BUILD_MAX];
	struct packet	 pkt;
	size_t		 n;

	ATF_CHECK_EQ(too_big(4, 0, 1392, 1296, out), 0);
	ATF_CHECK_EQ(too_big(6, 0, 1232, 1200, out), 0);
	n = too_big(4, 1, 1392, 1296, buf);
	ATF_REQUIRE_EQ(packet_parse(&pkt, buf, n), PACKET_OK);
	ATF_CHECK_EQ(refuse_too_big(&pkt, buf, n, n, 512, out, REFUSE_MAX),
	    0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, senders_of_what_is_too_big_are_told_the_size);
	ATF_TP_ADD_TC(tp, senders_that_cannot_do_smaller_are_not_told);
	ATF_TP_ADD_TC(tp, a_denied_syn_is_reset);
	ATF_TP_ADD_TC(tp, a_denied_datagram_is_called_prohibited);
	ATF_TP_ADD_TC(tp, other_packets_are_denied_in_silence);
	ATF_TP_ADD_TC(tp, groups_and_unusable_addresses_get_no_answer);
	ATF_TP_ADD_TC(tp, an_answer_that_does_not_fit_is_not_written);
	return (atf_no_error());
}
