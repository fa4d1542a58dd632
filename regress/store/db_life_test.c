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
 * The life of systems and organisations in the database: an end of their
 * time, quarantine, changes in one go, deletion, and enrolments that run at
 * the same time.
 */

#include <sys/wait.h>

#include "regress/store/db_fixture.h"

#define CHILDREN	4
#define EACH		20

/* A system that an automatic key has enrolled. */
static int64_t
system_new(struct db *db, int64_t org, uint32_t seq)
{
	struct db_system	 s;
	const char		*why;

	fixture_key(db, org, seq, 1);
	CHECK_OK(db, fixture_enrol(db, seq, seq, &s, &why));
	return s.id;
}

ATF_TC_WITHOUT_HEAD(a_system_with_an_end_comes_to_it_once);
ATF_TC_BODY(a_system_with_an_end_comes_to_it_once, tc)
{
	struct db		*db = fixture_open();
	int64_t			 org = fixture_org(db, "o", 0, 0), a, b;
	int64_t			 id, when;
	struct db_system	 s;

	a = system_new(db, org, 1);
	b = system_new(db, org, 2);
	CHECK_RESULT(db, DB_NOTFOUND, db_system_next_expiry(db, &id, &when));
	CHECK_RESULT(db, DB_INVALID, db_system_set_until(db, a, 0,
	    DB_SYSTEM_DISABLED));
	CHECK_RESULT(db, DB_INVALID, db_system_set_until(db, a, NOW,
	    DB_SYSTEM_ENABLED));
	CHECK_OK(db, db_system_set_state(db, a, DB_SYSTEM_DISABLED));
	CHECK_OK(db, db_system_set_until(db, a, NOW + 9, DB_SYSTEM_DISABLED));
	CHECK_OK(db, db_system_set_until(db, b, NOW + 8, DB_SYSTEM_REVOKED));
	CHECK_OK(db, db_system_get(db, a, &s));
	ATF_CHECK_EQ(s.state, DB_SYSTEM_ENABLED);
	CHECK_OK(db, db_system_next_expiry(db, &id, &when));
	ATF_CHECK_EQ(id, b);
	ATF_CHECK_EQ(when, NOW + 8);
	CHECK_OK(db, db_system_expire(db, b));
	CHECK_OK(db, db_system_get(db, b, &s));
	ATF_CHECK_EQ(s.state, DB_SYSTEM_REVOKED);
	ATF_CHECK_EQ(s.until, 0);
	CHECK_RESULT(db, DB_REFUSED, db_system_set_until(db, b, NOW + 8,
	    DB_SYSTEM_DISABLED));
	CHECK_OK(db, db_system_next_expiry(db, &id, &when));
	ATF_CHECK_EQ(id, a);
	/* Enabled without an end has none any more. */
	CHECK_OK(db, db_system_set_state(db, a, DB_SYSTEM_ENABLED));
	CHECK_RESULT(db, DB_NOTFOUND, db_system_next_expiry(db, &id, &when));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(only_a_system_that_waits_is_declined);
ATF_TC_BODY(only_a_system_that_waits_is_declined, tc)
{
	struct db		*db = fixture_open();
	int64_t			 org = fixture_org(db, "o", 0, 0), id;
	struct db_system	 s;
	struct db_key		 key;
	const char		*why;
	uint8_t			 hash[DB_KEY_LEN];

	id = system_new(db, org, 1);
	CHECK_RESULT(db, DB_REFUSED, db_system_decline(db, id));
	fixture_key_init(&key, org);
	key.approval = DB_APPROVAL_MANUAL;
	fixture_hash(hash, 2);
	CHECK_OK(db, db_key_add(db, &key, hash));
	CHECK_OK(db, fixture_enrol(db, 2, 2, &s, &why));
	CHECK_RESULT(db, DB_REFUSED, db_system_set_until(db, s.id, NOW + 9,
	    DB_SYSTEM_DISABLED));
	CHECK_OK(db, db_system_decline(db, s.id));
	CHECK_RESULT(db, DB_NOTFOUND, db_system_decline(db, s.id));
	/* It may ask again, and is another one then. */
	id = s.id;
	CHECK_OK(db, fixture_enrol(db, 2, 2, &s, &why));
	ATF_CHECK(s.id != id);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(a_quarantine_lasts_until_the_system_is_enabled);
ATF_TC_BODY(a_quarantine_lasts_until_the_system_is_enabled, tc)
{
	struct db		*db = fixture_open();
	int64_t			 org = fixture_org(db, "o", 0, 0), id;
	struct db_system	 s;

	id = system_new(db, org, 1);
	CHECK_OK(db, db_system_clone(db, id, 1, NOW + 5, "192.0.2.9"));
	CHECK_OK(db, db_system_clone(db, id, 0, NOW + 6, "192.0.2.8"));
	CHECK_OK(db, db_system_get(db, id, &s));
	ATF_CHECK_EQ(s.state, DB_SYSTEM_ENABLED);
	ATF_CHECK_EQ(s.quarantined, 1);
	ATF_CHECK_EQ(s.clone_seen, NOW + 6);
	ATF_CHECK_STREQ(s.clone_source, "192.0.2.8");
	db_close(db);
	db = fixture_reopen();
	CHECK_OK(db, db_system_set_state(db, id, DB_SYSTEM_ENABLED));
	CHECK_OK(db, db_system_get(db, id, &s));
	ATF_CHECK_EQ(s.quarantined, 0);
	ATF_CHECK_EQ(s.clone_seen, NOW + 6);
	CHECK_RESULT(db, DB_NOTFOUND, db_system_clone(db, 99, 1, NOW, ""));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(tags_notes_and_description_change_together_or_not);
ATF_TC_BODY(tags_notes_and_description_change_together_or_not, tc)
{
	struct db		*db = fixture_open();
	int64_t			 org = fixture_org(db, "o", 0, 0), id;
	struct db_system	 s, bad;

	id = system_new(db, org, 1);
	CHECK_OK(db, db_system_get(db, id, &s));
	strlcpy(s.description, "new", sizeof(s.description));
	strlcpy(s.notes, "of Ann", sizeof(s.notes));
	s.ntags = 1;
	strlcpy(s.tags[0].name, "only", sizeof(s.tags[0].name));
	CHECK_OK(db, db_system_change(db, &s));
	CHECK_OK(db, db_system_get(db, id, &s));
	ATF_CHECK_STREQ(s.description, "new");
	ATF_CHECK_STREQ(s.notes, "of Ann");
	ATF_REQUIRE_EQ(s.ntags, 1);
	ATF_CHECK_STREQ(s.tags[0].name, "only");
	bad = s;
	strlcpy(bad.description, "other", sizeof(bad.description));
	strlcpy(bad.tags[0].name, "No", sizeof(bad.tags[0].name));
	CHECK_RESULT(db, DB_INVALID, db_system_change(db, &bad));
	CHECK_OK(db, db_system_get(db, id, &s));
	ATF_CHECK_STREQ(s.description, "new");
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(descriptions_are_unique_where_that_is_wanted);
ATF_TC_BODY(descriptions_are_unique_where_that_is_wanted, tc)
{
	struct db		*db = fixture_open();
	int64_t			 id = fixture_org(db, "o", 0, 0), other;
	struct db_system	 s;
	struct db_org		 org;
	const char		*why;

	/* All of the fixture are "a laptop". */
	system_new(db, id, 1);
	other = system_new(db, id, 2);
	CHECK_OK(db, db_org_get(db, id, &org));
	ATF_CHECK_EQ(org.clone, DB_CLONE_REJECT);
	ATF_CHECK_EQ(org.unique_names, 0);
	org.unique_names = 1;
	org.clone = DB_CLONE_REPLACE;
	CHECK_OK(db, db_org_change(db, &org, -1, -1));
	CHECK_OK(db, db_org_get(db, id, &org));
	ATF_CHECK_EQ(org.clone, DB_CLONE_REPLACE);
	org.clone = 4;
	CHECK_RESULT(db, DB_INVALID, db_org_change(db, &org, -1, -1));
	fixture_key(db, id, 3, 1);
	CHECK_RESULT(db, DB_EXISTS, fixture_enrol(db, 3, 3, &s, &why));
	ATF_REQUIRE(why != NULL);
	/* What is there stays, and may be changed to something of its own. */
	CHECK_OK(db, db_system_get(db, other, &s));
	CHECK_OK(db, db_system_change(db, &s));
	strlcpy(s.description, "mine", sizeof(s.description));
	CHECK_OK(db, db_system_change(db, &s));
	strlcpy(s.description, "a laptop", sizeof(s.description));
	CHECK_RESULT(db, DB_EXISTS, db_system_change(db, &s));
	/* Another organisation does not matter. */
	id = fixture_org(db, "p", 0, 0);
	system_new(db, id, 4);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(an_organisation_goes_only_when_nothing_is_left);
ATF_TC_BODY(an_organisation_goes_only_when_nothing_is_left, tc)
{
	struct db	*db = fixture_open();
	int64_t		 id = fixture_org(db, "o", 0, 0), key, sys;
	struct db_org	 org;

	sys = system_new(db, id, 1);
	key = fixture_key(db, id, 2, 1);
	CHECK_RESULT(db, DB_REFUSED, db_org_delete(db, id));
	CHECK_OK(db, db_system_delete(db, sys));
	CHECK_RESULT(db, DB_REFUSED, db_org_delete(db, id));
	CHECK_OK(db, db_key_delete(db, key));
	CHECK_RESULT(db, DB_REFUSED, db_org_delete(db, id));
	CHECK_OK(db, db_key_delete(db, 1));
	CHECK_OK(db, db_org_delete(db, id));
	CHECK_RESULT(db, DB_NOTFOUND, db_org_get(db, id, &org));
	CHECK_RESULT(db, DB_NOTFOUND, db_org_delete(db, id));
	db_close(db);
}

/* Enrols until it has tried enough; exits with how many were refused. */
static void
child(uint32_t n)
{
	struct db_system	 s;
	const char		*err, *why;
	struct db		*db;
	uint32_t		 i;
	int			 refused = 0;

	if ((db = db_open(PATH, &err)) == NULL)
		_exit(100);
	for (i = 0; i < EACH; i++) {
		switch (fixture_enrol(db, 1, n * 1000 + i, &s, &why)) {
		case DB_OK:
			break;
		case DB_REFUSED:
			refused++;
			break;
		default:
			_exit(101);
		}
	}
	db_close(db);
	_exit(refused);
}

ATF_TC_WITHOUT_HEAD(parallel_enrolments_share_no_name_address_or_use);
ATF_TC_BODY(parallel_enrolments_share_no_name_address_or_use, tc)
{
	struct db	*db = fixture_open();
	int		 i, refused = 0, status;
	pid_t		 pids[CHILDREN];

	/* 126 addresses, and fewer uses than there are attempts. */
	fixture_key(db, fixture_org(db, "o", 0x0a000000, 25), 1,
	    CHILDREN * EACH - 7);
	db_close(db);
	for (i = 0; i < CHILDREN; i++) {
		ATF_REQUIRE((pids[i] = fork()) != -1);
		if (pids[i] == 0)
			child((uint32_t)i + 1);
	}
	for (i = 0; i < CHILDREN; i++) {
		ATF_REQUIRE_EQ(waitpid(pids[i], &status, 0), pids[i]);
		ATF_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) < 100);
		refused += WEXITSTATUS(status);
	}
	ATF_CHECK_EQ(refused, 7);
	db = fixture_reopen();
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM systems"),
	    CHILDREN * EACH - 7);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(DISTINCT name) FROM"
	    " systems"), CHILDREN * EACH - 7);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(DISTINCT ipv4) FROM"
	    " systems"), CHILDREN * EACH - 7);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(DISTINCT ipv6) FROM"
	    " systems"), CHILDREN * EACH - 7);
	ATF_CHECK_EQ(fixture_count(db, "SELECT enrolled_count FROM"
	    " enrolment_keys"), CHILDREN * EACH - 7);
	db_close(db);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_system_with_an_end_comes_to_it_once);
	ATF_TP_ADD_TC(tp, only_a_system_that_waits_is_declined);
	ATF_TP_ADD_TC(tp, a_quarantine_lasts_until_the_system_is_enabled);
	ATF_TP_ADD_TC(tp, tags_notes_and_description_change_together_or_not);
	ATF_TP_ADD_TC(tp, descriptions_are_unique_where_that_is_wanted);
	ATF_TP_ADD_TC(tp, an_organisation_goes_only_when_nothing_is_left);
	ATF_TP_ADD_TC(tp, parallel_enrolments_share_no_name_address_or_use);
	return atf_no_error();
}
