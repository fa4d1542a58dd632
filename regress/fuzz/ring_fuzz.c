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
 * The input is what a hostile neighbour left in the shared memory: its
 * indices first, then the data.  Whatever is read lies inside of the ring.
 */

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ring/ring.h"

#define INDICES		192	/* bytes of one ring's indices */
#define DATA		4096	/* where the data begin */
#define ROUNDS		100000

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct ring *r, const uint8_t *d, uint32_t len)
{
	if (len > RING_RECORD_MAX || d < r->data + RING_HEADER ||
	    d - r->data > RING_SIZE ||
	    len > RING_SIZE - (size_t)(d - r->data))
		abort();
}

static void
read_all(struct ring *r)
{
	struct ring_record	 rec;
	const uint8_t		*d;
	int			 i;

	for (i = 0; i < ROUNDS && ring_peek(r, &rec, &d) == 1; i++) {
		check(r, d, rec.len);
		if (rec.len > 0 && d[0] + d[rec.len - 1] < 0)
			abort();
		ring_release(r);
	}
	if (i == ROUNDS)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ring_pair	 p;
	uint8_t			*m;
	const uint8_t		*room;
	size_t			 n;
	int			 fd;

	if (p.memory == NULL && (ring_memory_create(&fd) == -1 ||
	    ring_pair_attach(&p, fd, ring_pair_size(), 1, -1, -1) == -1))
		abort();
	/* Side 1 reads the first ring and sends on the second. */
	m = p.memory;
	n = size < INDICES ? size : INDICES;
	memset(m, 0, DATA);
	memcpy(m, data, n);
	memcpy(m + DATA / 2, data, n);
	data += n;
	size -= n;
	if (size > RING_SIZE)
		size = RING_SIZE;
	memcpy(m + DATA, data, size);
	memset(m + DATA + size, 0, 4096 < RING_SIZE - size ? 4096 : 0);
	p.rx.pos = p.tx.pos = p.rx.held = p.tx.held = 0;
	read_all(&p.rx);
	room = ring_reserve(&p.tx, 1000);
	if (room != NULL)
		check(&p.tx, room, 1000);
	return 0;
}
