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
 * A trial: storeproc sends rows of the model that it has not made up its mind
 * about.  They are kept until all are here, and then in one go applied, looked
 * at and undone, so that nothing else ever sees them: no agent is told, no
 * connection ended, no timer set.  What is known of a system or requirement
 * changes in place and is put back; the resultant set of policy gets again
 * what it had, from the model, which is what it has at all times.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "policy/rsop_trial.h"
#include "policyproc/policyproc.h"

#define TRIAL_ROWS_MAX	16384	/* as storeproc's batches, and more */
#define TRIAL_BYTES_MAX	(96 * 1024 * 1024)

/* A message that waits for the others. */
struct trial_row {
	STAILQ_ENTRY(trial_row)	 entry;
	uint32_t		 type;
	union msg_any		*msg;
	int			 was;		/* verdict of a test before */
};
STAILQ_HEAD(trial_rows, trial_row);

/* An organisation that changes. */
struct trial_org {
	SLIST_ENTRY(trial_org)	 entry;
	struct org		*org;
	struct rsop_trial	 pairs;
	int			 is_new;
	uint8_t			 authority[CERT_KEY_LEN];
	uint8_t			 previous[CERT_KEY_LEN];
};

/* A system as it was. */
struct trial_system {
	SLIST_ENTRY(trial_system) entry;
	struct system		*system;
	int			 gone;
	int			 put;		/* the set has it otherwise */
	uint8_t			 state;
	uint64_t		 until;
	uint64_t		 not_after;
	uint8_t			 signer[CERT_KEY_LEN];
	uint16_t		 certificate_len;
	struct msg_u32s		 tags, effective;
	uint32_t		*met;
	size_t			 nmet;
	uint64_t		 trust_next;
};

/* A policy that the resultant set has otherwise than the model. */
struct trial_policy {
	SLIST_ENTRY(trial_policy) entry;
	struct org		*org;
	uint32_t		 id;
};

enum undo_kind {
	UNDO_REQUIREMENT, UNDO_REQUIREMENT_NEW, UNDO_REQUIREMENT_GONE,
	UNDO_RULE, UNDO_RULE_NEW, UNDO_RULE_GONE, UNDO_ANSWER, UNDO_ANSWER_NEW
};

/* One thing of trust.c to be put back; in the order opposite to theirs. */
struct undo {
	SLIST_ENTRY(undo)	 entry;
	enum undo_kind		 kind;
	struct org		*org;
	struct system		*system;
	struct requirement	*requirement;
	struct requirement	 old;
	struct tagrule		*rule;
	struct msg_u32s		 requirements;
	struct answer		*answer;
	int			 granted, known, yes;
};

struct trial {
	uint32_t		 id;
	struct trial_rows	 rows;
	size_t			 nrows, bytes;
	int			 bad;		/* a row makes no sense */
	uint64_t		 now;
	struct env		*env;
	struct chan		*store;
	uint32_t		 left;		/* pairs to be told */
	SLIST_HEAD(, trial_org)	 orgs;
	SLIST_HEAD(, trial_system) systems;
	SLIST_HEAD(, trial_policy) policies;
	SLIST_HEAD(, undo)	 undos;
};

void
trial_drop(struct env *env)
{
	struct trial		*t = env->trial;
	struct trial_row	*row;

	if (t == NULL)
		return;
	while ((row = STAILQ_FIRST(&t->rows)) != NULL) {
		STAILQ_REMOVE_HEAD(&t->rows, entry);
		free(row->msg);
		free(row);
	}
	free(t);
	env->trial = NULL;
}

void
trial_begin(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_trial_begin	*m = data;
	struct env			*env = arg;
	struct trial			*t;

	(void)fd;
	trial_drop(env);
	if ((t = calloc(1, sizeof(*t))) == NULL)
		fatal("trial");
	t->id = m->id;
	t->env = env;
	t->store = c;
	STAILQ_INIT(&t->rows);
	env->trial = t;
}

static void
row_keep(struct trial *t, uint32_t type, const void *msg)
{
	struct trial_row	*row;
	size_t			 size = msg_lookup(type)->size;

	if (t->nrows == TRIAL_ROWS_MAX || size > TRIAL_BYTES_MAX - t->bytes) {
		t->bad = 1;
		return;
	}
	if ((row = calloc(1, sizeof(*row))) == NULL ||
	    (row->msg = malloc(size)) == NULL)
		fatal("trial");
	memcpy(row->msg, msg, size);
	row->type = type;
	STAILQ_INSERT_TAIL(&t->rows, row, entry);
	t->nrows++;
	t->bytes += size;
}

int
trial_admit(void *arg, struct chan *c, uint32_t type, const void *msg)
{
	struct env	*env = arg;

	if (env->trial == NULL || c != env->trial->store)
		return 1;
	switch (type) {
	case MSG_MODEL_ORG:
	case MSG_MODEL_SYSTEM:
	case MSG_MODEL_SYSTEM_GONE:
	case MSG_MODEL_POLICY:
	case MSG_MODEL_POLICY_GONE:
	case MSG_MODEL_REQUIREMENT:
	case MSG_MODEL_REQUIREMENT_GONE:
	case MSG_MODEL_TAG:
	case MSG_MODEL_GRANT:
	case MSG_TRIAL_TEST:
		row_keep(env->trial, type, msg);
		return 0;
	case MSG_MODEL_RELAY:
	case MSG_MODEL_RELAY_GONE:
		/* They do not decide who may talk to whom. */
		return 0;
	default:
		return 1;
	}
}

void
trial_test(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;

	(void)data;
	(void)fd;
	proc_violation(&env->proc, c, MSG_TRIAL_TEST, "outside of a trial");
}

/* --- What changes, and how it was ---------------------------------- */

static struct trial_org *
org_touch(struct trial *t, struct org *o)
{
	struct trial_org	*to;

	SLIST_FOREACH(to, &t->orgs, entry)
		if (to->org == o)
			return to;
	if ((to = calloc(1, sizeof(*to))) == NULL)
		fatal("trial");
	to->org = o;
	memcpy(to->authority, o->authority, sizeof(to->authority));
	memcpy(to->previous, o->previous, sizeof(to->previous));
	/* What time does is not for the changes to answer for. */
	policy_tick_org(t->env, o);
	rsop_trial_init(&to->pairs, o->rsop);
	SLIST_INSERT_HEAD(&t->orgs, to, entry);
	return to;
}

static struct trial_system *
system_touch(struct trial *t, struct system *s)
{
	struct trial_system	*ts;

	if (s->trial != NULL)
		return s->trial;
	if ((ts = calloc(1, sizeof(*ts))) == NULL)
		fatal("trial");
	s->trial = ts;
	ts->system = s;
	ts->state = s->state;
	ts->until = s->until;
	ts->not_after = s->not_after;
	memcpy(ts->signer, s->signer, sizeof(ts->signer));
	ts->certificate_len = s->certificate_len;
	ts->tags = s->tags;
	ts->effective = s->effective;
	ts->trust_next = s->trust_next;
	/* Judging again frees what it finds. */
	ts->met = s->met;
	ts->nmet = s->nmet;
	if (s->nmet != 0) {
		s->met = reallocarray(NULL, s->nmet, sizeof(*s->met));
		if (s->met == NULL)
			fatal("trial");
		memcpy(s->met, ts->met, s->nmet * sizeof(*s->met));
	}
	SLIST_INSERT_HEAD(&t->systems, ts, entry);
	return ts;
}

static void
system_put_back(struct trial_system *ts)
{
	struct system	*s = ts->system;

	s->state = ts->state;
	s->until = ts->until;
	s->not_after = ts->not_after;
	memcpy(s->signer, ts->signer, sizeof(s->signer));
	s->certificate_len = ts->certificate_len;
	s->tags = ts->tags;
	s->effective = ts->effective;
	s->trust_next = ts->trust_next;
	free(s->met);
	s->met = ts->met;
	s->nmet = ts->nmet;
	s->trial = NULL;
	if (ts->put && model_system_put(s, NULL, NULL) == -1)
		fatal("system %s", s->name);
}

/* changed: for another reason than that it is judged otherwise. */
static void
system_try(struct trial *t, struct system *s, int changed)
{
	struct trial_org	*to = org_touch(t, s->org);
	struct trial_system	*ts = system_touch(t, s);

	if (ts->gone || (!trust_compute(s, t->now) && !changed))
		return;
	ts->put = 1;
	if (model_system_put(s, rsop_trial_note, &to->pairs) == -1)
		fatal("system %s", s->name);
}

static void
org_try_systems(struct trial *t, struct org *o, int changed)
{
	struct system	*s;

	RB_FOREACH(s, system_tree, &t->env->systems)
		if (s->org == o)
			system_try(t, s, changed);
}

static void
policy_touch(struct trial *t, struct org *o, uint32_t id)
{
	struct trial_policy	*tp;

	SLIST_FOREACH(tp, &t->policies, entry)
		if (tp->org == o && tp->id == id)
			return;
	if ((tp = calloc(1, sizeof(*tp))) == NULL)
		fatal("trial");
	tp->org = o;
	tp->id = id;
	SLIST_INSERT_HEAD(&t->policies, tp, entry);
}

static struct undo *
undo_new(struct trial *t, enum undo_kind kind, struct org *o)
{
	struct undo	*u;

	if ((u = calloc(1, sizeof(*u))) == NULL)
		fatal("trial");
	u->kind = kind;
	u->org = o;
	SLIST_INSERT_HEAD(&t->undos, u, entry);
	return u;
}

/* --- Rows, each 0 or -1 when it makes no sense --------------------- */

static int
try_org(struct trial *t, const struct msg_model_org *m)
{
	struct org		*o = model_find_org(t->env, m->org);
	struct trial_org	*to;
	int			 changed;

	if (o == NULL) {
		o = model_org_new(t->env, m->org);
		to = org_touch(t, o);
		to->is_new = 1;
	} else
		(void)org_touch(t, o);
	changed = memcmp(o->authority, m->authority,
	    sizeof(o->authority)) != 0 || memcmp(o->previous, m->previous,
	    sizeof(o->previous)) != 0;
	memcpy(o->authority, m->authority, sizeof(o->authority));
	memcpy(o->previous, m->previous, sizeof(o->previous));
	if (changed)
		org_try_systems(t, o, 1);
	return 0;
}

static int
try_system(struct trial *t, const struct msg_model_system *m)
{
	struct system	*s = model_find(t->env, m->system);
	struct cert	 cert;

	if (s == NULL || model_system_check(t->env, m, s, &cert) != NULL)
		return -1;
	(void)system_touch(t, s);
	s->state = m->state;
	s->until = m->until;
	s->not_after = m->certificate_len == 0 ? 0 : cert.not_after;
	s->tags = m->tags;
	memcpy(s->signer, m->signer, sizeof(s->signer));
	s->certificate_len = m->certificate_len;
	system_try(t, s, 1);
	return 0;
}

static int
try_system_gone(struct trial *t, const struct msg_model_system_gone *m)
{
	struct system		*s = model_find(t->env, m->system);
	struct trial_org	*to;
	struct trial_system	*ts;

	if (s == NULL)
		return 0;
	to = org_touch(t, s->org);
	ts = system_touch(t, s);
	ts->gone = ts->put = 1;
	if (rsop_remove_system(s->org->rsop, s->id, rsop_trial_note,
	    &to->pairs) == -1 && errno != ENOENT)
		fatal("system %s", s->name);
	return 0;
}

static int
try_policy(struct trial *t, const struct msg_model_policy *m)
{
	struct org		*o = model_find_org(t->env, m->org);
	struct trial_org	*to;
	struct policy		 p;

	if (o == NULL)
		return -1;
	memset(&p, 0, sizeof(p));
	p.id = m->policy;
	if (policy_take(&p, m) != NULL)
		return -1;
	hours_compute(t->env, &p, t->now);
	to = org_touch(t, o);
	policy_touch(t, o, p.id);
	return policy_put(o, &p, rsop_trial_note, &to->pairs) == -1 ? -1 : 0;
}

static int
try_policy_gone(struct trial *t, const struct msg_model_policy_gone *m)
{
	struct org		*o = model_find_org(t->env, m->org);
	struct trial_org	*to;

	if (o == NULL)
		return 0;
	to = org_touch(t, o);
	policy_touch(t, o, m->policy);
	if (rsop_remove_policy(o->rsop, m->policy, rsop_trial_note,
	    &to->pairs) == -1 && errno != ENOENT)
		fatal("policy %u", m->policy);
	return 0;
}

static int
try_requirement(struct trial *t, const struct msg_model_requirement *m)
{
	struct org		*o = model_find_org(t->env, m->org);
	struct requirement	*r;
	struct undo		*u;

	if (o == NULL)
		return -1;
	if ((r = trust_requirement(o, m->requirement)) == NULL) {
		if ((r = trust_requirement_new(o, m->requirement)) == NULL)
			return 0;
		u = undo_new(t, UNDO_REQUIREMENT_NEW, o);
	} else {
		u = undo_new(t, UNDO_REQUIREMENT, o);
		u->old = *r;
		r->conditions = NULL;
		r->nconditions = 0;
	}
	u->requirement = r;
	if (trust_requirement_take(r, m) == -1)
		return -1;
	org_try_systems(t, o, 0);
	return 0;
}

static int
try_requirement_gone(struct trial *t,
    const struct msg_model_requirement_gone *m)
{
	struct requirement	*r;
	struct org		*o;

	RB_FOREACH(o, org_tree, &t->env->orgs) {
		if ((r = trust_requirement(o, m->requirement)) == NULL)
			continue;
		RB_REMOVE(requirement_tree, &o->requirements, r);
		o->nrequirements--;
		undo_new(t, UNDO_REQUIREMENT_GONE, o)->requirement = r;
		org_try_systems(t, o, 0);
	}
	return 0;
}

static int
try_tag(struct trial *t, const struct msg_model_tag *m)
{
	struct org	*o = model_find_org(t->env, m->org);
	struct tagrule	*rule;
	struct undo	*u;

	if (o == NULL)
		return -1;
	rule = trust_rule(o, m->tag);
	if (rule == NULL && m->requirements.n == 0)
		return 0;
	if (rule == NULL) {
		rule = trust_rule_new(o, m->tag);
		u = undo_new(t, UNDO_RULE_NEW, o);
	} else if (m->requirements.n == 0) {
		RB_REMOVE(tagrule_tree, &o->tagrules, rule);
		u = undo_new(t, UNDO_RULE_GONE, o);
	} else
		u = undo_new(t, UNDO_RULE, o);
	u->rule = rule;
	u->requirements = rule->requirements;
	if (u->kind != UNDO_RULE_GONE)
		rule->requirements = m->requirements;
	org_try_systems(t, o, 0);
	return 0;
}

static int
try_grant(struct trial *t, const struct msg_model_grant *m)
{
	struct system	*s = model_find(t->env, m->system);
	struct answer	*a;
	struct undo	*u;
	int		 is_new;

	if (s == NULL || (a = trust_answer(s, m->requirement,
	    REQUIREMENT_MANUAL, &is_new)) == NULL)
		return 0;
	u = undo_new(t, is_new ? UNDO_ANSWER_NEW : UNDO_ANSWER, s->org);
	u->system = s;
	u->answer = a;
	u->granted = a->granted;
	u->known = a->answer.known;
	u->yes = a->answer.yes;
	a->granted = 1;
	a->answer.known = m->answer != 2;
	a->answer.yes = m->answer == 1;
	system_try(t, s, 0);
	return 0;
}

static int
row_try(struct trial *t, const struct trial_row *row)
{
	switch (row->type) {
	case MSG_MODEL_ORG:
		return try_org(t, &row->msg->model_org);
	case MSG_MODEL_SYSTEM:
		return try_system(t, &row->msg->model_system);
	case MSG_MODEL_SYSTEM_GONE:
		return try_system_gone(t, &row->msg->model_system_gone);
	case MSG_MODEL_POLICY:
		return try_policy(t, &row->msg->model_policy);
	case MSG_MODEL_POLICY_GONE:
		return try_policy_gone(t, &row->msg->model_policy_gone);
	case MSG_MODEL_REQUIREMENT:
		return try_requirement(t, &row->msg->model_requirement);
	case MSG_MODEL_REQUIREMENT_GONE:
		return try_requirement_gone(t,
		    &row->msg->model_requirement_gone);
	case MSG_MODEL_TAG:
		return try_tag(t, &row->msg->model_tag);
	case MSG_MODEL_GRANT:
		return try_grant(t, &row->msg->model_grant);
	default:
		return 0;
	}
}

/* --- Back again ---------------------------------------------------- */

static void
undo_one(struct undo *u)
{
	struct requirement	*r = u->requirement;

	switch (u->kind) {
	case UNDO_REQUIREMENT:
		free(r->conditions);
		r->type = u->old.type;
		r->conditions = u->old.conditions;
		r->nconditions = u->old.nconditions;
		memcpy(r->name, u->old.name, sizeof(r->name));
		break;
	case UNDO_REQUIREMENT_NEW:
		trust_requirement_remove(u->org, r);
		break;
	case UNDO_REQUIREMENT_GONE:
		RB_INSERT(requirement_tree, &u->org->requirements, r);
		u->org->nrequirements++;
		break;
	case UNDO_RULE:
		u->rule->requirements = u->requirements;
		break;
	case UNDO_RULE_NEW:
		RB_REMOVE(tagrule_tree, &u->org->tagrules, u->rule);
		free(u->rule);
		break;
	case UNDO_RULE_GONE:
		RB_INSERT(tagrule_tree, &u->org->tagrules, u->rule);
		break;
	case UNDO_ANSWER:
		u->answer->granted = u->granted;
		u->answer->answer.known = u->known;
		u->answer->answer.yes = u->yes;
		break;
	case UNDO_ANSWER_NEW:
		SLIST_REMOVE(&u->system->answers, u->answer, answer, entry);
		free(u->answer);
		break;
	}
	free(u);
}

static void
trial_undo(struct trial *t)
{
	struct trial_policy	*tp;
	struct trial_system	*ts;
	struct trial_org	*to;
	struct undo		*u;

	while ((u = SLIST_FIRST(&t->undos)) != NULL) {
		SLIST_REMOVE_HEAD(&t->undos, entry);
		undo_one(u);
	}
	SLIST_FOREACH(to, &t->orgs, entry) {
		memcpy(to->org->authority, to->authority,
		    sizeof(to->authority));
		memcpy(to->org->previous, to->previous, sizeof(to->previous));
	}
	while ((ts = SLIST_FIRST(&t->systems)) != NULL) {
		SLIST_REMOVE_HEAD(&t->systems, entry);
		system_put_back(ts);
		free(ts);
	}
	while ((tp = SLIST_FIRST(&t->policies)) != NULL) {
		SLIST_REMOVE_HEAD(&t->policies, entry);
		policy_put_back(tp->org, tp->id);
		free(tp);
	}
}

/* --- The answer ---------------------------------------------------- */

static int
permits(struct trial *t, const struct msg_trial_test *m, int before)
{
	struct org		*o = model_find_org(t->env, m->org);
	const struct msg_u32s	*from = before ? &m->senders_old : &m->senders;
	const struct msg_u32s	*to = before ? &m->receivers_old :
				    &m->receivers;

	return o != NULL && rsop_permits(o->rsop, from->e, from->n, to->e,
	    to->n, m->protocol, m->port);
}

static void
tests_run(struct trial *t, int before)
{
	struct msg_trial_verdict	 out;
	const struct msg_trial_test	*m;
	struct trial_row		*row;

	STAILQ_FOREACH(row, &t->rows, entry) {
		if (row->type != MSG_TRIAL_TEST)
			continue;
		m = &row->msg->trial_test;
		if (before) {
			row->was = permits(t, m, 1);
			continue;
		}
		memset(&out, 0, sizeof(out));
		out.id = t->id;
		out.test = m->test;
		out.was = (uint8_t)row->was;
		out.is = (uint8_t)permits(t, m, 0);
		msg_send_trial_verdict(t->store, &out, -1);
	}
}

static void
tell_pair(void *arg, enum rsop_trial_kind kind, uint32_t a, uint32_t b)
{
	struct msg_trial_pair	 m;
	struct trial		*t = arg;

	if (t->left == 0)
		return;
	t->left--;
	memset(&m, 0, sizeof(m));
	m.id = t->id;
	m.kind = (uint8_t)kind;
	m.a = a;
	m.b = b;
	msg_send_trial_pair(t->store, &m, -1);
}

static void
orgs_compare(struct trial *t, struct msg_trial_done *out)
{
	struct trial_org	*to;

	while ((to = SLIST_FIRST(&t->orgs)) != NULL) {
		SLIST_REMOVE_HEAD(&t->orgs, entry);
		if (rsop_trial_compare(&to->pairs, tell_pair, t) == -1)
			out->ok = 0;
		out->gained += to->pairs.count[RSOP_GAINED];
		out->lost += to->pairs.count[RSOP_LOST];
		out->amended += to->pairs.count[RSOP_AMENDED];
		out->more |= to->pairs.more != 0;
		rsop_trial_free(&to->pairs);
		if (to->is_new)
			model_org_free(t->env, to->org);
		free(to);
	}
}

static void
trial_run(struct trial *t, struct msg_trial_done *out)
{
	struct trial_row	*row;
	struct trial_org	*to;

	t->now = clock_wall_sec();
	tests_run(t, 1);
	STAILQ_FOREACH(row, &t->rows, entry)
		if (row_try(t, row) == -1) {
			t->bad = 1;
			break;
		}
	SLIST_FOREACH(to, &t->orgs, entry)
		rsop_trial_seen(&to->pairs);
	tests_run(t, 0);
	trial_undo(t);
	out->ok = !t->bad;
	orgs_compare(t, out);
	/* The ticks may have had something to tell. */
	push_run(t->env);
}

void
trial_end(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_trial_end	*m = data;
	struct msg_trial_done		 out;
	struct env			*env = arg;
	struct trial			*t = env->trial;

	(void)fd;
	if (t == NULL || t->id != m->id) {
		proc_violation(&env->proc, c, MSG_TRIAL_END,
		    "outside of a trial");
		return;
	}
	memset(&out, 0, sizeof(out));
	out.id = t->id;
	t->left = m->rows;
	if (env->have_model && !t->bad)
		trial_run(t, &out);
	trial_drop(env);
	msg_send_trial_done(c, &out, -1);
}
