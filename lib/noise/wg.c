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
 * The WireGuard device: its block of memory, its key, its peers and the
 * door for datagrams.  Runs in cryptoproc; the caller is trusted in its
 * arguments, datagrams are not.  Holds every key of the device and never
 * lets one out.
 */

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "noise/wg_local.h"

#define ALIGNMENT	64

struct layout {
	size_t		id_bucket, key_bucket, node_bucket, node, peer, size;
	uint32_t	peer_buckets, node_buckets;
};

static const char *const result_names[WG_IN_MAX] = {
	[WG_IN_DATA] = "data",
	[WG_IN_KEEPALIVE] = "keepalive",
	[WG_IN_INITIATION] = "initiation",
	[WG_IN_RESPONSE] = "response",
	[WG_IN_COOKIE] = "cookie",
	[WG_IN_COOKIE_SENT] = "cookie sent",
	[WG_IN_RATE_LIMITED] = "rate limited",
	[WG_IN_NO_KEY] = "no key set",
	[WG_IN_BAD_TYPE] = "bad type",
	[WG_IN_BAD_LENGTH] = "bad length",
	[WG_IN_BAD_MAC1] = "bad mac1",
	[WG_IN_BAD_HANDSHAKE] = "bad handshake",
	[WG_IN_BAD_COOKIE] = "bad cookie",
	[WG_IN_BAD_TAG] = "bad tag",
	[WG_IN_UNKNOWN_PEER] = "unknown peer",
	[WG_IN_UNKNOWN_INDEX] = "unknown index",
	[WG_IN_OLD_TIMESTAMP] = "old timestamp",
	[WG_IN_FLOOD] = "too many initiations",
	[WG_IN_EXPIRED] = "session expired",
	[WG_IN_REPLAY] = "replay",
	[WG_IN_WRONG_SUITE] = "wrong suite",
};

static size_t
round_up(size_t n)
{
	return (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

/* max_peers is at most WG_PEERS_MAX, so nothing here can wrap. */
static void
layout_make(struct layout *l, uint32_t max_peers)
{
	size_t	 pos;

	for (l->peer_buckets = 16; l->peer_buckets < max_peers;)
		l->peer_buckets *= 2;
	l->node_buckets = l->peer_buckets * WG_NODES;
	pos = round_up(sizeof(struct wg_device));
	l->id_bucket = pos;
	pos = round_up(pos + l->peer_buckets * sizeof(uint32_t));
	l->key_bucket = pos;
	pos = round_up(pos + l->peer_buckets * sizeof(uint32_t));
	l->node_bucket = pos;
	pos = round_up(pos + l->node_buckets * sizeof(uint32_t));
	l->node = pos;
	pos = round_up(pos +
	    (size_t)max_peers * WG_NODES * sizeof(struct wg_node));
	l->peer = pos;
	l->size = round_up(pos + (size_t)max_peers * sizeof(struct wg_peer));
}

size_t
wg_device_size(uint32_t max_peers)
{
	struct layout	 l;

	if (max_peers == 0 || max_peers > WG_PEERS_MAX)
		return 0;
	layout_make(&l, max_peers);
	return l.size;
}

struct wg_device *
wg_device_init(void *mem, size_t len, uint32_t max_peers,
    const struct wg_ops *ops, void *arg)
{
	struct wg_device	*dev = mem;
	struct layout		 l;
	uint8_t			*base = mem;

	if (mem == NULL || (uintptr_t)mem % 16 != 0 || max_peers == 0 ||
	    max_peers > WG_PEERS_MAX || len < wg_device_size(max_peers)) {
		errno = EINVAL;
		return NULL;
	}
	layout_make(&l, max_peers);
	/* The rest is made ready as it is taken into use, or it would be
	 * resident from the start. */
	memset(dev, 0, offsetof(struct wg_device, pending));
	dev->ops = *ops;
	dev->arg = arg;
	dev->size = l.size;
	dev->max_peers = max_peers;
	dev->peer_mask = l.peer_buckets - 1;
	dev->node_mask = l.node_buckets - 1;
	dev->id_bucket = (uint32_t *)(void *)(base + l.id_bucket);
	dev->key_bucket = (uint32_t *)(void *)(base + l.key_bucket);
	dev->node_bucket = (uint32_t *)(void *)(base + l.node_bucket);
	dev->node = (struct wg_node *)(void *)(base + l.node);
	dev->peer = (struct wg_peer *)(void *)(base + l.peer);
	memset(dev->id_bucket, 0xff, l.peer_buckets * sizeof(uint32_t));
	memset(dev->key_bucket, 0xff, l.peer_buckets * sizeof(uint32_t));
	memset(dev->node_bucket, 0xff, l.node_buckets * sizeof(uint32_t));
	dev->free_peer = WG_SLOT_NONE;
	dev->next_ms = WG_NEVER;
	dev->load_credit_ms = WG_LOAD_FULL_MS;
	aead_init(&dev->aead);
	randombytes_buf(dev->hash_key, sizeof(dev->hash_key));
	ratelimit_init(&dev->limit);
	wg_pending_init(dev);
	return dev;
}

void
wg_device_wipe(struct wg_device *dev)
{
	uint32_t	 i;

	/* Session keys may have a part in the providers' memory. */
	for (i = 0; i < dev->used_peers; i++)
		wg_session_forget(&dev->peer[i]);
	sodium_memzero(dev, dev->size);
}

void
wg_device_set_aead(struct wg_device *dev, const struct aead *aead)
{
	if (aead != NULL)
		dev->aead = *aead;
	else
		aead_init(&dev->aead);
}

void
wg_device_set_load(struct wg_device *dev, int on)
{
	dev->load = on != 0;
}

void
wg_device_stats(const struct wg_device *dev, struct wg_stats *out)
{
	*out = dev->stats;
}

/* End everything that hangs on the static key of this side or a suite. */
static void
peer_restart(struct wg_device *dev, struct wg_peer *peer)
{
	int	 i;

	wg_pending_drop(dev, peer);
	wg_session_wipe_all(dev, peer);
	wg_handshake_drop(dev, peer);
	peer->attempt_ms = WG_NEVER;
	for (i = 0; i < WG_TIMER_MAX; i++)
		if (i != WG_TIMER_PERSISTENT)
			peer->timer[i] = WG_NEVER;
}

int
wg_device_set_key(struct wg_device *dev, const uint8_t private[WG_KEY_LEN])
{
	uint8_t		 public[NOISE_KEY_LEN];
	uint32_t	 i;

	noise_public(public, private);
	if (dev->have_key && sodium_memcmp(dev->private, private,
	    sizeof(dev->private)) == 0)
		return 0;
	if (wg_peer_by_key(dev, public) != NULL) {
		errno = EINVAL;
		return -1;
	}
	memcpy(dev->private, private, sizeof(dev->private));
	memcpy(dev->public, public, sizeof(dev->public));
	dev->have_key = 1;
	cookie_checker_init(&dev->checker, dev->public);
	for (i = 0; i < dev->used_peers; i++) {
		if (!dev->peer[i].used)
			continue;
		peer_restart(dev, &dev->peer[i]);
		/* The public key was tried when the peer was added. */
		(void)noise_dh(dev->peer[i].ss, dev->private,
		    dev->peer[i].public);
	}
	return 0;
}

/* The static-static secret, or with no key yet a trial of the public key. */
static int
peer_shared(struct wg_device *dev, uint8_t ss[NOISE_KEY_LEN],
    const uint8_t public[NOISE_KEY_LEN])
{
	int	 rc;

	if (dev->have_key) {
		if (memcmp(dev->public, public, NOISE_KEY_LEN) == 0)
			return -1;
		return noise_dh(ss, dev->private, public);
	}
	randombytes_buf(dev->ephemeral, sizeof(dev->ephemeral));
	rc = noise_dh(ss, dev->ephemeral, public);
	sodium_memzero(dev->ephemeral, sizeof(dev->ephemeral));
	sodium_memzero(ss, NOISE_KEY_LEN);
	return rc;
}

/* A slot for a peer, first in the list of free ones; NULL: there is none. */
static struct wg_peer *
peer_free(struct wg_device *dev)
{
	struct wg_peer	*peer;
	uint32_t	 slot = dev->used_peers;

	if (dev->free_peer != WG_SLOT_NONE)
		return &dev->peer[dev->free_peer];
	if (slot == dev->max_peers)
		return NULL;
	dev->used_peers++;
	peer = &dev->peer[slot];
	memset(peer, 0, sizeof(*peer));
	memset(&dev->node[slot * WG_NODES], 0,
	    WG_NODES * sizeof(dev->node[0]));
	peer->slot = slot;
	peer->id_link = WG_SLOT_NONE;
	dev->free_peer = slot;
	return peer;
}

static void
peer_fill(struct wg_peer *peer, uint32_t id,
    const uint8_t public[NOISE_KEY_LEN])
{
	int	 i;

	peer->used = 1;
	peer->id = id;
	memcpy(peer->public, public, sizeof(peer->public));
	cookie_maker_init(&peer->cookie, public);
	peer->next = peer->current = peer->previous = -1;
	peer->initiation_seen_ms = WG_NEVER;
	peer->initiation_sent_ms = WG_NEVER;
	peer->attempt_ms = WG_NEVER;
	for (i = 0; i < WG_TIMER_MAX; i++)
		peer->timer[i] = WG_NEVER;
	peer->pending_head = peer->pending_tail = WG_SLOT_NONE;
}

static void
peer_set_psk(struct wg_peer *peer, const uint8_t *psk)
{
	if (psk != NULL)
		memcpy(peer->psk, psk, sizeof(peer->psk));
	else
		sodium_memzero(peer->psk, sizeof(peer->psk));
}

static void
peer_set_suite(struct wg_device *dev, struct wg_peer *peer, uint8_t suite)
{
	if (peer->suite == suite)
		return;
	dev->suite_peers[peer->suite]--;
	dev->suite_peers[suite]++;
	peer->suite = suite;
	peer_restart(dev, peer);
}

int
wg_peer_add(struct wg_device *dev, uint32_t id,
    const uint8_t public[WG_KEY_LEN], const uint8_t *psk, uint8_t suite)
{
	struct wg_peer	*peer = wg_peer_by_id(dev, id);
	struct wg_peer	*holder = wg_peer_by_key(dev, public);

	if (noise_suite_get((enum noise_suite_id)suite) == NULL) {
		errno = ENOTSUP;
		return -1;
	}
	if (peer != NULL && peer == holder) {
		peer_set_psk(peer, psk);
		peer_set_suite(dev, peer, suite);
		return 0;
	}
	if (peer != NULL || holder != NULL) {
		errno = EEXIST;
		return -1;
	}
	if (id == WG_PEER_NONE) {
		errno = EINVAL;
		return -1;
	}
	if ((peer = peer_free(dev)) == NULL) {
		errno = ENOSPC;
		return -1;
	}
	if (peer_shared(dev, peer->ss, public) == -1) {
		errno = EINVAL;
		return -1;
	}
	dev->free_peer = peer->id_link;
	peer_fill(peer, id, public);
	peer_set_psk(peer, psk);
	peer->suite = suite;
	dev->suite_peers[suite]++;
	wg_peer_link(dev, peer);
	return 0;
}

int
wg_peer_set_suite(struct wg_device *dev, uint32_t id, uint8_t suite)
{
	struct wg_peer	*peer = wg_peer_by_id(dev, id);

	if (peer == NULL) {
		errno = ENOENT;
		return -1;
	}
	if (noise_suite_get((enum noise_suite_id)suite) == NULL) {
		errno = ENOTSUP;
		return -1;
	}
	peer_set_suite(dev, peer, suite);
	return 0;
}

int
wg_peer_remove(struct wg_device *dev, uint32_t id)
{
	struct wg_peer	*peer = wg_peer_by_id(dev, id);
	uint32_t	 slot;

	if (peer == NULL) {
		errno = ENOENT;
		return -1;
	}
	peer->established = 0;		/* the owner knows; no event */
	wg_pending_drop(dev, peer);
	wg_session_wipe_all(dev, peer);
	wg_handshake_drop(dev, peer);
	wg_peer_unlink(dev, peer);
	dev->suite_peers[peer->suite]--;
	slot = peer->slot;
	sodium_memzero(peer, sizeof(*peer));
	peer->slot = slot;
	peer->id_link = dev->free_peer;
	dev->free_peer = slot;
	return 0;
}

int
wg_peer_set_keepalive(struct wg_device *dev, uint32_t id, uint16_t seconds,
    struct wg_time now)
{
	struct wg_peer	*peer = wg_peer_by_id(dev, id);

	if (peer == NULL) {
		errno = ENOENT;
		return -1;
	}
	if (peer->keepalive_ms == (uint64_t)seconds * 1000)
		return 0;
	peer->keepalive_ms = (uint64_t)seconds * 1000;
	wg_timer_set(dev, peer, WG_TIMER_PERSISTENT,
	    seconds != 0 ? now.mono_ms : WG_NEVER);
	return 0;
}

int
wg_peer_initiate(struct wg_device *dev, uint32_t id, struct wg_time now)
{
	struct wg_peer		*peer = wg_peer_by_id(dev, id);
	struct wg_session	*s;

	if (peer == NULL) {
		errno = ENOENT;
		return -1;
	}
	if (!dev->have_key) {
		errno = EPERM;
		return -1;
	}
	s = wg_session_current(peer, now.mono_ms);
	if (s != NULL && wg_elapsed(now.mono_ms, s->birth_ms) <
	    wg_limits.rekey_after && s->counter < wg_limits.rekey_messages)
		return 0;
	wg_handshake_start(dev, peer, now);
	return 0;
}

int
wg_peer_stats(const struct wg_device *dev, uint32_t id,
    struct wg_peer_stats *out, struct wg_time now)
{
	struct wg_peer	*peer = wg_peer_by_id(dev, id);

	memset(out, 0, sizeof(*out));
	if (peer == NULL) {
		errno = ENOENT;
		return -1;
	}
	out->rx_bytes = peer->rx_bytes;
	out->tx_bytes = peer->tx_bytes;
	out->last_handshake_ms = peer->handshake_ms;
	out->established = wg_session_current(peer, now.mono_ms) != NULL;
	out->suite = peer->suite;
	return 0;
}

const char *
wg_input_result_name(enum wg_input_result what)
{
	if ((unsigned int)what >= WG_IN_MAX)
		return "unknown";
	return result_names[what];
}

/* Type and length are settled here, once, for all that follows. */
static enum wg_input_result
input_dispatch(struct wg_device *dev, uint32_t path,
    const struct endpoint *from, uint8_t *pkt, size_t len,
    struct wg_time now)
{
	if (!dev->have_key)
		return WG_IN_NO_KEY;
	if (len < 4)
		return WG_IN_BAD_LENGTH;
	switch (wg_get32(pkt)) {	/* the reserved bytes are zero */
	case WG_TYPE_INITIATION:
		if (len != WG_INITIATION_LEN)
			return WG_IN_BAD_LENGTH;
		return wg_handshake_input(dev, path, from, pkt, len, now);
	case WG_TYPE_RESPONSE:
		if (len != WG_RESPONSE_LEN)
			return WG_IN_BAD_LENGTH;
		return wg_handshake_input(dev, path, from, pkt, len, now);
	case WG_TYPE_COOKIE:
		if (len != WG_COOKIE_LEN)
			return WG_IN_BAD_LENGTH;
		return wg_cookie_input(dev, pkt, now);
	case WG_TYPE_DATA:
		if (len < WG_DATA_MIN_LEN)
			return WG_IN_BAD_LENGTH;
		return wg_data_input(dev, pkt, len, now);
	default:
		return WG_IN_BAD_TYPE;
	}
}

enum wg_input_result
wg_input(struct wg_device *dev, uint32_t path, const struct endpoint *from,
    uint8_t *pkt, size_t len, struct wg_time now)
{
	enum wg_input_result	 what;

	dev->path = path;
	what = input_dispatch(dev, path, from, pkt, len, now);
	dev->stats.input[what]++;
	return what;
}
