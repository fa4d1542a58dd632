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
 * Lists for the administrator: rows, then the result.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "cert/cert.h"
#include "storeproc/storeproc.h"

enum list_what { LIST_ORGS, LIST_KEYS, LIST_SYSTEMS, LIST_POLICIES,
    LIST_TAGS, LIST_RELAYS, LIST_REQUIREMENTS, LIST_TOKENS,
    LIST_TESTS, LIST_WHAT_MAX };

struct list {
	struct env		*env;
	struct chan		*client;
	struct feed_part	*part;
	enum list_what		 what;
	int			 failed;
	const char		*object;	/* "": all */
	int64_t			 number;	/* of it, 0: none */
};

struct tag_count {
	int64_t		 id;
	char		 name[DB_TAG_NAME_MAX + 1];
	uint32_t	 systems, keys, policies;
};

struct tag_list {
	int64_t			 org;
	struct tag_count	*e;
	size_t			 n, cap;
	int			 failed;
};

/* The name of an organisation, empty when it is gone. */
static void
org_name(struct env *env, int64_t id, char *out, size_t size)
{
	struct db_org	 o;

	out[0] = '\0';
	if (db_org_get(env->db, id, &o) == DB_OK)
		strlcpy(out, o.name, size);
}

static void
row_key(struct env *env, struct feed *f, int64_t id)
{
	struct msg_admin_key	 m;
	struct db_key		 k;

	if (db_key_get(env->db, id, &k) != DB_OK)
		return;
	memset(&m, 0, sizeof(m));
	m.id = (uint32_t)k.id;
	org_name(env, k.org, m.org, sizeof(m.org));
	strlcpy(m.hint, k.hint, sizeof(m.hint));
	convert_text(m.description, sizeof(m.description), k.description);
	m.enabled = k.enabled != 0;
	m.approval = k.approval == DB_APPROVAL_MANUAL ? KEY_APPROVAL_MANUAL :
	    KEY_APPROVAL_AUTOMATIC;
	m.uses = k.uses_remaining < 0 ? UINT32_MAX :
	    (uint32_t)k.uses_remaining;
	m.enrolled = k.enrolled_count;
	m.created = (uint64_t)k.created;
	m.last_used = (uint64_t)k.last_used;
	m.not_after = (uint64_t)k.not_after;
	convert_tags_out(&m.tags, k.tags, k.ntags);
	m.type = (uint8_t)k.type;
	m.action = (uint8_t)k.action;
	m.retention = k.retention_minutes;
	m.unapproved = k.unapproved_count;
	strlcpy(m.notes, k.notes, sizeof(m.notes));
	convert_sources_out(&m.sources, &k);
	m.version = db_version(env->db, DB_OBJECT_KEY, k.id);
	msg_send_admin_key(f->to, &m, -1);
}

/* What its life is, and where it is. */
static void
row_system_more(struct env *env, const struct db_system *s,
    struct msg_admin_system *m)
{
	const struct online	*o = model_online(env, s->id);

	strlcpy(m->notes, s->notes, sizeof(m->notes));
	m->until = (uint64_t)s->until;
	m->until_action = s->until_action == DB_SYSTEM_REVOKED ? 3 : 0;
	m->ephemeral = s->ephemeral != 0;
	m->key = (uint32_t)s->key;
	convert_text(m->hostname, sizeof(m->hostname), s->hostname);
	strlcpy(m->os, s->os, sizeof(m->os));
	strlcpy(m->os_version, s->os_version, sizeof(m->os_version));
	strlcpy(m->agent, s->agent, sizeof(m->agent));
	if (o != NULL) {
		m->connected = o->since;
		m->source = o->source;
	}
	m->clone_seen = (uint64_t)s->clone_seen;
	endpoint_parse(&m->clone_source, s->clone_source, 0);
}

void
admin_system_row(struct env *env, const struct db_system *s,
    struct msg_admin_system *m)
{
	struct db_cert	 c;
	struct cert	 cert;

	memset(m, 0, sizeof(*m));
	strlcpy(m->name, s->name, sizeof(m->name));
	org_name(env, s->org, m->org, sizeof(m->org));
	convert_text(m->description, sizeof(m->description), s->description);
	m->state = convert_state(s);
	m->online = (uint8_t)model_is_online(env, s->id);
	convert_ipv4(m->ipv4, s->ipv4);
	memcpy(m->ipv6, s->ipv6, sizeof(m->ipv6));
	m->enrolled = (uint64_t)s->enrolled;
	m->last_seen = (uint64_t)s->last_seen;
	if (cert_decode(&cert, s->cert, s->cert_len, NULL) == 0)
		m->not_after = cert.not_after;
	m->renewal = db_cert_get(env->db, s->id, &c) == DB_OK && c.ordered;
	convert_tags_out(&m->tags, s->tags, s->ntags);
	row_system_more(env, s, m);
}

static void
row_system(struct env *env, struct feed *f, int64_t id)
{
	struct msg_admin_system	 m;
	struct db_system	 s;

	if (db_system_get(env->db, id, &s) != DB_OK)
		return;
	admin_system_row(env, &s, &m);
	m.version = db_version(env->db, DB_OBJECT_SYSTEM, s.id);
	msg_send_admin_system(f->to, &m, -1);
}

static void
row_policy(struct env *env, struct feed *f, int64_t id)
{
	struct msg_admin_policy	 m;
	struct db_policy	 p;

	if (db_policy_get(env->db, id, &p) != DB_OK)
		return;
	memset(&m, 0, sizeof(m));
	org_name(env, p.org, m.org, sizeof(m.org));
	convert_text(m.name, sizeof(m.name), p.name);
	m.enabled = p.enabled != 0;
	m.state = hours_policy_state(env, &p, &m.next);
	m.not_after = (uint64_t)p.not_after;
	m.end_action = (uint8_t)p.end_action;
	m.days = p.days;
	m.start = p.start;
	m.end = p.end;
	strlcpy(m.zone, p.zone, sizeof(m.zone));
	strlcpy(m.notes, p.notes, sizeof(m.notes));
	convert_tags_out(&m.senders, p.senders, p.nsenders);
	convert_tags_out(&m.receivers, p.receivers, p.nreceivers);
	convert_acls_out(&m.acls, &p);
	convert_tags_out(&m.requirements, p.requirements, p.nrequirements);
	m.id = (uint32_t)p.id;
	m.version = db_version(env->db, DB_OBJECT_POLICY, p.id);
	msg_send_admin_policy(f->to, &m, -1);
}

static void
list_last(struct env *env, struct feed *f)
{
	(void)env;
	client_result(f->to, CODE_OK, "%s", "");
}

static void
send_org(const struct list *l, const struct db_org *o)
{
	struct msg_admin_org	 m;
	struct db_authority	 a;
	struct db_depend	 d;

	memset(&m, 0, sizeof(m));
	if (db_authority_get(l->env->db, o->id, &a) == DB_OK) {
		m.grace_s = (uint64_t)a.grace_sec;
		memcpy(m.previous, a.previous, sizeof(m.previous));
		m.rolling = authority_rolling(&a) != 0;
	}
	if (db_authority_depend(l->env->db, o->id, &d) == DB_OK) {
		m.systems = (uint32_t)d.systems;
		m.renewed = (uint32_t)d.renewed;
		m.pinned = (uint32_t)d.pinned;
	}
	m.life_s = (uint64_t)o->cert_lifetime_sec;
	m.id = (uint32_t)o->id;
	strlcpy(m.name, o->name, sizeof(m.name));
	convert_ipv4(m.ipv4, o->ipv4);
	m.plen4 = o->ipv4_plen;
	memcpy(m.ipv6, o->ipv6, sizeof(m.ipv6));
	m.plen6 = DB_IPV6_PLEN;
	memcpy(m.authority, o->authority, sizeof(m.authority));
	m.created = (uint64_t)o->created;
	m.version = db_version(l->env->db, DB_OBJECT_ORG, o->id);
	m.clone = (uint8_t)o->clone;
	m.unique = o->unique_names != 0;
	msg_send_admin_org(l->client, &m, -1);
}

/* Is it the one that is wanted?  Numbers are meant where one is given. */
static int
is_wanted(const struct list *l, int64_t id, const char *name)
{
	return l->object[0] == '\0' || (l->number != 0 && l->number == id) ||
	    (name[0] != '\0' && strcasecmp(l->object, name) == 0);
}

static int
collect(struct list *l, int64_t id, const char *name)
{
	return is_wanted(l, id, name) ? feed_add(l->part, id) : 0;
}

static int
collect_token(const struct db_token *t, void *arg)
{
	return collect(arg, t->id, t->name);
}

static int
collect_key(const struct db_key *k, void *arg)
{
	return collect(arg, k->id, "");
}

static int
collect_system(const struct db_system *s, void *arg)
{
	return collect(arg, s->id, s->name);
}

static int
collect_policy(const struct db_policy *p, void *arg)
{
	return collect(arg, p->id, p->name);
}

static int
collect_requirement(const struct db_requirement *r, void *arg)
{
	return collect(arg, r->id, r->name);
}

static int
collect_test(const struct db_test *t, void *arg)
{
	return collect(arg, t->id, t->name);
}

static int
collect_relay(const struct db_relay *r, void *arg)
{
	return collect(arg, r->id, r->name);
}

static int
collect_tag(int64_t org, const struct db_tag *t, void *arg)
{
	struct tag_list		*tl = arg;
	struct tag_count	*e;
	size_t			 cap;

	if (org != tl->org)
		return 0;
	if (tl->n == tl->cap) {
		cap = tl->cap == 0 ? 64 : tl->cap * 2;
		if ((e = recallocarray(tl->e, tl->cap, cap, sizeof(*e))) ==
		    NULL) {
			tl->failed = 1;
			return 1;
		}
		tl->e = e;
		tl->cap = cap;
	}
	tl->e[tl->n].id = t->id;
	strlcpy(tl->e[tl->n].name, t->name, sizeof(tl->e[0].name));
	tl->n++;
	return 0;
}

/* Tags come in order of id. */
static struct tag_count *
tag_find(struct tag_list *tl, int64_t id)
{
	size_t	 lo = 0, hi = tl->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (tl->e[mid].id == id)
			return &tl->e[mid];
		if (tl->e[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static int
count_key(const struct db_key *k, void *arg)
{
	struct tag_count	*e;
	size_t			 i;

	for (i = 0; i < k->ntags; i++)
		if ((e = tag_find(arg, k->tags[i].id)) != NULL)
			e->keys++;
	return 0;
}

static int
count_system(const struct db_system *s, void *arg)
{
	struct tag_count	*e;
	size_t			 i;

	for (i = 0; i < s->ntags; i++)
		if ((e = tag_find(arg, s->tags[i].id)) != NULL)
			e->systems++;
	return 0;
}

static int
count_policy(const struct db_policy *p, void *arg)
{
	struct tag_count	*e;
	size_t			 i, k;

	for (i = 0; i < p->nsenders; i++)
		if ((e = tag_find(arg, p->senders[i].id)) != NULL)
			e->policies++;
	for (i = 0; i < p->nreceivers; i++) {
		/* On both sides it still is one policy. */
		for (k = 0; k < p->nsenders; k++)
			if (p->senders[k].id == p->receivers[i].id)
				break;
		if (k == p->nsenders &&
		    (e = tag_find(arg, p->receivers[i].id)) != NULL)
			e->policies++;
	}
	return 0;
}

/* What an administrator has said of the tag. */
static int
tag_fill(struct env *env, int64_t org, struct msg_admin_tag *m)
{
	struct db_tag_object	 t;

	if (db_tag_get(env->db, org, m->name, &t) != DB_OK)
		return -1;
	m->id = (uint32_t)t.id;
	m->permanent = (uint8_t)t.permanent;
	strlcpy(m->notes, t.notes, sizeof(m->notes));
	strlcpy(m->colour, t.colour, sizeof(m->colour));
	convert_tags_out(&m->requirements, t.requirements, t.nrequirements);
	return 0;
}

static void
list_tags(struct list *l, const struct db_org *o)
{
	struct msg_admin_tag	 m;
	struct tag_list		 tl;
	struct db		*db = l->env->db;
	size_t			 i;

	memset(&tl, 0, sizeof(tl));
	tl.org = o->id;
	if (db_each_tag(db, collect_tag, &tl) != DB_OK || tl.failed ||
	    db_key_list(db, o->id, count_key, &tl) != DB_OK ||
	    db_system_list(db, o->id, count_system, &tl) != DB_OK ||
	    db_policy_list(db, o->id, count_policy, &tl) != DB_OK)
		l->failed = 1;
	for (i = 0; i < tl.n; i++) {
		if (!is_wanted(l, tl.e[i].id, tl.e[i].name))
			continue;
		memset(&m, 0, sizeof(m));
		m.id = (uint32_t)tl.e[i].id;
		m.version = db_version(db, DB_OBJECT_TAG, tl.e[i].id);
		strlcpy(m.org, o->name, sizeof(m.org));
		strlcpy(m.name, tl.e[i].name, sizeof(m.name));
		m.systems = tl.e[i].systems;
		m.keys = tl.e[i].keys;
		m.policies = tl.e[i].policies;
		if (tag_fill(l->env, o->id, &m) == -1)
			continue;
		msg_send_admin_tag(l->client, &m, -1);
	}
	free(tl.e);
}

static int
list_one_org(const struct db_org *o, void *arg)
{
	struct list	*l = arg;
	enum db_result	 result = DB_OK;

	switch (l->what) {
	case LIST_ORGS:
		send_org(l, o);
		break;
	case LIST_KEYS:
		result = db_key_list(l->env->db, o->id, collect_key, l);
		break;
	case LIST_SYSTEMS:
		result = db_system_list(l->env->db, o->id, collect_system,
		    l);
		break;
	case LIST_POLICIES:
		result = db_policy_list(l->env->db, o->id, collect_policy,
		    l);
		break;
	case LIST_TOKENS:
		result = db_token_list(l->env->db, o->id, collect_token, l);
		break;
	case LIST_TESTS:
		result = db_test_list(l->env->db, o->id, collect_test, l);
		break;
	case LIST_REQUIREMENTS:
		result = db_requirement_list(l->env->db, o->id,
		    collect_requirement, l);
		break;
	default:
		list_tags(l, o);
	}
	if (result != DB_OK)
		l->failed = 1;
	return l->failed;
}

void
admin_list(void *arg, struct chan *c, const void *data, int fd)
{
	static const feed_row		 rows[LIST_WHAT_MAX] = {
		NULL, row_key, row_system, row_policy, NULL, relay_row,
		requirement_row, token_row, policytest_row };
	const struct msg_admin_list	*m = data;
	struct env			*env = arg;
	struct list			 l;
	struct db_org			 o;
	struct feed			*f;
	const char			*why;

	(void)fd;
	if (m->what >= LIST_WHAT_MAX) {
		client_result(c, CODE_USAGE, "there is no such list");
		return;
	}
	if (*m->org != '\0' && admin_org(env, c, m->org, &o) == -1)
		return;
	facts_flush(env);
	feed_drop(env, c);
	f = feed_new(env, c);
	f->parts[0].row = rows[m->what];
	f->last = list_last;
	memset(&l, 0, sizeof(l));
	l.env = env;
	l.client = c;
	l.part = &f->parts[0];
	l.what = m->what;
	l.object = m->object;
	l.number = strtonum(m->object, 1, UINT32_MAX, &why);
	if (m->what == LIST_RELAYS)
		l.failed = db_relay_list(env->db, collect_relay, &l) !=
		    DB_OK;
	else if (*m->org != '\0')
		list_one_org(&o, &l);
	else if (db_org_list(env->db, list_one_org, &l) != DB_OK)
		l.failed = 1;
	if (l.failed) {
		feed_drop(env, c);
		client_db_result(env, c, DB_ERROR, "");
		return;
	}
	feed_start(env, f);
}
