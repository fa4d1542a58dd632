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
 * Behaviour of translators told from what servers saw, and what two sides do
 * about each other; translators here are a few lines each.
 */

#include <sys/types.h>

#include <atf-c.h>
#include <stdint.h>
#include <string.h>

#include "nat/nat.h"

#define NOW	5000

/* Two servers at two ports each, as RFC 5780 has it. */
static const struct {
	const char	*addr;
	uint16_t	 port;
} servers[] = {
	{ "198.51.100.2", 3478 }, { "203.0.113.2", 3478 },
	{ "198.51.100.2", 3479 }, { "203.0.113.2", 3479 }
};
#define SERVERS		(sizeof(servers) / sizeof(servers[0]))

static struct nat_probe		probe;
static struct nat_behaviour	b;

static struct endpoint
ep_of(const char *addr, uint16_t port)
{
	struct endpoint	 ep;

	ATF_REQUIRE(endpoint_parse(&ep, addr, port) == 0);
	return ep;
}

/* Ask all servers from port 4000; 0: no answer. */
static void
round_of(enum nat_transport transport, const char *outside,
    const uint16_t ports[SERVERS])
{
	struct endpoint	 own = ep_of("192.168.1.10", 0);
	struct endpoint	 s, m;
	size_t		 i;

	nat_probe_init(&probe);
	ATF_REQUIRE_EQ(0, nat_probe_add_own(&probe, &own));
	for (i = 0; i < SERVERS; i++) {
		s = ep_of(servers[i].addr, servers[i].port);
		ATF_REQUIRE_EQ(0, nat_probe_asked(&probe, transport, 4000,
		    &s, NOW));
	}
	/* Answers in another order than questions. */
	for (i = SERVERS; i-- > 0;) {
		if (ports[i] == 0)
			continue;
		s = ep_of(servers[i].addr, servers[i].port);
		m = ep_of(outside, ports[i]);
		ATF_REQUIRE_EQ(0, nat_probe_seen(&probe, transport, 4000,
		    &s, &m, NOW + 40 + i));
	}
	nat_probe_behaviour(&probe, transport, 4, NOW + 1000, &b);
	ATF_CHECK_EQ(0, nat_behaviour_check(&b));
	ATF_CHECK_EQ(transport, b.transport);
	ATF_CHECK_EQ(NAT_UNKNOWN, b.hairpin);
}

static void
check_round(const uint16_t ports[SERVERS], enum nat_mapping mapping,
    enum nat_allocation allocation, int step, uint16_t last)
{
	round_of(NAT_UDP, "198.51.100.11", ports);
	ATF_CHECK_STREQ(nat_mapping_name(mapping),
	    nat_mapping_name(b.mapping));
	ATF_CHECK_STREQ(nat_allocation_name(allocation),
	    nat_allocation_name(b.allocation));
	ATF_CHECK_EQ_MSG(step, b.step, "step %d", b.step);
	ATF_CHECK_EQ_MSG(last, b.last, "last %u", b.last);
}

ATF_TC_WITHOUT_HEAD(an_equal_mapping_everywhere_is_endpoint_independent);
ATF_TC_BODY(an_equal_mapping_everywhere_is_endpoint_independent, tc)
{
	static const uint16_t	 kept[] = { 4000, 4000, 4000, 4000 };
	static const uint16_t	 changed[] = { 61000, 61000, 61000, 61000 };
	static const uint16_t	 lost[] = { 61000, 0, 0, 61000 };

	check_round(kept, NAT_MAPPING_ENDPOINT, NAT_ALLOCATION_STABLE, 0,
	    4000);
	ATF_CHECK_EQ(NAT_YES, b.preserved);
	ATF_CHECK_EQ(0, b.blocked);
	ATF_CHECK_EQ(NOW + 43, b.when);
	check_round(changed, NAT_MAPPING_ENDPOINT, NAT_ALLOCATION_STABLE, 0,
	    61000);
	ATF_CHECK_EQ(NAT_NO, b.preserved);
	check_round(lost, NAT_MAPPING_ENDPOINT, NAT_ALLOCATION_STABLE, 0,
	    61000);
}

ATF_TC_WITHOUT_HEAD(one_server_address_tells_nothing_of_mapping);
ATF_TC_BODY(one_server_address_tells_nothing_of_mapping, tc)
{
	static const uint16_t	 one[] = { 4000, 0, 4000, 0 };
	static const uint16_t	 single[] = { 4000, 0, 0, 0 };
	static const uint16_t	 ports[] = { 5000, 0, 61234, 0 };

	check_round(one, NAT_MAPPING_UNKNOWN, NAT_ALLOCATION_UNKNOWN, 0,
	    4000);
	check_round(single, NAT_MAPPING_UNKNOWN, NAT_ALLOCATION_UNKNOWN, 0,
	    4000);
	check_round(ports, NAT_MAPPING_ADDRESS_PORT, NAT_ALLOCATION_RANDOM,
	    0, 61234);
}

ATF_TC_WITHOUT_HEAD(an_own_address_seen_outside_means_no_translator);
ATF_TC_BODY(an_own_address_seen_outside_means_no_translator, tc)
{
	static const uint16_t	 kept[] = { 4000, 4000, 4000, 4000 };
	static const uint16_t	 changed[] = { 4001, 4001, 4001, 4001 };

	round_of(NAT_UDP, "192.168.1.10", kept);
	ATF_CHECK_EQ(NAT_MAPPING_NONE, b.mapping);
	ATF_CHECK_EQ(NAT_ALLOCATION_STABLE, b.allocation);
	round_of(NAT_UDP, "192.168.1.10", changed);
	ATF_CHECK_EQ(NAT_MAPPING_ENDPOINT, b.mapping);
}

ATF_TC_WITHOUT_HEAD(mappings_by_address_and_by_port_are_told_apart);
ATF_TC_BODY(mappings_by_address_and_by_port_are_told_apart, tc)
{
	static const uint16_t	 address[] = { 50000, 2000, 50000, 2000 };
	static const uint16_t	 port[] = { 50000, 2000, 41000, 9999 };
	static const uint16_t	 unasked[] = { 50000, 2000, 0, 0 };

	check_round(address, NAT_MAPPING_ADDRESS, NAT_ALLOCATION_RANDOM, 0,
	    2000);
	check_round(port, NAT_MAPPING_ADDRESS_PORT, NAT_ALLOCATION_RANDOM, 0,
	    9999);
	check_round(unasked, NAT_MAPPING_ADDRESS_PORT, NAT_ALLOCATION_RANDOM,
	    0, 2000);
}

ATF_TC_WITHOUT_HEAD(a_sequence_is_found_with_its_step_and_last_port);
ATF_TC_BODY(a_sequence_is_found_with_its_step_and_last_port, tc)
{
	static const uint16_t	 one[] = { 30000, 30001, 30002, 30003 };
	static const uint16_t	 two[] = { 30000, 30002, 30004, 30006 };
	static const uint16_t	 down[] = { 30000, 29999, 29998, 29997 };
	static const uint16_t	 address[] = { 30000, 30001, 30000, 30001 };

	check_round(one, NAT_MAPPING_ADDRESS_PORT, NAT_ALLOCATION_SEQUENCE,
	    1, 30003);
	check_round(two, NAT_MAPPING_ADDRESS_PORT, NAT_ALLOCATION_SEQUENCE,
	    2, 30006);
	check_round(down, NAT_MAPPING_ADDRESS_PORT, NAT_ALLOCATION_SEQUENCE,
	    -1, 29997);
	check_round(address, NAT_MAPPING_ADDRESS, NAT_ALLOCATION_SEQUENCE,
	    1, 30001);
}

ATF_TC_WITHOUT_HEAD(a_sequence_survives_other_flows_and_overtaking);
ATF_TC_BODY(a_sequence_survives_other_flows_and_overtaking, tc)
{
	static const uint16_t	 flows[] = { 30000, 30003, 30004, 30011 };
	static const uint16_t	 even[] = { 30000, 30004, 30006, 30014 };
	static const uint16_t	 order[] = { 30001, 30000, 30003, 30002 };

	check_round(flows, NAT_MAPPING_ADDRESS_PORT,
	    NAT_ALLOCATION_SEQUENCE, 1, 30011);
	check_round(even, NAT_MAPPING_ADDRESS_PORT, NAT_ALLOCATION_SEQUENCE,
	    2, 30014);
	check_round(order, NAT_MAPPING_ADDRESS_PORT,
	    NAT_ALLOCATION_SEQUENCE, 1, 30003);
}

ATF_TC_WITHOUT_HEAD(a_sequence_may_begin_again_at_the_lowest_port);
ATF_TC_BODY(a_sequence_may_begin_again_at_the_lowest_port, tc)
{
	static const uint16_t	 up[] = { 65534, 65535, 1024, 1025 };
	static const uint16_t	 down[] = { 1025, 1024, 65535, 65534 };
	static const uint16_t	 low[] = { 1022, 1023, 1024, 1025 };

	check_round(up, NAT_MAPPING_ADDRESS_PORT, NAT_ALLOCATION_SEQUENCE,
	    1, 1025);
	check_round(down, NAT_MAPPING_ADDRESS_PORT, NAT_ALLOCATION_SEQUENCE,
	    -1, 65534);
	check_round(low, NAT_MAPPING_ADDRESS_PORT, NAT_ALLOCATION_RANDOM, 0,
	    1025);
}

ATF_TC_WITHOUT_HEAD(no_answer_at_all_means_blocked_after_a_while);
ATF_TC_BODY(no_answer_at_all_means_blocked_after_a_while, tc)
{
	static const uint16_t	 none[] = { 0, 0, 0, 0 };
	static const uint16_t	 one[] = { 0, 0, 0, 7000 };

	round_of(NAT_UDP, "198.51.100.11", none);
	ATF_CHECK_EQ(1, b.blocked);
	nat_probe_behaviour(&probe, NAT_UDP, 4, NOW + NAT_ANSWER_MS - 1, &b);
	ATF_CHECK_EQ(0, b.blocked);
	nat_probe_behaviour(&probe, NAT_TCP, 4, NOW + 9999, &b);
	ATF_CHECK_EQ(0, b.blocked);
	nat_probe_behaviour(&probe, NAT_UDP, 6, NOW + 9999, &b);
	ATF_CHECK_EQ(0, b.blocked);
	round_of(NAT_UDP, "198.51.100.11", one);
	ATF_CHECK_EQ(0, b.blocked);
}

ATF_TC_WITHOUT_HEAD(transports_and_families_are_judged_apart);
ATF_TC_BODY(transports_and_families_are_judged_apart, tc)
{
	static const uint16_t	 port[] = { 50000, 2000, 41000, 9999 };
	struct endpoint		 own = ep_of("2001:db8::5", 0);
	struct endpoint		 s, m;
	int			 i;

	round_of(NAT_UDP, "198.51.100.11", port);
	ATF_REQUIRE_EQ(0, nat_probe_add_own(&probe, &own));
	for (i = 1; i <= 2; i++) {
		s = ep_of("2001:db8::9", 3478);
		s.addr[15] += i;
		m = ep_of("2001:db8::5", 4000);
		ATF_REQUIRE_EQ(0, nat_probe_asked(&probe, NAT_UDP, 4000, &s,
		    NOW));
		ATF_REQUIRE_EQ(0, nat_probe_seen(&probe, NAT_UDP, 4000, &s,
		    &m, NOW + 1));
		s = ep_of("198.51.100.2", 443);
		s.addr[3] += i;
		m = ep_of("198.51.100.11", 4443);
		ATF_REQUIRE_EQ(0, nat_probe_asked(&probe, NAT_TCP, 4000, &s,
		    NOW));
		ATF_REQUIRE_EQ(0, nat_probe_seen(&probe, NAT_TCP, 4000, &s,
		    &m, NOW + 1));
	}
	nat_probe_behaviour(&probe, NAT_UDP, 4, NOW + 1, &b);
	ATF_CHECK_EQ(NAT_MAPPING_ADDRESS_PORT, b.mapping);
	nat_probe_behaviour(&probe, NAT_UDP, 6, NOW + 1, &b);
	ATF_CHECK_EQ(NAT_MAPPING_NONE, b.mapping);
	nat_probe_behaviour(&probe, NAT_TCP, 4, NOW + 1, &b);
	ATF_CHECK_EQ(NAT_MAPPING_ENDPOINT, b.mapping);
}

ATF_TC_WITHOUT_HEAD(a_round_has_limits_and_refuses_strangers);
ATF_TC_BODY(a_round_has_limits_and_refuses_strangers, tc)
{
	struct endpoint	 s = ep_of("198.51.100.2", 1), six, own;
	int		 i;

	nat_probe_init(&probe);
	ATF_CHECK_EQ(-1, nat_probe_seen(&probe, NAT_UDP, 1, &s, &s, NOW));
	for (i = 0; i < NAT_SEEN_MAX; i++) {
		s.port = (uint16_t)(1 + i);
		ATF_CHECK_EQ(0, nat_probe_asked(&probe, NAT_UDP, 1, &s, 1));
		ATF_CHECK_EQ(0, nat_probe_asked(&probe, NAT_UDP, 1, &s, 2));
	}
	s.port++;
	ATF_CHECK_EQ(-1, nat_probe_asked(&probe, NAT_UDP, 1, &s, 1));
	s.port = 1;
	six = ep_of("2001:db8::1", 1);
	ATF_CHECK_EQ(-1, nat_probe_seen(&probe, NAT_UDP, 1, &s, &six, NOW));
	ATF_CHECK_EQ(-1, nat_probe_seen(&probe, NAT_TCP, 1, &s, &s, NOW));
	ATF_CHECK_EQ(-1, nat_probe_seen(&probe, NAT_UDP, 2, &s, &s, NOW));
	nat_probe_begin(&probe);
	ATF_CHECK_EQ(-1, nat_probe_seen(&probe, NAT_UDP, 1, &s, &s, NOW));
	for (i = 0; i < NAT_OWN_MAX + 1; i++) {
		own = ep_of("10.0.0.0", 0);
		own.addr[3] = (uint8_t)i;
		ATF_CHECK_EQ(i < NAT_OWN_MAX ? 0 : -1,
		    nat_probe_add_own(&probe, &own));
	}
}

static struct nat_behaviour
behaviour(enum nat_allocation allocation, int step, uint16_t last)
{
	struct nat_behaviour	 n;

	memset(&n, 0, sizeof(n));
	n.transport = NAT_UDP;
	n.mapping = allocation == NAT_ALLOCATION_STABLE ?
	    NAT_MAPPING_ENDPOINT : NAT_MAPPING_ADDRESS_PORT;
	n.allocation = (uint8_t)allocation;
	n.step = (int16_t)step;
	n.last = last;
	return n;
}

ATF_TC_WITHOUT_HEAD(the_next_ports_of_a_sequence_are_predicted);
ATF_TC_BODY(the_next_ports_of_a_sequence_are_predicted, tc)
{
	uint16_t	 p[64];
	size_t		 i;

	b = behaviour(NAT_ALLOCATION_SEQUENCE, 2, 30000);
	ATF_CHECK_EQ(NAT_PREDICT_MAX, nat_predict(&b, p, 64));
	for (i = 0; i < NAT_PREDICT_MAX; i++)
		ATF_CHECK_EQ(30002 + 2 * i, p[i]);
	b = behaviour(NAT_ALLOCATION_SEQUENCE, 1, 65534);
	ATF_REQUIRE_EQ(4, nat_predict(&b, p, 4));
	ATF_CHECK_EQ(65535, p[0]);
	ATF_CHECK_EQ(1024, p[1]);
	ATF_CHECK_EQ(1025, p[2]);
	b = behaviour(NAT_ALLOCATION_SEQUENCE, -3, 1025);
	ATF_REQUIRE_EQ(3, nat_predict(&b, p, 3));
	ATF_CHECK_EQ(65534, p[0]);
	ATF_CHECK_EQ(65531, p[1]);
	b = behaviour(NAT_ALLOCATION_STABLE, 0, 80);
	ATF_CHECK_EQ(1, nat_predict(&b, p, 25));
	ATF_CHECK_EQ(80, p[0]);
	b = behaviour(NAT_ALLOCATION_RANDOM, 0, 5000);
	ATF_CHECK_EQ(0, nat_predict(&b, p, 25));
}

ATF_TC_WITHOUT_HEAD(a_hostile_claim_predicts_no_low_port);
ATF_TC_BODY(a_hostile_claim_predicts_no_low_port, tc)
{
	uint16_t	 p[NAT_PREDICT_MAX];
	size_t		 i, n;
	int32_t		 step, last;

	for (step = INT16_MIN; step <= INT16_MAX; step += 97)
		for (last = 0; last < 65536; last += 501) {
			b = behaviour(NAT_ALLOCATION_SEQUENCE, step,
			    (uint16_t)last);
			n = nat_predict(&b, p, NAT_PREDICT_MAX);
			for (i = 0; i < n; i++)
				ATF_REQUIRE(p[i] >= NAT_PORT_MIN);
			ATF_REQUIRE(last >= 1024 || n == 0);
		}
	b = behaviour(NAT_ALLOCATION_SEQUENCE, 1, 30000);
	ATF_CHECK_EQ(0, nat_behaviour_check(&b));
	b.step = 9999;
	ATF_CHECK_EQ(-1, nat_behaviour_check(&b));
	b.step = 0;
	ATF_CHECK_EQ(-1, nat_behaviour_check(&b));
	b = behaviour(NAT_ALLOCATION_SEQUENCE, 1, 1000);
	ATF_CHECK_EQ(-1, nat_behaviour_check(&b));
	b = behaviour(NAT_ALLOCATION_RANDOM, 0, 1000);
	ATF_CHECK_EQ(0, nat_behaviour_check(&b));
	b.mapping = 9;
	ATF_CHECK_EQ(-1, nat_behaviour_check(&b));
}

ATF_TC_WITHOUT_HEAD(the_strategy_follows_the_table);
ATF_TC_BODY(the_strategy_follows_the_table, tc)
{
	static const char	*udp[] = {
		"plain", "predict peer", "birthday probes", "hopeless",
		"plain", "predict both", "hopeless", "hopeless",
		"birthday sockets", "hopeless", "hopeless", "hopeless",
		"hopeless", "hopeless", "hopeless", "hopeless"
	};
	static const char	*tcp[] = {
		"plain", "predict peer", "hopeless", "hopeless",
		"plain", "hopeless", "hopeless", "hopeless",
		"hopeless", "hopeless", "hopeless", "hopeless",
		"hopeless", "hopeless", "hopeless", "hopeless"
	};
	struct nat_behaviour	 side[4];
	int			 i, j;

	side[0] = behaviour(NAT_ALLOCATION_STABLE, 0, 4000);
	side[1] = behaviour(NAT_ALLOCATION_SEQUENCE, 1, 4000);
	side[2] = behaviour(NAT_ALLOCATION_RANDOM, 0, 4000);
	side[3] = behaviour(NAT_ALLOCATION_UNKNOWN, 0, 0);
	side[3].blocked = 1;
	for (i = 0; i < 4; i++)
		for (j = 0; j < 4; j++) {
			ATF_CHECK_STREQ(udp[i * 4 + j], nat_strategy_name(
			    nat_strategy(&side[i], &side[j], NAT_UDP)));
			ATF_CHECK_STREQ(tcp[i * 4 + j], nat_strategy_name(
			    nat_strategy(&side[i], &side[j], NAT_TCP)));
		}
	/* Not known is tried as if it were stable. */
	side[3].blocked = 0;
	ATF_CHECK_EQ(NAT_PLAIN, nat_strategy(&side[3], &side[3], NAT_UDP));
	ATF_CHECK_EQ(NAT_BIRTHDAY_PROBES,
	    nat_strategy(&side[3], &side[2], NAT_UDP));
}

ATF_TC_WITHOUT_HEAD(the_birthday_plan_keeps_its_caps_and_tells_its_odds);
ATF_TC_BODY(the_birthday_plan_keeps_its_caps_and_tells_its_odds, tc)
{
	struct nat_birthday	 plan;

	nat_birthday_plan(&plan, 100000);
	ATF_CHECK_EQ(NAT_BIRTHDAY_SOCKETS_MAX, plan.sockets);
	ATF_CHECK_EQ(NAT_BIRTHDAY_PROBES_MAX, plan.probes);
	ATF_CHECK_EQ(2048, plan.duration_ms);
	ATF_CHECK(plan.success >= 8650 && plan.success <= 8750);
	nat_birthday_plan(&plan, 50);
	ATF_CHECK_EQ(50, plan.probes);
	ATF_CHECK_EQ(50, plan.sockets);
	ATF_CHECK_EQ(100, plan.duration_ms);
	nat_birthday_plan(&plan, 0);
	ATF_CHECK_EQ(0, plan.probes);
	ATF_CHECK_EQ(0, plan.success);
	/* 256 sockets: 50 % at 174, 64 % at 256, 98 % at 1024 probes. */
	ATF_CHECK_EQ(50, (nat_birthday_success(256, 174) + 50) / 100);
	ATF_CHECK_EQ(64, (nat_birthday_success(256, 256) + 50) / 100);
	ATF_CHECK_EQ(98, (nat_birthday_success(256, 1024) + 50) / 100);
	ATF_CHECK_EQ(10000, nat_birthday_success(1, NAT_PORTS));
	ATF_CHECK_EQ(10000, nat_birthday_success(UINT32_MAX, UINT32_MAX));
	ATF_CHECK_EQ(0, nat_birthday_success(0, 1024));
}

ATF_TC_WITHOUT_HEAD(every_port_comes_once_in_an_order_of_the_seed);
ATF_TC_BODY(every_port_comes_once_in_an_order_of_the_seed, tc)
{
	static uint8_t		 seen[65536];
	static uint16_t		 order[2][NAT_PORTS];
	struct nat_ports	 p;
	uint64_t		 key;
	uint16_t		 port;
	uint32_t		 i, same = 0, near = 0;

	for (key = 0; key < 2; key++) {
		memset(seen, 0, sizeof(seen));
		nat_ports_init(&p, key);
		for (i = 0; i < NAT_PORTS; i++) {
			port = nat_ports_next(&p);
			ATF_REQUIRE(port >= NAT_PORT_MIN && !seen[port]);
			seen[port] = 1;
			order[key][i] = port;
		}
		ATF_CHECK_EQ(0, nat_ports_next(&p));
		ATF_CHECK_EQ(0, nat_ports_next(&p));
	}
	for (i = 1; i < NAT_PORTS; i++) {
		same += order[0][i] == order[1][i];
		near += order[0][i] == order[0][i - 1] + 1;
	}
	ATF_CHECK(same < 20);
	ATF_CHECK(near < 20);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, an_equal_mapping_everywhere_is_endpoint_independent);
	ATF_TP_ADD_TC(tp, one_server_address_tells_nothing_of_mapping);
	ATF_TP_ADD_TC(tp, an_own_address_seen_outside_means_no_translator);
	ATF_TP_ADD_TC(tp, mappings_by_address_and_by_port_are_told_apart);
	ATF_TP_ADD_TC(tp, a_sequence_is_found_with_its_step_and_last_port);
	ATF_TP_ADD_TC(tp, a_sequence_survives_other_flows_and_overtaking);
	ATF_TP_ADD_TC(tp, a_sequence_may_begin_again_at_the_lowest_port);
	ATF_TP_ADD_TC(tp, no_answer_at_all_means_blocked_after_a_while);
	ATF_TP_ADD_TC(tp, transports_and_families_are_judged_apart);
	ATF_TP_ADD_TC(tp, a_round_has_limits_and_refuses_strangers);
	ATF_TP_ADD_TC(tp, the_next_ports_of_a_sequence_are_predicted);
	ATF_TP_ADD_TC(tp, a_hostile_claim_predicts_no_low_port);
	ATF_TP_ADD_TC(tp, the_strategy_follows_the_table);
	ATF_TP_ADD_TC(tp, the_birthday_plan_keeps_its_caps_and_tells_its_odds);
	ATF_TP_ADD_TC(tp, every_port_comes_once_in_an_order_of_the_seed);
	return atf_no_error();
}
