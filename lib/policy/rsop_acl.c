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
	return p->enabled && !p->expiry.over && !p->hidden && p->nacl != 0;
}

static int
entry_cmp(const void *va, const void *vb)
{
	const struct acl_entry	*a = va, *b = vb;

	if (a->protocol != b->protocol)
		return a->protocol < b->protocol ? -1 : 1;
	if (a->port_low != b->port_low)
		return a->port_low < b->port_low ? -1 : 1;
	return (a->port_high > b->port_high) - (a->port_high < b->port_high);
}

/*
 * Bring the entries into canonical form in place; returns how many are left.
 * Ranges that touch become one too: they permit the same, and the same
 * permission should look the same.
 */
size_t
rsop_acl_normalise(struct acl_entry *acl, size_t n)
{
	struct acl_entry	*last;
	size_t			 i, kept;

	if (n == 0)
		return 0;
	if (n > 1)
		qsort(acl, n, sizeof(*acl), entry_cmp);
	/* ACL_ANY sorts first, and permits all that follows. */
	if (acl[0].protocol == ACL_ANY)
		return 1;
	kept = 1;
	for (i = 1; i < n; i++) {
		last = &acl[kept - 1];
		if (acl[i].protocol == last->protocol &&
		    (uint32_t)acl[i].port_low <=
		    (uint32_t)last->port_high + 1) {
			if (acl[i].port_high > last->port_high)
				last->port_high = acl[i].port_high;
			continue;
		}
		acl[kept++] = acl[i];
	}
	return kept;
}

static void
direction_fill(struct direction *d, const struct acl_entry *acl, size_t n)
{
	if (n > ACL_MAX) {
		n = ACL_MAX;
		d->surplus = 1;
	}
	if (n != 0)
		memcpy(d->acl, acl, n * sizeof(*acl));
	d->n = n;
}

void
direction_compute(struct rsop *r, const struct system *to,
    const struct system *from, struct direction *d)
{
	struct member	*m;
	struct policy	*p;
	uint64_t	 gen;
	size_t		 i, n = 0, sources = 0;

	d->n = 0;
	d->surplus = 0;
	if (to->id == from->id || !system_active(to) || !system_active(from))
		return;
	gen = ++r->gen;
	for (i = 0; i < from->tags.n; i++) {
		LIST_FOREACH(m, &from->tags.member[i].tag->senders, entry) {
			p = m->owner;
			if (p->seen == gen || !policy_active(p))
				continue;
			p->seen = gen;
			if (!tagset_meets(&p->receivers, &to->tags))
				continue;
			if (p->acl[0].protocol == ACL_ANY) {
				direction_fill(d, p->acl, 1);
				return;
			}
			memcpy(r->scratch + n, p->acl,
			    p->nacl * sizeof(*p->acl));
			n += p->nacl;
			sources++;
		}
	}
	if (sources > 1)
		n = rsop_acl_normalise(r->scratch, n);
	direction_fill(d, r->scratch, n);
}

int
direction_equal(const struct direction *a, const struct direction *b)
{
	size_t	 i;

	if (a->n != b->n || a->surplus != b->surplus)
		return 0;
	for (i = 0; i < a->n; i++)
		if (entry_cmp(&a->acl[i], &b->acl[i]) != 0)
			return 0;
	return 1;
}
