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
 * Enrolment keys.  Only hashes are stored, and they never come out again.
 */

#include <stdint.h>
#include <string.h>

#include "db_private.h"

static int
hint_valid(const char *hint)
{
	size_t	 i;

	for (i = 0; i < DB_HINT_LEN; i++)
		if (!((hint[i] >= 'A' && hint[i] <= 'Z') ||
		    (hint[i] >= 'a' && hint[i] <= 'z') ||
		    (hint[i] >= '0' && hint[i] <= '9')))
			return 0;
	return hint[DB_HINT_LEN] == '\0';
}

static int
uses_valid(const struct db_key *key)
{
	return key->uses_remaining >= DB_USES_UNLIMITED &&
	    key->uses_remaining <= DB_USES_MAX;
}

static int
sources_valid(const struct db_key *key)
{
	size_t	 i;

	if (key->nsources > DB_SOURCES_MAX)
		return 0;
	for (i = 0; i < key->nsources; i++)
		if (!range_valid(&key->sources[i].range) ||
		    !db_text_valid(key->sources[i].description,
		    sizeof(key->sources[i].description)))
			return 0;
	return 1;
}

static enum db_result
key_check(struct db *db, const struct db_key *key)
{
	if (!hint_valid(key->hint))
		return db_fail(db, DB_INVALID, "hint not valid");
	if (!db_text_valid(key->description, sizeof(key->description)))
		return db_fail(db, DB_INVALID, "description not valid");
	if (!uses_valid(key))
		return db_fail(db, DB_INVALID, "number of uses not valid");
	if (key->not_after < 0 || key->created < 0)
		return db_fail(db, DB_INVALID, "negative time");
	if (!db_tags_valid(key->tags, key->ntags))
		return db_fail(db, DB_INVALID, "tags not valid");
	if (!db_text_valid(key->notes, sizeof(key->notes)))
		return db_fail(db, DB_INVALID, "notes not valid");
	if (key->action != DB_KEY_DISABLE && key->action != DB_KEY_DELETE)
		return db_fail(db, DB_INVALID, "expiry action not valid");
	if (!sources_valid(key))
		return db_fail(db, DB_INVALID, "source addresses not valid");
	switch (key->type) {
	case DB_KEY_GENERAL:
		if (key->approval != DB_APPROVAL_MANUAL &&
		    key->approval != DB_APPROVAL_AUTOMATIC)
			return db_fail(db, DB_INVALID, "approval not valid");
		if (key->retention_minutes != 0)
			return db_fail(db, DB_INVALID, "retention is for "
			    "ephemeral keys");
		return DB_OK;
	case DB_KEY_EPHEMERAL:
		if (key->approval != DB_APPROVAL_AUTOMATIC ||
		    key->uses_remaining != DB_USES_UNLIMITED)
			return db_fail(db, DB_INVALID, "ephemeral keys are "
			    "automatic and unlimited");
		if (key->retention_minutes > DB_RETENTION_MAX)
			return db_fail(db, DB_INVALID, "retention too long");
		return DB_OK;
	}
	return db_fail(db, DB_INVALID, "key type not valid");
}

/* Tags and sources. */
static enum db_result
key_insert_lists(struct db *db, const struct db_key *key, int64_t id)
{
	const struct db_source	*s;
	enum db_result		 result;
	int64_t			 tag;
	size_t			 i;

	for (i = 0; i < key->ntags; i++) {
		result = db_tag_intern(db, key->org, key->tags[i].name, &tag);
		if (result == DB_OK)
			result = db_run(db, STMT_KEY_TAG_ADD,
			    DB_ARGS(db_int(id), db_int(tag)));
		if (result != DB_OK)
			return result;
	}
	for (i = 0; i < key->nsources; i++) {
		s = &key->sources[i];
		result = db_run(db, STMT_KEY_SOURCE_ADD, DB_ARGS(db_int(id),
		    db_int((int64_t)i), db_int(s->range.family),
		    db_blob(s->range.low, sizeof(s->range.low)),
		    db_blob(s->range.high, sizeof(s->range.high)),
		    db_text(s->description)));
		if (result != DB_OK)
			return result;
	}
	return DB_OK;
}

static enum db_result
key_insert(struct db *db, const struct db_key *key, const uint8_t *hash,
    int64_t *id)
{
	enum db_result	 result;

	result = db_run(db, STMT_KEY_ADD, DB_ARGS(db_int(key->org),
	    db_blob(hash, DB_KEY_LEN), db_text(key->hint),
	    db_text(key->description), db_int(key->type),
	    db_int(key->approval), db_int(key->uses_remaining),
	    db_int(key->enabled != 0), db_int(key->not_after),
	    db_int(key->retention_minutes), db_int(key->created),
	    db_int(key->action), db_text(key->notes)));
	if (result != DB_OK)
		return result;
	*id = sqlite3_last_insert_rowid(db->handle);
	if ((result = db_audit_new(db, DB_AUDIT_KEY, *id, NULL)) != DB_OK)
		return result;
	return key_insert_lists(db, key, *id);
}

enum db_result
db_key_add(struct db *db, struct db_key *key, const uint8_t hash[DB_KEY_LEN])
{
	enum db_result	 result;
	int64_t		 id = 0;

	if ((result = key_check(db, key)) != DB_OK ||
	    (result = db_begin(db)) != DB_OK)
		return result;
	result = db_end(db, key_insert(db, key, hash, &id), 1);
	if (result == DB_OK)
		key->id = id;
	return result;
}

static enum db_result
key_read_sources(struct db *db, struct db_key *key)
{
	enum db_result		 result;
	struct db_source	*s;
	struct db_row		 row;

	result = db_first(db, STMT_KEY_SOURCES, DB_ARGS(db_int(key->id)),
	    &row);
	while (result == DB_OK) {
		if (key->nsources == DB_SOURCES_MAX) {
			row.bad = 1;
			return db_row_end(db, &row);
		}
		s = &key->sources[key->nsources++];
		s->range.family = (uint8_t)db_row_int(&row, 4, 6);
		db_row_blob(&row, s->range.low, sizeof(s->range.low));
		db_row_blob(&row, s->range.high, sizeof(s->range.high));
		db_row_text(&row, s->description, sizeof(s->description));
		row.bad |= !range_valid(&s->range);
		if (row.bad)
			return db_row_end(db, &row);
		result = db_next(db, &row);
	}
	return result == DB_NOTFOUND ? DB_OK : result;
}

static enum db_result
key_read(struct db *db, enum db_stmt id, struct db_args args,
    struct db_key *key)
{
	enum db_result	 result;
	struct db_row	 row;

	memset(key, 0, sizeof(*key));
	if ((result = db_first(db, id, args, &row)) != DB_OK)
		return result;
	key->id = db_row_int(&row, 1, INT64_MAX);
	key->org = db_row_int(&row, 1, INT64_MAX);
	db_row_text(&row, key->hint, sizeof(key->hint));
	db_row_text(&row, key->description, sizeof(key->description));
	key->type = (enum db_key_type)db_row_int(&row, DB_KEY_GENERAL,
	    DB_KEY_EPHEMERAL);
	key->approval = (enum db_approval)db_row_int(&row,
	    DB_APPROVAL_MANUAL, DB_APPROVAL_AUTOMATIC);
	key->uses_remaining = (int32_t)db_row_int(&row, DB_USES_UNLIMITED,
	    DB_USES_MAX);
	key->enabled = (int)db_row_int(&row, 0, 1);
	key->not_after = db_row_int(&row, 0, INT64_MAX);
	key->retention_minutes = (uint32_t)db_row_int(&row, 0,
	    DB_RETENTION_MAX);
	key->created = db_row_int(&row, 0, INT64_MAX);
	key->last_used = db_row_int(&row, 0, INT64_MAX);
	key->enrolled_count = (uint32_t)db_row_int(&row, 0, UINT32_MAX);
	key->action = (enum db_key_action)db_row_int(&row, DB_KEY_DISABLE,
	    DB_KEY_DELETE);
	db_row_text(&row, key->notes, sizeof(key->notes));
	key->unapproved_count = (uint32_t)db_row_int(&row, 0, UINT32_MAX);
	if ((result = db_row_end(db, &row)) != DB_OK ||
	    (result = key_read_sources(db, key)) != DB_OK)
		return result;
	return db_tags_load(db, STMT_KEY_TAGS, DB_ARGS(db_int(key->id)),
	    key->tags, &key->ntags);
}

enum db_result
db_key_get(struct db *db, int64_t id, struct db_key *key)
{
	enum db_result	 result;

	result = key_read(db, STMT_KEY_GET, DB_ARGS(db_int(id)), key);
	if (result == DB_NOTFOUND)
		db_fail(db, result, "no such enrolment key");
	return result;
}

enum db_result
db_key_get_hash(struct db *db, const uint8_t *hash, struct db_key *key)
{
	return key_read(db, STMT_KEY_GET_HASH, DB_ARGS(db_blob(hash,
	    DB_KEY_LEN)), key);
}

enum db_result
db_key_list(struct db *db, int64_t org, db_key_cb cb, void *arg)
{
	enum db_result	 result;
	struct db_key	 key;
	int64_t		 after = 0;

	while ((result = key_read(db, STMT_KEY_NEXT, DB_ARGS(db_int(org),
	    db_int(after)), &key)) == DB_OK) {
		after = key.id;
		if (cb(&key, arg) != 0)
			return DB_OK;
	}
	return result == DB_NOTFOUND ? DB_OK : result;
}

enum db_result
db_key_set_enabled(struct db *db, int64_t id, int enabled)
{
	enum db_result	 result;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	result = db_audit(db, DB_AUDIT_KEY, id, enabled ? "enable" :
	    "disable");
	if (result == DB_OK)
		result = db_change(db, STMT_KEY_SET_ENABLED,
		    DB_ARGS(db_int(id), db_int(enabled != 0)),
		    "enrolment key");
	return db_end(db, result, 1);
}

static enum db_result
key_top_up(struct db *db, int64_t id, uint32_t uses)
{
	enum db_result	 result;
	struct db_key	 key;

	if ((result = db_key_get(db, id, &key)) != DB_OK)
		return result;
	if (key.uses_remaining == DB_USES_UNLIMITED)
		return db_fail(db, DB_REFUSED, "the key is unlimited");
	if (uses > (uint32_t)(DB_USES_MAX - key.uses_remaining))
		return db_fail(db, DB_LIMIT, "more than %d uses",
		    DB_USES_MAX);
	result = db_audit(db, DB_AUDIT_KEY, id, NULL);
	if (result != DB_OK)
		return result;
	return db_run(db, STMT_KEY_SET_USES, DB_ARGS(db_int(id),
	    db_int((int64_t)key.uses_remaining + uses)));
}

enum db_result
db_key_top_up(struct db *db, int64_t id, uint32_t uses)
{
	enum db_result	 result;

	if (uses == 0)
		return db_fail(db, DB_INVALID, "nothing to add");
	if ((result = db_begin(db)) != DB_OK)
		return result;
	return db_end(db, key_top_up(db, id, uses), 1);
}

static enum db_result
key_delete(struct db *db, int64_t id)
{
	enum db_result	 result;
	struct db_key	 key;

	if ((result = db_key_get(db, id, &key)) != DB_OK ||
	    (result = db_audit(db, DB_AUDIT_KEY, id, NULL)) != DB_OK)
		return result;
	result = db_run(db, STMT_KEY_DELETE, DB_ARGS(db_int(id)));
	if (result == DB_OK)
		result = db_tag_sweep(db, key.org);
	return result;
}

enum db_result
db_key_delete(struct db *db, int64_t id)
{
	enum db_result	 result;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	return db_end(db, key_delete(db, id), 1);
}

static enum db_result
key_change(struct db *db, const struct db_key *key)
{
	enum db_result	 result;
	struct db_key	 old, all;

	if ((result = db_key_get(db, key->id, &old)) != DB_OK)
		return result;
	/* What cannot be changed must fit what can. */
	all = *key;
	all.org = old.org;
	if ((result = key_check(db, &all)) != DB_OK ||
	    (result = db_audit(db, DB_AUDIT_KEY, all.id, NULL)) != DB_OK)
		return result;
	result = db_run(db, STMT_KEY_CHANGE, DB_ARGS(db_int(all.id),
	    db_text(all.description), db_text(all.notes),
	    db_int(all.not_after), db_int(all.action)));
	if (result == DB_OK)
		result = db_run(db, STMT_KEY_TAGS_CLEAR,
		    DB_ARGS(db_int(all.id)));
	if (result == DB_OK)
		result = db_run(db, STMT_KEY_SOURCES_CLEAR,
		    DB_ARGS(db_int(all.id)));
	if (result == DB_OK)
		result = key_insert_lists(db, &all, all.id);
	return result == DB_OK ? db_tag_sweep(db, all.org) : result;
}

enum db_result
db_key_change(struct db *db, const struct db_key *key)
{
	enum db_result	 result;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	return db_end(db, key_change(db, key), 1);
}

enum db_result
db_key_next_expiry(struct db *db, int64_t *id, int64_t *when)
{
	enum db_result	 result;
	struct db_row	 row;

	*id = *when = 0;
	result = db_first(db, STMT_KEY_NEXT_EXPIRY, DB_NO_ARGS, &row);
	if (result != DB_OK)
		return result;
	*id = db_row_int(&row, 1, INT64_MAX);
	*when = db_row_int(&row, 1, INT64_MAX);
	return db_row_end(db, &row);
}

enum db_result
db_key_expire(struct db *db, int64_t id)
{
	enum db_result	 result;
	struct db_key	 key;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	result = db_key_get(db, id, &key);
	if (result == DB_OK)
		result = db_audit(db, DB_AUDIT_KEY, id, "expire");
	if (result == DB_OK && key.action == DB_KEY_DELETE)
		result = key_delete(db, id);
	else if (result == DB_OK)
		result = db_run(db, STMT_KEY_SET_ENABLED, DB_ARGS(db_int(id),
		    db_int(0)));
	return db_end(db, result, 1);
}
