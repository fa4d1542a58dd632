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
 * Peers that call, see caller.h.  Whoever floods the port takes places from
 * strangers alone, and no more than so many of them.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "netproc/net.h"

/* --- Their first packet -------------------------------------------- */

static void
caller_end(struct net_caller *c)
{
	event_del(&c->event);
	if (c->fd != -1)
		tcp_close(c->fd);
	c->fd = -1;
}

static void
caller_refuse(struct net_caller *c)
{
	c->env->stats.callers_refused++;
	caller_end(c);
}

/* It has proved whose peer it is: the connection is a stream now. */
static void
caller_admit(struct net_caller *c, const struct stun_msg *stun, size_t len)
{
	struct env	*env = c->env;
	int		 fd = c->fd;

	c->fd = -1;
	caller_end(c);
	env->stats.callers_proven++;
	streams_accepted(env, fd, &c->remote, &c->local, stun,
	    c->buf + FRAME_HEADER, len);
}

static void
caller_check(struct net_caller *c, size_t len)
{
	struct stun_msg	 stun;

	if (stun_parse(&stun, c->buf + FRAME_HEADER, len) != STUN_OK ||
	    stun.class != STUN_REQUEST ||
	    path_prover(c->env, &stun, &c->remote) == NULL)
		caller_refuse(c);
	else
		caller_admit(c, &stun, len);
}

/* No more than the first packet is read: what follows is the stream's. */
static void
on_caller(int fd, short event, void *arg)
{
	struct net_caller	*c = arg;
	struct env		*env = c->env;
	size_t			 want = FRAME_HEADER, len = 0;
	ssize_t			 n;

	(void)event;
	if (c->have >= FRAME_HEADER) {
		len = (size_t)c->buf[0] << 8 | c->buf[1];
		want = FRAME_HEADER + len;
	}
	n = read(fd, c->buf + c->have, want - c->have);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		caller_refuse(c);
		return;
	}
	c->have += (size_t)n;
	if (c->have < want)
		return;
	if (len != 0) {
		caller_check(c, len);
		net_schedule(env);
		return;
	}
	len = (size_t)c->buf[0] << 8 | c->buf[1];
	if (len < STUN_HEADER_LEN || len > STUN_MESSAGE_MAX)
		caller_refuse(c);
}

/* --- Who may come in ----------------------------------------------- */

static int
is_same_site(const struct endpoint *a, const struct endpoint *b)
{
	return a->family == b->family &&
	    memcmp(a->addr, b->addr, a->family == 6 ? 8 : 4) == 0;
}

/* A free place, that of the oldest, or NULL: one address has too many. */
static struct net_caller *
caller_place(struct env *env, const struct endpoint *remote)
{
	struct net_caller	*c, *free = NULL, *oldest = NULL;
	unsigned int		 i, n = 0;

	for (i = 0; i < NET_CALLERS_MAX; i++) {
		c = &env->callers.caller[i];
		if (c->fd == -1) {
			free = c;
			continue;
		}
		n += is_same_site(&c->remote, remote);
		if (oldest == NULL || c->number < oldest->number)
			oldest = c;
	}
	if (n >= NET_CALLERS_SOURCE)
		return NULL;
	if (free == NULL)
		caller_refuse(oldest);
	return free != NULL ? free : oldest;
}

static void
caller_new(struct env *env, int fd, const struct endpoint *remote,
    uint64_t now)
{
	struct sockaddr_storage	 ss;
	struct net_caller	*c;
	socklen_t		 len = sizeof(ss);
	int			 one = 1;

	if ((c = caller_place(env, remote)) == NULL ||
	    getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    endpoint_from_sockaddr(&c->local, (struct sockaddr *)&ss, len) ==
	    -1 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
	    sizeof(one)) == -1) {
		env->stats.callers_refused++;
		tcp_close(fd);
		return;
	}
	tcp_os_connected(fd);
	c->env = env;
	c->fd = fd;
	c->remote = *remote;
	c->have = 0;
	c->number = env->stats.callers;
	c->due = now + NET_CALLER_MS;
	net_wake(env, c->due);
	event_set(&c->event, fd, EV_READ | EV_PERSIST, on_caller, c);
	event_add(&c->event, NULL);
}

/* Nobody is let in until the second is over. */
static void
callers_pause(struct env *env)
{
	struct net_callers	*cs = &env->callers;

	cs->paused = 1;
	if (cs->fd4 != -1)
		event_del(&cs->ev4);
	if (cs->fd6 != -1)
		event_del(&cs->ev6);
	net_wake(env, cs->second + 1000);
}

static void
on_call(int fd, short event, void *arg)
{
	struct env		*env = arg;
	struct net_callers	*cs = &env->callers;
	struct sockaddr_storage	 ss;
	struct endpoint		 remote;
	uint64_t		 now = clock_mono_ms();
	socklen_t		 len;
	int			 new, i;

	(void)event;
	if (now - cs->second >= 1000) {
		cs->second = now;
		cs->count = 0;
	}
	for (i = 0; i < NET_CALLERS_BURST; i++) {
		len = sizeof(ss);
		new = accept4(fd, (struct sockaddr *)&ss, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (new == -1 && (errno == EMFILE || errno == ENFILE ||
		    errno == ENOBUFS || errno == ENOMEM))
			cs->count = NET_CALLERS_PER_SEC;
		if (new == -1 || ++cs->count >= NET_CALLERS_PER_SEC)
			i = NET_CALLERS_BURST;
		if (new == -1)
			break;
		env->stats.callers++;
		if (endpoint_from_sockaddr(&remote, (struct sockaddr *)&ss,
		    len) == -1) {
			env->stats.callers_refused++;
			tcp_close(new);
			continue;
		}
		caller_new(env, new, &remote, now);
	}
	if (cs->count >= NET_CALLERS_PER_SEC)
		callers_pause(env);
}

/* --- The listening sockets ----------------------------------------- */

void
callers_socket(struct env *env, int fd)
{
	struct sockaddr_storage	 ss;
	struct endpoint		 ep;
	socklen_t		 len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    endpoint_from_sockaddr(&ep, (struct sockaddr *)&ss, len) == -1)
		fatal("socket of the parent");
	if (ep.family == 6) {
		env->callers.fd6 = fd;
		env->callers.port6 = ep.port;
	} else {
		env->callers.fd4 = fd;
		env->callers.port4 = ep.port;
	}
}

void
callers_prepare(struct env *env)
{
	struct net_callers	*cs = &env->callers;
	unsigned int		 i;

	for (i = 0; i < NET_CALLERS_MAX; i++)
		cs->caller[i].fd = -1;
	if (!env->options.no_tcp)
		return;
	if (cs->fd4 != -1)
		close(cs->fd4);
	if (cs->fd6 != -1)
		close(cs->fd6);
	cs->fd4 = cs->fd6 = -1;
	cs->port4 = cs->port6 = 0;
}

static void
listen_again(struct env *env)
{
	env->callers.paused = 0;
	if (env->callers.fd4 != -1)
		event_add(&env->callers.ev4, NULL);
	if (env->callers.fd6 != -1)
		event_add(&env->callers.ev6, NULL);
}

void
callers_start(struct env *env)
{
	struct net_callers	*cs = &env->callers;

	if (cs->fd4 != -1)
		event_set(&cs->ev4, cs->fd4, EV_READ | EV_PERSIST, on_call,
		    env);
	if (cs->fd6 != -1)
		event_set(&cs->ev6, cs->fd6, EV_READ | EV_PERSIST, on_call,
		    env);
	listen_again(env);
}

uint64_t
callers_tick(struct env *env, uint64_t now)
{
	struct net_callers	*cs = &env->callers;
	uint64_t		 next = UINT64_MAX;
	unsigned int		 i;

	if (cs->fd4 == -1 && cs->fd6 == -1)
		return UINT64_MAX;
	if (cs->paused && now - cs->second >= 1000)
		listen_again(env);
	if (cs->paused)
		next = cs->second + 1000;
	for (i = 0; i < NET_CALLERS_MAX; i++) {
		if (cs->caller[i].fd == -1)
			continue;
		if (cs->caller[i].due <= now)
			caller_refuse(&cs->caller[i]);
		else if (cs->caller[i].due < next)
			next = cs->caller[i].due;
	}
	return next;
}

uint16_t
callers_port(const struct env *env, int family)
{
	return family == 6 ? env->callers.port6 : env->callers.port4;
}

void
callers_local(const struct env *env, struct msg_cands *set)
{
	struct endpoint	 ep;
	uint16_t	 i;

	for (i = 0; i < env->local.n; i++) {
		ep = env->local.e[i].ep;
		if (env->local.e[i].transport == ICE_UDP &&
		    (ep.port = callers_port(env, ep.family)) != 0)
			gather_add(set, env->local.e[i].type, ICE_TCP, &ep);
	}
}
