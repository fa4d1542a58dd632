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
 * For tests of one process: the other end of its TLS connection, with plain
 * waiting calls, and frames on it.
 */

#ifndef REGRESS_TLSIO_PEER_H
#define REGRESS_TLSIO_PEER_H

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <netinet/in.h>
#include <arpa/inet.h>

#include <atf-c.h>
#include <poll.h>
#include <string.h>
#include <tls.h>
#include <unistd.h>

#include "frame/frame.h"

struct peer {
	struct tls		*tls;
	int			 fd;
	struct frame_reader	 reader;
};

static inline struct sockaddr_in
peer_loopback(uint16_t port)
{
	struct sockaddr_in	 sin;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sin;
}

/* A listening (type SOCK_STREAM) or bound socket on a free port. */
static inline int
peer_listen(int type, uint16_t *port)
{
	struct sockaddr_in	 sin = peer_loopback(0);
	socklen_t		 len = sizeof(sin);
	int			 fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE(bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0);
	if (type == SOCK_STREAM)
		ATF_REQUIRE(listen(fd, 512) == 0);
	ATF_REQUIRE(getsockname(fd, (struct sockaddr *)&sin, &len) == 0);
	*port = ntohs(sin.sin_port);
	return fd;
}

/* Nothing may take longer than this. */
static inline void
peer_limit(int fd)
{
	struct timeval	 tv = { 10, 0 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

static inline int
peer_tcp(uint16_t port)
{
	struct sockaddr_in	 sin = peer_loopback(port);
	int			 fd = socket(AF_INET, SOCK_STREAM |
				    SOCK_CLOEXEC, 0);

	ATF_REQUIRE(fd != -1);
	peer_limit(fd);
	ATF_REQUIRE(connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0);
	return fd;
}

/* As an agent, without looking at the certificate. */
static inline void
peer_connect(struct peer *p, uint16_t port)
{
	struct tls_config	*config = tls_config_new();

	memset(p, 0, sizeof(*p));
	p->fd = peer_tcp(port);
	ATF_REQUIRE(config != NULL && (p->tls = tls_client()) != NULL);
	tls_config_insecure_noverifycert(config);
	tls_config_insecure_noverifyname(config);
	ATF_REQUIRE(tls_configure(p->tls, config) == 0);
	tls_config_free(config);
	ATF_REQUIRE(tls_connect_socket(p->tls, p->fd, "discovery") == 0);
	ATF_REQUIRE_MSG(tls_handshake(p->tls) == 0, "%s", tls_error(p->tls));
}

/* As a server: the next connection of a listening socket; 0 or -1. */
static inline int
peer_accept(struct peer *p, int listener, struct tls *server)
{
	memset(p, 0, sizeof(*p));
	peer_limit(listener);
	ATF_REQUIRE((p->fd = accept(listener, NULL, NULL)) != -1);
	peer_limit(p->fd);
	ATF_REQUIRE(tls_accept_socket(server, &p->tls, p->fd) == 0);
	return tls_handshake(p->tls);
}

static inline void
peer_end(struct peer *p)
{
	tls_free(p->tls);
	close(p->fd);
	frame_reader_free(&p->reader);
}

static inline void
peer_write(struct peer *p, const void *data, size_t len)
{
	const uint8_t	*d = data;
	ssize_t		 n;

	for (; len > 0; d += n, len -= (size_t)n) {
		n = tls_write(p->tls, d, len);
		ATF_REQUIRE_MSG(n > 0, "%s", tls_error(p->tls));
	}
}

/* Sends an encoded frame and frees it. */
static inline void
peer_send(struct peer *p, uint8_t *frame, size_t len)
{
	ATF_REQUIRE(frame != NULL);
	peer_write(p, frame, len);
	frame_free_buffer(frame, len);
}

/* Bytes, over what TLS says to itself; 0 or less at the end. */
static inline ssize_t
peer_read(struct peer *p, void *buf, size_t len)
{
	struct pollfd	 pfd = { p->fd, POLLIN, 0 };
	ssize_t		 n;

	while ((n = tls_read(p->tls, buf, len)) == TLS_WANT_POLLIN)
		ATF_REQUIRE_MSG(poll(&pfd, 1, 10000) == 1, "nothing came");
	return n;
}

/* The next frame; NULL when the connection ended. */
static inline struct frame *
peer_get(struct peer *p)
{
	const uint8_t	*json;
	const char	*errstr = "";
	struct frame	*f;
	uint8_t		 buf[4096];
	size_t		 len;
	ssize_t		 n;

	while ((n = frame_reader_next(&p->reader, &json, &len)) == 0) {
		if ((n = peer_read(p, buf, sizeof(buf))) <= 0)
			return NULL;
		ATF_REQUIRE(frame_reader_add(&p->reader, buf, (size_t)n) ==
		    0);
	}
	ATF_REQUIRE(n == 1);
	f = frame_parse(json, len, &errstr);
	ATF_REQUIRE_MSG(f != NULL, "%s", errstr);
	return f;
}

static inline struct frame *
peer_expect(struct peer *p, enum frame_type type)
{
	struct frame	*f = peer_get(p);

	ATF_REQUIRE_MSG(f != NULL, "the connection ended, %s expected",
	    frame_type_name(type));
	ATF_REQUIRE_MSG(frame_type(f) == type, "%s instead of %s",
	    frame_type_name(frame_type(f)), frame_type_name(type));
	return f;
}

/* A frame whose content does not matter. */
static inline void
peer_skip(struct peer *p, enum frame_type type)
{
	frame_free(peer_expect(p, type));
}

#endif /* REGRESS_TLSIO_PEER_H */
