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
 * Own candidates for TCP, see gather_tcp.h.  What a server says is hostile:
 * one answer to the question asked, no longer than we would send ourselves,
 * or the connection is closed.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "netproc/net.h"

static void	 on_readable(int, short, void *);

static void
query_close(struct tcp_query *q)
{
	if (q->state == TCP_QUERY_NONE)
		return;
	event_del(&q->event);
	tcp_close(q->fd);
	q->state = TCP_QUERY_NONE;
	q->have = 0;
}

/* No answer, or no connection any more: later again. */
static void
query_failed(struct tcp_query *q, uint64_t now)
{
	struct env	*env = q->env;
	uint64_t	 wait = NET_TCP_BACKOFF_MS;
	unsigned int	 i;

	query_close(q);
	q->keep = 0;
	for (i = 0; i < q->fails && wait < NET_TCP_BACKOFF_MAX_MS; i++)
		wait *= 2;
	if (wait > NET_TCP_BACKOFF_MAX_MS)
		wait = NET_TCP_BACKOFF_MAX_MS;
	if (wait > NET_GATHER_POOR_MS && path_is_poor(env, ICE_TCP))
		wait = NET_GATHER_POOR_MS;
	q->due = now + wait + arc4random_uniform(NET_TCP_BACKOFF_MS);
	/* Lost once, it may be there again at once; then it is not. */
	if (q->fails++ > 0) {
		memset(&q->mapped, 0, sizeof(q->mapped));
		q->rtt_us = 0;
		gather_tell(env, 0);
	} else if (q->mapped.family == 0)
		gather_tell(env, 0);
}

static void
query_ask(struct tcp_query *q, uint64_t now)
{
	uint8_t			 buf[STUN_MESSAGE_MAX];
	struct stun_builder	 b;
	ssize_t			 len;

	arc4random_buf(q->id, sizeof(q->id));
	stun_build_start(&b, buf, sizeof(buf), STUN_REQUEST, STUN_BINDING,
	    q->id);
	stun_build_fingerprint(&b);
	if ((len = stun_build_finish(&b)) == -1 ||
	    write(q->fd, buf, (size_t)len) != len) {
		query_failed(q, now);
		return;
	}
	q->state = TCP_QUERY_ASKED;
	q->have = 0;
	q->sent_us = net_clock_us();
	q->due = now + NET_TCP_QUERY_MS;
}

static void
on_connected(int fd, short event, void *arg)
{
	struct tcp_query	*q = arg;
	uint64_t		 now = clock_mono_ms();

	(void)event;
	if (tcp_result(fd, &q->local) != 0) {
		query_failed(q, now);
	} else {
		event_set(&q->event, fd, EV_READ | EV_PERSIST, on_readable,
		    q);
		event_add(&q->event, NULL);
		query_ask(q, now);
	}
	net_schedule(q->env);
}

static void
query_dial(struct tcp_query *q, uint64_t now)
{
	if (q->began == 0)
		q->began = now;
	if ((q->fd = tcp_dial(&q->env->tcp, &q->server, TCP_PUNCH)) == -1) {
		query_failed(q, now);
		return;
	}
	q->state = TCP_QUERY_DIALLING;
	q->due = now + NET_TCP_QUERY_MS;
	event_set(&q->event, q->fd, EV_WRITE, on_connected, q);
	event_add(&q->event, NULL);
}

static int
is_kept(const struct env *env, int family)
{
	size_t	 i;

	for (i = 0; i < MSG_EPS_MAX; i++)
		if (env->tcp_queries[i].keep &&
		    env->tcp_queries[i].server.family == family)
			return 1;
	return 0;
}

/* The mapping has changed: the other servers' answers are old. */
static void
ask_others(struct tcp_query *q, uint64_t now)
{
	struct tcp_query	*other;
	size_t			 i;

	for (i = 0; i < MSG_EPS_MAX; i++) {
		other = &q->env->tcp_queries[i];
		if (other != q && other->server.family == q->server.family &&
		    other->state == TCP_QUERY_NONE && other->fails == 0) {
			memset(&other->mapped, 0, sizeof(other->mapped));
			other->began = now;
			other->due = now;
		}
	}
}

static void
query_answered(struct tcp_query *q, const struct stun_msg *m, uint64_t now)
{
	struct env	*env = q->env;
	int		 changed;

	changed = q->mapped.family != 0 &&
	    endpoint_cmp(&q->mapped, &m->mapped) != 0;
	q->rtt_us = (uint32_t)(net_clock_us() - q->sent_us);
	q->mapped = m->mapped;
	q->fails = 0;
	q->have = 0;
	if (!q->keep && !is_kept(env, q->server.family))
		q->keep = 1;
	if (q->keep) {
		q->state = TCP_QUERY_KEPT;
		q->due = now + NET_TCP_REFRESH_MS;
		if (changed)
			ask_others(q, now);
	} else {
		query_close(q);
		q->due = now + NET_TCP_AGAIN_MS;
	}
	gather_tell(env, 0);
}

/* The length of the message that begins in the buffer, 0: not yet known. */
static size_t
message_length(const struct tcp_query *q)
{
	if (q->have < STUN_HEADER_LEN)
		return 0;
	return STUN_HEADER_LEN + ((size_t)q->buf[2] << 8 | q->buf[3]);
}

static void
on_readable(int fd, short event, void *arg)
{
	struct tcp_query	*q = arg;
	uint64_t		 now = clock_mono_ms();
	struct stun_msg		 m;
	size_t			 want;
	ssize_t			 n;

	(void)event;
	n = read(fd, q->buf + q->have, sizeof(q->buf) - q->have);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		q->have += (size_t)n;
		want = message_length(q);
		if (want > sizeof(q->buf) || q->state != TCP_QUERY_ASKED ||
		    (want != 0 && q->have > want)) {
			query_failed(q, now);
		} else if (want != 0 && q->have == want) {
			if (stun_parse(&m, q->buf, want) == STUN_OK &&
			    m.class == STUN_SUCCESS &&
			    m.method == STUN_BINDING &&
			    memcmp(m.id, q->id, sizeof(m.id)) == 0 &&
			    m.mapped.family == q->server.family)
				query_answered(q, &m, now);
			else
				query_failed(q, now);
		}
	} else
		query_failed(q, now);
	net_schedule(q->env);
}

/* --- Servers ------------------------------------------------------- */

static int
is_listed(const struct msg_eps *servers, const struct endpoint *ep)
{
	size_t	 i;

	for (i = 0; i < servers->n; i++)
		if (endpoint_cmp(&servers->e[i], ep) == 0)
			return 1;
	return 0;
}

static int
is_known(const struct env *env, const struct endpoint *ep)
{
	size_t	 i;

	for (i = 0; i < MSG_EPS_MAX; i++)
		if (env->tcp_queries[i].server.family != 0 &&
		    endpoint_cmp(&env->tcp_queries[i].server, ep) == 0)
			return 1;
	return 0;
}

/* Servers that stay keep their place, and their connection. */
void
gather_tcp_servers(struct env *env, const struct msg_eps *servers)
{
	struct tcp_query	*q;
	size_t			 i, k;

	for (i = 0; i < MSG_EPS_MAX; i++) {
		q = &env->tcp_queries[i];
		if (q->server.family == 0 || is_listed(servers, &q->server))
			continue;
		query_close(q);
		memset(q, 0, sizeof(*q));
	}
	for (i = k = 0; i < servers->n; i++) {
		if (servers->e[i].family == 0 || servers->e[i].port == 0 ||
		    tcp_port(&env->tcp, servers->e[i].family) == 0 ||
		    is_known(env, &servers->e[i]))
			continue;
		while (env->tcp_queries[k].server.family != 0)
			k++;
		q = &env->tcp_queries[k];
		memset(q, 0, sizeof(*q));
		q->env = env;
		q->server = servers->e[i];
	}
}

/* A connection from an address that is no more is of no use. */
void
gather_tcp_changed(struct env *env, uint64_t now)
{
	struct tcp_query	*q;
	size_t			 i;
	uint16_t		 k;

	for (i = 0; i < MSG_EPS_MAX; i++) {
		q = &env->tcp_queries[i];
		if (q->server.family == 0)
			continue;
		for (k = 0; k < env->local.n; k++)
			if (endpoint_cmp_addr(&env->local.e[k].ep,
			    &q->local) == 0)
				break;
		if (k == env->local.n) {
			query_close(q);
			q->keep = 0;
			q->began = 0;
			memset(&q->mapped, 0, sizeof(q->mapped));
		}
		if (q->state == TCP_QUERY_NONE || q->state == TCP_QUERY_KEPT)
			q->due = now;
		q->fails = 0;
	}
}

void
gather_tcp_missed(struct env *env, uint64_t at)
{
	struct tcp_query	*q;
	size_t			 i;

	for (i = 0; i < MSG_EPS_MAX; i++) {
		q = &env->tcp_queries[i];
		if (q->server.family != 0 && q->state == TCP_QUERY_NONE &&
		    q->mapped.family == 0 && q->due > at)
			q->due = at;
	}
}

int
gather_tcp_waiting(const struct env *env)
{
	const struct tcp_query	*q;
	uint64_t		 now = clock_mono_ms();
	size_t			 i;

	for (i = 0; i < MSG_EPS_MAX; i++) {
		q = &env->tcp_queries[i];
		if (q->server.family != 0 && q->mapped.family == 0 &&
		    q->fails == 0 && (q->began == 0 ||
		    now - q->began < NET_TCP_WAIT_MS))
			return 1;
	}
	return 0;
}

int
gather_tcp_get(const struct env *env, size_t i, struct tcp_mapping *m)
{
	const struct tcp_query	*q;

	if (i >= MSG_EPS_MAX || env->tcp_queries[i].server.family == 0)
		return -1;
	q = &env->tcp_queries[i];
	m->server = q->server;
	m->mapped = q->mapped;
	m->local = q->local;
	m->rtt_us = q->rtt_us;
	return 0;
}

/* --- Candidates ---------------------------------------------------- */

void
gather_tcp_local(const struct env *env, struct msg_cands *set)
{
	struct endpoint	 ep;
	uint16_t	 i, n = env->local.n;

	for (i = 0; i < n; i++) {
		if (env->local.e[i].transport != ICE_UDP)
			continue;
		ep = env->local.e[i].ep;
		if ((ep.port = tcp_port(&env->tcp, ep.family)) != 0)
			gather_add(set, env->local.e[i].type, ICE_TCP, &ep);
	}
}

void
gather_tcp_public(const struct env *env, struct msg_cands *set)
{
	size_t	 i;

	for (i = 0; i < MSG_EPS_MAX; i++)
		if (env->tcp_queries[i].mapped.family != 0)
			gather_add(set, ICE_PUBLIC, ICE_TCP,
			    &env->tcp_queries[i].mapped);
}

uint64_t
gather_tcp_tick(struct env *env, uint64_t now)
{
	struct tcp_query	*q;
	uint64_t		 next = UINT64_MAX, wait;
	size_t			 i;

	for (i = 0; i < MSG_EPS_MAX; i++) {
		q = &env->tcp_queries[i];
		if (q->server.family == 0)
			continue;
		if (q->due > now)
			;
		else if (q->state == TCP_QUERY_NONE)
			query_dial(q, now);
		else if (q->state == TCP_QUERY_KEPT)
			query_ask(q, now);
		else
			query_failed(q, now);
		if (q->due < next)
			next = q->due;
		/* Then the set is told without it. */
		wait = q->began + NET_TCP_WAIT_MS;
		if (q->began != 0 && q->mapped.family == 0 && wait > now &&
		    wait < next)
			next = wait;
	}
	if (env->tell_waits && !gather_tcp_waiting(env))
		gather_tell(env, 0);
	return next;
}
