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
 * ctlproc's start, its timer and its neighbours' comings and goings.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ctlproc/ctl.h"

static void
on_ctl_listen(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;

	(void)c;
	(void)data;
	env->listen_fd = fd;
}

static void
on_ctl_options(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;

	(void)c;
	(void)fd;
	env->options = *(const struct msg_ctl_options *)data;
}

static void
on_tun_configured(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_tun_configured	*m = data;

	(void)arg;
	(void)c;
	(void)fd;
	if (!m->ok)
		log_error("the virtual addresses could not be set: %s",
		    m->reason);
}

static void
on_public_keys(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;

	(void)c;
	(void)fd;
	env->keys = *(const struct msg_public_keys *)data;
	env->have_keys = 1;
	if (env->self.enrolled &&
	    !identity_pinned(env, env->self.authority)) {
		log_error("the stored certificate is not of the pinned "
		    "authority: enrol this system again");
		memset(&env->self, 0, sizeof(env->self));
	}
	renew_authority(env);
	identity_present(env);
	identity_answer(env);
}

static void
send_candidates(struct env *env)
{
	const struct msg_local_candidates	*in = &env->candidates;
	struct msg_link_candidates		 m;

	memset(&m, 0, sizeof(m));
	m.generation = in->generation;
	m.candidates = in->candidates;
	m.nat_udp = in->nat_udp;
	m.nat_udp_step = in->nat_udp_step;
	m.nat_tcp = in->nat_tcp;
	m.nat_tcp_step = in->nat_tcp_step;
	msg_send_link_candidates(proc_peer(&env->proc, ROLE_LINK), &m, -1);
}

void
link_probe(struct env *env)
{
	struct msg_link_probe	 m;

	memset(&m, 0, sizeof(m));
	msg_send_link_probe(proc_peer(&env->proc, ROLE_LINK), &m, -1);
}

static void
on_path_doubt(void *arg, struct chan *c, const void *data, int fd)
{
	(void)c;
	(void)data;
	(void)fd;
	link_probe(arg);
}

static void
on_local_candidates(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;

	(void)c;
	(void)fd;
	env->candidates = *(const struct msg_local_candidates *)data;
	if (env->link.state == LINK_UP)
		send_candidates(env);
	link_probe(env);
}

static void
on_link_state(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_link_state	*m = data;
	struct env			*env = arg;

	(void)fd;
	if (m->state > LINK_IDLE) {
		proc_violation(&env->proc, c, MSG_LINK_STATE,
		    "state out of range");
		return;
	}
	if (m->state != env->link.state)
		env->link_since = clock_wall_sec();
	env->link.state = m->state;
	/* A connection that ends keeps the reason it was refused with. */
	if (m->reason[0] != '\0' || m->state == LINK_UP)
		log_safe(env->link.reason, sizeof(env->link.reason),
		    m->reason);
	if (m->state == LINK_DOWN) {
		env->have_challenge = 0;
		policy_drop_staged(env);
		user_link_down(env);
		renew_link_down(env);
		if (env->enrolment.active)
			identity_enrol_failed(env, 1, env->link.reason);
	}
}

static void
check_clock(uint64_t server)
{
	uint64_t	 now = clock_wall_sec();
	uint64_t	 skew = now > server ? now - server : server - now;

	if (skew > CTL_CLOCK_SKEW_SEC)
		log_warnx("the clock differs from discovery's by %llu s: "
		    "set it, certificates depend on it",
		    (unsigned long long)skew);
}

static void
on_link_welcome(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_link_welcome	*m = data;
	struct env			*env = arg;
	int				 same;

	(void)c;
	(void)fd;
	check_clock(m->server_time);
	user_link_up(env);
	if (env->link.state != LINK_UP)
		env->link_since = clock_wall_sec();
	env->link.state = LINK_UP;
	env->link.reason[0] = '\0';
	same = memcmp(&env->stun.servers, &m->stun, sizeof(m->stun)) == 0;
	env->stun.servers = m->stun;
	msg_send_stun_servers(proc_peer(&env->proc, ROLE_NET), &env->stun,
	    -1);
	/* With other servers netproc looks first, and tells then. */
	if (same && env->candidates.candidates.n > 0)
		send_candidates(env);
	facts_push(env, clock_mono_ms());
	peers_look(env, clock_mono_ms());
	renew_link_up(env);
}

static const struct handler handlers[] = {
	{ MSG_CTL_LISTEN, on_ctl_listen },
	{ MSG_CTL_OPTIONS, on_ctl_options },
	{ MSG_FACTS, on_facts },
	{ MSG_LINK_TRUST, on_link_trust },
	{ MSG_STATIC_SELF, on_static_self },
	{ MSG_STATIC_PEER, on_static_peer },
	{ MSG_TUN_CONFIGURED, on_tun_configured },
	{ MSG_IDENTITY_GONE, on_identity_gone },
	{ MSG_PUBLIC_KEYS, on_public_keys },
	{ MSG_SIGNATURE, on_signature },
	{ MSG_AUTHORITY_RESULT, on_authority_result },
	{ MSG_PEER_RESULT, on_peer_result },
	{ MSG_PEER_SESSION, on_peer_session },
	{ MSG_PEER_STATS, on_peer_stats },
	{ MSG_TUN_STATS, on_tun_stats },
	{ MSG_STATS_END, on_stats_end },
	{ MSG_PATH_ROW, on_path_row },
	{ MSG_NET_ROW, on_net_row },
	{ MSG_TUN_PONG, on_tun_pong },
	{ MSG_BARRIER_DONE, on_barrier_done },
	{ MSG_LOCAL_CANDIDATES, on_local_candidates },
	{ MSG_PATH, on_path },
	{ MSG_PATH_DOUBT, on_path_doubt },
	{ MSG_TUN_MTU, on_tun_mtu },
	{ MSG_LINK_STATE, on_link_state },
	{ MSG_LINK_CHALLENGE, on_link_challenge },
	{ MSG_LINK_ENROLLED, on_link_enrolled },
	{ MSG_LINK_REFUSED, on_link_refused },
	{ MSG_LINK_WELCOME, on_link_welcome },
	{ MSG_POLICY_ENTRY, on_policy_entry },
	{ MSG_POLICY_COMMIT, on_policy_commit },
	{ MSG_INTRODUCTION, on_introduction },
	{ MSG_LINK_RENEWED, on_link_renewed },
	{ MSG_LINK_ORDER, on_link_order },
	{ MSG_LINK_AUTHORITY, on_link_authority },
	{ MSG_AUTHORITY_PINS, on_authority_pins },
	{ MSG_LINK_USER, on_link_user },
	{ MSG_LINK_RELAYS, on_link_relays },
	{ MSG_RELAY_RTT, on_relay_rtt },
	{ MSG_RELAY_FAILED, on_relay_failed },
	{ MSG_CLIENT_ENROL, on_client_enrol },
	{ MSG_CLIENT_RESET, on_client_reset },
	{ MSG_CLIENT_STATUS, on_client_status },
	{ MSG_CLIENT_VERSION, on_client_version },
	{ MSG_CLIENT_PATHS, on_client_paths },
	{ MSG_CLIENT_EXPLAIN, on_client_explain },
	{ MSG_CLIENT_NETCHECK, on_client_netcheck },
	{ MSG_CLIENT_PING, on_client_ping },
	{ MSG_CLIENT_AUTH, on_client_auth },
};

static void
on_tick(int fd, short event, void *arg)
{
	struct timeval	 tv = { CTL_TICK_MS / 1000, 0 };
	struct env	*env = arg;
	uint64_t	 now = clock_mono_ms();

	(void)fd;
	(void)event;
	client_tick(env, now);
	hours_tick(env);
	facts_push(env, clock_mono_ms());
	user_tick(env, now);
	peers_tick(env, now);
	renew_tick(env, now);
	evtimer_add(&env->ev_tick, &tv);
}

static void
prepare(void *arg)
{
	struct env	*env = arg;

	if (env->listen_fd == -1)
		fatalx("the parent sent no socket for enclavectl");
	db_open(env);
	db_load(env);
}

static void
run(void *arg)
{
	struct env	*env = arg;

	client_start(env);
	evtimer_set(&env->ev_tick, on_tick, env);
	evtimer_set(&env->ev_hours, hours_timer, env);
	hours_look(env);
	on_tick(-1, EV_TIMEOUT, env);
}

static void
peer_up(void *arg, uint32_t role, uint32_t instance)
{
	struct env		*env = arg;
	struct msg_barrier	 m;

	(void)instance;
	switch (role) {
	case ROLE_TUN:
		identity_configure(env);
		peers_push_all(env, role);
		break;
	case ROLE_CRYPTO:
		peers_push_all(env, role);
		break;
	case ROLE_NET:
		msg_send_stun_servers(proc_peer(&env->proc, role),
		    &env->stun, -1);
		relays_net_up(env);
		peers_push_all(env, role);
		break;
	}
	/* It died owing an answer; what was asked has been said again. */
	if ((env->barriers & ROLE_BIT(role)) != 0) {
		memset(&m, 0, sizeof(m));
		m.sequence = env->pending;
		msg_send_barrier(proc_peer(&env->proc, role), &m, -1);
	}
}

static void
peer_down(void *arg, uint32_t role, uint32_t instance)
{
	struct env	*env = arg;
	struct peer	*p;

	(void)instance;
	TAILQ_FOREACH(p, &env->peers, entry) {
		if (role == ROLE_CRYPTO)
			p->established = 0;
		if (role != ROLE_NET)
			continue;
		/* Without a code netproc cannot go back to the relay. */
		if (p->path_up && p->path.type == ICE_RELAY)
			peer_again_soon(env, p, clock_mono_ms());
		p->path_up = 0;
	}
	static_down(env, role);
	if (role == ROLE_CRYPTO) {
		env->have_keys = 0;
		env->renewal.checking = 0;
		identity_enrol_failed(env, 1, "cryptoproc ended meanwhile: "
		    "see the log, then try again");
	}
	if (role == ROLE_LINK) {
		env->link.state = LINK_DOWN;
		env->link_since = clock_wall_sec();
		env->have_challenge = 0;
		policy_drop_staged(env);
		user_link_down(env);
		renew_link_down(env);
	}
}

static const struct proc_ops ops = {
	.prepare = prepare,
	.run = run,
	.peer_up = peer_up,
	.peer_down = peer_down,
};

int
main(void)
{
	static struct env	 env;

	TAILQ_INIT(&env.peers);
	TAILQ_INIT(&env.statics);
	TAILQ_INIT(&env.staged);
	TAILQ_INIT(&env.clients);
	TAILQ_INIT(&env.users);
	env.listen_fd = -1;
	env.proc.role = ROLE_CTL;
	env.proc.env = &env;
	env.proc.handlers = handlers;
	env.proc.nhandlers = sizeof(handlers) / sizeof(handlers[0]);
	env.proc.ops = &ops;
	env.proc.sandbox = &ctlproc_sandbox;
	return child_main(&env.proc);
}
