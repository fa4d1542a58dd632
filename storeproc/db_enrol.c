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
 * Enrolment: one transaction from the enrolment key to a system with a name,
 * addresses, serial and tags.  Everything an agent sends is hostile here; the
 * proof that it holds its identity key was given before, by others.
 */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "db_private.h"

#define RANDOM_TRIES	64

struct enrol {
	struct db			*db;
	const struct db_enrolment	*in;
	struct db_key			 key;
	struct db_org			 org;
	struct db_system		*out;
	const char			*why;
};

/* A refusal with a constant text that may go to the agent. */
static enum db_result
enrol_refuse(struct enrol *en, enum db_result result, const char *why)
{
	en->why = why;
	return db_fail(en->db, result, "%s", why);
}

static enum db_result
enrol_check_input(struct enrol *en)
{
	const struct db_enrolment	*in = en->in;

	if (db_bytes_zero(in->identity, sizeof(in->identity)) ||
	    db_bytes_zero(in->tunnel, sizeof(in->tunnel)))
		return enrol_refuse(en, DB_INVALID, "public key missing");
	if (!db_text_valid(in->description, sizeof(in->description)))
		return enrol_refuse(en, DB_INVALID, "description not valid");
	if (!db_text_valid(in->hostname, sizeof(in->hostname)))
		return enrol_refuse(en, DB_INVALID, "hostname not valid");
	if (in->now < 0)
		return enrol_refuse(en, DB_INVALID, "time not valid");
	return DB_OK;
}

static int
enrol_source_allowed(const struct db_key *key, const struct endpoint *source)
{
	size_t	 i;

	for (i = 0; i < key->nsources; i++)
		if (range_contains(&key->sources[i].range, source))
			return 1;
	return key->nsources == 0;
}

static enum db_result
enrol_check_key(struct enrol *en, const uint8_t *hash)
{
	enum db_result	 result;

	result = db_key_get_hash(en->db, hash, &en->key);
	if (result == DB_NOTFOUND)
		return enrol_refuse(en, DB_REFUSED, "enrolment key not known");
	if (result != DB_OK)
		return result;
	/* One that has expired may be disabled because of that. */
	if (en->key.not_after != 0 && en->in->now >= en->key.not_after)
		return enrol_refuse(en, DB_REFUSED,
		    "enrolment key has expired");
	if (!en->key.enabled)
		return enrol_refuse(en, DB_REFUSED,
		    "enrolment key is disabled");
	if (!enrol_source_allowed(&en->key, &en->in->source))
		return enrol_refuse(en, DB_REFUSED,
		    "enrolment key is not for this address");
	return DB_OK;
}

/*
 * DB_OK: the system was there before and is in out; DB_NOTFOUND: it was not.
 * A lost reply to the last use of a key must not lock its system out, so the
 * uses left do not matter for the key that enrolled it.
 */
static enum db_result
enrol_find_existing(struct enrol *en)
{
	enum db_result	 result;

	result = db_system_get_identity(en->db, en->in->identity, en->out);
	if (result != DB_OK)
		return result;
	if (en->out->org != en->key.org)
		return enrol_refuse(en, DB_REFUSED,
		    "identity key is enrolled in another organisation");
	if (en->out->state == DB_SYSTEM_REVOKED)
		return enrol_refuse(en, DB_REFUSED, "system is revoked");
	if (memcmp(en->out->tunnel, en->in->tunnel, DB_KEY_LEN) != 0)
		return enrol_refuse(en, DB_REFUSED,
		    "identity key is enrolled with another tunnel key");
	if (en->key.uses_remaining == 0 && en->out->key != en->key.id)
		return enrol_refuse(en, DB_REFUSED,
		    "enrolment key has no uses left");
	return DB_OK;
}

static uint32_t
enrol_random32(struct enrol *en)
{
	uint32_t	 value;

	en->in->random(&value, sizeof(value));
	return value;
}

/* DB_OK when no row has it, DB_EXISTS when one does. */
static enum db_result
enrol_is_free(struct enrol *en, enum db_stmt id, struct db_args args)
{
	enum db_result	 result;
	struct db_row	 row;

	result = db_first(en->db, id, args, &row);
	if (result == DB_OK) {
		db_done(&row);
		return DB_EXISTS;
	}
	return result == DB_NOTFOUND ? DB_OK : result;
}

/* Takes a name that never was anyone's. */
static enum db_result
enrol_pick_name(struct enrol *en)
{
	static const char	 alphabet[] = DB_NAME_ALPHABET;
	enum db_result		 result;
	int			 i, try;

	for (try = 0; try < RANDOM_TRIES; try++) {
		for (i = 0; i < DB_NAME_LEN; i++)
			en->out->name[i] = alphabet[enrol_random32(en) %
			    (sizeof(alphabet) - 1)];
		en->out->name[DB_NAME_LEN] = '\0';
		result = db_change(en->db, STMT_NAME_TAKE,
		    DB_ARGS(db_text(en->out->name)), "name");
		if (result != DB_NOTFOUND)
			return result;
	}
	return enrol_refuse(en, DB_LIMIT, "no system name is free");
}

/* Not the network, not broadcast, and no host that ends in .0 or .255. */
static int
ipv4_usable(const struct db_org *org, uint32_t addr)
{
	uint32_t	 mask = UINT32_MAX >> org->ipv4_plen;
	uint32_t	 host = addr & mask;

	return (addr & ~mask) == org->ipv4 && host != 0 && host != mask &&
	    (addr & 0xff) != 0 && (addr & 0xff) != 0xff;
}

/* Walks the addresses in use, in order, to the first gap. */
static enum db_result
enrol_lowest_ipv4(struct enrol *en)
{
	enum db_result	 result;
	struct db_row	 row;
	uint32_t	 addr = en->org.ipv4, used = 0;
	uint32_t	 last = addr | (UINT32_MAX >> en->org.ipv4_plen);

	result = db_first(en->db, STMT_SYSTEM_IPV4S,
	    DB_ARGS(db_int(en->org.id)), &row);
	for (; addr < last; addr++) {
		if (!ipv4_usable(&en->org, addr))
			continue;
		while (result == DB_OK) {
			used = (uint32_t)db_row_int(&row, 0, UINT32_MAX);
			if (used >= addr)
				break;
			result = db_next(en->db, &row);
		}
		if (result != DB_OK || used != addr)
			break;
	}
	if (result == DB_OK)
		db_done(&row);
	else if (result != DB_NOTFOUND)
		return result;
	if (addr == last)
		return enrol_refuse(en, DB_LIMIT, "no IPv4 address is free");
	en->out->ipv4 = addr;
	return DB_OK;
}

/* At random while that succeeds, so that an address tells nothing. */
static enum db_result
enrol_pick_ipv4(struct enrol *en)
{
	enum db_result	 result;
	uint32_t	 addr, mask = UINT32_MAX >> en->org.ipv4_plen;
	int		 try;

	for (try = 0; try < RANDOM_TRIES; try++) {
		addr = en->org.ipv4 | (enrol_random32(en) & mask);
		if (!ipv4_usable(&en->org, addr))
			continue;
		result = enrol_is_free(en, STMT_SYSTEM_HAS_IPV4,
		    DB_ARGS(db_int(en->org.id), db_int(addr)));
		if (result == DB_OK)
			en->out->ipv4 = addr;
		if (result != DB_EXISTS)
			return result;
	}
	return enrol_lowest_ipv4(en);
}

/* RFC 5453: zero and fdff:ffff:ffff:ff80 to :ffff are reserved. */
static int
interface_id_usable(const uint8_t *id)
{
	static const uint8_t	 anycast[7] = {
		0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
	};

	if (db_bytes_zero(id, 8))
		return 0;
	return memcmp(id, anycast, sizeof(anycast)) != 0 || id[7] < 0x80;
}

static enum db_result
enrol_pick_ipv6(struct enrol *en)
{
	enum db_result	 result;
	int		 try;

	memcpy(en->out->ipv6, en->org.ipv6, 8);
	for (try = 0; try < RANDOM_TRIES; try++) {
		en->in->random(en->out->ipv6 + 8, 8);
		if (!interface_id_usable(en->out->ipv6 + 8))
			continue;
		result = enrol_is_free(en, STMT_SYSTEM_HAS_IPV6,
		    DB_ARGS(db_int(en->org.id), db_blob(en->out->ipv6,
		    sizeof(en->out->ipv6))));
		if (result != DB_EXISTS)
			return result;
	}
	return enrol_refuse(en, DB_LIMIT, "no IPv6 address is free");
}

static enum db_result
enrol_pick_serial(struct enrol *en)
{
	enum db_result	 result;
	int		 try;

	for (try = 0; try < RANDOM_TRIES; try++) {
		en->in->random(en->out->serial, sizeof(en->out->serial));
		if (db_bytes_zero(en->out->serial, sizeof(en->out->serial)))
			continue;
		result = enrol_is_free(en, STMT_SYSTEM_HAS_SERIAL,
		    DB_ARGS(db_blob(en->out->serial,
		    sizeof(en->out->serial))));
		if (result != DB_EXISTS)
			return result;
	}
	return enrol_refuse(en, DB_LIMIT, "no serial number is free");
}

static enum db_result
enrol_check_unique(struct enrol *en)
{
	enum db_result	 result;

	result = db_system_check_unique(en->db, &en->org, 0,
	    en->in->description);
	if (result == DB_EXISTS)
		return enrol_refuse(en, result, "another system of the "
		    "organisation has this description");
	return result;
}

static enum db_result
enrol_insert(struct enrol *en)
{
	const struct db_enrolment	*in = en->in;
	enum db_result			 result;
	struct db_system		*out = en->out;
	enum db_system_state		 state;
	int64_t				 id;
	size_t				 i;

	state = en->key.approval == DB_APPROVAL_AUTOMATIC ?
	    DB_SYSTEM_ENABLED : DB_SYSTEM_UNAPPROVED;
	result = db_run(en->db, STMT_SYSTEM_ADD, DB_ARGS(db_int(en->org.id),
	    db_text(out->name), db_text(in->description),
	    db_text(in->hostname), db_blob(in->identity, DB_KEY_LEN),
	    db_blob(in->tunnel, DB_KEY_LEN), db_int(out->ipv4),
	    db_blob(out->ipv6, sizeof(out->ipv6)), db_int(state),
	    db_blob(out->serial, sizeof(out->serial)), db_int(en->key.id),
	    db_int(en->key.type == DB_KEY_EPHEMERAL),
	    db_int(en->key.retention_minutes), db_int(in->flags),
	    db_int(in->now)));
	if (result != DB_OK)
		return result;
	id = sqlite3_last_insert_rowid(en->db->handle);
	result = db_audit_new(en->db, DB_AUDIT_SYSTEM, id, "enrol");
	if (result != DB_OK)
		return result;
	for (i = 0; i < en->key.ntags; i++) {
		result = db_run(en->db, STMT_SYSTEM_TAG_ADD,
		    DB_ARGS(db_int(id), db_int(en->key.tags[i].id)));
		if (result != DB_OK)
			return result;
	}
	return db_system_get(en->db, id, out);
}

/* A system that was not there before. */
static enum db_result
enrol_new(struct enrol *en)
{
	enum db_result	 result;
	char		 actor[DB_ACTOR_MAX + 1];

	if (en->key.uses_remaining == 0)
		return enrol_refuse(en, DB_REFUSED,
		    "enrolment key has no uses left");
	result = enrol_is_free(en, STMT_SYSTEM_HAS_TUNNEL,
	    DB_ARGS(db_blob(en->in->tunnel, DB_KEY_LEN)));
	if (result == DB_EXISTS)
		return enrol_refuse(en, DB_EXISTS,
		    "tunnel key belongs to another system");
	if (result != DB_OK ||
	    (result = db_org_get(en->db, en->key.org, &en->org)) != DB_OK ||
	    (result = enrol_check_unique(en)) != DB_OK ||
	    (result = enrol_pick_name(en)) != DB_OK ||
	    (result = enrol_pick_ipv4(en)) != DB_OK ||
	    (result = enrol_pick_ipv6(en)) != DB_OK ||
	    (result = enrol_pick_serial(en)) != DB_OK ||
	    (result = enrol_insert(en)) != DB_OK)
		return result;
	snprintf(actor, sizeof(actor), "system:%s", en->out->name);
	db_actor(en->db, actor);
	return db_change(en->db, STMT_KEY_USED, DB_ARGS(db_int(en->key.id),
	    db_int(en->in->now)), "enrolment key");
}

enum db_result
db_enrol(struct db *db, const uint8_t hash[DB_KEY_LEN],
    const struct db_enrolment *in, struct db_system *out, const char **why)
{
	enum db_result	 result;
	struct enrol	 en;
	int		 bump = 0;

	memset(&en, 0, sizeof(en));
	memset(out, 0, sizeof(*out));
	en.db = db;
	en.in = in;
	en.out = out;
	if ((result = enrol_check_input(&en)) == DB_OK &&
	    (result = db_begin(db)) == DB_OK) {
		result = enrol_check_key(&en, hash);
		if (result == DB_OK)
			result = enrol_find_existing(&en);
		if (result == DB_NOTFOUND) {
			bump = 1;
			result = enrol_new(&en);
		}
		result = db_end(db, result, bump);
	}
	if (result != DB_OK)
		memset(out, 0, sizeof(*out));
	/* Whatever is not a refusal is our own trouble, not the agent's. */
	if (result != DB_OK && en.why == NULL)
		result = DB_ERROR;
	*why = en.why;
	return result;
}
