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
 * spliceproc's rules: who is joined with whom, and who is refused.
 */

#include "regress/spliceproc/relay.h"

ATF_TC_WITHOUT_HEAD(two_sides_of_a_code_are_joined);
ATF_TC_BODY(two_sides_of_a_code_are_joined, tc)
{
	struct relay	 r;
	int		 fd[2];

	relay_defaults(&r);
	relay_start(&r);
	next_load(&r);
	ATF_REQUIRE_EQ(r.load.pairs, 0);
	join(&r, 1, fd);
	check_talk(fd);
	while (r.load.pairs != 1 || r.load.bytes != 19)
		next_load(&r);
	ATF_REQUIRE_EQ(r.load.waiting, 0);
	close(fd[0]);
	close(fd[1]);
	wait_pairs(&r, 0);
	ATF_REQUIRE_EQ(r.load.refused, 0);
	relay_end(&r);
}

ATF_TC_WITHOUT_HEAD(the_first_waits_in_silence_for_the_second);
ATF_TC_BODY(the_first_waits_in_silence_for_the_second, tc)
{
	struct relay	 r;
	struct pollfd	 pfd;
	int		 fd[2];

	relay_defaults(&r);
	relay_start(&r);
	announce(&r, 7, 30);
	fd[1] = present(&r, 7, 1);
	while (r.load.waiting != 1)
		next_load(&r);
	pfd.fd = fd[1];
	pfd.events = POLLIN;
	ATF_REQUIRE_EQ(poll(&pfd, 1, 0), 0);
	fd[0] = present(&r, 7, 0);
	expect_joined(fd[0]);
	expect_joined(fd[1]);
	check_talk(fd);
	close(fd[0]);
	close(fd[1]);
	relay_end(&r);
}

ATF_TC_WITHOUT_HEAD(what_is_said_before_the_partner_comes_reaches_it);
ATF_TC_BODY(what_is_said_before_the_partner_comes_reaches_it, tc)
{
	struct relay	 r;
	int		 fd[2];

	relay_defaults(&r);
	relay_start(&r);
	announce(&r, 7, 30);
	fd[0] = present(&r, 7, 0);
	say(fd[0], "early");
	while (r.load.waiting != 1)
		next_load(&r);
	fd[1] = present(&r, 7, 1);
	expect_joined(fd[1]);
	expect_text(fd[1], "early");
	expect_joined(fd[0]);
	close(fd[0]);
	close(fd[1]);
	relay_end(&r);
}

ATF_TC_WITHOUT_HEAD(a_code_works_once);
ATF_TC_BODY(a_code_works_once, tc)
{
	struct relay	 r;
	int		 fd[2];

	relay_defaults(&r);
	relay_start(&r);
	join(&r, 1, fd);
	expect_closed(present(&r, 1, 0));
	expect_closed(present(&r, 1, 1));
	wait_refused(&r, 2);
	check_talk(fd);
	close(fd[0]);
	close(fd[1]);
	relay_end(&r);
}

ATF_TC_WITHOUT_HEAD(the_same_side_twice_is_refused_and_the_first_waits_on);
ATF_TC_BODY(the_same_side_twice_is_refused_and_the_first_waits_on, tc)
{
	struct relay	 r;
	int		 fd[2];

	relay_defaults(&r);
	relay_start(&r);
	announce(&r, 3, 30);
	fd[0] = present(&r, 3, 0);
	while (r.load.waiting != 1)
		next_load(&r);
	expect_closed(present(&r, 3, 0));
	wait_refused(&r, 1);
	fd[1] = present(&r, 3, 1);
	expect_joined(fd[0]);
	expect_joined(fd[1]);
	check_talk(fd);
	close(fd[0]);
	close(fd[1]);
	relay_end(&r);
}

ATF_TC_WITHOUT_HEAD(an_unknown_code_is_refused);
ATF_TC_BODY(an_unknown_code_is_refused, tc)
{
	struct relay	 r;
	int		 fd[2];

	relay_defaults(&r);
	relay_start(&r);
	announce(&r, 1, 30);
	expect_closed(present(&r, 2, 0));
	wait_refused(&r, 1);
	join(&r, 3, fd);
	close(fd[0]);
	close(fd[1]);
	relay_end(&r);
}

/* The second code's end tells that the first one's is past. */
ATF_TC_WITHOUT_HEAD(a_code_ends_with_its_life);
ATF_TC_BODY(a_code_ends_with_its_life, tc)
{
	struct relay	 r;

	relay_defaults(&r);
	relay_start(&r);
	announce(&r, 1, 1);
	announce(&r, 2, 1);
	expect_closed(present(&r, 2, 0));
	wait_refused(&r, 1);
	expect_closed(present(&r, 1, 0));
	expect_closed(present(&r, 2, 1));
	wait_refused(&r, 3);
	ATF_REQUIRE_EQ(r.load.waiting, 0);
	relay_end(&r);
}

ATF_TC_WITHOUT_HEAD(a_code_goes_with_the_client_that_waited);
ATF_TC_BODY(a_code_goes_with_the_client_that_waited, tc)
{
	struct relay	 r;
	int		 fd;

	relay_defaults(&r);
	relay_start(&r);
	announce(&r, 1, 30);
	fd = present(&r, 1, 0);
	while (r.load.waiting != 1)
		next_load(&r);
	close(fd);
	while (r.load.waiting != 0)
		next_load(&r);
	expect_closed(present(&r, 1, 1));
	relay_end(&r);
}

ATF_TC_WITHOUT_HEAD(a_code_with_no_life_or_announced_twice_is_no_code);
ATF_TC_BODY(a_code_with_no_life_or_announced_twice_is_no_code, tc)
{
	struct relay	 r;
	int		 fd[2];

	relay_defaults(&r);
	relay_start(&r);
	announce(&r, 1, 0);
	expect_closed(present(&r, 1, 0));
	announce(&r, 2, 30);
	join(&r, 2, fd);
	check_talk(fd);
	expect_closed(present(&r, 2, 0));
	close(fd[0]);
	close(fd[1]);
	relay_end(&r);
}

static void
check_bad_preface(struct relay *r, size_t offset, uint8_t value)
{
	uint8_t	 buf[RELAY_PREFACE_LEN];
	int	 fd = client(r);

	preface_of(1, 0, buf);
	buf[offset] = value;
	ATF_REQUIRE(write(fd, buf, sizeof(buf)) == sizeof(buf));
	expect_closed(fd);
}

ATF_TC_WITHOUT_HEAD(a_bad_preface_is_refused_and_uses_no_code);
ATF_TC_BODY(a_bad_preface_is_refused_and_uses_no_code, tc)
{
	struct relay	 r;
	int		 fd[2];

	relay_defaults(&r);
	relay_start(&r);
	announce(&r, 1, 30);
	check_bad_preface(&r, 0, 'G');
	check_bad_preface(&r, 3, 'L');
	check_bad_preface(&r, 4, 2);
	check_bad_preface(&r, 5, 2);
	check_bad_preface(&r, 6, 1);
	check_bad_preface(&r, 7, 1);
	check_bad_preface(&r, 23, 0);
	wait_refused(&r, 7);
	fd[0] = present(&r, 1, 0);
	fd[1] = present(&r, 1, 1);
	expect_joined(fd[0]);
	expect_joined(fd[1]);
	close(fd[0]);
	close(fd[1]);
	relay_end(&r);
}

ATF_TC_WITHOUT_HEAD(a_client_that_is_slow_is_refused_however_it_dribbles);
ATF_TC_BODY(a_client_that_is_slow_is_refused_however_it_dribbles, tc)
{
	struct pollfd	 pfd;
	struct relay	 r;
	uint64_t	 begin;
	uint8_t		 buf[RELAY_PREFACE_LEN];
	size_t		 i;
	int		 silent;

	relay_defaults(&r);
	r.limits.handshake_ms = 300;
	relay_start(&r);
	announce(&r, 1, 30);
	preface_of(1, 0, buf);
	begin = now_ms();
	silent = client(&r);
	pfd.fd = client(&r);
	pfd.events = POLLIN;
	for (i = 0; i < sizeof(buf) - 1 && poll(&pfd, 1, 50) == 0; i++)
		ATF_REQUIRE(send(pfd.fd, buf + i, 1, MSG_NOSIGNAL) == 1);
	ATF_REQUIRE_MSG(i < sizeof(buf) - 1, "it was heard out");
	expect_closed(pfd.fd);
	expect_closed(silent);
	ATF_REQUIRE(now_ms() - begin >= 300);
	ATF_REQUIRE(now_ms() - begin < 2000);
	wait_refused(&r, 2);
	relay_end(&r);
}

ATF_TC_WITHOUT_HEAD(a_preface_may_come_in_pieces);
ATF_TC_BODY(a_preface_may_come_in_pieces, tc)
{
	struct relay	 r;
	uint8_t		 buf[RELAY_PREFACE_LEN];
	int		 fd[2], on = 1;

	relay_defaults(&r);
	relay_start(&r);
	announce(&r, 1, 30);
	preface_of(1, 0, buf);
	fd[0] = client(&r);
	setsockopt(fd[0], IPPROTO_TCP, 1, &on, sizeof(on));
	ATF_REQUIRE(write(fd[0], buf, 3) == 3);
	fd[1] = present(&r, 1, 1);
	while (r.load.waiting != 1)
		next_load(&r);
	ATF_REQUIRE(write(fd[0], buf + 3, 20) == 20);
	ATF_REQUIRE(write(fd[0], buf + 23, 1) == 1);
	expect_joined(fd[0]);
	expect_joined(fd[1]);
	check_talk(fd);
	close(fd[0]);
	close(fd[1]);
	relay_end(&r);
}

ATF_TC_WITHOUT_HEAD(no_more_pairs_than_configured);
ATF_TC_BODY(no_more_pairs_than_configured, tc)
{
	struct relay	 r;
	int		 fd[2];

	relay_defaults(&r);
	r.limits.pairs_max = 1;
	relay_start(&r);
	join(&r, 1, fd);
	announce(&r, 2, 30);
	expect_closed(present(&r, 2, 0));
	wait_refused(&r, 1);
	check_talk(fd);
	close(fd[0]);
	close(fd[1]);
	wait_pairs(&r, 0);
	/* The code was not used up by that. */
	fd[0] = present(&r, 2, 0);
	fd[1] = present(&r, 2, 1);
	expect_joined(fd[0]);
	expect_joined(fd[1]);
	close(fd[0]);
	close(fd[1]);
	relay_end(&r);
}

/* 192 descriptors: 64 for itself, 20 for pairs, 54 for strangers. */
ATF_TC_WITHOUT_HEAD(many_silent_strangers_do_not_keep_others_out);
ATF_TC_BODY(many_silent_strangers_do_not_keep_others_out, tc)
{
	struct relay	 r;
	int		 fd[2], strangers[80];
	size_t		 i;

	relay_defaults(&r);
	r.limits.pairs_max = 10;
	/* Only want of room ends them here, however slow the machine is. */
	r.limits.handshake_ms = 60000;
	set_files(192);
	relay_start(&r);
	for (i = 0; i < 80; i++)
		strangers[i] = client(&r);
	join(&r, 1, fd);
	check_talk(fd);
	/*
	 * There is room for 54.  The two of the pair were strangers in their
	 * turn, unless they spoke before the last of the others was seen.
	 */
	while (r.load.refused < 26)
		next_load(&r);
	ATF_CHECK(r.load.refused <= 28);
	expect_closed(strangers[0]);
	for (i = 1; i < 80; i++)
		close(strangers[i]);
	close(fd[0]);
	close(fd[1]);
	relay_end(&r);
}

ATF_TC_WITHOUT_HEAD(load_is_told_once_a_second_at_most);
ATF_TC_BODY(load_is_told_once_a_second_at_most, tc)
{
	struct relay	 r;
	uint64_t	 begin = now_ms();
	int		 i;

	relay_defaults(&r);
	relay_start(&r);
	for (i = 0; i < 200; i++)
		expect_closed(present(&r, 1, 0));
	wait_refused(&r, 200);
	ATF_REQUIRE_MSG(r.loads <= 2 + (now_ms() - begin) / 1000,
	    "%u messages", r.loads);
	relay_end(&r);
}

ATF_TC_WITHOUT_HEAD(a_new_linkproc_is_told_the_load);
ATF_TC_BODY(a_new_linkproc_is_told_the_load, tc)
{
	struct relay	 r;
	int		 fd[2];

	relay_defaults(&r);
	relay_start(&r);
	join(&r, 1, fd);
	wait_pairs(&r, 1);
	end_close(&r.link);
	player_join(&r.p, ROLE_LINK, 0, &r.link);
	next_load(&r);
	ATF_REQUIRE_EQ(r.load.pairs, 1);
	check_talk(fd);
	close(fd[0]);
	close(fd[1]);
	relay_end(&r);
}

ATF_TC_WITHOUT_HEAD(an_instance_that_is_replaced_has_forgotten_everything);
ATF_TC_BODY(an_instance_that_is_replaced_has_forgotten_everything, tc)
{
	struct relay	 r;
	int		 fd[2], status, waiting;

	relay_defaults(&r);
	relay_start(&r);
	join(&r, 1, fd);
	announce(&r, 2, 30);
	announce(&r, 3, 30);
	waiting = present(&r, 2, 0);
	while (r.load.waiting != 1)
		next_load(&r);
	ATF_REQUIRE(kill(r.p.pid, SIGKILL) == 0);
	ATF_REQUIRE(waitpid(r.p.pid, &status, 0) == r.p.pid);
	end_close(&r.p.parent);
	end_close(&r.link);
	expect_closed(fd[0]);
	expect_closed(fd[1]);
	expect_closed(waiting);
	memset(&r.load, 0, sizeof(r.load));
	player_restart(&r.p, ROLE_SPLICE);
	relay_setup(&r);
	expect_closed(present(&r, 2, 1));
	expect_closed(present(&r, 3, 0));
	join(&r, 3, fd);
	check_talk(fd);
	close(fd[0]);
	close(fd[1]);
	relay_end(&r);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, two_sides_of_a_code_are_joined);
	ATF_TP_ADD_TC(tp, the_first_waits_in_silence_for_the_second);
	ATF_TP_ADD_TC(tp, what_is_said_before_the_partner_comes_reaches_it);
	ATF_TP_ADD_TC(tp, a_code_works_once);
	ATF_TP_ADD_TC(tp,
	    the_same_side_twice_is_refused_and_the_first_waits_on);
	ATF_TP_ADD_TC(tp, an_unknown_code_is_refused);
	ATF_TP_ADD_TC(tp, a_code_ends_with_its_life);
	ATF_TP_ADD_TC(tp, a_code_goes_with_the_client_that_waited);
	ATF_TP_ADD_TC(tp, a_code_with_no_life_or_announced_twice_is_no_code);
	ATF_TP_ADD_TC(tp, a_bad_preface_is_refused_and_uses_no_code);
	ATF_TP_ADD_TC(tp,
	    a_client_that_is_slow_is_refused_however_it_dribbles);
	ATF_TP_ADD_TC(tp, a_preface_may_come_in_pieces);
	ATF_TP_ADD_TC(tp, no_more_pairs_than_configured);
	ATF_TP_ADD_TC(tp, many_silent_strangers_do_not_keep_others_out);
	ATF_TP_ADD_TC(tp, load_is_told_once_a_second_at_most);
	ATF_TP_ADD_TC(tp, a_new_linkproc_is_told_the_load);
	ATF_TP_ADD_TC(tp,
	    an_instance_that_is_replaced_has_forgotten_everything);
	return atf_no_error();
}
