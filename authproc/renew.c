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
 * Renewal: the connection says which system is asking, never the agent.
 * Whether a new certificate is due is storeproc's to decide; here it is
 * signed.
 */

#include <sys/types.h>

#include <string.h>

#include "authproc/authproc.h"
#include "base/log.h"

static void
renew_refuse(struct env *env, uint32_t conn, const char *reason)
{
	struct msg_renew_result	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	strlcpy(m.reason, reason, sizeof(m.reason));
	msg_send_renew_result(conn_tls(env, conn), &m, -1);
}

/* We were restarted, or too many came after it: it has to prove itself. */
static void
renew_stranger(struct chan *tls, uint32_t conn)
{
	struct msg_auth_refused	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	strlcpy(m.reason, "this connection is not known any more: connect "
	    "again", sizeof(m.reason));
	msg_send_auth_refused(tls, &m, -1);
}

void
renew_request(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_renew_request	*m = data;
	struct env			*env = arg;
	struct msg_renew		 out;
	struct conn			*c;

	(void)fd;
	if (conn_foreign(env, ch, MSG_RENEW_REQUEST, m->conn))
		return;
	c = conn_find(env, m->conn);
	if (c == NULL || !c->proved) {
		renew_stranger(ch, m->conn);
		return;
	}
	if (c->renewing) {
		renew_refuse(env, m->conn, "a renewal is under way");
		return;
	}
	memset(&out, 0, sizeof(out));
	out.conn = c->id;
	strlcpy(out.system, c->system, sizeof(out.system));
	memcpy(out.identity, c->identity, sizeof(out.identity));
	memcpy(out.serial, m->serial, sizeof(out.serial));
	if (msg_send_renew(proc_peer(&env->proc, ROLE_STORE), &out, -1) ==
	    -1) {
		renew_refuse(env, m->conn,
		    "the service is starting: try again");
		return;
	}
	c->renewing = 1;
}

void
renew_sign(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_renew_sign	*m = data;
	const struct authority		*a;
	struct msg_renew_signed		 out;

	(void)fd;
	memset(&out, 0, sizeof(out));
	out.conn = m->conn;
	out.system = m->system;
	memcpy(out.held, m->held, sizeof(out.held));
	memcpy(out.stored, m->stored, sizeof(out.stored));
	memcpy(out.authority, m->authority, sizeof(out.authority));
	if ((a = authority_find(arg, m->authority)) == NULL) {
		log_warnx("no authority key for the organisation of "
		    "system %u", m->system);
	} else if (m->certificate_len == CERT_LEN) {
		memcpy(out.certificate, m->certificate, CERT_LEN);
		out.ok = cert_sign(out.certificate, a->secret) == 0;
	}
	out.certificate_len = out.ok ? CERT_LEN : 0;
	msg_send_renew_signed(ch, &out, -1);
}

void
renew_done(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_renew_done	*m = data;
	struct env			*env = arg;
	struct conn			*c = conn_find(env, m->conn);
	struct msg_renew_result		 out;

	(void)ch;
	(void)fd;
	/* The connection may have ended meanwhile. */
	if (c == NULL || !c->renewing)
		return;
	c->renewing = 0;
	memset(&out, 0, sizeof(out));
	out.conn = m->conn;
	out.ok = m->ok != 0;
	memcpy(out.reason, m->reason, sizeof(out.reason));
	memcpy(out.authority, m->authority, sizeof(out.authority));
	out.certificate_len = m->certificate_len;
	memcpy(out.certificate, m->certificate, sizeof(out.certificate));
	msg_send_renew_result(conn_tls(env, m->conn), &out, -1);
}

void
renew_abort(struct env *env)
{
	struct conn	*c;

	RB_FOREACH(c, conn_tree, &env->conns) {
		if (!c->renewing)
			continue;
		c->renewing = 0;
		renew_refuse(env, c->id, "the service restarts: try again");
	}
}
