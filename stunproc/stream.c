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
 * STUN over TCP (RFC 8489 6.2.2): agents learn from where their connections
 * arrive.  Every byte is hostile; a request is as long as its header says,
 * and what is no request ends the connection.  There are only so many of
 * them, and the one that was silent longest gives way.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "stun/stun.h"
#include "stunproc/stunproc.h"

/* Type of a Binding indication, which keeps a connection open. */
#define BINDING_INDICATION	0x0011

static void
stream_free(struct stream *s)
{
	event_del(&s->event);
	TAILQ_REMOVE(&s->env->streams, s, entry);
	s->env->nstreams--;
	close(s->fd);
	free(s);
}

static void
idle_arm(struct env *env)
{
	struct stream	*s = TAILQ_FIRST(&env->streams);
	struct timeval	 tv;
	uint64_t	 passed, left;

	if (s == NULL || evtimer_pending(&env->idle_timer, NULL))
		return;
	passed = clock_mono_ms() - s->active_ms;
	left = passed < STUNPROC_IDLE_MS ? STUNPROC_IDLE_MS - passed : 0;
	tv.tv_sec = (time_t)(left / 1000);
	tv.tv_usec = (suseconds_t)(left % 1000 * 1000);
	evtimer_add(&env->idle_timer, &tv);
}

static void
on_idle(int fd, short event, void *arg)
{
	struct env	*env = arg;
	struct stream	*s;
	uint64_t	 now = clock_mono_ms();

	(void)fd;
	(void)event;
	while ((s = TAILQ_FIRST(&env->streams)) != NULL &&
	    now - s->active_ms >= STUNPROC_IDLE_MS)
		stream_free(s);
	idle_arm(env);
}

/* Length of the first message, 0 while unknown, -1 when it can be none. */
static ssize_t
message_length(const struct stream *s)
{
	size_t	 len;

	if (s->have < STUN_HEADER_LEN)
		return 0;
	len = (size_t)s->buf[2] << 8 | s->buf[3];
	if (!stun_is_message(s->buf, s->have) || (len & 3) != 0 ||
	    len > sizeof(s->buf) - STUN_HEADER_LEN)
		return -1;
	return (ssize_t)(STUN_HEADER_LEN + len);
}

/* 0, or -1 when the connection is to end. */
static int
stream_message(struct stream *s, size_t len)
{
	uint8_t	 out[STUN_MESSAGE_MAX];
	ssize_t	 n;

	if ((s->buf[0] << 8 | s->buf[1]) == BINDING_INDICATION)
		return 0;
	n = stunproc_answer(s->env, s->buf, len, &s->from, out, sizeof(out));
	/* Who does not take what little we say is not waited for. */
	if (n == -1 || send(s->fd, out, (size_t)n, MSG_DONTWAIT |
	    MSG_NOSIGNAL) != n)
		return -1;
	s->env->answers++;
	return 0;
}

/* All that has come whole; 0, or -1 when the connection is to end. */
static int
stream_input(struct stream *s)
{
	ssize_t	 n;

	while ((n = message_length(s)) > 0 && (size_t)n <= s->have) {
		if (stream_message(s, (size_t)n) == -1)
			return -1;
		s->have -= (size_t)n;
		memmove(s->buf, s->buf + n, s->have);
		s->active_ms = clock_mono_ms();
		TAILQ_REMOVE(&s->env->streams, s, entry);
		TAILQ_INSERT_TAIL(&s->env->streams, s, entry);
	}
	if (n == -1)
		s->env->ignored++;
	return n == -1 ? -1 : 0;
}

static void
on_readable(int fd, short event, void *arg)
{
	struct stream	*s = arg;
	ssize_t		 n;

	(void)event;
	/* A message longer than the buffer was refused by its header. */
	n = recv(fd, s->buf + s->have, sizeof(s->buf) - s->have,
	    MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		stream_free(s);
		return;
	}
	s->have += (size_t)n;
	if (stream_input(s) == -1)
		stream_free(s);
}

static void
stream_new(struct env *env, int fd, const struct sockaddr_storage *ss,
    socklen_t len)
{
	struct stream	*s;

	if ((s = calloc(1, sizeof(*s))) == NULL ||
	    endpoint_from_sockaddr(&s->from, (const struct sockaddr *)ss,
	    len) == -1) {
		env->ignored++;
		free(s);
		close(fd);
		return;
	}
	if (env->nstreams >= STUNPROC_STREAMS_MAX)
		stream_free(TAILQ_FIRST(&env->streams));
	s->env = env;
	s->fd = fd;
	s->active_ms = clock_mono_ms();
	TAILQ_INSERT_TAIL(&env->streams, s, entry);
	env->nstreams++;
	event_set(&s->event, fd, EV_READ | EV_PERSIST, on_readable, s);
	event_add(&s->event, NULL);
	idle_arm(env);
}

static void
accept_all(struct env *env, int on)
{
	size_t	 i;

	for (i = 0; i < env->nacceptors; i++) {
		if (on)
			event_add(&env->acceptors[i].event, NULL);
		else
			event_del(&env->acceptors[i].event);
	}
}

static void
on_resume(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	accept_all(arg, 1);
}

/* Without descriptors the listener would wake us for ever. */
static void
accept_pause(struct env *env)
{
	struct timeval	 tv = { STUNPROC_ACCEPT_PAUSE_S, 0 };

	log_warn("no more connections for a moment");
	accept_all(env, 0);
	evtimer_add(&env->resume_timer, &tv);
}

static void
on_acceptor(int acceptor, short event, void *arg)
{
	struct listener		*l = arg;
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 fd, i;

	(void)event;
	for (i = 0; i < STUNPROC_ACCEPT_BURST; i++) {
		len = sizeof(ss);
		fd = accept4(acceptor, (struct sockaddr *)&ss, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			stream_new(l->env, fd, &ss, len);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM)
			accept_pause(l->env);
		if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

void
stream_start(struct env *env)
{
	struct listener	*l;
	size_t		 i;

	evtimer_set(&env->idle_timer, on_idle, env);
	evtimer_set(&env->resume_timer, on_resume, env);
	for (i = 0; i < env->nacceptors; i++) {
		l = &env->acceptors[i];
		event_set(&l->event, l->fd, EV_READ | EV_PERSIST, on_acceptor,
		    l);
	}
	accept_all(env, 1);
}
