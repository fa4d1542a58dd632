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
 * ?dryRun=true: a change is made in a batch that is undone, and the answer is
 * what it would have done to pairs of systems and to policy tests.
 */

#include <sys/types.h>

#include <string.h>

#include "apiproc/apiproc.h"

static void
dry_begun(struct request *r)
{
	if (r->code != 0)
		answer_code(r);
	else
		r->route->run(r);
}

void
dry_run(struct request *r)
{
	struct msg_admin_batch_begin	 m;

	memset(&m, 0, sizeof(m));
	m.dry = r->route->body == BODY_IDS ? DRY_EACH : DRY_PAIRS;
	session_ask(r, MSG_ADMIN_BATCH_BEGIN, &m, dry_begun);
}

/* Rows of the three kinds that there are, told apart by their members. */
static json_t *
report(struct request *r)
{
	json_t	*pairs = json_array(), *tests = json_array(), *sum = NULL;
	json_t	*row;
	size_t	 i;

	json_array_foreach(r->rows, i, row) {
		if (json_object_get(row, "change") != NULL)
			json_array_append(pairs, row);
		else if (json_object_get(row, "expect") != NULL)
			json_array_append(tests, row);
		else
			sum = row;
	}
	/* Without it, nobody knows: policyproc is away. */
	return json_pack("{s:b, s:i, s:s, s:O?, s:O?, s:O?, s:O?, s:o, s:o}",
	    "dryRun", 1, "status", (int)answer_status(r->code, r->text),
	    "detail", r->text,
	    "gained", json_object_get(sum, "gained"),
	    "lost", json_object_get(sum, "lost"),
	    "amended", json_object_get(sum, "amended"),
	    "isCut", json_object_get(sum, "isCut"),
	    "pairs", pairs, "failingTests", tests);
}

static void
dry_got(struct request *r)
{
	json_t	*o;

	if (r->code != 0 && r->code != API_CODE_TESTS) {
		answer_code(r);
		return;
	}
	o = report(r);
	if (r->results != NULL)
		json_object_set(o, "results", r->results);
	answer_json(r, 200, o);
}

void
dry_end(struct request *r)
{
	struct msg_admin_batch_end	 m;

	memset(&m, 0, sizeof(m));
	session_ask(r, MSG_ADMIN_BATCH_END, &m, dry_got);
}

static void
dry_changed(struct request *r)
{
	if (r->code != 0)
		answer_code(r);
	else
		dry_end(r);
}

request_step
dry_step(struct request *r, request_step next)
{
	return r->dry ? dry_changed : next;
}
