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
 * Ports that nobody has signalled, see nat.h.  A peer whose router takes the
 * next port for each destination is looked for at the next ports.  Where one
 * side's router takes any port and the other's keeps one, the first sends its
 * checks from many sockets, the second to many ports, and two of them meet.
 * All of it beside the ordinary checks, and only until one path is direct.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "netproc/net.h"
#include "os/udp.h"

/* --- Many sockets -------------------------------------------------- */

static struct net_many **
many_of(struct env *env, uint32_t peer)
{
	size_t	 i;

	for (i = 0; i < NET_MANY_MAX; i++)
		if (env->many[i] != NULL && env->many[i]->peer == peer)
			return &env->many[i];
	return NULL;
}

static void
socket_close(struct net_socket *s)
{
	event_del(&s->event);
	close(s->fd);
}

/* All but the one that has been taken out. */
static void
many_close(struct env *env, uint32_t peer)
{
	struct net_many	**many = many_of(env, peer);
	size_t		  i;

	if (many == NULL)
		return;
	for (i = 0; i < (*many)->n; i++)
		if ((*many)->sockets[i].fd != -1)
			socket_close(&(*many)->sockets[i]);
	free(*many);
	*many = NULL;
}

static void
many_open(struct env *env, struct net_peer *p)
{
	struct net_socket	*s;
	struct net_many		*many;
	uint16_t		 port;
	size_t			 i, k;

	for (k = 0; k < NET_MANY_MAX && env->many[k] != NULL; k++)
		continue;
	if (k == NET_MANY_MAX || (many = calloc(1, sizeof(*many))) == NULL)
		return;
	many->peer = p->id;
	many->open_until = clock_mono_ms() + NET_SOCKETS_OPEN_MS;
	for (i = 0; i < NET_BIRTHDAY_SOCKETS; i++) {
		s = &many->sockets[i];
		port = 0;
		if ((s->fd = udp_open(p->guess.public.family, &port, 0)) ==
		    -1) {
			log_warn("socket to be met at");
			break;
		}
		s->remote = p->guess.public;
		udp_listen(env, &s->event, s->fd);
		many->n++;
	}
	env->many[k] = many;
}

static struct net_socket *
many_find(struct env *env, uint32_t peer, int fd)
{
	struct net_many	**many = many_of(env, peer);
	size_t		  i;

	for (i = 0; many != NULL && i < (*many)->n; i++)
		if ((*many)->sockets[i].fd == fd)
			return &(*many)->sockets[i];
	return NULL;
}

static void
own_close(struct net_peer *p)
{
	if (p->own == NULL)
		return;
	socket_close(p->own);
	free(p->own);
	p->own = NULL;
}

/* The peer has been met at this one; it stays as long as it is of use. */
static void
own_take(struct env *env, struct net_peer *p, struct net_socket *s,
    const struct endpoint *remote)
{
	struct net_socket	*own;

	if ((own = calloc(1, sizeof(*own))) == NULL)
		return;
	own_close(p);
	own->fd = s->fd;
	own->remote = *remote;
	event_del(&s->event);
	s->fd = -1;
	udp_listen(env, &own->event, own->fd);
	p->own = own;
	p->guess.due = 0;
	many_close(env, p->id);
	log_debug("peer %u met at one of many sockets", p->id);
}

/* --- Sending and receiving ----------------------------------------- */

static int
is_in_use(const struct net_peer *p)
{
	return p->up && p->old_until == 0 && p->path.transport == ICE_UDP &&
	    endpoint_cmp(&p->path.remote, &p->own->remote) == 0;
}

int
guess_fd(const struct env *env, const struct net_peer *p,
    const struct endpoint *to)
{
	if (p != NULL && p->own != NULL &&
	    endpoint_cmp(&p->own->remote, to) == 0)
		return p->own->fd;
	return to->family == 6 ? env->udp6 : env->udp4;
}

static void
send_from(struct env *env, int fd, const struct endpoint *to,
    const uint8_t *pkt, size_t len, unsigned int ttl)
{
	struct udp_mark	 mark = { 0, (uint8_t)ttl };
	int		 together = 0;

	if (udp_send_burst(fd, to, &mark, pkt, len, len, &together) == 1)
		env->stats.tx++;
	else
		env->stats.tx_failed++;
}

int
guess_send(struct env *env, struct net_peer *p, const struct endpoint *to,
    const uint8_t *pkt, size_t len, unsigned int ttl)
{
	struct net_many	**many;
	size_t		  i;

	if (env->reply_fd != -1 && endpoint_cmp(&env->reply_to, to) == 0) {
		send_from(env, env->reply_fd, to, pkt, len, ttl);
		return 1;
	}
	if (p->own != NULL && endpoint_cmp(&p->own->remote, to) == 0) {
		send_from(env, p->own->fd, to, pkt, len, ttl);
		return is_in_use(p);
	}
	if (p->guess.strategy != NAT_BIRTHDAY_SOCKETS ||
	    endpoint_cmp(&p->guess.public, to) != 0 ||
	    (many = many_of(env, p->id)) == NULL)
		return 0;
	/*
	 * One transaction, but each router's mapping is another.  A router
	 * that remembers what comes unasked would give the peer's probe of
	 * that port another one, so at first only our own router is opened.
	 */
	if (ttl == 0 && clock_mono_ms() < (*many)->open_until)
		ttl = ICE_OPEN_TTL;
	for (i = 0; i < (*many)->n; i++)
		send_from(env, (*many)->sockets[i].fd, to, pkt, len, ttl);
	return 0;
}

void
guess_before(struct env *env, const struct net_peer *p,
    const struct endpoint *from)
{
	env->reply_fd = -1;
	if (many_find(env, p->id, env->rx_fd) != NULL ||
	    (p->own != NULL && p->own->fd == env->rx_fd)) {
		env->reply_fd = env->rx_fd;
		env->reply_to = *from;
	}
}

void
guess_after(struct env *env, struct net_peer *p, const struct endpoint *from,
    int authentic)
{
	struct net_socket	*s;

	env->reply_fd = -1;
	if (!authentic)
		return;
	if ((s = many_find(env, p->id, env->rx_fd)) != NULL)
		own_take(env, p, s, from);
	else if (p->own != NULL && p->own->fd != env->rx_fd &&
	    endpoint_cmp(&p->own->remote, from) == 0 && !is_in_use(p))
		own_close(p);	/* the tunnel's own will do again */
}

/* --- Guessing ------------------------------------------------------ */

/* Where the peer was seen last; among several ports, the farthest on. */
static void
find_public(const struct env *env, const struct msg_cands *set, int transport,
    int step, struct endpoint *ep)
{
	const struct ice_candidate	*c;
	uint16_t			 i;
	int16_t				 ahead;

	memset(ep, 0, sizeof(*ep));
	for (i = 0; i < set->n; i++) {
		c = &set->e[i];
		/* A host without a translator announces what it has. */
		if (gather_kind(env, c) != ICE_PUBLIC ||
		    c->transport != transport ||
		    c->ep.family != 4 || endpoint_is_unusable(&c->ep))
			continue;
		if (ep->family == 0)
			*ep = c->ep;
		if (endpoint_cmp_addr(ep, &c->ep) != 0)
			continue;
		ahead = (int16_t)(c->ep.port - ep->port);
		if (step < 0 ? ahead < 0 : ahead > 0)
			ep->port = c->ep.port;
	}
}

/*
 * Connections from behind a router that counts come from one of the next
 * ports: these are dialled as if they had been told.
 */
void
guess_streams(struct env *env, struct net_peer *p,
    const struct msg_introduce *m)
{
	struct nat_behaviour	 b;
	struct ice_candidate	 c;
	uint16_t		 ports[NET_GUESS_STREAMS];
	size_t			 i, n;

	if (env->options.no_guess || env->options.no_tcp ||
	    m->nat_tcp != NET_NAT_SEQUENCE ||
	    env->nat.tcp.allocation != NAT_ALLOCATION_STABLE)
		return;
	memset(&c, 0, sizeof(c));
	c.type = ICE_PUBLIC;
	c.transport = ICE_TCP;
	find_public(env, &m->candidates, ICE_TCP, (int16_t)m->nat_tcp_step,
	    &c.ep);
	if (c.ep.family == 0 || behaviour_claimed(&b, m->nat_tcp,
	    m->nat_tcp_step, c.ep.port) == -1)
		return;
	n = nat_predict(&b, ports, NET_GUESS_STREAMS);
	for (i = 0; i < n; i++) {
		c.ep.port = ports[i];
		ice_add_remote(p->ice, &c);
	}
}

void
guess_begin(struct env *env, struct net_peer *p,
    const struct msg_introduce *m, uint64_t now)
{
	struct net_guess	*g = &p->guess;
	struct nat_behaviour	 peer;
	uint64_t		 seed;

	many_close(env, p->id);
	memset(g, 0, sizeof(*g));
	if (env->options.no_guess || env->udp4 == -1)
		return;
	if (m->nat_udp == NET_NAT_SEQUENCE)
		g->step = (int16_t)m->nat_udp_step;
	find_public(env, &m->candidates, ICE_UDP, g->step, &g->public);
	if (g->public.family == 0 || behaviour_claimed(&peer, m->nat_udp,
	    m->nat_udp_step, g->public.port) == -1)
		return;
	g->strategy = nat_strategy(&env->nat.udp, &peer, NAT_UDP);
	switch (g->strategy) {
	case NAT_PREDICT_PEER:
	case NAT_PREDICT_BOTH:
		g->due = now;
		break;
	case NAT_BIRTHDAY_PROBES:
		arc4random_buf(&seed, sizeof(seed));
		nat_ports_init(&g->ports, seed);
		g->due = now + NET_PROBES_MS;
		break;
	case NAT_BIRTHDAY_SOCKETS:
		g->due = now + NET_SOCKETS_MS;
		break;
	default:
		break;
	}
}

void
guess_remove(struct env *env, struct net_peer *p)
{
	many_close(env, p->id);
	own_close(p);
}

/* The ports that come so many after the latest. */
static void
predict(struct net_peer *p, unsigned int on, uint64_t now)
{
	struct net_guess	*g = &p->guess;
	struct nat_behaviour	 b;
	struct endpoint		 ep = g->public;
	uint16_t		 ports[NAT_PREDICT_MAX];
	size_t			 i, n;

	if (behaviour_claimed(&b, NET_NAT_SEQUENCE, (uint16_t)g->step,
	    ep.port) == -1) {
		g->due = 0;
		return;
	}
	for (; on > NAT_PREDICT_MAX; on -= NAT_PREDICT_MAX)
		if ((n = nat_predict(&b, ports, NAT_PREDICT_MAX)) != 0)
			b.last = ports[n - 1];
	if (on > 0 && (n = nat_predict(&b, ports, on)) != 0)
		b.last = ports[n - 1];
	n = nat_predict(&b, ports, NAT_PREDICT_MAX);
	for (i = 0; i < n; i++) {
		ep.port = ports[i];
		ice_add_guess(p->ice, &ep);
	}
	p->due = now;
	g->due = ++g->done < NET_GUESS_ROUNDS ? now + NET_GUESS_MS : 0;
}

/*
 * The next ports every other time; in between those after them, since the
 * peer has opened other flows meanwhile.
 */
static unsigned int
window(const struct net_guess *g)
{
	if (g->done % 2 == 0)
		return 0;
	return (g->done + 1) / 2 * NAT_PREDICT_MAX;
}

/*
 * Both routers count: from our port so many after that which the peer knows,
 * a packet goes to the peer's port as many after that which we know, and the
 * peer does the same.  So each must know how far its own router is.
 */
void
guess_scouted(struct env *env, int32_t on, uint64_t now)
{
	struct net_peer	*p;
	size_t		 i;

	for (i = 0; i < NET_PEERS_MAX; i++) {
		p = &env->peers[i];
		if (p->ice == NULL || !p->guess.scouting)
			continue;
		p->guess.scouting = 0;
		if (on >= 0 && on <= NET_GUESS_AHEAD)
			predict(p, (unsigned int)on, now);
		/* No two at the same time, which would mix their ports. */
		return;
	}
}

static void
probe(struct net_peer *p, uint64_t now)
{
	struct net_guess	*g = &p->guess;
	struct nat_birthday	 plan;
	struct endpoint		 ep = g->public;
	uint32_t		 most, n;

	nat_birthday_plan(&plan, NET_BIRTHDAY_PROBES);
	most = plan.rate * NET_PROBES_GAP_MS / 1000;
	for (n = 0; n < most && g->done < plan.probes; n++) {
		/* The port that the server saw is tried by the check list. */
		while (g->port == 0 || g->port == g->public.port)
			g->port = nat_ports_next(&g->ports);
		ep.port = g->port;
		/* Too quick for the check list: it keeps the pace. */
		if (ice_add_guess(p->ice, &ep) == -1 && errno == EAGAIN)
			break;
		g->port = 0;
		g->done++;
	}
	p->due = now;
	g->due = g->done < plan.probes ? now + NET_PROBES_GAP_MS : 0;
}

static void
step(struct env *env, struct net_peer *p, uint64_t now)
{
	struct net_guess	*g = &p->guess;

	if (g->done == 0)
		log_debug("peer %u: %s", p->id,
		    nat_strategy_name((int)g->strategy));
	switch (g->strategy) {
	case NAT_PREDICT_PEER:
		predict(p, window(g), now);
		break;
	case NAT_PREDICT_BOTH:
		g->scouting = 1;
		g->due = ++g->done < NET_GUESS_ROUNDS ? now + NET_GUESS_MS : 0;
		scout_ask(env, now);
		break;
	case NAT_BIRTHDAY_PROBES:
		probe(p, now);
		break;
	case NAT_BIRTHDAY_SOCKETS:
		if (g->done++ == 0) {
			many_open(env, p);
			g->due = now + NET_SOCKETS_LIFE_MS;
			break;
		}
		/* FALLTHROUGH */
	default:
		many_close(env, p->id);
		g->due = 0;
	}
}

uint64_t
guess_tick(struct env *env, uint64_t now)
{
	const struct ice_path	*path;
	struct net_peer		*p;
	uint64_t		 next = UINT64_MAX;
	size_t			 i;

	for (i = 0; i < NET_PEERS_MAX; i++) {
		p = &env->peers[i];
		if (p->ice == NULL || p->guess.due == 0)
			continue;
		path = ice_path(p->ice);
		if (path != NULL && path->type != ICE_RELAY) {
			many_close(env, p->id);
			p->guess.due = 0;
			continue;
		}
		if (p->guess.due <= now)
			step(env, p, now);
		if (p->guess.due != 0 && p->guess.due < next)
			next = p->guess.due;
	}
	return next;
}
