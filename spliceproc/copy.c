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
 * The mover that copies.  What cannot be written stays where it is, in the
 * source's own buffer: bytes are looked at, written, and only then taken.
 * So there is one buffer for all connections and nothing held for any.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "spliceproc/mover.h"

static uint8_t	 buffer[MOVER_CHUNK];

static int
would_wait(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Take what was written; it is there, since it was looked at. */
static int
discard(int from, size_t len)
{
	ssize_t	 n;

	for (; len > 0; len -= (size_t)n) {
		n = recv(from, buffer, len, 0);
		if (n == 0 || (n == -1 && errno != EINTR))
			return -1;
		if (n == -1)
			n = 0;
	}
	return 0;
}

static enum move
copy_move(struct hold *h, int from, int to, size_t max, size_t *taken)
{
	size_t	 want;
	ssize_t	 n, written;

	(void)h;
	*taken = 0;
	while (*taken < max) {
		want = max - *taken;
		if (want > sizeof(buffer))
			want = sizeof(buffer);
		n = recv(from, buffer, want, MSG_PEEK);
		if (n == 0)
			return MOVE_END;
		if (n == -1)
			return would_wait() ? MOVE_IDLE : MOVE_FAILED;
		written = write(to, buffer, (size_t)n);
		if (written == -1)
			return would_wait() ? MOVE_BLOCKED : MOVE_FAILED;
		if (discard(from, (size_t)written) == -1)
			return MOVE_FAILED;
		*taken += (size_t)written;
		if (written < n)
			return MOVE_BLOCKED;
		if ((size_t)n < want)
			break;
	}
	return MOVE_IDLE;
}

static void
copy_open(size_t pipes)
{
	(void)pipes;
}

static void
copy_drop(struct hold *h)
{
	(void)h;
}

const struct mover	 mover_copy = {
	.open = copy_open,
	.move = copy_move,
	.drop = copy_drop,
};
