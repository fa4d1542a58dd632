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
 * What the path to each agent carries: probes and their answers, the word to
 * senders whose packets are too large, and pieces of those packets that the
 * sender cannot make smaller; and answers to echoes, as few of both as
 * may_answer says.  A peer of the configuration gets none of it:
 * another implementation would not answer.
 */

#include <sys/types.h>

#include <string.h>

#include "base/clock.h"
#include "packet/ecn.h"
#include "packet/refuse.h"
#include "tunproc/tun.h"

static void
send_probes(struct env *env, struct tun_peer *peer, uint64_t now)
{
	uint8_t		 probe[INNER_PACKET_MAX];
	uint16_t	 size;

	while ((size = pmtu_probe(&peer->pmtu, now)) != 0) {
		if (size > sizeof(probe))
			continue;
		inner_probe(probe, size, peer->pmtu.round);
		data_to_crypto(env, peer->id, 0, probe, size);
	}
}

static void
tell(struct env *env, struct tun_peer *peer)
{
	struct msg_tun_mtu	 m;

	if (peer->told == peer->pmtu.size)
		return;
	peer->told = peer->pmtu.size;
	memset(&m, 0, sizeof(m));
	m.peer = peer->id;
	m.mtu = peer->pmtu.size;
	msg_send_tun_mtu(proc_peer(&env->proc, ROLE_CTL), &m, -1);
}

static void
wait_for(struct env *env, uint64_t due, uint64_t now)
{
	uint64_t	 ms = due > now ? due - now : 0;
	struct timeval	 tv;

	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	evtimer_add(&env->mtu_event, &tv);
}

/* Runs only while probes are under way. */
static void
on_timer(int fd, short event, void *arg)
{
	struct env	*env = arg;
	struct tun_peer	*peer;
	uint64_t	 now = clock_mono_ms(), due = PMTU_NEVER, next;
	size_t		 i;

	(void)fd;
	(void)event;
	for (i = 0; i < TUN_PEERS_MAX; i++) {
		peer = &env->peers[i];
		if (peer->id == 0 || pmtu_due(&peer->pmtu) == PMTU_NEVER ||
		    !peer->agent)
			continue;
		if (pmtu_due(&peer->pmtu) <= now)
			send_probes(env, peer, now);
		tell(env, peer);
		next = pmtu_due(&peer->pmtu);
		if (next < due)
			due = next;
	}
	if (due != PMTU_NEVER)
		wait_for(env, due, now);
	ring_flush(&env->crypto);
}

void
mtu_start(struct env *env)
{
	evtimer_set(&env->mtu_event, on_timer, env);
}

static void
begin_if_due(struct env *env, struct tun_peer *peer, size_t size)
{
	pmtu_traffic(&peer->pmtu, (uint32_t)size, env->now);
	if (pmtu_due(&peer->pmtu) != 0)
		return;
	data_close(env);
	send_probes(env, peer, env->now);
	if (!evtimer_pending(&env->mtu_event, NULL))
		wait_for(env, pmtu_due(&peer->pmtu), env->now);
}

/* One packet in pieces, each no longer than the path carries. */
static void
send_pieces(struct env *env, struct tun_peer *peer, uint8_t ecn,
    const uint8_t *packet, size_t len)
{
	uint8_t	 piece[INNER_PACKET_MAX];
	size_t	 room = peer->pmtu.size < sizeof(piece) ? peer->pmtu.size :
		    sizeof(piece);
	size_t	 each = inner_piece_size(room), off;

	if (len > INNER_PACKET_MAX || each == 0 ||
	    len > each * INNER_PIECES_MAX) {
		env->stats.drop_malformed++;
		return;
	}
	env->ident++;
	for (off = 0; off < len; off += each)
		data_to_crypto(env, peer->id, ecn, piece, inner_piece(piece,
		    packet, len, off, each, env->ident));
	env->stats.passed_out++;
}

static void
send_all_in_pieces(struct env *env, struct tun_peer *peer, uint8_t ecn,
    struct segmenter *seg)
{
	uint8_t	 packet[INNER_PACKET_MAX];
	size_t	 n = segment_count(seg);
	ssize_t	 len;

	for (; n > 0; n--) {
		len = segment_next(seg, packet, sizeof(packet));
		if (len <= 0)
			return;
		send_pieces(env, peer, ecn, packet, (size_t)len);
	}
}

int
mtu_outbound(struct env *env, struct tun_peer *peer, const struct packet *pkt,
    const uint8_t *data, size_t len, struct segmenter *seg)
{
	uint8_t	 answer[REFUSE_MAX];
	size_t	 size = segment_count(seg) == 1 ? segment_total(seg) :
		    segment_size(seg);
	size_t	 n;

	if (!peer->agent)
		return 0;
	begin_if_due(env, peer, size);
	if (size <= peer->pmtu.size)
		return 0;
	env->stats.too_big++;
	n = refuse_too_big(pkt, data, len, size, peer->pmtu.size, answer,
	    sizeof(answer));
	if (n > 0) {
		if (data_may_refuse(env, env->now))
			data_to_tun(env, answer, n);
		return 1;
	}
	data_close(env);
	send_all_in_pieces(env, peer, ecn_get(pkt, data), seg);
	return 1;
}

static int
may_answer(struct env *env)
{
	if (env->now / 1000 != env->answer_second) {
		env->answer_second = env->now / 1000;
		env->answers = 0;
	}
	return env->answers++ < TUN_ANSWERS;
}

uint8_t *
mtu_inbound(struct env *env, struct tun_peer *peer, const uint8_t *data,
    size_t len, size_t *whole)
{
	struct inner	 in;
	uint8_t		 answer[INNER_HEADER];

	if (inner_parse(&in, data, len) == -1) {
		env->stats.drop_malformed++;
		return NULL;
	}
	switch (in.kind) {
	case INNER_PROBE:
		if (!may_answer(env))
			break;
		inner_answer(answer, in.size, in.round);
		data_to_crypto(env, peer->id, 0, answer, sizeof(answer));
		break;
	case INNER_ANSWER:
		pmtu_acked(&peer->pmtu, in.round, in.size, env->now);
		tell(env, peer);
		if (pmtu_due(&peer->pmtu) == 0)
			wait_for(env, 0, env->now);
		break;
	case INNER_ECHO:
		if (!may_answer(env))
			break;
		inner_reply(answer, in.round);
		data_to_crypto(env, peer->id, 0, answer, sizeof(answer));
		break;
	case INNER_REPLY:
		ping_replied(env, peer, in.round);
		break;
	case INNER_PIECE:
		return inner_join(&env->pieces, peer->id, &in, env->now,
		    whole);
	}
	return NULL;
}

void
on_tun_path(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_tun_path	*m = data;
	struct env			*env = arg;
	struct tun_peer			*peer = tun_peer_find(env, m->peer);

	(void)c;
	(void)fd;
	if (peer == NULL || !peer->agent)
		return;
	pmtu_restart(&peer->pmtu);
	tell(env, peer);
}
