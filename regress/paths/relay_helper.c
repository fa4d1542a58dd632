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
 * A relay as its owner could make it, in front of a real one: it takes the
 * connections of both systems, joins each to the real relay, and once the
 * preface has passed does with their bytes what its mode says. It holds no key,
 * as no relay does; it serves a test and trusts everybody.
 *
 * usage: relay_helper mode address port real-address real-port
 * Modes, each about a direction of one connection:
 *	flip	one bit of each 40000th byte is another
 *	inject	a frame of its own goes before what it forwards, now and then
 *	echo	what a system sends comes back to it, and goes on as well
 *	self	after 20000 bytes each system is joined with itself
 *	eat	after 20000 bytes it says no more, and does not close
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINKS_MAX	64
#define PREFACE_LEN	24	/* and answers are shorter: left as they are */
#define FLIP_EACH	40000
#define EAT_AFTER	20000
#define INJECT_EACH	200	/* reads */
#define INJECT_LEN	100

enum mode {
	MODE_FLIP,
	MODE_INJECT,
	MODE_ECHO,
	MODE_SELF,
	MODE_EAT
};

struct link {
	int		 fd[2];		/* of the system, of the real relay */
	uint64_t	 passed[2];	/* bytes read from each */
	unsigned int	 reads;
};

static const char *const names[] = { "flip", "inject", "echo", "self", "eat" };
static struct link	 links[LINKS_MAX];
static size_t		 nlinks;
static enum mode	 mode;

static void
address_set(struct sockaddr_in *sin, const char *address, const char *port)
{
	const char *errstr;

	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_port = htons((uint16_t)strtonum(port, 1, 65535, &errstr));
	if (errstr != NULL ||
	    inet_pton(AF_INET, address, &sin->sin_addr) != 1)
		errx(2, "no address: %s port %s", address, port);
}

static void
link_add(int listener, const struct sockaddr_in *real)
{
	struct link *l;

	if (nlinks == LINKS_MAX)
		errx(1, "too many connections");
	l = &links[nlinks];
	memset(l, 0, sizeof(*l));
	if ((l->fd[0] = accept(listener, NULL, NULL)) == -1)
		return;
	if ((l->fd[1] = socket(AF_INET, SOCK_STREAM, 0)) == -1)
		err(1, "socket");
	if (connect(l->fd[1], (const struct sockaddr *)real,
	    sizeof(*real)) == -1) {
		close(l->fd[0]);
		close(l->fd[1]);
		return;
	}
	nlinks++;
}

static void
link_remove(size_t i)
{
	close(links[i].fd[0]);
	close(links[i].fd[1]);
	links[i] = links[--nlinks];
}

static int
put(int fd, const uint8_t *p, size_t len)
{
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n)
		if ((n = write(fd, p, len)) <= 0)
			return -1;
	return 0;
}

static void
flip(uint8_t *p, size_t len, uint64_t before)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (before + i > PREFACE_LEN && (before + i) % FLIP_EACH == 0)
			p[i] ^= (uint8_t)(1u << ((before + i) / FLIP_EACH % 8));
}

/* A length and as many bytes, the first four those of a data packet. */
static int
inject(int fd)
{
	uint8_t frame[2 + INJECT_LEN];

	memset(frame, 0x5a, sizeof(frame));
	frame[0] = 0;
	frame[1] = INJECT_LEN;
	frame[2] = 4;
	frame[3] = frame[4] = frame[5] = 0;
	return put(fd, frame, sizeof(frame));
}

/* Side 0 is the system's. Returns -1 if the connection is over. */
static int
link_pass(struct link *l, int side)
{
	uint8_t		 buf[16384];
	uint64_t	 before = l->passed[side];
	ssize_t		 n;

	if ((n = read(l->fd[side], buf, sizeof(buf))) <= 0)
		return -1;
	l->passed[side] += (uint64_t)n;
	if (before < PREFACE_LEN)
		return put(l->fd[!side], buf, (size_t)n);
	switch (mode) {
	case MODE_FLIP:
		flip(buf, (size_t)n, before);
		break;
	case MODE_INJECT:
		if (++l->reads % INJECT_EACH == 0 && inject(l->fd[!side]) == -1)
			return -1;
		break;
	case MODE_ECHO:
		if (side == 0 && put(l->fd[0], buf, (size_t)n) == -1)
			return -1;
		break;
	case MODE_SELF:
		if (l->passed[0] + l->passed[1] <= EAT_AFTER)
			break;
		return side == 0 ? put(l->fd[0], buf, (size_t)n) : 0;
	case MODE_EAT:
		if (before > EAT_AFTER)
			return 0;
		break;
	}
	return put(l->fd[!side], buf, (size_t)n);
}

static void
turn(int listener, const struct sockaddr_in *real)
{
	struct pollfd	 pfd[1 + 2 * LINKS_MAX];
	size_t		 i, n = nlinks;

	memset(pfd, 0, sizeof(pfd));
	pfd[0].fd = listener;
	pfd[0].events = POLLIN;
	for (i = 0; i < 2 * n; i++) {
		pfd[1 + i].fd = links[i / 2].fd[i % 2];
		pfd[1 + i].events = POLLIN;
	}
	if (poll(pfd, 1 + 2 * n, -1) == -1)
		err(1, "poll");
	/* From the last one on: removing moves only those that were seen. */
	for (i = n; i-- > 0; )
		if ((pfd[1 + 2 * i].revents != 0 &&
		    link_pass(&links[i], 0) == -1) ||
		    (pfd[2 + 2 * i].revents != 0 &&
		    link_pass(&links[i], 1) == -1))
			link_remove(i);
	if (pfd[0].revents != 0)
		link_add(listener, real);
}

int
main(int argc, char *argv[])
{
	struct sockaddr_in	 here, real;
	int			 fd, on = 1;

	if (argc != 6)
		errx(2, "usage: relay_helper mode address port "
		    "real-address real-port");
	while (strcmp(names[mode], argv[1]) != 0)
		if (++mode > MODE_EAT)
			errx(2, "no mode %s", argv[1]);
	address_set(&here, argv[2], argv[3]);
	address_set(&real, argv[4], argv[5]);
	signal(SIGPIPE, SIG_IGN);
	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(fd, (struct sockaddr *)&here, sizeof(here)) == -1 ||
	    listen(fd, 64) == -1)
		err(1, "%s port %s", argv[2], argv[3]);
	for (;;)
		turn(fd, &real);
}
