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
 * Requests for which another process is asked first: organisations and
 * enrolment keys, whose secrets authproc makes as those of relays, and the
 * counters.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "storeproc/storeproc.h"

struct only {
	struct db_org	*out;
	size_t		 n;
};

static int
only_org(const struct db_org *o, void *arg)
{
	struct only	*only = arg;

	*only->out = *o;
	return ++only->n > 1;
}

int
admin_org(struct env *env, struct chan *c, const char *name,
    struct db_org *out)
{
	struct only	 only = { out, 0 };
	enum db_result	 result;

	if (*name != '\0') {
		result = db_org_get_name(env->db, name, out);
		if (result == DB_OK)
			return 0;
		if (result == DB_NOTFOUND)
			client_result(c, CODE_FAILED,
			    "there is no organisation \"%s\"", name);
		else
			client_db_result(env, c, result, "");
		return -1;
	}
	result = db_org_list(env->db, only_org, &only);
	if (result == DB_OK && only.n == 1)
		return 0;
	if (result != DB_OK)
		client_db_result(env, c, result, "");
	else if (only.n == 0)
		client_result(c, CODE_FAILED, "there is no organisation yet: "
		    "make one with \"enclave-discoveryctl org add name\"");
	else
		client_result(c, CODE_USAGE,
		    "there are several organisations: name one");
	return -1;
}

void
admin_org_add(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_org_add	*m = data;
	struct env			*env = arg;
	struct msg_org_key_make		 ask;
	struct db_org			 o;
	struct wait			*w;

	(void)fd;
	/* No key is made for what would be refused afterwards. */
	if (!db_org_name_valid(m->name)) {
		client_result(c, CODE_USAGE, "the name of an organisation is "
		    "made of a-z, 0-9, hyphen and dot, 63 at most");
		return;
	}
	if (db_org_get_name(env->db, m->name, &o) == DB_OK) {
		client_result(c, CODE_FAILED,
		    "the organisation \"%s\" exists already", m->name);
		return;
	}
	if ((w = wait_new(env, c, WAIT_ORG)) == NULL)
		return;
	w->request.org = *m;
	memset(&ask, 0, sizeof(ask));
	ask.id = w->id;
	if (msg_send_org_key_make(proc_peer(&env->proc, ROLE_AUTH), &ask,
	    -1) == -1) {
		client_result(c, CODE_FAILED, "authproc does not answer");
		wait_free(w);
	}
}

void
admin_org_set(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_org_set	*m = data;
	struct env			*env = arg;
	struct db_org			 o;
	enum db_result			 result;

	(void)fd;
	if (m->fields == 0 || (m->fields & ~(uint32_t)(ORG_CLONE |
	    ORG_UNIQUE | ORG_LIFE | ORG_GRACE)) != 0) {
		client_result(c, CODE_USAGE, "nothing to change, or an "
		    "unknown field");
		return;
	}
	if (m->life_s > INT64_MAX || m->grace_s > INT64_MAX) {
		client_result(c, CODE_USAGE, "a time is out of range");
		return;
	}
	if (admin_org(env, c, m->org, &o) == -1 ||
	    client_conflict(env, c, DB_OBJECT_ORG, o.id, m->if_version))
		return;
	if (m->fields & ORG_CLONE)
		o.clone = (enum db_clone)m->clone;
	if (m->fields & ORG_UNIQUE)
		o.unique_names = m->unique != 0;
	result = db_org_change(env->db, &o,
	    m->fields & ORG_LIFE ? (int64_t)m->life_s : -1,
	    m->fields & ORG_GRACE ? (int64_t)m->grace_s : -1);
	if (result == DB_OK)
		model_send_org(env, &o);
	client_db_result(env, c, result, "changed");
}

void
admin_org_delete(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_org_delete	*m = data;
	struct env				*env = arg;
	struct db_org				 o;

	(void)fd;
	if (*m->org == '\0') {
		client_result(c, CODE_USAGE, "which organisation?");
		return;
	}
	if (admin_org(env, c, m->org, &o) == 0)
		client_db_result(env, c, db_org_delete(env->db, o.id),
		    "deleted");
}

static int
any_bit(const uint8_t *p, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (p[i] != 0)
			return 1;
	return 0;
}

void
admin_org_key(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_org_key	*m = data;
	const struct msg_admin_org_add	*in;
	struct env			*env = arg;
	struct wait			*w = wait_find(env, m->id, WAIT_ORG);
	struct db_org			 o;
	char				 text[128];
	enum db_result			 result;

	(void)c;
	(void)fd;
	if (w == NULL) {
		if ((w = wait_find(env, m->id, WAIT_ROLLOVER)) != NULL)
			authority_key_made(env, w, m);
		return;
	}
	if (!m->ok) {
		client_result(w->client, CODE_FAILED,
		    "the authority key could not be made and stored");
		wait_free(w);
		return;
	}
	in = &w->request.org;
	memset(&o, 0, sizeof(o));
	strlcpy(o.name, in->name, sizeof(o.name));
	o.ipv4 = (uint32_t)in->ipv4[0] << 24 | (uint32_t)in->ipv4[1] << 16 |
	    (uint32_t)in->ipv4[2] << 8 | in->ipv4[3];
	o.ipv4_plen = in->plen4;
	/* RFC 4193 section 3.2: 40 random bits; the rest of the /64 too. */
	if (in->plen6 != 0 || any_bit(in->ipv6, sizeof(in->ipv6))) {
		memcpy(o.ipv6, in->ipv6, sizeof(o.ipv6));
	} else {
		o.ipv6[0] = 0xfd;
		arc4random_buf(o.ipv6 + 1, 7);
	}
	memcpy(o.authority, m->authority, sizeof(o.authority));
	o.cert_lifetime_sec = STORE_CERT_SEC;
	o.created = (int64_t)clock_wall_sec();
	if (in->plen6 != 0 && in->plen6 != DB_IPV6_PLEN) {
		client_result(w->client, CODE_USAGE,
		    "the IPv6 prefix has 64 bits");
		wait_free(w);
		return;
	}
	if ((result = db_org_add(env->db, &o)) == DB_OK)
		model_send_org(env, &o);
	snprintf(text, sizeof(text), "organisation \"%s\" added", in->name);
	client_db_result(env, w->client, result, text);
	wait_free(w);
}

void
admin_key_add(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_key_add	*m = data;
	struct env			*env = arg;
	struct msg_key_make		 ask;
	struct db_org			 o;
	struct wait			*w;

	(void)fd;
	if (admin_org(env, c, m->org, &o) == -1 ||
	    (w = wait_new(env, c, WAIT_KEY)) == NULL)
		return;
	w->request.key = *m;
	strlcpy(w->request.key.org, o.name, sizeof(w->request.key.org));
	memset(&ask, 0, sizeof(ask));
	ask.id = w->id;
	if (msg_send_key_make(proc_peer(&env->proc, ROLE_AUTH), &ask, -1) ==
	    -1) {
		client_result(c, CODE_FAILED, "authproc does not answer");
		wait_free(w);
	}
}

/* What cannot be is left for the database to refuse. */
static enum db_approval
approval_in(const struct msg_admin_key_add *in)
{
	switch (in->approval) {
	case KEY_APPROVAL_OF_TYPE:
		return in->type == KEY_EPHEMERAL ? DB_APPROVAL_AUTOMATIC :
		    DB_APPROVAL_MANUAL;
	case KEY_APPROVAL_AUTOMATIC:
		return DB_APPROVAL_AUTOMATIC;
	case KEY_APPROVAL_MANUAL:
		return DB_APPROVAL_MANUAL;
	default:
		return (enum db_approval)0;
	}
}

/* The text of the key is shown once and not kept. */
static enum db_result
key_store(struct env *env, const struct msg_admin_key_add *in,
    const struct msg_key_made *m)
{
	struct db_key	 key;
	struct db_org	 o;
	enum db_result	 result;

	result = db_org_get_name(env->db, in->org, &o);
	if (result != DB_OK)
		return result;
	memset(&key, 0, sizeof(key));
	key.org = o.id;
	memcpy(key.hint, m->key, DB_HINT_LEN);
	strlcpy(key.description, in->description, sizeof(key.description));
	key.type = (enum db_key_type)in->type;
	key.approval = approval_in(in);
	key.action = (enum db_key_action)in->action;
	key.retention_minutes = in->retention;
	if (key.type == DB_KEY_EPHEMERAL && in->retention == 0)
		key.retention_minutes = STORE_RETENTION_MIN;
	strlcpy(key.notes, in->notes, sizeof(key.notes));
	convert_sources_in(&key, &in->sources);
	key.uses_remaining = in->uses == 0 || in->uses == UINT32_MAX ?
	    DB_USES_UNLIMITED : in->uses > DB_USES_MAX ? DB_USES_MAX + 1 :
	    (int32_t)in->uses;
	key.enabled = 1;
	key.not_after = (int64_t)in->not_after;
	key.created = (int64_t)clock_wall_sec();
	if (convert_tags_in(key.tags, &key.ntags, &in->tags) == -1)
		key.tags[key.ntags++].name[0] = '\0';	/* db says why */
	return db_key_add(env->db, &key, m->key_hash);
}

void
admin_key_made(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_key_made	*m = data;
	struct env			*env = arg;
	struct wait			*w = wait_find(env, m->id, WAIT_KEY);

	(void)fd;
	if (w == NULL)
		w = wait_find(env, m->id, WAIT_RELAY);
	if (w == NULL)
		return;
	if (strlen(m->key) != sizeof(m->key) - 1) {
		proc_violation(&env->proc, c, MSG_KEY_MADE, "not a key");
		return;
	}
	if (w->kind == WAIT_RELAY) {
		relay_made(env, w, m);
		return;
	}
	client_db_result(env, w->client, key_store(env, &w->request.key, m),
	    m->key);
	wait_free(w);
	life_changed(env);
}

void
admin_status(void *arg, struct chan *c, const void *data, int fd)
{
	struct env			*env = arg;
	struct msg_service_status_get	 ask;
	struct wait			*w;

	(void)data;
	(void)fd;
	if ((w = wait_new(env, c, WAIT_STATUS)) == NULL)
		return;
	memset(&ask, 0, sizeof(ask));
	ask.id = w->id;
	if (msg_send_service_status_get(proc_peer(&env->proc, ROLE_POLICY),
	    &ask, -1) == -1) {
		client_result(c, CODE_FAILED, "policyproc does not answer");
		wait_free(w);
	}
}

void
admin_service_status(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_service_status	*m = data;
	struct env			*env = arg;
	struct wait			*w = wait_find(env, m->id, WAIT_STATUS);
	struct msg_admin_counters	 out;
	int64_t				 revision = 0;

	(void)c;
	(void)fd;
	if (w == NULL)
		return;
	memset(&out, 0, sizeof(out));
	db_revision(env->db, &revision);
	strlcpy(out.pin, env->pin, sizeof(out.pin));
	out.revision = (uint64_t)revision;
	out.connected = m->connected;
	out.introductions = m->introductions;
	out.policy_sent = m->policy_sent;
	out.policy_acked = m->policy_acked;
	out.tls_rx_bytes = m->tls_rx_bytes;
	out.tls_tx_bytes = m->tls_tx_bytes;
	out.tls_refused = m->tls_refused;
	out.tls_bad_frames = m->tls_bad_frames;
	out.stun_requests = m->stun_requests;
	out.stun_answers = m->stun_answers;
	out.stun_dropped = m->stun_dropped;
	out.latency = m->latency;
	msg_send_admin_counters(w->client, &out, -1);
	client_result(w->client, CODE_OK, "%s", "");
	wait_free(w);
}

void
admin_pin(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;

	(void)data;
	(void)fd;
	if (env->pin[0] == '\0')
		client_result(c, CODE_FAILED,
		    "the TLS certificate is not known yet: try again");
	else
		client_result(c, CODE_OK, "%s", env->pin);
}
