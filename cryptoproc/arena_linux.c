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
 * Linux: locked on fault, which keeps what is touched as mlock does and
 * leaves the rest unallocated; all at once where the kernel is too old.
 */

#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "cryptoproc/arena.h"

static int
lock(void *p, size_t len)
{
	if (mlock2(p, len, MLOCK_ONFAULT) == 0)
		return 0;
	if (errno != ENOSYS && errno != EINVAL)
		return -1;
	return mlock(p, len);
}

/* What has no counterpart in every kernel, and is no secret's last guard. */
static void
advise(void *p, size_t len)
{
	madvise(p, len, MADV_NOHUGEPAGE);	/* would touch it all */
	madvise(p, len, MADV_DONTFORK);
}

void *
arena_create(size_t len)
{
	size_t	 page = (size_t)sysconf(_SC_PAGESIZE), inner;
	char	*p;

	if (len > SIZE_MAX / 2) {
		errno = ENOMEM;
		return NULL;
	}
	len = (len + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	inner = (len + page - 1) & ~(page - 1);
	p = mmap(NULL, inner + 2 * page, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	advise(p + page, inner);
	if (mprotect(p + page, inner, PROT_READ | PROT_WRITE) == -1 ||
	    madvise(p + page, inner, MADV_DONTDUMP) == -1 ||
	    lock(p + page, inner) == -1) {
		munmap(p, inner + 2 * page);
		return NULL;
	}
	return p + page + inner - len;
}
