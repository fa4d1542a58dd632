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
 * What the tests of the database share: a database in a directory of its own,
 * filled structs, and checks that print the reason.
 */

#ifndef REGRESS_STORE_DB_FIXTURE_H
#define REGRESS_STORE_DB_FIXTURE_H

#include <sys/types.h>

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storeproc/db_private.h"

#define NOW	1700000000
#define PATH	"discovery.db"

#define CHECK_RESULT(db, want, call) do {				\
	enum db_result	 got_ = (call);					\
	ATF_REQUIRE_MSG(got_ == (want), "%s: %s (%s), not %s", #call,	\
	    db_result_name(got_), db_errstr(db), db_result_name(want));	\
} while (0)

#define CHECK_OK(db, call)	CHECK_RESULT(db, DB_OK, call)

static inline void
fixture_dir(void)
{
	char	 dir[] = "db.XXXXXX";

	ATF_REQUIRE(mkdtemp(dir) != NULL);
	ATF_REQUIRE(chdir(dir) == 0);
}

static inline struct db *
fixture_reopen(void)
{
	const char	*err;
	struct db	*db = db_open(PATH, &err);

	ATF_REQUIRE_MSG(db != NULL, "db_open: %s", err);
	return db;
}

static inline struct db *
fixture_open(void)
{
	fixture_dir();
	return fixture_reopen();
}

static inline int64_t
fixture_org(struct db *db, const char *name, uint32_t ipv4, uint8_t plen)
{
	static uint8_t	 seq;
	struct db_org	 org;

	memset(&org, 0, sizeof(org));
	strlcpy(org.name, name, sizeof(org.name));
	org.ipv4 = ipv4;
	org.ipv4_plen = plen;
	org.ipv6[0] = 0xfd;
	org.ipv6[1] = 1;
	org.ipv6[7] = ++seq;
	org.authority[0] = 1;
	org.cert_lifetime_sec = 86400;
	org.created = NOW;
	CHECK_OK(db, db_org_add(db, &org));
	return org.id;
}

static inline void
fixture_hash(uint8_t *hash, uint32_t seq)
{
	memset(hash, 0x5a, DB_KEY_LEN);
	memcpy(hash, &seq, sizeof(seq));
}

static inline void
fixture_key_init(struct db_key *key, int64_t org)
{
	memset(key, 0, sizeof(*key));
	key->org = org;
	strlcpy(key->hint, "ABCDE", sizeof(key->hint));
	strlcpy(key->description, "laptops", sizeof(key->description));
	key->type = DB_KEY_GENERAL;
	key->approval = DB_APPROVAL_AUTOMATIC;
	key->uses_remaining = DB_USES_UNLIMITED;
	key->enabled = 1;
	key->action = DB_KEY_DISABLE;
	key->created = NOW;
	key->ntags = 2;
	strlcpy(key->tags[0].name, "laptop", sizeof(key->tags[0].name));
	strlcpy(key->tags[1].name, "all.staff", sizeof(key->tags[1].name));
}

/* A key that is automatic and has this many uses, under fixture_hash(seq). */
static inline int64_t
fixture_key(struct db *db, int64_t org, uint32_t seq, int32_t uses)
{
	uint8_t		 hash[DB_KEY_LEN];
	struct db_key	 key;

	fixture_key_init(&key, org);
	key.uses_remaining = uses;
	fixture_hash(hash, seq);
	CHECK_OK(db, db_key_add(db, &key, hash));
	return key.id;
}

static inline void
fixture_enrolment(struct db_enrolment *in, uint32_t seq)
{
	memset(in, 0, sizeof(*in));
	memset(in->identity, 0x11, sizeof(in->identity));
	memset(in->tunnel, 0x22, sizeof(in->tunnel));
	memcpy(in->identity, &seq, sizeof(seq));
	memcpy(in->tunnel, &seq, sizeof(seq));
	strlcpy(in->description, "a laptop", sizeof(in->description));
	strlcpy(in->hostname, "host.example", sizeof(in->hostname));
	in->flags = 1;
	in->now = NOW + 10;
	in->random = arc4random_buf;
}

/* Enrols agent number seq with key number key. */
static inline enum db_result
fixture_enrol(struct db *db, uint32_t key, uint32_t seq,
    struct db_system *out, const char **why)
{
	uint8_t			 hash[DB_KEY_LEN];
	struct db_enrolment	 in;

	fixture_hash(hash, key);
	fixture_enrolment(&in, seq);
	return db_enrol(db, hash, &in, out, why);
}

static inline int64_t
fixture_count(struct db *db, const char *sql)
{
	sqlite3_stmt	*st;
	int64_t		 n;

	ATF_REQUIRE_EQ(sqlite3_prepare_v2(db->handle, sql, -1, &st, NULL),
	    SQLITE_OK);
	ATF_REQUIRE_EQ(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

static inline int64_t
fixture_revision(struct db *db)
{
	int64_t	 value;

	CHECK_OK(db, db_revision(db, &value));
	return value;
}

#endif /* REGRESS_STORE_DB_FIXTURE_H */
