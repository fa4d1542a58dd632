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
 * Cuts a stream of bytes into frames.  A header is believed only as far as
 * bytes follow it; what was handed out is wiped as soon as it is done with,
 * since enrolment keys pass through.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "frame/frame.h"

#define CAP_MIN		4096
#define CAP_KEEP	16384	/* an empty buffer above this is given back */

static size_t
reader_max(const struct frame_reader *r)
{
	return r->max == 0 || r->max > FRAME_MAX ? FRAME_MAX : r->max;
}

/* Drop what was handed out: move the rest to the front, wipe behind it. */
static void
reader_compact(struct frame_reader *r)
{
	size_t	 left = r->len - r->used;

	if (r->used == 0)
		return;
	memmove(r->buf, r->buf + r->used, left);
	explicit_bzero(r->buf + left, r->len - left);
	r->len = left;
	r->used = 0;
	if (left == 0 && r->cap > CAP_KEEP)
		frame_reader_free(r);
}

static int
reader_grow(struct frame_reader *r, size_t need)
{
	uint8_t	*buf;
	size_t	 cap = r->cap == 0 ? CAP_MIN : r->cap;

	while (cap < need)
		cap *= 2;
	if (cap == r->cap)
		return 0;
	buf = malloc(cap);
	if (buf == NULL)
		return -1;
	if (r->len != 0)
		memcpy(buf, r->buf, r->len);
	freezero(r->buf, r->cap);
	r->buf = buf;
	r->cap = cap;
	return 0;
}

int
frame_reader_add(struct frame_reader *r, const void *data, size_t len)
{
	size_t	 limit = FRAME_HEADER + reader_max(r) + FRAME_READER_SLACK;

	if (len == 0)
		return 0;
	reader_compact(r);
	if (r->len > limit || len > limit - r->len) {
		errno = EMSGSIZE;
		return -1;
	}
	if (reader_grow(r, r->len + len) == -1)
		return -1;
	memcpy(r->buf + r->len, data, len);
	r->len += len;
	return 0;
}

int
frame_reader_next(struct frame_reader *r, const uint8_t **json, size_t *len)
{
	const uint8_t	*p;
	size_t		 left, n;

	*json = NULL;
	*len = 0;
	left = r->len - r->used;
	if (left < FRAME_HEADER) {
		reader_compact(r);
		return 0;
	}
	p = r->buf + r->used;
	n = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	if (n > reader_max(r))
		return -1;
	if (n > left - FRAME_HEADER) {
		reader_compact(r);
		return 0;
	}
	*json = p + FRAME_HEADER;
	*len = n;
	r->used += FRAME_HEADER + n;
	return 1;
}

void
frame_reader_free(struct frame_reader *r)
{
	freezero(r->buf, r->cap);
	r->buf = NULL;
	r->len = r->cap = r->used = 0;
}
