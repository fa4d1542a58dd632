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
 * What policyproc knows: the whole model when it asks, then each change as
 * it is made, only what has changed.  And what it tells back: who is
 * connected.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "storeproc/storeproc.h"

RB_GENERATE(online_tree, online, entry, online_cmp)

int
online_cmp(const struct online *a, const struct online *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

struct chan *
model_chan(struct env *env)
{
	return env->policy_synced ? proc_peer(&env->proc, ROLE_POLICY) : NULL;
}

void
model_tell(struct env *env, uint32_t type, const void *msg)
{
	if (!batch_collects(env, type, msg))
		chan_send(model_chan(env), (enum msg_type)type, msg, -1);
}

/* Is there any use in reading a row for policyproc? */
static int
is_wanted(struct env *env)
{
	return env->batch != NULL || model_chan(env) != NULL;
}

static void
model_statement(struct msg_model_org *m, const uint8_t *data, size_t len)
{
	if (len > sizeof(m->statement))
		return;
	memcpy(m->statement, data, len);
	m->statement_len = (uint16_t)len;
}

void
model_send_org(struct env *env, const struct db_org *o)
{
	struct msg_model_org	 m;
	struct db_authority	 a;

	memset(&m, 0, sizeof(m));
	if (db_authority_get(env->db, o->id, &a) != DB_OK) {
		log_warnx("database: %s", db_errstr(env->db));
		return;
	}
	m.org = (uint32_t)o->id;
	strlcpy(m.name, o->name, sizeof(m.name));
	memcpy(m.authority, o->authority, sizeof(m.authority));
	m.grace_s = (uint64_t)a.grace_sec;
	if (authority_rolling(&a)) {
		memcpy(m.previous, a.previous, sizeof(m.previous));
		model_statement(&m, a.successor, a.successor_len);
	} else {
		model_statement(&m, a.retired, a.retired_len);
	}
	m.clone = (uint8_t)o->clone;
	model_tell(env, MSG_MODEL_ORG, &m);
}

void
model_send_system(struct env *env, int64_t id)
{
	struct msg_model_system	 m;
	struct db_system	 s;
	struct db_cert		 c;

	if (!is_wanted(env) || db_system_get(env->db, id, &s) != DB_OK)
		return;
	/* Without a certificate there is nothing to tell of it. */
	(void)db_cert_get(env->db, id, &c);
	memset(&m, 0, sizeof(m));
	m.org = (uint32_t)s.org;
	m.system = (uint32_t)s.id;
	strlcpy(m.name, s.name, sizeof(m.name));
	convert_text(m.description, sizeof(m.description), s.description);
	m.state = convert_state(&s);
	m.until = (uint64_t)s.until;
	memcpy(m.serial, s.serial, sizeof(m.serial));
	memcpy(m.serial_old, c.serial_old, sizeof(m.serial_old));
	memcpy(m.signer, c.signer, sizeof(m.signer));
	m.ordered = (uint8_t)c.ordered;
	if (s.cert_len <= sizeof(m.certificate)) {
		m.certificate_len = (uint16_t)s.cert_len;
		memcpy(m.certificate, s.cert, s.cert_len);
	}
	convert_tag_ids(&m.tags, s.tags, s.ntags);
	model_tell(env, MSG_MODEL_SYSTEM, &m);
}

void
model_send_policy(struct env *env, int64_t id)
{
	struct msg_model_policy	 m;
	struct db_policy	 p;

	if (!is_wanted(env) || db_policy_get(env->db, id, &p) != DB_OK)
		return;
	memset(&m, 0, sizeof(m));
	m.org = (uint32_t)p.org;
	m.policy = (uint32_t)p.id;
	m.enabled = p.enabled != 0;
	m.not_after = (uint64_t)p.not_after;
	m.days = p.days;
	m.start = p.start;
	m.end = p.end;
	strlcpy(m.zone, p.zone, sizeof(m.zone));
	convert_tag_ids(&m.senders, p.senders, p.nsenders);
	convert_tag_ids(&m.receivers, p.receivers, p.nreceivers);
	convert_acls_out(&m.acls, &p);
	convert_tag_ids(&m.requirements, p.requirements, p.nrequirements);
	model_tell(env, MSG_MODEL_POLICY, &m);
}

void
model_send_system_gone(struct env *env, int64_t id)
{
	struct msg_model_system_gone	 m;

	memset(&m, 0, sizeof(m));
	m.system = (uint32_t)id;
	model_tell(env, MSG_MODEL_SYSTEM_GONE, &m);
}

void
model_send_policy_gone(struct env *env, int64_t org, int64_t id)
{
	struct msg_model_policy_gone	 m;

	memset(&m, 0, sizeof(m));
	m.org = (uint32_t)org;
	m.policy = (uint32_t)id;
	model_tell(env, MSG_MODEL_POLICY_GONE, &m);
}

static int
each_org(const struct db_org *o, void *arg)
{
	model_send_org(arg, o);
	return 0;
}

static int
each_relay(const struct db_relay *r, void *arg)
{
	relay_model_send(arg, r);
	return 0;
}

static int
each_system(const struct db_system *s, void *arg)
{
	return feed_add(arg, s->id);
}

static int
each_policy(const struct db_policy *p, void *arg)
{
	return feed_add(arg, p->id);
}

static void
row_system(struct env *env, struct feed *f, int64_t id)
{
	(void)f;
	model_send_system(env, id);
	facts_model_send(env, id);
}

static void
row_policy(struct env *env, struct feed *f, int64_t id)
{
	(void)f;
	model_send_policy(env, id);
}

static void
model_complete(struct env *env, struct feed *f)
{
	struct msg_model_ready	 m;
	int64_t			 revision = 0;

	if (requirement_model_grants(env) != DB_OK)
		fatalx("cannot read the database: %s", db_errstr(env->db));
	memset(&m, 0, sizeof(m));
	db_revision(env->db, &revision);
	m.revision = (uint64_t)revision;
	msg_send_model_ready(f->to, &m, -1);
}

static void
policy_closed(struct chan *c)
{
	feed_drop(c->proc->env, c);
}

void
model_get(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;
	struct feed	*f;

	(void)data;
	(void)fd;
	feed_drop(env, c);
	c->closed = policy_closed;
	env->policy_synced = 1;
	model_seen_flush(env);
	facts_flush(env);
	life_anew(env);
	f = feed_new(env, c);
	f->parts[0].row = row_system;
	f->parts[1].row = row_policy;
	f->last = model_complete;
	if (db_each_org(env->db, each_org, env) != DB_OK ||
	    requirement_model(env) != DB_OK ||
	    db_relay_list(env->db, each_relay, env) != DB_OK ||
	    db_each_system(env->db, each_system, &f->parts[0]) != DB_OK ||
	    db_each_policy(env->db, each_policy, &f->parts[1]) != DB_OK)
		fatalx("cannot read the database: %s", db_errstr(env->db));
	feed_start(env, f);
}

/* Changes are told as they are made, on this channel. */
void
model_asked(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_model_ask	*m = data;
	struct msg_model_told		 reply;

	(void)arg;
	(void)fd;
	memset(&reply, 0, sizeof(reply));
	reply.conn = m->conn;
	msg_send_model_told(c, &reply, -1);
}

void
model_seen_flush(struct env *env)
{
	if (env->nseen > 0 && db_system_set_seen(env->db, env->seen,
	    env->nseen) != DB_OK)
		log_warnx("database: %s", db_errstr(env->db));
	env->nseen = 0;
}

void
model_seen_timer(int fd, short event, void *arg)
{
	struct env	*env = arg;

	(void)fd;
	(void)event;
	if (!batch_stalls(env, &env->seen_timer))
		model_seen_flush(env);
}

static struct online *
online_find(struct env *env, uint32_t id)
{
	struct online	 key;

	key.id = id;
	return RB_FIND(online_tree, &env->online, &key);
}

int
model_is_online(struct env *env, int64_t id)
{
	return online_find(env, (uint32_t)id) != NULL;
}

const struct online *
model_online(struct env *env, int64_t id)
{
	return online_find(env, (uint32_t)id);
}

static void
online_set(struct env *env, const struct msg_system_seen *m)
{
	struct online	*o = online_find(env, m->system);

	if (m->online && o == NULL) {
		if ((o = calloc(1, sizeof(*o))) == NULL)
			return;
		o->id = m->system;
		RB_INSERT(online_tree, &env->online, o);
		event_online(env, m->system, 1);
	}
	if (m->online) {
		o->since = m->since;
		o->source = m->source;
	} else if (o != NULL) {
		RB_REMOVE(online_tree, &env->online, o);
		free(o);
		event_online(env, m->system, 0);
	}
}

void
model_seen(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_system_seen	*m = data;
	struct timeval			 tv = { STORE_SEEN_SEC, 0 };
	struct env			*env = arg;

	(void)c;
	(void)fd;
	online_set(env, m);
	if (m->online)
		life_back(env, m->system);
	else
		life_gone(env, m->system);
	if (env->nseen == STORE_SEEN_MAX)
		model_seen_flush(env);
	if (env->nseen == 0)
		evtimer_add(&env->seen_timer, &tv);
	env->seen[env->nseen].id = m->system;
	env->seen[env->nseen].when = (int64_t)clock_wall_sec();
	env->seen[env->nseen].source[0] = '\0';
	if (m->online && m->source.family != 0)
		endpoint_print_addr(&m->source, env->seen[env->nseen].source,
		    sizeof(env->seen[0].source));
	env->nseen++;
}

void
model_policy_down(struct env *env)
{
	struct online	*o, *next;

	env->policy_synced = 0;
	relay_policy_down(env);
	RB_FOREACH_SAFE(o, online_tree, &env->online, next) {
		RB_REMOVE(online_tree, &env->online, o);
		free(o);
	}
	life_anew(env);
}
