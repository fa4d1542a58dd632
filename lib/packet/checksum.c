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
 * The internet checksum and its pseudo headers, RFC 1071, 9293 3.1 and
 * 8200 8.1.  Pure arithmetic over memory the caller vouches for.
 */

#include <string.h>

#include "packet/packet.h"

uint64_t
packet_sum(uint64_t sum, const void *buf, size_t len)
{
	const uint8_t	*p = buf;

	for (; len > 1; len -= 2, p += 2)
		sum += (uint32_t)p[0] << 8 | p[1];
	if (len == 1)
		sum += (uint32_t)p[0] << 8;
	return (sum);
}

uint64_t
packet_sum_pseudo(int version, const uint8_t *src, const uint8_t *dst,
    uint8_t proto, uint32_t len)
{
	uint64_t	 sum;
	size_t		 size;

	size = packet_address_length(version);
	sum = packet_sum(0, src, size);
	sum = packet_sum(sum, dst, size);
	return (sum + (len >> 16) + (len & 0xffff) + proto);
}

uint16_t
packet_sum_finish(uint64_t sum)
{
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	return ((uint16_t)~sum);
}

uint16_t
packet_checksum(const void *buf, size_t len)
{
	return (packet_sum_finish(packet_sum(0, buf, len)));
}

uint16_t
packet_checksum_transport(int version, const uint8_t *src,
    const uint8_t *dst, uint8_t proto, const void *buf, size_t len)
{
	uint64_t	 sum;

	sum = packet_sum_pseudo(version, src, dst, proto, (uint32_t)len);
	return (packet_sum_finish(packet_sum(sum, buf, len)));
}
