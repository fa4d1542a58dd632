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
 * Flow state: what opens a flow, what belongs to one, when it ends.
 */

#include "regress/packet/world.h"

ATF_TC_WITHOUT_HEAD(each_protocol_and_direction_is_judged);
ATF_TC_BODY(each_protocol_and_direction_is_judged, tc)
{
	/* Verdicts of: a request in, our answer; a request out, its answer. */
	static const struct {
		const char		*rule;
		char			 proto;
		unsigned int		 port;
		enum flow_verdict	 in, reply;
	} cases[] = {
		{ NULL, 't', 80, FLOW_DROP_ACL, FLOW_DROP_STATE },
		{ NULL, 'u', 53, FLOW_DROP_ACL, FLOW_PASS_NEW },
		{ NULL, 'i', 9, FLOW_DROP_ACL, FLOW_DROP_STATE },
		{ "any", 't', 80, FLOW_PASS_NEW, FLOW_PASS_ESTABLISHED },
		{ "any", 'u', 53, FLOW_PASS_NEW, FLOW_PASS_ESTABLISHED },
		{ "any", 'i', 9, FLOW_PASS_NEW, FLOW_PASS_ESTABLISHED },
		{ "tcp", 't', 80, FLOW_PASS_NEW, FLOW_PASS_ESTABLISHED },
		{ "tcp", 'u', 53, FLOW_DROP_ACL, FLOW_PASS_NEW },
		{ "tcp", 'i', 9, FLOW_DROP_ACL, FLOW_DROP_STATE },
		{ "tcp/80", 't', 80, FLOW_PASS_NEW, FLOW_PASS_ESTABLISHED },
		{ "tcp/80", 't', 81, FLOW_DROP_ACL, FLOW_DROP_STATE },
		{ "tcp/80-90", 't', 90, FLOW_PASS_NEW,
		    FLOW_PASS_ESTABLISHED },
		{ "udp/53", 'u', 53, FLOW_PASS_NEW, FLOW_PASS_ESTABLISHED },
		{ "udp/53", 'u', 54, FLOW_DROP_ACL, FLOW_PASS_NEW },
		{ "udp/53", 't', 53, FLOW_DROP_ACL, FLOW_DROP_STATE },
		{ "icmp", 'i', 9, FLOW_PASS_NEW, FLOW_PASS_ESTABLISHED },
		{ "icmp", 'u', 9, FLOW_DROP_ACL, FLOW_PASS_NEW }
	};
	enum flow_verdict	 in, reply, out, answer;
	struct world		 w;
	unsigned int		 port;
	size_t			 i;
	int			 v;

	for (i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		v = i % 2 ? 6 : 4;
		world_init(&w, 16, cases[i / 2].rule);
		w.version = v;
		port = cases[i / 2].port;
		if (cases[i / 2].proto == 't') {
			in = send_tcp(&w, IN, port, 4000, SYN);
			reply = send_tcp(&w, OUT, port, 4000, SYN | ACK);
			out = send_tcp(&w, OUT, 4001, port, SYN);
			answer = send_tcp(&w, IN, 4001, port, SYN | ACK);
		} else if (cases[i / 2].proto == 'u') {
			in = send_udp(&w, IN, port, 4000);
			reply = send_udp(&w, OUT, port, 4000);
			out = send_udp(&w, OUT, 4001, port);
			answer = send_udp(&w, IN, 4001, port);
		} else {
			in = send_echo(&w, IN, 1, port);
			reply = send_echo(&w, OUT, 0, port);
			out = send_echo(&w, OUT, 1, port);
			answer = send_echo(&w, IN, 0, port);
		}
		ATF_CHECK_EQ_MSG(in, cases[i / 2].in, "case %zu", i);
		ATF_CHECK_EQ_MSG(reply, cases[i / 2].reply, "case %zu", i);
		ATF_CHECK_EQ(out, FLOW_PASS_NEW);
		ATF_CHECK_EQ(answer, FLOW_PASS_ESTABLISHED);
		world_free(&w);
	}
}

ATF_TC_WITHOUT_HEAD(a_tcp_flow_begins_with_a_bare_syn_only);
ATF_TC_BODY(a_tcp_flow_begins_with_a_bare_syn_only, tc)
{
	struct world	 w;
	unsigned int	 flags;
	int		 bare;

	world_init(&w, 256, "any");
	for (flags = 0; flags < 64; flags++) {
		bare = (flags & (SYN | ACK | RST | FIN)) == SYN;
		ATF_CHECK_EQ_MSG(send_tcp(&w, IN, 80, 4000 + flags,
		    (uint8_t)flags), bare ? FLOW_PASS_NEW : FLOW_DROP_STATE,
		    "flags %#x", flags);
	}
	world_free(&w);
}

ATF_TC_WITHOUT_HEAD(an_answer_must_mirror_the_whole_flow);
ATF_TC_BODY(an_answer_must_mirror_the_whole_flow, tc)
{
	struct world	 w;

	world_init(&w, 16, NULL);
	ATF_REQUIRE_EQ(send_udp(&w, OUT, 5000, 53), FLOW_PASS_NEW);
	ATF_CHECK_EQ(send_udp(&w, IN, 5001, 53), FLOW_DROP_ACL);
	ATF_CHECK_EQ(send_udp(&w, IN, 5000, 54), FLOW_DROP_ACL);
	ATF_CHECK_EQ(send_udp(&w, IN, 53, 5000), FLOW_DROP_ACL);
	ATF_CHECK_EQ(send_tcp(&w, IN, 5000, 53, ACK), FLOW_DROP_STATE);
	w.version = 6;
	ATF_CHECK_EQ(send_udp(&w, IN, 5000, 53), FLOW_DROP_ACL);
	w.version = 4;
	w.peer = PEER + 1;
	ATF_CHECK_EQ(send_udp(&w, IN, 5000, 53), FLOW_DROP_ACL);
	w.peer = PEER;
	ATF_CHECK_EQ(send_udp(&w, IN, 5000, 53), FLOW_PASS_ESTABLISHED);
	world_free(&w);
}

ATF_TC_WITHOUT_HEAD(our_connection_does_not_let_the_peer_open_one);
ATF_TC_BODY(our_connection_does_not_let_the_peer_open_one, tc)
{
	struct world	 w;

	world_init(&w, 16, NULL);
	establish(&w, OUT, 5000, 80);
	ATF_CHECK_EQ(send_tcp(&w, IN, 5000, 80, SYN), FLOW_DROP_ACL);
	ATF_CHECK_EQ(send_tcp(&w, IN, 5000, 80, RST), FLOW_PASS_ESTABLISHED);
	ATF_CHECK_EQ(send_tcp(&w, IN, 5000, 80, SYN), FLOW_DROP_ACL);
	ATF_REQUIRE_EQ(send_echo(&w, OUT, 1, 9), FLOW_PASS_NEW);
	ATF_CHECK_EQ(send_echo(&w, IN, 1, 9), FLOW_DROP_ACL);
	ATF_CHECK_EQ(send_echo(&w, IN, 0, 8), FLOW_DROP_STATE);
	ATF_CHECK_EQ(send_echo(&w, IN, 0, 9), FLOW_PASS_ESTABLISHED);
	world_free(&w);
}

ATF_TC_WITHOUT_HEAD(a_closed_tcp_tuple_can_be_opened_again);
ATF_TC_BODY(a_closed_tcp_tuple_can_be_opened_again, tc)
{
	struct world	 w;

	world_init(&w, 16, "tcp/80");
	establish(&w, IN, 80, 4000);
	ATF_CHECK_EQ(send_tcp(&w, IN, 80, 4000, SYN), FLOW_PASS_ESTABLISHED);
	ATF_CHECK_EQ(send_tcp(&w, IN, 80, 4000, RST), FLOW_PASS_ESTABLISHED);
	ATF_CHECK_EQ(send_tcp(&w, IN, 80, 4000, SYN), FLOW_PASS_NEW);
	establish(&w, OUT, 5000, 80);
	ATF_CHECK_EQ(send_tcp(&w, IN, 5000, 80, RST), FLOW_PASS_ESTABLISHED);
	ATF_CHECK_EQ(send_tcp(&w, OUT, 5000, 80, SYN), FLOW_PASS_NEW);
	ATF_CHECK_EQ(flow_get_stats(w.table)->live, 2);
	world_free(&w);
}

/* A flow in some state is alive one tick before its time and not at it. */
static void
check_timeout(const char *script, uint64_t timeout)
{
	struct world		 w;
	enum flow_verdict	 late;
	const char		*s;
	int			 step;

	for (step = 0; step < 2; step++) {
		world_init(&w, 16, "any");
		for (s = script; *s != '\0'; s++) {
			w.now += 10 * SECOND;
			switch (*s) {
			case 's':
				(void)send_tcp(&w, OUT, 5000, 80, SYN);
				break;
			case 'S':
				(void)send_tcp(&w, IN, 5000, 80, SYN | ACK);
				break;
			case 'a':
				(void)send_tcp(&w, OUT, 5000, 80, ACK);
				break;
			case 'f':
				(void)send_tcp(&w, OUT, 5000, 80, FIN | ACK);
				break;
			case 'F':
				(void)send_tcp(&w, IN, 5000, 80, FIN | ACK);
				break;
			case 'R':
				(void)send_tcp(&w, IN, 5000, 80, RST);
				break;
			case 'u':
				(void)send_udp(&w, OUT, 5000, 80);
				break;
			case 'U':
				(void)send_udp(&w, IN, 5000, 80);
				break;
			case 'i':
				(void)send_echo(&w, OUT, 1, 5);
				break;
			case 'I':
				(void)send_echo(&w, IN, 0, 5);
				break;
			}
		}
		ATF_CHECK_EQ(flow_next_expiry(w.table), w.now + timeout);
		w.now += timeout - (step == 0);
		if (script[0] == 's')
			late = send_tcp(&w, IN, 5000, 80, ACK);
		else if (script[0] == 'i')
			late = send_echo(&w, IN, 0, 5);
		else
			late = send_udp(&w, OUT, 5000, 80);
		ATF_CHECK_MSG((late == FLOW_PASS_ESTABLISHED) == (step == 0),
		    "%s: %s", script, flow_verdict_name(late));
		world_free(&w);
	}
}

ATF_TC_WITHOUT_HEAD(each_state_has_its_timeout);
ATF_TC_BODY(each_state_has_its_timeout, tc)
{
	check_timeout("s", 30 * SECOND);
	check_timeout("sS", 30 * SECOND);
	check_timeout("sSa", 24 * 3600 * SECOND);
	check_timeout("sSaf", 24 * 3600 * SECOND);
	check_timeout("sSaF", 24 * 3600 * SECOND);
	check_timeout("sSafF", 60 * SECOND);
	check_timeout("sSafFa", 60 * SECOND);
	check_timeout("sSaR", 60 * SECOND);
	check_timeout("sR", 60 * SECOND);
	check_timeout("u", 30 * SECOND);
	check_timeout("uu", 30 * SECOND);
	check_timeout("uU", 180 * SECOND);
	check_timeout("uUu", 180 * SECOND);
	check_timeout("i", 30 * SECOND);
	check_timeout("iI", 30 * SECOND);
}

ATF_TC_WITHOUT_HEAD(expired_flows_are_given_back);
ATF_TC_BODY(expired_flows_are_given_back, tc)
{
	struct world	 w;
	unsigned int	 i;

	world_init(&w, 1024, "any");
	ATF_CHECK_EQ(flow_next_expiry(w.table), UINT64_MAX);
	for (i = 0; i < 200; i++)
		ATF_REQUIRE_EQ(send_udp(&w, IN, 53, 4000 + i),
		    FLOW_PASS_NEW);
	establish(&w, IN, 80, 4000);
	ATF_CHECK_EQ(flow_expire(w.table, w.now + 29 * SECOND), 0);
	ATF_CHECK_EQ(flow_expire(w.table, w.now + 30 * SECOND), 200);
	ATF_CHECK_EQ(flow_get_stats(w.table)->live, 1);
	ATF_CHECK_EQ(flow_get_stats(w.table)->expired, 200);
	ATF_CHECK_EQ(flow_expire(w.table, w.now + 24 * 3600 * SECOND), 1);
	ATF_CHECK_EQ(flow_get_stats(w.table)->peers, 0);
	world_free(&w);
}

ATF_TC_WITHOUT_HEAD(a_clock_going_back_changes_nothing);
ATF_TC_BODY(a_clock_going_back_changes_nothing, tc)
{
	struct world	 w;

	world_init(&w, 16, NULL);
	w.now = 100 * SECOND;
	ATF_REQUIRE_EQ(send_udp(&w, OUT, 5000, 53), FLOW_PASS_NEW);
	w.now = 1;
	ATF_CHECK_EQ(send_udp(&w, IN, 5000, 53), FLOW_PASS_ESTABLISHED);
	world_free(&w);
}

ATF_TC_WITHOUT_HEAD(icmp_errors_pass_only_about_a_live_flow);
ATF_TC_BODY(icmp_errors_pass_only_about_a_live_flow, tc)
{
	uint8_t		 buf[BUILD_MAX], quoted[BUILD_MAX];
	struct world	 w;
	size_t		 n;
	int		 v;

	for (v = 4; v <= 6; v += 2) {
		world_init(&w, 16, "any");
		w.version = v;
		n = build_udp(quoted, v, OUT, 5000, 53, 0);
		n = build_error(buf, v, IN, quoted, n);
		ATF_CHECK_EQ(send_raw(&w, IN, buf, n), FLOW_DROP_UNRELATED);
		ATF_REQUIRE_EQ(send_udp(&w, OUT, 5000, 53), FLOW_PASS_NEW);
		ATF_CHECK_EQ(send_raw(&w, IN, buf, n), FLOW_PASS_RELATED);
		w.peer++;
		ATF_CHECK_EQ(send_raw(&w, IN, buf, n), FLOW_DROP_UNRELATED);
		w.peer--;
		/* To another address than the quoted packet came from. */
		buf[v == 4 ? 19 : 39] ^= 0x40;
		ATF_CHECK_EQ(send_raw(&w, IN, buf, n), FLOW_DROP_UNRELATED);
		buf[v == 4 ? 19 : 39] ^= 0x40;
		/* The error did not keep the flow alive. */
		w.now += 30 * SECOND;
		ATF_CHECK_EQ(send_raw(&w, IN, buf, n), FLOW_DROP_UNRELATED);
		/* Our answer within the peer's flow. */
		ATF_REQUIRE_EQ(send_udp(&w, IN, 53, 4000), FLOW_PASS_NEW);
		n = build_udp(quoted, v, OUT, 53, 4000, 0);
		n = build_error(buf, v, IN, quoted, n);
		ATF_CHECK_EQ(send_raw(&w, IN, buf, n), FLOW_PASS_RELATED);
		/* A packet of the peer's own, quoted as if ours. */
		n = build_udp(quoted, v, IN, 4000, 53, 0);
		n = build_error(buf, v, IN, quoted, n);
		ATF_CHECK_EQ(send_raw(&w, IN, buf, n), FLOW_DROP_UNRELATED);
		/* About an echo request. */
		ATF_REQUIRE_EQ(send_echo(&w, OUT, 1, 77), FLOW_PASS_NEW);
		n = build_icmp(quoted, v, OUT, v == 4 ? 8 : 128, 0, 77);
		n = build_error(buf, v, IN, quoted, n);
		ATF_CHECK_EQ(send_raw(&w, IN, buf, n), FLOW_PASS_RELATED);
		ATF_CHECK_EQ(send_raw(&w, IN, buf, n), FLOW_PASS_RELATED);
		/* Ours pass without leaving a trace. */
		n = build_udp(quoted, v, IN, 4000, 53, 0);
		n = build_error(buf, v, OUT, quoted, n);
		ATF_CHECK_EQ(send_raw(&w, OUT, buf, n),
		    FLOW_PASS_STATELESS);
		world_free(&w);
	}
}

ATF_TC_WITHOUT_HEAD(redirects_and_neighbour_messages_never_pass);
ATF_TC_BODY(redirects_and_neighbour_messages_never_pass, tc)
{
	static const struct {
		int		 version;
		unsigned int	 type;
	} cases[] = {
		{ 4, 5 }, { 4, 9 }, { 4, 10 }, { 6, 130 }, { 6, 133 },
		{ 6, 134 }, { 6, 135 }, { 6, 136 }, { 6, 137 }, { 6, 143 }
	};
	uint8_t		 buf[BUILD_MAX];
	struct world	 w;
	size_t		 i, n;

	world_init(&w, 16, "any");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = build_icmp(buf, cases[i].version, IN, cases[i].type, 0,
		    1);
		ATF_CHECK_EQ(send_raw(&w, IN, buf, n), FLOW_DROP_CONTROL);
	}
	ATF_CHECK_EQ(flow_get_stats(w.table)->live, 0);
	world_free(&w);
}

static enum flow_verdict
send_fragment(struct world *w, unsigned int ident, unsigned int offset,
    size_t size)
{
	uint8_t	 buf[BUILD_MAX];
	size_t	 n;

	n = build_fragment(buf, w->version, IN, ident, offset, 1, 53, size);
	return (send_raw(w, IN, buf, n));
}

ATF_TC_WITHOUT_HEAD(later_fragments_follow_a_first_one_that_passed);
ATF_TC_BODY(later_fragments_follow_a_first_one_that_passed, tc)
{
	struct world	 w;
	int		 v;

	for (v = 4; v <= 6; v += 2) {
		world_init(&w, 16, "udp/53");
		w.version = v;
		ATF_CHECK_EQ(send_fragment(&w, 1, 64, 64),
		    FLOW_DROP_FRAGMENT);
		ATF_REQUIRE_EQ(send_fragment(&w, 1, 0, 64), FLOW_PASS_NEW);
		ATF_CHECK_EQ(send_fragment(&w, 1, 64, 64),
		    FLOW_PASS_FRAGMENT);
		ATF_CHECK_EQ(send_fragment(&w, 1, 128, 64),
		    FLOW_PASS_FRAGMENT);
		ATF_CHECK_EQ(send_fragment(&w, 2, 64, 64),
		    FLOW_DROP_FRAGMENT);
		/* Overlap with what was judged. */
		ATF_CHECK_EQ(send_fragment(&w, 1, 56, 64),
		    FLOW_DROP_FRAGMENT);
		w.peer++;
		ATF_CHECK_EQ(send_fragment(&w, 1, 64, 64),
		    FLOW_DROP_FRAGMENT);
		w.peer--;
		w.now += 30 * SECOND - 1;
		ATF_CHECK_EQ(send_fragment(&w, 1, 64, 64),
		    FLOW_PASS_FRAGMENT);
		w.now++;
		ATF_CHECK_EQ(send_fragment(&w, 1, 64, 64),
		    FLOW_DROP_FRAGMENT);
		/* A first fragment that was denied. */
		w.nacl = 0;
		w.peer++;
		ATF_CHECK_EQ(send_fragment(&w, 3, 0, 64), FLOW_DROP_ACL);
		ATF_CHECK_EQ(send_fragment(&w, 3, 64, 64),
		    FLOW_DROP_FRAGMENT);
		world_free(&w);
	}
}

ATF_TC_WITHOUT_HEAD(an_amendment_ends_what_the_peer_may_no_longer_have);
ATF_TC_BODY(an_amendment_ends_what_the_peer_may_no_longer_have, tc)
{
	static const struct acl_entry	 only80 = { ACL_TCP, 80, 80 };
	struct world			 w;

	world_init(&w, 256, "any");
	establish(&w, IN, 80, 4000);
	establish(&w, IN, 22, 4000);
	establish(&w, OUT, 5000, 22);
	ATF_REQUIRE_EQ(send_udp(&w, IN, 53, 4000), FLOW_PASS_NEW);
	ATF_REQUIRE_EQ(send_udp(&w, OUT, 53, 4000), FLOW_PASS_ESTABLISHED);
	ATF_REQUIRE_EQ(send_udp(&w, IN, 53, 4001), FLOW_PASS_NEW);
	ATF_REQUIRE_EQ(send_udp(&w, OUT, 5000, 53), FLOW_PASS_NEW);
	ATF_REQUIRE_EQ(send_echo(&w, IN, 1, 9), FLOW_PASS_NEW);
	ATF_REQUIRE_EQ(send_fragment(&w, 1, 0, 64), FLOW_PASS_ESTABLISHED);
	w.peer++;
	establish(&w, IN, 22, 4000);
	w.peer--;
	w.acl[0] = only80;
	ATF_CHECK_EQ(flow_recheck(w.table, PEER, w.acl, 1), 4);
	ATF_CHECK_EQ(send_tcp(&w, IN, 80, 4000, ACK), FLOW_PASS_ESTABLISHED);
	ATF_CHECK_EQ(send_tcp(&w, IN, 22, 4000, ACK), FLOW_DROP_STATE);
	ATF_CHECK_EQ(send_tcp(&w, OUT, 22, 4000, ACK), FLOW_DROP_STATE);
	ATF_CHECK_EQ(send_tcp(&w, OUT, 22, 4000, RST), FLOW_PASS_STATELESS);
	ATF_CHECK_EQ(send_tcp(&w, IN, 22, 4000, ACK), FLOW_DROP_STATE);
	ATF_CHECK_EQ(send_tcp(&w, IN, 5000, 22, ACK), FLOW_PASS_ESTABLISHED);
	ATF_CHECK_EQ(send_udp(&w, IN, 53, 4000), FLOW_DROP_ACL);
	ATF_CHECK_EQ(send_udp(&w, IN, 53, 4001), FLOW_DROP_ACL);
	ATF_CHECK_EQ(send_udp(&w, IN, 5000, 53), FLOW_PASS_ESTABLISHED);
	ATF_CHECK_EQ(send_echo(&w, OUT, 0, 9), FLOW_DROP_STATE);
	ATF_CHECK_EQ(send_fragment(&w, 1, 64, 64), FLOW_DROP_FRAGMENT);
	w.peer++;
	ATF_CHECK_EQ(send_tcp(&w, IN, 22, 4000, ACK), FLOW_PASS_ESTABLISHED);
	ATF_CHECK_EQ(flow_recheck(w.table, 12345, NULL, 0), 0);
	world_free(&w);
}

ATF_TC_WITHOUT_HEAD(a_late_answer_does_not_revive_a_revoked_flow);
ATF_TC_BODY(a_late_answer_does_not_revive_a_revoked_flow, tc)
{
	uint8_t		 buf[BUILD_MAX], quoted[BUILD_MAX];
	struct world	 w;
	size_t		 n;

	world_init(&w, 16, "udp/53");
	ATF_REQUIRE_EQ(send_udp(&w, IN, 53, 4000), FLOW_PASS_NEW);
	ATF_REQUIRE_EQ(flow_recheck(w.table, PEER, NULL, 0), 1);
	ATF_CHECK_EQ(flow_recheck(w.table, PEER, NULL, 0), 0);
	w.nacl = 0;
	w.now += 100 * SECOND;
	ATF_CHECK_EQ(send_udp(&w, OUT, 53, 4000), FLOW_DROP_ACL);
	ATF_CHECK_EQ(send_udp(&w, IN, 53, 4000), FLOW_DROP_ACL);
	n = build_udp(quoted, 4, OUT, 53, 4000, 0);
	n = build_error(buf, 4, IN, quoted, n);
	ATF_CHECK_EQ(send_raw(&w, IN, buf, n), FLOW_DROP_UNRELATED);
	w.now += 100 * SECOND;
	ATF_CHECK_EQ(send_udp(&w, OUT, 53, 4000), FLOW_DROP_ACL);
	/* Allowed once more: the mark goes. */
	w.nacl = 1;
	ATF_CHECK_EQ(flow_recheck(w.table, PEER, w.acl, 1), 0);
	ATF_CHECK_EQ(flow_get_stats(w.table)->live, 0);
	ATF_CHECK_EQ(send_udp(&w, IN, 53, 4000), FLOW_PASS_NEW);
	/* Left alone, it goes by itself. */
	ATF_REQUIRE_EQ(flow_recheck(w.table, PEER, NULL, 0), 1);
	w.now += 180 * SECOND;
	ATF_CHECK_EQ(send_udp(&w, OUT, 53, 4000), FLOW_PASS_NEW);
	world_free(&w);
}

ATF_TC_WITHOUT_HEAD(a_forgotten_peer_leaves_nothing);
ATF_TC_BODY(a_forgotten_peer_leaves_nothing, tc)
{
	struct world	 w;

	world_init(&w, 64, "any");
	establish(&w, IN, 80, 4000);
	establish(&w, OUT, 5000, 80);
	ATF_REQUIRE_EQ(send_fragment(&w, 1, 0, 64), FLOW_PASS_NEW);
	w.peer++;
	establish(&w, IN, 80, 4000);
	w.peer--;
	ATF_CHECK_EQ(flow_forget_peer(w.table, PEER), 3);
	ATF_CHECK_EQ(flow_forget_peer(w.table, PEER), 0);
	ATF_CHECK_EQ(send_tcp(&w, IN, 80, 4000, ACK), FLOW_DROP_STATE);
	ATF_CHECK_EQ(send_tcp(&w, IN, 5000, 80, ACK), FLOW_DROP_STATE);
	ATF_CHECK_EQ(send_fragment(&w, 1, 64, 64), FLOW_DROP_FRAGMENT);
	ATF_CHECK_EQ(flow_get_stats(w.table)->live, 1);
	ATF_CHECK_EQ(flow_get_stats(w.table)->peers, 1);
	world_free(&w);
}

ATF_TC_WITHOUT_HEAD(verdicts_are_counted_and_named);
ATF_TC_BODY(verdicts_are_counted_and_named, tc)
{
	struct world	 w;
	int		 i;

	world_init(&w, 16, "tcp/80");
	(void)send_tcp(&w, IN, 80, 4000, SYN);
	(void)send_tcp(&w, IN, 81, 4000, SYN);
	(void)send_tcp(&w, IN, 82, 4000, SYN);
	(void)send_udp(&w, OUT, 1, 2);
	ATF_CHECK_EQ(flow_get_stats(w.table)->inbound[FLOW_PASS_NEW], 1);
	ATF_CHECK_EQ(flow_get_stats(w.table)->inbound[FLOW_DROP_ACL], 2);
	ATF_CHECK_EQ(flow_get_stats(w.table)->outbound[FLOW_PASS_NEW], 1);
	for (i = 0; i < FLOW_VERDICT_MAX; i++)
		ATF_CHECK_EQ(strncmp(flow_verdict_name((enum flow_verdict)i),
		    flow_verdict_passes((enum flow_verdict)i) ? "pass " :
		    "drop ", 5), 0);
	world_free(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_protocol_and_direction_is_judged);
	ATF_TP_ADD_TC(tp, a_tcp_flow_begins_with_a_bare_syn_only);
	ATF_TP_ADD_TC(tp, an_answer_must_mirror_the_whole_flow);
	ATF_TP_ADD_TC(tp, our_connection_does_not_let_the_peer_open_one);
	ATF_TP_ADD_TC(tp, a_closed_tcp_tuple_can_be_opened_again);
	ATF_TP_ADD_TC(tp, each_state_has_its_timeout);
	ATF_TP_ADD_TC(tp, expired_flows_are_given_back);
	ATF_TP_ADD_TC(tp, a_clock_going_back_changes_nothing);
	ATF_TP_ADD_TC(tp, icmp_errors_pass_only_about_a_live_flow);
	ATF_TP_ADD_TC(tp, redirects_and_neighbour_messages_never_pass);
	ATF_TP_ADD_TC(tp, later_fragments_follow_a_first_one_that_passed);
	ATF_TP_ADD_TC(tp, an_amendment_ends_what_the_peer_may_no_longer_have);
	ATF_TP_ADD_TC(tp, a_late_answer_does_not_revive_a_revoked_flow);
	ATF_TP_ADD_TC(tp, a_forgotten_peer_leaves_nothing);
	ATF_TP_ADD_TC(tp, verdicts_are_counted_and_named);
	return (atf_no_error());
}
