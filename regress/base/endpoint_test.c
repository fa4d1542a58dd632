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

/* Which addresses mean something to one network only, and prefixes. */

#include <atf-c.h>
#include <string.h>

#include "base/endpoint.h"

static struct endpoint
address(const char *text)
{
	struct endpoint	 ep;

	memset(&ep, 0, sizeof(ep));
	ATF_REQUIRE_EQ_MSG(endpoint_parse(&ep, text, 0), 0, "%s", text);
	return (ep);
}

ATF_TC_WITHOUT_HEAD(private_addresses_are_known);
ATF_TC_BODY(private_addresses_are_known, tc)
{
	static const struct {
		const char	*text;
		int		 private;
	} cases[] = {
		{ "10.0.0.1", 1 }, { "172.15.255.255", 0 },
		{ "172.16.0.1", 1 }, { "172.31.255.255", 1 },
		{ "172.32.0.1", 0 }, { "192.168.1.1", 1 },
		{ "192.167.1.1", 0 }, { "100.63.0.1", 0 },
		{ "100.64.0.1", 1 }, { "100.128.0.1", 0 },
		{ "198.51.100.1", 0 }, { "127.0.0.1", 1 },
		{ "169.254.1.1", 1 }, { "fd00::1", 1 }, { "fc00::1", 1 },
		{ "fe80::1", 1 }, { "2001:db8::1", 0 }, { "::1", 1 },
	};
	struct endpoint	 ep;
	size_t		 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ep = address(cases[i].text);
		ATF_CHECK_EQ_MSG(endpoint_is_private(&ep), cases[i].private,
		    "%s", cases[i].text);
	}
}

ATF_TC_WITHOUT_HEAD(prefixes_of_every_length_match_exactly);
ATF_TC_BODY(prefixes_of_every_length_match_exactly, tc)
{
	struct endpoint	 base[2], ep;
	unsigned int	 plen, bit, max;
	int		 i;

	base[0] = address("198.51.100.93");
	base[1] = address("2001:db8:1234:5678:9abc:def0:1357:2468");
	for (i = 0; i < 2; i++) {
		max = i == 0 ? 32 : 128;
		for (plen = 0; plen <= max; plen++)
			for (bit = 0; bit < max; bit++) {
				ep = base[i];
				ep.port = 7;
				ep.addr[bit / 8] ^= (uint8_t)(0x80 >>
				    bit % 8);
				ATF_CHECK_EQ_MSG(endpoint_in_prefix(&ep,
				    &base[i], plen), bit >= plen,
				    "length %u, bit %u", plen, bit);
			}
		ATF_CHECK_EQ(endpoint_in_prefix(&base[i], &base[!i], 0), 0);
		ATF_CHECK_EQ(endpoint_in_prefix(&base[i], &base[i], max + 1),
		    0);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, private_addresses_are_known);
	ATF_TP_ADD_TC(tp, prefixes_of_every_length_match_exactly);
	return (atf_no_error());
}
