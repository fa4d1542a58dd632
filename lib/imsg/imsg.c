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
 * Making messages and taking them apart.  The length and the descriptor mark
 * are written when a message is closed, so they always tell the truth; a
 * message received has had its length checked, its payload has not.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "imsg/imsg.h"
#include "imsg/msgbuf.h"

int
imsgbuf_get(struct imsgbuf *ib, struct imsg *imsg)
{
	struct ibuf	*buf;

	memset(imsg, 0, sizeof(*imsg));
	if (ib->w == NULL) {
		errno = EINVAL;
		return -1;
	}
	if ((buf = msgbuf_next(ib->w)) == NULL)
		return 0;
	if (ibuf_get(buf, &imsg->hdr, sizeof(imsg->hdr)) == -1) {
		ibuf_free(buf);
		return -1;
	}
	imsg->buf = buf;
	if (ibuf_size(buf) > 0)
		imsg->data = ibuf_data(buf);
	return 1;
}

ssize_t
imsg_get(struct imsgbuf *ib, struct imsg *imsg)
{
	int	ret;

	if ((ret = imsgbuf_get(ib, imsg)) != 1)
		return ret;
	return (ssize_t)(imsg_get_len(imsg) + IMSG_HEADER_SIZE);
}

uint32_t
imsg_get_type(struct imsg *imsg)
{
	return imsg->hdr.type;
}

uint32_t
imsg_get_id(struct imsg *imsg)
{
	return imsg->hdr.peerid;
}

pid_t
imsg_get_pid(struct imsg *imsg)
{
	return (pid_t)imsg->hdr.pid;
}

size_t
imsg_get_len(struct imsg *imsg)
{
	return ibuf_size(imsg->buf);
}

int
imsg_get_data(struct imsg *imsg, void *data, size_t len)
{
	if (len == 0) {
		errno = EINVAL;
		return -1;
	}
	if (ibuf_size(imsg->buf) != len) {
		errno = EBADMSG;
		return -1;
	}
	return ibuf_get(imsg->buf, data, len);
}

int
imsg_get_ibuf(struct imsg *imsg, struct ibuf *buf)
{
	size_t	len = ibuf_size(imsg->buf);

	if (len == 0) {
		errno = EBADMSG;
		return -1;
	}
	ibuf_from_buffer(buf, ibuf_data(imsg->buf), len);
	return ibuf_skip(imsg->buf, len);
}

int
imsg_get_fd(struct imsg *imsg)
{
	return ibuf_fd_get(imsg->buf);
}

void
imsg_free(struct imsg *imsg)
{
	ibuf_free(imsg->buf);
	imsg->buf = NULL;
	imsg->data = NULL;
}

struct ibuf *
imsg_create(struct imsgbuf *ib, uint32_t type, uint32_t id, pid_t pid,
    size_t len)
{
	struct imsg_hdr	 hdr;
	struct ibuf	*buf;

	if (len > ib->maxsize - IMSG_HEADER_SIZE) {
		errno = ERANGE;
		return NULL;
	}
	hdr.type = type;
	hdr.len = 0;
	hdr.peerid = id;
	hdr.pid = (uint32_t)(pid != 0 ? pid : ib->pid);
	if ((buf = ibuf_dynamic(len + IMSG_HEADER_SIZE, ib->maxsize)) == NULL)
		return NULL;
	if (ibuf_add(buf, &hdr, sizeof(hdr)) == -1) {
		ibuf_free(buf);
		return NULL;
	}
	return buf;
}

int
imsg_add(struct ibuf *buf, const void *data, size_t len)
{
	if (ibuf_add(buf, data, len) == -1) {
		ibuf_free(buf);
		return -1;
	}
	return (int)len;
}

void
imsg_close(struct imsgbuf *ib, struct ibuf *buf)
{
	uint32_t	len;

	/* Not from imsg_create, or partly read: a fault of the program. */
	if (ib->w == NULL || buf->rpos != 0 || buf->wpos < IMSG_HEADER_SIZE ||
	    buf->wpos > ib->maxsize)
		abort();
	len = (uint32_t)buf->wpos;
	if (ibuf_fd_avail(buf))
		len |= IMSG_FD_MARK;
	memcpy(buf->buf + offsetof(struct imsg_hdr, len), &len, sizeof(len));
	msgbuf_queue(ib->w, buf);
}

int
imsg_compose(struct imsgbuf *ib, uint32_t type, uint32_t id, pid_t pid,
    int fd, const void *data, size_t len)
{
	struct ibuf	*buf;

	if ((buf = imsg_create(ib, type, id, pid, len)) == NULL)
		return -1;
	if (imsg_add(buf, data, len) == -1)
		return -1;
	ibuf_fd_set(buf, fd);
	imsg_close(ib, buf);
	return 1;
}

int
imsg_composev(struct imsgbuf *ib, uint32_t type, uint32_t id, pid_t pid,
    int fd, const struct iovec *iov, int iovcnt)
{
	struct ibuf	*buf;
	size_t		 len = 0;
	int		 i;

	for (i = 0; i < iovcnt; i++) {
		if (iov[i].iov_len > SIZE_MAX - len) {
			errno = ERANGE;
			return -1;
		}
		len += iov[i].iov_len;
	}
	if ((buf = imsg_create(ib, type, id, pid, len)) == NULL)
		return -1;
	for (i = 0; i < iovcnt; i++) {
		if (imsg_add(buf, iov[i].iov_base, iov[i].iov_len) == -1)
			return -1;
	}
	ibuf_fd_set(buf, fd);
	imsg_close(ib, buf);
	return 1;
}
