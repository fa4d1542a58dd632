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
 * Hostile answers for the port mapping client.  The input is a list of events,
 * each a byte of what to do and a byte of length before its data: a packet as
 * it is, a packet made to fit our question (nonce, protocol, inside port), so
 * that what lies behind those checks is reached, or time that passes.
 */

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "portmap/portmap.h"
#include "portmap/wire.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct portmap	pm;
static uint64_t		now;
static unsigned		sent;

static void
fuzz_send(void *arg, const struct endpoint *to, const uint8_t *pkt, size_t len)
{
	(void)arg;
	(void)pkt;
	sent++;
	if (endpoint_cmp(to, &pm.gateway) != 0 ||
	    (len != PORTMAP_PCP_MAP_LEN && len != PORTMAP_PMP_MAP_LEN &&
	    len != PORTMAP_PMP_ADDR_LEN))
		abort();
}

static void
fuzz_mapped(void *arg, uint8_t proto, const struct endpoint *external,
    uint32_t lifetime)
{
	(void)arg;
	if ((proto != PORTMAP_UDP && proto != PORTMAP_TCP) ||
	    external->port == 0 || endpoint_is_unusable(external) ||
	    lifetime > PORTMAP_LIFETIME_MAX)
		abort();
}

static void
fuzz_unmapped(void *arg, uint8_t proto, enum portmap_reason why)
{
	(void)arg;
	if ((proto != PORTMAP_UDP && proto != PORTMAP_TCP) ||
	    why < PORTMAP_EXPIRED || why > PORTMAP_GIVEN_UP)
		abort();
}

static const struct portmap_ops	ops = {
	fuzz_send, fuzz_mapped, fuzz_unmapped
};

static void
fuzz_packet(const uint8_t *data, size_t len, int fit)
{
	const struct portmap_mapping	*m = &pm.maps[0];
	uint8_t				 pkt[256];

	memcpy(pkt, data, len);
	if (fit && len >= PORTMAP_PCP_MAP_LEN) {
		m = &pm.maps[pkt[36] % PORTMAP_MAX];
		pkt[0] = PORTMAP_PCP_VERSION;
		pkt[1] = 0x80 | PORTMAP_PCP_MAP;
		memcpy(pkt + 24, m->nonce, PORTMAP_NONCE_LEN);
		pkt[36] = m->proto;
		pkt[40] = m->internal >> 8;
		pkt[41] = m->internal & 0xff;
	} else if (fit && len >= 12) {
		pkt[0] = PORTMAP_PMP_VERSION;
		pkt[1] = 0x80 | pkt[1] % 3;
		pkt[8] = m->internal >> 8;
		pkt[9] = m->internal & 0xff;
	}
	(void)portmap_input(&pm, &pm.gateway, pkt, len, now);
}

/* A quiet machine wakes up later, and never sends without limit. */
static void
fuzz_tick(void)
{
	unsigned	 before = sent;

	if (portmap_tick(&pm, now) <= now || sent - before > 8)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t	 seed[PORTMAP_SEED_LEN] = { 1 };
	struct endpoint		 gw, own;
	size_t			 len;
	unsigned		 what;

	now = 100000;
	sent = 0;
	(void)endpoint_parse(&gw, "192.168.1.1", 0);
	(void)endpoint_parse(&own, "192.168.1.2", 0);
	if (portmap_init(&pm, &ops, NULL, &gw, &own, seed) == -1)
		abort();
	(void)portmap_want(&pm, PORTMAP_UDP, 4500, NULL, now);
	(void)portmap_want(&pm, PORTMAP_TCP, 4500, NULL, now);
	fuzz_tick();
	while (size >= 2) {
		what = data[0];
		len = data[1] < size - 2 ? data[1] : size - 2;
		data += 2;
		size -= 2;
		switch (what % 6) {
		case 0:
			fuzz_packet(data, len, 0);
			break;
		case 1:
			fuzz_packet(data, len, 1);
			break;
		case 2:
			now += 1ULL << (what / 6 % 24);
			break;
		case 3:
			portmap_recheck(&pm, now);
			break;
		case 4:
			portmap_unwant(&pm, PORTMAP_TCP, now);
			break;
		default:
			(void)portmap_want(&pm, PORTMAP_TCP, 4501, NULL, now);
		}
		if (what % 6 < 2) {
			data += len;
			size -= len;
		}
		fuzz_tick();
	}
	portmap_release(&pm, now);
	fuzz_tick();
	portmap_wipe(&pm);
	return 0;
}
