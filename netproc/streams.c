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
 * The table of streams: what the check lists ask for is dialled until they
 * take it back, and they are told of success and loss.  A leg to a relay
 * needs the code of its introduction, which works once.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "netproc/net.h"

/* --- Legs to a relay ----------------------------------------------- */

void
streams_relay_failed(struct env *env, struct net_peer *p)
{
	struct msg_relay_failed	 m;

	explicit_bzero(p->relay.code, sizeof(p->relay.code));
	p->relay.used = 1;
	if (p->relay.failed)
		return;
	p->relay.failed = 1;
	memset(&m, 0, sizeof(m));
	m.peer = p->id;
	m.number = p->number;
	msg_send_relay_failed(proc_peer(&env->proc, ROLE_CTL), &m, -1);
}

/* The relay is there: say whom we want to meet.  The code is gone then. */
static void
leg_preface(struct stream *s, struct net_peer *p, uint64_t now)
{
	struct relay_preface	 preface;
	uint8_t			 buf[RELAY_PREFACE_LEN];
	ssize_t			 n;

	memset(&preface, 0, sizeof(preface));
	preface.side = p->relay.side;
	memcpy(preface.code, p->relay.code, sizeof(preface.code));
	if (relay_preface_encode(&preface, buf) == -1)
		fatalx("side of a relay");
	n = write(s->fd, buf, sizeof(buf));
	explicit_bzero(&preface, sizeof(preface));
	explicit_bzero(buf, sizeof(buf));
	explicit_bzero(p->relay.code, sizeof(p->relay.code));
	p->relay.used = 1;
	s->state = STREAM_JOINING;
	s->due = now + NET_RELAY_JOIN_MS;
	if (n != (ssize_t)sizeof(buf))
		stream_break(s);
}

/* --- The check lists ----------------------------------------------- */

struct stream *
streams_find(const struct net_peer *p, enum ice_via via,
    const struct endpoint *remote)
{
	struct stream	*s;

	/* A leg belongs to its code, a connection to its addresses. */
	LIST_FOREACH(s, &p->streams, siblings)
		if (s->via == via && endpoint_cmp(&s->remote, remote) == 0 &&
		    (via == ICE_VIA_TCP || s->number == p->number))
			return s;
	return NULL;
}

static struct stream *
stream_new(struct env *env, struct net_peer *p, enum ice_via via,
    const struct endpoint *remote)
{
	struct stream	*s;
	unsigned int	 n = 0;

	LIST_FOREACH(s, &p->streams, siblings)
		n++;
	if (n >= NET_STREAMS_PEER || env->nstreams >= NET_STREAMS_MAX ||
	    (s = calloc(1, sizeof(*s))) == NULL) {
		env->stats.streams_full++;
		return NULL;
	}
	s->env = env;
	s->peer = p->id;
	s->via = via;
	s->remote = *remote;
	s->fd = -1;
	env->nstreams++;
	LIST_INSERT_HEAD(&env->streams, s, all);
	LIST_INSERT_HEAD(&p->streams, s, siblings);
	return s;
}

void
streams_connect(struct env *env, struct net_peer *p, enum ice_via via,
    const struct endpoint *remote, int on)
{
	struct stream	*s = streams_find(p, via, remote);

	if (!on) {
		if (s != NULL)
			stream_end(s);
		return;
	}
	if (via == ICE_VIA_TCP ? env->options.no_tcp : env->options.no_relay)
		return;
	if (s == NULL && (s = stream_new(env, p, via, remote)) == NULL)
		return;
	/* One of an earlier introduction that is open serves this one. */
	s->number = p->number;
	s->told = s->lingers = s->accepted = 0;
	if (s->state == STREAM_IDLE || s->state == STREAM_OPEN)
		s->due = 0;
	net_soon(env);
}

/* The check list is to use it, if it still wants it. */
static void
tell(struct stream *s, struct net_peer *p, uint64_t now)
{
	s->told = 1;
	s->due = s->proven ? UINT64_MAX : now + NET_STREAM_PROOF_MS;
	if (path_connected(p, s, now) == -1)
		stream_end(s);
}

void
streams_opened(struct stream *s)
{
	struct net_peer	*p = path_find(s->env, s->peer);
	uint64_t	 now = clock_mono_ms();

	if (p == NULL) {
		stream_end(s);
		return;
	}
	if (s->state == STREAM_DIALLING) {
		event_set(&s->ev_read, s->fd, EV_READ | EV_PERSIST,
		    stream_readable, s);
		event_add(&s->ev_read, NULL);
		if (s->via == ICE_VIA_RELAY) {
			leg_preface(s, p, now);
			return;
		}
	}
	stream_open(s, now);
	if (s->number == p->number)
		tell(s, p, now);
}

/* What was being dialled there has come by itself. */
static struct stream *
stream_taken(struct env *env, struct net_peer *p, const struct endpoint *remote)
{
	struct stream	*s = streams_find(p, ICE_VIA_TCP, remote);

	if (s == NULL) {
		if ((s = stream_new(env, p, ICE_VIA_TCP, remote)) != NULL)
			s->accepted = 1;
		return s;
	}
	if (s->state != STREAM_IDLE && s->state != STREAM_DIALLING)
		return NULL;
	stream_shut(s);
	return s;
}

void
streams_accepted(struct env *env, int fd, const struct endpoint *remote,
    const struct endpoint *local, const struct stun_msg *stun,
    const uint8_t *pkt, size_t len)
{
	struct net_peer	*p = path_prover(env, stun, remote);
	struct stream	*s;

	if (p == NULL || (s = stream_taken(env, p, remote)) == NULL) {
		tcp_close(fd);
		return;
	}
	s->fd = fd;
	s->local = *local;
	s->number = p->number;
	event_set(&s->ev_read, fd, EV_READ | EV_PERSIST, stream_readable, s);
	event_add(&s->ev_read, NULL);
	stream_open(s, clock_mono_ms());
	path_stream_stun(env, s, stun, pkt, len);
	if (!s->dead && !s->proven)
		stream_end(s);
	net_soon(env);
}

/* --- Introductions ------------------------------------------------- */

/*
 * Nothing more is given to it, but what waits in it is sent, and what the
 * peer has sent before it moved as well is read.
 */
static void
linger(struct stream *s, uint64_t now)
{
	if (s->state != STREAM_OPEN || !s->proven || s->broken) {
		stream_end(s);
		return;
	}
	s->told = 0;
	if (s->lingers)
		return;
	s->lingers = 1;
	s->due = now + NET_STREAM_LINGER_MS;
	net_soon(s->env);
}

void
streams_restart(struct env *env, struct net_peer *p)
{
	struct stream	*s, *next;
	uint64_t	 now = clock_mono_ms();

	(void)env;
	LIST_FOREACH_SAFE(s, &p->streams, siblings, next) {
		if (s == p->stream || (s->via == ICE_VIA_TCP &&
		    s->state == STREAM_OPEN && !s->lingers)) {
			s->told = 0;
			s->due = now + NET_RESTART_MS;
		} else
			linger(s, now);
	}
}

void
streams_leave_old(struct env *env, struct net_peer *p)
{
	struct stream	*s, *next;
	uint64_t	 now = clock_mono_ms();

	(void)env;
	LIST_FOREACH_SAFE(s, &p->streams, siblings, next)
		if (s->number != p->number)
			linger(s, now);
}

void
streams_remove(struct env *env, struct net_peer *p)
{
	struct stream	*s, *next;

	(void)env;
	LIST_FOREACH_SAFE(s, &p->streams, siblings, next)
		stream_end(s);
}

/* --- Time ---------------------------------------------------------- */

/* It has ended: by the other side, by an error, or for what came out. */
static void
ended(struct stream *s, struct net_peer *p, uint64_t now)
{
	int	 told = s->told, proven = s->proven;

	stream_shut(s);
	s->told = s->broken = 0;
	if (p->stream == s)
		path_stream_gone(s->env, p);
	if (s->number != p->number) {
		stream_end(s);
		return;
	}
	s->due = UINT64_MAX;
	if (s->via == ICE_VIA_RELAY)
		streams_relay_failed(s->env, p);
	else if (proven) {
		s->began = now;
		s->due = now + arc4random_uniform(NET_DIAL_JITTER_MIN);
	} else {
		/* Somebody else, who can be asked again, but rarely. */
		s->due = now + NET_DIAL_SLOW_MS +
		    arc4random_uniform(NET_DIAL_SLOW_MS);
	}
	if (told)
		path_disconnected(p, s, now);
	/* Where it came from nobody can be called back. */
	if (s->accepted && !s->dead)
		stream_end(s);
}

static void
step(struct stream *s, struct net_peer *p, uint64_t now)
{
	if (s->number != p->number) {
		/* Its introduction is a thing of the past. */
		ended(s, p, now);
		return;
	}
	switch (s->state) {
	case STREAM_IDLE:
		if (s->via == ICE_VIA_RELAY && p->relay.used) {
			s->due = UINT64_MAX;
			streams_relay_failed(s->env, p);
			break;
		}
		/* FALLTHROUGH */
	case STREAM_DIALLING:
		stream_dial(s, now);
		break;
	case STREAM_JOINING:
		ended(s, p, now);
		break;
	case STREAM_OPEN:
		if (!s->told) {
			tell(s, p, now);
		} else if (!s->proven) {
			s->env->stats.streams_unproven++;
			ended(s, p, now);
		} else
			s->due = UINT64_MAX;
		break;
	}
}

uint64_t
streams_tick(struct env *env, uint64_t now)
{
	struct stream	*s, *following;
	struct net_peer	*p;
	uint64_t	 next = UINT64_MAX;

	LIST_FOREACH_SAFE(s, &env->streams, all, following) {
		if (s->dead || (p = path_find(env, s->peer)) == NULL) {
			LIST_REMOVE(s, all);
			env->nstreams--;
			free(s);
			continue;
		}
		if (s->broken)
			ended(s, p, now);
		else if (s->due <= now)
			step(s, p, now);
		if (s->dead || s->broken)
			next = now;
		else if (s->due < next)
			next = s->due;
	}
	return next;
}
