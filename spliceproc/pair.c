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
 * Two joined connections and the bytes between them.  A pair is given a
 * bounded amount of work on each turn of the event loop, so that one that is
 * busy does not hold up the others.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "spliceproc/spliceproc.h"

#define BUCKET_MIN	65536	/* bytes */
#define FILL_MAX_MS	100000	/* the product below stays small */
#define RESUME_MIN	512	/* not worth a wake-up below this */

static void	 on_tick(int, short, void *);

void
pairs_init(struct env *env)
{
	TAILQ_INIT(&env->pairs);
	TAILQ_INIT(&env->limited);
	evtimer_set(&env->tick, on_tick, env);
	/* A quarter of a second at once. */
	env->burst = env->rate / 4;
	if (env->burst < BUCKET_MIN)
		env->burst = BUCKET_MIN;
}

static void
pair_free(struct pair *p, int abort)
{
	struct env	*env = p->env;
	size_t		 i;

	TAILQ_REMOVE(&env->pairs, p, entry);
	if (p->limited)
		TAILQ_REMOVE(&env->limited, p, limit_entry);
	for (i = 0; i < RELAY_SIDES; i++) {
		env->mover->drop(&p->flows[i].hold);
		leg_free(p->legs[i], abort);
	}
	env->npairs--;
	load_changed(env);
	free(p);
}

/* --- Rate ---------------------------------------------------------- */

static void
tokens_fill(struct pair *p, uint64_t now)
{
	struct env	*env = p->env;
	uint64_t	 ms = now - p->filled_ms, add;

	if (ms > FILL_MAX_MS)
		ms = FILL_MAX_MS;
	add = env->rate * ms / 1000;
	if (add == 0)
		return;
	p->filled_ms = now;
	p->tokens = add >= env->burst - p->tokens ? env->burst :
	    p->tokens + add;
}

static uint64_t
resume_at(const struct env *env)
{
	uint64_t	 n = env->rate * SPLICE_TICK_MS / 1000;

	if (n < RESUME_MIN)
		return RESUME_MIN;
	return n < env->burst ? n : env->burst;
}

/* Nothing more is read from either side until the tick. */
static void
pair_limit(struct pair *p)
{
	struct env	*env = p->env;

	if (p->limited)
		return;
	p->limited = 1;
	event_del(&p->legs[0]->readable);
	event_del(&p->legs[1]->readable);
	if (TAILQ_EMPTY(&env->limited))
		timer_set(&env->tick, SPLICE_TICK_MS);
	TAILQ_INSERT_TAIL(&env->limited, p, limit_entry);
}

static void
pair_unlimit(struct pair *p)
{
	size_t	 i;

	p->limited = 0;
	TAILQ_REMOVE(&p->env->limited, p, limit_entry);
	for (i = 0; i < RELAY_SIDES; i++)
		if (!p->flows[i].ended && !p->flows[i].blocked)
			event_add(&p->legs[i]->readable, NULL);
}

static void
on_tick(int fd, short event, void *arg)
{
	struct env	*env = arg;
	struct pair	*p, *next;
	uint64_t	 now = clock_mono_ms(), enough = resume_at(env);

	(void)fd;
	(void)event;
	for (p = TAILQ_FIRST(&env->limited); p != NULL; p = next) {
		next = TAILQ_NEXT(p, limit_entry);
		tokens_fill(p, now);
		if (p->tokens >= enough)
			pair_unlimit(p);
	}
	if (!TAILQ_EMPTY(&env->limited))
		timer_set(&env->tick, SPLICE_TICK_MS);
}

/* How many bytes may be read now. */
static size_t
flow_budget(struct pair *p, uint64_t now)
{
	if (p->env->rate == 0)
		return SPLICE_BURST;
	tokens_fill(p, now);
	if (p->limited)
		return 0;
	return p->tokens < SPLICE_BURST ? (size_t)p->tokens : SPLICE_BURST;
}

static void
flow_charge(struct pair *p, size_t taken)
{
	if (p->env->rate == 0)
		return;
	p->tokens -= taken;
	if (p->tokens == 0)
		pair_limit(p);
}

/* --- Flow ---------------------------------------------------------- */

static void
pair_touch(struct pair *p, uint64_t now)
{
	if (p->active_ms == now)
		return;
	p->active_ms = now;
	TAILQ_REMOVE(&p->env->pairs, p, entry);
	TAILQ_INSERT_TAIL(&p->env->pairs, p, entry);
}

static void
flow_block(struct pair *p, size_t i)
{
	if (p->flows[i].blocked)
		return;
	p->flows[i].blocked = 1;
	event_del(&p->legs[i]->readable);
	event_add(&p->legs[!i]->writable, NULL);
}

static void
flow_unblock(struct pair *p, size_t i)
{
	if (!p->flows[i].blocked)
		return;
	p->flows[i].blocked = 0;
	event_del(&p->legs[!i]->writable);
	if (!p->limited)
		event_add(&p->legs[i]->readable, NULL);
}

/* Passes the end on; the pair ends with its second flow. */
static void
flow_end(struct pair *p, size_t i)
{
	flow_unblock(p, i);
	p->flows[i].ended = 1;
	event_del(&p->legs[i]->readable);
	if (p->flows[!i].ended)
		pair_free(p, 0);
	else if (shutdown(p->legs[!i]->fd, SHUT_WR) == -1)
		pair_free(p, 1);
}

/* May free the pair. */
static void
flow_run(struct pair *p, size_t i)
{
	struct env	*env = p->env;
	struct flow	*f = &p->flows[i];
	uint64_t	 now = clock_mono_ms();
	size_t		 held = f->hold.bytes, taken;
	enum move	 result;

	result = env->mover->move(&f->hold, p->legs[i]->fd, p->legs[!i]->fd,
	    flow_budget(p, now), &taken);
	if (taken > 0) {
		env->bytes += taken;
		load_changed(env);
		flow_charge(p, taken);
	}
	if (taken > 0 || f->hold.bytes < held)
		pair_touch(p, now);
	switch (result) {
	case MOVE_IDLE:
		flow_unblock(p, i);
		break;
	case MOVE_BLOCKED:
		flow_block(p, i);
		break;
	case MOVE_END:
		flow_end(p, i);
		break;
	case MOVE_FAILED:
		pair_free(p, 1);
		break;
	}
}

static size_t
side_of(const struct leg *leg)
{
	return leg->pair->legs[0] == leg ? 0 : 1;
}

void
pair_leg_readable(struct leg *leg)
{
	flow_run(leg->pair, side_of(leg));
}

void
pair_leg_writable(struct leg *leg)
{
	flow_run(leg->pair, !side_of(leg));
}

/* --- Beginning and end --------------------------------------------- */

/* Four bytes into an empty socket: they fit, or it is broken. */
static int
leg_greet(struct leg *leg)
{
	uint8_t	 status[RELAY_STATUS_LEN];

	relay_status_encode(status);
	return write(leg->fd, status, sizeof(status)) == sizeof(status) ? 0 :
	    -1;
}

void
pair_new(struct leg *a, struct leg *b)
{
	struct env	*env = a->env;
	struct pair	*p;

	a->state = b->state = LEG_JOINED;
	a->code = b->code = NULL;
	load_changed(env);
	if ((p = calloc(1, sizeof(*p))) == NULL) {
		leg_free(a, 1);
		leg_free(b, 1);
		return;
	}
	p->env = env;
	p->legs[0] = a;
	p->legs[1] = b;
	a->pair = b->pair = p;
	p->active_ms = p->filled_ms = clock_mono_ms();
	p->tokens = env->burst;
	TAILQ_INSERT_TAIL(&env->pairs, p, entry);
	env->npairs++;
	if (leg_greet(a) == -1 || leg_greet(b) == -1) {
		pair_free(p, 1);
		return;
	}
	/* The one that waited may have spoken already. */
	event_add(&a->readable, NULL);
	event_add(&b->readable, NULL);
}

uint64_t
pairs_expire(struct env *env, uint64_t now)
{
	struct pair	*p;

	if (env->idle_ms == 0)
		return 0;
	while ((p = TAILQ_FIRST(&env->pairs)) != NULL) {
		if (p->active_ms + env->idle_ms > now)
			return p->active_ms + env->idle_ms;
		pair_free(p, 1);
	}
	return 0;
}
