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
 * Organisations and systems as storeproc has them.  After a restart of
 * storeproc the whole model comes again and is applied as a difference: what
 * is not named any more goes, and agents notice only what has changed.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "policyproc/policyproc.h"

RB_GENERATE(org_tree, org, entry, org_cmp)
RB_GENERATE(system_tree, system, by_id, system_id_cmp)
RB_GENERATE(name_tree, system, by_name, system_name_cmp)

int
org_cmp(const struct org *a, const struct org *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

int
system_id_cmp(const struct system *a, const struct system *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

int
system_name_cmp(const struct system *a, const struct system *b)
{
	return memcmp(a->name, b->name, sizeof(a->name));
}

struct system *
model_find(struct env *env, uint32_t id)
{
	struct system	 key;

	key.id = id;
	return RB_FIND(system_tree, &env->systems, &key);
}

struct org *
model_find_org(struct env *env, uint32_t id)
{
	struct org	 key;

	key.id = id;
	return RB_FIND(org_tree, &env->orgs, &key);
}

int
model_system_usable(const struct system *s)
{
	return s->state == SYSTEM_ENABLED && s->certificate_len != 0 &&
	    renew_authority_good(s->org, s->signer);
}

struct org *
model_org_new(struct env *env, uint32_t id)
{
	struct org	*o;

	if ((o = calloc(1, sizeof(*o))) == NULL ||
	    (o->rsop = rsop_new()) == NULL)
		fatal("organisation");
	o->id = id;
	RB_INIT(&o->policies);
	RB_INIT(&o->requirements);
	RB_INIT(&o->tagrules);
	RB_INSERT(org_tree, &env->orgs, o);
	policy_tick_org(env, o);
	return o;
}

void
model_org_free(struct env *env, struct org *o)
{
	RB_REMOVE(org_tree, &env->orgs, o);
	rsop_free(o->rsop);
	free(o);
}

void
model_org(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_model_org	*m = data;
	struct env			*env = arg;
	struct org			*o = model_find_org(env, m->org);
	int				 changed;

	(void)c;
	(void)fd;
	if (o == NULL)
		o = model_org_new(env, m->org);
	changed = memcmp(o->authority, m->authority,
	    sizeof(o->authority)) != 0 || memcmp(o->previous, m->previous,
	    sizeof(o->previous)) != 0 ||
	    o->statement_len != m->statement_len ||
	    memcmp(o->statement, m->statement, m->statement_len) != 0;
	o->clone = m->clone;
	memcpy(o->authority, m->authority, sizeof(o->authority));
	memcpy(o->previous, m->previous, sizeof(o->previous));
	o->statement_len = m->statement_len;
	memcpy(o->statement, m->statement, sizeof(o->statement));
	o->grace_s = m->grace_s;
	memcpy(o->name, m->name, sizeof(o->name));
	if (changed)
		renew_org_changed(env, o);
}

int
model_system_put(const struct system *s, rsop_pair_fn *fn, void *arg)
{
	struct rsop_system	 in;

	memset(&in, 0, sizeof(in));
	in.id = s->id;
	in.enabled = model_system_usable(s);
	in.not_after = s->not_after;
	in.until = s->until;
	in.tags = s->effective.e;
	in.ntags = s->effective.n;
	in.met = s->met;
	in.nmet = s->nmet;
	return rsop_set_system(s->org->rsop, &in, fn, arg);
}

void
model_system_apply(struct env *env, const struct system *s)
{
	if (model_system_put(s, push_pair_changed, env) == -1)
		fatal("system %s", s->name);
	policy_tick_org(env, s->org);
}

const char *
model_system_check(struct env *env, const struct msg_model_system *m,
    const struct system *s, struct cert *cert)
{
	struct org	*o = model_find_org(env, m->org);

	if (o == NULL)
		return "no such organisation";
	if (!name_valid(m->name) || m->state > SYSTEM_QUARANTINED)
		return "not a system";
	if (s != NULL && (s->org != o || strcmp(s->name, m->name) != 0))
		return "a system became another one";
	if (m->certificate_len == 0)
		return NULL;
	if (cert_decode(cert, m->certificate, m->certificate_len, NULL) == -1)
		return "not a certificate";
	if (strcmp(cert->name, m->name) != 0 ||
	    memcmp(cert->serial, m->serial, sizeof(cert->serial)) != 0)
		return "the certificate of another system";
	return NULL;
}

static struct system *
system_new(struct env *env, const struct msg_model_system *m)
{
	struct system	*s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		fatal("system");
	s->id = m->system;
	s->org = model_find_org(env, m->org);
	SLIST_INIT(&s->answers);
	SLIST_INIT(&s->signins);
	memcpy(s->name, m->name, sizeof(s->name));
	if (RB_INSERT(name_tree, &env->names, s) != NULL) {
		free(s);
		return NULL;
	}
	RB_INSERT(system_tree, &env->systems, s);
	return s;
}

static void
peer_is_new(void *arg, uint32_t self, uint32_t peer)
{
	push_mark(arg, peer, self);
}

/* Nonzero when what peers are told about the system is another than before. */
static int
system_take(struct system *s, const struct msg_model_system *m,
    const struct cert *cert)
{
	int	 changed;

	changed = s->certificate_len != m->certificate_len ||
	    memcmp(s->certificate, m->certificate, m->certificate_len) != 0 ||
	    strcmp(s->description, m->description) != 0;
	s->state = m->state;
	s->until = m->until;
	s->not_after = m->certificate_len == 0 ? 0 : cert->not_after;
	s->tags = m->tags;
	memcpy(s->serial, m->serial, sizeof(s->serial));
	memcpy(s->serial_old, m->serial_old, sizeof(s->serial_old));
	memcpy(s->signer, m->signer, sizeof(s->signer));
	s->ordered = m->ordered != 0;
	memcpy(s->description, m->description, sizeof(s->description));
	s->certificate_len = m->certificate_len;
	memcpy(s->certificate, m->certificate, m->certificate_len);
	return changed;
}

void
model_system(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_model_system	*m = data;
	struct env			*env = arg;
	struct system			*s = model_find(env, m->system);
	struct cert			 cert;
	const char			*reason;
	int				 changed;

	(void)fd;
	reason = model_system_check(env, m, s, &cert);
	if (reason == NULL && s == NULL && (s = system_new(env, m)) == NULL)
		reason = "two systems of one name";
	if (reason != NULL) {
		proc_violation(&env->proc, c, MSG_MODEL_SYSTEM, reason);
		return;
	}
	changed = system_take(s, m, &cert);
	s->marked = 1;
	if (s->link != NULL) {
		reason = link_state_reason(s);
		if (reason == NULL &&
		    !renew_serial_good(s, s->link->serial))
			reason = "the certificate was replaced";
		if (reason != NULL) {
			rival_refuse(env, s, reason);
			link_refuse(env, s->link, reason);
		}
	}
	trust_update(env, s);
	trust_concern(env, s);
	model_system_apply(env, s);
	signin_tell(env, s);
	if (changed)
		rsop_each_peer(s->org->rsop, s->id, peer_is_new, env);
	park_look(env, s);
	push_run(env);
	if (s->link != NULL)
		renew_check(env, s->link);
}

static void
system_remove(struct env *env, struct system *s)
{
	rival_refuse(env, s, "this system was deleted");
	park_refuse(env, s, "this system was deleted");
	if (s->link != NULL)
		link_refuse(env, s->link, "this system was deleted");
	distance_free(s);
	if (rsop_remove_system(s->org->rsop, s->id, push_pair_changed,
	    env) == -1 && errno != ENOENT)
		fatal("system %s", s->name);
	RB_REMOVE(system_tree, &env->systems, s);
	RB_REMOVE(name_tree, &env->names, s);
	signin_free(env, s);
	trust_free(s);
	free(s);
}

void
model_system_gone(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_model_system_gone	*m = data;
	struct env				*env = arg;
	struct system				*s;

	(void)c;
	(void)fd;
	if ((s = model_find(env, m->system)) != NULL)
		system_remove(env, s);
	push_run(env);
}

int
model_ask_news(struct env *env, uint32_t conn)
{
	struct msg_model_ask	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	return msg_send_model_ask(proc_peer(&env->proc, ROLE_STORE), &m, -1);
}

void
model_ask(struct env *env)
{
	struct msg_model_get	 m;
	struct system		*s;
	struct org		*o;

	RB_FOREACH(s, system_tree, &env->systems)
		s->marked = 0;
	RB_FOREACH(o, org_tree, &env->orgs)
		policy_unmark(o);
	trust_unmark(env);
	relay_unmark(env);
	memset(&m, 0, sizeof(m));
	msg_send_model_get(proc_peer(&env->proc, ROLE_STORE), &m, -1);
	link_seen_all(env);
	relay_seen_all(env);
}

void
model_ready(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_model_ready	*m = data;
	struct env			*env = arg;
	struct system			*s, *next;
	struct org			*o;

	(void)c;
	(void)fd;
	RB_FOREACH_SAFE(s, system_tree, &env->systems, next)
		if (!s->marked)
			system_remove(env, s);
	RB_FOREACH(o, org_tree, &env->orgs)
		policy_sweep(env, o);
	trust_sweep(env);
	relay_sweep(env);
	log_debug("model complete at revision %llu",
	    (unsigned long long)m->revision);
	env->have_model = 1;
	signin_sync(env);
	/* Relays first: systems are told of them. */
	relay_serve_held(env);
	link_serve_held(env);
	push_run(env);
}
