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
 * policyproc's start and its table of messages.
 */

#include <sys/types.h>

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "policyproc/policyproc.h"

static void
on_stun_address(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_stun_address	*m = data;
	struct env			*env = arg;

	(void)c;
	(void)fd;
	if (env->stun.n == MSG_EPS_MAX)
		fatalx("too many STUN addresses");
	env->stun.e[env->stun.n++] = m->address;
}

static const struct handler handlers[] = {
	{ MSG_STUN_ADDRESS, on_stun_address },
	{ MSG_ZONES, hours_zones },
	{ MSG_GEO, geo_set },
	{ MSG_GEO_NONE, geo_unset },
	{ MSG_MODEL_ORG, model_org },
	{ MSG_MODEL_SYSTEM, model_system },
	{ MSG_MODEL_SYSTEM_GONE, model_system_gone },
	{ MSG_MODEL_POLICY, policy_set },
	{ MSG_MODEL_POLICY_GONE, policy_gone },
	{ MSG_MODEL_REQUIREMENT, trust_model_requirement },
	{ MSG_MODEL_REQUIREMENT_GONE, trust_model_requirement_gone },
	{ MSG_MODEL_TAG, trust_model_tag },
	{ MSG_MODEL_GRANT, trust_model_grant },
	{ MSG_MODEL_FACTS, facts_model },
	{ MSG_TRUST_GET, verdict_get },
	{ MSG_MODEL_RELAY, relay_model },
	{ MSG_MODEL_RELAY_GONE, relay_model_gone },
	{ MSG_MODEL_READY, model_ready },
	{ MSG_MODEL_TOLD, link_told },
	{ MSG_AUTHENTICATED, link_authenticated },
	{ MSG_SYSTEM_FACTS, facts_told },
	{ MSG_CONN_GONE, link_gone },
	{ MSG_CONN_ALIVE, rival_alive },
	{ MSG_CONN_ACK, link_ack },
	{ MSG_CONN_HOLDS, renew_holds },
	{ MSG_CONN_CANDIDATES, introduce_candidates },
	{ MSG_CONN_INTRODUCE, introduce_again },
	{ MSG_RELAY_CLAIM, relay_claim },
	{ MSG_CONN_RELAY_LOAD, relay_load },
	{ MSG_CONN_RELAY_RTT, distance_report },
	{ MSG_MODEL_SIGNIN, signin_model },
	{ MSG_CONN_SIGNIN, signin_asked },
	{ MSG_OIDC_CODE, signin_code },
	{ MSG_OIDC_SIGNED_IN, signin_done },
	{ MSG_OIDC_FAILED, signin_failed },
	{ MSG_SERVICE_STATUS_GET, status_get },
	{ MSG_COUNTERS, status_counters },
	{ MSG_EXPLAIN_GET, explain_get },
	{ MSG_TRIAL_BEGIN, trial_begin },
	{ MSG_TRIAL_TEST, trial_test },
	{ MSG_TRIAL_END, trial_end },
};

static void
prepare(void *arg)
{
	struct env	*env = arg;

	evtimer_set(&env->work_timer, push_work_timer, env);
	evtimer_set(&env->later_timer, introduce_later_timer, env);
	evtimer_set(&env->tick_timer, policy_tick, env);
	evtimer_set(&env->renew_timer, renew_timer, env);
	evtimer_set(&env->rival_timer, rival_timer, env);
	evtimer_set(&env->park_timer, park_timer, env);
	evtimer_set(&env->status.limit, status_timer, env);
}

static void
run(void *arg)
{
	policy_schedule(arg);
}

static void
peer_up(void *arg, uint32_t role, uint32_t instance)
{
	(void)instance;
	if (role == ROLE_STORE)
		model_ask(arg);
	else if (role == ROLE_OIDC)
		signin_sync(arg);
}

static void
peer_down(void *arg, uint32_t role, uint32_t instance)
{
	struct env	*env = arg;

	if (role == ROLE_TLS) {
		link_drop_instance(env, instance);
		relay_drop_instance(env, instance);
		push_run(env);
	}
	if (role == ROLE_STORE)
		trial_drop(env);
	if (role == ROLE_OIDC)
		signin_oidc_down(env);
	status_peer_down(env, role, instance);
}

static const struct proc_ops ops = {
	.prepare = prepare,
	.run = run,
	.peer_up = peer_up,
	.peer_down = peer_down,
	.admit = trial_admit,
};

int
main(void)
{
	static struct env	 env;

	RB_INIT(&env.orgs);
	RB_INIT(&env.systems);
	RB_INIT(&env.names);
	RB_INIT(&env.links);
	TAILQ_INIT(&env.work);
	TAILQ_INIT(&env.held);
	TAILQ_INIT(&env.rivals);
	TAILQ_INIT(&env.parked);
	TAILQ_INIT(&env.relays);
	TAILQ_INIT(&env.claims);
	/* Agents keep the highest number: it must grow over restarts too. */
	env.next_number = clock_wall_sec() << 24;
	env.proc.role = ROLE_POLICY;
	env.proc.env = &env;
	env.proc.handlers = handlers;
	env.proc.nhandlers = sizeof(handlers) / sizeof(handlers[0]);
	env.proc.ops = &ops;
	env.proc.sandbox = &policyproc_sandbox;
	return child_main(&env.proc);
}
