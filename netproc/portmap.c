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
 * so that the system drops what others send, and tells when nobody listens.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "netproc/net.h"
#include "os/udp.h"

#define ROW_MAPPING	3

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
	struct env	*env = arg;

	/* Lost like any other packet: it is repeated. */
	(void)to;
	if (write(env->portmap.fd, pkt, len) == -1)
		env->stats.tx_failed++;
}

static void
mapped(void *arg, uint8_t proto, const struct endpoint *external,
    uint32_t lifetime)
{
	struct env	*env = arg;
	struct endpoint	*ep;
	char		 text[ENDPOINT_STRLEN];

	ep = proto == PORTMAP_UDP ? &env->portmap.udp : &env->portmap.tcp;
	if (endpoint_cmp(ep, external) == 0)
		return;
	*ep = *external;
	log_info("the router has opened %s %s for %u s", name_of(proto),
	    endpoint_print(ep, text, sizeof(text)), lifetime);
	gather_tell(env, 0);
}

static void
unmapped(void *arg, uint8_t proto, enum portmap_reason reason)
{
	struct env	*env = arg;
	struct endpoint	*ep;

	ep = proto == PORTMAP_UDP ? &env->portmap.udp : &env->portmap.tcp;
	if (ep->family != 0)
		log_info("the router has closed the port for %s: %s",
		    name_of(proto), portmap_reason_name(reason));
	else
		log_debug("no port of the router for %s: %s", name_of(proto),
		    portmap_reason_name(reason));
	memset(ep, 0, sizeof(*ep));
	if (reason != PORTMAP_GIVEN_UP)
		gather_tell(env, 0);
}

static void
readable(int fd, short event, void *arg)
{
	struct env		*env = arg;
	struct net_portmap	*r = &env->portmap;
	struct endpoint		 from = r->gateway;
	uint64_t		 now = clock_mono_ms();
	uint8_t			 buf[PORTMAP_PACKET_MAX + 1];
	ssize_t			 n;
	int			 i;

	(void)event;
	from.port = PORTMAP_PORT;
	for (i = 0; i < NET_PORTMAP_BURST; i++) {
		n = read(fd, buf, sizeof(buf));
		if (n == -1 && errno != ECONNREFUSED)
			break;
		if (!r->running)
			continue;
		if (n == -1)
			portmap_unreachable(&r->map, now);
		else
			portmap_input(&r->map, &from, buf, (size_t)n, now);
		r->due = now;
	}
	net_schedule(env);
}

void
mapping_open(struct env *env)
{
	uint16_t	 port = 0;

	env->portmap.fd = -1;
	if (env->options.no_portmap || env->udp4 == -1)
		return;
	if ((env->portmap.fd = udp_open(4, &port, 0)) == -1)
		log_warn("no socket to ask the router");
	arc4random_buf(env->portmap.seed, sizeof(env->portmap.seed));
}

void
mapping_start(struct env *env)
{
	struct net_portmap	*r = &env->portmap;

	if (r->fd == -1)
		return;
	event_set(&r->event, r->fd, EV_READ | EV_PERSIST, readable, env);
	event_add(&r->event, NULL);
}

/* Connected anew, the socket has the address that leads to the gateway. */
static int
connect_to(struct net_portmap *r, const struct endpoint *gateway,
    struct endpoint *own)
{
	struct sockaddr_storage	 ss;
	struct endpoint		 to = *gateway;
	socklen_t		 len;

	memset(&ss, 0, sizeof(ss));
	ss.ss_family = AF_UNSPEC;
	/* Systems differ in whether this is an error. */
	connect(r->fd, (struct sockaddr *)&ss, sizeof(struct sockaddr));
	to.port = PORTMAP_PORT;
	len = endpoint_to_sockaddr(&to, &ss);
	if (connect(r->fd, (struct sockaddr *)&ss, len) == -1)
		return -1;
	len = sizeof(ss);
	if (getsockname(r->fd, (struct sockaddr *)&ss, &len) == -1)
		return -1;
	return endpoint_from_sockaddr(own, (struct sockaddr *)&ss, len);
}

static void
stop(struct env *env)
{
	struct net_portmap	*r = &env->portmap;

	if (!r->running)
		return;
	portmap_wipe(&r->map);
	r->running = 0;
	memset(&r->gateway, 0, sizeof(r->gateway));
	if (r->udp.family == 0 && r->tcp.family == 0)
		return;
	memset(&r->udp, 0, sizeof(r->udp));
	memset(&r->tcp, 0, sizeof(r->tcp));
	gather_tell(env, 0);
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

static int
find(struct env *env, struct endpoint *gateway)
{
	size_t	 i;

	for (i = 0; i < env->nqueries; i++)
		if (env->queries[i].server.family == 4)
			return gateway_find(env, &env->queries[i].server,
			    gateway);
	return -1;
}

static void
look(struct env *env, uint64_t now)
{
	struct net_portmap	*r = &env->portmap;
	struct endpoint		 gateway, own;
	char			 text[ENDPOINT_STRLEN];
	uint16_t		 port = callers_port(env, 4);

	r->look = now + NET_GATEWAY_MS;
	if (find(env, &gateway) == -1 ||
	    connect_to(r, &gateway, &own) == -1 || !is_candidate(env, &own)) {
		stop(env);
		return;
	}
	if (r->running && endpoint_cmp_addr(&gateway, &r->gateway) == 0 &&
	    endpoint_cmp_addr(&own, &r->own) == 0)
		return;
	stop(env);
	if (portmap_init(&r->map, &ops, env, &gateway, &own, r->seed) == -1)
		return;
	log_debug("asking the router %s for ports",
	    endpoint_print_addr(&gateway, text, sizeof(text)));
	r->gateway = gateway;
	r->own = own;
	r->running = 1;
	r->due = now;
	portmap_want(&r->map, PORTMAP_UDP, env->port4, NULL, now);
	if (port == 0)
		port = tcp_port(&env->tcp, 4);
	if (port != 0)
		portmap_want(&r->map, PORTMAP_TCP, port, NULL, now);
}

void
mapping_changed(struct env *env, uint64_t now)
{
	struct net_portmap	*r = &env->portmap;

	r->look = now;
	if (!r->running)
		return;
	portmap_recheck(&r->map, now);
	r->due = now;
}

uint64_t
mapping_tick(struct env *env, uint64_t now)
{
	struct net_portmap	*r = &env->portmap;

	if (r->fd == -1 || env->nqueries == 0)
		return UINT64_MAX;
	if (r->look <= now)
		look(env, now);
	if (!r->running)
		return r->look;
	if (r->due <= now)
		r->due = portmap_tick(&r->map, now);
	return r->due < r->look ? r->due : r->look;
}

void
mapping_add(const struct env *env, struct msg_cands *set, int transport)
{
	const struct endpoint	*ep;

	ep = transport == ICE_UDP ? &env->portmap.udp : &env->portmap.tcp;
	if (ep->family != 0)
		gather_add(set, ICE_PUBLIC, transport, ep);
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
	row->address = r->gateway;
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
	if (!env->portmap.running)
		return;
	show(&env->portmap, c, row, PORTMAP_UDP);
	show(&env->portmap, c, row, PORTMAP_TCP);
}

void
mapping_end(struct env *env)
{
	if (env->portmap.running)
		portmap_release(&env->portmap.map, clock_mono_ms());
}
