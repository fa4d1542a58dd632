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
 * Access rules: which packets an entry covers, and its text.
 */

#include <atf-c.h>

#include "packet/acl.h"
#include "regress/packet/build.h"

ATF_TC_WITHOUT_HEAD(an_entry_covers_its_protocol_and_ports);
ATF_TC_BODY(an_entry_covers_its_protocol_and_ports, tc)
{
	static const struct {
		const char	*rule;
		int		 version;
		uint8_t		 proto;
		uint16_t	 port;
		int		 want;
	} cases[] = {
		{ "any", 4, 6, 80, 1 },
		{ "any", 4, 17, 0, 1 },
		{ "any", 6, 58, 0, 1 },
		{ "any", 4, 47, 0, 1 },
		{ "tcp", 4, 6, 0, 1 },
		{ "tcp", 6, 6, 65535, 1 },
		{ "tcp", 4, 17, 80, 0 },
		{ "tcp", 4, 1, 0, 0 },
		{ "tcp/80", 4, 6, 80, 1 },
		{ "tcp/80", 4, 6, 79, 0 },
		{ "tcp/80", 4, 6, 81, 0 },
		{ "tcp/80", 4, 17, 80, 0 },
		{ "tcp/80-90", 6, 6, 79, 0 },
		{ "tcp/80-90", 6, 6, 80, 1 },
		{ "tcp/80-90", 6, 6, 90, 1 },
		{ "tcp/80-90", 6, 6, 91, 0 },
		{ "udp/53", 4, 17, 53, 1 },
		{ "udp/53", 4, 6, 53, 0 },
		{ "udp", 4, 17, 1, 1 },
		{ "udp", 4, 136, 1, 0 },
		{ "icmp", 4, 1, 0, 1 },
		{ "icmp", 6, 58, 0, 1 },
		{ "icmp", 4, 58, 0, 0 },
		{ "icmp", 6, 1, 0, 0 },
		{ "icmp", 4, 6, 80, 0 }
	};
	struct acl_entry	 e;
	const char		*errstr;
	size_t			 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_REQUIRE_EQ(acl_parse(cases[i].rule, &e, &errstr), 0);
		ATF_CHECK_EQ_MSG(acl_permits(&e, 1, cases[i].version,
		    cases[i].proto, cases[i].port), cases[i].want,
		    "case %zu", i);
	}
}

ATF_TC_WITHOUT_HEAD(no_entries_permit_nothing_and_any_one_suffices);
ATF_TC_BODY(no_entries_permit_nothing_and_any_one_suffices, tc)
{
	static const struct acl_entry	 acl[] = {
		{ ACL_UDP, 53, 53 }, { ACL_ICMP, 0, 65535 },
		{ ACL_TCP, 80, 80 }
	};

	ATF_CHECK_EQ(acl_permits(NULL, 0, 4, 6, 80), 0);
	ATF_CHECK_EQ(acl_permits(acl, 2, 4, 6, 80), 0);
	ATF_CHECK_EQ(acl_permits(acl, 3, 4, 6, 80), 1);
}

ATF_TC_WITHOUT_HEAD(a_later_fragment_is_matched_by_any_only);
ATF_TC_BODY(a_later_fragment_is_matched_by_any_only, tc)
{
	static const struct acl_entry	 udp = { ACL_UDP, 0, 65535 };
	static const struct acl_entry	 any = { ACL_ANY, 0, 65535 };
	uint8_t				 buf[BUILD_MAX];
	struct packet			 pkt;
	size_t				 n;

	n = build_fragment(buf, 4, IN, 1, 64, 0, 53, 8);
	ATF_REQUIRE_EQ(packet_parse(&pkt, buf, n), PACKET_OK);
	ATF_CHECK_EQ(acl_match(&udp, 1, &pkt), 0);
	ATF_CHECK_EQ(acl_match(&any, 1, &pkt), 1);
	n = build_udp(buf, 4, IN, 1, 53, 8);
	ATF_REQUIRE_EQ(packet_parse(&pkt, buf, n), PACKET_OK);
	ATF_CHECK_EQ(acl_match(&udp, 1, &pkt), 1);
}

ATF_TC_WITHOUT_HEAD(what_is_printed_is_what_was_read);
ATF_TC_BODY(what_is_printed_is_what_was_read, tc)
{
	static const char *const	 texts[] = {
		"any", "icmp", "tcp", "udp", "tcp/1", "tcp/8080",
		"udp/53", "tcp/80-90", "udp/1-65535", "tcp/65534-65535"
	};
	struct acl_entry		 e;
	const char			*errstr;
	char				 buf[ACL_STRLEN];
	size_t				 i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ATF_REQUIRE_EQ(acl_parse(texts[i], &e, &errstr), 0);
		ATF_CHECK(acl_valid(&e));
		ATF_CHECK_STREQ(acl_print(&e, buf, sizeof(buf)), texts[i]);
	}
}

ATF_TC_WITHOUT_HEAD(bad_text_is_refused_with_a_reason);
ATF_TC_BODY(bad_text_is_refused_with_a_reason, tc)
{
	static const char *const	 texts[] = {
		"", "/", "/80", "TCP", "tc", "tcpp", "sctp", "tcp/", "tcp/0",
		"tcp/080", "tcp/65536", "tcp/99999", "tcp/100000",
		"tcp/4294967376", "tcp/-1", "tcp/+1", "tcp/ 80", "tcp/80 ",
		"tcp/80-", "tcp/80-0", "tcp/90-80", "tcp/80-90-95",
		"tcp/80,81", "tcp/http", "any/80", "icmp/8", "tcp/80\n",
		" tcp", "tcp/0-65535"
	};
	struct acl_entry		 e;
	const char			*errstr;
	size_t				 i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ATF_CHECK_EQ_MSG(acl_parse(texts[i], &e, &errstr), -1,
		    "\"%s\"", texts[i]);
		ATF_CHECK(errstr != NULL);
	}
}

ATF_TC_WITHOUT_HEAD(entries_from_a_channel_are_checked);
ATF_TC_BODY(entries_from_a_channel_are_checked, tc)
{
	static const struct {
		struct acl_entry	 entry;
		int			 want;
	} cases[] = {
		{ { ACL_ANY, 0, 65535 }, 1 },
		{ { ACL_ANY, 0, 80 }, 0 },
		{ { ACL_ICMP, 0, 65535 }, 1 },
		{ { ACL_ICMP, 8, 8 }, 0 },
		{ { ACL_TCP, 0, 65535 }, 1 },
		{ { ACL_TCP, 1, 1 }, 1 },
		{ { ACL_TCP, 0, 1 }, 0 },
		{ { ACL_UDP, 2, 1 }, 0 },
		{ { 4, 0, 65535 }, 0 },
		{ { 255, 1, 2 }, 0 }
	};
	size_t	 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_EQ_MSG(acl_valid(&cases[i].entry), cases[i].want,
		    "case %zu", i);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, an_entry_covers_its_protocol_and_ports);
	ATF_TP_ADD_TC(tp, no_entries_permit_nothing_and_any_one_suffices);
	ATF_TP_ADD_TC(tp, a_later_fragment_is_matched_by_any_only);
	ATF_TP_ADD_TC(tp, what_is_printed_is_what_was_read);
	ATF_TP_ADD_TC(tp, bad_text_is_refused_with_a_reason);
	ATF_TP_ADD_TC(tp, entries_from_a_channel_are_checked);
	return (atf_no_error());
}
