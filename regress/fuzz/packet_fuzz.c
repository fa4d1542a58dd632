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
 * A run of packets through parser, flow table and refusal.  Input: records
 * of a byte of directions (bit 0 outbound, bits 1-2 peer, bit 3 an hour
 * passes, bit 4 no rules, bit 5 rules checked again, bit 6 peer forgotten),
 * a big-endian length, and so many bytes of packet.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "packet/flow.h"
#include "packet/refuse.h"

#define NFLOWS	32

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct acl_entry rules[] = {
	{ ACL_TCP, 80, 443 }, { ACL_UDP, 53, 53 }, { ACL_ICMP, 0, 65535 }
};

static void
check(int truth)
{
	if (!truth)
		abort();
}

static void
check_packet(const struct packet *pkt, size_t len)
{
	check(pkt->length <= len);
	check(pkt->transport <= pkt->payload);
	check(pkt->payload <= pkt->length);
	check(!pkt->frag_first || !pkt->frag_later);
	check(!pkt->embedded || pkt->icmp == PACKET_ICMP_ERROR);
}

/* An answer must parse, with right checksums, and have no answer itself. */
static void
check_refusal(const struct packet *pkt, const uint8_t *raw, size_t len)
{
	uint8_t		 out[REFUSE_MAX], again[REFUSE_MAX];
	struct packet	 answer;
	size_t		 n;

	n = refuse_build(pkt, raw, len, out, sizeof(out));
	if (n == 0)
		return;
	check(packet_parse(&answer, out, n) == PACKET_OK);
	check(answer.length == n);
	check(memcmp(answer.dst, pkt->src, 16) == 0);
	if (answer.proto == PACKET_PROTO_ICMP4)
		check(packet_checksum(out + answer.transport,
		    n - answer.transport) == 0);
	else
		check(packet_checksum_transport(answer.version, answer.src,
		    answer.dst, answer.proto, out + answer.transport,
		    n - answer.transport) == 0);
	check(refuse_build(&answer, out, n, again, sizeof(again)) == 0);
}

static void
one_packet(struct flow_table *t, uint8_t how, const uint8_t *raw, size_t len,
    uint64_t now)
{
	enum flow_verdict	 verdict;
	struct packet		 pkt;
	uint32_t		 peer;
	size_t			 nacl;

	peer = (how >> 1) & 3;
	nacl = (how & 16) ? 0 : sizeof(rules) / sizeof(rules[0]);
	if (how & 32)
		(void)flow_recheck(t, peer, rules, nacl);
	if (how & 64)
		(void)flow_forget_peer(t, peer);
	if (packet_parse(&pkt, raw, len) != PACKET_OK)
		return;
	check_packet(&pkt, len);
	if (how & 1)
		verdict = flow_outbound(t, peer, &pkt, now);
	else
		verdict = flow_inbound(t, peer, rules, nacl, &pkt, now);
	check(verdict < FLOW_VERDICT_MAX);
	check(flow_get_stats(t)->live <= NFLOWS);
	check_refusal(&pkt, raw, len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t	 seed[SIPHASH_KEY_LENGTH];
	struct flow_table	*t;
	uint64_t		 now;
	uint8_t			*copy;
	void			*mem;
	size_t			 len;

	mem = calloc(1, flow_table_size(NFLOWS));
	check(mem != NULL);
	t = flow_table_init(mem, flow_table_size(NFLOWS), NFLOWS, seed);
	check(t != NULL);
	now = 0;
	while (size >= 3) {
		len = (size_t)data[1] << 8 | data[2];
		if (len > size - 3)
			len = size - 3;
		now += (data[0] & 8) ? 3600 * 1000 : 1000;
		/* Of exact size, so that a read too far is seen. */
		copy = malloc(len + 1);
		check(copy != NULL);
		memcpy(copy + 1, data + 3, len);
		one_packet(t, data[0], copy + 1, len, now);
		free(copy);
		data += 3 + len;
		size -= 3 + len;
	}
	free(mem);
	return (0);
}
