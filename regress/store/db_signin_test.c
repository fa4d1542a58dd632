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
 * Sign-ins in the database.
 */

#include "policy/condition.h"
#include "db_fixture.h"

struct seen {
	int			 n;
	struct db_signin	 last;
};

static int
see(const struct db_signin *s, void *arg)
{
	struct seen	*seen = arg;

	seen->n++;
	seen->last = *s;
	return 0;
}

static int64_t
requirement(struct db *db, int64_t org, unsigned int type, const char *name)
{
	struct db_requirement	 r;

	memset(&r, 0, sizeof(r));
	r.org = org;
	r.type = type;
	r.created = NOW;
	strlcpy(r.name, name, sizeof(r.name));
	strlcpy(r.conditions, type == REQUIREMENT_SIGNIN ?
	    "issuer https://id.example\nclient enclave" : "",
	    sizeof(r.conditions));
	CHECK_OK(db, db_requirement_add(db, &r));
	return r.id;
}

static void
signin_init(struct db_signin *s, int64_t id, int64_t system)
{
	memset(s, 0, sizeof(*s));
	s->requirement = id;
	s->system = system;
	s->digest = INT64_MAX;
	s->until = NOW + 100;
	strlcpy(s->subject, "ada", sizeof(s->subject));
}

ATF_TC_WITHOUT_HEAD(a_sign_in_is_kept_until_it_ends_or_is_withdrawn);
ATF_TC_BODY(a_sign_in_is_kept_until_it_ends_or_is_withdrawn, tc)
{
	struct db		*db = fixture_open();
	struct db_system	 sys;
	struct db_signin	 s;
	struct seen		 seen = { 0 };
	const char		*why;
	int64_t			 org = fixture_org(db, "o", 0, 0), id;
	int64_t			 revision;

	fixture_key(db, org, 1, DB_USES_UNLIMITED);
	CHECK_OK(db, fixture_enrol(db, 1, 1, &sys, &why));
	id = requirement(db, org, REQUIREMENT_SIGNIN, "staff");
	revision = fixture_revision(db);
	signin_init(&s, id, sys.id);
	CHECK_OK(db, db_signin_set(db, &s));
	s.until = NOW + 200;
	CHECK_OK(db, db_signin_set(db, &s));
	/* Once in the log, and not with each renewal. */
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM audit WHERE"
	    " action = 'sign-in' AND actor LIKE 'system:_____' AND after"
	    " ->> '$.signedIn.staff' = 'ada'"), 1);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM audit WHERE"
	    " action = 'sign-in'"), 1);
	CHECK_OK(db, db_each_signin(db, NOW, see, &seen));
	ATF_CHECK_EQ(seen.n, 1);
	ATF_CHECK_EQ(seen.last.until, NOW + 200);
	ATF_CHECK_EQ(seen.last.digest, (uint64_t)INT64_MAX);
	ATF_CHECK_STREQ(seen.last.subject, "ada");
	/* It is no change of what an administrator has said. */
	ATF_CHECK_EQ(fixture_revision(db), revision);
	seen.n = 0;
	CHECK_OK(db, db_each_signin(db, NOW + 200, see, &seen));
	ATF_CHECK_EQ(seen.n, 0);
	CHECK_OK(db, db_signin_sweep(db, NOW + 199));
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM signins"), 1);
	CHECK_OK(db, db_signin_sweep(db, NOW + 200));
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM signins"), 0);
	CHECK_OK(db, db_signin_set(db, &s));
	s.until = 0;
	CHECK_OK(db, db_signin_set(db, &s));
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM audit WHERE"
	    " action = 'sign-out'"), 1);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM signins"), 0);
	/* And it goes with its system, and with its requirement. */
	s.until = NOW + 1;
	CHECK_OK(db, db_signin_set(db, &s));
	CHECK_OK(db, db_requirement_delete(db, id));
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM signins"), 0);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(a_sign_in_is_of_one_organisation_and_type);
ATF_TC_BODY(a_sign_in_is_of_one_organisation_and_type, tc)
{
	struct db		*db = fixture_open();
	struct db_system	 sys;
	struct db_signin	 s;
	const char		*why;
	int64_t			 a = fixture_org(db, "a", 0x0a000000, 24);
	int64_t			 b = fixture_org(db, "b", 0x0a000100, 24);

	fixture_key(db, a, 1, DB_USES_UNLIMITED);
	CHECK_OK(db, fixture_enrol(db, 1, 1, &sys, &why));
	signin_init(&s, requirement(db, b, REQUIREMENT_SIGNIN, "staff"),
	    sys.id);
	CHECK_RESULT(db, DB_NOTFOUND, db_signin_set(db, &s));
	s.requirement = requirement(db, a, REQUIREMENT_MANUAL, "approved");
	CHECK_RESULT(db, DB_NOTFOUND, db_signin_set(db, &s));
	s.requirement = requirement(db, a, REQUIREMENT_SIGNIN, "staff");
	s.subject[0] = '\n';
	CHECK_RESULT(db, DB_INVALID, db_signin_set(db, &s));
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM signins"), 0);
	db_close(db);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_sign_in_is_kept_until_it_ends_or_is_withdrawn);
	ATF_TP_ADD_TC(tp, a_sign_in_is_of_one_organisation_and_type);
	return atf_no_error();
}
