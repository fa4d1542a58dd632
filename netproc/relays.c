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
 * Round-trip times to the relays, see relays.h.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "netproc/net.h"

static void
report(struct env *env, const struct net_relay *r)
{
	struct msg_relay_rtt	 m;

	memset(&m, 0, sizeof(m));
	m.relay = r->ep;
	m.rtt_us = r->rtt_us;
	msg_send_relay_rtt(proc_peer(&env->proc, ROLE_CTL), &m, -1);
}

static void
relay_close(struct net_relay *r)
{
	if (!r->dialling)
		return;
	event_del(&r->event);
	tcp_close(r->fd);
	r->dialling = 0;
}

/* One try is over, with a time or without. */
static void
tried(struct net_relay *r, uint32_t us, uint64_t now)
{
	relay_close(r);
	if (us < r->best_us)
		r->best_us = us;
	if (++r->tries < NET_RTT_TRIES) {
		r->due = now + NET_RTT_GAP_MS +
		    arc4random_uniform(NET_RTT_GAP_MS);
		return;
	}
	r->known = 1;
	r->rtt_us = r->best_us;
	r->tries = 0;
	r->due = now + NET_RTT_AGAIN_MS;
	report(r->env, r);
}

static void
on_connected(int fd, short event, void *arg)
{
	struct net_relay	*r = arg;
	struct endpoint		 local;
	uint64_t		 us = net_clock_us() - r->began_us;

	(void)event;
	tried(r, tcp_result(fd, &local) == 0 && us < NET_RTT_NONE ?
	    (uint32_t)us : NET_RTT_NONE, clock_mono_ms());
	net_schedule(r->env);
}

static void
try(struct net_relay *r, uint64_t now)
{
	if (r->dialling) {
		tried(r, NET_RTT_NONE, now);
		return;
	}
	if (r->tries == 0)
		r->best_us = NET_RTT_NONE;
	r->began_us = net_clock_us();
	if ((r->fd = tcp_dial(&r->env->tcp, &r->ep, TCP_ANY)) == -1) {
		tried(r, NET_RTT_NONE, now);
		return;
	}
	r->dialling = 1;
	r->due = now + NET_RTT_WAIT_MS;
	event_set(&r->event, r->fd, EV_WRITE, on_connected, r);
	event_add(&r->event, NULL);
}

static int
is_listed(const struct msg_eps *set, const struct endpoint *ep)
{
	size_t	 i;

	for (i = 0; i < set->n; i++)
		if (endpoint_cmp(&set->e[i], ep) == 0)
			return 1;
	return 0;
}

static int
is_known(const struct env *env, const struct endpoint *ep)
{
	size_t	 i;

	for (i = 0; i < MSG_EPS_MAX; i++)
		if (env->relays[i].ep.family != 0 &&
		    endpoint_cmp(&env->relays[i].ep, ep) == 0)
			return 1;
	return 0;
}

void
relays_set(struct env *env, const struct msg_eps *set)
{
	struct net_relay	*r;
	size_t			 i, k;

	if (env->options.no_relay)
		return;
	for (i = 0; i < MSG_EPS_MAX; i++) {
		r = &env->relays[i];
		if (r->ep.family == 0 || is_listed(set, &r->ep))
			continue;
		relay_close(r);
		memset(r, 0, sizeof(*r));
	}
	for (i = k = 0; i < set->n; i++) {
		if (set->e[i].family == 0 || set->e[i].port == 0 ||
		    is_known(env, &set->e[i]))
			continue;
		while (env->relays[k].ep.family != 0)
			k++;
		r = &env->relays[k];
		memset(r, 0, sizeof(*r));
		r->env = env;
		r->ep = set->e[i];
	}
	relays_report(env);
	net_schedule(env);
}

void
relays_report(struct env *env)
{
	size_t	 i;

	for (i = 0; i < MSG_EPS_MAX; i++)
		if (env->relays[i].ep.family != 0 && env->relays[i].known)
			report(env, &env->relays[i]);
}

void
relays_changed(struct env *env, uint64_t now)
{
	struct net_relay	*r;
	size_t			 i;

	for (i = 0; i < MSG_EPS_MAX; i++) {
		r = &env->relays[i];
		if (r->ep.family == 0)
			continue;
		relay_close(r);
		r->tries = 0;
		r->due = now;
	}
}

uint64_t
relays_tick(struct env *env, uint64_t now)
{
	struct net_relay	*r;
	uint64_t		 next = UINT64_MAX;
	size_t			 i;

	for (i = 0; i < MSG_EPS_MAX; i++) {
		r = &env->relays[i];
		if (r->ep.family == 0)
			continue;
		if (r->due <= now)
			try(r, now);
		if (r->due < next)
			next = r->due;
	}
	return next;
}
