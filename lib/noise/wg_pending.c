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
 * Inner packets that wait for a session: a fixed pool for the device, a
 * bound for each peer, the oldest given up first.  They are plaintext, so
 * each is wiped when dropped and overwritten by its seal when sent.
 */

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "noise/wg_local.h"

void
wg_pending_init(struct wg_device *dev)
{
	dev->pending_free = WG_SLOT_NONE;
	dev->pending_used = 0;
	dev->pending_order = 1;
}

/* Take the oldest packet off the peer's list; its slot is not free yet. */
static uint32_t
pending_pop(struct wg_device *dev, struct wg_peer *peer)
{
	uint32_t	 i = peer->pending_head;

	peer->pending_head = dev->pending[i].link;
	if (peer->pending_head == WG_SLOT_NONE)
		peer->pending_tail = WG_SLOT_NONE;
	peer->pending_count--;
	return i;
}

static void
pending_free(struct wg_device *dev, uint32_t i)
{
	sodium_memzero(&dev->pending[i], sizeof(dev->pending[i]));
	dev->pending[i].link = dev->pending_free;
	dev->pending_free = i;
}

/* The oldest packet of all is the head of its peer's list. */
static void
pending_drop_oldest(struct wg_device *dev)
{
	struct wg_packet	*oldest = NULL, *p;
	uint32_t		 i;

	for (i = 0; i < dev->pending_used; i++) {
		p = &dev->pending[i];
		if (p->order != 0 &&
		    (oldest == NULL || p->order < oldest->order))
			oldest = p;
	}
	if (oldest == NULL)
		return;
	pending_free(dev, pending_pop(dev, &dev->peer[oldest->peer]));
	dev->stats.pending_dropped++;
}

/* A slot that was in use before, else the first of those that never were. */
static uint32_t
pending_take(struct wg_device *dev)
{
	uint32_t	 i = dev->pending_free;

	if (i != WG_SLOT_NONE) {
		dev->pending_free = dev->pending[i].link;
		return i;
	}
	i = dev->pending_used++;
	memset(&dev->pending[i], 0, sizeof(dev->pending[i]));
	return i;
}

int
wg_pending_add(struct wg_device *dev, struct wg_peer *peer,
    const uint8_t *inner, size_t len, size_t cap)
{
	struct wg_packet	*p;
	uint32_t		 i;

	if (len > WG_PENDING_LEN - WG_OVERHEAD) {
		errno = EMSGSIZE;
		return -1;
	}
	if (peer->pending_count >= WG_PENDING_PEER_MAX) {
		pending_free(dev, pending_pop(dev, peer));
		dev->stats.pending_dropped++;
	} else if (dev->pending_free == WG_SLOT_NONE &&
	    dev->pending_used == WG_PENDING_MAX)
		pending_drop_oldest(dev);
	i = pending_take(dev);
	p = &dev->pending[i];
	p->order = dev->pending_order++;
	p->link = WG_SLOT_NONE;
	p->peer = peer->slot;
	p->len = len;
	p->cap = cap < sizeof(p->buf) ? cap : sizeof(p->buf);
	memcpy(p->buf + WG_HEADER_LEN, inner, len);
	if (peer->pending_tail == WG_SLOT_NONE)
		peer->pending_head = i;
	else
		dev->pending[peer->pending_tail].link = i;
	peer->pending_tail = i;
	peer->pending_count++;
	return 0;
}

void
wg_pending_flush(struct wg_device *dev, struct wg_peer *peer,
    struct wg_time now)
{
	struct wg_session	*s;
	struct wg_packet	*p;
	uint32_t		 i;

	while (peer->pending_count > 0) {
		s = wg_session_current(peer, now.mono_ms);
		if (s == NULL)
			return;
		i = pending_pop(dev, peer);
		p = &dev->pending[i];
		wg_session_send(dev, peer, s, p->buf, p->len, p->cap, now);
		pending_free(dev, i);
	}
}

void
wg_pending_drop(struct wg_device *dev, struct wg_peer *peer)
{
	while (peer->pending_count > 0) {
		pending_free(dev, pending_pop(dev, peer));
		dev->stats.pending_dropped++;
	}
}
