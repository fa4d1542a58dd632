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
 * netproc's start, its timer and its conversation with ctlproc.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "netproc/net.h"

static void
on_net_socket(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_net_socket	*m = data;
	struct env			*env = arg;
	struct sockaddr_storage		 ss;
	socklen_t			 len = sizeof(ss);
	struct endpoint			 ep;

	(void)c;
	env->together = m->bursts != 0;
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    endpoint_from_sockaddr(&ep, (struct sockaddr *)&ss, len) == -1)
		fatal("socket of the parent");
	if (m->family == 6) {
		env->udp6 = fd;
		env->port6 = ep.port;
	} else {
		env->udp4 = fd;
		env->port4 = ep.port;
	}
}

static void
on_net_listen(void *arg, struct chan *c, const void *data, int fd)
{
	(void)c;
	(void)data;
	callers_socket(arg, fd);
}

static void
on_net_route(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;

	(void)c;
	(void)data;
	env->route = fd;
}

static void
on_net_exclude(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_net_exclude	*m = data;
	struct env			*env = arg;

	(void)c;
	(void)fd;
	if (env->nexclude == NET_EXCLUDE_MAX)
		fatalx("too many excluded interfaces");
	strlcpy(env->exclude[env->nexclude++], m->pattern,
	    sizeof(env->exclude[0]));
}

static void
on_net_options(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;

	(void)c;
	(void)fd;
	env->options = *(const struct msg_net_options *)data;
}

static void
on_net_avoid(void *arg, struct chan *c, const void *data, int fd)
{
	(void)c;
	(void)fd;
	path_avoid(arg, data);
}

static void
on_relays(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_relays	*m = data;

	(void)c;
	(void)fd;
	relays_set(arg, &m->relays);
}

static void
on_stun_servers(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_stun_servers	*m = data;

	(void)c;
	(void)fd;
	gather_servers(arg, &m->servers);
}

static void
on_introduce(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_introduce	*m = data;
	struct env			*env = arg;

	(void)fd;
	if (m->peer == 0 || m->peer >= PEER_STATIC) {
		proc_violation(&env->proc, c, MSG_INTRODUCE,
		    "peer number out of range");
		return;
	}
	path_introduce(env, m);
}

static void
on_peer_remove(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_peer_remove	*m = data;
	struct env			*env = arg;
	struct net_peer			*p = path_find(env, m->peer);

	(void)c;
	(void)fd;
	if (p != NULL && p->ice != NULL)
		path_remove(env, p);
}

/* Peers that ctlproc has not introduced again since it came up. */
static void
on_peer_sync(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;
	size_t		 i;

	(void)c;
	(void)data;
	(void)fd;
	for (i = 0; i < NET_PEERS_MAX; i++)
		if (env->peers[i].ice != NULL && !env->peers[i].seen)
			path_remove(env, &env->peers[i]);
}

static void
on_stats_get(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_stats_get	*m = data;
	struct env			*env = arg;
	struct msg_stats_end		 end;
	size_t				 i;

	(void)fd;
	for (i = 0; i < NET_PEERS_MAX; i++)
		if (env->peers[i].id != 0 && env->peers[i].up)
			path_report(env, &env->peers[i]);
	memset(&end, 0, sizeof(end));
	end.id = m->id;
	msg_send_stats_end(c, &end, -1);
}

static const struct handler handlers[] = {
	{ MSG_NET_SOCKET, on_net_socket },
	{ MSG_NET_LISTEN, on_net_listen },
	{ MSG_NET_ROUTE, on_net_route },
	{ MSG_NET_EXCLUDE, on_net_exclude },
	{ MSG_NET_OPTIONS, on_net_options },
	{ MSG_NET_ADVERTISE, on_net_advertise },
	{ MSG_NET_AVOID, on_net_avoid },
	{ MSG_RELAYS, on_relays },
	{ MSG_STATIC_ENDPOINT, on_static_endpoint },
	{ MSG_STUN_SERVERS, on_stun_servers },
	{ MSG_INTRODUCE, on_introduce },
	{ MSG_PEER_REMOVE, on_peer_remove },
	{ MSG_PEER_SYNC, on_peer_sync },
	{ MSG_STATS_GET, on_stats_get },
	{ MSG_PATHS_GET, on_paths_get },
	{ MSG_NET_GET, on_net_get },
};

static void
on_timer(int fd, short event, void *arg)
{
	struct env	*env = arg;

	(void)fd;
	(void)event;
	env->timer_due = 0;
	net_schedule(env);
}

void
net_soon(struct env *env)
{
	struct timeval	 soon = { 0, 0 };

	env->soon = 1;
	env->timer_due = 0;
	evtimer_add(&env->timer, &soon);
}

static void
sleep_until(struct env *env, uint64_t at, uint64_t now)
{
	struct timeval	 tv;
	uint64_t	 wait = at > now ? at - now : 0;

	env->timer_due = at;
	tv.tv_sec = (time_t)(wait / 1000);
	tv.tv_usec = (suseconds_t)(wait % 1000 * 1000);
	evtimer_add(&env->timer, &tv);
}

void
net_wake(struct env *env, uint64_t at)
{
	if (!env->soon && (env->timer_due == 0 || at < env->timer_due))
		sleep_until(env, at, clock_mono_ms());
}

uint64_t
net_clock_us(void)
{
	return clock_mono_ns() / 1000;
}

/* Each does what is due, and tells when it is to be called again. */
static uint64_t	 (*const ticks[])(struct env *, uint64_t now) = {
	gather_tick,
	gather_tcp_tick,
	relays_tick,
	mapping_tick,
	scout_tick,
	guess_tick,
	callers_tick,
	path_tick,
	streams_tick,
};

void
net_schedule(struct env *env)
{
	uint64_t	 now = clock_mono_ms(), next = UINT64_MAX, other;
	size_t		 i;

	env->soon = 0;
	for (i = 0; i < sizeof(ticks) / sizeof(ticks[0]); i++)
		if ((other = ticks[i](env, now)) < next)
			next = other;
	/* One has made work for another that was before it. */
	if (env->soon)
		next = now;
	if (next == UINT64_MAX) {
		evtimer_del(&env->timer);
		env->timer_due = 0;
		return;
	}
	if (next != env->timer_due)
		sleep_until(env, next, now);
}

static void
prepare(void *arg)
{
	struct env	*env = arg;

	if ((env->udp4 == -1 && env->udp6 == -1) || env->route == -1)
		fatalx("the parent sent no sockets");
	if (!env->options.no_tcp)
		tcp_hold(&env->tcp);
	callers_prepare(env);
	evtimer_set(&env->timer, on_timer, env);
}

static void
run(void *arg)
{
	struct env	*env = arg;

	udp_start(env);
	ifaddr_start(env);
	callers_start(env);
	mapping_start(env);
	env->ifaddr_due = 1;
	net_schedule(env);
}

/* ctlproc is new: it introduces its peers anew, and wants our candidates. */
static void
peer_up(void *arg, uint32_t role, uint32_t instance)
{
	struct env	*env = arg;
	size_t		 i;

	(void)instance;
	if (role != ROLE_CTL)
		return;
	/* An unused place stays untouched, and so not resident. */
	for (i = 0; i < NET_PEERS_MAX; i++)
		if (env->peers[i].id != 0)
			env->peers[i].seen = 0;
	static_report(env);
	relays_report(env);
	if (env->generation != 0)
		gather_tell(env, 1);
}

static void
end(void *arg)
{
	mapping_end(arg);
}

static const struct proc_ops ops = {
	.prepare = prepare,
	.run = run,
	.peer_up = peer_up,
	.ring = udp_ring,
	.end = end,
};

int
main(void)
{
	static struct env	 env;

	env.udp4 = env.udp6 = env.route = -1;
	env.tcp.hold4 = env.tcp.hold6 = -1;
	env.callers.fd4 = env.callers.fd6 = -1;
	env.reply_fd = -1;
	env.together = 1;
	env.proc.role = ROLE_NET;
	env.proc.env = &env;
	env.proc.handlers = handlers;
	env.proc.nhandlers = sizeof(handlers) / sizeof(handlers[0]);
	env.proc.ops = &ops;
	env.proc.sandbox = &netproc_sandbox;
	schedule_batch();
	place_init(&env.place);
	return child_main(&env.proc);
}
