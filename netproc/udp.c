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
 * The tunnel's UDP sockets and the ring to cryptoproc.  STUN goes to the
 * check lists, everything else from a known endpoint to cryptoproc.
 */

#include <sys/types.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "netproc/net.h"
#include "os/udp.h"

int
udp_send(struct env *env, const struct endpoint *to, const uint8_t *pkt,
    size_t len, unsigned int ttl)
{
	struct udp_mark	 mark = { 0, (uint8_t)ttl };
	int		 fd = guess_fd(env, NULL, to), together = 0;

	if (fd == -1 || udp_send_burst(fd, to, &mark, pkt, len, len,
	    &together) != 1) {
		env->stats.tx_failed++;
		return -1;
	}
	env->stats.tx++;
	return 0;
}

static void
stun_datagram(struct env *env, const uint8_t *data, size_t len,
    const struct udp_burst *b)
{
	struct stun_msg	 stun;
	uint8_t		 pkt[STUN_MESSAGE_MAX];

	/* A flood costs no more than this look, and nobody else his checks. */
	if (!path_may_check(env, &b->from, clock_mono_ms())) {
		env->stats.drop_checks++;
		return;
	}
	/* Out of the ring's memory, which cryptoproc could change meanwhile. */
	if (len > sizeof(pkt)) {
		env->stats.drop_stun++;
		return;
	}
	memcpy(pkt, data, len);
	if (stun_parse(&stun, pkt, len) != STUN_OK) {
		env->stats.drop_stun++;
		return;
	}
	if (!gather_stun(env, &stun, &b->from))
		path_stun(env, &stun, pkt, len, &b->from, &b->local);
	env->stun_seen = 1;
}

/*
 * Takes the STUN messages out of a burst; returns the bytes of tunnel data
 * that are left at its beginning.
 */
static size_t
take_stun(struct env *env, uint8_t *data, const struct udp_burst *b)
{
	size_t	 off, len, kept = 0;

	for (off = 0; off < b->len; off += len) {
		len = b->len - off < b->segment ? b->len - off : b->segment;
		if (stun_is_message(data + off, len)) {
			stun_datagram(env, data + off, len, b);
			continue;
		}
		if (kept != off)
			memmove(data + kept, data + off, len);
		kept += len;
	}
	return kept;
}

static void
to_crypto(struct env *env, const struct udp_burst *b, size_t len,
    uint32_t peer)
{
	struct ring_record	 rec;

	memset(&rec, 0, sizeof(rec));
	rec.len = (uint32_t)len;
	rec.peer = peer;
	rec.count = (uint16_t)((len + b->segment - 1) / b->segment);
	rec.segment = (uint16_t)b->segment;
	rec.ecn = b->ecn;
	rec.from = b->from;
	ring_commit(&env->crypto.tx, &rec);
}

/* One call's worth of datagrams, straight into the ring. 0, or -1: none. */
static int
receive(struct env *env, int fd, uint16_t port)
{
	struct udp_burst	 b;
	uint8_t			*room;
	uint32_t		 peer;
	size_t			 len;
	int			 full = 0;

	room = ring_reserve(&env->crypto.tx, NET_DATAGRAM_MAX);
	if (room == NULL) {
		room = env->buf;
		full = 1;
	}
	if (udp_recv(fd, room, NET_DATAGRAM_MAX, &b) == -1)
		return errno == EAGAIN ? -1 : 0;
	if (b.local.family != 0)
		b.local.port = port;
	if (b.len == 0)
		return 0;
	env->stats.rx += (b.len + b.segment - 1) / b.segment;
	if ((len = take_stun(env, room, &b)) == 0)
		return 0;
	peer = path_source(env, &b.from);
	/* Configured peers may come from anywhere: their keys decide. */
	if (peer == 0 && env->nstatic == 0)
		env->stats.drop_unknown++;
	else if (full)
		env->stats.drop_ring_full++;
	else {
		path_heard(env, peer);
		env->stats.rx_unknown += peer == 0;
		to_crypto(env, &b, len, peer);
	}
	return 0;
}

/* Where packets come in is where the other stages should be as well. */
static void
follow_packets(struct env *env, int fd, uint64_t now_ns)
{
	if (now_ns - env->arrival_ns < PLACE_MOVE_NS)
		return;
	env->arrival_ns = now_ns;
	place_woken(&env->place, now_ns, udp_arrival(fd), now_ns);
}

static void
udp_readable(int fd, short event, void *arg)
{
	struct env	*env = arg;
	struct pace	*pace = fd == env->udp6 ? &env->pace6 : &env->pace4;
	uint16_t	 port = fd == env->udp6 ? env->port6 : env->port4;
	uint64_t	 now = clock_mono_ns();
	unsigned int	 n, most;

	(void)event;
	env->rx_fd = fd;
	follow_packets(env, fd, now);
	port_begin(&env->port, now);
	most = pace_begin(pace, now, NET_BURST);
	for (n = 1; n <= most; n++) {
		if (receive(env, fd, port) == -1)
			break;
		/* Early enough that the stages overlap. */
		if (n % NET_WAKE == 0)
			ring_flush(&env->crypto);
	}
	ring_flush(&env->crypto);
	pace_end(pace, clock_mono_ns());
	/* Data alone changes nothing that is due. */
	if (env->stun_seen) {
		env->stun_seen = 0;
		net_schedule(env);
	}
}

/* A burst from cryptoproc; its sizes are checked against the record. */
static void
send_record(void *arg, const struct ring_record *rec, const uint8_t *data)
{
	struct env		*env = arg;
	const struct endpoint	*to = static_target(rec);
	struct udp_mark		 mark = { 0, 0 };
	struct net_peer		*p = NULL;
	uint32_t		 size = rec->len, want;
	unsigned int		 sent;
	int			 fd;

	if (rec->len == 0) {
		static_move(env, rec->peer, &rec->from);
		return;
	}
	if (rec->count > 1 && rec->segment != 0 && rec->segment <= rec->len)
		size = rec->segment;
	if (to == NULL && (p = path_find(env, rec->peer)) != NULL && p->up) {
		path_used(env, p);
		if (p->stream != NULL) {
			stream_send(p->stream, data, rec->len, size);
			return;
		}
		if (p->path.transport == ICE_UDP)
			to = &p->path.remote;
	}
	if (to == NULL || (fd = guess_fd(env, p, to)) == -1) {
		env->stats.drop_no_path++;
		return;
	}
	want = (rec->len + size - 1) / size;
	mark.ecn = rec->ecn;
	sent = udp_send_burst(fd, to, &mark, data, rec->len, size,
	    &env->together);
	env->stats.tx += sent;
	env->stats.tx_failed += want - sent;
}

static void
ring_readable(void *arg)
{
	struct env	*env = arg;

	port_drain(&env->port);
}

static const struct ring_reader reader = {
	.each = send_record,
	.burst = NET_BURST,
};

void
udp_ring(void *arg, uint32_t peer, uint32_t side, int mem, size_t size,
    int wait, int kick)
{
	struct env	*env = arg;

	if (peer != ROLE_CRYPTO)
		fatalx("ring to %s", role_name(peer));
	env->port.proc = &env->proc;
	env->port.pair = &env->crypto;
	env->port.place = &env->place;
	env->port.reader = &reader;
	env->port.turn = ring_readable;
	env->port.role = peer;
	port_attach(&env->port, side, mem, size, wait, kick);
	/* What waits in it may be about peers still to be named. */
	if (env->proc.phase == P_RUN)
		port_start(&env->port);
}

void
udp_listen(struct env *env, struct event *event, int fd)
{
	event_set(event, fd, EV_READ | EV_PERSIST, udp_readable, env);
	event_add(event, NULL);
}

void
udp_start(struct env *env)
{
	port_start(&env->port);
	if (env->udp4 != -1)
		udp_listen(env, &env->ev4, env->udp4);
	if (env->udp6 != -1)
		udp_listen(env, &env->ev6, env->udp6);
}
