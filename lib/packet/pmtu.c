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
 * See pmtu.h.  A round probes the target and, until one of them has been
 * answered, two sizes that should always pass, so that a path that is down
 * is not mistaken for one that is narrow.
 */

#include <string.h>

#include "packet/pmtu.h"

#define SEND_TARGET	0x01
#define SEND_BASE	0x02
#define SEND_FLOOR	0x04

void
pmtu_init(struct pmtu *p, uint16_t max)
{
	memset(p, 0, sizeof(*p));
	p->max = p->size = max;
	p->due = PMTU_NEVER;
}

void
pmtu_restart(struct pmtu *p)
{
	uint32_t	 round = p->round;

	pmtu_init(p, p->max);
	p->round = round;
}

static void
send_sizes(struct pmtu *p, uint64_t now)
{
	p->send = SEND_TARGET;
	if (p->low == 0 && p->target > PMTU_BASE)
		p->send |= SEND_BASE;
	if (p->low == 0 && p->target > PMTU_FLOOR)
		p->send |= SEND_FLOOR;
	p->due = now + PMTU_PROBE_MS;
}

static void
round_begin(struct pmtu *p, uint64_t now)
{
	p->round++;
	p->tries = 0;
	p->low = 0;
	p->high = p->size;
	/* Looking for more leaves what there is as it is. */
	if (p->size < p->max && now >= p->raise) {
		p->low = p->size;
		p->high = p->max;
	}
	p->target = p->high;
	send_sizes(p, now);
}

static void
round_end(struct pmtu *p, uint64_t now)
{
	p->target = 0;
	p->send = 0;
	p->due = PMTU_NEVER;
	p->again = now + PMTU_CONFIRM_MS;
	if (now >= p->raise)
		p->raise = now + PMTU_RAISE_MS;
}

/* Between what passes and what does not; ends when nothing is between. */
static void
search(struct pmtu *p, uint64_t now)
{
	uint16_t	 next;

	p->size = p->low;
	next = (uint16_t)(p->low + (p->high - p->low + PMTU_STEP) / 2);
	next = (uint16_t)(next - next % PMTU_STEP);
	if (p->high == p->max && p->high - p->low < PMTU_STEP)
		next = p->high;
	if (next <= p->low || next > p->high) {
		round_end(p, now);
		return;
	}
	p->target = next;
	p->tries = 0;
	send_sizes(p, now);
}

void
pmtu_traffic(struct pmtu *p, uint32_t len, uint64_t now)
{
	if (p->target != 0 || len <= PMTU_FLOOR || now < p->again)
		return;
	if (len <= PMTU_BASE && p->again != 0 && now < p->raise)
		return;
	round_begin(p, now);
}

void
pmtu_acked(struct pmtu *p, uint32_t round, uint32_t size, uint64_t now)
{
	/* Less than the floor was never sent. */
	if (p->target == 0 || round != p->round || size > p->high ||
	    size < PMTU_FLOOR)
		return;
	if (size > p->low)
		p->low = (uint16_t)size;
	if (size == p->target)
		search(p, now);
}

/* The largest size below the target that could still be right. */
static void
target_lost(struct pmtu *p, uint64_t now)
{
	if (p->low == 0) {
		/* Nothing passes: that is no matter of size. */
		p->round++;
		round_end(p, now);
		p->again = now + PMTU_MUTE_MS;
		return;
	}
	p->high = (uint16_t)(p->target - 1 - (p->target - 1) % PMTU_STEP);
	search(p, now);
}

static void
timed_out(struct pmtu *p, uint64_t now)
{
	/* At the first loss already: what is too large is lost meanwhile. */
	if (p->low != 0 && p->size > p->low)
		p->size = p->low;
	if (++p->tries < PMTU_TRIES)
		send_sizes(p, now);
	else
		target_lost(p, now);
}

uint16_t
pmtu_probe(struct pmtu *p, uint64_t now)
{
	if (p->send == 0 && p->target != 0 && now >= p->due)
		timed_out(p, now);
	if (p->send & SEND_TARGET) {
		p->send &= ~SEND_TARGET;
		return (p->target);
	}
	if (p->send & SEND_BASE) {
		p->send &= ~SEND_BASE;
		return (PMTU_BASE);
	}
	if (p->send & SEND_FLOOR) {
		p->send &= ~SEND_FLOOR;
		return (PMTU_FLOOR);
	}
	return (0);
}

uint64_t
pmtu_due(const struct pmtu *p)
{
	return (p->send != 0 ? 0 : p->due);
}
