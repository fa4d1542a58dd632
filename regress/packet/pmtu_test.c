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
 * The search for what a path carries, in virtual time over a path that
 * drops what is larger than it has room for.
 */

#include <atf-c.h>
#include <string.h>

#include "packet/pmtu.h"

#define DEVICE	1420
#define RTT_MS	40

/* A path: answers come back after RTT_MS, one in `lose` is lost. */
struct path {
	struct pmtu	 p;
	uint64_t	 now;
	uint16_t	 room;
	unsigned int	 lose;
	unsigned int	 sent;
	struct {
		uint64_t	 at;
		uint16_t	 size;
		uint32_t	 round;
	}		 back[64];
	size_t		 nback;
};

static uint16_t
padded(const struct path *w, uint16_t size)
{
	uint16_t	 n = (uint16_t)((size + 15) / 16 * 16);

	return (n > w->p.max ? w->p.max : n);
}

static void
begin(struct path *w, uint16_t room)
{
	memset(w, 0, sizeof(*w));
	pmtu_init(&w->p, DEVICE);
	w->room = room;
	w->now = 1000;
}

static void
send_probes(struct path *w)
{
	uint16_t	 size;

	while ((size = pmtu_probe(&w->p, w->now)) != 0) {
		w->sent++;
		ATF_REQUIRE(w->sent < 1000);
		if (padded(w, size) > w->room ||
		    (w->lose != 0 && w->sent % w->lose == 0))
			continue;
		ATF_REQUIRE(w->nback < 64);
		w->back[w->nback].at = w->now + RTT_MS;
		w->back[w->nback].size = size;
		w->back[w->nback++].round = w->p.round;
	}
}

static void
take_answers(struct path *w)
{
	size_t	 i, kept = 0;

	for (i = 0; i < w->nback; i++) {
		if (w->back[i].at > w->now)
			w->back[kept++] = w->back[i];
		else
			pmtu_acked(&w->p, w->back[i].round, w->back[i].size,
			    w->now);
	}
	w->nback = kept;
}

/* Traffic of this length (0: none) every 10 ms. */
static void
run(struct path *w, uint64_t ms, uint32_t len)
{
	uint64_t	 end = w->now + ms;

	for (; w->now < end; w->now += 10) {
		if (len != 0)
			pmtu_traffic(&w->p, len, w->now);
		send_probes(w);
		take_answers(w);
		ATF_REQUIRE(w->p.size <= DEVICE);
	}
}

ATF_TC_WITHOUT_HEAD(a_wide_path_is_used_at_once_and_confirmed);
ATF_TC_BODY(a_wide_path_is_used_at_once_and_confirmed, tc)
{
	struct path	 w;

	begin(&w, 1500);
	ATF_CHECK_EQ(w.p.size, DEVICE);
	run(&w, 1000, DEVICE);
	ATF_CHECK_EQ(w.p.size, DEVICE);
	ATF_CHECK_EQ(pmtu_due(&w.p), PMTU_NEVER);
	ATF_CHECK(w.sent <= 3);
}

ATF_TC_WITHOUT_HEAD(every_width_is_found_to_the_step);
ATF_TC_BODY(every_width_is_found_to_the_step, tc)
{
	struct path	 w;
	uint16_t	 room, want;

	for (room = 520; room < 1500; room++) {
		begin(&w, room);
		run(&w, 12000, DEVICE);
		want = room >= DEVICE ? DEVICE : room / 16 * 16;
		ATF_CHECK_EQ_MSG(w.p.size, want, "room %u: %u, not %u", room,
		    w.p.size, want);
	}
}

ATF_TC_WITHOUT_HEAD(what_passes_is_used_after_the_first_loss);
ATF_TC_BODY(what_passes_is_used_after_the_first_loss, tc)
{
	struct path	 w;

	begin(&w, 1300);
	run(&w, PMTU_PROBE_MS + 20, DEVICE);
	ATF_CHECK_EQ(w.p.size, PMTU_BASE);
}

ATF_TC_WITHOUT_HEAD(a_black_hole_that_opens_later_is_noticed);
ATF_TC_BODY(a_black_hole_that_opens_later_is_noticed, tc)
{
	struct path	 w;

	begin(&w, 1500);
	run(&w, 5000, DEVICE);
	w.room = 1280;
	run(&w, PMTU_CONFIRM_MS + PMTU_PROBE_MS, DEVICE);
	ATF_CHECK(w.p.size <= 1280);
	run(&w, 10000, DEVICE);
	ATF_CHECK_EQ(w.p.size, 1280);
}

ATF_TC_WITHOUT_HEAD(a_path_that_is_down_is_not_taken_for_narrow);
ATF_TC_BODY(a_path_that_is_down_is_not_taken_for_narrow, tc)
{
	struct path	 w;

	begin(&w, 1500);
	run(&w, 1000, DEVICE);
	w.room = 0;
	run(&w, 20000, DEVICE);
	ATF_CHECK_EQ(w.p.size, DEVICE);
	w.room = 1400;
	run(&w, PMTU_MUTE_MS + 10000, DEVICE);
	ATF_CHECK_EQ(w.p.size, 1392);
}

ATF_TC_WITHOUT_HEAD(a_path_that_widens_is_used_again);
ATF_TC_BODY(a_path_that_widens_is_used_again, tc)
{
	struct path	 w;
	uint64_t	 end;

	begin(&w, 1300);
	run(&w, 5000, DEVICE);
	ATF_REQUIRE_EQ(w.p.size, 1296);
	w.room = 1500;
	end = w.now + PMTU_RAISE_MS + 5000;
	while (w.now < end) {
		run(&w, 10, 1296);
		/* Looking for more must not cost what there is. */
		ATF_REQUIRE(w.p.size >= 1296);
	}
	ATF_CHECK_EQ(w.p.size, DEVICE);
}

ATF_TC_WITHOUT_HEAD(looking_for_more_in_vain_costs_nothing);
ATF_TC_BODY(looking_for_more_in_vain_costs_nothing, tc)
{
	struct path	 w;
	uint64_t	 end;

	begin(&w, 1300);
	run(&w, 5000, DEVICE);
	end = w.now + 2 * PMTU_RAISE_MS;
	while (w.now < end) {
		run(&w, 10, 1296);
		ATF_REQUIRE_EQ(w.p.size, 1296);
	}
}

ATF_TC_WITHOUT_HEAD(lost_probes_are_sent_again);
ATF_TC_BODY(lost_probes_are_sent_again, tc)
{
	struct path	 w;

	begin(&w, 1500);
	w.lose = 3;
	run(&w, 10000, DEVICE);
	ATF_CHECK_EQ(w.p.size, DEVICE);
}

ATF_TC_WITHOUT_HEAD(without_traffic_it_is_silent);
ATF_TC_BODY(without_traffic_it_is_silent, tc)
{
	struct path	 w;

	begin(&w, 1300);
	run(&w, 60000, 0);
	ATF_CHECK_EQ(w.sent, 0);
	ATF_CHECK_EQ(pmtu_due(&w.p), PMTU_NEVER);
	/* Small packets tell of no need. */
	run(&w, 1000, 100);
	ATF_CHECK_EQ(w.sent, 0);
	run(&w, 5000, DEVICE);
	w.sent = 0;
	run(&w, PMTU_RAISE_MS - 10000, 0);
	ATF_CHECK_EQ(w.sent, 0);
}

ATF_TC_WITHOUT_HEAD(another_path_is_taken_for_wide_again);
ATF_TC_BODY(another_path_is_taken_for_wide_again, tc)
{
	struct path	 w;
	uint32_t	 round;

	begin(&w, 1300);
	run(&w, 5000, DEVICE);
	round = w.p.round;
	pmtu_restart(&w.p);
	ATF_CHECK_EQ(w.p.size, DEVICE);
	w.room = 1400;
	run(&w, 5000, DEVICE);
	ATF_CHECK_EQ(w.p.size, 1392);
	ATF_CHECK(w.p.round > round);
}

ATF_TC_WITHOUT_HEAD(false_answers_change_nothing);
ATF_TC_BODY(false_answers_change_nothing, tc)
{
	struct pmtu	 p;

	pmtu_init(&p, DEVICE);
	pmtu_acked(&p, 0, 9000, 1);
	pmtu_traffic(&p, DEVICE, 1);
	while (pmtu_probe(&p, 1) != 0)
		continue;
	pmtu_acked(&p, p.round + 1, DEVICE, 2);
	pmtu_acked(&p, p.round, 65535, 2);
	pmtu_acked(&p, p.round, PMTU_FLOOR - 1, 2);
	pmtu_acked(&p, p.round, 1, 2);
	ATF_CHECK(pmtu_due(&p) != PMTU_NEVER);
	ATF_CHECK_EQ(p.low, 0);
	ATF_CHECK_EQ(p.size, DEVICE);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_wide_path_is_used_at_once_and_confirmed);
	ATF_TP_ADD_TC(tp, every_width_is_found_to_the_step);
	ATF_TP_ADD_TC(tp, what_passes_is_used_after_the_first_loss);
	ATF_TP_ADD_TC(tp, a_black_hole_that_opens_later_is_noticed);
	ATF_TP_ADD_TC(tp, a_path_that_is_down_is_not_taken_for_narrow);
	ATF_TP_ADD_TC(tp, a_path_that_widens_is_used_again);
	ATF_TP_ADD_TC(tp, looking_for_more_in_vain_costs_nothing);
	ATF_TP_ADD_TC(tp, lost_probes_are_sent_again);
	ATF_TP_ADD_TC(tp, without_traffic_it_is_silent);
	ATF_TP_ADD_TC(tp, another_path_is_taken_for_wide_again);
	ATF_TP_ADD_TC(tp, false_answers_change_nothing);
	return (atf_no_error());
}
