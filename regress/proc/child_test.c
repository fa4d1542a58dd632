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
 * The life of a child, played by a real process of its own with this test
 * as its parent and its sibling: from START to its end.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc/proc.h"
#include "sandbox/sandbox.h"

#define NOBODY		65534
#define LIMIT_MS	20000

struct end {
	struct imsgbuf	 ib;
	int		 fd;
};

static struct proc	 self;
static struct end	 parent;	/* this test's end of each */
static struct end	 sibling;
static pid_t		 pid;

/* --- The child ----------------------------------------------------- */

static void
on_stun_socket(void *env, struct chan *c, const void *msg, int fd)
{
	(void)env;
	(void)c;
	(void)msg;
	close(fd);
}

static void
on_counters_get(void *env, struct chan *c, const void *data, int fd)
{
	const struct msg_counters_get	*m = data;
	struct msg_counters		 answer;

	(void)env;
	(void)fd;
	memset(&answer, 0, sizeof(answer));
	answer.id = m->id;
	msg_send_counters(c, &answer, -1);
}

static void
tell(const char *text)
{
	struct msg_log	 m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.text, text, sizeof(m.text));
	msg_send_log(self.parent, &m, -1);
}

static void
prepare(void *env)
{
	(void)env;
	tell("prepare");
}

static void
run(void *env)
{
	(void)env;
	tell("run");
}

static void
end(void *env)
{
	(void)env;
	if (self.parent != NULL)
		tell("end");
}

static const struct handler handlers[] = {
	{ MSG_STUN_SOCKET, on_stun_socket },
	{ MSG_STUN_LISTEN, on_stun_socket },
	{ MSG_COUNTERS_GET, on_counters_get },
};

static const struct proc_ops ops = {
	.prepare = prepare,
	.run = run,
	.end = end,
};

static const struct sandbox_policy policy = {
	.pledge = "stdio recvfd",
	.files = SANDBOX_NO_FILES,
};

static void
be_child(int fd)
{
	if (fd == -1)
		close(PROC_PARENT_FD);
	else if (fd != PROC_PARENT_FD && dup2(fd, PROC_PARENT_FD) == -1)
		_exit(99);
	self.role = ROLE_STUN;
	self.handlers = handlers;
	self.nhandlers = sizeof(handlers) / sizeof(handlers[0]);
	self.ops = &ops;
	self.sandbox = &policy;
	_exit(child_main(&self));
}

/* --- The test ------------------------------------------------------ */

static void
open_end(struct end *e, int *other)
{
	int	 s[2];

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s) ==
	    0);
	*other = s[0];
	e->fd = s[1];
	ATF_REQUIRE(imsgbuf_init(&e->ib, s[1]) == 0);
	imsgbuf_allow_fdpass(&e->ib);
	imsgbuf_set_maxsize(&e->ib, MSG_MAX_SIZE);
}

static void
begin(void)
{
	int	 other;

	open_end(&parent, &other);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0)
		be_child(other);
	close(other);
}

static void
give(struct end *e, enum msg_type type, const void *m, int fd)
{
	uint8_t	 buf[MSG_MAX_SIZE];
	ssize_t	 n = msg_encode(msg_lookup(type), m, buf, sizeof(buf));

	ATF_REQUIRE(n != -1);
	ATF_REQUIRE(imsg_compose(&e->ib, type, 0, 0, fd, buf,
	    (size_t)n) == 1);
	ATF_REQUIRE(imsgbuf_flush(&e->ib) == 0);
}

static void
give_start(uint64_t build, uint32_t role)
{
	struct msg_start	 m;

	memset(&m, 0, sizeof(m));
	m.build = build;
	m.role = (uint8_t)role;
	m.log_level = 2;
	m.uid = m.gid = NOBODY;
	ATF_REQUIRE(getcwd(m.root, sizeof(m.root)) != NULL);
	give(&parent, MSG_START, &m, -1);
}

static void
give_channel(uint32_t peer)
{
	struct msg_channel	 m;
	int			 other;

	memset(&m, 0, sizeof(m));
	m.peer = (uint8_t)peer;
	open_end(&sibling, &other);
	give(&parent, MSG_CHANNEL, &m, other);
}

static void
give_setup_done(void)
{
	struct msg_setup_done	 m;

	memset(&m, 0, sizeof(m));
	give(&parent, MSG_SETUP_DONE, &m, -1);
}

static void
ask_sibling(uint32_t id)
{
	struct msg_counters_get	 m = { .id = id };

	give(&sibling, MSG_COUNTERS_GET, &m, -1);
}

/* The next message, MSG_NONE at the end of the channel. */
static uint32_t
next(struct end *e, union msg_any *any)
{
	struct pollfd	 pfd = { .fd = e->fd, .events = POLLIN };
	struct imsg	 imsg;
	struct ibuf	 body;
	uint32_t	 type;
	int		 n;

	while ((n = imsgbuf_get(&e->ib, &imsg)) == 0) {
		ATF_REQUIRE_MSG(poll(&pfd, 1, LIMIT_MS) == 1,
		    "the child says nothing");
		if (imsgbuf_read(&e->ib) != 1)
			return MSG_NONE;
	}
	ATF_REQUIRE(n == 1);
	type = imsg_get_type(&imsg);
	if (imsg_get_len(&imsg) > 0)
		ATF_REQUIRE(imsg_get_ibuf(&imsg, &body) == 0);
	else
		ibuf_from_buffer(&body, NULL, 0);
	ATF_REQUIRE_EQ_MSG(MSG_OK, msg_decode(msg_lookup(type),
	    ibuf_data(&body), ibuf_size(&body), any), "%s", msg_name(type));
	imsg_free(&imsg);
	return type;
}

static void
expect(struct end *e, uint32_t type, union msg_any *any)
{
	uint32_t	 got = next(e, any);

	ATF_REQUIRE_MSG(got == type, "%s instead of %s%s%s", msg_name(got),
	    msg_name(type), got == MSG_LOG ? ": " : "",
	    got == MSG_LOG ? any->log.text : "");
}

/* A line with this text comes, before anything but other lines. */
static void
expect_line(const char *text)
{
	union msg_any	 any;

	do {
		expect(&parent, MSG_LOG, &any);
	} while (strstr(any.log.text, text) == NULL);
}

static void
expect_exit(int code)
{
	union msg_any	 any;
	int		 status;

	while (next(&parent, &any) != MSG_NONE)
		;
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == code,
	    "status %x instead of exit code %d", status, code);
}

/* Up to READY, with the lines of its callbacks in their order. */
static void
begin_running(uint32_t peer)
{
	union msg_any	 any;

	begin();
	give_start(msg_build(), ROLE_STUN);
	if (peer != ROLE_NONE)
		give_channel(peer);
	give_setup_done();
	expect_line("prepare");
	expect(&parent, MSG_READY, &any);
	expect_line("run");
}

static void
finish(void)
{
	struct msg_shutdown	 m;

	memset(&m, 0, sizeof(m));
	give(&parent, MSG_SHUTDOWN, &m, -1);
	expect_line("end");
	expect_exit(0);
}

/* The line of /proc/PID/status that begins with this name. */
static void
check_status(const char *name, const char *want)
{
	char	 path[64], line[256];
	size_t	 len = strlen(name);
	FILE	*f;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	ATF_REQUIRE((f = fopen(path, "r")) != NULL);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line[strcspn(line, "\n")] = '\0';
		ATF_CHECK_STREQ(want, line + len + 2);
		fclose(f);
		return;
	}
	atf_tc_fail("no %s in %s", name, path);
}

ATF_TC_WITHOUT_HEAD(a_child_started_by_hand_says_so_and_ends);
ATF_TC_BODY(a_child_started_by_hand_says_so_and_ends, tc)
{
	int	 status;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0)
		be_child(-1);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 2);
}

ATF_TC_WITHOUT_HEAD(a_child_of_another_build_ends_with_a_reason);
ATF_TC_BODY(a_child_of_another_build_ends_with_a_reason, tc)
{
	begin();
	give_start(msg_build() ^ 1, ROLE_STUN);
	expect_line("another build");
	expect_exit(1);
}

ATF_TC_WITHOUT_HEAD(a_child_started_in_another_role_ends);
ATF_TC_BODY(a_child_started_in_another_role_ends, tc)
{
	begin();
	give_start(msg_build(), ROLE_TLS);
	expect_line("another build");
	expect_exit(1);
}

ATF_TC_WITHOUT_HEAD(a_child_ends_with_its_parent);
ATF_TC_BODY(a_child_ends_with_its_parent, tc)
{
	int	 status;

	begin();
	close(parent.fd);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

ATF_TC(a_child_does_not_run_as_root);
ATF_TC_HEAD(a_child_does_not_run_as_root, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_child_does_not_run_as_root, tc)
{
	begin();
	give_setup_done();
	expect_line("still root");
	expect_exit(1);
}

ATF_TC(a_running_child_has_lost_every_privilege);
ATF_TC_HEAD(a_running_child_has_lost_every_privilege, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_running_child_has_lost_every_privilege, tc)
{
	begin_running(ROLE_NONE);
	check_status("Uid", "65534\t65534\t65534\t65534");
	check_status("Gid", "65534\t65534\t65534\t65534");
	check_status("Groups", "65534 ");
	check_status("CapInh", "0000000000000000");
	check_status("CapPrm", "0000000000000000");
	check_status("CapEff", "0000000000000000");
	check_status("CapBnd", "0000000000000000");
	check_status("CapAmb", "0000000000000000");
	check_status("NoNewPrivs", "1");
	check_status("Seccomp", "2");
	finish();
}

ATF_TC(a_sibling_is_listened_to_in_the_sandbox_only);
ATF_TC_HEAD(a_sibling_is_listened_to_in_the_sandbox_only, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_sibling_is_listened_to_in_the_sandbox_only, tc)
{
	union msg_any	 any;

	begin();
	give_start(msg_build(), ROLE_STUN);
	give_channel(ROLE_POLICY);
	/* Read now, this would be out of its phase. */
	ask_sibling(12);
	give_setup_done();
	expect_line("prepare");
	expect(&parent, MSG_READY, &any);
	expect(&sibling, MSG_COUNTERS, &any);
	ATF_CHECK_EQ(12, any.counters.id);
	finish();
}

ATF_TC(a_sibling_that_breaks_the_table_is_reported_and_cut_off);
ATF_TC_HEAD(a_sibling_that_breaks_the_table_is_reported_and_cut_off, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_sibling_that_breaks_the_table_is_reported_and_cut_off, tc)
{
	struct msg_log	 m;
	union msg_any	 any;

	memset(&m, 0, sizeof(m));
	begin_running(ROLE_POLICY);
	give(&sibling, MSG_LOG, &m, -1);
	expect_line("refused");
	expect(&parent, MSG_VIOLATION, &any);
	ATF_CHECK_EQ(ROLE_POLICY, any.violation.peer);
	ATF_CHECK_EQ(0, any.violation.instance);
	ATF_CHECK_EQ(MSG_LOG, any.violation.type);
	ATF_CHECK_STREQ(msg_strerror(MSG_ERR_TO), any.violation.reason);
	ATF_CHECK_EQ(MSG_NONE, next(&sibling, &any));
	/* It goes on, and takes a new channel to the same sibling. */
	give_channel(ROLE_POLICY);
	ask_sibling(13);
	expect(&sibling, MSG_COUNTERS, &any);
	ATF_CHECK_EQ(13, any.counters.id);
	finish();
}

ATF_TC(a_new_channel_replaces_the_old_one);
ATF_TC_HEAD(a_new_channel_replaces_the_old_one, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_new_channel_replaces_the_old_one, tc)
{
	union msg_any	 any;
	struct end	 old;

	begin_running(ROLE_POLICY);
	old = sibling;
	give_channel(ROLE_POLICY);
	ask_sibling(14);
	expect(&sibling, MSG_COUNTERS, &any);
	ATF_CHECK_EQ(MSG_NONE, next(&old, &any));
	finish();
}

ATF_TC(a_parent_that_breaks_the_table_is_not_obeyed);
ATF_TC_HEAD(a_parent_that_breaks_the_table_is_not_obeyed, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_parent_that_breaks_the_table_is_not_obeyed, tc)
{
	begin_running(ROLE_NONE);
	give_start(msg_build(), ROLE_STUN);
	expect_line("parent sent START");
	expect_exit(1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_child_started_by_hand_says_so_and_ends);
	ATF_TP_ADD_TC(tp, a_child_of_another_build_ends_with_a_reason);
	ATF_TP_ADD_TC(tp, a_child_started_in_another_role_ends);
	ATF_TP_ADD_TC(tp, a_child_ends_with_its_parent);
	ATF_TP_ADD_TC(tp, a_child_does_not_run_as_root);
	ATF_TP_ADD_TC(tp, a_running_child_has_lost_every_privilege);
	ATF_TP_ADD_TC(tp, a_sibling_is_listened_to_in_the_sandbox_only);
	ATF_TP_ADD_TC(tp,
	    a_sibling_that_breaks_the_table_is_reported_and_cut_off);
	ATF_TP_ADD_TC(tp, a_new_channel_replaces_the_old_one);
	ATF_TP_ADD_TC(tp, a_parent_that_breaks_the_table_is_not_obeyed);
	return atf_no_error();
}
