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
 * Connections that were given a challenge.  Numbers come from tlsproc, each
 * instance of which may only name its own; the table is bounded, and the
 * oldest gives way.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "authproc/authproc.h"
#include "base/log.h"

RB_GENERATE(conn_tree, conn, entry, conn_cmp)

int
conn_cmp(const struct conn *a, const struct conn *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

struct conn *
conn_find(struct env *env, uint32_t id)
{
	struct conn	 key;

	key.id = id;
	return RB_FIND(conn_tree, &env->conns, &key);
}

void
conn_drop(struct env *env, struct conn *c)
{
	if (c == NULL)
		return;
	if (c->enrolling)
		env->nenrols--;
	RB_REMOVE(conn_tree, &env->conns, c);
	TAILQ_REMOVE(&env->ages, c, age);
	env->nconns--;
	freezero(c, sizeof(*c));
}

void
conn_drop_instance(struct env *env, uint32_t instance)
{
	struct conn	*c, *next;

	RB_FOREACH_SAFE(c, conn_tree, &env->conns, next)
		if (AUTH_CONN_TLS(c->id) == instance)
			conn_drop(env, c);
}

struct chan *
conn_tls(struct env *env, uint32_t id)
{
	if (AUTH_CONN_TLS(id) >= PROC_INSTANCES_MAX)
		return NULL;
	return env->proc.peers[ROLE_TLS][AUTH_CONN_TLS(id)];
}

int
conn_foreign(struct env *env, struct chan *c, uint32_t type, uint32_t id)
{
	if (AUTH_CONN_TLS(id) == c->instance)
		return 0;
	proc_violation(&env->proc, c, type, "a connection of another process");
	return 1;
}

static struct conn *
conn_new(struct env *env, uint32_t id)
{
	struct conn	*c;

	if (env->nconns >= AUTH_CONNS_MAX)
		conn_drop(env, TAILQ_FIRST(&env->ages));
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->id = id;
	RB_INSERT(conn_tree, &env->conns, c);
	TAILQ_INSERT_TAIL(&env->ages, c, age);
	env->nconns++;
	return c;
}

void
conn_challenge(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_challenge_get	*m = data;
	struct env			*env = arg;
	struct msg_challenge		 reply;
	struct conn			*c;

	(void)fd;
	if (conn_foreign(env, ch, MSG_CHALLENGE_GET, m->conn))
		return;
	conn_drop(env, conn_find(env, m->conn));
	if ((c = conn_new(env, m->conn)) == NULL) {
		log_warn("connection %u", m->conn);
		return;
	}
	arc4random_buf(c->nonce, sizeof(c->nonce));
	memcpy(c->server_hash, m->server_hash, sizeof(c->server_hash));
	memset(&reply, 0, sizeof(reply));
	reply.conn = c->id;
	memcpy(reply.nonce, c->nonce, sizeof(reply.nonce));
	msg_send_challenge(ch, &reply, -1);
}

void
conn_gone(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_conn_gone	*m = data;
	struct env			*env = arg;

	(void)fd;
	if (conn_foreign(env, ch, MSG_CONN_GONE, m->conn))
		return;
	conn_drop(env, conn_find(env, m->conn));
}
