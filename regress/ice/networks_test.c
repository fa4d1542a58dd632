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
 * Thousands of random internets with translators of every kind, blocked UDP
 * and TCP, strangers, and a relay.  What works is known from how they were
 * made; the check list has to find the best of it, in time, and then be quiet.
 */

#include <sys/types.h>

#include <atf-c.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "ice/ice.h"
#include "regress/ice/ice_net.h"

#define NETWORKS	4000
#define QUIET_MS	130000	/* four rounds */

static struct host *const	ha = &net.hosts[0];
static struct host *const	hb = &net.hosts[1];

/* What is the best there is: a type, a way, a family; type 0: nothing. */
struct truth {
	int	 type, via, family;
};

static struct nat *
random_nat(void)
{
	struct nat	*nat;

	switch (net_random(9)) {
	case 0:
		nat = net_add_nat(0, MAP_STABLE, FILTER_NONE, 4);
		break;
	case 1:
		nat = net_add_nat(0, MAP_STABLE, FILTER_STRICT, 4);
		break;
	case 2:
		nat = net_add_nat(1, MAP_PER_DEST, FILTER_STRICT, 4);
		break;
	case 3:
		nat = net_add_nat(1, MAP_PER_ADDR, FILTER_STRICT, 4);
		break;
	case 4:
		nat = net_add_nat(1, MAP_STABLE, FILTER_STRICT, 4);
		nat->leaky = 1;
		break;
	default:
		nat = net_add_nat(1, MAP_STABLE, (enum filter)net_random(3),
		    4);
		break;
	}
	nat->random = net_random(2) == 0;
	nat->hairpin = net_random(2) == 0;
	nat->blocked = net_random(5) == 0;
	nat->tcp_blocked = net_random(8) == 0;
	nat->tcp_rst = net_random(4) == 0;
	nat->no_simopen = net_random(6) == 0;
	return nat;
}

static void
random_v6(struct host *h, int i)
{
	char	 buf[32];

	snprintf(buf, sizeof(buf), "2001:db8:ff::%d", 1 + i);
	h->v6 = ep_of(buf, (uint16_t)(5000 + i));
	h->nat6 = net_add_nat(0, MAP_STABLE, (enum filter)net_random(3), 6);
	h->nat6->blocked = net_random(4) == 0;
	h->nat6->tcp_blocked = net_random(4) == 0;
	h->nat6->tcp_rst = net_random(4) == 0;
}

static void
random_host(int i, struct nat *nat, int lan_id, int last)
{
	struct host	*h;
	char		 buf[32];

	snprintf(buf, sizeof(buf), nat->translate ? "192.168.1.%d" :
	    "198.18.0.%d", last);
	h = net_add_host(i, buf, lan_id, nat);
	if (net_random(5) == 0) {
		snprintf(buf, sizeof(buf), "10.99.0.%d", 1 + i);
		h->vpn = ep_of(buf, (uint16_t)(5000 + i));
		h->vpn_id = 1 + (int)net_random(2);
	}
	if (net_random(3) == 0)
		random_v6(h, i);
	h->no_udp = net_random(8) == 0;
	h->relay_blocked = net_random(8) == 0;
	host_add_streams(h);
	if (nat->blocked || h->no_udp)
		memset(&h->public, 0, sizeof(h->public));
	/* Reachable without translation, or as good as: it listens. */
	h->listens = nat->filter == FILTER_NONE && net_random(2) == 0;
	if (h->nat6 != NULL) {
		(void)nat_out(h->nat6, 0, i, &h->v6, &h->v6);
		(void)nat_out(h->nat6, 1, i, &h->tv6, &h->tv6);
	}
}

/* In a host's own network somebody has the peer's private address. */
static void
random_stranger(int i, struct host *h, const struct host *peer)
{
	struct host	*s;

	if (!is_in(&peer->lan, 192, 168) || h->lan_id == peer->lan_id ||
	    endpoint_cmp_addr(&h->lan, &peer->lan) == 0)
		return;
	s = net_add_host(i, "192.168.1.77", h->lan_id, NULL);
	s->lan = peer->lan;
	s->tlan = peer->tlan;
	s->stranger = 1;
	s->stranger_user = h == ha ? "host0:host1" : "host1:host0";
}

static void
random_network(uint64_t seed)
{
	struct nat	*nat;
	int		 same;

	net_reset(seed);
	net.lan_delay = 1 + net_random(3);
	net.vpn_delay = 1 + net_random(60);
	net.inet_delay = 1 + net_random(100);
	net.jitter = net_random(20);
	net.lan_down = net_random(6) == 0;
	net.vpn_down = net_random(3) == 0;
	nat = random_nat();
	same = nat->translate && net_random(4) == 0;
	random_host(0, nat, 1, 10);
	/* The same private address at both sites, now and then. */
	if (!same)
		nat = random_nat();
	random_host(1, nat, same ? 1 : 2,
	    same || net_random(4) != 0 ? 11 : 10);
	if (net_random(3) == 0)
		random_stranger(2, ha, hb);
	if (net_random(3) == 0)
		random_stranger(3, hb, ha);
}

static int
udp4_works(const struct nat *x, const struct nat *y)
{
	if (net.inet_down || x->blocked || y->blocked ||
	    (x == y && !x->hairpin))
		return 0;
	if (x->per_dest && y->per_dest)
		return 0;
	if (x->per_dest)
		return y->filter != FILTER_STRICT;
	if (y->per_dest)
		return x->filter != FILTER_STRICT;
	return 1;
}

/* The listener hears SYNs from a port that nobody has foretold. */
static int
listener_works(const struct host *x, const struct host *y)
{
	return x->nat4->per_dest && !y->nat4->per_dest && y->listens &&
	    y->nat4->filter != FILTER_STRICT && !y->nat4->no_simopen;
}

static int
tcp4_works(const struct host *hx, const struct host *hy)
{
	const struct nat	*x = hx->nat4, *y = hy->nat4;

	if (net.inet_down || x->tcp_blocked || y->tcp_blocked ||
	    (x == y && !x->hairpin))
		return 0;
	if (x->per_dest || y->per_dest)
		return listener_works(hx, hy) || listener_works(hy, hx);
	return !x->no_simopen || !y->no_simopen;
}

static int
six_works(const struct host *x, const struct host *y, int tcp)
{
	if (x->nat6 == NULL || y->nat6 == NULL || net.inet_down)
		return 0;
	return tcp ? !x->nat6->tcp_blocked && !y->nat6->tcp_blocked :
	    !x->nat6->blocked && !y->nat6->blocked;
}

/* The best way of one kind from x's side. */
static struct truth
best_of(const struct host *x, const struct host *y, int tcp)
{
	int		 v4 = tcp ? tcp4_works(x, y) : udp4_works(x->nat4,
			    y->nat4);
	struct truth	 t = { 0, tcp ? ICE_VIA_TCP : ICE_VIA_UDP, 4 };

	if (!tcp && (x->no_udp || y->no_udp))
		return t;
	if ((x->lan_id == y->lan_id && !net.lan_down) ||
	    (v4 && !y->nat4->translate))
		t.type = ICE_LOCAL;
	else if (x->vpn_id != 0 && x->vpn_id == y->vpn_id && !net.vpn_down)
		t.type = ICE_ADAPTER;
	else if (six_works(x, y, tcp)) {
		t.type = ICE_PUBLIC;
		t.family = 6;
	} else if (v4)
		t.type = ICE_PUBLIC;
	return t;
}

static struct truth
best(const struct host *x, const struct host *y)
{
	struct truth	 t = best_of(x, y, 0);

	if (t.type == 0)
		t = best_of(x, y, 1);
	if (t.type == 0 && !x->relay_blocked && !y->relay_blocked &&
	    !net.relay_down) {
		t.type = ICE_RELAY;
		t.via = ICE_VIA_RELAY;
	}
	return t;
}

static void
print_network(uint64_t seed, const struct truth *want)
{
	const struct host	*h;
	int			 i;

	printf("network %ju: want %s via %d family %d; delay %u skew\n",
	    (uintmax_t)seed, ice_type_name(want->type), want->via,
	    want->family, net.inet_delay);
	for (i = 0; i < 2; i++) {
		h = &net.hosts[i];
		printf(" host %d: %s via %d; nat map %d filter %d blocked %d "
		    "tcp %d rst %d nosim %d leaky %d hairpin %d; no_udp %d "
		    "listens %d norelay %d v6 %d\n", i,
		    ice_type_name(path_type(h)), path_via(h),
		    h->nat4->per_dest, h->nat4->filter, h->nat4->blocked,
		    !h->nat4->tcp_blocked, h->nat4->tcp_rst,
		    h->nat4->no_simopen, h->nat4->leaky, h->nat4->hairpin,
		    h->no_udp, h->listens, h->relay_blocked,
		    h->nat6 != NULL);
	}
}

/* Streams nobody needs any more are closed. */
static int
nothing_left_over(const struct host *h)
{
	const struct ice_path	*p = ice_path(&h->ice);
	int			 i, via = path_via(h);

	if (p == NULL)
		return 1;
	if (h->leg != 0 && via != ICE_VIA_RELAY)
		return 0;
	for (i = 0; i < NET_CONNS; i++)
		if (h->conns[i].state != CONN_FREE && h->conns[i].wanted &&
		    via == ICE_VIA_UDP)
			return 0;
	return 1;
}

static int
check_path(const struct host *x, const struct truth *want)
{
	const struct ice_path	*p = ice_path(&x->ice);
	int			 got = path_type(x);

	if (want->type == 0)
		return p == NULL && ice_path(&hb->ice) == NULL;
	if (got == ICE_PEER_REFLEXIVE)
		got = ICE_PUBLIC;
	return got == want->type && path_via(x) == want->via &&
	    (want->type == ICE_RELAY || p->remote.family == want->family) &&
	    ha->ice.role != hb->ice.role && paths_agree();
}

/*
 * The end: the right path on both sides, no more packets than consent, the
 * checks of better pairs and their answers cost, nothing open without need.
 */
static void
check_network(uint64_t seed)
{
	struct host	*x = ha->ice.role == ICE_CONTROLLING ? ha : hb;
	struct truth	 want = best(x, x == ha ? hb : ha);
	uint64_t	 sent, most;
	int		 good = check_path(x, &want);

	ATF_CHECK_MSG(good, "network %ju", (uintmax_t)seed);
	if (!good)
		print_network(seed, &want);
	sent = ha->sent + hb->sent;
	ha->nselected = hb->nselected = ha->nlost = hb->nlost = 0;
	net_run(QUIET_MS);
	ATF_CHECK_MSG(ha->nlost + hb->nlost + ha->nselected + hb->nselected ==
	    0, "network %ju is not at rest", (uintmax_t)seed);
	most = (QUIET_MS / 1000 + 5 * 7 * (ice_pair_count(&ha->ice) +
	    ice_pair_count(&hb->ice)));
	ATF_CHECK_MSG(ha->sent + hb->sent - sent <= most,
	    "network %ju: %ju packets, not %ju", (uintmax_t)seed,
	    (uintmax_t)(ha->sent + hb->sent - sent), (uintmax_t)most);
	ATF_CHECK_MSG(nothing_left_over(ha) && nothing_left_over(hb),
	    "network %ju: something stays open", (uintmax_t)seed);
}

/* How soon there is a path at all, in a calm network. */
static void
check_time(uint64_t seed, uint64_t start)
{
	struct truth	 want = best(ha, hb);
	uint64_t	 limit = 0, rtt = 2 * net.inet_delay + net.jitter;

	if (want.type == 0)
		return;
	if (want.via == ICE_VIA_UDP && !ha->nat4->per_dest &&
	    !hb->nat4->per_dest)
		limit = 150 + 2 * rtt;
	else if (want.via == ICE_VIA_TCP)
		limit = 3000;
	else
		limit = 2500;
	ATF_CHECK_MSG(ha->selected_at != 0 && hb->selected_at != 0 &&
	    ha->selected_at <= start + limit &&
	    hb->selected_at <= start + limit, "network %ju: %jd and %jd ms, "
	    "not %ju", (uintmax_t)seed, (intmax_t)(ha->selected_at - start),
	    (intmax_t)(hb->selected_at - start), (uintmax_t)limit);
}

/* The peer's packets may be there before a leaky router is open. */
static int
comes_too_late(uint32_t skew)
{
	return (ha->nat4->leaky || hb->nat4->leaky) && skew >= ICE_OPEN_MS;
}

static void
change_network(void)
{
	net.lan_down = net_random(2) == 0;
	net.vpn_down = net_random(2) == 0;
	net.inet_down = net_random(4) == 0;
	if (net_random(4) == 0)
		relay_set_down(1);
}

static void
one_network(uint64_t seed)
{
	uint64_t	 start;
	uint32_t	 skew, loss;
	int		 calm;

	random_network(seed);
	net_introduce();
	if (net_random(20) == 0)
		host_init(hb, ha, ICE_CONTROLLING);
	else if (net_random(20) == 0)
		host_init(ha, hb, ICE_CONTROLLED);
	host_announce(ha, hb);
	host_announce(hb, ha);
	calm = net_random(2) == 0;
	loss = calm ? 0 : net_random(31);
	skew = net_random(calm ? 50 : 300);
	net.loss = loss;
	start = net.now + skew;
	host_start(ha);
	net_run(skew);
	if (!hb->ice.started)
		host_start(hb);
	net_run(45 * 1000);
	if (calm)
		check_time(seed, start);
	else if (best(ha, hb).type != 0 && !comes_too_late(skew))
		ATF_CHECK_MSG(ha->selected_at != 0 && hb->selected_at != 0,
		    "network %ju, loss %u, skew %u", (uintmax_t)seed, loss,
		    skew);
	/* Wires may be cut and mended meanwhile. */
	if (net_random(3) == 0)
		change_network();
	/* A path flaps under loss; in the calm it has to be right. */
	net.loss = 0;
	net_run(110 * 1000);
	check_network(seed);
}

ATF_TC(random_networks_end_on_the_best_path_in_time_and_rest);
ATF_TC_HEAD(random_networks_end_on_the_best_path_in_time_and_rest, tc)
{
	atf_tc_set_md_var(tc, "timeout", "600");
}
ATF_TC_BODY(random_networks_end_on_the_best_path_in_time_and_rest, tc)
{
	uint64_t	 seed;

	for (seed = 1; seed <= NETWORKS; seed++)
		one_network(seed);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp,
	    random_networks_end_on_the_best_path_in_time_and_rest);
	return atf_no_error();
}
