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
 * The flow table under floods: memory bounded, other peers untouched.
 */

#include <errno.h>

#include "regress/packet/world.h"

#define NFLOWS	1024
#define SHARE	(NFLOWS / FLOW_SHARE_DIVISOR)

ATF_TC_WITHOUT_HEAD(table_sizes_are_bounded);
ATF_TC_BODY(table_sizes_are_bounded, tc)
{
	static const uint8_t	 seed[SIPHASH_KEY_LENGTH];
	size_t			 size;
	char			*mem;

	ATF_CHECK_EQ(flow_table_size(0), 0);
	ATF_CHECK_EQ(flow_table_size(FLOW_TABLE_MIN - 1), 0);
	ATF_CHECK_EQ(flow_table_size(FLOW_TABLE_MAX + 1), 0);
	ATF_CHECK_EQ(flow_table_size(UINT32_MAX), 0);
	size = flow_table_size(100);
	ATF_REQUIRE(size > 0);
	mem = calloc(1, size + 1);
	ATF_REQUIRE(mem != NULL);
	errno = 0;
	ATF_CHECK(flow_table_init(mem, size - 1, 100, seed) == NULL);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_CHECK(flow_table_init(mem + 1, size, 100, seed) == NULL);
	ATF_CHECK(flow_table_init(mem, size, 1, seed) == NULL);
	ATF_CHECK(flow_table_init(mem, size, 100, seed) != NULL);
	free(mem);
}

ATF_TC_WITHOUT_HEAD(a_flood_stays_within_the_share_of_its_peer);
ATF_TC_BODY(a_flood_stays_within_the_share_of_its_peer, tc)
{
	const struct flow_stats	*stats;
	struct world		 w;
	unsigned int		 i;

	world_init(&w, NFLOWS, "any");
	stats = flow_get_stats(w.table);
	w.peer = 1;
	establish(&w, IN, 80, 4000);
	ATF_REQUIRE_EQ(send_udp(&w, IN, 53, 4000), FLOW_PASS_NEW);
	w.peer = 2;
	establish(&w, IN, 80, 4000);
	for (i = 0; i < 20000; i++) {
		ATF_REQUIRE_EQ(send_udp(&w, IN, i % 60000 + 1, 1),
		    FLOW_PASS_NEW);
		ATF_REQUIRE(stats->live <= SHARE + 2);
	}
	ATF_CHECK_EQ(stats->live, SHARE + 2);
	ATF_CHECK_EQ(stats->evicted, 20000 - SHARE + 1);
	/* Its own established flow has survived, and so did the others'. */
	ATF_CHECK_EQ(send_tcp(&w, IN, 80, 4000, ACK), FLOW_PASS_ESTABLISHED);
	w.peer = 1;
	ATF_CHECK_EQ(send_tcp(&w, IN, 80, 4000, ACK), FLOW_PASS_ESTABLISHED);
	ATF_CHECK_EQ(send_udp(&w, OUT, 53, 4000), FLOW_PASS_ESTABLISHED);
	world_free(&w);
}

ATF_TC_WITHOUT_HEAD(the_oldest_unreplied_flow_gives_way);
ATF_TC_BODY(the_oldest_unreplied_flow_gives_way, tc)
{
	struct world	 w;
	unsigned int	 i;

	world_init(&w, NFLOWS, NULL);
	for (i = 0; i < SHARE; i++)
		ATF_REQUIRE_EQ(send_udp(&w, OUT, 1000 + i, 53),
		    FLOW_PASS_NEW);
	/* The first is used again, so the second is the oldest. */
	ATF_REQUIRE_EQ(send_udp(&w, OUT, 1000, 53), FLOW_PASS_ESTABLISHED);
	ATF_REQUIRE_EQ(send_udp(&w, OUT, 9999, 53), FLOW_PASS_NEW);
	ATF_CHECK_EQ(send_udp(&w, IN, 1001, 53), FLOW_DROP_ACL);
	ATF_CHECK_EQ(send_udp(&w, IN, 1000, 53), FLOW_PASS_ESTABLISHED);
	ATF_CHECK_EQ(send_udp(&w, IN, 1002, 53), FLOW_PASS_ESTABLISHED);
	world_free(&w);
}

ATF_TC_WITHOUT_HEAD(established_flows_never_give_way);
ATF_TC_BODY(established_flows_never_give_way, tc)
{
	struct world	 w;
	unsigned int	 i;

	world_init(&w, NFLOWS, "any");
	for (w.peer = 0; w.peer < FLOW_SHARE_DIVISOR; w.peer++) {
		for (i = 0; i < SHARE; i++)
			establish(&w, IN, 80, 1000 + i);
		ATF_CHECK_EQ(send_tcp(&w, IN, 80, 9000, SYN),
		    FLOW_DROP_SHARE);
		ATF_CHECK_EQ(send_udp(&w, OUT, 80, 9000), FLOW_DROP_SHARE);
	}
	w.peer = 99;
	ATF_CHECK_EQ(send_tcp(&w, IN, 80, 9000, SYN), FLOW_DROP_FULL);
	ATF_CHECK_EQ(send_udp(&w, OUT, 80, 9000), FLOW_DROP_FULL);
	for (w.peer = 0; w.peer < FLOW_SHARE_DIVISOR; w.peer++) {
		for (i = 0; i < SHARE; i++)
			ATF_REQUIRE_EQ(send_tcp(&w, IN, 80, 1000 + i, ACK),
			    FLOW_PASS_ESTABLISHED);
	}
	/* A day later there is room. */
	w.now += 24 * 3600 * SECOND;
	w.peer = 99;
	ATF_CHECK_EQ(send_tcp(&w, IN, 80, 9000, SYN), FLOW_PASS_NEW);
	world_free(&w);
}

ATF_TC_WITHOUT_HEAD(half_open_connections_give_way);
ATF_TC_BODY(half_open_connections_give_way, tc)
{
	struct world	 w;
	unsigned int	 i;

	world_init(&w, NFLOWS, "tcp/80");
	for (i = 0; i < 4 * SHARE; i++) {
		ATF_REQUIRE_EQ(send_tcp(&w, IN, 80, 1000 + i, SYN),
		    FLOW_PASS_NEW);
		ATF_REQUIRE_EQ(send_tcp(&w, OUT, 80, 1000 + i,
		    i % 2 ? SYN | ACK : RST | ACK), FLOW_PASS_ESTABLISHED);
	}
	ATF_CHECK_EQ(flow_get_stats(w.table)->live, SHARE);
	world_free(&w);
}

ATF_TC_WITHOUT_HEAD(many_flooding_peers_do_not_shut_out_a_quiet_one);
ATF_TC_BODY(many_flooding_peers_do_not_shut_out_a_quiet_one, tc)
{
	struct world	 w;
	unsigned int	 i;

	world_init(&w, NFLOWS, "any");
	w.peer = 1000;
	establish(&w, OUT, 5000, 80);
	for (i = 0; i < 20000; i++) {
		w.peer = i % 16;
		ATF_REQUIRE_EQ(send_udp(&w, IN, i % 60000 + 1, 1),
		    FLOW_PASS_NEW);
	}
	ATF_CHECK_EQ(flow_get_stats(w.table)->live, NFLOWS);
	w.peer = 1000;
	ATF_CHECK_EQ(send_tcp(&w, IN, 5000, 80, ACK), FLOW_PASS_ESTABLISHED);
	establish(&w, OUT, 5001, 80);
	w.peer = 1001;
	establish(&w, IN, 80, 5001);
	ATF_CHECK_EQ(flow_get_stats(w.table)->live, NFLOWS);
	world_free(&w);
}

/* Across time-outs: the datagrams are older than the half-open flows. */
ATF_TC_WITHOUT_HEAD(a_full_table_gives_up_the_oldest_of_all);
ATF_TC_BODY(a_full_table_gives_up_the_oldest_of_all, tc)
{
	struct world	 w;
	unsigned int	 i;

	world_init(&w, NFLOWS, "any");
	for (w.peer = 0; w.peer < FLOW_SHARE_DIVISOR; w.peer++) {
		w.now++;
		for (i = 0; i < SHARE; i++)
			ATF_REQUIRE_EQ(w.peer == 0 ?
			    send_udp(&w, OUT, 1000 + i, 53) :
			    send_tcp(&w, OUT, 1000 + i, 53, SYN),
			    FLOW_PASS_NEW);
	}
	w.peer = 99;
	ATF_REQUIRE_EQ(send_udp(&w, OUT, 1, 53), FLOW_PASS_NEW);
	w.peer = 1;
	ATF_CHECK_EQ(send_tcp(&w, IN, 1000, 53, SYN | ACK),
	    FLOW_PASS_ESTABLISHED);
	w.peer = 0;
	w.nacl = 0;
	ATF_CHECK_EQ(send_udp(&w, IN, 1000, 53), FLOW_DROP_ACL);
	ATF_CHECK_EQ(send_udp(&w, IN, 1001, 53), FLOW_PASS_ESTABLISHED);
	world_free(&w);
}

ATF_TC_WITHOUT_HEAD(a_flood_of_fragments_is_fair);
ATF_TC_BODY(a_flood_of_fragments_is_fair, tc)
{
	uint8_t		 buf[BUILD_MAX];
	struct world	 w;
	unsigned int	 i;
	size_t		 n;

	world_init(&w, NFLOWS, "any");
	w.peer = 1;
	n = build_fragment(buf, 4, IN, 1, 0, 1, 53, 64);
	ATF_REQUIRE_EQ(send_raw(&w, IN, buf, n), FLOW_PASS_NEW);
	w.peer = 2;
	for (i = 0; i < 20000; i++) {
		n = build_fragment(buf, 4, IN, i, 0, 1, 53, 64);
		ATF_REQUIRE(flow_verdict_passes(send_raw(&w, IN, buf, n)));
	}
	w.peer = 1;
	n = build_fragment(buf, 4, IN, 1, 64, 0, 53, 64);
	ATF_CHECK_EQ(send_raw(&w, IN, buf, n), FLOW_PASS_FRAGMENT);
	world_free(&w);
}

ATF_TC_WITHOUT_HEAD(a_revoked_mark_survives_a_flood_of_its_peer);
ATF_TC_BODY(a_revoked_mark_survives_a_flood_of_its_peer, tc)
{
	static const struct acl_entry	 other = { ACL_UDP, 100, 60000 };
	struct world			 w;
	unsigned int			 i;

	world_init(&w, NFLOWS, "any");
	ATF_REQUIRE_EQ(send_udp(&w, IN, 53, 4000), FLOW_PASS_NEW);
	w.acl[0] = other;
	ATF_REQUIRE_EQ(flow_recheck(w.table, PEER, w.acl, 1), 1);
	for (i = 0; i < 4 * SHARE; i++)
		ATF_REQUIRE_EQ(send_udp(&w, IN, 100 + i, 1), FLOW_PASS_NEW);
	ATF_CHECK_EQ(send_udp(&w, OUT, 53, 4000), FLOW_DROP_ACL);
	ATF_CHECK_EQ(send_udp(&w, IN, 53, 4000), FLOW_DROP_ACL);
	world_free(&w);
}

ATF_TC_WITHOUT_HEAD(random_traffic_keeps_the_table_whole);
ATF_TC_BODY(random_traffic_keeps_the_table_whole, tc)
{
	const struct flow_stats	*stats;
	struct world		 w;
	uint32_t		 x;
	unsigned int		 i, ours, theirs;

	world_init(&w, 64, "any");
	stats = flow_get_stats(w.table);
	x = 12345;
	for (i = 0; i < 200000; i++) {
		x = x * 1664525 + 1013904223;
		w.peer = x >> 28;
		ours = 1 + (x >> 24) % 8;
		theirs = 1 + (x >> 20) % 8;
		w.now += (x >> 12) % 500;
		w.version = (x >> 11) & 1 ? 4 : 6;
		w.nacl = (x >> 5) & 1;
		if ((x >> 8) % 4 == 0)
			(void)send_udp(&w, (x >> 10) & 1, ours, theirs);
		else if ((x >> 8) % 4 == 1)
			(void)send_echo(&w, (x >> 10) & 1, (x >> 6) & 1,
			    ours);
		else
			(void)send_tcp(&w, (x >> 10) & 1, ours, theirs,
			    (uint8_t)(x >> 14) & (SYN | ACK | FIN | RST));
		if (i % 97 == 0)
			(void)flow_recheck(w.table, w.peer, w.acl, w.nacl);
		if (i % 1009 == 0)
			(void)flow_forget_peer(w.table, w.peer);
		ATF_REQUIRE(stats->live <= 64 && stats->peers <= 16);
	}
	for (w.peer = 0; w.peer < 16; w.peer++)
		(void)flow_forget_peer(w.table, w.peer);
	ATF_CHECK_EQ(stats->live, 0);
	ATF_CHECK_EQ(stats->peers, 0);
	ATF_CHECK_EQ(flow_next_expiry(w.table), UINT64_MAX);
	world_free(&w);
}

/* Key 00..0f and message 00..0e of the paper's appendix, and no message. */
ATF_TC_WITHOUT_HEAD(siphash_matches_the_published_vector);
ATF_TC_BODY(siphash_matches_the_published_vector, tc)
{
	uint8_t	 key[16], msg[15];
	uint8_t	 i;

	for (i = 0; i < 16; i++)
		key[i] = i;
	for (i = 0; i < 15; i++)
		msg[i] = i;
	ATF_CHECK_EQ(siphash24(key, msg, 15), 0xa129ca6149be45e5ULL);
	ATF_CHECK_EQ(siphash24(key, msg, 0), 0x726fdb47dd0e0e31ULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, table_sizes_are_bounded);
	ATF_TP_ADD_TC(tp, a_flood_stays_within_the_share_of_its_peer);
	ATF_TP_ADD_TC(tp, the_oldest_unreplied_flow_gives_way);
	ATF_TP_ADD_TC(tp, established_flows_never_give_way);
	ATF_TP_ADD_TC(tp, half_open_connections_give_way);
	ATF_TP_ADD_TC(tp, many_flooding_peers_do_not_shut_out_a_quiet_one);
	ATF_TP_ADD_TC(tp, a_full_table_gives_up_the_oldest_of_all);
	ATF_TP_ADD_TC(tp, a_flood_of_fragments_is_fair);
	ATF_TP_ADD_TC(tp, a_revoked_mark_survives_a_flood_of_its_peer);
	ATF_TP_ADD_TC(tp, random_traffic_keeps_the_table_whole);
	ATF_TP_ADD_TC(tp, siphash_matches_the_published_vector);
	return (atf_no_error());
}
