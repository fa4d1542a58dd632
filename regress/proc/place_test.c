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
 * Stages gather where they are woken while there is little to do, part under
 * load, and keep away from a processor that lets them wait.
 */

#include <atf-c.h>
#include <string.h>

#include "proc/place.h"

#define HERE	3
#define THERE	5
#define MS	1000000ULL
#define BEGIN	(100 * PLACE_LATE_SPAN_NS)	/* any time but the first */

static struct place	 place;

static void
gather(uint64_t now)
{
	place_init(&place);
	place_woken(&place, now, HERE, now);
	ATF_REQUIRE_EQ(HERE, place.want);
}

ATF_TC_WITHOUT_HEAD(nobody_is_bound_before_he_is_woken);
ATF_TC_BODY(nobody_is_bound_before_he_is_woken, tc)
{
	place_init(&place);
	ATF_CHECK_EQ(PLACE_ANY, place.want);
	ATF_CHECK_EQ(PLACE_ANY, place.bound);
	place_work(&place, BEGIN, PLACE_BUSY - 1);
	ATF_CHECK_EQ(PLACE_ANY, place.want);
}

ATF_TC_WITHOUT_HEAD(who_has_little_to_do_follows_but_not_at_once_again);
ATF_TC_BODY(who_has_little_to_do_follows_but_not_at_once_again, tc)
{
	gather(BEGIN);
	place_woken(&place, BEGIN + PLACE_MOVE_NS - 1, THERE,
	    BEGIN + PLACE_MOVE_NS - 1);
	ATF_CHECK_EQ(HERE, place.want);
	place_woken(&place, BEGIN + PLACE_MOVE_NS, THERE,
	    BEGIN + PLACE_MOVE_NS);
	ATF_CHECK_EQ(THERE, place.want);
}

ATF_TC_WITHOUT_HEAD(an_unknown_processor_is_not_followed);
ATF_TC_BODY(an_unknown_processor_is_not_followed, tc)
{
	gather(BEGIN);
	place_woken(&place, BEGIN + PLACE_MOVE_NS, PLACE_ANY,
	    BEGIN + PLACE_MOVE_NS);
	ATF_CHECK_EQ(HERE, place.want);
}

ATF_TC_WITHOUT_HEAD(load_frees_until_it_has_ended);
ATF_TC_BODY(load_frees_until_it_has_ended, tc)
{
	uint64_t	 end;

	gather(BEGIN);
	place_work(&place, BEGIN + MS, PLACE_BUSY - 1);
	ATF_CHECK_EQ(HERE, place.want);
	place_work(&place, BEGIN + 2 * MS, 1);
	ATF_CHECK_EQ(PLACE_ANY, place.want);
	end = BEGIN + 2 * MS + PLACE_QUIET_NS;
	place_woken(&place, end - 1, HERE, end - 1);
	ATF_CHECK_EQ(PLACE_ANY, place.want);
	end += PLACE_MOVE_NS;
	place_woken(&place, end, HERE, end);
	ATF_CHECK_EQ(HERE, place.want);
}

ATF_TC_WITHOUT_HEAD(the_same_work_in_a_longer_time_is_no_load);
ATF_TC_BODY(the_same_work_in_a_longer_time_is_no_load, tc)
{
	unsigned int	 i;

	gather(BEGIN);
	for (i = 0; i < 10 * PLACE_BUSY; i++)
		place_work(&place, BEGIN + i * PLACE_WINDOW_NS / 32, 1);
	ATF_CHECK_EQ(HERE, place.want);
}

ATF_TC_WITHOUT_HEAD(who_is_woken_late_keeps_away_for_a_while);
ATF_TC_BODY(who_is_woken_late_keeps_away_for_a_while, tc)
{
	uint64_t	 now = BEGIN + MS;
	unsigned int	 i;

	gather(BEGIN);
	for (i = 1; i < PLACE_LATE_MAX; i++)
		place_woken(&place, now + i * MS, HERE,
		    now + i * MS - PLACE_LATE_NS);
	ATF_CHECK_EQ(HERE, place.want);
	now += i * MS;
	place_woken(&place, now, HERE, now - PLACE_LATE_NS);
	ATF_CHECK_EQ(PLACE_ANY, place.want);
	place_woken(&place, now + PLACE_AWAY_NS - 1, HERE,
	    now + PLACE_AWAY_NS - 1);
	ATF_CHECK_EQ(PLACE_ANY, place.want);
	place_woken(&place, now + PLACE_AWAY_NS, HERE, now + PLACE_AWAY_NS);
	ATF_CHECK_EQ(HERE, place.want);
}

ATF_TC_WITHOUT_HEAD(being_late_now_and_then_does_not_matter);
ATF_TC_BODY(being_late_now_and_then_does_not_matter, tc)
{
	uint64_t	 now;
	unsigned int	 i;

	gather(BEGIN);
	for (i = 1; i < 100; i++) {
		now = BEGIN + i * PLACE_LATE_SPAN_NS / 2;
		place_woken(&place, now, HERE, now - PLACE_LATE_NS);
	}
	ATF_CHECK_EQ(HERE, place.want);
}

ATF_TC_WITHOUT_HEAD(a_wake_up_from_the_future_is_not_late);
ATF_TC_BODY(a_wake_up_from_the_future_is_not_late, tc)
{
	unsigned int	 i;

	gather(BEGIN);
	for (i = 0; i < 10; i++)
		place_woken(&place, BEGIN + i, HERE, UINT64_MAX - i);
	ATF_CHECK_EQ(HERE, place.want);
}

/* The allowed processors that this test may run on just now. */
static unsigned int
running_on(void)
{
	struct schedule_cpus	 now;
	unsigned int		 i, n = 0;

	schedule_cpus(&now);
	for (i = 0; i < SCHEDULE_CPUS; i++)
		n += now.bits[i / 64] >> i % 64 & 1;
	return n;
}

ATF_TC_WITHOUT_HEAD(a_process_is_bound_and_freed);
ATF_TC_BODY(a_process_is_bound_and_freed, tc)
{
	struct schedule_cpus	 cpus;
	unsigned int		 all = running_on();
	uint32_t		 here;

	if (all == 0)
		atf_tc_skip("this process has no processors to choose from");
	schedule_cpus(&cpus);
	here = schedule_here();
	ATF_REQUIRE(here != UINT32_MAX);
	schedule_bind(&cpus, here);
	/* With one only there is no choice, which is told as none. */
	ATF_CHECK_EQ(0, running_on());
	ATF_CHECK_EQ(here, schedule_here());
	schedule_bind(&cpus, SCHEDULE_CPUS - 1);
	ATF_CHECK_EQ(all, running_on());
	schedule_bind(&cpus, here);
	schedule_bind(&cpus, PLACE_ANY);
	ATF_CHECK_EQ(all, running_on());
}

ATF_TC_WITHOUT_HEAD(without_a_choice_nothing_is_bound);
ATF_TC_BODY(without_a_choice_nothing_is_bound, tc)
{
	struct schedule_cpus	 none;
	unsigned int		 all = running_on();

	memset(&none, 0, sizeof(none));
	schedule_bind(&none, 0);
	schedule_bind(&none, PLACE_ANY);
	ATF_CHECK_EQ(all, running_on());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, nobody_is_bound_before_he_is_woken);
	ATF_TP_ADD_TC(tp, who_has_little_to_do_follows_but_not_at_once_again);
	ATF_TP_ADD_TC(tp, an_unknown_processor_is_not_followed);
	ATF_TP_ADD_TC(tp, load_frees_until_it_has_ended);
	ATF_TP_ADD_TC(tp, the_same_work_in_a_longer_time_is_no_load);
	ATF_TP_ADD_TC(tp, who_is_woken_late_keeps_away_for_a_while);
	ATF_TP_ADD_TC(tp, being_late_now_and_then_does_not_matter);
	ATF_TP_ADD_TC(tp, a_wake_up_from_the_future_is_not_late);
	ATF_TP_ADD_TC(tp, a_process_is_bound_and_freed);
	ATF_TP_ADD_TC(tp, without_a_choice_nothing_is_bound);
	return atf_no_error();
}
