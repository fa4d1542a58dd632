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
 * Fragments: a later one carries no port, so it passes only in the wake of
 * a first one that did.  A small set-associative table; in a full set the
 * peer with the most entries loses its oldest.  Overlap with the first
 * fragment is refused, since the part judged could be overwritten (RFC
 * 1858, 5722).
 */

#include <string.h>

#include "packet/flow_store.h"

#define SET_SIZE	8

struct fragment_key {
	uint32_t	 peer;
	uint32_t	 ident;
	uint8_t		 src[16];
	uint8_t		 dst[16];
};

/* RFC 8200 4.5 leaves the protocol out of what names a packet. */
static uint8_t
key_proto(const struct packet *pkt)
{
	return (pkt->version == 4 ? pkt->proto : 0);
}

static struct flow_fragment *
fragment_set(struct flow_table *t, uint32_t peer, const struct packet *pkt)
{
	struct fragment_key	 key;
	uint64_t		 hash;

	key.peer = peer;
	key.ident = pkt->frag_ident;
	memcpy(key.src, pkt->src, sizeof(key.src));
	memcpy(key.dst, pkt->dst, sizeof(key.dst));
	hash = siphash24(t->seed, &key, sizeof(key));
	return (&t->fragments[hash % (FLOW_FRAGMENT_MAX / SET_SIZE) *
	    SET_SIZE]);
}

static struct flow_fragment *
fragment_find(const struct flow_table *t, struct flow_fragment *set,
    uint32_t peer, const struct packet *pkt)
{
	struct flow_fragment	*f;

	for (f = set; f < set + SET_SIZE; f++) {
		if (f->expires > t->now && f->peer == peer &&
		    f->ident == pkt->frag_ident &&
		    f->version == pkt->version &&
		    f->proto == key_proto(pkt) &&
		    memcmp(f->src, pkt->src, sizeof(f->src)) == 0 &&
		    memcmp(f->dst, pkt->dst, sizeof(f->dst)) == 0)
			return (f);
	}
	return (NULL);
}

static unsigned int
count_of_peer(const struct flow_fragment *set, uint32_t peer)
{
	unsigned int	 i, n;

	n = 0;
	for (i = 0; i < SET_SIZE; i++)
		n += set[i].peer == peer;
	return (n);
}

static struct flow_fragment *
fragment_slot(const struct flow_table *t, struct flow_fragment *set)
{
	struct flow_fragment	*f, *victim;
	unsigned int		 n, most;

	victim = NULL;
	most = 0;
	for (f = set; f < set + SET_SIZE; f++) {
		if (f->expires <= t->now)
			return (f);
		n = count_of_peer(set, f->peer);
		if (n > most || (n == most && f->begun < victim->begun)) {
			victim = f;
			most = n;
		}
	}
	return (victim);
}

void
flow_fragment_remember(struct flow_table *t, uint32_t peer,
    const struct packet *pkt)
{
	struct flow_fragment	*set, *f;

	set = fragment_set(t, peer, pkt);
	f = fragment_find(t, set, peer, pkt);
	if (f != NULL) {
		/* Of two first fragments the longer one sets the limit. */
		if (f->first_end < pkt->frag_length)
			f->first_end = pkt->frag_length;
		return;
	}
	f = fragment_slot(t, set);
	memset(f, 0, sizeof(*f));
	f->begun = t->now;
	f->expires = t->now + FLOW_FRAGMENT_MS;
	f->peer = peer;
	f->ident = pkt->frag_ident;
	f->first_end = pkt->frag_length;
	f->version = pkt->version;
	f->proto = key_proto(pkt);
	memcpy(f->src, pkt->src, sizeof(f->src));
	memcpy(f->dst, pkt->dst, sizeof(f->dst));
}

int
flow_fragment_passes(struct flow_table *t, uint32_t peer,
    const struct packet *pkt)
{
	struct flow_fragment	*f;

	f = fragment_find(t, fragment_set(t, peer, pkt), peer, pkt);
	return (f != NULL && pkt->frag_offset >= f->first_end);
}

void
flow_fragment_forget(struct flow_table *t, uint32_t peer)
{
	size_t	 i;

	for (i = 0; i < FLOW_FRAGMENT_MAX; i++) {
		if (t->fragments[i].peer == peer)
			t->fragments[i].expires = 0;
	}
}
