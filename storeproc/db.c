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
 * Running statements by number: binding, reading rows, transactions, and
 * what went wrong in words.  The only file besides db_open.c and db_migrate.c
 * that calls sqlite.  An error of the disk never ends the process: the
 * transaction is undone and the caller told.
 */

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "db_private.h"

static const char	*const result_names[] = {
	[DB_OK] = "ok",
	[DB_NOTFOUND] = "not found",
	[DB_EXISTS] = "exists",
	[DB_LIMIT] = "limit",
	[DB_INVALID] = "invalid",
	[DB_REFUSED] = "refused",
	[DB_ERROR] = "error",
};

const char *
db_result_name(enum db_result result)
{
	if ((size_t)result >= sizeof(result_names) / sizeof(*result_names))
		return "unknown";
	return result_names[result];
}

const char *
db_errstr(const struct db *db)
{
	return db->err;
}

const char *
db_code_text(int code)
{
	switch (code & 0xff) {
	case SQLITE_FULL:
		return "disk full, or database at its size limit";
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return "database locked by another process";
	case SQLITE_READONLY:
		return "database is read-only";
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return "database is corrupt";
	case SQLITE_IOERR:
		return "input/output error";
	case SQLITE_CANTOPEN:
		return "cannot open file";
	default:
		return sqlite3_errstr(code);
	}
}

enum db_result
db_fail(struct db *db, enum db_result result, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(db->err, sizeof(db->err), fmt, ap);
	va_end(ap);
	return result;
}

enum db_result
db_fail_sql(struct db *db, int code)
{
	enum db_result	 result = DB_ERROR;

	switch (code) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
		result = DB_EXISTS;
		break;
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		result = DB_NOTFOUND;
		break;
	case SQLITE_CONSTRAINT_CHECK:
	case SQLITE_CONSTRAINT_NOTNULL:
	case SQLITE_CONSTRAINT_DATATYPE:
	case SQLITE_TOOBIG:
		result = DB_INVALID;
		break;
	}
	return db_fail(db, result, "%s: %s (%d)", db_code_text(code),
	    sqlite3_errmsg(db->handle), code);
}

struct db_arg
db_int(int64_t num)
{
	return (struct db_arg){ .kind = ARG_INT, .num = num };
}

struct db_arg
db_text(const char *text)
{
	return (struct db_arg){ .kind = ARG_TEXT, .ptr = text };
}

struct db_arg
db_blob(const void *data, size_t len)
{
	return (struct db_arg){ .kind = ARG_BLOB, .ptr = data, .len = len };
}

struct db_arg
db_null(void)
{
	return (struct db_arg){ .kind = ARG_NULL };
}

static int
bind_one(sqlite3_stmt *st, int pos, const struct db_arg *arg)
{
	switch (arg->kind) {
	case ARG_INT:
		return sqlite3_bind_int64(st, pos, arg->num);
	case ARG_TEXT:
		return sqlite3_bind_text(st, pos, arg->ptr, -1,
		    SQLITE_STATIC);
	case ARG_BLOB:
		if (arg->len > INT_MAX)
			return SQLITE_TOOBIG;
		return sqlite3_bind_blob(st, pos, arg->ptr, (int)arg->len,
		    SQLITE_STATIC);
	case ARG_NULL:
		return sqlite3_bind_null(st, pos);
	}
	return SQLITE_MISUSE;
}

/* The statement reset and bound; NULL with the text set. */
static sqlite3_stmt *
bind_all(struct db *db, enum db_stmt id, struct db_args args)
{
	sqlite3_stmt	*st = db->stmt[id];
	size_t		 i;
	int		 code;

	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	if ((size_t)sqlite3_bind_parameter_count(st) != args.count) {
		db_fail(db, DB_ERROR, "statement %d: wrong argument count",
		    (int)id);
		return NULL;
	}
	for (i = 0; i < args.count; i++) {
		code = bind_one(st, (int)i + 1, &args.arg[i]);
		if (code != SQLITE_OK) {
			db_fail_sql(db, code);
			return NULL;
		}
	}
	return st;
}

enum db_result
db_run(struct db *db, enum db_stmt id, struct db_args args)
{
	enum db_result	 result = DB_OK;
	sqlite3_stmt	*st;
	int		 code;

	if ((st = bind_all(db, id, args)) == NULL)
		return DB_ERROR;
	code = sqlite3_step(st);
	if (code != SQLITE_DONE)
		result = db_fail_sql(db, code);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return result;
}

enum db_result
db_change(struct db *db, enum db_stmt id, struct db_args args,
    const char *what)
{
	enum db_result	 result = db_run(db, id, args);

	if (result == DB_OK && sqlite3_changes(db->handle) == 0)
		return db_fail(db, DB_NOTFOUND, "no such %s", what);
	return result;
}

enum db_result
db_first(struct db *db, enum db_stmt id, struct db_args args,
    struct db_row *row)
{
	memset(row, 0, sizeof(*row));
	if ((row->st = bind_all(db, id, args)) == NULL)
		return DB_ERROR;
	return db_next(db, row);
}

enum db_result
db_next(struct db *db, struct db_row *row)
{
	int	 code;

	row->col = 0;
	code = sqlite3_step(row->st);
	if (code == SQLITE_ROW)
		return DB_OK;
	if (code != SQLITE_DONE)
		db_fail_sql(db, code);
	db_done(row);
	return code == SQLITE_DONE ? DB_NOTFOUND : DB_ERROR;
}

void
db_done(struct db_row *row)
{
	sqlite3_reset(row->st);
	sqlite3_clear_bindings(row->st);
}

enum db_result
db_row_end(struct db *db, struct db_row *row)
{
	db_done(row);
	if (row->bad)
		return db_fail(db, DB_ERROR, "database is corrupt: value out "
		    "of range in: %.200s", sqlite3_sql(row->st));
	return DB_OK;
}

int64_t
db_row_int(struct db_row *row, int64_t min, int64_t max)
{
	int64_t	 value = sqlite3_column_int64(row->st, row->col++);

	if (value < min || value > max) {
		row->bad = 1;
		return min;
	}
	return value;
}

void
db_row_text(struct db_row *row, char *buf, size_t size)
{
	const char	*text;
	int		 len;

	text = (const char *)sqlite3_column_text(row->st, row->col);
	len = sqlite3_column_bytes(row->st, row->col);
	row->col++;
	memset(buf, 0, size);
	if (text == NULL || len < 0 || (size_t)len >= size ||
	    strlen(text) != (size_t)len) {
		row->bad = 1;
		return;
	}
	memcpy(buf, text, (size_t)len);
}

size_t
db_row_blob_max(struct db_row *row, void *buf, size_t size)
{
	const void	*data;
	int		 len;

	data = sqlite3_column_blob(row->st, row->col);
	len = sqlite3_column_bytes(row->st, row->col);
	row->col++;
	memset(buf, 0, size);
	if (len < 0 || (size_t)len > size || (len > 0 && data == NULL)) {
		row->bad = 1;
		return 0;
	}
	if (len > 0)
		memcpy(buf, data, (size_t)len);
	return (size_t)len;
}

void
db_row_blob(struct db_row *row, void *buf, size_t len)
{
	if (db_row_blob_max(row, buf, len) != len)
		row->bad = 1;
}

/* An error of the disk has rolled back what the batch had so far. */
static enum db_result
batch_check(struct db *db)
{
	if (!sqlite3_get_autocommit(db->handle))
		return DB_OK;
	return db_fail(db, DB_ERROR, "the batch was rolled back after an "
	    "error of the database");
}

enum db_result
db_begin(struct db *db)
{
	enum db_result	 result = DB_OK;

	db->err[0] = '\0';
	db_audit_clear(db);
	if (db->batch && (result = batch_check(db)) != DB_OK)
		return result;
	return db_run(db, db->batch ? STMT_SAVE : STMT_BEGIN, DB_NO_ARGS);
}

/* Undoes what db_begin began; the text stays. */
static void
undo(struct db *db)
{
	char	 err[DB_ERRSTR_MAX];

	/* After some errors sqlite has rolled back already. */
	if (sqlite3_get_autocommit(db->handle))
		return;
	strlcpy(err, db->err, sizeof(err));
	if (!db->batch)
		(void)db_run(db, STMT_ROLLBACK, DB_NO_ARGS);
	else if (db_run(db, STMT_BACK, DB_NO_ARGS) != DB_OK ||
	    db_run(db, STMT_RELEASE, DB_NO_ARGS) != DB_OK)
		/* Not half of a change: batch_check finds it gone. */
		(void)db_run(db, STMT_ROLLBACK, DB_NO_ARGS);
	strlcpy(db->err, err, sizeof(db->err));
}

enum db_result
db_end(struct db *db, enum db_result result, int bump)
{
	if (result == DB_OK)
		result = db_audit_write(db, bump);
	if (result == DB_OK && bump)
		result = db_replay_write(db);
	if (result == DB_OK && bump)
		result = db_run(db, STMT_REVISION_BUMP, DB_NO_ARGS);
	if (result == DB_OK)
		result = db_run(db, db->batch ? STMT_RELEASE : STMT_COMMIT,
		    DB_NO_ARGS);
	if (result == DB_OK && db->batch)
		db_audit_keep(db);
	else if (result == DB_OK)
		db_audit_tell(db);
	db_audit_clear(db);
	if (result != DB_OK)
		undo(db);
	return result;
}

enum db_result
db_batch_begin(struct db *db)
{
	enum db_result	 result;

	db->err[0] = '\0';
	if (db->batch)
		return db_fail(db, DB_REFUSED, "a batch is open already");
	if ((result = db_run(db, STMT_BEGIN, DB_NO_ARGS)) == DB_OK)
		db->batch = 1;
	return result;
}

enum db_result
db_batch_end(struct db *db, int keep)
{
	enum db_result	 result = DB_OK;

	if (!db->batch)
		return db_fail(db, DB_REFUSED, "no batch is open");
	if (keep && (result = batch_check(db)) == DB_OK)
		result = db_run(db, STMT_COMMIT, DB_NO_ARGS);
	/* From here on undo means all of it. */
	db->batch = 0;
	if (!keep || result != DB_OK)
		undo(db);
	db_audit_kept(db, keep && result == DB_OK);
	return result;
}

enum db_result
db_revision(struct db *db, int64_t *value)
{
	enum db_result	 result;
	struct db_row	 row;

	*value = 0;
	result = db_first(db, STMT_REVISION_GET, DB_NO_ARGS, &row);
	if (result == DB_NOTFOUND)
		return db_fail(db, DB_ERROR, "database is corrupt: no "
		    "revision");
	if (result != DB_OK)
		return result;
	*value = db_row_int(&row, 0, INT64_MAX);
	return db_row_end(db, &row);
}
