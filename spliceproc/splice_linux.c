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
 * Linux: splice(2), by way of a pipe.  A pipe belongs to a direction only
 * while that direction has bytes that its destination does not take; all the
 * others share the ones that are free.  When there are no more pipes, bytes
 * are copied.
 */

#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "spliceproc/mover.h"

#define SPARE_MAX	32	/* free pipes that are kept */
#define FLAGS		(SPLICE_F_MOVE | SPLICE_F_NONBLOCK)

static struct {
	int	 fds[SPARE_MAX][2];
	size_t	 spare;
	size_t	 open;		/* free or held */
	size_t	 max;
} pipes;

static void
splice_open(size_t max)
{
	pipes.max = max;
}

static int
pipe_take(struct hold *h)
{
	int	 fds[2];

	if (pipes.spare > 0) {
		pipes.spare--;
		h->out = pipes.fds[pipes.spare][0];
		h->in = pipes.fds[pipes.spare][1];
		return 0;
	}
	if (pipes.open >= pipes.max ||
	    pipe2(fds, O_NONBLOCK | O_CLOEXEC) == -1)
		return -1;
	pipes.open++;
	/* Fewer calls; a user with many pipes is given small ones. */
	(void)fcntl(fds[1], F_SETPIPE_SZ, MOVER_CHUNK);
	h->out = fds[0];
	h->in = fds[1];
	return 0;
}

/* One that still has bytes in it must not get into other hands. */
static void
pipe_give(struct hold *h)
{
	if (h->bytes == 0 && pipes.spare < SPARE_MAX) {
		pipes.fds[pipes.spare][0] = h->out;
		pipes.fds[pipes.spare][1] = h->in;
		pipes.spare++;
		return;
	}
	close(h->out);
	close(h->in);
	pipes.open--;
}

static void
splice_drop(struct hold *h)
{
	if (h->bytes == 0)
		return;
	pipe_give(h);
	h->bytes = 0;
}

/* Everything held is written: MOVE_IDLE, and the pipe is still taken. */
static enum move
drain(struct hold *h, int to)
{
	ssize_t	 n;

	while (h->bytes > 0) {
		n = splice(h->out, NULL, to, NULL, h->bytes, FLAGS);
		if (n == 0)
			return MOVE_FAILED;
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno == EAGAIN ? MOVE_BLOCKED : MOVE_FAILED;
		h->bytes -= (size_t)n;
	}
	return MOVE_IDLE;
}

/* One step with an empty pipe; more tells whether another may follow. */
static enum move
step(struct hold *h, int from, int to, size_t want, size_t *taken, int *more)
{
	ssize_t	 n;

	*more = 0;
	n = splice(from, NULL, h->in, NULL, want, FLAGS);
	if (n == 0)
		return MOVE_END;
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? MOVE_IDLE :
		    MOVE_FAILED;
	h->bytes = (size_t)n;
	*taken += (size_t)n;
	/* Much is a sign of more; little is mostly all there was. */
	*more = (size_t)n >= want / 2;
	return drain(h, to);
}

static enum move
splice_move(struct hold *h, int from, int to, size_t max, size_t *taken)
{
	enum move	 result = MOVE_IDLE;
	size_t		 want;
	int		 more = 1;

	*taken = 0;
	if (h->bytes > 0)
		result = drain(h, to);
	else if (pipe_take(h) == -1)
		return mover_copy.move(h, from, to, max, taken);
	while (result == MOVE_IDLE && more && *taken < max) {
		want = max - *taken;
		if (want > MOVER_CHUNK)
			want = MOVER_CHUNK;
		result = step(h, from, to, want, taken, &more);
	}
	if (h->bytes == 0)
		pipe_give(h);
	return result;
}

static const struct mover	 mover_splice = {
	.open = splice_open,
	.move = splice_move,
	.drop = splice_drop,
};

const struct mover *const	 mover_system = &mover_splice;
