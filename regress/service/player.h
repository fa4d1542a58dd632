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
 * Plays the parent and the neighbours around one real process: starts its
 * executable as an unprivileged user in an empty root, hands it channels and
 * speaks the messages of the table with it.  Needs root.
 */

#ifndef REGRESS_SERVICE_PLAYER_H
#define REGRESS_SERVICE_PLAYER_H

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <dirent.h>
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

#define PLAYER_WAIT_MS	10000
#define PLAYER_UID	65534

/* One end of a channel with the process. */
struct end {
	struct imsgbuf	 ibuf;
	int		 fd;
};

/* Another executable than that of the role, or NULL. */
static const char	*player_program;

struct player {
	struct end	 parent;
	pid_t		 pid;
	uint32_t	 role;
	char		 root[128];
};

static inline void
end_open(struct end *e, int fd)
{
	e->fd = fd;
	ATF_REQUIRE(fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
	ATF_REQUIRE(imsgbuf_init(&e->ibuf, fd) == 0);
	imsgbuf_allow_fdpass(&e->ibuf);
	ATF_REQUIRE(imsgbuf_set_maxsize(&e->ibuf, MSG_MAX_SIZE +
	    IMSG_HEADER_SIZE) == 0);
}

static inline void
end_close(struct end *e)
{
	imsgbuf_clear(&e->ibuf);
	close(e->fd);
}

static inline void
end_send(struct end *e, enum msg_type type, const void *m, int fd)
{
	uint8_t	 buf[MSG_MAX_SIZE];
	ssize_t	 len;

	len = msg_encode(msg_lookup(type), m, buf, sizeof(buf));
	ATF_REQUIRE(len >= 0);
	ATF_REQUIRE(imsg_compose(&e->ibuf, type, 0, 0, fd, buf,
	    (size_t)len) != -1);
	ATF_REQUIRE(imsgbuf_flush(&e->ibuf) == 0);
}

/* The next message, whatever it is; 0 when the channel has ended. */
static inline uint32_t
end_next(struct end *e, union msg_any *any)
{
	struct pollfd	 pfd;
	struct imsg	 imsg;
	struct ibuf	 body;
	uint32_t	 type;
	int		 n;

	while ((n = imsgbuf_get(&e->ibuf, &imsg)) == 0) {
		pfd.fd = e->fd;
		pfd.events = POLLIN;
		ATF_REQUIRE_MSG(poll(&pfd, 1, PLAYER_WAIT_MS) == 1,
		    "nothing came");
		if (imsgbuf_read(&e->ibuf) != 1)
			return MSG_NONE;
	}
	ATF_REQUIRE(n != -1);
	type = imsg_get_type(&imsg);
	ATF_REQUIRE(msg_lookup(type) != NULL);
	if (imsg_get_len(&imsg) == 0)
		ATF_REQUIRE(msg_decode(msg_lookup(type), NULL, 0, any) ==
		    MSG_OK);
	else {
		ATF_REQUIRE(imsg_get_ibuf(&imsg, &body) == 0);
		ATF_REQUIRE(msg_decode(msg_lookup(type), ibuf_data(&body),
		    ibuf_size(&body), any) == MSG_OK);
	}
	imsg_free(&imsg);
	return type;
}

/* The next message is of this type; lines for the log are shown. */
static inline void
end_expect(struct end *e, enum msg_type type, union msg_any *any)
{
	uint32_t	 got;

	while ((got = end_next(e, any)) == MSG_LOG && type != MSG_LOG)
		fprintf(stderr, "log: %s\n", any->log.text);
	ATF_REQUIRE_MSG(got == type, "%s instead of %s", msg_name(got),
	    msg_name(type));
}

/* Nothing has come; only of use after an answer that was sent later. */
static inline void
end_expect_nothing(struct end *e)
{
	struct pollfd	 pfd = { e->fd, POLLIN, 0 };
	union msg_any	 any;
	struct imsg	 imsg;

	ATF_REQUIRE_EQ(imsgbuf_get(&e->ibuf, &imsg), 0);
	if (poll(&pfd, 1, 0) == 1)
		atf_tc_fail("unexpected %s", msg_name(end_next(e, &any)));
}

/* A channel between the process and a neighbour that the test plays. */
static inline void
player_join(struct player *p, uint32_t role, uint32_t instance,
    struct end *e)
{
	struct msg_channel	 m;
	int			 pair[2];

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    pair) == 0);
	memset(&m, 0, sizeof(m));
	m.peer = (uint8_t)role;
	m.instance = (uint8_t)instance;
	end_send(&p->parent, MSG_CHANNEL, &m, pair[0]);
	end_open(e, pair[1]);
}

static inline void
player_exec(const char *program, int fd)
{
	const char	*dir = getenv("ENCLAVE_BUILD");
	char		 path[1024], name[64];
	char		*argv[] = { name, NULL };
	char		*envp[] = { NULL };

	snprintf(path, sizeof(path), "%s/%s", dir == NULL ? "." : dir,
	    program);
	snprintf(name, sizeof(name), "%s", program);
	if (dup2(fd, 3) == -1)
		_exit(1);
	execve(path, argv, envp);
	perror(path);
	_exit(1);
}

/* As player_start, once more in the root of before. */
static inline void
player_restart(struct player *p, uint32_t role)
{
	struct msg_start	 m;
	int			 pair[2];

	signal(SIGPIPE, SIG_IGN);
	p->role = role;
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	ATF_REQUIRE((p->pid = fork()) != -1);
	if (p->pid == 0)
		player_exec(player_program != NULL ? player_program :
		    role_name(role), pair[1]);
	close(pair[1]);
	end_open(&p->parent, pair[0]);
	memset(&m, 0, sizeof(m));
	m.build = msg_build();
	m.role = (uint8_t)role;
	m.log_level = 3;
	m.uid = m.gid = PLAYER_UID;
	snprintf(m.root, sizeof(m.root), "%s", p->root);
	end_send(&p->parent, MSG_START, &m, -1);
}

static inline void
player_start(struct player *p, uint32_t role)
{
	memset(p, 0, sizeof(*p));
	snprintf(p->root, sizeof(p->root), "%s", "/tmp/enclave-test.XXXXXX");
	ATF_REQUIRE(mkdtemp(p->root) != NULL);
	ATF_REQUIRE(chown(p->root, PLAYER_UID, PLAYER_UID) == 0);
	player_restart(p, role);
}

/* Everything was handed over; returns when the process is confined. */
static inline void
player_ready(struct player *p)
{
	struct msg_setup_done	 m;
	union msg_any		 any;

	memset(&m, 0, sizeof(m));
	end_send(&p->parent, MSG_SETUP_DONE, &m, -1);
	end_expect(&p->parent, MSG_READY, &any);
}

/* An orderly end: the process says nothing wrong and exits with 0. */
static inline void
player_end(struct player *p)
{
	struct msg_shutdown	 m;
	union msg_any		 any;
	uint32_t		 type;
	int			 status;

	memset(&m, 0, sizeof(m));
	end_send(&p->parent, MSG_SHUTDOWN, &m, -1);
	while ((type = end_next(&p->parent, &any)) == MSG_LOG)
		fprintf(stderr, "log: %s\n", any.log.text);
	ATF_REQUIRE_EQ_MSG(type, (uint32_t)MSG_NONE, "%s", msg_name(type));
	ATF_REQUIRE_EQ(waitpid(p->pid, &status, 0), p->pid);
	ATF_REQUIRE_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "ended with status %x", (unsigned int)status);
	end_close(&p->parent);
}

static inline void
player_remove_root(struct player *p)
{
	struct dirent	*de;
	DIR		*dir;
	int		 fd;

	if ((dir = opendir(p->root)) == NULL)
		return;
	fd = dirfd(dir);
	while ((de = readdir(dir)) != NULL)
		unlinkat(fd, de->d_name, 0);
	closedir(dir);
	rmdir(p->root);
}

#endif /* REGRESS_SERVICE_PLAYER_H */
