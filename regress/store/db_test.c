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
 * What the database of the discovery service promises while the disk is
 * well: rules for values, uniqueness, enrolment, lists.
 */

#include <sys/stat.h>

#include "db_fixture.h"

ATF_TC_WITHOUT_HEAD(new_database_has_latest_schema_and_safe_modes);
ATF_TC_BODY(new_database_has_latest_schema_and_safe_modes, tc)
{
	struct db	*db = fixture_open();
	struct stat	 st;

	ATF_CHECK_EQ(fixture_count(db, "PRAGMA user_version"),
	    (int64_t)schema_nsteps);
	ATF_CHECK_EQ(fixture_count(db, "PRAGMA application_id"),
	    DB_APPLICATION_ID);
	ATF_CHECK_EQ(fixture_count(db, "PRAGMA foreign_keys"), 1);
	ATF_CHECK_EQ(fixture_count(db, "PRAGMA synchronous"), 2);
	ATF_CHECK_EQ(fixture_count(db, "PRAGMA temp_store"), 2);
	ATF_CHECK_EQ(fixture_count(db, "SELECT journal_mode = 'wal'"
	    " FROM pragma_journal_mode"), 1);
	ATF_CHECK_EQ(fixture_revision(db), 0);
	ATF_REQUIRE_EQ(stat(PATH, &st), 0);
	ATF_CHECK_EQ(st.st_mode & 0777, 0600);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(tag_names_follow_their_rule);
ATF_TC_BODY(tag_names_follow_their_rule, tc)
{
	static const char *const	 good[] = { "a", "0", "a-b", "a.b-c",
					     "web1.prod" };
	static const char *const	 bad[] = { "", "-", "a-", ".a", "a--b",
					     "a.-b", "A", "a b", "a_b",
					     "\xc3\xa9" };
	char				 name[DB_TAG_NAME_MAX + 2];
	size_t				 i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		ATF_CHECK_MSG(db_tag_name_valid(good[i]), "%s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ATF_CHECK_MSG(!db_tag_name_valid(bad[i]), "%s", bad[i]);
	memset(name, 'a', sizeof(name));
	name[DB_TAG_NAME_MAX + 1] = '\0';
	ATF_CHECK(!db_tag_name_valid(name));
	name[DB_TAG_NAME_MAX] = '\0';
	ATF_CHECK(db_tag_name_valid(name));
}

ATF_TC_WITHOUT_HEAD(text_is_utf8_without_control_characters);
ATF_TC_BODY(text_is_utf8_without_control_characters, tc)
{
	static const char *const	 bad[] = { "a\n", "\x1b[2J", "\x7f",
					     "\xc2\x9b", "\xff", "\xc0\xaf",
					     "\xed\xa0\x80", "\xe2\x82",
					     "\xf4\x90\x80\x80" };
	size_t				 i;

	ATF_CHECK(db_text_valid("", 1));
	ATF_CHECK(db_text_valid("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x92\xbb",
	    64));
	ATF_CHECK(!db_text_valid("abc", 3));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ATF_CHECK_MSG(!db_text_valid(bad[i], 16), "%zu", i);
}

ATF_TC_WITHOUT_HEAD(organisation_values_are_checked_and_unique);
ATF_TC_BODY(organisation_values_are_checked_and_unique, tc)
{
	struct db	*db = fixture_open();
	struct db_org	 org, bad;

	fixture_org(db, "first.org", 0, 0);
	CHECK_OK(db, db_org_get_name(db, "first.org", &org));
	ATF_CHECK_EQ(org.ipv4, DB_IPV4_DEFAULT);
	ATF_CHECK_EQ(org.ipv4_plen, DB_IPV4_PLEN_DEFAULT);
	ATF_CHECK_EQ(org.cert_lifetime_sec, 86400);
	org.ipv6[6] = 9;
	CHECK_RESULT(db, DB_EXISTS, db_org_add(db, &org));
	strlcpy(org.name, "second", sizeof(org.name));
	bad = org;
	bad.ipv6[6] = 0;
	CHECK_RESULT(db, DB_EXISTS, db_org_add(db, &bad));
	bad = org;
	bad.ipv6[0] = 0x20;
	CHECK_RESULT(db, DB_INVALID, db_org_add(db, &bad));
	bad = org;
	bad.ipv6[15] = 1;
	CHECK_RESULT(db, DB_INVALID, db_org_add(db, &bad));
	bad = org;
	bad.ipv4 |= 1;
	CHECK_RESULT(db, DB_INVALID, db_org_add(db, &bad));
	bad = org;
	bad.ipv4_plen = 31;
	CHECK_RESULT(db, DB_INVALID, db_org_add(db, &bad));
	bad = org;
	strlcpy(bad.name, "Upper", sizeof(bad.name));
	CHECK_RESULT(db, DB_INVALID, db_org_add(db, &bad));
	memset(bad.name, 'a', sizeof(bad.name));
	CHECK_RESULT(db, DB_INVALID, db_org_add(db, &bad));
	CHECK_OK(db, db_org_add(db, &org));
	CHECK_RESULT(db, DB_NOTFOUND, db_org_get(db, 99, &org));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(enrolment_key_values_are_checked_and_hash_is_unique);
ATF_TC_BODY(enrolment_key_values_are_checked_and_hash_is_unique, tc)
{
	struct db	*db = fixture_open();
	uint8_t		 hash[DB_KEY_LEN], other[DB_KEY_LEN];
	struct db_key	 key, bad;
	int64_t		 org = fixture_org(db, "o", 0, 0);

	fixture_hash(hash, 1);
	fixture_hash(other, 2);
	fixture_key_init(&key, org);
	CHECK_OK(db, db_key_add(db, &key, hash));
	CHECK_RESULT(db, DB_EXISTS, db_key_add(db, &key, hash));
	bad = key;
	bad.org = org + 1;
	CHECK_RESULT(db, DB_NOTFOUND, db_key_add(db, &bad, other));
	bad = key;
	bad.type = DB_KEY_EPHEMERAL;
	bad.uses_remaining = 3;
	CHECK_RESULT(db, DB_INVALID, db_key_add(db, &bad, other));
	bad.uses_remaining = DB_USES_UNLIMITED;
	bad.approval = DB_APPROVAL_MANUAL;
	CHECK_RESULT(db, DB_INVALID, db_key_add(db, &bad, other));
	bad.approval = DB_APPROVAL_AUTOMATIC;
	bad.retention_minutes = 30;
	CHECK_OK(db, db_key_add(db, &bad, other));
	bad = key;
	bad.retention_minutes = 30;
	CHECK_RESULT(db, DB_INVALID, db_key_add(db, &bad, other));
	bad = key;
	strlcpy(bad.hint, "AB-DE", sizeof(bad.hint));
	CHECK_RESULT(db, DB_INVALID, db_key_add(db, &bad, other));
	bad = key;
	bad.ntags = DB_TAGS_MAX + 1;
	CHECK_RESULT(db, DB_INVALID, db_key_add(db, &bad, other));
	bad = key;
	strlcpy(bad.tags[0].name, "No", sizeof(bad.tags[0].name));
	CHECK_RESULT(db, DB_INVALID, db_key_add(db, &bad, other));
	bad = key;
	bad.uses_remaining = -2;
	CHECK_RESULT(db, DB_INVALID, db_key_add(db, &bad, other));
	CHECK_OK(db, db_key_get(db, key.id, &bad));
	ATF_CHECK_EQ(bad.ntags, 2);
	ATF_CHECK_STREQ(bad.tags[0].name, "all.staff");
	ATF_CHECK_STREQ(bad.hint, "ABCDE");
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(top_up_refuses_unlimited_keys_and_overflow);
ATF_TC_BODY(top_up_refuses_unlimited_keys_and_overflow, tc)
{
	struct db	*db = fixture_open();
	struct db_key	 key;
	int64_t		 org = fixture_org(db, "o", 0, 0), some, any;

	some = fixture_key(db, org, 1, 2);
	any = fixture_key(db, org, 2, DB_USES_UNLIMITED);
	CHECK_OK(db, db_key_top_up(db, some, 5));
	CHECK_OK(db, db_key_get(db, some, &key));
	ATF_CHECK_EQ(key.uses_remaining, 7);
	CHECK_RESULT(db, DB_LIMIT, db_key_top_up(db, some, UINT32_MAX));
	CHECK_RESULT(db, DB_LIMIT, db_key_top_up(db, some, DB_USES_MAX - 6));
	CHECK_RESULT(db, DB_INVALID, db_key_top_up(db, some, 0));
	CHECK_RESULT(db, DB_REFUSED, db_key_top_up(db, any, 1));
	CHECK_RESULT(db, DB_NOTFOUND, db_key_top_up(db, 99, 1));
	CHECK_OK(db, db_key_top_up(db, some, DB_USES_MAX - 7));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(enrolment_gives_name_addresses_serial_and_tags);
ATF_TC_BODY(enrolment_gives_name_addresses_serial_and_tags, tc)
{
	struct db		*db = fixture_open();
	struct db_system	 sys, got;
	struct db_key		 key;
	struct db_org		 o;
	const char		*why;
	char			 lower[DB_NAME_LEN + 1];
	int64_t			 org = fixture_org(db, "o", 0, 0), id;
	int			 i;

	id = fixture_key(db, org, 1, 3);
	CHECK_OK(db, fixture_enrol(db, 1, 1, &sys, &why));
	CHECK_OK(db, db_org_get(db, org, &o));
	ATF_CHECK(why == NULL);
	ATF_CHECK_EQ(sys.org, org);
	ATF_CHECK_EQ(sys.key, id);
	ATF_CHECK_EQ(strlen(sys.name), DB_NAME_LEN);
	ATF_CHECK_EQ(strspn(sys.name, DB_NAME_ALPHABET), DB_NAME_LEN);
	ATF_CHECK_EQ(sys.ipv4 & 0xffc00000U, DB_IPV4_DEFAULT);
	ATF_CHECK(memcmp(sys.ipv6, o.ipv6, 8) == 0);
	ATF_CHECK(!db_bytes_zero(sys.ipv6 + 8, 8));
	ATF_CHECK(!db_bytes_zero(sys.serial, sizeof(sys.serial)));
	ATF_CHECK_EQ(sys.state, DB_SYSTEM_ENABLED);
	ATF_CHECK_EQ(sys.cert_len, 0);
	ATF_CHECK_EQ(sys.flags, 1);
	ATF_CHECK_EQ(sys.enrolled, NOW + 10);
	ATF_REQUIRE_EQ(sys.ntags, 2);
	ATF_CHECK_STREQ(sys.tags[0].name, "all.staff");
	ATF_CHECK_STREQ(sys.tags[1].name, "laptop");
	CHECK_OK(db, db_key_get(db, id, &key));
	ATF_CHECK_EQ(key.uses_remaining, 2);
	ATF_CHECK_EQ(key.enrolled_count, 1);
	ATF_CHECK_EQ(key.last_used, NOW + 10);
	for (i = 0; i <= DB_NAME_LEN; i++)
		lower[i] = sys.name[i] >= 'A' ? (char)(sys.name[i] + 32) :
		    sys.name[i];
	CHECK_OK(db, db_system_get_name(db, lower, &got));
	ATF_CHECK(memcmp(&got, &sys, sizeof(got)) == 0);
	CHECK_OK(db, db_system_get_identity(db, sys.identity, &got));
	ATF_CHECK(memcmp(&got, &sys, sizeof(got)) == 0);
	CHECK_RESULT(db, DB_NOTFOUND, db_system_get_name(db, "22222X", &got));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(refusals_of_a_key_have_distinct_reasons);
ATF_TC_BODY(refusals_of_a_key_have_distinct_reasons, tc)
{
	struct db		*db = fixture_open();
	uint8_t			 hash[DB_KEY_LEN];
	struct db_system	 sys;
	struct db_key		 key;
	const char		*why[5], *again;
	int64_t			 org = fixture_org(db, "o", 0, 0), rev;
	int			 i, j;

	fixture_key(db, org, 1, 0);
	CHECK_OK(db, db_key_set_enabled(db, fixture_key(db, org, 2, 1), 0));
	fixture_key_init(&key, org);
	key.not_after = NOW + 10;	/* the very second of the enrolment */
	fixture_hash(hash, 3);
	CHECK_OK(db, db_key_add(db, &key, hash));
	rev = fixture_revision(db);
	CHECK_RESULT(db, DB_REFUSED, fixture_enrol(db, 0, 1, &sys, &why[0]));
	CHECK_RESULT(db, DB_REFUSED, fixture_enrol(db, 1, 1, &sys, &why[1]));
	CHECK_RESULT(db, DB_REFUSED, fixture_enrol(db, 2, 1, &sys, &why[2]));
	CHECK_RESULT(db, DB_REFUSED, fixture_enrol(db, 3, 1, &sys, &why[3]));
	for (i = 0; i < 4; i++)
		for (j = 0; j < i; j++)
			ATF_CHECK(strcmp(why[i], why[j]) != 0);
	CHECK_OK(db, db_key_delete(db, 1));
	CHECK_RESULT(db, DB_REFUSED, fixture_enrol(db, 1, 1, &sys, &again));
	ATF_CHECK_STREQ(again, why[0]);
	ATF_CHECK_EQ(fixture_revision(db), rev + 1);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM systems"), 0);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM names_used"), 0);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(use_limit_holds_under_repeated_enrolment);
ATF_TC_BODY(use_limit_holds_under_repeated_enrolment, tc)
{
	struct db		*db = fixture_open();
	struct db_system	 sys;
	const char		*why;
	int64_t			 org = fixture_org(db, "o", 0, 0), id;
	uint32_t		 i, ok = 0;

	id = fixture_key(db, org, 1, 3);
	for (i = 1; i <= 20; i++)
		if (fixture_enrol(db, 1, i, &sys, &why) == DB_OK)
			ok++;
		else
			ATF_CHECK_STREQ(why, "enrolment key has no uses left");
	ATF_CHECK_EQ(ok, 3);
	CHECK_OK(db, db_key_top_up(db, id, 1));
	CHECK_OK(db, fixture_enrol(db, 1, 20, &sys, &why));
	CHECK_RESULT(db, DB_REFUSED, fixture_enrol(db, 1, 19, &sys, &why));
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM systems"), 4);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(same_identity_gets_its_system_back_at_no_use);
ATF_TC_BODY(same_identity_gets_its_system_back_at_no_use, tc)
{
	struct db		*db = fixture_open();
	struct db_system	 first, again;
	const char		*why;
	int64_t			 org = fixture_org(db, "o", 0, 0), id, rev;
	struct db_key		 key;

	fixture_key(db, org, 1, 1);
	id = fixture_key(db, org, 2, 5);
	CHECK_OK(db, fixture_enrol(db, 1, 7, &first, &why));
	CHECK_OK(db, db_cert_issue(db, first.id,
	    (const uint8_t *)"cert", 4, first.identity));
	rev = fixture_revision(db);
	/* The reply to the last use was lost: the same key must serve. */
	CHECK_OK(db, fixture_enrol(db, 1, 7, &again, &why));
	ATF_CHECK_EQ(again.id, first.id);
	ATF_CHECK_STREQ(again.name, first.name);
	ATF_CHECK_EQ(again.cert_len, 4);
	CHECK_OK(db, fixture_enrol(db, 2, 7, &again, &why));
	ATF_CHECK_EQ(again.id, first.id);
	ATF_CHECK_EQ(again.ipv4, first.ipv4);
	CHECK_OK(db, db_key_get(db, id, &key));
	ATF_CHECK_EQ(key.uses_remaining, 5);
	ATF_CHECK_EQ(fixture_revision(db), rev);
	/* Another key without uses does not. */
	fixture_key(db, org, 3, 0);
	CHECK_RESULT(db, DB_REFUSED, fixture_enrol(db, 3, 7, &again, &why));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(stolen_or_revoked_identity_is_refused);
ATF_TC_BODY(stolen_or_revoked_identity_is_refused, tc)
{
	struct db		*db = fixture_open();
	uint8_t			 hash[DB_KEY_LEN];
	struct db_enrolment	 in;
	struct db_system	 sys, out;
	const char		*why;
	int64_t			 a = fixture_org(db, "a", 0, 0);
	int64_t			 b = fixture_org(db, "b", 0, 0);

	fixture_key(db, a, 1, 10);
	fixture_key(db, b, 2, 10);
	CHECK_OK(db, fixture_enrol(db, 1, 1, &sys, &why));
	fixture_hash(hash, 1);
	fixture_enrolment(&in, 1);
	in.tunnel[31] ^= 1;
	CHECK_RESULT(db, DB_REFUSED, db_enrol(db, hash, &in, &out, &why));
	ATF_CHECK(strstr(why, "tunnel key") != NULL);
	fixture_enrolment(&in, 1);
	in.identity[31] ^= 1;
	CHECK_RESULT(db, DB_EXISTS, db_enrol(db, hash, &in, &out, &why));
	ATF_CHECK(strstr(why, "another system") != NULL);
	CHECK_RESULT(db, DB_REFUSED, fixture_enrol(db, 2, 1, &out, &why));
	ATF_CHECK(strstr(why, "another organisation") != NULL);
	memset(in.identity, 0, sizeof(in.identity));
	CHECK_RESULT(db, DB_INVALID, db_enrol(db, hash, &in, &out, &why));
	fixture_enrolment(&in, 3);
	strlcpy(in.hostname, "a\nb", sizeof(in.hostname));
	CHECK_RESULT(db, DB_INVALID, db_enrol(db, hash, &in, &out, &why));
	memset(in.hostname, 'a', sizeof(in.hostname));
	CHECK_RESULT(db, DB_INVALID, db_enrol(db, hash, &in, &out, &why));
	CHECK_OK(db, db_system_set_state(db, sys.id, DB_SYSTEM_REVOKED));
	CHECK_RESULT(db, DB_REFUSED, fixture_enrol(db, 1, 1, &out, &why));
	ATF_CHECK_STREQ(why, "system is revoked");
	ATF_CHECK_EQ(out.id, 0);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM systems"), 1);
	db_close(db);
}

static uint8_t	 constant_byte;

static void
constant_random(void *buf, size_t len)
{
	memset(buf, constant_byte, len);
}

ATF_TC_WITHOUT_HEAD(name_is_never_given_twice);
ATF_TC_BODY(name_is_never_given_twice, tc)
{
	struct db		*db = fixture_open();
	uint8_t			 hash[DB_KEY_LEN];
	struct db_enrolment	 in;
	struct db_system	 sys, out;
	const char		*why;
	int64_t			 org = fixture_org(db, "o", 0, 0), id, rev;
	struct db_key		 key;

	id = fixture_key(db, org, 1, 10);
	fixture_hash(hash, 1);
	fixture_enrolment(&in, 1);
	constant_byte = 7;
	in.random = constant_random;
	CHECK_OK(db, db_enrol(db, hash, &in, &sys, &why));
	CHECK_OK(db, db_system_delete(db, sys.id));
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM systems"), 0);
	rev = fixture_revision(db);
	CHECK_RESULT(db, DB_LIMIT, db_enrol(db, hash, &in, &out, &why));
	ATF_CHECK_STREQ(why, "no system name is free");
	ATF_CHECK_EQ(fixture_revision(db), rev);
	CHECK_OK(db, db_key_get(db, id, &key));
	ATF_CHECK_EQ(key.uses_remaining, 9);
	ATF_CHECK(sqlite3_exec(db->handle, "DELETE FROM names_used", NULL,
	    NULL, NULL) != SQLITE_OK);
	in.random = arc4random_buf;
	CHECK_OK(db, db_enrol(db, hash, &in, &out, &why));
	ATF_CHECK(strcmp(out.name, sys.name) != 0);
	ATF_CHECK(out.id > sys.id);
	db_close(db);
}

static int
seen_address(const struct db_system *sys, void *arg)
{
	uint8_t	*seen = arg;

	ATF_CHECK_EQ(sys->ipv4 & ~0x1ffU, 0x0a010000U);
	ATF_CHECK((sys->ipv4 & 0xff) != 0 && (sys->ipv4 & 0xff) != 0xff);
	ATF_CHECK_EQ(seen[sys->ipv4 & 0x1ff], 0);
	seen[sys->ipv4 & 0x1ff] = 1;
	return 0;
}

ATF_TC_WITHOUT_HEAD(every_usable_ipv4_address_is_given_once);
ATF_TC_BODY(every_usable_ipv4_address_is_given_once, tc)
{
	struct db		*db = fixture_open();
	struct db_system	 sys, out;
	uint8_t			 seen[512];
	const char		*why;
	int64_t			 org = fixture_org(db, "o", 0x0a010000, 23);
	uint32_t		 i;

	fixture_key(db, org, 1, DB_USES_UNLIMITED);
	ATF_REQUIRE_EQ(sqlite3_exec(db->handle, "PRAGMA synchronous = OFF",
	    NULL, NULL, NULL), SQLITE_OK);
	for (i = 1; i <= 508; i++)
		CHECK_OK(db, fixture_enrol(db, 1, i, &sys, &why));
	CHECK_RESULT(db, DB_LIMIT, fixture_enrol(db, 1, i, &out, &why));
	ATF_CHECK_STREQ(why, "no IPv4 address is free");
	memset(seen, 0, sizeof(seen));
	CHECK_OK(db, db_system_list(db, org, seen_address, seen));
	/* The only gap is found again. */
	CHECK_OK(db, db_system_delete(db, sys.id));
	CHECK_OK(db, fixture_enrol(db, 1, i, &out, &why));
	ATF_CHECK_EQ(out.ipv4, sys.ipv4);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(smallest_prefix_holds_two_systems_per_organisation);
ATF_TC_BODY(smallest_prefix_holds_two_systems_per_organisation, tc)
{
	struct db		*db = fixture_open();
	struct db_system	 a, b, c;
	const char		*why;

	fixture_key(db, fixture_org(db, "a", 0x0a000008, 30), 1, 9);
	fixture_key(db, fixture_org(db, "b", 0x0a000008, 30), 2, 9);
	CHECK_OK(db, fixture_enrol(db, 1, 1, &a, &why));
	CHECK_OK(db, fixture_enrol(db, 1, 2, &b, &why));
	ATF_CHECK_EQ(a.ipv4 + b.ipv4, 0x0a000009 + 0x0a00000a);
	CHECK_RESULT(db, DB_LIMIT, fixture_enrol(db, 1, 3, &c, &why));
	CHECK_OK(db, fixture_enrol(db, 2, 3, &c, &why));
	ATF_CHECK(c.ipv4 == a.ipv4 || c.ipv4 == b.ipv4);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(states_change_only_as_allowed);
ATF_TC_BODY(states_change_only_as_allowed, tc)
{
	struct db		*db = fixture_open();
	uint8_t			 hash[DB_KEY_LEN];
	struct db_system	 sys;
	struct db_key		 key;
	const char		*why;
	int64_t			 rev;

	fixture_key_init(&key, fixture_org(db, "o", 0, 0));
	key.approval = DB_APPROVAL_MANUAL;
	fixture_hash(hash, 1);
	CHECK_OK(db, db_key_add(db, &key, hash));
	CHECK_OK(db, fixture_enrol(db, 1, 1, &sys, &why));
	ATF_CHECK_EQ(sys.state, DB_SYSTEM_UNAPPROVED);
	CHECK_RESULT(db, DB_REFUSED, db_system_set_state(db, sys.id,
	    DB_SYSTEM_DISABLED));
	CHECK_OK(db, db_system_set_state(db, sys.id, DB_SYSTEM_ENABLED));
	CHECK_RESULT(db, DB_REFUSED, db_system_set_state(db, sys.id,
	    DB_SYSTEM_UNAPPROVED));
	CHECK_OK(db, db_system_set_state(db, sys.id, DB_SYSTEM_DISABLED));
	rev = fixture_revision(db);
	CHECK_OK(db, db_system_set_state(db, sys.id, DB_SYSTEM_DISABLED));
	ATF_CHECK_EQ(fixture_revision(db), rev);
	CHECK_OK(db, db_system_set_state(db, sys.id, DB_SYSTEM_ENABLED));
	CHECK_OK(db, db_system_set_state(db, sys.id, DB_SYSTEM_REVOKED));
	CHECK_OK(db, db_system_set_state(db, sys.id, DB_SYSTEM_REVOKED));
	CHECK_RESULT(db, DB_REFUSED, db_system_set_state(db, sys.id,
	    DB_SYSTEM_ENABLED));
	CHECK_RESULT(db, DB_INVALID, db_system_set_state(db, sys.id,
	    (enum db_system_state)9));
	CHECK_RESULT(db, DB_NOTFOUND, db_system_set_state(db, 99,
	    DB_SYSTEM_ENABLED));
	CHECK_OK(db, db_system_get(db, sys.id, &sys));
	ATF_CHECK_EQ(sys.state, DB_SYSTEM_REVOKED);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(system_tags_have_a_limit_and_vanish_when_unused);
ATF_TC_BODY(system_tags_have_a_limit_and_vanish_when_unused, tc)
{
	struct db		*db = fixture_open();
	struct db_system	 sys;
	const char		*why;
	char			 tag[16];
	int			 i;

	fixture_key(db, fixture_org(db, "o", 0, 0), 1, 9);
	CHECK_OK(db, fixture_enrol(db, 1, 1, &sys, &why));
	for (i = 2; i < DB_TAGS_MAX; i++) {
		snprintf(tag, sizeof(tag), "t%d", i);
		CHECK_OK(db, db_system_tag_add(db, sys.id, tag));
	}
	CHECK_RESULT(db, DB_LIMIT, db_system_tag_add(db, sys.id, "more"));
	CHECK_OK(db, db_system_tag_add(db, sys.id, "t2"));
	CHECK_RESULT(db, DB_INVALID, db_system_tag_add(db, sys.id, "T2"));
	CHECK_RESULT(db, DB_NOTFOUND, db_system_tag_add(db, 99, "t2"));
	CHECK_RESULT(db, DB_NOTFOUND, db_system_tag_remove(db, sys.id, "x"));
	CHECK_OK(db, db_system_tag_remove(db, sys.id, "t2"));
	CHECK_OK(db, db_system_tag_remove(db, sys.id, "laptop"));
	CHECK_OK(db, db_system_get(db, sys.id, &sys));
	ATF_CHECK_EQ(sys.ntags, DB_TAGS_MAX - 2);
	/* t2 is gone; laptop is still the key's. */
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM tags"
	    " WHERE name IN ('t2', 'more')"), 0);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM tags"
	    " WHERE name = 'laptop'"), 1);
	CHECK_OK(db, db_system_delete(db, sys.id));
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM tags"), 2);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(system_outlives_its_enrolment_key);
ATF_TC_BODY(system_outlives_its_enrolment_key, tc)
{
	struct db		*db = fixture_open();
	struct db_system	 sys;
	const char		*why;
	int64_t			 id;

	id = fixture_key(db, fixture_org(db, "o", 0, 0), 1, 9);
	CHECK_OK(db, fixture_enrol(db, 1, 1, &sys, &why));
	CHECK_OK(db, db_key_delete(db, id));
	CHECK_RESULT(db, DB_NOTFOUND, db_key_delete(db, id));
	CHECK_OK(db, db_system_get(db, sys.id, &sys));
	ATF_CHECK_EQ(sys.key, 0);
	ATF_CHECK_EQ(sys.ntags, 2);
	ATF_CHECK_EQ(fixture_count(db, "SELECT count(*) FROM key_tags"), 0);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(certificate_description_and_last_seen_are_kept);
ATF_TC_BODY(certificate_description_and_last_seen_are_kept, tc)
{
	struct db		*db = fixture_open();
	static const char	 nasty[] = "'; DROP TABLE systems; --";
	struct db_system	 sys;
	struct db_seen		 seen[3];
	uint8_t			 cert[DB_CERT_MAX];
	const char		*why;
	int64_t			 rev;

	fixture_key(db, fixture_org(db, "o", 0, 0), 1, 9);
	CHECK_OK(db, fixture_enrol(db, 1, 1, &sys, &why));
	memset(cert, 0, sizeof(cert));
	CHECK_OK(db, db_cert_issue(db, sys.id, cert, sizeof(cert),
	    sys.identity));
	CHECK_RESULT(db, DB_INVALID, db_cert_issue(db, sys.id, cert, 0,
	    sys.identity));
	CHECK_RESULT(db, DB_INVALID, db_cert_issue(db, sys.id, cert,
	    sizeof(cert) + 1, sys.identity));
	CHECK_RESULT(db, DB_NOTFOUND, db_cert_issue(db, 99, cert, 1,
	    sys.identity));
	CHECK_OK(db, db_system_set_description(db, sys.id, nasty));
	CHECK_RESULT(db, DB_INVALID, db_system_set_description(db, sys.id,
	    "\x1b"));
	rev = fixture_revision(db);
	seen[0] = (struct db_seen){ sys.id, NOW + 50, "" };
	seen[1] = (struct db_seen){ 99, NOW + 60, "" };
	seen[2] = (struct db_seen){ sys.id, NOW + 40, "" };
	CHECK_OK(db, db_system_set_seen(db, seen, 3));
	ATF_CHECK_EQ(fixture_revision(db), rev);
	CHECK_OK(db, db_system_get(db, sys.id, &sys));
	ATF_CHECK_EQ(sys.cert_len, sizeof(cert));
	ATF_CHECK_STREQ(sys.description, nasty);
	ATF_CHECK_EQ(sys.last_seen, NOW + 50);
	db_close(db);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, new_database_has_latest_schema_and_safe_modes);
	ATF_TP_ADD_TC(tp, tag_names_follow_their_rule);
	ATF_TP_ADD_TC(tp, text_is_utf8_without_control_characters);
	ATF_TP_ADD_TC(tp, organisation_values_are_checked_and_unique);
	ATF_TP_ADD_TC(tp, enrolment_key_values_are_checked_and_hash_is_unique);
	ATF_TP_ADD_TC(tp, top_up_refuses_unlimited_keys_and_overflow);
	ATF_TP_ADD_TC(tp, enrolment_gives_name_addresses_serial_and_tags);
	ATF_TP_ADD_TC(tp, refusals_of_a_key_have_distinct_reasons);
	ATF_TP_ADD_TC(tp, use_limit_holds_under_repeated_enrolment);
	ATF_TP_ADD_TC(tp, same_identity_gets_its_system_back_at_no_use);
	ATF_TP_ADD_TC(tp, stolen_or_revoked_identity_is_refused);
	ATF_TP_ADD_TC(tp, name_is_never_given_twice);
	ATF_TP_ADD_TC(tp, every_usable_ipv4_address_is_given_once);
	ATF_TP_ADD_TC(tp, smallest_prefix_holds_two_systems_per_organisation);
	ATF_TP_ADD_TC(tp, states_change_only_as_allowed);
	ATF_TP_ADD_TC(tp, system_tags_have_a_limit_and_vanish_when_unused);
	ATF_TP_ADD_TC(tp, system_outlives_its_enrolment_key);
	ATF_TP_ADD_TC(tp, certificate_description_and_last_seen_are_kept);
	return atf_no_error();
}
