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
 * Policies with their tags and ACLs.
 */

#include <stdint.h>
#include <string.h>

#include "db_private.h"
#include "tz/tz.h"

#define SIDE_SENDER	1
#define SIDE_RECEIVER	2

static int
rule_valid(const struct db_acl *acl)
{
	if (!db_text_valid(acl->description, sizeof(acl->description)))
		return 0;
	if (acl->port_low > acl->port_high)
		return 0;
	switch (acl->protocol) {
	case DB_PROTO_TCP:
	case DB_PROTO_UDP:
		return 1;
	case DB_PROTO_ANY:
	case DB_PROTO_ICMP:
		return acl->port_low == 0 &&
		    (acl->port_high == 0 || acl->port_high == UINT16_MAX);
	}
	return 0;
}

static int
hours_valid(const struct db_policy *policy)
{
	struct tz_hours	 h;

	memset(&h, 0, sizeof(h));
	h.days = policy->days;
	h.start = policy->start;
	h.end = policy->end;
	return strlcpy(h.zone, policy->zone, sizeof(h.zone)) <
	    sizeof(h.zone) && tz_hours_valid(&h);
}

static enum db_result
policy_check(struct db *db, const struct db_policy *policy)
{
	size_t	 i;

	if (!db_text_valid(policy->name, sizeof(policy->name)) ||
	    policy->name[0] == '\0')
		return db_fail(db, DB_INVALID, "policy name not valid");
	if (policy->not_after < 0 || policy->created < 0)
		return db_fail(db, DB_INVALID, "negative time");
	if (!hours_valid(policy))
		return db_fail(db, DB_INVALID, "active hours not valid");
	if (policy->end_action != DB_END_DISABLE &&
	    policy->end_action != DB_END_DELETE)
		return db_fail(db, DB_INVALID, "end action not valid");
	if (!db_text_valid(policy->notes, sizeof(policy->notes)))
		return db_fail(db, DB_INVALID, "notes not valid");
	if (!db_tags_valid(policy->senders, policy->nsenders) ||
	    !db_tags_valid(policy->receivers, policy->nreceivers))
		return db_fail(db, DB_INVALID, "tags not valid");
	if (policy->nacls > DB_ACLS_MAX)
		return db_fail(db, DB_INVALID, "more than %d ACL entries",
		    DB_ACLS_MAX);
	for (i = 0; i < policy->nacls; i++)
		if (!rule_valid(&policy->acls[i]))
			return db_fail(db, DB_INVALID, "ACL entry %zu not "
			    "valid", i + 1);
	return db_requirements_valid(db, policy->requirements,
	    policy->nrequirements);
}

static enum db_result
policy_add_tags(struct db *db, int64_t id, int64_t org, int side,
    const struct db_tag *tags, size_t count)
{
	enum db_result	 result;
	int64_t		 tag;
	size_t		 i;

	for (i = 0; i < count; i++) {
		result = db_tag_intern(db, org, tags[i].name, &tag);
		if (result == DB_OK)
			result = db_run(db, STMT_POLICY_TAG_ADD,
			    DB_ARGS(db_int(id), db_int(side), db_int(tag)));
		if (result != DB_OK)
			return result;
	}
	return DB_OK;
}

/* Writes the lists of a policy that has none. */
static enum db_result
policy_add_lists(struct db *db, int64_t id, int64_t org,
    const struct db_policy *policy)
{
	const struct db_acl	*acl;
	enum db_result		 result;
	size_t			 i;

	result = policy_add_tags(db, id, org, SIDE_SENDER, policy->senders,
	    policy->nsenders);
	if (result == DB_OK)
		result = policy_add_tags(db, id, org, SIDE_RECEIVER,
		    policy->receivers, policy->nreceivers);
	for (i = 0; i < policy->nacls && result == DB_OK; i++) {
		acl = &policy->acls[i];
		result = db_run(db, STMT_POLICY_ACL_ADD, DB_ARGS(db_int(id),
		    db_int((int64_t)i), db_int(acl->protocol),
		    db_int(acl->port_low), db_int(acl->port_high),
		    db_text(acl->description)));
	}
	if (result == DB_OK)
		result = db_requirements_add(db, STMT_POLICY_REQUIREMENT_ADD,
		    id, org, policy->requirements, policy->nrequirements);
	return result;
}

enum db_result
db_policy_add(struct db *db, struct db_policy *policy)
{
	enum db_result	 result;
	int64_t		 id = 0;

	if ((result = policy_check(db, policy)) != DB_OK ||
	    (result = db_begin(db)) != DB_OK)
		return result;
	result = db_run(db, STMT_POLICY_ADD, DB_ARGS(db_int(policy->org),
	    db_text(policy->name), db_int(policy->enabled != 0),
	    db_int(policy->not_after), db_int(policy->created),
	    db_int(policy->days), db_int(policy->start),
	    db_int(policy->end), db_text(policy->zone),
	    db_int(policy->end_action), db_text(policy->notes)));
	if (result == DB_OK) {
		id = sqlite3_last_insert_rowid(db->handle);
		result = db_audit_new(db, DB_AUDIT_POLICY, id, NULL);
	}
	if (result == DB_OK)
		result = policy_add_lists(db, id, policy->org, policy);
	result = db_end(db, result, 1);
	if (result == DB_OK)
		policy->id = id;
	return result;
}

static enum db_result
policy_load_acls(struct db *db, struct db_policy *policy)
{
	enum db_result	 result;
	struct db_row	 row;
	struct db_acl	*acl;

	result = db_first(db, STMT_POLICY_ACLS, DB_ARGS(db_int(policy->id)),
	    &row);
	while (result == DB_OK) {
		if (policy->nacls == DB_ACLS_MAX) {
			row.bad = 1;
			return db_row_end(db, &row);
		}
		acl = &policy->acls[policy->nacls];
		acl->protocol = (uint8_t)db_row_int(&row, 0, UINT8_MAX);
		acl->port_low = (uint16_t)db_row_int(&row, 0, UINT16_MAX);
		acl->port_high = (uint16_t)db_row_int(&row, 0, UINT16_MAX);
		db_row_text(&row, acl->description,
		    sizeof(acl->description));
		if (row.bad || !rule_valid(acl)) {
			row.bad = 1;
			return db_row_end(db, &row);
		}
		policy->nacls++;
		result = db_next(db, &row);
	}
	return result == DB_NOTFOUND ? DB_OK : result;
}

static enum db_result
policy_read(struct db *db, enum db_stmt id, struct db_args args,
    struct db_policy *policy)
{
	enum db_result	 result;
	struct db_row	 row;

	memset(policy, 0, sizeof(*policy));
	result = db_first(db, id, args, &row);
	if (result == DB_NOTFOUND)
		return db_fail(db, DB_NOTFOUND, "no such policy");
	if (result != DB_OK)
		return result;
	policy->id = db_row_int(&row, 1, INT64_MAX);
	policy->org = db_row_int(&row, 1, INT64_MAX);
	db_row_text(&row, policy->name, sizeof(policy->name));
	policy->enabled = (int)db_row_int(&row, 0, 1);
	policy->not_after = db_row_int(&row, 0, INT64_MAX);
	policy->created = db_row_int(&row, 0, INT64_MAX);
	policy->days = (uint8_t)db_row_int(&row, 0, TZ_DAYS_ALL);
	policy->start = (uint16_t)db_row_int(&row, 0, TZ_MINUTES - 1);
	policy->end = (uint16_t)db_row_int(&row, 0, TZ_MINUTES);
	db_row_text(&row, policy->zone, sizeof(policy->zone));
	policy->end_action = (int)db_row_int(&row, 0, DB_END_DELETE);
	db_row_text(&row, policy->notes, sizeof(policy->notes));
	if ((result = db_row_end(db, &row)) != DB_OK)
		return result;
	result = db_tags_load(db, STMT_POLICY_TAGS,
	    DB_ARGS(db_int(policy->id), db_int(SIDE_SENDER)),
	    policy->senders, &policy->nsenders);
	if (result == DB_OK)
		result = db_tags_load(db, STMT_POLICY_TAGS,
		    DB_ARGS(db_int(policy->id), db_int(SIDE_RECEIVER)),
		    policy->receivers, &policy->nreceivers);
	if (result == DB_OK)
		result = policy_load_acls(db, policy);
	if (result == DB_OK)
		result = db_tags_load(db, STMT_POLICY_REQUIREMENTS,
		    DB_ARGS(db_int(policy->id)), policy->requirements,
		    &policy->nrequirements);
	return result;
}

enum db_result
db_policy_get(struct db *db, int64_t id, struct db_policy *policy)
{
	return policy_read(db, STMT_POLICY_GET, DB_ARGS(db_int(id)), policy);
}

enum db_result
db_policy_get_name(struct db *db, int64_t org, const char *name,
    struct db_policy *policy)
{
	return policy_read(db, STMT_POLICY_GET_NAME, DB_ARGS(db_int(org),
	    db_text(name)), policy);
}

enum db_result
db_policy_list(struct db *db, int64_t org, db_policy_cb cb, void *arg)
{
	enum db_result		 result;
	struct db_policy	 policy;
	int64_t			 after = 0;

	while ((result = policy_read(db, STMT_POLICY_NEXT_ORG,
	    DB_ARGS(db_int(org), db_int(after)), &policy)) == DB_OK) {
		after = policy.id;
		if (cb(&policy, arg) != 0)
			return DB_OK;
	}
	return result == DB_NOTFOUND ? DB_OK : result;
}

enum db_result
db_each_policy(struct db *db, db_policy_cb cb, void *arg)
{
	enum db_result		 result;
	struct db_policy	 policy;
	int64_t			 after = 0;

	while ((result = policy_read(db, STMT_POLICY_NEXT,
	    DB_ARGS(db_int(after)), &policy)) == DB_OK) {
		after = policy.id;
		if (cb(&policy, arg) != 0)
			return DB_OK;
	}
	return result == DB_NOTFOUND ? DB_OK : result;
}

enum db_result
db_policy_next_end(struct db *db, struct db_policy *policy)
{
	enum db_result	 result;
	struct db_row	 row;

	memset(policy, 0, sizeof(*policy));
	result = db_first(db, STMT_POLICY_NEXT_END, DB_NO_ARGS, &row);
	if (result != DB_OK)
		return result;
	policy->id = db_row_int(&row, 1, INT64_MAX);
	policy->not_after = db_row_int(&row, 1, INT64_MAX);
	policy->end_action = (int)db_row_int(&row, 0, DB_END_DELETE);
	return db_row_end(db, &row);
}

enum db_result
db_policy_set_enabled(struct db *db, int64_t id, int enabled)
{
	enum db_result	 result;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	result = db_audit(db, DB_AUDIT_POLICY, id, enabled ? "enable" :
	    "disable");
	if (result == DB_OK)
		result = db_change(db, STMT_POLICY_SET_ENABLED,
		    DB_ARGS(db_int(id), db_int(enabled != 0)), "policy");
	return db_end(db, result, 1);
}

static enum db_result
policy_replace(struct db *db, const struct db_policy *policy)
{
	enum db_result		 result;
	struct db_policy	 old;

	if ((result = db_policy_get(db, policy->id, &old)) != DB_OK ||
	    (result = db_audit(db, DB_AUDIT_POLICY, policy->id, NULL)) !=
	    DB_OK)
		return result;
	result = db_run(db, STMT_POLICY_SET, DB_ARGS(db_int(policy->id),
	    db_text(policy->name), db_int(policy->enabled != 0),
	    db_int(policy->not_after), db_int(policy->days),
	    db_int(policy->start), db_int(policy->end),
	    db_text(policy->zone), db_int(policy->end_action),
	    db_text(policy->notes)));
	if (result == DB_OK)
		result = db_run(db, STMT_POLICY_TAGS_CLEAR,
		    DB_ARGS(db_int(policy->id)));
	if (result == DB_OK)
		result = db_run(db, STMT_POLICY_ACLS_CLEAR,
		    DB_ARGS(db_int(policy->id)));
	if (result == DB_OK)
		result = db_run(db, STMT_POLICY_REQUIREMENTS_CLEAR,
		    DB_ARGS(db_int(policy->id)));
	if (result == DB_OK)
		result = policy_add_lists(db, policy->id, old.org, policy);
	if (result == DB_OK)
		result = db_tag_sweep(db, old.org);
	return result;
}

enum db_result
db_policy_replace(struct db *db, const struct db_policy *policy)
{
	enum db_result	 result;

	if ((result = policy_check(db, policy)) != DB_OK ||
	    (result = db_begin(db)) != DB_OK)
		return result;
	return db_end(db, policy_replace(db, policy), 1);
}

static enum db_result
policy_delete(struct db *db, int64_t id)
{
	enum db_result		 result;
	struct db_policy	 policy;

	if ((result = db_policy_get(db, id, &policy)) != DB_OK ||
	    (result = db_audit(db, DB_AUDIT_POLICY, id, NULL)) != DB_OK)
		return result;
	result = db_run(db, STMT_POLICY_DELETE, DB_ARGS(db_int(id)));
	if (result == DB_OK)
		result = db_tag_sweep(db, policy.org);
	return result;
}

enum db_result
db_policy_delete(struct db *db, int64_t id)
{
	enum db_result	 result;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	return db_end(db, policy_delete(db, id), 1);
}
