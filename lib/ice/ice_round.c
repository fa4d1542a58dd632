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
 * Rounds: all pairs that might be better than the path are checked together,
 * at the start, when the path is lost or the own network changes, and every
 * now and then.  Routers on both sides let packets in only while both send, so
 * the side that begins a round tells the other on the path in use.
 *
 * Some routers give a flow another port when the peer's packet has come before
 * our own has gone.  So public addresses are opened first: our packets end
 * behind our router, until the peer must have done the same or has said so.
 */

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "ice/ice.h"
#include "ice/ice_internal.h"

static void
round_set(struct ice *ice, uint32_t length, uint32_t open)
{
	ice->round_at = ice->now;
	ice->round_end = ice->now + length;
	ice->round_next = ice->round_end + ICE_RECHECK_MS;
	ice->open_until = ice->now + open;
	ice->burst = ICE_BURST;
	ice->peer_open = 0;
}

void
ice_round_first(struct ice *ice)
{
	round_set(ice, ICE_GIVE_UP_MS, ice->open_ms);
}

static int
can_try(const struct ice_pair *pair)
{
	return pair->state == ICE_FAILED && !pair->own &&
	    (!pair->passive || pair->connected);
}

/* What is to be tried in a round; if the peer asked, for its sake as well. */
static int
worth_it(struct ice *ice, const struct ice_pair *pair, int asked)
{
	const struct ice_pair	*sel = ice_pair_selected(ice);

	return can_try(pair) && (ice_pair_is_better(ice, pair) ||
	    (asked && ice_pair_is_useful(ice, pair, sel)));
}

/*
 * The time until a peer that is told on the path in use has begun as well, or
 * until one that can not be told is sure to have.
 */
static uint32_t
open_time(struct ice *ice)
{
	const struct ice_pair	*sel = ice_pair_selected(ice);
	uint32_t		 ms;

	if (ice->open_ms == 0)
		return 0;
	if (sel == NULL)
		return ICE_OPEN_MAX_MS;
	ms = sel->rtt_us / 1000;
	if (ms > ICE_OPEN_MAX_MS / 2)
		return ICE_OPEN_MAX_MS;
	ms += ms / 2;
	return ms > ice->open_ms ? ms : ice->open_ms;
}

/* A round under way lasts as long as the new one. */
static void
prolong(struct ice *ice, struct ice_pair *pair)
{
	pair->round_ms = ICE_GIVE_UP_MS;
	pair->deadline = ice->now + ICE_GIVE_UP_MS;
	if (ice_stream_is(pair) && !pair->connected)
		pair->due = pair->deadline;
}

/* Everything anew. */
void
ice_round_restart(struct ice *ice)
{
	struct ice_pair	*pair;
	uint32_t	 i;

	for (i = 0; i < ice->npairs; i++) {
		pair = &ice->pairs[i];
		if (pair->state == ICE_IN_PROGRESS)
			prolong(ice, pair);
		else if (can_try(pair) && (!ice_stream_is(pair) ||
		    ice_pair_is_better(ice, pair)))
			ice_check_wait(pair, ICE_GIVE_UP_MS);
	}
	ice->stats.rounds++;
	round_set(ice, ICE_GIVE_UP_MS, ice->selected == -1 ? ice->open_ms :
	    open_time(ice));
}

/* What is better than the path; asked by the peer, or because it is time. */
void
ice_round_begin(struct ice *ice, int asked)
{
	struct ice_pair	*pair, *sel = ice_pair_selected(ice);
	uint32_t	 i;
	int		 some = 0;

	for (i = 0; i < ice->npairs; i++) {
		pair = &ice->pairs[i];
		if (!worth_it(ice, pair, asked))
			continue;
		ice_check_wait(pair, ice_stream_is(pair) ?
		    ICE_STREAM_ROUND_MS : ICE_RECHECK_ROUND_MS);
		some = 1;
	}
	/* Our round goes on, with what the peer wants as well. */
	if (asked && ice->now < ice->round_end) {
		ice_round_peer_seen(ice);
		return;
	}
	if (!some) {
		ice->round_next = ice->now + ICE_RECHECK_ROUND_MS +
		    ICE_RECHECK_MS;
		ice->round_next -= ice->round_next % ICE_IDLE_GRID_MS;
		return;
	}
	ice->stats.rounds++;
	round_set(ice, ICE_RECHECK_ROUND_MS, open_time(ice));
	ice->peer_open = asked != 0;
	if (!asked && sel != NULL)
		ice_check_announce(ice, sel);
}

/* The first packets to this pair must not reach the other router. */
int
ice_round_is_opening(const struct ice *ice, const struct ice_pair *pair)
{
	return pair->remote.type == ICE_PUBLIC && !ice->peer_open &&
	    ice->now < ice->open_until;
}

/* The peer has begun this round, so it has opened its router. */
void
ice_round_peer_seen(struct ice *ice)
{
	uint32_t	 i;

	if (ice->peer_open)
		return;
	ice->peer_open = 1;
	for (i = 0; i < ice->npairs; i++)
		if (ice->pairs[i].opening)
			ice->pairs[i].due = ice->now;
}
