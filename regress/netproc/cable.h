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
 * Two networks joined by a cable, and real netprocs in them, whose parent,
 * ctlproc and cryptoproc are played.  A plain socket plays the other side of
 * a stream where it is to be hostile.  Needs root.
 */

#ifndef REGRESS_NETPROC_CABLE_H
#define REGRESS_NETPROC_CABLE_H

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include <netinet/in.h>
#include <sched.h>
#include <time.h>

#include "ice/ice.h"
#include "os/udp.h"
#include "regress/service/player.h"
#include "ring/ring.h"
#include "stun/stun.h"

#define HOST_A		"10.77.0.1"
#define HOST_B		"10.77.0.2"
#define UFRAG_A		"aaaa"
#define UFRAG_B		"bbbb"
#define PWD_A		"password-of-the-first-one"
#define PWD_B		"password-of-the-other-one"
#define PEER		7		/* number of the peer, on both sides */

struct node {
	struct player		 p;
	struct end		 ctl;
	struct ring_pair	 ring;
	struct msg_cands	 own;
	int			 up;
	unsigned int		 relay_failed;
};

static int	 ns_a = -1, ns_b = -1;
static uint16_t	 called_on;	/* port on which nodes are called, or 0 */

static inline uint64_t
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static inline void
ip_command(const char *const argv[])
{
	pid_t	 pid = fork();
	int	 status;

	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		execvp("ip", (char *const *)(uintptr_t)argv);
		_exit(1);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_REQUIRE_MSG(status == 0, "ip %s %s", argv[1], argv[2]);
}

#define IP(...)	ip_command((const char *const[]){ "ip", __VA_ARGS__, NULL })

static inline void
enter(int ns)
{
	ATF_REQUIRE(setns(ns, CLONE_NEWNET) == 0);
}

/* Afterwards we are in the network of A. */
static inline void
cable_up(void)
{
	int	 ready[2];
	char	 pid[16], path[64], c = 0;
	pid_t	 holder;

	ATF_REQUIRE(pipe(ready) == 0);
	ATF_REQUIRE((holder = fork()) != -1);
	if (holder == 0) {
		if (unshare(CLONE_NEWNET) == -1 ||
		    write(ready[1], &c, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ATF_REQUIRE(unshare(CLONE_NEWNET) == 0);
	ATF_REQUIRE(read(ready[0], &c, 1) == 1);
	snprintf(pid, sizeof(pid), "%d", (int)holder);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)holder);
	ATF_REQUIRE((ns_a = open("/proc/self/ns/net", O_RDONLY |
	    O_CLOEXEC)) != -1);
	ATF_REQUIRE((ns_b = open(path, O_RDONLY | O_CLOEXEC)) != -1);
	IP("link", "add", "cable", "type", "veth", "peer", "name", "cable",
	    "netns", pid);
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	IP("link", "set", "lo", "up");
	IP("link", "set", "cable", "up");
	IP("addr", "add", HOST_A "/24", "dev", "cable");
	enter(ns_b);
	IP("link", "set", "lo", "up");
	IP("link", "set", "cable", "up");
	IP("addr", "add", HOST_B "/24", "dev", "cable");
	enter(ns_a);
	close(ready[0]);
	close(ready[1]);
}

static inline void
node_ring(struct node *n)
{
	struct msg_ring_mem	 rm;
	struct msg_ring_wait	 rw;
	struct msg_ring_kick	 rk;
	int			 mem, to_net[2], to_us[2];

	ATF_REQUIRE(ring_memory_create(&mem) == 0);
	ATF_REQUIRE(ring_wake_create(to_net) == 0);
	ATF_REQUIRE(ring_wake_create(to_us) == 0);
	memset(&rm, 0, sizeof(rm));
	memset(&rw, 0, sizeof(rw));
	memset(&rk, 0, sizeof(rk));
	rm.peer = rw.peer = rk.peer = ROLE_CRYPTO;
	rm.size = (uint32_t)ring_pair_size();
	end_send(&n->p.parent, MSG_RING_MEM, &rm, dup(mem));
	end_send(&n->p.parent, MSG_RING_WAIT, &rw, to_net[0]);
	end_send(&n->p.parent, MSG_RING_KICK, &rk, to_us[1]);
	ATF_REQUIRE(ring_pair_attach(&n->ring, mem, ring_pair_size(), 1,
	    to_us[0], to_net[1]) == 0);
}

static inline int
called_socket(void)
{
	struct sockaddr_storage	 ss;
	struct endpoint		 ep;
	socklen_t		 len;
	int			 fd;

	memset(&ep, 0, sizeof(ep));
	ep.family = 4;
	ep.port = called_on;
	len = endpoint_to_sockaddr(&ep, &ss);
	ATF_REQUIRE((fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0)) != -1);
	ATF_REQUIRE(bind(fd, (struct sockaddr *)&ss, len) == 0);
	ATF_REQUIRE(listen(fd, 128) == 0);
	return fd;
}

static inline void
node_start(struct node *n, int ns, const struct msg_net_options *options)
{
	struct msg_net_socket	 s;
	struct msg_net_route	 r;
	struct msg_net_listen	 l;
	uint16_t		 port = 0;

	memset(n, 0, sizeof(*n));
	memset(&s, 0, sizeof(s));
	memset(&r, 0, sizeof(r));
	memset(&l, 0, sizeof(l));
	enter(ns);
	player_start(&n->p, ROLE_NET);
	s.family = 4;
	end_send(&n->p.parent, MSG_NET_SOCKET, &s, udp_open(4, &port, 0));
	end_send(&n->p.parent, MSG_NET_ROUTE, &r, udp_route_open());
	if (called_on != 0)
		end_send(&n->p.parent, MSG_NET_LISTEN, &l, called_socket());
	if (options != NULL)
		end_send(&n->p.parent, MSG_NET_OPTIONS, options, -1);
	node_ring(n);
	player_join(&n->p, ROLE_CTL, 0, &n->ctl);
	player_ready(&n->p);
	enter(ns_a);
}

/* One message of its ctlproc, and what is remembered of it. */
static inline uint32_t
node_message(struct node *n, union msg_any *any)
{
	uint32_t	 type = end_next(&n->ctl, any);

	ATF_REQUIRE_MSG(type != MSG_NONE, "netproc has ended");
	if (type == MSG_PATH && any->path.peer == PEER)
		n->up = any->path.state == PATH_UP;
	else if (type == MSG_RELAY_FAILED)
		n->relay_failed++;
	else if (type == MSG_LOCAL_CANDIDATES)
		n->own = any->local_candidates.candidates;
	return type;
}

static inline void
node_expect(struct node *n, enum msg_type type, union msg_any *any)
{
	while (node_message(n, any) != (uint32_t)type)
		;
}

/* Its own candidate of this kind. */
static inline struct ice_candidate
node_own(struct node *n, int transport)
{
	union msg_any	 any;
	uint16_t	 i;

	for (;;) {
		for (i = 0; i < n->own.n; i++)
			if (n->own.e[i].transport == transport &&
			    n->own.e[i].ep.family == 4)
				return n->own.e[i];
		node_expect(n, MSG_LOCAL_CANDIDATES, &any);
	}
}

static inline void
introduction(struct msg_introduce *m, int first, uint64_t number)
{
	memset(m, 0, sizeof(*m));
	m->peer = PEER;
	m->number = number;
	m->controlling = first != 0;
	snprintf(m->local_ufrag, sizeof(m->local_ufrag), "%s",
	    first ? UFRAG_A : UFRAG_B);
	snprintf(m->local_pwd, sizeof(m->local_pwd), "%s",
	    first ? PWD_A : PWD_B);
	snprintf(m->remote_ufrag, sizeof(m->remote_ufrag), "%s",
	    first ? UFRAG_B : UFRAG_A);
	snprintf(m->remote_pwd, sizeof(m->remote_pwd), "%s",
	    first ? PWD_B : PWD_A);
}

/* Until there is a path. */
static inline void
node_up(struct node *n, union msg_any *any)
{
	do
		node_expect(n, MSG_PATH, any);
	while (any->path.state != PATH_UP);
}

static inline void
node_end(struct node *n)
{
	player_end(&n->p);
	end_close(&n->ctl);
	ring_pair_detach(&n->ring);
	player_remove_root(&n->p);
}

/* A burst for the peer, as cryptoproc sends it. 0, or -1: no room. */
static inline int
node_send(struct node *n, const uint8_t *data, size_t len, size_t segment)
{
	struct ring_record	 rec;
	uint8_t			*room = ring_reserve(&n->ring.tx,
				    (uint32_t)len);

	if (room == NULL)
		return -1;
	memcpy(room, data, len);
	memset(&rec, 0, sizeof(rec));
	rec.len = (uint32_t)len;
	rec.peer = PEER;
	rec.segment = (uint16_t)segment;
	rec.count = (uint16_t)((len + segment - 1) / segment);
	ring_commit(&n->ring.tx, &rec);
	ring_flush(&n->ring);
	return 0;
}

/* The next record for cryptoproc, with a copy of its payload. 0: none. */
static inline int
node_poll(struct node *n, struct ring_record *rec, uint8_t *buf, int ms)
{
	struct pollfd	 pfd = { n->ring.wait, POLLIN, 0 };
	const uint8_t	*data;
	int		 got;

	while ((got = ring_peek(&n->ring.rx, rec, &data)) == 0) {
		if (ring_sleep(&n->ring) != 0)
			continue;
		if (poll(&pfd, 1, ms) != 1)
			return 0;
		ring_awake(&n->ring);
	}
	ATF_REQUIRE(got == 1);
	memcpy(buf, data, rec->len);
	ring_release(&n->ring.rx);
	return 1;
}

static inline void
node_receive(struct node *n, struct ring_record *rec, uint8_t *buf)
{
	ATF_REQUIRE_MSG(node_poll(n, rec, buf, PLAYER_WAIT_MS), "no record");
}

/* --- A plain socket as the other side ------------------------------ */

static inline int
wait_readable(int fd, int ms)
{
	struct pollfd	 pfd = { fd, POLLIN, 0 };

	return poll(&pfd, 1, ms) == 1;
}

/* A listener in the network of B; ep says where. */
static inline int
listener(struct endpoint *ep)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 fd, small = 16384;

	enter(ns_b);
	ATF_REQUIRE(endpoint_parse(ep, HOST_B, 0) == 0);
	len = endpoint_to_sockaddr(ep, &ss);
	ATF_REQUIRE((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC,
	    0)) != -1);
	/* What cannot be sent is to wait on the other side soon. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	ATF_REQUIRE(bind(fd, (struct sockaddr *)&ss, len) == 0);
	ATF_REQUIRE(listen(fd, 5) == 0);
	len = sizeof(ss);
	ATF_REQUIRE(getsockname(fd, (struct sockaddr *)&ss, &len) == 0);
	ATF_REQUIRE(endpoint_from_sockaddr(ep, (struct sockaddr *)&ss,
	    len) == 0);
	enter(ns_a);
	return fd;
}

static inline int
take_one(int fd)
{
	int	 conn;

	ATF_REQUIRE_MSG(wait_readable(fd, PLAYER_WAIT_MS), "nobody dials");
	ATF_REQUIRE((conn = accept(fd, NULL, NULL)) != -1);
	return conn;
}

/* 1 when the other side has closed it, whatever it sent before. */
static inline int
is_closed(int fd, int ms)
{
	uint64_t	 end = now_ms() + (uint64_t)ms;
	uint8_t		 buf[4096];
	ssize_t		 n;

	while (now_ms() < end) {
		if (!wait_readable(fd, 50))
			continue;
		n = read(fd, buf, sizeof(buf));
		if (n == 0 || (n == -1 && errno == ECONNRESET))
			return 1;
	}
	return 0;
}

static inline void
read_all(int fd, uint8_t *buf, size_t len)
{
	size_t	 have = 0;
	ssize_t	 n;

	while (have < len) {
		ATF_REQUIRE_MSG(wait_readable(fd, PLAYER_WAIT_MS), "silence");
		n = read(fd, buf + have, len - have);
		ATF_REQUIRE_MSG(n > 0, "the stream has ended");
		have += (size_t)n;
	}
}

/* One packet of a stream; returns its length. */
static inline size_t
read_frame(int fd, uint8_t *buf)
{
	uint8_t	 header[2];
	size_t	 len;

	read_all(fd, header, sizeof(header));
	len = (size_t)header[0] << 8 | header[1];
	ATF_REQUIRE(len > 0);
	read_all(fd, buf, len);
	return len;
}

static inline void
write_frame(int fd, const uint8_t *data, size_t len)
{
	uint8_t	 buf[2 + 65535];

	buf[0] = (uint8_t)(len >> 8);
	buf[1] = (uint8_t)len;
	memcpy(buf + 2, data, len);
	ATF_REQUIRE(write(fd, buf, len + 2) == (ssize_t)(len + 2));
}

/* As B: answer a check of A; 0 when the packet was something else. */
static inline int
answer_check(int fd, const uint8_t *pkt, size_t len)
{
	struct stun_msg		 m;
	struct stun_builder	 b;
	struct endpoint		 ep;
	uint8_t			 out[STUN_MESSAGE_MAX];
	ssize_t			 n;

	if (!stun_is_message(pkt, len) || stun_parse(&m, pkt, len) != STUN_OK)
		return 0;
	if (m.class != STUN_REQUEST)
		return 1;
	ATF_REQUIRE(endpoint_parse(&ep, HOST_A, 1) == 0);
	stun_build_start(&b, out, sizeof(out), STUN_SUCCESS, STUN_BINDING,
	    m.id);
	stun_build_address(&b, STUN_ATTR_XOR_MAPPED_ADDRESS, &ep);
	stun_build_integrity_sha256(&b, (const uint8_t *)PWD_B,
	    strlen(PWD_B));
	stun_build_fingerprint(&b);
	ATF_REQUIRE((n = stun_build_finish(&b)) > 0);
	write_frame(fd, out, (size_t)n);
	return 1;
}

/* --- Cases ---------------------------------------------------------- */

#define CASE(name, text)						\
ATF_TC(name);								\
ATF_TC_HEAD(name, tc)							\
{									\
	atf_tc_set_md_var(tc, "descr", text);				\
	atf_tc_set_md_var(tc, "require.user", "root");			\
	atf_tc_set_md_var(tc, "require.progs", "ip");			\
	atf_tc_set_md_var(tc, "timeout", "60");				\
}									\
ATF_TC_BODY(name, tc)

static uint8_t	 data[65536], got[65536];

static inline void
introduce(struct node *n, int first, uint64_t number,
    const struct ice_candidate *c)
{
	struct msg_introduce	 m;

	introduction(&m, first, number);
	if (c != NULL)
		m.candidates.e[m.candidates.n++] = *c;
	end_send(&n->ctl, MSG_INTRODUCE, &m, -1);
}

/* Bursts of one size, and a shorter last one, arrive as they were. */
static inline void
pass(struct node *from, struct node *to)
{
	struct ring_record	 rec;
	size_t			 len = 10 * 1400 + 77, have = 0, i;

	for (i = 0; i < len; i++)
		data[i] = (uint8_t)(0x80 | i % 127);
	ATF_REQUIRE(node_send(from, data, len, 1400) == 0);
	while (have < len) {
		node_receive(to, &rec, got + have);
		ATF_REQUIRE_EQ(rec.peer, PEER);
		ATF_REQUIRE(rec.segment == 1400 || rec.count == 1);
		ATF_REQUIRE(rec.from.port != 0);
		have += rec.len;
	}
	ATF_REQUIRE_EQ(have, len);
	ATF_REQUIRE(memcmp(data, got, len) == 0);
}

#endif /* REGRESS_NETPROC_CABLE_H */
