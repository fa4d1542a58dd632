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
 * Certificates over their renewals: which serials are good, what agents say
 * that they hold, and orders to renew, so many a second and no more, so that
 * a new authority does not make every agent ask at once.
 */

#include <sys/types.h>

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "policyproc/policyproc.h"

int
renew_serial_good(const struct system *s,
    const uint8_t serial[CERT_SERIAL_LEN])
{
	static const uint8_t	 none[CERT_SERIAL_LEN];

	if (memcmp(serial, none, sizeof(none)) == 0)
		return 0;
	return memcmp(s->serial, serial, sizeof(s->serial)) == 0 ||
	    memcmp(s->serial_old, serial, sizeof(s->serial_old)) == 0;
}

static void
tell_store(struct env *env, const struct system *s,
    const uint8_t serial[CERT_SERIAL_LEN],
    const uint8_t authority[CERT_KEY_LEN])
{
	struct msg_system_holds	 m;

	memset(&m, 0, sizeof(m));
	m.system = s->id;
	memcpy(m.serial, serial, sizeof(m.serial));
	if (authority != NULL)
		memcpy(m.authority, authority, sizeof(m.authority));
	msg_send_system_holds(proc_peer(&env->proc, ROLE_STORE), &m, -1);
}

void
renew_proved(struct env *env, const struct system *s,
    const uint8_t serial[CERT_SERIAL_LEN])
{
	static const uint8_t	 none[CERT_SERIAL_LEN];

	/* Only when storeproc does not know it yet. */
	if (memcmp(s->serial_old, none, sizeof(none)) != 0 &&
	    memcmp(s->serial, serial, sizeof(s->serial)) == 0)
		tell_store(env, s, serial, NULL);
}

static void
renew_take(struct env *env, struct link *l, const struct msg_conn_holds *m)
{
	memcpy(l->serial, m->serial, sizeof(l->serial));
	if (memcmp(l->serial, l->system->serial, sizeof(l->serial)) == 0)
		memcpy(l->signer, l->system->signer, sizeof(l->signer));
	tell_store(env, l->system, m->serial, m->authority);
}

void
renew_holds(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_conn_holds	*m = data;
	struct env			*env = arg;
	struct link			*l;

	(void)fd;
	if (link_foreign(env, c, MSG_CONN_HOLDS, m->conn) ||
	    (l = link_find(env, m->conn)) == NULL)
		return;
	if (renew_serial_good(l->system, m->serial)) {
		renew_take(env, l, m);
		return;
	}
	/* The agent may have it sooner than we know of it. */
	l->holds = *m;
	if (!l->holds_asked && model_ask_news(env, m->conn) == 0)
		l->holds_asked = 1;
}

void
renew_told(struct env *env, struct link *l)
{
	if (!l->holds_asked)
		return;
	l->holds_asked = 0;
	if (renew_serial_good(l->system, l->holds.serial))
		renew_take(env, l, &l->holds);
}

static int
renew_due(const struct link *l, uint64_t now)
{
	const struct system	*s = l->system;

	if (!s->ordered &&
	    memcmp(s->signer, s->org->authority, sizeof(s->signer)) == 0)
		return 0;
	return l->renew_ms == 0 ||
	    now - l->renew_ms >= POLICY_RENEW_AGAIN_MS;
}

static void
renew_send(struct env *env, struct link *l, uint64_t now)
{
	struct msg_conn_renew	 m;

	memset(&m, 0, sizeof(m));
	m.conn = l->conn;
	l->renew_ms = now;
	msg_send_conn_renew(link_tls(env, l->conn), &m, -1);
}

/* Order what is due, as far as this second allows. */
static void
renew_look(struct env *env)
{
	struct timeval	 tv = { 0, 0 };
	uint64_t	 now = clock_mono_ms();
	struct link	*l;

	if (env->renew_second != now / 1000) {
		env->renew_second = now / 1000;
		env->renew_count = 0;
	}
	RB_FOREACH(l, link_tree, &env->links) {
		if (renew_due(l, now)) {
			if (env->renew_count == POLICY_RENEW_SEC) {
				tv.tv_sec = 1;
				break;
			}
			env->renew_count++;
			renew_send(env, l, now);
		}
		if (l->renew_ms != 0)
			tv.tv_sec = POLICY_TICK_SEC;
	}
	if (tv.tv_sec != 0)
		evtimer_add(&env->renew_timer, &tv);
}

void
renew_check(struct env *env, struct link *l)
{
	const struct system	*s = l->system;

	if (!s->ordered &&
	    memcmp(s->signer, s->org->authority, sizeof(s->signer)) == 0)
		l->renew_ms = 0;
	else if (renew_due(l, clock_mono_ms()))
		renew_look(env);
}

void
renew_timer(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	renew_look(arg);
}

int
renew_authority_good(const struct org *o,
    const uint8_t authority[CERT_KEY_LEN])
{
	static const uint8_t	 none[CERT_KEY_LEN];

	if (memcmp(authority, none, sizeof(none)) == 0)
		return 0;
	return memcmp(o->authority, authority, CERT_KEY_LEN) == 0 ||
	    memcmp(o->previous, authority, CERT_KEY_LEN) == 0;
}

void
renew_tell(struct env *env, const struct link *l)
{
	const struct org		*o = l->system->org;
	struct msg_conn_authority	 m;

	if (o->statement_len == 0)
		return;
	memset(&m, 0, sizeof(m));
	m.conn = l->conn;
	m.statement_len = o->statement_len;
	memcpy(m.statement, o->statement, o->statement_len);
	msg_send_conn_authority(link_tls(env, l->conn), &m, -1);
}

/*
 * Everybody is told first; then who depends on an authority that counts no
 * more is cut off, and renewals are ordered.
 */
void
renew_org_changed(struct env *env, struct org *o)
{
	struct link	*l, *next;
	struct system	*s;

	RB_FOREACH(l, link_tree, &env->links)
		if (l->system->org == o)
			renew_tell(env, l);
	RB_FOREACH_SAFE(l, link_tree, &env->links, next)
		if (l->system->org == o &&
		    !renew_authority_good(o, l->signer))
			link_refuse(env, l, "the authority of this "
			    "certificate is not trusted any more: enrol "
			    "again");
	RB_FOREACH(s, system_tree, &env->systems)
		if (s->org == o)
			model_system_apply(env, s);
	push_run(env);
	renew_look(env);
}
