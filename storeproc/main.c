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
 * storeproc's start: the database is opened and migrated as the unprivileged
 * user before the sandbox is entered.
 */

#include <sys/types.h>

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "storeproc/storeproc.h"

static void
on_store_listen(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;

	(void)c;
	(void)data;
	env->listen_fd = fd;
}

static void
on_tls_pin(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_tls_pin	*m = data;
	struct env			*env = arg;

	(void)c;
	(void)fd;
	memcpy(env->pin, m->pin, sizeof(env->pin));
}

static const struct handler handlers[] = {
	{ MSG_STORE_LISTEN, on_store_listen },
	{ MSG_TLS_PIN, on_tls_pin },
	{ MSG_ZONES, hours_zones },
	{ MSG_ORG_KEY, admin_org_key },
	{ MSG_KEY_MADE, admin_key_made },
	{ MSG_ENROL, enrol_request },
	{ MSG_ENROL_SIGNED, enrol_signed },
	{ MSG_CROSS_SIGNED, authority_cross_signed },
	{ MSG_RENEW, renew_request },
	{ MSG_RENEW_SIGNED, renew_signed },
	{ MSG_SYSTEM_HOLDS, renew_holds },
	{ MSG_MODEL_GET, model_get },
	{ MSG_MODEL_ASK, model_asked },
	{ MSG_SYSTEM_SEEN, model_seen },
	{ MSG_SERVICE_STATUS, admin_service_status },
	{ MSG_ADMIN_ORG_ADD, admin_org_add },
	{ MSG_ADMIN_ORG_ROLLOVER, authority_rollover },
	{ MSG_ADMIN_SYSTEM_RENEW, renew_order },
	{ MSG_ADMIN_ORG_SET, admin_org_set },
	{ MSG_ADMIN_ORG_DELETE, admin_org_delete },
	{ MSG_ADMIN_KEY_ADD, admin_key_add },
	{ MSG_ADMIN_KEY_SET, admin_key_set },
	{ MSG_ADMIN_KEY_CHANGE, admin_key_change },
	{ MSG_ADMIN_KEY_TOPUP, admin_key_topup },
	{ MSG_ADMIN_SYSTEM_SET, admin_system_set },
	{ MSG_ADMIN_SYSTEM_TAG, admin_system_tag },
	{ MSG_ADMIN_SYSTEM_UNTIL, admin_system_until },
	{ MSG_ADMIN_SYSTEM_CHANGE, admin_system_change },
	{ MSG_SYSTEM_CLONE, admin_system_clone },
	{ MSG_ADMIN_POLICY_ADD, admin_policy_add },
	{ MSG_ADMIN_POLICY_SET, admin_policy_set },
	{ MSG_ADMIN_RELAY_ADD, relay_add },
	{ MSG_ADMIN_RELAY_SET, relay_set },
	{ MSG_RELAY_SEEN, relay_seen },
	{ MSG_ADMIN_TAG_ADD, tag_add },
	{ MSG_ADMIN_TAG_DELETE, tag_delete },
	{ MSG_ADMIN_REQUIREMENT_ADD, requirement_add },
	{ MSG_ADMIN_REQUIREMENT_DELETE, requirement_delete },
	{ MSG_ADMIN_REQUIREMENT_GRANT, requirement_grant },
	{ MSG_ADMIN_SYSTEM_SHOW, trust_show },
	{ MSG_SIGNIN_KEEP, requirement_signin },
	{ MSG_FACTS_KEEP, facts_keep },
	{ MSG_TRUST_ROW, trust_row },
	{ MSG_TRUST_END, trust_end },
	{ MSG_ADMIN_LIST, admin_list },
	{ MSG_ADMIN_TOKEN_ADD, token_add },
	{ MSG_ADMIN_TOKEN_SET, token_set },
	{ MSG_TOKEN_MADE, token_made },
	{ MSG_ADMIN_SESSION, session_new },
	{ MSG_ADMIN_LOGIN, session_login },
	{ MSG_ADMIN_REMEMBER, session_remember },
	{ MSG_ADMIN_STATUS, admin_status },
	{ MSG_ADMIN_PIN, admin_pin },
	{ MSG_ADMIN_EXPLAIN, explain_request },
	{ MSG_EXPLAIN_ROW, explain_row },
	{ MSG_EXPLAIN_END, explain_end },
	{ MSG_ADMIN_AUDIT_LIST, audit_list },
	{ MSG_ADMIN_LOG, audit_log },
	{ MSG_ADMIN_AUDIT_VERIFY, audit_verify },
	{ MSG_ADMIN_BACKUP, backup_request },
	{ MSG_ADMIN_BATCH_BEGIN, batch_begin },
	{ MSG_ADMIN_BATCH_END, batch_end },
	{ MSG_ADMIN_TEST_ADD, policytest_add },
	{ MSG_ADMIN_TEST_DELETE, policytest_delete },
	{ MSG_ADMIN_TEST_RUN, policytest_run },
	{ MSG_TRIAL_PAIR, trial_pair },
	{ MSG_TRIAL_VERDICT, trial_verdict },
	{ MSG_TRIAL_DONE, trial_done },
};

/* Was a damaged database put aside here? */
static int
was_put_aside(void)
{
	static const char	 prefix[] = STORE_FILE ".corrupt-";
	struct dirent		*de;
	DIR			*dir;
	int			 found = 0;

	if ((dir = opendir(".")) == NULL)
		fatal("state directory");
	while (!found && (de = readdir(dir)) != NULL)
		found = strncmp(de->d_name, prefix, sizeof(prefix) - 1) == 0;
	closedir(dir);
	return found;
}

static void
prepare(void *arg)
{
	struct env	*env = arg;
	const char	*why;

	db_init();
	/* An empty service must not take the place of a damaged one. */
	if (was_put_aside())
		env->db = db_open_existing(STORE_FILE, &why);
	else
		env->db = db_open(STORE_FILE, &why);
	if (env->db == NULL)
		fatalx("database: %s", why);
	backup_sweep();
	evtimer_set(&env->feed_timer, feed_timer, env);
	evtimer_set(&env->seen_timer, model_seen_timer, env);
	evtimer_set(&env->facts_timer, facts_timer, env);
	evtimer_set(&env->life_timer, life_timer, env);
	evtimer_set(&env->release, batch_release, env);
	evtimer_set(&env->end_timer, hours_end_timer, env);
}

static void
run(void *arg)
{
	struct env	*env = arg;

	db_on_change(env->db, event_changed, env);
	policytest_count(env);
	client_start(env);
	life_anew(env);
	hours_end_look(env);
}

static void
peer_down(void *arg, uint32_t role, uint32_t instance)
{
	struct env	*env = arg;

	(void)instance;
	/* Each session of the API has a channel of its own. */
	if (role != ROLE_API)
		batch_role_gone(env, role);
	wait_fail_all(env, role);
	if (role == ROLE_POLICY)
		model_policy_down(env);
}

static void
end(void *arg)
{
	struct env	*env = arg;

	if (env->db == NULL)
		return;
	batch_drop(env);
	model_seen_flush(env);
	facts_flush(env);
	backup_drop(env, NULL);
	db_close(env->db);
}

/* On whose behalf the database changes, for the audit log. */
static void
around(void *arg, struct chan *c)
{
	struct env	*env = arg;

	if (env->db == NULL)
		return;
	if (c == NULL)
		batch_after(env);
	db_replay_set(env->db, session_replay(c));
	db_actor(env->db, c == NULL ? "timer" : client_actor(c));
}

static const struct proc_ops ops = {
	.around = around,
	.prepare = prepare,
	.run = run,
	.peer_down = peer_down,
	.admit = batch_admit,
	.end = end,
};

int
main(void)
{
	static struct env	 env;

	TAILQ_INIT(&env.waits);
	TAILQ_INIT(&env.feeds);
	TAILQ_INIT(&env.held);
	RB_INIT(&env.online);
	RB_INIT(&env.leaving);
	RB_INIT(&env.leaving_due);
	SLIST_INIT(&env.relays);
	env.listen_fd = -1;
	env.proc.role = ROLE_STORE;
	env.proc.env = &env;
	env.proc.handlers = handlers;
	env.proc.nhandlers = sizeof(handlers) / sizeof(handlers[0]);
	env.proc.ops = &ops;
	env.proc.sandbox = &storeproc_sandbox;
	return child_main(&env.proc);
}
