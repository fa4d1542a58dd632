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
 * The two queues behind an imsgbuf, and the reader's state.  Private to the
 * files of this folder and to their tests.
 */

#ifndef IMSG_MSGBUF_H
#define IMSG_MSGBUF_H

#include "imsg/imsg.h"

#define IMSGBUF_FDPASS		0x01
#define IMSGBUF_WIPE		0x02

/*
 * Set in the length on the wire: this message brings a descriptor.  The
 * descriptor itself is attached to the message's first byte.
 */
#define IMSG_FD_MARK		0x80000000U

TAILQ_HEAD(ibufqueue, ibuf);

/* A received descriptor and the part of the stream that was read with it. */
struct msgbuf_fd {
	uint64_t	start;
	uint64_t	end;		/* first byte after */
	int		fd;
};

struct msgbuf {
	struct ibufqueue	 wqueue;
	struct ibufqueue	 rqueue;	/* complete messages */
	struct ibuf		*rmsg;		/* body being read */
	unsigned char		*rbuf;		/* IBUF_READ_SIZE bytes */
	size_t			 wbytes;
	size_t			 rhdrlen;	/* bytes of rhdr present */
	size_t			 rneed;		/* bytes rmsg still lacks */
	uint64_t		 rpos;		/* bytes read so far */
	uint64_t		 rstart;	/* where rhdr started */
	uint32_t		 wlen;
	unsigned int		 nfds;
	int			 rerr;		/* reader gave up: errno */
	struct msgbuf_fd	 fds[IMSG_FDS_MAX];
	unsigned char		 rhdr[sizeof(struct imsg_hdr)];
};

struct msgbuf	*msgbuf_new(void);
void		 msgbuf_free(struct msgbuf *);

/* Queue for sending; takes the buffer over. */
void		 msgbuf_queue(struct msgbuf *, struct ibuf *);

/* Next complete message, header first, or NULL. */
struct ibuf	*msgbuf_next(struct msgbuf *);

/* Close all received descriptors that no message claimed. */
void		 msgbuf_drop_fds(struct imsgbuf *);

/* Account for descriptors received with bytes [start, end). */
void		 msgbuf_add_fd(struct imsgbuf *, int, uint64_t start,
		    uint64_t end);

/* Split the next bytes of the stream into messages.  0, or -1 for ever. */
int		 msgbuf_feed(struct imsgbuf *, const unsigned char *, size_t);

/* One sendmsg: 1 all of it went, 0 the socket is full, -1 error. */
int		 msgbuf_send(struct imsgbuf *);

/* One recvmsg into rbuf: its result. */
ssize_t		 msgbuf_recv(struct imsgbuf *);

#endif
