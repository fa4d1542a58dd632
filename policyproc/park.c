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
 * Systems whose state bars them until an administrator decides otherwise:
 * disabled, not approved yet, or in quarantine.  Who has just been told so and
 * comes again waits here with his connection, so that he is served at the
 * moment of that decision, and not when he next happens to ask.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "policyproc/policyproc.h"

static void
park_free(struct env *env, struct parked *p)
{
	p->system->parked = NULL;
	TAILQ_REMOVE(&env->parked, p, entry);
	env->nparked--;
	free(p);
}

/* For the one that waits longest. */
static void
park_arm(struct env *env)
{
	struct parked	*p = TAILQ_FIRST(&env->parked);
	struct timeval	 tv = { 0, 0 };
	uint64_t	 now = clock_mono_ms();

	if (p == NULL)
		return;
	if (p->due_ms > now) {
		tv.tv_sec = (time_t)((p->due_ms - now) / 1000);
		tv.tv_usec = (suseconds_t)((p->due_ms - now) % 1000 * 1000);
	}
	evtimer_add(&env->park_timer, &tv);
}

void
park_refuse(struct env *env, struct system *s, const char *reason)
{
	if (s->parked == NULL)
		return;
	link_refuse_conn(env, s->parked->m.conn, reason);
	s->refused_ms = clock_mono_ms();
	park_free(env, s->parked);
}

int
park_wait(struct env *env, struct system *s,
    const struct msg_authenticated *m)
{
	uint64_t	 now = clock_mono_ms();
	struct parked	*p;

	if (s->refused_ms == 0 || now - s->refused_ms > POLICY_TOLD_MS ||
	    (s->state != SYSTEM_DISABLED && s->state != SYSTEM_UNAPPROVED &&
	    s->state != SYSTEM_QUARANTINED))
		return 0;
	/* One waits, the latest. */
	park_refuse(env, s, "another connection of this system");
	if (env->nparked >= POLICY_PARKED_MAX ||
	    (p = calloc(1, sizeof(*p))) == NULL)
		return 0;
	p->m = *m;
	p->system = s;
	p->due_ms = now + POLICY_PARKED_MS;
	TAILQ_INSERT_TAIL(&env->parked, p, entry);
	env->nparked++;
	s->parked = p;
	park_arm(env);
	return 1;
}

void
park_look(struct env *env, struct system *s)
{
	struct msg_authenticated	 m;

	if (s->parked == NULL || (s->state != SYSTEM_ENABLED &&
	    s->state != SYSTEM_REVOKED))
		return;
	m = s->parked->m;
	park_free(env, s->parked);
	link_open(env, &m);
}

void
park_conn_gone(struct env *env, uint32_t conn)
{
	struct parked	*p;

	TAILQ_FOREACH(p, &env->parked, entry) {
		if (p->m.conn != conn)
			continue;
		park_free(env, p);
		return;
	}
}

void
park_drop_instance(struct env *env, uint32_t instance)
{
	struct parked	*p, *next;

	TAILQ_FOREACH_SAFE(p, &env->parked, entry, next)
		if (POLICY_CONN_TLS(p->m.conn) == instance)
			park_free(env, p);
}

/* Told again from time to time, so that he knows that we are there. */
void
park_timer(int fd, short event, void *arg)
{
	struct env	*env = arg;
	struct parked	*p;
	const char	*reason;

	(void)fd;
	(void)event;
	while ((p = TAILQ_FIRST(&env->parked)) != NULL &&
	    p->due_ms <= clock_mono_ms()) {
		reason = link_state_reason(p->system);
		park_refuse(env, p->system, reason != NULL ? reason :
		    "try again");
	}
	park_arm(env);
}
