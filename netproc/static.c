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
 * Peers of the configuration: no introduction, no checks, one endpoint each,
 * which cryptoproc moves when it has authenticated a packet from another
 * place.  While there are such peers, datagrams from unknown sources go to
 * cryptoproc as those of peer 0, and its answers go back to where they came
 * from.
 */

#include <sys/types.h>

#include <string.h>

#include "base/log.h"
#include "netproc/net.h"

static void
move(struct env *env, struct net_peer *p, const struct endpoint *ep)
{
	memset(&p->path, 0, sizeof(p->path));
	p->path.type = ICE_PUBLIC;
	p->path.transport = ICE_UDP;
	p->path.remote = *ep;
	p->up = ep->family != 0;
	path_map(env);
}

void
on_static_endpoint(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_static_endpoint	*m = data;
	struct env				*env = arg;
	struct net_peer				*p;

	(void)c;
	(void)fd;
	if (m->peer < PEER_STATIC ||
	    m->peer - PEER_STATIC >= PEER_STATIC_MAX ||
	    path_find(env, m->peer) != NULL)
		fatalx("peer number of the parent is out of range");
	if ((p = path_slot(env, m->peer)) == NULL)
		fatalx("too many peers");
	memset(p, 0, sizeof(*p));
	p->id = m->peer;
	p->due = UINT64_MAX;
	move(env, p, &m->endpoint);
	env->nstatic++;
}

/* cryptoproc has heard the peer there. */
void
static_move(struct env *env, uint32_t id, const struct endpoint *ep)
{
	struct net_peer	*p;

	if (id < PEER_STATIC || ep->family == 0 || ep->port == 0 ||
	    (p = path_find(env, id)) == NULL ||
	    endpoint_cmp(&p->path.remote, ep) == 0)
		return;
	move(env, p, ep);
	path_report(env, p);
}

/* ctlproc is new: it shows where the peers are. */
void
static_report(struct env *env)
{
	size_t	 i;

	for (i = 0; i < NET_PEERS_MAX; i++)
		if (env->peers[i].id >= PEER_STATIC)
			path_report(env, &env->peers[i]);
}

const struct endpoint *
static_target(const struct ring_record *rec)
{
	if (rec->from.family == 0 || rec->from.port == 0 ||
	    (rec->peer != 0 && rec->peer < PEER_STATIC))
		return NULL;
	return &rec->from;
}
