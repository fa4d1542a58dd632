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
 * Renewals as the real storeproc decides and stores them, between a played
 * parent, authproc, policyproc and administrator.
 */

#include "cert/cross.h"
#include "regress/storeproc/world.h"

/* The system's serial as it is in the model now. */
static void
model_serial(struct world *w, struct msg_model_system *out)
{
	union msg_any	 any;

	model_get(w);
	while (end_next(&w->policy, &any) != MSG_MODEL_READY)
		if (any.model_system.system == 1)
			*out = any.model_system;
}

static void
ask_renewal(struct world *w, const char *name, uint8_t who,
    const uint8_t *serial)
{
	struct msg_renew	 m;

	memset(&m, 0, sizeof(m));
	m.conn = 5;
	snprintf(m.system, sizeof(m.system), "%s", name);
	memset(m.identity, who, sizeof(m.identity));
	memcpy(m.serial, serial, sizeof(m.serial));
	end_send(&w->auth, MSG_RENEW, &m, -1);
}

static void
expect_no_renewal(struct world *w, const char *reason)
{
	union msg_any	 any;

	end_expect(&w->auth, MSG_RENEW_DONE, &any);
	ATF_CHECK_EQ(any.renew_done.ok, 0);
	ATF_CHECK_MSG(strstr(any.renew_done.reason, reason) != NULL, "%s",
	    any.renew_done.reason);
}

static void
order_renewal(struct world *w, const char *name)
{
	struct msg_admin_system_renew	 m;
	union msg_any			 any;

	memset(&m, 0, sizeof(m));
	snprintf(m.system, sizeof(m.system), "%s", name);
	end_send(&w->admin, MSG_ADMIN_SYSTEM_RENEW, &m, -1);
	expect_result(&w->admin, 0, "ordered");
	end_expect(&w->policy, MSG_MODEL_SYSTEM, &any);
	ATF_CHECK_EQ(any.model_system.ordered, 1);
}

/* As authproc does, but without a signature. */
static void
sign_renewal(struct world *w, const struct msg_renew_sign *in)
{
	struct msg_renew_signed	 m;

	memset(&m, 0, sizeof(m));
	m.conn = in->conn;
	m.system = in->system;
	memcpy(m.held, in->held, sizeof(m.held));
	memcpy(m.stored, in->stored, sizeof(m.stored));
	memcpy(m.authority, in->authority, sizeof(m.authority));
	m.ok = 1;
	m.certificate_len = in->certificate_len;
	memcpy(m.certificate, in->certificate, CERT_LEN);
	end_send(&w->auth, MSG_RENEW_SIGNED, &m, -1);
}

TEST(a_renewal_that_is_ordered_is_signed_stored_and_told)
{
	struct msg_system_holds	 holds;
	struct msg_model_system	 was;
	union msg_any		 any, sign;
	struct cert		 before, after;
	struct world		 w;
	char			 name[NAME_STRLEN];

	world_start(&w);
	org_add(&w, "acme");
	key_add(&w, 1, 0);
	enrol(&w, 1, name);
	model_serial(&w, &was);
	ATF_REQUIRE_EQ(cert_decode(&before, was.certificate,
	    was.certificate_len, NULL), 0);
	/* Not due: what there is. */
	ask_renewal(&w, name, 1, was.serial);
	end_expect(&w.auth, MSG_RENEW_DONE, &any);
	ATF_REQUIRE_EQ(any.renew_done.ok, 1);
	ATF_CHECK_EQ(memcmp(any.renew_done.certificate, was.certificate,
	    CERT_LEN), 0);
	order_renewal(&w, name);
	ask_renewal(&w, name, 1, was.serial);
	end_expect(&w.auth, MSG_RENEW_SIGN, &sign);
	ATF_REQUIRE_EQ(cert_decode(&after, sign.renew_sign.certificate,
	    sign.renew_sign.certificate_len, NULL), 0);
	ATF_CHECK_STREQ(after.name, before.name);
	ATF_CHECK_EQ(memcmp(after.identity, before.identity, 32), 0);
	ATF_CHECK_EQ(memcmp(after.tunnel, before.tunnel, 32), 0);
	ATF_CHECK_EQ(memcmp(after.addr4, before.addr4, 4), 0);
	ATF_CHECK_EQ(memcmp(after.addr6, before.addr6, 16), 0);
	ATF_CHECK_EQ(after.flags, before.flags);
	ATF_CHECK(memcmp(after.serial, before.serial, 16) != 0);
	ATF_CHECK(after.not_after >= before.not_after);
	sign_renewal(&w, &sign.renew_sign);
	end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
	ATF_CHECK_EQ(memcmp(any.model_system.serial, after.serial, 16), 0);
	ATF_CHECK_EQ(memcmp(any.model_system.serial_old, before.serial, 16),
	    0);
	ATF_CHECK_EQ(any.model_system.ordered, 0);
	end_expect(&w.auth, MSG_RENEW_DONE, &any);
	ATF_CHECK_EQ(any.renew_done.ok, 1);
	ATF_CHECK_EQ(memcmp(any.renew_done.certificate,
	    sign.renew_sign.certificate, CERT_LEN), 0);
	/* The same signature late: another was quicker, and is the answer. */
	memset(sign.renew_sign.certificate + 6, 0x33, 16);
	sign_renewal(&w, &sign.renew_sign);
	end_expect(&w.auth, MSG_RENEW_DONE, &any);
	ATF_REQUIRE_EQ(any.renew_done.ok, 1);
	ATF_CHECK_EQ(memcmp(any.renew_done.certificate + 6, after.serial,
	    16), 0);
	/* The agent holds it: nothing of the old one is good any more. */
	memset(&holds, 0, sizeof(holds));
	holds.system = 1;
	memcpy(holds.serial, after.serial, sizeof(holds.serial));
	end_send(&w.policy, MSG_SYSTEM_HOLDS, &holds, -1);
	end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
	memset(holds.serial, 0, sizeof(holds.serial));
	ATF_CHECK_EQ(memcmp(any.model_system.serial_old, holds.serial, 16),
	    0);
	world_end(&w);
}

TEST(who_is_not_enabled_or_another_gets_no_new_certificate)
{
	struct msg_model_system	 was;
	union msg_any		 any;
	struct world		 w;
	char			 name[NAME_STRLEN];

	world_start(&w);
	org_add(&w, "acme");
	key_add(&w, 1, 0);
	enrol(&w, 1, name);
	model_serial(&w, &was);
	order_renewal(&w, name);
	ask_renewal(&w, name, 9, was.serial);
	expect_no_renewal(&w, "not known");
	ask_renewal(&w, "22222", 1, was.serial);
	expect_no_renewal(&w, "not known");
	/* Revoked between the question and the signature. */
	ask_renewal(&w, name, 1, was.serial);
	end_expect(&w.auth, MSG_RENEW_SIGN, &any);
	system_set(&w, name, 3);
	expect_result(&w.admin, 0, "revoked");
	sign_renewal(&w, &any.renew_sign);
	expect_no_renewal(&w, "not enabled");
	ask_renewal(&w, name, 1, was.serial);
	expect_no_renewal(&w, "not enabled");
	world_end(&w);
}

TEST(the_life_of_certificates_is_a_setting)
{
	struct msg_admin_org_set		 m;
	union msg_any			 any;
	struct world			 w;
	struct cert			 cert;

	world_start(&w);
	model_get(&w);
	while (end_next(&w.policy, &any) != MSG_MODEL_READY)
		continue;
	org_add(&w, "acme");
	end_expect(&w.policy, MSG_MODEL_ORG, &any);
	ATF_CHECK_EQ(any.model_org.grace_s, 30 * 86400);
	memset(&m, 0, sizeof(m));
	end_send(&w.admin, MSG_ADMIN_ORG_SET, &m, -1);
	expect_result(&w.admin, 2, "nothing");
	m.fields = ORG_LIFE | ORG_GRACE;
	m.life_s = 59;
	m.grace_s = 7;
	end_send(&w.admin, MSG_ADMIN_ORG_SET, &m, -1);
	expect_result(&w.admin, 2, "60 seconds at least");
	m.life_s = 600;
	end_send(&w.admin, MSG_ADMIN_ORG_SET, &m, -1);
	expect_result(&w.admin, 0, "changed");
	end_expect(&w.policy, MSG_MODEL_ORG, &any);
	ATF_CHECK_EQ(any.model_org.grace_s, 7);
	key_add(&w, 1, 0);
	send_enrol(&w, 1);
	end_expect(&w.auth, MSG_ENROL_SIGN, &any);
	ATF_REQUIRE_EQ(cert_decode(&cert, any.enrol_sign.certificate,
	    any.enrol_sign.certificate_len, NULL), 0);
	/* A tenth of it for clocks that are late. */
	ATF_CHECK_EQ(cert.not_after - cert.not_before, 660);
	world_end(&w);
}

static void
rollover(struct world *w, uint8_t action, uint8_t force)
{
	struct msg_admin_org_rollover	 m;

	memset(&m, 0, sizeof(m));
	m.action = action;
	m.force = force;
	end_send(&w->admin, MSG_ADMIN_ORG_ROLLOVER, &m, -1);
}

/* authproc signs what it is asked to, here without a key. */
static void
sign_cross(struct world *w, enum cross_kind kind, uint8_t old, uint8_t new)
{
	struct msg_cross_signed	 m;
	struct cross		 x;
	union msg_any		 any;

	end_expect(&w->auth, MSG_CROSS_SIGN, &any);
	ATF_CHECK_EQ(any.cross_sign.kind, kind);
	ATF_CHECK_STREQ(any.cross_sign.org, "acme");
	ATF_CHECK_EQ(any.cross_sign.old[0], old);
	ATF_CHECK_EQ(any.cross_sign.new[0], new);
	memset(&x, 0, sizeof(x));
	x.kind = (uint8_t)kind;
	snprintf(x.org, sizeof(x.org), "acme");
	memset(x.old, old, sizeof(x.old));
	memset(x.new, new, sizeof(x.new));
	memset(&m, 0, sizeof(m));
	m.id = any.cross_sign.id;
	m.ok = 1;
	m.statement_len = CROSS_LEN;
	ATF_REQUIRE_EQ(cross_encode(&x, m.statement), 0);
	end_send(&w->auth, MSG_CROSS_SIGNED, &m, -1);
}

static void
begin_rollover(struct world *w)
{
	struct msg_org_key	 key;
	union msg_any		 any;

	rollover(w, 0, 0);
	end_expect(&w->auth, MSG_ORG_KEY_MAKE, &any);
	memset(&key, 0, sizeof(key));
	key.id = any.org_key_make.id;
	key.ok = 1;
	memset(key.authority, 0xbb, sizeof(key.authority));
	end_send(&w->auth, MSG_ORG_KEY, &key, -1);
	sign_cross(w, CROSS_SUCCESSOR, 0xaa, 0xbb);
	expect_result(&w->admin, 0, "begun");
	end_expect(&w->policy, MSG_MODEL_ORG, &any);
	ATF_CHECK_EQ(any.model_org.authority[0], 0xbb);
	ATF_CHECK_EQ(any.model_org.previous[0], 0xaa);
	ATF_CHECK_EQ(any.model_org.statement_len, CROSS_LEN);
}

TEST(an_authority_is_replaced_and_retired_when_nothing_depends_on_it)
{
	struct msg_system_holds	 holds;
	struct msg_model_system	 was;
	struct msg_admin_list	 list;
	union msg_any		 any;
	struct world		 w;
	char			 name[NAME_STRLEN];

	world_start(&w);
	org_add(&w, "acme");
	key_add(&w, 0, 0);
	enrol(&w, 1, name);
	model_serial(&w, &was);
	ATF_CHECK_EQ(was.signer[0], 0xaa);
	rollover(&w, 1, 0);
	expect_result(&w.admin, 5, "not being replaced");
	begin_rollover(&w);
	rollover(&w, 0, 0);
	expect_result(&w.admin, 5, "being replaced already");
	rollover(&w, 1, 0);
	expect_result(&w.admin, 5, "of 1 systems 1 have no certificate");
	/* Who enrols now has peers of the old one, and pins it first. */
	send_enrol(&w, 2);
	end_expect(&w.auth, MSG_ENROL_SIGN, &any);
	ATF_CHECK_EQ(any.enrol_sign.authority[0], 0xaa);
	/* A renewal is due at once, and of the new one. */
	ask_renewal(&w, name, 1, was.serial);
	end_expect(&w.auth, MSG_RENEW_SIGN, &any);
	ATF_CHECK_EQ(any.renew_sign.authority[0], 0xbb);
	memset(&holds, 0, sizeof(holds));
	memcpy(holds.serial, any.renew_sign.certificate + 6, 16);
	sign_renewal(&w, &any.renew_sign);
	end_expect(&w.auth, MSG_RENEW_DONE, &any);
	ATF_CHECK_EQ(any.renew_done.authority[0], 0xbb);
	rollover(&w, 1, 0);
	expect_result(&w.admin, 5, "0 have no certificate of the new "
	    "authority and 1 have not pinned it");
	holds.system = 1;
	memset(holds.authority, 0xbb, sizeof(holds.authority));
	end_send(&w.policy, MSG_SYSTEM_HOLDS, &holds, -1);
	end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
	end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
	memset(&list, 0, sizeof(list));
	end_send(&w.admin, MSG_ADMIN_LIST, &list, -1);
	end_expect(&w.admin, MSG_ADMIN_ORG, &any);
	ATF_CHECK_EQ(any.admin_org.rolling, 1);
	ATF_CHECK_EQ(any.admin_org.previous[0], 0xaa);
	ATF_CHECK_EQ(any.admin_org.systems, 1);
	ATF_CHECK_EQ(any.admin_org.renewed, 1);
	ATF_CHECK_EQ(any.admin_org.pinned, 1);
	expect_result(&w.admin, 0, "");
	rollover(&w, 1, 0);
	sign_cross(&w, CROSS_RETIRED, 0xaa, 0xbb);
	expect_result(&w.admin, 0, "finished");
	end_expect(&w.policy, MSG_MODEL_ORG, &any);
	ATF_CHECK_EQ(any.model_org.previous[0], 0);
	ATF_CHECK_EQ(any.model_org.statement[5], CROSS_RETIRED);
	world_end(&w);
}

TEST(an_authority_is_retired_by_force_only_while_systems_depend_on_it)
{
	struct msg_model_system	 was;
	union msg_any		 any;
	struct world		 w;
	char			 name[NAME_STRLEN];

	world_start(&w);
	org_add(&w, "acme");
	key_add(&w, 0, 0);
	enrol(&w, 1, name);
	model_serial(&w, &was);
	begin_rollover(&w);
	rollover(&w, 1, 1);
	sign_cross(&w, CROSS_RETIRED, 0xaa, 0xbb);
	expect_result(&w.admin, 0, "finished");
	end_expect(&w.policy, MSG_MODEL_ORG, &any);
	ATF_CHECK_EQ(any.model_org.previous[0], 0);
	/* From now on who enrols pins the new one. */
	send_enrol(&w, 2);
	end_expect(&w.auth, MSG_ENROL_SIGN, &any);
	ATF_CHECK_EQ(any.enrol_sign.authority[0], 0xbb);
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp,
	    an_authority_is_replaced_and_retired_when_nothing_depends_on_it);
	ATF_TP_ADD_TC(tp,
	    an_authority_is_retired_by_force_only_while_systems_depend_on_it);
	ATF_TP_ADD_TC(tp, a_renewal_that_is_ordered_is_signed_stored_and_told);
	ATF_TP_ADD_TC(tp,
	    who_is_not_enabled_or_another_gets_no_new_certificate);
	ATF_TP_ADD_TC(tp, the_life_of_certificates_is_a_setting);
	return atf_no_error();
}
