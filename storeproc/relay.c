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
 * Relays: what an administrator does with them, what policyproc is told of
 * them, and what it tells back.  The text of a token is shown once and not
 * kept.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "storeproc/storeproc.h"

void
relay_add(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_relay_add	*m = data;
	struct env				*env = arg;
	struct msg_key_make			 ask;
	struct db_relay				 r;
	struct wait				*w;

	(void)fd;
	/* No token is made for what would be refused afterwards. */
	if (!db_org_name_valid(m->name)) {
		client_result(c, CODE_USAGE, "the name of a relay is made of "
		    "a-z, 0-9, hyphen and dot, 63 at most");
		return;
	}
	if (db_relay_get_name(env->db, m->name, &r) == DB_OK) {
		client_result(c, CODE_FAILED,
		    "the relay \"%s\" exists already", m->name);
		return;
	}
	if ((w = wait_new(env, c, WAIT_RELAY)) == NULL)
		return;
	w->request.relay = *m;
	memset(&ask, 0, sizeof(ask));
	ask.id = w->id;
	if (msg_send_key_make(proc_peer(&env->proc, ROLE_AUTH), &ask, -1) ==
	    -1) {
		client_result(c, CODE_FAILED, "authproc does not answer");
		wait_free(w);
	}
}

void
relay_made(struct env *env, struct wait *w, const struct msg_key_made *m)
{
	const struct msg_admin_relay_add	*in = &w->request.relay;
	struct db_relay				 r;
	enum db_result				 result;

	memset(&r, 0, sizeof(r));
	strlcpy(r.name, in->name, sizeof(r.name));
	memcpy(r.token_hash, m->key_hash, sizeof(r.token_hash));
	r.enabled = 1;
	r.latitude = in->latitude;
	r.longitude = in->longitude;
	r.created = (int64_t)clock_wall_sec();
	if ((result = db_relay_add(env->db, &r)) == DB_OK)
		relay_model_send(env, &r);
	client_db_result(env, w->client, result, m->key);
	wait_free(w);
}

static void
model_gone(struct env *env, int64_t id)
{
	struct msg_model_relay_gone	 m;

	memset(&m, 0, sizeof(m));
	m.relay = (uint32_t)id;
	model_tell(env, MSG_MODEL_RELAY_GONE, &m);
}

void
relay_set(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_relay_set	*m = data;
	struct env				*env = arg;
	struct db_relay				 r;
	enum db_result				 result;

	(void)fd;
	if (m->action > 2) {
		client_result(c, CODE_USAGE, "unknown action");
		return;
	}
	result = db_relay_get_name(env->db, m->name, &r);
	if (result == DB_NOTFOUND) {
		client_result(c, CODE_FAILED, "there is no relay \"%s\"",
		    m->name);
		return;
	}
	if (result == DB_OK && m->action == 2) {
		if ((result = db_relay_delete(env->db, r.id)) == DB_OK)
			model_gone(env, r.id);
	} else if (result == DB_OK) {
		r.enabled = m->action;
		result = db_relay_set_enabled(env->db, r.id, m->action);
		if (result == DB_OK)
			relay_model_send(env, &r);
	}
	client_db_result(env, c, result, m->action == 2 ? "deleted" :
	    m->action ? "enabled" : "disabled");
}

void
relay_model_send(struct env *env, const struct db_relay *r)
{
	struct msg_model_relay	 m;

	memset(&m, 0, sizeof(m));
	m.relay = (uint32_t)r->id;
	strlcpy(m.name, r->name, sizeof(m.name));
	memcpy(m.token_hash, r->token_hash, sizeof(m.token_hash));
	m.enabled = r->enabled != 0;
	m.latitude = r->latitude;
	m.longitude = r->longitude;
	model_tell(env, MSG_MODEL_RELAY, &m);
}

static struct relay_seen *
seen_find(struct env *env, uint32_t id)
{
	struct relay_seen	*s;

	SLIST_FOREACH(s, &env->relays, entry)
		if (s->m.relay == id)
			return s;
	return NULL;
}

void
relay_seen(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_relay_seen	*m = data;
	struct env			*env = arg;
	struct relay_seen		*s = seen_find(env, m->relay);

	(void)c;
	(void)fd;
	if (!m->online) {
		if (s != NULL) {
			SLIST_REMOVE(&env->relays, s, relay_seen, entry);
			env->nrelays--;
			free(s);
		}
		return;
	}
	if (s == NULL) {
		if (env->nrelays >= DB_RELAYS_MAX ||
		    (s = calloc(1, sizeof(*s))) == NULL)
			return;
		SLIST_INSERT_HEAD(&env->relays, s, entry);
		env->nrelays++;
	}
	s->m = *m;
}

void
relay_policy_down(struct env *env)
{
	struct relay_seen	*s;

	while ((s = SLIST_FIRST(&env->relays)) != NULL) {
		SLIST_REMOVE_HEAD(&env->relays, entry);
		free(s);
	}
	env->nrelays = 0;
}

void
relay_row(struct env *env, struct feed *f, int64_t id)
{
	struct msg_admin_relay		 m;
	const struct relay_seen		*s = seen_find(env, (uint32_t)id);
	struct db_relay			 r;

	if (db_relay_get(env->db, id, &r) != DB_OK)
		return;
	memset(&m, 0, sizeof(m));
	strlcpy(m.name, r.name, sizeof(m.name));
	m.enabled = r.enabled != 0;
	m.latitude = r.latitude;
	m.longitude = r.longitude;
	m.created = (uint64_t)r.created;
	m.id = (uint32_t)r.id;
	m.version = db_version(env->db, DB_OBJECT_RELAY, r.id);
	if (s != NULL) {
		m.online = 1;
		m.pairs = s->m.pairs;
		m.bytes = s->m.bytes;
		m.refused = s->m.refused;
	}
	msg_send_admin_relay(f->to, &m, -1);
}
