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
 * oidcproc's start and its conversation with policyproc, which may be
 * compromised: it can say who is to sign in where, and not that one has.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "oidcproc/oidc.h"

static void
on_link_ca(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_link_ca	*m = data;
	struct env			*env = arg;
	uint8_t				*ca;

	(void)c;
	(void)fd;
	if (m->pem_len > OIDC_CA_MAX - env->ca_len)
		fatalx("the file of 'identity ca' is too large");
	ca = realloc(env->ca, env->ca_len + m->pem_len + 1);
	if (ca == NULL)
		fatal("trusted certificates");
	memcpy(ca + env->ca_len, m->pem, m->pem_len);
	env->ca = ca;
	env->ca_len += m->pem_len;
}

static void
on_link_nameserver(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_link_nameserver	*m = data;
	struct env				*env = arg;

	(void)c;
	(void)fd;
	if (env->nnameservers < RESOLVE_SERVERS_MAX)
		env->nameservers[env->nnameservers++] = m->server;
}

static const struct handler handlers[] = {
	{ MSG_LINK_CA, on_link_ca },
	{ MSG_LINK_NAMESERVER, on_link_nameserver },
	{ MSG_OIDC_BEGIN, signin_begin },
	{ MSG_OIDC_CANCEL, signin_cancel },
	{ MSG_OIDC_SYNC, signin_sync },
};

static void
prepare(void *arg)
{
	struct env	*env = arg;
	const char	*errstr;
	size_t		 seed;

	arc4random_buf(&seed, sizeof(seed));
	if (jwt_init(seed) == -1)
		fatalx("signatures cannot be verified here");
	if (tlsio_warm_up(&errstr) == -1)
		fatalx("TLS does not work here: %s", errstr);
	if (resolve_warm_up() == -1)
		log_warnx("names cannot be resolved here");
	request_init(env);
	/* Then nobody is trusted, and every request fails. */
	if (env->ca_len == 0)
		return;
	env->config = tlsio_web_config(env->ca, env->ca_len, &errstr);
	if (env->config == NULL)
		fatalx("'identity ca': %s", errstr);
}

static const struct proc_ops ops = {
	.prepare = prepare,
};

int
main(void)
{
	static struct env	 env;

	TAILQ_INIT(&env.providers);
	RB_INIT(&env.signins);
	env.proc.role = ROLE_OIDC;
	env.proc.env = &env;
	env.proc.handlers = handlers;
	env.proc.nhandlers = sizeof(handlers) / sizeof(handlers[0]);
	env.proc.ops = &ops;
	env.proc.sandbox = &oidcproc_sandbox;
	return child_main(&env.proc);
}
