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
 * Three chained hash tables in the device's memory: peers by id, peers by
 * public key, and nodes by receiver index.  Receiver indices in datagrams
 * are hostile, but the chains hold only indices we drew at random.
 */

#include <string.h>

#include <sodium.h>

#include "noise/wg_local.h"

static uint32_t
hash_id(const struct wg_device *dev, uint32_t id)
{
	return (id * UINT32_C(2654435761)) >> 7 & dev->peer_mask;
}

static uint32_t
hash_key(const struct wg_device *dev, const uint8_t *key)
{
	uint8_t	 out[crypto_shorthash_BYTES];

	crypto_shorthash(out, key, NOISE_KEY_LEN, dev->hash_key);
	return wg_get32(out) & dev->peer_mask;
}

struct wg_peer *
wg_peer_by_id(const struct wg_device *dev, uint32_t id)
{
	uint32_t	 i = dev->id_bucket[hash_id(dev, id)];

	while (i != WG_SLOT_NONE && dev->peer[i].id != id)
		i = dev->peer[i].id_link;
	return i == WG_SLOT_NONE ? NULL : &dev->peer[i];
}

struct wg_peer *
wg_peer_by_key(const struct wg_device *dev, const uint8_t *key)
{
	uint32_t	 i = dev->key_bucket[hash_key(dev, key)];

	while (i != WG_SLOT_NONE &&
	    sodium_memcmp(dev->peer[i].public, key, NOISE_KEY_LEN) != 0)
		i = dev->peer[i].key_link;
	return i == WG_SLOT_NONE ? NULL : &dev->peer[i];
}

void
wg_peer_link(struct wg_device *dev, struct wg_peer *peer)
{
	uint32_t	*head;

	head = &dev->id_bucket[hash_id(dev, peer->id)];
	peer->id_link = *head;
	*head = peer->slot;
	head = &dev->key_bucket[hash_key(dev, peer->public)];
	peer->key_link = *head;
	*head = peer->slot;
}

void
wg_peer_unlink(struct wg_device *dev, struct wg_peer *peer)
{
	uint32_t	*p;

	p = &dev->id_bucket[hash_id(dev, peer->id)];
	while (*p != peer->slot)
		p = &dev->peer[*p].id_link;
	*p = peer->id_link;
	p = &dev->key_bucket[hash_key(dev, peer->public)];
	while (*p != peer->slot)
		p = &dev->peer[*p].key_link;
	*p = peer->key_link;
}

uint32_t
wg_index_find(const struct wg_device *dev, uint32_t index)
{
	uint32_t	 n = dev->node_bucket[index & dev->node_mask];

	while (n != WG_SLOT_NONE && dev->node[n].index != index)
		n = dev->node[n].link;
	return n;
}

static void
index_link(struct wg_device *dev, uint32_t node, uint32_t index)
{
	uint32_t	*head = &dev->node_bucket[index & dev->node_mask];

	dev->node[node].index = index;
	dev->node[node].link = *head;
	dev->node[node].linked = 1;
	*head = node;
}

uint32_t
wg_index_new(struct wg_device *dev, uint32_t node)
{
	uint32_t	 index;

	wg_index_drop(dev, node);
	do
		randombytes_buf(&index, sizeof(index));
	while (wg_index_find(dev, index) != WG_SLOT_NONE);
	index_link(dev, node, index);
	return index;
}

void
wg_index_move(struct wg_device *dev, uint32_t from, uint32_t to)
{
	uint32_t	 index = dev->node[from].index;

	wg_index_drop(dev, from);
	wg_index_drop(dev, to);
	index_link(dev, to, index);
}

void
wg_index_drop(struct wg_device *dev, uint32_t node)
{
	struct wg_node	*n = &dev->node[node];
	uint32_t	*p;

	if (!n->linked)
		return;
	p = &dev->node_bucket[n->index & dev->node_mask];
	while (*p != node)
		p = &dev->node[*p].link;
	*p = n->link;
	memset(n, 0, sizeof(*n));
}
