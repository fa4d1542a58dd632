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
 * What the port mapping client makes of answers: lies, damage, refusals,
 * strange addresses; and how it gives a mapping back.
 */

#include <sys/types.h>

#include <atf-c.h>
#include <stdint.h>
#include <string.h>

#include "portmap/portmap.h"
#include "portmap_router.h"

ATF_TC_WITHOUT_HEAD(answers_from_elsewhere_change_nothing);
ATF_TC_BODY(answers_from_elsewhere_change_nothing, tc)
{
	int	 pcp, port;

	for (pcp = 0; pcp < 2; pcp++)
		for (port = 0; port < 2; port++) {
			router_start(pcp, !pcp);
			rt.lie_source = !port;
			rt.lie_port = port;
			router_want(PORTMAP_UDP, 4500);
			router_run(10000);
			ATF_CHECK_EQ(0, rt.udp.mapped);
			ATF_CHECK(rt.pm.stats.bad_source > 0);
			ATF_CHECK_EQ(0, rt.pm.stats.accepted);
		}
}

ATF_TC_WITHOUT_HEAD(pcp_answers_need_the_nonce);
ATF_TC_BODY(pcp_answers_need_the_nonce, tc)
{
	router_start(1, 0);
	rt.lie_nonce = 1;
	router_want(PORTMAP_UDP, 4500);
	router_run(2000);
	ATF_CHECK_EQ(0, rt.udp.mapped);
	ATF_CHECK_EQ(1, rt.pm.stats.bad_nonce);
	/* Nor is a forged refusal believed. */
	rt.pcp_result = PCP_NOT_AUTHORIZED;
	router_run(3000);
	ATF_CHECK_EQ(0, rt.pm.stats.refusals);
	rt.pcp_result = 0;
	rt.lie_nonce = 0;
	router_run(10000);
	ATF_CHECK_EQ(1, rt.udp.mapped);
	ATF_CHECK(memcmp(rt.pm.maps[0].nonce, rt.pm.maps[1].nonce,
	    PORTMAP_NONCE_LEN) != 0);
}

ATF_TC_WITHOUT_HEAD(answers_that_nobody_asked_for_are_counted);
ATF_TC_BODY(answers_that_nobody_asked_for_are_counted, tc)
{
	static const uint8_t	 map[16] = {
		0, 129, 0, 0, 0, 0, 0, 0, 0x11, 0x94, 0x11, 0x94, 0, 0, 2, 2
	};
	static const uint8_t	 addr[12] = { 0, 128, 0, 0, 0, 0, 0, 0, 9 };
	static const uint8_t	 version[8] = { 0, 128, 0, 1 };
	uint8_t			 other[16];
	struct packet		 kept;

	router_start(0, 1);
	router_want(PORTMAP_UDP, 4500);
	router_run(1000);
	router_reply(map, sizeof(map), 0);
	router_reply(addr, sizeof(addr), 0);
	router_reply(version, sizeof(version), 0);
	router_run(1000);
	ATF_CHECK_EQ(3, rt.pm.stats.unasked);
	ATF_CHECK_EQ(1, rt.udp.mapped);
	memcpy(other, map, sizeof(map));
	other[9] = 0x95;
	portmap_recheck(&rt.pm, rt.now);
	rt.mute = 1;
	(void)portmap_tick(&rt.pm, rt.now);
	router_reply(other, sizeof(other), 0);
	router_run(100);
	ATF_CHECK_EQ(1, rt.pm.stats.not_ours);
	/* PCP: a copy of a good answer for a port that is none of ours. */
	router_start(1, 0);
	router_want(PORTMAP_UDP, 4500);
	kept = rt.queue[0];
	kept.data[41]++;
	(void)portmap_input(&rt.pm, &kept.from, kept.data, kept.len, rt.now);
	ATF_CHECK_EQ(1, rt.pm.stats.not_ours);
	kept.data[36] = 132;
	(void)portmap_input(&rt.pm, &kept.from, kept.data, kept.len, rt.now);
	ATF_CHECK_EQ(2, rt.pm.stats.not_ours);
	ATF_CHECK_EQ(0, rt.udp.mapped);
}

ATF_TC_WITHOUT_HEAD(damaged_answers_are_counted_by_reason);
ATF_TC_BODY(damaged_answers_are_counted_by_reason, tc)
{
	struct packet	 p;

	router_start(1, 0);
	router_want(PORTMAP_UDP, 4500);
	p = rt.queue[0];
	ATF_CHECK_EQ(-1, portmap_input(&rt.pm, &p.from, p.data, 59, rt.now));
	ATF_CHECK_EQ(1, rt.pm.stats.bad_length);
	p.data[1] = 1;
	ATF_CHECK_EQ(-1, portmap_input(&rt.pm, &p.from, p.data, 60, rt.now));
	ATF_CHECK_EQ(1, rt.pm.stats.not_answer);
	p.data[1] = 0x82;
	ATF_CHECK_EQ(-1, portmap_input(&rt.pm, &p.from, p.data, 60, rt.now));
	ATF_CHECK_EQ(1, rt.pm.stats.bad_opcode);
	p.data[0] = 7;
	ATF_CHECK_EQ(-1, portmap_input(&rt.pm, &p.from, p.data, 60, rt.now));
	ATF_CHECK_EQ(1, rt.pm.stats.bad_version);
	router_run(100);
	ATF_CHECK_EQ(1, rt.udp.mapped);
}

ATF_TC_WITHOUT_HEAD(refusals_by_both_are_named_and_asked_about_rarely);
ATF_TC_BODY(refusals_by_both_are_named_and_asked_about_rarely, tc)
{
	int	 n;

	router_start(1, 1);
	rt.pcp_result = PCP_NOT_AUTHORIZED;
	rt.pmp_result = PMP_NOT_AUTHORIZED;
	rt.error_lifetime = 1800;
	router_want(PORTMAP_UDP, 4500);
	router_run(1000);
	ATF_CHECK_EQ(1, rt.udp.unmapped);
	ATF_CHECK_EQ(PORTMAP_REFUSED, rt.udp.why);
	ATF_CHECK_STREQ("not authorized", portmap_result_name(PORTMAP_PCP,
	    info_of(PORTMAP_UDP).result));
	n = rt.nsent;
	router_run(29 * MINUTE);
	ATF_CHECK_EQ(n, rt.nsent);
	router_run(24 * HOUR);
	ATF_CHECK(rt.nsent - n > 20 && rt.nsent - n < 120);
	rt.pcp_result = 0;
	router_run(HOUR + 1000);
	ATF_CHECK_EQ(1, rt.udp.mapped);
}

ATF_TC_WITHOUT_HEAD(refused_by_pcp_and_granted_by_natpmp_is_granted);
ATF_TC_BODY(refused_by_pcp_and_granted_by_natpmp_is_granted, tc)
{
	router_start(1, 1);
	rt.pcp_result = PCP_ADDRESS_MISMATCH;
	router_want(PORTMAP_UDP, 4500);
	router_run(1000);
	ATF_CHECK_EQ(PORTMAP_NATPMP, rt.pm.protocol);
	ATF_CHECK_EQ(1, rt.udp.mapped);
	ATF_CHECK_EQ(0, rt.udp.unmapped);
}

ATF_TC_WITHOUT_HEAD(one_protocol_may_be_refused_and_the_other_granted);
ATF_TC_BODY(one_protocol_may_be_refused_and_the_other_granted, tc)
{
	router_start(1, 0);
	router_want(PORTMAP_UDP, 4500);
	router_run(1000);
	rt.pcp_result = PCP_UNSUPP_PROTOCOL;
	router_want(PORTMAP_TCP, 4500);
	router_run(1000);
	ATF_CHECK_EQ(1, rt.tcp.unmapped);
	ATF_CHECK_EQ(PCP_UNSUPP_PROTOCOL, info_of(PORTMAP_TCP).result);
	ATF_CHECK_EQ(1, info_of(PORTMAP_UDP).held);
	ATF_CHECK_EQ(PORTMAP_SPEAKING, rt.pm.state);
	/* 30 s, 60 s, 120 s ... */
	ATF_CHECK_EQ(2, router_count(2, 0));
	router_run(30000);
	ATF_CHECK_EQ(3, router_count(2, 0));
	router_run(55000);
	ATF_CHECK_EQ(3, router_count(2, 0));
	router_run(6000);
	ATF_CHECK_EQ(4, router_count(2, 0));
	ATF_CHECK_EQ(1, rt.tcp.unmapped);
	rt.pcp_result = 0;
	router_run(3 * MINUTE);
	ATF_CHECK_EQ(1, rt.tcp.mapped);
}

ATF_TC_WITHOUT_HEAD(a_refused_renewal_keeps_what_is_held);
ATF_TC_BODY(a_refused_renewal_keeps_what_is_held, tc)
{
	router_start(1, 0);
	router_want(PORTMAP_UDP, 4500);
	router_run(1000);
	rt.pcp_result = PCP_NO_RESOURCES;
	router_run(2 * HOUR - 10000);
	ATF_CHECK_EQ(0, rt.udp.unmapped);
	ATF_CHECK(rt.pm.stats.refusals > 2);
	router_run(20000);
	ATF_CHECK_EQ(1, rt.udp.unmapped);
	ATF_CHECK_EQ(PORTMAP_EXPIRED, rt.udp.why);
	/* But a router that has restarted holds nothing. */
	router_start(1, 0);
	router_want(PORTMAP_UDP, 4500);
	router_run(MINUTE);
	router_restart();
	rt.pcp_result = PCP_NO_RESOURCES;
	portmap_recheck(&rt.pm, rt.now);
	router_run(1000);
	ATF_CHECK_EQ(1, rt.udp.unmapped);
	ATF_CHECK_EQ(PORTMAP_REFUSED, rt.udp.why);
}

ATF_TC_WITHOUT_HEAD(a_taken_outside_port_is_given_up_for_any);
ATF_TC_BODY(a_taken_outside_port_is_given_up_for_any, tc)
{
	router_start(1, 0);
	rt.taken = 4500;
	router_want(PORTMAP_UDP, 4500);
	router_run(1000);
	ATF_CHECK_EQ(0, rt.udp.unmapped);
	check_mapped(&rt.udp, "203.0.113.5", 40000);
}

ATF_TC_WITHOUT_HEAD(a_private_outside_address_is_told_as_it_is);
ATF_TC_BODY(a_private_outside_address_is_told_as_it_is, tc)
{
	static const char *const	 outside[] = {
		"10.0.0.2", "100.64.0.7", "192.168.0.3"
	};
	size_t	 i;
	int	 pcp;

	for (i = 0; i < 3; i++)
		for (pcp = 0; pcp < 2; pcp++) {
			router_start(pcp, !pcp);
			rt.outside = outside[i];
			router_want(PORTMAP_UDP, 4500);
			router_run(1000);
			check_mapped(&rt.udp, outside[i], 4500);
		}
}

ATF_TC_WITHOUT_HEAD(a_useless_outside_address_is_a_refusal);
ATF_TC_BODY(a_useless_outside_address_is_a_refusal, tc)
{
	int	 pcp;

	for (pcp = 0; pcp < 2; pcp++) {
		router_start(pcp, !pcp);
		rt.outside = "0.0.0.0";
		router_want(PORTMAP_UDP, 4500);
		router_run(1000);
		ATF_CHECK_EQ(0, rt.udp.mapped);
		ATF_CHECK_EQ(1, rt.udp.unmapped);
		ATF_CHECK_EQ(PORTMAP_REFUSED, rt.udp.why);
		ATF_CHECK_EQ(1, rt.pm.stats.bad_answer);
		/* The line has come up. */
		rt.outside = "203.0.113.5";
		router_run(2 * MINUTE);
		ATF_CHECK_EQ(1, rt.udp.mapped);
	}
	router_start(1, 0);
	rt.lifetime = 3;
	router_want(PORTMAP_UDP, 4500);
	router_run(1000);
	ATF_CHECK_EQ(0, rt.udp.mapped);
}

ATF_TC_WITHOUT_HEAD(a_new_outside_address_is_told);
ATF_TC_BODY(a_new_outside_address_is_told, tc)
{
	router_start(0, 1);
	router_want(PORTMAP_UDP, 4500);
	router_run(1000);
	rt.outside = "203.0.113.77";
	portmap_recheck(&rt.pm, rt.now);
	router_run(1000);
	check_mapped(&rt.udp, "203.0.113.77", 4500);
	ATF_CHECK_EQ(0, rt.udp.unmapped);
}

ATF_TC_WITHOUT_HEAD(a_longer_lifetime_than_a_day_is_not_believed);
ATF_TC_BODY(a_longer_lifetime_than_a_day_is_not_believed, tc)
{
	struct packet	 p;

	router_start(1, 0);
	router_want(PORTMAP_UDP, 4500);
	p = rt.queue[0];
	memset(p.data + 4, 0xff, 4);
	ATF_CHECK_EQ(0, portmap_input(&rt.pm, &p.from, p.data, p.len,
	    rt.now));
	ATF_CHECK_EQ(PORTMAP_LIFETIME_MAX, rt.udp.lifetime);
	ATF_CHECK(portmap_tick(&rt.pm, rt.now) <= rt.now + 15 * HOUR);
}

ATF_TC_WITHOUT_HEAD(release_deletes_every_mapping);
ATF_TC_BODY(release_deletes_every_mapping, tc)
{
	int	 pcp, n;

	for (pcp = 0; pcp < 2; pcp++) {
		router_start(pcp, !pcp);
		router_want(PORTMAP_UDP, 4500);
		router_want(PORTMAP_TCP, 4501);
		router_run(1000);
		n = rt.nsent;
		portmap_release(&rt.pm, rt.now);
		ATF_REQUIRE_EQ(n + 2, rt.nsent);
		ATF_CHECK_EQ(0, rt.sent_life[n]);
		ATF_CHECK_EQ(0, rt.sent_life[n + 1]);
		ATF_CHECK_EQ(PORTMAP_GIVEN_UP, rt.udp.why);
		ATF_CHECK_EQ(PORTMAP_GIVEN_UP, rt.tcp.why);
		ATF_CHECK(!portmap_is_released(&rt.pm));
		router_run(20);
		ATF_CHECK(portmap_is_released(&rt.pm));
		ATF_CHECK_EQ(PORTMAP_NEVER, portmap_tick(&rt.pm, rt.now));
		router_run(24 * HOUR);
		ATF_CHECK_EQ(n + 2, rt.nsent);
	}
}

ATF_TC_WITHOUT_HEAD(a_deletion_without_answer_is_repeated_and_ends);
ATF_TC_BODY(a_deletion_without_answer_is_repeated_and_ends, tc)
{
	int	 n;

	router_start(1, 0);
	router_want(PORTMAP_UDP, 4500);
	router_run(1000);
	n = rt.nsent;
	rt.mute = 1;
	portmap_release(&rt.pm, rt.now);
	router_run(3000);
	ATF_CHECK_EQ(n + PORTMAP_DELETE_TRIES, rt.nsent);
	ATF_CHECK(portmap_is_released(&rt.pm));
}

ATF_TC_WITHOUT_HEAD(what_was_asked_without_answer_is_deleted_too);
ATF_TC_BODY(what_was_asked_without_answer_is_deleted_too, tc)
{
	router_start(1, 0);
	rt.pcp_delay = 100;
	router_want(PORTMAP_UDP, 4500);
	portmap_release(&rt.pm, rt.now);
	ATF_REQUIRE_EQ(3, rt.nsent);
	ATF_CHECK_EQ(0, rt.sent_life[2]);
	router_run(1000);
	ATF_CHECK_EQ(0, rt.udp.mapped);
	ATF_CHECK(portmap_is_released(&rt.pm));
	/* Nobody was asked: nothing is to be said. */
	router_start(1, 0);
	portmap_release(&rt.pm, rt.now);
	ATF_CHECK_EQ(0, rt.nsent);
	ATF_CHECK(portmap_is_released(&rt.pm));
}

ATF_TC_WITHOUT_HEAD(another_port_replaces_the_mapping);
ATF_TC_BODY(another_port_replaces_the_mapping, tc)
{
	router_start(1, 0);
	router_want(PORTMAP_UDP, 4500);
	router_want(PORTMAP_TCP, 4500);
	router_run(1000);
	router_want(PORTMAP_UDP, 4500);
	ATF_CHECK_EQ(3, rt.nsent);
	router_want(PORTMAP_UDP, 4600);
	ATF_CHECK_EQ(0, rt.sent_life[3]);
	ATF_CHECK_EQ(PORTMAP_LIFETIME, rt.sent_life[4]);
	ATF_CHECK_EQ(1, rt.udp.unmapped);
	router_run(1000);
	check_mapped(&rt.udp, "203.0.113.5", 4600);
	ATF_CHECK_EQ(0, rt.tcp.unmapped);
	portmap_unwant(&rt.pm, PORTMAP_TCP, rt.now);
	ATF_CHECK_EQ(1, rt.tcp.unmapped);
	router_run(3 * HOUR);
	ATF_CHECK_EQ(1, rt.tcp.mapped);
	ATF_CHECK(rt.udp.mapped >= 3);
}

ATF_TC_WITHOUT_HEAD(over_ipv6_pcp_alone_opens_the_firewall);
ATF_TC_BODY(over_ipv6_pcp_alone_opens_the_firewall, tc)
{
	struct endpoint	 gw, own;

	router_start(1, 1);
	gw = ep_of("fe80::1", 0);
	own = ep_of("2001:db8::10", 0);
	ATF_REQUIRE_EQ(0, portmap_init(&rt.pm, &ops, &rt, &gw, &own, seed));
	rt.outside = "2001:db8::10";
	router_want(PORTMAP_UDP, 4500);
	ATF_CHECK_EQ(1, rt.nsent);
	router_run(1000);
	check_mapped(&rt.udp, "2001:db8::10", 4500);
}

ATF_TC_WITHOUT_HEAD(senseless_arguments_are_refused);
ATF_TC_BODY(senseless_arguments_are_refused, tc)
{
	struct portmap_info	 info;
	struct endpoint		 gw = ep_of("192.168.1.1", 0);
	struct endpoint		 own = ep_of("2001:db8::1", 0);

	router_start(1, 1);
	ATF_CHECK_EQ(-1, portmap_want(&rt.pm, PORTMAP_UDP, 0, NULL, rt.now));
	ATF_CHECK_EQ(-1, portmap_want(&rt.pm, 132, 1, NULL, rt.now));
	ATF_CHECK_EQ(-1, portmap_get(&rt.pm, PORTMAP_UDP, &info));
	ATF_CHECK_EQ(PORTMAP_NEVER, portmap_tick(&rt.pm, rt.now));
	ATF_CHECK_EQ(0, rt.nsent);
	ATF_CHECK_EQ(-1, portmap_init(&rt.pm, &ops, &rt, &gw, &own, seed));
	memset(&own, 0, sizeof(own));
	ATF_CHECK_EQ(-1, portmap_init(&rt.pm, &ops, &rt, &gw, &own, seed));
	ATF_CHECK_STREQ("unknown", portmap_result_name(PORTMAP_NATPMP, 6));
	ATF_CHECK_STREQ("unknown", portmap_protocol_name(-1));
	ATF_CHECK_STREQ("excessive remote peers",
	    portmap_result_name(PORTMAP_PCP, 13));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, answers_from_elsewhere_change_nothing);
	ATF_TP_ADD_TC(tp, pcp_answers_need_the_nonce);
	ATF_TP_ADD_TC(tp, answers_that_nobody_asked_for_are_counted);
	ATF_TP_ADD_TC(tp, damaged_answers_are_counted_by_reason);
	ATF_TP_ADD_TC(tp, refusals_by_both_are_named_and_asked_about_rarely);
	ATF_TP_ADD_TC(tp, refused_by_pcp_and_granted_by_natpmp_is_granted);
	ATF_TP_ADD_TC(tp, one_protocol_may_be_refused_and_the_other_granted);
	ATF_TP_ADD_TC(tp, a_refused_renewal_keeps_what_is_held);
	ATF_TP_ADD_TC(tp, a_taken_outside_port_is_given_up_for_any);
	ATF_TP_ADD_TC(tp, a_private_outside_address_is_told_as_it_is);
	ATF_TP_ADD_TC(tp, a_useless_outside_address_is_a_refusal);
	ATF_TP_ADD_TC(tp, a_new_outside_address_is_told);
	ATF_TP_ADD_TC(tp, a_longer_lifetime_than_a_day_is_not_believed);
	ATF_TP_ADD_TC(tp, release_deletes_every_mapping);
	ATF_TP_ADD_TC(tp, a_deletion_without_answer_is_repeated_and_ends);
	ATF_TP_ADD_TC(tp, what_was_asked_without_answer_is_deleted_too);
	ATF_TP_ADD_TC(tp, another_port_replaces_the_mapping);
	ATF_TP_ADD_TC(tp, over_ipv6_pcp_alone_opens_the_firewall);
	ATF_TP_ADD_TC(tp, senseless_arguments_are_refused);
	return atf_no_error();
}
