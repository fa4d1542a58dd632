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
 * Changes that are one message of storeproc's, filled from the body: of an
 * object by the names that the message has for it.
 */

#include <sys/types.h>

#include <string.h>

#include "apiproc/apiproc.h"

void
object_set_number(const struct msg_desc *d, void *msg, const char *field,
    uint64_t value)
{
	uint32_t	 v32 = (uint32_t)value;
	uint8_t		*p;
	size_t		 i;

	for (i = 0; i < d->nfields; i++) {
		p = (uint8_t *)msg + d->fields[i].offset;
		if (strcmp(d->fields[i].name, field) != 0)
			continue;
		if (d->fields[i].kind == KIND_U8)
			*p = (uint8_t)value;
		else if (d->fields[i].kind == KIND_U32)
			memcpy(p, &v32, sizeof(v32));
		else if (d->fields[i].kind == KIND_U64)
			memcpy(p, &value, sizeof(value));
	}
}

void
object_identify(struct request *r, uint32_t type, void *msg,
    const json_t *row)
{
	const struct msg_desc	*d = msg_lookup(type);
	const char		*system;

	object_set_text(d, msg, "org", r->who.org);
	system = json_string_value(json_object_get(row, "systemId"));
	if (system != NULL)
		object_set_text(d, msg, "system", system);
	else if (object_name(row) != NULL)
		object_set_text(d, msg, "name", object_name(row));
	object_set_number(d, msg, "id", (uint64_t)json_integer_value(
	    json_object_get(row, "id")));
	if (request_header(r, MHD_HTTP_HEADER_IF_MATCH) != NULL)
		object_set_number(d, msg, "if_version", r->version);
}

static void
change_read(struct request *r)
{
	json_t		*row = object_found(r, object_id(r)), *o;
	union msg_any	 m;
	char		 err[OBJECT_ERR_MAX];
	int		 bad;

	if (row == NULL || object_match(r, row) == -1)
		return;
	o = r->in != NULL ? json_incref(r->in) : json_object();
	if ((bad = object_to_msg(r->route->message, o, &m, err)) == 0)
		object_set_fields(r->route->message, o, &m);
	json_decref(o);
	if (bad == -1) {
		answer_problem(r, 422, "%s", err);
		return;
	}
	object_identify(r, r->route->message, &m, row);
	session_ask(r, r->route->message, &m, dry_step(r, object_changed));
}

void
object_change(struct request *r)
{
	object_ask(r, object_id(r), change_read);
}
