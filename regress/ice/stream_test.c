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
 * TCP and the relay beside UDP: when they are dialled, used and left; routers
 * that are to be opened before the peer's packets come; guessed candidates
 * and addresses to keep away from.
 */

#include <sys/types.h>

#include <atf-c.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "ice/ice.h"
#include "regress/ice/ice_net.h"

#define LOG_MAX	4096

static struct host *const	ha = &net.hosts[0];
static struct host *const	hb = &net.hosts[1];

/* What the check list asked of the caller, for tests without a network. */
static struct entry {
	enum ice_via	via;
	struct endpoint	to;
	unsigned int	ttl;
	int		dial;		/* 1 on, -1 off, 0 a packet */
	size_t		len;
	uint8_t		pkt[PKT_MAX];
}		entries[LOG_MAX];
static int	nentries;

static void
log_send(void *arg, enum ice_via via, const struct endpoint *to,
    const uint8_t *pkt, size_t len, unsigned int ttl)
{
	struct entry	*e = &entries[nentries++];

	(void)arg;
	ATF_REQUIRE(nentries < LOG_MAX && len <= PKT_MAX);
	memset(e, 0, sizeof(*e));
	e->via = via;
	e->to = *to;
	e->ttl = ttl;
	e->len = len;
	memcpy(e->pkt, pkt, len);
}

static void
log_connect(void *arg, enum ice_via via, const struct endpoint *to, int on)
{
	struct entry	*e = &entries[nentries++];

	(void)arg;
	ATF_REQUIRE(nentries < LOG_MAX);
	memset(e, 0, sizeof(*e));
	e->via = via;
	e->to = *to;
	e->dial = on ? 1 : -1;
}

static const struct ice_ops	log_ops = {
	.send = log_send, .connect = log_connect, .selected = op_selected,
	.lost = op_lost
};

static struct ice_candidate
cand_of(enum ice_type type, enum ice_transport transport, struct endpoint ep)
{
	struct ice_candidate	 c;

	memset(&c, 0, sizeof(c));
	c.type = (uint8_t)type;
	c.transport = (uint8_t)transport;
	c.ep = ep;
	return c;
}

/* Host 0 without a network; its calls are logged. */
static void
log_init(enum ice_role role)
{
	uint8_t	 seed[ICE_SEED_LEN] = { 1 };

	net_reset(1);
	net_add_host(0, "192.168.1.10", 1, NULL);
	net_add_host(1, "192.168.2.10", 2, NULL);
	nentries = 0;
	ATF_REQUIRE(ice_init(&ha->ice, &log_ops, ha, role, 7, &ha->cred,
	    &hb->cred, seed) == 0);
}

static int
log_add(enum ice_type type, enum ice_transport transport, const char *addr,
    uint16_t port)
{
	struct ice_candidate	 c = cand_of(type, transport, ep_of(addr,
				    port));

	return ice_add_remote(&ha->ice, &c);
}

/* The peer's answer to a logged check. */
static int
log_answer(const struct entry *e, uint64_t now)
{
	struct stun_builder	 b;
	struct stun_msg		 m;
	uint8_t			 buf[256];
	size_t			 len;

	ATF_REQUIRE_EQ(stun_parse(&m, e->pkt, e->len), STUN_OK);
	stun_build_start(&b, buf, sizeof(buf), STUN_SUCCESS, STUN_BINDING,
	    m.id);
	stun_build_address(&b, STUN_ATTR_XOR_MAPPED_ADDRESS, &ha->lan);
	stun_build_integrity_sha256(&b, (const uint8_t *)hb->cred.pwd,
	    strlen(hb->cred.pwd));
	stun_build_fingerprint(&b);
	len = (size_t)stun_build_finish(&b);
	ATF_REQUIRE_EQ(stun_parse(&m, buf, len), STUN_OK);
	return ice_input(&ha->ice, &m, buf, len, e->via, &e->to, NULL, now);
}

/* A check of the peer. */
static int
log_check(enum ice_via via, const struct endpoint *from, uint32_t number,
    uint64_t now)
{
	struct stun_builder	 b;
	struct stun_msg		 m;
	uint8_t			 buf[256], id[STUN_ID_LEN] = { 9 };
	size_t			 len;
	int			 controlled = ha->ice.role == ICE_CONTROLLED;

	stun_build_start(&b, buf, sizeof(buf), STUN_REQUEST, STUN_BINDING, id);
	stun_build_bytes(&b, STUN_ATTR_USERNAME, "host0:host1", 11);
	stun_build_u32(&b, STUN_ATTR_PRIORITY, 1);
	stun_build_u64(&b, controlled ? STUN_ATTR_ICE_CONTROLLING :
	    STUN_ATTR_ICE_CONTROLLED, 1);
	if (number > 0 && controlled)
		stun_build_flag(&b, STUN_ATTR_USE_CANDIDATE);
	if (number > 0)
		stun_build_u32(&b, STUN_ATTR_NOMINATION, number);
	stun_build_integrity_sha256(&b, (const uint8_t *)ha->cred.pwd,
	    strlen(ha->cred.pwd));
	stun_build_fingerprint(&b);
	len = (size_t)stun_build_finish(&b);
	ATF_REQUIRE_EQ(stun_parse(&m, buf, len), STUN_OK);
	return ice_input(&ha->ice, &m, buf, len, via, from, NULL, now);
}

/* Two homes with streams, each behind its own translator. */
static void
two_homes(enum mapping ma, enum mapping mb)
{
	net_reset(7);
	net_add_host(0, "192.168.1.10", 1, net_add_nat(1, (int)ma,
	    FILTER_STRICT, 4));
	net_add_host(1, "192.168.2.10", 2, net_add_nat(1, (int)mb,
	    FILTER_STRICT, 4));
	host_add_streams(ha);
	host_add_streams(hb);
}

static void
block_udp(int blocked)
{
	ha->nat4->blocked = hb->nat4->blocked = blocked;
}

static void
block_all(int blocked)
{
	block_udp(blocked);
	ha->nat4->tcp_blocked = hb->nat4->tcp_blocked = blocked;
}

static int
open_connections(const struct host *h)
{
	int	 i, n = 0;

	for (i = 0; i < NET_CONNS; i++)
		n += h->conns[i].state != CONN_FREE;
	return n;
}

ATF_TC_WITHOUT_HEAD(tcp_is_not_dialled_when_udp_passes_in_time);
ATF_TC_BODY(tcp_is_not_dialled_when_udp_passes_in_time, tc)
{
	two_homes(MAP_STABLE, MAP_STABLE);
	net.inet_delay = 20;
	net_start();
	net_run(60 * 1000);
	ATF_CHECK_EQ(path_via(ha), ICE_VIA_UDP);
	ATF_CHECK_EQ(ha->dials + hb->dials, 0);
	ATF_CHECK(paths_agree());
}

ATF_TC_WITHOUT_HEAD(tcp_is_dialled_200_ms_after_the_start_without_udp);
ATF_TC_BODY(tcp_is_dialled_200_ms_after_the_start_without_udp, tc)
{
	uint64_t	 start;

	two_homes(MAP_STABLE, MAP_STABLE);
	block_udp(1);
	start = net.now;
	net_start();
	net_run(ICE_TCP_DELAY_MS - 1);
	ATF_CHECK_EQ(ha->dials, 0);
	net_run(1);
	ATF_CHECK_EQ(ha->dials, 2);	/* the home network's, and outside */
	net_run(2000);
	ATF_CHECK_EQ(path_via(ha), ICE_VIA_TCP);
	ATF_CHECK_EQ(path_via(hb), ICE_VIA_TCP);
	ATF_CHECK_EQ(path_type(ha), ICE_PUBLIC);
	ATF_CHECK(ha->selected_at - start <= 200 + 3 * 80 / 2 + 80 + 5);
	ATF_CHECK_EQ(ha->leg + hb->leg, 0);
	ATF_CHECK(paths_agree());
}

ATF_TC_WITHOUT_HEAD(tcp_passes_routers_that_refuse_strange_syns);
ATF_TC_BODY(tcp_passes_routers_that_refuse_strange_syns, tc)
{
	two_homes(MAP_STABLE, MAP_STABLE);
	block_udp(1);
	ha->nat4->tcp_rst = hb->nat4->tcp_rst = 1;
	net_introduce();
	host_start(ha);
	net_run(70);	/* more than the way takes */
	host_start(hb);
	net_run(2000);
	ATF_CHECK_EQ(path_via(ha), ICE_VIA_TCP);
	ATF_CHECK(paths_agree());
}

ATF_TC_WITHOUT_HEAD(a_stream_the_peer_has_dialled_becomes_a_pair);
ATF_TC_BODY(a_stream_the_peer_has_dialled_becomes_a_pair, tc)
{
	two_homes(MAP_STABLE, MAP_PER_DEST);
	ha->nat4->filter = FILTER_NONE;
	ha->listens = 1;
	block_udp(1);
	net_start();
	net_run(3000);
	ATF_CHECK_EQ(path_type(ha), ICE_PEER_REFLEXIVE);
	ATF_CHECK_EQ(path_via(ha), ICE_VIA_TCP);
	ATF_CHECK_EQ(path_type(hb), ICE_PUBLIC);
	ATF_CHECK(paths_agree());
	/* It cannot be dialled from here; the peer does it again. */
	net_run(20 * 1000);
	conn_reset(ha, conn_find(ha, &ice_path(&ha->ice)->remote));
	ATF_CHECK(ice_path(&ha->ice) == NULL);
	net_run(20 * 1000);
	ATF_CHECK_EQ(path_via(ha), ICE_VIA_TCP);
	ATF_CHECK(paths_agree());
}

ATF_TC_WITHOUT_HEAD(the_relay_is_dialled_after_a_second_without_direct_path);
ATF_TC_BODY(the_relay_is_dialled_after_a_second_without_direct_path, tc)
{
	uint64_t	 start;

	two_homes(MAP_PER_DEST, MAP_PER_DEST);
	start = net.now;
	net_start();
	net_run(ICE_RELAY_DELAY_MS - 1);
	ATF_CHECK_EQ(ha->leg, 0);
	net_run(1);
	ATF_CHECK_EQ(ha->leg, 1);
	net_run(1400);
	ATF_CHECK_EQ(path_type(ha), ICE_RELAY);
	ATF_CHECK_EQ(path_type(hb), ICE_RELAY);
	ATF_CHECK(ha->selected_at - start < 2500);
	ATF_CHECK(paths_agree());
	two_homes(MAP_STABLE, MAP_STABLE);
	block_udp(1);
	net_start();
	net_run(60 * 1000);
	ATF_CHECK_EQ(ha->leg + hb->leg, 0);
	ATF_CHECK_EQ(ha->nselected, 1);
}

ATF_TC_WITHOUT_HEAD(attempts_end_at_once_when_udp_is_selected);
ATF_TC_BODY(attempts_end_at_once_when_udp_is_selected, tc)
{
	two_homes(MAP_STABLE, MAP_STABLE);
	net.inet_delay = 150;
	net_start();
	net_run(300);
	ATF_CHECK_EQ(ha->dials, 2);
	while (ha->selected_at == 0 && net.now < 5000)
		net_run(1);
	ATF_CHECK_EQ(path_via(ha), ICE_VIA_UDP);
	ATF_CHECK_EQ(open_connections(ha), 0);
	ATF_CHECK_EQ(ha->closed, 2);
	net_run(60 * 1000);
	ATF_CHECK_EQ(ha->dials, 2);
	ATF_CHECK_EQ(ha->leg, 0);
}

ATF_TC_WITHOUT_HEAD(udp_takes_over_from_tcp_which_lingers_five_seconds);
ATF_TC_BODY(udp_takes_over_from_tcp_which_lingers_five_seconds, tc)
{
	two_homes(MAP_STABLE, MAP_STABLE);
	block_udp(1);
	net_start();
	net_run(3 * 3600 * 1000);
	ATF_CHECK_EQ(path_via(ha), ICE_VIA_TCP);
	block_udp(0);
	while (path_via(ha) == ICE_VIA_TCP && net.now < 4 * 3600 * 1000)
		net_run(1);
	ATF_CHECK(net.now - 3 * 3600 * 1000 < 35 * 1000);
	ATF_CHECK_EQ(path_via(ha), ICE_VIA_UDP);
	net_run(ICE_LINGER_MS - 400);
	ATF_CHECK_EQ(open_connections(ha), 1);
	ATF_CHECK_EQ(path_via(hb), ICE_VIA_UDP);
	net_run(800);
	ATF_CHECK_EQ(open_connections(ha), 0);
	ATF_CHECK_EQ(open_connections(hb), 0);
	ATF_CHECK_EQ(ha->nlost + hb->nlost, 0);
	ATF_CHECK(paths_agree());
}

ATF_TC_WITHOUT_HEAD(the_relay_is_left_within_a_round_when_direct_is_possible);
ATF_TC_BODY(the_relay_is_left_within_a_round_when_direct_is_possible, tc)
{
	two_homes(MAP_STABLE, MAP_STABLE);
	block_all(1);
	net_start();
	net_run(100 * 1000);
	ATF_CHECK_EQ(path_type(ha), ICE_RELAY);
	block_all(0);
	net_run(ICE_RECHECK_MS + ICE_RECHECK_ROUND_MS + 500);
	ATF_CHECK_EQ(path_via(ha), ICE_VIA_UDP);
	ATF_CHECK_EQ(path_via(hb), ICE_VIA_UDP);
	net_run(ICE_LINGER_MS + 500);
	ATF_CHECK_EQ(ha->leg + hb->leg, 0);
	ATF_CHECK_EQ(ha->nlost + hb->nlost, 0);
	ATF_CHECK(paths_agree());
}

ATF_TC_WITHOUT_HEAD(a_change_of_network_makes_the_peer_check_as_well);
ATF_TC_BODY(a_change_of_network_makes_the_peer_check_as_well, tc)
{
	struct host	*h;
	int		 i;

	for (i = 0; i < 2; i++) {
		two_homes(MAP_STABLE, MAP_STABLE);
		block_all(1);
		net_start();
		net_run(45 * 1000);
		ATF_CHECK_EQ(path_type(ha), ICE_RELAY);
		block_all(0);
		/* One side notices; the other's router is still shut. */
		h = i == 0 ? ha : hb;
		ice_recheck(&h->ice, net.now);
		host_tick(h);
		net_run(600);
		ATF_CHECK_EQ(path_via(ha), ICE_VIA_UDP);
		ATF_CHECK_EQ(path_via(hb), ICE_VIA_UDP);
	}
}

ATF_TC_WITHOUT_HEAD(an_old_number_asks_for_no_round);
ATF_TC_BODY(an_old_number_asks_for_no_round, tc)
{
	struct endpoint	 ep = ep_of("203.0.113.9", 7);
	int		 i, k;

	log_init(ICE_CONTROLLING);
	ATF_CHECK_EQ(log_add(ICE_LOCAL, ICE_UDP, "192.168.2.10", 5), 0);
	ATF_CHECK_EQ(log_add(ICE_PUBLIC, ICE_UDP, "203.0.113.9", 7), 0);
	ice_set_open_ms(&ha->ice, 0);
	ice_start(&ha->ice, 1000);
	for (i = 1050, k = 0; i < 12000; i += 50) {
		for (; k < nentries; k++)
			if (endpoint_cmp(&entries[k].to, &ep) == 0)
				ATF_CHECK_EQ(log_answer(&entries[k],
				    (uint64_t)i), 0);
		(void)ice_tick(&ha->ice, (uint64_t)i);
	}
	ATF_CHECK_EQ(ha->ice.stats.rounds, 0);
	ATF_CHECK_EQ(log_check(ICE_VIA_UDP, &ep, 1, 12001), 0);
	ATF_CHECK_EQ(ha->ice.stats.rounds, 1);
	(void)ice_tick(&ha->ice, 12001);
	/* Sent once more by somebody, after the round. */
	(void)ice_tick(&ha->ice, 16000);
	ATF_CHECK_EQ(log_check(ICE_VIA_UDP, &ep, 1, 16001), 0);
	ATF_CHECK_EQ(ha->ice.stats.rounds, 1);
	ATF_CHECK_EQ(log_check(ICE_VIA_UDP, &ep, 2, 16002), 0);
	ATF_CHECK_EQ(ha->ice.stats.rounds, 2);
}

ATF_TC_WITHOUT_HEAD(a_cut_relay_is_noticed_at_once_and_found_again);
ATF_TC_BODY(a_cut_relay_is_noticed_at_once_and_found_again, tc)
{
	two_homes(MAP_PER_DEST, MAP_PER_DEST);
	block_all(1);
	net_start();
	net_run(5000);
	ATF_CHECK_EQ(path_type(ha), ICE_RELAY);
	ATF_CHECK_EQ(ha->dials, 3);
	relay_set_down(1);
	ATF_CHECK(ice_path(&ha->ice) == NULL);
	ATF_CHECK_EQ(ha->nlost, 1);
	net_run(50 * 1000);
	ATF_CHECK_EQ(ha->nlost, 1);
	relay_set_down(0);
	net_run(2500);
	ATF_CHECK_EQ(path_type(ha), ICE_RELAY);
	ATF_CHECK_EQ(path_type(hb), ICE_RELAY);
	ATF_CHECK(paths_agree());
}

ATF_TC_WITHOUT_HEAD(a_cut_connection_falls_back_and_is_dialled_again);
ATF_TC_BODY(a_cut_connection_falls_back_and_is_dialled_again, tc)
{
	two_homes(MAP_STABLE, MAP_STABLE);
	block_udp(1);
	net_start();
	net_run(20 * 1000);
	ATF_CHECK_EQ(path_via(ha), ICE_VIA_TCP);
	conn_reset(ha, conn_find(ha, &hb->tpublic));
	conn_reset(hb, conn_find(hb, &ha->tpublic));
	ATF_CHECK(ice_path(&ha->ice) == NULL);
	net_run(900);
	ATF_CHECK_EQ(path_via(ha), ICE_VIA_TCP);
	ATF_CHECK_EQ(path_via(hb), ICE_VIA_TCP);
	ATF_CHECK(paths_agree());
}

ATF_TC_WITHOUT_HEAD(a_silent_stream_is_given_up_in_less_than_seven_seconds);
ATF_TC_BODY(a_silent_stream_is_given_up_in_less_than_seven_seconds, tc)
{
	two_homes(MAP_STABLE, MAP_STABLE);
	block_udp(1);
	net_start();
	ice_set_active(&ha->ice, 1);
	net_run(20 * 1000);
	net.inet_down = 1;
	net_run(ICE_ACTIVE_MS + ICE_STREAM_TRIES * ICE_STREAM_TIMEOUT_MS +
	    100);
	ATF_CHECK(ice_path(&ha->ice) == NULL);
	ATF_CHECK_EQ(ha->nlost, 1);
	net_run(20 * 1000);
	net.inet_down = 0;
	net_run(40 * 1000);
	ATF_CHECK(paths_agree());
}

ATF_TC_WITHOUT_HEAD(a_path_said_to_be_silent_is_asked_at_once);
ATF_TC_BODY(a_path_said_to_be_silent_is_asked_at_once, tc)
{
	uint64_t	 n;

	two_homes(MAP_STABLE, MAP_STABLE);
	net_start();
	ice_set_active(&ha->ice, 1);
	net_run(20 * 1000);
	ATF_CHECK_EQ(path_via(ha), ICE_VIA_UDP);
	/* It answers: nothing has changed. */
	n = ha->ice.stats.checks_sent;
	ice_suspect(&ha->ice, net.now);
	ice_suspect(&ha->ice, net.now);
	ATF_CHECK_EQ(ha->ice.stats.checks_sent, n + 1);
	ha->wake = ice_tick(&ha->ice, net.now);
	net_run(ICE_SUSPECT_MS + 50);
	ATF_CHECK(!ice_in_doubt(&ha->ice));
	/* It does not. */
	net.inet_down = 1;
	ice_suspect(&ha->ice, net.now);
	ha->wake = ice_tick(&ha->ice, net.now);
	net_run(ICE_SUSPECT_MS + 50);
	ATF_CHECK(ice_in_doubt(&ha->ice));
	ATF_CHECK(ice_path(&ha->ice) != NULL);
	net_run(2 * ICE_PROBE_MS);
	ATF_CHECK(ice_path(&ha->ice) == NULL);
	ATF_CHECK_EQ(ha->nlost, 1);
}

ATF_TC_WITHOUT_HEAD(a_stream_gets_one_check_when_connected_and_two_seconds);
ATF_TC_BODY(a_stream_gets_one_check_when_connected_and_two_seconds, tc)
{
	struct endpoint	 ep = ep_of("203.0.113.9", 7);

	log_init(ICE_CONTROLLING);
	ATF_CHECK_EQ(log_add(ICE_PUBLIC, ICE_TCP, "203.0.113.9", 7), 0);
	ice_start(&ha->ice, 1000);
	ATF_CHECK_EQ(ice_tick(&ha->ice, 1000), 1200);
	ATF_CHECK_EQ(ice_connected(&ha->ice, ICE_VIA_TCP, &hb->lan, NULL,
	    1100), -1);
	(void)ice_tick(&ha->ice, 1200);
	ATF_REQUIRE_EQ(nentries, 1);
	ATF_CHECK_EQ(entries[0].dial, 1);
	ATF_CHECK_EQ(entries[0].via, ICE_VIA_TCP);
	(void)ice_tick(&ha->ice, 4000);
	ATF_CHECK_EQ(nentries, 1);
	ATF_CHECK_EQ(ice_connected(&ha->ice, ICE_VIA_TCP, &ep, &ha->tlan,
	    5000), 0);
	ATF_REQUIRE_EQ(nentries, 2);
	ATF_CHECK_EQ(entries[1].via, ICE_VIA_TCP);
	ATF_CHECK_EQ(ice_tick(&ha->ice, 5000), 7000);
	ATF_CHECK_EQ(ice_tick(&ha->ice, 6999), 7000);
	ATF_CHECK_EQ(nentries, 2);
	(void)ice_tick(&ha->ice, 7000);
	ATF_REQUIRE_EQ(nentries, 3);
	ATF_CHECK_EQ(entries[2].dial, -1);
	ATF_CHECK_EQ(ha->ice.stats.unanswered, 1);
	/* An answer in time makes it the path. */
	(void)ice_tick(&ha->ice, 41000);
	(void)ice_tick(&ha->ice, 41200);
	ATF_REQUIRE_EQ(nentries, 4);
	ATF_CHECK_EQ(ice_connected(&ha->ice, ICE_VIA_TCP, &ep, NULL, 41300),
	    0);
	ATF_CHECK_EQ(log_answer(&entries[4], 41500), 0);
	ATF_CHECK_EQ(path_via(ha), ICE_VIA_TCP);
}

ATF_TC_WITHOUT_HEAD(one_endpoint_may_be_udp_and_tcp_and_relay);
ATF_TC_BODY(one_endpoint_may_be_udp_and_tcp_and_relay, tc)
{
	struct ice_pair_info	 info;
	size_t			 i;
	int			 seen = 0;

	log_init(ICE_CONTROLLED);
	ATF_CHECK_EQ(log_add(ICE_PUBLIC, ICE_UDP, "203.0.113.9", 443), 0);
	ATF_CHECK_EQ(log_add(ICE_PUBLIC, ICE_TCP, "203.0.113.9", 443), 0);
	ATF_CHECK_EQ(log_add(ICE_RELAY, ICE_TCP, "203.0.113.9", 443), 0);
	ATF_CHECK_EQ(log_add(ICE_RELAY, ICE_TCP, "203.0.113.9", 443), 0);
	ATF_CHECK_EQ(log_add(ICE_RELAY, ICE_UDP, "203.0.113.9", 444), 1);
	ATF_CHECK_EQ(ice_pair_count(&ha->ice), 3);
	for (i = 0; i < 3; i++) {
		ATF_REQUIRE(ice_pair_get(&ha->ice, i, &info) == 0);
		seen |= 1 << ice_via_of(info.remote.type,
		    info.remote.transport);
	}
	ATF_CHECK_EQ(seen, 2 + 4 + 8);
}

ATF_TC_WITHOUT_HEAD(a_public_router_is_opened_before_normal_checks);
ATF_TC_BODY(a_public_router_is_opened_before_normal_checks, tc)
{
	struct endpoint	 lan = ep_of("192.168.2.10", 5);

	log_init(ICE_CONTROLLING);
	ATF_CHECK_EQ(log_add(ICE_LOCAL, ICE_UDP, "192.168.2.10", 5), 0);
	ATF_CHECK_EQ(log_add(ICE_PUBLIC, ICE_UDP, "203.0.113.9", 7), 0);
	ice_start(&ha->ice, 1000);
	ATF_REQUIRE_EQ(nentries, 2);
	ATF_CHECK_EQ(entries[0].ttl, 0);
	ATF_CHECK_EQ(entries[1].ttl, ICE_OPEN_TTL);
	ATF_CHECK_EQ(ice_tick(&ha->ice, 1000), 1000 + ICE_OPEN_GAP_MS);
	ATF_CHECK_EQ(ice_tick(&ha->ice, 1020), 1000 + ICE_OPEN_MS);
	ATF_REQUIRE_EQ(nentries, 3);
	ATF_CHECK_EQ(entries[2].ttl, ICE_OPEN_TTL);
	(void)ice_tick(&ha->ice, 1080);
	ATF_REQUIRE_EQ(nentries, 4);
	ATF_CHECK_EQ(entries[3].ttl, 0);
	ATF_CHECK_EQ(entries[3].to.port, 7);
	/* The peer has begun: no need to wait any more. */
	log_init(ICE_CONTROLLING);
	ATF_CHECK_EQ(log_add(ICE_PUBLIC, ICE_UDP, "203.0.113.9", 7), 0);
	ice_start(&ha->ice, 1000);
	ATF_CHECK_EQ(log_check(ICE_VIA_UDP, &lan, 0, 1010), 0);
	(void)ice_tick(&ha->ice, 1010);
	ATF_REQUIRE(nentries >= 2);
	ATF_CHECK_EQ(entries[nentries - 1].ttl, 0);
	ATF_CHECK_EQ(entries[nentries - 1].to.port, 7);
}

static void
leaky_homes(uint32_t open_ms, uint64_t skew)
{
	two_homes(MAP_STABLE, MAP_STABLE);
	ha->nat4->leaky = hb->nat4->leaky = 1;
	ha->nat4->tcp_blocked = hb->nat4->tcp_blocked = 1;
	net.open_ms = open_ms;
	net_introduce();
	host_start(ha);
	net_run(skew);
	host_start(hb);
}

ATF_TC_WITHOUT_HEAD(a_router_that_poisons_itself_is_opened_in_time);
ATF_TC_BODY(a_router_that_poisons_itself_is_opened_in_time, tc)
{
	leaky_homes(ICE_OPEN_MS, 60);
	net_run(1000);
	ATF_CHECK_EQ(path_via(ha), ICE_VIA_UDP);
	ATF_CHECK(paths_agree());
	/* Without, it answers from another port than it was asked at. */
	leaky_homes(0, 60);
	net_run(20 * 1000);
	ATF_CHECK_EQ(path_type(ha), ICE_RELAY);
}

ATF_TC_WITHOUT_HEAD(a_poisoned_router_is_opened_together_in_a_later_round);
ATF_TC_BODY(a_poisoned_router_is_opened_together_in_a_later_round, tc)
{
	leaky_homes(ICE_OPEN_MS, 400);
	net_run(20 * 1000);
	ATF_CHECK_EQ(path_type(ha), ICE_RELAY);
	ATF_CHECK_EQ(path_type(hb), ICE_RELAY);
	net_run(21 * 1000);
	ATF_CHECK_EQ(path_via(ha), ICE_VIA_UDP);
	ATF_CHECK_EQ(path_via(hb), ICE_VIA_UDP);
	ATF_CHECK(paths_agree());
}

ATF_TC_WITHOUT_HEAD(addresses_of_the_overlay_are_kept_away_from);
ATF_TC_BODY(addresses_of_the_overlay_are_kept_away_from, tc)
{
	struct endpoint	 p4 = ep_of("100.64.0.0", 0), in, out;
	struct endpoint	 p6 = ep_of("fd00:1:2::", 0);
	int		 i;

	log_init(ICE_CONTROLLING);
	ATF_CHECK_EQ(log_add(ICE_LOCAL, ICE_UDP, "100.127.255.255", 5), 0);
	ATF_CHECK_EQ(ice_add_avoid(&ha->ice, &p4, 10), 0);
	ATF_CHECK_EQ(ice_add_avoid(&ha->ice, &p6, 48), 0);
	ATF_CHECK_EQ(ice_add_avoid(&ha->ice, &p4, 33), -1);
	ATF_CHECK_EQ(log_add(ICE_ADAPTER, ICE_UDP, "100.64.0.9", 5), 1);
	ATF_CHECK_EQ(log_add(ICE_PUBLIC, ICE_TCP, "fd00:1:2:3::9", 5), 1);
	ATF_CHECK_EQ(log_add(ICE_RELAY, ICE_TCP, "100.70.0.9", 5), 1);
	ATF_CHECK_EQ(log_add(ICE_LOCAL, ICE_UDP, "100.128.0.9", 5), 0);
	ATF_CHECK_EQ(log_add(ICE_LOCAL, ICE_UDP, "fd00:1:3::9", 5), 0);
	ATF_CHECK_EQ(ha->ice.stats.avoided, 4);
	ice_start(&ha->ice, 1000);
	ATF_CHECK_EQ(nentries, 2);
	in = ep_of("100.99.0.1", 5);
	out = ep_of("192.168.2.10", 5);
	ATF_CHECK_EQ(log_check(ICE_VIA_UDP, &in, 0, 1001), -1);
	ATF_CHECK_EQ(nentries, 2);
	ATF_CHECK_EQ(log_check(ICE_VIA_UDP, &out, 0, 1001), 0);
	ATF_CHECK_EQ(nentries, 4);
	for (i = 0; i < nentries; i++)
		ATF_CHECK(entries[i].to.addr[0] != 100 ||
		    entries[i].to.addr[1] == 128);
	ATF_CHECK_EQ(ice_add_avoid(&ha->ice, &p4, 12), 0);
	ATF_CHECK_EQ(ice_add_avoid(&ha->ice, &p4, 11), 0);
	ATF_CHECK_EQ(ice_add_avoid(&ha->ice, &p4, 13), -1);
	ATF_CHECK_EQ(errno, ENOSPC);
}

ATF_TC_WITHOUT_HEAD(guesses_are_few_at_a_time_and_soon_forgotten);
ATF_TC_BODY(guesses_are_few_at_a_time_and_soon_forgotten, tc)
{
	struct endpoint	 ep = ep_of("203.0.113.9", 1);
	uint64_t	 now = 1000;
	int		 i, tried = 0;

	log_init(ICE_CONTROLLING);
	ice_start(&ha->ice, now);
	for (i = 0; i < ICE_GUESS_MAX; i++, ep.port++)
		ATF_CHECK_EQ(ice_add_guess(&ha->ice, &ep), 0);
	ATF_CHECK_EQ(ice_add_guess(&ha->ice, &ep), -1);
	ATF_CHECK_EQ(errno, EAGAIN);
	ATF_CHECK_EQ(nentries, 0);
	while (ice_tick(&ha->ice, now) != ICE_NEVER && now < 5000)
		now++;
	ATF_CHECK_EQ(nentries, ICE_GUESS_MAX * ICE_GUESS_TRIES);
	ATF_CHECK(now < 1000 + 3 * ICE_GUESS_LIFE_MS);
	ATF_CHECK_EQ(ha->ice.nguesses, 0);
	ATF_CHECK_EQ(ice_pair_count(&ha->ice), 0);
	/* Thousands, at the rate of the caller. */
	nentries = 0;
	for (tried = 0; tried < 2000; now++) {
		(void)ice_tick(&ha->ice, now);
		ep.port = (uint16_t)(1000 + tried);
		if (ice_add_guess(&ha->ice, &ep) == 0)
			tried++;
		ATF_REQUIRE(ha->ice.nguesses <= ICE_GUESS_MAX);
	}
	ATF_CHECK(nentries >= 2000 - ICE_GUESS_MAX);
	ATF_CHECK(now < 5000 + 2 * 2000 + 500);
}

ATF_TC_WITHOUT_HEAD(a_right_guess_becomes_a_pair);
ATF_TC_BODY(a_right_guess_becomes_a_pair, tc)
{
	struct endpoint	 ep = ep_of("203.0.113.9", 700);

	log_init(ICE_CONTROLLING);
	ice_start(&ha->ice, 1000);
	ATF_CHECK_EQ(ice_add_guess(&ha->ice, &ep), 0);
	(void)ice_tick(&ha->ice, 1000);
	ATF_REQUIRE_EQ(nentries, 1);
	entries[0].pkt[STUN_HEADER_LEN - 1] ^= 1;
	entries[1] = entries[0];
	entries[0].pkt[STUN_HEADER_LEN - 1] ^= 1;
	nentries = 2;
	ATF_CHECK(stun_is_message(entries[0].pkt, entries[0].len));
	ATF_CHECK_EQ(log_answer(&entries[0], 1040), 0);
	ATF_CHECK_EQ(ice_pair_count(&ha->ice), 1);
	ATF_CHECK_EQ(ha->ice.nguesses, 0);
	ATF_CHECK_EQ(ha->ice.stats.guesses_right, 1);
	ATF_REQUIRE_EQ(nentries, 3);
	ATF_CHECK(ice_path(&ha->ice) == NULL);
	ATF_CHECK_EQ(log_answer(&entries[2], 1100), 0);
	(void)ice_tick(&ha->ice, 1100);
	ATF_CHECK_EQ(path_type(ha), ICE_PEER_REFLEXIVE);
	/* And no more of them. */
	ep.port++;
	ATF_CHECK_EQ(ice_add_guess(&ha->ice, &ep), 0);
	ATF_CHECK_EQ(ha->ice.nguesses, 0);
}

ATF_TC_WITHOUT_HEAD(guessed_ports_win_a_router_that_counts);
ATF_TC_BODY(guessed_ports_win_a_router_that_counts, tc)
{
	struct endpoint	 ep;
	int		 i;

	two_homes(MAP_STABLE, MAP_PER_DEST);
	net_start();
	net_run(3000);
	ATF_CHECK_EQ(path_type(ha), ICE_RELAY);
	ep = hb->public;
	for (i = 0; i < 25; i++) {
		ep.port++;
		ATF_CHECK_EQ(ice_add_guess(&ha->ice, &ep), 0);
	}
	host_tick(ha);
	net_run(1500);
	ATF_CHECK_EQ(path_via(ha), ICE_VIA_UDP);
	ATF_CHECK_EQ(path_type(ha), ICE_PEER_REFLEXIVE);
	ATF_CHECK_EQ(path_via(hb), ICE_VIA_UDP);
	ATF_CHECK(paths_agree());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, tcp_is_not_dialled_when_udp_passes_in_time);
	ATF_TP_ADD_TC(tp, tcp_is_dialled_200_ms_after_the_start_without_udp);
	ATF_TP_ADD_TC(tp, tcp_passes_routers_that_refuse_strange_syns);
	ATF_TP_ADD_TC(tp, a_stream_the_peer_has_dialled_becomes_a_pair);
	ATF_TP_ADD_TC(tp,
	    the_relay_is_dialled_after_a_second_without_direct_path);
	ATF_TP_ADD_TC(tp, attempts_end_at_once_when_udp_is_selected);
	ATF_TP_ADD_TC(tp, udp_takes_over_from_tcp_which_lingers_five_seconds);
	ATF_TP_ADD_TC(tp,
	    the_relay_is_left_within_a_round_when_direct_is_possible);
	ATF_TP_ADD_TC(tp, a_change_of_network_makes_the_peer_check_as_well);
	ATF_TP_ADD_TC(tp, an_old_number_asks_for_no_round);
	ATF_TP_ADD_TC(tp, a_cut_relay_is_noticed_at_once_and_found_again);
	ATF_TP_ADD_TC(tp, a_cut_connection_falls_back_and_is_dialled_again);
	ATF_TP_ADD_TC(tp, a_path_said_to_be_silent_is_asked_at_once);
	ATF_TP_ADD_TC(tp,
	    a_silent_stream_is_given_up_in_less_than_seven_seconds);
	ATF_TP_ADD_TC(tp,
	    a_stream_gets_one_check_when_connected_and_two_seconds);
	ATF_TP_ADD_TC(tp, one_endpoint_may_be_udp_and_tcp_and_relay);
	ATF_TP_ADD_TC(tp, a_public_router_is_opened_before_normal_checks);
	ATF_TP_ADD_TC(tp, a_router_that_poisons_itself_is_opened_in_time);
	ATF_TP_ADD_TC(tp,
	    a_poisoned_router_is_opened_together_in_a_later_round);
	ATF_TP_ADD_TC(tp, addresses_of_the_overlay_are_kept_away_from);
	ATF_TP_ADD_TC(tp, guesses_are_few_at_a_time_and_soon_forgotten);
	ATF_TP_ADD_TC(tp, a_right_guess_becomes_a_pair);
	ATF_TP_ADD_TC(tp, guessed_ports_win_a_router_that_counts);
	return atf_no_error();
}
