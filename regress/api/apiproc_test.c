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
 * The real apiproc between a played parent, tlsproc and storeproc, and
 * clients that send what HTTP is and what it is not.
 */

#include <sys/types.h>
#include <sys/ioctl.h>

#include <string.h>

#include "regress/tlsio/child.h"

#define ROUNDS		1500
#define QUIET_MS	20	/* then a client has said all */
#define PIECES		400

struct world {
	struct child	 api;
	struct side	 tls;
	struct side	 store;
	uint32_t	 seed;
	const char	*sent;		/* the request under way */
};

static const char	*const good[] = {
	"GET /openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
	"GET /org/example/policies?page=1&per_page=5&sort=-name&search=a "
	    "HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
	    "Authorization: Bearer enclave_"
	    "0123456789012345678901234567890123456789012\r\n\r\n",
	"POST /org/1/policies HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
	    "Content-Type: application/json\r\nContent-Length: 34\r\n\r\n"
	    "{\"name\": \"a\", \"acls\": [\"tcp/22\"]}\n",
	"POST /org/1/tokens HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
	    "Content-Type: application/json\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n"
	    "5\r\n{\"a\":\r\n4\r\n[1]}\r\n0\r\n\r\n",
	"PATCH /org/1/systems/V88RY HTTP/1.1\r\nHost: x\r\n"
	    "If-Match: \"3\"\r\nConnection: close\r\n"
	    "Content-Type: application/merge-patch+json\r\n"
	    "Content-Length: 12\r\n\r\n{\"tags\": []}",
	"OPTIONS /org/1/tags HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
	"PUT /org/1/policies/enable HTTP/1.0\r\nContent-Length: 2\r\n"
	    "Expect: 100-continue\r\n\r\n{}",
};
#define NGOOD	(sizeof(good) / sizeof(good[0]))

static void
begin(struct world *w)
{
	struct msg_setup_done	 done;
	union msg_any		 any;

	memset(&done, 0, sizeof(done));
	memset(w, 0, sizeof(*w));
	w->seed = 1;
	child_start(&w->api, "apiproc", ROLE_API);
	child_join(&w->api, &w->tls, ROLE_TLS);
	child_join(&w->api, &w->store, ROLE_STORE);
	imsgbuf_allow_fdpass(&w->tls.ibuf);
	imsgbuf_allow_fdpass(&w->store.ibuf);
	side_send(&w->api.parent, MSG_SETUP_DONE, &done, -1);
	side_expect(&w->api.parent, MSG_READY, &any);
}

static void
end(struct world *w)
{
	child_end(&w->api);
	side_end(&w->tls);
	side_end(&w->store);
}

static uint32_t
draw(struct world *w, uint32_t below)
{
	w->seed = w->seed * 1664525 + 1013904223;
	return (w->seed >> 8) % below;
}

static int
client(struct world *w)
{
	struct timeval		 tv = { CHILD_MS / 1000, 0 };
	struct msg_api_conn	 m;
	int			 pair[2];

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    pair) == 0);
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	memset(&m, 0, sizeof(m));
	m.from.family = 4;
	side_send(&w->tls, MSG_API_CONN, &m, pair[1]);
	return pair[0];
}

/* Whoever asks storeproc is told that nobody is at home. */
static void
refuse_sessions(struct world *w)
{
	struct pollfd	 pfd = { w->store.fd, POLLIN, 0 };
	struct imsg	 imsg;
	int		 fd;

	while (poll(&pfd, 1, 0) == 1) {
		ATF_REQUIRE(imsgbuf_read(&w->store.ibuf) == 1);
		while (imsgbuf_get(&w->store.ibuf, &imsg) == 1) {
			ATF_REQUIRE_EQ(imsg_get_type(&imsg),
			    MSG_ADMIN_SESSION);
			if ((fd = imsg_get_fd(&imsg)) != -1)
				close(fd);
			imsg_free(&imsg);
		}
	}
}

/*
 * Has the other side read all?  libmicrohttpd takes a short read for the end of
 * what is there, so an end that comes with the last bytes is seen late, when
 * the connection has been idle for too long.
 */
static int
is_read(int fd)
{
	int	 left;

	return ioctl(fd, TIOCOUTQ, &left) == -1 || left == 0;
}

/* All that comes until the end; its length. */
static size_t
answer(struct world *w, int fd, char *buf, size_t size)
{
	struct pollfd	 pfd[2] = { { fd, POLLIN, 0 },
			    { w->store.fd, POLLIN, 0 } };
	size_t		 len = 0;
	ssize_t		 n;
	int		 ended = 0;

	for (;;) {
		if (poll(pfd, 2, ended ? CHILD_MS : QUIET_MS) == 0) {
			if (!ended && !is_read(fd))
				continue;
			/* It waits for more: there is none. */
			ATF_REQUIRE_MSG(!ended, "no answer to: %s", w->sent);
			shutdown(fd, SHUT_WR);
			ended = 1;
			continue;
		}
		if (pfd[1].revents != 0)
			refuse_sessions(w);
		if (pfd[0].revents == 0)
			continue;
		n = read(fd, buf + len, len < size - 1 ? size - 1 - len : 0);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	buf[len] = '\0';
	return len;
}

static void
expect_alive(struct world *w)
{
	static char	 buf[400000];
	int		 fd = client(w);

	w->sent = good[0];
	ATF_REQUIRE(write(fd, good[0], strlen(good[0])) > 0);
	answer(w, fd, buf, sizeof(buf));
	close(fd);
	ATF_REQUIRE_MSG(strncmp(buf, "HTTP/1.1 200 ", 13) == 0, "%.200s",
	    buf);
	ATF_REQUIRE(strstr(buf, "\"openapi\":\"3.1.0\"") != NULL);
}

/* Change, cut, double and insert bytes. */
static size_t
mutate(struct world *w, char *p, size_t len, size_t cap)
{
	static const char	*const words[] = {
		"\r\n", "\0", "%00", "%2f", "..", "//", "{", "[", "\"",
		"Content-Length: 99999999999999999999\r\n",
		"Content-Length: -1\r\n", "Transfer-Encoding: chunked\r\n",
		"HTTP/9.9", "\xff\xfe", "%", "?", "&", "=", ": ", "\t"
	};
	size_t			 at, n;
	const char		*s;
	uint32_t		 times = 1 + draw(w, 6);

	while (times-- > 0) {
		at = draw(w, (uint32_t)len);
		switch (draw(w, 4)) {
		case 0:
			p[at] = (char)draw(w, 256);
			break;
		case 1:
			len = at + 1;
			break;
		case 2:
			n = draw(w, (uint32_t)(len - at)) + 1;
			if (n > cap - len)
				break;
			memmove(p + at + n, p + at, len - at);
			len += n;
			break;
		default:
			s = words[draw(w, sizeof(words) / sizeof(words[0]))];
			n = strlen(s);
			if (n > cap - len)
				break;
			memmove(p + at + n, p + at, len - at);
			memcpy(p + at, s, n);
			len += n;
		}
	}
	return len;
}

/* 0, or 1 when the answer is one that no request may get. */
static int
is_bad(const char *buf, size_t len)
{
	if (len == 0)
		return 0;	/* not HTTP: cut off without a word */
	return strncmp(buf, "HTTP/1.", 7) != 0 ||
	    strncmp(buf + 8, " 500", 4) == 0;
}

ATF_TC(a_mutated_request_is_answered_and_ends_nothing);
ATF_TC_HEAD(a_mutated_request_is_answered_and_ends_nothing, tc)
{
	atf_tc_set_md_var(tc, "timeout", "300");
}
ATF_TC_BODY(a_mutated_request_is_answered_and_ends_nothing, tc)
{
	static char	 out[400000], in[8192];
	struct world	 w;
	size_t		 len;
	int		 fd, i;

	begin(&w);
	for (i = 0; i < ROUNDS; i++) {
		strlcpy(in, good[(size_t)i % NGOOD], sizeof(in));
		len = mutate(&w, in, strlen(in), sizeof(in) - 1);
		in[len] = '\0';
		w.sent = in;
		fd = client(&w);
		ATF_REQUIRE(write(fd, in, len) == (ssize_t)len);
		len = answer(&w, fd, out, sizeof(out));
		close(fd);
		ATF_REQUIRE_MSG(!is_bad(out, len), "round %d: %.300s", i,
		    out);
		if (i % 500 == 0)
			expect_alive(&w);
	}
	expect_alive(&w);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(random_bytes_end_their_connection_alone);
ATF_TC_BODY(random_bytes_end_their_connection_alone, tc)
{
	static char	 out[400000], in[4096];
	struct world	 w;
	size_t		 len, k;
	int		 fd, i;

	begin(&w);
	for (i = 0; i < PIECES; i++) {
		len = 1 + draw(&w, sizeof(in) - 1);
		for (k = 0; k < len; k++)
			in[k] = (char)draw(&w, 256);
		fd = client(&w);
		ATF_REQUIRE(write(fd, in, len) == (ssize_t)len);
		len = answer(&w, fd, out, sizeof(out));
		close(fd);
		ATF_REQUIRE_MSG(!is_bad(out, len), "round %d: %.300s", i,
		    out);
	}
	expect_alive(&w);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_request_may_come_byte_by_byte);
ATF_TC_BODY(a_request_may_come_byte_by_byte, tc)
{
	static char	 out[400000];
	struct world	 w;
	size_t		 i, k;
	int		 fd;

	begin(&w);
	for (i = 0; i < NGOOD; i++) {
		fd = client(&w);
		for (k = 0; good[i][k] != '\0'; k++)
			ATF_REQUIRE(write(fd, good[i] + k, 1) == 1);
		answer(&w, fd, out, sizeof(out));
		close(fd);
		ATF_REQUIRE_MSG(strncmp(out, "HTTP/1.", 7) == 0, "%zu: %s",
		    i, out);
	}
	expect_alive(&w);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(without_storeproc_a_request_is_told_to_try_again);
ATF_TC_BODY(without_storeproc_a_request_is_told_to_try_again, tc)
{
	static char	 out[400000];
	struct world	 w;
	int		 fd;

	begin(&w);
	fd = client(&w);
	ATF_REQUIRE(write(fd, good[1], strlen(good[1])) > 0);
	answer(&w, fd, out, sizeof(out));
	close(fd);
	ATF_REQUIRE_MSG(strncmp(out, "HTTP/1.1 503 ", 13) == 0, "%.200s",
	    out);
	ATF_REQUIRE(strstr(out, "Retry-After: ") != NULL);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_client_that_goes_leaves_nothing_behind);
ATF_TC_BODY(a_client_that_goes_leaves_nothing_behind, tc)
{
	struct world	 w;
	size_t		 len;
	int		 fd, i;

	begin(&w);
	/* More than there may be at once. */
	for (i = 0; i < 3000; i++) {
		fd = client(&w);
		len = draw(&w, (uint32_t)strlen(good[2])) + 1;
		ATF_REQUIRE(write(fd, good[2], len) == (ssize_t)len);
		close(fd);
		refuse_sessions(&w);
		if (i % 500 == 0)
			expect_alive(&w);
	}
	expect_alive(&w);
	end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_mutated_request_is_answered_and_ends_nothing);
	ATF_TP_ADD_TC(tp, random_bytes_end_their_connection_alone);
	ATF_TP_ADD_TC(tp, a_request_may_come_byte_by_byte);
	ATF_TP_ADD_TC(tp, without_storeproc_a_request_is_told_to_try_again);
	ATF_TP_ADD_TC(tp, a_client_that_goes_leaves_nothing_behind);
	return atf_no_error();
}
