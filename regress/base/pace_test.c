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
 * How much is read in one turn, by how soon it follows the last.
 */

#include <sys/types.h>

#include <atf-c.h>

#include "base/pace.h"

#define START	(5 * 1000 * 1000 * 1000ULL)

ATF_TC_WITHOUT_HEAD(the_first_turn_reads_one);
ATF_TC_BODY(the_first_turn_reads_one, tc)
{
	struct pace	 p = { 0 };

	ATF_CHECK_EQ(1, pace_begin(&p, START, 64));
}

ATF_TC_WITHOUT_HEAD(a_turn_soon_after_another_reads_a_burst);
ATF_TC_BODY(a_turn_soon_after_another_reads_a_burst, tc)
{
	struct pace	 p = { 0 };

	pace_end(&p, START);
	ATF_CHECK_EQ(64, pace_begin(&p, START, 64));
	ATF_CHECK_EQ(64, pace_begin(&p, START + PACE_CLOSE_NS - 1, 64));
}

ATF_TC_WITHOUT_HEAD(a_turn_after_a_pause_reads_one_again);
ATF_TC_BODY(a_turn_after_a_pause_reads_one_again, tc)
{
	struct pace	 p = { 0 };

	pace_end(&p, START);
	ATF_CHECK_EQ(1, pace_begin(&p, START + PACE_CLOSE_NS, 64));
	ATF_CHECK_EQ(1, pace_begin(&p, START + PACE_CLOSE_NS * 1000ULL, 64));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_first_turn_reads_one);
	ATF_TP_ADD_TC(tp, a_turn_soon_after_another_reads_a_burst);
	ATF_TP_ADD_TC(tp, a_turn_after_a_pause_reads_one_again);
	return atf_no_error();
}
