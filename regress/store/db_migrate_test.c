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
 * A database that an earlier version of the service has left: each version,
 * with rows as that version wrote them, is brought up and keeps them.
 */

#include "audit/audit.h"
#include "db_fixture.h"

/* What a version could hold besides what the one before could. */
static const struct {
	int		 version;
	const char	*sql;
} rows[] = {
	{ 1, "INSERT INTO organisations (id, name, ipv4, ipv4_plen, ipv6,"
	    " authority, cert_lifetime_sec, created) VALUES (3, 'acme',"
	    " 1681915904, 10, x'fd010203040506070000000000000000',"
	    " x'" "0101010101010101010101010101010101010101010101010101"
	    "010101010101', 86400, 1700000000);"
	    "INSERT INTO tags (id, org, name) VALUES (1, 3, 'people'),"
	    " (2, 3, 'servers');"
	    "INSERT INTO enrolment_keys (id, org, key_hash, hint,"
	    " description, type, approval, uses_remaining, enabled,"
	    " not_after, retention_minutes, created, last_used,"
	    " enrolled_count) VALUES (4, 3, x'" "0202020202020202020202"
	    "020202020202020202020202020202020202020202', 'ABCDE', 'laptops',"
	    " 1, 1, 5, 1, 0, 0, 1700000000, 1700000001, 1);"
	    "INSERT INTO key_tags (key, tag) VALUES (4, 2);"
	    "INSERT INTO names_used (name) VALUES ('V88RY');"
	    "INSERT INTO systems (id, org, name, description, hostname,"
	    " identity_key, tunnel_key, ipv4, ipv6, state, serial,"
	    " certificate, key_id, ephemeral, retention_minutes, flags,"
	    " enrolled, last_seen) VALUES (5, 3, 'V88RY', 'a box', 'host',"
	    " x'" "0303030303030303030303030303030303030303030303030303"
	    "030303030303', x'" "0404040404040404040404040404040404040404"
	    "040404040404040404040404', 1681915905,"
	    " x'fd010203040506070000000000000001', 2,"
	    " x'05050505050505050505050505050505', x'01', 4, 0, 0, 1,"
	    " 1700000000, 1700000002);"
	    "INSERT INTO system_tags (system, tag) VALUES (5, 2);"
	    "INSERT INTO policies (id, org, name, enabled, not_after,"
	    " created) VALUES (6, 3, 'web', 1, 1800000000, 1700000000);"
	    "INSERT INTO policy_tags (policy, side, tag) VALUES (6, 1, 1),"
	    " (6, 2, 2);"
	    "INSERT INTO policy_acls (policy, position, protocol, port_low,"
	    " port_high, description) VALUES (6, 0, 6, 443, 444, 'https');"
	    "UPDATE revision SET value = 42" },
	{ 2, "INSERT INTO relays (id, name, token_hash, enabled, latitude,"
	    " longitude, created) VALUES (7, 'r1', x'" "0606060606060606"
	    "060606060606060606060606060606060606060606060606', 1, 412520,"
	    " 373405, 1700000000)" },
	{ 4, "UPDATE enrolment_keys SET expiry_action = 2, notes = 'n';"
	    "INSERT INTO key_sources (key, position, family, low, high,"
	    " description) VALUES (4, 0, 6, x'" "01020304050607080900010203"
	    "040506', x'01020304050607080900010203040507', 's')" },
	{ 6, "INSERT INTO certificates (system, signer) SELECT 5, authority"
	    " FROM organisations;"
	    "INSERT INTO authorities (org, grace_sec) VALUES (3, 2592000)" },
	{ 9, "INSERT INTO requirements (id, org, name, type, notes,"
	    " conditions, created) VALUES (8, 3, 'staff', 4, '', 'issuer"
	    " https://id.example'||char(10)||'client enclave', 1700000000);"
	    "INSERT INTO signins (requirement, system, digest, until,"
	    " subject) VALUES (8, 5, 99, 1900000000, 'ada')" },
	{ 11, "UPDATE systems SET notes = 'n', until = 9, quarantined = 1;"
	    "UPDATE organisations SET clone = 3, unique_names = 1" },
	{ 12, "UPDATE systems SET source = '192.0.2.1';"
	    "INSERT INTO system_facts (system, text) VALUES (5,"
	    " 'os linux'||char(10))" },
	{ 13, "INSERT INTO policy_tests (id, org, name, sender, receiver,"
	    " protocol, port, allow, created) VALUES (9, 3, 'web', 'people',"
	    " 'V88RY', 6, 443, 1, 1700000000)" },
};

#define NROWS	(sizeof(rows) / sizeof(rows[0]))

static void
build(size_t version)
{
	sqlite3	*handle;
	char	 err[256], *why = NULL;
	size_t	 i;

	ATF_REQUIRE_EQ(sqlite3_open(PATH, &handle), SQLITE_OK);
	ATF_REQUIRE_MSG(db_migrate(handle, schema_steps, version, err,
	    sizeof(err)) == 0, "%s", err);
	for (i = 0; i < NROWS; i++)
		if (rows[i].version <= (int)version)
			ATF_REQUIRE_MSG(sqlite3_exec(handle, rows[i].sql,
			    NULL, NULL, &why) == SQLITE_OK, "version %zu: %s",
			    version, why);
	ATF_REQUIRE_EQ(sqlite3_close(handle), SQLITE_OK);
}

static void
check_rows(struct db *db, size_t version)
{
	struct db_authority	 a;
	struct db_policy	 p;
	struct db_system	 s;
	struct db_facts		 f;
	struct db_relay		 r;
	struct db_test		 t;
	struct db_cert		 c;
	struct db_key		 k;
	struct db_org		 o;

	CHECK_OK(db, db_org_get(db, 3, &o));
	ATF_CHECK_STREQ(o.name, "acme");
	ATF_CHECK_EQ(o.cert_lifetime_sec, 86400);
	CHECK_OK(db, db_authority_get(db, 3, &a));
	ATF_CHECK_EQ(a.grace_sec, DB_GRACE_DEFAULT);
	/* Its certificate is of the one authority that there was. */
	CHECK_OK(db, db_cert_get(db, 5, &c));
	ATF_CHECK_EQ(memcmp(c.signer, o.authority, sizeof(c.signer)), 0);
	CHECK_OK(db, db_key_get(db, 4, &k));
	ATF_CHECK_EQ(k.uses_remaining, 5);
	ATF_CHECK_EQ(k.approval, DB_APPROVAL_MANUAL);
	ATF_CHECK_EQ(k.ntags, 1);
	CHECK_OK(db, db_system_get_name(db, "V88RY", &s));
	ATF_CHECK_STREQ(s.description, "a box");
	ATF_CHECK_EQ(s.state, DB_SYSTEM_ENABLED);
	ATF_CHECK_EQ(s.cert_len, 1);
	ATF_CHECK_EQ(s.key, 4);
	ATF_REQUIRE_EQ(s.ntags, 1);
	ATF_CHECK_STREQ(s.tags[0].name, "servers");
	CHECK_OK(db, db_policy_get(db, 6, &p));
	ATF_CHECK_EQ(p.not_after, 1800000000);
	/* Before there were active hours it held always. */
	ATF_CHECK(p.days == 0 && p.end_action == DB_END_DISABLE);
	ATF_REQUIRE_EQ(p.nsenders, 1);
	ATF_CHECK_STREQ(p.senders[0].name, "people");
	ATF_REQUIRE_EQ(p.nacls, 1);
	ATF_CHECK_EQ(p.acls[0].port_high, 444);
	ATF_CHECK_STREQ(p.acls[0].description, "https");
	if (version >= 2) {
		CHECK_OK(db, db_relay_get(db, 7, &r));
		ATF_CHECK_EQ(r.latitude, 412520);
	}
	if (version >= 4) {
		ATF_CHECK_EQ(k.action, DB_KEY_DELETE);
		ATF_CHECK_STREQ(k.notes, "n");
		ATF_CHECK_EQ(k.nsources, 1);
	}
	ATF_CHECK_EQ(s.quarantined, version >= 11);
	ATF_CHECK_EQ(s.until, version >= 11 ? 9 : 0);
	ATF_CHECK_STREQ(s.source, version >= 12 ? "192.0.2.1" : "");
	ATF_CHECK_EQ(db_facts_get(db, 5, &f), version >= 12 ? DB_OK :
	    DB_NOTFOUND);
	ATF_CHECK_EQ(o.clone, version >= 11 ? DB_CLONE_QUARANTINE :
	    DB_CLONE_REJECT);
	if (version >= 13) {
		CHECK_OK(db, db_test_get_name(db, 3, "web", &t));
		ATF_CHECK_STREQ(t.receiver, "V88RY");
		ATF_CHECK_EQ(t.port, 443);
	}
	ATF_CHECK_EQ(fixture_revision(db), 42);
}

/* And goes on as a new one would. */
static void
check_works(struct db *db)
{
	struct audit_walk	 w;
	struct db_system	 s;
	const char		*why;
	int			 done;

	CHECK_OK(db, db_system_tag_add(db, 5, "blue"));
	CHECK_OK(db, db_policy_set_enabled(db, 6, 0));
	CHECK_OK(db, db_key_set_enabled(db, 4, 0));
	fixture_key(db, 3, 1, 2);
	CHECK_OK(db, fixture_enrol(db, 1, 9, &s, &why));
	ATF_CHECK(s.id > 5);
	memset(&w, 0, sizeof(w));
	CHECK_OK(db, db_audit_verify(db, &w, 1000, &done, &why));
	ATF_CHECK(done && why == NULL);
	ATF_CHECK_EQ((int64_t)w.last,
	    fixture_count(db, "SELECT count(*) FROM audit"));
}

ATF_TC_WITHOUT_HEAD(each_earlier_version_is_brought_up_with_its_rows);
ATF_TC_BODY(each_earlier_version_is_brought_up_with_its_rows, tc)
{
	struct db	*db;
	size_t		 version;

	fixture_dir();
	for (version = 1; version <= schema_nsteps; version++) {
		build(version);
		db = fixture_reopen();
		ATF_CHECK_EQ(fixture_count(db, "PRAGMA user_version"),
		    (int64_t)schema_nsteps);
		check_rows(db, version);
		check_works(db);
		ATF_CHECK_EQ(fixture_count(db, "SELECT integrity_check ="
		    " 'ok' FROM pragma_integrity_check"), 1);
		db_close(db);
		ATF_REQUIRE(unlink(PATH) == 0);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_earlier_version_is_brought_up_with_its_rows);
	return atf_no_error();
}
