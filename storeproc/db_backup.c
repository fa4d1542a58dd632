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
 * A copy of the database into a file beside it, some pages at a time.  Since
 * changes go through the same handle, sqlite puts those of pages that were
 * copied already into the copy too: it never starts over, and holds what the
 * database held when the last page was done.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db_private.h"

struct db_backup {
	struct db	*db;
	sqlite3		*to;
	sqlite3_backup	*work;
};

static int
file_make(struct db *db, const char *path)
{
	int	 fd;

	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd == -1) {
		db_fail(db, DB_ERROR, "%s: %s", path, strerror(errno));
		return -1;
	}
	close(fd);
	return 0;
}

struct db_backup *
db_backup_start(struct db *db, const char *path)
{
	struct db_backup	*b;

	if ((b = calloc(1, sizeof(*b))) == NULL) {
		db_fail(db, DB_ERROR, "out of memory");
		return NULL;
	}
	b->db = db;
	if (file_make(db, path) == -1)
		goto fail;
	if (sqlite3_open_v2(path, &b->to, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX |
	    SQLITE_OPEN_PRIVATECACHE, NULL) != SQLITE_OK ||
	    (b->work = sqlite3_backup_init(b->to, "main", db->handle,
	    "main")) == NULL) {
		db_fail(db, DB_ERROR, "backup: %s", b->to == NULL ?
		    "out of memory" : sqlite3_errmsg(b->to));
		goto fail;
	}
	return b;
fail:
	db_backup_end(b);
	return NULL;
}

/* One file for all: what was in the log is in the database. */
static enum db_result
backup_close(struct db_backup *b)
{
	int	 code;

	code = sqlite3_backup_finish(b->work);
	b->work = NULL;
	if (code == SQLITE_OK)
		code = sqlite3_exec(b->to, "PRAGMA journal_mode = DELETE",
		    NULL, NULL, NULL);
	if (code == SQLITE_OK) {
		code = sqlite3_close(b->to);
		b->to = NULL;
	}
	if (code != SQLITE_OK)
		return db_fail(b->db, DB_ERROR, "backup: %s",
		    db_code_text(code));
	return DB_OK;
}

enum db_result
db_backup_step(struct db_backup *b, int pages, int *done)
{
	int	 code;

	*done = 0;
	code = sqlite3_backup_step(b->work, pages);
	if (code == SQLITE_DONE) {
		*done = 1;
		return backup_close(b);
	}
	/* Who else looks at the database may hold it for a moment. */
	if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED)
		return DB_OK;
	return db_fail(b->db, DB_ERROR, "backup: %s", db_code_text(code));
}

void
db_backup_end(struct db_backup *b)
{
	if (b == NULL)
		return;
	if (b->work != NULL)
		sqlite3_backup_finish(b->work);
	sqlite3_close(b->to);
	free(b);
}
