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
 * linkproc's start and its conversation with its siblings, which may be
 * compromised: they can say to discovery only what the table allows.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "linkproc/link.h"

static void
on_link_server(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_link_server	*m = data;
	struct env			*env = arg;
	struct link_server		*s;

	(void)c;
	(void)fd;
	if (env->nservers == LINK_SERVERS_MAX)
		fatalx("too many discovery servers");
	s = &env->servers[env->nservers++];
	strlcpy(s->host, m->host, sizeof(s->host));
	s->port = m->port;
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

static void
on_link_pin(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_link_pin	*m = data;
	struct env			*env = arg;

	(void)c;
	(void)fd;
	if (tlscert_pin_parse(m->pin, env->pin) == -1)
		fatalx("'discovery pin' is not SHA256: and 64 digits");
	env->have_pin = 1;
}

static void
on_link_ca(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_link_ca	*m = data;
	struct env			*env = arg;
	uint8_t				*ca;

	(void)c;
	(void)fd;
	if (m->pem_len > LINK_CA_MAX - env->ca_len)
		fatalx("the file of 'discovery ca' is too large");
	ca = realloc(env->ca, env->ca_len + m->pem_len + 1);
	if (ca == NULL)
		fatal("trusted certificates");
	memcpy(ca + env->ca_len, m->pem, m->pem_len);
	env->ca = ca;
	env->ca_len += m->pem_len;
}

static void
on_link_auth(void *arg, struct chan *c, const void *data, int fd)
{
	(void)c;
	(void)fd;
	agent_auth(arg, data);
}

static void
on_link_enrol(void *arg, struct chan *c, const void *data, int fd)
{
	(void)c;
	(void)fd;
	agent_enrol(arg, data);
}

static void
on_link_candidates(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;
	uint8_t		*frame;
	size_t		 len;

	(void)c;
	(void)fd;
	if (env->phase != PHASE_UP)
		return;
	frame = frame_put_candidates(data, &len);
	session_send(env, frame, len);
}

static void
on_link_facts(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;
	uint8_t		*frame;
	size_t		 len;

	(void)c;
	(void)fd;
	if (env->phase != PHASE_UP)
		return;
	frame = frame_put_facts(data, &len);
	session_send(env, frame, len);
}

static void
on_policy_ack(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;
	uint8_t		*frame;
	size_t		 len;

	(void)c;
	(void)fd;
	if (env->phase != PHASE_UP)
		return;
	frame = frame_put_ack(data, &len);
	session_send(env, frame, len);
}

static void
on_introduce_again(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;
	uint8_t		*frame;
	size_t		 len;

	(void)c;
	(void)fd;
	if (env->phase != PHASE_UP)
		return;
	frame = frame_put_introduce(data, &len);
	session_send(env, frame, len);
}

static void
on_link_relay_rtt(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;
	uint8_t		*frame;
	size_t		 len;

	(void)c;
	(void)fd;
	if (env->phase != PHASE_UP)
		return;
	frame = frame_put_relay_rtt(data, &len);
	session_send(env, frame, len);
}

static void
on_link_renew(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;
	uint8_t		*frame;
	size_t		 len;

	(void)c;
	(void)fd;
	if (env->phase != PHASE_UP)
		return;
	frame = frame_put_renew(data, &len);
	session_send(env, frame, len);
}

static void
on_link_holds(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;
	uint8_t		*frame;
	size_t		 len;

	(void)c;
	(void)fd;
	if (env->phase != PHASE_UP)
		return;
	frame = frame_put_holds(data, &len);
	session_send(env, frame, len);
}

static void
on_link_signin(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;
	uint8_t		*frame;
	size_t		 len;

	(void)c;
	(void)fd;
	if (env->phase != PHASE_UP)
		return;
	frame = frame_put_signin(data, &len);
	session_send(env, frame, len);
}

static void
on_link_probe(void *arg, struct chan *c, const void *data, int fd)
{
	(void)c;
	(void)data;
	(void)fd;
	link_hurry(arg, LINK_DELAY_MIN_MS);
	session_probe(arg);
}

static void
on_link_relay(void *arg, struct chan *c, const void *data, int fd)
{
	(void)c;
	(void)fd;
	relay_configure(arg, data);
}

static void
on_relay_load(void *arg, struct chan *c, const void *data, int fd)
{
	(void)fd;
	relay_load(arg, c->instance, data);
}

static const struct handler handlers[] = {
	{ MSG_LINK_SERVER, on_link_server },
	{ MSG_LINK_NAMESERVER, on_link_nameserver },
	{ MSG_LINK_PIN, on_link_pin },
	{ MSG_LINK_CA, on_link_ca },
	{ MSG_LINK_AUTH, on_link_auth },
	{ MSG_LINK_ENROL, on_link_enrol },
	{ MSG_LINK_CANDIDATES, on_link_candidates },
	{ MSG_LINK_FACTS, on_link_facts },
	{ MSG_POLICY_ACK, on_policy_ack },
	{ MSG_INTRODUCE_AGAIN, on_introduce_again },
	{ MSG_LINK_RELAY_RTT, on_link_relay_rtt },
	{ MSG_LINK_RENEW, on_link_renew },
	{ MSG_LINK_HOLDS, on_link_holds },
	{ MSG_LINK_SIGNIN, on_link_signin },
	{ MSG_LINK_PROBE, on_link_probe },
	{ MSG_LINK_RELAY, on_link_relay },
	{ MSG_RELAY_LOAD, on_relay_load },
};

static void
prepare(void *arg)
{
	struct env	*env = arg;
	const char	*errstr;
	size_t		 seed;

	/* With peers of the configuration alone there is nothing to do. */
	if (env->nservers == 0)
		return;
	if (!env->have_pin && env->ca_len == 0)
		fatalx("neither 'discovery pin' nor 'discovery ca' is given");
	link_init(env);
	arc4random_buf(&seed, sizeof(seed));
	frame_init(seed);
	if (tlsio_warm_up(&errstr) == -1)
		fatalx("TLS does not work here: %s", errstr);
	if (resolve_warm_up() == -1)
		log_warnx("names cannot be resolved here");
	env->config = tlsio_client_config(env->have_pin ? NULL : env->ca,
	    env->ca_len, &errstr);
	if (env->config == NULL)
		fatalx("'discovery ca': %s", errstr);
}

/* An agent begins when its ctlproc is there to be told. */
static void
run(void *arg)
{
	struct env	*env = arg;

	if (env->session == &relay_session)
		link_start(env);
}

static void
end(void *arg)
{
	struct env	*env = arg;

	explicit_bzero(&env->hello, sizeof(env->hello));
}

static void
peer_up(void *arg, uint32_t role, uint32_t instance)
{
	(void)instance;
	if (role == ROLE_CTL)
		link_start(arg);
}

static void
peer_down(void *arg, uint32_t role, uint32_t instance)
{
	(void)instance;
	if (role == ROLE_CTL)
		link_stop(arg);
}

static const struct proc_ops ops = {
	.prepare = prepare,
	.run = run,
	.end = end,
	.peer_up = peer_up,
	.peer_down = peer_down,
};

int
main(void)
{
	static struct env	 env;

	env.proc.role = ROLE_LINK;
	env.proc.env = &env;
	env.proc.handlers = handlers;
	env.proc.nhandlers = sizeof(handlers) / sizeof(handlers[0]);
	env.proc.ops = &ops;
	env.proc.sandbox = &linkproc_sandbox;
	env.session = &agent_session;
	env.fd = -1;
	env.phase = PHASE_OFF;
	return child_main(&env.proc);
}
