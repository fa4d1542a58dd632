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
 * The real ctlproc and its certificate: when it asks for another, that it
 * takes one only after cryptoproc has checked it and it is stored, and what
 * it says that it holds.
 */

#include <sys/un.h>

#include <time.h>

#include "cert/cert.h"
#include "regress/service/player.h"

#define KEY	"22222-33333-44444-55555-66666"

struct world {
	struct player	 p;
	struct end	 crypto, tun, net, link, client;
	char		 socket[160];
};

#define TEST(name)						\
ATF_TC(name);							\
ATF_TC_HEAD(name, tc)						\
{								\
	atf_tc_set_md_var(tc, "require.user", "root");		\
}								\
ATF_TC_BODY(name, tc)

static void
client_open(struct world *w)
{
	struct sockaddr_un	 sun;
	int			 fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, w->socket, sizeof(sun.sun_path));
	ATF_REQUIRE((fd = socket(AF_UNIX, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE(connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0);
	end_open(&w->client, fd);
}

static int
client_listen(struct world *w)
{
	struct sockaddr_un	 sun;
	int			 fd;

	snprintf(w->socket, sizeof(w->socket), "%s/client", w->p.root);
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, w->socket, sizeof(sun.sun_path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ATF_REQUIRE(bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0);
	ATF_REQUIRE(listen(fd, 8) == 0);
	return fd;
}

static void
world_start(struct world *w)
{
	struct msg_ctl_listen	 l;
	struct msg_ctl_options	 o;
	struct msg_public_keys	 keys;

	memset(w, 0, sizeof(*w));
	memset(&l, 0, sizeof(l));
	memset(&o, 0, sizeof(o));
	o.run = 77;
	player_start(&w->p, ROLE_CTL);
	end_send(&w->p.parent, MSG_CTL_LISTEN, &l, client_listen(w));
	end_send(&w->p.parent, MSG_CTL_OPTIONS, &o, -1);
	player_join(&w->p, ROLE_CRYPTO, 0, &w->crypto);
	player_join(&w->p, ROLE_TUN, 0, &w->tun);
	player_join(&w->p, ROLE_NET, 0, &w->net);
	player_join(&w->p, ROLE_LINK, 0, &w->link);
	player_ready(&w->p);
	memset(&keys, 0, sizeof(keys));
	memset(keys.identity, 1, sizeof(keys.identity));
	memset(keys.tunnel, 2, sizeof(keys.tunnel));
	end_send(&w->crypto, MSG_PUBLIC_KEYS, &keys, -1);
}

static void
world_end(struct world *w)
{
	player_end(&w->p);
	player_remove_root(&w->p);
}

/* The next message of this type; others are passed over. */
static void
wait_for(struct end *e, enum msg_type type, union msg_any *any)
{
	uint32_t	 got;

	while ((got = end_next(e, any)) != (uint32_t)type)
		ATF_REQUIRE(got != MSG_NONE);
}

static void
welcome(struct world *w)
{
	struct msg_link_welcome	 m;

	memset(&m, 0, sizeof(m));
	m.server_time = (uint64_t)time(NULL);
	end_send(&w->link, MSG_LINK_WELCOME, &m, -1);
}

/* life: seconds from now on; age: seconds before it. */
static void
make_cert(uint8_t serial, int age, int life, uint8_t out[CERT_LEN])
{
	struct cert	 c;

	memset(&c, 0, sizeof(c));
	snprintf(c.org, sizeof(c.org), "acme");
	snprintf(c.name, sizeof(c.name), "V88RY");
	memset(c.serial, serial, sizeof(c.serial));
	memset(c.identity, 1, sizeof(c.identity));
	memset(c.tunnel, 2, sizeof(c.tunnel));
	memcpy(c.addr4, "\x64\x7f\x03\x04", 4);
	c.prefix4 = 10;
	memcpy(c.addr6, "\xfd\x01\x02\x03\x04\x05\x06\x07\x08\x09", 10);
	c.prefix6 = 64;
	c.not_before = (uint64_t)(time(NULL) - age);
	c.not_after = (uint64_t)(time(NULL) + life);
	ATF_REQUIRE(cert_encode(&c, out) == 0);
}

static void
checked(struct world *w, int ok, const char *reason)
{
	struct msg_authority_result	 m;
	union msg_any			 any;

	wait_for(&w->crypto, MSG_AUTHORITY_PIN, &any);
	memset(&m, 0, sizeof(m));
	m.id = any.authority_pin.id;
	m.ok = (uint8_t)ok;
	snprintf(m.reason, sizeof(m.reason), "%s", reason);
	end_send(&w->crypto, MSG_AUTHORITY_RESULT, &m, -1);
}

/* With a certificate that is so old and good for so long. */
static void
enrol(struct world *w, int age, int life)
{
	struct msg_link_challenge	 challenge;
	struct msg_link_enrolled	 done;
	struct msg_client_enrol		 ask;
	struct msg_signature		 sig;
	union msg_any			 any;

	client_open(w);
	memset(&ask, 0, sizeof(ask));
	snprintf(ask.key, sizeof(ask.key), KEY);
	end_send(&w->client, MSG_CLIENT_ENROL, &ask, -1);
	memset(&challenge, 0, sizeof(challenge));
	end_send(&w->link, MSG_LINK_CHALLENGE, &challenge, -1);
	wait_for(&w->crypto, MSG_SIGN_ENROL, &any);
	memset(&sig, 0, sizeof(sig));
	sig.id = any.sign_enrol.id;
	end_send(&w->crypto, MSG_SIGNATURE, &sig, -1);
	wait_for(&w->link, MSG_LINK_ENROL, &any);
	memset(&done, 0, sizeof(done));
	done.certificate_len = CERT_LEN;
	make_cert(3, age, life, done.certificate);
	memset(done.authority, 0xaa, sizeof(done.authority));
	end_send(&w->link, MSG_LINK_ENROLLED, &done, -1);
	checked(w, 1, "");
	wait_for(&w->client, MSG_CLIENT_RESULT, &any);
	ATF_REQUIRE_EQ_MSG(any.client_result.code, 0, "%s",
	    any.client_result.text);
	wait_for(&w->p.parent, MSG_TUN_CONFIGURE, &any);
}

static void
expect_holds(struct world *w, uint8_t serial, uint8_t authority)
{
	union msg_any	 any;

	wait_for(&w->link, MSG_LINK_HOLDS, &any);
	ATF_CHECK_EQ(any.link_holds.serial[0], serial);
	ATF_CHECK_EQ(any.link_holds.authority[0], authority);
}

static void
answer(struct world *w, uint8_t serial, const char *reason)
{
	struct msg_link_renewed	 m;

	memset(&m, 0, sizeof(m));
	m.ok = reason == NULL;
	if (reason != NULL) {
		snprintf(m.reason, sizeof(m.reason), "%s", reason);
	} else {
		m.certificate_len = CERT_LEN;
		make_cert(serial, 10, 3600, m.certificate);
		memset(m.authority, 0xaa, sizeof(m.authority));
	}
	end_send(&w->link, MSG_LINK_RENEWED, &m, -1);
}

static void
status(struct world *w, union msg_any *head)
{
	struct msg_client_status	 m;
	struct msg_stats_end		 end;
	union msg_any			 any;

	memset(&m, 0, sizeof(m));
	end_send(&w->client, MSG_CLIENT_STATUS, &m, -1);
	memset(&end, 0, sizeof(end));
	wait_for(&w->crypto, MSG_STATS_GET, &any);
	end.id = any.stats_get.id;
	end_send(&w->crypto, MSG_STATS_END, &end, -1);
	wait_for(&w->tun, MSG_STATS_GET, &any);
	end_send(&w->tun, MSG_STATS_END, &end, -1);
	wait_for(&w->client, MSG_STATUS_HEAD, head);
	wait_for(&w->client, MSG_CLIENT_RESULT, &any);
}

TEST(a_certificate_is_renewed_when_a_third_of_its_life_is_left)
{
	union msg_any	 any;
	struct world	 w;

	world_start(&w);
	enrol(&w, 700, 290);
	welcome(&w);
	expect_holds(&w, 3, 0xaa);
	wait_for(&w.link, MSG_LINK_RENEW, &any);
	ATF_CHECK_EQ(any.link_renew.serial[0], 3);
	answer(&w, 4, NULL);
	checked(&w, 1, "");
	/* Only now that it is checked and stored. */
	expect_holds(&w, 4, 0xaa);
	status(&w, &any);
	ATF_CHECK_STREQ(any.status_head.renewal, "");
	ATF_CHECK(any.status_head.not_after >= (uint64_t)time(NULL) + 3500);
	ATF_CHECK(any.status_head.renew_at < any.status_head.not_after -
	    1200);
	world_end(&w);
}

TEST(a_fresh_certificate_is_not_renewed_before_an_order)
{
	struct msg_link_order	 order;
	union msg_any		 any;
	struct world		 w;

	world_start(&w);
	enrol(&w, 10, 1000);
	welcome(&w);
	expect_holds(&w, 3, 0xaa);
	status(&w, &any);
	end_expect_nothing(&w.link);
	memset(&order, 0, sizeof(order));
	end_send(&w.link, MSG_LINK_ORDER, &order, -1);
	wait_for(&w.link, MSG_LINK_RENEW, &any);
	answer(&w, 4, NULL);
	checked(&w, 1, "");
	expect_holds(&w, 4, 0xaa);
	world_end(&w);
}

TEST(a_certificate_that_cryptoproc_refuses_is_not_used)
{
	union msg_any	 any;
	struct world	 w;

	world_start(&w);
	enrol(&w, 700, 200);
	welcome(&w);
	wait_for(&w.link, MSG_LINK_RENEW, &any);
	answer(&w, 4, NULL);
	checked(&w, 0, "the certificate is not signed by the authority");
	/* Later again, still with what it holds. */
	wait_for(&w.link, MSG_LINK_RENEW, &any);
	ATF_CHECK_EQ(any.link_renew.serial[0], 3);
	status(&w, &any);
	ATF_CHECK_STREQ(any.status_head.renewal,
	    "the certificate is not signed by the authority");
	answer(&w, 0, "this system is not enabled");
	status(&w, &any);
	ATF_CHECK_STREQ(any.status_head.renewal,
	    "this system is not enabled");
	world_end(&w);
}

TEST(what_an_authority_says_goes_to_cryptoproc_and_pins_are_told)
{
	struct msg_link_authority	 m;
	struct msg_authority_pins	 pins;
	union msg_any			 any;
	struct world			 w;

	world_start(&w);
	enrol(&w, 10, 1000);
	welcome(&w);
	expect_holds(&w, 3, 0xaa);
	memset(&m, 0, sizeof(m));
	m.statement_len = 5;
	memset(m.statement, 0x66, m.statement_len);
	end_send(&w.link, MSG_LINK_AUTHORITY, &m, -1);
	wait_for(&w.crypto, MSG_AUTHORITY_CROSS, &any);
	ATF_CHECK_EQ(any.authority_cross.statement_len, 5);
	ATF_CHECK_EQ(any.authority_cross.statement[4], 0x66);
	/* Refused: nothing else is said of it. */
	memset(&pins, 0, sizeof(pins));
	pins.pinned = 1;
	memset(pins.authority, 0xaa, sizeof(pins.authority));
	end_send(&w.crypto, MSG_AUTHORITY_PINS, &pins, -1);
	pins.ok = 1;
	pins.pinned = 2;
	memset(pins.authority, 0xbb, sizeof(pins.authority));
	memset(pins.previous, 0xaa, sizeof(pins.previous));
	end_send(&w.crypto, MSG_AUTHORITY_PINS, &pins, -1);
	expect_holds(&w, 3, 0xbb);
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp,
	    a_certificate_is_renewed_when_a_third_of_its_life_is_left);
	ATF_TP_ADD_TC(tp, a_fresh_certificate_is_not_renewed_before_an_order);
	ATF_TP_ADD_TC(tp, a_certificate_that_cryptoproc_refuses_is_not_used);
	ATF_TP_ADD_TC(tp,
	    what_an_authority_says_goes_to_cryptoproc_and_pins_are_told);
	return atf_no_error();
}
