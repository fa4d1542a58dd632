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
 * Trust requirements, and the administrator's yes or no to those of type
 * manual.
 */

#include <stdint.h>
#include <string.h>

#include "policy/condition.h"
#include "db_private.h"

_Static_assert(DB_CONDITIONS_MAX == CONDITION_TEXT_MAX, "conditions");

enum db_result
db_requirements_valid(struct db *db, const struct db_tag *names, size_t count)
{
	if (count > DB_REQUIREMENTS_MAX)
		return db_fail(db, DB_INVALID, "more than %d requirements",
		    DB_REQUIREMENTS_MAX);
	if (!db_tags_valid(names, count))
		return db_fail(db, DB_INVALID, "requirements not valid");
	return DB_OK;
}

enum db_result
db_requirements_add(struct db *db, enum db_stmt add, int64_t owner,
    int64_t org, const struct db_tag *names, size_t count)
{
	enum db_result	 result = DB_OK;
	size_t		 i, k;

	for (i = 0; i < count && result == DB_OK; i++) {
		for (k = 0; k < i; k++)
			if (strcmp(names[k].name, names[i].name) == 0)
				break;
		if (k < i)
			continue;
		result = db_change(db, add, DB_ARGS(db_int(owner),
		    db_int(org), db_text(names[i].name)), "requirement");
		if (result == DB_NOTFOUND)
			return db_fail(db, DB_INVALID,
			    "there is no requirement \"%s\"", names[i].name);
	}
	return result;
}

static enum db_result
requirement_check(struct db *db, const struct db_requirement *r)
{
	struct condition	 conditions[CONDITION_MAX];
	char			 why[256];

	if (!db_string_ends(r->name, sizeof(r->name)) ||
	    !db_tag_name_valid(r->name))
		return db_fail(db, DB_INVALID, "requirement name not valid");
	if (!db_text_valid(r->notes, sizeof(r->notes)))
		return db_fail(db, DB_INVALID, "notes not valid");
	if (r->created < 0)
		return db_fail(db, DB_INVALID, "negative time");
	if (!db_string_ends(r->conditions, sizeof(r->conditions)))
		return db_fail(db, DB_INVALID, "conditions too long");
	if (conditions_parse((enum requirement_type)r->type, r->conditions,
	    conditions, why, sizeof(why)) == -1)
		return db_fail(db, DB_INVALID, "%s", why);
	return DB_OK;
}

static enum db_result
requirement_count(struct db *db, int64_t org, int64_t *count)
{
	enum db_result	 result;
	struct db_row	 row;

	result = db_first(db, STMT_REQUIREMENT_COUNT, DB_ARGS(db_int(org)),
	    &row);
	if (result != DB_OK)
		return result;
	*count = db_row_int(&row, 0, INT64_MAX);
	return db_row_end(db, &row);
}

enum db_result
db_requirement_add(struct db *db, struct db_requirement *r)
{
	enum db_result	 result;
	int64_t		 count = 0, id = 0;

	if ((result = requirement_check(db, r)) != DB_OK ||
	    (result = db_begin(db)) != DB_OK)
		return result;
	result = requirement_count(db, r->org, &count);
	if (result == DB_OK && count >= DB_ORG_REQUIREMENTS_MAX)
		result = db_fail(db, DB_LIMIT, "more than %d requirements",
		    DB_ORG_REQUIREMENTS_MAX);
	if (result == DB_OK)
		result = db_run(db, STMT_REQUIREMENT_ADD,
		    DB_ARGS(db_int(r->org), db_text(r->name),
		    db_int(r->type), db_text(r->notes),
		    db_text(r->conditions), db_int(r->created)));
	if (result == DB_OK) {
		id = sqlite3_last_insert_rowid(db->handle);
		result = db_audit_new(db, DB_AUDIT_REQUIREMENT, id, NULL);
	}
	result = db_end(db, result, 1);
	if (result == DB_OK)
		r->id = id;
	return result;
}

static enum db_result
requirement_read(struct db *db, enum db_stmt stmt, struct db_args args,
    struct db_requirement *r)
{
	enum db_result	 result;
	struct db_row	 row;

	memset(r, 0, sizeof(*r));
	result = db_first(db, stmt, args, &row);
	if (result == DB_NOTFOUND)
		return db_fail(db, DB_NOTFOUND, "no such requirement");
	if (result != DB_OK)
		return result;
	r->id = db_row_int(&row, 1, INT64_MAX);
	r->org = db_row_int(&row, 1, INT64_MAX);
	db_row_text(&row, r->name, sizeof(r->name));
	r->type = (unsigned int)db_row_int(&row, REQUIREMENT_ADDRESS,
	    REQUIREMENT_MANUAL);
	db_row_text(&row, r->notes, sizeof(r->notes));
	db_row_text(&row, r->conditions, sizeof(r->conditions));
	r->created = db_row_int(&row, 0, INT64_MAX);
	return db_row_end(db, &row);
}

enum db_result
db_requirement_get(struct db *db, int64_t id, struct db_requirement *r)
{
	return requirement_read(db, STMT_REQUIREMENT_GET, DB_ARGS(db_int(id)),
	    r);
}

enum db_result
db_requirement_get_name(struct db *db, int64_t org, const char *name,
    struct db_requirement *r)
{
	return requirement_read(db, STMT_REQUIREMENT_GET_NAME,
	    DB_ARGS(db_int(org), db_text(name)), r);
}

enum db_result
db_requirement_list(struct db *db, int64_t org, db_requirement_cb cb,
    void *arg)
{
	enum db_result		 result;
	struct db_requirement	 r;
	int64_t			 after = 0;

	while ((result = requirement_read(db, STMT_REQUIREMENT_NEXT_ORG,
	    DB_ARGS(db_int(org), db_int(after)), &r)) == DB_OK) {
		after = r.id;
		if (cb(&r, arg) != 0)
			return DB_OK;
	}
	return result == DB_NOTFOUND ? DB_OK : result;
}

enum db_result
db_each_requirement(struct db *db, db_requirement_cb cb, void *arg)
{
	enum db_result		 result;
	struct db_requirement	 r;
	int64_t			 after = 0;

	while ((result = requirement_read(db, STMT_REQUIREMENT_NEXT,
	    DB_ARGS(db_int(after)), &r)) == DB_OK) {
		after = r.id;
		if (cb(&r, arg) != 0)
			return DB_OK;
	}
	return result == DB_NOTFOUND ? DB_OK : result;
}

enum db_result
db_requirement_set(struct db *db, const struct db_requirement *r)
{
	enum db_result	 result;

	if ((result = requirement_check(db, r)) != DB_OK ||
	    (result = db_begin(db)) != DB_OK)
		return result;
	result = db_audit(db, DB_AUDIT_REQUIREMENT, r->id, NULL);
	if (result == DB_OK)
		result = db_change(db, STMT_REQUIREMENT_SET,
		    DB_ARGS(db_int(r->id), db_text(r->notes),
		    db_text(r->conditions)), "requirement");
	return db_end(db, result, 1);
}

enum db_result
db_requirement_uses(struct db *db, int64_t id, uint32_t *policies,
    uint32_t *tags)
{
	enum db_result	 result;
	struct db_row	 row;

	*policies = *tags = 0;
	result = db_first(db, STMT_REQUIREMENT_USES, DB_ARGS(db_int(id)),
	    &row);
	if (result != DB_OK)
		return result;
	*policies = (uint32_t)db_row_int(&row, 0, UINT32_MAX);
	*tags = (uint32_t)db_row_int(&row, 0, UINT32_MAX);
	return db_row_end(db, &row);
}

static enum db_result
requirement_delete(struct db *db, int64_t id)
{
	enum db_result	 result;
	uint32_t	 policies, tags;

	result = db_requirement_uses(db, id, &policies, &tags);
	if (result != DB_OK)
		return result;
	if (policies != 0 || tags != 0)
		return db_fail(db, DB_REFUSED, "%u policies and %u tags have "
		    "this requirement", policies, tags);
	result = db_audit(db, DB_AUDIT_REQUIREMENT, id, NULL);
	if (result != DB_OK)
		return result;
	return db_change(db, STMT_REQUIREMENT_DELETE, DB_ARGS(db_int(id)),
	    "requirement");
}

enum db_result
db_requirement_delete(struct db *db, int64_t id)
{
	enum db_result	 result;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	return db_end(db, requirement_delete(db, id), 1);
}

static enum db_result
requirement_answer(struct db *db, int64_t id, int64_t system, int answer)
{
	enum db_result		 result;
	struct db_requirement	 r;
	struct db_system	 sys;

	if ((result = db_requirement_get(db, id, &r)) != DB_OK ||
	    (result = db_system_get(db, system, &sys)) != DB_OK)
		return result;
	/* Another organisation's system is none that is known here. */
	if (sys.org != r.org)
		return db_fail(db, DB_NOTFOUND, "no such system");
	if (r.type != REQUIREMENT_MANUAL)
		return db_fail(db, DB_REFUSED,
		    "this requirement is not of type manual");
	result = db_audit(db, DB_AUDIT_SYSTEM, system, answer == -1 ?
	    "forget" : answer ? "grant" : "deny");
	if (result != DB_OK)
		return result;
	if (answer == -1)
		return db_run(db, STMT_GRANT_CLEAR, DB_ARGS(db_int(id),
		    db_int(system)));
	return db_run(db, STMT_GRANT_SET, DB_ARGS(db_int(id), db_int(system),
	    db_int(answer != 0)));
}

enum db_result
db_requirement_answer(struct db *db, int64_t id, int64_t system, int answer)
{
	enum db_result	 result;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	return db_end(db, requirement_answer(db, id, system, answer), 1);
}

enum db_result
db_each_grant(struct db *db, db_grant_cb cb, void *arg)
{
	enum db_result	 result;
	struct db_grant	 g = { 0, 0, 0 };
	struct db_row	 row;

	for (;;) {
		result = db_first(db, STMT_GRANT_NEXT,
		    DB_ARGS(db_int(g.requirement), db_int(g.system)), &row);
		if (result != DB_OK)
			return result == DB_NOTFOUND ? DB_OK : result;
		g.requirement = db_row_int(&row, 1, INT64_MAX);
		g.system = db_row_int(&row, 1, INT64_MAX);
		g.granted = (int)db_row_int(&row, 0, 1);
		if ((result = db_row_end(db, &row)) != DB_OK)
			return result;
		if (cb(&g, arg) != 0)
			return DB_OK;
	}
}
