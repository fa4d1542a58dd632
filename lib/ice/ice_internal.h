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
int		 ice_is_avoided(const struct ice *, const struct endpoint *);
int		 ice_is_own(const struct ice *, const struct endpoint *);

/* ice_pair.c: the table of pairs. */
uint64_t	 ice_pair_rank(const struct ice_candidate *);
int		 ice_pair_is_local(const struct ice_pair *);
int		 ice_pair_is_better(const struct ice *,
		    const struct ice_pair *);
int		 ice_pair_is_useful(const struct ice *,
		    const struct ice_pair *, const struct ice_pair *than);
struct ice_pair	*ice_pair_find(struct ice *, enum ice_via,
		    const struct endpoint *);
struct ice_pair	*ice_pair_learn(struct ice *, enum ice_via,
		    const struct endpoint *);
void		 ice_pair_exclude(struct ice *, struct ice_pair *);
struct ice_pair	*ice_pair_add(struct ice *, const struct ice_candidate *);
struct ice_pair	*ice_pair_selected(struct ice *);
struct ice_pair	*ice_pair_best_valid(struct ice *);
struct ice_pair	*ice_pair_next_waiting(struct ice *);
uint64_t	 ice_pair_due(const struct ice *, const struct ice_pair *);

/* ice_check.c: what is sent for a pair, and when. */
void		 ice_check_wait(struct ice_pair *, uint32_t round_ms);
void		 ice_check_begin(struct ice *, struct ice_pair *);
void		 ice_check_trigger(struct ice *, struct ice_pair *);
void		 ice_check_normal(struct ice *, struct ice_pair *);
void		 ice_check_connected(struct ice *, struct ice_pair *);
void		 ice_check_nominate(struct ice *, struct ice_pair *);
void		 ice_check_suspect(struct ice *, struct ice_pair *);
void		 ice_check_announce(struct ice *, struct ice_pair *);
void		 ice_check_guess(struct ice *, struct ice_guess *);
void		 ice_check_timeout(struct ice *, struct ice_pair *);
struct ice_tx	*ice_check_match(struct ice *, struct ice_pair *,
		    const uint8_t id[STUN_ID_LEN]);
void		 ice_check_answered(struct ice *, struct ice_pair *,
		    const struct ice_tx *, int moved);

/* ice_select.c: which pair is used. */
void		 ice_select_evaluate(struct ice *);
void		 ice_select_pair(struct ice *, struct ice_pair *);
void		 ice_select_nominated(struct ice *, struct ice_pair *);
int		 ice_select_is_latest(struct ice *, const struct stun_msg *);
void		 ice_select_refresh(struct ice *, const struct ice_pair *);
void		 ice_select_role(struct ice *, enum ice_role);
void		 ice_select_lost(struct ice *, struct ice_pair *);
void		 ice_select_fallback(struct ice *);

/* ice_round.c: when pairs are checked together, by both sides. */
void		 ice_round_first(struct ice *);
void		 ice_round_restart(struct ice *);
void		 ice_round_begin(struct ice *, int asked);
int		 ice_round_is_opening(const struct ice *,
		    const struct ice_pair *);
void		 ice_round_peer_seen(struct ice *);

/* ice_stream.c: dialling and closing. */
int		 ice_stream_is(const struct ice_pair *);
uint64_t	 ice_stream_gate(const struct ice *, const struct ice_pair *);
void		 ice_stream_begin(struct ice *, struct ice_pair *);
void		 ice_stream_timeout(struct ice *, struct ice_pair *);
void		 ice_stream_close(struct ice *, struct ice_pair *);
void		 ice_stream_lost(struct ice *, struct ice_pair *);
void		 ice_stream_prune(struct ice *);

/* ice_idle.c: how rarely. */
uint64_t	 ice_idle_due(const struct ice *, const struct ice_pair *,
		    int selected);
void		 ice_idle_answered(struct ice *, const struct ice_pair *,
		    uint64_t before, int retried, int moved);
void		 ice_idle_failed(struct ice *);

/* ice_guess.c: candidates nobody has signalled. */
void		 ice_guess_tick(struct ice *);
uint64_t	 ice_guess_due(const struct ice *);
int		 ice_guess_find(const struct ice *, const struct endpoint *);
void		 ice_guess_drop(struct ice *, int);

#endif /* ICE_ICE_INTERNAL_H */
