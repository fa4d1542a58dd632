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
 * The timers of section 6 of the WireGuard paper, in virtual time: each
 * peer has a few deadlines, the device the earliest of all.  A deadline
 * that moved later is not searched for; the tick finds out.
 */

#include <sodium.h>

#include "noise/wg_local.h"

void
wg_timer_set(struct wg_device *dev, struct wg_peer *peer, enum wg_timer which,
    uint64_t at)
{
	peer->timer[which] = at;
	if (at < dev->next_ms)
		dev->next_ms = at;
}

/* Two sides that begin together should not go on together. */
uint64_t
wg_jitter(void)
{
	return randombytes_uniform(WG_REKEY_JITTER_MS + 1);
}

static void
timers_traffic(struct wg_device *dev, struct wg_peer *peer, uint64_t now_ms)
{
	if (peer->keepalive_ms != 0)
		wg_timer_set(dev, peer, WG_TIMER_PERSISTENT,
		    now_ms + peer->keepalive_ms);
}

void
wg_timers_sent(struct wg_device *dev, struct wg_peer *peer, int data,
    uint64_t now_ms)
{
	wg_timer_set(dev, peer, WG_TIMER_KEEPALIVE, WG_NEVER);
	peer->keepalive_again = 0;
	if (data && peer->timer[WG_TIMER_SILENCE] == WG_NEVER)
		wg_timer_set(dev, peer, WG_TIMER_SILENCE, now_ms +
		    wg_limits.keepalive + wg_limits.retry +
		    peer->jitter_ms);
	timers_traffic(dev, peer, now_ms);
}

void
wg_timers_received(struct wg_device *dev, struct wg_peer *peer, int data,
    uint64_t now_ms)
{
	wg_timer_set(dev, peer, WG_TIMER_SILENCE, WG_NEVER);
	if (data && peer->timer[WG_TIMER_KEEPALIVE] == WG_NEVER)
		wg_timer_set(dev, peer, WG_TIMER_KEEPALIVE,
		    now_ms + wg_limits.keepalive);
	else if (data)
		peer->keepalive_again = 1;
	timers_traffic(dev, peer, now_ms);
}

void
wg_timers_established(struct wg_device *dev, struct wg_peer *peer,
    struct wg_time now)
{
	peer->attempt_ms = WG_NEVER;
	peer->jitter_ms = wg_jitter();
	wg_timer_set(dev, peer, WG_TIMER_RETRANSMIT, WG_NEVER);
	peer->handshake_ms = now.mono_ms;
	peer->established = 1;
	dev->ops.event(dev->arg, peer->id, WG_EVENT_ESTABLISHED);
}

/* Nobody answered for REKEY_ATTEMPT_TIME. */
static void
attempt_end(struct wg_device *dev, struct wg_peer *peer, uint64_t now_ms)
{
	peer->attempt_ms = WG_NEVER;
	wg_handshake_drop(dev, peer);
	wg_pending_drop(dev, peer);
	wg_timer_set(dev, peer, WG_TIMER_KEEPALIVE, WG_NEVER);
	peer->keepalive_again = 0;
	if (wg_session_current(peer, now_ms) == NULL) {
		peer->established = 0;
		dev->ops.event(dev->arg, peer->id, WG_EVENT_EXPIRED);
	}
}

/* Nothing from which a key could be found may stay. */
static void
timer_wipe(struct wg_device *dev, struct wg_peer *peer)
{
	wg_session_wipe_all(dev, peer);
	if (peer->attempt_ms == WG_NEVER)
		wg_handshake_drop(dev, peer);
}

static void
timer_run(struct wg_device *dev, struct wg_peer *peer, enum wg_timer which,
    struct wg_time now)
{
	int	 again;

	switch (which) {
	case WG_TIMER_RETRANSMIT:
		if (peer->attempt_ms == WG_NEVER)
			break;
		if (wg_elapsed(now.mono_ms, peer->attempt_ms) >=
		    wg_limits.attempt)
			attempt_end(dev, peer, now.mono_ms);
		else
			wg_handshake_start(dev, peer, now);
		break;
	case WG_TIMER_KEEPALIVE:
		again = peer->keepalive_again;
		wg_keepalive_send(dev, peer, now);
		if (again)
			wg_timer_set(dev, peer, WG_TIMER_KEEPALIVE,
			    now.mono_ms + wg_limits.keepalive);
		break;
	case WG_TIMER_SILENCE:
		if (dev->have_key)
			wg_handshake_start(dev, peer, now);
		break;
	case WG_TIMER_PERSISTENT:
		timers_traffic(dev, peer, now.mono_ms);
		wg_keepalive_send(dev, peer, now);
		break;
	case WG_TIMER_SESSION:
		wg_session_expire(dev, peer, now.mono_ms);
		break;
	case WG_TIMER_WIPE:
		timer_wipe(dev, peer);
		break;
	case WG_TIMER_MAX:
		break;
	}
}

static uint64_t
peer_tick(struct wg_device *dev, struct wg_peer *peer, struct wg_time now)
{
	uint64_t	 next = WG_NEVER;
	unsigned int	 i;

	for (i = 0; i < WG_TIMER_MAX; i++) {
		if (peer->timer[i] > now.mono_ms)
			continue;
		peer->timer[i] = WG_NEVER;
		timer_run(dev, peer, (enum wg_timer)i, now);
	}
	for (i = 0; i < WG_TIMER_MAX; i++)
		if (peer->timer[i] < next)
			next = peer->timer[i];
	return next;
}

uint64_t
wg_tick(struct wg_device *dev, struct wg_time now)
{
	uint64_t	 next = WG_NEVER, at;
	uint32_t	 i;

	if (now.mono_ms < dev->next_ms)
		return dev->next_ms;
	dev->stats.scans++;
	for (i = 0; i < dev->used_peers; i++) {
		if (!dev->peer[i].used)
			continue;
		at = peer_tick(dev, &dev->peer[i], now);
		if (at < next)
			next = at;
	}
	dev->next_ms = next;
	return next;
}
