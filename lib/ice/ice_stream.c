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
 * Streams: TCP to the peer and to the relay.  When one is asked for, what comes
 * of it, and when it is closed.  The connections themselves are the caller's.
 */

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "ice/ice.h"
#include "ice/ice_internal.h"

int
ice_stream_is(const struct ice_pair *pair)
{
	return pair->via != ICE_VIA_UDP;
}

/* When a waiting stream may begin: not while something better is valid. */
uint64_t
ice_stream_gate(const struct ice *ice, const struct ice_pair *pair)
{
	uint32_t	 i;

	if (pair->connected || pair->wanted)
		return ice->round_at;
	for (i = 0; i < ice->npairs; i++)
		if (ice->pairs[i].state == ICE_SUCCEEDED &&
		    !ice_pair_is_useful(ice, pair, &ice->pairs[i]))
			return ICE_NEVER;
	return ice->round_at + (pair->via == ICE_VIA_TCP ? ICE_TCP_DELAY_MS :
	    ICE_RELAY_DELAY_MS);
}

void
ice_stream_begin(struct ice *ice, struct ice_pair *pair)
{
	if (pair->connected) {
		ice_check_connected(ice, pair);
		return;
	}
	pair->due = pair->deadline;
	if (pair->wanted)
		return;
	pair->wanted = 1;
	ice->stats.connects++;
	ice->ops->connect(ice->arg, (enum ice_via)pair->via,
	    &pair->remote.ep, 1);
}

void
ice_stream_close(struct ice *ice, struct ice_pair *pair)
{
	int	 open = pair->wanted || pair->connected;

	pair->wanted = pair->connected = 0;
	pair->linger_until = 0;
	if (open)
		ice->ops->connect(ice->arg, (enum ice_via)pair->via,
		    &pair->remote.ep, 0);
}

static void
stream_fail(struct ice *ice, struct ice_pair *pair)
{
	ice_stream_close(ice, pair);
	pair->state = ICE_FAILED;
	pair->nominated = 0;
	pair->due = ICE_NEVER;
}

/*
 * As long as there is no path at all the relay is held: the peer, which may
 * have missed its path earlier or later, meets us there whenever it comes.  Of
 * direct streams one side goes on dialling, so that its time and the rounds of
 * the other meet.
 */
static int
is_held(const struct ice *ice, const struct ice_pair *pair)
{
	return ice->selected == -1 && (pair->via == ICE_VIA_RELAY ||
	    (ice->role == ICE_CONTROLLED && !pair->connected));
}

void
ice_stream_timeout(struct ice *ice, struct ice_pair *pair)
{
	if (pair->state == ICE_WAITING) {
		ice_check_begin(ice, pair);
		return;
	}
	if (pair->linger_until != 0) {
		stream_fail(ice, pair);
		return;
	}
	if (pair->connected)
		ice->stats.unanswered++;
	if (!is_held(ice, pair)) {
		stream_fail(ice, pair);
	} else if (pair->connected) {
		pair->state = ICE_FAILED;
		pair->due = ICE_NEVER;
	} else
		pair->due = pair->deadline = ice->now + ICE_GIVE_UP_MS;
}

/* A valid stream on which the peer does not answer any more. */
void
ice_stream_lost(struct ice *ice, struct ice_pair *pair)
{
	stream_fail(ice, pair);
	if (!pair->passive)
		ice_check_wait(pair, ICE_GIVE_UP_MS);
}

/*
 * What the path has made superfluous.  Where the peer may be sending, packets
 * in flight are waited for; an attempt ends at once.
 */
void
ice_stream_prune(struct ice *ice)
{
	const struct ice_pair	*sel = ice_pair_selected(ice);
	struct ice_pair		*pair;
	uint32_t		 i;

	if (sel == NULL)
		return;
	if (sel->via == ICE_VIA_UDP)
		ice->nguesses = 0;
	for (i = 0; i < ice->npairs; i++) {
		pair = &ice->pairs[i];
		if (pair == sel || !ice_stream_is(pair) || pair->nominated ||
		    (!pair->wanted && !pair->connected))
			continue;
		if (ice_pair_is_useful(ice, pair, sel))
			pair->linger_until = 0;
		else if (!pair->connected || (pair->state != ICE_SUCCEEDED &&
		    !pair->triggered))
			stream_fail(ice, pair);
		else if (pair->linger_until == 0)
			pair->linger_until = ice->now + ICE_LINGER_MS;
	}
}

int
ice_connected(struct ice *ice, enum ice_via via, const struct endpoint *remote,
    const struct endpoint *local, uint64_t now)
{
	struct ice_pair	*pair;

	ice_set_now(ice, now);
	if (via == ICE_VIA_UDP || !ice->started ||
	    (pair = ice_pair_find(ice, via, remote)) == NULL || pair->own ||
	    (!pair->wanted && !pair->connected &&
	    !ice_pair_is_better(ice, pair)))
		return -1;
	if (local != NULL && local->family != 0)
		pair->local = *local;
	if (pair->connected && pair->state == ICE_SUCCEEDED)
		return 0;
	pair->connected = 1;
	ice_check_connected(ice, pair);
	return 0;
}

void
ice_disconnected(struct ice *ice, enum ice_via via,
    const struct endpoint *remote, uint64_t now)
{
	struct ice_pair	*pair;

	ice_set_now(ice, now);
	if (via == ICE_VIA_UDP || !ice->started ||
	    (pair = ice_pair_find(ice, via, remote)) == NULL ||
	    !pair->connected)
		return;
	pair->connected = 0;
	pair->tries = pair->triggered = 0;
	if (pair->linger_until != 0 || !pair->wanted ||
	    (pair != ice_pair_selected(ice) &&
	    !ice_pair_is_better(ice, pair))) {
		stream_fail(ice, pair);
	} else {
		/* The caller dials again. */
		pair->state = ICE_IN_PROGRESS;
		pair->due = pair->deadline = now + ICE_STREAM_ROUND_MS;
	}
	if (pair == ice_pair_selected(ice))
		ice_select_fallback(ice);
	ice_select_evaluate(ice);
}
