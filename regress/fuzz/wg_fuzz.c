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
 * A WireGuard device with a live session, fed with hostile datagrams.
 * Input: records of a byte that says what to do, a big-endian length, and
 * so many bytes:
 *	0 datagram as it is		1 datagram with its mac1 put right
 *	2 packet sealed by the peer	3 packet to seal
 *	4 bytes / 10 as seconds pass	5 load on or off
 * Keys and random numbers are fixed, so every run is the same.  Nothing may
 * be delivered but what the peer has sealed.
 */

#include <sodium.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "noise/wg_local.h"

#define MAX_LEN		1600
#define PEER		7u
#define FUZZED		0
#define HONEST		1

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct wg_device	*devs[2];
static uint8_t		*saved[2];
static size_t		 dev_size;
static uint64_t		 random_state, random_saved;
static struct wg_time	 now;
static uint8_t		 wire[2][WG_PENDING_LEN];	/* last datagram */
static size_t		 wire_len[2];
static uint8_t		 expected[MAX_LEN];
static size_t		 expected_len;		/* 0: nothing may arrive */

static void
check(int truth)
{
	if (!truth)
		abort();
}

static const char *
fixed_name(void)
{
	return "fixed";
}

static uint32_t
fixed_random(void)
{
	random_state = random_state * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (uint32_t)(random_state >> 32);
}

static void
fixed_buf(void *const buf, const size_t len)
{
	uint8_t	*p = buf;
	size_t	 i;

	for (i = 0; i < len; i++)
		p[i] = (uint8_t)(fixed_random() >> 24);
}

static struct randombytes_implementation fixed = {
	.implementation_name = fixed_name,
	.random = fixed_random,
	.buf = fixed_buf,
};

static void
on_send(void *arg, uint32_t peer, uint32_t path, const uint8_t *pkt,
    size_t len)
{
	int	 me = arg == &devs[FUZZED] ? FUZZED : HONEST;

	(void)path;
	check(peer == PEER || peer == WG_PEER_NONE);
	check(len <= WG_PENDING_LEN && len >= WG_DATA_MIN_LEN);
	memcpy(wire[me], pkt, len);
	wire_len[me] = len;
}

static void
on_deliver(void *arg, uint32_t peer, const uint8_t *inner, size_t len)
{
	if (arg != &devs[FUZZED])
		return;
	check(peer == PEER);
	check(expected_len > 0 && len >= expected_len);
	check(memcmp(inner, expected, expected_len) == 0);
	expected_len = 0;
}

static void
on_event(void *arg, uint32_t peer, int what)
{
	(void)arg;
	check(peer == PEER);
	check(what == WG_EVENT_ESTABLISHED || what == WG_EVENT_EXPIRED);
}

static int
on_ready(void *arg, uint32_t peer)
{
	(void)arg;
	(void)peer;
	return 1;
}

static void
carry(int from)
{
	uint8_t	 copy[WG_PENDING_LEN];
	size_t	 len = wire_len[from];

	memcpy(copy, wire[from], len);
	wire_len[from] = 0;
	wg_input(devs[!from], 1, NULL, copy, len, now);
}

/* Two devices and a session between them, kept to start every run from. */
static void
setup(void)
{
	static const struct wg_ops	 ops = {
		.send = on_send,
		.deliver = on_deliver,
		.event = on_event,
		.ready = on_ready,
	};
	uint8_t		 key[2][32], pub[2][32];
	int		 i;

	random_state = 42;
	check(randombytes_set_implementation(&fixed) == 0);
	check(sodium_init() != -1);
	now.mono_ms = 1000;
	now.wall_ns = UINT64_C(1700000000000000000);
	dev_size = wg_device_size(2);
	for (i = 0; i < 2; i++) {
		memset(key[i], 0x21 + i, sizeof(key[i]));
		noise_public(pub[i], key[i]);
		check((saved[i] = malloc(dev_size)) != NULL);
		devs[i] = wg_device_init(malloc(dev_size), dev_size, 2, &ops,
		    &devs[i]);
		check(devs[i] != NULL);
		check(wg_device_set_key(devs[i], key[i]) == 0);
	}
	for (i = 0; i < 2; i++)
		check(wg_peer_add(devs[i], PEER, pub[!i], NULL, 0) == 0);
	check(wg_peer_initiate(devs[FUZZED], PEER, now) == 0);
	carry(FUZZED);
	carry(HONEST);
	carry(FUZZED);
	for (i = 0; i < 2; i++)
		memcpy(saved[i], devs[i], dev_size);
	random_saved = random_state;
}

/* In memory of its own size, so that one byte too far is seen. */
static void
input(const uint8_t *data, size_t len, int sign)
{
	struct cookie_maker	 cm;
	uint8_t			*copy = malloc(len > 0 ? len : 1);

	check(copy != NULL);
	memcpy(copy, data, len);
	if (sign && len >= 2 * COOKIE_MAC_LEN) {
		cookie_maker_init(&cm, devs[FUZZED]->public);
		cookie_maker_sign(&cm, copy, len, now.mono_ms);
	}
	check(wg_input(devs[FUZZED], 1, NULL, copy, len, now) < WG_IN_MAX);
	free(copy);
}

static void
output(int from, const uint8_t *data, size_t len)
{
	uint8_t	 buf[MAX_LEN + WG_OVERHEAD + WG_PADDING];

	memcpy(buf + WG_HEADER_LEN, data, len);
	wire_len[from] = 0;
	wg_output(devs[from], PEER, buf, WG_HEADER_LEN, len, sizeof(buf),
	    now);
	if (from == FUZZED || wire_len[HONEST] == 0 ||
	    wire[HONEST][0] != WG_TYPE_DATA)
		return;
	memcpy(expected, data, len);
	expected_len = len;
	carry(HONEST);
	expected_len = 0;
}

/* An honest packet with one bit turned over: it must not be delivered. */
static void
tamper(const uint8_t *data, size_t len)
{
	uint8_t	 buf[MAX_LEN + WG_OVERHEAD + WG_PADDING];
	size_t	 at;

	if (len < 3)
		return;
	at = (size_t)data[0] << 8 | data[1];
	memcpy(buf + WG_HEADER_LEN, data, len);
	wire_len[HONEST] = 0;
	wg_output(devs[HONEST], PEER, buf, WG_HEADER_LEN, len, sizeof(buf),
	    now);
	if (wire_len[HONEST] == 0 || wire[HONEST][0] != WG_TYPE_DATA)
		return;
	wire[HONEST][at % wire_len[HONEST]] ^= (uint8_t)(1 << data[2] % 8);
	carry(HONEST);
}

static void
step(uint8_t what, const uint8_t *data, size_t len)
{
	switch (what % 7) {
	case 0:
	case 1:
		input(data, len, what % 7);
		break;
	case 2:
		output(HONEST, data, len);
		break;
	case 3:
		output(FUZZED, data, len);
		break;
	case 4:
		now.mono_ms += len * 100;
		now.wall_ns += len * 100000000;
		check(wg_tick(devs[FUZZED], now) > now.mono_ms);
		check(wg_tick(devs[HONEST], now) > now.mono_ms);
		break;
	case 5:
		wg_device_set_load(devs[FUZZED], (int)(len & 1));
		break;
	case 6:
		tamper(data, len);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t	 what;
	size_t	 len;
	int	 i;

	if (devs[FUZZED] == NULL)
		setup();
	for (i = 0; i < 2; i++) {
		memcpy(devs[i], saved[i], dev_size);
		wire_len[i] = 0;
	}
	random_state = random_saved;
	now.mono_ms = 1000;
	now.wall_ns = UINT64_C(1700000000000000000);
	expected_len = 0;
	while (size >= 3) {
		what = data[0];
		len = (size_t)data[1] << 8 | data[2];
		data += 3;
		size -= 3;
		if (len > size)
			len = size;
		if (len > MAX_LEN)
			len = MAX_LEN;
		step(what, data, len);
		data += len;
		size -= len;
	}
	return 0;
}
