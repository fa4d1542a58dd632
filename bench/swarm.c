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
 * Ten thousand agents in one process, as far as discovery can see: each has
 * keys of its own, enrols, authenticates, takes policy and acknowledges it at
 * once, pings, and comes back with growing pauses when it loses the
 * connection.  There is no data path.  Reads commands, prints one line for
 * each, and is driven by policy.sh.
 *
 *	swarm address port count sources
 *
 *	enrol N KEY		the first N that are not yet, with this key
 *	drop			all connections
	connect			all, and wait until all are welcome
 *	change N command...	run it; wait until N agents have acknowledged
 *				something newer than when it was started
 *	lost			wait until all connections are lost and back
 *	quit
 *
 * Connections come from 127.0.1.1 and so many addresses after it.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sodium.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cert/cert.h"
#include "cert/sign.h"
#include "frame/frame.h"
#include "tlsio/tlsio.h"

#define SWARM_MAX	20000
#define QUEUE_MAX	(256 * 1024)
#define AT_ONCE		192	/* handshakes; the service takes 256 of each */
#define PING_SEC	20
#define DELAY_MIN_MS	500	/* the agents' own pauses */
#define DELAY_MAX_MS	30000
#define LINE_MAX_LEN	4096

enum phase { IDLE, WAITING, CONNECTING, STRANGER, ASKED, UP };

struct agent {
	TAILQ_ENTRY(agent)	 entry;		/* waits for room */
	struct event		 connected;
	struct event		 retry;
	struct event		 ping;
	struct tlsio		*io;
	struct frame_reader	 reader;
	enum phase		 phase;
	int			 fd;
	int			 busy;		/* counts as a handshake */
	uint32_t		 delay_ms;
	uint64_t		 acked_us;	/* last acknowledgement */
	uint64_t		 up_us;
	uint8_t			 seed[32];
	uint8_t			 tunnel[32];	/* public */
	uint8_t			 cert[CERT_LEN];
	int			 enrolled;
	uint8_t			 hash[32];	/* of the server */
};
TAILQ_HEAD(agent_queue, agent);

struct swarm {
	struct agent		*agents;
	size_t			 n, nbusy, nup, nenrolled, nsources;
	struct agent_queue	 queue;
	struct sockaddr_in	 server;
	struct tls_config	*tls;
	struct event		 input;
	char			 line[LINE_MAX_LEN];
	size_t			 used;
	int			 ready;
	char			 key[64];	/* enrol with this, or empty */
	int			 running;	/* agents shall be connected */
	uint64_t		 refused, failed, commits;
};

static struct swarm	sw;

static void	agent_next(void);
static void	agent_end(struct agent *, const char *);

static uint64_t
now_us(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void
after(struct event *ev, uint64_t ms)
{
	struct timeval	 tv;

	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	evtimer_add(ev, &tv);
}

static void
agent_send(struct agent *a, uint8_t *frame, size_t len)
{
	if (frame == NULL)
		errx(1, "a frame cannot be encoded");
	if (a->io != NULL)
		tlsio_write(a->io, frame, len);
	frame_free_buffer(frame, len);
}

/* --- what an agent says ------------------------------------------------ */

static void
say_enrol(struct agent *a, const uint8_t nonce[32])
{
	struct msg_link_enrol	 m;
	uint8_t			 pk[32], sk[64], *frame;
	size_t			 len;

	memset(&m, 0, sizeof(m));
	crypto_sign_seed_keypair(pk, sk, a->seed);
	strlcpy(m.key, sw.key, sizeof(m.key));
	memcpy(m.identity, pk, sizeof(m.identity));
	memcpy(m.tunnel, a->tunnel, sizeof(m.tunnel));
	snprintf(m.description, sizeof(m.description), "agent %zu",
	    (size_t)(a - sw.agents));
	if (sign_enrol(m.signature, sk, m.identity, m.tunnel, nonce,
	    a->hash) == -1)
		errx(1, "cannot sign");
	frame = frame_put_enrol(&m, &len);
	a->phase = ASKED;
	agent_send(a, frame, len);
}

static void
say_auth(struct agent *a, const uint8_t nonce[32])
{
	struct msg_link_auth	 m;
	struct cert		 cert;
	uint8_t			 pk[32], sk[64], *frame;
	size_t			 len;

	memset(&m, 0, sizeof(m));
	if (cert_decode(&cert, a->cert, CERT_LEN, NULL) == -1)
		errx(1, "a certificate that is none");
	crypto_sign_seed_keypair(pk, sk, a->seed);
	memcpy(m.certificate, a->cert, CERT_LEN);
	m.certificate_len = CERT_LEN;
	if (sign_link_auth(m.signature, sk, nonce, a->hash, cert.name) == -1)
		errx(1, "cannot sign");
	frame = frame_put_auth(&m, &len);
	a->phase = ASKED;
	agent_send(a, frame, len);
}

/* --- what an agent hears ----------------------------------------------- */

static int
hear_challenge(struct agent *a, const struct frame *f)
{
	struct msg_link_challenge	 m;
	const char			*reason;

	if (frame_get_challenge(f, &m, &reason) == -1)
		return -1;
	a->phase = STRANGER;
	if (a->enrolled)
		say_auth(a, m.nonce);
	else if (sw.key[0] != '\0')
		say_enrol(a, m.nonce);
	return 0;
}

static void
not_busy(struct agent *a)
{
	if (a->busy)
		sw.nbusy--;
	a->busy = 0;
	agent_next();
}

static int
hear_enrolled(struct agent *a, const struct frame *f)
{
	struct msg_link_enrolled	 m;
	const char			*reason;

	if (frame_get_enrolled(f, &m, &reason) == -1 ||
	    m.certificate_len != CERT_LEN)
		return -1;
	memcpy(a->cert, m.certificate, CERT_LEN);
	a->enrolled = 1;
	sw.nenrolled++;
	return 0;
}

static void
ignore_entry(void *arg, const struct msg_policy_entry *m)
{
	(void)arg;
	(void)m;
}

static int
hear_policy(struct agent *a, const struct frame *f)
{
	struct msg_policy_commit	 m;
	struct msg_policy_ack		 ack;
	const char			*reason;
	uint8_t				*frame;
	size_t				 len;

	if (frame_policy_each(f, ignore_entry, NULL, &m, &reason) == -1) {
		warnx("policy: %s", reason);
		return -1;
	}
	memset(&ack, 0, sizeof(ack));
	ack.sequence = m.sequence;
	frame = frame_put_ack(&ack, &len);
	agent_send(a, frame, len);
	a->acked_us = now_us();
	sw.commits++;
	return 0;
}

static void
hear_refused(const struct frame *f)
{
	struct msg_link_refused	 m;
	const char		*reason;

	if (sw.refused++ == 0 && frame_get_refused(f, &m, &reason) == 0)
		fprintf(stderr, " first refusal: %s\n", m.reason);
}

static int
agent_hear(struct agent *a, const struct frame *f)
{
	uint8_t	*frame;
	size_t	 len;

	switch (frame_type(f)) {
	case FRAME_CHALLENGE:
		return hear_challenge(a, f);
	case FRAME_ENROLLED:
		return hear_enrolled(a, f);
	case FRAME_WELCOME:
		a->phase = UP;
		a->delay_ms = 0;
		a->up_us = now_us();
		sw.nup++;
		not_busy(a);
		tlsio_set_idle(a->io, 60000);
		after(&a->ping, PING_SEC * 1000);
		return 0;
	case FRAME_POLICY:
		return hear_policy(a, f);
	case FRAME_PING:
		frame = frame_put_pong(&len);
		agent_send(a, frame, len);
		return 0;
	case FRAME_REFUSED:
		hear_refused(f);
		return -1;
	default:
		return 0;
	}
}

static void
on_data(void *arg, const uint8_t *data, size_t len)
{
	struct agent	*a = arg;
	struct tlsio	*io = a->io;
	const uint8_t	*json;
	struct frame	*f;
	const char	*reason;
	size_t		 jlen;
	int		 n, ok = frame_reader_add(&a->reader, data, len) == 0;

	while (ok && a->io == io &&
	    (n = frame_reader_next(&a->reader, &json, &jlen)) != 0) {
		f = n == 1 ? frame_parse(json, jlen, &reason) : NULL;
		ok = f != NULL && agent_hear(a, f) == 0;
		frame_free(f);
	}
	if (!ok)
		agent_end(a, "refused, or a frame that is none");
}

/* --- connections -------------------------------------------------------- */

static void
on_ready(void *arg)
{
	struct agent	*a = arg;

	if (tlsio_peer_hash(a->io, a->hash) == -1)
		errx(1, "the server has no certificate");
}

static void
on_closed(void *arg, const char *reason)
{
	agent_end(arg, reason);
}

static const struct tlsio_ops	ops = {
	on_ready, on_data, on_closed, NULL
};

static void
agent_wait(struct agent *a, uint64_t ms)
{
	a->phase = WAITING;
	after(&a->retry, ms);
}

/* As linkproc does it: the pause grows, and differs between agents. */
static void
agent_end(struct agent *a, const char *reason)
{
	(void)reason;
	if (a->phase == UP)
		sw.nup--;
	else
		sw.failed++;
	tlsio_free(a->io);
	a->io = NULL;
	if (a->fd != -1) {
		event_del(&a->connected);
		close(a->fd);
		a->fd = -1;
	}
	frame_reader_free(&a->reader);
	evtimer_del(&a->ping);
	if (a->delay_ms == 0)
		a->delay_ms = DELAY_MIN_MS;
	else if (a->delay_ms < DELAY_MAX_MS)
		a->delay_ms *= 2;
	agent_wait(a, (uint64_t)a->delay_ms * (75 + arc4random_uniform(51)) /
	    100);
	not_busy(a);
}

static void
on_connected(int fd, short event, void *arg)
{
	struct agent	*a = arg;
	socklen_t	 len = sizeof(errno);
	int		 error = 0;

	(void)event;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1 ||
	    error != 0) {
		agent_end(a, "no connection");
		return;
	}
	a->io = tlsio_connect(sw.tls, fd, "discovery", QUEUE_MAX, &ops, a);
	if (a->io == NULL) {
		agent_end(a, "no memory");
		return;
	}
	a->fd = -1;
	tlsio_set_deadline(a->io, 0, "");
}

static void
agent_dial(struct agent *a)
{
	struct sockaddr_in	 from;
	size_t			 i = (size_t)(a - sw.agents) % sw.nsources;
	int			 on = 1;

	a->phase = CONNECTING;
	a->busy = 1;
	sw.nbusy++;
	a->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (a->fd == -1)
		err(1, "socket");
	memset(&from, 0, sizeof(from));
	from.sin_family = AF_INET;
	from.sin_addr.s_addr = htonl(0x7f000101 + (uint32_t)i);
	setsockopt(a->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
	    sizeof(on));
	setsockopt(a->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (bind(a->fd, (struct sockaddr *)&from, sizeof(from)) == -1)
		err(1, "bind");
	event_set(&a->connected, a->fd, EV_WRITE, on_connected, a);
	if (connect(a->fd, (struct sockaddr *)&sw.server,
	    sizeof(sw.server)) == -1 && errno != EINPROGRESS) {
		event_set(&a->connected, a->fd, EV_WRITE, on_connected, a);
		agent_end(a, "no connection");
		return;
	}
	event_add(&a->connected, NULL);
}

/* Those that wait, as long as there is room for their handshakes. */
static void
agent_next(void)
{
	struct agent	*a;

	while (sw.nbusy < AT_ONCE && (a = TAILQ_FIRST(&sw.queue)) != NULL) {
		TAILQ_REMOVE(&sw.queue, a, entry);
		agent_dial(a);
	}
}

static void
on_retry(int fd, short event, void *arg)
{
	struct agent	*a = arg;

	(void)fd;
	(void)event;
	if (!sw.running)
		return;
	TAILQ_INSERT_TAIL(&sw.queue, a, entry);
	agent_next();
}

static void
on_ping(int fd, short event, void *arg)
{
	struct agent	*a = arg;
	uint8_t		*frame;
	size_t		 len;

	(void)fd;
	(void)event;
	if (a->phase != UP)
		return;
	frame = frame_put_ping(&len);
	agent_send(a, frame, len);
	after(&a->ping, PING_SEC * 1000);
}

/* --- commands ------------------------------------------------------------ */

static void
start(size_t n)
{
	size_t	 i;

	sw.running = 1;
	for (i = 0; i < n; i++)
		if (sw.agents[i].phase == IDLE ||
		    sw.agents[i].phase == WAITING) {
			evtimer_del(&sw.agents[i].retry);
			sw.agents[i].phase = WAITING;
			TAILQ_INSERT_TAIL(&sw.queue, &sw.agents[i], entry);
		}
	agent_next();
}

static void
drop_all(void)
{
	size_t	 i;

	for (i = 0; i < sw.n; i++) {
		if (sw.agents[i].io == NULL)
			continue;
		agent_end(&sw.agents[i], "dropped");
		evtimer_del(&sw.agents[i].retry);
		sw.agents[i].delay_ms = 0;
	}
	sw.failed = 0;
	printf("dropped %zu\n", sw.n);
}

static void
run_until(const size_t *what, size_t n, const char *text)
{
	uint64_t	 start = now_us(), told = start;

	while (*what < n) {
		event_loop(EVLOOP_ONCE);
		if (now_us() - told > 5000000) {
			told = now_us();
			fprintf(stderr, " %s %zu of %zu", text, *what, n);
		}
	}
	printf("%s %zu %.3f refused %llu failed %llu\n", text, n,
	    (double)(now_us() - start) / 1e6, (unsigned long long)sw.refused,
	    (unsigned long long)sw.failed);
}

static size_t
acked_since(uint64_t since)
{
	size_t	 i, n = 0;

	for (i = 0; i < sw.n; i++)
		n += sw.agents[i].acked_us >= since;
	return n;
}

static int
by_value(const void *a, const void *b)
{
	const double	*x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* From the end of the command to each acknowledgement, in milliseconds. */
static void
print_acks(uint64_t since, uint64_t end)
{
	double	*ms = calloc(sw.n, sizeof(*ms));
	size_t	 i, n = 0;

	if (ms == NULL)
		err(1, "calloc");
	for (i = 0; i < sw.n; i++)
		if (sw.agents[i].acked_us >= since)
			ms[n++] = sw.agents[i].acked_us <= end ? 0 :
			    (double)(sw.agents[i].acked_us - end) / 1e3;
	qsort(ms, n, sizeof(*ms), by_value);
	if (n > 0)
		printf("acked %zu p50 %.1f p99 %.1f max %.1f ms\n", n,
		    ms[n / 2], ms[n * 99 / 100], ms[n - 1]);
	free(ms);
}

static void
change(const char *args)
{
	char		*command;
	uint64_t	 since = now_us(), end = 0;
	size_t		 n = strtoul(args, &command, 10);
	pid_t		 pid;
	int		 status = 0;

	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	while (end == 0 || acked_since(since) < n) {
		/* Looks again each millisecond at least. */
		struct timeval	 tv = { 0, 1000 };

		event_loopexit(&tv);
		event_dispatch();
		if (end == 0 && waitpid(pid, &status, WNOHANG) == pid)
			end = now_us();
		if (now_us() - since > 120000000ULL) {
			printf("acked %zu of %zu only\n", acked_since(since),
			    n);
			return;
		}
	}
	if (status != 0)
		printf("the command failed\n");
	else
		print_acks(since, end);
}

static void
lost(void)
{
	uint64_t	 start = now_us(), first;
	size_t		 i;

	while (sw.nup == sw.n)
		event_loop(EVLOOP_ONCE);
	first = now_us();
	for (;;) {
		event_loop(EVLOOP_ONCE);
		for (i = 0; i < sw.n && sw.agents[i].up_us >= first; i++)
			;
		if (i == sw.n && sw.nup == sw.n)
			break;
		if (now_us() - start > 300000000ULL) {
			printf("back %zu only\n", sw.nup);
			return;
		}
	}
	printf("back %zu %.3f failed %llu\n", sw.n,
	    (double)(now_us() - first) / 1e6, (unsigned long long)sw.failed);
}

/* A command has come; it is run outside of the event loop. */
static void
on_input(int fd, short event, void *arg)
{
	ssize_t	 n;

	(void)event;
	(void)arg;
	/* One byte at a time: what follows a command waits for its end. */
	while (sw.used < sizeof(sw.line) - 1 &&
	    (n = read(fd, sw.line + sw.used, 1)) == 1 &&
	    sw.line[sw.used] != '\n')
		sw.used++;
	if (n == -1 && errno == EAGAIN)
		return;
	if (n != 1)
		exit(0);
	sw.line[sw.used] = '\0';
	sw.ready = 1;
	event_del(&sw.input);
}

static void
enrol(char *args)
{
	char	*key;
	size_t	 n = strtoul(args, &key, 10);

	strlcpy(sw.key, key + strspn(key, " "), sizeof(sw.key));
	if (n > sw.n)
		errx(2, "there are %zu agents", sw.n);
	start(n);
	run_until(&sw.nenrolled, n, "enrolled");
}

static void
command(char *line)
{
	if (strncmp(line, "enrol ", 6) == 0)
		enrol(line + 6);
	else if (strcmp(line, "connect") == 0) {
		start(sw.n);
		run_until(&sw.nup, sw.n, "connected");
	} else if (strncmp(line, "change ", 7) == 0)
		change(line + 7);
	else if (strcmp(line, "drop") == 0)
		drop_all();
	else if (strcmp(line, "lost") == 0)
		lost();
	else if (strcmp(line, "quit") == 0)
		exit(0);
	else
		errx(2, "unknown command: %s", line);
	fflush(stdout);
}

static void
make_agents(void)
{
	struct agent	*a;
	uint8_t		 secret[32];
	size_t		 i;

	if ((sw.agents = calloc(sw.n, sizeof(*sw.agents))) == NULL)
		err(1, "calloc");
	for (i = 0; i < sw.n; i++) {
		a = &sw.agents[i];
		a->fd = -1;
		randombytes_buf(a->seed, sizeof(a->seed));
		randombytes_buf(secret, sizeof(secret));
		crypto_scalarmult_base(a->tunnel, secret);
		evtimer_set(&a->retry, on_retry, a);
		evtimer_set(&a->ping, on_ping, a);
	}
}

static void
raise_files(void)
{
	struct rlimit	 rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "getrlimit");
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "setrlimit");
	if (rl.rlim_max < sw.n + 64)
		errx(1, "only %llu files may be open: ulimit -n",
		    (unsigned long long)rl.rlim_max);
}

int
main(int argc, char *argv[])
{
	const char	*reason;

	if (argc != 5) {
		fprintf(stderr, "usage: swarm address port count sources\n");
		return 2;
	}
	sw.n = strtoul(argv[3], NULL, 10);
	sw.nsources = strtoul(argv[4], NULL, 10);
	sw.server.sin_family = AF_INET;
	sw.server.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
	if (inet_pton(AF_INET, argv[1], &sw.server.sin_addr) != 1 ||
	    sw.n == 0 || sw.n > SWARM_MAX || sw.nsources == 0 ||
	    sw.nsources > 200)
		errx(2, "an argument is out of range");
	raise_files();
	/* A server that ends is what "lost" waits for. */
	signal(SIGPIPE, SIG_IGN);
	if (sodium_init() == -1)
		errx(1, "libsodium");
	frame_init(randombytes_random());
	if ((sw.tls = tlsio_client_config(NULL, 0, &reason)) == NULL)
		errx(1, "%s", reason);
	TAILQ_INIT(&sw.queue);
	event_init();
	make_agents();
	if (fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK) == -1)
		err(1, "standard input");
	event_set(&sw.input, STDIN_FILENO, EV_READ, on_input, NULL);
	for (;;) {
		sw.used = 0;
		sw.ready = 0;
		event_add(&sw.input, NULL);
		while (!sw.ready)
			event_loop(EVLOOP_ONCE);
		command(sw.line);
	}
}
