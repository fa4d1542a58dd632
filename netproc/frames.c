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
 * Packets on a stream.  The lengths of what comes in are the sender's; a
 * packet is kept only as far as it has come, and only one of a stream.
 */

#include <sys/types.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netproc/frames.h"

/* --- Coming in ----------------------------------------------------- */

int
frame_in_room(struct frame_in *in, uint8_t *scratch, struct iovec iov[2])
{
	int	 n = 0;

	if (in->buf != NULL) {
		iov[n].iov_base = in->buf + in->have;
		iov[n++].iov_len = in->need - in->have;
	} else if (in->half)
		scratch[0] = in->first;
	iov[n].iov_base = scratch + in->half;
	iov[n++].iov_len = FRAME_SCRATCH - (size_t)in->half;
	return n;
}

/* The beginning of a packet whose rest has not come yet. */
static int
keep(struct frame_in *in, const uint8_t *p, size_t have, size_t need)
{
	if ((in->buf = malloc(need)) == NULL)
		return -1;
	memcpy(in->buf, p, have);
	in->have = have;
	in->need = need;
	return 0;
}

static int
split(struct frame_in *in, const uint8_t *p, size_t left, frame_handler fn,
    void *arg)
{
	size_t	 len;

	while (left >= FRAME_HEADER) {
		len = (size_t)p[0] << 8 | p[1];
		if (len == 0 || len > FRAME_MAX) {
			errno = EPROTO;
			return -1;
		}
		p += FRAME_HEADER;
		left -= FRAME_HEADER;
		if (left < len)
			return keep(in, p, left, len);
		if (fn(arg, p, len) == -1)
			return -1;
		p += len;
		left -= len;
	}
	if (left == 1) {
		in->first = p[0];
		in->half = 1;
	}
	return 0;
}

int
frame_in_took(struct frame_in *in, const uint8_t *scratch, size_t n,
    frame_handler fn, void *arg)
{
	size_t	 take;
	int	 ret;

	if (in->buf != NULL) {
		take = in->need - in->have;
		if (take > n)
			take = n;
		in->have += take;
		n -= take;
		if (in->have < in->need)
			return 0;
		ret = fn(arg, in->buf, in->need);
		frame_in_clear(in);
		if (ret == -1)
			return -1;
	} else if (in->half) {
		in->half = 0;
		n++;
	}
	return split(in, scratch, n, fn, arg);
}

void
frame_in_clear(struct frame_in *in)
{
	free(in->buf);
	memset(in, 0, sizeof(*in));
}

/* --- Going out ----------------------------------------------------- */

void
frame_header(uint8_t out[FRAME_HEADER], size_t len)
{
	out[0] = (uint8_t)(len >> 8);
	out[1] = (uint8_t)len;
}

static size_t
at(const struct frame_queue *q, size_t offset)
{
	return (q->head + offset) % FRAME_QUEUE;
}

static void
put(struct frame_queue *q, const uint8_t *p, size_t len)
{
	size_t	 tail = at(q, q->len), room = FRAME_QUEUE - tail;

	if (room > len)
		room = len;
	memcpy(q->buf + tail, p, room);
	memcpy(q->buf, p + room, len - room);
	q->len += len;
}

/* Bytes of the whole packet that begins there, its header included. */
static size_t
size_at(const struct frame_queue *q, size_t offset)
{
	return FRAME_HEADER + ((size_t)q->buf[at(q, offset)] << 8 |
	    q->buf[at(q, offset + 1)]);
}

/* Packets not yet begun go, oldest first; the one begun must be ended. */
static void
make_room(struct frame_queue *q, size_t need)
{
	size_t	 gone = 0, i;

	while (FRAME_QUEUE - q->len + gone < need &&
	    q->begun + gone < q->len) {
		gone += size_at(q, q->begun + gone);
		q->dropped++;
	}
	for (i = q->begun; gone != 0 && i > 0; i--)
		q->buf[at(q, gone + i - 1)] = q->buf[at(q, i - 1)];
	q->head = at(q, gone);
	q->len -= gone;
}

int
frame_queue_push(struct frame_queue *q, const uint8_t *p, size_t len)
{
	uint8_t	 header[FRAME_HEADER];

	if (len == 0 || len > FRAME_MAX)
		return -1;
	if (q->buf == NULL && (q->buf = malloc(FRAME_QUEUE)) == NULL)
		return -1;
	make_room(q, len + FRAME_HEADER);
	frame_header(header, len);
	put(q, header, sizeof(header));
	put(q, p, len);
	return 0;
}

int
frame_queue_peek(const struct frame_queue *q, struct iovec iov[2])
{
	size_t	 room = FRAME_QUEUE - q->head;

	if (q->len == 0)
		return 0;
	iov[0].iov_base = q->buf + q->head;
	iov[0].iov_len = q->len < room ? q->len : room;
	iov[1].iov_base = q->buf;
	iov[1].iov_len = q->len - iov[0].iov_len;
	return iov[1].iov_len == 0 ? 1 : 2;
}

void
frame_queue_took(struct frame_queue *q, size_t n)
{
	size_t	 part;

	while (n > 0) {
		if (q->begun == 0)
			q->begun = size_at(q, 0);
		part = n < q->begun ? n : q->begun;
		q->begun -= part;
		q->head = at(q, part);
		q->len -= part;
		n -= part;
	}
}

void
frame_queue_clear(struct frame_queue *q)
{
	uint64_t	 dropped = q->dropped;

	free(q->buf);
	memset(q, 0, sizeof(*q));
	q->dropped = dropped;
}
