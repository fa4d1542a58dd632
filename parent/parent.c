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
 * Start-up, signals and orderly end of a daemon.  Runs as root, in the
 * parent alone.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "parent/parent.h"
#include "proc/settle.h"
#include "parent/start.h"

#define END_LIMIT_SEC	3	/* then the children are killed */

static void	 on_ready(void *, struct chan *, const void *, int);
static void	 on_log(void *, struct chan *, const void *, int);
static void	 on_violation(void *, struct chan *, const void *, int);

static const struct handler parent_handlers[] = {
	{ MSG_READY, on_ready },
	{ MSG_LOG, on_log },
	{ MSG_VIOLATION, on_violation },
};

static struct parent_child *
child_of(struct parent *pa, const struct chan *c)
{
	size_t	 i;

	for (i = 0; i < pa->nchildren; i++)
		if (pa->children[i].chan == c)
			return &pa->children[i];
	return NULL;
}

struct parent_child *
parent_find(struct parent *pa, uint32_t role)
{
	size_t	 i;

	for (i = 0; i < pa->nchildren; i++)
		if (pa->children[i].desc->role == role &&
		    pa->children[i].chan != NULL)
			return &pa->children[i];
	return NULL;
}

static void
on_ready(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_ready	*m = data;
	struct parent		*pa = arg;
	struct parent_child	*ch = child_of(pa, c);
	size_t			 i;

	(void)fd;
	if (ch == NULL)
		return;
	ch->ready = 1;
	log_debug("%s runs, process %ld, Landlock level %u",
	    ch->desc->program, (long)ch->pid, m->landlock);
	if (pa->desc->ready != NULL)
		pa->desc->ready(pa, ch);
	for (i = 0; i < pa->nchildren; i++)
		if (!pa->children[i].ready)
			return;
	if (!pa->started)
		log_info("%s started, %zu processes", pa->desc->name,
		    pa->nchildren + 1);
	pa->started = 1;
	settle();
}

static void
on_log(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_log	*m = data;
	struct parent_child	*ch = child_of(arg, c);
	char			 line[LOG_LINE_MAX], text[LOG_LINE_MAX];

	(void)fd;
	if (ch == NULL)
		return;
	log_safe(text, sizeof(text), m->text);
	ch->said |= m->level == LOG_LEVEL_ERROR;
	if (snprintf(line, sizeof(line), "%s: %s", ch->desc->program, text) <
	    0)
		return;
	log_line(m->level > LOG_LEVEL_DEBUG ? LOG_LEVEL_WARN : m->level,
	    line);
}

void
parent_punish(struct parent *pa, struct chan *c, const char *reason)
{
	struct parent_child	*ch = child_of(pa, c);

	if (ch == NULL || ch->pid <= 0)
		return;
	log_warnx("%s is ended and restarted: %s", ch->desc->program, reason);
	kill(ch->pid, SIGKILL);
}

void
parent_restart(struct parent *pa, uint32_t role)
{
	struct msg_shutdown	 m;
	size_t			 i;

	memset(&m, 0, sizeof(m));
	for (i = 0; i < pa->nchildren; i++) {
		if (pa->children[i].desc->role != role ||
		    pa->children[i].pid <= 0)
			continue;
		if (pa->children[i].chan == NULL || msg_send_shutdown(
		    pa->children[i].chan, &m, -1) == -1)
			kill(pa->children[i].pid, SIGKILL);
	}
}

static const struct parent_edge *
joining(const struct parent_edge *rows, size_t n, uint32_t x, uint32_t y)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if ((rows[i].a == x && rows[i].b == y) ||
		    (rows[i].a == y && rows[i].b == x))
			return &rows[i];
	return NULL;
}

/*
 * A child tells that a sibling broke the table: the sibling is ended.  Of a
 * ring either side can write all, so that a complaint proves nothing about
 * who did it: its outer process is ended, whoever complains, or that one
 * could have cryptoproc ended as often as it likes.
 */
static void
on_violation(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_violation	*m = data;
	struct parent			*pa = arg;
	const struct parent_desc	*d = pa->desc;
	const struct parent_edge	*ring = NULL;
	struct parent_child		*reporter = child_of(pa, c), *ch;
	char				 reason[256], text[128];
	size_t				 i;

	(void)fd;
	if (reporter == NULL)
		return;
	/* Only a neighbour may be accused. */
	if (joining(d->edges, d->nedges, m->peer, reporter->desc->role) ==
	    NULL && (ring = joining(d->rings, d->nrings, m->peer,
	    reporter->desc->role)) == NULL) {
		parent_punish(pa, c, "accuses a process it does not know");
		return;
	}
	snprintf(reason, sizeof(reason), "%s refused %s: %s",
	    reporter->desc->program, ring != NULL ? "a ring" :
	    msg_name(m->type), log_safe(text, sizeof(text), m->reason));
	for (i = 0; i < pa->nchildren; i++) {
		ch = &pa->children[i];
		if (ring != NULL ? ch->desc->role == ring->a :
		    ch->desc->role == m->peer && ch->instance == m->instance)
			parent_punish(pa, ch->chan, reason);
	}
}

static void
child_violation(struct proc *p, struct chan *c, uint32_t type,
    const char *reason)
{
	char	 text[256];

	snprintf(text, sizeof(text), "%s: %s", msg_name(type), reason);
	parent_punish(p->env, c, text);
}

static void
on_deadline(int fd, short event, void *arg)
{
	struct parent	*pa = arg;
	size_t		 i;

	(void)fd;
	(void)event;
	for (i = 0; i < pa->nchildren; i++)
		if (pa->children[i].pid > 0)
			kill(pa->children[i].pid, SIGKILL);
}

void
parent_end(struct parent *pa, int code)
{
	struct timeval		 tv = { END_LIMIT_SEC, 0 };
	struct msg_shutdown	 m;
	size_t			 i;
	int			 any = 0;

	if (pa->ending)
		return;
	pa->ending = 1;
	pa->code = code;
	memset(&m, 0, sizeof(m));
	for (i = 0; i < pa->nchildren; i++) {
		evtimer_del(&pa->children[i].restart);
		if (pa->children[i].pid <= 0)
			continue;
		any = 1;
		if (pa->children[i].chan == NULL || msg_send_shutdown(
		    pa->children[i].chan, &m, -1) == -1)
			kill(pa->children[i].pid, SIGKILL);
	}
	if (!any)
		event_loopexit(NULL);
	evtimer_add(&pa->deadline, &tv);
}

static void
log_end(const struct parent_child *ch, int status)
{
	const char	*program = ch->desc->program;

	if (WIFSIGNALED(status))
		log_warnx("%s ended by signal %d (%s)", program,
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) == 128 + SIGSYS)
		log_warnx("%s ended by its system call filter; please "
		    "report this", program);
	else
		log_warnx("%s ended with code %d", program,
		    WEXITSTATUS(status));
}

static void
child_ended(struct parent *pa, struct parent_child *ch, int status)
{
	int	 was_ready = ch->ready;
	size_t	 i;

	ch->pid = 0;
	ch->ready = 0;
	if (pa->ending) {
		for (i = 0; i < pa->nchildren; i++)
			if (pa->children[i].pid > 0)
				return;
		event_loopexit(NULL);
		return;
	}
	/* Its last words may still be in the channel. */
	if (ch->chan != NULL)
		chan_drain(ch->chan);
	chan_close(ch->chan);
	/* One line for one cause. */
	if (!ch->said || WIFSIGNALED(status))
		log_end(ch, status);
	ch->said = 0;
	if (!was_ready && !pa->started) {
		parent_end(pa, 1);
		return;
	}
	start_later(ch);
}

static void
on_sigchld(struct parent *pa)
{
	pid_t	 pid;
	size_t	 i;
	int	 status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (i = 0; i < pa->nchildren; i++)
			if (pa->children[i].pid == pid)
				child_ended(pa, &pa->children[i], status);
}

static void
on_signal(int sig, short event, void *arg)
{
	struct parent	*pa = arg;

	(void)event;
	switch (sig) {
	case SIGCHLD:
		on_sigchld(pa);
		break;
	case SIGHUP:
		if (pa->desc->reload != NULL)
			pa->desc->reload(pa);
		break;
	case SIGINT:
	case SIGTERM:
		if (!pa->ending)
			log_info("%s ends", pa->desc->name);
		parent_end(pa, 0);
		break;
	}
}

static int
resolve_child(struct parent *pa, const struct parent_child_desc *d,
    uint32_t instance)
{
	struct parent_child	*ch = &pa->children[pa->nchildren];
	struct passwd		*pw;

	if (pa->nchildren == PARENT_CHILDREN_MAX)
		return -1;
	if ((pw = getpwnam(d->user)) == NULL || pw->pw_uid == 0) {
		log_error("user %s does not exist: make it with "
		    "\"make users\" or your system's tools", d->user);
		return -1;
	}
	ch->desc = d;
	ch->parent = pa;
	ch->instance = instance;
	ch->uid = pw->pw_uid;
	ch->gid = pw->pw_gid;
	snprintf(ch->root, sizeof(ch->root), "%s/%s", pa->state,
	    d->state == NULL ? "empty" : d->state);
	pa->nchildren++;
	return start_make_root(ch);
}

static void
to_syslog(void *arg, int level, const char *line)
{
	static const int	 priority[] = { LOG_ERR, LOG_WARNING, LOG_INFO,
				    LOG_DEBUG };

	(void)arg;
	syslog(priority[level], "%s", line);
}

static void
prepare_process(struct parent *pa)
{
	static const int	 signals[] = { SIGCHLD, SIGHUP, SIGINT,
				    SIGTERM };
	size_t			 i;

	umask(077);
	signal(SIGPIPE, SIG_IGN);
	event_init();
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		signal_set(&pa->signals[i], signals[i], on_signal, pa);
		signal_add(&pa->signals[i], NULL);
	}
	evtimer_set(&pa->deadline, on_deadline, pa);
	pa->proc.role = ROLE_PARENT;
	pa->proc.phase = P_RUN;
	pa->proc.env = pa;
	pa->proc.violation = child_violation;
	proc_index(&pa->proc, parent_handlers,
	    sizeof(parent_handlers) / sizeof(parent_handlers[0]));
	proc_index(&pa->proc, pa->desc->handlers, pa->desc->nhandlers);
}

int
parent_run(struct parent *pa)
{
	uint32_t	 i, k, n;

	for (i = 0; i < pa->desc->nchildren; i++) {
		if (pa->without & ROLE_BIT(pa->desc->children[i].role))
			continue;
		n = pa->desc->children[i].instances;
		for (k = 0; k < (n == 0 ? pa->instances : n); k++)
			if (resolve_child(pa, &pa->desc->children[i], k) == -1)
				return 1;
	}
	if (!pa->foreground) {
		if (parent_daemonize() == -1) {
			log_warn("cannot detach");
			return 1;
		}
		openlog(pa->desc->name, LOG_PID | LOG_NDELAY, LOG_DAEMON);
		log_set_sink(to_syslog, NULL);
	}
	setproctitle("parent");
	prepare_process(pa);
	if (start_all(pa) == -1)
		parent_end(pa, 1);
	event_dispatch();
	if (pa->desc->end != NULL)
		pa->desc->end(pa);
	return pa->code;
}
