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
 * Transport packets: sealing what goes out, opening what comes in, both in
 * place.  Lengths were checked by the device; counters, indices and tags of
 * incoming packets are checked here before a byte is delivered.
 */

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "noise/wg_local.h"

#define DATA_COUNTER	8

/* Any sender renews after many packets, the initiator also after a time. */
static int
session_is_stale(const struct wg_session *s, uint64_t now_ms)
{
	return s->counter > wg_limits.rekey_messages || (s->initiator &&
	    wg_elapsed(now_ms, s->birth_ms) >= wg_limits.rekey_after);
}

/*
 * pkt is the header's place with the inner packet behind it; cap counts
 * from pkt and is at least inner + WG_OVERHEAD.
 */
int
wg_session_send(struct wg_device *dev, struct wg_peer *peer,
    struct wg_session *s, uint8_t *pkt, size_t inner, size_t cap,
    struct wg_time now)
{
	size_t	 pad, room;

	if (cap < WG_OVERHEAD || inner > cap - WG_OVERHEAD ||
	    s->counter >= wg_limits.reject_messages)
		return -1;
	pad = (WG_PADDING - inner % WG_PADDING) % WG_PADDING;
	room = cap - WG_OVERHEAD - inner;
	if (pad > room)
		pad = room;
	memset(pkt + WG_HEADER_LEN + inner, 0, pad);
	wg_put32(pkt, WG_TYPE_DATA);
	wg_put32(pkt + 4, s->remote);
	wg_put64(pkt + DATA_COUNTER, s->counter);
	/* A counter is used up even when nothing comes of it. */
	if (aead_key_seal(&s->send_key, pkt + WG_HEADER_LEN, inner + pad,
	    s->counter++) == -1)
		return -1;
	peer->tx_bytes += inner + pad;
	dev->stats.data_sent++;
	wg_timers_sent(dev, peer, inner > 0, now.mono_ms);
	dev->ops.send(dev->arg, peer->id, WG_PATH_BEST, pkt,
	    inner + pad + WG_OVERHEAD);
	if (session_is_stale(s, now.mono_ms))
		wg_handshake_start(dev, peer, now);
	return 0;
}

void
wg_keepalive_send(struct wg_device *dev, struct wg_peer *peer,
    struct wg_time now)
{
	struct wg_session	*s = wg_session_current(peer, now.mono_ms);
	uint8_t			 pkt[WG_OVERHEAD];

	if (s == NULL) {
		if (dev->have_key)
			wg_handshake_start(dev, peer, now);
		return;
	}
	wg_session_send(dev, peer, s, pkt, 0, sizeof(pkt), now);
}

int
wg_output(struct wg_device *dev, uint32_t id, uint8_t *buf, size_t off,
    size_t len, size_t cap, struct wg_time now)
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
	if (off < WG_HEADER_LEN || len == 0 || off > cap) {
		errno = EINVAL;
		return -1;
	}
	if (len > cap - off || cap - off - len < WG_TAG_LEN) {
		errno = EMSGSIZE;
		return -1;
	}
	s = wg_session_current(peer, now.mono_ms);
	if (s == NULL) {
		if (wg_pending_add(dev, peer, buf + off, len,
		    cap - (off - WG_HEADER_LEN)) == -1)
			return -1;
		wg_handshake_start(dev, peer, now);
		return 0;
	}
	return wg_session_send(dev, peer, s, buf + off - WG_HEADER_LEN, len,
	    cap - (off - WG_HEADER_LEN), now);
}

static void
data_accepted(struct wg_device *dev, struct wg_peer *peer,
    struct wg_session *s, size_t inner, struct wg_time now)
{
	peer->rx_bytes += inner;
	wg_timers_received(dev, peer, inner > 0, now.mono_ms);
	if (peer->next != -1 && s == &peer->session[peer->next]) {
		wg_session_confirm(dev, peer, s);
		wg_handshake_drop(dev, peer);
		wg_timers_established(dev, peer, now);
		wg_pending_flush(dev, peer, now);
	}
	/* Nothing to send, but what we receive would soon be refused. */
	if (s->initiator && !s->renewed &&
	    s == wg_session_current(peer, now.mono_ms) &&
	    wg_elapsed(now.mono_ms, s->birth_ms) >= wg_limits.reject_after -
	    wg_limits.keepalive - wg_limits.retry) {
		s->renewed = 1;
		wg_handshake_start(dev, peer, now);
	}
}

enum wg_input_result
wg_data_input(struct wg_device *dev, uint8_t *pkt, size_t len,
    struct wg_time now)
{
	struct wg_peer		*peer;
	struct wg_session	*s;
	uint8_t			*body = pkt + WG_HEADER_LEN;
	uint64_t		 counter = wg_get64(pkt + DATA_COUNTER);
	size_t			 sealed = len - WG_HEADER_LEN, inner;
	uint32_t		 node;

	node = wg_index_find(dev, wg_get32(pkt + 4));
	if (node == WG_SLOT_NONE || node % WG_NODES == WG_NODE_HANDSHAKE)
		return WG_IN_UNKNOWN_INDEX;
	peer = &dev->peer[node / WG_NODES];
	s = &peer->session[node % WG_NODES];
	if (wg_elapsed(now.mono_ms, s->birth_ms) >= wg_limits.reject_after)
		return WG_IN_EXPIRED;
	if (replay_check(&s->replay, counter) == -1)
		return WG_IN_REPLAY;
	if (aead_key_open(&s->recv_key, body, sealed, counter) == -1)
		return WG_IN_BAD_TAG;
	replay_accept(&s->replay, counter);
	wg_source(dev, peer);
	inner = sealed - WG_TAG_LEN;
	data_accepted(dev, peer, s, inner, now);
	if (inner == 0)
		return WG_IN_KEEPALIVE;
	dev->ops.deliver(dev->arg, peer->id, body, inner);
	return WG_IN_DATA;
}
