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
 * The socket side: one recvmsg(2) or sendmsg(2) at a time on a local stream
 * socket.  Received descriptors are close-on-exec from the start, and no
 * send raises SIGPIPE.  Nothing here knows what a message means.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "imsg/imsg.h"
#include "imsg/msgbuf.h"

/* IOV_MAX, which not every <limits.h> shows. */
#define MSGBUF_IOV_MAX	1024

/* Aligned room for the descriptors of one read. */
union msgbuf_control {
	struct cmsghdr	hdr;
	unsigned char	buf[CMSG_SPACE(sizeof(int) * IMSG_FDS_MAX)];
};

static void	msgbuf_collect_fds(struct imsgbuf *, struct msghdr *, size_t);
static size_t	msgbuf_gather(struct msgbuf *, struct iovec *, size_t *);
static void	msgbuf_attach_fd(struct msghdr *, union msgbuf_control *, int);
static void	msgbuf_drain(struct msgbuf *, size_t);

static void
msgbuf_collect_fds(struct imsgbuf *ib, struct msghdr *msg, size_t len)
{
	struct cmsghdr	*cmsg;
	uint64_t	 pos = ib->w->rpos;
	size_t		 i, n;
	int		 fd;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL;
	    cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(fd),
			    sizeof(fd));
			msgbuf_add_fd(ib, fd, pos, pos + len);
		}
	}
}

ssize_t
msgbuf_recv(struct imsgbuf *ib)
{
	union msgbuf_control	 control;
	struct msghdr		 msg;
	struct iovec		 iov;
	ssize_t			 n;

	memset(&msg, 0, sizeof(msg));
	iov.iov_base = ib->w->rbuf;
	iov.iov_len = IBUF_READ_SIZE;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (ib->flags & IMSGBUF_FDPASS) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.buf);
	}
	/* Without room for it the kernel drops a descriptor by itself. */
	if ((n = recvmsg(ib->fd, &msg, MSG_CMSG_CLOEXEC)) == -1)
		return -1;
	if (msg.msg_flags & MSG_CTRUNC)
		ib->fd_truncated++;
	if (ib->flags & IMSGBUF_FDPASS)
		msgbuf_collect_fds(ib, &msg, (size_t)n);
	return n;
}

/*
 * The first buffer and those after it up to the next one with a descriptor,
 * which must start a sendmsg(2) of its own to travel with its first byte.
 */
static size_t
msgbuf_gather(struct msgbuf *w, struct iovec *iov, size_t *total)
{
	struct ibuf	*buf;
	size_t		 n = 0;

	*total = 0;
	TAILQ_FOREACH(buf, &w->wqueue, entry) {
		if (n == MSGBUF_IOV_MAX || (n > 0 && ibuf_fd_avail(buf)))
			break;
		/* What one call may carry is bounded by ssize_t. */
		if (ibuf_size(buf) > SSIZE_MAX - *total)
			break;
		iov[n].iov_base = ibuf_data(buf);
		iov[n].iov_len = ibuf_size(buf);
		*total += iov[n].iov_len;
		n++;
	}
	return n;
}

static void
msgbuf_attach_fd(struct msghdr *msg, union msgbuf_control *control, int fd)
{
	struct cmsghdr	*cmsg;

	memset(control, 0, sizeof(*control));
	msg->msg_control = control;
	msg->msg_controllen = CMSG_SPACE(sizeof(fd));
	cmsg = CMSG_FIRSTHDR(msg);
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
}

static void
msgbuf_drain(struct msgbuf *w, size_t len)
{
	struct ibuf	*buf;
	size_t		 n;

	w->wbytes -= len;
	while ((buf = TAILQ_FIRST(&w->wqueue)) != NULL && len > 0) {
		n = ibuf_size(buf);
		if (n > len) {
			(void)ibuf_skip(buf, len);
			return;
		}
		len -= n;
		TAILQ_REMOVE(&w->wqueue, buf, entry);
		w->wlen--;
		ibuf_free(buf);
	}
}

int
msgbuf_send(struct imsgbuf *ib)
{
	struct iovec		 iov[MSGBUF_IOV_MAX];
	union msgbuf_control	 control;
	struct msghdr		 msg;
	struct ibuf		*first;
	size_t			 total;
	ssize_t			 n;
	int			 fd;

	if ((first = TAILQ_FIRST(&ib->w->wqueue)) == NULL)
		return 1;
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = iov;
	msg.msg_iovlen = msgbuf_gather(ib->w, iov, &total);
	if (ibuf_fd_avail(first) && (ib->flags & IMSGBUF_FDPASS))
		msgbuf_attach_fd(&msg, &control, first->fd);
	if ((n = sendmsg(ib->fd, &msg, MSG_NOSIGNAL)) == -1) {
		if (errno == EAGAIN || errno == EWOULDBLOCK ||
		    errno == ENOBUFS || errno == EINTR)
			return 0;
		return -1;
	}
	/* It went with the first byte, so the rest must not send it again. */
	if (n > 0 && (fd = ibuf_fd_get(first)) != -1) {
		if ((ib->flags & IMSGBUF_FDPASS) == 0)
			ib->fd_dropped++;
		close(fd);
	}
	msgbuf_drain(ib->w, (size_t)n);
	return (size_t)n == total;
}
