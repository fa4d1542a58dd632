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
 * The channel as its users see it: set-up, limits, reading, writing.  Every
 * loop has a bound, so neither a busy nor a silent peer can hold the caller.
 */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "imsg/imsg.h"
#include "imsg/msgbuf.h"

#define IMSGBUF_PAYLOAD_MAX	(IMSG_FD_MARK - 1 - IMSG_HEADER_SIZE)
#define IMSGBUF_READ_TRIES	8	/* reads cut short by a signal */
#define IMSGBUF_WRITE_ROUNDS	16	/* sendmsg calls per write */
#define IMSGBUF_FLUSH_IDLE	64	/* flush rounds without progress */

static int	imsgbuf_wait(struct imsgbuf *);

int
imsgbuf_init(struct imsgbuf *ib, int fd)
{
	*ib = (struct imsgbuf){
		.fd = fd,
		.pid = getpid(),
		.maxsize = MAX_IMSGSIZE,
		.w = msgbuf_new(),
	};
	return ib->w == NULL ? -1 : 0;
}

static void
imsgbuf_option(struct imsgbuf *ib, int option, int on)
{
	ib->flags = on ? ib->flags | option : ib->flags & ~option;
}

void
imsgbuf_allow_fdpass(struct imsgbuf *ib)
{
	imsgbuf_option(ib, IMSGBUF_FDPASS, 1);
}

int
imsgbuf_set_maxsize(struct imsgbuf *ib, uint32_t max)
{
	/* The whole length must stay clear of the mark's bit. */
	if (max > IMSGBUF_PAYLOAD_MAX) {
		errno = EINVAL;
		return -1;
	}
	ib->maxsize = (uint32_t)IMSG_HEADER_SIZE + max;
	return 0;
}

void
imsgbuf_set_wipe(struct imsgbuf *ib, int on)
{
	imsgbuf_option(ib, IMSGBUF_WIPE, on);
}

int
imsgbuf_read(struct imsgbuf *ib)
{
	struct msgbuf	*w = ib->w;
	ssize_t		 n = -1;
	int		 tries, ret;

	if (w == NULL || w->rerr != 0) {
		errno = w == NULL ? EINVAL : w->rerr;
		return -1;
	}
	for (tries = 0; tries < IMSGBUF_READ_TRIES; tries++) {
		if ((n = msgbuf_recv(ib)) != -1 || errno != EINTR)
			break;
	}
	if (n == -1) {
		if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
			return 1;
		return -1;
	}
	if (n == 0) {
		msgbuf_drop_fds(ib);
		return 0;
	}
	ret = msgbuf_feed(ib, w->rbuf, (size_t)n) == -1 ? -1 : 1;
	if (ib->flags & IMSGBUF_WIPE)
		explicit_bzero(w->rbuf, (size_t)n);
	return ret;
}

int
imsgbuf_write(struct imsgbuf *ib)
{
	int	i, ret;

	if (ib->w == NULL) {
		errno = EINVAL;
		return -1;
	}
	for (i = 0; i < IMSGBUF_WRITE_ROUNDS && ib->w->wlen > 0; i++) {
		if ((ret = msgbuf_send(ib)) == -1)
			return -1;
		if (ret == 0)
			break;
	}
	return 0;
}

static int
imsgbuf_wait(struct imsgbuf *ib)
{
	struct pollfd	pfd;
	int		n;

	pfd.fd = ib->fd;
	pfd.events = POLLOUT;
	pfd.revents = 0;
	if ((n = poll(&pfd, 1, IMSG_FLUSH_MS)) == 0)
		errno = ETIMEDOUT;
	if (n == -1 && errno == EINTR)
		return 0;
	return n > 0 ? 0 : -1;
}

int
imsgbuf_flush(struct imsgbuf *ib)
{
	size_t	before;
	int	idle = 0;

	while (imsgbuf_queuelen(ib) > 0) {
		before = ib->w->wbytes;
		if (imsgbuf_write(ib) == -1)
			return -1;
		if (ib->w->wlen == 0)
			break;
		idle = ib->w->wbytes < before ? 0 : idle + 1;
		/* Writable says poll(2), full says sendmsg(2): give up. */
		if (idle > IMSGBUF_FLUSH_IDLE) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (imsgbuf_wait(ib) == -1)
			return -1;
	}
	return 0;
}

void
imsgbuf_clear(struct imsgbuf *ib)
{
	if (ib->w == NULL)
		return;
	msgbuf_drop_fds(ib);
	msgbuf_free(ib->w);
	ib->w = NULL;
}

uint32_t
imsgbuf_queuelen(struct imsgbuf *ib)
{
	return ib->w == NULL ? 0 : ib->w->wlen;
}

size_t
imsgbuf_queuebytes(struct imsgbuf *ib)
{
	return ib->w == NULL ? 0 : ib->w->wbytes;
}
