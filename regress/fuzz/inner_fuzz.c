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
 * What comes out of the tunnel and is no packet: answers to probes drive the
 * search for the path's size, pieces are joined.  Input: records of a byte
 * (peer in the low 2 bits, bit 2 traffic, bit 3 time), a big-endian length,
 * and so many bytes.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "packet/inner.h"
#include "packet/pmtu.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct inner_pool	 pool;
static struct pmtu		 path[4];

static void
check(int truth)
{
	if (!truth)
		abort();
}

/* A reply is as long as the echo's header and differs in its kind alone. */
static void
reply(const uint8_t *p, const struct inner *in)
{
	uint8_t	 out[INNER_HEADER];

	check(in->size == INNER_HEADER);
	inner_reply(out, in->round);
	check(out[0] == p[0] && out[1] == INNER_REPLY &&
	    memcmp(out + 2, p + 2, INNER_HEADER - 2) == 0);
}

static void
one(unsigned int peer, const uint8_t *p, size_t len, uint64_t now)
{
	struct inner	 in;
	uint8_t		*whole;
	size_t		 n;

	if (inner_parse(&in, p, len) == -1)
		return;
	check(in.kind >= INNER_PROBE && in.kind <= INNER_REPLY);
	if (in.kind == INNER_ECHO)
		reply(p, &in);
	if (in.kind == INNER_ANSWER)
		pmtu_acked(&path[peer], in.round, in.size, now);
	if (in.kind != INNER_PIECE)
		return;
	check(in.data >= p && in.data + in.length <= p + len);
	whole = inner_join(&pool, peer + 1, &in, now, &n);
	check(whole == NULL || (n == in.size && n <= INNER_PACKET_MAX));
}

static void
probe(struct pmtu *p, uint64_t now)
{
	unsigned int	 n = 0;
	uint16_t	 size;

	while ((size = pmtu_probe(p, now)) != 0) {
		check(size <= 1420 && size >= PMTU_FLOOR);
		check(++n <= 4);
	}
	check(p->size <= 1420);
	check(p->size >= PMTU_FLOOR || p->low < PMTU_FLOOR);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t	 now = 1;
	size_t		 i, len;

	memset(&pool, 0, sizeof(pool));
	for (i = 0; i < 4; i++)
		pmtu_init(&path[i], 1420);
	while (size >= 3) {
		unsigned int	 peer = data[0] & 3;

		if (data[0] & 4)
			pmtu_traffic(&path[peer], 1420, now);
		if (data[0] & 8)
			now += 250;
		len = (size_t)data[1] << 8 | data[2];
		data += 3;
		size -= 3;
		if (len > size)
			len = size;
		one(peer, data, len, now);
		probe(&path[peer], now);
		data += len;
		size -= len;
	}
	return (0);
}
