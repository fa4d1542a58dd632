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
 * Explanations of the real policyproc: the verdict, and each policy's reason.
 */

#include "policy/condition.h"
#include "regress/policyproc/world.h"

#define SECOND	22

static void
ask(struct world *w, uint32_t a, uint32_t b, uint8_t protocol, uint16_t port)
{
	struct msg_explain_get	 m;

	memset(&m, 0, sizeof(m));
	m.id = 5;
	m.a = a;
	m.b = b;
	m.protocol = protocol;
	m.port = port;
	end_send(&w->store, MSG_EXPLAIN_GET, &m, -1);
}

/* The next row or end, past what storeproc is told besides. */
static void
expect(struct world *w, enum msg_type type, union msg_any *any)
{
	uint32_t	 got;

	while ((got = end_next(&w->store, any)) == MSG_SYSTEM_SEEN)
		continue;
	ATF_REQUIRE_MSG(got == type, "%s instead of %s", msg_name(got),
	    msg_name(type));
}

static void
expect_row(struct world *w, uint32_t policy, enum explain_why why,
    uint32_t sender, uint32_t receiver)
{
	union msg_any	 any;

	expect(w, MSG_EXPLAIN_ROW, &any);
	ATF_REQUIRE_EQ(any.explain_row.id, 5U);
	ATF_REQUIRE_EQ(any.explain_row.policy, policy);
	ATF_REQUIRE_EQ_MSG(any.explain_row.why, why, "%u",
	    any.explain_row.why);
	ATF_REQUIRE_EQ(any.explain_row.sender, sender);
	ATF_REQUIRE_EQ(any.explain_row.receiver, receiver);
}

static void
expect_end(struct world *w, int allowed, enum explain_why why)
{
	union msg_any	 any;

	expect(w, MSG_EXPLAIN_END, &any);
	ATF_REQUIRE_EQ(any.explain_end.id, 5U);
	ATF_REQUIRE_EQ_MSG(any.explain_end.allowed, allowed, "%u",
	    any.explain_end.allowed);
	ATF_REQUIRE_EQ_MSG(any.explain_end.why, why, "%u",
	    any.explain_end.why);
}

/* One more policy between the same tags, port 22. */
static void
second(struct world *w, int enabled, uint64_t not_after, int rules)
{
	struct msg_model_policy	 m;

	memset(&m, 0, sizeof(m));
	m.org = ORG;
	m.policy = SECOND;
	m.enabled = (uint8_t)enabled;
	m.not_after = not_after;
	m.senders.n = m.receivers.n = 1;
	m.senders.e[0] = TAG_PEOPLE;
	m.receivers.e[0] = TAG_SERVERS;
	m.acls.n = (uint16_t)rules;
	m.acls.e[0].protocol = ACL_TCP;
	m.acls.e[0].port_low = 20;
	m.acls.e[0].port_high = 25;
	end_send(&w->store, MSG_MODEL_POLICY, &m, -1);
}

#define TEST(name)						\
ATF_TC(name);							\
ATF_TC_HEAD(name, tc)						\
{								\
	atf_tc_set_md_var(tc, "require.user", "root");		\
}								\
ATF_TC_BODY(name, tc)

TEST(what_is_allowed_names_the_policy_and_its_tags)
{
	struct world	 w;

	world_start(&w);
	send_model(&w);
	ask(&w, ALICE, BOB, ACL_TCP, 8080);
	expect_row(&w, POLICY, EXPLAIN_ALLOWS, TAG_PEOPLE, TAG_SERVERS);
	expect_end(&w, 1, EXPLAIN_ALLOWS);
	world_end(&w);
}

TEST(what_is_denied_says_why_each_policy_does_not_allow_it)
{
	struct world	 w;

	world_start(&w);
	send_model(&w);
	/* Another port, another protocol, the other way round. */
	ask(&w, ALICE, BOB, ACL_TCP, 22);
	expect_row(&w, POLICY, EXPLAIN_RULE, TAG_PEOPLE, TAG_SERVERS);
	expect_end(&w, 0, EXPLAIN_ALLOWS);
	ask(&w, ALICE, BOB, ACL_UDP, 8080);
	expect_row(&w, POLICY, EXPLAIN_RULE, TAG_PEOPLE, TAG_SERVERS);
	expect_end(&w, 0, EXPLAIN_ALLOWS);
	ask(&w, BOB, ALICE, ACL_TCP, 8080);
	expect_end(&w, 0, EXPLAIN_ALLOWS);
	/* Carol has no tag: one side of the policy is missing. */
	ask(&w, CAROL, BOB, ACL_TCP, 8080);
	expect_row(&w, POLICY, EXPLAIN_SENDER_TAG, 0, TAG_SERVERS);
	expect_end(&w, 0, EXPLAIN_ALLOWS);
	ask(&w, ALICE, CAROL, ACL_TCP, 8080);
	expect_row(&w, POLICY, EXPLAIN_RECEIVER_TAG, TAG_PEOPLE, 0);
	expect_end(&w, 0, EXPLAIN_ALLOWS);

	second(&w, 0, 0, 1);
	ask(&w, ALICE, BOB, ACL_TCP, 22);
	expect_row(&w, POLICY, EXPLAIN_RULE, TAG_PEOPLE, TAG_SERVERS);
	expect_row(&w, SECOND, EXPLAIN_DISABLED, TAG_PEOPLE, TAG_SERVERS);
	expect_end(&w, 0, EXPLAIN_ALLOWS);
	second(&w, 1, 1000, 1);
	ask(&w, ALICE, BOB, ACL_TCP, 22);
	expect_row(&w, POLICY, EXPLAIN_RULE, TAG_PEOPLE, TAG_SERVERS);
	expect_row(&w, SECOND, EXPLAIN_EXPIRED, TAG_PEOPLE, TAG_SERVERS);
	expect_end(&w, 0, EXPLAIN_ALLOWS);
	second(&w, 1, 0, 0);
	ask(&w, ALICE, BOB, ACL_TCP, 22);
	expect_row(&w, POLICY, EXPLAIN_RULE, TAG_PEOPLE, TAG_SERVERS);
	expect_row(&w, SECOND, EXPLAIN_NO_RULES, TAG_PEOPLE, TAG_SERVERS);
	expect_end(&w, 0, EXPLAIN_ALLOWS);
	second(&w, 1, 0, 1);
	ask(&w, ALICE, BOB, ACL_TCP, 22);
	expect_row(&w, POLICY, EXPLAIN_RULE, TAG_PEOPLE, TAG_SERVERS);
	expect_row(&w, SECOND, EXPLAIN_ALLOWS, TAG_PEOPLE, TAG_SERVERS);
	expect_end(&w, 1, EXPLAIN_ALLOWS);
	world_end(&w);
}

TEST(systems_that_may_not_talk_at_all_are_the_reason)
{
	struct world	 w;

	world_start(&w);
	send_model(&w);
	send_system(&w, BOB, SYSTEM_DISABLED, TAG_SERVERS);
	ask(&w, ALICE, BOB, ACL_TCP, 8080);
	expect_row(&w, POLICY, EXPLAIN_ALLOWS, TAG_PEOPLE, TAG_SERVERS);
	expect_end(&w, 0, EXPLAIN_RECEIVER_STATE);
	ask(&w, BOB, ALICE, ACL_TCP, 8080);
	expect_end(&w, 0, EXPLAIN_SENDER_STATE);
	ask(&w, ALICE, ALICE, ACL_TCP, 8080);
	expect_end(&w, 0, EXPLAIN_SAME);
	ask(&w, ALICE, 999, ACL_TCP, 8080);
	expect_end(&w, 0, EXPLAIN_RECEIVER_STATE);
	world_end(&w);
}

/* A requirement that an administrator says yes or no to. */
static void
requirement(struct world *w, uint32_t id)
{
	struct msg_model_requirement	 m;

	memset(&m, 0, sizeof(m));
	m.org = ORG;
	m.requirement = id;
	m.type = REQUIREMENT_MANUAL;
	snprintf(m.name, sizeof(m.name), "r%u", id);
	end_send(&w->store, MSG_MODEL_REQUIREMENT, &m, -1);
}

static void
grant(struct world *w, uint32_t id, uint32_t system)
{
	struct msg_model_grant	 m;

	memset(&m, 0, sizeof(m));
	m.requirement = id;
	m.system = system;
	m.answer = 1;
	end_send(&w->store, MSG_MODEL_GRANT, &m, -1);
}

static void
tag_needs(struct world *w, uint32_t tag, uint32_t id)
{
	struct msg_model_tag	 m;

	memset(&m, 0, sizeof(m));
	m.org = ORG;
	m.tag = tag;
	m.requirements.n = 1;
	m.requirements.e[0] = id;
	end_send(&w->store, MSG_MODEL_TAG, &m, -1);
}

static void
expect_unmet(struct world *w, enum explain_why why, uint32_t requirement_id)
{
	union msg_any	 any;

	expect(w, MSG_EXPLAIN_ROW, &any);
	ATF_REQUIRE_EQ_MSG(any.explain_row.why, why, "%u",
	    any.explain_row.why);
	ATF_REQUIRE_EQ(any.explain_row.requirement, requirement_id);
	ATF_REQUIRE_EQ(any.explain_row.sender, (uint32_t)TAG_PEOPLE);
	ATF_REQUIRE_EQ(any.explain_row.receiver, (uint32_t)TAG_SERVERS);
	expect_end(w, 0, EXPLAIN_ALLOWS);
}

TEST(requirement_that_is_not_met_is_named)
{
	struct msg_model_policy	 m;
	struct world		 w;

	world_start(&w);
	send_model(&w);
	requirement(&w, 71);
	requirement(&w, 72);
	requirement(&w, 73);
	tag_needs(&w, TAG_PEOPLE, 71);
	tag_needs(&w, TAG_SERVERS, 72);
	memset(&m, 0, sizeof(m));
	m.org = ORG;
	m.policy = POLICY;
	m.enabled = 1;
	m.senders.n = m.receivers.n = m.acls.n = m.requirements.n = 1;
	m.senders.e[0] = TAG_PEOPLE;
	m.receivers.e[0] = TAG_SERVERS;
	m.requirements.e[0] = 73;
	m.acls.e[0].protocol = ACL_TCP;
	m.acls.e[0].port_low = m.acls.e[0].port_high = 8080;
	end_send(&w.store, MSG_MODEL_POLICY, &m, -1);
	ask(&w, ALICE, BOB, ACL_TCP, 8080);
	expect_unmet(&w, EXPLAIN_SENDER_UNMET, 71);
	grant(&w, 71, ALICE);
	ask(&w, ALICE, BOB, ACL_TCP, 8080);
	expect_unmet(&w, EXPLAIN_RECEIVER_UNMET, 72);
	grant(&w, 72, BOB);
	ask(&w, ALICE, BOB, ACL_TCP, 8080);
	expect_unmet(&w, EXPLAIN_REQUIREMENT, 73);
	grant(&w, 73, ALICE);
	ask(&w, ALICE, BOB, ACL_TCP, 8080);
	expect_row(&w, POLICY, EXPLAIN_ALLOWS, TAG_PEOPLE, TAG_SERVERS);
	expect_end(&w, 1, EXPLAIN_ALLOWS);
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_is_allowed_names_the_policy_and_its_tags);
	ATF_TP_ADD_TC(tp,
	    what_is_denied_says_why_each_policy_does_not_allow_it);
	ATF_TP_ADD_TC(tp, requirement_that_is_not_met_is_named);
	ATF_TP_ADD_TC(tp, systems_that_may_not_talk_at_all_are_the_reason);
	return atf_no_error();
}
