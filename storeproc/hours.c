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
 * Policies and time: their state as lists show it, the zones of their active
 * hours, and what happens to those that have ended.
 */

#include <sys/types.h>
#include <sys/mman.h>

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "storeproc/storeproc.h"
#include "tz/tz.h"

#define END_LOOK_SEC	30	/* at least: the clock may be set */
#define END_MAX		64	/* in one go */

void
hours_zones(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_zones	*m = data;
	struct env		*env = arg;
	void			*p;

	(void)c;
	if (m->size == 0 || m->size > TZ_PACK_MAX)
		fatalx("time zones: not a size");
	p = mmap(NULL, m->size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		fatal("time zones");
	close(fd);
	env->zones = p;
	env->zones_len = m->size;
}

static void
hours_of(struct tz_hours *h, const struct db_policy *p)
{
	memset(h, 0, sizeof(*h));
	h->days = p->days;
	h->start = p->start;
	h->end = p->end;
	strlcpy(h->zone, p->zone, sizeof(h->zone));
}

const char *
hours_check(struct env *env, const struct db_policy *p)
{
	struct tz_hours	 h;
	struct tz	 tz;
	const char	*why;

	hours_of(&h, p);
	if (!tz_hours_valid(&h))
		return "these are no active hours";
	if (h.days != 0 && h.start == h.end)
		return "hours that end when they begin are never";
	if (h.days != 0 && tz_pack_find(env->zones, env->zones_len, h.zone,
	    &tz, &why) == -1)
		return why;
	return NULL;
}

/* By the hours alone; next is when that changes. */
static enum policy_state
hours_state(struct env *env, const struct db_policy *p, uint64_t now,
    uint64_t *next)
{
	struct acl_window	 w;
	struct tz_hours		 h;
	struct tz		 tz;
	const char		*why;

	hours_of(&h, p);
	if (h.days == 0)
		return POLICY_ACTIVE;
	if (tz_pack_find(env->zones, env->zones_len, h.zone, &tz, &why) == -1)
		return POLICY_NO_ZONE;
	if (tz_hours_windows(&h, &tz, now, &w, 1) == 0)
		return POLICY_OUTSIDE_HOURS;
	*next = acl_window_next(&w, now, *next);
	return acl_window_holds(&w, now) ? POLICY_ACTIVE :
	    POLICY_OUTSIDE_HOURS;
}

uint8_t
hours_policy_state(struct env *env, const struct db_policy *p,
    uint64_t *next)
{
	uint64_t	 now = clock_wall_sec();
	uint64_t	 end = (uint64_t)p->not_after;

	*next = 0;
	if (end != 0 && end <= now)
		return POLICY_EXPIRED;
	if (!p->enabled)
		return POLICY_DISABLED;
	if (p->nacls == 0)
		return POLICY_NO_RULES;
	*next = end;
	return (uint8_t)hours_state(env, p, now, next);
}

/* One that has ended; -1 when it could not be stored. */
static int
end_one(struct env *env, const struct db_policy *end)
{
	struct db_policy	 p;

	db_actor(env->db, "timer");
	if (db_policy_get(env->db, end->id, &p) != DB_OK)
		return -1;
	if (end->end_action == DB_END_DELETE) {
		if (db_policy_delete(env->db, p.id) != DB_OK)
			return -1;
		model_send_policy_gone(env, p.org, p.id);
	} else {
		if (db_policy_set_enabled(env->db, p.id, 0) != DB_OK)
			return -1;
		model_send_policy(env, p.id);
	}
	log_info("policy \"%s\" has ended and was %s", p.name,
	    end->end_action == DB_END_DELETE ? "deleted" : "disabled");
	return 0;
}

void
hours_end_look(struct env *env)
{
	struct timeval	 tv = { END_LOOK_SEC, 0 };
	struct db_policy p;
	uint64_t	 now = clock_wall_sec();
	int		 i;

	if (batch_stalls(env, &env->end_timer))
		return;
	for (i = 0; i < END_MAX; i++) {
		if (db_policy_next_end(env->db, &p) != DB_OK)
			break;
		if ((uint64_t)p.not_after > now) {
			if ((uint64_t)p.not_after - now < END_LOOK_SEC)
				tv.tv_sec = p.not_after - (int64_t)now;
			break;
		}
		if (end_one(env, &p) == -1) {
			log_warnx("a policy that has ended: %s",
			    db_errstr(env->db));
			break;
		}
	}
	if (i == END_MAX)
		tv.tv_sec = 0;
	evtimer_add(&env->end_timer, &tv);
}

void
hours_end_timer(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	hours_end_look(arg);
}
