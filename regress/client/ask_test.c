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
 * enclavectl paths, netcheck and ping against a daemon that says what the
 * tests want: the exact text of the answers, their JSON, and exit codes.
 */

#include <signal.h>

#include "enclavectl/ctl.h"
#include "regress/client/server.h"

#define RUN(code, ...)	TOOL(enclavectl_run, code, NULL, __VA_ARGS__)

static void
send_peer(struct imsgbuf *ib)
{
	struct msg_status_peer	 m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.system, "QQQQQ", sizeof(m.system));
	strlcpy(m.description, "bob's box", sizeof(m.description));
	m.state = PEER_UP;
	server_send(ib, MSG_STATUS_PEER, &m);
}

static void
fill_path(struct msg_status_path *m, int type, int transport, int state)
{
	memset(m, 0, sizeof(*m));
	m->type = (uint8_t)type;
	m->transport = (uint8_t)transport;
	m->state = (uint8_t)state;
	endpoint_parse(&m->remote, "198.51.100.12", 4711);
}

/* --- paths -------------------------------------------------------- */

static void
serve_paths(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	struct msg_status_path	 m;

	(void)n;
	EXPECT(type == MSG_CLIENT_PATHS);
	EXPECT(strcmp(any->client_paths.system, "bob's box") == 0);
	send_peer(ib);
	fill_path(&m, ICE_PEER_REFLEXIVE, ICE_UDP, ICE_SUCCEEDED);
	endpoint_parse(&m.local, "192.168.1.10", 4242);
	m.rtt_us = 12345;
	m.selected = 1;
	server_send(ib, MSG_STATUS_PATH, &m);
	fill_path(&m, ICE_RELAY, ICE_TCP, ICE_IN_PROGRESS);
	server_send(ib, MSG_STATUS_PATH, &m);
	fill_path(&m, ICE_ADAPTER, ICE_UDP, ICE_WAITING);
	server_send(ib, MSG_STATUS_PATH, &m);
	fill_path(&m, ICE_LOCAL, ICE_UDP, ICE_FAILED);
	endpoint_parse(&m.remote, "2001:db8::1", 80);
	server_send(ib, MSG_STATUS_PATH, &m);
	server_result(ib, MSG_CLIENT_RESULT, 0, "chosen: \033 because");
}

TC(paths_for_people_are_a_table_and_the_reason)
{
	pid_t	 pid = server_start(serve_paths, 1);

	RUN(0, "paths", "bob's box");
	expect_file("err", "");
	expect_file("out",
	    "PATH         LOCAL              REMOTE              RTT      "
	    "STATE     CHOSEN\n"
	    "public udp   192.168.1.10:4242  198.51.100.12:4711  12.3 ms  "
	    "passed    *\n"
	    "relay tcp    -                  198.51.100.12:4711  -        "
	    "checking  -\n"
	    "adapter udp  -                  198.51.100.12:4711  -        "
	    "waiting   -\n"
	    "local udp    -                  [2001:db8::1]:80    -        "
	    "failed    -\n"
	    "chosen: ? because\n");
	server_end(pid);
}

#define PATH(type, transport, local, remote, rtt, state, selected)	\
	"    {\n"							\
	"      \"type\": \"" type "\",\n"				\
	"      \"transport\": \"" transport "\",\n"			\
	"      \"local\": " local ",\n"					\
	"      \"remote\": \"" remote "\",\n"				\
	"      \"rtt_us\": " rtt ",\n"					\
	"      \"state\": \"" state "\",\n"				\
	"      \"selected\": " selected "\n"				\
	"    }"

TC(paths_as_json_are_exactly_the_documented_object)
{
	pid_t	 pid = server_start(serve_paths, 2);
	int	 i;

	for (i = 0; i < 2; i++) {
		if (i == 0)
			RUN(0, "-j", "paths", "bob's box");
		else
			RUN(0, "paths", "bob's box", "-j");
		expect_file("out",
		    "{\n"
		    "  \"peer\": \"QQQQQ\",\n"
		    "  \"reason\": \"chosen: ? because\",\n"
		    "  \"paths\": [\n"
		    PATH("public", "udp", "\"192.168.1.10:4242\"",
		    "198.51.100.12:4711", "12345", "passed", "true") ",\n"
		    PATH("relay", "tcp", "null", "198.51.100.12:4711", "0",
		    "checking", "false") ",\n"
		    PATH("adapter", "udp", "null", "198.51.100.12:4711", "0",
		    "waiting", "false") ",\n"
		    PATH("local", "udp", "null", "[2001:db8::1]:80", "0",
		    "failed", "false") "\n"
		    "  ]\n"
		    "}\n");
	}
	server_end(pid);
}

static void
serve_no_path(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	(void)type;
	(void)any;
	(void)n;
	send_peer(ib);
	server_result(ib, MSG_CLIENT_RESULT, 0, "none works yet");
}

TC(without_pairs_there_is_the_reason_alone)
{
	pid_t	 pid = server_start(serve_no_path, 2);

	RUN(0, "paths", "QQQQQ");
	expect_file("out", "none works yet\n");
	RUN(0, "-j", "paths", "QQQQQ");
	expect_file("out", "{\n  \"peer\": \"QQQQQ\",\n"
	    "  \"reason\": \"none works yet\",\n  \"paths\": []\n}\n");
	server_end(pid);
}

static void
serve_bad_paths(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	struct msg_status_path	 m;

	(void)type;
	(void)any;
	if (n != 0)
		send_peer(ib);
	if (n == 1)
		send_peer(ib);
	fill_path(&m, n == 2 ? 0 : ICE_LOCAL, n == 3 ? 3 : ICE_UDP,
	    n == 4 ? 4 : ICE_FAILED);
	server_send(ib, MSG_STATUS_PATH, &m);
	server_result(ib, MSG_CLIENT_RESULT, 0, "");
}

TC(paths_that_make_no_sense_are_a_failure_without_output)
{
	pid_t	 pid = server_start(serve_bad_paths, 5);
	int	 i;

	for (i = 0; i < 5; i++) {
		RUN(1, "-j", "paths", "QQQQQ");
		expect_file("out", "");
		expect_words("err", "makes no sense");
	}
	server_end(pid);
}

/* --- netcheck ----------------------------------------------------- */

static void
send_head(struct imsgbuf *ib, int state)
{
	struct msg_status_head	 m;

	memset(&m, 0, sizeof(m));
	m.link_state = (uint8_t)state;
	m.link_since = 1795378500;
	strlcpy(m.link_reason, "no\tanswer", sizeof(m.link_reason));
	server_send(ib, MSG_STATUS_HEAD, &m);
}

static void
send_net(struct imsgbuf *ib, int kind, int transport, const char *address,
    const char *mapped, uint32_t rtt_us, const char *text)
{
	struct msg_status_net	 m;

	memset(&m, 0, sizeof(m));
	m.kind = (uint8_t)kind;
	m.transport = (uint8_t)transport;
	if (address != NULL)
		endpoint_parse(&m.address, address, 3478);
	if (mapped != NULL)
		endpoint_parse(&m.mapped, mapped, 4711);
	m.rtt_us = kind == 5 ? 0 : rtt_us;
	strlcpy(m.text, text, sizeof(m.text));
	m.count = kind == 5 ? rtt_us : 0;
	server_send(ib, MSG_STATUS_NET, &m);
}

/* Not in the order of kinds. */
static void
serve_net(struct imsgbuf *ib, uint32_t type, const union msg_any *any, int n)
{
	(void)any;
	(void)n;
	EXPECT(type == MSG_CLIENT_NETCHECK);
	send_head(ib, LINK_DOWN);
	send_net(ib, 5, 0, NULL, NULL, 0, "none of these");
	send_net(ib, 5, 0, NULL, NULL, 7, "too many checks");
	send_net(ib, 4, ICE_UDP, "192.0.2.7", NULL, 0, "local\033");
	send_net(ib, 3, ICE_UDP, "192.0.2.7", "203.0.113.4", 0, "NAT-PMP");
	send_net(ib, 2, 0, "198.51.100.3", NULL, UINT32_MAX, "");
	send_net(ib, 1, ICE_UDP, "198.51.100.2", "203.0.113.4", 2500, "");
	send_net(ib, 0, ICE_UDP, NULL, NULL, 0, "one mapping for all");
	send_net(ib, 0, ICE_TCP, NULL, NULL, 0, "not known");
	server_result(ib, MSG_CLIENT_RESULT, 0, "");
}

TC(netcheck_for_people_is_a_line_and_a_table)
{
	pid_t	 pid = server_start(serve_net, 1);

	RUN(0, "netcheck");
	expect_file("err", "");
	expect_file("out",
	    "discovery    down since 2026-11-22T20:15:00Z (no?answer)\n"
	    "\n"
	    "WHAT          TRANSPORT  ADDRESS            MAPPED            "
	    "RTT        NOTE\n"
	    "nat           udp        -                  -                 "
	    "-          one mapping for all\n"
	    "nat           tcp        -                  -                 "
	    "-          not known\n"
	    "stun server   udp        198.51.100.2:3478  203.0.113.4:4711  "
	    "2.5 ms     -\n"
	    "relay         -          198.51.100.3:3478  -                 "
	    "no answer  -\n"
	    "port mapping  udp        192.0.2.7:3478     203.0.113.4:4711  "
	    "-          NAT-PMP\n"
	    "candidate     udp        192.0.2.7:3478     -                 "
	    "-          local?\n"
	    "dropped       -          -                  -                 "
	    "-          too many checks: 7\n");
	server_end(pid);
}

TC(netcheck_as_json_is_exactly_the_documented_object)
{
	pid_t	 pid = server_start(serve_net, 1);

	RUN(0, "-j", "netcheck");
	expect_file("out",
	    "{\n"
	    "  \"discovery\": {\n"
	    "    \"state\": \"down\",\n"
	    "    \"since\": \"2026-11-22T20:15:00Z\",\n"
	    "    \"reason\": \"no?answer\"\n"
	    "  },\n"
	    "  \"nat\": [\n"
	    "    {\n"
	    "      \"transport\": \"udp\",\n"
	    "      \"text\": \"one mapping for all\"\n"
	    "    },\n"
	    "    {\n"
	    "      \"transport\": \"tcp\",\n"
	    "      \"text\": \"not known\"\n"
	    "    }\n"
	    "  ],\n"
	    "  \"stun\": [\n"
	    "    {\n"
	    "      \"transport\": \"udp\",\n"
	    "      \"address\": \"198.51.100.2:3478\",\n"
	    "      \"mapped\": \"203.0.113.4:4711\",\n"
	    "      \"rtt_us\": 2500,\n"
	    "      \"text\": \"\"\n"
	    "    }\n"
	    "  ],\n"
	    "  \"relays\": [\n"
	    "    {\n"
	    "      \"transport\": null,\n"
	    "      \"address\": \"198.51.100.3:3478\",\n"
	    "      \"rtt_us\": null,\n"
	    "      \"text\": \"\"\n"
	    "    }\n"
	    "  ],\n"
	    "  \"mappings\": [\n"
	    "    {\n"
	    "      \"transport\": \"udp\",\n"
	    "      \"address\": \"192.0.2.7:3478\",\n"
	    "      \"mapped\": \"203.0.113.4:4711\",\n"
	    "      \"text\": \"NAT-PMP\"\n"
	    "    }\n"
	    "  ],\n"
	    "  \"candidates\": [\n"
	    "    {\n"
	    "      \"transport\": \"udp\",\n"
	    "      \"address\": \"192.0.2.7:3478\",\n"
	    "      \"text\": \"local?\"\n"
	    "    }\n"
	    "  ],\n"
	    "  \"drops\": [\n"
	    "    {\n"
	    "      \"text\": \"none of these\",\n"
	    "      \"count\": 0\n"
	    "    },\n"
	    "    {\n"
	    "      \"text\": \"too many checks\",\n"
	    "      \"count\": 7\n"
	    "    }\n"
	    "  ]\n"
	    "}\n");
	server_end(pid);
}

static void
serve_bad_net(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	(void)type;
	(void)any;
	if (n != 0)
		send_head(ib, n == 1 ? 17 : LINK_UP);
	if (n == 2)
		send_head(ib, LINK_UP);
	send_net(ib, n == 3 ? 6 : 0, n == 4 ? 3 : 1, NULL, NULL, 0, "");
	server_result(ib, MSG_CLIENT_RESULT, 0, "");
}

TC(a_netcheck_that_makes_no_sense_is_a_failure_without_output)
{
	pid_t	 pid = server_start(serve_bad_net, 5);
	int	 i;

	for (i = 0; i < 5; i++) {
		RUN(1, "-j", "netcheck");
		expect_file("out", "");
		expect_words("err", "makes no sense");
	}
	server_end(pid);
}

/* --- ping --------------------------------------------------------- */

static void
send_pong(struct imsgbuf *ib, uint32_t rtt_us)
{
	struct msg_status_pong	 m;

	memset(&m, 0, sizeof(m));
	m.rtt_us = rtt_us;
	m.type = ICE_PUBLIC;
	m.transport = ICE_UDP;
	endpoint_parse(&m.remote, "198.51.100.12", 4711);
	server_send(ib, MSG_STATUS_PONG, &m);
}

/* 12.3 ms, none, 10 ms by a path unknown. */
static void
serve_ping(struct imsgbuf *ib, uint32_t type, const union msg_any *any, int n)
{
	struct msg_status_pong	 m;

	EXPECT(type == MSG_CLIENT_PING);
	EXPECT(strcmp(any->client_ping.system, "QQQQQ") == 0);
	send_peer(ib);
	if (n == 0)
		send_pong(ib, 12345);
	if (n == 2) {
		memset(&m, 0, sizeof(m));
		m.rtt_us = 10000;
		server_send(ib, MSG_STATUS_PONG, &m);
	}
	server_result(ib, MSG_CLIENT_RESULT, 0, n == 3 ? "no\033 path" : "");
}

TC(each_reply_has_a_line_with_its_path)
{
	pid_t	 pid = server_start(serve_ping, 4);

	RUN(0, "ping", "-c", "4", "-i", "0.1", "QQQQQ");
	expect_file("err", "");
	expect_file("out",
	    "reply from QQQQQ: 12.3 ms over public udp 198.51.100.12:4711\n"
	    "no reply\n"
	    "reply from QQQQQ: 10.0 ms\n"
	    "no reply: no? path\n"
	    "4 sent, 2 received, min 10.0 ms, avg 11.1 ms, max 12.3 ms\n");
	server_end(pid);
}

TC(ping_as_json_is_exactly_the_documented_object)
{
	pid_t	 pid = server_start(serve_ping, 3);

	RUN(0, "ping", "QQQQQ", "-j", "-c3", "-i0.1");
	expect_file("out",
	    "{\n"
	    "  \"peer\": \"QQQQQ\",\n"
	    "  \"sent\": 3,\n"
	    "  \"received\": 2,\n"
	    "  \"min_us\": 10000,\n"
	    "  \"avg_us\": 11172,\n"
	    "  \"max_us\": 12345,\n"
	    "  \"replies\": [\n"
	    "    {\n"
	    "      \"rtt_us\": 12345,\n"
	    "      \"type\": \"public\",\n"
	    "      \"transport\": \"udp\",\n"
	    "      \"remote\": \"198.51.100.12:4711\"\n"
	    "    },\n"
	    "    null,\n"
	    "    {\n"
	    "      \"rtt_us\": 10000,\n"
	    "      \"type\": null,\n"
	    "      \"transport\": null,\n"
	    "      \"remote\": null\n"
	    "    }\n"
	    "  ]\n"
	    "}\n");
	server_end(pid);
}

static void
serve_silence(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	(void)type;
	(void)any;
	(void)n;
	send_peer(ib);
	server_result(ib, MSG_CLIENT_RESULT, 0, "");
}

TC(without_any_reply_the_code_is_1)
{
	pid_t	 pid = server_start(serve_silence, 3);

	RUN(1, "ping", "-c", "2", "-i", "0.1", "QQQQQ");
	expect_file("out", "no reply\nno reply\n2 sent, 0 received\n");
	expect_file("err", "");
	RUN(1, "-j", "ping", "-c", "1", "QQQQQ");
	expect_words("out", "\"received\": 0");
	expect_words("out", "\"avg_us\": null");
	server_end(pid);
}

static void
serve_then_fail(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	if (n == 0)
		serve_ping(ib, type, any, 0);
	else
		server_result(ib, MSG_CLIENT_RESULT, 1, "there is no peer");
}

TC(a_failure_ends_it_with_its_code_and_a_summary)
{
	pid_t	 pid = server_start(serve_then_fail, 2);

	RUN(1, "ping", "-i", "0.1", "QQQQQ");
	expect_words("err", "there is no peer");
	expect_words("out", "1 sent, 1 received");
	server_end(pid);
}

static void
serve_bad_pong(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	struct msg_status_pong	 m;

	(void)type;
	(void)any;
	if (n != 0)
		send_peer(ib);
	memset(&m, 0, sizeof(m));
	m.type = n == 2 ? 17 : ICE_LOCAL;
	m.transport = n == 3 ? 0 : ICE_UDP;
	server_send(ib, MSG_STATUS_PONG, &m);
	if (n == 1)
		server_send(ib, MSG_STATUS_PONG, &m);
	server_result(ib, MSG_CLIENT_RESULT, 0, "");
}

TC(a_reply_that_makes_no_sense_is_a_failure)
{
	pid_t	 pid = server_start(serve_bad_pong, 4);
	int	 i;

	for (i = 0; i < 4; i++) {
		RUN(1, "ping", "QQQQQ");
		expect_file("out", "");
		expect_words("err", "makes no sense");
	}
	server_end(pid);
}

/* Interrupted while it waits for the time of the next one. */
static void
serve_and_interrupt(struct imsgbuf *ib, uint32_t type,
    const union msg_any *any, int n)
{
	serve_ping(ib, type, any, n);
	EXPECT(kill(getppid(), SIGUSR1) == 0);
}

static void
pass_interrupt(int sig)
{
	(void)sig;
}

TC(an_interrupt_ends_it_with_a_summary)
{
	const char *const	 words[] = { "tool", "-s", SOCK, "ping", "-i",
				    "3600", "QQQQQ" };
	char			*argv[8];
	sigset_t		 set;
	pid_t			 pid, child;
	int			 i, sig;

	signal(SIGUSR1, pass_interrupt);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (i = 0; i < 7; i++)
		ATF_REQUIRE((argv[i] = strdup(words[i])) != NULL);
	argv[7] = NULL;
	pid = server_start(serve_and_interrupt, 1);
	child = atf_utils_fork();
	if (child == 0)
		exit(enclavectl_run(7, argv));
	sigwait(&set, &sig);
	kill(child, SIGINT);
	atf_utils_wait(child, 0, "save:out", "");
	expect_words("out", "1 sent, 1 received");
	server_end(pid);
}

/* --- All of them -------------------------------------------------- */

static void
serve_refusal(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	(void)type;
	(void)any;
	(void)n;
	server_result(ib, MSG_CLIENT_RESULT, 1,
	    "there is no peer \"\033\": use another name");
}

TC(a_refusal_has_its_line)
{
	static const char *const	 commands[] = { "paths", "ping" };
	pid_t				 pid = server_start(serve_refusal, 5);
	int				 i;

	for (i = 0; i < 2; i++) {
		RUN(1, commands[i], "x");
		expect_file("out", "");
		expect_words("err", "no peer \"\\?\": use another name");
		RUN(1, "-j", commands[i], "x");
		expect_file("out", "");
	}
	RUN(1, "netcheck");
	expect_words("err", "use another name");
	server_end(pid);
}

TC(without_a_daemon_the_code_is_3)
{
	RUN(3, "paths", "QQQQQ");
	expect_words("err", "enclaved is not running");
	RUN(3, "netcheck");
	RUN(3, "ping", "QQQQQ");
	expect_file("out", "");
	expect_words("err", "enclaved is not running");
	RUN(3, "-j", "ping", "QQQQQ");
	expect_file("out", "");
}

TC(wrong_use_is_explained_with_code_2)
{
	RUN(2, "paths");
	expect_words("err", "usage: enclavectl .* paths peer");
	RUN(2, "paths", "a", "b");
	RUN(2, "netcheck", "a");
	RUN(2, "ping");
	expect_words("err", "ping \\[-c count\\] \\[-i seconds\\] peer");
	RUN(2, "ping", "a", "b");
	RUN(2, "ping", "-c", "0", "a");
	expect_words("err", "a number from 1 to 100000");
	RUN(2, "ping", "-c", "5x", "a");
	RUN(2, "ping", "-i", "0.09", "a");
	expect_words("err", "seconds from 0.1 to 3600");
	RUN(2, "ping", "-i", "nan", "a");
	RUN(2, "ping", "-i", "", "a");
	RUN(2, "ping", "-i", "1s", "a");
	RUN(2, "ping", "-x", "a");
}

TC(a_name_that_no_peer_has_is_not_sent)
{
	char	 name[200];

	memset(name, 'a', sizeof(name));
	name[128] = '\0';
	RUN(1, "paths", name);
	expect_words("err", "a name of 1 to 127 characters");
	RUN(1, "ping", "");
	expect_words("err", "a name of 1 to 127 characters");
}

/* tcp/20-25 always, icmp in a window that has passed, udp/53 beyond now. */
static void
serve_explain(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	struct msg_status_peer	 m;

	EXPECT(type == MSG_CLIENT_EXPLAIN);
	if (strcmp(any->client_explain.system, "QQQQQ") == 0) {
		server_result(ib, MSG_CLIENT_RESULT, 1, "there is no peer");
		return;
	}
	memset(&m, 0, sizeof(m));
	strlcpy(m.system, "V88RY", sizeof(m.system));
	m.state = PEER_UP;
	m.acls.n = 3;
	m.acls.e[0].entry.protocol = ACL_TCP;
	m.acls.e[0].entry.port_low = 20;
	m.acls.e[0].entry.port_high = 25;
	m.acls.e[1].entry.protocol = ACL_ICMP;
	m.acls.e[1].entry.port_high = 65535;
	m.acls.e[1].when.from = 1000;
	m.acls.e[1].when.until = 2000;
	m.acls.e[2].entry.protocol = ACL_UDP;
	m.acls.e[2].entry.port_low = m.acls.e[2].entry.port_high = 53;
	m.acls.e[2].when.from = 4000000000ULL;
	m.acls.e[2].when.until = 4000003600ULL;
	m.next = 4000000000ULL;
	/* The last question finds it outside the hours of all its rules. */
	m.closed = n == 6;
	server_send(ib, MSG_STATUS_PEER, &m);
	server_result(ib, MSG_CLIENT_RESULT, 0, "");
}

TC(explain_gives_the_rule_or_the_lack_of_one_and_a_code)
{
	pid_t	 pid = server_start(serve_explain, 7);

	RUN(0, "explain", "V88RY", "tcp/22");
	expect_words("out", "V88RY may open tcp/22 towards this system: "
	    "rule tcp/20-25");
	expect_words("out", "what this system may open is decided by V88RY");
	RUN(10, "explain", "V88RY", "tcp/26");
	expect_words("out", "there is no rule for it");
	RUN(10, "explain", "V88RY", "icmp");
	expect_words("out", "rule icmp is outside its hours");
	RUN(10, "explain", "V88RY", "udp/53");
	expect_words("out", "rule udp/53 is outside its hours");
	expect_words("out", "change at 2096-10-02T07:06:40Z");
	RUN(0, "-j", "explain", "V88RY", "tcp/22");
	expect_file("out", "{\n  \"peer\": \"V88RY\",\n"
	    "  \"allowed\": true,\n  \"reason\": \"rule\",\n"
	    "  \"rule\": \"tcp/20-25\",\n"
	    "  \"next\": \"2096-10-02T07:06:40Z\",\n"
	    "  \"state\": \"up\"\n}\n");
	RUN(1, "explain", "QQQQQ", "tcp/22");
	expect_words("err", "there is no peer");
	RUN(10, "explain", "V88RY", "tcp/22");
	expect_words("out", "outside its hours");
	server_end(pid);
	RUN(2, "explain", "V88RY", "tcp/1-9");
	expect_words("err", "ask for one port");
	RUN(2, "explain", "V88RY");
	expect_words("err", "usage:");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, paths_for_people_are_a_table_and_the_reason);
	ATF_TP_ADD_TC(tp, paths_as_json_are_exactly_the_documented_object);
	ATF_TP_ADD_TC(tp, without_pairs_there_is_the_reason_alone);
	ATF_TP_ADD_TC(tp,
	    paths_that_make_no_sense_are_a_failure_without_output);
	ATF_TP_ADD_TC(tp, netcheck_for_people_is_a_line_and_a_table);
	ATF_TP_ADD_TC(tp, netcheck_as_json_is_exactly_the_documented_object);
	ATF_TP_ADD_TC(tp,
	    a_netcheck_that_makes_no_sense_is_a_failure_without_output);
	ATF_TP_ADD_TC(tp, each_reply_has_a_line_with_its_path);
	ATF_TP_ADD_TC(tp, ping_as_json_is_exactly_the_documented_object);
	ATF_TP_ADD_TC(tp, without_any_reply_the_code_is_1);
	ATF_TP_ADD_TC(tp, a_failure_ends_it_with_its_code_and_a_summary);
	ATF_TP_ADD_TC(tp, a_reply_that_makes_no_sense_is_a_failure);
	ATF_TP_ADD_TC(tp, an_interrupt_ends_it_with_a_summary);
	ATF_TP_ADD_TC(tp, a_refusal_has_its_line);
	ATF_TP_ADD_TC(tp,
	    explain_gives_the_rule_or_the_lack_of_one_and_a_code);
	ATF_TP_ADD_TC(tp, without_a_daemon_the_code_is_3);
	ATF_TP_ADD_TC(tp, wrong_use_is_explained_with_code_2);
	ATF_TP_ADD_TC(tp, a_name_that_no_peer_has_is_not_sent);
	return atf_no_error();
}
