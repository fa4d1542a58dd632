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

static void
add(struct msg_cands *set, int type, const struct endpoint *ep)
{
	struct ice_candidate	*c;
	uint16_t		 i;

	for (i = 0; i < set->n; i++)
		if (endpoint_cmp(&set->e[i].ep, ep) == 0)
			return;
	if (set->n == ICE_CAND_MAX)
		return;
	c = &set->e[set->n++];
	memset(c, 0, sizeof(*c));
	c->type = (uint8_t)type;
	c->transport = ICE_UDP;
	c->ep = *ep;
	c->priority = ice_candidate_priority((enum ice_type)type, ICE_UDP,
	    ep->family);
}

/* An address of an interface; our own tun and excluded ones are left out. */
void
gather_local(struct env *env, const char *name, int tunnel,
    const struct endpoint *addr)
{
	struct endpoint	 ep = *addr;
	size_t		 i;

	for (i = 0; i < env->nexclude; i++)
		if (fnmatch(env->exclude[i], name, 0) == 0)
			return;
	ep.port = ep.family == 6 ? env->port6 : env->port4;
	if (ep.port == 0 || endpoint_is_unusable(&ep))
		return;
	add(&env->local, tunnel ? ICE_ADAPTER : ICE_LOCAL, &ep);
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

/* Tell ctlproc the whole set; only when it differs unless always. */
void
gather_tell(struct env *env, int always)
{
	struct msg_local_candidates	 m;
	size_t				 i;

	env->tell_due |= always;
	if (waiting(env))
		return;
	always = env->tell_due;
	memset(&m, 0, sizeof(m));
	m.candidates = env->local;
	for (i = 0; i < env->nqueries; i++)
		if (env->queries[i].mapped.family != 0)
			add(&m.candidates, ICE_PUBLIC,
			    &env->queries[i].mapped);
	if (!always && memcmp(&m.candidates, &env->told,
	    sizeof(env->told)) == 0)
		return;
	if (memcmp(&m.candidates, &env->told, sizeof(env->told)) != 0)
		env->generation++;
	env->tell_due = 0;
	env->told = m.candidates;
	m.generation = env->generation;
	msg_send_local_candidates(proc_peer(&env->proc, ROLE_CTL), &m, -1);
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
	q->due = now + (uint64_t)NET_GATHER_RTO_MS * (1U << (q->tries - 1));
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
	gather_tell(env, 1);
	net_schedule(env);
}

/* 1 when the message was an answer to one of our queries. */
int
gather_stun(struct env *env, const struct stun_msg *stun,
    const struct endpoint *from)
{
	struct net_query	*q;
	size_t			 i;

	if (stun->class != STUN_SUCCESS)
		return 0;
	for (i = 0; i < env->nqueries; i++) {
		q = &env->queries[i];
		if (!q->pending || memcmp(q->id, stun->id, STUN_ID_LEN) != 0 ||
		    endpoint_cmp(&q->server, from) != 0)
			continue;
		if (stun->mapped.family == 0)
			return 1;
		q->pending = 0;
		q->mapped = stun->mapped;
		q->due = clock_mono_ms() + NET_GATHER_AGAIN_MS;
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
		if (ifaddr_collect(env) == -1)
			log_warn("cannot list the interfaces");
		path_addresses_changed(env, now);
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
			q->due = now + NET_GATHER_AGAIN_MS;
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
