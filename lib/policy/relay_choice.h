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
 * Which relay serves a pair of systems: the one over which the way is the
 * shortest, by what both have measured, else by where the relays stand.
 *
 * Pure: allocates nothing, reads no clock, and the same input gives the same
 * relay.  Runs in policyproc.
 */

#ifndef POLICY_RELAY_CHOICE_H
#define POLICY_RELAY_CHOICE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#define RELAY_RTT_UNKNOWN	0
#define RELAY_RTT_UNREACHABLE	UINT32_MAX
#define RELAY_PLACE_ZERO	360000	/* a coordinate of 0 degrees */
#define RELAY_COST_UNKNOWN	UINT64_MAX

/*
 * A relay as the two systems of a pair see it.  rtt is in microseconds, or one
 * of the two values above.  Coordinates are in thousandths of a degree plus
 * RELAY_PLACE_ZERO; both are 0 when they are not known.
 */
struct relay_option {
	const char	*name;
	uint32_t	 rtt[2];
	uint32_t	 load;		/* pairs */
	uint32_t	 latitude;
	uint32_t	 longitude;
};

/*
 * The index of the best one, or -1 when there is none that neither of the two
 * has reported to be unreachable.  What is not measured is estimated: a system
 * is taken to stand at the relay that is nearest to it of those whose place is
 * known.  Less of the sum is better; one side known is better than none; then
 * less load, then the name.
 */
ssize_t		 relay_choose(const struct relay_option *, size_t n);

/*
 * How far option i is from system 0 or 1 of the pair: microseconds, measured
 * or estimated, or RELAY_COST_UNKNOWN.
 */
uint64_t	 relay_cost(const struct relay_option *, size_t n, size_t i,
		    int side);

/* Along a great circle, within one in a thousand. */
uint32_t	 relay_distance_km(uint32_t lat1, uint32_t lon1,
		    uint32_t lat2, uint32_t lon2);

#endif /* POLICY_RELAY_CHOICE_H */
