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
 * Users who have signed in: what policyproc would not know any more after a
 * restart.  No configuration, so that the revision does not change with it;
 * the audit log tells who has signed in and out, not each renewal.
 */

#include <stdio.h>
#include <string.h>

#include "policy/condition.h"
#include "storeproc/db_private.h"

static enum db_result
signin_set(struct db *db, const struct db_signin *s)
{
	struct db_requirement	 r;
	struct db_system	 sys;
	enum db_result		 result;
	char			 actor[DB_ACTOR_MAX + 1];

	if ((result = db_requirement_get(db, s->requirement, &r)) != DB_OK ||
	    (result = db_system_get(db, s->system, &sys)) != DB_OK)
		return result;
	snprintf(actor, sizeof(actor), "system:%s", sys.name);
	db_actor(db, actor);
	if ((result = db_audit(db, DB_AUDIT_SYSTEM, s->system,
	    s->until == 0 ? "sign-out" : "sign-in")) != DB_OK)
		return result;
	if (s->until == 0)
		return db_run(db, STMT_SIGNIN_CLEAR,
		    DB_ARGS(db_int(s->requirement), db_int(s->system)));
	if (sys.org != r.org || r.type != REQUIREMENT_SIGNIN)
		return db_fail(db, DB_NOTFOUND, "no such requirement");
	if (!db_text_valid(s->subject, sizeof(s->subject)))
		return db_fail(db, DB_INVALID, "subject is not text");
	return db_run(db, STMT_SIGNIN_SET, DB_ARGS(db_int(s->requirement),
	    db_int(s->system), db_int((int64_t)(s->digest & INT64_MAX)),
	    db_int(s->until), db_text(s->subject)));
}

enum db_result
db_signin_set(struct db *db, const struct db_signin *s)
{
	enum db_result	 result;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	return db_end(db, signin_set(db, s), 0);
}

enum db_result
db_signin_sweep(struct db *db, int64_t now)
{
	enum db_result	 result;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	return db_end(db, db_run(db, STMT_SIGNIN_SWEEP,
	    DB_ARGS(db_int(now))), 0);
}

enum db_result
db_each_signin(struct db *db, int64_t now, db_signin_cb cb, void *arg)
{
	enum db_result		 result;
	struct db_signin	 s;
	struct db_row		 row;

	memset(&s, 0, sizeof(s));
	for (;;) {
		result = db_first(db, STMT_SIGNIN_NEXT,
		    DB_ARGS(db_int(s.requirement), db_int(s.system),
		    db_int(now)), &row);
		if (result != DB_OK)
			return result == DB_NOTFOUND ? DB_OK : result;
		s.requirement = db_row_int(&row, 1, INT64_MAX);
		s.system = db_row_int(&row, 1, INT64_MAX);
		s.digest = (uint64_t)db_row_int(&row, 0, INT64_MAX);
		s.until = db_row_int(&row, 1, INT64_MAX);
		db_row_text(&row, s.subject, sizeof(s.subject));
		if ((result = db_row_end(db, &row)) != DB_OK)
			return result;
		if (cb(&s, arg) != 0)
			return DB_OK;
	}
}
