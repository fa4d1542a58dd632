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
 * Several changes as one, from real clients of the real storeproc: nobody
 * else sees them before they are all on disk, and none is ever half.
 */

#include "regress/storeproc/world.h"

static void
send_begin(struct end *e, int dry)
{
	struct msg_admin_batch_begin	 m;

	memset(&m, 0, sizeof(m));
	m.dry = (uint8_t)dry;
	end_send(e, MSG_ADMIN_BATCH_BEGIN, &m, -1);
}

static void
begin(struct end *e, int dry)
{
	send_begin(e, dry);
	expect_result(e, 0, "");
}

static void
send_end(struct end *e)
{
	struct msg_admin_batch_end	 m;

	memset(&m, 0, sizeof(m));
	end_send(e, MSG_ADMIN_BATCH_END, &m, -1);
}

static void
send_policy(struct end *e, const char *name)
{
	struct msg_admin_policy_add	 m;

	policy_fill(&m, name, 0, 80);
	end_send(e, MSG_ADMIN_POLICY_ADD, &m, -1);
}

/* How many policies this client is shown. */
static int
count_policies(struct end *e)
{
	struct msg_admin_list	 m;
	union msg_any		 any;
	int			 n = 0;

	memset(&m, 0, sizeof(m));
	m.what = 3;
	end_send(e, MSG_ADMIN_LIST, &m, -1);
	while (end_next(e, &any) == MSG_ADMIN_POLICY)
		n++;
	return n;
}

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

TEST(a_batch_is_told_when_it_has_ended_and_not_before)
{
	union msg_any	 any;
	struct world	 w;

	start(&w);
	begin(&w.admin, 0);
	send_policy(&w.admin, "one");
	expect_result(&w.admin, 0, "added");
	send_policy(&w.admin, "two");
	expect_result(&w.admin, 0, "added");
	/* It sees itself what it has done. */
	ATF_CHECK_EQ(count_policies(&w.admin), 2);
	end_expect_nothing(&w.policy);
	send_end(&w.admin);
	expect_result(&w.admin, 0, "done");
	end_expect(&w.policy, MSG_MODEL_POLICY, &any);
	end_expect(&w.policy, MSG_MODEL_POLICY, &any);
	end_expect_nothing(&w.policy);
	send_end(&w.admin);
	expect_result(&w.admin, 2, "no batch");
	world_end(&w);
}

TEST(after_a_change_that_fails_nothing_was_changed)
{
	struct world	 w;

	start(&w);
	begin(&w.admin, 0);
	send_policy(&w.admin, "one");
	expect_result(&w.admin, 0, "added");
	send_policy(&w.admin, "one");
	expect_result(&w.admin, 1, "exists already");
	send_policy(&w.admin, "two");
	expect_result(&w.admin, 1, "not tried: the policy \"one\" exists");
	send_end(&w.admin);
	expect_result(&w.admin, 1, "the policy \"one\" exists already");
	end_expect_nothing(&w.policy);
	ATF_CHECK_EQ(count_policies(&w.admin), 0);
	world_end(&w);
}

TEST(requests_of_a_batch_may_come_all_at_once)
{
	struct world	 w;

	start(&w);
	send_begin(&w.admin, 0);
	send_policy(&w.admin, "one");
	send_policy(&w.admin, "two");
	send_end(&w.admin);
	expect_result(&w.admin, 0, "");
	expect_result(&w.admin, 0, "added");
	expect_result(&w.admin, 0, "added");
	expect_result(&w.admin, 0, "done");
	ATF_CHECK_EQ(count_policies(&w.admin), 2);
	world_end(&w);
}

TEST(others_wait_and_see_nothing_of_it_meanwhile)
{
	struct msg_admin_list	 list;
	union msg_any		 any;
	struct world		 w;
	struct end		 other, third;
	int			 late;

	start(&w);
	begin(&w.admin, 0);
	send_policy(&w.admin, "one");
	expect_result(&w.admin, 0, "added");
	admin_open(&w, &other);
	memset(&list, 0, sizeof(list));
	list.what = 3;
	end_send(&other, MSG_ADMIN_LIST, &list, -1);
	send_policy(&other, "two");
	end_expect_nothing(&other);
	/* Another batch comes after this one. */
	admin_open(&w, &third);
	send_begin(&third, 0);
	send_policy(&third, "two");
	send_end(&third);
	end_expect_nothing(&third);
	send_policy(&w.admin, "one");
	expect_result(&w.admin, 1, "exists");
	send_end(&w.admin);
	expect_result(&w.admin, 1, "exists");
	/* One of these has the name, and neither the one that was undone. */
	end_expect(&other, MSG_ADMIN_RESULT, &any);
	end_expect(&other, MSG_ADMIN_RESULT, &any);
	late = any.admin_result.code != 0;
	ATF_CHECK_STREQ(any.admin_result.text, late ?
	    "the policy \"two\" exists already" : "added");
	expect_result(&third, 0, "");
	expect_result(&third, !late, late ? "added" : "exists");
	expect_result(&third, !late, late ? "done" : "exists");
	ATF_CHECK_EQ(count_policies(&w.admin), 1);
	end_close(&other);
	end_close(&third);
	world_end(&w);
}

TEST(a_client_that_goes_has_changed_nothing)
{
	struct world	 w;
	struct end	 other;

	start(&w);
	admin_open(&w, &other);
	begin(&other, 0);
	send_policy(&other, "one");
	expect_result(&other, 0, "added");
	send_policy(&w.admin, "one");
	end_close(&other);
	expect_result(&w.admin, 0, "added");
	ATF_CHECK_EQ(count_policies(&w.admin), 1);
	world_end(&w);
}

TEST(a_client_that_is_slow_is_cut_off_and_has_changed_nothing)
{
	union msg_any	 any;
	struct world	 w;
	struct end	 other;

	player_program = "regress/storeproc/quick_storeproc_helper";
	start(&w);
	admin_open(&w, &other);
	begin(&other, 0);
	send_policy(&other, "one");
	expect_result(&other, 0, "added");
	send_policy(&w.admin, "one");
	expect_result(&w.admin, 0, "added");
	expect_result(&other, 1, "took too long");
	ATF_CHECK_EQ(end_next(&other, &any), 0);
	end_close(&other);
	world_end(&w);
}

TEST(authproc_answers_to_the_batch_while_others_wait)
{
	struct msg_admin_key_add	 m;
	struct msg_key_made		 key;
	union msg_any			 any;
	struct world			 w;

	start(&w);
	begin(&w.admin, 0);
	memset(&m, 0, sizeof(m));
	m.type = KEY_GENERAL;
	m.action = KEY_DISABLE;
	end_send(&w.admin, MSG_ADMIN_KEY_ADD, &m, -1);
	/* This one waits for the key. */
	send_policy(&w.admin, "one");
	send_end(&w.admin);
	end_expect(&w.auth, MSG_KEY_MAKE, &any);
	send_enrol(&w, 1);
	memset(&key, 0, sizeof(key));
	key.id = any.key_make.id;
	snprintf(key.key, sizeof(key.key), KEY);
	memset(key.key_hash, 0x77, sizeof(key.key_hash));
	end_expect_nothing(&w.auth);
	end_expect_nothing(&w.admin);
	end_send(&w.auth, MSG_KEY_MADE, &key, -1);
	expect_result(&w.admin, 0, KEY);
	expect_result(&w.admin, 0, "added");
	expect_result(&w.admin, 0, "done");
	/* The key is there now, and the one who waited comes in with it. */
	end_expect(&w.auth, MSG_ENROL_SIGN, &any);
	world_end(&w);
}

TEST(a_client_that_goes_while_authproc_works_has_added_no_key)
{
	struct msg_admin_key_add	 m;
	struct msg_admin_list		 list;
	struct msg_key_made		 key;
	union msg_any			 any;
	struct world			 w;
	struct end			 other;

	start(&w);
	admin_open(&w, &other);
	begin(&other, 0);
	memset(&m, 0, sizeof(m));
	m.type = KEY_GENERAL;
	m.action = KEY_DISABLE;
	end_send(&other, MSG_ADMIN_KEY_ADD, &m, -1);
	end_expect(&w.auth, MSG_KEY_MAKE, &any);
	memset(&key, 0, sizeof(key));
	key.id = any.key_make.id;
	end_close(&other);
	/* It has gone when others are served again. */
	send_policy(&w.admin, "one");
	expect_result(&w.admin, 0, "added");
	snprintf(key.key, sizeof(key.key), KEY);
	end_send(&w.auth, MSG_KEY_MADE, &key, -1);
	memset(&list, 0, sizeof(list));
	list.what = 1;
	end_send(&w.admin, MSG_ADMIN_LIST, &list, -1);
	expect_result(&w.admin, 0, "");
	world_end(&w);
}

TEST(a_batch_survives_a_policyproc_that_restarts)
{
	union msg_any	 any;
	struct world	 w;

	start(&w);
	begin(&w.admin, 0);
	send_policy(&w.admin, "one");
	expect_result(&w.admin, 0, "added");
	end_close(&w.policy);
	player_join(&w.p, ROLE_POLICY, 0, &w.policy);
	model_get(&w);
	end_expect_nothing(&w.policy);
	send_end(&w.admin);
	expect_result(&w.admin, 0, "done");
	end_expect(&w.policy, MSG_MODEL_ORG, &any);
	end_expect(&w.policy, MSG_MODEL_POLICY, &any);
	end_expect(&w.policy, MSG_MODEL_READY, &any);
	world_end(&w);
}

TEST(what_is_too_much_or_makes_no_sense_is_refused)
{
	struct msg_admin_list	 list;
	union msg_any		 any;
	struct world		 w;
	int			 i;

	start(&w);
	send_begin(&w.admin, DRY_EACH + 1);
	expect_result(&w.admin, 2, "unknown");
	send_end(&w.admin);
	expect_result(&w.admin, 2, "no batch");
	begin(&w.admin, 0);
	send_begin(&w.admin, 0);
	expect_result(&w.admin, 2, "within a batch");
	send_end(&w.admin);
	expect_result(&w.admin, 2, "within a batch");
	begin(&w.admin, 0);
	memset(&list, 0, sizeof(list));
	list.what = 4;
	for (i = 0; i < 4096; i++) {
		end_send(&w.admin, MSG_ADMIN_LIST, &list, -1);
		expect_result(&w.admin, 0, "");
	}
	end_send(&w.admin, MSG_ADMIN_LIST, &list, -1);
	expect_result(&w.admin, 5, "4096");
	send_end(&w.admin);
	end_expect(&w.admin, MSG_ADMIN_RESULT, &any);
	ATF_CHECK_EQ(any.admin_result.code, 5);
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_batch_is_told_when_it_has_ended_and_not_before);
	ATF_TP_ADD_TC(tp, after_a_change_that_fails_nothing_was_changed);
	ATF_TP_ADD_TC(tp, requests_of_a_batch_may_come_all_at_once);
	ATF_TP_ADD_TC(tp, others_wait_and_see_nothing_of_it_meanwhile);
	ATF_TP_ADD_TC(tp, a_client_that_goes_has_changed_nothing);
	ATF_TP_ADD_TC(tp,
	    a_client_that_is_slow_is_cut_off_and_has_changed_nothing);
	ATF_TP_ADD_TC(tp, authproc_answers_to_the_batch_while_others_wait);
	ATF_TP_ADD_TC(tp,
	    a_client_that_goes_while_authproc_works_has_added_no_key);
	ATF_TP_ADD_TC(tp, a_batch_survives_a_policyproc_that_restarts);
	ATF_TP_ADD_TC(tp, what_is_too_much_or_makes_no_sense_is_refused);
	return atf_no_error();
}
