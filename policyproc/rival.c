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
 * Two connections that have proved to be the same system.  An agent whose
 * network has changed comes again while its old connection still looks alive
 * here; a cloned image comes while the other one lives.  Who shows the session
 * of the last welcome is the same agent and does not wait.  For all others the
 * older connection is asked for a sign of life, and the newer one waits.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "policyproc/policyproc.h"

static void
rival_free(struct env *env, struct rival *r)
{
	r->system->rival = NULL;
	TAILQ_REMOVE(&env->rivals, r, entry);
	env->nrivals--;
	free(r);
}

/* For the one that waits longest. */
static void
rival_arm(struct env *env)
{
	struct rival	*r = TAILQ_FIRST(&env->rivals);
	struct timeval	 tv = { 0, 0 };
	uint64_t	 now = clock_mono_ms();

	if (r == NULL)
		return;
	if (r->due_ms > now) {
		tv.tv_sec = (time_t)((r->due_ms - now) / 1000);
		tv.tv_usec = (suseconds_t)((r->due_ms - now) % 1000 * 1000);
	}
	evtimer_add(&env->rival_timer, &tv);
}

void
rival_refuse(struct env *env, struct system *s, const char *reason)
{
	if (s->rival == NULL)
		return;
	link_refuse_conn(env, s->rival->m.conn, reason);
	rival_free(env, s->rival);
}

void
rival_admit(struct env *env, struct system *s)
{
	struct msg_authenticated	 m;

	if (s->rival == NULL)
		return;
	m = s->rival->m;
	rival_free(env, s->rival);
	link_open(env, &m);
}

void
rival_wait(struct env *env, struct system *s,
    const struct msg_authenticated *m)
{
	struct msg_conn_probe	 probe;
	struct rival		*r;

	/* One waits, the latest; the question is asked already. */
	rival_refuse(env, s, "another connection of this system");
	if (env->nrivals >= POLICY_RIVALS_MAX ||
	    (r = calloc(1, sizeof(*r))) == NULL) {
		link_refuse_conn(env, m->conn,
		    "the service is busy: try again");
		return;
	}
	r->m = *m;
	r->system = s;
	r->due_ms = clock_mono_ms() + POLICY_PROBE_MS;
	TAILQ_INSERT_TAIL(&env->rivals, r, entry);
	env->nrivals++;
	s->rival = r;
	memset(&probe, 0, sizeof(probe));
	probe.conn = s->link->conn;
	msg_send_conn_probe(link_tls(env, probe.conn), &probe, -1);
	rival_arm(env);
}

void
rival_again(struct env *env, struct system *s)
{
	struct msg_authenticated	 m;

	if (s->rival == NULL)
		return;
	m = s->rival->m;
	rival_free(env, s->rival);
	rival_wait(env, s, &m);
}

/* To be told to the administrator, once a minute of one system. */
static void
rival_report(struct env *env, struct system *s, const struct endpoint *newer)
{
	struct msg_system_clone	 m;
	uint64_t		 now = clock_mono_ms();

	if (s->clone_ms != 0 && now - s->clone_ms < POLICY_CLONE_MS &&
	    s->org->clone != CLONE_QUARANTINE)
		return;
	s->clone_ms = now;
	memset(&m, 0, sizeof(m));
	m.system = s->id;
	m.policy = s->org->clone;
	m.older = s->link->source;
	m.newer = *newer;
	msg_send_system_clone(proc_peer(&env->proc, ROLE_STORE), &m, -1);
}

static void
rival_clone(struct env *env, struct system *s)
{
	const char	*reason;

	rival_report(env, s, &s->rival->m.from);
	switch (s->org->clone) {
	case CLONE_REPLACE:
		link_refuse(env, s->link, "another system with this identity "
		    "has taken its place");
		rival_admit(env, s);
		break;
	case CLONE_QUARANTINE:
		/* At once; storeproc will say the same. */
		s->state = SYSTEM_QUARANTINED;
		reason = link_state_reason(s);
		rival_refuse(env, s, reason);
		link_refuse(env, s->link, reason);
		model_system_apply(env, s);
		break;
	default:
		rival_refuse(env, s, "another system with this identity is "
		    "connected: if this one is a copy, \"enclavectl "
		    "reset-identity\" makes it one of its own");
	}
}

void
rival_alive(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_conn_alive	*m = data;
	struct env			*env = arg;
	struct link			*l;

	(void)fd;
	if (link_foreign(env, c, MSG_CONN_ALIVE, m->conn))
		return;
	if ((l = link_find(env, m->conn)) == NULL || l->system->rival == NULL)
		return;
	rival_clone(env, l->system);
	push_run(env);
}

void
rival_conn_gone(struct env *env, uint32_t conn)
{
	struct rival	*r;

	TAILQ_FOREACH(r, &env->rivals, entry) {
		if (r->m.conn != conn)
			continue;
		rival_free(env, r);
		return;
	}
}

void
rival_drop_instance(struct env *env, uint32_t instance)
{
	struct rival	*r, *next;

	TAILQ_FOREACH_SAFE(r, &env->rivals, entry, next)
		if (POLICY_CONN_TLS(r->m.conn) == instance)
			rival_free(env, r);
}

void
rival_timer(int fd, short event, void *arg)
{
	struct env	*env = arg;
	struct system	*s;
	struct rival	*r;

	(void)fd;
	(void)event;
	while ((r = TAILQ_FIRST(&env->rivals)) != NULL &&
	    r->due_ms <= clock_mono_ms()) {
		s = r->system;
		if (s->link != NULL)
			link_refuse(env, s->link,
			    "another connection of this system");
		rival_admit(env, s);
	}
	rival_arm(env);
	push_run(env);
}
