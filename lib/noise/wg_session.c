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
 * Session slots of a peer: next (made as responder, not confirmed), current
 * (used for sending) and previous (still received on).  Keys are wiped the
 * moment a slot is given up or its REJECT_AFTER_TIME has passed.
 */

#include <string.h>

#include <sodium.h>

#include "noise/wg_local.h"

static uint32_t
session_node(const struct wg_peer *peer, int i)
{
	return peer->slot * WG_NODES + (uint32_t)i;
}

static void
session_clear(struct wg_session *s)
{
	aead_key_wipe(&s->send_key);
	aead_key_wipe(&s->recv_key);
	sodium_memzero(s, sizeof(*s));
}

static void
session_wipe(struct wg_device *dev, struct wg_peer *peer, int *role)
{
	if (*role == -1)
		return;
	wg_index_drop(dev, session_node(peer, *role));
	session_clear(&peer->session[*role]);
	*role = -1;
}

struct wg_session *
wg_session_current(struct wg_peer *peer, uint64_t now_ms)
{
	struct wg_session	*s;

	if (peer->current == -1)
		return NULL;
	s = &peer->session[peer->current];
	if (wg_elapsed(now_ms, s->birth_ms) >= wg_limits.reject_after ||
	    s->counter >= wg_limits.reject_messages)
		return NULL;
	return s;
}

/* Give up one role so that a physical slot is free, and return the slot. */
static int
session_make_room(struct wg_device *dev, struct wg_peer *peer, int initiator)
{
	int	 i;

	if (!initiator) {
		/* What works stays until the new session is confirmed. */
		session_wipe(dev, peer, &peer->next);
	} else if (peer->next != -1) {
		/* Both sides began: the other session is still received on. */
		session_wipe(dev, peer, &peer->previous);
		session_wipe(dev, peer, &peer->current);
		peer->previous = peer->next;
		peer->next = -1;
	} else {
		session_wipe(dev, peer, &peer->previous);
		peer->previous = peer->current;
		peer->current = -1;
	}
	for (i = 0; i < WG_SESSIONS - 1; i++)
		if (!peer->session[i].live)
			break;
	return i;
}

static void
session_arm(struct wg_device *dev, struct wg_peer *peer)
{
	uint64_t	 at, first = WG_NEVER;
	int		 i;

	for (i = 0; i < WG_SESSIONS; i++) {
		if (!peer->session[i].live)
			continue;
		at = peer->session[i].birth_ms + wg_limits.reject_after;
		if (at < first)
			first = at;
	}
	wg_timer_set(dev, peer, WG_TIMER_SESSION, first);
}

/*
 * A key that could not be made seals and opens nothing; it cannot happen,
 * as libsodium serves every suite that noise_suite_get gives out.
 */
static void
session_keys(struct wg_device *dev, struct wg_session *s,
    const struct noise_handshake *hs)
{
	int	 out = s->initiator ? 0 : 1;

	noise_split(hs, dev->transport[0], dev->transport[1]);
	(void)aead_key_init(&s->send_key, &dev->aead, hs->suite->cipher,
	    AEAD_SEAL, dev->transport[out], AEAD_CHOSEN);
	(void)aead_key_init(&s->recv_key, &dev->aead, hs->suite->cipher,
	    AEAD_OPEN, dev->transport[!out], AEAD_CHOSEN);
	sodium_memzero(dev->transport, sizeof(dev->transport));
}

void
wg_session_install(struct wg_device *dev, struct wg_peer *peer,
    const struct noise_handshake *hs, int initiator, uint32_t remote,
    uint64_t now_ms, uint32_t *local)
{
	struct wg_session	*s;
	int			 i;

	i = session_make_room(dev, peer, initiator);
	s = &peer->session[i];
	session_clear(s);
	replay_init(&s->replay);
	s->birth_ms = now_ms;
	s->remote = remote;
	s->live = 1;
	s->initiator = initiator != 0;
	session_keys(dev, s, hs);
	if (initiator) {
		wg_index_move(dev, peer->slot * WG_NODES + WG_NODE_HANDSHAKE,
		    session_node(peer, i));
		peer->current = i;
	} else {
		wg_index_new(dev, session_node(peer, i));
		peer->next = i;
	}
	*local = dev->node[session_node(peer, i)].index;
	session_arm(dev, peer);
	wg_timer_set(dev, peer, WG_TIMER_WIPE,
	    now_ms + 3 * wg_limits.reject_after);
}

/* The initiator has used the session we made: it has the keys. */
void
wg_session_confirm(struct wg_device *dev, struct wg_peer *peer,
    struct wg_session *s)
{
	if (peer->next == -1 || s != &peer->session[peer->next])
		return;
	session_wipe(dev, peer, &peer->previous);
	peer->previous = peer->current;
	peer->current = peer->next;
	peer->next = -1;
}

/* Tell the owner once when the last session has gone. */
static void
session_check_lost(struct wg_device *dev, struct wg_peer *peer)
{
	if (!peer->established || peer->next != -1 || peer->current != -1 ||
	    peer->previous != -1)
		return;
	peer->established = 0;
	dev->ops.event(dev->arg, peer->id, WG_EVENT_EXPIRED);
}

void
wg_session_expire(struct wg_device *dev, struct wg_peer *peer,
    uint64_t now_ms)
{
	int	*role[WG_SESSIONS];
	int	 i;

	role[0] = &peer->next;
	role[1] = &peer->current;
	role[2] = &peer->previous;
	for (i = 0; i < WG_SESSIONS; i++)
		if (*role[i] != -1 && wg_elapsed(now_ms,
		    peer->session[*role[i]].birth_ms) >=
		    wg_limits.reject_after)
			session_wipe(dev, peer, role[i]);
	session_arm(dev, peer);
	session_check_lost(dev, peer);
}

/* The slots alone: what refers to them is gone or goes next. */
void
wg_session_forget(struct wg_peer *peer)
{
	int	 i;

	for (i = 0; i < WG_SESSIONS; i++)
		session_clear(&peer->session[i]);
}

void
wg_session_wipe_all(struct wg_device *dev, struct wg_peer *peer)
{
	session_wipe(dev, peer, &peer->next);
	session_wipe(dev, peer, &peer->current);
	session_wipe(dev, peer, &peer->previous);
	wg_session_forget(peer);
	session_arm(dev, peer);
	session_check_lost(dev, peer);
}

void
wg_handshake_drop(struct wg_device *dev, struct wg_peer *peer)
{
	wg_index_drop(dev, peer->slot * WG_NODES + WG_NODE_HANDSHAKE);
	noise_wipe(&peer->hs);
	peer->hs_live = 0;
}
