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
 * Peers that call a real netproc: who proves himself gets in, strangers are
 * shown out, and a crowd of them takes nothing from anybody else.  See
 * cable.h.
 */

#include <sys/types.h>

#include "regress/netproc/cable.h"

#define PORT		443
#define SOURCE_MAX	8	/* as in netproc/caller.h */
#define CALLERS_MAX	64
#define PROOF_MS	5000

/* A connection from an address of B, -1: refused. */
static int
call(const char *from)
{
	struct sockaddr_storage	 ss;
	struct endpoint		 ep;
	socklen_t		 len;
	int			 fd;

	enter(ns_b);
	ATF_REQUIRE((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC,
	    0)) != -1);
	ATF_REQUIRE(endpoint_parse(&ep, from, 0) == 0);
	len = endpoint_to_sockaddr(&ep, &ss);
	ATF_REQUIRE(bind(fd, (struct sockaddr *)&ss, len) == 0);
	ATF_REQUIRE(endpoint_parse(&ep, HOST_A, PORT) == 0);
	len = endpoint_to_sockaddr(&ep, &ss);
	ATF_REQUIRE(connect(fd, (struct sockaddr *)&ss, len) == 0);
	enter(ns_a);
	return fd;
}

/* A check of B, with this password; it nominates. */
static void
send_check(int fd, const char *pwd, const char *id)
{
	struct stun_builder	 b;
	uint8_t			 out[STUN_MESSAGE_MAX];
	ssize_t			 n;

	stun_build_start(&b, out, sizeof(out), STUN_REQUEST, STUN_BINDING,
	    (const uint8_t *)id);
	stun_build_bytes(&b, STUN_ATTR_USERNAME, UFRAG_A ":" UFRAG_B, 9);
	stun_build_u32(&b, STUN_ATTR_PRIORITY, 1);
	stun_build_u64(&b, STUN_ATTR_ICE_CONTROLLED, 1);
	stun_build_integrity_sha256(&b, (const uint8_t *)pwd, strlen(pwd));
	stun_build_fingerprint(&b);
	ATF_REQUIRE((n = stun_build_finish(&b)) > 0);
	write_frame(fd, out, (size_t)n);
}

static void
begin(struct node *a)
{
	cable_up();
	called_on = PORT;
	node_start(a, ns_a, NULL);
	introduce(a, 1, 1, NULL);
}

/* Calls, proves itself and has the path. */
static int
begin_proven(struct node *a)
{
	union msg_any	 any;
	size_t		 len;
	int		 fd = call(HOST_B), n;

	send_check(fd, PWD_A, "twelve bytes");
	/* Our answer, a check of A, which is answered, its nomination. */
	for (n = 0; n < 2;) {
		len = read_frame(fd, got);
		n += got[0] == 0 && answer_check(fd, got, len);
	}
	node_up(a, &any);
	ATF_CHECK_EQ(any.path.transport, ICE_TCP);
	ATF_CHECK_EQ(any.path.local.port, PORT);
	return fd;
}

static void
passes(struct node *a, int fd)
{
	struct ring_record	 rec;

	write_frame(fd, (const uint8_t *)"\200 packet", 8);
	node_receive(a, &rec, got);
	ATF_CHECK_EQ(rec.len, 8);
	ATF_CHECK_EQ(rec.peer, PEER);
}

CASE(a_peer_that_calls_has_a_path, "its first packet was a check")
{
	struct node	 a;
	int		 fd;

	begin(&a);
	fd = begin_proven(&a);
	passes(&a, fd);
	close(fd);
	node_end(&a);
}

CASE(where_peers_call_is_a_candidate, "besides the port that punches")
{
	struct node	 a;
	union msg_any	 any;
	uint16_t	 i, n = 0, other = 0;

	cable_up();
	called_on = PORT;
	node_start(&a, ns_a, NULL);
	while (a.own.n == 0)
		node_expect(&a, MSG_LOCAL_CANDIDATES, &any);
	for (i = 0; i < a.own.n; i++) {
		if (a.own.e[i].transport != ICE_TCP)
			continue;
		n += a.own.e[i].ep.port == PORT;
		other += a.own.e[i].ep.port != PORT;
	}
	ATF_CHECK_EQ(n, 1);
	ATF_CHECK_EQ(other, 1);
	node_end(&a);
}

CASE(without_tcp_nobody_can_call, "the port is closed")
{
	struct msg_net_options	 options;
	struct sockaddr_storage	 ss;
	struct endpoint		 ep;
	struct node		 a;
	socklen_t		 len;
	int			 fd;

	cable_up();
	called_on = PORT;
	memset(&options, 0, sizeof(options));
	options.no_tcp = 1;
	node_start(&a, ns_a, &options);
	ATF_REQUIRE((fd = socket(AF_INET, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE(endpoint_parse(&ep, HOST_A, PORT) == 0);
	len = endpoint_to_sockaddr(&ep, &ss);
	ATF_CHECK(connect(fd, (struct sockaddr *)&ss, len) == -1);
	ATF_CHECK_EQ(errno, ECONNREFUSED);
	close(fd);
	node_end(&a);
}

static void
stranger(const void *bytes, size_t len)
{
	struct node	 a;
	int		 fd;

	begin(&a);
	fd = call(HOST_B);
	ATF_REQUIRE(write(fd, bytes, len) == (ssize_t)len);
	ATF_CHECK_MSG(is_closed(fd, PROOF_MS / 2), "it stays open");
	close(fd);
	/* Who proves himself is welcome still. */
	fd = begin_proven(&a);
	passes(&a, fd);
	close(fd);
	node_end(&a);
}

CASE(a_request_of_a_browser_is_shown_out, "at its first two bytes")
{
	static const char	 get[] = "GET / HTTP/1.1\r\n\r\n";

	stranger(get, sizeof(get) - 1);
}

CASE(an_empty_packet_is_shown_out, "a check is longer")
{
	stranger("\0\0", 2);
}

CASE(what_is_no_check_is_shown_out, "whatever its length")
{
	uint8_t	 bytes[2 + 100];

	memset(bytes, 'S', sizeof(bytes));
	bytes[0] = 0;
	bytes[1] = 100;
	stranger(bytes, sizeof(bytes));
}

CASE(a_false_check_is_shown_out, "the password is another")
{
	struct node	 a;
	int		 fd;

	begin(&a);
	fd = call(HOST_B);
	send_check(fd, PWD_B, "twelve bytes");
	ATF_CHECK_MSG(is_closed(fd, PROOF_MS / 2), "it stays open");
	close(fd);
	node_end(&a);
}

CASE(who_says_nothing_is_shown_out, "after some seconds, also byte by byte")
{
	struct timespec	 pause = { 0, 100000000 };
	struct node	 a;
	uint64_t	 began;
	int		 fd, slow, closed = 0;

	begin(&a);
	began = now_ms();
	fd = call(HOST_B);
	slow = call(HOST_B);
	ATF_REQUIRE(write(slow, "\0\100", 2) == 2);
	while (!closed && now_ms() - began < PROOF_MS * 2) {
		closed = write(slow, "x", 1) != 1;
		nanosleep(&pause, NULL);
	}
	ATF_CHECK(closed);
	ATF_CHECK(is_closed(fd, 1000));
	ATF_CHECK(now_ms() - began >= PROOF_MS - 500);
	close(fd);
	close(slow);
	node_end(&a);
}

CASE(a_crowd_from_one_address_is_kept_small, "and its first ones stay")
{
	struct node	 a;
	int		 fd[SOURCE_MAX + 20], i, proven;

	begin(&a);
	proven = begin_proven(&a);
	for (i = 0; i < SOURCE_MAX + 20; i++)
		fd[i] = call(HOST_B);
	for (i = 0; i < SOURCE_MAX + 20; i++)
		ATF_CHECK_EQ(is_closed(fd[i], i < SOURCE_MAX ? 60 : 1000),
		    i >= SOURCE_MAX);
	passes(&a, proven);
	for (i = 0; i < SOURCE_MAX + 20; i++)
		close(fd[i]);
	close(proven);
	node_end(&a);
}

CASE(of_a_crowd_from_everywhere_the_oldest_go, "a newcomer can prove himself")
{
	struct node	 a;
	char		 from[32];
	int		 fd[CALLERS_MAX + 16], i, n = CALLERS_MAX + 16, proven;
	int		 open = 0;

	begin(&a);
	enter(ns_b);
	for (i = 0; i < n / SOURCE_MAX; i++) {
		snprintf(from, sizeof(from), "10.77.0.%d/24", 10 + i);
		IP("addr", "add", from, "dev", "cable");
	}
	enter(ns_a);
	for (i = 0; i < n; i++) {
		snprintf(from, sizeof(from), "10.77.0.%d", 10 + i / SOURCE_MAX);
		fd[i] = call(from);
	}
	for (i = 0; i < n - CALLERS_MAX; i++)
		ATF_CHECK_MSG(is_closed(fd[i], 1000), "%d stays open", i);
	for (; i < n; i++)
		open += !is_closed(fd[i], 10);
	ATF_CHECK_EQ(open, CALLERS_MAX);
	proven = begin_proven(&a);
	passes(&a, proven);
	for (i = 0; i < n; i++)
		close(fd[i]);
	close(proven);
	node_end(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_peer_that_calls_has_a_path);
	ATF_TP_ADD_TC(tp, where_peers_call_is_a_candidate);
	ATF_TP_ADD_TC(tp, without_tcp_nobody_can_call);
	ATF_TP_ADD_TC(tp, a_request_of_a_browser_is_shown_out);
	ATF_TP_ADD_TC(tp, an_empty_packet_is_shown_out);
	ATF_TP_ADD_TC(tp, what_is_no_check_is_shown_out);
	ATF_TP_ADD_TC(tp, a_false_check_is_shown_out);
	ATF_TP_ADD_TC(tp, who_says_nothing_is_shown_out);
	ATF_TP_ADD_TC(tp, a_crowd_from_one_address_is_kept_small);
	ATF_TP_ADD_TC(tp, of_a_crowd_from_everywhere_the_oldest_go);
	return atf_no_error();
}
