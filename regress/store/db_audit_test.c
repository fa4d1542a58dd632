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
 * The audit log: every change has its row, none is ever changed, and one
 * that was is found.
 */

#include "audit/audit.h"
#include "db_fixture.h"

/* "who:type.action:name" of each row, joined; the caller frees it. */
static char *
log_text(struct db *db)
{
	struct db_audit_row	 r;
	int64_t			 after = 0;
	char			*text;
	size_t			 size = 1 << 20, len = 0;

	ATF_REQUIRE((text = calloc(1, size)) != NULL);
	while (db_audit_next(db, after, NULL, &r) == DB_OK) {
		len += (size_t)snprintf(text + len, size - len,
		    "%s:%s.%s:%s\n", r.actor, r.type, r.action, r.name);
		ATF_REQUIRE(len < size);
		after = r.id;
		db_audit_row_free(&r);
	}
	return text;
}

/* The id of the first bad row, 0: none; steps of slice rows. */
static int64_t
verify(struct db *db, size_t slice)
{
	struct audit_walk	 w;
	const char		*why;
	int			 done = 0;

	memset(&w, 0, sizeof(w));
	while (!done)
		CHECK_OK(db, db_audit_verify(db, &w, slice, &done, &why));
	if (why == NULL)
		ATF_CHECK_EQ((int64_t)w.last,
		    fixture_count(db, "SELECT count(*) FROM audit"));
	return why == NULL ? 0 : (int64_t)w.last + 1;
}

static void
policy_init(struct db_policy *p, int64_t org)
{
	memset(p, 0, sizeof(*p));
	p->org = org;
	strlcpy(p->name, "web \"quoted\"", sizeof(p->name));
	p->enabled = 1;
	p->created = NOW;
	p->nsenders = p->nreceivers = p->nacls = 1;
	strlcpy(p->senders[0].name, "people", sizeof(p->senders[0].name));
	strlcpy(p->receivers[0].name, "servers",
	    sizeof(p->receivers[0].name));
	p->acls[0].protocol = DB_PROTO_TCP;
	p->acls[0].port_low = p->acls[0].port_high = 443;
}

/* Some of everything; returns the system's id. */
static int64_t
scenario(struct db *db)
{
	struct db_system	 sys;
	struct db_policy	 p;
	const char		*why;
	int64_t			 org, key;

	db_actor(db, "unix:0");
	org = fixture_org(db, "acme", 0, 0);
	key = fixture_key(db, org, 1, 9);
	CHECK_OK(db, fixture_enrol(db, 1, 1, &sys, &why));
	CHECK_OK(db, db_cert_issue(db, sys.id, (const uint8_t *)"cert", 4,
	    sys.identity));
	db_actor(db, "unix:1000");
	CHECK_OK(db, db_key_set_enabled(db, key, 0));
	CHECK_OK(db, db_key_top_up(db, key, 3));
	CHECK_OK(db, db_key_delete(db, key));
	CHECK_OK(db, db_system_set_state(db, sys.id, DB_SYSTEM_DISABLED));
	CHECK_OK(db, db_system_set_state(db, sys.id, DB_SYSTEM_ENABLED));
	CHECK_OK(db, db_system_set_description(db, sys.id, "renamed"));
	CHECK_OK(db, db_system_tag_add(db, sys.id, "blue"));
	CHECK_OK(db, db_system_tag_remove(db, sys.id, "blue"));
	policy_init(&p, org);
	CHECK_OK(db, db_policy_add(db, &p));
	p.acls[0].port_high = 444;
	CHECK_OK(db, db_policy_replace(db, &p));
	CHECK_OK(db, db_policy_set_enabled(db, p.id, 0));
	CHECK_OK(db, db_policy_delete(db, p.id));
	return sys.id;
}

ATF_TC_WITHOUT_HEAD(every_change_leaves_its_row);
ATF_TC_BODY(every_change_leaves_its_row, tc)
{
	struct db		*db = fixture_open();
	struct db_system	 sys;
	struct db_relay		 relay;
	struct db_test		 test;
	char			 want[2048], *got;
	const char		*n;
	int64_t			 id = scenario(db);

	memset(&relay, 0, sizeof(relay));
	strlcpy(relay.name, "r1", sizeof(relay.name));
	relay.token_hash[0] = 7;
	CHECK_OK(db, db_relay_add(db, &relay));
	CHECK_OK(db, db_relay_set_enabled(db, relay.id, 1));
	CHECK_OK(db, db_relay_set_enabled(db, relay.id, 0));
	CHECK_OK(db, db_relay_delete(db, relay.id));
	CHECK_OK(db, db_system_get(db, id, &sys));
	memset(&test, 0, sizeof(test));
	test.org = sys.org;
	strlcpy(test.name, "t", sizeof(test.name));
	strlcpy(test.sender, "people", sizeof(test.sender));
	strlcpy(test.receiver, sys.name, sizeof(test.receiver));
	test.protocol = DB_PROTO_TCP;
	test.port = 443;
	CHECK_OK(db, db_test_add(db, &test));
	test.allow = 1;
	CHECK_OK(db, db_test_set(db, &test));
	CHECK_OK(db, db_test_delete(db, test.id));
	n = sys.name;
	CHECK_OK(db, db_system_set_state(db, id, DB_SYSTEM_REVOKED));
	CHECK_OK(db, db_system_delete(db, id));
	snprintf(want, sizeof(want),
	    "unix:0:organisation.add:acme\n"
	    "unix:0:key.add:ABCDE\n"
	    "system:%s:system.enrol:%s\n"
	    "system:%s:system.certificate:%s\n"
	    "unix:1000:key.disable:ABCDE\n"
	    "unix:1000:key.change:ABCDE\n"
	    "unix:1000:key.delete:ABCDE\n"
	    "unix:1000:system.disable:%s\n"
	    "unix:1000:system.enable:%s\n"
	    "unix:1000:system.change:%s\n"
	    "unix:1000:system.tag:%s\n"
	    "unix:1000:system.untag:%s\n"
	    "unix:1000:policy.add:web \"quoted\"\n"
	    "unix:1000:policy.change:web \"quoted\"\n"
	    "unix:1000:policy.disable:web \"quoted\"\n"
	    "unix:1000:policy.delete:web \"quoted\"\n"
	    "unix:1000:relay.add:r1\n"
	    "unix:1000:relay.enable:r1\n"
	    "unix:1000:relay.disable:r1\n"
	    "unix:1000:relay.delete:r1\n"
	    "unix:1000:test.add:t\n"
	    "unix:1000:test.change:t\n"
	    "unix:1000:test.delete:t\n"
	    "unix:1000:system.revoke:%s\n"
	    "unix:1000:system.delete:%s\n",
	    n, n, n, n, n, n, n, n, n, n, n);
	got = log_text(db);
	ATF_CHECK_STREQ(got, want);
	ATF_CHECK_EQ(fixture_count(db,
	    "SELECT count(*) FROM audit WHERE type = 'database'"), 0);
	ATF_CHECK_EQ(verify(db, 1000), 0);
	free(got);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(row_has_the_object_before_and_after);
ATF_TC_BODY(row_has_the_object_before_and_after, tc)
{
	struct db		*db = fixture_open();
	struct db_audit_row	 r;
	int64_t			 org = fixture_org(db, "acme", 0, 0), after;
	struct db_policy	 p;

	policy_init(&p, org);
	CHECK_OK(db, db_policy_add(db, &p));
	CHECK_OK(db, db_policy_set_enabled(db, p.id, 0));
	CHECK_OK(db, db_audit_tail(db, 1, "acme", &after));
	CHECK_OK(db, db_audit_next(db, after, "acme", &r));
	ATF_CHECK_STREQ(r.before, "{\"name\":\"web \\\"quoted\\\"\","
	    "\"enabled\":true,\"notAfter\":0,\"endAction\":\"disable\","
	    "\"days\":0,\"startMinute\":0,\"endMinute\":0,"
	    "\"timeZone\":\"\",\"notes\":\"\",\"senders\":[\"people\"],"
	    "\"receivers\":[\"servers\"],\"requirements\":[],"
	    "\"acls\":[{\"protocol\":6,"
	    "\"low\":443,\"high\":443,\"description\":\"\"}]}");
	ATF_CHECK(strstr(r.after, "\"enabled\":false") != NULL);
	ATF_CHECK_EQ(r.object, p.id);
	ATF_CHECK_STREQ(r.org, "acme");
	db_audit_row_free(&r);
	CHECK_RESULT(db, DB_NOTFOUND, db_audit_next(db, 0, "other", &r));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(change_that_fails_or_changes_nothing_leaves_no_row);
ATF_TC_BODY(change_that_fails_or_changes_nothing_leaves_no_row, tc)
{
	struct db		*db = fixture_open();
	int64_t			 id = scenario(db), n;

	n = fixture_count(db, "SELECT count(*) FROM audit");
	CHECK_OK(db, db_system_set_state(db, id, DB_SYSTEM_ENABLED));
	CHECK_RESULT(db, DB_NOTFOUND, db_system_tag_remove(db, id, "x"));
	CHECK_RESULT(db, DB_NOTFOUND, db_policy_delete(db, 99));
	CHECK_OK(db, db_system_set_description(db, id, "renamed"));
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM audit"), n);
	/* A row that cannot be written undoes the change. */
	ATF_REQUIRE_EQ(sqlite3_exec(db->handle, "CREATE TEMP TRIGGER inject"
	    " BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'injected');"
	    " END", NULL, NULL, NULL), SQLITE_OK);
	CHECK_RESULT(db, DB_ERROR, db_system_tag_add(db, id, "y"));
	ATF_CHECK_EQ(fixture_count(db,
	    "SELECT count(*) FROM tags WHERE name = 'y'"), 0);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(no_hash_of_a_secret_is_in_the_log);
ATF_TC_BODY(no_hash_of_a_secret_is_in_the_log, tc)
{
	struct db	*db = fixture_open();
	struct db_relay	 relay;

	scenario(db);
	memset(&relay, 0, sizeof(relay));
	strlcpy(relay.name, "r1", sizeof(relay.name));
	memset(relay.token_hash, 0x5a, sizeof(relay.token_hash));
	CHECK_OK(db, db_relay_add(db, &relay));
	/* fixture_hash is of 0x5a as well. */
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM audit WHERE"
	    " instr(lower(coalesce(before, '') || coalesce(after, '')),"
	    " '5a5a5a5a') <> 0"), 0);
	ATF_CHECK(fixture_count(db, "SELECT count(*) FROM audit WHERE"
	    " instr(after, 'laptops') <> 0") > 0);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(rows_are_neither_changed_nor_deleted);
ATF_TC_BODY(rows_are_neither_changed_nor_deleted, tc)
{
	struct db	*db = fixture_open();
	int64_t		 n;

	scenario(db);
	n = fixture_count(db, "SELECT count(*) FROM audit");
	ATF_CHECK(sqlite3_exec(db->handle, "DELETE FROM audit", NULL, NULL,
	    NULL) != SQLITE_OK);
	ATF_CHECK(sqlite3_exec(db->handle, "UPDATE audit SET actor = 'x'",
	    NULL, NULL, NULL) != SQLITE_OK);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM audit"), n);
	db_close(db);
}

/* As one who has the file writes into it. */
static void
tamper(const char *sql)
{
	sqlite3	*handle;
	char	*err = NULL;

	ATF_REQUIRE_EQ(sqlite3_open(PATH, &handle), SQLITE_OK);
	ATF_REQUIRE_EQ(sqlite3_exec(handle, "DROP TRIGGER audit_keep;"
	    "DROP TRIGGER audit_unchanged", NULL, NULL, NULL), SQLITE_OK);
	ATF_REQUIRE_MSG(sqlite3_exec(handle, sql, NULL, NULL, &err) ==
	    SQLITE_OK, "%s: %s", sql, err);
	sqlite3_close(handle);
}

ATF_TC_WITHOUT_HEAD(row_that_was_tampered_with_is_found);
ATF_TC_BODY(row_that_was_tampered_with_is_found, tc)
{
	static const struct {
		const char	*sql;
		int64_t		 bad;
	} cases[] = {
		{ "UPDATE audit SET time = time + 1 WHERE id = 5", 5 },
		{ "UPDATE audit SET org = 'x' WHERE id = 5", 5 },
		{ "UPDATE audit SET actor = 'x' WHERE id = 5", 5 },
		{ "UPDATE audit SET action = 'x' WHERE id = 5", 5 },
		{ "UPDATE audit SET type = 'x' WHERE id = 5", 5 },
		{ "UPDATE audit SET object = 7 WHERE id = 5", 5 },
		{ "UPDATE audit SET name = 'x' WHERE id = 5", 5 },
		{ "UPDATE audit SET before = '{}' WHERE id = 5", 5 },
		{ "UPDATE audit SET after = NULL WHERE id = 5", 5 },
		{ "UPDATE audit SET before = '' WHERE id = 1", 1 },
		{ "UPDATE audit SET hash = zeroblob(32) WHERE id = 5", 5 },
		{ "UPDATE audit SET previous = randomblob(32)"
		    " WHERE id = 5", 5 },
		{ "DELETE FROM audit WHERE id = 5", 5 },
		{ "DELETE FROM audit WHERE id < 3", 1 },
	};
	struct db	*db;
	size_t		 i;

	fixture_dir();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		db = fixture_reopen();
		scenario(db);
		ATF_REQUIRE_EQ(verify(db, 3), 0);
		db_close(db);
		tamper(cases[i].sql);
		db = fixture_reopen();
		ATF_CHECK_EQ_MSG(verify(db, 3), cases[i].bad, "%s",
		    cases[i].sql);
		db_close(db);
		ATF_REQUIRE(unlink(PATH) == 0);
	}
}

ATF_TC_WITHOUT_HEAD(hash_is_as_the_header_says);
ATF_TC_BODY(hash_is_as_the_header_says, tc)
{
	/* Computed from the description by another program. */
	static const uint8_t	 want[4] = { 0xe6, 0x7c, 0x83, 0x6f };
	struct audit_record	 r;
	uint8_t			 hash[AUDIT_HASH_LEN];

	memset(&r, 0, sizeof(r));
	r.id = 1;
	r.time = 1700000000;
	r.org = "acme";
	r.actor = "unix:0";
	r.action = "add";
	r.type = "organisation";
	r.object = 1;
	r.name = "acme";
	r.after = "{}";
	audit_hash(&r, hash);
	ATF_CHECK(memcmp(hash, want, sizeof(want)) == 0);
	/* What is absent is not what is empty. */
	r.before = "";
	audit_hash(&r, hash);
	ATF_CHECK(memcmp(hash, want, sizeof(want)) != 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_change_leaves_its_row);
	ATF_TP_ADD_TC(tp, row_has_the_object_before_and_after);
	ATF_TP_ADD_TC(tp, change_that_fails_or_changes_nothing_leaves_no_row);
	ATF_TP_ADD_TC(tp, no_hash_of_a_secret_is_in_the_log);
	ATF_TP_ADD_TC(tp, rows_are_neither_changed_nor_deleted);
	ATF_TP_ADD_TC(tp, row_that_was_tampered_with_is_found);
	ATF_TP_ADD_TC(tp, hash_is_as_the_header_says);
	return atf_no_error();
}
