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
 * What was marked as secret is nowhere in a process once it was handled or
 * sent: a forked process searches its own memory through /proc.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc/proc.h"

#define PATTERN		32
#define CHUNK		65536
#define RANGE_MAX	(1UL << 30)	/* more is a sanitizer's own */

/* The pattern itself is never kept, only its complement. */
static uint8_t	 inverse[PATTERN];
static int	 handled;
static uint8_t	 window[CHUNK];

static void
on_keys(void *env, struct chan *c, const void *msg, int fd)
{
	const struct msg_keys	*m = msg;
	size_t			 i;

	(void)env;
	(void)c;
	(void)fd;
	for (i = 0; i < PATTERN; i++)
		inverse[i] = (uint8_t)~m->identity_seed[i];
	handled = 1;
}

static int
matches(const uint8_t *p, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if ((p[i] ^ inverse[i]) != 0xff)
			return 0;
	return 1;
}

/* Half of the pattern is enough to be found out. */
static int
search_range(int mem, unsigned long from, unsigned long to)
{
	ssize_t	 n, i;

	while (from < to) {
		n = pread(mem, window, to - from < CHUNK ? to - from : CHUNK,
		    (off_t)from);
		if (n < PATTERN)
			return 0;
		for (i = 0; i <= n - PATTERN / 2; i++) {
			if (matches(window + i, PATTERN / 2))
				return 1;
		}
		from += (unsigned long)(n > PATTERN ? n - PATTERN : n);
	}
	return 0;
}

/* 1: found, 0: not in this process, -1: cannot search. */
static int
search_self(void)
{
	char		 line[512];
	unsigned long	 from, to;
	FILE		*maps = fopen("/proc/self/maps", "r");
	int		 mem = open("/proc/self/mem", O_RDONLY), found = 0;

	if (maps == NULL || mem == -1)
		return -1;
	while (found == 0 && fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%lx-%lx rw", &from, &to) != 2 ||
		    strstr(line, " rw") == NULL || to - from > RANGE_MAX)
			continue;
		/* The window of the search holds what it reads. */
		memset(window, 0, sizeof(window));
		if (from <= (unsigned long)window &&
		    (unsigned long)window < to) {
			found |= search_range(mem, from,
			    (unsigned long)window);
			memset(window, 0, sizeof(window));
			found |= search_range(mem,
			    (unsigned long)window + CHUNK, to);
			continue;
		}
		found |= search_range(mem, from, to);
	}
	fclose(maps);
	close(mem);
	return found;
}

static struct chan *
play(struct proc *p, uint32_t role, uint32_t peer, int fd)
{
	event_init();
	memset(p, 0, sizeof(*p));
	p->role = role;
	p->phase = P_SETUP;
	p->index[MSG_KEYS] = on_keys;
	return chan_new(p, fd, peer, 0);
}

static void
receive_and_search(int fd)
{
	static struct proc	 p;

	if (play(&p, ROLE_CRYPTO, ROLE_PARENT, fd) == NULL)
		_exit(3);
	while (!handled)
		if (event_loop(EVLOOP_ONCE) == -1)
			_exit(3);
	_exit(search_self() == 0 ? 0 : 1);
}

static void
send_and_search(int fd)
{
	static struct proc	 p;
	static struct msg_keys	 m;
	struct chan		*c = play(&p, ROLE_PARENT, ROLE_CRYPTO, fd);
	size_t			 i;

	arc4random_buf(inverse, sizeof(inverse));
	for (i = 0; i < PATTERN; i++)
		m.identity_seed[i] = (uint8_t)~inverse[i];
	if (c == NULL || msg_send_keys(c, &m, -1) == -1)
		_exit(3);
	explicit_bzero(&m, sizeof(m));
	/* Still queued: it must be there, or the search is no good. */
	if (search_self() != 1)
		_exit(2);
	if (chan_flush(c, 1000) == -1)
		_exit(3);
	_exit(search_self() == 0 ? 0 : 1);
}

static void
check_exit(pid_t pid)
{
	int	 status;

	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_REQUIRE(WIFEXITED(status));
	ATF_CHECK_EQ_MSG(0, WEXITSTATUS(status), "%s",
	    WEXITSTATUS(status) == 1 ? "the secret is in memory" :
	    WEXITSTATUS(status) == 2 ? "the search finds nothing" :
	    "the channel does not work");
}

ATF_TC_WITHOUT_HEAD(a_secret_is_wiped_after_its_handler);
ATF_TC_BODY(a_secret_is_wiped_after_its_handler, tc)
{
	const struct msg_desc	*d = msg_lookup(MSG_KEYS);
	struct msg_keys		 m;
	struct imsgbuf		 ib;
	uint8_t			 buf[256];
	ssize_t			 n;
	pid_t			 pid;
	int			 s[2];

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0)
		receive_and_search(s[0]);
	close(s[0]);
	/* Made after the fork: the other process knows nothing of it. */
	memset(&m, 0, sizeof(m));
	arc4random_buf(m.identity_seed, sizeof(m.identity_seed));
	ATF_REQUIRE((n = msg_encode(d, &m, buf, sizeof(buf))) != -1);
	ATF_REQUIRE(imsgbuf_init(&ib, s[1]) == 0);
	ATF_REQUIRE(imsg_compose(&ib, MSG_KEYS, 0, 0, -1, buf,
	    (size_t)n) == 1);
	ATF_REQUIRE(imsgbuf_write(&ib) == 0);
	check_exit(pid);
	close(s[1]);
}

ATF_TC_WITHOUT_HEAD(a_secret_is_wiped_after_it_was_sent);
ATF_TC_BODY(a_secret_is_wiped_after_it_was_sent, tc)
{
	pid_t	 pid;
	int	 s[2];

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0)
		send_and_search(s[0]);
	check_exit(pid);
	close(s[0]);
	close(s[1]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_secret_is_wiped_after_its_handler);
	ATF_TP_ADD_TC(tp, a_secret_is_wiped_after_it_was_sent);
	return atf_no_error();
}
