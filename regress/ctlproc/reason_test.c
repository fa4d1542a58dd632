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
 * The sentences of ctlproc: each says what is so, and no more.
 */

#include <atf-c.h>
#include <string.h>

#include "ctlproc/reason.h"

#define TC(name)	ATF_TC_WITHOUT_HEAD(name); ATF_TC_BODY(name, tc)

static struct msg_path_row	 rows[16];
static size_t			 nrows;

static struct msg_path_row *
add(int type, int transport, int state, uint32_t rtt_us)
{
	struct msg_path_row	*row = &rows[nrows++];

	memset(row, 0, sizeof(*row));
	row->type = (uint8_t)type;
	row->transport = (uint8_t)transport;
	row->state = (uint8_t)state;
	row->rtt_us = rtt_us;
	endpoint_parse(&row->remote, "192.0.2.1", (uint16_t)nrows);
	return row;
}

static void
expect_choice(const char *text)
{
	char	 buf[REASON_MAX];

	reason_sort(rows, nrows);
	reason_choice(rows, nrows, buf);
	ATF_CHECK_STREQ(text, buf);
}

TC(the_chosen_pair_is_the_first_then_the_best)
{
	static const uint32_t	 want[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	size_t			 i;

	/* The round-trip time tells which is which. */
	add(ICE_RELAY, ICE_TCP, ICE_SUCCEEDED, 6);
	add(ICE_LOCAL, ICE_UDP, ICE_FAILED, 9);
	add(ICE_ADAPTER, ICE_UDP, ICE_WAITING, 8);
	add(ICE_PUBLIC, ICE_TCP, ICE_SUCCEEDED, 5);
	add(ICE_PUBLIC, ICE_TCP, ICE_SUCCEEDED, 4);
	add(ICE_PEER_REFLEXIVE, ICE_UDP, ICE_SUCCEEDED, 3);
	add(ICE_PUBLIC, ICE_UDP, ICE_SUCCEEDED, 2);
	add(ICE_RELAY, ICE_TCP, ICE_SUCCEEDED, 1)->selected = 1;
	add(ICE_PUBLIC, ICE_UDP, ICE_IN_PROGRESS, 7);
	reason_sort(rows, nrows);
	for (i = 0; i < nrows; i++)
		ATF_CHECK_EQ_MSG(want[i], rows[i].rtt_us, "row %zu", i);
}

TC(an_unknown_round_trip_is_no_short_one)
{
	add(ICE_PUBLIC, ICE_UDP, ICE_SUCCEEDED, 0);
	add(ICE_PUBLIC, ICE_UDP, ICE_SUCCEEDED, 50000);
	reason_sort(rows, nrows);
	ATF_CHECK_EQ(50000, rows[0].rtt_us);
}

TC(a_chosen_pair_is_the_best_kind_that_works)
{
	add(ICE_PUBLIC, ICE_UDP, ICE_SUCCEEDED, 1)->selected = 1;
	add(ICE_LOCAL, ICE_UDP, ICE_FAILED, 0);
	add(ICE_RELAY, ICE_TCP, ICE_WAITING, 0);
	expect_choice("chosen: public udp, the best kind that works");
}

TC(better_pairs_under_way_are_told)
{
	add(ICE_PUBLIC, ICE_TCP, ICE_SUCCEEDED, 1)->selected = 1;
	add(ICE_LOCAL, ICE_UDP, ICE_IN_PROGRESS, 0);
	expect_choice("chosen: public tcp, the best kind that works so far, "
	    "1 better one is being checked");
	add(ICE_PUBLIC, ICE_UDP, ICE_WAITING, 0);
	expect_choice("chosen: public tcp, the best kind that works so far, "
	    "2 better ones are being checked");
	add(ICE_ADAPTER, ICE_UDP, ICE_SUCCEEDED, 0);
	expect_choice("chosen for now: a better pair has passed and will "
	    "take over");
}

TC(a_relay_says_that_nothing_direct_has_passed)
{
	add(ICE_RELAY, ICE_TCP, ICE_SUCCEEDED, 1)->selected = 1;
	add(ICE_PUBLIC, ICE_UDP, ICE_FAILED, 0);
	expect_choice("relay: no direct pair has passed");
	add(ICE_PUBLIC, ICE_TCP, ICE_IN_PROGRESS, 0);
	expect_choice("relay: no direct pair has passed yet, 1 better one is "
	    "being checked");
}

TC(without_a_choice_the_checks_are_told)
{
	expect_choice("none works yet: there is no pair to check");
	add(ICE_PUBLIC, ICE_UDP, ICE_FAILED, 0);
	expect_choice("none works: no answer on any of 1 pair");
	add(ICE_PUBLIC, ICE_TCP, ICE_WAITING, 0);
	expect_choice("none works yet: 1 of 2 pairs are being checked");
	add(ICE_RELAY, ICE_TCP, ICE_SUCCEEDED, 1);
	expect_choice("none works yet: a pair has passed, the choice follows");
}

static void
expect_no_path(const struct reason_facts *facts, const char *text)
{
	char	 buf[REASON_MAX];

	reason_no_path(facts, buf);
	ATF_CHECK_STREQ(text, buf);
}

TC(without_a_path_the_cause_is_named)
{
	struct reason_facts	 f;

	memset(&f, 0, sizeof(f));
	expect_no_path(&f, "discovery is not reachable, no introduction "
	    "possible");
	f.link_up = 1;
	expect_no_path(&f, "waiting for the other system to be connected to "
	    "discovery");
	f.introduced = 1;
	expect_no_path(&f, "introduced, the other system has told no "
	    "addresses yet");
	f.candidates = 3;
	f.looking_s = 12;
	expect_no_path(&f, "introduced, looking for a path for 12 s, without "
	    "a relay");
	f.relay = 1;
	expect_no_path(&f, "introduced, looking for a path for 12 s");
	f.link_up = 0;
	expect_no_path(&f, "introduced, looking for a path for 12 s; a new "
	    "introduction waits for discovery");
}

TC(each_kind_of_path_has_its_reason)
{
	ATF_CHECK_STREQ("best path: same local network",
	    reason_path(ICE_LOCAL, ICE_UDP));
	ATF_CHECK_STREQ("same local network, where UDP does not pass",
	    reason_path(ICE_LOCAL, ICE_TCP));
	ATF_CHECK_STREQ("best path: another adapter",
	    reason_path(ICE_ADAPTER, ICE_UDP));
	ATF_CHECK_STREQ("best path: direct, hole punched over UDP",
	    reason_path(ICE_PEER_REFLEXIVE, ICE_UDP));
	ATF_CHECK_STREQ("direct, TCP connections opened from both sides at "
	    "once", reason_path(ICE_PUBLIC, ICE_TCP));
	ATF_CHECK_STREQ("relayed: no direct path has passed yet",
	    reason_path(ICE_RELAY, ICE_TCP));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_chosen_pair_is_the_first_then_the_best);
	ATF_TP_ADD_TC(tp, an_unknown_round_trip_is_no_short_one);
	ATF_TP_ADD_TC(tp, a_chosen_pair_is_the_best_kind_that_works);
	ATF_TP_ADD_TC(tp, better_pairs_under_way_are_told);
	ATF_TP_ADD_TC(tp, a_relay_says_that_nothing_direct_has_passed);
	ATF_TP_ADD_TC(tp, without_a_choice_the_checks_are_told);
	ATF_TP_ADD_TC(tp, without_a_path_the_cause_is_named);
	ATF_TP_ADD_TC(tp, each_kind_of_path_has_its_reason);
	return atf_no_error();
}
