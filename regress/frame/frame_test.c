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
 * The codec of the discovery link: every frame survives the way from one
 * side's struct to the other's, every member is checked and named when it
 * is wrong, and nothing hostile gets past the bounds.
 */

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
	    "\"signature\":\"" B88 "\",\"sequence\":5}",
	[FRAME_ENROL] = "{\"type\":\"enrol\",\"key\":\"22222-33333\","
	    "\"identity\":\"" B44 "\",\"tunnel\":\"" B44 "\",\"aes\":true,"
	    "\"description\":\"box\",\"signature\":\"" B88 "\"}",
	[FRAME_ENROLLED] = "{\"type\":\"enrolled\",\"certificate\":\"AQID\","
	    "\"authority\":\"" B44 "\"}",
	[FRAME_REFUSED] = "{\"type\":\"refused\",\"enrolment\":true,"
	    "\"reason\":\"no\"}",
	[FRAME_WELCOME] = "{\"type\":\"welcome\",\"time\":1700000000,"
	    "\"stun\":[{\"address\":\"2001:db8::1\",\"port\":3478}]}",
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
	[FRAME_PONG] = "{\"type\":\"pong\"}"
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
};

static size_t	entries_seen;

static void
count_entry(void *arg, const struct msg_policy_entry *e)
{
	struct msg_policy_entry	*copy = arg;

	entries_seen++;
	if (copy != NULL)
		*copy = *e;
}

static int
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
	default:
		*why = NULL;
		return 0;
	}
}

static struct frame *
parse_text(const char *text, const char **why)
{
	return frame_parse((const uint8_t *)text, strlen(text), why);
}

/* Parse what an encoder returned, check its header, and free it. */
static struct frame *
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
static void
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
static void
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

static void
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

static void
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

ATF_TC_WITHOUT_HEAD(challenge_reaches_the_agent);
ATF_TC_BODY(challenge_reaches_the_agent, tc)
{
	static const uint8_t		 zero[32];
	struct msg_challenge		 in = { .conn = 9 };
	struct msg_link_challenge	 out;
	struct frame			*f;
	const char			*why;
	uint8_t				*buf;
	size_t				 len;

	memset(in.nonce, 0xfe, sizeof(in.nonce));
	buf = frame_put_challenge(&in, &len);
	f = parse_buffer(buf, len, FRAME_CHALLENGE);
	memset(&out, 0xff, sizeof(out));
	ATF_REQUIRE_EQ(frame_get_challenge(f, &out, &why), 0);
	ATF_CHECK_EQ(memcmp(out.nonce, in.nonce, 32), 0);
	ATF_CHECK_EQ(memcmp(out.server_hash, zero, 32), 0);
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(auth_reaches_the_server);
ATF_TC_BODY(auth_reaches_the_server, tc)
{
	struct msg_link_auth	 in = { .sequence = INT64_MAX };
	struct msg_auth_request	 out;
	struct frame		*f;
	const char		*why;
	uint8_t			*buf;
	size_t			 len, i;

	in.certificate_len = sizeof(in.certificate);
	for (i = 0; i < sizeof(in.certificate); i++)
		in.certificate[i] = (uint8_t)i;
	memset(in.signature, 0x5a, sizeof(in.signature));
	buf = frame_put_auth(&in, &len);
	f = parse_buffer(buf, len, FRAME_AUTH);
	ATF_REQUIRE_EQ(frame_get_auth(f, &out, &why), 0);
	ATF_CHECK_EQ(out.conn, 0);
	ATF_CHECK_EQ(out.certificate_len, 512);
	ATF_CHECK_EQ(memcmp(out.certificate, in.certificate, 512), 0);
	ATF_CHECK_EQ(memcmp(out.signature, in.signature, 64), 0);
	ATF_CHECK_EQ(out.sequence, INT64_MAX);
	frame_free(f);
	in.sequence = (uint64_t)INT64_MAX + 1;
	ATF_CHECK(frame_put_auth(&in, &len) == NULL);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_CHECK_EQ(len, 0);
}

ATF_TC_WITHOUT_HEAD(enrol_reaches_the_server);
ATF_TC_BODY(enrol_reaches_the_server, tc)
{
	struct msg_link_enrol		 in = { .aes = 1 };
	struct msg_enrol_request	 out;
	struct frame			*f;
	const char			*why;
	uint8_t				*buf;
	size_t				 len;

	strlcpy(in.key, "22222-33333-44444-55555-66666", sizeof(in.key));
	strlcpy(in.description, "b\xc3\xbcro \"1\" \\", 128);
	memset(in.identity, 1, 32);
	memset(in.tunnel, 2, 32);
	memset(in.signature, 3, 64);
	buf = frame_put_enrol(&in, &len);
	f = parse_buffer(buf, len, FRAME_ENROL);
	ATF_REQUIRE_EQ(frame_get_enrol(f, &out, &why), 0);
	ATF_CHECK_STREQ(out.key, in.key);
	ATF_CHECK_STREQ(out.description, in.description);
	ATF_CHECK_EQ(memcmp(out.identity, in.identity, 32), 0);
	ATF_CHECK_EQ(memcmp(out.tunnel, in.tunnel, 32), 0);
	ATF_CHECK_EQ(memcmp(out.signature, in.signature, 64), 0);
	ATF_CHECK_EQ(out.aes, 1);
	frame_free(f);
	in.key[0] = '\0';
	ATF_CHECK(frame_put_enrol(&in, &len) == NULL);
}

ATF_TC_WITHOUT_HEAD(enrolment_result_becomes_enrolled_or_refused);
ATF_TC_BODY(enrolment_result_becomes_enrolled_or_refused, tc)
{
	struct msg_enrol_result		 in = { .ok = 1 };
	struct msg_link_enrolled	 out;
	struct msg_link_refused		 no;
	struct frame			*f;
	const char			*why;
	uint8_t				*buf;
	size_t				 len;

	in.certificate_len = 257;
	memset(in.certificate, 0x77, 257);
	memset(in.authority, 0x66, 32);
	strlcpy(in.reason, "key used up", sizeof(in.reason));
	buf = frame_put_enrol_result(&in, &len);
	f = parse_buffer(buf, len, FRAME_ENROLLED);
	ATF_REQUIRE_EQ(frame_get_enrolled(f, &out, &why), 0);
	ATF_CHECK_EQ(out.certificate_len, 257);
	ATF_CHECK_EQ(memcmp(out.certificate, in.certificate, 512), 0);
	ATF_CHECK_EQ(memcmp(out.authority, in.authority, 32), 0);
	frame_free(f);

	in.ok = 0;
	buf = frame_put_enrol_result(&in, &len);
	f = parse_buffer(buf, len, FRAME_REFUSED);
	ATF_REQUIRE_EQ(frame_get_refused(f, &no, &why), 0);
	ATF_CHECK_EQ(no.enrolment, 1);
	ATF_CHECK_STREQ(no.reason, "key used up");
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(refusals_of_connections_are_not_of_enrolment);
ATF_TC_BODY(refusals_of_connections_are_not_of_enrolment, tc)
{
	struct msg_auth_refused	 auth = { .reason = "revoked" };
	struct msg_conn_refuse	 conn = { .reason = "disabled" };
	struct msg_link_refused	 out;
	struct frame		*f;
	const char		*why;
	uint8_t			*buf;
	size_t			 len;

	buf = frame_put_auth_refused(&auth, &len);
	f = parse_buffer(buf, len, FRAME_REFUSED);
	ATF_REQUIRE_EQ(frame_get_refused(f, &out, &why), 0);
	ATF_CHECK_EQ(out.enrolment, 0);
	ATF_CHECK_STREQ(out.reason, "revoked");
	frame_free(f);
	buf = frame_put_conn_refuse(&conn, &len);
	f = parse_buffer(buf, len, FRAME_REFUSED);
	ATF_REQUIRE_EQ(frame_get_refused(f, &out, &why), 0);
	ATF_CHECK_EQ(out.enrolment, 0);
	ATF_CHECK_STREQ(out.reason, "disabled");
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(welcome_reaches_the_agent);
ATF_TC_BODY(welcome_reaches_the_agent, tc)
{
	struct msg_conn_welcome	 in = { .server_time = 1700000000 };
	struct msg_link_welcome	 out;
	struct frame		*f;
	const char		*why;
	uint8_t			*buf;
	size_t			 len;
	uint16_t		 i;

	in.stun.n = MSG_EPS_MAX;
	for (i = 0; i < MSG_EPS_MAX; i++)
		ATF_REQUIRE_EQ(endpoint_parse(&in.stun.e[i],
		    i % 2 ? "2001:db8::2" : "127.0.0.1", 3478), 0);
	buf = frame_put_welcome(&in, &len);
	f = parse_buffer(buf, len, FRAME_WELCOME);
	ATF_REQUIRE_EQ(frame_get_welcome(f, &out, &why), 0);
	ATF_CHECK_EQ(out.server_time, 1700000000);
	ATF_REQUIRE_EQ(out.stun.n, MSG_EPS_MAX);
	for (i = 0; i < MSG_EPS_MAX; i++)
		ATF_CHECK_EQ(endpoint_cmp(&out.stun.e[i], &in.stun.e[i]), 0);
	frame_free(f);
	in.stun.e[0].family = 0;
	ATF_CHECK(frame_put_welcome(&in, &len) == NULL);
	in.stun.n = MSG_EPS_MAX + 1;
	ATF_CHECK(frame_put_welcome(&in, &len) == NULL);
}

ATF_TC_WITHOUT_HEAD(candidates_reach_the_server_within_its_limit);
ATF_TC_BODY(candidates_reach_the_server_within_its_limit, tc)
{
	struct msg_link_candidates	 in = { .generation = UINT32_MAX };
	struct msg_conn_candidates	 out;
	struct frame			*f;
	const char			*why;
	uint8_t				*buf;
	size_t				 len;

	sample_candidates(&in.candidates);
	buf = frame_put_candidates(&in, &len);
	ATF_CHECK(len < FRAME_AGENT_MAX);
	f = parse_buffer(buf, len, FRAME_CANDIDATES);
	ATF_REQUIRE_EQ(frame_get_candidates(f, &out, &why), 0);
	ATF_CHECK_EQ(out.generation, UINT32_MAX);
	same_candidates(&in.candidates, &out.candidates);
	frame_free(f);
	in.candidates.e[3].type = 0;
	ATF_CHECK(frame_put_candidates(&in, &len) == NULL);
	in.candidates.n = ICE_CAND_MAX + 1;
	ATF_CHECK(frame_put_candidates(&in, &len) == NULL);
}

ATF_TC_WITHOUT_HEAD(introduction_reaches_the_agent);
ATF_TC_BODY(introduction_reaches_the_agent, tc)
{
	struct msg_conn_introduction	 in = { .number = 1, .controlling = 1 };
	struct msg_introduction		 out;
	struct frame			*f;
	const char			*why;
	uint8_t				*buf;
	size_t				 len;

	strlcpy(in.system, "V88RY", sizeof(in.system));
	strlcpy(in.local_ufrag, UFRAG, sizeof(in.local_ufrag));
	strlcpy(in.local_pwd, PWD, sizeof(in.local_pwd));
	strlcpy(in.remote_ufrag, "0123456789abcdef", 17);
	strlcpy(in.remote_pwd, "0123456789abcdef0123456789abcdef", 33);
	sample_candidates(&in.candidates);
	buf = frame_put_introduction(&in, &len);
	f = parse_buffer(buf, len, FRAME_INTRODUCTION);
	ATF_REQUIRE_EQ(frame_get_introduction(f, &out, &why), 0);
	ATF_CHECK_EQ(out.number, 1);
	ATF_CHECK_EQ(out.controlling, 1);
	ATF_CHECK_STREQ(out.system, "V88RY");
	ATF_CHECK_STREQ(out.local_ufrag, in.local_ufrag);
	ATF_CHECK_STREQ(out.local_pwd, in.local_pwd);
	ATF_CHECK_STREQ(out.remote_ufrag, in.remote_ufrag);
	ATF_CHECK_STREQ(out.remote_pwd, in.remote_pwd);
	same_candidates(&in.candidates, &out.candidates);
	frame_free(f);
	in.controlling = 2;
	ATF_CHECK(frame_put_introduction(&in, &len) == NULL);
	in.controlling = 0;
	in.local_pwd[3] = '-';
	ATF_CHECK(frame_put_introduction(&in, &len) == NULL);
}

ATF_TC_WITHOUT_HEAD(ack_introduce_ping_and_pong_pass);
ATF_TC_BODY(ack_introduce_ping_and_pong_pass, tc)
{
	struct msg_policy_ack		 ack = { .sequence = 12 };
	struct msg_introduce_again	 again = { .system = "V88RY" };
	struct msg_conn_ack		 acked;
	struct msg_conn_introduce	 intro;
	struct frame			*f;
	const char			*why;
	uint8_t				*buf;
	size_t				 len;

	buf = frame_put_ack(&ack, &len);
	f = parse_buffer(buf, len, FRAME_ACK);
	ATF_REQUIRE_EQ(frame_get_ack(f, &acked, &why), 0);
	ATF_CHECK_EQ(acked.sequence, 12);
	frame_free(f);
	buf = frame_put_introduce(&again, &len);
	f = parse_buffer(buf, len, FRAME_INTRODUCE);
	ATF_REQUIRE_EQ(frame_get_introduce(f, &intro, &why), 0);
	ATF_CHECK_STREQ(intro.system, "V88RY");
	frame_free(f);
	buf = frame_put_ping(&len);
	frame_free(parse_buffer(buf, len, FRAME_PING));
	buf = frame_put_pong(&len);
	frame_free(parse_buffer(buf, len, FRAME_PONG));
	again.system[0] = '0';
	ATF_CHECK(frame_put_introduce(&again, &len) == NULL);
}

static void
sample_entry(struct msg_conn_entry *e)
{
	static const struct acl_entry	 acls[5] = {
		{ ACL_ANY, 0, 65535 }, { ACL_TCP, 8080, 8080 },
		{ ACL_UDP, 5000, 5010 }, { ACL_ICMP, 0, 65535 },
		{ ACL_TCP, 0, 65535 }
	};

	memset(e, 0, sizeof(*e));
	e->op = OP_AMEND;
	strlcpy(e->system, "V88RY", sizeof(e->system));
	strlcpy(e->description, "db", sizeof(e->description));
	e->certificate_len = 257;
	memset(e->certificate, 0x31, 257);
	e->not_after = 1800000000;
	memcpy(e->acls.e, acls, sizeof(acls));
	e->acls.n = 5;
}

ATF_TC_WITHOUT_HEAD(policy_reaches_the_agent);
ATF_TC_BODY(policy_reaches_the_agent, tc)
{
	struct msg_conn_entry		 in;
	struct msg_policy_entry		 out;
	struct msg_conn_commit		 commit = { .sequence = 4, .full = 1 };
	struct msg_policy_commit	 got;
	struct frame_policy		*fp = frame_policy_new();
	struct frame			*f;
	const char			*why;
	uint8_t				*buf;
	size_t				 len;
	uint16_t			 i;

	ATF_REQUIRE(fp != NULL);
	sample_entry(&in);
	in.op = OP_DOWN;
	ATF_REQUIRE_EQ(frame_policy_add(fp, &in), 0);
	in.op = 3;
	ATF_CHECK_EQ(frame_policy_add(fp, &in), -1);
	in.op = OP_UP;
	in.acls.e[0].port_low = 1;
	ATF_CHECK_EQ(frame_policy_add(fp, &in), -1);
	sample_entry(&in);
	ATF_REQUIRE_EQ(frame_policy_add(fp, &in), 0);
	buf = frame_policy_finish(fp, &commit, &len);
	f = parse_buffer(buf, len, FRAME_POLICY);
	entries_seen = 0;
	ATF_REQUIRE_EQ(frame_policy_each(f, count_entry, &out, &got, &why), 0);
	ATF_CHECK_EQ(entries_seen, 2);
	ATF_CHECK_EQ(got.sequence, 4);
	ATF_CHECK_EQ(got.full, 1);
	ATF_CHECK_EQ(out.sequence, 4);
	ATF_CHECK_EQ(out.op, OP_AMEND);
	ATF_CHECK_STREQ(out.system, "V88RY");
	ATF_CHECK_STREQ(out.description, "db");
	ATF_CHECK_EQ(out.certificate_len, 257);
	ATF_CHECK_EQ(memcmp(out.certificate, in.certificate, 512), 0);
	ATF_CHECK_EQ(out.not_after, 1800000000);
	ATF_REQUIRE_EQ(out.acls.n, 5);
	for (i = 0; i < 5; i++) {
		ATF_CHECK_EQ(out.acls.e[i].protocol, in.acls.e[i].protocol);
		ATF_CHECK_EQ(out.acls.e[i].port_low, in.acls.e[i].port_low);
		ATF_CHECK_EQ(out.acls.e[i].port_high, in.acls.e[i].port_high);
	}
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(policy_frame_says_when_it_is_full);
ATF_TC_BODY(policy_frame_says_when_it_is_full, tc)
{
	struct msg_conn_entry		 e;
	struct msg_conn_commit		 commit = { .sequence = INT64_MAX };
	struct msg_policy_commit	 got;
	struct frame_policy		*fp = frame_policy_new();
	struct frame			*f;
	const char			*why;
	uint8_t				*buf;
	size_t				 len, n = 0;

	sample_entry(&e);
	while (n < FRAME_ENTRIES_MAX + 1U && frame_policy_add(fp, &e) == 0)
		n++;
	ATF_CHECK_EQ(errno, EMSGSIZE);
	ATF_CHECK(n > 1000 && n < FRAME_ENTRIES_MAX);
	buf = frame_policy_finish(fp, &commit, &len);
	ATF_CHECK(len <= FRAME_HEADER + FRAME_MAX);
	f = parse_buffer(buf, len, FRAME_POLICY);
	entries_seen = 0;
	ATF_REQUIRE_EQ(frame_policy_each(f, count_entry, NULL, &got, &why), 0);
	ATF_CHECK_EQ(entries_seen, n);
	frame_free(f);

	fp = frame_policy_new();
	e.op = OP_DOWN;
	for (n = 0; n < FRAME_ENTRIES_MAX; n++)
		ATF_REQUIRE_EQ(frame_policy_add(fp, &e), 0);
	ATF_CHECK_EQ(frame_policy_add(fp, &e), -1);
	frame_policy_free(fp);
	frame_policy_free(NULL);
}

ATF_TC_WITHOUT_HEAD(no_entry_of_a_bad_policy_is_delivered);
ATF_TC_BODY(no_entry_of_a_bad_policy_is_delivered, tc)
{
	entries_seen = 0;
	refused_change(FRAME_POLICY, "\"entries\":[",
	    "\"entries\":[{\"op\":\"down\",\"system\":\"V88RY\"},"
	    "{\"op\":\"down\",\"system\":\"V88R0\"},", "entries[1].system");
	ATF_CHECK_EQ(entries_seen, 0);
}

/* Walk over every member of every good frame, at any depth. */
static void
each_member(json_t *root, json_t *value, enum frame_type type)
{
	static const char *const	 wrong[] = {
		"null", "{}", "[]", "\"\\n\"", "-1", "1.5", "true", "7"
	};
	json_t				*member, *old, *new, *copy;
	const char			*key;
	char				*text;
	size_t				 i;

	if (json_is_array(value))
		json_array_foreach(value, i, member)
			each_member(root, member, type);
	if (!json_is_object(value))
		return;
	/* A member put back is the last: walk over a copy. */
	copy = json_copy(value);
	json_object_foreach(copy, key, member) {
		each_member(root, member, type);
		old = json_incref(member);
		json_object_del(value, key);
		text = json_dumps(root, JSON_COMPACT);
		if (strcmp(key, "ports") != 0)
			refused_text(text, type, key);
		free(text);
		for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
			new = json_loads(wrong[i], JSON_DECODE_ANY, NULL);
			/* Right kind of value: ranges have their own test. */
			if (json_typeof(new) == json_typeof(old) ||
			    (json_is_boolean(new) && json_is_boolean(old))) {
				json_decref(new);
				continue;
			}
			json_object_set_new(value, key, new);
			text = json_dumps(root, JSON_COMPACT);
			refused_text(text, type, key);
			free(text);
		}
		json_object_set_new(value, key, old);
	}
	json_decref(copy);
}

ATF_TC_WITHOUT_HEAD(a_missing_or_mistyped_member_is_named);
ATF_TC_BODY(a_missing_or_mistyped_member_is_named, tc)
{
	struct frame	*f;
	const char	*why;
	json_t		*root;
	size_t		 i;

	for (i = 0; i < TYPES; i++) {
		f = parse_text(good[i], &why);
		ATF_REQUIRE_MSG(f != NULL, "%s: %s", good[i], why);
		ATF_REQUIRE_EQ(frame_type(f), (enum frame_type)i);
		ATF_REQUIRE_MSG(get_any(f, frame_type(f), &why) == 0,
		    "%s: %s", good[i], why);
		frame_free(f);
		root = json_loads(good[i], 0, NULL);
		each_member(root, root, (enum frame_type)i);
		json_decref(root);
	}
}

ATF_TC_WITHOUT_HEAD(a_member_out_of_range_is_named);
ATF_TC_BODY(a_member_out_of_range_is_named, tc)
{
	static const struct {
		enum frame_type	 type;
		const char	*from, *to, *word;
	} t[] = {
		{ FRAME_CHALLENGE, ":1,", ":2,", "version" },
		{ FRAME_CHALLENGE, B44, "AQ==", "nonce" },
		{ FRAME_CHALLENGE, B44, B44 "AAAA", "nonce" },
		{ FRAME_CHALLENGE, "AQE=", "AQF=", "nonce" },
		{ FRAME_CHALLENGE, "AQE=", "AQEB", "nonce" },
		{ FRAME_CHALLENGE, "AQE=", "AQ==", "nonce" },
		{ FRAME_CHALLENGE, "AQE=", "A-E=", "nonce" },
		{ FRAME_AUTH, "AQID", "", "certificate" },
		{ FRAME_AUTH, "AQID", "AQI", "certificate" },
		{ FRAME_AUTH, ":5", ":-5", "sequence" },
		{ FRAME_AUTH, ":5", ":9223372036854775808", "range" },
		{ FRAME_ENROL, "22222-33333", "", "key" },
		{ FRAME_ENROL, "22222-33333", "a b", "key" },
		{ FRAME_ENROL, "22222-33333", "a\\u00fc", "key" },
		{ FRAME_ENROL, "22222-33333",
		    "22222-33333-22222-33333-222222", "key" },
		{ FRAME_WELCOME, "2001:db8::1", "example.org", "address" },
		{ FRAME_WELCOME, "2001:db8::1", "::ffff:192.0.2.1",
		    "stun[0].address" },
		{ FRAME_WELCOME, "2001:db8::1", "fe80::1%lo", "address" },
		{ FRAME_WELCOME, "3478", "0", "stun[0].port" },
		{ FRAME_WELCOME, "3478", "65536", "stun[0].port" },
		{ FRAME_CANDIDATES, ":3", ":4294967296", "generation" },
		{ FRAME_CANDIDATES, "\"local\"", "\"lan\"", "[0].type" },
		{ FRAME_CANDIDATES, "udp", "sctp", "transport" },
		{ FRAME_CANDIDATES, ":9}", ":4294967296}", "priority" },
		{ FRAME_CANDIDATES, "[{", "[1,{", "candidates" },
		{ FRAME_POLICY, "\"up\"", "\"UP\"", "entries[0].op" },
		{ FRAME_POLICY, "V88RY", "V88R", "entries[0].system" },
		{ FRAME_POLICY, "V88RY", "V88RYY", "entries[0].system" },
		{ FRAME_POLICY, "80-90", "90-80", "acls[0].ports" },
		{ FRAME_POLICY, "80-90", "0-80", "acls[0].ports" },
		{ FRAME_POLICY, "80-90", "", "acls[0].ports" },
		{ FRAME_POLICY, "80-90", "80/90", "acls[0].ports" },
		{ FRAME_POLICY, "80-90", "00080-00090-", "acls[0].ports" },
		{ FRAME_POLICY, "tcp", "icmp", "acls[0].ports" },
		{ FRAME_POLICY, "tcp", "tcp/80", "acls[0].protocol" },
		{ FRAME_POLICY, "\"not_after\":0", "\"not_after\":-1",
		    "not_after" },
		{ FRAME_INTRODUCTION, "controlled", "both", "role" },
		{ FRAME_INTRODUCTION, UFRAG, "abc", "local.ufrag" },
		{ FRAME_INTRODUCTION, UFRAG, "abcdefghijklmnopq", "ufrag" },
		{ FRAME_INTRODUCTION, PWD, "0123456789abcdef01234", "pwd" },
		{ FRAME_INTRODUCTION, PWD, PWD "01234567890", "local.pwd" },
		{ FRAME_INTRODUCTION, PWD, "0123456789 abcdefABCDEF", "pwd" },
		{ FRAME_INTRODUCTION, ":77", ":-77", "number" },
		{ FRAME_INTRODUCE, "V88RY", "v88ry", "system" },
		{ FRAME_PING, "ping", "PING", "type" },
		{ FRAME_PING, "\"ping\"", "1", "type" }
	};
	size_t	 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		refused_change(t[i].type, t[i].from, t[i].to, t[i].word);
}

/* prefix, n times element with commas, suffix */
static char *
repeat_text(const char *prefix, const char *element, size_t n,
    const char *suffix)
{
	size_t	 one = strlen(element), i, cap;
	char	*s, *p;

	cap = strlen(prefix) + n * (one + 1) + strlen(suffix) + 1;
	s = malloc(cap);
	ATF_REQUIRE(s != NULL);
	strlcpy(s, prefix, cap);
	p = s + strlen(s);
	for (i = 0; i < n; i++) {
		memcpy(p, element, one);
		p += one;
		*p++ = ',';
	}
	if (n > 0)
		p--;
	strlcpy(p, suffix, cap - (size_t)(p - s));
	return s;
}

static void
array_limit(const char *prefix, const char *element, size_t max,
    const char *suffix, enum frame_type type, const char *word)
{
	struct frame	*f;
	const char	*why = NULL;
	char		*s;

	s = repeat_text(prefix, element, max, suffix);
	f = parse_text(s, &why);
	ATF_REQUIRE_MSG(f != NULL && get_any(f, type, &why) == 0, "%s: %s",
	    word, why);
	frame_free(f);
	free(s);
	s = repeat_text(prefix, element, max + 1, suffix);
	refused_text(s, type, word);
	free(s);
}

ATF_TC_WITHOUT_HEAD(arrays_have_a_maximum);
ATF_TC_BODY(arrays_have_a_maximum, tc)
{
	array_limit("{\"type\":\"candidates\",\"generation\":1,"
	    "\"candidates\":[", CAND, ICE_CAND_MAX, "]}", FRAME_CANDIDATES,
	    "candidates");
	array_limit("{\"type\":\"welcome\",\"time\":1,\"stun\":[",
	    "{\"address\":\"192.0.2.1\",\"port\":1}", MSG_EPS_MAX, "]}",
	    FRAME_WELCOME, "stun");
	array_limit("{\"type\":\"policy\",\"sequence\":1,\"full\":false,"
	    "\"entries\":[", "{\"op\":\"down\",\"system\":\"V88RY\"}",
	    FRAME_ENTRIES_MAX, "]}", FRAME_POLICY, "entries");
	array_limit("{\"type\":\"policy\",\"sequence\":1,\"full\":false,"
	    "\"entries\":[{\"op\":\"up\",\"system\":\"V88RY\","
	    "\"description\":\"\",\"certificate\":\"AQID\",\"not_after\":1,"
	    "\"acls\":[", "{\"protocol\":\"any\"}", ACL_MAX, "]}]}",
	    FRAME_POLICY, "entries[0].acls");
}

ATF_TC_WITHOUT_HEAD(text_is_made_harmless);
ATF_TC_BODY(text_is_made_harmless, tc)
{
	struct msg_link_refused	 out;
	struct frame		*f;
	const char		*why;
	uint8_t			*buf;
	size_t			 len;

	f = parse_text("{\"type\":\"refused\",\"enrolment\":false,\"reason\":"
	    "\"a\\u001b[1m\\n\\u007f\\u0085\\u202e\xe2\x82\xac\"}", &why);
	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE_EQ(frame_get_refused(f, &out, &why), 0);
	ATF_CHECK_STREQ(out.reason, "a?[1m????\xe2\x82\xac");
	frame_free(f);
	buf = frame_put_refused(1, "x\xff\xc3(\xc0\x80\n", &len);
	f = parse_buffer(buf, len, FRAME_REFUSED);
	ATF_REQUIRE_EQ(frame_get_refused(f, &out, &why), 0);
	ATF_CHECK_STREQ(out.reason, "x?" "?(?" "??");
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(long_description_is_cut_between_characters);
ATF_TC_BODY(long_description_is_cut_between_characters, tc)
{
	struct msg_enrol_request	 out;
	struct frame			*f;
	const char			*why;
	char				 text[2048], want[128] = "";
	int				 i;

	snprintf(text, sizeof(text), "{\"type\":\"enrol\",\"key\":\"2\","
	    "\"identity\":\"" B44 "\",\"tunnel\":\"" B44 "\",\"aes\":false,"
	    "\"signature\":\"" B88 "\",\"description\":\"");
	for (i = 0; i < 70; i++)
		strlcat(text, "\xc3\xbc", sizeof(text));
	strlcat(text, "\"}", sizeof(text));
	for (i = 0; i < 63; i++)
		strlcat(want, "\xc3\xbc", sizeof(want));
	f = parse_text(text, &why);
	ATF_REQUIRE_MSG(f != NULL, "%s", why);
	ATF_REQUIRE_EQ(frame_get_enrol(f, &out, &why), 0);
	ATF_CHECK_STREQ(out.description, want);
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(long_reason_is_refused);
ATF_TC_BODY(long_reason_is_refused, tc)
{
	char	 to[259];

	memset(to, 'a', sizeof(to) - 1);
	to[0] = to[257] = '"';
	to[258] = '\0';
	refused_change(FRAME_REFUSED, "\"no\"", to, "reason: too long");
}

ATF_TC_WITHOUT_HEAD(unknown_members_are_ignored);
ATF_TC_BODY(unknown_members_are_ignored, tc)
{
	struct msg_conn_ack	 out;
	struct frame		*f;
	const char		*why;

	f = parse_text("{\"new\":[{\"x\":null}],\"sequence\":2,"
	    "\"type\":\"ack\"}", &why);
	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE_EQ(frame_get_ack(f, &out, &why), 0);
	ATF_CHECK_EQ(out.sequence, 2);
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(a_decoder_takes_its_own_type_only);
ATF_TC_BODY(a_decoder_takes_its_own_type_only, tc)
{
	struct frame	*f;
	const char	*why;
	size_t		 i, k;

	for (i = 0; i < TYPES; i++) {
		f = parse_text(good[i], &why);
		ATF_REQUIRE(f != NULL);
		for (k = 0; k < FRAME_PING; k++) {
			if (i == k)
				continue;
			ATF_CHECK_EQ(get_any(f, (enum frame_type)k, &why), -1);
			ATF_CHECK(strstr(why, "type") != NULL);
		}
		frame_free(f);
	}
}

ATF_TC_WITHOUT_HEAD(a_failed_decode_leaves_zeros);
ATF_TC_BODY(a_failed_decode_leaves_zeros, tc)
{
	static const struct msg_enrol_request	 zero;
	struct msg_enrol_request		 out;
	struct frame				*f;
	const char				*why;

	f = parse_text("{\"type\":\"enrol\",\"key\":\"22222\","
	    "\"identity\":\"" B44 "\"}", &why);
	ATF_REQUIRE(f != NULL);
	memset(&out, 0xff, sizeof(out));
	ATF_REQUIRE_EQ(frame_get_enrol(f, &out, &why), -1);
	ATF_CHECK_STREQ(why, "tunnel: missing");
	ATF_CHECK_EQ(memcmp(&out, &zero, sizeof(out)), 0);
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(garbage_is_not_a_frame);
ATF_TC_BODY(garbage_is_not_a_frame, tc)
{
	static const char *const	 bad[] = {
		"", "{", "}", "[]", "null", "\"ping\"", "{}}", "{}",
		"{\"type\":\"ping\"} ", " {\"type\":\"ping\"}",
		"{\"type\":\"ping\"}{\"type\":\"ping\"}",
		"{\"type\":\"ping\",\"type\":\"ping\"}",
		"{\"type\":\"ping\",\"a\":{\"b\":1,\"b\":2}}",
		"{\"type\":\"ping\",\"a\":\"\\u0000\"}",
		"{\"type\":\"ping\\u0000\"}", "{\"type\":\"ping\",}",
		"{\"type\":\"\xff\"}", "{\"type\":\"ping\",\"a\":\"\n\"}",
		"{\"type\":\"ping\",\"a\":1e999}", "{'type':'ping'}",
		"{\"type\":\"ping\",\"\\u0000\":1}", "{\"type\":\"pingpong\"}",
		"{\"type\":\"ping\"\"}", "{\"type\":\"ping\\\"}"
	};
	static const uint8_t		 nul[] = "{\"type\":\"ping\"\0}";
	const char			*why;
	size_t				 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why = NULL;
		ATF_CHECK_MSG(parse_text(bad[i], &why) == NULL, "accepted %s",
		    bad[i]);
		ATF_CHECK(why != NULL && why[0] != '\0');
	}
	ATF_CHECK(frame_parse(nul, sizeof(nul) - 1, &why) == NULL);
	ATF_CHECK_STREQ(why, "frame: NUL byte");
	ATF_CHECK(parse_text(bad[11], &why) == NULL);
	ATF_CHECK_STREQ(why, "frame: member twice");
}

ATF_TC_WITHOUT_HEAD(no_prefix_of_a_frame_is_a_frame);
ATF_TC_BODY(no_prefix_of_a_frame_is_a_frame, tc)
{
	const char	*why;
	uint8_t		*copy;
	size_t		 i, n;

	for (i = 0; i < TYPES; i++) {
		for (n = 0; n < strlen(good[i]); n++) {
			/* Exact memory, so that a read past it is seen. */
			copy = malloc(n == 0 ? 1 : n);
			ATF_REQUIRE(copy != NULL);
			memcpy(copy, good[i], n);
			ATF_CHECK(frame_parse(copy, n, &why) == NULL);
			free(copy);
		}
	}
}

static struct frame *
parse_nested(int depth)
{
	const char	*why;
	char		 s[256] = "{\"type\":\"ping\",\"a\":";
	int		 i;

	for (i = 0; i < depth - 1; i++)
		strlcat(s, "[", sizeof(s));
	strlcat(s, "\"[[[[[[\\\"{{{{{{{{{{{{{{\"", sizeof(s));
	for (i = 0; i < depth - 1; i++)
		strlcat(s, "]", sizeof(s));
	strlcat(s, "}", sizeof(s));
	return parse_text(s, &why);
}

ATF_TC_WITHOUT_HEAD(nesting_has_a_limit);
ATF_TC_BODY(nesting_has_a_limit, tc)
{
	struct frame	*f;
	const char	*why;
	char		*s;

	f = parse_nested(FRAME_DEPTH_MAX);
	ATF_CHECK(f != NULL);
	frame_free(f);
	ATF_CHECK(parse_nested(FRAME_DEPTH_MAX + 1) == NULL);
	s = malloc(FRAME_MAX + 1);
	ATF_REQUIRE(s != NULL);
	memset(s, '[', FRAME_MAX);
	memcpy(s, "{\"a\":", 5);
	memcpy(s + FRAME_MAX - 1, "}", 2);
	ATF_CHECK(parse_text(s, &why) == NULL);
	ATF_CHECK_STREQ(why, "frame: nested too deeply");
	free(s);
}

ATF_TC_WITHOUT_HEAD(values_and_bytes_have_a_limit);
ATF_TC_BODY(values_and_bytes_have_a_limit, tc)
{
	struct frame	*f;
	const char	*why;
	char		*s;

	s = repeat_text("{\"type\":\"ping\",\"a\":[", "{}",
	    FRAME_CONTAINERS_MAX - 2, "]}");
	f = parse_text(s, &why);
	ATF_CHECK(f != NULL);
	frame_free(f);
	free(s);
	s = repeat_text("{\"type\":\"ping\",\"a\":[", "{}",
	    FRAME_CONTAINERS_MAX - 1, "]}");
	ATF_CHECK(parse_text(s, &why) == NULL);
	ATF_CHECK_STREQ(why, "frame: too many values");
	free(s);
	s = repeat_text("{\"type\":\"ping\",\"a\":[", "0",
	    FRAME_VALUES_MAX, "]}");
	ATF_CHECK(parse_text(s, &why) == NULL);
	ATF_CHECK_STREQ(why, "frame: too many values");
	free(s);

	s = malloc(FRAME_MAX + 2);
	ATF_REQUIRE(s != NULL);
	memset(s, ' ', FRAME_MAX + 1);
	memcpy(s, "{\"type\":\"ping\"", 14);
	s[FRAME_MAX - 1] = '}';
	f = frame_parse((uint8_t *)s, FRAME_MAX, &why);
	ATF_CHECK(f != NULL);
	frame_free(f);
	s[FRAME_MAX - 1] = ' ';
	s[FRAME_MAX] = '}';
	ATF_CHECK(frame_parse((uint8_t *)s, FRAME_MAX + 1, &why) == NULL);
	ATF_CHECK_STREQ(why, "frame: too long");
	free(s);
}

ATF_TC_WITHOUT_HEAD(reader_cuts_a_stream_fed_byte_by_byte);
ATF_TC_BODY(reader_cuts_a_stream_fed_byte_by_byte, tc)
{
	struct frame_reader	 r = { 0 };
	const uint8_t		*json;
	uint8_t			 head[4] = { 0 };
	size_t			 i, k, n, len;

	for (i = 0; i < TYPES; i++) {
		n = strlen(good[i]);
		head[2] = (uint8_t)(n >> 8);
		head[3] = (uint8_t)n;
		for (k = 0; k < n + 4; k++) {
			ATF_REQUIRE_EQ(frame_reader_next(&r, &json, &len), 0);
			ATF_REQUIRE_EQ(frame_reader_add(&r, k < 4 ?
			    (const void *)(head + k) : good[i] + k - 4, 1), 0);
		}
		ATF_REQUIRE_EQ(frame_reader_next(&r, &json, &len), 1);
		ATF_REQUIRE_EQ(len, n);
		ATF_CHECK_EQ(memcmp(json, good[i], n), 0);
	}
	ATF_CHECK_EQ(frame_reader_next(&r, &json, &len), 0);
	frame_reader_free(&r);
	ATF_CHECK(r.buf == NULL);
}

ATF_TC_WITHOUT_HEAD(reader_cuts_many_frames_of_one_read);
ATF_TC_BODY(reader_cuts_many_frames_of_one_read, tc)
{
	struct frame_reader	 r = { 0 };
	const uint8_t		*json;
	uint8_t			*stream;
	size_t			 i, len, n = 13000;

	stream = calloc(n, 5);
	ATF_REQUIRE(stream != NULL);
	for (i = 0; i < n; i++) {
		stream[i * 5 + 3] = 1;
		stream[i * 5 + 4] = (uint8_t)i;
	}
	ATF_REQUIRE_EQ(frame_reader_add(&r, stream, n * 5), 0);
	for (i = 0; i < n; i++) {
		ATF_REQUIRE_EQ(frame_reader_next(&r, &json, &len), 1);
		ATF_REQUIRE_EQ(len, 1);
		ATF_REQUIRE_EQ(json[0], (uint8_t)i);
	}
	ATF_CHECK_EQ(frame_reader_next(&r, &json, &len), 0);
	/* A big buffer is not kept for an idle connection. */
	ATF_CHECK(r.cap <= 16384);
	frame_reader_free(&r);
	free(stream);
}

ATF_TC_WITHOUT_HEAD(reader_believes_bytes_not_headers);
ATF_TC_BODY(reader_believes_bytes_not_headers, tc)
{
	static const uint8_t	 max[4] = { 0, 0x10, 0, 0 };
	static const uint8_t	 over[4] = { 0, 0x10, 0, 1 };
	static const uint8_t	 huge[4] = { 0xff, 0xff, 0xff, 0xff };
	static uint8_t		 chunk[16384];
	struct frame_reader	 r = { 0 };
	const uint8_t		*json;
	size_t			 len, sent;

	ATF_REQUIRE_EQ(frame_reader_add(&r, max, 4), 0);
	ATF_CHECK_EQ(frame_reader_next(&r, &json, &len), 0);
	ATF_CHECK(r.cap <= 4096);
	for (sent = 0; sent < FRAME_MAX; sent += sizeof(chunk)) {
		ATF_REQUIRE_EQ(frame_reader_next(&r, &json, &len), 0);
		ATF_REQUIRE_EQ(frame_reader_add(&r, chunk, sizeof(chunk)), 0);
		ATF_REQUIRE(r.cap <= 4096 || r.cap <= 2 * r.len);
	}
	ATF_CHECK_EQ(frame_reader_next(&r, &json, &len), 1);
	ATF_CHECK_EQ(len, FRAME_MAX);
	ATF_CHECK_EQ(frame_reader_next(&r, &json, &len), 0);
	ATF_REQUIRE_EQ(frame_reader_add(&r, over, 4), 0);
	ATF_CHECK_EQ(frame_reader_next(&r, &json, &len), -1);
	ATF_CHECK_EQ(frame_reader_next(&r, &json, &len), -1);
	frame_reader_free(&r);
	ATF_REQUIRE_EQ(frame_reader_add(&r, huge, 4), 0);
	ATF_CHECK_EQ(frame_reader_next(&r, &json, &len), -1);
	frame_reader_free(&r);

	r.max = 16;
	ATF_REQUIRE_EQ(frame_reader_add(&r, "\0\0\0\021", 4), 0);
	ATF_CHECK_EQ(frame_reader_next(&r, &json, &len), -1);
	while (frame_reader_add(&r, chunk, sizeof(chunk)) == 0)
		ATF_REQUIRE(r.len <= 4 + 16 + FRAME_READER_SLACK);
	ATF_CHECK_EQ(errno, EMSGSIZE);
	frame_reader_free(&r);
	ATF_CHECK_EQ(r.max, 16);
}

ATF_TC_WITHOUT_HEAD(reader_wipes_what_it_handed_out);
ATF_TC_BODY(reader_wipes_what_it_handed_out, tc)
{
	struct frame_reader	 r = { 0 };
	const uint8_t		*json;
	size_t			 i, len;

	ATF_REQUIRE_EQ(frame_reader_add(&r, "\0\0\0\6secret\0\0", 12), 0);
	ATF_REQUIRE_EQ(frame_reader_next(&r, &json, &len), 1);
	ATF_CHECK_EQ(memcmp(json, "secret", 6), 0);
	ATF_REQUIRE_EQ(frame_reader_next(&r, &json, &len), 0);
	ATF_CHECK_EQ(r.len, 2);
	for (i = 0; i < 12; i++)
		ATF_CHECK_EQ(r.buf[i], 0);
	frame_reader_free(&r);
}

ATF_TC_WITHOUT_HEAD(base64_has_one_form);
ATF_TC_BODY(base64_has_one_form, tc)
{
	static const char *const	 bad[] = {
		"A", "AA", "AAA", "A===", "====", "AB==", "AAB=", "AA=A",
		"AA==AAAA", "AAA\n", " AAA", "AA-_", "=AAA", "AAAA===="
	};
	uint8_t				 in[256], out[256];
	char				 text[345];
	size_t				 i;

	/* RFC 4648 section 10 */
	ATF_CHECK_EQ(base64_encode((const uint8_t *)"foob", 4, text, 9), 8);
	ATF_CHECK_STREQ(text, "Zm9vYg==");
	ATF_CHECK_EQ(base64_encode((const uint8_t *)"fooba", 5, text, 9), 8);
	ATF_CHECK_STREQ(text, "Zm9vYmE=");
	ATF_CHECK_EQ(base64_encode((const uint8_t *)"fooba", 5, text, 8), -1);
	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 167 + 13);
	for (i = 0; i <= sizeof(in); i++) {
		ATF_REQUIRE_EQ(base64_encode(in, i, text, sizeof(text)),
		    (ssize_t)BASE64_LEN(i));
		ATF_REQUIRE_EQ(base64_decode(text, strlen(text), out, i),
		    (ssize_t)i);
		ATF_REQUIRE_EQ(memcmp(in, out, i), 0);
		if (i > 0)
			ATF_REQUIRE_EQ(base64_decode(text, strlen(text), out,
			    i - 1), -1);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_MSG(base64_decode(bad[i], strlen(bad[i]), out,
		    sizeof(out)) == -1, "%s", bad[i]);
}

ATF_TC_WITHOUT_HEAD(init_gives_jansson_an_allocator_of_ours);
ATF_TC_BODY(init_gives_jansson_an_allocator_of_ours, tc)
{
	void		*(*alloc)(size_t), (*release)(void *);
	struct frame	*f;
	const char	*why;

	frame_init(0);
	json_get_alloc_funcs(&alloc, &release);
	ATF_CHECK(alloc != malloc);
	ATF_CHECK(release != free);
	ATF_CHECK(alloc(SIZE_MAX) == NULL);
	release(NULL);
	f = parse_text(good[FRAME_ENROL], &why);
	ATF_CHECK(f != NULL);
	frame_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, challenge_reaches_the_agent);
	ATF_TP_ADD_TC(tp, auth_reaches_the_server);
	ATF_TP_ADD_TC(tp, enrol_reaches_the_server);
	ATF_TP_ADD_TC(tp, enrolment_result_becomes_enrolled_or_refused);
	ATF_TP_ADD_TC(tp, refusals_of_connections_are_not_of_enrolment);
	ATF_TP_ADD_TC(tp, welcome_reaches_the_agent);
	ATF_TP_ADD_TC(tp, candidates_reach_the_server_within_its_limit);
	ATF_TP_ADD_TC(tp, introduction_reaches_the_agent);
	ATF_TP_ADD_TC(tp, ack_introduce_ping_and_pong_pass);
	ATF_TP_ADD_TC(tp, policy_reaches_the_agent);
	ATF_TP_ADD_TC(tp, policy_frame_says_when_it_is_full);
	ATF_TP_ADD_TC(tp, no_entry_of_a_bad_policy_is_delivered);
	ATF_TP_ADD_TC(tp, a_missing_or_mistyped_member_is_named);
	ATF_TP_ADD_TC(tp, a_member_out_of_range_is_named);
	ATF_TP_ADD_TC(tp, arrays_have_a_maximum);
	ATF_TP_ADD_TC(tp, text_is_made_harmless);
	ATF_TP_ADD_TC(tp, long_description_is_cut_between_characters);
	ATF_TP_ADD_TC(tp, long_reason_is_refused);
	ATF_TP_ADD_TC(tp, unknown_members_are_ignored);
	ATF_TP_ADD_TC(tp, a_decoder_takes_its_own_type_only);
	ATF_TP_ADD_TC(tp, a_failed_decode_leaves_zeros);
	ATF_TP_ADD_TC(tp, garbage_is_not_a_frame);
	ATF_TP_ADD_TC(tp, no_prefix_of_a_frame_is_a_frame);
	ATF_TP_ADD_TC(tp, nesting_has_a_limit);
	ATF_TP_ADD_TC(tp, values_and_bytes_have_a_limit);
	ATF_TP_ADD_TC(tp, reader_cuts_a_stream_fed_byte_by_byte);
	ATF_TP_ADD_TC(tp, reader_cuts_many_frames_of_one_read);
	ATF_TP_ADD_TC(tp, reader_believes_bytes_not_headers);
	ATF_TP_ADD_TC(tp, reader_wipes_what_it_handed_out);
	ATF_TP_ADD_TC(tp, base64_has_one_form);
	ATF_TP_ADD_TC(tp, init_gives_jansson_an_allocator_of_ours);
	return atf_no_error();
}
