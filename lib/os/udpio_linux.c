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

#include "os/udpio_local.h"

/* Older headers lack them. */
#ifndef UDP_SEGMENT
#define UDP_SEGMENT	103
#endif
#ifndef UDP_GRO
#define UDP_GRO		104
#endif

/* Where the datagrams of one call go. */
struct udp_target {
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 family;
	const struct udp_mark	*mark;
};

void
udpio_control(const struct cmsghdr *cm, struct udp_burst *b)
{
	struct in_pktinfo	 pi4;
	struct in6_pktinfo	 pi6;
	int			 size;

	if (cm->cmsg_level == IPPROTO_IP && cm->cmsg_type == IP_PKTINFO &&
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
	} else if (cm->cmsg_level == SOL_UDP && cm->cmsg_type == UDP_GRO &&
	    cm->cmsg_len >= CMSG_LEN(sizeof(size))) {
		memcpy(&size, CMSG_DATA(cm), sizeof(size));
		if (size > 0)
			b->segment = (size_t)size;
	} else if ((cm->cmsg_level == IPPROTO_IP &&
	    cm->cmsg_type == IP_TOS) || (cm->cmsg_level == IPPROTO_IPV6 &&
	    cm->cmsg_type == IPV6_TCLASS))
		udpio_ecn(cm, b);
}

/* Adds a control message; the buffer is large enough for all there are. */
static void
put_control(struct msghdr *msg, int level, int type, const void *value,
    size_t len)
{
	struct cmsghdr	*cm;

	cm = (struct cmsghdr *)(void *)((char *)msg->msg_control +
	    msg->msg_controllen);
	cm->cmsg_level = level;
	cm->cmsg_type = type;
	cm->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(cm), value, len);
	msg->msg_controllen += CMSG_SPACE(len);
}

static void
put_mark(struct msghdr *msg, int family, const struct udp_mark *mark)
{
	int	 ecn = mark->ecn, ttl = mark->ttl;

	if (ecn != 0)
		put_control(msg, family == 6 ? IPPROTO_IPV6 : IPPROTO_IP,
		    family == 6 ? IPV6_TCLASS : IP_TOS, &ecn, sizeof(ecn));
	if (ttl != 0)
		put_control(msg, family == 6 ? IPPROTO_IPV6 : IPPROTO_IP,
		    family == 6 ? IPV6_HOPLIMIT : IP_TTL, &ttl, sizeof(ttl));
}

/* One call; segment 0 sends a single datagram. */
static int
send_once(int fd, const struct udp_target *t, const uint8_t *buf, size_t len,
    uint16_t segment)
{
	struct msghdr	 msg;
	struct iovec	 iov = { (void *)(uintptr_t)buf, len };
	union {
		struct cmsghdr	 align;
		char		 buf[CMSG_SPACE(sizeof(uint16_t)) +
				    2 * CMSG_SPACE(sizeof(int))];
	} control;

	memset(&msg, 0, sizeof(msg));
	msg.msg_name = (void *)(uintptr_t)&t->ss;
	msg.msg_namelen = t->len;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	memset(&control, 0, sizeof(control));
	msg.msg_control = control.buf;
	if (segment != 0)
		put_control(&msg, SOL_UDP, UDP_SEGMENT, &segment,
		    sizeof(segment));
	if (t->mark != NULL)
		put_mark(&msg, t->family, t->mark);
	if (msg.msg_controllen == 0)
		msg.msg_control = NULL;
	return sendmsg(fd, &msg, MSG_NOSIGNAL) == -1 ? -1 : 0;
}

unsigned int
udp_send_burst(int fd, const struct endpoint *to, const struct udp_mark *mark,
    const uint8_t *buf, size_t len, size_t segment, int *together)
{
	struct udp_target	 t;
	unsigned int		 count, sent = 0;
	size_t			 off, n;

	if (len == 0 || segment == 0)
		return 0;
	t.len = endpoint_to_sockaddr(to, &t.ss);
	t.family = to->family;
	t.mark = mark;
	count = (unsigned int)((len + segment - 1) / segment);
	if (count > 1 && *together && count <= UDP_BURST_MAX &&
	    segment <= UINT16_MAX) {
		if (send_once(fd, &t, buf, len, (uint16_t)segment) == 0)
			return count;
		/* A device without checksum offload, or too long for it. */
		if (errno != EIO && errno != EINVAL && errno != EMSGSIZE)
			return 0;
		*together = 0;
	}
	for (off = 0; off < len; off += n) {
		n = len - off < segment ? len - off : segment;
		sent += send_once(fd, &t, buf + off, n, 0) == 0;
	}
	return sent;
}
