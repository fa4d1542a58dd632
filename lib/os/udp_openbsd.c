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
 * OpenBSD: see udp.h.  Runs in the parent.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <net/route.h>
#include <netinet/in.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "os/udp.h"

static int
bind_any(int fd, int family, uint16_t *port)
{
	struct sockaddr_storage	 ss;
	struct endpoint		 ep;
	socklen_t		 len;

	memset(&ep, 0, sizeof(ep));
	ep.family = (uint8_t)family;
	ep.port = *port;
	len = endpoint_to_sockaddr(&ep, &ss);
	if (bind(fd, (struct sockaddr *)&ss, len) == -1)
		return -1;
	len = sizeof(ss);
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    endpoint_from_sockaddr(&ep, (struct sockaddr *)&ss, len) == -1)
		return -1;
	*port = ep.port;
	return 0;
}

int
udp_open(int family, uint16_t *port, int bursts)
{
	int	 bytes = UDP_BUFFER_BYTES, on = 1, saved, fd, ret;

	(void)bursts;
	fd = socket(family == 6 ? AF_INET6 : AF_INET,
	    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	/* The system's limit is lower than wished for: halve until it fits. */
	for (; bytes > 65536 && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes,
	    sizeof(bytes)) == -1; bytes /= 2)
		continue;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	if (family == 6) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, &on,
		    sizeof(on));
		ret = setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on,
		    sizeof(on));
	} else
		ret = setsockopt(fd, IPPROTO_IP, IP_RECVDSTADDR, &on,
		    sizeof(on));
	if (ret == -1 || bind_any(fd, family, port) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

int
udp_route_open(void)
{
	unsigned int	 filter = ROUTE_FILTER(RTM_NEWADDR) |
			    ROUTE_FILTER(RTM_DELADDR) |
			    ROUTE_FILTER(RTM_IFINFO);
	int		 fd;

	fd = socket(AF_ROUTE, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	if (setsockopt(fd, AF_ROUTE, ROUTE_MSGFILTER, &filter,
	    sizeof(filter)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

uint32_t
udp_arrival(int fd)
{
	(void)fd;
	return UINT32_MAX;
}
