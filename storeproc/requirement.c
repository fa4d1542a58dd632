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
 * Trust requirements: what the administrator says of them, and policyproc's
 * view of it.  What is said of one organisation finds nothing of another.
 */

#include <sys/types.h>

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "storeproc/storeproc.h"

#define REQUIREMENT_RULE	"the name of a requirement is made of a-z " \
	"and 0-9, with single hyphens and dots between"

static void
model_send_requirement(struct env *env, const struct db_requirement *r)
{
	struct msg_model_requirement	 m;

	memset(&m, 0, sizeof(m));
	m.org = (uint32_t)r->org;
	m.requirement = (uint32_t)r->id;
	m.type = (uint8_t)r->type;
	strlcpy(m.name, r->name, sizeof(m.name));
	strlcpy(m.conditions, r->conditions, sizeof(m.conditions));
	model_tell(env, MSG_MODEL_REQUIREMENT, &m);
}

static void
model_send_grant(struct env *env, int64_t requirement, int64_t system,
    int answer)
{
	struct msg_model_grant	 m;

	memset(&m, 0, sizeof(m));
	m.requirement = (uint32_t)requirement;
	m.system = (uint32_t)system;
	m.answer = (uint8_t)answer;
	model_tell(env, MSG_MODEL_GRANT, &m);
}

static int
each_requirement(const struct db_requirement *r, void *arg)
{
	model_send_requirement(arg, r);
	return 0;
}

static int
each_tag(const struct db_tag_object *t, void *arg)
{
	if (t->nrequirements != 0)
		tag_model_send(arg, t);
	return 0;
}

static int
each_grant(const struct db_grant *g, void *arg)
{
	model_send_grant(arg, g->requirement, g->system, g->granted);
	return 0;
}

enum db_result
requirement_model(struct env *env)
{
	enum db_result	 result;

	result = db_each_requirement(env->db, each_requirement, env);
	if (result == DB_OK)
		result = db_each_tag_object(env->db, each_tag, env);
	return result;
}

static int
each_signin(const struct db_signin *s, void *arg)
{
	struct msg_model_signin	 m;

	memset(&m, 0, sizeof(m));
	m.requirement = (uint32_t)s->requirement;
	m.system = (uint32_t)s->system;
	m.digest = s->digest;
	m.until = (uint64_t)s->until;
	strlcpy(m.subject, s->subject, sizeof(m.subject));
	model_tell(arg, MSG_MODEL_SIGNIN, &m);
	return 0;
}

enum db_result
requirement_model_grants(struct env *env)
{
	int64_t		 now = (int64_t)clock_wall_sec();
	enum db_result	 result;

	if ((result = db_each_grant(env->db, each_grant, env)) != DB_OK ||
	    (result = db_signin_sweep(env->db, now)) != DB_OK)
		return result;
	return db_each_signin(env->db, now, each_signin, env);
}

void
requirement_signin(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_signin_keep	*m = data;
	struct env			*env = arg;
	struct db_signin		 s;
	enum db_result			 result;

	(void)fd;
	if (m->digest > INT64_MAX || m->until > INT64_MAX) {
		proc_violation(&env->proc, c, MSG_SIGNIN_KEEP,
		    "number out of range");
		return;
	}
	memset(&s, 0, sizeof(s));
	s.requirement = m->requirement;
	s.system = m->system;
	s.digest = m->digest;
	s.until = (int64_t)m->until;
	strlcpy(s.subject, m->subject, sizeof(s.subject));
	/* Either may be gone meanwhile. */
	result = db_signin_set(env->db, &s);
	if (result != DB_OK && result != DB_NOTFOUND)
		log_warnx("a sign-in is not kept: %s", db_errstr(env->db));
}

static int
requirement_by_name(struct env *env, struct chan *c, const char *org,
    const char *name, struct db_requirement *r)
{
	enum db_result	 result;
	struct db_org	 o;

	if (admin_org(env, c, org, &o) == -1)
		return -1;
	result = db_requirement_get_name(env->db, o.id, name, r);
	if (result == DB_OK)
		return 0;
	if (result == DB_NOTFOUND)
		client_result(c, CODE_FAILED,
		    "there is no requirement \"%s\"", name);
	else
		client_db_result(env, c, result, "");
	return -1;
}

/* What the message names, over what is there. */
static void
requirement_take(struct db_requirement *r,
    const struct msg_admin_requirement_add *m)
{
	uint32_t	 fields = m->replace == 2 ? m->fields : UINT32_MAX;

	if (fields & REQUIREMENT_FIELD_NOTES)
		strlcpy(r->notes, m->notes, sizeof(r->notes));
	if (fields & REQUIREMENT_FIELD_CONDITIONS)
		strlcpy(r->conditions, m->conditions, sizeof(r->conditions));
}

static void
requirement_new(struct env *env, struct chan *c, int64_t org,
    const struct msg_admin_requirement_add *m)
{
	struct db_requirement	 r;
	enum db_result		 result;

	memset(&r, 0, sizeof(r));
	r.org = org;
	r.type = m->type;
	r.created = (int64_t)clock_wall_sec();
	strlcpy(r.name, m->name, sizeof(r.name));
	requirement_take(&r, m);
	if ((result = db_requirement_add(env->db, &r)) == DB_OK)
		model_send_requirement(env, &r);
	client_db_result(env, c, result, "added");
}

void
requirement_add(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_requirement_add	*m = data;
	struct env				*env = arg;
	struct db_requirement			 r;
	struct db_org				 o;
	enum db_result				 result;

	(void)fd;
	if (m->replace > 2) {
		client_result(c, CODE_USAGE, "unknown action");
		return;
	}
	if (admin_org(env, c, m->org, &o) == -1)
		return;
	if (!db_tag_name_valid(m->name)) {
		client_result(c, CODE_USAGE, REQUIREMENT_RULE);
		return;
	}
	result = db_requirement_get_name(env->db, o.id, m->name, &r);
	if (result == DB_NOTFOUND && m->replace != 2) {
		requirement_new(env, c, o.id, m);
		return;
	}
	if (result == DB_NOTFOUND) {
		client_result(c, CODE_FAILED,
		    "there is no requirement \"%s\"", m->name);
		return;
	}
	if (result == DB_OK && m->replace == 0) {
		client_result(c, CODE_FAILED,
		    "the requirement \"%s\" exists already", m->name);
		return;
	}
	if (result == DB_OK && client_conflict(env, c, DB_OBJECT_REQUIREMENT,
	    r.id, m->if_version))
		return;
	/* Facts of one type say nothing about another. */
	if (result == DB_OK && m->type != 0 && m->type != r.type) {
		client_result(c, CODE_REFUSED, "the requirement \"%s\" is of "
		    "another type: delete it first", m->name);
		return;
	}
	if (result == DB_OK) {
		requirement_take(&r, m);
		result = db_requirement_set(env->db, &r);
	}
	if (result == DB_OK)
		model_send_requirement(env, &r);
	client_db_result(env, c, result, "changed");
}

void
requirement_delete(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_requirement_delete	*m = data;
	struct msg_model_requirement_gone		 gone;
	struct env					*env = arg;
	struct db_requirement				 r;
	enum db_result					 result;

	(void)fd;
	if (requirement_by_name(env, c, m->org, m->name, &r) == -1 ||
	    client_conflict(env, c, DB_OBJECT_REQUIREMENT, r.id,
	    m->if_version))
		return;
	if ((result = db_requirement_delete(env->db, r.id)) == DB_OK) {
		memset(&gone, 0, sizeof(gone));
		gone.requirement = (uint32_t)r.id;
		model_tell(env, MSG_MODEL_REQUIREMENT_GONE, &gone);
	}
	client_db_result(env, c, result, "deleted");
}

void
requirement_grant(void *arg, struct chan *c, const void *data, int fd)
{
	static const char *const	 done[] = { "denied", "granted",
					    "forgotten" };
	const struct msg_admin_requirement_grant	*m = data;
	struct env			*env = arg;
	struct db_requirement		 r;
	struct db_system		 s;
	enum db_result			 result;

	(void)fd;
	if (m->answer > 2) {
		client_result(c, CODE_USAGE, "unknown answer");
		return;
	}
	if (requirement_by_name(env, c, m->org, m->name, &r) == -1)
		return;
	result = db_system_get_name(env->db, m->system, &s);
	if (result == DB_NOTFOUND || (result == DB_OK && s.org != r.org)) {
		client_result(c, CODE_FAILED, "there is no system \"%s\"",
		    m->system);
		return;
	}
	if (result == DB_OK)
		result = db_requirement_answer(env->db, r.id, s.id,
		    m->answer == 2 ? -1 : m->answer);
	if (result == DB_OK)
		model_send_grant(env, r.id, s.id, m->answer);
	client_db_result(env, c, result, done[m->answer]);
}

void
requirement_row(struct env *env, struct feed *f, int64_t id)
{
	struct msg_admin_requirement	 m;
	struct db_requirement		 r;
	struct db_org			 o;

	if (db_requirement_get(env->db, id, &r) != DB_OK ||
	    db_org_get(env->db, r.org, &o) != DB_OK)
		return;
	memset(&m, 0, sizeof(m));
	if (db_requirement_uses(env->db, id, &m.policies, &m.tags) != DB_OK)
		return;
	m.id = (uint32_t)r.id;
	m.version = db_version(env->db, DB_OBJECT_REQUIREMENT, r.id);
	m.type = (uint8_t)r.type;
	m.created = (uint64_t)r.created;
	strlcpy(m.org, o.name, sizeof(m.org));
	strlcpy(m.name, r.name, sizeof(m.name));
	strlcpy(m.notes, r.notes, sizeof(m.notes));
	strlcpy(m.conditions, r.conditions, sizeof(m.conditions));
	msg_send_admin_requirement(f->to, &m, -1);
}
