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
 * Good frames of each type, and what the tests of the codec share.
 */

#ifndef REGRESS_FRAME_FIXTURE_H
#define REGRESS_FRAME_FIXTURE_H

#include <atf-c.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "frame/frame.h"

#define UFRAG	"abcd+/12"
#define PWD	"0123456789abcdefABCDEF"
#define B24	"AQEBAQEBAQEBAQEBAQEBAQ=="
#define B44	"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
#define B88	"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB" \
		"AQEBAQEBAQEBAQEBAQEBAQEBAQ=="
#define CAND	"{\"type\":\"local\",\"transport\":\"udp\"," \
		"\"address\":\"192.0.2.1\",\"port\":7,\"priority\":9}"
#define CRED	"{\"ufrag\":\"" UFRAG "\",\"pwd\":\"" PWD "\"}"

/* One good frame of each type; the mutation tests start from these. */
static const char *const	good[] = {
	[FRAME_CHALLENGE] = "{\"type\":\"challenge\",\"version\":1,"
	    "\"nonce\":\"" B44 "\"}",
	[FRAME_AUTH] = "{\"type\":\"auth\",\"certificate\":\"AQID\","
	    "\"signature\":\"" B88 "\",\"sequence\":5,"
	    "\"session\":\"" B24 "\"}",
	[FRAME_ENROL] = "{\"type\":\"enrol\",\"key\":\"22222-33333\","
	    "\"identity\":\"" B44 "\",\"tunnel\":\"" B44 "\",\"aes\":true,"
	    "\"description\":\"box\",\"signature\":\"" B88 "\"}",
	[FRAME_ENROLLED] = "{\"type\":\"enrolled\",\"certificate\":\"AQID\","
	    "\"authority\":\"" B44 "\"}",
	[FRAME_REFUSED] = "{\"type\":\"refused\",\"enrolment\":true,"
	    "\"reason\":\"no\"}",
	[FRAME_WELCOME] = "{\"type\":\"welcome\",\"time\":1700000000,"
	    "\"stun\":[{\"address\":\"2001:db8::1\",\"port\":3478}],"
	    "\"session\":\"" B24 "\"}",
	[FRAME_CANDIDATES] = "{\"type\":\"candidates\",\"generation\":3,"
	    "\"candidates\":[" CAND "]}",
	[FRAME_POLICY] = "{\"type\":\"policy\",\"sequence\":8,\"full\":true,"
	    "\"entries\":[{\"op\":\"up\",\"system\":\"V88RY\","
	    "\"description\":\"db\",\"certificate\":\"AQID\",\"not_after\":0,"
	    "\"acls\":[{\"protocol\":\"tcp\",\"ports\":\"80-90\"}]}]}",
	[FRAME_ACK] = "{\"type\":\"ack\",\"sequence\":8}",
	[FRAME_INTRODUCTION] = "{\"type\":\"introduction\",\"number\":77,"
	    "\"system\":\"V88RY\",\"role\":\"controlled\",\"local\":" CRED ","
	    "\"remote\":" CRED ",\"candidates\":[" CAND "]}",
	[FRAME_INTRODUCE] = "{\"type\":\"introduce\",\"system\":\"V88RY\"}",
	[FRAME_PING] = "{\"type\":\"ping\"}",
	[FRAME_PONG] = "{\"type\":\"pong\"}",
	[FRAME_RELAY_HELLO] = "{\"type\":\"relay_hello\",\"name\":\"r1\","
	    "\"token\":\"33333-44444\",\"endpoints\":[{\"address\":"
	    "\"192.0.2.9\",\"port\":65530}],\"instances\":2}",
	[FRAME_RELAY_WELCOME] = "{\"type\":\"relay_welcome\"}",
	[FRAME_RELAY_CODE] = "{\"type\":\"relay_code\",\"id\":4,"
	    "\"instance\":1,\"hash\":\"" B44 "\",\"life\":30}",
	[FRAME_RELAY_LOAD] = "{\"type\":\"relay_load\",\"instance\":0,"
	    "\"pairs\":1,\"waiting\":2,\"bytes\":3,\"refused\":4}",
	[FRAME_RELAYS] = "{\"type\":\"relays\",\"relays\":[{\"address\":"
	    "\"192.0.2.9\",\"port\":443}]}",
	[FRAME_RELAY_RTT] = "{\"type\":\"relay_rtt\",\"relay\":{\"address\":"
	    "\"192.0.2.9\",\"port\":443},\"rtt_us\":700}",
	[FRAME_FACTS] = "{\"type\":\"facts\",\"number\":3,\"signature\":\""
	    B88 "\",\"text\":\"os linux\\nfact a b\\n\"}",
	[FRAME_TRUST] = "{\"type\":\"trust\",\"unmet\":[{\"requirement\":"
	    "\"disk.encrypted\"}]}",
	[FRAME_RENEW] = "{\"type\":\"renew\",\"serial\":\"" B24 "\"}",
	[FRAME_RENEWED] = "{\"type\":\"renewed\",\"certificate\":\"AQID\","
	    "\"authority\":\"" B44 "\"}",
	[FRAME_RENEW_ORDER] = "{\"type\":\"renew_order\"}",
	[FRAME_HOLDS] = "{\"type\":\"holds\",\"serial\":\"" B24 "\","
	    "\"authority\":\"" B44 "\"}",
	[FRAME_AUTHORITY] = "{\"type\":\"authority\",\"statement\":\"" B88
	    "\"}",
	[FRAME_SIGNIN] = "{\"type\":\"signin\",\"requirement\":\"staff\"}",
	[FRAME_USER] = "{\"type\":\"user\",\"requirement\":\"staff\","
	    "\"state\":\"pending\",\"until\":9,\"text\":\"\",\"code\":"
	    "\"WDJB\",\"uri\":\"https://id.example/\"}"
};

#define TYPES	(sizeof(good) / sizeof(good[0]))

union any {
	struct msg_link_challenge	a;
	struct msg_link_enrolled	b;
	struct msg_link_refused		c;
	struct msg_link_welcome		d;
	struct msg_introduction		e;
	struct msg_policy_commit	f;
	struct msg_auth_request		g;
	struct msg_enrol_request	h;
	struct msg_conn_candidates	i;
	struct msg_conn_ack		j;
	struct msg_conn_introduce	k;
	struct frame_relay_hello	l;
	struct frame_relay_code		m;
	struct frame_relay_load		n;
	struct msg_link_relays		o;
	struct msg_conn_relay_rtt	p;
	struct msg_conn_facts		q;
	struct msg_link_trust		r;
	struct msg_conn_signin		user1;
	struct msg_link_user		user2;
	struct msg_renew_request	s;
	struct msg_link_renewed		t;
	struct msg_conn_holds		u;
	struct msg_link_authority	v;
};

static size_t	entries_seen;

static inline void
count_entry(void *arg, const struct msg_policy_entry *e)
{
	struct msg_policy_entry	*copy = arg;

	entries_seen++;
	if (copy != NULL)
		*copy = *e;
}

static inline int
get_any(const struct frame *f, enum frame_type type, const char **why)
{
	union any	 u;

	switch (type) {
	case FRAME_CHALLENGE:
		return frame_get_challenge(f, &u.a, why);
	case FRAME_ENROLLED:
		return frame_get_enrolled(f, &u.b, why);
	case FRAME_REFUSED:
		return frame_get_refused(f, &u.c, why);
	case FRAME_WELCOME:
		return frame_get_welcome(f, &u.d, why);
	case FRAME_INTRODUCTION:
		return frame_get_introduction(f, &u.e, why);
	case FRAME_POLICY:
		return frame_policy_each(f, count_entry, NULL, &u.f, why);
	case FRAME_AUTH:
		return frame_get_auth(f, &u.g, why);
	case FRAME_ENROL:
		return frame_get_enrol(f, &u.h, why);
	case FRAME_CANDIDATES:
		return frame_get_candidates(f, &u.i, why);
	case FRAME_ACK:
		return frame_get_ack(f, &u.j, why);
	case FRAME_INTRODUCE:
		return frame_get_introduce(f, &u.k, why);
	case FRAME_RELAY_HELLO:
		return frame_get_relay_hello(f, &u.l, why);
	case FRAME_RELAY_CODE:
		return frame_get_relay_code(f, &u.m, why);
	case FRAME_RELAY_LOAD:
		return frame_get_relay_load(f, &u.n, why);
	case FRAME_RELAYS:
		return frame_get_relays(f, &u.o, why);
	case FRAME_RELAY_RTT:
		return frame_get_relay_rtt(f, &u.p, why);
	case FRAME_FACTS:
		return frame_get_facts(f, &u.q, why);
	case FRAME_TRUST:
		return frame_get_trust(f, &u.r, why);
	case FRAME_SIGNIN:
		return frame_get_signin(f, &u.user1, why);
	case FRAME_USER:
		return frame_get_user(f, &u.user2, why);
	case FRAME_RENEW:
		return frame_get_renew(f, &u.s, why);
	case FRAME_RENEWED:
		return frame_get_renewed(f, &u.t, why);
	case FRAME_HOLDS:
		return frame_get_holds(f, &u.u, why);
	case FRAME_AUTHORITY:
		return frame_get_authority(f, &u.v, why);
	default:
		*why = NULL;
		return 0;
	}
}

static inline struct frame *
parse_text(const char *text, const char **why)
{
	return frame_parse((const uint8_t *)text, strlen(text), why);
}

/* Parse what an encoder returned, check its header, and free it. */
static inline struct frame *
parse_buffer(uint8_t *buf, size_t len, enum frame_type type)
{
	struct frame	*f;
	const char	*why = NULL;
	size_t		 n;

	ATF_REQUIRE(buf != NULL);
	ATF_REQUIRE(len > FRAME_HEADER);
	n = (size_t)buf[0] << 24 | (size_t)buf[1] << 16 |
	    (size_t)buf[2] << 8 | buf[3];
	ATF_REQUIRE_EQ(n, len - FRAME_HEADER);
	f = frame_parse(buf + FRAME_HEADER, n, &why);
	ATF_REQUIRE_MSG(f != NULL, "%s", why);
	ATF_CHECK(why == NULL);
	ATF_REQUIRE_EQ(frame_type(f), type);
	frame_free_buffer(buf, len);
	return f;
}

/* The text must be refused with words that name the member. */
static inline void
refused_text(const char *text, enum frame_type type, const char *word)
{
	struct frame	*f;
	const char	*why = NULL;

	f = parse_text(text, &why);
	if (f != NULL) {
		ATF_CHECK_MSG(get_any(f, type, &why) == -1,
		    "accepted: %s", text);
		frame_free(f);
	}
	ATF_CHECK_MSG(why != NULL && strstr(why, word) != NULL,
	    "\"%s\" does not name %s: %s", why == NULL ? "-" : why, word,
	    text);
}

/* The good frame with the first occurrence of from replaced. */
static inline void
refused_change(enum frame_type type, const char *from, const char *to,
    const char *word)
{
	const char	*s = good[type], *at = strstr(s, from);
	char		 text[8192];

	ATF_REQUIRE_MSG(at != NULL, "%s not in %s", from, s);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - s), s, to,
	    at + strlen(from));
	refused_text(text, type, word);
}

static inline void
sample_candidates(struct msg_cands *c)
{
	uint16_t	 i;

	for (i = 0; i < ICE_CAND_MAX; i++) {
		c->e[i].type = (uint8_t)(ICE_LOCAL + i % 5);
		c->e[i].transport = (uint8_t)(ICE_UDP + i % 2);
		c->e[i].priority = UINT32_MAX - i;
		ATF_REQUIRE_EQ(endpoint_parse(&c->e[i].ep,
		    i % 3 ? "192.0.2.9" : "2001:db8::9",
		    (uint16_t)(65535 - i)), 0);
	}
	c->n = ICE_CAND_MAX;
}

static inline void
same_candidates(const struct msg_cands *a, const struct msg_cands *b)
{
	uint16_t	 i;

	ATF_REQUIRE_EQ(a->n, b->n);
	for (i = 0; i < a->n; i++) {
		ATF_CHECK_EQ(a->e[i].type, b->e[i].type);
		ATF_CHECK_EQ(a->e[i].transport, b->e[i].transport);
		ATF_CHECK_EQ(a->e[i].priority, b->e[i].priority);
		ATF_CHECK_EQ(endpoint_cmp(&a->e[i].ep, &b->e[i].ep), 0);
	}
}

#endif /* REGRESS_FRAME_FIXTURE_H */
