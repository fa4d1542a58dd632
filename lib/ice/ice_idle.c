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
 * The path in use while nothing is sent over it: how rarely it may be checked.
 * The lifetime of a router's mapping is not known, so the interval grows while
 * checks are answered at once, and shrinks when a silence has cost the path or
 * the mapping (RFC 4787 REQ-5 asks for two minutes; many give 30 s, some less).
 *
 * One side is enough: the check keeps the mapping of who asks, the answer that
 * of who is asked.  So the controlled side waits for the controlling one and
 * asks only when that is late.  What is due in the same few seconds is done
 * together, also of other sessions: waking is what costs.
 */

#include <sys/types.h>

#include <stdint.h>

#include "ice/ice.h"
#include "ice/ice_internal.h"

/* Down to a point of time that other sessions use as well. */
static uint64_t
aligned(uint64_t due, uint64_t not_before)
{
	due -= due % ICE_IDLE_GRID_MS;
	return due > not_before ? due : not_before;
}

uint64_t
ice_idle_due(const struct ice *ice, const struct ice_pair *pair,
    int selected)
{
	uint64_t	 base = pair->last_ok, every, heard;

	if (!selected)
		return aligned(base + ICE_ALTERNATE_MS, base +
		    ICE_ALTERNATE_MS - ICE_IDLE_GRID_MS);
	every = ice->idle_ms;
	/*
	 * The lifetime of a connection is no matter of packets, within a
	 * network there is no mapping, and the controlling side may have
	 * found out that this one lasts.
	 */
	if (ice_stream_is(pair) || (every >= ICE_IDLE_MS &&
	    (ice_pair_is_local(pair) || ice->role == ICE_CONTROLLED)))
		every = ICE_IDLE_MAX_MS;
	if (ice->role == ICE_CONTROLLED) {
		/* Hearing proves one direction only: not for ever. */
		heard = pair->heard < base + ICE_IDLE_HEARD_MS ? pair->heard :
		    base + ICE_IDLE_HEARD_MS;
		return (heard > base ? heard : base) + every +
		    ICE_IDLE_LATE_MS;
	}
	if (every < ICE_IDLE_MS)
		return base + every;
	return aligned(base + every, base + ICE_IDLE_MIN_MS);
}

/* A check after a silence was answered: from then on `before` is past. */
void
ice_idle_answered(struct ice *ice, const struct ice_pair *pair,
    uint64_t before, int retried, int moved)
{
	uint64_t	 silence = ice->now - before;

	if (ice_stream_is(pair) || ice->active || before == 0 ||
	    silence + ICE_IDLE_GRID_MS < ice->idle_ms)
		return;
	if (moved) {
		ice_idle_failed(ice);
		return;
	}
	/* One packet lost says nothing, either way. */
	if (retried || ice->now < ice->idle_grow_at)
		return;
	ice->idle_ms += ICE_IDLE_STEP_MS;
	if (ice->idle_ms > ICE_IDLE_MAX_MS)
		ice->idle_ms = ICE_IDLE_MAX_MS;
}

void
ice_idle_failed(struct ice *ice)
{
	ice->idle_ms = ice->idle_ms / 2 > ICE_IDLE_MIN_MS ?
	    ice->idle_ms / 2 : ICE_IDLE_MIN_MS;
	ice->idle_grow_at = ice->now + ICE_IDLE_AGAIN_MS;
}

uint32_t
ice_idle_interval(const struct ice *ice)
{
	return ice->idle_ms;
}

void
ice_set_idle_interval(struct ice *ice, uint32_t ms, uint64_t now)
{
	if (ms < ICE_IDLE_MIN_MS)
		ms = ICE_IDLE_MIN_MS;
	if (ms > ICE_IDLE_MAX_MS)
		ms = ICE_IDLE_MAX_MS;
	ice->idle_ms = ms;
	/* What was found out before an introduction counts for a while. */
	if (ms < ICE_IDLE_MS)
		ice->idle_grow_at = now + ICE_IDLE_AGAIN_MS;
}
