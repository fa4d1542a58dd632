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
 * OpenBSD: the address family stands in front of each packet.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <arpa/inet.h>

#include <errno.h>
#include <stdint.h>

#include "os/tunio.h"

ssize_t
tun_read(int fd, void *buf, size_t len)
{
	uint32_t	 family;
	struct iovec	 iov[2] = { { &family, sizeof(family) },
			    { buf, len } };
	ssize_t		 n = readv(fd, iov, 2);

	return n < (ssize_t)sizeof(family) ? n : n - (ssize_t)sizeof(family);
}

ssize_t
tun_write(int fd, const void *buf, size_t len)
{
	const uint8_t	*p = buf;
	uint32_t	 family;
	struct iovec	 iov[2] = { { &family, sizeof(family) },
			    { (void *)(uintptr_t)buf, len } };
	ssize_t		 n;

	if (len == 0) {
		errno = EINVAL;
		return -1;
	}
	family = htonl(p[0] >> 4 == 6 ? AF_INET6 : AF_INET);
	n = writev(fd, iov, 2);
	return n == -1 ? -1 : n - (ssize_t)sizeof(family);
}
