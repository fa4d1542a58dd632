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
 * Tokens of the API, stored as hashes only, and the versions of objects.
 */

#include <stdint.h>
#include <string.h>

#include "db_private.h"

static enum db_result
token_check(struct db *db, const struct db_token *t, const uint8_t *hash)
{
	if (!db_text_valid(t->name, sizeof(t->name)) || t->name[0] == '\0')
		return db_fail(db, DB_INVALID, "the name of a token has 1 to "
		    "63 characters");
	if (t->scopes == 0)
		return db_fail(db, DB_INVALID, "a token needs a scope");
	if (db_bytes_zero(hash, DB_KEY_LEN))
		return db_fail(db, DB_INVALID, "token missing");
	if (t->created < 0 || t->not_after <= t->created)
		return db_fail(db, DB_INVALID, "a token needs an expiry in "
		    "the future");
	if (t->not_after - t->created > DB_TOKEN_SEC_MAX)
		return db_fail(db, DB_INVALID, "a token expires within a "
		    "year");
	return DB_OK;
}

static enum db_result
token_check_count(struct db *db, int64_t org)
{
	enum db_result	 result;
	struct db_row	 row;
	int64_t		 n;

	result = db_first(db, STMT_TOKEN_COUNT, DB_ARGS(db_int(org)), &row);
	if (result != DB_OK)
		return result;
	n = db_row_int(&row, 0, INT64_MAX);
	if ((result = db_row_end(db, &row)) != DB_OK)
		return result;
	if (n >= DB_TOKENS_MAX)
		return db_fail(db, DB_LIMIT, "there are %d tokens already",
		    DB_TOKENS_MAX);
	return DB_OK;
}

enum db_result
db_token_add(struct db *db, struct db_token *t,
    const uint8_t hash[DB_KEY_LEN])
{
	enum db_result	 result;
	int64_t		 id;

	if ((result = token_check(db, t, hash)) != DB_OK ||
	    (result = db_begin(db)) != DB_OK)
		return result;
	if ((result = token_check_count(db, t->org)) == DB_OK)
		result = db_run(db, STMT_TOKEN_ADD, DB_ARGS(db_int(t->org),
		    db_text(t->name), db_blob(hash, DB_KEY_LEN),
		    db_int(t->scopes), db_int(t->created),
		    db_int(t->not_after)));
	id = sqlite3_last_insert_rowid(db->handle);
	if (result == DB_OK)
		result = db_audit_new(db, DB_AUDIT_TOKEN, id, NULL);
	result = db_end(db, result, 1);
	if (result == DB_OK)
		t->id = id;
	return result;
}

static enum db_result
token_read(struct db *db, enum db_stmt id, struct db_args args,
    struct db_token *t)
{
	enum db_result	 result;
	struct db_row	 row;

	memset(t, 0, sizeof(*t));
	if ((result = db_first(db, id, args, &row)) != DB_OK)
		return result;
	t->id = db_row_int(&row, 1, INT64_MAX);
	t->org = db_row_int(&row, 1, INT64_MAX);
	db_row_text(&row, t->name, sizeof(t->name));
	t->scopes = (uint32_t)db_row_int(&row, 1, UINT32_MAX);
	t->created = db_row_int(&row, 0, INT64_MAX);
	t->last_used = db_row_int(&row, 0, INT64_MAX);
	t->not_after = db_row_int(&row, 0, INT64_MAX);
	return db_row_end(db, &row);
}

enum db_result
db_token_get(struct db *db, int64_t id, struct db_token *t)
{
	enum db_result	 result;

	result = token_read(db, STMT_TOKEN_GET, DB_ARGS(db_int(id)), t);
	if (result == DB_NOTFOUND)
		db_fail(db, result, "no such token");
	return result;
}

enum db_result
db_token_get_hash(struct db *db, const uint8_t hash[DB_KEY_LEN],
    struct db_token *t)
{
	enum db_result	 result;

	result = token_read(db, STMT_TOKEN_GET_HASH,
	    DB_ARGS(db_blob(hash, DB_KEY_LEN)), t);
	if (result == DB_NOTFOUND)
		db_fail(db, result, "no such token");
	return result;
}

enum db_result
db_token_list(struct db *db, int64_t org, db_token_cb cb, void *arg)
{
	enum db_result	 result;
	struct db_token	 t;
	int64_t		 after = 0;

	while ((result = token_read(db, STMT_TOKEN_NEXT, DB_ARGS(db_int(org),
	    db_int(after)), &t)) == DB_OK) {
		after = t.id;
		if (cb(&t, arg) != 0)
			return DB_OK;
	}
	return result == DB_NOTFOUND ? DB_OK : result;
}

enum db_result
db_token_used(struct db *db, int64_t id, int64_t now)
{
	enum db_result	 result;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	return db_end(db, db_change(db, STMT_TOKEN_USED, DB_ARGS(db_int(id),
	    db_int(now)), "token"), 0);
}

enum db_result
db_token_delete(struct db *db, int64_t id)
{
	enum db_result	 result;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	if ((result = db_audit(db, DB_AUDIT_TOKEN, id, NULL)) == DB_OK)
		result = db_change(db, STMT_TOKEN_DELETE, DB_ARGS(db_int(id)),
		    "token");
	return db_end(db, result, 1);
}

uint64_t
db_version(struct db *db, enum db_object what, int64_t id)
{
	static const enum db_stmt	 stmts[] = {
		STMT_ORG_VERSION, STMT_KEY_VERSION, STMT_SYSTEM_VERSION,
		STMT_POLICY_VERSION, STMT_TAG_VERSION, STMT_RELAY_VERSION,
		STMT_REQUIREMENT_VERSION
	};
	struct db_row			 row;
	int64_t				 version;

	if (db_first(db, stmts[what], DB_ARGS(db_int(id)), &row) != DB_OK)
		return 0;
	version = db_row_int(&row, 1, INT64_MAX);
	return db_row_end(db, &row) == DB_OK ? (uint64_t)version : 0;
}
