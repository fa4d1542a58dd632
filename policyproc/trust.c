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
 * Trust requirements as storeproc has them, and what each system meets.  A
 * tag with requirements counts for a system only while it meets them all; a
 * policy with requirements takes only senders that meet them.  Both are given
 * to the resultant set of policy as tags and met requirements, so that what
 * is not met is told to peers as any other change.  What is not known is not
 * met.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "policyproc/policyproc.h"

RB_GENERATE(requirement_tree, requirement, entry, requirement_cmp)
RB_GENERATE(tagrule_tree, tagrule, entry, tagrule_cmp)

int
requirement_cmp(const struct requirement *a, const struct requirement *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

int
tagrule_cmp(const struct tagrule *a, const struct tagrule *b)
{
	return (a->tag > b->tag) - (a->tag < b->tag);
}

struct requirement *
trust_requirement(struct org *o, uint32_t id)
{
	struct requirement	 key;

	key.id = id;
	return RB_FIND(requirement_tree, &o->requirements, &key);
}

struct tagrule *
trust_rule(struct org *o, uint32_t tag)
{
	struct tagrule	 key;

	key.tag = tag;
	return RB_FIND(tagrule_tree, &o->tagrules, &key);
}

static const struct trust_answer *
answer_of(const struct system *s, uint32_t requirement)
{
	const struct answer	*a;

	SLIST_FOREACH(a, &s->answers, entry)
		if (a->requirement == requirement)
			return &a->answer;
	return NULL;
}

void
trust_judge(const struct system *s, const struct requirement *r, uint64_t now,
    struct trust_result *out)
{
	trust_evaluate(r->type, r->conditions, r->nconditions, &s->facts,
	    answer_of(s, r->id), now, out);
}

uint32_t
trust_unmet(const struct system *s, const struct msg_u32s *need)
{
	uint16_t	 i;
	size_t		 k;

	for (i = 0; i < need->n; i++) {
		for (k = 0; k < s->nmet; k++)
			if (s->met[k] == need->e[i])
				break;
		if (k == s->nmet)
			return need->e[i];
	}
	return 0;
}

int
trust_meets(const struct system *s, const struct msg_u32s *need)
{
	return trust_unmet(s, need) == 0;
}

uint32_t
trust_tag_unmet(const struct system *s, uint32_t tag)
{
	const struct tagrule	*rule = trust_rule(s->org, tag);

	return rule == NULL ? 0 : trust_unmet(s, &rule->requirements);
}

/* The tags that count, now that s->met is known. */
static void
effective_tags(const struct system *s, struct msg_u32s *out)
{
	const struct tagrule	*rule;
	uint16_t		 i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < s->tags.n; i++) {
		rule = trust_rule(s->org, s->tags.e[i]);
		if (rule == NULL || trust_meets(s, &rule->requirements))
			out->e[out->n++] = s->tags.e[i];
	}
}

/* Judge everything again; nonzero when anything came out otherwise. */
static int
judge_all(struct system *s, uint64_t now)
{
	struct requirement	*r;
	struct trust_result	 result;
	uint32_t		 met[POLICY_REQUIREMENTS_MAX];
	size_t			 n = 0;

	s->trust_next = 0;
	RB_FOREACH(r, requirement_tree, &s->org->requirements) {
		trust_judge(s, r, now, &result);
		if (result.verdict == TRUST_MET &&
		    n < POLICY_REQUIREMENTS_MAX)
			met[n++] = r->id;
		if (result.next != 0 && (s->trust_next == 0 ||
		    result.next < s->trust_next))
			s->trust_next = result.next;
	}
	if (n == s->nmet && (n == 0 ||
	    memcmp(met, s->met, n * sizeof(met[0])) == 0))
		return 0;
	free(s->met);
	s->met = NULL;
	if (n != 0 && (s->met = reallocarray(NULL, n, sizeof(met[0]))) == NULL)
		fatal("requirements of system %s", s->name);
	if (n != 0)
		memcpy(s->met, met, n * sizeof(met[0]));
	s->nmet = n;
	return 1;
}

int
trust_compute(struct system *s, uint64_t now)
{
	struct msg_u32s	 tags;
	int		 changed = judge_all(s, now);

	effective_tags(s, &tags);
	if (memcmp(&tags, &s->effective, sizeof(tags)) != 0) {
		s->effective = tags;
		changed = 1;
	}
	return changed;
}

int
trust_update(struct env *env, struct system *s)
{
	int	 changed = trust_compute(s, clock_wall_sec());

	if (s->trust_next != 0 && (env->trust_next == 0 ||
	    s->trust_next < env->trust_next)) {
		env->trust_next = s->trust_next;
		policy_schedule(env);
	}
	return changed;
}

/* What it is told of itself may be something else. */
void
trust_concern(struct env *env, struct system *s)
{
	if (s->link == NULL || RB_EMPTY(&s->org->requirements))
		return;
	s->link->trust_due = 1;
	push_queue(env, s->link);
}

void
trust_changed(struct env *env, struct system *s)
{
	if (!trust_update(env, s))
		return;
	model_system_apply(env, s);
	signin_tell(env, s);
	trust_concern(env, s);
}

void
trust_concern_org(struct env *env, struct org *o)
{
	struct link	*l;

	RB_FOREACH(l, link_tree, &env->links)
		if (l->system->org == o)
			trust_concern(env, l->system);
}

static void
org_changed(struct env *env, struct org *o)
{
	struct system	*s;

	RB_FOREACH(s, system_tree, &env->systems)
		if (s->org == o)
			trust_changed(env, s);
}

void
trust_tick(struct env *env)
{
	struct system	*s;

	env->trust_next = 0;
	RB_FOREACH(s, system_tree, &env->systems)
		if (!RB_EMPTY(&s->org->requirements))
			trust_changed(env, s);
}

/* --- What storeproc says ------------------------------------------- */

int
trust_requirement_take(struct requirement *r,
    const struct msg_model_requirement *m)
{
	struct condition	 c[CONDITION_MAX];
	char			 why[128];
	int			 n;

	n = conditions_parse((enum requirement_type)m->type, m->conditions,
	    c, why, sizeof(why));
	if (n == -1) {
		log_warnx("requirement \"%s\": %s", m->name, why);
		return -1;
	}
	memcpy(r->name, m->name, sizeof(r->name));
	if (r->type == (enum requirement_type)m->type &&
	    r->nconditions == (size_t)n && (n == 0 ||
	    memcmp(r->conditions, c, (size_t)n * sizeof(c[0])) == 0))
		return 0;
	free(r->conditions);
	r->conditions = NULL;
	if (n != 0 && (r->conditions = calloc((size_t)n, sizeof(c[0]))) ==
	    NULL)
		fatal("requirement");
	if (n != 0)
		memcpy(r->conditions, c, (size_t)n * sizeof(c[0]));
	r->nconditions = (size_t)n;
	r->type = (enum requirement_type)m->type;
	return 1;
}

struct requirement *
trust_requirement_new(struct org *o, uint32_t id)
{
	struct requirement	*r;

	if (o->nrequirements == POLICY_REQUIREMENTS_MAX)
		return NULL;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		fatal("requirement");
	r->id = id;
	RB_INSERT(requirement_tree, &o->requirements, r);
	o->nrequirements++;
	return r;
}

void
trust_requirement_remove(struct org *o, struct requirement *r)
{
	RB_REMOVE(requirement_tree, &o->requirements, r);
	o->nrequirements--;
	free(r->conditions);
	free(r);
}

void
trust_model_requirement(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_model_requirement	*m = data;
	struct env				*env = arg;
	struct requirement			*r;
	struct org				*o;

	(void)fd;
	o = model_find_org(env, m->org);
	if (o == NULL) {
		proc_violation(&env->proc, c, MSG_MODEL_REQUIREMENT,
		    "no such organisation");
		return;
	}
	if ((r = trust_requirement(o, m->requirement)) == NULL &&
	    (r = trust_requirement_new(o, m->requirement)) == NULL) {
		log_warnx("%s has more than %d requirements: \"%s\" is never "
		    "met", o->name, POLICY_REQUIREMENTS_MAX, m->name);
		return;
	}
	switch (trust_requirement_take(r, m)) {
	case -1:
		proc_violation(&env->proc, c, MSG_MODEL_REQUIREMENT,
		    "not a requirement");
		return;
	case 1:
		org_changed(env, o);
		signin_conditions_changed(env, o, r);
	}
	r->marked = 1;
	push_run(env);
}

/* What was said of a requirement that is gone is forgotten. */
static void
answers_sweep(struct system *s)
{
	struct answer	*a, *next;

	SLIST_FOREACH_SAFE(a, &s->answers, entry, next) {
		if (trust_requirement(s->org, a->requirement) != NULL)
			continue;
		SLIST_REMOVE(&s->answers, a, answer, entry);
		free(a);
	}
}

void
trust_model_requirement_gone(void *arg, struct chan *c, const void *data,
    int fd)
{
	const struct msg_model_requirement_gone	*m = data;
	struct env				*env = arg;
	struct requirement			*r;
	struct system				*s;
	struct org				*o;

	(void)c;
	(void)fd;
	RB_FOREACH(o, org_tree, &env->orgs) {
		if ((r = trust_requirement(o, m->requirement)) == NULL)
			continue;
		trust_requirement_remove(o, r);
		RB_FOREACH(s, system_tree, &env->systems)
			if (s->org == o) {
				answers_sweep(s);
				signin_tell(env, s);
			}
		org_changed(env, o);
	}
	push_run(env);
}

struct tagrule *
trust_rule_new(struct org *o, uint32_t tag)
{
	struct tagrule	*rule;

	if ((rule = calloc(1, sizeof(*rule))) == NULL)
		fatal("tag");
	rule->tag = tag;
	RB_INSERT(tagrule_tree, &o->tagrules, rule);
	return rule;
}

void
trust_model_tag(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_model_tag	*m = data;
	struct env			*env = arg;
	struct org			*o = model_find_org(env, m->org);
	struct tagrule			*rule;
	int				 changed;

	(void)fd;
	if (o == NULL) {
		proc_violation(&env->proc, c, MSG_MODEL_TAG,
		    "no such organisation");
		return;
	}
	rule = trust_rule(o, m->tag);
	if (rule == NULL && m->requirements.n == 0)
		return;
	if (rule == NULL)
		rule = trust_rule_new(o, m->tag);
	changed = memcmp(&rule->requirements, &m->requirements,
	    sizeof(rule->requirements)) != 0;
	rule->requirements = m->requirements;
	rule->marked = 1;
	if (m->requirements.n == 0) {
		RB_REMOVE(tagrule_tree, &o->tagrules, rule);
		free(rule);
	}
	if (changed) {
		org_changed(env, o);
		signin_tell_org(env, o);
		trust_concern_org(env, o);
	}
	push_run(env);
}

void
trust_unmark(struct env *env)
{
	struct requirement	*r;
	struct tagrule		*rule;
	struct answer		*a;
	struct system		*s;
	struct org		*o;

	RB_FOREACH(o, org_tree, &env->orgs) {
		RB_FOREACH(r, requirement_tree, &o->requirements)
			r->marked = 0;
		RB_FOREACH(rule, tagrule_tree, &o->tagrules)
			rule->marked = 0;
	}
	/* Sign-ins are not storeproc's to tell. */
	RB_FOREACH(s, system_tree, &env->systems)
		SLIST_FOREACH(a, &s->answers, entry)
			a->marked = !a->granted;
}

static int
org_sweep(struct org *o)
{
	struct requirement	*r, *rnext;
	struct tagrule		*rule, *next;
	int			 changed = 0;

	RB_FOREACH_SAFE(rule, tagrule_tree, &o->tagrules, next) {
		if (rule->marked)
			continue;
		RB_REMOVE(tagrule_tree, &o->tagrules, rule);
		free(rule);
		changed = 1;
	}
	RB_FOREACH_SAFE(r, requirement_tree, &o->requirements, rnext) {
		if (r->marked)
			continue;
		trust_requirement_remove(o, r);
		changed = 1;
	}
	return changed;
}

void
trust_sweep(struct env *env)
{
	struct answer	*a, *next;
	struct system	*s;
	struct org	*o;
	int		 changed;

	RB_FOREACH(s, system_tree, &env->systems) {
		changed = 0;
		SLIST_FOREACH_SAFE(a, &s->answers, entry, next) {
			if (a->marked)
				continue;
			SLIST_REMOVE(&s->answers, a, answer, entry);
			free(a);
			changed = 1;
		}
		if (changed)
			trust_changed(env, s);
	}
	RB_FOREACH(o, org_tree, &env->orgs) {
		if (!org_sweep(o))
			continue;
		RB_FOREACH(s, system_tree, &env->systems)
			if (s->org == o)
				answers_sweep(s);
		org_changed(env, o);
	}
}

/* --- What was said of one system ----------------------------------- */

struct answer *
trust_answer(struct system *s, uint32_t requirement,
    enum requirement_type type, int *is_new)
{
	struct requirement	*r = trust_requirement(s->org, requirement);
	struct answer		*a;

	*is_new = 0;
	/* Requirements of other organisations are not there. */
	if (r == NULL || r->type != type)
		return NULL;
	SLIST_FOREACH(a, &s->answers, entry)
		if (a->requirement == requirement)
			return a;
	if ((a = calloc(1, sizeof(*a))) == NULL)
		fatal("answer");
	a->requirement = requirement;
	a->answer.reason = a->reason;
	SLIST_INSERT_HEAD(&s->answers, a, entry);
	*is_new = 1;
	return a;
}

void
trust_model_grant(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_model_grant	*m = data;
	struct env			*env = arg;
	struct system			*s = model_find(env, m->system);
	struct answer			*a;
	int				 is_new;

	(void)c;
	(void)fd;
	if (s == NULL || (a = trust_answer(s, m->requirement,
	    REQUIREMENT_MANUAL, &is_new)) == NULL)
		return;
	a->granted = 1;
	a->marked = 1;
	a->answer.known = m->answer != 2;
	a->answer.yes = m->answer == 1;
	trust_changed(env, s);
	push_run(env);
}

int
trust_signin(struct env *env, uint32_t system, uint32_t requirement,
    uint64_t until, const char *reason)
{
	struct system	*s = model_find(env, system);
	struct answer	*a;
	int		 is_new;

	if (s == NULL || (a = trust_answer(s, requirement,
	    REQUIREMENT_SIGNIN, &is_new)) == NULL)
		return -1;
	a->marked = 1;
	a->answer.known = 1;
	a->answer.until = until;
	strlcpy(a->reason, reason, sizeof(a->reason));
	trust_changed(env, s);
	push_run(env);
	return 0;
}

void
trust_free(struct system *s)
{
	struct answer	*a;

	while ((a = SLIST_FIRST(&s->answers)) != NULL) {
		SLIST_REMOVE_HEAD(&s->answers, entry);
		free(a);
	}
	free(s->met);
	free(s->factv);
}
