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
 * A client of TURN over TCP, see turn.h, with no more than is needed here: an
 * allocation, a connection of the server's to the peer, and the one that is
 * bound to it.  No check of what comes back but that it says success.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/turn.h"
#include "stun/stun.h"

#define TURN_PORT		3978
#define TURN_WAIT_MS		5000

/* RFC 5766 and RFC 6062. */
#define METHOD_ALLOCATE		0x003
#define METHOD_CONNECT		0x00a
#define METHOD_CONNECTION_BIND	0x00b
#define ATTR_XOR_PEER_ADDRESS	0x0012
#define ATTR_TRANSPORT		0x0019
#define ATTR_CONNECTION_ID	0x002a
#define TRANSPORT_TCP		0x06000000U

static void
address(struct sockaddr_in *sin, uint16_t port)
{
	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_port = htons(port);
	sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

/* -1 while nobody listens. */
static int
dial(void)
{
	struct sockaddr_in	 sin;
	int			 fd = socket(AF_INET, SOCK_STREAM |
				    SOCK_CLOEXEC, 0), on = 1;

	address(&sin, TURN_PORT);
	if (fd == -1)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1) {
		close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static void
quiet_exec(const char *program)
{
	execl(program, "turnserver", "-n", "-z", "-L", "127.0.0.1", "-E",
	    "127.0.0.1", "-p", "3978", "-m", "1", "--no-tls", "--no-dtls",
	    "--no-udp", "--no-cli", "--allow-loopback-peers", "--userdb",
	    "/nonexistent", "--no-stdout-log", "--log-file", "/dev/null",
	    "--pidfile", "/dev/null", (char *)NULL);
	_exit(127);
}

pid_t
turn_start(const char *program)
{
	struct timespec	 pause = { 0, 20000000 };
	pid_t		 pid = fork();
	int		 fd, i;

	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		fd = open("/dev/null", O_RDWR);
		dup2(fd, STDIN_FILENO);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		quiet_exec(program);
	}
	for (i = 0; i < TURN_WAIT_MS / 20; i++) {
		if ((fd = dial()) != -1) {
			close(fd);
			return pid;
		}
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return -1;
		nanosleep(&pause, NULL);
	}
	turn_stop(pid);
	return -1;
}

void
turn_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
begin(struct stun_builder *b, uint8_t *buf, uint16_t method)
{
	static uint8_t	 id[STUN_ID_LEN];

	id[0]++;
	stun_build_start(b, buf, STUN_MESSAGE_MAX, STUN_REQUEST, method, id);
}

/* Send, and read the answer into the same memory.  Its length. */
static size_t
ask(int fd, struct stun_builder *b, const char *what)
{
	ssize_t	 len = stun_build_finish(b);
	size_t	 n;

	if (len == -1 || write(fd, b->buf, (size_t)len) != len ||
	    recv(fd, b->buf, 20, MSG_WAITALL) != 20)
		errx(1, "turn: no answer to %s", what);
	n = (size_t)b->buf[2] << 8 | b->buf[3];
	if (n > STUN_MESSAGE_MAX - 20 || recv(fd, b->buf + 20, n,
	    MSG_WAITALL) != (ssize_t)n)
		errx(1, "turn: half an answer to %s", what);
	if ((b->buf[0] & 1) == 0 || (b->buf[1] & 0x10) != 0)
		errx(1, "turn: %s is refused", what);
	return 20 + n;
}

static uint32_t
connection_id(const uint8_t *buf, size_t len)
{
	size_t	 at = 20, n;

	for (; len - at >= 8; at += 4 + ((n + 3) & ~(size_t)3)) {
		n = (size_t)buf[at + 2] << 8 | buf[at + 3];
		if ((buf[at] << 8 | buf[at + 1]) == ATTR_CONNECTION_ID)
			return (uint32_t)buf[at + 4] << 24 |
			    (uint32_t)buf[at + 5] << 16 |
			    (uint32_t)buf[at + 6] << 8 | buf[at + 7];
		if (n + 4 > len - at)
			break;
	}
	errx(1, "turn: no number of a connection");
}

static int
peer_listen(struct endpoint *ep)
{
	struct sockaddr_in	 sin;
	socklen_t		 len = sizeof(sin);
	int			 fd = socket(AF_INET, SOCK_STREAM |
				    SOCK_CLOEXEC, 0);

	address(&sin, 0);
	if (fd == -1 || bind(fd, (struct sockaddr *)&sin, len) == -1 ||
	    listen(fd, 1) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1 ||
	    endpoint_parse(ep, "127.0.0.1", ntohs(sin.sin_port)) == -1)
		err(1, "turn: peer");
	return fd;
}

/* RFC 8489 14.2; IPv4 alone. */
static void
xor_address(struct endpoint *ep)
{
	static const uint8_t	 cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };
	size_t			 i;

	ep->port ^= 0x2112;
	for (i = 0; i < sizeof(cookie); i++)
		ep->addr[i] ^= cookie[i];
}

void
turn_join(int fd[2], int *control)
{
	struct stun_builder	 b;
	struct endpoint		 peer;
	uint8_t			 buf[STUN_MESSAGE_MAX];
	uint32_t		 number;
	int			 listening = peer_listen(&peer);

	if ((*control = dial()) == -1 || (fd[0] = dial()) == -1)
		err(1, "turn: connect");
	begin(&b, buf, METHOD_ALLOCATE);
	stun_build_u32(&b, ATTR_TRANSPORT, TRANSPORT_TCP);
	ask(*control, &b, "allocate");
	begin(&b, buf, METHOD_CONNECT);
	xor_address(&peer);
	stun_build_address(&b, ATTR_XOR_PEER_ADDRESS, &peer);
	number = connection_id(buf, ask(*control, &b, "connect"));
	if ((fd[1] = accept(listening, NULL, NULL)) == -1)
		err(1, "turn: accept");
	close(listening);
	begin(&b, buf, METHOD_CONNECTION_BIND);
	stun_build_u32(&b, ATTR_CONNECTION_ID, number);
	ask(fd[0], &b, "connection bind");
}
