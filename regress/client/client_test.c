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
 * One question over a control socket: every way in which the answer can be
 * missing or malformed.
 */

#include <signal.h>

#include "client/client.h"
#include "regress/client/server.h"

static enum client_code
ask_with(struct client *c, client_row row)
{
	struct msg_client_status	 m;

	memset(&m, 0, sizeof(m));
	client_init(c, ROLE_ENCLAVECTL, SOCK);
	c->row = row;
	c->timeout_ms = 5000;
	return client_ask(c, MSG_CLIENT_STATUS, &m);
}

static enum client_code
ask(struct client *c)
{
	return ask_with(c, NULL);
}

static void
check(serve_fn serve, client_row row, enum client_code code, const char *text)
{
	struct client	 c;
	pid_t		 pid = server_start(serve, 1);

	ATF_CHECK_EQ(code, ask_with(&c, row));
	ATF_CHECK_MSG(strstr(c.text, text) != NULL, "%s", c.text);
	server_end(pid);
}

static int
any_row(void *arg, uint32_t type, const void *msg)
{
	(void)arg;
	(void)type;
	(void)msg;
	return 0;
}

TC(no_socket_means_that_the_daemon_is_not_running)
{
	struct client	 c;

	ATF_CHECK_EQ(CLIENT_NOT_RUNNING, ask(&c));
	ATF_CHECK_STREQ("enclaved is not running (no answer on sock): start "
	    "it with \"enclaved\" as root", c.text);
	ATF_CHECK(!c.answered);
}

TC(a_socket_that_nobody_serves_means_the_same)
{
	struct client	 c;

	close(server_socket());
	ATF_CHECK_EQ(CLIENT_NOT_RUNNING, ask(&c));
}

TC(a_socket_one_may_not_use_is_refused_with_advice)
{
	struct client	 c;
	int		 fd = server_socket();
	pid_t		 pid;

	ATF_REQUIRE_EQ(0, chmod(SOCK, 0));
	if ((pid = atf_utils_fork()) == 0) {
		if (geteuid() == 0 && setuid(65534) == -1)
			err(1, "setuid");
		if (ask(&c) != CLIENT_REFUSED)
			errx(1, "%s", c.text);
		printf("%s\n", c.text);
		exit(0);
	}
	atf_utils_wait(pid, 0, "you may not use sock: ask for membership of "
	    "its group\n", "");
	close(fd);
}

TC(a_path_that_fits_no_socket_is_wrong_use)
{
	struct msg_client_status	 m;
	struct client			 c;
	char				 path[200];

	memset(&m, 0, sizeof(m));
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	client_init(&c, ROLE_ENCLAVECTL, path);
	ATF_CHECK_EQ(CLIENT_USAGE, client_ask(&c, MSG_CLIENT_STATUS, &m));
	client_init(&c, ROLE_ENCLAVECTL, "");
	ATF_CHECK_EQ(CLIENT_USAGE, client_ask(&c, MSG_CLIENT_STATUS, &m));
}

static void
serve_codes(struct imsgbuf *ib, uint32_t type, const union msg_any *m, int n)
{
	(void)m;
	EXPECT(type == MSG_CLIENT_STATUS);
	server_result(ib, MSG_CLIENT_RESULT, n == CLIENT_CODE_MAX ? 200 :
	    (uint8_t)n, "a text");
}

TC(the_code_of_the_last_message_is_the_result)
{
	struct client	 c;
	pid_t		 pid = server_start(serve_codes, CLIENT_CODE_MAX + 1);
	int		 i;

	for (i = 0; i < CLIENT_CODE_MAX; i++) {
		ATF_CHECK_EQ(i, (int)ask(&c));
		ATF_CHECK(c.answered);
		ATF_CHECK_STREQ("a text", c.text);
	}
	/* A code that the tools do not have. */
	ATF_CHECK_EQ(CLIENT_FAILED, ask(&c));
	server_end(pid);
}

static void
serve_nothing(struct imsgbuf *ib, uint32_t type, const union msg_any *m,
    int n)
{
	(void)ib;
	(void)type;
	(void)m;
	(void)n;
}

TC(a_connection_closed_without_an_answer_is_a_failure)
{
	check(serve_nothing, NULL, CLIENT_FAILED, "closed the connection");
}

static void
serve_garbage(struct imsgbuf *ib, uint32_t type, const union msg_any *m,
    int n)
{
	(void)type;
	(void)m;
	(void)n;
	server_send_raw(ib, "GARBAGE GARBAGE GARBAGE GARBAGE ", 32);
}

TC(garbage_is_bad_framing)
{
	check(serve_garbage, NULL, CLIENT_FAILED, "bad framing");
}

static void
serve_half(struct imsgbuf *ib, uint32_t type, const union msg_any *m, int n)
{
	struct imsg_hdr	 hdr = { MSG_CLIENT_RESULT, IMSG_HEADER_SIZE + 9, 0,
	    0 };

	(void)type;
	(void)m;
	(void)n;
	server_send_raw(ib, &hdr, sizeof(hdr));
	server_send_raw(ib, "abc", 3);
}

TC(half_a_message_is_no_answer)
{
	check(serve_half, NULL, CLIENT_FAILED, "closed the connection");
}

static void
serve_short(struct imsgbuf *ib, uint32_t type, const union msg_any *m, int n)
{
	(void)type;
	(void)m;
	(void)n;
	EXPECT(imsg_compose(ib, MSG_CLIENT_RESULT, 0, 0, -1, "\0", 1) == 1);
	EXPECT(imsgbuf_flush(ib) == 0);
}

TC(a_short_message_is_malformed)
{
	check(serve_short, NULL, CLIENT_FAILED, "CLIENT_RESULT: too short");
}

static void
serve_empty(struct imsgbuf *ib, uint32_t type, const union msg_any *m, int n)
{
	(void)type;
	(void)m;
	(void)n;
	EXPECT(imsg_compose(ib, MSG_CLIENT_RESULT, 0, 0, -1, NULL, 0) == 1);
	EXPECT(imsgbuf_flush(ib) == 0);
}

TC(an_empty_message_is_malformed)
{
	check(serve_empty, NULL, CLIENT_FAILED, "CLIENT_RESULT: too short");
}

static void
serve_long(struct imsgbuf *ib, uint32_t type, const union msg_any *m, int n)
{
	(void)type;
	(void)m;
	(void)n;
	EXPECT(imsg_compose(ib, MSG_CLIENT_RESULT, 0, 0, -1, "\0\0\0x", 4) ==
	    1);
	EXPECT(imsgbuf_flush(ib) == 0);
}

TC(a_message_with_bytes_left_over_is_malformed)
{
	check(serve_long, NULL, CLIENT_FAILED, "CLIENT_RESULT: too long");
}

static void
serve_unknown(struct imsgbuf *ib, uint32_t type, const union msg_any *m,
    int n)
{
	(void)type;
	(void)m;
	(void)n;
	EXPECT(imsg_compose(ib, MSG_TYPE_MAX, 0, 0, -1, NULL, 0) == 1);
	EXPECT(imsgbuf_flush(ib) == 0);
}

TC(an_unknown_message_is_malformed)
{
	check(serve_unknown, any_row, CLIENT_FAILED, "no such message");
}

static void
serve_foreign(struct imsgbuf *ib, uint32_t type, const union msg_any *m,
    int n)
{
	(void)type;
	(void)m;
	(void)n;
	server_result(ib, MSG_ADMIN_RESULT, 0, "");
}

TC(a_message_of_another_daemon_is_refused)
{
	check(serve_foreign, any_row, CLIENT_FAILED, "wrong sender");
}

static void
serve_row(struct imsgbuf *ib, uint32_t type, const union msg_any *m, int n)
{
	struct msg_status_head	 head;

	(void)type;
	(void)m;
	(void)n;
	memset(&head, 0, sizeof(head));
	server_send(ib, MSG_STATUS_HEAD, &head);
	server_result(ib, MSG_CLIENT_RESULT, 0, "");
}

TC(a_row_that_was_not_asked_for_makes_no_sense)
{
	check(serve_row, NULL, CLIENT_FAILED, "makes no sense (STATUS_HEAD)");
	check(serve_row, any_row, CLIENT_DONE, "");
}

static void
serve_endless(struct imsgbuf *ib, uint32_t type, const union msg_any *m,
    int n)
{
	struct msg_status_head	 head;
	uint8_t			 buf[512];
	struct imsg_hdr		 hdr;
	ssize_t			 len;

	(void)type;
	(void)m;
	(void)n;
	memset(&head, 0, sizeof(head));
	EXPECT((len = msg_encode(msg_lookup(MSG_STATUS_HEAD), &head,
	    buf + sizeof(hdr), sizeof(buf) - sizeof(hdr))) != -1);
	memset(&hdr, 0, sizeof(hdr));
	hdr.type = MSG_STATUS_HEAD;
	hdr.len = (uint32_t)len + sizeof(hdr);
	memcpy(buf, &hdr, sizeof(hdr));
	while (send(ib->fd, buf, hdr.len, MSG_NOSIGNAL) > 0)
		continue;
}

TC(an_endless_answer_is_cut_off)
{
	check(serve_endless, any_row, CLIENT_FAILED, "more than 65536 rows");
}

TC(a_silent_daemon_is_not_waited_for_forever)
{
	struct msg_client_status	 m;
	struct client			 c;
	int				 fd = server_socket();

	memset(&m, 0, sizeof(m));
	client_init(&c, ROLE_ENCLAVECTL, SOCK);
	ATF_CHECK_EQ(30000, c.timeout_ms);
	c.timeout_ms = 30;
	ATF_CHECK_EQ(CLIENT_FAILED, client_ask(&c, MSG_CLIENT_STATUS, &m));
	ATF_CHECK_MSG(strstr(c.text, "did not answer within") != NULL, "%s",
	    c.text);
	close(fd);
}

TC(a_request_of_another_tool_is_not_sent)
{
	struct msg_admin_list	 m;
	struct client		 c;
	int			 fd = server_socket();

	memset(&m, 0, sizeof(m));
	client_init(&c, ROLE_ENCLAVECTL, SOCK);
	ATF_CHECK_EQ(CLIENT_FAILED, client_ask(&c, MSG_ADMIN_LIST, &m));
	ATF_CHECK_STREQ("the request breaks its own limits", c.text);
	close(fd);
}

TC(clearing_wipes_the_text)
{
	static const char	 zero[CLIENT_TEXT_MAX];
	struct client		 c;

	client_init(&c, ROLE_DISCOVERYCTL, SOCK);
	memset(c.text, 'k', sizeof(c.text));
	client_clear(&c);
	ATF_CHECK_EQ(0, memcmp(zero, c.text, sizeof(zero)));
}

ATF_TP_ADD_TCS(tp)
{
	signal(SIGPIPE, SIG_IGN);
	ATF_TP_ADD_TC(tp, no_socket_means_that_the_daemon_is_not_running);
	ATF_TP_ADD_TC(tp, a_socket_that_nobody_serves_means_the_same);
	ATF_TP_ADD_TC(tp, a_socket_one_may_not_use_is_refused_with_advice);
	ATF_TP_ADD_TC(tp, a_path_that_fits_no_socket_is_wrong_use);
	ATF_TP_ADD_TC(tp, the_code_of_the_last_message_is_the_result);
	ATF_TP_ADD_TC(tp, a_connection_closed_without_an_answer_is_a_failure);
	ATF_TP_ADD_TC(tp, garbage_is_bad_framing);
	ATF_TP_ADD_TC(tp, half_a_message_is_no_answer);
	ATF_TP_ADD_TC(tp, a_short_message_is_malformed);
	ATF_TP_ADD_TC(tp, an_empty_message_is_malformed);
	ATF_TP_ADD_TC(tp, a_message_with_bytes_left_over_is_malformed);
	ATF_TP_ADD_TC(tp, an_unknown_message_is_malformed);
	ATF_TP_ADD_TC(tp, a_message_of_another_daemon_is_refused);
	ATF_TP_ADD_TC(tp, a_row_that_was_not_asked_for_makes_no_sense);
	ATF_TP_ADD_TC(tp, an_endless_answer_is_cut_off);
	ATF_TP_ADD_TC(tp, a_silent_daemon_is_not_waited_for_forever);
	ATF_TP_ADD_TC(tp, a_request_of_another_tool_is_not_sent);
	ATF_TP_ADD_TC(tp, clearing_wipes_the_text);
	return atf_no_error();
}
