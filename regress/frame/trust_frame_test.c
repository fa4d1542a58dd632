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
 * Facts of a system and what it is told of requirements, as frames.
 */

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "regress/frame/fixture.h"

ATF_TC_WITHOUT_HEAD(facts_and_trust_come_back_as_they_were_put);
ATF_TC_BODY(facts_and_trust_come_back_as_they_were_put, tc)
{
	struct msg_link_facts	 facts;
	struct msg_conn_facts	 got;
	struct msg_conn_trust	 trust;
	struct msg_link_trust	 back;
	struct frame		*f;
	const char		*why;
	uint8_t			*buf;
	size_t			 len;

	memset(&facts, 0, sizeof(facts));
	facts.number = 7;
	memset(facts.signature, 5, sizeof(facts.signature));
	strlcpy(facts.text, "os linux\nfact a \"b\"\n", sizeof(facts.text));
	buf = frame_put_facts(&facts, &len);
	f = parse_buffer(buf, len, FRAME_FACTS);
	ATF_REQUIRE_EQ(frame_get_facts(f, &got, &why), 0);
	ATF_CHECK_EQ(got.number, 7);
	ATF_CHECK_STREQ(got.text, facts.text);
	ATF_CHECK_EQ(memcmp(got.signature, facts.signature, 64), 0);
	frame_free(f);
	memset(&trust, 0, sizeof(trust));
	trust.unmet.n = 2;
	strlcpy(trust.unmet.e[0], "a", sizeof(trust.unmet.e[0]));
	strlcpy(trust.unmet.e[1], "b.c-d", sizeof(trust.unmet.e[1]));
	buf = frame_put_trust(&trust, &len);
	f = parse_buffer(buf, len, FRAME_TRUST);
	ATF_REQUIRE_EQ(frame_get_trust(f, &back, &why), 0);
	ATF_CHECK_EQ(back.unmet.n, 2);
	ATF_CHECK_STREQ(back.unmet.e[1], "b.c-d");
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(what_no_decoder_would_take_is_not_encoded);
ATF_TC_BODY(what_no_decoder_would_take_is_not_encoded, tc)
{
	struct msg_link_facts	 facts;
	struct msg_conn_trust	 trust;
	size_t			 len;

	memset(&facts, 0, sizeof(facts));
	facts.number = 1;
	ATF_CHECK(frame_put_facts(&facts, &len) == NULL);
	strlcpy(facts.text, "os linux", sizeof(facts.text));
	ATF_CHECK(frame_put_facts(&facts, &len) == NULL);
	strlcpy(facts.text, "os li\tnux\n", sizeof(facts.text));
	ATF_CHECK(frame_put_facts(&facts, &len) == NULL);
	memset(&trust, 0, sizeof(trust));
	trust.unmet.n = 1;
	ATF_CHECK(frame_put_trust(&trust, &len) == NULL);
	strlcpy(trust.unmet.e[0], "A", sizeof(trust.unmet.e[0]));
	ATF_CHECK(frame_put_trust(&trust, &len) == NULL);
}

ATF_TC_WITHOUT_HEAD(facts_out_of_form_are_refused);
ATF_TC_BODY(facts_out_of_form_are_refused, tc)
{
	static char	 text[16384];
	size_t		 i, n;

	refused_text("{\"type\":\"facts\",\"number\":0,\"signature\":\"" B88
	    "\",\"text\":\"a\\n\"}", FRAME_FACTS, "number");
	refused_text("{\"type\":\"facts\",\"number\":1,\"signature\":\"AA==\","
	    "\"text\":\"a\\n\"}", FRAME_FACTS, "signature");
	refused_text("{\"type\":\"facts\",\"number\":1,\"signature\":\"" B88
	    "\",\"text\":\"a\"}", FRAME_FACTS, "text");
	refused_text("{\"type\":\"facts\",\"number\":1,\"signature\":\"" B88
	    "\",\"text\":\"a\\u0007\\n\"}", FRAME_FACTS, "text");
	refused_text("{\"type\":\"facts\",\"number\":1,\"signature\":\"" B88
	    "\",\"text\":\"\\u00e4\\n\"}", FRAME_FACTS, "text");
	/* One byte more than there is room for. */
	n = (size_t)snprintf(text, sizeof(text), "{\"type\":\"facts\","
	    "\"number\":1,\"signature\":\"%s\",\"text\":\"", B88);
	for (i = 0; i < 8191; i++)
		text[n++] = 'a';
	strlcpy(text + n, "\\n\"}", sizeof(text) - n);
	refused_text(text, FRAME_FACTS, "text");
	refused_text("{\"type\":\"trust\",\"unmet\":[{\"requirement\":\"A\"}]}",
	    FRAME_TRUST, "requirement");
	refused_text("{\"type\":\"trust\",\"unmet\":[{\"requirement\":\"\"}]}",
	    FRAME_TRUST, "requirement");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, facts_and_trust_come_back_as_they_were_put);
	ATF_TP_ADD_TC(tp, what_no_decoder_would_take_is_not_encoded);
	ATF_TP_ADD_TC(tp, facts_out_of_form_are_refused);
	return atf_no_error();
}
