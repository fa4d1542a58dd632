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
 * OpenBSD: one datagram for each call.  Runs in netproc.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <string.h>

#include "os/udp.h"

int
udp_recv(int fd, void *buf, size_t cap, struct udp_burst *b)
{
	struct sockaddr_storage	 ss;
	struct cmsghdr		*cm;
	struct in6_pktinfo	 pi6;
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
	    cm = CMSG_NXTHDR(&msg, cm)) {
		if (cm->cmsg_level == IPPROTO_IP &&
		    cm->cmsg_type == IP_RECVDSTADDR &&
		    cm->cmsg_len >= CMSG_LEN(sizeof(struct in_addr))) {
			b->local.family = 4;
			memcpy(b->local.addr, CMSG_DATA(cm), 4);
		} else if (cm->cmsg_level == IPPROTO_IPV6 &&
		    cm->cmsg_type == IPV6_PKTINFO &&
		    cm->cmsg_len >= CMSG_LEN(sizeof(pi6))) {
			memcpy(&pi6, CMSG_DATA(cm), sizeof(pi6));
			b->local.family = 6;
			memcpy(b->local.addr, &pi6.ipi6_addr, 16);
		}
	}
	return 0;
}

unsigned int
udp_send_burst(int fd, const struct endpoint *to, const uint8_t *buf,
    size_t len, size_t segment, int *together)
{
	struct sockaddr_storage	 ss;
	socklen_t		 sslen = endpoint_to_sockaddr(to, &ss);
	unsigned int		 sent = 0;
	size_t			 off, n;

	*together = 0;
	for (off = 0; segment != 0 && off < len; off += n) {
		n = len - off < segment ? len - off : segment;
		sent += sendto(fd, buf + off, n, MSG_NOSIGNAL,
		    (struct sockaddr *)&ss, sslen) != -1;
	}
	return sent;
}
