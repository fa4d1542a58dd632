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
 * Which pairs does a change change?  Both states are computed for those
 * pairs the change can reach, found through the tags, and compared.
 */

#include <errno.h>
#include <stdlib.h>

#include "policy/rsop_local.h"

#define CHANGES_MIN	64

/* What a system is in the policy before and after. */
#define OLD_SENDER	0x1
#define OLD_RECEIVER	0x2
#define NEW_SENDER	0x4
#define NEW_RECEIVER	0x8
#define SENDER		(OLD_SENDER | NEW_SENDER)
#define RECEIVER	(OLD_RECEIVER | NEW_RECEIVER)

/* Two states of a policy to be compared; end is NULL or one of its windows. */
struct states {
	struct policy	*old;
	struct policy	*new;
	struct expiry	*end;
};

static int
note(struct rsop *r, uint32_t a, uint32_t b)
{
	struct change	*p;
	size_t		 cap;

	if (r->nchanges == r->changes_cap) {
		cap = r->changes_cap == 0 ? CHANGES_MIN : r->changes_cap * 2;
		p = reallocarray(r->changes, cap, sizeof(*p));
		if (p == NULL)
			return -1;
		r->changes = p;
		r->changes_cap = cap;
	}
	p = &r->changes[r->nchanges++];
	p->a = a < b ? a : b;
	p->b = a < b ? b : a;
	return 0;
}

static int
change_cmp(const void *va, const void *vb)
{
	const struct change	*a = va, *b = vb;

	if (a->a != b->a)
		return a->a < b->a ? -1 : 1;
	return (a->b > b->b) - (a->b < b->b);
}

/* Sort the changes and drop duplicates. */
void
diff_sort(struct rsop *r)
{
	size_t	 i, kept = 0;

	if (r->nchanges > 1)
		qsort(r->changes, r->nchanges, sizeof(*r->changes),
		    change_cmp);
	for (i = 0; i < r->nchanges; i++)
		if (i == 0 || change_cmp(&r->changes[i],
		    &r->changes[kept - 1]) != 0)
			r->changes[kept++] = r->changes[i];
	r->nchanges = kept;
}

/*
 * Add to the left side the active systems with a tag of the set, of senders
 * those the policy trusts.
 */
static void
collect_tagged(struct rsop *r, const struct tagset *set,
    const struct policy *senders_of)
{
	struct member	*m;
	struct system	*s;
	struct tag	*tag;
	size_t		 i;

	for (i = 0; i < set->n; i++) {
		tag = set->member[i].tag;
		if (tag->seen == r->gen)
			continue;
		/* Who was left out here may come in by another policy. */
		if (senders_of == NULL || senders_of->nrequirements == 0)
			tag->seen = r->gen;
		LIST_FOREACH(m, &tag->systems, entry) {
			s = m->owner;
			if (s->seen == r->gen || !system_active(s) ||
			    (senders_of != NULL &&
			    !policy_trusts(senders_of, s)))
				continue;
			s->seen = r->gen;
			r->left[r->nleft++] = s;
		}
	}
}

static void
collect_peers(struct rsop *r, const struct system *s)
{
	const struct policy	*p;
	const struct tag	*tag;
	struct member		*m;
	size_t			 i;

	if (s == NULL || !system_active(s))
		return;
	for (i = 0; i < s->tags.n; i++) {
		tag = s->tags.member[i].tag;
		LIST_FOREACH(m, &tag->senders, entry) {
			p = m->owner;
			if (policy_active(p) && policy_trusts(p, s))
				collect_tagged(r, &p->receivers, NULL);
		}
		LIST_FOREACH(m, &tag->receivers, entry) {
			p = m->owner;
			if (policy_active(p))
				collect_tagged(r, &p->senders, p);
		}
	}
}

/*
 * Put into the left side every system that a policy joins with either of the
 * two, which are states of the same system; it may itself be among them.
 */
void
diff_collect_peers(struct rsop *r, const struct system *a,
    const struct system *b)
{
	r->gen++;
	r->nleft = 0;
	collect_peers(r, a);
	collect_peers(r, b);
}

/* True when the direction differs between two states of a system. */
static int
direction_differs(struct rsop *r, const struct system *old,
    const struct system *new, const struct system *peer, int inward)
{
	struct direction	 before, after;

	before.n = after.n = 0;
	before.surplus = after.surplus = 0;
	if (old != NULL)
		direction_compute(r, inward ? old : peer,
		    inward ? peer : old, &before);
	if (new != NULL)
		direction_compute(r, inward ? new : peer,
		    inward ? peer : new, &after);
	return !direction_equal(&before, &after);
}

int
diff_system(struct rsop *r, const struct system *old, const struct system *new)
{
	const struct system	*peer;
	uint32_t		 id = old != NULL ? old->id : new->id;
	size_t			 i;

	diff_collect_peers(r, old, new);
	for (i = 0; i < r->nleft; i++) {
		peer = r->left[i];
		if (peer->id == id)
			continue;
		if (!direction_differs(r, old, new, peer, 1) &&
		    !direction_differs(r, old, new, peer, 0))
			continue;
		if (note(r, id, peer->id) == -1)
			return -1;
	}
	return 0;
}

/* Give the active systems of one side of a policy their role. */
static size_t
collect_side(struct rsop *r, const struct tagset *set, unsigned int role,
    unsigned int same_side, struct system **side, size_t n)
{
	struct member	*m;
	struct system	*s;
	size_t		 i;

	for (i = 0; i < set->n; i++) {
		LIST_FOREACH(m, &set->member[i].tag->systems, entry) {
			s = m->owner;
			if (!system_active(s))
				continue;
			if (s->seen != r->gen) {
				s->seen = r->gen;
				s->roles = 0;
			}
			if ((s->roles & same_side) == 0)
				side[n++] = s;
			s->roles |= role;
		}
	}
	return n;
}

static void
collect_sides(struct rsop *r, const struct policy *old,
    const struct policy *new)
{
	r->gen++;
	r->nleft = r->nright = 0;
	if (old != NULL) {
		r->nleft = collect_side(r, &old->senders, OLD_SENDER, SENDER,
		    r->left, r->nleft);
		r->nright = collect_side(r, &old->receivers, OLD_RECEIVER,
		    RECEIVER, r->right, r->nright);
	}
	if (new != NULL) {
		r->nleft = collect_side(r, &new->senders, NEW_SENDER, SENDER,
		    r->left, r->nleft);
		r->nright = collect_side(r, &new->receivers, NEW_RECEIVER,
		    RECEIVER, r->right, r->nright);
	}
}

/* Show one of two states: of a policy, or of the window that ends. */
static void
state_show(const struct states *st, int show_new)
{
	if (st->end != NULL) {
		st->end->over = show_new;
		return;
	}
	if (st->old != NULL)
		st->old->hidden = show_new;
	if (st->new != NULL)
		st->new->hidden = !show_new;
}

/* True when the policy, before or after, matters for this direction and the
 * rules do differ. */
static int
policy_differs(struct rsop *r, const struct states *st,
    const struct system *from, const struct system *to)
{
	struct direction	 before, after;

	if (!((from->roles & OLD_SENDER) && (to->roles & OLD_RECEIVER)) &&
	    !((from->roles & NEW_SENDER) && (to->roles & NEW_RECEIVER)))
		return 0;
	state_show(st, 0);
	direction_compute(r, to, from, &before);
	state_show(st, 1);
	direction_compute(r, to, from, &after);
	return !direction_equal(&before, &after);
}

/* Leaves the old state shown. */
static int
diff_states(struct rsop *r, const struct states *st)
{
	const struct system	*s, *t;
	size_t			 i, j;
	int			 ret = 0;

	collect_sides(r, st->old, st->new);
	for (i = 0; i < r->nleft && ret == 0; i++) {
		s = r->left[i];
		for (j = 0; j < r->nright && ret == 0; j++) {
			t = r->right[j];
			if (s == t)
				continue;
			/* In a mesh the pair comes up twice. */
			if ((s->roles & RECEIVER) && (t->roles & SENDER) &&
			    s->id > t->id)
				continue;
			if (policy_differs(r, st, s, t) ||
			    policy_differs(r, st, t, s))
				ret = note(r, s->id, t->id);
		}
	}
	state_show(st, 0);
	return ret;
}

/* Leaves the old state shown, new hidden. */
int
diff_policy(struct rsop *r, struct policy *old, struct policy *new)
{
	struct states	 st = { old, new, NULL };

	return diff_states(r, &st);
}

/* What changes when a window of a policy ends; leaves it open. */
int
diff_window(struct rsop *r, struct expiry *end)
{
	struct states	 st = { end->owner, NULL, end };

	if (!st.old->enabled || st.old->nacl == 0)
		return 0;
	return diff_states(r, &st);
}
