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
 * One inner packet, or a burst of them, to or from the tun descriptor.
 * Used by tunproc.
 */

#ifndef OS_TUNIO_H
#define OS_TUNIO_H

#include <sys/types.h>
#include <sys/uio.h>

#define TUN_IOV_MAX	72	/* pieces of one write */

/*
 * Read one packet.  With hdr_len not 0 the kernel puts a header in front,
 * which goes to hdr.  Returns the packet's length, or -1 and errno.
 */
ssize_t	tun_read(int fd, void *hdr, size_t hdr_len, void *buf, size_t len);

/*
 * Write one packet of niov pieces, with its header if hdr_len is not 0.
 * 0 or -1 and errno.
 */
int	tun_write(int fd, const void *hdr, size_t hdr_len,
	    const struct iovec *, size_t niov);

#endif /* OS_TUNIO_H */
