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
 * The peer table, and what cryptoproc, tunproc and netproc are told of it.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cert/cert.h"
#include "ctlproc/ctl.h"

struct peer *
peer_find(struct env *env, uint32_t id)
{
	struct peer	*p;

	TAILQ_FOREACH(p, &env->peers, entry)
		if (p->id == id)
			return p;
	return static_find(env, id);
}

const char *
peer_label(const struct peer *p)
{
	return p->id < PEER_STATIC ? p->policy.system :
	    p->policy.description;
}

struct peer *
peer_named(struct env *env, const char *system)
{
	struct peer	*p;

	TAILQ_FOREACH(p, &env->peers, entry)
		if (strcmp(p->policy.system, system) == 0)
			return p;
	return NULL;
}

struct peer *
peer_new(struct env *env, const char *system)
{
	struct peer	*p;

	if (env->npeers == CTL_PEERS_MAX || (p = calloc(1, sizeof(*p))) ==
	    NULL) {
		log_warnx("too many peers, %s is left out", system);
		return NULL;
	}
	strlcpy(p->policy.system, system, sizeof(p->policy.system));
	p->stats.handshake_age_s = UINT64_MAX;
	TAILQ_INSERT_TAIL(&env->peers, p, entry);
	env->npeers++;
	return p;
}

void
peer_free(struct env *env, struct peer *p)
{
	TAILQ_REMOVE(&env->peers, p, entry);
	env->npeers--;
	freezero(p, sizeof(*p));
}

/* Take over an entry of policy; the certificate must be the system's. */
int
peer_set(struct peer *p, const struct msg_policy_entry *m,
    const char **reason)
{
	struct cert	 cert;

	if (cert_decode(&cert, m->certificate, m->certificate_len, reason) ==
	    -1)
		return -1;
	if (strcmp(cert.name, m->system) != 0) {
		*reason = "the certificate is of another system";
		return -1;
	}
	p->policy = *m;
	memcpy(p->ipv4, cert.addr4, sizeof(p->ipv4));
	memcpy(p->ipv6, cert.addr6, sizeof(p->ipv6));
	p->expired = 0;
	hours_select(p, clock_wall_sec());
	return 0;
}

static void
push_crypto(struct env *env, const struct peer *p)
{
	struct chan		*c = proc_peer(&env->proc, ROLE_CRYPTO);
	struct msg_peer_add	 m;

	memset(&m, 0, sizeof(m));
	m.peer = p->id;
	m.certificate_len = p->policy.certificate_len;
	memcpy(m.certificate, p->policy.certificate, m.certificate_len);
	msg_send_peer_add(c, &m, -1);
}

/* Outside its hours nothing passes, in either direction. */
static void
push_tun(struct env *env, const struct peer *p)
{
	struct chan		*c = proc_peer(&env->proc, ROLE_TUN);
	struct msg_peer_remove	 gone;
	struct msg_tun_peer	 m;

	if (p->closed) {
		memset(&gone, 0, sizeof(gone));
		gone.peer = p->id;
		msg_send_peer_remove(c, &gone, -1);
		return;
	}
	memset(&m, 0, sizeof(m));
	m.peer = p->id;
	memcpy(m.ipv4, p->ipv4, sizeof(m.ipv4));
	memcpy(m.ipv6, p->ipv6, sizeof(m.ipv6));
	m.acls = p->acls;
	msg_send_tun_peer(c, &m, -1);
}

void
peer_push_rules(struct env *env, const struct peer *p)
{
	push_tun(env, p);
}

void
peer_expire(struct env *env, struct peer *p)
{
	log_info("%s: its policy has expired", p->policy.system);
	peer_withdraw(env, p);
	p->expired = 1;
}

static void
push_path(struct env *env, const struct peer *p, int initiate)
{
	struct msg_peer_path	 m;

	memset(&m, 0, sizeof(m));
	m.peer = p->id;
	m.up = p->path_up != 0;
	m.initiate = initiate != 0;
	msg_send_peer_path(proc_peer(&env->proc, ROLE_CRYPTO), &m, -1);
}

void
peer_introduce(struct env *env, const struct peer *p)
{
	struct msg_introduce	 m;

	if (!p->introduced || p->expired)
		return;
	memset(&m, 0, sizeof(m));
	m.peer = p->id;
	m.number = p->intro.number;
	m.controlling = p->intro.controlling;
	strlcpy(m.local_ufrag, p->intro.local_ufrag, sizeof(m.local_ufrag));
	strlcpy(m.local_pwd, p->intro.local_pwd, sizeof(m.local_pwd));
	strlcpy(m.remote_ufrag, p->intro.remote_ufrag,
	    sizeof(m.remote_ufrag));
	strlcpy(m.remote_pwd, p->intro.remote_pwd, sizeof(m.remote_pwd));
	m.candidates = p->intro.candidates;
	m.nat_udp = p->intro.nat_udp;
	m.nat_udp_step = p->intro.nat_udp_step;
	m.nat_tcp = p->intro.nat_tcp;
	m.nat_tcp_step = p->intro.nat_tcp_step;
	/* A code works once, so it is handed on once. */
	if (p->have_code) {
		m.relay = p->intro.relay;
		memcpy(m.relay_code, p->intro.relay_code,
		    sizeof(m.relay_code));
	}
	msg_send_introduce(proc_peer(&env->proc, ROLE_NET), &m, -1);
	explicit_bzero(&m, sizeof(m));
}

/* Certificate and rules, to the two that enforce them. */
void
peer_push(struct env *env, const struct peer *p)
{
	push_tun(env, p);
	push_crypto(env, p);
}

/* The data path forgets the peer, keys first. */
void
peer_withdraw(struct env *env, struct peer *p)
{
	struct msg_peer_remove	 m;

	memset(&m, 0, sizeof(m));
	m.peer = p->id;
	msg_send_peer_remove(proc_peer(&env->proc, ROLE_CRYPTO), &m, -1);
	msg_send_peer_remove(proc_peer(&env->proc, ROLE_TUN), &m, -1);
	msg_send_peer_remove(proc_peer(&env->proc, ROLE_NET), &m, -1);
	p->path_up = p->established = p->introduced = 0;
}

/* A process of the data path is new: it learns everything again. */
void
peers_push_all(struct env *env, uint32_t role)
{
	struct chan		*c = proc_peer(&env->proc, role);
	struct msg_peer_sync	 sync;
	struct peer		*p;

	TAILQ_FOREACH(p, &env->peers, entry) {
		if (p->expired)
			continue;
		switch (role) {
		case ROLE_CRYPTO:
			p->established = 0;
			push_crypto(env, p);
			/* It has lost its sessions: whoever notices begins. */
			push_path(env, p, 1);
			break;
		case ROLE_TUN:
			push_tun(env, p);
			break;
		case ROLE_NET:
			peer_introduce(env, p);
			break;
		}
	}
	memset(&sync, 0, sizeof(sync));
	msg_send_peer_sync(c, &sync, -1);
}

enum peer_state
peer_state(struct env *env, const struct peer *p, char *reason)
{
	struct reason_facts	 facts;
	enum peer_state		 state;
	const char		*text;

	if (p->id >= PEER_STATIC) {
		state = static_state(p, &text);
		strlcpy(reason, text, REASON_MAX);
		return state;
	}
	if (p->expired) {
		strlcpy(reason, "its policy has expired", REASON_MAX);
		return PEER_DOWN;
	}
	if (p->refused) {
		strlcpy(reason, "refused here: ", REASON_MAX);
		strlcat(reason, p->reason, REASON_MAX);
		return PEER_DOWN;
	}
	if (p->closed) {
		strlcpy(reason, "outside the hours of its policy",
		    REASON_MAX);
		return PEER_DOWN;
	}
	if (p->path_up && p->established) {
		strlcpy(reason, reason_path(p->path.type, p->path.transport),
		    REASON_MAX);
		return PEER_UP;
	}
	if (p->path_up) {
		strlcpy(reason, "a path was found, handshake under way",
		    REASON_MAX);
		return PEER_CONNECTING;
	}
	facts.link_up = env->link.state == LINK_UP;
	facts.introduced = p->introduced;
	facts.candidates = p->intro.candidates.n;
	facts.relay = p->intro.relay.family != 0;
	facts.looking_s = p->looking_at == 0 ? 0 :
	    (clock_mono_ms() - p->looking_at) / 1000;
	reason_no_path(&facts, reason);
	return p->introduced ? PEER_CONNECTING : PEER_DOWN;
}

static int
same_path(const struct msg_path *a, const struct msg_path *b)
{
	return a->transport == b->transport && a->type == b->type &&
	    endpoint_cmp(&a->local, &b->local) == 0 &&
	    endpoint_cmp(&a->remote, &b->remote) == 0;
}

static void
push_tun_path(struct env *env, const struct peer *p)
{
	struct msg_tun_path	 m;

	memset(&m, 0, sizeof(m));
	m.peer = p->id;
	msg_send_tun_path(proc_peer(&env->proc, ROLE_TUN), &m, -1);
}

void
on_tun_mtu(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_tun_mtu	*m = data;
	struct peer			*p = peer_find(arg, m->peer);

	(void)c;
	(void)fd;
	if (p != NULL)
		p->mtu = m->mtu;
}

void
on_path(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_path	*m = data;
	struct env		*env = arg;
	struct peer		*p = peer_find(env, m->peer);
	int			 was_up;

	(void)c;
	(void)fd;
	if (p == NULL || m->state > PATH_LOST)
		return;
	if (p->id >= PEER_STATIC) {
		static_path(p, m);
		return;
	}
	was_up = p->path_up;
	p->path_up = m->state == PATH_UP;
	if (p->path_up && (!was_up || !same_path(&p->path, m)))
		push_tun_path(env, p);
	p->path = *m;
	if (p->path_up) {
		p->again_at = 0;
		p->again_ms = 0;
	} else if (was_up) {
		/* It may be our network that has changed. */
		link_probe(env);
		peer_again_soon(env, p, clock_mono_ms());
	} else if (p->again_at == 0) {
		p->again_ms = CTL_AGAIN_MIN_MS;
		p->again_at = clock_mono_ms() + p->again_ms;
	}
	if (p->path_up != was_up) {
		log_debug("%s: path %s", p->policy.system,
		    p->path_up ? "up" : "lost");
		/* The other side may have a session that we have lost. */
		push_path(env, p, p->intro.controlling || !p->established);
	}
}

void
on_peer_session(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_peer_session	*m = data;
	struct peer			*p = peer_find(arg, m->peer);

	(void)c;
	(void)fd;
	if (p == NULL)
		return;
	p->established = m->established != 0;
	log_info("%s: tunnel %s", peer_label(p),
	    p->established ? "established" : "down");
}

void
on_peer_result(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_peer_result	*m = data;
	struct peer			*p = peer_find(arg, m->peer);

	(void)c;
	(void)fd;
	if (p == NULL || p->id >= PEER_STATIC)
		return;
	p->refused = !m->ok;
	log_safe(p->reason, sizeof(p->reason), m->reason);
	if (!m->ok)
		log_warnx("%s: refused by cryptoproc: %s", p->policy.system,
		    p->reason);
}

/* Ask discovery for a new introduction of a peer without a path. */
static void
introduce_again(struct env *env, struct peer *p, uint64_t now)
{
	struct msg_introduce_again	 m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.system, p->policy.system, sizeof(m.system));
	msg_send_introduce_again(proc_peer(&env->proc, ROLE_LINK), &m, -1);
	p->again_ms = p->again_ms * 2 > CTL_AGAIN_MAX_MS ? CTL_AGAIN_MAX_MS :
	    p->again_ms * 2;
	p->again_at = now + p->again_ms;
	p->asked_at = now;
}

void
peer_again_soon(struct env *env, struct peer *p, uint64_t now)
{
	uint64_t	 at;

	if (p->again_ms == 0)
		p->again_ms = CTL_AGAIN_MIN_MS;
	at = p->asked_at == 0 ? now : p->asked_at + p->again_ms;
	if (p->again_at == 0 || at < p->again_at)
		p->again_at = at;
	if (p->again_at <= now && env->link.state == LINK_UP)
		introduce_again(env, p, now);
}

/* The link is new: whoever has no path is looked for again, at once. */
void
peers_look(struct env *env, uint64_t now)
{
	struct peer	*p;

	TAILQ_FOREACH(p, &env->peers, entry) {
		if (!p->introduced || p->path_up)
			continue;
		p->again_ms = CTL_AGAIN_MIN_MS;
		introduce_again(env, p, now);
	}
}

/* Lost paths. */
void
peers_tick(struct env *env, uint64_t now)
{
	struct peer	*p;

	TAILQ_FOREACH(p, &env->peers, entry) {
		if (!p->introduced || p->path_up)
			p->looking_at = 0;
		else if (p->looking_at == 0)
			p->looking_at = now;
		if (p->introduced && !p->path_up && p->again_at != 0 &&
		    p->again_at <= now && env->link.state == LINK_UP)
			introduce_again(env, p, now);
	}
}
