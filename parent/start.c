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
 * fork, exec, channels, rings: from a row of the table to a running child.
 * Runs as root, in the parent alone.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "parent/start.h"
#include "ring/ring.h"

#define DELAY_MIN_MS	100
#define DELAY_MAX_MS	10000
#define STEADY_MS	30000	/* up this long: the back-off starts anew */

static void	start_again(int, short, void *);

static void
child_limits(const struct parent_child_desc *d)
{
	struct rlimit	 rl;

	rl.rlim_cur = rl.rlim_max = d->files;
	setrlimit(RLIMIT_NOFILE, &rl);
	rl.rlim_cur = rl.rlim_max = d->locked;
	setrlimit(RLIMIT_MEMLOCK, &rl);
	rl.rlim_cur = rl.rlim_max = 0;
	setrlimit(RLIMIT_CORE, &rl);
}

/* In the child, between fork and exec. */
static void
child_exec(struct parent_child *ch, int fd)
{
	char		 tz[] = "TZ=UTC", locale[] = "LC_ALL=C";
	char		*envp[] = { tz, locale, NULL };
	char		*argv[] = { NULL, NULL };
	char		 path[1024], name[32];
	sigset_t	 none;
	int		 null;

	snprintf(path, sizeof(path), "%s/%s", ch->parent->libexec,
	    ch->desc->program);
	strlcpy(name, ch->desc->program, sizeof(name));
	argv[0] = name;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if ((null = open("/dev/null", O_RDWR)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 || dup2(null, STDOUT_FILENO) == -1)
		_exit(1);
	if (!ch->parent->foreground && dup2(null, STDERR_FILENO) == -1)
		_exit(1);
	if (fd == PROC_PARENT_FD)
		fcntl(fd, F_SETFD, 0);
	else if (dup2(fd, PROC_PARENT_FD) == -1)
		_exit(1);
	closefrom(PROC_PARENT_FD + 1);
	child_limits(ch->desc);
	execve(path, argv, envp);
	dprintf(STDERR_FILENO, "cannot execute %s: %s\n", path,
	    strerror(errno));
	_exit(1);
}

static int
child_spawn(struct parent_child *ch)
{
	struct parent	*pa = ch->parent;
	int		 pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, PF_UNSPEC, pair) ==
	    -1) {
		log_warn("socketpair");
		return -1;
	}
	if ((ch->pid = fork()) == -1) {
		log_warn("fork");
		ch->pid = 0;
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	if (ch->pid == 0)
		child_exec(ch, pair[1]);
	close(pair[1]);
	ch->started_ms = clock_mono_ms();
	ch->ready = 0;
	ch->chan = chan_new(&pa->proc, pair[0], ch->desc->role, ch->instance);
	if (ch->chan == NULL) {
		close(pair[0]);
		return -1;
	}
	pa->proc.peers[ch->desc->role][ch->instance] = ch->chan;
	return 0;
}

static void
child_chan_closed(struct chan *c)
{
	struct parent_child	*ch = c->data;

	ch->chan = NULL;
}

static int
child_greet(struct parent_child *ch)
{
	struct msg_start	 m;

	ch->chan->data = ch;
	ch->chan->closed = child_chan_closed;
	memset(&m, 0, sizeof(m));
	m.build = msg_build();
	m.role = (uint8_t)ch->desc->role;
	m.instance = (uint8_t)ch->instance;
	m.flags = ch->parent->foreground ? 1 : 0;
	m.log_level = (uint8_t)log_get_level();
	m.uid = ch->uid;
	m.gid = ch->gid;
	strlcpy(m.root, ch->root, sizeof(m.root));
	return msg_send_start(ch->chan, &m, -1);
}

static int
join_channel(struct parent_child *a, struct parent_child *b)
{
	struct msg_channel	 m;
	int			 pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, PF_UNSPEC, pair) ==
	    -1)
		return -1;
	memset(&m, 0, sizeof(m));
	m.peer = (uint8_t)b->desc->role;
	m.instance = (uint8_t)b->instance;
	if (msg_send_channel(a->chan, &m, pair[0]) == -1) {
		close(pair[1]);
		return -1;
	}
	m.peer = (uint8_t)a->desc->role;
	m.instance = (uint8_t)a->instance;
	return msg_send_channel(b->chan, &m, pair[1]);
}

/* Hands one side of a ring pair to a child; the descriptors are duplicated. */
static int
ring_side(struct parent_child *ch, uint32_t peer, uint32_t side, int mem,
    int wait, int kick)
{
	struct msg_ring_mem	 rm;
	struct msg_ring_wait	 rw;
	struct msg_ring_kick	 rk;

	memset(&rm, 0, sizeof(rm));
	memset(&rw, 0, sizeof(rw));
	memset(&rk, 0, sizeof(rk));
	rm.peer = rw.peer = rk.peer = (uint8_t)peer;
	rm.side = (uint8_t)side;
	rm.size = (uint32_t)ring_pair_size();
	if (msg_send_ring_mem(ch->chan, &rm,
	    fcntl(mem, F_DUPFD_CLOEXEC, 3)) == -1 ||
	    msg_send_ring_wait(ch->chan, &rw,
	    fcntl(wait, F_DUPFD_CLOEXEC, 3)) == -1 ||
	    msg_send_ring_kick(ch->chan, &rk,
	    fcntl(kick, F_DUPFD_CLOEXEC, 3)) == -1)
		return -1;
	return 0;
}

static int
join_ring(struct parent_child *a, struct parent_child *b)
{
	int	 mem, to_a[2] = { -1, -1 }, to_b[2] = { -1, -1 }, ret = -1;

	if (ring_memory_create(&mem) == -1)
		return -1;
	if (ring_wake_create(to_a) == -1 || ring_wake_create(to_b) == -1)
		goto done;
	if (ring_side(a, b->desc->role, 0, mem, to_a[0], to_b[1]) == -1 ||
	    ring_side(b, a->desc->role, 1, mem, to_b[0], to_a[1]) == -1)
		goto done;
	ret = 0;
 done:
	close(mem);
	if (to_a[0] != -1) {
		close(to_a[0]);
		close(to_a[1]);
	}
	if (to_b[0] != -1) {
		close(to_b[0]);
		close(to_b[1]);
	}
	return ret;
}

/*
 * Joins by one row of a table.  only is NULL at the first start, else the
 * child that was started again.
 */
static int
join_row(struct parent *pa, const struct parent_edge *e,
    const struct parent_child *only,
    int (*join)(struct parent_child *, struct parent_child *))
{
	struct parent_child	*a, *b;
	size_t			 i, k;

	for (i = 0; i < pa->nchildren; i++) {
		a = &pa->children[i];
		if (a->desc->role != e->a || a->chan == NULL)
			continue;
		for (k = 0; k < pa->nchildren; k++) {
			b = &pa->children[k];
			if (b->desc->role != e->b || b->chan == NULL ||
			    (only != NULL && a != only && b != only))
				continue;
			if (join(a, b) == -1) {
				log_warn("cannot join %s and %s",
				    a->desc->program, b->desc->program);
				return -1;
			}
		}
	}
	return 0;
}

static int
join_all(struct parent *pa, const struct parent_child *only)
{
	size_t	 i;

	for (i = 0; i < pa->desc->nedges; i++)
		if (join_row(pa, &pa->desc->edges[i], only,
		    join_channel) == -1)
			return -1;
	for (i = 0; i < pa->desc->nrings; i++)
		if (join_row(pa, &pa->desc->rings[i], only, join_ring) == -1)
			return -1;
	return 0;
}

static int
child_finish(struct parent_child *ch)
{
	struct msg_setup_done	 m;

	memset(&m, 0, sizeof(m));
	if (ch->parent->desc->setup(ch->parent, ch) == -1)
		return -1;
	return msg_send_setup_done(ch->chan, &m, -1);
}

/* One line for a bad installation, before anything has started. */
static int
check_programs(const struct parent *pa)
{
	char	 path[1024];
	size_t	 i;

	for (i = 0; i < pa->nchildren; i++) {
		snprintf(path, sizeof(path), "%s/%s", pa->libexec,
		    pa->children[i].desc->program);
		if (access(path, X_OK) == 0)
			continue;
		log_error("cannot execute %s: %s; install the programs or "
		    "name their directory with -L", path, strerror(errno));
		return -1;
	}
	return 0;
}

int
start_all(struct parent *pa)
{
	size_t	 i;

	for (i = 0; i < pa->nchildren; i++)
		evtimer_set(&pa->children[i].restart, start_again,
		    &pa->children[i]);
	if (check_programs(pa) == -1)
		return -1;
	for (i = 0; i < pa->nchildren; i++) {
		if (child_spawn(&pa->children[i]) == -1 ||
		    child_greet(&pa->children[i]) == -1)
			return -1;
	}
	if (join_all(pa, NULL) == -1)
		return -1;
	for (i = 0; i < pa->nchildren; i++)
		if (child_finish(&pa->children[i]) == -1)
			return -1;
	return 0;
}

static void
start_again(int fd, short event, void *arg)
{
	struct parent_child	*ch = arg;

	(void)fd;
	(void)event;
	if (ch->parent->ending)
		return;
	if (child_spawn(ch) == -1) {
		start_later(ch);
		return;
	}
	if (child_greet(ch) == -1 || join_all(ch->parent, ch) == -1 ||
	    child_finish(ch) == -1)
		kill(ch->pid, SIGKILL);
}

void
start_later(struct parent_child *ch)
{
	struct timeval	 tv;

	if (clock_mono_ms() - ch->started_ms >= STEADY_MS ||
	    ch->delay_ms == 0)
		ch->delay_ms = DELAY_MIN_MS;
	else
		ch->delay_ms *= 2;
	if (ch->delay_ms > DELAY_MAX_MS)
		ch->delay_ms = DELAY_MAX_MS;
	tv.tv_sec = ch->delay_ms / 1000;
	tv.tv_usec = ch->delay_ms % 1000 * 1000;
	evtimer_add(&ch->restart, &tv);
}

static int
make_directory(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	struct stat	 st;

	if (mkdir(path, mode) == -1 && errno != EEXIST) {
		log_error("cannot make %s: %s", path, strerror(errno));
		return -1;
	}
	if (lstat(path, &st) == -1 || !S_ISDIR(st.st_mode) ||
	    (st.st_uid != 0 && st.st_uid != uid)) {
		log_error("%s is not a directory of the right owner", path);
		return -1;
	}
	if (chmod(path, mode) == -1 || chown(path, uid, gid) == -1) {
		log_error("cannot set the owner of %s: %s", path,
		    strerror(errno));
		return -1;
	}
	return 0;
}

int
start_make_state(const char *state)
{
	char	 path[512];

	if (make_directory(state, 0711, 0, 0) == -1)
		return -1;
	snprintf(path, sizeof(path), "%s/empty", state);
	return make_directory(path, 0555, 0, 0);
}

int
start_make_root(struct parent_child *ch)
{
	if (ch->desc->state == NULL)
		return 0;
	return make_directory(ch->root, 0700, ch->uid, ch->gid);
}
