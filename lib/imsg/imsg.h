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
 * Framed messages with at most one descriptor each, over a local stream
 * socket: the part of OpenBSD's imsg_init(3) and ibuf_add(3) that this tree
 * uses, for systems whose base library lacks it.  Every length that arrives
 * is checked before memory is taken for it.  Nothing here looks into a
 * payload, blocks on its own account (imsgbuf_flush excepted, with a limit),
 * or ends the process for anything a peer sent.
 */

#ifndef IMSG_IMSG_H
#define IMSG_IMSG_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>

#define IBUF_READ_SIZE		65535		/* bytes asked for per read */
#define IMSG_HEADER_SIZE	sizeof(struct imsg_hdr)
#define MAX_IMSGSIZE		16384		/* default, header included */
#define IMSG_FDS_MAX		64		/* received and not claimed */
#define IMSG_FLUSH_MS		10000		/* flush: wait for progress */

/*
 * A byte string with a write and a read position.  max 0 marks a borrowed
 * buffer (ibuf_from_buffer, imsg_get_ibuf), which is never grown or freed.
 */
struct ibuf {
	TAILQ_ENTRY(ibuf)	 entry;
	unsigned char		*buf;
	size_t			 size;		/* allocated */
	size_t			 max;		/* limit of growth */
	size_t			 wpos;
	size_t			 rpos;
	int			 fd;		/* owned, or -1 */
};

struct msgbuf;

/*
 * One end of a channel.  The descriptor stays the caller's.  The counters
 * only ever grow.
 */
struct imsgbuf {
	struct msgbuf	*w;
	pid_t		 pid;
	uint32_t	 maxsize;	/* header included */
	int		 fd;
	int		 flags;
	uint64_t	 fd_truncated;	/* reads that lost a descriptor */
	uint64_t	 fd_dropped;	/* descriptors closed unclaimed */
	uint64_t	 fd_missing;	/* messages without the one announced */
};

/* Host byte order: both ends run on one machine. */
struct imsg_hdr {
	uint32_t	type;
	uint32_t	len;		/* header included */
	uint32_t	peerid;
	uint32_t	pid;
};

struct imsg {
	struct imsg_hdr	 hdr;
	void		*data;		/* payload, NULL when there is none */
	struct ibuf	*buf;
};

/*
 * Channel.  Unless said otherwise: 0, or -1 with errno.  Set up once, not
 * to be used after imsgbuf_clear() until set up again.
 */
int		 imsgbuf_init(struct imsgbuf *, int fd);

/* Descriptors are neither sent nor received before this. */
void		 imsgbuf_allow_fdpass(struct imsgbuf *);

/* Largest payload, both ways, header not counted.  EINVAL. */
int		 imsgbuf_set_maxsize(struct imsgbuf *, uint32_t);

/* Wipe the read buffer after each read; for channels that carry secrets. */
void		 imsgbuf_set_wipe(struct imsgbuf *, int on);

/*
 * One read.  1: something was read, or nothing was there to read; 0: the
 * peer closed; -1: error.  ERANGE is a length no message may have; the
 * stream cannot be followed after that and every later read fails alike.
 * Messages complete before the error or the close can still be fetched.
 */
int		 imsgbuf_read(struct imsgbuf *);

/*
 * Send what the socket takes now.  0 also when nothing could be sent: the
 * rest stays queued (see imsgbuf_queuelen).  -1: error, the queue is kept.
 */
int		 imsgbuf_write(struct imsgbuf *);

/*
 * Send everything.  For set-up only: it waits, at most IMSG_FLUSH_MS
 * between two steps of progress (ETIMEDOUT).
 */
int		 imsgbuf_flush(struct imsgbuf *);

/* Drop both queues and close the descriptors in them. */
void		 imsgbuf_clear(struct imsgbuf *);

/* Messages, and bytes, queued and not yet sent. */
uint32_t	 imsgbuf_queuelen(struct imsgbuf *);
size_t		 imsgbuf_queuebytes(struct imsgbuf *);

/* Next message: 1 (to be freed with imsg_free), 0 when none, -1. */
int		 imsgbuf_get(struct imsgbuf *, struct imsg *);

/* The same, returning its length with header, 0 or -1. */
ssize_t		 imsg_get(struct imsgbuf *, struct imsg *);

/*
 * Received message.  imsg_get_data wants exactly the payload's length
 * (EBADMSG) and imsg_get_ibuf lends the unread payload (EBADMSG if empty)
 * until imsg_free; both consume it.  imsg_get_fd hands the descriptor over,
 * -1 when there is none (left); close-on-exec is set.
 */
uint32_t	 imsg_get_type(struct imsg *);
uint32_t	 imsg_get_id(struct imsg *);
pid_t		 imsg_get_pid(struct imsg *);
size_t		 imsg_get_len(struct imsg *);
int		 imsg_get_data(struct imsg *, void *, size_t);
int		 imsg_get_ibuf(struct imsg *, struct ibuf *);
int		 imsg_get_fd(struct imsg *);
void		 imsg_free(struct imsg *);

/*
 * Queue a message: 1 or -1 (ERANGE when too long).  fd is -1 or becomes the
 * channel's own on success: closed once sent or dropped.  On failure it
 * stays the caller's.  pid 0 means this process.
 */
int		 imsg_compose(struct imsgbuf *, uint32_t type, uint32_t id,
		    pid_t, int fd, const void *, size_t);
int		 imsg_composev(struct imsgbuf *, uint32_t type, uint32_t id,
		    pid_t, int fd, const struct iovec *, int);

/*
 * The same in steps.  imsg_add returns the length added, or -1 having freed
 * the message.  imsg_close queues it; the buffer is then no longer the
 * caller's.
 */
struct ibuf	*imsg_create(struct imsgbuf *, uint32_t type, uint32_t id,
		    pid_t, size_t);
int		 imsg_add(struct ibuf *, const void *, size_t);
void		 imsg_close(struct imsgbuf *, struct ibuf *);

/*
 * Buffers.  Adding fails with ERANGE when the limit is reached, EINVAL when
 * the number does not fit its width.  Numbers are in network order.
 */
struct ibuf	*ibuf_open(size_t);
struct ibuf	*ibuf_dynamic(size_t, size_t max);
int		 ibuf_add(struct ibuf *, const void *, size_t);
int		 ibuf_add_n8(struct ibuf *, uint64_t);
int		 ibuf_add_n16(struct ibuf *, uint64_t);
int		 ibuf_add_n32(struct ibuf *, uint64_t);
int		 ibuf_add_n64(struct ibuf *, uint64_t);
int		 ibuf_add_zero(struct ibuf *, size_t);

/* Reading past the end fails with EBADMSG and consumes nothing. */
int		 ibuf_get(struct ibuf *, void *, size_t);
int		 ibuf_get_n8(struct ibuf *, uint8_t *);
int		 ibuf_get_n16(struct ibuf *, uint16_t *);
int		 ibuf_get_n32(struct ibuf *, uint32_t *);
int		 ibuf_get_n64(struct ibuf *, uint64_t *);
int		 ibuf_skip(struct ibuf *, size_t);
void		 ibuf_rewind(struct ibuf *);

/* Unread bytes, where they start, and the room left for adding. */
size_t		 ibuf_size(const struct ibuf *);
void		*ibuf_data(const struct ibuf *);
size_t		 ibuf_left(const struct ibuf *);

/* Borrow memory for reading; needs no ibuf_free. */
void		 ibuf_from_buffer(struct ibuf *, void *, size_t);

/* Wipes, closes a descriptor left inside, keeps errno.  NULL is fine. */
void		 ibuf_free(struct ibuf *);

/* The descriptor inside: is there one, take it (-1 none), replace it. */
int		 ibuf_fd_avail(struct ibuf *);
int		 ibuf_fd_get(struct ibuf *);
void		 ibuf_fd_set(struct ibuf *, int);

#endif
