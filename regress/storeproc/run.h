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
 * The real enclave-discoveryctl, run by a test.
 */

#ifndef REGRESS_STOREPROC_RUN_H
#define REGRESS_STOREPROC_RUN_H

#include <sys/types.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RUN_ARGS_MAX	40
#define RUN_OUT_MAX	(1 << 20)

struct run {
	pid_t	 pid;
	int	 fd;
};

/* Starts it with these words (to NULL). */
static inline void
run_begin(struct run *r, char *socket, const char *const *words)
{
	const char	*dir = getenv("ENCLAVE_BUILD");
	char		 path[1024], *argv[RUN_ARGS_MAX + 4];
	char		*envp[] = { NULL };
	size_t		 n = 0;
	int		 fds[2];

	snprintf(path, sizeof(path), "%s/enclave-discoveryctl",
	    dir == NULL ? "." : dir);
	argv[n++] = path;
	argv[n++] = strdup("-s");
	argv[n++] = socket;
	for (; *words != NULL && n < RUN_ARGS_MAX; words++)
		argv[n++] = strdup(*words);
	argv[n] = NULL;
	ATF_REQUIRE(pipe2(fds, O_CLOEXEC) == 0);
	ATF_REQUIRE((r->pid = fork()) != -1);
	if (r->pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		execve(path, argv, envp);
		_exit(99);
	}
	close(fds[1]);
	r->fd = fds[0];
}

/* Waits for its end: its code, and RUN_OUT_MAX bytes for what it wrote. */
static inline int
run_end(struct run *r, char *out)
{
	size_t	 len = 0;
	ssize_t	 got;
	int	 status;

	while ((got = read(r->fd, out + len, RUN_OUT_MAX - 1 - len)) > 0)
		len += (size_t)got;
	out[len] = '\0';
	close(r->fd);
	ATF_REQUIRE_EQ(waitpid(r->pid, &status, 0), r->pid);
	ATF_REQUIRE_MSG(WIFEXITED(status), "ended by %x",
	    (unsigned int)status);
	return WEXITSTATUS(status);
}

#endif /* REGRESS_STOREPROC_RUN_H */
