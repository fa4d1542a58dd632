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
 * Policies in the database, lists, and loading everything at start.
 */

#include <stdint.h>

#include "db_fixture.h"

static struct db_policy
fixture_policy(int64_t org)
{
	struct db_policy	 policy;

	memset(&policy, 0, sizeof(policy));
	policy.org = org;
	strlcpy(policy.name, "Web servers", sizeof(policy.name));
	policy.enabled = 1;
	policy.not_after = NOW + 1000;
	policy.created = NOW;
	policy.days = 0x1f;
	policy.start = 480;
	policy.end = 1080;
	strlcpy(policy.zone, "Europe/Berlin", sizeof(policy.zone));
	policy.end_action = DB_END_DELETE;
	strlcpy(policy.notes, "asked for by Z\xc3\xbcrich",
	    sizeof(policy.notes));
	policy.nsenders = 2;
	strlcpy(policy.senders[0].name, "laptop", DB_TAG_NAME_MAX + 1);
	strlcpy(policy.senders[1].name, "admin", DB_TAG_NAME_MAX + 1);
	policy.nreceivers = 1;
	strlcpy(policy.receivers[0].name, "web", DB_TAG_NAME_MAX + 1);
	policy.nacls = 3;
	policy.acls[0].protocol = DB_PROTO_TCP;
	policy.acls[0].port_low = policy.acls[0].port_high = 443;
	strlcpy(policy.acls[0].description, "https", DB_ACL_TEXT_MAX + 1);
	policy.acls[1].protocol = DB_PROTO_ICMP;
	policy.acls[1].port_high = UINT16_MAX;
	policy.acls[2].protocol = DB_PROTO_UDP;
	policy.acls[2].port_low = 4000;
	policy.acls[2].port_high = 4999;
	return policy;
}

ATF_TC_WITHOUT_HEAD(policy_comes_back_as_it_was_given);
ATF_TC_BODY(policy_comes_back_as_it_was_given, tc)
{
	struct db		*db = fixture_open();
	struct db_policy	 policy, got;

	policy = fixture_policy(fixture_org(db, "o", 0, 0));
	CHECK_OK(db, db_policy_add(db, &policy));
	CHECK_OK(db, db_policy_get(db, policy.id, &got));
	ATF_CHECK_STREQ(got.name, "Web servers");
	ATF_CHECK_EQ(got.org, policy.org);
	ATF_CHECK_EQ(got.enabled, 1);
	ATF_CHECK_EQ(got.not_after, NOW + 1000);
	ATF_CHECK_EQ(got.created, NOW);
	ATF_CHECK_EQ(got.days, 0x1f);
	ATF_CHECK(got.start == 480 && got.end == 1080);
	ATF_CHECK_STREQ(got.zone, "Europe/Berlin");
	ATF_CHECK_EQ(got.end_action, DB_END_DELETE);
	ATF_CHECK_STREQ(got.notes, policy.notes);
	ATF_REQUIRE_EQ(got.nsenders, 2);
	ATF_CHECK_STREQ(got.senders[0].name, "admin");
	ATF_CHECK_STREQ(got.senders[1].name, "laptop");
	ATF_REQUIRE_EQ(got.nreceivers, 1);
	ATF_CHECK_STREQ(got.receivers[0].name, "web");
	ATF_REQUIRE_EQ(got.nacls, 3);
	ATF_CHECK(memcmp(got.acls, policy.acls, sizeof(got.acls)) == 0);
	CHECK_RESULT(db, DB_NOTFOUND, db_policy_get(db, 99, &got));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(the_policy_that_ends_next_is_known);
ATF_TC_BODY(the_policy_that_ends_next_is_known, tc)
{
	struct db		*db = fixture_open();
	int64_t			 org = fixture_org(db, "o", 0, 0), first;
	struct db_policy	 policy = fixture_policy(org), got;

	CHECK_RESULT(db, DB_NOTFOUND, db_policy_next_end(db, &got));
	CHECK_OK(db, db_policy_add(db, &policy));
	first = policy.id;
	strlcpy(policy.name, "sooner", sizeof(policy.name));
	policy.not_after = NOW + 10;
	policy.end_action = DB_END_DISABLE;
	CHECK_OK(db, db_policy_add(db, &policy));
	CHECK_OK(db, db_policy_next_end(db, &got));
	ATF_CHECK_EQ(got.id, policy.id);
	ATF_CHECK_EQ(got.not_after, NOW + 10);
	/* Disabled, it has had its end; the other is there to be deleted. */
	CHECK_OK(db, db_policy_set_enabled(db, policy.id, 0));
	CHECK_OK(db, db_policy_set_enabled(db, first, 0));
	CHECK_OK(db, db_policy_next_end(db, &got));
	ATF_CHECK_EQ(got.id, first);
	ATF_CHECK_EQ(got.end_action, DB_END_DELETE);
	CHECK_OK(db, db_policy_delete(db, first));
	CHECK_RESULT(db, DB_NOTFOUND, db_policy_next_end(db, &got));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(policy_values_are_checked);
ATF_TC_BODY(policy_values_are_checked, tc)
{
	struct db		*db = fixture_open();
	struct db_policy	 good, bad;
	int64_t			 org = fixture_org(db, "o", 0, 0), rev;

	good = fixture_policy(org);
	rev = fixture_revision(db);
	bad = good;
	bad.name[0] = '\0';
	CHECK_RESULT(db, DB_INVALID, db_policy_add(db, &bad));
	bad = good;
	memset(bad.name, 'a', sizeof(bad.name));
	CHECK_RESULT(db, DB_INVALID, db_policy_add(db, &bad));
	bad = good;
	bad.nsenders = DB_TAGS_MAX + 1;
	CHECK_RESULT(db, DB_INVALID, db_policy_add(db, &bad));
	bad = good;
	bad.nacls = DB_ACLS_MAX + 1;
	CHECK_RESULT(db, DB_INVALID, db_policy_add(db, &bad));
	bad = good;
	bad.end = 1441;
	CHECK_RESULT(db, DB_INVALID, db_policy_add(db, &bad));
	bad = good;
	bad.days = 0x80;
	CHECK_RESULT(db, DB_INVALID, db_policy_add(db, &bad));
	bad = good;
	strlcpy(bad.zone, "../UTC", sizeof(bad.zone));
	CHECK_RESULT(db, DB_INVALID, db_policy_add(db, &bad));
	bad = good;
	bad.end_action = 2;
	CHECK_RESULT(db, DB_INVALID, db_policy_add(db, &bad));
	bad = good;
	strlcpy(bad.notes, "a\033[2J", sizeof(bad.notes));
	CHECK_RESULT(db, DB_INVALID, db_policy_add(db, &bad));
	bad = good;
	bad.acls[0].port_low = 444;
	CHECK_RESULT(db, DB_INVALID, db_policy_add(db, &bad));
	bad = good;
	bad.acls[1].port_high = 7;
	CHECK_RESULT(db, DB_INVALID, db_policy_add(db, &bad));
	bad = good;
	bad.acls[1].protocol = 47;
	CHECK_RESULT(db, DB_INVALID, db_policy_add(db, &bad));
	bad = good;
	bad.not_after = -1;
	CHECK_RESULT(db, DB_INVALID, db_policy_add(db, &bad));
	bad = good;
	bad.org = 99;
	CHECK_RESULT(db, DB_NOTFOUND, db_policy_add(db, &bad));
	ATF_CHECK_EQ(fixture_revision(db), rev);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM tags"), 0);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(policy_name_is_unique_within_an_organisation);
ATF_TC_BODY(policy_name_is_unique_within_an_organisation, tc)
{
	struct db		*db = fixture_open();
	struct db_policy	 policy;
	int64_t			 a = fixture_org(db, "a", 0, 0);
	int64_t			 b = fixture_org(db, "b", 0, 0);

	policy = fixture_policy(a);
	CHECK_OK(db, db_policy_add(db, &policy));
	CHECK_RESULT(db, DB_EXISTS, db_policy_add(db, &policy));
	policy.org = b;
	CHECK_OK(db, db_policy_add(db, &policy));
	policy.org = a;
	strlcpy(policy.name, "Other", sizeof(policy.name));
	CHECK_OK(db, db_policy_add(db, &policy));
	strlcpy(policy.name, "Web servers", sizeof(policy.name));
	CHECK_RESULT(db, DB_EXISTS, db_policy_replace(db, &policy));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(replacing_a_policy_leaves_nothing_of_the_old);
ATF_TC_BODY(replacing_a_policy_leaves_nothing_of_the_old, tc)
{
	struct db		*db = fixture_open();
	struct db_policy	 policy, got;
	int64_t			 org = fixture_org(db, "o", 0, 0);
	size_t			 i;

	policy = fixture_policy(org);
	CHECK_OK(db, db_policy_add(db, &policy));
	CHECK_OK(db, db_policy_get(db, policy.id, &got));
	policy.org = 99;		/* not read */
	policy.nsenders = 1;
	policy.nacls = DB_ACLS_MAX;
	for (i = 0; i < DB_ACLS_MAX; i++) {
		memset(&policy.acls[i], 0, sizeof(policy.acls[i]));
		policy.acls[i].protocol = DB_PROTO_TCP;
		policy.acls[i].port_low = (uint16_t)(DB_ACLS_MAX - i);
		policy.acls[i].port_high = UINT16_MAX;
	}
	CHECK_OK(db, db_policy_replace(db, &policy));
	policy = got;
	CHECK_OK(db, db_policy_get(db, policy.id, &got));
	ATF_CHECK_EQ(got.org, org);
	ATF_REQUIRE_EQ(got.nsenders, 1);
	/* policyproc knows tags by id, so a tag that stays keeps its id. */
	ATF_CHECK_EQ(got.senders[0].id, policy.senders[1].id);
	ATF_REQUIRE_EQ(got.nacls, DB_ACLS_MAX);
	for (i = 0; i < DB_ACLS_MAX; i++)
		ATF_CHECK_EQ(got.acls[i].port_low, DB_ACLS_MAX - i);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM tags"
	    " WHERE name = 'admin'"), 0);
	policy.id = 99;
	CHECK_RESULT(db, DB_NOTFOUND, db_policy_replace(db, &policy));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(failed_replacement_keeps_the_old_policy);
ATF_TC_BODY(failed_replacement_keeps_the_old_policy, tc)
{
	struct db		*db = fixture_open();
	struct db_policy	 policy, before, after;

	policy = fixture_policy(fixture_org(db, "o", 0, 0));
	CHECK_OK(db, db_policy_add(db, &policy));
	CHECK_OK(db, db_policy_get(db, policy.id, &before));
	ATF_REQUIRE_EQ(sqlite3_exec(db->handle, "CREATE TEMP TRIGGER inject "
	    "BEFORE INSERT ON policy_acls WHEN new.position = 2 BEGIN "
	    "SELECT RAISE(ABORT, 'injected'); END", NULL, NULL, NULL),
	    SQLITE_OK);
	strlcpy(policy.name, "New", sizeof(policy.name));
	CHECK_RESULT(db, DB_ERROR, db_policy_replace(db, &policy));
	CHECK_OK(db, db_policy_get(db, policy.id, &after));
	ATF_CHECK(memcmp(&before, &after, sizeof(before)) == 0);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(deleting_a_policy_removes_its_lists);
ATF_TC_BODY(deleting_a_policy_removes_its_lists, tc)
{
	struct db		*db = fixture_open();
	struct db_policy	 policy;

	policy = fixture_policy(fixture_org(db, "o", 0, 0));
	CHECK_OK(db, db_policy_add(db, &policy));
	CHECK_OK(db, db_policy_set_enabled(db, policy.id, 0));
	CHECK_OK(db, db_policy_get(db, policy.id, &policy));
	ATF_CHECK_EQ(policy.enabled, 0);
	CHECK_OK(db, db_policy_delete(db, policy.id));
	CHECK_RESULT(db, DB_NOTFOUND, db_policy_delete(db, policy.id));
	CHECK_RESULT(db, DB_NOTFOUND, db_policy_set_enabled(db, policy.id,
	    1));
	ATF_CHECK_EQ(fixture_count(db, "SELECT (SELECT count(*) FROM"
	    " policy_tags) + (SELECT count(*) FROM policy_acls) +"
	    " (SELECT count(*) FROM tags)"), 0);
	db_close(db);
}

struct walk {
	struct db	*db;
	int64_t		 last;
	int64_t		 org;
	size_t		 count;
	size_t		 stop;
	size_t		 tags;
	int64_t		 laptop;
};

static int
delete_system(const struct db_system *sys, void *arg)
{
	struct walk	*walk = arg;

	ATF_CHECK(sys->id > walk->last);
	walk->last = sys->id;
	CHECK_OK(walk->db, db_system_delete(walk->db, sys->id));
	return ++walk->count == walk->stop;
}

ATF_TC_WITHOUT_HEAD(callback_of_a_list_may_change_it_and_stop_it);
ATF_TC_BODY(callback_of_a_list_may_change_it_and_stop_it, tc)
{
	struct walk		 walk = { .stop = 3 };
	struct db_system	 sys;
	const char		*why;
	int64_t			 org;
	uint32_t		 i;

	walk.db = fixture_open();
	org = fixture_org(walk.db, "o", 0, 0);
	fixture_key(walk.db, org, 1, 9);
	for (i = 1; i <= 5; i++)
		CHECK_OK(walk.db, fixture_enrol(walk.db, 1, i, &sys, &why));
	CHECK_OK(walk.db, db_system_list(walk.db, org, delete_system, &walk));
	ATF_CHECK_EQ(walk.count, 3);
	CHECK_OK(walk.db, db_system_list(walk.db, org, delete_system, &walk));
	ATF_CHECK_EQ(walk.count, 5);
	db_close(walk.db);
}

static int
count_org(const struct db_org *org, void *arg)
{
	((struct walk *)arg)->count += org->id > 0;
	return 0;
}

static int
count_tag(int64_t org, const struct db_tag *tag, void *arg)
{
	struct walk	*walk = arg;

	walk->count++;
	if (org == walk->org && strcmp(tag->name, "laptop") == 0)
		walk->laptop = tag->id;
	return 0;
}

static int
count_key(const struct db_key *key, void *arg)
{
	((struct walk *)arg)->count++;
	ATF_CHECK_EQ(key->ntags, 2);
	return 0;
}

static int
count_system(const struct db_system *sys, void *arg)
{
	struct walk	*walk = arg;

	walk->count++;
	if (sys->org == walk->org)
		ATF_CHECK_EQ(sys->tags[1].id, walk->laptop);
	else
		ATF_CHECK(sys->tags[1].id != walk->laptop);
	ATF_CHECK_STREQ(sys->tags[1].name, "laptop");
	return 0;
}

static int
count_policy(const struct db_policy *policy, void *arg)
{
	struct walk	*walk = arg;

	walk->count++;
	if (policy->org == walk->org)
		ATF_CHECK_EQ(policy->senders[1].id, walk->laptop);
	return 0;
}

ATF_TC_WITHOUT_HEAD(everything_of_every_organisation_is_loaded);
ATF_TC_BODY(everything_of_every_organisation_is_loaded, tc)
{
	struct db		*db = fixture_open();
	struct db_policy	 policy;
	struct db_system	 sys;
	struct walk		 walk;
	const char		*why;
	int64_t			 a = fixture_org(db, "a", 0, 0);
	int64_t			 b = fixture_org(db, "b", 0, 0);

	memset(&walk, 0, sizeof(walk));
	fixture_key(db, a, 1, 9);
	fixture_key(db, b, 2, 9);
	CHECK_OK(db, fixture_enrol(db, 1, 1, &sys, &why));
	CHECK_OK(db, fixture_enrol(db, 2, 2, &sys, &why));
	CHECK_OK(db, fixture_enrol(db, 2, 3, &sys, &why));
	policy = fixture_policy(a);
	CHECK_OK(db, db_policy_add(db, &policy));
	policy = fixture_policy(b);
	CHECK_OK(db, db_policy_add(db, &policy));
	walk.org = b;
	CHECK_OK(db, db_each_org(db, count_org, &walk));
	ATF_CHECK_EQ(walk.count, 2);
	walk.count = 0;
	CHECK_OK(db, db_each_tag(db, count_tag, &walk));
	ATF_CHECK_EQ(walk.count, 8);
	ATF_CHECK(walk.laptop != 0);
	walk.count = 0;
	CHECK_OK(db, db_each_system(db, count_system, &walk));
	ATF_CHECK_EQ(walk.count, 3);
	walk.count = 0;
	CHECK_OK(db, db_each_policy(db, count_policy, &walk));
	ATF_CHECK_EQ(walk.count, 2);
	walk.count = 0;
	CHECK_OK(db, db_policy_list(db, b, count_policy, &walk));
	CHECK_OK(db, db_system_list(db, b, count_system, &walk));
	CHECK_OK(db, db_key_list(db, b, count_key, &walk));
	CHECK_OK(db, db_org_list(db, count_org, &walk));
	ATF_CHECK_EQ(walk.count, 1 + 2 + 1 + 2);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(revision_grows_by_one_with_each_change);
ATF_TC_BODY(revision_grows_by_one_with_each_change, tc)
{
	struct db		*db = fixture_open();
	struct db_policy	 policy;
	struct db_system	 sys;
	const char		*why;
	int64_t			 rev = 0, org, key;

#define GREW	ATF_CHECK_EQ(fixture_revision(db), ++rev)
	org = fixture_org(db, "o", 0, 0);
	GREW;
	key = fixture_key(db, org, 1, 9);
	GREW;
	CHECK_OK(db, fixture_enrol(db, 1, 1, &sys, &why));
	GREW;
	CHECK_OK(db, db_cert_issue(db, sys.id,
	    (const uint8_t *)"c", 1, sys.identity));
	GREW;
	CHECK_OK(db, db_system_tag_add(db, sys.id, "new"));
	GREW;
	CHECK_OK(db, db_system_tag_add(db, sys.id, "new"));
	CHECK_RESULT(db, DB_INVALID, db_system_tag_add(db, sys.id, ""));
	CHECK_OK(db, db_system_tag_remove(db, sys.id, "new"));
	GREW;
	CHECK_OK(db, db_system_set_state(db, sys.id, DB_SYSTEM_DISABLED));
	GREW;
	CHECK_OK(db, db_system_set_description(db, sys.id, "x"));
	GREW;
	policy = fixture_policy(org);
	CHECK_OK(db, db_policy_add(db, &policy));
	GREW;
	CHECK_RESULT(db, DB_EXISTS, db_policy_add(db, &policy));
	CHECK_OK(db, db_policy_set_enabled(db, policy.id, 0));
	GREW;
	CHECK_OK(db, db_policy_replace(db, &policy));
	GREW;
	CHECK_OK(db, db_policy_delete(db, policy.id));
	GREW;
	CHECK_OK(db, db_key_top_up(db, key, 1));
	GREW;
	CHECK_OK(db, db_key_set_enabled(db, key, 0));
	GREW;
	CHECK_OK(db, db_key_delete(db, key));
	GREW;
	CHECK_OK(db, db_system_delete(db, sys.id));
	GREW;
	db_close(db);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, policy_comes_back_as_it_was_given);
	ATF_TP_ADD_TC(tp, policy_values_are_checked);
	ATF_TP_ADD_TC(tp, the_policy_that_ends_next_is_known);
	ATF_TP_ADD_TC(tp, policy_name_is_unique_within_an_organisation);
	ATF_TP_ADD_TC(tp, replacing_a_policy_leaves_nothing_of_the_old);
	ATF_TP_ADD_TC(tp, failed_replacement_keeps_the_old_policy);
	ATF_TP_ADD_TC(tp, deleting_a_policy_removes_its_lists);
	ATF_TP_ADD_TC(tp, callback_of_a_list_may_change_it_and_stop_it);
	ATF_TP_ADD_TC(tp, everything_of_every_organisation_is_loaded);
	ATF_TP_ADD_TC(tp, revision_grows_by_one_with_each_change);
	return atf_no_error();
}
