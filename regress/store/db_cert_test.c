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
 * Certificates in the database: serials overlap over a renewal, so that no
 * answer that is lost locks a system out.
 */

#include "db_fixture.h"

struct world {
	struct db		*db;
	struct db_system	 sys;
	uint8_t			 a[DB_SERIAL_LEN], b[DB_SERIAL_LEN];
	uint8_t			 c[DB_SERIAL_LEN];
	uint8_t			 signer[DB_KEY_LEN];
};

static void
world_start(struct world *w)
{
	const char	*why;

	memset(w, 0, sizeof(*w));
	w->db = fixture_open();
	fixture_key(w->db, fixture_org(w->db, "o", 0, 0), 1, 9);
	CHECK_OK(w->db, fixture_enrol(w->db, 1, 1, &w->sys, &why));
	memcpy(w->a, w->sys.serial, sizeof(w->a));
	memset(w->b, 0xb, sizeof(w->b));
	memset(w->c, 0xc, sizeof(w->c));
	memset(w->signer, 0x51, sizeof(w->signer));
	CHECK_OK(w->db, db_cert_issue(w->db, w->sys.id,
	    (const uint8_t *)"first", 5, w->signer));
}

static enum db_result
renew(struct world *w, const uint8_t *held, const uint8_t *stored,
    const uint8_t *serial)
{
	struct db_renewal	 r;

	memset(&r, 0, sizeof(r));
	memcpy(r.held, held, sizeof(r.held));
	memcpy(r.stored, stored, sizeof(r.stored));
	memcpy(r.serial, serial, sizeof(r.serial));
	memset(r.signer, 0x52, sizeof(r.signer));
	r.cert = (const uint8_t *)"next";
	r.len = 4;
	return db_cert_renew(w->db, w->sys.id, &r);
}

/* old NULL: there is none. */
static void
check(struct world *w, const uint8_t *serial, const uint8_t *old)
{
	static const uint8_t	 none[DB_SERIAL_LEN];
	struct db_system	 sys;
	struct db_cert		 c;

	CHECK_OK(w->db, db_system_get(w->db, w->sys.id, &sys));
	CHECK_OK(w->db, db_cert_get(w->db, w->sys.id, &c));
	ATF_CHECK_EQ(memcmp(sys.serial, serial, DB_SERIAL_LEN), 0);
	ATF_CHECK_EQ(memcmp(c.serial_old, old == NULL ? none : old,
	    DB_SERIAL_LEN), 0);
}

static void
say(struct world *w, const uint8_t *serial, uint8_t pinned, int news)
{
	uint8_t	 key[DB_KEY_LEN];
	int	 changed;

	memset(key, pinned, sizeof(key));
	CHECK_OK(w->db, db_cert_held(w->db, w->sys.id, serial, key,
	    &changed));
	ATF_CHECK_EQ(changed, news);
}

ATF_TC_WITHOUT_HEAD(the_old_serial_stays_until_the_new_one_is_held);
ATF_TC_BODY(the_old_serial_stays_until_the_new_one_is_held, tc)
{
	struct world	 w;
	struct db_cert	 c;

	world_start(&w);
	check(&w, w.a, NULL);
	CHECK_OK(w.db, db_cert_order(w.db, w.sys.id));
	CHECK_OK(w.db, renew(&w, w.a, w.a, w.b));
	check(&w, w.b, w.a);
	CHECK_OK(w.db, db_cert_get(w.db, w.sys.id, &c));
	ATF_CHECK_EQ(c.ordered, 0);
	ATF_CHECK_EQ(c.signer[0], 0x52);
	/* The answer was lost: it asks with the old one again. */
	CHECK_OK(w.db, renew(&w, w.a, w.b, w.c));
	check(&w, w.c, w.a);
	say(&w, w.b, 0, 0);
	check(&w, w.c, w.a);
	say(&w, w.c, 0, 1);
	check(&w, w.c, NULL);
	db_close(w.db);
	w.db = fixture_reopen();
	check(&w, w.c, NULL);
	db_close(w.db);
}

/* It has the new one, but we were never told so. */
ATF_TC_WITHOUT_HEAD(what_the_agent_holds_is_never_lost);
ATF_TC_BODY(what_the_agent_holds_is_never_lost, tc)
{
	struct world	 w;

	world_start(&w);
	CHECK_OK(w.db, renew(&w, w.a, w.a, w.b));
	CHECK_OK(w.db, renew(&w, w.b, w.b, w.c));
	check(&w, w.c, w.b);
	db_close(w.db);
}

ATF_TC_WITHOUT_HEAD(of_two_renewals_the_first_is_kept);
ATF_TC_BODY(of_two_renewals_the_first_is_kept, tc)
{
	struct world	 w;
	int64_t		 rev;

	world_start(&w);
	CHECK_OK(w.db, renew(&w, w.a, w.a, w.b));
	rev = fixture_revision(w.db);
	CHECK_RESULT(w.db, DB_REFUSED, renew(&w, w.a, w.a, w.c));
	check(&w, w.b, w.a);
	/* Nor one for a certificate that is none of the two. */
	CHECK_RESULT(w.db, DB_REFUSED, renew(&w, w.signer, w.b, w.c));
	/* A serial does not follow itself. */
	CHECK_RESULT(w.db, DB_INVALID, renew(&w, w.b, w.b, w.b));
	check(&w, w.b, w.a);
	ATF_CHECK_EQ(fixture_revision(w.db), rev);
	db_close(w.db);
}

ATF_TC_WITHOUT_HEAD(only_an_enabled_system_is_renewed);
ATF_TC_BODY(only_an_enabled_system_is_renewed, tc)
{
	struct world	 w;

	world_start(&w);
	CHECK_OK(w.db, db_system_set_state(w.db, w.sys.id,
	    DB_SYSTEM_DISABLED));
	CHECK_RESULT(w.db, DB_REFUSED, renew(&w, w.a, w.a, w.b));
	CHECK_OK(w.db, db_system_set_state(w.db, w.sys.id,
	    DB_SYSTEM_REVOKED));
	CHECK_RESULT(w.db, DB_REFUSED, renew(&w, w.a, w.a, w.b));
	check(&w, w.a, NULL);
	db_close(w.db);
}

ATF_TC_WITHOUT_HEAD(what_an_agent_says_twice_is_no_news);
ATF_TC_BODY(what_an_agent_says_twice_is_no_news, tc)
{
	struct world	 w;
	int64_t		 rev;

	world_start(&w);
	rev = fixture_revision(w.db);
	say(&w, w.a, 0x51, 1);
	say(&w, w.a, 0x51, 0);
	say(&w, w.a, 0, 0);
	say(&w, w.a, 0x52, 1);
	/* Nor is it a change that an administrator would look for. */
	ATF_CHECK_EQ(fixture_revision(w.db), rev);
	db_close(w.db);
}

ATF_TC_WITHOUT_HEAD(times_of_certificates_have_limits);
ATF_TC_BODY(times_of_certificates_have_limits, tc)
{
	struct world		 w;
	struct db_authority	 a;
	struct db_org		 o;
	int64_t			 org;

	world_start(&w);
	org = w.sys.org;
	CHECK_OK(w.db, db_authority_get(w.db, org, &a));
	ATF_CHECK_EQ(a.grace_sec, DB_GRACE_DEFAULT);
	CHECK_OK(w.db, db_org_get(w.db, org, &o));
	CHECK_RESULT(w.db, DB_INVALID, db_org_change(w.db, &o,
	    DB_LIFE_MIN - 1, -1));
	CHECK_RESULT(w.db, DB_INVALID, db_org_change(w.db, &o,
	    DB_LIFE_MAX + 1, -1));
	/* All or nothing. */
	o.clone = DB_CLONE_REPLACE;
	CHECK_RESULT(w.db, DB_INVALID, db_org_change(w.db, &o, -1,
	    DB_GRACE_MAX + 1));
	CHECK_OK(w.db, db_org_get(w.db, org, &o));
	ATF_CHECK_EQ(o.clone, DB_CLONE_REJECT);
	o.id = 99;
	CHECK_RESULT(w.db, DB_NOTFOUND, db_org_change(w.db, &o, DB_LIFE_MIN,
	    -1));
	o.id = org;
	CHECK_OK(w.db, db_org_change(w.db, &o, DB_LIFE_MIN, -1));
	CHECK_OK(w.db, db_org_change(w.db, &o, -1, 0));
	CHECK_OK(w.db, db_authority_get(w.db, org, &a));
	ATF_CHECK_EQ(a.grace_sec, 0);
	CHECK_OK(w.db, db_org_get(w.db, org, &o));
	ATF_CHECK_EQ(o.cert_lifetime_sec, DB_LIFE_MIN);
	db_close(w.db);
}

static void
key_of(uint8_t out[DB_KEY_LEN], uint8_t n)
{
	memset(out, n, DB_KEY_LEN);
}

ATF_TC_WITHOUT_HEAD(one_authority_takes_the_place_of_another);
ATF_TC_BODY(one_authority_takes_the_place_of_another, tc)
{
	struct world		 w;
	struct db_authority	 a;
	struct db_depend	 d;
	struct db_org		 o;
	uint8_t			 old[DB_KEY_LEN], new[DB_KEY_LEN];
	const uint8_t		*text = (const uint8_t *)"text";
	int64_t			 org;

	world_start(&w);
	org = w.sys.org;
	CHECK_OK(w.db, db_org_get(w.db, org, &o));
	memcpy(old, o.authority, sizeof(old));
	key_of(new, 0x52);
	CHECK_OK(w.db, db_cert_issue(w.db, w.sys.id, text, 4, old));
	say(&w, w.a, 0x11, 1);
	CHECK_RESULT(w.db, DB_INVALID, db_authority_roll(w.db, org, old, old,
	    text, 4));
	CHECK_RESULT(w.db, DB_INVALID, db_authority_roll(w.db, org, old, new,
	    text, 0));
	/* It is another one that was to be replaced. */
	CHECK_RESULT(w.db, DB_REFUSED, db_authority_roll(w.db, org, new, old,
	    text, 4));
	CHECK_RESULT(w.db, DB_REFUSED, db_authority_retire(w.db, org, old,
	    text, 4));
	CHECK_OK(w.db, db_authority_roll(w.db, org, old, new, text, 4));
	CHECK_OK(w.db, db_org_get(w.db, org, &o));
	ATF_CHECK_EQ(memcmp(o.authority, new, sizeof(new)), 0);
	CHECK_OK(w.db, db_authority_get(w.db, org, &a));
	ATF_CHECK_EQ(memcmp(a.previous, old, sizeof(old)), 0);
	ATF_CHECK_EQ(a.successor_len, 4);
	ATF_CHECK_EQ(a.retired_len, 0);
	/* One at a time. */
	CHECK_RESULT(w.db, DB_REFUSED, db_authority_roll(w.db, org, new, old,
	    text, 4));
	CHECK_OK(w.db, db_authority_depend(w.db, org, &d));
	ATF_CHECK_EQ(d.systems, 1);
	ATF_CHECK_EQ(d.renewed, 0);
	ATF_CHECK_EQ(d.pinned, 0);
	/* Signed by 0x52, see renew(). */
	CHECK_OK(w.db, renew(&w, w.a, w.a, w.b));
	say(&w, w.b, 0x52, 1);
	CHECK_OK(w.db, db_authority_depend(w.db, org, &d));
	ATF_CHECK_EQ(d.renewed, 1);
	ATF_CHECK_EQ(d.pinned, 1);
	CHECK_OK(w.db, db_authority_retire(w.db, org, old, text, 4));
	CHECK_OK(w.db, db_authority_get(w.db, org, &a));
	ATF_CHECK_EQ(a.retired_len, 4);
	/* And again, from where we are. */
	key_of(old, 0x53);
	CHECK_OK(w.db, db_authority_roll(w.db, org, new, old, text, 4));
	db_close(w.db);
}

ATF_TC_WITHOUT_HEAD(a_revoked_system_depends_on_nothing);
ATF_TC_BODY(a_revoked_system_depends_on_nothing, tc)
{
	struct world		 w;
	struct db_depend	 d;

	world_start(&w);
	CHECK_OK(w.db, db_system_set_state(w.db, w.sys.id,
	    DB_SYSTEM_REVOKED));
	CHECK_OK(w.db, db_authority_depend(w.db, w.sys.org, &d));
	ATF_CHECK_EQ(d.systems, 0);
	db_close(w.db);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, one_authority_takes_the_place_of_another);
	ATF_TP_ADD_TC(tp, a_revoked_system_depends_on_nothing);
	ATF_TP_ADD_TC(tp, the_old_serial_stays_until_the_new_one_is_held);
	ATF_TP_ADD_TC(tp, what_the_agent_holds_is_never_lost);
	ATF_TP_ADD_TC(tp, of_two_renewals_the_first_is_kept);
	ATF_TP_ADD_TC(tp, only_an_enabled_system_is_renewed);
	ATF_TP_ADD_TC(tp, what_an_agent_says_twice_is_no_news);
	ATF_TP_ADD_TC(tp, times_of_certificates_have_limits);
	return atf_no_error();
}
