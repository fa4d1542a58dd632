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
 * Messages with a well-formed header and contents that are not, each on a
 * connection of its own, many at a time.
 *
 *	messages_helper socket types
 *
 * All types up to the last one are sent, with nothing, a little and almost the
 * most behind the header, and types and lengths that no header may have.  Ends
 * with 0 when all were sent and each connection was closed by the other side
 * or was given up after GIVE_UP_MS.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HEADER		16
#define MESSAGE_MAX	16384
#define AT_ONCE		24
#define GIVE_UP_MS	2000

struct conn {
	int	 fd;		/* -1: free */
	int64_t	 until;		/* ms */
	size_t	 off;
	size_t	 len;
	uint8_t	 buf[MESSAGE_MAX];
};

struct env {
	const char	*path;
	uint32_t	 seed;
	struct conn	 conns[AT_ONCE];
};

static int64_t
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
le32(uint8_t *p, uint32_t v)
{
	p[0] = v & 0xff;
	p[1] = v >> 8 & 0xff;
	p[2] = v >> 16 & 0xff;
	p[3] = v >> 24 & 0xff;
}

static int
connect_to(const char *path)
{
	struct sockaddr_un	 sun;
	int			 fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if ((size_t)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path) >=
	    sizeof(sun.sun_path))
		errx(1, "%s: too long", path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		err(1, "%s", path);
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		err(1, "fcntl");
	return fd;
}

/* One step; a connection whose time is over or whose peer is gone is free. */
static void
step(struct conn *c, short revents)
{
	uint8_t	 in[4096];
	ssize_t	 n;

	if (revents & POLLOUT && c->off < c->len) {
		n = send(c->fd, c->buf + c->off, c->len - c->off, MSG_NOSIGNAL);
		if (n > 0)
			c->off += (size_t)n;
		else if (errno != EAGAIN)
			c->off = c->len;
		if (c->off == c->len)
			shutdown(c->fd, SHUT_WR);
	}
	n = 1;
	if (revents & (POLLIN | POLLHUP | POLLERR))
		n = read(c->fd, in, sizeof(in));
	if (n == 0 || (n == -1 && errno != EAGAIN) || now_ms() >= c->until) {
		close(c->fd);
		c->fd = -1;
	}
}

/* Returns the number of connections that are open. */
static int
turn(struct env *env)
{
	struct pollfd	 pfds[AT_ONCE];
	int		 i, open = 0;

	for (i = 0; i < AT_ONCE; i++) {
		pfds[i].fd = env->conns[i].fd;
		pfds[i].events = POLLIN;
		if (env->conns[i].off < env->conns[i].len)
			pfds[i].events |= POLLOUT;
		pfds[i].revents = 0;
	}
	if (poll(pfds, AT_ONCE, 100) == -1)
		err(1, "poll");
	for (i = 0; i < AT_ONCE; i++) {
		if (env->conns[i].fd != -1)
			step(&env->conns[i], pfds[i].revents);
		open += env->conns[i].fd != -1;
	}
	return open;
}

static uint8_t
draw(struct env *env)
{
	env->seed = env->seed * 1664525 + 1013904223;
	return env->seed >> 24;
}

static void
message(struct env *env, uint32_t type, uint32_t length, size_t contents)
{
	struct conn	*c = NULL;
	size_t		 i;

	while (c == NULL) {
		for (i = 0; i < AT_ONCE && c == NULL; i++)
			if (env->conns[i].fd == -1)
				c = &env->conns[i];
		if (c == NULL)
			turn(env);
	}
	le32(c->buf, type);
	le32(c->buf + 4, length);
	memset(c->buf + 8, 0, 8);
	for (i = 0; i < contents; i++)
		c->buf[HEADER + i] = draw(env);
	c->fd = connect_to(env->path);
	c->until = now_ms() + GIVE_UP_MS;
	c->off = 0;
	c->len = HEADER + contents;
}

static void
all_types(struct env *env, uint32_t last)
{
	static const uint32_t	 more[] = { 255, 256, 65535, 65536, 2147483647,
				     2147483648U, 4294967295U };
	uint32_t		 type;
	size_t			 i;

	for (type = 0; type <= last; type++) {
		message(env, type, HEADER, 0);
		message(env, type, HEADER + 32, 32);
		message(env, type, MESSAGE_MAX - 384, MESSAGE_MAX - 400);
	}
	for (i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		message(env, more[i], HEADER, 0);
}

static void
all_lengths(struct env *env)
{
	static const uint32_t	 lengths[] = { 0, 1, 15, 16385, 65535, 65536,
				     2147483647, 2147483648U, 4294967295U };
	size_t			 i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		message(env, 1, lengths[i], 4000);
	/* Begun and never finished. */
	message(env, 5, 1000, 100);
}

int
main(int argc, char **argv)
{
	static struct env	 env;
	size_t			 i;

	if (argc != 3)
		errx(2, "usage: messages_helper socket types");
	env.path = argv[1];
	for (i = 0; i < AT_ONCE; i++)
		env.conns[i].fd = -1;
	all_types(&env, (uint32_t)strtoul(argv[2], NULL, 10));
	all_lengths(&env);
	while (turn(&env) > 0)
		;
	return 0;
}
