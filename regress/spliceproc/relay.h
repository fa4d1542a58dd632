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
 * The real spliceproc between a played parent and linkproc, and clients of
 * it on the loopback.  Everything waits for an event with a time limit.
 */

#ifndef REGRESS_SPLICEPROC_RELAY_H
#define REGRESS_SPLICEPROC_RELAY_H

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <arpa/inet.h>

#include <poll.h>
#include <stdint.h>
#include <time.h>

#include "regress/service/player.h"
#include "relay/relay.h"

#define WAIT_MS	10000

struct relay {
	struct player		 p;
	struct end		 link;
	struct msg_splice_limits limits;
	struct msg_relay_load	 load;	/* the last one */
	unsigned int		 loads;
	int			 listener;
	uint16_t		 port;
};

static inline uint64_t
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static inline struct sockaddr_in
loopback(uint16_t port)
{
	struct sockaddr_in	 sin;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sin;
}

static inline void
relay_defaults(struct relay *r)
{
	memset(r, 0, sizeof(*r));
	r->listener = -1;
	r->limits.idle_s = 60;
	r->limits.pairs_max = 100;
	r->limits.handshake_ms = 5000;
}

static inline void
relay_listen(struct relay *r)
{
	struct sockaddr_in	 sin = loopback(0);
	socklen_t		 len = sizeof(sin);

	r->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ATF_REQUIRE(r->listener != -1);
	ATF_REQUIRE(bind(r->listener, (struct sockaddr *)&sin, len) == 0);
	ATF_REQUIRE(listen(r->listener, 1024) == 0);
	ATF_REQUIRE(getsockname(r->listener, (struct sockaddr *)&sin,
	    &len) == 0);
	r->port = ntohs(sin.sin_port);
}

/* After player_start or player_restart: the rest of the set-up. */
static inline void
relay_setup(struct relay *r)
{
	struct msg_splice_listen	 m;

	memset(&m, 0, sizeof(m));
	end_send(&r->p.parent, MSG_SPLICE_LISTEN, &m, dup(r->listener));
	end_send(&r->p.parent, MSG_SPLICE_LIMITS, &r->limits, -1);
	player_join(&r->p, ROLE_LINK, 0, &r->link);
	player_ready(&r->p);
}

static inline void
relay_start(struct relay *r)
{
	if (getuid() != 0)
		atf_tc_skip("only root can start a process of the suite");
	relay_listen(r);
	player_start(&r->p, ROLE_SPLICE);
	relay_setup(r);
}

static inline void
relay_end(struct relay *r)
{
	player_end(&r->p);
	end_close(&r->link);
	close(r->listener);
	player_remove_root(&r->p);
}

static inline void
next_load(struct relay *r)
{
	union msg_any	 any;

	end_expect(&r->link, MSG_RELAY_LOAD, &any);
	r->load = any.relay_load;
	r->loads++;
}

static inline void
make_code(uint8_t code[RELAY_CODE_LEN], uint32_t number)
{
	memset(code, 0x5a, RELAY_CODE_LEN);
	memcpy(code, &number, sizeof(number));
}

static inline void
announce(struct relay *r, uint32_t number, uint32_t life_s)
{
	struct msg_relay_code	 m;
	uint8_t			 code[RELAY_CODE_LEN];

	memset(&m, 0, sizeof(m));
	make_code(code, number);
	relay_hash(code, m.hash);
	m.id = number;
	m.life_s = life_s;
	end_send(&r->link, MSG_RELAY_CODE, &m, -1);
}

static inline int
client(const struct relay *r)
{
	struct sockaddr_in	 sin = loopback(r->port);
	struct timeval		 tv = { WAIT_MS / 1000, 0 };
	int			 fd;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ATF_REQUIRE(fd != -1);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	ATF_REQUIRE(connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0);
	return fd;
}

static inline void
preface_of(uint32_t number, uint8_t side, uint8_t out[RELAY_PREFACE_LEN])
{
	struct relay_preface	 p;

	make_code(p.code, number);
	p.side = side;
	ATF_REQUIRE(relay_preface_encode(&p, out) == 0);
}

/* A client that has shown this code. */
static inline int
present(const struct relay *r, uint32_t number, uint8_t side)
{
	uint8_t	 buf[RELAY_PREFACE_LEN];
	int	 fd = client(r);

	preface_of(number, side, buf);
	ATF_REQUIRE(write(fd, buf, sizeof(buf)) == sizeof(buf));
	return fd;
}

static inline void
read_all(int fd, void *buf, size_t len)
{
	ATF_REQUIRE_EQ(recv(fd, buf, len, MSG_WAITALL), (ssize_t)len);
}

static inline void
expect_joined(int fd)
{
	uint8_t	 status[RELAY_STATUS_LEN];

	read_all(fd, status, sizeof(status));
	ATF_REQUIRE(memcmp(status, "EnR", 4) == 0);
	ATF_REQUIRE(relay_status_joined(status));
}

/* The relay ends it, without a byte, and in time; closes it here too. */
static inline void
expect_closed(int fd)
{
	uint8_t	 byte;
	ssize_t	 n = read(fd, &byte, 1);

	ATF_REQUIRE_MSG(n == 0 || (n == -1 && errno == ECONNRESET),
	    "read %zd: %s", n, strerror(errno));
	close(fd);
}

static inline void
expect_text(int fd, const char *text)
{
	char	 buf[64];

	read_all(fd, buf, strlen(text));
	ATF_REQUIRE(memcmp(buf, text, strlen(text)) == 0);
}

static inline void
say(int fd, const char *text)
{
	ATF_REQUIRE_EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* Both are joined, and hear each other. */
static inline void
join(struct relay *r, uint32_t number, int fd[RELAY_SIDES])
{
	announce(r, number, 30);
	fd[0] = present(r, number, 0);
	fd[1] = present(r, number, 1);
	expect_joined(fd[0]);
	expect_joined(fd[1]);
}

static inline void
check_talk(int fd[RELAY_SIDES])
{
	say(fd[0], "from nought");
	expect_text(fd[1], "from nought");
	say(fd[1], "from one");
	expect_text(fd[0], "from one");
}

/* Until the load says so. */
static inline void
wait_refused(struct relay *r, uint64_t refused)
{
	while (r->load.refused < refused)
		next_load(r);
	ATF_REQUIRE_EQ(r->load.refused, refused);
}

static inline void
wait_pairs(struct relay *r, uint32_t pairs)
{
	while (r->load.pairs != pairs)
		next_load(r);
}

static inline void
set_files(rlim_t files)
{
	struct rlimit	 rl = { files, files };

	ATF_REQUIRE(setrlimit(RLIMIT_NOFILE, &rl) == 0);
}

#endif /* REGRESS_SPLICEPROC_RELAY_H */
