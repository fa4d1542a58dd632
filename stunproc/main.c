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
 * stunproc's start, its sockets and its conversation with policyproc.
 * Every datagram is hostile; what is no Binding request gets no answer.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "stun/stun.h"
#include "stunproc/stunproc.h"

ssize_t
stunproc_answer(struct env *env, const uint8_t *req, size_t len,
    const struct endpoint *from, uint8_t *out, size_t cap)
{
	ssize_t	 n;

	if (!stun_is_message(req, len)) {
		env->ignored++;
		return -1;
	}
	if (!limit_allow(env, from, clock_mono_ms())) {
		env->limited++;
		return -1;
	}
	if ((n = stun_server_answer(req, len, from, out, cap)) == -1) {
		env->ignored++;
		return -1;
	}
	env->requests++;
	return n;
}

static void
answer(struct listener *l, const uint8_t *req, size_t len,
    const struct sockaddr *sa, socklen_t salen)
{
	struct env		*env = l->env;
	struct endpoint		 from;
	uint8_t			 out[STUN_MESSAGE_MAX];
	ssize_t			 n;

	if (endpoint_from_sockaddr(&from, sa, salen) == -1) {
		env->ignored++;
		return;
	}
	if ((n = stunproc_answer(env, req, len, &from, out, sizeof(out))) ==
	    -1)
		return;
	if (sendto(l->fd, out, (size_t)n, MSG_DONTWAIT, sa, salen) == n)
		env->answers++;
}

static void
listener_readable(int fd, short event, void *arg)
{
	struct listener		*l = arg;
	struct sockaddr_storage	 ss;
	uint8_t			 buf[STUNPROC_DATAGRAM_MAX];
	socklen_t		 len;
	ssize_t			 n;
	int			 i;

	(void)event;
	/* The event is persistent: what is left wakes us up again. */
	for (i = 0; i < STUNPROC_BURST; i++) {
		len = sizeof(ss);
		n = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT,
		    (struct sockaddr *)&ss, &len);
		if (n == -1)
			return;
		answer(l, buf, (size_t)n, (struct sockaddr *)&ss, len);
	}
}

static void
listener_add(struct env *env, struct listener *list, size_t *n, int fd)
{
	if (*n == STUNPROC_SOCKETS_MAX)
		fatalx("too many sockets");
	if (fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) == -1)
		fatal("socket");
	list[*n].env = env;
	list[(*n)++].fd = fd;
}

static void
on_stun_socket(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;

	(void)c;
	(void)data;
	listener_add(env, env->listeners, &env->nlisteners, fd);
}

static void
on_stun_listen(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;

	(void)c;
	(void)data;
	listener_add(env, env->acceptors, &env->nacceptors, fd);
}

static void
on_counters_get(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_counters_get	*m = data;
	struct env			*env = arg;
	struct msg_counters		 reply;

	(void)fd;
	memset(&reply, 0, sizeof(reply));
	reply.id = m->id;
	reply.rx = env->requests;
	reply.tx = env->answers;
	reply.refused = env->limited;
	reply.dropped = env->limited + env->ignored;
	msg_send_counters(c, &reply, -1);
}

static const struct handler handlers[] = {
	{ MSG_STUN_SOCKET, on_stun_socket },
	{ MSG_STUN_LISTEN, on_stun_listen },
	{ MSG_COUNTERS_GET, on_counters_get },
};

static void
prepare(void *arg)
{
	struct env	*env = arg;

	arc4random_buf(&env->seed, sizeof(env->seed));
}

static void
run(void *arg)
{
	struct env	*env = arg;
	struct listener	*l;
	size_t		 i;

	for (i = 0; i < env->nlisteners; i++) {
		l = &env->listeners[i];
		event_set(&l->event, l->fd, EV_READ | EV_PERSIST,
		    listener_readable, l);
		event_add(&l->event, NULL);
	}
	stream_start(env);
}

static const struct proc_ops ops = {
	.prepare = prepare,
	.run = run,
};

int
main(void)
{
	static struct env	 env;

	TAILQ_INIT(&env.streams);
	env.proc.role = ROLE_STUN;
	env.proc.env = &env;
	env.proc.handlers = handlers;
	env.proc.nhandlers = sizeof(handlers) / sizeof(handlers[0]);
	env.proc.ops = &ops;
	env.proc.sandbox = &stunproc_sandbox;
	return child_main(&env.proc);
}
