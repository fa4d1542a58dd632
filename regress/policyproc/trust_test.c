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
 * Trust requirements in the real policyproc: what is not met is taken down at
 * both ends and comes back, and the administrator is told why.
 */

#include "os/memory.h"
#include "policy/trust.h"
#include "regress/geo/mmdb.h"
#include "regress/policyproc/world.h"

#define APPROVED	31

static void
send_requirement(struct world *w, uint32_t id, enum requirement_type type,
    const char *conditions)
{
	struct msg_model_requirement	 m;

	memset(&m, 0, sizeof(m));
	m.org = ORG;
	m.requirement = id;
	m.type = (uint8_t)type;
	snprintf(m.name, sizeof(m.name), "r%u", id);
	strlcpy(m.conditions, conditions, sizeof(m.conditions));
	end_send(&w->store, MSG_MODEL_REQUIREMENT, &m, -1);
}

static void
send_tag(struct world *w, uint32_t tag, uint32_t requirement)
{
	struct msg_model_tag	 m;

	memset(&m, 0, sizeof(m));
	m.org = ORG;
	m.tag = tag;
	if (requirement != 0) {
		m.requirements.n = 1;
		m.requirements.e[0] = requirement;
	}
	end_send(&w->store, MSG_MODEL_TAG, &m, -1);
}

/* As send_policy(w, 8080), for senders that meet this. */
static void
send_required(struct world *w, uint32_t requirement)
{
	struct msg_model_policy	 m;

	memset(&m, 0, sizeof(m));
	m.org = ORG;
	m.policy = POLICY;
	m.enabled = 1;
	m.senders.n = m.receivers.n = 1;
	m.senders.e[0] = TAG_PEOPLE;
	m.receivers.e[0] = TAG_SERVERS;
	m.acls.n = 1;
	m.acls.e[0].protocol = ACL_TCP;
	m.acls.e[0].port_low = m.acls.e[0].port_high = 8080;
	m.requirements.n = 1;
	m.requirements.e[0] = requirement;
	end_send(&w->store, MSG_MODEL_POLICY, &m, -1);
}

static void
send_grant(struct world *w, uint32_t requirement, uint32_t system,
    int answer)
{
	struct msg_model_grant	 m;

	memset(&m, 0, sizeof(m));
	m.requirement = requirement;
	m.system = system;
	m.answer = (uint8_t)answer;
	end_send(&w->store, MSG_MODEL_GRANT, &m, -1);
}

static void
expect_both(struct world *w, enum policy_op op, uint64_t sequence)
{
	expect_entry(w, CONN(0, 5), op, BOB, 0, sequence);
	expect_commit(w, CONN(0, 5), 0, sequence);
	expect_entry(w, CONN(1, 6), op, ALICE, op == OP_DOWN ? 0 : 1,
	    sequence);
	expect_commit(w, CONN(1, 6), 0, sequence);
}

static void
expect_row(struct world *w, uint32_t requirement, enum trust_verdict verdict,
    const char *reason)
{
	union msg_any	 any;

	end_expect(&w->store, MSG_TRUST_ROW, &any);
	ATF_REQUIRE_EQ(any.trust_row.id, 5U);
	ATF_REQUIRE_EQ(any.trust_row.requirement, requirement);
	ATF_REQUIRE_EQ((enum trust_verdict)any.trust_row.verdict, verdict);
	ATF_REQUIRE_MSG(strstr(any.trust_row.reason, reason) != NULL, "%s",
	    any.trust_row.reason);
}

static void
ask_trust(struct world *w, uint32_t system)
{
	struct msg_trust_get	 m;

	memset(&m, 0, sizeof(m));
	m.id = 5;
	m.system = system;
	end_send(&w->store, MSG_TRUST_GET, &m, -1);
}

static void
say_facts(struct world *w, uint32_t conn, const char *text)
{
	struct msg_system_facts	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	strlcpy(m.text, text, sizeof(m.text));
	end_send(&w->auth, MSG_SYSTEM_FACTS, &m, -1);
}

/* What the system is told of itself: "" for nothing left. */
static void
expect_told(struct world *w, uint32_t conn, const char *requirement)
{
	union msg_any	 any;

	end_expect(&w->tls[conn >> 24], MSG_CONN_TRUST, &any);
	ATF_REQUIRE_EQ(any.conn_trust.conn, conn);
	ATF_REQUIRE_EQ(any.conn_trust.unmet.n, *requirement != '\0');
	ATF_REQUIRE_STREQ(any.conn_trust.unmet.e[0], requirement);
}

/* The parent hands over a database in which 192.0.2.0/24 is this country. */
static void
send_geo(struct world *w, const char *country)
{
	static struct mmdb	 db;
	static uint8_t		 file[MMDB_BUFFER];
	struct msg_geo		 m;
	int			 fd;

	memset(&m, 0, sizeof(m));
	mmdb_init(&db);
	mmdb_add(&db, "192.0.2.0", 24, mmdb_country(&db, country));
	m.size = (uint32_t)mmdb_write(&db, 24, file);
	ATF_REQUIRE(memory_publish(file, m.size, &fd) == 0);
	end_send(&w->p.parent, MSG_GEO, &m, fd);
}

static void
drain_store(struct world *w)
{
	barrier(w, NULL);
}

ATF_TC(a_sender_without_a_yes_has_no_peers_until_it_gets_one);
ATF_TC_HEAD(a_sender_without_a_yes_has_no_peers_until_it_gets_one, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_sender_without_a_yes_has_no_peers_until_it_gets_one, tc)
{
	struct world	 w;
	union msg_any	 any;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	send_requirement(&w, APPROVED, REQUIREMENT_MANUAL, "");
	send_required(&w, APPROVED);
	expect_told(&w, CONN(0, 5), "r31");
	expect_both(&w, OP_DOWN, 2);
	/* No introduction meanwhile. */
	candidates(&w, CONN(0, 5), 1);
	candidates(&w, CONN(1, 6), 1);
	drain_store(&w);
	end_expect_nothing(&w.tls[0]);
	ask_trust(&w, ALICE);
	expect_row(&w, APPROVED, TRUST_UNKNOWN, "nobody has said yes");
	end_expect(&w.store, MSG_TRUST_END, &any);
	/* The receiver need not meet it, and it does not concern it. */
	ask_trust(&w, BOB);
	end_expect(&w.store, MSG_TRUST_END, &any);
	send_grant(&w, APPROVED, BOB, 1);
	drain_store(&w);
	end_expect_nothing(&w.tls[0]);
	send_grant(&w, APPROVED, ALICE, 1);
	expect_told(&w, CONN(0, 5), "");
	expect_entry(&w, CONN(0, 5), OP_UP, BOB, 0, 3);
	expect_commit(&w, CONN(0, 5), 0, 3);
	expect_entry(&w, CONN(1, 6), OP_UP, ALICE, 1, 3);
	expect_commit(&w, CONN(1, 6), 0, 3);
	expect_introduced(&w);
	send_grant(&w, APPROVED, ALICE, 0);
	expect_told(&w, CONN(0, 5), "r31");
	expect_both(&w, OP_DOWN, 4);
	ask_trust(&w, ALICE);
	expect_row(&w, APPROVED, TRUST_UNMET, "denied");
	end_expect(&w.store, MSG_TRUST_END, &any);
	world_end(&w);
}

ATF_TC(a_tag_counts_on_either_side_only_while_its_requirements_are_met);
ATF_TC_HEAD(a_tag_counts_on_either_side_only_while_its_requirements_are_met, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_tag_counts_on_either_side_only_while_its_requirements_are_met, tc)
{
	struct world	 w;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	send_requirement(&w, APPROVED, REQUIREMENT_MANUAL, "");
	/* The receiver's tag. */
	send_tag(&w, TAG_SERVERS, APPROVED);
	expect_told(&w, CONN(1, 6), "r31");
	expect_both(&w, OP_DOWN, 2);
	send_grant(&w, APPROVED, BOB, 1);
	expect_told(&w, CONN(1, 6), "");
	expect_both(&w, OP_UP, 3);
	/* The sender's tag as well. */
	send_tag(&w, TAG_PEOPLE, APPROVED);
	expect_told(&w, CONN(0, 5), "r31");
	expect_both(&w, OP_DOWN, 4);
	send_grant(&w, APPROVED, ALICE, 1);
	expect_told(&w, CONN(0, 5), "");
	expect_both(&w, OP_UP, 5);
	/* A requirement that is gone is not met. */
	send_tag(&w, TAG_PEOPLE, 0);
	send_tag(&w, TAG_SERVERS, 0);
	drain_store(&w);
	end_expect_nothing(&w.tls[0]);
	send_tag(&w, TAG_PEOPLE, 999);
	expect_both(&w, OP_DOWN, 6);
	world_end(&w);
}

ATF_TC(a_yes_of_one_requirement_does_not_serve_another);
ATF_TC_HEAD(a_yes_of_one_requirement_does_not_serve_another, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_yes_of_one_requirement_does_not_serve_another, tc)
{
	struct world	 w;
	union msg_any	 any;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	send_requirement(&w, APPROVED, REQUIREMENT_MANUAL, "");
	send_requirement(&w, APPROVED + 1, REQUIREMENT_POSTURE,
	    "fact disk-encrypted = yes");
	send_grant(&w, APPROVED, ALICE, 1);
	/* Not of type manual: nobody can say yes. */
	send_grant(&w, APPROVED + 1, ALICE, 1);
	send_required(&w, APPROVED);
	drain_store(&w);
	end_expect_nothing(&w.tls[0]);
	send_required(&w, APPROVED + 1);
	expect_told(&w, CONN(0, 5), "r32");
	expect_both(&w, OP_DOWN, 2);
	ask_trust(&w, ALICE);
	expect_row(&w, APPROVED + 1, TRUST_UNKNOWN, "not reported");
	end_expect(&w.store, MSG_TRUST_END, &any);
	world_end(&w);
}

ATF_TC(after_a_restart_of_storeproc_answers_are_those_it_tells);
ATF_TC_HEAD(after_a_restart_of_storeproc_answers_are_those_it_tells, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(after_a_restart_of_storeproc_answers_are_those_it_tells, tc)
{
	struct world	 w;
	union msg_any	 any;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	send_requirement(&w, APPROVED, REQUIREMENT_MANUAL, "");
	send_grant(&w, APPROVED, ALICE, 1);
	send_required(&w, APPROVED);
	drain_store(&w);
	end_expect_nothing(&w.tls[0]);
	end_close(&w.store);
	player_join(&w.p, ROLE_STORE, 0, &w.store);
	end_expect(&w.store, MSG_MODEL_GET, &any);
	send_org(&w);
	send_requirement(&w, APPROVED, REQUIREMENT_MANUAL, "");
	send_system(&w, ALICE, SYSTEM_ENABLED, TAG_PEOPLE);
	send_system(&w, BOB, SYSTEM_ENABLED, TAG_SERVERS);
	send_required(&w, APPROVED);
	send_grant(&w, APPROVED, ALICE, 1);
	send_ready(&w);
	drain_store(&w);
	end_expect_nothing(&w.tls[0]);
	/* Once more, and it was taken back meanwhile. */
	end_close(&w.store);
	player_join(&w.p, ROLE_STORE, 0, &w.store);
	end_expect(&w.store, MSG_MODEL_GET, &any);
	send_org(&w);
	send_requirement(&w, APPROVED, REQUIREMENT_MANUAL, "");
	send_system(&w, ALICE, SYSTEM_ENABLED, TAG_PEOPLE);
	send_system(&w, BOB, SYSTEM_ENABLED, TAG_SERVERS);
	send_required(&w, APPROVED);
	send_ready(&w);
	expect_told(&w, CONN(0, 5), "r31");
	expect_both(&w, OP_DOWN, 2);
	world_end(&w);
}

ATF_TC(a_fact_that_changes_takes_down_and_brings_back_at_both_ends);
ATF_TC_HEAD(a_fact_that_changes_takes_down_and_brings_back_at_both_ends, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_fact_that_changes_takes_down_and_brings_back_at_both_ends, tc)
{
	struct world	 w;
	union msg_any	 any;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	say_facts(&w, CONN(0, 5), "os linux\nfact disk-encrypted yes\n");
	send_requirement(&w, APPROVED, REQUIREMENT_POSTURE,
	    "fact disk-encrypted = yes");
	drain_store(&w);
	send_required(&w, APPROVED);
	drain_store(&w);
	end_expect_nothing(&w.tls[0]);
	end_expect_nothing(&w.tls[1]);
	say_facts(&w, CONN(0, 5), "os linux\nfact disk-encrypted no\n");
	expect_told(&w, CONN(0, 5), "r31");
	expect_both(&w, OP_DOWN, 2);
	drain_store(&w);
	ask_trust(&w, ALICE);
	expect_row(&w, APPROVED, TRUST_UNMET, "it is \"no\"");
	end_expect(&w.store, MSG_TRUST_END, &any);
	/* Not said any more: not known, and not met. */
	say_facts(&w, CONN(0, 5), "os linux\n");
	drain_store(&w);
	end_expect_nothing(&w.tls[0]);
	say_facts(&w, CONN(0, 5), "os linux\nfact disk-encrypted yes\n");
	expect_told(&w, CONN(0, 5), "");
	expect_both(&w, OP_UP, 3);
	world_end(&w);
}

/* What storeproc has kept of a system. */
static void
send_kept(struct world *w, uint32_t system, const char *text)
{
	struct msg_model_facts	 m;

	memset(&m, 0, sizeof(m));
	m.system = system;
	ATF_REQUIRE(endpoint_parse(&m.source, "198.51.100.1", 0) == 0);
	strlcpy(m.text, text, sizeof(m.text));
	end_send(&w->store, MSG_MODEL_FACTS, &m, -1);
}

static void
expect_kept(struct world *w, uint32_t system, const char *text)
{
	union msg_any	 any;
	uint32_t	 type;

	while ((type = end_next(&w->store, &any)) == MSG_SYSTEM_SEEN)
		continue;
	ATF_REQUIRE_EQ(type, MSG_FACTS_KEEP);
	ATF_REQUIRE_EQ(any.facts_keep.system, system);
	ATF_REQUIRE_STREQ(any.facts_keep.text, text);
}

ATF_TC(facts_of_before_count_until_the_system_says_others);
ATF_TC_HEAD(facts_of_before_count_until_the_system_says_others, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(facts_of_before_count_until_the_system_says_others, tc)
{
	static const char	 yes[] = "os linux\nfact disk-encrypted yes\n";
	static const char	 no[] = "os linux\nfact disk-encrypted no\n";
	struct world		 w;
	union msg_any		 any;

	world_start(&w);
	send_org(&w);
	send_requirement(&w, APPROVED, REQUIREMENT_POSTURE,
	    "fact disk-encrypted = yes");
	send_requirement(&w, APPROVED + 1, REQUIREMENT_ADDRESS,
	    "allow range 198.51.100.0/24");
	send_system(&w, ALICE, SYSTEM_ENABLED, TAG_PEOPLE);
	send_system(&w, BOB, SYSTEM_ENABLED, TAG_SERVERS);
	send_kept(&w, ALICE, yes);
	send_required(&w, APPROVED);
	send_tag(&w, TAG_PEOPLE, APPROVED + 1);
	send_ready(&w);
	/* Alice is away: bob knows her all the same. */
	login(&w, CONN(1, 6), BOB);
	expect_welcome(&w, CONN(1, 6));
	expect_entry(&w, CONN(1, 6), OP_UP, ALICE, 1, 1);
	expect_commit(&w, CONN(1, 6), 1, 1);
	send_tag(&w, TAG_PEOPLE, 0);
	login(&w, CONN(0, 5), ALICE);
	expect_welcome(&w, CONN(0, 5));
	expect_entry(&w, CONN(0, 5), OP_UP, BOB, 0, 1);
	expect_commit(&w, CONN(0, 5), 1, 1);
	/* What is kept already is not told again. */
	say_facts(&w, CONN(0, 5), yes);
	say_facts(&w, CONN(0, 5), no);
	expect_kept(&w, ALICE, no);
	expect_told(&w, CONN(0, 5), "r31");
	expect_both(&w, OP_DOWN, 2);
	/* storeproc was slower than the system. */
	send_kept(&w, ALICE, yes);
	drain_store(&w);
	end_expect_nothing(&w.tls[0]);
	ask_trust(&w, ALICE);
	expect_row(&w, APPROVED, TRUST_UNMET, "it is \"no\"");
	end_expect(&w.store, MSG_TRUST_END, &any);
	world_end(&w);
}

ATF_TC(facts_that_are_none_end_the_connection_and_stay_unknown);
ATF_TC_HEAD(facts_that_are_none_end_the_connection_and_stay_unknown, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(facts_that_are_none_end_the_connection_and_stay_unknown, tc)
{
	struct world	 w;
	union msg_any	 any;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	send_requirement(&w, APPROVED, REQUIREMENT_SYSTEM, "os linux");
	send_required(&w, APPROVED);
	expect_told(&w, CONN(0, 5), "r31");
	expect_both(&w, OP_DOWN, 2);
	say_facts(&w, CONN(0, 5), "os linux\nos linux\n");
	expect_refused(&w, CONN(0, 5), "facts");
	drain_store(&w);
	ask_trust(&w, ALICE);
	expect_row(&w, APPROVED, TRUST_UNKNOWN, "not reported");
	end_expect(&w.store, MSG_TRUST_END, &any);
	/* Of a connection that is gone they are nobody's. */
	say_facts(&w, CONN(0, 5), "os linux\n");
	ask_trust(&w, ALICE);
	expect_row(&w, APPROVED, TRUST_UNKNOWN, "not reported");
	end_expect(&w.store, MSG_TRUST_END, &any);
	world_end(&w);
}

ATF_TC(the_address_of_the_connection_decides_and_outlives_it);
ATF_TC_HEAD(the_address_of_the_connection_decides_and_outlives_it, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(the_address_of_the_connection_decides_and_outlives_it, tc)
{
	struct msg_conn_gone	 gone;
	struct world		 w;
	union msg_any		 any;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	send_requirement(&w, APPROVED, REQUIREMENT_ADDRESS,
	    "allow range 192.0.2.1");
	send_required(&w, APPROVED);
	drain_store(&w);
	end_expect_nothing(&w.tls[0]);
	/* Alice is away; what was known of her still is. */
	memset(&gone, 0, sizeof(gone));
	gone.conn = CONN(0, 5);
	end_send(&w.tls[0], MSG_CONN_GONE, &gone, -1);
	drain_store(&w);
	ask_trust(&w, ALICE);
	expect_row(&w, APPROVED, TRUST_MET, "192.0.2.1");
	end_expect(&w.store, MSG_TRUST_END, &any);
	drain_store(&w);
	end_expect_nothing(&w.tls[1]);
	send_requirement(&w, APPROVED, REQUIREMENT_ADDRESS,
	    "allow range 192.0.2.2");
	expect_entry(&w, CONN(1, 6), OP_DOWN, ALICE, 0, 2);
	expect_commit(&w, CONN(1, 6), 0, 2);
	world_end(&w);
}

ATF_TC(a_country_is_met_by_the_database_of_the_moment);
ATF_TC_HEAD(a_country_is_met_by_the_database_of_the_moment, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_country_is_met_by_the_database_of_the_moment, tc)
{
	struct msg_geo_none	 none;
	struct world		 w;
	union msg_any		 any;

	memset(&none, 0, sizeof(none));
	world_start(&w);
	send_model(&w);
	both_online(&w);
	/* Without a database it is unknown, and that is not met. */
	send_requirement(&w, APPROVED, REQUIREMENT_ADDRESS,
	    "allow country DE\nallow country FR\n");
	send_required(&w, APPROVED);
	expect_told(&w, CONN(0, 5), "r31");
	expect_both(&w, OP_DOWN, 2);
	drain_store(&w);
	ask_trust(&w, ALICE);
	expect_row(&w, APPROVED, TRUST_UNKNOWN, "not known");
	end_expect(&w.store, MSG_TRUST_END, &any);
	send_geo(&w, "DE");
	expect_told(&w, CONN(0, 5), "");
	expect_both(&w, OP_UP, 3);
	/* Another country that is allowed changes nothing. */
	send_geo(&w, "FR");
	drain_store(&w);
	end_expect_nothing(&w.tls[0]);
	send_geo(&w, "GB");
	expect_told(&w, CONN(0, 5), "r31");
	expect_both(&w, OP_DOWN, 4);
	ask_trust(&w, ALICE);
	expect_row(&w, APPROVED, TRUST_UNMET, "is in GB");
	end_expect(&w.store, MSG_TRUST_END, &any);
	send_geo(&w, "DE");
	expect_told(&w, CONN(0, 5), "");
	expect_both(&w, OP_UP, 5);
	end_send(&w.p.parent, MSG_GEO_NONE, &none, -1);
	expect_told(&w, CONN(0, 5), "r31");
	expect_both(&w, OP_DOWN, 6);
	world_end(&w);
}

ATF_TC(a_database_that_is_none_leaves_countries_unknown);
ATF_TC_HEAD(a_database_that_is_none_leaves_countries_unknown, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_database_that_is_none_leaves_countries_unknown, tc)
{
	struct msg_geo	 m;
	struct world	 w;
	union msg_any	 any;
	int		 fd;

	world_start(&w);
	send_model(&w);
	send_geo(&w, "DE");
	both_online(&w);
	send_requirement(&w, APPROVED, REQUIREMENT_ADDRESS,
	    "block country RU");
	send_required(&w, APPROVED);
	drain_store(&w);
	end_expect_nothing(&w.tls[0]);
	memset(&m, 0, sizeof(m));
	m.size = 11;
	ATF_REQUIRE(memory_publish("some bytes\n", m.size, &fd) == 0);
	end_send(&w.p.parent, MSG_GEO, &m, fd);
	/* Not to be in Russia is to be somewhere else. */
	expect_told(&w, CONN(0, 5), "r31");
	expect_both(&w, OP_DOWN, 2);
	drain_store(&w);
	ask_trust(&w, ALICE);
	expect_row(&w, APPROVED, TRUST_UNKNOWN, "not known");
	end_expect(&w.store, MSG_TRUST_END, &any);
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp,
	    a_sender_without_a_yes_has_no_peers_until_it_gets_one);
	ATF_TP_ADD_TC(tp,
	    a_tag_counts_on_either_side_only_while_its_requirements_are_met);
	ATF_TP_ADD_TC(tp, a_yes_of_one_requirement_does_not_serve_another);
	ATF_TP_ADD_TC(tp,
	    after_a_restart_of_storeproc_answers_are_those_it_tells);
	ATF_TP_ADD_TC(tp,
	    a_fact_that_changes_takes_down_and_brings_back_at_both_ends);
	ATF_TP_ADD_TC(tp,
	    facts_that_are_none_end_the_connection_and_stay_unknown);
	ATF_TP_ADD_TC(tp,
	    the_address_of_the_connection_decides_and_outlives_it);
	ATF_TP_ADD_TC(tp, a_country_is_met_by_the_database_of_the_moment);
	ATF_TP_ADD_TC(tp, a_database_that_is_none_leaves_countries_unknown);
	ATF_TP_ADD_TC(tp, facts_of_before_count_until_the_system_says_others);
	return atf_no_error();
}
