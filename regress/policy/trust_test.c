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
 * Trust requirements against facts: tables of cases, and addresses against a
 * naive evaluation that lives here.
 */

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "policy/trust.h"

static uint32_t	 seed = 1;

static uint32_t
rnd(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static struct trust_result
judge(enum requirement_type type, const char *text,
    const struct trust_facts *f, const struct trust_answer *a, uint64_t now)
{
	struct condition	 c[CONDITION_MAX];
	struct trust_result	 r;
	char			 why[256];
	int			 n;

	n = conditions_parse(type, text, c, why, sizeof(why));
	ATF_REQUIRE_MSG(n >= 0, "%s: %s", text, why);
	trust_evaluate(type, c, (size_t)n, f, a, now, &r);
	ATF_CHECK(strlen(r.reason) > 0);
	return r;
}

ATF_TC_WITHOUT_HEAD(address_ranges_come_first_and_the_smallest_decides);
ATF_TC_BODY(address_ranges_come_first_and_the_smallest_decides, tc)
{
	static const struct {
		const char		*text;
		const char		*address;
		const char		*country;
		enum trust_verdict	 want;
	} cases[] = {
		{ "allow range 192.0.2.0/24", "192.0.2.7", "", TRUST_MET },
		{ "allow range 192.0.2.0/24", "192.0.3.7", "", TRUST_UNMET },
		{ "allow range 192.0.2.0/24", "", "", TRUST_UNKNOWN },
		{ "block range 192.0.2.0/24", "192.0.2.7", "", TRUST_UNMET },
		{ "block range 192.0.2.0/24", "192.0.3.7", "", TRUST_MET },
		/* The smaller wins, whichever it is and in any order. */
		{ "allow range 192.0.2.0/24\nblock range 192.0.2.128/25",
		    "192.0.2.200", "", TRUST_UNMET },
		{ "allow range 192.0.2.0/24\nblock range 192.0.2.128/25",
		    "192.0.2.100", "", TRUST_MET },
		{ "block range 192.0.0.0/16\nallow range 192.0.2.0/24",
		    "192.0.2.200", "", TRUST_MET },
		{ "allow range 192.0.2.0/24\nblock range 192.0.0.0/16",
		    "192.0.9.1", "", TRUST_UNMET },
		{ "block range 0.0.0.0/0\nallow range 192.0.2.9",
		    "192.0.2.9", "", TRUST_MET },
		{ "allow range 192.0.2.0/24\nblock range 192.0.2.0/24",
		    "192.0.2.9", "", TRUST_UNMET },
		/* One family says nothing about the other. */
		{ "allow range 192.0.2.0/24", "2001:db8::1", "",
		    TRUST_UNMET },
		{ "block range ::/0", "192.0.2.1", "", TRUST_MET },
		{ "allow range 2001:db8::/32", "2001:db8::1", "",
		    TRUST_MET },
		{ "allow range 2001:db8::/32\nblock range 2001:db8:1::/48",
		    "2001:db8:1::9", "", TRUST_UNMET },
		/* IPv4 as an agent over a socket of IPv6 shows it. */
		{ "allow range 192.0.2.0/24", "::ffff:192.0.2.7", "",
		    TRUST_MET },
		/* Countries. */
		{ "allow country DE", "192.0.2.7", "DE", TRUST_MET },
		{ "allow country DE", "192.0.2.7", "FR", TRUST_UNMET },
		{ "allow country DE", "192.0.2.7", "", TRUST_UNKNOWN },
		{ "allow country DE\nallow country FR", "192.0.2.7", "FR",
		    TRUST_MET },
		{ "block country DE", "192.0.2.7", "DE", TRUST_UNMET },
		{ "block country DE", "192.0.2.7", "FR", TRUST_MET },
		{ "block country DE", "192.0.2.7", "", TRUST_UNKNOWN },
		{ "allow country DE\nblock country DE", "192.0.2.7", "DE",
		    TRUST_UNMET },
		/* A range that blocks is not overridden by a country. */
		{ "block range 192.0.2.0/24\nallow country DE", "192.0.2.7",
		    "DE", TRUST_UNMET },
		{ "allow range 192.0.2.0/24\nallow country DE", "192.0.3.7",
		    "DE", TRUST_UNMET },
		/* One that allows leaves the countries to be met, too. */
		{ "allow range 192.0.2.0/24\nblock country DE", "192.0.2.7",
		    "DE", TRUST_UNMET },
		{ "allow range 192.0.2.0/24\nallow country DE", "192.0.2.7",
		    "DE", TRUST_MET },
	};
	struct trust_facts	 f;
	struct trust_result	 r;
	size_t			 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&f, 0, sizeof(f));
		if (cases[i].address[0] != '\0')
			ATF_REQUIRE_EQ(endpoint_parse(&f.address,
			    cases[i].address, 1), 0);
		strlcpy(f.country, cases[i].country, sizeof(f.country));
		r = judge(REQUIREMENT_ADDRESS, cases[i].text, &f, NULL, 1);
		ATF_CHECK_MSG(r.verdict == cases[i].want, "%s: %s: %d, %s",
		    cases[i].text, cases[i].address, (int)r.verdict,
		    r.reason);
		ATF_CHECK_EQ(r.next, 0);
	}
}

/* A range of four bits of addresses, as lists of members. */
struct range {
	uint8_t		 base, plen;
	int		 block;
};

static int
member(const struct range *g, uint8_t address)
{
	unsigned int	 i, size = 1U << (32 - g->plen);

	for (i = 0; i < size; i++)
		if (g->base + i == address)
			return 1;
	return 0;
}

static int
naive(const struct range *g, size_t n, const int *allow, const int *block,
    uint8_t address, int country)
{
	unsigned int	 size;
	size_t		 i;
	int		 any = 0;

	for (i = 0; i < n; i++)
		any |= !g[i].block;
	/* From the smallest range up: the first that has it decides. */
	for (size = 1; size <= 16; size *= 2) {
		int	 allowed = 0, blocked = 0;

		for (i = 0; i < n; i++) {
			if (1U << (32 - g[i].plen) != size ||
			    !member(&g[i], address))
				continue;
			if (g[i].block)
				blocked = 1;
			else
				allowed = 1;
		}
		if (blocked)
			return 0;
		if (allowed)
			goto countries;
	}
	if (any)
		return 0;
countries:
	if (!allow[0] && !allow[1] && !block[0] && !block[1])
		return 1;
	if (country == -1 || block[country])
		return 0;
	return allow[country] || (!allow[0] && !allow[1]);
}

ATF_TC_WITHOUT_HEAD(random_addresses_are_judged_as_naively);
ATF_TC_BODY(random_addresses_are_judged_as_naively, tc)
{
	static const char *const	 codes[] = { "DE", "FR" };
	struct range		 g[5];
	struct trust_facts	 f;
	struct trust_result	 r;
	char			 text[1024], line[64];
	int			 allow[2], block[2], step, country, want;
	int			 met = 0;
	size_t			 i, n;
	uint8_t			 address;

	for (step = 0; step < 20000; step++) {
		n = rnd(6);
		text[0] = '\0';
		for (i = 0; i < n; i++) {
			g[i].plen = (uint8_t)(28 + rnd(5));
			g[i].base = (uint8_t)(rnd(16) &
			    ~((1U << (32 - g[i].plen)) - 1));
			g[i].block = (int)rnd(2);
			snprintf(line, sizeof(line), "%s range 192.0.2.%u/%u\n",
			    g[i].block ? "block" : "allow", g[i].base,
			    g[i].plen);
			strlcat(text, line, sizeof(text));
		}
		for (i = 0; i < 2; i++) {
			allow[i] = rnd(4) == 0;
			block[i] = rnd(4) == 0;
			snprintf(line, sizeof(line), "allow country %s\n",
			    codes[i]);
			if (allow[i])
				strlcat(text, line, sizeof(text));
			memcpy(line, "block", 5);
			if (block[i])
				strlcat(text, line, sizeof(text));
		}
		if (text[0] == '\0')
			continue;
		address = (uint8_t)rnd(16);
		country = (int)rnd(3) - 1;
		memset(&f, 0, sizeof(f));
		f.address.family = 4;
		memcpy(f.address.addr, "\xc0\x00\x02", 3);
		f.address.addr[3] = address;
		if (country != -1)
			strlcpy(f.country, codes[country], sizeof(f.country));
		want = naive(g, n, allow, block, address, country);
		r = judge(REQUIREMENT_ADDRESS, text, &f, NULL, 1);
		ATF_REQUIRE_MSG((r.verdict == TRUST_MET) == want,
		    "%s.%u in %d: %s", text, address, country, r.reason);
		met += want;
	}
	ATF_CHECK_MSG(met > 2000 && met < 18000, "%d", met);
}

ATF_TC_WITHOUT_HEAD(a_system_must_be_one_of_the_named_and_new_enough);
ATF_TC_BODY(a_system_must_be_one_of_the_named_and_new_enough, tc)
{
	static const struct {
		const char		*text;
		enum trust_verdict	 want;
	} cases[] = {
		{ "os linux", TRUST_MET },
		{ "os debian", TRUST_MET },
		{ "os openbsd", TRUST_UNMET },
		{ "os openbsd\nos linux", TRUST_MET },
		{ "architecture x86_64\nos linux", TRUST_MET },
		{ "architecture arm64\nos linux", TRUST_UNMET },
		{ "os-version >= 12", TRUST_MET },
		{ "os-version > 12", TRUST_UNMET },
		{ "os-version >= 12.1", TRUST_UNMET },
		{ "os-version = 12.0.0", TRUST_MET },
		{ "os-version != 12", TRUST_UNMET },
		{ "kernel >= 6.1", TRUST_MET },
		{ "kernel < 6.10", TRUST_MET },
		{ "kernel > 6.1.0", TRUST_UNMET },
		{ "kernel <= 6.1.0\nkernel >= 5", TRUST_MET },
		{ "kernel <= 6.1.0\nkernel >= 7", TRUST_UNMET },
		/* The agent has not said. */
		{ "agent >= 0.1", TRUST_UNKNOWN },
		{ "agent != 0.1", TRUST_UNKNOWN },
		{ "agent >= 0.1\nos openbsd", TRUST_UNMET },
	};
	struct trust_facts	 f, none;
	struct trust_result	 r;
	size_t			 i;

	memset(&f, 0, sizeof(f));
	memset(&none, 0, sizeof(none));
	strlcpy(f.os, "linux", sizeof(f.os));
	strlcpy(f.distribution, "debian", sizeof(f.distribution));
	strlcpy(f.os_version, "12", sizeof(f.os_version));
	strlcpy(f.kernel, "6.1.0-13-amd64", sizeof(f.kernel));
	strlcpy(f.architecture, "x86_64", sizeof(f.architecture));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r = judge(REQUIREMENT_SYSTEM, cases[i].text, &f, NULL, 1);
		ATF_CHECK_MSG(r.verdict == cases[i].want, "%s: %d, %s",
		    cases[i].text, (int)r.verdict, r.reason);
		r = judge(REQUIREMENT_SYSTEM, cases[i].text, &none, NULL, 1);
		ATF_CHECK_EQ(r.verdict, TRUST_UNKNOWN);
	}
	strlcpy(f.os_version, "bookworm/sid", sizeof(f.os_version));
	r = judge(REQUIREMENT_SYSTEM, "os-version >= 12", &f, NULL, 1);
	ATF_CHECK_EQ(r.verdict, TRUST_UNKNOWN);
	ATF_CHECK_STREQ(r.reason,
	    "\"os-version >= 12\": it is \"bookworm/sid\"");
}

ATF_TC_WITHOUT_HEAD(every_fact_must_be_there_and_as_required);
ATF_TC_BODY(every_fact_must_be_there_and_as_required, tc)
{
	static const struct trust_fact	 facts[] = {
		{ "disk-encrypted", "yes" },
		{ "patch", "2026.10" },
		{ "owner", "Jane Doe" },
		{ "empty", "" },
	};
	static const struct {
		const char		*text;
		enum trust_verdict	 want;
	} cases[] = {
		{ "fact disk-encrypted", TRUST_MET },
		{ "fact disk-encrypted = yes", TRUST_MET },
		{ "fact disk-encrypted = no", TRUST_UNMET },
		{ "fact disk-encrypted != no", TRUST_MET },
		{ "fact disk-encrypted = ye", TRUST_UNMET },
		{ "fact owner = Jane Doe", TRUST_MET },
		{ "fact patch >= 2026.9", TRUST_MET },
		{ "fact patch >= 2026.11", TRUST_UNMET },
		{ "fact owner >= 1", TRUST_UNKNOWN },
		{ "fact empty", TRUST_MET },
		{ "fact missing", TRUST_UNKNOWN },
		{ "fact missing != yes", TRUST_UNKNOWN },
		{ "fact missing\nfact disk-encrypted = no", TRUST_UNMET },
		{ "fact disk-encrypted = yes\nfact missing", TRUST_UNKNOWN },
		{ "fact patch = 2026.10\nfact owner", TRUST_MET },
	};
	struct trust_facts	 f;
	struct trust_result	 r;
	size_t			 i;

	memset(&f, 0, sizeof(f));
	f.facts = facts;
	f.nfacts = sizeof(facts) / sizeof(facts[0]);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r = judge(REQUIREMENT_POSTURE, cases[i].text, &f, NULL, 1);
		ATF_CHECK_MSG(r.verdict == cases[i].want, "%s: %d, %s",
		    cases[i].text, (int)r.verdict, r.reason);
	}
}

ATF_TC_WITHOUT_HEAD(a_sign_in_ends_and_says_when);
ATF_TC_BODY(a_sign_in_ends_and_says_when, tc)
{
	static const char	 text[] = "issuer https://id.example\nclient a";
	struct trust_answer	 a = { 1, 0, 1000, "jane@example" };
	struct trust_facts	 f;
	struct trust_result	 r;

	memset(&f, 0, sizeof(f));
	r = judge(REQUIREMENT_SIGNIN, text, &f, NULL, 999);
	ATF_CHECK_EQ(r.verdict, TRUST_UNKNOWN);
	r = judge(REQUIREMENT_SIGNIN, text, &f, &a, 999);
	ATF_CHECK_EQ(r.verdict, TRUST_MET);
	ATF_CHECK_EQ(r.next, 1000);
	ATF_CHECK_STREQ(r.reason, "jane@example");
	r = judge(REQUIREMENT_SIGNIN, text, &f, &a, 1000);
	ATF_CHECK_EQ(r.verdict, TRUST_UNMET);
	ATF_CHECK_EQ(r.next, 0);
	a.until = 0;
	a.reason = NULL;
	r = judge(REQUIREMENT_SIGNIN, text, &f, &a, 1);
	ATF_CHECK_EQ(r.verdict, TRUST_UNMET);
}

ATF_TC_WITHOUT_HEAD(without_a_yes_it_is_no);
ATF_TC_BODY(without_a_yes_it_is_no, tc)
{
	struct trust_answer	 a = { 1, 1, 0, NULL };
	struct trust_facts	 f;

	memset(&f, 0, sizeof(f));
	ATF_CHECK_EQ(judge(REQUIREMENT_MANUAL, "", &f, NULL, 1).verdict,
	    TRUST_UNKNOWN);
	ATF_CHECK_EQ(judge(REQUIREMENT_MANUAL, "", &f, &a, 1).verdict,
	    TRUST_MET);
	a.yes = 0;
	ATF_CHECK_EQ(judge(REQUIREMENT_MANUAL, "", &f, &a, 1).verdict,
	    TRUST_UNMET);
	a.known = 0;
	ATF_CHECK_EQ(judge(REQUIREMENT_MANUAL, "", &f, &a, 1).verdict,
	    TRUST_UNKNOWN);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, address_ranges_come_first_and_the_smallest_decides);
	ATF_TP_ADD_TC(tp, random_addresses_are_judged_as_naively);
	ATF_TP_ADD_TC(tp, a_system_must_be_one_of_the_named_and_new_enough);
	ATF_TP_ADD_TC(tp, every_fact_must_be_there_and_as_required);
	ATF_TP_ADD_TC(tp, a_sign_in_ends_and_says_when);
	ATF_TP_ADD_TC(tp, without_a_yes_it_is_no);
	return atf_no_error();
}
