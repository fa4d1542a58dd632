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
 * Peers of the configuration, which come from the parent alone: no message
 * of ctlproc adds, changes or removes one.  Their endpoint follows the
 * source of what they authenticated (WireGuard paper, section 2.1); netproc
 * is told where that is.
 */

#include <sys/types.h>

#include <string.h>

#include "base/log.h"
#include "cryptoproc/crypto.h"

void
on_static_key(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_static_key	*m = data;
	struct env			*env = arg;
	struct crypto_peer		*p;

	(void)c;
	(void)fd;
	if (m->peer < PEER_STATIC ||
	    m->peer - PEER_STATIC >= PEER_STATIC_MAX)
		fatalx("peer number of the parent is out of range");
	if ((p = crypto_peer_slot(env, m->peer)) == NULL)
		fatalx("too many peers");
	if (wg_peer_add(env->device, m->peer, m->public,
	    m->has_psk ? m->psk : NULL, WG_SUITE_WIREGUARD) == -1) {
		log_warnx("the public key of configured peer number %u is our "
		    "own, another peer's or none",
		    m->peer - PEER_STATIC + 1);
		return;
	}
	p->id = m->peer;
	p->path = m->located != 0;
	memcpy(p->tunnel, m->public, sizeof(p->tunnel));
	wg_peer_set_keepalive(env->device, m->peer, m->keepalive,
	    crypto_now());
}

/* Keepalives begin without anything to send. */
void
static_run(void *arg)
{
	data_schedule(arg);
}

/* Where the peers are that have moved since they were configured. */
void
static_tell_net(struct env *env)
{
	size_t	 i;

	for (i = 0; i < CRYPTO_PEERS_MAX; i++)
		if (env->peers[i].id >= PEER_STATIC &&
		    env->peers[i].from.family != 0)
			data_tell_endpoint(env, env->peers[i].id,
			    &env->peers[i].from);
	ring_flush(&env->net);
}

/* ctlproc is new: it knows of no session yet. */
void
static_tell_ctl(struct env *env)
{
	struct msg_peer_session	 m;
	size_t			 i;

	for (i = 0; i < CRYPTO_PEERS_MAX; i++) {
		if (env->peers[i].id < PEER_STATIC ||
		    !env->peers[i].established)
			continue;
		memset(&m, 0, sizeof(m));
		m.peer = env->peers[i].id;
		m.established = 1;
		msg_send_peer_session(proc_peer(&env->proc, ROLE_CTL), &m,
		    -1);
	}
}

/* Authentic input of a peer: is it where it was? */
void
static_source(void *arg, uint32_t id, uint32_t path)
{
	struct env		*env = arg;
	struct crypto_peer	*p;

	if (id < PEER_STATIC || path != CRYPTO_PATH_ANSWER ||
	    env->from.family == 0 ||
	    (p = crypto_peer_find(env, id)) == NULL ||
	    endpoint_cmp(&p->from, &env->from) == 0)
		return;
	p->from = env->from;
	p->path = 1;
	data_tell_endpoint(env, id, &p->from);
}
