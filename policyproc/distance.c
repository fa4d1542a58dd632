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
 * How far systems are from relays, which of them a system is told of, and
 * which one serves a pair.  What systems report moves nothing but the choice
 * for themselves.  A code is known here for as long as it takes to hand it
 * out; it is never logged.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "policyproc/policyproc.h"
#include "relay/relay.h"

/* The online relays in the order of their names, as one pair sees them. */
struct view {
	struct relay		*relays[POLICY_RELAYS_MAX];
	struct relay_option	 options[POLICY_RELAYS_MAX];
	size_t			 n;
};

static struct distance *
distance_find(struct system *s, uint32_t relay)
{
	struct distance	*d;

	SLIST_FOREACH(d, &s->distances, entry)
		if (d->relay == relay)
			return d;
	return NULL;
}

static struct distance *
distance_get(struct system *s, uint32_t relay)
{
	struct distance	*d = distance_find(s, relay);

	if (d != NULL)
		return d;
	if ((d = calloc(1, sizeof(*d))) == NULL)
		return NULL;
	d->relay = relay;
	SLIST_INSERT_HEAD(&s->distances, d, entry);
	return d;
}

void
distance_free(struct system *s)
{
	struct distance	*d;

	while ((d = SLIST_FIRST(&s->distances)) != NULL) {
		SLIST_REMOVE_HEAD(&s->distances, entry);
		free(d);
	}
}

void
distance_forget(struct env *env, uint32_t relay)
{
	struct system	*s;
	struct distance	*d;

	RB_FOREACH(s, system_tree, &env->systems) {
		if ((d = distance_find(s, relay)) == NULL)
			continue;
		SLIST_REMOVE(&s->distances, d, distance, entry);
		free(d);
	}
}

void
distance_retry(struct env *env, uint32_t relay)
{
	struct system	*s;
	struct distance	*d;
	size_t		 i;

	RB_FOREACH(s, system_tree, &env->systems) {
		if ((d = distance_find(s, relay)) == NULL)
			continue;
		for (i = 0; i < MSG_EPS_MAX; i++)
			if (d->rtt[i] == RELAY_RTT_UNREACHABLE)
				d->rtt[i] = RELAY_RTT_UNKNOWN;
	}
}

void
distance_report(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_conn_relay_rtt	*m = data;
	struct env			*env = arg;
	struct link			*l;
	struct relay			*r;
	struct distance			*d;
	uint16_t			 i;

	(void)fd;
	if (link_foreign(env, c, MSG_CONN_RELAY_RTT, m->conn))
		return;
	if ((l = link_find(env, m->conn)) == NULL)
		return;
	TAILQ_FOREACH(r, &env->relays, entry) {
		for (i = 0; i < r->addresses.n; i++) {
			if (endpoint_cmp(&r->addresses.e[i], &m->relay) != 0)
				continue;
			if ((d = distance_get(l->system, r->id)) == NULL)
				return;
			/* 0 would say that it was not measured. */
			d->rtt[i] = m->rtt_us == 0 ? 1 : m->rtt_us;
		}
	}
}

/*
 * The address of a relay that suits a system: the nearest one, else the first
 * that it has not failed to reach; -1 when it has failed with all.
 */
static int
best_address(const struct relay *r, const struct distance *d, uint32_t *rtt)
{
	int	 best = -1, other = -1;
	int	 i;

	for (i = 0; i < r->addresses.n; i++) {
		if (d != NULL && d->rtt[i] == RELAY_RTT_UNREACHABLE)
			continue;
		if (d == NULL || d->rtt[i] == RELAY_RTT_UNKNOWN)
			other = other == -1 ? i : other;
		else if (best == -1 || d->rtt[i] < d->rtt[best])
			best = i;
	}
	*rtt = RELAY_RTT_UNREACHABLE;
	if (best != -1)
		*rtt = d->rtt[best];
	else if (other != -1)
		*rtt = RELAY_RTT_UNKNOWN;
	return best != -1 ? best : other;
}

static void
view_build(struct env *env, struct view *v, struct system *a,
    struct system *b, uint32_t avoid)
{
	struct relay		*r;
	struct relay_option	*o;

	v->n = 0;
	TAILQ_FOREACH(r, &env->relays, entry) {
		if (r->conn == 0 || r->id == avoid ||
		    v->n == POLICY_RELAYS_MAX)
			continue;
		o = &v->options[v->n];
		memset(o, 0, sizeof(*o));
		o->name = r->name;
		o->load = relay_pairs(r);
		o->latitude = r->latitude;
		o->longitude = r->longitude;
		best_address(r, distance_find(a, r->id), &o->rtt[0]);
		best_address(r, distance_find(b, r->id), &o->rtt[1]);
		v->relays[v->n++] = r;
	}
}

void
distance_changed(struct env *env)
{
	struct link	*l;

	RB_FOREACH(l, link_tree, &env->links) {
		l->relays_due = 1;
		push_queue(env, l);
	}
}

/* The address number n of each relay, nearest first, while there is room. */
static void
list_addresses(const struct view *v, const size_t *order, uint16_t n,
    struct msg_eps *out)
{
	const struct relay	*r;
	size_t			 i;

	for (i = 0; i < v->n && out->n < MSG_EPS_MAX; i++) {
		r = v->relays[order[i]];
		if (n < r->addresses.n)
			out->e[out->n++] = r->addresses.e[n];
	}
}

/* By cost; those of equal cost stay in the order of their names. */
static void
order_by_cost(const struct view *v, size_t *order)
{
	uint64_t	 cost[POLICY_RELAYS_MAX];
	size_t		 i, k;

	for (i = 0; i < v->n; i++) {
		cost[i] = relay_cost(v->options, v->n, i, 0);
		for (k = i; k > 0 && cost[order[k - 1]] > cost[i]; k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
}

void
distance_tell(struct env *env, struct link *l)
{
	struct msg_conn_relays	 m;
	struct view		 v;
	size_t			 order[POLICY_RELAYS_MAX];
	uint16_t		 n;

	l->relays_due = 0;
	view_build(env, &v, l->system, l->system, 0);
	order_by_cost(&v, order);
	memset(&m, 0, sizeof(m));
	m.conn = l->conn;
	for (n = 0; n < MSG_EPS_MAX; n++)
		list_addresses(&v, order, n, &m.relays);
	msg_send_conn_relays(link_tls(env, l->conn), &m, -1);
}

/* The one with the least to do, and of those the one chosen least often. */
static uint8_t
least_loaded(const struct relay *r)
{
	const struct instance	*a, *b;
	uint64_t		 la, lb;
	uint8_t			 best = 0, i;

	for (i = 1; i < r->ninstances; i++) {
		a = &r->instances[i];
		b = &r->instances[best];
		la = (uint64_t)a->pairs + a->waiting;
		lb = (uint64_t)b->pairs + b->waiting;
		if (la < lb || (la == lb && a->codes < b->codes))
			best = i;
	}
	return best;
}

/* 0, or -1 when the relay cannot be told. */
static int
code_register(struct env *env, struct relay *r, uint8_t instance,
    const uint8_t code[POLICY_CODE_LEN])
{
	struct msg_conn_relay_code	 m;

	memset(&m, 0, sizeof(m));
	m.conn = r->conn;
	m.id = env->next_code++;
	m.instance = instance;
	m.life_s = POLICY_CODE_SEC;
	relay_hash(code, m.hash);
	r->instances[instance].codes++;
	return msg_send_conn_relay_code(link_tls(env, r->conn), &m, -1);
}

void
distance_choose(struct env *env, const struct link *a, const struct link *b,
    uint32_t avoid, struct rendezvous *out)
{
	const struct link	*sides[2] = { a, b };
	struct relay		*r;
	struct view		 v;
	ssize_t			 n;
	uint32_t		 rtt;
	uint8_t			 instance;
	int			 address, i;

	memset(out, 0, sizeof(*out));
	view_build(env, &v, a->system, b->system, avoid);
	if ((n = relay_choose(v.options, v.n)) == -1 && avoid != 0) {
		view_build(env, &v, a->system, b->system, 0);
		n = relay_choose(v.options, v.n);
	}
	if (n == -1)
		return;
	r = v.relays[n];
	instance = least_loaded(r);
	arc4random_buf(out->code, sizeof(out->code));
	if (code_register(env, r, instance, out->code) == -1) {
		explicit_bzero(out, sizeof(*out));
		return;
	}
	out->relay = r->id;
	/* Instances are at the ports that follow. */
	for (i = 0; i < 2; i++) {
		address = best_address(r, distance_find(sides[i]->system,
		    r->id), &rtt);
		out->address[i] = r->addresses.e[address];
		out->address[i].port += instance;
	}
}
