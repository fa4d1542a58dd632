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
 * lib/fetch: answers of web servers, addresses, forms.
 */

#include <sys/types.h>

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/reply.h"
#include "fetch/url.h"

#define LIMIT	100

/* 1, 0 or -1 of the text, and at the end of the connection. */
static int
parse(struct reply *r, const char *text, int *ended)
{
	const char	*errstr = "";
	int		 n;

	reply_init(r, LIMIT);
	n = reply_add(r, (const uint8_t *)text, strlen(text), &errstr);
	ATF_REQUIRE_MSG(n != -1 || *errstr != '\0', "no reason for %s", text);
	*ended = n == 0 ? reply_end(r, &errstr) : n;
	return n;
}

static void
expect(const char *text, int status, const char *body)
{
	struct reply	 r;
	int		 ended;

	ATF_REQUIRE_MSG(parse(&r, text, &ended) == 1, "%s", text);
	ATF_REQUIRE_EQ(r.status, status);
	ATF_REQUIRE_MSG(r.len == strlen(body) && (r.len == 0 ||
	    memcmp(r.body, body, r.len) == 0), "%s", text);
	reply_free(&r);
}

static void
refuse(const char *text)
{
	struct reply	 r;
	int		 ended;

	ATF_REQUIRE_MSG(parse(&r, text, &ended) == -1, "%s", text);
	reply_free(&r);
}

#define OK	"HTTP/1.1 200 OK\r\n"

ATF_TC_WITHOUT_HEAD(an_answer_has_a_length_or_chunks_or_an_end);
ATF_TC_BODY(an_answer_has_a_length_or_chunks_or_an_end, tc)
{
	struct reply	 r;
	int		 ended;

	expect(OK "Content-Length: 5\r\n\r\nhello", 200, "hello");
	expect(OK "content-LENGTH:\t5 \r\n\r\nhello, more", 200, "hello");
	expect("HTTP/1.0 404\nContent-Length: 0\n\n", 404, "");
	expect("HTTP/1.1 204 No\r\n\r\n", 204, "");
	expect(OK "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nhel\r\n"
	    "02\r\nlo\r\n0\r\nX: y\r\n\r\n", 200, "hello");
	expect("HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" OK
	    "Content-Length: 1\r\n\r\nx", 200, "x");
	ATF_REQUIRE_EQ(parse(&r, OK "\r\nhello", &ended), 0);
	ATF_REQUIRE(ended == 1 && r.len == 5);
	reply_free(&r);
	/* An end before what was promised is none. */
	ATF_REQUIRE_EQ(parse(&r, OK "Content-Length: 5\r\n\r\nhell", &ended),
	    0);
	ATF_REQUIRE_EQ(ended, -1);
	reply_free(&r);
	ATF_REQUIRE_EQ(parse(&r, OK "Transfer-Encoding: chunked\r\n\r\n"
	    "3\r\nhel\r\n", &ended), 0);
	ATF_REQUIRE_EQ(ended, -1);
	reply_free(&r);
}

ATF_TC_WITHOUT_HEAD(what_can_be_read_in_two_ways_is_refused);
ATF_TC_BODY(what_can_be_read_in_two_ways_is_refused, tc)
{
	refuse("HTTP/2 200\r\n");
	refuse("HTTP/1.1 2000 OK\r\n");
	refuse("HTTP/1.1 999 OK\r\n");
	refuse("HTTP/1.1 20\r\n");
	refuse("HTTP/1.1 101 Switch\r\n\r\n");
	refuse(OK "Content-Length: 5\r\nContent-Length: 5\r\n");
	refuse(OK "Content-Length: -5\r\n");
	refuse(OK "Content-Length: +5\r\n");
	refuse(OK "Content-Length: 0x5\r\n");
	refuse(OK "Content-Length: 5, 5\r\n");
	refuse(OK "Content-Length:\r\n");
	refuse(OK "Content-Length : 5\r\n");
	refuse(OK " Content-Length: 5\r\n");
	refuse(OK "Transfer-Encoding: gzip, chunked\r\n");
	refuse(OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: "
	    "chunked\r\n");
	refuse(OK "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n");
	refuse(OK "Content-Encoding: gzip\r\n");
	refuse(OK "A: b\r\r\n");
	refuse(OK "Transfer-Encoding: chunked\r\n\r\n-1\r\n");
	refuse(OK "Transfer-Encoding: chunked\r\n\r\n \r\n");
	refuse(OK "Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n");
	refuse(OK "Transfer-Encoding: chunked\r\n\r\n3x\r\nhel\r\n");
}

ATF_TC_WITHOUT_HEAD(nothing_grows_beyond_its_limit);
ATF_TC_BODY(nothing_grows_beyond_its_limit, tc)
{
	static char	 text[3 * REPLY_HEAD_MAX];
	const char	*errstr;
	struct reply	 r;
	int		 i;

	refuse(OK "Content-Length: 101\r\n");
	refuse(OK "Content-Length: 99999999999999999999\r\n");
	refuse(OK "Transfer-Encoding: chunked\r\n\r\n65\r\n");
	refuse(OK "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n");
	memset(text, 'a', sizeof(text) - 1);
	memcpy(text, OK, strlen(OK));
	refuse(text);
	/* Short lines without end. */
	for (i = (int)strlen(OK); i < (int)sizeof(text) - 8; i += 4)
		memcpy(text + i, "A:b\n", 4);
	text[i] = '\0';
	refuse(text);
	/* Up to the end, without a length. */
	reply_init(&r, LIMIT);
	ATF_REQUIRE_EQ(reply_add(&r, (const uint8_t *)OK "\r\n",
	    strlen(OK) + 2, &errstr), 0);
	for (i = 0; i < LIMIT; i++)
		ATF_REQUIRE_EQ(reply_add(&r, (const uint8_t *)"x", 1,
		    &errstr), 0);
	ATF_REQUIRE_EQ(reply_add(&r, (const uint8_t *)"x", 1, &errstr), -1);
	ATF_REQUIRE_STREQ(errstr, "the answer is too long");
	reply_free(&r);
	/* Interim answers. */
	text[0] = '\0';
	for (i = 0; i <= REPLY_INTERIM; i++)
		strlcat(text, "HTTP/1.1 100 Go\r\n\r\n", sizeof(text));
	refuse(text);
}

ATF_TC_WITHOUT_HEAD(addresses_are_https_and_nothing_hidden);
ATF_TC_BODY(addresses_are_https_and_nothing_hidden, tc)
{
	static const char *const	 bad[] = {
		"", "http://a/", "HTTPS://a/", "https://", "https:///x",
		"https://a:0/", "https://a:65536/", "https://a:/",
		"https://a:123456789/", "https://u@a/", "https://u:p@a/",
		"https://a/#f", "https://a/ b", "https://a/\r\nX: y",
		"https://a\\b/", "https://[::1/", "https://[]/",
		"https://a/\x7f", "https://\xc3\xa4/"
	};
	static char			 longer[FETCH_URL_MAX + 2];
	struct url			 u, v;
	size_t				 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_MSG(url_parse(&u, bad[i]) != NULL, "%s", bad[i]);
	memset(longer, 'a', sizeof(longer) - 1);
	memcpy(longer, "https://", 8);
	ATF_CHECK(url_parse(&u, longer) != NULL);
	ATF_REQUIRE(url_parse(&u, "https://Id.Example/a/b?c=%20d") == NULL);
	ATF_CHECK_STREQ(u.host, "id.example");
	ATF_CHECK_STREQ(u.path, "/a/b?c=%20d");
	ATF_CHECK_EQ(u.port, 443);
	ATF_REQUIRE(url_parse(&v, "https://[2001:DB8::1]:8443?x") == NULL);
	ATF_CHECK_STREQ(v.host, "2001:db8::1");
	ATF_CHECK_STREQ(v.path, "/?x");
	ATF_CHECK_EQ(v.port, 8443);
	ATF_CHECK(!url_same_origin(&u, &v));
	ATF_REQUIRE(url_parse(&v, "https://id.example:443") == NULL);
	ATF_CHECK(url_same_origin(&u, &v));
}

ATF_TC_WITHOUT_HEAD(forms_are_escaped_and_stay_within_their_buffer);
ATF_TC_BODY(forms_are_escaped_and_stay_within_their_buffer, tc)
{
	char	 form[32] = "", before[32];

	ATF_REQUIRE_EQ(form_add(form, sizeof(form), "a", "b c"), 0);
	ATF_REQUIRE_EQ(form_add(form, sizeof(form), "d&", "\xff-._~"), 0);
	ATF_CHECK_STREQ(form, "a=b%20c&d%26=%FF-._~");
	strlcpy(before, form, sizeof(before));
	ATF_CHECK_EQ(form_add(form, sizeof(form), "e", "0123456789"), -1);
	ATF_CHECK_STREQ(form, before);
	ATF_CHECK_EQ(form_add(form, sizeof(form), "0123456789", "f"), -1);
	ATF_CHECK_STREQ(form, before);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, an_answer_has_a_length_or_chunks_or_an_end);
	ATF_TP_ADD_TC(tp, what_can_be_read_in_two_ways_is_refused);
	ATF_TP_ADD_TC(tp, nothing_grows_beyond_its_limit);
	ATF_TP_ADD_TC(tp, addresses_are_https_and_nothing_hidden);
	ATF_TP_ADD_TC(tp, forms_are_escaped_and_stay_within_their_buffer);
	return atf_no_error();
}
