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
 * What systems say of themselves, kept over restarts.  Some of it is shown in
 * lists and has columns of its own.  No configuration, so that neither the
 * revision nor the audit log changes with it.
 */

#include <string.h>

#include "storeproc/db_private.h"

static enum db_result
facts_set(struct db *db, const struct db_facts *f)
{
	enum db_result	 result;

	if (!db_string_ends(f->text, sizeof(f->text)) ||
	    !db_text_valid(f->hostname, sizeof(f->hostname)) ||
	    !db_text_valid(f->os, sizeof(f->os)) ||
	    !db_text_valid(f->os_version, sizeof(f->os_version)) ||
	    !db_text_valid(f->agent, sizeof(f->agent)))
		return db_fail(db, DB_INVALID, "facts not valid");
	result = db_run(db, STMT_FACTS_SET, DB_ARGS(db_int(f->system),
	    db_text(f->text)));
	if (result == DB_OK)
		result = db_run(db, STMT_SYSTEM_SET_FACTS,
		    DB_ARGS(db_int(f->system), db_text(f->hostname),
		    db_text(f->os), db_text(f->os_version),
		    db_text(f->agent)));
	return result;
}

enum db_result
db_facts_set(struct db *db, const struct db_facts *facts, size_t n)
{
	enum db_result	 result;
	size_t		 i;

	if (n == 0)
		return DB_OK;
	if ((result = db_begin(db)) != DB_OK)
		return result;
	for (i = 0; i < n && result == DB_OK; i++)
		result = facts_set(db, &facts[i]);
	return db_end(db, result, 0);
}

enum db_result
db_facts_get(struct db *db, int64_t system, struct db_facts *f)
{
	enum db_result	 result;
	struct db_row	 row;

	memset(f, 0, sizeof(*f));
	f->system = system;
	result = db_first(db, STMT_FACTS_GET, DB_ARGS(db_int(system)), &row);
	if (result != DB_OK)
		return result;
	db_row_text(&row, f->text, sizeof(f->text));
	return db_row_end(db, &row);
}
