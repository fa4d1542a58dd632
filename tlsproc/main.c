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
 * tlsproc's start and its conversation with authproc and policyproc.  Both
 * may be compromised: a number that names no connection, or one in another
 * state, changes nothing.
 */

#include <sys/types.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "tlsproc/tlsproc.h"

static void
on_tls_listen(void *arg, struct chan *ch, const void *data, int fd)
{
	struct env	*env = arg;
	int		 flags;

	(void)ch;
	(void)data;
	if (env->nlisteners == TLSPROC_LISTEN_MAX)
		fatalx("too many listening sockets");
	if ((flags = fcntl(fd, F_GETFL)) == -1 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		fatal("listening socket");
	env->listeners[env->nlisteners++] = fd;
}

static void
on_tls_keypair(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_tls_keypair	*m = data;
	struct env			*env = arg;

	(void)ch;
	(void)fd;
	env->cert_len = m->certificate_len;
	memcpy(env->cert, m->certificate, env->cert_len);
	env->key_len = m->key_len;
	memcpy(env->key, m->key, env->key_len);
	env->make = 0;
}

static void
on_tls_none(void *arg, struct chan *ch, const void *data, int fd)
{
	struct env	*env = arg;

	(void)ch;
	(void)data;
	(void)fd;
	env->make = env->cert_len == 0;
}

static void
on_challenge(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_challenge	*m = data;
	struct conn			*c = conn_find(arg, m->conn);
	uint8_t				*frame;
	size_t				 len;

	(void)ch;
	(void)fd;
	if (c == NULL || c->state != CONN_STRANGER)
		return;
	c->state = CONN_CHALLENGED;
	frame = frame_put_challenge(m, &len);
	conn_send(c, frame, len);
}

static void
on_auth_refused(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_auth_refused	*m = data;
	struct conn			*c = conn_find(arg, m->conn);

	(void)ch;
	(void)fd;
	/* Of one that is authenticated: authproc knows it no more. */
	if (c != NULL && (c->state == CONN_AUTHENTICATING ||
	    c->state == CONN_AUTHENTICATED))
		conn_refuse(c, m->reason);
}

static void
on_enrol_result(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_enrol_result	*m = data;
	struct conn			*c = conn_find(arg, m->conn);
	struct env			*env = arg;
	uint8_t				*frame;
	size_t				 len;

	(void)ch;
	(void)fd;
	if (c == NULL || c->state != CONN_ENROLLING)
		return;
	if (!m->ok)
		env->refused++;
	frame = frame_put_enrol_result(m, &len);
	if (conn_send(c, frame, len) == -1)
		return;
	/* Each attempt answers a challenge of its own. */
	conn_challenge(c);
}

void
conn_unknown(struct chan *ch, uint32_t id)
{
	struct msg_conn_gone	 m;

	memset(&m, 0, sizeof(m));
	m.conn = id;
	msg_send_conn_gone(ch, &m, -1);
}

static void
on_conn_welcome(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_conn_welcome	*m = data;
	struct conn			*c = conn_find(arg, m->conn);
	uint8_t				*frame;
	size_t				 len;

	(void)fd;
	if (c == NULL || c->state != CONN_AUTHENTICATING || c->relay) {
		/* It ended before policyproc knew of it. */
		if (c == NULL || c->state != CONN_AUTHENTICATED)
			conn_unknown(ch, m->conn);
		return;
	}
	conn_authenticated(c);
	frame = frame_put_welcome(m, &len);
	conn_send(c, frame, len);
}

static void
on_conn_refuse(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_conn_refuse	*m = data;
	struct conn			*c = conn_find(arg, m->conn);

	(void)ch;
	(void)fd;
	if (c != NULL && (c->state == CONN_AUTHENTICATING ||
	    c->state == CONN_AUTHENTICATED))
		conn_refuse(c, m->reason);
}

static void
on_conn_probe(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_conn_probe	*m = data;
	struct conn			*c = conn_find(arg, m->conn);
	uint8_t				*frame;
	size_t				 len;

	(void)fd;
	if (c == NULL || c->state != CONN_AUTHENTICATED) {
		conn_unknown(ch, m->conn);
		return;
	}
	c->probed = 1;
	frame = frame_put_ping(&len);
	conn_send(c, frame, len);
}

static void
on_conn_entry(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_conn_entry	*m = data;
	struct conn			*c = conn_find(arg, m->conn);

	(void)ch;
	(void)fd;
	if (c == NULL || c->state != CONN_AUTHENTICATED || c->relay)
		return;
	if (c->policy == NULL) {
		c->policy = frame_policy_new();
		c->entries = 0;
	}
	if (c->policy == NULL || c->entries >= FRAME_ENTRIES_MAX ||
	    frame_policy_add(c->policy, m) == -1) {
		log_warnx("connection %u: its policy does not fit a frame",
		    c->id);
		conn_refuse(c, "the policy for this system is too large");
		return;
	}
	c->entries++;
}

static void
on_conn_commit(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_conn_commit	*m = data;
	struct conn			*c = conn_find(arg, m->conn);
	struct frame_policy		*policy;
	uint8_t				*frame = NULL;
	size_t				 len = 0;

	(void)ch;
	(void)fd;
	if (c == NULL || c->state != CONN_AUTHENTICATED || c->relay)
		return;
	policy = c->policy != NULL ? c->policy : frame_policy_new();
	c->policy = NULL;
	if (policy != NULL)
		frame = frame_policy_finish(policy, m, &len);
	conn_send(c, frame, len);
}

static void
on_conn_introduction(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_conn_introduction	*m = data;
	struct conn				*c = conn_find(arg, m->conn);
	uint8_t					*frame;
	size_t					 len;

	(void)ch;
	(void)fd;
	if (c == NULL || c->state != CONN_AUTHENTICATED || c->relay)
		return;
	frame = frame_put_introduction(m, &len);
	conn_send(c, frame, len);
}

static void
on_conn_trust(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_conn_trust	*m = data;
	struct conn			*c = conn_find(arg, m->conn);
	uint8_t				*frame;
	size_t				 len;

	(void)ch;
	(void)fd;
	if (c == NULL || c->state != CONN_AUTHENTICATED || c->relay)
		return;
	frame = frame_put_trust(m, &len);
	conn_send(c, frame, len);
}

static void
on_conn_user(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_conn_user	*m = data;
	struct conn			*c = conn_find(arg, m->conn);
	uint8_t				*frame;
	size_t				 len;

	(void)ch;
	(void)fd;
	if (c == NULL || c->state != CONN_AUTHENTICATED || c->relay)
		return;
	frame = frame_put_user(m, &len);
	conn_send(c, frame, len);
}

static void
on_counters_get(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_counters_get	*m = data;
	struct env			*env = arg;
	struct msg_counters		 row;

	(void)fd;
	memset(&row, 0, sizeof(row));
	row.id = m->id;
	row.rx = env->rx + conn_sum(env, tlsio_rx);
	row.tx = env->tx + conn_sum(env, tlsio_tx);
	row.refused = env->refused;
	row.dropped = env->bad_frames;
	msg_send_counters(ch, &row, -1);
}

static const struct handler handlers[] = {
	{ MSG_TLS_LISTEN, on_tls_listen },
	{ MSG_TLS_KEYPAIR, on_tls_keypair },
	{ MSG_TLS_NONE, on_tls_none },
	{ MSG_CHALLENGE, on_challenge },
	{ MSG_AUTH_REFUSED, on_auth_refused },
	{ MSG_ENROL_RESULT, on_enrol_result },
	{ MSG_RENEW_RESULT, renew_result },
	{ MSG_CONN_RENEW, renew_order },
	{ MSG_CONN_AUTHORITY, renew_authority },
	{ MSG_CONN_WELCOME, on_conn_welcome },
	{ MSG_CONN_REFUSE, on_conn_refuse },
	{ MSG_CONN_PROBE, on_conn_probe },
	{ MSG_CONN_ENTRY, on_conn_entry },
	{ MSG_CONN_COMMIT, on_conn_commit },
	{ MSG_CONN_INTRODUCTION, on_conn_introduction },
	{ MSG_CONN_TRUST, on_conn_trust },
	{ MSG_CONN_USER, on_conn_user },
	{ MSG_CONN_RELAYS, relay_list },
	{ MSG_CONN_RELAY_WELCOME, relay_welcome },
	{ MSG_CONN_RELAY_CODE, relay_code },
	{ MSG_COUNTERS_GET, on_counters_get },
};

static void
prepare(void *arg)
{
	struct env	*env = arg;
	size_t		 seed;

	arc4random_buf(&seed, sizeof(seed));
	frame_init(seed);
	keys_prepare(env);
}

static void
run(void *arg)
{
	accept_start(arg);
}

static void
peer_down(void *arg, uint32_t role, uint32_t instance)
{
	(void)instance;
	if (role == ROLE_POLICY)
		conn_close_all(arg, 1, "the service restarts");
	else if (role == ROLE_AUTH)
		conn_close_all(arg, 0, "the service restarts");
}

static const struct proc_ops ops = {
	.prepare = prepare,
	.run = run,
	.peer_down = peer_down,
};

int
main(void)
{
	static struct env	 env;

	RB_INIT(&env.conns);
	RB_INIT(&env.sources);
	env.proc.role = ROLE_TLS;
	env.proc.env = &env;
	env.proc.handlers = handlers;
	env.proc.nhandlers = sizeof(handlers) / sizeof(handlers[0]);
	env.proc.ops = &ops;
	env.proc.sandbox = &tlsproc_sandbox;
	return child_main(&env.proc);
}
