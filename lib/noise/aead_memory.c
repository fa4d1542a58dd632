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
 * A bounded allocator in one region of the caller's, for libcrypto and for
 * expanded keys: two sizes of block to each power of two, a list of free ones
 * for each size, wiped when freed.  OpenSSL's hooks carry no argument, hence
 * the one static structure.  Used by one thread.
 */

#include <string.h>

#include <sodium.h>

#include "noise/aead_local.h"

#define BLOCK_MIN	32	/* with its head; then 48, 64, 96, ... */
#define BLOCK_CLASSES	23	/* up to 64 KiB */

/* In front of each block; keeps it aligned to 16 bytes. */
struct head {
	_Alignas(16) struct head	*next;	/* while it is free */
	uint32_t			 class;
};

static struct {
	uint8_t		*base;
	size_t		 len, used;
	struct head	*free[BLOCK_CLASSES];
} region;

int
aead_memory_start(void *mem, size_t len)
{
	if (mem == NULL || (uintptr_t)mem % 16 != 0 || region.base != NULL)
		return -1;
	region.base = mem;
	region.len = len;
	region.used = 0;
	return 0;
}

void
aead_memory_end(void)
{
	if (region.base != NULL)
		sodium_memzero(region.base, region.used);
	/* Whatever asks later gets nothing. */
	memset(&region, 0, sizeof(region));
}

size_t
aead_memory_left(void)
{
	return region.len - region.used;
}

static size_t
class_size(uint32_t class)
{
	return (size_t)(BLOCK_MIN + class % 2 * BLOCK_MIN / 2) << class / 2;
}

void *
aead_memory_get(size_t len)
{
	struct head	*h;
	uint32_t	 class = 0;

	if (len > class_size(BLOCK_CLASSES - 1) - sizeof(*h))
		return NULL;
	while (class_size(class) - sizeof(*h) < len)
		class++;
	if ((h = region.free[class]) != NULL)
		region.free[class] = h->next;
	else if (region.len - region.used >= class_size(class)) {
		h = (struct head *)(void *)(region.base + region.used);
		region.used += class_size(class);
	} else
		return NULL;
	h->next = NULL;
	h->class = class;
	return h + 1;
}

void
aead_memory_put(void *p)
{
	struct head	*h = p;

	if (p == NULL || region.base == NULL)
		return;
	h--;
	sodium_memzero(p, class_size(h->class) - sizeof(*h));
	h->next = region.free[h->class];
	region.free[h->class] = h;
}

void *
aead_memory_resize(void *p, size_t len)
{
	struct head	*h = p;
	void		*q;
	size_t		 room;

	if (p == NULL)
		return aead_memory_get(len);
	if (len == 0) {
		aead_memory_put(p);
		return NULL;
	}
	room = class_size(h[-1].class) - sizeof(*h);
	if (len <= room)
		return p;
	if ((q = aead_memory_get(len)) == NULL)
		return NULL;
	memcpy(q, p, room);
	aead_memory_put(p);
	return q;
}
