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
 * The text in which a system says what it is.
 */

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "policy/facts.h"

ATF_TC_WITHOUT_HEAD(facts_are_taken_as_they_were_said);
ATF_TC_BODY(facts_are_taken_as_they_were_said, tc)
{
	struct facts	 f;
	const char	*why;

	ATF_REQUIRE_EQ_MSG(facts_parse("os linux\ndistribution debian\n"
	    "os-version 12\nkernel 6.1.0-13-amd64\narchitecture x86_64\n"
	    "agent 0.2\nhostname laptop\nfact antivirus \n"
	    "fact disk-encrypted yes\nfact owner Jane Doe\n", &f, &why), 0,
	    "%s", why);
	ATF_CHECK_STREQ(f.facts.os, "linux");
	ATF_CHECK_STREQ(f.facts.distribution, "debian");
	ATF_CHECK_STREQ(f.facts.os_version, "12");
	ATF_CHECK_STREQ(f.facts.kernel, "6.1.0-13-amd64");
	ATF_CHECK_STREQ(f.facts.architecture, "x86_64");
	ATF_CHECK_STREQ(f.facts.agent, "0.2");
	ATF_CHECK_STREQ(f.hostname, "laptop");
	ATF_REQUIRE_EQ(f.facts.nfacts, 3);
	ATF_CHECK_STREQ(f.facts.facts[0].name, "antivirus");
	ATF_CHECK_STREQ(f.facts.facts[0].value, "");
	ATF_CHECK_STREQ(f.facts.facts[2].value, "Jane Doe");
	ATF_CHECK_EQ(facts_parse("", &f, &why), 0);
	ATF_CHECK_EQ(facts_parse("agent 1\n", &f, &why), 0);
	ATF_CHECK_STREQ(f.facts.os, "");
}

ATF_TC_WITHOUT_HEAD(what_is_no_text_of_facts_is_refused_as_a_whole);
ATF_TC_BODY(what_is_no_text_of_facts_is_refused_as_a_whole, tc)
{
	static const char *const	 cases[] = {
		"os linux", "\n", "os\n", "os \n", "os  linux\n",
		"os linux \n", "os li\tnux\n", "os li\xc3\xa4nux\n",
		"os linux\nos linux\n", "kernel 1\nos linux\n",
		"uptime 5\n", "fact a b\nos linux\n", "fact\n", "fact a\n",
		"fact A b\n", "fact a  b\n", "fact b 1\nfact a 1\n",
		"fact a 1\nfact a 2\n", "fact  b\n",
		"fact abcdefghijabcdefghijabcdefghijabc 1\n",
	};
	struct facts	 f;
	const char	*why;
	char		 text[FACTS_TEXT_MAX + 1] = "", line[64];
	size_t		 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_CHECK_EQ_MSG(facts_parse(cases[i], &f, &why), -1, "%s",
		    cases[i]);
		ATF_CHECK(why != NULL);
		ATF_CHECK_EQ(f.facts.os[0], '\0');
		ATF_CHECK_EQ(f.facts.nfacts, 0);
	}
	for (i = 0; i < TRUST_FACTS_MAX; i++) {
		snprintf(line, sizeof(line), "fact a%03zu x\n", i);
		strlcat(text, line, sizeof(text));
	}
	ATF_CHECK_EQ(facts_parse(text, &f, &why), 0);
	strlcat(text, "fact b x\n", sizeof(text));
	ATF_CHECK_EQ(facts_parse(text, &f, &why), -1);
	snprintf(text, sizeof(text), "fact a %0128d\n", 0);
	ATF_CHECK_EQ(facts_parse(text, &f, &why), 0);
	snprintf(text, sizeof(text), "fact a %0129d\n", 0);
	ATF_CHECK_EQ(facts_parse(text, &f, &why), -1);
	snprintf(text, sizeof(text), "os %064d\n", 0);
	ATF_CHECK_EQ(facts_parse(text, &f, &why), 0);
	snprintf(text, sizeof(text), "os %065d\n", 0);
	ATF_CHECK_EQ(facts_parse(text, &f, &why), -1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, facts_are_taken_as_they_were_said);
	ATF_TP_ADD_TC(tp, what_is_no_text_of_facts_is_refused_as_a_whole);
	return atf_no_error();
}
