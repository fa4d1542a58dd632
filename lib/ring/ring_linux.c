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
 * Linux: sealed memory and eventfd.
 */

#include <sys/types.h>
#include <sys/eventfd.h>

#include <fcntl.h>
#include <unistd.h>

#include "os/memory.h"
#include "ring/ring.h"

int
ring_memory_create(int *mem)
{
	return memory_create(ring_pair_size(), mem);
}

int
ring_wake_create(int ends[2])
{
	if ((ends[0] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1)
		return -1;
	if ((ends[1] = fcntl(ends[0], F_DUPFD_CLOEXEC, 3)) == -1) {
		close(ends[0]);
		return -1;
	}
	return 0;
}
