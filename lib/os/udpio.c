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
 * Receiving, which all systems do alike but for the control messages.  Runs
 * in netproc.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include "os/udpio_local.h"

void
udpio_ecn(const struct cmsghdr *cm, struct udp_burst *b)
{
	uint8_t	 byte;
	int	 value;

	if (cm->cmsg_len >= CMSG_LEN(sizeof(value))) {
		memcpy(&value, CMSG_DATA(cm), sizeof(value));
		b->ecn = (uint8_t)(value & 3);
	} else if (cm->cmsg_len >= CMSG_LEN(sizeof(byte))) {
		memcpy(&byte, CMSG_DATA(cm), sizeof(byte));
		b->ecn = byte & 3;
	}
}

int
udp_recv(int fd, void *buf, size_t cap, struct udp_burst *b)
{
	struct sockaddr_storage	 ss;
	struct cmsghdr		*cm;
	struct msghdr		 msg;
	struct iovec		 iov = { buf, cap };
	ssize_t			 len;
	union {
		struct cmsghdr	 align;
		char		 buf[256];
	} control;

	memset(&msg, 0, sizeof(msg));
	memset(b, 0, sizeof(*b));
	msg.msg_name = &ss;
	msg.msg_namelen = sizeof(ss);
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = control.buf;
	msg.msg_controllen = sizeof(control.buf);
	if ((len = recvmsg(fd, &msg, 0)) == -1)
		return -1;
	b->len = b->segment = (size_t)len;
	if (msg.msg_flags & MSG_TRUNC || endpoint_from_sockaddr(&b->from,
	    (struct sockaddr *)&ss, msg.msg_namelen) == -1) {
		errno = EMSGSIZE;
		return -1;
	}
	for (cm = CMSG_FIRSTHDR(&msg); cm != NULL;
	    cm = CMSG_NXTHDR(&msg, cm))
		udpio_control(cm, b);
	return 0;
}
