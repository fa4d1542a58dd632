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
 * Linux: datagrams in bursts, by UDP_GRO and UDP_SEGMENT.  Runs in netproc;
 * the control messages are the kernel's.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/udp.h>

#include <errno.h>
#include <string.h>

#include "os/udp.h"

/* Older headers lack them. */
#ifndef UDP_SEGMENT
#define UDP_SEGMENT	103
#endif
#ifndef UDP_GRO
#define UDP_GRO		104
#endif

static void
read_control(struct msghdr *msg, struct udp_burst *b)
{
	struct cmsghdr		*cm;
	struct in_pktinfo	 pi4;
	struct in6_pktinfo	 pi6;
	int			 size;

	for (cm = CMSG_FIRSTHDR(msg); cm != NULL; cm = CMSG_NXTHDR(msg, cm)) {
		if (cm->cmsg_level == IPPROTO_IP &&
		    cm->cmsg_type == IP_PKTINFO &&
		    cm->cmsg_len >= CMSG_LEN(sizeof(pi4))) {
			memcpy(&pi4, CMSG_DATA(cm), sizeof(pi4));
			b->local.family = 4;
			memcpy(b->local.addr, &pi4.ipi_addr, 4);
		} else if (cm->cmsg_level == IPPROTO_IPV6 &&
		    cm->cmsg_type == IPV6_PKTINFO &&
		    cm->cmsg_len >= CMSG_LEN(sizeof(pi6))) {
			memcpy(&pi6, CMSG_DATA(cm), sizeof(pi6));
			b->local.family = 6;
			memcpy(b->local.addr, &pi6.ipi6_addr, 16);
		} else if (cm->cmsg_level == SOL_UDP &&
		    cm->cmsg_type == UDP_GRO &&
		    cm->cmsg_len >= CMSG_LEN(sizeof(size))) {
			memcpy(&size, CMSG_DATA(cm), sizeof(size));
			if (size > 0)
				b->segment = (size_t)size;
		}
	}
}

int
udp_recv(int fd, void *buf, size_t cap, struct udp_burst *b)
{
	struct sockaddr_storage	 ss;
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
	read_control(&msg, b);
	return 0;
}

/* One call; segment 0 sends a single datagram. */
static int
send_once(int fd, struct sockaddr_storage *ss, socklen_t sslen,
    const uint8_t *buf, size_t len, uint16_t segment)
{
	struct msghdr	 msg;
	struct iovec	 iov = { (void *)(uintptr_t)buf, len };
	struct cmsghdr	*cm;
	union {
		struct cmsghdr	 align;
		char		 buf[CMSG_SPACE(sizeof(uint16_t))];
	} control;

	memset(&msg, 0, sizeof(msg));
	msg.msg_name = ss;
	msg.msg_namelen = sslen;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (segment != 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		cm = CMSG_FIRSTHDR(&msg);
		cm->cmsg_level = SOL_UDP;
		cm->cmsg_type = UDP_SEGMENT;
		cm->cmsg_len = CMSG_LEN(sizeof(segment));
		memcpy(CMSG_DATA(cm), &segment, sizeof(segment));
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL) == -1 ? -1 : 0;
}

unsigned int
udp_send_burst(int fd, const struct endpoint *to, const uint8_t *buf,
    size_t len, size_t segment, int *together)
{
	struct sockaddr_storage	 ss;
	socklen_t		 sslen = endpoint_to_sockaddr(to, &ss);
	unsigned int		 count, sent = 0;
	size_t			 off, n;

	if (len == 0 || segment == 0)
		return 0;
	count = (unsigned int)((len + segment - 1) / segment);
	if (count > 1 && *together && count <= UDP_BURST_MAX &&
	    segment <= UINT16_MAX) {
		if (send_once(fd, &ss, sslen, buf, len,
		    (uint16_t)segment) == 0)
			return count;
		/* A device without checksum offload, or too long for it. */
		if (errno != EIO && errno != EINVAL && errno != EMSGSIZE)
			return 0;
		*together = 0;
	}
	for (off = 0; off < len; off += n) {
		n = len - off < segment ? len - off : segment;
		sent += send_once(fd, &ss, sslen, buf + off, n, 0) == 0;
	}
	return sent;
}
