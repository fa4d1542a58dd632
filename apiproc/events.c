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
 * Server-sent events: the last of them are kept in a ring, each with its
 * organisation and the scope that may read it.  A stream that has nothing to
 * say is suspended; one that falls out of the ring is cut off.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apiproc/apiproc.h"
#include "base/clock.h"
#include "base/log.h"

static const char *const	kinds[] = {
	"created", "changed", "deleted", "connected", "disconnected"
};

static const struct {
	const char	*type;
	enum scope_area	 area;
} areas[] = {
	{ "organisation", AREA_ORG },
	{ "key", AREA_KEYS },
	{ "system", AREA_SYSTEMS },
	{ "policy", AREA_POLICIES },
	{ "tag", AREA_TAGS },
	{ "requirement", AREA_REQUIREMENTS },
	{ "relay", AREA_ORG },
	{ "token", AREA_TOKENS },
};

static void	 on_heartbeat(int, short, void *);

void
events_prepare(struct env *env)
{
	env->events = calloc(API_EVENTS_MAX, sizeof(*env->events));
	if (env->events == NULL)
		fatal("events");
	/* Numbers of an earlier life must not be taken for ours. */
	env->start = env->nevents = clock_wall_sec() << 20;
}

void
events_run(struct env *env)
{
	struct timeval	 tv = { API_HEARTBEAT_SEC, 0 };

	evtimer_set(&env->heartbeat, on_heartbeat, env);
	evtimer_add(&env->heartbeat, &tv);
}

static void
stream_wake(struct request *r)
{
	if (!r->suspended)
		return;
	r->suspended = 0;
	MHD_resume_connection(r->conn);
	server_kick(r->env);
}

static void
on_heartbeat(int fd, short event, void *arg)
{
	struct timeval	 tv = { API_HEARTBEAT_SEC, 0 };
	struct env	*env = arg;
	struct request	*r;

	(void)fd;
	(void)event;
	TAILQ_FOREACH(r, &env->requests, entry) {
		if (!r->streams)
			continue;
		r->heartbeat = 1;
		stream_wake(r);
	}
	evtimer_add(&env->heartbeat, &tv);
}

/* The scope for an event of this kind of object; 0: nobody hears of it. */
static uint32_t
scope_of(const char *type)
{
	size_t	 i;

	for (i = 0; i < sizeof(areas) / sizeof(areas[0]); i++)
		if (strcmp(areas[i].type, type) == 0)
			return SCOPE_READ(areas[i].area);
	return 0;
}

void
events_told(struct env *env, const struct msg_api_event *m)
{
	uint32_t		 scope = scope_of(m->type);
	struct event_text	*e;
	struct request		*r;
	char			*text;
	json_t			*o;

	if (m->kind >= sizeof(kinds) / sizeof(kinds[0]) || scope == 0)
		return;
	o = json_pack("{s:s, s:I, s:s, s:I}", "type", m->type, "id",
	    (json_int_t)m->id, "name", m->name, "version",
	    (json_int_t)m->version);
	text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (text == NULL)
		return;
	e = &env->events[++env->nevents % API_EVENTS_MAX];
	strlcpy(e->org, m->org, sizeof(e->org));
	e->scope = scope;
	snprintf(e->text, sizeof(e->text), "id: %llu\nevent: %s\ndata: %s\n\n",
	    (unsigned long long)env->nevents, kinds[m->kind], text);
	free(text);
	TAILQ_FOREACH(r, &env->requests, entry) {
		if (!r->streams)
			continue;
		/* A token that is deleted hears of nothing more. */
		if (m->kind == 2 && strcmp(m->type, "token") == 0 &&
		    m->id == r->who.token)
			r->who.not_after = 0;
		stream_wake(r);
	}
}

/* The oldest that is still there. */
static uint64_t
oldest(const struct env *env)
{
	if (env->nevents - env->start < API_EVENTS_MAX)
		return env->start + 1;
	return env->nevents - API_EVENTS_MAX + 1;
}

/* What is to be said next, NULL when there is nothing. */
static const char *
stream_next(struct request *r)
{
	const struct event_text	*e;
	struct env		*env = r->env;

	while (r->heard < env->nevents) {
		e = &env->events[++r->heard % API_EVENTS_MAX];
		if ((r->who.scopes & e->scope) != 0 && (e->org[0] == '\0' ||
		    strcmp(e->org, r->who.org) == 0))
			return e->text;
	}
	if (r->heartbeat) {
		r->heartbeat = 0;
		return ":\n\n";
	}
	return NULL;
}

static ssize_t
stream_read(void *arg, uint64_t pos, char *buf, size_t max)
{
	struct request	*r = arg;
	const char	*text;
	size_t		 len;

	(void)pos;
	if (r->heard + 1 < oldest(r->env) && r->heard != 0) {
		log_debug("a listener does not keep up");
		return MHD_CONTENT_READER_END_OF_STREAM;
	}
	if (r->who.not_after <= clock_wall_sec())
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (r->heard == 0) {
		/* What was missed is not known: all has to be read again. */
		r->heard = r->env->nevents;
		text = "event: reset\ndata: {}\n\n";
	} else if ((text = stream_next(r)) == NULL) {
		r->suspended = 1;
		MHD_suspend_connection(r->conn);
		return 0;
	}
	len = strlen(text);
	if (len > max)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	memcpy(buf, text, len);
	return (ssize_t)len;
}

void
events_end(struct request *r)
{
	if (!r->streams)
		return;
	r->streams = 0;
	r->env->nstreams--;
}

void
events_get(struct request *r)
{
	const char		*last, *why;
	struct MHD_Response	*response;
	struct env		*env = r->env;
	uint64_t		 id;

	if (env->nstreams >= API_STREAMS_MAX) {
		answer_problem(r, 503, "too many listeners");
		return;
	}
	last = request_header(r, "Last-Event-ID");
	if (last == NULL) {
		r->heard = env->nevents;
	} else {
		id = (uint64_t)strtonum(last, 1, INT64_MAX, &why);
		if (why == NULL && id <= env->nevents &&
		    id + 1 >= oldest(env))
			r->heard = id;
	}
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 2048,
	    stream_read, r, NULL);
	if (response == NULL) {
		answer_problem(r, 503, "out of memory");
		return;
	}
	r->streams = 1;
	r->env->nstreams++;
	r->heartbeat = 1;
	answer_stream(r, response);
}
