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
 * The UDP half of the benchmark: one side serves, the other asks for round
 * trips and packet rates. Both run on one machine, so records are in host order
 * and both read one monotonic clock. It measures, it protects nothing: whoever
 * can reach the port can falsify a result, but not make it write out of bounds.
 *
 * usage: benchnet now                           milliseconds, monotonic
 *        benchnet serve port
 *        benchnet first address port ms start   ms from start to an answer
 *        benchnet ping address port rounds      "min p50 p99 lost", us
 *        benchnet rate address port size ms     "peak clean flood", packets/s
 */

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAGIC		0x656e6362U
#define BATCH		64		/* datagrams for one system call */
#define DATAGRAM_MAX	2048
#define SOCKET_BUFFER	(8 << 20)	/* bytes */
#define ROUNDS_MAX	1000000
#define WARM_UP		100		/* round trips that are not counted */
#define ANSWER_MS	100		/* an answer later than this is lost */
#define ASK_MAX		50
#define DRAIN_US	300000		/* what queues hold after a flood */
#define STEPS		7		/* of the search for the clean rate */
#define LOSS_MAX	0.01
#define NS		1000000000ULL

enum record_type { PING = 1, DATA, ASK };

struct record {
	uint32_t	magic;
	uint32_t	type;
	uint64_t	run;		/* grows from one step to the next */
	uint64_t	count;		/* PING: number; ASK: datagrams */
	uint64_t	first;		/* arrival, ns */
	uint64_t	last;
};

struct batch {
	struct mmsghdr		msgs[BATCH];
	struct iovec		iov[BATCH];
	struct sockaddr_in	from[BATCH];
	uint8_t			data[BATCH][DATAGRAM_MAX];
};

struct target {
	struct sockaddr_in	addr;
	int			fd;
};

struct step {
	double	sent;		/* packets per second */
	double	received;
	double	loss;		/* 0 to 1 */
};

static struct batch	batch;

static uint64_t
now_ns(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		err(1, "clock_gettime");
	return (uint64_t)ts.tv_sec * NS + (uint64_t)ts.tv_nsec;
}

static void
sleep_us(unsigned int us)
{
	struct timespec ts;

	ts.tv_sec = us / 1000000;
	ts.tv_nsec = (long)(us % 1000000) * 1000;
	(void)nanosleep(&ts, NULL);
}

static uint64_t
number(const char *s, uint64_t max)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(s, &end, 10);
	if (errno != 0 || end == s || *end != '\0' || *s == '-' || n > max)
		errx(2, "bad number: %s", s);
	return n;
}

static int
udp_socket(void)
{
	int fd, size = SOCKET_BUFFER;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		err(1, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
	    sizeof(size)) == -1)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
		    sizeof(size));
	return fd;
}

static void
target_open(struct target *t, const char *address, const char *port)
{
	struct timeval tv = { 0, ANSWER_MS * 1000 };

	memset(t, 0, sizeof(*t));
	t->addr.sin_family = AF_INET;
	t->addr.sin_port = htons((uint16_t)number(port, UINT16_MAX));
	if (inet_pton(AF_INET, address, &t->addr.sin_addr) != 1)
		errx(2, "bad address: %s", address);
	t->fd = udp_socket();
	if (setsockopt(t->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == -1)
		err(1, "SO_RCVTIMEO");
}

static void
batch_prepare(socklen_t namelen, size_t len)
{
	int i;

	memset(batch.msgs, 0, sizeof(batch.msgs));
	for (i = 0; i < BATCH; i++) {
		batch.iov[i].iov_base = batch.data[i];
		batch.iov[i].iov_len = len;
		batch.msgs[i].msg_hdr.msg_iov = &batch.iov[i];
		batch.msgs[i].msg_hdr.msg_iovlen = 1;
		batch.msgs[i].msg_hdr.msg_name = &batch.from[i];
		batch.msgs[i].msg_hdr.msg_namelen = namelen;
	}
}

/* --- the side that serves --- */

static void
serve_one(int fd, int i, size_t len, struct record *sum, uint64_t now)
{
	struct record r;

	if (len < sizeof(r))
		return;
	memcpy(&r, batch.data[i], sizeof(r));
	if (r.magic != MAGIC)
		return;
	if (r.type == DATA) {
		if (r.run < sum->run)
			return;
		if (r.run > sum->run) {
			memset(sum, 0, sizeof(*sum));
			sum->run = r.run;
			sum->first = now;
		}
		sum->count++;
		sum->last = now;
		return;
	}
	if (r.type == ASK) {
		r.count = r.run == sum->run ? sum->count : 0;
		r.first = sum->first;
		r.last = sum->last;
		memcpy(batch.data[i], &r, sizeof(r));
	}
	(void)sendto(fd, batch.data[i], len, 0,
	    (struct sockaddr *)&batch.from[i], sizeof(batch.from[i]));
}

static void
serve(const char *port)
{
	struct sockaddr_in sin;
	struct record sum;
	uint64_t now;
	int fd, i, n;

	memset(&sum, 0, sizeof(sum));
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons((uint16_t)number(port, UINT16_MAX));
	fd = udp_socket();
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "bind");
	for (;;) {
		batch_prepare(sizeof(batch.from[0]), DATAGRAM_MAX);
		n = recvmmsg(fd, batch.msgs, BATCH, MSG_WAITFORONE, NULL);
		now = now_ns();
		for (i = 0; i < n; i++)
			serve_one(fd, i, batch.msgs[i].msg_len, &sum, now);
	}
}

/* --- the side that asks --- */

/* Send r and wait for the answer to just this one; -1 if it is lost. */
static int
ask(const struct target *t, struct record *r)
{
	uint8_t buf[DATAGRAM_MAX];
	struct record got;
	ssize_t n;

	memset(buf, 0, sizeof(*r) + 24);
	memcpy(buf, r, sizeof(*r));
	if (sendto(t->fd, buf, sizeof(*r) + 24, 0,
	    (const struct sockaddr *)&t->addr, sizeof(t->addr)) == -1)
		return -1;
	while ((n = recv(t->fd, buf, sizeof(buf), 0)) != -1) {
		if ((size_t)n < sizeof(got))
			continue;
		memcpy(&got, buf, sizeof(got));
		if (got.magic != MAGIC || got.type != r->type ||
		    got.run != r->run ||
		    (got.type == PING && got.count != r->count))
			continue;
		*r = got;
		return 0;
	}
	return -1;
}

static void
first(const struct target *t, uint64_t limit_ms, uint64_t start_ms)
{
	struct timeval tv = { 0, 5000 };
	struct record r;
	uint64_t now, end;

	if (setsockopt(t->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == -1)
		err(1, "SO_RCVTIMEO");
	memset(&r, 0, sizeof(r));
	r.magic = MAGIC;
	r.type = PING;
	end = now_ns() / 1000000 + limit_ms;
	do {
		/* One number for all: the answer to any of them will do. */
		if (ask(t, &r) == 0) {
			now = now_ns() / 1000000;
			printf("%llu\n", (unsigned long long)(now - start_ms));
			return;
		}
		if (errno != EAGAIN)
			sleep_us(5000);
	} while (now_ns() / 1000000 < end);
	errx(1, "no answer");
}

static int
compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
ping(const struct target *t, size_t rounds)
{
	struct record r;
	uint32_t *us;
	uint64_t before;
	size_t i, n = 0;

	us = calloc(rounds, sizeof(*us));
	if (us == NULL || rounds == 0)
		err(1, "rounds");
	memset(&r, 0, sizeof(r));
	r.magic = MAGIC;
	r.type = PING;
	r.run = now_ns();
	for (i = 0; i < rounds + WARM_UP; i++) {
		r.count = i;
		before = now_ns();
		if (ask(t, &r) == 0 && i >= WARM_UP)
			us[n++] = (uint32_t)((now_ns() - before) / 100);
	}
	if (n == 0)
		errx(1, "no answer");
	qsort(us, n, sizeof(*us), compare);
	printf("%.1f %.1f %.1f %zu\n", us[0] / 10.0, us[(n - 1) / 2] / 10.0,
	    us[(n * 99 + 99) / 100 - 1] / 10.0, rounds - n);
	free(us);
}

/* How many datagrams may go now; waits when none is due. 0 pps: all. */
static unsigned int
due(uint64_t start, uint64_t sent, double pps)
{
	double n;

	if (pps <= 0)
		return BATCH;
	n = (double)(now_ns() - start) * pps / (double)NS - (double)sent;
	if (n < 1) {
		sleep_us(30);
		return 0;
	}
	return n < BATCH ? (unsigned int)n : BATCH;
}

/* Send for ms milliseconds, then ask what came. */
static struct step
step(const struct target *t, size_t size, uint64_t ms, double pps)
{
	struct step s = { 0, 0, 1 };
	struct record r;
	uint64_t start, took, sent = 0;
	unsigned int i, n;
	int rc;

	memset(&r, 0, sizeof(r));
	r.magic = MAGIC;
	r.type = DATA;
	r.run = start = now_ns();
	batch_prepare(sizeof(batch.from[0]), size);
	for (i = 0; i < BATCH; i++) {
		memcpy(batch.data[i], &r, sizeof(r));
		batch.from[i] = t->addr;
	}
	while ((took = now_ns() - start) < ms * 1000000) {
		n = due(start, sent, pps);
		rc = n == 0 ? 0 : sendmmsg(t->fd, batch.msgs, n, 0);
		if (rc > 0)
			sent += (uint64_t)rc;
		else if (rc == -1)
			sleep_us(20);	/* a full queue says so */
	}
	sleep_us(DRAIN_US);
	r.type = ASK;
	for (i = 0; ask(t, &r) == -1; i++) {
		if (i == ASK_MAX)
			errx(1, "no answer");
		sleep_us(ANSWER_MS * 1000);
	}
	s.sent = (double)sent * (double)NS / (double)took;
	if (r.count > 0 && r.last - r.first > took)
		took = r.last - r.first;
	s.received = (double)r.count * (double)NS / (double)took;
	if (sent > 0)
		s.loss = 1 - (double)r.count / (double)sent;
	return s;
}

/*
 * A flood first, then a search by halves for the highest rate that comes
 * through with little loss. The peak is the best that any step received.
 */
static void
rate(const struct target *t, size_t size, uint64_t ms)
{
	struct step s;
	double flood, peak, try, low = 0, high;
	int i;

	if (size < sizeof(struct record) || ms == 0)
		errx(2, "bad size or time");
	(void)prctl(PR_SET_TIMERSLACK, 1UL);
	s = step(t, size, ms, 0);
	flood = peak = s.received;
	high = s.sent;
	if (s.loss <= LOSS_MAX)
		low = high;
	try = flood;
	for (i = 0; i < STEPS && high - low > high / 20; i++) {
		s = step(t, size, ms / 2 + 1, try);
		if (s.received > peak)
			peak = s.received;
		if (s.loss <= LOSS_MAX) {
			if (s.received > low)
				low = s.received;
			/* The sender itself may be at its end. */
			if (s.sent < try * 0.95)
				break;
			/* Nothing above twice the peak needs a try. */
			if (high > peak * 2)
				high = peak * 2;
		} else if (try < high)
			high = try;
		try = low > 0 ? (low + high) / 2 : high * 0.6;
	}
	/* A flood without loss counts as sent; never more than came. */
	if (low > peak)
		low = peak;
	printf("%.0f %.0f %.0f\n", peak, low, flood);
}

static void
usage(void)
{
	fprintf(stderr, "usage: benchnet now | serve port |\n"
	    "    first address port ms start | ping address port rounds |\n"
	    "    rate address port size ms\n");
	exit(2);
}

int
main(int argc, char *argv[])
{
	struct target t;

	if (argc == 2 && strcmp(argv[1], "now") == 0) {
		printf("%llu\n", (unsigned long long)(now_ns() / 1000000));
		return 0;
	}
	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		serve(argv[2]);
	if (argc < 5)
		usage();
	target_open(&t, argv[2], argv[3]);
	if (argc == 6 && strcmp(argv[1], "first") == 0)
		first(&t, number(argv[4], 3600000),
		    number(argv[5], UINT64_MAX));
	else if (argc == 5 && strcmp(argv[1], "ping") == 0)
		ping(&t, (size_t)number(argv[4], ROUNDS_MAX));
	else if (argc == 6 && strcmp(argv[1], "rate") == 0)
		rate(&t, (size_t)number(argv[4], DATAGRAM_MAX),
		    number(argv[5], 60000));
	else
		usage();
	return 0;
}
