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
 * What agents tell each other between the packets: layout, limits, packets
 * in pieces; and the congestion marks of RFC 6040.
 */

#include <atf-c.h>
#include <stdlib.h>

#include "packet/ecn.h"
#include "packet/inner.h"
#include "regress/packet/build.h"

static struct inner_pool	 pool;
static uint8_t			 packet[INNER_PACKET_MAX];

static void
fill(size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		packet[i] = (uint8_t)(i * 7 + i / 251);
}

ATF_TC_WITHOUT_HEAD(probes_and_answers_are_read_as_written);
ATF_TC_BODY(probes_and_answers_are_read_as_written, tc)
{
	struct inner	 in;
	uint8_t		 buf[1500];

	inner_probe(buf, 1420, 0x12345678);
	ATF_REQUIRE_EQ(inner_parse(&in, buf, 1424), 0);
	ATF_CHECK_EQ(in.kind, INNER_PROBE);
	ATF_CHECK_EQ(in.size, 1420);
	ATF_CHECK_EQ(in.round, 0x12345678);
	inner_answer(buf, 1420, 0x12345678);
	ATF_REQUIRE_EQ(inner_parse(&in, buf, INNER_HEADER), 0);
	ATF_CHECK_EQ(in.kind, INNER_ANSWER);
	ATF_CHECK_EQ(in.size, 1420);
}

ATF_TC_WITHOUT_HEAD(echoes_and_replies_are_read_as_written);
ATF_TC_BODY(echoes_and_replies_are_read_as_written, tc)
{
	struct inner	 in;
	uint8_t		 buf[INNER_HEADER + 16];

	memset(buf, 0xee, sizeof(buf));
	inner_echo(buf, 0xfedcba98);
	ATF_CHECK(inner_is(buf, INNER_HEADER));
	/* Padding follows. */
	ATF_REQUIRE_EQ(inner_parse(&in, buf, sizeof(buf)), 0);
	ATF_CHECK_EQ(in.kind, INNER_ECHO);
	ATF_CHECK_EQ(in.size, INNER_HEADER);
	ATF_CHECK_EQ(in.round, 0xfedcba98);
	inner_reply(buf, 0x01020304);
	ATF_REQUIRE_EQ(inner_parse(&in, buf, INNER_HEADER), 0);
	ATF_CHECK_EQ(in.kind, INNER_REPLY);
	ATF_CHECK_EQ(in.round, 0x01020304);
	/* No byte behind it is written. */
	ATF_CHECK_EQ(buf[INNER_HEADER], 0xee);
}

ATF_TC_WITHOUT_HEAD(an_echo_of_another_size_is_none);
ATF_TC_BODY(an_echo_of_another_size_is_none, tc)
{
	struct inner	 in;
	uint8_t		 buf[INNER_HEADER];

	inner_echo(buf, 1);
	ATF_CHECK_EQ(inner_parse(&in, buf, INNER_HEADER - 1), -1);
	buf[3]++;
	ATF_CHECK_EQ(inner_parse(&in, buf, INNER_HEADER), -1);
	inner_reply(buf, 1);
	buf[2]++;
	ATF_CHECK_EQ(inner_parse(&in, buf, INNER_HEADER), -1);
}

ATF_TC_WITHOUT_HEAD(a_probe_that_is_cut_short_proves_nothing);
ATF_TC_BODY(a_probe_that_is_cut_short_proves_nothing, tc)
{
	struct inner	 in;
	uint8_t		 buf[1500];

	inner_probe(buf, 1420, 1);
	ATF_CHECK_EQ(inner_parse(&in, buf, 1419), -1);
	ATF_CHECK_EQ(inner_parse(&in, buf, INNER_HEADER - 1), -1);
	buf[1] = 99;
	ATF_CHECK_EQ(inner_parse(&in, buf, 1424), -1);
	/* An IP packet is none of ours. */
	buf[0] = 0x45;
	ATF_CHECK_EQ(inner_is(buf, 1424), 0);
}

/* Sent in pieces of each bytes, and joined. */
static uint8_t *
through(size_t len, size_t each, uint16_t ident, size_t *whole)
{
	uint8_t		 buf[INNER_PACKET_MAX + INNER_PIECE_HEADER + 16];
	struct inner	 in;
	uint8_t		*p = NULL;
	size_t		 off, n;

	for (off = 0; off < len; off += each) {
		ATF_REQUIRE(p == NULL);
		memset(buf, 0xee, sizeof(buf));
		n = inner_piece(buf, packet, len, off, each, ident);
		/* Padding follows. */
		ATF_REQUIRE_EQ(inner_parse(&in, buf, n + 15), 0);
		p = inner_join(&pool, 5, &in, 1000, whole);
	}
	return (p);
}

ATF_TC_WITHOUT_HEAD(pieces_become_the_packet_again);
ATF_TC_BODY(pieces_become_the_packet_again, tc)
{
	size_t		 len, each, whole;
	uint8_t		*p;

	for (len = 1; len <= INNER_PACKET_MAX; len += 97) {
		fill(len);
		for (each = len / INNER_PIECES_MAX + 1; each <= 1500;
		    each += 111) {
			p = through(len, each, (uint16_t)len, &whole);
			ATF_REQUIRE_MSG(p != NULL, "%zu by %zu", len, each);
			ATF_REQUIRE_EQ(whole, len);
			ATF_REQUIRE_EQ(memcmp(p, packet, len), 0);
		}
	}
	ATF_CHECK_EQ(pool.dropped, 0);
}

static void
put_piece(uint32_t peer, size_t len, size_t off, size_t each, uint16_t ident,
    uint64_t now, int whole)
{
	uint8_t		 buf[INNER_PACKET_MAX + INNER_PIECE_HEADER];
	struct inner	 in;
	size_t		 n, got;

	n = inner_piece(buf, packet, len, off, each, ident);
	ATF_REQUIRE_EQ(inner_parse(&in, buf, n), 0);
	ATF_CHECK_EQ(inner_join(&pool, peer, &in, now, &got) != NULL, whole);
}

ATF_TC_WITHOUT_HEAD(pieces_of_two_peers_are_not_mixed);
ATF_TC_BODY(pieces_of_two_peers_are_not_mixed, tc)
{
	fill(1400);
	put_piece(1, 1400, 0, 700, 9, 0, 0);
	put_piece(2, 1400, 700, 700, 9, 0, 0);
	put_piece(1, 1400, 700, 700, 9, 0, 1);
}

ATF_TC_WITHOUT_HEAD(old_pieces_do_not_wait_for_ever);
ATF_TC_BODY(old_pieces_do_not_wait_for_ever, tc)
{
	fill(1400);
	put_piece(1, 1400, 0, 700, 9, 0, 0);
	put_piece(1, 1400, 700, 700, 9, INNER_LIFE_MS, 0);
}

ATF_TC_WITHOUT_HEAD(a_peer_that_never_finishes_harms_itself_alone);
ATF_TC_BODY(a_peer_that_never_finishes_harms_itself_alone, tc)
{
	uint16_t	 i;
	size_t		 n = 0;

	fill(1400);
	for (i = 0; i < 1000; i++)
		put_piece(1, 1400, 0, 700, i, 0, 0);
	for (i = 0; i < INNER_SLOTS; i++)
		n += pool.slots[i].peer == 1;
	ATF_CHECK_EQ(n, INNER_SLOTS_PEER);
	put_piece(2, 1400, 0, 700, 1, 0, 0);
	put_piece(2, 1400, 700, 700, 1, 0, 1);
}

ATF_TC_WITHOUT_HEAD(pieces_that_contradict_are_dropped);
ATF_TC_BODY(pieces_that_contradict_are_dropped, tc)
{
	uint8_t		 buf[2000];
	struct inner	 in;
	size_t		 n, len;

	fill(1400);
	/* Another size than before. */
	put_piece(1, 1400, 0, 700, 9, 0, 0);
	put_piece(1, 1400, 0, 500, 9, 0, 0);
	ATF_CHECK_EQ(pool.dropped, 1);
	/* Too many. */
	put_piece(1, 1400, 0, 10, 10, 0, 0);
	ATF_CHECK_EQ(pool.dropped, 2);
	/* At no multiple. */
	n = inner_piece(buf, packet, 1400, 0, 700, 11);
	buf[7] = 1;
	ATF_REQUIRE_EQ(inner_parse(&in, buf, n), 0);
	ATF_CHECK(inner_join(&pool, 1, &in, 0, &len) == NULL);
	/* Beyond the end, and longer than it is. */
	buf[6] = 0xff;
	ATF_CHECK_EQ(inner_parse(&in, buf, n), -1);
	buf[6] = buf[7] = 0;
	ATF_CHECK_EQ(inner_parse(&in, buf, n - 1), -1);
	buf[2] = 0xff;
	ATF_CHECK_EQ(inner_parse(&in, buf, n), -1);
}

/* RFC 6040 figure 4; -1 is a drop. */
static const int combined[4][4] = {
	/* outer	 not	ECT1	ECT0	CE */
	/* inner not */	{ 0,	0,	0,	-1 },
	/* ECT1 */	{ 1,	1,	1,	3 },
	/* ECT0 */	{ 2,	1,	2,	3 },
	/* CE */	{ 3,	3,	3,	3 },
};

ATF_TC_WITHOUT_HEAD(marks_are_combined_as_rfc_6040_has_it);
ATF_TC_BODY(marks_are_combined_as_rfc_6040_has_it, tc)
{
	uint8_t		 buf[BUILD_MAX], in, out, dscp = 0xb8;
	struct packet	 pkt;
	size_t		 n;
	int		 v, want, ret;

	for (v = 4; v <= 6; v += 2)
	for (in = 0; in < 4; in++)
	for (out = 0; out < 4; out++) {
		n = build_udp(buf, v, IN, 1, 2, 20);
		if (v == 4) {
			buf[1] = dscp | in;
			buf[10] = buf[11] = 0;
			build_put16(buf + 10, packet_checksum(buf, 20));
		} else {
			buf[0] = 0x60 | dscp >> 4;
			buf[1] = (uint8_t)((dscp | in) << 4) | 0x0f;
		}
		ATF_REQUIRE_EQ(packet_parse(&pkt, buf, n), PACKET_OK);
		ATF_REQUIRE_EQ(ecn_get(&pkt, buf), in);
		want = combined[in][out];
		ret = ecn_apply(&pkt, buf, out);
		ATF_CHECK_EQ_MSG(ret, want == -1 ? -1 : 0, "%d over %d", out,
		    in);
		if (want == -1)
			continue;
		ATF_CHECK_EQ_MSG(ecn_get(&pkt, buf), want, "%d over %d", out,
		    in);
		if (v == 4) {
			ATF_CHECK_EQ(buf[1] & 0xfc, dscp);
			ATF_CHECK_EQ(packet_checksum(buf, 20), 0);
		} else {
			ATF_CHECK_EQ(buf[0], 0x60 | dscp >> 4);
			ATF_CHECK_EQ(buf[1] & 0xcf,
			    ((dscp << 4) & 0xc0) | 0x0f);
		}
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, probes_and_answers_are_read_as_written);
	ATF_TP_ADD_TC(tp, echoes_and_replies_are_read_as_written);
	ATF_TP_ADD_TC(tp, an_echo_of_another_size_is_none);
	ATF_TP_ADD_TC(tp, a_probe_that_is_cut_short_proves_nothing);
	ATF_TP_ADD_TC(tp, pieces_become_the_packet_again);
	ATF_TP_ADD_TC(tp, pieces_of_two_peers_are_not_mixed);
	ATF_TP_ADD_TC(tp, old_pieces_do_not_wait_for_ever);
	ATF_TP_ADD_TC(tp, a_peer_that_never_finishes_harms_itself_alone);
	ATF_TP_ADD_TC(tp, pieces_that_contradict_are_dropped);
	ATF_TP_ADD_TC(tp, marks_are_combined_as_rfc_6040_has_it);
	return (atf_no_error());
}
