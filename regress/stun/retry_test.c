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
 * A site of a hundred systems behind one address, and a server that answers an
 * address fifty times a second.
 */

#include <atf-c.h>
#include <stdint.h>
#include <string.h>

#include "stun/stun.h"

#define SYSTEMS		100
#define SERVERS		2
#define RATE		50	/* answers a second */
#define RTO_MS		250
#define TRIES		5
#define AGAIN_MS	25000
#define SPREAD_MS	5000
#define MINUTE_MS	60000

struct query {
	uint64_t	 due;
	unsigned int	 tries;
};

static struct query	 queries[SYSTEMS * SERVERS];
static uint64_t		 seed = 0x9e3779b97f4a7c15ULL;
static uint64_t		 second;
static unsigned int	 answers, unanswered;

static uint32_t
any32(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 16);
}

static int
server(uint64_t now)
{
	if (now / 1000 != second) {
		second = now / 1000;
		answers = 0;
	}
	return ++answers <= RATE;
}

static void
ask(struct query *q, uint64_t now)
{
	if (q->due > now)
		return;
	if (q->tries == TRIES) {
		unanswered++;
		q->tries = 0;
		q->due = now + stun_refresh_ms(AGAIN_MS, SPREAD_MS, any32());
	} else if (server(now)) {
		q->tries = 0;
		q->due = now + stun_refresh_ms(AGAIN_MS, SPREAD_MS, any32());
	} else
		q->due = now + stun_retry_ms(RTO_MS, ++q->tries, any32());
}

/* Requests that were given up in these minutes. */
static unsigned int
minutes(uint64_t from, unsigned int n)
{
	uint64_t	 now;
	size_t		 i;

	unanswered = 0;
	for (now = from; now < from + n * MINUTE_MS; now++)
		for (i = 0; i < SYSTEMS * SERVERS; i++)
			ask(&queries[i], now);
	return unanswered;
}

ATF_TC_WITHOUT_HEAD(a_site_that_asks_at_once_has_all_its_answers);
ATF_TC_BODY(a_site_that_asks_at_once_has_all_its_answers, tc)
{
	/* All of them, told of a change by their router. */
	memset(queries, 0, sizeof(queries));
	ATF_CHECK_EQ(0, minutes(0, 30));
}

ATF_TC_WITHOUT_HEAD(the_interval_doubles_and_is_half_to_one_and_a_half);
ATF_TC_BODY(the_interval_doubles_and_is_half_to_one_and_a_half, tc)
{
	unsigned int	 tries, i;
	uint32_t	 full = RTO_MS, ms, least, most;

	for (tries = 1; tries <= STUN_RETRY_MAX; tries++, full *= 2) {
		least = UINT32_MAX;
		most = 0;
		for (i = 0; i < 10000; i++) {
			ms = stun_retry_ms(RTO_MS, tries, any32());
			least = ms < least ? ms : least;
			most = ms > most ? ms : most;
		}
		ATF_CHECK(least >= full / 2 && least < full * 3 / 4);
		ATF_CHECK(most <= full / 2 + full && most > full * 5 / 4);
	}
	ATF_CHECK(stun_retry_ms(RTO_MS, 100, UINT32_MAX) <= full);
	ATF_CHECK(stun_retry_ms(RTO_MS, 0, 0) == RTO_MS / 2);
}

ATF_TC_WITHOUT_HEAD(a_mapping_is_asked_for_before_it_may_be_lost);
ATF_TC_BODY(a_mapping_is_asked_for_before_it_may_be_lost, tc)
{
	unsigned int	 i;
	uint32_t	 ms;

	for (i = 0; i < 10000; i++) {
		ms = stun_refresh_ms(AGAIN_MS, SPREAD_MS, any32());
		ATF_REQUIRE(ms <= AGAIN_MS && ms >= AGAIN_MS - SPREAD_MS);
	}
	ATF_CHECK_EQ(AGAIN_MS, stun_refresh_ms(AGAIN_MS, AGAIN_MS, 7));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_site_that_asks_at_once_has_all_its_answers);
	ATF_TP_ADD_TC(tp, the_interval_doubles_and_is_half_to_one_and_a_half);
	ATF_TP_ADD_TC(tp, a_mapping_is_asked_for_before_it_may_be_lost);
	return atf_no_error();
}
