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
 * The device under virtual time: retransmission, rekeying, keepalives,
 * silence and the end of keys.
 */

#include "wg_pair.h"

#define RETRY_MS	(WG_REKEY_TIMEOUT_MS + WG_REKEY_JITTER_MS)

/* Drops the first datagram of the type in hook_arg. */
static int
hook_drop_first(struct pair *p, struct dgram *d)
{
	if (d->data[0] != p->hook_arg)
		return 1;
	p->hook_arg = 0;
	return 0;
}

static int
hook_drop_all(struct pair *p, struct dgram *d)
{
	(void)p;
	(void)d;
	return 0;
}

static void
check_recovery_from_loss(int type)
{
	struct pair	*p = pair_new();

	p->hook = hook_drop_first;
	p->hook_arg = type;
	pair_send(p, 0, "first");
	pair_pump(p);
	ATF_REQUIRE_EQ(p->hook_arg, 0);
	ATF_REQUIRE_EQ(p->side[1].delivered, 0);
	pair_advance(p, RETRY_MS);
	if (type == WG_TYPE_DATA)	/* the tunnel repairs itself only */
		pair_send(p, 0, "first");
	pair_pump(p);
	ATF_REQUIRE_EQ(p->side[1].delivered, 1);
	pair_check_last(p, 1, "first");
	pair_send(p, 1, "answer");
	pair_pump(p);
	pair_check_last(p, 0, "answer");
	pair_free(p);
}

PAIR_TC(a_lost_initiation_is_sent_again)
{
	check_recovery_from_loss(WG_TYPE_INITIATION);
}

PAIR_TC(a_lost_response_is_recovered_from)
{
	check_recovery_from_loss(WG_TYPE_RESPONSE);
}

PAIR_TC(a_lost_first_packet_is_recovered_from)
{
	check_recovery_from_loss(WG_TYPE_DATA);
}

PAIR_TC(initiations_keep_five_seconds_and_end_after_ninety)
{
	struct pair	*p = pair_new();
	uint8_t		 e[32];
	int		 i;

	p->hook = hook_drop_all;
	pair_send(p, 0, "into the void");
	for (i = 0; i < 100; i++)
		wg_peer_initiate(p->side[0].dev, PAIR_ID(1), p->now);
	pair_advance(p, WG_REKEY_TIMEOUT_MS - 1);
	ATF_REQUIRE_EQ(p->side[0].sent[WG_TYPE_INITIATION], 1);
	pair_advance(p, WG_REKEY_JITTER_MS + 1);
	ATF_REQUIRE_EQ(p->side[0].sent[WG_TYPE_INITIATION], 2);
	memcpy(e, pair_peer(p, 0)->hs.e, sizeof(e));
	ATF_REQUIRE(pair_memory_has(p, 0, e, sizeof(e)));
	pair_advance(p, 86000);
	memcpy(e, pair_peer(p, 0)->hs.e, sizeof(e));
	pair_advance(p, 10000);
	i = p->side[0].sent[WG_TYPE_INITIATION];
	ATF_REQUIRE(i >= 17 && i <= 19);
	ATF_REQUIRE_EQ(p->side[0].expired, 1);
	ATF_REQUIRE(!pair_memory_has(p, 0,
	    (const uint8_t *)"into the void", 13));
	ATF_REQUIRE(!pair_peer(p, 0)->hs_live);
	ATF_REQUIRE(sodium_is_zero(e, sizeof(e)) ||
	    !pair_memory_has(p, 0, e, sizeof(e)));
	pair_advance(p, 3600000);
	ATF_REQUIRE_EQ(p->side[0].sent[WG_TYPE_INITIATION], i);
	ATF_REQUIRE_EQ(wg_tick(p->side[0].dev, p->now), WG_NEVER);
	p->hook = NULL;
	pair_send(p, 0, "back");
	pair_pump(p);
	pair_check_last(p, 1, "back");
	pair_free(p);
}

PAIR_TC(the_initiator_rekeys_after_120_seconds_of_use)
{
	struct pair	*p = pair_new();
	int		 i;

	pair_establish(p);
	for (i = 0; i < 119; i++) {
		pair_advance(p, 1000);
		pair_send(p, 0, "ping");
		pair_send(p, 1, "pong");
		pair_pump(p);
	}
	ATF_REQUIRE_EQ(p->side[0].established, 1);
	for (i = 0; i < 600; i++) {
		pair_advance(p, 1000);
		pair_send(p, 0, "ping");
		pair_send(p, 1, "pong");
		pair_pump(p);
	}
	ATF_REQUIRE_EQ(p->side[0].delivered, 719);
	ATF_REQUIRE_EQ(p->side[1].delivered, 719);
	ATF_REQUIRE_EQ(p->side[0].established, 6);
	ATF_REQUIRE_EQ(p->side[1].established, 6);
	ATF_REQUIRE_EQ(p->side[0].sent[WG_TYPE_INITIATION], 6);
	ATF_REQUIRE_EQ(p->side[1].sent[WG_TYPE_INITIATION], 0);
	ATF_REQUIRE_EQ(p->side[0].expired + p->side[1].expired, 0);
	pair_free(p);
}

PAIR_TC(packets_of_the_previous_session_still_arrive)
{
	struct pair	*p = pair_new();
	struct dgram	 late, d;

	pair_establish(p);
	pair_send(p, 0, "late");
	ATF_REQUIRE(pair_take(p, &late));
	pair_advance(p, WG_REKEY_AFTER_TIME_MS);
	pair_send(p, 0, "rekey");
	pair_pump(p);
	ATF_REQUIRE_EQ(p->side[1].established, 2);
	ATF_REQUIRE_EQ(pair_input(p, 1, late.data, late.len), WG_IN_DATA);
	pair_check_last(p, 1, "late");
	pair_advance(p, WG_REKEY_AFTER_TIME_MS);
	pair_send(p, 0, "rekey");
	pair_pump(p);
	ATF_REQUIRE_EQ(pair_input(p, 1, late.data, late.len),
	    WG_IN_UNKNOWN_INDEX);
	ATF_REQUIRE(!pair_take(p, &d));
	pair_free(p);
}

PAIR_TC(an_idle_session_is_silent)
{
	struct pair	*p = pair_new();
	int		 n;

	pair_establish(p);
	n = pair_sent_total(p);
	ATF_REQUIRE_EQ(n, 3);
	pair_advance(p, 3600000);
	ATF_REQUIRE_EQ(pair_sent_total(p), n);
	ATF_REQUIRE_EQ(p->side[0].expired, 1);
	ATF_REQUIRE_EQ(p->side[1].expired, 1);
	ATF_REQUIRE_EQ(wg_tick(p->side[0].dev, p->now), WG_NEVER);
	ATF_REQUIRE_EQ(wg_tick(p->side[1].dev, p->now), WG_NEVER);
	pair_free(p);
}

PAIR_TC(received_data_is_acknowledged_after_ten_seconds)
{
	struct pair	*p = pair_new();
	int		 n;

	pair_establish(p);
	n = pair_sent_total(p);
	pair_send(p, 0, "one way");
	pair_pump(p);
	pair_advance(p, WG_KEEPALIVE_TIMEOUT_MS - 1);
	ATF_REQUIRE_EQ(pair_sent_total(p), n + 1);
	pair_advance(p, 1);
	ATF_REQUIRE_EQ(pair_sent_total(p), n + 2);
	ATF_REQUIRE_EQ(p->side[0].result, WG_IN_KEEPALIVE);
	pair_advance(p, 100000);
	ATF_REQUIRE_EQ(pair_sent_total(p), n + 2);
	pair_free(p);
}

PAIR_TC(an_answer_of_our_own_saves_the_keepalive)
{
	struct pair	*p = pair_new();
	int		 n;

	pair_establish(p);
	n = pair_sent_total(p);
	pair_send(p, 0, "question");
	pair_pump(p);
	pair_advance(p, 5000);
	pair_send(p, 1, "answer");
	pair_pump(p);
	/* Only the one who heard last, and said nothing since, speaks. */
	pair_advance(p, 60000);
	ATF_REQUIRE_EQ(pair_sent_total(p), n + 3);
	ATF_REQUIRE_EQ(p->side[1].result, WG_IN_KEEPALIVE);
	pair_free(p);
}

PAIR_TC(unanswered_data_starts_a_handshake_after_fifteen_seconds)
{
	struct pair	*p = pair_new();

	pair_establish(p);
	p->hook = hook_drop_all;
	pair_send(p, 1, "lost");
	pair_advance(p, 14999);
	ATF_REQUIRE_EQ(p->side[1].sent[WG_TYPE_INITIATION], 0);
	pair_advance(p, 1 + WG_REKEY_JITTER_MS);
	ATF_REQUIRE_EQ(p->side[1].sent[WG_TYPE_INITIATION], 1);
	p->hook = NULL;
	pair_advance(p, RETRY_MS);
	ATF_REQUIRE_EQ(p->side[1].established, 2);
	pair_free(p);
}

PAIR_TC(a_persistent_keepalive_keeps_its_interval)
{
	struct pair	*p = pair_new();
	int		 before;

	ATF_REQUIRE_EQ(wg_peer_set_keepalive(p->side[0].dev, PAIR_ID(1), 25,
	    p->now), 0);
	pair_advance(p, 0);
	ATF_REQUIRE_EQ(p->side[0].established, 1);
	before = p->side[0].sent[WG_TYPE_DATA];
	pair_advance(p, 100000);
	ATF_REQUIRE_EQ(p->side[0].sent[WG_TYPE_DATA], before + 4);
	pair_advance(p, 600000);
	ATF_REQUIRE(p->side[0].established >= 5);
	ATF_REQUIRE_EQ(p->side[0].expired, 0);
	ATF_REQUIRE_EQ(wg_peer_set_keepalive(p->side[0].dev, PAIR_ID(1), 0,
	    p->now), 0);
	pair_advance(p, 1000);
	before = pair_sent_total(p);
	pair_advance(p, 600000);
	ATF_REQUIRE_EQ(pair_sent_total(p), before);
	pair_free(p);
}

PAIR_TC(a_session_is_refused_from_180_seconds_on)
{
	struct pair	*p = pair_new();
	struct dgram	 d1, d2;
	uint8_t		 key[32];

	pair_establish(p);
	memcpy(key, pair_peer(p, 0)->session[0].recv_key.key,
	    sizeof(key));
	pair_send(p, 1, "one");
	ATF_REQUIRE(pair_take(p, &d1));
	pair_send(p, 1, "two");
	ATF_REQUIRE(pair_take(p, &d2));
	p->now.mono_ms += WG_REJECT_AFTER_TIME_MS - 1;
	ATF_REQUIRE_EQ(pair_input(p, 0, d1.data, d1.len), WG_IN_DATA);
	p->now.mono_ms += 1;
	/* Even before the tick has come. */
	ATF_REQUIRE_EQ(pair_input(p, 0, d2.data, d2.len), WG_IN_EXPIRED);
	p->head = p->tail;
	ATF_REQUIRE(pair_memory_has(p, 0, key, sizeof(key)));
	p->hook = hook_drop_all;
	pair_advance(p, 0);
	p->hook = NULL;
	ATF_REQUIRE(!pair_memory_has(p, 0, key, sizeof(key)));
	ATF_REQUIRE(!pair_memory_has(p, 1, key, sizeof(key)));
	ATF_REQUIRE_EQ(pair_input(p, 0, d2.data, d2.len),
	    WG_IN_UNKNOWN_INDEX);
	pair_send(p, 0, "anew");
	pair_advance(p, RETRY_MS);
	pair_check_last(p, 1, "anew");
	pair_free(p);
}

PAIR_TC(a_receiving_initiator_rekeys_before_the_end)
{
	struct pair	*p = pair_new();
	int		 i;

	pair_establish(p);
	pair_advance(p, 100000);
	for (i = 0; i < 64; i++) {
		pair_advance(p, 1000);
		pair_send(p, 1, "stream");
		pair_pump(p);
		/* Only the end of the session shall matter here. */
		pair_peer(p, 0)->timer[WG_TIMER_KEEPALIVE] = WG_NEVER;
		pair_peer(p, 1)->timer[WG_TIMER_SILENCE] = WG_NEVER;
	}
	ATF_REQUIRE_EQ(p->side[0].sent[WG_TYPE_INITIATION], 1);
	pair_advance(p, 1000);
	pair_send(p, 1, "stream");
	pair_pump(p);
	ATF_REQUIRE_EQ(p->side[0].sent[WG_TYPE_INITIATION], 2);
	ATF_REQUIRE_EQ(p->side[0].established, 2);
	pair_free(p);
}

/* Every key a session or a handshake ever held on either side. */
PAIR_TC(three_times_the_reject_time_leaves_no_key)
{
	struct pair		*p = pair_new();
	uint8_t			 keys[16][32];
	const struct wg_session	*s;
	int			 n = 0, side, i, k;

	pair_establish(p);
	pair_advance(p, WG_REKEY_AFTER_TIME_MS);
	pair_send(p, 0, "rekey");
	pair_pump(p);
	p->hook = hook_drop_all;
	pair_advance(p, WG_REKEY_AFTER_TIME_MS);
	for (side = 0; side < 2; side++)
		for (i = 0; i < WG_SESSIONS; i++) {
			s = &pair_peer(p, side)->session[i];
			if (!s->live)
				continue;
			memcpy(keys[n++], s->send_key.key, 32);
			memcpy(keys[n++], s->recv_key.key, 32);
		}
	ATF_REQUIRE(n >= 4);
	pair_send(p, 0, "no answer to this");
	ATF_REQUIRE(pair_peer(p, 0)->hs_live);
	memcpy(keys[n++], pair_peer(p, 0)->hs.e, 32);
	memcpy(keys[n++], pair_peer(p, 0)->hs.chain, 32);
	for (k = 0; k < n; k++)
		ATF_REQUIRE(pair_memory_has(p, 0, keys[k], 32) ||
		    pair_memory_has(p, 1, keys[k], 32));
	pair_advance(p, 3 * WG_REJECT_AFTER_TIME_MS);
	for (side = 0; side < 2; side++)
		for (k = 0; k < n; k++)
			ATF_REQUIRE(!pair_memory_has(p, side, keys[k], 32));
	ATF_REQUIRE(sodium_is_zero(
	    (const uint8_t *)&p->side[0].dev->scratch,
	    sizeof(struct noise_handshake)));
	ATF_REQUIRE(sodium_is_zero(p->side[0].dev->ephemeral, 32));
	ATF_REQUIRE(sodium_is_zero(
	    (const uint8_t *)pair_peer(p, 0)->session,
	    sizeof(pair_peer(p, 0)->session)));
	pair_free(p);
}

PAIR_TC(without_a_path_nothing_is_sent_until_there_is_one)
{
	struct pair	*p = pair_new();

	p->side[0].ready = 0;
	pair_send(p, 0, "patient");
	pair_advance(p, 30100);
	ATF_REQUIRE_EQ(pair_sent_total(p), 0);
	p->side[0].ready = 1;
	ATF_REQUIRE_EQ(wg_peer_initiate(p->side[0].dev, PAIR_ID(1), p->now),
	    0);
	pair_pump(p);
	pair_check_last(p, 1, "patient");
	pair_free(p);
}

PAIR_TC(many_messages_renew_and_then_end_a_session)
{
	struct pair		*p = pair_new();
	struct wg_session	*s;

	pair_establish(p);
	pair_advance(p, WG_REKEY_TIMEOUT_MS);
	s = &pair_peer(p, 1)->session[pair_peer(p, 1)->current];
	s->counter = WG_REKEY_AFTER_MESSAGES;
	pair_send(p, 1, "the last but many");
	ATF_REQUIRE_EQ(p->side[1].sent[WG_TYPE_INITIATION], 1);
	pair_pump(p);
	ATF_REQUIRE_EQ(p->side[1].established, 2);
	pair_advance(p, WG_REKEY_TIMEOUT_MS);
	p->hook = hook_drop_all;
	s = &pair_peer(p, 1)->session[pair_peer(p, 1)->current];
	s->counter = WG_REJECT_AFTER_MESSAGES - 1;
	pair_send(p, 1, "the last");
	ATF_REQUIRE_EQ(s->counter, WG_REJECT_AFTER_MESSAGES);
	pair_send(p, 1, "kept");
	ATF_REQUIRE_EQ(s->counter, WG_REJECT_AFTER_MESSAGES);
	ATF_REQUIRE_EQ(pair_peer(p, 1)->pending_count, 1);
	pair_pump(p);
	p->hook = NULL;
	pair_advance(p, RETRY_MS);
	pair_check_last(p, 0, "kept");
	pair_free(p);
}

PAIR_TC(a_tick_with_nothing_due_visits_no_peer)
{
	struct pair	*p = pair_new();
	struct wg_stats	 before, after;
	int		 i;

	pair_establish(p);
	pair_send(p, 0, "x");
	pair_pump(p);
	wg_tick(p->side[0].dev, p->now);
	wg_device_stats(p->side[0].dev, &before);
	for (i = 0; i < 1000; i++) {
		pair_send(p, 0, "x");
		pair_send(p, 1, "y");
		pair_pump(p);
		ATF_REQUIRE(wg_tick(p->side[0].dev, p->now) >
		    p->now.mono_ms);
	}
	wg_device_stats(p->side[0].dev, &after);
	ATF_REQUIRE_EQ(after.scans, before.scans);
	pair_free(p);
}

/* A third of all datagrams is lost for an hour; both still talk. */
static int
hook_drop_third(struct pair *p, struct dgram *d)
{
	uint32_t	 x = (uint32_t)p->hook_arg;

	(void)d;
	x = (x * UINT32_C(1103515245) + 12345) & 0x7fffffff;
	p->hook_arg = (int)x;
	return x / 65536 % 3 != 0;
}

PAIR_TC(a_lossy_hour_never_stops_the_tunnel)
{
	struct pair	*p = pair_new();
	int		 i, last[2] = { 0, 0 }, gap[2] = { 0, 0 }, k;

	p->hook_arg = 4711;
	p->hook = hook_drop_third;
	for (i = 0; i < 3600; i++) {
		pair_send(p, 0, "ping");
		pair_send(p, 1, "pong");
		pair_pump(p);
		pair_advance(p, 1000);
		for (k = 0; k < 2; k++) {
			gap[k] = p->side[k].delivered == last[k] ?
			    gap[k] + 1 : 0;
			last[k] = p->side[k].delivered;
			ATF_REQUIRE(gap[k] < 60);
		}
	}
	ATF_REQUIRE(last[0] > 2000 && last[1] > 2000);
	pair_free(p);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_lost_initiation_is_sent_again);
	ATF_TP_ADD_TC(tp, a_lost_response_is_recovered_from);
	ATF_TP_ADD_TC(tp, a_lost_first_packet_is_recovered_from);
	ATF_TP_ADD_TC(tp, initiations_keep_five_seconds_and_end_after_ninety);
	ATF_TP_ADD_TC(tp, the_initiator_rekeys_after_120_seconds_of_use);
	ATF_TP_ADD_TC(tp, packets_of_the_previous_session_still_arrive);
	ATF_TP_ADD_TC(tp, an_idle_session_is_silent);
	ATF_TP_ADD_TC(tp, received_data_is_acknowledged_after_ten_seconds);
	ATF_TP_ADD_TC(tp, an_answer_of_our_own_saves_the_keepalive);
	ATF_TP_ADD_TC(tp,
	    unanswered_data_starts_a_handshake_after_fifteen_seconds);
	ATF_TP_ADD_TC(tp, a_persistent_keepalive_keeps_its_interval);
	ATF_TP_ADD_TC(tp, a_session_is_refused_from_180_seconds_on);
	ATF_TP_ADD_TC(tp, a_receiving_initiator_rekeys_before_the_end);
	ATF_TP_ADD_TC(tp, three_times_the_reject_time_leaves_no_key);
	ATF_TP_ADD_TC(tp, without_a_path_nothing_is_sent_until_there_is_one);
	ATF_TP_ADD_TC(tp, many_messages_renew_and_then_end_a_session);
	ATF_TP_ADD_TC(tp, a_tick_with_nothing_due_visits_no_peer);
	ATF_TP_ADD_TC(tp, a_lossy_hour_never_stops_the_tunnel);
	return atf_no_error();
}
