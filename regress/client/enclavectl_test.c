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
 * enclavectl against a daemon that says what the tests want: the exact text
 * of its answers, its exit codes, and where it takes the enrolment key from.
 */

#include "enclavectl/ctl.h"
#include "regress/client/server.h"

#define KEY		"22222-33333-44444-55555-66666"
#define RUN(code, input, ...)	\
	TOOL(enclavectl_run, code, input, __VA_ARGS__)

static void
fill_head(struct msg_status_head *m)
{
	memset(m, 0, sizeof(*m));
	strlcpy(m->system, "V88RY", sizeof(m->system));
	strlcpy(m->organisation, "example", sizeof(m->organisation));
	memcpy(m->ipv4, "\x64\x40\x00\x01", 4);
	m->ipv6[0] = 0xfd;
	m->ipv6[15] = 1;
	m->link_state = LINK_UP;
	m->link_since = 1795378500;
	m->sequence = 12;
	m->not_after = 1826914500;
	m->renew_at = 1816373700;
	m->passed_in = 1;
	m->passed_out = 2;
	m->drop_acl = 3;
	m->drop_spoofed = 4;
	m->drop_malformed = 5;
	m->drop_no_peer = 6;
	m->drop_ring_full = 7;
	m->drop_congested = 8;
	m->too_big = 9;
	m->flows = 8;
	strlcpy(m->interface, "enclave0", sizeof(m->interface));
}

static void
fill_peer(struct msg_status_peer *m)
{
	memset(m, 0, sizeof(*m));
	strlcpy(m->system, "QQQQQ", sizeof(m->system));
	strlcpy(m->description, "bob's \033[2J \"box\"",
	    sizeof(m->description));
	memcpy(m->ipv4, "\x64\x40\x00\x02", 4);
	m->state = PEER_UP;
	m->has_path = 1;
	m->type = ICE_PEER_REFLEXIVE;
	m->transport = ICE_UDP;
	endpoint_parse(&m->local, "192.0.2.1", 4242);
	endpoint_parse(&m->remote, "2001:db8::1", 80);
	m->rtt_us = 12345;
	m->mtu = 1420;
	m->suite = 1;
	m->rx_bytes = 1048576;
	m->tx_bytes = 12;
	m->handshake_age_s = 17;
	m->next = 1795378500;
	m->acls.n = 2;
	m->acls.e[0].entry.protocol = ACL_TCP;
	m->acls.e[0].entry.port_low = m->acls.e[0].entry.port_high = 80;
	m->acls.e[1].entry.protocol = ACL_ICMP;
	m->acls.e[1].entry.port_high = 65535;
	m->acls.e[1].when.from = 1;
	m->acls.e[1].when.until = 2;
}

static void
serve_status(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	struct msg_status_head	 head;
	struct msg_status_peer	 peer;

	(void)any;
	(void)n;
	EXPECT(type == MSG_CLIENT_STATUS);
	fill_head(&head);
	server_send(ib, MSG_STATUS_HEAD, &head);
	fill_peer(&peer);
	server_send(ib, MSG_STATUS_PEER, &peer);
	memset(&peer, 0, sizeof(peer));
	strlcpy(peer.system, "Z2345", sizeof(peer.system));
	peer.state = PEER_CONNECTING;
	strlcpy(peer.reason, "no answer", sizeof(peer.reason));
	peer.handshake_age_s = UINT64_MAX;
	server_send(ib, MSG_STATUS_PEER, &peer);
	server_result(ib, MSG_CLIENT_RESULT, 0, "");
}

/* P: how far the array of peers is indented. */
#define PEERS(P)							\
	"[\n"								\
	P "  {\n"							\
	P "    \"system\": \"QQQQQ\",\n"				\
	P "    \"description\": \"bob's ?[2J \\\"box\\\"\",\n"		\
	P "    \"addresses\": [\n"					\
	P "      \"100.64.0.2\"\n"					\
	P "    ],\n"							\
	P "    \"state\": \"up\",\n"					\
	P "    \"reason\": \"\",\n"					\
	P "    \"path\": {\n"						\
	P "      \"type\": \"public\",\n"				\
	P "      \"transport\": \"udp\",\n"				\
	P "      \"local\": \"192.0.2.1:4242\",\n"			\
	P "      \"remote\": \"[2001:db8::1]:80\",\n"			\
	P "      \"rtt_us\": 12345,\n"					\
	P "      \"mtu\": 1420\n"					\
	P "    },\n"							\
	P "    \"suite\": \"aes-256-gcm\",\n"				\
	P "    \"rx_bytes\": 1048576,\n"				\
	P "    \"tx_bytes\": 12,\n"					\
	P "    \"handshake_age_s\": 17,\n"				\
	P "    \"in_force\": true,\n"					\
	P "    \"next_change\": \"2026-11-22T20:15:00Z\",\n"		\
	P "    \"rules\": [\n"						\
	P "      {\n"							\
	P "        \"acl\": \"tcp/80\",\n"				\
	P "        \"in_force\": true,\n"				\
	P "        \"from\": null,\n"					\
	P "        \"until\": null\n"					\
	P "      },\n"							\
	P "      {\n"							\
	P "        \"acl\": \"icmp\",\n"				\
	P "        \"in_force\": false,\n"				\
	P "        \"from\": \"1970-01-01T00:00:01Z\",\n"		\
	P "        \"until\": \"1970-01-01T00:00:02Z\"\n"		\
	P "      }\n"							\
	P "    ]\n"							\
	P "  },\n"							\
	P "  {\n"							\
	P "    \"system\": \"Z2345\",\n"				\
	P "    \"description\": \"\",\n"				\
	P "    \"addresses\": [],\n"					\
	P "    \"state\": \"connecting\",\n"				\
	P "    \"reason\": \"no answer\",\n"				\
	P "    \"path\": null,\n"					\
	P "    \"suite\": \"chacha20-poly1305\",\n"			\
	P "    \"rx_bytes\": 0,\n"					\
	P "    \"tx_bytes\": 0,\n"					\
	P "    \"handshake_age_s\": null,\n"				\
	P "    \"in_force\": true,\n"					\
	P "    \"next_change\": null,\n"				\
	P "    \"rules\": []\n"					\
	P "  }\n"							\
	P "]"

TC(status_as_json_is_exactly_the_documented_object)
{
	pid_t	 pid = server_start(serve_status, 2);
	int	 i;

	for (i = 0; i < 2; i++) {
		if (i == 0)
			RUN(0, NULL, "-j", "status");
		else
			RUN(0, NULL, "status", "-j");
		expect_file("err", "");
		expect_file("out",
		    "{\n"
		    "  \"system\": \"V88RY\",\n"
		    "  \"organisation\": \"example\",\n"
		    "  \"addresses\": [\n"
		    "    \"100.64.0.1\",\n"
		    "    \"fd00::1\"\n"
		    "  ],\n"
		    "  \"discovery\": {\n"
		    "    \"state\": \"up\",\n"
		    "    \"since\": \"2026-11-22T20:15:00Z\",\n"
		    "    \"reason\": \"\"\n"
		    "  },\n"
		    "  \"certificate\": {\n"
		    "    \"expires\": \"2027-11-22T20:15:00Z\",\n"
		    "    \"renewal_due\": \"2027-07-23T20:15:00Z\",\n"
		    "    \"problem\": null\n"
		    "  },\n"
		    "  \"policy\": {\n"
		    "    \"sequence\": 12,\n"
		    "    \"unmet\": []\n"
		    "  },\n"
		    "  \"sign_ins\": [],\n"
		    "  \"peers\": " PEERS("  ") ",\n"
		    "  \"counters\": {\n"
		    "    \"passed_in\": 1,\n"
		    "    \"passed_out\": 2,\n"
		    "    \"drop_acl\": 3,\n"
		    "    \"drop_spoofed\": 4,\n"
		    "    \"drop_malformed\": 5,\n"
		    "    \"drop_no_peer\": 6,\n"
		    "    \"drop_ring_full\": 7,\n"
		    "    \"drop_congested\": 8,\n"
		    "    \"too_big\": 9,\n"
		    "    \"flows\": 8\n"
		    "  },\n"
		    "  \"interface\": \"enclave0\"\n"
		    "}\n");
	}
	server_end(pid);
}

TC(peers_as_json_are_the_array_alone)
{
	pid_t	 pid = server_start(serve_status, 1);

	RUN(0, NULL, "-j", "peers");
	expect_file("out", PEERS("") "\n");
	server_end(pid);
}

#define TABLE	\
	"SYSTEM  DESCRIPTION       ADDRESSES   STATE       "	\
	"PATH                         RTT      RX       TX    HANDSHAKE\n" \
	"QQQQQ   bob's ?[2J \"box\"  100.64.0.2  up          "	\
	"public udp [2001:db8::1]:80  12.3 ms  1.0 MiB  12 B  17s\n"	\
	"Z2345   -                 -           connecting  "	\
	"no answer                    -        0 B      0 B   never\n"

TC(status_for_people_is_a_block_and_a_table)
{
	pid_t	 pid = server_start(serve_status, 2);

	RUN(0, NULL, "status");
	expect_file("out",
	    "system       V88RY in example\n"
	    "addresses    100.64.0.1 fd00::1\n"
	    "interface    enclave0\n"
	    "discovery    up since 2026-11-22T20:15:00Z\n"
	    "policy       number 12\n"
	    "certificate  valid until 2027-11-22T20:15:00Z\n"
	    "packets      1 in, 2 out, 8 flows\n"
	    "dropped      3 by policy, 4 false source, 5 malformed, "
	    "6 no peer, 7 overload, 8 congestion\n"
	    "too large    9 packets for their path\n"
	    "\n" TABLE);
	RUN(0, NULL, "peers");
	expect_file("out", TABLE);
	server_end(pid);
}

static void
serve_not_enrolled(struct imsgbuf *ib, uint32_t type,
    const union msg_any *any, int n)
{
	struct msg_status_head	 head;

	(void)any;
	EXPECT(type == MSG_CLIENT_STATUS);
	if (n % 2 == 1) {
		memset(&head, 0, sizeof(head));
		head.link_state = LINK_IDLE;
		server_send(ib, MSG_STATUS_HEAD, &head);
	}
	server_result(ib, MSG_CLIENT_RESULT, 4, n < 4 ? "" : "not enrolled");
}

static void
serve_overdue(struct imsgbuf *ib, uint32_t type,
    const union msg_any *any, int n)
{
	struct msg_status_head	 head;

	(void)any;
	(void)n;
	EXPECT(type == MSG_CLIENT_STATUS);
	fill_head(&head);
	strlcpy(head.renewal, "this system\tis not enabled",
	    sizeof(head.renewal));
	server_send(ib, MSG_STATUS_HEAD, &head);
	server_result(ib, MSG_CLIENT_RESULT, 0, "");
}

TC(a_certificate_that_is_not_renewed_is_told_with_the_reason)
{
	pid_t	 pid = server_start(serve_overdue, 2);

	RUN(0, NULL, "status");
	expect_words("out", "valid until 2027-11-22T20:15:00Z \\(not "
	    "renewed: this system\\?is not enabled\\)");
	RUN(0, NULL, "-j", "status");
	expect_words("out", "\"problem\": \"this system");
	server_end(pid);
}

TC(a_system_that_is_not_enrolled_has_no_name_and_code_4)
{
	pid_t	 pid = server_start(serve_not_enrolled, 6);
	int	 i;

	for (i = 0; i < 2; i++) {
		RUN(4, NULL, "-j", "status");
		expect_words("out", "\"system\": null,");
		expect_words("out", "\"organisation\": null,");
		expect_words("out", "\"addresses\": \\[\\],");
		expect_words("out", "\"state\": \"down\",");
		expect_words("out", "\"since\": null,");
		expect_words("out", "\"interface\": null");
	}
	RUN(4, NULL, "status");
	expect_file("out",
	    "this system is not enrolled: enclavectl enrol\n");
	RUN(4, NULL, "-j", "peers");
	expect_file("out", "[]\n");
	RUN(4, NULL, "peers");
	expect_file("out", "not enrolled\n");
	RUN(4, NULL, "status");
	expect_file("out", "not enrolled\n");
	server_end(pid);
}

/* Each of these values breaks a rule that the message table cannot know. */
static void
serve_nonsense(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	struct msg_status_head	 head;
	struct msg_status_peer	 peer;

	(void)type;
	(void)any;
	fill_head(&head);
	fill_peer(&peer);
	head.link_state = n == 0 ? 17 : LINK_UP;
	peer.state = n == 1 ? 17 : PEER_UP;
	peer.suite = n == 2 ? 2 : 0;
	peer.type = n == 3 ? 0 : ICE_LOCAL;
	peer.transport = n == 4 ? 3 : ICE_TCP;
	if (n != 5 && n != 6)
		server_send(ib, MSG_STATUS_HEAD, &head);
	if (n == 7)
		server_send(ib, MSG_STATUS_HEAD, &head);
	if (n != 6)
		server_send(ib, MSG_STATUS_PEER, &peer);
	server_result(ib, MSG_CLIENT_RESULT, 0, "");
}

TC(an_answer_that_makes_no_sense_is_a_failure_without_output)
{
	pid_t	 pid = server_start(serve_nonsense, 8);
	int	 i;

	for (i = 0; i < 8; i++) {
		RUN(1, NULL, "-j", "status");
		expect_file("out", "");
		expect_words("err", "makes no sense");
	}
	server_end(pid);
}

static void
serve_huge(struct imsgbuf *ib, uint32_t type, const union msg_any *any, int n)
{
	struct msg_status_head	 head;

	(void)type;
	(void)any;
	(void)n;
	fill_head(&head);
	head.sequence = UINT64_MAX;
	head.link_since = UINT64_MAX;
	server_send(ib, MSG_STATUS_HEAD, &head);
	server_result(ib, MSG_CLIENT_RESULT, 0, "");
}

TC(numbers_beyond_json_are_bounded)
{
	pid_t	 pid = server_start(serve_huge, 1);

	RUN(0, NULL, "-j", "status");
	expect_words("out", "\"sequence\": 9223372036854775807");
	expect_words("out", "\"since\": null");
	server_end(pid);
}

static void
serve_refused(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	(void)type;
	(void)any;
	server_result(ib, MSG_CLIENT_RESULT, n == 0 ? 5 : 1,
	    n == 0 ? "no\033 way" : "");
}

TC(a_refusal_of_status_has_its_code_and_line)
{
	pid_t	 pid = server_start(serve_refused, 2);

	RUN(5, NULL, "status");
	expect_file("out", "");
	expect_words("err", "no\\? way");
	RUN(1, NULL, "peers");
	expect_words("err", "did not say why");
	server_end(pid);
}

static void
serve_enrol(struct imsgbuf *ib, uint32_t type, const union msg_any *any, int n)
{
	const struct msg_client_enrol	*m = &any->client_enrol;

	EXPECT(type == MSG_CLIENT_ENROL);
	EXPECT(strcmp(m->key, KEY) == 0);
	EXPECT(strcmp(m->description, n == 0 ? "" : "the box") == 0);
	if (n < 2)
		server_result(ib, MSG_CLIENT_RESULT, 0, "enrolled as V88RY");
	else
		server_result(ib, MSG_CLIENT_RESULT, 5, "the key is used up");
}

TC(the_key_is_read_from_standard_input_or_a_file)
{
	pid_t	 pid = server_start(serve_enrol, 4);

	RUN(0, "  2222233333444445555566666 \n", "enrol");
	expect_file("out", "enrolled as V88RY\n");
	expect_file("err", "");
	atf_utils_create_file("key", KEY "\n");
	RUN(0, NULL, "-j", "enrol", "-f", "key", "-D", "the box");
	expect_file("out", "{\n  \"ok\": true,\n"
	    "  \"text\": \"enrolled as V88RY\"\n}\n");
	RUN(5, KEY, "-j", "enrol", "-D", "the box");
	expect_file("out", "{\n  \"ok\": false,\n"
	    "  \"text\": \"the key is used up\"\n}\n");
	RUN(5, KEY, "enrol", "-D", "the box");
	expect_file("out", "");
	expect_words("err", "the key is used up");
	server_end(pid);
}

#define RESETS		9	/* questions; the last reset fails */

static void
serve_reset(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	struct msg_status_head	 head;

	if (type == MSG_CLIENT_STATUS) {
		fill_head(&head);
		server_send(ib, MSG_STATUS_HEAD, &head);
		server_result(ib, MSG_CLIENT_RESULT, 0, "");
		return;
	}
	/* The one that the user was shown. */
	EXPECT(type == MSG_CLIENT_RESET);
	fill_head(&head);
	EXPECT(strcmp(any->client_reset.system, head.system) == 0);
	server_result(ib, MSG_CLIENT_RESULT, n == RESETS - 1 ? 1 : 0,
	    n == RESETS - 1 ? "no disk" : "a new identity");
}

TC(an_identity_is_reset_after_a_yes_or_by_force)
{
	pid_t	 pid = server_start(serve_reset, RESETS);

	RUN(1, "no\n", "reset-identity");
	expect_words("err", "nothing was changed");
	RUN(1, "", "reset-identity");
	RUN(1, "y\n", "-j", "reset-identity");
	expect_words("out", "\"ok\": false");
	RUN(0, "yes\n", "reset-identity");
	expect_file("out", "a new identity\n");
	RUN(0, NULL, "reset-identity", "-f");
	RUN(1, NULL, "reset-identity", "-f");
	expect_words("err", "no disk");
	RUN(2, NULL, "reset-identity", "-f", "now");
	server_end(pid);
}

TC(a_key_on_the_command_line_is_refused)
{
	RUN(2, NULL, "enrol", KEY);
	expect_file("out", "");
	expect_words("err", "not taken from the command line");
	ATF_CHECK(!atf_utils_grep_file(KEY, "err"));
}

TC(a_malformed_key_is_told_before_anything_is_sent)
{
	RUN(1, "", "enrol");
	expect_words("err", "there is no enrolment key");
	RUN(1, "\n", "enrol");
	expect_words("err", "there is no enrolment key");
	RUN(1, "22222-33333", "enrol");
	expect_words("err", "only 10 of 25 symbols");
	RUN(1, KEY "\n" KEY "\n", "enrol");
	expect_words("err", "this is no enrolment key");
	RUN(1, "\xff\xfe", "enrol");
	expect_words("err", "this is no enrolment key");
	RUN(1, "22222-33333-44444-55555-6666O", "-j", "enrol");
	expect_words("out", "\"ok\": false");
}

TC(what_is_no_key_file_is_told)
{
	FILE	*fp;
	int	 i;

	RUN(1, NULL, "enrol", "-f", "missing");
	expect_words("err", "missing: No such file");
	RUN(1, NULL, "enrol", "-f", ".");
	expect_words("err", "directory");
	ATF_REQUIRE((fp = fopen("long", "w")) != NULL);
	for (i = 0; i < 1000; i++)
		fputc('2', fp);
	fclose(fp);
	RUN(1, NULL, "enrol", "-f", "long");
	expect_words("err", "more than one enrolment key");
	ATF_REQUIRE((fp = fopen("binary", "w")) != NULL);
	fwrite(KEY "\0", 1, sizeof(KEY), fp);
	fclose(fp);
	RUN(1, NULL, "enrol", "-f", "binary");
	expect_words("err", "binary is not text");
}

static void
serve_version(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	(void)any;
	(void)n;
	EXPECT(type == MSG_CLIENT_VERSION);
	server_result(ib, MSG_CLIENT_RESULT, 0, "0.9");
}

TC(version_needs_no_daemon)
{
	pid_t	 pid;

	RUN(0, NULL, "version");
	expect_file("out", "enclavectl 0.1\nenclaved is not running\n");
	RUN(0, NULL, "-j", "version");
	expect_file("out", "{\n  \"enclavectl\": \"0.1\",\n"
	    "  \"enclaved\": null\n}\n");
	pid = server_start(serve_version, 2);
	RUN(0, NULL, "version");
	expect_file("out", "enclavectl 0.1\nenclaved 0.9\n");
	RUN(0, NULL, "-j", "version");
	expect_words("out", "\"enclaved\": \"0.9\"");
	server_end(pid);
}

TC(without_a_daemon_the_code_is_3)
{
	RUN(3, NULL, "status");
	expect_words("err", "enclaved is not running \\(no answer on sock\\)");
	RUN(3, NULL, "-j", "peers");
	expect_file("out", "");
	RUN(3, KEY, "enrol");
	RUN(3, KEY, "-j", "enrol");
	expect_words("out", "\"ok\": false");
}

TC(wrong_use_is_explained_with_code_2)
{
	RUN(2, NULL, NULL);
	expect_words("err", "usage: enclavectl");
	RUN(2, NULL, "dance");
	expect_words("err", "there is no command \"dance\"");
	RUN(2, NULL, "-x", "status");
	expect_words("err", "there is no option -x");
	RUN(2, NULL, "status", "now");
	RUN(2, NULL, "peers", "now");
	RUN(2, NULL, "version", "-s", "x");
	RUN(2, NULL, "enrol", "-D");
	expect_words("err", "option -D needs a value");
	RUN(2, KEY, "enrol", "-D", "a\tb");
	expect_words("err", "a description has at most 127 bytes");
}

TC(output_that_cannot_be_written_is_a_failure)
{
	const char *const	 words[] = { "version" };
	char			 name[16];
	char			*argv[] = { name, name };
	pid_t			 pid;

	strlcpy(name, words[0], sizeof(name));
	pid = atf_utils_fork();
	if (pid == 0) {
		if (freopen("/dev/full", "w", stdout) == NULL)
			err(77, "/dev/full");
		exit(enclavectl_run(2, argv));
	}
	atf_utils_wait(pid, 1, "", "save:err");
	expect_words("err", "cannot write the answer");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, status_as_json_is_exactly_the_documented_object);
	ATF_TP_ADD_TC(tp, peers_as_json_are_the_array_alone);
	ATF_TP_ADD_TC(tp, status_for_people_is_a_block_and_a_table);
	ATF_TP_ADD_TC(tp,
	    a_certificate_that_is_not_renewed_is_told_with_the_reason);
	ATF_TP_ADD_TC(tp, a_system_that_is_not_enrolled_has_no_name_and_code_4);
	ATF_TP_ADD_TC(tp,
	    an_answer_that_makes_no_sense_is_a_failure_without_output);
	ATF_TP_ADD_TC(tp, numbers_beyond_json_are_bounded);
	ATF_TP_ADD_TC(tp, a_refusal_of_status_has_its_code_and_line);
	ATF_TP_ADD_TC(tp, the_key_is_read_from_standard_input_or_a_file);
	ATF_TP_ADD_TC(tp, an_identity_is_reset_after_a_yes_or_by_force);
	ATF_TP_ADD_TC(tp, a_key_on_the_command_line_is_refused);
	ATF_TP_ADD_TC(tp, a_malformed_key_is_told_before_anything_is_sent);
	ATF_TP_ADD_TC(tp, what_is_no_key_file_is_told);
	ATF_TP_ADD_TC(tp, version_needs_no_daemon);
	ATF_TP_ADD_TC(tp, without_a_daemon_the_code_is_3);
	ATF_TP_ADD_TC(tp, wrong_use_is_explained_with_code_2);
	ATF_TP_ADD_TC(tp, output_that_cannot_be_written_is_a_failure);
	return atf_no_error();
}
