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
 * Tries to get at other processes as a user that is not root, for the test
 * that nobody can: by ptrace(2) and by opening their memory.
 *
 *	attach_helper uid pid ...
 *
 * Prints one line for each way that is open.
 */

#include <sys/types.h>
#include <sys/ptrace.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const files[] = {
	"mem", "maps", "environ", "auxv", "stack", "syscall", "fd", "cwd",
	"root", "exe", "map_files"
};

static void
try_files(const char *pid)
{
	char	 path[64], target[16];
	size_t	 i;
	int	 fd;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "/proc/%.20s/%s", pid, files[i]);
		if (readlink(path, target, sizeof(target)) != -1) {
			printf("%s: can be followed\n", path);
			continue;
		}
		if ((fd = open(path, O_RDONLY)) != -1) {
			/* Nothing is mapped at 0, which is where mem begins. */
			if (i == 0 || read(fd, target, 1) > 0 ||
			    errno == EISDIR)
				printf("%s: can be read\n", path);
			close(fd);
		}
	}
}

static void
try_attach(const char *pid)
{
	pid_t	 p = (pid_t)strtol(pid, NULL, 10);

	if (ptrace(PTRACE_SEIZE, p, NULL, NULL) == 0) {
		printf("%s: can be traced\n", pid);
		ptrace(PTRACE_DETACH, p, NULL, NULL);
	} else if (errno != EPERM && errno != EACCES)
		err(1, "ptrace of %s", pid);
}

int
main(int argc, char *argv[])
{
	uid_t	 uid;
	int	 i;

	if (argc < 3) {
		fprintf(stderr, "usage: attach_helper uid pid ...\n");
		return 2;
	}
	uid = (uid_t)strtoul(argv[1], NULL, 10);
	if (uid != 0 && (setgroups(0, NULL) == -1 ||
	    setresgid(uid, uid, uid) == -1 || setresuid(uid, uid, uid) == -1))
		err(1, "cannot become user %s", argv[1]);
	for (i = 2; i < argc; i++) {
		try_files(argv[i]);
		try_attach(argv[i]);
	}
	return 0;
}
