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
 * Memory that processes share or that outlives one of them.
 */

#ifndef OS_MEMORY_H
#define OS_MEMORY_H

#include <stddef.h>

/* Zeroed memory of a size that nobody can change. 0 and a descriptor, or -1. */
int	memory_create(size_t, int *fd);

/* Memory with this content, which nobody can change. 0 or -1. */
int	memory_publish(const void *, size_t, int *fd);

/*
 * Copy the first len of size bytes and leave the memory as if it were new:
 * zeroes, none of them resident.  Nobody may have it mapped.  0 or -1.
 */
int	memory_take(int fd, void *copy, size_t len, size_t size);

#endif /* OS_MEMORY_H */
