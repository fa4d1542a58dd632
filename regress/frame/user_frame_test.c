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
 * Frames of users who sign in.
 */

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "frame/frame.h"
#include "regress/frame/fixture.h"

static struct msg_conn_user
pending(void)
{
	struct msg_conn_user	 m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.requirement, "staff", sizeof(m.requirement));
	m.state = USER_PENDING;
	m.until = 1900000000;
	strlcpy(m.code, "WDJB-MJHT", sizeof(m.code));
	strlcpy(m.uri, "https://id.example/go", sizeof(m.uri));
	return m;
}

ATF_TC_WITHOUT_HEAD(a_wish_to_sign_in_names_its_requirement);
ATF_TC_BODY(a_wish_to_sign_in_names_its_requirement, tc)
{
	struct msg_link_signin	 in;
	struct msg_conn_signin	 out;
	struct frame		*f;
	const char		*why;
	uint8_t			*buf;
	size_t			 len;

	memset(&in, 0, sizeof(in));
	ATF_REQUIRE(frame_put_signin(&in, &len) == NULL);
	strlcpy(in.requirement, "staff", sizeof(in.requirement));
	buf = frame_put_signin(&in, &len);
	f = parse_buffer(buf, len, FRAME_SIGNIN);
	ATF_REQUIRE_EQ(frame_get_signin(f, &out, &why), 0);
	ATF_CHECK_STREQ(out.requirement, "staff");
	frame_free(f);
	f = parse_text("{\"type\":\"signin\",\"requirement\":\"\"}", &why);
	ATF_REQUIRE(f != NULL);
	ATF_CHECK_EQ(frame_get_signin(f, &out, &why), -1);
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(a_code_reaches_the_agent_with_its_address);
ATF_TC_BODY(a_code_reaches_the_agent_with_its_address, tc)
{
	struct msg_conn_user	 in = pending();
	struct msg_link_user	 out;
	struct frame		*f;
	const char		*why;
	uint8_t			*buf;
	size_t			 len;

	buf = frame_put_user(&in, &len);
	f = parse_buffer(buf, len, FRAME_USER);
	ATF_REQUIRE_EQ(frame_get_user(f, &out, &why), 0);
	ATF_CHECK_EQ(out.state, USER_PENDING);
	ATF_CHECK_EQ(out.until, 1900000000);
	ATF_CHECK_STREQ(out.code, "WDJB-MJHT");
	ATF_CHECK_STREQ(out.uri, "https://id.example/go");
	ATF_CHECK_STREQ(out.uri_complete, "");
	frame_free(f);
	strlcpy(in.uri_complete, "https://id.example/go?c=W",
	    sizeof(in.uri_complete));
	buf = frame_put_user(&in, &len);
	f = parse_buffer(buf, len, FRAME_USER);
	ATF_REQUIRE_EQ(frame_get_user(f, &out, &why), 0);
	ATF_CHECK_STREQ(out.uri_complete, "https://id.example/go?c=W");
	frame_free(f);
	in.state = USER_SIGNED_IN;
	strlcpy(in.text, "ada", sizeof(in.text));
	buf = frame_put_user(&in, &len);
	f = parse_buffer(buf, len, FRAME_USER);
	ATF_REQUIRE_EQ(frame_get_user(f, &out, &why), 0);
	ATF_CHECK_STREQ(out.text, "ada");
	ATF_CHECK_STREQ(out.code, "");
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(an_address_that_no_browser_should_get_is_refused);
ATF_TC_BODY(an_address_that_no_browser_should_get_is_refused, tc)
{
	static const char *const	 bad[] = {
		"", "http://id.example/", "javascript:alert(1)",
		"https://id.example/ x", "file:///etc/passwd",
		"https://id.example/\\u001b[2J"
	};
	struct msg_conn_user		 m = pending();
	struct msg_link_user		 out;
	struct frame			*f;
	const char			*why;
	char				 text[512];
	size_t				 i, len;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "{\"type\":\"user\","
		    "\"requirement\":\"staff\",\"state\":\"pending\","
		    "\"until\":9,\"text\":\"\",\"code\":\"W\","
		    "\"uri\":\"%s\"}", bad[i]);
		f = parse_text(text, &why);
		ATF_REQUIRE_MSG(f != NULL, "%s", why);
		ATF_CHECK_MSG(frame_get_user(f, &out, &why) == -1, "%s",
		    bad[i]);
		ATF_CHECK_EQ(out.state, 0);
		frame_free(f);
	}
	strlcpy(m.uri, "http://id.example/", sizeof(m.uri));
	ATF_CHECK(frame_put_user(&m, &len) == NULL);
	m = pending();
	m.state = USER_FAILED + 1;
	ATF_CHECK(frame_put_user(&m, &len) == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_wish_to_sign_in_names_its_requirement);
	ATF_TP_ADD_TC(tp, a_code_reaches_the_agent_with_its_address);
	ATF_TP_ADD_TC(tp, an_address_that_no_browser_should_get_is_refused);
	return atf_no_error();
}
