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
 * Enrolment: the agent proves that it holds the two keys it names; the
 * enrolment key it brings is hashed and judged by storeproc.  Guessing is
 * limited for each connection and for all.
 */

#include <sys/types.h>

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "authproc/authproc.h"
#include "base/clock.h"
#include "base/log.h"
#include "cert/sign.h"

static void
enrol_reply(struct env *env, uint32_t conn, const char *reason)
{
	struct msg_enrol_result	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	strlcpy(m.reason, reason, sizeof(m.reason));
	msg_send_enrol_result(conn_tls(env, conn), &m, -1);
}

static void
enrol_failed(struct env *env, struct conn *c)
{
	uint64_t	 now = clock_mono_ms() / 1000;

	if (env->second != now) {
		env->second = now;
		env->failures = 0;
	}
	env->failures++;
	if (c != NULL)
		c->failures++;
}

static const char *
enrol_limit(const struct env *env, const struct conn *c)
{
	if (c->failures >= AUTH_CONN_FAILURES ||
	    (env->second == clock_mono_ms() / 1000 &&
	    env->failures >= AUTH_FAILURES_SEC))
		return "too many attempts";
	if (c->enrolling)
		return "an enrolment is under way";
	if (env->nenrols >= AUTH_ENROLS_MAX)
		return "too many enrolments at once: try again";
	return NULL;
}

/* NULL and the request to storeproc, or the reason. */
static const char *
enrol_check(struct conn *c, const struct msg_enrol_request *m,
    struct msg_enrol *out)
{
	char		 key[ENROLKEY_STRLEN];
	const char	*why;
	static char	 text[160];

	if (verify_enrol(m->signature, m->identity, m->tunnel, c->nonce,
	    c->server_hash) == -1)
		return "the signature is not by the identity key";
	if (enrolkey_normalise(m->key, key, &why) == -1) {
		snprintf(text, sizeof(text), "this is no enrolment key: %s",
		    why);
		return text;
	}
	memset(out, 0, sizeof(*out));
	out->conn = c->id;
	out->aes = m->aes != 0;
	memcpy(out->identity, m->identity, sizeof(out->identity));
	memcpy(out->tunnel, m->tunnel, sizeof(out->tunnel));
	memcpy(out->description, m->description, sizeof(out->description));
	out->source = m->source;
	authority_key_hash(key, out->key_hash);
	sodium_memzero(key, sizeof(key));
	return NULL;
}

void
enrol_request(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_enrol_request	*m = data;
	struct env			*env = arg;
	struct conn			*c;
	struct msg_enrol		 out;
	const char			*reason;

	(void)fd;
	if (conn_foreign(env, ch, MSG_ENROL_REQUEST, m->conn))
		return;
	if ((c = conn_find(env, m->conn)) == NULL || c->used) {
		enrol_reply(env, m->conn,
		    "there is no challenge for this connection");
		return;
	}
	if ((reason = enrol_limit(env, c)) != NULL) {
		enrol_reply(env, m->conn, reason);
		return;
	}
	if ((reason = enrol_check(c, m, &out)) != NULL) {
		enrol_failed(env, c);
		enrol_reply(env, m->conn, reason);
		return;
	}
	if (msg_send_enrol(proc_peer(&env->proc, ROLE_STORE), &out, -1) ==
	    -1) {
		enrol_reply(env, m->conn,
		    "the service is starting: try again");
		return;
	}
	c->enrolling = 1;
	env->nenrols++;
}

void
enrol_done(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_enrol_done	*m = data;
	struct env			*env = arg;
	struct conn			*c = conn_find(env, m->conn);
	struct msg_enrol_result		 out;

	(void)ch;
	(void)fd;
	/* The connection may have ended meanwhile. */
	if (c == NULL || !c->enrolling)
		return;
	c->enrolling = 0;
	env->nenrols--;
	if (!m->ok)
		enrol_failed(env, c);
	memset(&out, 0, sizeof(out));
	out.conn = m->conn;
	out.ok = m->ok != 0;
	memcpy(out.reason, m->reason, sizeof(out.reason));
	memcpy(out.authority, m->authority, sizeof(out.authority));
	out.certificate_len = m->certificate_len;
	memcpy(out.certificate, m->certificate, sizeof(out.certificate));
	msg_send_enrol_result(conn_tls(env, m->conn), &out, -1);
}

void
enrol_abort(struct env *env)
{
	struct conn	*c;

	RB_FOREACH(c, conn_tree, &env->conns) {
		if (!c->enrolling)
			continue;
		c->enrolling = 0;
		enrol_reply(env, c->id, "the service restarts: try again");
	}
	env->nenrols = 0;
}
