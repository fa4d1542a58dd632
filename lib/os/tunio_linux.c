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
 * Linux: with IFF_NO_PI there is nothing in front of a packet but, with
 * IFF_VNET_HDR, the virtio header.
 */

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "os/tunio.h"

ssize_t
tun_read(int fd, void *hdr, size_t hdr_len, void *buf, size_t len)
{
	struct iovec	 iov[2] = { { hdr, hdr_len }, { buf, len } };
	ssize_t		 n = readv(fd, iov, 2);

	if (n == -1)
		return -1;
	if ((size_t)n < hdr_len) {
		errno = EIO;
		return -1;
	}
	return n - (ssize_t)hdr_len;
}

int
tun_write(int fd, const void *hdr, size_t hdr_len, const struct iovec *pieces,
    size_t niov)
{
	struct iovec	 iov[TUN_IOV_MAX + 1];

	if (niov > TUN_IOV_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	iov[0].iov_base = (void *)(uintptr_t)hdr;
	iov[0].iov_len = hdr_len;
	memcpy(iov + 1, pieces, niov * sizeof(iov[0]));
	return writev(fd, iov, (int)niov + 1) == -1 ? -1 : 0;
}
