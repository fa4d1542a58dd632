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
 * The life of a request: its headers, its body, the checks that are the same
 * for all, then its handler.  A request that waits for storeproc is suspended
 * in libmicrohttpd and resumed with its answer.  Everything in it is hostile.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "apiproc/apiproc.h"
#include "base/log.h"

const char *
request_header(struct request *r, const char *name)
{
	return MHD_lookup_connection_value(r->conn, MHD_HEADER_KIND, name);
}

const char *
request_query(struct request *r, const char *name)
{
	return MHD_lookup_connection_value(r->conn, MHD_GET_ARGUMENT_KIND,
	    name);
}

int
request_flag(struct request *r, const char *name)
{
	const char	*v = request_query(r, name);

	return v != NULL && strcasecmp(v, "true") == 0;
}

int
request_number(struct request *r, const char *name, int fallback, int min,
    int max, int *out)
{
	const char	*v = request_query(r, name), *why;

	*out = fallback;
	if (v == NULL)
		return 0;
	*out = (int)strtonum(v, min, max, &why);
	if (why == NULL)
		return 0;
	answer_problem(r, 400, "%s: has to be a number from %d to %d", name,
	    min, max);
	return -1;
}

/* "/org/example/policies" into its parts; -1 when it is none of ours. */
static int
split_path(struct request *r, const char *url)
{
	size_t	 len, i;

	while (*url == '/') {
		url++;
		if (*url == '\0')
			break;
		len = strcspn(url, "/");
		if (r->nsegments == API_SEGMENTS_MAX ||
		    len >= API_SEGMENT_MAX || len == 0)
			return -1;
		for (i = 0; i < len; i++)
			if ((unsigned char)url[i] < 0x20 || url[i] == 0x7f)
				return -1;
		memcpy(r->segments[r->nsegments], url, len);
		r->segments[r->nsegments++][len] = '\0';
		url += len;
	}
	return *url == '\0' ? 0 : -1;
}

static struct request *
request_new(struct env *env, struct MHD_Connection *conn, const char *method)
{
	struct request	*r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->env = env;
	r->conn = conn;
	strlcpy(r->method, method, sizeof(r->method));
	TAILQ_INSERT_TAIL(&env->requests, r, entry);
	env->nrequests++;
	return r;
}

void
request_completed(void *arg, struct MHD_Connection *conn, void **ctx,
    enum MHD_RequestTerminationCode code)
{
	struct request	*r = *ctx;
	struct env	*env = arg;

	(void)conn;
	(void)code;
	if (r == NULL)
		return;
	*ctx = NULL;
	session_end(r);
	events_end(r);
	if (r->body != NULL)
		freezero(r->body, r->cap);
	query_end(r);
	json_decref(r->in);
	json_decref(r->rows);
	json_decref(r->ids);
	json_decref(r->results);
	json_decref(r->object);
	if (r->response != NULL)
		MHD_destroy_response(r->response);
	TAILQ_REMOVE(&env->requests, r, entry);
	env->nrequests--;
	free(r);
}

/* Is one of the kinds that are asked for what we have? */
static int
acceptable(struct request *r)
{
	const char	*v = request_header(r, MHD_HTTP_HEADER_ACCEPT);

	return v == NULL || strstr(v, "*/*") != NULL ||
	    strstr(v, "application/*") != NULL ||
	    strstr(v, "application/json") != NULL ||
	    strstr(v, "application/problem+json") != NULL ||
	    (strstr(v, "text/") != NULL && r->route->resource == NULL);
}

static int
has_json_type(struct request *r)
{
	static const char	*const types[] = {
		"application/json", "application/merge-patch+json"
	};
	const char		*v;
	size_t			 i, len;

	v = request_header(r, MHD_HTTP_HEADER_CONTENT_TYPE);
	for (i = 0; v != NULL && i < sizeof(types) / sizeof(types[0]); i++) {
		len = strlen(types[i]);
		if (strncasecmp(v, types[i], len) == 0 &&
		    (v[len] == '\0' || v[len] == ';' || v[len] == ' '))
			return 1;
	}
	return 0;
}

/* What can be said before the body. */
static void
request_begin(struct request *r, const char *url)
{
	const char	*v;
	char		 allow[128];
	int		 found;

	r->begun = 1;
	found = split_path(r, url) == 0;
	allow[0] = '\0';
	if (found)
		r->route = route_find(r->method, r->segments, r->nsegments,
		    &r->id, allow, sizeof(allow));
	if (r->route == NULL && allow[0] == '\0') {
		answer_problem(r, 404, "there is no such path");
	} else if (r->route == NULL) {
		answer_header(r, MHD_HTTP_HEADER_ALLOW, allow);
		if (strcmp(r->method, "OPTIONS") == 0)
			answer_empty(r, 204);
		else
			answer_problem(r, 405, "the methods here are %s",
			    allow);
		answer_header(r, MHD_HTTP_HEADER_ALLOW, allow);
	} else if (!acceptable(r)) {
		answer_problem(r, 406, "answers are application/json");
	} else if ((v = request_header(r, MHD_HTTP_HEADER_CONTENT_LENGTH)) !=
	    NULL && strtoull(v, NULL, 10) > API_BODY_MAX) {
		answer_problem(r, 413, "a body has %d bytes at most",
		    API_BODY_MAX);
	}
}

static enum MHD_Result
request_body(struct request *r, const char *data, size_t len)
{
	size_t	 cap;
	char	*body;

	r->seen += len;
	if (r->seen > API_BODY_DRAIN)
		return MHD_NO;
	if (r->response != NULL || len > API_BODY_MAX - r->len) {
		if (r->response == NULL)
			answer_problem(r, 413, "a body has %d bytes at most",
			    API_BODY_MAX);
		return MHD_YES;
	}
	if (len > r->cap - r->len) {
		cap = (r->len + len) * 2;
		if (cap > API_BODY_MAX)
			cap = API_BODY_MAX;
		if ((body = recallocarray(r->body, r->cap, cap, 1)) == NULL)
			return MHD_NO;
		r->body = body;
		r->cap = cap;
	}
	memcpy(r->body + r->len, data, len);
	r->len += len;
	return MHD_YES;
}

int
request_parse(struct request *r)
{
	char	 err[OBJECT_ERR_MAX];

	if (r->route->body == BODY_NONE)
		return 0;
	if (r->len == 0) {
		answer_problem(r, 400, "a body is missing");
		return -1;
	}
	if (!has_json_type(r)) {
		answer_problem(r, 415, "a body is application/json");
		return -1;
	}
	if ((r->in = object_parse(r->body, r->len, err)) == NULL) {
		answer_problem(r, 400, "%s", err);
		return -1;
	}
	return 0;
}

/* Who mistakes a word here must not have the change made in earnest. */
static int
takes_dry_run(struct request *r)
{
	const char	*v = request_query(r, "dryRun");

	r->dry = v != NULL && r->route->write && strcmp(v, "true") == 0;
	return v == NULL || r->dry || strcmp(v, "false") == 0;
}

static void
request_ready(struct request *r)
{
	if (!takes_dry_run(r))
		answer_problem(r, 400, "dryRun: has to be true or false, "
		    "and true only with a change");
	else if (r->route->open)
		r->route->run(r);
	else
		auth_check(r);
}

enum MHD_Result
request_handle(void *arg, struct MHD_Connection *conn, const char *url,
    const char *method, const char *version, const char *data, size_t *len,
    void **ctx)
{
	struct request	*r = *ctx;

	(void)version;
	if (r == NULL) {
		if ((r = request_new(arg, conn, method)) == NULL)
			return MHD_NO;
		*ctx = r;
		request_begin(r, url);
		/* A large body is refused before it is sent. */
		if (r->status == 413)
			return MHD_queue_response(conn, r->status,
			    r->response);
		return MHD_YES;
	}
	if (*len != 0) {
		if (request_body(r, data, *len) != MHD_YES)
			return MHD_NO;
		*len = 0;
		return MHD_YES;
	}
	if (r->response == NULL)
		request_ready(r);
	if (r->response != NULL)
		return MHD_queue_response(conn, r->status, r->response);
	/* The answer resumes it. */
	r->suspended = 1;
	MHD_suspend_connection(conn);
	return MHD_YES;
}
