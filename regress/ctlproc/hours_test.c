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
 * linkproc: rules open and close at the times that policy has named, by the
 * agent's own clock, with discovery gone.
 */

#include <sys/un.h>

#include "base/clock.h"
#include "cert/cert.h"
#include "regress/service/player.h"

#define BOB	"G22DK"

struct world {
	struct player	 p;
	struct end	 crypto, tun, net, link;
	char		 socket[160];
};

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

static void
entry_init(struct msg_policy_entry *e)
{
	memset(e, 0, sizeof(*e));
	snprintf(e->system, sizeof(e->system), "%s", BOB);
	e->sequence = 1;
	e->certificate_len = CERT_LEN;
	make_cert(BOB, e->certificate);
}

static void
entry_rule(struct msg_policy_entry *e, uint16_t port, uint64_t from,
    uint64_t until)
{
	struct acl_timed	*t = &e->acls.e[e->acls.n++];

	t->entry.protocol = ACL_TCP;
	t->entry.port_low = t->entry.port_high = port;
	t->when.from = from;
	t->when.until = until;
}

static void
entry_open(struct msg_policy_entry *e, uint64_t from, uint64_t until)
{
	e->open.e[e->open.n].from = from;
	e->open.e[e->open.n++].until = until;
}

/* The policy, and then discovery goes away. */
static void
give(struct world *w, const struct msg_policy_entry *e)
{
	struct msg_policy_commit	 c;
	struct msg_link_state		 down;

	memset(&c, 0, sizeof(c));
	memset(&down, 0, sizeof(down));
	c.sequence = 1;
	c.full = 1;
	end_send(&w->link, MSG_POLICY_ENTRY, e, -1);
	end_send(&w->link, MSG_POLICY_COMMIT, &c, -1);
	down.state = LINK_DOWN;
	end_send(&w->link, MSG_LINK_STATE, &down, -1);
}

/* The next thing that tunproc is told of Bob: how many rules, -1 gone. */
static int
next_rules(struct world *w, uint16_t *last_port)
{
	union msg_any	 any;
	uint32_t	 type;

	for (;;) {
		type = end_next(&w->tun, &any);
		ATF_REQUIRE(type != MSG_NONE);
		if (type == MSG_PEER_REMOVE)
			return -1;
		if (type != MSG_TUN_PEER)
			continue;
		if (any.tun_peer.acls.n > 0)
			*last_port = any.tun_peer.acls.e[
			    any.tun_peer.acls.n - 1].port_low;
		return any.tun_peer.acls.n;
	}
}

/* Not time(3), which may be some milliseconds behind. */
static uint64_t
now(void)
{
	return clock_wall_sec();
}

#define TEST(name)						\
ATF_TC(name);							\
ATF_TC_HEAD(name, tc)						\
{								\
	atf_tc_set_md_var(tc, "require.user", "root");		\
}								\
ATF_TC_BODY(name, tc)

TEST(rules_come_into_force_and_end_by_the_agents_own_clock)
{
	struct msg_policy_entry	 e;
	struct world		 w;
	uint64_t		 t;
	uint16_t		 port = 0;

	world_start(&w);
	t = now();
	entry_init(&e);
	entry_rule(&e, 80, 0, 0);
	entry_rule(&e, 81, t - 100, t - 1);
	entry_rule(&e, 82, t + 3, t + 5);
	give(&w, &e);
	ATF_CHECK_EQ(next_rules(&w, &port), 1);
	ATF_CHECK_EQ(port, 80);
	ATF_CHECK_EQ(next_rules(&w, &port), 2);
	ATF_CHECK_EQ(port, 82);
	ATF_CHECK(now() >= t + 3);
	ATF_CHECK_EQ(next_rules(&w, &port), 1);
	ATF_CHECK_EQ(port, 80);
	ATF_CHECK(now() >= t + 5);
	world_end(&w);
}

TEST(outside_its_hours_a_peer_is_nobody_to_tunproc_and_comes_back)
{
	struct msg_policy_entry	 e;
	struct world		 w;
	uint64_t		 t;
	uint16_t		 port = 0;

	world_start(&w);
	t = now();
	entry_init(&e);
	entry_rule(&e, 80, t - 100, t + 3);
	entry_rule(&e, 80, t + 5, t + 1000);
	entry_open(&e, t - 100, t + 3);
	entry_open(&e, t + 5, t + 1000);
	give(&w, &e);
	ATF_CHECK_EQ(next_rules(&w, &port), 1);
	ATF_CHECK_EQ(next_rules(&w, &port), -1);
	ATF_CHECK(now() >= t + 3);
	ATF_CHECK_EQ(next_rules(&w, &port), 1);
	ATF_CHECK(now() >= t + 5);
	world_end(&w);
}

TEST(a_peer_whose_hours_have_not_begun_is_not_told_to_tunproc)
{
	struct msg_policy_entry	 e;
	struct world		 w;
	union msg_any		 any;
	uint64_t		 t;

	world_start(&w);
	t = now();
	entry_init(&e);
	entry_rule(&e, 80, t + 1000, t + 2000);
	entry_open(&e, t + 1000, t + 2000);
	give(&w, &e);
	for (;;) {
		uint32_t	 type = end_next(&w.tun, &any);

		ATF_REQUIRE(type != MSG_TUN_PEER);
		if (type == MSG_BARRIER)
			break;
	}
	/* Its tunnel can be there when they begin. */
	while (end_next(&w.crypto, &any) != MSG_PEER_ADD)
		continue;
	world_end(&w);
}

TEST(the_end_of_a_peer_withdraws_its_keys)
{
	struct msg_policy_entry	 e;
	struct world		 w;
	union msg_any		 any;
	uint64_t		 t;

	world_start(&w);
	t = now();
	entry_init(&e);
	entry_rule(&e, 80, 0, 0);
	e.not_after = t + 3;
	give(&w, &e);
	while (end_next(&w.crypto, &any) != MSG_PEER_REMOVE)
		continue;
	ATF_CHECK(now() >= t + 3);
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp,
	    rules_come_into_force_and_end_by_the_agents_own_clock);
	ATF_TP_ADD_TC(tp,
	    outside_its_hours_a_peer_is_nobody_to_tunproc_and_comes_back);
	ATF_TP_ADD_TC(tp,
	    a_peer_whose_hours_have_not_begun_is_not_told_to_tunproc);
	ATF_TP_ADD_TC(tp, the_end_of_a_peer_withdraws_its_keys);
	return atf_no_error();
}
