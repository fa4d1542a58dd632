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
 * The real authproc between a played parent, storeproc, policyproc and
 * tlsproc.
 */

#include <sodium.h>

#include "cert/cross.h"
#include "cert/sign.h"
#include "regress/service/player.h"

#define CONN	5U

struct world {
	struct player	 p;
	struct end	 store, policy, tls;
	uint8_t		 authority[32], authority_secret[64];
	uint8_t		 identity[32], identity_secret[64];
	uint8_t		 tunnel[32];
	uint8_t		 server_hash[32];
	uint8_t		 nonce[32];
};

static void
world_start(struct world *w)
{
	struct msg_authority	 m;

	ATF_REQUIRE(sodium_init() != -1);
	memset(w, 0, sizeof(*w));
	memset(&m, 0, sizeof(m));
	memset(m.seed, 1, sizeof(m.seed));
	crypto_sign_seed_keypair(w->authority, w->authority_secret, m.seed);
	crypto_sign_keypair(w->identity, w->identity_secret);
	memset(w->tunnel, 3, sizeof(w->tunnel));
	memset(w->server_hash, 4, sizeof(w->server_hash));
	player_start(&w->p, ROLE_AUTH);
	end_send(&w->p.parent, MSG_AUTHORITY, &m, -1);
	player_join(&w->p, ROLE_STORE, 0, &w->store);
	player_join(&w->p, ROLE_POLICY, 0, &w->policy);
	player_join(&w->p, ROLE_TLS, 0, &w->tls);
	player_ready(&w->p);
}

static void
world_end(struct world *w)
{
	player_end(&w->p);
	player_remove_root(&w->p);
}

static void
challenge(struct world *w, uint32_t conn)
{
	struct msg_challenge_get	 m;
	union msg_any			 any;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	memcpy(m.server_hash, w->server_hash, sizeof(m.server_hash));
	end_send(&w->tls, MSG_CHALLENGE_GET, &m, -1);
	end_expect(&w->tls, MSG_CHALLENGE, &any);
	ATF_REQUIRE_EQ(any.challenge.conn, conn);
	memcpy(w->nonce, any.challenge.nonce, sizeof(w->nonce));
}

static void
make_cert(const struct world *w, uint8_t out[CERT_LEN], uint64_t not_after)
{
	struct cert	 c;

	memset(&c, 0, sizeof(c));
	memset(c.serial, 9, sizeof(c.serial));
	snprintf(c.org, sizeof(c.org), "acme");
	snprintf(c.name, sizeof(c.name), "V88RY");
	memcpy(c.identity, w->identity, sizeof(c.identity));
	memcpy(c.tunnel, w->tunnel, sizeof(c.tunnel));
	c.addr4[0] = 100;
	c.prefix4 = 10;
	c.addr6[0] = 0xfd;
	c.prefix6 = 64;
	c.not_after = not_after;
	ATF_REQUIRE(cert_encode(&c, out) == 0);
}

static void
login(struct world *w, const uint8_t cert[CERT_LEN])
{
	struct msg_auth_request	 m;

	memset(&m, 0, sizeof(m));
	m.conn = CONN;
	m.certificate_len = CERT_LEN;
	memcpy(m.certificate, cert, CERT_LEN);
	m.sequence = 17;
	ATF_REQUIRE(sign_link_auth(m.signature, w->identity_secret, w->nonce,
	    w->server_hash, "V88RY") == 0);
	end_send(&w->tls, MSG_AUTH_REQUEST, &m, -1);
}

static void
expect_auth_refused(struct world *w, const char *reason)
{
	union msg_any	 any;

	end_expect(&w->tls, MSG_AUTH_REFUSED, &any);
	ATF_REQUIRE_MSG(strstr(any.auth_refused.reason, reason) != NULL, "%s",
	    any.auth_refused.reason);
}

static void
enrol(struct world *w, uint32_t conn, const char *key)
{
	struct msg_enrol_request	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	snprintf(m.key, sizeof(m.key), "%s", key);
	memcpy(m.identity, w->identity, sizeof(m.identity));
	memcpy(m.tunnel, w->tunnel, sizeof(m.tunnel));
	m.aes = 1;
	ATF_REQUIRE(sign_enrol(m.signature, w->identity_secret, w->identity,
	    w->tunnel, w->nonce, w->server_hash) == 0);
	end_send(&w->tls, MSG_ENROL_REQUEST, &m, -1);
}

static void
expect_enrol_refused(struct world *w, const char *reason)
{
	union msg_any	 any;

	end_expect(&w->tls, MSG_ENROL_RESULT, &any);
	ATF_REQUIRE_EQ(any.enrol_result.ok, 0);
	ATF_REQUIRE_MSG(strstr(any.enrol_result.reason, reason) != NULL,
	    "%s", any.enrol_result.reason);
}

#define TEST(name)						\
ATF_TC(name);							\
ATF_TC_HEAD(name, tc)						\
{								\
	atf_tc_set_md_var(tc, "require.user", "root");		\
}								\
ATF_TC_BODY(name, tc)

TEST(certificate_and_answer_to_the_challenge_prove_a_system)
{
	union msg_any	 any;
	struct world	 w;
	uint8_t		 cert[CERT_LEN];

	world_start(&w);
	make_cert(&w, cert, 0);
	ATF_REQUIRE(cert_sign(cert, w.authority_secret) == 0);
	challenge(&w, CONN);
	login(&w, cert);
	end_expect(&w.policy, MSG_AUTHENTICATED, &any);
	ATF_REQUIRE_EQ(any.authenticated.conn, CONN);
	ATF_REQUIRE_STREQ(any.authenticated.system, "V88RY");
	ATF_REQUIRE_EQ(any.authenticated.sequence, 17);
	ATF_REQUIRE_EQ(memcmp(any.authenticated.authority, w.authority, 32),
	    0);
	/* A challenge is good for one answer. */
	login(&w, cert);
	expect_auth_refused(&w, "no challenge");
	world_end(&w);
}

TEST(a_certificate_of_a_stranger_is_refused)
{
	struct world	 w;
	uint8_t		 cert[CERT_LEN], public[32], secret[64];

	world_start(&w);
	crypto_sign_keypair(public, secret);
	make_cert(&w, cert, 0);
	ATF_REQUIRE(cert_sign(cert, secret) == 0);
	challenge(&w, CONN);
	login(&w, cert);
	expect_auth_refused(&w, "not signed by");
	world_end(&w);
}

/* Whether it still may be renewed is for policyproc to know. */
TEST(an_expired_certificate_goes_on_with_the_time_since_then)
{
	union msg_any	 any;
	struct world	 w;
	uint8_t		 cert[CERT_LEN];

	world_start(&w);
	make_cert(&w, cert, 1000000000);
	ATF_REQUIRE(cert_sign(cert, w.authority_secret) == 0);
	challenge(&w, CONN);
	login(&w, cert);
	end_expect(&w.policy, MSG_AUTHENTICATED, &any);
	ATF_CHECK(any.authenticated.expired_s > 700000000);
	ATF_CHECK(any.authenticated.expired_s < 7000000000);
	world_end(&w);
}

TEST(a_certificate_that_is_not_valid_yet_is_refused)
{
	struct world	 w;
	struct cert	 c;
	uint8_t		 cert[CERT_LEN];

	world_start(&w);
	make_cert(&w, cert, 0);
	ATF_REQUIRE(cert_decode(&c, cert, sizeof(cert), NULL) == 0);
	c.not_before = 200000000000;
	ATF_REQUIRE(cert_encode(&c, cert) == 0);
	ATF_REQUIRE(cert_sign(cert, w.authority_secret) == 0);
	challenge(&w, CONN);
	login(&w, cert);
	expect_auth_refused(&w, "not valid before");
	world_end(&w);
}

static void
ask_renewal(struct world *w, uint32_t conn)
{
	struct msg_renew_request	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	memset(m.serial, 9, sizeof(m.serial));
	end_send(&w->tls, MSG_RENEW_REQUEST, &m, -1);
}

static void
be_proved(struct world *w)
{
	union msg_any	 any;
	uint8_t		 cert[CERT_LEN];

	make_cert(w, cert, 0);
	ATF_REQUIRE(cert_sign(cert, w->authority_secret) == 0);
	challenge(w, CONN);
	login(w, cert);
	end_expect(&w->policy, MSG_AUTHENTICATED, &any);
}

TEST(a_renewal_is_of_the_system_that_the_connection_proved)
{
	struct msg_renew_sign	 sign;
	struct msg_renew_done	 done;
	struct msg_key_make	 make;
	union msg_any		 any;
	struct world		 w;

	world_start(&w);
	be_proved(&w);
	ask_renewal(&w, CONN);
	end_expect(&w.store, MSG_RENEW, &any);
	ATF_CHECK_STREQ(any.renew.system, "V88RY");
	ATF_CHECK_EQ(memcmp(any.renew.identity, w.identity, 32), 0);
	ATF_CHECK_EQ(any.renew.serial[0], 9);
	/* One at a time. */
	ask_renewal(&w, CONN);
	end_expect(&w.tls, MSG_RENEW_RESULT, &any);
	ATF_CHECK_EQ(any.renew_result.ok, 0);
	ATF_CHECK_STREQ(any.renew_result.reason, "a renewal is under way");
	memset(&sign, 0, sizeof(sign));
	sign.conn = CONN;
	sign.system = 8;
	memset(sign.held, 9, sizeof(sign.held));
	memset(sign.stored, 7, sizeof(sign.stored));
	memcpy(sign.authority, w.authority, 32);
	make_cert(&w, sign.certificate, 0);
	sign.certificate_len = CERT_LEN;
	end_send(&w.store, MSG_RENEW_SIGN, &sign, -1);
	end_expect(&w.store, MSG_RENEW_SIGNED, &any);
	ATF_REQUIRE_EQ(any.renew_signed.ok, 1);
	ATF_CHECK_EQ(any.renew_signed.system, 8U);
	ATF_CHECK_EQ(any.renew_signed.held[15], 9);
	ATF_CHECK_EQ(any.renew_signed.stored[15], 7);
	ATF_CHECK_EQ(cert_verify(any.renew_signed.certificate, w.authority),
	    0);
	memset(&done, 0, sizeof(done));
	done.conn = CONN;
	done.ok = 1;
	done.certificate_len = 3;
	end_send(&w.store, MSG_RENEW_DONE, &done, -1);
	end_expect(&w.tls, MSG_RENEW_RESULT, &any);
	ATF_CHECK_EQ(any.renew_result.ok, 1);
	ATF_CHECK_EQ(any.renew_result.certificate_len, 3);
	/* Nobody waits for a second answer, and another may be asked for. */
	end_send(&w.store, MSG_RENEW_DONE, &done, -1);
	memset(&make, 0, sizeof(make));
	end_send(&w.store, MSG_KEY_MAKE, &make, -1);
	end_expect(&w.store, MSG_KEY_MADE, &any);
	ask_renewal(&w, CONN);
	end_expect(&w.store, MSG_RENEW, &any);
	end_close(&w.store);
	end_expect(&w.tls, MSG_RENEW_RESULT, &any);
	ATF_CHECK_STREQ(any.renew_result.reason,
	    "the service restarts: try again");
	world_end(&w);
}

TEST(a_connection_that_proved_nothing_gets_no_renewal)
{
	union msg_any	 any;
	struct world	 w;

	world_start(&w);
	challenge(&w, CONN);
	ask_renewal(&w, CONN);
	expect_auth_refused(&w, "not known any more");
	ask_renewal(&w, CONN + 1);
	end_expect(&w.tls, MSG_AUTH_REFUSED, &any);
	ATF_CHECK_EQ(any.auth_refused.conn, CONN + 1);
	end_expect_nothing(&w.store);
	world_end(&w);
}

static void
ask_cross(struct world *w, uint8_t kind, const uint8_t *old,
    const uint8_t *new, union msg_any *any)
{
	struct msg_cross_sign	 m;

	memset(&m, 0, sizeof(m));
	m.id = 12;
	m.kind = kind;
	snprintf(m.org, sizeof(m.org), "acme");
	memcpy(m.old, old, sizeof(m.old));
	memcpy(m.new, new, sizeof(m.new));
	end_send(&w->store, MSG_CROSS_SIGN, &m, -1);
	end_expect(&w->store, MSG_CROSS_SIGNED, any);
	ATF_CHECK_EQ(any->cross_signed.id, 12U);
}

TEST(statements_about_authorities_are_of_our_own_only)
{
	struct msg_authority_added	 added;
	struct msg_org_key_make		 make;
	union msg_any			 any;
	struct world			 w;
	struct cross			 x;
	uint8_t				 new[32], stranger[32];

	world_start(&w);
	memset(stranger, 0x77, sizeof(stranger));
	memset(&make, 0, sizeof(make));
	make.id = 44;
	end_send(&w.store, MSG_ORG_KEY_MAKE, &make, -1);
	end_expect(&w.p.parent, MSG_AUTHORITY_ADD, &any);
	memset(&added, 0, sizeof(added));
	added.id = any.authority_add.id;
	added.ok = 1;
	end_send(&w.p.parent, MSG_AUTHORITY_ADDED, &added, -1);
	end_expect(&w.store, MSG_ORG_KEY, &any);
	memcpy(new, any.org_key.authority, sizeof(new));
	ask_cross(&w, CROSS_SUCCESSOR, w.authority, new, &any);
	ATF_REQUIRE_EQ(any.cross_signed.ok, 1);
	ATF_REQUIRE_EQ(any.cross_signed.statement_len, CROSS_LEN);
	ATF_CHECK_EQ(cross_verify(any.cross_signed.statement), 0);
	ATF_REQUIRE_EQ(cross_decode(&x, any.cross_signed.statement,
	    CROSS_LEN, NULL), 0);
	ATF_CHECK_EQ(x.kind, CROSS_SUCCESSOR);
	ATF_CHECK_STREQ(x.org, "acme");
	ATF_CHECK_EQ(memcmp(x.new, new, sizeof(new)), 0);
	ask_cross(&w, CROSS_RETIRED, w.authority, new, &any);
	ATF_REQUIRE_EQ(any.cross_signed.ok, 1);
	ATF_CHECK_EQ(cross_verify(any.cross_signed.statement), 0);
	ask_cross(&w, CROSS_SUCCESSOR, w.authority, stranger, &any);
	ATF_CHECK_EQ(any.cross_signed.ok, 0);
	ask_cross(&w, CROSS_RETIRED, stranger, new, &any);
	ATF_CHECK_EQ(any.cross_signed.ok, 0);
	ask_cross(&w, 3, w.authority, new, &any);
	ATF_CHECK_EQ(any.cross_signed.ok, 0);
	world_end(&w);
}

TEST(no_certificate_is_signed_by_an_authority_that_is_not_here)
{
	struct msg_renew_sign	 sign;
	union msg_any		 any;
	struct world		 w;

	world_start(&w);
	memset(&sign, 0, sizeof(sign));
	memset(sign.authority, 0x55, sizeof(sign.authority));
	make_cert(&w, sign.certificate, 0);
	sign.certificate_len = CERT_LEN;
	end_send(&w.store, MSG_RENEW_SIGN, &sign, -1);
	end_expect(&w.store, MSG_RENEW_SIGNED, &any);
	ATF_CHECK_EQ(any.renew_signed.ok, 0);
	ATF_CHECK_EQ(any.renew_signed.certificate_len, 0);
	world_end(&w);
}

TEST(an_answer_to_another_challenge_or_server_is_refused)
{
	struct world	 w;
	uint8_t		 cert[CERT_LEN];

	world_start(&w);
	make_cert(&w, cert, 0);
	ATF_REQUIRE(cert_sign(cert, w.authority_secret) == 0);
	challenge(&w, CONN);
	w.nonce[0] ^= 1;
	login(&w, cert);
	expect_auth_refused(&w, "signature");
	challenge(&w, CONN);
	w.server_hash[31] ^= 1;
	login(&w, cert);
	expect_auth_refused(&w, "signature");
	world_end(&w);
}

TEST(an_enrolment_is_hashed_passed_on_signed_and_answered)
{
	struct msg_enrol_sign	 sign;
	struct msg_enrol_done	 done;
	struct msg_key_make	 make;
	union msg_any		 any, key;
	struct world		 w;

	world_start(&w);
	memset(&make, 0, sizeof(make));
	make.id = 3;
	end_send(&w.store, MSG_KEY_MAKE, &make, -1);
	end_expect(&w.store, MSG_KEY_MADE, &key);
	ATF_REQUIRE_EQ(key.key_made.id, 3U);
	challenge(&w, CONN);
	enrol(&w, CONN, key.key_made.key);
	end_expect(&w.store, MSG_ENROL, &any);
	ATF_REQUIRE_EQ_MSG(memcmp(any.enrol.key_hash, key.key_made.key_hash,
	    32), 0, "the two hashes of a key differ");
	ATF_REQUIRE_EQ(memcmp(any.enrol.identity, w.identity, 32), 0);
	memset(&sign, 0, sizeof(sign));
	sign.conn = CONN;
	sign.system = 8;
	memcpy(sign.authority, w.authority, 32);
	make_cert(&w, sign.certificate, 0);
	sign.certificate_len = CERT_LEN;
	end_send(&w.store, MSG_ENROL_SIGN, &sign, -1);
	end_expect(&w.store, MSG_ENROL_SIGNED, &any);
	ATF_REQUIRE_EQ(any.enrol_signed.ok, 1);
	ATF_REQUIRE_EQ(cert_verify(any.enrol_signed.certificate, w.authority),
	    0);
	memset(&done, 0, sizeof(done));
	done.conn = CONN;
	done.ok = 1;
	end_send(&w.store, MSG_ENROL_DONE, &done, -1);
	end_expect(&w.tls, MSG_ENROL_RESULT, &any);
	ATF_REQUIRE_EQ(any.enrol_result.ok, 1);
	/* Nobody waits for a second answer. */
	end_send(&w.store, MSG_ENROL_DONE, &done, -1);
	world_end(&w);
}

TEST(a_key_that_is_none_is_refused_with_the_reason_and_counted)
{
	struct world	 w;
	int		 i;

	world_start(&w);
	challenge(&w, CONN);
	for (i = 0; i < 5; i++) {
		enrol(&w, CONN, "hello");
		expect_enrol_refused(&w, "no enrolment key");
	}
	enrol(&w, CONN, "22222-22222-22222-22222-22222");
	expect_enrol_refused(&w, "too many attempts");
	end_expect_nothing(&w.store);
	world_end(&w);
}

TEST(an_enrolment_under_way_is_answered_when_storeproc_dies)
{
	union msg_any	 any;
	struct world	 w;

	world_start(&w);
	challenge(&w, CONN);
	enrol(&w, CONN, "22222-22222-22222-22222-22222");
	end_expect(&w.store, MSG_ENROL, &any);
	end_close(&w.store);
	expect_enrol_refused(&w, "restarts");
	world_end(&w);
}

TEST(an_authority_key_counts_only_after_the_parent_has_stored_it)
{
	struct msg_authority_added	 added;
	struct msg_org_key_make		 make;
	union msg_any			 any;
	struct world			 w;
	uint8_t				 public[32], secret[64];

	world_start(&w);
	memset(&make, 0, sizeof(make));
	memset(&added, 0, sizeof(added));
	make.id = 44;
	end_send(&w.store, MSG_ORG_KEY_MAKE, &make, -1);
	end_expect(&w.p.parent, MSG_AUTHORITY_ADD, &any);
	crypto_sign_seed_keypair(public, secret, any.authority_add.seed);
	end_expect_nothing(&w.store);
	added.id = any.authority_add.id;
	added.ok = 1;
	end_send(&w.p.parent, MSG_AUTHORITY_ADDED, &added, -1);
	end_expect(&w.store, MSG_ORG_KEY, &any);
	ATF_REQUIRE_EQ(any.org_key.ok, 1);
	ATF_REQUIRE_EQ(any.org_key.id, 44U);
	ATF_REQUIRE_EQ(memcmp(any.org_key.authority, public, 32), 0);
	end_send(&w.store, MSG_ORG_KEY_MAKE, &make, -1);
	end_expect(&w.p.parent, MSG_AUTHORITY_ADD, &any);
	added.id = any.authority_add.id;
	added.ok = 0;
	end_send(&w.p.parent, MSG_AUTHORITY_ADDED, &added, -1);
	end_expect(&w.store, MSG_ORG_KEY, &any);
	ATF_REQUIRE_EQ(any.org_key.ok, 0);
	world_end(&w);
}

static void
send_hello(struct world *w, const char *token)
{
	struct msg_relay_hello	 m;

	memset(&m, 0, sizeof(m));
	m.conn = CONN;
	snprintf(m.name, sizeof(m.name), "r1");
	snprintf(m.token, sizeof(m.token), "%s", token);
	m.addresses.n = 1;
	ATF_REQUIRE(endpoint_parse(&m.addresses.e[0], "192.0.2.9", 443) == 0);
	m.instances = 2;
	end_send(&w->tls, MSG_RELAY_HELLO, &m, -1);
}

TEST(the_token_of_a_relay_goes_on_as_its_hash)
{
	struct msg_key_make	 make;
	union msg_any		 made, any;
	struct world		 w;

	world_start(&w);
	memset(&make, 0, sizeof(make));
	make.id = 9;
	end_send(&w.store, MSG_KEY_MAKE, &make, -1);
	end_expect(&w.store, MSG_KEY_MADE, &made);
	challenge(&w, CONN);
	send_hello(&w, made.key_made.key);
	end_expect(&w.policy, MSG_RELAY_CLAIM, &any);
	ATF_CHECK_EQ(any.relay_claim.conn, CONN);
	ATF_CHECK_STREQ(any.relay_claim.name, "r1");
	ATF_CHECK_EQ(any.relay_claim.addresses.n, 1);
	ATF_CHECK_EQ(any.relay_claim.addresses.e[0].port, 443);
	ATF_CHECK_EQ(any.relay_claim.instances, 2);
	ATF_CHECK(memcmp(any.relay_claim.token_hash, made.key_made.key_hash,
	    32) == 0);
	/* One attempt for each connection. */
	send_hello(&w, made.key_made.key);
	expect_auth_refused(&w, "no challenge");
	world_end(&w);
}

TEST(what_is_no_token_is_refused)
{
	struct world	 w;

	world_start(&w);
	challenge(&w, CONN);
	send_hello(&w, "22222-33333");
	expect_auth_refused(&w, "no token of a relay");
	world_end(&w);
}

static void
send_facts(struct world *w, uint64_t number, const char *text,
    const uint8_t *secret)
{
	struct msg_conn_facts	 m;

	memset(&m, 0, sizeof(m));
	m.conn = CONN;
	m.number = number;
	strlcpy(m.text, text, sizeof(m.text));
	ATF_REQUIRE(sign_facts(m.signature, secret, w->nonce, w->server_hash,
	    "V88RY", number, text, strlen(text)) == 0);
	end_send(&w->tls, MSG_CONN_FACTS, &m, -1);
}

static void
expect_facts(struct world *w, const char *text)
{
	union msg_any	 any;

	end_expect(&w->policy, MSG_SYSTEM_FACTS, &any);
	ATF_REQUIRE_EQ(any.system_facts.conn, CONN);
	ATF_REQUIRE_STREQ(any.system_facts.text, text);
}

static void
prove(struct world *w)
{
	union msg_any	 any;
	uint8_t		 cert[CERT_LEN];

	make_cert(w, cert, 0);
	ATF_REQUIRE(cert_sign(cert, w->authority_secret) == 0);
	challenge(w, CONN);
	login(w, cert);
	end_expect(&w->policy, MSG_AUTHENTICATED, &any);
}

TEST(facts_are_signed_for_this_connection_and_only_go_on)
{
	struct world	 w;
	uint8_t		 public[32], secret[64];

	world_start(&w);
	/* Nobody is proved yet. */
	challenge(&w, CONN);
	send_facts(&w, 1, "os linux\n", w.identity_secret);
	expect_auth_refused(&w, "not known here");
	prove(&w);
	send_facts(&w, 1, "os linux\n", w.identity_secret);
	expect_facts(&w, "os linux\n");
	send_facts(&w, 5, "os openbsd\n", w.identity_secret);
	expect_facts(&w, "os openbsd\n");
	/* What was said before. */
	send_facts(&w, 5, "os openbsd\n", w.identity_secret);
	expect_auth_refused(&w, "older");
	send_facts(&w, 1, "os linux\n", w.identity_secret);
	expect_auth_refused(&w, "older");
	/* Another key. */
	crypto_sign_keypair(public, secret);
	send_facts(&w, 6, "os linux\n", secret);
	expect_auth_refused(&w, "not by the key");
	/* A lie does not use up its number. */
	send_facts(&w, 6, "os linux\n", w.identity_secret);
	expect_facts(&w, "os linux\n");
	world_end(&w);
}

TEST(facts_of_another_connection_text_or_number_are_refused)
{
	struct msg_conn_facts	 m;
	struct world		 w;
	uint8_t			 old[32];

	world_start(&w);
	prove(&w);
	memset(&m, 0, sizeof(m));
	m.conn = CONN;
	m.number = 1;
	strlcpy(m.text, "os linux\n", sizeof(m.text));
	ATF_REQUIRE(sign_facts(m.signature, w.identity_secret, w.nonce,
	    w.server_hash, "V88RY", 1, m.text, strlen(m.text)) == 0);
	m.number = 2;
	end_send(&w.tls, MSG_CONN_FACTS, &m, -1);
	expect_auth_refused(&w, "not by the key");
	m.number = 1;
	m.text[3] = 'L';
	end_send(&w.tls, MSG_CONN_FACTS, &m, -1);
	expect_auth_refused(&w, "not by the key");
	m.text[3] = 'l';
	/* Recorded, and played into the next connection. */
	memcpy(old, w.nonce, sizeof(old));
	prove(&w);
	ATF_REQUIRE(memcmp(old, w.nonce, sizeof(old)) != 0);
	end_send(&w.tls, MSG_CONN_FACTS, &m, -1);
	expect_auth_refused(&w, "not by the key");
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp,
	    certificate_and_answer_to_the_challenge_prove_a_system);
	ATF_TP_ADD_TC(tp, a_certificate_of_a_stranger_is_refused);
	ATF_TP_ADD_TC(tp,
	    an_expired_certificate_goes_on_with_the_time_since_then);
	ATF_TP_ADD_TC(tp, a_certificate_that_is_not_valid_yet_is_refused);
	ATF_TP_ADD_TC(tp,
	    a_renewal_is_of_the_system_that_the_connection_proved);
	ATF_TP_ADD_TC(tp, a_connection_that_proved_nothing_gets_no_renewal);
	ATF_TP_ADD_TC(tp,
	    no_certificate_is_signed_by_an_authority_that_is_not_here);
	ATF_TP_ADD_TC(tp, statements_about_authorities_are_of_our_own_only);
	ATF_TP_ADD_TC(tp, an_answer_to_another_challenge_or_server_is_refused);
	ATF_TP_ADD_TC(tp,
	    an_enrolment_is_hashed_passed_on_signed_and_answered);
	ATF_TP_ADD_TC(tp,
	    a_key_that_is_none_is_refused_with_the_reason_and_counted);
	ATF_TP_ADD_TC(tp,
	    an_enrolment_under_way_is_answered_when_storeproc_dies);
	ATF_TP_ADD_TC(tp,
	    an_authority_key_counts_only_after_the_parent_has_stored_it);
	ATF_TP_ADD_TC(tp,
	    facts_are_signed_for_this_connection_and_only_go_on);
	ATF_TP_ADD_TC(tp,
	    facts_of_another_connection_text_or_number_are_refused);
	ATF_TP_ADD_TC(tp, the_token_of_a_relay_goes_on_as_its_hash);
	ATF_TP_ADD_TC(tp, what_is_no_token_is_refused);
	return atf_no_error();
}
