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
 * The real storeproc, with its database, between a played parent, authproc,
 * policyproc and administrators.
 */

#include <time.h>

#include "regress/storeproc/world.h"

TEST(a_system_enrols_and_is_there_after_a_restart)
{
	union msg_any	 any;
	struct world	 w;
	char		 name[NAME_STRLEN], again[NAME_STRLEN];

	world_start(&w);
	org_add(&w, "acme");
	key_add(&w, 1, 0);
	enrol(&w, 1, name);
	send_enrol(&w, 2);
	expect_enrol_refused(&w, "no uses left");
	/* The same keys again are the same system. */
	enrol(&w, 1, again);
	ATF_REQUIRE_STREQ(name, again);
	player_end(&w.p);
	player_restart(&w.p, ROLE_STORE);
	world_hand_over(&w);
	model_get(&w);
	end_expect(&w.policy, MSG_MODEL_ORG, &any);
	ATF_REQUIRE_STREQ(any.model_org.name, "acme");
	end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
	ATF_REQUIRE_STREQ(any.model_system.name, name);
	ATF_REQUIRE_EQ(any.model_system.state, SYSTEM_ENABLED);
	ATF_REQUIRE_EQ(any.model_system.certificate_len, CERT_LEN);
	ATF_REQUIRE_EQ(any.model_system.tags.n, 1);
	end_expect(&w.policy, MSG_MODEL_READY, &any);
	world_end(&w);
}

TEST(each_change_is_told_to_policyproc_as_a_difference)
{
	union msg_any	 any;
	struct world	 w;
	char		 name[NAME_STRLEN];

	world_start(&w);
	model_get(&w);
	end_expect(&w.policy, MSG_MODEL_READY, &any);
	org_add(&w, "acme");
	end_expect(&w.policy, MSG_MODEL_ORG, &any);
	key_add(&w, 0, 1);
	enrol(&w, 1, name);
	end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
	ATF_REQUIRE_EQ(any.model_system.state, SYSTEM_UNAPPROVED);
	system_set(&w, name, 1);
	expect_result(&w.admin, 5, "approve");
	system_set(&w, name, 4);
	expect_result(&w.admin, 0, "approved");
	end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
	ATF_REQUIRE_EQ(any.model_system.state, SYSTEM_ENABLED);
	policy_add(&w, 0, 8080);
	expect_result(&w.admin, 0, "added");
	end_expect(&w.policy, MSG_MODEL_POLICY, &any);
	ATF_REQUIRE_EQ(any.model_policy.acls.n, 2);
	ATF_REQUIRE_EQ(any.model_policy.acls.e[0].port_low, 8080);
	ATF_REQUIRE_EQ(any.model_policy.acls.e[1].protocol, ACL_ICMP);
	policy_add(&w, 0, 8081);
	expect_result(&w.admin, 1, "exists");
	policy_add(&w, 1, 8081);
	expect_result(&w.admin, 0, "replaced");
	end_expect(&w.policy, MSG_MODEL_POLICY, &any);
	ATF_REQUIRE_EQ(any.model_policy.acls.e[0].port_low, 8081);
	system_set(&w, name, 2);
	expect_result(&w.admin, 0, "deleted");
	end_expect(&w.policy, MSG_MODEL_SYSTEM_GONE, &any);
	end_expect_nothing(&w.policy);
	world_end(&w);
}

TEST(policies_that_end_are_disabled_or_deleted_at_that_time)
{
	struct msg_admin_policy_add	 m;
	struct msg_admin_policy_set	 set;
	struct msg_admin_list		 list;
	union msg_any			 any;
	struct world			 w;
	uint64_t			 end = (uint64_t)time(NULL) + 3;

	world_start(&w);
	model_get(&w);
	org_add(&w, "acme");
	policy_fill(&m, "one", 0, 80);
	m.not_after = end;
	end_send(&w.admin, MSG_ADMIN_POLICY_ADD, &m, -1);
	expect_result(&w.admin, 0, "added");
	policy_fill(&m, "two", 0, 81);
	m.not_after = end;
	m.end_action = 1;
	end_send(&w.admin, MSG_ADMIN_POLICY_ADD, &m, -1);
	expect_result(&w.admin, 0, "added");
	/* Both are told of; then one is disabled and one is gone. */
	while (end_next(&w.policy, &any) != MSG_MODEL_POLICY_GONE)
		ATF_REQUIRE(w.policy.fd != -1);
	ATF_CHECK((uint64_t)time(NULL) + 1 >= end);
	memset(&set, 0, sizeof(set));
	snprintf(set.name, sizeof(set.name), "two");
	set.action = 1;
	end_send(&w.admin, MSG_ADMIN_POLICY_SET, &set, -1);
	expect_result(&w.admin, 1, "no policy");
	snprintf(set.name, sizeof(set.name), "one");
	end_send(&w.admin, MSG_ADMIN_POLICY_SET, &set, -1);
	expect_result(&w.admin, 5, "expired");
	memset(&list, 0, sizeof(list));
	list.what = 3;
	end_send(&w.admin, MSG_ADMIN_LIST, &list, -1);
	end_expect(&w.admin, MSG_ADMIN_POLICY, &any);
	ATF_CHECK_STREQ(any.admin_policy.name, "one");
	ATF_CHECK_EQ(any.admin_policy.state, POLICY_EXPIRED);
	ATF_CHECK_EQ(any.admin_policy.enabled, 0);
	expect_result(&w.admin, 0, "");
	world_end(&w);
}

TEST(active_hours_are_checked_stored_and_shown)
{
	struct msg_admin_policy_add	 m;
	struct msg_admin_list		 list;
	union msg_any			 any;
	struct world			 w;
	time_t				 t = time(NULL);
	uint16_t			 minute = (uint16_t)(t / 60 % 1440);

	world_start(&w);
	org_add(&w, "acme");
	policy_fill(&m, "a", 0, 80);
	m.days = 0x7f;
	m.start = (uint16_t)((minute + 1430) % 1440);
	m.end = (uint16_t)((minute + 600) % 1440);
	snprintf(m.zone, sizeof(m.zone), "Europe/Berlin");
	end_send(&w.admin, MSG_ADMIN_POLICY_ADD, &m, -1);
	expect_result(&w.admin, 2, "time zone");
	snprintf(m.zone, sizeof(m.zone), "UTC");
	snprintf(m.notes, sizeof(m.notes), "why");
	end_send(&w.admin, MSG_ADMIN_POLICY_ADD, &m, -1);
	expect_result(&w.admin, 0, "added");
	snprintf(m.name, sizeof(m.name), "b");
	m.start = (uint16_t)((minute + 600) % 1440);
	m.end = (uint16_t)((minute + 610) % 1440);
	end_send(&w.admin, MSG_ADMIN_POLICY_ADD, &m, -1);
	expect_result(&w.admin, 0, "added");
	m.end = m.start;
	m.replace = 1;
	end_send(&w.admin, MSG_ADMIN_POLICY_ADD, &m, -1);
	expect_result(&w.admin, 2, "never");
	memset(&list, 0, sizeof(list));
	list.what = 3;
	end_send(&w.admin, MSG_ADMIN_LIST, &list, -1);
	end_expect(&w.admin, MSG_ADMIN_POLICY, &any);
	ATF_REQUIRE_EQ(any.admin_policy.state, POLICY_ACTIVE);
	ATF_REQUIRE_STREQ(any.admin_policy.zone, "UTC");
	ATF_REQUIRE_STREQ(any.admin_policy.notes, "why");
	ATF_REQUIRE(any.admin_policy.next > (uint64_t)t &&
	    any.admin_policy.next < (uint64_t)t + 86400);
	end_expect(&w.admin, MSG_ADMIN_POLICY, &any);
	ATF_REQUIRE_EQ(any.admin_policy.state, POLICY_OUTSIDE_HOURS);
	expect_result(&w.admin, 0, "");
	world_end(&w);
}

TEST(lists_end_with_a_result)
{
	struct msg_admin_list	 m;
	struct msg_system_seen	 seen;
	union msg_any		 any;
	struct world		 w;
	char			 name[NAME_STRLEN];

	world_start(&w);
	org_add(&w, "acme");
	key_add(&w, 0, 0);
	enrol(&w, 1, name);
	policy_add(&w, 0, 80);
	expect_result(&w.admin, 0, "added");
	memset(&seen, 0, sizeof(seen));
	seen.system = 1;
	seen.online = 1;
	end_send(&w.policy, MSG_SYSTEM_SEEN, &seen, -1);
	model_get(&w);
	while (end_next(&w.policy, &any) != MSG_MODEL_READY)
		continue;
	memset(&m, 0, sizeof(m));
	end_send(&w.admin, MSG_ADMIN_LIST, &m, -1);
	end_expect(&w.admin, MSG_ADMIN_ORG, &any);
	ATF_REQUIRE_EQ(any.admin_org.plen4, 10);
	expect_result(&w.admin, 0, "");
	m.what = 1;
	end_send(&w.admin, MSG_ADMIN_LIST, &m, -1);
	end_expect(&w.admin, MSG_ADMIN_KEY, &any);
	ATF_REQUIRE_STREQ(any.admin_key.hint, "22222");
	ATF_REQUIRE_EQ(any.admin_key.enrolled, 1U);
	ATF_REQUIRE_EQ(any.admin_key.uses, UINT32_MAX);
	expect_result(&w.admin, 0, "");
	m.what = 2;
	end_send(&w.admin, MSG_ADMIN_LIST, &m, -1);
	end_expect(&w.admin, MSG_ADMIN_SYSTEM, &any);
	ATF_REQUIRE_STREQ(any.admin_system.name, name);
	ATF_REQUIRE_STREQ(any.admin_system.description, "box 1");
	ATF_REQUIRE_EQ(any.admin_system.online, 1);
	expect_result(&w.admin, 0, "");
	m.what = 3;
	end_send(&w.admin, MSG_ADMIN_LIST, &m, -1);
	end_expect(&w.admin, MSG_ADMIN_POLICY, &any);
	ATF_REQUIRE_STREQ(any.admin_policy.name, "web");
	expect_result(&w.admin, 0, "");
	m.what = 4;
	end_send(&w.admin, MSG_ADMIN_LIST, &m, -1);
	end_expect(&w.admin, MSG_ADMIN_TAG, &any);
	ATF_REQUIRE_STREQ(any.admin_tag.name, "servers");
	ATF_REQUIRE_EQ(any.admin_tag.systems, 1U);
	ATF_REQUIRE_EQ(any.admin_tag.keys, 1U);
	ATF_REQUIRE_EQ(any.admin_tag.policies, 1U);
	end_expect(&w.admin, MSG_ADMIN_TAG, &any);
	expect_result(&w.admin, 0, "");
	m.what = 99;
	end_send(&w.admin, MSG_ADMIN_LIST, &m, -1);
	expect_result(&w.admin, 2, "no such list");
	world_end(&w);
}

TEST(a_policyproc_that_is_silent_is_told_to_the_administrator)
{
	struct msg_admin_status	 m;
	struct msg_admin_pin	 pin;
	struct world		 w;

	world_start(&w);
	memset(&m, 0, sizeof(m));
	memset(&pin, 0, sizeof(pin));
	end_send(&w.admin, MSG_ADMIN_STATUS, &m, -1);
	/* Others are served meanwhile. */
	end_send(&w.admin, MSG_ADMIN_PIN, &pin, -1);
	expect_result(&w.admin, 0, "SHA256:pin");
	expect_result(&w.admin, 1, "policyproc does not answer");
	world_end(&w);
}

TEST(garbage_closes_the_client_that_sent_it_and_no_other)
{
	struct msg_admin_pin	 pin;
	union msg_any		 any;
	struct world		 w;
	struct end		 bad;

	world_start(&w);
	admin_open(&w, &bad);
	ATF_REQUIRE(write(bad.fd, "GET / HTTP/1.1\r\n\r\n", 18) == 18);
	ATF_REQUIRE_EQ(end_next(&bad, &any), MSG_NONE);
	end_close(&bad);
	admin_open(&w, &bad);
	/* A message of the table, but not for an administrator. */
	memset(&any, 0, sizeof(any));
	end_send(&bad, MSG_MODEL_GET, &any.model_get, -1);
	ATF_REQUIRE_EQ(end_next(&bad, &any), MSG_NONE);
	end_close(&bad);
	memset(&pin, 0, sizeof(pin));
	end_send(&w.admin, MSG_ADMIN_PIN, &pin, -1);
	expect_result(&w.admin, 0, "SHA256:pin");
	world_end(&w);
}

TEST(a_wrong_request_gets_a_reason_and_the_right_code)
{
	struct msg_admin_org_add	 org;
	struct msg_admin_key_add	 key;
	struct world			 w;

	world_start(&w);
	memset(&org, 0, sizeof(org));
	snprintf(org.name, sizeof(org.name), "Not A Name");
	end_send(&w.admin, MSG_ADMIN_ORG_ADD, &org, -1);
	expect_result(&w.admin, 2, "made of");
	memset(&key, 0, sizeof(key));
	end_send(&w.admin, MSG_ADMIN_KEY_ADD, &key, -1);
	expect_result(&w.admin, 1, "no organisation yet");
	snprintf(key.org, sizeof(key.org), "nobody");
	end_send(&w.admin, MSG_ADMIN_KEY_ADD, &key, -1);
	expect_result(&w.admin, 1, "nobody");
	system_set(&w, "22222", 3);
	expect_result(&w.admin, 1, "22222");
	system_set(&w, "22222", 9);
	expect_result(&w.admin, 2, "unknown action");
	org_add(&w, "acme");
	snprintf(org.name, sizeof(org.name), "acme");
	end_send(&w.admin, MSG_ADMIN_ORG_ADD, &org, -1);
	expect_result(&w.admin, 1, "exists");
	send_enrol(&w, 1);
	expect_enrol_refused(&w, "not known");
	world_end(&w);
}

static void
relay_add(struct world *w, const char *name, uint8_t token)
{
	struct msg_admin_relay_add	 m;
	struct msg_key_made		 key;
	union msg_any			 any;

	memset(&m, 0, sizeof(m));
	snprintf(m.name, sizeof(m.name), "%s", name);
	m.latitude = 412520;
	m.longitude = 373405;
	end_send(&w->admin, MSG_ADMIN_RELAY_ADD, &m, -1);
	end_expect(&w->auth, MSG_KEY_MAKE, &any);
	memset(&key, 0, sizeof(key));
	key.id = any.key_make.id;
	snprintf(key.key, sizeof(key.key), KEY);
	memset(key.key_hash, token, sizeof(key.key_hash));
	end_send(&w->auth, MSG_KEY_MADE, &key, -1);
	expect_result(&w->admin, 0, KEY);
}

static void
relay_set(struct world *w, const char *name, uint8_t action)
{
	struct msg_admin_relay_set	 m;

	memset(&m, 0, sizeof(m));
	snprintf(m.name, sizeof(m.name), "%s", name);
	m.action = action;
	end_send(&w->admin, MSG_ADMIN_RELAY_SET, &m, -1);
}

static void
list_relays(struct world *w)
{
	struct msg_admin_list	 m;

	memset(&m, 0, sizeof(m));
	m.what = 5;
	end_send(&w->admin, MSG_ADMIN_LIST, &m, -1);
}

TEST(relays_are_part_of_the_model)
{
	union msg_any	 any;
	struct world	 w;

	world_start(&w);
	relay_add(&w, "r1", 1);
	relay_set(&w, "r1", 0);
	expect_result(&w.admin, 0, "disabled");
	model_get(&w);
	end_expect(&w.policy, MSG_MODEL_RELAY, &any);
	ATF_CHECK_EQ(any.model_relay.relay, 1);
	ATF_CHECK_STREQ(any.model_relay.name, "r1");
	ATF_CHECK_EQ(any.model_relay.token_hash[31], 1);
	ATF_CHECK_EQ(any.model_relay.enabled, 0);
	ATF_CHECK_EQ(any.model_relay.latitude, 412520);
	ATF_CHECK_EQ(any.model_relay.longitude, 373405);
	end_expect(&w.policy, MSG_MODEL_READY, &any);
	relay_set(&w, "r1", 1);
	expect_result(&w.admin, 0, "enabled");
	end_expect(&w.policy, MSG_MODEL_RELAY, &any);
	ATF_CHECK_EQ(any.model_relay.enabled, 1);
	relay_add(&w, "r2", 2);
	end_expect(&w.policy, MSG_MODEL_RELAY, &any);
	ATF_CHECK_STREQ(any.model_relay.name, "r2");
	relay_set(&w, "r1", 2);
	expect_result(&w.admin, 0, "deleted");
	end_expect(&w.policy, MSG_MODEL_RELAY_GONE, &any);
	ATF_CHECK_EQ(any.model_relay_gone.relay, 1);
	relay_set(&w, "r1", 2);
	expect_result(&w.admin, 1, "there is no relay");
	relay_set(&w, "r2", 3);
	expect_result(&w.admin, 2, "unknown action");
	world_end(&w);
}

TEST(relays_are_listed_with_what_they_told_last)
{
	struct msg_relay_seen	 seen;
	union msg_any		 any;
	struct world		 w;

	world_start(&w);
	relay_add(&w, "r1", 1);
	relay_add(&w, "r2", 2);
	model_get(&w);
	end_expect(&w.policy, MSG_MODEL_RELAY, &any);
	memset(&seen, 0, sizeof(seen));
	seen.relay = 2;
	seen.online = 1;
	seen.pairs = 3;
	seen.bytes = 4000;
	seen.refused = 5;
	end_send(&w.policy, MSG_RELAY_SEEN, &seen, -1);
	/* On one channel: what was sent before is known. */
	model_get(&w);
	while (end_next(&w.policy, &any) != MSG_MODEL_READY)
		continue;
	while (end_next(&w.policy, &any) != MSG_MODEL_READY)
		continue;
	list_relays(&w);
	end_expect(&w.admin, MSG_ADMIN_RELAY, &any);
	ATF_CHECK_STREQ(any.admin_relay.name, "r1");
	ATF_CHECK_EQ(any.admin_relay.online, 0);
	ATF_CHECK_EQ(any.admin_relay.latitude, 412520);
	end_expect(&w.admin, MSG_ADMIN_RELAY, &any);
	ATF_CHECK_STREQ(any.admin_relay.name, "r2");
	ATF_CHECK_EQ(any.admin_relay.online, 1);
	ATF_CHECK_EQ(any.admin_relay.pairs, 3);
	ATF_CHECK_EQ(any.admin_relay.bytes, 4000);
	ATF_CHECK_EQ(any.admin_relay.refused, 5);
	expect_result(&w.admin, 0, "");
	/* Nobody is connected to a policyproc that has ended. */
	end_close(&w.policy);
	player_join(&w.p, ROLE_POLICY, 0, &w.policy);
	model_get(&w);
	while (end_next(&w.policy, &any) != MSG_MODEL_READY)
		continue;
	list_relays(&w);
	end_expect(&w.admin, MSG_ADMIN_RELAY, &any);
	end_expect(&w.admin, MSG_ADMIN_RELAY, &any);
	ATF_CHECK_EQ(any.admin_relay.online, 0);
	expect_result(&w.admin, 0, "");
	world_end(&w);
}

TEST(a_relay_that_exists_gets_no_second_token)
{
	struct msg_admin_relay_add	 m;
	struct world			 w;

	world_start(&w);
	relay_add(&w, "r1", 1);
	memset(&m, 0, sizeof(m));
	snprintf(m.name, sizeof(m.name), "r1");
	end_send(&w.admin, MSG_ADMIN_RELAY_ADD, &m, -1);
	expect_result(&w.admin, 1, "exists already");
	snprintf(m.name, sizeof(m.name), "R1");
	end_send(&w.admin, MSG_ADMIN_RELAY_ADD, &m, -1);
	expect_result(&w.admin, 2, "the name of a relay");
	end_expect_nothing(&w.auth);
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_system_enrols_and_is_there_after_a_restart);
	ATF_TP_ADD_TC(tp, each_change_is_told_to_policyproc_as_a_difference);
	ATF_TP_ADD_TC(tp, lists_end_with_a_result);
	ATF_TP_ADD_TC(tp,
	    policies_that_end_are_disabled_or_deleted_at_that_time);
	ATF_TP_ADD_TC(tp, active_hours_are_checked_stored_and_shown);
	ATF_TP_ADD_TC(tp,
	    a_policyproc_that_is_silent_is_told_to_the_administrator);
	ATF_TP_ADD_TC(tp, garbage_closes_the_client_that_sent_it_and_no_other);
	ATF_TP_ADD_TC(tp, a_wrong_request_gets_a_reason_and_the_right_code);
	ATF_TP_ADD_TC(tp, relays_are_part_of_the_model);
	ATF_TP_ADD_TC(tp, relays_are_listed_with_what_they_told_last);
	ATF_TP_ADD_TC(tp, a_relay_that_exists_gets_no_second_token);
	return atf_no_error();
}
