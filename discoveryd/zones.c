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
 * The time zones of the system, read once at the start and handed to the
 * children that compute active hours, in memory that nobody can change.  The
 * parent looks at nothing but names, sizes and the first bytes.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "discoveryd/discoveryd.h"
#include "os/memory.h"
#include "tz/tz.h"

#define ZONEINFO	"/usr/share/zoneinfo"
#define DEPTH_MAX	3	/* America/Argentina/Salta */

struct zones {
	uint8_t		*pack;
	size_t		 len;
	size_t		 n;
	uint8_t		 file[TZ_DATA_MAX];
};

static void	 folder_read(struct zones *, int, const char *, int);

/* A regular file of time zone data; links of the system's own are followed. */
static void
file_add(struct zones *z, int fd, const char *name)
{
	struct stat	 st;
	ssize_t		 n;
	size_t		 len;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    st.st_size > TZ_DATA_MAX || z->n == TZ_ZONES_MAX)
		return;
	n = read(fd, z->file, sizeof(z->file));
	if (n < 4 || memcmp(z->file, "TZif", 4) != 0)
		return;
	len = tz_pack_add(z->pack, TZ_PACK_MAX, z->len, name, z->file,
	    (size_t)n);
	if (len == 0)
		return;
	z->len = len;
	z->n++;
}

static void
entry_read(struct zones *z, int dir, const char *prefix, const char *entry,
    int depth)
{
	char		 name[TZ_NAME_MAX + 1];
	struct stat	 st;
	int		 fd;

	if (snprintf(name, sizeof(name), "%s%s%s", prefix,
	    *prefix != '\0' ? "/" : "", entry) >= (int)sizeof(name) ||
	    !tz_name_valid(name))
		return;
	fd = openat(dir, entry, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return;
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		if (depth < DEPTH_MAX && strcmp(name, "posix") != 0 &&
		    strcmp(name, "right") != 0) {
			folder_read(z, fd, name, depth + 1);
			return;
		}
	} else if (strcmp(name, "localtime") != 0 &&
	    strcmp(name, "posixrules") != 0)
		file_add(z, fd, name);
	close(fd);
}

/* Takes the descriptor over. */
static void
folder_read(struct zones *z, int fd, const char *prefix, int depth)
{
	struct dirent	*de;
	DIR		*dir;

	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return;
	}
	while ((de = readdir(dir)) != NULL)
		if (de->d_name[0] != '.')
			entry_read(z, dirfd(dir), prefix, de->d_name, depth);
	closedir(dir);
}

void
zones_open(struct discoveryd *d)
{
	struct zones	*z;
	int		 fd;

	d->zones = -1;
	if ((z = calloc(1, sizeof(*z))) == NULL ||
	    (z->pack = malloc(TZ_PACK_MAX)) == NULL)
		fatal("time zones");
	fd = open(ZONEINFO, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1)
		folder_read(z, fd, "", 1);
	if (z->n == 0)
		log_warnx("there is no time zone data in " ZONEINFO ": "
		    "policies with active hours hold in UTC only; install "
		    "it (tzdata) and restart");
	else if (memory_publish(z->pack, z->len, &d->zones) == -1)
		fatal("time zones");
	d->zones_len = z->len;
	free(z->pack);
	free(z);
}
