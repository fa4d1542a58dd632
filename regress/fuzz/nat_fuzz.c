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
 * A translator that answers anything: what servers say they saw, and what a
 * peer claims of itself.  Whatever it is, predictions stay in their range and
 * a behaviour that we found makes sense.
 */

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nat/nat.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
fuzz_use(const struct nat_behaviour *own, const struct nat_behaviour *peer)
{
	uint16_t	 ports[NAT_PREDICT_MAX];
	size_t		 i, n;

	if (nat_strategy(own, peer, NAT_UDP) < NAT_PLAIN ||
	    nat_strategy(own, peer, NAT_TCP) > NAT_HOPELESS)
		abort();
	n = nat_predict(peer, ports, NAT_PREDICT_MAX);
	for (i = 0; i < n; i++)
		if (ports[i] == 0 || (ports[i] < NAT_PORT_MIN &&
		    peer->allocation != NAT_ALLOCATION_STABLE))
			abort();
}

/* Six bytes for each answer: server, own port, mapped address and port. */
static void
fuzz_probe(const uint8_t *data, size_t size, struct nat_behaviour *b)
{
	static struct nat_probe	 probe;
	struct endpoint		 own, server, mapped;
	enum nat_transport	 transport;

	nat_probe_init(&probe);
	(void)endpoint_parse(&own, "192.0.2.0", 0);
	(void)nat_probe_add_own(&probe, &own);
	for (; size >= 6; data += 6, size -= 6) {
		transport = data[0] & 0x80 ? NAT_TCP : NAT_UDP;
		(void)endpoint_parse(&server, "198.51.100.0", 3478);
		server.addr[3] = data[0] & 3;
		server.port += data[0] >> 2 & 3;
		(void)nat_probe_asked(&probe, transport, data[1], &server, 1);
		(void)endpoint_parse(&mapped, "192.0.2.0", 0);
		mapped.addr[3] = data[2];
		mapped.port = (uint16_t)(data[4] << 8 | data[5]);
		if (data[3] & 1)
			(void)nat_probe_seen(&probe, transport, data[1],
			    &server, &mapped, 2 + data[3]);
	}
	nat_probe_behaviour(&probe, NAT_TCP, 4, 1000, b);
	if (nat_behaviour_check(b) == -1)
		abort();
	nat_probe_behaviour(&probe, NAT_UDP, 4, 1000, b);
	if (nat_behaviour_check(b) == -1)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nat_behaviour	 own, claim;

	memset(&claim, 0, sizeof(claim));
	memcpy(&claim, data, size < sizeof(claim) ? size : sizeof(claim));
	fuzz_probe(data, size, &own);
	(void)nat_behaviour_check(&claim);
	fuzz_use(&own, &claim);
	fuzz_use(&claim, &own);
	fuzz_use(&own, &own);
	return 0;
}
