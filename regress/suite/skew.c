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
 * Linked into a process of the agent, it makes the wall clock wrong, for the
 * libraries as well: the folder that the executable lies in is named
 * "skew" and the seconds to add.  The monotonic clock stays as it is.
 */

#include <err.h>
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int	(*real_gettime)(clockid_t, struct timespec *);
static time_t	 skew;

static void
skew_init(void)
{
	char	 path[PATH_MAX];
	char	*folder;
	ssize_t	 n;

	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (n == -1)
		err(1, "skew");
	path[n] = '\0';
	folder = basename(dirname(path));
	if (strncmp(folder, "skew", 4) != 0)
		errx(1, "%s: no skew", folder);
	skew = (time_t)strtoll(folder + 4, NULL, 10);
}

/* Before main, while the program may still look around. */
__attribute__((constructor)) static void
skew_begin(void)
{
	void	*f = dlsym(RTLD_NEXT, "clock_gettime");

	memcpy(&real_gettime, &f, sizeof(real_gettime));
	skew_init();
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int	 ret = real_gettime(id, ts);

	if (ret == 0 && id == CLOCK_REALTIME)
		ts->tv_sec += skew;
	return ret;
}

time_t
time(time_t *out)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (out != NULL)
		*out = ts.tv_sec;
	return ts.tv_sec;
}
