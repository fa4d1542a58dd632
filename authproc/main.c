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
 * authproc's start and its table of messages.
 */

#include <sys/types.h>

#include <sodium.h>
#include <string.h>

#include "authproc/authproc.h"
#include "base/log.h"

static const struct handler handlers[] = {
	{ MSG_AUTHORITY, authority_load },
	{ MSG_AUTHORITY_ADDED, authority_stored },
	{ MSG_ORG_KEY_MAKE, authority_make },
	{ MSG_KEY_MAKE, authority_enrol_key },
	{ MSG_TOKEN_MAKE, authority_token },
	{ MSG_ENROL_SIGN, authority_sign },
	{ MSG_CROSS_SIGN, authority_cross },
	{ MSG_ENROL_DONE, enrol_done },
	{ MSG_RENEW_REQUEST, renew_request },
	{ MSG_RENEW_SIGN, renew_sign },
	{ MSG_RENEW_DONE, renew_done },
	{ MSG_CHALLENGE_GET, conn_challenge },
	{ MSG_CONN_GONE, conn_gone },
	{ MSG_AUTH_REQUEST, login_request },
	{ MSG_CONN_FACTS, login_facts },
	{ MSG_ENROL_REQUEST, enrol_request },
	{ MSG_RELAY_HELLO, relay_hello },
};

static void
peer_down(void *arg, uint32_t role, uint32_t instance)
{
	if (role == ROLE_STORE) {
		enrol_abort(arg);
		renew_abort(arg);
	} else if (role == ROLE_TLS) {
		conn_drop_instance(arg, instance);
	}
}

static void
end(void *arg)
{
	struct env	*env = arg;

	sodium_memzero(env->secrets, sizeof(*env->secrets));
}

static const struct proc_ops ops = {
	.peer_down = peer_down,
	.end = end,
};

int
main(void)
{
	static struct env	 env;

	if (sodium_init() == -1)
		return 1;
	/* Locks memory, which the sandbox forbids. */
	env.secrets = sodium_allocarray(1, sizeof(*env.secrets));
	if (env.secrets == NULL)
		fatalx("cannot allocate the locked memory for keys: "
		    "is the memory-lock limit too low?");
	memset(env.secrets, 0, sizeof(*env.secrets));
	RB_INIT(&env.conns);
	TAILQ_INIT(&env.ages);
	env.proc.role = ROLE_AUTH;
	env.proc.env = &env;
	env.proc.handlers = handlers;
	env.proc.nhandlers = sizeof(handlers) / sizeof(handlers[0]);
	env.proc.ops = &ops;
	env.proc.sandbox = &authproc_sandbox;
	return child_main(&env.proc);
}
