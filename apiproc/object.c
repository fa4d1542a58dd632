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
 * One object: shown, made, changed, deleted.  Each change is one request to
 * storeproc, which says whether it is done and on disk.
 */

#include <sys/types.h>

#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apiproc/apiproc.h"

void
object_ask(struct request *r, const char *id, request_step next)
{
	const struct resource	*res = r->route->resource;
	struct msg_admin_list	 m;

	memset(&m, 0, sizeof(m));
	m.what = res->what;
	strlcpy(m.org, r->who.org, sizeof(m.org));
	strlcpy(m.object, id, sizeof(m.object));
	session_ask(r, MSG_ADMIN_LIST, &m, next);
}

/* Is this the object that the path or a list of ids names? */
static int
names_it(const struct resource *res, const json_t *row, const char *id)
{
	const json_t	*v = json_object_get(row, res->key), *state;
	char		 number[32];

	state = json_object_get(row, "state");
	if (res->row == MSG_ADMIN_SYSTEM && (json_string_value(state) == NULL ||
	    (strcmp(json_string_value(state), "unapproved") == 0) !=
	    (strcmp(res->name, "systems") != 0)))
		return 0;
	if (res->name[0] == '\0')
		return 1;
	if (json_is_string(v))
		return strcasecmp(json_string_value(v), id) == 0;
	snprintf(number, sizeof(number), "%lld",
	    (long long)json_integer_value(v));
	if (strcmp(number, id) == 0)
		return 1;
	v = json_object_get(row, "name");
	return json_is_string(v) && strcmp(json_string_value(v), id) == 0;
}

json_t *
object_found(struct request *r, const char *id)
{
	json_t	*row;
	size_t	 i;

	if (r->code != 0) {
		answer_code(r);
		return NULL;
	}
	json_array_foreach(r->rows, i, row)
		if (names_it(r->route->resource, row, id))
			return row;
	answer_problem(r, 404, "there is no such %s",
	    r->route->resource->title);
	return NULL;
}

const char *
object_id(struct request *r)
{
	/* The organisation itself has none of its own. */
	return r->id != NULL ? r->id : "";
}

static void
object_show(struct request *r)
{
	json_t	*row = object_found(r, object_id(r));

	if (row != NULL)
		answer_object(r, 200, json_incref(row));
}

void
object_get(struct request *r)
{
	object_ask(r, object_id(r), object_show);
}

int
object_match(struct request *r, const json_t *row)
{
	const char	*v = request_header(r, MHD_HTTP_HEADER_IF_MATCH);
	char		 tag[32];

	r->version = (uint64_t)json_integer_value(json_object_get(row,
	    "version"));
	if (v == NULL)
		return 0;
	snprintf(tag, sizeof(tag), "\"%llu\"",
	    (unsigned long long)r->version);
	if (strcmp(v, "*") == 0 || strcmp(v, tag) == 0)
		return 0;
	answer_problem(r, 412, "it has been changed meanwhile");
	return -1;
}

/* --- Making ---------------------------------------------------------- */

void
object_set_text(const struct msg_desc *d, void *msg, const char *field,
    const char *text)
{
	size_t	 i;

	for (i = 0; i < d->nfields; i++)
		if (strcmp(d->fields[i].name, field) == 0 &&
		    d->fields[i].kind == KIND_STR)
			strlcpy((char *)msg + d->fields[i].offset, text,
			    d->fields[i].limit + 1);
}

const char *
object_name(const json_t *o)
{
	const char	*name = json_string_value(json_object_get(o, "name"));

	return name != NULL ? name :
	    json_string_value(json_object_get(o, "tag"));
}

/* The newest row with the name, or with the beginning of the key's text. */
static json_t *
find_made(struct request *r)
{
	const char	*name, *hint;
	json_t		*row, *best = NULL;
	size_t		 i;

	name = object_name(r->in);
	json_array_foreach(r->rows, i, row) {
		hint = json_string_value(json_object_get(row, "hint"));
		if (name != NULL ? object_name(row) != NULL &&
		    strcmp(name, object_name(row)) == 0 : hint != NULL &&
		    strncmp(hint, json_string_value(r->object),
		    strlen(hint)) == 0)
			best = row;
	}
	return best;
}

static void
post_show(struct request *r)
{
	const struct resource	*res = r->route->resource;
	char			 location[256];
	json_t			*row = find_made(r);

	if (r->code != 0 || row == NULL) {
		answer_problem(r, 503, "it is made, but cannot be shown");
		return;
	}
	if (res->row == MSG_ADMIN_KEY)
		json_object_set(row, "key", r->object);
	else if (res->row == MSG_ADMIN_TOKEN)
		json_object_set(row, "token", r->object);
	snprintf(location, sizeof(location), "/org/%s/%s/%lld", r->who.org,
	    res->name, (long long)json_integer_value(json_object_get(row,
	    "id")));
	answer_object(r, 201, json_incref(row));
	answer_header(r, MHD_HTTP_HEADER_LOCATION, location);
}

static void
post_done(struct request *r)
{
	const char	*name;

	if (r->code != 0) {
		answer_code(r);
		return;
	}
	/* Of a key or a token this is its secret. */
	r->object = json_string(r->text);
	name = object_name(r->in);
	object_ask(r, name != NULL ? name : "", post_show);
}

static void
post_now(struct request *r)
{
	const struct resource	*res = r->route->resource;
	union msg_any		 m;
	char			 err[OBJECT_ERR_MAX];

	if (object_to_msg(res->add, r->in, &m, err) == -1) {
		answer_problem(r, 422, "%s", err);
		return;
	}
	object_set_text(msg_lookup(res->add), &m, "org", r->who.org);
	session_ask(r, res->add, &m, dry_step(r, post_done));
}

static void
replay_show(struct request *r)
{
	char	 id[32];
	json_t	*row;

	snprintf(id, sizeof(id), "%llu", (unsigned long long)r->replayed);
	if ((row = object_found(r, id)) == NULL)
		return;
	answer_object(r, 201, json_incref(row));
	answer_header(r, "Idempotency-Replayed", "true");
}

static void
post_remembered(struct request *r)
{
	char	 id[32];

	snprintf(id, sizeof(id), "%llu", (unsigned long long)r->replayed);
	if (r->code == 0)
		post_now(r);
	else if (r->code == 1)
		object_ask(r, id, replay_show);
	else
		answer_problem(r, 422, "Idempotency-Key: it was given to "
		    "another request");
}

/* The same change sent twice is done once. */
void
object_post(struct request *r)
{
	const char		*key = request_header(r, "Idempotency-Key");
	struct msg_admin_remember m;
	SHA2_CTX		 ctx;

	if (key == NULL || r->dry) {
		post_now(r);
		return;
	}
	memset(&m, 0, sizeof(m));
	if (key[0] == '\0' || strlcpy(m.key, key, sizeof(m.key)) >=
	    sizeof(m.key)) {
		answer_problem(r, 400, "Idempotency-Key: has to have 1 to "
		    "127 characters");
		return;
	}
	SHA256Init(&ctx);
	SHA256Update(&ctx, (const uint8_t *)r->route->path,
	    strlen(r->route->path) + 1);
	SHA256Update(&ctx, (const uint8_t *)r->body, r->len);
	SHA256Final(m.request_hash, &ctx);
	session_ask(r, MSG_ADMIN_REMEMBER, &m, post_remembered);
}

/* --- Changing -------------------------------------------------------- */

static void
patch_show(struct request *r)
{
	json_t	*row = object_found(r, object_id(r));

	if (row != NULL)
		answer_object(r, 200, json_incref(row));
}

/* It is changed: shown as it is now. */
void
object_changed(struct request *r)
{
	if (r->code != 0)
		answer_code(r);
	else
		object_ask(r, object_id(r), patch_show);
}

/* The row as a body, with what is to be changed (RFC 7396). */
static json_t *
merged(struct request *r, const json_t *row)
{
	uint32_t	 add = r->route->resource->add;
	const char	*key;
	json_t		*v, *o = json_object();

	json_object_foreach((json_t *)(uintptr_t)row, key, v)
		if (object_has_member(add, key))
			json_object_set(o, key, v);
	json_object_foreach(r->in, key, v)
		json_object_set(o, key, v);
	return o;
}

/* The message that makes one also takes the place of one. */
static void
patch_now(struct request *r, const json_t *row)
{
	uint32_t		 type = r->route->resource->add;
	const struct msg_desc	*d = msg_lookup(type);
	union msg_any		 m;
	char			 err[OBJECT_ERR_MAX];
	json_t			*o = merged(r, row);
	int			 bad;

	bad = object_to_msg(type, o, &m, err) == -1;
	json_decref(o);
	/* Only a policy is found by its number. */
	if (!bad && type != MSG_ADMIN_POLICY_ADD && object_name(r->in) != NULL)
	{
		bad = 1;
		snprintf(err, sizeof(err), "%s: cannot be changed",
		    type == MSG_ADMIN_TAG_ADD ? "tag" : "name");
	}
	if (bad) {
		answer_problem(r, 422, "%s", err);
		return;
	}
	object_set_text(d, &m, "org", r->who.org);
	object_set_number(d, &m, "id", (uint64_t)json_integer_value(
	    json_object_get(row, "id")));
	object_set_number(d, &m, "replace", 1);
	object_set_number(d, &m, "if_version", r->version);
	session_ask(r, type, &m, dry_step(r, object_changed));
}

static void
patch_read(struct request *r)
{
	json_t	*row = object_found(r, object_id(r));

	if (row == NULL || object_match(r, row) == -1)
		return;
	if (!json_is_object(r->in))
		answer_problem(r, 422, "body: has to be an object");
	else
		patch_now(r, row);
}

void
object_patch(struct request *r)
{
	object_ask(r, object_id(r), patch_read);
}

/* --- States ---------------------------------------------------------- */

int
object_ask_set(struct request *r, const char *id, request_step next)
{
	uint32_t		 type = r->route->resource->set;
	union msg_any		 m;
	json_t			*row = object_found(r, id);

	if (row == NULL || object_match(r, row) == -1)
		return -1;
	memset(&m, 0, sizeof(m));
	object_identify(r, type, &m, row);
	object_set_number(msg_lookup(type), &m, "action",
	    (uint64_t)r->route->action);
	session_ask(r, type, &m, next);
	return 0;
}

static void
put_show(struct request *r)
{
	json_t	*row;

	/* An approved system is one of the others from now on. */
	if (r->code == 0 && (row = json_array_get(r->rows, 0)) != NULL &&
	    r->route->resource->row == MSG_ADMIN_SYSTEM)
		answer_object(r, 200, json_incref(row));
	else if ((row = object_found(r, object_id(r))) != NULL)
		answer_object(r, 200, json_incref(row));
}

static void
put_done(struct request *r)
{
	if (r->code != 0)
		answer_code(r);
	else
		object_ask(r, object_id(r), put_show);
}

static void
put_read(struct request *r)
{
	object_ask_set(r, object_id(r), dry_step(r, put_done));
}

void
object_put(struct request *r)
{
	object_ask(r, object_id(r), put_read);
}

static void
delete_done(struct request *r)
{
	if (r->code != 0)
		answer_code(r);
	else
		answer_empty(r, 204);
}

static void
delete_read(struct request *r)
{
	object_ask_set(r, object_id(r), dry_step(r, delete_done));
}

void
object_delete(struct request *r)
{
	object_ask(r, object_id(r), delete_read);
}
