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
 * For tests of one process: plays its parent and its siblings.  Everything
 * waits for an event with a time limit, nothing sleeps.
 */

#ifndef REGRESS_TLSIO_CHILD_H
#define REGRESS_TLSIO_CHILD_H

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg/imsg.h"
#include "msg/msg.h"

#define CHILD_MS	10000	/* whatever takes longer has failed */
#define CHILD_UID	65534
#define CHILD_PARENT_FD	3

/* One channel to the process, from the other end. */
struct side {
	struct imsgbuf	 ibuf;
	int		 fd;
	uint32_t	 role;
};

struct child {
	pid_t		 pid;
	struct side	 parent;
	char		 root[64];
};

static inline void
side_init(struct side *s, int fd, uint32_t role)
{
	s->fd = fd;
	s->role = role;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	ATF_REQUIRE(imsgbuf_init(&s->ibuf, fd) == 0);
	if (role == ROLE_PARENT)
		imsgbuf_allow_fdpass(&s->ibuf);
	imsgbuf_set_maxsize(&s->ibuf, MSG_MAX_SIZE + IMSG_HEADER_SIZE);
}

static inline void
side_end(struct side *s)
{
	imsgbuf_clear(&s->ibuf);
	close(s->fd);
}

static inline void
side_send(struct side *s, uint32_t type, const void *m, int fd)
{
	uint8_t	 buf[MSG_MAX_SIZE];
	ssize_t	 len = msg_encode(msg_lookup(type), m, buf, sizeof(buf));

	ATF_REQUIRE_MSG(len != -1, "%s breaks its limits", msg_name(type));
	ATF_REQUIRE(imsg_compose(&s->ibuf, type, 0, 0, fd, buf,
	    (size_t)len) == 1);
	ATF_REQUIRE(imsgbuf_flush(&s->ibuf) == 0);
}

/*
 * The next message that is not LOG: its type, 0 when the channel ended.
 * Fails the test after CHILD_MS.
 */
static inline uint32_t
side_get(struct side *s, union msg_any *any)
{
	struct pollfd	 pfd = { s->fd, POLLIN, 0 };
	struct ibuf	 body;
	struct imsg	 imsg;
	uint32_t	 type;
	int		 n;

	for (;;) {
		ATF_REQUIRE((n = imsgbuf_get(&s->ibuf, &imsg)) != -1);
		if (n == 0) {
			ATF_REQUIRE_MSG(poll(&pfd, 1, CHILD_MS) == 1,
			    "%s: no message", role_name(s->role));
			if (imsgbuf_read(&s->ibuf) != 1)
				return 0;
			continue;
		}
		type = imsg_get_type(&imsg);
		ATF_REQUIRE(msg_lookup(type) != NULL);
		if (imsg_get_len(&imsg) == 0)
			n = msg_decode(msg_lookup(type), NULL, 0, any);
		else {
			ATF_REQUIRE(imsg_get_ibuf(&imsg, &body) == 0);
			n = msg_decode(msg_lookup(type), ibuf_data(&body),
			    ibuf_size(&body), any);
		}
		imsg_free(&imsg);
		ATF_REQUIRE_EQ(n, MSG_OK);
		if (type != MSG_LOG)
			return type;
		fprintf(stderr, "log: %s\n", any->log.text);
		ATF_REQUIRE_MSG(strstr(any->log.text, "its filter") == NULL,
		    "%s", any->log.text);
	}
}

static inline void
side_expect(struct side *s, uint32_t type, union msg_any *any)
{
	uint32_t	 got = side_get(s, any);

	ATF_REQUIRE_MSG(got == type, "expected %s, got %s", msg_name(type),
	    got == 0 ? "the end" : msg_name(got));
}

/* A channel to a sibling that the test plays; replaces an earlier one. */
static inline void
child_join(struct child *ch, struct side *s, uint32_t role)
{
	struct msg_channel	 m;
	int			 pair[2];

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    pair) == 0);
	memset(&m, 0, sizeof(m));
	m.peer = (uint8_t)role;
	side_init(s, pair[0], role);
	side_send(&ch->parent, MSG_CHANNEL, &m, pair[1]);
}

static inline void
child_exec(const char *path, int fd)
{
	char	 tz[] = "TZ=UTC", name[] = "child";
	char	*argv[] = { name, NULL }, *envp[] = { tz, NULL };

	if (fd == CHILD_PARENT_FD)
		fcntl(fd, F_SETFD, 0);
	else if (dup2(fd, CHILD_PARENT_FD) == -1)
		_exit(1);
	execve(path, argv, envp);
	_exit(127);
}

/* Start it up to START; the rest of the set-up is the test's. */
static inline void
child_start(struct child *ch, const char *program, uint32_t role)
{
	const char		*build = getenv("ENCLAVE_BUILD");
	struct msg_start	 m;
	char			 path[512], cwd[256];
	int			 pair[2];

	if (getuid() != 0)
		atf_tc_skip("only root can start a process of the suite");
	if (build == NULL)
		atf_tc_skip("ENCLAVE_BUILD does not name the executables");
	/* The other end may close while we write. */
	signal(SIGPIPE, SIG_IGN);
	snprintf(path, sizeof(path), "%s/%s", build, program);
	ATF_REQUIRE_MSG(access(path, X_OK) == 0, "%s", path);
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    pair) == 0);
	ATF_REQUIRE((ch->pid = fork()) != -1);
	if (ch->pid == 0)
		child_exec(path, pair[1]);
	close(pair[1]);
	side_init(&ch->parent, pair[0], ROLE_PARENT);
	ATF_REQUIRE(mkdir("empty", 0555) == 0 || errno == EEXIST);
	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	memset(&m, 0, sizeof(m));
	m.build = msg_build();
	m.role = (uint8_t)role;
	m.log_level = 3;
	m.uid = m.gid = CHILD_UID;
	snprintf(m.root, sizeof(m.root), "%s/empty", cwd);
	side_send(&ch->parent, MSG_START, &m, -1);
}

/* It must still be alive, and end by itself with code 0. */
static inline void
child_end(struct child *ch)
{
	struct msg_shutdown	 m;
	union msg_any		 any;
	int			 status;

	memset(&m, 0, sizeof(m));
	side_send(&ch->parent, MSG_SHUTDOWN, &m, -1);
	while (side_get(&ch->parent, &any) != 0)
		continue;
	ATF_REQUIRE(waitpid(ch->pid, &status, 0) == ch->pid);
	ATF_REQUIRE_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "status %x", (unsigned int)status);
	side_end(&ch->parent);
}

#endif /* REGRESS_TLSIO_CHILD_H */
