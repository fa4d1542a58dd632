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
 * The frames between a relay and the server: each survives the way, and what
 * no decoder would take is not sent.
 */

#include "regress/frame/fixture.h"

static void
hello_of(struct frame_relay_hello *m)
{
	uint16_t	 i;

	memset(m, 0, sizeof(*m));
	memset(m->name, 'n', sizeof(m->name) - 1);
	memset(m->token, '~', sizeof(m->token) - 1);
	m->instances = FRAME_RELAYS_MAX;
	m->endpoints.n = MSG_EPS_MAX;
	for (i = 0; i < MSG_EPS_MAX; i++)
		ATF_REQUIRE_EQ(endpoint_parse(&m->endpoints.e[i],
		    i % 2 ? "192.0.2.9" : "2001:db8::9",
		    (uint16_t)(UINT16_MAX - 7 - i)), 0);
}

ATF_TC_WITHOUT_HEAD(hello_of_a_relay_reaches_the_server);
ATF_TC_BODY(hello_of_a_relay_reaches_the_server, tc)
{
	struct frame_relay_hello	 in, out;
	struct frame			*f;
	const char			*why;
	uint8_t				*buf;
	size_t				 len;

	hello_of(&in);
	buf = frame_put_relay_hello(&in, &len);
	f = parse_buffer(buf, len, FRAME_RELAY_HELLO);
	memset(&out, 0xff, sizeof(out));
	ATF_REQUIRE_EQ(frame_get_relay_hello(f, &out, &why), 0);
	ATF_CHECK(memcmp(&in, &out, sizeof(in)) == 0);
	frame_free(f);
}

static void
not_sent(const struct frame_relay_hello *m)
{
	size_t	 len;

	ATF_CHECK(frame_put_relay_hello(m, &len) == NULL);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_CHECK_EQ(len, 0);
}

ATF_TC_WITHOUT_HEAD(a_hello_that_no_server_takes_is_not_sent);
ATF_TC_BODY(a_hello_that_no_server_takes_is_not_sent, tc)
{
	struct frame_relay_hello	 m;

	hello_of(&m);
	m.name[0] = '\0';
	not_sent(&m);
	hello_of(&m);
	m.token[3] = ' ';
	not_sent(&m);
	hello_of(&m);
	m.token[63] = 'x';
	not_sent(&m);
	hello_of(&m);
	m.instances = 0;
	not_sent(&m);
	m.instances = FRAME_RELAYS_MAX + 1;
	not_sent(&m);
	hello_of(&m);
	m.endpoints.n = 0;
	not_sent(&m);
	m.endpoints.n = MSG_EPS_MAX + 1;
	not_sent(&m);
	hello_of(&m);
	m.endpoints.e[1].port = UINT16_MAX - 6;
	not_sent(&m);
	hello_of(&m);
	m.endpoints.e[0].family = 5;
	not_sent(&m);
}

ATF_TC_WITHOUT_HEAD(a_hello_without_an_endpoint_is_refused);
ATF_TC_BODY(a_hello_without_an_endpoint_is_refused, tc)
{
	refused_change(FRAME_RELAY_HELLO, "[{\"address\":\"192.0.2.9\","
	    "\"port\":65530}]", "[]", "endpoints: empty");
}

ATF_TC_WITHOUT_HEAD(a_token_is_not_left_after_a_refusal);
ATF_TC_BODY(a_token_is_not_left_after_a_refusal, tc)
{
	static const struct frame_relay_hello	 zero;
	struct frame_relay_hello		 out;
	struct frame				*f;
	const char				*why;

	f = parse_text("{\"type\":\"relay_hello\",\"name\":\"r\","
	    "\"token\":\"secret\",\"endpoints\":[],\"instances\":1}", &why);
	ATF_REQUIRE(f != NULL);
	ATF_CHECK_EQ(frame_get_relay_hello(f, &out, &why), -1);
	ATF_CHECK(memcmp(&out, &zero, sizeof(out)) == 0);
	ATF_CHECK(strstr(why, "secret") == NULL);
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(welcome_and_code_reach_the_relay);
ATF_TC_BODY(welcome_and_code_reach_the_relay, tc)
{
	struct frame_relay_code	 in, out;
	struct frame		*f;
	const char		*why;
	uint8_t			*buf;
	size_t			 len;

	buf = frame_put_relay_welcome(&len);
	frame_free(parse_buffer(buf, len, FRAME_RELAY_WELCOME));
	memset(&in, 0, sizeof(in));
	in.id = UINT32_MAX;
	in.instance = FRAME_RELAYS_MAX - 1;
	in.life = FRAME_RELAY_LIFE_MAX;
	memset(in.hash, 0xfe, sizeof(in.hash));
	buf = frame_put_relay_code(&in, &len);
	f = parse_buffer(buf, len, FRAME_RELAY_CODE);
	memset(&out, 0xff, sizeof(out));
	ATF_REQUIRE_EQ(frame_get_relay_code(f, &out, &why), 0);
	ATF_CHECK_EQ(out.id, in.id);
	ATF_CHECK_EQ(out.instance, in.instance);
	ATF_CHECK_EQ(out.life, in.life);
	ATF_CHECK(memcmp(out.hash, in.hash, sizeof(in.hash)) == 0);
	frame_free(f);
	in.life++;
	ATF_CHECK(frame_put_relay_code(&in, &len) == NULL);
	in.life = 0;
	ATF_CHECK(frame_put_relay_code(&in, &len) == NULL);
	in.life = 1;
	in.instance++;
	ATF_CHECK(frame_put_relay_code(&in, &len) == NULL);
}

ATF_TC_WITHOUT_HEAD(load_reaches_the_server);
ATF_TC_BODY(load_reaches_the_server, tc)
{
	struct frame_relay_load	 in, out;
	struct frame		*f;
	const char		*why;
	uint8_t			*buf;
	size_t			 len;

	memset(&in, 0, sizeof(in));
	in.instance = 7;
	in.pairs = UINT32_MAX;
	in.waiting = UINT32_MAX - 1;
	in.bytes = INT64_MAX;
	in.refused = INT64_MAX - 1;
	buf = frame_put_relay_load(&in, &len);
	f = parse_buffer(buf, len, FRAME_RELAY_LOAD);
	memset(&out, 0xff, sizeof(out));
	ATF_REQUIRE_EQ(frame_get_relay_load(f, &out, &why), 0);
	ATF_CHECK_EQ(out.instance, in.instance);
	ATF_CHECK_EQ(out.pairs, in.pairs);
	ATF_CHECK_EQ(out.waiting, in.waiting);
	ATF_CHECK_EQ(out.bytes, in.bytes);
	ATF_CHECK_EQ(out.refused, in.refused);
	frame_free(f);
	in.bytes = (uint64_t)INT64_MAX + 1;
	ATF_CHECK(frame_put_relay_load(&in, &len) == NULL);
	in.bytes = 0;
	in.instance = 8;
	ATF_CHECK(frame_put_relay_load(&in, &len) == NULL);
}

ATF_TC_WITHOUT_HEAD(frames_of_agents_are_none_of_a_relay);
ATF_TC_BODY(frames_of_agents_are_none_of_a_relay, tc)
{
	static const enum frame_type	 own[] = {
		FRAME_RELAY_HELLO, FRAME_RELAY_CODE, FRAME_RELAY_LOAD
	};
	struct frame			*f;
	const char			*why;
	size_t				 i, k;

	for (i = 0; i < TYPES; i++) {
		f = parse_text(good[i], &why);
		ATF_REQUIRE(f != NULL);
		for (k = 0; k < sizeof(own) / sizeof(own[0]); k++) {
			if (i == (size_t)own[k])
				continue;
			ATF_CHECK_EQ(get_any(f, own[k], &why), -1);
			ATF_CHECK(strstr(why, "type") != NULL);
		}
		frame_free(f);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, hello_of_a_relay_reaches_the_server);
	ATF_TP_ADD_TC(tp, a_hello_that_no_server_takes_is_not_sent);
	ATF_TP_ADD_TC(tp, a_hello_without_an_endpoint_is_refused);
	ATF_TP_ADD_TC(tp, a_token_is_not_left_after_a_refusal);
	ATF_TP_ADD_TC(tp, welcome_and_code_reach_the_relay);
	ATF_TP_ADD_TC(tp, load_reaches_the_server);
	ATF_TP_ADD_TC(tp, frames_of_agents_are_none_of_a_relay);
	return atf_no_error();
}
