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
 * One action on many objects, one after the other, each with a result of its
 * own: what cannot be done to one does not keep the others from it.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apiproc/apiproc.h"

static void	 bulk_next(struct request *);

static void
bulk_result(struct request *r, unsigned int status, const char *detail)
{
	json_t	*id = json_array_get(r->ids, r->pos);

	json_array_append_new(r->results, json_pack("{s:O, s:i, s:s*}", "id",
	    id, "status", (int)status, "detail", detail));
	r->pos++;
}

static void
bulk_set(struct request *r)
{
	bulk_result(r, answer_status(r->code, r->text), r->code == 0 ? NULL :
	    r->text);
	bulk_next(r);
}

static const char *
bulk_id(struct request *r, char buf[32])
{
	const json_t	*id = json_array_get(r->ids, r->pos);

	if (json_is_string(id))
		return json_string_value(id);
	snprintf(buf, 32, "%lld", (long long)json_integer_value(id));
	return buf;
}

static void
bulk_read(struct request *r)
{
	char	 buf[32];

	if (r->code == 0 && json_array_size(r->rows) == 0) {
		bulk_result(r, 404, "there is no such object");
		bulk_next(r);
	} else
		object_ask_set(r, bulk_id(r, buf), bulk_set);
}

static void
bulk_next(struct request *r)
{
	json_int_t	 done = 0;
	json_t		*v;
	char		 buf[32];
	size_t		 i;

	if (r->pos < json_array_size(r->ids)) {
		object_ask(r, bulk_id(r, buf), bulk_read);
		return;
	}
	if (r->dry) {
		dry_end(r);
		return;
	}
	json_array_foreach(r->results, i, v)
		done += json_integer_value(json_object_get(v, "status")) ==
		    200;
	answer_json(r, 200, json_pack("{s:I, s:O}", "succeeded", done,
	    "results", r->results));
}

void
bulk_run(struct request *r)
{
	json_t	*ids = json_is_object(r->in) ? json_object_get(r->in, "ids") :
		    r->in, *v;
	size_t	 i;

	if (!json_is_array(ids) || json_array_size(ids) == 0 ||
	    json_array_size(ids) > API_BULK_MAX ||
	    (json_is_object(r->in) && json_object_size(r->in) != 1)) {
		answer_problem(r, 422, "ids: has to be a list of 1 to %d",
		    API_BULK_MAX);
		return;
	}
	json_array_foreach(ids, i, v) {
		if ((json_is_string(v) && json_string_length(v) > 0 &&
		    json_string_length(v) < API_SEGMENT_MAX) ||
		    (json_is_integer(v) && json_integer_value(v) > 0))
			continue;
		answer_problem(r, 422, "ids: number %zu is no id", i + 1);
		return;
	}
	r->ids = json_incref(ids);
	r->results = json_array();
	bulk_next(r);
}
