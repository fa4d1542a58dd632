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
 * What a series of changes does to pairs, by what each was before and is
 * after; and what policies permit between tags.
 */

#include <stdlib.h>
#include <string.h>

#include "packet/siphash.h"
#include "policy/rsop_local.h"
#include "policy/rsop_trial.h"

#define PAIRS_MIN	256
#define WORDS_MAX	(2 * (1 + 3 * ACL_MAX))

void
rsop_trial_init(struct rsop_trial *t, struct rsop *r)
{
	memset(t, 0, sizeof(*t));
	t->rsop = r;
}

void
rsop_trial_free(struct rsop_trial *t)
{
	free(t->pairs);
	memset(t, 0, sizeof(*t));
}

static int
pair_cmp(const void *va, const void *vb)
{
	const struct rsop_trial_pair	*a = va, *b = vb;

	if (a->a != b->a)
		return a->a < b->a ? -1 : 1;
	return (a->b > b->b) - (a->b < b->b);
}

/* In order, each once. */
static void
pairs_sort(struct rsop_trial *t)
{
	size_t	 i, kept = 0;

	if (t->n > 1)
		qsort(t->pairs, t->n, sizeof(*t->pairs), pair_cmp);
	for (i = 0; i < t->n; i++)
		if (i == 0 || pair_cmp(&t->pairs[i], &t->pairs[kept - 1]) != 0)
			t->pairs[kept++] = t->pairs[i];
	t->n = kept;
}

/* Room for one more; -1 when there is none. */
static int
pairs_grow(struct rsop_trial *t)
{
	struct rsop_trial_pair	*p;
	size_t			 cap;

	if (t->cap >= 2 * RSOP_TRIAL_MAX) {
		pairs_sort(t);
		if (t->n < 2 * RSOP_TRIAL_MAX)
			return 0;
		t->more = 1;
		return -1;
	}
	cap = t->cap == 0 ? PAIRS_MIN : t->cap * 2;
	if (cap > 2 * RSOP_TRIAL_MAX)
		cap = 2 * RSOP_TRIAL_MAX;
	if ((p = reallocarray(t->pairs, cap, sizeof(*p))) == NULL) {
		t->failed = 1;
		return -1;
	}
	t->pairs = p;
	t->cap = cap;
	return 0;
}

void
rsop_trial_note(void *arg, uint32_t a, uint32_t b)
{
	struct rsop_trial	*t = arg;
	struct rsop_trial_pair	*p;

	if (t->more || t->failed || (t->n == t->cap && pairs_grow(t) == -1))
		return;
	p = &t->pairs[t->n++];
	p->a = a < b ? a : b;
	p->b = a < b ? b : a;
	p->digest = 0;
}

static size_t
words_add(uint64_t *words, const struct acl_timed *acl, size_t n)
{
	size_t	 i, k = 0;

	words[k++] = n;
	for (i = 0; i < n; i++) {
		words[k++] = (uint64_t)acl[i].entry.protocol << 32 |
		    (uint64_t)acl[i].entry.port_low << 16 |
		    acl[i].entry.port_high;
		words[k++] = acl[i].when.from;
		words[k++] = acl[i].when.until;
	}
	return k;
}

/* Of the result of a pair as it is now; 0: they are not connected. */
static uint64_t
pair_digest(struct rsop *r, uint32_t a, uint32_t b)
{
	static const uint8_t	 key[SIPHASH_KEY_LENGTH];
	struct rsop_pair	 pair;
	uint64_t		 words[WORDS_MAX], digest;
	size_t			 n;

	if (rsop_pair(r, a, b, &pair) == -1 ||
	    (pair.n_in_a == 0 && pair.n_in_b == 0))
		return 0;
	/* The open windows follow from the entries. */
	n = words_add(words, pair.acl_in_a, pair.n_in_a);
	n += words_add(words + n, pair.acl_in_b, pair.n_in_b);
	digest = siphash24(key, words, n * sizeof(words[0]));
	return digest == 0 ? 1 : digest;
}

void
rsop_trial_seen(struct rsop_trial *t)
{
	size_t	 i;

	pairs_sort(t);
	if (t->n > RSOP_TRIAL_MAX) {
		t->n = RSOP_TRIAL_MAX;
		t->more = 1;
	}
	for (i = 0; i < t->n; i++)
		t->pairs[i].digest = pair_digest(t->rsop, t->pairs[i].a,
		    t->pairs[i].b);
}

int
rsop_trial_compare(struct rsop_trial *t, rsop_trial_fn *fn, void *arg)
{
	const struct rsop_trial_pair	*p;
	enum rsop_trial_kind		 kind;
	uint64_t			 before;
	size_t				 i;

	memset(t->count, 0, sizeof(t->count));
	for (i = 0; i < t->n; i++) {
		p = &t->pairs[i];
		before = pair_digest(t->rsop, p->a, p->b);
		if (before == p->digest)
			continue;
		kind = before == 0 ? RSOP_GAINED :
		    p->digest == 0 ? RSOP_LOST : RSOP_AMENDED;
		t->count[kind]++;
		fn(arg, kind, p->a, p->b);
	}
	return t->failed ? -1 : 0;
}

static int
entry_permits(const struct acl_entry *e, uint8_t protocol, uint16_t port)
{
	if (e->protocol == ACL_ANY || protocol == RSOP_SOMETHING)
		return 1;
	if (e->protocol != protocol)
		return 0;
	return protocol == ACL_ICMP ||
	    (port >= e->port_low && port <= e->port_high);
}

static int
policy_permits(const struct policy *p, uint8_t protocol, uint16_t port)
{
	size_t	 i;

	for (i = 0; i < p->nacl; i++)
		if (entry_permits(&p->acl[i], protocol, port))
			return 1;
	return 0;
}

static int
receives(const struct policy *p, const uint32_t *tags, size_t n)
{
	size_t	 i, k;

	for (i = 0; i < p->receivers.n; i++)
		for (k = 0; k < n; k++)
			if (p->receivers.member[i].tag->id == tags[k])
				return 1;
	return 0;
}

int
rsop_permits(struct rsop *r, const uint32_t *senders, size_t nsenders,
    const uint32_t *receivers, size_t nreceivers, uint8_t protocol,
    uint16_t port)
{
	const struct policy	*p;
	const struct tag	*tag;
	struct member		*m;
	size_t			 i;

	for (i = 0; i < nsenders; i++) {
		if ((tag = tag_find(r, senders[i])) == NULL)
			continue;
		LIST_FOREACH(m, &tag->senders, entry) {
			p = m->owner;
			if (policy_active(p) &&
			    receives(p, receivers, nreceivers) &&
			    policy_permits(p, protocol, port))
				return 1;
		}
	}
	return 0;
}
