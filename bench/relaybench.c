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
 * Measures the relay's forwarding process in one run, on the loopback:
 *	memory with 10,000 idle pairs, on as many instances as the limit of
 *	open files demands;
 *	bytes for each second of its processor time, beside a bare loop of
 *	splice(2) that does the same and nothing else, and with -t a TURN
 *	server between two TCP connections;
 *	a session's longest round trip while bad and slow codes pour in.
 * Needs root.  usage: relaybench [-p pairs] [-c codes] [-s seconds]
 * [-t turnserver] spliceproc
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/turn.h"
#include "imsg/imsg.h"
#include "msg/msg.h"
#include "relay/relay.h"

#define NOBODY	65534
#define BLOCK	262144
#define ROUNDS	7
#define INSTANCES_MAX	8	/* of spliceproc */
#define SLOW	200		/* slow clients at a time */
#define HELD	1000		/* pairs that one client process holds */

/* One process that forwards, as its siblings and its clients see it. */
struct relay {
	struct imsgbuf	 parent, link;
	uint16_t	 port;
	pid_t		 pid;
};

static struct relay	 relays[INSTANCES_MAX];
static struct relay	*r = relays;	/* that is spoken of */
static char		 root[] = "/tmp/relaybench.XXXXXX";

static double
now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* --- spliceproc and its neighbours --------------------------------- */

static void
send_msg(struct imsgbuf *b, enum msg_type type, const void *m, int fd)
{
	uint8_t	 buf[MSG_MAX_SIZE];
	ssize_t	 len = msg_encode(msg_lookup(type), m, buf, sizeof(buf));

	if (len == -1 || imsg_compose(b, type, 0, 0, fd, buf, (size_t)len) ==
	    -1 || imsgbuf_flush(b) == -1)
		errx(1, "cannot send %s", msg_name(type));
}

static void
open_buf(struct imsgbuf *b, int fd)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (imsgbuf_init(b, fd) == -1)
		err(1, "channel");
	imsgbuf_allow_fdpass(b);
	imsgbuf_set_maxsize(b, MSG_MAX_SIZE + IMSG_HEADER_SIZE);
}

static void
wait_ready(int fd)
{
	struct pollfd	 pfd = { fd, POLLIN, 0 };
	struct imsg	 imsg;
	uint32_t	 type = MSG_NONE;
	int		 n;

	while (type != MSG_READY) {
		if ((n = imsgbuf_get(&r->parent, &imsg)) == 1) {
			type = imsg_get_type(&imsg);
			imsg_free(&imsg);
			continue;
		}
		if (n == -1 || poll(&pfd, 1, 10000) != 1 ||
		    imsgbuf_read(&r->parent) != 1)
			errx(1, "spliceproc did not start");
	}
}

static int
listen_any(void)
{
	struct sockaddr_in	 sin;
	socklen_t		 len = sizeof(sin);
	int			 fd = socket(AF_INET, SOCK_STREAM |
				    SOCK_CLOEXEC, 0);

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 || bind(fd, (struct sockaddr *)&sin, len) == -1 ||
	    listen(fd, 4096) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "socket");
	r->port = ntohs(sin.sin_port);
	return fd;
}

static void
configure(int fd, int listener, uint32_t pairs, int copy)
{
	struct msg_splice_limits	 limits;
	struct msg_splice_listen	 l;
	struct msg_setup_done		 done;
	struct msg_channel		 c;
	struct msg_start		 m;
	int				 pair[2];

	memset(&m, 0, sizeof(m));
	memset(&c, 0, sizeof(c));
	memset(&l, 0, sizeof(l));
	memset(&limits, 0, sizeof(limits));
	memset(&done, 0, sizeof(done));
	m.build = msg_build();
	m.role = ROLE_SPLICE;
	m.log_level = 1;
	m.uid = m.gid = NOBODY;
	snprintf(m.root, sizeof(m.root), "%s", root);
	send_msg(&r->parent, MSG_START, &m, -1);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
		err(1, "socketpair");
	c.peer = ROLE_LINK;
	send_msg(&r->parent, MSG_CHANNEL, &c, pair[0]);
	open_buf(&r->link, pair[1]);
	send_msg(&r->parent, MSG_SPLICE_LISTEN, &l, listener);
	limits.pairs_max = pairs;
	limits.handshake_ms = 3000;
	limits.copy = copy != 0;
	send_msg(&r->parent, MSG_SPLICE_LIMITS, &limits, -1);
	send_msg(&r->parent, MSG_SETUP_DONE, &done, -1);
	wait_ready(fd);
}

static void
start(const char *program, uint32_t pairs, int copy)
{
	char	 name[] = "spliceproc", *argv[] = { name, NULL };
	char	*envp[] = { NULL };
	int	 pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 ||
	    (r->pid = fork()) == -1)
		err(1, "start");
	if (r->pid == 0) {
		if (dup2(pair[1], 3) == -1)
			_exit(1);
		execve(program, argv, envp);
		err(1, "%s", program);
	}
	close(pair[1]);
	open_buf(&r->parent, pair[0]);
	configure(pair[0], listen_any(), pairs, copy);
}

static void
stop(void)
{
	kill(r->pid, SIGKILL);
	waitpid(r->pid, NULL, 0);
	close(r->parent.fd);
	close(r->link.fd);
	imsgbuf_clear(&r->parent);
	imsgbuf_clear(&r->link);
}

/* What it says about its load is of no interest here. */
static void
drain(void)
{
	struct imsg	 imsg;

	imsgbuf_read(&r->link);
	while (imsgbuf_get(&r->link, &imsg) == 1)
		imsg_free(&imsg);
}

static void
code_of(uint32_t number, uint8_t code[RELAY_CODE_LEN])
{
	memset(code, 0, RELAY_CODE_LEN);
	memcpy(code, &number, sizeof(number));
}

static void
announce(uint32_t number)
{
	struct msg_relay_code	 m;
	uint8_t			 code[RELAY_CODE_LEN];

	memset(&m, 0, sizeof(m));
	code_of(number, code);
	relay_hash(code, m.hash);
	m.life_s = RELAY_LIFE_MAX;
	send_msg(&r->link, MSG_RELAY_CODE, &m, -1);
}

/* From the threads of /proc, in clock ticks made seconds. */
static double
cpu_of(pid_t pid)
{
	unsigned long	 user, sys;
	char		 path[64];
	double		 s = 0;
	FILE		*f;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	if ((f = fopen(path, "r")) == NULL || fscanf(f, "%*d %*s %*c %*d %*d "
	    "%*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &sys) != 2)
		err(1, "%s", path);
	s = (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
	fclose(f);
	return s;
}

static unsigned long
resident(pid_t pid)
{
	unsigned long	 kib = 0;
	char		 path[64], line[256];
	FILE		*f;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	if ((f = fopen(path, "r")) == NULL)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "VmRSS: %lu", &kib) == 1)
			break;
	fclose(f);
	return kib;
}

/* --- Clients ------------------------------------------------------- */

static int
dial(uint16_t to)
{
	struct sockaddr_in	 sin;
	int			 fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(to);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 || connect(fd, (struct sockaddr *)&sin, sizeof(sin)) ==
	    -1)
		err(1, "connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static int
present(uint32_t number, uint8_t side)
{
	struct relay_preface	 p;
	uint8_t			 buf[RELAY_PREFACE_LEN];
	int			 fd = dial(r->port);

	p.side = side;
	code_of(number, p.code);
	relay_preface_encode(&p, buf);
	if (write(fd, buf, sizeof(buf)) != sizeof(buf))
		err(1, "write");
	return fd;
}

static void
joined(int fd)
{
	uint8_t	 status[RELAY_STATUS_LEN];

	if (recv(fd, status, sizeof(status), MSG_WAITALL) !=
	    sizeof(status) || !relay_status_joined(status))
		errx(1, "not joined");
}

static void
join(uint32_t number, int fd[2])
{
	announce(number);
	fd[0] = present(number, 0);
	fd[1] = present(number, 1);
	joined(fd[0]);
	joined(fd[1]);
}

/* One process for so many pairs: each has its limit of open files. */
static pid_t
hold(uint32_t first, uint32_t n)
{
	uint32_t	 i;
	pid_t		 pid;
	char		 byte = 0;
	int		 ready[2], fd[2];

	for (i = 0; i < n; i++)
		announce(first + i);
	if (pipe(ready) == -1 || (pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0) {
		for (i = 0; i < n; i++) {
			fd[0] = present(first + i, 0);
			fd[1] = present(first + i, 1);
			joined(fd[0]);
			joined(fd[1]);
		}
		if (write(ready[1], &byte, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		errx(1, "clients failed");
	close(ready[0]);
	drain();
	return pid;
}

/* Each instance has its share of the pairs. */
static void
bench_memory(const char *program, uint32_t pairs, uint32_t instances)
{
	unsigned long	 empty = 0, full = 0;
	uint32_t	 i, n, share = (pairs + instances - 1) / instances;
	pid_t		 pids[128];
	size_t		 npids = 0;

	for (r = relays; r < relays + instances; r++) {
		start(program, share, 0);
		empty += resident(r->pid);
	}
	for (i = 0; i < pairs && npids < 128; i += n) {
		r = &relays[i / share];
		n = pairs - i < HELD ? pairs - i : HELD;
		if (n > (i / share + 1) * share - i)
			n = (i / share + 1) * share - i;
		pids[npids++] = hold(i + 1, n);
	}
	for (r = relays; r < relays + instances; r++)
		full += resident(r->pid);
	printf("memory: %u pairs, %u connections on %u instances, %lu KiB "
	    "resident (%lu KiB without, %.2f KiB a pair)\n", pairs,
	    2 * pairs, instances, full, empty,
	    (double)(full - empty) / pairs);
	while (npids-- > 0) {
		kill(pids[npids], SIGKILL);
		waitpid(pids[npids], NULL, 0);
	}
	for (r = relays; r < relays + instances; r++)
		stop();
	r = relays;
}

/* --- Throughput ---------------------------------------------------- */

/* A process that writes as fast as it can. */
static pid_t
writer(int fd)
{
	static uint8_t	 block[BLOCK];
	pid_t		 pid = fork();

	if (pid == 0) {
		while (write(fd, block, sizeof(block)) > 0)
			continue;
		_exit(0);
	}
	return pid;
}

static uint64_t
read_for(int fd, double seconds)
{
	static uint8_t	 block[BLOCK];
	uint64_t	 bytes = 0;
	double		 end = now() + seconds;
	ssize_t		 n;

	while (now() < end) {
		if ((n = read(fd, block, sizeof(block))) <= 0)
			errx(1, "the flow has ended");
		bytes += (uint64_t)n;
	}
	return bytes;
}

static double
measure(const char *what, pid_t pid, int from, int to, double seconds)
{
	uint64_t	 bytes;
	double		 cpu, rate;
	pid_t		 w = writer(from);

	read_for(to, 0.3);
	cpu = cpu_of(pid);
	bytes = read_for(to, seconds);
	cpu = cpu_of(pid) - cpu;
	kill(w, SIGKILL);
	waitpid(w, NULL, 0);
	rate = cpu > 0 ? (double)bytes / cpu / 1e9 : 0;
	printf("    %-16s %6.2f Gbit/s, %6.2f GB for each CPU second\n",
	    what, (double)bytes * 8 / seconds / 1e9, rate);
	return rate;
}

static double
bench_relay(const char *what, const char *program, int copy, double seconds)
{
	double	 rate;
	int	 fd[2];

	start(program, 100, copy);
	join(1, fd);
	rate = measure(what, r->pid, fd[0], fd[1], seconds);
	close(fd[0]);
	close(fd[1]);
	stop();
	return rate;
}

/* Nothing but the two calls, and waiting. */
static void
bare_loop(int from, int to)
{
	int	 fds[2];
	ssize_t	 n, m;

	if (pipe(fds) == -1)
		_exit(1);
	while ((n = splice(from, NULL, fds[1], NULL, 65536,
	    SPLICE_F_MOVE)) > 0)
		for (; n > 0; n -= m)
			if ((m = splice(fds[0], NULL, to, NULL, (size_t)n,
			    SPLICE_F_MOVE)) <= 0)
				_exit(0);
	_exit(0);
}

static double
bench_bare(double seconds)
{
	double	 rate;
	pid_t	 pid;
	int	 listener = listen_any(), a, b, in, out;

	a = dial(r->port);
	in = accept(listener, NULL, NULL);
	b = dial(r->port);
	out = accept(listener, NULL, NULL);
	close(listener);
	if ((pid = fork()) == 0) {
		close(a);
		close(b);
		bare_loop(in, out);
	}
	close(in);
	close(out);
	rate = measure("bare splice loop", pid, a, b, seconds);
	close(a);
	close(b);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return rate;
}

static double
bench_turn(const char *program, double seconds)
{
	double	 rate;
	pid_t	 pid = turn_start(program);
	int	 fd[2], control;

	if (pid == -1)
		errx(1, "%s does not start", program);
	turn_join(fd, &control);
	rate = measure("TURN server", pid, fd[0], fd[1], seconds);
	close(fd[0]);
	close(fd[1]);
	close(control);
	turn_stop(pid);
	return rate;
}

static int
compare(const void *a, const void *b)
{
	double	 x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(double *v)
{
	qsort(v, ROUNDS, sizeof(v[0]), compare);
	return v[ROUNDS / 2];
}

/* They take turns, since a machine is seldom the same for long. */
static void
bench_throughput(const char *program, const char *turn, double seconds)
{
	double	 bare[ROUNDS], relay[ROUNDS], copy[ROUNDS], other[ROUNDS];
	double	 loop, ours, copying, theirs;
	size_t	 i;

	printf("throughput of one flow, %d rounds:\n", ROUNDS);
	for (i = 0; i < ROUNDS; i++) {
		bare[i] = bench_bare(seconds);
		relay[i] = bench_relay("relay", program, 0, seconds);
		copy[i] = bench_relay("relay, copying", program, 1, seconds);
		other[i] = turn == NULL ? 0 : bench_turn(turn, seconds);
	}
	loop = median(bare);
	ours = median(relay);
	copying = median(copy);
	theirs = median(other);
	printf("GB for each CPU second, medians: bare loop %.2f, relay %.2f "
	    "(%.2f of it), copying %.2f (%.2f)\n", loop, ours,
	    ours / loop, copying, copying / loop);
	if (turn != NULL)
		printf("TURN server, median: %.2f, relay %.2f times that\n",
		    theirs, ours / theirs);
}

/* --- Bad codes ----------------------------------------------------- */

static double
round_trip(int fd[2])
{
	double	 begin = now();
	char	 byte = 'x';

	if (write(fd[0], &byte, 1) != 1 ||
	    recv(fd[1], &byte, 1, MSG_WAITALL) != 1 ||
	    write(fd[1], &byte, 1) != 1 ||
	    recv(fd[0], &byte, 1, MSG_WAITALL) != 1)
		errx(1, "the session was harmed");
	return now() - begin;
}

/* One that begins to speak and goes on with nothing. */
static void
slow_code(uint32_t n)
{
	static int	 slow[SLOW];
	int		*fd = &slow[n % SLOW];

	if (*fd > 0)
		close(*fd);
	*fd = dial(r->port);
	if (write(*fd, "EnRl\1", 5) != 5)
		_exit(1);
}

static void
bad_code(uint32_t i)
{
	char	 byte;
	int	 fd;

	fd = i % 4 == 1 ? present(1000000 + i, i & 1) : dial(r->port);
	if (i % 4 == 2 && write(fd, "GET / HTTP/1.1\r\nHost: a\r\n", 26) !=
	    26)
		_exit(1);
	if (read(fd, &byte, 1) > 0)
		_exit(2);
	close(fd);
}

/* Wrong codes, other protocols, silence and slowness; none is answered. */
static void
bad_codes(uint32_t n)
{
	uint32_t	 i;

	for (i = 0; i < n; i++) {
		if (i % 4 == 0)
			close(dial(r->port));
		else if (i % 4 == 3)
			slow_code(i / 4);
		else
			bad_code(i);
	}
	_exit(0);
}

static void
bench_codes(const char *program, uint32_t codes)
{
	unsigned long	 before;
	double		 begin, worst = 0, t;
	pid_t		 pid;
	int		 fd[2], status = 0;

	start(program, 100, 0);
	join(1, fd);
	for (t = now() + 0.2; now() < t; )
		round_trip(fd);
	before = resident(r->pid);
	begin = now();
	if ((pid = fork()) == 0)
		bad_codes(codes);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if ((t = round_trip(fd)) > worst)
			worst = t;
		drain();
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		errx(1, "a bad code was answered");
	round_trip(fd);
	printf("bad codes: %u, slow ones among them, in %.1f s, "
	    "worst round trip of a session "
	    "%.2f ms, memory %+ld KiB\n", codes, now() - begin,
	    worst * 1000, (long)resident(r->pid) - (long)before);
	stop();
}

int
main(int argc, char *argv[])
{
	struct rlimit	 rl;
	uint32_t	 pairs = 10000, codes = 100000, instances, most;
	const char	*turn = NULL;
	double		 seconds = 1;
	const char	*errstr;
	int		 ch;

	while ((ch = getopt(argc, argv, "c:p:s:t:")) != -1) {
		if (strchr("cpst", ch) == NULL)
			return 2;
		if (ch == 't') {
			turn = optarg;
			continue;
		}
		errstr = NULL;
		if (ch == 'c')
			codes = (uint32_t)strtonum(optarg, 1, 10000000,
			    &errstr);
		else if (ch == 'p')
			pairs = (uint32_t)strtonum(optarg, 1, 100000,
			    &errstr);
		else
			seconds = (double)strtonum(optarg, 1, 60, &errstr);
		if (errstr != NULL)
			errx(2, "%s is %s", optarg, errstr);
	}
	if (optind + 1 != argc)
		errx(2, "usage: relaybench [-p pairs] [-c codes] "
		    "[-s seconds] [-t turnserver] spliceproc");
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (mkdtemp(root) == NULL || chmod(root, 0555) == -1)
		err(1, "%s", root);
	getrlimit(RLIMIT_NOFILE, &rl);
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
	/* spliceproc keeps 64 for itself and 256 for strangers. */
	most = rl.rlim_max > 200000 ? 100000 :
	    (uint32_t)(rl.rlim_max - 320) / 2;
	instances = (pairs + most - 1) / most;
	if (instances > INSTANCES_MAX)
		errx(1, "too few open files for so many pairs");
	bench_memory(argv[optind], pairs, instances);
	bench_throughput(argv[optind], turn, seconds);
	bench_codes(argv[optind], codes);
	rmdir(root);
	return 0;
}
