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
 * OpenBSD: an unlinked shared memory object.
 */

#include <sys/types.h>
#include <sys/mman.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "os/memory.h"

int
memory_create(size_t size, int *out)
{
	char	 path[] = "/tmp/enclave.XXXXXXXXXX";
	int	 fd = shm_mkstemp(path);

	if (fd == -1)
		return -1;
	shm_unlink(path);
	if (ftruncate(fd, (off_t)size) == -1) {
		close(fd);
		return -1;
	}
	*out = fd;
	return 0;
}

/* A second descriptor of the object, which cannot write. */
int
memory_publish(const void *data, size_t size, int *out)
{
	char	 path[] = "/tmp/enclave.XXXXXXXXXX";
	int	 fd = shm_mkstemp(path), ro = -1;

	if (fd == -1)
		return -1;
	if (ftruncate(fd, (off_t)size) == 0 &&
	    pwrite(fd, data, size, 0) == (ssize_t)size)
		ro = shm_open(path, O_RDONLY, 0);
	shm_unlink(path);
	close(fd);
	*out = ro;
	return ro == -1 ? -1 : 0;
}

int
memory_take(int fd, void *copy, size_t len, size_t size)
{
	void	*p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);

	if (p == MAP_FAILED)
		return -1;
	memcpy(copy, p, len);
	memset(p, 0, size);
	return munmap(p, size);
}
