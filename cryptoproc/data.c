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
	    b->rec.ecn == b->ecn && b->rec.count < CRYPTO_BURST_PACKETS &&
	    len <= b->rec.segment &&
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
		b->rec.ecn = b->ecn;
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

	uint8_t		 ecn = env->to_net.ecn;

	if (path != CRYPTO_PATH_ANSWER) {
		/* A handshake is no part of the flow that caused it. */
		if (len == WG_INITIATION_LEN)
			env->to_net.ecn = 0;
		burst_add(&env->to_net, peer, path, pkt, (uint32_t)len);
		env->to_net.ecn = ecn;
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
	env->to_net.ecn = env->to_tun.ecn = 0;
}

static void
wake_both(void *arg)
{
	struct env	*env = arg;

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
seal_record(void *arg, const struct ring_record *rec, const uint8_t *data)
{
	struct env	*env = arg;
	uint32_t	 size = segment_size(rec), off, len, cap;
	uint8_t		*seal = env->secrets->seal;

	/* RFC 6040: the outer header says what the inner one does. */
	env->to_net.ecn = rec->ecn;
	env->to_net.want = rec->count *
	    (size + (uint32_t)(WG_OVERHEAD + WG_PADDING));
	for (off = 0; off < rec->len; off += len) {
		len = rec->len - off < size ? rec->len - off : size;
		if (len > CRYPTO_PACKET_MAX - 16) {
			env->drop_size++;
			continue;
		}
		memcpy(seal + WG_HEADER_LEN, data + off, len);
		/* Padding must not make it more than the path carries. */
		cap = len < env->mtu ? env->mtu : len;
		wg_output(env->device, rec->peer, seal, WG_HEADER_LEN, len,
		    cap + (uint32_t)WG_OVERHEAD, env->now);
	}
	bursts_close(env);
}

static void
open_record(void *arg, const struct ring_record *rec, const uint8_t *data)
{
	struct env	*env = arg;
	uint32_t	 size = segment_size(rec), off, len;

	env->from_peer = rec->peer;
	env->from = rec->from;
	env->to_tun.want = rec->len;
	env->to_tun.ecn = rec->ecn;
	for (off = 0; off < rec->len; off += len) {
		len = rec->len - off < size ? rec->len - off : size;
		if (len > CRYPTO_PACKET_MAX) {
			env->drop_size++;
			continue;
		}
		memcpy(env->secrets->open, data + off, len);
		wg_input(env->device, CRYPTO_PATH_ANSWER, &rec->from,
		    env->secrets->open, len, env->now);
	}
	bursts_close(env);
}

static void
net_readable(void *arg)
{
	struct env	*env = arg;

	env->now = crypto_now();
	port_drain(&env->net_port);
	data_schedule(env);
}

static void
tun_readable(void *arg)
{
	struct env	*env = arg;

	env->now = crypto_now();
	port_drain(&env->tun_port);
	data_schedule(env);
}

static const struct ring_reader net_reader = {
	.each = open_record,
	.wake = wake_both,
	.wake_every = CRYPTO_WAKE,
	.burst = CRYPTO_BURST,
};

static const struct ring_reader tun_reader = {
	.each = seal_record,
	.wake = wake_both,
	.wake_every = CRYPTO_WAKE,
	.burst = CRYPTO_BURST,
};

void
data_ring(void *arg, uint32_t peer, uint32_t side, int mem, size_t size,
    int wait, int kick)
{
	struct env	*env = arg;
	struct port	*port = peer == ROLE_NET ? &env->net_port :
			    &env->tun_port;

	if (peer != ROLE_NET && peer != ROLE_TUN)
		fatalx("ring to %s", role_name(peer));
	bursts_close(env);
	port->proc = &env->proc;
	port->place = &env->place;
	port->pair = peer == ROLE_NET ? &env->net : &env->tun;
	port->reader = peer == ROLE_NET ? &net_reader : &tun_reader;
	port->turn = peer == ROLE_NET ? net_readable : tun_readable;
	port->role = peer;
	port_attach(port, side, mem, size, wait, kick);
	port_start(port);
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
