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
 * The database of countries that the administrator names: read whole and
 * handed to policyproc in memory that nobody can change, so that a file that
 * is replaced or cut short harms nobody.  The parent looks at its size only.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "discoveryd/discoveryd.h"
#include "os/memory.h"

#define GEO_FILE_MAX	(256 * 1024 * 1024)	/* as policyproc takes */

/* The whole file, to be freed; NULL and a line in the log. */
static void *
file_read(const char *path, struct stat *st)
{
	char	*data = NULL;
	off_t	 off;
	ssize_t	 n;
	int	 fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 || fstat(fd, st) == -1) {
		log_warn("geo database %s", path);
		goto fail;
	}
	if (!S_ISREG(st->st_mode) || st->st_size == 0 ||
	    st->st_size > GEO_FILE_MAX) {
		log_warnx("geo database %s: not a file of up to %d MB", path,
		    GEO_FILE_MAX / (1024 * 1024));
		goto fail;
	}
	if ((data = malloc((size_t)st->st_size)) == NULL) {
		log_warn("geo database %s", path);
		goto fail;
	}
	for (off = 0; off < st->st_size; off += n)
		if ((n = pread(fd, data + off, (size_t)(st->st_size - off),
		    off)) <= 0) {
			log_warnx("geo database %s: cannot be read", path);
			goto fail;
		}
	close(fd);
	return data;
fail:
	if (fd != -1)
		close(fd);
	free(data);
	return NULL;
}

/* In the place of the one of before, if there was one.  0 or -1. */
static int
take(struct discoveryd *d, const char *path)
{
	struct stat	 st;
	void		*data;
	int		 fd, ret;

	if ((data = file_read(path, &st)) == NULL)
		return -1;
	if ((ret = memory_publish(data, (size_t)st.st_size, &fd)) == -1)
		log_warn("geo database %s", path);
	free(data);
	if (ret == -1)
		return -1;
	if (d->geo != -1)
		close(d->geo);
	d->geo = fd;
	d->geo_len = (size_t)st.st_size;
	d->geo_stat = st;
	return 0;
}

void
geo_open_first(struct discoveryd *d)
{
	d->geo = -1;
	if (d->conf->geo[0] != '\0' && take(d, d->conf->geo) == -1)
		log_warnx("requirements that name countries are not met");
}

static int
file_changed(const struct discoveryd *d, const char *path)
{
	struct stat	 st;

	if (d->geo == -1 || stat(path, &st) == -1)
		return 1;
	return st.st_dev != d->geo_stat.st_dev ||
	    st.st_ino != d->geo_stat.st_ino ||
	    st.st_size != d->geo_stat.st_size ||
	    st.st_mtim.tv_sec != d->geo_stat.st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec != d->geo_stat.st_mtim.tv_nsec;
}

int
geo_send(struct discoveryd *d, struct chan *c)
{
	struct msg_geo	 m;
	int		 fd;

	if (d->geo == -1)
		return 0;
	if ((fd = fcntl(d->geo, F_DUPFD_CLOEXEC, 3)) == -1)
		return -1;
	memset(&m, 0, sizeof(m));
	m.size = (uint32_t)d->geo_len;
	return msg_send_geo(c, &m, fd);
}

void
geo_reload(struct discoveryd *d, const char *path)
{
	struct parent_child	*ch = parent_find(&d->parent, ROLE_POLICY);
	struct msg_geo_none	 none;

	strlcpy(d->conf->geo, path, sizeof(d->conf->geo));
	if (path[0] == '\0' && d->geo != -1) {
		close(d->geo);
		d->geo = -1;
		memset(&none, 0, sizeof(none));
		if (ch != NULL && ch->ready && ch->chan != NULL)
			msg_send_geo_none(ch->chan, &none, -1);
		return;
	}
	if (path[0] == '\0' || !file_changed(d, path))
		return;
	if (take(d, path) == -1) {
		if (d->geo != -1)
			log_warnx("countries stay as they were");
		return;
	}
	/* One that is starting is given it then. */
	if (ch != NULL && ch->ready && ch->chan != NULL)
		geo_send(d, ch->chan);
}
