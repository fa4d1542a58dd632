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
 * Checks without end at a real netproc, false ones and a peer's: the tunnel of
 * another peer stays, no memory is taken, and what is not looked at is
 * counted.  See cable.h.
 */

#include <sys/types.h>

#include "regress/netproc/cable.h"

#define UFRAG_C		"cccc"		/* A's, for the one that floods */
#define UFRAG_D		"dddd"
#define PWD_C		"password-of-the-third-one"
#define PWD_D		"password-of-the-last-one!"
#define FLOODER		8		/* its number */
#define FLOOD_MS	3000
#define ANSWERS_SEC	64		/* ICE_ANSWERS_PER_SEC */
#define GROWTH_KB	1024

/* Two netprocs with a path over UDP; A knows the flooder as well. */
static void
begin(struct node *a, struct node *b)
{
	struct ice_candidate	 ca, cb;
	struct msg_introduce	 m;
	union msg_any		 any;

	cable_up();
	node_start(a, ns_a, NULL);
	node_start(b, ns_b, NULL);
	ca = node_own(a, ICE_UDP);
	cb = node_own(b, ICE_UDP);
	introduce(a, 1, 1, &cb);
	introduce(b, 0, 1, &ca);
	node_up(b, &any);
	node_up(a, &any);
	ATF_REQUIRE_EQ(any.path.transport, ICE_UDP);
	introduction(&m, 1, 2);
	m.peer = FLOODER;
	snprintf(m.local_ufrag, sizeof(m.local_ufrag), "%s", UFRAG_C);
	snprintf(m.local_pwd, sizeof(m.local_pwd), "%s", PWD_C);
	snprintf(m.remote_ufrag, sizeof(m.remote_ufrag), "%s", UFRAG_D);
	snprintf(m.remote_pwd, sizeof(m.remote_pwd), "%s", PWD_D);
	end_send(&a->ctl, MSG_INTRODUCE, &m, -1);
}

static ssize_t
check(uint8_t *out, const char *pwd, uint32_t number)
{
	struct stun_builder	 b;
	uint8_t			 id[STUN_ID_LEN] = { 0 };

	memcpy(id, &number, sizeof(number));
	stun_build_start(&b, out, STUN_MESSAGE_MAX, STUN_REQUEST,
	    STUN_BINDING, id);
	stun_build_bytes(&b, STUN_ATTR_USERNAME, UFRAG_C ":" UFRAG_D, 9);
	stun_build_u32(&b, STUN_ATTR_PRIORITY, 1);
	stun_build_u64(&b, STUN_ATTR_ICE_CONTROLLED, 1);
	stun_build_integrity_sha256(&b, (const uint8_t *)pwd, strlen(pwd));
	stun_build_fingerprint(&b);
	return stun_build_finish(&b);
}

/* As fast as it can, from four ports; its exit code says that all went. */
static pid_t
flood(const struct endpoint *to, const char *pwd, int report)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len = endpoint_to_sockaddr(to, &ss);
	uint64_t		 end = now_ms() + FLOOD_MS;
	uint8_t			 pkt[64][STUN_MESSAGE_MAX], in[1500];
	uint32_t		 counts[2] = { 0, 0 }, i;
	ssize_t			 n = 0;
	int			 fd[4];
	pid_t			 pid = fork();

	ATF_REQUIRE(pid != -1);
	if (pid != 0)
		return pid;
	if (setns(ns_b, CLONE_NEWNET) == -1)
		_exit(1);
	for (i = 0; i < 64; i++)
		n = check(pkt[i], pwd, i);
	for (i = 0; i < 4; i++)
		fd[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	for (i = 0; now_ms() < end; i++) {
		if (sendto(fd[i % 4], pkt[i % 64], (size_t)n, 0,
		    (struct sockaddr *)&ss, len) == n)
			counts[0]++;
		while (recv(fd[i % 4], in, sizeof(in), 0) > 0)
			counts[1] += in[0] == 1;
	}
	if (write(report, counts, sizeof(counts)) != sizeof(counts))
		_exit(1);
	_exit(0);
}

static unsigned long
memory(const struct node *n)
{
	char		 path[64], line[128];
	unsigned long	 kb = 0;
	FILE		*fp;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)n->p.pid);
	ATF_REQUIRE((fp = fopen(path, "r")) != NULL);
	while (fgets(line, sizeof(line), fp) != NULL)
		if (strncmp(line, "RssAnon:", 8) == 0)
			kb = strtoul(line + 8, NULL, 10);
	fclose(fp);
	ATF_REQUIRE(kb > 0);
	return kb;
}

/* How many were dropped for this reason. */
static uint64_t
dropped(struct node *n, const char *text)
{
	struct msg_net_get	 m;
	union msg_any		 any;
	uint64_t		 count = 0;
	uint32_t		 type;

	memset(&m, 0, sizeof(m));
	m.id = 9;
	end_send(&n->ctl, MSG_NET_GET, &m, -1);
	while ((type = node_message(n, &any)) != MSG_STATS_END)
		if (type == MSG_NET_ROW && strstr(any.net_row.text, text))
			count += any.net_row.count;
	return count;
}

/* What passes to and fro while somebody floods; the share that arrives, %. */
static unsigned int
passes_meanwhile(struct node *a, struct node *b, pid_t flooder)
{
	struct timespec		 pause = { 0, 5000000 };
	struct ring_record	 rec;
	unsigned int		 sent = 0, arrived = 0;
	int			 status;

	memset(data, 0x80, 1000);
	while (waitpid(flooder, &status, WNOHANG) == 0) {
		ATF_REQUIRE(node_send(b, data, 1000, 1000) == 0);
		ATF_REQUIRE(node_send(a, data, 1000, 1000) == 0);
		sent += 2;
		nanosleep(&pause, NULL);
		while (node_poll(a, &rec, got, 0))
			arrived += rec.count;
		while (node_poll(b, &rec, got, 0))
			arrived += rec.count;
	}
	ATF_REQUIRE_EQ(status, 0);
	while (node_poll(a, &rec, got, 200))
		arrived += rec.count;
	while (node_poll(b, &rec, got, 200))
		arrived += rec.count;
	return arrived * 100 / sent;
}

static void
harmless(const char *pwd, uint32_t sent_answers[2], uint64_t *bad,
    uint64_t *many)
{
	struct node		 a, b;
	struct endpoint		 to;
	unsigned long		 before;
	unsigned int		 share;
	int			 pipes[2];

	begin(&a, &b);
	pass(&a, &b);
	pass(&b, &a);
	to = node_own(&a, ICE_UDP).ep;
	before = memory(&a);
	ATF_REQUIRE(pipe(pipes) == 0);
	share = passes_meanwhile(&a, &b, flood(&to, pwd, pipes[1]));
	ATF_REQUIRE(read(pipes[0], sent_answers, 2 * sizeof(uint32_t)) ==
	    2 * sizeof(uint32_t));
	/* The queue of the socket is everybody's. */
	ATF_CHECK_MSG(share >= 50, "%u %% arrive", share);
	ATF_CHECK_MSG(memory(&a) < before + GROWTH_KB, "%lu kB, then %lu",
	    before, memory(&a));
	*bad = dropped(&a, "nobody known");
	*many = dropped(&a, "beyond");
	ATF_CHECK(a.up && b.up);
	pass(&a, &b);
	pass(&b, &a);
	node_end(&a);
	node_end(&b);
}

CASE(a_flood_of_false_checks_harms_nobody, "and none is answered")
{
	uint32_t	 n[2];
	uint64_t	 bad, many;

	harmless(PWD_D, n, &bad, &many);
	ATF_REQUIRE_MSG(n[0] > 10000, "%u checks are no flood", n[0]);
	ATF_CHECK_EQ(n[1], 0);
	/* Of each second's, so many are looked at. */
	ATF_CHECK_MSG(bad > 0 && bad <= 2000 * (FLOOD_MS / 1000 + 2),
	    "%ju looked at", (uintmax_t)bad);
	ATF_CHECK_MSG(many > 0 && bad + many <= n[0], "%ju not looked at",
	    (uintmax_t)many);
}

CASE(a_peer_that_floods_harms_no_other_one, "and has few answers")
{
	uint32_t	 n[2];
	uint64_t	 bad, many;

	harmless(PWD_C, n, &bad, &many);
	ATF_REQUIRE_MSG(n[0] > 10000, "%u checks are no flood", n[0]);
	ATF_CHECK_MSG(n[1] > 0 && n[1] <= ANSWERS_SEC * (FLOOD_MS / 1000 + 2),
	    "%u answers", n[1]);
	ATF_CHECK_EQ(bad, 0);
	ATF_CHECK_MSG(many > 0, "nothing is counted");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_flood_of_false_checks_harms_nobody);
	ATF_TP_ADD_TC(tp, a_peer_that_floods_harms_no_other_one);
	return atf_no_error();
}
