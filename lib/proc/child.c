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
 * The life of a child process, from the exec by its parent to its end.  The
 * same code in every child; what differs is in struct proc.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "proc/proc.h"
#include "proc/settle.h"
#include "sandbox/sandbox.h"

#define FLUSH_MS	1000	/* last words at the end */

static void	 on_start(void *, struct chan *, const void *, int);
static void	 on_channel(void *, struct chan *, const void *, int);
static void	 on_ring_mem(void *, struct chan *, const void *, int);
static void	 on_ring_wait(void *, struct chan *, const void *, int);
static void	 on_ring_kick(void *, struct chan *, const void *, int);
static void	 on_setup_done(void *, struct chan *, const void *, int);
static void	 on_log_level(void *, struct chan *, const void *, int);
static void	 on_shutdown(void *, struct chan *, const void *, int);

/*
 * The generic messages go to the process itself, not to its env.  They are
 * put into the dispatch index under the same checks as all the others.
 */
static const struct handler generic_handlers[] = {
	{ MSG_START, on_start },
	{ MSG_CHANNEL, on_channel },
	{ MSG_SETUP_DONE, on_setup_done },
	{ MSG_LOG_LEVEL, on_log_level },
	{ MSG_SHUTDOWN, on_shutdown },
};

static const struct handler ring_handlers[] = {
	{ MSG_RING_MEM, on_ring_mem },
	{ MSG_RING_WAIT, on_ring_wait },
	{ MSG_RING_KICK, on_ring_kick },
};

static void
child_end(struct proc *p, int code)
{
	if (p->ops->end != NULL)
		p->ops->end(p->env);
	if (p->parent != NULL)
		chan_flush(p->parent, FLUSH_MS);
	_exit(code);
}

static void
log_to_parent(void *arg, int level, const char *line)
{
	struct proc	*p = arg;
	struct msg_log	 m;

	if (p->foreground && p->parent == NULL) {
		dprintf(STDERR_FILENO, "%s: %s\n", role_name(p->role), line);
		return;
	}
	memset(&m, 0, sizeof(m));
	m.level = (uint8_t)level;
	strlcpy(m.text, line, sizeof(m.text));
	msg_send_log(p->parent, &m, -1);
	/* A fatal error ends the process right after its line. */
	if (level == LOG_LEVEL_ERROR && p->parent != NULL)
		chan_flush(p->parent, FLUSH_MS);
}

static void
report_violation(struct proc *p, struct chan *c, uint32_t type,
    const char *reason)
{
	struct msg_violation	 m;

	if (c == p->parent)
		fatalx("parent sent %s: %s", msg_name(type), reason);
	log_warnx("%s from %s refused: %s", msg_name(type),
	    role_name(c->role), reason);
	if (p->peers[c->role][c->instance] != c)
		return;		/* a client, not a sibling */
	memset(&m, 0, sizeof(m));
	m.peer = (uint8_t)c->role;
	m.instance = (uint8_t)c->instance;
	m.type = type;
	strlcpy(m.reason, reason, sizeof(m.reason));
	msg_send_violation(p->parent, &m, -1);
}

static void
parent_closed(struct chan *c)
{
	c->proc->parent = NULL;
	child_end(c->proc, 0);
}

static void
on_start(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_start	*m = data;
	struct proc		*p = c->proc;
	const char		*what;

	(void)arg;
	(void)fd;
	if (m->build != msg_build() || m->role != p->role)
		fatalx("this is another build than its parent: "
		    "restart the daemon after an upgrade");
	if (m->instance >= PROC_INSTANCES_MAX)
		fatalx("instance out of range");
	p->instance = m->instance;
	p->foreground = m->flags & 1;
	log_set_level(m->log_level);
	if (sandbox_drop(m->root, m->uid, m->gid, &what) == -1)
		fatal("cannot drop privileges: %s", what);
}

static void
on_channel(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_channel	*m = data;
	struct proc			*p = c->proc;
	struct chan			*new;

	(void)arg;
	if (m->peer >= ROLE_MAX || m->instance >= PROC_INSTANCES_MAX)
		fatalx("channel out of range");
	chan_close(p->peers[m->peer][m->instance]);
	if ((new = chan_new(p, fd, m->peer, m->instance)) == NULL)
		fatal("channel to %s", role_name(m->peer));
	p->peers[m->peer][m->instance] = new;
	/* Nobody is listened to before this process is confined. */
	if (p->phase == P_SETUP)
		chan_pause(new);
	else if (p->ops->peer_up != NULL)
		p->ops->peer_up(p->env, m->peer, m->instance);
}

static void
on_ring_mem(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_ring_mem	*m = data;
	struct proc			*p = c->proc;

	(void)arg;
	if (m->peer >= ROLE_MAX || m->side > 1)
		fatalx("ring out of range");
	p->ring[m->peer].mem = fd;
	p->ring[m->peer].wait = -1;
	p->ring[m->peer].side = m->side;
	p->ring[m->peer].size = m->size;
}

static void
on_ring_wait(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_ring_wait	*m = data;

	(void)arg;
	if (m->peer >= ROLE_MAX)
		fatalx("ring out of range");
	c->proc->ring[m->peer].wait = fd;
}

static void
on_ring_kick(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_ring_kick	*m = data;
	struct proc			*p = c->proc;
	struct proc_ring_fds		*r;

	(void)arg;
	if (m->peer >= ROLE_MAX)
		fatalx("ring out of range");
	r = &p->ring[m->peer];
	if (r->size == 0 || r->wait == -1 || p->ops->ring == NULL)
		fatalx("incomplete ring to %s", role_name(m->peer));
	p->ops->ring(p->env, m->peer, r->side, r->mem, r->size, r->wait, fd);
	r->mem = r->wait = -1;
	r->size = 0;
}

static void
start_peers(struct proc *p)
{
	uint32_t	 r, i;

	for (r = 0; r < ROLE_MAX; r++) {
		for (i = 0; i < PROC_INSTANCES_MAX; i++) {
			if (p->peers[r][i] == NULL || r == ROLE_PARENT)
				continue;
			chan_resume(p->peers[r][i]);
			if (p->ops->peer_up != NULL)
				p->ops->peer_up(p->env, r, i);
		}
	}
}

static void
on_setup_done(void *arg, struct chan *c, const void *data, int fd)
{
	struct proc		*p = c->proc;
	struct msg_ready	 m;
	const char		*what;
	int			 landlock;

	(void)arg;
	(void)data;
	(void)fd;
	if (getuid() == 0)
		fatalx("still root after START");
	if (p->ops->prepare != NULL)
		p->ops->prepare(p->env);
	landlock = sandbox_enter(p->sandbox, PROC_PARENT_FD, &what);
	if (landlock == -1)
		fatal("cannot enter the sandbox: %s", what);
	settle();
	p->phase = P_RUN;
	memset(&m, 0, sizeof(m));
	m.landlock = (uint32_t)landlock;
	msg_send_ready(p->parent, &m, -1);
	start_peers(p);
	if (p->ops->run != NULL)
		p->ops->run(p->env);
}

static void
on_log_level(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_log_level	*m = data;

	(void)arg;
	(void)c;
	(void)fd;
	log_set_level(m->level);
}

static void
on_shutdown(void *arg, struct chan *c, const void *data, int fd)
{
	(void)arg;
	(void)data;
	(void)fd;
	child_end(c->proc, 0);
}

static void
index_all(struct proc *p)
{
	size_t	 i;

	for (i = 0; i < sizeof(generic_handlers) / sizeof(generic_handlers[0]);
	    i++)
		p->index[generic_handlers[i].type] = generic_handlers[i].fn;
	for (i = 0; i < sizeof(ring_handlers) / sizeof(ring_handlers[0]); i++)
		if (p->ops->ring != NULL)
			p->index[ring_handlers[i].type] = ring_handlers[i].fn;
	proc_index(p, p->handlers, p->nhandlers);
}

int
child_main(struct proc *p)
{
	uint32_t	 first;

	if (fcntl(PROC_PARENT_FD, F_GETFD) == -1) {
		dprintf(STDERR_FILENO, "%s is started by its daemon, "
		    "not by hand\n", role_name(p->role));
		return 2;
	}
	closefrom(PROC_PARENT_FD + 1);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	tzset();
	setproctitle("-%s", role_name(p->role));
	event_init();
	p->phase = P_SETUP;
	p->violation = report_violation;
	p->foreground = 1;
	log_set_sink(log_to_parent, p);
	index_all(p);
	p->parent = chan_new(p, PROC_PARENT_FD, ROLE_PARENT, 0);
	if (p->parent == NULL)
		fatal("channel to the parent");
	p->peers[ROLE_PARENT][0] = p->parent;
	p->parent->closed = parent_closed;
	/* Maps its pages now, not inside of the sandbox. */
	arc4random_buf(&first, sizeof(first));
	event_dispatch();
	child_end(p, 0);
	return 0;
}
