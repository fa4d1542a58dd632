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
 * Organisations.
 */

#include <stdint.h>
#include <string.h>

#include "db_private.h"

/* A unicast prefix without host bits. */
static int
ipv4_prefix_valid(uint32_t addr, uint8_t plen)
{
	uint32_t	 first = addr >> 24;

	if (plen < DB_IPV4_PLEN_MIN || plen > DB_IPV4_PLEN_MAX)
		return 0;
	if ((addr & (UINT32_MAX >> plen)) != 0)
		return 0;
	return first != 0 && first != 127 && first < 224;
}

/* RFC 4193: fd00::/8, and the interface half empty. */
static int
ipv6_prefix_valid(const uint8_t *addr)
{
	return addr[0] == 0xfd && !db_bytes_zero(addr + 1, 5) &&
	    db_bytes_zero(addr + 8, 8);
}

static enum db_result
org_check(struct db *db, const struct db_org *org)
{
	if (!db_string_ends(org->name, sizeof(org->name)) ||
	    !db_org_name_valid(org->name))
		return db_fail(db, DB_INVALID, "organisation name not valid");
	if (!ipv4_prefix_valid(org->ipv4, org->ipv4_plen))
		return db_fail(db, DB_INVALID, "IPv4 prefix not valid");
	if (!ipv6_prefix_valid(org->ipv6))
		return db_fail(db, DB_INVALID, "IPv6 prefix is no ULA /64");
	if (db_bytes_zero(org->authority, sizeof(org->authority)))
		return db_fail(db, DB_INVALID, "authority key missing");
	if (org->cert_lifetime_sec < 0 || org->created < 0)
		return db_fail(db, DB_INVALID, "negative time");
	if ((int)org->clone < DB_CLONE_REJECT ||
	    org->clone > DB_CLONE_QUARANTINE)
		return db_fail(db, DB_INVALID, "clone policy not valid");
	return DB_OK;
}

enum db_result
db_org_add(struct db *db, struct db_org *org)
{
	enum db_result	 result;
	int64_t		 id;

	if (org->ipv4 == 0 && org->ipv4_plen == 0) {
		org->ipv4 = DB_IPV4_DEFAULT;
		org->ipv4_plen = DB_IPV4_PLEN_DEFAULT;
	}
	if (org->clone == 0)
		org->clone = DB_CLONE_REJECT;
	if ((result = org_check(db, org)) != DB_OK ||
	    (result = db_begin(db)) != DB_OK)
		return result;
	result = db_run(db, STMT_ORG_ADD, DB_ARGS(db_text(org->name),
	    db_int(org->ipv4), db_int(org->ipv4_plen),
	    db_blob(org->ipv6, sizeof(org->ipv6)),
	    db_blob(org->authority, sizeof(org->authority)),
	    db_int(org->cert_lifetime_sec), db_int(org->created),
	    db_int(org->clone), db_int(org->unique_names != 0)));
	id = sqlite3_last_insert_rowid(db->handle);
	if (result == DB_OK)
		result = db_run(db, STMT_AUTHORITY_ADD, DB_ARGS(db_int(id),
		    db_int(DB_GRACE_DEFAULT)));
	if (result == DB_OK)
		result = db_audit_new(db, DB_AUDIT_ORG, id, NULL);
	result = db_end(db, result, 1);
	if (result == DB_OK)
		org->id = id;
	return result;
}

static enum db_result
org_read(struct db *db, enum db_stmt id, struct db_args args,
    struct db_org *org)
{
	enum db_result	 result;
	struct db_row	 row;

	memset(org, 0, sizeof(*org));
	if ((result = db_first(db, id, args, &row)) != DB_OK)
		return result;
	org->id = db_row_int(&row, 1, INT64_MAX);
	db_row_text(&row, org->name, sizeof(org->name));
	org->ipv4 = (uint32_t)db_row_int(&row, 0, UINT32_MAX);
	org->ipv4_plen = (uint8_t)db_row_int(&row, DB_IPV4_PLEN_MIN,
	    DB_IPV4_PLEN_MAX);
	db_row_blob(&row, org->ipv6, sizeof(org->ipv6));
	db_row_blob(&row, org->authority, sizeof(org->authority));
	org->cert_lifetime_sec = db_row_int(&row, 0, INT64_MAX);
	org->created = db_row_int(&row, 0, INT64_MAX);
	org->clone = (enum db_clone)db_row_int(&row, DB_CLONE_REJECT,
	    DB_CLONE_QUARANTINE);
	org->unique_names = (int)db_row_int(&row, 0, 1);
	return db_row_end(db, &row);
}

enum db_result
db_org_get(struct db *db, int64_t id, struct db_org *org)
{
	enum db_result	 result;

	result = org_read(db, STMT_ORG_GET, DB_ARGS(db_int(id)), org);
	if (result == DB_NOTFOUND)
		db_fail(db, result, "no such organisation");
	return result;
}

enum db_result
db_org_get_name(struct db *db, const char *name, struct db_org *org)
{
	enum db_result	 result;

	result = org_read(db, STMT_ORG_GET_NAME, DB_ARGS(db_text(name)), org);
	if (result == DB_NOTFOUND)
		db_fail(db, result, "no such organisation");
	return result;
}

enum db_result
db_org_list(struct db *db, db_org_cb cb, void *arg)
{
	enum db_result	 result;
	struct db_org	 org;
	int64_t		 after = 0;

	while ((result = org_read(db, STMT_ORG_NEXT, DB_ARGS(db_int(after)),
	    &org)) == DB_OK) {
		after = org.id;
		if (cb(&org, arg) != 0)
			return DB_OK;
	}
	return result == DB_NOTFOUND ? DB_OK : result;
}

enum db_result
db_each_org(struct db *db, db_org_cb cb, void *arg)
{
	return db_org_list(db, cb, arg);
}

enum db_result
db_org_change(struct db *db, const struct db_org *org, int64_t life_sec,
    int64_t grace_sec)
{
	enum db_result	 result;

	if ((int)org->clone < DB_CLONE_REJECT ||
	    org->clone > DB_CLONE_QUARANTINE)
		return db_fail(db, DB_INVALID, "clone policy not valid");
	if ((result = db_begin(db)) != DB_OK)
		return result;
	result = db_audit(db, DB_AUDIT_ORG, org->id, NULL);
	if (result == DB_OK)
		result = db_change(db, STMT_ORG_CHANGE,
		    DB_ARGS(db_int(org->id), db_int(org->clone),
		    db_int(org->unique_names != 0)), "organisation");
	if (result == DB_OK)
		result = db_authority_times(db, org->id, life_sec, grace_sec);
	return db_end(db, result, 1);
}

static enum db_result
org_delete(struct db *db, int64_t id)
{
	enum db_result	 result;
	struct db_org	 org;

	if ((result = db_org_get(db, id, &org)) != DB_OK ||
	    (result = db_audit(db, DB_AUDIT_ORG, id, NULL)) != DB_OK)
		return result;
	/* Its constraints keep what others refer to. */
	result = db_run(db, STMT_ORG_DELETE, DB_ARGS(db_int(id)));
	if (result == DB_NOTFOUND)
		return db_fail(db, DB_REFUSED, "the organisation still has "
		    "keys, systems, policies or something else of its own");
	return result;
}

enum db_result
db_org_delete(struct db *db, int64_t id)
{
	enum db_result	 result;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	return db_end(db, org_delete(db, id), 1);
}
