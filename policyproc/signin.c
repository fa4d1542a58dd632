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
 * Users who sign in for trust requirements: agents ask, oidcproc proves, and
 * what is proved is an answer in trust.c and is kept by storeproc, so that a
 * restart does not throw users out.  A fact is worth nothing when the
 * conditions are others than those it was proved for.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "policyproc/policyproc.h"

static struct signin *
signin_find(const struct system *s, uint32_t requirement)
{
	struct signin	*g;

	SLIST_FOREACH(g, &s->signins, entry)
		if (g->requirement == requirement)
			return g;
	return NULL;
}

static struct signin *
signin_get(struct system *s, const struct requirement *r)
{
	struct signin	*g = signin_find(s, r->id);

	if (g != NULL)
		return g;
	if ((g = calloc(1, sizeof(*g))) == NULL)
		fatal("sign-in");
	g->requirement = r->id;
	memcpy(g->name, r->name, sizeof(g->name));
	SLIST_INSERT_HEAD(&s->signins, g, entry);
	return g;
}

/* The requirement when it is one to sign in for. */
static struct requirement *
signin_requirement(const struct system *s, uint32_t id)
{
	struct requirement	*r = trust_requirement(s->org, id);

	return r != NULL && r->type == REQUIREMENT_SIGNIN ? r : NULL;
}

/* FNV-1a over the lines; to tell others apart, it protects nothing. */
static uint64_t
conditions_digest(const struct requirement *r)
{
	char		 line[CONDITION_LINE_MAX + 1];
	const char	*p;
	uint64_t	 h = 0xcbf29ce484222325ULL;
	size_t		 i;

	for (i = 0; i < r->nconditions; i++) {
		condition_print(&r->conditions[i], line, sizeof(line));
		for (p = line; *p != '\0'; p++)
			h = (h ^ (unsigned char)*p) * 0x100000001b3ULL;
		h = (h ^ '\n') * 0x100000001b3ULL;
	}
	/* A database has signed numbers. */
	return h & INT64_MAX;
}

static int
signin_holds(const struct signin *g)
{
	return g->until > clock_wall_sec();
}

/* --- What an agent is told ----------------------------------------- */

static void
tell(struct env *env, const struct system *s, struct signin *g,
    const struct msg_conn_user *m)
{
	struct msg_conn_user	 out = *m;

	out.conn = s->link->conn;
	memcpy(out.requirement, g->name, sizeof(g->name));
	msg_send_conn_user(link_tls(env, s->link->conn), &out, -1);
	g->told = m->state;
	g->told_until = m->until;
}

static void
tell_state(struct env *env, const struct system *s, struct signin *g,
    enum user_state state, const char *text)
{
	struct msg_conn_user	 m;

	if (s->link == NULL)
		return;
	memset(&m, 0, sizeof(m));
	m.state = (uint8_t)state;
	strlcpy(m.text, text, sizeof(m.text));
	if (state == USER_SIGNED_IN) {
		m.until = g->until;
		strlcpy(m.text, g->subject, sizeof(m.text));
	}
	tell(env, s, g, &m);
}

static void
tell_one(struct env *env, struct system *s, struct requirement *r)
{
	struct signin	*g = signin_find(s, r->id);
	uint8_t		 state = USER_GONE;

	if (verdict_concerns(s, r->id))
		state = g != NULL && signin_holds(g) ? USER_SIGNED_IN :
		    USER_NEEDED;
	if (g == NULL && state == USER_GONE)
		return;
	g = signin_get(s, r);
	/* A code that is out is waited for. */
	if (g->told == USER_PENDING && state == USER_NEEDED &&
	    g->told_until > clock_wall_sec())
		return;
	if (g->told != state ||
	    (state == USER_SIGNED_IN && g->told_until != g->until))
		tell_state(env, s, g, (enum user_state)state, "");
}

static void
cancel(struct env *env, const struct system *s, uint32_t requirement)
{
	struct msg_oidc_cancel	 m;

	memset(&m, 0, sizeof(m));
	m.system = s->id;
	m.requirement = requirement;
	msg_send_oidc_cancel(proc_peer(&env->proc, ROLE_OIDC), &m, -1);
}

static void
signin_drop(struct env *env, struct system *s, struct signin *g)
{
	cancel(env, s, g->requirement);
	SLIST_REMOVE(&s->signins, g, signin, entry);
	free(g);
}

void
signin_tell(struct env *env, struct system *s)
{
	struct requirement	*r;
	struct signin		*g, *next;

	SLIST_FOREACH_SAFE(g, &s->signins, entry, next) {
		if (signin_requirement(s, g->requirement) != NULL)
			continue;
		if (g->told != USER_GONE)
			tell_state(env, s, g, USER_GONE, "");
		signin_drop(env, s, g);
	}
	if (s->link == NULL)
		return;
	RB_FOREACH(r, requirement_tree, &s->org->requirements)
		if (r->type == REQUIREMENT_SIGNIN)
			tell_one(env, s, r);
}

void
signin_tell_org(struct env *env, struct org *o)
{
	struct requirement	*r;
	struct system		*s;

	RB_FOREACH(r, requirement_tree, &o->requirements)
		if (r->type == REQUIREMENT_SIGNIN)
			break;
	if (r == NULL)
		return;
	RB_FOREACH(s, system_tree, &env->systems)
		if (s->org == o)
			signin_tell(env, s);
}

void
signin_link_open(struct env *env, struct system *s)
{
	struct signin	*g;

	SLIST_FOREACH(g, &s->signins, entry)
		g->told = USER_GONE;
	signin_tell(env, s);
}

void
signin_free(struct env *env, struct system *s)
{
	struct signin	*g;

	while ((g = SLIST_FIRST(&s->signins)) != NULL)
		signin_drop(env, s, g);
}

/* --- Facts --------------------------------------------------------- */

static void
store(struct env *env, const struct system *s, const struct signin *g)
{
	struct msg_signin_keep	 m;

	memset(&m, 0, sizeof(m));
	m.requirement = g->requirement;
	m.system = s->id;
	m.digest = g->digest;
	m.until = g->until;
	strlcpy(m.subject, g->subject, sizeof(m.subject));
	msg_send_signin_keep(proc_peer(&env->proc, ROLE_STORE), &m, -1);
}

static void
fact_set(struct env *env, struct system *s, struct signin *g,
    uint64_t digest, uint64_t until, const char *subject)
{
	g->digest = digest;
	g->until = until;
	log_safe(g->subject, sizeof(g->subject), subject);
	trust_signin(env, s->id, g->requirement, until, g->subject);
}

/* It holds no more, whatever until says. */
static void
fact_end(struct env *env, struct system *s, struct signin *g,
    const char *reason)
{
	g->until = 0;
	g->subject[0] = '\0';
	store(env, s, g);
	/* 0 would be for ever there. */
	trust_signin(env, s->id, g->requirement, 1, reason);
}

void
signin_conditions_changed(struct env *env, struct org *o,
    const struct requirement *r)
{
	uint64_t	 digest = conditions_digest(r);
	struct system	*s;
	struct signin	*g;

	RB_FOREACH(s, system_tree, &env->systems) {
		if (s->org != o || (g = signin_find(s, r->id)) == NULL)
			continue;
		cancel(env, s, r->id);
		if (g->until != 0 && g->digest != digest)
			fact_end(env, s, g, "the requirement is another one "
			    "now");
		if (g->told == USER_PENDING)
			tell_state(env, s, g, USER_FAILED, "the requirement "
			    "is another one now: sign in again");
		signin_tell(env, s);
	}
}

void
signin_model(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_model_signin	*m = data;
	struct env			*env = arg;
	struct requirement		*r;
	struct system			*s = model_find(env, m->system);
	struct signin			*g;

	(void)c;
	(void)fd;
	/* What is too old or for other conditions is no fact. */
	if (s == NULL || (r = signin_requirement(s, m->requirement)) ==
	    NULL || m->digest != conditions_digest(r) ||
	    m->until <= clock_wall_sec())
		return;
	g = signin_get(s, r);
	if (g->until < m->until)
		fact_set(env, s, g, m->digest, m->until, m->subject);
}

void
signin_sync(struct env *env)
{
	struct msg_oidc_sync	 m;

	if (!env->have_model)
		return;
	memset(&m, 0, sizeof(m));
	msg_send_oidc_sync(proc_peer(&env->proc, ROLE_OIDC), &m, -1);
}

/* --- What oidcproc says -------------------------------------------- */

void
signin_code(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_oidc_code	*m = data;
	struct env			*env = arg;
	struct system			*s = model_find(env, m->system);
	struct signin			*g;
	struct msg_conn_user		 out;

	(void)c;
	(void)fd;
	if (s == NULL || (g = signin_find(s, m->requirement)) == NULL ||
	    s->link == NULL)
		return;
	memset(&out, 0, sizeof(out));
	out.state = USER_PENDING;
	out.until = m->expires;
	strlcpy(out.code, m->user_code, sizeof(out.code));
	strlcpy(out.uri, m->uri, sizeof(out.uri));
	strlcpy(out.uri_complete, m->uri_complete, sizeof(out.uri_complete));
	tell(env, s, g, &out);
}

void
signin_done(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_oidc_signed_in	*m = data;
	struct env			*env = arg;
	struct system			*s = model_find(env, m->system);
	struct requirement		*r = NULL;
	struct signin			*g;

	(void)fd;
	if (s != NULL)
		r = signin_requirement(s, m->requirement);
	if (r == NULL || m->digest != conditions_digest(r)) {
		struct msg_oidc_cancel	 out;

		/* It was asked for when things were otherwise. */
		memset(&out, 0, sizeof(out));
		out.system = m->system;
		out.requirement = m->requirement;
		msg_send_oidc_cancel(c, &out, -1);
		return;
	}
	g = signin_get(s, r);
	log_info("system %s: %s is signed in for \"%s\"", s->name, m->subject,
	    r->name);
	fact_set(env, s, g, m->digest, m->until, m->subject);
	store(env, s, g);
	signin_tell(env, s);
}

void
signin_failed(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_oidc_failed	*m = data;
	struct env			*env = arg;
	struct system			*s = model_find(env, m->system);
	struct signin			*g;
	char				 reason[sizeof(m->reason)];

	(void)c;
	(void)fd;
	if (s == NULL || (g = signin_find(s, m->requirement)) == NULL)
		return;
	log_safe(reason, sizeof(reason), m->reason);
	log_info("system %s: sign-in for \"%s\": %s", s->name, g->name,
	    reason);
	if (m->withdrawn) {
		if (m->digest != g->digest)
			return;
		tell_state(env, s, g, USER_NEEDED, reason);
		fact_end(env, s, g, reason);
		return;
	}
	tell_state(env, s, g, USER_FAILED, reason);
	/* The agent takes it for needed, unless one holds all the same. */
	if (s->link != NULL)
		g->told = USER_NEEDED;
	signin_tell(env, s);
}

/* Nobody asks for those any more who were to use a code. */
void
signin_oidc_down(struct env *env)
{
	struct system	*s;
	struct signin	*g;

	RB_FOREACH(s, system_tree, &env->systems)
		SLIST_FOREACH(g, &s->signins, entry)
			if (g->told == USER_PENDING) {
				tell_state(env, s, g, USER_FAILED,
				    "the service restarts: try again");
				g->told = USER_NEEDED;
			}
}

/* --- What agents ask for ------------------------------------------- */

/* A wish in POLICY_SIGNIN_MS, and a few at once. */
static int
within_budget(struct system *s)
{
	uint64_t	 now = clock_mono_ms();

	if (s->signin_ms + POLICY_SIGNIN_BURST * POLICY_SIGNIN_MS < now)
		s->signin_ms = now - POLICY_SIGNIN_BURST * POLICY_SIGNIN_MS;
	if (s->signin_ms + POLICY_SIGNIN_MS > now)
		return 0;
	s->signin_ms += POLICY_SIGNIN_MS;
	return 1;
}

/* name NUL value NUL; -1 when there is no room. */
static int
add_claim(struct msg_oidc_begin *m, const struct condition *c)
{
	size_t	 n = strlen(c->name) + 1, v = strlen(c->value) + 1;

	if (n + v > sizeof(m->claims) - m->claims_len)
		return -1;
	memcpy(m->claims + m->claims_len, c->name, n);
	memcpy(m->claims + m->claims_len + n, c->value, v);
	m->claims_len = (uint16_t)(m->claims_len + n + v);
	return 0;
}

static int
add_scope(struct msg_oidc_begin *m, const char *scope)
{
	if (m->scope[0] == '\0')
		strlcpy(m->scope, "openid", sizeof(m->scope));
	if (strcmp(scope, "openid") == 0)
		return 0;
	strlcat(m->scope, " ", sizeof(m->scope));
	return strlcat(m->scope, scope, sizeof(m->scope)) <
	    sizeof(m->scope) ? 0 : -1;
}

/* 0, or -1 when the conditions are more than a message holds. */
static int
begin_fill(struct msg_oidc_begin *m, const struct requirement *r)
{
	const struct condition	*c;
	size_t			 i;
	int			 ret = 0;

	m->requirement = r->id;
	m->digest = conditions_digest(r);
	for (i = 0; i < r->nconditions && ret == 0; i++) {
		c = &r->conditions[i];
		switch (c->kind) {
		case CONDITION_ISSUER:
			strlcpy(m->issuer, c->value, sizeof(m->issuer));
			break;
		case CONDITION_CLIENT:
			strlcpy(m->client, c->value, sizeof(m->client));
			break;
		case CONDITION_AUDIENCE:
			strlcpy(m->audience, c->value, sizeof(m->audience));
			break;
		case CONDITION_SCOPE:
			ret = add_scope(m, c->value);
			break;
		case CONDITION_CLAIM:
			ret = add_claim(m, c);
			break;
		case CONDITION_LIFE:
			m->life = c->life_s;
			break;
		default:
			break;
		}
	}
	return ret;
}

/* NULL, or why not. */
static const char *
begin(struct env *env, struct system *s, const struct requirement *r)
{
	struct msg_oidc_begin	 m;

	memset(&m, 0, sizeof(m));
	m.system = s->id;
	if (begin_fill(&m, r) == -1)
		return "the requirement has too many conditions";
	if (!within_budget(s))
		return "too many sign-ins of this system: try again in a "
		    "minute";
	if (msg_send_oidc_begin(proc_peer(&env->proc, ROLE_OIDC), &m, -1) ==
	    -1)
		return "the service is starting: try again";
	(void)signin_get(s, r);
	return NULL;
}

static struct requirement *
by_name(const struct system *s, const char *name)
{
	struct requirement	*r;

	RB_FOREACH(r, requirement_tree, &s->org->requirements)
		if (r->type == REQUIREMENT_SIGNIN &&
		    strcmp(r->name, name) == 0 && verdict_concerns(s, r->id))
			return r;
	return NULL;
}

void
signin_asked(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_conn_signin	*m = data;
	struct msg_conn_user		 out;
	struct env			*env = arg;
	struct link			*l;
	struct requirement		*r;
	const char			*reason;

	(void)fd;
	if (link_foreign(env, c, MSG_CONN_SIGNIN, m->conn))
		return;
	if ((l = link_find(env, m->conn)) == NULL)
		return;
	/* Those that do not concern the system are not known to it. */
	if ((r = by_name(l->system, m->requirement)) == NULL)
		reason = "nobody has to sign in for this on this system";
	else
		reason = begin(env, l->system, r);
	if (reason == NULL)
		return;
	memset(&out, 0, sizeof(out));
	out.conn = m->conn;
	out.state = USER_FAILED;
	memcpy(out.requirement, m->requirement, sizeof(out.requirement));
	strlcpy(out.text, reason, sizeof(out.text));
	msg_send_conn_user(c, &out, -1);
}
