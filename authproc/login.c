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
 * Who is at the other end: a certificate that one of our authorities signed
 * and a signature over this connection's challenge by the key in it.  What
 * that system may do is policyproc's to decide.
 */

#include <sys/types.h>

#include <string.h>

#include "authproc/authproc.h"
#include "base/clock.h"
#include "base/log.h"
#include "cert/sign.h"

/*
 * NULL, the authority and the seconds since the certificate's end when the
 * proof holds, else the reason.  How long after that it still may be renewed
 * is for policyproc to know.
 */
static const char *
login_check(struct env *env, struct conn *c,
    const struct msg_auth_request *m, struct cert *cert,
    const struct authority **a, uint64_t *expired_s)
{
	uint64_t	 now = clock_wall_sec();
	const char	*reason;

	if (c == NULL || c->used)
		return "there is no challenge for this connection";
	/* One attempt for each challenge. */
	c->used = 1;
	if (cert_decode(cert, m->certificate, m->certificate_len, &reason) ==
	    -1)
		return reason;
	if (verify_link_auth(m->signature, cert->identity, c->nonce,
	    c->server_hash, cert->name) == -1)
		return "the signature is not by the key of the certificate";
	if ((*a = authority_of(env, m->certificate)) == NULL)
		return "the certificate is not signed by an organisation of "
		    "this service";
	*expired_s = 0;
	if (cert_check_time(cert, now, &reason) == 0)
		return NULL;
	if (now < cert->not_before)
		return reason;
	*expired_s = now - cert->not_after + 1;
	return NULL;
}

static void
login_prove(struct conn *c, const struct cert *cert)
{
	c->proved = 1;
	memcpy(c->identity, cert->identity, sizeof(c->identity));
	strlcpy(c->system, cert->name, sizeof(c->system));
}

static void
login_refuse(struct chan *ch, uint32_t conn, const char *reason)
{
	struct msg_auth_refused	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	strlcpy(m.reason, reason, sizeof(m.reason));
	log_debug("connection %u refused: %s", conn, reason);
	msg_send_auth_refused(ch, &m, -1);
}

void
login_request(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_auth_request	*m = data;
	const struct authority		*a = NULL;
	struct env			*env = arg;
	struct chan			*policy;
	struct msg_authenticated	 up;
	struct conn			*c;
	struct cert			 cert;
	const char			*reason;
	uint64_t			 expired_s = 0;

	(void)fd;
	if (conn_foreign(env, ch, MSG_AUTH_REQUEST, m->conn))
		return;
	c = conn_find(env, m->conn);
	reason = login_check(env, c, m, &cert, &a, &expired_s);
	policy = proc_peer(&env->proc, ROLE_POLICY);
	if (reason == NULL && policy == NULL)
		reason = "the service is starting: try again";
	if (reason != NULL) {
		login_refuse(ch, m->conn, reason);
		return;
	}
	login_prove(c, &cert);
	memset(&up, 0, sizeof(up));
	up.expired_s = expired_s;
	up.conn = m->conn;
	up.from = m->from;
	up.sequence = m->sequence;
	strlcpy(up.system, cert.name, sizeof(up.system));
	memcpy(up.serial, cert.serial, sizeof(up.serial));
	memcpy(up.authority, a->public, sizeof(up.authority));
	memcpy(up.session, m->session, sizeof(up.session));
	msg_send_authenticated(policy, &up, -1);
}

/* Each number once, and only upwards: an old one says what was, not is. */
static const char *
facts_check(struct conn *c, const struct msg_conn_facts *m)
{
	if (c == NULL || !c->proved)
		return "facts: this connection is not known here any more";
	if (m->number <= c->facts)
		return "facts: older than what was told before";
	if (verify_facts(m->signature, c->identity, c->nonce, c->server_hash,
	    c->system, m->number, m->text, strlen(m->text)) == -1)
		return "facts: the signature is not by the key of the "
		    "certificate";
	return NULL;
}

void
login_facts(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_conn_facts	*m = data;
	struct env			*env = arg;
	struct conn			*c;
	struct msg_system_facts		 up;
	const char			*reason;

	(void)fd;
	if (conn_foreign(env, ch, MSG_CONN_FACTS, m->conn))
		return;
	c = conn_find(env, m->conn);
	if ((reason = facts_check(c, m)) != NULL) {
		login_refuse(ch, m->conn, reason);
		return;
	}
	c->facts = m->number;
	memset(&up, 0, sizeof(up));
	up.conn = m->conn;
	memcpy(up.text, m->text, sizeof(up.text));
	msg_send_system_facts(proc_peer(&env->proc, ROLE_POLICY), &up, -1);
}
