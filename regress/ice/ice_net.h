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
 * kinds and IPv6 behind a firewall, with delay and loss.  TCP and the relay
 * are in ice_tcp.h.  For test programs to include; everything is static.
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
#define NET_CONNS	32
#define PKT_MAX		600
#define NET_UDP_LIFE	30000	/* of a flow nobody has answered */

enum filter { FILTER_NONE, FILTER_ADDR, FILTER_STRICT };
enum mapping { MAP_STABLE, MAP_PER_DEST, MAP_PER_ADDR };

/* What travels: a datagram, a segment of TCP, or bytes by way of the relay. */
enum carried { UDP, TCP_SYN, TCP_SYNACK, TCP_ACK, TCP_RST, TCP_DATA,
    RELAY_UP, RELAY_DATA };

/* A translator, or (translate 0) a firewall, with its uplink. */
struct nat {
	int		translate;
	int		per_dest;	/* enum mapping */
	int		random;		/* ports in no order */
	enum filter	filter;
	int		hairpin;
	int		blocked;	/* no UDP at all */
	int		tcp_blocked;	/* no TCP but to the relay */
	int		tcp_rst;	/* refuses a strange SYN */
	int		no_simopen;	/* drops every SYN from outside */
	/* Like Linux when it answers on the port itself: see poison. */
	int		leaky;
	uint64_t	life;		/* of an idle UDP permission, 0: ever */
	struct endpoint	ip;
	uint16_t	next_port;
	int		nmaps, nperms;
	struct map {
		struct endpoint	inner, dest, outer;
		int		host;
		int		tcp;
		int		evaded;	/* because of a poison */
		uint64_t	used;
	}		maps[NET_MAPS];
	struct perm {
		struct endpoint	outer, dest;
		int		tcp;
		uint64_t	used;
	}		perms[NET_PERMS];
	/* A strange packet came: its flow takes our port from the answer. */
	struct poison {
		struct endpoint	outer, from;
		uint64_t	used;
	}		poisons[NET_PERMS];
	int		npoisons;
};

enum conn_state { CONN_FREE, CONN_SYN_SENT, CONN_SYN_RCVD, CONN_UP };

/* A connection of TCP; dialled again and again while it is wanted. */
struct conn {
	enum conn_state	state;
	int		wanted;
	struct endpoint	remote, local;
	uint64_t	since;
	uint64_t	again;		/* next SYN */
	uint32_t	rto;
};

struct host {
	struct ice		 ice;
	struct ice_credentials	 cred;
	struct endpoint		 lan, vpn, v6, public;
	struct endpoint		 tlan, tvpn, tv6, tpublic;	/* of TCP */
	int			 no_udp, streams, listens;
	int			 leg;		/* at the relay: 1 dials, 2 */
	int			 relay_blocked;
	struct conn		 conns[NET_CONNS];
	enum ice_via		 data_via;
	uint64_t		 syns, dials, closed;
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
	enum carried	 what;
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
	uint32_t	 open_ms;	/* for every host */
	uint32_t	 lan_delay, vpn_delay, inet_delay;
	int		 lan_down, vpn_down, inet_down;
	int		 nnats, nevents;
	struct nat	 nats[2 * NET_HOSTS];
	int		 relay_down;
	struct endpoint	 relay;
	struct host	 hosts[NET_HOSTS];
	struct event	*events;
};

static struct event	net_events[NET_EVENTS];
static struct net	net;

static inline uint32_t
net_random(uint32_t below)
{
	net.rng ^= net.rng << 13;
	net.rng ^= net.rng >> 7;
	net.rng ^= net.rng << 17;
	return (uint32_t)(net.rng >> 20) % below;
}

static inline struct endpoint
ep_of(const char *addr, uint16_t port)
{
	struct endpoint	 ep;

	ATF_REQUIRE(endpoint_parse(&ep, addr, port) == 0);
	return ep;
}

static inline void
net_reset(uint64_t seed)
{
	memset(&net, 0, sizeof(net));
	net.rng = seed * 0x9e3779b97f4a7c15ULL + 1;
	net.now = 1000;
	net.lan_delay = 1;
	net.vpn_delay = 15;
	net.inet_delay = 40;
	net.open_ms = ICE_OPEN_MS;
	net.events = net_events;
	net.relay = ep_of("198.51.100.9", 443);
}

static inline struct nat *
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

static inline uint16_t
nat_port(struct nat *nat)
{
	if (nat->random)
		return (uint16_t)(30000 + net_random(30000));
	return nat->next_port++;
}

static inline int
nat_is_poisoned(const struct nat *nat, const struct endpoint *outer,
    const struct endpoint *dest)
{
	int	 i;

	for (i = 0; i < nat->npoisons; i++)
		if (endpoint_cmp(&nat->poisons[i].outer, outer) == 0 &&
		    endpoint_cmp(&nat->poisons[i].from, dest) == 0 &&
		    net.now - nat->poisons[i].used < NET_UDP_LIFE)
			return 1;
	return 0;
}

static inline int
perm_lives(const struct nat *nat, const struct perm *perm)
{
	return nat->life == 0 || perm->tcp ||
	    net.now - perm->used < nat->life;
}

static inline struct perm *
nat_permission(struct nat *nat, int tcp, const struct endpoint *outer,
    const struct endpoint *dest)
{
	struct perm	*p;

	for (p = nat->perms; p < nat->perms + nat->nperms; p++)
		if (p->tcp == tcp && perm_lives(nat, p) &&
		    endpoint_cmp(&p->outer, outer) == 0 &&
		    endpoint_cmp(&p->dest, dest) == 0)
			return p;
	return NULL;
}

static inline struct map *
map_new(struct nat *nat, int tcp, int host, const struct endpoint *inner,
    const struct endpoint *dest)
{
	struct map	*map;

	ATF_REQUIRE(nat->nmaps < NET_MAPS);
	map = &nat->maps[nat->nmaps++];
	memset(map, 0, sizeof(*map));
	map->tcp = tcp;
	map->inner = *inner;
	map->dest = *dest;
	map->host = host;
	map->outer = *inner;
	if (nat->translate) {
		map->outer = nat->ip;
		map->outer.port = nat_port(nat);
	}
	return map;
}

static inline struct map *
map_find(struct nat *nat, int tcp, const struct endpoint *inner,
    const struct endpoint *dest)
{
	struct map	*map;
	int		 i;

	for (i = 0; i < nat->nmaps; i++) {
		map = &nat->maps[i];
		if (map->tcp != tcp || map->evaded ||
		    endpoint_cmp(&map->inner, inner) != 0)
			continue;
		if (nat->per_dest == MAP_STABLE ||
		    (nat->per_dest == MAP_PER_ADDR ?
		    endpoint_cmp_addr(&map->dest, dest) == 0 :
		    endpoint_cmp(&map->dest, dest) == 0))
			return map;
	}
	return NULL;
}

/* Another port than announced, for as long as the flow lives. */
static inline struct map *
map_evade(struct nat *nat, struct map *map, const struct endpoint *dest)
{
	struct map	*other;
	int		 i;

	for (i = 0; i < nat->nmaps; i++) {
		other = &nat->maps[i];
		if (!other->evaded ||
		    endpoint_cmp(&other->inner, &map->inner) != 0 ||
		    endpoint_cmp(&other->dest, dest) != 0 ||
		    net.now - other->used >= NET_UDP_LIFE)
			continue;
		other->used = net.now;
		return other;
	}
	if (nat_permission(nat, 0, &map->outer, dest) != NULL ||
	    !nat_is_poisoned(nat, &map->outer, dest))
		return map;
	other = map_new(nat, 0, map->host, &map->inner, dest);
	other->evaded = 1;
	other->used = net.now;
	return other;
}

/* The outer endpoint for a packet from inside; opens the way back. */
static inline struct endpoint
nat_out(struct nat *nat, int tcp, int host, const struct endpoint *inner,
    const struct endpoint *dest)
{
	struct map	*map = map_find(nat, tcp, inner, dest);
	struct perm	*perm;

	if (map == NULL)
		map = map_new(nat, tcp, host, inner, dest);
	if (nat->leaky && !tcp)
		map = map_evade(nat, map, dest);
	perm = nat_permission(nat, tcp, &map->outer, dest);
	if (perm != NULL) {
		perm->used = net.now;
		return map->outer;
	}
	ATF_REQUIRE(nat->nperms < NET_PERMS);
	perm = &nat->perms[nat->nperms++];
	perm->tcp = tcp;
	perm->outer = map->outer;
	perm->dest = *dest;
	perm->used = net.now;
	return map->outer;
}

static inline void
nat_poison(struct nat *nat, const struct endpoint *from,
    const struct endpoint *to)
{
	struct poison	*p;
	int		 i;

	for (i = 0; i < nat->npoisons; i++) {
		p = &nat->poisons[i];
		if (endpoint_cmp(&p->outer, to) == 0 &&
		    endpoint_cmp(&p->from, from) == 0) {
			p->used = net.now;
			return;
		}
	}
	ATF_REQUIRE(nat->npoisons < NET_PERMS);
	p = &nat->poisons[nat->npoisons++];
	p->outer = *to;
	p->from = *from;
	p->used = net.now;
}

/* The map of an outer endpoint; *open when a packet from there may pass. */
static inline struct map *
nat_in(struct nat *nat, int tcp, const struct endpoint *from,
    const struct endpoint *to, int *open)
{
	struct map	*map = NULL;
	int		 i;

	for (i = 0; i < nat->nmaps && map == NULL; i++)
		if (nat->maps[i].tcp == tcp &&
		    endpoint_cmp(&nat->maps[i].outer, to) == 0)
			map = &nat->maps[i];
	*open = nat->filter == FILTER_NONE;
	for (i = 0; i < nat->nperms && map != NULL; i++) {
		if (nat->perms[i].tcp != tcp ||
		    endpoint_cmp(&nat->perms[i].outer, to) != 0 ||
		    !perm_lives(nat, &nat->perms[i]))
			continue;
		if (nat->filter == FILTER_STRICT ?
		    endpoint_cmp(&nat->perms[i].dest, from) == 0 :
		    endpoint_cmp_addr(&nat->perms[i].dest, from) == 0)
			*open = 1;
	}
	return map;
}

static inline void
net_queue(uint32_t delay, enum carried what, int to_host, struct nat *nat,
    const struct endpoint *from, const struct endpoint *to,
    const uint8_t *pkt, size_t len)
{
	struct event	*ev;

	/* TCP repeats what is lost; the first SYN too, and that shows. */
	if (what <= TCP_SYN && net_random(100) < net.loss)
		return;
	ATF_REQUIRE(net.nevents < NET_EVENTS && len <= PKT_MAX);
	ev = &net.events[net.nevents++];
	ev->at = net.now + delay + (net.jitter ? net_random(net.jitter) : 0);
	ev->seq = net.seq++;
	ev->what = what;
	ev->to_host = to_host;
	ev->from_nat = nat;
	ev->from = *from;
	ev->to = *to;
	ev->len = len;
	if (len > 0)
		memcpy(ev->pkt, pkt, len);
}

static inline int
is_in(const struct endpoint *ep, uint8_t a, uint8_t b)
{
	return ep->family == 4 && ep->addr[0] == a && ep->addr[1] == b;
}

/*
 * Routing by destination, as the kernel of a host would do.  A hop limit is
 * enough for the own router and for a local network.
 */
static inline void
net_route(int from, enum carried what, const struct endpoint *to,
    const uint8_t *pkt, size_t len, unsigned int ttl)
{
	struct host		*h = &net.hosts[from], *o;
	int			 i, tcp = what != UDP;
	struct nat		*nat = to->family == 4 ? h->nat4 : h->nat6;
	const struct endpoint	*lan = tcp ? &h->tlan : &h->lan;
	const struct endpoint	*vpn = tcp ? &h->tvpn : &h->vpn;
	const struct endpoint	*inner = to->family == 4 ? lan :
				    tcp ? &h->tv6 : &h->v6;
	struct endpoint		 outer;

	if (h->no_udp && !tcp)
		return;
	for (i = 0; i < NET_HOSTS; i++) {
		o = &net.hosts[i];
		if (!o->alive || o == h)
			continue;
		if (is_in(to, 192, 168) && o->lan_id == h->lan_id &&
		    endpoint_cmp(to, tcp ? &o->tlan : &o->lan) == 0 &&
		    !net.lan_down)
			net_queue(net.lan_delay, what, i, NULL, lan, to, pkt,
			    len);
		if (is_in(to, 10, 99) && h->vpn_id != 0 &&
		    endpoint_cmp(to, tcp ? &o->tvpn : &o->vpn) == 0 &&
		    o->vpn_id == h->vpn_id && !net.vpn_down)
			net_queue(net.vpn_delay, what, i, NULL, vpn, to, pkt,
			    len);
	}
	if (is_in(to, 192, 168) || is_in(to, 10, 99) || nat == NULL ||
	    inner->family == 0 || (tcp ? nat->tcp_blocked : nat->blocked) ||
	    net.inet_down)
		return;
	outer = nat_out(nat, tcp, from, inner, to);
	if (ttl == 0)
		net_queue(net.inet_delay, what, -1, nat, &outer, to, pkt,
		    len);
}

static inline void
net_send(int from, const struct endpoint *to, const uint8_t *pkt, size_t len)
{
	net.hosts[from].sent++;
	net_route(from, UDP, to, pkt, len, 0);
}

static inline void
op_selected(void *arg, const struct ice_path *path)
{
	struct host	*h = arg;

	ATF_REQUIRE(path->remote.family != 0);
	h->nselected++;
	if (h->selected_at == 0)
		h->selected_at = net.now;
}

static inline void
op_lost(void *arg)
{
	struct host	*h = arg;

	h->nlost++;
}

/* Somebody else at that address: answers all, and asks to be chosen. */
static inline void
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

static inline void
host_input(int i, enum ice_via via, const struct endpoint *from,
    const struct endpoint *local, const uint8_t *pkt, size_t len)
{
	struct host	*h = &net.hosts[i];
	struct stun_msg	 m;

	if (h->no_udp && via == ICE_VIA_UDP)
		return;
	if (!stun_is_message(pkt, len)) {
		h->data_from = *from;
		h->data_via = via;
		return;
	}
	ATF_REQUIRE_EQ(stun_parse(&m, pkt, len), STUN_OK);
	if (h->stranger) {
		if (via == ICE_VIA_UDP)
			stranger_input(i, &m, from);
		return;
	}
	(void)ice_input(&h->ice, &m, pkt, len, via, from, local, net.now);
	h->wake = ice_tick(&h->ice, net.now);
}

#include "regress/ice/ice_tcp.h"

static inline void
host_deliver(const struct event *ev, int i, const struct endpoint *local)
{
	if (!net.hosts[i].alive)
		return;
	if (ev->what == UDP)
		host_input(i, ICE_VIA_UDP, &ev->from, local, ev->pkt, ev->len);
	else
		tcp_input(i, ev, local);
}

static inline void
net_deliver(const struct event *ev)
{
	struct nat	*nat;
	struct map	*map;
	int		 i, open, tcp = ev->what != UDP;

	if (ev->what >= RELAY_UP) {
		relay_input(ev);
		return;
	}
	if (ev->to_host != -1) {
		host_deliver(ev, ev->to_host, &ev->to);
		return;
	}
	for (i = 0; i < net.nnats; i++) {
		nat = &net.nats[i];
		if (net.inet_down || (tcp ? nat->tcp_blocked : nat->blocked) ||
		    (ev->from_nat == nat && !nat->hairpin) ||
		    (map = nat_in(nat, tcp, &ev->from, &ev->to, &open)) ==
		    NULL)
			continue;
		if (ev->what == TCP_SYN && nat->no_simopen)
			return;
		if (open && ev->what == TCP_RST)
			nat_forget(nat, &ev->from, &ev->to);
		if (open)
			host_deliver(ev, map->host, &map->inner);
		else if (ev->what == TCP_SYN && nat->tcp_rst)
			net_queue(net.inet_delay, TCP_RST, -1, nat, &ev->to,
			    &ev->from, NULL, 0);
		else if (!tcp && nat->leaky)
			nat_poison(nat, &ev->from, &ev->to);
		return;
	}
}

static inline int
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
static inline void
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
		if (tcp_next() < next)
			next = tcp_next();
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
		tcp_tick();
		for (i = 0; i < NET_HOSTS; i++)
			if (net.hosts[i].alive && net.hosts[i].wake <= net.now)
				net.hosts[i].wake = ice_tick(
				    &net.hosts[i].ice, net.now);
	}
	net.now = until;
}

static inline void
net_run(uint64_t ms)
{
	net_run_until(net.now + ms);
}

/* A host on a local network behind a translator; its credentials. */
static inline struct host *
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
	h->tlan = h->lan;
	h->tlan.port = (uint16_t)(6000 + i);
	if (nat4 != NULL)
		h->public = nat_out(nat4, 0, i, &h->lan, &server);
	snprintf(h->cred.ufrag, sizeof(h->cred.ufrag), "host%d", i);
	snprintf(h->cred.pwd, sizeof(h->cred.pwd),
	    "secret-of-host-%d-0123456789", i);
	return h;
}

static inline void
host_init(struct host *h, const struct host *peer, enum ice_role role)
{
	uint8_t	 seed[ICE_SEED_LEN];
	int	 i = (int)(h - net.hosts);

	memset(seed, 1 + i, sizeof(seed));
	ATF_REQUIRE(ice_init(&h->ice, h->streams ? &tcp_ops : &net_ops, h,
	    role, 1000 + (uint64_t)i, &h->cred, &peer->cred, seed) == 0);
	ice_set_open_ms(&h->ice, net.open_ms);
}

static inline void
add_both_via(struct host *h, struct host *peer, const struct endpoint *ep,
    enum ice_type type, enum ice_transport transport)
{
	struct ice_candidate	 c;

	if (ep->family == 0)
		return;
	memset(&c, 0, sizeof(c));
	c.type = (uint8_t)type;
	c.transport = (uint8_t)transport;
	c.ep = *ep;
	if (type != ICE_RELAY)
		ATF_REQUIRE(ice_add_local(&h->ice, &c) == 0);
	ATF_REQUIRE(ice_add_remote(&peer->ice, &c) >= 0);
}

static inline void
add_both(struct host *h, struct host *peer, const struct endpoint *ep,
    enum ice_type type)
{
	add_both_via(h, peer, ep, type, ICE_UDP);
}

/* Give h's candidates to the peer. */
static inline void
host_announce(struct host *h, struct host *peer)
{
	add_both(h, peer, &h->lan, ICE_LOCAL);
	add_both(h, peer, &h->vpn, ICE_ADAPTER);
	add_both(h, peer, &h->v6, ICE_PUBLIC);
	add_both(h, peer, &h->public, ICE_PUBLIC);
	if (!h->streams || !peer->streams)
		return;
	add_both_via(h, peer, &h->tlan, ICE_LOCAL, ICE_TCP);
	add_both_via(h, peer, &h->tvpn, ICE_ADAPTER, ICE_TCP);
	add_both_via(h, peer, &h->tv6, ICE_PUBLIC, ICE_TCP);
	add_both_via(h, peer, &h->tpublic, ICE_PUBLIC, ICE_TCP);
	add_both_via(h, peer, &net.relay, ICE_RELAY, ICE_TCP);
}

static inline void
host_start(struct host *h)
{
	ice_start(&h->ice, net.now);
	h->wake = ice_tick(&h->ice, net.now);
}

/* Hosts 0 (controlling) and 1 introduced to each other. */
static inline void
net_introduce(void)
{
	host_init(&net.hosts[0], &net.hosts[1], ICE_CONTROLLING);
	host_init(&net.hosts[1], &net.hosts[0], ICE_CONTROLLED);
	host_announce(&net.hosts[0], &net.hosts[1]);
	host_announce(&net.hosts[1], &net.hosts[0]);
}

static inline void
net_start(void)
{
	net_introduce();
	host_start(&net.hosts[0]);
	host_start(&net.hosts[1]);
}

/* The type of the remote candidate in use, or 0. */
static inline int
path_type(const struct host *h)
{
	const struct ice_path	*p = ice_path(&h->ice);

	return p == NULL ? 0 : p->type;
}

/* How packets to the peer travel, or 0. */
static inline int
path_via(const struct host *h)
{
	const struct ice_path	*p = ice_path(&h->ice);

	return p == NULL ? 0 : (int)ice_via_of(p->type, p->transport);
}

static inline void
path_send(struct host *h)
{
	static const uint8_t	 data[32] = { 4 };
	const struct ice_path	*p = ice_path(&h->ice);

	memset(&h->data_from, 0, sizeof(h->data_from));
	op_send(h, ice_via_of(p->type, p->transport), &p->remote, data,
	    sizeof(data), 0);
}

/*
 * Nonzero when data sent along both paths arrives from where the other side
 * sends to: both use the same way.
 */
static inline int
paths_agree(void)
{
	struct host	*a = &net.hosts[0], *b = &net.hosts[1];
	struct endpoint	 pa, pb;
	int		 va = path_via(a), vb = path_via(b);

	if (va == 0 || va != vb)
		return 0;
	pa = ice_path(&a->ice)->remote;
	pb = ice_path(&b->ice)->remote;
	path_send(a);
	path_send(b);
	net_run(600);
	return endpoint_cmp(&a->data_from, &pa) == 0 &&
	    endpoint_cmp(&b->data_from, &pb) == 0 &&
	    (int)a->data_via == va && (int)b->data_via == vb;
}

#endif /* ICE_NET_H */
