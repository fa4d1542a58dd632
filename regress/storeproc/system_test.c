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
 * Systems and organisations over their life, in the real storeproc.
 */

#include "regress/storeproc/world.h"

/* With one organisation, one system and the model told. */
static void
begin(struct world *w, int manual, char name[NAME_STRLEN])
{
	union msg_any	 any;

	world_start(w);
	org_add(w, "acme");
	key_add(w, 0, manual);
	model_get(w);
	end_expect(&w->policy, MSG_MODEL_ORG, &any);
	ATF_REQUIRE_EQ(any.model_org.clone, CLONE_REJECT);
	end_expect(&w->policy, MSG_MODEL_READY, &any);
	enrol(w, 1, name);
	end_expect(&w->policy, MSG_MODEL_SYSTEM, &any);
}

static void
until(struct world *w, const char *name, uint64_t when, uint8_t action)
{
	struct msg_admin_system_until	 m;

	memset(&m, 0, sizeof(m));
	snprintf(m.system, sizeof(m.system), "%s", name);
	m.until = when;
	m.action = action;
	end_send(&w->admin, MSG_ADMIN_SYSTEM_UNTIL, &m, -1);
}

TEST(a_system_enabled_for_a_time_is_disabled_or_revoked_at_its_end)
{
	struct msg_admin_system	 row;
	union msg_any		 any;
	struct world		 w;
	uint64_t		 end, late;
	char			 name[NAME_STRLEN];
	int			 i;

	begin(&w, 0, name);
	until(&w, name, 5, 0);
	expect_result(&w.admin, 2, "in the past");
	until(&w, name, clock_wall_sec() + 9, 7);
	expect_result(&w.admin, 2, "unknown action");
	for (i = 0; i < 2; i++) {
		end = clock_wall_sec() + 2;
		until(&w, name, end, i == 0 ? 0 : 3);
		expect_result(&w.admin, 0, "enabled");
		end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
		ATF_REQUIRE_EQ(any.model_system.state, SYSTEM_ENABLED);
		ATF_REQUIRE_EQ(list_systems(&w, &row), 1);
		ATF_CHECK_EQ(row.until, end);
		ATF_CHECK_EQ(row.until_action, i == 0 ? 0 : 3);
		end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
		late = clock_wall_ns() / 1000000 - end * 1000;
		ATF_CHECK_MSG(late < 900, "%llu ms late",
		    (unsigned long long)late);
		ATF_CHECK_EQ(any.model_system.state, i == 0 ?
		    SYSTEM_DISABLED : SYSTEM_REVOKED);
	}
	until(&w, name, clock_wall_sec() + 9, 0);
	expect_result(&w.admin, 5, "revoked");
	world_end(&w);
}

TEST(an_end_that_came_while_we_were_down_is_seen_to_at_the_start)
{
	union msg_any	 any;
	struct world	 w;
	uint64_t	 end;
	char		 name[NAME_STRLEN];

	begin(&w, 0, name);
	end = clock_wall_sec() + 1;
	until(&w, name, end, 3);
	expect_result(&w.admin, 0, "enabled");
	player_end(&w.p);
	while (clock_wall_sec() <= end)
		usleep(10000);
	player_restart(&w.p, ROLE_STORE);
	world_hand_over(&w);
	model_get(&w);
	do {
		end_expect(&w.policy, MSG_MODEL_ORG, &any);
		end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
		if (any.model_system.state == SYSTEM_REVOKED)
			break;
		end_expect(&w.policy, MSG_MODEL_READY, &any);
		model_get(&w);
	} while (1);
	world_end(&w);
}

TEST(a_system_is_declined_while_it_waits_and_not_after)
{
	union msg_any	 any;
	struct world	 w;
	char		 name[NAME_STRLEN];

	begin(&w, 1, name);
	system_set(&w, name, 5);
	expect_result(&w.admin, 0, "declined");
	end_expect(&w.policy, MSG_MODEL_SYSTEM_GONE, &any);
	enrol(&w, 1, name);
	end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
	system_set(&w, name, 4);
	expect_result(&w.admin, 0, "approved");
	end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
	system_set(&w, name, 5);
	expect_result(&w.admin, 5, "does not wait");
	world_end(&w);
}

TEST(a_change_of_a_system_reaches_policyproc_in_one_message)
{
	struct msg_admin_system_change	 m;
	struct msg_admin_system		 row;
	union msg_any			 any;
	struct world			 w;
	char				 name[NAME_STRLEN];

	begin(&w, 0, name);
	memset(&m, 0, sizeof(m));
	snprintf(m.system, sizeof(m.system), "%s", name);
	end_send(&w.admin, MSG_ADMIN_SYSTEM_CHANGE, &m, -1);
	expect_result(&w.admin, 2, "nothing to change");
	m.fields = SYSTEM_DESCRIPTION | SYSTEM_NOTES | SYSTEM_TAGS;
	snprintf(m.description, sizeof(m.description), "desk");
	snprintf(m.notes, sizeof(m.notes), "of Ann");
	m.tags.n = 2;
	snprintf(m.tags.e[0], sizeof(m.tags.e[0]), "a");
	snprintf(m.tags.e[1], sizeof(m.tags.e[1]), "b");
	end_send(&w.admin, MSG_ADMIN_SYSTEM_CHANGE, &m, -1);
	expect_result(&w.admin, 0, "changed");
	end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
	ATF_CHECK_STREQ(any.model_system.description, "desk");
	ATF_CHECK_EQ(any.model_system.tags.n, 2);
	ATF_REQUIRE_EQ(list_systems(&w, &row), 1);
	ATF_CHECK_STREQ(row.notes, "of Ann");
	ATF_CHECK_EQ(row.key, 1U);
	end_expect_nothing(&w.policy);
	world_end(&w);
}

TEST(a_clone_is_listed_and_a_quarantine_ends_when_enabled)
{
	struct msg_admin_system	 row;
	struct msg_system_clone	 m;
	struct msg_system_seen	 seen;
	union msg_any		 any;
	struct world		 w;
	char			 name[NAME_STRLEN];

	begin(&w, 0, name);
	memset(&seen, 0, sizeof(seen));
	seen.system = 1;
	seen.online = 1;
	seen.since = 1700000005;
	ATF_REQUIRE(endpoint_parse(&seen.source, "192.0.2.1", 7) == 0);
	end_send(&w.policy, MSG_SYSTEM_SEEN, &seen, -1);
	memset(&m, 0, sizeof(m));
	m.system = 1;
	m.policy = CLONE_QUARANTINE;
	ATF_REQUIRE(endpoint_parse(&m.older, "192.0.2.1", 7) == 0);
	ATF_REQUIRE(endpoint_parse(&m.newer, "2001:db8::9", 8) == 0);
	end_send(&w.policy, MSG_SYSTEM_CLONE, &m, -1);
	end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
	ATF_CHECK_EQ(any.model_system.state, SYSTEM_QUARANTINED);
	ATF_REQUIRE_EQ(list_systems(&w, &row), 1);
	ATF_CHECK_EQ(row.state, SYSTEM_QUARANTINED);
	ATF_CHECK_EQ(row.connected, 1700000005U);
	ATF_CHECK_EQ(row.source.port, 7);
	ATF_CHECK(row.clone_seen > 1700000000U);
	ATF_CHECK_EQ(row.clone_source.family, 6);
	system_set(&w, name, 1);
	expect_result(&w.admin, 0, "enabled");
	end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
	ATF_CHECK_EQ(any.model_system.state, SYSTEM_ENABLED);
	ATF_REQUIRE_EQ(list_systems(&w, &row), 1);
	ATF_CHECK_EQ(row.state, SYSTEM_ENABLED);
	ATF_CHECK(row.clone_seen != 0);
	world_end(&w);
}

static int
list_of(struct world *w, uint8_t what, const char *org)
{
	struct msg_admin_list	 m;
	union msg_any		 any;
	int			 n = 0;

	memset(&m, 0, sizeof(m));
	m.what = what;
	snprintf(m.org, sizeof(m.org), "%s", org);
	end_send(&w->admin, MSG_ADMIN_LIST, &m, -1);
	while (end_next(&w->admin, &any) != MSG_ADMIN_RESULT)
		n++;
	ATF_REQUIRE_EQ(any.admin_result.code, 0);
	return n;
}

TEST(an_organisation_sees_and_changes_nothing_of_another)
{
	struct msg_admin_policy_set	 policy;
	struct msg_admin_key_change	 change;
	struct msg_admin_key_topup	 topup;
	struct msg_admin_key_set	 set;
	struct world			 w;
	char				 name[NAME_STRLEN];
	uint8_t				 what;

	begin(&w, 0, name);
	policy_add(&w, 0, 80);
	expect_result(&w.admin, 0, "added");
	org_add(&w, "other");
	for (what = 1; what <= 4; what++) {
		ATF_CHECK_EQ(list_of(&w, what, "other"), 0);
		ATF_CHECK(list_of(&w, what, "acme") > 0);
	}
	memset(&set, 0, sizeof(set));
	snprintf(set.org, sizeof(set.org), "other");
	set.id = 1;
	set.action = 2;
	end_send(&w.admin, MSG_ADMIN_KEY_SET, &set, -1);
	expect_result(&w.admin, 1, "there is no enrolment key 1");
	memset(&topup, 0, sizeof(topup));
	snprintf(topup.org, sizeof(topup.org), "other");
	topup.id = 1;
	topup.uses = 1;
	end_send(&w.admin, MSG_ADMIN_KEY_TOPUP, &topup, -1);
	expect_result(&w.admin, 1, "there is no enrolment key 1");
	memset(&change, 0, sizeof(change));
	snprintf(change.org, sizeof(change.org), "other");
	change.id = 1;
	change.fields = KEY_NOTES;
	end_send(&w.admin, MSG_ADMIN_KEY_CHANGE, &change, -1);
	expect_result(&w.admin, 1, "there is no enrolment key 1");
	memset(&policy, 0, sizeof(policy));
	snprintf(policy.org, sizeof(policy.org), "other");
	snprintf(policy.name, sizeof(policy.name), "web");
	policy.action = 2;
	end_send(&w.admin, MSG_ADMIN_POLICY_SET, &policy, -1);
	expect_result(&w.admin, 1, "there is no policy");
	ATF_CHECK_EQ(list_of(&w, 1, "acme"), 1);
	ATF_CHECK_EQ(list_of(&w, 3, "acme"), 1);
	world_end(&w);
}

TEST(an_organisation_is_set_and_deleted_when_it_is_empty)
{
	struct msg_admin_org_delete	 del;
	struct msg_admin_org_set	 m;
	union msg_any			 any;
	struct world			 w;
	char				 name[NAME_STRLEN];

	begin(&w, 0, name);
	memset(&m, 0, sizeof(m));
	snprintf(m.org, sizeof(m.org), "acme");
	end_send(&w.admin, MSG_ADMIN_ORG_SET, &m, -1);
	expect_result(&w.admin, 2, "nothing to change");
	m.fields = ORG_CLONE;
	m.clone = 9;
	end_send(&w.admin, MSG_ADMIN_ORG_SET, &m, -1);
	expect_result(&w.admin, 2, "clone policy");
	m.clone = CLONE_QUARANTINE;
	end_send(&w.admin, MSG_ADMIN_ORG_SET, &m, -1);
	expect_result(&w.admin, 0, "changed");
	end_expect(&w.policy, MSG_MODEL_ORG, &any);
	ATF_CHECK_EQ(any.model_org.clone, CLONE_QUARANTINE);
	org_add(&w, "empty");
	end_expect(&w.policy, MSG_MODEL_ORG, &any);
	memset(&del, 0, sizeof(del));
	end_send(&w.admin, MSG_ADMIN_ORG_DELETE, &del, -1);
	expect_result(&w.admin, 2, "which");
	snprintf(del.org, sizeof(del.org), "acme");
	end_send(&w.admin, MSG_ADMIN_ORG_DELETE, &del, -1);
	expect_result(&w.admin, 5, "still has");
	snprintf(del.org, sizeof(del.org), "empty");
	end_send(&w.admin, MSG_ADMIN_ORG_DELETE, &del, -1);
	expect_result(&w.admin, 0, "deleted");
	ATF_CHECK_EQ(list_of(&w, 0, ""), 1);
	world_end(&w);
}

static void
say(struct world *w, uint32_t system, const char *text)
{
	struct msg_facts_keep	 m;

	memset(&m, 0, sizeof(m));
	m.system = system;
	snprintf(m.text, sizeof(m.text), "%s", text);
	end_send(&w->policy, MSG_FACTS_KEEP, &m, -1);
}

/* Answered after everything that was sent before. */
static void
connected(struct world *w, uint32_t system, const char *from, int online)
{
	struct msg_system_seen	 m;

	memset(&m, 0, sizeof(m));
	m.system = system;
	m.online = (uint8_t)online;
	m.since = clock_wall_sec();
	ATF_REQUIRE(endpoint_parse(&m.source, from, 4711) == 0);
	end_send(&w->policy, MSG_SYSTEM_SEEN, &m, -1);
}

/* storeproc has read what policyproc has said. */
static void
policy_barrier(struct world *w)
{
	union msg_any	 any;

	model_get(w);
	while (end_next(&w->policy, &any) != MSG_MODEL_READY)
		continue;
}

static void
expect_facts(struct world *w, const char *source, const char *text)
{
	union msg_any	 any;
	char		 buf[ENDPOINT_STRLEN];

	model_get(w);
	end_expect(&w->policy, MSG_MODEL_ORG, &any);
	end_expect(&w->policy, MSG_MODEL_SYSTEM, &any);
	end_expect(&w->policy, MSG_MODEL_FACTS, &any);
	ATF_CHECK_EQ(any.model_facts.system, 1);
	ATF_CHECK_STREQ(endpoint_print_addr(&any.model_facts.source, buf,
	    sizeof(buf)), source);
	ATF_CHECK_STREQ(any.model_facts.text, text);
	end_expect(&w->policy, MSG_MODEL_READY, &any);
}

TEST(what_a_system_says_is_shown_and_handed_over_after_a_restart)
{
	static const char	 first[] = "os linux\ndistribution debian\n"
				    "os-version 12\nagent 0.1\nhostname h1\n";
	static const char	 second[] = "os openbsd\nos-version 7.6\n"
				    "agent 0.2\nfact disk-encrypted yes\n";
	struct msg_admin_system	 row;
	struct world		 w;
	uint64_t		 version;
	char			 name[NAME_STRLEN];

	begin(&w, 0, name);
	connected(&w, 1, "192.0.2.7", 1);
	say(&w, 1, first);
	policy_barrier(&w);
	ATF_REQUIRE_EQ(list_systems(&w, &row), 1);
	ATF_CHECK_STREQ(row.os, "debian");
	ATF_CHECK_STREQ(row.os_version, "12");
	ATF_CHECK_STREQ(row.agent, "0.1");
	ATF_CHECK_STREQ(row.hostname, "h1");
	version = row.version;
	/* The same again is no change, and another address is none. */
	say(&w, 1, first);
	connected(&w, 1, "192.0.2.8", 1);
	expect_facts(&w, "192.0.2.8", first);
	ATF_REQUIRE_EQ(list_systems(&w, &row), 1);
	ATF_CHECK_EQ(row.version, version);
	/* Of two that came in a row the last counts; nobody's are none. */
	say(&w, 1, first);
	say(&w, 999, first);
	say(&w, 1, second);
	connected(&w, 1, "2001:db8::7", 0);
	policy_barrier(&w);
	player_end(&w.p);
	player_restart(&w.p, ROLE_STORE);
	world_hand_over(&w);
	expect_facts(&w, "192.0.2.8", second);
	ATF_REQUIRE_EQ(list_systems(&w, &row), 1);
	ATF_CHECK_STREQ(row.os, "openbsd");
	ATF_CHECK_STREQ(row.agent, "0.2");
	ATF_CHECK_STREQ(row.hostname, "h1");
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp,
	    what_a_system_says_is_shown_and_handed_over_after_a_restart);
	ATF_TP_ADD_TC(tp,
	    a_system_enabled_for_a_time_is_disabled_or_revoked_at_its_end);
	ATF_TP_ADD_TC(tp,
	    an_end_that_came_while_we_were_down_is_seen_to_at_the_start);
	ATF_TP_ADD_TC(tp, a_system_is_declined_while_it_waits_and_not_after);
	ATF_TP_ADD_TC(tp,
	    a_change_of_a_system_reaches_policyproc_in_one_message);
	ATF_TP_ADD_TC(tp,
	    a_clone_is_listed_and_a_quarantine_ends_when_enabled);
	ATF_TP_ADD_TC(tp, an_organisation_sees_and_changes_nothing_of_another);
	ATF_TP_ADD_TC(tp, an_organisation_is_set_and_deleted_when_it_is_empty);
	return atf_no_error();
}
