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
 * The TCP sockets on which peers may call.  Ports below 1024 are for root
 * alone, so the parent opens them, and netproc gets copies.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/endpoint.h"
#include "base/log.h"
#include "enclaved/enclaved.h"

#define BACKLOG	128

/* Descriptor, or -1 with errno. */
static int
open_one(uint8_t family, uint16_t port)
{
	struct sockaddr_storage	 ss;
	struct endpoint		 any;
	socklen_t		 len;
	int			 fd, error, on = 1;

	memset(&any, 0, sizeof(any));
	any.family = family;
	any.port = port;
	len = endpoint_to_sockaddr(&any, &ss);
	if ((fd = socket(family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM |
	    SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (family != 6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
	    sizeof(on)) == 0) &&
	    bind(fd, (struct sockaddr *)&ss, len) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static void
listen_close(struct enclaved *e)
{
	if (e->tcp4 != -1)
		close(e->tcp4);
	if (e->tcp6 != -1)
		close(e->tcp6);
	e->tcp4 = e->tcp6 = -1;
	e->tcp_port = 0;
}

int
listen_open(struct enclaved *e)
{
	uint16_t	 port = e->conf->tcp_port;

	if (e->conf->without[ENCLAVED_WAY_TCP])
		port = 0;
	if (port == e->tcp_port)
		return 0;
	listen_close(e);
	if (port == 0)
		return 0;
	if ((e->tcp4 = open_one(4, port)) == -1 && errno != EAFNOSUPPORT)
		goto fail;
	if ((e->tcp6 = open_one(6, port)) == -1 && errno != EAFNOSUPPORT)
		goto fail;
	e->tcp_port = port;
	return 0;
fail:
	if (errno == EADDRINUSE)
		log_error("tcp port %u is in use: choose another \"tcp port\" "
		    "or leave it out", port);
	else
		log_error("cannot listen on tcp port %u: %s", port,
		    strerror(errno));
	listen_close(e);
	return -1;
}
