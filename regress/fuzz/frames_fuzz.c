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
 * Packets on a stream: whatever the pieces, the same packets come out, and a
 * queue that overflows loses whole ones from its oldest end only.
 */

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "netproc/frames.c"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct taken {
	size_t		 n, bytes;
	uint32_t	 sum;
};

static uint8_t	 scratch[FRAME_SCRATCH];

static int
take(void *arg, const uint8_t *p, size_t len)
{
	struct taken	*t = arg;
	size_t		 i;

	if (len == 0 || len > FRAME_MAX)
		abort();
	for (i = 0; i < len; i++)
		t->sum = t->sum * 31 + p[i];
	t->n++;
	t->bytes += len;
	return 0;
}

/* Returns what frame_in_took said last. */
static int
cut(const uint8_t *data, size_t len, size_t step, struct taken *t)
{
	struct frame_in	 in;
	struct iovec	 iov[2];
	size_t		 part, first;
	int		 n, ret = 0;

	memset(&in, 0, sizeof(in));
	memset(t, 0, sizeof(*t));
	for (; len > 0 && ret == 0; data += part, len -= part) {
		part = len < step ? len : step;
		n = frame_in_room(&in, scratch, iov);
		if (n == 1)
			memcpy(iov[0].iov_base, data, part);
		else {
			first = part < iov[0].iov_len ? part : iov[0].iov_len;
			memcpy(iov[0].iov_base, data, first);
			memcpy(iov[1].iov_base, data + first, part - first);
		}
		ret = frame_in_took(&in, scratch, part, take, t);
	}
	frame_in_clear(&in);
	return ret;
}

/*
 * Each byte: packets of some size are put in, or bytes taken out, in pieces.
 */
static void
queue(const uint8_t *data, size_t len)
{
	static uint8_t		 packet[FRAME_MAX];
	struct frame_queue	 q;
	struct iovec		 iov[2], room[2];
	struct taken		 t;
	struct frame_in		 in;
	size_t			 i, n, k, piece;
	uint32_t		 pushed = 0, out = 0;
	int			 niov;

	memset(&q, 0, sizeof(q));
	memset(&in, 0, sizeof(in));
	memset(&t, 0, sizeof(t));
	for (i = 0; i < len && i < 256; i++) {
		if (data[i] & 1) {
			n = 1 + (size_t)data[i] * data[i];
			if (frame_queue_push(&q, packet, n) == 0)
				pushed++;
			if (q.len > FRAME_QUEUE || q.begun > q.len)
				abort();
			continue;
		}
		if ((niov = frame_queue_peek(&q, iov)) == 0)
			continue;
		n = (size_t)data[i] * 97;
		n = n < iov[0].iov_len ? n : iov[0].iov_len;
		for (k = 0; k < n; k += piece) {
			frame_in_room(&in, scratch, room);
			frame_queue_peek(&q, iov);
			piece = n - k < 1 + i * 31 ? n - k : 1 + i * 31;
			if (piece > room[0].iov_len)
				piece = room[0].iov_len;
			memcpy(room[0].iov_base, iov[0].iov_base, piece);
			if (frame_in_took(&in, scratch, piece, take, &t) ==
			    -1)
				abort();
			frame_queue_took(&q, piece);
		}
	}
	out = (uint32_t)t.n;
	if (out + q.dropped > pushed)
		abort();
	frame_in_clear(&in);
	frame_queue_clear(&q);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct taken	 whole, t;
	size_t		 step;
	int		 ret;

	if (len > FRAME_SCRATCH - 1)
		return 0;
	ret = cut(data, len, len == 0 ? 1 : len, &whole);
	for (step = 1; step <= len && step < 50; step = step * 3 + 1)
		if (cut(data, len, step, &t) != ret || t.n != whole.n ||
		    t.bytes != whole.bytes || t.sum != whole.sum)
			abort();
	queue(data, len);
	return 0;
}
