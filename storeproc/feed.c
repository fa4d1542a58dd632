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
 * Long answers: the ids first, then row by row as fast as the reader takes
 * them, so that neither its queue nor our memory grows with the database.  A
 * row is read at the moment it is sent; one that is gone is passed over.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "storeproc/storeproc.h"

static void
feed_free(struct env *env, struct feed *f)
{
	TAILQ_REMOVE(&env->feeds, f, entry);
	free(f->parts[0].ids);
	free(f->parts[1].ids);
	free(f);
}

struct feed *
feed_new(struct env *env, struct chan *to)
{
	struct feed	*f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		fatal("answer");
	f->to = to;
	TAILQ_INSERT_TAIL(&env->feeds, f, entry);
	return f;
}

int
feed_add(struct feed_part *p, int64_t id)
{
	int64_t	*ids;
	size_t	 cap;

	if (p->n == p->cap) {
		cap = p->cap == 0 ? 256 : p->cap * 2;
		ids = recallocarray(p->ids, p->cap, cap, sizeof(*ids));
		if (ids == NULL)
			return -1;
		p->ids = ids;
		p->cap = cap;
	}
	p->ids[p->n++] = id;
	return 0;
}

static void
feed_arm(struct env *env)
{
	struct timeval	 tv = { 0, STORE_FEED_MS * 1000 };

	if (!env->feed_armed)
		evtimer_add(&env->feed_timer, &tv);
	env->feed_armed = 1;
}

/* Returns 1 when the feed is done. */
static int
feed_step(struct env *env, struct feed *f)
{
	struct feed_part	*p;
	int			 rows;

	for (rows = 0; rows < STORE_FEED_ROWS; rows++) {
		while (f->part < 2 && f->pos == f->parts[f->part].n) {
			f->part++;
			f->pos = 0;
		}
		if (f->part == 2) {
			f->last(env, f);
			return 1;
		}
		if (imsgbuf_queuebytes(&f->to->ibuf) > STORE_FEED_BYTES)
			return 0;
		p = &f->parts[f->part];
		p->row(env, f, p->ids[f->pos++]);
	}
	return 0;
}

void
feed_start(struct env *env, struct feed *f)
{
	if (feed_step(env, f))
		feed_free(env, f);
	else
		feed_arm(env);
}

void
feed_drop(struct env *env, const struct chan *to)
{
	struct feed	*f, *next;

	TAILQ_FOREACH_SAFE(f, &env->feeds, entry, next)
		if (f->to == to)
			feed_free(env, f);
}

int
feed_runs(const struct env *env, const struct chan *to)
{
	const struct feed	*f;

	TAILQ_FOREACH(f, &env->feeds, entry)
		if (f->to == to)
			return 1;
	return 0;
}

void
feed_timer(int fd, short event, void *arg)
{
	struct env	*env = arg;
	struct feed	*f, *next;

	(void)fd;
	(void)event;
	env->feed_armed = 0;
	TAILQ_FOREACH_SAFE(f, &env->feeds, entry, next)
		if (f->to->dead || (!batch_hides(env, f->to) &&
		    feed_step(env, f)))
			feed_free(env, f);
	if (!TAILQ_EMPTY(&env->feeds))
		feed_arm(env);
	batch_resume(env);
}
