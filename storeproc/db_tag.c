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
 * Tags: rows that exist while something refers to them, or for good when an
 * administrator has made them.
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
db_tag_get_id(struct db *db, int64_t id, struct db_tag *tag)
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

static int
colour_valid(const char *s)
{
	size_t	 i;

	if (s[0] == '\0')
		return 1;
	if (s[0] != '#' || strnlen(s, DB_COLOUR_LEN + 1) != DB_COLOUR_LEN)
		return 0;
	for (i = 1; i < DB_COLOUR_LEN; i++)
		if (strchr("0123456789abcdef", s[i]) == NULL)
			return 0;
	return 1;
}

static enum db_result
tag_check(struct db *db, const struct db_tag_object *t)
{
	if (!db_string_ends(t->name, sizeof(t->name)) ||
	    !db_tag_name_valid(t->name))
		return db_fail(db, DB_INVALID, "tag not valid");
	if (!db_text_valid(t->notes, sizeof(t->notes)))
		return db_fail(db, DB_INVALID, "notes not valid");
	if (!db_string_ends(t->colour, sizeof(t->colour)) ||
	    !colour_valid(t->colour))
		return db_fail(db, DB_INVALID, "a colour is \"#\" and six of "
		    "0-9 and a-f");
	return db_requirements_valid(db, t->requirements, t->nrequirements);
}

static enum db_result
tag_read(struct db *db, enum db_stmt stmt, struct db_args args,
    struct db_tag_object *t)
{
	enum db_result	 result;
	struct db_row	 row;

	memset(t, 0, sizeof(*t));
	result = db_first(db, stmt, args, &row);
	if (result == DB_NOTFOUND)
		return db_fail(db, DB_NOTFOUND, "no such tag");
	if (result != DB_OK)
		return result;
	t->id = db_row_int(&row, 1, INT64_MAX);
	t->org = db_row_int(&row, 1, INT64_MAX);
	db_row_text(&row, t->name, sizeof(t->name));
	t->permanent = (int)db_row_int(&row, 0, 1);
	db_row_text(&row, t->notes, sizeof(t->notes));
	db_row_text(&row, t->colour, sizeof(t->colour));
	if ((result = db_row_end(db, &row)) != DB_OK)
		return result;
	return db_tags_load(db, STMT_TAG_REQUIREMENTS, DB_ARGS(db_int(t->id)),
	    t->requirements, &t->nrequirements);
}

enum db_result
db_tag_get(struct db *db, int64_t org, const char *name,
    struct db_tag_object *t)
{
	return tag_read(db, STMT_TAG_OBJECT, DB_ARGS(db_int(org),
	    db_text(name)), t);
}

enum db_result
db_each_tag_object(struct db *db, db_tag_object_cb cb, void *arg)
{
	enum db_result		 result;
	struct db_tag_object	 t;
	int64_t			 after = 0;

	while ((result = tag_read(db, STMT_TAG_OBJECT_NEXT,
	    DB_ARGS(db_int(after)), &t)) == DB_OK) {
		after = t.id;
		if (cb(&t, arg) != 0)
			return DB_OK;
	}
	return result == DB_NOTFOUND ? DB_OK : result;
}

static enum db_result
tag_set(struct db *db, const struct db_tag_object *t, int64_t *id)
{
	enum db_result	 result;

	result = db_tag_intern(db, t->org, t->name, id);
	if (result == DB_OK)
		result = db_audit(db, DB_AUDIT_TAG, *id, NULL);
	if (result == DB_OK)
		result = db_run(db, STMT_TAG_SET, DB_ARGS(db_int(*id),
		    db_text(t->notes), db_text(t->colour)));
	if (result == DB_OK)
		result = db_run(db, STMT_TAG_REQUIREMENTS_CLEAR,
		    DB_ARGS(db_int(*id)));
	if (result == DB_OK)
		result = db_requirements_add(db, STMT_TAG_REQUIREMENT_ADD,
		    *id, t->org, t->requirements, t->nrequirements);
	return result;
}

enum db_result
db_tag_set(struct db *db, struct db_tag_object *t)
{
	enum db_result	 result;
	int64_t		 id = 0;

	if ((result = tag_check(db, t)) != DB_OK ||
	    (result = db_begin(db)) != DB_OK)
		return result;
	result = db_end(db, tag_set(db, t, &id), 1);
	if (result == DB_OK)
		t->id = id;
	return result;
}

static enum db_result
tag_delete(struct db *db, int64_t org, const char *name)
{
	struct db_tag_object	 t;
	enum db_result		 result;
	struct db_row		 row;
	int64_t			 used;

	if ((result = db_tag_get(db, org, name, &t)) != DB_OK ||
	    (result = db_first(db, STMT_TAG_USED, DB_ARGS(db_int(t.id)),
	    &row)) != DB_OK)
		return result;
	used = db_row_int(&row, 0, 1);
	if ((result = db_row_end(db, &row)) != DB_OK)
		return result;
	if (used)
		return db_fail(db, DB_REFUSED,
		    "systems, keys or policies have this tag");
	if ((result = db_audit(db, DB_AUDIT_TAG, t.id, NULL)) != DB_OK)
		return result;
	return db_change(db, STMT_TAG_DELETE, DB_ARGS(db_int(t.id)), "tag");
}

enum db_result
db_tag_delete(struct db *db, int64_t org, const char *name)
{
	enum db_result	 result;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	return db_end(db, tag_delete(db, org, name), 1);
}
