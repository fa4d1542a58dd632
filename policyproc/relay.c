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
 * Relays: those of the model, and which of them are connected.  A relay is who
 * it says when the hash of its token is the model's; it is offered to systems
 * while it is connected and enabled, and not a moment longer.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "policyproc/policyproc.h"
#include "relay/relay.h"

static struct relay *
relay_find(struct env *env, uint32_t id)
{
	struct relay	*r;

	TAILQ_FOREACH(r, &env->relays, entry)
		if (r->id == id)
			return r;
	return NULL;
}

static struct relay *
relay_named(struct env *env, const char *name)
{
	struct relay	*r;

	TAILQ_FOREACH(r, &env->relays, entry)
		if (strcmp(r->name, name) == 0)
			return r;
	return NULL;
}

static struct relay *
relay_of(struct env *env, uint32_t conn)
{
	struct relay	*r;

	TAILQ_FOREACH(r, &env->relays, entry)
		if (conn != 0 && r->conn == conn)
			return r;
	return NULL;
}

uint32_t
relay_pairs(const struct relay *r)
{
	uint64_t	 sum = 0;
	uint8_t		 i;

	for (i = 0; i < r->ninstances; i++)
		sum += (uint64_t)r->instances[i].pairs +
		    r->instances[i].waiting;
	return sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}

static void
relay_seen(struct env *env, const struct relay *r)
{
	struct msg_relay_seen	 m;
	uint8_t			 i;

	memset(&m, 0, sizeof(m));
	m.relay = r->id;
	m.online = r->conn != 0;
	for (i = 0; i < r->ninstances && m.online; i++) {
		m.pairs += r->instances[i].pairs;
		m.bytes += r->instances[i].bytes;
		m.refused += r->instances[i].refused;
	}
	msg_send_relay_seen(proc_peer(&env->proc, ROLE_STORE), &m, -1);
}

void
relay_seen_all(struct env *env)
{
	struct relay	*r;

	TAILQ_FOREACH(r, &env->relays, entry)
		if (r->conn != 0)
			relay_seen(env, r);
}

static void
relay_offline(struct env *env, struct relay *r)
{
	if (r->conn == 0)
		return;
	log_info("relay %s is gone", r->name);
	r->conn = 0;
	r->ninstances = 0;
	memset(r->instances, 0, sizeof(r->instances));
	relay_seen(env, r);
	distance_changed(env);
}

static void
relay_cut(struct env *env, struct relay *r, const char *reason)
{
	if (r->conn == 0)
		return;
	link_refuse_conn(env, r->conn, reason);
	relay_offline(env, r);
}

static void
relay_remove(struct env *env, struct relay *r)
{
	relay_cut(env, r, "this relay was deleted");
	distance_forget(env, r->id);
	TAILQ_REMOVE(&env->relays, r, entry);
	env->nrelays--;
	free(r);
}

static struct relay *
relay_new(struct env *env, const struct msg_model_relay *m)
{
	struct relay	*r, *next;

	if (env->nrelays >= POLICY_RELAYS_MAX) {
		log_warnx("too many relays, %s is left out", m->name);
		return NULL;
	}
	if ((r = calloc(1, sizeof(*r))) == NULL)
		fatal("relay");
	r->id = m->relay;
	memcpy(r->name, m->name, sizeof(r->name));
	TAILQ_FOREACH(next, &env->relays, entry)
		if (strcmp(next->name, r->name) > 0)
			break;
	if (next != NULL)
		TAILQ_INSERT_BEFORE(next, r, entry);
	else
		TAILQ_INSERT_TAIL(&env->relays, r, entry);
	env->nrelays++;
	return r;
}

void
relay_model(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_model_relay	*m = data;
	struct env			*env = arg;
	struct relay			*r = relay_named(env, m->name);

	(void)fd;
	/* One of this name was deleted while storeproc was away. */
	if (r != NULL && r->id != m->relay && !r->marked) {
		relay_remove(env, r);
		r = NULL;
	}
	if (r == NULL && (r = relay_find(env, m->relay)) == NULL &&
	    (r = relay_new(env, m)) == NULL)
		return;
	if (r->id != m->relay || strcmp(r->name, m->name) != 0) {
		proc_violation(&env->proc, c, MSG_MODEL_RELAY,
		    "a relay became another one");
		return;
	}
	r->marked = 1;
	r->enabled = m->enabled != 0;
	r->latitude = m->latitude;
	r->longitude = m->longitude;
	if (!relay_hash_equal(r->token_hash, m->token_hash))
		relay_cut(env, r, "the token was replaced");
	memcpy(r->token_hash, m->token_hash, sizeof(r->token_hash));
	if (!r->enabled)
		relay_cut(env, r, "this relay is disabled");
	push_run(env);
}

void
relay_model_gone(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_model_relay_gone	*m = data;
	struct env				*env = arg;
	struct relay				*r = relay_find(env, m->relay);

	(void)c;
	(void)fd;
	if (r != NULL)
		relay_remove(env, r);
	push_run(env);
}

void
relay_unmark(struct env *env)
{
	struct relay	*r;

	TAILQ_FOREACH(r, &env->relays, entry)
		r->marked = 0;
}

void
relay_sweep(struct env *env)
{
	struct relay	*r, *next;

	TAILQ_FOREACH_SAFE(r, &env->relays, entry, next)
		if (!r->marked)
			relay_remove(env, r);
}

/* NULL and the relay, or why it is not served. */
static const char *
claim_check(struct env *env, const struct msg_relay_claim *m,
    struct relay **r)
{
	static const uint8_t	 nobody[RELAY_HASH_LEN];
	int			 right;

	*r = relay_named(env, m->name);
	/* As long for a name that is not known. */
	right = relay_hash_equal(*r != NULL ? (*r)->token_hash : nobody,
	    m->token_hash);
	if (*r == NULL || !right)
		return "no relay of this name has this token";
	if (!(*r)->enabled)
		return "this relay is disabled";
	if (m->instances == 0 || m->instances > POLICY_INSTANCES_MAX ||
	    m->addresses.n == 0)
		return "a relay needs an address and 1 to 8 instances";
	return NULL;
}

static int
same_addresses(const struct msg_eps *a, const struct msg_eps *b)
{
	uint16_t	 i;

	if (a->n != b->n)
		return 0;
	for (i = 0; i < a->n; i++)
		if (endpoint_cmp(&a->e[i], &b->e[i]) != 0)
			return 0;
	return 1;
}

/* Strangers must not fill the log. */
static void
claim_refuse(struct env *env, const struct msg_relay_claim *m,
    const char *reason)
{
	uint64_t	 now = clock_mono_ms();
	char		 name[sizeof(m->name)];

	env->refused++;
	if (env->refused_ms == 0 ||
	    now - env->refused_ms >= POLICY_REFUSED_MS) {
		env->refused_ms = now;
		log_safe(name, sizeof(name), m->name);
		log_info("relay %s refused: %s (number %llu)", name, reason,
		    (unsigned long long)env->refused);
	}
	link_refuse_conn(env, m->conn, reason);
}

static void
claim_serve(struct env *env, const struct msg_relay_claim *m)
{
	struct msg_conn_relay_welcome	 w;
	struct relay			*r;
	const char			*reason;

	if ((reason = claim_check(env, m, &r)) != NULL) {
		claim_refuse(env, m, reason);
		return;
	}
	if (r->conn != m->conn)
		relay_cut(env, r, "another connection of this relay");
	if (!same_addresses(&r->addresses, &m->addresses))
		distance_forget(env, r->id);
	distance_retry(env, r->id);
	r->conn = m->conn;
	r->addresses = m->addresses;
	r->ninstances = m->instances;
	memset(r->instances, 0, sizeof(r->instances));
	memset(&w, 0, sizeof(w));
	w.conn = r->conn;
	msg_send_conn_relay_welcome(link_tls(env, r->conn), &w, -1);
	log_info("relay %s is connected", r->name);
	relay_seen(env, r);
	distance_changed(env);
}

void
relay_claim(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_relay_claim	*m = data;
	struct env			*env = arg;
	struct claim			*held;

	(void)c;
	(void)fd;
	/* Its tlsproc may have ended since. */
	if (m->conn == 0 || link_tls(env, m->conn) == NULL)
		return;
	if (env->have_model) {
		claim_serve(env, m);
		push_run(env);
		return;
	}
	if (env->nclaims >= POLICY_RELAYS_MAX ||
	    (held = calloc(1, sizeof(*held))) == NULL) {
		link_refuse_conn(env, m->conn,
		    "the service is starting: try again");
		return;
	}
	held->m = *m;
	TAILQ_INSERT_TAIL(&env->claims, held, entry);
	env->nclaims++;
}

static void
claim_free(struct env *env, struct claim *held)
{
	TAILQ_REMOVE(&env->claims, held, entry);
	env->nclaims--;
	freezero(held, sizeof(*held));
}

void
relay_serve_held(struct env *env)
{
	struct claim	*held;

	while ((held = TAILQ_FIRST(&env->claims)) != NULL) {
		claim_serve(env, &held->m);
		claim_free(env, held);
	}
}

void
relay_load(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_conn_relay_load	*m = data;
	struct env				*env = arg;
	struct relay				*r;
	struct instance				*in;

	(void)fd;
	if (link_foreign(env, c, MSG_CONN_RELAY_LOAD, m->conn))
		return;
	if ((r = relay_of(env, m->conn)) == NULL ||
	    m->instance >= r->ninstances)
		return;
	in = &r->instances[m->instance];
	in->pairs = m->pairs;
	in->waiting = m->waiting;
	in->bytes = m->bytes;
	in->refused = m->refused;
	relay_seen(env, r);
}

void
relay_conn_gone(struct env *env, uint32_t conn)
{
	struct relay	*r = relay_of(env, conn);
	struct claim	*held, *next;

	if (r != NULL)
		relay_offline(env, r);
	TAILQ_FOREACH_SAFE(held, &env->claims, entry, next)
		if (held->m.conn == conn)
			claim_free(env, held);
}

void
relay_drop_instance(struct env *env, uint32_t instance)
{
	struct relay	*r;
	struct claim	*held, *next;

	TAILQ_FOREACH(r, &env->relays, entry)
		if (r->conn != 0 && POLICY_CONN_TLS(r->conn) == instance)
			relay_offline(env, r);
	TAILQ_FOREACH_SAFE(held, &env->claims, entry, next)
		if (POLICY_CONN_TLS(held->m.conn) == instance)
			claim_free(env, held);
}
