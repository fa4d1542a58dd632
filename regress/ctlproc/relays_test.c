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
 * The real ctlproc between a played parent, cryptoproc, tunproc, netproc and
 * linkproc: relays pass between discovery and netproc, a code is handed on
 * once and stored nowhere, and netproc learns what is no path.
 */

#include <sys/un.h>

#include <time.h>

#include "cert/cert.h"
#include "regress/service/player.h"

#define BOB	"G22DK"
#define KEY	"22222-33333-44444-55555-66666"

struct world {
	struct player	 p;
	struct end	 crypto, tun, net, link, client;
	char		 socket[160];
};

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

static void
make_cert(const char *name, uint8_t out[CERT_LEN])
{
	struct cert	 c;

	memset(&c, 0, sizeof(c));
	snprintf(c.org, sizeof(c.org), "acme");
	snprintf(c.name, sizeof(c.name), "%s", name);
	memset(c.serial, 3, sizeof(c.serial));
	memset(c.identity, 1, sizeof(c.identity));
	memset(c.tunnel, 2, sizeof(c.tunnel));
	memcpy(c.addr4, "\x64\x7f\x03\x04", 4);
	c.prefix4 = 10;
	memcpy(c.addr6, "\xfd\x01\x02\x03\x04\x05\x06\x07\x08\x09", 10);
	c.prefix6 = 64;
	c.not_after = 4000000000ULL;
	ATF_REQUIRE(cert_encode(&c, out) == 0);
}

/* Policy names Bob; his number. */
static uint32_t
allow_bob(struct world *w)
{
	struct msg_policy_entry		 e;
	struct msg_policy_commit	 c;
	union msg_any			 any;
	uint32_t			 id;

	memset(&e, 0, sizeof(e));
	memset(&c, 0, sizeof(c));
	snprintf(e.system, sizeof(e.system), "%s", BOB);
	e.sequence = c.sequence = 1;
	c.full = 1;
	e.certificate_len = CERT_LEN;
	make_cert(BOB, e.certificate);
	end_send(&w->link, MSG_POLICY_ENTRY, &e, -1);
	end_send(&w->link, MSG_POLICY_COMMIT, &c, -1);
	wait_for(&w->tun, MSG_TUN_PEER, &any);
	id = any.tun_peer.peer;
	wait_for(&w->tun, MSG_BARRIER, &any);
	return id;
}

static void
introduction(struct world *w, uint64_t number, uint8_t code)
{
	struct msg_introduction	 m;

	memset(&m, 0, sizeof(m));
	m.number = number;
	snprintf(m.system, sizeof(m.system), "%s", BOB);
	snprintf(m.local_ufrag, sizeof(m.local_ufrag), "abcd");
	snprintf(m.local_pwd, sizeof(m.local_pwd), "0123456789abcdefABCDEF");
	snprintf(m.remote_ufrag, sizeof(m.remote_ufrag), "efgh");
	snprintf(m.remote_pwd, sizeof(m.remote_pwd), "0123456789abcdefABCDEF");
	m.nat_udp = 3;
	m.nat_udp_step = 2;
	m.nat_tcp = 4;
	m.nat_tcp_step = 65535;
	ATF_REQUIRE(endpoint_parse(&m.relay, "192.0.2.9", 443) == 0);
	memset(m.relay_code, code, sizeof(m.relay_code));
	end_send(&w->link, MSG_INTRODUCTION, &m, -1);
}

static void
relays(struct world *w, const char *a, const char *b)
{
	const char		*list[2] = { a, b };
	struct msg_link_relays	 m;
	union msg_any		 any;
	int			 i;

	memset(&m, 0, sizeof(m));
	for (i = 0; i < 2; i++)
		if (list[i] != NULL)
			ATF_REQUIRE(endpoint_parse(&m.relays.e[m.relays.n++],
			    list[i], 443) == 0);
	end_send(&w->link, MSG_LINK_RELAYS, &m, -1);
	/* The first list was an empty one. */
	do
		wait_for(&w->net, MSG_RELAYS, &any);
	while (any.relays.relays.n == 0);
	ATF_REQUIRE(memcmp(&any.relays.relays, &m.relays,
	    sizeof(m.relays)) == 0);
}

static void
measured(struct world *w, const char *relay, uint32_t us)
{
	struct msg_relay_rtt	 m;

	memset(&m, 0, sizeof(m));
	ATF_REQUIRE(endpoint_parse(&m.relay, relay, 443) == 0);
	m.rtt_us = us;
	end_send(&w->net, MSG_RELAY_RTT, &m, -1);
}

static void
expect_rtt(struct world *w, uint32_t us)
{
	union msg_any	 any;

	wait_for(&w->link, MSG_LINK_RELAY_RTT, &any);
	ATF_REQUIRE_EQ(any.link_relay_rtt.rtt_us, us);
}

/* Is this run of 16 bytes in any file of the process? */
static int
is_stored(const struct world *w, uint8_t byte)
{
	static uint8_t	 buf[1024 * 1024];
	uint8_t		 code[16];
	char		 path[512];
	struct dirent	*de;
	DIR		*dir;
	FILE		*fp;
	size_t		 len, files = 0;
	int		 found = 0;

	memset(code, byte, sizeof(code));
	ATF_REQUIRE((dir = opendir(w->p.root)) != NULL);
	while ((de = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", w->p.root, de->d_name);
		if (de->d_type != DT_REG || (fp = fopen(path, "r")) == NULL)
			continue;
		len = fread(buf, 1, sizeof(buf), fp);
		files += len > 0;
		found |= memmem(buf, len, code, sizeof(code)) != NULL;
		fclose(fp);
	}
	closedir(dir);
	ATF_REQUIRE(files > 0);
	return found;
}

#define TEST(name)						\
ATF_TC(name);							\
ATF_TC_HEAD(name, tc)						\
{								\
	atf_tc_set_md_var(tc, "require.user", "root");		\
}								\
ATF_TC_BODY(name, tc)

TEST(an_introduction_reaches_netproc_with_its_relay)
{
	union msg_any	 any;
	struct world	 w;
	uint32_t	 bob;

	world_start(&w);
	welcome(&w);
	bob = allow_bob(&w);
	introduction(&w, 5, 0xc5);
	wait_for(&w.net, MSG_INTRODUCE, &any);
	ATF_CHECK_EQ(any.introduce.peer, bob);
	ATF_CHECK_EQ(any.introduce.number, 5);
	ATF_CHECK_EQ(any.introduce.nat_udp, 3);
	ATF_CHECK_EQ(any.introduce.nat_udp_step, 2);
	ATF_CHECK_EQ(any.introduce.nat_tcp, 4);
	ATF_CHECK_EQ(any.introduce.nat_tcp_step, 65535);
	ATF_CHECK_EQ(any.introduce.relay.port, 443);
	ATF_CHECK_EQ(any.introduce.relay_code[0], 0xc5);
	ATF_CHECK_EQ(any.introduce.relay_code[15], 0xc5);
	world_end(&w);
}

TEST(a_code_is_handed_on_once_and_stored_nowhere)
{
	union msg_any	 any;
	struct world	 w;

	world_start(&w);
	welcome(&w);
	allow_bob(&w);
	relays(&w, "192.0.2.9", NULL);
	introduction(&w, 5, 0xc5);
	wait_for(&w.net, MSG_INTRODUCE, &any);
	/* A netproc that is new: the relay is no use to it. */
	end_close(&w.net);
	player_join(&w.p, ROLE_NET, 0, &w.net);
	wait_for(&w.net, MSG_RELAYS, &any);
	ATF_CHECK_EQ(any.relays.relays.n, 1);
	wait_for(&w.net, MSG_INTRODUCE, &any);
	ATF_CHECK_EQ(any.introduce.number, 5);
	ATF_CHECK_EQ(any.introduce.nat_udp, 3);
	ATF_CHECK_EQ(any.introduce.relay.family, 0);
	ATF_CHECK_EQ(any.introduce.relay_code[0], 0);
	wait_for(&w.net, MSG_PEER_SYNC, &any);
	ATF_CHECK(!is_stored(&w, 0xc5));
	player_end(&w.p);
	ATF_CHECK(!is_stored(&w, 0xc5));
	/* The certificate of Bob is, so the right place was searched. */
	ATF_CHECK(is_stored(&w, 1));
	player_remove_root(&w.p);
}

TEST(what_is_measured_of_relays_reaches_discovery)
{
	struct msg_link_state	 down;
	struct world		 w;

	world_start(&w);
	welcome(&w);
	relays(&w, "192.0.2.1", "192.0.2.2");
	measured(&w, "192.0.2.1", 1000);
	expect_rtt(&w, 1000);
	/* Nobody has asked for this one. */
	measured(&w, "192.0.2.7", 7000);
	measured(&w, "192.0.2.2", UINT32_MAX);
	expect_rtt(&w, UINT32_MAX);
	/* A connection that is new is told what is known, of those it names. */
	memset(&down, 0, sizeof(down));
	end_send(&w.link, MSG_LINK_STATE, &down, -1);
	relays(&w, "192.0.2.2", "192.0.2.1");
	welcome(&w);
	relays(&w, "192.0.2.3", "192.0.2.1");
	expect_rtt(&w, 1000);
	measured(&w, "192.0.2.3", 3000);
	expect_rtt(&w, 3000);
	world_end(&w);
}

TEST(a_relay_of_no_use_asks_for_another_introduction)
{
	struct msg_relay_failed	 m;
	union msg_any		 any;
	struct world		 w;
	uint32_t		 bob;

	world_start(&w);
	welcome(&w);
	bob = allow_bob(&w);
	introduction(&w, 5, 0xc5);
	wait_for(&w.net, MSG_INTRODUCE, &any);
	memset(&m, 0, sizeof(m));
	m.peer = bob;
	m.number = 4;
	/* Of an introduction that is over. */
	end_send(&w.net, MSG_RELAY_FAILED, &m, -1);
	m.number = 5;
	end_send(&w.net, MSG_RELAY_FAILED, &m, -1);
	wait_for(&w.link, MSG_INTRODUCE_AGAIN, &any);
	ATF_CHECK_STREQ(any.introduce_again.system, BOB);
	/* Again, but not at once. */
	introduction(&w, 6, 0xc6);
	wait_for(&w.net, MSG_INTRODUCE, &any);
	m.number = 6;
	end_send(&w.net, MSG_RELAY_FAILED, &m, -1);
	relays(&w, "192.0.2.1", NULL);
	measured(&w, "192.0.2.1", 1);
	end_expect(&w.link, MSG_LINK_RELAY_RTT, &any);
	wait_for(&w.link, MSG_INTRODUCE_AGAIN, &any);
	world_end(&w);
}

static void
enrol(struct world *w)
{
	struct msg_link_challenge	 challenge;
	struct msg_client_enrol		 ask;
	struct msg_signature		 sig;
	struct msg_link_enrolled	 done;
	struct msg_authority_result	 ok;
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
	make_cert("V88RY", done.certificate);
	end_send(&w->link, MSG_LINK_ENROLLED, &done, -1);
	wait_for(&w->crypto, MSG_AUTHORITY_PIN, &any);
	memset(&ok, 0, sizeof(ok));
	ok.id = any.authority_pin.id;
	ok.ok = 1;
	end_send(&w->crypto, MSG_AUTHORITY_RESULT, &ok, -1);
	wait_for(&w->client, MSG_CLIENT_RESULT, &any);
	ATF_REQUIRE_EQ_MSG(any.client_result.code, 0, "%s",
	    any.client_result.text);
}

static void
expect_avoid(struct world *w, const char *prefix, int plen)
{
	struct endpoint	 ep;
	union msg_any	 any;

	ATF_REQUIRE(endpoint_parse(&ep, prefix, 0) == 0);
	wait_for(&w->net, MSG_NET_AVOID, &any);
	ATF_CHECK_EQ((int)any.net_avoid.plen, plen);
	ATF_CHECK_EQ(endpoint_cmp_addr(&any.net_avoid.prefix, &ep), 0);
}

TEST(the_overlay_itself_is_no_path)
{
	union msg_any	 any;
	struct world	 w;

	world_start(&w);
	enrol(&w);
	expect_avoid(&w, "100.64.0.0", 10);
	expect_avoid(&w, "fd01:203:405:607::", 64);
	end_close(&w.net);
	player_join(&w.p, ROLE_NET, 0, &w.net);
	expect_avoid(&w, "100.64.0.0", 10);
	expect_avoid(&w, "fd01:203:405:607::", 64);
	wait_for(&w.net, MSG_PEER_SYNC, &any);
	wait_for(&w.p.parent, MSG_TUN_CONFIGURE, &any);
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, an_introduction_reaches_netproc_with_its_relay);
	ATF_TP_ADD_TC(tp, a_code_is_handed_on_once_and_stored_nowhere);
	ATF_TP_ADD_TC(tp, what_is_measured_of_relays_reaches_discovery);
	ATF_TP_ADD_TC(tp, a_relay_of_no_use_asks_for_another_introduction);
	ATF_TP_ADD_TC(tp, the_overlay_itself_is_no_path);
	return atf_no_error();
}
