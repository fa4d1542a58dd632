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
 * A WireGuard device as a pure state machine: datagrams, inner packets and
 * time go in; datagrams, plaintext and events come out through wg_ops.  It
 * opens nothing, reads no clock, allocates nothing and never logs; all its
 * state, keys included, lies in one block of memory given by the caller.
 *
 * Callbacks run inside the call that causes them and must not call back
 * into the same device.  One device is used by one thread.  sodium_init()
 * must have been called.
 */

#ifndef NOISE_WG_H
#define NOISE_WG_H

#include <stddef.h>
#include <stdint.h>

#include "base/endpoint.h"

struct aead;

#define WG_KEY_LEN		32
#define WG_PEERS_MAX		65536

/*
 * Suites: WireGuard to the letter, or the same with AES-256-GCM in the place
 * of ChaCha20-Poly1305 and a protocol name of its own.
 */
#define WG_SUITE_WIREGUARD	0
#define WG_SUITE_AES		1
#define WG_PEER_NONE		UINT32_MAX	/* reserved peer id */
#define WG_PATH_BEST		0		/* the caller chooses */
#define WG_NEVER		UINT64_MAX

/*
 * The paper's constants (section 6.1).  What the device goes by is the table
 * wg_limits, which is made of them.
 */
#define WG_REKEY_AFTER_TIME_MS		120000
#define WG_REJECT_AFTER_TIME_MS		180000
#define WG_REKEY_ATTEMPT_TIME_MS	90000
#define WG_REKEY_TIMEOUT_MS		5000
#define WG_REKEY_JITTER_MS		333	/* added, at most */
#define WG_KEEPALIVE_TIMEOUT_MS		10000
#define WG_REKEY_AFTER_MESSAGES		(UINT64_C(1) << 60)
#define WG_REJECT_AFTER_MESSAGES	(UINT64_MAX - UINT64_C(8192))
#define WG_INITIATION_GAP_MS		20	/* 50 a second, each peer */

/*
 * Load: handshake messages with a right mac1, from whomever, that come
 * faster than this.  Up to it they cost about a hundredth of a processor.
 */
#define WG_LOAD_PER_SEC			250
#define WG_LOAD_BURST			128
#define WG_LOAD_LINGER_MS		1000	/* after the last too many */

/* Packets. */
#define WG_HEADER_LEN		16	/* in front of a sealed packet */
#define WG_TAG_LEN		16	/* behind it */
#define WG_PADDING		16
#define WG_OVERHEAD		(WG_HEADER_LEN + WG_TAG_LEN)
#define WG_INITIATION_LEN	148
#define WG_RESPONSE_LEN		92
#define WG_COOKIE_LEN		64
#define WG_DATA_MIN_LEN		32

/* Packets waiting for a session. */
#define WG_PENDING_MAX		256	/* whole device */
#define WG_PENDING_PEER_MAX	32
#define WG_PENDING_LEN		2048	/* with WG_OVERHEAD */

/*
 * One for the whole program, never changed; a test may be linked with one of
 * its own in the place of wg_limits.o.  Times in milliseconds; reject_after
 * is more than keepalive and retry together.
 */
struct wg_limits {
	uint64_t	rekey_after;
	uint64_t	reject_after;
	uint64_t	attempt;	/* REKEY_ATTEMPT_TIME */
	uint64_t	retry;		/* REKEY_TIMEOUT */
	uint64_t	keepalive;
	uint64_t	rekey_messages;
	uint64_t	reject_messages;
};

extern const struct wg_limits wg_limits;

struct wg_device;

struct wg_time {
	uint64_t	mono_ms;	/* monotonic, never goes back */
	uint64_t	wall_ns;	/* since the epoch, for TAI64N only */
};

#define WG_EVENT_ESTABLISHED	1	/* a new session is in use */
#define WG_EVENT_EXPIRED	2	/* no session left, or no answer */

struct wg_ops {
	/* A datagram for the peer (WG_PEER_NONE when not known yet). */
	void	(*send)(void *arg, uint32_t peer, uint32_t path,
		    const uint8_t *pkt, size_t len);
	/* Plaintext with its padding; valid during the call only. */
	void	(*deliver)(void *arg, uint32_t peer, const uint8_t *inner,
		    size_t len);
	void	(*event)(void *arg, uint32_t peer, int what);
	/* May a handshake be sent to this peer now? */
	int	(*ready)(void *arg, uint32_t peer);
	/* What came with this path was the peer's own; may be NULL. */
	void	(*source)(void *arg, uint32_t peer, uint32_t path);
};

enum wg_input_result {
	WG_IN_DATA,
	WG_IN_KEEPALIVE,
	WG_IN_INITIATION,
	WG_IN_RESPONSE,
	WG_IN_COOKIE,
	WG_IN_COOKIE_SENT,	/* under load: answered with a cookie */
	WG_IN_RATE_LIMITED,	/* under load: this source asks too often */
	WG_IN_NO_KEY,
	WG_IN_BAD_TYPE,
	WG_IN_BAD_LENGTH,
	WG_IN_BAD_MAC1,
	WG_IN_BAD_HANDSHAKE,
	WG_IN_BAD_COOKIE,
	WG_IN_BAD_TAG,
	WG_IN_UNKNOWN_PEER,
	WG_IN_UNKNOWN_INDEX,
	WG_IN_OLD_TIMESTAMP,
	WG_IN_FLOOD,
	WG_IN_EXPIRED,
	WG_IN_REPLAY,
	WG_IN_WRONG_SUITE,	/* not the one set for this peer */
	WG_IN_MAX
};

struct wg_stats {
	uint64_t	input[WG_IN_MAX];	/* by wg_input_result */
	uint64_t	data_sent;		/* packets, keepalives too */
	uint64_t	initiations_sent;
	uint64_t	responses_sent;
	uint64_t	pending_dropped;
	uint64_t	scans;			/* ticks that visited peers */
};

struct wg_peer_stats {
	uint64_t	rx_bytes;	/* inner packets with padding */
	uint64_t	tx_bytes;
	uint64_t	last_handshake_ms;	/* monotonic, 0 never */
	int		established;
	uint8_t		suite;		/* WG_SUITE_* */
};

/* Bytes for a device of 1 to WG_PEERS_MAX peers; 0 when out of range. */
size_t	 wg_device_size(uint32_t max_peers);

/*
 * Make a device in mem, which must be aligned to 16 bytes and at least
 * wg_device_size() long.  NULL with EINVAL when not.  ops is copied.
 */
struct wg_device *wg_device_init(void *mem, size_t len, uint32_t max_peers,
	    const struct wg_ops *ops, void *arg);

/* Set our static key; another key ends all sessions.  0, -1 (EINVAL). */
int	 wg_device_set_key(struct wg_device *,
	    const uint8_t private[WG_KEY_LEN]);

/*
 * Providers for the keys made from now on; copied.  Before this call, and
 * with NULL, libsodium does it all.
 */
void	 wg_device_set_aead(struct wg_device *, const struct aead *);

/*
 * Under load handshakes must carry a cookie (mac2).  The device finds out
 * itself when it is (WG_LOAD_PER_SEC); this holds it there.
 */
void	 wg_device_set_load(struct wg_device *, int on);
void	 wg_device_stats(const struct wg_device *, struct wg_stats *);

/* End all keys, zero the whole block; only wg_device_init may follow. */
void	 wg_device_wipe(struct wg_device *);

/*
 * Add a peer; psk may be NULL.  The same id with the same key keeps its
 * sessions and takes the new psk; another suite ends its sessions.
 * Handshakes of the peer in any other suite than this are refused.
 * -1: ENOSPC, EEXIST (id or key is another peer's), EINVAL (unusable key or
 * id), ENOTSUP (no such suite here).
 */
int	 wg_peer_add(struct wg_device *, uint32_t id,
	    const uint8_t public[WG_KEY_LEN], const uint8_t *psk,
	    uint8_t suite);

/* Another suite ends the sessions.  -1: ENOENT, ENOTSUP. */
int	 wg_peer_set_suite(struct wg_device *, uint32_t id, uint8_t suite);

/* Wipe and forget.  -1: ENOENT. */
int	 wg_peer_remove(struct wg_device *, uint32_t id);

/* Seconds between unasked keepalives, 0 for none.  -1: ENOENT. */
int	 wg_peer_set_keepalive(struct wg_device *, uint32_t id,
	    uint16_t seconds, struct wg_time now);

/*
 * Handshake unless one is under way or a session younger than
 * REKEY_AFTER_TIME exists.  Call it too when a path appears: an attempt that
 * waits for one goes out at once.  -1: ENOENT, EPERM (no key set).
 */
int	 wg_peer_initiate(struct wg_device *, uint32_t id,
	    struct wg_time now);

int	 wg_peer_stats(const struct wg_device *, uint32_t id,
	    struct wg_peer_stats *, struct wg_time now);

/*
 * Process a datagram in private writable memory, decrypted in place.  path
 * is the token replies carry; from, or path when from is NULL, is what
 * cookies and rate limits are tied to.
 */
enum wg_input_result wg_input(struct wg_device *, uint32_t path,
	    const struct endpoint *from, uint8_t *pkt, size_t len,
	    struct wg_time now);
const char *wg_input_result_name(enum wg_input_result);

/*
 * Seal the inner packet at buf + off (off >= WG_HEADER_LEN) in place and
 * send it; the packet is padded as far as cap allows and needs WG_TAG_LEN
 * behind it.  Without a session it is copied and kept until there is one.
 * 0 when sent or kept; -1: ENOENT, EINVAL, EMSGSIZE, EPERM (no key).
 */
int	 wg_output(struct wg_device *, uint32_t id, uint8_t *buf, size_t off,
	    size_t len, size_t cap, struct wg_time now);

/*
 * Run due timers; returns the monotonic time of the next wanted call or
 * WG_NEVER.  Any other call may bring that time forward: ask again after
 * each burst.  Costs one comparison when nothing is due, one pass over all
 * peer slots (some 20 ns each) when something is.
 */
uint64_t wg_tick(struct wg_device *, struct wg_time now);

#endif /* NOISE_WG_H */
