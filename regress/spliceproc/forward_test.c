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
 * What spliceproc does with a pair: every byte in its order, each end passed
 * on, limits kept; the same with the system's mover and with the copying one.
 */

#include "regress/spliceproc/relay.h"

#define LARGE	(24 * 1024 * 1024)

/* One direction: what was written and what was read, byte for byte. */
struct stream {
	uint64_t	 in, out;	/* states of the two generators */
	size_t		 sent, got;
	size_t		 size;
	int		 from, to;
};

static void
stream_init(struct stream *s, int from, int to, size_t size, uint64_t seed)
{
	memset(s, 0, sizeof(*s));
	s->in = s->out = seed;
	s->size = size;
	s->from = from;
	s->to = to;
}

/* Byte number i of a stream depends on i alone. */
static uint8_t
stream_byte(uint64_t seed, size_t i)
{
	uint64_t	 v = (seed + i) * 0x9e3779b97f4a7c15ULL;

	return (uint8_t)(v >> 56);
}

/* Writes what fits; 0 when nothing did. */
static int
stream_write(struct stream *s)
{
	uint8_t	 buf[16384];
	size_t	 i, want = s->size - s->sent;
	ssize_t	 n;

	if (want > sizeof(buf))
		want = sizeof(buf);
	for (i = 0; i < want; i++)
		buf[i] = stream_byte(s->in, s->sent + i);
	if (want == 0)
		return 0;
	n = send(s->from, buf, want, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n == -1) {
		ATF_REQUIRE_MSG(errno == EAGAIN, "%s", strerror(errno));
		return 0;
	}
	s->sent += (size_t)n;
	return 1;
}

static int
stream_read(struct stream *s)
{
	uint8_t	 buf[16384];
	ssize_t	 n, i;

	n = recv(s->to, buf, sizeof(buf), MSG_DONTWAIT);
	if (n == -1) {
		ATF_REQUIRE_MSG(errno == EAGAIN, "%s", strerror(errno));
		return 0;
	}
	ATF_REQUIRE_MSG(n > 0, "ended after %zu bytes", s->got);
	for (i = 0; i < n; i++)
		ATF_REQUIRE_MSG(buf[i] == stream_byte(s->out,
		    s->got + (size_t)i), "byte %zu", s->got + (size_t)i);
	s->got += (size_t)n;
	return 1;
}

static void
pump(struct stream *s, size_t n)
{
	struct pollfd	 pfd[8];
	size_t		 i, left;

	for (;;) {
		left = 0;
		for (i = 0; i < n; i++) {
			pfd[2 * i].fd = s[i].sent < s[i].size ? s[i].from :
			    -1;
			pfd[2 * i].events = POLLOUT;
			pfd[2 * i + 1].fd = s[i].got < s[i].size ? s[i].to :
			    -1;
			pfd[2 * i + 1].events = POLLIN;
			left += s[i].size - s[i].got;
		}
		if (left == 0)
			return;
		ATF_REQUIRE_MSG(poll(pfd, 2 * n, WAIT_MS) > 0,
		    "nothing moves, %zu bytes left", left);
		for (i = 0; i < n; i++) {
			if (pfd[2 * i].revents != 0)
				stream_write(&s[i]);
			if (pfd[2 * i + 1].revents != 0)
				stream_read(&s[i]);
		}
	}
}

static void
check_large(uint8_t copy)
{
	struct stream	 s[2];
	struct relay	 r;
	int		 fd[2];

	relay_defaults(&r);
	r.limits.copy = copy;
	relay_start(&r);
	join(&r, 1, fd);
	stream_init(&s[0], fd[0], fd[1], LARGE, 11);
	stream_init(&s[1], fd[1], fd[0], LARGE / 2, 22);
	pump(s, 2);
	while (r.load.bytes != LARGE + LARGE / 2)
		next_load(&r);
	close(fd[0]);
	close(fd[1]);
	relay_end(&r);
}

ATF_TC_WITHOUT_HEAD(much_both_ways_at_once_arrives_as_it_was);
ATF_TC_BODY(much_both_ways_at_once_arrives_as_it_was, tc)
{
	check_large(0);
}

ATF_TC_WITHOUT_HEAD(much_arrives_as_it_was_when_copied);
ATF_TC_BODY(much_arrives_as_it_was_when_copied, tc)
{
	check_large(1);
}

static void
check_half_close(uint8_t copy)
{
	struct relay	 r;
	char		 byte;
	int		 fd[2];

	relay_defaults(&r);
	r.limits.copy = copy;
	relay_start(&r);
	join(&r, 1, fd);
	say(fd[0], "last words");
	ATF_REQUIRE(shutdown(fd[0], SHUT_WR) == 0);
	expect_text(fd[1], "last words");
	ATF_REQUIRE_EQ(read(fd[1], &byte, 1), 0);
	say(fd[1], "an answer");
	expect_text(fd[0], "an answer");
	wait_pairs(&r, 1);
	ATF_REQUIRE(shutdown(fd[1], SHUT_WR) == 0);
	ATF_REQUIRE_EQ(read(fd[0], &byte, 1), 0);
	wait_pairs(&r, 0);
	close(fd[0]);
	close(fd[1]);
	relay_end(&r);
}

ATF_TC_WITHOUT_HEAD(the_end_of_one_direction_is_passed_on_alone);
ATF_TC_BODY(the_end_of_one_direction_is_passed_on_alone, tc)
{
	check_half_close(0);
	check_half_close(1);
}

/* An end behind bytes that wait is passed on after them. */
static void
check_end_behind_bytes(uint8_t copy)
{
	struct stream	 s;
	struct relay	 r;
	char		 byte;
	int		 fd[2];

	relay_defaults(&r);
	r.limits.copy = copy;
	relay_start(&r);
	join(&r, 1, fd);
	stream_init(&s, fd[0], fd[1], LARGE, 5);
	while (stream_write(&s))
		continue;
	s.size = s.sent;
	ATF_REQUIRE(shutdown(fd[0], SHUT_WR) == 0);
	pump(&s, 1);
	ATF_REQUIRE_EQ(read(fd[1], &byte, 1), 0);
	close(fd[0]);
	close(fd[1]);
	wait_pairs(&r, 0);
	relay_end(&r);
}

ATF_TC_WITHOUT_HEAD(the_end_comes_after_the_last_byte);
ATF_TC_BODY(the_end_comes_after_the_last_byte, tc)
{
	check_end_behind_bytes(0);
	check_end_behind_bytes(1);
}

ATF_TC_WITHOUT_HEAD(a_reset_reaches_the_other_side);
ATF_TC_BODY(a_reset_reaches_the_other_side, tc)
{
	struct linger	 now = { 1, 0 };
	struct relay	 r;
	int		 fd[2];

	relay_defaults(&r);
	relay_start(&r);
	join(&r, 1, fd);
	setsockopt(fd[0], SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd[0]);
	expect_closed(fd[1]);
	wait_pairs(&r, 0);
	relay_end(&r);
}

static void
check_stuck(uint8_t copy)
{
	struct stream	 s, other;
	struct relay	 r;
	int		 fd[2], second[2];

	relay_defaults(&r);
	r.limits.copy = copy;
	relay_start(&r);
	join(&r, 1, fd);
	join(&r, 2, second);
	/* Nobody reads: written until all buffers on the way are full. */
	stream_init(&s, fd[0], fd[1], SIZE_MAX, 5);
	do {
		while (stream_write(&s))
			continue;
		stream_init(&other, second[0], second[1], 1 << 20, 6);
		pump(&other, 1);
	} while (stream_write(&s));
	check_talk(second);
	/* The other direction of the stuck pair is free as well. */
	say(fd[1], "hello");
	expect_text(fd[0], "hello");
	s.size = s.sent;
	pump(&s, 1);
	close(fd[0]);
	close(fd[1]);
	close(second[0]);
	close(second[1]);
	relay_end(&r);
}

ATF_TC_WITHOUT_HEAD(a_receiver_that_does_not_read_holds_up_nobody_else);
ATF_TC_BODY(a_receiver_that_does_not_read_holds_up_nobody_else, tc)
{
	check_stuck(0);
	check_stuck(1);
}

/* A megabyte at a megabyte a second, of which a quarter at once. */
static void
check_rate(uint8_t copy)
{
	struct stream	 s[2];
	struct relay	 r;
	uint64_t	 begin, ms;
	int		 fd[2];

	relay_defaults(&r);
	r.limits.copy = copy;
	r.limits.rate = 1000000;
	relay_start(&r);
	join(&r, 1, fd);
	begin = now_ms();
	stream_init(&s[0], fd[0], fd[1], 600000, 11);
	stream_init(&s[1], fd[1], fd[0], 400000, 22);
	pump(s, 2);
	ms = now_ms() - begin;
	ATF_REQUIRE_MSG(ms >= 700 && ms < 3000, "%llu ms",
	    (unsigned long long)ms);
	close(fd[0]);
	close(fd[1]);
	relay_end(&r);
}

ATF_TC_WITHOUT_HEAD(a_pair_has_its_rate_and_loses_nothing_by_it);
ATF_TC_BODY(a_pair_has_its_rate_and_loses_nothing_by_it, tc)
{
	check_rate(0);
	check_rate(1);
}

ATF_TC_WITHOUT_HEAD(an_idle_pair_is_ended_and_a_busy_one_is_not);
ATF_TC_BODY(an_idle_pair_is_ended_and_a_busy_one_is_not, tc)
{
	struct pollfd	 pfd;
	struct relay	 r;
	uint64_t	 begin;
	int		 idle[2], busy[2];

	relay_defaults(&r);
	r.limits.idle_s = 1;
	relay_start(&r);
	begin = now_ms();
	join(&r, 1, idle);
	join(&r, 2, busy);
	pfd.fd = idle[0];
	pfd.events = POLLIN;
	while (poll(&pfd, 1, 100) == 0) {
		check_talk(busy);
		ATF_REQUIRE(now_ms() - begin < WAIT_MS);
	}
	ATF_REQUIRE(now_ms() - begin >= 1000);
	check_talk(busy);
	expect_closed(idle[0]);
	expect_closed(idle[1]);
	wait_pairs(&r, 1);
	expect_closed(busy[0]);
	expect_closed(busy[1]);
	relay_end(&r);
}

/* In KiB. */
static unsigned long
resident(pid_t pid)
{
	unsigned long	 kib = 0;
	char		 path[64], line[256];
	FILE		*f;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	ATF_REQUIRE((f = fopen(path, "r")) != NULL);
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "VmRSS: %lu", &kib) == 1)
			break;
	fclose(f);
	ATF_REQUIRE(kib > 0);
	return kib;
}

#define MANY	1200	/* pairs */

ATF_TC(many_pairs_need_little_memory);
ATF_TC_HEAD(many_pairs_need_little_memory, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(many_pairs_need_little_memory, tc)
{
	static int	 fd[MANY][2];
	struct relay	 r;
	unsigned long	 before, after;
	uint32_t	 i;

	relay_defaults(&r);
	r.limits.pairs_max = MANY;
	set_files(3 * RELAY_SIDES * MANY);
	relay_start(&r);
	join(&r, 0, fd[0]);
	before = resident(r.p.pid);
	for (i = 1; i < MANY; i++)
		join(&r, i, fd[i]);
	for (i = 0; i < MANY; i++)
		check_talk(fd[i]);
	after = resident(r.p.pid);
	/* 100 MiB for 10,000 pairs are 10 KiB for each. */
	ATF_REQUIRE_MSG(after - before < MANY * 2, "%lu KiB for %u pairs",
	    after - before, MANY);
	ATF_REQUIRE(after < 20 * 1024);
	for (i = 0; i < MANY; i++) {
		close(fd[i][0]);
		close(fd[i][1]);
	}
	wait_pairs(&r, 0);
	relay_end(&r);
}

ATF_TC(a_flood_of_bad_codes_leaves_a_session_alone);
ATF_TC_HEAD(a_flood_of_bad_codes_leaves_a_session_alone, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(a_flood_of_bad_codes_leaves_a_session_alone, tc)
{
	struct stream	 s[2];
	struct relay	 r;
	uint32_t	 i;
	int		 fd[2];

	relay_defaults(&r);
	relay_start(&r);
	join(&r, 1, fd);
	for (i = 0; i < 3000; i++) {
		expect_closed(present(&r, 1000 + i, i & 1));
		if (i % 500 == 0) {
			stream_init(&s[0], fd[0], fd[1], 1 << 18, i);
			stream_init(&s[1], fd[1], fd[0], 1 << 18, i);
			pump(s, 2);
		}
	}
	wait_refused(&r, 3000);
	check_talk(fd);
	close(fd[0]);
	close(fd[1]);
	relay_end(&r);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, much_both_ways_at_once_arrives_as_it_was);
	ATF_TP_ADD_TC(tp, much_arrives_as_it_was_when_copied);
	ATF_TP_ADD_TC(tp, the_end_of_one_direction_is_passed_on_alone);
	ATF_TP_ADD_TC(tp, the_end_comes_after_the_last_byte);
	ATF_TP_ADD_TC(tp, a_reset_reaches_the_other_side);
	ATF_TP_ADD_TC(tp,
	    a_receiver_that_does_not_read_holds_up_nobody_else);
	ATF_TP_ADD_TC(tp, a_pair_has_its_rate_and_loses_nothing_by_it);
	ATF_TP_ADD_TC(tp, an_idle_pair_is_ended_and_a_busy_one_is_not);
	ATF_TP_ADD_TC(tp, many_pairs_need_little_memory);
	ATF_TP_ADD_TC(tp, a_flood_of_bad_codes_leaves_a_session_alone);
	return atf_no_error();
}
