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
 * The choice of the path.  The controlling side takes the best valid pair and
 * tells the peer so; the controlled side follows the latest nomination, and
 * until there is one uses its own best valid pair.
 */

#include <sys/types.h>

#include <stdint.h>
#include <string.h>

#include "ice/ice.h"
#include "ice/ice_internal.h"

static void
path_fill(struct ice *ice, const struct ice_pair *pair)
{
	memset(&ice->path, 0, sizeof(ice->path));
	ice->path.type = pair->remote.type;
	ice->path.transport = pair->remote.transport;
	ice->path.rtt_us = pair->rtt_us;
	ice->path.local = pair->local;
	ice->path.remote = pair->remote.ep;
}

void
ice_select_refresh(struct ice *ice, const struct ice_pair *pair)
{
	if (pair == ice_pair_selected(ice))
		path_fill(ice, pair);
}

void
ice_select_pair(struct ice *ice, struct ice_pair *pair)
{
	ice->selected = (int)(pair - ice->pairs);
	pair->nominated = 0;
	pair->linger_until = 0;
	path_fill(ice, pair);
	if (ice->role == ICE_CONTROLLING)
		ice_check_nominate(ice, pair);
	ice->ops->selected(ice->arg, &ice->path);
	ice_stream_prune(ice);
}

/* Something better may still pass. */
static int
better_is_pending(const struct ice *ice, const struct ice_pair *than)
{
	const struct ice_pair	*pair;
	uint32_t		 i;

	for (i = 0; i < ice->npairs; i++) {
		pair = &ice->pairs[i];
		if (pair->rank > than->rank && (pair->state == ICE_WAITING ||
		    pair->state == ICE_IN_PROGRESS))
			return 1;
	}
	return 0;
}

static void
choose(struct ice *ice)
{
	struct ice_pair	*best, *sel;

	if ((best = ice_pair_best_valid(ice)) == NULL)
		return;
	if ((sel = ice_pair_selected(ice)) != NULL) {
		if (ice->role == ICE_CONTROLLED || best->rank <= sel->rank)
			return;
	} else if (!ice_pair_is_local(best) && ice->now < ice->hold_until &&
	    better_is_pending(ice, best))
		return;
	ice_select_pair(ice, best);
}

void
ice_select_evaluate(struct ice *ice)
{
	choose(ice);
	ice_stream_prune(ice);
}

/*
 * A nomination may be overtaken by a later one on a quicker path, or be
 * replayed by an outsider: the number that the peer counts up tells.
 */
int
ice_select_is_latest(struct ice *ice, const struct stun_msg *m)
{
	if (!(m->have & STUN_HAVE_NOMINATION))
		return 1;
	if (m->nomination < ice->nomination) {
		ice->stats.old_nominations++;
		return 0;
	}
	ice->nomination = m->nomination;
	return 1;
}

/* RFC 8445 7.3.1.5: the latest nomination counts. */
void
ice_select_nominated(struct ice *ice, struct ice_pair *pair)
{
	uint32_t	 i;

	for (i = 0; i < ice->npairs; i++)
		ice->pairs[i].nominated = 0;
	if (pair->own)
		return;
	if (pair->state != ICE_SUCCEEDED)
		pair->nominated = 1;
	else if (pair != ice_pair_selected(ice))
		ice_select_pair(ice, pair);
}

void
ice_select_role(struct ice *ice, enum ice_role role)
{
	struct ice_pair	*sel;
	uint32_t	 i;

	ice->stats.role_conflicts++;
	if (ice->role == (uint8_t)role)
		return;
	ice->role = (uint8_t)role;
	if (role == ICE_CONTROLLED)
		ice->nomination = 0;
	for (i = 0; i < ice->npairs; i++)
		ice->pairs[i].nominated = 0;
	sel = ice_pair_selected(ice);
	if (sel != NULL && role == ICE_CONTROLLING)
		ice_check_nominate(ice, sel);
}

/* A valid pair does not answer any more. */
void
ice_select_lost(struct ice *ice, struct ice_pair *pair)
{
	int	 selected = pair == ice_pair_selected(ice);

	if (ice_stream_is(pair))
		ice_stream_lost(ice, pair);
	else
		ice_check_wait(pair, selected ? ICE_GIVE_UP_MS :
		    ICE_RECHECK_ROUND_MS);
	if (selected)
		ice_select_fallback(ice);
}

/*
 * The path is gone.  The next best takes over at once and everything that had
 * failed gets another chance.
 */
void
ice_select_fallback(struct ice *ice)
{
	struct ice_pair	*next;

	ice->stats.paths_lost++;
	ice->selected = -1;
	ice_round_restart(ice);
	if ((next = ice_pair_best_valid(ice)) != NULL) {
		ice_select_pair(ice, next);
		/* Its last answer may be old: ask again soon. */
		if (next->tries == 0)
			next->due = ice->now;
	} else
		ice->ops->lost(ice->arg);
}
