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
 * The audit log: a row for each object that a transaction has changed, with
 * what it was before and is after as JSON, in the same transaction, chained
 * by hashes.  Secrets (hashes of keys and tokens) are not read here at all.
 * Rows are never changed or deleted; triggers see to that.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/clock.h"
#include "db_private.h"

/* An object as it is written: one row of a statement of its type. */
struct object {
	char	 org[DB_ORG_NAME_MAX + 1];
	char	 name[DB_TEXT_MAX + 1];
	char	*json;			/* NULL: there is none */
};

static const struct {
	enum db_stmt	 stmt;
	const char	*name;
} types[DB_AUDIT_TYPES] = {
	[DB_AUDIT_ORG] = { STMT_AUDIT_ORG, "organisation" },
	[DB_AUDIT_KEY] = { STMT_AUDIT_KEY, "key" },
	[DB_AUDIT_SYSTEM] = { STMT_AUDIT_SYSTEM, "system" },
	[DB_AUDIT_POLICY] = { STMT_AUDIT_POLICY, "policy" },
	[DB_AUDIT_RELAY] = { STMT_AUDIT_RELAY, "relay" },
	[DB_AUDIT_TAG] = { STMT_AUDIT_TAG, "tag" },
	[DB_AUDIT_REQUIREMENT] = { STMT_AUDIT_REQUIREMENT, "requirement" },
	[DB_AUDIT_TOKEN] = { STMT_AUDIT_TOKEN, "token" },
	[DB_AUDIT_TEST] = { STMT_AUDIT_TEST, "test" },
};

void
db_actor(struct db *db, const char *actor)
{
	strlcpy(db->actor, actor, sizeof(db->actor));
}

static char *
row_text_new(struct db_row *row)
{
	const char	*text;
	char		*copy;

	text = (const char *)sqlite3_column_text(row->st, row->col++);
	if (text == NULL || (copy = strdup(text)) == NULL) {
		row->bad = 1;
		return NULL;
	}
	return copy;
}

/* DB_OK and json NULL when there is no such object. */
static enum db_result
object_read(struct db *db, enum db_audit_type type, int64_t id,
    struct object *o)
{
	enum db_result	 result;
	struct db_row	 row;

	memset(o, 0, sizeof(*o));
	result = db_first(db, types[type].stmt, DB_ARGS(db_int(id)), &row);
	if (result == DB_NOTFOUND)
		return DB_OK;
	if (result != DB_OK)
		return result;
	db_row_text(&row, o->org, sizeof(o->org));
	db_row_text(&row, o->name, sizeof(o->name));
	o->json = row_text_new(&row);
	if ((result = db_row_end(db, &row)) != DB_OK) {
		free(o->json);
		o->json = NULL;
	}
	return result;
}

static enum db_result
note_add(struct db *db, enum db_audit_type type, int64_t id,
    const char *action, int is_new)
{
	struct db_audit_note	*n;
	struct object		 o;
	enum db_result		 result;

	TAILQ_FOREACH(n, &db->notes, entry)
		if (n->type == type && n->id == id)
			return DB_OK;
	memset(&o, 0, sizeof(o));
	if (!is_new && (result = object_read(db, type, id, &o)) != DB_OK)
		return result;
	if ((n = calloc(1, sizeof(*n))) == NULL) {
		free(o.json);
		return db_fail(db, DB_ERROR, "out of memory");
	}
	n->type = type;
	n->id = id;
	n->action = action;
	n->before = o.json;
	memcpy(n->org, o.org, sizeof(n->org));
	memcpy(n->name, o.name, sizeof(n->name));
	TAILQ_INSERT_TAIL(&db->notes, n, entry);
	return DB_OK;
}

enum db_result
db_audit(struct db *db, enum db_audit_type type, int64_t id,
    const char *action)
{
	return note_add(db, type, id, action, 0);
}

enum db_result
db_audit_new(struct db *db, enum db_audit_type type, int64_t id,
    const char *action)
{
	return note_add(db, type, id, action, 1);
}

void
db_on_change(struct db *db, void (*fn)(void *,
    const struct db_change_note *), void *arg)
{
	db->changed = fn;
	db->changed_arg = arg;
}

static uint64_t
note_version(struct db *db, const struct db_audit_note *n)
{
	static const enum db_object	 objects[DB_AUDIT_TYPES] = {
		[DB_AUDIT_ORG] = DB_OBJECT_ORG,
		[DB_AUDIT_KEY] = DB_OBJECT_KEY,
		[DB_AUDIT_SYSTEM] = DB_OBJECT_SYSTEM,
		[DB_AUDIT_POLICY] = DB_OBJECT_POLICY,
		[DB_AUDIT_RELAY] = DB_OBJECT_RELAY,
	};

	/* Those that have no row of their own there have no version. */
	if (n->type != DB_AUDIT_ORG && objects[n->type] == DB_OBJECT_ORG)
		return 0;
	return db_version(db, objects[n->type], n->id);
}

static void
note_tell(struct db *db, const struct db_audit_note *n)
{
	struct db_change_note	 note;
	struct object		 o;

	if (db->changed == NULL ||
	    object_read(db, n->type, n->id, &o) != DB_OK)
		return;
	note.type = types[n->type].name;
	note.org = o.json != NULL ? o.org : n->org;
	note.name = o.json != NULL ? o.name : n->name;
	note.id = n->id;
	note.version = note_version(db, n);
	note.is_new = n->before == NULL;
	note.is_gone = o.json == NULL;
	/* What came and went within a batch never was. */
	if (!note.is_new || !note.is_gone)
		db->changed(db->changed_arg, &note);
	free(o.json);
}

void
db_audit_tell(struct db *db)
{
	const struct db_audit_note	*n;

	TAILQ_FOREACH(n, &db->notes, entry)
		note_tell(db, n);
}

static void
notes_free(struct db_audit_notes *notes)
{
	struct db_audit_note	*n;

	while ((n = TAILQ_FIRST(notes)) != NULL) {
		TAILQ_REMOVE(notes, n, entry);
		free(n->before);
		free(n);
	}
}

void
db_audit_clear(struct db *db)
{
	notes_free(&db->notes);
}

void
db_audit_keep(struct db *db)
{
	TAILQ_CONCAT(&db->told, &db->notes, entry);
}

static int
note_first(const struct db_audit_notes *notes, const struct db_audit_note *of)
{
	const struct db_audit_note	*n;

	TAILQ_FOREACH(n, notes, entry)
		if (n->type == of->type && n->id == of->id)
			return n == of;
	return 0;
}

void
db_audit_kept(struct db *db, int tell)
{
	const struct db_audit_note	*n;

	/* Once for each object, as it is in the end. */
	TAILQ_FOREACH(n, &db->told, entry)
		if (tell && note_first(&db->told, n))
			note_tell(db, n);
	notes_free(&db->told);
}

static enum db_result
head_read(struct db *db, struct audit_walk *w)
{
	enum db_result	 result;
	struct db_row	 row;

	memset(w, 0, sizeof(*w));
	result = db_first(db, STMT_AUDIT_HEAD, DB_NO_ARGS, &row);
	if (result != DB_OK)
		return result == DB_NOTFOUND ? DB_OK : result;
	w->last = (uint64_t)db_row_int(&row, 1, INT64_MAX);
	db_row_blob(&row, w->hash, sizeof(w->hash));
	return db_row_end(db, &row);
}

static struct db_arg
text_or_null(const char *s)
{
	return s == NULL ? db_null() : db_text(s);
}

static enum db_result
row_write(struct db *db, struct audit_record *r)
{
	struct audit_walk	 head;
	enum db_result		 result;

	if ((result = head_read(db, &head)) != DB_OK)
		return result;
	r->id = head.last + 1;
	r->time = clock_wall_sec();
	r->actor = db->actor;
	memcpy(r->previous, head.hash, sizeof(r->previous));
	audit_hash(r, r->hash);
	return db_run(db, STMT_AUDIT_ADD, DB_ARGS(db_int((int64_t)r->id),
	    db_int((int64_t)r->time), db_text(r->org), db_text(r->actor),
	    db_text(r->action), db_text(r->type),
	    db_int((int64_t)r->object), db_text(r->name),
	    text_or_null(r->before), text_or_null(r->after),
	    db_blob(r->previous, sizeof(r->previous)),
	    db_blob(r->hash, sizeof(r->hash))));
}

static enum db_result
note_write(struct db *db, const struct db_audit_note *n)
{
	struct audit_record	 r;
	enum db_result		 result;
	struct object		 o;

	if ((result = object_read(db, n->type, n->id, &o)) != DB_OK)
		return result;
	if ((n->before == NULL && o.json == NULL) || (n->before != NULL &&
	    o.json != NULL && strcmp(n->before, o.json) == 0)) {
		free(o.json);
		return DB_OK;
	}
	memset(&r, 0, sizeof(r));
	r.org = o.json != NULL ? o.org : n->org;
	r.action = n->action != NULL ? n->action : n->before == NULL ?
	    "add" : o.json == NULL ? "delete" : "change";
	r.type = types[n->type].name;
	r.object = (uint64_t)n->id;
	r.name = o.json != NULL ? o.name : n->name;
	r.before = n->before;
	r.after = o.json;
	result = row_write(db, &r);
	free(o.json);
	return result;
}

enum db_result
db_audit_write(struct db *db, int changed)
{
	const struct db_audit_note	*n;
	struct audit_record		 r;
	enum db_result			 result = DB_OK;

	TAILQ_FOREACH(n, &db->notes, entry)
		if ((result = note_write(db, n)) != DB_OK)
			return result;
	if (!changed || !TAILQ_EMPTY(&db->notes))
		return DB_OK;
	/* It did not say what it changed: at least that it did. */
	memset(&r, 0, sizeof(r));
	r.org = r.name = "";
	r.action = "change";
	r.type = "database";
	return row_write(db, &r);
}

void
db_audit_row_free(struct db_audit_row *r)
{
	free(r->before);
	free(r->after);
	memset(r, 0, sizeof(*r));
}

/* Column of a text that may be absent. */
static char *
row_text_null(struct db_row *row)
{
	if (sqlite3_column_type(row->st, row->col) == SQLITE_NULL) {
		row->col++;
		return NULL;
	}
	return row_text_new(row);
}

static enum db_result
row_read(struct db *db, enum db_stmt id, struct db_args args,
    struct db_audit_row *r)
{
	enum db_result	 result;
	struct db_row	 row;

	memset(r, 0, sizeof(*r));
	if ((result = db_first(db, id, args, &row)) != DB_OK)
		return result;
	r->id = db_row_int(&row, 1, INT64_MAX);
	r->time = db_row_int(&row, 0, INT64_MAX);
	db_row_text(&row, r->org, sizeof(r->org));
	db_row_text(&row, r->actor, sizeof(r->actor));
	db_row_text(&row, r->action, sizeof(r->action));
	db_row_text(&row, r->type, sizeof(r->type));
	r->object = db_row_int(&row, 0, INT64_MAX);
	db_row_text(&row, r->name, sizeof(r->name));
	r->before = row_text_null(&row);
	r->after = row_text_null(&row);
	db_row_blob(&row, r->previous, sizeof(r->previous));
	db_row_blob(&row, r->hash, sizeof(r->hash));
	if ((result = db_row_end(db, &row)) != DB_OK)
		db_audit_row_free(r);
	return result;
}

enum db_result
db_audit_next(struct db *db, int64_t after, const char *org,
    struct db_audit_row *r)
{
	if (org == NULL)
		return row_read(db, STMT_AUDIT_NEXT, DB_ARGS(db_int(after)),
		    r);
	return row_read(db, STMT_AUDIT_NEXT_ORG, DB_ARGS(db_int(after),
	    db_text(org)), r);
}

enum db_result
db_audit_tail(struct db *db, uint32_t count, const char *org,
    int64_t *after)
{
	enum db_result	 result;
	struct db_row	 row;

	*after = 0;
	if (org == NULL)
		result = db_first(db, STMT_AUDIT_TAIL,
		    DB_ARGS(db_int(count)), &row);
	else
		result = db_first(db, STMT_AUDIT_TAIL_ORG,
		    DB_ARGS(db_int(count), db_text(org)), &row);
	if (result != DB_OK)
		return result == DB_NOTFOUND ? DB_OK : result;
	*after = db_row_int(&row, 1, INT64_MAX) - 1;
	return db_row_end(db, &row);
}

void
db_audit_record(const struct db_audit_row *in, struct audit_record *out)
{
	out->id = (uint64_t)in->id;
	out->time = (uint64_t)in->time;
	out->org = in->org;
	out->actor = in->actor;
	out->action = in->action;
	out->type = in->type;
	out->object = (uint64_t)in->object;
	out->name = in->name;
	out->before = in->before;
	out->after = in->after;
	memcpy(out->previous, in->previous, sizeof(out->previous));
	memcpy(out->hash, in->hash, sizeof(out->hash));
}

/* 0, 1 when the row is good and there is no other, -1 when it is not. */
static int
verify_row(struct db *db, struct audit_walk *w, const char **why,
    enum db_result *result)
{
	struct db_audit_row	 row;
	struct audit_record	 r;

	*why = NULL;
	*result = db_audit_next(db, (int64_t)w->last, NULL, &row);
	if (*result == DB_NOTFOUND) {
		*result = DB_OK;
		return 1;
	}
	if (*result != DB_OK)
		return -1;
	db_audit_record(&row, &r);
	*why = audit_next(w, &r);
	db_audit_row_free(&row);
	return *why == NULL ? 0 : -1;
}

enum db_result
db_audit_verify(struct db *db, struct audit_walk *w, size_t max, int *done,
    const char **why)
{
	enum db_result	 result = DB_OK;
	int		 ret = 0;

	*why = NULL;
	for (; max > 0 && ret == 0; max--)
		ret = verify_row(db, w, why, &result);
	*done = ret != 0;
	return result;
}
