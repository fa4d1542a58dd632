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
 * The choice of a relay for a pair, rule by rule.
 */

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "policy/relay_choice.h"

#define GONE	RELAY_RTT_UNREACHABLE
#define N(a)	(sizeof(a) / sizeof((a)[0]))
#define DEG(d)	((uint32_t)((d) * 1000 + RELAY_PLACE_ZERO))
#define BERLIN	DEG(52.520), DEG(13.405)
#define PARIS	DEG(48.857), DEG(2.352)
#define TOKYO	DEG(35.690), DEG(139.692)
#define SYDNEY	DEG(-33.868), DEG(151.207)

static void
check_choice(const struct relay_option *o, size_t n, const char *name)
{
	ssize_t	 i = relay_choose(o, n);

	if (name == NULL) {
		ATF_CHECK_EQ(i, -1);
		return;
	}
	ATF_REQUIRE(i >= 0 && (size_t)i < n);
	ATF_CHECK_STREQ(o[i].name, name);
}

ATF_TC_WITHOUT_HEAD(without_a_relay_there_is_none);
ATF_TC_BODY(without_a_relay_there_is_none, tc)
{
	ATF_CHECK_EQ(relay_choose(NULL, 0), -1);
}

ATF_TC_WITHOUT_HEAD(the_least_sum_of_both_ways_wins);
ATF_TC_BODY(the_least_sum_of_both_ways_wins, tc)
{
	const struct relay_option	 o[] = {
		{ "near-a", { 1000, 90000 }, 0, 0, 0 },
		{ "middle", { 20000, 20000 }, 9, 0, 0 },
		{ "near-b", { 80000, 1000 }, 0, 0, 0 },
	};

	check_choice(o, N(o), "middle");
}

ATF_TC_WITHOUT_HEAD(a_sum_does_not_wrap);
ATF_TC_BODY(a_sum_does_not_wrap, tc)
{
	const struct relay_option	 o[] = {
		{ "far", { UINT32_MAX - 1, UINT32_MAX - 1 }, 0, 0, 0 },
		{ "near", { 2, 2 }, 0, 0, 0 },
	};

	check_choice(o, N(o), "near");
}

ATF_TC_WITHOUT_HEAD(a_relay_that_one_cannot_reach_is_never_taken);
ATF_TC_BODY(a_relay_that_one_cannot_reach_is_never_taken, tc)
{
	struct relay_option	 o[] = {
		{ "a", { 1, GONE }, 0, 0, 0 },
		{ "b", { GONE, 1 }, 0, 0, 0 },
		{ "c", { 0, 0 }, 100, 0, 0 },
	};

	check_choice(o, N(o), "c");
	check_choice(o, 2, NULL);
	o[2].rtt[0] = GONE;
	check_choice(o, N(o), NULL);
}

ATF_TC_WITHOUT_HEAD(measured_is_better_than_not_measured);
ATF_TC_BODY(measured_is_better_than_not_measured, tc)
{
	const struct relay_option	 o[] = {
		{ "none", { 0, 0 }, 0, 0, 0 },
		{ "one", { 500, 0 }, 0, 0, 0 },
		{ "other", { 0, 400 }, 0, 0, 0 },
		{ "both", { 900000, 900000 }, 0, 0, 0 },
	};

	check_choice(o, 4, "both");
	check_choice(o, 3, "other");
	check_choice(o, 2, "one");
	check_choice(o, 1, "none");
}

ATF_TC_WITHOUT_HEAD(what_is_not_measured_is_estimated_by_distance);
ATF_TC_BODY(what_is_not_measured_is_estimated_by_distance, tc)
{
	/* Both are in Europe; nobody has measured Paris or Sydney. */
	struct relay_option	 o[] = {
		{ "sydney", { 0, 0 }, 0, SYDNEY },
		{ "tokyo", { 230000, 240000 }, 0, TOKYO },
		{ "berlin", { 12000, 9000 }, 0, BERLIN },
		{ "paris", { 0, 4000 }, 0, PARIS },
	};

	/* 12 ms + 878 km + 4 ms are more than 12 ms + 9 ms. */
	check_choice(o, N(o), "berlin");
	/* For one Tokyo is nearest now: 9713 km from there, 470 ms in all. */
	o[2].rtt[0] = GONE;
	check_choice(o, N(o), "paris");
	o[1].rtt[1] = 190000;
	check_choice(o, N(o), "tokyo");
	/* As far from Berlin's relay as Paris is, by 20 us a kilometre. */
	o[2].rtt[0] = 12000;
	ATF_CHECK_EQ(relay_cost(o, N(o), 3, 0), 12000 + 20 *
	    relay_distance_km(BERLIN, PARIS));
	ATF_CHECK_EQ(relay_cost(o, N(o), 2, 1), 9000);
	o[2].rtt[1] = GONE;
	ATF_CHECK_EQ(relay_cost(o, N(o), 2, 1), RELAY_COST_UNKNOWN);
}

ATF_TC_WITHOUT_HEAD(an_estimate_can_win);
ATF_TC_BODY(an_estimate_can_win, tc)
{
	const struct relay_option	 o[] = {
		{ "berlin", { 10000, 30000 }, 0, BERLIN },
		{ "paris", { 0, 1000 }, 0, PARIS },
	};

	check_choice(o, N(o), "paris");
}

ATF_TC_WITHOUT_HEAD(without_a_place_nothing_is_estimated);
ATF_TC_BODY(without_a_place_nothing_is_estimated, tc)
{
	const struct relay_option	 o[] = {
		{ "berlin", { 0, 0 }, 0, BERLIN },
		{ "nowhere", { 1000, 1000 }, 0, 0, 0 },
	};

	ATF_CHECK_EQ(relay_cost(o, N(o), 0, 0), RELAY_COST_UNKNOWN);
	check_choice(o, N(o), "nowhere");
}

ATF_TC_WITHOUT_HEAD(ties_are_broken_by_load_and_then_by_name);
ATF_TC_BODY(ties_are_broken_by_load_and_then_by_name, tc)
{
	struct relay_option	 o[] = {
		{ "c", { 10, 20 }, 5, 0, 0 },
		{ "b", { 20, 10 }, 4, 0, 0 },
		{ "a", { 15, 15 }, 4, 0, 0 },
	};
	struct relay_option	 swapped[3];
	size_t			 i;

	check_choice(o, N(o), "a");
	/* In any order. */
	for (i = 0; i < 3; i++) {
		swapped[0] = o[i];
		swapped[1] = o[(i + 1) % 3];
		swapped[2] = o[(i + 2) % 3];
		check_choice(swapped, 3, "a");
	}
	o[2].load = 5;
	check_choice(o, N(o), "b");
}

/* The two systems of a pair do not differ in what they are. */
ATF_TC_WITHOUT_HEAD(sides_may_be_swapped);
ATF_TC_BODY(sides_may_be_swapped, tc)
{
	struct relay_option	 o[] = {
		{ "berlin", { 10000, 0 }, 0, BERLIN },
		{ "tokyo", { 0, 8000 }, 0, TOKYO },
		{ "sydney", { 0, 0 }, 0, SYDNEY },
	};
	ssize_t			 first = relay_choose(o, N(o));
	uint32_t		 rtt;
	size_t			 i;

	for (i = 0; i < N(o); i++) {
		rtt = o[i].rtt[0];
		o[i].rtt[0] = o[i].rtt[1];
		o[i].rtt[1] = rtt;
	}
	ATF_CHECK_EQ(relay_choose(o, N(o)), first);
}

static void
check_km(uint32_t lat1, uint32_t lon1, uint32_t lat2, uint32_t lon2,
    uint32_t km)
{
	uint32_t	 d = relay_distance_km(lat1, lon1, lat2, lon2);

	ATF_CHECK_MSG(d <= km + km / 1000 + 1 && d + km / 1000 + 1 >= km,
	    "%u instead of %u", d, km);
	ATF_CHECK_EQ(relay_distance_km(lat2, lon2, lat1, lon1), d);
}

ATF_TC_WITHOUT_HEAD(distances_are_along_great_circles);
ATF_TC_BODY(distances_are_along_great_circles, tc)
{
	check_km(BERLIN, BERLIN, 0);
	check_km(BERLIN, PARIS, 878);
	check_km(BERLIN, TOKYO, 8919);
	check_km(PARIS, SYDNEY, 16961);
	/* A degree of latitude, half the way around, over the date line. */
	check_km(DEG(0), DEG(0), DEG(1), DEG(0), 111);
	check_km(DEG(0), DEG(0), DEG(0), DEG(180), 20015);
	check_km(DEG(90), DEG(0), DEG(-90), DEG(70), 20015);
	check_km(DEG(0), DEG(179), DEG(0), DEG(-179), 222);
	check_km(DEG(90), DEG(0), DEG(90), DEG(120), 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, without_a_relay_there_is_none);
	ATF_TP_ADD_TC(tp, the_least_sum_of_both_ways_wins);
	ATF_TP_ADD_TC(tp, a_sum_does_not_wrap);
	ATF_TP_ADD_TC(tp, a_relay_that_one_cannot_reach_is_never_taken);
	ATF_TP_ADD_TC(tp, measured_is_better_than_not_measured);
	ATF_TP_ADD_TC(tp, what_is_not_measured_is_estimated_by_distance);
	ATF_TP_ADD_TC(tp, an_estimate_can_win);
	ATF_TP_ADD_TC(tp, without_a_place_nothing_is_estimated);
	ATF_TP_ADD_TC(tp, ties_are_broken_by_load_and_then_by_name);
	ATF_TP_ADD_TC(tp, sides_may_be_swapped);
	ATF_TP_ADD_TC(tp, distances_are_along_great_circles);
	return atf_no_error();
}
