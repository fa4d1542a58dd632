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
 * Connections of systems that authproc has proved.  Whether a system is
 * served is decided here, by the model alone; one system has one connection,
 * the latest.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "policyproc/policyproc.h"

RB_GENERATE(link_tree, link, entry, link_cmp)

int
link_cmp(const struct link *a, const struct link *b)
{
	return (a->conn > b->conn) - (a->conn < b->conn);
}

struct link *
link_find(struct env *env, uint32_t conn)
{
	struct link	 key;

	key.conn = conn;
	return RB_FIND(link_tree, &env->links, &key);
}

struct chan *
link_tls(struct env *env, uint32_t conn)
{
	if (POLICY_CONN_TLS(conn) >= PROC_INSTANCES_MAX)
		return NULL;
	return env->proc.peers[ROLE_TLS][POLICY_CONN_TLS(conn)];
}

int
link_foreign(struct env *env, struct chan *c, uint32_t type, uint32_t conn)
{
	if (POLICY_CONN_TLS(conn) == c->instance)
		return 0;
	proc_violation(&env->proc, c, type, "a connection of another process");
	return 1;
}

static void
link_seen(struct env *env, const struct link *l, int online)
{
	struct msg_system_seen	 m;

	memset(&m, 0, sizeof(m));
	m.system = l->system->id;
	m.online = (uint8_t)online;
	m.since = l->since;
	m.source = l->source;
	msg_send_system_seen(proc_peer(&env->proc, ROLE_STORE), &m, -1);
}

void
link_seen_all(struct env *env)
{
	struct link	*l;

	RB_FOREACH(l, link_tree, &env->links)
		link_seen(env, l, 1);
}

static void
link_free(struct env *env, struct link *l)
{
	link_seen(env, l, 0);
	push_unqueue(env, l);
	push_forget(l);
	l->system->sequence = l->sequence;
	l->system->link = NULL;
	RB_REMOVE(link_tree, &env->links, l);
	env->nlinks--;
	free(l->unmet);
	free(l);
}

void
link_refuse_conn(struct env *env, uint32_t conn, const char *reason)
{
	struct msg_conn_refuse	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	strlcpy(m.reason, reason, sizeof(m.reason));
	msg_send_conn_refuse(link_tls(env, conn), &m, -1);
}

void
link_refuse(struct env *env, struct link *l, const char *reason)
{
	log_debug("system %s refused: %s", l->system->name, reason);
	link_refuse_conn(env, l->conn, reason);
	l->system->refused_ms = clock_mono_ms();
	link_free(env, l);
}

const char *
link_state_reason(const struct system *s)
{
	switch (s->state) {
	case SYSTEM_UNAPPROVED:
		return "this system is not approved yet";
	case SYSTEM_DISABLED:
		return "this system is disabled";
	case SYSTEM_REVOKED:
		return "this system is revoked";
	case SYSTEM_QUARANTINED:
		return "this system is quarantined: another one has proved "
		    "the same identity";
	}
	if (s->certificate_len == 0)
		return "this system has no certificate";
	return NULL;
}

/* NULL, or why it is not served; the system, NULL if it proved to be none. */
static const char *
link_check(struct env *env, const struct msg_authenticated *m,
    struct system **s)
{
	struct system	 key;
	const char	*reason;

	memcpy(key.name, m->system, sizeof(key.name));
	*s = RB_FIND(name_tree, &env->names, &key);
	/* An authority speaks for the systems of its own organisation. */
	if (*s != NULL && !renew_authority_good((*s)->org, m->authority))
		*s = NULL;
	if (*s == NULL)
		return "this system is not known here: enrol again";
	if ((reason = link_state_reason(*s)) != NULL)
		return reason;
	if (!renew_serial_good(*s, m->serial))
		return "the certificate was replaced";
	/* Until it is renewed it has no peers. */
	if (m->expired_s > (*s)->org->grace_s)
		return "the certificate expired too long ago: enrol again";
	if (m->sequence > POLICY_SEQUENCE_MAX)
		return "policy number out of range";
	return NULL;
}

static void
link_welcome(struct env *env, const struct link *l)
{
	struct msg_conn_welcome	 m;

	memset(&m, 0, sizeof(m));
	m.conn = l->conn;
	strlcpy(m.system, l->system->name, sizeof(m.system));
	m.server_time = clock_wall_sec();
	m.stun = env->stun;
	memcpy(m.session, l->session, sizeof(m.session));
	msg_send_conn_welcome(link_tls(env, l->conn), &m, -1);
}

/* Is this the agent that has the system's connection? */
static int
link_continues(const struct link *l, const struct msg_authenticated *m)
{
	uint8_t	 differ = 0;
	size_t	 i;

	/* In constant time: it is a secret of that agent. */
	for (i = 0; i < sizeof(l->session); i++)
		differ |= l->session[i] ^ m->session[i];
	return differ == 0;
}

static void
held_free(struct env *env, struct held *h)
{
	TAILQ_REMOVE(&env->held, h, entry);
	env->nheld--;
	env->nasked -= h->asked != 0;
	free(h);
}

static struct held *
held_new(struct env *env, const struct msg_authenticated *m)
{
	struct held	*h;

	if (env->nheld >= POLICY_HELD_MAX ||
	    (h = calloc(1, sizeof(*h))) == NULL)
		return NULL;
	h->m = *m;
	TAILQ_INSERT_TAIL(&env->held, h, entry);
	env->nheld++;
	return h;
}

/* Its refusal waits until the model is known to be right; 0 if it does not. */
static int
link_ask(struct env *env, const struct msg_authenticated *m)
{
	struct held	*h;

	if (env->nasked >= POLICY_ASKED_MAX || (h = held_new(env, m)) == NULL)
		return 0;
	h->asked = 1;
	env->nasked++;
	if (model_ask_news(env, m->conn) == 0)
		return 1;
	held_free(env, h);
	return 0;
}

void
link_open(struct env *env, const struct msg_authenticated *m)
{
	struct system	*s;
	const char	*reason;
	struct link	*l;

	if ((l = link_find(env, m->conn)) != NULL)
		link_free(env, l);
	if ((reason = link_check(env, m, &s)) != NULL) {
		if (s != NULL && reason == link_state_reason(s)) {
			if (park_wait(env, s, m))
				return;
			s->refused_ms = clock_mono_ms();
		}
		log_debug("system %s refused: %s", m->system, reason);
		link_refuse_conn(env, m->conn, reason);
		return;
	}
	if (s->link != NULL && !link_continues(s->link, m)) {
		rival_wait(env, s, m);
		return;
	}
	if (s->link != NULL)
		link_refuse(env, s->link, "another connection of this system");
	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("connection");
	l->conn = m->conn;
	l->system = s;
	l->sequence = m->sequence > s->sequence ? m->sequence : s->sequence;
	l->since = clock_wall_sec();
	l->source = m->from;
	arc4random_buf(l->session, sizeof(l->session));
	l->full = 1;
	l->relays_due = 1;
	memcpy(l->serial, m->serial, sizeof(l->serial));
	memcpy(l->signer, m->authority, sizeof(l->signer));
	RB_INIT(&l->told);
	RB_INSERT(link_tree, &env->links, l);
	env->nlinks++;
	s->link = l;
	link_welcome(env, l);
	/* Before anything that only the new authority has signed. */
	renew_tell(env, l);
	signin_link_open(env, s);
	link_seen(env, l, 1);
	facts_address(env, s, &m->from);
	l->trust_due = 1;
	l->dirty_ms = clock_mono_ms();
	push_queue(env, l);
	renew_proved(env, s, m->serial);
	renew_check(env, l);
	rival_again(env, s);
}

void
link_serve_held(struct env *env)
{
	struct held	*h;
	struct link	*l;

	/* Who was asked for the news may have ended without an answer. */
	RB_FOREACH(l, link_tree, &env->links)
		renew_told(env, l);
	while ((h = TAILQ_FIRST(&env->held)) != NULL) {
		link_open(env, &h->m);
		held_free(env, h);
	}
}

void
link_authenticated(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_authenticated	*m = data;
	struct env			*env = arg;
	struct system			*s;

	(void)c;
	(void)fd;
	/* Its tlsproc may have ended since. */
	if (link_tls(env, m->conn) == NULL)
		return;
	if (!env->have_model) {
		if (held_new(env, m) == NULL)
			link_refuse_conn(env, m->conn,
			    "the service is starting: try again");
		return;
	}
	if (link_check(env, m, &s) != NULL && link_ask(env, m))
		return;
	link_open(env, m);
	push_run(env);
}

void
link_told(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_model_told	*m = data;
	struct env			*env = arg;
	struct held			*h;
	struct link			*l;

	(void)c;
	(void)fd;
	if ((l = link_find(env, m->conn)) != NULL)
		renew_told(env, l);
	TAILQ_FOREACH(h, &env->held, entry)
		if (h->asked && h->m.conn == m->conn)
			break;
	/* It may have gone meanwhile. */
	if (h == NULL)
		return;
	link_open(env, &h->m);
	held_free(env, h);
	push_run(env);
}

void
link_gone(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_conn_gone	*m = data;
	struct env			*env = arg;
	struct system			*s;
	struct link			*l;
	struct held			*h, *next;

	(void)fd;
	if (link_foreign(env, c, MSG_CONN_GONE, m->conn))
		return;
	rival_conn_gone(env, m->conn);
	park_conn_gone(env, m->conn);
	if ((l = link_find(env, m->conn)) != NULL) {
		s = l->system;
		link_free(env, l);
		rival_admit(env, s);
	}
	TAILQ_FOREACH_SAFE(h, &env->held, entry, next)
		if (h->m.conn == m->conn)
			held_free(env, h);
	relay_conn_gone(env, m->conn);
	push_run(env);
}

void
link_drop_instance(struct env *env, uint32_t instance)
{
	struct system	*s;
	struct link	*l, *next;
	struct held	*h, *hnext;

	rival_drop_instance(env, instance);
	park_drop_instance(env, instance);
	RB_FOREACH_SAFE(l, link_tree, &env->links, next) {
		if (POLICY_CONN_TLS(l->conn) != instance)
			continue;
		s = l->system;
		link_free(env, l);
		/* What is admitted belongs to another instance. */
		rival_admit(env, s);
	}
	TAILQ_FOREACH_SAFE(h, &env->held, entry, hnext)
		if (POLICY_CONN_TLS(h->m.conn) == instance)
			held_free(env, h);
}

static void
latency_add(struct env *env, uint64_t ms)
{
	size_t	 n = 0;

	while (n < POLICY_BUCKETS - 1 && ms >= 1ULL << n)
		n++;
	env->latency[n]++;
}

void
link_ack(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_conn_ack	*m = data;
	struct env			*env = arg;
	struct link			*l;
	uint64_t			 now = clock_mono_ms();
	size_t				 i;

	(void)fd;
	if (link_foreign(env, c, MSG_CONN_ACK, m->conn))
		return;
	if ((l = link_find(env, m->conn)) == NULL)
		return;
	for (i = 0; i < POLICY_COMMITS; i++) {
		if (l->commits[i].sequence == 0 ||
		    l->commits[i].sequence > m->sequence)
			continue;
		latency_add(env, now - l->commits[i].since_ms);
		l->commits[i].sequence = 0;
		env->commits_acked++;
	}
}
