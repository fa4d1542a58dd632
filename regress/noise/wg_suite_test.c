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
 * Which suite a handshake may use: the one set for the peer, on both sides,
 * and no other.
 */

#include <errno.h>

#include "wg_pair.h"

/* One side takes the other to be of this suite. */
static int
set_suite(struct pair *p, int at, uint8_t suite)
{
	uint8_t	 psk[32];

	memset(psk, 0x33, sizeof(psk));
	return wg_peer_add(p->side[at].dev, PAIR_ID(!at),
	    p->side[!at].public, psk, suite);
}

static struct pair *
pair_of(uint8_t at_a, uint8_t at_b)
{
	struct pair	*p;

	if (noise_suite_get(NOISE_SUITE_AESGCM) == NULL)
		atf_tc_skip("this processor has no AES");
	pair_kind.suite = at_a;
	p = pair_new();
	ATF_REQUIRE_EQ(set_suite(p, 1, at_b), 0);
	return p;
}

/* Someone else, who is never heard. */
static void
add_other(struct pair *p, int at, uint8_t suite)
{
	uint8_t	 priv[32], pub[32];

	memset(priv, 0x66, sizeof(priv));
	crypto_scalarmult_base(pub, priv);
	ATF_REQUIRE_EQ(wg_peer_add(p->side[at].dev, 9, pub, NULL, suite), 0);
}

static uint8_t
suite_told(struct pair *p, int at)
{
	struct wg_peer_stats	 st;

	ATF_REQUIRE_EQ(wg_peer_stats(p->side[at].dev, PAIR_ID(!at), &st,
	    p->now), 0);
	return st.suite;
}

ATF_TC_WITHOUT_HEAD(a_responder_serves_peers_of_both_suites);
ATF_TC_BODY(a_responder_serves_peers_of_both_suites, tc)
{
	struct pair	*p;
	uint8_t		 suite;

	for (suite = 0; suite < NOISE_SUITE_MAX; suite++) {
		p = pair_of(suite, suite);
		add_other(p, 1, !suite);
		pair_establish(p);
		ATF_REQUIRE_EQ(suite_told(p, 0), suite);
		ATF_REQUIRE_EQ(suite_told(p, 1), suite);
		pair_send(p, 0, "to one of many");
		pair_pump(p);
		pair_check_last(p, 1, "to one of many");
		pair_free(p);
	}
}

ATF_TC_WITHOUT_HEAD(mixed_pairs_never_connect);
ATF_TC_BODY(mixed_pairs_never_connect, tc)
{
	struct pair	*p;
	int		 at, others;

	for (others = 0; others < 2; others++) {
		p = pair_of(WG_SUITE_AES, WG_SUITE_WIREGUARD);
		for (at = 0; at < 2 && others; at++)
			add_other(p, at, suite_told(p, !at));
		pair_send(p, 0, "never");
		pair_send(p, 1, "never");
		pair_advance(p, WG_REKEY_ATTEMPT_TIME_MS + 6000);
		for (at = 0; at < 2; at++) {
			ATF_REQUIRE(p->side[at].sent[WG_TYPE_INITIATION] >
			    10);
			ATF_REQUIRE_EQ(p->side[at].sent[WG_TYPE_RESPONSE], 0);
			ATF_REQUIRE_EQ(p->side[at].established, 0);
			ATF_REQUIRE_EQ(p->side[at].delivered, 0);
			ATF_REQUIRE_EQ(p->side[at].expired, 1);
		}
		pair_free(p);
	}
}

/* A sends what a stock WireGuard would; B knows that A has AES. */
ATF_TC_WITHOUT_HEAD(a_downgrade_is_refused);
ATF_TC_BODY(a_downgrade_is_refused, tc)
{
	static const uint8_t	 none[WG_STAMP_LEN];
	struct pair		*p = pair_of(WG_SUITE_WIREGUARD, WG_SUITE_AES);
	struct dgram		 d;

	wg_peer_initiate(p->side[0].dev, PAIR_ID(1), p->now);
	ATF_REQUIRE(pair_take(p, &d));
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_WRONG_SUITE);
	ATF_REQUIRE(!pair_take(p, &d));
	ATF_REQUIRE(memcmp(pair_peer(p, 1)->stamp_seen, none,
	    sizeof(none)) == 0);
	ATF_REQUIRE_EQ(set_suite(p, 0, WG_SUITE_AES), 0);
	pair_advance(p, 6000);
	pair_establish(p);
	pair_free(p);
}

ATF_TC_WITHOUT_HEAD(an_upgrade_that_was_not_agreed_is_refused);
ATF_TC_BODY(an_upgrade_that_was_not_agreed_is_refused, tc)
{
	struct pair	*p = pair_of(WG_SUITE_AES, WG_SUITE_WIREGUARD);
	struct dgram	 d;

	wg_peer_initiate(p->side[0].dev, PAIR_ID(1), p->now);
	ATF_REQUIRE(pair_take(p, &d));
	/* No peer of suite 1: its messages are not even understood. */
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_BAD_HANDSHAKE);
	add_other(p, 1, WG_SUITE_AES);
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_WRONG_SUITE);
	ATF_REQUIRE_EQ(wg_peer_remove(p->side[1].dev, 9), 0);
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_BAD_HANDSHAKE);
	ATF_REQUIRE(!pair_take(p, &d));
	pair_free(p);
}

ATF_TC_WITHOUT_HEAD(a_refused_downgrade_leaves_the_session_alone);
ATF_TC_BODY(a_refused_downgrade_leaves_the_session_alone, tc)
{
	struct pair	*p = pair_of(WG_SUITE_AES, WG_SUITE_AES);
	struct pair	*q = pair_of(WG_SUITE_WIREGUARD, WG_SUITE_WIREGUARD);
	struct dgram	 d;

	/* The same keys on both sides of the two pairs. */
	pair_establish(p);
	q->now.wall_ns += UINT64_C(3600000000000);
	wg_peer_initiate(q->side[0].dev, PAIR_ID(1), q->now);
	ATF_REQUIRE(pair_take(q, &d));
	p->now.mono_ms += 1000;
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_WRONG_SUITE);
	pair_send(p, 0, "undisturbed");
	pair_pump(p);
	pair_check_last(p, 1, "undisturbed");
	ATF_REQUIRE_EQ(p->side[1].expired, 0);
	pair_free(p);
	pair_free(q);
}

ATF_TC_WITHOUT_HEAD(another_suite_ends_the_sessions);
ATF_TC_BODY(another_suite_ends_the_sessions, tc)
{
	struct pair	*p = pair_of(WG_SUITE_WIREGUARD, WG_SUITE_WIREGUARD);
	uint8_t		 key[32];
	int		 at;

	pair_establish(p);
	memcpy(key, pair_peer(p, 0)->session[0].send_key.key, sizeof(key));
	ATF_REQUIRE(pair_memory_has(p, 0, key, sizeof(key)));
	for (at = 0; at < 2; at++) {
		/* The same again changes nothing. */
		ATF_REQUIRE_EQ(set_suite(p, at, WG_SUITE_WIREGUARD), 0);
		ATF_REQUIRE_EQ(p->side[at].expired, 0);
		if (at == 0)
			ATF_REQUIRE_EQ(set_suite(p, at, WG_SUITE_AES), 0);
		else
			ATF_REQUIRE_EQ(wg_peer_set_suite(p->side[at].dev,
			    PAIR_ID(0), WG_SUITE_AES), 0);
		ATF_REQUIRE_EQ(p->side[at].expired, 1);
		ATF_REQUIRE_EQ(suite_told(p, at), WG_SUITE_AES);
		ATF_REQUIRE(!pair_memory_has(p, at, key, sizeof(key)));
	}
	pair_send(p, 0, "anew");
	pair_advance(p, 6000);
	pair_check_last(p, 1, "anew");
	ATF_REQUIRE_EQ(p->side[0].established, 2);
	pair_free(p);
}

ATF_TC_WITHOUT_HEAD(a_suite_that_is_not_there_is_refused);
ATF_TC_BODY(a_suite_that_is_not_there_is_refused, tc)
{
	struct pair	*p = pair_new();

	ATF_REQUIRE_ERRNO(ENOTSUP, set_suite(p, 0, NOISE_SUITE_MAX) == -1);
	ATF_REQUIRE_ERRNO(ENOTSUP, set_suite(p, 0, 255) == -1);
	ATF_REQUIRE_ERRNO(ENOTSUP, wg_peer_set_suite(p->side[0].dev,
	    PAIR_ID(1), NOISE_SUITE_MAX) == -1);
	ATF_REQUIRE_ERRNO(ENOENT, wg_peer_set_suite(p->side[0].dev, 8,
	    WG_SUITE_WIREGUARD) == -1);
	ATF_REQUIRE_EQ(suite_told(p, 0), WG_SUITE_WIREGUARD);
	pair_free(p);
}

/* An observer must not see who has AES. */
ATF_TC_WITHOUT_HEAD(messages_of_both_suites_look_alike);
ATF_TC_BODY(messages_of_both_suites_look_alike, tc)
{
	struct pair	*p;
	struct dgram	 d;
	uint8_t		 suite;

	for (suite = 0; suite < NOISE_SUITE_MAX; suite++) {
		p = pair_of(suite, suite);
		wg_peer_initiate(p->side[0].dev, PAIR_ID(1), p->now);
		ATF_REQUIRE(pair_take(p, &d));
		ATF_REQUIRE_EQ(d.len, WG_INITIATION_LEN);
		ATF_REQUIRE_EQ(wg_get32(d.data), WG_TYPE_INITIATION);
		pair_input(p, 1, d.data, d.len);
		ATF_REQUIRE(pair_take(p, &d));
		ATF_REQUIRE_EQ(d.len, WG_RESPONSE_LEN);
		ATF_REQUIRE_EQ(wg_get32(d.data), WG_TYPE_RESPONSE);
		pair_free(p);
	}
}

ATF_TP_ADD_TCS(tp)
{
	if (sodium_init() == -1)
		return atf_no_error();
	ATF_TP_ADD_TC(tp, a_responder_serves_peers_of_both_suites);
	ATF_TP_ADD_TC(tp, mixed_pairs_never_connect);
	ATF_TP_ADD_TC(tp, a_downgrade_is_refused);
	ATF_TP_ADD_TC(tp, an_upgrade_that_was_not_agreed_is_refused);
	ATF_TP_ADD_TC(tp, a_refused_downgrade_leaves_the_session_alone);
	ATF_TP_ADD_TC(tp, another_suite_ends_the_sessions);
	ATF_TP_ADD_TC(tp, a_suite_that_is_not_there_is_refused);
	ATF_TP_ADD_TC(tp, messages_of_both_suites_look_alike);
	return atf_no_error();
}
