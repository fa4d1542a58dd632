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
 * The agent's state: who we are, the policy as applied, the introductions
 * of this run.  Rows hold encoded messages; a build with another message
 * table forgets policy and introductions, which discovery sends again.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ctlproc/ctl.h"

#define DB_FILE		"agent.db"
#define DB_VERSION	1

static const char schema[] =
    "CREATE TABLE identity (id INTEGER PRIMARY KEY CHECK (id = 1),"
    " certificate BLOB NOT NULL, authority BLOB NOT NULL) STRICT;"
    "CREATE TABLE policy (id INTEGER PRIMARY KEY CHECK (id = 1),"
    " build INTEGER NOT NULL, sequence INTEGER NOT NULL) STRICT;"
    "CREATE TABLE peers (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " system TEXT NOT NULL UNIQUE, entry BLOB) STRICT;"
    "CREATE TABLE introductions (peer INTEGER PRIMARY KEY"
    " REFERENCES peers (id) ON DELETE CASCADE, run INTEGER NOT NULL,"
    " message BLOB NOT NULL) STRICT;";

static int
run_sql(struct env *env, const char *sql)
{
	char	*error = NULL;

	if (env->db == NULL)
		return -1;
	if (sqlite3_exec(env->db, sql, NULL, NULL, &error) == SQLITE_OK)
		return 0;
	log_warnx("state: %s", error != NULL ? error : "failed");
	sqlite3_free(error);
	return -1;
}

static int
user_version(struct env *env)
{
	sqlite3_stmt	*st;
	int		 version = -1;

	if (sqlite3_prepare_v2(env->db, "PRAGMA user_version", -1, &st,
	    NULL) != SQLITE_OK)
		return -1;
	if (sqlite3_step(st) == SQLITE_ROW)
		version = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return version;
}

/* A database that cannot be read is kept aside, never overwritten. */
static void
set_aside(struct env *env)
{
	char	 name[64];

	sqlite3_close(env->db);
	env->db = NULL;
	snprintf(name, sizeof(name), DB_FILE ".corrupt-%llu",
	    (unsigned long long)clock_wall_sec());
	if (rename(DB_FILE, name) == -1)
		fatal("state: cannot set the corrupt database aside");
	log_error("state: the database is corrupt and was kept as %s; "
	    "enrol this system again", name);
}

static int
open_file(struct env *env)
{
	int	 version;

	if (sqlite3_open_v2(DB_FILE, &env->db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		log_warnx("state: %s", sqlite3_errmsg(env->db));
		return -1;
	}
	sqlite3_busy_timeout(env->db, 2000);
	sqlite3_limit(env->db, SQLITE_LIMIT_ATTACHED, 0);
	if ((version = user_version(env)) == -1)
		return -1;
	if (run_sql(env, "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON;"
	    "PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
	    "PRAGMA trusted_schema=OFF") == -1)
		return -1;
	if (version > DB_VERSION)
		fatalx("state: the database is of a newer release (%d)",
		    version);
	if (version == 0)
		return run_sql(env, schema) == -1 ||
		    run_sql(env, "PRAGMA user_version=1") == -1 ? -1 : 0;
	return run_sql(env, "SELECT count(*) FROM peers, identity, policy");
}

void
db_open(struct env *env)
{
	uint8_t	 unused[8];

	sqlite3_initialize();
	/* Opens its random source now, not inside the sandbox. */
	sqlite3_randomness(sizeof(unused), unused);
	if (open_file(env) == 0)
		return;
	set_aside(env);
	if (open_file(env) == -1)
		fatalx("state: cannot make the database");
}

static sqlite3_stmt *
prepare(struct env *env, const char *sql)
{
	sqlite3_stmt	*st = NULL;

	if (env->db == NULL ||
	    sqlite3_prepare_v2(env->db, sql, -1, &st, NULL) != SQLITE_OK)
		log_warnx("state: %s", sqlite3_errmsg(env->db));
	return st;
}

static int
finish(struct env *env, sqlite3_stmt *st)
{
	int	 ok;

	if (st == NULL)
		return -1;
	ok = sqlite3_step(st) == SQLITE_DONE;
	if (!ok)
		log_warnx("state: %s", sqlite3_errmsg(env->db));
	sqlite3_finalize(st);
	return ok ? 0 : -1;
}

int
db_begin(struct env *env)
{
	return run_sql(env, "BEGIN IMMEDIATE");
}

int
db_end(struct env *env, int ok)
{
	if (ok && run_sql(env, "COMMIT") == 0)
		return 0;
	run_sql(env, "ROLLBACK");
	return -1;
}

int
db_save_identity(struct env *env)
{
	sqlite3_stmt	*st = prepare(env, "INSERT OR REPLACE INTO identity "
			    "VALUES (1, ?, ?)");

	if (st == NULL)
		return -1;
	sqlite3_bind_blob(st, 1, env->self.certificate,
	    env->self.certificate_len, SQLITE_STATIC);
	sqlite3_bind_blob(st, 2, env->self.authority, 32, SQLITE_STATIC);
	return finish(env, st);
}

int
db_save_policy(struct env *env)
{
	sqlite3_stmt	*st = prepare(env, "INSERT OR REPLACE INTO policy "
			    "VALUES (1, ?, ?)");

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, (sqlite3_int64)msg_build());
	sqlite3_bind_int64(st, 2, (sqlite3_int64)env->sequence);
	return finish(env, st);
}

/* A new peer gets its number here. */
int
db_save_peer(struct env *env, struct peer *p)
{
	uint8_t		 buf[MSG_MAX_SIZE];
	sqlite3_stmt	*st;
	ssize_t		 len;

	len = msg_encode(msg_lookup(MSG_POLICY_ENTRY), &p->policy, buf,
	    sizeof(buf));
	if (len == -1)
		return -1;
	/* A system keeps its number for as long as its row lives. */
	st = prepare(env, "INSERT INTO peers (system, entry) VALUES (?, ?) "
	    "ON CONFLICT (system) DO UPDATE SET entry = excluded.entry "
	    "RETURNING id");
	if (st == NULL)
		return -1;
	sqlite3_bind_text(st, 1, p->policy.system, -1, SQLITE_STATIC);
	sqlite3_bind_blob(st, 2, buf, (int)len, SQLITE_STATIC);
	if (sqlite3_step(st) == SQLITE_ROW) {
		p->id = (uint32_t)sqlite3_column_int64(st, 0);
		return finish(env, st);
	}
	log_warnx("state: %s", sqlite3_errmsg(env->db));
	sqlite3_finalize(st);
	return -1;
}

int
db_save_introduction(struct env *env, const struct peer *p)
{
	uint8_t		 buf[MSG_MAX_SIZE];
	sqlite3_stmt	*st;
	ssize_t		 len;
	int		 ret;

	len = msg_encode(msg_lookup(MSG_INTRODUCTION), &p->intro, buf,
	    sizeof(buf));
	st = prepare(env, "INSERT OR REPLACE INTO introductions "
	    "VALUES (?, ?, ?)");
	if (len == -1 || st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, p->id);
	sqlite3_bind_int64(st, 2, (sqlite3_int64)env->options.run);
	sqlite3_bind_blob(st, 3, buf, (int)len, SQLITE_STATIC);
	ret = finish(env, st);
	explicit_bzero(buf, (size_t)len);
	return ret;
}

int
db_delete_peer(struct env *env, const struct peer *p)
{
	sqlite3_stmt	*st = prepare(env, "DELETE FROM peers WHERE id = ?");

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, p->id);
	return finish(env, st);
}

int
db_forget(struct env *env)
{
	if (db_begin(env) == -1)
		return -1;
	return db_end(env, run_sql(env, "DELETE FROM introductions;"
	    "DELETE FROM peers; DELETE FROM policy;"
	    "DELETE FROM identity") == 0);
}

static void
load_identity(struct env *env)
{
	sqlite3_stmt	*st = prepare(env, "SELECT certificate, authority "
			    "FROM identity");
	const char	*reason;

	if (st != NULL && sqlite3_step(st) == SQLITE_ROW &&
	    sqlite3_column_bytes(st, 1) == 32 &&
	    identity_set(env, sqlite3_column_blob(st, 0),
	    (size_t)sqlite3_column_bytes(st, 0), sqlite3_column_blob(st, 1),
	    &reason) == -1)
		log_error("state: the stored certificate is not usable: %s",
		    reason);
	sqlite3_finalize(st);
}

static int
load_sequence(struct env *env)
{
	sqlite3_stmt	*st = prepare(env, "SELECT sequence FROM policy "
			    "WHERE build = ?");
	int		 found = 0;

	if (st == NULL)
		return 0;
	sqlite3_bind_int64(st, 1, (sqlite3_int64)msg_build());
	if (sqlite3_step(st) == SQLITE_ROW) {
		env->sequence = (uint64_t)sqlite3_column_int64(st, 0);
		found = 1;
	}
	sqlite3_finalize(st);
	return found;
}

static void
load_peer(struct env *env, sqlite3_stmt *st)
{
	struct msg_policy_entry	 entry;
	struct peer		*p;
	const char		*reason;

	if (msg_decode(msg_lookup(MSG_POLICY_ENTRY),
	    sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1),
	    &entry) != MSG_OK)
		return;
	if ((p = peer_new(env, entry.system)) == NULL)
		return;
	p->id = (uint32_t)sqlite3_column_int64(st, 0);
	if (peer_set(p, &entry, &reason) == -1) {
		log_warnx("state: %s: %s", entry.system, reason);
		peer_free(env, p);
		return;
	}
	/* Only an introduction of this run may be used again. */
	if ((uint64_t)sqlite3_column_int64(st, 2) == env->options.run &&
	    sqlite3_column_bytes(st, 3) > 0 &&
	    msg_decode(msg_lookup(MSG_INTRODUCTION),
	    sqlite3_column_blob(st, 3), (size_t)sqlite3_column_bytes(st, 3),
	    &p->intro) == MSG_OK)
		p->introduced = 1;
}

void
db_load(struct env *env)
{
	sqlite3_stmt	*st;

	load_identity(env);
	if (!load_sequence(env)) {
		run_sql(env, "UPDATE peers SET entry = NULL;"
		    "DELETE FROM introductions");
		return;
	}
	st = prepare(env, "SELECT p.id, p.entry, i.run, i.message "
	    "FROM peers p LEFT JOIN introductions i ON i.peer = p.id "
	    "WHERE p.entry IS NOT NULL");
	while (st != NULL && sqlite3_step(st) == SQLITE_ROW)
		load_peer(env, st);
	sqlite3_finalize(st);
}
