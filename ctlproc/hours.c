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
 * Active hours by our own clock.  Policy names for each rule when it is in
 * force and for each peer when it may be reached at all; here the times are
 * watched, and tunproc is given the rules of the moment or, outside the
 * hours, nothing.  The tunnel stays meanwhile: when the hours begin, traffic
 * flows at once, whether discovery is there or not.
 */

#include <sys/types.h>

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ctlproc/ctl.h"

#define NS_IN_MS	1000000ULL

uint64_t
hours_next(const struct peer *p, uint64_t now)
{
	const struct msg_policy_entry	*m = &p->policy;
	uint64_t			 next = 0;
	uint16_t			 i;

	for (i = 0; i < m->open.n; i++)
		next = acl_window_next(&m->open.e[i], now, next);
	for (i = 0; i < m->acls.n; i++)
		next = acl_window_next(&m->acls.e[i].when, now, next);
	if (m->not_after > now && (next == 0 || m->not_after < next))
		next = m->not_after;
	return next;
}

void
hours_select(struct peer *p, uint64_t now)
{
	const struct msg_policy_entry	*m = &p->policy;

	p->closed = !acl_windows_hold(m->open.e, m->open.n, now);
	p->acls.n = (uint16_t)acl_timed_select(m->acls.e, m->acls.n, now,
	    p->acls.e);
	p->selected_at = now;
	p->hours_next = hours_next(p, now);
}

/* What is in force is another than before: tell the data path. */
static void
hours_turn(struct env *env, struct peer *p, uint64_t now)
{
	int	 was_closed = p->closed;

	hours_select(p, now);
	if (p->closed != was_closed)
		log_info("%s: %s", p->policy.system, p->closed ?
		    "outside the hours of its policy" :
		    "the hours of its policy begin");
	peer_push_rules(env, p);
}

/* Call again at the first moment at which something changes. */
static void
hours_arm(struct env *env, uint64_t now_ms, uint64_t next)
{
	struct timeval	 tv = { CTL_HOURS_SEC, 0 };
	uint64_t	 left;

	if (next != 0) {
		left = next * 1000 > now_ms ? next * 1000 - now_ms : 1;
		if (left < CTL_HOURS_SEC * 1000) {
			tv.tv_sec = (time_t)(left / 1000);
			tv.tv_usec = (suseconds_t)(left % 1000 * 1000);
		}
	}
	evtimer_add(&env->ev_hours, &tv);
}

void
hours_look(struct env *env)
{
	uint64_t	 now_ms = clock_wall_ns() / NS_IN_MS;
	uint64_t	 now = now_ms / 1000, next = 0;
	struct peer	*p;

	env->hours_looked = now;
	TAILQ_FOREACH(p, &env->peers, entry) {
		if (p->expired)
			continue;
		if (p->policy.not_after != 0 && p->policy.not_after <= now) {
			peer_expire(env, p);
			continue;
		}
		if (now < p->selected_at || (p->hours_next != 0 &&
		    p->hours_next <= now))
			hours_turn(env, p, now);
		if (p->hours_next != 0 && (next == 0 || p->hours_next < next))
			next = p->hours_next;
	}
	env->hours_next = next;
	hours_arm(env, now_ms, next);
}

void
hours_timer(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	hours_look(arg);
}

/* Was the clock set, so that the timer is too late or what was done wrong? */
void
hours_tick(struct env *env)
{
	uint64_t	 now = clock_wall_sec();

	if (now < env->hours_looked ||
	    (env->hours_next != 0 && env->hours_next <= now))
		hours_look(env);
}
