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
 * Trust requirements and tags as objects in the database.
 */

#include "policy/condition.h"
#include "db_fixture.h"

static void
requirement_init(struct db_requirement *r, int64_t org, const char *name,
    unsigned int type, const char *conditions)
{
	memset(r, 0, sizeof(*r));
	r->org = org;
	r->type = type;
	r->created = NOW;
	strlcpy(r->name, name, sizeof(r->name));
	strlcpy(r->notes, "why", sizeof(r->notes));
	strlcpy(r->conditions, conditions, sizeof(r->conditions));
}

static int64_t
manual(struct db *db, int64_t org, const char *name)
{
	struct db_requirement	 r;

	requirement_init(&r, org, name, REQUIREMENT_MANUAL, "");
	CHECK_OK(db, db_requirement_add(db, &r));
	return r.id;
}

static void
policy_init(struct db_policy *p, int64_t org, const char *requirement)
{
	memset(p, 0, sizeof(*p));
	p->org = org;
	p->enabled = 1;
	strlcpy(p->name, "p", sizeof(p->name));
	p->nrequirements = 1;
	strlcpy(p->requirements[0].name, requirement,
	    sizeof(p->requirements[0].name));
}

ATF_TC_WITHOUT_HEAD(a_requirement_comes_back_as_it_was_added);
ATF_TC_BODY(a_requirement_comes_back_as_it_was_added, tc)
{
	struct db		*db = fixture_open();
	struct db_requirement	 r, got;
	int64_t			 org = fixture_org(db, "o", 0, 0);

	requirement_init(&r, org, "new-enough", REQUIREMENT_SYSTEM,
	    "os linux\nkernel >= 6.1");
	CHECK_OK(db, db_requirement_add(db, &r));
	CHECK_OK(db, db_requirement_get(db, r.id, &got));
	ATF_CHECK_STREQ(got.name, "new-enough");
	ATF_CHECK_STREQ(got.notes, "why");
	ATF_CHECK_STREQ(got.conditions, "os linux\nkernel >= 6.1");
	ATF_CHECK_EQ(got.type, REQUIREMENT_SYSTEM);
	ATF_CHECK_EQ(got.created, NOW);
	strlcpy(got.conditions, "os openbsd", sizeof(got.conditions));
	CHECK_OK(db, db_requirement_set(db, &got));
	CHECK_OK(db, db_requirement_get_name(db, org, "new-enough", &got));
	ATF_CHECK_STREQ(got.conditions, "os openbsd");
	CHECK_OK(db, db_requirement_delete(db, got.id));
	CHECK_RESULT(db, DB_NOTFOUND, db_requirement_get(db, got.id, &got));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(wrong_values_of_a_requirement_are_refused);
ATF_TC_BODY(wrong_values_of_a_requirement_are_refused, tc)
{
	struct db		*db = fixture_open();
	struct db_requirement	 r;
	int64_t			 org = fixture_org(db, "o", 0, 0);

	requirement_init(&r, org, "A", REQUIREMENT_MANUAL, "");
	CHECK_RESULT(db, DB_INVALID, db_requirement_add(db, &r));
	requirement_init(&r, org, "a", 9, "");
	CHECK_RESULT(db, DB_INVALID, db_requirement_add(db, &r));
	requirement_init(&r, org, "a", REQUIREMENT_SYSTEM,
	    "os linux\nos Linux");
	CHECK_RESULT(db, DB_INVALID, db_requirement_add(db, &r));
	ATF_CHECK_MSG(strstr(db_errstr(db), "condition 2") != NULL, "%s",
	    db_errstr(db));
	requirement_init(&r, org, "a", REQUIREMENT_MANUAL, "");
	CHECK_OK(db, db_requirement_add(db, &r));
	CHECK_RESULT(db, DB_EXISTS, db_requirement_add(db, &r));
	r.id++;
	CHECK_RESULT(db, DB_NOTFOUND, db_requirement_set(db, &r));
	CHECK_RESULT(db, DB_NOTFOUND, db_requirement_delete(db, r.id));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(a_requirement_in_use_stays);
ATF_TC_BODY(a_requirement_in_use_stays, tc)
{
	struct db		*db = fixture_open();
	struct db_tag_object	 t;
	struct db_policy	 p, got;
	uint32_t		 policies, tags;
	int64_t			 org = fixture_org(db, "o", 0, 0), id;

	id = manual(db, org, "approved");
	policy_init(&p, org, "approved");
	CHECK_OK(db, db_policy_add(db, &p));
	CHECK_OK(db, db_policy_get(db, p.id, &got));
	ATF_REQUIRE_EQ(got.nrequirements, 1);
	ATF_CHECK_EQ(got.requirements[0].id, id);
	CHECK_RESULT(db, DB_REFUSED, db_requirement_delete(db, id));
	memset(&t, 0, sizeof(t));
	t.org = org;
	strlcpy(t.name, "web", sizeof(t.name));
	t.nrequirements = 2;		/* named twice, counts once */
	strlcpy(t.requirements[0].name, "approved", 65);
	strlcpy(t.requirements[1].name, "approved", 65);
	CHECK_OK(db, db_tag_set(db, &t));
	CHECK_OK(db, db_requirement_uses(db, id, &policies, &tags));
	ATF_CHECK_EQ(policies, 1);
	ATF_CHECK_EQ(tags, 1);
	p.nrequirements = 0;
	CHECK_OK(db, db_policy_replace(db, &p));
	CHECK_RESULT(db, DB_REFUSED, db_requirement_delete(db, id));
	CHECK_OK(db, db_tag_delete(db, org, "web"));
	CHECK_OK(db, db_requirement_delete(db, id));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(one_organisation_does_not_see_the_names_of_another);
ATF_TC_BODY(one_organisation_does_not_see_the_names_of_another, tc)
{
	struct db		*db = fixture_open();
	struct db_requirement	 r;
	struct db_tag_object	 t;
	struct db_policy	 p;
	int64_t			 a = fixture_org(db, "a", 0x0a000000, 24);
	int64_t			 b = fixture_org(db, "b", 0x0a000100, 24);

	manual(db, a, "approved");
	CHECK_RESULT(db, DB_NOTFOUND,
	    db_requirement_get_name(db, b, "approved", &r));
	policy_init(&p, b, "approved");
	CHECK_RESULT(db, DB_INVALID, db_policy_add(db, &p));
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM policies"), 0);
	memset(&t, 0, sizeof(t));
	t.org = b;
	strlcpy(t.name, "web", sizeof(t.name));
	t.nrequirements = 1;
	t.requirements[0] = p.requirements[0];
	CHECK_RESULT(db, DB_INVALID, db_tag_set(db, &t));
	CHECK_RESULT(db, DB_NOTFOUND, db_tag_get(db, b, "web", &t));
	/* The same name serves in both. */
	manual(db, b, "approved");
	CHECK_OK(db, db_policy_add(db, &p));
	db_close(db);
}

static int
grants(const struct db_grant *g, void *arg)
{
	int	*sum = arg;

	*sum += g->granted ? 100 : 1;
	return 0;
}

ATF_TC_WITHOUT_HEAD(an_answer_is_kept_for_one_system_of_the_organisation);
ATF_TC_BODY(an_answer_is_kept_for_one_system_of_the_organisation, tc)
{
	struct db		*db = fixture_open();
	struct db_requirement	 r;
	struct db_system	 sys, other;
	int64_t			 a = fixture_org(db, "a", 0x0a000000, 24);
	int64_t			 b = fixture_org(db, "b", 0x0a000100, 24);
	int64_t			 id = manual(db, a, "approved");
	const char		*why;
	int			 sum = 0;

	fixture_key(db, a, 1, DB_USES_UNLIMITED);
	fixture_key(db, b, 2, DB_USES_UNLIMITED);
	CHECK_OK(db, fixture_enrol(db, 1, 1, &sys, &why));
	CHECK_OK(db, fixture_enrol(db, 2, 2, &other, &why));
	CHECK_OK(db, db_requirement_answer(db, id, sys.id, 1));
	CHECK_OK(db, db_each_grant(db, grants, &sum));
	ATF_CHECK_EQ(sum, 100);
	CHECK_OK(db, db_requirement_answer(db, id, sys.id, 0));
	sum = 0;
	CHECK_OK(db, db_each_grant(db, grants, &sum));
	ATF_CHECK_EQ(sum, 1);
	CHECK_RESULT(db, DB_NOTFOUND,
	    db_requirement_answer(db, id, other.id, 1));
	CHECK_OK(db, db_requirement_answer(db, id, sys.id, -1));
	sum = 0;
	CHECK_OK(db, db_each_grant(db, grants, &sum));
	ATF_CHECK_EQ(sum, 0);
	requirement_init(&r, a, "new", REQUIREMENT_SYSTEM, "os linux");
	CHECK_OK(db, db_requirement_add(db, &r));
	CHECK_RESULT(db, DB_REFUSED,
	    db_requirement_answer(db, r.id, sys.id, 1));
	/* Answers go with their system. */
	CHECK_OK(db, db_requirement_answer(db, id, sys.id, 1));
	CHECK_OK(db, db_system_delete(db, sys.id));
	sum = 0;
	CHECK_OK(db, db_each_grant(db, grants, &sum));
	ATF_CHECK_EQ(sum, 0);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(a_tag_that_was_made_stays_when_unused);
ATF_TC_BODY(a_tag_that_was_made_stays_when_unused, tc)
{
	struct db		*db = fixture_open();
	struct db_tag_object	 t;
	struct db_system	 sys;
	const char		*why;
	int64_t			 org = fixture_org(db, "o", 0, 0);

	fixture_key(db, org, 1, DB_USES_UNLIMITED);
	CHECK_OK(db, fixture_enrol(db, 1, 1, &sys, &why));
	CHECK_OK(db, db_system_tag_add(db, sys.id, "web"));
	CHECK_OK(db, db_system_tag_add(db, sys.id, "implied"));
	CHECK_OK(db, db_tag_get(db, org, "web", &t));
	ATF_CHECK_EQ(t.permanent, 0);
	strlcpy(t.notes, "servers", sizeof(t.notes));
	strlcpy(t.colour, "#00ff7f", sizeof(t.colour));
	CHECK_OK(db, db_tag_set(db, &t));
	CHECK_RESULT(db, DB_REFUSED, db_tag_delete(db, org, "web"));
	CHECK_OK(db, db_system_tag_remove(db, sys.id, "web"));
	CHECK_OK(db, db_system_tag_remove(db, sys.id, "implied"));
	CHECK_RESULT(db, DB_NOTFOUND, db_tag_get(db, org, "implied", &t));
	CHECK_OK(db, db_tag_get(db, org, "web", &t));
	ATF_CHECK_EQ(t.permanent, 1);
	ATF_CHECK_STREQ(t.notes, "servers");
	ATF_CHECK_STREQ(t.colour, "#00ff7f");
	strlcpy(t.colour, "#00FF7F", sizeof(t.colour));
	CHECK_RESULT(db, DB_INVALID, db_tag_set(db, &t));
	strlcpy(t.colour, "red", sizeof(t.colour));
	CHECK_RESULT(db, DB_INVALID, db_tag_set(db, &t));
	CHECK_OK(db, db_tag_delete(db, org, "web"));
	CHECK_RESULT(db, DB_NOTFOUND, db_tag_get(db, org, "web", &t));
	db_close(db);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_requirement_comes_back_as_it_was_added);
	ATF_TP_ADD_TC(tp, wrong_values_of_a_requirement_are_refused);
	ATF_TP_ADD_TC(tp, a_requirement_in_use_stays);
	ATF_TP_ADD_TC(tp, one_organisation_does_not_see_the_names_of_another);
	ATF_TP_ADD_TC(tp,
	    an_answer_is_kept_for_one_system_of_the_organisation);
	ATF_TP_ADD_TC(tp, a_tag_that_was_made_stays_when_unused);
	return atf_no_error();
}
