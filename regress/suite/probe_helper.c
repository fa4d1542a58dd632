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
 * Stands in the place of a child's program and writes down with what it was
 * started, for the test of what the parents pass on: its environment and its
 * open descriptors.  Then it becomes the child, whose program is of the same
 * name in the folder "real" beside this one.  What it saw is in the file
 * NAME.seen, one line each; a second start adds to it.
 */

#include <sys/types.h>

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE	1024

extern char	**environ;

/* Its own descriptor for the list is the only one it adds. */
static void
write_descriptors(FILE *out)
{
	struct dirent	*entry;
	DIR		*dir;
	int		 fd;

	if ((dir = opendir("/proc/self/fd")) == NULL)
		err(1, "/proc/self/fd");
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		fd = (int)strtol(entry->d_name, NULL, 10);
		if (fd != dirfd(dir) && fd != fileno(out))
			fprintf(out, "descriptor %d\n", fd);
	}
	closedir(dir);
}

int
main(int argc, char *argv[])
{
	char	 self[PATH_SIZE], path[PATH_SIZE + 16], *slash;
	ssize_t	 n;
	size_t	 i;
	FILE	*out;

	if ((n = readlink("/proc/self/exe", self, sizeof(self) - 1)) == -1)
		err(1, "/proc/self/exe");
	self[n] = '\0';
	snprintf(path, sizeof(path), "%s.seen", self);
	if ((out = fopen(path, "ae")) == NULL)
		err(1, "%s", path);
	for (i = 0; environ[i] != NULL; i++)
		fprintf(out, "environment %s\n", environ[i]);
	for (i = 0; i < (size_t)argc; i++)
		fprintf(out, "argument %s\n", argv[i]);
	write_descriptors(out);
	fclose(out);
	if ((slash = strrchr(self, '/')) == NULL)
		errx(1, "%s", self);
	*slash = '\0';
	snprintf(path, sizeof(path), "%s/real/%s", self, slash + 1);
	execv(path, argv);
	err(1, "%s", path);
}
