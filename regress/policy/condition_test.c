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
 * Conditions of trust requirements as text: what is taken, what comes out
 * again, and what is refused with which reason.
 */

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "policy/condition.h"

static const char *
refused(enum requirement_type type, const char *line)
{
	struct condition	 c;
	const char		*why = NULL;

	ATF_REQUIRE_EQ_MSG(condition_parse(type, line, strlen(line), &c,
	    &why), -1, "%s", line);
	ATF_REQUIRE(why != NULL);
	return why;
}

ATF_TC_WITHOUT_HEAD(a_condition_comes_out_as_it_went_in);
ATF_TC_BODY(a_condition_comes_out_as_it_went_in, tc)
{
	static const struct {
		enum requirement_type	 type;
		const char		*line;
		const char		*out;	/* NULL: the same */
	} cases[] = {
		{ REQUIREMENT_ADDRESS, "allow range 192.0.2.0/24", NULL },
		{ REQUIREMENT_ADDRESS, "block range 192.0.2.1",
		    "block range 192.0.2.1/32" },
		{ REQUIREMENT_ADDRESS, "allow range 0.0.0.0/0", NULL },
		{ REQUIREMENT_ADDRESS, "block range 2001:DB8::/32",
		    "block range 2001:db8::/32" },
		{ REQUIREMENT_ADDRESS, "allow country DE", NULL },
		{ REQUIREMENT_ADDRESS, "block country RU", NULL },
		{ REQUIREMENT_SYSTEM, "os linux", NULL },
		{ REQUIREMENT_SYSTEM, "architecture x86_64", NULL },
		{ REQUIREMENT_SYSTEM, "os-version >= 12", NULL },
		{ REQUIREMENT_SYSTEM, "kernel != 6.1.0", NULL },
		{ REQUIREMENT_SYSTEM, "agent < 1.2.3.4.5.6.7.8", NULL },
		{ REQUIREMENT_POSTURE, "fact antivirus", NULL },
		{ REQUIREMENT_POSTURE, "fact disk-encrypted = yes", NULL },
		{ REQUIREMENT_POSTURE, "fact owner = Jane Doe", NULL },
		{ REQUIREMENT_POSTURE, "fact patch >= 2026.10", NULL },
		{ REQUIREMENT_SIGNIN, "issuer https://id.example/a", NULL },
		{ REQUIREMENT_SIGNIN, "client 0oa1:b", NULL },
		{ REQUIREMENT_SIGNIN, "audience api://x", NULL },
		{ REQUIREMENT_SIGNIN, "scope groups", NULL },
		{ REQUIREMENT_SIGNIN, "claim groups = the admins", NULL },
		{ REQUIREMENT_SIGNIN, "life 8h", NULL },
		{ REQUIREMENT_SIGNIN, "life 90m", NULL },
		{ REQUIREMENT_SIGNIN, "life 24h", "life 1d" },
		{ REQUIREMENT_SIGNIN, "life 7s", NULL },
	};
	struct condition	 c, again;
	const char		*why, *want;
	char			 buf[CONDITION_LINE_MAX + 1];
	size_t			 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_REQUIRE_EQ_MSG(condition_parse(cases[i].type,
		    cases[i].line, strlen(cases[i].line), &c, &why), 0,
		    "%s: %s", cases[i].line, why);
		want = cases[i].out != NULL ? cases[i].out : cases[i].line;
		ATF_CHECK_STREQ(condition_print(&c, buf, sizeof(buf)), want);
		ATF_REQUIRE_EQ(condition_parse(cases[i].type, buf,
		    strlen(buf), &again, &why), 0);
		ATF_CHECK_EQ(memcmp(&c, &again, sizeof(c)), 0);
	}
}

ATF_TC_WITHOUT_HEAD(what_is_wrong_with_a_condition_is_said);
ATF_TC_BODY(what_is_wrong_with_a_condition_is_said, tc)
{
	static const struct {
		enum requirement_type	 type;
		const char		*line;
		const char		*why;	/* part of it */
	} cases[] = {
		{ REQUIREMENT_ADDRESS, "", "empty" },
		{ REQUIREMENT_ADDRESS, " allow range 10.0.0.0/8", "space" },
		{ REQUIREMENT_ADDRESS, "allow range 10.0.0.0/8 ", "space" },
		{ REQUIREMENT_ADDRESS, "allow  country DE", "two spaces" },
		{ REQUIREMENT_ADDRESS, "allow\tcountry DE", "printable" },
		{ REQUIREMENT_ADDRESS, "allow country D\xc3\x84", "printable" },
		{ REQUIREMENT_ADDRESS, "permit country DE", "no such" },
		{ REQUIREMENT_ADDRESS, "allow", "range" },
		{ REQUIREMENT_ADDRESS, "allow city Bonn", "range" },
		{ REQUIREMENT_ADDRESS, "allow range", "range" },
		{ REQUIREMENT_ADDRESS, "allow range 10.0.0.0/33", "length" },
		{ REQUIREMENT_ADDRESS, "allow range 10.0.0.0/", "length" },
		{ REQUIREMENT_ADDRESS, "allow range 10.0.0.0/08", "length" },
		{ REQUIREMENT_ADDRESS, "allow range 10.0.0.1/8", "bits" },
		{ REQUIREMENT_ADDRESS, "allow range ::1/127", "bits" },
		{ REQUIREMENT_ADDRESS, "allow range ::ffff:10.0.0.0/104",
		    "IPv4" },
		{ REQUIREMENT_ADDRESS, "allow range 10.1", "address" },
		{ REQUIREMENT_ADDRESS, "allow country de", "capital" },
		{ REQUIREMENT_ADDRESS, "allow country DEU", "capital" },
		{ REQUIREMENT_ADDRESS, "allow country DE FR", "too many" },
		{ REQUIREMENT_ADDRESS, "os linux", "no such" },
		{ REQUIREMENT_SYSTEM, "os", "missing" },
		{ REQUIREMENT_SYSTEM, "os Linux", "a-z" },
		{ REQUIREMENT_SYSTEM, "os-version 12", "compare" },
		{ REQUIREMENT_SYSTEM, "os-version >=", "missing" },
		{ REQUIREMENT_SYSTEM, "os-version >= a", "numbers" },
		{ REQUIREMENT_SYSTEM, "os-version >= 1.", "numbers" },
		{ REQUIREMENT_SYSTEM, "os-version >= 1..2", "numbers" },
		{ REQUIREMENT_SYSTEM, "agent >= 1.2.3.4.5.6.7.8.9",
		    "numbers" },
		{ REQUIREMENT_SYSTEM, "agent >= 1234567890", "numbers" },
		{ REQUIREMENT_POSTURE, "fact", "name of a fact" },
		{ REQUIREMENT_POSTURE, "fact Disk", "name of a fact" },
		{ REQUIREMENT_POSTURE,
		    "fact abcdefghijabcdefghijabcdefghijabc",
		    "name of a fact" },
		{ REQUIREMENT_POSTURE, "fact a is b", "compare" },
		{ REQUIREMENT_POSTURE, "fact a =", "missing" },
		{ REQUIREMENT_POSTURE, "fact a > b", "numbers" },
		{ REQUIREMENT_SIGNIN, "issuer http://id.example", "https" },
		{ REQUIREMENT_SIGNIN, "issuer https://", "URL" },
		{ REQUIREMENT_SIGNIN, "issuer https://a/?b", "query" },
		{ REQUIREMENT_SIGNIN, "claim groups", "claim" },
		{ REQUIREMENT_SIGNIN, "claim groups != x", "claim" },
		{ REQUIREMENT_SIGNIN, "life 8", "life" },
		{ REQUIREMENT_SIGNIN, "life 0h", "life" },
		{ REQUIREMENT_SIGNIN, "life 367d", "life" },
		{ REQUIREMENT_SIGNIN, "life 99999999999d", "life" },
		{ REQUIREMENT_MANUAL, "yes", "no conditions" },
	};
	const char	*why;
	size_t		 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		why = refused(cases[i].type, cases[i].line);
		ATF_CHECK_MSG(strstr(why, cases[i].why) != NULL, "%s: %s",
		    cases[i].line, why);
	}
}

ATF_TC_WITHOUT_HEAD(lines_are_counted_and_named);
ATF_TC_BODY(lines_are_counted_and_named, tc)
{
	struct condition	 c[CONDITION_MAX];
	char			 why[256], text[CONDITION_TEXT_MAX + 1] = "";
	int			 i;

	ATF_CHECK_EQ(conditions_parse(REQUIREMENT_SYSTEM,
	    "os linux\nkernel >= 6", c, why, sizeof(why)), 2);
	ATF_CHECK_EQ(conditions_parse(REQUIREMENT_SYSTEM,
	    "os linux\nkernel >= 6\n", c, why, sizeof(why)), 2);
	ATF_CHECK_EQ(conditions_parse(REQUIREMENT_SYSTEM,
	    "os linux\n\nkernel >= 6", c, why, sizeof(why)), -1);
	ATF_CHECK_STREQ(why, "condition 2 \"\": the line is empty");
	ATF_CHECK_EQ(conditions_parse(REQUIREMENT_SYSTEM,
	    "os linux\nker\x1bnel >= 6", c, why, sizeof(why)), -1);
	ATF_CHECK_MSG(strncmp(why, "condition 2 \"ker?nel >= 6\"", 25) == 0,
	    "%s", why);
	for (i = 0; i < CONDITION_MAX; i++)
		strlcat(text, "os linux\n", sizeof(text));
	ATF_CHECK_EQ(conditions_parse(REQUIREMENT_SYSTEM, text, c, why,
	    sizeof(why)), CONDITION_MAX);
	strlcat(text, "os linux\n", sizeof(text));
	ATF_CHECK_EQ(conditions_parse(REQUIREMENT_SYSTEM, text, c, why,
	    sizeof(why)), -1);
	ATF_CHECK_MSG(strstr(why, "more than 64") != NULL, "%s", why);
}

ATF_TC_WITHOUT_HEAD(a_requirement_is_whole);
ATF_TC_BODY(a_requirement_is_whole, tc)
{
	static const char	 signin[] =
	    "issuer https://id.example\nclient a";
	struct condition	 c[CONDITION_MAX];
	char			 why[256], text[256];

	ATF_CHECK_EQ(conditions_parse(REQUIREMENT_MANUAL, "", c, why,
	    sizeof(why)), 0);
	ATF_CHECK_EQ(conditions_parse(REQUIREMENT_ADDRESS, "", c, why,
	    sizeof(why)), -1);
	ATF_CHECK_EQ(conditions_parse(REQUIREMENT_SIGNIN, signin, c, why,
	    sizeof(why)), 2);
	ATF_CHECK_EQ(conditions_parse(REQUIREMENT_SIGNIN,
	    "issuer https://id.example", c, why, sizeof(why)), -1);
	ATF_CHECK_MSG(strstr(why, "one client") != NULL, "%s", why);
	snprintf(text, sizeof(text), "%s\nlife 1h\nlife 2h", signin);
	ATF_CHECK_EQ(conditions_parse(REQUIREMENT_SIGNIN, text, c, why,
	    sizeof(why)), -1);
	ATF_CHECK_EQ(conditions_parse((enum requirement_type)9, "", c, why,
	    sizeof(why)), -1);
	ATF_CHECK_EQ(requirement_type_parse("posture"), REQUIREMENT_POSTURE);
	ATF_CHECK_EQ(requirement_type_parse("x"), 0);
	ATF_CHECK_EQ(requirement_type_name(0), NULL);
	ATF_CHECK_EQ(requirement_type_name(6), NULL);
}

ATF_TC_WITHOUT_HEAD(versions_are_numbers_at_the_start);
ATF_TC_BODY(versions_are_numbers_at_the_start, tc)
{
	uint32_t	 v[CONDITION_VERSION_MAX];

	ATF_CHECK_EQ(condition_version("6.1.0-13-amd64", v), 3);
	ATF_CHECK_EQ(v[0], 6);
	ATF_CHECK_EQ(v[1], 1);
	ATF_CHECK_EQ(v[2], 0);
	ATF_CHECK_EQ(v[3], 0);
	ATF_CHECK_EQ(condition_version("12", v), 1);
	ATF_CHECK_EQ(condition_version("", v), -1);
	ATF_CHECK_EQ(condition_version("v1", v), -1);
	ATF_CHECK_EQ(condition_version("99999999999999999999", v), 1);
	ATF_CHECK(v[0] >= 999999999);
	ATF_CHECK_EQ(condition_version("1.2.3.4.5.6.7.8.9", v),
	    CONDITION_VERSION_MAX);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_condition_comes_out_as_it_went_in);
	ATF_TP_ADD_TC(tp, what_is_wrong_with_a_condition_is_said);
	ATF_TP_ADD_TC(tp, lines_are_counted_and_named);
	ATF_TP_ADD_TC(tp, a_requirement_is_whole);
	ATF_TP_ADD_TC(tp, versions_are_numbers_at_the_start);
	return atf_no_error();
}
