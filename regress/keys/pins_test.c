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
 * The real cryptoproc between a played parent and ctlproc: which statements
 * change its pins, and what becomes of peers and sessions.
 */

#include <sodium.h>

#include "cert/cross.h"
#include "regress/service/player.h"

struct world {
	struct player	 p;
	struct end	 ctl;
	uint8_t		 a[32], a_secret[64];	/* pinned */
	uint8_t		 b[32], b_secret[64];
	uint8_t		 c[32], c_secret[64];
	uint8_t		 tunnel[32];		/* of the peer */
};

#define TEST(name)						\
ATF_TC(name);							\
ATF_TC_HEAD(name, tc)						\
{								\
	atf_tc_set_md_var(tc, "require.user", "root");		\
}								\
ATF_TC_BODY(name, tc)

static void
world_start(struct world *w)
{
	struct msg_crypto_options	 o;
	struct msg_keys			 m;
	union msg_any			 any;
	uint8_t				 secret[32];

	ATF_REQUIRE(sodium_init() != -1);
	memset(w, 0, sizeof(*w));
	crypto_sign_keypair(w->a, w->a_secret);
	crypto_sign_keypair(w->b, w->b_secret);
	crypto_sign_keypair(w->c, w->c_secret);
	memset(secret, 7, sizeof(secret));
	ATF_REQUIRE(crypto_scalarmult_base(w->tunnel, secret) == 0);
	player_start(&w->p, ROLE_CRYPTO);
	memset(&o, 0, sizeof(o));
	o.mtu = 1420;
	end_send(&w->p.parent, MSG_CRYPTO_OPTIONS, &o, -1);
	memset(&m, 0, sizeof(m));
	memset(m.identity_seed, 1, sizeof(m.identity_seed));
	memset(m.tunnel_key, 2, sizeof(m.tunnel_key));
	m.pinned = 1;
	memcpy(m.authority, w->a, sizeof(m.authority));
	end_send(&w->p.parent, MSG_KEYS, &m, -1);
	player_join(&w->p, ROLE_CTL, 0, &w->ctl);
	player_ready(&w->p);
	end_expect(&w->ctl, MSG_PUBLIC_KEYS, &any);
	ATF_REQUIRE_EQ(any.public_keys.pinned, 1);
}

static void
world_end(struct world *w)
{
	player_end(&w->p);
	player_remove_root(&w->p);
}

static void
say(struct world *w, enum cross_kind kind, const uint8_t *old,
    const uint8_t *new, const uint8_t *secret)
{
	struct msg_authority_cross	 m;
	struct cross			 x;

	memset(&x, 0, sizeof(x));
	x.kind = (uint8_t)kind;
	strlcpy(x.org, "acme", sizeof(x.org));
	memcpy(x.old, old, sizeof(x.old));
	memcpy(x.new, new, sizeof(x.new));
	memset(&m, 0, sizeof(m));
	m.statement_len = CROSS_LEN;
	ATF_REQUIRE_EQ(cross_encode(&x, m.statement), 0);
	/* Forged: with another's key, the signature of other bytes. */
	if (cross_sign(m.statement, secret) == -1)
		crypto_sign_detached(m.statement + CROSS_SIGNED_LEN, NULL,
		    m.statement, CROSS_SIGNED_LEN, secret);
	end_send(&w->ctl, MSG_AUTHORITY_CROSS, &m, -1);
}

static void
expect_pins(struct world *w, int n, const uint8_t *newest)
{
	union msg_any	 any;

	end_expect(&w->ctl, MSG_AUTHORITY_PINS, &any);
	ATF_CHECK_EQ_MSG(any.authority_pins.ok, 1, "%s",
	    any.authority_pins.reason);
	ATF_CHECK_EQ((int)any.authority_pins.pinned, n);
	ATF_CHECK_EQ(memcmp(any.authority_pins.authority, newest, 32), 0);
}

static void
expect_refused(struct world *w, const char *reason, const uint8_t *newest)
{
	union msg_any	 any;

	end_expect(&w->ctl, MSG_AUTHORITY_PINS, &any);
	ATF_CHECK_EQ(any.authority_pins.ok, 0);
	ATF_CHECK_MSG(strstr(any.authority_pins.reason, reason) != NULL,
	    "%s", any.authority_pins.reason);
	ATF_CHECK_EQ(memcmp(any.authority_pins.authority, newest, 32), 0);
}

/* As the parent answers. */
static void
stored(struct world *w, int n, const uint8_t *newest, const uint8_t *before)
{
	struct msg_pins_stored	 m;
	union msg_any		 any;

	end_expect(&w->p.parent, MSG_PINS_STORE, &any);
	ATF_CHECK_EQ((int)any.pins_store.pinned, n);
	ATF_CHECK_EQ(memcmp(any.pins_store.authority, newest, 32), 0);
	if (before != NULL)
		ATF_CHECK_EQ(memcmp(any.pins_store.previous, before, 32), 0);
	/* ctlproc is not told before it is on the disk. */
	end_expect_nothing(&w->ctl);
	memset(&m, 0, sizeof(m));
	m.ok = 1;
	end_send(&w->p.parent, MSG_PINS_STORED, &m, -1);
	expect_pins(w, n, newest);
}

static void
add_peer(struct world *w, uint8_t serial, const uint8_t *secret)
{
	struct msg_peer_add	 m;
	struct cert		 c;

	memset(&c, 0, sizeof(c));
	memset(c.serial, serial, sizeof(c.serial));
	snprintf(c.org, sizeof(c.org), "acme");
	snprintf(c.name, sizeof(c.name), "V88RY");
	memset(c.identity, 9, sizeof(c.identity));
	memcpy(c.tunnel, w->tunnel, sizeof(c.tunnel));
	c.addr4[0] = 100;
	c.prefix4 = 10;
	c.addr6[0] = 0xfd;
	c.prefix6 = 64;
	memset(&m, 0, sizeof(m));
	m.peer = 3;
	m.certificate_len = CERT_LEN;
	ATF_REQUIRE_EQ(cert_encode(&c, m.certificate), 0);
	ATF_REQUIRE_EQ(cert_sign(m.certificate, secret), 0);
	end_send(&w->ctl, MSG_PEER_ADD, &m, -1);
}

static void
expect_peer(struct world *w, int ok, const char *reason)
{
	union msg_any	 any;

	end_expect(&w->ctl, MSG_PEER_RESULT, &any);
	ATF_CHECK_EQ((int)any.peer_result.ok, ok);
	ATF_CHECK_MSG(strstr(any.peer_result.reason, reason) != NULL, "%s",
	    any.peer_result.reason);
}

/* How many peers the tunnel device has. */
static int
count_peers(struct world *w)
{
	struct msg_stats_get	 m;
	union msg_any		 any;
	int			 n = 0;

	memset(&m, 0, sizeof(m));
	m.id = 5;
	end_send(&w->ctl, MSG_STATS_GET, &m, -1);
	while (end_next(&w->ctl, &any) == MSG_PEER_STATS)
		n++;
	return n;
}

TEST(a_successor_is_pinned_next_to_the_one_before)
{
	struct world	 w;

	world_start(&w);
	add_peer(&w, 1, w.b_secret);
	expect_peer(&w, 0, "not signed by our authority");
	add_peer(&w, 1, w.a_secret);
	expect_peer(&w, 1, "");
	say(&w, CROSS_SUCCESSOR, w.a, w.b, w.a_secret);
	stored(&w, 2, w.b, w.a);
	/* The same again is no news and is not stored again. */
	say(&w, CROSS_SUCCESSOR, w.a, w.b, w.a_secret);
	expect_pins(&w, 2, w.b);
	end_expect_nothing(&w.p.parent);
	/* Certificates of both are good, and one may follow the other. */
	add_peer(&w, 1, w.a_secret);
	expect_peer(&w, 1, "");
	add_peer(&w, 2, w.b_secret);
	expect_peer(&w, 1, "");
	ATF_CHECK_EQ(count_peers(&w), 1);
	add_peer(&w, 2, w.c_secret);
	expect_peer(&w, 0, "not signed by our authority");
	ATF_CHECK_EQ(count_peers(&w), 1);
	world_end(&w);
}

TEST(a_forged_statement_leaves_the_pin_as_it_is)
{
	struct world	 w;

	world_start(&w);
	say(&w, CROSS_SUCCESSOR, w.a, w.b, w.b_secret);
	expect_refused(&w, "has not signed it", w.a);
	say(&w, CROSS_SUCCESSOR, w.c, w.b, w.c_secret);
	expect_refused(&w, "not the one that is pinned", w.a);
	say(&w, CROSS_RETIRED, w.a, w.b, w.b_secret);
	expect_refused(&w, "not the one that is pinned", w.a);
	add_peer(&w, 1, w.b_secret);
	expect_peer(&w, 0, "not signed by our authority");
	add_peer(&w, 1, w.a_secret);
	expect_peer(&w, 1, "");
	end_expect_nothing(&w.p.parent);
	world_end(&w);
}

TEST(what_is_retired_is_trusted_no_more)
{
	struct world	 w;

	world_start(&w);
	say(&w, CROSS_SUCCESSOR, w.a, w.b, w.a_secret);
	stored(&w, 2, w.b, w.a);
	add_peer(&w, 1, w.a_secret);
	expect_peer(&w, 1, "");
	/* Only the new one may say so. */
	say(&w, CROSS_RETIRED, w.b, w.a, w.a_secret);
	expect_refused(&w, "not the one that is pinned", w.b);
	say(&w, CROSS_RETIRED, w.a, w.b, w.b_secret);
	expect_peer(&w, 0, "not trusted any more");
	stored(&w, 1, w.b, NULL);
	ATF_CHECK_EQ(count_peers(&w), 0);
	add_peer(&w, 1, w.a_secret);
	expect_peer(&w, 0, "not signed by our authority");
	/* Nor does the old one name another any more. */
	say(&w, CROSS_SUCCESSOR, w.a, w.c, w.a_secret);
	expect_refused(&w, "not the one that is pinned", w.b);
	world_end(&w);
}

TEST(a_peer_with_a_new_certificate_is_the_same_peer)
{
	struct world	 w;

	world_start(&w);
	add_peer(&w, 1, w.a_secret);
	expect_peer(&w, 1, "");
	say(&w, CROSS_SUCCESSOR, w.a, w.b, w.a_secret);
	stored(&w, 2, w.b, w.a);
	add_peer(&w, 2, w.b_secret);
	expect_peer(&w, 1, "");
	/* Its certificate is of the new one: it stays. */
	say(&w, CROSS_RETIRED, w.a, w.b, w.b_secret);
	stored(&w, 1, w.b, NULL);
	ATF_CHECK_EQ(count_peers(&w), 1);
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_successor_is_pinned_next_to_the_one_before);
	ATF_TP_ADD_TC(tp, a_forged_statement_leaves_the_pin_as_it_is);
	ATF_TP_ADD_TC(tp, what_is_retired_is_trusted_no_more);
	ATF_TP_ADD_TC(tp, a_peer_with_a_new_certificate_is_the_same_peer);
	return atf_no_error();
}
