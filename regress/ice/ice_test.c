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
 * The check list on an internet in memory: what is chosen, how soon, what
 * happens when the network changes, and what an outsider can not do.
 */

#include <sys/types.h>

#include <atf-c.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "ice/ice.h"
#include "regress/ice/ice_net.h"

#define NETWORKS	2000

static struct host *const	ha = &net.hosts[0];
static struct host *const	hb = &net.hosts[1];

/* Two homes, each behind its own translator. */
static void
two_homes(int per_dest_a, enum filter fa, int per_dest_b, enum filter fb)
{
	net_reset(7);
	net_add_host(0, "192.168.1.10", 1, net_add_nat(1, per_dest_a, fa, 4));
	net_add_host(1, "192.168.2.10", 2, net_add_nat(1, per_dest_b, fb, 4));
}

static struct ice_candidate
cand_of(enum ice_type type, struct endpoint ep)
{
	struct ice_candidate	 c;

	memset(&c, 0, sizeof(c));
	c.type = (uint8_t)type;
	c.transport = ICE_UDP;
	c.ep = ep;
	return c;
}

ATF_TC_WITHOUT_HEAD(two_strict_translators_connect_in_one_round_trip);
ATF_TC_BODY(two_strict_translators_connect_in_one_round_trip, tc)
{
	uint64_t	 start;

	two_homes(0, FILTER_STRICT, 0, FILTER_STRICT);
	start = net.now;
	net_start();
	net_run(1000);
	ATF_CHECK_EQ(path_type(ha), ICE_PUBLIC);
	ATF_CHECK_EQ(path_type(hb), ICE_PUBLIC);
	ATF_CHECK(ha->selected_at - start <= 85 + ICE_OPEN_MS);
	ATF_CHECK(hb->selected_at - start <= 85 + ICE_OPEN_MS);
	two_homes(0, FILTER_STRICT, 0, FILTER_STRICT);
	net.open_ms = 0;
	net_start();
	net_run(1000);
	ATF_CHECK_EQ(ha->ice.stats.opened, 0);
	ATF_CHECK(ha->selected_at - start <= 85);
	ATF_CHECK(hb->selected_at - start <= 85);
	ATF_CHECK(paths_agree());
	ATF_CHECK(ice_path(&ha->ice)->rtt_us >= 79000);
	ATF_CHECK(ice_path(&ha->ice)->rtt_us <= 81000);
	ATF_CHECK_EQ(endpoint_cmp(&ice_path(&ha->ice)->local, &ha->lan), 0);
}

ATF_TC_WITHOUT_HEAD(a_varying_mapping_is_learnt_from_its_checks);
ATF_TC_BODY(a_varying_mapping_is_learnt_from_its_checks, tc)
{
	uint64_t	 start;

	two_homes(0, FILTER_ADDR, 1, FILTER_STRICT);
	start = net.now;
	net_start();
	net_run(1000);
	ATF_CHECK_EQ(path_type(ha), ICE_PEER_REFLEXIVE);
	ATF_CHECK_EQ(path_type(hb), ICE_PUBLIC);
	ATF_CHECK(ha->selected_at - start <= 130 + ICE_OPEN_MS);
	ATF_CHECK(hb->selected_at - start <= 130 + ICE_OPEN_MS);
	ATF_CHECK(paths_agree());
}

ATF_TC_WITHOUT_HEAD(two_varying_mappings_end_without_a_path);
ATF_TC_BODY(two_varying_mappings_end_without_a_path, tc)
{
	struct ice_pair_info	 info;
	size_t			 i;

	two_homes(1, FILTER_STRICT, 1, FILTER_STRICT);
	net_start();
	net_run(11000);
	ATF_CHECK(ice_path(&ha->ice) == NULL);
	ATF_CHECK(ice_path(&hb->ice) == NULL);
	ATF_CHECK_EQ(ice_pair_count(&ha->ice), 2);
	for (i = 0; i < ice_pair_count(&ha->ice); i++) {
		ATF_REQUIRE(ice_pair_get(&ha->ice, i, &info) == 0);
		ATF_CHECK_STREQ(ice_state_name(info.state), "failed");
	}
	ATF_CHECK_EQ(ice_pair_get(&ha->ice, i, &info), -1);
	/* 100 ms doubling to 1 s for 10 s, for each of two pairs. */
	ATF_CHECK(ha->sent <= 2 * 14 + ICE_OPEN_COUNT);
	/* Hours of nothing cost little: 4 checks each 32.5 s for a pair. */
	net_run(3600 * 1000);
	ATF_CHECK(ha->sent <= 28 + ICE_OPEN_COUNT +
	    (2 * 4 + ICE_OPEN_COUNT) * 111);
}

static void
one_home(void)
{
	struct nat	*nat;

	net_reset(3);
	nat = net_add_nat(1, 0, FILTER_STRICT, 4);
	nat->hairpin = 1;
	net.inet_delay = 5;
	net_add_host(0, "192.168.1.10", 1, nat);
	net_add_host(1, "192.168.1.11", 1, nat);
}

ATF_TC_WITHOUT_HEAD(a_local_pair_is_preferred_and_taken_at_once);
ATF_TC_BODY(a_local_pair_is_preferred_and_taken_at_once, tc)
{
	uint64_t	 start;

	one_home();
	start = net.now;
	net_start();
	net_run(1000);
	ATF_CHECK_EQ(path_type(ha), ICE_LOCAL);
	ATF_CHECK_EQ(path_type(hb), ICE_LOCAL);
	ATF_CHECK_EQ(ha->selected_at - start, 2);
	ATF_CHECK_EQ(ha->nselected, 1);
	ATF_CHECK_EQ(hb->nselected, 1);
	ATF_CHECK(paths_agree());
}

ATF_TC_WITHOUT_HEAD(a_local_pair_does_not_wait_for_a_better_one);
ATF_TC_BODY(a_local_pair_does_not_wait_for_a_better_one, tc)
{
	struct ice_candidate	 c;
	uint64_t		 start;

	one_home();
	start = net.now;
	net_introduce();
	c = cand_of(ICE_LOCAL, ep_of("192.168.9.9", 9));
	c.priority = UINT32_MAX;
	ATF_REQUIRE(ice_add_remote(&ha->ice, &c) == 0);
	host_start(ha);
	host_start(hb);
	net_run(1000);
	ATF_CHECK_EQ(path_type(ha), ICE_LOCAL);
	ATF_CHECK_EQ(ha->selected_at - start, 2);
}

ATF_TC_WITHOUT_HEAD(a_slower_local_pair_is_awaited_for_fifty_milliseconds);
ATF_TC_BODY(a_slower_local_pair_is_awaited_for_fifty_milliseconds, tc)
{
	one_home();
	net.lan_delay = 20;	/* valid after the public pair's 10 ms */
	net_start();
	net_run(1000);
	ATF_CHECK_EQ(path_type(ha), ICE_LOCAL);
	ATF_CHECK_EQ(ha->nselected, 1);
	one_home();
	net.lan_down = 1;
	net.open_ms = 0;
	net_start();
	net_run(1000);
	ATF_CHECK_EQ(path_type(ha), ICE_PUBLIC);
	ATF_CHECK_EQ(ha->selected_at - 1000, 50);
}

ATF_TC_WITHOUT_HEAD(a_local_pair_that_comes_up_later_takes_over);
ATF_TC_BODY(a_local_pair_that_comes_up_later_takes_over, tc)
{
	one_home();
	net.lan_down = 1;
	net_start();
	net_run(3 * 3600 * 1000);
	ATF_CHECK_EQ(path_type(ha), ICE_PUBLIC);
	ATF_CHECK(paths_agree());
	net.lan_down = 0;
	net_run(ICE_RECHECK_MS + ICE_RECHECK_ROUND_MS);
	ATF_CHECK_EQ(path_type(ha), ICE_LOCAL);
	ATF_CHECK_EQ(path_type(hb), ICE_LOCAL);
	ATF_CHECK(paths_agree());
	ATF_CHECK_EQ(ha->nlost, 0);
	ATF_CHECK_EQ(hb->nlost, 0);
}

ATF_TC_WITHOUT_HEAD(a_change_of_network_is_checked_at_once);
ATF_TC_BODY(a_change_of_network_is_checked_at_once, tc)
{
	one_home();
	net.lan_down = 1;
	net_start();
	net_run(60 * 1000);
	net.lan_down = 0;
	ice_recheck(&ha->ice, net.now);
	ha->wake = ice_tick(&ha->ice, net.now);
	net_run(10);
	ATF_CHECK_EQ(path_type(ha), ICE_LOCAL);
	ATF_CHECK_EQ(path_type(hb), ICE_LOCAL);
}

ATF_TC_WITHOUT_HEAD(an_adapter_is_between_local_and_public);
ATF_TC_BODY(an_adapter_is_between_local_and_public, tc)
{
	two_homes(0, FILTER_NONE, 0, FILTER_NONE);
	ha->vpn = ep_of("10.99.0.1", 5000);
	hb->vpn = ep_of("10.99.0.2", 5001);
	ha->vpn_id = hb->vpn_id = 1;
	net_start();
	net_run(1000);
	ATF_CHECK_EQ(path_type(ha), ICE_ADAPTER);
	ATF_CHECK_EQ(path_type(hb), ICE_ADAPTER);
	ATF_CHECK(ice_candidate_priority(ICE_PUBLIC, ICE_UDP, 6) >
	    ice_candidate_priority(ICE_PUBLIC, ICE_UDP, 4));
	ATF_CHECK(ice_candidate_priority(ICE_PUBLIC, ICE_UDP, 4) >
	    ice_candidate_priority(ICE_PUBLIC, ICE_TCP, 6));
}

ATF_TC_WITHOUT_HEAD(a_wrong_password_changes_nothing);
ATF_TC_BODY(a_wrong_password_changes_nothing, tc)
{
	struct ice_credentials	 wrong, mine;
	uint8_t			 seed[ICE_SEED_LEN] = { 9 };
	struct ice_pair_info	 info;
	size_t			 i;

	one_home();
	net_introduce();
	/* b knows all but the passwords. */
	wrong = ha->cred;
	wrong.pwd[3] ^= 1;
	mine = hb->cred;
	mine.pwd[3] ^= 1;
	ATF_REQUIRE(ice_init(&hb->ice, &net_ops, hb, ICE_CONTROLLED, 5,
	    &mine, &wrong, seed) == 0);
	host_announce(ha, hb);
	host_start(ha);
	host_start(hb);
	net_run(120 * 1000);
	ATF_CHECK_EQ(ha->nselected + hb->nselected, 0);
	ATF_CHECK(ha->ice.stats.bad_integrity > 0);
	ATF_CHECK(hb->ice.stats.bad_integrity > 0);
	ATF_CHECK_EQ(ha->ice.stats.requests_answered, 0);
	ATF_CHECK_EQ(hb->ice.stats.requests_answered, 0);
	ATF_CHECK_EQ(ice_pair_count(&ha->ice), 2);
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE(ice_pair_get(&ha->ice, i, &info) == 0);
		ATF_CHECK(info.state != ICE_SUCCEEDED);
		ATF_CHECK_EQ(info.local.family, 0);
	}
}

ATF_TC_WITHOUT_HEAD(no_forged_bit_changes_the_state);
ATF_TC_BODY(no_forged_bit_changes_the_state, tc)
{
	static struct ice	 before;
	struct event		 ev;
	struct stun_msg		 m;
	uint8_t			 bad[PKT_MAX];
	size_t			 i;

	two_homes(0, FILTER_NONE, 0, FILTER_NONE);
	net.open_ms = 0;
	net_start();
	net.hosts[1].alive = 0;
	ATF_REQUIRE(net.nevents >= 1);
	ev = net.events[0];
	ATF_REQUIRE(ev.from_nat == ha->nat4);
	for (i = 0; i < (ev.len - 8) * 8; i++) {
		memcpy(bad, ev.pkt, ev.len);
		bad[i / 8] ^= (uint8_t)(1 << i % 8);
		/* A forger would make the fingerprint fit; leave it out. */
		bad[3] = (uint8_t)(ev.len - STUN_HEADER_LEN - 8);
		if (i / 8 == 3 || stun_parse(&m, bad, ev.len - 8) != STUN_OK)
			continue;
		m.have |= STUN_HAVE_FINGERPRINT;
		before = hb->ice;
		ATF_CHECK_EQ_MSG(ice_input(&hb->ice, &m, bad, ev.len - 8,
		    ICE_VIA_UDP, &ev.from, &hb->lan, net.now), -1,
		    "bit %zu", i);
		before.stats = hb->ice.stats;
		before.now = hb->ice.now;
		before.now_us = hb->ice.now_us;
		ATF_CHECK(memcmp(&before, &hb->ice, sizeof(before)) == 0);
	}
	ATF_REQUIRE_EQ(stun_parse(&m, ev.pkt, ev.len), STUN_OK);
	ATF_CHECK_EQ(ice_input(&hb->ice, &m, ev.pkt, ev.len, ICE_VIA_UDP,
	    &ev.from, &hb->lan, net.now), 0);
}

ATF_TC_WITHOUT_HEAD(a_stranger_at_the_peers_private_address_is_not_chosen);
ATF_TC_BODY(a_stranger_at_the_peers_private_address_is_not_chosen, tc)
{
	struct host	*hs = &net.hosts[2];

	two_homes(0, FILTER_STRICT, 0, FILTER_STRICT);
	/* In a's own network somebody has the address that b has at home. */
	net_add_host(2, "192.168.2.10", 1, NULL);
	hs->lan = hb->lan;
	hs->stranger = 1;
	hs->stranger_user = "host0:host1";
	net_start();
	net_run(120 * 1000);
	ATF_CHECK_EQ(path_type(ha), ICE_PUBLIC);
	ATF_CHECK_EQ(path_type(hb), ICE_PUBLIC);
	ATF_CHECK(hs->sent > 0);
	ATF_CHECK(ha->ice.stats.bad_integrity > 0);
	ATF_CHECK_EQ(ha->nselected, 1);
	ATF_CHECK(paths_agree());
}

ATF_TC_WITHOUT_HEAD(an_own_address_is_never_checked);
ATF_TC_BODY(an_own_address_is_never_checked, tc)
{
	struct ice_candidate	 c;

	two_homes(0, FILTER_STRICT, 0, FILTER_STRICT);
	net_introduce();
	c = cand_of(ICE_LOCAL, ha->lan);
	ATF_CHECK_EQ(ice_add_remote(&ha->ice, &c), 1);
	ATF_CHECK_EQ(ha->ice.stats.own_skipped, 1);
	ATF_CHECK_EQ(ice_pair_count(&ha->ice), 2);
	/* It may also turn out to be ours only later. */
	c = cand_of(ICE_LOCAL, ep_of("192.168.1.77", 5000));
	ATF_CHECK_EQ(ice_add_remote(&ha->ice, &c), 0);
	ATF_CHECK_EQ(ice_add_local(&ha->ice, &c), 0);
	net_add_host(2, "192.168.1.77", 1, NULL);
	net.hosts[2].lan = c.ep;
	net.hosts[2].stranger = 1;
	net.hosts[2].stranger_user = "host0:host1";
	host_start(ha);
	host_start(hb);
	net_run(100 * 1000);
	ATF_CHECK_EQ(net.hosts[2].sent, 0);
	ATF_CHECK_EQ(path_type(ha), ICE_PUBLIC);
}

ATF_TC_WITHOUT_HEAD(impossible_candidates_are_refused);
ATF_TC_BODY(impossible_candidates_are_refused, tc)
{
	struct ice_candidate	 c;
	unsigned int		 i;

	two_homes(0, FILTER_NONE, 0, FILTER_NONE);
	host_init(ha, hb, ICE_CONTROLLING);
	c = cand_of(ICE_LOCAL, ep_of("192.168.2.10", 0));
	ATF_CHECK_EQ(ice_add_remote(&ha->ice, &c), -1);
	c = cand_of(ICE_PEER_REFLEXIVE, ep_of("192.168.2.10", 1));
	ATF_CHECK_EQ(ice_add_remote(&ha->ice, &c), -1);
	c = cand_of(ICE_LOCAL, ep_of("127.0.0.1", 53));
	ATF_CHECK_EQ(ice_add_remote(&ha->ice, &c), 1);
	c = cand_of(ICE_PUBLIC, ep_of("203.0.113.99", 443));
	c.transport = ICE_TCP;
	ATF_CHECK_EQ(ice_add_remote(&ha->ice, &c), 1);
	for (i = 0; i < ICE_CAND_MAX; i++) {
		c = cand_of(ICE_PUBLIC, ep_of("203.0.113.99",
		    (uint16_t)(1 + i)));
		ATF_CHECK_EQ(ice_add_remote(&ha->ice, &c), 0);
	}
	ATF_CHECK_EQ(ice_add_remote(&ha->ice, &c), 0);	/* known */
	c.ep.port = 999;
	ATF_CHECK_EQ(ice_add_remote(&ha->ice, &c), -1);
	ATF_CHECK_EQ(ice_pair_count(&ha->ice), ICE_CAND_MAX);
}

ATF_TC_WITHOUT_HEAD(first_checks_are_a_burst_of_eight_then_paced);
ATF_TC_BODY(first_checks_are_a_burst_of_eight_then_paced, tc)
{
	struct ice_candidate	 c;
	unsigned int		 i;

	two_homes(0, FILTER_NONE, 0, FILTER_NONE);
	net.open_ms = 0;
	host_init(ha, hb, ICE_CONTROLLING);
	for (i = 0; i < 12; i++) {
		c = cand_of(ICE_PUBLIC, ep_of("203.0.113.99",
		    (uint16_t)(1 + i)));
		ATF_REQUIRE(ice_add_remote(&ha->ice, &c) == 0);
	}
	ice_start(&ha->ice, net.now);
	ATF_CHECK_EQ(ha->sent, 8);
	ha->wake = ice_tick(&ha->ice, net.now);
	ATF_CHECK_EQ(ha->sent, 8);
	net_run(ICE_TA_MS);
	ATF_CHECK_EQ(ha->sent, 9);
	net_run(3 * ICE_TA_MS);
	ATF_CHECK_EQ(ha->sent, 12);
}

ATF_TC_WITHOUT_HEAD(a_cut_wire_is_noticed_and_the_next_pair_used);
ATF_TC_BODY(a_cut_wire_is_noticed_and_the_next_pair_used, tc)
{
	uint64_t	 cut;

	one_home();
	net_start();
	ice_set_active(&ha->ice, 1);
	ice_set_active(&hb->ice, 1);
	net_run(10 * 1000);
	ATF_CHECK_EQ(path_type(ha), ICE_LOCAL);
	net.lan_down = 1;
	cut = net.now;
	net_run(ICE_ACTIVE_MS + 3 * ICE_PROBE_MS + 10);
	ATF_CHECK_EQ(path_type(ha), ICE_PUBLIC);
	ATF_CHECK_EQ(path_type(hb), ICE_PUBLIC);
	ATF_CHECK_EQ(ha->nlost, 0);
	ATF_CHECK(net.now - cut < 4100);
	ATF_CHECK(paths_agree());
	/* The other wire as well: there is nothing left. */
	net.inet_down = 1;
	net_run(10 * 1000);
	ATF_CHECK(ice_path(&ha->ice) == NULL);
	ATF_CHECK(ice_path(&hb->ice) == NULL);
	ATF_CHECK_EQ(ha->nlost, 1);
	ATF_CHECK_EQ(hb->nlost, 1);
	/* And back. */
	net.lan_down = 0;
	net_run(ICE_RECHECK_MS + ICE_RECHECK_ROUND_MS);
	ATF_CHECK_EQ(path_type(ha), ICE_LOCAL);
	ATF_CHECK_EQ(path_type(hb), ICE_LOCAL);
}

static void
conflict(enum ice_role role)
{
	two_homes(0, FILTER_STRICT, 0, FILTER_STRICT);
	host_init(ha, hb, role);
	host_init(hb, ha, role);
	host_announce(ha, hb);
	host_announce(hb, ha);
	host_start(ha);
	host_start(hb);
	net_run(2000);
	ATF_CHECK_EQ(path_type(ha), ICE_PUBLIC);
	ATF_CHECK_EQ(path_type(hb), ICE_PUBLIC);
	/* b has the larger tie-breaker. */
	ATF_CHECK_EQ(ha->ice.role, ICE_CONTROLLED);
	ATF_CHECK_EQ(hb->ice.role, ICE_CONTROLLING);
	ATF_CHECK(paths_agree());
}

ATF_TC_WITHOUT_HEAD(a_role_conflict_is_settled_by_the_tie_breaker);
ATF_TC_BODY(a_role_conflict_is_settled_by_the_tie_breaker, tc)
{
	conflict(ICE_CONTROLLING);
	conflict(ICE_CONTROLLED);
}

ATF_TC_WITHOUT_HEAD(an_answer_from_another_address_does_not_count);
ATF_TC_BODY(an_answer_from_another_address_does_not_count, tc)
{
	struct stun_builder	 b;
	struct endpoint		 other = ep_of("203.0.113.77", 7);
	struct stun_msg		 m;
	uint8_t			 buf[256];
	size_t			 len;

	two_homes(0, FILTER_STRICT, 0, FILTER_STRICT);
	net_introduce();
	host_start(ha);
	/* What b would answer, with b's own key. */
	stun_build_start(&b, buf, sizeof(buf), STUN_SUCCESS, STUN_BINDING,
	    ha->ice.pairs[1].tx[0].id);
	stun_build_address(&b, STUN_ATTR_XOR_MAPPED_ADDRESS, &ha->public);
	stun_build_integrity_sha256(&b, (const uint8_t *)hb->cred.pwd,
	    strlen(hb->cred.pwd));
	stun_build_fingerprint(&b);
	len = (size_t)stun_build_finish(&b);
	ATF_REQUIRE_EQ(stun_parse(&m, buf, len), STUN_OK);
	ATF_CHECK_EQ(ice_input(&ha->ice, &m, buf, len, ICE_VIA_UDP, &other,
	    NULL, net.now + 50), -1);
	ATF_CHECK_EQ(ice_input(&ha->ice, &m, buf, len, ICE_VIA_UDP,
	    &hb->lan, NULL, net.now + 50), -1);
	ATF_CHECK(ice_path(&ha->ice) == NULL);
	ice_set_clock_us(&ha->ice, (net.now + 50) * 1000 + 250);
	ATF_CHECK_EQ(ice_input(&ha->ice, &m, buf, len, ICE_VIA_UDP,
	    &hb->public, NULL, net.now + 50), 0);
	ATF_CHECK_EQ(path_type(ha), ICE_PUBLIC);
	ATF_CHECK_EQ(ice_path(&ha->ice)->rtt_us, 50250);
	/* And only once. */
	ATF_CHECK_EQ(ice_input(&ha->ice, &m, buf, len, ICE_VIA_UDP,
	    &hb->public, NULL, net.now + 51), -1);
}

ATF_TC_WITHOUT_HEAD(answers_are_small_and_limited_in_number);
ATF_TC_BODY(answers_are_small_and_limited_in_number, tc)
{
	struct endpoint	 from = ep_of("2001:db8::99", 1);
	struct event	 ev;
	struct stun_msg	 m;
	unsigned int	 i;

	two_homes(0, FILTER_NONE, 0, FILTER_NONE);
	net.open_ms = 0;
	net_start();
	ev = net.events[0];
	ATF_REQUIRE_EQ(stun_parse(&m, ev.pkt, ev.len), STUN_OK);
	net.nevents = 0;
	for (i = 0; i < 1000; i++) {
		from.port = (uint16_t)(1 + i);
		ATF_CHECK_EQ(ice_input(&hb->ice, &m, ev.pkt, ev.len,
		    ICE_VIA_UDP, &from, NULL, net.now), 0);
	}
	ATF_CHECK_EQ(hb->ice.stats.requests_answered, ICE_ANSWERS_PER_SEC);
	ATF_CHECK_EQ(hb->ice.stats.limited, 1000 - ICE_ANSWERS_PER_SEC);
	ATF_CHECK_EQ(ice_pair_count(&hb->ice), 2 + ICE_REFLEXIVE_MAX);
	for (i = 0; i < (unsigned int)net.nevents; i++)
		ATF_CHECK(net.events[i].len <= ev.len);
	/* A second later it is answered again. */
	ATF_CHECK_EQ(ice_input(&hb->ice, &m, ev.pkt, ev.len, ICE_VIA_UDP,
	    &from, NULL, net.now + 1000), 0);
	ATF_CHECK_EQ(hb->ice.stats.requests_answered, ICE_ANSWERS_PER_SEC + 1);
}

ATF_TC_WITHOUT_HEAD(a_restart_forgets_the_old_path);
ATF_TC_BODY(a_restart_forgets_the_old_path, tc)
{
	two_homes(0, FILTER_STRICT, 0, FILTER_STRICT);
	net_start();
	net_run(1000);
	ATF_CHECK_EQ(path_type(ha), ICE_PUBLIC);
	memcpy(ha->cred.ufrag, "again", 6);
	net_introduce();
	ATF_CHECK(ice_path(&ha->ice) == NULL);
	ATF_CHECK_EQ(ice_pair_count(&ha->ice), 2);
	host_start(ha);
	host_start(hb);
	net_run(1000);
	ATF_CHECK_EQ(path_type(ha), ICE_PUBLIC);
	ATF_CHECK(paths_agree());
	ha->cred.pwd[10] = '\0';
	ATF_CHECK_EQ(ice_init(&ha->ice, &net_ops, ha, ICE_CONTROLLING, 1,
	    &ha->cred, &hb->cred, ha->ice.seed), -1);
}

/* A random site for one host. */
static struct nat *
random_nat4(void)
{
	struct nat	*nat;

	switch (net_random(6)) {
	case 0:
		nat = net_add_nat(0, 0, FILTER_NONE, 4);
		break;
	case 1:
		nat = net_add_nat(0, 0, FILTER_STRICT, 4);
		break;
	case 2:
		nat = net_add_nat(1, 1, FILTER_STRICT, 4);
		break;
	default:
		nat = net_add_nat(1, 0, (enum filter)net_random(3), 4);
		break;
	}
	nat->hairpin = net_random(2) == 0;
	nat->blocked = net_random(8) == 0;
	return nat;
}

static void
random_host(int i, struct nat *nat, int lan_id)
{
	struct host	*h;
	char		 buf[32];

	snprintf(buf, sizeof(buf), nat->translate ? "192.168.1.%d" :
	    "198.18.0.%d", 10 + i);
	h = net_add_host(i, buf, lan_id, nat);
	if (nat->blocked)
		memset(&h->public, 0, sizeof(h->public));
	if (net_random(4) == 0) {
		snprintf(buf, sizeof(buf), "10.99.0.%d", 1 + i);
		h->vpn = ep_of(buf, (uint16_t)(5000 + i));
		h->vpn_id = 1 + (int)net_random(2);
	}
	if (net_random(3) == 0) {
		snprintf(buf, sizeof(buf), "2001:db8:ff::%d", 1 + i);
		h->v6 = ep_of(buf, (uint16_t)(5000 + i));
		h->nat6 = net_add_nat(0, 0, (enum filter)net_random(3), 6);
		/* So that an open host is reachable before it has sent. */
		(void)nat_out(h->nat6, 0, i, &h->v6, &h->v6);
	}
}

static void
random_network(uint64_t seed)
{
	struct nat	*nat;
	int		 same;

	net_reset(seed);
	net.lan_delay = 1 + net_random(3);
	net.vpn_delay = 1 + net_random(60);
	net.inet_delay = 1 + net_random(150);
	net.jitter = net_random(20);
	net.lan_down = net_random(6) == 0;
	net.vpn_down = net_random(3) == 0;
	nat = random_nat4();
	same = nat->translate && net_random(4) == 0;
	random_host(0, nat, 1);
	random_host(1, same ? nat : random_nat4(), same ? 1 : 2);
}

static int
works4(const struct nat *x, const struct nat *y)
{
	if (net.inet_down || x->blocked || y->blocked ||
	    (x == y && !x->hairpin))
		return 0;
	if (x->per_dest && y->per_dest)
		return 0;
	if (x->per_dest)
		return y->filter != FILTER_STRICT;
	if (y->per_dest)
		return x->filter != FILTER_STRICT;
	return 1;
}

/* The best kind of path that exists from x's side, family in *family. */
static int
best_kind(const struct host *x, const struct host *y, int *family)
{
	*family = 4;
	if ((x->lan_id == y->lan_id && !net.lan_down &&
	    is_in(&y->lan, 192, 168)) ||
	    (works4(x->nat4, y->nat4) && !y->nat4->translate))
		return ICE_LOCAL;
	if (x->vpn_id != 0 && x->vpn_id == y->vpn_id && !net.vpn_down)
		return ICE_ADAPTER;
	*family = 6;
	if (x->nat6 != NULL && y->nat6 != NULL && !net.inet_down)
		return ICE_PUBLIC;
	*family = 4;
	return works4(x->nat4, y->nat4) ? ICE_PUBLIC : 0;
}

static int
path_exists(void)
{
	int	 family;

	return best_kind(ha, hb, &family) != 0;
}

static void
check_network(uint64_t seed)
{
	struct host	*x, *y;
	int		 want, got, family;

	x = ha->ice.role == ICE_CONTROLLING ? ha : hb;
	y = x == ha ? hb : ha;
	want = best_kind(x, y, &family);
	got = path_type(x);
	if (got == ICE_PEER_REFLEXIVE)
		got = ICE_PUBLIC;
	ATF_CHECK_EQ_MSG(got, want, "network %ju: %s, not %s", (uintmax_t)seed,
	    ice_type_name(got), ice_type_name(want));
	if (want == 0) {
		ATF_CHECK_MSG(ice_path(&y->ice) == NULL, "network %ju",
		    (uintmax_t)seed);
		return;
	}
	ATF_CHECK_MSG(ha->ice.role != hb->ice.role, "network %ju",
	    (uintmax_t)seed);
	ATF_CHECK_MSG(got == 0 || ice_path(&x->ice)->remote.family == family,
	    "network %ju", (uintmax_t)seed);
	ATF_CHECK_MSG(paths_agree(), "network %ju", (uintmax_t)seed);
}

ATF_TC(random_networks_end_on_the_best_path);
ATF_TC_HEAD(random_networks_end_on_the_best_path, tc)
{
	atf_tc_set_md_var(tc, "timeout", "600");
}
ATF_TC_BODY(random_networks_end_on_the_best_path, tc)
{
	uint64_t	 seed;
	uint32_t	 skew, loss;

	for (seed = 1; seed <= NETWORKS; seed++) {
		random_network(seed);
		net_introduce();
		if (net_random(20) == 0)
			host_init(hb, ha, ICE_CONTROLLING);
		else if (net_random(20) == 0)
			host_init(ha, hb, ICE_CONTROLLED);
		host_announce(ha, hb);
		host_announce(hb, ha);
		loss = net_random(31);
		skew = net_random(300);
		net.loss = loss;
		host_start(ha);
		net_run(skew);
		if (!hb->ice.started)
			host_start(hb);
		net_run(40 * 1000);
		if (path_exists())
			ATF_CHECK_MSG(ha->selected_at != 0 &&
			    hb->selected_at != 0, "network %ju, loss %u",
			    (uintmax_t)seed, loss);
		/* Wires may be cut and mended meanwhile. */
		if (net_random(3) == 0) {
			net.lan_down = net_random(2) == 0;
			net.vpn_down = net_random(2) == 0;
			net.inet_down = net_random(4) == 0;
		}
		/* A path flaps under loss; in the calm it has to be right. */
		net.loss = 0;
		net_run(70 * 1000);
		check_network(seed);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, two_strict_translators_connect_in_one_round_trip);
	ATF_TP_ADD_TC(tp, a_varying_mapping_is_learnt_from_its_checks);
	ATF_TP_ADD_TC(tp, two_varying_mappings_end_without_a_path);
	ATF_TP_ADD_TC(tp, a_local_pair_is_preferred_and_taken_at_once);
	ATF_TP_ADD_TC(tp, a_local_pair_does_not_wait_for_a_better_one);
	ATF_TP_ADD_TC(tp,
	    a_slower_local_pair_is_awaited_for_fifty_milliseconds);
	ATF_TP_ADD_TC(tp, a_local_pair_that_comes_up_later_takes_over);
	ATF_TP_ADD_TC(tp, a_change_of_network_is_checked_at_once);
	ATF_TP_ADD_TC(tp, an_adapter_is_between_local_and_public);
	ATF_TP_ADD_TC(tp, a_wrong_password_changes_nothing);
	ATF_TP_ADD_TC(tp, no_forged_bit_changes_the_state);
	ATF_TP_ADD_TC(tp,
	    a_stranger_at_the_peers_private_address_is_not_chosen);
	ATF_TP_ADD_TC(tp, an_own_address_is_never_checked);
	ATF_TP_ADD_TC(tp, impossible_candidates_are_refused);
	ATF_TP_ADD_TC(tp, first_checks_are_a_burst_of_eight_then_paced);
	ATF_TP_ADD_TC(tp, a_cut_wire_is_noticed_and_the_next_pair_used);
	ATF_TP_ADD_TC(tp, a_role_conflict_is_settled_by_the_tie_breaker);
	ATF_TP_ADD_TC(tp, an_answer_from_another_address_does_not_count);
	ATF_TP_ADD_TC(tp, answers_are_small_and_limited_in_number);
	ATF_TP_ADD_TC(tp, a_restart_forgets_the_old_path);
	ATF_TP_ADD_TC(tp, random_networks_end_on_the_best_path);
	return atf_no_error();
}
