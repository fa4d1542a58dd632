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
 * What a real netproc makes of the answers of STUN servers, and how much a
 * peer can have it send by what it claims of its router.  See cable.h.
 */

#include <sys/types.h>

#include <netinet/ip.h>
#include <netinet/udp.h>

#include "nat/nat.h"
#include "netproc/nat.h"
#include "regress/netproc/cable.h"

#define OTHER_B		"10.77.0.3"	/* of the servers, too */
#define TRY_MS		30000	/* on a machine with much to do */
#define SERVERS		4

static const struct msg_net_options	 udp_only = {
	.no_tcp = 1, .no_relay = 1, .no_portmap = 1
};

static int
server(const char *address, uint16_t port, struct endpoint *ep)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 fd;

	ATF_REQUIRE(endpoint_parse(ep, address, port) == 0);
	len = endpoint_to_sockaddr(ep, &ss);
	ATF_REQUIRE((fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC,
	    0)) != -1);
	ATF_REQUIRE(bind(fd, (struct sockaddr *)&ss, len) == 0);
	return fd;
}

/* Two ports of two addresses in the network of B. */
static void
servers_begin(struct node *a, int fds[SERVERS])
{
	struct msg_stun_servers	 m;

	cable_up();
	enter(ns_b);
	IP("addr", "add", OTHER_B "/24", "dev", "cable");
	memset(&m, 0, sizeof(m));
	m.servers.n = SERVERS;
	fds[0] = server(HOST_B, 3478, &m.servers.e[0]);
	fds[1] = server(OTHER_B, 3478, &m.servers.e[1]);
	fds[2] = server(HOST_B, 3479, &m.servers.e[2]);
	fds[3] = server(OTHER_B, 3479, &m.servers.e[3]);
	enter(ns_a);
	node_start(a, ns_a, &udp_only);
	end_send(&a->ctl, MSG_STUN_SERVERS, &m, -1);
}

/* Answer one question: it came from this port of a public address. */
static void
serve(int fd, uint16_t port)
{
	struct sockaddr_storage	 ss;
	struct stun_builder	 b;
	struct stun_msg		 m;
	struct endpoint		 ep;
	socklen_t		 sslen = sizeof(ss);
	uint8_t			 buf[STUN_MESSAGE_MAX];
	ssize_t			 n;

	ATF_REQUIRE_MSG(wait_readable(fd, PLAYER_WAIT_MS), "not asked");
	n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&ss, &sslen);
	ATF_REQUIRE(n > 0 && stun_parse(&m, buf, (size_t)n) == STUN_OK);
	ATF_REQUIRE(endpoint_parse(&ep, "198.51.100.77", port) == 0);
	stun_build_start(&b, buf, sizeof(buf), STUN_SUCCESS, STUN_BINDING,
	    m.id);
	stun_build_address(&b, STUN_ATTR_XOR_MAPPED_ADDRESS, &ep);
	stun_build_fingerprint(&b);
	ATF_REQUIRE((n = stun_build_finish(&b)) != -1);
	ATF_REQUIRE(sendto(fd, buf, (size_t)n, 0, (struct sockaddr *)&ss,
	    sslen) == n);
}

/* What is told once these are the ports that the servers saw, in order. */
static void
told(const uint16_t ports[SERVERS], uint8_t kind, int step)
{
	struct node	 a;
	union msg_any	 any;
	int		 fds[SERVERS], i;

	servers_begin(&a, fds);
	for (i = 0; i < SERVERS; i++)
		serve(fds[i], ports[i]);
	do
		node_expect(&a, MSG_LOCAL_CANDIDATES, &any);
	while (any.local_candidates.nat_udp != kind);
	ATF_CHECK_EQ((int16_t)any.local_candidates.nat_udp_step, step);
	ATF_CHECK_EQ(any.local_candidates.nat_tcp, NET_NAT_UNKNOWN);
	node_end(&a);
}

CASE(one_port_for_all_servers_is_told_as_stable, "with no step")
{
	static const uint16_t	 ports[SERVERS] = { 4500, 4500, 4500, 4500 };

	told(ports, NET_NAT_STABLE, 0);
}

CASE(ports_that_count_are_told_with_their_step, "in the order of asking")
{
	static const uint16_t	 ports[SERVERS] = { 4500, 4502, 4504, 4508 };

	told(ports, NET_NAT_SEQUENCE, 2);
}

CASE(ports_that_count_down_have_a_negative_step, "as a signed number")
{
	static const uint16_t	 ports[SERVERS] = { 4500, 4499, 4498, 4497 };

	told(ports, NET_NAT_SEQUENCE, -1);
}

CASE(ports_far_apart_are_told_as_random, "with no step")
{
	static const uint16_t	 ports[SERVERS] = { 4500, 61000, 22, 33000 };

	told(ports, NET_NAT_RANDOM, 0);
}

CASE(servers_that_never_answer_are_told_as_blocked, "with what there is")
{
	struct node	 a;
	union msg_any	 any;
	int		 fds[SERVERS];

	servers_begin(&a, fds);
	do
		node_expect(&a, MSG_LOCAL_CANDIDATES, &any);
	while (any.local_candidates.nat_udp != NET_NAT_BLOCKED);
	ATF_CHECK_EQ(any.local_candidates.candidates.n, 1);
	node_end(&a);
}

/* --- What a peer claims -------------------------------------------- */

/*
 * How many ports of a silent peer get packets, until so many ms after as many
 * as are wanted.
 */
static unsigned int
count_ports(int raw, unsigned int want, int ms)
{
	static uint8_t	 seen[65536];
	uint8_t		 buf[2048];
	struct iphdr	 ip;
	struct udphdr	 udp;
	uint64_t	 end;
	unsigned int	 count = 0;
	ssize_t		 n;

	memset(seen, 0, sizeof(seen));
	ATF_REQUIRE_MSG(wait_readable(raw, PLAYER_WAIT_MS), "no check");
	end = now_ms() + TRY_MS;
	while (now_ms() < end) {
		if (!wait_readable(raw, 50))
			continue;
		n = recv(raw, buf, sizeof(buf), 0);
		if (n < (ssize_t)(sizeof(ip) + sizeof(udp)))
			continue;
		memcpy(&ip, buf, sizeof(ip));
		memcpy(&udp, buf + ip.ihl * 4, sizeof(udp));
		if (seen[ntohs(udp.uh_dport)])
			continue;
		seen[ntohs(udp.uh_dport)] = 1;
		if (++count == want)
			end = now_ms() + (uint64_t)ms;
	}
	return count;
}

/* Introduced to a peer that claims this of its router. */
static unsigned int
ports_tried(const struct msg_net_options *options, uint8_t kind, int step,
    unsigned int want, int ms)
{
	struct msg_introduce	 m;
	struct ice_candidate	*c;
	struct node		 a;
	unsigned int		 n;
	int			 raw, bytes = 4 << 20;

	cable_up();
	enter(ns_b);
	ATF_REQUIRE((raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC,
	    IPPROTO_UDP)) != -1);
	setsockopt(raw, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	enter(ns_a);
	node_start(&a, ns_a, options);
	introduction(&m, 1, 1);
	c = &m.candidates.e[m.candidates.n++];
	c->type = ICE_PUBLIC;
	c->transport = ICE_UDP;
	ATF_REQUIRE(endpoint_parse(&c->ep, HOST_B, 30000) == 0);
	m.nat_udp = kind;
	m.nat_udp_step = (uint16_t)step;
	end_send(&a.ctl, MSG_INTRODUCE, &m, -1);
	n = count_ports(raw, want, ms);
	node_end(&a);
	return n;
}

static void
check_ports(unsigned int want, const struct msg_net_options *options,
    uint8_t kind, int step, int ms)
{
	unsigned int	 n = ports_tried(options, kind, step, want, ms);

	ATF_CHECK_MSG(n == want, "%u ports, not %u", n, want);
}

CASE(peer_that_counts_is_tried_at_the_next_ports, "25 of them at first")
{
	check_ports(26, &udp_only, NET_NAT_SEQUENCE, 3, 200);
}

CASE(peer_that_takes_any_port_costs_a_bounded_number, "1024, and its own")
{
	check_ports(1025, &udp_only, NET_NAT_RANDOM, 0, 1000);
}

CASE(impossible_claims_are_not_followed, "no step, too large a step, no kind")
{
	check_ports(1, &udp_only, NET_NAT_SEQUENCE, 0, 500);
	check_ports(1, &udp_only, NET_NAT_SEQUENCE, 9999, 500);
	check_ports(1, &udp_only, 200, 1, 500);
}

CASE(nothing_is_guessed_when_switched_off, "neither of the two")
{
	struct msg_net_options	 o = udp_only;

	o.no_guess = 1;
	check_ports(1, &o, NET_NAT_SEQUENCE, 1, 500);
	check_ports(1, &o, NET_NAT_RANDOM, 0, 2500);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, one_port_for_all_servers_is_told_as_stable);
	ATF_TP_ADD_TC(tp, ports_that_count_are_told_with_their_step);
	ATF_TP_ADD_TC(tp, ports_that_count_down_have_a_negative_step);
	ATF_TP_ADD_TC(tp, ports_far_apart_are_told_as_random);
	ATF_TP_ADD_TC(tp, servers_that_never_answer_are_told_as_blocked);
	ATF_TP_ADD_TC(tp, peer_that_counts_is_tried_at_the_next_ports);
	ATF_TP_ADD_TC(tp, peer_that_takes_any_port_costs_a_bounded_number);
	ATF_TP_ADD_TC(tp, impossible_claims_are_not_followed);
	ATF_TP_ADD_TC(tp, nothing_is_guessed_when_switched_off);
	return atf_no_error();
}
