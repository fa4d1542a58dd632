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
 * The form of values that enclave-discoveryctl takes from its user.
 */

#include <atf-c.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "discoveryctl/ctl.h"

#define TC(name)	\
	ATF_TC_WITHOUT_HEAD(name); ATF_TC_BODY(name, tc)
#define NOW		1795378500ULL	/* 2026-11-22T20:15:00Z */

static uint64_t
expiry(const char *s)
{
	uint64_t	 sec = 0;

	return value_expiry(&sec, s, NOW) == NULL ? sec : 0;
}

TC(an_expiry_is_a_date_and_a_time)
{
	ATF_CHECK_EQ(NOW + 1, expiry("2026-11-22T20:15:01Z"));
	ATF_CHECK_EQ(NOW + 1, expiry("2026-11-22t20:15:01.999z"));
	ATF_CHECK_EQ(NOW + 1, expiry("2026-11-22T21:15:01+01:00"));
	ATF_CHECK_EQ(NOW + 1, expiry("2026-11-22T11:45:01-08:30"));
	ATF_CHECK_EQ(1835395200, expiry("2028-02-29T00:00:00Z"));
	ATF_CHECK_EQ(253402300799ULL, expiry("9999-12-31T23:59:59Z"));
}

TC(an_expiry_is_a_span)
{
	ATF_CHECK_EQ(NOW + 30 * 86400, expiry("+30d"));
	ATF_CHECK_EQ(NOW + 12 * 3600, expiry("+12h"));
	ATF_CHECK_EQ(NOW + 600, expiry("+10m"));
}

TC(a_malformed_expiry_is_refused)
{
	static const char *const bad[] = {
		"", "+", "+d", "+0d", "+1", "+1w", "+1dd", "+-1d", "30d",
		"+99999999d", "+9999999d", "2026-11-22", "2027-02-29T00:00:00Z",
		"2027-13-01T00:00:00Z", "2027-00-01T00:00:00Z",
		"2027-01-32T00:00:00Z", "2027-01-01T24:00:00Z",
		"2027-01-01T00:60:00Z", "2027-01-01T00:00:61Z",
		"2027-01-01T00:00:00", "2027-01-01T00:00:00+1:00",
		"2027-01-01T00:00:00+24:00", "2027-01-01T00:00:00.Z",
		"2027-01-01T00:00:00Zx", "2027-01-01 00:00:00Z",
		"1969-12-31T23:59:59Z", "9999-12-31T23:59:59-00:01",
		"2027-1-01T00:00:00Z"
	};
	size_t	 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(0, expiry(bad[i]), "%s", bad[i]);
}

TC(an_expiry_in_the_past_is_refused)
{
	uint64_t	 sec;

	ATF_CHECK_STREQ("this is in the past",
	    value_expiry(&sec, "2026-11-22T20:15:00Z", NOW));
}

TC(a_prefix_has_no_bits_beyond_its_length)
{
	static const uint8_t	 four[4] = { 100, 64, 0, 0 };
	uint8_t			 addr[16], plen;

	ATF_CHECK(value_prefix(addr, &plen, 4, "100.64.0.0/10") == NULL);
	ATF_CHECK_EQ(0, memcmp(addr, four, 4));
	ATF_CHECK_EQ(10, plen);
	ATF_CHECK(value_prefix(addr, &plen, 6, "fd00:1::/64") == NULL);
	ATF_CHECK_EQ(0xfd, addr[0]);
	ATF_CHECK_EQ(64, plen);
	ATF_CHECK(value_prefix(addr, &plen, 4, "100.64.0.1/10") != NULL);
	ATF_CHECK(value_prefix(addr, &plen, 4, "100.64.0.0/9") != NULL);
	ATF_CHECK(value_prefix(addr, &plen, 4, "100.64.0.0/11") == NULL);
	ATF_CHECK(value_prefix(addr, &plen, 4, "10.0.0.1/32") == NULL);
}

TC(a_malformed_prefix_is_refused)
{
	static const char *const bad[] = {
		"", "/", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/0",
		"10.0.0.0/+8", "10.0.0.0/ 8", "10.0.0/8", "fd00::/64", "x/8"
	};
	uint8_t	 addr[16], plen;
	size_t	 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_MSG(value_prefix(addr, &plen, 4, bad[i]) != NULL,
		    "%s", bad[i]);
}

TC(names_and_tags_have_their_form)
{
	struct msg_tags	 tags;
	char		 org[64], system[6], name[70];
	int		 i;

	ATF_CHECK(value_org(org, "example.org") == NULL);
	ATF_CHECK_STREQ("example.org", org);
	ATF_CHECK(value_org(org, "") != NULL);
	ATF_CHECK(value_org(org, "Example") != NULL);
	memset(name, 'a', sizeof(name));
	name[64] = '\0';
	ATF_CHECK(value_org(org, name) != NULL);
	ATF_CHECK(value_system(system, "v88ry") == NULL);
	ATF_CHECK_STREQ("V88RY", system);
	ATF_CHECK(value_system(system, "V88R") != NULL);
	ATF_CHECK(value_system(system, "V88RYY") != NULL);
	ATF_CHECK(value_system(system, "V88R1") != NULL);
	memset(&tags, 0, sizeof(tags));
	ATF_CHECK(value_tag(&tags, "web-1.a") == NULL);
	ATF_CHECK(value_tag(&tags, "web-1.a") == NULL);
	ATF_CHECK_EQ(1, tags.n);
	ATF_CHECK(value_tag(&tags, name) == NULL);
	name[64] = 'a';
	name[65] = '\0';
	ATF_CHECK(value_tag(&tags, name) != NULL);
	ATF_CHECK(value_tag(&tags, "-a") != NULL);
	ATF_CHECK(value_tag(&tags, "a-") != NULL);
	ATF_CHECK(value_tag(&tags, "a--b") != NULL);
	ATF_CHECK(value_tag(&tags, "a b") != NULL);
	ATF_CHECK(value_tag(&tags, "") != NULL);
	for (i = 0; i < MSG_TAGS_MAX - 2; i++) {
		snprintf(name, sizeof(name), "t%d", i);
		ATF_CHECK(value_tag(&tags, name) == NULL);
	}
	ATF_CHECK(value_tag(&tags, "too-many") != NULL);
	ATF_CHECK_EQ(MSG_TAGS_MAX, tags.n);
}

TC(numbers_and_acls_have_their_range)
{
	struct msg_acls	 acls;
	uint32_t	 n;
	int		 i;

	ATF_CHECK(value_number(&n, "1", 10) == NULL);
	ATF_CHECK_EQ(1, n);
	ATF_CHECK(value_number(&n, "0", 10) != NULL);
	ATF_CHECK(value_number(&n, "11", 10) != NULL);
	ATF_CHECK(value_number(&n, "+1", 10) != NULL);
	ATF_CHECK(value_number(&n, "1x", 10) != NULL);
	memset(&acls, 0, sizeof(acls));
	ATF_CHECK(value_acl(&acls, "tcp/0") != NULL);
	ATF_CHECK_EQ(0, acls.n);
	for (i = 0; i < ACL_MAX; i++)
		ATF_CHECK(value_acl(&acls, "tcp/8080") == NULL);
	ATF_CHECK(value_acl(&acls, "tcp/8080") != NULL);
}

TC(a_location_is_degrees_north_and_east)
{
	static const char *const bad[] = {
		"", ",", "1", "1,", ",1", "90.001,0", "0,180.001", "1,2,3",
		"1.,2", "+1,2", "1e1,2", "0001,2", "1, 2", "--1,2", "-,2"
	};
	uint32_t	 lat, lon;
	size_t		 i;

	ATF_CHECK(value_location(&lat, &lon, "52.52,-13.4059") == NULL);
	ATF_CHECK_EQ(lat, LOCATION_ZERO + 52520);
	ATF_CHECK_EQ(lon, LOCATION_ZERO - 13405);
	ATF_CHECK(value_location(&lat, &lon, "-90,180") == NULL);
	ATF_CHECK_EQ(lat, LOCATION_ZERO - 90000);
	ATF_CHECK_EQ(lon, LOCATION_ZERO + 180000);
	ATF_CHECK(value_location(&lat, &lon, "-0.5,0") == NULL);
	ATF_CHECK_EQ(lat, LOCATION_ZERO - 500);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_MSG(value_location(&lat, &lon, bad[i]) != NULL,
		    "%s", bad[i]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, an_expiry_is_a_date_and_a_time);
	ATF_TP_ADD_TC(tp, an_expiry_is_a_span);
	ATF_TP_ADD_TC(tp, a_malformed_expiry_is_refused);
	ATF_TP_ADD_TC(tp, an_expiry_in_the_past_is_refused);
	ATF_TP_ADD_TC(tp, a_prefix_has_no_bits_beyond_its_length);
	ATF_TP_ADD_TC(tp, a_malformed_prefix_is_refused);
	ATF_TP_ADD_TC(tp, names_and_tags_have_their_form);
	ATF_TP_ADD_TC(tp, numbers_and_acls_have_their_range);
	ATF_TP_ADD_TC(tp, a_location_is_degrees_north_and_east);
	return atf_no_error();
}
