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
 * The port mapping client against a router in memory: which protocol is
 * spoken, what is repeated and when, renewal, restarts of the router.
 */

#include <sys/types.h>

#include <atf-c.h>
#include <stdint.h>
#include <string.h>

#include "portmap/portmap.h"
#include "portmap_router.h"

ATF_TC_WITHOUT_HEAD(both_protocols_are_asked_at_once);
ATF_TC_BODY(both_protocols_are_asked_at_once, tc)
{
	router_start(1, 1);
	rt.mute = 1;
	router_want(PORTMAP_UDP, 4500);
	ATF_CHECK_EQ(2, rt.nsent);
	ATF_CHECK_EQ(2, rt.kind[0]);
	ATF_CHECK_EQ(1, rt.kind[1]);
	ATF_CHECK_EQ(PORTMAP_LIFETIME, rt.sent_life[0]);
}

ATF_TC_WITHOUT_HEAD(pcp_is_used_where_both_are_spoken);
ATF_TC_BODY(pcp_is_used_where_both_are_spoken, tc)
{
	router_start(1, 1);
	router_want(PORTMAP_UDP, 4500);
	router_want(PORTMAP_TCP, 4501);
	router_run(1000);
	ATF_CHECK_EQ(PORTMAP_PCP, rt.pm.protocol);
	ATF_CHECK_EQ(1, rt.udp.mapped);
	ATF_CHECK_EQ(1, rt.tcp.mapped);
	check_mapped(&rt.udp, "203.0.113.5", 4500);
	check_mapped(&rt.tcp, "203.0.113.5", 4501);
	ATF_CHECK_EQ(7200, rt.udp.lifetime);
	ATF_CHECK_EQ(0, router_count(0, 0));
	ATF_CHECK(rt.udp.at - START <= 10);
}

ATF_TC_WITHOUT_HEAD(natpmp_is_used_where_pcp_is_refused_or_ignored);
ATF_TC_BODY(natpmp_is_used_where_pcp_is_refused_or_ignored, tc)
{
	router_start(0, 1);
	router_want(PORTMAP_UDP, 4500);
	router_run(1000);
	ATF_CHECK_EQ(PORTMAP_NATPMP, rt.pm.protocol);
	check_mapped(&rt.udp, "203.0.113.5", 4500);
	ATF_CHECK_EQ(START + 10, rt.udp.at);
	ATF_CHECK_EQ(1, rt.pm.stats.versions);
	ATF_CHECK_EQ(0, info_of(PORTMAP_UDP).result);
	/* Without a word about the version: after a short grace. */
	router_start(0, 1);
	rt.reject = 0;
	router_want(PORTMAP_TCP, 4500);
	router_run(1000);
	ATF_CHECK_EQ(PORTMAP_NATPMP, rt.pm.protocol);
	check_mapped(&rt.tcp, "203.0.113.5", 4500);
	ATF_CHECK_EQ(START + 10 + PORTMAP_GRACE_MS, rt.tcp.at);
}

ATF_TC_WITHOUT_HEAD(a_slow_pcp_answer_still_wins_within_the_grace);
ATF_TC_BODY(a_slow_pcp_answer_still_wins_within_the_grace, tc)
{
	router_start(1, 1);
	rt.pcp_delay = PORTMAP_GRACE_MS - 50;
	router_want(PORTMAP_UDP, 4500);
	router_run(1000);
	ATF_CHECK_EQ(PORTMAP_PCP, rt.pm.protocol);
	ATF_CHECK_EQ(0, router_count(0, 0));
	router_start(1, 1);
	rt.pcp_delay = PORTMAP_GRACE_MS + 50;
	router_want(PORTMAP_UDP, 4500);
	router_run(1000);
	ATF_CHECK_EQ(PORTMAP_NATPMP, rt.pm.protocol);
	ATF_CHECK_EQ(1, rt.pm.stats.unasked);
}

ATF_TC_WITHOUT_HEAD(a_gateway_with_pcp_alone_ends_the_natpmp_question);
ATF_TC_BODY(a_gateway_with_pcp_alone_ends_the_natpmp_question, tc)
{
	router_start(1, 0);
	rt.lose = 1;
	router_want(PORTMAP_UDP, 4500);
	router_run(2000);
	ATF_CHECK_EQ(1, router_count(1, 0));
	ATF_CHECK_EQ(PORTMAP_ASKING, rt.pm.state);
	router_run(2000);
	ATF_CHECK_EQ(PORTMAP_PCP, rt.pm.protocol);
	ATF_CHECK_EQ(1, rt.udp.mapped);
}

ATF_TC_WITHOUT_HEAD(an_unknown_version_alone_is_given_up);
ATF_TC_BODY(an_unknown_version_alone_is_given_up, tc)
{
	static const uint8_t	 v1[24] = { 1, 0x81, 0, 1 };
	static const uint8_t	 v0[8] = { 0, 128, 0, 5 };

	router_start(0, 0);
	rt.mute = 1;
	router_want(PORTMAP_UDP, 4500);
	router_reply(v1, sizeof(v1), 0);
	router_reply(v0, sizeof(v0), 5);
	router_run(100);
	ATF_CHECK_EQ(PORTMAP_QUIET, rt.pm.state);
	ATF_CHECK_EQ(1, rt.udp.unmapped);
	ATF_CHECK_EQ(PORTMAP_REFUSED, rt.udp.why);
	ATF_CHECK_EQ(PCP_UNSUPP_VERSION, info_of(PORTMAP_UDP).result);
}

ATF_TC_WITHOUT_HEAD(questions_are_repeated_as_the_rfcs_say_and_end);
ATF_TC_BODY(questions_are_repeated_as_the_rfcs_say_and_end, tc)
{
	uint64_t	 rto = PORTMAP_PMP_RTO_MS, at = START, pcp = 0, d;
	int		 i;

	router_start(1, 1);
	rt.mute = 1;
	router_want(PORTMAP_UDP, 4500);
	router_run(140000);
	ATF_CHECK_EQ(PORTMAP_PMP_TRIES, router_count(1, 0));
	ATF_CHECK_EQ(PORTMAP_PCP_TRIES, router_count(2, 0));
	for (i = 0; i < rt.nsent; i++)
		if (rt.kind[i] == 1) {
			d = rt.sent_at[i] > at ? rt.sent_at[i] - at :
			    at - rt.sent_at[i];
			ATF_CHECK(d <= rto / 10);
			at = rt.sent_at[i] + rto;
			rto *= 2;
		}
	rto = PORTMAP_PCP_RTO_MS;
	for (i = 0; i < rt.nsent; i++)
		if (rt.kind[i] == 2) {
			if (pcp != 0) {
				d = rt.sent_at[i] - pcp;
				ATF_CHECK(d >= rto - rto / 10 &&
				    d <= rto + rto / 10);
				rto *= 2;
			}
			pcp = rt.sent_at[i];
		}
	ATF_CHECK_EQ(PORTMAP_QUIET, rt.pm.state);
	ATF_CHECK_EQ(PORTMAP_SILENT, rt.udp.why);
	ATF_CHECK_EQ(1, rt.udp.unmapped);
}

ATF_TC_WITHOUT_HEAD(a_silent_gateway_is_asked_less_and_less_often);
ATF_TC_BODY(a_silent_gateway_is_asked_less_and_less_often, tc)
{
	int	 early;

	router_start(1, 1);
	rt.mute = 1;
	router_want(PORTMAP_UDP, 4500);
	router_run(HOUR);
	early = rt.nsent;
	router_run(12 * HOUR);
	ATF_CHECK(early < 100);
	ATF_CHECK(rt.nsent - early < 14 * 15);
	ATF_CHECK_EQ(1, rt.udp.unmapped);
	/* It has woken up. */
	rt.mute = 0;
	router_run(HOUR + 3 * MINUTE);
	ATF_CHECK_EQ(1, rt.udp.mapped);
}

ATF_TC_WITHOUT_HEAD(lost_packets_are_made_up_for);
ATF_TC_BODY(lost_packets_are_made_up_for, tc)
{
	router_start(1, 0);
	rt.reject = 0;
	rt.lose = 8;
	router_want(PORTMAP_UDP, 4500);
	router_run(MINUTE);
	ATF_CHECK_EQ(1, rt.udp.mapped);
	router_start(0, 1);
	rt.lose = 4;
	router_want(PORTMAP_UDP, 4500);
	router_run(10000);
	ATF_CHECK_EQ(1, rt.udp.mapped);
}

ATF_TC_WITHOUT_HEAD(a_closed_port_ends_the_round_at_once);
ATF_TC_BODY(a_closed_port_ends_the_round_at_once, tc)
{
	router_start(1, 1);
	rt.mute = 1;
	router_want(PORTMAP_UDP, 4500);
	portmap_unreachable(&rt.pm, rt.now);
	ATF_CHECK_EQ(PORTMAP_QUIET, rt.pm.state);
	ATF_CHECK_EQ(1, rt.udp.unmapped);
	rt.nsent = 0;
	router_run(PORTMAP_QUIET_MS - 1);
	ATF_CHECK_EQ(0, rt.nsent);
	rt.mute = 0;
	router_run(1000);
	ATF_CHECK_EQ(1, rt.udp.mapped);
	/* What works is not ended by such an error. */
	portmap_unreachable(&rt.pm, rt.now);
	ATF_CHECK_EQ(PORTMAP_SPEAKING, rt.pm.state);
}

ATF_TC_WITHOUT_HEAD(a_mapping_is_renewed_from_half_its_lifetime);
ATF_TC_BODY(a_mapping_is_renewed_from_half_its_lifetime, tc)
{
	int	 pcp;

	for (pcp = 0; pcp < 2; pcp++) {
		router_start(pcp, !pcp);
		router_want(PORTMAP_UDP, 4500);
		router_run(HOUR - 1000);
		ATF_CHECK_EQ(1, rt.udp.mapped);
		router_run(pcp ? HOUR / 4 + 2000 : 2000);
		ATF_CHECK_EQ(2, rt.udp.mapped);
		router_run(24 * HOUR);
		ATF_CHECK_EQ(0, rt.udp.unmapped);
		ATF_CHECK(rt.udp.mapped >= 20 && rt.udp.mapped <= 26);
	}
	/* A shorter lifetime is the gateway's right. */
	router_start(1, 0);
	rt.lifetime = 120;
	router_want(PORTMAP_UDP, 4500);
	router_run(10 * MINUTE);
	ATF_CHECK_EQ(120, rt.udp.lifetime);
	ATF_CHECK(rt.udp.mapped >= 8 && rt.udp.mapped <= 11);
	ATF_CHECK_EQ(0, rt.udp.unmapped);
}

ATF_TC_WITHOUT_HEAD(renewals_ask_for_what_was_given);
ATF_TC_BODY(renewals_ask_for_what_was_given, tc)
{
	struct endpoint	 wish = ep_of("203.0.113.5", 7777);

	router_start(1, 0);
	ATF_REQUIRE_EQ(0, portmap_want(&rt.pm, PORTMAP_UDP, 4500, &wish,
	    rt.now));
	router_run(1000);
	check_mapped(&rt.udp, "203.0.113.5", 7777);
	router_run(HOUR + HOUR / 4 + 1000);
	ATF_REQUIRE_EQ(60, rt.last.len);
	ATF_CHECK_EQ(7777, be16(rt.last.data + 42));
	/* Nobody wished for an address at first. */
	router_start(1, 0);
	router_want(PORTMAP_UDP, 4500);
	router_run(HOUR + HOUR / 4 + 1000);
	ATF_REQUIRE_EQ(60, rt.last.len);
	ATF_CHECK(memcmp(rt.last.data + 56, wish.addr, 4) == 0);
}

ATF_TC_WITHOUT_HEAD(a_mapping_not_renewed_expires_and_is_asked_for_anew);
ATF_TC_BODY(a_mapping_not_renewed_expires_and_is_asked_for_anew, tc)
{
	int	 pcp;

	for (pcp = 0; pcp < 2; pcp++) {
		router_start(pcp, !pcp);
		router_want(PORTMAP_UDP, 4500);
		router_run(1000);
		rt.mute = 1;
		router_run(2 * HOUR);
		ATF_CHECK_EQ(1, rt.udp.unmapped);
		ATF_CHECK_EQ(PORTMAP_EXPIRED, rt.udp.why);
		ATF_CHECK(rt.udp.at - START >= 2 * HOUR);
		ATF_CHECK(rt.udp.at - START <= 2 * HOUR + 100);
		ATF_CHECK(rt.nsent < 160);
		ATF_CHECK_EQ(PORTMAP_ASKING, rt.pm.state);
		/* The router is another one: it speaks the other protocol. */
		rt.mute = 0;
		rt.pcp = !pcp;
		rt.pmp = pcp;
		router_run(5 * MINUTE);
		ATF_CHECK_EQ(2, rt.udp.mapped);
		ATF_CHECK_EQ(pcp ? PORTMAP_NATPMP : PORTMAP_PCP,
		    rt.pm.protocol);
	}
}

ATF_TC_WITHOUT_HEAD(after_a_restart_of_the_router_all_is_mapped_again);
ATF_TC_BODY(after_a_restart_of_the_router_all_is_mapped_again, tc)
{
	uint64_t	 since;
	int		 pcp;

	for (pcp = 0; pcp < 2; pcp++) {
		router_start(pcp, !pcp);
		router_want(PORTMAP_UDP, 4500);
		router_run(20 * MINUTE);
		router_want(PORTMAP_TCP, 4501);
		router_run(20 * MINUTE);
		ATF_CHECK_EQ(0, rt.pm.stats.epoch_resets);
		router_restart();
		rt.outside = "203.0.113.6";
		since = rt.now;
		/* The renewal of the first tells: the other follows. */
		router_run(36 * MINUTE);
		ATF_CHECK_EQ(1, rt.pm.stats.epoch_resets);
		ATF_CHECK_EQ(0, rt.udp.unmapped);
		ATF_CHECK_EQ(0, rt.tcp.unmapped);
		check_mapped(&rt.udp, "203.0.113.6", 4500);
		check_mapped(&rt.tcp, "203.0.113.6", 4501);
		ATF_CHECK(rt.udp.at > since && rt.tcp.at > since);
		ATF_CHECK(rt.tcp.at - rt.udp.at <= 20 ||
		    rt.udp.at - rt.tcp.at <= 20);
	}
}

ATF_TC_WITHOUT_HEAD(the_epoch_may_drift_but_not_jump);
ATF_TC_BODY(the_epoch_may_drift_but_not_jump, tc)
{
	/* RFC 6887 8.5: a sixteenth and two seconds either way. */
	router_start(1, 0);
	rt.booted = 0;
	router_want(PORTMAP_UDP, 4500);
	router_run(100);
	router_run(100000);
	rt.booted += 8000;
	portmap_recheck(&rt.pm, rt.now);
	router_run(100);
	ATF_CHECK_EQ(0, rt.pm.stats.epoch_resets);
	router_run(100000);
	rt.booted -= 8000;
	portmap_recheck(&rt.pm, rt.now);
	router_run(100);
	ATF_CHECK_EQ(0, rt.pm.stats.epoch_resets);
	router_run(100000);
	rt.booted += 10000;
	portmap_recheck(&rt.pm, rt.now);
	router_run(100);
	ATF_CHECK_EQ(1, rt.pm.stats.epoch_resets);
	router_run(100000);
	rt.booted -= 10000;
	portmap_recheck(&rt.pm, rt.now);
	router_run(100);
	ATF_CHECK_EQ(2, rt.pm.stats.epoch_resets);
	/* RFC 6886 3.6: an eighth slow and two seconds, any speed ahead. */
	router_start(0, 1);
	rt.booted = 0;
	router_want(PORTMAP_UDP, 4500);
	router_run(100000);
	rt.booted += 12000;
	portmap_recheck(&rt.pm, rt.now);
	router_run(100);
	rt.booted -= 500000;
	portmap_recheck(&rt.pm, rt.now);
	router_run(100000);
	ATF_CHECK_EQ(0, rt.pm.stats.epoch_resets);
	rt.booted += 18000;
	portmap_recheck(&rt.pm, rt.now);
	router_run(100);
	ATF_CHECK_EQ(1, rt.pm.stats.epoch_resets);
}

ATF_TC_WITHOUT_HEAD(forged_epochs_do_not_make_us_send_without_pause);
ATF_TC_BODY(forged_epochs_do_not_make_us_send_without_pause, tc)
{
	int	 i, n;

	router_start(0, 1);
	rt.booted = 0;
	router_want(PORTMAP_UDP, 4500);
	router_want(PORTMAP_TCP, 4501);
	router_run(1000);
	n = rt.nsent;
	for (i = 0; i < 40; i++) {
		rt.booted = i % 3 == 0 ? rt.now - 500 : 0;
		portmap_recheck(&rt.pm, rt.now);
		router_run(500);
	}
	ATF_CHECK(rt.pm.stats.epoch_resets >= 2);
	ATF_CHECK_MSG(rt.nsent - n <= 3 * 8, "%d packets", rt.nsent - n);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, both_protocols_are_asked_at_once);
	ATF_TP_ADD_TC(tp, pcp_is_used_where_both_are_spoken);
	ATF_TP_ADD_TC(tp, natpmp_is_used_where_pcp_is_refused_or_ignored);
	ATF_TP_ADD_TC(tp, a_slow_pcp_answer_still_wins_within_the_grace);
	ATF_TP_ADD_TC(tp, a_gateway_with_pcp_alone_ends_the_natpmp_question);
	ATF_TP_ADD_TC(tp, an_unknown_version_alone_is_given_up);
	ATF_TP_ADD_TC(tp, questions_are_repeated_as_the_rfcs_say_and_end);
	ATF_TP_ADD_TC(tp, a_silent_gateway_is_asked_less_and_less_often);
	ATF_TP_ADD_TC(tp, lost_packets_are_made_up_for);
	ATF_TP_ADD_TC(tp, a_closed_port_ends_the_round_at_once);
	ATF_TP_ADD_TC(tp, a_mapping_is_renewed_from_half_its_lifetime);
	ATF_TP_ADD_TC(tp, renewals_ask_for_what_was_given);
	ATF_TP_ADD_TC(tp, a_mapping_not_renewed_expires_and_is_asked_for_anew);
	ATF_TP_ADD_TC(tp, after_a_restart_of_the_router_all_is_mapped_again);
	ATF_TP_ADD_TC(tp, the_epoch_may_drift_but_not_jump);
	ATF_TP_ADD_TC(tp, forged_epochs_do_not_make_us_send_without_pause);
	return atf_no_error();
}
