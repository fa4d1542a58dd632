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
 * The life of one agent's connection: handshake, frames in, frames out, the
 * end.  Everything from the agent is hostile until it is authenticated, and
 * after.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "tlsproc/tlsproc.h"

static void	 conn_ready(void *);
static void	 conn_data(void *, const uint8_t *, size_t);
static void	 conn_closed(void *, const char *);
static void	 conn_drained(void *);

static const struct tlsio_ops io_ops = {
	.ready = conn_ready,
	.data = conn_data,
	.closed = conn_closed,
	.drained = conn_drained,
};

static int
conn_cmp(const struct conn *a, const struct conn *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

RB_PROTOTYPE(conn_tree, conn, entry, conn_cmp)
RB_GENERATE(conn_tree, conn, entry, conn_cmp)

struct conn *
conn_find(struct env *env, uint32_t id)
{
	struct conn	 key;

	key.id = id;
	return RB_FIND(conn_tree, &env->conns, &key);
}

/*
 * A number that no connection has, and none had for the last 16 million, so
 * that a late answer to an old one does not reach a new one.
 */
static uint32_t
conn_number(struct env *env)
{
	uint32_t	 id;

	do {
		env->next = (env->next + 1) & 0xffffff;
		id = env->proc.instance << 24 | env->next;
	} while (env->next == 0 || conn_find(env, id) != NULL);
	return id;
}

int
conn_new(struct env *env, int fd, const struct endpoint *from)
{
	struct conn	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return -1;
	if ((c->source = source_take(env, from)) == NULL) {
		free(c);
		return -1;
	}
	c->io = tlsio_accept(env->server, fd, TLSPROC_QUEUE_MAX, &io_ops, c);
	if (c->io == NULL) {
		source_drop(env, c->source);
		free(c);
		return -1;
	}
	c->env = env;
	c->from = *from;
	c->id = conn_number(env);
	c->reader.max = FRAME_AGENT_MAX;
	RB_INSERT(conn_tree, &env->conns, c);
	env->nconns++;
	tlsio_set_deadline(c->io, TLSPROC_AUTH_MS,
	    "not authenticated in time");
	return 0;
}

/* Tell those who were told of it. */
static void
conn_tell_gone(struct conn *c)
{
	struct msg_conn_gone	 m;

	memset(&m, 0, sizeof(m));
	m.conn = c->id;
	if (c->auth_knows)
		msg_send_conn_gone(proc_peer(&c->env->proc, ROLE_AUTH), &m,
		    -1);
	if (c->policy_knows)
		msg_send_conn_gone(proc_peer(&c->env->proc, ROLE_POLICY), &m,
		    -1);
	c->auth_knows = c->policy_knows = 0;
}

static void
conn_closed(void *arg, const char *reason)
{
	struct conn	*c = arg;
	struct env	*env = c->env;
	char		 from[ENDPOINT_STRLEN];

	log_debug("connection %u from %s ends: %s", c->id,
	    endpoint_print(&c->from, from, sizeof(from)), reason);
	/* Garbage, another protocol, or no common one. */
	if (c->state == CONN_HANDSHAKE)
		env->refused++;
	conn_tell_gone(c);
	http_free(c);
	env->rx += tlsio_rx(c->io);
	env->tx += tlsio_tx(c->io);
	RB_REMOVE(conn_tree, &env->conns, c);
	env->nconns--;
	source_drop(env, c->source);
	frame_reader_free(&c->reader);
	frame_policy_free(c->policy);
	tlsio_free(c->io);
	free(c);
}

int
conn_send(struct conn *c, uint8_t *frame, size_t len)
{
	int	 ret;

	if (frame == NULL) {
		conn_close(c, "cannot encode a frame");
		return -1;
	}
	ret = tlsio_write(c->io, frame, len);
	frame_free_buffer(frame, len);
	return ret;
}

void
conn_close(struct conn *c, const char *reason)
{
	if (c->state == CONN_CLOSING)
		return;
	/* A handshake that is cut off by us was not garbage. */
	c->state = CONN_CLOSING;
	frame_policy_free(c->policy);
	c->policy = NULL;
	conn_tell_gone(c);
	http_free(c);
	tlsio_close(c->io, reason);
}

void
conn_refuse(struct conn *c, const char *reason)
{
	char	 text[TLSIO_REASON_MAX];
	uint8_t	*frame;
	size_t	 len;

	if (c->state == CONN_CLOSING)
		return;
	/* The codec's own reasons do not outlive a call into it. */
	strlcpy(text, reason, sizeof(text));
	c->env->refused++;
	frame = frame_put_refused(0, text, &len);
	if (conn_send(c, frame, len) == 0)
		conn_close(c, text);
}

void
conn_close_all(struct env *env, int authenticated, const char *reason)
{
	struct conn	*c;

	/* Closing takes none out of the tree before the loop runs again. */
	RB_FOREACH(c, conn_tree, &env->conns) {
		if (authenticated ? c->state == CONN_AUTHENTICATED ||
		    c->state == CONN_AUTHENTICATING :
		    c->state != CONN_AUTHENTICATED &&
		    c->state != CONN_HANDSHAKE &&
		    c->state != CONN_UNDECIDED && c->state != CONN_HTTP)
			conn_close(c, reason);
	}
}

uint64_t
conn_sum(struct env *env, uint64_t (*count)(const struct tlsio *))
{
	struct conn	*c;
	uint64_t	 sum = 0;

	RB_FOREACH(c, conn_tree, &env->conns)
		sum += count(c->io);
	return sum;
}

/* Ask for a nonce; the agent speaks when it has one. */
void
conn_challenge(struct conn *c)
{
	struct msg_challenge_get	 m;

	memset(&m, 0, sizeof(m));
	m.conn = c->id;
	memcpy(m.server_hash, c->env->hash, sizeof(m.server_hash));
	c->state = CONN_STRANGER;
	if (msg_send_challenge_get(proc_peer(&c->env->proc, ROLE_AUTH), &m,
	    -1) == -1) {
		conn_refuse(c, "the service is starting: try again");
		return;
	}
	c->auth_knows = 1;
}

static void
conn_ready(void *arg)
{
	http_decide(arg);
}

static void
conn_drained(void *arg)
{
	struct conn	*c = arg;

	if (c->state == CONN_HTTP)
		http_drained(c);
}

void
conn_authenticated(struct conn *c)
{
	c->state = CONN_AUTHENTICATED;
	source_drop(c->env, c->source);
	c->source = NULL;
	tlsio_set_deadline(c->io, 0, "");
	tlsio_set_idle(c->io, TLSPROC_IDLE_MS);
}

static void
conn_bad_frame(struct conn *c, const char *reason)
{
	char	 from[ENDPOINT_STRLEN];

	c->env->bad_frames++;
	log_debug("connection %u from %s: %s", c->id,
	    endpoint_print(&c->from, from, sizeof(from)), reason);
	conn_refuse(c, reason);
}

static void
conn_data(void *arg, const uint8_t *data, size_t len)
{
	struct conn	*c = arg;
	const uint8_t	*json;
	const char	*errstr;
	size_t		 jlen;
	int		 n = 0;

	if (c->state == CONN_CLOSING || http_data(c, data, len))
		return;
	if (frame_reader_add(&c->reader, data, len) == -1) {
		conn_close(c, "cannot keep what it sends");
		return;
	}
	while (c->state != CONN_CLOSING &&
	    (n = frame_reader_next(&c->reader, &json, &jlen)) == 1)
		if (frames_input(c, json, jlen, &errstr) == -1)
			conn_bad_frame(c, errstr);
	if (c->state != CONN_CLOSING && n == -1)
		conn_bad_frame(c, "frame is too long");
}
