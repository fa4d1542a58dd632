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
 * How far our router has counted, see nat.h.  One question from a socket that
 * is closed after the answer; the answer is matched by its number alone, since
 * the socket is connected to the server.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "netproc/net.h"
#include "os/udp.h"

static void
scout_close(struct net_scout *s)
{
	event_del(&s->event);
	close(s->fd);
	s->asked = 0;
}

/* Mappings since, in steps of our router; the shorter way round. */
static int32_t
counted(const struct nat_behaviour *own, uint16_t port)
{
	return own->step == 0 ? -1 :
	    (int16_t)(uint16_t)(port - own->last) / own->step;
}

static void
readable(int fd, short event, void *arg)
{
	struct env		*env = arg;
	struct stun_msg		 m;
	uint8_t			 buf[STUN_MESSAGE_MAX];
	uint64_t		 now = clock_mono_ms();
	ssize_t			 n;

	(void)event;
	n = read(fd, buf, sizeof(buf));
	if (n <= 0 || stun_parse(&m, buf, (size_t)n) != STUN_OK ||
	    m.class != STUN_SUCCESS || m.mapped.family != 4 ||
	    memcmp(m.id, env->scout.id, sizeof(m.id)) != 0)
		return;
	scout_close(&env->scout);
	guess_scouted(env, counted(&env->nat.udp, m.mapped.port), now);
	net_schedule(env);
}

static const struct endpoint *
server(const struct env *env)
{
	size_t	 i;

	for (i = 0; i < env->nqueries; i++)
		if (env->queries[i].server.family == 4 &&
		    env->queries[i].mapped.family == 4)
			return &env->queries[i].server;
	return NULL;
}

static int
connected(const struct endpoint *to)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len = endpoint_to_sockaddr(to, &ss);
	uint16_t		 port = 0;
	int			 fd = udp_open(4, &port, 0);

	if (fd == -1 || connect(fd, (struct sockaddr *)&ss, len) == 0)
		return fd;
	close(fd);
	return -1;
}

void
scout_ask(struct env *env, uint64_t now)
{
	struct net_scout	*s = &env->scout;
	const struct endpoint	*to = server(env);
	struct stun_builder	 b;
	uint8_t			 buf[STUN_MESSAGE_MAX];
	ssize_t			 len;

	if (s->asked || to == NULL || (s->fd = connected(to)) == -1)
		return;
	s->asked = 1;
	s->due = now + NET_SCOUT_MS;
	event_set(&s->event, s->fd, EV_READ | EV_PERSIST, readable, env);
	event_add(&s->event, NULL);
	arc4random_buf(s->id, sizeof(s->id));
	stun_build_start(&b, buf, sizeof(buf), STUN_REQUEST, STUN_BINDING,
	    s->id);
	stun_build_fingerprint(&b);
	if ((len = stun_build_finish(&b)) == -1 ||
	    write(s->fd, buf, (size_t)len) != len)
		scout_close(s);
}

uint64_t
scout_tick(struct env *env, uint64_t now)
{
	struct net_scout	*s = &env->scout;

	if (!s->asked)
		return UINT64_MAX;
	if (s->due > now)
		return s->due;
	scout_close(s);
	return UINT64_MAX;
}
