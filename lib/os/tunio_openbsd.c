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
 * OpenBSD: the address family stands in front of each packet; there are no
 * offloads, so hdr_len is 0.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "os/tunio.h"

ssize_t
tun_read(int fd, void *hdr, size_t hdr_len, void *buf, size_t len)
{
	uint32_t	 family;
	struct iovec	 iov[2] = { { &family, sizeof(family) },
			    { buf, len } };
	ssize_t		 n = readv(fd, iov, 2);

	memset(hdr, 0, hdr_len);
	if (n == -1)
		return -1;
	if (n < (ssize_t)sizeof(family)) {
		errno = EIO;
		return -1;
	}
	return n - (ssize_t)sizeof(family);
}

int
tun_write(int fd, const void *hdr, size_t hdr_len, const struct iovec *pieces,
    size_t niov)
{
	struct iovec	 iov[TUN_IOV_MAX + 1];
	const uint8_t	*first;
	uint32_t	 family;

	(void)hdr;
	if (niov == 0 || niov > TUN_IOV_MAX || hdr_len != 0 ||
	    pieces[0].iov_len == 0) {
		errno = EINVAL;
		return -1;
	}
	first = pieces[0].iov_base;
	family = htonl(first[0] >> 4 == 6 ? AF_INET6 : AF_INET);
	iov[0].iov_base = &family;
	iov[0].iov_len = sizeof(family);
	memcpy(iov + 1, pieces, niov * sizeof(iov[0]));
	return writev(fd, iov, (int)niov + 1) == -1 ? -1 : 0;
}
