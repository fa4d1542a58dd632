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
 * Shared inside lib/ice only.  All of these work at ice->now, which the public
 * function that was entered has set.
 */

#ifndef ICE_ICE_INTERNAL_H
#define ICE_ICE_INTERNAL_H

#include "ice/ice.h"

/* ice.c */
void		 ice_set_now(struct ice *, uint64_t now);

/* ice_pair.c: the table of pairs. */
uint64_t	 ice_pair_rank(const struct ice_candidate *);
int		 ice_pair_is_local(const struct ice_pair *);
struct ice_pair	*ice_pair_find(struct ice *, const struct endpoint *);
struct ice_pair	*ice_pair_learn(struct ice *, const struct endpoint *);
struct ice_pair	*ice_pair_add(struct ice *, const struct ice_candidate *);
struct ice_pair	*ice_pair_selected(struct ice *);
struct ice_pair	*ice_pair_best_valid(struct ice *);
struct ice_pair	*ice_pair_next_waiting(struct ice *);
uint64_t	 ice_pair_due(const struct ice *, const struct ice_pair *);

/* ice_check.c: what is sent for a pair, and when. */
void		 ice_check_wait(struct ice_pair *, uint32_t round_ms);
void		 ice_check_begin(struct ice *, struct ice_pair *);
void		 ice_check_trigger(struct ice *, struct ice_pair *);
void		 ice_check_nominate(struct ice *, struct ice_pair *);
void		 ice_check_timeout(struct ice *, struct ice_pair *);
struct ice_tx	*ice_check_match(struct ice *, struct ice_pair *,
		    const uint8_t id[STUN_ID_LEN]);
void		 ice_check_answered(struct ice *, struct ice_pair *,
		    const struct ice_tx *);

/* ice_select.c: which pair is used. */
void		 ice_select_evaluate(struct ice *);
void		 ice_select_pair(struct ice *, struct ice_pair *);
void		 ice_select_nominated(struct ice *, struct ice_pair *);
int		 ice_select_is_latest(struct ice *, const struct stun_msg *);
void		 ice_select_refresh(struct ice *, const struct ice_pair *);
void		 ice_select_role(struct ice *, enum ice_role);
void		 ice_select_lost(struct ice *, struct ice_pair *);

#endif /* ICE_ICE_INTERNAL_H */
