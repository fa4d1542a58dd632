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
 * Forward migration: each step in a transaction of its own, with foreign keys
 * checked at its end, so that a step either is done or never was.
 */

#include <stdio.h>

#include "db_private.h"

static int
migrate_fail(sqlite3 *handle, int version, char *err, size_t errlen)
{
	snprintf(err, errlen, "schema step %d: %s: %s", version,
	    db_code_text(sqlite3_extended_errcode(handle)),
	    sqlite3_errmsg(handle));
	return -1;
}

/* -1 when the query fails. */
static int64_t
first_number(sqlite3 *handle, const char *sql, int64_t none)
{
	sqlite3_stmt	*st;
	int64_t		 value = -1;
	int		 code;

	if (sqlite3_prepare_v2(handle, sql, -1, &st, NULL) != SQLITE_OK)
		return -1;
	code = sqlite3_step(st);
	if (code == SQLITE_ROW)
		value = sqlite3_column_int64(st, 0);
	else if (code == SQLITE_DONE)
		value = none;
	sqlite3_finalize(st);
	return value;
}

static int
migrate_step(sqlite3 *handle, const struct schema_step *step, char *err,
    size_t errlen)
{
	if (sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) !=
	    SQLITE_OK)
		return migrate_fail(handle, step->version, err, errlen);
	if (sqlite3_exec(handle, step->sql, NULL, NULL, NULL) != SQLITE_OK) {
		migrate_fail(handle, step->version, err, errlen);
		goto undo;
	}
	if (first_number(handle, "PRAGMA user_version", -1) !=
	    step->version || first_number(handle,
	    "SELECT 1 FROM pragma_foreign_key_check", 0) != 0) {
		snprintf(err, errlen, "schema step %d leaves the database "
		    "inconsistent", step->version);
		goto undo;
	}
	if (sqlite3_exec(handle, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
		migrate_fail(handle, step->version, err, errlen);
		goto undo;
	}
	return 0;
undo:
	if (!sqlite3_get_autocommit(handle))
		sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

int
db_migrate(sqlite3 *handle, const struct schema_step *steps, size_t count,
    char *err, size_t errlen)
{
	int64_t	 version;
	size_t	 i;
	int	 ret = 0;

	version = first_number(handle, "PRAGMA user_version", -1);
	if (version < 0 || (uint64_t)version > count) {
		snprintf(err, errlen, "schema version %lld is not known",
		    (long long)version);
		return -1;
	}
	if ((size_t)version == count)
		return 0;
	/* 0x656e636c: DB_APPLICATION_ID, before the first table. */
	if (version == 0 && sqlite3_exec(handle,
	    "PRAGMA application_id = 1701733228", NULL, NULL, NULL) !=
	    SQLITE_OK)
		return migrate_fail(handle, 0, err, errlen);
	/* Steps may rebuild tables, which foreign keys would hinder. */
	if (sqlite3_exec(handle, "PRAGMA foreign_keys = OFF", NULL, NULL,
	    NULL) != SQLITE_OK)
		return migrate_fail(handle, 0, err, errlen);
	for (i = (size_t)version; i < count && ret == 0; i++)
		ret = migrate_step(handle, &steps[i], err, errlen);
	if (sqlite3_exec(handle, "PRAGMA foreign_keys = ON", NULL, NULL,
	    NULL) != SQLITE_OK && ret == 0)
		ret = migrate_fail(handle, 0, err, errlen);
	return ret;
}
