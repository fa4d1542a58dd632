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
 * Echoes through the tunnel, for enclavectl ping: sent when ctlproc asks, timed
 * here, where nothing but the tunnel lies in between.  A reply counts only from
 * the peer that was asked and with the id that was sent; ids are ctlproc's and
 * random, so no peer can answer before it was asked.  A peer of the
 * configuration is never asked: another implementation would not answer.
 */

#include <sys/types.h>

#include <string.h>

#include "base/clock.h"
#include "tunproc/tun.h"

/* A free place, or that of the oldest, to which no reply came. */
static struct tun_ping *
ping_place(struct env *env)
{
	struct tun_ping	*oldest = &env->pings[0];
	size_t		 i;

	for (i = 0; i < TUN_PINGS; i++) {
		if (env->pings[i].peer == 0)
			return &env->pings[i];
		if (env->pings[i].sent_ns < oldest->sent_ns)
			oldest = &env->pings[i];
	}
	return oldest;
}

void
on_tun_ping(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_tun_ping	*m = data;
	struct env			*env = arg;
	struct tun_peer			*peer = tun_peer_find(env, m->peer);
	struct tun_ping			*ping;
	uint8_t				 echo[INNER_HEADER];

	(void)c;
	(void)fd;
	if (peer == NULL || !peer->agent)
		return;
	ping = ping_place(env);
	ping->peer = peer->id;
	ping->id = m->id;
	ping->sent_ns = clock_mono_ns();
	inner_echo(echo, m->id);
	data_close(env);
	data_to_crypto(env, peer->id, 0, echo, sizeof(echo));
	ring_flush(&env->crypto);
}

static uint32_t
elapsed_us(uint64_t since_ns)
{
	uint64_t	 us = (clock_mono_ns() - since_ns) / 1000;

	/* 0 and UINT32_MAX mean other things. */
	return us == 0 ? 1 : us >= UINT32_MAX ? UINT32_MAX - 1 : (uint32_t)us;
}

void
ping_replied(struct env *env, const struct tun_peer *peer, uint32_t id)
{
	struct msg_tun_pong	 m;
	struct tun_ping		*ping;
	size_t			 i;

	for (i = 0; i < TUN_PINGS; i++) {
		ping = &env->pings[i];
		if (ping->peer != peer->id || ping->id != id)
			continue;
		memset(&m, 0, sizeof(m));
		m.peer = peer->id;
		m.id = id;
		m.rtt_us = elapsed_us(ping->sent_ns);
		ping->peer = 0;
		msg_send_tun_pong(proc_peer(&env->proc, ROLE_CTL), &m, -1);
		return;
	}
}
