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
 * What comes out of a stream: checks go to the check list of its peer,
 * everything else to cryptoproc, packets of one size in one record.  Before
 * an authentic check has come, nothing else may.
 */

#include <sys/types.h>
#include <sys/uio.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "netproc/net.h"

/* Packets on their way into the ring. */
struct bundle {
	struct stream	*stream;
	uint8_t		*room;
	size_t		 len, segment;
	unsigned int	 count;
};

static void
bundle_end(struct bundle *b)
{
	struct env		*env = b->stream->env;
	struct ring_record	 rec;

	if (b->count == 0)
		return;
	memset(&rec, 0, sizeof(rec));
	rec.len = (uint32_t)b->len;
	rec.peer = b->stream->peer;
	rec.count = (uint16_t)b->count;
	rec.segment = (uint16_t)b->segment;
	rec.from = b->stream->remote;
	ring_commit(&env->crypto.tx, &rec);
	path_heard(env, rec.peer);
	b->count = 0;
}

static void
bundle_add(struct bundle *b, const uint8_t *pkt, size_t len)
{
	struct env	*env = b->stream->env;

	if (b->count != 0 && (len > b->segment ||
	    b->len % b->segment != 0 || b->count == NET_BURST ||
	    NET_DATAGRAM_MAX - b->len < len))
		bundle_end(b);
	if (b->count == 0) {
		b->room = ring_reserve(&env->crypto.tx, NET_DATAGRAM_MAX);
		if (b->room == NULL) {
			env->stats.drop_ring_full++;
			return;
		}
		b->len = 0;
		b->segment = len;
	}
	memcpy(b->room + b->len, pkt, len);
	b->len += len;
	b->count++;
}

static int
take(void *arg, const uint8_t *pkt, size_t len)
{
	struct bundle	*b = arg;
	struct stream	*s = b->stream;
	struct env	*env = s->env;
	struct stun_msg	 stun;
	uint8_t		 copy[STUN_MESSAGE_MAX];

	if (stun_is_message(pkt, len)) {
		/* The stream may be closed, with its memory, meanwhile. */
		if (len <= sizeof(copy))
			memcpy(copy, pkt, len);
		if (len > sizeof(copy) ||
		    stun_parse(&stun, copy, len) != STUN_OK) {
			env->stats.drop_stun++;
			return s->proven ? 0 : -1;
		}
		path_stream_stun(env, s, &stun, copy, len);
		env->stun_seen = 1;
	} else if (!s->proven) {
		env->stats.streams_unproven++;
		return -1;
	} else {
		env->stats.stream_rx++;
		bundle_add(b, pkt, len);
	}
	/* The check list may have closed it. */
	return s->dead || s->broken || s->fd == -1 ? -1 : 0;
}

/* Exactly what the relay says first; what follows is the peer's. */
static void
join(struct stream *s)
{
	ssize_t	 n;

	n = read(s->fd, s->status + s->nstatus,
	    sizeof(s->status) - s->nstatus);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		stream_break(s);
		return;
	}
	s->nstatus += (size_t)n;
	if (s->nstatus < sizeof(s->status))
		return;
	if (relay_status_joined(s->status))
		streams_opened(s);
	else
		stream_break(s);
}

/* 0, or -1 when there is nothing more, now or ever. */
static int
receive(struct stream *s, struct bundle *b)
{
	struct env	*env = s->env;
	struct iovec	 iov[2];
	ssize_t		 n;
	int		 niov;

	niov = frame_in_room(&s->in, env->scratch, iov);
	if ((n = readv(s->fd, iov, niov)) == -1 &&
	    (errno == EAGAIN || errno == EINTR))
		return -1;
	if (n <= 0) {
		stream_break(s);
		return -1;
	}
	errno = 0;
	if (frame_in_took(&s->in, env->scratch, (size_t)n, take, b) == -1) {
		env->stats.streams_malformed += errno == EPROTO;
		if (!s->dead)
			stream_break(s);
		return -1;
	}
	return (size_t)n < FRAME_SCRATCH ? -1 : 0;
}

void
stream_readable(int fd, short event, void *arg)
{
	struct stream	*s = arg;
	struct env	*env = s->env;
	struct bundle	 b;
	unsigned int	 n;
	int		 done = 0;

	(void)fd;
	(void)event;
	if (s->state == STREAM_JOINING) {
		join(s);
		net_schedule(env);
		return;
	}
	memset(&b, 0, sizeof(b));
	b.stream = s;
	for (n = 0; n < NET_STREAM_READS && !done; n++) {
		done = receive(s, &b) == -1 || s->dead || s->broken;
		/* Early enough that the stages overlap. */
		bundle_end(&b);
		ring_flush(&env->crypto);
	}
	if (env->stun_seen || s->broken) {
		env->stun_seen = 0;
		net_schedule(env);
	}
}
