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
 * Policies as storeproc has them, and the passing of time over them.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "policyproc/policyproc.h"

RB_GENERATE(policy_tree, policy, entry, policy_cmp)

int
policy_cmp(const struct policy *a, const struct policy *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

static struct policy *
policy_find(struct org *o, uint32_t id)
{
	struct policy	 key;

	key.id = id;
	return RB_FIND(policy_tree, &o->policies, &key);
}

static struct policy *
policy_get(struct org *o, uint32_t id)
{
	struct policy	*p = policy_find(o, id);

	if (p != NULL)
		return p;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("policy");
	p->id = id;
	RB_INSERT(policy_tree, &o->policies, p);
	return p;
}

static void
policy_remove(struct env *env, struct org *o, struct policy *p)
{
	if (rsop_remove_policy(o->rsop, p->id, push_pair_changed, env) == -1 &&
	    errno != ENOENT)
		fatal("policy %u", p->id);
	if (p->requirements.n != 0)
		trust_concern_org(env, o);
	RB_REMOVE(policy_tree, &o->policies, p);
	free(p);
}

const char *
policy_take(struct policy *p, const struct msg_model_policy *m)
{
	p->enabled = m->enabled != 0;
	p->not_after = m->not_after;
	p->senders = m->senders;
	p->receivers = m->receivers;
	p->acls = m->acls;
	p->requirements = m->requirements;
	p->marked = 1;
	return hours_take(p, m);
}

int
policy_put(struct org *o, const struct policy *p, rsop_pair_fn *fn, void *arg)
{
	struct rsop_policy	 in;

	memset(&in, 0, sizeof(in));
	in.id = p->id;
	in.enabled = p->enabled;
	in.not_after = p->not_after;
	in.hours = p->hours.days != 0;
	in.windows = p->windows;
	in.nwindows = p->nwindows;
	in.senders = p->senders.e;
	in.nsenders = p->senders.n;
	in.receivers = p->receivers.e;
	in.nreceivers = p->receivers.n;
	in.acl = p->acls.e;
	in.nacl = p->acls.n;
	in.requirements = p->requirements.e;
	in.nrequirements = p->requirements.n;
	return rsop_set_policy(o->rsop, &in, fn, arg);
}

void
policy_put_back(struct org *o, uint32_t id)
{
	struct policy	*p = policy_find(o, id);

	if (p != NULL && policy_put(o, p, NULL, NULL) == -1)
		fatal("policy %u", id);
	if (p == NULL && rsop_remove_policy(o->rsop, id, NULL, NULL) == -1 &&
	    errno != ENOENT)
		fatal("policy %u", id);
}

void
policy_apply(struct env *env, struct org *o, struct policy *p)
{
	int	 ret = policy_put(o, p, push_pair_changed, env);

	if (ret == -1)
		fatal("policy %u", p->id);
	if (ret == RSOP_SURPLUS)
		log_warnx("policy %u of %s: what is over a limit was left "
		    "out", p->id, o->name);
}

void
policy_set(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_model_policy	*m = data;
	struct env			*env = arg;
	struct org			*o = model_find_org(env, m->org);
	struct policy			*p;
	const char			*why;

	(void)fd;
	if (o == NULL) {
		proc_violation(&env->proc, c, MSG_MODEL_POLICY,
		    "no such organisation");
		return;
	}
	p = policy_get(o, m->policy);
	if (p->requirements.n != 0 || m->requirements.n != 0)
		trust_concern_org(env, o);
	if ((why = policy_take(p, m)) != NULL) {
		proc_violation(&env->proc, c, MSG_MODEL_POLICY, why);
		return;
	}
	hours_compute(env, p, clock_wall_sec());
	if (p->hours.days != 0 && p->refresh < o->hours_next)
		o->hours_next = p->refresh;
	policy_apply(env, o, p);
	if (p->requirements.n != 0)
		signin_tell_org(env, o);
	policy_tick_org(env, o);
	push_run(env);
}

void
policy_gone(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_model_policy_gone	*m = data;
	struct env				*env = arg;
	struct org				*o;
	struct policy				*p;

	(void)c;
	(void)fd;
	if ((o = model_find_org(env, m->org)) != NULL &&
	    (p = policy_find(o, m->policy)) != NULL)
		policy_remove(env, o, p);
	push_run(env);
}

void
policy_unmark(struct org *o)
{
	struct policy	*p;

	RB_FOREACH(p, policy_tree, &o->policies)
		p->marked = 0;
}

void
policy_sweep(struct env *env, struct org *o)
{
	struct policy	*p, *next;

	RB_FOREACH_SAFE(p, policy_tree, &o->policies, next)
		if (!p->marked)
			policy_remove(env, o, p);
}

void
policy_tick_org(struct env *env, struct org *o)
{
	if (rsop_tick(o->rsop, clock_wall_sec(), &o->next_tick,
	    push_pair_changed, env) == -1)
		fatal("cannot apply the time to the policies of %s", o->name);
	policy_schedule(env);
}

/* Seconds until then, from 1 to POLICY_TICK_SEC. */
static time_t
policy_wait(uint64_t now, uint64_t then)
{
	if (then <= now)
		return 1;
	return then - now < POLICY_TICK_SEC ? (time_t)(then - now) :
	    POLICY_TICK_SEC;
}

void
policy_schedule(struct env *env)
{
	struct timeval	 tv = { POLICY_TICK_SEC, 0 };
	uint64_t	 now = clock_wall_sec();
	time_t		 left;
	struct org	*o;

	if (env->trust_next != 0)
		tv.tv_sec = policy_wait(now, env->trust_next);
	RB_FOREACH(o, org_tree, &env->orgs) {
		if (o->next_tick == 0)
			continue;
		left = policy_wait(now, o->next_tick);
		if (left < tv.tv_sec)
			tv.tv_sec = left;
	}
	evtimer_add(&env->tick_timer, &tv);
}

void
policy_tick(int fd, short event, void *arg)
{
	struct env	*env = arg;
	struct org	*o;

	(void)fd;
	(void)event;
	RB_FOREACH(o, org_tree, &env->orgs) {
		hours_refresh(env, o, clock_wall_sec());
		if (rsop_tick(o->rsop, clock_wall_sec(), &o->next_tick,
		    push_pair_changed, env) == -1)
			fatal("cannot apply the time to the policies of %s",
			    o->name);
	}
	trust_tick(env);
	policy_schedule(env);
	push_run(env);
}
