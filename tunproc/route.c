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
 * Addresses of the configuration: our own, and the prefixes behind peers
 * without discovery, sorted so that the first that fits is the longest.
 * They come from the parent before this process runs and never change.
 */

#include <sys/types.h>

#include <string.h>

#include "base/log.h"
#include "tunproc/tun.h"

static int
covers(const struct tun_route *r, int version, const uint8_t *addr)
{
	size_t	 whole = r->plen / 8, rest = r->plen % 8;

	if (r->version != version || memcmp(r->addr, addr, whole) != 0)
		return 0;
	return rest == 0 ||
	    ((r->addr[whole] ^ addr[whole]) & (0xff00 >> rest) & 0xff) == 0;
}

const struct tun_route *
route_find(const struct env *env, int version, const uint8_t *addr)
{
	size_t	 i;

	for (i = 0; i < env->nroutes; i++)
		if (covers(&env->routes[i], version, addr))
			return &env->routes[i];
	return NULL;
}

int
route_self(const struct env *env, int version, const uint8_t *addr)
{
	size_t	 i;

	for (i = 0; i < env->nselves; i++)
		if (covers(&env->selves[i], version, addr))
			return 1;
	return 0;
}

static void
route_insert(struct env *env, const struct msg_static_route *m)
{
	struct tun_route	*r = env->routes;
	size_t			 i;

	if (env->nroutes == sizeof(env->routes) / sizeof(env->routes[0]))
		fatalx("too many prefixes");
	for (i = env->nroutes++; i > 0 && r[i - 1].plen < m->plen; i--)
		r[i] = r[i - 1];
	memset(&r[i], 0, sizeof(r[i]));
	r[i].version = m->family;
	r[i].plen = m->plen;
	memcpy(r[i].addr, m->address, sizeof(r[i].addr));
	r[i].peer = m->peer;
}

void
on_static_route(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_static_route	*m = data;
	struct env			*env = arg;
	struct tun_peer			*p = tun_peer_find(env, m->peer);

	(void)c;
	(void)fd;
	if (m->peer < PEER_STATIC || (m->family != 4 && m->family != 6) ||
	    m->plen > (m->family == 4 ? 32 : 128))
		fatalx("prefix of the parent is out of range");
	if (p == NULL && (p = tun_peer_slot(env, m->peer)) == NULL)
		fatalx("too many peers");
	p->id = m->peer;
	memcpy(p->acls, m->acls.e, m->acls.n * sizeof(p->acls[0]));
	p->nacls = m->acls.n;
	route_insert(env, m);
}

void
on_static_self(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_static_self	*m = data;
	struct env			*env = arg;
	struct tun_route		*r;

	(void)c;
	(void)fd;
	if ((m->family != 4 && m->family != 6) || env->nselves == SELF_MAX)
		fatalx("address of the parent is out of range");
	r = &env->selves[env->nselves++];
	r->version = m->family;
	r->plen = m->family == 4 ? 32 : 128;
	memcpy(r->addr, m->address, sizeof(r->addr));
}
