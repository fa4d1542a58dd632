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
 * The source upcall, from which roaming is made: once for each authentic
 * datagram, before its answer, and never for another.
 */

#include "wg_pair.h"

PAIR_TC(each_authentic_datagram_has_a_source)
{
	struct pair	*p = pair_new();
	struct dgram	 d;

	ATF_REQUIRE_EQ(wg_peer_initiate(p->side[0].dev, PAIR_ID(1), p->now),
	    0);
	ATF_REQUIRE(pair_take(p, &d));
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_INITIATION);
	ATF_CHECK_EQ(p->side[1].sources, 1);
	ATF_REQUIRE(pair_take(p, &d));
	ATF_REQUIRE_EQ(pair_input(p, 0, d.data, d.len), WG_IN_RESPONSE);
	ATF_CHECK_EQ(p->side[0].sources, 1);
	ATF_REQUIRE(pair_take(p, &d));
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_KEEPALIVE);
	ATF_CHECK_EQ(p->side[1].sources, 2);
	pair_free(p);
}

PAIR_TC(replayed_and_changed_datagrams_have_none)
{
	struct pair	*p = pair_new();
	struct dgram	 first, d;

	ATF_REQUIRE_EQ(wg_peer_initiate(p->side[0].dev, PAIR_ID(1), p->now),
	    0);
	ATF_REQUIRE(pair_take(p, &first));
	ATF_REQUIRE_EQ(pair_input(p, 1, first.data, first.len),
	    WG_IN_INITIATION);
	ATF_REQUIRE_EQ(pair_input(p, 1, first.data, first.len),
	    WG_IN_OLD_TIMESTAMP);
	ATF_CHECK_EQ(p->side[1].sources, 1);
	ATF_REQUIRE(pair_take(p, &d));
	d.data[20] ^= 1;
	ATF_REQUIRE_EQ(pair_input(p, 0, d.data, d.len), WG_IN_BAD_MAC1);
	ATF_CHECK_EQ(p->side[0].sources, 0);
	d.data[20] ^= 1;
	ATF_REQUIRE_EQ(pair_input(p, 0, d.data, d.len), WG_IN_RESPONSE);
	ATF_REQUIRE(pair_take(p, &d));
	d.data[20] ^= 1;
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_BAD_TAG);
	ATF_CHECK_EQ(p->side[1].sources, 1);
	d.data[20] ^= 1;
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_KEEPALIVE);
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_REPLAY);
	ATF_CHECK_EQ(p->side[1].sources, 2);
	pair_free(p);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_authentic_datagram_has_a_source);
	ATF_TP_ADD_TC(tp, replayed_and_changed_datagrams_have_none);
	return atf_no_error();
}
