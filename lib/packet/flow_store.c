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
 * Storage of the flow table: a chained hash over a fixed array, one list
 * per time-out and two per peer.  Every operation is bounded by the length
 * of a chain under a keyed hash.  Decides nothing about packets.
 */

#include <errno.h>
#include <stdalign.h>
#include <string.h>

#include "packet/flow_store.h"

#define EXPIRE_BURST	32	/* cleared per new flow */

static const uint64_t timeouts[FLOW_CLASS_MAX] = {
	[FLOW_TCP_OPENING]	= FLOW_TCP_OPENING_MS,
	[FLOW_TCP_ESTABLISHED]	= FLOW_TCP_ESTABLISHED_MS,
	[FLOW_TCP_CLOSING]	= FLOW_TCP_CLOSING_MS,
	[FLOW_UDP_UNREPLIED]	= FLOW_UDP_UNREPLIED_MS,
	[FLOW_UDP_REPLIED]	= FLOW_UDP_REPLIED_MS,
	[FLOW_ICMP_UNREPLIED]	= FLOW_ICMP_MS,
	[FLOW_ICMP_REPLIED]	= FLOW_ICMP_MS,
	[FLOW_REVOKED]		= FLOW_REVOKED_MS
};

/* Classes that give way to a newer flow. */
static const uint8_t evictable[FLOW_CLASS_MAX] = {
	[FLOW_TCP_OPENING]	= 1,
	[FLOW_TCP_CLOSING]	= 1,
	[FLOW_UDP_UNREPLIED]	= 1,
	[FLOW_ICMP_UNREPLIED]	= 1
};

static uint32_t
round_up(uint32_t n)
{
	uint32_t	 size;

	for (size = 1; size < n; size <<= 1)
		continue;
	return (size);
}

size_t
flow_table_size(uint32_t nflows)
{
	if (nflows < FLOW_TABLE_MIN || nflows > FLOW_TABLE_MAX)
		return (0);
	return (sizeof(struct flow_table) +
	    nflows * (sizeof(struct flow) + sizeof(struct flow_peer)) +
	    2 * (size_t)round_up(nflows) * sizeof(uint32_t));
}

struct flow_table *
flow_table_init(void *mem, size_t len, uint32_t nflows,
    const uint8_t seed[SIPHASH_KEY_LENGTH])
{
	struct flow_table	*t = mem;
	uint32_t		 i, nheads;

	if (mem == NULL || flow_table_size(nflows) == 0 ||
	    len < flow_table_size(nflows) ||
	    (uintptr_t)mem % alignof(struct flow_table) != 0) {
		errno = EINVAL;
		return (NULL);
	}
	nheads = round_up(nflows);
	memcpy(t->seed, seed, sizeof(t->seed));
	t->flows = (struct flow *)(void *)(t + 1);
	t->peers = (struct flow_peer *)(void *)(t->flows + nflows);
	t->heads = (uint32_t *)(void *)(t->peers + nflows);
	t->peer_heads = t->heads + nheads;
	t->mask = nheads - 1;
	t->nflows = nflows;
	t->share = nflows / FLOW_SHARE_DIVISOR;
	for (i = 0; i < FLOW_CLASS_MAX; i++)
		t->class[i].head = t->class[i].tail = FLOW_NONE;
	return (t);
}

static void
list_append(struct flow_table *t, struct flow_list *list,
    enum flow_list_kind kind, uint32_t i)
{
	struct flow_link	*link = &t->flows[i].link[kind];

	link->prev = list->tail;
	link->next = FLOW_NONE;
	if (list->tail == FLOW_NONE)
		list->head = i;
	else
		t->flows[list->tail].link[kind].next = i;
	list->tail = i;
}

static void
list_remove(struct flow_table *t, struct flow_list *list,
    enum flow_list_kind kind, uint32_t i)
{
	struct flow_link	*link = &t->flows[i].link[kind];

	if (link->prev == FLOW_NONE)
		list->head = link->next;
	else
		t->flows[link->prev].link[kind].next = link->next;
	if (link->next == FLOW_NONE)
		list->tail = link->prev;
	else
		t->flows[link->next].link[kind].prev = link->prev;
}

static struct flow_list *
peer_list(struct flow_table *t, const struct flow *f)
{
	return (&t->peers[f->peer].list[evictable[f->class] ? 0 : 1]);
}

static uint32_t
peer_bucket(const struct flow_table *t, uint32_t id)
{
	return ((uint32_t)siphash24(t->seed, &id, sizeof(id)) & t->mask);
}

uint32_t
flow_store_peer(const struct flow_table *t, uint32_t id)
{
	uint32_t	 n;

	n = t->peer_heads[peer_bucket(t, id)];
	while (n != 0 && t->peers[n - 1].id != id)
		n = t->peers[n - 1].hash_next;
	return (n == 0 ? FLOW_NONE : n - 1);
}

/* A slot is always free: each taken one stands for a live flow at least. */
static uint32_t
peer_take(struct flow_table *t, uint32_t id)
{
	struct flow_peer	*p;
	uint32_t		 i;

	i = flow_store_peer(t, id);
	if (i != FLOW_NONE)
		return (i);
	if (t->peer_free != 0) {
		i = t->peer_free - 1;
		t->peer_free = t->peers[i].hash_next;
	} else
		i = t->peers_used++;
	p = &t->peers[i];
	p->id = id;
	p->count = 0;
	p->list[0].head = p->list[0].tail = FLOW_NONE;
	p->list[1].head = p->list[1].tail = FLOW_NONE;
	p->bucket = peer_bucket(t, id);
	p->hash_next = t->peer_heads[p->bucket];
	t->peer_heads[p->bucket] = i + 1;
	t->stats.peers++;
	return (i);
}

static void
peer_release(struct flow_table *t, uint32_t i)
{
	struct flow_peer	*p = &t->peers[i];
	uint32_t		*at;

	at = &t->peer_heads[p->bucket];
	while (*at != i + 1)
		at = &t->peers[*at - 1].hash_next;
	*at = p->hash_next;
	p->hash_next = t->peer_free;
	t->peer_free = i + 1;
	t->stats.peers--;
}

void
flow_store_remove(struct flow_table *t, uint32_t i)
{
	struct flow	*f = &t->flows[i];
	uint32_t	*at;

	at = &t->heads[f->bucket];
	while (*at != i + 1)
		at = &t->flows[*at - 1].hash_next;
	*at = f->hash_next;
	list_remove(t, &t->class[f->class], FLOW_BY_CLASS, i);
	list_remove(t, peer_list(t, f), FLOW_BY_PEER, i);
	if (--t->peers[f->peer].count == 0)
		peer_release(t, f->peer);
	f->hash_next = t->free;
	t->free = i + 1;
	t->stats.live--;
}

void
flow_store_clock(struct flow_table *t, uint64_t now)
{
	if (now > t->now)
		t->now = now;
}

static int
is_expired(const struct flow_table *t, uint32_t i)
{
	const struct flow	*f = &t->flows[i];

	return (t->now - f->last >= timeouts[f->class]);
}

static uint32_t
expire_some(struct flow_table *t, uint32_t limit)
{
	uint32_t	 i, n, class;

	n = 0;
	for (class = 0; class < FLOW_CLASS_MAX; class++) {
		while (n < limit && (i = t->class[class].head) != FLOW_NONE &&
		    is_expired(t, i)) {
			flow_store_remove(t, i);
			n++;
		}
	}
	t->stats.expired += n;
	return (n);
}

uint32_t
flow_expire(struct flow_table *t, uint64_t now)
{
	flow_store_clock(t, now);
	return (expire_some(t, UINT32_MAX));
}

uint64_t
flow_next_expiry(const struct flow_table *t)
{
	uint64_t	 at, next;
	uint32_t	 i, class;

	next = UINT64_MAX;
	for (class = 0; class < FLOW_CLASS_MAX; class++) {
		i = t->class[class].head;
		if (i == FLOW_NONE)
			continue;
		at = t->flows[i].last + timeouts[class];
		if (at < next)
			next = at;
	}
	return (next);
}

uint32_t
flow_store_find(struct flow_table *t, const struct flow_key *key)
{
	uint32_t	 i, n;

	n = t->heads[(uint32_t)siphash24(t->seed, key, sizeof(*key)) &
	    t->mask];
	while (n != 0 &&
	    memcmp(&t->flows[n - 1].key, key, sizeof(*key)) != 0)
		n = t->flows[n - 1].hash_next;
	if (n == 0)
		return (FLOW_NONE);
	i = n - 1;
	if (is_expired(t, i)) {
		flow_store_remove(t, i);
		t->stats.expired++;
		return (FLOW_NONE);
	}
	return (i);
}

/* The evictable flow of any peer that was used longest ago. */
static uint32_t
oldest_evictable(const struct flow_table *t)
{
	uint32_t	 i, class, oldest;

	oldest = FLOW_NONE;
	for (class = 0; class < FLOW_CLASS_MAX; class++) {
		i = t->class[class].head;
		if (!evictable[class] || i == FLOW_NONE)
			continue;
		if (oldest == FLOW_NONE ||
		    t->flows[i].last < t->flows[oldest].last)
			oldest = i;
	}
	return (oldest);
}

/* A peer pays for its new flow itself before any other peer does. */
static enum flow_verdict
make_room(struct flow_table *t, uint32_t id)
{
	uint32_t	 slot, victim;
	int		 over;

	(void)expire_some(t, EXPIRE_BURST);
	slot = flow_store_peer(t, id);
	over = slot != FLOW_NONE && t->peers[slot].count >= t->share;
	if ((t->free != 0 || t->used < t->nflows) && !over)
		return (FLOW_PASS_NEW);
	victim = slot == FLOW_NONE ? FLOW_NONE : t->peers[slot].list[0].head;
	if (victim == FLOW_NONE && over)
		return (FLOW_DROP_SHARE);
	if (victim == FLOW_NONE)
		victim = oldest_evictable(t);
	if (victim == FLOW_NONE)
		return (FLOW_DROP_FULL);
	flow_store_remove(t, victim);
	t->stats.evicted++;
	return (FLOW_PASS_NEW);
}

enum flow_verdict
flow_store_insert(struct flow_table *t, const struct flow_key *key,
    enum flow_origin origin, enum flow_class class)
{
	enum flow_verdict	 verdict;
	struct flow		*f;
	uint32_t		 i;

	verdict = make_room(t, key->peer);
	if (verdict != FLOW_PASS_NEW)
		return (verdict);
	if (t->free != 0) {
		i = t->free - 1;
		t->free = t->flows[i].hash_next;
	} else
		i = t->used++;
	f = &t->flows[i];
	memset(f, 0, sizeof(*f));
	f->key = *key;
	f->last = t->now;
	f->class = (uint8_t)class;
	f->origin = (uint8_t)origin;
	f->bucket = (uint32_t)siphash24(t->seed, key, sizeof(*key)) & t->mask;
	f->hash_next = t->heads[f->bucket];
	t->heads[f->bucket] = i + 1;
	f->peer = peer_take(t, key->peer);
	t->peers[f->peer].count++;
	list_append(t, &t->class[class], FLOW_BY_CLASS, i);
	list_append(t, peer_list(t, f), FLOW_BY_PEER, i);
	t->stats.live++;
	return (FLOW_PASS_NEW);
}

void
flow_store_move(struct flow_table *t, uint32_t i, enum flow_class class)
{
	struct flow	*f = &t->flows[i];

	list_remove(t, &t->class[f->class], FLOW_BY_CLASS, i);
	list_remove(t, peer_list(t, f), FLOW_BY_PEER, i);
	f->class = (uint8_t)class;
	f->last = t->now;
	list_append(t, &t->class[class], FLOW_BY_CLASS, i);
	list_append(t, peer_list(t, f), FLOW_BY_PEER, i);
}
