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

#include "os/udpio_local.h"

#define UDP_TTL	64	/* as the system has it */

void
udpio_control(const struct cmsghdr *cm, struct udp_burst *b)
{
	struct in6_pktinfo	 pi6;

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
	} else if (cm->cmsg_level == IPPROTO_IPV6 &&
	    cm->cmsg_type == IPV6_TCLASS)
		udpio_ecn(cm, b);
}

/* IPv4 has no per-datagram option for these: set, and set back. */
static void
mark_socket(int fd, int family, const struct udp_mark *mark)
{
	int	 tos = mark->ecn, ttl = mark->ttl;

	if (family == 6) {
		if (ttl == 0)
			ttl = -1;
		setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
		setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &ttl,
		    sizeof(ttl));
		return;
	}
	if (ttl == 0)
		ttl = UDP_TTL;
	setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
}

unsigned int
udp_send_burst(int fd, const struct endpoint *to, const struct udp_mark *mark,
    const uint8_t *buf, size_t len, size_t segment, int *together)
{
	static const struct udp_mark	 plain;
	struct sockaddr_storage	 ss;
	socklen_t		 sslen = endpoint_to_sockaddr(to, &ss);
	unsigned int		 sent = 0;
	size_t			 off, n;

	*together = 0;
	if (mark != NULL && (mark->ecn != 0 || mark->ttl != 0))
		mark_socket(fd, to->family, mark);
	else
		mark = NULL;
	for (off = 0; segment != 0 && off < len; off += n) {
		n = len - off < segment ? len - off : segment;
		sent += sendto(fd, buf + off, n, MSG_NOSIGNAL,
		    (struct sockaddr *)&ss, sslen) != -1;
	}
	if (mark != NULL)
		mark_socket(fd, to->family, &plain);
	return sent;
}
