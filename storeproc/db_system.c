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
 * Systems after their enrolment: looking up, states, tags, removal.
 */

#include <stdint.h>
#include <string.h>

#include "db_private.h"

static void
system_read_row(struct db_row *row, struct db_system *sys)
{
	sys->id = db_row_int(row, 1, INT64_MAX);
	sys->org = db_row_int(row, 1, INT64_MAX);
	db_row_text(row, sys->name, sizeof(sys->name));
	db_row_text(row, sys->description, sizeof(sys->description));
	db_row_text(row, sys->hostname, sizeof(sys->hostname));
	db_row_blob(row, sys->identity, sizeof(sys->identity));
	db_row_blob(row, sys->tunnel, sizeof(sys->tunnel));
	sys->ipv4 = (uint32_t)db_row_int(row, 0, UINT32_MAX);
	db_row_blob(row, sys->ipv6, sizeof(sys->ipv6));
	sys->state = (enum db_system_state)db_row_int(row,
	    DB_SYSTEM_UNAPPROVED, DB_SYSTEM_REVOKED);
	db_row_blob(row, sys->serial, sizeof(sys->serial));
	sys->cert_len = db_row_blob_max(row, sys->cert, sizeof(sys->cert));
	sys->key = db_row_int(row, 0, INT64_MAX);
	sys->ephemeral = (int)db_row_int(row, 0, 1);
	sys->retention_minutes = (uint32_t)db_row_int(row, 0,
	    DB_RETENTION_MAX);
	sys->flags = (uint32_t)db_row_int(row, 0, UINT32_MAX);
	sys->enrolled = db_row_int(row, 0, INT64_MAX);
	sys->last_seen = db_row_int(row, 0, INT64_MAX);
	db_row_text(row, sys->notes, sizeof(sys->notes));
	sys->until = db_row_int(row, 0, INT64_MAX);
	sys->until_action = (enum db_system_state)db_row_int(row,
	    DB_SYSTEM_DISABLED, DB_SYSTEM_REVOKED);
	sys->quarantined = (int)db_row_int(row, 0, 1);
	sys->clone_seen = db_row_int(row, 0, INT64_MAX);
	db_row_text(row, sys->clone_source, sizeof(sys->clone_source));
	db_row_text(row, sys->os, sizeof(sys->os));
	db_row_text(row, sys->os_version, sizeof(sys->os_version));
	db_row_text(row, sys->agent, sizeof(sys->agent));
	db_row_text(row, sys->source, sizeof(sys->source));
}

static enum db_result
system_read(struct db *db, enum db_stmt id, struct db_args args,
    struct db_system *sys)
{
	enum db_result	 result;
	struct db_row	 row;

	memset(sys, 0, sizeof(*sys));
	result = db_first(db, id, args, &row);
	if (result == DB_NOTFOUND)
		return db_fail(db, DB_NOTFOUND, "no such system");
	if (result != DB_OK)
		return result;
	system_read_row(&row, sys);
	if ((result = db_row_end(db, &row)) != DB_OK)
		return result;
	return db_tags_load(db, STMT_SYSTEM_TAGS, DB_ARGS(db_int(sys->id)),
	    sys->tags, &sys->ntags);
}

enum db_result
db_system_get(struct db *db, int64_t id, struct db_system *sys)
{
	return system_read(db, STMT_SYSTEM_GET, DB_ARGS(db_int(id)), sys);
}

enum db_result
db_system_get_name(struct db *db, const char *name, struct db_system *sys)
{
	char	 upper[DB_NAME_LEN + 1];
	size_t	 i;

	memset(sys, 0, sizeof(*sys));
	if (strnlen(name, DB_NAME_LEN + 1) != DB_NAME_LEN)
		return db_fail(db, DB_NOTFOUND, "no such system");
	for (i = 0; i <= DB_NAME_LEN; i++)
		upper[i] = name[i] >= 'a' && name[i] <= 'z' ?
		    (char)(name[i] - 'a' + 'A') : name[i];
	return system_read(db, STMT_SYSTEM_GET_NAME, DB_ARGS(db_text(upper)),
	    sys);
}

enum db_result
db_system_get_identity(struct db *db, const uint8_t identity[DB_KEY_LEN],
    struct db_system *sys)
{
	return system_read(db, STMT_SYSTEM_GET_IDENTITY,
	    DB_ARGS(db_blob(identity, DB_KEY_LEN)), sys);
}

enum db_result
db_system_list(struct db *db, int64_t org, db_system_cb cb, void *arg)
{
	enum db_result		 result;
	struct db_system	 sys;
	int64_t			 after = 0;

	while ((result = system_read(db, STMT_SYSTEM_NEXT_ORG,
	    DB_ARGS(db_int(org), db_int(after)), &sys)) == DB_OK) {
		after = sys.id;
		if (cb(&sys, arg) != 0)
			return DB_OK;
	}
	return result == DB_NOTFOUND ? DB_OK : result;
}

enum db_result
db_each_system(struct db *db, db_system_cb cb, void *arg)
{
	enum db_result		 result;
	struct db_system	 sys;
	int64_t			 after = 0;

	while ((result = system_read(db, STMT_SYSTEM_NEXT,
	    DB_ARGS(db_int(after)), &sys)) == DB_OK) {
		after = sys.id;
		if (cb(&sys, arg) != 0)
			return DB_OK;
	}
	return result == DB_NOTFOUND ? DB_OK : result;
}

static enum db_result
state_check(struct db *db, enum db_system_state from,
    enum db_system_state to)
{
	if (from == DB_SYSTEM_REVOKED)
		return db_fail(db, DB_REFUSED, "the system is revoked");
	if (to == DB_SYSTEM_UNAPPROVED)
		return db_fail(db, DB_REFUSED, "approval cannot be undone");
	if (from == DB_SYSTEM_UNAPPROVED && to == DB_SYSTEM_DISABLED)
		return db_fail(db, DB_REFUSED, "the system waits for "
		    "approval");
	return DB_OK;
}

static const char *
state_action(enum db_system_state from, enum db_system_state to)
{
	if (to == DB_SYSTEM_REVOKED)
		return "revoke";
	if (to == DB_SYSTEM_DISABLED)
		return "disable";
	return from == DB_SYSTEM_UNAPPROVED ? "approve" : "enable";
}

enum db_result
db_system_set_state(struct db *db, int64_t id, enum db_system_state state)
{
	enum db_result		 result;
	struct db_system	 sys;
	int			 bump = 0;

	if ((int)state < DB_SYSTEM_UNAPPROVED || state > DB_SYSTEM_REVOKED)
		return db_fail(db, DB_INVALID, "state not valid");
	if ((result = db_begin(db)) != DB_OK)
		return result;
	result = db_system_get(db, id, &sys);
	if (result == DB_OK && (sys.state != state || sys.quarantined ||
	    sys.until != 0)) {
		bump = 1;
		result = state_check(db, sys.state, state);
		if (result == DB_OK)
			result = db_audit(db, DB_AUDIT_SYSTEM, id,
			    state_action(sys.state, state));
		if (result == DB_OK)
			result = db_run(db, STMT_SYSTEM_SET_STATE,
			    DB_ARGS(db_int(id), db_int(state)));
	}
	return db_end(db, result, bump);
}

enum db_result
db_system_set_description(struct db *db, int64_t id, const char *text)
{
	enum db_result	 result;

	if (!db_text_valid(text, DB_TEXT_MAX + 1))
		return db_fail(db, DB_INVALID, "description not valid");
	if ((result = db_begin(db)) != DB_OK)
		return result;
	result = db_audit(db, DB_AUDIT_SYSTEM, id, NULL);
	if (result == DB_OK)
		result = db_change(db, STMT_SYSTEM_SET_DESCRIPTION,
		    DB_ARGS(db_int(id), db_text(text)), "system");
	return db_end(db, result, 1);
}

static int
system_has_tag(const struct db_system *sys, const char *tag)
{
	size_t	 i;

	for (i = 0; i < sys->ntags; i++)
		if (strcmp(sys->tags[i].name, tag) == 0)
			return 1;
	return 0;
}

static enum db_result
system_tag_add(struct db *db, int64_t id, const char *tag, int *bump)
{
	enum db_result		 result;
	struct db_system	 sys;
	int64_t			 tagid;

	if ((result = db_system_get(db, id, &sys)) != DB_OK)
		return result;
	if (system_has_tag(&sys, tag))
		return DB_OK;
	if (sys.ntags == DB_TAGS_MAX)
		return db_fail(db, DB_LIMIT, "more than %d tags",
		    DB_TAGS_MAX);
	*bump = 1;
	result = db_audit(db, DB_AUDIT_SYSTEM, id, "tag");
	if (result == DB_OK)
		result = db_tag_intern(db, sys.org, tag, &tagid);
	if (result == DB_OK)
		result = db_run(db, STMT_SYSTEM_TAG_ADD, DB_ARGS(db_int(id),
		    db_int(tagid)));
	return result;
}

enum db_result
db_system_tag_add(struct db *db, int64_t id, const char *tag)
{
	enum db_result	 result;
	int		 bump = 0;

	if (!db_tag_name_valid(tag))
		return db_fail(db, DB_INVALID, "tag not valid");
	if ((result = db_begin(db)) != DB_OK)
		return result;
	result = system_tag_add(db, id, tag, &bump);
	return db_end(db, result, bump);
}

static enum db_result
system_tag_remove(struct db *db, int64_t id, const char *tag)
{
	enum db_result		 result;
	struct db_system	 sys;

	if ((result = db_system_get(db, id, &sys)) != DB_OK)
		return result;
	if (!system_has_tag(&sys, tag))
		return db_fail(db, DB_NOTFOUND, "the system has no such tag");
	result = db_audit(db, DB_AUDIT_SYSTEM, id, "untag");
	if (result == DB_OK)
		result = db_run(db, STMT_SYSTEM_TAG_REMOVE,
		    DB_ARGS(db_int(id), db_int(sys.org), db_text(tag)));
	if (result == DB_OK)
		result = db_tag_sweep(db, sys.org);
	return result;
}

enum db_result
db_system_tag_remove(struct db *db, int64_t id, const char *tag)
{
	enum db_result	 result;

	if (!db_tag_name_valid(tag))
		return db_fail(db, DB_INVALID, "tag not valid");
	if ((result = db_begin(db)) != DB_OK)
		return result;
	return db_end(db, system_tag_remove(db, id, tag), 1);
}

static enum db_result
system_delete(struct db *db, int64_t id)
{
	enum db_result		 result;
	struct db_system	 sys;

	if ((result = db_system_get(db, id, &sys)) != DB_OK ||
	    (result = db_audit(db, DB_AUDIT_SYSTEM, id, NULL)) != DB_OK)
		return result;
	result = db_run(db, STMT_SYSTEM_DELETE, DB_ARGS(db_int(id)));
	if (result == DB_OK)
		result = db_tag_sweep(db, sys.org);
	return result;
}

enum db_result
db_system_delete(struct db *db, int64_t id)
{
	enum db_result	 result;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	return db_end(db, system_delete(db, id), 1);
}

enum db_result
db_system_set_seen(struct db *db, const struct db_seen *seen, size_t count)
{
	enum db_result	 result;
	size_t		 i;

	if (count == 0)
		return DB_OK;
	if ((result = db_begin(db)) != DB_OK)
		return result;
	for (i = 0; i < count && result == DB_OK; i++) {
		if (seen[i].when < 0)
			result = db_fail(db, DB_INVALID, "negative time");
		else if (!db_text_valid(seen[i].source,
		    sizeof(seen[i].source)))
			result = db_fail(db, DB_INVALID, "source not valid");
		else
			result = db_run(db, STMT_SYSTEM_SET_SEEN,
			    DB_ARGS(db_int(seen[i].id), db_int(seen[i].when),
			    db_text(seen[i].source)));
	}
	return db_end(db, result, 0);
}

enum db_result
db_system_set_until(struct db *db, int64_t id, int64_t until,
    enum db_system_state action)
{
	enum db_result		 result;
	struct db_system	 sys;

	if (until <= 0)
		return db_fail(db, DB_INVALID, "time not valid");
	if (action != DB_SYSTEM_DISABLED && action != DB_SYSTEM_REVOKED)
		return db_fail(db, DB_INVALID, "action not valid");
	if ((result = db_begin(db)) != DB_OK)
		return result;
	result = db_system_get(db, id, &sys);
	if (result == DB_OK && sys.state == DB_SYSTEM_UNAPPROVED)
		result = db_fail(db, DB_REFUSED, "the system waits for "
		    "approval");
	if (result == DB_OK)
		result = state_check(db, sys.state, DB_SYSTEM_ENABLED);
	if (result == DB_OK)
		result = db_audit(db, DB_AUDIT_SYSTEM, id, "enable");
	if (result == DB_OK)
		result = db_run(db, STMT_SYSTEM_SET_UNTIL, DB_ARGS(db_int(id),
		    db_int(until), db_int(action)));
	return db_end(db, result, 1);
}

enum db_result
db_system_check_unique(struct db *db, const struct db_org *org, int64_t id,
    const char *description)
{
	enum db_result	 result;
	struct db_row	 row;

	if (!org->unique_names || *description == '\0')
		return DB_OK;
	result = db_first(db, STMT_SYSTEM_HAS_DESCRIPTION,
	    DB_ARGS(db_int(org->id), db_int(id), db_text(description)), &row);
	if (result == DB_OK) {
		db_done(&row);
		return db_fail(db, DB_EXISTS, "another system has this "
		    "description");
	}
	return result == DB_NOTFOUND ? DB_OK : result;
}

static enum db_result
system_tags_set(struct db *db, const struct db_system *sys, int64_t org)
{
	enum db_result	 result;
	int64_t		 tag;
	size_t		 i;

	result = db_run(db, STMT_SYSTEM_TAGS_CLEAR, DB_ARGS(db_int(sys->id)));
	for (i = 0; i < sys->ntags && result == DB_OK; i++) {
		result = db_tag_intern(db, org, sys->tags[i].name, &tag);
		if (result == DB_OK)
			result = db_run(db, STMT_SYSTEM_TAG_ADD,
			    DB_ARGS(db_int(sys->id), db_int(tag)));
	}
	return result == DB_OK ? db_tag_sweep(db, org) : result;
}

static enum db_result
system_change(struct db *db, const struct db_system *sys)
{
	enum db_result		 result;
	struct db_system	 old;
	struct db_org		 org;

	if ((result = db_system_get(db, sys->id, &old)) != DB_OK ||
	    (result = db_org_get(db, old.org, &org)) != DB_OK)
		return result;
	if (strcmp(old.description, sys->description) != 0 &&
	    (result = db_system_check_unique(db, &org, sys->id,
	    sys->description)) != DB_OK)
		return result;
	result = db_audit(db, DB_AUDIT_SYSTEM, sys->id, NULL);
	if (result == DB_OK)
		result = db_run(db, STMT_SYSTEM_CHANGE,
		    DB_ARGS(db_int(sys->id), db_text(sys->description),
		    db_text(sys->notes)));
	return result == DB_OK ? system_tags_set(db, sys, org.id) : result;
}

enum db_result
db_system_change(struct db *db, const struct db_system *sys)
{
	enum db_result	 result;

	if (!db_text_valid(sys->description, sizeof(sys->description)))
		return db_fail(db, DB_INVALID, "description not valid");
	if (!db_text_valid(sys->notes, sizeof(sys->notes)))
		return db_fail(db, DB_INVALID, "notes not valid");
	if (!db_tags_valid(sys->tags, sys->ntags))
		return db_fail(db, DB_INVALID, "tags not valid");
	if ((result = db_begin(db)) != DB_OK)
		return result;
	return db_end(db, system_change(db, sys), 1);
}

enum db_result
db_system_clone(struct db *db, int64_t id, int quarantine, int64_t when,
    const char *source)
{
	enum db_result	 result;

	if (when < 0 || !db_text_valid(source, ENDPOINT_STRLEN))
		return db_fail(db, DB_INVALID, "clone not valid");
	if ((result = db_begin(db)) != DB_OK)
		return result;
	result = db_audit(db, DB_AUDIT_SYSTEM, id, "clone");
	if (result == DB_OK)
		result = db_change(db, STMT_SYSTEM_CLONE, DB_ARGS(db_int(id),
		    db_int(quarantine != 0), db_int(when), db_text(source)),
		    "system");
	return db_end(db, result, 1);
}

enum db_result
db_system_next_expiry(struct db *db, int64_t *id, int64_t *when)
{
	enum db_result	 result;
	struct db_row	 row;

	*id = *when = 0;
	result = db_first(db, STMT_SYSTEM_NEXT_EXPIRY, DB_NO_ARGS, &row);
	if (result != DB_OK)
		return result;
	*id = db_row_int(&row, 1, INT64_MAX);
	*when = db_row_int(&row, 1, INT64_MAX);
	return db_row_end(db, &row);
}

enum db_result
db_system_expire(struct db *db, int64_t id)
{
	enum db_result		 result;
	struct db_system	 sys;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	result = db_system_get(db, id, &sys);
	if (result == DB_OK)
		result = db_audit(db, DB_AUDIT_SYSTEM, id, "expire");
	if (result == DB_OK)
		result = db_run(db, STMT_SYSTEM_SET_STATE, DB_ARGS(db_int(id),
		    db_int(sys.until_action)));
	return db_end(db, result, 1);
}

enum db_result
db_system_decline(struct db *db, int64_t id)
{
	enum db_result		 result;
	struct db_system	 sys;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	result = db_system_get(db, id, &sys);
	if (result == DB_OK && sys.state != DB_SYSTEM_UNAPPROVED)
		result = db_fail(db, DB_REFUSED, "the system does not wait "
		    "for approval");
	if (result == DB_OK)
		result = db_audit(db, DB_AUDIT_SYSTEM, id, "decline");
	if (result == DB_OK)
		result = system_delete(db, id);
	return db_end(db, result, 1);
}
