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
 * Relays.  Their tokens are stored as hashes only.
 */

#include <stdint.h>
#include <string.h>

#include "db_private.h"

/* Within max of zero, on the shifted scale. */
static int
coordinate_valid(uint32_t value, uint32_t max)
{
	return value >= DB_COORDINATE_ZERO - max &&
	    value <= DB_COORDINATE_ZERO + max;
}

static int
place_valid(const struct db_relay *r)
{
	if (r->latitude == 0 && r->longitude == 0)
		return 1;
	return coordinate_valid(r->latitude, DB_LATITUDE_MAX) &&
	    coordinate_valid(r->longitude, DB_LONGITUDE_MAX);
}

static enum db_result
relay_check(struct db *db, const struct db_relay *r)
{
	if (!db_string_ends(r->name, sizeof(r->name)) ||
	    !db_org_name_valid(r->name))
		return db_fail(db, DB_INVALID, "the name of a relay is made "
		    "of a-z, 0-9, hyphen and dot, 63 at most");
	if (db_bytes_zero(r->token_hash, sizeof(r->token_hash)))
		return db_fail(db, DB_INVALID, "token missing");
	if (!place_valid(r))
		return db_fail(db, DB_INVALID, "coordinates not valid");
	if (r->created < 0)
		return db_fail(db, DB_INVALID, "negative time");
	return DB_OK;
}

static enum db_result
relay_check_count(struct db *db)
{
	enum db_result	 result;
	struct db_row	 row;
	int64_t		 n;

	result = db_first(db, STMT_RELAY_COUNT, DB_NO_ARGS, &row);
	if (result != DB_OK)
		return result;
	n = db_row_int(&row, 0, INT64_MAX);
	if ((result = db_row_end(db, &row)) != DB_OK)
		return result;
	if (n >= DB_RELAYS_MAX)
		return db_fail(db, DB_LIMIT, "there are %d relays already",
		    DB_RELAYS_MAX);
	return DB_OK;
}

enum db_result
db_relay_add(struct db *db, struct db_relay *r)
{
	enum db_result	 result;
	int64_t		 id;

	if ((result = relay_check(db, r)) != DB_OK ||
	    (result = db_begin(db)) != DB_OK)
		return result;
	if ((result = relay_check_count(db)) == DB_OK)
		result = db_run(db, STMT_RELAY_ADD, DB_ARGS(db_text(r->name),
		    db_blob(r->token_hash, sizeof(r->token_hash)),
		    db_int(r->enabled != 0), db_int(r->latitude),
		    db_int(r->longitude), db_int(r->created)));
	id = sqlite3_last_insert_rowid(db->handle);
	if (result == DB_OK)
		result = db_audit_new(db, DB_AUDIT_RELAY, id, NULL);
	result = db_end(db, result, 1);
	if (result == DB_OK)
		r->id = id;
	return result;
}

static enum db_result
relay_read(struct db *db, enum db_stmt id, struct db_args args,
    struct db_relay *r)
{
	enum db_result	 result;
	struct db_row	 row;

	memset(r, 0, sizeof(*r));
	if ((result = db_first(db, id, args, &row)) != DB_OK)
		return result;
	r->id = db_row_int(&row, 1, INT64_MAX);
	db_row_text(&row, r->name, sizeof(r->name));
	db_row_blob(&row, r->token_hash, sizeof(r->token_hash));
	r->enabled = (int)db_row_int(&row, 0, 1);
	r->latitude = (uint32_t)db_row_int(&row, 0, UINT32_MAX);
	r->longitude = (uint32_t)db_row_int(&row, 0, UINT32_MAX);
	r->created = db_row_int(&row, 0, INT64_MAX);
	if (!place_valid(r))
		row.bad = 1;
	return db_row_end(db, &row);
}

enum db_result
db_relay_get(struct db *db, int64_t id, struct db_relay *r)
{
	enum db_result	 result;

	result = relay_read(db, STMT_RELAY_GET, DB_ARGS(db_int(id)), r);
	if (result == DB_NOTFOUND)
		db_fail(db, result, "no such relay");
	return result;
}

enum db_result
db_relay_get_name(struct db *db, const char *name, struct db_relay *r)
{
	enum db_result	 result;

	result = relay_read(db, STMT_RELAY_GET_NAME, DB_ARGS(db_text(name)),
	    r);
	if (result == DB_NOTFOUND)
		db_fail(db, result, "no such relay");
	return result;
}

enum db_result
db_relay_list(struct db *db, db_relay_cb cb, void *arg)
{
	enum db_result	 result;
	struct db_relay	 r;
	int64_t		 after = 0;

	while ((result = relay_read(db, STMT_RELAY_NEXT,
	    DB_ARGS(db_int(after)), &r)) == DB_OK) {
		after = r.id;
		if (cb(&r, arg) != 0)
			return DB_OK;
	}
	return result == DB_NOTFOUND ? DB_OK : result;
}

enum db_result
db_relay_set_enabled(struct db *db, int64_t id, int enabled)
{
	enum db_result	 result;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	result = db_audit(db, DB_AUDIT_RELAY, id, enabled ? "enable" :
	    "disable");
	if (result == DB_OK)
		result = db_change(db, STMT_RELAY_SET_ENABLED,
		    DB_ARGS(db_int(id), db_int(enabled != 0)), "relay");
	return db_end(db, result, 1);
}

enum db_result
db_relay_delete(struct db *db, int64_t id)
{
	enum db_result	 result;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	result = db_audit(db, DB_AUDIT_RELAY, id, NULL);
	if (result == DB_OK)
		result = db_change(db, STMT_RELAY_DELETE,
		    DB_ARGS(db_int(id)), "relay");
	return db_end(db, result, 1);
}
