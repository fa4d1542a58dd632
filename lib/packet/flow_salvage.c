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
 * Flows of a process that has ended, taken over by the one that replaces
 * it, so that inner connections outlive it.  The old memory may have been
 * left in any state: every index and field is checked, and each flow goes
 * through the ordinary insertion, its limits included.
 */

#include <string.h>

#include "packet/flow_store.h"

static int
plausible(const struct flow *f, uint64_t now)
{
	return (f->key.version == 4 || f->key.version == 6) &&
	    f->key.zero == 0 && f->key.peer != 0 &&
	    f->key.role <= FLOW_ROLE_PEER_ASKED &&
	    f->origin <= FLOW_ORIGIN_PEER && f->last <= now;
}

static int
take(struct flow_table *t, const struct flow *f, enum flow_class class)
{
	uint32_t	 i;

	if (flow_store_find(t, &f->key) != FLOW_NONE ||
	    flow_store_insert(t, &f->key, f->origin, class) != FLOW_PASS_NEW ||
	    (i = flow_store_find(t, &f->key)) == FLOW_NONE)
		return 0;
	t->flows[i].last = f->last;
	t->flows[i].tcp_answered = f->tcp_answered != 0;
	t->flows[i].tcp_fins = f->tcp_fins & 3;
	return 1;
}

uint32_t
flow_salvage(struct flow_table *t, const void *memory, size_t len,
    uint32_t nflows, uint64_t now)
{
	const struct flow_table	*old = memory;
	const struct flow	*flows = (const void *)(old + 1);
	struct flow		 f;
	uint32_t		 class, i, steps, taken = 0;

	if (flow_table_size(nflows) == 0 || len < flow_table_size(nflows))
		return 0;
	flow_store_clock(t, now);
	for (class = 0; class < FLOW_CLASS_MAX; class++) {
		/* Oldest first, as the new table wants its lists. */
		i = old->class[class].head;
		for (steps = 0; i < nflows && steps < nflows; steps++) {
			memcpy(&f, &flows[i], sizeof(f));
			if (f.class == class && plausible(&f, now))
				taken += (uint32_t)take(t, &f,
				    (enum flow_class)class);
			i = f.link[FLOW_BY_CLASS].next;
		}
	}
	return taken;
}
