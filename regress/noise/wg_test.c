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
 * The device: peers, handshakes, data, refusals, cookies and pending
 * packets.  Time hardly passes here; wg_timer_test.c is about time.
 */

#include <errno.h>

#include "wg_pair.h"

PAIR_TC(a_handshake_establishes_both_sides)
{
	struct pair		*p = pair_new();
	struct wg_peer_stats	 st;
	struct dgram		 d;

	ATF_REQUIRE_EQ(wg_peer_initiate(p->side[0].dev, PAIR_ID(1), p->now),
	    0);
	ATF_REQUIRE(pair_take(p, &d));
	ATF_REQUIRE_EQ(d.len, WG_INITIATION_LEN);
	ATF_REQUIRE_EQ(d.path, WG_PATH_BEST);
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_INITIATION);
	ATF_REQUIRE(pair_take(p, &d));
	ATF_REQUIRE_EQ(d.len, WG_RESPONSE_LEN);
	ATF_REQUIRE_EQ(d.path, PAIR_PATH);
	ATF_REQUIRE_EQ(p->side[1].established, 0);
	ATF_REQUIRE_EQ(pair_input(p, 0, d.data, d.len), WG_IN_RESPONSE);
	ATF_REQUIRE_EQ(p->side[0].established, 1);
	ATF_REQUIRE(pair_take(p, &d));
	ATF_REQUIRE_EQ(d.len, WG_DATA_MIN_LEN);
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_KEEPALIVE);
	ATF_REQUIRE_EQ(p->side[1].established, 1);
	ATF_REQUIRE(!pair_take(p, &d));
	ATF_REQUIRE_EQ(wg_peer_stats(p->side[0].dev, PAIR_ID(1), &st, p->now),
	    0);
	ATF_REQUIRE(st.established && st.last_handshake_ms == 1000);
	pair_free(p);
}

PAIR_TC(data_passes_both_ways_padded_to_sixteen)
{
	struct pair		*p = pair_new();
	struct wg_peer_stats	 st;
	char			 text[200];
	size_t			 n;

	pair_establish(p);
	for (n = 1; n < sizeof(text); n++) {
		memset(text, 'a', n);
		text[n] = '\0';
		ATF_REQUIRE_EQ(pair_send(p, n % 2, text), 0);
		pair_pump(p);
		pair_check_last(p, !(n % 2), text);
		if (n == sizeof(text) - 1)
			break;
	}
	wg_peer_stats(p->side[1].dev, PAIR_ID(0), &st, p->now);
	ATF_REQUIRE(st.rx_bytes > 0 && st.rx_bytes % 16 == 0);
	ATF_REQUIRE(st.tx_bytes > 0 && st.tx_bytes % 16 == 0);
	pair_free(p);
}

PAIR_TC(output_respects_the_room_it_is_given)
{
	struct pair	*p = pair_new();
	uint8_t		 buf[256];
	struct dgram	 d;

	pair_establish(p);
	memset(buf, 0xee, sizeof(buf));
	ATF_REQUIRE_ERRNO(EINVAL, wg_output(p->side[0].dev, PAIR_ID(1), buf,
	    15, 10, 256, p->now) == -1);
	ATF_REQUIRE_ERRNO(EINVAL, wg_output(p->side[0].dev, PAIR_ID(1), buf,
	    16, 0, 256, p->now) == -1);
	ATF_REQUIRE_ERRNO(EINVAL, wg_output(p->side[0].dev, PAIR_ID(1), buf,
	    257, 1, 256, p->now) == -1);
	ATF_REQUIRE_ERRNO(EMSGSIZE, wg_output(p->side[0].dev, PAIR_ID(1), buf,
	    16, SIZE_MAX, 256, p->now) == -1);
	ATF_REQUIRE_ERRNO(EMSGSIZE, wg_output(p->side[0].dev, PAIR_ID(1), buf,
	    16, 20, 51, p->now) == -1);
	ATF_REQUIRE_ERRNO(ENOENT, wg_output(p->side[0].dev, 5, buf, 16, 20,
	    256, p->now) == -1);
	ATF_REQUIRE_EQ(wg_output(p->side[0].dev, PAIR_ID(1), buf, 16, 20, 52,
	    p->now), 0);
	ATF_REQUIRE(pair_take(p, &d));
	ATF_REQUIRE_EQ(d.len, 52);
	ATF_REQUIRE_EQ(buf[52], 0xee);
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_DATA);
	ATF_REQUIRE_EQ(p->side[1].last_len, 20);
	pair_free(p);
}

/* Or a packet as large as the path carries would be larger. */
PAIR_TC(a_packet_that_waited_is_padded_no_further_either)
{
	struct pair	*p = pair_new();
	uint8_t		 buf[256];

	memset(buf, 0xee, sizeof(buf));
	ATF_REQUIRE_EQ(wg_output(p->side[0].dev, PAIR_ID(1), buf, 20, 20, 57,
	    p->now), 0);
	pair_pump(p);
	ATF_REQUIRE_EQ(p->side[1].delivered, 1);
	ATF_REQUIRE_EQ(p->side[1].last_len, 21);
	pair_free(p);
}

PAIR_TC(packets_wait_for_a_session_in_order)
{
	struct pair	*p = pair_new();
	struct wg_stats	 st;
	char		 text[16];
	int		 i;

	for (i = 0; i < WG_PENDING_PEER_MAX + 5; i++) {
		snprintf(text, sizeof(text), "packet %d", i);
		ATF_REQUIRE_EQ(pair_send(p, 0, text), 0);
	}
	ATF_REQUIRE_EQ(p->side[0].sent[WG_TYPE_INITIATION], 1);
	ATF_REQUIRE(pair_memory_has(p, 0, (const uint8_t *)"packet 36", 9));
	pair_pump(p);
	ATF_REQUIRE_EQ(p->side[1].delivered, WG_PENDING_PEER_MAX);
	pair_check_last(p, 1, text);
	ATF_REQUIRE_EQ(p->side[0].sent[WG_TYPE_DATA], WG_PENDING_PEER_MAX);
	wg_device_stats(p->side[0].dev, &st);
	ATF_REQUIRE_EQ(st.pending_dropped, 5);
	ATF_REQUIRE(!pair_memory_has(p, 0, (const uint8_t *)"packet ", 7));
	for (i = 0; i < WG_PENDING_MAX; i++)
		ATF_REQUIRE_EQ(p->side[0].dev->pending[i].order, 0);
	pair_free(p);
}

PAIR_TC(a_full_pool_gives_up_the_oldest_packet_of_all)
{
	struct wg_device	*dev;
	struct wg_peer		*first;
	struct pair		*p = pair_new();
	uint8_t			 priv[32], pub[32], buf[128];
	struct wg_stats		 st;
	void			*mem;
	size_t			 len = wg_device_size(20);
	uint32_t		 i;

	ATF_REQUIRE((mem = malloc(len)) != NULL);
	dev = wg_device_init(mem, len, 20, &p->side[0].dev->ops, &p->side[0]);
	p->side[0].ready = 0;
	wg_device_set_key(dev, p->side[0].private);
	for (i = 0; i < 9; i++) {
		memset(priv, 0x40 + (int)i, sizeof(priv));
		crypto_scalarmult_base(pub, priv);
		ATF_REQUIRE_EQ(wg_peer_add(dev, i, pub, NULL, 0), 0);
	}
	for (i = 0; i < WG_PENDING_MAX + 7; i++)
		ATF_REQUIRE_EQ(wg_output(dev, i / WG_PENDING_PEER_MAX, buf,
		    16, 40, sizeof(buf), p->now), 0);
	wg_device_stats(dev, &st);
	ATF_REQUIRE_EQ(st.pending_dropped, 7);
	first = wg_peer_by_id(dev, 0);
	ATF_REQUIRE_EQ(first->pending_count, WG_PENDING_PEER_MAX - 7);
	ATF_REQUIRE_ERRNO(EMSGSIZE, wg_output(dev, 1, p->queue[0].data, 16,
	    WG_PENDING_LEN - WG_OVERHEAD + 1, 4096, p->now) == -1);
	for (i = 0; i < 9; i++)
		ATF_REQUIRE_EQ(wg_peer_remove(dev, i), 0);
	for (i = 0, len = 0; i < WG_PENDING_MAX; i++)
		len += dev->pending[i].order != 0;
	ATF_REQUIRE_EQ(len, 0);
	free(mem);
	pair_free(p);
}

PAIR_TC(peers_are_added_and_removed_within_limits)
{
	struct pair		*p = pair_new();
	struct wg_device	*dev = p->side[0].dev;
	uint8_t			 priv[32], pub[32], zero[32] = { 0 };
	uint8_t			 keys[32];
	uint32_t		 i;

	pair_establish(p);
	ATF_REQUIRE_EQ(wg_peer_add(dev, PAIR_ID(1), p->side[1].public, NULL,
	    pair_kind.suite), 0);
	ATF_REQUIRE_EQ(pair_send(p, 0, "still here"), 0);
	pair_pump(p);
	pair_check_last(p, 1, "still here");
	memset(priv, 0x77, sizeof(priv));
	crypto_scalarmult_base(pub, priv);
	ATF_REQUIRE_ERRNO(EEXIST,
	    wg_peer_add(dev, PAIR_ID(1), pub, NULL, 0) == -1);
	ATF_REQUIRE_ERRNO(EEXIST,
	    wg_peer_add(dev, 7, p->side[1].public, NULL, 0) == -1);
	ATF_REQUIRE_ERRNO(EINVAL, wg_peer_add(dev, 7, zero, NULL, 0) == -1);
	ATF_REQUIRE_ERRNO(EINVAL,
	    wg_peer_add(dev, 7, p->side[0].public, NULL, 0) == -1);
	ATF_REQUIRE_ERRNO(EINVAL,
	    wg_peer_add(dev, WG_PEER_NONE, pub, NULL, 0) == -1);
	for (i = 1; i < PAIR_PEERS; i++) {
		ATF_REQUIRE_EQ(wg_peer_add(dev, i, pub, NULL, 0), 0);
		priv[0]++;
		priv[1]++;
		crypto_scalarmult_base(pub, priv);
	}
	ATF_REQUIRE_ERRNO(ENOSPC, wg_peer_add(dev, 9, pub, NULL, 0) == -1);
	memcpy(keys, pair_peer(p, 0)->session[0].send_key.key,
	    sizeof(keys));
	ATF_REQUIRE(pair_memory_has(p, 0, keys, sizeof(keys)));
	ATF_REQUIRE_EQ(wg_peer_remove(dev, PAIR_ID(1)), 0);
	ATF_REQUIRE(!pair_memory_has(p, 0, keys, sizeof(keys)));
	ATF_REQUIRE_ERRNO(ENOENT, wg_peer_remove(dev, PAIR_ID(1)) == -1);
	ATF_REQUIRE_EQ(wg_peer_add(dev, 9, pub, NULL, 0), 0);
	pair_send(p, 1, "to no one");
	pair_pump(p);
	ATF_REQUIRE_EQ(p->side[0].result, WG_IN_UNKNOWN_INDEX);
	pair_free(p);
}

PAIR_TC(a_device_needs_memory_and_a_key)
{
	struct pair		*p = pair_new();
	struct wg_ops		 ops = p->side[0].dev->ops;
	struct wg_device	*dev;
	size_t			 len = wg_device_size(1), i;
	uint8_t			*mem, buf[64] = { 4 };

	ATF_REQUIRE_EQ(wg_device_size(0), 0);
	ATF_REQUIRE_EQ(wg_device_size(WG_PEERS_MAX + 1), 0);
	ATF_REQUIRE((mem = sodium_malloc(len)) != NULL);
	ATF_REQUIRE_ERRNO(EINVAL, wg_device_init(mem, len - 1, 1, &ops, NULL)
	    == NULL);
	ATF_REQUIRE_ERRNO(EINVAL, wg_device_init(mem + 1, len, 1, &ops, NULL)
	    == NULL);
	dev = wg_device_init(mem, len, 1, &ops, NULL);
	ATF_REQUIRE(dev != NULL);
	ATF_REQUIRE_EQ(wg_peer_add(dev, 3, p->side[1].public, NULL, 0), 0);
	ATF_REQUIRE_EQ(wg_input(dev, 0, NULL, buf, 64, p->now),
	    WG_IN_NO_KEY);
	ATF_REQUIRE_ERRNO(EPERM, wg_peer_initiate(dev, 3, p->now) == -1);
	ATF_REQUIRE_ERRNO(EPERM, wg_output(dev, 3, buf, 16, 4, 64, p->now)
	    == -1);
	ATF_REQUIRE_ERRNO(EINVAL, wg_device_set_key(dev, p->side[1].private)
	    == -1);
	ATF_REQUIRE_EQ(wg_device_set_key(dev, p->side[0].private), 0);
	ATF_REQUIRE(memcmp(dev->peer[0].ss, pair_peer(p, 0)->ss, 32) == 0);
	wg_device_wipe(dev);
	for (i = 0; i < len; i++)
		ATF_REQUIRE_EQ(mem[i], 0);
	sodium_free(mem);
	pair_free(p);
}

PAIR_TC(another_static_key_ends_all_sessions)
{
	struct pair	*p = pair_new();
	uint8_t		 key[32];

	pair_establish(p);
	ATF_REQUIRE_EQ(wg_device_set_key(p->side[0].dev, p->side[0].private),
	    0);
	ATF_REQUIRE_EQ(p->side[0].expired, 0);
	memcpy(key, pair_peer(p, 0)->session[0].recv_key.key, 32);
	p->side[0].private[0] ^= 8;
	ATF_REQUIRE_EQ(wg_device_set_key(p->side[0].dev, p->side[0].private),
	    0);
	ATF_REQUIRE_EQ(p->side[0].expired, 1);
	ATF_REQUIRE(!pair_memory_has(p, 0, key, 32));
	pair_advance(p, 6000);
	wg_peer_initiate(p->side[0].dev, PAIR_ID(1), p->now);
	pair_pump(p);
	ATF_REQUIRE_EQ(p->side[1].result, WG_IN_UNKNOWN_PEER);
	pair_free(p);
}

PAIR_TC(both_sides_may_begin_at_the_same_time)
{
	struct pair	*p = pair_new();

	ATF_REQUIRE_EQ(pair_send(p, 0, "from a"), 0);
	ATF_REQUIRE_EQ(pair_send(p, 1, "from b"), 0);
	pair_pump(p);
	pair_check_last(p, 0, "from b");
	pair_check_last(p, 1, "from a");
	pair_advance(p, 20000);
	pair_send(p, 0, "again from a");
	pair_send(p, 1, "again from b");
	pair_pump(p);
	pair_check_last(p, 0, "again from b");
	pair_check_last(p, 1, "again from a");
	ATF_REQUIRE_EQ(p->side[0].sent[WG_TYPE_INITIATION], 1);
	ATF_REQUIRE_EQ(p->side[1].sent[WG_TYPE_INITIATION], 1);
	pair_free(p);
}

PAIR_TC(a_replayed_initiation_is_refused)
{
	struct pair	*p = pair_new();
	struct dgram	 first, d;

	wg_peer_initiate(p->side[0].dev, PAIR_ID(1), p->now);
	ATF_REQUIRE(pair_take(p, &first));
	pair_advance(p, WG_REKEY_TIMEOUT_MS + WG_REKEY_JITTER_MS);
	ATF_REQUIRE_EQ(p->side[0].sent[WG_TYPE_INITIATION], 2);
	ATF_REQUIRE_EQ(p->side[1].sent[WG_TYPE_RESPONSE], 1);
	ATF_REQUIRE_EQ(pair_input(p, 1, first.data, first.len),
	    WG_IN_OLD_TIMESTAMP);
	ATF_REQUIRE(!pair_take(p, &d));
	pair_send(p, 0, "undisturbed");
	pair_pump(p);
	pair_check_last(p, 1, "undisturbed");
	pair_free(p);
}

PAIR_TC(initiations_keep_a_distance_of_20_ms)
{
	struct pair	*p = pair_new();
	struct dgram	 d[3];
	int		 i;

	/* The wall clock stands still: stamps must grow all the same. */
	for (i = 0; i < 3; i++) {
		p->now.mono_ms += 5000;
		wg_peer_initiate(p->side[0].dev, PAIR_ID(1), p->now);
		ATF_REQUIRE(pair_take(p, &d[i]));
	}
	ATF_REQUIRE_EQ(pair_input(p, 1, d[0].data, d[0].len),
	    WG_IN_INITIATION);
	ATF_REQUIRE_EQ(pair_input(p, 1, d[0].data, d[0].len),
	    WG_IN_OLD_TIMESTAMP);
	p->now.mono_ms += 19;
	ATF_REQUIRE_EQ(pair_input(p, 1, d[1].data, d[1].len), WG_IN_FLOOD);
	p->now.mono_ms += 1;
	ATF_REQUIRE_EQ(pair_input(p, 1, d[2].data, d[2].len),
	    WG_IN_INITIATION);
	ATF_REQUIRE_EQ(pair_input(p, 1, d[1].data, d[1].len),
	    WG_IN_OLD_TIMESTAMP);
	pair_free(p);
}

PAIR_TC(a_changed_byte_never_gets_a_handshake_on)
{
	struct pair	*p = pair_new();
	struct dgram	 d;
	size_t		 i;
	int		 bit;

	wg_peer_initiate(p->side[0].dev, PAIR_ID(1), p->now);
	ATF_REQUIRE(pair_take(p, &d));
	/* mac2 is not looked at without load, so it is left out. */
	for (i = 0; i < d.len - COOKIE_MAC_LEN; i++)
		for (bit = 0; bit < 8; bit++) {
			d.data[i] ^= (uint8_t)(1 << bit);
			ATF_REQUIRE(pair_input(p, 1, d.data, d.len) >
			    WG_IN_COOKIE);
			d.data[i] ^= (uint8_t)(1 << bit);
		}
	ATF_REQUIRE_EQ(p->head, p->tail);
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_INITIATION);
	ATF_REQUIRE(pair_take(p, &d));
	for (i = 0; i < d.len - COOKIE_MAC_LEN; i++)
		for (bit = 0; bit < 8; bit++) {
			d.data[i] ^= (uint8_t)(1 << bit);
			ATF_REQUIRE(pair_input(p, 0, d.data, d.len) >
			    WG_IN_COOKIE);
			d.data[i] ^= (uint8_t)(1 << bit);
		}
	ATF_REQUIRE_EQ(p->side[0].established, 0);
	ATF_REQUIRE_EQ(pair_input(p, 0, d.data, d.len), WG_IN_RESPONSE);
	ATF_REQUIRE_EQ(pair_input(p, 0, d.data, d.len), WG_IN_UNKNOWN_INDEX);
	pair_free(p);
}

/* Both macs right, the sealed part not: only the tags can tell. */
PAIR_TC(a_right_mac1_does_not_help_a_forged_handshake)
{
	struct cookie_maker	 cm;
	struct pair		*p = pair_new();
	struct dgram		 d;
	size_t			 i;

	wg_peer_initiate(p->side[0].dev, PAIR_ID(1), p->now);
	ATF_REQUIRE(pair_take(p, &d));
	cookie_maker_init(&cm, p->side[1].public);
	for (i = 8; i < 116; i += 5) {
		d.data[i] ^= 0x10;
		cookie_maker_sign(&cm, d.data, d.len, p->now.mono_ms);
		ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len),
		    WG_IN_BAD_HANDSHAKE);
		d.data[i] ^= 0x10;
	}
	cookie_maker_sign(&cm, d.data, d.len, p->now.mono_ms);
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_INITIATION);
	ATF_REQUIRE(pair_take(p, &d));
	cookie_maker_init(&cm, p->side[0].public);
	for (i = 12; i < 60; i += 5) {
		d.data[i] ^= 0x10;
		cookie_maker_sign(&cm, d.data, d.len, p->now.mono_ms);
		ATF_REQUIRE_EQ(pair_input(p, 0, d.data, d.len),
		    WG_IN_BAD_HANDSHAKE);
		d.data[i] ^= 0x10;
	}
	cookie_maker_sign(&cm, d.data, d.len, p->now.mono_ms);
	ATF_REQUIRE_EQ(pair_input(p, 0, d.data, d.len), WG_IN_RESPONSE);
	pair_free(p);
}

PAIR_TC(a_changed_byte_of_data_is_never_delivered)
{
	struct pair	*p = pair_new();
	struct dgram	 d;
	size_t		 i;
	int		 bit;

	pair_establish(p);
	pair_send(p, 0, "an honest packet");
	ATF_REQUIRE(pair_take(p, &d));
	for (i = 0; i < d.len; i++)
		for (bit = 0; bit < 8; bit++) {
			d.data[i] ^= (uint8_t)(1 << bit);
			ATF_REQUIRE(pair_input(p, 1, d.data, d.len) >
			    WG_IN_COOKIE);
			d.data[i] ^= (uint8_t)(1 << bit);
		}
	for (i = 0; i < d.len; i++)
		ATF_REQUIRE(pair_input(p, 1, d.data, i) > WG_IN_COOKIE);
	ATF_REQUIRE_EQ(p->side[1].delivered, 0);
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_DATA);
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_REPLAY);
	ATF_REQUIRE_EQ(p->side[1].delivered, 1);
	pair_free(p);
}

PAIR_TC(under_load_a_cookie_is_asked_for_first)
{
	struct pair	*p = pair_new();
	struct dgram	 d;

	wg_device_set_load(p->side[1].dev, 1);
	pair_send(p, 0, "under load");
	ATF_REQUIRE(pair_take(p, &d));
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_COOKIE_SENT);
	ATF_REQUIRE(pair_take(p, &d));
	ATF_REQUIRE_EQ(d.len, WG_COOKIE_LEN);
	ATF_REQUIRE_EQ(d.peer, WG_PEER_NONE);
	ATF_REQUIRE_EQ(d.path, PAIR_PATH);
	d.data[40] ^= 1;
	ATF_REQUIRE_EQ(pair_input(p, 0, d.data, d.len), WG_IN_BAD_COOKIE);
	d.data[40] ^= 1;
	ATF_REQUIRE_EQ(pair_input(p, 0, d.data, d.len), WG_IN_COOKIE);
	ATF_REQUIRE_EQ(p->head, p->tail);
	pair_advance(p, WG_REKEY_TIMEOUT_MS + WG_REKEY_JITTER_MS);
	ATF_REQUIRE_EQ(p->side[1].delivered, 1);
	pair_check_last(p, 1, "under load");
	pair_free(p);
}

PAIR_TC(under_load_a_source_has_a_limited_rate)
{
	struct pair	*p = pair_new();
	struct dgram	 d;
	int		 i;

	wg_device_set_load(p->side[1].dev, 1);
	wg_peer_initiate(p->side[0].dev, PAIR_ID(1), p->now);
	pair_pump(p);
	p->now.mono_ms += WG_REKEY_TIMEOUT_MS;
	wg_peer_initiate(p->side[0].dev, PAIR_ID(1), p->now);
	ATF_REQUIRE(pair_take(p, &d));
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_INITIATION);
	for (i = 1; i < RATELIMIT_BURST; i++)
		ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len),
		    WG_IN_OLD_TIMESTAMP);
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_RATE_LIMITED);
	p->now.mono_ms += 1000 / RATELIMIT_PER_SEC;
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_OLD_TIMESTAMP);
	/* A changed mac2 is no cookie. */
	d.data[d.len - 1] ^= 1;
	ATF_REQUIRE_EQ(pair_input(p, 1, d.data, d.len), WG_IN_COOKIE_SENT);
	pair_free(p);
}

PAIR_TC(a_loaded_initiator_makes_the_responder_prove_itself)
{
	struct pair	*p = pair_new();

	wg_device_set_load(p->side[0].dev, 1);
	pair_send(p, 0, "both ways");
	pair_pump(p);
	ATF_REQUIRE_EQ(p->side[1].result, WG_IN_COOKIE);
	ATF_REQUIRE_EQ(p->side[0].established, 0);
	pair_advance(p, WG_REKEY_TIMEOUT_MS + WG_REKEY_JITTER_MS);
	pair_check_last(p, 1, "both ways");
	pair_free(p);
}

/* An initiation that costs a public-key operation and comes to nothing. */
static enum wg_input_result
input_forged(struct pair *p, int to, int wrong_mac1)
{
	struct cookie_maker	 cm;
	uint8_t			 msg[WG_INITIATION_LEN];

	randombytes_buf(msg, sizeof(msg));
	wg_put32(msg, WG_TYPE_INITIATION);
	cookie_maker_init(&cm, p->side[to].public);
	cookie_maker_sign(&cm, msg, sizeof(msg), p->now.mono_ms);
	msg[20] ^= (uint8_t)wrong_mac1;
	return pair_input(p, to, msg, sizeof(msg));
}

PAIR_TC(a_flood_of_handshakes_is_load_until_it_ends)
{
	struct pair	*p = pair_new();
	int		 i;

	/* What has no right mac1 costs little and does not count. */
	for (i = 0; i < 2 * WG_LOAD_BURST; i++)
		ATF_REQUIRE_EQ(input_forged(p, 1, 1), WG_IN_BAD_MAC1);
	for (i = 0; i < WG_LOAD_BURST; i++)
		ATF_REQUIRE_EQ(input_forged(p, 1, 0), WG_IN_BAD_HANDSHAKE);
	/* Going on at twice the rate: cookies do not end it. */
	for (i = 0; i < 4 * WG_LOAD_PER_SEC; i++) {
		ATF_REQUIRE_EQ(input_forged(p, 1, 0), WG_IN_COOKIE_SENT);
		ATF_REQUIRE_EQ(p->queue[p->tail - 1].len, WG_COOKIE_LEN);
		p->head = p->tail = 0;
		if (i % 2 == 0)
			p->now.mono_ms += 1000 / WG_LOAD_PER_SEC;
	}
	p->now.mono_ms += WG_LOAD_LINGER_MS - 100;
	ATF_REQUIRE_EQ(input_forged(p, 1, 0), WG_IN_COOKIE_SENT);
	p->now.mono_ms += 100;
	ATF_REQUIRE_EQ(input_forged(p, 1, 0), WG_IN_BAD_HANDSHAKE);
	p->head = p->tail = 0;
	pair_establish(p);
	pair_free(p);
}

PAIR_TC(as_many_handshakes_as_are_cheap_are_no_load)
{
	struct pair	*p = pair_new();
	int		 i;

	for (i = 0; i < 4 * WG_LOAD_PER_SEC; i++) {
		ATF_REQUIRE_EQ(input_forged(p, 1, 0), WG_IN_BAD_HANDSHAKE);
		p->now.mono_ms += 1000 / WG_LOAD_PER_SEC;
	}
	pair_establish(p);
	pair_free(p);
}

PAIR_TC(types_and_lengths_are_checked_before_all_else)
{
	struct pair	*p = pair_new();
	struct wg_stats	 st;
	uint8_t		 pkt[256];
	size_t		 len;
	int		 type;

	for (type = 0; type < 256; type++)
		for (len = 0; len < sizeof(pkt); len++) {
			memset(pkt, 0, sizeof(pkt));
			pkt[0] = (uint8_t)type;
			ATF_REQUIRE(pair_input(p, 0, pkt, len) >
			    WG_IN_COOKIE);
			if (len >= 4 && (type == 0 || type > 4))
				ATF_REQUIRE_EQ(p->side[0].result,
				    WG_IN_BAD_TYPE);
		}
	wg_device_stats(p->side[0].dev, &st);
	ATF_REQUIRE_EQ(st.input[WG_IN_BAD_MAC1], 2);
	for (type = 0; type < WG_IN_MAX; type++)
		ATF_REQUIRE(wg_input_result_name(
		    (enum wg_input_result)type) != NULL);
	ATF_REQUIRE_STREQ("unknown", wg_input_result_name(WG_IN_MAX));
	pair_free(p);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_handshake_establishes_both_sides);
	ATF_TP_ADD_TC(tp, data_passes_both_ways_padded_to_sixteen);
	ATF_TP_ADD_TC(tp, output_respects_the_room_it_is_given);
	ATF_TP_ADD_TC(tp, a_packet_that_waited_is_padded_no_further_either);
	ATF_TP_ADD_TC(tp, packets_wait_for_a_session_in_order);
	ATF_TP_ADD_TC(tp, a_full_pool_gives_up_the_oldest_packet_of_all);
	ATF_TP_ADD_TC(tp, peers_are_added_and_removed_within_limits);
	ATF_TP_ADD_TC(tp, a_device_needs_memory_and_a_key);
	ATF_TP_ADD_TC(tp, another_static_key_ends_all_sessions);
	ATF_TP_ADD_TC(tp, both_sides_may_begin_at_the_same_time);
	ATF_TP_ADD_TC(tp, a_replayed_initiation_is_refused);
	ATF_TP_ADD_TC(tp, initiations_keep_a_distance_of_20_ms);
	ATF_TP_ADD_TC(tp, a_changed_byte_never_gets_a_handshake_on);
	ATF_TP_ADD_TC(tp, a_right_mac1_does_not_help_a_forged_handshake);
	ATF_TP_ADD_TC(tp, a_changed_byte_of_data_is_never_delivered);
	ATF_TP_ADD_TC(tp, under_load_a_cookie_is_asked_for_first);
	ATF_TP_ADD_TC(tp, under_load_a_source_has_a_limited_rate);
	ATF_TP_ADD_TC(tp, a_loaded_initiator_makes_the_responder_prove_itself);
	ATF_TP_ADD_TC(tp, a_flood_of_handshakes_is_load_until_it_ends);
	ATF_TP_ADD_TC(tp, as_many_handshakes_as_are_cheap_are_no_load);
	ATF_TP_ADD_TC(tp, types_and_lengths_are_checked_before_all_else);
	return atf_no_error();
}
