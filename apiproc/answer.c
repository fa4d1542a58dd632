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
 * Answers: objects, lists and problems (RFC 9457).
 */

#include <sys/types.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apiproc/apiproc.h"

/* Texts as RFC 9110 section 15 has them. */
static const char *
status_title(unsigned int status)
{
	switch (status) {
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 406:
		return "Not Acceptable";
	case 409:
		return "Conflict";
	case 412:
		return "Precondition Failed";
	case 413:
		return "Content Too Large";
	case 415:
		return "Unsupported Media Type";
	case 422:
		return "Unprocessable Content";
	case 429:
		return "Too Many Requests";
	case 503:
		return "Service Unavailable";
	default:
		return "Internal Server Error";
	}
}

void
answer_header(struct request *r, const char *name, const char *value)
{
	if (r->response != NULL)
		MHD_add_response_header(r->response, name, value);
}

/* Takes the text over.  A request has one answer, the first. */
static void
answer(struct request *r, unsigned int status, const char *type, char *text)
{
	size_t	 len = text == NULL ? 0 : strlen(text);

	if (r->response != NULL) {
		free(text);
		return;
	}
	r->response = MHD_create_response_from_buffer(len, text,
	    MHD_RESPMEM_MUST_FREE);
	r->status = status;
	r->env->answered[status / 100 % 6]++;
	if (r->response == NULL) {
		free(text);
		r->response = MHD_create_response_from_buffer(0, NULL,
		    MHD_RESPMEM_PERSISTENT);
		r->status = 503;
	}
	if (type != NULL)
		answer_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	answer_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	answer_header(r, "X-Content-Type-Options", "nosniff");
	session_end(r);
	if (r->suspended) {
		r->suspended = 0;
		MHD_resume_connection(r->conn);
		server_kick(r->env);
	}
}

void
answer_stream(struct request *r, struct MHD_Response *response)
{
	r->response = response;
	r->status = 200;
	r->env->answered[2]++;
	answer_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
	answer_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	session_end(r);
	if (r->suspended) {
		r->suspended = 0;
		MHD_resume_connection(r->conn);
		server_kick(r->env);
	}
}

void
answer_json(struct request *r, unsigned int status, json_t *owned)
{
	char	*text = owned == NULL ? NULL :
		    json_dumps(owned, JSON_COMPACT);

	json_decref(owned);
	if (text == NULL)
		answer_problem(r, 503, "out of memory");
	else
		answer(r, status, "application/json", text);
}

/* One with a version: 304 when the client has it already. */
void
answer_object(struct request *r, unsigned int status, json_t *owned)
{
	json_int_t	 version;
	const char	*v;
	char		 tag[32];

	version = json_integer_value(json_object_get(owned, "version"));
	if (version == 0) {
		answer_json(r, status, owned);
		return;
	}
	snprintf(tag, sizeof(tag), "\"%lld\"", (long long)version);
	v = request_header(r, MHD_HTTP_HEADER_IF_NONE_MATCH);
	if (v != NULL && status == 200 && strcmp(r->method, "GET") == 0 &&
	    (strstr(v, tag) != NULL || strcmp(v, "*") == 0)) {
		json_decref(owned);
		answer_empty(r, 304);
	} else
		answer_json(r, status, owned);
	answer_header(r, MHD_HTTP_HEADER_ETAG, tag);
}

void
answer_text(struct request *r, unsigned int status, const char *type,
    const char *text)
{
	answer(r, status, type, strdup(text));
}

void
answer_empty(struct request *r, unsigned int status)
{
	answer(r, status, NULL, NULL);
}

void
answer_problem(struct request *r, unsigned int status, const char *fmt, ...)
{
	char	 detail[API_TEXT_MAX];
	json_t	*o;
	char	*text;
	va_list	 ap;
	size_t	 i;

	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	for (i = 0; detail[i] != '\0'; i++)
		if ((unsigned char)detail[i] < 0x20)
			detail[i] = ' ';
	o = json_pack("{s:s, s:s, s:i, s:s?}", "type", "about:blank", "title",
	    status_title(status), "status", (int)status, "detail", detail);
	/* A text that was cut inside of a character is no JSON. */
	if (o == NULL)
		o = json_pack("{s:s, s:s, s:i}", "type", "about:blank",
		    "title", status_title(status), "status", (int)status);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	answer(r, status, "application/problem+json", text);
	if (status == 401)
		answer_header(r, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
		    "Bearer realm=\"enclave\"");
	if (status == 503)
		answer_header(r, MHD_HTTP_HEADER_RETRY_AFTER, "2");
}

/* Exit codes of the tool, as statuses. */
unsigned int
answer_status(uint8_t code, const char *text)
{
	switch (code) {
	case 0:
		return 200;
	case 2:
		return 422;
	case API_CODE_TESTS:
		return 409;
	case 5:
		return strstr(text, "scope") != NULL ? 403 : 409;
	case 6:
		return 412;
	default:
		if (strncmp(text, "there is no ", 12) == 0)
			return 404;
		if (strstr(text, "exist") != NULL ||
		    strstr(text, "already") != NULL)
			return 409;
		return 503;
	}
}

void
answer_code(struct request *r)
{
	answer_problem(r, answer_status(r->code, r->text), "%s", r->text);
}
