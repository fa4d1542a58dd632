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
 * All deadlines on one timer: handshakes, codes, idle pairs.  Each list is in
 * the order of its ends, so only their heads are looked at, and without any
 * there is no timer.
 */

#include <sys/types.h>

#include "base/clock.h"
#include "spliceproc/spliceproc.h"

void
timer_set(struct event *ev, uint64_t ms)
{
	struct timeval	 tv;

	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	evtimer_add(ev, &tv);
}

static uint64_t
handshakes_expire(struct env *env, uint64_t now)
{
	struct leg	*leg;

	while ((leg = TAILQ_FIRST(&env->handshakes)) != NULL) {
		if (leg->end_ms > now)
			return leg->end_ms;
		leg_refuse(leg);
	}
	return 0;
}

static void
earlier(uint64_t *next, uint64_t end)
{
	if (end != 0 && (*next == 0 || end < *next))
		*next = end;
}

void
timer_arm(struct env *env)
{
	uint64_t	 now = clock_mono_ms(), next = 0;

	earlier(&next, handshakes_expire(env, now));
	earlier(&next, codes_expire(env, now));
	earlier(&next, pairs_expire(env, now));
	if (next == 0 || (env->armed_ms != 0 && env->armed_ms <= next))
		return;
	/* Deadlines that are close together wake us once. */
	next += SPLICE_GRAIN_MS;
	env->armed_ms = next;
	timer_set(&env->deadline, next - now);
}

static void
on_deadline(int fd, short event, void *arg)
{
	struct env	*env = arg;

	(void)fd;
	(void)event;
	env->armed_ms = 0;
	timer_arm(env);
}

void
timer_init(struct env *env)
{
	evtimer_set(&env->deadline, on_deadline, env);
}
