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
 * The largest inner packet that a path carries, found by padded probes
 * through the tunnel itself (RFC 8899): no trust in ICMP of the outer
 * network, so black holes are found too.  A pure state machine, one for each
 * peer: what is sent and acknowledged, and time, go in; sizes to probe and
 * the next wake-up come out.  Without traffic it is silent.
 *
 * A path is taken to carry the device's MTU until a probe of that size is
 * lost while a smaller one gets through.  Sizes are bytes of inner packet,
 * multiples of PMTU_STEP or the MTU itself, since packets are padded so far.
 * Time is monotonic milliseconds.
 */

#ifndef PACKET_PMTU_H
#define PACKET_PMTU_H

#include <stdint.h>

#define PMTU_BASE	1200	/* RFC 8899 5.1.2; nearly every path has it */
#define PMTU_FLOOR	512	/* within 576 bytes of outer packet */
#define PMTU_STEP	16
#define PMTU_NEVER	UINT64_MAX

#define PMTU_PROBE_MS	400	/* for an answer */
#define PMTU_TRIES	3	/* RFC 8899 5.1.2 MAX_PROBES */
#define PMTU_CONFIRM_MS	10000	/* with large packets: still carried? */
#define PMTU_RAISE_MS	300000	/* may it be more by now? */
#define PMTU_MUTE_MS	30000	/* a peer that answers no probe at all */

struct pmtu {
	uint64_t	 due;		/* of the round, or PMTU_NEVER */
	uint64_t	 again;		/* next round, when there is traffic */
	uint64_t	 raise;		/* when it may begin at max */
	uint32_t	 round;		/* goes with probes and answers */
	uint16_t	 max;		/* of the device */
	uint16_t	 size;		/* what to go by */
	uint16_t	 low;		/* acknowledged in this round, or 0 */
	uint16_t	 high;		/* not known to be too large */
	uint16_t	 target;	/* being probed, 0: no round */
	uint8_t		 tries;
	uint8_t		 send;		/* sizes still to send, see pmtu.c */
};

/* A path of which nothing is known. */
void		 pmtu_init(struct pmtu *, uint16_t max);

/* Another path: begin anew with the next packet. */
void		 pmtu_restart(struct pmtu *);

/* A packet of this length goes out. */
void		 pmtu_traffic(struct pmtu *, uint32_t len, uint64_t now);

/* A probe of this size and round came through. */
void		 pmtu_acked(struct pmtu *, uint32_t round, uint32_t size,
		    uint64_t now);

/* Size of a probe that is to be sent now, 0 for none; ask until 0. */
uint16_t	 pmtu_probe(struct pmtu *, uint64_t now);

/* When pmtu_probe must be called, or PMTU_NEVER. */
uint64_t	 pmtu_due(const struct pmtu *);

#endif /* PACKET_PMTU_H */
