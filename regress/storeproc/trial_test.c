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
 * Dry runs and policy tests, with the real storeproc and a played policyproc:
 * what it is asked, and what becomes of a change by its answer.
 */

#include "regress/storeproc/world.h"

/* With policyproc that has the model of one organisation. */
static void
start(struct world *w)
{
	union msg_any	 any;

	world_start(w);
	org_add(w, "acme");
	model_get(w);
	end_expect(&w->policy, MSG_MODEL_ORG, &any);
	end_expect(&w->policy, MSG_MODEL_READY, &any);
}

static void
send_begin(struct world *w, int dry)
{
	struct msg_admin_batch_begin	 m;

	memset(&m, 0, sizeof(m));
	m.dry = (uint8_t)dry;
	end_send(&w->admin, MSG_ADMIN_BATCH_BEGIN, &m, -1);
	expect_result(&w->admin, 0, "");
}

static void
send_end(struct world *w)
{
	struct msg_admin_batch_end	 m;

	memset(&m, 0, sizeof(m));
	end_send(&w->admin, MSG_ADMIN_BATCH_END, &m, -1);
}

static void
send_test(struct world *w, const char *name, const char *from, const char *to,
    int allow, int replace)
{
	struct msg_admin_test_add	 m;

	memset(&m, 0, sizeof(m));
	snprintf(m.name, sizeof(m.name), "%s", name);
	snprintf(m.sender, sizeof(m.sender), "%s", from);
	snprintf(m.receiver, sizeof(m.receiver), "%s", to);
	m.protocol = ACL_TCP;
	m.port = 80;
	m.allow = (uint8_t)allow;
	m.replace = (uint8_t)replace;
	end_send(&w->admin, MSG_ADMIN_TEST_ADD, &m, -1);
}

/* Trial begun; returns its number. */
static uint32_t
expect_begin(struct world *w)
{
	union msg_any	 any;

	end_expect(&w->policy, MSG_TRIAL_BEGIN, &any);
	return any.trial_begin.id;
}

static struct msg_trial_test
expect_test(struct world *w)
{
	union msg_any	 any;

	end_expect(&w->policy, MSG_TRIAL_TEST, &any);
	return any.trial_test;
}

static void
answer_test(struct world *w, uint32_t id, uint32_t test, int was, int is)
{
	struct msg_trial_verdict	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.test = test;
	m.was = (uint8_t)was;
	m.is = (uint8_t)is;
	end_send(&w->policy, MSG_TRIAL_VERDICT, &m, -1);
}

static void
answer_pair(struct world *w, uint32_t id, enum trial_kind kind, uint32_t a,
    uint32_t b)
{
	struct msg_trial_pair	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.kind = (uint8_t)kind;
	m.a = a;
	m.b = b;
	end_send(&w->policy, MSG_TRIAL_PAIR, &m, -1);
}

static void
answer_done(struct world *w, uint32_t id, int ok)
{
	struct msg_trial_done	 m;
	union msg_any		 any;

	end_expect(&w->policy, MSG_TRIAL_END, &any);
	ATF_REQUIRE_EQ(any.trial_end.id, id);
	memset(&m, 0, sizeof(m));
	m.id = id;
	m.ok = (uint8_t)ok;
	m.gained = 1;
	m.lost = 2;
	m.amended = 3;
	end_send(&w->policy, MSG_TRIAL_DONE, &m, -1);
}

/* A test that holds when it is stored, as the nth. */
static void
add_test(struct world *w, int n, const char *name, const char *from,
    const char *to, int allow)
{
	struct msg_trial_test	 t;
	uint32_t		 id;

	send_test(w, name, from, to, allow, 0);
	id = expect_begin(w);
	/* All of the organisation are asked. */
	while (n-- > 0) {
		t = expect_test(w);
		answer_test(w, id, t.test, allow, allow);
	}
	answer_done(w, id, 1);
	expect_result(&w->admin, 0, "added");
}

static int
count_list(struct world *w, uint8_t what)
{
	struct msg_admin_list	 m;
	union msg_any		 any;
	int			 n = 0;

	memset(&m, 0, sizeof(m));
	m.what = what;
	end_send(&w->admin, MSG_ADMIN_LIST, &m, -1);
	while (end_next(&w->admin, &any) != MSG_ADMIN_RESULT)
		n++;
	return n;
}

TEST(a_dry_run_tells_the_pairs_and_changes_nothing)
{
	union msg_any	 any;
	struct world	 w;
	char		 a[NAME_STRLEN], b[NAME_STRLEN];
	uint32_t	 id, first, second;

	start(&w);
	key_add(&w, 0, 0);
	enrol(&w, 1, a);
	end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
	first = any.model_system.system;
	enrol(&w, 2, b);
	end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
	second = any.model_system.system;
	send_begin(&w, DRY_PAIRS);
	policy_add(&w, 0, 80);
	expect_result(&w.admin, 0, "added");
	/* It is told by its name although it would be gone. */
	system_set(&w, b, 2);
	expect_result(&w.admin, 0, "deleted");
	send_end(&w);
	id = expect_begin(&w);
	end_expect(&w.policy, MSG_MODEL_POLICY, &any);
	end_expect(&w.policy, MSG_MODEL_SYSTEM_GONE, &any);
	answer_pair(&w, id, TRIAL_LOST, first, second);
	answer_done(&w, id, 1);
	end_expect(&w.admin, MSG_ADMIN_TRIAL_PAIR, &any);
	ATF_CHECK_EQ(any.admin_trial_pair.kind, TRIAL_LOST);
	ATF_CHECK_STREQ(any.admin_trial_pair.org, "acme");
	ATF_CHECK_STREQ(any.admin_trial_pair.a, a);
	ATF_CHECK_STREQ(any.admin_trial_pair.b, b);
	end_expect(&w.admin, MSG_ADMIN_TRIAL, &any);
	ATF_CHECK_EQ(any.admin_trial.gained, 1);
	ATF_CHECK_EQ(any.admin_trial.lost, 2);
	ATF_CHECK_EQ(any.admin_trial.amended, 3);
	expect_result(&w.admin, 0, "nothing was changed");
	ATF_CHECK_EQ(count_list(&w, 2), 2);
	ATF_CHECK_EQ(count_list(&w, 3), 0);
	end_expect_nothing(&w.policy);
	world_end(&w);
}

TEST(a_dry_run_of_what_no_pair_depends_on_asks_nobody)
{
	union msg_any	 any;
	struct world	 w;

	start(&w);
	send_begin(&w, DRY_PAIRS);
	send_end(&w);
	end_expect(&w.admin, MSG_ADMIN_TRIAL, &any);
	ATF_CHECK_EQ(any.admin_trial.gained, 0);
	expect_result(&w.admin, 0, "nothing was changed");
	end_expect_nothing(&w.policy);
	world_end(&w);
}

TEST(a_dry_run_without_rows_says_it_in_a_sentence)
{
	union msg_any	 any;
	struct world	 w;
	uint32_t	 id;

	start(&w);
	send_begin(&w, DRY_TEXT);
	policy_add(&w, 0, 80);
	expect_result(&w.admin, 0, "added");
	send_end(&w);
	id = expect_begin(&w);
	end_expect(&w.policy, MSG_MODEL_POLICY, &any);
	answer_done(&w, id, 1);
	expect_result(&w.admin, 0, "nothing was changed; it would connect 1, "
	    "disconnect 2 and amend 3 pairs of systems");
	ATF_CHECK_EQ(count_list(&w, 3), 0);
	world_end(&w);
}

TEST(without_tests_a_change_asks_nobody)
{
	union msg_any	 any;
	struct world	 w;

	start(&w);
	policy_add(&w, 0, 80);
	expect_result(&w.admin, 0, "added");
	end_expect(&w.policy, MSG_MODEL_POLICY, &any);
	end_expect_nothing(&w.policy);
	world_end(&w);
}

TEST(a_change_that_makes_a_test_fail_is_refused)
{
	struct msg_trial_test	 t;
	union msg_any		 any;
	struct world		 w;
	uint32_t		 id;

	start(&w);
	policy_add(&w, 0, 80);
	expect_result(&w.admin, 0, "added");
	end_expect(&w.policy, MSG_MODEL_POLICY, &any);
	add_test(&w, 1, "web works", "people", "servers", 1);
	policy_add(&w, 1, 81);
	id = expect_begin(&w);
	end_expect(&w.policy, MSG_MODEL_POLICY, &any);
	t = expect_test(&w);
	ATF_CHECK_EQ(t.protocol, ACL_TCP);
	ATF_CHECK_EQ(t.port, 80);
	ATF_CHECK_EQ(t.senders.n, 1);
	ATF_CHECK_EQ(t.senders_old.n, 1);
	answer_test(&w, id, t.test, 1, 0);
	end_expect_nothing(&w.admin);
	answer_done(&w, id, 1);
	expect_result(&w.admin, 7, "refused by policy tests: \"web works\" "
	    "fails: change it first, or delete it");
	/* Nobody was told of it. */
	end_expect_nothing(&w.policy);
	/* One that fails already does not stand in the way. */
	policy_add(&w, 1, 82);
	id = expect_begin(&w);
	end_expect(&w.policy, MSG_MODEL_POLICY, &any);
	t = expect_test(&w);
	answer_test(&w, id, t.test, 0, 0);
	answer_done(&w, id, 1);
	expect_result(&w.admin, 0, "replaced");
	end_expect(&w.policy, MSG_MODEL_POLICY, &any);
	ATF_CHECK_EQ(any.model_policy.acls.e[0].port_low, 82);
	world_end(&w);
}

TEST(a_batch_is_tested_as_a_whole)
{
	struct msg_trial_test	 t;
	union msg_any		 any;
	struct world		 w;
	uint32_t		 id;

	start(&w);
	add_test(&w, 1, "closed", "guests", "servers", 0);
	send_begin(&w, 0);
	policy_add(&w, 0, 80);
	expect_result(&w.admin, 0, "added");
	send_end(&w);
	id = expect_begin(&w);
	end_expect(&w.policy, MSG_MODEL_POLICY, &any);
	t = expect_test(&w);
	/* The tag is not there at all. */
	ATF_CHECK_EQ(t.senders.n, 0);
	ATF_CHECK_EQ(t.receivers.n, 1);
	ATF_CHECK_EQ(t.receivers_old.n, 0);
	answer_test(&w, id, t.test, 0, 1);
	answer_done(&w, id, 1);
	expect_result(&w.admin, 7, "\"closed\" fails");
	ATF_CHECK_EQ(count_list(&w, 3), 0);
	/* The same in a dry run, with the test. */
	send_begin(&w, DRY_PAIRS);
	policy_add(&w, 0, 80);
	expect_result(&w.admin, 0, "added");
	send_end(&w);
	id = expect_begin(&w);
	end_expect(&w.policy, MSG_MODEL_POLICY, &any);
	t = expect_test(&w);
	answer_test(&w, id, t.test, 0, 1);
	answer_done(&w, id, 1);
	end_expect(&w.admin, MSG_ADMIN_TEST, &any);
	ATF_CHECK_STREQ(any.admin_test.name, "closed");
	ATF_CHECK_EQ(any.admin_test.state, TEST_FAILS);
	end_expect(&w.admin, MSG_ADMIN_TRIAL, &any);
	expect_result(&w.admin, 7, "\"closed\" fails");
	ATF_CHECK_EQ(count_list(&w, 3), 0);
	world_end(&w);
}

TEST(a_dry_run_of_many_leaves_out_what_fails)
{
	union msg_any	 any;
	struct world	 w;
	uint32_t	 id;

	start(&w);
	send_begin(&w, DRY_EACH);
	policy_add(&w, 0, 80);
	expect_result(&w.admin, 0, "added");
	policy_add(&w, 0, 80);
	expect_result(&w.admin, 1, "exists already");
	send_test(&w, "t", "V88RY", "beta", 1, 0);
	expect_result(&w.admin, 1, "there is no system");
	send_end(&w);
	id = expect_begin(&w);
	end_expect(&w.policy, MSG_MODEL_POLICY, &any);
	answer_done(&w, id, 1);
	end_expect(&w.admin, MSG_ADMIN_TRIAL, &any);
	expect_result(&w.admin, 0, "nothing was changed");
	ATF_CHECK_EQ(count_list(&w, 3), 0);
	world_end(&w);
}

TEST(a_test_that_fails_at_once_is_not_stored)
{
	struct msg_trial_test	 t;
	union msg_any		 any;
	struct world		 w;
	uint32_t		 id;

	start(&w);
	send_test(&w, "web", "people", "servers", 1, 0);
	id = expect_begin(&w);
	t = expect_test(&w);
	answer_test(&w, id, t.test, 0, 0);
	answer_done(&w, id, 1);
	expect_result(&w.admin, 7, "\"web\" fails");
	ATF_CHECK_EQ(count_list(&w, 8), 0);
	/* And is not asked about any more. */
	policy_add(&w, 0, 80);
	expect_result(&w.admin, 0, "added");
	end_expect(&w.policy, MSG_MODEL_POLICY, &any);
	/* Turned around it is another test, though of the same name. */
	send_test(&w, "web", "people", "servers", 0, 0);
	id = expect_begin(&w);
	t = expect_test(&w);
	answer_test(&w, id, t.test, 1, 0);
	answer_done(&w, id, 1);
	expect_result(&w.admin, 0, "added");
	world_end(&w);
}

TEST(a_policyproc_that_does_not_answer_lets_no_change_pass)
{
	struct world	 w;

	start(&w);
	add_test(&w, 1, "closed", "guests", "servers", 0);
	policy_add(&w, 0, 80);
	(void)expect_begin(&w);
	end_close(&w.policy);
	expect_result(&w.admin, 1, "try again");
	policy_add(&w, 0, 80);
	expect_result(&w.admin, 1, "does not answer");
	ATF_CHECK_EQ(count_list(&w, 3), 0);
	player_join(&w.p, ROLE_POLICY, 0, &w.policy);
	world_end(&w);
}

TEST(tests_are_run_listed_and_deleted)
{
	struct msg_admin_test_delete	 del;
	struct msg_admin_test_run	 run;
	struct msg_admin_list		 list;
	struct msg_trial_test		 t;
	union msg_any			 any;
	struct world			 w;
	uint32_t			 id;

	start(&w);
	add_test(&w, 1, "one", "guests", "servers", 0);
	add_test(&w, 2, "two", "guests", "printers", 0);
	send_test(&w, "two", "guests", "printers", 0, 0);
	expect_result(&w.admin, 1, "exists already");
	send_test(&w, "three", "guests", "Printers", 0, 0);
	expect_result(&w.admin, 2, "a tag or the name of a system");
	send_test(&w, "three", "V88RY", "printers", 0, 0);
	expect_result(&w.admin, 1, "no system \"V88RY\"");
	memset(&run, 0, sizeof(run));
	end_send(&w.admin, MSG_ADMIN_TEST_RUN, &run, -1);
	id = expect_begin(&w);
	t = expect_test(&w);
	answer_test(&w, id, t.test, 0, 0);
	t = expect_test(&w);
	answer_test(&w, id, t.test, 1, 1);
	answer_done(&w, id, 1);
	end_expect(&w.admin, MSG_ADMIN_TEST, &any);
	ATF_CHECK_EQ(any.admin_test.state, TEST_HOLDS);
	end_expect(&w.admin, MSG_ADMIN_TEST, &any);
	ATF_CHECK_STREQ(any.admin_test.name, "two");
	ATF_CHECK_EQ(any.admin_test.state, TEST_FAILS);
	expect_result(&w.admin, 7, "1 of 2 tests fail");
	memset(&del, 0, sizeof(del));
	snprintf(del.name, sizeof(del.name), "one");
	end_send(&w.admin, MSG_ADMIN_TEST_DELETE, &del, -1);
	expect_result(&w.admin, 0, "deleted");
	end_send(&w.admin, MSG_ADMIN_TEST_DELETE, &del, -1);
	expect_result(&w.admin, 1, "no test");
	memset(&list, 0, sizeof(list));
	list.what = 8;
	end_send(&w.admin, MSG_ADMIN_LIST, &list, -1);
	end_expect(&w.admin, MSG_ADMIN_TEST, &any);
	ATF_CHECK_STREQ(any.admin_test.name, "two");
	ATF_CHECK_STREQ(any.admin_test.org, "acme");
	ATF_CHECK_STREQ(any.admin_test.receiver, "printers");
	ATF_CHECK_EQ(any.admin_test.port, 80);
	ATF_CHECK_EQ(any.admin_test.state, TEST_UNKNOWN);
	expect_result(&w.admin, 0, "");
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_dry_run_tells_the_pairs_and_changes_nothing);
	ATF_TP_ADD_TC(tp, a_dry_run_of_what_no_pair_depends_on_asks_nobody);
	ATF_TP_ADD_TC(tp, a_dry_run_without_rows_says_it_in_a_sentence);
	ATF_TP_ADD_TC(tp, without_tests_a_change_asks_nobody);
	ATF_TP_ADD_TC(tp, a_change_that_makes_a_test_fail_is_refused);
	ATF_TP_ADD_TC(tp, a_batch_is_tested_as_a_whole);
	ATF_TP_ADD_TC(tp, a_dry_run_of_many_leaves_out_what_fails);
	ATF_TP_ADD_TC(tp, a_test_that_fails_at_once_is_not_stored);
	ATF_TP_ADD_TC(tp,
	    a_policyproc_that_does_not_answer_lets_no_change_pass);
	ATF_TP_ADD_TC(tp, tests_are_run_listed_and_deleted);
	return atf_no_error();
}
