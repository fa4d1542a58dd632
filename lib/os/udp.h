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
 * The tunnel's UDP socket: made by the parent, used by netproc.
 */

#ifndef OS_UDP_H
#define OS_UDP_H

#include <sys/types.h>
#include <sys/socket.h>

#include <stdint.h>

#include "base/endpoint.h"

#define UDP_BUFFER_BYTES	(4 * 1024 * 1024)
#define UDP_BURST_MAX		64	/* datagrams of one call */

/*
 * Parent only: bound to the wildcard address of family 4 or 6 and to *port
 * (0: any; the one chosen is stored), non-blocking, large buffers, telling
 * the local address of each datagram; with bursts several datagrams may
 * come with one call.  fd or -1 and errno.
 */
int	udp_open(int family, uint16_t *port, int bursts);

/* Parent only: a socket that tells of changes of addresses. fd or -1. */
int	udp_route_open(void);

/* What came in with one call: a datagram, or several of one size. */
struct udp_burst {
	struct endpoint	 from;
	struct endpoint	 local;		/* without port; family 0 if untold */
	size_t		 len;
	size_t		 segment;	/* size of all but the last */
	uint8_t		 ecn;		/* of the IP header, RFC 3168 */
};

/* What the IP header of a datagram is to say, where the system lets us. */
struct udp_mark {
	uint8_t		 ecn;
	uint8_t		 ttl;		/* 0: as usual */
};

/* 0, or -1: EAGAIN, or an error that concerns one datagram only. */
int	udp_recv(int fd, void *buf, size_t cap, struct udp_burst *);

/*
 * Send len bytes as datagrams of segment bytes, the last may be shorter;
 * *together is set to 0 when the system cannot send several with one call
 * to this destination.  Returns the number of datagrams that went out.
 */
unsigned int	udp_send_burst(int fd, const struct endpoint *to,
		    const struct udp_mark *, const uint8_t *buf, size_t len,
		    size_t segment, int *together);

/*
 * The processor that the latest packet of the socket came in on, UINT32_MAX
 * where that is not told.
 */
uint32_t udp_arrival(int fd);

#endif /* OS_UDP_H */
