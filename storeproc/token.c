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
 * Tokens of the API, as an administrator makes and deletes them.  The text
 * of a token is shown once and not kept.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "object/scope.h"
#include "storeproc/storeproc.h"

void
token_add(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_token_add	*m = data;
	struct env				*env = arg;
	struct msg_token_make			 ask;
	struct db_org				 o;
	struct wait				*w;

	(void)fd;
	if (admin_org(env, c, m->org, &o) == -1)
		return;
	if (m->scopes == 0 || m->scopes >= 1U << (2 * AREA_MAX)) {
		client_result(c, CODE_USAGE, "a token needs scopes that "
		    "there are");
		return;
	}
	if (!session_covers(c, m->scopes)) {
		client_result(c, CODE_REFUSED, "a token hands out no scopes "
		    "that it does not have itself");
		return;
	}
	if ((w = wait_new(env, c, WAIT_TOKEN)) == NULL)
		return;
	w->request.token = *m;
	strlcpy(w->request.token.org, o.name, sizeof(w->request.token.org));
	memset(&ask, 0, sizeof(ask));
	ask.id = w->id;
	if (msg_send_token_make(proc_peer(&env->proc, ROLE_AUTH), &ask,
	    -1) == -1) {
		client_result(c, CODE_FAILED, "authproc does not answer");
		wait_free(w);
	}
}

void
token_made(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_token_made		*m = data;
	const struct msg_admin_token_add	*in;
	struct env				*env = arg;
	struct wait				*w;
	struct db_token				 t;
	struct db_org				 o;
	enum db_result				 result;

	(void)fd;
	if ((w = wait_find(env, m->id, WAIT_TOKEN)) == NULL)
		return;
	if (strlen(m->token) < 43) {
		proc_violation(&env->proc, c, MSG_TOKEN_MADE, "not a token");
		return;
	}
	in = &w->request.token;
	memset(&t, 0, sizeof(t));
	result = db_org_get_name(env->db, in->org, &o);
	if (result == DB_OK) {
		t.org = o.id;
		strlcpy(t.name, in->name, sizeof(t.name));
		t.scopes = in->scopes;
		t.created = (int64_t)clock_wall_sec();
		t.not_after = (int64_t)in->not_after;
		result = db_token_add(env->db, &t, m->token_hash);
	}
	client_db_result(env, w->client, result, m->token);
	wait_free(w);
}

void
token_set(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_token_set	*m = data;
	struct env				*env = arg;
	struct db_token				 t;
	struct db_org				 o;
	enum db_result				 result;

	(void)fd;
	if (m->action != 2) {
		client_result(c, CODE_USAGE, "unknown action");
		return;
	}
	if (admin_org(env, c, m->org, &o) == -1)
		return;
	result = db_token_get(env->db, m->id, &t);
	if (result == DB_NOTFOUND || (result == DB_OK && t.org != o.id)) {
		client_result(c, CODE_FAILED, "there is no token %u", m->id);
		return;
	}
	if (result == DB_OK)
		result = db_token_delete(env->db, t.id);
	client_db_result(env, c, result, "deleted");
}

void
token_row(struct env *env, struct feed *f, int64_t id)
{
	struct msg_admin_token	 m;
	struct db_token		 t;
	struct db_org		 o;

	if (db_token_get(env->db, id, &t) != DB_OK ||
	    db_org_get(env->db, t.org, &o) != DB_OK)
		return;
	memset(&m, 0, sizeof(m));
	m.id = (uint32_t)t.id;
	strlcpy(m.org, o.name, sizeof(m.org));
	strlcpy(m.name, t.name, sizeof(m.name));
	m.scopes = t.scopes;
	m.created = (uint64_t)t.created;
	m.last_used = (uint64_t)t.last_used;
	m.not_after = (uint64_t)t.not_after;
	msg_send_admin_token(f->to, &m, -1);
}
