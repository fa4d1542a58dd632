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
 * What to do about two translators: ports to guess, how many, and when to
 * leave it.  The behaviour of a peer is its own claim; whatever it says, the
 * numbers here stay within their limits.
 */

#include <sys/types.h>

#include <stdint.h>
#include <string.h>

#include "nat/nat.h"

/* How a side looks from the other. */
enum side {
	SIDE_STABLE,		/* or not known: tried as if it were */
	SIDE_SEQUENCE,
	SIDE_RANDOM,
	SIDE_BLOCKED
};

#define NAME_OF(table, i)						\
	((i) < sizeof(table) / sizeof((table)[0]) ? (table)[i] : "unknown")

size_t
nat_predict(const struct nat_behaviour *b, uint16_t *ports, size_t n)
{
	int32_t	 at, step;
	size_t	 i;

	if (n == 0 || b->last == 0)
		return 0;
	if (b->allocation == NAT_ALLOCATION_STABLE) {
		ports[0] = b->last;
		return 1;
	}
	if (b->allocation != NAT_ALLOCATION_SEQUENCE || b->step == 0 ||
	    b->last < NAT_PORT_MIN)
		return 0;
	if (n > NAT_PREDICT_MAX)
		n = NAT_PREDICT_MAX;
	at = b->last - NAT_PORT_MIN;
	step = b->step % NAT_PORTS;
	for (i = 0; i < n; i++) {
		at = (at + step + NAT_PORTS) % NAT_PORTS;
		ports[i] = (uint16_t)(NAT_PORT_MIN + at);
	}
	return n;
}

static enum side
side_of(const struct nat_behaviour *b)
{
	if (b->blocked)
		return SIDE_BLOCKED;
	switch (b->allocation) {
	case NAT_ALLOCATION_SEQUENCE:
		return SIDE_SEQUENCE;
	case NAT_ALLOCATION_RANDOM:
		return SIDE_RANDOM;
	default:
		return SIDE_STABLE;
	}
}

/*
 * Rows are ours, columns the peer's: stable, sequence, random, blocked.  A
 * side with a sequence just sends; it is the other that predicts.
 */
enum nat_strategy
nat_strategy(const struct nat_behaviour *own,
    const struct nat_behaviour *peer, enum nat_transport transport)
{
	static const uint8_t	 udp[4][4] = {
		{ NAT_PLAIN, NAT_PREDICT_PEER, NAT_BIRTHDAY_PROBES,
		    NAT_HOPELESS },
		{ NAT_PLAIN, NAT_PREDICT_BOTH, NAT_HOPELESS, NAT_HOPELESS },
		{ NAT_BIRTHDAY_SOCKETS, NAT_HOPELESS, NAT_HOPELESS,
		    NAT_HOPELESS },
		{ NAT_HOPELESS, NAT_HOPELESS, NAT_HOPELESS, NAT_HOPELESS }
	};
	static const uint8_t	 tcp[4][4] = {
		{ NAT_PLAIN, NAT_PREDICT_PEER, NAT_HOPELESS, NAT_HOPELESS },
		{ NAT_PLAIN, NAT_HOPELESS, NAT_HOPELESS, NAT_HOPELESS },
		{ NAT_HOPELESS, NAT_HOPELESS, NAT_HOPELESS, NAT_HOPELESS },
		{ NAT_HOPELESS, NAT_HOPELESS, NAT_HOPELESS, NAT_HOPELESS }
	};

	return transport == NAT_TCP ? tcp[side_of(own)][side_of(peer)] :
	    udp[side_of(own)][side_of(peer)];
}

uint32_t
nat_birthday_success(uint32_t sockets, uint32_t probes)
{
	uint64_t	 miss = 1ULL << 40;	/* of 2^40 */
	uint64_t	 left;
	uint32_t	 i;

	if (sockets == 0)
		return 0;
	for (i = 0; i < probes && i < NAT_PORTS; i++) {
		left = NAT_PORTS - i;
		if (sockets >= left)
			return 10000;
		miss = miss / left * (left - sockets);
	}
	return (uint32_t)(10000 - ((miss * 10000) >> 40));
}

void
nat_birthday_plan(struct nat_birthday *plan, uint32_t budget)
{
	memset(plan, 0, sizeof(*plan));
	if (budget == 0)
		return;
	plan->probes = budget < NAT_BIRTHDAY_PROBES_MAX ? budget :
	    NAT_BIRTHDAY_PROBES_MAX;
	plan->sockets = budget < NAT_BIRTHDAY_SOCKETS_MAX ? budget :
	    NAT_BIRTHDAY_SOCKETS_MAX;
	plan->rate = NAT_BIRTHDAY_RATE;
	plan->duration_ms = (plan->probes * 1000 + plan->rate - 1) /
	    plan->rate;
	plan->success = nat_birthday_success(plan->sockets, plan->probes);
}

void
nat_ports_init(struct nat_ports *p, uint64_t seed)
{
	p->key = seed;
	p->next = 0;
}

static uint8_t
mix(uint64_t key, unsigned round, uint8_t half)
{
	uint64_t	 z;

	z = key + (((uint64_t)round << 8 | half) + 1) * 0x9e3779b97f4a7c15ULL;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (uint8_t)(z >> 56);
}

/* A Feistel network makes a permutation of any function. */
static uint16_t
permute(uint64_t key, uint16_t v)
{
	uint8_t		 l = v >> 8, r = v & 0xff, t;
	unsigned	 round;

	for (round = 0; round < 6; round++) {
		t = l ^ mix(key, round, r);
		l = r;
		r = t;
	}
	return (uint16_t)(l << 8 | r);
}

uint16_t
nat_ports_next(struct nat_ports *p)
{
	uint16_t	 port;

	while (p->next < 65536) {
		port = permute(p->key, (uint16_t)p->next++);
		if (port >= NAT_PORT_MIN)
			return port;
	}
	return 0;
}

const char *
nat_mapping_name(int mapping)
{
	static const char *const	 names[] = {
		"unknown",
		"none",
		"endpoint-independent",
		"address-dependent",
		"address-and-port-dependent"
	};

	return NAME_OF(names, (unsigned)mapping);
}

const char *
nat_allocation_name(int allocation)
{
	static const char *const	 names[] = {
		"unknown", "stable", "sequence", "random"
	};

	return NAME_OF(names, (unsigned)allocation);
}

const char *
nat_answer_name(int answer)
{
	static const char *const	 names[] = { "unknown", "no", "yes" };

	return NAME_OF(names, (unsigned)answer);
}

const char *
nat_strategy_name(int strategy)
{
	static const char *const	 names[] = {
		"unknown",
		"plain",
		"predict peer",
		"predict both",
		"birthday sockets",
		"birthday probes",
		"hopeless"
	};

	return NAME_OF(names, (unsigned)strategy);
}
