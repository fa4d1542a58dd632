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
 * The data path between the two rings.  The tag rule: ciphertext is copied
 * into private memory before it is opened, plaintext is sealed in private
 * memory before it is copied out, so that no neighbour can change bytes
 * between check and use.
 */

#include <sys/types.h>

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cryptoproc/crypto.h"

static void	 net_readable(int, short, void *);
static void	 tun_readable(int, short, void *);

struct wg_time
crypto_now(void)
{
	struct wg_time	 now = { clock_mono_ms(), clock_wall_ns() };

	return now;
}

static void
burst_close(struct burst *b)
{
	if (b->room != NULL)
		ring_commit(&b->pair->tx, &b->rec);
	b->room = NULL;
}

static int
burst_fits(const struct burst *b, uint32_t peer, uint32_t path, uint32_t len)
{
	return b->room != NULL && b->rec.peer == peer && b->rec.path == path &&
	    b->rec.count < CRYPTO_BURST_PACKETS && len <= b->rec.segment &&
	    b->rec.len % b->rec.segment == 0 && len <= b->cap - b->rec.len;
}

static void
burst_add(struct burst *b, uint32_t peer, uint32_t path,
    const uint8_t *data, uint32_t len)
{
	if (!burst_fits(b, peer, path, len)) {
		burst_close(b);
		b->cap = b->want > len ? b->want : len;
		if (b->cap > CRYPTO_BURST_BYTES)
			b->cap = len > CRYPTO_BURST_BYTES ? len :
			    CRYPTO_BURST_BYTES;
		b->room = ring_reserve(&b->pair->tx, b->cap);
		if (b->room == NULL)
			return;		/* counted by the ring */
		memset(&b->rec, 0, sizeof(b->rec));
		b->rec.peer = peer;
		b->rec.path = path;
		b->rec.segment = (uint16_t)len;
	}
	memcpy(b->room + b->rec.len, data, len);
	b->rec.len += len;
	b->rec.count++;
	b->want = b->want > len ? b->want - len : 0;
}

/* The protocol wants a datagram sent. */
static void
wg_send(void *arg, uint32_t peer, uint32_t path, const uint8_t *pkt,
    size_t len)
{
	struct env	*env = arg;

	if (path != CRYPTO_PATH_ANSWER) {
		burst_add(&env->to_net, peer, path, pkt, (uint32_t)len);
		return;
	}
	/* An answer goes back where the question came from. */
	burst_close(&env->to_net);
	burst_add(&env->to_net, peer == WG_PEER_NONE ? env->from_peer : peer,
	    path, pkt, (uint32_t)len);
	env->to_net.rec.from = env->from;
	burst_close(&env->to_net);
}

/* A record without payload: this peer is there now. */
void
data_tell_endpoint(struct env *env, uint32_t peer, const struct endpoint *ep)
{
	struct ring_record	 rec;

	burst_close(&env->to_net);
	if (ring_reserve(&env->net.tx, 0) == NULL)
		return;
	memset(&rec, 0, sizeof(rec));
	rec.peer = peer;
	rec.from = *ep;
	ring_commit(&env->net.tx, &rec);
}

/* The protocol has opened a packet. */
static void
wg_deliver(void *arg, uint32_t peer, const uint8_t *inner, size_t len)
{
	struct env	*env = arg;

	burst_add(&env->to_tun, peer, 0, inner, (uint32_t)len);
}

static void
bursts_close(struct env *env)
{
	burst_close(&env->to_net);
	burst_close(&env->to_tun);
	env->to_net.want = env->to_tun.want = 0;
}

static void
wake_both(struct env *env)
{
	ring_flush(&env->net);
	ring_flush(&env->tun);
}

static void
wg_event(void *arg, uint32_t peer, int what)
{
	struct env		*env = arg;
	struct crypto_peer	*p = crypto_peer_find(env, peer);
	struct msg_peer_session	 m;
	int			 up = what == WG_EVENT_ESTABLISHED;

	if (p == NULL || p->established == up)
		return;
	p->established = up;
	memset(&m, 0, sizeof(m));
	m.peer = peer;
	m.established = (uint8_t)up;
	msg_send_peer_session(proc_peer(&env->proc, ROLE_CTL), &m, -1);
}

static int
wg_ready(void *arg, uint32_t peer)
{
	struct crypto_peer	*p = crypto_peer_find(arg, peer);

	return p != NULL && p->path;
}

const struct wg_ops cryptoproc_wg_ops = {
	.send = wg_send,
	.deliver = wg_deliver,
	.event = wg_event,
	.ready = wg_ready,
	.source = static_source,
};

static void
on_timer(int fd, short event, void *arg)
{
	struct env	*env = arg;

	(void)fd;
	(void)event;
	env->timer_due = 0;
	data_schedule(env);
}

/* Let the protocol do what is due and sleep until the next thing is. */
void
data_schedule(struct env *env)
{
	struct wg_time	 now = crypto_now();
	uint64_t	 due = wg_tick(env->device, now), wait;
	struct timeval	 tv;

	bursts_close(env);
	wake_both(env);
	if (due == WG_NEVER) {
		evtimer_del(&env->timer);
		env->timer_due = 0;
		return;
	}
	if (due == env->timer_due)
		return;
	env->timer_due = due;
	wait = due > now.mono_ms ? due - now.mono_ms : 0;
	tv.tv_sec = (time_t)(wait / 1000);
	tv.tv_usec = (suseconds_t)(wait % 1000 * 1000);
	evtimer_add(&env->timer, &tv);
}

/*
 * The packets of a burst: all of the segment size but the last.  Nothing of
 * the record's header is trusted but its length, which the ring checked.
 */
static uint32_t
segment_size(const struct ring_record *rec)
{
	if (rec->count <= 1 || rec->segment == 0 || rec->segment > rec->len)
		return rec->len;
	return rec->segment;
}

static void
seal_record(struct env *env, const struct ring_record *rec,
    const uint8_t *data, struct wg_time now)
{
	uint32_t	 size = segment_size(rec), off, len;
	uint8_t		*seal = env->secrets->seal;

	env->to_net.want = rec->count *
	    (size + (uint32_t)(WG_OVERHEAD + WG_PADDING));
	for (off = 0; off < rec->len; off += len) {
		len = rec->len - off < size ? rec->len - off : size;
		if (len > CRYPTO_PACKET_MAX - 16) {
			env->drop_size++;
			continue;
		}
		memcpy(seal + WG_HEADER_LEN, data + off, len);
		wg_output(env->device, rec->peer, seal, WG_HEADER_LEN, len,
		    sizeof(env->secrets->seal), now);
	}
}

static void
open_record(struct env *env, const struct ring_record *rec,
    const uint8_t *data, struct wg_time now)
{
	uint32_t	 size = segment_size(rec), off, len;

	env->from_peer = rec->peer;
	env->from = rec->from;
	env->to_tun.want = rec->len;
	for (off = 0; off < rec->len; off += len) {
		len = rec->len - off < size ? rec->len - off : size;
		if (len > CRYPTO_PACKET_MAX) {
			env->drop_size++;
			continue;
		}
		memcpy(env->secrets->open, data + off, len);
		wg_input(env->device, CRYPTO_PATH_ANSWER, &rec->from,
		    env->secrets->open, len, now);
	}
}

/* A neighbour that breaks its ring is ended and gets a new one. */
static void
ring_broken(struct env *env, struct ring_pair *pair, struct event *ev,
    uint32_t role)
{
	struct msg_violation	 m;

	env->ring_bad++;
	bursts_close(env);
	event_del(ev);
	ring_pair_detach(pair);
	memset(&m, 0, sizeof(m));
	m.peer = (uint8_t)role;
	strlcpy(m.reason, "its ring is corrupt", sizeof(m.reason));
	msg_send_violation(env->proc.parent, &m, -1);
}

static void
drain(struct env *env, struct ring_pair *pair, struct event *ev,
    uint32_t role, void (*each)(struct env *, const struct ring_record *,
    const uint8_t *, struct wg_time))
{
	struct wg_time		 now = crypto_now();
	struct ring_record	 rec;
	const uint8_t		*data;
	int			 n, got = 0;

	ring_awake(pair);
	do {
		for (n = 0; n < CRYPTO_BURST; n++) {
			if ((got = ring_peek(&pair->rx, &rec, &data)) != 1)
				break;
			each(env, &rec, data, now);
			ring_release(&pair->rx);
			bursts_close(env);
			/* Early enough that the stages overlap. */
			if (n % CRYPTO_WAKE == CRYPTO_WAKE - 1)
				wake_both(env);
		}
		if (got == -1) {
			ring_broken(env, pair, ev, role);
			break;
		}
		wake_both(env);
		if (n == CRYPTO_BURST) {
			/* Let the channels have their turn. */
			event_active(ev, EV_READ, 1);
			break;
		}
	} while (ring_sleep(pair));
	data_schedule(env);
}

static void
net_readable(int fd, short event, void *arg)
{
	struct env	*env = arg;

	(void)fd;
	(void)event;
	drain(env, &env->net, &env->net_event, ROLE_NET, open_record);
}

static void
tun_readable(int fd, short event, void *arg)
{
	struct env	*env = arg;

	(void)fd;
	(void)event;
	drain(env, &env->tun, &env->tun_event, ROLE_TUN, seal_record);
}

void
data_ring(void *arg, uint32_t peer, uint32_t side, int mem, size_t size,
    int wait, int kick)
{
	struct env		*env = arg;
	struct ring_pair	*pair = peer == ROLE_NET ? &env->net :
				    &env->tun;
	struct event		*ev = peer == ROLE_NET ? &env->net_event :
				    &env->tun_event;

	if (peer != ROLE_NET && peer != ROLE_TUN)
		fatalx("ring to %s", role_name(peer));
	bursts_close(env);
	if (pair->memory != NULL)
		event_del(ev);
	ring_pair_detach(pair);
	if (ring_pair_attach(pair, mem, size, side, wait, kick) == -1)
		fatal("ring to %s", role_name(peer));
	event_set(ev, wait, EV_READ | EV_PERSIST,
	    peer == ROLE_NET ? net_readable : tun_readable, env);
	event_add(ev, NULL);
	/* A new netproc knows only what is configured. */
	if (peer == ROLE_NET)
		static_tell_net(env);
}

void
data_start(struct env *env)
{
	evtimer_set(&env->timer, on_timer, env);
	env->to_net.pair = &env->net;
	env->to_tun.pair = &env->tun;
}
