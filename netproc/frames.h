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
 * Packets on a stream, RFC 4571: two bytes of length, then the packet.  What
 * comes in is cut into packets whatever the pieces it comes in; what goes out
 * waits in a ring of bytes that loses its oldest packets when it is full.  No
 * system call; nothing is trusted but the sizes the caller gives.
 */

#ifndef NETPROC_FRAMES_H
#define NETPROC_FRAMES_H

#include <sys/types.h>
#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER	2
#define FRAME_MAX	65507		/* what a UDP datagram can hold */
#define FRAME_QUEUE	(256 * 1024)	/* bytes waiting to be written */
#define FRAME_SCRATCH	(128 * 1024)	/* bytes read at once */

/* The part of a packet that has come; memory only while there is one. */
struct frame_in {
	uint8_t		*buf;
	size_t		 have, need;	/* in buf, without the header */
	uint8_t		 first;		/* half a header */
	int		 half;
};

/* Returns -1 to stop. */
typedef int (*frame_handler)(void *arg, const uint8_t *, size_t);

/*
 * Where to read to: one or two pieces, the last in the scratch memory of
 * FRAME_SCRATCH bytes.
 */
int		 frame_in_room(struct frame_in *, uint8_t *scratch,
		    struct iovec iov[2]);
/*
 * So many bytes were read: each packet that is whole is handed out.  0, or -1:
 * an impossible length (EPROTO), no memory (ENOMEM), or the handler's wish
 * (errno untouched).
 */
int		 frame_in_took(struct frame_in *, const uint8_t *scratch,
		    size_t, frame_handler, void *arg);
void		 frame_in_clear(struct frame_in *);

struct frame_queue {
	uint8_t		*buf;		/* FRAME_QUEUE bytes, on first use */
	size_t		 head, len;
	size_t		 begun;		/* rest of a packet partly written */
	uint64_t	 dropped;	/* packets */
};

void		 frame_header(uint8_t[FRAME_HEADER], size_t);
/* 0, or -1 when it is too long or there is no memory. */
int		 frame_queue_push(struct frame_queue *, const uint8_t *,
		    size_t);
/* What to write, one or two pieces, 0 when nothing waits. */
int		 frame_queue_peek(const struct frame_queue *,
		    struct iovec iov[2]);
/* So many bytes of it were written. */
void		 frame_queue_took(struct frame_queue *, size_t);
void		 frame_queue_clear(struct frame_queue *);

#endif /* NETPROC_FRAMES_H */
