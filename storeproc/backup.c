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
 * A backup: the copy is made beside the database, loses its name, and is
 * handed to the client as a descriptor.  One at a time.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "storeproc/storeproc.h"

struct backup {
	struct env		*env;
	struct chan		*client;
	struct db_backup	*work;
	struct event		 timer;
};

static void
backup_free(struct backup *b)
{
	struct env	*env = b->env;

	evtimer_del(&b->timer);
	db_backup_end(b->work);
	backup_sweep();
	free(b);
	env->backup = NULL;
}

void
backup_sweep(void)
{
	static const char *const	 names[] = { STORE_BACKUP_FILE,
					     STORE_BACKUP_FILE "-journal",
					     STORE_BACKUP_FILE "-wal",
					     STORE_BACKUP_FILE "-shm" };
	size_t				 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (unlink(names[i]) == -1 && errno != ENOENT)
			log_warn("%s", names[i]);
}

void
backup_drop(struct env *env, const struct chan *c)
{
	if (env->backup != NULL && (c == NULL || env->backup->client == c))
		backup_free(env->backup);
}

/* The whole copy is there: give it away. */
static void
backup_send(struct backup *b)
{
	struct msg_admin_backup_file	 m;
	int64_t				 revision = 0;
	struct stat			 st;
	int				 fd;

	fd = open(STORE_BACKUP_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		log_warn("%s", STORE_BACKUP_FILE);
		if (fd != -1)
			close(fd);
		client_result(b->client, CODE_FAILED, "the backup cannot be "
		    "read");
		return;
	}
	memset(&m, 0, sizeof(m));
	m.size = (uint64_t)st.st_size;
	db_revision(b->env->db, &revision);
	m.revision = (uint64_t)revision;
	imsgbuf_allow_fdpass(&b->client->ibuf);
	msg_send_admin_backup_file(b->client, &m, fd);
	client_result(b->client, CODE_OK, "%s", "");
	log_info("backup at revision %lld for %s", (long long)revision,
	    client_actor(b->client));
}

static void
backup_timer(int fd, short event, void *arg)
{
	struct timeval	 tv = { 0, STORE_BACKUP_MS * 1000 };
	struct backup	*b = arg;
	enum db_result	 result;
	int		 done;

	(void)fd;
	(void)event;
	if (batch_stalls(b->env, &b->timer))
		return;
	result = db_backup_step(b->work, STORE_BACKUP_PAGES, &done);
	if (result == DB_OK && !done) {
		evtimer_add(&b->timer, &tv);
		return;
	}
	if (result == DB_OK)
		backup_send(b);
	else
		client_db_result(b->env, b->client, result, "");
	backup_free(b);
}

void
backup_request(void *arg, struct chan *c, const void *data, int fd)
{
	struct timeval	 tv = { 0, 0 };
	struct env	*env = arg;
	struct backup	*b;

	(void)data;
	(void)fd;
	if (env->backup != NULL) {
		client_result(c, CODE_FAILED,
		    "another backup is being made: try again later");
		return;
	}
	if ((b = calloc(1, sizeof(*b))) == NULL) {
		client_result(c, CODE_FAILED, "out of memory");
		return;
	}
	b->env = env;
	b->client = c;
	if ((b->work = db_backup_start(env->db, STORE_BACKUP_FILE)) == NULL) {
		client_db_result(env, c, DB_ERROR, "");
		backup_sweep();
		free(b);
		return;
	}
	env->backup = b;
	evtimer_set(&b->timer, backup_timer, b);
	evtimer_add(&b->timer, &tv);
}
