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
 * Handshake messages of a device: initiation, response and cookie reply
 * (WireGuard paper, section 5.4).  All of them are hostile until their tags
 * pass; no public-key operation happens before mac1 is right, and under
 * load none before the sender has shown that it receives at its address.
 */

#include <string.h>

#include <sodium.h>

#include "noise/wg_local.h"

/* Offsets in the messages. */
#define INITIATION_NOISE	8
#define RESPONSE_NOISE		12
#define RESPONSE_RECEIVER	8
#define COOKIE_NONCE		8
#define COOKIE_SEALED		32

#define STAMP_EPOCH	UINT64_C(0x400000000000000a)
#define STAMP_STEP_NS	UINT32_C(0x1000000)	/* hides our exact clock */
#define NS_PER_SEC	1000000000

static void
put64be(uint8_t *p, uint64_t v)
{
	int	 i;

	for (i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (56 - 8 * i));
}

static uint64_t
getbe(const uint8_t *p, int n)
{
	uint64_t	 v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

static void
stamp_put(uint8_t out[WG_STAMP_LEN], uint64_t sec, uint32_t ns)
{
	put64be(out, sec);
	out[8] = (uint8_t)(ns >> 24);
	out[9] = (uint8_t)(ns >> 16);
	out[10] = (uint8_t)(ns >> 8);
	out[11] = (uint8_t)ns;
}

/*
 * TAI64N of now.  When the wall clock stood still or went back, the last
 * stamp plus a step: the peer refuses anything not newer.
 */
static void
stamp_make(struct wg_peer *peer, uint64_t wall_ns, uint8_t out[WG_STAMP_LEN])
{
	uint64_t	 sec;
	uint32_t	 ns;

	ns = (uint32_t)(wall_ns % NS_PER_SEC) & ~(STAMP_STEP_NS - 1);
	stamp_put(out, STAMP_EPOCH + wall_ns / NS_PER_SEC, ns);
	if (memcmp(out, peer->stamp_sent, WG_STAMP_LEN) <= 0) {
		sec = getbe(peer->stamp_sent, 8);
		ns = (uint32_t)getbe(peer->stamp_sent + 8, 4) + STAMP_STEP_NS;
		if (ns >= NS_PER_SEC) {
			sec++;
			ns = 0;
		}
		stamp_put(out, sec, ns);
	}
	memcpy(peer->stamp_sent, out, WG_STAMP_LEN);
}

static void
handshake_begin(struct noise_handshake *hs, uint8_t suite,
    const uint8_t responder[NOISE_KEY_LEN])
{
	noise_begin(hs, noise_suite_get((enum noise_suite_id)suite),
	    (const uint8_t *)WG_IDENTIFIER, sizeof(WG_IDENTIFIER) - 1,
	    responder);
}

static void
initiation_send(struct wg_device *dev, struct wg_peer *peer,
    struct wg_time now)
{
	uint8_t		 msg[WG_INITIATION_LEN], stamp[WG_STAMP_LEN];
	uint32_t	 node = peer->slot * WG_NODES + WG_NODE_HANDSHAKE;
	int		 rc;

	wg_handshake_drop(dev, peer);
	memset(msg, 0, sizeof(msg));
	stamp_make(peer, now.wall_ns, stamp);
	handshake_begin(&peer->hs, peer->suite, peer->public);
	randombytes_buf(dev->ephemeral, sizeof(dev->ephemeral));
	rc = noise_init_write(&peer->hs, dev->ephemeral, dev->public,
	    peer->public, peer->ss, stamp, sizeof(stamp),
	    msg + INITIATION_NOISE);
	sodium_memzero(dev->ephemeral, sizeof(dev->ephemeral));
	if (rc == -1) {
		noise_wipe(&peer->hs);
		return;
	}
	peer->hs_live = 1;
	wg_put32(msg, WG_TYPE_INITIATION);
	wg_put32(msg + 4, wg_index_new(dev, node));
	cookie_maker_sign(&peer->cookie, msg, sizeof(msg), now.mono_ms);
	peer->initiation_sent_ms = now.mono_ms;
	dev->stats.initiations_sent++;
	wg_timers_sent(dev, peer, 0, now.mono_ms);
	dev->ops.send(dev->arg, peer->id, WG_PATH_BEST, msg, sizeof(msg));
}

/*
 * Begin an attempt, or go on with the one under way; at most one message in
 * REKEY_TIMEOUT.  With no path nothing is sent but the attempt counts, so
 * that what waits for it does not wait for ever.
 */
void
wg_handshake_start(struct wg_device *dev, struct wg_peer *peer,
    struct wg_time now)
{
	uint64_t	 base = WG_NEVER;

	if (peer->attempt_ms == WG_NEVER)
		peer->attempt_ms = now.mono_ms;
	if (peer->initiation_sent_ms != WG_NEVER)
		base = peer->initiation_sent_ms;
	/* The peer has just begun one: let it finish. */
	if (peer->next != -1 && (base == WG_NEVER ||
	    peer->session[peer->next].birth_ms > base))
		base = peer->session[peer->next].birth_ms;
	if (base != WG_NEVER &&
	    wg_elapsed(now.mono_ms, base) < wg_limits.retry) {
		if (peer->timer[WG_TIMER_RETRANSMIT] == WG_NEVER)
			wg_timer_set(dev, peer, WG_TIMER_RETRANSMIT,
			    base + wg_limits.retry + wg_jitter());
		return;
	}
	wg_timer_set(dev, peer, WG_TIMER_RETRANSMIT,
	    now.mono_ms + wg_limits.retry + wg_jitter());
	if (dev->ops.ready(dev->arg, peer->id))
		initiation_send(dev, peer, now);
}

/* What cookies and rate limits are tied to; the rate leaves out the port. */
static size_t
source_key(uint8_t out[COOKIE_SOURCE_MAX], const struct endpoint *from,
    uint32_t path, size_t *rate_len)
{
	memset(out, 0, COOKIE_SOURCE_MAX);
	if (from == NULL || from->family == 0) {
		wg_put32(out + 1, path);
		*rate_len = 5;
		return 5;
	}
	out[0] = from->family;
	memcpy(out + 1, from->addr, sizeof(from->addr));
	out[17] = (uint8_t)(from->port >> 8);
	out[18] = (uint8_t)from->port;
	*rate_len = from->family == 6 ? 1 + 8 : 1 + 4;
	return 19;
}

static void
cookie_send(struct wg_device *dev, uint32_t path, const uint8_t *pkt,
    size_t len, const uint8_t *source, size_t source_len, struct wg_time now)
{
	uint8_t	 msg[WG_COOKIE_LEN];

	wg_put32(msg, WG_TYPE_COOKIE);
	memcpy(msg + 4, pkt + 4, 4);
	randombytes_buf(msg + COOKIE_NONCE, COOKIE_NONCE_LEN);
	cookie_checker_reply(&dev->checker, pkt, len, source, source_len,
	    msg + COOKIE_NONCE, msg + COOKIE_SEALED, now.mono_ms);
	dev->ops.send(dev->arg, WG_PEER_NONE, path, msg, sizeof(msg));
}

/*
 * Find out in which suite the sender speaks, by whose tag is right, and who
 * it is.  The messages look alike in all suites: the reserved bytes must be
 * zero, and an observer learns nothing.  This gives a flood no more to gain
 * than one suite does: the one public-key operation that mac1, cookies and
 * the rate limit protect is the same for all suites and done once; another
 * suite adds hashing and one short seal, some hundredths of it, and is not
 * tried at all without a peer that has it.
 */
static enum wg_input_result
initiation_sender(struct wg_device *dev, struct noise_handshake *hs,
    const uint8_t *noise, struct wg_peer **who)
{
	unsigned int	 suite;
	int		 rc = -1;

	if (noise_dh(dev->es, dev->private, noise) == -1)
		return WG_IN_BAD_HANDSHAKE;
	for (suite = NOISE_SUITE_MAX; suite-- > 0;) {
		/* WireGuard's is tried in any case, to tell what is wrong. */
		if (suite != WG_SUITE_WIREGUARD &&
		    dev->suite_peers[suite] == 0)
			continue;
		handshake_begin(hs, (uint8_t)suite, dev->public);
		if ((rc = noise_init_read_static(hs, dev->es, noise)) == 0)
			break;
	}
	sodium_memzero(dev->es, sizeof(dev->es));
	if (rc == -1)
		return WG_IN_BAD_HANDSHAKE;
	if ((*who = wg_peer_by_key(dev, hs->rs)) == NULL)
		return WG_IN_UNKNOWN_PEER;
	/* Only what was set for this peer, or it could be talked down. */
	return (*who)->suite == suite ? WG_IN_INITIATION : WG_IN_WRONG_SUITE;
}

static enum wg_input_result
initiation_read(struct wg_device *dev, struct noise_handshake *hs,
    const uint8_t *pkt, struct wg_peer **who, struct wg_time now)
{
	enum wg_input_result	 what;
	struct wg_peer		*peer = NULL;
	uint8_t			 stamp[WG_STAMP_LEN];

	what = initiation_sender(dev, hs, pkt + INITIATION_NOISE, &peer);
	if (what != WG_IN_INITIATION)
		return what;
	if (noise_init_read_payload(hs, peer->ss, pkt + INITIATION_NOISE,
	    stamp, sizeof(stamp)) == -1)
		return WG_IN_BAD_HANDSHAKE;
	if (memcmp(stamp, peer->stamp_seen, sizeof(stamp)) <= 0)
		return WG_IN_OLD_TIMESTAMP;
	if (peer->initiation_seen_ms != WG_NEVER && wg_elapsed(now.mono_ms,
	    peer->initiation_seen_ms) < WG_INITIATION_GAP_MS)
		return WG_IN_FLOOD;
	memcpy(peer->stamp_seen, stamp, sizeof(stamp));
	peer->initiation_seen_ms = now.mono_ms;
	wg_source(dev, peer);
	*who = peer;
	return WG_IN_INITIATION;
}

static enum wg_input_result
response_send(struct wg_device *dev, struct noise_handshake *hs,
    struct wg_peer *peer, uint32_t path, uint32_t remote, struct wg_time now)
{
	uint8_t		 msg[WG_RESPONSE_LEN], none[1] = { 0 };
	uint32_t	 local;
	int		 rc;

	memset(msg, 0, sizeof(msg));
	randombytes_buf(dev->ephemeral, sizeof(dev->ephemeral));
	rc = noise_resp_write(hs, dev->ephemeral, peer->psk, none, 0,
	    msg + RESPONSE_NOISE);
	sodium_memzero(dev->ephemeral, sizeof(dev->ephemeral));
	if (rc == -1)
		return WG_IN_BAD_HANDSHAKE;
	wg_session_install(dev, peer, hs, 0, remote, now.mono_ms, &local);
	wg_put32(msg, WG_TYPE_RESPONSE);
	wg_put32(msg + 4, local);
	wg_put32(msg + RESPONSE_RECEIVER, remote);
	cookie_maker_sign(&peer->cookie, msg, sizeof(msg), now.mono_ms);
	dev->stats.responses_sent++;
	wg_timers_received(dev, peer, 0, now.mono_ms);
	wg_timers_sent(dev, peer, 0, now.mono_ms);
	dev->ops.send(dev->arg, peer->id, path, msg, sizeof(msg));
	return WG_IN_INITIATION;
}

static enum wg_input_result
initiation_input(struct wg_device *dev, uint32_t path, const uint8_t *pkt,
    struct wg_time now)
{
	enum wg_input_result	 what;
	struct wg_peer		*peer = NULL;

	what = initiation_read(dev, &dev->scratch, pkt, &peer, now);
	if (what == WG_IN_INITIATION)
		what = response_send(dev, &dev->scratch, peer, path,
		    wg_get32(pkt + 4), now);
	noise_wipe(&dev->scratch);
	return what;
}

static enum wg_input_result
response_input(struct wg_device *dev, const uint8_t *pkt, struct wg_time now)
{
	struct wg_peer	*peer;
	uint8_t		 none[1];
	uint32_t	 node, local;

	node = wg_index_find(dev, wg_get32(pkt + RESPONSE_RECEIVER));
	if (node == WG_SLOT_NONE || node % WG_NODES != WG_NODE_HANDSHAKE)
		return WG_IN_UNKNOWN_INDEX;
	peer = &dev->peer[node / WG_NODES];
	/* On a copy, so that a forged response does not end the attempt. */
	dev->scratch = peer->hs;
	if (noise_resp_read(&dev->scratch, dev->private, peer->psk,
	    pkt + RESPONSE_NOISE, none, 0) == -1) {
		noise_wipe(&dev->scratch);
		return WG_IN_BAD_HANDSHAKE;
	}
	wg_session_install(dev, peer, &dev->scratch, 1, wg_get32(pkt + 4),
	    now.mono_ms, &local);
	noise_wipe(&dev->scratch);
	wg_source(dev, peer);
	wg_handshake_drop(dev, peer);
	wg_timers_received(dev, peer, 0, now.mono_ms);
	wg_timers_established(dev, peer, now);
	/* The responder may send once it has seen one packet of ours. */
	if (peer->pending_count > 0)
		wg_pending_flush(dev, peer, now);
	else
		wg_keepalive_send(dev, peer, now);
	return WG_IN_RESPONSE;
}

/*
 * Counts before anything is proved, or those who are sent away with a cookie
 * would end the load that they are.
 */
static int
under_load(struct wg_device *dev, uint64_t now_ms)
{
	uint64_t	 gain = wg_elapsed(now_ms, dev->load_seen_ms);

	if (gain >= WG_LOAD_FULL_MS - dev->load_credit_ms)
		dev->load_credit_ms = WG_LOAD_FULL_MS;
	else
		dev->load_credit_ms += (uint32_t)gain;
	dev->load_seen_ms = now_ms;
	if (dev->load_credit_ms >= WG_LOAD_COST_MS)
		dev->load_credit_ms -= WG_LOAD_COST_MS;
	else
		dev->load_until_ms = now_ms + WG_LOAD_LINGER_MS;
	return dev->load || now_ms < dev->load_until_ms;
}

enum wg_input_result
wg_handshake_input(struct wg_device *dev, uint32_t path,
    const struct endpoint *from, const uint8_t *pkt, size_t len,
    struct wg_time now)
{
	uint8_t	 source[COOKIE_SOURCE_MAX];
	size_t	 source_len, rate_len;

	if (cookie_checker_mac1(&dev->checker, pkt, len) == -1)
		return WG_IN_BAD_MAC1;
	if (under_load(dev, now.mono_ms)) {
		source_len = source_key(source, from, path, &rate_len);
		if (cookie_checker_mac2(&dev->checker, pkt, len, source,
		    source_len, now.mono_ms) == -1) {
			cookie_send(dev, path, pkt, len, source, source_len,
			    now);
			return WG_IN_COOKIE_SENT;
		}
		if (ratelimit_take(&dev->limit, source, rate_len,
		    now.mono_ms) == -1)
			return WG_IN_RATE_LIMITED;
	}
	if (len == WG_INITIATION_LEN)
		return initiation_input(dev, path, pkt, now);
	return response_input(dev, pkt, now);
}

enum wg_input_result
wg_cookie_input(struct wg_device *dev, const uint8_t *pkt,
    struct wg_time now)
{
	uint32_t	 node = wg_index_find(dev, wg_get32(pkt + 4));

	if (node == WG_SLOT_NONE)
		return WG_IN_UNKNOWN_INDEX;
	if (cookie_maker_consume(&dev->peer[node / WG_NODES].cookie,
	    pkt + COOKIE_NONCE, pkt + COOKIE_SEALED, now.mono_ms) == -1)
		return WG_IN_BAD_COOKIE;
	return WG_IN_COOKIE;
}
