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
 * Users who sign in, in the real policyproc: what agents are told, what
 * oidcproc is asked, what storeproc keeps, and when a fact counts.
 */

#include "base/clock.h"
#include "policy/condition.h"
#include "regress/policyproc/world.h"

#define STAFF	31
#define LINES	"issuer https://id.example\nclient enclave\n" \
	"audience api\nscope email\nclaim groups = admins\nlife 8h"

static void
send_requirement(struct world *w, const char *conditions)
{
	struct msg_model_requirement	 m;

	memset(&m, 0, sizeof(m));
	m.org = ORG;
	m.requirement = STAFF;
	m.type = REQUIREMENT_SIGNIN;
	strlcpy(m.name, "staff", sizeof(m.name));
	strlcpy(m.conditions, conditions, sizeof(m.conditions));
	end_send(&w->store, MSG_MODEL_REQUIREMENT, &m, -1);
}

static void
send_required(struct world *w)
{
	struct msg_model_policy	 m;

	memset(&m, 0, sizeof(m));
	m.org = ORG;
	m.policy = POLICY;
	m.enabled = 1;
	m.senders.n = m.receivers.n = 1;
	m.senders.e[0] = TAG_PEOPLE;
	m.receivers.e[0] = TAG_SERVERS;
	m.acls.n = 1;
	m.acls.e[0].protocol = ACL_TCP;
	m.acls.e[0].port_low = m.acls.e[0].port_high = 8080;
	m.requirements.n = 1;
	m.requirements.e[0] = STAFF;
	end_send(&w->store, MSG_MODEL_POLICY, &m, -1);
}

/* The next CONN_USER, over what is said about policy. */
static void
expect_user(struct world *w, uint32_t conn, enum user_state state,
    const char *text)
{
	union msg_any	 any;

	while (end_next(&w->tls[conn >> 24], &any) != MSG_CONN_USER)
		continue;
	ATF_REQUIRE_EQ(any.conn_user.conn, conn);
	ATF_REQUIRE_STREQ(any.conn_user.requirement, "staff");
	ATF_REQUIRE_MSG(any.conn_user.state == state &&
	    strstr(any.conn_user.text, text) != NULL, "state %u: %s",
	    any.conn_user.state, any.conn_user.text);
}

static void
expect_kept(struct world *w, const char *subject, uint64_t until)
{
	union msg_any	 any;

	while (end_next(&w->store, &any) != MSG_SIGNIN_KEEP)
		continue;
	ATF_REQUIRE_EQ(any.signin_keep.system, ALICE);
	ATF_REQUIRE_EQ(any.signin_keep.requirement, STAFF);
	ATF_REQUIRE_STREQ(any.signin_keep.subject, subject);
	ATF_REQUIRE_EQ(any.signin_keep.until, until);
}

static void
wish(struct world *w, uint32_t conn, const char *name)
{
	struct msg_conn_signin	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	strlcpy(m.requirement, name, sizeof(m.requirement));
	end_send(&w->tls[conn >> 24], MSG_CONN_SIGNIN, &m, -1);
}

/* Alice, who has to sign in, is online. */
static void
begin(struct world *w, struct end *oidc)
{
	union msg_any	 any;

	world_start(w);
	player_join(&w->p, ROLE_OIDC, 0, oidc);
	send_org(w);
	send_requirement(w, LINES);
	send_system(w, ALICE, SYSTEM_ENABLED, TAG_PEOPLE);
	send_system(w, BOB, SYSTEM_ENABLED, TAG_SERVERS);
	send_required(w);
	send_ready(w);
	end_expect(oidc, MSG_OIDC_SYNC, &any);
	login(w, CONN(0, 5), ALICE);
	expect_user(w, CONN(0, 5), USER_NEEDED, "");
}

/* The digest of what oidcproc was asked. */
static uint64_t
ask(struct world *w, struct end *oidc)
{
	union msg_any	 any;

	wish(w, CONN(0, 5), "staff");
	end_expect(oidc, MSG_OIDC_BEGIN, &any);
	ATF_REQUIRE_EQ(any.oidc_begin.system, ALICE);
	ATF_REQUIRE_EQ(any.oidc_begin.requirement, STAFF);
	return any.oidc_begin.digest;
}

static void
signed_in(struct end *oidc, uint64_t digest, uint64_t until)
{
	struct msg_oidc_signed_in	 m;

	memset(&m, 0, sizeof(m));
	m.system = ALICE;
	m.requirement = STAFF;
	m.digest = digest;
	m.until = until;
	strlcpy(m.subject, "ada", sizeof(m.subject));
	end_send(oidc, MSG_OIDC_SIGNED_IN, &m, -1);
}

static void
failed(struct end *oidc, uint64_t digest, int withdrawn)
{
	struct msg_oidc_failed	 m;

	memset(&m, 0, sizeof(m));
	m.system = ALICE;
	m.requirement = STAFF;
	m.digest = digest;
	m.withdrawn = (uint8_t)withdrawn;
	strlcpy(m.reason, "because", sizeof(m.reason));
	end_send(oidc, MSG_OIDC_FAILED, &m, -1);
}

/* The next difference: is Bob there for Alice? */
static void
expect_bob(struct world *w, enum policy_op op)
{
	union msg_any	 any;

	while (end_next(&w->tls[0], &any) != MSG_CONN_ENTRY)
		continue;
	ATF_REQUIRE_EQ((enum policy_op)any.conn_entry.op, op);
	ATF_REQUIRE_STREQ(any.conn_entry.system, names[BOB]);
}

ATF_TC_WITHOUT_HEAD(a_wish_becomes_a_question_with_all_conditions);
ATF_TC_BODY(a_wish_becomes_a_question_with_all_conditions, tc)
{
	struct world	 w;
	struct end	 oidc;
	union msg_any	 any;

	begin(&w, &oidc);
	wish(&w, CONN(0, 5), "staff");
	end_expect(&oidc, MSG_OIDC_BEGIN, &any);
	ATF_REQUIRE_STREQ(any.oidc_begin.issuer, "https://id.example");
	ATF_REQUIRE_STREQ(any.oidc_begin.client, "enclave");
	ATF_REQUIRE_STREQ(any.oidc_begin.audience, "api");
	ATF_REQUIRE_STREQ(any.oidc_begin.scope, "openid email");
	ATF_REQUIRE_EQ(any.oidc_begin.life, 8 * 3600);
	ATF_REQUIRE_EQ(any.oidc_begin.claims_len, 14);
	ATF_REQUIRE(memcmp(any.oidc_begin.claims, "groups\0admins", 14) == 0);
	world_end(&w);
}

ATF_TC_WITHOUT_HEAD(a_sign_in_opens_what_waits_for_it_and_is_kept);
ATF_TC_BODY(a_sign_in_opens_what_waits_for_it_and_is_kept, tc)
{
	struct world		 w;
	struct end		 oidc;
	struct msg_oidc_code	 code;
	union msg_any		 any;
	uint64_t		 digest, until = clock_wall_sec() + 900;

	begin(&w, &oidc);
	digest = ask(&w, &oidc);
	memset(&code, 0, sizeof(code));
	code.system = ALICE;
	code.requirement = STAFF;
	code.expires = clock_wall_sec() + 60;
	strlcpy(code.user_code, "WDJB", sizeof(code.user_code));
	strlcpy(code.uri, "https://id.example/go", sizeof(code.uri));
	end_send(&oidc, MSG_OIDC_CODE, &code, -1);
	while (end_next(&w.tls[0], &any) != MSG_CONN_USER)
		continue;
	ATF_REQUIRE_EQ(any.conn_user.state, USER_PENDING);
	ATF_REQUIRE_STREQ(any.conn_user.code, "WDJB");
	ATF_REQUIRE_EQ(any.conn_user.until, code.expires);
	signed_in(&oidc, digest, until);
	expect_kept(&w, "ada", until);
	expect_user(&w, CONN(0, 5), USER_SIGNED_IN, "ada");
	expect_bob(&w, OP_UP);
	failed(&oidc, digest, 1);
	expect_kept(&w, "", 0);
	expect_user(&w, CONN(0, 5), USER_NEEDED, "because");
	expect_bob(&w, OP_DOWN);
	world_end(&w);
}

ATF_TC_WITHOUT_HEAD(a_sign_in_for_other_conditions_is_none);
ATF_TC_BODY(a_sign_in_for_other_conditions_is_none, tc)
{
	struct world	 w;
	struct end	 oidc;
	union msg_any	 any;
	uint64_t	 digest, until = clock_wall_sec() + 900;

	begin(&w, &oidc);
	digest = ask(&w, &oidc);
	signed_in(&oidc, digest + 1, until);
	end_expect(&oidc, MSG_OIDC_CANCEL, &any);
	signed_in(&oidc, digest, until);
	expect_kept(&w, "ada", until);
	expect_user(&w, CONN(0, 5), USER_SIGNED_IN, "ada");
	expect_bob(&w, OP_UP);
	/* The requirement asks for more now: whoever has signed in is out. */
	send_requirement(&w, LINES "\nclaim email = x");
	end_expect(&oidc, MSG_OIDC_CANCEL, &any);
	expect_kept(&w, "", 0);
	expect_user(&w, CONN(0, 5), USER_NEEDED, "");
	expect_bob(&w, OP_DOWN);
	world_end(&w);
}

ATF_TC_WITHOUT_HEAD(what_storeproc_kept_counts_after_a_restart);
ATF_TC_BODY(what_storeproc_kept_counts_after_a_restart, tc)
{
	struct world		 w;
	struct end		 oidc;
	struct msg_model_signin	 m;
	uint64_t		 digest;

	begin(&w, &oidc);
	digest = ask(&w, &oidc);
	memset(&m, 0, sizeof(m));
	m.system = ALICE;
	m.requirement = STAFF;
	m.digest = digest + 1;
	m.until = clock_wall_sec() + 900;
	strlcpy(m.subject, "eve", sizeof(m.subject));
	end_send(&w.store, MSG_MODEL_SIGNIN, &m, -1);
	m.digest = digest;
	m.until = clock_wall_sec() - 1;
	end_send(&w.store, MSG_MODEL_SIGNIN, &m, -1);
	m.until = clock_wall_sec() + 900;
	strlcpy(m.subject, "ada", sizeof(m.subject));
	end_send(&w.store, MSG_MODEL_SIGNIN, &m, -1);
	expect_user(&w, CONN(0, 5), USER_SIGNED_IN, "ada");
	expect_bob(&w, OP_UP);
	world_end(&w);
}

ATF_TC_WITHOUT_HEAD(a_sign_in_ends_with_its_time);
ATF_TC_BODY(a_sign_in_ends_with_its_time, tc)
{
	struct world	 w;
	struct end	 oidc;
	uint64_t	 digest;

	begin(&w, &oidc);
	digest = ask(&w, &oidc);
	signed_in(&oidc, digest, clock_wall_sec() + 2);
	expect_user(&w, CONN(0, 5), USER_SIGNED_IN, "ada");
	expect_bob(&w, OP_UP);
	expect_user(&w, CONN(0, 5), USER_NEEDED, "");
	expect_bob(&w, OP_DOWN);
	world_end(&w);
}

ATF_TC_WITHOUT_HEAD(a_system_learns_of_no_requirement_but_its_own);
ATF_TC_BODY(a_system_learns_of_no_requirement_but_its_own, tc)
{
	struct world	 w;
	struct end	 oidc;
	union msg_any	 any;

	begin(&w, &oidc);
	login(&w, CONN(1, 6), BOB);
	wish(&w, CONN(1, 6), "staff");
	expect_user(&w, CONN(1, 6), USER_FAILED, "nobody has to sign in");
	/* As of one that is not there. */
	wish(&w, CONN(1, 6), "other");
	while (end_next(&w.tls[1], &any) != MSG_CONN_USER)
		continue;
	ATF_REQUIRE_STREQ(any.conn_user.requirement, "other");
	ATF_REQUIRE_EQ(any.conn_user.state, USER_FAILED);
	(void)ask(&w, &oidc);
	world_end(&w);
}

ATF_TC_WITHOUT_HEAD(a_system_that_wishes_too_often_has_to_wait);
ATF_TC_BODY(a_system_that_wishes_too_often_has_to_wait, tc)
{
	struct world	 w;
	struct end	 oidc;
	int		 i;

	begin(&w, &oidc);
	for (i = 0; i < 5; i++)
		(void)ask(&w, &oidc);
	wish(&w, CONN(0, 5), "staff");
	expect_user(&w, CONN(0, 5), USER_FAILED, "too many sign-ins");
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_wish_becomes_a_question_with_all_conditions);
	ATF_TP_ADD_TC(tp, a_sign_in_opens_what_waits_for_it_and_is_kept);
	ATF_TP_ADD_TC(tp, a_sign_in_for_other_conditions_is_none);
	ATF_TP_ADD_TC(tp, what_storeproc_kept_counts_after_a_restart);
	ATF_TP_ADD_TC(tp, a_sign_in_ends_with_its_time);
	ATF_TP_ADD_TC(tp, a_system_learns_of_no_requirement_but_its_own);
	ATF_TP_ADD_TC(tp, a_system_that_wishes_too_often_has_to_wait);
	return atf_no_error();
}
