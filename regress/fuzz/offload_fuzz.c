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
 * Virtio headers and inner packets, cut and merged.  Input: a byte of
 * choices (bit 0 partial checksums, bit 1 trusted, bit 2 no UDP), two of
 * MTU, ten of virtio header (as in memory on a little-endian machine), and
 * a packet.  Whatever it is cut into is fed to a coalescer, with the rest
 * of the input as payload turned here and there, and what comes out is cut
 * again.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "packet/offload.h"

#define PARTIAL	1
#define TRUSTED	2
#define NO_UDP	4
#define NMAX	100

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct piece {
	uint8_t	*data;
	size_t	 len;
};

static void
check(int truth)
{
	if (!truth)
		abort();
}

static uint16_t
little16(const uint8_t *p)
{
	return ((uint16_t)(p[1] << 8 | p[0]));
}

/* All segments, each in memory of exact size; only the first NMAX stay. */
static size_t
cut(struct segmenter *seg, struct piece *out, size_t mtu)
{
	size_t	 n, size, total = 0, count = segment_count(seg);
	uint8_t	*p;

	check(count > 0 && count <= SEGMENT_MAX);
	check(segment_size(seg) <= mtu);
	for (n = 0; n < count; n++) {
		size = segment_size(seg);
		if (n + 1 == count)
			size = segment_total(seg) - total;
		check(size > 0 && size <= segment_size(seg));
		check((p = malloc(size)) != NULL);
		check(segment_next(seg, p, size - 1) == -1);
		check(segment_next(seg, p, size) == (ssize_t)size);
		total += size;
		if (n < NMAX) {
			out[n].data = p;
			out[n].len = size;
		} else
			free(p);
	}
	check(total == segment_total(seg));
	check(segment_next(seg, NULL, 0) == 0);
	return (n < NMAX ? n : NMAX);
}

/* What is merged must be a packet that can be cut into as many again. */
static void
flush(struct coalescer *c, size_t expected)
{
	struct iovec		 iov[COALESCE_IOV_MAX];
	struct segmenter	 seg;
	struct vnet_hdr		 v;
	uint8_t			*p;
	size_t			 i, niov, len = 0;

	check(coalesce_flush(c, &v, iov, &niov) == expected);
	check(niov <= COALESCE_IOV_MAX);
	for (i = 0; i < niov; i++)
		len += iov[i].iov_len;
	check((p = malloc(len + 1)) != NULL);
	for (i = len = 0; i < niov; len += iov[i++].iov_len)
		memcpy(p + len, iov[i].iov_base, iov[i].iov_len);
	if (expected > 0) {
		check(segment_begin(&seg, &v, p, len, SIZE_MAX) ==
		    SEGMENT_OK);
		check(segment_count(&seg) == expected);
	}
	check(coalesce_flush(c, &v, iov, &niov) == 0);
	free(p);
}

static void
merge(const struct piece *p, size_t n, unsigned int flags)
{
	struct coalescer	 c;
	struct packet		 pkt;
	size_t			 i, held = 0;
	int			 taken;

	coalesce_init(&c, flags);
	for (i = 0; i < n; i++) {
		if (packet_parse(&pkt, p[i].data, p[i].len) != PACKET_OK)
			continue;
		taken = coalesce_add(&c, &pkt, p[i].data,
		    p[i].data + pkt.payload, pkt.length - pkt.payload);
		check(taken == 1 || (taken == 0 && held > 0));
		if (taken == 0) {
			flush(&c, held);
			held = 0;
			check(coalesce_add(&c, &pkt, p[i].data,
			    p[i].data + pkt.payload,
			    pkt.length - pkt.payload) == 1);
		}
		held++;
	}
	flush(&c, held);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct segmenter	 seg;
	struct vnet_hdr		 v;
	struct piece		 out[NMAX];
	unsigned int		 flags;
	uint8_t			*copy;
	size_t			 i, mtu, n;

	if (size < 13)
		return (0);
	flags = (data[0] & NO_UDP ? 0 : COALESCE_UDP) |
	    (data[0] & TRUSTED ? COALESCE_TRUSTED : 0);
	mtu = little16(data + 1);
	v.flags = data[3];
	v.gso_type = data[4];
	v.hdr_len = little16(data + 5);
	v.gso_size = little16(data + 7);
	v.csum_start = little16(data + 9);
	v.csum_offset = little16(data + 11);
	check((copy = malloc(size - 13 + 1)) != NULL);
	memcpy(copy + 1, data + 13, size - 13);
	if (segment_begin(&seg, &v, copy + 1, size - 13, mtu) !=
	    SEGMENT_OK) {
		check(segment_next(&seg, NULL, 0) == 0);
		free(copy);
		return (0);
	}
	if (data[0] & PARTIAL)
		(void)segment_leave_partial(&seg);
	n = cut(&seg, out, mtu);
	merge(out, n, flags);
	/* The same again with something spoiled on the way. */
	out[n / 2].data[data[size - 1] % out[n / 2].len] ^= data[size / 2];
	merge(out, n, flags);
	for (i = 0; i < n; i++)
		free(out[i].data);
	free(copy);
	return (0);
}
