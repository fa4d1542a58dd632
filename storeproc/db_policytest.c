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
 * Policy tests: what an administrator wants policies to permit, or not to.
 * Here they are only kept; a change that makes one fail is refused elsewhere.
 */

#include <stdint.h>
#include <string.h>

#include "db_private.h"

static int
end_valid(const char *text, size_t size)
{
	return db_string_ends(text, size) &&
	    (db_tag_name_valid(text) || db_test_names_system(text));
}

int
db_test_names_system(const char *text)
{
	return strlen(text) == DB_NAME_LEN &&
	    strspn(text, DB_NAME_ALPHABET) == DB_NAME_LEN;
}

static enum db_result
test_check(struct db *db, const struct db_test *t)
{
	if (!db_text_valid(t->name, sizeof(t->name)) || t->name[0] == '\0')
		return db_fail(db, DB_INVALID, "the name of a test has 1 to "
		    "%d characters", DB_POLICY_NAME_MAX);
	if (!end_valid(t->sender, sizeof(t->sender)) ||
	    !end_valid(t->receiver, sizeof(t->receiver)))
		return db_fail(db, DB_INVALID, "sender and receiver are each "
		    "a tag or the name of a system");
	if (t->protocol != DB_PROTO_ANY && t->protocol != DB_PROTO_ICMP &&
	    t->protocol != DB_PROTO_TCP && t->protocol != DB_PROTO_UDP)
		return db_fail(db, DB_INVALID, "protocol not valid");
	if ((t->protocol == DB_PROTO_TCP || t->protocol == DB_PROTO_UDP) !=
	    (t->port != 0))
		return db_fail(db, DB_INVALID, "tcp and udp have a port, the "
		    "others none");
	if (t->created < 0)
		return db_fail(db, DB_INVALID, "negative time");
	return DB_OK;
}

static enum db_result
test_read(struct db *db, enum db_stmt id, struct db_args args,
    struct db_test *t)
{
	enum db_result	 result;
	struct db_row	 row;

	memset(t, 0, sizeof(*t));
	result = db_first(db, id, args, &row);
	if (result == DB_NOTFOUND)
		return db_fail(db, DB_NOTFOUND, "no such test");
	if (result != DB_OK)
		return result;
	t->id = db_row_int(&row, 1, INT64_MAX);
	t->org = db_row_int(&row, 1, INT64_MAX);
	db_row_text(&row, t->name, sizeof(t->name));
	db_row_text(&row, t->sender, sizeof(t->sender));
	db_row_text(&row, t->receiver, sizeof(t->receiver));
	t->protocol = (uint8_t)db_row_int(&row, 0, UINT8_MAX);
	t->port = (uint16_t)db_row_int(&row, 0, UINT16_MAX);
	t->allow = (int)db_row_int(&row, 0, 1);
	t->created = db_row_int(&row, 0, INT64_MAX);
	return db_row_end(db, &row);
}

static enum db_result
test_count(struct db *db, enum db_stmt stmt, struct db_args args,
    int64_t *count)
{
	enum db_result	 result;
	struct db_row	 row;

	*count = 0;
	if ((result = db_first(db, stmt, args, &row)) != DB_OK)
		return result;
	*count = db_row_int(&row, 0, INT64_MAX);
	return db_row_end(db, &row);
}

enum db_result
db_test_count(struct db *db, int64_t *count)
{
	return test_count(db, STMT_TEST_COUNT, DB_NO_ARGS, count);
}

static enum db_result
test_insert(struct db *db, const struct db_test *t, int64_t *id)
{
	enum db_result	 result;
	int64_t		 count;

	result = test_count(db, STMT_TEST_COUNT_ORG, DB_ARGS(db_int(t->org)),
	    &count);
	if (result == DB_OK && count >= DB_TESTS_MAX)
		return db_fail(db, DB_LIMIT, "more than %d tests",
		    DB_TESTS_MAX);
	if (result == DB_OK)
		result = db_run(db, STMT_TEST_ADD, DB_ARGS(db_int(t->org),
		    db_text(t->name), db_text(t->sender),
		    db_text(t->receiver), db_int(t->protocol),
		    db_int(t->port), db_int(t->allow != 0),
		    db_int(t->created)));
	if (result != DB_OK)
		return result;
	*id = sqlite3_last_insert_rowid(db->handle);
	return db_audit_new(db, DB_AUDIT_TEST, *id, NULL);
}

enum db_result
db_test_add(struct db *db, struct db_test *t)
{
	enum db_result	 result;
	int64_t		 id = 0;

	if ((result = test_check(db, t)) != DB_OK ||
	    (result = db_begin(db)) != DB_OK)
		return result;
	result = db_end(db, test_insert(db, t, &id), 1);
	if (result == DB_OK)
		t->id = id;
	return result;
}

enum db_result
db_test_set(struct db *db, const struct db_test *t)
{
	enum db_result	 result;

	if ((result = test_check(db, t)) != DB_OK ||
	    (result = db_begin(db)) != DB_OK)
		return result;
	result = db_audit(db, DB_AUDIT_TEST, t->id, NULL);
	if (result == DB_OK)
		result = db_change(db, STMT_TEST_SET, DB_ARGS(db_int(t->id),
		    db_text(t->sender), db_text(t->receiver),
		    db_int(t->protocol), db_int(t->port),
		    db_int(t->allow != 0)), "test");
	return db_end(db, result, 1);
}

enum db_result
db_test_get(struct db *db, int64_t id, struct db_test *t)
{
	return test_read(db, STMT_TEST_GET, DB_ARGS(db_int(id)), t);
}

enum db_result
db_test_get_name(struct db *db, int64_t org, const char *name,
    struct db_test *t)
{
	return test_read(db, STMT_TEST_GET_NAME, DB_ARGS(db_int(org),
	    db_text(name)), t);
}

enum db_result
db_test_list(struct db *db, int64_t org, db_test_cb cb, void *arg)
{
	enum db_result	 result;
	struct db_test	 t;
	int64_t		 after = 0;

	while ((result = test_read(db, STMT_TEST_NEXT_ORG,
	    DB_ARGS(db_int(org), db_int(after)), &t)) == DB_OK) {
		after = t.id;
		if (cb(&t, arg) != 0)
			return DB_OK;
	}
	return result == DB_NOTFOUND ? DB_OK : result;
}

enum db_result
db_each_test(struct db *db, db_test_cb cb, void *arg)
{
	enum db_result	 result;
	struct db_test	 t;
	int64_t		 after = 0;

	while ((result = test_read(db, STMT_TEST_NEXT,
	    DB_ARGS(db_int(after)), &t)) == DB_OK) {
		after = t.id;
		if (cb(&t, arg) != 0)
			return DB_OK;
	}
	return result == DB_NOTFOUND ? DB_OK : result;
}

enum db_result
db_test_delete(struct db *db, int64_t id)
{
	enum db_result	 result;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	result = db_audit(db, DB_AUDIT_TEST, id, NULL);
	if (result == DB_OK)
		result = db_change(db, STMT_TEST_DELETE, DB_ARGS(db_int(id)),
		    "test");
	return db_end(db, result, 1);
}
