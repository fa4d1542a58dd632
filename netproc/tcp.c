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
 * TCP sockets, see tcp.h.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "netproc/tcp.h"

static int
set(int fd, int level, int option)
{
	int	 one = 1;

	return setsockopt(fd, level, option, &one, sizeof(one));
}

static int
bound(int family, uint16_t port)
{
	struct sockaddr_storage	 ss;
	struct endpoint		 ep;
	socklen_t		 len;
	int			 fd;

	memset(&ep, 0, sizeof(ep));
	ep.family = (uint8_t)family;
	ep.port = port;
	len = endpoint_to_sockaddr(&ep, &ss);
	if ((fd = socket(family == 6 ? AF_INET6 : AF_INET,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	/* Both, before bind: several sockets leave from this port. */
	if (set(fd, SOL_SOCKET, SO_REUSEADDR) == 0 &&
	    set(fd, SOL_SOCKET, SO_REUSEPORT) == 0 &&
	    (family != 6 || set(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 0) &&
	    bind(fd, (struct sockaddr *)&ss, len) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
hold(int family, uint16_t *port, int fillers[TCP_FILLERS])
{
	struct sockaddr_storage	 ss;
	struct endpoint		 ep;
	socklen_t		 len = sizeof(ss);
	int			 fd = bound(family, *port);

	if (fd == -1)
		return -1;
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    endpoint_from_sockaddr(&ep, (struct sockaddr *)&ss, len) == -1) {
		close(fd);
		return -1;
	}
	*port = ep.port;
	tcp_os_hold(fd, fillers);
	return fd;
}

void
tcp_hold(struct tcp_ports *t)
{
	t->port4 = t->port6 = 0;
	memset(t->fill4, -1, sizeof(t->fill4));
	memset(t->fill6, -1, sizeof(t->fill6));
	if ((t->hold4 = hold(4, &t->port4, t->fill4)) == -1)
		log_warn("no TCP port for IPv4");
	if ((t->hold6 = hold(6, &t->port6, t->fill6)) == -1 &&
	    errno != EAFNOSUPPORT)
		log_warn("no TCP port for IPv6");
}

uint16_t
tcp_port(const struct tcp_ports *t, int family)
{
	if (family == 6)
		return t->hold6 == -1 ? 0 : t->port6;
	return t->hold4 == -1 ? 0 : t->port4;
}

int
tcp_dial(const struct tcp_ports *t, const struct endpoint *to,
    enum tcp_from from)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len = endpoint_to_sockaddr(to, &ss);
	uint16_t		 port = 0;
	int			 fd, error;

	if (from == TCP_PUNCH)
		port = tcp_port(t, to->family);
	if (len == 0 || (from == TCP_PUNCH && port == 0)) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	fd = from == TCP_PUNCH ? bound(to->family, port) :
	    socket(to->family == 6 ? AF_INET6 : AF_INET,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (set(fd, IPPROTO_TCP, TCP_NODELAY) == 0 &&
	    (connect(fd, (struct sockaddr *)&ss, len) == 0 ||
	    errno == EINPROGRESS || errno == EINTR))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int
tcp_result(int fd, struct endpoint *local)
{
	struct sockaddr_storage	 ss;
	struct endpoint		 peer;
	socklen_t		 len = sizeof(int);
	int			 error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		return errno;
	if (error != 0)
		return error;
	len = sizeof(ss);
	if (getpeername(fd, (struct sockaddr *)&ss, &len) == -1)
		return errno;
	if (endpoint_from_sockaddr(&peer, (struct sockaddr *)&ss, len) == -1)
		return EAFNOSUPPORT;
	len = sizeof(ss);
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		return errno;
	if (endpoint_from_sockaddr(local, (struct sockaddr *)&ss, len) == -1)
		return EAFNOSUPPORT;
	if (endpoint_cmp(&peer, local) == 0)
		return ELOOP;
	tcp_os_connected(fd);
	return 0;
}

void
tcp_close(int fd)
{
	struct linger	 now = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}
