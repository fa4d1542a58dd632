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
    const struct endpoint *to)
{
	ssize_t	 len;

	stun_build_integrity_sha256(b, (const uint8_t *)ice->local.pwd,
	    strlen(ice->local.pwd));
	stun_build_fingerprint(b);
	len = stun_build_finish(b);
	if (len == -1 || (size_t)len > m->len)
		return;
	ice->stats.requests_answered++;
	ice->ops->send(ice->arg, to, b->buf, (size_t)len);
}

static void
answer_success(struct ice *ice, const struct stun_msg *m,
    const struct endpoint *from)
{
	uint8_t			 buf[STUN_MESSAGE_MAX];
	struct stun_builder	 b;

	stun_build_start(&b, buf, sizeof(buf), STUN_SUCCESS, STUN_BINDING,
	    m->id);
	stun_build_address(&b, STUN_ATTR_XOR_MAPPED_ADDRESS, from);
	answer_send(ice, &b, m, from);
}

static void
answer_error(struct ice *ice, const struct stun_msg *m,
    const struct endpoint *from, uint16_t code)
{
	uint8_t			 buf[STUN_MESSAGE_MAX];
	struct stun_builder	 b;

	stun_build_start(&b, buf, sizeof(buf), STUN_ERROR, STUN_BINDING,
	    m->id);
	stun_build_error(&b, code);
	if (code == STUN_ERROR_UNKNOWN_ATTRIBUTE)
		stun_build_unknown(&b, m->unknown, m->nunknown);
	answer_send(ice, &b, m, from);
}

/* RFC 8445 7.3.1.1.  Nonzero when the request is answered with an error. */
static int
role_conflict(struct ice *ice, const struct stun_msg *m,
    const struct endpoint *from)
{
	int	 theirs, win = ice->tie_breaker >= m->tie_breaker;

	theirs = m->have & STUN_HAVE_CONTROLLING ? ICE_CONTROLLING :
	    ICE_CONTROLLED;
	if (theirs != ice->role)
		return 0;
	if (win == (theirs == ICE_CONTROLLING)) {
		ice->stats.role_conflicts++;
		answer_error(ice, m, from, STUN_ERROR_ROLE_CONFLICT);
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

static int
input_request(struct ice *ice, const struct stun_msg *m,
    const struct endpoint *from, const struct endpoint *local)
{
	struct ice_pair	*pair;

	if (request_verify(ice, m) == -1)
		return -1;
	if (is_limited(ice)) {
		ice->stats.limited++;
		return 0;
	}
	if (m->nunknown > 0) {
		answer_error(ice, m, from, STUN_ERROR_UNKNOWN_ATTRIBUTE);
		return 0;
	}
	if (!ice->started)
		ice_start(ice, ice->now);
	if (role_conflict(ice, m, from))
		return 0;
	answer_success(ice, m, from);
	if (from->port == 0 || endpoint_is_unusable(from))
		return 0;
	if ((pair = ice_pair_find(ice, from)) == NULL &&
	    (pair = ice_pair_learn(ice, from)) == NULL)
		return 0;
	if (local != NULL && local->family != 0) {
		pair->local = *local;
		ice_select_refresh(ice, pair);
	}
	ice_check_trigger(ice, pair);
	if ((m->have & STUN_HAVE_USE_CANDIDATE) &&
	    ice->role == ICE_CONTROLLED && ice_select_is_latest(ice, m))
		ice_select_nominated(ice, pair);
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
input_answer(struct ice *ice, const struct stun_msg *m,
    const struct endpoint *from, const struct endpoint *local)
{
	struct ice_pair	*pair;
	struct ice_tx	*tx;

	/* RFC 8445 7.2.5.2.1: only from where the check was sent. */
	if ((pair = ice_pair_find(ice, from)) == NULL ||
	    (tx = ice_check_match(ice, pair, m->id)) == NULL)
		return refuse(&ice->stats.not_ours);
	if (!(m->have & STUN_HAVE_FINGERPRINT))
		return refuse(&ice->stats.bad_fingerprint);
	if (stun_check_integrity_sha256(m, (const uint8_t *)ice->remote.pwd,
	    strlen(ice->remote.pwd)) == -1)
		return refuse(&ice->stats.bad_integrity);
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
	pair->mapped = m->mapped;
	ice_check_answered(ice, pair, tx);
	ice_select_refresh(ice, pair);
	if (pair->nominated)
		ice_select_nominated(ice, pair);
	return 0;
}

int
ice_input(struct ice *ice, const struct stun_msg *m, const uint8_t *pkt,
    size_t len, const struct endpoint *from, const struct endpoint *local,
    uint64_t now)
{
	int	 rv;

	ice_set_now(ice, now);
	if (m->method != STUN_BINDING || m->class == STUN_INDICATION ||
	    m->raw != pkt || m->len != len || ice->ops == NULL)
		return refuse(&ice->stats.bad_class);
	if (m->class == STUN_REQUEST)
		rv = input_request(ice, m, from, local);
	else
		rv = input_answer(ice, m, from, local);
	if (rv == 0)
		ice_select_evaluate(ice);
	return rv;
}
