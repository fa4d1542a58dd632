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
 * Two devices that talk in memory under virtual time.  Datagrams queue up
 * and are carried by pair_pump(), through a hook that may drop or change
 * them; each is handed over in a block of its own exact size.  A PAIR_TC
 * runs once for each suite and provider.
 */

#ifndef REGRESS_NOISE_WG_PAIR_H
#define REGRESS_NOISE_WG_PAIR_H

#include <atf-c.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "noise/wg_local.h"

#define PAIR_QUEUE	1024
#define PAIR_PEERS	4
#define PAIR_A		0
#define PAIR_B		1
#define PAIR_ID(side)	(100u + (uint32_t)(side))	/* of that peer */
#define PAIR_PATH	77u

struct dgram {
	int		 from;
	uint32_t	 peer, path;
	size_t		 len;
	uint8_t		 data[WG_PENDING_LEN];
};

struct pair;

/* How the next pair_new() makes its devices. */
struct pair_kind {
	uint8_t			 suite;
	enum aead_provider	 provider;
};

static const struct pair_kind pair_kinds[] = {
	{ WG_SUITE_WIREGUARD, AEAD_SODIUM },
	{ WG_SUITE_WIREGUARD, AEAD_CRYPTO },
	{ WG_SUITE_AES, AEAD_SODIUM },
	{ WG_SUITE_AES, AEAD_CRYPTO },
	{ WG_SUITE_AES, AEAD_GCRYPT },
};
static struct pair_kind	 pair_kind;
static struct aead	 pair_aead;

#define PAIR_TC(name)							\
static void	 name##_run(void);					\
ATF_TC_WITHOUT_HEAD(name);						\
ATF_TC_BODY(name, tc)							\
{									\
	pair_run(name##_run);						\
}									\
static void								\
name##_run(void)

struct side {
	struct pair		*pair;
	int			 me;
	struct wg_device	*dev;
	uint8_t			 private[32], public[32];
	int			 ready;
	int			 established, expired;	/* events */
	int			 delivered;
	int			 sources;	/* authentic datagrams */
	uint8_t			 last[WG_PENDING_LEN];
	size_t			 last_len;
	int			 sent[5];		/* by type */
	enum wg_input_result	 result;		/* of the last input */
};

struct pair {
	struct side	 side[2];
	struct wg_time	 now;
	struct dgram	 queue[PAIR_QUEUE];
	size_t		 head, tail;
	int		(*hook)(struct pair *, struct dgram *);	/* 0: drop */
	int		 hook_arg;
};

static inline void
pair_on_send(void *arg, uint32_t peer, uint32_t path, const uint8_t *pkt,
    size_t len)
{
	struct side	*s = arg;
	struct dgram	*d = &s->pair->queue[s->pair->tail++ % PAIR_QUEUE];

	ATF_REQUIRE(s->pair->tail - s->pair->head < PAIR_QUEUE);
	ATF_REQUIRE(len <= sizeof(d->data));
	d->from = s->me;
	d->peer = peer;
	d->path = path;
	d->len = len;
	memcpy(d->data, pkt, len);
	ATF_REQUIRE(pkt[0] >= 1 && pkt[0] <= 4);
	s->sent[pkt[0]]++;
}

static inline void
pair_on_deliver(void *arg, uint32_t peer, const uint8_t *inner, size_t len)
{
	struct side	*s = arg;

	ATF_REQUIRE_EQ(peer, PAIR_ID(!s->me));
	ATF_REQUIRE(len <= sizeof(s->last));
	memcpy(s->last, inner, len);
	s->last_len = len;
	s->delivered++;
}

static inline void
pair_on_event(void *arg, uint32_t peer, int what)
{
	struct side	*s = arg;

	ATF_REQUIRE_EQ(peer, PAIR_ID(!s->me));
	if (what == WG_EVENT_ESTABLISHED)
		s->established++;
	else
		s->expired++;
}

static inline int
pair_on_ready(void *arg, uint32_t peer)
{
	struct side	*s = arg;

	(void)peer;
	return s->ready;
}

static inline void
pair_on_source(void *arg, uint32_t peer, uint32_t path)
{
	struct side	*s = arg;

	ATF_REQUIRE_EQ(peer, PAIR_ID(!s->me));
	ATF_REQUIRE_EQ(path, PAIR_PATH);
	s->sources++;
}

/* One body for each suite that this processor has, by each provider. */
static inline void
pair_run(void (*body)(void))
{
	static _Alignas(16) uint8_t	 memory[AEAD_REGION_BASE +
					     256 * AEAD_REGION_KEY];
	size_t				 i;

	ATF_REQUIRE(sodium_init() != -1);
	aead_init(&pair_aead);
	(void)aead_start(&pair_aead, memory, sizeof(memory));
	for (i = 0; i < sizeof(pair_kinds) / sizeof(pair_kinds[0]); i++) {
		pair_kind = pair_kinds[i];
		if (noise_suite_get((enum noise_suite_id)pair_kind.suite) ==
		    NULL || aead_force(&pair_aead, pair_kind.provider) == -1)
			continue;
		body();
	}
}

static inline void
side_init(struct pair *p, int me)
{
	struct wg_ops	 ops;
	struct side	*s = &p->side[me];
	size_t		 len = wg_device_size(PAIR_PEERS);
	void		*mem;

	memset(&ops, 0, sizeof(ops));
	ops.send = pair_on_send;
	ops.deliver = pair_on_deliver;
	ops.event = pair_on_event;
	ops.ready = pair_on_ready;
	ops.source = pair_on_source;
	s->pair = p;
	s->me = me;
	s->ready = 1;
	ATF_REQUIRE((mem = malloc(len)) != NULL);
	s->dev = wg_device_init(mem, len, PAIR_PEERS, &ops, s);
	ATF_REQUIRE(s->dev != NULL);
	wg_device_set_aead(s->dev, &pair_aead);
	memset(s->private, 0x11 + me, sizeof(s->private));
	crypto_scalarmult_base(s->public, s->private);
	ATF_REQUIRE_EQ(wg_device_set_key(s->dev, s->private), 0);
}

static inline struct pair *
pair_new(void)
{
	struct pair	*p;
	uint8_t		 psk[32];

	ATF_REQUIRE(sodium_init() != -1);
	ATF_REQUIRE((p = calloc(1, sizeof(*p))) != NULL);
	p->now.mono_ms = 1000;
	p->now.wall_ns = UINT64_C(1700000000000000000);
	side_init(p, PAIR_A);
	side_init(p, PAIR_B);
	memset(psk, 0x33, sizeof(psk));
	ATF_REQUIRE_EQ(wg_peer_add(p->side[0].dev, PAIR_ID(1),
	    p->side[1].public, psk, pair_kind.suite), 0);
	ATF_REQUIRE_EQ(wg_peer_add(p->side[1].dev, PAIR_ID(0),
	    p->side[0].public, psk, pair_kind.suite), 0);
	return p;
}

static inline void
pair_free(struct pair *p)
{
	wg_device_wipe(p->side[0].dev);
	wg_device_wipe(p->side[1].dev);
	free(p->side[0].dev);
	free(p->side[1].dev);
	free(p);
}

/* Hand bytes to one side from an exactly sized block. */
static inline enum wg_input_result
pair_input(struct pair *p, int to, const uint8_t *data, size_t len)
{
	struct endpoint		 from;
	struct side		*s = &p->side[to];
	uint8_t			*copy;

	memset(&from, 0, sizeof(from));
	from.family = 4;
	from.addr[0] = 192;
	from.addr[3] = (uint8_t)(1 + !to);
	from.port = 5000;
	/* Exactly as long, so that a sanitizer sees a read beyond it. */
	ATF_REQUIRE((copy = malloc(len > 0 ? len : 1)) != NULL);
	memcpy(copy, data, len);
	s->result = wg_input(s->dev, PAIR_PATH, &from, copy, len, p->now);
	free(copy);
	return s->result;
}

/* Take one datagram off the queue, 0 when there is none. */
static inline int
pair_take(struct pair *p, struct dgram *d)
{
	if (p->head == p->tail)
		return 0;
	*d = p->queue[p->head++ % PAIR_QUEUE];
	return 1;
}

static inline void
pair_pump(struct pair *p)
{
	struct dgram	 d;

	while (pair_take(p, &d)) {
		if (p->hook != NULL && !p->hook(p, &d))
			continue;
		pair_input(p, !d.from, d.data, d.len);
	}
}

/* Let ms pass, calling the ticks exactly when they asked for it. */
static inline void
pair_advance(struct pair *p, uint64_t ms)
{
	uint64_t	 end = p->now.mono_ms + ms, at, b;
	int		 spins = 0;

	for (;;) {
		at = wg_tick(p->side[0].dev, p->now);
		b = wg_tick(p->side[1].dev, p->now);
		pair_pump(p);
		/* Carrying may have set new timers. */
		at = wg_tick(p->side[0].dev, p->now);
		b = wg_tick(p->side[1].dev, p->now);
		ATF_REQUIRE(at > p->now.mono_ms && b > p->now.mono_ms);
		if (b < at)
			at = b;
		if (at > end)
			at = end;
		p->now.wall_ns += (at - p->now.mono_ms) * 1000000;
		if (p->now.mono_ms == end)
			break;
		p->now.mono_ms = at;
		ATF_REQUIRE(spins++ < 100000);
	}
}

/* Send text from one side; its length on the wire is padded. */
static inline int
pair_send(struct pair *p, int from, const char *text)
{
	uint8_t	 buf[512];
	size_t	 len = strlen(text);

	memset(buf, 0xee, sizeof(buf));
	memcpy(buf + 20, text, len);
	return wg_output(p->side[from].dev, PAIR_ID(!from), buf, 20, len,
	    sizeof(buf), p->now);
}

/* The text must be the last thing delivered, padded with zeros to 16. */
static inline void
pair_check_last(struct pair *p, int at, const char *text)
{
	struct side	*s = &p->side[at];
	size_t		 len = strlen(text), i;

	ATF_REQUIRE_EQ(s->last_len, (len + 15) / 16 * 16);
	ATF_REQUIRE(memcmp(s->last, text, len) == 0);
	for (i = len; i < s->last_len; i++)
		ATF_REQUIRE_EQ(s->last[i], 0);
}

/* A session confirmed on both sides, nothing under way. */
static inline void
pair_establish(struct pair *p)
{
	ATF_REQUIRE_EQ(wg_peer_initiate(p->side[0].dev, PAIR_ID(1), p->now),
	    0);
	pair_pump(p);
	ATF_REQUIRE_EQ(p->side[0].established, 1);
	ATF_REQUIRE_EQ(p->side[1].established, 1);
}

static inline struct wg_peer *
pair_peer(struct pair *p, int side)
{
	return wg_peer_by_id(p->side[side].dev, PAIR_ID(!side));
}

static inline int
pair_sent_total(const struct pair *p)
{
	int	 i, n = 0;

	for (i = 1; i <= 4; i++)
		n += p->side[0].sent[i] + p->side[1].sent[i];
	return n;
}

/* True when the bytes occur anywhere in the device's memory. */
static inline int
pair_memory_has(struct pair *p, int side, const uint8_t *key, size_t len)
{
	const uint8_t	*mem = (const uint8_t *)p->side[side].dev;
	size_t		 size = p->side[side].dev->size, i;

	for (i = 0; i + len <= size; i++)
		if (mem[i] == key[0] && memcmp(mem + i, key, len) == 0)
			return 1;
	return 0;
}

#endif /* REGRESS_NOISE_WG_PAIR_H */
