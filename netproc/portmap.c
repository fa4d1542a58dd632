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
 * Asking the router, see portmap.h.  The socket is connected to the gateway,
 * so that the system drops what others send, and tells when nobody listens; it
 * is bound to the address that the port is opened for.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "netproc/net.h"

#define ROW_MAPPING	3
#define FAMILIES	2

static void	 send_packet(void *, const struct endpoint *, const uint8_t *,
		    size_t);
static void	 mapped(void *, uint8_t, const struct endpoint *, uint32_t);
static void	 unmapped(void *, uint8_t, enum portmap_reason);

static const struct portmap_ops ops = {
	.send = send_packet,
	.mapped = mapped,
	.unmapped = unmapped,
};

static const char *
name_of(uint8_t proto)
{
	return proto == PORTMAP_UDP ? "UDP" : "TCP";
}

static void
send_packet(void *arg, const struct endpoint *to, const uint8_t *pkt,
    size_t len)
{
	struct net_portmap	*r = arg;

	/* Lost like any other packet: it is repeated. */
	(void)to;
	if (write(r->fd, pkt, len) == -1)
		r->env->stats.tx_failed++;
}

static void
mapped(void *arg, uint8_t proto, const struct endpoint *external,
    uint32_t lifetime)
{
	struct net_portmap	*r = arg;
	struct endpoint		*ep;
	char			 text[ENDPOINT_STRLEN];

	ep = proto == PORTMAP_UDP ? &r->udp : &r->tcp;
	if (endpoint_cmp(ep, external) == 0)
		return;
	*ep = *external;
	log_info("the router has opened %s %s for %u s", name_of(proto),
	    endpoint_print(ep, text, sizeof(text)), lifetime);
	gather_tell(r->env, 0);
}

static void
unmapped(void *arg, uint8_t proto, enum portmap_reason reason)
{
	struct net_portmap	*r = arg;
	struct endpoint		*ep;

	ep = proto == PORTMAP_UDP ? &r->udp : &r->tcp;
	if (ep->family != 0)
		log_info("the router has closed the port for %s: %s",
		    name_of(proto), portmap_reason_name(reason));
	else
		log_debug("no port of the router for %s: %s", name_of(proto),
		    portmap_reason_name(reason));
	memset(ep, 0, sizeof(*ep));
	if (reason != PORTMAP_GIVEN_UP)
		gather_tell(r->env, 0);
}

static void
readable(int fd, short event, void *arg)
{
	struct net_portmap	*r = arg;
	struct env		*env = r->env;
	uint64_t		 now = clock_mono_ms();
	uint8_t			 buf[PORTMAP_PACKET_MAX + 1];
	ssize_t			 n;
	int			 i;

	(void)event;
	for (i = 0; i < NET_PORTMAP_BURST; i++) {
		n = read(fd, buf, sizeof(buf));
		if (n == -1 && errno != ECONNREFUSED)
			break;
		if (n == -1)
			portmap_unreachable(&r->map, now);
		else
			portmap_input(&r->map, &r->from, buf, (size_t)n, now);
		r->due = now;
	}
	net_schedule(env);
}

void
mapping_start(struct env *env)
{
	struct net_portmap	*r;
	int			 i;

	for (i = 0; i < FAMILIES; i++) {
		r = &env->portmap[i];
		r->env = env;
		r->fd = -1;
		if (env->options.no_portmap)
			continue;
		if (i == 0 && env->udp4 != -1)
			r->family = 4;
		if (i == 1 && env->udp6 != -1)
			r->family = 6;
		arc4random_buf(r->seed, sizeof(r->seed));
	}
}

/* From this address, to the router, which may be known on its link alone. */
static int
connected(const struct net_gateway *g)
{
	struct sockaddr_storage	 ss;
	struct endpoint		 to = g->hop;
	socklen_t		 len;
	int			 fd;

	fd = socket(to.family == 6 ? AF_INET6 : AF_INET, SOCK_DGRAM |
	    SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	to.port = PORTMAP_PORT;
	len = endpoint_to_sockaddr(&g->own, &ss);
	if (bind(fd, (struct sockaddr *)&ss, len) == -1)
		goto fail;
	len = endpoint_to_sockaddr(&to, &ss);
	if (to.family == 6 && to.addr[0] == 0xfe && to.addr[1] >> 6 == 2)
		((struct sockaddr_in6 *)&ss)->sin6_scope_id = g->interface;
	if (connect(fd, (struct sockaddr *)&ss, len) == 0)
		return fd;
fail:
	close(fd);
	return -1;
}

static void
stop(struct net_portmap *r)
{
	if (!r->running)
		return;
	event_del(&r->event);
	close(r->fd);
	r->fd = -1;
	portmap_wipe(&r->map);
	r->running = 0;
	memset(&r->gateway, 0, sizeof(r->gateway));
	if (r->udp.family == 0 && r->tcp.family == 0)
		return;
	memset(&r->udp, 0, sizeof(r->udp));
	memset(&r->tcp, 0, sizeof(r->tcp));
	gather_tell(r->env, 0);
}

/* An excluded interface is not used for this either. */
static int
is_candidate(const struct env *env, const struct endpoint *own)
{
	uint16_t	 i;

	for (i = 0; i < env->local.n; i++)
		if (endpoint_cmp_addr(&env->local.e[i].ep, own) == 0)
			return 1;
	return 0;
}

/*
 * The router of the way to discovery; where that has no IPv6 but we do, that
 * of the way to the IPv6 internet.
 */
static int
find(struct net_portmap *r, struct net_gateway *gateway)
{
	struct env	*env = r->env;
	struct endpoint	 to;
	size_t		 i;

	for (i = 0; i < env->nqueries; i++)
		if (env->queries[i].server.family == r->family)
			return gateway_find(env, &env->queries[i].server,
			    gateway);
	if (r->family == 4 || endpoint_parse(&to, "2000::", 0) == -1)
		return -1;
	return gateway_find(env, &to, gateway);
}

static int
is_same(const struct net_gateway *a, const struct net_gateway *b)
{
	return a->interface == b->interface &&
	    endpoint_cmp_addr(&a->hop, &b->hop) == 0 &&
	    endpoint_cmp_addr(&a->own, &b->own) == 0;
}

/* Where peers call, or else the port that punches. */
static void
want(struct net_portmap *r, uint64_t now)
{
	struct env	*env = r->env;
	uint16_t	 port = callers_port(env, r->family);

	portmap_want(&r->map, PORTMAP_UDP, r->family == 6 ? env->port6 :
	    env->port4, NULL, now);
	if (port == 0)
		port = tcp_port(&env->tcp, r->family);
	if (port != 0)
		portmap_want(&r->map, PORTMAP_TCP, port, NULL, now);
}

static void
look(struct net_portmap *r, uint64_t now)
{
	struct net_gateway	 g;
	char			 text[ENDPOINT_STRLEN];

	r->look = now + NET_GATEWAY_MS;
	if (find(r, &g) == -1 || !is_candidate(r->env, &g.own)) {
		stop(r);
		return;
	}
	if (r->running && is_same(&g, &r->gateway))
		return;
	stop(r);
	r->from = g.hop;
	r->from.port = PORTMAP_PORT;
	if ((r->fd = connected(&g)) == -1)
		return;
	if (portmap_init(&r->map, &ops, r, &g.hop, &g.own, r->seed) == -1) {
		close(r->fd);
		r->fd = -1;
		return;
	}
	log_debug("asking the router %s for ports",
	    endpoint_print_addr(&g.hop, text, sizeof(text)));
	event_set(&r->event, r->fd, EV_READ | EV_PERSIST, readable, r);
	event_add(&r->event, NULL);
	r->gateway = g;
	r->running = 1;
	r->due = now;
	want(r, now);
}

void
mapping_changed(struct env *env, uint64_t now)
{
	struct net_portmap	*r;
	int			 i;

	for (i = 0; i < FAMILIES; i++) {
		r = &env->portmap[i];
		r->look = now;
		if (!r->running)
			continue;
		portmap_recheck(&r->map, now);
		r->due = now;
	}
}

static uint64_t
tick(struct net_portmap *r, uint64_t now)
{
	if (r->family == 0)
		return UINT64_MAX;
	if (r->look <= now)
		look(r, now);
	if (!r->running)
		return r->look;
	if (r->due <= now)
		r->due = portmap_tick(&r->map, now);
	return r->due < r->look ? r->due : r->look;
}

uint64_t
mapping_tick(struct env *env, uint64_t now)
{
	uint64_t	 next = UINT64_MAX, other;
	int		 i;

	if (env->nqueries == 0)
		return UINT64_MAX;
	for (i = 0; i < FAMILIES; i++)
		if ((other = tick(&env->portmap[i], now)) < next)
			next = other;
	return next;
}

void
mapping_add(const struct env *env, struct msg_cands *set, int transport)
{
	const struct endpoint	*ep;
	int			 i;

	for (i = 0; i < FAMILIES; i++) {
		ep = transport == ICE_UDP ? &env->portmap[i].udp :
		    &env->portmap[i].tcp;
		if (ep->family != 0)
			gather_add(set, ICE_PUBLIC, transport, ep);
	}
}

static void
describe(enum portmap_protocol protocol, const struct portmap_info *info,
    char *text, size_t size)
{
	/* Of a mapping that is held: how it came about. */
	if (info->held)
		strlcpy(text, portmap_protocol_name(protocol), size);
	else if (info->result != 0)
		strlcpy(text, portmap_result_name(protocol, info->result),
		    size);
	else
		strlcpy(text, portmap_state_name(info->state), size);
}

static void
show(const struct net_portmap *r, struct chan *c, struct msg_net_row *row,
    uint8_t proto)
{
	struct portmap_info	 info;

	if (portmap_get(&r->map, proto, &info) == -1)
		return;
	row->kind = ROW_MAPPING;
	row->transport = proto == PORTMAP_UDP ? ICE_UDP : ICE_TCP;
	row->rtt_us = 0;
	row->address = r->gateway.hop;
	row->address.port = PORTMAP_PORT;
	row->mapped = info.external;
	describe(info.protocol, &info, row->text, sizeof(row->text));
	msg_send_net_row(c, row, -1);
	memset(row->text, 0, sizeof(row->text));
	memset(&row->mapped, 0, sizeof(row->mapped));
}

void
mapping_show(const struct env *env, struct chan *c, struct msg_net_row *row)
{
	int	 i;

	for (i = 0; i < FAMILIES; i++) {
		if (!env->portmap[i].running)
			continue;
		show(&env->portmap[i], c, row, PORTMAP_UDP);
		show(&env->portmap[i], c, row, PORTMAP_TCP);
	}
}

void
mapping_end(struct env *env)
{
	int	 i;

	for (i = 0; i < FAMILIES; i++)
		if (env->portmap[i].running)
			portmap_release(&env->portmap[i].map, clock_mono_ms());
}
