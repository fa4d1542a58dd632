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
 * A router in memory with virtual time, for the tests of the port mapping
 * client: it speaks PCP, NAT-PMP or both, loses packets, restarts, refuses and
 * lies as told.  For one test program to include; everything is static.
 */

#ifndef PORTMAP_ROUTER_H
#define PORTMAP_ROUTER_H

#include <sys/types.h>

#include <atf-c.h>
#include <stdint.h>
#include <string.h>

#include "portmap/portmap.h"
#include "portmap/wire.h"

#define ROUTER_QUEUE	64
#define ROUTER_SENT	512
#define START		1000000
#define MINUTE		60000ULL
#define HOUR		3600000ULL

struct packet {
	uint64_t	at;
	struct endpoint	from;
	size_t		len;
	uint8_t		data[PORTMAP_PACKET_MAX];
};

struct told {
	int			mapped, unmapped;
	struct endpoint		external;
	uint32_t		lifetime;
	enum portmap_reason	why;
	uint64_t		at;
};

struct router {
	struct portmap	pm;
	uint64_t	now;
	uint64_t	booted;		/* when its epoch was 0 */
	int		pcp, pmp;	/* spoken: 1, with a refusal: -1 */
	int		reject;		/* tells what it does not speak */
	int		lose;		/* the next packets of ours */
	int		mute;		/* no answer at all */
	int		lie_source, lie_port, lie_nonce;
	uint64_t	pcp_delay;	/* on top of 5 ms */
	uint8_t		pcp_result;
	uint16_t	pmp_result;
	uint32_t	error_lifetime;
	uint32_t	lifetime;	/* at most */
	const char	*outside;
	uint16_t	taken;		/* outside port of somebody else */
	uint8_t		kind[ROUTER_SENT];	/* version of each packet */
	uint64_t	sent_at[ROUTER_SENT];
	uint32_t	sent_life[ROUTER_SENT];
	int		nsent;
	int		nqueue;
	struct packet	queue[ROUTER_QUEUE];
	struct packet	last;		/* that we sent */
	struct told	udp, tcp;
};

static struct router	rt;

static const uint8_t	seed[PORTMAP_SEED_LEN] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
	17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32
};

static struct endpoint
ep_of(const char *addr, uint16_t port)
{
	struct endpoint	 ep;

	ATF_REQUIRE(endpoint_parse(&ep, addr, port) == 0);
	return ep;
}

static uint16_t
be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static void
set32(uint8_t *p, uint32_t v)
{
	p[0] = v >> 24;
	p[1] = (v >> 16) & 0xff;
	p[2] = (v >> 8) & 0xff;
	p[3] = v & 0xff;
}

static void
set16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v & 0xff;
}

static void
router_reply(const uint8_t *data, size_t len, uint64_t delay)
{
	struct packet	*p;

	ATF_REQUIRE(rt.nqueue < ROUTER_QUEUE);
	p = &rt.queue[rt.nqueue++];
	p->at = rt.now + 5 + delay;
	p->from = rt.pm.gateway;
	if (rt.lie_source)
		p->from.addr[3] ^= 1;
	if (rt.lie_port)
		p->from.port++;
	p->len = len;
	memcpy(p->data, data, len);
}

static uint32_t
router_epoch(void)
{
	return (uint32_t)((rt.now - rt.booted) / 1000);
}

static void
router_version(uint8_t version)
{
	uint8_t	 b[PORTMAP_PCP_HEADER];

	if (!rt.reject)
		return;
	memset(b, 0, sizeof(b));
	b[0] = version;
	b[1] = 0x80;
	b[3] = 1;
	if (version == 0)
		set32(b + 4, router_epoch());
	else
		set32(b + 8, router_epoch());
	router_reply(b, version == 0 ? 8 : PORTMAP_PCP_HEADER, 0);
}

static void
router_pcp(const uint8_t *q)
{
	struct endpoint	 out;
	uint8_t		 b[PORTMAP_PCP_MAP_LEN];
	uint32_t	 life = be32(q + 4);
	uint8_t		 result = rt.pcp_result;

	memcpy(b, q, sizeof(b));
	memset(b + 2, 0, 22);
	b[1] |= 0x80;
	if (rt.taken != 0 && be16(q + 42) == rt.taken)
		result = PCP_CANNOT_PROVIDE_EXTERNAL;
	b[3] = result;
	set32(b + 4, result != 0 ? rt.error_lifetime :
	    life > rt.lifetime ? rt.lifetime : life);
	set32(b + 8, router_epoch());
	if (result == 0) {
		out = ep_of(rt.outside, 0);
		memset(b + 44, 0, 16);
		if (out.family == 6)
			memcpy(b + 44, out.addr, 16);
		else {
			b[54] = b[55] = 0xff;
			memcpy(b + 56, out.addr, 4);
		}
		if (be16(q + 42) == 0 && life != 0)
			set16(b + 42, 40000);
	}
	if (rt.lie_nonce)
		b[30] ^= 1;
	router_reply(b, sizeof(b), rt.pcp_delay);
}

static void
router_pmp(const uint8_t *q)
{
	struct endpoint	 out = ep_of(rt.outside, 0);
	uint8_t		 b[16];
	uint32_t	 life;

	memset(b, 0, sizeof(b));
	b[1] = q[1] | 0x80;
	set16(b + 2, rt.pmp_result);
	set32(b + 4, router_epoch());
	if (q[1] == 0) {
		memcpy(b + 8, out.addr, 4);
		router_reply(b, 12, 0);
		return;
	}
	life = be32(q + 8);
	memcpy(b + 8, q + 4, 4);
	set32(b + 12, life > rt.lifetime ? rt.lifetime : life);
	router_reply(b, 16, 0);
}

static void
router_send(void *arg, const struct endpoint *to, const uint8_t *q,
    size_t len)
{
	ATF_REQUIRE(arg == &rt);
	ATF_CHECK_EQ(0, endpoint_cmp(to, &rt.pm.gateway));
	ATF_REQUIRE(rt.nsent < ROUTER_SENT && len <= PORTMAP_REQUEST_MAX);
	rt.kind[rt.nsent] = q[0] == 0 && q[1] == 0 ? 1 : q[0];
	rt.sent_at[rt.nsent] = rt.now;
	rt.sent_life[rt.nsent++] = len == 60 ? be32(q + 4) :
	    len == 12 ? be32(q + 8) : 1;
	memcpy(rt.last.data, q, len);
	rt.last.len = len;
	if (rt.lose > 0) {
		rt.lose--;
		return;
	}
	if (rt.mute)
		return;
	if (q[0] == 2) {
		ATF_CHECK_EQ(60, len);
		if (rt.pcp)
			router_pcp(q);
		else
			router_version(0);
	} else {
		ATF_CHECK_EQ(q[1] == 0 ? 2 : 12, len);
		if (rt.pmp)
			router_pmp(q);
		else
			router_version(2);
	}
}

static struct told *
told_of(uint8_t proto)
{
	ATF_REQUIRE(proto == PORTMAP_UDP || proto == PORTMAP_TCP);
	return proto == PORTMAP_UDP ? &rt.udp : &rt.tcp;
}

static void
router_mapped(void *arg, uint8_t proto, const struct endpoint *external,
    uint32_t lifetime)
{
	struct told	*t = told_of(proto);

	ATF_REQUIRE(arg == &rt);
	t->mapped++;
	t->external = *external;
	t->lifetime = lifetime;
	t->at = rt.now;
}

static void
router_unmapped(void *arg, uint8_t proto, enum portmap_reason why)
{
	struct told	*t = told_of(proto);

	ATF_REQUIRE(arg == &rt);
	t->unmapped++;
	t->why = why;
	t->at = rt.now;
}

static const struct portmap_ops	ops = {
	router_send, router_mapped, router_unmapped
};

/* A router that speaks these, and says so of what it does not. */
static void
router_start(int pcp, int pmp)
{
	struct endpoint	 gw = ep_of("192.168.1.1", 0);
	struct endpoint	 own = ep_of("192.168.1.10", 0);

	memset(&rt, 0, sizeof(rt));
	rt.now = START;
	rt.pcp = pcp;
	rt.pmp = pmp;
	rt.reject = 1;
	rt.lifetime = 7200;
	rt.outside = "203.0.113.5";
	ATF_REQUIRE_EQ(0, portmap_init(&rt.pm, &ops, &rt, &gw, &own, seed));
	ATF_CHECK_EQ(PORTMAP_PORT, rt.pm.gateway.port);
}

static void
router_want(uint8_t proto, uint16_t port)
{
	ATF_REQUIRE_EQ(0, portmap_want(&rt.pm, proto, port, NULL, rt.now));
}

static void
deliver(int i)
{
	struct packet	 p = rt.queue[i];

	rt.queue[i] = rt.queue[--rt.nqueue];
	(void)portmap_input(&rt.pm, &p.from, p.data, p.len, rt.now);
}

/* Let so much time pass. */
static void
router_run(uint64_t ms)
{
	uint64_t	 end = rt.now + ms, next;
	int		 i, best, rounds = 0;

	for (;;) {
		ATF_REQUIRE(++rounds < 100000);
		next = portmap_tick(&rt.pm, rt.now);
		ATF_REQUIRE(next > rt.now);
		best = -1;
		for (i = 0; i < rt.nqueue; i++)
			if (rt.queue[i].at <= next) {
				next = rt.queue[i].at;
				best = i;
			}
		if (next > end)
			break;
		rt.now = next;
		if (best != -1)
			deliver(best);
	}
	rt.now = end;
}

/* Packets of a version sent since: 2 PCP, 0 NAT-PMP mapping, 1 address. */
static int
router_count(uint8_t kind, uint64_t since)
{
	int	 i, n = 0;

	for (i = 0; i < rt.nsent; i++)
		n += rt.kind[i] == kind && rt.sent_at[i] >= since;
	return n;
}

static void
router_restart(void)
{
	rt.booted = rt.now;
}

static struct portmap_info
info_of(uint8_t proto)
{
	struct portmap_info	 info;

	ATF_REQUIRE_EQ(0, portmap_get(&rt.pm, proto, &info));
	return info;
}

static void
check_mapped(const struct told *t, const char *addr, uint16_t port)
{
	struct endpoint	 want = ep_of(addr, port);
	char		 got[ENDPOINT_STRLEN];

	ATF_CHECK_MSG(endpoint_cmp(&t->external, &want) == 0, "%s instead",
	    endpoint_print(&t->external, got, sizeof(got)));
}

#endif /* PORTMAP_ROUTER_H */
