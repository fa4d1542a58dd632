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
 * Linux: a sealed memfd.  The seals matter: memory that could shrink would
 * let one neighbour end the other with SIGBUS.
 */

#include <sys/types.h>
#include <sys/mman.h>

#include <fcntl.h>
#include <unistd.h>

#include "os/memory.h"

int
memory_create(size_t size, int *out)
{
	int	 fd = memfd_create("enclave", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd == -1)
		return -1;
	if (ftruncate(fd, (off_t)size) == -1 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW |
	    F_SEAL_SEAL) == -1) {
		close(fd);
		return -1;
	}
	*out = fd;
	return 0;
}

int
memory_publish(const void *data, size_t size, int *out)
{
	const char	*p = data;
	size_t		 off;
	ssize_t		 n;
	int		 fd;

	fd = memfd_create("enclave", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return -1;
	for (off = 0; off < size; off += (size_t)n)
		if ((n = pwrite(fd, p + off, size - off, (off_t)off)) <= 0)
			goto fail;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW |
	    F_SEAL_WRITE | F_SEAL_SEAL) == -1)
		goto fail;
	*out = fd;
	return 0;
 fail:
	close(fd);
	return -1;
}

/* Reading where nothing was ever written allocates nothing; a look at it
 * through a mapping would. */
int
memory_take(int fd, void *copy, size_t len, size_t size)
{
	char	*p = copy;
	size_t	 off;
	ssize_t	 n;

	for (off = 0; off < len; off += (size_t)n)
		if ((n = pread(fd, p + off, len - off, (off_t)off)) <= 0)
			return -1;
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
	    (off_t)size);
}
