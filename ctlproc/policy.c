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
 * Policy as discovery numbers it: entries are staged until their commit,
 * then given to the data path, stored, and acknowledged once cryptoproc and
 * tunproc have said that they have applied them.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ctlproc/ctl.h"

void
policy_drop_staged(struct env *env)
{
	struct staged	*s;

	while ((s = TAILQ_FIRST(&env->staged)) != NULL) {
		TAILQ_REMOVE(&env->staged, s, entry);
		free(s);
	}
	env->nstaged = 0;
}

void
on_policy_entry(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_policy_entry	*m = data;
	struct env			*env = arg;
	struct staged			*s;

	(void)fd;
	if (m->op > OP_DOWN || !name_valid(m->system)) {
		proc_violation(&env->proc, c, MSG_POLICY_ENTRY,
		    "operation or name out of range");
		return;
	}
	if (env->nstaged == CTL_STAGED_MAX ||
	    (s = calloc(1, sizeof(*s))) == NULL) {
		log_warnx("policy %llu has too many entries",
		    (unsigned long long)m->sequence);
		return;
	}
	s->policy = *m;
	TAILQ_INSERT_TAIL(&env->staged, s, entry);
	env->nstaged++;
}

static void
peer_down(struct env *env, struct peer *p)
{
	log_info("%s: no longer allowed by policy", p->policy.system);
	peer_withdraw(env, p);
	db_delete_peer(env, p);
	peer_free(env, p);
}

static void
apply(struct env *env, const struct msg_policy_entry *m)
{
	struct peer	*p = peer_named(env, m->system);
	const char	*reason;
	int		 fresh = p == NULL;

	if (m->op == OP_DOWN) {
		if (p != NULL)
			peer_down(env, p);
		return;
	}
	if (fresh && (p = peer_new(env, m->system)) == NULL)
		return;
	if (peer_set(p, m, &reason) == -1) {
		log_warnx("%s: %s", m->system, reason);
		if (fresh)
			peer_free(env, p);
		return;
	}
	p->keep = 1;
	/* Without a number there is nothing the data path could be told. */
	if (db_save_peer(env, p) == -1 && p->id == 0) {
		peer_free(env, p);
		return;
	}
	if (fresh)
		log_info("%s: allowed by policy", m->system);
	peer_push(env, p);
}

/* After a full set: what it did not name is gone. */
static void
sweep(struct env *env)
{
	struct peer	*p, *next;

	for (p = TAILQ_FIRST(&env->peers); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		if (!p->keep)
			peer_down(env, p);
	}
}

static void
send_barriers(struct env *env, uint64_t sequence)
{
	struct msg_barrier	 m;

	memset(&m, 0, sizeof(m));
	m.sequence = sequence;
	env->pending = sequence;
	env->barriers = R_CRYPTO | R_TUN;
	msg_send_barrier(proc_peer(&env->proc, ROLE_CRYPTO), &m, -1);
	msg_send_barrier(proc_peer(&env->proc, ROLE_TUN), &m, -1);
}

void
on_policy_commit(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_policy_commit	*m = data;
	struct env			*env = arg;
	struct staged			*s;
	struct peer			*p;
	int				 ok;

	(void)c;
	(void)fd;
	TAILQ_FOREACH(p, &env->peers, entry)
		p->keep = 0;
	ok = db_begin(env) == 0;
	TAILQ_FOREACH(s, &env->staged, entry)
		apply(env, &s->policy);
	if (m->full)
		sweep(env);
	policy_drop_staged(env);
	env->sequence = m->sequence;
	if (db_save_policy(env) == -1 || db_end(env, ok) == -1)
		log_warnx("policy %llu is in force but could not be stored",
		    (unsigned long long)m->sequence);
	send_barriers(env, m->sequence);
	hours_look(env);
}

void
on_barrier_done(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_barrier_done	*m = data;
	struct env			*env = arg;
	struct msg_policy_ack		 ack;

	(void)fd;
	if (m->sequence != env->pending || env->barriers == 0)
		return;
	env->barriers &= ~ROLE_BIT(c->role);
	if (env->barriers != 0)
		return;
	memset(&ack, 0, sizeof(ack));
	ack.sequence = m->sequence;
	msg_send_policy_ack(proc_peer(&env->proc, ROLE_LINK), &ack, -1);
}

void
on_introduction(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_introduction	*m = data;
	struct env			*env = arg;
	struct peer			*p = peer_named(env, m->system);

	(void)c;
	(void)fd;
	if (p == NULL || p->expired) {
		log_debug("introduction to %s, which policy does not name",
		    m->system);
		return;
	}
	p->intro = *m;
	p->introduced = 1;
	p->again_ms = CTL_AGAIN_MIN_MS;
	p->again_at = clock_mono_ms() + 2 * (uint64_t)CTL_AGAIN_MIN_MS;
	/* Before it is stored: finding a path must not wait for a disk. */
	p->have_code = m->relay.family != 0;
	peer_introduce(env, p);
	/* netproc has the code of the relay; it is not stored. */
	p->have_code = 0;
	explicit_bzero(p->intro.relay_code, sizeof(p->intro.relay_code));
	db_save_introduction(env, p);
}
