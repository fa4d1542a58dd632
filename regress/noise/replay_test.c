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
 * The replay window: orders, edges, jumps and the last counter, and against
 * a plain model that remembers everything.
 */

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "noise/replay.h"

#define MODEL_MAX	60000

ATF_TC_WITHOUT_HEAD(each_counter_is_accepted_once_in_any_order);
ATF_TC_BODY(each_counter_is_accepted_once_in_any_order, tc)
{
	struct replay	 r;
	uint64_t	 i;

	replay_init(&r);
	for (i = 0; i < 3 * REPLAY_WINDOW; i++) {
		ATF_REQUIRE_EQ(replay_accept(&r, i), 0);
		ATF_REQUIRE_EQ(replay_accept(&r, i), -1);
	}
	replay_init(&r);
	for (i = REPLAY_WINDOW; i-- > 0;)
		ATF_REQUIRE_EQ(replay_accept(&r, i), 0);
	for (i = 0; i < REPLAY_WINDOW; i++)
		ATF_REQUIRE_EQ(replay_accept(&r, i), -1);
	replay_init(&r);
	for (i = 0; i < 4096; i += 2)
		ATF_REQUIRE_EQ(replay_accept(&r, i), 0);
	for (i = 1; i < 4096; i += 2)
		ATF_REQUIRE_EQ(replay_accept(&r, i), 0);
}

ATF_TC_WITHOUT_HEAD(the_window_is_exactly_as_long_as_promised);
ATF_TC_BODY(the_window_is_exactly_as_long_as_promised, tc)
{
	struct replay	 r;
	uint64_t	 top;

	ATF_REQUIRE(REPLAY_WINDOW >= 8192);
	for (top = 20000; top < 20200; top++) {
		replay_init(&r);
		ATF_REQUIRE_EQ(replay_accept(&r, top), 0);
		ATF_REQUIRE_EQ(replay_check(&r, top - REPLAY_WINDOW), -1);
		ATF_REQUIRE_EQ(replay_check(&r, top - REPLAY_WINDOW + 1), 0);
		ATF_REQUIRE_EQ(replay_accept(&r, top - REPLAY_WINDOW + 1), 0);
		ATF_REQUIRE_EQ(replay_accept(&r, top - REPLAY_WINDOW + 1),
		    -1);
	}
}

ATF_TC_WITHOUT_HEAD(a_jump_forgets_nothing_that_is_inside_the_window);
ATF_TC_BODY(a_jump_forgets_nothing_that_is_inside_the_window, tc)
{
	struct replay	 r;
	uint64_t	 i, jump;

	for (jump = 1; jump < 3 * REPLAY_WINDOW; jump += 61) {
		replay_init(&r);
		for (i = 0; i < 100; i++)
			ATF_REQUIRE_EQ(replay_accept(&r, i), 0);
		ATF_REQUIRE_EQ(replay_accept(&r, 99 + jump), 0);
		for (i = 0; i < 100; i++)
			ATF_REQUIRE_EQ(replay_check(&r, i), -1);
		for (i = 100; i < 99 + jump; i++)
			ATF_REQUIRE_EQ(replay_check(&r, i),
			    99 + jump - i < REPLAY_WINDOW ? 0 : -1);
	}
}

ATF_TC_WITHOUT_HEAD(the_last_counter_is_two_to_the_64_less_two_to_the_13);
ATF_TC_BODY(the_last_counter_is_two_to_the_64_less_two_to_the_13, tc)
{
	struct replay	 r;
	uint64_t	 limit = UINT64_C(0xffffffffffffdfff);

	replay_init(&r);
	ATF_REQUIRE_EQ(replay_accept(&r, UINT64_MAX), -1);
	ATF_REQUIRE_EQ(replay_accept(&r, limit), -1);
	ATF_REQUIRE_EQ(replay_accept(&r, limit - 1), 0);
	ATF_REQUIRE_EQ(replay_accept(&r, limit - 1), -1);
	ATF_REQUIRE_EQ(replay_accept(&r, limit - 2), 0);
	ATF_REQUIRE_EQ(replay_accept(&r, limit), -1);
	ATF_REQUIRE_EQ(replay_accept(&r, 0), -1);
}

ATF_TC_WITHOUT_HEAD(checking_changes_nothing);
ATF_TC_BODY(checking_changes_nothing, tc)
{
	struct replay	 r, before;

	replay_init(&r);
	replay_accept(&r, 70);
	before = r;
	ATF_REQUIRE_EQ(replay_check(&r, 100000), 0);
	ATF_REQUIRE_EQ(replay_check(&r, 3), 0);
	ATF_REQUIRE_EQ(replay_check(&r, 70), -1);
	ATF_REQUIRE(memcmp(&r, &before, sizeof(r)) == 0);
}

ATF_TC_WITHOUT_HEAD(random_orders_agree_with_a_plain_model);
ATF_TC_BODY(random_orders_agree_with_a_plain_model, tc)
{
	static uint8_t	 seen[MODEL_MAX];
	struct replay	 r;
	uint64_t	 seed = 1, c, top = 0;
	int		 want, round, any = 0;

	replay_init(&r);
	for (round = 0; round < 400000; round++) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963;
		c = top + (seed >> 33) % 9000;
		c = c > 8700 ? c - 8700 : 0;
		if (c >= MODEL_MAX)
			break;
		want = seen[c] || (any && c < top && top - c >= REPLAY_WINDOW)
		    ? -1 : 0;
		ATF_REQUIRE_EQ(replay_accept(&r, c), want);
		if (want == 0) {
			seen[c] = 1;
			any = 1;
			if (c > top)
				top = c;
		}
	}
	ATF_REQUIRE(top > REPLAY_WINDOW);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_counter_is_accepted_once_in_any_order);
	ATF_TP_ADD_TC(tp, the_window_is_exactly_as_long_as_promised);
	ATF_TP_ADD_TC(tp, a_jump_forgets_nothing_that_is_inside_the_window);
	ATF_TP_ADD_TC(tp, the_last_counter_is_two_to_the_64_less_two_to_the_13);
	ATF_TP_ADD_TC(tp, checking_changes_nothing);
	ATF_TP_ADD_TC(tp, random_orders_agree_with_a_plain_model);
	return atf_no_error();
}
