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
 * Active hours: the windows in which a policy holds, for about a week ahead,
 * so that agents know them although we may be away when they come.  A window
 * that has ended makes room for one more.
 */

#include <sys/types.h>
#include <sys/mman.h>

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "policyproc/policyproc.h"

#define HOURS_AGAIN_SEC	3600	/* none within a week: look again */

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

const char *
hours_take(struct policy *p, const struct msg_model_policy *m)
{
	memset(&p->hours, 0, sizeof(p->hours));
	p->hours.days = m->days;
	p->hours.start = m->start;
	p->hours.end = m->end;
	strlcpy(p->hours.zone, m->zone, sizeof(p->hours.zone));
	return tz_hours_valid(&p->hours) ? NULL : "not active hours";
}

void
hours_compute(struct env *env, struct policy *p, uint64_t now)
{
	struct tz	 tz;
	const char	*why;

	p->nwindows = 0;
	p->computed = now;
	p->refresh = 0;
	if (p->hours.days == 0)
		return;
	p->refresh = now + HOURS_AGAIN_SEC;
	if (tz_pack_find(env->zones, env->zones_len, p->hours.zone, &tz,
	    &why) == -1) {
		/* It fails closed. */
		log_warnx("policy %u is not in force: %s: %s", p->id,
		    p->hours.zone, why);
		return;
	}
	p->nwindows = tz_hours_windows(&p->hours, &tz, now, p->windows,
	    RSOP_WINDOWS_MAX);
	if (p->nwindows > 0)
		p->refresh = p->windows[0].until;
}

static int
hours_due(const struct policy *p, uint64_t now)
{
	return p->hours.days != 0 && (now >= p->refresh || now < p->computed);
}

void
hours_refresh(struct env *env, struct org *o, uint64_t now)
{
	struct policy	*p;

	if (now < o->hours_next && now >= o->hours_looked)
		return;
	o->hours_looked = now;
	o->hours_next = UINT64_MAX;
	RB_FOREACH(p, policy_tree, &o->policies) {
		if (hours_due(p, now)) {
			hours_compute(env, p, now);
			policy_apply(env, o, p);
		}
		if (p->hours.days != 0 && p->refresh < o->hours_next)
			o->hours_next = p->refresh;
	}
}
