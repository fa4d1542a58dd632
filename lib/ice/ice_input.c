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
 * Datagrams from the internet: the peer's checks and its answers to ours.
 * Authentication comes before anything that is remembered.  An answer is never
 * larger than the request, and their number per second is limited.
 */

#include <sys/types.h>

#include <stdint.h>
#include <string.h>

#include "ice/ice.h"
#include "ice/ice_internal.h"

static int
refuse(uint64_t *counter)
{
	(*counter)++;
	return -1;
}

static int
is_limited(struct ice *ice)
{
	if (ice->now - ice->window >= 1000) {
		ice->window = ice->now;
		ice->window_count = 0;
	}
	return ice->window_count++ >= ICE_ANSWERS_PER_SEC;
}

/* Sign and send an answer; the key is that of the request (RFC 8445 7.3). */
static void
answer_send(struct ice *ice, struct stun_builder *b, const struct stun_msg *m,
    enum ice_via via, const struct endpoint *to)
{
	ssize_t	 len;

	stun_build_integrity_sha256(b, (const uint8_t *)ice->local.pwd,
	    strlen(ice->local.pwd));
	stun_build_fingerprint(b);
	len = stun_build_finish(b);
	if (len == -1 || (size_t)len > m->len)
		return;
	ice->stats.requests_answered++;
	ice->ops->send(ice->arg, via, to, b->buf, (size_t)len, 0);
}

static void
answer_success(struct ice *ice, const struct stun_msg *m, enum ice_via via,
    const struct endpoint *from)
{
	uint8_t			 buf[STUN_MESSAGE_MAX];
	struct stun_builder	 b;

	stun_build_start(&b, buf, sizeof(buf), STUN_SUCCESS, STUN_BINDING,
	    m->id);
	stun_build_address(&b, STUN_ATTR_XOR_MAPPED_ADDRESS, from);
	answer_send(ice, &b, m, via, from);
}

static void
answer_error(struct ice *ice, const struct stun_msg *m, enum ice_via via,
    const struct endpoint *from, uint16_t code)
{
	uint8_t			 buf[STUN_MESSAGE_MAX];
	struct stun_builder	 b;

	stun_build_start(&b, buf, sizeof(buf), STUN_ERROR, STUN_BINDING,
	    m->id);
	stun_build_error(&b, code);
	if (code == STUN_ERROR_UNKNOWN_ATTRIBUTE)
		stun_build_unknown(&b, m->unknown, m->nunknown);
	answer_send(ice, &b, m, via, from);
}

/* RFC 8445 7.3.1.1.  Nonzero when the request is answered with an error. */
static int
role_conflict(struct ice *ice, const struct stun_msg *m, enum ice_via via,
    const struct endpoint *from)
{
	int	 theirs, win = ice->tie_breaker >= m->tie_breaker;

	theirs = m->have & STUN_HAVE_CONTROLLING ? ICE_CONTROLLING :
	    ICE_CONTROLLED;
	if (theirs != ice->role)
		return 0;
	if (win == (theirs == ICE_CONTROLLING)) {
		ice->stats.role_conflicts++;
		answer_error(ice, m, via, from, STUN_ERROR_ROLE_CONFLICT);
		return 1;
	}
	ice_select_role(ice, theirs == ICE_CONTROLLING ? ICE_CONTROLLED :
	    ICE_CONTROLLING);
	return 0;
}

/* 0 when the request is authentic and complete. */
static int
request_verify(struct ice *ice, const struct stun_msg *m)
{
	uint32_t	 roles;

	if (!stun_username_is(m, ice->user_in))
		return refuse(&ice->stats.bad_username);
	if (!(m->have & STUN_HAVE_FINGERPRINT))
		return refuse(&ice->stats.bad_fingerprint);
	if (stun_check_integrity_sha256(m, (const uint8_t *)ice->local.pwd,
	    strlen(ice->local.pwd)) == -1)
		return refuse(&ice->stats.bad_integrity);
	roles = m->have & (STUN_HAVE_CONTROLLING | STUN_HAVE_CONTROLLED);
	if (roles == 0 || !(m->have & STUN_HAVE_PRIORITY) ||
	    roles == (STUN_HAVE_CONTROLLING | STUN_HAVE_CONTROLLED))
		return refuse(&ice->stats.bad_request);
	return 0;
}

/* The pair that an authentic check came on, learnt if it was not known. */
static struct ice_pair *
request_pair(struct ice *ice, enum ice_via via, const struct endpoint *from,
    const struct endpoint *local)
{
	struct ice_pair	*pair;

	if (from->port == 0 || endpoint_is_unusable(from))
		return NULL;
	if ((pair = ice_pair_find(ice, via, from)) == NULL &&
	    (pair = ice_pair_learn(ice, via, from)) == NULL)
		return NULL;
	if (ice_stream_is(pair) && !pair->own)
		pair->connected = 1;
	if (local != NULL && local->family != 0) {
		pair->local = *local;
		ice_select_refresh(ice, pair);
	}
	return pair;
}

/*
 * USE-CANDIDATE (RFC 8445 7.3.1.5) in its newest form, and the numbers that
 * ask for a round: of a nomination that says nothing new, or without one.
 */
static void
request_number(struct ice *ice, const struct stun_msg *m,
    struct ice_pair *pair)
{
	int	 selected = pair == ice_pair_selected(ice), asked = 0;

	if (m->have & STUN_HAVE_USE_CANDIDATE) {
		if (ice->role != ICE_CONTROLLED)
			return;
		asked = selected && (m->have & STUN_HAVE_NOMINATION) &&
		    m->nomination > ice->nomination;
		if (!ice_select_is_latest(ice, m))
			return;
		ice_select_nominated(ice, pair);
	} else if ((m->have & STUN_HAVE_NOMINATION) &&
	    m->nomination > ice->round_peer) {
		ice->round_peer = m->nomination;
		asked = 1;
	}
	if (asked)
		ice_round_begin(ice, 1);
}

static int
input_request(struct ice *ice, const struct stun_msg *m, enum ice_via via,
    const struct endpoint *from, const struct endpoint *local)
{
	struct ice_pair	*pair;

	if (request_verify(ice, m) == -1)
		return -1;
	/* A path through our own tunnel would end when it is used. */
	if (ice_is_avoided(ice, from))
		return refuse(&ice->stats.avoided);
	if (is_limited(ice)) {
		ice->stats.limited++;
		return 0;
	}
	if (m->nunknown > 0) {
		answer_error(ice, m, via, from, STUN_ERROR_UNKNOWN_ATTRIBUTE);
		return 0;
	}
	if (!ice->started)
		ice_start(ice, ice->now);
	if (role_conflict(ice, m, via, from))
		return 0;
	answer_success(ice, m, via, from);
	if ((pair = request_pair(ice, via, from, local)) == NULL)
		return 0;
	pair->heard = ice->now;
	if (pair != ice_pair_selected(ice))
		ice_round_peer_seen(ice);
	ice_check_trigger(ice, pair);
	request_number(ice, m, pair);
	return 0;
}

static void
input_error(struct ice *ice, const struct stun_msg *m, struct ice_pair *pair,
    struct ice_tx *tx)
{
	tx->used = 0;
	if (m->error_code != STUN_ERROR_ROLE_CONFLICT) {
		ice->stats.bad_answer++;
		return;
	}
	/* RFC 8445 7.2.5.1: switch unless that has happened since. */
	if (tx->role == ice->role)
		ice_select_role(ice, tx->role == ICE_CONTROLLING ?
		    ICE_CONTROLLED : ICE_CONTROLLING);
	pair->triggered = 0;
	ice_check_trigger(ice, pair);
}

static int
answer_verify(struct ice *ice, const struct stun_msg *m)
{
	if (!(m->have & STUN_HAVE_FINGERPRINT))
		return refuse(&ice->stats.bad_fingerprint);
	if (stun_check_integrity_sha256(m, (const uint8_t *)ice->remote.pwd,
	    strlen(ice->remote.pwd)) == -1)
		return refuse(&ice->stats.bad_integrity);
	return 0;
}

/* The peer is where it was guessed to be: an ordinary pair from now on. */
static int
input_guess(struct ice *ice, const struct stun_msg *m, enum ice_via via,
    const struct endpoint *from)
{
	struct ice_pair	*pair;
	int		 i = ice_guess_find(ice, from);

	if (via != ICE_VIA_UDP || i == -1 || ice->guesses[i].tries == 0 ||
	    memcmp(ice->guesses[i].id, m->id, STUN_ID_LEN) != 0)
		return refuse(&ice->stats.not_ours);
	if (answer_verify(ice, m) == -1)
		return -1;
	ice_round_peer_seen(ice);
	if ((pair = ice_pair_learn(ice, via, from)) != NULL)
		ice_check_trigger(ice, pair);
	return 0;
}

static int
input_answer(struct ice *ice, const struct stun_msg *m, enum ice_via via,
    const struct endpoint *from, const struct endpoint *local)
{
	struct ice_pair	*pair;
	struct ice_tx	*tx;
	int		 moved;

	/* RFC 8445 7.2.5.2.1: only from where the check was sent. */
	if ((pair = ice_pair_find(ice, via, from)) == NULL)
		return input_guess(ice, m, via, from);
	if ((ice_stream_is(pair) && !pair->connected) ||
	    (tx = ice_check_match(ice, pair, m->id)) == NULL)
		return refuse(&ice->stats.not_ours);
	if (answer_verify(ice, m) == -1)
		return -1;
	if (m->class == STUN_ERROR && (m->have & STUN_HAVE_ERROR)) {
		input_error(ice, m, pair, tx);
		return 0;
	}
	if (m->class == STUN_ERROR || m->nunknown > 0 || pair->own ||
	    !(m->have & STUN_HAVE_XOR_MAPPED))
		return refuse(&ice->stats.bad_answer);
	ice->stats.answers_accepted++;
	if (local != NULL && local->family != 0)
		pair->local = *local;
	moved = pair->mapped.family != 0 &&
	    endpoint_cmp(&pair->mapped, &m->mapped) != 0;
	pair->mapped = m->mapped;
	if (pair != ice_pair_selected(ice) ||
	    tx->sent_us / 1000 >= ice->round_at)
		ice_round_peer_seen(ice);
	ice_check_answered(ice, pair, tx, moved);
	ice_select_refresh(ice, pair);
	if (pair->nominated)
		ice_select_nominated(ice, pair);
	return 0;
}

int
ice_input(struct ice *ice, const struct stun_msg *m, const uint8_t *pkt,
    size_t len, enum ice_via via, const struct endpoint *from,
    const struct endpoint *local, uint64_t now)
{
	int	 rv;

	ice_set_now(ice, now);
	if (m->method != STUN_BINDING || m->class == STUN_INDICATION ||
	    m->raw != pkt || m->len != len || ice->ops == NULL ||
	    (via != ICE_VIA_UDP && ice->ops->connect == NULL))
		return refuse(&ice->stats.bad_class);
	if (m->class == STUN_REQUEST)
		rv = input_request(ice, m, via, from, local);
	else
		rv = input_answer(ice, m, via, from, local);
	if (rv == 0)
		ice_select_evaluate(ice);
	return rv;
}
