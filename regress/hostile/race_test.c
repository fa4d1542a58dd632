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
 * What a neighbour that writes while one reads can do to the reader of a
 * ring, in one process: the length that was checked is the length that is
 * told, and the others in the event loop have their turn.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>
#include <event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "proc/port.h"

#define LOOKS		20000000	/* at a header that changes */
#define TURNS		1000		/* until the other must have had one */
#define SMALL		100
#define HEADER_LEN	0		/* where the length is */
#define HEADER_PEER	4

static struct ring_pair	 a, b;
static atomic_int	 over;

/* The side of a; what the other side is made of. */
static void
ring_open(int *mem, int *wait, int *kick)
{
	int	 own, to_a[2], to_b[2];

	ATF_REQUIRE(ring_memory_create(mem) == 0);
	ATF_REQUIRE((own = dup(*mem)) != -1);
	ATF_REQUIRE(ring_wake_create(to_a) == 0);
	ATF_REQUIRE(ring_wake_create(to_b) == 0);
	ATF_REQUIRE(ring_pair_attach(&a, own, ring_pair_size(), 0, to_a[0],
	    to_b[1]) == 0);
	*wait = to_b[0];
	*kick = to_a[1];
}

static void
put(uint32_t len)
{
	struct ring_record	 rec;
	uint8_t			*room = ring_reserve(&a.tx, len);

	if (room == NULL)
		return;
	memset(room, 7, len);
	memset(&rec, 0, sizeof(rec));
	rec.len = len;
	ring_commit(&a.tx, &rec);
}

static void *
scribble(void *arg)
{
	volatile uint32_t	*len = (volatile uint32_t *)(void *)
				    (a.tx.data + HEADER_LEN);
	volatile uint32_t	*peer = (volatile uint32_t *)(void *)
				    (a.tx.data + HEADER_PEER);
	uint32_t		 n = 0;

	(void)arg;
	while (!atomic_load_explicit(&over, memory_order_relaxed)) {
		*len = 0x7fffffff;
		*peer = n++;
		*len = SMALL;
		*len = RING_RECORD_MAX + 1;
		*len = SMALL;
	}
	return NULL;
}

ATF_TC_WITHOUT_HEAD(the_length_that_was_checked_is_the_one_that_is_told);
ATF_TC_BODY(the_length_that_was_checked_is_the_one_that_is_told, tc)
{
	struct ring_record	 rec;
	const uint8_t		*payload;
	pthread_t		 thread;
	uint32_t		 i, taken = 0, refused = 0;
	int			 mem, wait, kick;

	ring_open(&mem, &wait, &kick);
	ATF_REQUIRE(ring_pair_attach(&b, mem, ring_pair_size(), 1, wait,
	    kick) == 0);
	put(SMALL);
	ATF_REQUIRE(pthread_create(&thread, NULL, scribble, NULL) == 0);
	for (i = 0; i < LOOKS; i++) {
		if (ring_peek(&b.rx, &rec, &payload) != 1) {
			refused++;
			continue;
		}
		taken++;
		ATF_REQUIRE_EQ_MSG(rec.len, SMALL,
		    "look %u: a record of %u bytes", i, rec.len);
	}
	atomic_store(&over, 1);
	pthread_join(thread, NULL);
	/* Or nothing was tried. */
	ATF_CHECK(taken > 0);
	ATF_CHECK(refused > 0);
}

/* --- turns ------------------------------------------------------------- */

static struct proc	 proc;
static struct port	 port;
static struct place	 place;
static uint32_t		 turns, records;

/* Each record brings another: the ring is never empty. */
static void
each(void *arg, const struct ring_record *rec, const uint8_t *payload)
{
	(void)arg;
	(void)rec;
	(void)payload;
	if (++records > TURNS * 16)
		atf_tc_fail("%u records in one turn", records - 1);
	put(SMALL);
}

static void
turn(void *arg)
{
	(void)arg;
	if (++turns > TURNS)
		atf_tc_fail("%u turns, and nobody else had one", turns - 1);
	port_drain(&port);
}

static void
another(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	*(int *)arg = 1;
	event_loopbreak();
}

/*
 * A ring that is never empty when looked at, with more than a turn's worth in
 * it or with one record; and something else to do.
 */
static void
need_another(uint32_t first)
{
	static const struct ring_reader	 reader = { .each = each, .burst = 16 };
	struct event			 ev;
	int				 mem, wait, kick, pair[2], had = 0;

	event_init();
	ring_open(&mem, &wait, &kick);
	port.proc = &proc;
	port.pair = &b;
	place_init(&place);
	port.place = &place;
	port.reader = &reader;
	port.turn = turn;
	port.role = ROLE_NET;
	port_attach(&port, 1, mem, ring_pair_size(), wait, kick);
	port_start(&port);
	while (first-- > 0)
		put(SMALL);
	ring_flush(&a);
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	event_set(&ev, pair[0], EV_READ, another, &had);
	event_add(&ev, NULL);
	/* It comes when the turns have begun. */
	ATF_REQUIRE_EQ(event_loop(EVLOOP_ONCE | EVLOOP_NONBLOCK), 0);
	ATF_REQUIRE(records > 0);
	ATF_REQUIRE(write(pair[1], "x", 1) == 1);
	event_dispatch();
	ATF_CHECK_EQ(had, 1);
	ATF_CHECK(records >= turns);
}

ATF_TC_WITHOUT_HEAD(a_ring_that_stays_full_leaves_the_others_their_turn);
ATF_TC_BODY(a_ring_that_stays_full_leaves_the_others_their_turn, tc)
{
	need_another(100);
}

ATF_TC_WITHOUT_HEAD(a_ring_filled_while_it_is_read_leaves_them_theirs);
ATF_TC_BODY(a_ring_filled_while_it_is_read_leaves_them_theirs, tc)
{
	need_another(1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp,
	    the_length_that_was_checked_is_the_one_that_is_told);
	ATF_TP_ADD_TC(tp,
	    a_ring_that_stays_full_leaves_the_others_their_turn);
	ATF_TP_ADD_TC(tp, a_ring_filled_while_it_is_read_leaves_them_theirs);
	return atf_no_error();
}
