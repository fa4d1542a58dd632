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
 * On which processor a stage of the data path runs.  With little to do, what
 * a packet costs is the waking: of a stage on the same processor a few
 * microseconds, of one that sleeps elsewhere ten times that.  So a stage
 * follows the one that wakes it, and all of them gather; under load each goes
 * where the system puts it, and they work side by side.
 *
 * The processor that is gathered on may have other work, of which the system
 * knows more than we do: who is woken late stays away for a while.
 *
 * Times are the caller's, monotonic, in nanoseconds.
 */

#ifndef PROC_PLACE_H
#define PROC_PLACE_H

#include <stdint.h>

#include "proc/schedule.h"
#include "ring/ring.h"

#define PLACE_ANY		UINT32_MAX	/* wherever the system likes */
#define PLACE_WINDOW_NS		2000000		/* work is counted in it */
#define PLACE_BUSY		64		/* units in it: there is load */
#define PLACE_QUIET_NS		20000000	/* after the last of these */
#define PLACE_UNIT_BYTES	8192		/* cost as much as a record */
#define PLACE_LATE_NS		1000000		/* from the kick to the turn */
#define PLACE_LATE_MAX		3		/* of these in a second, ... */
#define PLACE_LATE_SPAN_NS	1000000000ULL
#define PLACE_AWAY_NS		5000000000ULL	/* ... and we keep away */
#define PLACE_MOVE_NS		50000000	/* between two moves */

/* One for each stage. */
struct place {
	struct schedule_cpus cpus;	/* to choose from; port.c binds to */
	uint32_t	 bound;		/* one of them, or PLACE_ANY */
	struct ring_kick here;		/* the turn under way */
	uint32_t	 want;		/* should be bound to */
	uint32_t	 units;		/* since window */
	uint32_t	 late;		/* since late_since */
	uint64_t	 window;
	uint64_t	 late_since;
	uint64_t	 busy_until;
	uint64_t	 away_until;
	uint64_t	 moved;
};

/* Before the sandbox. */
void	place_init(struct place *);

/* So much has been done: records, and PLACE_UNIT_BYTES count as one. */
void	place_work(struct place *, uint64_t now, uint32_t units);

/*
 * What woke us did so on that processor, if it is known, and then.  Both may
 * be the word of a neighbour that lies: they decide how fast we are, and no
 * more.
 */
void	place_woken(struct place *, uint64_t now, uint32_t cpu,
	    uint64_t kicked);

#endif /* PROC_PLACE_H */
