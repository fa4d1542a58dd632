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
 * The real stunproc between a played parent and policyproc, asked over UDP
 * and TCP on the loopback interface.
 */

#include <sys/resource.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "regress/service/player.h"
#include "stun/stun.h"

#define STREAMS_MAX	4096	/* of stunproc */

struct world {
	struct player		 p;
	struct end		 policy;
	struct sockaddr_in	 udp, tcp;
};

static int
bound(int type, struct sockaddr_in *sin)
{
	socklen_t	 len = sizeof(*sin);
	int		 fd;

	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ATF_REQUIRE((fd = socket(AF_INET, type, 0)) != -1);
	ATF_REQUIRE(bind(fd, (struct sockaddr *)sin, len) == 0);
	ATF_REQUIRE(type != SOCK_STREAM || listen(fd, 512) == 0);
	ATF_REQUIRE(getsockname(fd, (struct sockaddr *)sin, &len) == 0);
	return fd;
}

static void
world_start(struct world *w)
{
	struct msg_stun_socket	 m;
	struct msg_stun_listen	 l;

	memset(w, 0, sizeof(*w));
	memset(&m, 0, sizeof(m));
	memset(&l, 0, sizeof(l));
	player_start(&w->p, ROLE_STUN);
	end_send(&w->p.parent, MSG_STUN_SOCKET, &m, bound(SOCK_DGRAM,
	    &w->udp));
	end_send(&w->p.parent, MSG_STUN_LISTEN, &l, bound(SOCK_STREAM,
	    &w->tcp));
	player_join(&w->p, ROLE_POLICY, 0, &w->policy);
	player_ready(&w->p);
}

static void
world_end(struct world *w)
{
	player_end(&w->p);
	player_remove_root(&w->p);
}

static int
client(const struct world *w, int type)
{
	const struct sockaddr_in	*to = type == SOCK_STREAM ? &w->tcp :
					    &w->udp;
	struct timeval			 tv = { 10, 0 };
	int				 fd, on = 1;

	ATF_REQUIRE((fd = socket(AF_INET, type, 0)) != -1);
	ATF_REQUIRE(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv,
	    sizeof(tv)) == 0);
	ATF_REQUIRE(connect(fd, (const struct sockaddr *)to, sizeof(*to)) ==
	    0);
	if (type == SOCK_STREAM)
		ATF_REQUIRE(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
		    sizeof(on)) == 0);
	return fd;
}

static size_t
request(uint8_t *buf, size_t cap, uint8_t number)
{
	struct stun_builder	 b;
	uint8_t			 id[STUN_ID_LEN];

	memset(id, number, sizeof(id));
	stun_build_start(&b, buf, cap, STUN_REQUEST, STUN_BINDING, id);
	stun_build_bytes(&b, STUN_ATTR_SOFTWARE, "test", 4);
	stun_build_fingerprint(&b);
	ATF_REQUIRE(stun_build_finish(&b) > 0);
	return b.len;
}

/* One answer, to the request of this number, with our own address in it. */
static void
check_answer(int fd, const uint8_t *buf, size_t len, uint8_t number)
{
	struct sockaddr_in	 sin;
	struct stun_msg		 m;
	socklen_t		 slen = sizeof(sin);

	ATF_REQUIRE_EQ(stun_parse(&m, buf, len), STUN_OK);
	ATF_CHECK_EQ(m.class, STUN_SUCCESS);
	ATF_CHECK_EQ(m.id[0], number);
	ATF_REQUIRE(m.have & STUN_HAVE_XOR_MAPPED);
	ATF_REQUIRE(getsockname(fd, (struct sockaddr *)&sin, &slen) == 0);
	ATF_CHECK_EQ(m.mapped.port, ntohs(sin.sin_port));
	ATF_CHECK(memcmp(m.mapped.addr, &sin.sin_addr, 4) == 0);
}

static void
read_answer(int fd, uint8_t number)
{
	uint8_t	 buf[STUN_MESSAGE_MAX];
	size_t	 len;

	ATF_REQUIRE_EQ(recv(fd, buf, STUN_HEADER_LEN, MSG_WAITALL),
	    STUN_HEADER_LEN);
	len = (size_t)buf[2] << 8 | buf[3];
	ATF_REQUIRE(len <= sizeof(buf) - STUN_HEADER_LEN);
	ATF_REQUIRE_EQ(recv(fd, buf + STUN_HEADER_LEN, len, MSG_WAITALL),
	    (ssize_t)len);
	check_answer(fd, buf, STUN_HEADER_LEN + len, number);
}

static void
ask(int fd, uint8_t number)
{
	uint8_t	 buf[STUN_MESSAGE_MAX];
	size_t	 len = request(buf, sizeof(buf), number);

	ATF_REQUIRE_EQ(send(fd, buf, len, MSG_NOSIGNAL), (ssize_t)len);
	read_answer(fd, number);
}

static void
need_end(int fd)
{
	uint8_t	 byte;
	ssize_t	 n = recv(fd, &byte, 1, 0);

	ATF_CHECK_MSG(n == 0 || (n == -1 && errno == ECONNRESET),
	    "still open: %zd", n);
	close(fd);
}

ATF_TC(a_datagram_is_answered_with_its_source);
ATF_TC_HEAD(a_datagram_is_answered_with_its_source, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_datagram_is_answered_with_its_source, tc)
{
	struct world	 w;
	uint8_t		 buf[STUN_MESSAGE_MAX];
	size_t		 len = request(buf, sizeof(buf), 7);
	ssize_t		 n;
	int		 fd;

	world_start(&w);
	fd = client(&w, SOCK_DGRAM);
	ATF_REQUIRE_EQ(send(fd, buf, len, 0), (ssize_t)len);
	ATF_REQUIRE((n = recv(fd, buf, sizeof(buf), 0)) > 0);
	check_answer(fd, buf, (size_t)n, 7);
	world_end(&w);
}

ATF_TC(a_connection_takes_any_number_of_requests);
ATF_TC_HEAD(a_connection_takes_any_number_of_requests, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_connection_takes_any_number_of_requests, tc)
{
	struct msg_counters_get	 m;
	struct world		 w;
	union msg_any		 any;
	uint8_t			 i;
	int			 fd;

	world_start(&w);
	fd = client(&w, SOCK_STREAM);
	for (i = 1; i <= 20; i++)
		ask(fd, i);
	memset(&m, 0, sizeof(m));
	m.id = 3;
	end_send(&w.policy, MSG_COUNTERS_GET, &m, -1);
	end_expect(&w.policy, MSG_COUNTERS, &any);
	ATF_CHECK_EQ(any.counters.rx, 20);
	ATF_CHECK_EQ(any.counters.tx, 20);
	world_end(&w);
}

ATF_TC(requests_are_cut_by_their_headers);
ATF_TC_HEAD(requests_are_cut_by_their_headers, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(requests_are_cut_by_their_headers, tc)
{
	struct world	 w;
	uint8_t		 buf[3 * STUN_MESSAGE_MAX];
	size_t		 i, len;
	int		 fd;

	world_start(&w);
	fd = client(&w, SOCK_STREAM);
	/* Byte by byte, then three at once. */
	len = request(buf, sizeof(buf), 1);
	for (i = 0; i < len; i++)
		ATF_REQUIRE_EQ(send(fd, buf + i, 1, MSG_NOSIGNAL), 1);
	read_answer(fd, 1);
	for (i = 2, len = 0; i <= 4; i++)
		len += request(buf + len, sizeof(buf) - len, (uint8_t)i);
	ATF_REQUIRE_EQ(send(fd, buf, len, MSG_NOSIGNAL), (ssize_t)len);
	for (i = 2; i <= 4; i++)
		read_answer(fd, (uint8_t)i);
	world_end(&w);
}

ATF_TC(an_indication_keeps_the_connection);
ATF_TC_HEAD(an_indication_keeps_the_connection, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(an_indication_keeps_the_connection, tc)
{
	struct stun_builder	 b;
	struct world		 w;
	uint8_t			 buf[STUN_MESSAGE_MAX], id[STUN_ID_LEN];
	int			 fd;

	world_start(&w);
	fd = client(&w, SOCK_STREAM);
	memset(id, 1, sizeof(id));
	stun_build_start(&b, buf, sizeof(buf), STUN_INDICATION, STUN_BINDING,
	    id);
	ATF_REQUIRE_EQ(send(fd, buf, b.len, MSG_NOSIGNAL), (ssize_t)b.len);
	ask(fd, 2);
	world_end(&w);
}

ATF_TC(what_is_no_request_ends_the_connection);
ATF_TC_HEAD(what_is_no_request_ends_the_connection, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(what_is_no_request_ends_the_connection, tc)
{
	struct world	 w;
	uint8_t		 buf[STUN_MESSAGE_MAX];
	int		 fd, kind;

	world_start(&w);
	for (kind = 0; kind < 6; kind++) {
		request(buf, sizeof(buf), 1);
		if (kind == 0)
			memset(buf, 'G', sizeof(buf));	/* not STUN */
		else if (kind == 1)
			buf[4] ^= 1;			/* no cookie */
		else if (kind == 2)
			buf[3]++;			/* odd length */
		else if (kind == 3)
			buf[2] = 0xff;			/* too long */
		else if (kind == 4)
			buf[0] |= 0x01;			/* an answer */
		else
			buf[STUN_HEADER_LEN + 3] = 0xff; /* overrun */
		fd = client(&w, SOCK_STREAM);
		ATF_REQUIRE(send(fd, buf, sizeof(buf), MSG_NOSIGNAL) > 0);
		need_end(fd);
	}
	/* And nobody else's. */
	fd = client(&w, SOCK_STREAM);
	ask(fd, 9);
	world_end(&w);
}

ATF_TC(too_many_requests_end_the_connection);
ATF_TC_HEAD(too_many_requests_end_the_connection, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(too_many_requests_end_the_connection, tc)
{
	struct world	 w;
	uint8_t		 buf[STUN_MESSAGE_MAX], answers[65536];
	size_t		 i, len = request(buf, sizeof(buf), 1);
	ssize_t		 n;
	int		 fd;

	world_start(&w);
	fd = client(&w, SOCK_STREAM);
	/* More than two seconds allow, whenever they begin. */
	for (i = 0; i < 500; i++)
		if (send(fd, buf, len, MSG_NOSIGNAL) != (ssize_t)len)
			break;
	while ((n = recv(fd, answers, sizeof(answers), 0)) > 0)
		;
	ATF_CHECK_MSG(n == 0 || errno == ECONNRESET, "%s", strerror(errno));
	world_end(&w);
}

ATF_TC(the_connection_that_was_silent_longest_gives_way);
ATF_TC_HEAD(the_connection_that_was_silent_longest_gives_way, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(the_connection_that_was_silent_longest_gives_way, tc)
{
	struct rlimit	 rl = { 2 * STREAMS_MAX, 2 * STREAMS_MAX };
	struct world	 w;
	int		*fds, i;

	ATF_REQUIRE(setrlimit(RLIMIT_NOFILE, &rl) == 0);
	ATF_REQUIRE((fds = calloc(STREAMS_MAX, sizeof(*fds))) != NULL);
	world_start(&w);
	for (i = 0; i < STREAMS_MAX; i++)
		fds[i] = client(&w, SOCK_STREAM);
	/* All are taken; the first two have spoken since. */
	ask(fds[STREAMS_MAX - 1], 1);
	ask(fds[0], 2);
	ask(fds[1], 3);
	ask(client(&w, SOCK_STREAM), 4);
	need_end(fds[2]);
	ask(fds[0], 5);
	ask(fds[1], 6);
	ask(fds[3], 7);
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_datagram_is_answered_with_its_source);
	ATF_TP_ADD_TC(tp, a_connection_takes_any_number_of_requests);
	ATF_TP_ADD_TC(tp, requests_are_cut_by_their_headers);
	ATF_TP_ADD_TC(tp, an_indication_keeps_the_connection);
	ATF_TP_ADD_TC(tp, what_is_no_request_ends_the_connection);
	ATF_TP_ADD_TC(tp, too_many_requests_end_the_connection);
	ATF_TP_ADD_TC(tp, the_connection_that_was_silent_longest_gives_way);
	return atf_no_error();
}
