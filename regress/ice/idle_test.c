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
 * What a path costs that nothing is sent over, in virtual time.
 */

#include <sys/types.h>

#include <atf-c.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "ice/ice.h"
#include "regress/ice/ice_net.h"

static struct host *const	ha = &net.hosts[0];
static struct host *const	hb = &net.hosts[1];

/* Each knows one candidate of the other, and they begin. */
static void
join(const struct endpoint *a, const struct endpoint *b, enum ice_type type)
{
	host_init(ha, hb, ICE_CONTROLLING);
	host_init(hb, ha, ICE_CONTROLLED);
	add_both(ha, hb, a, type);
	add_both(hb, ha, b, type);
	host_start(ha);
	host_start(hb);
}

/* Two strict routers, and nothing but the public path between them. */
static void
public_path(void)
{
	net_reset(7);
	net_add_host(0, "192.168.1.10", 0, net_add_nat(1, 0, FILTER_STRICT,
	    4));
	net_add_host(1, "192.168.2.10", 9, net_add_nat(1, 0, FILTER_STRICT,
	    4));
	join(&ha->public, &hb->public, ICE_PUBLIC);
}

ATF_TC_WITHOUT_HEAD(an_idle_path_costs_a_check_in_25_seconds_of_one_side);
ATF_TC_BODY(an_idle_path_costs_a_check_in_25_seconds_of_one_side, tc)
{
	uint64_t	 n, k;

	public_path();
	net_run(5000);
	n = ha->ice.stats.checks_sent;
	k = hb->ice.stats.checks_sent;
	net_run(150 * 1000);
	ATF_CHECK(ha->ice.stats.checks_sent - n <= 9);
	n = ha->ice.stats.checks_sent;
	net_run(600 * 1000);
	ATF_CHECK_EQ(ice_idle_interval(&ha->ice), ICE_IDLE_MAX_MS);
	ATF_CHECK(ha->ice.stats.checks_sent - n >= 24);
	ATF_CHECK(ha->ice.stats.checks_sent - n <= 25);
	/* The other side proves its own direction now and then. */
	ATF_CHECK(hb->ice.stats.checks_sent - k >= 8);
	ATF_CHECK(hb->ice.stats.checks_sent - k <= 13);
	ATF_CHECK_EQ(ha->nlost + hb->nlost, 0);
}

ATF_TC_WITHOUT_HEAD(the_other_side_waits_while_the_interval_grows);
ATF_TC_BODY(the_other_side_waits_while_the_interval_grows, tc)
{
	uint64_t	 n;

	public_path();
	net_run(5000);
	n = hb->ice.stats.checks_sent;
	net_run(55 * 1000);
	ATF_CHECK_EQ(hb->ice.stats.checks_sent, n);
	/* But not for a side that is gone. */
	net.inet_down = 1;
	net_run((ICE_IDLE_MAX_MS + ICE_IDLE_LATE_MS) + 5000);
	ATF_CHECK(hb->ice.stats.checks_sent > n);
}

ATF_TC_WITHOUT_HEAD(within_a_network_the_longest_interval_is_the_first);
ATF_TC_BODY(within_a_network_the_longest_interval_is_the_first, tc)
{
	struct nat	*nat;
	uint64_t	 n;

	net_reset(7);
	nat = net_add_nat(1, 0, FILTER_STRICT, 4);
	net_add_host(0, "192.168.1.10", 1, nat);
	net_add_host(1, "192.168.1.11", 1, nat);
	join(&ha->lan, &hb->lan, ICE_LOCAL);
	net_run(5000);
	n = ha->ice.stats.checks_sent;
	net_run(3 * ICE_IDLE_MAX_MS);
	ATF_CHECK(ha->ice.stats.checks_sent - n >= 2);
	ATF_CHECK(ha->ice.stats.checks_sent - n <= 3);
}

ATF_TC_WITHOUT_HEAD(a_path_in_use_is_checked_each_second);
ATF_TC_BODY(a_path_in_use_is_checked_each_second, tc)
{
	uint64_t	 n;

	public_path();
	net_run(5000);
	ice_set_active(&ha->ice, 1);
	ha->wake = ice_tick(&ha->ice, net.now);
	n = ha->ice.stats.checks_sent;
	net_run(100 * 1000);
	ATF_CHECK(ha->ice.stats.checks_sent - n >= 90);
	ATF_CHECK(ha->ice.stats.checks_sent - n <= 100);
}

ATF_TC_WITHOUT_HEAD(an_idle_path_is_checked_as_often_as_its_router_needs);
ATF_TC_BODY(an_idle_path_is_checked_as_often_as_its_router_needs, tc)
{
	int	 lost;

	public_path();
	hb->nat4->life = 12000;
	net_run(200 * 1000);
	lost = ha->nlost + hb->nlost;
	ATF_CHECK(lost >= 1);
	ATF_CHECK(lost <= 3);
	ATF_CHECK(ice_idle_interval(&ha->ice) < 12000);
	net_run(500 * 1000);
	ATF_CHECK_EQ(ha->nlost + hb->nlost, lost);
	ATF_CHECK_EQ(path_type(ha), ICE_PUBLIC);
	ATF_CHECK_EQ(path_type(hb), ICE_PUBLIC);
	/* The next introduction begins with what was learnt. */
	host_init(ha, hb, ICE_CONTROLLING);
	ATF_CHECK_EQ(ice_idle_interval(&ha->ice), ICE_IDLE_MS);
	ice_set_idle_interval(&ha->ice, 7500, net.now);
	ATF_CHECK_EQ(ice_idle_interval(&ha->ice), 7500);
	ice_set_idle_interval(&ha->ice, 1, net.now);
	ATF_CHECK_EQ(ice_idle_interval(&ha->ice), ICE_IDLE_MIN_MS);
}

ATF_TC_WITHOUT_HEAD(idle_sessions_of_a_system_wake_at_the_same_moments);
ATF_TC_BODY(idle_sessions_of_a_system_wake_at_the_same_moments, tc)
{
	public_path();
	net_run(300 * 1000);
	ATF_CHECK_EQ(ice_tick(&ha->ice, net.now) % ICE_IDLE_GRID_MS, 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, an_idle_path_costs_a_check_in_25_seconds_of_one_side);
	ATF_TP_ADD_TC(tp, the_other_side_waits_while_the_interval_grows);
	ATF_TP_ADD_TC(tp,
	    within_a_network_the_longest_interval_is_the_first);
	ATF_TP_ADD_TC(tp, a_path_in_use_is_checked_each_second);
	ATF_TP_ADD_TC(tp, an_idle_path_is_checked_as_often_as_its_router_needs);
	ATF_TP_ADD_TC(tp, idle_sessions_of_a_system_wake_at_the_same_moments);
	return atf_no_error();
}
