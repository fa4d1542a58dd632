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
 * What the files of the WireGuard device share; included by them and by
 * their tests, by no one else.  All of it lies in the device's memory.
 */

#ifndef NOISE_WG_LOCAL_H
#define NOISE_WG_LOCAL_H

#include "noise/aead.h"
#include "noise/cookie.h"
#include "noise/noise.h"
#include "noise/replay.h"
#include "noise/wg.h"

#define WG_SLOT_NONE	UINT32_MAX

#define WG_TYPE_INITIATION	1
#define WG_TYPE_RESPONSE	2
#define WG_TYPE_COOKIE		3
#define WG_TYPE_DATA		4

#define WG_IDENTIFIER	"WireGuard v1 zx2c4 Jason@zx2c4.com"
#define WG_STAMP_LEN	12	/* TAI64N */

/*
 * Each peer owns four receiver indices: one for each session and one for
 * the handshake it has begun.  node = slot of the peer * WG_NODES + kind.
 */
#define WG_SESSIONS		3
#define WG_NODE_HANDSHAKE	3
#define WG_NODES		4

/* A handshake takes so much credit, which grows with time up to the burst. */
#define WG_LOAD_COST_MS	(1000 / WG_LOAD_PER_SEC)
#define WG_LOAD_FULL_MS	(WG_LOAD_COST_MS * WG_LOAD_BURST)

struct wg_node {
	uint32_t	index;		/* valid when linked */
	uint32_t	link;		/* next node of the same bucket */
	uint8_t		linked;
};

enum wg_timer {
	WG_TIMER_RETRANSMIT,	/* handshake not answered */
	WG_TIMER_KEEPALIVE,	/* received data, sent nothing */
	WG_TIMER_SILENCE,	/* sent data, received nothing */
	WG_TIMER_PERSISTENT,
	WG_TIMER_SESSION,	/* oldest session reaches its end */
	WG_TIMER_WIPE,		/* nothing of a session may remain */
	WG_TIMER_MAX
};

struct wg_session {
	struct aead_key	 send_key;
	struct aead_key	 recv_key;
	struct replay	 replay;
	uint64_t	 counter;	/* of the next packet sent */
	uint64_t	 birth_ms;
	uint32_t	 remote;	/* the peer's receiver index */
	uint8_t		 live;
	uint8_t		 initiator;
	uint8_t		 renewed;	/* late rekey was asked for */
};

struct wg_peer {
	uint32_t	 id;
	uint32_t	 slot;
	uint32_t	 id_link;	/* also the list of free slots */
	uint32_t	 key_link;
	uint8_t		 used;
	uint8_t		 suite;		/* the only one accepted */

	uint8_t		 public[NOISE_KEY_LEN];
	uint8_t		 psk[NOISE_KEY_LEN];
	uint8_t		 ss[NOISE_KEY_LEN];	/* static-static secret */
	struct cookie_maker	 cookie;

	struct wg_session	 session[WG_SESSIONS];
	int		 next, current, previous;	/* -1 or session */
	struct noise_handshake	 hs;	/* begun by us */
	uint8_t		 hs_live;

	uint8_t		 stamp_sent[WG_STAMP_LEN];
	uint8_t		 stamp_seen[WG_STAMP_LEN];
	uint64_t	 initiation_seen_ms;
	uint64_t	 initiation_sent_ms;
	uint64_t	 attempt_ms;		/* WG_NEVER: none under way */

	uint64_t	 timer[WG_TIMER_MAX];	/* WG_NEVER: not set */
	uint64_t	 keepalive_ms;		/* persistent; 0 none */
	uint64_t	 jitter_ms;		/* of this session's silence */
	uint8_t		 keepalive_again;
	uint8_t		 established;

	uint32_t	 pending_head, pending_tail, pending_count;

	uint64_t	 rx_bytes, tx_bytes;
	uint64_t	 handshake_ms;
};

struct wg_packet {
	uint64_t	 order;		/* grows; 0 free */
	uint32_t	 link;
	uint32_t	 peer;
	size_t		 len;		/* of the inner packet */
	size_t		 cap;		/* sealed and padded, at most */
	uint8_t		 buf[WG_PENDING_LEN];
};

struct wg_device {
	struct wg_ops		 ops;
	void			*arg;
	size_t			 size;
	uint8_t			 private[NOISE_KEY_LEN];
	uint8_t			 public[NOISE_KEY_LEN];
	uint8_t			 have_key;
	uint8_t			 load;		/* held under load */
	uint64_t		 load_seen_ms;	/* the last handshake */
	uint64_t		 load_until_ms;
	uint32_t		 load_credit_ms;
	uint8_t			 hash_key[16];
	struct cookie_checker	 checker;
	struct ratelimit	 limit;
	struct noise_handshake	 scratch;	/* wiped after each use */
	uint8_t			 ephemeral[NOISE_KEY_LEN];	/* as well */
	uint8_t			 es[NOISE_KEY_LEN];		/* as well */
	uint8_t			 transport[2][NOISE_KEY_LEN];	/* as well */
	struct aead		 aead;

	/* Slots from used_peers on were never touched. */
	uint32_t		 max_peers, used_peers;
	uint32_t		 suite_peers[NOISE_SUITE_MAX];
	uint32_t		 peer_mask, node_mask;
	uint32_t		 free_peer;
	uint32_t		*id_bucket, *key_bucket, *node_bucket;
	struct wg_node		*node;
	struct wg_peer		*peer;

	uint64_t		 next_ms;
	uint32_t		 path;	/* of the datagram being processed */
	uint64_t		 pending_order;
	uint32_t		 pending_free, pending_used;	/* likewise */
	struct wg_stats		 stats;
	struct wg_packet	 pending[WG_PENDING_MAX];
};

/* Bytes of messages: little-endian on the wire. */
static inline uint32_t
wg_get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

static inline uint64_t
wg_get64(const uint8_t *p)
{
	return (uint64_t)wg_get32(p) | (uint64_t)wg_get32(p + 4) << 32;
}

static inline void
wg_put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

static inline void
wg_put64(uint8_t *p, uint64_t v)
{
	wg_put32(p, (uint32_t)v);
	wg_put32(p + 4, (uint32_t)(v >> 32));
}

/* Milliseconds from then to now; a clock that went back counts as 0. */
static inline uint64_t
wg_elapsed(uint64_t now, uint64_t then)
{
	return now > then ? now - then : 0;
}

/* The datagram being processed is authentic. */
static inline void
wg_source(struct wg_device *dev, const struct wg_peer *peer)
{
	if (dev->ops.source != NULL)
		dev->ops.source(dev->arg, peer->id, dev->path);
}

/* wg_table.c: finding peers and receiver indices. */
struct wg_peer	*wg_peer_by_id(const struct wg_device *, uint32_t);
struct wg_peer	*wg_peer_by_key(const struct wg_device *, const uint8_t *);
void		 wg_peer_link(struct wg_device *, struct wg_peer *);
void		 wg_peer_unlink(struct wg_device *, struct wg_peer *);
uint32_t	 wg_index_find(const struct wg_device *, uint32_t index);
uint32_t	 wg_index_new(struct wg_device *, uint32_t node);
void		 wg_index_move(struct wg_device *, uint32_t from,
		    uint32_t to);
void		 wg_index_drop(struct wg_device *, uint32_t node);

/* wg_session.c: slots and keys. */
struct wg_session *wg_session_current(struct wg_peer *, uint64_t now_ms);
void		 wg_session_install(struct wg_device *, struct wg_peer *,
		    const struct noise_handshake *, int initiator,
		    uint32_t remote, uint64_t now_ms, uint32_t *local);
void		 wg_session_confirm(struct wg_device *, struct wg_peer *,
		    struct wg_session *);
void		 wg_session_expire(struct wg_device *, struct wg_peer *,
		    uint64_t now_ms);
void		 wg_session_wipe_all(struct wg_device *, struct wg_peer *);
void		 wg_session_forget(struct wg_peer *);
void		 wg_handshake_drop(struct wg_device *, struct wg_peer *);

/* wg_handshake.c: messages 1 to 3. */
void		 wg_handshake_start(struct wg_device *, struct wg_peer *,
		    struct wg_time);
enum wg_input_result wg_handshake_input(struct wg_device *, uint32_t path,
		    const struct endpoint *, const uint8_t *pkt, size_t len,
		    struct wg_time);
enum wg_input_result wg_cookie_input(struct wg_device *, const uint8_t *pkt,
		    struct wg_time);

/* wg_data.c: sealing, opening. */
int		 wg_session_send(struct wg_device *, struct wg_peer *,
		    struct wg_session *, uint8_t *pkt, size_t inner,
		    size_t cap, struct wg_time);
void		 wg_keepalive_send(struct wg_device *, struct wg_peer *,
		    struct wg_time);
enum wg_input_result wg_data_input(struct wg_device *, uint8_t *pkt,
		    size_t len, struct wg_time);

/* wg_pending.c: packets that wait for a session. */
void		 wg_pending_init(struct wg_device *);
int		 wg_pending_add(struct wg_device *, struct wg_peer *,
		    const uint8_t *inner, size_t len, size_t cap);
void		 wg_pending_flush(struct wg_device *, struct wg_peer *,
		    struct wg_time);
void		 wg_pending_drop(struct wg_device *, struct wg_peer *);

/* wg_timers.c */
void		 wg_timer_set(struct wg_device *, struct wg_peer *,
		    enum wg_timer, uint64_t at);
void		 wg_timers_sent(struct wg_device *, struct wg_peer *,
		    int data, uint64_t now_ms);
void		 wg_timers_received(struct wg_device *, struct wg_peer *,
		    int data, uint64_t now_ms);
void		 wg_timers_established(struct wg_device *, struct wg_peer *,
		    struct wg_time);
uint64_t	 wg_jitter(void);

#endif /* NOISE_WG_LOCAL_H */
