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
 * See place.h.
 */

#include <string.h>

#include "proc/place.h"

void
place_init(struct place *p)
{
	memset(p, 0, sizeof(*p));
	p->want = p->bound = PLACE_ANY;
	schedule_cpus(&p->cpus);
}

void
place_work(struct place *p, uint64_t now, uint32_t units)
{
	if (now - p->window >= PLACE_WINDOW_NS) {
		p->window = now;
		p->units = 0;
	}
	p->units += units;
	if (p->units < PLACE_BUSY)
		return;
	p->busy_until = now + PLACE_QUIET_NS;
	p->want = PLACE_ANY;
}

/* Is it time to leave the others to whoever keeps them waiting? */
static int
too_late(struct place *p, uint64_t now, uint64_t kicked)
{
	if (kicked > now || now - kicked < PLACE_LATE_NS)
		return 0;
	if (now - p->late_since >= PLACE_LATE_SPAN_NS) {
		p->late_since = now;
		p->late = 0;
	}
	return ++p->late >= PLACE_LATE_MAX;
}

void
place_woken(struct place *p, uint64_t now, uint32_t cpu, uint64_t kicked)
{
	if (p->want != PLACE_ANY && too_late(p, now, kicked)) {
		p->away_until = now + PLACE_AWAY_NS;
		p->want = PLACE_ANY;
		return;
	}
	if (cpu == PLACE_ANY || cpu == p->want || now < p->busy_until ||
	    now < p->away_until || now - p->moved < PLACE_MOVE_NS)
		return;
	p->moved = now;
	p->want = cpu;
}
