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
 * The world around a real policyproc: a played parent, storeproc, authproc,
 * stunproc and two tlsprocs, three systems and a policy.
 */

#ifndef REGRESS_POLICYPROC_WORLD_H
#define REGRESS_POLICYPROC_WORLD_H

#include "cert/cert.h"
#include "regress/service/player.h"

#define ORG		7
#define ALICE		1
#define BOB		2
#define CAROL		3
#define TAG_PEOPLE	11
#define TAG_SERVERS	12
#define POLICY		21
#define CONN(i, n)	((uint32_t)(i) << 24 | (n))

static const char *const names[] = { "", "V88RY", "G22DK", "ZZZ99" };

struct world {
	struct player	 p;
	struct end	 store, auth, stun, tls[2];
	int		 first_tls;	/* that still runs */
	uint8_t		 clone;		/* enum clone_policy */
	uint8_t		 session[SESSION_LEN];	/* of the last welcome */
};

static inline void
send_org(struct world *w)
{
	struct msg_model_org	 m;

	memset(&m, 0, sizeof(m));
	m.org = ORG;
	snprintf(m.name, sizeof(m.name), "acme");
	memset(m.authority, 0xaa, sizeof(m.authority));
	m.grace_s = 100;
	m.clone = w->clone == 0 ? CLONE_REJECT : w->clone;
	end_send(&w->store, MSG_MODEL_ORG, &m, -1);
}

/* A system of the model, as others are derived from. */
static inline void
fill_system(struct msg_model_system *m, uint32_t id, enum system_state state,
    uint32_t tag, uint8_t serial)
{
	struct cert	 cert;

	memset(&cert, 0, sizeof(cert));
	memset(cert.serial, serial, sizeof(cert.serial));
	snprintf(cert.org, sizeof(cert.org), "acme");
	snprintf(cert.name, sizeof(cert.name), "%s", names[id]);
	memset(cert.identity, (int)id, sizeof(cert.identity));
	memset(cert.tunnel, (int)id, sizeof(cert.tunnel));
	cert.addr4[0] = 100;
	cert.addr4[3] = (uint8_t)id;
	cert.prefix4 = 10;
	cert.addr6[0] = 0xfd;
	cert.addr6[15] = (uint8_t)id;
	cert.prefix6 = 64;
	cert.not_after = 4000000000ULL;
	memset(m, 0, sizeof(*m));
	m->org = ORG;
	m->system = id;
	snprintf(m->name, sizeof(m->name), "%s", names[id]);
	m->state = (uint8_t)state;
	memcpy(m->serial, cert.serial, sizeof(m->serial));
	memset(m->signer, 0xaa, sizeof(m->signer));
	ATF_REQUIRE(cert_encode(&cert, m->certificate) == 0);
	m->certificate_len = CERT_LEN;
	if (tag != 0) {
		m->tags.n = 1;
		m->tags.e[0] = tag;
	}
}

static inline void
send_system(struct world *w, uint32_t id, enum system_state state,
    uint32_t tag)
{
	struct msg_model_system	 m;

	fill_system(&m, id, state, tag, (uint8_t)id);
	end_send(&w->store, MSG_MODEL_SYSTEM, &m, -1);
}

/* People may reach servers on this port, every day within these minutes. */
static inline void
send_policy_hours(struct world *w, uint16_t port, int start, int end,
    const char *zone)
{
	struct msg_model_policy	 m;

	memset(&m, 0, sizeof(m));
	if (zone != NULL) {
		m.days = 0x7f;
		m.start = (uint16_t)start;
		m.end = (uint16_t)end;
		snprintf(m.zone, sizeof(m.zone), "%s", zone);
	}
	m.org = ORG;
	m.policy = POLICY;
	m.enabled = 1;
	m.senders.n = m.receivers.n = 1;
	m.senders.e[0] = TAG_PEOPLE;
	m.receivers.e[0] = TAG_SERVERS;
	m.acls.n = 1;
	m.acls.e[0].protocol = ACL_TCP;
	m.acls.e[0].port_low = m.acls.e[0].port_high = port;
	end_send(&w->store, MSG_MODEL_POLICY, &m, -1);
}

/* People may reach servers on this port. */
static inline void
send_policy(struct world *w, uint16_t port)
{
	send_policy_hours(w, port, 0, 0, NULL);
}

static inline void
send_ready(struct world *w)
{
	struct msg_model_ready	 m;

	memset(&m, 0, sizeof(m));
	end_send(&w->store, MSG_MODEL_READY, &m, -1);
}

static inline void
send_model(struct world *w)
{
	send_org(w);
	send_system(w, ALICE, SYSTEM_ENABLED, TAG_PEOPLE);
	send_system(w, BOB, SYSTEM_ENABLED, TAG_SERVERS);
	send_system(w, CAROL, SYSTEM_ENABLED, 0);
	send_policy(w, 8080);
	send_ready(w);
}

static inline void
login_as(struct world *w, uint32_t conn, uint32_t id, uint8_t serial,
    uint8_t authority, uint64_t sequence)
{
	struct msg_authenticated	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	snprintf(m.system, sizeof(m.system), "%s", names[id]);
	memset(m.serial, serial, sizeof(m.serial));
	memset(m.authority, authority, sizeof(m.authority));
	m.sequence = sequence;
	m.from.family = 4;
	m.from.addr[0] = 192;
	m.from.addr[2] = 2;
	m.from.addr[3] = (uint8_t)id;
	end_send(&w->auth, MSG_AUTHENTICATED, &m, -1);
}

static inline void
login(struct world *w, uint32_t conn, uint32_t id)
{
	login_as(w, conn, id, (uint8_t)id, 0xaa, 0);
}

static inline void
candidates(struct world *w, uint32_t conn, uint32_t generation)
{
	struct msg_conn_candidates	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	m.generation = generation;
	m.candidates.n = 1;
	m.candidates.e[0].type = ICE_PUBLIC;
	m.candidates.e[0].transport = ICE_UDP;
	m.candidates.e[0].ep.family = 4;
	m.candidates.e[0].ep.addr[0] = 192;
	m.candidates.e[0].ep.port = (uint16_t)(conn & 0xffff);
	end_send(&w->tls[conn >> 24], MSG_CONN_CANDIDATES, &m, -1);
}

static inline void
world_start(struct world *w)
{
	struct msg_stun_address	 m;
	union msg_any		 any;

	w->first_tls = 0;
	w->clone = 0;
	player_start(&w->p, ROLE_POLICY);
	memset(&m, 0, sizeof(m));
	ATF_REQUIRE(endpoint_parse(&m.address, "192.0.2.1", 3478) == 0);
	end_send(&w->p.parent, MSG_STUN_ADDRESS, &m, -1);
	player_join(&w->p, ROLE_STORE, 0, &w->store);
	player_join(&w->p, ROLE_AUTH, 0, &w->auth);
	player_join(&w->p, ROLE_STUN, 0, &w->stun);
	player_join(&w->p, ROLE_TLS, 0, &w->tls[0]);
	player_join(&w->p, ROLE_TLS, 1, &w->tls[1]);
	player_ready(&w->p);
	end_expect(&w->store, MSG_MODEL_GET, &any);
}

static inline void
world_end(struct world *w)
{
	player_end(&w->p);
	player_remove_root(&w->p);
}

/* After this everything sent before has been worked off. */
static inline void
barrier(struct world *w, struct msg_service_status *out)
{
	struct msg_service_status_get	 m;
	struct msg_counters		 c;
	union msg_any			 any;
	int				 i;

	memset(&m, 0, sizeof(m));
	memset(&c, 0, sizeof(c));
	m.id = 99;
	end_send(&w->store, MSG_SERVICE_STATUS_GET, &m, -1);
	for (i = w->first_tls; i < 2; i++) {
		end_expect(&w->tls[i], MSG_COUNTERS_GET, &any);
		c.id = any.counters_get.id;
		c.rx = 1;
		end_send(&w->tls[i], MSG_COUNTERS, &c, -1);
	}
	end_expect(&w->stun, MSG_COUNTERS_GET, &any);
	c.rx = 5;
	end_send(&w->stun, MSG_COUNTERS, &c, -1);
	while (end_next(&w->store, &any) != MSG_SERVICE_STATUS)
		continue;
	ATF_REQUIRE_EQ(any.service_status.id, 99U);
	if (out != NULL)
		*out = any.service_status;
}

static inline void
expect_entry(struct world *w, uint32_t conn, enum policy_op op, uint32_t peer,
    uint16_t nacls, uint64_t sequence)
{
	union msg_any	 any;

	end_expect(&w->tls[conn >> 24], MSG_CONN_ENTRY, &any);
	ATF_REQUIRE_EQ(any.conn_entry.conn, conn);
	ATF_REQUIRE_EQ((enum policy_op)any.conn_entry.op, op);
	ATF_REQUIRE_STREQ(any.conn_entry.system, names[peer]);
	ATF_REQUIRE_EQ(any.conn_entry.acls.n, nacls);
	ATF_REQUIRE_EQ(any.conn_entry.sequence, sequence);
	if (op != OP_DOWN)
		ATF_REQUIRE_EQ(any.conn_entry.certificate_len, CERT_LEN);
}

static inline void
expect_commit(struct world *w, uint32_t conn, int full, uint64_t sequence)
{
	union msg_any	 any;

	end_expect(&w->tls[conn >> 24], MSG_CONN_COMMIT, &any);
	ATF_REQUIRE_EQ(any.conn_commit.conn, conn);
	ATF_REQUIRE_EQ((int)any.conn_commit.full, full);
	ATF_REQUIRE_EQ(any.conn_commit.sequence, sequence);
}

/* Addresses and ports, separated by blanks. */
static inline void
expect_relays(struct world *w, uint32_t conn, const char *list)
{
	union msg_any	 any;
	char		 text[512] = "", buf[ENDPOINT_STRLEN];
	uint16_t	 i;

	end_expect(&w->tls[conn >> 24], MSG_CONN_RELAYS, &any);
	ATF_REQUIRE_EQ(any.conn_relays.conn, conn);
	for (i = 0; i < any.conn_relays.relays.n; i++) {
		if (i > 0)
			strlcat(text, " ", sizeof(text));
		strlcat(text, endpoint_print(&any.conn_relays.relays.e[i],
		    buf, sizeof(buf)), sizeof(text));
	}
	ATF_REQUIRE_STREQ(text, list);
}

static inline void
expect_welcome(struct world *w, uint32_t conn)
{
	union msg_any	 any;

	end_expect(&w->tls[conn >> 24], MSG_CONN_WELCOME, &any);
	ATF_REQUIRE_EQ(any.conn_welcome.conn, conn);
	ATF_REQUIRE_EQ(any.conn_welcome.stun.n, 1);
	memcpy(w->session, any.conn_welcome.session, sizeof(w->session));
	expect_relays(w, conn, "");
}

/* It asks whether something is under way that could help the connection. */
static inline void
expect_ask(struct world *w, uint32_t conn)
{
	union msg_any		 any;
	uint32_t		 type;

	while ((type = end_next(&w->store, &any)) != MSG_MODEL_ASK)
		ATF_REQUIRE(type != MSG_NONE);
	ATF_REQUIRE_EQ(any.model_ask.conn, conn);
}

static inline void
send_told(struct world *w, uint32_t conn)
{
	struct msg_model_told	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	end_send(&w->store, MSG_MODEL_TOLD, &m, -1);
}

static inline void
expect_refused(struct world *w, uint32_t conn, const char *reason)
{
	union msg_any	 any;

	end_expect(&w->tls[conn >> 24], MSG_CONN_REFUSE, &any);
	ATF_REQUIRE_EQ(any.conn_refuse.conn, conn);
	ATF_REQUIRE_MSG(strstr(any.conn_refuse.reason, reason) != NULL, "%s",
	    any.conn_refuse.reason);
}

/* Refused as soon as it comes. */
static inline void
expect_turned_away(struct world *w, uint32_t conn, const char *reason)
{
	expect_ask(w, conn);
	send_told(w, conn);
	expect_refused(w, conn, reason);
}

/* Alice at the first tlsproc, Bob at the second, all told. */
static inline void
both_online(struct world *w)
{
	login(w, CONN(0, 5), ALICE);
	expect_welcome(w, CONN(0, 5));
	expect_entry(w, CONN(0, 5), OP_UP, BOB, 0, 1);
	expect_commit(w, CONN(0, 5), 1, 1);
	login(w, CONN(1, 6), BOB);
	expect_welcome(w, CONN(1, 6));
	expect_entry(w, CONN(1, 6), OP_UP, ALICE, 1, 1);
	expect_commit(w, CONN(1, 6), 1, 1);
}

static inline void
expect_introduced(struct world *w)
{
	union msg_any	 a, b;

	end_expect(&w->tls[0], MSG_CONN_INTRODUCTION, &a);
	end_expect(&w->tls[1], MSG_CONN_INTRODUCTION, &b);
	ATF_REQUIRE_EQ(a.conn_introduction.number, b.conn_introduction.number);
	ATF_REQUIRE_STREQ(a.conn_introduction.system, names[BOB]);
	ATF_REQUIRE_STREQ(b.conn_introduction.system, names[ALICE]);
	ATF_REQUIRE_EQ(a.conn_introduction.controlling, 1);
	ATF_REQUIRE_EQ(b.conn_introduction.controlling, 0);
	ATF_REQUIRE_STREQ(a.conn_introduction.local_pwd,
	    b.conn_introduction.remote_pwd);
	ATF_REQUIRE_STREQ(a.conn_introduction.remote_pwd,
	    b.conn_introduction.local_pwd);
	ATF_REQUIRE_STREQ(a.conn_introduction.local_ufrag,
	    b.conn_introduction.remote_ufrag);
	ATF_REQUIRE_EQ(strlen(a.conn_introduction.local_ufrag), 8);
	ATF_REQUIRE_EQ(strlen(a.conn_introduction.local_pwd), 24);
	ATF_REQUIRE(strcmp(a.conn_introduction.local_pwd,
	    a.conn_introduction.remote_pwd) != 0);
	ATF_REQUIRE_EQ(a.conn_introduction.candidates.e[0].ep.port, 6);
	ATF_REQUIRE_EQ(b.conn_introduction.candidates.e[0].ep.port, 5);
}

#endif /* REGRESS_POLICYPROC_WORLD_H */
