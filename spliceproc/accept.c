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
 * Connections until they have said who they are.  Everything here comes from
 * strangers: they have little time, there are only so many of them, and one
 * that is wrong gets no answer.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "spliceproc/spliceproc.h"

void
leg_free(struct leg *leg, int abort)
{
	struct linger	 now = { 1, 0 };
	struct env	*env = leg->env;

	event_del(&leg->readable);
	event_del(&leg->writable);
	if (leg->state == LEG_HANDSHAKE) {
		TAILQ_REMOVE(&env->handshakes, leg, entry);
		env->nhandshakes--;
	} else if (leg->state == LEG_WAITING) {
		env->nwaiting--;
		load_changed(env);
	}
	if (leg->code != NULL)
		code_free(env, leg->code);
	/* Nothing of a stranger is left behind in the kernel either. */
	if (abort)
		setsockopt(leg->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(leg->fd);
	explicit_bzero(leg->preface, sizeof(leg->preface));
	free(leg);
}

void
leg_refuse(struct leg *leg)
{
	leg->env->refused++;
	load_changed(leg->env);
	leg_free(leg, 1);
}

static void
leg_handshake(struct leg *leg)
{
	struct relay_preface	 preface;
	struct env		*env = leg->env;
	ssize_t			 n;

	n = read(leg->fd, leg->preface + leg->have,
	    sizeof(leg->preface) - leg->have);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		leg_refuse(leg);
		return;
	}
	leg->have = (uint8_t)(leg->have + n);
	if (leg->have < sizeof(leg->preface))
		return;
	if (relay_preface_decode(leg->preface, &preface) != RELAY_OK ||
	    codes_present(leg, &preface) == -1)
		leg_refuse(leg);
	explicit_bzero(&preface, sizeof(preface));
	timer_arm(env);
}

/*
 * Only an end is of interest.  What a client says already is for the other
 * one, and stays in the socket until that is there.
 */
static void
leg_wait(struct leg *leg)
{
	uint8_t	 byte;
	ssize_t	 n;

	n = recv(leg->fd, &byte, sizeof(byte), MSG_PEEK);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		leg_free(leg, 1);
	else
		event_del(&leg->readable);
}

static void
on_readable(int fd, short event, void *arg)
{
	struct leg	*leg = arg;

	(void)fd;
	(void)event;
	switch (leg->state) {
	case LEG_HANDSHAKE:
		leg_handshake(leg);
		break;
	case LEG_WAITING:
		leg_wait(leg);
		break;
	case LEG_JOINED:
		pair_leg_readable(leg);
		break;
	}
}

static void
on_writable(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	pair_leg_writable(arg);
}

/* The oldest stranger gives way: who means it speaks at once. */
static void
make_room(struct env *env)
{
	if (env->nhandshakes >= env->handshakes_max)
		leg_refuse(TAILQ_FIRST(&env->handshakes));
}

static void
leg_new(struct env *env, int fd)
{
	struct leg	*leg;

	make_room(env);
	if ((leg = calloc(1, sizeof(*leg))) == NULL) {
		env->refused++;
		close(fd);
		return;
	}
	leg->env = env;
	leg->fd = fd;
	leg->state = LEG_HANDSHAKE;
	leg->end_ms = clock_mono_ms() + env->handshake_ms;
	event_set(&leg->readable, fd, EV_READ | EV_PERSIST, on_readable, leg);
	event_set(&leg->writable, fd, EV_WRITE | EV_PERSIST, on_writable,
	    leg);
	event_add(&leg->readable, NULL);
	TAILQ_INSERT_TAIL(&env->handshakes, leg, entry);
	env->nhandshakes++;
}

static void
listen_all(struct env *env, int on)
{
	size_t	 i;

	for (i = 0; i < env->nlisteners; i++) {
		if (on)
			event_add(&env->listen_events[i], NULL);
		else
			event_del(&env->listen_events[i]);
	}
}

static void
on_resume(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	listen_all(arg, 1);
}

/* Without descriptors the listener would wake us for ever. */
static void
accept_pause(struct env *env)
{
	log_warn("no more connections for a moment");
	listen_all(env, 0);
	timer_set(&env->resume, SPLICE_ACCEPT_PAUSE_S * 1000);
}

static void
on_listener(int listener, short event, void *arg)
{
	struct env	*env = arg;
	int		 fd, i;

	(void)event;
	for (i = 0; i < SPLICE_ACCEPT_BURST; i++) {
		fd = accept4(listener, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			leg_new(env, fd);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM)
			accept_pause(env);
		if (errno != ECONNABORTED && errno != EINTR)
			break;
	}
	timer_arm(env);
}

void
accept_start(struct env *env)
{
	size_t	 i;

	evtimer_set(&env->resume, on_resume, env);
	for (i = 0; i < env->nlisteners; i++)
		event_set(&env->listen_events[i], env->listeners[i],
		    EV_READ | EV_PERSIST, on_listener, env);
	listen_all(env, 1);
}
