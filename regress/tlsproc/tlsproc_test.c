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
 * The real tlsproc between a played parent, authproc, policyproc and agents.
 */

#include "regress/tlsproc/world.h"

ATF_TC_WITHOUT_HEAD(the_pin_told_is_the_pin_a_client_sees);
ATF_TC_BODY(the_pin_told_is_the_pin_a_client_sees, tc)
{
	struct msg_tls_keypair	 pair;
	struct world		 w;
	struct peer		 p;
	size_t			 cert_len, key_len;

	begin(&w, NULL);
	peer_connect(&p, w.port);
	ATF_REQUIRE_STREQ(tls_peer_cert_hash(p.tls), w.pin);
	ATF_REQUIRE_STREQ(tls_conn_version(p.tls), "TLSv1.3");
	peer_end(&p);
	end(&w);
	memset(&pair, 0, sizeof(pair));
	ATF_REQUIRE(tlscert_make("stored", 1, pair.certificate, &cert_len,
	    pair.key, &key_len) == 0);
	pair.certificate_len = (uint16_t)cert_len;
	pair.key_len = (uint16_t)key_len;
	begin(&w, &pair);
	peer_connect(&p, w.port);
	ATF_REQUIRE_STREQ(tls_peer_cert_hash(p.tls), w.pin);
	peer_end(&p);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(garbage_and_http_on_the_port_are_refused);
ATF_TC_BODY(garbage_and_http_on_the_port_are_refused, tc)
{
	static const char	 http[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	struct world		 w;
	struct peer		 p;
	uint8_t			 buf[4096];
	int			 fd, i;

	begin(&w, NULL);
	for (i = 0; i < 3; i++) {
		fd = peer_tcp(w.port);
		arc4random_buf(buf, sizeof(buf));
		if (i == 0)
			ATF_REQUIRE(write(fd, http, sizeof(http)) > 0);
		else if (i == 1)
			ATF_REQUIRE(write(fd, buf, sizeof(buf)) > 0);
		else
			shutdown(fd, SHUT_WR);
		while (read(fd, buf, sizeof(buf)) > 0)
			continue;
		close(fd);
	}
	connect_agent(&w, &p);
	ATF_REQUIRE(counters(&w).refused >= 3);
	peer_end(&p);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(an_older_version_of_tls_is_refused);
ATF_TC_BODY(an_older_version_of_tls_is_refused, tc)
{
	struct tls_config	*config = tls_config_new();
	struct tls		*tls = tls_client();
	struct world		 w;
	int			 fd;

	begin(&w, NULL);
	fd = peer_tcp(w.port);
	tls_config_insecure_noverifycert(config);
	tls_config_insecure_noverifyname(config);
	tls_config_set_protocols(config, TLS_PROTOCOL_TLSv1_2);
	ATF_REQUIRE(tls_configure(tls, config) == 0);
	ATF_REQUIRE(tls_connect_socket(tls, fd, "x") == 0);
	ATF_REQUIRE(tls_handshake(tls) == -1);
	tls_free(tls);
	tls_config_free(config);
	close(fd);
	end(&w);
}

static void
enrol_once(struct world *w, struct peer *p, uint32_t conn, int ok)
{
	struct msg_link_enrol	 m;
	struct msg_enrol_result	 r;
	struct msg_link_refused	 refused;
	struct msg_challenge	 ch;
	const char		*errstr;
	union msg_any		 any;
	struct frame		*f;
	uint8_t			*frame;
	size_t			 len;

	memset(&m, 0, sizeof(m));
	strlcpy(m.key, "V88RY-V88RY-V88RY-V88RY-V88RY", sizeof(m.key));
	strlcpy(m.description, "laptop", sizeof(m.description));
	frame = frame_put_enrol(&m, &len);
	peer_send(p, frame, len);
	side_expect(&w->auth, MSG_ENROL_REQUEST, &any);
	ATF_REQUIRE_EQ(any.enrol_request.conn, conn);
	ATF_REQUIRE_STREQ(any.enrol_request.key, m.key);
	ATF_REQUIRE_STREQ(any.enrol_request.description, "laptop");
	ATF_REQUIRE_EQ(any.enrol_request.source.family, 4);
	ATF_REQUIRE_EQ(any.enrol_request.source.addr[0], 127);
	memset(&r, 0, sizeof(r));
	r.conn = conn;
	r.ok = (uint8_t)ok;
	if (ok)
		r.certificate_len = 150;
	else
		strlcpy(r.reason, "the key is used up", sizeof(r.reason));
	side_send(&w->auth, MSG_ENROL_RESULT, &r, -1);
	f = peer_expect(p, ok ? FRAME_ENROLLED : FRAME_REFUSED);
	if (!ok) {
		ATF_REQUIRE(frame_get_refused(f, &refused, &errstr) == 0);
		ATF_REQUIRE(refused.enrolment);
		ATF_REQUIRE_STREQ(refused.reason, r.reason);
	}
	frame_free(f);
	side_expect(&w->auth, MSG_CHALLENGE_GET, &any);
	ATF_REQUIRE_EQ(any.challenge_get.conn, conn);
	memset(&ch, 0, sizeof(ch));
	ch.conn = conn;
	side_send(&w->auth, MSG_CHALLENGE, &ch, -1);
	peer_skip(p, FRAME_CHALLENGE);
}

ATF_TC_WITHOUT_HEAD(each_enrolment_is_followed_by_a_new_challenge);
ATF_TC_BODY(each_enrolment_is_followed_by_a_new_challenge, tc)
{
	struct world	 w;
	struct peer	 p;
	uint32_t	 conn;
	int		 i;

	begin(&w, NULL);
	conn = connect_agent(&w, &p);
	for (i = 0; i < 4; i++)
		enrol_once(&w, &p, conn, 0);
	enrol_once(&w, &p, conn, 1);
	send_json(&p, "{\"type\":\"enrol\"}");
	expect_refused(&p, "too many");
	expect_gone(&w.auth, conn);
	peer_end(&p);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(bad_frames_are_refused_with_a_reason_and_counted);
ATF_TC_BODY(bad_frames_are_refused_with_a_reason_and_counted, tc)
{
	static const char	*const bad[] = {
		"{", "[]", "{\"type\":\"nonsense\"}", "{\"type\":\"auth\"}",
		"{\"type\":\"welcome\"}", "{\"type\":\"candidates\"}",
		"{\"type\":\"ack\",\"sequence\":1}",
	};
	static const uint8_t	 large[4] = { 0x7f, 0xff, 0xff, 0xff };
	struct world		 w;
	struct peer		 p;
	uint32_t		 conn;
	size_t			 i;

	begin(&w, NULL);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		conn = connect_agent(&w, &p);
		send_json(&p, bad[i]);
		expect_refused(&p, "");
		expect_gone(&w.auth, conn);
		peer_end(&p);
	}
	conn = connect_agent(&w, &p);
	peer_write(&p, large, sizeof(large));
	expect_refused(&p, "too long");
	expect_gone(&w.auth, conn);
	peer_end(&p);
	ATF_REQUIRE_EQ(counters(&w).dropped, i + 1);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_refused_agent_learns_why_and_is_let_go);
ATF_TC_BODY(a_refused_agent_learns_why_and_is_let_go, tc)
{
	struct msg_auth_refused	 m;
	union msg_any		 any;
	struct world		 w;
	struct peer		 p;
	uint32_t		 conn;

	begin(&w, NULL);
	conn = connect_agent(&w, &p);
	send_auth(&p);
	side_expect(&w.auth, MSG_AUTH_REQUEST, &any);
	memset(&m, 0, sizeof(m));
	m.conn = conn;
	strlcpy(m.reason, "the certificate has expired", sizeof(m.reason));
	side_send(&w.auth, MSG_AUTH_REFUSED, &m, -1);
	expect_refused(&p, "has expired");
	expect_gone(&w.auth, conn);
	expect_gone(&w.policy, conn);
	peer_end(&p);
	end(&w);
}

static void
send_policy(struct world *w, uint32_t conn)
{
	struct msg_conn_commit	 commit;
	struct msg_conn_entry	 entry;
	int			 i;

	memset(&entry, 0, sizeof(entry));
	entry.conn = conn;
	strlcpy(entry.system, "V88RY", sizeof(entry.system));
	entry.certificate_len = 150;
	entry.not_after = 1900000000;
	for (i = 0; i < 3; i++) {
		entry.sequence = 9;
		side_send(&w->policy, MSG_CONN_ENTRY, &entry, -1);
	}
	memset(&commit, 0, sizeof(commit));
	commit.conn = conn;
	commit.sequence = 9;
	commit.full = 1;
	side_send(&w->policy, MSG_CONN_COMMIT, &commit, -1);
}

static void
count_entry(void *arg, const struct msg_policy_entry *m)
{
	int	*n = arg;

	ATF_REQUIRE_STREQ(m->system, "V88RY");
	(*n)++;
}

ATF_TC_WITHOUT_HEAD(entries_reach_the_agent_as_one_frame_at_the_commit);
ATF_TC_BODY(entries_reach_the_agent_as_one_frame_at_the_commit, tc)
{
	struct msg_policy_commit commit;
	struct msg_policy_ack	 ack;
	const char		*errstr = "";
	union msg_any		 any;
	struct world		 w;
	struct frame		*f;
	struct peer		 p;
	uint8_t			*frame;
	uint32_t		 conn;
	size_t			 len;
	int			 n = 0;

	begin(&w, NULL);
	conn = welcome_agent(&w, &p);
	send_policy(&w, conn);
	f = peer_expect(&p, FRAME_POLICY);
	ATF_REQUIRE_MSG(frame_policy_each(f, count_entry, &n, &commit,
	    &errstr) == 0, "%s", errstr);
	frame_free(f);
	ATF_REQUIRE_EQ(n, 3);
	ATF_REQUIRE_EQ(commit.sequence, 9);
	ATF_REQUIRE_EQ(commit.full, 1);
	memset(&ack, 0, sizeof(ack));
	ack.sequence = 9;
	frame = frame_put_ack(&ack, &len);
	peer_send(&p, frame, len);
	side_expect(&w.policy, MSG_CONN_ACK, &any);
	ATF_REQUIRE_EQ(any.conn_ack.conn, conn);
	ATF_REQUIRE_EQ(any.conn_ack.sequence, 9);
	peer_end(&p);
	expect_gone(&w.policy, conn);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(what_an_agent_says_reaches_policyproc_and_back);
ATF_TC_BODY(what_an_agent_says_reaches_policyproc_and_back, tc)
{
	struct msg_conn_introduction	 in;
	struct msg_link_candidates	 cands;
	struct msg_introduce_again	 again;
	struct msg_conn_refuse		 refuse;
	union msg_any			 any;
	struct world			 w;
	struct peer			 p;
	uint8_t				*frame;
	uint32_t			 conn;
	size_t				 len;

	begin(&w, NULL);
	conn = welcome_agent(&w, &p);
	frame = frame_put_ping(&len);
	peer_send(&p, frame, len);
	peer_skip(&p, FRAME_PONG);
	memset(&cands, 0, sizeof(cands));
	cands.generation = 4;
	frame = frame_put_candidates(&cands, &len);
	peer_send(&p, frame, len);
	side_expect(&w.policy, MSG_CONN_CANDIDATES, &any);
	ATF_REQUIRE_EQ(any.conn_candidates.conn, conn);
	ATF_REQUIRE_EQ(any.conn_candidates.generation, 4);
	memset(&again, 0, sizeof(again));
	strlcpy(again.system, "V88RY", sizeof(again.system));
	frame = frame_put_introduce(&again, &len);
	peer_send(&p, frame, len);
	side_expect(&w.policy, MSG_CONN_INTRODUCE, &any);
	ATF_REQUIRE_STREQ(any.conn_introduce.system, "V88RY");
	memset(&in, 0, sizeof(in));
	in.conn = conn;
	in.number = 11;
	strlcpy(in.system, "V88RY", sizeof(in.system));
	strlcpy(in.local_ufrag, "abcdefgh", sizeof(in.local_ufrag));
	strlcpy(in.remote_ufrag, "ijklmnop", sizeof(in.remote_ufrag));
	strlcpy(in.local_pwd, "abcdefghijklmnopqrstuvwx",
	    sizeof(in.local_pwd));
	strlcpy(in.remote_pwd, "abcdefghijklmnopqrstuvwx",
	    sizeof(in.remote_pwd));
	side_send(&w.policy, MSG_CONN_INTRODUCTION, &in, -1);
	peer_skip(&p, FRAME_INTRODUCTION);
	memset(&refuse, 0, sizeof(refuse));
	refuse.conn = conn;
	strlcpy(refuse.reason, "disabled", sizeof(refuse.reason));
	side_send(&w.policy, MSG_CONN_REFUSE, &refuse, -1);
	expect_refused(&p, "disabled");
	peer_end(&p);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_probe_is_answered_when_the_agent_answers);
ATF_TC_BODY(a_probe_is_answered_when_the_agent_answers, tc)
{
	struct msg_conn_probe	 m;
	union msg_any		 any;
	struct world		 w;
	struct peer		 p;
	uint8_t			*frame;
	size_t			 len;

	begin(&w, NULL);
	memset(&m, 0, sizeof(m));
	m.conn = welcome_agent(&w, &p);
	/* A pong that nobody has asked for says nothing. */
	frame = frame_put_pong(&len);
	peer_send(&p, frame, len);
	side_send(&w.policy, MSG_CONN_PROBE, &m, -1);
	peer_skip(&p, FRAME_PING);
	counters(&w);
	frame = frame_put_pong(&len);
	peer_send(&p, frame, len);
	side_expect(&w.policy, MSG_CONN_ALIVE, &any);
	ATF_REQUIRE_EQ(any.conn_alive.conn, m.conn);
	peer_end(&p);
	expect_gone(&w.policy, m.conn);
	side_send(&w.policy, MSG_CONN_PROBE, &m, -1);
	expect_gone(&w.policy, m.conn);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_new_policyproc_or_authproc_starts_with_no_agents);
ATF_TC_BODY(a_new_policyproc_or_authproc_starts_with_no_agents, tc)
{
	struct world	 w;
	struct peer	 known, stranger;

	begin(&w, NULL);
	welcome_agent(&w, &known);
	connect_agent(&w, &stranger);
	side_end(&w.policy);
	child_join(&w.tls, &w.policy, ROLE_POLICY);
	ATF_REQUIRE(peer_get(&known) == NULL);
	peer_end(&known);
	side_end(&w.auth);
	child_join(&w.tls, &w.auth, ROLE_AUTH);
	ATF_REQUIRE(peer_get(&stranger) == NULL);
	peer_end(&stranger);
	welcome_agent(&w, &known);
	peer_end(&known);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(one_source_has_at_most_256_strangers);
ATF_TC_BODY(one_source_has_at_most_256_strangers, tc)
{
	struct world	 w;
	struct peer	 p;
	uint8_t		 buf[16];
	int		 fds[257], i;

	begin(&w, NULL);
	for (i = 0; i < 257; i++)
		fds[i] = peer_tcp(w.port);
	/* The last is closed at once. */
	ATF_REQUIRE(read(fds[256], buf, sizeof(buf)) == 0);
	for (i = 0; i < 257; i++) {
		shutdown(fds[i], SHUT_WR);
		while (read(fds[i], buf, sizeof(buf)) > 0)
			continue;
		close(fds[i]);
	}
	connect_agent(&w, &p);
	ATF_REQUIRE_EQ(counters(&w).refused, 257);
	peer_end(&p);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_welcome_for_a_connection_that_ended_is_answered);
ATF_TC_BODY(a_welcome_for_a_connection_that_ended_is_answered, tc)
{
	struct msg_conn_welcome	 m;
	struct world		 w;

	begin(&w, NULL);
	memset(&m, 0, sizeof(m));
	m.conn = 12345;
	strlcpy(m.system, "V88RY", sizeof(m.system));
	side_send(&w.policy, MSG_CONN_WELCOME, &m, -1);
	expect_gone(&w.policy, 12345);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(an_agent_that_sends_without_end_is_cut_off);
ATF_TC_BODY(an_agent_that_sends_without_end_is_cut_off, tc)
{
	struct world	 w;
	struct frame	*f;
	struct peer	 p;
	uint8_t		*frame;
	uint32_t	 conn;
	size_t		 len;
	int		 i;

	begin(&w, NULL);
	conn = welcome_agent(&w, &p);
	for (i = 0; i < 4500; i++) {
		frame = frame_put_pong(&len);
		ATF_REQUIRE(frame != NULL);
		if (tls_write(p.tls, frame, len) != (ssize_t)len)
			i = 4500;
		frame_free_buffer(frame, len);
	}
	if ((f = peer_get(&p)) != NULL) {
		ATF_REQUIRE_EQ(frame_type(f), FRAME_REFUSED);
		frame_free(f);
	}
	expect_gone(&w.policy, conn);
	ATF_REQUIRE(counters(&w).dropped == 1);
	peer_end(&p);
	end(&w);
}

static int
send_facts(struct peer *p, uint64_t number)
{
	struct msg_link_facts	 m;
	uint8_t			*frame;
	size_t			 len;
	int			 ok;

	memset(&m, 0, sizeof(m));
	m.number = number;
	strlcpy(m.text, "os linux\n", sizeof(m.text));
	frame = frame_put_facts(&m, &len);
	ATF_REQUIRE(frame != NULL);
	ok = tls_write(p->tls, frame, len) == (ssize_t)len;
	frame_free_buffer(frame, len);
	return ok;
}

ATF_TC_WITHOUT_HEAD(facts_reach_authproc_and_a_flood_of_them_is_cut_off);
ATF_TC_BODY(facts_reach_authproc_and_a_flood_of_them_is_cut_off, tc)
{
	struct msg_conn_trust	 trust;
	struct world		 w;
	union msg_any		 any;
	struct frame		*f;
	struct peer		 p;
	uint32_t		 conn;
	uint64_t		 i;

	begin(&w, NULL);
	conn = welcome_agent(&w, &p);
	send_facts(&p, 1);
	side_expect(&w.auth, MSG_CONN_FACTS, &any);
	ATF_REQUIRE_EQ(any.conn_facts.conn, conn);
	ATF_REQUIRE_EQ(any.conn_facts.number, 1);
	ATF_REQUIRE_STREQ(any.conn_facts.text, "os linux\n");
	memset(&trust, 0, sizeof(trust));
	trust.conn = conn;
	trust.unmet.n = 1;
	strlcpy(trust.unmet.e[0], "locked", sizeof(trust.unmet.e[0]));
	side_send(&w.policy, MSG_CONN_TRUST, &trust, -1);
	peer_skip(&p, FRAME_TRUST);
	/* Many more than a second allows, though few for frames. */
	for (i = 2; i < 200 && send_facts(&p, i); i++)
		continue;
	if ((f = peer_get(&p)) != NULL) {
		ATF_REQUIRE_EQ(frame_type(f), FRAME_REFUSED);
		frame_free(f);
	}
	expect_gone(&w.policy, conn);
	ATF_REQUIRE(counters(&w).dropped == 1);
	peer_end(&p);
	end(&w);
}

static const char	hello[] = "{\"type\":\"relay_hello\",\"name\":\"r1\","
    "\"token\":\"22222-33333\",\"endpoints\":[{\"address\":\"192.0.2.9\","
    "\"port\":443}],\"instances\":2}";

/* A relay up to its welcome; the number of its connection. */
static uint32_t
welcome_relay(struct world *w, struct peer *p)
{
	struct msg_conn_relay_welcome	 m;
	union msg_any			 any;
	uint32_t			 conn = connect_agent(w, p);

	send_json(p, hello);
	side_expect(&w->auth, MSG_RELAY_HELLO, &any);
	ATF_REQUIRE_EQ(any.relay_hello.conn, conn);
	ATF_REQUIRE_STREQ(any.relay_hello.name, "r1");
	ATF_REQUIRE_STREQ(any.relay_hello.token, "22222-33333");
	ATF_REQUIRE_EQ(any.relay_hello.addresses.n, 1);
	ATF_REQUIRE_EQ(any.relay_hello.instances, 2);
	memset(&m, 0, sizeof(m));
	m.conn = conn;
	side_send(&w->policy, MSG_CONN_RELAY_WELCOME, &m, -1);
	peer_skip(p, FRAME_RELAY_WELCOME);
	return conn;
}

ATF_TC_WITHOUT_HEAD(a_relay_is_welcomed_and_gets_codes);
ATF_TC_BODY(a_relay_is_welcomed_and_gets_codes, tc)
{
	struct msg_conn_relay_code	 m;
	struct frame_relay_code		 code;
	const char			*errstr;
	union msg_any			 any;
	struct world			 w;
	struct peer			 p;
	struct frame			*f;

	begin(&w, NULL);
	memset(&m, 0, sizeof(m));
	m.conn = welcome_relay(&w, &p);
	m.id = 8;
	m.instance = 1;
	m.life_s = 30;
	memset(m.hash, 0x7e, sizeof(m.hash));
	side_send(&w.policy, MSG_CONN_RELAY_CODE, &m, -1);
	f = peer_expect(&p, FRAME_RELAY_CODE);
	ATF_REQUIRE(frame_get_relay_code(f, &code, &errstr) == 0);
	frame_free(f);
	ATF_CHECK_EQ(code.id, 8);
	ATF_CHECK_EQ(code.instance, 1);
	ATF_CHECK_EQ(code.life, 30);
	ATF_CHECK(memcmp(code.hash, m.hash, sizeof(m.hash)) == 0);
	send_json(&p, "{\"type\":\"relay_load\",\"instance\":1,\"pairs\":2,"
	    "\"waiting\":3,\"bytes\":4,\"refused\":5}");
	side_expect(&w.policy, MSG_CONN_RELAY_LOAD, &any);
	ATF_CHECK_EQ(any.conn_relay_load.conn, m.conn);
	ATF_CHECK_EQ(any.conn_relay_load.pairs, 2);
	ATF_CHECK_EQ(any.conn_relay_load.refused, 5);
	peer_end(&p);
	expect_gone(&w.policy, m.conn);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_relay_is_no_agent_and_an_agent_no_relay);
ATF_TC_BODY(a_relay_is_no_agent_and_an_agent_no_relay, tc)
{
	struct msg_conn_relays	 list;
	struct world		 w;
	struct peer		 p;
	uint32_t		 conn;

	begin(&w, NULL);
	conn = welcome_relay(&w, &p);
	/* What is meant for agents does not reach it. */
	memset(&list, 0, sizeof(list));
	list.conn = conn;
	side_send(&w.policy, MSG_CONN_RELAYS, &list, -1);
	send_json(&p, "{\"type\":\"ack\",\"sequence\":1}");
	expect_refused(&p, "no relay sends");
	peer_end(&p);
	expect_gone(&w.auth, conn);
	expect_gone(&w.policy, conn);
	conn = welcome_agent(&w, &p);
	send_json(&p, "{\"type\":\"relay_load\",\"instance\":1,\"pairs\":2,"
	    "\"waiting\":3,\"bytes\":4,\"refused\":5}");
	expect_refused(&p, "only a relay sends");
	peer_end(&p);
	expect_gone(&w.auth, conn);
	expect_gone(&w.policy, conn);
	conn = welcome_agent(&w, &p);
	send_json(&p, hello);
	expect_refused(&p, "not now");
	peer_end(&p);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(an_agent_learns_of_relays_and_tells_how_far_they_are);
ATF_TC_BODY(an_agent_learns_of_relays_and_tells_how_far_they_are, tc)
{
	struct msg_conn_relays	 m;
	struct msg_link_relays	 got;
	const char		*errstr;
	union msg_any		 any;
	struct world		 w;
	struct peer		 p;
	struct frame		*f;

	begin(&w, NULL);
	memset(&m, 0, sizeof(m));
	m.conn = welcome_agent(&w, &p);
	m.relays.n = 1;
	ATF_REQUIRE(endpoint_parse(&m.relays.e[0], "192.0.2.9", 443) == 0);
	side_send(&w.policy, MSG_CONN_RELAYS, &m, -1);
	f = peer_expect(&p, FRAME_RELAYS);
	ATF_REQUIRE(frame_get_relays(f, &got, &errstr) == 0);
	frame_free(f);
	ATF_CHECK_EQ(got.relays.n, 1);
	ATF_CHECK_EQ(endpoint_cmp(&got.relays.e[0], &m.relays.e[0]), 0);
	send_json(&p, "{\"type\":\"relay_rtt\",\"relay\":{\"address\":"
	    "\"192.0.2.9\",\"port\":443},\"rtt_us\":1234}");
	side_expect(&w.policy, MSG_CONN_RELAY_RTT, &any);
	ATF_CHECK_EQ(any.conn_relay_rtt.conn, m.conn);
	ATF_CHECK_EQ(any.conn_relay_rtt.rtt_us, 1234);
	ATF_CHECK_EQ(endpoint_cmp(&any.conn_relay_rtt.relay,
	    &m.relays.e[0]), 0);
	peer_end(&p);
	end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_pin_told_is_the_pin_a_client_sees);
	ATF_TP_ADD_TC(tp, garbage_and_http_on_the_port_are_refused);
	ATF_TP_ADD_TC(tp, an_older_version_of_tls_is_refused);
	ATF_TP_ADD_TC(tp, each_enrolment_is_followed_by_a_new_challenge);
	ATF_TP_ADD_TC(tp, bad_frames_are_refused_with_a_reason_and_counted);
	ATF_TP_ADD_TC(tp, a_refused_agent_learns_why_and_is_let_go);
	ATF_TP_ADD_TC(tp, entries_reach_the_agent_as_one_frame_at_the_commit);
	ATF_TP_ADD_TC(tp, what_an_agent_says_reaches_policyproc_and_back);
	ATF_TP_ADD_TC(tp, a_probe_is_answered_when_the_agent_answers);
	ATF_TP_ADD_TC(tp, a_new_policyproc_or_authproc_starts_with_no_agents);
	ATF_TP_ADD_TC(tp, one_source_has_at_most_256_strangers);
	ATF_TP_ADD_TC(tp, a_welcome_for_a_connection_that_ended_is_answered);
	ATF_TP_ADD_TC(tp, an_agent_that_sends_without_end_is_cut_off);
	ATF_TP_ADD_TC(tp,
	    facts_reach_authproc_and_a_flood_of_them_is_cut_off);
	ATF_TP_ADD_TC(tp, a_relay_is_welcomed_and_gets_codes);
	ATF_TP_ADD_TC(tp, a_relay_is_no_agent_and_an_agent_no_relay);
	ATF_TP_ADD_TC(tp,
	    an_agent_learns_of_relays_and_tells_how_far_they_are);
	return atf_no_error();
}
