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
 * Queues and stream splitting.  The sender is trusted with nothing: a length
 * is judged before a buffer is made, at most one body is under construction,
 * and a descriptor goes to the announcing message whose first byte was read
 * together with it, or is closed.  No system call but close(2).
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg/imsg.h"
#include "imsg/msgbuf.h"

static void	msgbuf_shift_fd(struct msgbuf *);
static void	msgbuf_expire_fds(struct imsgbuf *, uint64_t);
static int	msgbuf_claim_fd(struct imsgbuf *, uint32_t);
static int	msgbuf_begin(struct imsgbuf *);
static size_t	msgbuf_take_header(struct msgbuf *, const unsigned char *,
		    size_t);
static size_t	msgbuf_take_body(struct msgbuf *, const unsigned char *,
		    size_t);

struct msgbuf *
msgbuf_new(void)
{
	struct msgbuf	*w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	if ((w->rbuf = calloc(1, IBUF_READ_SIZE)) == NULL) {
		free(w);
		return NULL;
	}
	TAILQ_INIT(&w->wqueue);
	TAILQ_INIT(&w->rqueue);
	return w;
}

void
msgbuf_free(struct msgbuf *w)
{
	struct ibuf	*buf;

	if (w == NULL)
		return;
	while ((buf = TAILQ_FIRST(&w->wqueue)) != NULL) {
		TAILQ_REMOVE(&w->wqueue, buf, entry);
		ibuf_free(buf);
	}
	while ((buf = msgbuf_next(w)) != NULL)
		ibuf_free(buf);
	ibuf_free(w->rmsg);
	freezero(w->rbuf, IBUF_READ_SIZE);
	freezero(w, sizeof(*w));
}

void
msgbuf_queue(struct msgbuf *w, struct ibuf *buf)
{
	TAILQ_INSERT_TAIL(&w->wqueue, buf, entry);
	w->wbytes += ibuf_size(buf);
	w->wlen++;
}

struct ibuf *
msgbuf_next(struct msgbuf *w)
{
	struct ibuf	*buf;

	if ((buf = TAILQ_FIRST(&w->rqueue)) != NULL)
		TAILQ_REMOVE(&w->rqueue, buf, entry);
	return buf;
}

static void
msgbuf_shift_fd(struct msgbuf *w)
{
	w->nfds--;
	memmove(&w->fds[0], &w->fds[1], w->nfds * sizeof(w->fds[0]));
}

/* No message starting at pos or later can own what was read before pos. */
static void
msgbuf_expire_fds(struct imsgbuf *ib, uint64_t pos)
{
	struct msgbuf	*w = ib->w;

	while (w->nfds > 0 && w->fds[0].end <= pos) {
		close(w->fds[0].fd);
		ib->fd_dropped++;
		msgbuf_shift_fd(w);
	}
}

void
msgbuf_drop_fds(struct imsgbuf *ib)
{
	msgbuf_expire_fds(ib, UINT64_MAX);
}

void
msgbuf_add_fd(struct imsgbuf *ib, int fd, uint64_t start, uint64_t end)
{
	struct msgbuf	*w = ib->w;

	if (w->nfds == IMSG_FDS_MAX) {
		close(fd);
		ib->fd_dropped++;
		return;
	}
	w->fds[w->nfds].fd = fd;
	w->fds[w->nfds].start = start;
	w->fds[w->nfds].end = end;
	w->nfds++;
}

/*
 * The descriptor of the message that started at rstart, or -1.  A read ends
 * with the bytes a descriptor was sent with, so one that was lost is never
 * made up for by that of a later message.
 */
static int
msgbuf_claim_fd(struct imsgbuf *ib, uint32_t len)
{
	struct msgbuf	*w = ib->w;
	int		 fd;

	msgbuf_expire_fds(ib, w->rstart);
	if ((len & IMSG_FD_MARK) == 0)
		return -1;
	if (w->nfds == 0 || w->fds[0].start > w->rstart) {
		ib->fd_missing++;
		return -1;
	}
	fd = w->fds[0].fd;
	msgbuf_shift_fd(w);
	return fd;
}

/* The header is complete: judge its length and make room for the body. */
static int
msgbuf_begin(struct imsgbuf *ib)
{
	struct msgbuf	*w = ib->w;
	struct imsg_hdr	 hdr;
	uint32_t	 len;

	memcpy(&hdr, w->rhdr, sizeof(hdr));
	len = hdr.len & ~IMSG_FD_MARK;
	if (len < IMSG_HEADER_SIZE || len > ib->maxsize) {
		errno = ERANGE;
		return -1;
	}
	if ((w->rmsg = ibuf_open(len)) == NULL)
		return -1;
	ibuf_fd_set(w->rmsg, msgbuf_claim_fd(ib, hdr.len));
	hdr.len = len;
	if (ibuf_add(w->rmsg, &hdr, sizeof(hdr)) == -1)
		return -1;
	w->rneed = len - IMSG_HEADER_SIZE;
	return 0;
}

static size_t
msgbuf_take_header(struct msgbuf *w, const unsigned char *p, size_t len)
{
	size_t	want = sizeof(w->rhdr) - w->rhdrlen;

	if (w->rhdrlen == 0)
		w->rstart = w->rpos;
	if (want > len)
		want = len;
	memcpy(w->rhdr + w->rhdrlen, p, want);
	w->rhdrlen += want;
	return want;
}

static size_t
msgbuf_take_body(struct msgbuf *w, const unsigned char *p, size_t len)
{
	size_t	want = w->rneed;

	if (want > len)
		want = len;
	/* Cannot fail: the buffer was made for exactly this length. */
	if (ibuf_add(w->rmsg, p, want) == -1)
		abort();
	w->rneed -= want;
	return want;
}

int
msgbuf_feed(struct imsgbuf *ib, const unsigned char *p, size_t len)
{
	struct msgbuf	*w = ib->w;
	size_t		 n;

	while (len > 0) {
		if (w->rmsg == NULL)
			n = msgbuf_take_header(w, p, len);
		else
			n = msgbuf_take_body(w, p, len);
		p += n;
		len -= n;
		w->rpos += n;

		if (w->rmsg == NULL && w->rhdrlen == sizeof(w->rhdr) &&
		    msgbuf_begin(ib) == -1) {
			/* The next message cannot be found any more. */
			w->rerr = errno;
			msgbuf_drop_fds(ib);
			errno = w->rerr;
			return -1;
		}
		if (w->rmsg != NULL && w->rneed == 0) {
			TAILQ_INSERT_TAIL(&w->rqueue, w->rmsg, entry);
			w->rmsg = NULL;
			w->rhdrlen = 0;
		}
	}
	/* Only a header cut in two may still claim what came with it. */
	if (w->rmsg == NULL && w->rhdrlen > 0)
		msgbuf_expire_fds(ib, w->rstart);
	else
		msgbuf_expire_fds(ib, w->rpos);
	return 0;
}
