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
 * enclavectl auth, and the lines of status about users, against a daemon
 * that says what the tests want.
 */

#include "enclavectl/ctl.h"
#include "regress/client/server.h"

#define RUN(code, input, ...)	\
	TOOL(enclavectl_run, code, input, __VA_ARGS__)

static struct msg_status_user
user(enum user_state state)
{
	struct msg_status_user	 m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.requirement, "staff", sizeof(m.requirement));
	m.state = (uint8_t)state;
	if (state == USER_PENDING) {
		m.until = 1795378500;
		strlcpy(m.code, "WDJB\033-MJHT", sizeof(m.code));
		strlcpy(m.uri, "https://id.example/go", sizeof(m.uri));
		strlcpy(m.uri_complete, "https://id.example/go?c=W",
		    sizeof(m.uri_complete));
	} else if (state == USER_SIGNED_IN) {
		m.until = 1795378500;
		strlcpy(m.text, "ada", sizeof(m.text));
	}
	return m;
}

static void
serve_auth(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	struct msg_status_user	 m = user(USER_PENDING);

	(void)n;
	EXPECT(type == MSG_CLIENT_AUTH);
	if (strcmp(any->client_auth.requirement, "other") == 0) {
		server_result(ib, MSG_CLIENT_RESULT, 1, "nobody has to");
		return;
	}
	EXPECT(strcmp(any->client_auth.requirement, "staff") == 0 ||
	    any->client_auth.requirement[0] == '\0');
	server_send(ib, MSG_STATUS_USER, &m);
	if (any->client_auth.wait) {
		m = user(USER_SIGNED_IN);
		server_send(ib, MSG_STATUS_USER, &m);
	}
	server_result(ib, MSG_CLIENT_RESULT, 0, "");
}

#define CODE								\
	"staff: open https://id.example/go\n"				\
	"and enter the code WDJB?-MJHT before 2026-11-22T20:15:00Z\n"	\
	"or open https://id.example/go?c=W\n"

TC(auth_shows_the_code_and_with_w_who_has_used_it)
{
	pid_t	 pid = server_start(serve_auth, 3);

	RUN(0, NULL, "auth");
	expect_file("out", CODE);
	RUN(0, NULL, "auth", "-w", "staff");
	expect_file("out", CODE
	    "staff: signed in as ada until 2026-11-22T20:15:00Z\n");
	RUN(1, NULL, "auth", "other");
	expect_file("out", "");
	expect_file("err", "auth_test: nobody has to\n");
	server_end(pid);
}

#define PENDING								\
	"{\n"								\
	"  \"requirement\": \"staff\",\n"				\
	"  \"state\": \"pending\",\n"					\
	"  \"subject\": null,\n"					\
	"  \"reason\": \"\",\n"						\
	"  \"until\": \"2026-11-22T20:15:00Z\",\n"			\
	"  \"user_code\": \"WDJB?-MJHT\",\n"				\
	"  \"verification_uri\": \"https://id.example/go\",\n"		\
	"  \"verification_uri_complete\": "				\
	"\"https://id.example/go?c=W\"\n"				\
	"}\n"

TC(auth_as_json_is_one_object_for_each_step)
{
	pid_t	 pid = server_start(serve_auth, 2);

	RUN(0, NULL, "-j", "auth", "staff");
	expect_file("out", PENDING);
	RUN(0, NULL, "auth", "-j", "-w");
	expect_file("out", PENDING
	    "{\n"
	    "  \"requirement\": \"staff\",\n"
	    "  \"state\": \"signed-in\",\n"
	    "  \"subject\": \"ada\",\n"
	    "  \"reason\": \"\",\n"
	    "  \"until\": \"2026-11-22T20:15:00Z\",\n"
	    "  \"user_code\": null,\n"
	    "  \"verification_uri\": null,\n"
	    "  \"verification_uri_complete\": null\n"
	    "}\n");
	server_end(pid);
}

static void
serve_nonsense(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	struct msg_status_user	 m = user(n == 0 ? USER_NEEDED : USER_FAILED);

	(void)any;
	EXPECT(type == MSG_CLIENT_AUTH);
	server_send(ib, MSG_STATUS_USER, &m);
	server_result(ib, MSG_CLIENT_RESULT, 0, "");
}

TC(an_answer_to_auth_that_makes_no_sense_is_a_failure)
{
	pid_t	 pid = server_start(serve_nonsense, 2);

	RUN(1, NULL, "auth");
	expect_file("out", "");
	RUN(1, NULL, "auth");
	expect_file("out", "");
	server_end(pid);
}

static void
serve_status(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	struct msg_status_head	 head;
	struct msg_status_user	 m = user(USER_NEEDED);

	(void)any;
	(void)n;
	EXPECT(type == MSG_CLIENT_STATUS);
	memset(&head, 0, sizeof(head));
	strlcpy(head.system, "V88RY", sizeof(head.system));
	server_send(ib, MSG_STATUS_HEAD, &head);
	server_send(ib, MSG_STATUS_USER, &m);
	strlcpy(m.requirement, "admins", sizeof(m.requirement));
	strlcpy(m.text, "denied", sizeof(m.text));
	server_send(ib, MSG_STATUS_USER, &m);
	m = user(USER_SIGNED_IN);
	server_send(ib, MSG_STATUS_USER, &m);
	server_result(ib, MSG_CLIENT_RESULT, 0, "");
}

TC(status_says_for_what_somebody_has_to_sign_in)
{
	pid_t	 pid = server_start(serve_status, 1);
	char	 buf[4096];
	FILE	*f;
	size_t	 n;

	RUN(0, NULL, "status");
	ATF_REQUIRE((f = fopen("out", "r")) != NULL);
	n = fread(buf, 1, sizeof(buf) - 1, f);
	buf[n] = '\0';
	fclose(f);
	ATF_CHECK_MSG(strstr(buf, "sign-in      sign in needed: enclavectl "
	    "auth staff\n") != NULL, "%s", buf);
	ATF_CHECK(strstr(buf, "sign in needed: enclavectl auth admins "
	    "(denied)\n") != NULL);
	ATF_CHECK(strstr(buf, "sign-in      staff: ada until "
	    "2026-11-22T20:15:00Z\n") != NULL);
	server_end(pid);
}

TC(wrong_use_of_auth_is_explained)
{
	RUN(2, NULL, "auth", "a", "b");
	RUN(2, NULL, "auth", "-x");
	RUN(2, NULL, "auth", "a\001b");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, auth_shows_the_code_and_with_w_who_has_used_it);
	ATF_TP_ADD_TC(tp, auth_as_json_is_one_object_for_each_step);
	ATF_TP_ADD_TC(tp,
	    an_answer_to_auth_that_makes_no_sense_is_a_failure);
	ATF_TP_ADD_TC(tp, status_says_for_what_somebody_has_to_sign_in);
	ATF_TP_ADD_TC(tp, wrong_use_of_auth_is_explained);
	return atf_no_error();
}
