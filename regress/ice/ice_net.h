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
 * An internet in memory with virtual time, for tests of the check list: hosts
 * with local networks, a VPN adapter, IPv4 behind translators of several
 * kinds and IPv6 behind a firewall, with delay and loss.  For one test program
 * to include; everything is static.
 */

#ifndef ICE_NET_H
#define ICE_NET_H

#include <sys/types.h>

#include <atf-c.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "ice/ice.h"

#define NET_HOSTS	4
#define NET_EVENTS	4096
#define NET_MAPS	256
#define NET_PERMS	256
#define PKT_MAX		600

enum filter { FILTER_NONE, FILTER_ADDR, FILTER_STRICT };

/* A translator, or (translate 0) a firewall, with its uplink. */
struct nat {
	int		translate;
	int		per_dest;	/* a new port for each destination */
	enum filter	filter;
	int		hairpin;
	int		blocked;	/* no UDP at all */
	struct endpoint	ip;
	uint16_t	next_port;
	int		nmaps, nperms;
	struct map {
		struct endpoint	inner, dest, outer;
		int		host;
	}		maps[NET_MAPS];
	struct perm {
		struct endpoint	outer, dest;
	}		perms[NET_PERMS];
};

struct host {
	struct ice		 ice;
	struct ice_credentials	 cred;
	struct endpoint		 lan, vpn, v6, public;
	int			 lan_id, vpn_id;
	struct nat		*nat4, *nat6;
	int			 alive;
	int			 stranger;	/* lies in every answer */
	const char		*stranger_user;
	uint64_t		 wake;
	uint64_t		 selected_at;	/* first time, 0 never */
	int			 nselected, nlost;
	struct endpoint		 data_from;
	uint64_t		 sent;
	struct net		*net;
};

struct event {
	uint64_t	 at, seq;
	int		 to_host;	/* -1: by way of the internet */
	struct nat	*from_nat;
	struct endpoint	 from, to;
	size_t		 len;
	uint8_t		 pkt[PKT_MAX];
};

struct net {
	uint64_t	 now, seq;
	uint64_t	 rng;
	uint32_t	 loss;		/* per cent, each way */
	uint32_t	 jitter;
	uint32_t	 lan_delay, vpn_delay, inet_delay;
	int		 lan_down, vpn_down, inet_down;
	int		 nnats, nevents;
	struct nat	 nats[2 * NET_HOSTS];
	struct host	 hosts[NET_HOSTS];
	struct event	 events[NET_EVENTS];
};

static struct net	net;

static uint32_t
net_random(uint32_t below)
{
	net.rng ^= net.rng << 13;
	net.rng ^= net.rng >> 7;
	net.rng ^= net.rng << 17;
	return (uint32_t)(net.rng >> 20) % below;
}

static struct endpoint
ep_of(const char *addr, uint16_t port)
{
	struct endpoint	 ep;

	ATF_REQUIRE(endpoint_parse(&ep, addr, port) == 0);
	return ep;
}

static void
net_reset(uint64_t seed)
{
	memset(&net, 0, sizeof(net));
	net.rng = seed * 0x9e3779b97f4a7c15ULL + 1;
	net.now = 1000;
	net.lan_delay = 1;
	net.vpn_delay = 15;
	net.inet_delay = 40;
}

static struct nat *
net_add_nat(int translate, int per_dest, enum filter filter, int family)
{
	struct nat	*nat = &net.nats[net.nnats];
	char		 buf[32];

	snprintf(buf, sizeof(buf), family == 4 ? "203.0.113.%d" :
	    "2001:db8:%d::", net.nnats + 1);
	nat->translate = translate;
	nat->per_dest = per_dest;
	nat->filter = filter;
	nat->ip = ep_of(buf, 0);
	nat->next_port = (uint16_t)(20000 + 1000 * net.nnats);
	net.nnats++;
	return nat;
}

/* The outer endpoint for a packet from inside; opens the way back. */
static struct endpoint
nat_out(struct nat *nat, int host, const struct endpoint *inner,
    const struct endpoint *dest)
{
	struct map	*map = NULL;
	struct perm	*perm;
	int		 i;

	for (i = 0; i < nat->nmaps && map == NULL; i++)
		if (endpoint_cmp(&nat->maps[i].inner, inner) == 0 &&
		    (!nat->per_dest ||
		    endpoint_cmp(&nat->maps[i].dest, dest) == 0))
			map = &nat->maps[i];
	if (map == NULL) {
		ATF_REQUIRE(nat->nmaps < NET_MAPS);
		map = &nat->maps[nat->nmaps++];
		map->inner = *inner;
		map->dest = *dest;
		map->host = host;
		map->outer = *inner;
		if (nat->translate) {
			map->outer = nat->ip;
			map->outer.port = nat->next_port++;
		}
	}
	for (i = 0; i < nat->nperms; i++)
		if (endpoint_cmp(&nat->perms[i].outer, &map->outer) == 0 &&
		    endpoint_cmp(&nat->perms[i].dest, dest) == 0)
			return map->outer;
	ATF_REQUIRE(nat->nperms < NET_PERMS);
	perm = &nat->perms[nat->nperms++];
	perm->outer = map->outer;
	perm->dest = *dest;
	return map->outer;
}

/* The map that lets a packet from outside in, or NULL. */
static struct map *
nat_in(struct nat *nat, const struct endpoint *from, const struct endpoint *to)
{
	struct map	*map = NULL;
	int		 i;

	for (i = 0; i < nat->nmaps && map == NULL; i++)
		if (endpoint_cmp(&nat->maps[i].outer, to) == 0)
			map = &nat->maps[i];
	if (map == NULL || nat->filter == FILTER_NONE)
		return map;
	for (i = 0; i < nat->nperms; i++) {
		if (endpoint_cmp(&nat->perms[i].outer, to) != 0)
			continue;
		if (nat->filter == FILTER_STRICT ?
		    endpoint_cmp(&nat->perms[i].dest, from) == 0 :
		    endpoint_cmp_addr(&nat->perms[i].dest, from) == 0)
			return map;
	}
	return NULL;
}

static void
net_queue(uint32_t delay, int to_host, struct nat *nat,
    const struct endpoint *from, const struct endpoint *to,
    const uint8_t *pkt, size_t len)
{
	struct event	*ev;

	if (net_random(100) < net.loss)
		return;
	ATF_REQUIRE(net.nevents < NET_EVENTS && len <= PKT_MAX);
	ev = &net.events[net.nevents++];
	ev->at = net.now + delay + (net.jitter ? net_random(net.jitter) : 0);
	ev->seq = net.seq++;
	ev->to_host = to_host;
	ev->from_nat = nat;
	ev->from = *from;
	ev->to = *to;
	ev->len = len;
	memcpy(ev->pkt, pkt, len);
}

static int
is_in(const struct endpoint *ep, uint8_t a, uint8_t b)
{
	return ep->family == 4 && ep->addr[0] == a && ep->addr[1] == b;
}

/* Routing by destination, as the kernel of a host would do. */
static void
net_send(int from, const struct endpoint *to, const uint8_t *pkt, size_t len)
{
	struct host		*h = &net.hosts[from], *o;
	struct nat		*nat = to->family == 4 ? h->nat4 : h->nat6;
	const struct endpoint	*inner = to->family == 4 ? &h->lan : &h->v6;
	struct endpoint		 outer;
	int			 i;

	h->sent++;
	for (i = 0; i < NET_HOSTS; i++) {
		o = &net.hosts[i];
		if (!o->alive)
			continue;
		if (is_in(to, 192, 168) && endpoint_cmp(to, &o->lan) == 0 &&
		    o->lan_id == h->lan_id && !net.lan_down)
			net_queue(net.lan_delay, i, NULL, &h->lan, to, pkt,
			    len);
		if (is_in(to, 10, 99) && endpoint_cmp(to, &o->vpn) == 0 &&
		    h->vpn_id != 0 && o->vpn_id == h->vpn_id && !net.vpn_down)
			net_queue(net.vpn_delay, i, NULL, &h->vpn, to, pkt,
			    len);
	}
	if (is_in(to, 192, 168) || is_in(to, 10, 99) || nat == NULL ||
	    inner->family == 0 || nat->blocked || net.inet_down)
		return;
	outer = nat_out(nat, from, inner, to);
	net_queue(net.inet_delay, -1, nat, &outer, to, pkt, len);
}

static void
op_send(void *arg, const struct endpoint *to, const uint8_t *pkt, size_t len)
{
	struct host	*h = arg;

	net_send((int)(h - net.hosts), to, pkt, len);
}

static void
op_selected(void *arg, const struct ice_path *path)
{
	struct host	*h = arg;

	ATF_REQUIRE(path->remote.family != 0);
	h->nselected++;
	if (h->selected_at == 0)
		h->selected_at = net.now;
}

static void
op_lost(void *arg)
{
	struct host	*h = arg;

	h->nlost++;
}

static const struct ice_ops	net_ops = { op_send, op_selected, op_lost };

/* Somebody else at that address: answers all, and asks to be chosen. */
static void
stranger_input(int i, const struct stun_msg *m, const struct endpoint *from)
{
	static const uint8_t	 pwd[] = "the-password-of-a-stranger";
	struct stun_builder	 b;
	uint8_t			 buf[256];

	if (m->class != STUN_REQUEST)
		return;
	stun_build_start(&b, buf, sizeof(buf), STUN_SUCCESS, STUN_BINDING,
	    m->id);
	stun_build_address(&b, STUN_ATTR_XOR_MAPPED_ADDRESS, from);
	stun_build_integrity_sha256(&b, pwd, sizeof(pwd) - 1);
	stun_build_fingerprint(&b);
	net_send(i, from, buf, (size_t)stun_build_finish(&b));
	stun_build_start(&b, buf, sizeof(buf), STUN_REQUEST, STUN_BINDING,
	    m->id);
	stun_build_bytes(&b, STUN_ATTR_USERNAME, net.hosts[i].stranger_user,
	    strlen(net.hosts[i].stranger_user));
	stun_build_u32(&b, STUN_ATTR_PRIORITY, 0x7fffffff);
	stun_build_u64(&b, STUN_ATTR_ICE_CONTROLLING, UINT64_MAX);
	stun_build_flag(&b, STUN_ATTR_USE_CANDIDATE);
	stun_build_integrity_sha256(&b, pwd, sizeof(pwd) - 1);
	stun_build_fingerprint(&b);
	net_send(i, from, buf, (size_t)stun_build_finish(&b));
}

static void
host_input(int i, const struct endpoint *from, const struct endpoint *local,
    const uint8_t *pkt, size_t len)
{
	struct host	*h = &net.hosts[i];
	struct stun_msg	 m;

	if (!stun_is_message(pkt, len)) {
		h->data_from = *from;
		return;
	}
	ATF_REQUIRE_EQ(stun_parse(&m, pkt, len), STUN_OK);
	if (h->stranger) {
		stranger_input(i, &m, from);
		return;
	}
	(void)ice_input(&h->ice, &m, pkt, len, from, local, net.now);
	h->wake = ice_tick(&h->ice, net.now);
}

static void
net_deliver(const struct event *ev)
{
	struct map	*map;
	int		 i;

	if (ev->to_host != -1) {
		if (net.hosts[ev->to_host].alive)
			host_input(ev->to_host, &ev->from, &ev->to, ev->pkt,
			    ev->len);
		return;
	}
	for (i = 0; i < net.nnats; i++) {
		if (net.inet_down || net.nats[i].blocked ||
		    (ev->from_nat == &net.nats[i] && !ev->from_nat->hairpin))
			continue;
		map = nat_in(&net.nats[i], &ev->from, &ev->to);
		if (map != NULL && net.hosts[map->host].alive) {
			host_input(map->host, &ev->from, &map->inner, ev->pkt,
			    ev->len);
			return;
		}
	}
}

static int
event_first(void)
{
	int	 i, best = -1;

	for (i = 0; i < net.nevents; i++)
		if (best == -1 || net.events[i].at < net.events[best].at ||
		    (net.events[i].at == net.events[best].at &&
		    net.events[i].seq < net.events[best].seq))
			best = i;
	return best;
}

/* Let the time pass. */
static void
net_run_until(uint64_t until)
{
	static struct event	 ev;
	uint64_t		 next;
	int			 i, e;

	for (;;) {
		next = UINT64_MAX;
		if ((e = event_first()) != -1)
			next = net.events[e].at;
		for (i = 0; i < NET_HOSTS; i++)
			if (net.hosts[i].alive && net.hosts[i].wake < next)
				next = net.hosts[i].wake;
		if (next > until)
			break;
		if (next > net.now)
			net.now = next;
		if (e != -1 && net.events[e].at <= net.now) {
			ev = net.events[e];
			net.events[e] = net.events[--net.nevents];
			net_deliver(&ev);
			continue;
		}
		for (i = 0; i < NET_HOSTS; i++)
			if (net.hosts[i].alive && net.hosts[i].wake <= net.now)
				net.hosts[i].wake = ice_tick(
				    &net.hosts[i].ice, net.now);
	}
	net.now = until;
}

static void
net_run(uint64_t ms)
{
	net_run_until(net.now + ms);
}

/* A host on a local network behind a translator; its credentials. */
static struct host *
net_add_host(int i, const char *lan, int lan_id, struct nat *nat4)
{
	struct host	*h = &net.hosts[i];
	struct endpoint	 server = ep_of("198.51.100.1", 3478);

	h->alive = 1;
	h->net = &net;
	h->wake = ICE_NEVER;
	h->lan = ep_of(lan, (uint16_t)(5000 + i));
	h->lan_id = lan_id;
	h->nat4 = nat4;
	if (nat4 != NULL)
		h->public = nat_out(nat4, i, &h->lan, &server);
	snprintf(h->cred.ufrag, sizeof(h->cred.ufrag), "host%d", i);
	snprintf(h->cred.pwd, sizeof(h->cred.pwd),
	    "secret-of-host-%d-0123456789", i);
	return h;
}

static void
host_init(struct host *h, const struct host *peer, enum ice_role role)
{
	uint8_t	 seed[ICE_SEED_LEN];
	int	 i = (int)(h - net.hosts);

	memset(seed, 1 + i, sizeof(seed));
	ATF_REQUIRE(ice_init(&h->ice, &net_ops, h, role,
	    1000 + (uint64_t)i, &h->cred, &peer->cred, seed) == 0);
}

static void
add_both(struct host *h, struct host *peer, const struct endpoint *ep,
    enum ice_type type)
{
	struct ice_candidate	 c;

	if (ep->family == 0)
		return;
	memset(&c, 0, sizeof(c));
	c.type = (uint8_t)type;
	c.transport = ICE_UDP;
	c.ep = *ep;
	ATF_REQUIRE(ice_add_local(&h->ice, &c) == 0);
	ATF_REQUIRE(ice_add_remote(&peer->ice, &c) >= 0);
}

/* Give h's candidates to the peer. */
static void
host_announce(struct host *h, struct host *peer)
{
	add_both(h, peer, &h->lan, ICE_LOCAL);
	add_both(h, peer, &h->vpn, ICE_ADAPTER);
	add_both(h, peer, &h->v6, ICE_PUBLIC);
	add_both(h, peer, &h->public, ICE_PUBLIC);
}

static void
host_start(struct host *h)
{
	ice_start(&h->ice, net.now);
	h->wake = ice_tick(&h->ice, net.now);
}

/* Hosts 0 (controlling) and 1 introduced to each other. */
static void
net_introduce(void)
{
	host_init(&net.hosts[0], &net.hosts[1], ICE_CONTROLLING);
	host_init(&net.hosts[1], &net.hosts[0], ICE_CONTROLLED);
	host_announce(&net.hosts[0], &net.hosts[1]);
	host_announce(&net.hosts[1], &net.hosts[0]);
}

static void
net_start(void)
{
	net_introduce();
	host_start(&net.hosts[0]);
	host_start(&net.hosts[1]);
}

/* The type of the remote candidate in use, or 0. */
static int
path_type(const struct host *h)
{
	const struct ice_path	*p = ice_path(&h->ice);

	return p == NULL ? 0 : p->type;
}

/*
 * Nonzero when data sent along both paths arrives from where the other side
 * sends to: both use the same way.
 */
static int
paths_agree(void)
{
	static const uint8_t	 data[32] = { 4 };
	struct host		*a = &net.hosts[0], *b = &net.hosts[1];
	struct endpoint		 pa, pb;

	if (ice_path(&a->ice) == NULL || ice_path(&b->ice) == NULL)
		return 0;
	pa = ice_path(&a->ice)->remote;
	pb = ice_path(&b->ice)->remote;
	memset(&a->data_from, 0, sizeof(a->data_from));
	memset(&b->data_from, 0, sizeof(b->data_from));
	net_send(0, &pa, data, sizeof(data));
	net_send(1, &pb, data, sizeof(data));
	net_run(400);
	return endpoint_cmp(&a->data_from, &pa) == 0 &&
	    endpoint_cmp(&b->data_from, &pb) == 0;
}

#endif /* ICE_NET_H */
