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
 * Ranges of addresses: what is one, how it is printed, what lies in it.
 */

#include <atf-c.h>
#include <string.h>

#include "base/range.h"

static int
contains(const char *range, const char *address)
{
	struct endpoint	 ep;
	struct range	 r;

	ATF_REQUIRE(range_parse(&r, range) == NULL);
	ATF_REQUIRE(endpoint_parse(&ep, address, 4711) == 0);
	return range_contains(&r, &ep);
}

ATF_TC_WITHOUT_HEAD(a_range_is_an_address_a_prefix_or_two_addresses);
ATF_TC_BODY(a_range_is_an_address_a_prefix_or_two_addresses, tc)
{
	static const char	*const good[] = {
		"192.0.2.1", "192.0.2.0/24", "0.0.0.0/0", "::/0",
		"192.0.2.1-192.0.2.9", "2001:db8::1", "2001:db8::/32",
		"2001:db8::1-2001:db8::ffff:1", "192.0.2.255-192.0.3.0"
	};
	struct range		 r, again;
	char			 buf[RANGE_STRLEN];
	size_t			 i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ATF_REQUIRE_MSG(range_parse(&r, good[i]) == NULL, "%s",
		    good[i]);
		ATF_CHECK(range_valid(&r));
		ATF_CHECK_STREQ(range_print(&r, buf), good[i]);
		ATF_REQUIRE(range_parse(&again, buf) == NULL);
		ATF_CHECK(memcmp(&r, &again, sizeof(r)) == 0);
	}
	/* Two addresses that are a prefix are printed as one. */
	ATF_REQUIRE(range_parse(&r, "10.0.0.0-10.255.255.255") == NULL);
	ATF_CHECK_STREQ(range_print(&r, buf), "10.0.0.0/8");
}

ATF_TC_WITHOUT_HEAD(what_is_no_range_is_refused_with_a_reason);
ATF_TC_BODY(what_is_no_range_is_refused_with_a_reason, tc)
{
	static const struct {
		const char	*text;
		const char	*reason;
	} bad[] = {
		{ "", "no address" }, { "x", "no address" },
		{ "192.0.2.1/24", "bits beyond" },
		{ "192.0.2.0/33", "out of range" },
		{ "192.0.2.0/", "out of range" },
		{ "192.0.2.0/+8", "out of range" },
		{ "192.0.2.0/8 ", "out of range" },
		{ "192.0.2.9-192.0.2.1", "above the last" },
		{ "192.0.2.1-2001:db8::1", "two families" },
		{ "192.0.2.1-", "no address" }, { "-192.0.2.1", "no address" },
		{ "::1-::2-::3", "no address" },
	};
	struct range	 r;
	const char	*why;
	size_t		 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why = range_parse(&r, bad[i].text);
		ATF_REQUIRE_MSG(why != NULL, "\"%s\"", bad[i].text);
		ATF_CHECK_MSG(strstr(why, bad[i].reason) != NULL,
		    "\"%s\": %s", bad[i].text, why);
		ATF_CHECK(!range_valid(&r));
	}
}

ATF_TC_WITHOUT_HEAD(both_ends_belong_to_a_range_and_nothing_beyond);
ATF_TC_BODY(both_ends_belong_to_a_range_and_nothing_beyond, tc)
{
	ATF_CHECK(contains("192.0.2.0/24", "192.0.2.0"));
	ATF_CHECK(contains("192.0.2.0/24", "192.0.2.255"));
	ATF_CHECK(!contains("192.0.2.0/24", "192.0.3.0"));
	ATF_CHECK(!contains("192.0.2.0/24", "192.0.1.255"));
	ATF_CHECK(contains("192.0.2.3-192.0.3.4", "192.0.3.4"));
	ATF_CHECK(!contains("192.0.2.3-192.0.3.4", "192.0.3.5"));
	ATF_CHECK(contains("2001:db8::/33", "2001:db8:7fff::1"));
	ATF_CHECK(!contains("2001:db8::/33", "2001:db8:8000::1"));
	ATF_CHECK(!contains("0.0.0.0/0", "::"));
	ATF_CHECK(!contains("::/0", "192.0.2.1"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_range_is_an_address_a_prefix_or_two_addresses);
	ATF_TP_ADD_TC(tp, what_is_no_range_is_refused_with_a_reason);
	ATF_TP_ADD_TC(tp, both_ends_belong_to_a_range_and_nothing_beyond);
	return atf_no_error();
}
