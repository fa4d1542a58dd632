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
 * side's struct to the other's.
 */

#include "regress/frame/fixture.h"

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
	size_t				 i;

	memset(e, 0, sizeof(*e));
	e->op = OP_AMEND;
	strlcpy(e->system, "V88RY", sizeof(e->system));
	strlcpy(e->description, "db", sizeof(e->description));
	e->certificate_len = 257;
	memset(e->certificate, 0x31, 257);
	e->not_after = 1800000000;
	for (i = 0; i < 5; i++)
		e->acls.e[i].entry = acls[i];
	e->acls.e[1].when.from = 1700000000;
	e->acls.e[2].when.until = 1700000001;
	e->acls.e[3].when.from = 1700000002;
	e->acls.e[3].when.until = 1700000003;
	e->acls.n = 5;
	e->open.e[0].until = 1700000004;
	e->open.e[1].from = 1700000005;
	e->open.n = 2;
}

ATF_TC_WITHOUT_HEAD(policy_reaches_the_agent);
ATF_TC_BODY(policy_reaches_the_agent, tc)
{
	struct msg_conn_entry		 in;
	struct msg_policy_entry		 out;
	struct msg_conn_commit		 commit = { .sequence = 4, .full = 1 };
	struct msg_policy_commit	 got;
	struct frame_policy		*fp = frame_policy_new();
	const struct acl_timed		*want, *have;
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
	in.acls.e[0].entry.port_low = 1;
	ATF_CHECK_EQ(frame_policy_add(fp, &in), -1);
	sample_entry(&in);
	in.open.e[1].until = in.open.e[1].from;
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
		want = &in.acls.e[i];
		have = &out.acls.e[i];
		ATF_CHECK_EQ(have->entry.protocol, want->entry.protocol);
		ATF_CHECK_EQ(have->entry.port_low, want->entry.port_low);
		ATF_CHECK_EQ(have->entry.port_high, want->entry.port_high);
		ATF_CHECK_EQ(have->when.from, want->when.from);
		ATF_CHECK_EQ(have->when.until, want->when.until);
	}
	ATF_REQUIRE_EQ(out.open.n, 2);
	for (i = 0; i < 2; i++) {
		ATF_CHECK_EQ(out.open.e[i].from, in.open.e[i].from);
		ATF_CHECK_EQ(out.open.e[i].until, in.open.e[i].until);
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
	return atf_no_error();
}
