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
 * What the tools print and how they read their command line: strings from
 * elsewhere, times, sizes, tables, options.
 */

#include <atf-c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/args.h"
#include "client/text.h"

#define TC(name)	\
	ATF_TC_WITHOUT_HEAD(name); ATF_TC_BODY(name, tc)

static void
check_clean(const char *want, const char *src)
{
	char	 buf[TEXT_MAX];

	ATF_CHECK_STREQ(want, text_clean(buf, sizeof(buf), src));
	ATF_CHECK(text_is_clean(buf, sizeof(buf) - 1));
}

TC(control_characters_are_replaced)
{
	check_clean("a?[31mb?c?d", "a\033[31mb\nc\177d");
	check_clean("a?b", "a\xc2\x9b" "b");		/* C1 CSI */
	check_clean("a?b", "a\xe2\x80\xae" "b");	/* direction override */
	check_clean("a?b", "a\xef\xbb\xbf" "b");	/* byte order mark */
}

TC(printable_text_of_any_language_is_kept)
{
	check_clean("M\xc3\xbcller \xe6\x9d\xb1\xe4\xba\xac",
	    "M\xc3\xbcller \xe6\x9d\xb1\xe4\xba\xac");
	check_clean("", "");
}

TC(broken_utf8_is_replaced_byte_by_byte)
{
	check_clean("?", "\xc3");
	check_clean("???", "\xe0\x80\x80");	/* overlong */
	check_clean("??", "\xc0\xaf");
	check_clean("???", "\xed\xa0\x80");	/* surrogate */
	check_clean("????", "\xf4\x90\x80\x80");
	check_clean("?(", "\xc3(");
}

TC(a_string_is_cut_between_characters)
{
	char	 buf[4];

	ATF_CHECK_STREQ("abc", text_clean(buf, sizeof(buf), "abcd"));
	ATF_CHECK_STREQ("ab", text_clean(buf, sizeof(buf), "ab\xc3\xbc"));
	ATF_CHECK_STREQ("ab?", text_clean(buf, sizeof(buf), "ab\n\n"));
}

TC(clean_text_has_a_limit)
{
	ATF_CHECK(text_is_clean("abc", 3));
	ATF_CHECK(!text_is_clean("abcd", 3));
	ATF_CHECK(!text_is_clean("a\tb", 3));
	ATF_CHECK_EQ(2, text_width("\xc3\xbc!"));
}

TC(times_are_rfc_3339_in_utc)
{
	char	 buf[TEXT_TIME_MAX];

	ATF_CHECK_STREQ("-", text_time(buf, 0));
	ATF_CHECK_STREQ("1970-01-01T00:00:01Z", text_time(buf, 1));
	ATF_CHECK_STREQ("2026-11-22T20:15:00Z", text_time(buf, 1795378500));
	ATF_CHECK_STREQ("9999-12-31T23:59:59Z",
	    text_time(buf, 253402300799ULL));
	ATF_CHECK_STREQ("-", text_time(buf, 253402300800ULL));
	ATF_CHECK_STREQ("-", text_time(buf, UINT64_MAX));
}

TC(sizes_and_ages_are_short)
{
	char	 buf[TEXT_SHORT_MAX];

	ATF_CHECK_STREQ("0 B", text_bytes(buf, 0));
	ATF_CHECK_STREQ("1023 B", text_bytes(buf, 1023));
	ATF_CHECK_STREQ("1.0 KiB", text_bytes(buf, 1024));
	ATF_CHECK_STREQ("1.0 MiB", text_bytes(buf, 1024 * 1024 - 1));
	ATF_CHECK_STREQ("16.0 EiB", text_bytes(buf, UINT64_MAX));
	ATF_CHECK_STREQ("119s", text_age(buf, 119));
	ATF_CHECK_STREQ("2m", text_age(buf, 120));
	ATF_CHECK_STREQ("2h", text_age(buf, 7200));
	ATF_CHECK_STREQ("2d", text_age(buf, 172800));
}

TC(columns_are_aligned_and_cells_are_cleaned)
{
	static const char *const titles[] = { "A", "BB", "C" };
	static const char *const one[] = { "\xc3\xbc\xc3\xbc\xc3\xbc", "",
	    "x\033" };
	static const char *const two[] = { "1", "2222", "" };
	struct table	*t;
	FILE		*fp;

	ATF_REQUIRE((t = table_new(titles, 3)) != NULL);
	ATF_CHECK_EQ(0, table_add(t, one));
	ATF_CHECK_EQ(0, table_add(t, two));
	ATF_REQUIRE((fp = fopen("table", "w")) != NULL);
	table_print(t, fp);
	fclose(fp);
	table_free(t);
	ATF_CHECK(atf_utils_compare_file("table",
	    "A    BB    C\n"
	    "\xc3\xbc\xc3\xbc\xc3\xbc  -     x?\n"
	    "1    2222  -\n"));
}

static void
check_args(int argc, const char *const *words, const char *options,
    const char *want)
{
	struct args	 a;
	char		*argv[16], got[256] = "", item[64];
	int		 c, i;

	for (i = 0; i < argc; i++)
		ATF_REQUIRE((argv[i] = strdup(words[i])) != NULL);
	args_init(&a, argc, argv);
	while ((c = args_next(&a, options)) != ARGS_END) {
		snprintf(item, sizeof(item), "%c(%s)", c == ARGS_WORD ? '.' :
		    c, a.value == NULL ? "" : a.value);
		strlcat(got, item, sizeof(got));
	}
	ATF_CHECK_STREQ(want, got);
	for (i = 0; i < argc; i++)
		free(argv[i]);
}

#define ARGS(options, want, ...) do {					\
	const char *const w_[] = { "x", __VA_ARGS__ };			\
	check_args((int)(sizeof(w_) / sizeof(w_[0])), w_, options, want); \
} while (0)

TC(options_may_stand_before_between_and_after_words)
{
	ARGS("ab:", "a().(one)b(v).(two)", "-a", "one", "-b", "v", "two");
	ARGS("ab:", ".(one)a()b(v)", "one", "-ab", "v");
	ARGS("ab:", "b(v)a()", "-bv", "-a");
}

TC(two_hyphens_end_the_options)
{
	ARGS("a", ".(-a).(--)", "--", "-a", "--");
	ARGS("a", ".(-)a()", "-", "-a");
}

TC(unknown_options_and_missing_values_are_told)
{
	ARGS("ab:", "?()", "-x");
	ARGS("ab:", "?()a()", "-:a");
	ARGS("ab:", ":()", "-b");
	ARGS("ab:", "a():()", "-ab");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, control_characters_are_replaced);
	ATF_TP_ADD_TC(tp, printable_text_of_any_language_is_kept);
	ATF_TP_ADD_TC(tp, broken_utf8_is_replaced_byte_by_byte);
	ATF_TP_ADD_TC(tp, a_string_is_cut_between_characters);
	ATF_TP_ADD_TC(tp, clean_text_has_a_limit);
	ATF_TP_ADD_TC(tp, times_are_rfc_3339_in_utc);
	ATF_TP_ADD_TC(tp, sizes_and_ages_are_short);
	ATF_TP_ADD_TC(tp, columns_are_aligned_and_cells_are_cleaned);
	ATF_TP_ADD_TC(tp, options_may_stand_before_between_and_after_words);
	ATF_TP_ADD_TC(tp, two_hyphens_end_the_options);
	ATF_TP_ADD_TC(tp, unknown_options_and_missing_values_are_told);
	return atf_no_error();
}
