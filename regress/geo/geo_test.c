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
 * Countries of addresses, from databases made here.
 */

#include <sys/types.h>

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo.h"
#include "regress/geo/mmdb.h"

static struct mmdb	 m;
static uint8_t		 file[MMDB_BUFFER];

/* Germany, with a hole of France in it; Japan in IPv6. */
static size_t
make(int bits)
{
	int	 de, fr, jp;

	mmdb_init(&m);
	de = mmdb_country(&m, "DE");
	fr = mmdb_country(&m, "FR");
	jp = mmdb_country(&m, "JP");
	mmdb_add(&m, "192.0.2.0", 24, de);
	mmdb_add(&m, "192.0.2.128", 25, fr);
	mmdb_add(&m, "198.51.100.7", 32, fr);
	mmdb_add(&m, "2001:db8::", 32, jp);
	return mmdb_write(&m, bits, file);
}

static void
check(const struct geo *g, const char *addr, const char *want)
{
	struct endpoint	 ep;
	char		 code[3];
	int		 known;

	ATF_REQUIRE(endpoint_parse(&ep, addr, 443) == 0);
	known = geo_country(g, &ep, code);
	ATF_CHECK_MSG(strcmp(code, want) == 0, "%s: \"%s\" instead of \"%s\"",
	    addr, code, want);
	ATF_CHECK_EQ(known, want[0] != '\0');
}

static struct geo *
open_file(size_t len)
{
	struct geo	*g;
	const char	*why = "";

	g = geo_open(file, len, &why);
	ATF_REQUIRE_MSG(g != NULL, "%s", why);
	return g;
}

ATF_TC(the_smallest_prefix_says_the_country);
ATF_TC_HEAD(the_smallest_prefix_says_the_country, tc)
{
	(void)tc;
}
ATF_TC_BODY(the_smallest_prefix_says_the_country, tc)
{
	static const int	 bits[] = { 24, 28, 32 };
	struct geo		*g;
	size_t			 i;

	(void)tc;
	for (i = 0; i < 3; i++) {
		g = open_file(make(bits[i]));
		check(g, "192.0.2.127", "DE");
		check(g, "192.0.2.128", "FR");
		check(g, "192.0.2.255", "FR");
		check(g, "192.0.3.0", "");
		check(g, "198.51.100.7", "FR");
		check(g, "198.51.100.6", "");
		check(g, "2001:db8:ffff::1", "JP");
		check(g, "2001:db9::1", "");
		check(g, "::ffff:192.0.2.1", "DE");
		ATF_CHECK_EQ(geo_made(g), 0x65000000U);
		geo_close(g);
	}
}

ATF_TC(what_is_no_country_code_is_none);
ATF_TC_HEAD(what_is_no_country_code_is_none, tc)
{
	(void)tc;
}
ATF_TC_BODY(what_is_no_country_code_is_none, tc)
{
	static const char *const	 codes[] = { "de", "DEU", "D", "",
					    "D1", "\xc3\x84" };
	struct geo			*g;
	size_t				 i;

	(void)tc;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		mmdb_init(&m);
		mmdb_add(&m, "192.0.2.0", 24, mmdb_country(&m, codes[i]));
		g = open_file(mmdb_write(&m, 24, file));
		check(g, "192.0.2.1", "");
		geo_close(g);
	}
}

ATF_TC(no_address_has_no_country);
ATF_TC_HEAD(no_address_has_no_country, tc)
{
	(void)tc;
}
ATF_TC_BODY(no_address_has_no_country, tc)
{
	struct geo	*g = open_file(make(24));
	struct endpoint	 none;
	char		 code[3] = "XX";

	(void)tc;
	memset(&none, 0, sizeof(none));
	ATF_CHECK_EQ(geo_country(g, &none, code), 0);
	ATF_CHECK_STREQ(code, "");
	geo_close(g);
}

/* Each is refused with a reason, or the number is of no use. */
ATF_TC(a_file_that_is_cut_anywhere_does_no_harm);
ATF_TC_HEAD(a_file_that_is_cut_anywhere_does_no_harm, tc)
{
	(void)tc;
}
ATF_TC_BODY(a_file_that_is_cut_anywhere_does_no_harm, tc)
{
	struct endpoint	 ep;
	struct geo	*g;
	const char	*why;
	uint8_t		*copy;
	size_t		 len = make(24), cut, refused = 0;
	char		 code[3];

	(void)tc;
	ATF_REQUIRE(endpoint_parse(&ep, "192.0.2.200", 1) == 0);
	for (cut = 0; cut < len; cut++) {
		/* Of its own, so that a sanitizer sees what is beyond. */
		ATF_REQUIRE((copy = malloc(cut + 1)) != NULL);
		memcpy(copy, file, cut);
		why = NULL;
		if ((g = geo_open(copy, cut, &why)) == NULL) {
			ATF_REQUIRE(why != NULL);
			refused++;
		} else {
			geo_country(g, &ep, code);
			geo_close(g);
		}
		free(copy);
	}
	/* What comes after node_count alone may be missing. */
	ATF_CHECK(refused + 64 > len);
}

ATF_TC(false_metadata_is_refused);
ATF_TC_HEAD(false_metadata_is_refused, tc)
{
	(void)tc;
}
ATF_TC_BODY(false_metadata_is_refused, tc)
{
	static const struct {
		const char	*name;
		size_t		 skip;	/* control byte and high bytes */
		uint8_t		 value;
		const char	*why;
	} cases[] = {
		{ "binary_format_major_version", 2, 3, "version" },
		{ "record_size", 2, 25, "bits" },
		{ "ip_version", 2, 5, "IPv4" },
		{ "node_count", 1, 0xff, "shorter" },
		{ "node_count", 0, 7 << 5, "incomplete" },
	};
	const char	*why;
	uint8_t		*p;
	size_t		 i, len, n;

	(void)tc;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		len = make(24);
		n = strlen(cases[i].name);
		p = memmem(file, len, cases[i].name, n);
		ATF_REQUIRE(p != NULL);
		p[n + cases[i].skip] = cases[i].value;
		ATF_REQUIRE(geo_open(file, len, &why) == NULL);
		ATF_CHECK_MSG(strstr(why, cases[i].why) != NULL, "%s: %s",
		    cases[i].name, why);
	}
	ATF_CHECK(geo_open("text", 4, &why) == NULL);
	ATF_CHECK(strstr(why, "format") != NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_smallest_prefix_says_the_country);
	ATF_TP_ADD_TC(tp, what_is_no_country_code_is_none);
	ATF_TP_ADD_TC(tp, no_address_has_no_country);
	ATF_TP_ADD_TC(tp, a_file_that_is_cut_anywhere_does_no_harm);
	ATF_TP_ADD_TC(tp, false_metadata_is_refused);
	return atf_no_error();
}
