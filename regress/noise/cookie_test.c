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
 * mac1, mac2, cookie replies and the rate limit, without a device.
 */

#include <atf-c.h>
#include <sodium.h>
#include <string.h>

#include "noise/cookie.h"

#define MSG_LEN	148

struct fixture {
	struct cookie_checker	cc;
	struct cookie_maker	cm;
	uint8_t			msg[MSG_LEN];
	uint8_t			nonce[COOKIE_NONCE_LEN];
	uint8_t			sealed[COOKIE_SEALED_LEN];
};

static const uint8_t	here[] = "192.0.2.1:1000";
static const uint8_t	there[] = "192.0.2.2:1000";

static void
setup(struct fixture *f)
{
	uint8_t	 pub[32];

	memset(pub, 9, sizeof(pub));
	memset(f, 0, sizeof(*f));
	cookie_checker_init(&f->cc, pub);
	cookie_maker_init(&f->cm, pub);
	memset(f->msg, 0x55, sizeof(f->msg));
	memset(f->nonce, 3, sizeof(f->nonce));
}

ATF_TC_WITHOUT_HEAD(mac1_proves_every_byte_before_it);
ATF_TC_BODY(mac1_proves_every_byte_before_it, tc)
{
	struct fixture	 f;
	size_t		 i;

	setup(&f);
	cookie_maker_sign(&f.cm, f.msg, MSG_LEN, 0);
	ATF_REQUIRE_EQ(cookie_checker_mac1(&f.cc, f.msg, MSG_LEN), 0);
	for (i = 0; i < MSG_LEN - COOKIE_MAC_LEN; i++) {
		f.msg[i] ^= 0x80;
		ATF_REQUIRE_EQ(cookie_checker_mac1(&f.cc, f.msg, MSG_LEN),
		    -1);
		f.msg[i] ^= 0x80;
	}
	ATF_REQUIRE_EQ(cookie_checker_mac1(&f.cc, f.msg, 31), -1);
}

ATF_TC_WITHOUT_HEAD(a_cookie_is_good_for_its_source_only);
ATF_TC_BODY(a_cookie_is_good_for_its_source_only, tc)
{
	struct fixture	 f;

	setup(&f);
	cookie_maker_sign(&f.cm, f.msg, MSG_LEN, 0);
	ATF_REQUIRE_EQ(cookie_checker_mac2(&f.cc, f.msg, MSG_LEN, here,
	    sizeof(here), 0), -1);
	cookie_checker_reply(&f.cc, f.msg, MSG_LEN, here, sizeof(here),
	    f.nonce, f.sealed, 0);
	ATF_REQUIRE_EQ(cookie_maker_consume(&f.cm, f.nonce, f.sealed, 0), 0);
	cookie_maker_sign(&f.cm, f.msg, MSG_LEN, 5000);
	ATF_REQUIRE_EQ(cookie_checker_mac2(&f.cc, f.msg, MSG_LEN, here,
	    sizeof(here), 5000), 0);
	ATF_REQUIRE_EQ(cookie_checker_mac2(&f.cc, f.msg, MSG_LEN, there,
	    sizeof(there), 5000), -1);
	f.msg[MSG_LEN - 1] ^= 1;
	ATF_REQUIRE_EQ(cookie_checker_mac2(&f.cc, f.msg, MSG_LEN, here,
	    sizeof(here), 5000), -1);
}

ATF_TC_WITHOUT_HEAD(a_reply_counts_once_and_for_its_message);
ATF_TC_BODY(a_reply_counts_once_and_for_its_message, tc)
{
	struct fixture	 f;

	setup(&f);
	memset(f.sealed, 0, sizeof(f.sealed));
	ATF_REQUIRE_EQ(cookie_maker_consume(&f.cm, f.nonce, f.sealed, 0), -1);
	cookie_maker_sign(&f.cm, f.msg, MSG_LEN, 0);
	cookie_checker_reply(&f.cc, f.msg, MSG_LEN, here, sizeof(here),
	    f.nonce, f.sealed, 0);
	f.sealed[0] ^= 1;
	ATF_REQUIRE_EQ(cookie_maker_consume(&f.cm, f.nonce, f.sealed, 0), -1);
	f.sealed[0] ^= 1;
	f.msg[0] ^= 1;
	cookie_maker_sign(&f.cm, f.msg, MSG_LEN, 0);
	ATF_REQUIRE_EQ(cookie_maker_consume(&f.cm, f.nonce, f.sealed, 0), -1);
	f.msg[0] ^= 1;
	cookie_maker_sign(&f.cm, f.msg, MSG_LEN, 0);
	ATF_REQUIRE_EQ(cookie_maker_consume(&f.cm, f.nonce, f.sealed, 0), 0);
	ATF_REQUIRE_EQ(cookie_maker_consume(&f.cm, f.nonce, f.sealed, 0), -1);
}

ATF_TC_WITHOUT_HEAD(secret_and_cookie_live_two_minutes);
ATF_TC_BODY(secret_and_cookie_live_two_minutes, tc)
{
	static const uint8_t	 zero[COOKIE_MAC_LEN];
	struct fixture		 f;
	uint8_t			 secret[32];

	setup(&f);
	cookie_maker_sign(&f.cm, f.msg, MSG_LEN, 0);
	cookie_checker_reply(&f.cc, f.msg, MSG_LEN, here, sizeof(here),
	    f.nonce, f.sealed, 1000);
	memcpy(secret, f.cc.secret, sizeof(secret));
	cookie_maker_consume(&f.cm, f.nonce, f.sealed, 1000);
	cookie_maker_sign(&f.cm, f.msg, MSG_LEN, 120999);
	ATF_REQUIRE_EQ(cookie_checker_mac2(&f.cc, f.msg, MSG_LEN, here,
	    sizeof(here), 120999), 0);
	ATF_REQUIRE_EQ(cookie_checker_mac2(&f.cc, f.msg, MSG_LEN, here,
	    sizeof(here), 121000), -1);
	cookie_maker_sign(&f.cm, f.msg, MSG_LEN, 121000);
	ATF_REQUIRE(memcmp(f.msg + MSG_LEN - 16, zero, 16) == 0);
	cookie_checker_reply(&f.cc, f.msg, MSG_LEN, here, sizeof(here),
	    f.nonce, f.sealed, 120999);
	ATF_REQUIRE(memcmp(secret, f.cc.secret, sizeof(secret)) == 0);
	cookie_checker_reply(&f.cc, f.msg, MSG_LEN, here, sizeof(here),
	    f.nonce, f.sealed, 121000);
	ATF_REQUIRE(memcmp(secret, f.cc.secret, sizeof(secret)) != 0);
}

ATF_TC_WITHOUT_HEAD(a_source_gets_a_burst_and_then_an_even_rate);
ATF_TC_BODY(a_source_gets_a_burst_and_then_an_even_rate, tc)
{
	static struct ratelimit	 rl;
	uint64_t		 now = 1000;
	int			 i, served = 0;

	ratelimit_init(&rl);
	for (i = 0; i < RATELIMIT_BURST; i++)
		ATF_REQUIRE_EQ(ratelimit_take(&rl, here, sizeof(here), now),
		    0);
	ATF_REQUIRE_EQ(ratelimit_take(&rl, here, sizeof(here), now), -1);
	ATF_REQUIRE_EQ(ratelimit_take(&rl, there, sizeof(there), now), 0);
	for (i = 0; i < 10000; i++)
		if (ratelimit_take(&rl, here, sizeof(here), now + i) == 0)
			served++;
	ATF_REQUIRE(served >= 10 * RATELIMIT_PER_SEC - 1 &&
	    served <= 10 * RATELIMIT_PER_SEC);
}

ATF_TC_WITHOUT_HEAD(a_flood_of_sources_makes_no_one_forgotten);
ATF_TC_BODY(a_flood_of_sources_makes_no_one_forgotten, tc)
{
	static struct ratelimit	 rl;
	uint32_t		 i;
	int			 served = 0;

	ratelimit_init(&rl);
	while (ratelimit_take(&rl, here, sizeof(here), 1000) == 0)
		;
	for (i = 0; i < 100000; i++)
		if (ratelimit_take(&rl, (uint8_t *)&i, sizeof(i), 1000) == 0)
			served++;
	ATF_REQUIRE(served < RATELIMIT_SETS * RATELIMIT_WAYS);
	ATF_REQUIRE_EQ(ratelimit_take(&rl, here, sizeof(here), 1000), -1);
	/* A quarter of a second later the table is free again. */
	ATF_REQUIRE_EQ(ratelimit_take(&rl, there, sizeof(there), 1250), 0);
}

ATF_TP_ADD_TCS(tp)
{
	if (sodium_init() == -1)
		return atf_no_error();
	ATF_TP_ADD_TC(tp, mac1_proves_every_byte_before_it);
	ATF_TP_ADD_TC(tp, a_cookie_is_good_for_its_source_only);
	ATF_TP_ADD_TC(tp, a_reply_counts_once_and_for_its_message);
	ATF_TP_ADD_TC(tp, secret_and_cookie_live_two_minutes);
	ATF_TP_ADD_TC(tp, a_source_gets_a_burst_and_then_an_even_rate);
	ATF_TP_ADD_TC(tp, a_flood_of_sources_makes_no_one_forgotten);
	return atf_no_error();
}
