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
 * One connection: its socket, how it is dialled, and the packets that go into
 * it.  It never calls the check list, which may be calling it.
 */

#include <sys/types.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "netproc/net.h"

/* --- Dialling ------------------------------------------------------ */

static uint64_t
again(uint32_t ms)
{
	return ms + arc4random_uniform(ms + 1);
}

/*
 * When to try again.  While both sides are at it a pause of random length
 * makes their SYNs cross; who is not there after that is asked rarely.
 */
static uint64_t
pause_after(const struct stream *s, int error, uint64_t now)
{
	uint64_t	 spent = now - s->began;
	uint32_t	 most;

	if (s->via == ICE_VIA_RELAY)
		return again(NET_RELAY_AGAIN_MS);
	switch (error) {
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EAFNOSUPPORT:
	case EACCES:
	case EPERM:
	case EINVAL:
	case EMFILE:
	case ENFILE:
		return again(NET_DIAL_FAR_MS);
	case EADDRINUSE:
	case EADDRNOTAVAIL:
		return again(spent < NET_DIAL_FAST_MS ? NET_DIAL_BUSY_MS :
		    NET_DIAL_SLOW_MS);
	case ETIMEDOUT:
		return arc4random_uniform(NET_DIAL_JITTER_MIN);
	}
	if (spent >= NET_DIAL_FAST_MS)
		return again(NET_DIAL_SLOW_MS);
	most = NET_DIAL_JITTER_MIN + (uint32_t)(spent *
	    (NET_DIAL_JITTER_MAX - NET_DIAL_JITTER_MIN) / NET_DIAL_FAST_MS);
	return arc4random_uniform(most);
}

static void
dial_failed(struct stream *s, int error, uint64_t now)
{
	struct env	*env = s->env;

	stream_shut(s);
	env->stats.dials_failed++;
	s->due = now + pause_after(s, error, now);
	/* We have met ourselves, and would again. */
	if (error == ELOOP)
		s->due = UINT64_MAX;
	if (s->via == ICE_VIA_RELAY && s->due - s->began > NET_RELAY_DIAL_MS)
		stream_break(s);
}

static void
on_dialled(int fd, short event, void *arg)
{
	struct stream	*s = arg;
	uint64_t	 now = clock_mono_ms();
	int		 error;

	(void)event;
	if ((error = tcp_result(fd, &s->local)) != 0)
		dial_failed(s, error, now);
	else
		streams_opened(s);
	net_schedule(s->env);
}

static int
is_own(const struct env *env, const struct endpoint *ep)
{
	uint16_t	 i;

	if (ep->port != tcp_port(&env->tcp, ep->family) &&
	    ep->port != callers_port(env, ep->family))
		return 0;
	for (i = 0; i < env->local.n; i++)
		if (endpoint_cmp_addr(&env->local.e[i].ep, ep) == 0)
			return 1;
	return 0;
}

/* Due: the next attempt, or the end of this one. */
void
stream_dial(struct stream *s, uint64_t now)
{
	struct env	*env = s->env;

	if (s->state == STREAM_DIALLING) {
		dial_failed(s, ETIMEDOUT, now);
		return;
	}
	if (s->began == 0)
		s->began = now;
	s->due = UINT64_MAX;
	if (s->via == ICE_VIA_TCP && is_own(env, &s->remote))
		return;
	env->stats.dials++;
	s->fd = tcp_dial(&env->tcp, &s->remote, s->via == ICE_VIA_TCP ?
	    TCP_PUNCH : TCP_ANY);
	if (s->fd == -1) {
		dial_failed(s, errno, now);
		return;
	}
	s->state = STREAM_DIALLING;
	s->due = now + (s->via == ICE_VIA_TCP ? NET_DIAL_MS :
	    NET_RELAY_DIAL_MS);
	event_set(&s->ev_write, s->fd, EV_WRITE, on_dialled, s);
	event_add(&s->ev_write, NULL);
}

/* --- Sending ------------------------------------------------------- */

static void
stream_writable(int fd, short event, void *arg)
{
	struct stream	*s = arg;
	struct iovec	 iov[2];
	ssize_t		 n;
	int		 niov;

	(void)event;
	s->writing = 0;
	if ((niov = frame_queue_peek(&s->out, iov)) == 0)
		return;
	n = writev(fd, iov, niov);
	if (n > 0)
		frame_queue_took(&s->out, (size_t)n);
	else if (n == -1 && errno != EAGAIN && errno != EINTR) {
		stream_break(s);
		return;
	}
	if (s->out.len != 0) {
		s->writing = 1;
		event_add(&s->ev_write, NULL);
	}
}

static void
enqueue(struct stream *s, const uint8_t *pkt, size_t len)
{
	struct env	*env = s->env;
	uint64_t	 before = s->out.dropped;

	if (frame_queue_push(&s->out, pkt, len) == -1)
		env->stats.stream_dropped++;
	env->stats.stream_dropped += s->out.dropped - before;
	if (!s->writing) {
		s->writing = 1;
		event_add(&s->ev_write, NULL);
	}
}

/* Straight to the socket; returns the bytes written, headers included. */
static size_t
write_now(struct stream *s, const uint8_t *data, size_t len, size_t segment)
{
	uint8_t		 headers[NET_BURST][FRAME_HEADER];
	struct iovec	 iov[2 * NET_BURST];
	size_t		 part;
	ssize_t		 n;
	int		 i;

	for (i = 0; i < NET_BURST && len > 0; i++) {
		part = len < segment ? len : segment;
		frame_header(headers[i], part);
		iov[2 * i].iov_base = headers[i];
		iov[2 * i].iov_len = FRAME_HEADER;
		iov[2 * i + 1].iov_base = (uint8_t *)(uintptr_t)data;
		iov[2 * i + 1].iov_len = part;
		data += part;
		len -= part;
	}
	n = writev(s->fd, iov, 2 * i);
	if (n == -1 && errno != EAGAIN && errno != EINTR)
		stream_break(s);
	return n == -1 ? 0 : (size_t)n;
}

void
stream_send(struct stream *s, const uint8_t *data, size_t len, size_t segment)
{
	struct env	*env = s->env;
	size_t		 done = 0, part;

	if (s->state != STREAM_OPEN || s->broken || segment == 0 ||
	    segment > FRAME_MAX) {
		env->stats.stream_dropped++;
		return;
	}
	if (s->out.len == 0)
		done = write_now(s, data, len, segment);
	for (; len > 0 && !s->broken; data += part, len -= part) {
		part = len < segment ? len : segment;
		env->stats.stream_tx++;
		if (done >= part + FRAME_HEADER) {
			done -= part + FRAME_HEADER;
			continue;
		}
		enqueue(s, data, part);
		/* Its beginning is out: it cannot be dropped any more. */
		if (done > 0)
			frame_queue_took(&s->out, done);
		done = 0;
	}
}

/* --- Life ---------------------------------------------------------- */

void
stream_open(struct stream *s, uint64_t now)
{
	s->state = STREAM_OPEN;
	s->proven = 0;
	s->due = now + NET_STREAM_PROOF_MS;
	event_set(&s->ev_write, s->fd, EV_WRITE, stream_writable, s);
}

void
stream_shut(struct stream *s)
{
	if (s->fd == -1)
		return;
	if (s->state != STREAM_DIALLING)
		event_del(&s->ev_read);
	event_del(&s->ev_write);
	tcp_close(s->fd);
	s->fd = -1;
	s->state = STREAM_IDLE;
	s->writing = s->proven = s->broken = 0;
	s->nstatus = 0;
	frame_in_clear(&s->in);
	frame_queue_clear(&s->out);
}

void
stream_end(struct stream *s)
{
	struct net_peer	*p = path_find(s->env, s->peer);

	if (s->dead)
		return;
	if (p != NULL && p->stream == s)
		p->stream = NULL;
	stream_shut(s);
	s->dead = 1;
	s->due = 0;
	LIST_REMOVE(s, siblings);
	net_soon(s->env);
}

void
stream_break(struct stream *s)
{
	s->broken = 1;
	s->due = 0;
	net_soon(s->env);
}
