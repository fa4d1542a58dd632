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
 * A copy of an enrolled image becomes a system of its own: what makes it the
 * one that it was copied from is forgotten here and on the parent's side.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "ctlproc/ctl.h"

static void
reset_policy(struct env *env)
{
	struct peer	*p;

	while ((p = TAILQ_FIRST(&env->peers)) != NULL) {
		peer_withdraw(env, p);
		peer_free(env, p);
	}
	policy_drop_staged(env);
	env->sequence = env->pending = 0;
	env->barriers = 0;
}

void
on_client_reset(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_client_reset	*ask = data;
	struct msg_identity_reset	 m;
	struct env			*env = arg;

	(void)fd;
	if (env->resetting != NULL || env->enrolment.active) {
		client_result(c->data, 1, env->resetting != NULL ?
		    "a reset is under way" : "an enrolment is under way");
		return;
	}
	if (strcmp(ask->system, env->self.enrolled ? env->self.system : "") !=
	    0) {
		client_result(c->data, 1, "this system is another one by now");
		return;
	}
	/* First on disk: halfway it must not come back as what it was. */
	if (db_forget(env) == -1) {
		client_result(c->data, 1, "the state of this system could not "
		    "be changed: see the log");
		return;
	}
	if (env->self.enrolled)
		log_info("this system is not %s any more", env->self.system);
	reset_policy(env);
	explicit_bzero(&env->self, sizeof(env->self));
	memset(&env->renewal, 0, sizeof(env->renewal));
	memset(&env->authority, 0, sizeof(env->authority));
	env->have_challenge = 0;
	env->have_keys = 0;
	memset(&m, 0, sizeof(m));
	if (msg_send_identity_reset(env->proc.parent, &m, -1) == -1) {
		client_result(c->data, 1, "enclaved does not answer");
		return;
	}
	env->resetting = c->data;
}

void
on_identity_gone(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_identity_gone	*m = data;
	struct env			*env = arg;
	struct client			*client = env->resetting;

	(void)c;
	(void)fd;
	env->resetting = NULL;
	if (client == NULL)
		return;
	if (m->ok)
		client_result(client, 0, "this system has a new identity and "
		    "is not enrolled");
	else
		client_result(client, 1, m->reason);
}
