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
 * TCP sockets: what Linux can do.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "netproc/tcp.h"

#define NOTSENT_LOWAT	(128 * 1024)	/* bytes */
#define FILL_MS		1000

/* A connection to ourselves, -1 when it does not come about. */
static int
fill(int listening)
{
	struct sockaddr_storage	 ss;
	struct endpoint		 self, local;
	struct pollfd		 pfd;
	socklen_t		 len = sizeof(ss);

	if (getsockname(listening, (struct sockaddr *)&ss, &len) == -1 ||
	    endpoint_from_sockaddr(&local, (struct sockaddr *)&ss,
	    len) == -1 || endpoint_parse(&self, local.family == 6 ? "::1" :
	    "127.0.0.1", local.port) == -1 ||
	    (pfd.fd = tcp_dial(NULL, &self, TCP_ANY)) == -1)
		return -1;
	pfd.events = POLLOUT;
	if (poll(&pfd, 1, FILL_MS) == 1 && tcp_result(pfd.fd, &local) == 0)
		return pfd.fd;
	tcp_close(pfd.fd);
	return -1;
}

/*
 * A SYN for a port without a socket is answered with a reset, and one for a
 * listening socket whose queue is full not at all.  So the port listens, its
 * queue holds connections of our own, and none is ever accepted.  A length of
 * 1 takes two; of 0, the kernel would suspect a flood.
 */
void
tcp_os_hold(int fd, int fillers[TCP_FILLERS])
{
	size_t	 i;

	if (listen(fd, 1) == -1) {
		log_warn("cannot silence the TCP port");
		return;
	}
	for (i = 0; i < TCP_FILLERS; i++)
		if ((fillers[i] = fill(fd)) == -1)
			break;
	if (i == TCP_FILLERS)
		return;
	log_warnx("cannot silence the TCP port");
	shutdown(fd, SHUT_RDWR);
}

void
tcp_os_connected(int fd)
{
	int	 bytes = NOTSENT_LOWAT;

	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof(bytes));
}
