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
 * The behaviour of our router, see nat.h: what the STUN servers have told is
 * given to the library, which knows what it means.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "netproc/net.h"

#define TEXT_MAX	128
#define ROW_NAT		0

static void
probe_begin(const struct env *env, struct nat_probe *probe)
{
	uint16_t	 i;

	nat_probe_init(probe);
	for (i = 0; i < env->local.n; i++)
		nat_probe_add_own(probe, &env->local.e[i].ep);
}

/* A server whose answer is not waited for any more was asked long ago. */
static void
probe_add(struct nat_probe *probe, enum nat_transport transport,
    uint16_t port, const struct endpoint *server,
    const struct endpoint *mapped, int given_up, uint64_t now)
{
	uint64_t	 asked = now;

	if (given_up)
		asked = now > NAT_ANSWER_MS ? now - NAT_ANSWER_MS : 0;
	nat_probe_asked(probe, transport, port, server, asked);
	if (mapped->family != 0)
		nat_probe_seen(probe, transport, port, server, mapped, now);
}

static void
find_udp(const struct env *env, struct nat_behaviour *b, uint64_t now)
{
	const struct net_query	*q;
	struct nat_probe	 probe;
	size_t			 i;

	probe_begin(env, &probe);
	for (i = 0; i < env->nqueries; i++) {
		q = &env->queries[i];
		if (q->server.family == 4)
			probe_add(&probe, NAT_UDP, env->port4, &q->server,
			    &q->mapped, !q->pending ||
			    q->tries > NET_GATHER_WAIT_TRIES, now);
	}
	nat_probe_behaviour(&probe, NAT_UDP, 4, now, b);
}

static void
find_tcp(const struct env *env, struct nat_behaviour *b, uint64_t now)
{
	const struct tcp_query	*q;
	struct nat_probe	 probe;
	size_t			 i;

	probe_begin(env, &probe);
	for (i = 0; i < MSG_EPS_MAX; i++) {
		q = &env->tcp_queries[i];
		if (q->server.family == 4)
			probe_add(&probe, NAT_TCP, tcp_port(&env->tcp, 4),
			    &q->server, &q->mapped, 1, now);
	}
	nat_probe_behaviour(&probe, NAT_TCP, 4, now, b);
}

static uint8_t
kind_of(const struct nat_behaviour *b)
{
	if (b->blocked)
		return NET_NAT_BLOCKED;
	switch (b->allocation) {
	case NAT_ALLOCATION_STABLE:
		return NET_NAT_STABLE;
	case NAT_ALLOCATION_SEQUENCE:
		return NET_NAT_SEQUENCE;
	case NAT_ALLOCATION_RANDOM:
		return NET_NAT_RANDOM;
	default:
		return NET_NAT_UNKNOWN;
	}
}

/* For people. */
static void
describe(const struct nat_behaviour *b, char *text, size_t size)
{
	switch (kind_of(b)) {
	case NET_NAT_BLOCKED:
		strlcpy(text, "blocked", size);
		break;
	case NET_NAT_STABLE:
		snprintf(text, size, "%s%s", nat_mapping_name(b->mapping),
		    b->mapping == NAT_MAPPING_NONE ? "" :
		    b->preserved == NAT_YES ? ", port kept" :
		    ", port changed");
		break;
	case NET_NAT_SEQUENCE:
		snprintf(text, size, "%s, sequence of %d",
		    nat_mapping_name(b->mapping), b->step);
		break;
	case NET_NAT_RANDOM:
		snprintf(text, size, "%s, random",
		    nat_mapping_name(b->mapping));
		break;
	default:
		strlcpy(text, b->last == 0 ? "unknown" :
		    "the same for all ports of one server", size);
		break;
	}
}

/* 1 when it differs from what was found before, which it then replaces. */
static int
found(struct nat_behaviour *old, const struct nat_behaviour *new,
    const char *transport)
{
	char	 was[TEXT_MAX], is[TEXT_MAX];
	int	 changed;

	describe(old, was, sizeof(was));
	describe(new, is, sizeof(is));
	if (strcmp(was, is) != 0)
		log_info("address translation of %s over IPv4: %s", transport,
		    is);
	changed = kind_of(old) != kind_of(new) || old->step != new->step;
	*old = *new;
	return changed;
}

int
behaviour_tell(struct env *env, struct msg_local_candidates *m)
{
	struct nat_behaviour	 udp, tcp;
	uint64_t		 now = clock_mono_ms();
	int			 changed;

	find_udp(env, &udp, now);
	find_tcp(env, &tcp, now);
	changed = found(&env->nat.udp, &udp, "UDP");
	changed |= found(&env->nat.tcp, &tcp, "TCP");
	m->nat_udp = kind_of(&udp);
	m->nat_udp_step = (uint16_t)udp.step;
	m->nat_tcp = kind_of(&tcp);
	m->nat_tcp_step = (uint16_t)tcp.step;
	return changed;
}

static void
show(struct chan *c, struct msg_net_row *row, const struct nat_behaviour *b,
    uint8_t transport)
{
	row->kind = ROW_NAT;
	row->transport = transport;
	row->rtt_us = 0;
	memset(&row->address, 0, sizeof(row->address));
	row->mapped = b->mapped;
	describe(b, row->text, sizeof(row->text));
	msg_send_net_row(c, row, -1);
	memset(row->text, 0, sizeof(row->text));
	memset(&row->mapped, 0, sizeof(row->mapped));
}

void
behaviour_show(struct env *env, struct chan *c, struct msg_net_row *row)
{
	show(c, row, &env->nat.udp, ICE_UDP);
	show(c, row, &env->nat.tcp, ICE_TCP);
}

int
behaviour_claimed(struct nat_behaviour *b, uint8_t kind, uint16_t step,
    uint16_t last)
{
	memset(b, 0, sizeof(*b));
	b->transport = NAT_UDP;
	b->last = last;
	switch (kind) {
	case NET_NAT_STABLE:
		b->mapping = NAT_MAPPING_ENDPOINT;
		b->allocation = NAT_ALLOCATION_STABLE;
		break;
	case NET_NAT_SEQUENCE:
		b->mapping = NAT_MAPPING_ADDRESS_PORT;
		b->allocation = NAT_ALLOCATION_SEQUENCE;
		b->step = (int16_t)step;
		break;
	case NET_NAT_RANDOM:
		b->mapping = NAT_MAPPING_ADDRESS_PORT;
		b->allocation = NAT_ALLOCATION_RANDOM;
		break;
	case NET_NAT_BLOCKED:
		b->blocked = 1;
		break;
	default:
		break;
	}
	return nat_behaviour_check(b);
}
