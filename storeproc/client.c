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
 * The administrator's socket.  Who may connect is decided by the mode of
 * the socket; what a client says is checked as everything else, and what
 * breaks the message table closes that client alone.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "storeproc/storeproc.h"

static void
accept_update(struct env *env)
{
	int	 want = env->nclients < STORE_CLIENTS_MAX &&
		    !evtimer_pending(&env->accept_resume, NULL);

	if (want && !env->accepting)
		event_add(&env->accept, NULL);
	else if (!want && env->accepting)
		event_del(&env->accept);
	env->accepting = want;
}

const char *
client_actor(const struct chan *c)
{
	const struct client	*cl = c->data;

	return cl != NULL ? cl->actor : role_name(c->role);
}

/* 0, or -1 when it cannot be told who is at the other end. */
static int
client_new(struct chan *c, int fd)
{
	struct client	*cl;
	uid_t		 uid;
	gid_t		 gid;

	if (getpeereid(fd, &uid, &gid) == -1 ||
	    (cl = calloc(1, sizeof(*cl))) == NULL)
		return -1;
	snprintf(cl->actor, sizeof(cl->actor), "unix:%u", (unsigned int)uid);
	c->data = cl;
	return 0;
}

void
client_forget(struct env *env, struct chan *c)
{
	struct wait	*w;

	batch_client_gone(env, c);
	/* What it asked for is done all the same, nobody is told. */
	TAILQ_FOREACH(w, &env->waits, entry)
		if (w->client == c)
			w->client = NULL;
	feed_drop(env, c);
	backup_drop(env, c);
	free(c->data);
	c->data = NULL;
}

static void
client_closed(struct chan *c)
{
	struct env	*env = c->proc->env;

	client_forget(env, c);
	env->nclients--;
	accept_update(env);
}

static void
accept_resume(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	accept_update(arg);
}

static void
accept_ready(int fd, short event, void *arg)
{
	struct timeval	 tv = { STORE_ACCEPT_PAUSE, 0 };
	struct env	*env = arg;
	struct chan	*c;
	int		 s;

	(void)event;
	s = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (s == -1) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM) {
			log_warn("administrator's socket");
			evtimer_add(&env->accept_resume, &tv);
			accept_update(env);
		}
		return;
	}
	if ((c = chan_new(&env->proc, s, ROLE_DISCOVERYCTL, 0)) == NULL) {
		close(s);
		return;
	}
	if (client_new(c, s) == -1) {
		log_warn("administrator's socket");
		chan_close(c);
		return;
	}
	c->closed = client_closed;
	env->nclients++;
	accept_update(env);
}

void
client_start(struct env *env)
{
	evtimer_set(&env->accept_resume, accept_resume, env);
	if (env->listen_fd == -1)
		return;
	event_set(&env->accept, env->listen_fd, EV_READ | EV_PERSIST,
	    accept_ready, env);
	accept_update(env);
}

void
client_result(struct chan *c, enum store_code code, const char *fmt, ...)
{
	struct msg_admin_result	 m;
	char			 text[1024];
	va_list			 ap;

	memset(&m, 0, sizeof(m));
	m.code = (uint8_t)code;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	convert_text(m.text, sizeof(m.text), text);
	if (c == NULL || !batch_heard(c->proc->env, c, &m))
		msg_send_admin_result(c, &m, -1);
	explicit_bzero(text, sizeof(text));
	explicit_bzero(&m, sizeof(m));
}

int
client_conflict(struct env *env, struct chan *c, enum db_object what,
    int64_t id, uint64_t if_version)
{
	uint64_t	 version = db_version(env->db, what, id);

	if (if_version == 0 || if_version == version)
		return 0;
	client_result(c, CODE_CONFLICT, "it has been changed meanwhile: this "
	    "is version %llu", (unsigned long long)version);
	return 1;
}

void
client_db_result(struct env *env, struct chan *c, enum db_result result,
    const char *done)
{
	switch (result) {
	case DB_OK:
		client_result(c, CODE_OK, "%s", done);
		break;
	case DB_INVALID:
		client_result(c, CODE_USAGE, "%s", db_errstr(env->db));
		break;
	case DB_REFUSED:
		client_result(c, CODE_REFUSED, "%s", db_errstr(env->db));
		break;
	case DB_ERROR:
		log_warnx("database: %s", db_errstr(env->db));
		/* FALLTHROUGH */
	default:
		client_result(c, CODE_FAILED, "%s", db_errstr(env->db));
	}
}

/* Who is to answer. */
static uint32_t
wait_role(const struct wait *w)
{
	switch (w->kind) {
	case WAIT_STATUS:
	case WAIT_TRUST:
	case WAIT_EXPLAIN:
	case WAIT_TRIAL:
	case WAIT_TESTS:
		return ROLE_POLICY;
	default:
		return ROLE_AUTH;
	}
}

/* Whoever waits is told why there is no answer. */
static void
wait_fail(struct wait *w, const char *why)
{
	struct env	*env = w->env;
	struct chan	*client = w->client;
	int		 trial = w->kind == WAIT_TRIAL;

	wait_free(w);
	if (trial)
		batch_untried(env, why);
	else
		client_result(client, CODE_FAILED, "%s", why);
}

static void
wait_expired(int fd, short event, void *arg)
{
	struct wait	*w = arg;

	(void)fd;
	(void)event;
	wait_fail(w, wait_role(w) == ROLE_POLICY ?
	    "policyproc does not answer" : "authproc does not answer");
}

struct wait *
wait_new(struct env *env, struct chan *c, enum wait_kind kind)
{
	struct timeval	 tv = { STORE_WAIT_SEC, 0 };
	struct wait	*w;

	if (env->nwaits >= STORE_WAITS_MAX ||
	    (w = calloc(1, sizeof(*w))) == NULL) {
		client_result(c, CODE_FAILED, "too many requests at once");
		return NULL;
	}
	if (++env->next_id == 0)
		env->next_id = 1;
	w->env = env;
	w->client = c;
	strlcpy(w->actor, client_actor(c), sizeof(w->actor));
	w->kind = kind;
	w->id = env->next_id;
	TAILQ_INSERT_TAIL(&env->waits, w, entry);
	env->nwaits++;
	if (wait_role(w) == ROLE_POLICY)
		tv.tv_sec = kind == WAIT_TRIAL || kind == WAIT_TESTS ?
		    STORE_TRIAL_SEC : STORE_STATUS_SEC;
	evtimer_set(&w->limit, wait_expired, w);
	evtimer_add(&w->limit, &tv);
	return w;
}

struct wait *
wait_find(struct env *env, uint32_t id, enum wait_kind kind)
{
	struct wait	*w;

	TAILQ_FOREACH(w, &env->waits, entry)
		if (w->id == id && w->kind == kind) {
			/* What is done now is still on its behalf. */
			db_actor(env->db, w->actor);
			db_replay_set(env->db, session_replay(w->client));
			return w;
		}
	return NULL;
}

void
wait_free(struct wait *w)
{
	evtimer_del(&w->limit);
	TAILQ_REMOVE(&w->env->waits, w, entry);
	w->env->nwaits--;
	if (w->kind == WAIT_TESTS)
		trial_free(w->trial);
	batch_resume(w->env);
	free(w);
}

void
wait_fail_all(struct env *env, uint32_t role)
{
	struct wait	*w, *next;

	TAILQ_FOREACH_SAFE(w, &env->waits, entry, next) {
		if ((wait_role(w) == ROLE_POLICY) != (role == ROLE_POLICY))
			continue;
		wait_fail(w, "the service restarts: try again");
	}
}
