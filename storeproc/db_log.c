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
 * Pages of the audit log, newest rows first, for those who look for something
 * in it.
 */

#include <string.h>

#include "storeproc/db_private.h"

#define WANTED(f)							\
	db_text((f)->org), db_int((f)->from), db_int((f)->before),	\
	db_text((f)->actor), db_text((f)->action), db_text((f)->type),	\
	db_text((f)->object)

static enum db_result
page_ids(struct db *db, const struct db_audit_filter *f, uint32_t offset,
    uint32_t count, int64_t *ids, size_t *n)
{
	enum db_result	 result;
	struct db_row	 row;

	result = db_first(db, STMT_AUDIT_PAGE, DB_ARGS(WANTED(f),
	    db_int(count), db_int(offset)), &row);
	while (result == DB_OK) {
		ids[(*n)++] = db_row_int(&row, 1, INT64_MAX);
		if (*n == count || (result = db_next(db, &row)) != DB_OK)
			break;
	}
	if (result == DB_OK)
		return db_row_end(db, &row);
	return result == DB_NOTFOUND ? DB_OK : result;
}

enum db_result
db_audit_page(struct db *db, const struct db_audit_filter *f, uint32_t offset,
    uint32_t count, int64_t *ids, size_t *n, int64_t *total)
{
	enum db_result	 result;
	struct db_row	 row;

	*n = 0;
	*total = 0;
	if (count > DB_LOG_MAX)
		return db_fail(db, DB_INVALID, "a page has up to %d rows",
		    DB_LOG_MAX);
	result = db_first(db, STMT_AUDIT_COUNT, DB_ARGS(WANTED(f),
	    db_int(DB_LOG_COUNT)), &row);
	if (result != DB_OK)
		return result;
	*total = db_row_int(&row, 0, INT64_MAX);
	if ((result = db_row_end(db, &row)) != DB_OK || count == 0)
		return result;
	return page_ids(db, f, offset, count, ids, n);
}
