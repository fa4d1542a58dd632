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
 * The internet checksum over long pieces, with and without copying.  Words
 * are added in the order of the machine and swapped once at the end, RFC
 * 1071 2(B); 32 bits at a time into 64, so that no carry is ever lost.
 * Trusts the lengths it is given; reads each byte of its input once.
 */

#include <arpa/inet.h>

#include <string.h>

#include "packet/offload.h"

#define LOW	0xffffffffULL

/* Two words side by side: plain vector arithmetic of gcc and clang. */
union pair {
	uint64_t	 word[2];
	uint64_t	 lane __attribute__((vector_size(16)));
};

/* From a sum of 32-bit words in machine order to one of 16 bits, swapped. */
static uint64_t
fold(uint64_t sum)
{
	sum = (sum >> 32) + (sum & LOW);
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	return (ntohs((uint16_t)sum));
}

static uint64_t
add(uint64_t sum, uint64_t word)
{
	return (sum + (word & LOW) + (word >> 32));
}

uint64_t
offload_sum(uint64_t sum, const void *buf, size_t len)
{
	union pair	 a = { { 0, 0 } }, b = { { 0, 0 } }, x, y;
	const uint8_t	*p = buf;
	uint64_t	 own, word;

	for (; len >= 32; len -= 32, p += 32) {
		memcpy(&x, p, 16);
		memcpy(&y, p + 16, 16);
		a.lane += (x.lane & LOW) + (x.lane >> 32);
		b.lane += (y.lane & LOW) + (y.lane >> 32);
	}
	own = a.word[0] + a.word[1] + b.word[0] + b.word[1];
	for (; len >= 8; len -= 8, p += 8) {
		memcpy(&word, p, 8);
		own = add(own, word);
	}
	if (len > 0) {
		word = 0;
		memcpy(&word, p, len);
		own = add(own, word);
	}
	return (sum + fold(own));
}

uint64_t
offload_sum_copy(uint64_t sum, void *dst, const void *buf, size_t len)
{
	union pair	 a = { { 0, 0 } }, b = { { 0, 0 } }, x, y;
	const uint8_t	*p = buf;
	uint64_t	 own, word;
	uint8_t		*d = dst;

	for (; len >= 32; len -= 32, p += 32, d += 32) {
		memcpy(&x, p, 16);
		memcpy(&y, p + 16, 16);
		memcpy(d, &x, 16);
		memcpy(d + 16, &y, 16);
		a.lane += (x.lane & LOW) + (x.lane >> 32);
		b.lane += (y.lane & LOW) + (y.lane >> 32);
	}
	own = a.word[0] + a.word[1] + b.word[0] + b.word[1];
	for (; len >= 8; len -= 8, p += 8, d += 8) {
		memcpy(&word, p, 8);
		memcpy(d, &word, 8);
		own = add(own, word);
	}
	if (len > 0) {
		word = 0;
		memcpy(&word, p, len);
		memcpy(d, &word, len);
		own = add(own, word);
	}
	return (sum + fold(own));
}
