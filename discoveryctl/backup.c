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
 * enclave-discoveryctl backup: the service hands over a copy of its database
 * as a descriptor; here it becomes a file, whole or not at all.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "discoveryctl/ctl.h"

#define BACKUP_TIMEOUT_MS	(3600 * 1000)
#define CHUNK			(256 * 1024)

struct answer {
	struct msg_admin_backup_file	 m;
	int				 have;
};

static int
on_file(void *arg, uint32_t type, const void *msg)
{
	struct answer	*a = arg;

	if (type != MSG_ADMIN_BACKUP_FILE || a->have)
		return -1;
	memcpy(&a->m, msg, sizeof(a->m));
	a->have = 1;
	return 0;
}

static int
write_all(int fd, const char *data, size_t len)
{
	ssize_t	 n;

	while (len > 0) {
		if ((n = write(fd, data, len)) == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* size bytes and on disk; 0 or -1 with errno. */
static int
copy(int from, int to, uint64_t size)
{
	static char	 buf[CHUNK];
	uint64_t	 done = 0;
	ssize_t		 n;

	while ((n = read(from, buf, sizeof(buf))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 || write_all(to, buf, (size_t)n) == -1)
			return -1;
		done += (uint64_t)n;
	}
	if (done != size) {
		errno = EIO;
		return -1;
	}
	return fsync(to);
}

static int
sync_folder(const char *path)
{
	char	 copy_of[PATH_MAX];
	int	 fd, ret;

	strlcpy(copy_of, path, sizeof(copy_of));
	if ((fd = open(dirname(copy_of), O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) == -1)
		return -1;
	ret = fsync(fd);
	close(fd);
	return ret;
}

/* The file is there under its name only when it is whole. */
static int
store(const char *path, int from, uint64_t size)
{
	char	 tmp[PATH_MAX];
	int	 fd, n;

	n = snprintf(tmp, sizeof(tmp), "%s.XXXXXXXXXX", path);
	if (n < 0 || (size_t)n >= sizeof(tmp)) {
		warnx("%s: the name is too long", path);
		return CLIENT_USAGE;
	}
	/* For its owner alone, as mkstemp makes it. */
	if ((fd = mkstemp(tmp)) == -1) {
		warn("%s", tmp);
		return CLIENT_FAILED;
	}
	if (copy(from, fd, size) == -1 || rename(tmp, path) == -1) {
		warn("%s", path);
		unlink(tmp);
		close(fd);
		return CLIENT_FAILED;
	}
	close(fd);
	if (sync_folder(path) == -1) {
		warn("%s", path);
		return CLIENT_FAILED;
	}
	return CLIENT_DONE;
}

static void
tell(struct ctl *ctl, const char *path, const struct answer *a)
{
	json_t	*o;

	if (!ctl->json) {
		printf("%s: %" PRIu64 " bytes, revision %" PRIu64 "\n", path,
		    a->m.size, a->m.revision);
		return;
	}
	o = out_object();
	out_set(o, "ok", out_bool(1));
	out_set(o, "file", out_text(path));
	out_set(o, "size", out_number(a->m.size));
	out_set(o, "revision", out_number(a->m.revision));
	out_print(o);
}

int
cmd_backup(struct ctl *ctl, struct args *args)
{
	struct msg_admin_backup	 ask;
	struct client		 client;
	struct answer		 a;
	const char		*path = NULL;
	int			 c, code;

	while ((c = ctl_next(ctl, args, "j")) != ARGS_END) {
		if (c != ARGS_WORD || path != NULL)
			return ctl_usage(ctl);
		path = args->value;
	}
	if (path == NULL)
		return ctl_usage(ctl);
	memset(&ask, 0, sizeof(ask));
	memset(&a, 0, sizeof(a));
	client_init(&client, ROLE_DISCOVERYCTL, ctl->path);
	client.timeout_ms = BACKUP_TIMEOUT_MS;
	client.row = on_file;
	client.arg = &a;
	code = client_ask(&client, MSG_ADMIN_BACKUP, &ask);
	if (code != CLIENT_DONE)
		ctl_complain(&client, code);
	else if (client.fd == -1) {
		warnx("enclave-discoveryd sent no file");
		code = CLIENT_FAILED;
	} else if ((code = store(path, client.fd, a.m.size)) == CLIENT_DONE)
		tell(ctl, path, &a);
	if (client.fd != -1)
		close(client.fd);
	return code;
}
