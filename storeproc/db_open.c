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
 * Opens, checks and migrates the database of the discovery service.  Trusts
 * the state directory to belong to storeproc; does not trust the file: a
 * corrupt one is put aside under another name, never written to and never
 * overwritten.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "db_private.h"

#define ASIDE_TRIES	100
#define SQLITE_OLDEST	3038000		/* STRICT tables, JSON built in */

static char	open_err[DB_ERRSTR_MAX];

static const char	*const companions[] = { "", "-wal", "-shm",
			    "-journal" };

static int
is_corrupt(int code)
{
	return (code & 0xff) == SQLITE_CORRUPT ||
	    (code & 0xff) == SQLITE_NOTADB;
}

void
db_init(void)
{
	unsigned char	 byte;

	sqlite3_initialize();
	sqlite3_randomness(sizeof(byte), &byte);
}

/* The size of path with suffix, or -1 when there is no such file. */
static off_t
file_size(const char *path, const char *suffix)
{
	char		 name[PATH_MAX];
	struct stat	 st;
	int		 n;

	n = snprintf(name, sizeof(name), "%s%s", path, suffix);
	if (n < 0 || (size_t)n >= sizeof(name) || lstat(name, &st) == -1)
		return -1;
	return st.st_size;
}

/* Finds a name that neither the database nor a companion has taken. */
static int
aside_name(const char *path, char *to, size_t tolen)
{
	size_t	 i, taken;
	int	 n, try;

	for (try = 0; try < ASIDE_TRIES; try++) {
		n = snprintf(to, tolen, "%s.corrupt-%lld", path,
		    (long long)time(NULL) + try);
		if (n < 0 || (size_t)n >= tolen)
			return -1;
		taken = 0;
		for (i = 0; i < sizeof(companions) / sizeof(*companions); i++)
			if (file_size(to, companions[i]) != -1)
				taken++;
		if (taken == 0)
			return 0;
	}
	return -1;
}

static void
put_aside(const char *path, const char *reason)
{
	char	 base[PATH_MAX], from[PATH_MAX + 16], to[PATH_MAX + 16];
	size_t	 i;

	if (aside_name(path, base, sizeof(base)) == -1) {
		snprintf(open_err, sizeof(open_err), "%.128s: corrupt (%.200s)"
		    ", left in place: no name to keep it aside", path, reason);
		return;
	}
	for (i = 0; i < sizeof(companions) / sizeof(*companions); i++) {
		snprintf(from, sizeof(from), "%s%s", path, companions[i]);
		snprintf(to, sizeof(to), "%s%s", base, companions[i]);
		if (rename(from, to) == -1 && errno != ENOENT) {
			snprintf(open_err, sizeof(open_err), "%.128s: corrupt "
			    "(%.128s), could not be put aside: %.64s", from,
			    reason, strerror(errno));
			return;
		}
	}
	snprintf(open_err, sizeof(open_err), "%.128s: corrupt (%.128s), kept "
	    "as %.160s", path, reason, base);
}

/* 0, or -1 with open_err set; *corrupt tells whether the file is to blame. */
static int
open_fail(struct db *db, int code, const char *doing, int *corrupt)
{
	*corrupt = is_corrupt(code);
	snprintf(open_err, sizeof(open_err), "%s: %s%s%s", doing,
	    db_code_text(code), db->handle != NULL ? ": " : "",
	    db->handle != NULL ? sqlite3_errmsg(db->handle) : "");
	return -1;
}

/* First column of the first row of a constant query, as a number. */
static int
query_number(sqlite3 *handle, const char *sql, int64_t *out)
{
	sqlite3_stmt	*st;
	int		 code;

	code = sqlite3_prepare_v2(handle, sql, -1, &st, NULL);
	if (code != SQLITE_OK)
		return code;
	code = sqlite3_step(st);
	if (code == SQLITE_ROW) {
		*out = sqlite3_column_int64(st, 0);
		code = SQLITE_OK;
	} else if (code == SQLITE_DONE)
		code = SQLITE_ERROR;
	sqlite3_finalize(st);
	return code;
}

/* quick_check reports damage as rows of text, or fails while reading. */
static int
check_sound(struct db *db, int *corrupt)
{
	sqlite3_stmt	*st;
	const char	*text;
	int		 code;

	code = sqlite3_prepare_v2(db->handle, "PRAGMA quick_check(1)", -1, &st,
	    NULL);
	if (code != SQLITE_OK)
		return open_fail(db, code, "check", corrupt);
	code = sqlite3_step(st);
	if (code == SQLITE_ROW) {
		text = (const char *)sqlite3_column_text(st, 0);
		if (text != NULL && strcmp(text, "ok") == 0) {
			sqlite3_finalize(st);
			return 0;
		}
		*corrupt = 1;
		snprintf(open_err, sizeof(open_err), "check: %.300s",
		    text != NULL ? text : "no answer");
		sqlite3_finalize(st);
		return -1;
	}
	open_fail(db, code, "check", corrupt);
	sqlite3_finalize(st);
	return -1;
}

/*
 * Is it ours, and of a version we know?  Looked at before quick_check, since
 * a schema from the future may look broken to us; reads the header alone.
 */
static int
check_version(struct db *db, int *corrupt)
{
	int64_t	 version, pages, app;
	int	 code;

	code = query_number(db->handle, "PRAGMA user_version", &version);
	if (code == SQLITE_OK)
		code = query_number(db->handle, "PRAGMA application_id", &app);
	if (code == SQLITE_OK)
		code = query_number(db->handle, "PRAGMA page_count", &pages);
	if (code != SQLITE_OK)
		return open_fail(db, code, "read", corrupt);
	if (pages > 1 && app != DB_APPLICATION_ID) {
		snprintf(open_err, sizeof(open_err), "not a database of the "
		    "discovery service (application id 0x%llx)",
		    (unsigned long long)app);
		return -1;
	}
	if (version < 0 || version > (int64_t)schema_nsteps) {
		snprintf(open_err, sizeof(open_err), "schema version %lld is "
		    "newer than this program's %zu: upgrade the program",
		    (long long)version, schema_nsteps);
		return -1;
	}
	return 0;
}

static int
set_modes(struct db *db, int *corrupt)
{
	static const char *const	 pragmas[] = {
		"PRAGMA journal_mode = WAL",
		"PRAGMA synchronous = FULL",
		"PRAGMA temp_store = MEMORY",
		"PRAGMA journal_size_limit = 16777216",
		"PRAGMA foreign_keys = ON",
		"PRAGMA trusted_schema = OFF",
	};
	sqlite3_stmt			*st;
	size_t				 i;
	int				 code, wal = 0;

	for (i = 0; i < sizeof(pragmas) / sizeof(pragmas[0]); i++) {
		code = sqlite3_prepare_v2(db->handle, pragmas[i], -1, &st,
		    NULL);
		if (code != SQLITE_OK)
			return open_fail(db, code, pragmas[i], corrupt);
		while ((code = sqlite3_step(st)) == SQLITE_ROW)
			if (i == 0 && strcmp((const char *)
			    sqlite3_column_text(st, 0), "wal") == 0)
				wal = 1;
		sqlite3_finalize(st);
		if (code != SQLITE_DONE)
			return open_fail(db, code, pragmas[i], corrupt);
	}
	if (!wal) {
		snprintf(open_err, sizeof(open_err),
		    "write-ahead log is not possible here");
		return -1;
	}
	return 0;
}

static int
prepare_all(struct db *db, int *corrupt)
{
	int	 code, i;

	for (i = 0; i < STMT_COUNT; i++) {
		code = sqlite3_prepare_v3(db->handle, db_stmt_sql[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &db->stmt[i], NULL);
		if (code != SQLITE_OK)
			return open_fail(db, code, db_stmt_sql[i], corrupt);
	}
	return 0;
}

/* 0 or -1 with open_err; makes an empty file that only its owner can read. */
static int
prepare_file(const char *path, int create, int *corrupt)
{
	off_t	 size = file_size(path, "");
	int	 fd;

	/* sqlite would delete the log of an empty or missing database. */
	if (size <= 0 && file_size(path, "-wal") > 0) {
		snprintf(open_err, sizeof(open_err), "%s with a log beside it",
		    size == 0 ? "empty" : "missing");
		*corrupt = 1;
		return -1;
	}
	if (size != -1)
		return 0;
	if (!create) {
		snprintf(open_err, sizeof(open_err), "no such database");
		return -1;
	}
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd == -1) {
		snprintf(open_err, sizeof(open_err), "create: %s",
		    strerror(errno));
		return -1;
	}
	close(fd);
	return 0;
}

static int
open_steps(struct db *db, const char *path, int *corrupt)
{
	int	 code;

	code = sqlite3_open_v2(path, &db->handle, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX |
	    SQLITE_OPEN_PRIVATECACHE, NULL);
	if (code != SQLITE_OK)
		return open_fail(db, code, "open", corrupt);
	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_timeout(db->handle, DB_BUSY_TIMEOUT_MS);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	/* Until it is known to be sound nothing may be moved from the log. */
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
	    NULL);
	if (check_version(db, corrupt) == -1 ||
	    check_sound(db, corrupt) == -1 || set_modes(db, corrupt) == -1)
		return -1;
	if (db_migrate(db->handle, schema_steps, schema_nsteps, open_err,
	    sizeof(open_err)) == -1)
		return -1;
	if (prepare_all(db, corrupt) == -1)
		return -1;
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0,
	    NULL);
	return 0;
}

static struct db *
open_path(const char *path, int create, const char **errstr)
{
	struct db	*db;
	char		 reason[DB_ERRSTR_MAX];
	int		 corrupt = 0;

	*errstr = open_err;
	if (sqlite3_libversion_number() < SQLITE_OLDEST) {
		snprintf(open_err, sizeof(open_err), "sqlite %s is too old",
		    sqlite3_libversion());
		return NULL;
	}
	if ((db = calloc(1, sizeof(*db))) == NULL) {
		snprintf(open_err, sizeof(open_err), "%s", strerror(errno));
		return NULL;
	}
	TAILQ_INIT(&db->notes);
	TAILQ_INIT(&db->told);
	db_actor(db, "service");
	db_init();
	if (prepare_file(path, create, &corrupt) == 0 &&
	    open_steps(db, path, &corrupt) == 0) {
		*errstr = NULL;
		return db;
	}
	db_close(db);
	strlcpy(reason, open_err, sizeof(reason));
	if (corrupt)
		put_aside(path, reason);
	else
		snprintf(open_err, sizeof(open_err), "%.128s: %.350s", path,
		    reason);
	return NULL;
}

struct db *
db_open(const char *path, const char **errstr)
{
	return open_path(path, 1, errstr);
}

struct db *
db_open_existing(const char *path, const char **errstr)
{
	return open_path(path, 0, errstr);
}

void
db_close(struct db *db)
{
	int	 i;

	if (db == NULL)
		return;
	db_audit_clear(db);
	db_audit_kept(db, 0);
	for (i = 0; i < STMT_COUNT; i++)
		sqlite3_finalize(db->stmt[i]);
	sqlite3_close(db->handle);
	free(db);
}
