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
 * Tags: rows that exist while something refers to them.
 */

#include <stdint.h>
#include <string.h>

#include "db_private.h"

int
db_tags_valid(const struct db_tag *tags, size_t count)
{
	size_t	 i;

	if (count > DB_TAGS_MAX)
		return 0;
	for (i = 0; i < count; i++)
		if (!db_string_ends(tags[i].name, sizeof(tags[i].name)) ||
		    !db_tag_name_valid(tags[i].name))
			return 0;
	return 1;
}

/* The id of a tag, made when it is new. */
enum db_result
db_tag_intern(struct db *db, int64_t org, const char *name, int64_t *id)
{
	enum db_result	 result;
	struct db_row	 row;

	result = db_run(db, STMT_TAG_ADD, DB_ARGS(db_int(org),
	    db_text(name)));
	if (result != DB_OK)
		return result;
	result = db_first(db, STMT_TAG_GET, DB_ARGS(db_int(org),
	    db_text(name)), &row);
	if (result == DB_NOTFOUND)
		return db_fail(db, DB_ERROR, "tag vanished");
	if (result != DB_OK)
		return result;
	*id = db_row_int(&row, 1, INT64_MAX);
	return db_row_end(db, &row);
}

/* Removes the organisation's tags that nothing refers to any more. */
enum db_result
db_tag_sweep(struct db *db, int64_t org)
{
	return db_run(db, STMT_TAG_SWEEP, DB_ARGS(db_int(org)));
}

enum db_result
db_tags_load(struct db *db, enum db_stmt id, struct db_args args,
    struct db_tag *tags, size_t *count)
{
	enum db_result	 result;
	struct db_row	 row;

	*count = 0;
	result = db_first(db, id, args, &row);
	while (result == DB_OK) {
		if (*count == DB_TAGS_MAX) {
			row.bad = 1;
			return db_row_end(db, &row);
		}
		tags[*count].id = db_row_int(&row, 1, INT64_MAX);
		db_row_text(&row, tags[*count].name,
		    sizeof(tags[*count].name));
		if (row.bad)
			return db_row_end(db, &row);
		(*count)++;
		result = db_next(db, &row);
	}
	return result == DB_NOTFOUND ? DB_OK : result;
}

enum db_result
db_each_tag(struct db *db, db_tag_cb cb, void *arg)
{
	enum db_result	 result;
	struct db_row	 row;
	struct db_tag	 tag;
	int64_t		 org;

	memset(&tag, 0, sizeof(tag));
	for (;;) {
		result = db_first(db, STMT_TAG_NEXT, DB_ARGS(db_int(tag.id)),
		    &row);
		if (result != DB_OK)
			return result == DB_NOTFOUND ? DB_OK : result;
		tag.id = db_row_int(&row, 1, INT64_MAX);
		org = db_row_int(&row, 1, INT64_MAX);
		db_row_text(&row, tag.name, sizeof(tag.name));
		if ((result = db_row_end(db, &row)) != DB_OK)
			return result;
		if (cb(org, &tag, arg) != 0)
			return DB_OK;
	}
}

/* The tag after the one before it is that one, or there is none. */
enum db_result
db_tag_get(struct db *db, int64_t id, struct db_tag *tag)
{
	enum db_result	 result;
	struct db_row	 row;

	memset(tag, 0, sizeof(*tag));
	if (id < 1)
		return DB_NOTFOUND;
	result = db_first(db, STMT_TAG_NEXT, DB_ARGS(db_int(id - 1)), &row);
	if (result != DB_OK)
		return result;
	tag->id = db_row_int(&row, 1, INT64_MAX);
	db_row_int(&row, 1, INT64_MAX);
	db_row_text(&row, tag->name, sizeof(tag->name));
	if ((result = db_row_end(db, &row)) != DB_OK)
		return result;
	return tag->id == id ? DB_OK : DB_NOTFOUND;
}
