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
 * One direction of a pair: the union of the access rules of all policies
 * that apply, in canonical form.  Allocates nothing.
 */

#include <stdlib.h>
#include <string.h>

#include "policy/rsop_local.h"

int
system_active(const struct system *s)
{
	return s->enabled && !s->expiry.over;
}

int
policy_active(const struct policy *p)
{
	size_t	 i;

	if (!p->enabled || p->hidden || p->nacl == 0)
		return 0;
	for (i = 0; i < p->nwindows; i++)
		if (!p->windows[i].end.over)
			return 1;
	return 0;
}

/* Of two that begin together the longer is first, and no end is the latest. */
static int
window_cmp(const struct acl_window *a, const struct acl_window *b)
{
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->until != b->until)
		return a->until - 1 > b->until - 1 ? -1 : 1;
	return 0;
}

int
policy_trusts(const struct policy *p, const struct system *s)
{
	size_t	 i, lo, hi, mid;

	for (i = 0; i < p->nrequirements; i++) {
		for (lo = 0, hi = s->nmet; lo < hi;) {
			mid = lo + (hi - lo) / 2;
			if (s->met[mid] < p->requirements[i])
				lo = mid + 1;
			else
				hi = mid;
		}
		if (lo == s->nmet || s->met[lo] != p->requirements[i])
			return 0;
	}
	return 1;
}

static int
timed_cmp(const void *va, const void *vb)
{
	const struct acl_timed	*ta = va, *tb = vb;
	const struct acl_entry	*a = &ta->entry, *b = &tb->entry;
	int			 ret = window_cmp(&ta->when, &tb->when);

	if (ret != 0)
		return ret;
	if (a->protocol != b->protocol)
		return a->protocol < b->protocol ? -1 : 1;
	if (a->port_low != b->port_low)
		return a->port_low < b->port_low ? -1 : 1;
	return (a->port_high > b->port_high) - (a->port_high < b->port_high);
}

static int
is_always(const struct acl_window *w)
{
	return w->from == 0 && w->until == 0;
}

/* Are both in one window, and is b permitted by a or does it follow on it? */
static int
joins(const struct acl_timed *a, const struct acl_timed *b)
{
	return window_cmp(&a->when, &b->when) == 0 &&
	    (a->entry.protocol == ACL_ANY ||
	    (a->entry.protocol == b->entry.protocol &&
	    (uint32_t)b->entry.port_low <= (uint32_t)a->entry.port_high + 1));
}

/* Is b permitted by a at all times at which it is in force? */
static int
covers(const struct acl_timed *a, const struct acl_timed *b)
{
	return a->when.from <= b->when.from &&
	    a->when.until - 1 >= b->when.until - 1 &&
	    (a->entry.protocol == ACL_ANY ||
	    (a->entry.protocol == b->entry.protocol &&
	    a->entry.port_low <= b->entry.port_low &&
	    a->entry.port_high >= b->entry.port_high));
}

static int
covered(const struct acl_timed *acl, size_t n, const struct acl_timed *e)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (covers(&acl[i], e))
			return 1;
	return 0;
}

/*
 * Bring the entries into canonical form in place; returns how many are left,
 * of which those after one more than ACL_MAX are left out.  Ranges that touch
 * become one too: they permit the same, and the same permission should look
 * the same.
 */
size_t
rsop_acl_normalise(struct acl_timed *acl, size_t n)
{
	struct acl_timed	 last;
	size_t			 i, kept = 0;

	if (n > 1)
		qsort(acl, n, sizeof(*acl), timed_cmp);
	/* In this order what covers an entry comes before it. */
	for (i = 0; i < n && kept <= ACL_MAX;) {
		last = acl[i++];
		for (; i < n && joins(&last, &acl[i]); i++)
			if (acl[i].entry.port_high > last.entry.port_high)
				last.entry.port_high = acl[i].entry.port_high;
		if (!covered(acl, kept, &last))
			acl[kept++] = last;
	}
	return kept;
}

static void
direction_fill(const struct rsop *r, struct direction *d, size_t n)
{
	if (n > ACL_MAX) {
		/* What is still to come has time to come later. */
		d->surplus = r->scratch[ACL_MAX].when.from <= r->now;
		n = ACL_MAX;
	}
	if (n != 0)
		memcpy(d->acl, r->scratch, n * sizeof(*d->acl));
	d->n = n;
}

uint64_t
sooner(uint64_t a, uint64_t b)
{
	return a - 1 < b - 1 ? a : b;
}

/*
 * Append what the policy gives before the limit, in order; returns how many
 * there are then.
 */
static size_t
scratch_add(struct rsop *r, const struct policy *p, uint64_t limit, size_t n)
{
	const struct window	*w;
	size_t			 i, k;

	for (i = 0; i < p->nwindows; i++) {
		w = &p->windows[i];
		if (limit != 0 && w->from >= limit)
			break;
		for (k = 0; k < p->nacl && !w->end.over; k++) {
			r->scratch[n].entry = p->acl[k];
			r->scratch[n].when.from = w->from;
			r->scratch[n++].when.until = sooner(w->end.at, limit);
		}
	}
	return n;
}

void
direction_compute(struct rsop *r, const struct system *to,
    const struct system *from, struct direction *d)
{
	struct member	*m;
	struct policy	*p;
	uint64_t	 gen, limit;
	size_t		 i, n = 0, sources = 0, before;

	d->n = 0;
	d->surplus = 0;
	if (to->id == from->id || !system_active(to) || !system_active(from))
		return;
	gen = ++r->gen;
	limit = sooner(to->until, from->until);
	for (i = 0; i < from->tags.n; i++) {
		LIST_FOREACH(m, &from->tags.member[i].tag->senders, entry) {
			p = m->owner;
			if (p->seen == gen || !policy_active(p))
				continue;
			p->seen = gen;
			if (!policy_trusts(p, from) ||
			    !tagset_meets(&p->receivers, &to->tags))
				continue;
			before = n;
			if ((n = scratch_add(r, p, limit, n)) == before)
				continue;
			sources++;
			if (p->acl[0].protocol == ACL_ANY &&
			    is_always(&r->scratch[n - 1].when)) {
				r->scratch[0] = r->scratch[n - 1];
				direction_fill(r, d, 1);
				return;
			}
		}
	}
	if (sources > 1)
		n = rsop_acl_normalise(r->scratch, n);
	direction_fill(r, d, n);
}

int
direction_equal(const struct direction *a, const struct direction *b)
{
	size_t	 i;

	if (a->n != b->n || a->surplus != b->surplus)
		return 0;
	for (i = 0; i < a->n; i++)
		if (timed_cmp(&a->acl[i], &b->acl[i]) != 0)
			return 0;
	return 1;
}

/* Add a window to the union, of which no window begins after it. */
static int
open_add(struct rsop_pair *out, const struct acl_window *w)
{
	struct acl_window	*last;

	if (out->nopen != 0) {
		last = &out->open[out->nopen - 1];
		if (last->until == 0 || (w->until != 0 &&
		    w->until <= last->until))
			return 0;
		if (w->from <= last->until) {
			last->until = w->until;
			return 0;
		}
		if (out->nopen == RSOP_WINDOWS_MAX)
			return -1;
	}
	out->open[out->nopen++] = *w;
	return 0;
}

void
pair_open(struct rsop_pair *out)
{
	const struct acl_window	*w;
	size_t			 a = 0, b = 0;

	out->nopen = 0;
	while (a < out->n_in_a || b < out->n_in_b) {
		if (b == out->n_in_b || (a < out->n_in_a &&
		    window_cmp(&out->acl_in_a[a].when,
		    &out->acl_in_b[b].when) <= 0))
			w = &out->acl_in_a[a++].when;
		else
			w = &out->acl_in_b[b++].when;
		if (open_add(out, w) == -1)
			return;
	}
	if (out->nopen == 1 && is_always(&out->open[0]))
		out->nopen = 0;
}
