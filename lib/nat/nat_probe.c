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
 * From what the servers saw to the behaviour of the translator.  Nothing is
 * trusted but the order in which we asked: a server that lies makes us guess
 * wrong ports, which no more than wastes probes.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "nat/nat.h"

void
nat_probe_init(struct nat_probe *p)
{
	memset(p, 0, sizeof(*p));
}

int
nat_probe_add_own(struct nat_probe *p, const struct endpoint *ep)
{
	uint32_t	 i;

	for (i = 0; i < p->nown; i++)
		if (endpoint_cmp_addr(&p->own[i], ep) == 0)
			return 0;
	if (p->nown == NAT_OWN_MAX) {
		errno = ENOSPC;
		return -1;
	}
	p->own[p->nown++] = *ep;
	return 0;
}

void
nat_probe_begin(struct nat_probe *p)
{
	p->nseen = 0;
	memset(p->seen, 0, sizeof(p->seen));
}

static struct nat_seen *
find(struct nat_probe *p, enum nat_transport transport, uint16_t local_port,
    const struct endpoint *server)
{
	uint32_t	 i;

	for (i = 0; i < p->nseen; i++)
		if (p->seen[i].transport == transport &&
		    p->seen[i].local_port == local_port &&
		    endpoint_cmp(&p->seen[i].server, server) == 0)
			return &p->seen[i];
	return NULL;
}

int
nat_probe_asked(struct nat_probe *p, enum nat_transport transport,
    uint16_t local_port, const struct endpoint *server, uint64_t now)
{
	struct nat_seen	*s;

	if ((transport != NAT_UDP && transport != NAT_TCP) ||
	    (server->family != 4 && server->family != 6)) {
		errno = EINVAL;
		return -1;
	}
	if (find(p, transport, local_port, server) != NULL)
		return 0;
	if (p->nseen == NAT_SEEN_MAX) {
		errno = ENOSPC;
		return -1;
	}
	s = &p->seen[p->nseen++];
	memset(s, 0, sizeof(*s));
	s->transport = transport;
	s->local_port = local_port;
	s->server = *server;
	s->asked = now;
	return 0;
}

int
nat_probe_seen(struct nat_probe *p, enum nat_transport transport,
    uint16_t local_port, const struct endpoint *server,
    const struct endpoint *mapped, uint64_t now)
{
	struct nat_seen	*s;

	s = find(p, transport, local_port, server);
	if (s == NULL || mapped->family != server->family) {
		errno = ENOENT;
		return -1;
	}
	s->mapped = *mapped;
	s->when = now;
	return 0;
}

/* The answers of a round, in the order they were asked for. */
struct answers {
	const struct nat_probe	*probe;
	const struct nat_seen	*seen[NAT_SEEN_MAX];
	size_t			 n;
};

/* What has been answered. */
static void
collect(struct answers *a, const struct nat_probe *p,
    enum nat_transport transport, int family)
{
	const struct nat_seen	*s;
	uint32_t		 i;

	memset(a, 0, sizeof(*a));
	a->probe = p;
	for (i = 0; i < p->nseen; i++) {
		s = &p->seen[i];
		if (s->transport == transport && s->server.family == family &&
		    s->mapped.family == family)
			a->seen[a->n++] = s;
	}
}

static int
is_own(const struct nat_probe *p, const struct nat_seen *s)
{
	uint32_t	 i;

	if (s->mapped.port != s->local_port)
		return 0;
	for (i = 0; i < p->nown; i++)
		if (endpoint_cmp_addr(&p->own[i], &s->mapped) == 0)
			return 1;
	return 0;
}

/*
 * Pairs of answers from one port of ours decide: two of one server address
 * about its ports, two of different addresses about addresses.
 */
static enum nat_mapping
find_mapping(const struct answers *a)
{
	const struct nat_seen	*s, *t;
	int			 addresses = 0, differ = 0, port = 0;
	int			 same_addr = 0;
	size_t			 i, j, own = 0;

	for (i = 0; i < a->n; i++) {
		s = a->seen[i];
		own += is_own(a->probe, s);
		for (j = i + 1; j < a->n; j++) {
			t = a->seen[j];
			if (s->local_port != t->local_port)
				continue;
			if (endpoint_cmp_addr(&s->server, &t->server) == 0) {
				same_addr = 1;
				port |= endpoint_cmp(&s->mapped,
				    &t->mapped) != 0;
				continue;
			}
			addresses = 1;
			differ |= endpoint_cmp(&s->mapped, &t->mapped) != 0;
		}
	}
	if (a->n > 0 && own == a->n)
		return NAT_MAPPING_NONE;
	if (port)
		return NAT_MAPPING_ADDRESS_PORT;
	/* Nobody asked about ports: the worse is the more frequent. */
	if (differ)
		return same_addr ? NAT_MAPPING_ADDRESS :
		    NAT_MAPPING_ADDRESS_PORT;
	return addresses ? NAT_MAPPING_ENDPOINT : NAT_MAPPING_UNKNOWN;
}

static int32_t
greatest_divisor(int32_t a, int32_t b)
{
	int32_t	 t;

	while (b != 0) {
		t = a % b;
		a = b;
		b = t;
	}
	return a;
}

/* The way from one port to another, the shorter way round. */
static int32_t
distance(uint16_t from, uint16_t to)
{
	int32_t	 d = (int32_t)to - from;

	if (d > NAT_PORTS / 2)
		d -= NAT_PORTS;
	else if (d < -NAT_PORTS / 2)
		d += NAT_PORTS;
	return d;
}

/*
 * A sequence if all ports lie close together; other flows may have taken some
 * between ours, so the step is what divides all distances.  The last port is
 * the farthest in the direction of the first and last asked, which forgives
 * packets that overtook each other.
 */
static void
find_sequence(const struct answers *a, struct nat_behaviour *b)
{
	int32_t		 d, lo = 0, hi = 0, step = 0, way = 0;
	uint16_t	 first = a->seen[0]->mapped.port;
	size_t		 i;

	b->allocation = NAT_ALLOCATION_RANDOM;
	for (i = 0; i < a->n; i++) {
		if (a->seen[i]->mapped.port < NAT_PORT_MIN)
			return;
		d = distance(first, a->seen[i]->mapped.port);
		step = greatest_divisor(step, d < 0 ? -d : d);
		lo = d < lo ? d : lo;
		hi = d > hi ? d : hi;
		if (d != 0)
			way = d;
	}
	if (step == 0 || hi - lo > NAT_STEP_MAX * ((int32_t)a->n - 1))
		return;
	b->allocation = NAT_ALLOCATION_SEQUENCE;
	b->step = (int16_t)(way > 0 ? step : -step);
	d = (int32_t)first - NAT_PORT_MIN + (way > 0 ? hi : lo);
	d = (d + NAT_PORTS) % NAT_PORTS;
	b->last = (uint16_t)(NAT_PORT_MIN + d);
}

static int
find_blocked(const struct nat_probe *p, enum nat_transport transport,
    int family, uint64_t now)
{
	const struct nat_seen	*s;
	uint32_t		 i;
	int			 asked = 0;

	for (i = 0; i < p->nseen; i++) {
		s = &p->seen[i];
		if (s->transport != transport || s->server.family != family)
			continue;
		if (now < s->asked || now - s->asked < NAT_ANSWER_MS)
			return 0;
		asked = 1;
	}
	return asked;
}

void
nat_probe_behaviour(const struct nat_probe *p, enum nat_transport transport,
    int family, uint64_t now, struct nat_behaviour *b)
{
	const struct nat_seen	*s;
	struct answers		 a;
	size_t			 i;

	memset(b, 0, sizeof(*b));
	b->transport = transport;
	collect(&a, p, transport, family);
	if (a.n == 0) {
		b->blocked = (uint8_t)find_blocked(p, transport, family, now);
		return;
	}
	b->preserved = NAT_YES;
	for (i = 0; i < a.n; i++) {
		s = a.seen[i];
		if (s->mapped.port != s->local_port)
			b->preserved = NAT_NO;
		if (s->when >= b->when)
			b->when = s->when;
	}
	b->mapped = a.seen[a.n - 1]->mapped;
	b->last = b->mapped.port;
	b->mapping = (uint8_t)find_mapping(&a);
	if (b->mapping == NAT_MAPPING_NONE ||
	    b->mapping == NAT_MAPPING_ENDPOINT)
		b->allocation = NAT_ALLOCATION_STABLE;
	else if (b->mapping != NAT_MAPPING_UNKNOWN)
		find_sequence(&a, b);
}

int
nat_behaviour_check(const struct nat_behaviour *b)
{
	int	 sequence = b->allocation == NAT_ALLOCATION_SEQUENCE;

	if ((b->transport != NAT_UDP && b->transport != NAT_TCP) ||
	    b->mapping > NAT_MAPPING_ADDRESS_PORT ||
	    b->allocation > NAT_ALLOCATION_RANDOM ||
	    b->preserved > NAT_YES || b->hairpin > NAT_YES ||
	    b->blocked > 1 ||
	    b->step < -NAT_STEP_MAX * NAT_SEEN_MAX ||
	    b->step > NAT_STEP_MAX * NAT_SEEN_MAX ||
	    sequence != (b->step != 0) ||
	    (sequence && b->last < NAT_PORT_MIN)) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}
