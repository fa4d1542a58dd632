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
 * Renewals as the real policyproc sees them: serials overlap, peers get the
 * new certificate without losing the connection, orders are paced.
 */

#include "regress/policyproc/world.h"

#define TEST(name)						\
ATF_TC(name);							\
ATF_TC_HEAD(name, tc)						\
{								\
	atf_tc_set_md_var(tc, "require.user", "root");		\
}								\
ATF_TC_BODY(name, tc)

/* Bob's certificate has become another one; the old serial is his number. */
static void
renew_bob(struct world *w, int overlap)
{
	struct msg_model_system	 m;

	fill_system(&m, BOB, SYSTEM_ENABLED, TAG_SERVERS, 0x42);
	if (overlap)
		memset(m.serial_old, BOB, sizeof(m.serial_old));
	end_send(&w->store, MSG_MODEL_SYSTEM, &m, -1);
}

static void
holds(struct world *w, uint32_t conn, uint8_t serial)
{
	struct msg_conn_holds	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	memset(m.serial, serial, sizeof(m.serial));
	memset(m.authority, 0xaa, sizeof(m.authority));
	end_send(&w->tls[conn >> 24], MSG_CONN_HOLDS, &m, -1);
}

/* What storeproc is told besides who comes and goes. */
static void
expect_holds(struct world *w, uint8_t serial, uint8_t authority)
{
	union msg_any	 any;

	while (end_next(&w->store, &any) != MSG_SYSTEM_HOLDS)
		continue;
	ATF_CHECK_EQ(any.system_holds.system, BOB);
	ATF_CHECK_EQ(any.system_holds.serial[0], serial);
	ATF_CHECK_EQ(any.system_holds.authority[0], authority);
}

TEST(a_renewed_certificate_is_an_amendment_and_keeps_the_connection)
{
	struct world	 w;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	renew_bob(&w, 1);
	expect_entry(&w, CONN(0, 5), OP_AMEND, BOB, 0, 2);
	expect_commit(&w, CONN(0, 5), 0, 2);
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[1]);
	/* He says that he holds it; then the old one is no more. */
	holds(&w, CONN(1, 6), 0x42);
	expect_holds(&w, 0x42, 0xaa);
	renew_bob(&w, 0);
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[1]);
	world_end(&w);
}

TEST(the_certificate_before_is_good_until_the_new_one_is_held)
{
	struct msg_conn_gone	 gone;
	struct world		 w;

	world_start(&w);
	send_model(&w);
	renew_bob(&w, 1);
	barrier(&w, NULL);
	/* The answer was lost: he comes with the old one. */
	login(&w, CONN(1, 6), BOB);
	expect_welcome(&w, CONN(1, 6));
	expect_entry(&w, CONN(1, 6), OP_UP, ALICE, 1, 1);
	expect_commit(&w, CONN(1, 6), 1, 1);
	/* And now with the new one, which is told on. */
	memset(&gone, 0, sizeof(gone));
	gone.conn = CONN(1, 6);
	end_send(&w.tls[1], MSG_CONN_GONE, &gone, -1);
	/* By another channel: the first has to be worked off. */
	barrier(&w, NULL);
	login_as(&w, CONN(1, 7), BOB, 0x42, 0xaa, 0);
	expect_welcome(&w, CONN(1, 7));
	expect_entry(&w, CONN(1, 7), OP_UP, ALICE, 1, 2);
	expect_commit(&w, CONN(1, 7), 1, 2);
	expect_holds(&w, 0x42, 0);
	renew_bob(&w, 0);
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[1]);
	login(&w, CONN(1, 8), BOB);
	expect_turned_away(&w, CONN(1, 8), "replaced");
	world_end(&w);
}

TEST(what_is_held_sooner_than_it_is_known_is_not_forgotten)
{
	struct world	 w;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	holds(&w, CONN(1, 6), 0x42);
	expect_ask(&w, CONN(1, 6));
	renew_bob(&w, 1);
	send_told(&w, CONN(1, 6));
	expect_holds(&w, 0x42, 0xaa);
	expect_entry(&w, CONN(0, 5), OP_AMEND, BOB, 0, 2);
	expect_commit(&w, CONN(0, 5), 0, 2);
	/* Now the older one may end. */
	renew_bob(&w, 0);
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[1]);
	world_end(&w);
}

TEST(what_is_held_is_taken_with_the_model_when_no_answer_comes)
{
	struct msg_model_ready	 ready;
	struct world		 w;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	holds(&w, CONN(1, 6), 0x42);
	expect_ask(&w, CONN(1, 6));
	renew_bob(&w, 1);
	memset(&ready, 0, sizeof(ready));
	end_send(&w.store, MSG_MODEL_READY, &ready, -1);
	expect_holds(&w, 0x42, 0xaa);
	world_end(&w);
}

TEST(a_connection_whose_certificate_is_no_more_ends)
{
	struct world	 w;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	renew_bob(&w, 0);
	expect_refused(&w, CONN(1, 6), "replaced");
	world_end(&w);
}

TEST(what_an_agent_says_of_another_serial_is_passed_over)
{
	union msg_any	 any;
	struct world	 w;
	int		 type;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	holds(&w, CONN(1, 6), 0x77);
	/* A question after it is answered without it. */
	holds(&w, CONN(1, 6), BOB);
	do
		type = (int)end_next(&w.store, &any);
	while (type != MSG_SYSTEM_HOLDS);
	ATF_CHECK_EQ(any.system_holds.serial[0], BOB);
	world_end(&w);
}

static void
login_expired(struct world *w, uint32_t conn, uint64_t seconds)
{
	struct msg_authenticated	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	snprintf(m.system, sizeof(m.system), "%s", names[BOB]);
	memset(m.serial, BOB, sizeof(m.serial));
	memset(m.authority, 0xaa, sizeof(m.authority));
	m.expired_s = seconds;
	end_send(&w->auth, MSG_AUTHENTICATED, &m, -1);
}

TEST(an_expired_certificate_is_taken_within_the_grace_only)
{
	struct world	 w;

	world_start(&w);
	send_model(&w);
	login_expired(&w, CONN(1, 5), 101);
	expect_turned_away(&w, CONN(1, 5), "expired too long ago");
	login_expired(&w, CONN(1, 6), 100);
	expect_welcome(&w, CONN(1, 6));
	expect_entry(&w, CONN(1, 6), OP_UP, ALICE, 1, 1);
	expect_commit(&w, CONN(1, 6), 1, 1);
	/* Revoked is revoked. */
	send_system(&w, BOB, SYSTEM_REVOKED, TAG_SERVERS);
	expect_refused(&w, CONN(1, 6), "revoked");
	barrier(&w, NULL);
	login_expired(&w, CONN(0, 7), 1);
	expect_turned_away(&w, CONN(0, 7), "revoked");
	world_end(&w);
}

static void
expect_order(struct world *w, uint32_t conn)
{
	union msg_any	 any;

	end_expect(&w->tls[conn >> 24], MSG_CONN_RENEW, &any);
	ATF_CHECK_EQ(any.conn_renew.conn, conn);
}

TEST(a_renewal_that_is_ordered_reaches_the_agent_once)
{
	struct msg_model_system	 m;
	struct world		 w;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	fill_system(&m, BOB, SYSTEM_ENABLED, TAG_SERVERS, BOB);
	m.ordered = 1;
	end_send(&w.store, MSG_MODEL_SYSTEM, &m, -1);
	expect_order(&w, CONN(1, 6));
	end_send(&w.store, MSG_MODEL_SYSTEM, &m, -1);
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[1]);
	/* Done and ordered again: again. */
	m.ordered = 0;
	end_send(&w.store, MSG_MODEL_SYSTEM, &m, -1);
	m.ordered = 1;
	end_send(&w.store, MSG_MODEL_SYSTEM, &m, -1);
	expect_order(&w, CONN(1, 6));
	world_end(&w);
}

/* 0xaa is the old authority, 0xbb the new one. */
static void
send_authority(struct world *w, uint8_t now, uint8_t before, uint8_t said)
{
	struct msg_model_org	 m;

	memset(&m, 0, sizeof(m));
	m.org = ORG;
	snprintf(m.name, sizeof(m.name), "acme");
	memset(m.authority, now, sizeof(m.authority));
	memset(m.previous, before, sizeof(m.previous));
	m.grace_s = 100;
	m.statement_len = 7;
	memset(m.statement, said, m.statement_len);
	end_send(&w->store, MSG_MODEL_ORG, &m, -1);
}

static void
expect_said(struct world *w, uint32_t conn, uint8_t said)
{
	union msg_any	 any;

	end_expect(&w->tls[conn >> 24], MSG_CONN_AUTHORITY, &any);
	ATF_CHECK_EQ(any.conn_authority.conn, conn);
	ATF_CHECK_EQ(any.conn_authority.statement_len, 7);
	ATF_CHECK_EQ(any.conn_authority.statement[6], said);
}

TEST(a_new_authority_is_told_and_renewals_are_ordered)
{
	struct msg_model_system	 m;
	struct world		 w;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	send_authority(&w, 0xbb, 0xaa, 1);
	expect_said(&w, CONN(0, 5), 1);
	expect_order(&w, CONN(0, 5));
	expect_said(&w, CONN(1, 6), 1);
	expect_order(&w, CONN(1, 6));
	/* Both trusted: nobody lost a peer. */
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[0]);
	end_expect_nothing(&w.tls[1]);
	/* Bob has a certificate of the new one. */
	fill_system(&m, BOB, SYSTEM_ENABLED, TAG_SERVERS, 0x42);
	memset(m.serial_old, BOB, sizeof(m.serial_old));
	memset(m.signer, 0xbb, sizeof(m.signer));
	end_send(&w.store, MSG_MODEL_SYSTEM, &m, -1);
	expect_entry(&w, CONN(0, 5), OP_AMEND, BOB, 0, 2);
	expect_commit(&w, CONN(0, 5), 0, 2);
	holds(&w, CONN(1, 6), 0x42);
	expect_holds(&w, 0x42, 0xaa);
	/* The old one is retired: Alice, who still depends on it, is out. */
	send_authority(&w, 0xbb, 0, 2);
	expect_said(&w, CONN(0, 5), 2);
	expect_refused(&w, CONN(0, 5), "not trusted any more");
	expect_said(&w, CONN(1, 6), 2);
	expect_entry(&w, CONN(1, 6), OP_DOWN, ALICE, 0, 2);
	expect_commit(&w, CONN(1, 6), 0, 2);
	login(&w, CONN(0, 7), ALICE);
	expect_turned_away(&w, CONN(0, 7), "not known");
	world_end(&w);
}

TEST(who_comes_back_in_between_is_told_before_its_policy)
{
	union msg_any	 any;
	struct world	 w;

	world_start(&w);
	send_model(&w);
	send_authority(&w, 0xbb, 0xaa, 1);
	barrier(&w, NULL);
	login(&w, CONN(1, 6), BOB);
	end_expect(&w.tls[1], MSG_CONN_WELCOME, &any);
	expect_said(&w, CONN(1, 6), 1);
	expect_order(&w, CONN(1, 6));
	expect_relays(&w, CONN(1, 6), "");
	expect_entry(&w, CONN(1, 6), OP_UP, ALICE, 1, 1);
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_new_authority_is_told_and_renewals_are_ordered);
	ATF_TP_ADD_TC(tp,
	    who_comes_back_in_between_is_told_before_its_policy);
	ATF_TP_ADD_TC(tp,
	    a_renewed_certificate_is_an_amendment_and_keeps_the_connection);
	ATF_TP_ADD_TC(tp,
	    the_certificate_before_is_good_until_the_new_one_is_held);
	ATF_TP_ADD_TC(tp,
	    what_is_held_sooner_than_it_is_known_is_not_forgotten);
	ATF_TP_ADD_TC(tp,
	    what_is_held_is_taken_with_the_model_when_no_answer_comes);
	ATF_TP_ADD_TC(tp, a_connection_whose_certificate_is_no_more_ends);
	ATF_TP_ADD_TC(tp,
	    what_an_agent_says_of_another_serial_is_passed_over);
	ATF_TP_ADD_TC(tp,
	    an_expired_certificate_is_taken_within_the_grace_only);
	ATF_TP_ADD_TC(tp, a_renewal_that_is_ordered_reaches_the_agent_once);
	return atf_no_error();
}
