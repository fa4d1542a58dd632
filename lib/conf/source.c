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
 * Files and memory that the lexer reads.  Whoever may write a configuration
 * file commands a daemon that starts as root, so a file is taken only when
 * root or the caller owns it and nobody else may write it.  The check is made
 * on the open descriptor, never on the name.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/source.h"

static const char *
too_large(size_t max)
{
	static char	 text[48];

	snprintf(text, sizeof(text), "larger than %zu bytes", max);
	return text;
}

/*
 * Reads up to max bytes whatever the size that fstat told, since the
 * file may grow meanwhile.  Returns NULL or the reason.
 */
static const char *
source_read(struct source *src, int fd, size_t max)
{
	size_t	 room = max + 1;
	ssize_t	 n;

	if ((src->data = malloc(room)) == NULL)
		return strerror(errno);
	while (src->size < room) {
		n = read(fd, src->data + src->size, room - src->size);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return strerror(errno);
		if (n == 0)
			return NULL;
		src->size += (size_t)n;
	}
	return too_large(max);
}

static const char *
source_check(struct source *src, int fd)
{
	struct stat	 st;

	if (fstat(fd, &st) == -1)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "not a regular file";
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return "owned by neither root nor the current user";
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return "writable by group or others";
	src->exposed = (st.st_mode & (S_IRGRP | S_IROTH)) != 0;
	src->dev = st.st_dev;
	src->ino = st.st_ino;
	return NULL;
}

const char *
source_load(struct source *src, const char *path, size_t max)
{
	const char	*reason;
	int		 fd;

	memset(src, 0, sizeof(*src));
	src->line = 1;
	src->on_disk = 1;
	/* Without O_NONBLOCK a fifo would hold us before it is refused. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1)
		return strerror(errno);
	if ((reason = source_check(src, fd)) == NULL)
		reason = source_read(src, fd, max);
	close(fd);
	if (reason != NULL)
		source_free(src);
	return reason;
}

const char *
source_copy(struct source *src, const void *data, size_t size, size_t max)
{
	memset(src, 0, sizeof(*src));
	src->line = 1;
	if (size > max)
		return too_large(max);
	/* Room for at least a byte, as malloc(0) may return NULL. */
	if ((src->data = malloc(size + 1)) == NULL)
		return strerror(errno);
	memcpy(src->data, data, size);
	src->size = size;
	return NULL;
}

void
source_free(struct source *src)
{
	/* It may hold a preshared key. */
	if (src->data != NULL)
		explicit_bzero(src->data, src->size);
	free(src->data);
	src->data = NULL;
	src->size = src->at = 0;
}

int
source_peek(const struct source *src, size_t ahead)
{
	if (ahead >= src->size - src->at)
		return SOURCE_END;
	return (unsigned char)src->data[src->at + ahead];
}

void
source_advance(struct source *src)
{
	if (src->data[src->at++] == '\n')
		src->line++;
}

int
source_same_file(const struct source *a, const struct source *b)
{
	return a->on_disk && b->on_disk && a->dev == b->dev &&
	    a->ino == b->ino;
}
