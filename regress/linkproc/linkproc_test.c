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
 * The real linkproc between a played parent, ctlproc, discovery server and
 * name server.
 */

#include <sys/types.h>

#include "regress/tlsio/child.h"
#include "regress/tlsio/peer.h"
#include "tlsio/tlscert.h"
#include "tlsio/tlsio.h"

#define HOST	"discovery.example"

struct world {
	struct child	 link;
	struct side	 ctl;
	struct tls	*server;
	int		 listener;
	uint16_t	 port;
	uint8_t		 cert[TLSCERT_PEM_MAX];
	size_t		 cert_len;
	uint8_t		 hash[32];
	char		 pin[TLSCERT_PIN_LEN + 1];
	uint8_t		 session;	/* each byte of the last welcome's */
};

static void
make_server_valid(struct world *w, const char *name, int years)
{
	const char	*errstr = "";
	uint8_t		 key[TLSCERT_PEM_MAX];
	size_t		 key_len;

	memset(w, 0, sizeof(*w));
	frame_init(1);
	ATF_REQUIRE(tlscert_make(name, years, w->cert, &w->cert_len, key,
	    &key_len) == 0);
	w->server = tlsio_server(w->cert, w->cert_len, key, key_len, &errstr);
	ATF_REQUIRE_MSG(w->server != NULL, "%s", errstr);
	ATF_REQUIRE(tlscert_hash(w->cert, w->cert_len, w->hash) == 0);
	tlscert_pin(w->hash, w->pin);
	w->listener = peer_listen(SOCK_STREAM, &w->port);
}

static void
make_server(struct world *w, const char *name)
{
	make_server_valid(w, name, 1);
}

static void
add_server(struct world *w, const char *host, uint16_t port)
{
	struct msg_link_server	 m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.host, host, sizeof(m.host));
	m.port = port;
	side_send(&w->link.parent, MSG_LINK_SERVER, &m, -1);
}

static void
add_nameserver(struct world *w, uint16_t port)
{
	struct msg_link_nameserver	 m;

	memset(&m, 0, sizeof(m));
	ATF_REQUIRE(endpoint_parse(&m.server, "127.0.0.1", port) == 0);
	side_send(&w->link.parent, MSG_LINK_NAMESERVER, &m, -1);
}

static void
set_pin(struct world *w, const char *pin)
{
	struct msg_link_pin	 m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.pin, pin, sizeof(m.pin));
	side_send(&w->link.parent, MSG_LINK_PIN, &m, -1);
}

/* In two pieces, cut where no line ends. */
static void
set_ca(struct world *w)
{
	struct msg_link_ca	 m;
	size_t			 half = w->cert_len / 2;

	memset(&m, 0, sizeof(m));
	m.pem_len = (uint16_t)half;
	memcpy(m.pem, w->cert, half);
	side_send(&w->link.parent, MSG_LINK_CA, &m, -1);
	m.pem_len = (uint16_t)(w->cert_len - half);
	memcpy(m.pem, w->cert + half, w->cert_len - half);
	side_send(&w->link.parent, MSG_LINK_CA, &m, -1);
}

static void
run(struct world *w)
{
	struct msg_setup_done	 done;
	union msg_any		 any;

	memset(&done, 0, sizeof(done));
	child_join(&w->link, &w->ctl, ROLE_CTL);
	side_send(&w->link.parent, MSG_SETUP_DONE, &done, -1);
	side_expect(&w->link.parent, MSG_READY, &any);
	side_expect(&w->ctl, MSG_LINK_STATE, &any);
	ATF_REQUIRE_EQ(any.link_state.state, LINK_CONNECTING);
}

static void
end(struct world *w)
{
	child_end(&w->link);
	side_end(&w->ctl);
	tls_free(w->server);
	close(w->listener);
}

/* The usual: one server by number, known by its pin. */
static void
begin(struct world *w)
{
	make_server(w, HOST);
	child_start(&w->link, "linkproc", ROLE_LINK);
	add_server(w, "127.0.0.1", w->port);
	set_pin(w, w->pin);
	run(w);
}

static void
expect_state(struct world *w, int state, const char *part)
{
	union msg_any	 any;

	side_expect(&w->ctl, MSG_LINK_STATE, &any);
	ATF_REQUIRE_MSG(any.link_state.state == state &&
	    strstr(any.link_state.reason, part) != NULL, "state %d: %s",
	    any.link_state.state, any.link_state.reason);
}

static void
send_challenge(struct world *w, struct peer *p)
{
	struct msg_challenge	 m;
	union msg_any		 any;
	uint8_t			*frame;
	size_t			 len;

	memset(&m, 0, sizeof(m));
	memset(m.nonce, 0x3c, sizeof(m.nonce));
	frame = frame_put_challenge(&m, &len);
	peer_send(p, frame, len);
	side_expect(&w->ctl, MSG_LINK_CHALLENGE, &any);
	ATF_REQUIRE(memcmp(any.link_challenge.nonce, m.nonce, 32) == 0);
	ATF_REQUIRE(memcmp(any.link_challenge.server_hash, w->hash, 32) ==
	    0);
}

static void
accept_agent(struct world *w, struct peer *p)
{
	ATF_REQUIRE_MSG(peer_accept(p, w->listener, w->server) == 0, "%s",
	    tls_error(p->tls));
	send_challenge(w, p);
}

static void
send_auth(struct world *w)
{
	struct msg_link_auth	 m;

	memset(&m, 0, sizeof(m));
	m.certificate_len = 150;
	m.sequence = 21;
	side_send(&w->ctl, MSG_LINK_AUTH, &m, -1);
}

static void
welcome_agent(struct world *w, struct peer *p)
{
	struct msg_conn_welcome	 m;
	struct msg_auth_request	 auth;
	const char		*errstr;
	union msg_any		 any;
	struct frame		*f;
	uint8_t			*frame;
	size_t			 i, len;

	accept_agent(w, p);
	send_auth(w);
	f = peer_expect(p, FRAME_AUTH);
	ATF_REQUIRE(frame_get_auth(f, &auth, &errstr) == 0);
	ATF_REQUIRE_EQ(auth.sequence, 21);
	/* It shows the session of the welcome before. */
	for (i = 0; i < sizeof(auth.session); i++)
		ATF_REQUIRE_EQ(auth.session[i], w->session);
	frame_free(f);
	memset(&m, 0, sizeof(m));
	memset(m.session, ++w->session, sizeof(m.session));
	strlcpy(m.system, "V88RY", sizeof(m.system));
	m.server_time = 1900000000;
	frame = frame_put_welcome(&m, &len);
	peer_send(p, frame, len);
	expect_state(w, LINK_UP, "connected to 127.0.0.1:");
	side_expect(&w->ctl, MSG_LINK_WELCOME, &any);
	ATF_REQUIRE_EQ(any.link_welcome.server_time, 1900000000);
	/* Which is for nobody else. */
	ATF_REQUIRE_EQ(any.link_welcome.session[0], 0);
}

static void
send_enrol(struct world *w)
{
	struct msg_link_enrol	 m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.key, "V88RY-V88RY-V88RY-V88RY-V88RY", sizeof(m.key));
	strlcpy(m.description, "laptop", sizeof(m.description));
	side_send(&w->ctl, MSG_LINK_ENROL, &m, -1);
}

ATF_TC_WITHOUT_HEAD(after_a_welcome_frames_pass_both_ways);
ATF_TC_BODY(after_a_welcome_frames_pass_both_ways, tc)
{
	struct msg_link_candidates	 cands;
	struct msg_introduce_again	 again;
	struct msg_policy_ack		 ack;
	struct world			 w;
	struct peer			 p;
	uint8_t				*frame;
	size_t				 len;

	begin(&w);
	welcome_agent(&w, &p);
	memset(&cands, 0, sizeof(cands));
	cands.generation = 2;
	side_send(&w.ctl, MSG_LINK_CANDIDATES, &cands, -1);
	peer_skip(&p, FRAME_CANDIDATES);
	memset(&ack, 0, sizeof(ack));
	ack.sequence = 3;
	side_send(&w.ctl, MSG_POLICY_ACK, &ack, -1);
	peer_skip(&p, FRAME_ACK);
	memset(&again, 0, sizeof(again));
	strlcpy(again.system, "V88RY", sizeof(again.system));
	side_send(&w.ctl, MSG_INTRODUCE_AGAIN, &again, -1);
	peer_skip(&p, FRAME_INTRODUCE);
	frame = frame_put_ping(&len);
	peer_send(&p, frame, len);
	peer_skip(&p, FRAME_PONG);
	peer_end(&p);
	expect_state(&w, LINK_DOWN, "lost: closed by the other side");
	expect_state(&w, LINK_CONNECTING, "lost");
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_policy_frame_becomes_entries_and_one_commit);
ATF_TC_BODY(a_policy_frame_becomes_entries_and_one_commit, tc)
{
	struct frame_policy	*policy;
	struct msg_conn_commit	 commit;
	struct msg_conn_entry	 entry;
	union msg_any		 any;
	struct world		 w;
	struct peer		 p;
	uint8_t			*frame;
	size_t			 len;
	int			 i;

	begin(&w);
	welcome_agent(&w, &p);
	ATF_REQUIRE((policy = frame_policy_new()) != NULL);
	memset(&entry, 0, sizeof(entry));
	memset(&commit, 0, sizeof(commit));
	strlcpy(entry.system, "V88RY", sizeof(entry.system));
	entry.certificate_len = 150;
	entry.sequence = commit.sequence = 5;
	for (i = 0; i < 500; i++)
		ATF_REQUIRE(frame_policy_add(policy, &entry) == 0);
	frame = frame_policy_finish(policy, &commit, &len);
	peer_send(&p, frame, len);
	for (i = 0; i < 500; i++)
		side_expect(&w.ctl, MSG_POLICY_ENTRY, &any);
	side_expect(&w.ctl, MSG_POLICY_COMMIT, &any);
	ATF_REQUIRE_EQ(any.policy_commit.sequence, 5);
	peer_end(&p);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_certificate_with_another_pin_is_sent_nothing);
ATF_TC_BODY(a_certificate_with_another_pin_is_sent_nothing, tc)
{
	struct world	 w;
	struct peer	 p;
	char		 pin[TLSCERT_PIN_LEN + 1];
	uint8_t		 buf[16];

	make_server(&w, HOST);
	child_start(&w.link, "linkproc", ROLE_LINK);
	add_server(&w, "127.0.0.1", w.port);
	strlcpy(pin, w.pin, sizeof(pin));
	pin[20] = pin[20] == '0' ? '1' : '0';
	set_pin(&w, pin);
	run(&w);
	peer_accept(&p, w.listener, w.server);
	expect_state(&w, LINK_DOWN, "check 'discovery pin'");
	ATF_REQUIRE(peer_read(&p, buf, sizeof(buf)) <= 0);
	peer_end(&p);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_server_that_is_not_there_is_named_with_the_cause);
ATF_TC_BODY(a_server_that_is_not_there_is_named_with_the_cause, tc)
{
	struct world	 w;
	char		 text[64];

	make_server(&w, HOST);
	child_start(&w.link, "linkproc", ROLE_LINK);
	add_server(&w, "127.0.0.1", w.port);
	close(w.listener);
	w.listener = -1;
	set_pin(&w, w.pin);
	run(&w);
	snprintf(text, sizeof(text),
	    "cannot reach 127.0.0.1:%u: connection refused", w.port);
	expect_state(&w, LINK_DOWN, text);
	expect_state(&w, LINK_CONNECTING, text);
	expect_state(&w, LINK_DOWN, text);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(an_enrolment_without_a_connection_is_refused_at_once);
ATF_TC_BODY(an_enrolment_without_a_connection_is_refused_at_once, tc)
{
	union msg_any	 any;
	struct world	 w;

	make_server(&w, HOST);
	child_start(&w.link, "linkproc", ROLE_LINK);
	add_server(&w, "127.0.0.1", w.port);
	close(w.listener);
	w.listener = -1;
	set_pin(&w, w.pin);
	run(&w);
	expect_state(&w, LINK_DOWN, "connection refused");
	send_enrol(&w);
	while (side_get(&w.ctl, &any) == MSG_LINK_STATE)
		continue;
	ATF_REQUIRE_EQ(any.link_refused.enrolment, 1);
	ATF_REQUIRE(strstr(any.link_refused.reason, "cannot reach") != NULL);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(the_next_server_is_tried_when_the_first_is_not_there);
ATF_TC_BODY(the_next_server_is_tried_when_the_first_is_not_there, tc)
{
	struct world	 w;
	struct peer	 p;
	uint16_t	 port;

	make_server(&w, HOST);
	close(peer_listen(SOCK_STREAM, &port));
	child_start(&w.link, "linkproc", ROLE_LINK);
	add_server(&w, "127.0.0.1", port);
	add_server(&w, "127.0.0.1", w.port);
	set_pin(&w, w.pin);
	run(&w);
	welcome_agent(&w, &p);
	peer_end(&p);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(an_enrolment_is_answered_and_a_challenge_follows);
ATF_TC_BODY(an_enrolment_is_answered_and_a_challenge_follows, tc)
{
	struct msg_enrol_result	 r;
	union msg_any		 any;
	struct world		 w;
	struct peer		 p;
	uint8_t			*frame;
	size_t			 len;

	begin(&w);
	accept_agent(&w, &p);
	expect_state(&w, LINK_IDLE, "not enrolled");
	send_enrol(&w);
	peer_skip(&p, FRAME_ENROL);
	memset(&r, 0, sizeof(r));
	strlcpy(r.reason, "unknown key", sizeof(r.reason));
	frame = frame_put_enrol_result(&r, &len);
	peer_send(&p, frame, len);
	side_expect(&w.ctl, MSG_LINK_REFUSED, &any);
	ATF_REQUIRE_EQ(any.link_refused.enrolment, 1);
	ATF_REQUIRE_STREQ(any.link_refused.reason, "unknown key");
	send_challenge(&w, &p);
	send_enrol(&w);
	peer_skip(&p, FRAME_ENROL);
	r.ok = 1;
	r.certificate_len = 150;
	memset(r.authority, 7, sizeof(r.authority));
	frame = frame_put_enrol_result(&r, &len);
	peer_send(&p, frame, len);
	side_expect(&w.ctl, MSG_LINK_ENROLLED, &any);
	ATF_REQUIRE_EQ(any.link_enrolled.authority[31], 7);
	send_challenge(&w, &p);
	send_auth(&w);
	peer_skip(&p, FRAME_AUTH);
	peer_end(&p);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(the_reason_of_a_refusal_outlives_the_connection);
ATF_TC_BODY(the_reason_of_a_refusal_outlives_the_connection, tc)
{
	union msg_any	 any;
	struct world	 w;
	struct peer	 p;
	uint8_t		*frame;
	size_t		 len;

	begin(&w);
	accept_agent(&w, &p);
	send_auth(&w);
	peer_skip(&p, FRAME_AUTH);
	frame = frame_put_refused(0, "this system is disabled", &len);
	peer_send(&p, frame, len);
	side_expect(&w.ctl, MSG_LINK_REFUSED, &any);
	ATF_REQUIRE_EQ(any.link_refused.enrolment, 0);
	peer_end(&p);
	expect_state(&w, LINK_DOWN, "refused: this system is disabled");
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_new_ctlproc_gets_a_new_connection);
ATF_TC_BODY(a_new_ctlproc_gets_a_new_connection, tc)
{
	struct world	 w;
	struct peer	 old, new;

	begin(&w);
	welcome_agent(&w, &old);
	side_end(&w.ctl);
	child_join(&w.link, &w.ctl, ROLE_CTL);
	ATF_REQUIRE(peer_get(&old) == NULL);
	peer_end(&old);
	expect_state(&w, LINK_CONNECTING, "");
	welcome_agent(&w, &new);
	peer_end(&new);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(bad_frames_end_the_connection);
ATF_TC_BODY(bad_frames_end_the_connection, tc)
{
	static const char	 bad[] = "\0\0\0\2[]";
	static const char	 large[] = "\x7f\xff\xff\xff";
	struct world		 w;
	struct peer		 p;

	begin(&w);
	accept_agent(&w, &p);
	peer_write(&p, bad, 6);
	ATF_REQUIRE(peer_get(&p) == NULL);
	peer_end(&p);
	expect_state(&w, LINK_DOWN, "the server sent a bad frame");
	expect_state(&w, LINK_CONNECTING, "bad frame");
	accept_agent(&w, &p);
	peer_write(&p, large, 4);
	ATF_REQUIRE(peer_get(&p) == NULL);
	peer_end(&p);
	expect_state(&w, LINK_DOWN, "too long");
	end(&w);
}

/* Answer both questions: nothing for IPv6, the loopback for IPv4. */
static void
answer_names(int fd, int exists)
{
	static const uint8_t	 a[] = { 0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60,
				    0, 4, 127, 0, 0, 1 };
	struct sockaddr_in	 from;
	socklen_t		 flen;
	uint8_t			 q[512];
	ssize_t			 n;
	int			 i;

	peer_limit(fd);
	for (i = 0; i < 2; i++) {
		flen = sizeof(from);
		n = recvfrom(fd, q, sizeof(q) - sizeof(a), 0,
		    (struct sockaddr *)&from, &flen);
		ATF_REQUIRE(n > 16);
		q[2] = 0x81;
		q[3] = exists ? 0x80 : 0x83;
		if (exists && q[n - 3] == 1) {
			q[7] = 1;
			memcpy(q + n, a, sizeof(a));
			n += (ssize_t)sizeof(a);
		}
		ATF_REQUIRE(sendto(fd, q, (size_t)n, 0,
		    (struct sockaddr *)&from, flen) == n);
	}
}

ATF_TC_WITHOUT_HEAD(a_named_server_is_verified_by_authority_and_name);
ATF_TC_BODY(a_named_server_is_verified_by_authority_and_name, tc)
{
	struct world	 w;
	struct peer	 p;
	uint16_t	 dns_port;
	int		 dns;

	make_server(&w, HOST);
	dns = peer_listen(SOCK_DGRAM, &dns_port);
	child_start(&w.link, "linkproc", ROLE_LINK);
	add_server(&w, HOST, w.port);
	add_nameserver(&w, dns_port);
	set_ca(&w);
	run(&w);
	answer_names(dns, 1);
	accept_agent(&w, &p);
	peer_end(&p);
	close(dns);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_server_of_another_name_is_refused);
ATF_TC_BODY(a_server_of_another_name_is_refused, tc)
{
	struct world	 w;
	struct peer	 p;
	uint16_t	 dns_port;
	int		 dns;

	make_server(&w, "elsewhere.example");
	dns = peer_listen(SOCK_DGRAM, &dns_port);
	child_start(&w.link, "linkproc", ROLE_LINK);
	add_server(&w, HOST, w.port);
	add_nameserver(&w, dns_port);
	set_ca(&w);
	run(&w);
	answer_names(dns, 1);
	peer_accept(&p, w.listener, w.server);
	expect_state(&w, LINK_DOWN, "check the host in 'discovery'");
	peer_end(&p);
	close(dns);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_server_of_another_authority_is_refused);
ATF_TC_BODY(a_server_of_another_authority_is_refused, tc)
{
	struct world	 w, other;
	struct peer	 p;

	make_server(&other, HOST);
	make_server(&w, HOST);
	child_start(&w.link, "linkproc", ROLE_LINK);
	add_server(&w, "127.0.0.1", w.port);
	memcpy(w.cert, other.cert, sizeof(w.cert));
	w.cert_len = other.cert_len;
	set_ca(&w);
	run(&w);
	peer_accept(&p, w.listener, w.server);
	expect_state(&w, LINK_DOWN, "check 'discovery ca'");
	peer_end(&p);
	tls_free(other.server);
	close(other.listener);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(an_expired_certificate_asks_for_the_clock);
ATF_TC_BODY(an_expired_certificate_asks_for_the_clock, tc)
{
	struct world	 w;
	struct peer	 p;

	make_server_valid(&w, HOST, -1);
	child_start(&w.link, "linkproc", ROLE_LINK);
	add_server(&w, "127.0.0.1", w.port);
	set_ca(&w);
	run(&w);
	peer_accept(&p, w.listener, w.server);
	expect_state(&w, LINK_DOWN,
	    "certificate has expired: is the clock right?");
	peer_end(&p);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_name_that_does_not_exist_is_told);
ATF_TC_BODY(a_name_that_does_not_exist_is_told, tc)
{
	struct world	 w;
	uint16_t	 dns_port;
	int		 dns;

	make_server(&w, HOST);
	dns = peer_listen(SOCK_DGRAM, &dns_port);
	child_start(&w.link, "linkproc", ROLE_LINK);
	add_server(&w, HOST, w.port);
	add_nameserver(&w, dns_port);
	set_pin(&w, w.pin);
	run(&w);
	answer_names(dns, 0);
	expect_state(&w, LINK_DOWN, "name " HOST " does not resolve: ");
	close(dns);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_name_server_that_is_not_there_is_no_end);
ATF_TC_BODY(a_name_server_that_is_not_there_is_no_end, tc)
{
	struct world	 w;
	uint16_t	 dns_port;

	make_server(&w, HOST);
	close(peer_listen(SOCK_DGRAM, &dns_port));
	child_start(&w.link, "linkproc", ROLE_LINK);
	add_server(&w, HOST, w.port);
	add_nameserver(&w, dns_port);
	set_pin(&w, w.pin);
	run(&w);
	expect_state(&w, LINK_DOWN, "does not resolve");
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_server_without_tls_is_told_as_such);
ATF_TC_BODY(a_server_without_tls_is_told_as_such, tc)
{
	struct world	 w;
	uint8_t		 buf[2048];
	int		 fd;

	begin(&w);
	ATF_REQUIRE((fd = accept(w.listener, NULL, NULL)) != -1);
	ATF_REQUIRE(read(fd, buf, sizeof(buf)) > 0);
	ATF_REQUIRE(write(fd, "SSH-2.0-x\r\n", 11) == 11);
	expect_state(&w, LINK_DOWN, "is this the port of discovery?");
	close(fd);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(relays_pass_and_how_far_they_are);
ATF_TC_BODY(relays_pass_and_how_far_they_are, tc)
{
	struct msg_conn_relays		 relays;
	struct msg_link_relay_rtt	 rtt;
	struct msg_conn_relay_rtt	 got;
	const char			*errstr;
	union msg_any			 any;
	struct world			 w;
	struct peer			 p;
	struct frame			*f;
	uint8_t				*frame;
	size_t				 len;

	begin(&w);
	memset(&rtt, 0, sizeof(rtt));
	ATF_REQUIRE(endpoint_parse(&rtt.relay, "2001:db8::9", 443) == 0);
	rtt.rtt_us = UINT32_MAX;
	/* Before the connection is up it is not said. */
	side_send(&w.ctl, MSG_LINK_RELAY_RTT, &rtt, -1);
	welcome_agent(&w, &p);
	memset(&relays, 0, sizeof(relays));
	relays.relays.n = 1;
	relays.relays.e[0] = rtt.relay;
	frame = frame_put_relays(&relays, &len);
	peer_send(&p, frame, len);
	side_expect(&w.ctl, MSG_LINK_RELAYS, &any);
	ATF_CHECK_EQ(any.link_relays.relays.n, 1);
	ATF_CHECK_EQ(endpoint_cmp(&any.link_relays.relays.e[0], &rtt.relay),
	    0);
	side_send(&w.ctl, MSG_LINK_RELAY_RTT, &rtt, -1);
	f = peer_expect(&p, FRAME_RELAY_RTT);
	ATF_REQUIRE(frame_get_relay_rtt(f, &got, &errstr) == 0);
	frame_free(f);
	ATF_CHECK_EQ(got.rtt_us, UINT32_MAX);
	ATF_CHECK_EQ(endpoint_cmp(&got.relay, &rtt.relay), 0);
	peer_end(&p);
	expect_state(&w, LINK_DOWN, "lost");
	end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, after_a_welcome_frames_pass_both_ways);
	ATF_TP_ADD_TC(tp, a_policy_frame_becomes_entries_and_one_commit);
	ATF_TP_ADD_TC(tp, a_certificate_with_another_pin_is_sent_nothing);
	ATF_TP_ADD_TC(tp, a_server_that_is_not_there_is_named_with_the_cause);
	ATF_TP_ADD_TC(tp,
	    an_enrolment_without_a_connection_is_refused_at_once);
	ATF_TP_ADD_TC(tp,
	    the_next_server_is_tried_when_the_first_is_not_there);
	ATF_TP_ADD_TC(tp, an_enrolment_is_answered_and_a_challenge_follows);
	ATF_TP_ADD_TC(tp, the_reason_of_a_refusal_outlives_the_connection);
	ATF_TP_ADD_TC(tp, a_new_ctlproc_gets_a_new_connection);
	ATF_TP_ADD_TC(tp, bad_frames_end_the_connection);
	ATF_TP_ADD_TC(tp, a_named_server_is_verified_by_authority_and_name);
	ATF_TP_ADD_TC(tp, a_server_of_another_name_is_refused);
	ATF_TP_ADD_TC(tp, a_server_of_another_authority_is_refused);
	ATF_TP_ADD_TC(tp, an_expired_certificate_asks_for_the_clock);
	ATF_TP_ADD_TC(tp, a_name_that_does_not_exist_is_told);
	ATF_TP_ADD_TC(tp, a_name_server_that_is_not_there_is_no_end);
	ATF_TP_ADD_TC(tp, a_server_without_tls_is_told_as_such);
	ATF_TP_ADD_TC(tp, relays_pass_and_how_far_they_are);
	return atf_no_error();
}
