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
 * The choice of a relay.  Integers all the way, so that it is the same on
 * every machine.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "policy/relay_choice.h"

#define ONE		1000000		/* sine and haversine of 1 */
#define DEGREE		1000		/* the unit of angles */
/* 6371 km times pi, divided by 180000. */
#define NM_PER_UNIT	111195		/* km in a million units of angle */
/* 5 us in fibre, there and back, and as much again: no line is straight. */
#define US_PER_KM	20

struct place {
	uint32_t	 latitude;
	uint32_t	 longitude;
	uint32_t	 rtt;		/* of the system from there */
	int		 known;
};

/* Millionths, for each degree. */
static const int32_t	sines[] = {
	0, 17452, 34899, 52336, 69756, 87156, 104528, 121869, 139173, 156434,
	173648, 190809, 207912, 224951, 241922, 258819, 275637, 292372,
	309017, 325568, 342020, 358368, 374607, 390731, 406737, 422618,
	438371, 453990, 469472, 484810, 500000, 515038, 529919, 544639,
	559193, 573576, 587785, 601815, 615661, 629320, 642788, 656059,
	669131, 681998, 694658, 707107, 719340, 731354, 743145, 754710,
	766044, 777146, 788011, 798636, 809017, 819152, 829038, 838671,
	848048, 857167, 866025, 874620, 882948, 891007, 898794, 906308,
	913545, 920505, 927184, 933580, 939693, 945519, 951057, 956305,
	961262, 965926, 970296, 974370, 978148, 981627, 984808, 987688,
	990268, 992546, 994522, 996195, 997564, 998630, 999391, 999848,
	1000000
};

/* Of 0 to 90 degrees; between the degrees it is taken to be a line. */
static int64_t
sine(int64_t angle)
{
	int64_t	 d = angle / DEGREE, rest = angle % DEGREE;

	if (d >= 90)
		return ONE;
	return sines[d] + (sines[d + 1] - sines[d]) * rest / DEGREE;
}

/* The angle from 0 to 90 degrees that has this sine. */
static int64_t
arcsine(int64_t value)
{
	int64_t	 d = 0;

	while (d < 89 && sines[d + 1] <= value)
		d++;
	return d * DEGREE + (value - sines[d]) * DEGREE /
	    (sines[d + 1] - sines[d]);
}

static int64_t
square_root(int64_t value)
{
	int64_t	 bit = (int64_t)1 << 30, root = 0;

	for (; bit > 0; bit >>= 1)
		if ((root + bit) * (root + bit) <= value)
			root += bit;
	return root;
}

static int64_t
angle_between(uint32_t a, uint32_t b)
{
	int64_t	 d = llabs((int64_t)a - (int64_t)b) % (360 * DEGREE);

	return d > 180 * DEGREE ? 360 * DEGREE - d : d;
}

/* Of a latitude. */
static int64_t
cosine(uint32_t latitude)
{
	int64_t	 a = llabs((int64_t)latitude - RELAY_PLACE_ZERO);

	return a >= 90 * DEGREE ? 0 : sine(90 * DEGREE - a);
}

/* sin^2(dlat/2) + cos lat1 cos lat2 sin^2(dlon/2) = sin^2(c/2) */
uint32_t
relay_distance_km(uint32_t lat1, uint32_t lon1, uint32_t lat2, uint32_t lon2)
{
	int64_t	 dlat = sine(angle_between(lat1, lat2) / 2);
	int64_t	 dlon = sine(angle_between(lon1, lon2) / 2);
	int64_t	 h, c;

	h = dlat * dlat + cosine(lat1) * cosine(lat2) / ONE *
	    (dlon * dlon / ONE);
	c = square_root(h);
	if (c > ONE)
		c = ONE;
	return (uint32_t)(2 * arcsine(c) * NM_PER_UNIT / 1000000);
}

static int
is_measured(uint32_t rtt)
{
	return rtt != RELAY_RTT_UNKNOWN && rtt != RELAY_RTT_UNREACHABLE;
}

static int
has_place(const struct relay_option *o)
{
	return o->latitude != 0 || o->longitude != 0;
}

/* Where a system is taken to stand. */
static struct place
place_of(const struct relay_option *o, size_t n, int side)
{
	struct place	 p = { 0, 0, 0, 0 };
	size_t		 i;

	for (i = 0; i < n; i++) {
		if (!is_measured(o[i].rtt[side]) || !has_place(&o[i]) ||
		    (p.known && o[i].rtt[side] >= p.rtt))
			continue;
		p.latitude = o[i].latitude;
		p.longitude = o[i].longitude;
		p.rtt = o[i].rtt[side];
		p.known = 1;
	}
	return p;
}

static uint64_t
cost_from(const struct place *p, const struct relay_option *o, int side)
{
	if (o->rtt[side] == RELAY_RTT_UNREACHABLE)
		return RELAY_COST_UNKNOWN;
	if (o->rtt[side] != RELAY_RTT_UNKNOWN)
		return o->rtt[side];
	if (!p->known || !has_place(o))
		return RELAY_COST_UNKNOWN;
	return (uint64_t)p->rtt + (uint64_t)US_PER_KM * relay_distance_km(
	    p->latitude, p->longitude, o->latitude, o->longitude);
}

uint64_t
relay_cost(const struct relay_option *o, size_t n, size_t i, int side)
{
	struct place	 p = place_of(o, n, side);

	return cost_from(&p, &o[i], side);
}

/* How many sides are not known, and the sum of the others. */
struct rank {
	int		 unknown;
	uint64_t	 sum;
};

static struct rank
rank_of(const struct place p[2], const struct relay_option *o)
{
	struct rank	 r = { 0, 0 };
	uint64_t	 cost;
	int		 side;

	for (side = 0; side < 2; side++) {
		cost = cost_from(&p[side], o, side);
		if (cost == RELAY_COST_UNKNOWN)
			r.unknown++;
		else
			r.sum += cost;
	}
	return r;
}

/* Nonzero when a with its rank comes before b. */
static int
is_better(const struct relay_option *a, const struct rank *ra,
    const struct relay_option *b, const struct rank *rb)
{
	if (ra->unknown != rb->unknown)
		return ra->unknown < rb->unknown;
	if (ra->sum != rb->sum)
		return ra->sum < rb->sum;
	if (a->load != b->load)
		return a->load < b->load;
	return strcmp(a->name, b->name) < 0;
}

ssize_t
relay_choose(const struct relay_option *o, size_t n)
{
	struct place	 p[2];
	struct rank	 r, best = { 0, 0 };
	ssize_t		 found = -1;
	size_t		 i;

	p[0] = place_of(o, n, 0);
	p[1] = place_of(o, n, 1);
	for (i = 0; i < n; i++) {
		if (o[i].rtt[0] == RELAY_RTT_UNREACHABLE ||
		    o[i].rtt[1] == RELAY_RTT_UNREACHABLE)
			continue;
		r = rank_of(p, &o[i]);
		if (found != -1 && !is_better(&o[i], &r, &o[found], &best))
			continue;
		found = (ssize_t)i;
		best = r;
	}
	return found;
}
