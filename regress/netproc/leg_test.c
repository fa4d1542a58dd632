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
 * Legs to a relay: codes that work once, a relay that refuses, and what is on
 * its way when a leg is left.  The relay is a plain socket.  See cable.h.
 */

#include <sys/types.h>

#include "regress/netproc/cable.h"

static void
introduce_relay(struct node *n, int first, uint64_t number,
    const struct endpoint *relay)
{
	struct msg_introduce	 m;

	introduction(&m, first, number);
	m.relay = *relay;
	memset(m.relay_code, 0x5a + (int)number, sizeof(m.relay_code));
	end_send(&n->ctl, MSG_INTRODUCE, &m, -1);
}

/* The leg of one side: its preface is as it should be. */
static int
take_leg(int listening, uint64_t number, uint8_t *side)
{
	uint8_t	 preface[24];
	size_t	 i;
	int	 fd = take_one(listening);

	read_all(fd, preface, sizeof(preface));
	ATF_REQUIRE(memcmp(preface, "EnRl\1", 5) == 0);
	*side = preface[5];
	for (i = 8; i < sizeof(preface); i++)
		ATF_REQUIRE_EQ(preface[i], 0x5a + number);
	return fd;
}

static void
copy_some(int from, int to)
{
	uint8_t	 buf[4096];
	ssize_t	 n = read(from, buf, sizeof(buf));

	if (n <= 0 || write(to, buf, (size_t)n) != n)
		_exit(0);
}

/* Until one of them ends. */
static pid_t
forward(int x, int y)
{
	struct pollfd	 pfd[2] = { { x, POLLIN, 0 }, { y, POLLIN, 0 } };
	pid_t		 pid = fork();

	ATF_REQUIRE(pid != -1);
	while (pid == 0) {
		if (poll(pfd, 2, 60000) <= 0)
			_exit(0);
		if (pfd[0].revents != 0)
			copy_some(x, y);
		if (pfd[1].revents != 0)
			copy_some(y, x);
	}
	close(x);
	close(y);
	return pid;
}

CASE(two_sides_meet_at_a_relay, "codes first, then packets end to end")
{
	struct node	 a, b;
	union msg_any	 any;
	struct endpoint	 relay;
	uint8_t		 side1, side2;
	pid_t		 pid;
	int		 listening, x, y;

	cable_up();
	listening = listener(&relay);
	node_start(&a, ns_a, NULL);
	node_start(&b, ns_b, NULL);
	introduce_relay(&a, 1, 1, &relay);
	introduce_relay(&b, 0, 1, &relay);
	x = take_leg(listening, 1, &side1);
	y = take_leg(listening, 1, &side2);
	ATF_REQUIRE_EQ(side1 + side2, 1);
	ATF_REQUIRE(write(x, "EnR\0", 4) == 4);
	ATF_REQUIRE(write(y, "EnR\0", 4) == 4);
	pid = forward(x, y);
	node_up(&a, &any);
	ATF_REQUIRE_EQ(any.path.type, ICE_RELAY);
	ATF_REQUIRE_EQ(any.path.transport, ICE_TCP);
	ATF_REQUIRE(endpoint_cmp(&any.path.remote, &relay) == 0);
	node_up(&b, &any);
	ATF_REQUIRE_EQ(any.path.type, ICE_RELAY);
	pass(&a, &b);
	pass(&b, &a);
	/* It goes away: the code is of no use any more, and that is told. */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	node_expect(&a, MSG_RELAY_FAILED, &any);
	ATF_REQUIRE_EQ(any.relay_failed.number, 1);
	node_expect(&b, MSG_RELAY_FAILED, &any);
	/* Another code, another pair of legs. */
	introduce_relay(&a, 1, 2, &relay);
	introduce_relay(&b, 0, 2, &relay);
	x = take_leg(listening, 2, &side1);
	y = take_leg(listening, 2, &side2);
	ATF_REQUIRE(write(x, "EnR\0", 4) == 4);
	ATF_REQUIRE(write(y, "EnR\0", 4) == 4);
	pid = forward(x, y);
	node_up(&a, &any);
	node_up(&b, &any);
	pass(&a, &b);
	ATF_CHECK_EQ(a.relay_failed, 1);
	ATF_CHECK_EQ(b.relay_failed, 1);
	node_end(&a);
	node_end(&b);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

CASE(what_is_on_its_way_when_the_path_changes_arrives,
    "the leg that is left is read for some seconds more")
{
	struct node		 a, b;
	union msg_any		 any;
	struct ice_candidate	 ca, cb;
	struct ring_record	 rec;
	struct endpoint		 relay;
	uint8_t			 side;
	pid_t			 pid;
	int			 listening, x, y, leg;

	cable_up();
	listening = listener(&relay);
	node_start(&a, ns_a, NULL);
	node_start(&b, ns_b, NULL);
	ca = node_own(&a, ICE_UDP);
	cb = node_own(&b, ICE_UDP);
	introduce_relay(&a, 1, 1, &relay);
	introduce_relay(&b, 0, 1, &relay);
	x = take_leg(listening, 1, &side);
	y = take_leg(listening, 1, &side);
	ATF_REQUIRE(write(x, "EnR\0", 4) == 4);
	ATF_REQUIRE(write(y, "EnR\0", 4) == 4);
	/* Side 0 is the first one, which is A. */
	ATF_REQUIRE((leg = dup(side == 0 ? y : x)) != -1);
	pid = forward(x, y);
	node_up(&a, &any);
	node_up(&b, &any);
	pass(&a, &b);
	introduce(&a, 1, 2, &cb);
	introduce(&b, 0, 2, &ca);
	do
		node_up(&a, &any);
	while (any.path.number != 2);
	ATF_REQUIRE_EQ(any.path.transport, ICE_UDP);
	memset(data, 0x99, 500);
	write_frame(leg, data, 500);
	do
		node_receive(&a, &rec, got);
	while (rec.len != 500);
	ATF_CHECK(memcmp(got, data, 500) == 0);
	ATF_CHECK(is_closed(leg, 10000));
	pass(&a, &b);
	close(leg);
	node_end(&a);
	node_end(&b);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

CASE(a_relay_that_refuses_is_told_once, "whatever it says instead")
{
	static const char *const	 says[] = { "", "EnR\1", "SSH-" };
	struct node			 a;
	union msg_any			 any;
	struct endpoint			 relay;
	uint8_t				 side;
	size_t				 i;
	int				 listening, fd;

	cable_up();
	listening = listener(&relay);
	node_start(&a, ns_a, NULL);
	for (i = 0; i < sizeof(says) / sizeof(says[0]); i++) {
		introduce_relay(&a, 1, i, &relay);
		fd = take_leg(listening, i, &side);
		ATF_REQUIRE_EQ(side, 0);
		if (says[i][0] != '\0')
			ATF_REQUIRE(write(fd, says[i], 4) == 4);
		else
			close(fd);
		node_expect(&a, MSG_RELAY_FAILED, &any);
		ATF_REQUIRE_EQ(any.relay_failed.peer, PEER);
		ATF_REQUIRE_EQ(any.relay_failed.number, i);
		if (says[i][0] != '\0') {
			ATF_CHECK(is_closed(fd, 1000));
			close(fd);
		}
		ATF_REQUIRE(!wait_readable(listening, 1500));
		ATF_REQUIRE_EQ(a.relay_failed, i + 1);
	}
	node_end(&a);
}

CASE(relays_are_measured, "reachable or not")
{
	struct node		 a;
	union msg_any		 any;
	struct msg_relays	 m;
	int			 listening;

	cable_up();
	node_start(&a, ns_a, NULL);
	memset(&m, 0, sizeof(m));
	listening = listener(&m.relays.e[0]);
	ATF_REQUIRE(endpoint_parse(&m.relays.e[1], HOST_B, 9) == 0);
	m.relays.n = 2;
	end_send(&a.ctl, MSG_RELAYS, &m, -1);
	node_expect(&a, MSG_RELAY_RTT, &any);
	if (any.relay_rtt.relay.port != 9) {
		ATF_CHECK(any.relay_rtt.rtt_us > 0);
		ATF_CHECK(any.relay_rtt.rtt_us < 500000);
		node_expect(&a, MSG_RELAY_RTT, &any);
		ATF_CHECK_EQ(any.relay_rtt.rtt_us, UINT32_MAX);
	} else {
		ATF_CHECK_EQ(any.relay_rtt.rtt_us, UINT32_MAX);
		node_expect(&a, MSG_RELAY_RTT, &any);
		ATF_CHECK(any.relay_rtt.rtt_us < 500000);
	}
	close(listening);
	node_end(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, two_sides_meet_at_a_relay);
	ATF_TP_ADD_TC(tp, what_is_on_its_way_when_the_path_changes_arrives);
	ATF_TP_ADD_TC(tp, a_relay_that_refuses_is_told_once);
	ATF_TP_ADD_TC(tp, relays_are_measured);
	return atf_no_error();
}
