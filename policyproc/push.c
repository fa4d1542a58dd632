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
 * What a connected system is told of its peers and of relays.  A change only
 * marks what it touches; the marks are turned into entries right after, in
 * the same run of the event loop, unless a tlsproc is slow: then they wait,
 * and what changed twice is sent once.  A system is never told of one that it
 * has no connection to.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "policyproc/policyproc.h"

/* Of an entry as JSON, at most: fixed part, and for each rule. */
#define ENTRY_BYTES	2000
#define ENTRY_ACL_BYTES	112

RB_GENERATE(told_tree, told, entry, told_cmp)

int
told_cmp(const struct told *a, const struct told *b)
{
	return (a->peer > b->peer) - (a->peer < b->peer);
}

struct told *
push_told(struct link *l, uint32_t peer)
{
	struct told	 key;

	key.peer = peer;
	return RB_FIND(told_tree, &l->told, &key);
}

static void
told_free(struct link *l, struct told *t)
{
	RB_REMOVE(told_tree, &l->told, t);
	l->ntold--;
	free(t);
}

void
push_forget(struct link *l)
{
	struct told	*t, *next;

	RB_FOREACH_SAFE(t, told_tree, &l->told, next)
		told_free(l, t);
}

static struct told *
told_get(struct env *env, struct link *l, uint32_t peer)
{
	struct told	*t = push_told(l, peer);
	struct system	*s;

	if (t != NULL || (s = model_find(env, peer)) == NULL)
		return t;
	if (l->ntold >= POLICY_PEERS_MAX) {
		if (!l->surplus)
			log_warnx("system %s has more than %d peers: the "
			    "others are left out", l->system->name,
			    POLICY_PEERS_MAX);
		l->surplus = 1;
		return NULL;
	}
	if ((t = calloc(1, sizeof(*t))) == NULL)
		fatal("peer");
	t->peer = peer;
	memcpy(t->name, s->name, sizeof(t->name));
	RB_INSERT(told_tree, &l->told, t);
	l->ntold++;
	return t;
}

void
push_queue(struct env *env, struct link *l)
{
	if (!l->queued)
		TAILQ_INSERT_TAIL(&env->work, l, work);
	l->queued = 1;
}

void
push_unqueue(struct env *env, struct link *l)
{
	if (l->queued)
		TAILQ_REMOVE(&env->work, l, work);
	l->queued = 0;
}

void
push_mark(struct env *env, uint32_t self, uint32_t peer)
{
	struct system	*s = model_find(env, self);
	struct told	*t;

	/* A full set that is still due will show the new state. */
	if (s == NULL || s->link == NULL || s->link->full)
		return;
	if ((t = told_get(env, s->link, peer)) == NULL)
		return;
	t->dirty = 1;
	if (s->link->dirty_ms == 0)
		s->link->dirty_ms = clock_mono_ms();
	push_queue(env, s->link);
}

void
push_pair_changed(void *arg, uint32_t a, uint32_t b)
{
	push_mark(arg, a, b);
	push_mark(arg, b, a);
}

static uint64_t
hash(uint64_t h, const void *data, size_t len)
{
	const uint8_t	*p = data;
	size_t		 i;

	for (i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3ULL;
	return h;
}

static uint64_t
hash_window(uint64_t h, const struct acl_window *w)
{
	h = hash(h, &w->from, sizeof(w->from));
	return hash(h, &w->until, sizeof(w->until));
}

/* Equal entries need not be sent again; protects nothing. */
static uint64_t
entry_digest(const struct msg_conn_entry *m)
{
	uint64_t	 h = 0xcbf29ce484222325ULL;
	uint16_t	 i;

	h = hash(h, m->certificate, m->certificate_len);
	h = hash(h, m->description, strlen(m->description) + 1);
	h = hash(h, &m->not_after, sizeof(m->not_after));
	for (i = 0; i < m->acls.n; i++) {
		h = hash(h, &m->acls.e[i].entry.protocol, 1);
		h = hash(h, &m->acls.e[i].entry.port_low, 2);
		h = hash(h, &m->acls.e[i].entry.port_high, 2);
		h = hash_window(h, &m->acls.e[i].when);
	}
	for (i = 0; i < m->open.n; i++)
		h = hash_window(h, &m->open.e[i]);
	return h;
}

/* Nonzero when the two are connected; fills in what self is to know. */
static int
entry_fill(struct env *env, struct link *l, const struct told *t,
    struct msg_conn_entry *m)
{
	struct system		*peer = model_find(env, t->peer);
	struct rsop_pair	 pair;

	memset(m, 0, sizeof(*m));
	m->conn = l->conn;
	memcpy(m->system, t->name, sizeof(t->name));
	if (peer == NULL || !model_system_usable(peer) ||
	    peer->org != l->system->org || rsop_pair(l->system->org->rsop,
	    l->system->id, peer->id, &pair) == -1 ||
	    (pair.n_in_a == 0 && pair.n_in_b == 0))
		return 0;
	memcpy(m->description, peer->description, sizeof(m->description));
	memcpy(m->certificate, peer->certificate, peer->certificate_len);
	m->certificate_len = peer->certificate_len;
	m->not_after = peer->not_after;
	m->acls.n = (uint16_t)pair.n_in_a;
	memcpy(m->acls.e, pair.acl_in_a, pair.n_in_a *
	    sizeof(pair.acl_in_a[0]));
	m->open.n = (uint16_t)pair.nopen;
	memcpy(m->open.e, pair.open, pair.nopen * sizeof(pair.open[0]));
	return 1;
}

/* Returns the size of the entry that was sent, 0 when none was needed. */
static size_t
push_entry(struct env *env, struct link *l, struct told *t, uint64_t sequence)
{
	struct msg_conn_entry	 m;
	uint64_t		 digest;
	int			 connected = entry_fill(env, l, t, &m);

	t->dirty = 0;
	m.sequence = sequence;
	if (!connected) {
		m.op = OP_DOWN;
		if (t->sent)
			msg_send_conn_entry(link_tls(env, l->conn), &m, -1);
		connected = t->sent;
		told_free(l, t);
		return connected ? ENTRY_BYTES : 0;
	}
	digest = entry_digest(&m);
	if (t->sent && t->digest == digest)
		return 0;
	m.op = t->sent ? OP_AMEND : OP_UP;
	if (!t->sent)
		t->introduce = 1;
	t->sent = 1;
	t->digest = digest;
	msg_send_conn_entry(link_tls(env, l->conn), &m, -1);
	return ENTRY_BYTES + m.acls.n * ENTRY_ACL_BYTES;
}

static void
push_commit(struct env *env, struct link *l, int full)
{
	struct msg_conn_commit	 m;
	struct commit		*slot = &l->commits[l->sequence %
				    POLICY_COMMITS];

	memset(&m, 0, sizeof(m));
	m.conn = l->conn;
	m.sequence = ++l->sequence;
	m.full = (uint8_t)full;
	slot->sequence = l->sequence;
	slot->since_ms = l->dirty_ms;
	env->commits_sent++;
	msg_send_conn_commit(link_tls(env, l->conn), &m, -1);
}

static void
collect_peer(void *arg, uint32_t self, uint32_t peer)
{
	struct env	*env = arg;
	struct system	*s = model_find(env, self);
	struct told	*t = told_get(env, s->link, peer);

	if (t != NULL)
		t->dirty = 1;
}

/* Everything again, as if nothing had been told. */
static void
push_collect(struct env *env, struct link *l)
{
	struct told	*t, *next;

	RB_FOREACH_SAFE(t, told_tree, &l->told, next)
		told_free(l, t);
	l->surplus = 0;
	if (rsop_each_peer(l->system->org->rsop, l->system->id, collect_peer,
	    env) == -1)
		fatal("peers of system %s", l->system->name);
}

static void
push_link(struct env *env, struct link *l)
{
	struct told	*t, *next;
	size_t		 bytes = 0;
	int		 full = l->full, surplus;

	if (l->relays_due)
		distance_tell(env, l);
	if (l->trust_due)
		verdict_tell(env, l);
	if (full)
		push_collect(env, l);
	surplus = l->surplus;
	l->full = 0;
	RB_FOREACH_SAFE(t, told_tree, &l->told, next) {
		if (!t->dirty)
			continue;
		bytes += push_entry(env, l, t, l->sequence + 1);
		if (bytes < POLICY_BATCH_BYTES)
			continue;
		/* More than one frame holds: the rest comes as difference. */
		push_commit(env, l, full);
		full = 0;
		bytes = 0;
	}
	if (bytes > 0 || full)
		push_commit(env, l, full);
	l->dirty_ms = 0;
	introduce_run(env, l);
	/* There is room again for peers that were left out. */
	if (surplus && l->ntold < POLICY_PEERS_MAX) {
		l->full = 1;
		push_queue(env, l);
	}
}

static int
tls_has_room(struct env *env, const struct link *l)
{
	struct chan	*c = link_tls(env, l->conn);

	return c != NULL && imsgbuf_queuebytes(&c->ibuf) < POLICY_QUEUE_BYTES;
}

void
push_run(struct env *env)
{
	struct timeval	 tv = { 0, POLICY_SLOW_MS * 1000 };
	struct link	*l, *next;

	TAILQ_FOREACH_SAFE(l, &env->work, work, next) {
		if (!tls_has_room(env, l))
			continue;
		push_unqueue(env, l);
		push_link(env, l);
	}
	if (!TAILQ_EMPTY(&env->work) && !env->work_armed) {
		env->work_armed = 1;
		evtimer_add(&env->work_timer, &tv);
	}
}

void
push_work_timer(int fd, short event, void *arg)
{
	struct env	*env = arg;

	(void)fd;
	(void)event;
	env->work_armed = 0;
	push_run(env);
}
