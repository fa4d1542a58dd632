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
 * Checks: what is sent for a pair and when it is sent again.  Every packet is
 * a transaction of its own, so each answer gives an exact round-trip time and
 * can be used once.
 */

#include <sys/types.h>

#include <sha2.h>
#include <stdint.h>
#include <string.h>

#include "ice/ice.h"
#include "ice/ice_internal.h"

/* SHA-256(seed || counter): unpredictable without a random source. */
static void
transaction_id(struct ice *ice, uint8_t id[STUN_ID_LEN])
{
	uint8_t		 digest[SHA256_DIGEST_LENGTH], count[8];
	SHA2_CTX	 ctx;
	size_t		 i;

	for (i = 0; i < sizeof(count); i++)
		count[i] = (uint8_t)(ice->counter >> (8 * i));
	ice->counter++;
	SHA256Init(&ctx);
	SHA256Update(&ctx, ice->seed, sizeof(ice->seed));
	SHA256Update(&ctx, count, sizeof(count));
	SHA256Final(digest, &ctx);
	memcpy(id, digest, STUN_ID_LEN);
	explicit_bzero(digest, sizeof(digest));
	explicit_bzero(&ctx, sizeof(ctx));
}

static struct ice_tx *
transaction_new(struct ice *ice, struct ice_pair *pair)
{
	struct ice_tx	*tx = &pair->tx[pair->tx_next];

	pair->tx_next = (uint8_t)((pair->tx_next + 1) % ICE_TX_MAX);
	transaction_id(ice, tx->id);
	tx->used = 1;
	tx->role = ice->role;
	tx->nominate = ice->role == ICE_CONTROLLING &&
	    pair == ice_pair_selected(ice);
	tx->sent_us = ice->now_us;
	return tx;
}

/*
 * RFC 8445 7.2.2: a connectivity check.  The number counts nominations, or
 * without USE-CANDIDATE rounds: a new one on the path in use asks the peer to
 * begin a round as well.
 */
static ssize_t
check_build(struct ice *ice, const struct ice_tx *tx, uint32_t number,
    const struct ice_candidate *to, uint8_t *buf, size_t cap)
{
	struct stun_builder	 b;

	stun_build_start(&b, buf, cap, STUN_REQUEST, STUN_BINDING, tx->id);
	stun_build_bytes(&b, STUN_ATTR_USERNAME, ice->user_out,
	    strlen(ice->user_out));
	stun_build_u32(&b, STUN_ATTR_PRIORITY, ice_candidate_priority(
	    ICE_PEER_REFLEXIVE, (enum ice_transport)to->transport,
	    to->ep.family));
	stun_build_u64(&b, tx->role == ICE_CONTROLLING ?
	    STUN_ATTR_ICE_CONTROLLING : STUN_ATTR_ICE_CONTROLLED,
	    ice->tie_breaker);
	if (tx->nominate)
		stun_build_flag(&b, STUN_ATTR_USE_CANDIDATE);
	if (number > 0)
		stun_build_u32(&b, STUN_ATTR_NOMINATION, number);
	stun_build_integrity_sha256(&b, (const uint8_t *)ice->remote.pwd,
	    strlen(ice->remote.pwd));
	stun_build_fingerprint(&b);
	return stun_build_finish(&b);
}

static void
check_send_ttl(struct ice *ice, struct ice_pair *pair, unsigned int ttl)
{
	uint8_t		 buf[STUN_MESSAGE_MAX];
	struct ice_tx	*tx = transaction_new(ice, pair);
	uint32_t	 number = 0;
	ssize_t		 len;

	if (tx->nominate)
		number = ice->nomination;
	else if (pair == ice_pair_selected(ice))
		number = ice->round;
	len = check_build(ice, tx, number, &pair->remote, buf, sizeof(buf));
	if (len == -1)
		return;
	ice->stats.checks_sent++;
	ice->ops->send(ice->arg, (enum ice_via)pair->via, &pair->remote.ep,
	    buf, (size_t)len, ttl);
}

static void
check_send(struct ice *ice, struct ice_pair *pair)
{
	check_send_ttl(ice, pair, 0);
}

/* The same transaction each time: its answer is only a hint. */
void
ice_check_guess(struct ice *ice, struct ice_guess *guess)
{
	struct ice_candidate	 cand;
	struct ice_tx		 tx;
	uint8_t			 buf[STUN_MESSAGE_MAX];
	ssize_t			 len;

	if (guess->tries == 0)
		transaction_id(ice, guess->id);
	memset(&tx, 0, sizeof(tx));
	memcpy(tx.id, guess->id, sizeof(tx.id));
	tx.role = ice->role;
	memset(&cand, 0, sizeof(cand));
	cand.transport = ICE_UDP;
	cand.ep = guess->ep;
	if ((len = check_build(ice, &tx, 0, &cand, buf, sizeof(buf))) == -1)
		return;
	ice->stats.guesses_sent++;
	ice->ops->send(ice->arg, ICE_VIA_UDP, &guess->ep, buf, (size_t)len,
	    0);
}

/* Queue a round of checks; the pacing of ice_tick begins it. */
void
ice_check_wait(struct ice_pair *pair, uint32_t round_ms)
{
	pair->state = ICE_WAITING;
	pair->round_ms = round_ms;
	pair->due = ICE_NEVER;
	pair->tries = 0;
	pair->opening = 0;
	pair->linger_until = 0;
}

/* A packet that makes a mapping on our side and is not heard on the other. */
static void
opening_send(struct ice *ice, struct ice_pair *pair)
{
	pair->opening--;
	pair->due = ice->now + ICE_OPEN_GAP_MS;
	if (pair->opening == 1 || pair->due > ice->open_until)
		pair->due = ice->open_until;
	ice->stats.opened++;
	check_send_ttl(ice, pair, ICE_OPEN_TTL);
}

void
ice_check_begin(struct ice *ice, struct ice_pair *pair)
{
	pair->state = ICE_IN_PROGRESS;
	pair->triggered = 0;
	pair->deadline = ice->now + pair->round_ms;
	if (ice_stream_is(pair)) {
		ice_stream_begin(ice, pair);
		return;
	}
	pair->rto = pair->round_ms == ICE_GIVE_UP_MS ? ICE_RTO_MS :
	    ICE_PROBE_MS;
	if (ice_round_is_opening(ice, pair)) {
		pair->opening = 1 + ICE_OPEN_COUNT;
		opening_send(ice, pair);
		return;
	}
	pair->due = ice->now + pair->rto;
	check_send(ice, pair);
}

/* The opening is over for this pair. */
void
ice_check_normal(struct ice *ice, struct ice_pair *pair)
{
	pair->opening = 0;
	pair->due = ice->now + pair->rto;
	check_send(ice, pair);
}

/* The stream is there: one check, which TCP repeats if it must. */
void
ice_check_connected(struct ice *ice, struct ice_pair *pair)
{
	pair->state = ICE_IN_PROGRESS;
	pair->triggered = 0;
	pair->due = ice->now + ICE_STREAM_TIMEOUT_MS;
	check_send(ice, pair);
}

/*
 * RFC 8445 7.3.1.4: the peer's check came through, so ours may now.  One
 * extra check for each retransmission keeps two peers, whose answers get
 * lost, from exciting each other.
 */
void
ice_check_trigger(struct ice *ice, struct ice_pair *pair)
{
	if (ice_stream_is(pair) && !pair->connected)
		return;
	switch (pair->state) {
	case ICE_SUCCEEDED:
		return;
	case ICE_IN_PROGRESS:
		if (pair->triggered)
			return;
		pair->triggered = 1;
		if (pair->opening)
			ice_check_normal(ice, pair);
		else
			check_send(ice, pair);
		if (ice_stream_is(pair))
			pair->due = ice->now + ICE_STREAM_TIMEOUT_MS;
		return;
	case ICE_FAILED:
		if (pair->own)
			return;
		pair->round_ms = ICE_RECHECK_ROUND_MS;
		break;
	}
	ice_check_begin(ice, pair);
	if (pair->opening)
		ice_check_normal(ice, pair);
	pair->triggered = 1;
}

/* The time to wait for an answer on a pair whose round trip is known. */
static uint32_t
answer_wait(const struct ice_pair *pair, uint32_t least)
{
	uint32_t	 ms = pair->rtt_us / 1000;

	if (ms > ICE_RTO_MAX_MS)
		ms = ICE_RTO_MAX_MS;
	ms += ms / 2;
	return ms > least ? ms : least;
}

/* How often, and how long between, an unanswered check is repeated. */
static void
probe_set(struct ice_pair *pair, uint8_t tries, uint32_t least)
{
	pair->tries_max = tries;
	pair->rto = answer_wait(pair, least);
	if (ice_stream_is(pair)) {
		pair->tries_max = ICE_STREAM_TRIES;
		pair->rto = ICE_STREAM_TIMEOUT_MS;
	}
}

static void
probe_send(struct ice *ice, struct ice_pair *pair)
{
	pair->tries++;
	pair->due = ice->now + pair->rto;
	check_send(ice, pair);
}

/* Tell the peer at once that this is the pair, until it answers. */
void
ice_check_nominate(struct ice *ice, struct ice_pair *pair)
{
	ice->nomination++;
	pair->tries = 0;
	probe_set(pair, ICE_NOMINATE_TRIES, ICE_RTO_MS);
	probe_send(ice, pair);
}

/* It is silent: sooner than usual, unless it is asked already. */
void
ice_check_suspect(struct ice *ice, struct ice_pair *pair)
{
	if (pair->tries > 0)
		return;
	probe_set(pair, ICE_PROBE_TRIES, ICE_SUSPECT_MS);
	if (ice_stream_is(pair))
		pair->rto = answer_wait(pair, ICE_SUSPECT_STREAM_MS);
	probe_send(ice, pair);
}

/* Tell the peer, on the path in use, that a round begins. */
void
ice_check_announce(struct ice *ice, struct ice_pair *pair)
{
	if (ice->role == ICE_CONTROLLING) {
		ice_check_nominate(ice, pair);
		return;
	}
	ice->round++;
	if (pair->tries == 0)
		probe_set(pair, ICE_PROBE_TRIES, ICE_PROBE_MS);
	probe_send(ice, pair);
}

static void
timeout_succeeded(struct ice *ice, struct ice_pair *pair)
{
	if (pair->tries == 0) {
		probe_set(pair, ICE_PROBE_TRIES, ICE_PROBE_MS);
	} else if (pair->tries >= pair->tries_max) {
		if (pair == ice_pair_selected(ice) && !ice->active &&
		    !ice_stream_is(pair))
			ice_idle_failed(ice);
		ice_select_lost(ice, pair);
		return;
	} else if (pair->rto < ICE_PROBE_MS) {
		pair->rto = pair->rto * 2 < ICE_PROBE_MS ? pair->rto * 2 :
		    ICE_PROBE_MS;
	}
	probe_send(ice, pair);
}

static void
timeout_in_progress(struct ice *ice, struct ice_pair *pair)
{
	if (ice->now >= pair->deadline) {
		pair->state = ICE_FAILED;
		pair->nominated = pair->opening = 0;
		pair->due = ICE_NEVER;
		return;
	}
	if (pair->opening && !ice->peer_open && ice->now < ice->open_until) {
		opening_send(ice, pair);
		return;
	}
	if (pair->opening) {
		ice_check_normal(ice, pair);
		return;
	}
	pair->rto = pair->rto * 2 < ICE_RTO_MAX_MS ? pair->rto * 2 :
	    ICE_RTO_MAX_MS;
	pair->triggered = 0;
	pair->due = ice->now + pair->rto;
	if (pair->due > pair->deadline)
		pair->due = pair->deadline;
	check_send(ice, pair);
}

void
ice_check_timeout(struct ice *ice, struct ice_pair *pair)
{
	if (ice_stream_is(pair) && (pair->state != ICE_SUCCEEDED ||
	    pair->linger_until != 0)) {
		ice_stream_timeout(ice, pair);
		return;
	}
	switch (pair->state) {
	case ICE_SUCCEEDED:
		timeout_succeeded(ice, pair);
		break;
	case ICE_IN_PROGRESS:
		timeout_in_progress(ice, pair);
		break;
	}
}

static uint64_t
elapsed_us(const struct ice *ice, const struct ice_tx *tx)
{
	return ice->now_us > tx->sent_us ? ice->now_us - tx->sent_us : 0;
}

struct ice_tx *
ice_check_match(struct ice *ice, struct ice_pair *pair,
    const uint8_t id[STUN_ID_LEN])
{
	struct ice_tx	*tx;
	size_t		 i;

	for (i = 0; i < ICE_TX_MAX; i++) {
		tx = &pair->tx[i];
		if (tx->used && memcmp(tx->id, id, STUN_ID_LEN) == 0 &&
		    elapsed_us(ice, tx) <= ICE_ANSWER_LIFE_MS * 1000ULL)
			return tx;
	}
	return NULL;
}

/* A good answer: the pair is valid, and what was sent before is settled. */
void
ice_check_answered(struct ice *ice, struct ice_pair *pair,
    const struct ice_tx *tx, int moved)
{
	uint64_t	 sent = tx->sent_us;
	uint32_t	 rtt = (uint32_t)elapsed_us(ice, tx);
	int		 settled = !(pair == ice_pair_selected(ice) &&
			    ice->role == ICE_CONTROLLING && !tx->nominate);
	int		 retried = pair->tries > 1;
	size_t		 i;

	if (rtt == 0)
		rtt = 1;
	if (pair->rtt_us == 0)
		pair->rtt_us = rtt;
	else
		pair->rtt_us = (uint32_t)(((uint64_t)pair->rtt_us * 7 + rtt) /
		    8);
	for (i = 0; i < ICE_TX_MAX; i++)
		if (pair->tx[i].sent_us <= sent)
			pair->tx[i].used = 0;
	if (pair == ice_pair_selected(ice))
		ice_idle_answered(ice, pair, pair->last_ok, retried, moved);
	pair->last_ok = ice->now;
	/* An unanswered nomination is repeated whatever else is answered. */
	if (pair->state != ICE_SUCCEEDED || settled) {
		pair->tries = 0;
		pair->due = ICE_NEVER;
	}
	pair->state = ICE_SUCCEEDED;
	pair->opening = 0;
}
