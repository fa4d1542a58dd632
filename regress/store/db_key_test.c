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
 * Enrolment keys beyond enrolment itself: sources, expiry with its action,
 * changes, counts.
 */

#include "regress/store/db_fixture.h"

static void
source(struct db_key *key, const char *range, const char *text)
{
	struct db_source	*s = &key->sources[key->nsources++];

	ATF_REQUIRE(range_parse(&s->range, range) == NULL);
	strlcpy(s->description, text, sizeof(s->description));
}

static enum db_result
enrol_from(struct db *db, uint32_t seq, const char *address,
    const char **why)
{
	struct db_enrolment	 in;
	struct db_system	 out;
	uint8_t			 hash[DB_KEY_LEN];

	fixture_hash(hash, 1);
	fixture_enrolment(&in, seq);
	ATF_REQUIRE(endpoint_parse(&in.source, address, 4711) == 0);
	return db_enrol(db, hash, &in, &out, why);
}

ATF_TC_WITHOUT_HEAD(a_key_is_good_from_its_sources_only);
ATF_TC_BODY(a_key_is_good_from_its_sources_only, tc)
{
	struct db	*db = fixture_open();
	struct db_key	 key;
	const char	*why;
	uint8_t		 hash[DB_KEY_LEN];

	fixture_key_init(&key, fixture_org(db, "o", 0, 0));
	key.uses_remaining = 3;
	source(&key, "192.0.2.0/24", "office");
	source(&key, "2001:db8::5-2001:db8::9", "");
	fixture_hash(hash, 1);
	CHECK_OK(db, db_key_add(db, &key, hash));
	CHECK_RESULT(db, DB_REFUSED, enrol_from(db, 1, "192.0.3.1", &why));
	ATF_CHECK_STREQ(why, "enrolment key is not for this address");
	CHECK_RESULT(db, DB_REFUSED, enrol_from(db, 1, "2001:db8::a", &why));
	CHECK_OK(db, enrol_from(db, 1, "192.0.2.255", &why));
	CHECK_OK(db, enrol_from(db, 2, "2001:db8::9", &why));
	/* Not even the system that it enrolled may come from elsewhere. */
	CHECK_RESULT(db, DB_REFUSED, enrol_from(db, 1, "192.0.3.1", &why));
	CHECK_OK(db, db_key_get(db, key.id, &key));
	ATF_CHECK_EQ(key.uses_remaining, 1);
	ATF_REQUIRE_EQ(key.nsources, 2);
	ATF_CHECK_STREQ(key.sources[0].description, "office");
	ATF_CHECK_EQ(key.sources[1].range.family, 6);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(new_values_of_a_key_are_checked);
ATF_TC_BODY(new_values_of_a_key_are_checked, tc)
{
	struct db	*db = fixture_open();
	struct db_key	 key, bad;
	uint8_t		 hash[DB_KEY_LEN];
	int		 i;

	fixture_key_init(&key, fixture_org(db, "o", 0, 0));
	fixture_hash(hash, 1);
	bad = key;
	bad.action = 3;
	CHECK_RESULT(db, DB_INVALID, db_key_add(db, &bad, hash));
	bad = key;
	strlcpy(bad.notes, "a\nb", sizeof(bad.notes));
	CHECK_RESULT(db, DB_INVALID, db_key_add(db, &bad, hash));
	bad = key;
	source(&bad, "192.0.2.1", "\a");
	CHECK_RESULT(db, DB_INVALID, db_key_add(db, &bad, hash));
	bad = key;
	bad.nsources = 1;
	CHECK_RESULT(db, DB_INVALID, db_key_add(db, &bad, hash));
	for (i = 0; i < DB_SOURCES_MAX; i++)
		source(&key, "192.0.2.1", "");
	bad = key;
	bad.nsources = DB_SOURCES_MAX + 1;
	CHECK_RESULT(db, DB_INVALID, db_key_add(db, &bad, hash));
	CHECK_OK(db, db_key_add(db, &key, hash));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(a_change_leaves_what_it_does_not_name);
ATF_TC_BODY(a_change_leaves_what_it_does_not_name, tc)
{
	struct db	*db = fixture_open();
	struct db_key	 key, bad;
	int64_t		 org = fixture_org(db, "o", 0, 0);
	int64_t		 id = fixture_key(db, org, 1, 4), revision;

	CHECK_OK(db, db_key_get(db, id, &key));
	strlcpy(key.notes, "ask Ann", sizeof(key.notes));
	key.ntags = 1;
	strlcpy(key.tags[0].name, "new", sizeof(key.tags[0].name));
	key.not_after = NOW + 99;
	key.action = DB_KEY_DELETE;
	source(&key, "192.0.2.1", "x");
	key.uses_remaining = 99;	/* not by this way */
	revision = fixture_revision(db);
	CHECK_OK(db, db_key_change(db, &key));
	ATF_CHECK_EQ(fixture_revision(db), revision + 1);
	CHECK_OK(db, db_key_get(db, id, &key));
	ATF_CHECK_STREQ(key.description, "laptops");
	ATF_CHECK_STREQ(key.notes, "ask Ann");
	ATF_CHECK_EQ(key.uses_remaining, 4);
	ATF_CHECK_EQ(key.not_after, NOW + 99);
	ATF_CHECK_EQ(key.action, DB_KEY_DELETE);
	ATF_CHECK_EQ(key.nsources, 1);
	ATF_REQUIRE_EQ(key.ntags, 1);
	ATF_CHECK_STREQ(key.tags[0].name, "new");
	/* Tags that nothing has any more are gone. */
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM tags"), 1);
	bad = key;
	strlcpy(bad.tags[0].name, "No", sizeof(bad.tags[0].name));
	CHECK_RESULT(db, DB_INVALID, db_key_change(db, &bad));
	bad.id = 99;
	CHECK_RESULT(db, DB_NOTFOUND, db_key_change(db, &bad));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(expiries_come_in_order_and_happen_once);
ATF_TC_BODY(expiries_come_in_order_and_happen_once, tc)
{
	struct db	*db = fixture_open();
	int64_t		 org = fixture_org(db, "o", 0, 0), id, when, ids[4];
	struct db_key	 key;
	uint32_t	 i;

	CHECK_RESULT(db, DB_NOTFOUND, db_key_next_expiry(db, &id, &when));
	for (i = 0; i < 4; i++) {
		ids[i] = fixture_key(db, org, i, 1);
		CHECK_OK(db, db_key_get(db, ids[i], &key));
		key.not_after = i == 3 ? 0 : NOW + 10 - (int64_t)i;
		key.action = i == 1 ? DB_KEY_DELETE : DB_KEY_DISABLE;
		CHECK_OK(db, db_key_change(db, &key));
	}
	CHECK_OK(db, db_key_next_expiry(db, &id, &when));
	ATF_CHECK_EQ(id, ids[2]);
	ATF_CHECK_EQ(when, NOW + 8);
	CHECK_OK(db, db_key_expire(db, id));
	CHECK_OK(db, db_key_get(db, id, &key));
	ATF_CHECK_EQ(key.enabled, 0);
	CHECK_OK(db, db_key_next_expiry(db, &id, &when));
	ATF_CHECK_EQ(id, ids[1]);
	/* A key that is off already still is to be deleted. */
	CHECK_OK(db, db_key_set_enabled(db, id, 0));
	CHECK_OK(db, db_key_next_expiry(db, &id, &when));
	ATF_CHECK_EQ(id, ids[1]);
	CHECK_OK(db, db_key_expire(db, id));
	CHECK_RESULT(db, DB_NOTFOUND, db_key_get(db, id, &key));
	CHECK_RESULT(db, DB_NOTFOUND, db_key_expire(db, id));
	CHECK_OK(db, db_key_next_expiry(db, &id, &when));
	ATF_CHECK_EQ(id, ids[0]);
	CHECK_OK(db, db_key_set_enabled(db, id, 0));
	CHECK_RESULT(db, DB_NOTFOUND, db_key_next_expiry(db, &id, &when));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(a_key_counts_its_systems_that_wait_for_approval);
ATF_TC_BODY(a_key_counts_its_systems_that_wait_for_approval, tc)
{
	struct db		*db = fixture_open();
	struct db_system	 sys;
	struct db_key		 key;
	const char		*why;
	uint8_t			 hash[DB_KEY_LEN];
	uint32_t		 i;

	fixture_key_init(&key, fixture_org(db, "o", 0, 0));
	key.approval = DB_APPROVAL_MANUAL;
	fixture_hash(hash, 1);
	CHECK_OK(db, db_key_add(db, &key, hash));
	for (i = 0; i < 3; i++)
		CHECK_OK(db, fixture_enrol(db, 1, i, &sys, &why));
	CHECK_OK(db, db_key_get(db, key.id, &key));
	ATF_CHECK_EQ(key.unapproved_count, 3);
	CHECK_OK(db, db_system_set_state(db, sys.id, DB_SYSTEM_ENABLED));
	CHECK_OK(db, db_key_get(db, key.id, &key));
	ATF_CHECK_EQ(key.unapproved_count, 2);
	ATF_CHECK_EQ(key.enrolled_count, 3);
	ATF_CHECK_EQ(key.last_used, NOW + 10);
	db_close(db);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_key_is_good_from_its_sources_only);
	ATF_TP_ADD_TC(tp, new_values_of_a_key_are_checked);
	ATF_TP_ADD_TC(tp, a_change_leaves_what_it_does_not_name);
	ATF_TP_ADD_TC(tp, expiries_come_in_order_and_happen_once);
	ATF_TP_ADD_TC(tp, a_key_counts_its_systems_that_wait_for_approval);
	return atf_no_error();
}
