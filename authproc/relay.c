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
 * Relays: the token one brings is hashed, and goes no further.  Whether it
 * is the right one is policyproc's to decide, which has the model.
 */

#include <sys/types.h>

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "authproc/authproc.h"
#include "base/log.h"

/* NULL and the hash, or the reason. */
static const char *
relay_check(struct conn *c, const struct msg_relay_hello *m, uint8_t hash[32])
{
	char		 token[ENROLKEY_STRLEN];
	const char	*why;
	static char	 text[160];

	if (c == NULL || c->used)
		return "there is no challenge for this connection";
	/* One attempt for each connection. */
	c->used = 1;
	if (enrolkey_normalise(m->token, token, &why) == -1) {
		snprintf(text, sizeof(text), "this is no token of a relay: "
		    "%s", why);
		return text;
	}
	authority_key_hash(token, hash);
	sodium_memzero(token, sizeof(token));
	return NULL;
}

void
relay_hello(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_relay_hello	*m = data;
	struct env			*env = arg;
	struct chan			*policy;
	struct msg_auth_refused		 no;
	struct msg_relay_claim		 up;
	const char			*reason;

	(void)fd;
	if (conn_foreign(env, ch, MSG_RELAY_HELLO, m->conn))
		return;
	memset(&up, 0, sizeof(up));
	reason = relay_check(conn_find(env, m->conn), m, up.token_hash);
	policy = proc_peer(&env->proc, ROLE_POLICY);
	if (reason == NULL && policy == NULL)
		reason = "the service is starting: try again";
	if (reason != NULL) {
		memset(&no, 0, sizeof(no));
		no.conn = m->conn;
		strlcpy(no.reason, reason, sizeof(no.reason));
		log_debug("connection %u refused: %s", m->conn, reason);
		msg_send_auth_refused(ch, &no, -1);
		return;
	}
	up.conn = m->conn;
	memcpy(up.name, m->name, sizeof(up.name));
	up.addresses = m->addresses;
	up.instances = m->instances;
	msg_send_relay_claim(policy, &up, -1);
}
