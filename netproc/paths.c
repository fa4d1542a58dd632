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
 * Introduced peers: one ICE session each, the path in use, and the map from
 * source endpoints to peers.  The path of an earlier introduction stays in
 * use until the new one has found a path or has failed.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "netproc/net.h"

static void	 ice_send(void *, enum ice_via, const struct endpoint *,
		    const uint8_t *, size_t, unsigned int);
static void	 ice_connect(void *, enum ice_via, const struct endpoint *,
		    int);
static void	 ice_selected(void *, const struct ice_path *);
static void	 ice_lost(void *);

static const struct ice_ops ice_ops = {
	.send = ice_send,
	.connect = ice_connect,
	.selected = ice_selected,
	.lost = ice_lost,
};

/* ICE calls back with one pointer; the env of a process is static. */
struct session {
	struct ice	 ice;		/* first: net_peer.ice points here */
	struct env	*env;
	uint32_t	 peer;
};

/* --- Source endpoints ---------------------------------------------- */

static uint32_t
map_hash(const struct endpoint *ep)
{
	uint32_t	 h = 2166136261U ^ ep->port;
	size_t		 i;

	for (i = 0; i < sizeof(ep->addr); i++)
		h = (h ^ ep->addr[i]) * 16777619U;
	return h & (NET_MAP_SIZE - 1);
}

static void
map_add(struct env *env, const struct endpoint *ep, uint32_t peer)
{
	uint32_t	 h = map_hash(ep), n;

	/* Two peers may claim one endpoint: the tag decides, not the map. */
	for (n = 0; n < 32; n++, h = (h + 1) & (NET_MAP_SIZE - 1)) {
		if (env->map[h].peer == 0 ||
		    endpoint_cmp(&env->map[h].ep, ep) == 0) {
			env->map[h].ep = *ep;
			env->map[h].peer = peer;
			return;
		}
	}
}

/* Rebuilt when a peer goes, since open addressing cannot forget. */
void
path_map(struct env *env)
{
	struct ice_pair_info	 info;
	size_t			 i, k;

	memset(env->map, 0, sizeof(env->map));
	for (i = 0; i < NET_PEERS_MAX; i++) {
		if (env->peers[i].id == 0)
			continue;
		for (k = 0; env->peers[i].ice != NULL &&
		    k < ice_pair_count(env->peers[i].ice); k++)
			if (ice_pair_get(env->peers[i].ice, k, &info) == 0 &&
			    info.remote.transport == ICE_UDP)
				map_add(env, &info.remote.ep,
				    env->peers[i].id);
		if (env->peers[i].up &&
		    env->peers[i].path.transport == ICE_UDP)
			map_add(env, &env->peers[i].path.remote,
			    env->peers[i].id);
	}
}

/* The peer that sends from this endpoint, 0 when it is nobody's. */
uint32_t
path_source(struct env *env, const struct endpoint *ep)
{
	uint32_t	 h = map_hash(ep), n;

	for (n = 0; n < 32 && env->map[h].peer != 0;
	    n++, h = (h + 1) & (NET_MAP_SIZE - 1))
		if (endpoint_cmp(&env->map[h].ep, ep) == 0)
			return env->map[h].peer;
	return 0;
}

/* --- Sessions ------------------------------------------------------ */

struct net_peer *
path_find(struct env *env, uint32_t id)
{
	size_t	 i, start = id % NET_PEERS_MAX;

	/* A peer lies in the slot of its number unless that was taken. */
	for (i = 0; id != 0 && i < NET_PEERS_MAX; i++)
		if (env->peers[(start + i) % NET_PEERS_MAX].id == id)
			return &env->peers[(start + i) % NET_PEERS_MAX];
	return NULL;
}

/* A free place for this number, NULL when there is none. */
struct net_peer *
path_slot(struct env *env, uint32_t id)
{
	size_t	 i, start = id % NET_PEERS_MAX;

	for (i = 0; i < NET_PEERS_MAX; i++)
		if (env->peers[(start + i) % NET_PEERS_MAX].id == 0)
			return &env->peers[(start + i) % NET_PEERS_MAX];
	return NULL;
}

static struct net_peer *
path_new(struct env *env, uint32_t id)
{
	struct net_peer	*p = path_slot(env, id);
	struct session	*s;

	if (p == NULL || (s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->env = env;
	s->peer = id;
	memset(p, 0, sizeof(*p));
	p->id = id;
	p->ice = &s->ice;
	p->due = ICE_NEVER;
	return p;
}

void
path_remove(struct env *env, struct net_peer *p)
{
	streams_remove(env, p);
	guess_remove(env, p);
	freezero(p->ice, sizeof(struct session));
	explicit_bzero(p, sizeof(*p));
	path_map(env);
}

void
path_report(struct env *env, struct net_peer *p)
{
	const struct ice_path	*now = p->ice == NULL ? NULL :
				    ice_path(p->ice);
	struct msg_path		 m;

	memset(&m, 0, sizeof(m));
	m.peer = p->id;
	m.number = p->number;
	m.state = p->up ? PATH_UP : PATH_CHECKING;
	if (p->up) {
		if (now != NULL)
			p->path = *now;
		m.type = p->path.type;
		m.transport = p->path.transport;
		m.local = p->path.local;
		m.remote = p->path.remote;
		m.rtt_us = p->path.rtt_us;
	}
	msg_send_path(proc_peer(&env->proc, ROLE_CTL), &m, -1);
}

static void
path_lost(struct env *env, struct net_peer *p)
{
	struct msg_path	 m;

	p->up = 0;
	p->old_until = 0;
	p->stream = NULL;
	/* Our router may show us to the world in another way by now. */
	gather_again(env);
	streams_leave_old(env, p);
	memset(&m, 0, sizeof(m));
	m.peer = p->id;
	m.number = p->number;
	m.state = PATH_LOST;
	msg_send_path(proc_peer(&env->proc, ROLE_CTL), &m, -1);
}

static void
ice_send(void *arg, enum ice_via via, const struct endpoint *to,
    const uint8_t *pkt, size_t len, unsigned int ttl)
{
	struct session	*s = arg;
	struct net_peer	*p;
	struct stream	*stream = NULL;

	if ((p = path_find(s->env, s->peer)) == NULL)
		return;
	if (via != ICE_VIA_UDP)
		stream = streams_find(p, via, to);
	else if (!guess_send(s->env, p, to, pkt, len, ttl))
		udp_send(s->env, to, pkt, len, ttl);
	if (stream != NULL)
		stream_send(stream, pkt, len, len);
}

static void
ice_connect(void *arg, enum ice_via via, const struct endpoint *to, int on)
{
	struct session	*s = arg;
	struct net_peer	*p = path_find(s->env, s->peer);

	if (p != NULL)
		streams_connect(s->env, p, via, to, on);
}

static void
ice_selected(void *arg, const struct ice_path *path)
{
	struct session	*s = arg;
	struct net_peer	*p = path_find(s->env, s->peer);
	enum ice_via	 via = ice_via_of(path->type, path->transport);

	if (p == NULL)
		return;
	p->path = *path;
	p->up = 1;
	p->old_until = 0;
	p->stream = NULL;
	if (via == ICE_VIA_UDP)
		map_add(s->env, &path->remote, p->id);
	else
		p->stream = streams_find(p, via, &path->remote);
	gather_missed(s->env);
	streams_leave_old(s->env, p);
	path_report(s->env, p);
}

static void
ice_lost(void *arg)
{
	struct session	*s = arg;
	struct net_peer	*p = path_find(s->env, s->peer);

	if (p != NULL && p->old_until == 0)
		path_lost(s->env, p);
}

static void
path_active(struct net_peer *p, int active)
{
	p->active = active;
	ice_set_active(p->ice, active);
}

static void
session_candidates(struct env *env, struct net_peer *p,
    const struct msg_cands *set)
{
	struct ice_candidate	 c;
	size_t			 i;

	for (i = 0; i < env->local.n; i++)
		ice_add_local(p->ice, &env->local.e[i]);
	for (i = 0; i < env->navoid; i++)
		ice_add_avoid(p->ice, &env->avoid[i].ep, env->avoid[i].plen);
	for (i = 0; i < set->n; i++) {
		c = set->e[i];
		/* Relays are what discovery chooses, not what a peer says. */
		if (c.type == ICE_RELAY ||
		    (c.transport == ICE_TCP && env->options.no_tcp))
			continue;
		c.type = gather_kind(env, &c);
		c.priority = 0;
		if (ice_add_remote(p->ice, &c) == 0 && c.transport == ICE_UDP)
			map_add(env, &c.ep, p->id);
	}
}

static void
session_relay(struct env *env, struct net_peer *p,
    const struct msg_introduce *m)
{
	struct ice_candidate	 c;

	explicit_bzero(&p->relay, sizeof(p->relay));
	if (m->relay.family == 0 || env->options.no_relay)
		return;
	p->relay.ep = m->relay;
	p->relay.side = m->controlling ? 0 : 1;
	memcpy(p->relay.code, m->relay_code, sizeof(p->relay.code));
	memset(&c, 0, sizeof(c));
	c.type = ICE_RELAY;
	c.transport = ICE_TCP;
	c.ep = m->relay;
	ice_add_remote(p->ice, &c);
}

static int
session_begin(struct env *env, struct net_peer *p,
    const struct msg_introduce *m)
{
	struct ice_credentials	 local, remote;
	uint8_t			 seed[ICE_SEED_LEN];
	uint64_t		 tie;
	uint32_t		 idle = ice_idle_interval(p->ice);
	int			 ret;

	memset(&local, 0, sizeof(local));
	memset(&remote, 0, sizeof(remote));
	strlcpy(local.ufrag, m->local_ufrag, sizeof(local.ufrag));
	strlcpy(local.pwd, m->local_pwd, sizeof(local.pwd));
	strlcpy(remote.ufrag, m->remote_ufrag, sizeof(remote.ufrag));
	strlcpy(remote.pwd, m->remote_pwd, sizeof(remote.pwd));
	arc4random_buf(seed, sizeof(seed));
	arc4random_buf(&tie, sizeof(tie));
	ret = ice_init(p->ice, &ice_ops, (struct session *)(void *)p->ice,
	    m->controlling ? ICE_CONTROLLING : ICE_CONTROLLED, tie, &local,
	    &remote, seed);
	explicit_bzero(&local, sizeof(local));
	explicit_bzero(&remote, sizeof(remote));
	explicit_bzero(seed, sizeof(seed));
	if (ret == -1)
		return -1;
	/* The routers are what they were before this introduction. */
	if (idle != 0)
		ice_set_idle_interval(p->ice, idle, clock_mono_ms());
	session_candidates(env, p, &m->candidates);
	guess_streams(env, p, m);
	session_relay(env, p, m);
	return 0;
}

void
path_introduce(struct env *env, const struct msg_introduce *m)
{
	struct net_peer	*p = path_find(env, m->peer);
	uint64_t	 now = clock_mono_ms();

	if (p != NULL && p->number == m->number) {
		/* ctlproc came up again; the session goes on. */
		p->seen = 1;
		path_report(env, p);
		return;
	}
	if (p == NULL && (p = path_new(env, m->peer)) == NULL) {
		log_warnx("too many peers, number %u left out", m->peer);
		return;
	}
	p->seen = 1;
	p->number = m->number;
	p->controlling = m->controlling != 0;
	if (p->up)
		p->old_until = now + NET_RESTART_MS;
	streams_restart(env, p);
	if (session_begin(env, p, m) == -1) {
		log_warnx("introduction %llu is malformed",
		    (unsigned long long)m->number);
		path_remove(env, p);
		return;
	}
	path_active(p, 1);
	p->sent_at = now;
	ice_set_clock_us(p->ice, net_clock_us());
	ice_start(p->ice, now);
	guess_begin(env, p, m, now);
	p->due = now;
	if (!p->up)
		path_report(env, p);
	net_schedule(env);
}

/* Whose check or answer is it?  First by source, then by name. */
static struct net_peer *
stun_owner(struct env *env, const struct stun_msg *stun,
    const struct endpoint *from)
{
	struct net_peer	*p = path_find(env, path_source(env, from));
	size_t		 i;

	if (p != NULL && p->ice != NULL && ice_owns(p->ice, stun, from))
		return p;
	for (i = 0; i < NET_PEERS_MAX; i++)
		if (env->peers[i].ice != NULL &&
		    ice_owns(env->peers[i].ice, stun, from))
			return &env->peers[i];
	return NULL;
}

struct net_peer *
path_prover(struct env *env, const struct stun_msg *stun,
    const struct endpoint *from)
{
	struct net_peer	*p = stun_owner(env, stun, from);

	return p != NULL && ice_is_authentic(p->ice, stun) ? p : NULL;
}

int
path_may_check(struct env *env, const struct endpoint *from, uint64_t now)
{
	struct net_peer		*p = path_find(env, path_source(env, from));
	struct net_budget	*b = p == NULL ? &env->strangers : &p->checks;

	if (now - b->second >= 1000) {
		b->second = now;
		b->count = 0;
	}
	return b->count++ < (p == NULL ? NET_CHECKS_STRANGERS :
	    NET_CHECKS_PEER);
}

void
path_stun(struct env *env, const struct stun_msg *stun, const uint8_t *pkt,
    size_t len, const struct endpoint *from, const struct endpoint *local)
{
	struct net_peer	*p = stun_owner(env, stun, from);
	uint64_t	 now = clock_mono_ms(), limited;
	int		 authentic;

	if (p == NULL) {
		env->stats.drop_stun++;
		return;
	}
	limited = p->ice->stats.limited;
	ice_set_clock_us(p->ice, net_clock_us());
	guess_before(env, p, from);
	authentic = ice_input(p->ice, stun, pkt, len, ICE_VIA_UDP, from,
	    local, now) == 0;
	guess_after(env, p, from, authentic);
	env->stats.drop_stun += !authentic;
	env->stats.drop_checks += p->ice->stats.limited - limited;
	if (authentic)
		map_add(env, from, p->id);
	p->due = now;
}

void
path_stream_stun(struct env *env, struct stream *s,
    const struct stun_msg *stun, const uint8_t *pkt, size_t len)
{
	struct net_peer	*p = path_find(env, s->peer);
	uint64_t	 now = clock_mono_ms();

	/* A connection may outlive its introduction, a leg does not. */
	if (p == NULL || p->ice == NULL ||
	    (s->via == ICE_VIA_RELAY && s->number != p->number)) {
		env->stats.drop_stun++;
		return;
	}
	ice_set_clock_us(p->ice, net_clock_us());
	if (ice_input(p->ice, stun, pkt, len, s->via, &s->remote, &s->local,
	    now) == 0 && !s->dead) {
		s->number = p->number;
		s->proven = s->told = 1;
		s->lingers = 0;
		s->due = UINT64_MAX;
	}
	p->due = now;
}

int
path_connected(struct net_peer *p, const struct stream *s, uint64_t now)
{
	ice_set_clock_us(p->ice, net_clock_us());
	p->due = now;
	return ice_connected(p->ice, s->via, &s->remote, &s->local, now);
}

void
path_disconnected(struct net_peer *p, const struct stream *s, uint64_t now)
{
	ice_set_clock_us(p->ice, net_clock_us());
	p->due = now;
	ice_disconnected(p->ice, s->via, &s->remote, now);
}

void
path_stream_gone(struct env *env, struct net_peer *p)
{
	p->stream = NULL;
	/* Of the last introduction: its check list is no more. */
	if (p->old_until != 0)
		path_lost(env, p);
}

/* Something goes out: does anything come back, as it did before? */
static void
path_listen(struct env *env, struct net_peer *p)
{
	uint64_t	 wait = p->path.rtt_us / 500;

	p->heard = 0;
	p->silent_at = clock_mono_ms() + (wait > NET_SILENCE_MS ? wait :
	    NET_SILENCE_MS);
	net_wake(env, p->silent_at);
}

/* What flows one way only is no sign of anything. */
static void
path_silent(struct net_peer *p, uint64_t now)
{
	p->silent_at = 0;
	if (!p->heard && p->answers && p->up && p->old_until == 0) {
		ice_set_clock_us(p->ice, net_clock_us());
		ice_suspect(p->ice, now);
		p->due = now;
	}
	p->answers = p->heard;
}

void
path_heard(struct env *env, uint32_t peer)
{
	struct net_peer	*p = path_find(env, peer);

	if (p != NULL)
		p->heard = 1;
}

void
path_used(struct env *env, struct net_peer *p)
{
	p->sent = 1;
	if (p->ice == NULL)
		return;
	if (p->silent_at == 0)
		path_listen(env, p);
	if (p->active)
		return;
	path_active(p, 1);
	gather_missed(env);
	p->due = 0;
	/* Not from here: the caller is about to send on this path. */
	net_soon(env);
}

/* An idle path is checked so that its mapping lives, no more often. */
static void
path_quiet(struct net_peer *p, uint64_t now)
{
	if (p->sent) {
		p->sent = 0;
		p->sent_at = now;
	} else if (p->active && p->up && now - p->sent_at >= NET_QUIET_MS)
		path_active(p, 0);
}

/* Before the path is given up for lost: once for each time it is silent. */
static void
path_doubt(struct env *env, struct net_peer *p)
{
	struct msg_path_doubt	 m;
	int			 doubt = p->up && ice_in_doubt(p->ice);

	if (doubt && !p->doubt) {
		gather_again(env);
		memset(&m, 0, sizeof(m));
		m.peer = p->id;
		msg_send_path_doubt(proc_peer(&env->proc, ROLE_CTL), &m, -1);
	}
	p->doubt = doubt;
}

uint64_t
path_tick(struct env *env, uint64_t now)
{
	uint64_t	 next = UINT64_MAX;
	struct net_peer	*p;
	size_t		 i;

	for (i = 0; i < NET_PEERS_MAX; i++) {
		p = &env->peers[i];
		if (p->ice == NULL)
			continue;
		if (p->silent_at != 0 && p->silent_at <= now)
			path_silent(p, now);
		if (p->due <= now) {
			path_quiet(p, now);
			ice_set_clock_us(p->ice, net_clock_us());
			p->due = ice_tick(p->ice, now);
			path_doubt(env, p);
		}
		if (p->old_until != 0 && p->old_until <= now)
			path_lost(env, p);
		if (p->due < next)
			next = p->due;
		if (p->silent_at != 0 && p->silent_at < next)
			next = p->silent_at;
		if (p->old_until != 0 && p->old_until < next)
			next = p->old_until;
	}
	return next;
}

int
path_is_poor(const struct env *env, int transport)
{
	const struct net_peer	*p;
	size_t			 i;

	for (i = 0; i < NET_PEERS_MAX; i++) {
		p = &env->peers[i];
		if (p->id != 0 && p->ice != NULL && p->active && (!p->up ||
		    p->path.type == ICE_RELAY ||
		    p->path.transport > transport))
			return 1;
	}
	return 0;
}

void
path_addresses_changed(struct env *env, uint64_t now)
{
	size_t		 i;
	uint16_t	 k;

	for (i = 0; i < NET_PEERS_MAX; i++) {
		if (env->peers[i].ice == NULL)
			continue;
		for (k = 0; k < env->local.n; k++)
			ice_add_local(env->peers[i].ice, &env->local.e[k]);
		ice_recheck(env->peers[i].ice, now);
		env->peers[i].due = now;
	}
}

void
path_avoid(struct env *env, const struct msg_net_avoid *m)
{
	struct ice_prefix	*a;
	size_t			 i;

	for (i = 0; i < env->navoid; i++)
		if (env->avoid[i].plen == m->plen &&
		    endpoint_cmp_addr(&env->avoid[i].ep, &m->prefix) == 0)
			return;
	if (env->navoid == ICE_AVOID_MAX) {
		log_warnx("too many prefixes to avoid");
		return;
	}
	a = &env->avoid[env->navoid++];
	a->ep = m->prefix;
	a->plen = m->plen;
	for (i = 0; i < NET_PEERS_MAX; i++)
		if (env->peers[i].ice != NULL)
			ice_add_avoid(env->peers[i].ice, &a->ep, a->plen);
}
