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
 * See ecn.h.  The two bits lie at the end of the second byte of an IPv4
 * header, and across the first two bytes of an IPv6 header.
 */

#include "packet/ecn.h"

#define IP4_CHECK	10

uint8_t
ecn_get(const struct packet *pkt, const uint8_t *raw)
{
	return (pkt->version == 4 ? raw[1] & 3 : raw[1] >> 4 & 3);
}

/* RFC 1624 eqn. 3, for the first word of the header. */
static void
adjust_checksum(uint8_t *raw, uint8_t before)
{
	uint32_t	 sum;

	sum = (uint32_t)(raw[IP4_CHECK] << 8 | raw[IP4_CHECK + 1]) ^ 0xffff;
	sum += ((uint32_t)raw[0] << 8 | before) ^ 0xffff;
	sum += (uint32_t)raw[0] << 8 | raw[1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum ^= 0xffff;
	raw[IP4_CHECK] = (uint8_t)(sum >> 8);
	raw[IP4_CHECK + 1] = (uint8_t)sum;
}

static void
ecn_set(const struct packet *pkt, uint8_t *raw, uint8_t ecn)
{
	uint8_t	 before = raw[1];

	if (pkt->version == 6) {
		raw[1] = (uint8_t)((raw[1] & 0xcf) | ecn << 4);
		return;
	}
	raw[1] = (uint8_t)((raw[1] & 0xfc) | ecn);
	adjust_checksum(raw, before);
}

int
ecn_apply(const struct packet *pkt, uint8_t *raw, uint8_t outer)
{
	uint8_t	 inner = ecn_get(pkt, raw);

	if (outer == ECN_CE && inner == ECN_NOT_ECT)
		return (-1);
	if ((outer == ECN_CE && inner != ECN_CE) ||
	    (outer == ECN_ECT1 && inner == ECN_ECT0))
		ecn_set(pkt, raw, outer);
	return (0);
}
