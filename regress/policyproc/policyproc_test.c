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
 * The real policyproc between a played parent, storeproc, authproc, stunproc
 * and two tlsprocs.
 */

#include <time.h>

#include "regress/policyproc/world.h"

ATF_TC(two_systems_are_told_of_each_other_and_introduced_once);
ATF_TC_HEAD(two_systems_are_told_of_each_other_and_introduced_once, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(two_systems_are_told_of_each_other_and_introduced_once, tc)
{
	struct msg_service_status	 st;
	struct world			 w;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	candidates(&w, CONN(0, 5), 1);
	candidates(&w, CONN(1, 6), 1);
	expect_introduced(&w);
	/* The same generation again says nothing new. */
	candidates(&w, CONN(1, 6), 1);
	barrier(&w, &st);
	end_expect_nothing(&w.tls[0]);
	end_expect_nothing(&w.tls[1]);
	ATF_REQUIRE_EQ(st.connected, 2U);
	ATF_REQUIRE_EQ(st.introductions, 1U);
	ATF_REQUIRE_EQ(st.policy_sent, 2U);
	ATF_REQUIRE_EQ(st.tls_rx_bytes, 2U);
	ATF_REQUIRE_EQ(st.stun_requests, 5U);
	world_end(&w);
}

/* Introductions of one side until this port was told, or for so long. */
static unsigned int
introductions_until(struct world *w, uint32_t port, int seconds)
{
	time_t		 end = time(NULL) + seconds;
	union msg_any	 any;
	unsigned int	 n = 0;

	while (time(NULL) <= end) {
		end_expect(&w->tls[1], MSG_CONN_INTRODUCTION, &any);
		n++;
		if (any.conn_introduction.candidates.e[0].ep.port == port)
			return n;
	}
	atf_tc_fail("%u introductions, and the last addresses are not told",
	    n);
}

ATF_TC(who_changes_his_addresses_without_end_is_introduced_now_and_then);
ATF_TC_HEAD(who_changes_his_addresses_without_end_is_introduced_now_and_then,
    tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(who_changes_his_addresses_without_end_is_introduced_now_and_then,
    tc)
{
	struct msg_conn_candidates	 m;
	struct pollfd			 pfd;
	struct world			 w;
	unsigned int			 n;
	uint32_t			 i;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	candidates(&w, CONN(0, 5), 1);
	candidates(&w, CONN(1, 6), 1);
	expect_introduced(&w);
	memset(&m, 0, sizeof(m));
	m.conn = CONN(0, 5);
	m.candidates.n = ICE_CAND_MAX;
	for (i = 0; i < ICE_CAND_MAX; i++) {
		m.candidates.e[i].type = ICE_PUBLIC;
		m.candidates.e[i].transport = ICE_UDP;
		m.candidates.e[i].ep.family = 4;
		m.candidates.e[i].ep.addr[0] = 192;
		m.candidates.e[i].ep.port = (uint16_t)(1000 + i);
	}
	/* Thousands, all different. */
	for (i = 2; i < 5002; i++) {
		m.generation = i;
		m.candidates.e[0].ep.port = (uint16_t)(10000 + i);
		pfd.fd = w.tls[0].fd;
		pfd.events = POLLOUT;
		ATF_REQUIRE(poll(&pfd, 1, PLAYER_WAIT_MS) == 1);
		end_send(&w.tls[0], MSG_CONN_CANDIDATES, &m, -1);
	}
	n = introductions_until(&w, 10000 + 5001, 10);
	ATF_CHECK_MSG(n < 40, "%u introductions", n);
	world_end(&w);
}

ATF_TC(agents_know_the_hours_of_a_policy_ahead);
ATF_TC_HEAD(agents_know_the_hours_of_a_policy_ahead, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(agents_know_the_hours_of_a_policy_ahead, tc)
{
	struct msg_conn_entry	*e;
	struct world		 w;
	union msg_any		 any;
	uint64_t		 t = (uint64_t)time(NULL);
	int			 minute = (int)(t / 60 % 1440);
	uint16_t		 i;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	/* From ten minutes ago for ten hours, or from in ten hours. */
	send_policy_hours(&w, 8080, (minute + 1430) % 1440,
	    (minute + 590) % 1440, "UTC");
	end_expect(&w.tls[1], MSG_CONN_ENTRY, &any);
	e = &any.conn_entry;
	ATF_REQUIRE_EQ(e->op, OP_AMEND);
	ATF_REQUIRE_EQ(e->acls.n, ACL_WINDOWS_MAX);
	ATF_REQUIRE_EQ(e->open.n, ACL_WINDOWS_MAX);
	ATF_CHECK(acl_window_holds(&e->acls.e[0].when, t));
	for (i = 0; i < e->open.n; i++) {
		ATF_CHECK_EQ(e->open.e[i].until - e->open.e[i].from, 36000);
		ATF_CHECK_EQ(e->open.e[i].from - e->open.e[0].from,
		    i * 86400U);
	}
	expect_commit(&w, CONN(1, 6), 0, 2);
	/* The sender has no rules, but knows when to close. */
	end_expect(&w.tls[0], MSG_CONN_ENTRY, &any);
	ATF_CHECK_EQ(e->acls.n, 0);
	ATF_CHECK_EQ(e->open.n, ACL_WINDOWS_MAX);
	expect_commit(&w, CONN(0, 5), 0, 2);
	/* The same hours again are no news. */
	send_policy_hours(&w, 8080, (minute + 1430) % 1440,
	    (minute + 590) % 1440, "UTC");
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[0]);
	/* Without the data of the zone nothing is permitted. */
	send_policy_hours(&w, 8080, 0, 1440, "Europe/Berlin");
	expect_entry(&w, CONN(1, 6), OP_DOWN, ALICE, 0, 3);
	expect_commit(&w, CONN(1, 6), 0, 3);
	expect_entry(&w, CONN(0, 5), OP_DOWN, BOB, 0, 3);
	expect_commit(&w, CONN(0, 5), 0, 3);
	world_end(&w);
}

ATF_TC(a_tag_that_is_removed_takes_the_entries_down_on_both_sides);
ATF_TC_HEAD(a_tag_that_is_removed_takes_the_entries_down_on_both_sides, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_tag_that_is_removed_takes_the_entries_down_on_both_sides, tc)
{
	struct world	 w;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	send_system(&w, BOB, SYSTEM_ENABLED, 0);
	expect_entry(&w, CONN(0, 5), OP_DOWN, BOB, 0, 2);
	expect_commit(&w, CONN(0, 5), 0, 2);
	expect_entry(&w, CONN(1, 6), OP_DOWN, ALICE, 0, 2);
	expect_commit(&w, CONN(1, 6), 0, 2);
	/* And nobody is introduced any more. */
	candidates(&w, CONN(0, 5), 1);
	candidates(&w, CONN(1, 6), 1);
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[0]);
	end_expect_nothing(&w.tls[1]);
	world_end(&w);
}

ATF_TC(a_changed_rule_amends_only_the_side_that_it_concerns);
ATF_TC_HEAD(a_changed_rule_amends_only_the_side_that_it_concerns, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_changed_rule_amends_only_the_side_that_it_concerns, tc)
{
	struct world	 w;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	send_policy(&w, 9090);
	expect_entry(&w, CONN(1, 6), OP_AMEND, ALICE, 1, 2);
	expect_commit(&w, CONN(1, 6), 0, 2);
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[0]);
	world_end(&w);
}

ATF_TC(who_may_not_connect_is_refused_with_the_reason);
ATF_TC_HEAD(who_may_not_connect_is_refused_with_the_reason, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(who_may_not_connect_is_refused_with_the_reason, tc)
{
	struct world	 w;

	world_start(&w);
	send_model(&w);
	login_as(&w, CONN(0, 1), ALICE, 77, 0xaa, 0);
	expect_turned_away(&w, CONN(0, 1), "replaced");
	login_as(&w, CONN(0, 2), ALICE, ALICE, 0xbb, 0);
	expect_turned_away(&w, CONN(0, 2), "not known");
	send_system(&w, ALICE, SYSTEM_REVOKED, TAG_PEOPLE);
	send_system(&w, BOB, SYSTEM_DISABLED, TAG_SERVERS);
	send_system(&w, CAROL, SYSTEM_UNAPPROVED, 0);
	barrier(&w, NULL);
	login(&w, CONN(0, 3), ALICE);
	expect_turned_away(&w, CONN(0, 3), "revoked");
	login(&w, CONN(0, 4), BOB);
	expect_turned_away(&w, CONN(0, 4), "disabled");
	login(&w, CONN(0, 5), CAROL);
	expect_turned_away(&w, CONN(0, 5), "not approved yet");
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[0]);
	world_end(&w);
}

ATF_TC(who_comes_sooner_than_his_enrolment_is_waited_for);
ATF_TC_HEAD(who_comes_sooner_than_his_enrolment_is_waited_for, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(who_comes_sooner_than_his_enrolment_is_waited_for, tc)
{
	struct msg_conn_gone	 gone;
	struct world		 w;

	world_start(&w);
	send_model(&w);
	send_system(&w, ALICE, SYSTEM_UNAPPROVED, TAG_PEOPLE);
	barrier(&w, NULL);
	login(&w, CONN(0, 5), ALICE);
	expect_ask(&w, CONN(0, 5));
	login(&w, CONN(0, 6), ALICE);
	expect_ask(&w, CONN(0, 6));
	/* One does not wait for it. */
	memset(&gone, 0, sizeof(gone));
	gone.conn = CONN(0, 6);
	end_send(&w.tls[0], MSG_CONN_GONE, &gone, -1);
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[0]);
	send_system(&w, ALICE, SYSTEM_ENABLED, TAG_PEOPLE);
	send_told(&w, CONN(0, 5));
	expect_welcome(&w, CONN(0, 5));
	send_told(&w, CONN(0, 6));
	expect_entry(&w, CONN(0, 5), OP_UP, BOB, 0, 1);
	expect_commit(&w, CONN(0, 5), 1, 1);
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[0]);
	world_end(&w);
}

ATF_TC(who_knows_that_he_is_disabled_waits_until_he_is_not);
ATF_TC_HEAD(who_knows_that_he_is_disabled_waits_until_he_is_not, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(who_knows_that_he_is_disabled_waits_until_he_is_not, tc)
{
	struct world	 w;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	send_system(&w, ALICE, SYSTEM_DISABLED, TAG_PEOPLE);
	expect_refused(&w, CONN(0, 5), "disabled");
	expect_entry(&w, CONN(1, 6), OP_DOWN, ALICE, 0, 2);
	expect_commit(&w, CONN(1, 6), 0, 2);
	login(&w, CONN(0, 7), ALICE);
	expect_ask(&w, CONN(0, 7));
	send_told(&w, CONN(0, 7));
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[0]);
	/* The latest of several. */
	login(&w, CONN(0, 8), ALICE);
	expect_ask(&w, CONN(0, 8));
	send_told(&w, CONN(0, 8));
	expect_refused(&w, CONN(0, 7), "another connection");
	send_system(&w, ALICE, SYSTEM_ENABLED, TAG_PEOPLE);
	expect_welcome(&w, CONN(0, 8));
	expect_entry(&w, CONN(0, 8), OP_UP, BOB, 0, 2);
	expect_commit(&w, CONN(0, 8), 1, 2);
	expect_entry(&w, CONN(1, 6), OP_UP, ALICE, 1, 3);
	expect_commit(&w, CONN(1, 6), 0, 3);
	/* One that is revoked has nothing to wait for. */
	send_system(&w, ALICE, SYSTEM_DISABLED, TAG_PEOPLE);
	expect_refused(&w, CONN(0, 8), "disabled");
	expect_entry(&w, CONN(1, 6), OP_DOWN, ALICE, 0, 4);
	expect_commit(&w, CONN(1, 6), 0, 4);
	login(&w, CONN(0, 9), ALICE);
	expect_ask(&w, CONN(0, 9));
	send_told(&w, CONN(0, 9));
	barrier(&w, NULL);
	send_system(&w, ALICE, SYSTEM_REVOKED, TAG_PEOPLE);
	expect_refused(&w, CONN(0, 9), "revoked");
	world_end(&w);
}

ATF_TC(a_revoked_system_is_cut_off_and_taken_from_its_peers);
ATF_TC_HEAD(a_revoked_system_is_cut_off_and_taken_from_its_peers, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_revoked_system_is_cut_off_and_taken_from_its_peers, tc)
{
	struct world	 w;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	send_system(&w, ALICE, SYSTEM_REVOKED, TAG_PEOPLE);
	expect_refused(&w, CONN(0, 5), "revoked");
	expect_entry(&w, CONN(1, 6), OP_DOWN, ALICE, 0, 2);
	expect_commit(&w, CONN(1, 6), 0, 2);
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[0]);
	world_end(&w);
}

ATF_TC(a_system_learns_nothing_of_those_it_may_not_reach);
ATF_TC_HEAD(a_system_learns_nothing_of_those_it_may_not_reach, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_system_learns_nothing_of_those_it_may_not_reach, tc)
{
	struct msg_conn_introduce	 m;
	struct world			 w;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	login(&w, CONN(0, 7), CAROL);
	expect_welcome(&w, CONN(0, 7));
	expect_commit(&w, CONN(0, 7), 1, 1);
	candidates(&w, CONN(0, 5), 1);
	candidates(&w, CONN(0, 7), 1);
	memset(&m, 0, sizeof(m));
	m.conn = CONN(0, 7);
	snprintf(m.system, sizeof(m.system), "%s", names[ALICE]);
	end_send(&w.tls[0], MSG_CONN_INTRODUCE, &m, -1);
	snprintf(m.system, sizeof(m.system), "QQQQQ");
	end_send(&w.tls[0], MSG_CONN_INTRODUCE, &m, -1);
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[0]);
	end_expect_nothing(&w.tls[1]);
	world_end(&w);
}

ATF_TC(a_connection_before_the_model_is_served_after_it);
ATF_TC_HEAD(a_connection_before_the_model_is_served_after_it, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_connection_before_the_model_is_served_after_it, tc)
{
	struct world	 w;

	world_start(&w);
	login_as(&w, CONN(0, 5), ALICE, ALICE, 0xaa, 41);
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[0]);
	send_model(&w);
	expect_welcome(&w, CONN(0, 5));
	/* Above the number that the agent has. */
	expect_entry(&w, CONN(0, 5), OP_UP, BOB, 0, 42);
	expect_commit(&w, CONN(0, 5), 1, 42);
	world_end(&w);
}

ATF_TC(agents_do_not_notice_a_restart_of_storeproc);
ATF_TC_HEAD(agents_do_not_notice_a_restart_of_storeproc, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(agents_do_not_notice_a_restart_of_storeproc, tc)
{
	union msg_any	 any;
	struct world	 w;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	end_close(&w.store);
	player_join(&w.p, ROLE_STORE, 0, &w.store);
	end_expect(&w.store, MSG_MODEL_GET, &any);
	end_expect(&w.store, MSG_SYSTEM_SEEN, &any);
	end_expect(&w.store, MSG_SYSTEM_SEEN, &any);
	send_model(&w);
	barrier(&w, NULL);
	end_expect_nothing(&w.tls[0]);
	end_expect_nothing(&w.tls[1]);
	/* What is not named any more has gone. */
	end_close(&w.store);
	player_join(&w.p, ROLE_STORE, 0, &w.store);
	end_expect(&w.store, MSG_MODEL_GET, &any);
	send_org(&w);
	send_system(&w, ALICE, SYSTEM_ENABLED, TAG_PEOPLE);
	send_policy(&w, 8080);
	send_ready(&w);
	expect_refused(&w, CONN(1, 6), "deleted");
	expect_entry(&w, CONN(0, 5), OP_DOWN, BOB, 0, 2);
	expect_commit(&w, CONN(0, 5), 0, 2);
	world_end(&w);
}

ATF_TC(connections_of_a_tlsproc_that_ended_are_forgotten);
ATF_TC_HEAD(connections_of_a_tlsproc_that_ended_are_forgotten, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(connections_of_a_tlsproc_that_ended_are_forgotten, tc)
{
	struct msg_service_status	 st;
	union msg_any			 any;
	struct world			 w;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	end_expect(&w.store, MSG_SYSTEM_SEEN, &any);
	end_expect(&w.store, MSG_SYSTEM_SEEN, &any);
	end_close(&w.tls[0]);
	w.first_tls = 1;
	end_expect(&w.store, MSG_SYSTEM_SEEN, &any);
	ATF_REQUIRE_EQ(any.system_seen.system, (uint32_t)ALICE);
	ATF_REQUIRE_EQ(any.system_seen.online, 0);
	barrier(&w, &st);
	ATF_REQUIRE_EQ(st.connected, 1U);
	world_end(&w);
}

ATF_TC(a_repeated_wish_for_an_introduction_is_delayed_not_lost);
ATF_TC_HEAD(a_repeated_wish_for_an_introduction_is_delayed_not_lost, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_repeated_wish_for_an_introduction_is_delayed_not_lost, tc)
{
	struct msg_service_status	 st;
	struct msg_conn_introduce	 m;
	struct world			 w;
	int				 i;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	candidates(&w, CONN(0, 5), 1);
	candidates(&w, CONN(1, 6), 1);
	expect_introduced(&w);
	memset(&m, 0, sizeof(m));
	m.conn = CONN(0, 5);
	snprintf(m.system, sizeof(m.system), "%s", names[BOB]);
	for (i = 0; i < 10; i++)
		end_send(&w.tls[0], MSG_CONN_INTRODUCE, &m, -1);
	barrier(&w, NULL);
	expect_introduced(&w);
	barrier(&w, &st);
	ATF_REQUIRE_EQ(st.introductions, 2U);
	end_expect_nothing(&w.tls[0]);
	world_end(&w);
}

ATF_TC(a_tlsproc_that_names_a_foreign_connection_is_reported);
ATF_TC_HEAD(a_tlsproc_that_names_a_foreign_connection_is_reported, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_tlsproc_that_names_a_foreign_connection_is_reported, tc)
{
	struct msg_conn_gone	 m;
	union msg_any		 any;
	struct world		 w;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	memset(&m, 0, sizeof(m));
	m.conn = CONN(0, 5);
	end_send(&w.tls[1], MSG_CONN_GONE, &m, -1);
	end_expect(&w.p.parent, MSG_VIOLATION, &any);
	ATF_REQUIRE_EQ(any.violation.peer, ROLE_TLS);
	ATF_REQUIRE_EQ(any.violation.instance, 1);
	world_end(&w);
}

/* Systems that are not connected, all with one tag. */
static void
send_crowd(struct world *w, uint32_t first, uint32_t n, uint32_t tag)
{
	static const char	 symbols[] = "23456789DGHKLPQRVWXYZ";
	struct msg_model_system	 m;
	struct cert		 cert;
	uint32_t		 i, id;

	for (i = 0; i < n; i++) {
		id = first + i;
		memset(&cert, 0, sizeof(cert));
		memcpy(cert.serial, &id, sizeof(id));
		snprintf(cert.org, sizeof(cert.org), "acme");
		snprintf(cert.name, sizeof(cert.name), "22%c%c%c",
		    symbols[id / 441 % 21], symbols[id / 21 % 21],
		    symbols[id % 21]);
		memcpy(cert.identity, &id, sizeof(id));
		memcpy(cert.tunnel, &id, sizeof(id));
		cert.addr4[0] = 100;
		memcpy(cert.addr4 + 1, &id, 3);
		cert.prefix4 = 10;
		cert.addr6[0] = 0xfd;
		memcpy(cert.addr6 + 12, &id, sizeof(id));
		cert.prefix6 = 64;
		cert.not_after = 4000000000ULL;
		memset(&m, 0, sizeof(m));
		m.org = ORG;
		m.system = id;
		memcpy(m.name, cert.name, sizeof(cert.name));
		m.state = SYSTEM_ENABLED;
		memcpy(m.serial, cert.serial, sizeof(m.serial));
		memset(m.signer, 0xaa, sizeof(m.signer));
		ATF_REQUIRE(cert_encode(&cert, m.certificate) == 0);
		m.certificate_len = CERT_LEN;
		m.tags.n = 1;
		m.tags.e[0] = tag;
		end_send(&w->store, MSG_MODEL_SYSTEM, &m, -1);
	}
}

ATF_TC(a_change_may_touch_hundreds_of_systems_at_once);
ATF_TC_HEAD(a_change_may_touch_hundreds_of_systems_at_once, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_change_may_touch_hundreds_of_systems_at_once, tc)
{
	struct msg_service_status	 st;
	struct world			 w;

	world_start(&w);
	send_model(&w);
	send_crowd(&w, 1000, 400, TAG_PEOPLE);
	barrier(&w, NULL);
	send_crowd(&w, 2000, 400, TAG_SERVERS);
	barrier(&w, NULL);
	send_policy(&w, 9090);
	barrier(&w, &st);
	ATF_REQUIRE_EQ(st.connected, 0U);
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp,
	    two_systems_are_told_of_each_other_and_introduced_once);
	ATF_TP_ADD_TC(tp,
	    who_changes_his_addresses_without_end_is_introduced_now_and_then);
	ATF_TP_ADD_TC(tp, agents_know_the_hours_of_a_policy_ahead);
	ATF_TP_ADD_TC(tp,
	    a_tag_that_is_removed_takes_the_entries_down_on_both_sides);
	ATF_TP_ADD_TC(tp, a_changed_rule_amends_only_the_side_that_it_concerns);
	ATF_TP_ADD_TC(tp, a_change_may_touch_hundreds_of_systems_at_once);
	ATF_TP_ADD_TC(tp, who_may_not_connect_is_refused_with_the_reason);
	ATF_TP_ADD_TC(tp, who_comes_sooner_than_his_enrolment_is_waited_for);
	ATF_TP_ADD_TC(tp, who_knows_that_he_is_disabled_waits_until_he_is_not);
	ATF_TP_ADD_TC(tp, a_revoked_system_is_cut_off_and_taken_from_its_peers);
	ATF_TP_ADD_TC(tp, a_system_learns_nothing_of_those_it_may_not_reach);
	ATF_TP_ADD_TC(tp, a_connection_before_the_model_is_served_after_it);
	ATF_TP_ADD_TC(tp, agents_do_not_notice_a_restart_of_storeproc);
	ATF_TP_ADD_TC(tp, connections_of_a_tlsproc_that_ended_are_forgotten);
	ATF_TP_ADD_TC(tp,
	    a_repeated_wish_for_an_introduction_is_delayed_not_lost);
	ATF_TP_ADD_TC(tp,
	    a_tlsproc_that_names_a_foreign_connection_is_reported);
	return atf_no_error();
}
