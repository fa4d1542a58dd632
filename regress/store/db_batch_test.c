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
 * Several changes as one: all of them, or none and not a trace.
 */

#include "audit/audit.h"
#include "db_fixture.h"

static char	 told[4096];

static void
note_told(void *arg, const struct db_change_note *note)
{
	size_t	 len = strlen(told);

	(void)arg;
	snprintf(told + len, sizeof(told) - len, "%s %s %s.%s;",
	    note->is_gone ? "gone" : note->is_new ? "new" : "changed",
	    note->type, note->org, note->name);
}

static void
policy_init(struct db_policy *p, int64_t org, const char *name)
{
	memset(p, 0, sizeof(*p));
	p->org = org;
	strlcpy(p->name, name, sizeof(p->name));
	p->enabled = 1;
	p->created = NOW;
	p->nsenders = p->nreceivers = p->nacls = 1;
	strlcpy(p->senders[0].name, "people", sizeof(p->senders[0].name));
	strlcpy(p->receivers[0].name, "servers",
	    sizeof(p->receivers[0].name));
	p->acls[0].protocol = DB_PROTO_TCP;
	p->acls[0].port_low = p->acls[0].port_high = 443;
}

static void
check_chain(struct db *db)
{
	struct audit_walk	 w;
	const char		*why;
	int			 done = 0;

	memset(&w, 0, sizeof(w));
	while (!done)
		CHECK_OK(db, db_audit_verify(db, &w, 100, &done, &why));
	ATF_REQUIRE_MSG(why == NULL, "%s", why);
}

static int64_t
rows(struct db *db)
{
	return fixture_count(db, "SELECT (SELECT count(*) FROM policies) + "
	    "100 * (SELECT count(*) FROM audit) + "
	    "10000 * (SELECT count(*) FROM tags)");
}

ATF_TC_WITHOUT_HEAD(a_batch_is_kept_as_a_whole);
ATF_TC_BODY(a_batch_is_kept_as_a_whole, tc)
{
	struct db		*db = fixture_open();
	struct db_policy	 p, q;
	int64_t			 org, revision;

	org = fixture_org(db, "acme", 0, 0);
	revision = fixture_revision(db);
	db_on_change(db, note_told, NULL);
	CHECK_OK(db, db_batch_begin(db));
	policy_init(&p, org, "one");
	CHECK_OK(db, db_policy_add(db, &p));
	policy_init(&q, org, "two");
	CHECK_OK(db, db_policy_add(db, &q));
	CHECK_OK(db, db_policy_set_enabled(db, p.id, 0));
	CHECK_OK(db, db_policy_delete(db, q.id));
	ATF_CHECK_STREQ(told, "");
	CHECK_OK(db, db_batch_end(db, 1));
	/* Once each, as it is in the end; what came and went never was. */
	ATF_CHECK_STREQ(told, "new policy acme.one;");
	db_close(db);
	db = fixture_reopen();
	CHECK_OK(db, db_policy_get(db, p.id, &p));
	ATF_CHECK_EQ(p.enabled, 0);
	CHECK_RESULT(db, DB_NOTFOUND, db_policy_get(db, q.id, &q));
	ATF_CHECK_EQ(fixture_revision(db), revision + 4);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM audit"), 5);
	check_chain(db);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(of_a_batch_that_is_not_kept_nothing_is_left);
ATF_TC_BODY(of_a_batch_that_is_not_kept_nothing_is_left, tc)
{
	struct db		*db = fixture_open();
	struct db_policy	 p, q;
	int64_t			 org, revision, before;

	org = fixture_org(db, "acme", 0, 0);
	policy_init(&p, org, "one");
	CHECK_OK(db, db_policy_add(db, &p));
	revision = fixture_revision(db);
	before = rows(db);
	db_on_change(db, note_told, NULL);
	CHECK_OK(db, db_batch_begin(db));
	policy_init(&q, org, "two");
	strlcpy(q.senders[0].name, "else", sizeof(q.senders[0].name));
	CHECK_OK(db, db_policy_add(db, &q));
	CHECK_OK(db, db_policy_delete(db, p.id));
	ATF_CHECK(rows(db) != before);
	CHECK_OK(db, db_batch_end(db, 0));
	ATF_CHECK_EQ(rows(db), before);
	ATF_CHECK_EQ(fixture_revision(db), revision);
	/* The service dies in the middle of one. */
	CHECK_OK(db, db_batch_begin(db));
	CHECK_OK(db, db_policy_add(db, &q));
	db_close(db);
	db = fixture_reopen();
	ATF_CHECK_EQ(rows(db), before);
	ATF_CHECK_STREQ(told, "");
	check_chain(db);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(a_change_that_fails_takes_nothing_else_along);
ATF_TC_BODY(a_change_that_fails_takes_nothing_else_along, tc)
{
	struct db		*db = fixture_open();
	struct db_policy	 p, q;
	int64_t			 org;

	org = fixture_org(db, "acme", 0, 0);
	policy_init(&p, org, "one");
	policy_init(&q, org, "one");
	strlcpy(q.senders[0].name, "else", sizeof(q.senders[0].name));
	CHECK_OK(db, db_batch_begin(db));
	CHECK_OK(db, db_policy_add(db, &p));
	CHECK_RESULT(db, DB_EXISTS, db_policy_add(db, &q));
	CHECK_RESULT(db, DB_NOTFOUND, db_policy_delete(db, 4711));
	CHECK_OK(db, db_policy_set_enabled(db, p.id, 0));
	CHECK_OK(db, db_batch_end(db, 1));
	CHECK_OK(db, db_policy_get(db, p.id, &p));
	ATF_CHECK_EQ(p.enabled, 0);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM tags WHERE "
	    "name = 'else'"), 0);
	check_chain(db);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(batches_are_not_nested);
ATF_TC_BODY(batches_are_not_nested, tc)
{
	struct db		*db = fixture_open();
	struct db_policy	 p;
	int64_t			 org;

	org = fixture_org(db, "acme", 0, 0);
	CHECK_RESULT(db, DB_REFUSED, db_batch_end(db, 1));
	CHECK_OK(db, db_batch_begin(db));
	CHECK_RESULT(db, DB_REFUSED, db_batch_begin(db));
	policy_init(&p, org, "one");
	CHECK_OK(db, db_policy_add(db, &p));
	CHECK_OK(db, db_batch_end(db, 1));
	CHECK_RESULT(db, DB_REFUSED, db_batch_end(db, 0));
	CHECK_OK(db, db_policy_get(db, p.id, &p));
	db_close(db);
}

/* What a full disk does: sqlite undoes the whole transaction by itself. */
ATF_TC_WITHOUT_HEAD(a_batch_that_the_database_undid_is_not_kept);
ATF_TC_BODY(a_batch_that_the_database_undid_is_not_kept, tc)
{
	struct db		*db = fixture_open();
	struct db_policy	 p, q;
	int64_t			 org, before;

	org = fixture_org(db, "acme", 0, 0);
	before = rows(db);
	policy_init(&p, org, "one");
	policy_init(&q, org, "two");
	CHECK_OK(db, db_batch_begin(db));
	CHECK_OK(db, db_policy_add(db, &p));
	ATF_REQUIRE_EQ(sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL),
	    SQLITE_OK);
	CHECK_RESULT(db, DB_ERROR, db_policy_add(db, &q));
	CHECK_RESULT(db, DB_ERROR, db_batch_end(db, 1));
	ATF_CHECK_EQ(rows(db), before);
	CHECK_OK(db, db_policy_add(db, &q));
	check_chain(db);
	db_close(db);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_batch_is_kept_as_a_whole);
	ATF_TP_ADD_TC(tp, of_a_batch_that_is_not_kept_nothing_is_left);
	ATF_TP_ADD_TC(tp, a_change_that_fails_takes_nothing_else_along);
	ATF_TP_ADD_TC(tp, batches_are_not_nested);
	ATF_TP_ADD_TC(tp, a_batch_that_the_database_undid_is_not_kept);
	return atf_no_error();
}
