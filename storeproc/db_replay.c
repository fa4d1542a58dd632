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
 * Requests that clients of the API may send twice.
 */

#include <stdint.h>
#include <string.h>

#include "db_private.h"

void
db_replay_set(struct db *db, const struct db_replay *r)
{
	if (r != NULL)
		db->replay = *r;
	else
		memset(&db->replay, 0, sizeof(db->replay));
}

enum db_result
db_replay_get(struct db *db, struct db_replay *r)
{
	enum db_result	 result;
	struct db_row	 row;

	result = db_first(db, STMT_REPLAY_GET, DB_ARGS(db_int(r->token),
	    db_text(r->key), db_int(r->now - DB_REPLAY_SEC)), &row);
	if (result != DB_OK)
		return result;
	db_row_blob(&row, r->hash, sizeof(r->hash));
	r->object = db_row_int(&row, 0, INT64_MAX);
	return db_row_end(db, &row);
}

enum db_result
db_replay_write(struct db *db)
{
	const struct db_audit_note	*n = TAILQ_FIRST(&db->notes);
	struct db_replay		*r = &db->replay;
	enum db_result			 result;

	if (r->key[0] == '\0' || n == NULL)
		return DB_OK;
	result = db_run(db, STMT_REPLAY_SWEEP,
	    DB_ARGS(db_int(r->now - DB_REPLAY_SEC)));
	if (result == DB_OK)
		result = db_run(db, STMT_REPLAY_ADD, DB_ARGS(db_int(r->token),
		    db_text(r->key), db_blob(r->hash, sizeof(r->hash)),
		    db_int(n->id), db_int(r->now)));
	if (result == DB_EXISTS)
		return db_fail(db, DB_EXISTS, "this request is being done "
		    "already");
	r->key[0] = '\0';
	return result;
}
