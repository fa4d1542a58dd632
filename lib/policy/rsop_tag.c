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
 * The index of the resultant set of policy: tags, and who carries them.
 * Trusts its caller, which has the objects in its own memory.
 */

#include <errno.h>
#include <stdlib.h>

#include "policy/rsop_local.h"

static int	 tag_cmp(const struct tag *, const struct tag *);

RB_PROTOTYPE(rsop_tags, tag, entry, tag_cmp)
RB_GENERATE(rsop_tags, tag, entry, tag_cmp)

static int
tag_cmp(const struct tag *a, const struct tag *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

struct tag *
tag_find(struct rsop *r, uint32_t id)
{
	struct tag	 key;

	key.id = id;
	return RB_FIND(rsop_tags, &r->tags, &key);
}

static struct tag *
tag_get(struct rsop *r, uint32_t id)
{
	struct tag	*tag = tag_find(r, id);

	if (tag == NULL) {
		if ((tag = calloc(1, sizeof(*tag))) == NULL)
			return NULL;
		tag->id = id;
		LIST_INIT(&tag->systems);
		LIST_INIT(&tag->senders);
		LIST_INIT(&tag->receivers);
		RB_INSERT(rsop_tags, &r->tags, tag);
	}
	tag->refs++;
	return tag;
}

static void
tag_put(struct rsop *r, struct tag *tag)
{
	if (--tag->refs != 0)
		return;
	RB_REMOVE(rsop_tags, &r->tags, tag);
	free(tag);
}

/* Where the tag is, or would be, in the sorted set. */
static size_t
tagset_place(const struct tagset *set, uint32_t id)
{
	size_t	 i;

	for (i = 0; i < set->n; i++)
		if (set->member[i].tag->id >= id)
			break;
	return i;
}

int
tagset_init(struct rsop *r, struct tagset *set, void *owner,
    const uint32_t *ids, size_t n)
{
	struct tag	*tag;
	size_t		 at, i, j;
	int		 ret = 0;

	set->n = 0;
	for (i = 0; i < n; i++) {
		at = tagset_place(set, ids[i]);
		if (at < set->n && set->member[at].tag->id == ids[i])
			continue;
		if (set->n == RSOP_TAGS_MAX) {
			ret = RSOP_SURPLUS;
			continue;
		}
		if ((tag = tag_get(r, ids[i])) == NULL) {
			tagset_release(r, set);
			errno = ENOMEM;
			return -1;
		}
		/* Not linked yet: only the tag need move. */
		for (j = set->n; j > at; j--)
			set->member[j].tag = set->member[j - 1].tag;
		set->member[at].tag = tag;
		set->member[set->n++].owner = owner;
	}
	return ret;
}

void
tagset_release(struct rsop *r, struct tagset *set)
{
	size_t	 i;

	for (i = 0; i < set->n; i++)
		tag_put(r, set->member[i].tag);
	set->n = 0;
}

/* True when the sets have a tag in common. */
int
tagset_meets(const struct tagset *a, const struct tagset *b)
{
	size_t		 i = 0, j = 0;
	uint32_t	 x, y;

	while (i < a->n && j < b->n) {
		x = a->member[i].tag->id;
		y = b->member[j].tag->id;
		if (x == y)
			return 1;
		if (x < y)
			i++;
		else
			j++;
	}
	return 0;
}

void
tagset_unlink(struct tagset *set)
{
	size_t	 i;

	for (i = 0; i < set->n; i++)
		LIST_REMOVE(&set->member[i], entry);
}

void
system_link(struct system *s)
{
	struct member	*m;
	size_t		 i;

	for (i = 0; i < s->tags.n; i++) {
		m = &s->tags.member[i];
		LIST_INSERT_HEAD(&m->tag->systems, m, entry);
	}
}

void
policy_link(struct policy *p)
{
	struct member	*m;
	size_t		 i;

	for (i = 0; i < p->senders.n; i++) {
		m = &p->senders.member[i];
		LIST_INSERT_HEAD(&m->tag->senders, m, entry);
	}
	for (i = 0; i < p->receivers.n; i++) {
		m = &p->receivers.member[i];
		LIST_INSERT_HEAD(&m->tag->receivers, m, entry);
	}
}
