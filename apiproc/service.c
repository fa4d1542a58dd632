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
 * What belongs to no list: the token's organisation, the counters, the
 * document of the routes.
 */

#include <sys/types.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apiproc/apiproc.h"

void
service_account(struct request *r)
{
	json_t	*scopes = json_array();
	char	 until[OBJECT_TIME_MAX];
	size_t	 i;

	for (i = 0; i < 2 * AREA_MAX; i++)
		if (r->who.scopes & 1U << i)
			json_array_append_new(scopes,
			    json_string(scope_name((unsigned int)i)));
	answer_json(r, 200, json_pack("{s:[{s:I, s:s}], s:{s:s, s:o, s:s}}",
	    "orgs", "orgId", (json_int_t)r->who.org_id, "orgName",
	    r->who.org, "token", "name", r->who.name, "scopes", scopes,
	    "notAfter", object_time_print(until, r->who.not_after)));
}

void
service_openapi(struct request *r)
{
	answer_json(r, 200, openapi_document());
}

struct text {
	char	*p;
	size_t	 len, cap;
};

static void
text_add(struct text *t, const char *name, const char *label, json_int_t n)
{
	char	 line[160];
	size_t	 len;

	snprintf(line, sizeof(line), "enclave_%s%s %lld\n", name, label,
	    (long long)n);
	len = strlen(line);
	if (len >= t->cap - t->len)
		return;
	memcpy(t->p + t->len, line, len + 1);
	t->len += len;
}

/* "policySent" is policy_sent here, as names of metrics are. */
static void
text_add_member(struct text *t, const char *member, json_int_t n)
{
	char	 name[96];
	size_t	 i = 0;

	for (; *member != '\0' && i < sizeof(name) - 2; member++) {
		if (isupper((unsigned char)*member))
			name[i++] = '_';
		name[i++] = (char)tolower((unsigned char)*member);
	}
	name[i] = '\0';
	text_add(t, name, "", n);
}

/* From an accepted change to the acknowledgement of an agent. */
static void
text_add_latency(struct text *t, const json_t *list)
{
	json_int_t	 sum = 0;
	char		 label[48];
	size_t		 i, n = json_array_size(list);

	for (i = 0; i < n; i++) {
		sum += json_integer_value(json_array_get(list, i));
		if (i + 1 < n)
			snprintf(label, sizeof(label), "{le=\"%.3f\"}",
			    (double)(1ULL << i) / 1000);
		else
			strlcpy(label, "{le=\"+Inf\"}", sizeof(label));
		text_add(t, "policy_latency_seconds_bucket", label, sum);
	}
	text_add(t, "policy_latency_seconds_count", "", sum);
}

static void
metrics_done(struct request *r)
{
	static char	 buf[32768];
	struct text	 t = { buf, 0, sizeof(buf) };
	const char	*key;
	json_t		*row = json_array_get(r->rows, 0), *v;
	char		 label[32];
	size_t		 i;

	if (r->code != 0 || row == NULL) {
		answer_code(r);
		return;
	}
	buf[0] = '\0';
	json_object_foreach(row, key, v)
		if (json_is_integer(v))
			text_add_member(&t, key, json_integer_value(v));
	text_add_latency(&t, json_object_get(row, "latency"));
	for (i = 1; i < 6; i++) {
		snprintf(label, sizeof(label), "{status=\"%zuxx\"}", i);
		text_add(&t, "api_answers_total", label,
		    (json_int_t)r->env->answered[i]);
	}
	text_add(&t, "api_rate_limited_total", "",
	    (json_int_t)r->env->limited);
	text_add(&t, "api_connections_refused_total", "",
	    (json_int_t)r->env->refused);
	answer_text(r, 200, "text/plain; version=0.0.4", buf);
}

void
service_metrics(struct request *r)
{
	struct msg_admin_status	 m;

	if ((r->who.scopes & SCOPE_READ(AREA_METRICS)) == 0) {
		answer_problem(r, 403, "the token does not have the scope "
		    "for this");
		return;
	}
	memset(&m, 0, sizeof(m));
	session_ask(r, MSG_ADMIN_STATUS, &m, metrics_done);
}
