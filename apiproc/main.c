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
 * apiproc's start.  Rows of every kind come on sessions and are treated
 * alike, so their handlers are made from the table of messages.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "apiproc/apiproc.h"
#include "base/log.h"

#define MSG_BEGIN(NAME, name, from, to, phase, flags)			\
static void								\
row_##name(void *env, struct chan *c, const void *msg, int fd)		\
{									\
	(void)env;							\
	(void)fd;							\
	session_message(c, MSG_##NAME, msg);				\
}
#define MSG_END(NAME, name)
#include "msg/nofields.h"
#include "msg/messages.def"
#include "msg/undef.h"

#define MSG_BEGIN(NAME, name, from, to, phase, flags)			\
	{ MSG_##NAME, row_##name },
#define MSG_END(NAME, name)
#include "msg/nofields.h"
static const struct handler	rows[] = {
#include "msg/messages.def"
};
#include "msg/undef.h"

static struct handler	handlers[MSG_TYPE_MAX];

static void
on_event(void *env, struct chan *c, const void *msg, int fd)
{
	(void)c;
	(void)fd;
	events_told(env, msg);
}

/* Everything from storeproc, and what is told outside of sessions. */
static size_t
collect_handlers(void)
{
	const struct msg_desc	*d;
	size_t			 i, n = 0;

	handlers[n].type = MSG_API_EVENT;
	handlers[n++].fn = on_event;
	handlers[n].type = MSG_API_CONN;
	handlers[n++].fn = server_conn;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		d = msg_lookup(rows[i].type);
		if ((d->from & R_STORE) && (d->to & R_API) &&
		    (d->from & R_PARENT) == 0 &&
		    rows[i].type != MSG_API_EVENT)
			handlers[n++] = rows[i];
	}
	return n;
}

static void
prepare(void *arg)
{
	size_t	 seed;

	/* jansson would open /dev/urandom at its first object. */
	arc4random_buf(&seed, sizeof(seed));
	json_object_seed(seed);
	events_prepare(arg);
	server_prepare(arg);
}

static void
run(void *arg)
{
	server_run(arg);
	events_run(arg);
}

static const struct proc_ops ops = {
	.prepare = prepare,
	.run = run,
};

int
main(void)
{
	static struct env	 env;

	TAILQ_INIT(&env.requests);
	TAILQ_INIT(&env.ages);
	RB_INIT(&env.rates);
	env.proc.role = ROLE_API;
	env.proc.env = &env;
	env.proc.nhandlers = collect_handlers();
	env.proc.handlers = handlers;
	env.proc.ops = &ops;
	env.proc.sandbox = &apiproc_sandbox;
	return child_main(&env.proc);
}
