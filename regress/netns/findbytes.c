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
 * A test's eye for leaks: looks in a capture for bytes of a file. Every
 * aligned block of 16 bytes of the file is sought at every offset of the
 * capture, so a common run of 31 bytes or more cannot be missed. Blocks of few
 * different values (padding) prove nothing and are left out. Nothing is
 * sampled. Trusts its input to stay as it is while it runs; writes no file.
 *
 * usage: findbytes file capture
 * Exit: 0 nothing in common, 1 something is, 2 it could not look.
 */

#include <sys/mman.h>
#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK		16	/* bytes in a block */
#define BLOCK_VALUES	6	/* fewer different byte values prove nothing */
#define FILE_MAX	((size_t)1 << 32)
#define SIEVE_BITS	26
#define REPORT_MAX	5	/* hits told one by one */

struct view {
	const uint8_t	*data;
	size_t		 len;
};

/*
 * Open addressing; an entry is the number of a block plus one, 0 is free. The
 * sieve, one bit for each hash, answers most questions without a cache miss.
 */
struct index {
	uint32_t	*slots;
	uint8_t		*sieve;
	size_t		 mask;
	size_t		 blocks;
};

static uint64_t
block_hash(const uint8_t *p)
{
	uint64_t a, b;

	memcpy(&a, p, sizeof(a));
	memcpy(&b, p + sizeof(a), sizeof(b));
	a = (a ^ (b * 0x9e3779b97f4a7c15ULL)) * 0xff51afd7ed558ccdULL;
	a ^= a >> 32;
	a *= 0xc4ceb9fe1a85ec53ULL;
	return a ^ (a >> 29);
}

static int
block_is_telling(const uint8_t *p)
{
	uint64_t seen[4] = { 0, 0, 0, 0 };
	int i, n = 0;

	for (i = 0; i < BLOCK; i++) {
		if ((seen[p[i] >> 6] >> (p[i] & 63)) & 1)
			continue;
		seen[p[i] >> 6] |= (uint64_t)1 << (p[i] & 63);
		n++;
	}
	return n >= BLOCK_VALUES;
}

static void
view_open(struct view *view, const char *path)
{
	struct stat st;
	void *map;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1 ||
	    fstat(fd, &st) == -1)
		err(2, "%s", path);
	if (st.st_size < BLOCK || (uint64_t)st.st_size > FILE_MAX)
		errx(2, "%s: too short or too long", path);
	view->len = (size_t)st.st_size;
	map = mmap(NULL, view->len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		err(2, "%s", path);
	view->data = map;
	close(fd);
}

/* The slot that holds an equal block, or the free one where it would go. */
static uint32_t *
index_find(const struct index *ix, const struct view *file, const uint8_t *p,
    uint64_t hash)
{
	size_t i;

	for (i = (size_t)hash & ix->mask; ix->slots[i] != 0;
	    i = (i + 1) & ix->mask) {
		if (memcmp(file->data + (size_t)(ix->slots[i] - 1) * BLOCK, p,
		    BLOCK) == 0)
			break;
	}
	return &ix->slots[i];
}

static void
index_build(struct index *ix, const struct view *file)
{
	const uint8_t *p;
	uint32_t *slot;
	uint64_t hash, bit;
	size_t i, n, size = 1024;

	n = file->len / BLOCK;
	while (size < n * 2)
		size *= 2;
	ix->mask = size - 1;
	ix->blocks = 0;
	ix->slots = calloc(size, sizeof(*ix->slots));
	ix->sieve = calloc((size_t)1 << (SIEVE_BITS - 3), 1);
	if (ix->slots == NULL || ix->sieve == NULL)
		err(2, NULL);
	for (i = 0; i < n; i++) {
		p = file->data + i * BLOCK;
		if (!block_is_telling(p))
			continue;
		hash = block_hash(p);
		slot = index_find(ix, file, p, hash);
		if (*slot != 0)
			continue;
		*slot = (uint32_t)i + 1;
		bit = hash >> (64 - SIEVE_BITS);
		ix->sieve[bit >> 3] |= (uint8_t)(1 << (bit & 7));
		ix->blocks++;
	}
}

static size_t
index_search(const struct index *ix, const struct view *file,
    const struct view *capture)
{
	uint32_t *slot;
	uint64_t hash, bit;
	size_t i, hits = 0;

	for (i = 0; i <= capture->len - BLOCK; i++) {
		hash = block_hash(capture->data + i);
		bit = hash >> (64 - SIEVE_BITS);
		if (((ix->sieve[bit >> 3] >> (bit & 7)) & 1) == 0)
			continue;
		slot = index_find(ix, file, capture->data + i, hash);
		if (*slot == 0)
			continue;
		if (hits++ < REPORT_MAX)
			printf("offset %zu holds bytes %zu to %zu of the "
			    "file\n", i, (size_t)(*slot - 1) * BLOCK,
			    (size_t)(*slot - 1) * BLOCK + BLOCK - 1);
	}
	return hits;
}

int
main(int argc, char *argv[])
{
	struct view file, capture;
	struct index ix;
	size_t hits;

	if (argc != 3) {
		fprintf(stderr, "usage: findbytes file capture\n");
		return 2;
	}
	view_open(&file, argv[1]);
	view_open(&capture, argv[2]);
	index_build(&ix, &file);
	if (ix.blocks == 0)
		errx(2, "%s: nothing in it worth a search", argv[1]);
	hits = index_search(&ix, &file, &capture);
	printf("%zu of %zu different blocks of the file found in %zu bytes\n",
	    hits, ix.blocks, capture.len);
	free(ix.slots);
	free(ix.sieve);
	return hits != 0;
}
