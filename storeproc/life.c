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
 * What happens by itself: keys and systems that have an end come to it by
 * the wall clock, and ephemeral systems go when they have been disconnected for
 * their retention, by the monotonic one.  What has become of the hours while we
 * were away is made up for at the start; retention begins anew then, since
 * nobody could have come back to a service that was not there.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "storeproc/storeproc.h"

#define LIFE_TICK_MS	10000	/* at most: the wall clock may be set */
#define LIFE_NEVER	UINT64_MAX
#define LIFE_BURST	64	/* in one go; then others are served */

static int	id_cmp(const struct leaving *, const struct leaving *);
static int	due_cmp(const struct leaving *, const struct leaving *);

RB_PROTOTYPE(leaving_ids, leaving, by_id, id_cmp)
RB_PROTOTYPE(leaving_dues, leaving, by_due, due_cmp)
RB_GENERATE(leaving_ids, leaving, by_id, id_cmp)
RB_GENERATE(leaving_dues, leaving, by_due, due_cmp)

static int
id_cmp(const struct leaving *a, const struct leaving *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

static int
due_cmp(const struct leaving *a, const struct leaving *b)
{
	if (a->due_ms != b->due_ms)
		return a->due_ms < b->due_ms ? -1 : 1;
	return id_cmp(a, b);
}

static void
life_arm(struct env *env, uint64_t ms)
{
	struct timeval	 tv;

	if (ms == LIFE_NEVER)
		return;
	if (ms > LIFE_TICK_MS)
		ms = LIFE_TICK_MS;
	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	evtimer_add(&env->life_timer, &tv);
}

/* 1 when a key has come to its end; else *ms is what is left to the next. */
static int
life_expire_key(struct env *env, uint64_t *ms)
{
	uint64_t	 now = clock_wall_ns() / 1000000, due;
	int64_t		 id, when;
	struct db_key	 key;
	enum db_result	 result;

	result = db_key_next_expiry(env->db, &id, &when);
	if (result == DB_NOTFOUND)
		return 0;
	due = (uint64_t)when * 1000;
	if (result == DB_OK && due > now) {
		if (due - now < *ms)
			*ms = due - now;
		return 0;
	}
	if (result == DB_OK)
		result = db_key_get(env->db, id, &key);
	if (result == DB_OK)
		result = db_key_expire(env->db, id);
	if (result != DB_OK) {
		/* It is refused by its date meanwhile. */
		log_warnx("expired keys: %s", db_errstr(env->db));
		*ms = LIFE_TICK_MS;
		return 0;
	}
	log_info("enrolment key %lld has expired and is %s", (long long)id,
	    key.action == DB_KEY_DELETE ? "deleted" : "disabled");
	return 1;
}

/* The same for a system that is enabled for a time. */
static int
life_expire_until(struct env *env, uint64_t *ms)
{
	uint64_t		 now = clock_wall_ns() / 1000000, due;
	int64_t			 id, when;
	struct db_system	 s;
	enum db_result		 result;

	result = db_system_next_expiry(env->db, &id, &when);
	if (result == DB_NOTFOUND)
		return 0;
	due = (uint64_t)when * 1000;
	if (result == DB_OK && due > now) {
		if (due - now < *ms)
			*ms = due - now;
		return 0;
	}
	if (result == DB_OK)
		result = db_system_get(env->db, id, &s);
	if (result == DB_OK)
		result = db_system_expire(env->db, id);
	if (result != DB_OK) {
		log_warnx("systems with an end: %s", db_errstr(env->db));
		*ms = LIFE_TICK_MS;
		return 0;
	}
	model_send_system(env, id);
	log_info("the time of system %s is over and it is %s", s.name,
	    s.until_action == DB_SYSTEM_REVOKED ? "revoked" : "disabled");
	return 1;
}

static void
leaving_free(struct env *env, struct leaving *l)
{
	RB_REMOVE(leaving_ids, &env->leaving, l);
	RB_REMOVE(leaving_dues, &env->leaving_due, l);
	free(l);
}

static void
life_remove_system(struct env *env, int64_t id)
{
	struct db_system	 s;

	if (db_system_get(env->db, id, &s) != DB_OK || !s.ephemeral ||
	    s.state == DB_SYSTEM_REVOKED || model_is_online(env, id))
		return;
	if (db_system_delete(env->db, id) != DB_OK) {
		log_warnx("ephemeral system %s: %s", s.name,
		    db_errstr(env->db));
		life_gone(env, id);
		return;
	}
	model_send_system_gone(env, id);
	log_info("ephemeral system %s was disconnected for %u minutes and is "
	    "deleted", s.name, s.retention_minutes);
}

/* As life_expire_key, for a system that does not come back. */
static int
life_expire_system(struct env *env, uint64_t *ms)
{
	struct leaving	*l = RB_MIN(leaving_dues, &env->leaving_due);
	uint64_t	 now = clock_mono_ms();
	int64_t		 id;

	if (l == NULL)
		return 0;
	if (l->due_ms > now) {
		if (l->due_ms - now < *ms)
			*ms = l->due_ms - now;
		return 0;
	}
	id = l->id;
	leaving_free(env, l);
	life_remove_system(env, id);
	return 1;
}

void
life_timer(int fd, short event, void *arg)
{
	struct env	*env = arg;
	uint64_t	 ms = LIFE_NEVER;
	int		 n = 0;

	(void)fd;
	(void)event;
	if (batch_stalls(env, &env->life_timer))
		return;
	while (n < LIFE_BURST && (life_expire_key(env, &ms) ||
	    life_expire_until(env, &ms) || life_expire_system(env, &ms)))
		n++;
	life_arm(env, n == LIFE_BURST ? 0 : ms);
}

void
life_changed(struct env *env)
{
	life_arm(env, 0);
}

static void
life_wait_for(struct env *env, const struct db_system *s)
{
	struct leaving	*l;

	if (!s->ephemeral || s->state == DB_SYSTEM_REVOKED)
		return;
	life_back(env, s->id);
	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("ephemeral system");
	l->id = s->id;
	l->due_ms = clock_mono_ms() +
	    (uint64_t)s->retention_minutes * life_limits.minute_ms;
	RB_INSERT(leaving_ids, &env->leaving, l);
	RB_INSERT(leaving_dues, &env->leaving_due, l);
}

void
life_gone(struct env *env, int64_t id)
{
	struct db_system	 s;

	if (db_system_get(env->db, id, &s) != DB_OK || !s.ephemeral)
		return;
	life_wait_for(env, &s);
	life_arm(env, 0);
}

void
life_back(struct env *env, int64_t id)
{
	struct leaving	 key, *l;

	key.id = id;
	if ((l = RB_FIND(leaving_ids, &env->leaving, &key)) != NULL)
		leaving_free(env, l);
}

static int
each_system(const struct db_system *s, void *arg)
{
	struct env	*env = arg;

	if (!model_is_online(env, s->id))
		life_wait_for(env, s);
	return 0;
}

void
life_anew(struct env *env)
{
	struct leaving	*l;

	while ((l = RB_ROOT(&env->leaving)) != NULL)
		leaving_free(env, l);
	if (db_each_system(env->db, each_system, env) != DB_OK)
		log_warnx("ephemeral systems: %s", db_errstr(env->db));
	life_arm(env, 0);
}
