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
 * Candidates nobody has signalled: a port that the peer's router may use next.
 * Few are kept at a time, so that thousands can be tried one after another.
 * Nothing is believed of them; a right one becomes a pair when it is heard.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "ice/ice.h"
#include "ice/ice_internal.h"

int
ice_guess_find(const struct ice *ice, const struct endpoint *ep)
{
	uint32_t	 i;

	for (i = 0; i < ice->nguesses; i++)
		if (endpoint_cmp(&ice->guesses[i].ep, ep) == 0)
			return (int)i;
	return -1;
}

/* The order is that of age. */
static void
guess_remove(struct ice *ice, uint32_t i)
{
	ice->nguesses--;
	memmove(&ice->guesses[i], &ice->guesses[i + 1],
	    (ice->nguesses - i) * sizeof(ice->guesses[0]));
}

/* An authentic packet came from there. */
void
ice_guess_drop(struct ice *ice, int i)
{
	if (i == -1)
		return;
	ice->stats.guesses_right++;
	guess_remove(ice, (uint32_t)i);
}

int
ice_add_guess(struct ice *ice, const struct endpoint *ep)
{
	const struct ice_pair	*sel = ice_pair_selected(ice);
	struct ice_guess	*guess;

	if ((ep->family != 4 && ep->family != 6) || ep->port == 0) {
		errno = EINVAL;
		return -1;
	}
	if (ice_is_own(ice, ep) || ice_is_avoided(ice, ep) ||
	    endpoint_is_unusable(ep))
		return 1;
	if ((sel != NULL && sel->via == ICE_VIA_UDP) ||
	    ice_pair_find(ice, ICE_VIA_UDP, ep) != NULL ||
	    ice_guess_find(ice, ep) != -1)
		return 0;
	if (ice->nguesses == ICE_GUESS_MAX) {
		if (ice->guesses[0].tries == 0) {
			errno = EAGAIN;
			return -1;
		}
		guess_remove(ice, 0);
	}
	guess = &ice->guesses[ice->nguesses++];
	memset(guess, 0, sizeof(*guess));
	guess->ep = *ep;
	return 0;
}

/* When something is to be done for one of them. */
static uint64_t
due(const struct ice *ice, const struct ice_guess *guess)
{
	if (guess->tries == ICE_GUESS_TRIES)
		return guess->due;
	return guess->due > ice->guess_at ? guess->due : ice->guess_at;
}

uint64_t
ice_guess_due(const struct ice *ice)
{
	uint64_t	 next = ICE_NEVER;
	uint32_t	 i;

	for (i = 0; i < ice->nguesses; i++)
		if (due(ice, &ice->guesses[i]) < next)
			next = due(ice, &ice->guesses[i]);
	return next;
}

void
ice_guess_tick(struct ice *ice)
{
	struct ice_guess	*guess;
	uint32_t		 i = 0;

	while (i < ice->nguesses) {
		guess = &ice->guesses[i];
		if (due(ice, guess) > ice->now) {
			i++;
			continue;
		}
		if (guess->tries == ICE_GUESS_TRIES) {
			guess_remove(ice, i);
			continue;
		}
		ice_check_guess(ice, guess);
		guess->tries++;
		guess->due = ice->now + (guess->tries == ICE_GUESS_TRIES ?
		    ICE_GUESS_LIFE_MS : ICE_GUESS_RTO_MS);
		ice->guess_at = ice->now + ICE_GUESS_TA_MS;
		i++;
	}
}
