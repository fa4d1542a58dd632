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
 * What the database promises when something breaks: the disk, the file, the
 * process, the version.
 */

#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>

#include "db_fixture.h"

#define KILLS	30

static void
run_sql(struct db *db, const char *sql)
{
	ATF_REQUIRE_MSG(sqlite3_exec(db->handle, sql, NULL, NULL, NULL) ==
	    SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db->handle));
}

/* Whole file into a buffer of the heap. */
static uint8_t *
slurp(const char *path, size_t *len)
{
	struct stat	 st;
	uint8_t		*data;
	int		 fd;

	ATF_REQUIRE((fd = open(path, O_RDONLY)) != -1);
	ATF_REQUIRE(fstat(fd, &st) == 0);
	*len = (size_t)st.st_size;
	ATF_REQUIRE((data = malloc(*len + 1)) != NULL);
	ATF_REQUIRE_EQ(read(fd, data, *len), st.st_size);
	close(fd);
	return data;
}

static void
overwrite(const char *path, off_t off, const void *data, size_t len)
{
	int	 fd;

	ATF_REQUIRE((fd = open(path, O_WRONLY | O_CREAT, 0600)) != -1);
	ATF_REQUIRE_EQ(pwrite(fd, data, len, off), (ssize_t)len);
	close(fd);
}

/* Entries that start so, logs or no logs; the last one's name in name. */
static int
count_files(const char *prefix, int logs, char *name, size_t size)
{
	struct dirent	*de;
	DIR		*dir;
	int		 n = 0;

	ATF_REQUIRE((dir = opendir(".")) != NULL);
	while ((de = readdir(dir)) != NULL)
		if (strncmp(de->d_name, prefix, strlen(prefix)) == 0 &&
		    logs == (strstr(de->d_name, "-wal") != NULL ||
		    strstr(de->d_name, "-shm") != NULL)) {
			strlcpy(name, de->d_name, size);
			n++;
		}
	closedir(dir);
	return n;
}

static int
count_aside(void)
{
	char	 name[256];

	return count_files(PATH ".corrupt-", 0, name, sizeof(name));
}

/* Open must fail, saying this, and leave the database where it is. */
static void
check_refused(const char *text)
{
	const char	*err;
	uint8_t		*before, *after;
	size_t		 len, len2;

	before = slurp(PATH, &len);
	ATF_REQUIRE(db_open(PATH, &err) == NULL);
	ATF_CHECK_MSG(strstr(err, text) != NULL, "%s", err);
	after = slurp(PATH, &len2);
	ATF_CHECK_EQ(len, len2);
	ATF_CHECK(len == len2 && memcmp(before, after, len) == 0);
	ATF_CHECK_EQ(count_aside(), 0);
	free(before);
	free(after);
}

/* Open must fail and keep the very bytes under another name. */
static void
check_kept_aside(int expect)
{
	char		 name[256];
	const char	*err;
	uint8_t		*before, *after;
	size_t		 len, len2;

	before = slurp(PATH, &len);
	ATF_REQUIRE(db_open(PATH, &err) == NULL);
	ATF_CHECK_MSG(strstr(err, "corrupt") != NULL &&
	    strstr(err, "kept as " PATH ".corrupt-") != NULL, "%s", err);
	ATF_CHECK_EQ(access(PATH, F_OK), -1);
	ATF_CHECK_EQ(count_aside(), expect);
	strlcpy(name, strstr(err, PATH ".corrupt-"), sizeof(name));
	after = slurp(name, &len2);
	ATF_CHECK_EQ(len, len2);
	ATF_CHECK(len == len2 && memcmp(before, after, len) == 0);
	free(before);
	free(after);
}

ATF_TC_WITHOUT_HEAD(reopening_keeps_everything);
ATF_TC_BODY(reopening_keeps_everything, tc)
{
	struct db		*db = fixture_open();
	struct db_system	 before, after;
	const char		*why;
	int64_t			 rev;

	fixture_key(db, fixture_org(db, "o", 0, 0), 1, 9);
	CHECK_OK(db, fixture_enrol(db, 1, 1, &before, &why));
	rev = fixture_revision(db);
	db_close(db);
	db = fixture_reopen();
	CHECK_OK(db, db_system_get(db, before.id, &after));
	ATF_CHECK(memcmp(&before, &after, sizeof(before)) == 0);
	ATF_CHECK_EQ(fixture_revision(db), rev);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(failure_at_the_last_statement_undoes_the_enrolment);
ATF_TC_BODY(failure_at_the_last_statement_undoes_the_enrolment, tc)
{
	static const char *const	 faults[] = { "ABORT", "FAIL",
					     "ROLLBACK" };
	struct db			*db = fixture_open();
	struct db_system		 sys;
	struct db_key			 key;
	const char			*why;
	char				 sql[256];
	int64_t				 id, rev;
	size_t				 i;

	id = fixture_key(db, fixture_org(db, "o", 0, 0), 1, 9);
	rev = fixture_revision(db);
	for (i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		snprintf(sql, sizeof(sql), "CREATE TEMP TRIGGER inject "
		    "BEFORE UPDATE ON revision BEGIN "
		    "SELECT RAISE(%s, 'injected'); END", faults[i]);
		run_sql(db, sql);
		CHECK_RESULT(db, DB_ERROR, fixture_enrol(db, 1, 1, &sys,
		    &why));
		ATF_CHECK(strstr(db_errstr(db), "injected") != NULL);
		ATF_CHECK(why == NULL);
		ATF_CHECK(sqlite3_get_autocommit(db->handle));
		ATF_CHECK_EQ(sys.id, 0);
		run_sql(db, "DROP TRIGGER inject");
		ATF_CHECK_EQ(fixture_count(db,
		    "SELECT count(*) FROM systems"), 0);
		ATF_CHECK_EQ(fixture_count(db,
		    "SELECT count(*) FROM names_used"), 0);
		CHECK_OK(db, db_key_get(db, id, &key));
		ATF_CHECK_EQ(key.uses_remaining, 9);
		ATF_CHECK_EQ(fixture_revision(db), rev);
	}
	CHECK_OK(db, fixture_enrol(db, 1, 1, &sys, &why));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(full_disk_is_a_clear_error_and_work_goes_on_after);
ATF_TC_BODY(full_disk_is_a_clear_error_and_work_goes_on_after, tc)
{
	struct db		*db = fixture_open();
	struct db_system	 sys;
	const char		*why;
	char			 sql[64];
	enum db_result		 result = DB_OK;
	int64_t			 rev, kept;
	uint32_t		 i;

	fixture_key(db, fixture_org(db, "o", 0, 0), 1, DB_USES_UNLIMITED);
	snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %lld",
	    (long long)fixture_count(db, "PRAGMA page_count"));
	run_sql(db, sql);
	for (i = 1; i < 1000 && result == DB_OK; i++) {
		rev = fixture_revision(db);
		kept = fixture_count(db, "SELECT count(*) FROM systems");
		result = fixture_enrol(db, 1, i, &sys, &why);
	}
	ATF_REQUIRE_EQ(result, DB_ERROR);
	ATF_CHECK_MSG(strstr(db_errstr(db), "disk full") != NULL, "%s",
	    db_errstr(db));
	ATF_CHECK_EQ(fixture_revision(db), rev);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM systems"), kept);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM names_used"),
	    kept);
	run_sql(db, "PRAGMA max_page_count = 100000");
	CHECK_OK(db, fixture_enrol(db, 1, i, &sys, &why));
	db_close(db);
	db_close(fixture_reopen());
}

ATF_TC_WITHOUT_HEAD(locked_database_is_a_clear_error_and_work_goes_on_after);
ATF_TC_BODY(locked_database_is_a_clear_error_and_work_goes_on_after, tc)
{
	struct db	*db = fixture_open(), *other;
	const char	*err;
	int64_t		 org = fixture_org(db, "o", 0, 0), id;
	struct db_key	 key;

	id = fixture_key(db, org, 1, 9);
	ATF_REQUIRE((other = db_open(PATH, &err)) != NULL);
	run_sql(other, "BEGIN IMMEDIATE");
	sqlite3_busy_timeout(db->handle, 0);
	CHECK_RESULT(db, DB_ERROR, db_key_top_up(db, id, 1));
	ATF_CHECK_MSG(strstr(db_errstr(db), "locked") != NULL, "%s",
	    db_errstr(db));
	CHECK_OK(db, db_key_get(db, id, &key));
	ATF_CHECK_EQ(key.uses_remaining, 9);
	run_sql(other, "ROLLBACK");
	CHECK_OK(db, db_key_top_up(db, id, 1));
	db_close(other);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(read_only_database_is_a_clear_error);
ATF_TC_BODY(read_only_database_is_a_clear_error, tc)
{
	struct db	*db = fixture_open();
	int64_t		 id = fixture_key(db, fixture_org(db, "o", 0, 0), 1,
			     9);
	struct db_key	 key;

	run_sql(db, "PRAGMA query_only = ON");
	CHECK_RESULT(db, DB_ERROR, db_key_top_up(db, id, 1));
	ATF_CHECK_MSG(strstr(db_errstr(db), "read-only") != NULL, "%s",
	    db_errstr(db));
	CHECK_OK(db, db_key_get(db, id, &key));
	ATF_CHECK_EQ(key.uses_remaining, 9);
	run_sql(db, "PRAGMA query_only = OFF");
	CHECK_OK(db, db_key_top_up(db, id, 1));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(corrupt_database_is_kept_aside_untouched);
ATF_TC_BODY(corrupt_database_is_kept_aside_untouched, tc)
{
	struct db	*db = fixture_open();
	const char	*err;
	uint8_t		 junk[4096];

	fixture_org(db, "o", 0, 0);
	db_close(db);
	memset(junk, 0xa5, sizeof(junk));
	overwrite(PATH, 0, junk, sizeof(junk));		/* the header */
	check_kept_aside(1);
	ATF_CHECK(db_open_existing(PATH, &err) == NULL);
	ATF_CHECK_MSG(strstr(err, "no such database") != NULL, "%s", err);
	ATF_CHECK_EQ(access(PATH, F_OK), -1);

	/* Within the same second, and in a page beyond the header. */
	db = fixture_reopen();
	fixture_org(db, "o", 0, 0);
	db_close(db);
	overwrite(PATH, 4096 * 3, junk, sizeof(junk));
	check_kept_aside(2);
	db_close(fixture_reopen());
}

ATF_TC_WITHOUT_HEAD(log_without_its_database_is_kept_aside);
ATF_TC_BODY(log_without_its_database_is_kept_aside, tc)
{
	const char	*err;
	char		 name[256];

	fixture_dir();
	overwrite(PATH "-wal", 0, "precious", 8);
	ATF_CHECK(db_open(PATH, &err) == NULL);
	ATF_CHECK_MSG(strstr(err, "corrupt") != NULL, "%s", err);
	ATF_CHECK_EQ(count_files(PATH ".corrupt-", 1, name, sizeof(name)), 1);
	ATF_CHECK(strstr(name, "-wal") != NULL);
	db_close(fixture_reopen());
}

ATF_TC_WITHOUT_HEAD(other_failures_to_open_move_nothing);
ATF_TC_BODY(other_failures_to_open_move_nothing, tc)
{
	sqlite3		*handle;
	const char	*err;
	struct db	*db;

	fixture_dir();
	ATF_REQUIRE(mkdir("dir", 0700) == 0);
	ATF_CHECK(db_open("dir", &err) == NULL);
	ATF_CHECK_EQ(access("dir", F_OK), 0);
	ATF_CHECK(db_open("missing/" PATH, &err) == NULL);
	ATF_CHECK(symlink("elsewhere", "link") == 0);
	ATF_CHECK(db_open("link", &err) == NULL);
	ATF_CHECK_EQ(access("elsewhere", F_OK), -1);

	/* Someone else's database. */
	ATF_REQUIRE_EQ(sqlite3_open(PATH, &handle), SQLITE_OK);
	ATF_REQUIRE_EQ(sqlite3_exec(handle, "CREATE TABLE t (a)", NULL, NULL,
	    NULL), SQLITE_OK);
	sqlite3_close(handle);
	check_refused("not a database of the discovery service");
	ATF_REQUIRE_EQ(unlink(PATH), 0);

	/* A database from the future. */
	db = fixture_reopen();
	run_sql(db, "PRAGMA user_version = 1000");
	db_close(db);
	check_refused("newer");
}

ATF_TC_WITHOUT_HEAD(older_schema_is_migrated_and_keeps_its_rows);
ATF_TC_BODY(older_schema_is_migrated_and_keeps_its_rows, tc)
{
	struct schema_step	 steps[64];
	struct db		*db = fixture_open();
	size_t			 n = schema_nsteps;
	char			 err[256], sql[2][256], text[32];
	struct db_org		 org;
	int64_t			 id = fixture_org(db, "o", 0, 0);

	ATF_REQUIRE(n + 2 <= sizeof(steps) / sizeof(steps[0]));
	memcpy(steps, schema_steps, n * sizeof(steps[0]));
	steps[n].version = (int)n + 1;
	snprintf(sql[0], sizeof(sql[0]), "ALTER TABLE organisations"
	    " ADD COLUMN extra TEXT NOT NULL DEFAULT 'none';"
	    " PRAGMA user_version = %zu;", n + 1);
	steps[n].sql = sql[0];
	steps[n + 1].version = (int)n + 2;
	snprintf(sql[1], sizeof(sql[1]), "CREATE TABLE half (a);"
	    " DROP TABLE absent; PRAGMA user_version = %zu;", n + 2);
	steps[n + 1].sql = sql[1];
	/* The last fails: the one before stays, nothing of it does. */
	ATF_CHECK_EQ(db_migrate(db->handle, steps, n + 2, err, sizeof(err)),
	    -1);
	snprintf(text, sizeof(text), "step %zu", n + 2);
	ATF_CHECK_MSG(strstr(err, text) != NULL, "%s", err);
	ATF_CHECK_EQ(fixture_count(db, "PRAGMA user_version"),
	    (int64_t)n + 1);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM sqlite_schema"
	    " WHERE name = 'half'"), 0);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM organisations"
	    " WHERE extra = 'none'"), 1);
	ATF_CHECK_EQ(fixture_count(db, "PRAGMA foreign_keys"), 1);
	CHECK_OK(db, db_org_get(db, id, &org));
	/* A step that breaks a reference is undone as well. */
	snprintf(sql[1], sizeof(sql[1]), "DELETE FROM organisations;"
	    " INSERT INTO tags (org, name) VALUES (77, 'x');"
	    " PRAGMA user_version = %zu;", n + 2);
	ATF_CHECK_EQ(db_migrate(db->handle, steps, n + 2, err, sizeof(err)),
	    -1);
	ATF_CHECK_MSG(strstr(err, "inconsistent") != NULL, "%s", err);
	CHECK_OK(db, db_org_get(db, id, &org));
	db_close(db);
	check_refused("newer");
}

ATF_TC_WITHOUT_HEAD(schema_steps_are_numbered_without_a_gap);
ATF_TC_BODY(schema_steps_are_numbered_without_a_gap, tc)
{
	size_t	 i;

	for (i = 0; i < schema_nsteps; i++)
		ATF_CHECK_EQ(schema_steps[i].version, (int)i + 1);
}

/* Enrols agents from first on and reports each commit; never returns. */
static void
writer(int fd, uint32_t first)
{
	struct db_system	 sys;
	struct db_enrolment	 in;
	uint8_t			 hash[DB_KEY_LEN];
	const char		*err;
	struct db		*db;

	if ((db = db_open_existing(PATH, &err)) == NULL)
		_exit(2);
	fixture_hash(hash, 1);
	for (;; first++) {
		fixture_enrolment(&in, first);
		if (db_enrol(db, hash, &in, &sys, &err) != DB_OK)
			_exit(3);
		if (write(fd, &first, sizeof(first)) != sizeof(first))
			_exit(4);
	}
}

/* Starts a writer, kills it after some reports; the last one it made. */
static uint32_t
write_and_kill(uint32_t first)
{
	uint32_t	 last = 0, wait;
	pid_t		 pid;
	int		 fds[2], status;

	ATF_REQUIRE(pipe(fds) == 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		close(fds[0]);
		writer(fds[1], first);
	}
	close(fds[1]);
	for (wait = 1 + arc4random_uniform(12); wait > 0; wait--)
		ATF_REQUIRE_EQ(read(fds[0], &last, sizeof(last)),
		    (ssize_t)sizeof(last));
	/* Somewhere within the next transaction. */
	for (wait = arc4random_uniform(200000); wait > 0; wait--)
		__asm__ volatile("" ::: "memory");
	ATF_REQUIRE(kill(pid, SIGKILL) == 0);
	while (read(fds[0], &last, sizeof(last)) == (ssize_t)sizeof(last))
		;
	close(fds[0]);
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	ATF_REQUIRE(WIFSIGNALED(status));
	return last;
}

ATF_TC_WITHOUT_HEAD(killed_writer_loses_nothing_acknowledged);
ATF_TC_BODY(killed_writer_loses_nothing_acknowledged, tc)
{
	struct db_enrolment	 in;
	struct db_system	 sys;
	struct db_key		 key;
	struct db		*db = fixture_open();
	int64_t			 id, count, base;
	uint32_t		 next = 1, last, seq;
	int			 i;

	id = fixture_key(db, fixture_org(db, "o", 0, 0), 1, DB_USES_MAX);
	base = fixture_revision(db);
	db_close(db);
	for (i = 0; i < KILLS; i++) {
		last = write_and_kill(next);
		ATF_REQUIRE(last >= next);
		db = fixture_reopen();
		for (seq = next; seq <= last; seq++) {
			fixture_enrolment(&in, seq);
			CHECK_OK(db, db_system_get_identity(db, in.identity,
			    &sys));
			ATF_CHECK_EQ(sys.ntags, 2);
		}
		/* One more may be done that was not reported, never half. */
		count = fixture_count(db, "SELECT count(*) FROM systems");
		ATF_REQUIRE(count == last || count == last + 1);
		CHECK_OK(db, db_key_get(db, id, &key));
		ATF_CHECK_EQ(key.uses_remaining, DB_USES_MAX - count);
		ATF_CHECK_EQ(key.enrolled_count, count);
		ATF_CHECK_EQ(fixture_revision(db), base + count);
		ATF_CHECK_EQ(fixture_count(db,
		    "SELECT count(*) FROM names_used"), count);
		next = (uint32_t)count + 1;
		db_close(db);
	}
	ATF_CHECK_EQ(count_aside(), 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, reopening_keeps_everything);
	ATF_TP_ADD_TC(tp, failure_at_the_last_statement_undoes_the_enrolment);
	ATF_TP_ADD_TC(tp, full_disk_is_a_clear_error_and_work_goes_on_after);
	ATF_TP_ADD_TC(tp,
	    locked_database_is_a_clear_error_and_work_goes_on_after);
	ATF_TP_ADD_TC(tp, read_only_database_is_a_clear_error);
	ATF_TP_ADD_TC(tp, corrupt_database_is_kept_aside_untouched);
	ATF_TP_ADD_TC(tp, log_without_its_database_is_kept_aside);
	ATF_TP_ADD_TC(tp, other_failures_to_open_move_nothing);
	ATF_TP_ADD_TC(tp, older_schema_is_migrated_and_keeps_its_rows);
	ATF_TP_ADD_TC(tp, schema_steps_are_numbered_without_a_gap);
	ATF_TP_ADD_TC(tp, killed_writer_loses_nothing_acknowledged);
	return atf_no_error();
}
