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
 * Relays at the real policyproc: who is one, who is told of it, and which one
 * two systems are introduced with.
 */

#include "regress/policyproc/world.h"
#include "relay/relay.h"

#define ALICE_CONN	CONN(0, 5)
#define BOB_CONN	CONN(1, 6)
#define DEG(d)		((uint32_t)((d) * 1000 + 360000))

static void
send_relay(struct world *w, uint32_t id, const char *name, int enabled)
{
	struct msg_model_relay	 m;

	memset(&m, 0, sizeof(m));
	m.relay = id;
	snprintf(m.name, sizeof(m.name), "%s", name);
	memset(m.token_hash, (int)id, sizeof(m.token_hash));
	m.enabled = (uint8_t)enabled;
	m.latitude = DEG(id);
	m.longitude = DEG(1);
	end_send(&w->store, MSG_MODEL_RELAY, &m, -1);
}

/* "192.0.2.token" and the port 400, with this many instances. */
static void
claim(struct world *w, uint32_t conn, const char *name, uint8_t token,
    uint8_t instances)
{
	struct msg_relay_claim	 m;
	char			 text[32];

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	snprintf(m.name, sizeof(m.name), "%s", name);
	memset(m.token_hash, token, sizeof(m.token_hash));
	snprintf(text, sizeof(text), "192.0.2.%u", token);
	m.addresses.n = 1;
	ATF_REQUIRE(endpoint_parse(&m.addresses.e[0], text, 400) == 0);
	m.instances = instances;
	end_send(&w->auth, MSG_RELAY_CLAIM, &m, -1);
}

static void
expect_relay_welcome(struct world *w, uint32_t conn)
{
	union msg_any	 any;

	end_expect(&w->tls[conn >> 24], MSG_CONN_RELAY_WELCOME, &any);
	ATF_REQUIRE_EQ(any.conn_relay_welcome.conn, conn);
}

/* The next thing that storeproc hears of a relay. */
static struct msg_relay_seen
expect_seen(struct world *w, uint32_t relay, int online)
{
	union msg_any	 any;

	while (end_next(&w->store, &any) != MSG_RELAY_SEEN)
		continue;
	ATF_REQUIRE_EQ(any.relay_seen.relay, relay);
	ATF_REQUIRE_EQ((int)any.relay_seen.online, online);
	return any.relay_seen;
}

static void
gone(struct world *w, uint32_t conn)
{
	struct msg_conn_gone	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	end_send(&w->tls[conn >> 24], MSG_CONN_GONE, &m, -1);
}

static void
rtt(struct world *w, uint32_t conn, const char *relay, uint32_t us)
{
	struct msg_conn_relay_rtt	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	ATF_REQUIRE(endpoint_parse(&m.relay, relay, 400) == 0);
	m.rtt_us = us;
	end_send(&w->tls[conn >> 24], MSG_CONN_RELAY_RTT, &m, -1);
}

static void
load(struct world *w, uint32_t conn, uint8_t instance, uint32_t pairs)
{
	struct msg_conn_relay_load	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	m.instance = instance;
	m.pairs = pairs;
	m.bytes = 100;
	m.refused = 1;
	end_send(&w->tls[conn >> 24], MSG_CONN_RELAY_LOAD, &m, -1);
}

static void
again(struct world *w)
{
	struct msg_conn_introduce	 m;

	memset(&m, 0, sizeof(m));
	m.conn = ALICE_CONN;
	snprintf(m.system, sizeof(m.system), "%s", names[BOB]);
	end_send(&w->tls[0], MSG_CONN_INTRODUCE, &m, -1);
}

static void
model_with_relays(struct world *w, uint32_t nrelays)
{
	static const char *const relays[] = { "", "r1", "r2" };
	uint32_t		 i;

	send_org(w);
	send_system(w, ALICE, SYSTEM_ENABLED, TAG_PEOPLE);
	send_system(w, BOB, SYSTEM_ENABLED, TAG_SERVERS);
	send_policy(w, 8080);
	for (i = 1; i <= nrelays; i++)
		send_relay(w, i, relays[i], 1);
	send_ready(w);
}

/*
 * The relay of an introduction, whose code is registered before either side
 * has it: everything is on the first tlsproc, so the order shows.
 */
static void
expect_met(struct world *w, uint32_t relay_conn, uint8_t instance,
    const char *endpoint)
{
	union msg_any	 code, a, b;
	uint8_t		 hash[RELAY_HASH_LEN];
	char		 buf[ENDPOINT_STRLEN];

	end_expect(&w->tls[0], MSG_CONN_RELAY_CODE, &code);
	ATF_REQUIRE_EQ(code.conn_relay_code.conn, relay_conn);
	ATF_REQUIRE_EQ(code.conn_relay_code.instance, instance);
	ATF_REQUIRE_EQ(code.conn_relay_code.life_s, 30);
	end_expect(&w->tls[0], MSG_CONN_INTRODUCTION, &a);
	end_expect(&w->tls[1], MSG_CONN_INTRODUCTION, &b);
	ATF_REQUIRE_STREQ(endpoint_print(&a.conn_introduction.relay, buf,
	    sizeof(buf)), endpoint);
	ATF_REQUIRE_EQ(endpoint_cmp(&a.conn_introduction.relay,
	    &b.conn_introduction.relay), 0);
	ATF_REQUIRE(memcmp(a.conn_introduction.relay_code,
	    b.conn_introduction.relay_code, RELAY_CODE_LEN) == 0);
	relay_hash(a.conn_introduction.relay_code, hash);
	ATF_REQUIRE(memcmp(hash, code.conn_relay_code.hash,
	    sizeof(hash)) == 0);
}

static void
expect_met_nowhere(struct world *w)
{
	union msg_any	 a, b;

	end_expect(&w->tls[0], MSG_CONN_INTRODUCTION, &a);
	end_expect(&w->tls[1], MSG_CONN_INTRODUCTION, &b);
	ATF_REQUIRE_EQ(a.conn_introduction.relay.family, 0);
	ATF_REQUIRE_EQ(b.conn_introduction.relay.family, 0);
}

static void
log_in(struct world *w, uint32_t conn, uint32_t id, uint32_t peer,
    uint16_t nacls, const char *relays)
{
	union msg_any	 any;

	login(w, conn, id);
	end_expect(&w->tls[conn >> 24], MSG_CONN_WELCOME, &any);
	expect_relays(w, conn, relays);
	expect_entry(w, conn, OP_UP, peer, nacls, 1);
	expect_commit(w, conn, 1, 1);
}

static void
both_told(struct world *w, const char *relays)
{
	log_in(w, ALICE_CONN, ALICE, BOB, 0, relays);
	log_in(w, BOB_CONN, BOB, ALICE, 1, relays);
}

static void
introduce(struct world *w)
{
	/* What was sent by others before is known first. */
	barrier(w, NULL);
	candidates(w, ALICE_CONN, 1);
	candidates(w, BOB_CONN, 1);
}

static const char	two[] = "192.0.2.1:400 192.0.2.2:400";

#define TC(name)							\
ATF_TC(name);								\
ATF_TC_HEAD(name, tc)							\
{									\
	atf_tc_set_md_var(tc, "require.user", "root");			\
}									\
ATF_TC_BODY(name, tc)

TC(a_relay_is_told_why_it_is_refused)
{
	struct world	 w;

	world_start(&w);
	model_with_relays(&w, 1);
	send_relay(&w, 7, "off", 0);
	barrier(&w, NULL);
	claim(&w, CONN(0, 1), "stranger", 1, 1);
	expect_refused(&w, CONN(0, 1), "no relay of this name has");
	claim(&w, CONN(0, 2), "r1", 2, 1);
	expect_refused(&w, CONN(0, 2), "no relay of this name has");
	claim(&w, CONN(0, 3), "off", 7, 1);
	expect_refused(&w, CONN(0, 3), "this relay is disabled");
	claim(&w, CONN(0, 4), "r1", 1, 9);
	expect_refused(&w, CONN(0, 4), "1 to 8 instances");
	claim(&w, CONN(0, 5), "r1", 1, 8);
	expect_relay_welcome(&w, CONN(0, 5));
	expect_seen(&w, 1, 1);
	world_end(&w);
}

TC(a_relay_before_the_model_is_served_after_it)
{
	struct world	 w;

	world_start(&w);
	claim(&w, CONN(0, 1), "r1", 1, 1);
	claim(&w, CONN(0, 2), "r2", 1, 1);
	login(&w, ALICE_CONN, ALICE);
	model_with_relays(&w, 2);
	expect_relay_welcome(&w, CONN(0, 1));
	expect_refused(&w, CONN(0, 2), "no relay of this name has");
	world_end(&w);
}

TC(systems_are_told_of_the_relays_that_are_there)
{
	struct world	 w;

	world_start(&w);
	model_with_relays(&w, 2);
	claim(&w, CONN(1, 1), "r2", 2, 1);
	expect_relay_welcome(&w, CONN(1, 1));
	log_in(&w, ALICE_CONN, ALICE, BOB, 0, "192.0.2.2:400");
	claim(&w, CONN(1, 2), "r1", 1, 3);
	expect_relay_welcome(&w, CONN(1, 2));
	expect_relays(&w, ALICE_CONN, two);
	/* Nearest first, once there is something to tell. */
	rtt(&w, ALICE_CONN, "192.0.2.1", UINT32_MAX);
	rtt(&w, ALICE_CONN, "192.0.2.2", 7000);
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[0]);
	send_relay(&w, 3, "a3", 1);
	barrier(&w, NULL);
	claim(&w, CONN(1, 3), "a3", 3, 1);
	expect_relay_welcome(&w, CONN(1, 3));
	expect_relays(&w, ALICE_CONN,
	    "192.0.2.2:400 192.0.2.3:400 192.0.2.1:400");
	gone(&w, CONN(1, 1));
	/* Nothing is known of what is left: by their names. */
	expect_relays(&w, ALICE_CONN, "192.0.2.3:400 192.0.2.1:400");
	world_end(&w);
}

TC(a_relay_that_is_disabled_or_deleted_is_cut_off)
{
	struct msg_model_relay_gone	 m;
	struct world			 w;

	world_start(&w);
	model_with_relays(&w, 2);
	claim(&w, CONN(1, 1), "r1", 1, 1);
	expect_relay_welcome(&w, CONN(1, 1));
	expect_seen(&w, 1, 1);
	claim(&w, CONN(1, 2), "r2", 2, 1);
	expect_relay_welcome(&w, CONN(1, 2));
	expect_seen(&w, 2, 1);
	log_in(&w, ALICE_CONN, ALICE, BOB, 0, two);
	send_relay(&w, 1, "r1", 0);
	expect_refused(&w, CONN(1, 1), "disabled");
	expect_relays(&w, ALICE_CONN, "192.0.2.2:400");
	expect_seen(&w, 1, 0);
	memset(&m, 0, sizeof(m));
	m.relay = 2;
	end_send(&w.store, MSG_MODEL_RELAY_GONE, &m, -1);
	expect_refused(&w, CONN(1, 2), "deleted");
	expect_relays(&w, ALICE_CONN, "");
	expect_seen(&w, 2, 0);
	claim(&w, CONN(1, 4), "r2", 2, 1);
	expect_refused(&w, CONN(1, 4), "no relay of this name has");
	world_end(&w);
}

TC(a_second_connection_of_a_relay_ends_the_first)
{
	struct world	 w;

	world_start(&w);
	model_with_relays(&w, 1);
	claim(&w, CONN(0, 1), "r1", 1, 1);
	expect_relay_welcome(&w, CONN(0, 1));
	claim(&w, CONN(1, 2), "r1", 1, 1);
	expect_refused(&w, CONN(0, 1), "another connection");
	expect_relay_welcome(&w, CONN(1, 2));
	/* Its late end is not the end of the new one. */
	gone(&w, CONN(0, 1));
	log_in(&w, ALICE_CONN, ALICE, BOB, 0, "192.0.2.1:400");
	world_end(&w);
}

TC(the_load_of_a_relay_reaches_storeproc)
{
	struct msg_relay_seen	 seen;
	struct world		 w;
	union msg_any		 any;

	world_start(&w);
	model_with_relays(&w, 1);
	claim(&w, CONN(0, 1), "r1", 1, 2);
	expect_relay_welcome(&w, CONN(0, 1));
	expect_seen(&w, 1, 1);
	load(&w, CONN(0, 1), 0, 3);
	expect_seen(&w, 1, 1);
	load(&w, CONN(0, 1), 1, 4);
	seen = expect_seen(&w, 1, 1);
	ATF_CHECK_EQ(seen.pairs, 7);
	ATF_CHECK_EQ(seen.bytes, 200);
	ATF_CHECK_EQ(seen.refused, 2);
	/* No such instance, no such connection. */
	load(&w, CONN(0, 1), 2, 9);
	load(&w, CONN(0, 9), 0, 9);
	/* A storeproc that is new is told of it. */
	end_close(&w.store);
	player_join(&w.p, ROLE_STORE, 0, &w.store);
	end_expect(&w.store, MSG_MODEL_GET, &any);
	seen = expect_seen(&w, 1, 1);
	ATF_CHECK_EQ(seen.pairs, 7);
	model_with_relays(&w, 0);
	expect_refused(&w, CONN(0, 1), "deleted");
	world_end(&w);
}

TC(a_code_is_registered_before_the_introduction)
{
	struct world	 w;

	world_start(&w);
	model_with_relays(&w, 1);
	claim(&w, CONN(0, 1), "r1", 1, 1);
	expect_relay_welcome(&w, CONN(0, 1));
	both_told(&w, "192.0.2.1:400");
	introduce(&w);
	expect_met(&w, CONN(0, 1), 0, "192.0.2.1:400");
	world_end(&w);
}

TC(the_relay_on_the_shortest_way_is_chosen)
{
	struct world	 w;

	world_start(&w);
	model_with_relays(&w, 2);
	claim(&w, CONN(0, 1), "r1", 1, 1);
	expect_relay_welcome(&w, CONN(0, 1));
	claim(&w, CONN(0, 2), "r2", 2, 1);
	expect_relay_welcome(&w, CONN(0, 2));
	both_told(&w, two);
	rtt(&w, ALICE_CONN, "192.0.2.1", 10000);
	rtt(&w, BOB_CONN, "192.0.2.1", 30000);
	rtt(&w, ALICE_CONN, "192.0.2.2", 20000);
	rtt(&w, BOB_CONN, "192.0.2.2", 19999);
	introduce(&w);
	expect_met(&w, CONN(0, 2), 0, "192.0.2.2:400");
	world_end(&w);
}

TC(a_relay_that_a_system_cannot_reach_is_avoided)
{
	struct world	 w;

	world_start(&w);
	model_with_relays(&w, 2);
	claim(&w, CONN(0, 1), "r1", 1, 1);
	expect_relay_welcome(&w, CONN(0, 1));
	claim(&w, CONN(0, 2), "r2", 2, 1);
	expect_relay_welcome(&w, CONN(0, 2));
	both_told(&w, two);
	rtt(&w, ALICE_CONN, "192.0.2.1", 1);
	rtt(&w, BOB_CONN, "192.0.2.1", UINT32_MAX);
	introduce(&w);
	expect_met(&w, CONN(0, 2), 0, "192.0.2.2:400");
	rtt(&w, ALICE_CONN, "192.0.2.2", UINT32_MAX);
	barrier(&w, NULL);
	again(&w);
	expect_met_nowhere(&w);
	world_end(&w);
}

TC(when_a_relay_is_gone_the_next_introduction_has_another)
{
	struct world	 w;

	world_start(&w);
	model_with_relays(&w, 2);
	claim(&w, CONN(0, 1), "r1", 1, 1);
	expect_relay_welcome(&w, CONN(0, 1));
	claim(&w, CONN(0, 2), "r2", 2, 1);
	expect_relay_welcome(&w, CONN(0, 2));
	both_told(&w, two);
	introduce(&w);
	expect_met(&w, CONN(0, 1), 0, "192.0.2.1:400");
	gone(&w, CONN(0, 1));
	expect_relays(&w, ALICE_CONN, "192.0.2.2:400");
	expect_relays(&w, BOB_CONN, "192.0.2.2:400");
	again(&w);
	expect_met(&w, CONN(0, 2), 0, "192.0.2.2:400");
	world_end(&w);
}

TC(instances_take_turns_by_their_load)
{
	struct world	 w;

	world_start(&w);
	model_with_relays(&w, 1);
	claim(&w, CONN(0, 1), "r1", 1, 3);
	expect_relay_welcome(&w, CONN(0, 1));
	both_told(&w, "192.0.2.1:400");
	load(&w, CONN(0, 1), 0, 5);
	introduce(&w);
	expect_met(&w, CONN(0, 1), 1, "192.0.2.1:401");
	again(&w);
	expect_met(&w, CONN(0, 1), 2, "192.0.2.1:402");
	load(&w, CONN(0, 1), 1, 9);
	load(&w, CONN(0, 1), 2, 9);
	again(&w);
	expect_met(&w, CONN(0, 1), 0, "192.0.2.1:400");
	world_end(&w);
}

TC(the_behaviour_of_a_translator_is_told_to_the_peer)
{
	struct msg_conn_candidates	 m;
	struct world			 w;
	union msg_any			 a, b;

	world_start(&w);
	model_with_relays(&w, 0);
	both_told(&w, "");
	memset(&m, 0, sizeof(m));
	m.conn = ALICE_CONN;
	m.generation = 1;
	m.nat_udp = 3;
	m.nat_udp_step = 2;
	m.nat_tcp = 4;
	m.nat_tcp_step = 65535;
	end_send(&w.tls[0], MSG_CONN_CANDIDATES, &m, -1);
	barrier(&w, NULL);
	candidates(&w, BOB_CONN, 1);
	end_expect(&w.tls[0], MSG_CONN_INTRODUCTION, &a);
	end_expect(&w.tls[1], MSG_CONN_INTRODUCTION, &b);
	ATF_CHECK_EQ(a.conn_introduction.nat_udp, 0);
	ATF_CHECK_EQ(b.conn_introduction.nat_udp, 3);
	ATF_CHECK_EQ(b.conn_introduction.nat_udp_step, 2);
	ATF_CHECK_EQ(b.conn_introduction.nat_tcp, 4);
	ATF_CHECK_EQ(b.conn_introduction.nat_tcp_step, 65535);
	ATF_CHECK_EQ(a.conn_introduction.relay.family, 0);
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_relay_is_told_why_it_is_refused);
	ATF_TP_ADD_TC(tp, a_relay_before_the_model_is_served_after_it);
	ATF_TP_ADD_TC(tp, systems_are_told_of_the_relays_that_are_there);
	ATF_TP_ADD_TC(tp, a_relay_that_is_disabled_or_deleted_is_cut_off);
	ATF_TP_ADD_TC(tp, a_second_connection_of_a_relay_ends_the_first);
	ATF_TP_ADD_TC(tp, the_load_of_a_relay_reaches_storeproc);
	ATF_TP_ADD_TC(tp, a_code_is_registered_before_the_introduction);
	ATF_TP_ADD_TC(tp, the_relay_on_the_shortest_way_is_chosen);
	ATF_TP_ADD_TC(tp, a_relay_that_a_system_cannot_reach_is_avoided);
	ATF_TP_ADD_TC(tp,
	    when_a_relay_is_gone_the_next_introduction_has_another);
	ATF_TP_ADD_TC(tp, instances_take_turns_by_their_load);
	ATF_TP_ADD_TC(tp, the_behaviour_of_a_translator_is_told_to_the_peer);
	return atf_no_error();
}
