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
 * Our own candidates: the addresses of the interfaces, and the public
 * address as discovery's STUN servers see the tunnel's own socket.  Told to
 * ctlproc when they change.
 */

#include <sys/types.h>

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "netproc/net.h"

int
gather_add(struct msg_cands *set, int type, int transport,
    const struct endpoint *ep)
{
	struct ice_candidate	*c;
	uint16_t		 i;

	for (i = 0; i < set->n; i++)
		if (set->e[i].transport == transport &&
		    endpoint_cmp(&set->e[i].ep, ep) == 0)
			return 0;
	if (set->n == ICE_CAND_MAX)
		return -1;
	c = &set->e[set->n++];
	memset(c, 0, sizeof(*c));
	c->type = (uint8_t)type;
	c->transport = (uint8_t)transport;
	c->ep = *ep;
	c->priority = ice_candidate_priority((enum ice_type)type,
	    (enum ice_transport)transport, ep->family);
	return 0;
}

void
on_net_advertise(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_net_advertise	*m = data;
	struct env			*env = arg;
	struct ice_candidate		*a;

	(void)c;
	(void)fd;
	if (env->nadvertise == NET_ADVERTISE_MAX ||
	    (m->transport != ICE_UDP && m->transport != ICE_TCP))
		fatalx("address to advertise");
	a = &env->advertise[env->nadvertise++];
	a->transport = m->transport;
	a->ep = m->address;
}

/* An address of an interface; our own tun and excluded ones are left out. */
void
gather_local(struct env *env, const char *name, int tunnel,
    const struct endpoint *addr, unsigned int plen)
{
	uint8_t		 type = tunnel ? ICE_ADAPTER : ICE_LOCAL;
	struct endpoint	 ep = *addr;
	size_t		 i;

	for (i = 0; i < env->nexclude; i++)
		if (fnmatch(env->exclude[i], name, 0) == 0)
			return;
	ep.port = ep.family == 6 ? env->port6 : env->port4;
	if (ep.port == 0 || endpoint_is_unusable(&ep))
		return;
	gather_add(&env->local, type, ICE_UDP, &ep);
	if (env->nnets < ICE_CAND_MAX) {
		env->nets[env->nnets].ep = *addr;
		env->nets[env->nnets].plen = plen;
		env->nets[env->nnets++].type = type;
	}
}

/*
 * An address of the peer's own interface is on our network only if we have
 * one there too; otherwise, if it is not a private one, the internet is
 * between us.
 */
uint8_t
gather_kind(const struct env *env, const struct ice_candidate *c)
{
	size_t	 i;

	if (c->type != ICE_LOCAL)
		return c->type;
	for (i = 0; i < env->nnets; i++)
		if (endpoint_in_prefix(&c->ep, &env->nets[i].ep,
		    env->nets[i].plen))
			return env->nets[i].type;
	return endpoint_is_private(&c->ep) ? ICE_LOCAL : ICE_PUBLIC;
}

/* A first answer is worth waiting for: it saves a second introduction. */
static int
waiting(const struct env *env)
{
	size_t	 i;

	for (i = 0; i < env->nqueries; i++)
		if (env->queries[i].pending &&
		    env->queries[i].mapped.family == 0 &&
		    env->queries[i].tries <= NET_GATHER_WAIT_TRIES)
			return 1;
	return 0;
}

static void
add_advertised(const struct env *env, struct msg_cands *set, int transport)
{
	struct endpoint	 ep;
	size_t		 i;

	for (i = 0; i < env->nadvertise; i++) {
		ep = env->advertise[i].ep;
		if (env->advertise[i].transport != transport)
			continue;
		if (ep.port == 0 && transport == ICE_TCP)
			ep.port = callers_port(env, ep.family);
		if (ep.port == 0 && transport == ICE_TCP)
			ep.port = tcp_port(&env->tcp, ep.family);
		else if (ep.port == 0)
			ep.port = ep.family == 6 ? env->port6 : env->port4;
		if (ep.port != 0)
			gather_add(set, ICE_PUBLIC, transport, &ep);
	}
}

/* In the order of their worth, so that the limit takes the last. */
static void
collect(const struct env *env, struct msg_cands *set)
{
	size_t	 i;

	memset(set, 0, sizeof(*set));
	for (i = 0; i < env->local.n; i++)
		if (env->local.e[i].transport == ICE_UDP)
			set->e[set->n++] = env->local.e[i];
	add_advertised(env, set, ICE_UDP);
	mapping_add(env, set, ICE_UDP);
	for (i = 0; i < env->nqueries; i++)
		if (env->queries[i].mapped.family != 0)
			gather_add(set, ICE_PUBLIC, ICE_UDP,
			    &env->queries[i].mapped);
	if (env->options.no_tcp)
		return;
	add_advertised(env, set, ICE_TCP);
	mapping_add(env, set, ICE_TCP);
	callers_local(env, set);
	gather_tcp_public(env, set);
	gather_tcp_local(env, set);
}

/* Tell ctlproc the whole set; only when it differs unless always. */
void
gather_tell(struct env *env, int always)
{
	struct msg_local_candidates	 m;
	int				 changed;

	env->tell_due |= always;
	env->tell_waits = waiting(env) || gather_tcp_waiting(env);
	if (env->tell_waits)
		return;
	always = env->tell_due;
	memset(&m, 0, sizeof(m));
	collect(env, &m.candidates);
	changed = behaviour_tell(env, &m);
	changed |= memcmp(&m.candidates, &env->told, sizeof(env->told)) != 0;
	if (!always && !changed)
		return;
	if (changed)
		env->generation++;
	env->tell_due = 0;
	env->told = m.candidates;
	m.generation = env->generation;
	msg_send_local_candidates(proc_peer(&env->proc, ROLE_CTL), &m, -1);
}

static uint64_t
refresh_at(uint64_t now)
{
	return now + stun_refresh_ms(NET_GATHER_AGAIN_MS,
	    NET_GATHER_SPREAD_MS, arc4random());
}

static void
query_send(struct env *env, struct net_query *q, uint64_t now)
{
	uint8_t			 buf[STUN_MESSAGE_MAX];
	struct stun_builder	 b;
	ssize_t			 len;

	stun_build_start(&b, buf, sizeof(buf), STUN_REQUEST, STUN_BINDING,
	    q->id);
	stun_build_fingerprint(&b);
	if ((len = stun_build_finish(&b)) == -1)
		return;
	udp_send(env, &q->server, buf, (size_t)len, 0);
	q->pending = 1;
	q->tries++;
	q->due = now + stun_retry_ms(NET_GATHER_RTO_MS, q->tries,
	    arc4random());
}

static void
query_begin(struct env *env, struct net_query *q, uint64_t now)
{
	arc4random_buf(q->id, sizeof(q->id));
	q->tries = 0;
	query_send(env, q, now);
}

void
gather_servers(struct env *env, const struct msg_eps *servers)
{
	struct net_query	 old[MSG_EPS_MAX];
	size_t			 nold = env->nqueries, i, k;
	uint64_t		 now = clock_mono_ms();

	memcpy(old, env->queries, sizeof(old));
	memset(env->queries, 0, sizeof(env->queries));
	env->nqueries = 0;
	for (i = 0; i < servers->n; i++) {
		if (servers->e[i].family == 0 || servers->e[i].port == 0)
			continue;
		env->queries[env->nqueries].server = servers->e[i];
		for (k = 0; k < nold; k++)
			if (endpoint_cmp(&old[k].server, &servers->e[i]) == 0)
				env->queries[env->nqueries].mapped =
				    old[k].mapped;
		query_begin(env, &env->queries[env->nqueries], now);
		env->nqueries++;
	}
	gather_tcp_servers(env, servers);
	mapping_changed(env, now);
	gather_tell(env, 1);
	net_schedule(env);
}

/* Mappings are new: those the other servers saw are of no use any more. */
static void
query_others(struct env *env, const struct net_query *changed, uint64_t now)
{
	struct net_query	*q;
	size_t			 i;

	for (i = 0; i < env->nqueries; i++) {
		q = &env->queries[i];
		if (q == changed || q->server.family != changed->server.family)
			continue;
		memset(&q->mapped, 0, sizeof(q->mapped));
		if (!q->pending)
			query_begin(env, q, now);
	}
	mapping_changed(env, now);
}

void
gather_again(struct env *env)
{
	size_t	 i;

	for (i = 0; i < env->nqueries; i++)
		if (!env->queries[i].pending)
			env->queries[i].due = 0;
	env->stun_seen = 1;
}

void
gather_missed(struct env *env)
{
	struct net_query	*q;
	uint64_t		 at = clock_mono_ms() + NET_GATHER_POOR_MS;
	size_t			 i;

	for (i = 0; path_is_poor(env, ICE_UDP) && i < env->nqueries; i++) {
		q = &env->queries[i];
		if (!q->pending && q->mapped.family == 0 && q->due > at)
			q->due = at;
	}
	if (path_is_poor(env, ICE_TCP))
		gather_tcp_missed(env, at);
	net_soon(env);
}

/* 1 when the message was an answer to one of our queries. */
int
gather_stun(struct env *env, const struct stun_msg *stun,
    const struct endpoint *from)
{
	struct net_query	*q;
	uint64_t		 now = clock_mono_ms();
	size_t			 i;
	int			 changed;

	if (stun->class != STUN_SUCCESS)
		return 0;
	for (i = 0; i < env->nqueries; i++) {
		q = &env->queries[i];
		if (!q->pending || memcmp(q->id, stun->id, STUN_ID_LEN) != 0 ||
		    endpoint_cmp(&q->server, from) != 0)
			continue;
		if (stun->mapped.family == 0)
			return 1;
		changed = q->mapped.family != 0 &&
		    endpoint_cmp(&q->mapped, &stun->mapped) != 0;
		q->pending = 0;
		q->mapped = stun->mapped;
		q->due = refresh_at(now);
		if (changed)
			query_others(env, q, now);
		gather_tell(env, 0);
		return 1;
	}
	return 0;
}

uint64_t
gather_tick(struct env *env, uint64_t now)
{
	struct net_query	*q;
	uint64_t		 next = UINT64_MAX;
	size_t			 i;

	if (env->ifaddr_due != 0 && env->ifaddr_due <= now) {
		env->ifaddr_due = 0;
		memset(&env->local, 0, sizeof(env->local));
		env->nnets = 0;
		if (ifaddr_collect(env) == -1)
			log_warn("cannot list the interfaces");
		gather_tcp_local(env, &env->local);
		gather_tcp_changed(env, now);
		relays_changed(env, now);
		path_addresses_changed(env, now);
		mapping_changed(env, now);
		for (i = 0; i < env->nqueries; i++)
			query_begin(env, &env->queries[i], now);
		gather_tell(env, 0);
	}
	for (i = 0; i < env->nqueries; i++) {
		q = &env->queries[i];
		if (q->due <= now && q->pending &&
		    q->tries < NET_GATHER_TRIES) {
			query_send(env, q, now);
			if (q->tries == NET_GATHER_WAIT_TRIES + 1)
				gather_tell(env, 0);
		} else if (q->due <= now && q->pending) {
			/* No answer: the mapping is not known any more. */
			q->pending = 0;
			memset(&q->mapped, 0, sizeof(q->mapped));
			q->due = path_is_poor(env, ICE_UDP) ?
			    now + NET_GATHER_POOR_MS : refresh_at(now);
			gather_tell(env, 0);
		} else if (q->due <= now) {
			query_begin(env, q, now);
		}
		if (q->due < next)
			next = q->due;
	}
	if (env->ifaddr_due != 0 && env->ifaddr_due < next)
		next = env->ifaddr_due;
	return next;
}
