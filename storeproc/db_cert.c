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
 * Certificates of systems over their renewals, and the authorities of
 * organisations.  Serials overlap: the certificate that an agent holds stays
 * good until the agent is known to hold its successor.
 */

#include <stdint.h>
#include <string.h>

#include "db_private.h"

static enum db_result
cert_row(struct db *db, int64_t system, struct db_cert *c)
{
	enum db_result	 result;
	struct db_row	 row;

	result = db_first(db, STMT_CERT_GET, DB_ARGS(db_int(system)), &row);
	if (result != DB_OK)
		return result;
	/* An absent blob leaves zeros. */
	db_row_blob_max(&row, c->serial_old, sizeof(c->serial_old));
	db_row_blob(&row, c->signer, sizeof(c->signer));
	db_row_blob_max(&row, c->pinned, sizeof(c->pinned));
	c->ordered = (int)db_row_int(&row, 0, 1);
	return db_row_end(db, &row);
}

enum db_result
db_cert_get(struct db *db, int64_t system, struct db_cert *c)
{
	enum db_result	 result;

	memset(c, 0, sizeof(*c));
	result = cert_row(db, system, c);
	if (result == DB_NOTFOUND)
		db_fail(db, result, "the system has no certificate yet");
	return result;
}

static enum db_result
cert_check(struct db *db, const uint8_t *cert, size_t len)
{
	if (cert == NULL || len == 0 || len > DB_CERT_MAX)
		return db_fail(db, DB_INVALID, "certificate of %zu bytes",
		    len);
	return DB_OK;
}

enum db_result
db_cert_issue(struct db *db, int64_t system, const uint8_t *cert, size_t len,
    const uint8_t signer[DB_KEY_LEN])
{
	enum db_result	 result;

	if ((result = cert_check(db, cert, len)) != DB_OK ||
	    (result = db_begin(db)) != DB_OK)
		return result;
	result = db_audit(db, DB_AUDIT_SYSTEM, system, "certificate");
	if (result == DB_OK)
		result = db_change(db, STMT_CERT_STORE,
		    DB_ARGS(db_int(system), db_blob(cert, len)), "system");
	if (result == DB_OK)
		result = db_run(db, STMT_CERT_ISSUE, DB_ARGS(db_int(system),
		    db_blob(signer, DB_KEY_LEN)));
	return db_end(db, result, 1);
}

static enum db_result
cert_renew(struct db *db, int64_t system, const struct db_renewal *r)
{
	struct db_system	 sys;
	struct db_cert		 old;
	enum db_result		 result;

	if ((result = db_system_get(db, system, &sys)) != DB_OK ||
	    (result = db_cert_get(db, system, &old)) != DB_OK)
		return result;
	if (sys.state != DB_SYSTEM_ENABLED)
		return db_fail(db, DB_REFUSED, "the system is not enabled");
	if (memcmp(sys.serial, r->stored, DB_SERIAL_LEN) != 0)
		return db_fail(db, DB_REFUSED,
		    "another renewal was quicker");
	if (memcmp(r->held, sys.serial, DB_SERIAL_LEN) != 0 &&
	    (db_bytes_zero(old.serial_old, DB_SERIAL_LEN) ||
	    memcmp(r->held, old.serial_old, DB_SERIAL_LEN) != 0))
		return db_fail(db, DB_REFUSED,
		    "the certificate was replaced");
	result = db_run(db, STMT_CERT_RENEW, DB_ARGS(db_int(system),
	    db_blob(r->cert, r->len), db_blob(r->serial, DB_SERIAL_LEN)));
	if (result == DB_OK)
		result = db_change(db, STMT_CERT_RENEWED,
		    DB_ARGS(db_int(system), db_blob(r->held, DB_SERIAL_LEN),
		    db_blob(r->signer, DB_KEY_LEN)), "certificate");
	return result;
}

enum db_result
db_cert_renew(struct db *db, int64_t system, const struct db_renewal *r)
{
	enum db_result	 result;

	if ((result = cert_check(db, r->cert, r->len)) != DB_OK)
		return result;
	if (db_bytes_zero(r->serial, DB_SERIAL_LEN) ||
	    memcmp(r->serial, r->held, DB_SERIAL_LEN) == 0)
		return db_fail(db, DB_INVALID, "serial number not valid");
	if ((result = db_begin(db)) != DB_OK)
		return result;
	result = db_audit(db, DB_AUDIT_SYSTEM, system, "renew");
	if (result == DB_OK)
		result = cert_renew(db, system, r);
	return db_end(db, result, 1);
}

enum db_result
db_cert_order(struct db *db, int64_t system)
{
	enum db_result	 result;

	if ((result = db_begin(db)) != DB_OK)
		return result;
	result = db_audit(db, DB_AUDIT_SYSTEM, system, "order-renewal");
	if (result == DB_OK)
		result = db_change(db, STMT_CERT_ORDER,
		    DB_ARGS(db_int(system)), "certificate");
	return db_end(db, result, 1);
}

enum db_result
db_cert_held(struct db *db, int64_t system,
    const uint8_t serial[DB_SERIAL_LEN], const uint8_t pinned[DB_KEY_LEN],
    int *changed)
{
	struct db_system	 sys;
	struct db_cert		 c;
	enum db_result		 result;
	int			 held, pins;

	*changed = 0;
	if ((result = db_system_get(db, system, &sys)) != DB_OK ||
	    (result = db_cert_get(db, system, &c)) != DB_OK)
		return result;
	held = !db_bytes_zero(c.serial_old, DB_SERIAL_LEN) &&
	    memcmp(sys.serial, serial, DB_SERIAL_LEN) == 0;
	pins = !db_bytes_zero(pinned, DB_KEY_LEN) &&
	    memcmp(c.pinned, pinned, DB_KEY_LEN) != 0;
	if ((!held && !pins) || (result = db_begin(db)) != DB_OK)
		return result;
	if (held)
		result = db_run(db, STMT_CERT_HELD, DB_ARGS(db_int(system)));
	if (pins && result == DB_OK)
		result = db_run(db, STMT_CERT_PINNED,
		    DB_ARGS(db_int(system), db_blob(pinned, DB_KEY_LEN)));
	/* What an agent has done by itself is no change of anybody's. */
	result = db_end(db, result, 0);
	*changed = result == DB_OK;
	return result;
}

enum db_result
db_authority_get(struct db *db, int64_t org, struct db_authority *a)
{
	enum db_result	 result;
	struct db_row	 row;

	memset(a, 0, sizeof(*a));
	result = db_first(db, STMT_AUTHORITY_GET, DB_ARGS(db_int(org)), &row);
	if (result == DB_NOTFOUND)
		return db_fail(db, result, "no such organisation");
	if (result != DB_OK)
		return result;
	a->grace_sec = db_row_int(&row, 0, INT64_MAX);
	db_row_blob_max(&row, a->previous, sizeof(a->previous));
	a->successor_len = db_row_blob_max(&row, a->successor,
	    sizeof(a->successor));
	a->retired_len = db_row_blob_max(&row, a->retired,
	    sizeof(a->retired));
	return db_row_end(db, &row);
}

enum db_result
db_authority_times(struct db *db, int64_t org, int64_t life_sec,
    int64_t grace_sec)
{
	enum db_result	 result = DB_OK;

	if (life_sec >= 0 && (life_sec < DB_LIFE_MIN ||
	    life_sec > DB_LIFE_MAX))
		return db_fail(db, DB_INVALID, "certificates are good for "
		    "%d seconds at least and ten years at most", DB_LIFE_MIN);
	if (grace_sec > DB_GRACE_MAX)
		return db_fail(db, DB_INVALID,
		    "the grace is ten years at most");
	if (life_sec >= 0)
		result = db_change(db, STMT_AUTHORITY_LIFE,
		    DB_ARGS(db_int(org), db_int(life_sec)), "organisation");
	if (grace_sec >= 0 && result == DB_OK)
		result = db_change(db, STMT_AUTHORITY_GRACE,
		    DB_ARGS(db_int(org), db_int(grace_sec)), "organisation");
	return result;
}

enum db_result
db_authority_depend(struct db *db, int64_t org, struct db_depend *d)
{
	enum db_result	 result;
	struct db_row	 row;

	memset(d, 0, sizeof(*d));
	result = db_first(db, STMT_AUTHORITY_DEPEND, DB_ARGS(db_int(org)),
	    &row);
	if (result != DB_OK)
		return result;
	d->systems = db_row_int(&row, 0, INT64_MAX);
	d->renewed = db_row_int(&row, 0, INT64_MAX);
	d->pinned = db_row_int(&row, 0, INT64_MAX);
	return db_row_end(db, &row);
}

static enum db_result
statement_check(struct db *db, size_t len)
{
	if (len == 0 || len > DB_CROSS_MAX)
		return db_fail(db, DB_INVALID, "statement of %zu bytes", len);
	return DB_OK;
}

/* Nothing to change there: it is not as the caller thinks. */
static enum db_result
authority_result(struct db *db, enum db_result result)
{
	if (result == DB_NOTFOUND)
		return db_fail(db, DB_REFUSED,
		    "the authority was changed meanwhile");
	return result;
}

enum db_result
db_authority_roll(struct db *db, int64_t org, const uint8_t old[DB_KEY_LEN],
    const uint8_t new[DB_KEY_LEN], const uint8_t *statement, size_t len)
{
	enum db_result	 result;

	if (db_bytes_zero(new, DB_KEY_LEN) ||
	    memcmp(old, new, DB_KEY_LEN) == 0)
		return db_fail(db, DB_INVALID, "no new authority");
	if ((result = statement_check(db, len)) != DB_OK ||
	    (result = db_begin(db)) != DB_OK)
		return result;
	result = db_audit(db, DB_AUDIT_ORG, org, "rollover");
	if (result == DB_OK)
		result = db_change(db, STMT_AUTHORITY_SET,
		    DB_ARGS(db_int(org), db_blob(old, DB_KEY_LEN),
		    db_blob(new, DB_KEY_LEN)), "authority");
	if (result == DB_OK)
		result = db_change(db, STMT_AUTHORITY_ROLL,
		    DB_ARGS(db_int(org), db_blob(old, DB_KEY_LEN),
		    db_blob(statement, len)), "authority");
	return db_end(db, authority_result(db, result), 1);
}

enum db_result
db_authority_retire(struct db *db, int64_t org, const uint8_t old[DB_KEY_LEN],
    const uint8_t *statement, size_t len)
{
	enum db_result	 result;

	if ((result = statement_check(db, len)) != DB_OK ||
	    (result = db_begin(db)) != DB_OK)
		return result;
	result = db_audit(db, DB_AUDIT_ORG, org, "rollover-finish");
	if (result == DB_OK)
		result = db_change(db, STMT_AUTHORITY_RETIRE,
		    DB_ARGS(db_int(org), db_blob(old, DB_KEY_LEN),
		    db_blob(statement, len)), "authority");
	return db_end(db, authority_result(db, result), 1);
}
