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
 * Counters of the whole service, collected on demand.  Those who ask while
 * a round is under way share its result.
 */

#include <sys/types.h>

#include <string.h>

#include "policyproc/policyproc.h"

static void
status_reset(struct status *st)
{
	evtimer_del(&st->limit);
	st->nids = 0;
	st->waiting = 0;
	memset(st->tls, 0, sizeof(st->tls));
	st->stun = 0;
}

static void
status_finish(struct env *env)
{
	struct status	*st = &env->status;
	size_t		 i;

	st->sum.connected = (uint32_t)env->nlinks;
	st->sum.introductions = env->introductions;
	st->sum.policy_sent = env->commits_sent;
	st->sum.policy_acked = env->commits_acked;
	st->sum.latency.n = POLICY_BUCKETS;
	for (i = 0; i < POLICY_BUCKETS; i++)
		st->sum.latency.e[i] = env->latency[i] > UINT32_MAX ?
		    UINT32_MAX : (uint32_t)env->latency[i];
	for (i = 0; i < st->nids; i++) {
		st->sum.id = st->ids[i];
		msg_send_service_status(proc_peer(&env->proc, ROLE_STORE),
		    &st->sum, -1);
	}
	status_reset(st);
}

static void
status_ask(struct env *env, struct chan *c, uint8_t *waits)
{
	struct msg_counters_get	 m;

	memset(&m, 0, sizeof(m));
	m.id = env->status.round;
	if (c == NULL || msg_send_counters_get(c, &m, -1) == -1)
		return;
	*waits = 1;
	env->status.waiting++;
}

void
status_get(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_service_status_get	*m = data;
	struct timeval				 tv;
	struct env				*env = arg;
	struct status				*st = &env->status;
	size_t					 i;

	(void)c;
	(void)fd;
	if (st->nids == POLICY_STATUS_MAX)
		return;
	st->ids[st->nids++] = m->id;
	if (st->nids > 1)
		return;
	memset(&st->sum, 0, sizeof(st->sum));
	st->round++;
	for (i = 0; i < PROC_INSTANCES_MAX; i++)
		status_ask(env, env->proc.peers[ROLE_TLS][i], &st->tls[i]);
	status_ask(env, proc_peer(&env->proc, ROLE_STUN), &st->stun);
	tv.tv_sec = POLICY_STATUS_MS / 1000;
	tv.tv_usec = POLICY_STATUS_MS % 1000 * 1000;
	evtimer_add(&st->limit, &tv);
	if (st->waiting == 0)
		status_finish(env);
}

static void
status_answered(struct env *env, uint8_t *waits)
{
	if (!*waits)
		return;
	*waits = 0;
	if (--env->status.waiting == 0)
		status_finish(env);
}

void
status_counters(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_counters	*m = data;
	struct env			*env = arg;
	struct status			*st = &env->status;
	uint8_t				*waits;

	(void)fd;
	waits = c->role == ROLE_STUN ? &st->stun : &st->tls[c->instance];
	if (m->id != st->round || !*waits)
		return;
	if (c->role == ROLE_STUN) {
		st->sum.stun_requests += m->rx;
		st->sum.stun_answers += m->tx;
		st->sum.stun_dropped += m->dropped;
	} else {
		st->sum.tls_rx_bytes += m->rx;
		st->sum.tls_tx_bytes += m->tx;
		st->sum.tls_refused += m->refused;
		st->sum.tls_bad_frames += m->dropped;
	}
	status_answered(env, waits);
}

void
status_peer_down(struct env *env, uint32_t role, uint32_t instance)
{
	if (role == ROLE_STUN)
		status_answered(env, &env->status.stun);
	else if (role == ROLE_TLS)
		status_answered(env, &env->status.tls[instance]);
	else if (role == ROLE_STORE)
		status_reset(&env->status);
}

void
status_timer(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	status_finish(arg);
}
