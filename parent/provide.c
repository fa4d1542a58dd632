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
 * Files and sockets that the parent opens for its children.
 */

#include <sys/types.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "parent/parent.h"
#include "parent/start.h"

int
parent_daemonize(void)
{
	int	 null;

	switch (fork()) {
	case -1:
		return -1;
	case 0:
		break;
	default:
		_exit(0);
	}
	if (setsid() == -1 || chdir("/") == -1 ||
	    (null = open("/dev/null", O_RDWR)) == -1)
		return -1;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
	return 0;
}

int
parent_lock(const char *state)
{
	char	 path[600];
	int	 fd;

	if (start_make_state(state) == -1)
		return -1;
	snprintf(path, sizeof(path), "%s/lock", state);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1) {
		log_error("cannot open %s: %s", path, strerror(errno));
		return -1;
	}
	/* Held until the process ends; the descriptor stays open. */
	if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		log_error("another daemon is using %s", state);
		close(fd);
		return -1;
	}
	return 0;
}

ssize_t
parent_file_read(const char *path, void *buf, size_t cap, int secret)
{
	struct stat	 st;
	ssize_t		 n = -1;
	int		 fd, saved;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		goto done;
	if (!S_ISREG(st.st_mode) ||
	    (secret && (st.st_uid != 0 || (st.st_mode & 077) != 0))) {
		errno = EPERM;
		goto done;
	}
	if (st.st_size < 0 || (uint64_t)st.st_size > cap) {
		errno = EFBIG;
		goto done;
	}
	n = read(fd, buf, cap);
 done:
	saved = errno;
	close(fd);
	errno = saved;
	return n;
}

static int
sync_directory(const char *path)
{
	char	 dir[1024], *slash;
	int	 fd, ret;

	strlcpy(dir, path, sizeof(dir));
	if ((slash = strrchr(dir, '/')) == NULL)
		return -1;
	*slash = '\0';
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	ret = fsync(fd);
	close(fd);
	return ret;
}

int
parent_file_write(const char *path, const void *buf, size_t len)
{
	char	 tmp[1024];
	int	 fd, saved;

	if (snprintf(tmp, sizeof(tmp), "%s.new", path) >= (int)sizeof(tmp)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd == -1)
		return -1;
	if (write(fd, buf, len) != (ssize_t)len || fsync(fd) == -1) {
		saved = errno;
		close(fd);
		unlink(tmp);
		errno = saved;
		return -1;
	}
	close(fd);
	if (rename(tmp, path) == -1)
		return -1;
	return sync_directory(path);
}

int
parent_unix_listen(const char *path, const char *group)
{
	struct sockaddr_un	 sun;
	struct group		*gr = NULL;
	char			 dir[sizeof(sun.sun_path)], *slash;
	int			 fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		log_error("socket %s: the path is too long", path);
		return -1;
	}
	strlcpy(dir, path, sizeof(dir));
	if ((slash = strrchr(dir, '/')) != NULL && slash != dir) {
		*slash = '\0';
		if (mkdir(dir, 0755) == 0 && chmod(dir, 0755) == -1)
			log_warn("%s", dir);
	}
	if (group != NULL && *group != '\0' &&
	    (gr = getgrnam(group)) == NULL) {
		log_error("socket %s: group %s does not exist", path, group);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	unlink(path);
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    chmod(path, 0660) == -1 ||
	    (gr != NULL && chown(path, 0, gr->gr_gid) == -1) ||
	    listen(fd, 16) == -1) {
		log_error("cannot listen on %s: %s", path, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}
