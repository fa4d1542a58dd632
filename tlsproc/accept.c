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
 * Taking connections, and refusing them: too many at all, too many from one
 * source that have not said who they are, no descriptors left.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "tlsproc/tlsproc.h"

static int
source_cmp(const struct source *a, const struct source *b)
{
	return endpoint_cmp_addr(&a->addr, &b->addr);
}

RB_PROTOTYPE(source_tree, source, entry, source_cmp)
RB_GENERATE(source_tree, source, entry, source_cmp)

/* One more from there; NULL when it has enough. */
struct source *
source_take(struct env *env, const struct endpoint *from)
{
	struct source	 key, *s;

	memset(&key, 0, sizeof(key));
	key.addr = *from;
	key.addr.port = 0;
	/* Whoever has one IPv6 address has all of its network's. */
	if (key.addr.family == 6)
		memset(key.addr.addr + 8, 0, 8);
	if ((s = RB_FIND(source_tree, &env->sources, &key)) == NULL) {
		if ((s = calloc(1, sizeof(*s))) == NULL)
			return NULL;
		s->addr = key.addr;
		RB_INSERT(source_tree, &env->sources, s);
	}
	if (s->count >= TLSPROC_SOURCE_MAX)
		return NULL;
	s->count++;
	return s;
}

void
source_drop(struct env *env, struct source *s)
{
	if (s == NULL || --s->count != 0)
		return;
	RB_REMOVE(source_tree, &env->sources, s);
	free(s);
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
	struct timeval	 tv = { TLSPROC_ACCEPT_PAUSE, 0 };

	log_warn("no more connections for a moment");
	listen_all(env, 0);
	evtimer_add(&env->resume, &tv);
}

static void
accept_one(struct env *env, int fd, const struct sockaddr_storage *ss,
    socklen_t len)
{
	struct endpoint	 from;

	if (endpoint_from_sockaddr(&from, (const struct sockaddr *)ss, len) ==
	    -1 || env->nconns >= TLSPROC_CONNS_MAX ||
	    conn_new(env, fd, &from) == -1) {
		env->refused++;
		close(fd);
	}
}

static void
on_listener(int listener, short event, void *arg)
{
	struct env		*env = arg;
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 fd, i;

	(void)event;
	for (i = 0; i < TLSPROC_ACCEPT_BURST; i++) {
		len = sizeof(ss);
		fd = accept4(listener, (struct sockaddr *)&ss, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			accept_one(env, fd, &ss, len);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM) {
			accept_pause(env);
			return;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return;
	}
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
