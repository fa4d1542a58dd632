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
 * Several changes as one.  While a batch is open the database is as its owner
 * has made it so far, which nobody else may see or build on: messages of
 * others are kept until it has ended, timers that read or write are put off,
 * and what policyproc is to know is collected.  An owner that goes, or takes
 * too long, has changed nothing.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "storeproc/storeproc.h"

/* A message that is kept: one to be handled later, or to be sent. */
struct held {
	TAILQ_ENTRY(held)	 entry;
	struct chan		*c;	/* NULL: to policyproc */
	uint32_t		 type;
	size_t			 size;
	union msg_any		*msg;
};

struct batch {
	struct chan		*owner;
	struct event		 limit;
	struct held_list	 rows;	/* for policyproc */
	size_t			 bytes;	/* of them, as they are sent */
	size_t			 n;	/* requests of the owner */
	int			 dry;
	int			 single;	/* change, with no END */
	int			 heard;		/* its answer, which waits: */
	struct msg_admin_result	 answer;
	struct trial		*trial;
	enum store_code		 code;	/* of the first failure */
	char			 text[512];
};

static struct held *
held_new(struct chan *c, uint32_t type, const void *msg)
{
	struct held	*h;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		return NULL;
	h->c = c;
	h->type = type;
	h->size = msg_lookup(type)->size;
	if ((h->msg = malloc(h->size)) == NULL) {
		free(h);
		return NULL;
	}
	memcpy(h->msg, msg, h->size);
	return h;
}

static void
held_free(struct held *h)
{
	explicit_bzero(h->msg, h->size);
	free(h->msg);
	free(h);
}

static void
rows_free(struct batch *b)
{
	struct held	*h;

	while ((h = TAILQ_FIRST(&b->rows)) != NULL) {
		TAILQ_REMOVE(&b->rows, h, entry);
		held_free(h);
	}
}

static void
release_arm(struct env *env)
{
	struct timeval	 tv = { 0, 0 };

	evtimer_add(&env->release, &tv);
}

/* Ends it; whoever waited goes on. */
static enum db_result
batch_close(struct env *env, int keep)
{
	struct batch	*b = env->batch;
	struct held	*h;
	enum db_result	 result;

	result = db_batch_end(env->db, keep);
	env->batch = NULL;
	if (keep && result == DB_OK)
		TAILQ_FOREACH(h, &b->rows, entry)
			model_tell(env, h->type, h->msg);
	evtimer_del(&b->limit);
	rows_free(b);
	trial_free(b->trial);
	explicit_bzero(&b->answer, sizeof(b->answer));
	free(b);
	policytest_count(env);
	hours_end_look(env);
	life_changed(env);
	release_arm(env);
	return result;
}

/* Its owner cannot go on. */
static void
batch_cut(struct env *env, const char *why)
{
	struct chan	*owner = env->batch->owner;

	/* What it sends from here on must not be taken for single changes. */
	batch_client_gone(env, owner);
	log_warnx("a batch of %s is undone: %s", client_actor(owner), why);
	client_result(owner, CODE_FAILED, "nothing was changed: %s", why);
	chan_flush(owner, 0);
	chan_close(owner);
}

static void
batch_expired(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	batch_cut(arg, "the batch took too long");
}

int
batch_stalls(struct env *env, struct event *timer)
{
	struct timeval	 tv = { 0, STORE_BATCH_STALL_MS * 1000 };

	if (env->batch == NULL)
		return 0;
	evtimer_add(timer, &tv);
	return 1;
}

int
batch_hides(const struct env *env, const struct chan *c)
{
	return env->batch != NULL && env->batch->owner != c;
}

void
batch_client_gone(struct env *env, struct chan *c)
{
	struct held	*h, *next;
	struct wait	*w, *wnext;

	TAILQ_FOREACH_SAFE(h, &env->held, entry, next) {
		if (h->c != c)
			continue;
		TAILQ_REMOVE(&env->held, h, entry);
		env->nheld--;
		held_free(h);
	}
	if (env->batch == NULL || env->batch->owner != c)
		return;
	TAILQ_FOREACH_SAFE(w, &env->waits, entry, wnext)
		if (w->client == c)
			wait_free(w);
	(void)batch_close(env, 0);
}

void
batch_role_gone(struct env *env, uint32_t role)
{
	struct held	*h, *next;

	TAILQ_FOREACH_SAFE(h, &env->held, entry, next) {
		if (h->c->role != role)
			continue;
		TAILQ_REMOVE(&env->held, h, entry);
		env->nheld--;
		held_free(h);
	}
}

static void
batch_fail(struct batch *b, enum store_code code, const char *text)
{
	if (b->code != CODE_OK)
		return;
	b->code = code;
	strlcpy(b->text, text, sizeof(b->text));
}

int
batch_heard(struct env *env, const struct chan *c,
    const struct msg_admin_result *m)
{
	struct batch	*b = env->batch;

	if (b == NULL || b->owner != c)
		return 0;
	if (m->code != CODE_OK && b->dry != DRY_EACH)
		batch_fail(b, m->code, m->text);
	if (!b->single)
		return 0;
	b->answer = *m;
	b->heard = 1;
	return 1;
}

void
batch_touches(struct env *env, int64_t org)
{
	if (env->batch != NULL)
		trial_touch(env->batch->trial, org);
}

/* The organisation that a row is of, 0 when it does not say. */
static int64_t
row_org(uint32_t type, const union msg_any *any)
{
	switch (type) {
	case MSG_MODEL_ORG:
		return any->model_org.org;
	case MSG_MODEL_SYSTEM:
		return any->model_system.org;
	case MSG_MODEL_POLICY:
		return any->model_policy.org;
	case MSG_MODEL_POLICY_GONE:
		return any->model_policy_gone.org;
	default:
		return 0;
	}
}

int
batch_collects(struct env *env, uint32_t type, const void *msg)
{
	struct batch	*b = env->batch;
	uint8_t		 buf[MSG_MAX_SIZE];
	struct held	*h;
	ssize_t		 len;

	if (b == NULL)
		return 0;
	len = msg_encode(msg_lookup(type), msg, buf, sizeof(buf));
	explicit_bzero(buf, sizeof(buf));
	if (len == -1 || b->bytes + (size_t)len > STORE_BATCH_BYTES ||
	    (h = held_new(NULL, type, msg)) == NULL) {
		batch_fail(b, CODE_REFUSED, "the batch changes too much");
		return 1;
	}
	b->bytes += (size_t)len;
	TAILQ_INSERT_TAIL(&b->rows, h, entry);
	/* What systems meet does not matter to policy tests. */
	if (type == MSG_MODEL_SYSTEM_GONE || row_org(type, msg) != 0)
		trial_touch(b->trial, row_org(type, msg));
	return 1;
}

void
batch_send_rows(struct chan *to, const struct held_list *rows)
{
	struct held	*h;

	TAILQ_FOREACH(h, rows, entry)
		chan_send(to, (enum msg_type)h->type, h->msg, -1);
}

/* Does the owner wait for the answer to what it asked last? */
static int
owner_waits(struct env *env)
{
	const struct wait	*w;

	TAILQ_FOREACH(w, &env->waits, entry)
		if (w->client == env->batch->owner)
			return 1;
	return feed_runs(env, env->batch->owner);
}

static int
holds_of(const struct env *env, const struct chan *c)
{
	const struct held	*h;

	TAILQ_FOREACH(h, &env->held, entry)
		if (h->c == c)
			return 1;
	return 0;
}

/* What another process answers to the owner: the number of the request. */
static uint32_t
answer_id(uint32_t type, const union msg_any *any)
{
	switch (type) {
	case MSG_ORG_KEY:
		return any->org_key.id;
	case MSG_KEY_MADE:
		return any->key_made.id;
	case MSG_TOKEN_MADE:
		return any->token_made.id;
	case MSG_CROSS_SIGNED:
		return any->cross_signed.id;
	case MSG_SERVICE_STATUS:
		return any->service_status.id;
	case MSG_TRUST_ROW:
		return any->trust_row.id;
	case MSG_TRUST_END:
		return any->trust_end.id;
	case MSG_EXPLAIN_ROW:
		return any->explain_row.id;
	case MSG_EXPLAIN_END:
		return any->explain_end.id;
	case MSG_TRIAL_PAIR:
		return any->trial_pair.id;
	case MSG_TRIAL_VERDICT:
		return any->trial_verdict.id;
	case MSG_TRIAL_DONE:
		return any->trial_done.id;
	default:
		return 0;
	}
}

static int
is_answer(struct env *env, uint32_t type, const void *msg)
{
	uint32_t		 id = answer_id(type, msg);
	const struct wait	*w;

	TAILQ_FOREACH(w, &env->waits, entry)
		if (id != 0 && w->id == id)
			return w->client == env->batch->owner;
	return 0;
}

/* May this be handled now? */
static int
may_now(struct env *env, const struct chan *c, uint32_t type, const void *msg)
{
	/* Neither has to do with the database. */
	if (c->role == ROLE_PARENT || type == MSG_ADMIN_SESSION)
		return 1;
	if (env->batch == NULL)
		return env->releasing || TAILQ_EMPTY(&env->held);
	if (c == env->batch->owner)
		return !owner_waits(env) &&
		    (env->releasing || !holds_of(env, c));
	return is_answer(env, type, msg);
}

static void
hold(struct env *env, struct chan *c, uint32_t type, const void *msg)
{
	struct held	*h;

	if ((h = held_new(c, type, msg)) == NULL) {
		log_warn("a message is lost");
		chan_close(c);
		return;
	}
	TAILQ_INSERT_TAIL(&env->held, h, entry);
	env->nheld++;
	/* Siblings are needed for their answers. */
	if (c->role == ROLE_DISCOVERYCTL || c->role == ROLE_API)
		chan_pause(c);
	if (env->nheld >= STORE_HELD_MAX && env->batch != NULL)
		batch_cut(env, "too much has to wait for it");
}

void
batch_release(int fd, short event, void *arg)
{
	struct env	*env = arg;
	struct held	*h;
	int		 n = 0;

	(void)fd;
	(void)event;
	env->releasing = 1;
 again:
	TAILQ_FOREACH(h, &env->held, entry) {
		if (!may_now(env, h->c, h->type, h->msg))
			continue;
		if (n++ == STORE_RELEASE_MAX) {
			release_arm(env);
			break;
		}
		TAILQ_REMOVE(&env->held, h, entry);
		env->nheld--;
		chan_resume(h->c);
		chan_again(h->c, h->type, h->msg);
		held_free(h);
		goto again;
	}
	env->releasing = 0;
}

void
batch_resume(struct env *env)
{
	if (!TAILQ_EMPTY(&env->held))
		release_arm(env);
}

/* 0, or -1 and the client is told. */
static int
batch_open(struct env *env, struct chan *c, int dry, int single)
{
	struct timeval	 tv;
	struct batch	*b;
	enum db_result	 result;

	if ((b = calloc(1, sizeof(*b))) == NULL ||
	    (b->trial = trial_new(env)) == NULL) {
		free(b);
		client_result(c, CODE_FAILED, "out of memory");
		return -1;
	}
	if ((result = db_batch_begin(env->db)) != DB_OK) {
		client_db_result(env, c, result, "");
		trial_free(b->trial);
		free(b);
		return -1;
	}
	TAILQ_INIT(&b->rows);
	b->owner = c;
	b->dry = dry;
	b->single = single;
	tv.tv_sec = life_limits.batch_ms / 1000;
	tv.tv_usec = (suseconds_t)(life_limits.batch_ms % 1000 * 1000);
	evtimer_set(&b->limit, batch_expired, env);
	evtimer_add(&b->limit, &tv);
	env->batch = b;
	return 0;
}

/* Could this make a policy test fail? */
static int
is_tested(uint32_t type)
{
	switch (type) {
	case MSG_ADMIN_SYSTEM_SET:
	case MSG_ADMIN_SYSTEM_TAG:
	case MSG_ADMIN_SYSTEM_CHANGE:
	case MSG_ADMIN_POLICY_ADD:
	case MSG_ADMIN_POLICY_SET:
		return 1;
	default:
		return 0;
	}
}

int
batch_admit(void *arg, struct chan *c, uint32_t type, const void *msg)
{
	struct env	*env = arg;
	struct batch	*b;

	if (!may_now(env, c, type, msg)) {
		hold(env, c, type, msg);
		return 0;
	}
	if (!session_admit(env, c, type, msg))
		return 0;
	b = env->batch;
	if (b == NULL && (type == MSG_ADMIN_TEST_ADD ||
	    (env->ntests != 0 && is_tested(type))))
		return batch_open(env, c, 0, 1) == 0;
	if (b == NULL || b->owner != c || type == MSG_ADMIN_BATCH_END)
		return 1;
	if (b->code == CODE_OK && b->n++ == STORE_BATCH_MAX)
		client_result(c, CODE_REFUSED, "a batch has up to %d requests",
		    STORE_BATCH_MAX);
	else if (b->code != CODE_OK)
		client_result(c, b->code, "not tried: %s", b->text);
	else if (type == MSG_ADMIN_BATCH_BEGIN ||
	    type == MSG_ADMIN_TEST_RUN || type == MSG_ADMIN_BACKUP)
		client_result(c, CODE_USAGE, "this cannot be asked within a "
		    "batch");
	else
		return 1;
	return 0;
}

void
batch_begin(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_batch_begin	*m = data;

	(void)fd;
	if (m->dry > DRY_EACH)
		client_result(c, CODE_USAGE, "unknown kind of batch");
	else if (batch_open(arg, c, m->dry, 0) == 0)
		client_result(c, CODE_OK, "%s", "");
}

/* Undone, and that is the answer. */
static void
batch_refuse(struct env *env, enum store_code code, const char *why)
{
	struct chan	*owner = env->batch->owner;
	char		 text[sizeof(env->batch->text)];

	strlcpy(text, why, sizeof(text));
	(void)batch_close(env, 0);
	client_result(owner, code, "%s", text);
}

/* All is well: keep it. */
static void
batch_conclude(struct env *env)
{
	struct batch		*b = env->batch;
	struct msg_admin_result	 answer = b->answer;
	struct chan		*owner = b->owner;
	int			 single = b->single;
	enum db_result		 result;

	result = batch_close(env, 1);
	if (single && result == DB_OK)
		msg_send_admin_result(owner, &answer, -1);
	else
		client_db_result(env, owner, result, "done");
	explicit_bzero(&answer, sizeof(answer));
}

/* The report of a dry run names systems that it may have deleted. */
static void
batch_report(struct env *env)
{
	struct batch	*b = env->batch;
	struct chan	*owner = b->owner;
	struct trial	*t = b->trial;
	int		 rows = b->dry >= DRY_PAIRS;
	char		 text[512];
	size_t		 n;

	b->trial = NULL;
	n = trial_broken(t, text, sizeof(text));
	(void)batch_close(env, 0);
	if (rows)
		trial_report(env, owner, t);
	if (n == 0)
		trial_print(t, text, sizeof(text));
	trial_free(t);
	client_result(owner, n == 0 ? CODE_OK : CODE_TESTS, "%s", text);
}

void
batch_tried(struct env *env)
{
	struct batch	*b = env->batch;
	char		 text[512];

	if (b->dry)
		batch_report(env);
	else if (trial_broken(b->trial, text, sizeof(text)) != 0)
		batch_refuse(env, CODE_TESTS, text);
	else
		batch_conclude(env);
}

void
batch_untried(struct env *env, const char *why)
{
	if (env->batch != NULL)
		batch_refuse(env, CODE_FAILED, why);
}

/* The last request was answered. */
static void
batch_finish(struct env *env)
{
	struct batch	*b = env->batch;
	const char	*why;
	struct wait	*w;
	int		 tests;

	if (b->code != CODE_OK) {
		batch_refuse(env, b->code, b->text);
		return;
	}
	if ((tests = trial_prepare(b->trial)) == -1) {
		batch_refuse(env, CODE_FAILED, "out of memory");
		return;
	}
	if (tests == 0 && (!b->dry || TAILQ_EMPTY(&b->rows))) {
		if (b->dry)
			batch_report(env);
		else
			batch_conclude(env);
		return;
	}
	if (tests == 0 && b->dry && model_chan(env) == NULL) {
		/* Whether it can be done at all is known. */
		batch_refuse(env, CODE_OK, "nothing was changed; which pairs "
		    "of systems it would touch policyproc does not say now");
		return;
	}
	/* From here on its answer is the one to END. */
	b->heard = 0;
	if ((w = wait_new(env, b->owner, WAIT_TRIAL)) == NULL) {
		/* Who is not single was told already. */
		if (b->single)
			batch_refuse(env, b->code, b->text);
		else
			(void)batch_close(env, 0);
		return;
	}
	w->trial = b->trial;
	if (trial_ask(env, b->trial, w->id, &b->rows, b->dry >= DRY_PAIRS ?
	    STORE_TRIAL_PAIRS : 0, &why) == -1) {
		wait_free(w);
		batch_untried(env, why);
	}
}

void
batch_after(struct env *env)
{
	if (env->batch != NULL && env->batch->single && env->batch->heard)
		batch_finish(env);
}

void
batch_end(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;

	(void)data;
	(void)fd;
	if (env->batch == NULL || env->batch->owner != c)
		client_result(c, CODE_USAGE, "no batch is open");
	else
		batch_finish(env);
}

void
batch_drop(struct env *env)
{
	struct held	*h;

	if (env->batch != NULL)
		(void)batch_close(env, 0);
	while ((h = TAILQ_FIRST(&env->held)) != NULL) {
		TAILQ_REMOVE(&env->held, h, entry);
		held_free(h);
	}
	env->nheld = 0;
}
