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
 * Two connections of one system, in the real policyproc: an agent that comes
 * again, and a copy of it.
 */

#include "base/clock.h"
#include "regress/policyproc/world.h"

#define TEST(name)						\
ATF_TC(name);							\
ATF_TC_HEAD(name, tc)						\
{								\
	atf_tc_set_md_var(tc, "require.user", "root");		\
}								\
ATF_TC_BODY(name, tc)

static void
login_from(struct world *w, uint32_t conn, uint32_t id, const char *address,
    const uint8_t *session)
{
	struct msg_authenticated	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	snprintf(m.system, sizeof(m.system), "%s", names[id]);
	memset(m.serial, (int)id, sizeof(m.serial));
	memset(m.authority, 0xaa, sizeof(m.authority));
	ATF_REQUIRE(endpoint_parse(&m.from, address, 5) == 0);
	if (session != NULL)
		memcpy(m.session, session, sizeof(m.session));
	end_send(&w->auth, MSG_AUTHENTICATED, &m, -1);
}

/* Alice is connected from 192.0.2.1, Bob too; clones are treated so. */
static void
begin(struct world *w, enum clone_policy clone)
{
	union msg_any	 any;

	world_start(w);
	w->clone = (uint8_t)clone;
	send_model(w);
	login(w, CONN(1, 6), BOB);
	expect_welcome(w, CONN(1, 6));
	expect_entry(w, CONN(1, 6), OP_UP, ALICE, 1, 1);
	expect_commit(w, CONN(1, 6), 1, 1);
	login_from(w, CONN(0, 5), ALICE, "192.0.2.1", NULL);
	expect_welcome(w, CONN(0, 5));
	expect_entry(w, CONN(0, 5), OP_UP, BOB, 0, 1);
	expect_commit(w, CONN(0, 5), 1, 1);
	end_expect(&w->store, MSG_SYSTEM_SEEN, &any);
	end_expect(&w->store, MSG_SYSTEM_SEEN, &any);
	ATF_REQUIRE_EQ(any.system_seen.online, 1);
	ATF_REQUIRE_EQ(any.system_seen.source.addr[3], 1);
	ATF_REQUIRE(any.system_seen.since > 1700000000);
}

static void
expect_probe(struct world *w, uint32_t conn)
{
	union msg_any	 any;

	end_expect(&w->tls[conn >> 24], MSG_CONN_PROBE, &any);
	ATF_REQUIRE_EQ(any.conn_probe.conn, conn);
}

static void
alive(struct world *w, uint32_t conn)
{
	struct msg_conn_alive	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	end_send(&w->tls[conn >> 24], MSG_CONN_ALIVE, &m, -1);
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
expect_clone(struct world *w, enum clone_policy policy)
{
	union msg_any	 any;

	end_expect(&w->store, MSG_SYSTEM_CLONE, &any);
	ATF_REQUIRE_EQ(any.system_clone.system, (uint32_t)ALICE);
	ATF_REQUIRE_EQ((enum clone_policy)any.system_clone.policy, policy);
	ATF_REQUIRE_EQ(any.system_clone.older.addr[3], 1);
	ATF_REQUIRE_EQ(any.system_clone.newer.addr[3], 9);
}

/* Alice is served by this connection now. */
static void
expect_served(struct world *w, uint32_t conn)
{
	expect_welcome(w, conn);
	expect_entry(w, conn, OP_UP, BOB, 0, 2);
	expect_commit(w, conn, 1, 2);
}

TEST(an_agent_that_shows_its_session_has_its_place_at_once)
{
	struct world	 w;

	begin(&w, CLONE_REJECT);
	login_from(&w, CONN(1, 9), ALICE, "192.0.2.9", w.session);
	expect_refused(&w, CONN(0, 5), "another connection");
	expect_served(&w, CONN(1, 9));
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[0]);
	world_end(&w);
}

TEST(who_does_not_answer_in_time_was_dead)
{
	uint64_t	 since;
	struct world	 w;

	begin(&w, CLONE_QUARANTINE);
	since = clock_mono_ms();
	login_from(&w, CONN(1, 9), ALICE, "192.0.2.9", NULL);
	expect_probe(&w, CONN(0, 5));
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[1]);
	expect_refused(&w, CONN(0, 5), "another connection");
	expect_served(&w, CONN(1, 9));
	since = clock_mono_ms() - since;
	ATF_CHECK_MSG(since >= 2900 && since < 6000, "%llu ms",
	    (unsigned long long)since);
	world_end(&w);
}

TEST(who_waits_is_served_as_soon_as_the_old_connection_ends)
{
	uint64_t	 since;
	struct world	 w;

	begin(&w, CLONE_QUARANTINE);
	since = clock_mono_ms();
	login_from(&w, CONN(1, 9), ALICE, "192.0.2.9", NULL);
	expect_probe(&w, CONN(0, 5));
	gone(&w, CONN(0, 5));
	expect_served(&w, CONN(1, 9));
	ATF_CHECK(clock_mono_ms() - since < 2500);
	/* A late answer is of no use to it. */
	alive(&w, CONN(0, 5));
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[0]);
	end_expect_nothing(&w.tls[1]);
	world_end(&w);
}

TEST(a_clone_is_rejected_and_reported_once_a_minute)
{
	struct msg_service_status	 st;
	struct world			 w;
	int				 i;

	begin(&w, CLONE_REJECT);
	for (i = 0; i < 3; i++) {
		login_from(&w, CONN(1, 9), ALICE, "192.0.2.9", NULL);
		expect_probe(&w, CONN(0, 5));
		alive(&w, CONN(0, 5));
		expect_refused(&w, CONN(1, 9), "reset-identity");
		if (i == 0)
			expect_clone(&w, CLONE_REJECT);
	}
	/* The one that was there notices nothing. */
	barrier(&w, &st);
	ATF_REQUIRE_EQ(st.connected, 2U);
	end_expect_nothing(&w.tls[0]);
	end_expect_nothing(&w.store);
	world_end(&w);
}

TEST(a_clone_takes_the_place_where_the_organisation_wants_that)
{
	struct world	 w;

	begin(&w, CLONE_REPLACE);
	login_from(&w, CONN(1, 9), ALICE, "192.0.2.9", NULL);
	expect_probe(&w, CONN(0, 5));
	alive(&w, CONN(0, 5));
	expect_refused(&w, CONN(0, 5), "taken its place");
	expect_served(&w, CONN(1, 9));
	expect_clone(&w, CLONE_REPLACE);
	world_end(&w);
}

TEST(both_are_quarantined_and_lose_their_peers_until_enabled)
{
	struct world	 w;

	begin(&w, CLONE_QUARANTINE);
	login_from(&w, CONN(0, 9), ALICE, "192.0.2.9", NULL);
	expect_probe(&w, CONN(0, 5));
	alive(&w, CONN(0, 5));
	expect_refused(&w, CONN(0, 9), "quarantined");
	expect_refused(&w, CONN(0, 5), "quarantined");
	expect_entry(&w, CONN(1, 6), OP_DOWN, ALICE, 0, 2);
	expect_commit(&w, CONN(1, 6), 0, 2);
	expect_clone(&w, CLONE_QUARANTINE);
	/* storeproc says the same again. */
	send_system(&w, ALICE, SYSTEM_QUARANTINED, TAG_PEOPLE);
	barrier(&w, NULL);
	login_from(&w, CONN(0, 10), ALICE, "192.0.2.1", NULL);
	/* It knows that, and waits for the end of it. */
	expect_ask(&w, CONN(0, 10));
	send_told(&w, CONN(0, 10));
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[0]);
	send_system(&w, ALICE, SYSTEM_ENABLED, TAG_PEOPLE);
	expect_entry(&w, CONN(1, 6), OP_UP, ALICE, 1, 3);
	expect_commit(&w, CONN(1, 6), 0, 3);
	expect_served(&w, CONN(0, 10));
	world_end(&w);
}

TEST(of_those_that_wait_the_latest_is_served)
{
	struct world	 w;

	begin(&w, CLONE_REJECT);
	login_from(&w, CONN(1, 9), ALICE, "192.0.2.9", NULL);
	expect_probe(&w, CONN(0, 5));
	login_from(&w, CONN(1, 10), ALICE, "192.0.2.9", NULL);
	expect_refused(&w, CONN(1, 9), "another connection");
	gone(&w, CONN(0, 5));
	/* One that waits may end as well. */
	gone(&w, CONN(1, 9));
	expect_served(&w, CONN(1, 10));
	world_end(&w);
}

TEST(one_that_waits_when_the_agent_comes_again_is_a_clone_of_it)
{
	union msg_any	 any;
	struct world	 w;

	begin(&w, CLONE_REJECT);
	login_from(&w, CONN(1, 9), ALICE, "192.0.2.9", NULL);
	expect_probe(&w, CONN(0, 5));
	/* Alice has changed its network meanwhile. */
	login_from(&w, CONN(0, 8), ALICE, "192.0.2.1", w.session);
	expect_refused(&w, CONN(0, 5), "another connection");
	end_expect(&w.tls[0], MSG_CONN_WELCOME, &any);
	expect_probe(&w, CONN(0, 8));
	expect_relays(&w, CONN(0, 8), "");
	expect_entry(&w, CONN(0, 8), OP_UP, BOB, 0, 2);
	expect_commit(&w, CONN(0, 8), 1, 2);
	alive(&w, CONN(0, 8));
	expect_refused(&w, CONN(1, 9), "reset-identity");
	world_end(&w);
}

TEST(a_system_that_is_disabled_takes_those_that_wait_with_it)
{
	struct world	 w;

	begin(&w, CLONE_REJECT);
	login_from(&w, CONN(0, 9), ALICE, "192.0.2.9", NULL);
	expect_probe(&w, CONN(0, 5));
	send_system(&w, ALICE, SYSTEM_DISABLED, TAG_PEOPLE);
	expect_refused(&w, CONN(0, 9), "disabled");
	expect_refused(&w, CONN(0, 5), "disabled");
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp,
	    an_agent_that_shows_its_session_has_its_place_at_once);
	ATF_TP_ADD_TC(tp, who_does_not_answer_in_time_was_dead);
	ATF_TP_ADD_TC(tp,
	    who_waits_is_served_as_soon_as_the_old_connection_ends);
	ATF_TP_ADD_TC(tp, a_clone_is_rejected_and_reported_once_a_minute);
	ATF_TP_ADD_TC(tp,
	    a_clone_takes_the_place_where_the_organisation_wants_that);
	ATF_TP_ADD_TC(tp,
	    both_are_quarantined_and_lose_their_peers_until_enabled);
	ATF_TP_ADD_TC(tp, of_those_that_wait_the_latest_is_served);
	ATF_TP_ADD_TC(tp,
	    one_that_waits_when_the_agent_comes_again_is_a_clone_of_it);
	ATF_TP_ADD_TC(tp,
	    a_system_that_is_disabled_takes_those_that_wait_with_it);
	return atf_no_error();
}
