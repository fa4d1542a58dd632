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
 * Paths over TCP of real netprocs: they meet without a listener, what comes
 * out of a stream is hostile, and what does not fit into one is lost from its
 * oldest end.  See cable.h.
 */

#include <sys/types.h>

#include "regress/netproc/cable.h"

/* A alone, introduced to a listener of ours. */
static int
begin_hostile(struct node *a)
{
	struct ice_candidate	 c;
	int			 fd;

	cable_up();
	node_start(a, ns_a, NULL);
	memset(&c, 0, sizeof(c));
	c.type = ICE_LOCAL;
	c.transport = ICE_TCP;
	fd = listener(&c.ep);
	introduce(a, 1, 1, &c);
	return fd;
}

/* The same, and the path is up. */
static int
begin_proven(struct node *a, int *listening)
{
	union msg_any	 any;
	uint8_t		 buf[65535];
	size_t		 len;
	int		 fd;

	*listening = begin_hostile(a);
	fd = take_one(*listening);
	len = read_frame(fd, buf);
	ATF_REQUIRE(answer_check(fd, buf, len));
	node_up(a, &any);
	ATF_REQUIRE_EQ(any.path.transport, ICE_TCP);
	/* The nomination. */
	len = read_frame(fd, buf);
	ATF_REQUIRE(answer_check(fd, buf, len));
	return fd;
}

static void
meet(struct node *a, struct node *b, union msg_any *any)
{
	struct ice_candidate	 ca = node_own(a, ICE_TCP);
	struct ice_candidate	 cb = node_own(b, ICE_TCP);

	introduce(a, 1, 1, &cb);
	introduce(b, 0, 1, &ca);
	node_up(b, any);
	ATF_REQUIRE_EQ(any->path.transport, ICE_TCP);
	ATF_REQUIRE(endpoint_cmp(&any->path.remote, &ca.ep) == 0);
	node_up(a, any);
	ATF_REQUIRE_EQ(any->path.transport, ICE_TCP);
	ATF_REQUIRE(endpoint_cmp(&any->path.remote, &cb.ep) == 0);
	ATF_REQUIRE_EQ(any->path.type, ICE_LOCAL);
}

CASE(two_sides_meet_by_simultaneous_open, "and packets pass, both ways")
{
	struct node	 a, b;
	union msg_any	 any;
	uint64_t	 began;

	cable_up();
	node_start(&a, ns_a, NULL);
	node_start(&b, ns_b, NULL);
	began = now_ms();
	meet(&a, &b, &any);
	ATF_CHECK_MSG(now_ms() - began < 3000, "it took %llu ms",
	    (unsigned long long)(now_ms() - began));
	pass(&a, &b);
	pass(&b, &a);
	node_end(&a);
	node_end(&b);
}

CASE(the_second_side_may_be_late, "a dial goes on until it is taken back")
{
	struct node		 a, b;
	union msg_any		 any;
	struct ice_candidate	 ca, cb;
	struct timespec		 late = { 4, 0 };

	cable_up();
	node_start(&a, ns_a, NULL);
	node_start(&b, ns_b, NULL);
	ca = node_own(&a, ICE_TCP);
	cb = node_own(&b, ICE_TCP);
	introduce(&a, 1, 1, &cb);
	nanosleep(&late, NULL);
	introduce(&b, 0, 1, &ca);
	node_up(&b, &any);
	ATF_REQUIRE_EQ(any.path.transport, ICE_TCP);
	node_up(&a, &any);
	pass(&a, &b);
	node_end(&a);
	node_end(&b);
}

CASE(another_introduction_keeps_the_connection,
    "packets pass on it meanwhile and afterwards")
{
	struct node		 a, b;
	union msg_any		 any;
	struct ice_candidate	 ca, cb;
	struct endpoint		 before;

	cable_up();
	node_start(&a, ns_a, NULL);
	node_start(&b, ns_b, NULL);
	meet(&a, &b, &any);
	before = any.path.local;
	ca = node_own(&a, ICE_TCP);
	cb = node_own(&b, ICE_TCP);
	introduce(&a, 1, 2, &cb);
	pass(&a, &b);
	introduce(&b, 0, 2, &ca);
	pass(&b, &a);
	do
		node_up(&a, &any);
	while (any.path.number != 2);
	ATF_CHECK(endpoint_cmp(&any.path.local, &before) == 0);
	do
		node_up(&b, &any);
	while (any.path.number != 2);
	pass(&a, &b);
	pass(&b, &a);
	node_end(&a);
	node_end(&b);
}

CASE(a_lost_connection_is_dialled_again, "the cable carries nothing of it")
{
	struct node	 a, b;
	union msg_any	 any;
	struct ice_candidate	 ca;
	struct msg_peer_remove	 m;

	cable_up();
	node_start(&a, ns_a, NULL);
	node_start(&b, ns_b, NULL);
	meet(&a, &b, &any);
	/* B forgets the peer, and is introduced anew. */
	memset(&m, 0, sizeof(m));
	m.peer = PEER;
	end_send(&b.ctl, MSG_PEER_REMOVE, &m, -1);
	do
		node_expect(&a, MSG_PATH, &any);
	while (any.path.state != PATH_LOST);
	ca = node_own(&a, ICE_TCP);
	introduce(&b, 0, 2, &ca);
	node_up(&b, &any);
	node_up(&a, &any);
	pass(&a, &b);
	pass(&b, &a);
	node_end(&a);
	node_end(&b);
}

/* --- Hostile bytes ------------------------------------------------- */

static void
hostile(const void *bytes, size_t len)
{
	struct node	 a;
	union msg_any	 any;
	int		 fd, listening = begin_hostile(&a);

	fd = take_one(listening);
	ATF_REQUIRE(write(fd, bytes, len) == (ssize_t)len);
	ATF_CHECK_MSG(is_closed(fd, 1000), "it stays open");
	close(fd);
	/* It is asked again, and a good answer still counts. */
	fd = take_one(listening);
	len = read_frame(fd, got);
	ATF_REQUIRE(answer_check(fd, got, len));
	node_up(&a, &any);
	node_end(&a);
}

CASE(a_length_of_nothing_closes, "before any check")
{
	hostile("\0\0", 2);
}

CASE(a_length_of_too_much_closes, "longer than a datagram can be")
{
	hostile("\377\377x", 3);
}

CASE(what_is_no_check_closes, "the banner of something else")
{
	uint8_t	 banner[2 + 0x5353];

	memset(banner, 'S', sizeof(banner));
	hostile(banner, sizeof(banner));
}

CASE(a_false_check_is_no_proof, "closed after some seconds")
{
	struct stun_builder	 b;
	struct node		 a;
	uint8_t			 out[2 + STUN_MESSAGE_MAX];
	ssize_t			 n;
	int			 fd, listening = begin_hostile(&a);

	fd = take_one(listening);
	stun_build_start(&b, out + 2, STUN_MESSAGE_MAX, STUN_REQUEST,
	    STUN_BINDING, (const uint8_t *)"twelve bytes");
	stun_build_bytes(&b, STUN_ATTR_USERNAME, UFRAG_A ":" UFRAG_B, 9);
	stun_build_u32(&b, STUN_ATTR_PRIORITY, 1);
	stun_build_u64(&b, STUN_ATTR_ICE_CONTROLLED, 1);
	stun_build_integrity_sha256(&b, (const uint8_t *)PWD_B,
	    strlen(PWD_B));
	stun_build_fingerprint(&b);
	ATF_REQUIRE((n = stun_build_finish(&b)) > 0);
	out[0] = (uint8_t)(n >> 8);
	out[1] = (uint8_t)n;
	n += 2;
	ATF_REQUIRE(write(fd, out, (size_t)n) == n);
	ATF_CHECK(is_closed(fd, 8000));
	close(fd);
	node_end(&a);
}

CASE(one_byte_at_a_time_is_not_waited_for, "without proof")
{
	struct timespec	 pause = { 0, 200000000 };
	struct node	 a;
	uint64_t	 began = now_ms();
	int		 fd, listening = begin_hostile(&a), closed = 0;

	fd = take_one(listening);
	ATF_REQUIRE(write(fd, "\4", 1) == 1);
	while (!closed && now_ms() - began < 9000) {
		if (write(fd, "x", 1) != 1)
			closed = 1;
		nanosleep(&pause, NULL);
	}
	ATF_CHECK(closed);
	close(fd);
	node_end(&a);
}

CASE(a_bad_length_closes_a_proven_stream, "and the path is lost")
{
	struct node	 a;
	union msg_any	 any;
	int		 fd, listening;

	fd = begin_proven(&a, &listening);
	write_frame(fd, (const uint8_t *)"\200 good", 6);
	ATF_REQUIRE(write(fd, "\0\0", 2) == 2);
	do
		node_expect(&a, MSG_PATH, &any);
	while (any.path.state != PATH_LOST);
	ATF_CHECK(is_closed(fd, 1000));
	close(fd);
	/* And is dialled again. */
	fd = take_one(listening);
	close(fd);
	node_end(&a);
}

CASE(packets_in_pieces_are_put_together, "wherever they are cut")
{
	static const size_t	 sizes[] = { 1, 900, 900, 900, 65507, 2, 900 };
	struct timespec		 pause = { 0, 3000000 };
	struct ring_record	 rec;
	struct node		 a;
	static uint8_t		 all[80000];
	size_t			 n = 0, sent = 0, part, i, k, at;
	int			 fd, listening;

	fd = begin_proven(&a, &listening);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		all[n++] = (uint8_t)(sizes[i] >> 8);
		all[n++] = (uint8_t)sizes[i];
		for (k = 0; k < sizes[i]; k++)
			all[n++] = (uint8_t)(0x80 | (i + k) % 101);
	}
	for (i = 0; sent < n; sent += part, i++) {
		part = i < 40 ? i % 5 + 1 : 1 + i * 37 % 4001;
		if (part > n - sent)
			part = n - sent;
		ATF_REQUIRE(write(fd, all + sent, part) == (ssize_t)part);
		if (i < 60)
			nanosleep(&pause, NULL);
	}
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]);) {
		node_receive(&a, &rec, got);
		for (at = 0; at < rec.len; at += part, i++) {
			part = rec.len - at < rec.segment ? rec.len - at :
			    rec.segment;
			ATF_REQUIRE(i < sizeof(sizes) / sizeof(sizes[0]));
			ATF_REQUIRE_EQ(part, sizes[i]);
			for (k = 0; k < part; k++)
				ATF_REQUIRE_EQ(got[at + k],
				    (uint8_t)(0x80 | (i + k) % 101));
		}
	}
	close(fd);
	node_end(&a);
}

/* What does not fit into the ring is lost; the process goes on. */
CASE(a_flood_fills_nothing_but_the_ring, "and is cut into packets rightly")
{
	struct ring_record	 rec;
	struct node		 a;
	uint8_t			 frame[1002];
	uint32_t		 i, last = 0, n = 0;
	size_t			 at;
	int			 fd, listening;

	fd = begin_proven(&a, &listening);
	memset(frame, 0x99, sizeof(frame));
	frame[0] = 1000 >> 8;
	frame[1] = 1000 & 0xff;
	for (i = 1; i <= 20000; i++) {
		memcpy(frame + 4, &i, sizeof(i));
		ATF_REQUIRE(write(fd, frame, sizeof(frame)) ==
		    (ssize_t)sizeof(frame));
	}
	while (node_poll(&a, &rec, got, 500)) {
		ATF_REQUIRE_EQ(rec.segment, 1000);
		ATF_REQUIRE_EQ(rec.len % 1000, 0);
		for (at = 0; at < rec.len; at += 1000, n++) {
			memcpy(&i, got + at + 2, sizeof(i));
			ATF_REQUIRE_MSG(i > last, "%u after %u", i, last);
			last = i;
		}
	}
	ATF_CHECK_MSG(n > 500 && n < 20000, "%u packets", n);
	close(fd);
	node_end(&a);
}

/* --- Sending ------------------------------------------------------- */

CASE(who_does_not_read_loses_the_oldest, "whole packets, and not the newest")
{
	struct msg_paths_get	 m;
	struct node		 a;
	union msg_any		 any;
	uint8_t			 pkt[65535];
	uint32_t		 i, number, last = 0, n = 0;
	size_t			 len, k;
	int			 fd, listening;

	fd = begin_proven(&a, &listening);
	for (i = 1; i <= 4000; i++) {
		memset(data, 0x80 | (i & 0x3f), 1200);
		memcpy(data + 4, &i, sizeof(i));
		while (node_send(&a, data, 1200, 1200) == -1)
			;
	}
	/* It has taken them all when it answers. */
	memset(&m, 0, sizeof(m));
	m.id = 5;
	m.peer = PEER;
	end_send(&a.ctl, MSG_PATHS_GET, &m, -1);
	node_expect(&a, MSG_STATS_END, &any);
	while (last != 4000) {
		len = read_frame(fd, pkt);
		if (answer_check(fd, pkt, len))
			continue;
		ATF_REQUIRE_EQ(len, 1200);
		memcpy(&number, pkt + 4, sizeof(number));
		ATF_REQUIRE_MSG(number > last, "%u after %u", number, last);
		for (k = 8; k < len; k++)
			ATF_REQUIRE_EQ(pkt[k], (0x80 | (number & 0x3f)));
		last = number;
		n++;
	}
	ATF_CHECK_MSG(n < 4000 && n > 200, "%u packets arrive", n);
	close(fd);
	node_end(&a);
}

/* --- Own candidates ------------------------------------------------ */

CASE(the_mapped_address_is_learnt_over_tcp, "on a connection that stays open")
{
	struct node		 a;
	union msg_any		 any;
	struct msg_stun_servers	 m;
	struct stun_msg		 q;
	struct stun_builder	 b;
	struct endpoint		 mapped;
	uint8_t			 buf[STUN_MESSAGE_MAX];
	uint16_t		 i, n = 0;
	ssize_t			 len;
	int			 listening, fd;

	cable_up();
	node_start(&a, ns_a, NULL);
	memset(&m, 0, sizeof(m));
	listening = listener(&m.servers.e[0]);
	m.servers.n = 1;
	end_send(&a.ctl, MSG_STUN_SERVERS, &m, -1);
	fd = take_one(listening);
	read_all(fd, buf, 28);
	ATF_REQUIRE(stun_parse(&q, buf, 28) == STUN_OK);
	ATF_REQUIRE(endpoint_parse(&mapped, "198.51.100.77", 4321) == 0);
	stun_build_start(&b, buf, sizeof(buf), STUN_SUCCESS, STUN_BINDING,
	    q.id);
	stun_build_address(&b, STUN_ATTR_XOR_MAPPED_ADDRESS, &mapped);
	ATF_REQUIRE((len = stun_build_finish(&b)) > 0);
	/* In two pieces. */
	ATF_REQUIRE(write(fd, buf, 10) == 10);
	ATF_REQUIRE(write(fd, buf + 10, (size_t)len - 10) == len - 10);
	while (n == 0) {
		node_expect(&a, MSG_LOCAL_CANDIDATES, &any);
		for (i = 0; i < a.own.n; i++)
			if (a.own.e[i].type == ICE_PUBLIC &&
			    a.own.e[i].transport == ICE_TCP &&
			    endpoint_cmp(&a.own.e[i].ep, &mapped) == 0)
				n++;
	}
	ATF_CHECK(!is_closed(fd, 1000));
	close(fd);
	/* Gone: it comes again. */
	fd = take_one(listening);
	/* And what is no answer ends it. */
	ATF_REQUIRE(write(fd, "SSH-2.0-something-else\r\n", 24) == 24);
	ATF_CHECK(is_closed(fd, 1000));
	close(fd);
	node_end(&a);
}

CASE(switched_off_there_is_no_tcp, "no candidate, and none is dialled")
{
	struct msg_net_options	 options;
	struct node		 a;
	struct ice_candidate	 c;
	struct endpoint		 relay;
	int			 listening, second;

	cable_up();
	memset(&options, 0, sizeof(options));
	options.no_tcp = options.no_relay = 1;
	node_start(&a, ns_a, &options);
	c = node_own(&a, ICE_UDP);
	ATF_REQUIRE_EQ(a.own.n, 1);
	c.transport = ICE_TCP;
	listening = listener(&c.ep);
	second = listener(&relay);
	{
		struct msg_introduce	 m;

		introduction(&m, 1, 1);
		m.candidates.e[m.candidates.n++] = c;
		m.relay = relay;
		end_send(&a.ctl, MSG_INTRODUCE, &m, -1);
	}
	ATF_CHECK(!wait_readable(listening, 1500));
	ATF_CHECK(!wait_readable(second, 1000));
	node_end(&a);
}

CASE(the_port_that_punches_answers_nobody, "neither yes nor no")
{
	struct sockaddr_storage	 ss;
	struct node		 a;
	struct ice_candidate	 c;
	struct pollfd		 pfd = { -1, POLLOUT, 0 };
	socklen_t		 len;

	cable_up();
	node_start(&a, ns_a, NULL);
	c = node_own(&a, ICE_TCP);
	enter(ns_b);
	len = endpoint_to_sockaddr(&c.ep, &ss);
	ATF_REQUIRE((pfd.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK,
	    0)) != -1);
	ATF_REQUIRE(connect(pfd.fd, (struct sockaddr *)&ss, len) == -1);
	/* Neither a connection nor a reset. */
	ATF_CHECK_EQ(poll(&pfd, 1, 700), 0);
	close(pfd.fd);
	enter(ns_a);
	node_end(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, two_sides_meet_by_simultaneous_open);
	ATF_TP_ADD_TC(tp, the_second_side_may_be_late);
	ATF_TP_ADD_TC(tp, another_introduction_keeps_the_connection);
	ATF_TP_ADD_TC(tp, a_lost_connection_is_dialled_again);
	ATF_TP_ADD_TC(tp, a_length_of_nothing_closes);
	ATF_TP_ADD_TC(tp, a_length_of_too_much_closes);
	ATF_TP_ADD_TC(tp, what_is_no_check_closes);
	ATF_TP_ADD_TC(tp, a_false_check_is_no_proof);
	ATF_TP_ADD_TC(tp, one_byte_at_a_time_is_not_waited_for);
	ATF_TP_ADD_TC(tp, a_bad_length_closes_a_proven_stream);
	ATF_TP_ADD_TC(tp, packets_in_pieces_are_put_together);
	ATF_TP_ADD_TC(tp, a_flood_fills_nothing_but_the_ring);
	ATF_TP_ADD_TC(tp, who_does_not_read_loses_the_oldest);
	ATF_TP_ADD_TC(tp, the_mapped_address_is_learnt_over_tcp);
	ATF_TP_ADD_TC(tp, switched_off_there_is_no_tcp);
	ATF_TP_ADD_TC(tp, the_port_that_punches_answers_nobody);
	return atf_no_error();
}
