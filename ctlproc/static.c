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
 * Peers of the configuration.  The parent has told the data path of them;
 * here they are only shown, so that nothing said to or by this process can
 * add or change one.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "ctlproc/ctl.h"

/* Of several addresses the first of each family is shown. */
void
on_static_self(void *arg, struct chan *c, const void *data, int fd)
{
	static const uint8_t		 none[16];
	const struct msg_static_self	*m = data;
	struct env			*env = arg;

	(void)c;
	(void)fd;
	if (m->family == 4 && memcmp(env->ipv4, none, 4) == 0)
		memcpy(env->ipv4, m->address, 4);
	else if (m->family == 6 && memcmp(env->ipv6, none, 16) == 0)
		memcpy(env->ipv6, m->address, 16);
}

void
on_static_peer(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_static_peer	*m = data;
	struct env			*env = arg;
	struct peer			*p;

	(void)c;
	(void)fd;
	if (m->peer < PEER_STATIC || static_find(env, m->peer) != NULL)
		fatalx("peer number of the parent is out of range");
	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("configured peer");
	p->id = m->peer;
	strlcpy(p->policy.description, m->name,
	    sizeof(p->policy.description));
	p->acls = m->acls;
	memcpy(p->ipv4, m->ipv4, sizeof(p->ipv4));
	memcpy(p->ipv6, m->ipv6, sizeof(p->ipv6));
	p->stats.handshake_age_s = UINT64_MAX;
	TAILQ_INSERT_TAIL(&env->statics, p, entry);
}

struct peer *
static_find(struct env *env, uint32_t id)
{
	struct peer	*p;

	TAILQ_FOREACH(p, &env->statics, entry)
		if (p->id == id)
			return p;
	return NULL;
}

enum peer_state
static_state(const struct peer *p, const char **reason)
{
	if (p->established) {
		*reason = "configured peer";
		return PEER_UP;
	}
	if (p->path_up) {
		*reason = "configured peer, no handshake yet or for long";
		return PEER_CONNECTING;
	}
	*reason = "configured peer without endpoint, waiting for it to begin";
	return PEER_DOWN;
}

void
static_path(struct peer *p, const struct msg_path *m)
{
	p->path = *m;
	p->path_up = m->state == PATH_UP;
}

/* A process of the data path has ended, and with it what it told us. */
void
static_down(struct env *env, uint32_t role)
{
	struct peer	*p;

	TAILQ_FOREACH(p, &env->statics, entry) {
		if (role == ROLE_CRYPTO)
			p->established = 0;
		if (role == ROLE_NET)
			p->path_up = 0;
	}
}
