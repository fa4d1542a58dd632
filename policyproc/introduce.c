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
 * Introductions: as soon as two connected systems that may know each other
 * have told their candidates, both get those of the other, with passwords
 * made for this introduction, at the same moment, and a relay for the case
 * that nothing else works.  One a second for each pair at most; what comes
 * earlier is delayed.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "policyproc/policyproc.h"

#define UFRAG_LEN	8
#define PWD_LEN		24

/* 64 symbols of ice-char (RFC 8445 5.3): six bits of each random byte. */
static void
random_text(char *out, size_t len)
{
	static const char	 alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t			 rnd[PWD_LEN];
	size_t			 i;

	arc4random_buf(rnd, sizeof(rnd));
	for (i = 0; i < len; i++)
		out[i] = alphabet[rnd[i] & 63];
	out[len] = '\0';
	explicit_bzero(rnd, sizeof(rnd));
}

static void
introduce_side(struct env *env, const struct link *self,
    const struct link *peer, uint64_t number, char cred[4][PWD_LEN + 1],
    const struct rendezvous *relay, int first)
{
	struct msg_conn_introduction	 m;
	size_t				 own = first ? 0 : 2;
	size_t				 other = first ? 2 : 0;

	memset(&m, 0, sizeof(m));
	m.conn = self->conn;
	m.number = number;
	m.controlling = self->system->id < peer->system->id;
	strlcpy(m.system, peer->system->name, sizeof(m.system));
	strlcpy(m.local_ufrag, cred[own], sizeof(m.local_ufrag));
	strlcpy(m.local_pwd, cred[own + 1], sizeof(m.local_pwd));
	strlcpy(m.remote_ufrag, cred[other], sizeof(m.remote_ufrag));
	strlcpy(m.remote_pwd, cred[other + 1], sizeof(m.remote_pwd));
	m.candidates = peer->candidates;
	m.nat_udp = peer->nat_udp;
	m.nat_udp_step = peer->nat_udp_step;
	m.nat_tcp = peer->nat_tcp;
	m.nat_tcp_step = peer->nat_tcp_step;
	m.relay = relay->address[first ? 0 : 1];
	memcpy(m.relay_code, relay->code, sizeof(m.relay_code));
	msg_send_conn_introduction(link_tls(env, self->conn), &m, -1);
	explicit_bzero(&m, sizeof(m));
}

/* The relay that either has just found to be of no use, or 0. */
static uint32_t
relay_to_avoid(const struct told *ta, const struct told *tb, uint64_t now)
{
	const struct told	*t = ta->avoid_ms >= tb->avoid_ms ? ta : tb;

	if (t->avoid_ms == 0 || now - t->avoid_ms >= POLICY_AVOID_MS)
		return 0;
	return t->avoid;
}

static void
introduce_pair(struct env *env, struct link *a, struct told *ta,
    struct link *b, struct told *tb, uint64_t now)
{
	struct rendezvous	 relay;
	char			 cred[4][PWD_LEN + 1];
	uint64_t		 number = env->next_number++;

	random_text(cred[0], UFRAG_LEN);
	random_text(cred[1], PWD_LEN);
	random_text(cred[2], UFRAG_LEN);
	random_text(cred[3], PWD_LEN);
	/* The relay knows the code before anybody presents it. */
	distance_choose(env, a, b, relay_to_avoid(ta, tb, now), &relay);
	introduce_side(env, a, b, number, cred, &relay, 1);
	introduce_side(env, b, a, number, cred, &relay, 0);
	explicit_bzero(cred, sizeof(cred));
	ta->relay = tb->relay = relay.relay;
	explicit_bzero(&relay, sizeof(relay));
	ta->introduce = tb->introduce = 0;
	ta->introduced_ms = tb->introduced_ms = now;
	env->introductions++;
}

static int
too_early(const struct told *t, uint64_t now)
{
	return t->introduced_ms != 0 &&
	    now - t->introduced_ms < POLICY_INTRODUCE_MS;
}

static void
arm_later(struct env *env)
{
	struct timeval	 tv = { 0, POLICY_LATER_MS * 1000 };

	if (!env->later_armed)
		evtimer_add(&env->later_timer, &tv);
	env->later_armed = 1;
}

/* The other side of an entry, if it is there and may be introduced. */
static struct told *
introduce_other(struct env *env, const struct link *l, const struct told *t,
    struct link **peer)
{
	struct system	*s = model_find(env, t->peer);
	struct told	*other;

	if (s == NULL || (*peer = s->link) == NULL ||
	    !(*peer)->have_candidates || (*peer)->full)
		return NULL;
	other = push_told(*peer, l->system->id);
	/* Its entry for us comes first; then it introduces. */
	return other != NULL && other->sent ? other : NULL;
}

void
introduce_run(struct env *env, struct link *l)
{
	uint64_t	 now = clock_mono_ms();
	struct link	*peer;
	struct told	*t, *other;

	l->later = 0;
	if (!l->have_candidates || l->full)
		return;
	RB_FOREACH(t, told_tree, &l->told) {
		if (!t->introduce || !t->sent)
			continue;
		if ((other = introduce_other(env, l, t, &peer)) == NULL) {
			t->introduce = 0;
		} else if (too_early(t, now) || too_early(other, now)) {
			l->later = 1;
			arm_later(env);
		} else {
			introduce_pair(env, l, t, peer, other, now);
		}
	}
}

/*
 * Each change of candidates is an introduction to every peer.  A system that
 * changes them without end has its last ones introduced, but now and then.
 */
static int
may_change(struct link *l, uint64_t now)
{
	if (l->change_ms > now + POLICY_CHANGES_BURST * POLICY_CHANGES_MS)
		return 0;
	l->change_ms = (l->change_ms > now ? l->change_ms : now) +
	    POLICY_CHANGES_MS;
	return 1;
}

static void
introduce_all(struct env *env, struct link *l)
{
	struct told	*t;

	l->change_waits = 0;
	RB_FOREACH(t, told_tree, &l->told)
		t->introduce = 1;
	push_queue(env, l);
}

/* Once for each connection. */
static void
change_later(struct env *env, struct link *l)
{
	l->change_waits = l->later = 1;
	arm_later(env);
	if (l->change_told)
		return;
	l->change_told = 1;
	log_warnx("%s changes its addresses without end: some are left out",
	    l->system->name);
}

void
introduce_later_timer(int fd, short event, void *arg)
{
	struct env	*env = arg;
	struct link	*l;
	uint64_t	 now = clock_mono_ms();

	(void)fd;
	(void)event;
	env->later_armed = 0;
	RB_FOREACH(l, link_tree, &env->links) {
		if (l->change_waits && may_change(l, now))
			introduce_all(env, l);
		else if (l->change_waits)
			arm_later(env);
		if (l->later)
			push_queue(env, l);
	}
	push_run(env);
}

void
introduce_candidates(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_conn_candidates	*m = data;
	struct env				*env = arg;
	struct link				*l;

	(void)fd;
	if (link_foreign(env, c, MSG_CONN_CANDIDATES, m->conn))
		return;
	if ((l = link_find(env, m->conn)) == NULL ||
	    (l->have_candidates && l->generation == m->generation))
		return;
	l->have_candidates = 1;
	l->generation = m->generation;
	l->candidates = m->candidates;
	l->nat_udp = m->nat_udp;
	l->nat_udp_step = m->nat_udp_step;
	l->nat_tcp = m->nat_tcp;
	l->nat_tcp_step = m->nat_tcp_step;
	if (l->change_waits)
		return;
	if (may_change(l, clock_mono_ms()))
		introduce_all(env, l);
	else
		change_later(env, l);
	push_run(env);
}

void
introduce_again(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_conn_introduce	*m = data;
	struct env			*env = arg;
	struct system			 key, *s;
	struct link			*l;
	struct told			*t;
	uint64_t			 now = clock_mono_ms();

	(void)fd;
	if (link_foreign(env, c, MSG_CONN_INTRODUCE, m->conn))
		return;
	memcpy(key.name, m->system, sizeof(key.name));
	s = RB_FIND(name_tree, &env->names, &key);
	/* Who is not a peer may as well not exist. */
	if (s == NULL || (l = link_find(env, m->conn)) == NULL ||
	    (t = push_told(l, s->id)) == NULL || !t->sent)
		return;
	t->introduce = 1;
	/* Both may ask, and the other one's wish be met already. */
	if (t->relay != 0 && now - t->introduced_ms >= POLICY_USE_MS) {
		t->avoid = t->relay;
		t->avoid_ms = now;
	}
	push_queue(env, l);
	push_run(env);
}
