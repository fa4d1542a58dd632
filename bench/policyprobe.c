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
 * When a change of policy is felt.  Sends a datagram each millisecond from a
 * socket in one network namespace to one in another, runs a command, and
 * prints how long after the end of the command the first (allow) or the last
 * (deny) one arrived, in milliseconds; 0 when that was before its end.
 *
 *	policyprobe allow|deny ns-from ns-to address port command...
 *
 * A change to "deny" counts as felt when nothing that was sent half a second
 * after the last arrival has come.  Ends with 1 when it is not felt in 10 s.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_US	10000000ULL
#define QUIET_US	500000ULL
#define STEP_MS		1

static uint64_t
now_us(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* A socket that stays in that namespace whatever becomes of the process. */
static int
socket_in(const char *ns, const char *address, const char *port, int bind_it)
{
	struct sockaddr_in	 sin;
	char			 path[128];
	int			 fd, nsfd;

	snprintf(path, sizeof(path), "/run/netns/%s", ns);
	if ((nsfd = open(path, O_RDONLY | O_CLOEXEC)) == -1 ||
	    setns(nsfd, CLONE_NEWNET) == -1)
		err(2, "%s", path);
	close(nsfd);
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	if (inet_pton(AF_INET, address, &sin.sin_addr) != 1)
		errx(2, "%s is no address", address);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		err(2, "socket");
	if (bind_it && bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(2, "bind %s", address);
	if (!bind_it && connect(fd, (struct sockaddr *)&sin,
	    sizeof(sin)) == -1)
		err(2, "connect %s", address);
	return fd;
}

static pid_t
run(int home, char *argv[])
{
	pid_t	 pid = fork();

	if (pid == -1)
		err(2, "fork");
	if (pid != 0)
		return pid;
	if (setns(home, CLONE_NEWNET) == -1)
		err(2, "setns");
	if (freopen("/dev/null", "w", stdout) == NULL)
		err(2, "/dev/null");
	execv(argv[0], argv);
	err(127, "%s", argv[0]);
}

/* Takes what has arrived; the time at which the newest of it was sent. */
static uint64_t
receive(int fd, uint64_t *first, uint64_t since)
{
	uint64_t	 sent, newest = 0;

	while (recv(fd, &sent, sizeof(sent), 0) == sizeof(sent)) {
		if (sent > newest)
			newest = sent;
		if (*first == 0 && sent >= since)
			*first = now_us();
	}
	return newest;
}

int
main(int argc, char *argv[])
{
	uint64_t	 start, end = 0, now, first = 0, last = 0;
	struct pollfd	 pfd;
	pid_t		 pid;
	int		 from, to, allow, status = 0;
	int		 home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (argc < 7 || home == -1) {
		fprintf(stderr, "usage: policyprobe allow|deny ns-from ns-to "
		    "address port command...\n");
		return 2;
	}
	allow = strcmp(argv[1], "allow") == 0;
	to = socket_in(argv[3], argv[4], argv[5], 1);
	from = socket_in(argv[2], argv[4], argv[5], 0);
	start = now_us();
	pid = run(home, argv + 6);
	pfd.fd = to;
	pfd.events = POLLIN;
	for (;;) {
		now = now_us();
		if (end == 0 && waitpid(pid, &status, WNOHANG) == pid)
			end = now_us();
		if (end != 0 && status != 0)
			errx(2, "the command failed");
		/* What cannot be sent now is refused by the sender's side. */
		if (send(from, &now, sizeof(now), 0) == -1 &&
		    errno == EBADF)
			err(2, "send");
		poll(&pfd, 1, STEP_MS);
		if (receive(to, &first, start) != 0)
			last = now_us();
		if (end == 0)
			continue;
		if (allow && first != 0)
			break;
		if (!allow && now_us() > (last > end ? last : end) + QUIET_US)
			break;
		if (now_us() - end > LIMIT_US)
			errx(1, "not felt in 10 seconds");
	}
	if (allow)
		printf("%.2f\n", first > end ? (double)(first - end) / 1e3 :
		    0.0);
	else
		printf("%.2f\n", last > end ? (double)(last - end) / 1e3 :
		    0.0);
	return 0;
}
