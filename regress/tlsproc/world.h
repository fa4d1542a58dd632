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
 * The real tlsproc between a played parent, authproc, policyproc and agents:
 * what its tests have in common.  Included once by a test program.
 */

#ifndef REGRESS_TLSPROC_WORLD_H
#define REGRESS_TLSPROC_WORLD_H

#include <sys/types.h>

#include "regress/tlsio/child.h"
#include "regress/tlsio/peer.h"
#include "tlsio/tlscert.h"

struct world {
	struct child	 tls;
	struct side	 auth;
	struct side	 policy;
	uint16_t	 port;
	char		 pin[80];
	uint8_t		 hash[32];
};

static void
begin(struct world *w, const struct msg_tls_keypair *pair)
{
	struct msg_setup_done	 done;
	struct msg_tls_listen	 listener;
	struct msg_tls_none	 none;
	union msg_any		 any;

	frame_init(1);
	memset(&done, 0, sizeof(done));
	memset(&listener, 0, sizeof(listener));
	memset(&none, 0, sizeof(none));
	child_start(&w->tls, "tlsproc", ROLE_TLS);
	side_send(&w->tls.parent, MSG_TLS_LISTEN, &listener,
	    peer_listen(SOCK_STREAM, &w->port));
	if (pair != NULL)
		side_send(&w->tls.parent, MSG_TLS_KEYPAIR, pair, -1);
	else
		side_send(&w->tls.parent, MSG_TLS_NONE, &none, -1);
	child_join(&w->tls, &w->auth, ROLE_AUTH);
	child_join(&w->tls, &w->policy, ROLE_POLICY);
	side_send(&w->tls.parent, MSG_SETUP_DONE, &done, -1);
	if (pair == NULL)
		side_expect(&w->tls.parent, MSG_TLS_STORE, &any);
	side_expect(&w->tls.parent, MSG_TLS_PIN, &any);
	strlcpy(w->pin, any.tls_pin.pin, sizeof(w->pin));
	ATF_REQUIRE(tlscert_pin_parse(w->pin, w->hash) == 0);
	side_expect(&w->tls.parent, MSG_READY, &any);
}

static void
end(struct world *w)
{
	child_end(&w->tls);
	side_end(&w->auth);
	side_end(&w->policy);
}

/* An agent up to its challenge; the number of its connection. */
static uint32_t
connect_agent(struct world *w, struct peer *p)
{
	struct msg_challenge	 m;
	union msg_any		 any;

	peer_connect(p, w->port);
	side_expect(&w->auth, MSG_CHALLENGE_GET, &any);
	ATF_REQUIRE(memcmp(any.challenge_get.server_hash, w->hash, 32) == 0);
	memset(&m, 0, sizeof(m));
	m.conn = any.challenge_get.conn;
	memset(m.nonce, 0x5a, sizeof(m.nonce));
	side_send(&w->auth, MSG_CHALLENGE, &m, -1);
	peer_skip(p, FRAME_CHALLENGE);
	return m.conn;
}

static void
send_auth(struct peer *p)
{
	struct msg_link_auth	 m;
	uint8_t			*frame;
	size_t			 len;

	memset(&m, 0, sizeof(m));
	m.certificate_len = 100;
	m.sequence = 7;
	frame = frame_put_auth(&m, &len);
	peer_send(p, frame, len);
}

static uint32_t
welcome_agent(struct world *w, struct peer *p)
{
	struct msg_conn_welcome	 m;
	union msg_any		 any;
	uint32_t		 conn = connect_agent(w, p);

	send_auth(p);
	side_expect(&w->auth, MSG_AUTH_REQUEST, &any);
	ATF_REQUIRE_EQ(any.auth_request.conn, conn);
	ATF_REQUIRE_EQ(any.auth_request.sequence, 7);
	memset(&m, 0, sizeof(m));
	m.conn = conn;
	strlcpy(m.system, "V88RY", sizeof(m.system));
	m.server_time = 1900000000;
	side_send(&w->policy, MSG_CONN_WELCOME, &m, -1);
	peer_skip(p, FRAME_WELCOME);
	return conn;
}

static void
send_json(struct peer *p, const char *json)
{
	size_t	 len = strlen(json);
	uint8_t	 head[4] = { 0, 0, (uint8_t)(len >> 8), (uint8_t)len };

	peer_write(p, head, sizeof(head));
	peer_write(p, json, len);
}

/* A refused frame whose reason has this in it, and the end. */
static void
expect_refused(struct peer *p, const char *part)
{
	struct msg_link_refused	 m;
	const char		*errstr;
	struct frame		*f = peer_expect(p, FRAME_REFUSED);

	ATF_REQUIRE(frame_get_refused(f, &m, &errstr) == 0);
	frame_free(f);
	ATF_REQUIRE_MSG(strstr(m.reason, part) != NULL, "%s", m.reason);
	ATF_REQUIRE(peer_get(p) == NULL);
}

static void
expect_gone(struct side *s, uint32_t conn)
{
	union msg_any	 any;

	side_expect(s, MSG_CONN_GONE, &any);
	ATF_REQUIRE_EQ(any.conn_gone.conn, conn);
}

static struct msg_counters
counters(struct world *w)
{
	struct msg_counters_get	 m;
	union msg_any		 any;

	memset(&m, 0, sizeof(m));
	m.id = 3;
	side_send(&w->policy, MSG_COUNTERS_GET, &m, -1);
	side_expect(&w->policy, MSG_COUNTERS, &any);
	ATF_REQUIRE_EQ(any.counters.id, 3);
	return any.counters;
}

#endif /* REGRESS_TLSPROC_WORLD_H */
