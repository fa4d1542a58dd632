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
 * What frames say about paths: optional members come through or are left out,
 * wrong ones are refused, and a code is not left behind.
 */

#include "regress/frame/fixture.h"

#define NAT	"\"nat\":{\"udp\":3,\"udp_step\":2,\"tcp\":1,\"tcp_step\":9}"
#define RELAY	"\"relay\":{\"address\":\"192.0.2.9\",\"port\":443," \
		"\"code\":\"AQEBAQEBAQEBAQEBAQEBAQ==\"}"

/* The good frame of a type with one more member. */
static const char *
with(char text[4096], enum frame_type type, const char *member)
{
	snprintf(text, 4096, "%.*s,%s}", (int)strlen(good[type]) - 1,
	    good[type], member);
	return text;
}

ATF_TC_WITHOUT_HEAD(behaviour_of_a_translator_reaches_the_server);
ATF_TC_BODY(behaviour_of_a_translator_reaches_the_server, tc)
{
	struct msg_link_candidates	 in = { .generation = 1 };
	struct msg_conn_candidates	 out;
	struct frame			*f;
	const char			*why;
	uint8_t				*buf;
	size_t				 len;

	in.nat_udp = 3;
	in.nat_udp_step = UINT16_MAX;
	in.nat_tcp = UINT8_MAX;
	in.nat_tcp_step = 1;
	buf = frame_put_candidates(&in, &len);
	f = parse_buffer(buf, len, FRAME_CANDIDATES);
	ATF_REQUIRE_EQ(frame_get_candidates(f, &out, &why), 0);
	ATF_CHECK_EQ(out.nat_udp, in.nat_udp);
	ATF_CHECK_EQ(out.nat_udp_step, in.nat_udp_step);
	ATF_CHECK_EQ(out.nat_tcp, in.nat_tcp);
	ATF_CHECK_EQ(out.nat_tcp_step, in.nat_tcp_step);
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(introduction_with_a_relay_reaches_the_agent);
ATF_TC_BODY(introduction_with_a_relay_reaches_the_agent, tc)
{
	struct msg_conn_introduction	 in = { .number = 1 };
	struct msg_introduction		 out;
	struct frame			*f;
	const char			*why;
	uint8_t				*buf;
	size_t				 len;

	strlcpy(in.system, "V88RY", sizeof(in.system));
	strlcpy(in.local_ufrag, UFRAG, sizeof(in.local_ufrag));
	strlcpy(in.local_pwd, PWD, sizeof(in.local_pwd));
	strlcpy(in.remote_ufrag, UFRAG, sizeof(in.remote_ufrag));
	strlcpy(in.remote_pwd, PWD, sizeof(in.remote_pwd));
	in.nat_udp = 1;
	in.nat_udp_step = 2;
	in.nat_tcp = 3;
	in.nat_tcp_step = 4;
	ATF_REQUIRE(endpoint_parse(&in.relay, "2001:db8::9", 443) == 0);
	memset(in.relay_code, 0xc5, sizeof(in.relay_code));
	buf = frame_put_introduction(&in, &len);
	f = parse_buffer(buf, len, FRAME_INTRODUCTION);
	ATF_REQUIRE_EQ(frame_get_introduction(f, &out, &why), 0);
	ATF_CHECK_EQ(out.nat_udp, 1);
	ATF_CHECK_EQ(out.nat_udp_step, 2);
	ATF_CHECK_EQ(out.nat_tcp, 3);
	ATF_CHECK_EQ(out.nat_tcp_step, 4);
	ATF_CHECK_EQ(endpoint_cmp(&out.relay, &in.relay), 0);
	ATF_CHECK(memcmp(out.relay_code, in.relay_code, 16) == 0);
	frame_free(f);
	/* Without an address there is none. */
	memset(&in.relay, 0, sizeof(in.relay));
	buf = frame_put_introduction(&in, &len);
	ATF_CHECK(memmem(buf, len, "relay", 5) == NULL);
	f = parse_buffer(buf, len, FRAME_INTRODUCTION);
	ATF_REQUIRE_EQ(frame_get_introduction(f, &out, &why), 0);
	ATF_CHECK_EQ(out.relay.family, 0);
	ATF_CHECK_EQ(out.relay_code[0], 0);
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(wrong_optional_members_are_refused);
ATF_TC_BODY(wrong_optional_members_are_refused, tc)
{
	static const struct {
		const char	*member;
		const char	*word;
	} bad[] = {
		{ "\"nat\":null", "nat: not an object" },
		{ "\"nat\":[]", "nat: not an object" },
		{ "\"nat\":{}", "nat.udp: missing" },
		{ "\"nat\":{\"udp\":256,\"udp_step\":0,\"tcp\":0,"
		    "\"tcp_step\":0}", "nat.udp: out of range" },
		{ "\"nat\":{\"udp\":1,\"udp_step\":65536,\"tcp\":0,"
		    "\"tcp_step\":0}", "nat.udp_step: out of range" },
		{ "\"nat\":{\"udp\":1,\"udp_step\":1,\"tcp\":-1,"
		    "\"tcp_step\":0}", "nat.tcp: out of range" },
		{ "\"nat\":{\"udp\":1,\"udp_step\":1,\"tcp\":1,"
		    "\"tcp_step\":\"1\"}", "nat.tcp_step: not an integer" },
		{ "\"relay\":true", "relay: not an object" },
		{ "\"relay\":{\"address\":\"192.0.2.9\",\"port\":443}",
		    "relay.code: missing" },
		{ "\"relay\":{\"address\":\"192.0.2.9\",\"port\":0,\"code\":"
		    "\"AQEBAQEBAQEBAQEBAQEBAQ==\"}", "relay.port" },
		{ "\"relay\":{\"address\":\"relay\",\"port\":1,\"code\":"
		    "\"AQEBAQEBAQEBAQEBAQEBAQ==\"}", "relay.address" },
		{ "\"relay\":{\"address\":\"192.0.2.9\",\"port\":443,"
		    "\"code\":\"AQEBAQEBAQEBAQEBAQEB\"}", "relay.code" },
		{ "\"relay\":{\"address\":\"192.0.2.9\",\"port\":443,"
		    "\"code\":\"AQEBAQEBAQEBAQEBAQEBAQEB\"}", "relay.code" },
	};
	char		 text[4096];
	size_t		 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused_text(with(text, FRAME_INTRODUCTION, bad[i].member),
		    FRAME_INTRODUCTION, bad[i].word);
	refused_text(with(text, FRAME_CANDIDATES, bad[2].member),
	    FRAME_CANDIDATES, bad[2].word);
}

ATF_TC_WITHOUT_HEAD(a_code_is_not_left_after_a_refusal);
ATF_TC_BODY(a_code_is_not_left_after_a_refusal, tc)
{
	static const struct msg_introduction	 zero;
	struct msg_introduction			 m;
	struct frame				*f;
	const char				*why;
	char					 text[4096];

	with(text, FRAME_INTRODUCTION, NAT "," RELAY);
	f = parse_text(text, &why);
	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE_EQ(frame_get_introduction(f, &m, &why), 0);
	ATF_CHECK_EQ(m.relay_code[15], 1);
	frame_free(f);
	/* The port of the relay is checked after the code was read. */
	with(text, FRAME_INTRODUCTION, "\"relay\":{\"address\":\"192.0.2.9\","
	    "\"port\":65536,\"code\":\"AQEBAQEBAQEBAQEBAQEBAQ==\"}");
	f = parse_text(text, &why);
	ATF_REQUIRE(f != NULL);
	memset(&m, 0xff, sizeof(m));
	ATF_CHECK_EQ(frame_get_introduction(f, &m, &why), -1);
	ATF_CHECK(memcmp(&m, &zero, sizeof(m)) == 0);
	ATF_CHECK(strstr(why, "AQEB") == NULL);
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(relays_reach_the_agent_and_their_distance_the_server);
ATF_TC_BODY(relays_reach_the_agent_and_their_distance_the_server, tc)
{
	struct msg_conn_relays		 in;
	struct msg_link_relays		 out;
	struct msg_link_relay_rtt	 rtt;
	struct msg_conn_relay_rtt	 back;
	struct frame			*f;
	const char			*why;
	uint8_t				*buf;
	size_t				 len;
	uint16_t			 i;

	memset(&in, 0, sizeof(in));
	buf = frame_put_relays(&in, &len);
	f = parse_buffer(buf, len, FRAME_RELAYS);
	ATF_REQUIRE_EQ(frame_get_relays(f, &out, &why), 0);
	ATF_CHECK_EQ(out.relays.n, 0);
	frame_free(f);
	in.relays.n = MSG_EPS_MAX;
	for (i = 0; i < MSG_EPS_MAX; i++)
		ATF_REQUIRE(endpoint_parse(&in.relays.e[i], i % 2 ?
		    "192.0.2.9" : "2001:db8::9", (uint16_t)(i + 1)) == 0);
	buf = frame_put_relays(&in, &len);
	f = parse_buffer(buf, len, FRAME_RELAYS);
	ATF_REQUIRE_EQ(frame_get_relays(f, &out, &why), 0);
	ATF_CHECK(memcmp(&in.relays, &out.relays, sizeof(in.relays)) == 0);
	frame_free(f);
	in.relays.n++;
	ATF_CHECK(frame_put_relays(&in, &len) == NULL);
	memset(&rtt, 0, sizeof(rtt));
	rtt.relay = in.relays.e[1];
	rtt.rtt_us = UINT32_MAX;
	buf = frame_put_relay_rtt(&rtt, &len);
	f = parse_buffer(buf, len, FRAME_RELAY_RTT);
	ATF_REQUIRE_EQ(frame_get_relay_rtt(f, &back, &why), 0);
	ATF_CHECK_EQ(endpoint_cmp(&back.relay, &rtt.relay), 0);
	ATF_CHECK_EQ(back.rtt_us, UINT32_MAX);
	frame_free(f);
	memset(&rtt.relay, 0, sizeof(rtt.relay));
	ATF_CHECK(frame_put_relay_rtt(&rtt, &len) == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, behaviour_of_a_translator_reaches_the_server);
	ATF_TP_ADD_TC(tp, introduction_with_a_relay_reaches_the_agent);
	ATF_TP_ADD_TC(tp, wrong_optional_members_are_refused);
	ATF_TP_ADD_TC(tp, a_code_is_not_left_after_a_refusal);
	ATF_TP_ADD_TC(tp,
	    relays_reach_the_agent_and_their_distance_the_server);
	return atf_no_error();
}
