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
 * Changes that an administrator makes to keys, systems and policies.  The
 * answer comes after the change is on disk; policyproc is told in the same
 * moment.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "storeproc/storeproc.h"

void
admin_key_set(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_key_set	*m = data;
	struct env			*env = arg;
	struct db_key			 key;

	(void)fd;
	if (admin_key(env, c, m->org, m->id, &key) == -1)
		return;
	/* It would be disabled again at once. */
	if (m->action == 1 && key.not_after != 0 &&
	    key.not_after <= (int64_t)clock_wall_sec()) {
		client_result(c, CODE_REFUSED, "enrolment key %u has expired: "
		    "give it another expiry first", m->id);
		return;
	}
	if (client_conflict(env, c, DB_OBJECT_KEY, key.id, m->if_version))
		return;
	switch (m->action) {
	case 0:
	case 1:
		client_db_result(env, c, db_key_set_enabled(env->db, key.id,
		    m->action), m->action ? "enabled" : "disabled");
		life_changed(env);
		break;
	case 2:
		client_db_result(env, c, db_key_delete(env->db, key.id),
		    "deleted");
		break;
	default:
		client_result(c, CODE_USAGE, "unknown action");
	}
}

int
admin_system(struct env *env, struct chan *c, const char *name,
    struct db_system *s)
{
	enum db_result	 result;

	result = db_system_get_name(env->db, name, s);
	if (result == DB_OK)
		return 0;
	if (result == DB_NOTFOUND)
		client_result(c, CODE_FAILED, "there is no system \"%s\"",
		    name);
	else
		client_db_result(env, c, result, "");
	return -1;
}

static void
system_delete(struct env *env, struct chan *c, const struct db_system *s,
    int decline)
{
	enum db_result	 result;

	result = decline ? db_system_decline(env->db, s->id) :
	    db_system_delete(env->db, s->id);

	if (result == DB_OK)
		model_send_system_gone(env, s->id);
	client_db_result(env, c, result, decline ? "declined" : "deleted");
}

void
admin_system_set(void *arg, struct chan *c, const void *data, int fd)
{
	static const struct {
		enum db_system_state	 state;
		const char		*done;
	} actions[] = {
		{ DB_SYSTEM_DISABLED, "disabled" },
		{ DB_SYSTEM_ENABLED, "enabled" },
		{ 0, "" },
		{ DB_SYSTEM_REVOKED, "revoked" },
		{ DB_SYSTEM_ENABLED, "approved" },
		{ 0, "declined" },
	};
	const struct msg_admin_system_set	*m = data;
	struct env				*env = arg;
	struct db_system			 s;
	enum db_result				 result;

	(void)fd;
	if (m->action >= sizeof(actions) / sizeof(actions[0])) {
		client_result(c, CODE_USAGE, "unknown action");
		return;
	}
	if (admin_system(env, c, m->system, &s) == -1)
		return;
	if (client_conflict(env, c, DB_OBJECT_SYSTEM, s.id, m->if_version))
		return;
	if (m->action == 2 || m->action == 5) {
		system_delete(env, c, &s, m->action == 5);
		return;
	}
	/* Approval is said in so many words. */
	if (s.state == DB_SYSTEM_UNAPPROVED && m->action == 1) {
		client_result(c, CODE_REFUSED,
		    "system %s is not approved yet: approve it", s.name);
		return;
	}
	result = db_system_set_state(env->db, s.id,
	    actions[m->action].state);
	if (result == DB_OK)
		model_send_system(env, s.id);
	client_db_result(env, c, result, actions[m->action].done);
}

void
admin_system_tag(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_system_tag	*m = data;
	struct env				*env = arg;
	struct db_system			 s;
	enum db_result				 result;

	(void)fd;
	if (admin_system(env, c, m->system, &s) == -1)
		return;
	if (!db_tag_name_valid(m->tag)) {
		client_result(c, CODE_USAGE, "a tag is made of a-z and 0-9, "
		    "with single hyphens and dots between");
		return;
	}
	if (client_conflict(env, c, DB_OBJECT_SYSTEM, s.id, m->if_version))
		return;
	if (m->add)
		result = db_system_tag_add(env->db, s.id, m->tag);
	else
		result = db_system_tag_remove(env->db, s.id, m->tag);
	if (result == DB_OK)
		model_send_system(env, s.id);
	client_db_result(env, c, result, m->add ? "tagged" : "untagged");
}

/* By its number if there is one, else by its name. */
static enum db_result
policy_wanted(struct env *env, int64_t org,
    const struct msg_admin_policy_add *m, struct db_policy *p)
{
	enum db_result	 result;

	if (m->id == 0)
		return db_policy_get_name(env->db, org, m->name, p);
	result = db_policy_get(env->db, m->id, p);
	return result == DB_OK && p->org != org ? DB_NOTFOUND : result;
}

/* NULL and the policy filled in, or what is wrong with it. */
static const char *
policy_from_message(struct env *env, struct db_policy *p,
    const struct msg_admin_policy_add *m)
{
	uint32_t	 fields = m->replace == 2 ? m->fields : UINT32_MAX;

	if (strlcpy(p->name, m->name, sizeof(p->name)) >= sizeof(p->name))
		return "the name of a policy has up to 64 characters";
	if (((fields & POLICY_FIELD_SENDERS) && convert_tags_in(p->senders,
	    &p->nsenders, &m->senders) == -1) ||
	    ((fields & POLICY_FIELD_RECEIVERS) && convert_tags_in(p->receivers,
	    &p->nreceivers, &m->receivers) == -1))
		return "a tag is made of a-z and 0-9, with single hyphens "
		    "and dots between";
	if ((fields & POLICY_FIELD_REQUIREMENTS) &&
	    convert_tags_in(p->requirements, &p->nrequirements,
	    &m->requirements) == -1)
		return "the name of a requirement is made of a-z and 0-9, "
		    "with single hyphens and dots between";
	if (fields & POLICY_FIELD_EXPIRY)
		p->not_after = (int64_t)m->not_after;
	if (fields & POLICY_FIELD_ACLS)
		convert_acls_in(p, &m->acls);
	if (fields & POLICY_FIELD_END_ACTION)
		p->end_action = m->end_action;
	if (fields & POLICY_FIELD_NOTES)
		strlcpy(p->notes, m->notes, sizeof(p->notes));
	if (fields & POLICY_FIELD_HOURS) {
		p->days = m->days;
		p->start = m->start;
		p->end = m->end;
		strlcpy(p->zone, m->zone, sizeof(p->zone));
	}
	return hours_check(env, p);
}

void
admin_policy_add(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_policy_add	*m = data;
	struct env				*env = arg;
	struct db_policy			 p;
	struct db_org				 o;
	enum db_result				 result;
	const char				*why;
	int					 exists;

	(void)fd;
	if (m->replace > 2) {
		client_result(c, CODE_USAGE, "unknown action");
		return;
	}
	if (admin_org(env, c, m->org, &o) == -1)
		return;
	memset(&p, 0, sizeof(p));
	result = policy_wanted(env, o.id, m, &p);
	exists = result == DB_OK;
	if (result != DB_OK && result != DB_NOTFOUND) {
		client_db_result(env, c, result, "");
		return;
	}
	if (!exists && m->replace == 2) {
		client_result(c, CODE_FAILED, "there is no policy \"%s\"",
		    m->name);
		return;
	}
	if (!exists && m->id != 0) {
		client_result(c, CODE_FAILED, "there is no policy %u", m->id);
		return;
	}
	if (exists && !m->replace) {
		client_result(c, CODE_FAILED,
		    "the policy \"%s\" exists already", m->name);
		return;
	}
	if (exists && client_conflict(env, c, DB_OBJECT_POLICY, p.id,
	    m->if_version))
		return;
	if ((why = policy_from_message(env, &p, m)) != NULL) {
		client_result(c, CODE_USAGE, "%s", why);
		return;
	}
	if (exists) {
		result = db_policy_replace(env->db, &p);
	} else {
		p.org = o.id;
		p.enabled = 1;
		p.created = (int64_t)clock_wall_sec();
		result = db_policy_add(env->db, &p);
	}
	if (result == DB_OK)
		model_send_policy(env, p.id);
	client_db_result(env, c, result, !exists ? "added" :
	    m->replace == 2 ? "changed" : "replaced");
	hours_end_look(env);
}

void
admin_policy_set(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_policy_set	*m = data;
	struct env				*env = arg;
	struct db_policy			 p;
	struct db_org				 o;
	enum db_result				 result;

	(void)fd;
	if (m->action > 2) {
		client_result(c, CODE_USAGE, "unknown action");
		return;
	}
	if (admin_org(env, c, m->org, &o) == -1)
		return;
	result = db_policy_get_name(env->db, o.id, m->name, &p);
	if (result == DB_NOTFOUND) {
		client_result(c, CODE_FAILED, "there is no policy \"%s\"",
		    m->name);
		return;
	}
	if (result == DB_OK && client_conflict(env, c, DB_OBJECT_POLICY, p.id,
	    m->if_version))
		return;
	if (result == DB_OK && m->action == 1 && p.not_after != 0 &&
	    p.not_after <= (int64_t)clock_wall_sec()) {
		client_result(c, CODE_REFUSED, "the policy \"%s\" has "
		    "expired: replace it with another expiry", m->name);
		return;
	}
	if (result == DB_OK && m->action == 2) {
		result = db_policy_delete(env->db, p.id);
		if (result == DB_OK)
			model_send_policy_gone(env, p.org, p.id);
	} else if (result == DB_OK) {
		result = db_policy_set_enabled(env->db, p.id, m->action);
		if (result == DB_OK)
			model_send_policy(env, p.id);
	}
	client_db_result(env, c, result, m->action == 2 ? "deleted" :
	    m->action ? "enabled" : "disabled");
	hours_end_look(env);
}
