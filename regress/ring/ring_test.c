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
 * A pair of rings from both sides: order, wrapping, fullness, waking, and a
 * neighbour that scribbles over the shared memory while it is being used.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ring/ring.h"

#define MOVED		200000	/* records between two processes */
#define MOVED_MAX	2000	/* bytes of each, mostly */
#define ATTACKED	300000	/* least looks at a ring under attack */
#define WAKE_MS		20000

static struct ring_pair	 a, b;	/* two sides of one pair */
static int		 memory;
static uint64_t		 seed = 0x2545f4914f6cdd1dULL;

static uint32_t
any32(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 16);
}

static void
attach(struct ring_pair *p, uint32_t side, int wait, int kick)
{
	ATF_REQUIRE(ring_pair_attach(p, dup(memory), ring_pair_size(), side,
	    wait, kick) == 0);
}

static void
begin(void)
{
	int	 to_a[2], to_b[2];

	ATF_REQUIRE(ring_memory_create(&memory) == 0);
	ATF_REQUIRE(ring_wake_create(to_a) == 0);
	ATF_REQUIRE(ring_wake_create(to_b) == 0);
	attach(&a, 0, to_a[0], to_b[1]);
	attach(&b, 1, to_b[0], to_a[1]);
}

static uint8_t
byte_of(uint32_t number, uint32_t i)
{
	return (uint8_t)(number * 31 + i * 7 + (i >> 8));
}

/* 0, or -1 when there is no room. */
static int
put(struct ring_pair *p, uint32_t number, uint32_t len)
{
	struct ring_record	 rec;
	uint8_t			*d;
	uint32_t		 i;

	if ((d = ring_reserve(&p->tx, len)) == NULL)
		return -1;
	for (i = 0; i < len; i++)
		d[i] = byte_of(number, i);
	memset(&rec, 0, sizeof(rec));
	rec.len = len;
	rec.peer = number;
	rec.path = ~number;
	rec.count = (uint16_t)number;
	rec.segment = (uint16_t)len;
	rec.from.family = number & 1 ? 4 : 6;
	rec.from.addr[0] = (uint8_t)number;
	rec.from.addr[15] = (uint8_t)len;
	rec.from.port = (uint16_t)(number >> 4);
	ring_commit(&p->tx, &rec);
	return 0;
}

/* The record of this number is the next and is whole. */
static int
whole(const struct ring_record *rec, const uint8_t *d, uint32_t number)
{
	uint32_t	 i;

	if (rec->peer != number || rec->path != ~number ||
	    rec->count != (uint16_t)number ||
	    rec->segment != (uint16_t)rec->len ||
	    rec->from.family != (number & 1 ? 4 : 6) ||
	    rec->from.addr[0] != (uint8_t)number ||
	    rec->from.addr[15] != (uint8_t)rec->len ||
	    rec->from.port != (uint16_t)(number >> 4))
		return 0;
	for (i = 0; i < rec->len; i++)
		if (d[i] != byte_of(number, i))
			return 0;
	return 1;
}

static void
take(struct ring_pair *p, uint32_t number, uint32_t len)
{
	struct ring_record	 rec;
	const uint8_t		*d;

	ATF_REQUIRE_EQ(1, ring_peek(&p->rx, &rec, &d));
	ATF_REQUIRE_EQ(len, rec.len);
	ATF_REQUIRE(whole(&rec, d, number));
	ring_release(&p->rx);
}

static void
take_none(struct ring_pair *p)
{
	struct ring_record	 rec;
	const uint8_t		*d;

	ATF_REQUIRE_EQ(0, ring_peek(&p->rx, &rec, &d));
}

ATF_TC_WITHOUT_HEAD(records_arrive_in_order_in_both_directions);
ATF_TC_BODY(records_arrive_in_order_in_both_directions, tc)
{
	uint32_t	 i;

	begin();
	take_none(&a);
	take_none(&b);
	for (i = 0; i < 100; i++) {
		ATF_REQUIRE(put(&a, i, i * 3) == 0);
		ATF_REQUIRE(put(&b, 1000 + i, i) == 0);
	}
	for (i = 0; i < 100; i++) {
		take(&b, i, i * 3);
		take(&a, 1000 + i, i);
	}
	take_none(&a);
	take_none(&b);
}

ATF_TC_WITHOUT_HEAD(a_record_stays_until_it_is_released);
ATF_TC_BODY(a_record_stays_until_it_is_released, tc)
{
	struct ring_record	 rec;
	const uint8_t		*d, *again;

	begin();
	ATF_REQUIRE(put(&a, 1, 10) == 0);
	ATF_REQUIRE_EQ(1, ring_peek(&b.rx, &rec, &d));
	ATF_REQUIRE_EQ(1, ring_peek(&b.rx, &rec, &again));
	ATF_CHECK(d == again);
	take(&b, 1, 10);
	take_none(&b);
}

ATF_TC_WITHOUT_HEAD(what_is_not_committed_is_not_seen);
ATF_TC_BODY(what_is_not_committed_is_not_seen, tc)
{
	begin();
	ATF_REQUIRE(ring_reserve(&a.tx, 100) != NULL);
	take_none(&b);
	ATF_REQUIRE(put(&a, 2, 20) == 0);
	take(&b, 2, 20);
	take_none(&b);
}

ATF_TC_WITHOUT_HEAD(less_may_be_committed_than_was_reserved);
ATF_TC_BODY(less_may_be_committed_than_was_reserved, tc)
{
	uint32_t	 i;

	begin();
	for (i = 0; i < 5000; i++) {
		ATF_REQUIRE(ring_reserve(&a.tx, RING_RECORD_MAX) != NULL);
		ATF_REQUIRE(put(&a, i, i % 100) == 0);
		take(&b, i, i % 100);
	}
}

ATF_TC_WITHOUT_HEAD(records_of_every_length_pass_the_end_of_the_memory);
ATF_TC_BODY(records_of_every_length_pass_the_end_of_the_memory, tc)
{
	static const uint32_t	 edges[] = { 0, 1, 63, 64, 65, 127, 128,
				    RING_RECORD_MAX - 1, RING_RECORD_MAX };
	uint32_t		 i, len;

	begin();
	for (i = 0; i < 20000; i++) {
		len = i < 9 * 100 ? edges[i % 9] : any32() % 5000;
		ATF_REQUIRE(put(&a, i, len) == 0);
		take(&b, i, len);
	}
	take_none(&b);
}

ATF_TC_WITHOUT_HEAD(a_record_over_the_limit_is_not_reserved);
ATF_TC_BODY(a_record_over_the_limit_is_not_reserved, tc)
{
	begin();
	ATF_CHECK(ring_reserve(&a.tx, RING_RECORD_MAX) != NULL);
	ATF_CHECK(ring_reserve(&a.tx, RING_RECORD_MAX + 1) == NULL);
	ATF_CHECK(ring_reserve(&a.tx, UINT32_MAX) == NULL);
	ATF_CHECK(ring_reserve(&a.tx, UINT32_MAX - RING_HEADER) == NULL);
}

ATF_TC_WITHOUT_HEAD(a_full_ring_refuses_and_loses_nothing);
ATF_TC_BODY(a_full_ring_refuses_and_loses_nothing, tc)
{
	uint32_t	 first = 0, next = 0, i;
	uint64_t	 full;

	begin();
	for (i = 0; i < 50; i++) {
		full = a.tx.full;
		while (put(&a, next, 1000 + next % 777) == 0)
			next++;
		ATF_CHECK_EQ(full + 1, a.tx.full);
		/* It holds what it has room for. */
		ATF_CHECK((next - first) * 2048 > RING_SIZE * 3 / 4);
		while (first < next - (i % 7)) {
			take(&b, first, 1000 + first % 777);
			first++;
		}
	}
	while (first < next) {
		take(&b, first, 1000 + first % 777);
		first++;
	}
	take_none(&b);
}

ATF_TC_WITHOUT_HEAD(memory_of_another_size_is_refused);
ATF_TC_BODY(memory_of_another_size_is_refused, tc)
{
	struct ring_pair	 p;

	begin();
	ATF_CHECK_EQ(-1, ring_pair_attach(&p, dup(memory),
	    ring_pair_size() - 1, 0, -1, -1));
	ATF_CHECK_EQ(-1, ring_pair_attach(&p, dup(memory), 0, 0, -1, -1));
}

ATF_TC_WITHOUT_HEAD(the_memory_can_neither_shrink_nor_grow);
ATF_TC_BODY(the_memory_can_neither_shrink_nor_grow, tc)
{
	begin();
	ATF_CHECK_EQ(-1, ftruncate(memory, 0));
	ATF_CHECK_EQ(-1, ftruncate(memory, (off_t)ring_pair_size() * 2));
	ATF_CHECK_EQ((off_t)ring_pair_size(), lseek(memory, 0, SEEK_END));
}

static int
readable(int fd)
{
	struct pollfd	 pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, 0) == 1;
}

ATF_TC_WITHOUT_HEAD(only_a_sleeper_is_woken_and_only_once);
ATF_TC_BODY(only_a_sleeper_is_woken_and_only_once, tc)
{
	begin();
	/* A consumer counts as asleep from the start. */
	ATF_REQUIRE(put(&a, 1, 1) == 0);
	ring_flush(&a);
	ATF_CHECK(readable(b.wait));
	ring_awake(&b);
	ATF_CHECK(!readable(b.wait));
	/* Awake: no system call. */
	ATF_REQUIRE(put(&a, 2, 1) == 0);
	ring_flush(&a);
	ATF_CHECK(!readable(b.wait));
	ATF_CHECK_EQ(1, a.kicks);
	/* It does not fall asleep over data. */
	ATF_CHECK_EQ(1, ring_sleep(&b));
	take(&b, 1, 1);
	take(&b, 2, 1);
	ATF_CHECK_EQ(0, ring_sleep(&b));
	/* Nothing new: a sleeper is left alone. */
	ring_flush(&a);
	ATF_CHECK_EQ(1, a.kicks);
	ATF_REQUIRE(put(&a, 3, 1) == 0);
	ring_flush(&a);
	ATF_CHECK_EQ(2, a.kicks);
}

ATF_TC_WITHOUT_HEAD(a_wake_up_tells_when_and_where_and_once);
ATF_TC_BODY(a_wake_up_tells_when_and_where_and_once, tc)
{
	static const struct ring_kick	 here = { 1234567890123ULL, 7 };
	struct ring_kick		 kick;

	begin();
	ATF_CHECK_EQ(0, ring_kicked(&b, &kick));
	/* Who does not say where he is wakes all the same. */
	ATF_REQUIRE(put(&a, 1, 1) == 0);
	ring_flush(&a);
	ATF_CHECK_EQ(1, a.kicks);
	ATF_CHECK_EQ(0, ring_kicked(&b, &kick));
	take(&b, 1, 1);
	ATF_REQUIRE_EQ(0, ring_sleep(&b));
	a.here = &here;
	ATF_REQUIRE(put(&a, 2, 1) == 0);
	ring_flush(&a);
	ATF_REQUIRE_EQ(1, ring_kicked(&b, &kick));
	ATF_CHECK_EQ(here.ns, kick.ns);
	ATF_CHECK_EQ(here.cpu, kick.cpu);
	ATF_CHECK_EQ(0, ring_kicked(&b, &kick));
	ring_pair_detach(&b);
	ATF_CHECK_EQ(0, ring_kicked(&b, &kick));
}

ATF_TC_WITHOUT_HEAD(a_detached_pair_is_empty_and_full);
ATF_TC_BODY(a_detached_pair_is_empty_and_full, tc)
{
	begin();
	ring_pair_detach(&a);
	ring_pair_detach(&a);
	take_none(&a);
	ATF_CHECK(ring_reserve(&a.tx, 1) == NULL);
	ATF_CHECK_EQ(0, ring_sleep(&a));
	ring_flush(&a);
}

/* --- Turns of a reader --------------------------------------------- */

struct turn {
	uint32_t	 next;		/* number of the record expected */
	uint32_t	 wakes;
	uint32_t	 woken_at[64];	/* records seen at each */
	uint32_t	 late;		/* records still to be put by each */
};

static void
turn_each(void *arg, const struct ring_record *rec, const uint8_t *d)
{
	struct turn	*t = arg;

	ATF_REQUIRE(whole(rec, d, t->next));
	t->next++;
	if (t->late > 0) {
		ATF_REQUIRE(put(&a, t->next, 8) == 0);
		t->late--;
	}
}

static void
turn_wake(void *arg)
{
	struct turn	*t = arg;

	ATF_REQUIRE(t->wakes < 64);
	t->woken_at[t->wakes++] = t->next;
}

static const struct ring_reader	 turns = { turn_each, turn_wake, 4, 10 };
static const struct ring_reader	 silent = { turn_each, NULL, 0, 10 };

static void
put_some(uint32_t first, uint32_t n)
{
	for (; n > 0; n--, first++)
		ATF_REQUIRE(put(&a, first, 8) == 0);
}

ATF_TC_WITHOUT_HEAD(a_turn_takes_all_and_leaves_the_reader_asleep);
ATF_TC_BODY(a_turn_takes_all_and_leaves_the_reader_asleep, tc)
{
	struct turn	 t = { 0 };

	begin();
	put_some(0, 9);
	ring_flush(&a);
	ring_awake(&b);
	ATF_CHECK_EQ(RING_EMPTY, ring_drain(&b, &silent, &t));
	ATF_CHECK_EQ(9, t.next);
	take_none(&b);
	/* The next record wakes again. */
	ATF_CHECK(!readable(b.wait));
	put_some(9, 1);
	ring_flush(&a);
	ATF_CHECK(readable(b.wait));
	ATF_CHECK_EQ(2, a.kicks);
}

ATF_TC_WITHOUT_HEAD(a_turn_is_bounded_and_the_rest_comes_with_the_next);
ATF_TC_BODY(a_turn_is_bounded_and_the_rest_comes_with_the_next, tc)
{
	struct turn	 t = { 0 };

	begin();
	put_some(0, 25);
	ATF_CHECK_EQ(RING_MORE, ring_drain(&b, &silent, &t));
	ATF_CHECK_EQ(10, t.next);
	ATF_CHECK_EQ(RING_MORE, ring_drain(&b, &silent, &t));
	ATF_CHECK_EQ(20, t.next);
	ATF_CHECK_EQ(RING_EMPTY, ring_drain(&b, &silent, &t));
	ATF_CHECK_EQ(25, t.next);
}

ATF_TC_WITHOUT_HEAD(those_behind_are_woken_after_some_records_and_at_the_end);
ATF_TC_BODY(those_behind_are_woken_after_some_records_and_at_the_end, tc)
{
	struct turn	 t = { 0 };

	begin();
	put_some(0, 9);
	ATF_CHECK_EQ(RING_EMPTY, ring_drain(&b, &turns, &t));
	ATF_REQUIRE_EQ(3, t.wakes);
	ATF_CHECK_EQ(4, t.woken_at[0]);
	ATF_CHECK_EQ(8, t.woken_at[1]);
	ATF_CHECK_EQ(9, t.woken_at[2]);
	memset(&t, 0, sizeof(t));
	put_some(0, 11);
	ATF_CHECK_EQ(RING_MORE, ring_drain(&b, &turns, &t));
	ATF_REQUIRE_EQ(3, t.wakes);
	ATF_CHECK_EQ(10, t.woken_at[2]);
}

ATF_TC_WITHOUT_HEAD(what_comes_during_a_turn_is_taken_in_the_same);
ATF_TC_BODY(what_comes_during_a_turn_is_taken_in_the_same, tc)
{
	struct turn	 t = { .late = 5 };

	begin();
	put_some(0, 1);
	ATF_CHECK_EQ(RING_EMPTY, ring_drain(&b, &silent, &t));
	ATF_CHECK_EQ(6, t.next);
	/* A neighbour that is always faster does not keep us. */
	t.late = 100;
	put_some(6, 1);
	ATF_CHECK_EQ(RING_MORE, ring_drain(&b, &silent, &t));
	ATF_CHECK_EQ(16, t.next);
}

ATF_TC_WITHOUT_HEAD(a_turn_ends_where_the_ring_is_corrupt);
ATF_TC_BODY(a_turn_ends_where_the_ring_is_corrupt, tc)
{
	struct turn	 t = { 0 };
	uint32_t	 len = RING_RECORD_MAX + 1;

	begin();
	put_some(0, 3);
	/* The second of three: each takes two units of 64 bytes. */
	memcpy(b.rx.data + 128, &len, sizeof(len));
	ATF_CHECK_EQ(RING_CORRUPT, ring_drain(&b, &silent, &t));
	ATF_CHECK_EQ(1, t.next);
}

/* --- Two processes ------------------------------------------------- */

static void
wait_for(struct ring_pair *p)
{
	struct pollfd	 pfd = { .fd = p->wait, .events = POLLIN };

	if (ring_sleep(p))
		return;
	/* A lost wake-up shows up here. */
	if (poll(&pfd, 1, WAKE_MS) != 1)
		_exit(3);
	ring_awake(p);
}

static uint32_t
length_of(uint32_t number)
{
	if (number % 1009 == 0)
		return RING_RECORD_MAX;
	return (number * 2654435761U >> 8) % MOVED_MAX;
}

/* Takes all records, and gives a word back for each thousand. */
static void
consume(struct ring_pair *p)
{
	struct ring_record	 rec;
	const uint8_t		*d;
	uint32_t		 next = 0;
	int			 n;

	while (next < MOVED) {
		if ((n = ring_peek(&p->rx, &rec, &d)) == 0) {
			wait_for(p);
			continue;
		}
		if (n == -1 || rec.len != length_of(next) ||
		    !whole(&rec, d, next))
			_exit(1);
		ring_release(&p->rx);
		if (++next % 1000 == 0) {
			if (put(p, next, 4) == -1)
				_exit(2);
			ring_flush(p);
		}
	}
	_exit(0);
}

ATF_TC(two_processes_move_every_record_unchanged);
ATF_TC_HEAD(two_processes_move_every_record_unchanged, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(two_processes_move_every_record_unchanged, tc)
{
	struct ring_record	 rec;
	const uint8_t		*d;
	uint32_t		 next = 0, acked = 0;
	pid_t			 pid;
	int			 status;

	begin();
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0)
		consume(&b);
	while (next < MOVED || acked < MOVED) {
		/* A window of its own, so that both sides get to sleep. */
		while (next < MOVED && next < acked + 3000 &&
		    put(&a, next, length_of(next)) == 0)
			if (++next % 16 == 0)
				ring_flush(&a);
		ring_flush(&a);
		while (ring_peek(&a.rx, &rec, &d) == 1) {
			acked = rec.peer;
			ring_release(&a.rx);
		}
		if (acked < MOVED && (next == MOVED || next == acked + 3000))
			wait_for(&a);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "status %x", status);
	ATF_CHECK(a.kicks > 0);
}

/* --- A hostile neighbour ------------------------------------------- */

/* Anything from noise to values that are nearly right. */
static void
scribble(uint8_t *m, size_t size)
{
	uint32_t	 v, at;

	for (;;) {
		v = any32();
		if (v & 1)
			v = (v >> 8) % (2 * RING_SIZE) & ~63U;
		else if (v & 2)
			v = (v >> 8) % 200;
		else if (v & 4)
			v = UINT32_MAX;
		/* Indices, headers of records, all the rest. */
		switch (any32() % 3) {
		case 0:
			at = (any32() % 8) * 64 + (any32() & 1) * 2048;
			break;
		case 1:
			at = 4096 + any32() % (2 * RING_SIZE / 64) * 64;
			break;
		default:
			at = any32() % (uint32_t)(size - 4);
		}
		memcpy(m + at, &v, sizeof(v));
	}
}

/* Header, payload and all of the reservation lie in the data of the ring. */
static void
check_inside(const struct ring *r, const uint8_t *d, uint32_t len)
{
	ATF_REQUIRE(len <= RING_RECORD_MAX);
	ATF_REQUIRE(d >= r->data + RING_HEADER);
	ATF_REQUIRE(d - r->data <= RING_SIZE);
	ATF_REQUIRE(len <= RING_SIZE - (size_t)(d - r->data));
}

ATF_TC(a_scribbling_neighbour_leads_nobody_outside_the_ring);
ATF_TC_HEAD(a_scribbling_neighbour_leads_nobody_outside_the_ring, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(a_scribbling_neighbour_leads_nobody_outside_the_ring, tc)
{
	struct ring_record	 rec;
	const uint8_t		*d;
	uint8_t			*room;
	uint32_t		 i, sum = 0, corrupt = 0, good = 0, len;
	pid_t			 pid;
	int			 n, status;

	begin();
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0)
		scribble(b.memory, b.mapped);
	for (i = 0; i < ATTACKED || corrupt < 1000 || good < 100; i++) {
		n = ring_peek(&a.rx, &rec, &d);
		ATF_REQUIRE(n >= -1 && n <= 1);
		if (n == 1) {
			check_inside(&a.rx, d, rec.len);
			sum += rec.len == 0 ? 0 : d[rec.len - 1];
			ATF_REQUIRE(rec.from.family == 0 ||
			    rec.from.family == 4 || rec.from.family == 6);
			ring_release(&a.rx);
			good++;
		} else if (n == -1) {
			/* What an owner does: begin anew. */
			corrupt++;
			a.rx.pos = a.rx.held = 0;
		}
		len = any32() % (RING_RECORD_MAX / 8);
		if ((room = ring_reserve(&a.tx, len)) != NULL) {
			check_inside(&a.tx, room, len);
			memset(room, 0xa5, len);
			memset(&rec, 0, sizeof(rec));
			rec.len = len;
			ring_commit(&a.tx, &rec);
			ring_flush(&a);
		}
		ATF_REQUIRE(ring_sleep(&a) >= 0);
	}
	ATF_REQUIRE(kill(pid, SIGKILL) == 0);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_CHECK(sum < UINT32_MAX);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, records_arrive_in_order_in_both_directions);
	ATF_TP_ADD_TC(tp, a_record_stays_until_it_is_released);
	ATF_TP_ADD_TC(tp, what_is_not_committed_is_not_seen);
	ATF_TP_ADD_TC(tp, less_may_be_committed_than_was_reserved);
	ATF_TP_ADD_TC(tp,
	    records_of_every_length_pass_the_end_of_the_memory);
	ATF_TP_ADD_TC(tp, a_record_over_the_limit_is_not_reserved);
	ATF_TP_ADD_TC(tp, a_full_ring_refuses_and_loses_nothing);
	ATF_TP_ADD_TC(tp, memory_of_another_size_is_refused);
	ATF_TP_ADD_TC(tp, the_memory_can_neither_shrink_nor_grow);
	ATF_TP_ADD_TC(tp, only_a_sleeper_is_woken_and_only_once);
	ATF_TP_ADD_TC(tp, a_wake_up_tells_when_and_where_and_once);
	ATF_TP_ADD_TC(tp, a_detached_pair_is_empty_and_full);
	ATF_TP_ADD_TC(tp, a_turn_takes_all_and_leaves_the_reader_asleep);
	ATF_TP_ADD_TC(tp,
	    a_turn_is_bounded_and_the_rest_comes_with_the_next);
	ATF_TP_ADD_TC(tp,
	    those_behind_are_woken_after_some_records_and_at_the_end);
	ATF_TP_ADD_TC(tp, what_comes_during_a_turn_is_taken_in_the_same);
	ATF_TP_ADD_TC(tp, a_turn_ends_where_the_ring_is_corrupt);
	ATF_TP_ADD_TC(tp, two_processes_move_every_record_unchanged);
	ATF_TP_ADD_TC(tp,
	    a_scribbling_neighbour_leads_nobody_outside_the_ring);
	return atf_no_error();
}
