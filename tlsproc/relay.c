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
 * Relays as clients of the service, and what agents and policyproc tell each
 * other of them.  A connection is of an agent or of a relay, never both.
 */

#include <sys/types.h>

#include <string.h>

#include "tlsproc/tlsproc.h"

/* Who a relay is does not depend on a challenge, so it does not wait. */
int
relay_in_hello(struct conn *c, const struct frame *f, const char **errstr)
{
	struct frame_relay_hello	 h;
	struct msg_relay_hello		 m;
	int				 sent;

	*errstr = "relay_hello: not now";
	if ((c->state != CONN_STRANGER && c->state != CONN_CHALLENGED) ||
	    frame_get_relay_hello(f, &h, errstr) == -1)
		return -1;
	memset(&m, 0, sizeof(m));
	m.conn = c->id;
	strlcpy(m.name, h.name, sizeof(m.name));
	strlcpy(m.token, h.token, sizeof(m.token));
	m.addresses = h.endpoints;
	m.instances = h.instances;
	explicit_bzero(&h, sizeof(h));
	sent = proc_peer(&c->env->proc, ROLE_POLICY) == NULL ? -1 :
	    msg_send_relay_hello(proc_peer(&c->env->proc, ROLE_AUTH), &m, -1);
	explicit_bzero(&m, sizeof(m));
	if (sent == -1) {
		conn_refuse(c, "the service is starting: try again");
		return 0;
	}
	c->relay = 1;
	c->state = CONN_AUTHENTICATING;
	c->policy_knows = 1;
	return 0;
}

int
relay_in_load(struct conn *c, const struct frame *f, const char **errstr)
{
	struct frame_relay_load		 load;
	struct msg_conn_relay_load	 m;

	if (frame_get_relay_load(f, &load, errstr) == -1)
		return -1;
	memset(&m, 0, sizeof(m));
	m.conn = c->id;
	m.instance = load.instance;
	m.pairs = load.pairs;
	m.waiting = load.waiting;
	m.bytes = load.bytes;
	m.refused = load.refused;
	msg_send_conn_relay_load(proc_peer(&c->env->proc, ROLE_POLICY), &m,
	    -1);
	return 0;
}

int
relay_in_rtt(struct conn *c, const struct frame *f, const char **errstr)
{
	struct msg_conn_relay_rtt	 m;

	if (frame_get_relay_rtt(f, &m, errstr) == -1)
		return -1;
	m.conn = c->id;
	msg_send_conn_relay_rtt(proc_peer(&c->env->proc, ROLE_POLICY), &m,
	    -1);
	return 0;
}

void
relay_welcome(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_conn_relay_welcome	*m = data;
	struct conn				*c = conn_find(arg, m->conn);
	uint8_t					*frame;
	size_t					 len;

	(void)fd;
	if (c == NULL || c->state != CONN_AUTHENTICATING || !c->relay) {
		/* It ended before policyproc knew of it. */
		if (c == NULL || c->state != CONN_AUTHENTICATED)
			conn_unknown(ch, m->conn);
		return;
	}
	conn_authenticated(c);
	frame = frame_put_relay_welcome(&len);
	conn_send(c, frame, len);
}

void
relay_code(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_conn_relay_code	*m = data;
	struct conn				*c = conn_find(arg, m->conn);
	struct frame_relay_code			 code;
	uint8_t					*frame;
	size_t					 len;

	(void)ch;
	(void)fd;
	if (c == NULL || c->state != CONN_AUTHENTICATED || !c->relay)
		return;
	memset(&code, 0, sizeof(code));
	code.id = m->id;
	code.instance = m->instance;
	code.life = m->life_s;
	memcpy(code.hash, m->hash, sizeof(code.hash));
	frame = frame_put_relay_code(&code, &len);
	conn_send(c, frame, len);
}

void
relay_list(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_conn_relays	*m = data;
	struct conn			*c = conn_find(arg, m->conn);
	uint8_t				*frame;
	size_t				 len;

	(void)ch;
	(void)fd;
	if (c == NULL || c->state != CONN_AUTHENTICATED || c->relay)
		return;
	frame = frame_put_relays(m, &len);
	conn_send(c, frame, len);
}
