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
 * Relays, between discovery and netproc: which there are, how far away they
 * are, and that one was of no use.  And what netproc must keep out of paths:
 * the addresses of the overlay itself.
 */

#include <sys/types.h>

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ctlproc/ctl.h"

static void
rtt_send(struct env *env, size_t i)
{
	struct msg_link_relay_rtt	 m;

	if (env->link.state != LINK_UP || !env->relay_known[i])
		return;
	memset(&m, 0, sizeof(m));
	m.relay = env->relays.relays.e[i];
	m.rtt_us = env->relay_rtt[i];
	msg_send_link_relay_rtt(proc_peer(&env->proc, ROLE_LINK), &m, -1);
}

/* The index of a relay, or -1. */
static int
relay_index(const struct msg_eps *set, const struct endpoint *ep)
{
	int	 i;

	for (i = 0; i < set->n; i++)
		if (endpoint_cmp(&set->e[i], ep) == 0)
			return i;
	return -1;
}

/* What was measured of a relay that stays is told to a server that is new. */
void
on_link_relays(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_link_relays	*m = data;
	struct env			*env = arg;
	struct msg_eps			 old = env->relays.relays;
	uint8_t				 known[MSG_EPS_MAX];
	uint32_t			 rtt[MSG_EPS_MAX];
	size_t				 i;
	int				 k;

	(void)c;
	(void)fd;
	memcpy(known, env->relay_known, sizeof(known));
	memcpy(rtt, env->relay_rtt, sizeof(rtt));
	memset(env->relay_known, 0, sizeof(env->relay_known));
	env->relays.relays = m->relays;
	for (i = 0; i < m->relays.n; i++) {
		k = relay_index(&old, &m->relays.e[i]);
		if (k == -1 || !known[k])
			continue;
		env->relay_known[i] = 1;
		env->relay_rtt[i] = rtt[k];
		rtt_send(env, i);
	}
	msg_send_relays(proc_peer(&env->proc, ROLE_NET), &env->relays, -1);
}

void
on_relay_rtt(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_relay_rtt	*m = data;
	struct env			*env = arg;
	int				 i;

	(void)c;
	(void)fd;
	i = relay_index(&env->relays.relays, &m->relay);
	if (i == -1)
		return;
	env->relay_known[i] = 1;
	env->relay_rtt[i] = m->rtt_us;
	rtt_send(env, (size_t)i);
}

/* Of the introduction that is in force: there may be another relay. */
void
on_relay_failed(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_relay_failed	*m = data;
	struct env			*env = arg;
	struct peer			*p = peer_find(env, m->peer);

	(void)c;
	(void)fd;
	if (p == NULL || p->id >= PEER_STATIC || !p->introduced ||
	    p->intro.number != m->number ||
	    (p->path_up && p->path.type != ICE_RELAY))
		return;
	log_debug("%s: the relay is of no use", p->policy.system);
	peer_again_soon(env, p, clock_mono_ms());
}

static void
avoid(struct env *env, uint8_t family, const uint8_t *addr, uint8_t plen)
{
	struct msg_net_avoid	 m;
	size_t			 bit, bits = family == 4 ? 32 : 128;

	if (plen == 0 || plen > bits)
		return;
	memset(&m, 0, sizeof(m));
	m.prefix.family = family;
	memcpy(m.prefix.addr, addr, bits / 8);
	for (bit = plen; bit < bits; bit++)
		m.prefix.addr[bit / 8] &= (uint8_t)~(0x80 >> bit % 8);
	m.plen = plen;
	msg_send_net_avoid(proc_peer(&env->proc, ROLE_NET), &m, -1);
}

void
relays_avoid_overlay(struct env *env)
{
	if (!env->self.enrolled)
		return;
	avoid(env, 4, env->self.ipv4, env->self.plen4);
	avoid(env, 6, env->self.ipv6, env->self.plen6);
}

void
relays_net_up(struct env *env)
{
	relays_avoid_overlay(env);
	msg_send_relays(proc_peer(&env->proc, ROLE_NET), &env->relays, -1);
}
