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
 * The resultant set of policy: its objects and public interface.  A change
 * is compared with the state before, then made, then told; what can fail
 * comes before the change is made, so that a failure leaves the old state.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/rsop_local.h"

static int	 system_cmp(const struct system *, const struct system *);
static int	 policy_cmp(const struct policy *, const struct policy *);
static int	 expiry_cmp(const struct expiry *, const struct expiry *);

RB_PROTOTYPE(rsop_systems, system, entry, system_cmp)
RB_GENERATE(rsop_systems, system, entry, system_cmp)
RB_PROTOTYPE(rsop_policies, policy, entry, policy_cmp)
RB_GENERATE(rsop_policies, policy, entry, policy_cmp)
RB_PROTOTYPE(rsop_expiries, expiry, entry, expiry_cmp)
RB_GENERATE(rsop_expiries, expiry, entry, expiry_cmp)

static int
system_cmp(const struct system *a, const struct system *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

static int
policy_cmp(const struct policy *a, const struct policy *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

static int
expiry_cmp(const struct expiry *a, const struct expiry *b)
{
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static void
expiry_init(const struct rsop *r, struct expiry *e, enum expiry_kind kind,
    uint32_t id, uint64_t at, void *owner)
{
	e->kind = kind;
	e->id = id;
	e->at = at;
	e->owner = owner;
	e->over = at != 0 && at <= r->now;
}

static struct system *
system_find(struct rsop *r, uint32_t id)
{
	struct system	 key;

	key.id = id;
	return RB_FIND(rsop_systems, &r->systems, &key);
}

static void
system_free(struct rsop *r, struct system *s)
{
	if (s == NULL)
		return;
	tagset_release(r, &s->tags);
	free(s->met);
	free(s);
}

static struct system *
system_new(struct rsop *r, const struct rsop_system *in, int *surplus)
{
	struct system	*s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->id = in->id;
	s->enabled = in->enabled;
	s->until = in->until;
	expiry_init(r, &s->expiry, EXPIRY_SYSTEM, in->id,
	    sooner(in->not_after, in->until), s);
	*surplus = tagset_init(r, &s->tags, s, in->tags, in->ntags);
	if (*surplus == -1) {
		free(s);
		return NULL;
	}
	s->nmet = in->nmet < RSOP_MET_MAX ? in->nmet : RSOP_MET_MAX;
	if (s->nmet == 0)
		return s;
	if ((s->met = reallocarray(NULL, s->nmet, sizeof(*s->met))) == NULL) {
		system_free(r, s);
		return NULL;
	}
	memcpy(s->met, in->met, s->nmet * sizeof(*s->met));
	return s;
}

/* Put new in the place of old; either may be NULL. */
static void
system_replace(struct rsop *r, struct system *old, struct system *new)
{
	if (old != NULL) {
		tagset_unlink(&old->tags);
		if (old->expiry.at != 0)
			RB_REMOVE(rsop_expiries, &r->expiries, &old->expiry);
		RB_REMOVE(rsop_systems, &r->systems, old);
		r->nsystems--;
	}
	if (new != NULL) {
		system_link(new);
		if (new->expiry.at != 0)
			RB_INSERT(rsop_expiries, &r->expiries, &new->expiry);
		RB_INSERT(rsop_systems, &r->systems, new);
		r->nsystems++;
	}
	system_free(r, old);
}

static struct policy *
policy_find(struct rsop *r, uint32_t id)
{
	struct policy	 key;

	key.id = id;
	return RB_FIND(rsop_policies, &r->policies, &key);
}

static void
policy_free(struct rsop *r, struct policy *p)
{
	if (p == NULL)
		return;
	tagset_release(r, &p->senders);
	tagset_release(r, &p->receivers);
	free(p);
}

/* Its windows, of which none goes on after its end. */
static void
windows_init(struct rsop *r, struct policy *p, const struct rsop_policy *in)
{
	static const struct acl_window	 always = { 0, 0 };
	const struct acl_window		*w = in->hours ? in->windows : &always;
	size_t				 i, n = in->hours ? in->nwindows : 1;
	uint64_t			 until;

	for (i = 0; i < n; i++) {
		until = sooner(w[i].until, in->not_after);
		if (until != 0 && w[i].from >= until)
			break;
		p->windows[i].from = w[i].from;
		expiry_init(r, &p->windows[i].end, EXPIRY_POLICY, in->id,
		    until, p);
		p->nwindows++;
	}
}

static void
acl_init(struct policy *p, const struct rsop_policy *in)
{
	struct acl_timed	 acl[ACL_MAX];
	size_t			 i, n;

	memset(acl, 0, sizeof(acl));
	n = in->nacl < ACL_MAX ? in->nacl : ACL_MAX;
	for (i = 0; i < n; i++)
		acl[i].entry = in->acl[i];
	p->nacl = rsop_acl_normalise(acl, n);
	for (i = 0; i < p->nacl; i++)
		p->acl[i] = acl[i].entry;
}

static struct policy *
policy_new(struct rsop *r, const struct rsop_policy *in, int *surplus)
{
	struct policy	*p;
	int		 senders, receivers;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->id = in->id;
	p->enabled = in->enabled;
	windows_init(r, p, in);
	senders = tagset_init(r, &p->senders, p, in->senders, in->nsenders);
	receivers = tagset_init(r, &p->receivers, p, in->receivers,
	    in->nreceivers);
	if (senders == -1 || receivers == -1) {
		policy_free(r, p);
		errno = ENOMEM;
		return NULL;
	}
	acl_init(p, in);
	p->nrequirements = in->nrequirements;
	if (p->nrequirements != 0)
		memcpy(p->requirements, in->requirements,
		    p->nrequirements * sizeof(*p->requirements));
	*surplus = senders || receivers || in->nacl > ACL_MAX ?
	    RSOP_SURPLUS : 0;
	return p;
}

/* As system_replace, but new is linked into its tags already. */
static void
policy_replace(struct rsop *r, struct policy *old, struct policy *new)
{
	struct expiry	*e;
	size_t		 i;

	if (old != NULL) {
		tagset_unlink(&old->senders);
		tagset_unlink(&old->receivers);
		for (i = 0; i < old->nwindows; i++) {
			e = &old->windows[i].end;
			if (e->at != 0)
				RB_REMOVE(rsop_expiries, &r->expiries, e);
		}
		RB_REMOVE(rsop_policies, &r->policies, old);
		r->npolicies--;
		r->nacl -= old->nacl * old->nwindows;
	}
	if (new != NULL) {
		new->hidden = 0;
		for (i = 0; i < new->nwindows; i++) {
			e = &new->windows[i].end;
			if (e->at != 0)
				RB_INSERT(rsop_expiries, &r->expiries, e);
		}
		RB_INSERT(rsop_policies, &r->policies, new);
		r->npolicies++;
		r->nacl += new->nacl * new->nwindows;
	}
	policy_free(r, old);
}

/* Room for every system on both sides of a comparison. */
static int
reserve_sides(struct rsop *r, size_t need)
{
	struct system	**p;
	size_t		  cap = need + need / 2 + 16;

	if (need <= r->sides_cap)
		return 0;
	if ((p = reallocarray(r->left, cap, sizeof(*p))) == NULL)
		return -1;
	r->left = p;
	if ((p = reallocarray(r->right, cap, sizeof(*p))) == NULL)
		return -1;
	r->right = p;
	r->sides_cap = cap;
	return 0;
}

/* Room for the access rules of all policies at once. */
static int
reserve_scratch(struct rsop *r, size_t need)
{
	struct acl_timed	*p;
	size_t			 cap = need + need / 2 + ACL_MAX;

	if (need <= r->scratch_cap)
		return 0;
	if ((p = reallocarray(r->scratch, cap, sizeof(*p))) == NULL)
		return -1;
	r->scratch = p;
	r->scratch_cap = cap;
	return 0;
}

static void
tell(struct rsop *r, rsop_pair_fn *fn, void *arg)
{
	size_t	 i;

	diff_sort(r);
	r->busy = 1;
	for (i = 0; fn != NULL && i < r->nchanges; i++)
		fn(arg, r->changes[i].a, r->changes[i].b);
	r->busy = 0;
	r->nchanges = 0;
}

static int
refuse(int error)
{
	errno = error;
	return -1;
}

struct rsop *
rsop_new(void)
{
	struct rsop	*r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	RB_INIT(&r->systems);
	RB_INIT(&r->policies);
	RB_INIT(&r->tags);
	RB_INIT(&r->expiries);
	if (reserve_sides(r, 1) == -1 || reserve_scratch(r, 1) == -1) {
		rsop_free(r);
		errno = ENOMEM;
		return NULL;
	}
	return r;
}

void
rsop_free(struct rsop *r)
{
	if (r == NULL)
		return;
	while (!RB_EMPTY(&r->systems))
		system_replace(r, RB_ROOT(&r->systems), NULL);
	while (!RB_EMPTY(&r->policies))
		policy_replace(r, RB_ROOT(&r->policies), NULL);
	free(r->changes);
	free(r->left);
	free(r->right);
	free(r->scratch);
	free(r);
}

int
rsop_set_system(struct rsop *r, const struct rsop_system *in,
    rsop_pair_fn *fn, void *arg)
{
	struct system	*old, *new;
	int		 surplus;

	if (r->busy)
		return refuse(EBUSY);
	old = system_find(r, in->id);
	if (old == NULL && r->nsystems >= RSOP_SYSTEMS_MAX)
		return refuse(ENOSPC);
	if (reserve_sides(r, r->nsystems + 1) == -1 ||
	    (new = system_new(r, in, &surplus)) == NULL)
		return refuse(ENOMEM);
	if (diff_system(r, old, new) == -1) {
		system_free(r, new);
		r->nchanges = 0;
		return refuse(ENOMEM);
	}
	system_replace(r, old, new);
	tell(r, fn, arg);
	return surplus;
}

int
rsop_remove_system(struct rsop *r, uint32_t id, rsop_pair_fn *fn, void *arg)
{
	struct system	*old;

	if (r->busy)
		return refuse(EBUSY);
	if ((old = system_find(r, id)) == NULL)
		return refuse(ENOENT);
	if (diff_system(r, old, NULL) == -1) {
		r->nchanges = 0;
		return refuse(ENOMEM);
	}
	system_replace(r, old, NULL);
	tell(r, fn, arg);
	return 0;
}

static int
policy_valid(const struct rsop_policy *in)
{
	const struct acl_window	*w = in->windows;
	size_t			 i;

	for (i = 0; i < in->nacl; i++)
		if (!acl_valid(&in->acl[i]))
			return 0;
	if (in->nrequirements > RSOP_REQUIREMENTS_MAX)
		return 0;
	if (!in->hours)
		return 1;
	for (i = 0; i < in->nwindows; i++)
		if (w[i].from >= w[i].until ||
		    (i > 0 && w[i].from <= w[i - 1].until))
			return 0;
	return in->nwindows <= RSOP_WINDOWS_MAX;
}

int
rsop_set_policy(struct rsop *r, const struct rsop_policy *in,
    rsop_pair_fn *fn, void *arg)
{
	struct policy	*old, *new;
	int		 surplus;

	if (r->busy)
		return refuse(EBUSY);
	if (!policy_valid(in))
		return refuse(EINVAL);
	old = policy_find(r, in->id);
	if (old == NULL && r->npolicies >= RSOP_POLICIES_MAX)
		return refuse(ENOSPC);
	if (reserve_scratch(r, r->nacl + ACL_MAX * RSOP_WINDOWS_MAX) == -1 ||
	    (new = policy_new(r, in, &surplus)) == NULL)
		return refuse(ENOMEM);
	new->hidden = 1;
	policy_link(new);
	if (diff_policy(r, old, new) == -1) {
		tagset_unlink(&new->senders);
		tagset_unlink(&new->receivers);
		policy_free(r, new);
		r->nchanges = 0;
		return refuse(ENOMEM);
	}
	policy_replace(r, old, new);
	tell(r, fn, arg);
	return surplus;
}

int
rsop_remove_policy(struct rsop *r, uint32_t id, rsop_pair_fn *fn, void *arg)
{
	struct policy	*old;

	if (r->busy)
		return refuse(EBUSY);
	if ((old = policy_find(r, id)) == NULL)
		return refuse(ENOENT);
	if (diff_policy(r, old, NULL) == -1) {
		r->nchanges = 0;
		return refuse(ENOMEM);
	}
	policy_replace(r, old, NULL);
	tell(r, fn, arg);
	return 0;
}

/* The first that ends after this second. */
static struct expiry *
expiry_after(struct rsop *r, uint64_t sec)
{
	struct expiry	 key;

	if (sec == UINT64_MAX)
		return NULL;
	key.at = sec + 1;
	key.kind = EXPIRY_SYSTEM;
	key.id = 0;
	return RB_NFIND(rsop_expiries, &r->expiries, &key);
}

/* Note the pairs that have something from this object, then set its state. */
static int
expiry_turn(struct rsop *r, struct expiry *e, int over)
{
	int	 ret;

	e->over = 0;
	if (e->kind == EXPIRY_SYSTEM)
		ret = diff_system(r, e->owner, NULL);
	else
		ret = diff_window(r, e);
	e->over = ret == 0 ? over : !over;
	return ret;
}

int
rsop_tick(struct rsop *r, uint64_t now, uint64_t *next, rsop_pair_fn *fn,
    void *arg)
{
	struct expiry	*e, *done;
	uint64_t	 low, high;
	int		 over = now > r->now;

	if (r->busy)
		return refuse(EBUSY);
	low = over ? r->now : now;
	high = over ? now : r->now;
	/*
	 * One after the other: all only take away, or all only give, so that
	 * no step undoes what an earlier one changed.
	 */
	for (e = expiry_after(r, low); e != NULL && e->at <= high;
	    e = RB_NEXT(rsop_expiries, &r->expiries, e)) {
		if (expiry_turn(r, e, over) == 0)
			continue;
		for (done = expiry_after(r, low); done != e;
		    done = RB_NEXT(rsop_expiries, &r->expiries, done))
			done->over = !over;
		r->nchanges = 0;
		return refuse(ENOMEM);
	}
	r->now = now;
	if (next != NULL) {
		e = expiry_after(r, now);
		*next = e != NULL ? e->at : 0;
	}
	tell(r, fn, arg);
	return 0;
}

int
rsop_pair(struct rsop *r, uint32_t a, uint32_t b, struct rsop_pair *out)
{
	struct direction	 d;
	struct system		*sa, *sb;

	memset(out, 0, sizeof(*out));
	out->a = a;
	out->b = b;
	sa = system_find(r, a);
	sb = system_find(r, b);
	if (sa == NULL || sb == NULL)
		return refuse(ENOENT);
	direction_compute(r, sa, sb, &d);
	memcpy(out->acl_in_a, d.acl, d.n * sizeof(d.acl[0]));
	out->n_in_a = d.n;
	out->surplus = d.surplus;
	direction_compute(r, sb, sa, &d);
	memcpy(out->acl_in_b, d.acl, d.n * sizeof(d.acl[0]));
	out->n_in_b = d.n;
	out->surplus |= d.surplus;
	pair_open(out);
	return 0;
}

static int
id_cmp(const void *va, const void *vb)
{
	const uint32_t	*a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

/*
 * Each system collected shares an active policy with this one, in one
 * direction or the other, and that policy has rules: it is connected.
 */
/* Policies that join the two may begin after one of them has ended. */
static int
is_peer(struct rsop *r, const struct system *a, const struct system *b)
{
	struct direction	 d;

	if (a->until == 0 && b->until == 0)
		return 1;
	direction_compute(r, a, b, &d);
	if (d.n == 0)
		direction_compute(r, b, a, &d);
	return d.n != 0;
}

int
rsop_each_peer(struct rsop *r, uint32_t id, rsop_pair_fn *fn, void *arg)
{
	struct system	*s;
	uint32_t	*ids;
	size_t		 i, n = 0;

	if ((s = system_find(r, id)) == NULL)
		return refuse(ENOENT);
	diff_collect_peers(r, s, NULL);
	if (r->nleft == 0)
		return 0;
	/* A copy, as the callback may use the sides again. */
	if ((ids = calloc(r->nleft, sizeof(*ids))) == NULL)
		return refuse(ENOMEM);
	for (i = 0; i < r->nleft; i++)
		if (r->left[i]->id != id && is_peer(r, s, r->left[i]))
			ids[n++] = r->left[i]->id;
	qsort(ids, n, sizeof(*ids), id_cmp);
	for (i = 0; i < n; i++)
		fn(arg, id, ids[i]);
	free(ids);
	return 0;
}
